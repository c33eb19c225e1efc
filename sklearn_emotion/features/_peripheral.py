"""Base class of the transformers that describe a peripheral signal by one row.

A subclass computes its measures from whole signals and from the bounds of windows. An
event, such as a response or a breath, belongs to the window that contains its peak.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from numbers import Real

import numpy as np
from scipy.signal import butter, periodogram, sosfiltfilt
from sklearn.utils import check_array

from sklearn_emotion._base import Interval, SignalTransformer, StrOptions
from sklearn_emotion._docs import fill_doc
from sklearn_emotion._names import channel_labels, check_named
from sklearn_emotion._validation import check_window, warn_user
from sklearn_emotion.features._docs import CHANNEL_NAMES, SIGNALS
from sklearn_emotion.features._measure_choice import chosen

# A signal is clipped if at least this share of its values equals an extreme value, and
# if this extreme is this many times as frequent as a value is on average. The second
# condition spares slow signals that a recorder stored in a few steps.
CLIPPED_SHARE = 0.05
CLIPPED_EXCESS = 10.0
# Values that a transformer holds in memory at a time.
BLOCK_VALUES = 1 << 20
# Standard deviation of a normal distribution, in median absolute deviations.
NORMAL_MAD = 1.4826

GROUPS = """
measures : str or sequence of str
    Names of measures or of groups, or ``"all"``. The output has them in this order.
