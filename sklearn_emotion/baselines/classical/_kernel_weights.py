"""Weights of kernels: SimpleMKL and EasyMKL.

All functions take kernels of the training samples, (n_kernels, n, n). `signs` contains
labels of +1 and -1, (n,), for each machine, and `costs` the upper bound of each dual
coefficient, (n,). Weights sum to one.
"""

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import SVC

from sklearn_emotion._validation import warn_user

# Precision of the inner machines, which limits the precision of the slope.
SVM_TOL = 1e-4
# Smaller weights are set to zero, so that their kernels are left out.
LEAST_WEIGHT = 1e-6
# A line search ends when the slope is below this fraction of the initial slope, or
# after this number of steps.
SLOPE_SHARE = 0.1
SEARCH_STEPS = 12


def combine(weights, kernels):
    """Return the weighted sum of kernels, without the kernels of weight 0."""
    used = np.flatnonzero(weights)
    if len(used) < len(weights):
        weights, kernels = weights[used], kernels[used]
    return np.tensordot(weights, kernels, axes=1)


def dual_objective(weights, kernels, signs, costs):
    r"""Return the optimum of the dual of all machines for given weights, and its parts.

    The objective is :math:`J(d) = \sum_i \alpha_i - \sum_m d_m S_m`, summed over
    machines. The gradient of J is :math:`-S`, where
    :math:`S_m = \frac12 \sum_{ij} \alpha_i \alpha_j y_i y_j K_m` are the parts.
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
    """Return the weights of SimpleMKL, the duality gap and the number of steps.

    The weights follow the reduced gradient on the simplex. The search stops when the
    gap, relative to the objective, is at most `tol`. `max_iter` steps trigger a
    ConvergenceWarning.
    """
    d = np.full(len(kernels), 1 / len(kernels))
    objective, S = dual_objective(d, kernels, signs, costs)
    for n_iter in range(1, max_iter + 1):
        gap = (S.max() - d @ S) / objective
        if gap <= tol:
            return d, gap, n_iter
        new = _line_search(d, _direction(d, -S), S, kernels, signs, costs)
        if np.array_equal(new, d):
            # The precision of the machines is reached.
            return d, gap, n_iter
        d = new
        objective, S = dual_objective(d, kernels, signs, costs)
    gap = (S.max() - d @ S) / objective
    if gap > tol:
        warn_user(
            f"SimpleMKL stopped after max_iter={max_iter} steps. The duality gap is "
            f"{gap:.3g} of the objective, which is above tol={tol}.",
            ConvergenceWarning,
        )
    return d, gap, max_iter


def _direction(d, gradient):
    """Return the descent direction of the reduced gradient, which sums to zero."""
    top = d.argmax()
    reduced = gradient - gradient[top]
    step = np.where((d == 0) & (reduced > 0), 0.0, -reduced)
    step[top] = -step.sum()
    return step


def _line_search(d, step, S, kernels, signs, costs):
    """Follow a direction until the slope of the objective is zero or the simplex ends.

    If the weight of a kernel reaches zero while the objective still decreases, the
    search continues along that face, as often as necessary (Algorithm 1 of SimpleMKL).
    """
    while True:
        falling = step < 0
        if not falling.any():
            return d
        limit = (d[falling] / -step[falling]).min()
        end = _advance(d, step, limit)
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
        # The Illinois method halves the slope of an end that stays, so it never stalls.
        middle = left[0] - left[1] * (right[0] - left[0]) / (right[1] - left[1])
        _, S_middle = dual_objective(_advance(d, step, middle), kernels, signs, costs)
        slope = -(S_middle @ step)
        if abs(slope) < SLOPE_SHARE * abs(start):
            break
        if slope < 0:
            left, right = (middle, slope), (right[0], right[1] / 2)
        else:
            left, right = (left[0], left[1] / 2), (middle, slope)
    return _advance(d, step, middle)


def _advance(d, step, length):
    new = d + length * step
    new[new < LEAST_WEIGHT] = 0.0
    return new / new.sum()


def easy_weights(kernels, signs, regularization):
    r"""Return the weights of EasyMKL: how far each kernel separates the classes.

    :math:`\gamma` are convex coefficients, one set for each class, that minimize
    :math:`(1 - \lambda)\, \gamma^\top Y \bar K Y \gamma + \lambda \|\gamma\|^2`, with
    `regularization` as λ in (0, 1]. Kernel m has the weight
    :math:`\gamma^\top Y K_m Y \gamma`.
    """
    weights = np.zeros(len(kernels))
    mean = kernels.mean(axis=0)
    for y in signs:
        gamma = hull_coefficients(mean, y, regularization)
        weights += (kernels @ (y * gamma)) @ (y * gamma)
    return weights / weights.sum()


def hull_coefficients(kernel, y, regularization):
    """Return convex coefficients (n,) of the nearest points of both hulls, regularized.

    They are non-negative and sum to one in each class. `kernel` has shape (n, n).
    """
    K = (1 - regularization) * kernel + regularization * np.eye(len(y))
    # The dual coefficients of a hard-margin machine are, up to their sum, the
    # coefficients of the nearest points of the two hulls.
    svm = SVC(C=1e8, kernel="precomputed", tol=1e-6).fit(K, y)
    gamma = np.zeros(len(y))
    gamma[svm.support_] = np.abs(svm.dual_coef_[0])
    return 2 * gamma / gamma.sum()
