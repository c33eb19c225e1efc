"""Neutral and smiling faces of people not seen in training (Face Research Lab London).

    python benchmarks/accuracy/frll_faces.py [--data-home DIR] [--epochs N] [--out CSV]

The networks are compared with a linear SVM on histograms of oriented gradients, in six
folds grouped by person. DIR holds ``frll_faces/images``: 102 adults, each with a
neutral and a smiling face (CC BY 4.0, https://doi.org/10.6084/m9.figshare.5047666).
``--epochs`` replaces the defaults of the networks.
"""

import argparse
import os
import sys
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
from PIL import Image
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import LinearSVC

from sklearn_emotion import VisualCNN, VisualCNNTCN

sys.path.insert(0, str(Path(__file__).parents[1]))
from _provenance import open_csv

# The face has the same position in all pictures; this box keeps brow to chin.
CROP = (122, 150, 262, 290)


def load_faces(folder, size):
    """Return pixels (n, 3, size, size) as uint8, labels and persons."""
    pixels, labels, persons = [], [], []
    for path in sorted(folder.glob("*_*.jpg")):
        person, label = path.stem.split("_")
        picture = Image.open(path).convert("RGB").crop(CROP)
        pixels.append(np.asarray(picture.resize((size, size), Image.Resampling.BOX)))
        labels.append(label)
        persons.append(int(person))
    return np.stack(pixels).transpose(0, 3, 1, 2), np.array(labels), np.array(persons)


def gradient_histograms(X, cell=8, n_bins=9):
    """Return histograms of oriented gradients, normalized over 2 x 2 cells."""
    grey = X.mean(axis=1)
    dy, dx = np.gradient(grey, axis=(1, 2))
    size = np.hypot(dx, dy)
    bins = (np.arctan2(dy, dx) % np.pi / np.pi * n_bins).astype(int) % n_bins
    n, side = len(X), X.shape[-1] // cell
    by_bin = np.stack([np.where(bins == b, size, 0) for b in range(n_bins)], axis=-1)
    cells = by_bin.reshape(n, side, cell, side, cell, n_bins).sum(axis=(2, 4))
    corners = [
        cells[:, i : side - 1 + i, j : side - 1 + j] for i in (0, 1) for j in (0, 1)
    ]
    blocks = np.concatenate(corners, axis=-1)
    blocks /= np.linalg.norm(blocks, axis=-1, keepdims=True) + 1e-6
    return blocks.reshape(n, -1)


def epochs_of(model):
    """Return the number of epochs of a model, or of the last step of a pipeline."""
    epochs = getattr(getattr(model, "steps", [[model]])[-1][-1], "max_epochs", None)
    return "" if epochs is None else str(epochs)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data-home", default=os.environ.get("SKLEARN_EMOTION_DATA", "."), type=Path
    )
    parser.add_argument("--epochs", type=int, default=None)
    parser.add_argument("--out", type=Path, default=None, help="CSV file to write")
    options = parser.parse_args()
    folder = options.data_home / "frll_faces" / "images"
    X, y, person = load_faces(folder, 64)
    if not len(X):
        parser.error(f"no pictures in {folder}")
    settings = {"random_state": 0}
    if options.epochs is not None:
        settings["max_epochs"] = options.epochs
    as_clip = FunctionTransformer(lambda X: X[:, None])
    models = {
        "majority": (DummyClassifier(), X),
        "HOG + linear SVM": (
            make_pipeline(FunctionTransformer(gradient_histograms), LinearSVC(C=0.1)),
            load_faces(folder, 96)[0],
        ),
        "VisualCNN": (VisualCNN(**settings), X),
        "VisualCNNTCN, one frame": (
            make_pipeline(as_clip, VisualCNNTCN(**settings)),
            load_faces(folder, 48)[0],
        ),
    }
    print(f"{len(X)} pictures of {len(np.unique(person))} people, 6 folds by person")
    table = []
    for name, (model, images) in models.items():
        rows = []
        for train, test in GroupKFold(6).split(X, y, person):
            start = perf_counter()
            fitted = clone(model).fit(images[train], y[train])
            seconds = perf_counter() - start
            score = balanced_accuracy_score(y[test], fitted.predict(images[test]))
            rows.append((score, seconds))
        scores, seconds = np.array(rows).T
        table.append(
            {
                "estimator": name,
                "epochs": epochs_of(fitted),
                "balanced accuracy": round(float(scores.mean()), 3),
                "sd over folds": round(float(scores.std(ddof=1)), 3),
                "worst fold": round(float(scores.min()), 3),
                "seconds a fit": round(float(seconds.mean()), 1),
            }
        )
        print(*table[-1].values(), sep="  ", flush=True)
    if options.out is not None:
        with open_csv(options.out) as file:
            pd.DataFrame(table).to_csv(file, index=False)


if __name__ == "__main__":
    main()
