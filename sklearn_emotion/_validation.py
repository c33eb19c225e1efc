"""Every error message about shapes, units and modalities, once.

Messages speak of seconds, hertz and channels: the units of the public signatures.
"""

from collections.abc import Mapping
from math import floor
from numbers import Real
from warnings import warn

import numpy as np
from sklearn.utils import assert_all_finite

from sklearn_emotion.montage import MONTAGES

# The largest caps have 256 electrodes, and MEG about 300 sensors.
MAX_CHANNELS = 512
# A cap of 256 electrodes in windows of half a second at 128 Hz has 4.
MAX_CHANNELS_PER_TIME = 5


def is_mapping(X):
    """Whether X maps names to arrays; SciPy's ``dok_array`` is a dict, but does not."""
    return isinstance(X, Mapping) and not hasattr(X, "dtype")


def single_signal(X, owner):
    """Return the array to work on from an array or a mapping with one signal.

    Parameters
    ----------
    X : array-like or mapping of str to ndarray
        Signals. Entries of fewer than two dimensions (``subject``, say) describe
        samples and are not signals.
    owner : str
        Name of the estimator, for the message.

    Returns
    -------
    X : array-like
        The array itself, or the mapping's only signal.

    Raises
    ------
    ValueError
        If the mapping holds no signal or several.
    """
    if not is_mapping(X):
        return X
    signals = [key for key, value in X.items() if np.ndim(value) >= 2]
    if len(signals) == 1:
        return X[signals[0]]
    given = f"X holds the signals {signals}" if signals else "X holds no signal"
    example = signals[0] if signals else "eeg"
    raise ValueError(
        f"{owner} works on one array, but {given}. Pass one of them, as in "
        f'X["{example}"], or name it in make_modality_transformer({example}=...).'
    )


def require_keys(X, keys, owner, *, optional=()):
    """Check that X is a mapping that holds the modalities an estimator needs.

    Parameters
    ----------
    X : mapping of str to ndarray
        Modalities.
    keys : sequence of str
        Modalities that must be there.
    owner : str
        Name of the estimator, for the message.
    optional : sequence of str, default=()
        Modalities that may be there, named in the message.

    Raises
    ------
    ValueError
        If X is no mapping, or lacks a key.
    """
    extra = f" (and optionally {_quoted(optional)})" if optional else ""
    needs = f"{owner} needs the modalities {_quoted(keys)}{extra}"
    if not is_mapping(X):
        call = ", ".join(f"{key}=..." for key in keys)
        got = f"an array of shape {np.shape(X)}"
        raise ValueError(f"{needs}, got {got}. Pass Modalities({call}).")
    missing = [key for key in keys if key not in X]
    if missing:
        raise ValueError(f"{needs}; missing {_quoted(missing)}, got {_quoted(X)}.")


def _quoted(keys):
    return ", ".join(repr(str(key)) for key in keys) or "none"


def check_shape(X, axes, owner=None):
    """Check the number of dimensions, and the size of those given as numbers.

    Parameters
    ----------
    X : ndarray
        Array to check.
    axes : sequence of str or int
        Name of each axis, or its required size.
    owner : str, default=None
        What the array is, for the message.

    Raises
    ------
    ValueError
        If the shape is another one.
    """
    shape = np.shape(X)
    sizes_fit = len(shape) == len(axes) and all(
        isinstance(want, str) or want == got for want, got in zip(axes, shape)
    )
    if not sizes_fit:
        expected = f"({', '.join(map(str, axes))}{',' if len(axes) == 1 else ''})"
        raise ValueError(f"Expected {owner or 'X'} of shape {expected}, got {shape}.")


def warn_of_swapped_axes(X):
    """Warn if signals seem to have their time points where channels belong.

    Parameters
    ----------
    X : array of shape (n_samples, n_channels, n_times)
        Signals.
    """
    _, n_channels, n_times = X.shape
    limit = min(max(n_times, MAX_CHANNELS), MAX_CHANNELS_PER_TIME * n_times)
    if n_channels > limit:
        warn(
            f"X has the shape {tuple(X.shape)}: axis 1 is taken for {n_channels} "
            f"channels and the last axis for {n_times} time points. If they are "
            "swapped, pass X.transpose(0, 2, 1).",
            stacklevel=5,
        )


def check_finite(X, remedy, axes=None):
    """Check that there is no NaN or infinity, and say where the first one is.

    Parameters
    ----------
    X : ndarray of shape (n_samples, ...)
        Array of floats.
    remedy : str
        What to do, for the message.
    axes : sequence of str, default=None
        Name of each axis, such as ``"n_channels"``.

    Raises
    ------
    ValueError
        If a value is NaN or infinite.
    """
    try:
        assert_all_finite(X)
    except ValueError:
        missing = np.isnan(X)
        kind = "NaN" if missing.any() else "infinity"
        missing = missing if kind == "NaN" else np.isinf(X)
        rows = missing.reshape(len(X), -1).any(axis=1)
        sample = int(rows.argmax())
        index = np.argwhere(missing[sample])[0].tolist()
        if axes is None:
            place = f", index {tuple(index)}" if index else ""
        else:
            names = [axis.removeprefix("n_").removesuffix("s") for axis in axes[1:]]
            place = "".join(f", {name} {i}" for name, i in zip(names, index))
            place = place.replace(", time ", ", time point ")
        raise ValueError(
            f"X contains {kind} in {rows.sum()} of {len(X)} samples, first in sample "
            f"{sample}{place}: {remedy}."
        ) from None


