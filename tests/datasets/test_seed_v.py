"""SEED-V: pickles in archives, columns of channels and bands, and folds."""

import pickle
import struct

import numpy as np
import pytest
from _cnt import write_cnt
from _whole import MinusStart

from sklearn_emotion import BandpassFilter
from sklearn_emotion.datasets import _seed_v, load_seed_v
from sklearn_emotion.montage import MONTAGES

SESSION_1 = [4, 1, 3, 2, 0] * 3
SESSION_2 = [2, 1, 3, 0, 4, 4, 0, 3, 2, 1, 3, 4, 1, 2, 0]
CODES = [*SESSION_1, *SESSION_2, *SESSION_2]
NAMES = ["disgust", "fear", "sad", "neutral", "happy"]


def features(film, n_windows=3):
    window, column = np.ogrid[:n_windows, :310]
    return film * 1024.0 + column + window / 8


def eye(film, n_windows=2):
    window, column = np.ogrid[:n_windows, :33]
    return film * 64.0 + column + window / 8


def write(path, make, **change):
    path.parent.mkdir(parents=True, exist_ok=True)
    data = {film: make(film) for film in range(45)}
    label = {film: np.full(len(data[film]), CODES[film]) for film in range(45)}
    content = {"data": data, "label": label} | change
    np.savez(path, **{key: pickle.dumps(value) for key, value in content.items()})


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "SEED-V"
    write(folder / "EEG_DE_features" / "1_123.npz", features)
    write(folder / "Eye_movement_features" / "1_123.npz", eye)
    return tmp_path


def test_columns_are_bands_of_channels(home):
    dataset = load_seed_v(home, subjects=[1])
    assert dataset.data["features"].shape == (135, 1, 5, 62)
    assert dataset.metadata["emotion"][::3].tolist() == [NAMES[c] for c in CODES]
    assert (
        dataset.metadata["fold"][::3].tolist()
        == [0] * 5 + [1] * 5 + [2] * 5 + ([0] * 5 + [1] * 5 + [2] * 5) * 2
    )
    for row in (0, 50, 134):
        where = dataset.metadata.loc[row]
        values = features(where["stimulus"] - 1)[int(where["onset"] / 4)]
        found = dataset.data["features"][row, 0]
        assert found[2, 7] == np.float32(values[7 * 5 + 2])
        assert found[4, 61] == np.float32(values[309])


def test_the_shorter_modality_decides(home):
    dataset = load_seed_v(home, subjects=[1], modalities=("features", "eye"))
    assert dataset.data["eye"].shape == (90, 1, 33)
    where = dataset.metadata.loc[77]
    expected = np.float32(eye(where["stimulus"] - 1)[int(where["onset"] / 4)])
    np.testing.assert_array_equal(dataset.data["eye"][77, 0], expected)


def test_sessions_can_be_chosen(home):
    dataset = load_seed_v(home, subjects=[1], sessions=[2], window=8.0)
    assert dataset.metadata["stimulus"].tolist() == list(range(16, 31))
    assert dataset.data["features"].shape == (15, 2, 5, 62)


def test_code_is_not_run(home, tmp_path):
    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "made"), "w"))

    path = home / "SEED-V" / "EEG_DE_features" / "1_123.npz"
    write(path, features, label=Evil())
    with pytest.raises(ValueError, match=r"1_123\.npz .*asks for .*open"):
        load_seed_v(home, subjects=[1])
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"data": {0: np.zeros((3, 310))}}, "another kind"),
        (
            {"data": {f: np.zeros((2, 62)) for f in range(45)}},
            "film 1 must be of shape",
        ),
        (
            {"label": {f: np.arange(3) for f in range(45)}},
            r"has the labels \[0, 1, 2\]",
        ),
        ({"label": {f: np.full(3, 7) for f in range(45)}}, r"has the labels \[7\]"),
        ({"label": {f: np.full(2, 1) for f in range(45)}}, "film 1 must be of shape"),
    ],
)
def test_damaged_files_are_named(home, change, match):
    path = home / "SEED-V" / "EEG_DE_features" / "1_123.npz"
    write(path, features, **change)
    with pytest.raises(ValueError, match=match) as caught:
        load_seed_v(home, subjects=[1])
    assert str(path) in str(caught.value)


def test_arrays_of_objects_and_missing_files_are_named(home):
    path = home / "SEED-V" / "EEG_DE_features" / "1_123.npz"
    np.savez(path, data=np.zeros(3), label=np.zeros(3))
    with pytest.raises(ValueError, match="data must be bytes, got float64"):
        load_seed_v(home, subjects=[1])
    with pytest.raises(FileNotFoundError, match=r"2_123\.npz.*pass subjects=\[1\]"):
        load_seed_v(home, subjects=[1, 2])


# Films of the recordings of the tests, with the seconds of their start and end.
SPANS = {
    session: " ".join(f"{4 * i + 2}-{4 * i + 5}" for i in range(15))
    for session in (1, 2, 3)
}
NAMES_62 = [name.upper() for name in MONTAGES["seed62"]]


def recording(session):
    """Sines of 100 µV plus 10 µV times the session, and an event at 26.5 s."""
    times = np.arange(64_000) / 1000
    wave = 100 * np.sin(2 * np.pi * 4 * times) + 10 * session
    wave[(times >= 26.5) & (times < 26.6)] += 2000
    return np.tile(wave, (62, 1)) * (1 + np.arange(62)[:, None] / 100)


