"""AdaBoost's weights for classifiers that are already fitted."""

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

N_FOLDS = 5
ROUNDING = 1e-9  # an error at chance level must give a weight of exactly 0


def boosting_weights(decisions, y, n_classes, sample_weight=None):
    r"""Compute the weights of given classifiers as in AdaBoost.

    Samples start with equal weights :math:`w_i`, or in proportion to `sample_weight`.
    Each classifier in turn gets

    .. math::
        \epsilon = \sum_i w_i [d_i \ne y_i], \qquad
        \alpha = \max\left(0, \tfrac12 \ln\frac{1 - \epsilon}{\epsilon}
        + \tfrac12 \ln(K - 1)\right).

    Then :math:`w_i` is multiplied by :math:`e^{-\alpha}` if the classifier is right and
    by :math:`e^{\alpha}` if it is wrong, and the :math:`w_i` are normalized. The last
    term comes from SAMME and is 0 for two classes.

    Takes the decisions (n_classifiers, n_samples) and the classes y (n_samples,) as
    integers. Returns the weights and the weighted errors of the classifiers; the errors
    are clipped to [1/(2n), 1 - 1/(2n)].
    """
    n_samples = len(y)
    weights = np.full(n_samples, 1 / n_samples)
    if sample_weight is not None:
        weights = sample_weight / sample_weight.sum()
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
    """Return at most five folds that divide no group, as (train, test) indices.

    Each training part contains every class of `codes`. Without groups, each sample is a
    group of its own. Raises a ValueError if there are no such folds.
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
        'fusion="decision" weights the branches on held-out samples, so every class '
        f"must occur in two {what}s or more. The classes occur in {per_class} {what}s."
    )