def check_rate(X, sfreq, owner):
    """Check a sampling rate against the one that the data know, as MNE's do.

    Parameters
    ----------
    X : array-like
        Signals, with or without ``X.info["sfreq"]``.
    sfreq : float
        Sampling rate in Hz that is assumed.
    owner : str
        Who assumes it, for the message.

    Raises
    ------
    ValueError
        If the rates differ.
    """
    info = getattr(X, "info", None)
    rate = info.get("sfreq") if isinstance(info, Mapping) else None
    if rate is not None and not np.isclose(rate, sfreq, rtol=1e-4):
        raise ValueError(
            f"X was sampled at {rate:g} Hz, says X.info, but {owner} has sfreq="
            f"{sfreq:g}. Pass sfreq={rate:g}, or resample X to {sfreq:g} Hz."
        )


def check_n_channels(n_channels, expected, owner, ch_names=None):
    """Check that the data have as many channels as names or earlier data.

    Parameters
    ----------
    n_channels : int
        Channels in the data.
    expected : int
        Channels that should be there.
    owner : str
        Who expects them, for the message.
    ch_names : str or sequence of str, default=None
        Parameter that the number comes from: a montage's name or channel names.

    Raises
    ------
    ValueError
        If the numbers differ.
    """
    if n_channels == expected:
        return
    message = f"X has {n_channels} channels, but {owner} expects {expected}"
    if ch_names is not None:
        is_montage = isinstance(ch_names, str)
        given = repr(ch_names) if is_montage else f"a list of {expected} names"
        message += (
            f", because ch_names is {given}. Pass ch_names=[...] with the names of the "
            "channels in the order of X, or the montage that holds them in this order: "
            f"one of {sorted(MONTAGES)}"
        )
    raise ValueError(f"{message}.")


def check_bands(bands, sfreq):
    """Check frequency bands against the sampling rate.

    Parameters
    ----------
    bands : mapping of str to (float, float)
        Band name to its edges in Hz.
    sfreq : float
        Sampling rate in Hz.

    Returns
    -------
    bands : dict of str to (float, float)
        The same, as floats.

    Raises
    ------
    ValueError
        If there is no band, or one's edges do not satisfy 0 < low < high < sfreq / 2.
    """
    if not bands:
        raise ValueError("bands must hold at least one band, got none.")
    checked = {}
    for name, edges in bands.items():
        try:
            low, high = (float(edge) for edge in edges)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"Band {name!r} must be a pair of edges in Hz, got {edges!r}."
            ) from error
        if not 0 < low < high < sfreq / 2:
            raise ValueError(
                f"Band {name!r} is ({low}, {high}) Hz; edges must satisfy "
                f"0 < low < high < {sfreq / 2} Hz (half of sfreq={sfreq})."
            )
        checked[name] = (low, high)
    return checked


def to_samples(seconds, sfreq, what="window"):
    """Return a duration as a whole number of samples.

    Parameters
    ----------
    seconds : float
        Duration in s.
    sfreq : float
        Sampling rate in Hz.
    what : str, default="window"
        Name of the duration, for the message.

    Returns
    -------
    n_samples : int
        Number of samples, at least one.

    Raises
    ------
    ValueError
        If the duration is not a whole number of samples; the message names the
        nearest one that is.
    """
    if not isinstance(seconds, Real) or not np.isfinite(seconds) or seconds <= 0:
        raise ValueError(f"{what} must be a positive number of seconds, got {seconds}.")
    exact = seconds * sfreq
    n_samples = max(floor(exact + 0.5), 1)
    if abs(exact - n_samples) > 1e-6 * max(exact, 1.0):
        raise ValueError(
            f"{what}={seconds} s is {exact:g} samples at {sfreq} Hz, which is not a "
            f"whole number; the nearest is {what}={n_samples / sfreq!r} s "
            f"({n_samples} samples)."
        )
    return n_samples


def check_window(window, sfreq, n_times, what="window", *, shape=None, axis=-1):
    """Return a window's length in samples, no longer than the sample.

    Parameters
    ----------
    window : float or None
        Duration in s; None takes the whole sample.
    sfreq : float
        Sampling rate in Hz.
    n_times : int
        Entries of a sample along the axis of time.
    what : str, default="window"
        Name of the duration, for the message.
    shape : tuple of int, default=None
        Shape of the array, for the message.
    axis : int, default=-1
        Axis of time, for the message.

    Returns
    -------
    n_samples : int
        Entries in a window.

    Raises
    ------
    ValueError
        If the window is longer than the sample or no whole number of entries.
    """
    if window is None:
        return n_times
    n_samples = to_samples(window, sfreq, what)
    if n_samples > n_times:
        message = (
            f"{what}={window} s is longer than the sample of {n_times / sfreq:g} s "
            f"({n_times} entries along time at {sfreq:g} Hz)"
        )
        if shape is not None:
            last = axis in (-1, len(shape) - 1)
            along = "its last axis" if last else f"axis {axis}"
            message += f"; X has the shape {tuple(shape)}, and {along} is that of time"
        raise ValueError(f"{message}.")
    return n_samples


def missing_extra(what, packages, extra):
    """Return the error for a package of an extra that is not installed.

    Parameters
    ----------
    what : str
        What needs it, as the subject of a sentence.
    packages : str
        The package, or several in words.
    extra : str
        Name of the extra.

    Returns
    -------
    error : ImportError
        Says what to install.
    """
    return ImportError(
        f'{what} needs {packages}: pip install "sklearn_emotion[{extra}]".'
    )
