"""SEED's features and recordings, with sessions in the order of their dates."""

import numpy as np
import pandas as pd
import pytest
from _whole import MinusStart
from scipy.io import savemat

from sklearn_emotion.datasets import load_seed

LABELS = [1, 0, -1, -1, 0, 1, -1, 0, 1, 1, 0, -1, 0, 1, -1]
DATES = ["20131027", "20131030", "20131107"]


def seconds(film):
    return 8 + film % 2


def features(session, film):
    channel, second, band = np.ogrid[:62, : seconds(film), :5]
    return ((session * 15.0 + film) * 62 + channel) * 128 + second * 8 + band


def recording(session, film):
    channel, time = np.ogrid[:62, : seconds(film) * 200]
    return ((session * 15.0 + film) * 62 + channel) * 2048 + time


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "seed"
    for name in ("ExtractedFeatures", "Preprocessed_EEG"):
        (folder / name).mkdir(parents=True)
        savemat(folder / name / "label.mat", {"label": np.array([LABELS])})
    for session, date in enumerate(DATES, start=1):
        content = {f"de_LDS{f + 1}": features(session, f) for f in range(15)}
        content |= {f"psd_LDS{f + 1}": -features(session, f) for f in range(15)}
        content |= {f"dcau_LDS{f + 1}": features(session, f)[:23] for f in range(15)}
        savemat(folder / "ExtractedFeatures" / f"1_{date}.mat", content)
        content = {f"djc_eeg{f + 1}": recording(session, f) for f in range(15)}
        savemat(folder / "Preprocessed_EEG" / f"1_{date}.mat", content)
    return folder.parent


def test_features_by_window_band_and_channel(home):
    dataset = load_seed(home, subjects=[1])
    assert dataset.data["features"].shape == (90, 4, 5, 62)
    assert dataset.units == {"features": "log2(100 * power), a.u."}
    assert dataset.ch_names["features"][:4] == ["Fp1", "Fpz", "Fp2", "AF3"]
    metadata = dataset.metadata
    for row in (0, 1, 31, 89):
        where = metadata.loc[row]
        whole = features(where["session"], where["stimulus"] - 1)
        start = int(where["onset"])
        expected = whole[:, start : start + 4].transpose(1, 2, 0)
        np.testing.assert_array_equal(dataset.data["features"][row], expected)
    assert metadata["session"].unique().tolist() == [1, 2, 3]
    assert metadata["trial"].nunique() == 45
    emotions = {1: "positive", 0: "neutral", -1: "negative"}
    one = metadata[(metadata["session"] == 2) & (metadata["window"] == 0)]
    assert one["emotion"].tolist() == [emotions[label] for label in LABELS]
    assert dataset.target("emotion")[0] == "positive"


def test_features_of_pairs_have_one_value_per_pair(home):
    dataset = load_seed(home, subjects=[1], features="dcau_LDS")
    assert dataset.data["features"].shape == (90, 4, 5, 23)
    assert dataset.ch_names["features"][:2] == ["dcau0", "dcau1"]
    expected = features(1, 0)[:23, :4].transpose(1, 2, 0)
    np.testing.assert_array_equal(dataset.data["features"][0], expected)


def test_recordings_and_features_cover_the_same_seconds(home):
    dataset = load_seed(
        home,
        subjects=[1],
        sessions=[3],
        modalities=["eeg", "features"],
        features="psd_LDS",
        window=2.0,
        step=1.0,
    )
    assert dataset.data["eeg"].shape == (112, 62, 400)
    assert dataset.sfreq == {"eeg": 200.0, "features": 1.0}
    assert dataset.units["features"] == "a.u."
    row = 7 + 3
    assert dataset.metadata.loc[row, ["stimulus", "onset"]].tolist() == [2, 3.0]
    np.testing.assert_array_equal(
        dataset.data["eeg"][row], recording(3, 1)[:, 600:1000]
    )
    np.testing.assert_array_equal(
        dataset.data["features"][row], -features(3, 1)[:, 3:5].transpose(1, 2, 0)
    )


def test_a_cached_copy_is_the_same(home, tmp_path):
    plain = load_seed(home, subjects=[1], sessions=[2])
    for _ in range(2):
        cached = load_seed(home, subjects=[1], sessions=[2], cache_dir=tmp_path)
        assert isinstance(cached.data["features"], np.memmap)
        np.testing.assert_array_equal(cached.data["features"], plain.data["features"])
        pd.testing.assert_frame_equal(cached.metadata, plain.metadata)


