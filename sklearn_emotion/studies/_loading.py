"""Subjects that the studies load by default."""

from sklearn_emotion.datasets._deap import FOLDERS
from sklearn_emotion.datasets._generated import read_marker
from sklearn_emotion.datasets._home import find_folder

N_FILMED = 22


def filmed_subjects(data_home):
    """Return the subjects of DEAP with face videos that the recordings contain."""
    generated = _generated(data_home)
    n_subjects = N_FILMED if generated is None else generated.subjects
    return range(1, min(n_subjects, N_FILMED) + 1)


def complete_subjects(data_home):
    """Return the subjects whose face videos are complete, or None for all of them."""
    return "complete-face" if _generated(data_home) is None else None


def _generated(data_home):
    return read_marker(find_folder(data_home, "deap", FOLDERS))
