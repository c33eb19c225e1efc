"""AMIGOS: a MATLAB file for each subject, with a cell for each film."""

import numpy as np
from scipy.io import savemat

from sklearn_emotion.datasets import _amigos
from sklearn_emotion.datasets._amigos import (
    BASELINE,
    CH_NAMES,
    EMOTIONS,
    N_SHORT,
    N_VIDEOS,
    SFREQ,
)
from sklearn_emotion.datasets.rehearsal._simulation import Recorder, make_design

SUBJECTS = _amigos.SUBJECTS
TRIALS = N_SHORT
#: Names of the short and of the long films.
FILMS = "10 13 138 18 19 23 30 31 34 36 4 5 58 80 9 90 N1 P1 B1 U1".split()
#: First bytes of the files. MATLAB writes its name, the platform and the date.
HEADER = b"MATLAB 5.0 MAT-file, Platform: posix".ljust(116)
#: Lengths of the short films in seconds.
LENGTHS = tuple(range(60, 60 + 2 * N_SHORT, 2))


def is_own(name):
    """Return whether the writer writes a file or folder of this name."""
    return name.startswith("Data_Preprocessed_P") and name.endswith(".mat")


def plan_parts(shape):
    """Return the parts that are written independently: one for each subject."""
    return range(shape[0])


def write_common(folder, shape, effect, seed):
    """Write nothing, because all files belong to a subject."""


def write_part(folder, shape, effect, seed, index, *, faces, openface):
    """Write the file of one subject. The films that it does not hold are empty."""
    longest = max(LENGTHS[: shape[1]])
    span = BASELINE, BASELINE + longest
    design = make_design(shape, effect, seed, span)
    signals = "eeg", "ecg", "gsr"
    recorder = Recorder(design, signals, CH_NAMES["eeg"], SFREQ, span[1])
    joined = [np.empty((0, 0)) for _ in range(N_VIDEOS)]
    labels = [np.empty((0, 0)) for _ in range(N_VIDEOS)]
    for trial, film in enumerate(design.stimulus[index].tolist()):
        recorded = recorder.trial(index, trial)
        right = recorded["ecg"]
        recorded["ecg"] = np.concatenate([right, 0.7 * right])
        n_times = int((BASELINE + LENGTHS[film]) * SFREQ)
        columns = np.concatenate(list(recorded.values()))[:, :n_times]
        joined[film] = columns.T.astype(np.float64)
        labels[film] = _labels(design, index, trial)[np.newaxis]
    content = {
        "joined_data": _cells(joined),
        "labels_selfassessment": _cells(labels),
        "VideoIDs": _cells(FILMS),
    }
    path = folder / f"Data_Preprocessed_P{SUBJECTS[index]:02d}.mat"
    savemat(path, content, do_compression=True)
    with path.open("r+b") as file:
        # SciPy writes the time of day, with which no two files would be equal.
        file.write(HEADER)


def _labels(design, index, trial):
    """Return five ratings from 1 to 9, and 1 for each felt emotion of seven, else 0."""
    rng = design.rng("amigos-ratings", index, trial)
    known = [design.ratings[name][index, trial] for name in ("arousal", "valence")]
    felt = rng.uniform(size=len(EMOTIONS)) < 0.2
    return np.concatenate([known, np.round(rng.uniform(1, 9, 3), 2), felt])


def _cells(values):
    cells = np.empty((1, len(values)), object)
    cells[0, :] = values
    return cells
