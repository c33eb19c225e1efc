"""Respiration: breaths, their timing and depth, and the spectrum of the belt."""

from itertools import pairwise
from math import floor

import numpy as np
from scipy.signal import periodogram

from sklearn_emotion._docs import fill_doc
from sklearn_emotion.features._docs import SIGNALS
from sklearn_emotion.features._peripheral import (
    DEAP_BANDS,
    GROUPS,
    Events,
    PeripheralFeatures,
    SignalAnnotation,
    band_powers,
    half_waves,
    lowpass,
    mean_derivative,
    parabolic_peak,
    statistics,
    without_line,
)

# Breaths lie in this band, in Hz. Below are movements, and above is the heart.
BREATH_HZ = (0.05, 1.0)
# A lower edge of the filter would blur when an inhalation ends.
LOWPASS_HZ = 2.0
WORKING_RATE = 16.0
# Half-waves that are smaller than this share of the median one are no breaths.
LEAST_SHARE = 0.3
# Share of the power in the band below which a signal is no respiration.
LEAST_POWER_SHARE = 0.7
LEAST_CYCLES = 3
SPECTRAL_SECONDS = 20.0
SPECTRAL_HZ = (0.1, 0.5)

BREATHS = (
    "rate",
    "cycle_mean",
    "cycle_std",
    "cycle_rmssd",
    "cycle_cv",
    "depth_mean",
    "depth_std",
    "inhale_mean",
    "inhale_std",
    "exhale_mean",
    "exhale_std",
    "ie_ratio",
    "duty",
    "rvt",
)
SPECTRUM = ("rate_spectral", "energy_ratio", "centroid")
STATISTICS = ("mean", "mean_derivative", "std", "range")


