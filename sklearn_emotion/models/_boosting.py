"""Weights of AdaBoost for classifiers that are already there."""

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

N_FOLDS = 5
ROUNDING = 1e-9  # an error of exactly chance must give a weight of exactly 0


def boosting_weights(decisions, y, n_classes):
    r"""Weigh given classifiers as AdaBoost does.

    Samples start with equal weights :math:`w_i`. Each classifier in turn gets

    .. math::
        \epsilon = \sum_i w_i [d_i \ne y_i], \qquad
        \alpha = \max\left(0, \tfrac12 \ln\frac{1 - \epsilon}{\epsilon}
        + \tfrac12 \ln(K - 1)\right),

    then :math:`w_i` is multiplied by :math:`e^{-\alpha}` where it is right and by
    :math:`e^{\alpha}` where it is wrong, and normalised. The last term is that of
    SAMME, and 0 for two classes.

    Parameters
    ----------
    decisions : ndarray of int of shape (n_classifiers, n_samples)
        Classes decided on by each classifier.
    y : ndarray of int of shape (n_samples,)
        Classes.
    n_classes : int
        Number of classes, K.

    Returns
    -------
    alphas : ndarray of shape (n_classifiers,)
        Weights of the classifiers.
    errors : ndarray of shape (n_classifiers,)
        Weighted errors, clipped to [1/(2n), 1 - 1/(2n)].
    """
    n_samples = len(y)
    weights = np.full(n_samples, 1 / n_samples)
    floor = 0.5 / n_samples
    alphas, errors = [], []
    for decision in decisions:
        wrong = decision != y
        error = np.clip(weights[wrong].sum(), floor, 1 - floor)
        alpha = 0.5 * np.log((1 - error) / error * (n_classes - 1))
        alpha = alpha if alpha > ROUNDING else 0.0
        weights = weights * np.exp(np.where(wrong, alpha, -alpha))
        weights /= weights.sum()
        alphas.append(alpha)
        errors.append(error)
    return np.array(alphas), np.array(errors)


def inner_folds(codes, groups, seed):
    """Split samples into folds that cut no group in two.

    Parameters
    ----------
    codes : ndarray of int of shape (n_samples,)
        Classes.
    groups : ndarray of shape (n_samples,) or None
        Group of each sample; None makes each sample its own.
    seed : int
        Seed of the folds.

    Returns
    -------
    folds : list of (ndarray, ndarray)
        Training and test indices of at most five folds; each training part has every
        class.

    Raises
    ------
    ValueError
        If there are no such folds.
    """
    units = np.arange(len(codes)) if groups is None else groups
    per_class = [len(np.unique(units[codes == k])) for k in np.unique(codes)]
    if min(per_class) >= 2:
        n_folds = min(N_FOLDS, *per_class)
        splitter = StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed)
        folds = list(splitter.split(codes, codes, units))
        if all(len(np.unique(codes[train])) == len(per_class) for train, _ in folds):
            return folds
    what = "sample" if groups is None else "group"
    raise ValueError(
        'fusion="decision" weighs the branches on samples left out, so that every '
        f"class must occur in two {what}s at least; the classes occur in {per_class}."
    )
