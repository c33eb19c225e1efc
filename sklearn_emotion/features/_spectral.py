"""Differential entropy and power in frequency bands."""

import warnings
from numbers import Integral, Real

import numpy as np
from scipy.signal import welch

from sklearn_emotion._base import Interval, SignalTransformer, StrOptions
from sklearn_emotion._validation import check_bands, check_window, to_samples
from sklearn_emotion.features._filterbank import (
    bandpass,
    check_padding,
    window_energy,
)

DE_BANDS = {
    "theta": (4.0, 7.0),
    "alpha": (8.0, 13.0),
    "beta": (14.0, 30.0),
    "gamma": (31.0, 50.0),
}
POWER_BANDS = {
    "theta": (4.0, 8.0),
    "slow_alpha": (8.0, 10.0),
    "alpha": (8.0, 12.0),
    "beta": (12.0, 30.0),
    "gamma": (30.0, 45.0),
}
# The entropy of a constant channel would be minus infinity.
LEAST_ENERGY = np.finfo(np.float32).tiny


def differential_entropy(X, sfreq=128.0, *, bands=None, window=0.5, order=5):
    bands = check_bands(DE_BANDS if bands is None else bands, sfreq)
    n_times = X.shape[-1]
    length = check_window(window, sfreq, n_times)
    check_padding(n_times, order, sfreq)
    sections = [bandpass(*edges, order, sfreq) for edges in bands.values()]
    bounds = np.arange(n_times // length + 1) * length
    energy = window_energy(X, sections, bounds, centre=True)
    warn_constant(X, energy)
    return (0.5 * np.log(2 * np.pi * np.e * np.float64(energy))).astype(np.float32)


def warn_constant(X, energy):
    flat = np.argwhere((X == X[..., :1]).all(axis=-1))
    for sample, channel in flat:
        energy[sample, :, :, channel] = 0
    np.maximum(energy, LEAST_ENERGY, out=energy)
    if len(flat):
        warnings.warn(
            f"Channel {flat[0][1]} of sample {flat[0][0]} is constant "
            f"({len(flat)} in all).",
            UserWarning,
            stacklevel=3,
        )


class DifferentialEntropy(SignalTransformer):
    """Differential entropy of each channel in each frequency band.

    Parameters
    ----------
    sfreq : float, default=128.0
        Sampling rate in Hz.

    bands : dict of str to (float, float), default=None
        Band name to its edges in Hz. If None, θ 4–7, α 8–13, β 14–30, γ 31–50 Hz.

    window : float or None, default=0.5
        Length of a window in s; None takes the whole sample.

    order : int, default=5
        Order of the Butterworth band-pass.

    method : {"auto", "gemm", "fft", "sosfiltfilt"}, default="auto"
        How the numbers are computed; all agree.

    n_jobs : int, default=None
        Number of threads.
    """

    _parameter_constraints: dict = {
        "sfreq": [Interval(Real, 0, None, closed="neither")],
        "bands": [dict, None],
        "window": [Interval(Real, 0, None, closed="neither"), None],
        "order": [Interval(Integral, 1, None, closed="left")],
        "method": [StrOptions({"auto", "gemm", "fft", "sosfiltfilt"})],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        *,
        sfreq=128.0,
        bands=None,
        window=0.5,
        order=5,
        method="auto",
        n_jobs=None,
    ):
        self.sfreq = sfreq
        self.bands = bands
        self.window = window
        self.order = order
        self.method = method
        self.n_jobs = n_jobs

    def _check(self, X):
        check_bands(DE_BANDS if self.bands is None else self.bands, self.sfreq)
        check_window(self.window, self.sfreq, X.shape[-1])
        check_padding(X.shape[-1], self.order, self.sfreq)

    def _transform(self, X):
        return differential_entropy(
            X, self.sfreq, bands=self.bands, window=self.window, order=self.order
        )


def band_power(
    X,
    sfreq=128.0,
    *,
    bands=None,
    window=3.0,
    segment=None,
    log=False,
    relative=False,
):
    bands = check_bands(POWER_BANDS if bands is None else bands, sfreq)
    n, n_channels, n_times = X.shape
    length = check_window(window, sfreq, n_times)
    nperseg = length if segment is None else to_samples(segment, sfreq, "segment")
    T = n_times // length
    cut = X[..., : T * length].reshape(n, n_channels, T, length)
    freqs, psd = welch(cut, fs=sfreq, nperseg=nperseg)
    step = freqs[1]
    inside = [(freqs >= low) & (freqs < high) for low, high in bands.values()]
    power = np.stack([psd[..., mask].sum(-1) * step for mask in inside], axis=-1)
    if relative:
        power /= psd.sum(-1)[..., None] * step
    power = power.transpose(0, 2, 3, 1)
    if log:
        power = np.log(np.maximum(power, LEAST_ENERGY))
    return power.astype(np.float32)


class BandPower(SignalTransformer):
    """Power of each channel in each frequency band.

    Parameters
    ----------
    sfreq : float, default=128.0
        Sampling rate in Hz.

    bands : dict of str to (float, float), default=None
        Band name to its edges in Hz. If None, θ 4–8, slow α 8–10, α 8–12, β 12–30,
        γ 30–45 Hz.

    window : float or None, default=3.0
        Length of a window in s; None takes the whole sample.

    segment : float or None, default=None
        Length of a Welch segment in s; None takes the whole window.

    log : bool, default=False
        Whether to return the natural logarithm.

    relative : bool, default=False
        Whether to divide by the total power.

    n_jobs : int, default=None
        Number of threads.
    """

    _parameter_constraints: dict = {
        "sfreq": [Interval(Real, 0, None, closed="neither")],
        "bands": [dict, None],
        "window": [Interval(Real, 0, None, closed="neither"), None],
        "segment": [Interval(Real, 0, None, closed="neither"), None],
        "log": ["boolean"],
        "relative": ["boolean"],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        *,
        sfreq=128.0,
        bands=None,
        window=3.0,
        segment=None,
        log=False,
        relative=False,
        n_jobs=None,
    ):
        self.sfreq = sfreq
        self.bands = bands
        self.window = window
        self.segment = segment
        self.log = log
        self.relative = relative
        self.n_jobs = n_jobs

    def _check(self, X):
        check_bands(POWER_BANDS if self.bands is None else self.bands, self.sfreq)
        check_window(self.window, self.sfreq, X.shape[-1])

    def _transform(self, X):
        return band_power(
            X,
            self.sfreq,
            bands=self.bands,
            window=self.window,
            segment=self.segment,
            log=self.log,
            relative=self.relative,
        )
