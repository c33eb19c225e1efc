"""Small valid copies of everything that the library reads, for the fuzz tests.

Each function of `BUILDERS` writes files into an empty folder and returns one `Reader`
per file. A few constants of the loaders are changed so that the files can be small.
Files that the library wrote itself have sums: what is read from a damaged one must
equal the original. Some readers stand for files of earlier versions without sums.
"""

import contextlib
import json
import pickle
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from _bdf import write_bdf
from _cnt import write_cnt
from _deap import python2_pickle, ratings_table
from _drawn_face import draw_face, write_video
from _e4 import START, write_e4
from _edf import quantise, write_edf
from _formats import write_edf as write_edf_file
from _headsets import sine, stream, write_emotiv, write_muse, write_openbci, write_xdf
from _mahnob import VIDEO, write_session
from scipy.io import savemat

from sklearn_emotion import load_model, make_svm, save_model
from sklearn_emotion.datasets import (
    EmotionDataset,
    _deap,
    _seed_v,
    load_afew_va,
    load_amigos,
    load_case,
    load_deap,
    load_dreamer,
    load_eegmat,
    load_faced,
    load_mahnob_hci,
    load_seed,
    load_seed_iv,
    load_seed_v,
    load_stress_predict,
    load_wesad,
    read_e4,
    read_emotiv,
    read_muse,
    read_openbci,
    read_xdf,
)
from sklearn_emotion.datasets._cache import load_parts
from sklearn_emotion.evaluation import read_results
from sklearn_emotion.evaluation.run._store import Store
from sklearn_emotion.montage import MONTAGES
from sklearn_emotion.preprocessing import read_action_units, read_openface
from sklearn_emotion.preprocessing._openface import OPENFACE_FEATURES


@dataclass(frozen=True)
class Reader:
    """A file, and how the library reads it.

    Parameters
    ----------
    name : str
        Name of the reader.
    kind : str
        Format of the file, for `_mutations.mutate`.
    path : pathlib.Path
        The file that is damaged.
    read : callable
        Reads the file and returns what it contains.
    has_sum : bool, default=False
        Whether a sum protects the content, so that other content must not be returned.
    folder : pathlib.Path or None, default=None
        Folder that reading changes, because damaged files are made again.
    """

    name: str
    kind: str
    path: Path
    read: Callable
    has_sum: bool = False
    folder: Path | None = None


@contextlib.contextmanager
def short_trials():
    """Let trials of DEAP last 1 s, with 1 s of rest."""
    before = _deap.BASELINE, _deap.DURATION
    _deap.BASELINE = _deap.DURATION = 1.0
    try:
        yield
    finally:
        _deap.BASELINE, _deap.DURATION = before


def _deap_table(folder, subject):
    rng = np.random.default_rng(0)
    ratings = {subject: np.round(rng.uniform(1, 9, (40, 4)), 2)}
    order = {subject: rng.permutation(40) + 1}
    path = folder / _deap.TABLE
    path.parent.mkdir(parents=True)
    path.write_text(ratings_table(ratings, order, {subject: 3}))
    return path, ratings[subject]


def _load_deap(folder, **options):
    def read():
        with short_trials():
            return load_deap(folder, **{"window": 1.0, **options})

    return read


