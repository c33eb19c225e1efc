"""Linear canonical correlation analysis of two or more views."""

from itertools import combinations, pairwise

import numpy as np
from scipy.linalg import eigh


def linear_cca(views, n_components, regularization):
    r"""Return the directions of the largest joint correlation of two or more views.

    They solve :math:`C w = \lambda D w`, where C is the covariance of all views and D
    contains its diagonal blocks. For two views this is CCA, where
    :math:`\lambda = 1 + \rho`. `regularization` is added to the diagonals.

    Takes centered views (n_samples, n_features) and returns an array (n_features,
    n_components) for each. The projections of the training samples have unit variance.
    """
    sizes = [H.shape[1] for H in views]
    C = np.cov(np.hstack(views), rowvar=False)
    C = np.atleast_2d(C) + regularization * np.eye(sum(sizes))
    D = np.zeros_like(C)
    ends = np.cumsum([0, *sizes])
    for start, stop in pairwise(ends):
        D[start:stop, start:stop] = C[start:stop, start:stop]
    _, W = eigh(C, D, subset_by_index=(len(C) - n_components, len(C) - 1))
    parts = np.split(W[:, ::-1], ends[1:-1])
    out = []
    for H, w in zip(views, parts):
        std = (H @ w).std(axis=0, ddof=1)
        out.append(w / np.where(std > 0, std, 1.0))
    return out


def mean_correlations(variates):
    """Return Pearson's correlation of each variate, averaged over pairs of views.

    Takes the variates (n_samples, n_components) of each view. The correlation of a
    constant variate is 0.
    """
    centered = [v - v.mean(axis=0) for v in variates]
    norms = [np.linalg.norm(v, axis=0) for v in centered]
    unit = [v / np.where(norm > 0, norm, 1.0) for v, norm in zip(centered, norms)]
    return np.mean([(a * b).sum(axis=0) for a, b in combinations(unit, 2)], axis=0)
