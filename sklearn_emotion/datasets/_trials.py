"""Cut trials of different lengths into windows, and report what is left out."""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from sklearn_emotion._files import to_float32
from sklearn_emotion._names import baseline_name
from sklearn_emotion._validation import to_samples, warn_user
from sklearn_emotion.datasets._home import listing
from sklearn_emotion.datasets._recordings import subtract_template
from sklearn_emotion.datasets._windows import plan_windows

_PLANNED = "planned_windows"


@dataclass
class Trial:
    """One trial as stored in its file.

    Parameters
    ----------
    signals : dict of str to ndarray of shape (..., n_times)
        Signals by modality.
    info : dict
        Values of the trial in the metadata.
    rests : dict of str to ndarray of shape (..., n_rest)
        Signals before the trial, all equally long. Empty if there are none.
    start : float, default=0.0
        Start of the signals in the trial, in seconds.
    duration : float or None, default=None
        Length in seconds. If None, the length of the shortest signal.
    readers : dict of str to callable
        Functions for modalities that are read window by window. Each function takes
        onsets in the trial, in seconds, and returns an array of shape (n_windows, ...)
        and whether there is data for each window, as an array of bool.
    path : pathlib.Path or None, default=None
        File of the trial, for error messages.
    is_there : callable or None, default=None
        Function that takes onsets and returns whether the readers have data for each
        window, as an array of bool. Other windows are left out without being read.
    """

    signals: dict
    info: dict
    rests: dict = field(default_factory=dict)
    start: float = 0.0
    duration: float | None = None
    readers: dict = field(default_factory=dict)
    path: object = None
    is_there: object = None


def find_runs(codes):
    """Return where each run of equal codes starts and where it stops."""
    edges = np.flatnonzero(np.diff(codes)) + 1
    return list(pairwise([0, *edges.tolist(), len(codes)]))


def cut_trials(
    trials,
    *,
    rates,
    shapes,
    window,
    step,
    columns,
    baseline="drop",
    rest=0.0,
    window_shapes=None,
):
    """Cut trials into windows, and leave out windows with NaN.

    If the rests become modalities, all windows of a trial with NaN in its rest are left
    out.

    Parameters
    ----------
    trials : iterable of Trial
        Trials. Those shorter than a window are left out.
    rates : dict of str to float
        Rate of each modality in Hz.
    shapes : dict of str to tuple
        Shape of the signal of each modality without the last axis, which is time.
    window, step : float or None
        Parameters of the loaders.
    columns : list of str
        Keys of `info`.
    baseline : {"drop", "keep", "template", "modality"}, default="drop"
        How to use the rests.
    rest : float, default=0.0
        Length of the rests in seconds, if they become modalities.
    window_shapes : dict of str to (tuple, str), default=None
        Shape and type of a window of each modality with a reader.

    Returns
    -------
    arrays, columns : dict of str to ndarray, dict of str to ndarray
        Results of one part for :func:`~sklearn_emotion.datasets._cache.load_parts`.
    """
    plan_windows(window, window, step, rates)
    lengths = {name: to_samples(window, rate) for name, rate in rates.items()}
    # Begin with empty arrays of the right shape, for subjects without any sample.
    arrays = {
        name: [np.empty((0, *shapes[name], length), np.float32)]
        for name, length in lengths.items()
    }
    for name, (shape, dtype) in (window_shapes or {}).items():
        arrays[name] = [np.empty((0, *shape), dtype)]
    names = [*columns, "window", "onset", _PLANNED]
    table = {name: [np.empty(0, bool)] for name in names}
    if baseline == "modality":
        for name, rate in rates.items():
            empty = np.empty((0, *shapes[name], to_samples(rest, rate)), np.float32)
            arrays[baseline_name(name)] = [empty]
    for trial in trials:
        signals, lead = _apply_baseline(trial, rates, baseline)
        duration = trial.duration
        if duration is None:
            duration = min(signals[name].shape[-1] / rates[name] for name in rates)
        if duration < window:
            continue
        windows = plan_windows(duration, window, step, rates)
        onsets = trial.start - lead + windows.onsets
        number = np.arange(len(windows))
        if trial.is_there is not None:
            number = number[trial.is_there(onsets)]
        cut = {name: windows.cut(signals[name], name)[number] for name in rates}
        axes = {name: tuple(range(1, array.ndim)) for name, array in cut.items()}
        whole = [np.isfinite(array).all(axis=axes[n]) for n, array in cut.items()]
        for name, read in trial.readers.items():
            cut[name], has_data = read(onsets[number])
            whole.append(has_data)
        whole = np.all(whole, axis=0)
        if baseline == "modality":
            whole &= all(np.isfinite(trial.rests[name]).all() for name in rates)
        n_whole, number = int(whole.sum()), number[whole]
        for name, array in cut.items():
            owner = f"{trial.path}: {name}"
            is_signal = name in rates
            chosen = array[whole]
            arrays[name].append(to_float32(chosen, owner) if is_signal else chosen)
            if baseline == "modality" and is_signal:
                before = to_float32(trial.rests[name], owner)[np.newaxis]
                before = np.repeat(before, n_whole, axis=0)
                arrays[baseline_name(name)].append(before)
        for name in columns:
            table[name].append(np.full(n_whole, trial.info[name]))
        table["window"].append(number)
        table["onset"].append(onsets[number])
        table[_PLANNED].append(np.full(n_whole, len(windows)))
    stacked = {name: np.concatenate(parts) for name, parts in arrays.items()}
    return stacked, {name: np.concatenate(parts) for name, parts in table.items()}