def deap(folder):
    rng = np.random.default_rng(0)
    table, ratings = _deap_table(folder, 1)
    data = np.round(8 * rng.standard_normal((40, 40, 256))).astype(np.float32)
    read = _load_deap(folder, subjects=[1], layout="python")
    path = folder / "data_preprocessed_python" / "s01.dat"
    path.parent.mkdir()
    path.write_bytes(python2_pickle({"labels": ratings, "data": data}))
    matlab = folder / "data_preprocessed_matlab" / "s01.mat"
    matlab.parent.mkdir()
    savemat(matlab, {"labels": ratings, "data": data}, do_compression=True)
    videos = folder / "face_video" / "s01"
    videos.mkdir(parents=True)
    options = {"centre": (32, 26), "eye_distance": 14.0}
    frame, _ = draw_face(56, 64, **options)
    for trial in (1, 2):
        write_video(videos / f"s01_trial{trial:02d}.avi", [frame] * 10, rate=10)
    faces = {"modalities": ("face",), "face_rate": 1.0, "face_size": 8}
    read_matlab = _load_deap(folder, subjects=[1], layout="matlab")
    return [
        Reader("DEAP .dat", "pickle", path, read),
        Reader("DEAP .mat", "mat", matlab, read_matlab),
        Reader("DEAP ratings", "csv", table, read),
        Reader(
            "DEAP face video",
            "avi",
            videos / "s01_trial01.avi",
            _load_deap(folder, subjects=[1], layout="python", **faces),
        ),
    ]


def deap_bdf(folder):
    _deap_table(folder, 2)
    rng = np.random.default_rng(1)
    sfreq, period = 128, 3
    names = [*MONTAGES["biosemi32"], *(f"EXG{i}" for i in range(1, 9))]
    names += ["GSR1", "GSR2", "Erg1", "Erg2", "Resp", "Plet", "Temp"]
    n_times = (40 * period + 2) * sfreq
    status = np.zeros(n_times, int)
    for trial in range(40):
        start = (2 + trial * period) * sfreq
        status[start : start + sfreq] = 4
    signals = {name: rng.integers(-900, 900, n_times) for name in names}
    path = folder / "data_original" / "s02.bdf"
    path.parent.mkdir()
    write_bdf(path, signals, sfreq, status=status)
    read = _load_deap(folder, subjects=[2], layout="bdf", modalities=("gsr", "emg"))
    return [Reader("DEAP .bdf", "edf", path, read)]


def mahnob_hci(folder):
    inner = write_session(folder, 2, 1, 2)
    other = write_session(folder, 4, 2, 2)
    options = {"centre": (32, 26), "eye_distance": 14.0}
    frame, _ = draw_face(56, 64, **options)
    for number, path in ((2, inner), (4, other)):
        write_video(path / VIDEO.format(number), [frame] * 122, rate=61)

    def read():
        return load_mahnob_hci(folder, window=1.0, modalities=("gsr", "ecg"))

    def read_faces():
        options = {"face_rate": 1.0, "face_size": 8, "window": 2.0}
        return load_mahnob_hci(folder, modalities=("face",), **options)

    return [
        Reader("MAHNOB-HCI session.xml", "xml", inner / "session.xml", read),
        Reader("MAHNOB-HCI .bdf", "edf", next(inner.glob("*.bdf")), read),
        Reader("MAHNOB-HCI video", "avi", inner / VIDEO.format(2), read_faces),
    ]


def _cells(values, shape):
    array = np.empty(len(values), object)
    for number, value in enumerate(values):
        array[number] = value
    return array.reshape(shape)


def amigos(folder):
    rng = np.random.default_rng(0)
    signals = [np.round(rng.normal(size=(6 * 128, 17)), 2) for _ in range(20)]
    signals[3] = np.empty((0, 0))
    # Five ratings, and whether each of seven emotions was felt.
    labels = [np.r_[rng.integers(1, 10, 5), rng.integers(0, 2, 7)] for _ in range(20)]
    labels = [values[np.newaxis].astype(float) for values in labels]
    path = folder / "Data_Preprocessed_P01.mat"
    content = {"joined_data": signals, "labels_selfassessment": labels}
    savemat(path, {name: _cells(v, (1, 20)) for name, v in content.items()})

    def read():
        return load_amigos(folder, subjects=[1], window=1.0)

    return [Reader("AMIGOS .mat", "mat", path, read)]


