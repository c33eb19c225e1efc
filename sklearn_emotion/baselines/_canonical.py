"""Networks, the correlation of their outputs with its gradient, and linear CCA."""

from itertools import combinations, pairwise
from numbers import Integral

import numpy as np
import torch
from scipy.linalg import eigh
from torch import nn


def check_widths(hidden):
    """Check the widths of a perceptron's hidden layers.

    Parameters
    ----------
    hidden : sequence of int
        Widths.

    Raises
    ------
    ValueError
        If one is no positive whole number.
    """
    if not all(isinstance(width, Integral) and width > 0 for width in hidden):
        raise ValueError(
            "hidden must hold positive whole numbers, the widths of the sigmoid "
            f"layers, got {hidden!r}."
        )


def perceptron(n_inputs, hidden, n_outputs):
    """Return a network of sigmoid layers and a linear one.

    Parameters
    ----------
    n_inputs : int
        Features of a view.
    hidden : sequence of int
        Widths of the sigmoid layers; none makes the network linear.
    n_outputs : int
        Number of outputs.

    Returns
    -------
    network : torch.nn.Sequential
        The network.
    """
    widths = [n_inputs, *hidden]
    layers = []
    for n_in, n_out in pairwise(widths):
        layers += [nn.Linear(n_in, n_out), nn.Sigmoid()]
        nn.init.xavier_uniform_(layers[-2].weight, gain=4.0)
        nn.init.zeros_(layers[-2].bias)
    return nn.Sequential(*layers, nn.Linear(widths[-1], n_outputs))


def correlation(H1, H2, regularization):
    r"""Sum of the canonical correlations of two sets of variables.

    .. math:: \| \Sigma_{11}^{-1/2} \Sigma_{12} \Sigma_{22}^{-1/2} \|_{tr}, \qquad
        \Sigma_{mm} = \tfrac{1}{n - 1} H_m^\top H_m + r I

    The inverse roots are those of Cholesky, which give the same singular values and,
    unlike eigenvectors, a gradient where eigenvalues coincide.

    Parameters
    ----------
    H1, H2 : Tensor of shape (n_samples, n_components)
        Outputs of two networks; computed with in float64.
    regularization : float
        r, added to the eigenvalues of both covariances.

    Returns
    -------
    correlation : Tensor
        Sum of the singular values, a scalar in float64.
    """
    H1, H2 = (H.double() - H.double().mean(0) for H in (H1, H2))
    scale = 1 / (len(H1) - 1)
    roots = [
        torch.linalg.cholesky(
            scale * H.T @ H
            + regularization * torch.eye(H.shape[1], dtype=H.dtype).to(H)
        )
        for H in (H1, H2)
    ]
    T = torch.linalg.solve_triangular(roots[0], scale * H1.T @ H2, upper=False)
    T = torch.linalg.solve_triangular(roots[1], T.T, upper=False)
    return torch.linalg.svdvals(T).sum()


def linear_cca(views, n_components, regularization):
    r"""Directions of the largest joint correlation of two or more views.

    They solve :math:`C w = \lambda D w`, with C the covariance of all views and D its
    diagonal blocks; for two views that is CCA, with :math:`\lambda = 1 + \rho`.

    Parameters
    ----------
    views : list of ndarray of shape (n_samples, n_features)
        Centred views.
    n_components : int
        Number of directions.
    regularization : float
        Added to the diagonal of both matrices.

    Returns
    -------
    directions : list of ndarray of shape (n_features, n_components)
        One set a view; each projection of the training samples has unit variance.
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
    """Correlation of each variate between views, averaged over pairs of views.

    Parameters
    ----------
    variates : list of ndarray of shape (n_samples, n_components)
        Variates of each view.

    Returns
    -------
    correlations : ndarray of shape (n_components,)
        Pearson's; 0 where a variate is constant.
    """
    centred = [v - v.mean(axis=0) for v in variates]
    norms = [np.linalg.norm(v, axis=0) for v in centred]
    unit = [v / np.where(norm > 0, norm, 1.0) for v, norm in zip(centred, norms)]
    return np.mean([(a * b).sum(axis=0) for a, b in combinations(unit, 2)], axis=0)
