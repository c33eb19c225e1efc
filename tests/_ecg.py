"""Electrocardiograms with known beats: built, simulated and recorded."""

import warnings

import numpy as np
from scipy.signal import butter, find_peaks, sosfiltfilt

# Delay in s, width in s and height of the waves around an R peak.
WAVES = {"P": (-0.16, 0.025, 0.12), "R": (0.0, 0.012, 1.0), "T": (0.26, 0.05, 0.3)}
# Codes of the annotations that mark beats, from the WFDB library's ecgcodes.h.
BEAT_CODES = {*range(1, 14), 25, 30, 34, 35, 38, 41}
NORMAL = 1


def ecg_train(times, duration, sfreq, *, heights=1.0, waves=WAVES):
    """Return P, R and T waves at exact times in s, of shape (n_times,)."""
    t = np.arange(round(duration * sfreq)) / sfreq
    x = np.zeros(len(t))
    for time, height in zip(times, np.broadcast_to(heights, len(times))):
        start = max(round((time - 1) * sfreq), 0)
        near = slice(start, round((time + 1) * sfreq))
        for delay, width, share in waves.values():
            z = (t[near] - time - delay) / width
            x[near] += height * share * np.exp(-0.5 * z**2)
    return x


def paced_ecg(times, duration, sfreq, *, spike, delay=0.09):
    """Return an ECG of unipolar ventricular pacing with R peaks at `times` in s.

    The complexes are wide and notched. Each follows a spike of 1.5 ms, `spike` times as
    high as the R wave, which is low-pass filtered as by an electrocardiograph.
    """
    fine = 4 * sfreq
    notched = {"A": (-0.05, 0.02, 0.5), "R": (0.0, 0.025, 1.0), "T": (0.28, 0.06, -0.5)}
    x = ecg_train(times, duration, fine, waves=notched)
    since = np.arange(len(x)) / fine - np.asarray(times)[:, None] + delay
    x -= spike * np.any((since >= 0) & (since < 0.0015), axis=0)
    low = butter(2, min(150, 0.4 * sfreq), fs=fine, output="sos")
    return sosfiltfilt(low, x)[::4]


def fibrillating_ecg(n_samples, duration, sfreq, *, noise, random_state=0):
    """Return ECG of atrial fibrillation, (n_samples, n_times), and its R peaks in s.

    Intervals are 0.3 s plus a gamma distribution, with a standard deviation of 30 % of
    the mean. There are no P waves, but waves at 5 to 8 Hz, and white noise.
    """
    rng = np.random.default_rng(random_state)
    X, beats = [], []
    waves = {"R": WAVES["R"], "T": WAVES["T"]}
    for _ in range(n_samples):
        mean = 60 / rng.uniform(55, 110)
        shape = ((mean - 0.3) / (0.3 * mean)) ** 2
        gaps = 0.3 + rng.gamma(shape, (mean - 0.3) / shape, round(3 * duration))
        times = 0.4 + np.cumsum(gaps)
        times = times[times < duration - 0.5]
        heights = rng.uniform(0.85, 1.15, len(times))
        x = ecg_train(times, duration, sfreq, heights=heights, waves=waves)
        phase = 2 * np.pi * rng.uniform(5, 8) * np.arange(len(x)) / sfreq
        phase += np.cumsum(rng.normal(0, 0.02, len(x)))
        x += 0.05 * (np.sin(phase) + 0.4 * np.sin(2 * phase + 1))
        X.append(x + noise * rng.standard_normal(len(x)))
        beats.append(times)
    return np.array(X), beats


