"""SEED-IV: films of each session, their labels, and windows of 4 s."""

import numpy as np
import pytest
from _whole import MinusStart
from scipy.io import savemat

from sklearn_emotion.datasets import load_seed_iv

# From the owners' description, in the order of the films of session 2.
SESSION_2 = [2, 1, 3, 0, 0, 2, 0, 2, 3, 3, 2, 3, 2, 0, 1, 1, 2, 1, 0, 3, 0, 1, 3, 1]
EMOTIONS = ["neutral", "sad", "fear", "happy"]


def n_windows(film):
    return 2 + film % 2


def features(session, film):
    channel, window, band = np.ogrid[:62, : n_windows(film), :5]
    return ((session * 24.0 + film) * 62 + channel) * 64 + window * 8 + band


def eye(session, film):
    row, window = np.ogrid[:31, : n_windows(film)]
    return (session * 24.0 + film) * 512 + row * 8 + window


def recording(session, film):
    channel, time = np.ogrid[:62, : n_windows(film) * 800 + 1]
    return (film * 62.0 + channel) * 4096 + time + session / 4


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "SEED_IV"
    for session in (1, 2, 3):
        made = {
            "eeg_feature_smooth": {"de_LDS": features},
            "eeg_raw_data": {"cz_eeg": recording},
            "eye_feature_smooth": {"eye_": eye},
        }
        for name, variables in made.items():
            inner = folder / name / str(session)
            inner.mkdir(parents=True)
            content = {
                f"{key}{film + 1}": make(session, film)
                for key, make in variables.items()
                for film in range(24)
            }
            savemat(inner / f"1_2016{session:02d}18.mat", content)
    return folder.parent


def test_all_modalities_cover_the_same_seconds(home):
    dataset = load_seed_iv(
        home, subjects=[1], sessions=[2, 3], modalities=("features", "eeg", "eye")
    )
    assert dataset.data["features"].shape == (120, 1, 5, 62)
    assert dataset.data["eeg"].shape == (120, 62, 800)
    assert dataset.data["eye"].shape == (120, 1, 31)
    for row in (0, 4, 60, 119):
        where = dataset.metadata.loc[row]
        session, film = where["session"], (where["stimulus"] - 1) % 24
        assert where["stimulus"] == (session - 1) * 24 + film + 1
        window = int(where["onset"] / 4)
        expected = features(session, film)[:, window].T[None]
        np.testing.assert_array_equal(dataset.data["features"][row], expected)
        np.testing.assert_array_equal(
            dataset.data["eye"][row], eye(session, film)[None, :, window]
        )
        whole = np.float32(recording(session, film))
        np.testing.assert_array_equal(
            dataset.data["eeg"][row], whole[:, window * 800 : window * 800 + 800]
        )


def test_each_session_has_labels_of_its_own(home):
    dataset = load_seed_iv(home, subjects=[1])
    first = dataset.metadata[dataset.metadata["window"] == 0]
    by_session = dict(list(first.groupby("session")["emotion"]))
    assert by_session[2].tolist() == [EMOTIONS[code] for code in SESSION_2]
    for labels in by_session.values():
        assert labels.value_counts().tolist() == [6] * 4
    assert by_session[1].tolist() != by_session[3].tolist()
    assert dataset.metadata["trial"].nunique() == 72


def test_damaged_and_missing_files_are_named(home, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"eeg_raw_data/1/2_<date>\.mat"):
        load_seed_iv(home, subjects=[2], modalities="eeg")
    with pytest.raises(ValueError, match="features must be one of"):
        load_seed_iv(home, features="dasm_LDS")
    with pytest.raises(ValueError, match=r"window of 'features'=2"):
        load_seed_iv(home, subjects=[1], window=2.0)
    inner = tmp_path / "eye_feature_smooth" / "1"
    inner.mkdir(parents=True)
    savemat(
        inner / "1_20160118.mat", {f"eye_{i + 1}": np.ones((3, 3)) for i in range(24)}
    )
    with pytest.raises(ValueError, match=r"1_20160118\.mat: eye_1 must be of shape"):
        load_seed_iv(tmp_path, subjects=[1], sessions=[1], modalities="eye")
    savemat(inner / "1_20160119.mat", {"eye_1": 1.0})
    with pytest.raises(ValueError, match="several files of subject 1"):
        load_seed_iv(tmp_path, subjects=[1], sessions=[1], modalities="eye")


def test_whole_films_are_preprocessed_and_features_are_not(home):
    options = {"subjects": [1], "sessions": [2], "modalities": ("eeg", "features")}
    dataset = load_seed_iv(home, **options, preprocess=MinusStart())
    plain = load_seed_iv(home, **options)
    for row in (0, 1, 3, 59):
        onset = dataset.metadata["onset"][row]
        expected = np.broadcast_to(200 * onset + np.arange(800), (62, 800))
        # Values of the recordings are below 2**23, so that steps of 1 are exact.
        np.testing.assert_allclose(dataset.data["eeg"][row], expected, atol=1)
    np.testing.assert_array_equal(dataset.data["features"], plain.data["features"])


def test_only_subjects_with_all_sessions_are_suggested(home):
    with pytest.raises(FileNotFoundError, match=r"pass subjects=\[1\]"):
        load_seed_iv(home, subjects=[1, 2])
    path = home / "SEED_IV" / "eeg_feature_smooth" / "1" / "2_20160118.mat"
    path.write_bytes(b"")
    try:
        with pytest.raises(FileNotFoundError, match=r"pass subjects=\[1\]"):
            load_seed_iv(home, subjects=[1, 2])
    finally:
        path.unlink()
