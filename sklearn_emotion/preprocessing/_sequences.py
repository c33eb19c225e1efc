"""Sequences of consecutive samples of a trial."""

from collections.abc import Mapping
from numbers import Integral

import numpy as np
import pandas as pd

from sklearn_emotion._described import channels_of, describe, rate_of
from sklearn_emotion._docs import fill_doc
from sklearn_emotion._validation import warn_user
from sklearn_emotion.modalities import Modalities
from sklearn_emotion.preprocessing._windows import time_axis

_PARAMETERS = """
X : Modalities, dict of str to array-like, or array-like
    Samples. Entries with one dimension, such as ``subject``, describe a trial.

y : array-like of shape (n_samples,) or None
    Labels or ratings of the samples.

metadata : DataFrame or dict of str to array-like
    One row for each sample, with the columns ``trial`` and ``window``, as the loaders
    and `explode_windows` make them. If there is a column ``subject``, a trial also ends
    where another subject begins.

length : int
    Number of samples in a sequence.

step : int or None
    Number of samples from the start of a sequence to the start of the next one. If
    None, sequences do not overlap. Samples that fill no sequence are dropped.

axis : int, dict of str to int, or None
    Axis of time along which the samples of a sequence are joined: -1 for signals, 1 for
    features and video. A dict gives the axis of each modality. Modalities that it does
    not name, such as ``baseline``, describe a trial. None puts the samples of all
    modalities on a new axis, which is the second.
"""


@fill_doc(_PARAMETERS)
def make_sequences(X, y, metadata, *, length, step=None, axis=None):
    """Join consecutive samples of a trial into sequences.

    3FACRNN with ``head="per_step"`` learns from such sequences [1]_: each of their
    samples has a label of its own. A sequence never contains samples of two trials, nor
    of both sides of a gap in a trial.

    Read more in the :ref:`User Guide <windows>`.

    Parameters
    ----------
    %(parameters)s

    Returns
    -------
    X_out : Modalities or ndarray
        Sequences, in the order of their first samples. Entries that describe a trial
        have the value of the first sample. Arrays that know their sampling rate and
        channels (see `SignalArray`) still know them.
    y_out : ndarray of shape (n_sequences, length) or None
        Label or rating of each sample in a sequence.
    metadata_out : DataFrame
        One row for each sequence: the row of its first sample.

    Raises
    ------
    ValueError
        If metadata have no column ``trial`` or ``window``, if the number of samples
        differs, or if no trial has enough consecutive samples.

    Warns
    -----
    UserWarning
        If trials have too few consecutive samples for a sequence.

    See Also
    --------
    explode_windows : Cuts trials into samples.

    References
    ----------
    .. [1] Y. Du, P. Li, L. Cheng, X. Zhang, M. Li and F. Li, "Attention-based 3D
       convolutional recurrent neural network model for multimodal emotion
       recognition", Frontiers in Neuroscience 17:1330077, 2024.

    Examples
    --------
    Two trials with four and three samples. The first trial gives two sequences, and the
    last sample of the second trial fills none:

    >>> import numpy as np
    >>> from sklearn_emotion.preprocessing import make_sequences
    >>> metadata = {"trial": [1, 1, 1, 1, 2, 2, 2], "window": [0, 1, 2, 3, 0, 1, 2]}
    >>> y = np.array(["low", "low", "high", "high", "low", "high", "low"])
    >>> X, y, metadata = make_sequences(np.zeros((7, 32, 256)), y, metadata, length=2)
    >>> X.shape, y.tolist()
    ((3, 2, 32, 256), [['low', 'low'], ['high', 'high'], ['low', 'high']])

    With an axis of time, signals stay signals:

    >>> metadata = {"trial": [1, 1, 2, 2], "window": [0, 1, 0, 1]}
    >>> signals = np.zeros((4, 32, 256))
    >>> make_sequences(signals, None, metadata, length=2, axis=-1)[0].shape
    (2, 32, 512)
    """
    step = length if step is None else step
    for name, value in {"length": length, "step": step}.items():
        is_number = isinstance(value, Integral) and not isinstance(value, bool)
        if not is_number or value < 1:
            raise ValueError(f"{name} must be a positive whole number, got {value!r}.")
    given = dict(X) if isinstance(X, Mapping) else {"X": X}
    arrays = {name: np.asarray(array) for name, array in given.items()}
    metadata = pd.DataFrame(metadata).reset_index(drop=True)
    y = None if y is None else np.asarray(y)
    sizes = {name: len(array) for name, array in arrays.items()}
    sizes |= {"metadata": len(metadata)} | ({} if y is None else {"y": len(y)})
    if len(set(sizes.values())) > 1:
        raise ValueError(f"X, y and metadata must have the same samples, got {sizes}.")
    rows = _rows(metadata, length, step)
    axes = axis if isinstance(axis, Mapping) else dict.fromkeys(arrays, axis)
    if not set(axes) <= set(arrays):
        raise ValueError(
            f"axis names {sorted(set(axes) - set(arrays))}, but X contains "
            f"{list(arrays)}."
        )
    out = {
        name: _joined(array, rows, axes[name], name)
        if array.ndim > 1 and name in axes
        else array[rows[:, 0]]
        for name, array in arrays.items()
    }
    out = {name: _described(array, given[name]) for name, array in out.items()}
    return (
        Modalities(**out) if isinstance(X, Mapping) else out["X"],
        None if y is None else y[rows],
        metadata.iloc[rows[:, 0]].reset_index(drop=True),
    )