def simulated_ecg(n_samples, duration, *, sfreq=256, random_state=0):
    """Return NeuroKit2's noiseless ECG, (n_samples, n_times), and its R peaks."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import neurokit2
    rng = np.random.default_rng(random_state)
    X = np.empty((n_samples, duration * sfreq))
    for x in X:
        x[:] = neurokit2.ecg_simulate(
            duration=duration,
            sampling_rate=sfreq,
            noise=0,
            heart_rate=rng.uniform(55, 110),
            heart_rate_std=rng.uniform(1, 6),
            random_state=int(rng.integers(2**31)),
        )[: len(x)]
    return X, [_summits(x, sfreq) for x in X]


def _summits(x, sfreq):
    """Return the maxima that are sharp enough for an R wave, of a noiseless ECG."""
    peaks, _ = find_peaks(x, height=0.25 * x.max(), distance=round(0.25 * sfreq))
    bend = -np.gradient(np.gradient(x))
    # T waves bend less than a tenth as much as R waves, however high they are.
    return peaks[bend[peaks] > 0.25 * bend[peaks].max()]


def add_noise(X, level, *, sfreq=256, random_state=0):
    """Add noise in units of the R peak's height, about 1, as float32.

    clean: white 0.01. moderate: 0.3 wander at 0.3 Hz, 0.05 mains at 50 Hz, white
    0.05. hard: 0.5 wander, muscle noise (white 0.25, band-passed 15-90 Hz), level
    steps of standard deviation 1, one in five seconds.
    """
    rng = np.random.default_rng(random_state)
    t = np.arange(X.shape[1]) / sfreq
    white = rng.standard_normal(X.shape)
    turns = rng.uniform(0, 2 * np.pi, (2, len(X), 1))
    wander = np.sin(2 * np.pi * 0.3 * t + turns[0])
    if level == "clean":
        noise = 0.01 * white
    elif level == "moderate":
        mains = np.sin(2 * np.pi * 50 * t + turns[1])
        noise = 0.3 * wander + 0.05 * mains + 0.05 * white
    else:
        band = butter(4, (15, 90), "bandpass", fs=sfreq, output="sos")
        steps = rng.standard_normal(X.shape) * (rng.random(X.shape) < 0.2 / sfreq)
        noise = 0.5 * wander + 0.25 * sosfiltfilt(band, white) + steps.cumsum(axis=1)
    return np.float32(X + noise)


def matched(reference, found, tolerance):
    """Return hits, extra and missed peaks, each peak matched once at most."""
    i = j = hits = 0
    while i < len(reference) and j < len(found):
        lag = found[j] - reference[i]
        hits += abs(lag) <= tolerance
        i, j = i + (lag >= -tolerance), j + (lag <= tolerance)
    return np.array([hits, len(found) - hits, len(reference) - hits])


def rates(references, founds, tolerance):
    """Return F1, sensitivity and positive predictivity over all records."""
    pairs = zip(references, founds, strict=True)
    hits, extra, missed = sum(matched(r, f, tolerance) for r, f in pairs)
    f1 = 2 * hits / (2 * hits + extra + missed)
    return f1, hits / (hits + missed), hits / (hits + extra)


def read_record_100(data_home):
    """Return MIT-BIH record 100: signals (2, 650000) in mV, rate, beats' samples."""
    folder = data_home / "mitbih_record100"
    packed = np.fromfile(folder / "100.dat", dtype=np.uint8).reshape(-1, 3)
    first, shared, second = packed.T.astype(np.int16)
    # Format 212: two 12-bit two's complements in three bytes.
    values = np.stack([first | (shared & 0x0F) << 8, second | (shared & 0xF0) << 4])
    values -= (values > 2047) * np.int16(4096)
    return (values - 1024) / 200, 360, annotated_beats(folder / "100.atr")[0]


def annotated_beats(path):
    """Return the samples and codes of the beats in a file of MIT-format annotations."""
    words = np.fromfile(path, dtype="<u2").astype(int)
    beats, codes, time, i = [], [], 0, 0
    while words[i]:
        code, value = words[i] >> 10, words[i] & 0x3FF
        i += 1
        if code == 59:  # SKIP: a 32-bit interval follows, high word first
            time += (words[i] << 16) + words[i + 1]
            i += 2
        elif code == 63:  # AUX: that many bytes follow, padded to whole words
            i += (value + 1) // 2
        elif code < 60:
            time += value
            if code in BEAT_CODES:
                beats.append(time)
                codes.append(code)
    return np.array(beats), np.array(codes)
