"""From trials to windows, and from trials to samples."""

from collections.abc import Mapping
from numbers import Real

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.exceptions import NotFittedError

from sklearn_emotion._base import Interval, SignalTransformer
from sklearn_emotion._validation import check_window, to_samples
from sklearn_emotion.modalities import Modalities
from sklearn_emotion.preprocessing._signals import channel_labels


class WindowSlicer(SignalTransformer):
    """Cut signals into windows, along a new axis.

    The number of samples stays, as it must inside a pipeline; `explode_windows` turns
    windows into samples.

    Read more in the :ref:`User Guide <windows>`.

    Parameters
    ----------
    sfreq : float, default=128.0
        Sampling rate in Hz.

    window : float, default=2.0
        Length of a window in s.

    step : float, default=None
        From the start of a window to that of the next in s; None is `window`, without
        overlap. What does not fill a window is dropped.

    Attributes
    ----------
    n_features_in_ : int
        Number of channels.

    See Also
    --------
    explode_windows : Makes a sample of each window.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import WindowSlicer
    >>> X = np.zeros((5, 32, 640))
    >>> WindowSlicer(window=2.0).fit_transform(X).shape
    (5, 2, 32, 256)
    >>> WindowSlicer(window=2.0, step=1.0).fit_transform(X).shape
    (5, 4, 32, 256)
    """

    _parameter_constraints: dict = {
        "sfreq": [Interval(Real, 0, None, closed="neither")],
        "window": [Interval(Real, 0, None, closed="neither")],
        "step": [Interval(Real, 0, None, closed="neither"), None],
    }

    def __init__(self, *, sfreq=128.0, window=2.0, step=None):
        self.sfreq = sfreq
        self.window = window
        self.step = step

    def get_feature_names_out(self, input_features=None):
        """Return a name for each output value, in the order of the flattened sample.

        Parameters
        ----------
        input_features : sequence of str, default=None
            Names of the channels, or of all values of an input sample.

        Returns
        -------
        names : ndarray of str
            Such as ``"w0_Fp1_t0"``.
        """
        if not hasattr(self, "_input_shape"):
            raise NotFittedError("Fit WindowSlicer to name the values of its output.")
        n_channels, n_times = self._input_shape
        length, step = self._lengths(n_times)
        channels = channel_labels(n_channels, input_features, "WindowSlicer")
        n_windows = (n_times - length) // step + 1
        return np.array(
            [
                f"w{w}_{channel}_t{t}"
                for w in range(n_windows)
                for channel in channels
                for t in range(length)
            ],
            dtype=object,
        )

    def _lengths(self, n_times):
        length = check_window(self.window, self.sfreq, n_times)
        if self.step is None:
            return length, length
        return length, to_samples(self.step, self.sfreq, "step")

    def _check(self, X):
        self._lengths(X.shape[2])

    def _transform(self, X):
        length, step = self._lengths(X.shape[2])
        windows = sliding_window_view(X, length, axis=2)[:, :, ::step]
        out = np.empty((len(X), windows.shape[2], X.shape[1], length), np.float32)
        out[...] = windows.swapaxes(1, 2)
        return out


