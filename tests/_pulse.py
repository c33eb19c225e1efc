"""Pulse waves with known feet, recordings of wristbands, and how beats are counted."""

import numpy as np

RECORDINGS = "stress_predict"


def pulse_wave(feet, seconds, sfreq, dicrotic=0.35):
    """Return a pulse wave that rises at each of the times in `feet`.

    A beat is a fast wave, which peaks 0.12 s after its foot, and a slow one.
    """
    t = np.arange(round(seconds * sfreq)) / sfreq
    x = np.zeros(len(t))
    for foot in feet:
        u = np.maximum(t - foot, 0)
        x += (u / 0.12) ** 2 * np.exp(2 - 2 * u / 0.12)
        x += dicrotic * (u / 0.4) ** 6 * np.exp(6 - 6 * u / 0.4)
    return x


def irregular_feet(seconds, interval=0.8, random_state=0):
    """Return the times of feet whose intervals vary with the breath and at random."""
    rng = np.random.default_rng(random_state)
    n = int(seconds / interval) + 1
    breath = 0.06 * np.sin(0.9 * np.arange(n))
    intervals = interval * (1 + breath + 0.02 * rng.standard_normal(n))
    feet = 0.3 + np.cumsum(intervals) - intervals[0]
    return feet[feet < seconds - 0.6]


def read_wristbands(data_home):
    """Yield the name, the pulse, its rate and the beats of each wristband.

    The wristband itself marks the feet of beats in parts of the recording. The result
    has their times in seconds, and the first and the last one of each part.
    """
    for folder in sorted((data_home / RECORDINGS / "Raw_data").glob("S*")):
        start, sfreq, *pulse = np.loadtxt(folder / "BVP.csv")
        with open(folder / "IBI.csv") as file:
            first = float(file.readline().partition(",")[0])
            ends, lengths = np.loadtxt(file, delimiter=",").T
        ends = ends + first - start
        # A part starts where an interval does not follow on the one before.
        new = np.append(True, np.abs(ends[1:] - lengths[1:] - ends[:-1]) > 0.02)
        beats = np.sort(np.concatenate([ends, (ends - lengths)[new]]))
        last = np.append(np.flatnonzero(new)[1:] - 1, len(ends) - 1)
        parts = np.stack([(ends - lengths)[new], ends[last]], axis=1)
        yield folder.name, np.array(pulse), sfreq, beats, parts


def agreement(found, beats, parts, tolerance=0.1):
    """Compare the beats found with those that a wristband marks, in seconds.

    A constant offset is removed first, and each beat is matched once, the closest
    first.

    Returns
    -------
    sensitivity : float
        Share of the marked beats that were found.
    predictivity : float
        Share of the beats found within `parts` that are marked.
    intervals : float
        Share of the marked intervals whose two beats were found in succession.
    """
    found = found - _offset(found, beats)
    near = np.searchsorted(found, beats)[:, None] + np.arange(-2, 2)
    distance = np.abs(found[np.clip(near, 0, len(found) - 1)] - beats[:, None])
    distance[(near < 0) | (near >= len(found))] = np.inf
    partner, taken = np.full(len(beats), -1), set()
    for place in np.argsort(distance, axis=None):
        beat, k = divmod(place, near.shape[1])
        if distance[beat, k] > tolerance:
            break
        if partner[beat] < 0 and near[beat, k] not in taken:
            partner[beat] = near[beat, k]
            taken.add(near[beat, k])
    n_matched = len(taken)
    part = np.searchsorted(parts[:, 0], found, side="right") - 1
    inside = (part >= 0) & (found <= parts[np.maximum(part, 0), 1])
    inside[partner[partner >= 0]] = True
    successive = np.searchsorted(parts[:, 0], beats, side="right")
    successive = successive[1:] == successive[:-1]
    matched = (partner[1:] >= 0) & (partner[:-1] >= 0)
    right = matched & (partner[1:] == partner[:-1] + 1)
    return (
        n_matched / len(beats),
        n_matched / inside.sum(),
        right[successive].mean(),
    )


def _offset(found, beats, reach=0.45, width=0.02):
    """Return the most frequent difference between beats found and marked beats."""
    near = np.searchsorted(found, beats)[:, None] + np.arange(-2, 2)
    offset = found[np.clip(near, 0, len(found) - 1)] - beats[:, None]
    offset = offset[np.abs(offset) < reach]
    counts, edges = np.histogram(offset, np.arange(-reach, reach + width, width))
    mode = edges[np.convolve(counts, [1, 1, 1], "same").argmax()] + width / 2
    return np.median(offset[np.abs(offset - mode) < 0.05])
