"""What the transformers of signals share: input, names of the output, floors."""

from warnings import warn

import array_api_compat as compat
import numpy as np
from sklearn.exceptions import NotFittedError

from sklearn_emotion._validation import check_shape

AXES = ("n_samples", "n_channels", "n_times")
# Energy of a constant channel, so that its logarithm is finite: in u².
LEAST_ENERGY = float(np.finfo(np.float32).tiny)


def as_signals(X):
    """Return X as an array of three axes, of NumPy's where it is of no library's."""
    X = X if compat.is_array_api_obj(X) else np.asarray(X)
    check_shape(X, AXES)
    return X


def floored_log(energy):
    """Return the natural logarithm of an energy, which is at least `LEAST_ENERGY`."""
    xp = compat.array_namespace(energy)
    return xp.log(xp.maximum(energy, xp.full_like(energy, LEAST_ENERGY)))


def warn_of_constants(X, values, least, consequence):
    """Warn of channels that are constant, whose values are the least there are.

    Parameters
    ----------
    X : array of shape (n_samples, n_channels, n_times)
        Signals.
    values : array of shape (n_samples, n_windows, n_bands, n_channels)
        What was computed of them.
    least : float
        The value of a constant channel.
    consequence : str
        What was done about them, for the message.
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
        warn(
            f"Channels {channels} are constant in {n_samples} of {X.shape[0]} samples, "
            f"first in sample {found[0][0]}; {consequence}.",
            UserWarning,
            stacklevel=3,
        )


def check_named(estimator):
    """Return the shape of the samples that a transformer was fitted to.

    Parameters
    ----------
    estimator : SignalTransformer
        Transformer whose output is to be named.

    Returns
    -------
    shape : tuple of int
        Shape of a sample.

    Raises
    ------
    NotFittedError
        If it is not fitted.
    """
    if not hasattr(estimator, "_input_shape"):
        raise NotFittedError(
            f"Fit {type(estimator).__name__} to name the values of its output."
        )
    return estimator._input_shape


def channels_among(names, shape, owner):
    """Return names of channels from these, or from names of all values of signals.

    Parameters
    ----------
    names : sequence of str
        Names of the channels, or of all values of a sample, such as ``"Fp1_t0"``.
    shape : tuple of int
        Shape of a sample, (n_channels, n_times).
    owner : str
        Name of the transformer, for the message.

    Returns
    -------
    channels : list of str
        One name for each channel.

    Raises
    ------
    ValueError
        If the number of names is another.
    """
    n_channels, n_times = shape
    names = [str(name) for name in names]
    if len(names) == n_channels:
        return names
    if len(names) != n_channels * n_times:
        raise ValueError(
            f"{owner} takes the names of its {n_channels} channels or all "
            f"{n_channels * n_times} values of a sample as input_features, got "
            f"{len(names)}."
        )
    return [name.rpartition("_")[0] for name in names[::n_times]]


def value_names(estimator, n_windows, bands, input_features):
    """Return names such as ``"w0_theta_Fp1"``, windows first and channels last.

    Parameters
    ----------
    estimator : SignalTransformer
        Fitted; says how many channels there are.
    n_windows : int
        Number of windows.
    bands : iterable of str
        Names of the bands.
    input_features : sequence of str or None
        Names of the channels, or of all values of an input sample.

    Returns
    -------
    names : ndarray of str
        One for each value of a sample.
    """
    shape = estimator._input_shape
    if input_features is None:
        channels = [f"ch{c}" for c in range(shape[0])]
    else:
        channels = channels_among(input_features, shape, type(estimator).__name__)
    return np.array(
        [
            f"w{w}_{band}_{channel}"
            for w in range(n_windows)
            for band in bands
            for channel in channels
        ],
        dtype=object,
    )