def explode_windows(X, metadata=None, *, window, rate, step=None, axis=None):
    """Turn trials into samples, for signals and for features of whole trials.

    Features of whole trials, the differential entropy of 60 s in 120 windows say, have
    no edges within the trial; this cuts them into samples afterwards.

    Read more in the :ref:`User Guide <windows>`.

    Parameters
    ----------
    X : Modalities, dict of str to ndarray, or ndarray
        Trials. Entries with one dimension (``subject``, say), and those without a
        `rate`, describe a trial and are repeated for each of its samples.
    metadata : DataFrame, default=None
        One row a trial. Without a column ``trial`` there will be one that numbers them.
    window : float
        Length of a sample in s.
    rate : float or dict of str to float
        Entries per second along the axis of time, in Hz: the sampling rate of signals,
        1/0.5 for features in windows of 0.5 s. With a dict, by modality; without, for
        all modalities of two or more dimensions.
    step : float, default=None
        From the start of a sample to that of the next in s; None is `window`, without
        overlap. What does not fill a sample is dropped.
    axis : int or dict of str to int, default=None
        Axis of time: -1 for signals, 1 for features and video; with a dict, by
        modality. Arrays of three dimensions may be either, and have to be told; the
        others are cut along axis 1.

    Returns
    -------
    X_out : Modalities or ndarray
        Samples, those of a trial in a row. The axis of time has ``window * rate``
        entries.
    metadata_out : DataFrame
        One row a sample: the trial's row, ``window`` counted on within it, ``onset`` in
        s moved on.

    Raises
    ------
    ValueError
        If a window is longer than the trials or no whole number of entries, the
        modalities hold different numbers of samples, or `axis` is not given for an
        array of three dimensions.

    See Also
    --------
    WindowSlicer : Windows along a new axis, inside a pipeline.

    Examples
    --------
    Two trials of 60 s in samples of 2 s:

    >>> import numpy as np
    >>> import pandas as pd
    >>> from sklearn_emotion import DifferentialEntropy, Modalities, explode_windows
    >>> trials = np.random.default_rng(0).normal(size=(2, 3, 60 * 128))
    >>> samples, _ = explode_windows(trials, window=2.0, rate=128.0, axis=-1)
    >>> samples.shape
    (60, 3, 256)

    Their differential entropy in windows of 0.5 s, in samples of 2 s:

    >>> features = DifferentialEntropy(window=0.5).fit_transform(trials)
    >>> X = Modalities(eeg=features, subject=np.array(["s01", "s02"]))
    >>> metadata = pd.DataFrame({"trial": ["s01_1", "s02_1"], "valence": [7.0, 2.0]})
    >>> X, metadata = explode_windows(X, metadata, window=2.0, rate=2.0)
    >>> X["eeg"].shape
    (60, 4, 4, 3)
    >>> metadata.iloc[31]
    trial      s02_1
    valence      2.0
    window         1
    onset        2.0
    Name: 31, dtype: object
    """
    arrays = dict(X) if isinstance(X, Mapping) else {"X": X}
    arrays = {name: np.asarray(array) for name, array in arrays.items()}
    n_trials = len(next(iter(arrays.values())))
    if metadata is None:
        metadata = pd.DataFrame(index=range(n_trials))
    if len(metadata) != n_trials:
        raise ValueError(
            f"metadata has {len(metadata)} rows, but X has {n_trials} trials."
        )
    if "trial" not in metadata:
        metadata = metadata.assign(trial=np.arange(n_trials))
    cuts = _plan(arrays, window, rate, window if step is None else step, axis)
    counts = {name: n for name, (n, _, _, _) in cuts.items()}
    if len(set(counts.values())) != 1:
        raise ValueError(
            "Every modality must hold the same number of samples a trial, got "
            f"{counts}; check rate and axis."
        )
    n_windows = next(iter(counts.values()))
    out = {
        name: _cut(array, *cuts[name])
        if name in cuts
        else np.repeat(array, n_windows, axis=0)
        for name, array in arrays.items()
    }
    stride = float(window if step is None else step)
    metadata = _exploded_metadata(metadata, n_windows, stride)
    return (Modalities(**out) if isinstance(X, Mapping) else out["X"]), metadata


def _plan(arrays, window, rate, step, axis):
    # Number of samples, their length and stride in entries, and the axis of time.
    timed = [name for name, array in arrays.items() if array.ndim >= 2]
    rates = rate if isinstance(rate, Mapping) else dict.fromkeys(timed, rate)
    unknown = sorted(set(rates) - set(timed))
    if unknown or not rates:
        raise ValueError(
            f"rate names {unknown or 'no modality'}; X holds {timed} with an axis of "
            "time."
        )
    cuts = {}
    for name, hertz in rates.items():
        array = arrays[name]
        along = axis.get(name) if isinstance(axis, Mapping) else axis
        if along is None and array.ndim == 3:
            cure = "axis=-1" if len(arrays) == 1 else f"axis={{{name!r}: -1}}"
            raise ValueError(
                f"{name!r} of shape {array.shape} may be signals, whose time is the "
                f"last axis, or features, whose time is axis 1: pass {cure} or "
                f"{cure.replace('-1', '1')}."
            )
        along = 1 if along is None else along
        if not (0 < along < array.ndim or 1 - array.ndim <= along < 0):
            raise ValueError(
                f"{name!r} of shape {array.shape} has no axis {along} of time."
            )
        along %= array.ndim
        length = check_window(
            window,
            hertz,
            array.shape[along],
            f"window of {name!r}",
            shape=array.shape,
            axis=along,
        )
        stride = to_samples(step, hertz, f"step of {name!r}")
        n_windows = (array.shape[along] - length) // stride + 1
        cuts[name] = (n_windows, length, stride, along)
    return cuts


def _cut(array, n_windows, length, stride, axis):
    windows = sliding_window_view(array, length, axis=axis)
    windows = np.moveaxis(windows, axis, 1)[:, ::stride]
    windows = np.moveaxis(windows, -1, axis + 1)
    out = np.empty(windows.shape, dtype=array.dtype)
    out[...] = windows
    return out.reshape(len(array) * n_windows, *out.shape[2:])


def _exploded_metadata(metadata, n_windows, stride):
    number = np.tile(np.arange(n_windows), len(metadata))
    rows = np.repeat(np.arange(len(metadata)), n_windows)
    out = metadata.iloc[rows].reset_index(drop=True)
    first = out["window"] * n_windows if "window" in out else 0
    onset = out.get("onset", 0.0) + number * stride
    return out.assign(window=first + number, onset=onset)
