"""The face branch of DeepVANet on photographs of neutral and smiling faces.

``python benchmarks/accuracy/frll_deep_vanet.py --data-home DIR --out CSV`` reads the
102 people of the Face Research Lab London Set from ``frll_faces`` in the folder
``DIR``, and cross-validates by person.

- ``stills``: clips of one photograph that is shifted by a few pixels in each frame. The
  task is to tell smiling from neutral faces.
- ``order``: clips that fade from neutral to smiling or back. Both have the same frames,
  so that only a network that uses their order can tell them apart.

The network is compared with a linear SVM on histograms of gradients of the first and
the last frame. No person appears in both training and test.
"""

import argparse
import csv
import os
import sys
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from sklearn.base import clone
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import LinearSVC

from sklearn_emotion import DeepVANet

sys.path.insert(0, str(Path(__file__).parents[1]))
from _provenance import open_csv

BOX = 122, 140, 262, 280  # position of the face in all photographs of 384 x 384
MARGIN = 2  # largest shift of a frame in pixels


def photographs(data_home, n_people=None):
    """Return faces (n_people, 2, 68, 68, 3), neutral and smiling."""
    folder = data_home / "frll_faces" / "images"
    people = sorted({path.name[:3] for path in folder.glob("*.jpg")})[:n_people]
    if not people:
        raise FileNotFoundError(f"No photographs in {folder}: pass --data-home DIR.")
    side = 64 + 2 * MARGIN
    faces = np.empty((len(people), 2, side, side, 3), np.uint8)
    for pair, person in zip(faces, people):
        for face, expression in zip(pair, ("neutral", "smiling")):
            image = Image.open(folder / f"{person}_{expression}.jpg").convert("RGB")
            face[:] = image.crop(BOX).resize((side, side), Image.Resampling.BOX)
    return faces


def clip(frames, rng):
    """Shift frames (F, 68, 68, 3) by up to two pixels; return (F, 3, 64, 64)."""
    out = np.empty((len(frames), 64, 64, 3), np.uint8)
    for frame, shifted in zip(frames, out):
        y, x = rng.integers(0, 2 * MARGIN + 1, 2)
        shifted[:] = frame[y : y + 64, x : x + 64]
    return out.transpose(0, 3, 1, 2)


def stills(faces, n_frames, rng):
    """Return clips of one photograph each, labels and people."""
    X = [clip([face] * n_frames, rng) for pair in faces for face in pair]
    return np.stack(X), np.tile([0, 1], len(faces)), np.repeat(np.arange(len(faces)), 2)


def order(faces, n_frames, rng):
    """Return clips that fade from neutral to smiling (1) or back (0)."""
    share = np.linspace(0, 1, n_frames)[:, None, None, None]
    X = []
    for neutral, smiling in faces.astype(np.float32):
        fade = ((1 - share) * neutral + share * smiling).round().astype(np.uint8)
        X += [clip(fade[::-1], rng), clip(fade, rng)]
    return np.stack(X), np.tile([0, 1], len(faces)), np.repeat(np.arange(len(faces)), 2)


def gradient_histograms(X):
    """Return histograms of oriented gradients of the first and last frame of clips.

    Nine directions in cells of 8 x 8 pixels, normalized over blocks of 2 x 2 cells.
    """
    frames = X[:, [-1]] if X.shape[1] == 1 else X[:, [0, -1]]
    grey = frames.astype(np.float32).mean(axis=2)
    dy, dx = np.gradient(grey, axis=(2, 3))
    size = np.hypot(dx, dy)
    direction = ((np.arctan2(dy, dx) % np.pi) / np.pi * 9).astype(int) % 9
    hot = (direction[..., None] == np.arange(9)) * size[..., None]
    cells = hot.reshape(*hot.shape[:2], 8, 8, 8, 8, 9).sum(axis=(3, 5))
    blocks = np.concatenate(
        [cells[:, :, i : i + 7, j : j + 7] for i in (0, 1) for j in (0, 1)], axis=-1
    )
    blocks /= np.sqrt((blocks**2).sum(axis=-1, keepdims=True)) + 1e-3
    return blocks.reshape(len(X), -1)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument(
        "--data-home", default=os.environ.get("SKLEARN_EMOTION_DATA", "."), type=Path
    )
    arguments.add_argument("--out", default=None, help="CSV file to write")
    arguments.add_argument("--frames", type=int, default=2, help="frames of a clip")
    arguments.add_argument("--epochs", type=int, default=20)
    arguments.add_argument("--folds", type=int, default=5)
    arguments.add_argument("--people", type=int, default=None)
    arguments.add_argument("--tasks", nargs="+", default=["stills", "order"])
    arguments.add_argument("--seed", type=int, default=0)
    options = arguments.parse_args()
    torch.set_num_threads(1)
    faces = photographs(options.data_home, options.people)
    estimators = {
        "DeepVANet, face": DeepVANet(
            modalities=("face",),
            max_epochs=options.epochs,
            batch_size=16,
            random_state=options.seed,
        ),
        "HOG, linear SVM": make_pipeline(
            FunctionTransformer(gradient_histograms),
            StandardScaler(),
            LinearSVC(C=0.01),
        ),
    }
    rows = []
    for task in options.tasks:
        rng = np.random.default_rng(options.seed)
        make = {"stills": stills, "order": order}[task]
        X, y, person = make(faces, options.frames, rng)
        for name, estimator in estimators.items():
            start, scores = time.perf_counter(), []
            for train, test in GroupKFold(options.folds).split(X, y, person):
                fitted = clone(estimator).fit(X[train], y[train])
                scores.append(balanced_accuracy_score(y[test], fitted.predict(X[test])))
                print(f"{task}, {name}: {scores[-1]:.3f}", flush=True)
            rows.append(
                {
                    "task": task,
                    "estimator": name,
                    "clips": len(y),
                    "people": len(faces),
                    "folds": options.folds,
                    "balanced accuracy": round(float(np.mean(scores)), 3),
                    "sd over folds": round(float(np.std(scores, ddof=1)), 3),
                    "seconds": round(time.perf_counter() - start),
                }
            )
            print(rows[-1], flush=True)
    if options.out:
        with open_csv(options.out) as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    main()
