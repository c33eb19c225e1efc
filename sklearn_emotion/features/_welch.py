"""Power in frequency bands by Welch's method."""

from functools import lru_cache

import array_api_compat as compat
import numpy as np
import scipy.fft
from scipy.signal import get_window

from sklearn_emotion.features._kernels import as_final, like, safe_sizes

# Least share of the power that float32 gives to 1e-5 of itself.
LEAST_SHARE = 1e-5
TINY = float(np.finfo(np.float32).tiny)


def bins_in_bands(bands, n_segment, sfreq):
    """Say which bins of a segment's spectrum lie in each band, ``low <= f < high``.

    Parameters
    ----------
    bands : dict of str to (float, float)
        Edges in Hz.
    n_segment : int
        Time points in a segment.
    sfreq : float
        Sampling rate in Hz.

    Returns
    -------
    inside : ndarray of bool, shape (n_bands, n_segment // 2 + 1)
        Whether a bin belongs to a band.

    Raises
    ------
    ValueError
        If a band holds no bin.
    """
    step = sfreq / n_segment
    # An edge on a bin stays on it, whatever the rounding of k * step.
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
                f"Band {name!r} is {bands[name]} Hz and holds no frequency of a "
                f"segment of {n_segment / sfreq:g} s, which are {step:g} Hz apart; "
                "take a longer window or segment."
            )
    return inside


@lru_cache(maxsize=16)
def _taper(n_segment, precision):
    taper = get_window("hann", n_segment).astype(precision)
    taper /= np.sqrt((taper.astype(float) ** 2).sum() * n_segment)
    taper.flags.writeable = False
    return taper


class Welch:
    """Power in bands of each window: one spectrum, or the mean over segments.

    Parameters
    ----------
    X : array of shape (n_samples, n_channels, n_times)
        Gives the length of a sample, the namespace and the device.
    inside : ndarray of bool, shape (n_bands, n_bins)
        Which bins belong to which band.
    n_window, n_segment : int
        Time points in a window and in a segment; segments overlap by a half.
    relative : bool
        Whether to divide by the power in all bins.
    precision : {"float32", "float64"}, default="float32"
        Type of the computation; what float64 gives is final.
    """

    def __init__(
        self, X, inside, n_window, n_segment, relative, *, precision="float32"
    ):
        self.xp = xp = compat.array_namespace(X)
        self.dtype = getattr(xp, precision)
        self.fft = scipy.fft if compat.is_numpy_namespace(xp) else xp.fft
        sums = (
            np.concatenate([inside, np.ones_like(inside[:1])]) if relative else inside
        )
        used = np.flatnonzero(sums.any(axis=0))
        self.bins = slice(int(used[0]), int(used[-1]) + 1)
        sums = (_multiplicity(n_segment) * sums)[:, self.bins].T
        self.sums = like(np.ascontiguousarray(sums, dtype=precision), X)
        self.taper = like(_taper(n_segment, precision), X)
        self.n_windows, self.n_window = X.shape[-1] // n_window, n_window
        self.n_segment, self.relative = n_segment, relative
        step = n_segment - n_segment // 2
        self.starts = range(0, n_window - n_segment + 1, step)
        self.bytes_per_signal = 3 * self.taper.itemsize * X.shape[-1]

    def __call__(self, signals):
        xp = self.xp
        if signals.dtype not in (xp.float32, self.dtype):
            signals = xp.astype(signals, xp.float64)
        windows = signals[:, : self.n_windows * self.n_window]
        windows = xp.reshape(windows, (-1, self.n_windows, self.n_window))
        power, size = 0.0, 0.0
        for start in self.starts:
            segments = windows[:, :, start : start + self.n_segment]
            segments = xp.reshape(segments, (-1, self.n_segment))
            tapered, part = self._tapered(segments)
            size = size + part
            spectrum = self.fft.rfft(tapered)[:, self.bins]
            squares = xp.real(spectrum) ** 2 + xp.imag(spectrum) ** 2
            power = power + squares @ self.sums
        trusted = xp.all(power >= LEAST_SHARE * size[:, None], axis=1)
        trusted &= safe_sizes(size)
        power /= len(self.starts)
        if self.relative:
            whole = xp.maximum(power[:, -1:], xp.full_like(power[:, -1:], TINY))
            power = power[:, :-1] / whole
        power = xp.reshape(power, (-1, self.n_windows, power.shape[1]))
        power = xp.permute_dims(power, (1, 2, 0))
        if self.dtype == xp.float64:
            return as_final(xp, power, signals), None
        return power, xp.all(xp.reshape(trusted, (-1, self.n_windows)), axis=1)

    def _tapered(self, segments):
        """Return centred and tapered segments, and their power."""
        xp = self.xp
        mean = xp.full_like(segments[0, :], 1 / self.n_segment)
        means = segments @ mean
        centred = xp.astype(segments - means[:, None], self.dtype, copy=False)
        # What rounding left of a large mean, which the first two bins would see.
        rest = centred @ xp.astype(mean, self.dtype, copy=False)
        centred *= self.taper
        power = xp.vecdot(centred, centred) * self.n_segment
        if xp.any(rest**2 > 1e-12 * power):
            centred -= rest[:, None] * self.taper
        return centred, power


def _multiplicity(n_segment):
    """Return how many frequencies, of either sign, each bin stands for."""
    counts = np.full(n_segment // 2 + 1, 2.0)
    counts[0] = 1
    if n_segment % 2 == 0:
        counts[-1] = 1
    return counts
