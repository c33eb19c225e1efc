"""DEAP is read as its authors publish it, and nothing else passes for it."""

import io
import os
import pickle
import struct
import warnings

import numpy as np
import pandas as pd
import pytest
from _deap import python2_pickle, ratings_table
from _whole import MinusStart
from scipy.io import savemat

from sklearn_emotion import BandpassFilter, Resampler
from sklearn_emotion.datasets import _deap, list_cache, load_deap
from sklearn_emotion.datasets._unpickle import read_array_pickle

SFREQ = 128
REST = 3 * SFREQ
SECONDS = 4
PYTHON, MATLAB = "data_preprocessed_python", "data_preprocessed_matlab"


def recording(subject):
    """Each value tells subject, trial, channel and time."""
    # Whole numbers below 2 ** 24, which float32 holds exactly.
    trial, channel, time = np.ogrid[:40, :40, : REST + SECONDS * SFREQ]
    return ((40.0 * subject + trial) * 40 + channel) * 1024 + time


@pytest.fixture
def ratings():
    rng = np.random.default_rng(0)
    return {s: np.round(rng.uniform(1, 9, (40, 4)), 2) for s in (1, 2)}


@pytest.fixture
def presentation():
    rng = np.random.default_rng(1)
    return {s: rng.permutation(40) + 1 for s in (1, 2)}


@pytest.fixture
def folder(tmp_path, monkeypatch, ratings, presentation):
    monkeypatch.setattr(_deap, "DURATION", float(SECONDS))
    folder = tmp_path / "deap"
    for name in (PYTHON, "metadata_csv"):
        (folder / name).mkdir(parents=True)
    for subject, labels in ratings.items():
        content = python2_pickle({"labels": labels, "data": recording(subject)})
        (folder / PYTHON / f"s{subject:02d}.dat").write_bytes(content)
    table = ratings_table(ratings, presentation, {1: 3})
    (folder / _deap.TABLE).write_text(table)
    return folder


def load(folder, **options):
    return load_deap(folder, **{"subjects": [1, 2], **options})


def test_the_values_of_every_window_and_channel(folder):
    dataset = load(folder)
    eeg = dataset.data["eeg"]
    assert eeg.shape == (160, 32, 256)
    assert eeg.dtype == np.float32
    assert dataset.sfreq == {"eeg": 128.0}
    assert dataset.units == {"eeg": "µV"}
    for subject in (1, 2):
        whole = recording(subject)[:, :32, REST:]
        expected = np.stack([whole[..., :256], whole[..., 256:]], axis=1)
        mine = eeg[dataset.groups("subject") == subject]
        np.testing.assert_array_equal(mine, expected.reshape(80, 32, 256))


def test_channels_are_in_the_order_of_geneva(folder):
    dataset = load(folder, modalities=["eeg", "peripheral", "bio"])
    assert dataset.ch_names["eeg"][:6] == ["Fp1", "AF3", "F3", "F7", "FC5", "FC1"]
    assert dataset.ch_names["peripheral"][-4:] == ["GSR", "Resp", "Pleth", "Temp"]
    assert dataset.ch_names["bio"][31:33] == ["O2", "hEOG"]
    np.testing.assert_array_equal(
        dataset.data["bio"][:, 32:], dataset.data["peripheral"]
    )


def test_peripheral_signals_and_their_units(folder):
    names = ["gsr", "temperature", "eog", "emg", "respiration", "plethysmograph"]
    dataset = load(folder, subjects=[2], modalities=names, window=None)
    assert list(dataset.data) == names
    rows = {"gsr": 36, "temperature": 39, "eog": [32, 33], "emg": [34, 35]}
    rows |= {"respiration": 37, "plethysmograph": 38}
    for name, row in rows.items():
        whole = recording(2)[:, np.atleast_1d(row), REST:]
        np.testing.assert_array_equal(dataset.data[name], whole)
    assert dataset.units["gsr"] == "Ω"
    assert dataset.units["temperature"] == "°C"
    assert dataset.units["eog"] == "µV"


def test_metadata_join_video_and_presentation_order(folder, ratings, presentation):
    metadata = load(folder).metadata
    one = metadata[metadata["window"] == 1].reset_index(drop=True)
    assert one["trial"].tolist() == list(range(80))
    assert one["stimulus"].tolist() == [*range(1, 41)] * 2
    for name, column in zip(("valence", "arousal", "dominance", "liking"), range(4)):
        both = np.concatenate([ratings[1][:, column], ratings[2][:, column]])
        np.testing.assert_array_equal(one[name], both)
    np.testing.assert_array_equal(
        one["presentation"], np.concatenate([presentation[1], presentation[2]])
    )
    assert one["familiarity"].isna().tolist() == [False] * 40 + [True] * 40
    assert (one["onset"] == 2.0).all()