def _apply_baseline(trial, rates, baseline):
    """Return the signals after using their rests, and the length of the added rest."""
    if baseline == "keep":
        first = next(iter(rates))
        lead = trial.rests[first].shape[-1] / rates[first]
        whole = {
            name: np.concatenate([trial.rests[name], trial.signals[name]], axis=-1)
            for name in rates
        }
        return whole, lead
    if baseline == "template":
        subtracted = {
            name: subtract_template(trial.signals[name], trial.rests[name], int(rate))
            for name, rate in rates.items()
        }
        return subtracted, 0.0
    return trial.signals, 0.0


def report_gaps(
    title,
    folder,
    columns,
    expected,
    describe,
    *,
    reasons="they are absent, shorter than a window, or contain NaN",
    also=(),
    hole="hold NaN",
):
    """Warn of trials without any sample and of windows with NaN.

    Parameters
    ----------
    title : str
        Name of the data set.
    folder : pathlib.Path
        Its folder.
    columns : dict of str to ndarray
        Columns that were loaded. The number of windows in each trial is removed from
        them.
    expected : sequence of int
        Numbers of all trials.
    describe : callable
        Function that returns the name of a trial from its number.
    reasons : str
        Reasons why a trial may have no sample.
    also : sequence of str, default=()
        Names of other things that are missing.
    hole : str, default="hold NaN"
        Reason why a window may be left out.

    Returns
    -------
    missing : list of str
        Names of trials without a sample and of other things that are missing.
    """
    planned = columns.pop(_PLANNED)
    present, first, counts = np.unique(
        columns["trial"], return_index=True, return_counts=True
    )
    if not len(present):
        raise ValueError(
            f"{title} in {folder}: no trial holds a window without NaN, because "
            f"{reasons}."
        )
    seen = set(present.tolist())
    missing = [describe(trial) for trial in expected if trial not in seen]
    n_dropped = int((planned[first] - counts).sum())
    notes = []
    if missing:
        notes.append(
            f"{len(missing)} of {len(expected)} trials have no sample, because "
            f"{reasons}: {listing(missing)}"
        )
    if also:
        notes.append(f"{listing(list(also))} are missing")
    if n_dropped:
        notes.append(f"{n_dropped} windows that {hole} are left out")
    if notes:
        warn_user(f"{title}: {'; '.join(notes)}.")
    return [*missing, *also]
