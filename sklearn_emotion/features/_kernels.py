"""Energies of band-passed signals in windows, computed by one of three kernels.

A kernel is created for samples of one shape, `X` of shape (n_samples, n_channels,
n_times), whose namespace and device it uses. `bands` are its filters, `bounds` are the
bounds of the windows, and `center` states whether the mean of each window is
subtracted. A kernel is called with signals of shape (m, n_times). It returns energies
of shape (n_windows, n_bands, m), float32, and a mask of shape (m,) of the signals whose
energies have a relative error below 1e-4, or None if all have.
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
# Largest squared mean, relative to the variance, of signals that are not centered.
LARGEST_MEAN = 15.0
# Least variance, relative to the mean square, that is precise enough in float32.
LEAST_SPREAD = 0.02
LARGEST_FLOAT32 = float(np.finfo(np.float32).max)


class Gemm:
    """One matrix product of factored quadratic forms; see `gemm_operator`.

    `cut` is a factor on the truncation. A smaller factor is slower, and precise enough
    for more signals.
    """

    blas_threads = True

    def __init__(self, X, bands, bounds, center, *, cut=1.0):
        n_times = X.shape[-1]
        if n_times > LONGEST_DENSE:
            raise ValueError(
                f"method='gemm' takes samples of at most {LONGEST_DENSE} time points, "
                f"got {n_times}; method='fft' is the faster one for long samples."
            )
        operator = gemm_operator(bands, n_times, bounds, center, cut)
        self.xp, self.shape = compat.array_namespace(X), operator.shape
        self.rows = move_to(operator.rows, X)
        self.groups = move_to(operator.groups, X)
        self.least = move_to(operator.least, X)
        self.bytes_per_signal = 4 * max(operator.rows.shape)

    def __call__(self, signals):
        xp = self.xp
        signals, sizes = _centered(xp, signals)
        squares = self.rows @ signals.T
        squares *= squares
        energies = xp.reshape(self.groups @ squares, (*self.shape, -1))
        least = xp.reshape(self.least @ sizes, energies.shape)
        enough = xp.all(energies >= least, axis=(0, 1))
        return energies, enough & safe_sizes(sizes[0, :]) & safe_sizes(sizes[1, :])


class Fft:
    """Filters by FFT with exact edges; see `fft_operator`.

    `precision`, "float32" or "float64", is the type of the computation. Energies
    computed in float64 are final.
    """

    blas_threads = False

    def __init__(self, X, bands, bounds, center, *, precision="float32"):
        self.xp = xp = compat.array_namespace(X)
        operator = fft_operator(bands, X.shape[-1], precision)
        self.dtype = getattr(xp, precision)
        self.fft = scipy.fft if compat.is_numpy_namespace(xp) else xp.fft
        self.n_fft, self.pad, self.least = operator.n_fft, operator.pad, operator.least
        self.gains = move_to(operator.gains, X)
        self.outputs = [move_to(outputs, X) for outputs, _ in operator.edges]
        self.inputs = move_to(_side_by_side([part for _, part in operator.edges]), X)
        self.bounds, self.center = bounds, center
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
        """Return the odd extension, padded with its first value for the FFT.

        The first value of the signal is subtracted from everything. Large constants
        would cost digits of the signal, and the filters remove them anyway.
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
        """Fill in the mean square and, with `center`, the mean in each window."""
        xp, lengths = self.xp, self.lengths
        if min(lengths) == max(lengths):
            parts = filtered[:, self.bounds[0] : self.bounds[-1]]
            parts = xp.reshape(parts, (-1, len(lengths), lengths[0]))
            squares[...] = xp.vecdot(parts, parts) / lengths[0]
            if self.center:
                means[...] = parts @ self.weights
            return
        for w, (start, stop) in enumerate(pairwise(self.bounds)):
            part = filtered[:, start:stop]
            squares[:, w] = xp.vecdot(part, part) / (stop - start)
            if self.center:
                means[:, w] = xp.mean(part, axis=1)


def _side_by_side(blocks):
    """Stack blocks of rows that end together, with zeros above the shorter blocks."""
    tallest = max(len(block) for block in blocks)
    return np.hstack([np.pad(b, ((tallest - len(b), 0), (0, 0))) for b in blocks])


class Reference:
    """The definition: SciPy's zero-phase filter in float64, window by window."""

    # One sample at a time, so that no result depends on other samples.
    bytes_per_signal = None
    blas_threads = False

    def __init__(self, X, bands, bounds, center):
        self.xp = compat.array_namespace(X)
        self.sections = [bandpass(band) for band in bands]
        self.bounds, self.center = bounds, center

    def __call__(self, signals):
        xp, bounds = self.xp, self.bounds
        host = np.asarray(compat.to_device(signals, "cpu"), dtype=np.float64)
        energies = np.empty((len(bounds) - 1, len(self.sections), len(host)))
        for b, sos in enumerate(self.sections):
            filtered = sosfiltfilt(sos, host)
            for w, (start, stop) in enumerate(pairwise(bounds)):
                part = filtered[:, start:stop]
                energies[w, b] = part.var(1) if self.center else (part**2).mean(1)
        energies = xp.asarray(energies, device=compat.device(signals))
        return as_final(xp, energies, signals), None


def move_to(array, X):
    """Return an array of NumPy in the namespace and on the device of X."""
    xp = compat.array_namespace(X)
    if compat.is_numpy_namespace(xp):
        return array
    return xp.asarray(array.copy(), device=compat.device(X))


def safe_sizes(sizes):
    """Return which squared norms float32 holds without overflow or loss of digits."""
    return (sizes > SAFE_SIZES[0]) & (sizes < SAFE_SIZES[1])


def as_final(xp, energies, signals):
    """Return energies in float32, 0 for signals that are constant.

    A signal with NaN or infinity raises a ValueError.
    """
    if not xp.all(xp.isfinite(signals)):
        raise ValueError("X contains NaN or infinity.")
    flat = xp.all(signals == signals[:, :1], axis=1)
    energies = xp.where(flat, xp.zeros_like(energies), energies)
    return xp.astype(xp.clip(energies, 0.0, LARGEST_FLOAT32), xp.float32)


def _centered(xp, signals):
    """Return signals in float32, minus their mean if it is large, and their sizes.

    The filters remove a constant exactly, but in float32 a large constant would cost
    digits of the signal. Signals have the shape (m, n_times) and are unchanged if no
    mean is large. Sizes have the shape (2, m): squared norms of the signals minus their
    means, and of the signals that are returned.
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