@pytest.fixture
def recorded(home, monkeypatch):
    monkeypatch.setattr(_seed_v, "SECONDS", SPANS)
    folder = home / "SEED-V" / "EEG_raw"
    folder.mkdir()
    names = [*NAMES_62[::-1], "M1", "M2", "VEO", "HEO"]
    for session, date in ((1, "20180804"), (2, "20180810"), (3, "20180808")):
        signals = np.vstack([recording(session)[::-1], np.zeros((4, 64_000))])
        write_cnt(folder / f"1_{session}_{date}.cnt", signals, names, 1000)
    return home


def load_eeg(home, **options):
    return load_seed_v(home, subjects=[1], modalities="eeg", window=1.0, **options)


def test_recordings_are_cut_by_the_seconds_of_the_films(recorded):
    dataset = load_eeg(recorded, sfreq=1000.0)
    assert dataset.data["eeg"].shape == (3 * 15 * 3, 62, 1000)
    assert dataset.sfreq == {"eeg": 1000.0}
    assert dataset.ch_names["eeg"][:3] == ["Fp1", "Fpz", "Fp2"]
    metadata = dataset.metadata
    assert metadata["emotion"][::3].tolist() == [NAMES[c] for c in CODES]
    for row in (0, 20, 50, 134):
        where = metadata.loc[row]
        film = (where["stimulus"] - 1) % 15
        first = round(1000 * (4 * film + 2 + where["onset"]))
        expected = recording(where["session"])[:, first : first + 1000]
        # The file has steps of 0.01 µV.
        np.testing.assert_allclose(dataset.data["eeg"][row], expected, atol=0.006)
    has_event = (dataset.data["eeg"] > 1000).any(axis=(1, 2))
    events = metadata[has_event]
    assert events["session"].tolist() == [1, 2, 3]
    assert (events["stimulus"] % 15).tolist() == [7] * 3
    assert events["onset"].tolist() == [0.0] * 3


def test_recordings_are_resampled_without_an_edge(recorded):
    dataset = load_eeg(recorded, sessions=[1])
    assert dataset.data["eeg"].shape == (45, 62, 200)
    # At 4 Hz, the anti-alias filter changes a sine by less than 1 %.
    times = np.arange(200) / 200
    expected = 100 * np.sin(2 * np.pi * 4 * times) + 10
    np.testing.assert_allclose(dataset.data["eeg"][0, 0], expected, atol=1)
    np.testing.assert_allclose(dataset.data["eeg"][2, 0], expected, atol=1)


def test_recordings_and_features_show_the_same_seconds(recorded, monkeypatch):
    # Films of 8 s overlap here, so that windows of 4 s fit into them.
    spans = " ".join(f"{3 * i + 2}-{3 * i + 10}" for i in range(15))
    monkeypatch.setattr(_seed_v, "SECONDS", {2: spans})
    options = {"subjects": [1], "sessions": [2], "sfreq": 1000.0}
    dataset = load_seed_v(recorded, modalities=("features", "eeg"), **options)
    assert dataset.data["eeg"].shape == (30, 62, 4000)
    assert dataset.data["features"].shape == (30, 1, 5, 62)
    first = 1000 * (3 * 14 + 2 + 4)
    expected = recording(2)[:, first : first + 4000]
    np.testing.assert_allclose(dataset.data["eeg"][29], expected, atol=0.006)
    assert dataset.data["features"][29, 0, 0, 0] == np.float32(features(29)[1, 0])


def test_whole_films_are_preprocessed(recorded):
    dataset = load_eeg(recorded, sessions=[1], preprocess=MinusStart())
    assert (dataset.data["eeg"][::3, :, 0] == 0).all()
    with pytest.raises(ValueError, match="'eeg' is sampled at 200 Hz"):
        load_eeg(recorded, preprocess=BandpassFilter(sfreq=1000.0))


def test_damaged_recordings_are_named(recorded):
    folder = recorded / "SEED-V" / "EEG_raw"
    path = folder / "1_1_20180804.cnt"
    write_cnt(path, recording(1)[:, :50_000], NAMES_62, 1000)
    with pytest.raises(ValueError, match="lasts 50 s, but the last film ends at 61 s"):
        load_eeg(recorded)
    write_cnt(path, recording(1)[1:], NAMES_62[1:], 1000)
    with pytest.raises(ValueError, match=r"has no channels \['Fp1'\]"):
        load_eeg(recorded)
    content = bytearray(path.read_bytes())
    (table,) = struct.unpack_from("<i", content, 886)
    for n_bytes in (2**31 - 1, 8, -1):
        struct.pack_into("<i", content, table + 1, n_bytes)
        path.write_bytes(content)
        with pytest.raises(ValueError, match=f"states {n_bytes} bytes, but 0 follow"):
            load_eeg(recorded)
    path.write_bytes(content[:800])
    with pytest.raises(ValueError, match=r"cannot be read as a recording of NeuroScan"):
        load_eeg(recorded)
    path.rename(folder / "1_2_20180101.cnt")
    with pytest.raises(ValueError, match="several files of subject 1, session 2"):
        load_eeg(recorded, sessions=[2])
    with pytest.raises(FileNotFoundError, match=r"1_1_<date>\.cnt"):
        load_eeg(recorded, sessions=[1])