@fill_doc(SIGNALS, GROUPS)
class RespirationFeatures(PeripheralFeatures):
    r"""Compute the rate, the timing and the depth of breaths from a respiration belt.

    The signal rises while a person breathes in. It is filtered to 0.05 to 2 Hz, and
    each positive half-wave is one breath, with its maximum and the minima around it.
    Half-waves smaller than 0.3 times the median are no breaths. The groups of measures
    are:

    - ``"breaths"``: ``rate`` = 60 / median cycle (1/min), where a cycle leads from one
      maximum to the next; mean, standard deviation, root mean square of successive
      differences (s) and coefficient of variation of the cycles; mean and standard
      deviation of the depth, from minimum to maximum, and of the durations of
      inhalation and exhalation (s); ``ie_ratio``, inhalation divided by exhalation;
      ``duty``, inhalation divided by both; ``rvt``, depth per time of a breath [1]_;
    - ``"spectrum"``: ``rate_spectral``, the largest peak between 0.1 and 0.5 Hz
      (1/min); ``energy_ratio``, the logarithm of the power in 0.05 to 0.25 Hz divided
      by the power in 0.25 to 5 Hz; ``centroid``, the mean frequency (Hz);
    - ``"signal"``: mean, mean derivative, standard deviation and range of the signal;
    - ``"deap"``: the measures that the authors of DEAP list [2]_; ``"wesad"``: those of
      WESAD [3]_.

    Read more in the :ref:`User Guide <respiration>`.

    Parameters
    ----------
    %(sfreq)s

    %(window)s

    %(measures)s

    Attributes
    ----------
    %(sfreq_)s

    %(n_features_in_)s

    See Also
    --------
    HRVFeatures : Variability of the heart rate, which follows the breath.

    Notes
    -----
    `transform` maps ``(n_samples, n_channels, n_times)`` to ``(n_samples, n_features)``
    in the dtype of the input, computed in float64. Depths are in the unit of the input.
    A breath belongs to the window that contains its maximum.

    The rate and the measures of cycles need three cycles in a window, the spectral rate
    needs 20 s, and a mean needs one breath. They are NaN otherwise.

    :meth:`valid` and the warning of `transform` name signals that are flat, clipped, or
    noise: less than 70 % of the power above 0.05 Hz lies below 1 Hz.

    Departures from [2]_: the breathing rhythm is the centroid of the spectrum from 0.05
    to 5 Hz. The paper names no band.

    References
    ----------
    .. [1] R. M. Birn et al., "Separating respiratory-variation-related fluctuations
       from neuronal-activity-related fluctuations in fMRI", NeuroImage 31, 2006.
    .. [2] S. Koelstra et al., "DEAP: a database for emotion analysis using
       physiological signals", IEEE Trans. Affect. Comput. 3, 2012.
    .. [3] P. Schmidt et al., "Introducing WESAD, a multimodal dataset for wearable
       stress and affect detection", ICMI 2018.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import RespirationFeatures
    >>> t = np.arange(1920) / 32
    >>> breath = np.sin(2 * np.pi * 0.25 * t)[None, None]  # 15 breaths per minute
    >>> features = RespirationFeatures(sfreq=32, measures=["rate", "depth_mean"])
    >>> features.fit_transform(breath).round(1).tolist()
    [[15.0, 2.0]]
    """

    _groups = {
        "breaths": BREATHS,
        "spectrum": SPECTRUM,
        "signal": STATISTICS,
        "deap": (
            "energy_ratio",
            *STATISTICS,
            "centroid",
            "rate",
            "cycle_mean",
            "cycle_median",
            *DEAP_BANDS,
        ),
        "wesad": (
            "inhale_mean",
            "inhale_std",
            "exhale_mean",
            "exhale_std",
            "ie_ratio",
            "range",
            "inspired_sum",
            "rate",
            "cycle_mean",
        ),
    }

    def __init__(self, *, sfreq="auto", window=None, measures=("breaths", "spectrum")):
        self.sfreq = sfreq
        self.window = window
        self.measures = measures

    def _unusable(self, X):
        f, power = periodogram(X, self.sfreq, detrend="linear")
        low, high = BREATH_HZ
        total = power[:, f >= low].sum(axis=1)
        inside = power[:, (f >= low) & (f < high)].sum(axis=1)
        noise = inside < LEAST_POWER_SHARE * total
        return {**super()._unusable(X), "noise": noise}

    def _describe(self, X, bounds, names):
        needed, values = set(names), {}
        if needed & set(STATISTICS):
            values |= statistics(X, bounds, self.sfreq)
            values["mean_derivative"] = mean_derivative(X, bounds, self.sfreq)
        if needed & set(SPECTRUM):
            values |= _spectrum(X, bounds, self.sfreq)
        if needed & set(DEAP_BANDS):
            values |= band_powers(X, bounds, self.sfreq, DEAP_BANDS)
        if needed & {*BREATHS, "cycle_median", "inspired_sum"}:
            values |= self._breath_measures(X, bounds)
        return values

    def _annotate(self, signal):
        found, rate = _breaths(signal, self.sfreq)
        return SignalAnnotation(
            {
                "inhalation ends": found["peak"] / rate,
                "inhalation begins": found["low"] / rate,
            },
            {"0.05-2 Hz": _breathing(signal, self.sfreq)[0]},
        )

    def _breath_measures(self, X, bounds):
        found, rate = _breaths(X, self.sfreq)
        row, peak = found["row"], found["peak"]
        times = peak / rate
        events = Events(row, times * self.sfreq, (len(X), len(bounds) - 1), bounds)
        inhale, exhale = found["inhale"] / rate, found["exhale"] / rate
        depth = found["depth"]
        cycle = np.full(len(row), np.nan)
        change = np.full(len(row), np.nan)
        if len(row):
            same = row[1:] == row[:-1]
            cycle[1:] = np.where(same, np.diff(times), np.nan)
            change[1:] = np.where(same, np.diff(cycle), np.nan)
        n_cycles = events.total((~np.isnan(cycle)).astype(float))

        def of_cycles(values):
            return np.where(n_cycles >= LEAST_CYCLES, values, np.nan)

        mean, std = events.mean(cycle), events.std(cycle)
        return {
            "rate": of_cycles(60 / events.median(cycle)),
            "cycle_mean": of_cycles(mean),
            "cycle_median": of_cycles(events.median(cycle)),
            "cycle_std": of_cycles(std),
            "cycle_rmssd": of_cycles(np.sqrt(events.mean(change**2))),
            "cycle_cv": of_cycles(std / mean),
            "depth_mean": events.mean(depth),
            "depth_std": events.std(depth),
            "inhale_mean": events.mean(inhale),
            "inhale_std": events.std(inhale),
            "exhale_mean": events.mean(exhale),
            "exhale_std": events.std(exhale),
            "ie_ratio": events.mean(inhale / exhale),
            "duty": events.mean(inhale / (inhale + exhale)),
            "rvt": events.mean(depth / (inhale + exhale)),
            "inspired_sum": events.total(np.nan_to_num(depth)),
        }


