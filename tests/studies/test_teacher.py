"""A teacher of 3FACRNN that is trained on images and on videos of faces."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator

from sklearn_emotion import VisualCNN, VisualCNNTCN, load_model
from sklearn_emotion.datasets import EmotionDataset
from sklearn_emotion.modalities import Modalities
from sklearn_emotion.models._visual_cnn import convolutions
from sklearn_emotion.studies import pretrain_teacher
from sklearn_emotion.studies._teacher import read_stills

Image = pytest.importorskip("PIL.Image")
TINY = {"max_epochs": 1, "batch_size": 4, "random_state": 0, "device": "cpu"}
COLORS = {"happy": (255, 0, 0), "sad": (0, 0, 255)}


@pytest.fixture
def folder(tmp_path):
    """Two images of each class, of 60 x 50 pixels with one color."""
    for name, color in COLORS.items():
        (tmp_path / name).mkdir()
        for number in range(2):
            Image.new("RGB", (60, 50), color).save(tmp_path / name / f"{number}.png")
    (tmp_path / "happy" / "notes.txt").write_text("no image")
    return tmp_path


def films(n=4, n_frames=3):
    """Return films in the layout of `load_afew_va`; the ratings are -10 or 10."""
    rng = np.random.default_rng(0)
    face = rng.uniform(size=(n, n_frames, 3, 48, 48)).astype(np.float32)
    valence = np.where(rng.uniform(size=(n, n_frames)) < 0.5, -10.0, 10.0)
    valence[:, 0], valence[:, 1] = -10.0, 10.0
    return EmotionDataset(
        data=Modalities(face=face),
        metadata=pd.DataFrame({"subject": np.arange(n), "trial": np.arange(n)}),
        sfreq={"face": 25.0},
        ratings=Modalities(valence=valence),
    )


def test_images_in_folders_of_classes(folder):
    images, labels = read_stills(folder)
    assert labels.tolist() == ["happy", "happy", "sad", "sad"]
    assert images.shape == (4, 3, 48, 48)
    assert images.dtype == np.uint8
    for image, label in zip(images, labels):
        assert image.reshape(3, -1).T.tolist() == [list(COLORS[label])] * 48**2


def test_images_in_a_table_with_labels_or_ratings(folder):
    (folder / "labels.csv").write_text("path,label\nsad/0.png,b\nhappy/1.png,a\n")
    images, labels = read_stills(folder / "labels.csv")
    assert labels.tolist() == ["b", "a"]
    assert images[:, :, 0, 0].tolist() == [[0, 0, 255], [255, 0, 0]]
    (folder / "ratings.csv").write_text(
        "path,valence\nsad/0.png,-0.5\nhappy/1.png,0.25\nsad/1.png,\n"
    )
    # A rating above 0 is class 1, and the row without a rating is left out.
    assert read_stills(folder / "ratings.csv")[1].tolist() == [0, 1]
    table = pd.DataFrame({"path": [folder / "sad/0.png"], "arousal": [0.2]})
    assert read_stills(table, target="arousal", threshold=0.3)[1].tolist() == [0]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: folder / "happy", "contains no images in folders of classes"),
        (lambda folder: pd.DataFrame({"file": ["a"]}), "needs the column 'path'"),
        (lambda folder: pd.DataFrame({"path": ["a"]}), "'label' or 'valence'"),
        (
            lambda folder: pd.DataFrame(
                {"path": [folder / "happy" / "notes.txt"], "label": ["a"]}
            ),
            "notes.txt cannot be read as an image",
        ),
    ],
    ids=["no classes", "no path", "no label", "no image"],
)
def test_what_is_wrong_with_images_is_named(folder, make, message):
    with pytest.raises(ValueError, match=message):
        read_stills(make(folder))


def test_missing_images_and_no_data_are_errors(tmp_path):
    with pytest.raises(FileNotFoundError, match="no file or folder"):
        pretrain_teacher(stills=tmp_path / "nothing")
    with pytest.raises(ValueError, match="afew_va=, stills= or both"):
        pretrain_teacher()


def test_convolutions_of_the_images_are_where_the_films_start(folder, tmp_path):
    """With a learning rate of almost 0, the convolutions remain those of the images."""
    path = tmp_path / "teacher.zip"
    frozen = pretrain_teacher(
        films(),
        folder,
        teacher=VisualCNNTCN(lr=1e-12, **TINY),
        cnn=VisualCNN(architecture="3facrnn", **TINY),
        path=path,
    )
    assert isinstance(frozen, FrozenEstimator)
    images, labels = read_stills(folder)
    still = VisualCNN(architecture="3facrnn", **TINY).fit(images, labels)
    layers = [convolutions(n.net_.module_) for n in (still, frozen.estimator)]
    for expected, found in zip(*layers):
        torch.testing.assert_close(expected.weight, found.weight, rtol=0, atol=1e-9)
    X = films(3, n_frames=5).data["face"]
    restored = load_model(path)
    np.testing.assert_array_equal(
        clone(restored).transform(X), frozen.estimator.transform(X)
    )


def test_ratings_of_frames_are_divided_at_0():
    """The labels are 0 and 1, and frames of one film may have different labels."""
    frozen = pretrain_teacher(films(), teacher=VisualCNNTCN(**TINY))
    assert frozen.estimator.classes_.tolist() == [0, 1]
    data = films()
    labels = (data.ratings["valence"] > 0).astype(int)
    expected = VisualCNNTCN(**TINY).fit(data.data["face"], labels)
    X = data.data["face"]
    np.testing.assert_array_equal(
        frozen.estimator.predict_proba(X), expected.predict_proba(X)
    )


def test_images_alone_are_films_of_one_frame(folder):
    tiny = {
        "teacher": VisualCNNTCN(**TINY),
        "cnn": VisualCNN(architecture="3facrnn", **TINY),
    }
    frozen = pretrain_teacher(stills=folder, **tiny)
    assert frozen.estimator.classes_.tolist() == ["happy", "sad"]
    assert frozen.estimator.transform(films().data["face"]).shape == (4, 3, 128)