def test_keeping_the_baseline_starts_before_the_video(folder):
    dataset = load(folder, subjects=[1], baseline="keep", window=1.0)
    assert dataset.data["eeg"].shape == (280, 32, 128)
    assert dataset.metadata["onset"][:7].tolist() == [-3, -2, -1, 0, 1, 2, 3]
    np.testing.assert_array_equal(
        dataset.data["eeg"][3], recording(1)[0, :32, REST : REST + 128]
    )


# Without the mean of the rest, the signals are constant.
@pytest.mark.filterwarnings("ignore:.*EEG channels are constant")
def test_the_template_is_the_mean_second_of_the_rest(folder):
    plain = load(folder, subjects=[1], window=1.0).data["eeg"]
    dataset = load(folder, subjects=[1], window=1.0, baseline="template")
    rest = recording(1)[:, :32, :REST]
    template = (rest[..., :128] + rest[..., 128:256] + rest[..., 256:]) / 3
    np.testing.assert_allclose(
        dataset.data["eeg"], plain - np.repeat(template, 4, axis=0), atol=0.5
    )


def test_the_baseline_as_a_modality_lies_beside_each_window(folder):
    dataset = load(folder, modalities=["eeg", "gsr"], baseline="modality")
    assert dataset.data["baseline"].shape == (160, 32, REST)
    assert dataset.data["baseline_gsr"].shape == (160, 1, REST)
    assert dataset.ch_names["baseline"] == dataset.ch_names["eeg"]
    assert dataset.units["baseline_gsr"] == "Ω"
    np.testing.assert_array_equal(
        dataset.data["baseline"][81], recording(2)[0, :32, :REST]
    )


def test_matlab_files_hold_the_same(folder, ratings):
    expected = load(folder)
    (folder / MATLAB).mkdir()
    for subject, labels in ratings.items():
        path = folder / MATLAB / f"s{subject:02d}.mat"
        savemat(path, {"data": recording(subject), "labels": labels})
    dataset = load(folder, layout="matlab")
    np.testing.assert_array_equal(dataset.data["eeg"], expected.data["eeg"])
    pd.testing.assert_frame_equal(dataset.metadata, expected.metadata)
    for path in (folder / PYTHON).iterdir():
        path.unlink()
    assert len(load(folder).data) == 160


def test_order_of_subjects_threads_and_folder_change_nothing(folder):
    plain = load(folder)
    turned = load(folder.parent, subjects=[2, 1], n_jobs=2)
    assert turned.groups("subject")[[0, -1]].tolist() == [2, 1]
    np.testing.assert_array_equal(turned.data["eeg"][80:], plain.data["eeg"][:80])


def test_a_cached_copy_is_the_same_and_reads_no_file(folder, tmp_path, monkeypatch):
    plain = load(folder, baseline="modality")
    cache = tmp_path / "cache"
    load(folder, baseline="modality", cache_dir=cache)
    monkeypatch.setattr(_deap, "read_recording", None)
    stored = load(folder, baseline="modality", cache_dir=cache)
    assert isinstance(stored.data["eeg"], np.memmap)
    assert list(stored.data) == list(plain.data)
    np.testing.assert_array_equal(stored.data["baseline"], plain.data["baseline"])
    pd.testing.assert_frame_equal(stored.metadata, plain.metadata)


def rewrite(folder, subject, **arrays):
    path = folder / PYTHON / f"s{subject:02d}.dat"
    path.write_bytes(python2_pickle({**read_array_pickle(path), **arrays}))


def test_ratings_flipped_in_a_mirror_are_shown(folder, ratings):
    flipped = ratings[2].copy()
    places = [(i, j) for i, j in np.argwhere(flipped <= 8)][:30]
    for place in places:
        flipped[place] = 9 - flipped[place]
    rewrite(folder, 2, labels=flipped)
    trial, scale = places[0]
    with pytest.raises(ValueError, match="ratings differ from metadata_csv") as caught:
        load(folder)
    message = str(caught.value)
    assert "s02.dat: 30 of 160" in message
    assert "30 of these are flipped to 9 - x" in message
    name = ("valence", "arousal", "dominance", "liking")[scale]
    assert f"video {trial + 1} {name} {flipped[trial, scale]:g} in the file" in message
    assert f"{ratings[2][trial, scale]:g} in the table" in message


