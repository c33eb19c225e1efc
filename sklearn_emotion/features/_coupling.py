"""Coupling of each pair of channels, for all windows at once.

Each measure takes windows of shape ``(..., n_channels, n_times)`` from any library that
follows the array API standard. It returns couplings of shape
``(..., n_channels, n_channels)``, symmetric with a unit diagonal, and a mask of shape
``(..., n_channels)`` of the channels that are constant. The couplings of a constant
channel are 0 off the diagonal.
"""

import array_api_compat
import numpy as np
from scipy.linalg.blas import sger
from scipy.signal import get_window
from scipy.stats import rankdata
from sklearn.utils.validation import assert_all_finite

from sklearn_emotion._validation import check_window

# Channels whose products are computed at a time. More are slower in OpenBLAS, whose
# routine for small matrices then does not apply.
_STRIP = 16


def pearson(x):
    """Return Pearson's correlations, and which channels are constant."""
    z, constant, xp = _unit_vectors(x)
    return _with_unit_diagonal(z @ xp.matrix_transpose(z), xp), constant


def pearson_float32(x, out=None):
    """Return Pearson's correlations in float32 where single precision is exact enough.

    Each channel is centered before its products are computed in float32, so no digit is
    lost to the mean. A window is computed by `pearson` in double precision if its mean
    is more than a hundred times its standard deviation, since the mean itself is
    rounded, or if its squares leave the range of float32, which includes windows with
    constant channels.

    Parameters
    ----------
    x : ndarray of shape (..., n_channels, n_times)
        Windows.
    out : ndarray of float32 of shape (..., n_channels, n_channels), default=None
        Array for the correlations. None makes a new array.

    Returns
    -------
    r, constant : ndarrays
        Correlations as float32, and which channels are constant.

    Raises
    ------
    ValueError
        If the windows contain NaN or infinity.
    """
    n_times = x.shape[-1]
    with np.errstate(all="ignore"):
        mean = x @ np.full((n_times, 1), 1 / n_times, dtype=x.dtype)
        r = _gram(_centered(x, mean), out)
        squares = np.diagonal(r, axis1=-2, axis2=-1)  # a view of r, which changes below
        far = np.float64(mean[..., 0]) ** 2 * (n_times * 1e-4) > squares
        doubtful = (far | ~_in_range(squares)).any(axis=-1)
        scale = np.sqrt(0.5 / squares)  # half: r and its transpose are added below
        r *= scale[..., :, None]
        r *= scale[..., None, :]
    constant = np.zeros(squares.shape, dtype=bool)
    if doubtful.any():
        assert_all_finite(x[doubtful], input_name="X")
        exact, constant[doubtful] = pearson(x[doubtful].astype(np.float64))
        r[doubtful] = exact / 2
    r += r.swapaxes(-1, -2).copy()
    np.clip(r, -1, 1, out=r)
    np.einsum("...ii->...i", r)[...] = 1
    return r, constant


def _centered(x, mean):
    """Return x minus the mean over time, in float32."""
    if x.dtype != np.float32:
        return (x - mean).astype(np.float32)
    x = np.array(x, order="C")
    columns = x.reshape(-1, x.shape[-1]).T
    # BLAS subtracts in place, and faster than NumPy does from short rows.
    sger(-1.0, np.ones_like(columns[:, 0]), mean.ravel(), a=columns, overwrite_a=True)
    return x


