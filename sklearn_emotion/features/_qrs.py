"""Detection of the beats in electrocardiograms of equal length."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.fft import ifft, next_fast_len, rfft

WORKING_RATE = 128.0
# QRS band: a Gaussian in frequency, without its slow end.
CENTER, WIDTH, SLOW = 14.0, 6.5, 4.0
EDGE = 0.5
# Peaks are compared with the running median of the largest peak in each block.
BLOCK, HALF_BLOCKS, FLOOR = 1.5, 3, 0.2
THRESHOLD, WEAK_THRESHOLD = 0.45, 0.05
LONG_GAP, REACH = 1.6, 0.05
# In atrial fibrillation, ordinary pauses are longer than LONG_GAP times the median
# interval. In a pause that the spread of the intervals explains, a beat must reach
# PAUSE_THRESHOLD times the typical height, and PAUSE_CONTRAST times the background.
SPREADS, PAUSE_THRESHOLD, PAUSE_CONTRAST = 5.0, 0.12, 3.0
# A deep S wave reaches 1.3 times the R wave in this band, an inverted R wave 1.6.
UPRIGHT_SHARE = 0.75
# The typical height is at most 3.5 times the envelope's median in ten seconds of
# noise, at least 5 times in noisy ECG.
MIN_CONTRAST, WEAK_CONTRAST, BACKGROUND_STRIDE = 3.5, 2.0, 4
# A step explains a peak if it is STEP_SHARE of its height, JUMP_SHARE of it at once.
STEP_SHARE, JUMP_SHARE, REPAIRS = 0.5, 0.6, 2
# A spike of a pacemaker lasts at most 10 ms, and an R wave at least twice as long. The
# level before and after a spike differs by at most LEVEL_SHARE of the edge. Two samples
# in a spike are needed to tell it from a narrow R wave. Muscle noise has such spikes in
# 3 % of the edges, and a paced ECG in most of them.
SPIKE_SECONDS, LEVEL_SHARE, SPIKE_SFREQ, SPIKE_SHARE = 0.01, 0.3, 250.0, 0.3
# A QRS complex has power above 8 Hz, and slower waves are above 0.7 Hz. In windows of
# 10 s, the ratio of these powers is 0.17 or more in 95 % of the ECG of EEGMAT (median
# 0.7), and 0.002 or less in 99 % of the wrist pulse of Stress-Predict (median 1e-4).
SLOW_WAVES, STEEP_WAVES = (0.7, 8.0), (8.0, 30.0)
LEAST_STEEPNESS = 0.01
STEEPNESS_SECONDS, STEEPNESS_SAMPLES = (2.0, 20.0), 16


class _Plan(NamedTuple):
    """Lengths and gains that depend on the number of time points and the rate."""

    pad: int  # samples that are put before the signal
    n_fft: int  # points of the forward transform
    n_out: int  # points of the inverse one, at the working rate
    gain: np.ndarray
    step_response: float  # height of the envelope over a step of one unit

    @property
    def ratio(self):
        """Working rate over sampling rate."""
        return self.n_out / self.n_fft


class Beats(NamedTuple):
    """Beats of a chunk, one entry per beat, with place and size of both extrema."""

    row: np.ndarray
    upper: np.ndarray  # samples, fractional
    lower: np.ndarray
    upward: np.ndarray  # +1 where the upper extremum is the larger, else -1
    strength: np.ndarray


@lru_cache(maxsize=16)
def _plan(n_times, sfreq):
    pad = round(EDGE * sfreq)
    n_fft = next_fast_len(n_times + 2 * pad, real=True)
    n_out = n_fft
    if sfreq > WORKING_RATE:
        n_out = next_fast_len(int(n_fft * WORKING_RATE / sfreq), real=True)
    gain = _qrs_gain(np.arange(n_out // 2 + 1) * (sfreq / n_fft))
    freqs = np.arange(0.01, 50.0, 0.01)
    step_response = np.sum(_qrs_gain(freqs) / (np.pi * freqs)) * 0.01
    gain *= 2 * n_out / n_fft
    return _Plan(pad, n_fft, n_out, gain.astype(np.float32), step_response)


def _qrs_gain(freqs):
    band = np.exp(-0.5 * ((freqs - CENTER) / WIDTH) ** 2)
    return band * (1 - np.exp(-0.5 * (freqs / SLOW) ** 2))


def find_beats(X, sfreq, refractory):
    """Find the beats of signals of equal length, each signal independently."""
    plan = _plan(X.shape[1], float(sfreq))
    analytic = _analytic(X, plan)
    for last in [False] * REPAIRS + [True]:
        envelope = np.abs(analytic)
        row, col, height, level, clear = _candidates(envelope, sfreq * plan.ratio)
        if last:
            break
        tall = height > THRESHOLD / 2 * level  # lower steps are not taken for beats
        center = _to_samples(col[tall], plan)
        size = height[tall] / plan.step_response
        edges = _find_edges(X, row[tall], center, size, sfreq)
        if not len(edges[0]):
            break
        spike = _is_spike(X, *edges, sfreq)
        spike_row, spike_at = edges[0][spike], edges[1][spike]
        step_row, *steps = _find_steps(X, *edges, spike, sfreq)
        rows = np.union1d(spike_row, step_row)
        if not len(rows):
            break
        repaired = X[rows]
        _remove_spikes(repaired, np.searchsorted(rows, spike_row), spike_at, sfreq)
        _remove_steps(repaired, np.searchsorted(rows, step_row), *steps)
        X = np.array(X)
        X[rows] = repaired
        analytic[rows] = _analytic(repaired, plan)
    strength = height / level
    beat = select(row, col, strength, len(X), refractory * plan.ratio, clear=clear)
    return _place(analytic, row[beat], col[beat], strength[beat], sfreq, plan)


def steepness(X, sfreq):
    """Return the power of steep waves, relative to slow waves, in some of the signals.

    At most `STEEPNESS_SAMPLES` signals are analyzed, and at most the middle 20 s of
    them. Flat signals are left out, and signals of less than 2 s give an empty array.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_times)
        Signals.
    sfreq : float
        Sampling rate of the signals in Hz.

    Returns
    -------
    ratios : ndarray of shape (n_analyzed,)
        Power in `STEEP_WAVES` divided by power in `SLOW_WAVES`.
    """
    shortest, longest = (round(seconds * sfreq) for seconds in STEEPNESS_SECONDS)
    if X.shape[1] < shortest:
        return np.empty(0)
    start = max(X.shape[1] - longest, 0) // 2
    stride = -(-len(X) // STEEPNESS_SAMPLES)
    X = X[::stride, start : start + longest]
    X = X - X.mean(axis=1, keepdims=True, dtype=np.float64)
    X = X[np.abs(X).max(axis=1) > 0] * np.hanning(X.shape[1])
    power = np.abs(rfft(X, axis=1)) ** 2
    freqs = np.arange(power.shape[1]) * sfreq / X.shape[1]
    slow, steep = (
        power[:, (freqs >= low) & (freqs < high)].sum(axis=1)
        for low, high in (SLOW_WAVES, STEEP_WAVES)
    )
    return steep / np.maximum(slow, np.finfo(float).tiny)


def _to_samples(col, plan):
    """Return positions at the working rate as (fractional) samples of the signal."""
    return (col + np.ceil(plan.pad * plan.ratio)) / plan.ratio - plan.pad


def _analytic(X, plan):
    """Return the analytic signal in the QRS band at the working rate."""
    n, n_times = X.shape
    pad = plan.pad
    padded = np.zeros((n, plan.n_fft), dtype=np.float32)
    # Subtracting the first value makes flat signals exactly 0.
    np.subtract(X, X[:, :1], out=padded[:, pad : pad + n_times], casting="same_kind")
    before = min(pad, n_times - 1)
    padded[:, pad - before : pad] = padded[:, pad + before : pad : -1]
    end = pad + n_times
    after = min((plan.n_fft - end + 1) // 2, n_times - 1)
    padded[:, end : end + after] = padded[:, end - 2 : end - 2 - after : -1]
    padded[:, end + after :] = padded[:, end + after - 1, None]
    spectrum = rfft(padded, axis=1)
    positive = np.zeros((n, plan.n_out), dtype=np.complex64)
    n_bins = len(plan.gain)
    np.multiply(spectrum[:, :n_bins], plan.gain, out=positive[:, :n_bins])
    analytic = ifft(positive, axis=1, overwrite_x=True)
    first = int(np.ceil(pad * plan.ratio))
    stop = int(np.floor((end - 1) * plan.ratio)) + 1
    return analytic[:, first:stop]


def _candidates(envelope, rate):
    """Return the peaks of the envelope.

    The arrays contain the row, the column, the height, the typical height around it,
    and whether the peak is high enough for a beat in a pause of an irregular rhythm.
    """
    edges, typical, overall = typical_heights(envelope, rate)
    background = np.median(envelope[:, ::BACKGROUND_STRIDE], axis=1, keepdims=True)
    level = np.maximum(typical, FLOOR * overall)
    least = np.maximum(WEAK_THRESHOLD * level, WEAK_CONTRAST * background)
    least[(overall <= MIN_CONTRAST * background)[:, 0]] = np.inf
    inner = envelope[:, 1:-1]
    peak = (inner > envelope[:, :-2]) & (inner >= envelope[:, 2:])
    peak &= inner > least.min(axis=1, keepdims=True)
    row, col = np.nonzero(peak)
    col += 1
    height = envelope[row, col]
    block = np.searchsorted(edges, col, side="right") - 1
    tall = height > least[row, block]
    row, col, block, height = row[tall], col[tall], block[tall], height[tall]
    level = level[row, block]
    clear = height >= PAUSE_CONTRAST * background[row, 0]
    clear &= height >= PAUSE_THRESHOLD * level
    return row, col, height, level, clear


def typical_heights(envelope, rate, half_blocks=HALF_BLOCKS):
    """Return the running median of the largest values in blocks of `BLOCK` s.

    Returns
    -------
    edges : ndarray of int of shape (n_blocks,)
        First column of each block.
    typical : ndarray of shape (n, n_blocks)
        Median over the blocks around each block.
    overall : ndarray of shape (n, 1)
        Median over all blocks.
    """
    n_cols = envelope.shape[1]
    n_blocks = max(round(n_cols / (BLOCK * rate)), 1)
    edges = np.arange(n_blocks) * n_cols // n_blocks
    highest = np.maximum.reduceat(envelope, edges, axis=1)
    width = min(2 * half_blocks + 1, n_blocks)
    around = np.lib.stride_tricks.sliding_window_view(highest, width, axis=1)
    medians = np.median(around, axis=2)
    first = np.clip(np.arange(n_blocks) - half_blocks, 0, n_blocks - width)
    return edges, medians[:, first], np.median(highest, axis=1, keepdims=True)


def _find_edges(X, row, center, size, sfreq):
    """Return row, sample, height and `size` of edges that may explain a candidate.

    `size` is the height of a step whose envelope is as high as the candidate.
    """
    n_times = X.shape[1]
    lag = max(1, round(0.004 * sfreq))
    near = np.arange(-round(0.06 * sfreq), round(0.06 * sfreq) + 1)
    at = np.rint(center).astype(np.intp)[:, None] + near
    later = X[row[:, None], np.clip(at, 0, n_times - 1)]
    jumps = later - X[row[:, None], np.clip(at - lag, 0, n_times - 1)]
    steepest = np.abs(jumps).argmax(axis=1)[:, None]
    jump = np.take_along_axis(jumps, steepest, axis=1)[:, 0]
    at = np.take_along_axis(at, steepest, axis=1)[:, 0]
    sharp = np.abs(jump) >= JUMP_SHARE * STEP_SHARE * size
    return row[sharp], at[sharp], jump[sharp], size[sharp]


def _is_spike(X, row, at, jump, size, sfreq):
    """Return a mask of the edges that belong to spikes."""
    if sfreq < SPIKE_SFREQ:
        return np.zeros(len(row), dtype=bool)
    mask = np.abs(jump) >= JUMP_SHARE * size
    near = _around_spikes(at[mask], X.shape[1], sfreq)
    before, after = X[row[mask], near[:, 0]], X[row[mask], near[:, -1]]
    level = np.abs(after - before) <= LEVEL_SHARE * np.abs(jump[mask])
    mask[mask] = level
    n_edges, n_spikes = np.bincount(row), np.bincount(row[mask], minlength=len(X))
    often = n_spikes[row[mask]] >= SPIKE_SHARE * n_edges[row[mask]]
    mask[mask] = often
    if not often.any():
        return mask
    middle = (before + after)[level][often, None] / 2
    height = np.abs(X[row[mask, None], near[level][often]] - middle)
    high = height > 0.5 * height.max(axis=1, keepdims=True)
    mask[mask] = high.sum(axis=1) <= SPIKE_SECONDS * sfreq
    return mask


def _around_spikes(at, n_times, sfreq):
    """Return the samples from before to after spikes that have an edge at `at`."""
    lag, width = round(0.004 * sfreq), round(SPIKE_SECONDS * sfreq)
    near = at[:, None] + np.arange(-lag - width, width + 1)
    return np.clip(near, 0, n_times - 1)


def _remove_spikes(X, row, at, sfreq):
    """Replace spikes in X by straight lines."""
    for i, near in zip(row, _around_spikes(at, X.shape[1], sfreq)):
        X[i, near] = np.linspace(X[i, near[0]], X[i, near[-1]], len(near))


def _find_steps(X, row, at, jump, size, spike, sfreq):
    """Return row, sample and height of edges that are steps of the level."""
    n_times = X.shape[1]
    lag = max(1, round(0.004 * sfreq))
    beyond = np.arange(round(0.045 * sfreq), round(0.11 * sfreq) + 1)
    after = np.clip(at[:, None] + beyond, 0, n_times - 1)
    before = np.clip(at[:, None] - lag - beyond, 0, n_times - 1)
    change = (X[row[:, None], after] - X[row[:, None], before]).mean(axis=1)
    step = ~spike & (np.abs(change) >= STEP_SHARE * size)
    step &= jump * np.sign(change) >= JUMP_SHARE * np.abs(change)
    _, once = np.unique(row[step] * n_times + at[step], return_index=True)
    return row[step][once], at[step][once], change[step][once]


def _remove_steps(X, row, at, change):
    """Subtract steps from X."""
    steps = np.zeros_like(X)
    steps[row, at] = change
    X -= np.cumsum(steps, axis=1)


def select(
    row,
    col,
    strength,
    n_rows,
    refractory,
    threshold=THRESHOLD,
    long_gap=LONG_GAP,
    clear=None,
):
    """Return a mask of the candidates that are beats.

    If given, `clear` is a mask of the candidates that may fill a pause of a rhythm so
    irregular that such pauses are ordinary.
    """
    beat = strength > threshold
    beat[beat] = suppress(row[beat], col[beat], strength[beat], refractory)
    first, last = _neighbors(row, beat)
    gap = col[last] - col[first]
    usual = _median_of_rows(row[first], gap, n_rows)
    spread = _median_of_rows(row[first], np.abs(gap - usual[row[first]]), n_rows)
    while True:  # each pass adds the highest candidate in each long gap
        n_beats = np.count_nonzero(beat)
        long = col[last] - col[first] > long_gap * usual[row[first]]
        for left, right in zip(first[long], last[long]):
            margin = max(0.5 * usual[row[left]], refractory)
            inside = np.arange(left + 1, right)
            inside = inside[col[inside] >= col[left] + margin]
            inside = inside[col[inside] <= col[right] - margin]
            at = row[left]
            if clear is not None and (
                col[right] - col[left] <= usual[at] + SPREADS * spread[at]
            ):
                inside = inside[clear[inside]]
            if len(inside):
                beat[inside[strength[inside].argmax()]] = True
        if np.count_nonzero(beat) == n_beats:
            return beat
        first, last = _neighbors(row, beat)


def _neighbors(row, beat):
    """Return the pairs of successive beats of one row."""
    beats = np.flatnonzero(beat)
    same = row[beats[1:]] == row[beats[:-1]]
    return beats[:-1][same], beats[1:][same]


def suppress(row, col, strength, refractory):
    """Return a mask of the highest candidates, none within `refractory` of another.

    The result is the same as if candidates were chosen one by one, the highest first,
    but all rows are processed at once.
    """
    shifts = []
    for shift in range(1, len(row)):
        close = (col[shift:] - col[:-shift] < refractory) & (
            row[shift:] == row[:-shift]
        )
        if not close.any():
            break
        shifts.append((slice(None, -shift), slice(shift, None), close))
    kept = np.zeros(len(row), dtype=bool)
    height = strength.copy()  # 0 for candidates that are decided
    while height.any():
        highest = height > 0
        for early, late, close in shifts:
            highest[early] &= ~(close & (height[late] > height[early]))
            highest[late] &= ~(close & (height[early] >= height[late]))
        kept |= highest
        beaten = highest.copy()
        for early, late, close in shifts:
            beaten[late] |= close & highest[early]
            beaten[early] |= close & highest[late]
        height[beaten] = 0
    return kept


def _median_of_rows(row, values, n_rows):
    """Return the median of the values of each row, infinite for an empty row."""
    count = np.bincount(row, minlength=n_rows)
    first = np.cumsum(count) - count
    ordered = values[np.lexsort((values, row))]
    median = np.full(n_rows, np.inf)
    some = count > 0
    low = (first + (count - 1) // 2)[some]
    high = (first + count // 2)[some]
    median[some] = (ordered[low] + ordered[high]) / 2
    return median


def _place(analytic, row, col, strength, sfreq, plan):
    """Place each beat at the extrema of the band-passed signal around it."""
    reach = round(REACH * sfreq * plan.ratio)
    near = np.clip(
        col[:, None] + np.arange(-reach, reach + 1), 0, analytic.shape[1] - 1
    )
    signal = analytic.real[row[:, None], near]
    places, sizes = [], []
    for side in (signal, -signal):
        top = np.clip(side.argmax(axis=1), 1, 2 * reach - 1)
        left, middle, right = (
            np.take_along_axis(side, (top + k)[:, None], axis=1)[:, 0]
            for k in (-1, 0, 1)
        )
        bend = 2 * middle - left - right
        bend[bend <= 0] = np.inf  # no extremum between the neighbors
        offset = np.clip(0.5 * (right - left) / bend, -0.5, 0.5)
        places.append(_to_samples(col - reach + top + offset, plan))
        sizes.append(middle)
    upward = np.where(sizes[0] >= UPRIGHT_SHARE * sizes[1], 1.0, -1.0)
    return Beats(row, *places, upward, strength)