def test_trials_in_presentation_order_are_refused(folder, ratings, presentation):
    rewrite(folder, 1, labels=ratings[1][np.argsort(presentation[1])])
    with pytest.raises(ValueError, match="in the order of presentation, not of the"):
        load(folder)


def test_other_disagreements_are_shown_too(folder, ratings):
    wrong = ratings[1].copy()
    wrong[4, 1] = wrong[4, 1] + 0.5 if wrong[4, 1] < 8 else wrong[4, 1] - 0.5
    rewrite(folder, 1, labels=wrong)
    with pytest.raises(ValueError, match=r"1 of 160 ratings differ .* video 5 arousal"):
        load(folder)


def test_without_the_table_nothing_is_checked_and_that_is_said(folder):
    (folder / _deap.TABLE).unlink()
    with pytest.warns(UserWarning, match="ratings in DEAP's files are not checked"):
        dataset = load(folder)
    assert "presentation" not in dataset.metadata


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda text: text.replace("Trial", "Run"), r"lacks the columns \['Trial'\]"),
        (lambda text: text + text.splitlines()[-1], "Experiment_id of participant 2"),
        (lambda text: "", "cannot be read as a table"),
        (lambda text: "\n".join(text.splitlines()[:41]), "has no participant 2"),
    ],
)
def test_a_damaged_table_is_named(folder, change, match):
    path = folder / _deap.TABLE
    path.write_text(change(path.read_text()))
    with pytest.raises(ValueError, match=match):
        load(folder)


class Command:
    def __reduce__(self):
        return os.system, ("touch hacked",)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", r"s02.dat cannot be read as a pickle of arrays \(0 bytes\)"),
        (b"no pickle at all", "cannot be read as a pickle"),
        (pickle.dumps({"data": Command()}), r"asks for (posix|nt).system"),
        (pickle.dumps({"data": np.array([None])}), "array of type 'O8'"),
        (pickle.dumps([1, 2]), "holds no dict of arrays"),
        (python2_pickle({"data": np.zeros((4, 4))}), r"lacks \['labels'\]"),
        (
            python2_pickle({"data": np.zeros((2, 40, 9)), "labels": np.zeros((2, 4))}),
            r"data of shape \(2, 40, 9\) .* DEAP's files have \(40, 40, 896\)",
        ),
    ],
)
def test_what_is_no_recording_leaves_no_cache(
    folder, tmp_path, monkeypatch, content, match
):
    monkeypatch.chdir(tmp_path)
    (folder / PYTHON / "s02.dat").write_bytes(content)
    with pytest.raises(ValueError, match=match):
        load(folder, cache_dir=tmp_path / "cache")
    assert not (tmp_path / "hacked").exists()
    assert not list_cache(tmp_path / "cache")["complete"].any()


def test_a_file_that_is_cut_off_is_named(folder):
    path = folder / PYTHON / "s01.dat"
    path.write_bytes(path.read_bytes()[:-5000])
    with pytest.raises(ValueError, match=r"s01\.dat cannot be read as a pickle"):
        load(folder)


def test_signals_and_ratings_must_be_possible(folder, ratings):
    data = recording(1)
    data[3, 4, 5] = np.nan
    rewrite(folder, 1, data=data)
    with pytest.raises(ValueError, match="signals that are not finite"):
        load(folder)
    rewrite(folder, 1, data=recording(1), labels=ratings[1] + 5)
    with pytest.raises(ValueError, match="ratings outside 1 to 9"):
        load(folder)


@pytest.mark.parametrize("content", [b"", b"MATLAB 5.0 MAT-file" + b"\x00" * 200])
def test_a_damaged_matlab_file_is_named(folder, content):
    (folder / MATLAB).mkdir()
    (folder / MATLAB / "s01.mat").write_bytes(content)
    with pytest.raises(ValueError, match=r"s01\.mat"):
        load(folder, subjects=[1], layout="matlab")


def test_a_matlab_file_of_version_73_asks_for_h5py(folder):
    (folder / MATLAB).mkdir()
    head = b"MATLAB 7.3 MAT-file".ljust(124) + struct.pack("<H", 0x0200) + b"IM"
    (folder / MATLAB / "s01.mat").write_bytes(head + b"\x00" * 400)
    with pytest.raises(ValueError, match=r"version 7.3 \(HDF5\).*h5py"):
        load(folder, subjects=[1], layout="matlab")