def _breathing(X, sfreq):
    """Return signals in the band of breaths, without the trend of short ones."""
    low, _ = BREATH_HZ
    X = lowpass(without_line(X), LOWPASS_HZ, sfreq)
    if X.shape[1] >= sfreq / low:
        X = X - lowpass(X, low, sfreq)
    return X


def _breaths(X, sfreq):
    """Find breaths.

    Returns
    -------
    found : dict of str to ndarray of shape (n_breaths,)
        ``row``; ``peak``, ``inhale`` and ``exhale`` as numbers of samples at the rate;
        ``low``, the minimum before the peak; and ``depth``. NaN where the minimum
        before or after a peak is missing.
    rate : float
        Rate in Hz that times refer to.
    """
    step = max(1, floor(sfreq / WORKING_RATE))
    rows = np.ascontiguousarray(_breathing(X, sfreq)[:, ::step])
    row, place, is_high = half_waves(rows, LEAST_SHARE)
    times = parabolic_peak(rows, row, place)
    heights = rows[row, place]
    at = np.flatnonzero(is_high)

    def neighbor(values, shift):
        other = at + shift
        inside = (other >= 0) & (other < len(row))
        other = np.clip(other, 0, max(len(row) - 1, 0))
        inside &= row[other] == row[at]
        return np.where(inside, values[other], np.nan)

    low, after = neighbor(times, -1), neighbor(times, 1)
    return {
        "row": row[at],
        "peak": times[at],
        "low": low,
        "inhale": times[at] - low,
        "exhale": after - times[at],
        "depth": heights[at] - neighbor(heights, -1),
    }, sfreq / step


def _spectrum(X, bounds, sfreq):
    shape = (len(X), len(bounds) - 1)
    rate, ratio, centroid = (np.full(shape, np.nan) for _ in range(3))
    for w, (a, b) in enumerate(pairwise(bounds)):
        f, power = periodogram(X[:, a:b], sfreq, window="hann", detrend="linear")
        inside = (f >= 0.05) & (f <= 5.0)
        if inside.any():
            total = power[:, inside].sum(axis=1)
            centroid[:, w] = power[:, inside] @ f[inside] / total
        slow = power[:, (f >= 0.05) & (f < 0.25)].sum(axis=1)
        fast = power[:, (f >= 0.25) & (f <= 5.0)].sum(axis=1)
        defined = (slow > 0) & (fast > 0)
        ratio[defined, w] = np.log(slow[defined] / fast[defined])
        if b - a >= SPECTRAL_SECONDS * sfreq:
            rate[:, w] = 60 * _largest_peak(f, power)
    return {"rate_spectral": rate, "energy_ratio": ratio, "centroid": centroid}


def _largest_peak(f, power):
    """Return the frequency of the largest value in a band, refined by a parabola."""
    candidates = np.flatnonzero((f >= SPECTRAL_HZ[0]) & (f <= SPECTRAL_HZ[1]))
    best = candidates[power[:, candidates].argmax(axis=1)]
    rows = np.arange(len(power))
    flat = ~(power[rows, best] > 0)
    logs = np.log(np.maximum(power, np.finfo(float).tiny))
    exact = parabolic_peak(logs, rows, np.clip(best, 1, len(f) - 2))
    return np.where(flat, np.nan, exact * f[1])
