"""Checks, logarithms and warnings that the transformers of signals share."""

from numbers import Real

import array_api_compat as compat
import numpy as np

from sklearn_emotion._described import plain
from sklearn_emotion._validation import check_shape, warn_user

AXES = ("n_samples", "n_channels", "n_times")
# Energy of a constant channel in u², so that its logarithm is finite.
LEAST_ENERGY = float(np.finfo(np.float32).tiny)


def as_signals(X):
    """Return X as an array of three axes, converted to NumPy if it is no array."""
    X = plain(X) if compat.is_array_api_obj(X) else np.asarray(X)
    check_shape(X, AXES)
    return X


def check_beat_rates(sfreq, least_sfreq, max_heart_rate, what):
    """Check the sampling rate and the highest heart rate of a search for heartbeats.

    `what` names what is searched, for the error message.
    """
    if not (isinstance(sfreq, Real) and least_sfreq <= sfreq < np.inf):
        raise ValueError(
            f"{what} need a sampling rate of at least {least_sfreq:g} Hz, got "
            f"sfreq={sfreq}."
        )
    if not (isinstance(max_heart_rate, Real) and 0 < max_heart_rate < np.inf):
        raise ValueError(
            "max_heart_rate must be a positive number of beats per minute, got "
            f"{max_heart_rate}."
        )


def floored_log(energy):
    """Return the natural logarithm of an energy, which is at least `LEAST_ENERGY`."""
    xp = compat.array_namespace(energy)
    return xp.log(xp.maximum(energy, xp.full_like(energy, LEAST_ENERGY)))


def warn_of_constants(X, values, least, consequence):
    """Warn of constant channels, whose values are the least possible ones.

    Parameters
    ----------
    X : array of shape (n_samples, n_channels, n_times)
        Signals.
    values : array of shape (n_samples, n_windows, n_bands, n_channels)
        Values computed from the signals.
    least : float
        Value of a constant channel.
    consequence : str
        Treatment of constant channels, for the message.
    """
    if 0 in values.shape:
        return
    first = np.asarray(compat.to_device(values[:, 0, 0, :], "cpu"))
    found = [
        (int(sample), int(channel))
        for sample, channel in np.argwhere(first <= least + 1e-5 * abs(least))
        if (X[sample, channel, :] == X[sample, channel, 0]).all()
    ]
    if found:
        channels = sorted({channel for _, channel in found})
        n_samples = len({sample for sample, _ in found})
        warn_user(
            f"Channels {channels} are constant in {n_samples} of {X.shape[0]} samples, "
            f"first in sample {found[0][0]}; {consequence}."
        )
