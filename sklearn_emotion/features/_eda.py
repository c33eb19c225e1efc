"""Electrodermal activity: tonic level, phasic responses and their measures."""

from itertools import pairwise
from math import floor
from numbers import Real

import numpy as np
from scipy.ndimage import median_filter
from scipy.signal import welch

from sklearn_emotion._base import Interval, StrOptions
from sklearn_emotion._described import read_rate
from sklearn_emotion._docs import fill_doc
from sklearn_emotion._validation import check_finite
from sklearn_emotion.features._cvxeda import tonic_and_driver
from sklearn_emotion.features._docs import SIGNALS
from sklearn_emotion.features._peripheral import (
    DEAP_BANDS,
    GROUPS,
    STATISTICS,
    Events,
    PeripheralFeatures,
    SignalAnnotation,
    band_powers,
    in_windows,
    is_clipped,
    is_flat,
    lowpass,
    mean_derivative,
    parabolic_peak,
    slopes,
    statistics,
    turning_points,
    without_line,
)
from sklearn_emotion.features._signals import as_signals

# Skin conductance changes slowly: work at a rate of at least 8 Hz, below 16 Hz.
WORKING_RATE = 8.0
LOWPASS_HZ = 3.0
TONIC_HZ = 0.05
MEDIAN_SECONDS = 4.0
# Rise times of a response in seconds. Slower rises are drifts of the level.
RISE_SECONDS = (0.5, 5.0)
# Plausible skin conductance in µS.
PLAUSIBLE = (0.05, 60.0)
SYMPATHETIC_HZ = (0.045, 0.25)
SYMPATHETIC_SECONDS = 64.0

LEVEL = ("scl_mean", "scl_std", "scl_slope", "scl_correlation")
RESPONSES = (
    "scr_rate",
    "scr_amplitude_sum",
    "scr_amplitude_mean",
    "scr_amplitude_max",
    "scr_rise_time",
    "scr_recovery_time",
    "scr_slope",
    "scr_area",
)
SYMPATHETIC = ("eda_symp", "eda_symp_normalized")
DEAP = (
    "mean",
    "mean_derivative",
    "decrease_rate",
    "decrease_share",
    "minima_rate",
    "rise_time",
    *DEAP_BANDS,
    "scsr_zero_crossing_rate",
    "scvsr_zero_crossing_rate",
    "scsr_peak_magnitude",
    "scvsr_peak_magnitude",
)

_DECOMPOSITION = """
sfreq : float or "auto"
    Sampling rate in Hz. ``"auto"`` reads it from the conductance (see `SignalArray`).
    Arrays that do not know their rate are read at 4 Hz.

method : {"highpass", "median", "cvxeda"}
    How to find the tonic part. ``"highpass"``: a zero-phase Butterworth low-pass filter
    of order 2 at 0.05 Hz, for samples of at least 20 s. ``"median"``: a running median
    over 4 s. ``"cvxeda"`` [1]_: a convex model with sparse responses of a fixed shape,
    for samples of at least 30 s.
"""


@fill_doc(_DECOMPOSITION)
def decompose_eda(X, sfreq="auto", *, method="highpass"):
    r"""Divide skin conductance into its tonic and its phasic part.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_channels, n_times)
        Skin conductance in µS.
    %(sfreq)s

    %(method)s

    Returns
    -------
    tonic, phasic : ndarray of float64 of shape (n_samples, n_channels, n_times)
        Parts in µS. Their sum is X, low-passed at 3 Hz if `sfreq` is above 8 Hz. With
        ``"cvxeda"``, the phasic part also contains the residual of the model.

    Raises
    ------
    ValueError
        If X has another number of axes or contains NaN or infinity, or if `method` is
        unknown.

    See Also
    --------
    EDAFeatures : Measures of both parts.

    References
    ----------
    .. [1] A. Greco et al., "cvxEDA: a convex optimization approach to electrodermal
       activity processing", IEEE Trans. Biomed. Eng. 63, 2016.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion.features import decompose_eda
    >>> t = np.arange(240) / 4
    >>> level = 2.0 + 0.01 * t
    >>> response = 0.5 * np.exp(-np.maximum(t - 30, 0) / 2) * (t >= 30)
    >>> tonic, phasic = decompose_eda((level + response)[None, None], 4.0)
    >>> float(phasic.max().round(1)), float(phasic[..., :80].max().round(1))
    (0.4, 0.0)
    """
    sfreq = read_rate(X, sfreq, 4.0, "decompose_eda")
    X = np.asarray(as_signals(X), dtype=np.float64)
    check_finite(X, "drop these samples or interpolate them")
    methods = {"highpass": _lowpassed_level, "median": _median_level, "cvxeda": _cvxeda}
    if method not in methods:
        raise ValueError(f"method must be one of {sorted(methods)}, got {method!r}.")
    rows = X.reshape(-1, X.shape[-1])
    if sfreq > WORKING_RATE:
        rows = lowpass(rows, LOWPASS_HZ, sfreq, order=4)
    tonic = methods[method](rows, sfreq)
    return tonic.reshape(X.shape), (rows - tonic).reshape(X.shape)


