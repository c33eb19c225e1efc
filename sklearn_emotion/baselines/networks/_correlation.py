"""Networks of deep CCA, and the correlation of their outputs with its gradient."""

from itertools import pairwise
from numbers import Integral

import torch
from torch import nn


def check_widths(hidden):
    """Check that the widths of hidden layers are positive whole numbers."""
    if not all(isinstance(width, Integral) and width > 0 for width in hidden):
        raise ValueError(
            "hidden must contain positive whole numbers, the widths of the sigmoid "
            f"layers, got {hidden!r}."
        )


def perceptron(n_inputs, hidden, n_outputs):
    """Return a network of sigmoid layers, of widths `hidden`, and a linear layer."""
    widths = [n_inputs, *hidden]
    layers = []
    for n_in, n_out in pairwise(widths):
        layers += [nn.Linear(n_in, n_out), nn.Sigmoid()]
        nn.init.xavier_uniform_(layers[-2].weight, gain=4.0)
        nn.init.zeros_(layers[-2].bias)
    return nn.Sequential(*layers, nn.Linear(widths[-1], n_outputs))


def correlation(H1, H2, regularization):
    r"""Return the sum of the canonical correlations of two sets of variables.

    .. math:: \| \Sigma_{11}^{-1/2} \Sigma_{12} \Sigma_{22}^{-1/2} \|_{tr}, \qquad
        \Sigma_{mm} = \tfrac{1}{n - 1} H_m^\top H_m + r I

    The inverse roots are Cholesky factors. They give the same singular values as
    eigenvectors and also have a gradient if eigenvalues coincide. `H1` and `H2` are
    outputs of two networks, (n_samples, n_components). The result is a scalar in
    float64.
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
