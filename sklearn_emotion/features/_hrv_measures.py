"""Measures of heart rate variability from intervals between normal beats.

Intervals are a matrix with one row per record, in seconds and in the order of time. NaN
stands for intervals that were left out, and for the end of shorter rows.
"""

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.signal import periodogram

TIME_MEASURES = (
    "mean_nn",
    "mean_hr",
    "sdnn",
    "rmssd",
    "sdsd",
    "cvnn",
    "cvsd",
    "pnn20",
    "pnn50",
    "sd1",
    "sd2",
    "sd1_sd2",
)
# Edges in Hz, and the length in s of the shortest window.
BANDS = {
    "vlf": (0.0033, 0.04, 300.0),
    "lf": (0.04, 0.15, 120.0),
    "hf": (0.15, 0.4, 60.0),
}
FREQUENCY_MEASURES = (*BANDS, "total_power", "lf_hf")
# Length in s of the shortest window in which each measure is defined.
SHORTEST = {
    **dict.fromkeys(TIME_MEASURES, 0.0),
    **{band: shortest for band, (*_, shortest) in BANDS.items()},
    "total_power": max(shortest for *_, shortest in BANDS.values()),
    "lf_hf": max(BANDS["lf"][-1], BANDS["hf"][-1]),
}
# Intervals farther than this ratio from the local median are outliers.
MAX_RATIO = 1.4
MIN_INTERVALS = 2
N_NEAREST = 5
# Healthy intervals may lengthen at once, but they shorten gradually. At the ectopic
# beats of MIT-BIH record 100, the short interval is exceeded by a factor of at least
# 1.21 before it and 1.37 after it. Where people sit or calculate (GUDB) and the factor
# after an interval is at least 1.3, the factor before it is at most 1.17.
SUDDEN_DROP, SUDDEN_RISE = 1.2, 1.3
# Relative to the local median: the longest sum of two intervals that an extra beat made
# from one, and the shortest pause of record 100.
SPLIT_PAIR, PAUSE = 1.25, 1.1
BLOCK_INTERVALS = 1 << 15
RESAMPLED_RATE = 4.0
MIN_COVERAGE = 0.8
# Differences of intervals in s are equal up to this number. Rounding in float64 is far
# smaller in recordings of days, and the period of every sampling rate is far larger.
SAME = 1e-9