def _rows(metadata, length, step):
    """Return the rows of each sequence, of shape (n_sequences, length)."""
    missing = [name for name in ("trial", "window") if name not in metadata]
    if missing:
        raise ValueError(
            "make_sequences needs metadata with the columns 'trial' and 'window' to "
            f"find consecutive samples, got {list(metadata.columns)}."
        )
    keys = [name for name in ("subject", "trial") if name in metadata]
    sequences, n_short, n_trials = [], 0, 0
    windows = metadata["window"].to_numpy()
    for trial in metadata.groupby(keys, dropna=False).indices.values():
        # Samples of a trial, in the order of time.
        trial = trial[np.argsort(windows[trial], kind="stable")]
        if (np.diff(windows[trial]) == 0).any():
            raise ValueError(
                "Two samples have the same trial and window in metadata. If trials of "
                "several subjects or sessions have the same numbers, make their values "
                "in 'trial' different."
            )
        found = [
            run[start : start + length]
            for run in np.split(trial, np.flatnonzero(np.diff(windows[trial]) != 1) + 1)
            for start in range(0, len(run) - length + 1, step)
        ]
        sequences += found
        n_short += not found
        n_trials += 1
    if not sequences:
        raise ValueError(
            f"No trial has {length} consecutive samples: lower length, or keep the "
            "samples in between."
        )
    if n_short:
        warn_user(
            f"{n_short} of {n_trials} trials have fewer than {length} consecutive "
            "samples and are in no sequence."
        )
    rows = np.array(sequences)
    return rows[np.argsort(rows[:, 0], kind="stable")]


def _described(sequences, samples):
    """Return sequences that know the rate and the names of their samples."""
    names = channels_of(samples)
    if names is not None and len(names) not in sequences.shape[1:]:
        names = None  # Several samples were joined along the axis of the channels.
    return describe(sequences, rate_of(samples), names)


def _joined(array, rows, axis, name):
    """Return sequences of an array, on a new axis or joined along an axis."""
    sequences = array[rows]  # (n_sequences, length, ...)
    if axis is None:
        return sequences
    axis = time_axis(array, axis, name)
    shape = list(array.shape)
    shape[0], shape[axis] = len(rows), rows.shape[1] * shape[axis]
    return np.moveaxis(sequences, 1, axis).reshape(shape)
