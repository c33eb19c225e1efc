"""Checks of shapes, units and modalities, with the text of each error message.

Messages use seconds, hertz and channels, which are the units of the public signatures.
"""

import sys
import warnings
from collections.abc import Mapping
from math import floor
from numbers import Real

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import assert_all_finite, check_array
from sklearn.utils.validation import column_or_1d

from sklearn_emotion._frames import stored
from sklearn_emotion.montage import MONTAGES

# The largest caps have 256 electrodes, and MEG about 300 sensors.
MAX_CHANNELS = 512
# A cap of 256 electrodes has 4 channels per time point in 0.5 s at 128 Hz.
MAX_CHANNELS_PER_TIME = 5


def is_mapping(X):
    """Return whether X maps names to arrays, which a ``dok_array`` does not."""
    return isinstance(X, Mapping) and not hasattr(X, "dtype")


def warn_user(message, category=UserWarning):
    """Issue a warning at the first caller outside this package and its frameworks."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and _is_inside(frame):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


def _is_inside(frame):
    module = frame.f_globals.get("__name__", "")
    return module.partition(".")[0] in (
        "sklearn_emotion",
        "sklearn",
        "skorch",
        "joblib",
    )


def n_samples_of(X):
    """Return the number of samples of an array, a table, a list or a mapping."""
    if is_mapping(X) and not hasattr(X, "shape"):
        X = next(iter(X.values()))
    return X.shape[0] if hasattr(X, "shape") else len(X)


def float_types(X):
    """Return the float types that `check_array` may convert an array to.

    Whole numbers of 32 bits or more and numbers in the other byte order become float64
    if float32 cannot hold them: a large offset would take away the digits of a signal.
    """
    dtype = getattr(X, "dtype", None)
    if isinstance(dtype, np.dtype) and not np.can_cast(dtype, np.float32):
        return np.float64
    return [np.float32, np.float64]


def encode_classes(y, owner):
    """Return the sorted classes of the labels y, and the index of each label's class.

    Raise an error in the name of `owner` if there is only one class. The indices have
    the shape of y.
    """
    classes, codes = np.unique(y, return_inverse=True)
    if len(classes) < 2:
        raise ValueError(
            f"{owner} needs at least two classes in y, got one class: "
            f"{classes.tolist()[0]!r} in all {len(y)} samples."
        )
    return classes, codes.reshape(y.shape)


def check_groups(groups, name="groups"):
    """Return groups of samples as an array with one axis, whose values can be sorted.

    Raise an error that calls the groups `name` if a sample has none, or if some groups
    are text and others are numbers.
    """
    from pandas import isna  # Fits without groups do not need pandas.

    missing = np.atleast_1d(isna(np.asarray(groups)))
    if missing.any():
        samples = np.unique(np.nonzero(missing)[0])
        raise ValueError(
            f"{name} is missing in {len(samples)} of {len(missing)} samples, first in "
            f"sample {samples[0]}. Pass the group of each sample, or leave these "
            "samples out."
        )
    groups = column_or_1d(groups)
    try:
        np.unique(groups)
    except TypeError:
        kinds = sorted({type(group).__name__ for group in groups.tolist()})
        raise ValueError(
            f"{name} must contain values of one type, got {' and '.join(kinds)}. "
            "Convert them, for example with astype(str)."
        ) from None
    return groups


def check_container(X, owner):
    """Check that X, or each entry of a mapping, is an array whose values all count.

    It must be dense, without masked values, and no part of MNE's Epochs. Raise an error
    in the name of `owner`. scikit-learn selects samples of an object without ``shape``
    one by one, so cross-validation turns Epochs into a list of them.
    """
    for x in stored(X).values() if is_mapping(X) else [X]:
        if issparse(x):
            raise TypeError(
                f"{owner} does not support sparse input, got {type(x).__name__} of "
                f"shape {x.shape}. Pass a dense array, such as X.toarray()."
            )
        if isinstance(x, np.ma.MaskedArray) and np.ma.getmaskarray(x).any():
            raise ValueError(
                f"{owner} would use the masked values of a masked array, and "
                f"{np.ma.count_masked(x)} of {x.size} values are masked. Drop these "
                "samples or interpolate them, or pass X.data if the values are valid."
            )
        part = x[0] if isinstance(x, (list, tuple)) and len(x) else x
        kind = type(part).__name__
        if part is not x and hasattr(part, "get_data"):
            given = f"a list of {kind}, as cross-validation makes it of {kind}"
        elif hasattr(x, "get_data") and not hasattr(x, "__len__"):
            given = f"an object of type {kind}"
        else:
            continue
        raise ValueError(
            f"{owner} needs an array, got {given}. Pass the array of the Epochs, in "
            'microvolts: epochs.get_data(units="uV").'
        )


def check_numbers(x, name, owner, remedy="drop these samples or interpolate them"):
    """Return an array of finite real numbers with at least one value per sample.

    Objects become float64 if they are numbers. Other dtypes stay what they are. Raise
    an error that names the array and its `owner` otherwise. `remedy` is what the user
    can do about NaN, or None if NaN is allowed.
    """
    check_container(x, owner)
    x = x if hasattr(x, "dtype") else np.asarray(x)
    if x.dtype.kind == "c":
        raise ValueError(
            f"Complex data not supported: {name} of {owner} has the dtype {x.dtype}. "
            "Pass real numbers, such as the real part or the magnitude."
        )
    if x.dtype.kind not in "biufO":
        raise ValueError(
            f"{name} of {owner} must contain numbers, got the dtype {x.dtype}."
        )
    check_not_empty(x, owner)
    x = check_array(
        x,
        dtype="numeric",
        ensure_2d=False,
        allow_nd=True,
        ensure_all_finite="allow-nan" if remedy is None else False,
        input_name=name,
        estimator=owner,
    )
    if remedy is not None:
        check_finite(x, remedy, name=name)
    return x


def single_signal(X, owner):
    """Return X if it is an array, or the only signal of a mapping.

    Entries with fewer than two dimensions, such as ``subject``, describe the samples
    and are not signals. Raise an error in the name of `owner` unless there is exactly
    one signal.
    """
    check_container(X, owner)
    if not is_mapping(X):
        return X
    arrays = stored(X)
    signals = [key for key, value in arrays.items() if np.ndim(value) >= 2]
    if len(signals) == 1:
        return arrays[signals[0]]
    given = f"X holds the signals {signals}" if signals else "X holds no signal"
    example = signals[0] if signals else "eeg"
    raise ValueError(
        f"{owner} works on one array, but {given}. Pass one signal, as in "
        f'X["{example}"], or name it in make_modality_transformer({example}=...).'
    )


def require_keys(X, keys, owner, *, optional=()):
    """Check that X is a mapping with the modalities `keys`, which `owner` needs.

    The error message also names the modalities that are `optional`.
    """
    check_container(X, owner)
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
    """Check the number of axes of X, and the size of each axis given as a number.

    `axes` holds the name or the size of each axis. `owner` describes X in the message.
    """
    shape = np.shape(X)
    sizes_fit = len(shape) == len(axes) and all(
        isinstance(want, str) or want == got for want, got in zip(axes, shape)
    )
    if not sizes_fit:
        expected = f"({', '.join(map(str, axes))}{',' if len(axes) == 1 else ''})"
        raise ValueError(
            f"Expected {owner or 'X'} of shape {expected}, got {shape}."
            f"{reshape_hint(shape, len(axes))}"
        )


def check_not_empty(X, owner):
    """Check that no axis of X is empty, except for the axis of the samples."""
    shape = tuple(X.shape)
    if 0 in shape[1:]:
        raise ValueError(
            f"Found array with 0 feature(s) (shape={shape}) while a minimum of 1 is "
            f"required by {owner}: axis {shape.index(0, 1)} is empty."
        )


def reshape_hint(shape, n_axes):
    """Return what to do about an array with too few axes, for the end of a message."""
    if len(shape) >= n_axes:
        return ""
    if len(shape) == n_axes - 1:
        return " Reshape your data: a single sample becomes a batch by X[np.newaxis]."
    return f" Reshape your data to {n_axes} axes."


def warn_of_swapped_axes(X):
    """Warn if signals (n_samples, n_channels, n_times) seem to have swapped axes."""
    _, n_channels, n_times = X.shape
    limit = min(max(n_times, MAX_CHANNELS), MAX_CHANNELS_PER_TIME * n_times)
    if n_channels > limit:
        warn_user(
            f"X has the shape {tuple(X.shape)}: axis 1 is read as {n_channels} "
            f"channels and the last axis as {n_times} time points. If these axes are "
            "swapped, pass X.transpose(0, 2, 1)."
        )


def check_finite(X, remedy, axes=None, name="X"):
    """Check that X has no NaN or infinity, and name the position of the first one.

    Parameters
    ----------
    X : ndarray of float of shape (n_samples, ...)
        Array to check.
    remedy : str
        What the user can do, for the end of the message.
    axes : sequence of (str or int), default=None
        Name of each axis, such as ``"n_channels"``, for the position in the message. An
        axis that is only known by its size is called by its number.
    name : str, default="X"
        Name of the array, for the message.
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
            names = [
                axis.removeprefix("n_").removesuffix("s")
                if isinstance(axis, str)
                else f"axis {number}:"
                for number, axis in enumerate(axes[1:], 1)
            ]
            place = "".join(f", {name} {i}" for name, i in zip(names, index))
            place = place.replace(", time ", ", time point ")
        raise ValueError(
            f"{name} contains {kind} in {rows.sum()} of {len(X)} samples, first in "
            f"sample {sample}{place}: {remedy}."
        ) from None