def _lowpassed_level(rows, sfreq):
    return lowpass(rows, TONIC_HZ, sfreq)


def _median_level(rows, sfreq):
    return median_filter(rows, (1, 2 * round(MEDIAN_SECONDS * sfreq / 2) + 1))


def _cvxeda(rows, sfreq):
    step = max(1, floor(sfreq / WORKING_RATE))
    tonic, _ = tonic_and_driver(rows[:, ::step], sfreq / step)
    if step == 1:
        return tonic
    coarse, fine = np.arange(0, rows.shape[1], step), np.arange(rows.shape[1])
    return np.stack([np.interp(fine, coarse, row) for row in tonic])


def decimated(rows, sfreq):
    """Return rows at a working rate of 8 to 16 Hz, or as they are if it is below."""
    step = max(1, floor(sfreq / WORKING_RATE))
    if sfreq > WORKING_RATE:
        rows = lowpass(rows, LOWPASS_HZ, sfreq, order=4)
    return rows[:, ::step], step


def _responses(rows, rate, least):
    """Find the skin conductance responses in rows at a working rate.

    A response leads from the last local minimum before a local maximum to the maximum.
    It counts if it rises by at least `least` within `RISE_SECONDS`.

    Returns
    -------
    row : ndarray of int of shape (n_responses,)
        Row of each response.
    peak : ndarray of float of shape (n_responses,)
        Time point of its maximum, which may lie between samples.
    measures : dict of str to ndarray of shape (n_responses,)
        ``amplitude`` in µS, ``rise`` and ``recovery`` in s. The recovery is NaN if the
        next response begins before half of the amplitude is lost.
    """
    (row, peak, peak_end), (low_row, _, low) = turning_points(rows)
    n = rows.shape[1]
    # The last minimum before each maximum, in the same row.
    before = np.searchsorted(low_row * n + low, row * n + peak) - 1
    found = np.append(low_row, -1)[before] == row
    row, peak, peak_end, before = (v[found] for v in (row, peak, peak_end, before))
    onset = low[before]
    amplitude = rows[row, peak] - rows[row, onset]
    single = peak == peak_end
    exact = np.where(single, parabolic_peak(rows, row, peak), peak)
    rise = (exact - onset) / rate
    counts = (
        (amplitude >= least) & (rise >= RISE_SECONDS[0]) & (rise <= RISE_SECONDS[1])
    )
    row, peak, onset, exact = row[counts], peak[counts], onset[counts], exact[counts]
    amplitude, rise = amplitude[counts], rise[counts]
    same = np.append(row[1:] == row[:-1], False)
    end = np.where(same, np.append(onset[1:], n), n)
    half = rows[row, peak] - amplitude / 2
    recovery = np.full(len(row), np.nan)
    for i, (r, start, stop) in enumerate(zip(row, peak, end)):
        below = np.flatnonzero(rows[r, start:stop] <= half[i])
        if len(below):
            after = start + below[0]
            high, low_value = rows[r, after - 1], rows[r, after]
            crossing = after - 1 + (high - half[i]) / (high - low_value)
            recovery[i] = (crossing - exact[i]) / rate
    return row, exact, {"amplitude": amplitude, "rise": rise, "recovery": recovery}


