"""Energy of band-passed signals in windows, by the fastest method that is exact."""

from functools import partial
from math import log, log2, pi, sin

import numpy as np

from sklearn_emotion.features._chunks import apply_kernels
from sklearn_emotion.features._kernels import Fft, Gemm, Reference
from sklearn_emotion.features._operators import LONGEST_DENSE, padding

# Each kernel computes the signals for which the previous one was not precise enough.
KERNELS = {
    "gemm": (Gemm, partial(Gemm, cut=0.03), partial(Fft, precision="float64")),
    "fft": (Fft, partial(Fft, precision="float64")),
    "sosfiltfilt": (Reference,),
}


def check_padding(n_times, order, sfreq):
    """Check that samples are long enough for the padding of the filter.

    `n_times` is the number of time points in a sample, and `order` is the order of the
    Butterworth prototype. A sample that is too short raises a ValueError.
    """
    least = padding(order) + 1
    if n_times < least:
        raise ValueError(
            f"Samples of {n_times / sfreq:g} s ({n_times} time points at {sfreq} Hz) "
            f"are too short for the padding of a filter of order {order}, which needs "
            f"at least {least / sfreq:g} s ({least} time points)."
        )


def window_energy(X, bands, bounds, *, center, method="auto", finish=None, n_jobs=None):
    """Return the mean square of each band-passed channel in each window.

    An energy that is small relative to the energy that the filter removes may have a
    relative error above 1e-4 in float32. Such energies are computed again in a higher
    precision.

    Parameters
    ----------
    X : array of shape (n_samples, n_channels, n_times)
        Signals in a unit u, of any real type and array-API namespace.
    bands : sequence of Band
        Filters, all of the same order.
    bounds : sequence of int
        Bounds of the windows, one more than there are windows.
    center : bool
        Whether to subtract the mean of each window first, which gives the variance.
    method : {"auto", "gemm", "fft", "sosfiltfilt"}, default="auto"
        Method of the computation.
    finish : callable or None, default=None
        Function that is applied to the energies of each chunk, of any shape.
    n_jobs : int or None, default=None
        Number of threads.

    Returns
    -------
    energy : array of float32, shape (n_samples, n_windows, n_bands, n_channels)
        Energy in u², in the namespace of X. It is 0 for constant channels.

    Raises
    ------
    ValueError
        If X contains NaN or infinity, or if samples are too long for ``method="gemm"``.
    """
    bands, bounds = tuple(bands), tuple(int(bound) for bound in bounds)
    if method == "auto":
        method = _cheapest(bands, X.shape[-1], bounds)
    kernels = [partial(make, X, bands, bounds, center) for make in KERNELS[method]]
    shape = len(bounds) - 1, len(bands)
    return apply_kernels(kernels, X, shape, finish=finish, n_jobs=n_jobs)


def _cheapest(bands, n_times, bounds):
    """Choose between gemm and fft by the number of operations of each."""
    if n_times > LONGEST_DENSE:
        return "fft"
    order, sfreq = bands[0].order, bands[0].sfreq
    widths = [band.high - band.low for band in bands]
    lengths = np.diff(bounds)
    # Time × bandwidth, plus a margin for the skirts of the band and the window's edges.
    rows = sum(np.minimum(lengths, 2 * w * lengths / sfreq + 14).sum() for w in widths)
    by_gemm = 2 * n_times * rows
    decay = log(1e6) * sfreq / (pi * min(widths) * sin(pi / (2 * order)))
    n_fft = n_times + 2 * padding(order) + decay
    by_fft = (1 + len(bands)) * 2.5 * n_fft * log2(n_fft)
    # A product of matrices runs at about twelve times the speed of an FFT.
    return "gemm" if by_gemm < 12 * by_fft else "fft"
