"""Pulse waves: rate and its variability, the shape of the beats, and their quality."""

from numbers import Real

import numpy as np

from sklearn_emotion._base import Interval, StrOptions
from sklearn_emotion._docs import fill_doc
from sklearn_emotion.features._docs import SIGNALS
from sklearn_emotion.features._hrv_measures import (
    FREQUENCY_MEASURES,
    MAX_RATIO,
    TIME_MEASURES,
    are_enough,
    band_powers,
    frequency_measures,
    interval_blocks,
    time_measures,
)
from sklearn_emotion.features._peripheral import (
    GROUPS,
    Events,
    PeripheralFeatures,
    SignalAnnotation,
)
from sklearn_emotion.features._pulse_peaks import (
    MIN_SFREQ,
    MIN_TIMES,
    PULSE,
    PulseWave,
)

# Longest beat whose shape is measured, in s.
LONGEST_BEAT = 2.0
# Rule of Orphanidou et al. for a segment of 10 s.
QUALITY_SECONDS = 10.0
RATES, LONGEST_GAP, LARGEST_RATIO, LEAST_CORRELATION = (40.0, 180.0), 3.0, 2.2, 0.86
MIN_BEATS = 3
CLEAR_SHARE = 0.5

DEAP_BANDS = {
    "power_0.10_0.20": (0.1, 0.2),
    "power_0.20_0.30": (0.2, 0.3),
    "power_0.30_0.40": (0.3, 0.4),
    "power_0.01_0.08": (0.01, 0.08),
    "power_0.08_0.15": (0.08, 0.15),
    "power_0.15_0.50": (0.15, 0.5),
}
WESAD_BANDS = {
    "power_0.01_0.04": (0.01, 0.04),
    "power_0.04_0.15": (0.04, 0.15),
    "power_0.15_0.40": (0.15, 0.4),
    "power_0.40_1.00": (0.4, 1.0),
}
BANDS = {**DEAP_BANDS, **WESAD_BANDS}
SHARES = {name.replace("power", "share"): name for name in WESAD_BANDS}
RATIOS = ("energy_ratio", "power_0.01_1.00", *SHARES, "lf_normalized", "hf_normalized")
SPECTRUM = (*BANDS, *RATIOS, "lf_hf_ratio")

INTERVALS = (*TIME_MEASURES, "hr_std", "mean_abs_change", "nn50")
BEAT_MEASURES = ("amplitude", "rise_time", "width", "area", "slope")
SHAPE = tuple(
    f"{name}_{statistic}"
    for name in BEAT_MEASURES
    for statistic in ("mean", "std", "cv")
)


_RATE = """
sfreq : float or "auto"
    Sampling rate in Hz, at least 20. ``"auto"`` reads it from the data (see
    `SignalArray`). Arrays that do not know their rate are read at {default_sfreq} Hz.
"""


