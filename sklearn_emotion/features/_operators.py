"""Zero-phase band-pass filtering of a sample of fixed length, as linear operators.

:func:`scipy.signal.sosfiltfilt` is linear in its input, including the padding at the
edges. The energy of a window of its output is therefore a quadratic form of the
sample, which `gemm_operator` factors. The output itself is a convolution with a
correction of low rank at the right edge, which `fft_operator` computes. Operators
depend only on parameters and are cached.
"""

from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy.fft import next_fast_len
from scipy.linalg import eigh, matmul_toeplitz, qr
from scipy.signal import butter, sosfilt, sosfiltfilt, sosfreqz

# Relative error of an energy that the truncation of a float32 operator may cause. The
# error in nats is half of it.
ENERGY_TOLERANCE = 1.5e-4
# Longest sample of a dense operator, whose size is the square of this number.
LONGEST_DENSE = 1280
# Least amplitude in a band that float32 gives precisely enough, in rounding errors of
# the amplitude of the sample.
ROUNDING = 2e4
# Number of impulses that are filtered at a time.
N_IMPULSES = 128


class Band(NamedTuple):
    """A Butterworth band-pass."""

    low: float  # Hz
    high: float  # Hz
    order: int
    sfreq: float  # Hz


class GemmOperator(NamedTuple):
    """Energies of windows as ``groups @ (rows @ x) ** 2``, K rows in all."""

    rows: np.ndarray  # (K, n_times)
    groups: np.ndarray  # (n_windows * n_bands, K), zeros and ones
    # (n_windows * n_bands, 2): least energy that is precise enough, for the truncation
    # per |x|² of the centered sample, and for rounding per |x|² of the sample itself.
    least: np.ndarray
    shape: tuple  # (n_windows, n_bands)


class FftOperator(NamedTuple):
    """Zero-phase band-pass filters for samples of one length."""

    n_fft: int
    pad: int  # samples of odd extension at either end
    gains: np.ndarray  # (n_bands, n_fft // 2 + 1), squared magnitude of the filter
    edges: tuple  # per band (outputs, inputs) of the right edge's correction
    least: float  # least precise energy, relative to the mean square of x


def bandpass(band):
    """Return the second-order sections of a band, shape (order, 6)."""
    edges = (band.low, band.high)
    return butter(band.order, edges, btype="bandpass", fs=band.sfreq, output="sos")


def padding(order):
    """Return the samples that ``sosfiltfilt`` appends at either end by default."""
    return 3 * (2 * order + 1)


@lru_cache(maxsize=16)
def gemm_operator(bands, n_times, bounds, center, cut):
    """Factor the energy of each window and band of a sample.

    Let F be the matrix of the zero-phase filter and H the centering of a window of l
    samples. The variance of the window is ``|H F x|² / l``. Only the leading left
    singular vectors U of ``H F / sqrt(l)`` are kept, as rows ``Uᵀ H F / sqrt(l)``. The
    energy along the other vectors is neglected.

    Parameters
    ----------
    bands : tuple of Band
        Filters.
    n_times : int
        Time points in a sample.
    bounds : tuple of int
        Bounds of the windows, one more than there are windows.
    center : bool
        Whether the energy is the variance, or else the mean square.
    cut : float
        Factor on the singular values that are dropped.

    Returns
    -------
    operator : GemmOperator
        Operator with read-only arrays.
    """
    shape = (len(bounds) - 1, len(bands))
    rows, least = {}, np.zeros((*shape, 2))
    for b, band in enumerate(bands):
        matrix = _filter_matrix(band, n_times)
        for w, (start, stop) in enumerate(pairwise(bounds)):
            A = matrix[start:stop] / np.sqrt(stop - start)
            if center:
                A = A - A.mean(axis=0)
            squares, U = eigh(A @ A.T)  # ascending
            least_kept = (cut * _least_kept(band, stop - start, n_times)) ** 2
            dropped = np.searchsorted(squares, least_kept * squares[-1], side="right")
            rows[w, b] = (U[:, dropped:].T @ A).astype(np.float32)
            lost = max(squares[dropped - 1], 0.0) if dropped else 0.0
            rounding = (ROUNDING * np.finfo(np.float32).eps) ** 2 * squares[-1]
            least[w, b] = lost / ENERGY_TOLERANCE, rounding
    keys = [(w, b) for w in range(shape[0]) for b in range(shape[1])]
    sizes = [len(rows[key]) for key in keys]
    groups = np.repeat(np.eye(len(keys)), sizes, axis=1)
    stacked = np.concatenate([rows[key] for key in keys])
    parts = stacked, groups, least.reshape(-1, 2)
    return GemmOperator(*(_read_only(part, np.float32) for part in parts), shape)


