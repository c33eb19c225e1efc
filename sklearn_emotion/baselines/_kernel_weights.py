"""Weights of kernels: SimpleMKL and EasyMKL."""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import SVC

# Precision of the machines inside; the objective's slope is as good as they are.
SVM_TOL = 1e-4
# Weights below this share are set to zero, so that their kernels are left out.
LEAST_WEIGHT = 1e-6
# A line search ends where the slope is this share of the first one, or after so many
# trials.
SLOPE_SHARE = 0.1
SEARCH_STEPS = 12


def combine(weights, kernels):
    """Return the weighted sum of kernels.

    Parameters
    ----------
    weights : ndarray of shape (n_kernels,)
        Weights.
    kernels : ndarray of shape (n_kernels, n, m)
        Kernels.

    Returns
    -------
    kernel : ndarray of shape (n, m)
        The sum; kernels of weight 0 are not looked at.
    """
    used = np.flatnonzero(weights)
    if len(used) < len(weights):
        weights, kernels = weights[used], kernels[used]
    return np.tensordot(weights, kernels, axes=1)


def dual_objective(weights, kernels, signs, costs):
    r"""Optimum of the machines' dual at some weights, and its parts.

    Parameters
    ----------
    weights : ndarray of shape (n_kernels,)
        Weights, d.
    kernels : ndarray of shape (n_kernels, n, n)
        Kernels, K.
    signs : list of ndarray of shape (n,)
        One machine's labels each, +1 and -1, y.
    costs : ndarray of shape (n,)
        Upper bound of each dual coefficient.

    Returns
    -------
    objective : float
        :math:`J(d) = \sum_i \alpha_i - \sum_m d_m S_m`, summed over machines.
    halves : ndarray of shape (n_kernels,)
        :math:`S_m = \frac12 \sum_{ij} \alpha_i \alpha_j y_i y_j K_m`, so that the
        gradient of J is :math:`-S`.
    """
    K = combine(weights, kernels)
    total, halves = 0.0, np.zeros(len(kernels))
    for y in signs:
        svm = SVC(C=1.0, kernel="precomputed", tol=SVM_TOL)
        svm.fit(K, y, sample_weight=costs)
        signed = np.zeros(len(y))
        signed[svm.support_] = svm.dual_coef_[0]
        total += np.abs(signed).sum()
        halves += 0.5 * (kernels @ signed) @ signed
    return total - weights @ halves, halves


def simple_weights(kernels, signs, costs, tol, max_iter):
    """Weights of SimpleMKL: reduced gradient on the simplex.

    Parameters
    ----------
    kernels : ndarray of shape (n_kernels, n, n)
        Kernels of the training samples.
    signs : list of ndarray of shape (n,)
        One machine's labels each, +1 and -1.
    costs : ndarray of shape (n,)
        Upper bound of each dual coefficient.
    tol : float
        Duality gap, relative to the objective, to stop at.
    max_iter : int
        Most steps.

    Returns
    -------
    weights : ndarray of shape (n_kernels,)
        Weights; they sum to one.
    gap : float
        Relative duality gap at the end.
    n_iter : int
        Weights looked at, the first ones included.

    Warns
    -----
    ConvergenceWarning
        If `max_iter` is reached.
    """
    d = np.full(len(kernels), 1 / len(kernels))
    objective, S = dual_objective(d, kernels, signs, costs)
    for n_iter in range(1, max_iter + 1):
        gap = (S.max() - d @ S) / objective
        if gap <= tol:
            return d, gap, n_iter
        new = _line_search(d, _direction(d, -S), S, kernels, signs, costs)
        if np.array_equal(new, d):
            # The machines' own precision is reached.
            return d, gap, n_iter
        d = new
        objective, S = dual_objective(d, kernels, signs, costs)
    gap = (S.max() - d @ S) / objective
    if gap > tol:
        warnings.warn(
            f"SimpleMKL stopped after max_iter={max_iter} steps at a duality gap of "
            f"{gap:.3g} of the objective, above tol={tol}.",
            ConvergenceWarning,
            stacklevel=5,
        )
    return d, gap, max_iter