@fill_doc(GROUPS, SIGNALS, PULSE, _RATE)
class PulseFeatures(PeripheralFeatures):
    r"""Compute measures of pulse waves (PPG, BVP): rate, variability, shape, quality.

    The feet and the systolic peaks of the beats are found as in
    :func:`find_pulse_peaks`. The groups of measures are:

    - ``"time"``: the measures of :class:`HRVFeatures` in the time domain, such as
      ``mean_hr``, ``sdnn`` and ``rmssd``, of the intervals between feet. They are the
      variability of the pulse rate (PRV);
    - ``"frequency"``: ``vlf``, ``lf``, ``hf``, ``total_power``, ``lf_hf`` of the same
      intervals, as in :class:`HRVFeatures`;
    - ``"shape"``: mean, standard deviation and coefficient of variation over the beats
      of the ``amplitude`` from foot to peak, the ``rise_time`` from foot to peak (s),
      the ``width`` at half of the amplitude (s), the ``area`` above the line from foot
      to foot, and the largest ``slope`` of the upstroke (per s), such as
      ``amplitude_mean`` and ``width_cv``;
    - ``"quality"``: ``template_correlation``, the mean correlation of the beats with
      their mean [1]_;
    - ``"deap"``: the measures that the authors of DEAP list [2]_; ``"wesad"``: those of
      WESAD [3]_. Both use powers of short windows.

    Read more in the :ref:`User Guide <pulse>`.

    Parameters
    ----------
    %(sfreq)s

    %(window)s

    %(measures)s

    %(max_heart_rate)s

    Attributes
    ----------
    %(sfreq_)s

    %(n_features_in_)s

    See Also
    --------
    find_pulse_peaks : The positions of the beats.
    HRVFeatures : The same measures of electrocardiograms.

    Notes
    -----
    `transform` maps ``(n_samples, n_channels, n_times)`` to ``(n_samples, n_features)``
    in the dtype of the input, computed in float64. The whole sample is filtered before
    it is cut into windows. A beat belongs to the window that contains its peak, and an
    interval to the window that contains both feet. Amplitudes, areas and slopes are in
    the unit of the input, which differs between sensors and between people.

    Intervals farther than 1.4 times from the local median are left out, as in
    :func:`rr_intervals`. All measures of intervals are NaN if fewer than two intervals
    or fewer than half of them are left. A mean over beats needs one beat, and a
    standard deviation two. The powers of ``"frequency"`` need windows of 60, 120 or
    300 s. Other powers need two periods of the lower edge of the band, or of the upper
    edge if the lower one is below 0.04 Hz: 13 to 50 s.

    :meth:`valid` and the warning of `transform` name signals that are flat, clipped or
    without a clear pulse. A signal has a clear pulse if at least half of its segments
    of 10 s fulfill the rule of [1]_: a rate of 40 to 180 beats per minute, no interval
    above 3 s, the longest interval at most 2.2 times the shortest one, and a
    template correlation of at least 0.86. A sample below 20 s is one segment.

    Departures from [2]_: the variability of the intervals is not defined in the paper,
    and ``mean_abs_change`` is the mean absolute difference of successive intervals.
    Departures from [3]_: TINN is left out, since the histogram of a window of a minute
    has too few intervals.

    References
    ----------
    .. [1] C. Orphanidou et al., "Signal-quality indices for the electrocardiogram and
       photoplethysmogram: derivation and applications to wireless monitoring", IEEE J.
       Biomed. Health Inform. 19, 2015.
    .. [2] S. Koelstra et al., "DEAP: a database for emotion analysis using
       physiological signals", IEEE Trans. Affect. Comput. 3, 2012.
    .. [3] P. Schmidt et al., "Introducing WESAD, a multimodal dataset for wearable
       stress and affect detection", ICMI 2018.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import PulseFeatures
    >>> phase = np.arange(1920) / 64 % 0.8  # 75 beats per minute
    >>> pulse = (phase / 0.15) ** 2 * np.exp(2 - 2 * phase / 0.15)
    >>> features = PulseFeatures(sfreq=64, measures=["mean_hr", "rise_time_mean"])
    >>> features.fit_transform(pulse[None, None]).round(1).tolist()
    [[75.0, 0.2]]
    """

    _parameter_constraints: dict = {
        **PeripheralFeatures._parameter_constraints,
        "sfreq": [Interval(Real, MIN_SFREQ, None, closed="left"), StrOptions({"auto"})],
        "max_heart_rate": [Interval(Real, 0, None, closed="neither")],
    }

    _default_sfreq = 64.0
    _groups = {
        "time": TIME_MEASURES,
        "frequency": FREQUENCY_MEASURES,
        "shape": SHAPE,
        "quality": ("template_correlation",),
        "deap": (
            "mean_hr",
            "hr_std",
            "mean_abs_change",
            "mean_nn",
            "energy_ratio",
            *DEAP_BANDS,
        ),
        "wesad": (
            "mean_hr",
            "hr_std",
            "mean_nn",
            "sdnn",
            "rmssd",
            "nn50",
            "pnn50",
            *WESAD_BANDS,
            *RATIOS[1:],
            "lf_hf_ratio",
        ),
    }

    def __init__(
        self,
        *,
        sfreq="auto",
        window=None,
        measures=("time", "shape"),
        max_heart_rate=200.0,
    ):
        self.sfreq = sfreq
        self.window = window
        self.measures = measures
        self.max_heart_rate = max_heart_rate

    def _check(self, X):
        super()._check(X)
        if X.shape[-1] < MIN_TIMES:
            raise ValueError(
                f"{type(self).__name__} needs samples of at least {MIN_TIMES} time "
                f"points, got {X.shape[-1]}."
            )

    def _wave(self, X):
        return PulseWave(X, self.sfreq, self.max_heart_rate)

    def _unusable(self, X):
        n_times, length = X.shape[1], round(QUALITY_SECONDS * self.sfreq)
        bounds = np.arange(0, n_times + 1, length)
        if len(bounds) < 3:
            bounds = np.array([0, n_times])
        clear = _clear_segments(self._wave(X), bounds, self.sfreq)
        unclear = clear.mean(axis=1) < CLEAR_SHARE
        reasons = super()._unusable(X)
        return {**reasons, "without a clear pulse": unclear & ~reasons["flat"]}

    def _describe(self, X, bounds, names):
        wave, needed, values = self._wave(X), set(names), {}
        shape = (len(X), len(bounds) - 1)
        if needed & {*INTERVALS, *FREQUENCY_MEASURES, *SPECTRUM}:
            values |= _interval_measures(wave, bounds, shape, self.sfreq, needed)
        if needed & set(SHAPE):
            values |= _shape_measures(wave, bounds, shape)
        if "template_correlation" in needed:
            values["template_correlation"] = _template_correlation(wave, bounds, shape)
        return values

    def _annotate(self, signal):
        wave = self._wave(signal)
        events = {
            name: wave.to_samples(columns[~np.isnan(columns)]) / self.sfreq
            for name, columns in (("foot", wave.foot), ("peak", wave.peak))
        }
        times = wave.to_samples(np.arange(wave.wide.shape[1]))
        filtered = np.interp(np.arange(signal.shape[1]), times, wave.wide[0])
        return SignalAnnotation(events, {"0.5 to 12 Hz": filtered})