@fill_doc(SIGNALS, GROUPS, _DECOMPOSITION)
class EDAFeatures(PeripheralFeatures):
    r"""Compute measures of the skin conductance level and of its responses.

    The signal, in µS, is low-passed at 3 Hz and divided into a tonic and a phasic part
    as in :func:`decompose_eda`. A response (SCR) leads from a local minimum of the
    conductance to the next local maximum. It counts if it rises by at least
    `min_amplitude` within 0.5 to 5 s. The groups of measures are:

    - ``"level"``: mean, standard deviation and slope (µS/s) of the tonic part, and its
      correlation with time: ``scl_mean``, ``scl_std``, ``scl_slope``,
      ``scl_correlation``;
    - ``"responses"``: responses per minute ``scr_rate``; sum, mean and maximum of their
      amplitudes (µS) ``scr_amplitude_sum``, ``scr_amplitude_mean``,
      ``scr_amplitude_max``; mean time from onset to peak ``scr_rise_time`` and from the
      peak to half of the amplitude ``scr_recovery_time`` (s); mean amplitude divided by
      rise time ``scr_slope`` (µS/s); area under the positive phasic part ``scr_area``
      (µS s);
    - ``"sympathetic"``: power in 0.045 to 0.25 Hz ``eda_symp`` (µS²) and its share of
      the power ``eda_symp_normalized`` [2]_;
    - ``"signal"``: mean, standard deviation, minimum, maximum, range and slope of the
      signal;
    - ``"deap"``: the measures that the authors of DEAP list for the skin *resistance*
      [3]_, for signals in any unit. ``"wesad"``: the list of WESAD [4]_.

    Read more in the :ref:`User Guide <eda>`.

    Parameters
    ----------
    %(sfreq)s

    %(window)s

    %(measures)s

    %(method)s

    min_amplitude : float, default=0.01
        Smallest amplitude of a response, in µS.

    Attributes
    ----------
    %(sfreq_)s

    %(n_features_in_)s

    See Also
    --------
    decompose_eda : The tonic and the phasic part.

    Notes
    -----
    `transform` maps ``(n_samples, n_channels, n_times)`` to ``(n_samples, n_features)``
    in the dtype of the input, computed in float64. The whole sample is decomposed
    before it is cut into windows, so pass long samples and a `window` rather than short
    samples. A response belongs to the window that contains its peak.

    Sums and rates are 0 in a window without a response, and means of responses are NaN.
    The sympathetic measures are NaN in windows shorter than 64 s. The amplitude is
    measured on the conductance and not on the phasic part, whose filter shrinks it.

    :meth:`valid` and the warning of `transform` name signals that are flat, saturated,
    disconnected (more than a tenth of the values are below 0.05 µS, as when an
    electrode loses contact) or above 60 µS. With measures of the group ``"deap"`` only,
    the signal may be a resistance, and its range is not checked.

    Departures from [3]_: the paper counts 106 measures of all peripheral signals. Its
    list does not determine them, so these are features in the style of DEAP. The slow
    signals, whose zero crossings are counted, are detrended first.

    References
    ----------
    .. [1] A. Greco et al., "cvxEDA: a convex optimization approach to electrodermal
       activity processing", IEEE Trans. Biomed. Eng. 63, 2016.
    .. [2] H. F. Posada-Quintero et al., "Power spectral density analysis of
       electrodermal activity for sympathetic function assessment", Ann. Biomed. Eng.
       44, 2016.
    .. [3] S. Koelstra et al., "DEAP: a database for emotion analysis using
       physiological signals", IEEE Trans. Affect. Comput. 3, 2012.
    .. [4] P. Schmidt et al., "Introducing WESAD, a multimodal dataset for wearable
       stress and affect detection", ICMI 2018.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import EDAFeatures
    >>> t = np.arange(240) / 4
    >>> shape = np.where(t < 20, 0, np.exp(-(t - 20) / 4) - np.exp(-(t - 20) / 0.75))
    >>> eda = (2.0 + np.clip(shape, 0, None))[None, None]
    >>> features = EDAFeatures(sfreq=4, measures=["scr_rate", "scr_amplitude_max"])
    >>> features.fit_transform(eda).round(2)
    array([[1.  , 0.55]])
    """

    _parameter_constraints: dict = {
        **PeripheralFeatures._parameter_constraints,
        "method": [StrOptions({"highpass", "median", "cvxeda"})],
        "min_amplitude": [Interval(Real, 0, None, closed="neither")],
    }

    _default_sfreq = 4.0
    _groups = {
        "level": LEVEL,
        "responses": RESPONSES,
        "sympathetic": SYMPATHETIC,
        "signal": STATISTICS,
        "deap": DEAP,
        "wesad": (
            *STATISTICS,
            "scl_mean",
            "scl_std",
            "scl_correlation",
            "scr_mean",
            "scr_std",
            "scr_count",
            "scr_amplitude_sum",
            "scr_duration_sum",
            "scr_area",
        ),
    }

    def __init__(
        self,
        *,
        sfreq="auto",
        window=None,
        measures=("level", "responses"),
        method="highpass",
        min_amplitude=0.01,
    ):
        self.sfreq = sfreq
        self.window = window
        self.measures = measures
        self.method = method
        self.min_amplitude = min_amplitude

    def _unusable(self, X):
        reasons = {"flat": is_flat(X), "saturated": is_clipped(X, below=False)}
        if not set(self._names()) <= set(DEAP):
            low, high = PLAUSIBLE
            reasons["disconnected"] = np.less(X, low).mean(axis=1) > 0.1
            reasons[f"above {high:g} µS"] = X.max(axis=1) > high
        return reasons

    def _describe(self, X, bounds, names):
        needed, values = set(names), {}
        if needed & set(STATISTICS):
            values |= statistics(X, bounds, self.sfreq)
        if needed & set(DEAP):
            values |= _deap_measures(X, bounds, self.sfreq)
        if needed & set(SYMPATHETIC):
            values |= _sympathetic(X, bounds, self.sfreq)
        if needed & {*LEVEL, *RESPONSES, "scr_mean", "scr_std", "scr_count"}:
            tonic, phasic = decompose_eda(X[:, None], self.sfreq, method=self.method)
            values |= _level_measures(tonic[:, 0], bounds, self.sfreq)
            values |= self._response_measures(X, phasic[:, 0], bounds)
        return values

    def _annotate(self, signal):
        tonic, phasic = decompose_eda(signal[:, None], self.sfreq, method=self.method)
        rows, step = decimated(signal, self.sfreq)
        rate = self.sfreq / step
        _, peak, found = _responses(rows, rate, self.min_amplitude)
        events = {"onset": peak / rate - found["rise"], "peak": peak / rate}
        components = {"tonic": tonic[0, 0], "phasic": phasic[0, 0]}
        return SignalAnnotation(events, components)

    def _response_measures(self, X, phasic, bounds):
        rows, step = decimated(X, self.sfreq)
        rate = self.sfreq / step
        row, peak, found = _responses(rows, rate, self.min_amplitude)
        events = Events(row, peak * step, (len(X), len(bounds) - 1), bounds)
        minutes = np.diff(bounds) / self.sfreq / 60
        amplitude = found["amplitude"]
        area = in_windows(lambda p: np.maximum(p, 0).sum(axis=1), phasic, bounds)
        return {
            "scr_count": events.count,
            "scr_rate": events.count / minutes,
            "scr_amplitude_sum": events.total(amplitude),
            "scr_amplitude_mean": events.mean(amplitude),
            "scr_amplitude_max": events.largest(amplitude),
            "scr_rise_time": events.mean(found["rise"]),
            "scr_recovery_time": events.mean(found["recovery"]),
            "scr_slope": events.mean(amplitude / found["rise"]),
            "scr_area": area / self.sfreq,
            "scr_duration_sum": events.total(
                found["rise"] + np.nan_to_num(found["recovery"])
            ),
            "scr_mean": in_windows(lambda p: p.mean(axis=1), phasic, bounds),
            "scr_std": in_windows(lambda p: p.std(axis=1), phasic, bounds),
        }