def _gram(x, gram=None):
    *lead, n_channels, _ = x.shape
    if gram is None:
        gram = np.empty((*lead, n_channels, n_channels), dtype=x.dtype)
    # Two or more strips of rows of the upper triangle, from which the lower one is
    # copied. NumPy has a slower routine for x @ x.T, so strips begin one column early.
    transposed = x.swapaxes(-1, -2)
    size = min(_STRIP, (n_channels + 1) // 2)
    for start in range(0, n_channels, size):
        strip = slice(start, start + size)
        first = max(start - 1, 0)
        products = gram[..., strip, first:]
        np.matmul(x[..., strip, :], transposed[..., first:], out=products)
        gram[..., strip, :start] = gram[..., :start, strip].swapaxes(-1, -2)
    return gram


def _normalized(centered):
    """Return the correlations of centered channels, and which channels are zero."""
    r = _gram(centered)
    squares = np.diagonal(r, axis1=-2, axis2=-1)
    constant = squares == 0
    scale = 1 / np.sqrt(np.where(constant, 1, squares))
    r *= scale[..., :, None]
    r *= scale[..., None, :]
    return _with_unit_diagonal(r, np), constant


def _in_range(squares):
    return (squares > 1e-30) & (squares < 1e30)


def spearman(x):
    """Return Spearman's rank correlations, in which ties have their average rank."""
    if array_api_compat.is_numpy_array(x):
        # Float64 holds the ranks and their sum exactly.
        return _normalized(rankdata(x, axis=-1) - (x.shape[-1] + 1) / 2)
    xp = array_api_compat.array_namespace(x)
    # A stable sort ranks ties a..b in one direction and b..a in the other.
    backwards = _ordinal_ranks(xp.flip(x, axis=-1), xp)
    ranks = _ordinal_ranks(x, xp) + xp.flip(backwards, axis=-1)
    return pearson(xp.astype(ranks, x.dtype))


def partial(x):
    r"""Return the partial correlation of each pair given all other channels.

    With the precision :math:`P = \Sigma^{-1}` it is
    :math:`-P_{ij} / \sqrt{P_{ii} P_{jj}}`. The correlation matrix is shrunk toward
    the identity as Ledoit and Wolf propose. It is therefore invertible also for short
    windows and for linearly dependent channels, as after an average reference.
    """
    z, constant, xp = _unit_vectors(_double(x))
    n_times = x.shape[-1]
    r = z @ xp.matrix_transpose(z)
    eye = _eye_like(r, xp)
    n_varying = xp.sum(xp.astype(~constant, z.dtype), axis=-1)
    squared = xp.sum(r**2, axis=(-2, -1))
    noise = xp.sum(xp.sum(z**2, axis=-2) ** 2, axis=-1) - squared / n_times
    spread = squared - n_varying
    # The minimum keeps it invertible if channels are multiples of each other.
    ratio = noise / xp.where(spread > 0, spread, xp.ones_like(spread))
    shrinkage = xp.clip(ratio, min=1e-12, max=1.0)[..., None, None]
    shrunk = (1 - shrinkage) * r * (1 - eye) + eye
    precision = xp.linalg.inv(shrunk)
    scale = xp.sum(precision * eye, axis=-1) ** 0.5
    return _with_unit_diagonal(
        -precision / scale[..., :, None] / scale[..., None, :], xp
    ), constant


def welch_plan(n_times, sfreq, segment, band):
    """Return the segments and the bins over which coherence is averaged.

    Parameters
    ----------
    n_times : int
        Time points in a window.
    sfreq : float
        Rate of the signals in Hz.
    segment : float or None
        Length of a segment in seconds. None is a quarter of the window.
    band : tuple of (float, float) or None
        Edges in Hz. None takes all frequencies but 0.

    Returns
    -------
    plan : dict
        ``n_segment``, in time points, and ``bins``, a slice.

    Raises
    ------
    ValueError
        If a window does not contain several segments, or the band contains no bin.
    """
    if segment is None:
        n_segment = n_times // 4
    else:
        n_segment = check_window(segment, sfreq, n_times, what="segment")
    if not 2 <= n_segment < n_times:
        raise ValueError(
            "Coherence needs several segments of at least 2 time points in a window of "
            f"{n_times / sfreq:g} s ({n_times} time points); got segment={segment}."
        )
    low, high = (0, np.inf) if band is None else band
    frequencies = np.fft.rfftfreq(n_segment, 1 / sfreq)
    inside = (frequencies >= low) & (frequencies < high) & (frequencies > 0)
    if not inside.any():
        raise ValueError(
            f"band={tuple(band)} Hz contains no frequency of segments of "
            f"{n_segment / sfreq:g} s, which has one every {frequencies[1]:g} Hz; take "
            "a longer segment or a wider band."
        )
    first, last = np.flatnonzero(inside)[[0, -1]]
    return {"n_segment": n_segment, "bins": slice(first, last + 1)}


def coherence(x, *, n_segment, bins):
    """Return the magnitude-squared coherence of each pair, averaged over bins.

    Welch's method is used with centered Hann segments that overlap by half. A segment
    has `n_segment` time points, and `bins` is a slice of its real Fourier transform.
    """
    z, constant, xp = _unit_vectors(x)
    hann = xp.asarray(
        get_window("hann", n_segment), dtype=z.dtype, device=array_api_compat.device(z)
    )
    starts = range(0, x.shape[-1] - n_segment + 1, n_segment - n_segment // 2)
    segments = xp.stack([z[..., s : s + n_segment] for s in starts], axis=-2)
    segments = (segments - xp.mean(segments, axis=-1, keepdims=True)) * hann
    spectra = xp.moveaxis(xp.fft.rfft(segments)[..., bins], -1, -3)
    cross = spectra @ xp.conj(xp.matrix_transpose(spectra))
    power = xp.sum(xp.abs(spectra) ** 2, axis=-1)
    power = xp.where(power > 0, power, xp.ones_like(power))
    squared = xp.abs(cross) ** 2 / power[..., :, None] / power[..., None, :]
    return _with_unit_diagonal(xp.mean(squared, axis=-3), xp), constant


def unit_phasors(x):
    """Return the phase of each analytic signal as a complex number of modulus 1.

    Signals and phasors have the shape (..., n_times). Phasors of constant signals are
    0.
    """
    z, _, xp = _unit_vectors(x)
    n_times = x.shape[-1]
    gain = np.zeros(n_times)
    gain[: n_times // 2 + 1] = 2
    gain[0] = 1
    if n_times % 2 == 0:
        gain[n_times // 2] = 1
    gain = xp.asarray(gain, dtype=z.dtype, device=array_api_compat.device(z))
    analytic = xp.fft.ifft(xp.fft.fft(z) * gain)
    modulus = xp.abs(analytic)
    return analytic / xp.where(modulus > 0, modulus, xp.ones_like(modulus))


def phase_locking(u, constant):
    """Return the phase-locking value of each pair of channels, in [0, 1].

    `u` contains windows of phasors, of shape (..., n_channels, n_times), and `constant`
    is a mask of the constant channels, of shape (..., n_channels).
    """
    xp = array_api_compat.array_namespace(u)
    u = u * xp.astype(~constant, u.dtype)[..., None]
    locked = xp.abs(u @ xp.conj(xp.matrix_transpose(u))) / u.shape[-1]
    return _with_unit_diagonal(locked, xp)


def is_constant(x):
    """Return which signals, of shape (..., n_times), have a single value."""
    xp = array_api_compat.array_namespace(x)
    return xp.max(x, axis=-1) == xp.min(x, axis=-1)


def _unit_vectors(x):
    # Centered signals of norm 1. They are centered twice, since the first mean is
    # rounded, and scaled in between, since squares may leave the range of the type.
    xp = array_api_compat.array_namespace(x)
    constant = is_constant(x)
    varies = xp.astype(~constant, x.dtype)[..., None]
    z = (x - xp.mean(x, axis=-1, keepdims=True)) * varies
    z = z / _nonzero(xp.max(xp.abs(z), axis=-1, keepdims=True), xp)
    z = (z - xp.mean(z, axis=-1, keepdims=True)) * varies
    z = z / _nonzero(xp.sum(z**2, axis=-1, keepdims=True) ** 0.5, xp)
    return z, constant, xp


def _nonzero(x, xp):
    return xp.where(x > 0, x, xp.ones_like(x))


def _with_unit_diagonal(r, xp):
    r = xp.clip((r + xp.matrix_transpose(r)) / 2, -1.0, 1.0)
    eye = _eye_like(r, xp)
    return r * (1 - eye) + eye


def _eye_like(r, xp):
    return xp.eye(r.shape[-1], dtype=r.dtype, device=array_api_compat.device(r))


def _double(x):
    return x.astype(np.float64, copy=False) if array_api_compat.is_numpy_array(x) else x


def _ordinal_ranks(x, xp):
    return xp.argsort(xp.argsort(x, axis=-1, stable=True), axis=-1)
