"""What can be said without looking at a signal: the dummy beside each score."""

import numpy as np


def dummy_predictions(y, subject, splits, classes=None):
    """Return what the dummy says of each sample: constants of the whole comparison.

    A constant of each fold's training side would not do. The class that is left over
    for training is the one that the test side lacks, so that such a dummy falls below
    chance, and chance is significantly better.

    Parameters
    ----------
    y : ndarray of shape (n_samples,)
        Targets.
    subject : ndarray of shape (n_samples,)
        Subject of each sample.
    splits : sequence of (train, test)
        Positions of both sides of each fold.
    classes : ndarray or None, default=None
        All classes; None for ratings.

    Returns
    -------
    dummy : ndarray of shape (n_samples,)
        Most frequent class, or mean rating: of all samples, and where subjects are
        on both sides of a fold of each subject, whose share of the classes a model
        may have learnt there.
    """
    dummy = np.empty(len(y), dtype=np.float64 if classes is None else classes.dtype)
    if any(np.isin(subject[test], subject[train]).any() for train, test in splits):
        for name in np.unique(subject):
            mine = subject == name
            dummy[mine] = _constant(y[mine], classes)
    else:
        dummy[:] = _constant(y, classes)
    return dummy


def _constant(y, classes):
    if classes is None:
        return np.mean(y)
    counts = (y[:, None] == classes).sum(axis=0)
    return classes[counts.argmax()]
