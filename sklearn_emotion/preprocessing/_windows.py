"""Windows of trials, and samples from windows."""

from collections.abc import Mapping
from numbers import Real

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view

from sklearn_emotion._base import Interval, SignalTransformer, StrOptions
from sklearn_emotion._described import describe_like
from sklearn_emotion._docs import fill_doc
from sklearn_emotion._names import channel_labels, check_named
from sklearn_emotion._validation import check_window, to_samples
from sklearn_emotion.features._docs import CHANNEL_NAMES
from sklearn_emotion.modalities import Modalities
from sklearn_emotion.preprocessing._docs import WINDOWS

_PARAMETERS = """
X : Modalities, dict of str to ndarray, or ndarray
    Trials. Entries with one dimension, such as ``subject``, and entries without a
    `rate` describe a trial and are repeated for each of its samples.

metadata : DataFrame
    One row per trial. If there is no column ``trial``, a column with the number of the
    trial is added.

rate : float or dict of str to float
    Number of entries per second along the axis of time: the sampling rate of signals,
    or 2 for features in windows of 0.5 s. A dict gives the rate of each modality, and a
    float applies to all modalities of two or more dimensions.

axis : int, dict of str to int, or None
    Axis of time: -1 for signals, 1 for features and video. A dict gives the axis of
    each modality. None is allowed for arrays that do not have three dimensions, and
    means axis 1. Arrays of three dimensions may be signals or features.
"""


@fill_doc(CHANNEL_NAMES, WINDOWS)
class WindowSlicer(SignalTransformer):
    """Cut signals into windows, along a new axis.

    The number of samples does not change, because a step of a pipeline must keep it.
    Use `explode_windows` to turn windows into samples.

    Read more in the :ref:`User Guide <windows>`.

    Parameters
    ----------
    %(parameters)s

    Attributes
    ----------
    %(sfreq_)s

    %(n_features_in_)s

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
        "sfreq": [Interval(Real, 0, None, closed="neither"), StrOptions({"auto"})],
        "window": [Interval(Real, 0, None, closed="neither")],
        "step": [Interval(Real, 0, None, closed="neither"), None],
    }

    _keeps_channels = True

    def __init__(self, *, sfreq="auto", window=2.0, step=None):
        self.sfreq = sfreq
        self.window = window
        self.step = step

    def get_feature_names_out(self, input_features=None):
        """Return a name for each output value, in the order of the flattened sample.

        Parameters
        ----------
        %(input_features)s

        Returns
        -------
        names : ndarray of str
            Names such as ``"w0_Fp1_t0"``.
        """
        shape = check_named(self)
        length, step = self._lengths(shape[1])
        channels = channel_labels(shape, input_features, "WindowSlicer")
        n_windows = (shape[1] - length) // step + 1
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

    def _sfreq_out(self, sfreq):
        return sfreq

    def _transform(self, X):
        length, step = self._lengths(X.shape[2])
        windows = sliding_window_view(X, length, axis=2)[:, :, ::step]
        out = np.empty((len(X), windows.shape[2], X.shape[1], length), np.float32)
        out[...] = windows.swapaxes(1, 2)
        return out


@fill_doc(WINDOWS, _PARAMETERS)
def explode_windows(X, metadata=None, *, window, rate, step=None, axis=None):
    """Turn windows of trials into samples, for signals and for features of trials.

    Features of whole trials, such as the differential entropy of 60 s in 120 windows,
    have no edge effects within a trial. This function cuts them into samples
    afterwards.

    Read more in the :ref:`User Guide <windows>`.

    Parameters
    ----------
    %(parameters)s

    Returns
    -------
    X_out : Modalities or ndarray
        Samples, in the order of the trials. The axis of time has ``window * rate``
        entries.
    metadata_out : DataFrame
        One row per sample: the row of the trial, with the number of the window in
        ``window`` and its start in seconds in ``onset``. If these columns exist, they
        are continued within each trial.

    Raises
    ------
    ValueError
        If a window is longer than the trials or not a whole number of entries, if the
        modalities give different numbers of samples, or if `axis` is not given for an
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
    given = dict(X) if isinstance(X, Mapping) else {"X": X}
    arrays = {name: np.asarray(array) for name, array in given.items()}
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
            "All modalities must give the same number of samples per trial, got "
            f"{counts}. Check rate and axis."
        )
    n_windows = next(iter(counts.values()))
    out = {
        name: describe_like(
            _cut(array, *cuts[name])
            if name in cuts
            else np.repeat(array, n_windows, axis=0),
            given[name],
        )
        for name, array in arrays.items()
    }
    stride = float(window if step is None else step)
    metadata = _exploded_metadata(metadata, n_windows, stride)
    return (Modalities(**out) if isinstance(X, Mapping) else out["X"]), metadata


def _plan(arrays, window, rate, step, axis):
    """Return how each modality is cut.

    The values are the number of windows, their length and stride in entries, and the
    axis of time.
    """
    timed = [name for name, array in arrays.items() if array.ndim >= 2]
    rates = rate if isinstance(rate, Mapping) else dict.fromkeys(timed, rate)
    unknown = sorted(set(rates) - set(timed))
    if unknown or not rates:
        raise ValueError(
            f"rate names {unknown or 'no modality'}, but the modalities with an axis "
            f"of time are {timed}."
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
        along = time_axis(array, 1 if along is None else along, name)
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


def time_axis(array, axis, name):
    """Return the axis of time counted from the start, after checking that it exists."""
    if not (0 < axis < array.ndim or 1 - array.ndim <= axis < 0):
        raise ValueError(f"{name!r} of shape {array.shape} has no axis {axis} of time.")
    return axis % array.ndim


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