def dreamer(folder):
    rng = np.random.default_rng(0)

    def part(rate, n_channels, seconds):
        values = [
            np.round(rng.normal(size=(rate * seconds, n_channels)), 1)
            for _ in range(18)
        ]
        return _cells(values, (18, 1))

    person = {"Age": 21, "Gender": "male"}
    for kind, (rate, n_channels) in {"EEG": (128, 14), "ECG": (256, 2)}.items():
        person[kind] = {
            "stimuli": part(rate, n_channels, 2),
            "baseline": part(rate, n_channels, 1),
        }
    for name in ("Valence", "Arousal", "Dominance"):
        person[f"Score{name}"] = rng.integers(1, 6, (18, 1)).astype(float)
    people = _cells([person, *[{"Age": 1}] * 22], (1, 23))
    path = folder / "DREAMER.mat"
    savemat(path, {"DREAMER": {"Data": people}}, do_compression=True)

    def read():
        options = {"duration": None, "baseline_duration": 1.0, "window": 1.0}
        return load_dreamer(folder, subjects=[1], **options)

    return [Reader("DREAMER .mat", "mat", path, read)]


def seed(folder):
    rng = np.random.default_rng(0)
    labels = np.resize([1, 0, -1], 15)
    for inner, make in {
        "ExtractedFeatures": lambda k: (f"de_LDS{k}", rng.normal(size=(62, 3, 5))),
        "Preprocessed_EEG": lambda k: (f"djc_eeg{k}", rng.normal(size=(62, 220))),
    }.items():
        (folder / inner).mkdir()
        savemat(folder / inner / "label.mat", {"label": labels[np.newaxis]})
        for date in ("20131027", "20131030", "20131107"):
            films = dict(make(film) for film in range(1, 16))
            savemat(folder / inner / f"1_{date}.mat", films, do_compression=True)

    def reading(modality):
        options = {"subjects": [1], "sessions": [1], "window": 1.0}
        return lambda: load_seed(folder, modalities=(modality,), **options)

    features, raw = folder / "ExtractedFeatures", folder / "Preprocessed_EEG"
    read, name = reading("features"), "1_20131027.mat"
    return [
        Reader("SEED labels", "mat", features / "label.mat", read),
        Reader("SEED features .mat", "mat", features / name, read),
        Reader("SEED EEG .mat", "mat", raw / name, reading("eeg")),
    ]


def eegmat(folder):
    rng = np.random.default_rng(0)
    for task in (1, 2):
        signals = quantise(rng.normal(size=(21, 2000)))
        write_edf(folder / f"Subject00_{task}.edf", signals)
    table = folder / "subject-info.csv"
    columns = "Subject,Age,Gender,Recording year,Number of subtractions,Count quality"
    table.write_text(f"{columns}\nSubject00,21,F,2011,9.7,0\n")

    def read():
        return load_eegmat(folder, subjects=[0], duration=2.0, window=1.0)

    return [
        Reader("EEGMAT .edf", "edf", folder / "Subject00_1.edf", read),
        Reader("EEGMAT table", "csv", table, read),
    ]


def stress_predict(folder):
    content = {"scale_bvp": 0.02}
    for name, rate in {"bvp": 64, "eda": 4, "temp": 4, "hr": 1}.items():
        content[f"S02_{name}"] = np.arange(25.0 * rate, dtype=np.float32)
    label = np.repeat([0, 1, 0, 2, 1], 5)
    content |= {"S02_hr_offset_s": 4.0, "S02_label": label}
    path = folder / "stress_predict.npz"
    np.savez(path, **content)

    def read():
        return load_stress_predict(folder, subjects=[2], window=2.0)

    return [Reader("Stress-Predict .npz", "zip", path, read)]


def wristband(folder):
    write_e4(folder / "Raw_data" / "S02", n_seconds=60)
    table = folder / "Processed_data" / "Improved_All_Combined_hr_rsp_binary.csv"
    table.parent.mkdir()
    rows = [f"2,70,12,{START + 2 + i},{int(i > 30)}" for i in range(57)]
    table.write_text("\n".join(["Participant,HR,respr,Time(sec),Label", *rows, ""]))

    def read():
        names = ("bvp", "eda", "temperature", "hr")
        return load_stress_predict(folder, subjects=[2], modalities=names, window=2.0)

    sensor = folder / "Raw_data" / "S02" / "EDA.csv"
    return [
        Reader("E4 sensor", "csv", sensor, read),
        Reader("Stress-Predict labels", "csv", table, read),
    ]


