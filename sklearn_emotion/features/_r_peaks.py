"""R peaks of a batch of electrocardiograms, found in one pass over all of them."""

from numbers import Real

import numpy as np
from joblib import Parallel, delayed

from sklearn_emotion._validation import check_shape
from sklearn_emotion.features._qrs import Beats, find_beats, suppress

MIN_SFREQ = 80.0
SEGMENT, OVERLAP = 68.0, 6.0
CHUNK_SAMPLES = 1 << 18


def find_r_peaks(ecg, sfreq, *, max_heart_rate=200.0, subsample=False, n_jobs=None):
    r"""Find the R peaks of electrocardiograms.

    All signals are band-passed around the QRS complex by one FFT, which also brings
    them to 128 Hz; the peaks of the envelope :math:`|a|` of the analytic signal
    :math:`a` are the candidates, whatever the lead's polarity. A candidate is a beat
    if it exceeds 0.45 times the typical height around it (the median over seven
    blocks of 1.5 s of the largest peak in each) and no higher one lies within
    ``60 / max_heart_rate`` s. Where an interval exceeds 1.6 times the signal's
    median one, lower candidates in its middle are taken, the highest first. Steps
    of the signal's level are told from beats by the change that lasts, and taken
    out. A beat is placed at the maximum of :math:`\mathrm{Re}\,a` within 50 ms, or at
    the minimum if that is clearly the larger one in most beats. A signal whose typical
    height is at most 3.5 times the median of :math:`|a|` is noise and has no beats.

    Parameters
    ----------
    ecg : array-like of shape (n_samples, n_times)
        Electrocardiograms, in any unit, upright or inverted, of any duration.
        Recordings of more than 80 s are worked on in overlapping segments of 80 s.
    sfreq : float
        Sampling rate in Hz, at least 80.
    max_heart_rate : float, default=200.0
        Highest heart rate in beats per minute: no two peaks are closer than
        ``60 / max_heart_rate`` s.
    subsample : bool, default=False
        Whether to return positions between samples, from a parabola through the
        extremum, which keeps RR intervals exact at low sampling rates.
    n_jobs : int, default=None
        Number of threads; None means 1, -1 all processors.

    Returns
    -------
    peaks : list of n_samples ndarray of shape (n_peaks,)
        Increasing indices of the R peaks in each signal, int64; float64 with
        `subsample`. Empty for a flat signal and for noise. A beat whose peak the
        signal's start or end cuts off is not among them.

    Raises
    ------
    ValueError
        If `ecg` is not 2-D, holds NaN or infinite values, or `sfreq` or
        `max_heart_rate` is out of range.

    Notes
    -----
    The band and the thresholds were chosen on simulated noise and on recordings;
    ``benchmarks/speed/hrv.py`` prints sensitivity, positive predictivity and time
    beside other detectors'.

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
    if not (isinstance(sfreq, Real) and MIN_SFREQ <= sfreq < np.inf):
        raise ValueError(
            f"R peaks need a sampling rate of at least {MIN_SFREQ:g} Hz, got "
            f"sfreq={sfreq}."
        )
    if not (isinstance(max_heart_rate, Real) and 0 < max_heart_rate < np.inf):
        raise ValueError(
            "max_heart_rate must be a positive number of beats per minute, got "
            f"{max_heart_rate}."
        )
    # A sum is finite only if each of its terms is, and needs no mask of ecg's size.
    sums = ecg.sum(axis=1, dtype=np.float64)
    if not np.isfinite(sums).all():
        sample = int(np.flatnonzero(~np.isfinite(sums))[0])
        first = int(np.argmin(np.isfinite(ecg[sample])))
        raise ValueError(
            f"ecg holds NaN or infinite values, the first in sample {sample} at "
            f"{first / sfreq:g} s. Interpolate or drop them."
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
    """Find beats in segments of signals, each beat in one segment only."""
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
    # Neighbouring segments share their overlap; its middle is where they meet.
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
    # Placing a beat moves it by up to 50 ms, and segments meet: check again.
    kept = suppress(row, time, strength, refractory)
    row, time = row[kept], time[kept]
    if not subsample:
        time = np.rint(time).astype(np.int64)
    return np.split(time, np.searchsorted(row, np.arange(1, n_samples)))[:n_samples]


def _no_beats():
    empty = np.empty(0)
    return Beats(np.empty(0, dtype=np.intp), empty, empty, empty, empty)
