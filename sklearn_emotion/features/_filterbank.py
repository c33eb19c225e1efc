"""Energy of band-passed signals in windows."""

from functools import lru_cache

import numpy as np
from scipy.signal import butter, sosfiltfilt


@lru_cache(maxsize=64)
def bandpass(low, high, order, sfreq):
    """Return the second-order sections of a Butterworth band-pass.

    Parameters
    ----------
    low, high : float
        Edges in Hz.
    order : int
        Order of the Butterworth prototype.
    sfreq : float
        Sampling rate in Hz.

    Returns
    -------
    sos : ndarray of shape (order, 6)
        Second-order sections, as for :func:`scipy.signal.sosfilt`.
    """
    return butter(order, (low, high), btype="bandpass", fs=sfreq, output="sos")


def padding(order):
    """Return the samples that ``sosfiltfilt`` appends at each end by default."""
    return 3 * (2 * order + 1)


def check_padding(n_times, order, sfreq):
    """Check that samples are long enough for the filter's padding.

    Parameters
    ----------
    n_times : int
        Time points in a sample.
    order : int
        Order of the Butterworth prototype.
    sfreq : float
        Sampling rate in Hz.

    Raises
    ------
    ValueError
        If a sample is too short.
    """
    least = padding(order) + 1
    if n_times < least:
        raise ValueError(
            f"Samples of {n_times / sfreq:g} s ({n_times} time points at {sfreq} Hz) "
            f"are too short for the padding of a filter of order {order}, which needs "
            f"at least {least / sfreq:g} s ({least} time points)."
        )


def window_energy(X, sections, bounds, *, centre):
    """Mean square of each band-passed channel in each window.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_channels, n_times)
        Signals in u.
    sections : sequence of ndarray of shape (order, 6)
        One band-pass filter per band.
    bounds : ndarray of shape (n_windows + 1,)
        Where windows begin and end, in samples.
    centre : bool
        Whether to subtract the mean of each window first (the variance).

    Returns
    -------
    energy : ndarray of float32, shape (n_samples, n_windows, n_bands, n_channels)
        Energy in u².
    """
    shape = (len(X), len(bounds) - 1, len(sections), X.shape[1])
    energy = np.empty(shape, dtype=np.float32)
    for sample, out in zip(X, energy):
        sample = np.asarray(sample, dtype=np.float64)
        for b, sos in enumerate(sections):
            filtered = sosfiltfilt(sos, sample)
            for w, (start, stop) in enumerate(zip(bounds[:-1], bounds[1:])):
                part = filtered[:, start:stop]
                out[w, b] = part.var(axis=1) if centre else (part**2).mean(axis=1)
    return energy