def e4(folder):
    place = write_e4(folder / "session", n_seconds=20, tags=[START + 12, START + 15])
    archive = shutil.make_archive(str(folder / "archive"), "zip", place)

    def reading(path):
        def read():
            recording = read_e4(path)
            beats = {f"beats {k}": v.to_numpy() for k, v in recording.beats.items()}
            return {**recording.signals, **beats, "tags": recording.tags}

        return read

    return [
        Reader("E4 beats", "csv", place / "IBI.csv", reading(place)),
        Reader("E4 tags", "csv", place / "tags.csv", reading(place)),
        Reader("E4 archive", "zip", Path(archive), reading(Path(archive))),
    ]


def lsl(folder):
    times = 100 + np.arange(500) / 250
    streams = [
        stream(
            "Amp",
            "EEG",
            times,
            sine(500, 250, 2),
            rate=250,
            labels=["Fz", "Cz"],
            units=["uV"] * 2,
        ),
        stream("Marks", "Markers", [101.0], ["film"], rate=0, form="string"),
    ]
    path = write_xdf(folder / "a.xdf", streams)

    def read():
        return {
            f"{name} {key}": value
            for name, raw in read_xdf(path).items()
            for key, value in _parts(raw).items()
        }

    return [Reader("LSL .xdf", "bytes", path, read)]


def bids(folder):
    import mne
    import mne_bids

    path = folder.with_name("films.edf")
    write_edf_file(path, sine(1280, 128, 2).T, ["Fz", "Cz"], 128)
    raw = mne.io.read_raw_edf(path, verbose="error")
    raw.set_annotations(mne.Annotations([1.0, 5.0], [4.0, 4.0], ["joy", "fear"]))
    place = mne_bids.BIDSPath(root=folder, subject="01", task="films")
    mne_bids.write_raw_bids(raw, place, overwrite=True, verbose="error")

    def read():
        return EmotionDataset.from_bids(folder, "films", ["joy", "fear"], window=2.0)

    (events,) = folder.rglob("*_events.tsv")
    return [
        Reader("BIDS events", "csv", events, read),
        Reader("BIDS participants", "csv", folder / "participants.tsv", read),
    ]


def neuroscan(folder):
    """SEED-V's recordings, with films of 1 s."""
    path = folder / "EEG_raw" / "1_1_20180804.cnt"
    path.parent.mkdir()
    names = [name.upper() for name in MONTAGES["seed62"]]
    spans = " ".join(f"{i + 1}-{i + 2}" for i in range(15))
    write_cnt(path, sine(1700, 100, 62).T, names, 100, events=[(300, 7)])

    def read():
        before = _seed_v.SECONDS
        _seed_v.SECONDS = {1: spans}
        try:
            options = {"modalities": "eeg", "window": 1.0, "sfreq": 100.0}
            return load_seed_v(folder, subjects=[1], sessions=[1], **options)
        finally:
            _seed_v.SECONDS = before

    return [Reader("SEED-V .cnt", "bytes", path, read)]


def model(folder):
    X = np.random.default_rng(0).normal(size=(8, 4, 256))
    path = folder / "model.zip"
    save_model(make_svm().fit(X, np.arange(8) % 2), path)

    def read():
        return {"scores": load_model(path).decision_function(X)}

    return [Reader("model file", "zip", path, read)]


def headsets(folder):
    readers = []
    for name, write, read, marker in (
        ("Emotiv", write_emotiv, read_emotiv, 3),
        ("Muse", write_muse, read_muse, "/Marker/1"),
        ("OpenBCI", write_openbci, read_openbci, 3),
    ):
        path = folder / f"{name}.csv"
        write(path, sine(64, 128, 4), markers=[(20, marker)])
        readers.append(Reader(f"{name} recording", "csv", path, _arrays_of(read, path)))
    return readers


