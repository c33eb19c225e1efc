"""Which windows of EEG can be used, judged by simple properties of each channel."""

from numbers import Real

import numpy as np
import pandas as pd

from sklearn_emotion._docs import fill_doc
from sklearn_emotion._validation import check_finite, check_shape, warn_user
from sklearn_emotion.features._peripheral import is_clipped, is_flat

# The spectrum is compared in this range around the mains frequency, in Hz.
_WIDTH = 1.0
# Drift below this frequency in Hz does not count as power.
_LOWEST = 1.0
# EEG that is this small, peak to peak, in all windows is not in microvolts.
_LEAST = 0.01


@fill_doc()
def window_quality(
    X, sfreq, *, flat=0.5, largest=500.0, mains=50.0, line_share=0.5, most_bad=0.25
):
    """Judge whether each window of EEG can be used.

    A channel is bad in a window if it is flat, saturated, implausibly large, or mostly
    line noise. A window is good if few of its channels are bad. Nothing is learned from
    other windows.

    Read more in the :ref:`User Guide <artifacts>`.

    Parameters
    ----------
    X : array of shape (n_samples, n_channels, n_times)
        Windows in µV.
    sfreq : float
        Sampling rate of the windows in Hz.
    flat : float, default=0.5
        A channel whose range in the window is smaller than this, in µV, is flat.
    largest : float, default=500.0
        A channel whose range in the window is larger than this, in µV, is implausible.
    mains : float or None, default=50.0
        Mains frequency in Hz. If it is None, or if the sampling rate is too low for
        it, no channel counts as line noise.
    line_share : float, default=0.5
        A channel is line noise if more than this share of its power above 1 Hz is
        within 1 Hz of the mains frequency.
    most_bad : float, default=0.25
        Largest share of bad channels in a good window.

    Returns
    -------
    quality : pandas.DataFrame of n_samples rows
        ``good`` (bool), and the number of channels that are ``flat``, ``saturated``
        (the signal stays at its largest or smallest value), ``implausible`` and
        ``line_noise``.

    Raises
    ------
    ValueError
        If `X` has another shape or contains NaN, or a parameter is out of range.

    Warns
    -----
    UserWarning
        If the signals are so small that they are probably in volts.

    See Also
    --------
    ArtifactRejecter : Learns the limits of each channel from the data.

    Examples
    --------
    >>> from sklearn_emotion import window_quality
    >>> from sklearn_emotion.datasets import make_emotion
    >>> dataset = make_emotion(n_subjects=2, n_trials=2, random_state=0)
    >>> dataset.data["eeg"][4, :16] = 0.0
    >>> quality = window_quality(dataset.data["eeg"], dataset.sfreq["eeg"])
    >>> quality.loc[4].to_dict()
    {'good': False, 'flat': 16, 'saturated': 0, 'implausible': 0, 'line_noise': 0}
    >>> dataset.metadata["good"] = quality["good"].to_numpy()
    >>> len(dataset), len(dataset.select("good"))
    (12, 11)
    """
    _check_parameters(sfreq, flat, largest, mains, line_share, most_bad)
    X = np.asarray(X)
    check_shape(X, ("n_samples", "n_channels", "n_times"))
    if not X.size:
        raise ValueError(f"X must not be empty, got the shape {X.shape}.")
    counts, ranges = [], []
    # One window at a time, because X may be a memory map that is larger than memory.
    for number in range(len(X)):
        window = np.asarray(X[number], dtype=np.float64)
        check_finite(window[np.newaxis], f"leave out window {number} or interpolate it")
        span = np.ptp(window, axis=1)
        is_flat_here = is_flat(window) | (span < flat)
        is_line = _is_line_noise(window, sfreq, mains, line_share)
        found = {
            "flat": is_flat_here,
            "saturated": is_clipped(window) & ~is_flat_here,
            "implausible": span > largest,
            "line_noise": is_line & ~is_flat_here,
        }
        n_bad = np.any(list(found.values()), axis=0).sum()
        row = {name: int(channels.sum()) for name, channels in found.items()}
        counts.append({"good": bool(n_bad <= most_bad * len(window)), **row})
        ranges.append(span.max())
    if 0 < max(ranges) < _LEAST:
        warn_user(
            f"The largest range of a channel is {max(ranges):.2g} µV. The signals are "
            "probably in volts: multiply them by 1e6."
        )
    return pd.DataFrame(counts)


def _check_parameters(sfreq, flat, largest, mains, line_share, most_bad):
    limits = {
        "sfreq": (sfreq, 0, np.inf),
        "flat": (flat, 0, np.inf),
        "largest": (largest, 0, np.inf),
        "mains": (1.0 if mains is None else mains, 0, np.inf),
        "line_share": (line_share, 0, 1),
        "most_bad": (most_bad, 0, 1),
    }
    for name, (value, low, high) in limits.items():
        inside = isinstance(value, Real) and low <= value <= high
        if not inside or (value == 0 and name in ("sfreq", "largest", "mains")):
            raise ValueError(
                f"{name} must be a number from {low} to {high}, got {value!r}."
            )
    if flat >= largest:
        raise ValueError(
            f"flat={flat} must be smaller than largest={largest}, both in µV."
        )


def _is_line_noise(window, sfreq, mains, line_share):
    """Return which channels have most of their power at the mains frequency."""
    n_channels, n_times = window.shape
    if mains is None or mains + _WIDTH >= sfreq / 2:
        return np.zeros(n_channels, dtype=bool)
    taper = np.hanning(n_times)
    power = np.abs(np.fft.rfft((window - window.mean(axis=1)[:, None]) * taper)) ** 2
    freqs = np.fft.rfftfreq(n_times, 1 / sfreq)
    near = np.abs(freqs - mains) <= max(_WIDTH, 2 * sfreq / n_times)
    whole = power[:, freqs >= _LOWEST].sum(axis=1)
    return power[:, near].sum(axis=1) > line_share * whole
