"""Whatever is in a file, a loader reads it or names it, and caches no half of it."""

import io
import json
import warnings
import zipfile

import numpy as np
import pytest
import test_afew_va
import test_amigos
import test_dreamer
import test_seed
import test_stress_predict
from _bdf import write_bdf
from _deap import python2_pickle, ratings_table
from _edf import quantise, write_edf
from _mahnob import write_session
from PIL import Image
from scipy.io import savemat

from sklearn_emotion.datasets import (
    _deap,
    list_cache,
    load_afew_va,
    load_amigos,
    load_deap,
    load_dreamer,
    load_eegmat,
    load_mahnob_hci,
    load_seed,
    load_stress_predict,
)

N_RANDOM = 20


def afew_va(folder):
    inner = test_afew_va.write_clip(folder, 1, 3)
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (40, 60, 3), np.uint8)
    Image.fromarray(noise).save(inner / "00001.png")
    options = {"clips": [1], "window": None, "face_size": 8}
    return load_afew_va, options, [inner / "001.json", inner / "00001.png"]


def amigos(folder):
    test_amigos.write(folder, 1)
    path = folder / "Data_Preprocessed_P01.mat"
    return load_amigos, {"subjects": [1], "window": 1.0}, [path]


def deap(folder):
    rng = np.random.default_rng(0)
    (folder / "data_preprocessed_python").mkdir()
    (folder / "metadata_csv").mkdir()
    ratings = {1: np.round(rng.uniform(1, 9, (40, 4)), 2)}
    order = {1: rng.permutation(40) + 1}
    table = folder / _deap.TABLE
    table.write_text(ratings_table(ratings, order, {}))
    path = folder / "data_preprocessed_python" / "s01.dat"
    data = rng.standard_normal((40, 40, 4 * 128)).astype(np.float32)
    path.write_bytes(python2_pickle({"labels": ratings[1], "data": data}))
    return load_deap, {"subjects": [1], "window": 1.0}, [path, table]


def dreamer(folder):
    people = [test_dreamer.person(1)] + [{"Age": 1}] * 22
    path = folder / "DREAMER.mat"
    content = {"DREAMER": {"Data": test_dreamer.cells(people, (1, 23))}}
    savemat(path, content, do_compression=True)
    return load_dreamer, {"subjects": [1], "duration": None}, [path]


def eegmat(folder):
    rng = np.random.default_rng(0)
    for task in (1, 2):
        write_edf(
            folder / f"Subject00_{task}.edf", quantise(rng.normal(size=(21, 4000)))
        )
    table = folder / "subject-info.csv"
    columns = "Subject,Age,Gender,Recording year,Number of subtractions,Count quality"
    table.write_text(columns + "\nSubject00,21,F,2011,9.7,0\n")
    options = {"subjects": [0], "duration": 2.0, "window": 1.0}
    return load_eegmat, options, [folder / "Subject00_1.edf", table]


def mahnob_hci(folder):
    inner = write_session(folder, 2, 1, 2)
    paths = [inner / "session.xml", next(inner.glob("*.bdf"))]
    return load_mahnob_hci, {"window": 1.0}, paths


def seed(folder):
    inner = folder / "ExtractedFeatures"
    inner.mkdir()
    savemat(inner / "label.mat", {"label": np.array([test_seed.LABELS])})
    for session, date in enumerate(test_seed.DATES, start=1):
        films = {f"de_LDS{f + 1}": test_seed.features(session, f) for f in range(15)}
        savemat(inner / f"1_{date}.mat", films)
    options = {"subjects": [1], "sessions": [1]}
    paths = [inner / "label.mat", inner / f"1_{test_seed.DATES[0]}.mat"]
    return load_seed, options, paths


def stress_predict(folder):
    content = {"scale_bvp": 0.02}
    for name, rate in {"bvp": 64, "eda": 4, "temp": 4, "hr": 1}.items():
        content[f"S02_{name}"] = np.arange(25.0 * rate, dtype=np.float32)
    content |= {"S02_hr_offset_s": 4.0, "S02_label": test_stress_predict.LABEL}
    path = folder / "stress_predict.npz"
    np.savez(path, **content)
    return load_stress_predict, {"subjects": [2], "window": 2.0}, [path]


