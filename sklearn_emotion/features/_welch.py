"""Power in frequency bands by Welch's method."""

from functools import lru_cache

import array_api_compat as compat
import numpy as np
import scipy.fft
from scipy.signal import get_window

from sklearn_emotion.features._kernels import as_final, move_to, safe_sizes

# Least share of the power that has a relative error below 1e-5 in float32.
LEAST_SHARE = 1e-4
TINY = float(np.finfo(np.float32).tiny)


def bins_in_bands(bands, n_segment, sfreq):
    """Return which bins of a segment's spectrum lie in each band, ``low <= f < high``.

    The mask has the shape (n_bands, n_segment // 2 + 1). A band without a bin raises a
    ValueError.
    """
    step = sfreq / n_segment
    # The margin keeps an edge on its bin despite the rounding of k * step.
    bins = np.arange(n_segment // 2 + 1)
    inside = np.stack(
        [
            (bins >= low / step - 1e-9) & (bins < high / step - 1e-9)
            for low, high in bands.values()
        ]
    )
    for name, some in zip(bands, inside.any(axis=1)):
        if not some:
            raise ValueError(
                f"Band {name!r} is {bands[name]} Hz and contains no frequency of a "
                f"segment of {n_segment / sfreq:g} s. Its frequencies are {step:g} Hz "
                "apart; take a longer window or segment."
            )
    return inside


@lru_cache(maxsize=16)
def _taper(n_segment, precision):
    taper = get_window("hann", n_segment).astype(precision)
    taper /= np.sqrt((taper.astype(float) ** 2).sum() * n_segment)
    taper.flags.writeable = False
    return taper


class Welch:
    """Kernel for the power in bands of each window, as the mean over its segments.

    Parameters
    ----------
    X : array of shape (n_samples, n_channels, n_times)
        Array that gives the length of a sample, the namespace and the device.
    inside : ndarray of bool, shape (n_bands, n_bins)
        Which bins belong to which band.
    n_window, n_segment : int
        Time points in a window and in a segment. Segments overlap by half.
    relative : bool
        Whether to divide by the power in all bins.
    precision : {"float32", "float64"}, default="float32"
        Type of the computation. Power computed in float64 is final.
    """

    blas_threads = False

    def __init__(
        self, X, inside, n_window, n_segment, relative, *, precision="float32"
    ):
        self.xp = xp = compat.array_namespace(X)
        self.dtype = getattr(xp, precision)
        self.is_numpy = compat.is_numpy_namespace(xp)
        self.fft = scipy.fft if self.is_numpy else xp.fft
        # The spectrum of a constant under a Hann taper lies in the first two bins.
        self.sees_mean = relative or precision == "float64" or inside[:, :2].any()
        first = np.arange(inside.shape[1]) == 0
        sums = np.stack([*inside, np.ones_like(first), first]).T
        sums = _multiplicity(n_segment)[:, None] * sums
        if self.is_numpy:
            # Real and imaginary parts of a bin are adjacent in memory.
            sums = np.repeat(sums, 2, axis=0)
        self.sums = move_to(np.ascontiguousarray(sums, dtype=precision), X)
        self.taper = move_to(_taper(n_segment, precision), X)
        self.n_windows, self.n_window = X.shape[-1] // n_window, n_window
        self.n_segment, self.relative = n_segment, relative
        step = n_segment - n_segment // 2
        self.starts = range(0, n_window - n_segment + 1, step)
        self.bytes_per_signal = self.taper.itemsize * X.shape[-1]

    def __call__(self, signals):
        xp = self.xp
        if self.dtype == xp.float64 or signals.dtype != xp.float32:
            signals = xp.astype(signals, xp.float64)
        windows = signals[:, : self.n_windows * self.n_window]
        windows = xp.reshape(windows, (-1, self.n_windows, self.n_window))
        power = 0.0
        for start in self.starts:
            segments = windows[:, :, start : start + self.n_segment]
            power = power + self._power(xp.reshape(segments, (-1, self.n_segment)))
        power, whole = power[:, :-2], power[:, -2:-1]
        trusted = xp.all(power >= LEAST_SHARE * whole, axis=1)
        trusted &= safe_sizes(whole[:, 0])
        if self.relative:
            power = power / xp.maximum(whole, xp.full_like(whole, TINY))
        else:
            power = power / len(self.starts)
        power = xp.reshape(power, (-1, self.n_windows, power.shape[1]))
        power = xp.permute_dims(power, (1, 2, 0))
        if self.dtype == xp.float64:
            return as_final(xp, power, signals), None
        return power, xp.all(xp.reshape(trusted, (-1, self.n_windows)), axis=1)

    def _power(self, segments):
        """Return the power in each band, in all bins and in the first bin."""
        xp = self.xp
        if not self.sees_mean and segments.dtype == self.dtype:
            power = self._squares(self.fft.rfft(segments * self.taper)) @ self.sums
            # The first bin contains two thirds of the power of a constant.
            if xp.all(power[:, -1] <= 0.6 * power[:, -2]):
                return power
        # Centered twice, since rounding leaves a part of a large mean.
        for _ in range(2):
            means = segments @ xp.full_like(segments[0, :], 1 / self.n_segment)
            segments = segments - means[:, None]
        segments = xp.astype(segments, self.dtype, copy=False)
        return self._squares(self.fft.rfft(segments * self.taper)) @ self.sums

    def _squares(self, spectrum):
        """Return squared magnitudes, or squared real and imaginary parts in turn."""
        if not self.is_numpy:
            return self.xp.real(spectrum) ** 2 + self.xp.imag(spectrum) ** 2
        parts = spectrum.view(spectrum.real.dtype)
        parts *= parts
        return parts


def _multiplicity(n_segment):
    """Return how many frequencies, of either sign, each bin represents."""
    counts = np.full(n_segment // 2 + 1, 2.0)
    counts[0] = 1
    if n_segment % 2 == 0:
        counts[-1] = 1
    return counts
