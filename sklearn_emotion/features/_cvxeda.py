"""Convex decomposition of electrodermal activity (cvxEDA), for many signals at once.

After A. Greco et al., IEEE Trans. Biomed. Eng. 63, 2016. A signal y, in standard
deviations, is modeled as y = M q + B l + C d + noise:

- M q are the responses. Their driver A q is sparse and not negative, and has the shape
  of a Bateman function with two time constants.
- B l + C d is the tonic level: cubic splines with knots 10 s apart, and a line.

The coefficients minimize (Eq. 13) ½|M q + B l + C d - y|² + α 1ᵀA q + ½γ|l|² under
A q ≥ 0. All signals of one length share the matrices, so one factorization serves all
of them. The minimum is found by the alternating direction method of multipliers.
"""

import numpy as np
from scipy.sparse import block_diag, csc_array, diags_array, hstack, identity, vstack
from scipy.sparse.linalg import splu

SLOW_SECONDS, FAST_SECONDS = 2.0, 0.7
KNOT_SECONDS = 10.0
ALPHA, GAMMA = 8e-4, 1e-2

# Of the multipliers: weight of a violation, over-relaxation, and when to stop.
PENALTY = 3.0
RELAXATION = 1.7
TOLERANCE = 1e-5
MAX_ITERATIONS = 5000
CHECK_EVERY = 10


def tonic_and_driver(X, sfreq):
    """Return the tonic level and the driver of the responses.

    Parameters
    ----------
    X : ndarray of float64 of shape (n, n_times)
        Skin conductance in µS.
    sfreq : float
        Rate in Hz.

    Returns
    -------
    tonic, driver : ndarray of float64 of shape (n, n_times)
        Level in µS, and sparse driver in µS/s, which is 0 at the first two time points.
        A constant signal is its own level.
    """
    mean = X.mean(axis=1, keepdims=True)
    spread = X.std(axis=1, keepdims=True)
    moves = spread[:, 0] > 0
    tonic, driver = X.copy(), np.zeros_like(X)
    if moves.any():
        scaled = (X - mean)[moves] / spread[moves]
        level, sparse = _solve(scaled.T, sfreq)
        tonic[moves] = level.T * spread[moves] + mean[moves]
        driver[moves] = sparse.T * spread[moves]
    return tonic, driver


def matrices(n, sfreq):
    """Return M, A and the tonic basis [B C] of signals with `n` time points.

    The first two rows of M and A are left out, as the model does not constrain them.
    """
    step = 1 / sfreq
    fast, slow = step / FAST_SECONDS, step / SLOW_SECONDS
    # Bilinear transform of the Bateman function.
    scale = (1 / FAST_SECONDS - 1 / SLOW_SECONDS) * step**2
    first = (fast + 2) * (slow + 2) / scale
    second = (2 * fast * slow - 8) / scale
    third = (fast - 2) * (slow - 2) / scale
    offsets, shape = [0, 1, 2], (n - 2, n)
    A = diags_array([third, second, first], offsets=offsets, shape=shape)
    M = diags_array([1.0, 2.0, 1.0], offsets=offsets, shape=shape)
    return csc_array(M), csc_array(A), _tonic_basis(n, sfreq)


def _tonic_basis(n, sfreq):
    knot = round(KNOT_SECONDS * sfreq)
    triangle = np.concatenate([np.arange(1, knot), np.arange(knot, 0, -1)])
    spline = np.convolve(triangle, triangle).astype(np.float64)
    spline /= spline.max()
    middle = len(spline) // 2
    centers = np.arange(0, n, knot)
    place = np.arange(n)[:, None] - centers + middle
    inside = (place >= 0) & (place < len(spline))
    B = np.where(inside, spline[np.clip(place, 0, len(spline) - 1)], 0.0)
    line = np.stack([np.ones(n), np.arange(1, n + 1) / n], axis=1)
    return csc_array(B), csc_array(line)


def _solve(y, sfreq):
    """Return the level and the driver of signals in columns."""
    n = len(y)
    M, A, (B, C) = matrices(n, sfreq)
    # The model of the first two time points has no responses.
    M = vstack([csc_array((2, n)), M], format="csc")
    model = hstack([M, B, C], format="csc")
    unit = np.abs(A.data).max()
    constraint = hstack([A / unit, csc_array((n - 2, B.shape[1] + 2))], format="csc")
    ridge = block_diag(
        [csc_array((n, n)), GAMMA * identity(B.shape[1]), csc_array((2, 2))]
    )
    hessian = model.T @ model + ridge + PENALTY * constraint.T @ constraint
    solver = splu(csc_array(hessian))
    linear = model.T @ y - ALPHA * unit * (constraint.T @ np.ones((n - 2, 1)))

    driver = np.zeros((n - 2, y.shape[1]))
    dual = np.zeros_like(driver)
    for iteration in range(MAX_ITERATIONS):
        x = solver.solve(linear + PENALTY * (constraint.T @ (driver - dual)))
        value = constraint @ x
        relaxed = RELAXATION * value + (1 - RELAXATION) * driver
        previous = driver
        driver = np.maximum(relaxed + dual, 0.0)
        dual += relaxed - driver
        if iteration % CHECK_EVERY == 0:
            scale = max(np.abs(driver).max(), np.abs(value).max(), 1e-12)
            if (
                max(np.abs(value - driver).max(), np.abs(driver - previous).max())
                < TOLERANCE * scale
            ):
                break
    level = hstack([B, C]) @ x[n:]
    return level, np.concatenate([np.zeros((2, y.shape[1])), driver * unit])
