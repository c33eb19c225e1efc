"""One factor that turns decisions into probabilities."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

# Most folds that decisions on samples not trained on are computed in.
MAX_FOLDS = 5


def calibration_folds(codes, classes, groups):
    """Return folds that leave every class in each training part, where there are some.

    Parameters
    ----------
    codes : ndarray of int of shape (n_samples,)
        Index of each sample's class.
    classes : ndarray of shape (n_classes,)
        Labels, for the reason.
    groups : ndarray of shape (n_samples,) or None
        Groups that no fold cuts in two.

    Returns
    -------
    folds : list of (ndarray, ndarray)
        Indices of training and test samples; none where `why_not` says why.
    why_not : str or None
        What there are too few of.
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
    """Return the factor of logits that makes the labels likeliest.

    Parameters
    ----------
    logits : ndarray of shape (n_samples, n_classes)
        Decisions on samples not trained on.
    codes : ndarray of int of shape (n_samples,)
        Index of each sample's class.

    Returns
    -------
    factor : float
        Between exp(-5) and exp(5).
    """

    def loss(log_factor):
        logs = log_softmax(np.exp(log_factor) * logits, axis=1)
        return -logs[np.arange(len(codes)), codes].mean()

    return float(np.exp(minimize_scalar(loss, bounds=(-5, 5), method="bounded").x))