def test_missing_files_are_all_named(folder):
    with pytest.raises(FileNotFoundError) as caught:
        load(folder, subjects=[1, 3, 4])
    assert f"2 of 3 files missing: {PYTHON}/s03.dat, {PYTHON}/s04.dat" in str(
        caught.value
    )
    assert "https://www.eecs.qmul.ac.uk/mmv/datasets/deap/" in str(caught.value)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"subjects": [0]}, r"subjects must be different members of 1 to 32, got \[0"),
        ({"subjects": [1, 1]}, "different members"),
        ({"subjects": []}, "subjects must be"),
        ({"modalities": ["ecg"]}, r"modalities must be .*'eeg'.*, got"),
        ({"baseline": "mean"}, "baseline must be one of"),
        ({"layout": "edf"}, "layout must be one of"),
        ({"sfreq": 256.0}, "sfreq=256.0 needs layout='bdf'"),
        ({"sfreq": -1}, "sfreq must be a positive rate"),
        ({"face_size": -1}, "face_size must be a positive number of pixels"),
        ({"window": 5.0}, "longer than the 4 s"),
        ({"window": 0.3}, "window of 'eeg'=0.3 s is 38.4 samples"),
    ],
)
def test_bad_parameters_are_named(folder, options, match):
    with pytest.raises(ValueError, match=match):
        load(folder, **options)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_arrays_of_every_protocol_come_back(tmp_path, protocol):
    rng = np.random.default_rng(0)
    arrays = {
        "data": rng.normal(size=(3, 4, 5)),
        "f": np.asfortranarray(rng.normal(size=(3, 4)).astype(">f4")),
        "i": np.arange(6, dtype=np.int16).reshape(2, 3),
    }
    path = tmp_path / "arrays.dat"
    path.write_bytes(pickle.dumps(arrays, protocol=protocol))
    stored = read_array_pickle(path)
    for name, array in arrays.items():
        assert stored[name].dtype.newbyteorder("=") == array.dtype.newbyteorder("=")
        np.testing.assert_array_equal(stored[name], array)


@pytest.mark.parametrize(
    ("stream", "match"),
    [
        (b"cbuiltins\neval\n(S'1+1'\ntR.", "asks for builtins.eval"),
        (b"cnumpy\nndarray\n(I1000000000000\ntR.", "cannot be read"),
        (b"cnumpy.core.multiarray\nscalar\n.", "asks for numpy.core.multiarray.scalar"),
        (b"c_codecs\nencode\n(Va\nVrot13\ntR.", "holds text in"),
        (
            b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n"
            b"(I9999999999\ntS'b'\ntR.",
            "array of an unknown kind",
        ),
    ],
)
def test_a_stream_that_wants_more_than_arrays_is_refused(tmp_path, stream, match):
    path = tmp_path / "bad.dat"
    path.write_bytes(stream)
    with pytest.raises(ValueError, match=match):
        read_array_pickle(path)


def test_reading_leaves_numpys_types_alone(tmp_path):
    path = tmp_path / "big.dat"
    path.write_bytes(pickle.dumps({"x": np.arange(3.0).astype(">f8")}, protocol=2))
    read_array_pickle(path)
    assert np.dtype("f8").isnative


