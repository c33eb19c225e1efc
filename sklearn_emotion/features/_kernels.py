"""Energies of band-passed signals in windows: three ways to one number.

A kernel is made for samples of one shape and called with signals of shape
(m, n_times). It returns energies of shape (n_windows, n_bands, m), float32, and, of
shape (m,), whether they are right to 1e-4 of themselves; None where all are.
"""

from itertools import pairwise

import array_api_compat as compat
import numpy as np
import scipy.fft
from scipy.signal import sosfiltfilt

from sklearn_emotion.features._operators import (
    LONGEST_DENSE,
    bandpass,
    fft_operator,
    gemm_operator,
)

# Sums of squares in which float32 neither overflows nor loses digits.
SAFE_SIZES = (1e-20, 1e30)
# Largest squared mean, relative to the variance, of signals left as they are.
LARGEST_MEAN = 15.0
# Least variance, relative to the mean square, that their difference gives in float32.
LEAST_SPREAD = 0.02
LARGEST_FLOAT32 = float(np.finfo(np.float32).max)


class Gemm:
    """One matrix product of factored quadratic forms; see `gemm_operator`.

    Parameters
    ----------
    X : array of shape (n_samples, n_channels, n_times)
        Gives the length of a sample, the namespace and the device.
    bands : tuple of Band
        Filters.
    bounds : tuple of int
        Where windows begin and end.
    centre : bool
        Whether to subtract the mean of each window.
    cut : float, default=1.0
        Factor on the truncation; less is slower and trusted for more signals.
    """

    blas_threads = True

    def __init__(self, X, bands, bounds, centre, *, cut=1.0):
        n_times = X.shape[-1]
        if n_times > LONGEST_DENSE:
            raise ValueError(
                f"method='gemm' takes samples of at most {LONGEST_DENSE} time points, "
                f"got {n_times}; method='fft' is the faster one for long samples."
            )
        operator = gemm_operator(bands, n_times, bounds, centre, cut)
        self.xp, self.shape = compat.array_namespace(X), operator.shape
        self.rows = like(operator.rows, X)
        self.groups = like(operator.groups, X)
        self.least = like(operator.least, X)
        self.bytes_per_signal = 4 * max(operator.rows.shape)

    def __call__(self, signals):
        xp = self.xp
        signals, sizes = _centred(xp, signals)
        squares = self.rows @ signals.T
        squares *= squares
        energies = xp.reshape(self.groups @ squares, (*self.shape, -1))
        least = xp.reshape(self.least @ sizes, energies.shape)
        enough = xp.all(energies >= least, axis=(0, 1))
        return energies, enough & safe_sizes(sizes[0, :]) & safe_sizes(sizes[1, :])


class Fft:
    """Filters by FFT with exact edges; see `fft_operator`.

    Parameters
    ----------
    X : array of shape (n_samples, n_channels, n_times)
        Gives the length of a sample, the namespace and the device.
    bands : tuple of Band
        Filters.
    bounds : tuple of int
        Where windows begin and end.
    centre : bool
        Whether to subtract the mean of each window.
    precision : {"float32", "float64"}, default="float32"
        Type of the computation; what float64 gives is final.
    """

    blas_threads = False

    def __init__(self, X, bands, bounds, centre, *, precision="float32"):
        self.xp = xp = compat.array_namespace(X)
        operator = fft_operator(bands, X.shape[-1], precision)
        self.dtype = getattr(xp, precision)
        self.fft = scipy.fft if compat.is_numpy_namespace(xp) else xp.fft
        self.n_fft, self.pad, self.least = operator.n_fft, operator.pad, operator.least
        self.gains = like(operator.gains, X)
        self.outputs = [like(outputs, X) for outputs, _ in operator.edges]
        self.inputs = like(_side_by_side([part for _, part in operator.edges]), X)
        self.bounds, self.centre = bounds, centre
        self.lengths = [b - a for a, b in pairwise(bounds)]
        self.weights = xp.full(
            (self.lengths[0],),
            1 / self.lengths[0],
            dtype=self.dtype,
            device=compat.device(X),
        )
        self.bytes_per_signal = operator.gains.itemsize * operator.n_fft

    def __call__(self, signals):
        xp, n_times = self.xp, signals.shape[-1]
        if self.dtype == xp.float64 or signals.dtype != xp.float32:
            signals = xp.astype(signals, xp.float64)
        extended = self._extended(signals)
        inside = extended[:, self.pad : self.pad + n_times]
        sizes = xp.vecdot(inside, inside) / n_times
        end = n_times + 2 * self.pad
        last = extended[:, end - self.inputs.shape[0] : end] - extended[:, :1]
        edges = last @ self.inputs
        spectrum = self.fft.rfft(extended)
        product = xp.empty_like(spectrum)
        shape = (len(self.gains), signals.shape[0], len(self.lengths))
        squares = xp.empty(shape, dtype=self.dtype, device=compat.device(signals))
        means = xp.zeros_like(squares)
        rank = self.inputs.shape[1] // len(self.gains)
        for b, (gain, outputs) in enumerate(zip(self.gains, self.outputs)):
            xp.multiply(spectrum, gain, out=product)
            filtered = self.fft.irfft(product, n=self.n_fft)
            filtered = filtered[:, self.pad : self.pad + n_times]
            edge = edges[:, b * rank : (b + 1) * rank] @ outputs
            filtered[:, n_times - outputs.shape[1] :] += edge
            self._moments(filtered, squares[b, ...], means[b, ...])
        energies = squares - means**2  # (n_bands, m, n_windows)
        enough = energies >= LEAST_SPREAD * squares
        enough &= energies >= (self.least * sizes)[:, None]
        trusted = xp.all(enough, axis=(0, 2)) & safe_sizes(sizes)
        energies = xp.permute_dims(energies, (2, 0, 1))
        if self.dtype == xp.float64:
            return as_final(xp, energies, signals), None
        return energies, trusted

    def _extended(self, signals):
        """Return the odd extension, then its first value to the length of the FFT.

        Everything is taken less the first value of the signal: large constants would
        take the digits of the signal with them, and the filters remove them anyway.
        """
        xp, pad, n_times = self.xp, self.pad, signals.shape[-1]
        shape = (signals.shape[0], self.n_fft)
        extended = xp.empty(shape, dtype=self.dtype, device=compat.device(signals))
        inside = extended[:, pad : pad + n_times]
        xp.subtract(signals, signals[:, :1], out=inside)
        extended[:, :pad] = -xp.flip(inside[:, 1 : pad + 1], axis=1)
        right = 2 * inside[:, -1:] - xp.flip(inside[:, -pad - 1 : -1], axis=1)
        extended[:, pad + n_times : 2 * pad + n_times] = right
        extended[:, 2 * pad + n_times :] = extended[:, :1]
        return extended

    def _moments(self, filtered, squares, means):
        """Fill in mean square and, if asked for, mean in each window."""
        xp, lengths = self.xp, self.lengths
        if min(lengths) == max(lengths):
            parts = filtered[:, self.bounds[0] : self.bounds[-1]]
            parts = xp.reshape(parts, (-1, len(lengths), lengths[0]))
            squares[...] = xp.vecdot(parts, parts) / lengths[0]
            if self.centre:
                means[...] = parts @ self.weights
            return
        for w, (start, stop) in enumerate(pairwise(self.bounds)):
            part = filtered[:, start:stop]
            squares[:, w] = xp.vecdot(part, part) / (stop - start)
            if self.centre:
                means[:, w] = xp.mean(part, axis=1)