def _arrays_of(read, path):
    def arrays():
        return _parts(read(path))

    return arrays


def _parts(raw):
    """Return the signals of a Raw and its annotations."""
    return {
        "signal": raw.get_data(),
        "onsets": np.array(raw.annotations.onset),
        "texts": np.array(raw.annotations.description),
    }


def wesad(folder):
    rates = {"ACC": 32, "BVP": 64, "EDA": 4, "TEMP": 4}
    rng = np.random.default_rng(0)

    def signals(names, seconds=6):
        return {
            name: rng.standard_normal((seconds * rate, 3 if name == "ACC" else 1))
            for name, rate in names.items()
        }

    content = {
        "signal": {"chest": signals({"ECG": 700}), "wrist": signals(rates)},
        "label": np.repeat(np.array([1, 2, 0], np.int32), 1400),
        "subject": "S2",
    }
    path = folder / "S2" / "S2.pkl"
    path.parent.mkdir()
    path.write_bytes(pickle.dumps(content, protocol=2))

    def read():
        names = ("ecg", "wrist_eda", "wrist_bvp")
        return load_wesad(folder, subjects=[2], modalities=names, window=1.0)

    return [Reader("WESAD .pkl", "pickle", path, read)]


def case(folder):
    times = np.arange(3000)
    video = np.repeat([11, 5, 3], 1000)
    tables = {
        "physiological": (
            "daqtime,ecg,gsr,video",
            [times, times % 7, times % 3, video],
        ),
        "annotations": (
            "jstime,valence,arousal",
            [times[::50], 2 + times[::50] % 5, 3 + times[::50] % 4],
        ),
    }
    readers = []

    def read():
        return load_case(folder, subjects=[1], window=0.5)

    for kind, (header, columns) in tables.items():
        path = folder / "data" / "interpolated" / kind / "sub_1.csv"
        path.parent.mkdir(parents=True)
        rows = [",".join(map(str, row)) for row in zip(*columns)]
        path.write_text("\n".join([header, *rows, ""]))
        readers.append(Reader(f"CASE {kind}", "csv", path, read))
    return readers


def seed_iv(folder):
    readers = []
    rng = np.random.default_rng(0)
    for name, key, shape in (
        ("eeg_feature_smooth", "de_LDS", (62, 2, 5)),
        ("eye_feature_smooth", "eye_", (31, 2)),
    ):
        path = folder / name / "1" / "1_20160518.mat"
        path.parent.mkdir(parents=True)
        films = {f"{key}{film + 1}": rng.random(shape) for film in range(24)}
        savemat(path, films, do_compression=True)

        def read(kind="features" if key == "de_LDS" else "eye"):
            return load_seed_iv(folder, subjects=[1], sessions=[1], modalities=kind)

        readers.append(Reader(f"SEED-IV {name[:3]} .mat", "mat", path, read))
    return readers


def seed_v(folder):
    path = folder / "Eye_movement_features" / "1_123.npz"
    path.parent.mkdir()
    rng = np.random.default_rng(0)
    content = {
        "data": {film: rng.random((2, 33)) for film in range(45)},
        "label": {film: np.full(2, film % 5) for film in range(45)},
    }
    np.savez(path, **{key: pickle.dumps(value) for key, value in content.items()})

    def read():
        return load_seed_v(folder, subjects=[1], modalities="eye")

    return [Reader("SEED-V .npz", "zip", path, read)]