def check_positive_definite(X, owner):
    """Raise an error if some covariances are not positive definite.

    Parameters
    ----------
    X : ndarray of float64
        Covariances of shape (n_samples, n_bands, n_channels, n_channels).
    owner : str
        Name of the class that needs them, for the message.
    """
    n_channels = X.shape[2]
    # Rounding moves the eigenvalues of a matrix by up to this share of their sum.
    rounding = n_channels * np.finfo(np.float64).eps
    trace = np.trace(X, axis1=2, axis2=3)
    shifted = X - (rounding * trace)[..., None, None] * np.eye(n_channels)
    try:
        np.linalg.cholesky(shifted)
        return
    except np.linalg.LinAlgError:
        lowest = np.linalg.eigvalsh(shifted)[..., 0]
    samples, bands = np.nonzero(lowest <= 0)
    if len(samples) == 0:
        return
    names = np.unique(samples)
    some = ", ".join(map(str, names[:5])) + (", ..." if len(names) > 5 else "")
    raise ValueError(
        f"{owner} needs covariances that are positive definite, but those of "
        f"{len(names)} of {len(X)} samples ({some}) are not, the first in band "
        f"{bands[0]}. Some channels of these samples are constant or are sums of other "
        "channels, for example after an average reference. Use BandCovariances with "
        "estimator='oas', or leave out one such channel, or samples that are constant "
        "in all channels."
    )


