"""R peaks of a batch of electrocardiograms, found in one pass over the batch."""

import numpy as np
from joblib import Parallel, delayed

from sklearn_emotion._docs import fill_doc
from sklearn_emotion._validation import check_shape
from sklearn_emotion.features._qrs import Beats, find_beats, suppress
from sklearn_emotion.features._signals import check_beat_rates

MIN_SFREQ = 80.0
SEGMENT, OVERLAP = 68.0, 6.0
CHUNK_SAMPLES = 1 << 18

R_PEAKS = """
sfreq : float
    Sampling rate in Hz, at least 80.

max_heart_rate : float
    Highest heart rate in beats per minute. No two R peaks are closer than
    ``60 / max_heart_rate`` s.
"""

_PARAMETERS = """
ecg : array-like of shape (n_samples, n_times)
    Electrocardiograms in any unit, upright or inverted, of any duration. Recordings of
    more than 80 s are processed in overlapping segments of 80 s.

subsample : bool
    Whether to return positions between samples, from a parabola through the extremum.
    They keep RR intervals exact at low sampling rates.
"""


@fill_doc(R_PEAKS, _PARAMETERS)
def find_r_peaks(ecg, sfreq, *, max_heart_rate=200.0, subsample=False, n_jobs=None):
    r"""Find the R peaks of electrocardiograms.

    All signals are band-passed around the QRS complex by one FFT, which also resamples
    them to 128 Hz. The method then works as follows:

    - Candidates are the peaks of the envelope :math:`|a|` of the analytic signal
      :math:`a`, for either polarity of the lead.
    - A candidate is a beat if it exceeds 0.45 times the typical height around it and if
      no higher candidate lies within ``60 / max_heart_rate`` s. The typical height is
      the median of the largest peaks of seven blocks of 1.5 s.
    - If an interval exceeds 1.6 times the median interval of the signal, lower
      candidates in its middle are added, the highest first. In an irregular rhythm,
      such as atrial fibrillation, long intervals are ordinary. If an interval exceeds
      the median by at most five median absolute deviations, only candidates that stand
      out clearly are added.
    - Steps in the level of the signal are recognized by their lasting change, and
      removed. So are most spikes of a pacemaker, of at most 10 ms, in signals sampled
      at 250 Hz or more.
    - A beat is placed at the maximum of :math:`\mathrm{Re}\,a` within 50 ms. If the
      minimum is clearly larger in most beats, all beats are placed at the minimum.
    - A signal whose typical height is at most 3.5 times the median of :math:`|a|` is
      noise and has no beats.

    Parameters
    ----------
    %(parameters)s

    Returns
    -------
    peaks : list of n_samples ndarray of shape (n_peaks,)
        Increasing indices of the R peaks of each signal, as int64, or as float64 with
        `subsample`. The array of a flat signal and of noise is empty. A beat whose peak
        is cut off by the start or the end of the signal is not included.

    Raises
    ------
    ValueError
        If `ecg` is not 2-D or contains NaN or infinity, or if `sfreq` or
        `max_heart_rate` is out of range.

    Notes
    -----
    The band and the thresholds were chosen on simulated noise and on recordings.
    ``benchmarks/speed/hrv.py`` prints the sensitivity, the positive predictivity and
    the time of this function and of other detectors.

    Examples
    --------
    >>> import numpy as np
    >>> t = np.arange(0, 10, 1 / 256)
    >>> ecg = np.exp(-0.5 * ((t % 1.0 - 0.5) / 0.015) ** 2)
    >>> find_r_peaks(ecg[None], 256)[0][:4]
    array([128, 384, 640, 896])
    """
    ecg = _check_ecg(ecg, sfreq, max_heart_rate)
    n_samples, n_times = ecg.shape
    starts, length = _segments(n_times, sfreq)
    sources = [(i, start) for i in range(n_samples) for start in starts]
    if n_times < 3:
        sources = []
    refractory = 60.0 / max_heart_rate * sfreq
    size = max(1, CHUNK_SAMPLES // max(length, 1))
    chunks = [sources[i : i + size] for i in range(0, len(sources), size)]
    found = Parallel(n_jobs=n_jobs, prefer="threads")(
        delayed(_beats_of_segments)(ecg, chunk, starts, length, sfreq, refractory)
        for chunk in chunks
    )
    return _peaks_of_rows(found, n_samples, n_times, refractory, subsample)


def _check_ecg(ecg, sfreq, max_heart_rate):
    ecg = np.asarray(ecg)
    check_shape(ecg, ("n_samples", "n_times"), "ecg")
    if ecg.dtype not in (np.float32, np.float64):
        ecg = ecg.astype(np.float64)
    check_beat_rates(sfreq, MIN_SFREQ, max_heart_rate, "R peaks")
    # A sum is finite only if all terms are, and needs no mask of the size of ecg.
    sums = ecg.sum(axis=1, dtype=np.float64)
    if not np.isfinite(sums).all():
        sample = int(np.flatnonzero(~np.isfinite(sums))[0])
        first = int(np.argmin(np.isfinite(ecg[sample])))
        raise ValueError(
            f"ecg contains NaN or infinite values, the first in sample {sample} at "
            f"{first / sfreq:g} s. Interpolate them or drop the samples."
        )
    return ecg


def _segments(n_times, sfreq):
    """Return the starts of the segments that are worked on, and their length."""
    core, overlap = round(SEGMENT * sfreq), round(OVERLAP * sfreq)
    length = core + 2 * overlap
    if n_times <= length:
        return [0], n_times
    starts = [*range(0, n_times - length, core), n_times - length]
    return starts, length


def _beats_of_segments(ecg, sources, starts, length, sfreq, refractory):
    """Find beats in segments of signals, and keep each beat in one segment only."""
    whole = length == ecg.shape[1]
    if whole:
        X = ecg[sources[0][0] : sources[-1][0] + 1]
    else:
        X = np.stack([ecg[i, start : start + length] for i, start in sources])
    beats = find_beats(X, sfreq, refractory)
    row, start = np.array(sources).T[:, beats.row]
    beats = beats._replace(
        row=row, upper=beats.upper + start, lower=beats.lower + start
    )
    if whole:
        return beats
    # Neighboring segments overlap. The middle of the overlap separates their beats.
    starts = np.array(starts)
    seams = (starts[1:] + starts[:-1] + length) / 2
    owner = starts[np.searchsorted(seams, (beats.upper + beats.lower) / 2)]
    return Beats(*(values[owner == start] for values in beats))


def _peaks_of_rows(found, n_samples, n_times, refractory, subsample):
    beats = Beats(*map(np.concatenate, zip(*found))) if found else _no_beats()
    votes = np.bincount(beats.row, beats.upward, minlength=n_samples)
    time = np.where(votes[beats.row] >= 0, beats.upper, beats.lower)
    time = np.clip(time, 0, n_times - 1)
    order = np.lexsort((time, beats.row))
    row, time, strength = beats.row[order], time[order], beats.strength[order]
    # Beats have moved by up to 50 ms, and segments have been joined: check again.
    kept = suppress(row, time, strength, refractory)
    row, time = row[kept], time[kept]
    if not subsample:
        time = np.rint(time).astype(np.int64)
    return np.split(time, np.searchsorted(row, np.arange(1, n_samples)))[:n_samples]


def _no_beats():
    empty = np.empty(0)
    return Beats(np.empty(0, dtype=np.intp), empty, empty, empty, empty)
