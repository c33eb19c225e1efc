"""Accuracy of the eyes that the face detector finds (Face Research Lab London).

    python benchmarks/accuracy/frll_face_detector.py [--data-home DIR] [--out CSV]

DIR holds ``frll_faces``: 102 adults, each with a neutral and a smiling face (CC BY 4.0,
https://doi.org/10.6084/m9.figshare.5047666). The eyes of the neutral faces are marked
by hand. The error is the mean distance over both eyes, divided by the distance between
the eyes. Times are CPU times of one thread in milliseconds, for a first frame that is
searched for a face and for a later frame in which the face is followed.
"""

import argparse
import os
import sys
from pathlib import Path
from time import process_time

import numpy as np
import pandas as pd
from PIL import Image
from threadpoolctl import threadpool_limits

from sklearn_emotion.features._face_detection import FaceTracker

sys.path.insert(0, str(Path(__file__).parents[1]))
from _provenance import open_csv

ANGLES = (-45, -30, 0, 30, 45)
GREY = (128, 128, 128)


def load(folder):
    """Yield the name of each picture, the picture, and its eyes if they are marked."""
    marks = np.load(folder / "landmarks189.npz")
    for path in sorted((folder / "images").glob("*.jpg")):
        eyes = marks[path.stem][:2] if path.stem in marks else None
        yield path.stem, Image.open(path).convert("RGB"), eyes


def turned(eyes, image, angle):
    """Return the eyes in an image that was turned counter-clockwise by an angle."""
    turn = np.exp(-1j * np.deg2rad(angle))
    middle = complex(*image.size) / 2
    z = (eyes @ [1, 1j] - middle) * turn + middle
    return np.stack([z.real, z.imag], axis=1)


def error_of(points, eyes):
    distance = np.linalg.norm(eyes[1] - eyes[0])
    return np.linalg.norm(points[:2] - eyes, axis=1).mean() / distance


def row(label, found, errors, times):
    return {
        "pictures": label,
        "n": len(found),
        "found": f"{np.mean(found):.3f}",
        "marked": len(errors),
        "median error": f"{np.median(errors):.4f}",
        "95 %": f"{np.quantile(errors, 0.95):.4f}",
        "largest": f"{max(errors):.4f}",
        "ms, searched": f"{np.median(times[0]):.0f}",
        "ms, followed": f"{np.median(times[1]):.1f}",
    }


def measure(pictures, label, angle=0):
    found, errors, times = [], [], ([], [])
    for _, picture, eyes in pictures:
        image = picture.rotate(angle, Image.Resampling.BICUBIC, fillcolor=GREY)
        tracker = FaceTracker()
        for kind in times:
            start = process_time()
            points = tracker(image)
            kind.append(1e3 * (process_time() - start))
        found.append(points is not None)
        if points is not None and eyes is not None:
            errors.append(error_of(points, turned(eyes, image, angle)))
    return row(label, found, errors, times)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data-home", default=os.environ.get("SKLEARN_EMOTION_DATA"))
    parser.add_argument("--out", help="CSV file to write")
    options = parser.parse_args()
    folder = Path(options.data_home) / "frll_faces"
    pictures = list(load(folder))
    info = pd.read_csv(folder / "london_info.csv", dtype={"face_id": str})
    origins = info.set_index("face_id")["face_eth"]
    with threadpool_limits(1):
        rows = [
            measure(pictures, f"turned by {angle}°" if angle else "all, upright", angle)
            for angle in ANGLES
        ]
        for origin, people in origins.groupby(origins):
            group = [p for p in pictures if p[0][:3] in people.index]
            if len(group) > 10:
                rows.append(measure(group, f"upright, {origin.replace('_', ' ')}"))
    table = pd.DataFrame(rows)
    print(table.to_string(index=False))
    if options.out:
        with open_csv(options.out) as file:
            table.to_csv(file, index=False)


if __name__ == "__main__":
    main()
