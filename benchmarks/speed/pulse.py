"""Time detectors of pulse waves and measure their accuracy on wristbands.

``python benchmarks/speed/pulse.py --out pulse.csv`` reads the 35 wristbands of
Stress-Predict from the folder in ``SKLEARN_EMOTION_DATA``. The beats that a wristband
itself marks in parts of the recording, by the foot of the pulse, are the reference. A
constant offset is removed for each recording, and a beat is found if it lies within
100 ms of a marked one. Positive predictivity counts the beats within the marked parts.
The feet of other detectors are the minima of the signal in 0.5 to 12 Hz in the 0.6 s
before their peaks. NeuroKit2 is compared if it is installed. Detectors are timed in
turns, and the last rows count in how many samples of noise they find beats.
"""

import os
import sys
import warnings
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from _timing import paired_medians, parser, report
from scipy.ndimage import median_filter
from scipy.signal import butter, find_peaks, sosfiltfilt

from sklearn_emotion.features import find_pulse_peaks

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests"))
from _pulse import agreement, read_wristbands  # noqa: E402

DATA = Path(os.environ.get("SKLEARN_EMOTION_DATA", "")).absolute()
WINDOWS = (None, 30, 10)
# Recordings that are timed.
N_TIMED = 5


def band(X, low, high, sfreq):
    sos = butter(2, [low, high], "bandpass", fs=sfreq, output="sos")
    return sosfiltfilt(sos, X, axis=1)


def ours(X, sfreq):
    peaks, _ = find_pulse_peaks(X, sfreq)
    return peaks


def maxima(X, sfreq):
    rows = band(X, 0.5, 8, sfreq)
    return [find_peaks(row, distance=round(0.4 * sfreq))[0] for row in rows]


def prominence(X, sfreq):
    found = []
    for row in band(X, 0.5, 5, sfreq):
        typical = median_filter(np.abs(row), round(3 * sfreq))
        peaks, about = find_peaks(row, distance=0.3 * sfreq, prominence=0)
        found.append(peaks[about["prominences"] > 0.6 * typical[peaks]])
    return found


def neurokit2(method, X, sfreq):
    import neurokit2 as nk

    found = []
    for x in X:
        clean = nk.ppg_clean(x, sampling_rate=int(sfreq))
        try:
            info = nk.ppg_findpeaks(clean, sampling_rate=int(sfreq), method=method)
            found.append(np.asarray(info["PPG_Peaks"], dtype=np.int64))
        except (IndexError, TypeError, ValueError):
            found.append(np.empty(0, dtype=np.int64))
    return found


DETECTORS = {
    "find_pulse_peaks": ours,
    "maxima": maxima,
    "prominence": prominence,
}
if find_spec("neurokit2"):
    DETECTORS["neurokit2 elgendi"] = partial(neurokit2, "elgendi")


def feet(name, X, sfreq):
    """Return the feet that a detector finds, in seconds from the start of X."""
    if name == "find_pulse_peaks":
        _, found = find_pulse_peaks(X, sfreq, subsample=True)
    else:
        rows, found = band(X, 0.5, 12, sfreq), []
        for row, peaks in zip(rows, DETECTORS[name](X, sfreq)):
            starts = [max(0, peak - round(0.6 * sfreq)) for peak in peaks]
            lowest = [a + row[a : b + 1].argmin() for a, b in zip(starts, peaks)]
            found.append(np.unique(lowest))
    n_times = X.shape[1]
    return np.concatenate([f + i * n_times for i, f in enumerate(found)]) / sfreq


def accuracy_rows(recordings):
    for window in WINDOWS:
        for name in DETECTORS:
            scores = []
            for _, pulse, sfreq, beats, parts in recordings:
                length = len(pulse) if window is None else round(window * sfreq)
                n = len(pulse) // length
                found = feet(name, pulse[: n * length].reshape(n, length), sfreq)
                inside = beats[beats < n * length / sfreq]
                scores.append(agreement(found, inside, parts))
            scores = np.array(scores)
            median, low = np.median(scores, axis=0), scores.min(axis=0)
            yield {
                "signals": "whole recordings" if window is None else f"{window} s",
                "detector": name,
                "sensitivity": f"{median[0]:.4f}",
                "lowest sensitivity": f"{low[0]:.3f}",
                "PPV": f"{median[1]:.4f}",
                "lowest PPV": f"{low[1]:.3f}",
                "intervals": f"{median[2]:.4f}",
            }


def detect(find, batches):
    return [find(X, sfreq) for X, sfreq in batches]


def time_rows(recordings, arguments):
    timed = [(pulse, sfreq) for _, pulse, sfreq, *_ in recordings[:N_TIMED]]
    for window in (None, 10):
        batches = []
        for pulse, sfreq in timed:
            length = len(pulse) if window is None else round(window * sfreq)
            n = len(pulse) // length
            batches.append((pulse[: n * length].reshape(n, length), sfreq))
        ways = {
            name: partial(detect, find, batches) for name, find in DETECTORS.items()
        }
        seconds = paired_medians(
            ways, repeats=arguments.repeats, threads=arguments.threads
        )
        for name, time in seconds.items():
            yield {
                "signals": "whole recordings" if window is None else f"{window} s",
                "detector": name,
                "s a recording": time / N_TIMED,
            }


def noise_rows():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((500, 640))
    for name, find in DETECTORS.items():
        share = np.mean([len(peaks) > 0 for peaks in find(X, 64)])
        yield {
            "signals": "white noise, 10 s",
            "detector": name,
            "with beats": f"{share:.3f}",
        }


def main():
    arguments = parser(__doc__.splitlines()[0]).parse_args()
    warnings.simplefilter("ignore")
    recordings = list(read_wristbands(DATA))
    rows = list(accuracy_rows(recordings))
    columns = dict.fromkeys([*rows[0], "s a recording", "with beats"])
    times = {(r["signals"], r["detector"]): r for r in time_rows(recordings, arguments)}
    rows = [
        columns | row | times.get((row["signals"], row["detector"]), {}) for row in rows
    ]
    report(rows + [columns | row for row in noise_rows()], arguments.out)


if __name__ == "__main__":
    main()
