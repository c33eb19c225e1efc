"""Calibration of decisions to probabilities by one factor."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

# Maximum number of folds for decisions on held-out samples.
MAX_FOLDS = 5


def calibration_folds(codes, classes, groups):
    """Return folds that train on every class, and a reason if there are none.

    The folds are (train, test) indices, which divide none of the `groups`. `codes` are
    the class indices of the samples, and `classes` the labels, which the reason names.
    The reason is None if there are folds.
    """
    unit = np.arange(len(codes)) if groups is None else groups
    counts = np.array([len(np.unique(unit[codes == k])) for k in range(len(classes))])
    n_folds = min(MAX_FOLDS, counts.min())
    if n_folds < 2:
        label = classes[counts.argmin() : counts.argmin() + 1].tolist()[0]
        what = "one sample" if groups is None else "samples of one group"
        return [], f"class {label!r} has {what} only"
    kind = StratifiedKFold if groups is None else StratifiedGroupKFold
    folds = [
        (train, test)
        for train, test in kind(n_folds).split(codes, codes, groups)
        if len(np.unique(codes[train])) == len(classes)
    ]
    tested = np.concatenate([codes[test] for _, test in folds] or [codes[:0]])
    if len(np.unique(tested)) < len(classes):
        return [], "no split of the groups tests every class and trains on every class"
    return folds, None


def temperature(logits, codes):
    """Return the factor of logits with the highest likelihood.

    The logits (n_samples, n_classes) come from held-out samples, and `codes` are their
    class indices. The factor lies between exp(-5) and exp(5).
    """

    def loss(log_factor):
        logs = log_softmax(np.exp(log_factor) * logits, axis=1)
        return -logs[np.arange(len(codes)), codes].mean()

    return float(np.exp(minimize_scalar(loss, bounds=(-5, 5), method="bounded").x))
