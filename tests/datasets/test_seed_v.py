"""SEED-V: pickles in archives, columns of channels and bands, and folds."""

import pickle

import numpy as np
import pytest

from sklearn_emotion.datasets import load_seed_v

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