def faced(folder):
    path = folder / "EEG_Features" / "DE" / "sub000.pkl"
    path.parent.mkdir(parents=True)
    films = np.random.default_rng(0).random((28, 32, 30, 5)).astype(np.float32)
    path.write_bytes(pickle.dumps(films))

    rows = np.zeros((1, 28), [("score", object), ("vid", object)])
    for film, row in enumerate(rows[0], start=1):
        row["score"], row["vid"] = np.arange(12) / 2, film
    remarks = folder / "Data" / "sub000" / "After_remarks.mat"
    remarks.parent.mkdir(parents=True)
    savemat(remarks, {"After_remark": rows})

    def read():
        options = {"modalities": "features", "window": 5.0, "ratings": True}
        return load_faced(folder, subjects=[0], **options)

    return [
        Reader("FACED .pkl", "pickle", path, read),
        Reader("FACED ratings", "mat", remarks, read),
    ]


def afew_va(folder):
    from PIL import Image

    inner = folder / "001"
    inner.mkdir()
    points = [[20.0, 15.0]] * 36 + [[24.0, 15.0]] * 6 + [[40.0, 15.0]] * 26
    frame = {"landmarks": points, "arousal": 2.0, "valence": -3.0}
    rng = np.random.default_rng(0)
    for number in range(3):
        pixels = rng.integers(0, 256, (40, 60, 3), np.uint8)
        Image.fromarray(pixels).save(inner / f"{number:05d}.png")
    frames = {f"{number:05d}": frame for number in range(3)}
    path = inner / "001.json"
    path.write_text(json.dumps({"video_id": "001", "frames": frames}))

    def read():
        return load_afew_va(folder, clips=[1], window=None, face_size=8)

    return [
        Reader("AFEW-VA .json", "json", path, read),
        Reader("AFEW-VA .png", "png", inner / "00001.png", read),
    ]


def openface(folder):
    columns = ["frame", "face_id", "timestamp", "confidence", "success"]
    columns += [*OPENFACE_FEATURES, "AU28_c"]
    values = np.arange(len(columns)) + np.arange(12)[:, np.newaxis] / 100
    values[:, :5] = [[i + 1, 0, i / 4, 0.98, 1] for i in range(12)]
    lines = [", ".join(f"{v:g}" for v in row) for row in values]
    path = folder / "face.csv"
    path.write_text("\n".join([", ".join(columns), *lines]) + "\n")

    def read():
        features, n_interpolated = read_openface(path, sfreq=4.0, window=1.0)
        return {"features": features, "n": np.array(n_interpolated)}

    return [Reader("OpenFace table", "csv", path, read)]


def action_units(folder):
    units = (1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 17, 20, 23, 24, 25, 26, 28, 43)
    columns = ["frame", "FaceScore", *(f"AU{unit:02d}" for unit in units), "input"]
    values = [[0.98, *(unit / 100 + i / 1000 for unit in units)] for i in range(12)]
    lines = [
        ",".join([f"{i}", *(f"{v:g}" for v in row), "face.mp4"])
        for i, row in enumerate(values)
    ]
    path = folder / "units.csv"
    path.write_text("\n".join([",".join(columns), *lines]) + "\n")

    def read():
        return {"units": read_action_units(path, "pyfeat").to_numpy()}

    return [Reader("action units", "csv", path, read)]


def _load_part(part):
    arrays = {"eeg": np.full((part, 2, 5), part, np.float32)}
    arrays["ecg"] = np.arange(3.0 * part, dtype=np.float32).reshape(part, 1, 3)
    columns = {"subject": np.full(part, part), "task": np.full(part, f"task {part}")}
    return arrays, columns


def _reading_cache(folder):
    source = folder / "recording.dat"
    source.write_bytes(b"0123456789")
    source = {"dataset": "toy", "params": {"window": 2.0}, "files": [source]}

    def read(load=_load_part):
        return load_parts([3, 1, 4], load, source=source, cache_dir=folder / "cache")

    return read


def _entry(folder):
    (entry,) = (folder / "cache").iterdir()
    return entry


def _entry_readers(folder, name, read, has_sum):
    files = (
        ("description", "json", "entry.json"),
        ("array", "npy", "eeg.npy"),
        ("columns", "zip", "columns.npz"),
    )
    return [
        Reader(f"{name}, {what}", kind, _entry(folder) / file, read, has_sum, folder)
        for what, kind, file in files
    ]