def _direction(d, gradient):
    """Return the reduced gradient's descent direction, which sums to zero."""
    top = d.argmax()
    reduced = gradient - gradient[top]
    step = np.where((d == 0) & (reduced > 0), 0.0, -reduced)
    step[top] = -step.sum()
    return step


def _line_search(d, step, S, kernels, signs, costs):
    """Follow a direction to the zero of the objective's slope or to the simplex's end.

    Where a kernel's weight reaches zero and the objective still falls, the direction
    is bent along that face, as often as it takes (Algorithm 1 of SimpleMKL).
    """
    while True:
        falling = step < 0
        if not falling.any():
            return d
        limit = (d[falling] / -step[falling]).min()
        end = _moved(d, step, limit)
        _, S_end = dual_objective(end, kernels, signs, costs)
        if -(S_end @ step) >= 0:
            break
        d, S = end, S_end
        step = np.where(d == 0, 0.0, step)
        step[d.argmax()] -= step.sum()
        if -(S @ step) >= -1e-12 * abs(S).max():
            return d
    start = -(S @ step)
    left, right = (0.0, start), (limit, -(S_end @ step))
    for _ in range(SEARCH_STEPS):
        # The secant, halving the slope of an end that stays (Illinois), never stalls.
        middle = left[0] - left[1] * (right[0] - left[0]) / (right[1] - left[1])
        _, S_middle = dual_objective(_moved(d, step, middle), kernels, signs, costs)
        slope = -(S_middle @ step)
        if abs(slope) < SLOPE_SHARE * abs(start):
            break
        if slope < 0:
            left, right = (middle, slope), (right[0], right[1] / 2)
        else:
            left, right = (left[0], left[1] / 2), (middle, slope)
    return _moved(d, step, middle)


def _moved(d, step, length):
    new = d + length * step
    new[new < LEAST_WEIGHT] = 0.0
    return new / new.sum()


def easy_weights(kernels, signs, regularization):
    r"""Weights of EasyMKL: how far each kernel puts the classes' hulls apart.

    With :math:`\gamma` the convex coefficients, one set a class, that minimise
    :math:`(1 - \lambda)\, \gamma^\top Y \bar K Y \gamma + \lambda \|\gamma\|^2`, kernel
    m has the weight :math:`\gamma^\top Y K_m Y \gamma`.

    Parameters
    ----------
    kernels : ndarray of shape (n_kernels, n, n)
        Kernels of the training samples.
    signs : list of ndarray of shape (n,)
        One machine's labels each, +1 and -1.
    regularization : float
        λ in (0, 1].

    Returns
    -------
    weights : ndarray of shape (n_kernels,)
        Weights; they sum to one.
    """
    weights = np.zeros(len(kernels))
    mean = kernels.mean(axis=0)
    for y in signs:
        gamma = hull_coefficients(mean, y, regularization)
        weights += (kernels @ (y * gamma)) @ (y * gamma)
    return weights / weights.sum()


def hull_coefficients(kernel, y, regularization):
    """Convex coefficients of the hulls' nearest points, regularised.

    Parameters
    ----------
    kernel : ndarray of shape (n, n)
        Kernel.
    y : ndarray of shape (n,)
        Labels, +1 and -1.
    regularization : float
        λ in (0, 1].

    Returns
    -------
    gamma : ndarray of shape (n,)
        Non-negative, of sum one in each class.
    """
    K = (1 - regularization) * kernel + regularization * np.eye(len(y))
    # A hard-margin machine's dual coefficients are those of the nearest points of
    # the two hulls, up to their sum.
    svm = SVC(C=1e8, kernel="precomputed", tol=1e-6).fit(K, y)
    gamma = np.zeros(len(y))
    gamma[svm.support_] = np.abs(svm.dual_coef_[0])
    return 2 * gamma / gamma.sum()