COPIES = (
    afew_va,
    amigos,
    deap,
    dreamer,
    eegmat,
    mahnob_hci,
    seed,
    stress_predict,
)


def bad_versions(content):
    """Cut off, empty, of another kind, and with random bytes in random places."""
    rng = np.random.default_rng(len(content))
    yield b""
    for kept in (1, 100, len(content) // 2, len(content) - 1):
        yield content[:kept]
    yield bytes(len(content))
    yield b"PK\x03\x04" + content[4:]
    yield b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM" + content[:900]
    for _ in range(N_RANDOM):
        broken = np.frombuffer(content, np.uint8).copy()
        # Most of what says how to read a file is at its beginning or end.
        reach = min(len(content), int(rng.choice([300, 3000, len(content)])))
        places = rng.integers(0, reach, rng.integers(1, 9))
        if rng.random() < 0.3:
            places = len(content) - 1 - places
        broken[places] = rng.integers(0, 256, len(places))
        yield broken.tobytes()


def error_of(load, *args, **options):
    """The message of an error of ours; others are not caught."""
    try:
        load(*args, **options)
    except (ValueError, FileNotFoundError) as error:
        return str(error)
    return None


@pytest.mark.parametrize("copy", COPIES, ids=lambda copy: copy.__name__)
def test_every_bad_file_is_read_or_named(tmp_path, monkeypatch, copy):
    monkeypatch.setattr(_deap, "DURATION", 1.0)
    folder, cache = tmp_path / "data", tmp_path / "cache"
    folder.mkdir()
    load, options, paths = copy(folder)
    n_named = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert len(load(folder, **options).data) > 0
        for path in paths:
            content = path.read_bytes()
            for number, bad in enumerate(bad_versions(content)):
                path.write_bytes(bad)
                n_entries = len(list_cache(cache)) if cache.is_dir() else 0
                message = error_of(load, folder, cache_dir=cache, **options)
                if message is None:
                    continue
                n_named += 1
                named = path.name in message or "no trial holds" in message
                assert named, (number, message)
                complete = list_cache(cache)["complete"] if cache.is_dir() else []
                assert sum(complete) <= n_entries
            path.write_bytes(content)
    assert n_named >= 6 * len(paths)


def test_an_array_that_claims_to_be_huge_is_named(tmp_path):
    _, options, (path,) = stress_predict(tmp_path)
    content = dict(np.load(path))
    header = np.lib.format.header_data_from_array_1_0(np.empty(0, np.float32))
    huge = io.BytesIO()
    np.lib.format.write_array_header_1_0(huge, {**header, "shape": (10**15,)})
    del content["S02_eda"]
    np.savez(path, **content)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("S02_eda.npy", huge.getvalue())
    with pytest.raises(ValueError, match=r"stress_predict\.npz cannot be read"):
        load_stress_predict(tmp_path, **options)


def test_numbers_beyond_all_bounds_are_named(tmp_path):
    _, options, (path, _) = afew_va(tmp_path)
    for key, value in (("valence", 10**400), ("landmarks", [[10**400, 1]] * 68)):
        content = json.loads(path.read_text())
        content["frames"]["00000"][key] = value
        path.write_text(json.dumps(content))
        with pytest.raises(ValueError, match="is not as AFEW-VA's"):
            load_afew_va(tmp_path, **options)


def test_a_header_that_promises_more_than_there_is_is_named(tmp_path):
    path = tmp_path / "Sessions" / "2"
    write_session(tmp_path, 2, 1, 2)
    (recording,) = path.glob("*.bdf")
    write_bdf(recording, {"Fp1": np.arange(512)}, 256, n_records=99_999_999)
    with pytest.raises(ValueError, match=r"cut off: it has .* promises"):
        load_mahnob_hci(tmp_path)