def _interval_measures(wave, bounds, shape, sfreq, needed):
    """Return measures of the intervals between the feet in each window."""
    known = ~np.isnan(wave.foot)
    feet, row = wave.to_samples(wave.foot[known]), wave.row[known]
    events = Events(row, feet, shape, bounds)
    group, feet = events.group, feet[events.inside]
    n_groups = shape[0] * shape[1]
    feet = np.split(feet, np.searchsorted(group, np.arange(1, n_groups)))
    every = (*INTERVALS, *FREQUENCY_MEASURES, *SPECTRUM)
    out = {name: np.full(n_groups, np.nan) for name in every}
    seconds = (bounds[1] - bounds[0]) / sfreq
    first = 0
    for rr, ends, n_found in interval_blocks(feet, sfreq, MAX_RATIO):
        n_kept = (~np.isnan(rr)).sum(axis=1)
        rr[~are_enough(n_kept, n_found)] = np.nan
        rows = slice(first, first + len(rr))
        first += len(rr)
        for name, column in zip(TIME_MEASURES, time_measures(rr).T):
            out[name][rows] = column
        change = np.abs(np.diff(rr, axis=1))
        n_changes = (~np.isnan(change)).sum(axis=1)
        change = np.nansum(change, axis=1)
        out["mean_abs_change"][rows] = change / np.where(n_changes, n_changes, np.nan)
        out["nn50"][rows] = np.rint(out["pnn50"][rows] * n_changes / 100)
        out["hr_std"][rows] = time_measures(60 / rr)[:, TIME_MEASURES.index("sdnn")]
        if needed & set(FREQUENCY_MEASURES):
            columns = frequency_measures(rr, ends, seconds).T
            for name, column in zip(FREQUENCY_MEASURES, columns):
                out[name][rows] = column
        if needed & set(SPECTRUM):
            for i, (intervals, times) in enumerate(zip(rr, ends), rows.start):
                for name, value in _spectrum(intervals, times, seconds).items():
                    out[name][i] = value
    return {name: values.reshape(shape) for name, values in out.items()}


