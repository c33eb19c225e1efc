"""The dummy of a comparison: predictions that do not depend on the signals."""

import numpy as np


def dummy_predictions(y, subject, splits, classes=None, counted=slice(None)):
    """Return the prediction of the dummy for each sample.

    The prediction is the most frequent class of all samples or, if `classes` is None,
    their mean rating. If a fold tests subjects that it also trains on, the prediction
    is computed for each subject, because a model can then learn how often each class
    occurs for that subject.

    The prediction is a constant of the whole comparison. A majority class learned from
    the training fold would score below chance: with balanced data, the class that is
    more frequent in the training fold is less frequent in the test fold.

    Only the samples at the positions `counted` count, such as one of each trial.
    """
    is_counted = np.zeros(len(y), dtype=bool)
    is_counted[counted] = True
    dummy = np.empty(len(y), dtype=np.float64 if classes is None else classes.dtype)
    if any(np.isin(subject[test], subject[train]).any() for train, test in splits):
        for name in np.unique(subject):
            mine = subject == name
            dummy[mine] = _constant(y[mine & is_counted], classes)
    else:
        dummy[:] = _constant(y[is_counted], classes)
    return dummy


def _constant(y, classes):
    if classes is None:
        return np.mean(y)
    counts = (y[:, None] == classes).sum(axis=0)
    return classes[counts.argmax()]
