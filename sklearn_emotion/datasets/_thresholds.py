"""Thresholds that make classes from ratings."""

from numbers import Real

import numpy as np
from pandas.api.types import is_integer_dtype

from sklearn_emotion._validation import warn_user

# Middle of a rating scale from 1 to 9.
THRESHOLD = 5.0
MEDIANS = ("median", "subject-median")
# Share of the samples below which a class triggers a warning.
_SMALL_CLASS = 0.05


def check_threshold(threshold):
    """Check that a threshold is one that :meth:`EmotionDataset.target` takes."""
    if threshold is None or (isinstance(threshold, str) and threshold in MEDIANS):
        return
    cuts = list(threshold) if is_several(threshold) else [threshold]
    numbers = all(isinstance(cut, Real) and np.isfinite(cut) for cut in cuts)
    single = is_several(threshold) and len(cuts) < 2
    if single or not numbers or (np.diff(cuts) <= 0).any():
        raise ValueError(
            "threshold must be a number, several numbers in ascending order, one of "
            f"{MEDIANS}, or None for the ratings themselves; got {threshold!r}."
        )


def is_several(threshold):
    """Return whether a threshold is a sequence of several numbers."""
    return isinstance(threshold, (list, tuple, np.ndarray))


def cut_ratings(ratings, cuts, side, name):
    """Return the number of thresholds that each rating exceeds."""
    exceeds = np.greater if side == ">" else np.greater_equal
    classes = exceeds(ratings[:, None], list(cuts)).sum(axis=1)
    counts = np.bincount(classes, minlength=len(cuts) + 1)
    if counts.min() < _SMALL_CLASS * len(ratings):
        warn_user(
            f"threshold={cuts!r} puts {counts.tolist()} of {len(ratings)} samples of "
            f"{name!r} into the classes 0 to {len(cuts)}, so that a class has few "
            "samples or none. Choose thresholds that divide the ratings more evenly."
        )
    return classes


def warn_of_threshold(column, high, threshold):
    """Warn of a threshold that puts all samples, or nearly all, on one side."""
    if column.nunique() < 2:
        return  # no threshold can separate equal ratings
    low, top = column.min(), column.max()
    shown = repr(threshold) if isinstance(threshold, str) else f"{threshold:g}"
    n_rare = min(int(high.sum()), int((~high).sum()))
    if n_rare == 0:
        problem = (
            f"threshold={shown} puts every sample on one side: {column.name!r} "
            f"goes from {low:g} to {top:g}. Pass a threshold within that range, as in "
            f"threshold={(low + top) / 2:g}."
        )
    elif n_rare < _SMALL_CLASS * len(high):
        warn_user(
            f"threshold={shown} puts only {n_rare} of {len(high)} samples of "
            f"{column.name!r} on one side, so nearly all samples share one class. "
            "Choose a threshold near the middle of the ratings, or "
            "threshold='median' (see the notes of EmotionDataset.target)."
        )
        return
    # Rating scales start at 1 or reach 9 or 10, but numbered emotions do not.
    elif is_integer_dtype(column) and threshold == THRESHOLD and low == 0 and top < 9:
        problem = (
            f"{column.name!r} holds whole numbers from 0 to {top}, which threshold=5 "
            "turns into 0 (low) and 1 (high). If they are ratings, convert them to "
            "floats to silence this warning."
        )
    else:
        return
    warn_user(
        f"{problem} If its numbers are classes, convert them: "
        f"metadata[{column.name!r}] = metadata[{column.name!r}].astype('category')."
    )