def _side_by_side(blocks):
    """Stack blocks of rows that end together, with zeros above the shorter ones."""
    tallest = max(len(block) for block in blocks)
    return np.hstack([np.pad(b, ((tallest - len(b), 0), (0, 0))) for b in blocks])


class Reference:
    """The definition: SciPy's zero-phase filter in float64, window by window.

    Parameters
    ----------
    X : array of shape (n_samples, n_channels, n_times)
        Gives the namespace.
    bands : tuple of Band
        Filters.
    bounds : tuple of int
        Where windows begin and end.
    centre : bool
        Whether to subtract the mean of each window.
    """

    # One sample at a time: nothing depends on the others.
    bytes_per_signal = None
    blas_threads = False

    def __init__(self, X, bands, bounds, centre):
        self.xp = compat.array_namespace(X)
        self.sections = [bandpass(band) for band in bands]
        self.bounds, self.centre = bounds, centre

    def __call__(self, signals):
        xp, bounds = self.xp, self.bounds
        host = np.asarray(compat.to_device(signals, "cpu"), dtype=np.float64)
        energies = np.empty((len(bounds) - 1, len(self.sections), len(host)))
        for b, sos in enumerate(self.sections):
            filtered = sosfiltfilt(sos, host)
            for w, (start, stop) in enumerate(pairwise(bounds)):
                part = filtered[:, start:stop]
                energies[w, b] = part.var(1) if self.centre else (part**2).mean(1)
        energies = xp.asarray(energies, device=compat.device(signals))
        return as_final(xp, energies, signals), None


def like(array, X):
    """Return an array of NumPy in the namespace and on the device of X."""
    xp = compat.array_namespace(X)
    if compat.is_numpy_namespace(xp):
        return array
    return xp.asarray(array.copy(), device=compat.device(X))


def safe_sizes(sizes):
    """Say which squared norms float32 holds without overflow or loss of digits."""
    return (sizes > SAFE_SIZES[0]) & (sizes < SAFE_SIZES[1])


def as_final(xp, energies, signals):
    """Return energies in float32, 0 for signals that are constant.

    Raises
    ------
    ValueError
        If a signal holds NaN or infinity.
    """
    if not xp.all(xp.isfinite(signals)):
        raise ValueError("X contains NaN or infinity.")
    flat = xp.all(signals == signals[:, :1], axis=1)
    energies = xp.where(flat, xp.zeros_like(energies), energies)
    return xp.astype(xp.clip(energies, 0.0, LARGEST_FLOAT32), xp.float32)


def _centred(xp, signals):
    """Return signals in float32, less their mean where it is large, and their sizes.

    The filters remove a constant exactly, but in float32 a large one would take the
    digits of the signal with it.

    Returns
    -------
    signals : array of float32, shape (m, n_times)
        As they came where no mean is large.
    sizes : array of float32, shape (2, m)
        Squared norms of the signals less their means, and of those returned.
    """
    if signals.dtype != xp.float32:
        signals = xp.astype(signals, xp.float64)
    n_times = signals.shape[-1]
    means = signals @ xp.full_like(signals[0, :], 1 / n_times)
    if signals.dtype == xp.float32:
        sizes = xp.vecdot(signals, signals)
        if xp.all((1 + 1 / LARGEST_MEAN) * n_times * means**2 <= sizes):
            return signals, xp.stack([sizes - n_times * means**2, sizes])
    signals = xp.astype(signals - means[:, None], xp.float32)
    sizes = xp.vecdot(signals, signals)
    return signals, xp.stack([sizes, sizes])