def check_n_channels(n_channels, expected, owner, ch_names=None):
    """Check the number of channels.

    Parameters
    ----------
    n_channels : int
        Number of channels in the data.
    expected : int
        Number of channels that `owner` expects.
    owner : str
        Name of the estimator, for the message.
    ch_names : str or sequence of str, default=None
        Name of the montage, or names of the channels, that the expected number follows
        from. The message then explains how to pass other names.
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
    """Return frequency bands with their edges as floats, in Hz.

    Raise an error if there is no band, or if the edges of a band do not satisfy
    0 < low < high < sfreq / 2.
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
    """Return a duration in seconds as a number of samples, at least one.

    Raise an error if the duration is not a whole number of samples. The message calls
    the duration `what` and gives the nearest value that is allowed.
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
    """Return the number of samples in a window.

    Raise an error if the window is not a whole number of samples, or if it is longer
    than the data.

    Parameters
    ----------
    window : float or None
        Length of the window in seconds. None stands for all `n_times`.
    sfreq : float
        Rate of the signals in Hz.
    n_times : int
        Size of the time axis.
    what : str, default="window"
        Name of the parameter, for the message.
    shape : tuple of int, default=None
        Shape of the data, for the message.
    axis : int, default=-1
        Position of the time axis, for the message.
    """
    if n_times < 1:
        raise ValueError(
            "The samples have no time points"
            + ("." if shape is None else f": X has the shape {tuple(shape)}.")
        )
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
            message += f"; X has the shape {tuple(shape)}, and {along} is the time axis"
        raise ValueError(f"{message}.")
    return n_samples


def missing_extra(what, packages, extra):
    """Return the ImportError for `packages` of an extra, which `what` needs."""
    return ImportError(
        f'{what} needs {packages}: pip install "sklearn_emotion[{extra}]".'
    )