def _spectrum(intervals, ends, seconds):
    """Return powers, shares and ratios of one window of intervals."""
    edges = {**BANDS, "lf": (0.04, 0.15), "hf": (0.15, 0.5)}
    powers = np.broadcast_to(band_powers(intervals, ends, edges.values()), len(edges))
    powers = dict(zip(edges, powers.copy()))
    for name, (low, high) in edges.items():
        # Rounding keeps two periods of 0.04 Hz at 50 s.
        if round(2 / (low if low >= 0.04 else high), 9) > seconds:
            powers[name] = np.nan
    ulf, lf, hf, uhf = (powers[name] for name in WESAD_BANDS)
    total = ulf + lf + hf + uhf
    values = {name: powers[name] for name in BANDS}
    values["energy_ratio"] = np.divide(powers["lf"], powers["hf"])
    values["power_0.01_1.00"] = total
    for share, power in SHARES.items():
        values[share] = np.divide(powers[power], total)
    values["lf_normalized"] = np.divide(lf, lf + hf)
    values["hf_normalized"] = np.divide(hf, lf + hf)
    values["lf_hf_ratio"] = np.divide(lf, hf)
    return values


def _shape_measures(wave, bounds, shape):
    """Return statistics of the measures of each beat in each window."""
    whole = ~np.isnan(wave.foot) & ~np.isnan(wave.peak)
    beats = {name: getattr(wave, name)[whole] for name in ("row", "foot", "peak")}
    events = Events(beats["row"], wave.to_samples(beats["peak"]), shape, bounds)
    values = {}
    for name, of_beats in _beat_measures(wave, whole, **beats).items():
        mean, std = events.mean(of_beats), events.std(of_beats)
        values |= {f"{name}_mean": mean, f"{name}_std": std}
        values[f"{name}_cv"] = std / np.where(mean > 0, mean, np.nan)
    return values


def _beat_measures(wave, whole, row, foot, peak):
    """Return the measures of each beat that has a foot and a peak."""
    smooth = wave.smooth.astype(np.float64)
    n_cols, n_beats = smooth.shape[1], len(row)
    start, top = np.rint(foot).astype(np.intp), np.rint(peak).astype(np.intp)
    # The next foot of the same row, if it is known and near.
    next_foot = np.append(wave.foot[1:], np.nan)[: len(wave.foot)]
    same = np.append(wave.row[1:] == wave.row[:-1], False)[: len(wave.row)]
    end = np.where(same, next_foot, np.nan)[whole]
    limit = LONGEST_BEAT * wave.rate
    end = np.where(end - foot <= limit, end, np.nan)
    last = np.rint(np.where(np.isnan(end), n_cols - 1, end)).astype(np.intp)
    last = np.minimum(last, start + int(limit))
    width = int((last - start).max(initial=1)) + 1
    offset = np.arange(width)
    at = np.minimum(start[:, None] + offset, n_cols - 1)
    level = smooth[row, start]
    height = smooth[row[:, None], at] - level[:, None]
    beat = np.arange(n_beats)
    amplitude = height[beat, np.minimum(top - start, width - 1)]
    amplitude = np.where(amplitude > 0, amplitude, np.nan)
    half = amplitude[:, None] / 2
    n_up, n_all = (top - start)[:, None], (last - start)[:, None]
    rises = (height >= half) & (offset <= n_up)
    falls = (height <= half) & (offset > n_up) & (offset <= n_all)
    crossings = []
    for crossed in (rises, falls):
        there = np.maximum(crossed.argmax(axis=1), 1)
        before, after = height[beat, there - 1], height[beat, there]
        step = np.where(after == before, 1.0, after - before)
        crossing = there - 1 + (half[:, 0] - before) / step
        crossings.append(np.where(crossed.any(axis=1), crossing, np.nan))
    steps = np.where(offset[1:] <= n_up, np.diff(height, axis=1), -np.inf)
    n_last = np.maximum(n_all[:, 0], 1)
    line = (
        height[beat, np.minimum(n_last, width - 1)][:, None] * offset / n_last[:, None]
    )
    area = np.where(offset <= n_all, height - line, 0.0).sum(axis=1) / wave.rate
    return {
        "amplitude": amplitude,
        "rise_time": (peak - foot) / wave.rate,
        "width": (crossings[1] - crossings[0]) / wave.rate,
        "area": np.where(np.isnan(end), np.nan, area),
        "slope": steps.max(axis=1, initial=-np.inf) * wave.rate,
    }