def test_a_python_2_pickle_reads_as_pythons_own_reader_does():
    arrays = {"data": np.arange(24.0).reshape(2, 3, 4), "labels": np.eye(4)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        stored = pickle.load(io.BytesIO(python2_pickle(arrays)), encoding="latin1")
    np.testing.assert_array_equal(stored["data"], arrays["data"])


def test_a_blank_last_row_of_the_table_is_dropped(folder):
    expected = load(folder).metadata
    path = folder / _deap.TABLE
    path.write_text(path.read_text() + "," * 8 + "\n")
    assert load(folder).metadata.equals(expected)


@pytest.mark.parametrize(
    ("column", "text", "match"),
    [
        (4, "31e3080000000", "'Valence' must be numbers from 1 to 9, got '31e3"),
        (4, "0.5", r"'Valence' must be numbers from 1 to 9, got '0\.5' in line 2"),
        (5, "high", "'Arousal' must be numbers from 1 to 9, got 'high'"),
        (6, "", "'Dominance' is empty in line 2"),
        (8, "7", "'Familiarity' must be numbers from 1 to 5"),
        (0, "1.5", "'Participant_id' must be whole numbers from 1 to 32"),
        (1, "41", "'Trial' must be whole numbers from 1 to 40"),
    ],
)
def test_cells_of_the_table_that_cannot_be_are_named(folder, column, text, match):
    path = folder / _deap.TABLE
    first, second, *rest = path.read_text().split("\n")
    cells = second.split(",")
    cells[column] = text
    path.write_text("\n".join([first, ",".join(cells), *rest]))
    with pytest.raises(ValueError, match=rf"participant_ratings\.csv: column {match}"):
        load(folder)


def test_numbers_beyond_float32_are_named(folder, ratings):
    data = recording(1).astype(np.float64)
    data[3, 2, REST + 5] = 1e300
    rewrite(folder, 1, data=data)
    with pytest.raises(ValueError, match=r"s01\.dat: eeg contains 1e\+300.*float32"):
        load(folder)


@pytest.mark.parametrize("values", ["text", np.array([[1j]]), [[1, "a"]]])
def test_matlab_files_without_numbers_are_named(folder, values):
    inner = folder / "data_preprocessed_matlab"
    inner.mkdir()
    savemat(inner / "s01.mat", {"data": values, "labels": np.ones((40, 4))})
    match = r"s01\.mat: data must be an array of real numbers"
    with pytest.raises(ValueError, match=match):
        load(folder, subjects=[1], layout="matlab")


def test_the_folder_of_the_files_itself_is_taken(folder):
    expected = load(folder)
    dataset = load(folder / PYTHON)
    np.testing.assert_array_equal(dataset.data["eeg"], expected.data["eeg"])
    assert dataset.metadata.equals(expected.metadata)


def test_a_folder_with_files_beside_their_folder_is_explained(folder):
    (folder / PYTHON / "s01.dat").rename(folder / "s01.dat")
    with pytest.raises(FileNotFoundError, match=rf"into a folder {PYTHON} and pass"):
        load(folder)


def test_subjects_that_are_there_are_suggested(folder):
    with pytest.raises(FileNotFoundError, match=r"pass subjects=\[1, 2\]\."):
        load_deap(folder)


def test_numbers_of_numpy_share_an_entry_of_the_cache(folder, tmp_path):
    for window in (2, 2.0, np.int64(2), np.float32(2)):
        load(folder, window=window, step=window, cache_dir=tmp_path / "cache")
    assert len(list_cache(tmp_path / "cache")) == 1


def test_whole_trials_are_preprocessed_before_they_are_cut(folder):
    names = ["eeg", "gsr"]
    plain = load(folder, modalities=names, baseline="modality")
    done = load(
        folder, modalities=names, baseline="modality", preprocess={"eeg": MinusStart()}
    )
    for name in ("gsr", "baseline_gsr"):
        np.testing.assert_array_equal(done.data[name], plain.data[name])
    # A recording begins with the rest of its trial.
    start = plain.data["baseline"][..., :1]
    for name in ("eeg", "baseline"):
        np.testing.assert_array_equal(done.data[name], plain.data[name] - start)
    both = load(folder, modalities=names, preprocess=MinusStart())
    start = plain.data["baseline_gsr"][..., :1]
    np.testing.assert_array_equal(both.data["gsr"], plain.data["gsr"] - start)


@pytest.mark.parametrize(
    ("preprocess", "error", "match"),
    [
        ({"ecg": MinusStart()}, ValueError, r"preprocess names \['ecg'\], but the sig"),
        (MinusStart, TypeError, "preprocess must be a transformer, such as"),
        ("filter", TypeError, "preprocess must be a transformer, such as"),
        (
            Resampler(sfreq=128.0, new_sfreq=64.0),
            ValueError,
            r"of the same shape: .*s01\.dat: eeg of trial 1 has shape \(1, 32, 896\)",
        ),
        (
            BandpassFilter(sfreq=128.0, high=70.0),
            ValueError,
            r"s01\.dat: eeg of trial 1",
        ),
    ],
)
def test_what_cannot_preprocess_is_named(folder, preprocess, error, match):
    with pytest.raises(error, match=match):
        load(folder, preprocess=preprocess)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda eeg: 1e-6 * eeg, r"EEG of subjects 1 stays below 0\.01 µV"),
        (
            lambda eeg: eeg * (np.arange(32) != 3)[:, None],
            "constant in .*: F7 of subject 1",
        ),
    ],
)
def test_signals_that_no_electrode_records_are_named(
    tmp_path, monkeypatch, change, match
):
    monkeypatch.setattr(_deap, "DURATION", 1.0)
    rng = np.random.default_rng(0)
    data = 20 * rng.standard_normal((40, 40, 512))
    data[:, :32] = change(data[:, :32])
    ratings = {1: np.full((40, 4), 5.0)}
    content = python2_pickle({"labels": ratings[1], "data": data})
    for name in (PYTHON, "metadata_csv"):
        (tmp_path / name).mkdir()
    (tmp_path / PYTHON / "s01.dat").write_bytes(content)
    table = ratings_table(ratings, {1: np.arange(1, 41)}, {})
    (tmp_path / _deap.TABLE).write_text(table)
    with pytest.warns(UserWarning, match=match):
        load_deap(tmp_path, subjects=[1], window=1.0)