def _without_sum(path):
    content = json.loads(path.read_text())
    for name in ("format", "sum", "sums"):
        content.pop(name, None)
    path.write_text(json.dumps(content))


def cache(folder):
    read = _reading_cache(folder)
    read()
    return _entry_readers(folder, "cache", read, has_sum=True)


def old_cache(folder):
    read = _reading_cache(folder)
    read()
    _without_sum(_entry(folder) / "entry.json")
    return _entry_readers(folder, "cache without sums", read, has_sum=False)


def interrupted_cache(folder):
    read = _reading_cache(folder)

    def load(part):
        if part == 4:
            raise KeyboardInterrupt
        return _load_part(part)

    with contextlib.suppress(KeyboardInterrupt):
        read(load)
    (path,) = (_entry(folder) / "parts").glob("0001-*.npz")
    return [Reader("cache, part", "bytes", path, read, True, folder)]


def _store(folder):
    store = Store(folder)
    settings = {"data": "a", "target": "mood", "task": "classification"}
    settings |= {"classes": "['high', 'low']", "pos_label": "None", "n_folds": "2"}
    settings |= {"protocol": "loso", "splits": "b", "random_state": "0"}
    settings |= {"dummy": "c", "scorers": "{}"}
    store.open(settings, {"svm": "SVC()"})
    for fold in range(2):
        row = {"estimator": "svm", "protocol": "loso", "fold": fold, "error": ""}
        row |= {"test_subjects": str(fold), "target": "mood", "warnings": ""}
        row |= {"modalities": "eeg", "leak": "none", "n_train": 3, "n_test": 3}
        row |= {"accuracy": 2 / 3, "dummy_accuracy": 1 / 3, "fit_time": 0.25}
        predictions = {
            "sample": [3 * fold, 3 * fold + 1, 3 * fold + 2],
            "subject": [fold] * 3,
            "y_true": ["high", "low", "low"],
            "y_pred": ["high", "low", "high"],
            "dummy": ["low"] * 3,
            "score_high": [0.75, 0.25, 0.625],
        }
        store.write("svm", fold, row, predictions)

    def read():
        results = read_results(folder)
        tables = {"results": results, "predictions": results.predictions}
        return {
            **{
                f"{table} {name}": column.to_numpy()
                for table, columns in tables.items()
                for name, column in columns.items()
            },
            "settings": np.array([f"{k}: {v}" for k, v in store.comparison().items()]),
        }

    return store, read


def store(folder):
    store, read = _store(folder)
    fold = store.path("svm", 1)
    settings = folder / "comparison.json"
    return [
        Reader("store, fold", "json", fold, read, has_sum=True),
        Reader("store, settings", "json", settings, read, has_sum=True),
    ]


def old_store(folder):
    store, read = _store(folder)
    for path in folder.rglob("*.json"):
        _without_sum(path)
    fold = store.path("svm", 1)
    settings = folder / "comparison.json"
    return [
        Reader("store without sums, fold", "json", fold, read),
        Reader("store without sums, settings", "json", settings, read),
    ]


BUILDERS = (
    deap,
    deap_bdf,
    mahnob_hci,
    amigos,
    dreamer,
    seed,
    eegmat,
    stress_predict,
    wristband,
    e4,
    headsets,
    lsl,
    bids,
    wesad,
    case,
    seed_iv,
    seed_v,
    neuroscan,
    faced,
    afew_va,
    openface,
    action_units,
    cache,
    old_cache,
    interrupted_cache,
    store,
    old_store,
    model,
)


def build_readers(folder):
    """Write all copies below a folder, and return all readers by name."""
    readers = {}
    for build in BUILDERS:
        inner = folder / build.__name__
        inner.mkdir()
        readers |= {reader.name: reader for reader in build(inner)}
    return readers