def interval_blocks(peaks, sfreq, max_ratio):
    """Yield intervals, their end times, and the number of intervals in each record.

    Several records are processed at a time. Intervals and times are in seconds and have
    the shape (n_records, n_longest). They are NaN after the end of a record, and
    intervals are also NaN where they were left out.
    """
    longest = max((len(record) for record in peaks), default=0)
    size = max(1, BLOCK_INTERVALS // max(longest, 1))
    for first in range(0, len(peaks), size):
        block = peaks[first : first + size]
        n_peaks = np.array([len(record) for record in block])
        filled = np.arange(max(n_peaks.max(), 1)) < n_peaks[:, None]
        times = np.full(filled.shape, np.nan)
        times[filled] = np.concatenate(block)
        rr = np.diff(times, axis=1) / sfreq
        if max_ratio is not None:
            median = _local_median(rr, np.maximum(n_peaks - 1, 0))
            outlier = (rr > median * max_ratio) | (rr * max_ratio < median)
            rr[outlier | _beside_early_beats(rr, median, outlier)] = np.nan
        yield rr, times[:, 1:] / sfreq, np.maximum(n_peaks - 1, 0)


def are_enough(n_kept, n_found):
    """Return whether enough of the found intervals of each record were kept."""
    return (n_kept >= MIN_INTERVALS) & (2 * n_kept >= n_found)


def _local_median(rr, count):
    """Return the median of the nearest of the `count` intervals of each row."""
    first = np.arange(rr.shape[1]) - N_NEAREST // 2
    first = np.clip(first, 0, np.maximum(count - N_NEAREST, 0)[:, None])
    near = first[..., None] + np.arange(N_NEAREST)
    near = np.minimum(near, max(rr.shape[1] - 1, 0))
    values = rr[np.arange(len(rr))[:, None, None], near]
    # Indices past the end were clipped, which repeated the last interval.
    values[near != first[..., None] + np.arange(N_NEAREST)] = np.nan
    values.sort(axis=2)  # NaN last
    n_values = np.clip(count, 1, N_NEAREST)
    rows = np.arange(len(rr))
    low = values[rows, :, (n_values - 1) // 2]
    high = values[rows, :, n_values // 2]
    return (low + high) / 2


def _beside_early_beats(rr, median, outlier):
    """Return a mask of the intervals before and after premature and extra beats.

    The local median takes the place of a previous interval that does not exist or is an
    outlier, and the shortest pause the place of the interval after the last one.
    """
    previous, following = median.copy(), PAUSE * median
    previous[:, 1:] = np.where(outlier[:, :-1], median[:, 1:], rr[:, :-1])
    last = np.isnan(rr[:, 1:])
    following[:, :-1] = np.where(last, following[:, :-1], rr[:, 1:])
    early = (rr * SUDDEN_DROP <= previous) & (rr * SUDDEN_RISE <= following)
    extra = rr + following < SPLIT_PAIR * median
    # The second part of a split interval is short, but a normal interval may follow.
    early[:, 1:] &= ~extra[:, :-1] | (following[:, 1:] >= PAUSE * median[:, 1:])
    beside = early | extra
    beside[:, 1:] |= beside[:, :-1].copy()
    return beside


def time_measures(rr):
    """Return measures in the time domain and of the Poincaré plot.

    They have the shape (n_records, 12), in the order of ``TIME_MEASURES``. They are NaN
    if there are too few intervals.
    """
    change = np.diff(rr, axis=1)
    rmssd = np.sqrt(_mean(change**2))
    sdnn, sdsd = _std(rr), _std(change)
    mean = _mean(rr)
    sd1, sd2 = sdsd / np.sqrt(2), _std(rr[:, 1:] + rr[:, :-1]) / np.sqrt(2)
    shares = [
        100 * _mean(_above(np.abs(change), limit + SAME)) for limit in (0.02, 0.05)
    ]
    return np.stack(
        [
            mean,
            60 / mean,
            sdnn,
            rmssd,
            sdsd,
            sdnn / mean,
            rmssd / mean,
            *shares,
            sd1,
            sd2,
            _ratio(sd1, sd2),
        ],
        axis=1,
    )


def frequency_measures(rr, times, duration):
    """Return the power of the intervals' variation in the bands of ``BANDS``.

    Parameters
    ----------
    rr : ndarray of shape (n_records, n_intervals)
        Intervals in seconds. Missing intervals are NaN.
    times : ndarray of shape (n_records, n_intervals)
        Time in seconds of the beat that ends each interval.
    duration : float
        Length of the window in seconds.

    Returns
    -------
    measures : ndarray of shape (n_records, 5)
        Powers in s² and the ratio of LF to HF, in the order of ``FREQUENCY_MEASURES``.
        They are NaN if the window is too short or if the intervals cover too little of
        it.
    """
    powers = np.full((len(rr), len(BANDS)), np.nan)
    if duration >= min(shortest for *_, shortest in BANDS.values()):
        for power, intervals, ends in zip(powers, rr, times):
            power[:] = band_powers(intervals, ends, BANDS.values())
    for band, (*_, shortest) in enumerate(BANDS.values()):
        if duration < shortest:
            powers[:, band] = np.nan
    _, lf, hf = powers.T
    return np.column_stack([powers, powers.sum(axis=1), _ratio(lf, hf)])


def band_powers(intervals, ends, bands):
    """Return the power of the variation of one row of intervals in bands.

    `bands` holds tuples that start with the lower and the upper edge in Hz. The result
    is one NaN if the intervals are too few, or cover too little of the time.
    """
    found = ~np.isnan(intervals)
    intervals, ends = intervals[found], ends[found]
    # A cubic spline through few points or over a gap would invent the spectrum.
    if len(ends) < 4:
        return np.nan
    start = ends[0] - intervals[0]
    if intervals.sum() < MIN_COVERAGE * (ends[-1] - start):
        return np.nan
    grid = np.arange(ends[0], ends[-1], 1 / RESAMPLED_RATE)
    freqs, density = periodogram(
        CubicSpline(ends, intervals)(grid),
        fs=RESAMPLED_RATE,
        window="hann",
        detrend="linear",
    )
    return [
        density[(freqs >= low) & (freqs < high)].sum() * freqs[1]
        for low, high, *_ in bands
    ]


def _mean(values):
    present = ~np.isnan(values)
    count = present.sum(axis=1)
    total = np.where(present, values, 0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _std(values):
    """Return the standard deviation with ddof 1, or NaN for fewer than two values."""
    count = (~np.isnan(values)).sum(axis=1)
    variance = _mean((values - _mean(values)[:, None]) ** 2)
    variance = variance * count / np.maximum(count - 1, 1)
    return np.where(count > 1, np.sqrt(variance), np.nan)


def _above(values, limit):
    return np.where(np.isnan(values), np.nan, values > limit)


def _ratio(above, below):
    positive = below > 0
    return np.where(positive, above / np.where(positive, below, 1), np.nan)
