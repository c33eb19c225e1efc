"""Beats of a batch of pulse waves (PPG, BVP): feet and systolic peaks."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from joblib import Parallel, delayed
from scipy.fft import irfft, next_fast_len, rfft

from sklearn_emotion._docs import fill_doc
from sklearn_emotion._validation import check_finite, check_shape
from sklearn_emotion.features._qrs import FLOOR, select, typical_heights
from sklearn_emotion.features._signals import check_beat_rates

MIN_SFREQ = 20.0
MIN_TIMES = 8
WORKING_RATE = 64.0
# Upstrokes are found in a narrow band, and feet and peaks in a wide one, in Hz.
SLOW, UPSTROKE, WIDE = 0.5, 3.5, 12.0
EDGE = 3.0
# A foot lies at most this many seconds before the steepest point, a peak after it.
TO_FOOT, TO_PEAK = 0.5, 0.5
# A foot at the end of a signal counts if its upstroke steepest this long after the end.
BEYOND = 0.15
# Upstrokes are compared with the median of the steepest ones in three blocks of 1.5 s.
HALF_BLOCKS, THRESHOLD, WEAK_THRESHOLD, LONG_GAP = 1, 0.3, 0.05, 1.5
# Upstrokes are far steeper than the rounding errors of the transform.
LEAST = 1e-4
# A block is noise if less than this share of its power lies below 5 Hz and if its
# correlation with itself, at lags of one beat, is low.
NOISE_SECONDS, PULSE_HZ, LEAST_SHARE = 10.0, 5.0, 0.85
LAGS, LEAST_REPEATED = (0.3, 2.0), 0.65
CHUNK_SAMPLES = 1 << 18

PULSE = """
sfreq : float
    Sampling rate in Hz, at least 20.

max_heart_rate : float
    Highest heart rate in beats per minute. No two upstrokes are closer than
    ``60 / max_heart_rate`` s.
"""

_PARAMETERS = """
X : array-like of shape (n_samples, n_times)
    Pulse waves in any unit, of any duration. The signal rises at a heart beat, as in
    the files of wristbands. Pass ``-X`` for recorders of the reflected light itself.

subsample : bool
    Whether to return positions between samples, from a parabola through the extremum.
    They keep pulse intervals exact at low sampling rates.
