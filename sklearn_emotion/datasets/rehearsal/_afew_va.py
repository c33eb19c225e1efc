"""AFEW-VA: a folder of images for each clip, with ratings and landmarks."""

import json

import numpy as np

from sklearn_emotion.datasets._afew_va import CLIPS, LIMIT
from sklearn_emotion.datasets.rehearsal._simulation import (
    FACE_SIZE,
    FilmedFace,
    make_design,
)

SUBJECTS = CLIPS
TRIALS = len(CLIPS)
FRAME_RATE = 25.0
N_FRAMES = 50
# Widths and heights of the curves of landmarks, in halves of the image's side.
EYE, BROW, NOSE = (0.12, 0.05), (0.15, 0.03), (0.06, 0.02)


def is_own(name):
    """Return whether the writer writes a file or folder of this name."""
    return len(name) == 3 and name.isdecimal()


def plan_parts(shape):
    """Return the parts that are written independently: one for each clip."""
    return range(shape[0] * shape[1])


def write_common(folder, shape, effect, seed):
    """Write nothing, because all files belong to a clip."""


def write_part(folder, shape, effect, seed, index, *, faces, openface):
    """Write one clip. Each actor, called a subject elsewhere, has several of them."""
    from PIL import Image

    actor, trial = divmod(index, shape[1])
    design = make_design(shape, effect, seed)
    camera = FilmedFace(design, FRAME_RATE, N_FRAMES / FRAME_RATE)
    name = f"{CLIPS[index]:03d}"
    inner = folder / name
    inner.mkdir()
    rng = design.rng("afew-ratings", actor, trial)
    ratings = {
        scale: _rate(design.ratings[scale][actor, trial], rng)
        for scale in ("valence", "arousal")
    }
    points = _landmarks(camera, actor, trial)
    frames = {}
    for number, pixels in enumerate(camera.pixels(actor, trial)):
        Image.fromarray(pixels).save(inner / f"{number:05d}.png")
        frames[f"{number:05d}"] = {
            "landmarks": np.round(points[number], 2).tolist(),
            **{scale: int(values[number]) for scale, values in ratings.items()},
        }
    content = {"video_id": name, "actor": f"actor {actor + 1}", "frames": frames}
    (inner / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")


def _rate(rating, rng):
    """Return a whole number from -10 to 10 for each frame, never 0.

    `rating` is the rating of the clip from 1 to 9. The annotators' ratings wander
    around it, on the same side of 0.
    """
    center = (rating - 5) / 4 * LIMIT
    wander = np.repeat(rng.integers(-1, 2, N_FRAMES // 10), 10)
    size = np.clip(np.rint(abs(center) + wander), 1, LIMIT)
    return np.sign(center) * size


def _landmarks(camera, actor, trial):
    """Return 68 points in pixels, of shape (n_frames, 68, 2)."""
    person = camera.person(actor)
    motion = camera.motion(actor, trial)
    wide, high = person["wide"], person["high"]
    chin = np.linspace(np.pi, 0, 17)
    curves = [np.column_stack([wide * np.cos(chin), high * np.sin(chin)])]
    for side in (-1, 1):
        along = np.linspace(-1, 1, 5)
        x = side * person["eye_x"] + BROW[0] * along
        y = person["eye_y"] - person["brow"] - BROW[1] * (1 - along**2)
        curves.append(np.column_stack([x, y]))
    curves.append(np.column_stack([np.zeros(4), np.linspace(-0.12, 0.1, 4)]))
    along = np.linspace(-1, 1, 5)
    curves.append(np.column_stack([NOSE[0] * along, 0.16 + NOSE[1] * (1 - along**2)]))
    angle = np.pi - np.arange(6) * np.pi / 3
    for side in (-1, 1):
        x = side * person["eye_x"] + EYE[0] * np.cos(angle)
        curves.append(np.column_stack([x, person["eye_y"] - EYE[1] * np.sin(angle)]))
    still = np.concatenate(curves)
    points = np.empty((N_FRAMES, 68, 2))
    points[:, :48] = still
    # The lips: 12 points around them, and 8 inside.
    for first, n_points, part in ((48, 12, 1.0), (60, 8, 0.7)):
        angle = np.pi - np.arange(n_points) * 2 * np.pi / n_points
        u = part * np.cos(angle)
        lips = person["mouth_y"] - part * person["lips"] * np.sin(angle)
        points[:, first : first + n_points, 0] = person["mouth"] * u
        curve = lips - motion["lift"][:, np.newaxis] * u**2
        points[:, first : first + n_points, 1] = curve
    place = np.stack([motion["x"], motion["y"]], axis=1)[:, np.newaxis]
    points = points * motion["size"][:, np.newaxis, np.newaxis] + place
    return (points + 1) * FACE_SIZE / 2 - 0.5