def _template_correlation(wave, bounds, shape):
    """Return the mean correlation of beats with their mean in each window.

    Beats are as long as the median interval of the window, with the peak in the middle.
    """
    whole = ~np.isnan(wave.peak) & ~np.isnan(wave.foot)
    row, peak, foot = wave.row[whole], wave.peak[whole], wave.foot[whole]
    events = Events(row, wave.to_samples(peak), shape, bounds)
    group, row, peak, foot = (
        events.group,
        *(v[events.inside] for v in (row, peak, foot)),
    )
    n_groups = shape[0] * shape[1]
    interval = np.append(np.where(np.diff(group) == 0, np.diff(foot), np.nan), np.nan)
    within = Events(group, np.zeros(len(group)), (n_groups, 1), np.array([0, 1]))
    length = within.median(interval[: len(group)])[:, 0]
    length = np.rint(np.nan_to_num(length)).astype(np.intp)
    of_beat = length[group]
    start = np.rint(peak).astype(np.intp) - of_beat // 2
    kept = (of_beat > 0) & (start >= 0) & (start + of_beat <= wave.wide.shape[1])
    group, row, start, of_beat = (v[kept] for v in (group, row, start, of_beat))
    result = np.full(n_groups, np.nan)
    if not len(group):
        return result.reshape(shape)
    offset = np.arange(of_beat.max())
    inside = offset < of_beat[:, None]
    at = np.where(inside, start[:, None] + offset, 0)
    beats = np.where(inside, wave.wide[row[:, None], at].astype(np.float64), 0.0)
    beats -= np.where(inside, beats.sum(axis=1, keepdims=True) / of_beat[:, None], 0.0)
    norm = np.sqrt(np.einsum("ij,ij->i", beats, beats))
    first = np.flatnonzero(np.append(True, np.diff(group) > 0))
    present, count = group[first], np.diff(np.append(first, len(group)))
    # The sum of centered beats is centered, and proportional to their mean.
    template = np.add.reduceat(beats, first, axis=0)
    of_template = np.sqrt(np.einsum("ij,ij->i", template, template))
    which = np.repeat(np.arange(len(first)), count)
    product = np.einsum("ij,ij->i", beats, template[which])
    scale = norm * of_template[which]
    correlation = product / np.where(scale > 0, scale, np.inf)
    mean = np.add.reduceat(correlation, first) / count
    result[present] = np.where(count >= MIN_BEATS, mean, np.nan)
    return result.reshape(shape)


def _clear_segments(wave, bounds, sfreq):
    """Return which segments have a clear pulse, as (n, n_segments)."""
    shape = (len(wave.wide), len(bounds) - 1)
    known = ~np.isnan(wave.foot)
    feet = wave.to_samples(wave.foot[known]) / sfreq
    events = Events(wave.row[known], feet * sfreq, shape, bounds)
    group, feet = events.group, feet[events.inside]
    interval = np.diff(feet)[np.diff(group) == 0]
    of_interval = group[1:][np.diff(group) == 0]
    within = Events(
        of_interval,
        np.zeros(len(interval)),
        (shape[0] * shape[1], 1),
        np.array([0, 1]),
    )
    mean = within.mean(interval).reshape(shape)
    longest = within.largest(interval).reshape(shape)
    shortest = -within.largest(-interval).reshape(shape)
    correlation = _template_correlation(wave, bounds, shape)
    # Comparisons with NaN are False.
    return (
        (mean >= 60 / RATES[1])
        & (mean <= 60 / RATES[0])
        & (longest <= LONGEST_GAP)
        & (longest <= LARGEST_RATIO * shortest)
        & (correlation >= LEAST_CORRELATION)
    )