"""

# The authors of DEAP use ten bands up to 2.4 Hz for slow signals.
DEAP_BANDS = {
    f"power_{0.24 * i:.2f}_{0.24 * (i + 1):.2f}": (0.24 * i, 0.24 * (i + 1))
    for i in range(10)
}
STATISTICS = ("mean", "std", "min", "max", "range", "slope")


@dataclass
class SignalAnnotation:
    """What a transformer found in one signal.

    Attributes
    ----------
    events : dict of str to ndarray of shape (n_events,)
        Times of events in seconds from the start of the signal.
    components : dict of str to ndarray of shape (n_times,)
        Signals at the rate of the original, in its unit.
    """

    events: dict = field(default_factory=dict)
    components: dict = field(default_factory=dict)


@fill_doc(SIGNALS, CHANNEL_NAMES)
class PeripheralFeatures(SignalTransformer):
    """Base class of transformers that return one row of measures for each sample.

    A subclass defines `_groups` and `_describe`. It may override `_unusable`, to add
    reasons why a signal cannot be used, and `_annotate`, to show what it found.

    Its first parameters are `sfreq`, `window` and `measures`.
    """

    _parameter_constraints: dict = {
        "sfreq": [Interval(Real, 0, None, closed="neither"), StrOptions({"auto"})],
        "window": [Interval(Real, 0, None, closed="neither"), None],
        "measures": [str, list, tuple],
    }

    # Names of groups of measures, mapped to the measures. "all" stands for every
    # measure of any group.
    _groups: dict = {}

    def _describe(self, X, bounds, names):
        """Return measures of windows.

        Parameters
        ----------
        X : ndarray of float64 of shape (n, n_times)
            Whole signals.
        bounds : ndarray of int of shape (n_windows + 1,)
            First time point of each window, and the end of the last one.
        names : list of str
            The measures that are needed.

        Returns
        -------
        values : dict of str to ndarray of shape (n, n_windows)
            At least the measures in `names`. NaN where a window does not define a
            measure.
        """
        raise NotImplementedError

    def _unusable(self, X):
        """Return why signals cannot be used.

        Parameters
        ----------
        X : ndarray of float64 of shape (n, n_times)
            Whole signals.

        Returns
        -------
        reasons : dict of str to ndarray of bool of shape (n,)
            Word for the reason, such as ``"flat"``, and which signals it concerns.
        """
        return {"flat": is_flat(X), "clipped": is_clipped(X)}

    def annotate(self, signal):
        """Return what the measures of one signal are computed from.

        :class:`~sklearn_emotion.inspection.SignalDisplay` draws the result.

        Parameters
        ----------
        signal : array-like of shape (n_times,)
            One channel of one sample.

        Returns
        -------
        annotation : SignalAnnotation
            Events, such as peaks, and components, such as the tonic level.
        """
        signal = check_array(
            np.reshape(signal, (1, -1)), dtype=np.float64, estimator=type(self).__name__
        )
        self._check(signal[:, None])
        return self._annotate(signal)

    def _annotate(self, signal):
        """Return the annotation of a signal of shape (1, n_times), in float64."""
        return SignalAnnotation()

    def _names(self):
        every = list(dict.fromkeys(sum(self._groups.values(), ())))
        given = [self.measures] if isinstance(self.measures, str) else self.measures
        if given == ["all"]:
            return every
        names = []
        for name in given:
            names += self._groups.get(name, (name,))
        return chosen(list(dict.fromkeys(names)), every)

    def valid(self, X):
        """Return which samples have a usable signal on every channel.

        Parameters
        ----------
        %(X)s

        Returns
        -------
        mask : ndarray of bool of shape (n_samples,)
            False if a signal is flat or clipped, or has another fault that the notes of
            the class name.
        """
        X = self._validated(X, reset=False)
        reasons = self._unusable(X.reshape(-1, X.shape[-1]).astype(np.float64))
        bad = np.logical_or.reduce(list(reasons.values()))
        return ~bad.reshape(X.shape[:2]).any(axis=1)

    def get_feature_names_out(self, input_features=None):
        """Return a name for each column of the output.

        Parameters
        ----------
        %(input_features)s

        Returns
        -------
        names : ndarray of str
            Names such as ``"mean_ch0"``, or ``"w0_mean_ch0"`` if there are windows.
        """
        shape = check_named(self)
        channels = channel_labels(shape, input_features, type(self).__name__)
        names = [f"{name}_{channel}" for name in self._names() for channel in channels]
        if self.window is not None:
            n_windows = shape[-1] // check_window(self.window, self.sfreq, shape[-1])
            names = [f"w{w}_{name}" for w in range(n_windows) for name in names]
        return np.array(names, dtype=object)

    def _check(self, X):
        self._names()
        length = check_window(self.window, self.sfreq, X.shape[-1], shape=X.shape)
        if length < 2:
            raise ValueError(
                f"{type(self).__name__} needs windows of at least 2 time points, got "
                f"{length}."
            )

    def _transform(self, X):
        n_samples, n_channels, n_times = X.shape
        length = check_window(self.window, self.sfreq, n_times)
        bounds = np.arange(0, n_times + 1, length)
        names, n_windows = self._names(), len(bounds) - 1
        rows = X.reshape(-1, n_times)
        values = np.empty((len(rows), n_windows, len(names)))
        reasons = {}
        size = max(1, BLOCK_VALUES // n_times)
        for start in range(0, len(rows), size):
            part = rows[start : start + size].astype(np.float64)
            with np.errstate(divide="ignore", invalid="ignore"):
                found = self._describe(part, bounds, names)
            for i, name in enumerate(names):
                values[start : start + size, :, i] = found[name]
            for reason, mask in self._unusable(part).items():
                reasons.setdefault(reason, []).append(mask)
        shape = (n_samples, n_channels)
        self._warn_of_unusable(
            {r: np.concatenate(m) for r, m in reasons.items()}, shape
        )
        values = values.reshape(*shape, n_windows, len(names)).transpose(0, 2, 3, 1)
        return values.reshape(n_samples, -1).astype(X.dtype)

    def _warn_of_unusable(self, reasons, shape):
        found = []
        for reason, mask in reasons.items():
            if mask.any():
                sample, channel = np.nonzero(mask.reshape(shape))
                found.append(
                    f"{reason} in {len(set(sample))} of {shape[0]} samples (first in "
                    f"sample {sample[0]}, channels {sorted(set(channel.tolist()))})"
                )
        if found:
            warn_user(
                f"{type(self).__name__}: the signal is {' and '.join(found)}. Its "
                "measures may be meaningless or NaN. Select samples with valid(X)."
            )


def is_flat(signals):
    """Return which rows are constant."""
    return (signals == signals[:, :1]).all(axis=1)


def is_clipped(signals, *, below=True):
    """Return which rows stay at their largest or smallest value unusually often.

    If `below` is False, only the largest value counts.
    """
    n = signals.shape[1]
    highest, lowest = signals.max(axis=1), signals.min(axis=1)
    most = (signals == highest[:, None]).sum(axis=1)
    if below:
        most = np.maximum(most, (signals == lowest[:, None]).sum(axis=1))
    clipped = (most >= CLIPPED_SHARE * n) & (highest > lowest)
    for row in np.flatnonzero(clipped):
        n_levels = len(np.unique(signals[row]))
        clipped[row] = most[row] >= CLIPPED_EXCESS * n / n_levels
    return clipped


def slopes(X, bounds, rate):
    """Return the least-squares slope of each window, per second."""
    return np.stack([_slope(X[:, a:b]) * rate for a, b in pairwise(bounds)], axis=1)


def _slope(X):
    t = np.arange(X.shape[1]) - (X.shape[1] - 1) / 2
    return (X - X[:, :1]) @ t / (t @ t)


def in_windows(function, X, bounds):
    """Apply a function of rows to each window; the result is (n, n_windows)."""
    pairs = pairwise(bounds)
    return np.stack([function(X[:, a:b]) for a, b in pairs], axis=1)


def statistics(X, bounds, sfreq):
    """Return the measures in `STATISTICS`; the slope is per second."""
    low = in_windows(lambda w: w.min(axis=1), X, bounds)
    high = in_windows(lambda w: w.max(axis=1), X, bounds)
    return {
        "mean": in_windows(lambda w: w.mean(axis=1), X, bounds),
        "std": in_windows(_std, X, bounds),
        "min": low,
        "max": high,
        "range": high - low,
        "slope": slopes(X, bounds, sfreq),
    }


def _std(X):
    return np.sqrt(variance(X))


def variance(X):
    """Return the variance of rows, precise despite a large offset."""
    return (X - X[:, :1]).var(axis=1)


def mean_derivative(X, bounds, sfreq):
    """Return the last value less the first, per second."""
    return in_windows(
        lambda w: (w[:, -1] - w[:, 0]) / (w.shape[1] - 1) * sfreq, X, bounds
    )


def band_powers(X, bounds, sfreq, bands, *, detrend=False):
    """Return the power in bands of the Hann periodogram of each window.

    Parameters
    ----------
    X : ndarray of float64 of shape (n, n_times)
        Whole signals.
    bounds : ndarray of int of shape (n_windows + 1,)
        Bounds of the windows.
    sfreq : float
        Rate in Hz.
    bands : dict of str to (float, float)
        Name and edges in Hz, of which the lower one belongs to the band. The frequency
        0 belongs to no band.
    detrend : bool, default=False
        Whether to remove the line that fits each window best, or only its mean.

    Returns
    -------
    values : dict of str to ndarray of shape (n, n_windows)
        Power in squared units, NaN where a window has no frequency in the band.
    """
    values = {name: np.full((len(X), len(bounds) - 1), np.nan) for name in bands}
    for w, (a, b) in enumerate(pairwise(bounds)):
        f, density = periodogram(
            X[:, a:b], sfreq, window="hann", detrend="linear" if detrend else "constant"
        )
        for name, (low, high) in bands.items():
            inside = (f >= low) & (f < high) & (f > 0)
            if inside.any():
                values[name][:, w] = density[:, inside].sum(axis=1) * f[1]
    return values


def lowpass(X, edge, sfreq, order=2):
    """Apply a zero-phase Butterworth low-pass filter to rows."""
    if edge >= sfreq / 2:
        return X
    sos = butter(order, edge, fs=sfreq, output="sos")
    # Rows are extended by three periods of the edge, as far as they go.
    n_pad = min(X.shape[1] - 1, round(3 * sfreq / edge))
    return sosfiltfilt(sos, X, axis=-1, padlen=n_pad)


def without_line(X):
    """Return rows minus the line that fits them best."""
    t = np.arange(X.shape[1]) - (X.shape[1] - 1) / 2
    X = X - X.mean(axis=1, keepdims=True)
    return X - (X @ t / (t @ t))[:, None] * t


class Events:
    """Events in rows, such as responses, grouped by the windows that contain them.

    Parameters
    ----------
    rows, times : ndarray of shape (n_events,)
        Row of each event, and its time point, which may lie between samples.
    shape : tuple of (int, int)
        Number of rows and of windows.
    bounds : ndarray of shape (n_windows + 1,)
        First time point of each window, and the end of the last one. Events outside
        all windows are left out.
    """

    def __init__(self, rows, times, shape, bounds):
        window = np.searchsorted(bounds, times, side="right") - 1
        self.inside = (window >= 0) & (window < shape[1])
        self.shape = shape
        self.group = rows[self.inside] * shape[1] + window[self.inside]
        self.count = self.total(np.ones(len(rows)))

    def total(self, values):
        """Return the sum in each window, 0 if it has no event."""
        size = self.shape[0] * self.shape[1]
        total = np.bincount(self.group, values[self.inside], minlength=size)
        return total.reshape(self.shape)

    def mean(self, values):
        """Return the mean in each window, leaving out NaN; NaN if there is no value."""
        present = ~np.isnan(values)
        count = self.total(present.astype(np.float64))
        total = self.total(np.where(present, values, 0.0))
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)

    def std(self, values):
        """Return the standard deviation (ddof 1), NaN for fewer than two values."""
        present = ~np.isnan(values)
        count = self.total(present.astype(np.float64))
        mean = np.append(self.mean(values).ravel(), np.nan)
        centered = np.full(len(values), np.nan)
        centered[self.inside] = values[self.inside] - mean[self.group]
        squares = self.total(np.where(np.isnan(centered), 0.0, centered**2))
        return np.where(count > 1, np.sqrt(squares / np.maximum(count - 1, 1)), np.nan)

    def median(self, values):
        """Return the median in each window, leaving out NaN; NaN if there is none."""
        group, values = self.group, values[self.inside]
        present = ~np.isnan(values)
        order = np.lexsort((values[present], group[present]))
        group, values = group[present][order], values[present][order]
        size = self.shape[0] * self.shape[1]
        count = np.bincount(group, minlength=size)
        first = np.cumsum(count) - count
        values = np.append(values, np.nan)
        low = values[np.where(count > 0, first + (count - 1) // 2, -1)]
        high = values[np.where(count > 0, first + count // 2, -1)]
        return ((low + high) / 2).reshape(self.shape)

    def largest(self, values):
        """Return the maximum in each window, NaN if it has no event."""
        largest = np.full(self.shape[0] * self.shape[1], -np.inf)
        np.maximum.at(largest, self.group, values[self.inside])
        largest = largest.reshape(self.shape)
        return np.where(np.isfinite(largest), largest, np.nan)


def turning_points(X):
    """Return the local maxima and minima of rows, which may be plateaus.

    The ends of a row are no extremes, except that a plateau at the start of a row is a
    minimum if the row rises after it. Maxima and minima of a row alternate.

    Returns
    -------
    maxima, minima : tuple of (rows, first, last)
        Row, first and last time point of each extreme as arrays of int, in the order of
        rows and times.
    """
    direction = np.sign(np.diff(X, axis=1)).astype(np.int8)
    row, step = np.nonzero(direction)
    sign = direction[row, step]
    starts = np.append(True, row[1:] != row[:-1])[: len(row)]
    before = np.append(0, sign[:-1])[: len(row)]
    turns = np.flatnonzero(np.where(starts, (sign > 0) & (step > 0), sign != before))
    first = np.where(starts, 0, np.append(0, step[:-1] + 1)[: len(row)])
    falls = sign[turns] < 0
    return tuple(
        (row[turns][kind], first[turns][kind], step[turns][kind])
        for kind in (falls, ~falls)
    )


def parabolic_peak(X, rows, times):
    """Return the positions of extremes between samples, by a parabola.

    An extreme on a plateau stays where it is.
    """
    before, at, after = (X[rows, times + shift] for shift in (-1, 0, 1))
    bend = before - 2 * at + after
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = 0.5 * (before - after) / bend
    shift = np.where((bend != 0) & (before != at) & (after != at), shift, 0.0)
    return times + np.clip(shift, -0.5, 0.5)


def half_waves(X, least_share):
    """Return the extremes of the half-waves of rows around zero.

    Half-waves whose extreme is smaller than `least_share` times the median of a row are
    left out, and the halves on both sides are joined. So are half-waves that the ends
    of a row cut before their extreme.

    Returns
    -------
    row, place : ndarray of int of shape (n_extremes,)
        Row and time point of each extreme, in the order of rows and times.
    is_high : ndarray of bool of shape (n_extremes,)
        Whether the extreme is a maximum. Maxima and minima of a row alternate.
    """
    n_rows, n = X.shape
    high = (X >= 0).ravel()
    size = np.abs(X).ravel()
    first = np.flatnonzero(np.append(True, high[1:] != high[:-1]))
    first = np.union1d(first, np.arange(n_rows) * n)
    extreme = np.maximum.reduceat(size, first)
    wave = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(size))))
    place = np.flatnonzero(size == extreme[wave])
    _, earliest = np.unique(wave[place], return_index=True)
    place = place[earliest]
    row, place = np.divmod(place, n)
    is_high = high[first]
    events = Events(row, np.zeros(len(row)), (n_rows, 1), np.array([0, 1]))
    median = events.median(extreme)[:, 0]
    kept = (extreme > 0) & (extreme >= least_share * median[row])
    kept &= (place > 0) & (place < n - 1)
    row, place, is_high, extreme = (v[kept] for v in (row, place, is_high, extreme))
    # Neighbors of the same sign are one half-wave, with the larger extreme.
    new = np.append(True, (row[1:] != row[:-1]) | (is_high[1:] != is_high[:-1]))
    group = np.cumsum(new[: len(row)])
    order = np.lexsort((-extreme, group))
    largest = np.sort(order[np.append(True, np.diff(group[order]) > 0)[: len(row)]])
    return row[largest], place[largest], is_high[largest]


def runs(active):
    """Return the row, the first time point and the end of each run of True."""
    edges = np.diff(np.pad(active.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    row, first = np.nonzero(edges == 1)
    _, last = np.nonzero(edges == -1)
    return row, first, last