"""


@fill_doc(PULSE, _PARAMETERS)
def find_pulse_peaks(X, sfreq, *, max_heart_rate=200.0, subsample=False, n_jobs=None):
    r"""Find the systolic peaks and the feet of pulse waves (PPG, BVP).

    All signals are filtered by one FFT, which also resamples them to 64 Hz. The method
    then works as follows:

    - Candidates are the steepest points of the signal in 0.5 to 3.5 Hz.
    - A candidate is an upstroke if its slope exceeds 0.3 times the typical slope around
      it and if no steeper candidate lies within ``60 / max_heart_rate`` s. The typical
      slope is the median of the largest slopes of three blocks of 1.5 s.
    - If an interval exceeds 1.5 times the median interval of the signal, lower
      candidates in its middle are added, the steepest first.
    - The foot is the minimum of the signal in 0.5 to 12 Hz in the 0.5 s before the
      steepest point, and the peak is the maximum in the 0.5 s after it.
    - A block of 10 s is noise and has no beats if less than 85 % of its power lies
      below 5 Hz and if it does not repeat itself: its autocorrelation at lags of 0.3 to
      2 s stays below 0.65, or a higher limit in signals that are shorter than 10 s.

    Parameters
    ----------
    %(parameters)s

    Returns
    -------
    peaks, feet : list of n_samples ndarray of shape (n_beats,)
        Increasing indices of each signal, as int64, or as float64 with `subsample`. The
        arrays of a flat signal and of noise are empty. If the start or the end of a
        signal cuts off the peak or the foot of a beat, only the other one is returned.

    Raises
    ------
    ValueError
        If `X` is not 2-D or contains NaN or infinity, or if `sfreq` or `max_heart_rate`
        is out of range.

    See Also
    --------
    PulseFeatures : Measures of the beats.
    find_r_peaks : The same for electrocardiograms.

    Notes
    -----
    Feet are sharper than peaks, so intervals between feet are more exact. Beats are
    also found in rhythmic movements of the sensor: check :meth:`PulseFeatures.valid`.
    ``benchmarks/speed/pulse.py`` prints the sensitivity, the positive predictivity and
    the time of this function and of other detectors.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import find_pulse_peaks
    >>> t = np.arange(0, 10, 1 / 64)
    >>> pulse = np.exp(-0.5 * ((t % 1.0 - 0.5) / 0.1) ** 2)
    >>> peaks, feet = find_pulse_peaks(pulse[None], 64)
    >>> peaks[0][:4]
    array([ 32,  96, 160, 224])
    """
    X = _check_pulse(X, sfreq, max_heart_rate)
    size = max(1, CHUNK_SAMPLES // max(X.shape[1], 1))
    chunks = [X[start : start + size] for start in range(0, len(X), size)]
    found = Parallel(n_jobs=n_jobs, prefer="threads")(
        delayed(_beats_of_rows)(chunk, sfreq, max_heart_rate, subsample)
        for chunk in chunks
    )
    peaks, feet = ([times for part in found for times in part[kind]] for kind in (0, 1))
    return peaks, feet


def _check_pulse(X, sfreq, max_heart_rate):
    X = np.asarray(X)
    check_shape(X, ("n_samples", "n_times"), "X")
    if X.dtype not in (np.float32, np.float64):
        X = X.astype(np.float64)
    check_beat_rates(sfreq, MIN_SFREQ, max_heart_rate, "Pulse waves")
    check_finite(X, "interpolate them or drop these samples")
    return X


def _beats_of_rows(X, sfreq, max_heart_rate, subsample):
    if X.shape[1] < MIN_TIMES:
        nothing = np.empty(0, dtype=np.float64 if subsample else np.int64)
        return [nothing] * len(X), [nothing] * len(X)
    wave = PulseWave(X, sfreq, max_heart_rate)
    found = []
    for columns in (wave.peak, wave.foot):
        inside = ~np.isnan(columns)
        times = wave.to_samples(columns[inside])
        if not subsample:
            times = np.rint(times).astype(np.int64)
        bounds = np.searchsorted(wave.row[inside], np.arange(1, len(X)))
        found.append(np.split(times, bounds))
    return found


class _Plan(NamedTuple):
    """Lengths and gains that depend on the number of time points and the rate."""

    pad: int  # samples that are put before the signal
    n_fft: int  # points of the forward transform
    n_out: int  # points of the inverse one, at the working rate
    upstroke: np.ndarray  # gains
    wide: np.ndarray
    smooth: np.ndarray

    @property
    def ratio(self):
        """Working rate over sampling rate."""
        return self.n_out / self.n_fft


@lru_cache(maxsize=16)
def _plan(n_times, sfreq):
    pad = round(EDGE * sfreq)
    n_fft = next_fast_len(n_times + 2 * pad, real=True)
    n_out = max(2, round(n_fft * WORKING_RATE / sfreq))
    n_out = next_fast_len(n_out, real=True)
    freqs = np.arange(min(n_fft, n_out) // 2 + 1) * (sfreq / n_fft)
    # Gains of Butterworth filters of order 2 that are applied forwards and backwards.
    high = (freqs / SLOW) ** 4 / (1 + (freqs / SLOW) ** 4)
    wide = high / (1 + (freqs / WIDE) ** 4)
    upstroke = 2j * np.pi * freqs * high / (1 + (freqs / UPSTROKE) ** 4)
    smooth = 1 / (1 + (freqs / WIDE) ** 4)
    gains = (gain * (n_out / n_fft) for gain in (upstroke, wide, smooth))
    return _Plan(pad, n_fft, n_out, *gains)


class PulseWave:
    """Pulse waves of equal length at the working rate, with their beats.

    Parameters
    ----------
    X : ndarray of shape (n, n_times)
        Signals.
    sfreq : float
        Sampling rate of the signals in Hz.
    max_heart_rate : float
        Highest heart rate in beats per minute.

    Attributes
    ----------
    wide, smooth : ndarray of float32 of shape (n, n_cols)
        Signals in 0.5 to 12 Hz, and below 12 Hz.
    rate : float
        Working rate in Hz.
    row, upstroke : ndarray of int of shape (n_beats,)
        Row and column of the steepest point of each beat, in the order of rows and
        times. The column may lie up to `BEYOND` s after the end of the signal.
    foot, peak : ndarray of float of shape (n_beats,)
        Columns of the foot and of the peak, NaN where the signal does not contain them.
    """

    def __init__(self, X, sfreq, max_heart_rate=200.0):
        n_times = X.shape[1]
        plan = _plan(n_times, float(sfreq))
        self.rate = sfreq * plan.ratio
        self._first = int(np.ceil(plan.pad * plan.ratio))
        stop = int(np.floor((plan.pad + n_times - 1) * plan.ratio)) + 1
        spectrum = rfft(_extended(X, plan), axis=1)

        def filtered(gain, stop=stop):
            kept = spectrum[:, : len(gain)] * gain.astype(np.complex64)
            return irfft(kept, plan.n_out, axis=1)[:, self._first : stop]

        self._plan, self._filtered = plan, filtered
        self.wide = filtered(plan.wide)
        slope = filtered(plan.upstroke, stop + round(BEYOND * self.rate))
        refractory = 60.0 / max_heart_rate * self.rate
        self._find(np.maximum(slope, 0), refractory)

    @property
    def smooth(self):
        """Signals below 12 Hz, without the line from the first to the last value."""
        return self._filtered(self._plan.smooth)

    def to_samples(self, columns):
        """Return columns as samples of the signal, which may be fractional."""
        return (columns + self._first) / self._plan.ratio - self._plan.pad

    def _find(self, rise, refractory):
        row, col, strength = self._candidates(rise)
        kept = select(row, col, strength, len(rise), refractory, THRESHOLD, LONG_GAP)
        row, col = row[kept], col[kept]
        n_cols = self.wide.shape[1]
        new = np.append(True, row[1:] != row[:-1])[: len(row)]
        before = np.where(new, 0, np.append(0, col[:-1])[: len(row)])
        foot = self._extreme(
            row, np.maximum(before, col - self._cols(TO_FOOT)), col, -1
        )
        after = np.append(np.where(new[1:], n_cols, foot[1:]), n_cols)[: len(row)]
        after = np.where(np.isnan(after), n_cols, after).astype(np.intp)
        self.row, self.upstroke, self.foot = row, col, foot
        last = np.minimum(after, col + self._cols(TO_PEAK))
        self.peak = self._extreme(row, col, last, 1)

    def _cols(self, seconds):
        return round(seconds * self.rate)

    def _candidates(self, rise):
        """Return row, column and relative height of the steepest points."""
        edges, typical, overall = typical_heights(rise, self.rate, HALF_BLOCKS)
        highest = rise.max(axis=1, keepdims=True, initial=0)
        level = np.maximum(typical, np.maximum(FLOOR * overall, LEAST * highest))
        inner = rise[:, 1:-1]
        steepest = (inner > rise[:, :-2]) & (inner >= rise[:, 2:])
        row, col = np.nonzero(steepest)
        col += 1
        block = np.searchsorted(edges, col, side="right") - 1
        strength = rise[row, col] / level[row, block]
        noise = self._noise()
        n_blocks = noise.shape[1]
        block = np.minimum(col * n_blocks // self.wide.shape[1], n_blocks - 1)
        kept = (strength > WEAK_THRESHOLD) & ~noise[row, block]
        return row[kept], col[kept], strength[kept]

    def _extreme(self, row, first, last, sign):
        """Return where `wide` is highest or lowest, NaN at the ends of the signal."""
        n_cols = self.wide.shape[1]
        width = int((last - first).max(initial=0)) + 1
        at = first[:, None] + np.arange(width)
        inside = (at <= last[:, None]) & (at < n_cols)
        values = sign * self.wide[row[:, None], np.minimum(at, n_cols - 1)]
        best = first + np.where(inside, values, -np.inf).argmax(axis=1)
        found = (best > 0) & (best < n_cols - 1)
        best = np.clip(best, 1, max(n_cols - 2, 1))
        before, middle, after = (sign * self.wide[row, best + k] for k in (-1, 0, 1))
        bend = 2 * middle - before - after
        found &= (middle >= before) & (middle >= after) & (bend > 0)
        shift = 0.5 * (after - before) / np.where(found, bend, 1.0)
        return np.where(found, best + shift, np.nan)

    def _noise(self):
        """Return which blocks of about 10 s are noise, as (n, n_blocks)."""
        n_cols = self.wide.shape[1]
        n_blocks = max(1, round(n_cols / (NOISE_SECONDS * self.rate)))
        length = n_cols // n_blocks
        taper = np.hanning(length).astype(np.float32)
        starts = np.arange(n_blocks) * n_cols // n_blocks
        blocks = self.wide[:, starts[:, None] + np.arange(length)] * taper
        n_fft = next_fast_len(2 * length, real=True)
        power = np.abs(rfft(blocks, n_fft, axis=2)) ** 2
        freqs = np.arange(power.shape[2]) * self.rate / n_fft
        total = np.maximum(power.sum(axis=2), np.finfo(np.float32).tiny)
        share = power[..., freqs < PULSE_HZ].sum(axis=2) / total
        # Correlation of the slow part with itself, freed of the taper's own.
        power *= np.float32(1) / (1 + (freqs / UPSTROKE) ** 4) ** 2
        of_taper = irfft(np.abs(rfft(taper, n_fft)) ** 2)
        first, last = (round(seconds * self.rate) for seconds in LAGS)
        last = min(last, 2 * length // 3)
        repeated = irfft(power, n_fft, axis=2)
        zero = np.maximum(repeated[..., :1], np.finfo(np.float32).tiny)
        repeated = repeated[..., first:last] / zero
        repeated = repeated * (of_taper[0] / of_taper[first:last])
        inner = repeated[..., 1:-1]
        highest = (inner > repeated[..., :-2]) & (inner >= repeated[..., 2:])
        repeated = np.where(highest, inner, -1.0).max(axis=2, initial=-1.0)
        # The largest correlation of noise grows as the block becomes shorter.
        seconds = length / self.rate
        least = min(LEAST_REPEATED * (NOISE_SECONDS / seconds) ** 0.5, 0.9)
        return (share < LEAST_SHARE) & (repeated < least)


def _extended(X, plan):
    """Return rows without the line between their ends, continued at both ends."""
    n_times = X.shape[1]
    ramp = np.linspace(0, 1, n_times)
    start, end = X[:, :1].astype(np.float64), X[:, -1:].astype(np.float64)
    out = np.zeros((len(X), plan.n_fft), dtype=np.float32)
    pad, stop = plan.pad, plan.pad + n_times
    out[:, pad:stop] = X - (start + (end - start) * ramp)
    n_pad = min(pad, n_times - 1)
    # Both ends are 0, so a change of sign continues value and slope.
    out[:, pad - n_pad : pad] = -out[:, pad + n_pad : pad : -1]
    out[:, stop : stop + n_pad] = -out[:, stop - 2 : stop - 2 - n_pad : -1]
    return out
