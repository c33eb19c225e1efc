"""Names of the values in the output of the transformers."""

from math import prod

import numpy as np
from sklearn.exceptions import NotFittedError


def check_named(estimator):
    """Return the shape of one input sample, or raise NotFittedError before `fit`."""
    if not hasattr(estimator, "_input_shape"):
        raise NotFittedError(
            f"Fit {type(estimator).__name__} before you ask for names of its output."
        )
    return estimator._input_shape


def index_names(shape):
    """Return a name, such as ``"0_31"``, for each value of an array of a shape."""
    return ["_".join(map(str, index)) for index in np.ndindex(*shape)]


def channel_labels(shape, input_features, owner):
    """Return a name for each channel, by default ``"ch0"``, ``"ch1"`` and so on.

    Parameters
    ----------
    shape : tuple of int
        Shape of one sample. The first axis holds the channels.
    input_features : sequence of str or None
        Names of the channels, or of all values of a sample, such as ``"Fp1_t0"``. An
        error is raised if their number is not a multiple of the number of channels.
    owner : str
        Name of the transformer, for the message.

    Returns
    -------
    labels : list of str
        One name for each channel.
    """
    n_channels, n_values = shape[0], prod(shape)
    if input_features is None:
        return [f"ch{channel}" for channel in range(n_channels)]
    names = [str(name) for name in input_features]
    if len(names) == n_channels:
        return names
    if not names or len(names) % n_channels:
        raise ValueError(
            f"{owner} takes the names of its {n_channels} channels or all {n_values} "
            f"values of a sample as input_features, got {len(names)}."
        )
    return [name.rpartition("_")[0] for name in names[:: len(names) // n_channels]]


def signal_names(shape, n_times, input_features, owner):
    """Return names such as ``"Fp1_t0"`` for `n_times` time points of each channel.

    The time changes fastest. `channel_labels` describes the other arguments.
    """
    channels = channel_labels(shape, input_features, owner)
    return np.array([f"{c}_t{t}" for c in channels for t in range(n_times)], object)


def value_names(estimator, n_windows, bands, input_features):
    """Return names such as ``"w0_theta_Fp1"`` of windows, bands and channels.

    The channel changes fastest. `estimator` is a fitted `SignalTransformer`, and
    `input_features` is passed to `channel_labels`.
    """
    shape, owner = estimator._input_shape, type(estimator).__name__
    channels = channel_labels(shape, input_features, owner)
    return np.array(
        [f"w{w}_{b}_{c}" for w in range(n_windows) for b in bands for c in channels],
        dtype=object,
    )


def baseline_name(modality):
    """Return the name of a modality's baseline.

    It is ``"baseline"`` for the EEG and, for example, ``"baseline_gsr"`` for ``"gsr"``.
    """
    return "baseline" if modality == "eeg" else f"baseline_{modality}"
