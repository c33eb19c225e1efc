"""FACED: films, emotions, channels and features, and damaged files."""

import pickle
import shutil

import numpy as np
import pytest
from _whole import MinusStart
from scipy.io import savemat

from sklearn_emotion.datasets import load_faced


def recordings(subject):
    film, channel, time = np.ogrid[:28, :32, :7500]
    return (subject * 28.0 + film) * 32 + channel + time / 8192


def features(subject):
    film, channel, second, band = np.ogrid[:28, :32, :30, :5]
    return ((subject * 28.0 + film) * 32 + channel) * 256 + second * 8 + band


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "FACED"
    (folder / "Processed_data").mkdir(parents=True)
    (folder / "EEG_Features" / "DE").mkdir(parents=True)
    for subject in (0, 3):
        path = folder / "Processed_data" / f"sub{subject:03d}.pkl"
        path.write_bytes(pickle.dumps(recordings(subject)))
        name = f"sub{subject:03d}.pkl" + ".pkl" * (subject == 3)
        path = folder / "EEG_Features" / "DE" / name
        path.write_bytes(pickle.dumps(features(subject)))
    return folder.parent


def test_recordings_and_features_cover_the_same_seconds(home):
    dataset = load_faced(
        home, subjects=[0, 3], modalities=("eeg", "features"), window=10.0
    )
    assert dataset.data["eeg"].shape == (2 * 28 * 3, 32, 2500)
    assert dataset.data["features"].shape == (2 * 28 * 3, 10, 5, 32)
    assert dataset.sfreq == {"eeg": 250.0, "features": 1.0}
    metadata = dataset.metadata
    for row in (0, 40, 100, 167):
        where = metadata.loc[row]
        film, onset = where["stimulus"] - 1, int(where["onset"])
        whole = recordings(where["subject"])[film]
        expected = np.float32(whole[:, onset * 250 : onset * 250 + 2500])
        np.testing.assert_array_equal(dataset.data["eeg"][row], expected)
        whole = features(where["subject"])[film].transpose(1, 2, 0)
        expected = np.float32(whole[onset : onset + 10])
        np.testing.assert_array_equal(dataset.data["features"][row], expected)
    assert metadata["trial"].nunique() == 56


def test_films_have_the_emotions_of_the_paper(home):
    dataset = load_faced(home, subjects=[0], window=30.0)
    emotions = dataset.target("emotion").tolist()
    counts = [3, 3, 3, 3, 4, 3, 3, 3, 3]
    names = ["anger", "disgust", "fear", "sadness", "neutral"]
    names += ["amusement", "inspiration", "joy", "tenderness"]
    assert emotions == [n for n, c in zip(names, counts) for _ in range(c)]
    valence = dataset.target("valence_class").tolist()
    assert valence == ["negative"] * 12 + ["neutral"] * 4 + ["positive"] * 12
    # The 10-20 positions of the right half follow those of the left half.
    assert dataset.ch_names["eeg"][11:16] == ["Cz", "C3", "C4", "T7", "T8"]
    assert dataset.ch_names["eeg"][-2:] == ["A2", "A1"]


def test_damaged_and_missing_files_are_named(home, tmp_path):
    folder = tmp_path / "Processed_data"
    folder.mkdir()
    path = folder / "sub000.pkl"
    path.write_bytes(pickle.dumps(recordings(0)[:, :30]))
    with pytest.raises(ValueError, match=r"sub000\.pkl: the array must be of shape"):
        load_faced(tmp_path, subjects=[0])
    path.write_bytes(pickle.dumps({"data": recordings(0)[:1]}))
    with pytest.raises(ValueError, match=r"sub000\.pkl: the array must be an array"):
        load_faced(tmp_path, subjects=[0])
    path.write_bytes(pickle.dumps(print))
    with pytest.raises(ValueError, match=r"sub000\.pkl .*asks for .*print"):
        load_faced(tmp_path, subjects=[0])
    with pytest.raises(FileNotFoundError, match=r"sub001\.pkl.*subjects=\[0, 3\]"):
        load_faced(home, subjects=[0, 1, 3])
    with pytest.raises(ValueError, match="features must be"):
        load_faced(home, features="de")


def test_whole_films_are_preprocessed_and_features_are_not(home):
    options = {"subjects": [0], "modalities": ("eeg", "features"), "window": 10.0}
    dataset = load_faced(home, **options, preprocess=MinusStart())
    plain = load_faced(home, **options)
    for row in (0, 2, 83):
        first = dataset.metadata["onset"][row] * 250
        expected = np.broadcast_to((first + np.arange(2500)) / 8192, (32, 2500))
        np.testing.assert_array_equal(dataset.data["eeg"][row], np.float32(expected))
    np.testing.assert_array_equal(dataset.data["features"], plain.data["features"])


def write_remarks(folder, films, scores):
    """Write ratings in the order in which the films were seen."""
    rows = np.zeros((1, len(films)), [(n, object) for n in ("score", "vid", "trial")])
    for place, (row, film) in enumerate(zip(rows[0], films)):
        row["score"], row["vid"], row["trial"] = scores[film - 1], film, place + 1
    path = folder / "Data" / "sub000" / "After_remarks.mat"
    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, {"After_remark": rows})
    return path


def test_ratings_follow_the_numbers_of_the_films(home, tmp_path):
    shutil.copytree(home / "FACED" / "EEG_Features", tmp_path / "EEG_Features")
    rng = np.random.default_rng(0)
    order, scores = rng.permutation(28) + 1, np.round(7 * rng.random((28, 12)), 1)
    path = write_remarks(tmp_path, order, scores)
    options = {"subjects": [0], "modalities": "features", "window": 30.0}
    dataset = load_faced(tmp_path, ratings=True, **options)
    metadata = dataset.metadata
    assert metadata["joy"].tolist() == scores[:, 0].tolist()
    assert metadata["valence"].tolist() == scores[:, 9].tolist()
    assert metadata["liking"].tolist() == scores[:, 11].tolist()
    for film, place in zip(metadata["stimulus"], metadata["presentation"]):
        assert order[place - 1] == film
    assert "presentation" not in load_faced(tmp_path, **options).metadata
    write_remarks(tmp_path, np.append(order[1:], order[1]), scores)
    with pytest.raises(ValueError, match=r"After_remarks\.mat.*each of 28 films once"):
        load_faced(tmp_path, ratings=True, **options)
    write_remarks(tmp_path, order, scores + 1)
    with pytest.raises(ValueError, match="not from 0 to 7"):
        load_faced(tmp_path, ratings=True, **options)
    path.unlink()
    with pytest.raises(FileNotFoundError, match=r"Data/sub000/After_remarks\.mat"):
        load_faced(tmp_path, ratings=True, **options)
