"""The intervals between heartbeats in electrocardiograms and pulse waves."""

from numbers import Integral, Real

import numpy as np

from sklearn_emotion._base import Interval, SignalTransformer, StrOptions
from sklearn_emotion._validation import single_signal, warn_user
from sklearn_emotion.features._hrv_measures import (
    MAX_RATIO,
    are_enough,
    interval_blocks,
)
from sklearn_emotion.features._pulse_peaks import find_pulse_peaks
from sklearn_emotion.features._qrs import LEAST_STEEPNESS, STEEP_WAVES, steepness
from sklearn_emotion.features._r_peaks import find_r_peaks

# Number of time points in which peaks are found at a time.
BLOCK_SAMPLES = 1 << 23


class BeatIntervalTransformer(SignalTransformer):
    """Base class of transformers that start from the intervals between heartbeats.

    The beats are the R peaks of one lead of an ECG, or the feet of a pulse wave.
    """

    _axes = ("n_samples", "n_leads", "n_times")
    _remedy = (
        "interpolate them or drop these samples; a missing signal can be a row of "
        "zeros, which is not valid"
    )

    _parameter_constraints: dict = {
        "sfreq": [Interval(Real, 0, None, closed="neither"), StrOptions({"auto"})],
        "signal": [StrOptions({"ecg", "pulse"})],
        "lead": [Interval(Integral, 0, None, closed="left")],
        "max_heart_rate": [Interval(Real, 0, None, closed="neither")],
        "min_heart_rate": [Interval(Real, 0, None, closed="left")],
        "n_jobs": [Integral, None],
    }

    _default_sfreq = 256.0

    def _validated(self, X, *, reset):
        X = single_signal(X, type(self).__name__)
        if not isinstance(X, np.ndarray):
            X = np.asarray(X)
        if X.ndim == 2:
            X = X[:, None]
        return super()._validated(X, reset=reset)

    def _check(self, X):
        if self.lead >= X.shape[1]:
            raise ValueError(
                f"lead={self.lead}, but X has {X.shape[1]} leads, counted from 0."
            )
        if self.min_heart_rate >= self.max_heart_rate:
            raise ValueError(
                f"min_heart_rate={self.min_heart_rate} must be below "
                f"max_heart_rate={self.max_heart_rate} beats per minute."
            )

    def _usable_intervals(self, X):
        """Find the intervals, and warn if X or its sampling rate is not as expected.

        Return a list of blocks, and whether there was a warning. A block is a slice of
        rows of X, their intervals and end times in seconds. All intervals of a row that
        is not valid are NaN.
        """
        blocks, slow_rates = [], []
        size = max(1, BLOCK_SAMPLES // X.shape[-1])
        for start in range(0, len(X), size):
            peaks = self._beats(X[start : start + size, self.lead])
            first = start
            for rr, times, n_found in interval_blocks(peaks, self.sfreq, MAX_RATIO):
                n_kept = (~np.isnan(rr)).sum(axis=1)
                total = np.nansum(rr, axis=1)
                usable = are_enough(n_kept, n_found)
                slow = usable & (60 * n_kept < self.min_heart_rate * total)
                slow_rates += (60 * n_kept[slow] / total[slow]).tolist()
                rr[slow | ~usable] = np.nan
                blocks.append((slice(first, first + len(rr)), rr, times))
                first += len(rr)
        if 2 * len(slow_rates) > len(X):
            warn_user(
                f"{len(slow_rates)} of {len(X)} samples have a heart rate below "
                f"min_heart_rate={self.min_heart_rate:g} beats per minute, "
                f"{np.median(slow_rates):.1f} in the median, and are not valid. Check "
                f"that sfreq={self.sfreq:g} Hz is their sampling rate."
            )
            return blocks, True
        return blocks, self._warn_of_other_signals(X)

    def _beats(self, X):
        options = {
            "max_heart_rate": self.max_heart_rate,
            "subsample": True,
            "n_jobs": self.n_jobs,
        }
        if self.signal == "pulse":
            return find_pulse_peaks(X, self.sfreq, **options)[1]
        return find_r_peaks(X, self.sfreq, **options)

    def _warn_of_other_signals(self, X):
        """Warn if most samples of ECG have no waves that are as steep as a QRS."""
        if self.signal == "pulse":
            return False
        ratios = steepness(X[:, self.lead], self.sfreq)
        if not len(ratios) or np.median(ratios) >= LEAST_STEEPNESS:
            return False
        warn_user(
            "X does not look like an electrocardiogram: its power above "
            f"{STEEP_WAVES[0]:g} Hz, where QRS complexes are, is "
            f"{100 * np.median(ratios):.2g} % of the power below, but at least "
            f"{100 * LEAST_STEEPNESS:g} % in an ECG. {type(self).__name__} finds R "
            "peaks, so the beats of a pulse wave (PPG, BVP) are wrong or missing. Set "
            'signal="pulse" for a pulse wave. For an ECG, check that '
            f"sfreq={self.sfreq:g} Hz is its sampling rate."
        )
        return True