def _least_kept(band, length, n_times):
    """Return the least singular value that is kept, relative to the largest.

    A short window contains a small part of the energy of a long sample. In a narrow
    band, which has few degrees of freedom, this part may be much smaller than the
    average.
    """
    freedom = 2 * (band.high - band.low) * length / band.sfreq
    return 6e-4 * np.sqrt(length / n_times) * min(1.0, freedom / 10)


def _filter_matrix(band, n_times):
    """Return the matrix of ``sosfiltfilt``, shape (n_times, n_times)."""
    sos = bandpass(band)
    matrix = np.empty((n_times, n_times))
    for start in range(0, n_times, N_IMPULSES):
        impulses = np.eye(min(N_IMPULSES, n_times - start), n_times, k=start)
        matrix[:, start : start + N_IMPULSES] = sosfiltfilt(sos, impulses).T
    return matrix


@lru_cache(maxsize=16)
def fft_operator(bands, n_times, precision):
    """Prepare zero-phase filtering by FFT, equal to ``sosfiltfilt`` at the edges too.

    Let u be the sample with its odd extension, minus its first value, and 0 outside.
    ``sosfiltfilt`` starts as if the first value had always been there. At the left
    edge, its output is therefore u filtered with the squared magnitude of the filter.
    The backward pass starts as if the last value c of the forward output continued
    forever. The forward filter with impulse response h would have had the ringing r
    there instead. The difference, ``-Σ_k h[i + 1 + k] (r[k] - c)`` at i samples before
    the end, is a product of Hankel matrices of h, whose rank is the rank of the filter.

    Parameters
    ----------
    bands : tuple of Band
        Filters.
    n_times : int
        Time points in a sample.
    precision : {"float32", "float64"}
        Type of the factors.

    Returns
    -------
    operator : FftOperator
        Operator with read-only arrays.
    """
    exact = precision == "float64"
    order = bands[0].order
    pad = padding(order)
    extended = n_times + 2 * pad
    responses = [_impulse_response(band, 1e-13 if exact else 1e-6) for band in bands]
    n_fft = next_fast_len(extended + max(map(len, responses)), real=True)
    gains = np.stack([_squared_magnitude(band, n_fft) for band in bands])
    edges = tuple(
        tuple(_read_only(part, precision) for part in _right_edge(h, order, n_times))
        for h in responses
    )
    least = (ROUNDING * np.finfo(precision).eps) ** 2
    return FftOperator(n_fft, pad, _read_only(gains, precision), edges, least)


def _impulse_response(band, tail):
    """Return h up to where the norm of the rest is `tail` times the total norm."""
    sos, length = bandpass(band), 256
    while True:
        h = sosfilt(sos, np.eye(1, length)[0])
        rest = np.sqrt(np.cumsum(h[::-1] ** 2)[::-1])
        short = np.flatnonzero(rest < tail * rest[0])
        # The norm of the second half is a bound of the norm beyond the end.
        if len(short) and short[0] < length // 2:
            return h[: short[0]]
        length *= 2


def _squared_magnitude(band, n_fft):
    frequencies = np.arange(n_fft // 2 + 1) * band.sfreq / n_fft
    _, response = sosfreqz(bandpass(band), worN=frequencies, fs=band.sfreq)
    return np.abs(response) ** 2


def _right_edge(h, order, n_times):
    """Factor the correction of the filter's output at the right edge.

    Return `outputs` of shape (rank, n_outputs), for the last outputs in the order of
    the sample, and `inputs` of shape (n_inputs, rank), from the last extended samples
    minus the first one.
    """
    # A few more random probes than the rank span the range of the matrix.
    probes = np.random.default_rng(0).standard_normal((len(h), 2 * order + 4))
    outputs, _ = qr(_hankel_product(h, probes), mode="economic")
    back = _hankel_product(h, outputs)  # rows k: weights of r[k] - c
    inputs = np.outer(h, back.sum(axis=0)) - _hankel_product(h, back)
    pad = padding(order)
    outputs = outputs[pad : pad + n_times]
    return outputs[::-1].T, inputs[: n_times + 2 * pad][::-1]


def _hankel_product(h, columns):
    """Multiply the matrix ``h[1 + i + k]``, which is 0 beyond the end, by columns."""
    n = len(h)
    tail = np.zeros(2 * n)
    tail[: n - 1] = h[1:]
    return matmul_toeplitz((tail[n - 1 : 2 * n - 1], tail[n - 1 :: -1]), columns[::-1])


def _read_only(array, dtype=np.float64):
    array = np.ascontiguousarray(array, dtype=dtype)
    array.flags.writeable = False
    return array