def test_windows_longer_than_a_film_are_reported(home):
    with pytest.warns(
        UserWarning, match="8 of 15 trials .* subject 1 session 1 film 1"
    ):
        dataset = load_seed(home, subjects=[1], sessions=[1], window=9.0)
    assert dataset.metadata["stimulus"].tolist() == [2, 4, 6, 8, 10, 12, 14]


def copy_with(home, tmp_path, name, content):
    folder = tmp_path / "ExtractedFeatures"
    folder.mkdir()
    source = home / "seed" / "ExtractedFeatures"
    for path in source.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    savemat(folder / name, content)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("label.mat", {"label": [[1, 0]]}, "label must be 15 of"),
        ("1_20131027.mat", {"de_LDS1": 1}, "holds no variable de_LDS2, de_LDS3"),
        (
            "1_20131027.mat",
            {f"de_LDS{i}": np.zeros((5, 9, 62)) for i in range(1, 16)},
            r"de_LDS1 must be of shape \(62, 'n_windows', 5\), got \(5, 9, 62\)",
        ),
    ],
)
def test_damaged_files_are_named(home, tmp_path, name, content, match):
    folder = copy_with(home, tmp_path, name, content)
    with pytest.raises(ValueError, match=match):
        load_seed(folder, subjects=[1])


def test_missing_files_and_bad_parameters_are_named(home, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"subject 2 must have 3 files"):
        load_seed(home, subjects=[2])
    with pytest.raises(FileNotFoundError, match=r"ExtractedFeatures/label\.mat"):
        load_seed(tmp_path)
    with pytest.raises(ValueError, match="features must be one of"):
        load_seed(home, features="asm")
    with pytest.raises(ValueError, match=r"window of 'features'=2\.5 s"):
        load_seed(home, subjects=[1], window=2.5)


def test_whole_films_are_preprocessed_before_they_are_cut(home):
    names = ["eeg", "features"]
    plain = load_seed(home, subjects=[1], modalities=names)
    done = load_seed(home, subjects=[1], modalities=names, preprocess=MinusStart())
    np.testing.assert_array_equal(done.data["features"], plain.data["features"])
    first = plain.metadata.groupby("trial")["onset"].transform("idxmin")
    start = plain.data["eeg"][first][..., :1]
    np.testing.assert_array_equal(done.data["eeg"], plain.data["eeg"] - start)
    with pytest.raises(ValueError, match=r"preprocess names \['features'\]"):
        load_seed(home, subjects=[1], preprocess={"features": MinusStart()})


def test_copies_of_files_do_not_shift_the_sessions(home, tmp_path):
    folder = copy_with(home, tmp_path, "label.mat", {"label": np.array([LABELS])})
    first, *_, last = sorted((folder / "ExtractedFeatures").glob("1_*.mat"))
    copy = first.with_name("1_20131027 (1).mat")
    copy.write_bytes(first.read_bytes())
    first.with_name("._1_20131027.mat").write_bytes(b"attributes")
    expected = load_seed(home, subjects=[1], sessions=[3])
    dataset = load_seed(folder, subjects=[1], sessions=[3])
    np.testing.assert_array_equal(dataset.data["features"], expected.data["features"])
    last.unlink()
    with pytest.raises(FileNotFoundError, match="subject 1 must have 3 files"):
        load_seed(folder, subjects=[1])


def test_a_session_that_is_a_copy_of_another_one_is_named(home, tmp_path):
    folder = copy_with(home, tmp_path, "label.mat", {"label": np.array([LABELS])})
    first, second, _ = sorted((folder / "ExtractedFeatures").glob("1_*.mat"))
    second.write_bytes(first.read_bytes())
    match = rf"SEED: .* same content.*{second.name} and .*{first.name}"
    with pytest.warns(UserWarning, match=match):
        load_seed(folder, subjects=[1])


def test_two_recordings_of_one_film_are_named(home, tmp_path):
    inner = tmp_path / "Preprocessed_EEG"
    inner.mkdir()
    savemat(inner / "label.mat", {"label": np.array([LABELS])})
    for n_times, date in enumerate(DATES, start=9):
        film = np.zeros((62, n_times))
        content = {f"djc_eeg{f + 1}": film for f in range(15)}
        savemat(inner / f"1_{date}.mat", content | {"jl_eeg3": film})
    with pytest.raises(ValueError, match=r"1_20131027\.mat has several .*_eeg3\."):
        load_seed(tmp_path, subjects=[1], modalities="eeg")