def _level_measures(tonic, bounds, sfreq):
    return {
        "scl_mean": in_windows(lambda w: w.mean(axis=1), tonic, bounds),
        "scl_std": in_windows(lambda w: w.std(axis=1), tonic, bounds),
        "scl_slope": slopes(tonic, bounds, sfreq),
        "scl_correlation": in_windows(_correlation_with_time, tonic, bounds),
    }


def _correlation_with_time(X):
    t = np.arange(X.shape[1]) - (X.shape[1] - 1) / 2
    moves = ~is_flat(X)
    X = X - X.mean(axis=1, keepdims=True)
    spread = np.sqrt(np.einsum("ij,ij->i", X, X) * (t @ t))
    return np.where(moves, X @ t / np.where(moves, spread, 1.0), np.nan)


def _sympathetic(X, bounds, sfreq):
    """Return the power in 0.045 to 0.25 Hz, and its share of all power."""
    step = max(1, round(sfreq / 2))
    rate = sfreq / step
    slow = lowpass(X, 0.8 * min(rate, 2.0) / 2, sfreq, order=8)[:, ::step]
    slow = slow - lowpass(slow, 0.01, rate)
    shape = (len(X), len(bounds) - 1)
    power, share = np.full(shape, np.nan), np.full(shape, np.nan)
    for w, (a, b) in enumerate(pairwise(bounds)):
        part = slow[:, -(-a // step) : -(-b // step)]
        n_segment = round(SYMPATHETIC_SECONDS * rate)
        if part.shape[1] < n_segment:
            continue
        f, density = welch(
            part, rate, window="blackman", nperseg=n_segment, noverlap=n_segment // 2
        )
        inside = (f >= SYMPATHETIC_HZ[0]) & (f < SYMPATHETIC_HZ[1])
        power[:, w] = density[:, inside].sum(axis=1) * f[1]
        total = density.sum(axis=1) * f[1]
        share[:, w] = np.where(total > 0, power[:, w] / total, np.nan)
    return {"eda_symp": power, "eda_symp_normalized": share}


def _deap_measures(X, bounds, sfreq):
    smooth = lowpass(X, LOWPASS_HZ, sfreq, order=4) if sfreq > WORKING_RATE else X
    values = {
        "mean": in_windows(lambda w: w.mean(axis=1), X, bounds),
        "mean_derivative": mean_derivative(X, bounds, sfreq),
        "decrease_rate": in_windows(_decrease, smooth, bounds) * sfreq,
        "decrease_share": in_windows(
            lambda w: (np.diff(w) < 0).mean(axis=1), smooth, bounds
        ),
    }
    (high_row, high, _), (low_row, _, low) = turning_points(smooth)
    n = X.shape[1]
    after = np.searchsorted(high_row * n + high, low_row * n + low)
    after = np.minimum(after, max(len(high) - 1, 0))
    rise = np.full(len(low), np.nan)
    if len(high):
        same = (high_row[after] == low_row) & (high[after] > low)
        rise[same] = (high[after] - low)[same] / sfreq
    shape = (len(X), len(bounds) - 1)
    minima = Events(low_row, low, shape, bounds)
    seconds = np.diff(bounds) / sfreq
    values["minima_rate"] = minima.count / seconds
    values["rise_time"] = minima.mean(rise)
    values |= band_powers(X, bounds, sfreq, DEAP_BANDS)
    for name, edge in (("scsr", 0.2), ("scvsr", 0.08)):
        slow = lowpass(X, edge, sfreq)
        crossings = in_windows(_zero_crossings, slow, bounds)
        values[f"{name}_zero_crossing_rate"] = crossings / seconds
        centered = slow - slow.mean(axis=1, keepdims=True)
        (row, time, _), _ = turning_points(centered)
        peaks = Events(row, time, shape, bounds)
        values[f"{name}_peak_magnitude"] = peaks.mean(centered[row, time])
    return values


def _decrease(w):
    steps = np.diff(w)
    n_falls = (steps < 0).sum(axis=1)
    total = np.where(steps < 0, steps, 0.0).sum(axis=1)
    return np.where(n_falls > 0, total / np.maximum(n_falls, 1), np.nan)


def _zero_crossings(w):
    """Count sign changes after the line through a window is removed."""
    signs = np.signbit(without_line(w)).astype(np.int8)
    count = (np.diff(signs) != 0).sum(axis=1)
    return np.where(is_flat(w), 0, count)
