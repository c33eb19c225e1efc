"""Time R-peak detectors and measure their accuracy.

``python benchmarks/speed/hrv.py --out hrv.csv`` compares `find_r_peaks` with sleepecg,
NeuroKit2 and wfdb's xqrs if they are installed, and counts the beats that are found
within 100 ms and within 25 ms. NeuroKit2 simulates the generated ECG. MIT-BIH record
100 and EEGMAT are read from the folder in ``SKLEARN_EMOTION_DATA`` and are left out if
they are not there. EEGMAT has no reference beats, so the beats on which at least two of
the other detectors agree serve as the reference. Batches of simulated items of 10 s are
timed in turns, and all other signals once.
"""

import os
import sys
import warnings
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter

import mne
import numpy as np
from _timing import paired_medians, parser, report

from sklearn_emotion.features import find_r_peaks, rr_intervals
from sklearn_emotion.features._hrv_measures import TIME_MEASURES, time_measures

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests"))
from _ecg import add_noise, rates, read_record_100, simulated_ecg  # noqa: E402

DATA = Path(os.environ.get("SKLEARN_EMOTION_DATA", "")).absolute()
# Recordings (subject, task) of EEGMAT whose ECG channel holds noise.
WITHOUT_ECG = {(2, 0), (13, 0), (20, 1), (35, 1)}


def ours(X, sfreq):
    return find_r_peaks(X, sfreq)


def sleepecg(X, sfreq):
    from sleepecg import detect_heartbeats

    return [detect_heartbeats(np.float64(x), sfreq) for x in X]


def neurokit2(X, sfreq):
    import neurokit2

    found = []
    for x in X:
        clean = neurokit2.ecg_clean(x, sampling_rate=sfreq)
        peaks = neurokit2.ecg_peaks(clean, sampling_rate=sfreq)[1]
        found.append(peaks["ECG_R_Peaks"])
    return found


def xqrs(X, sfreq):
    from wfdb.processing import xqrs_detect

    return [np.int64(xqrs_detect(x, sfreq, verbose=False)) for x in X]


DETECTORS = {"find_r_peaks": ours}
for detector, package in [(sleepecg, None), (neurokit2, None), (xqrs, "wfdb")]:
    if find_spec(package or detector.__name__):
        DETECTORS[detector.__name__] = detector


def signals():
    """Yield name, signals, rate and reference beats (None: by agreement)."""
    if "neurokit2" in DETECTORS:
        for seconds, n_samples in [(10, 100), (300, 4)]:
            X, beats = simulated_ecg(n_samples, seconds, random_state=seconds)
            for level in ("clean", "moderate", "hard"):
                name = f"simulated {level}, {seconds} s"
                yield name, add_noise(X, level, random_state=1), 256, beats
    if not (DATA / "mitbih_record100").is_dir():
        return
    X, sfreq, beats = read_record_100(DATA)
    for lead, name in enumerate(("MLII", "V5")):
        yield f"record 100, {name}, 30 min", X[[lead]], sfreq, [beats]
        length = 10 * sfreq
        pieces = X[lead, : 180 * length].reshape(180, length)
        inside = [beats[beats // length == i] - i * length for i in range(180)]
        yield f"record 100, {name}, 10 s", pieces, sfreq, inside
    records = []
    for subject, task in sorted(set(np.ndindex(36, 2)) - WITHOUT_ECG):
        path = DATA / "eegmat" / f"Subject{subject:02d}_{task + 1}.edf"
        raw = mne.io.read_raw_edf(path, include=["ECG ECG"], verbose="error")
        records.append(raw.get_data(stop=29_750)[0])
    yield "EEGMAT, 59.5 s", 1e3 * np.array(records), 500, None


def agreed(detections, tolerance):
    """Return the beats of one record that at least two detectors agree on."""
    marks = np.sort(np.concatenate(detections))
    beats = []
    while len(marks):
        together = marks <= marks[0] + tolerance
        if together.sum() > 1:
            beats.append(np.median(marks[together]))
        marks = marks[~together]
    return np.array(beats)


def detector_rows(arguments):
    for name, X, sfreq, beats in signals():
        ways = {key: partial(find, X, sfreq) for key, find in DETECTORS.items()}
        found, seconds = {}, {}
        for key, find in ways.items():
            start = perf_counter()
            found[key] = find()
            seconds[key] = perf_counter() - start
        if X.size < 3e5:
            seconds = paired_medians(
                ways, repeats=arguments.repeats, threads=arguments.threads
            )
        for key in DETECTORS:
            reference = beats
            if beats is None:
                others = [found[other] for other in DETECTORS if other != key]
                tolerance = 0.075 * sfreq
                reference = [agreed(marks, tolerance) for marks in zip(*others)]
            wide = rates(reference, found[key], 0.1 * sfreq)
            narrow = rates(reference, found[key], 0.025 * sfreq)
            yield {
                "signals": name,
                "detector": key,
                "ms an item": 1e3 * seconds[key] / len(X),
                "F1": f"{wide[0]:.4f}",
                "sensitivity": f"{wide[1]:.4f}",
                "PPV": f"{wide[2]:.4f}",
                "F1 at 25 ms": f"{narrow[0]:.4f}",
            }


def measure_rows(arguments):
    """Yield the time of the time-domain measures, given the beats."""
    import neurokit2

    _, beats = simulated_ecg(60, 10, random_state=3)
    beats = [peaks for peaks in beats if len(peaks) > 5]
    rr = np.full((len(beats), max(map(len, beats))), np.nan)
    for row, intervals in zip(rr, rr_intervals(beats, 256, max_ratio=None)):
        row[: len(intervals)] = intervals

    def theirs():
        marks = [{"ECG_R_Peaks": peaks} for peaks in beats]
        rows = [neurokit2.hrv_time(m, sampling_rate=256) for m in marks]
        return np.array([row["HRV_RMSSD"].iloc[0] for row in rows]) / 1000

    def batched():
        return time_measures(rr)[:, TIME_MEASURES.index("rmssd")]

    ways = {"time_measures": batched, "neurokit2 hrv_time": theirs}
    seconds = paired_medians(ways, repeats=3, threads=arguments.threads)
    for name, time in seconds.items():
        difference = float(np.abs(ways[name]() / theirs() - 1).max())
        yield {
            "measures of 10-s items": name,
            "ms an item": 1e3 * time / len(beats),
            "largest relative difference of RMSSD": difference,
        }


def main():
    arguments = parser(__doc__.splitlines()[0]).parse_args()
    warnings.simplefilter("ignore")
    report(list(detector_rows(arguments)), arguments.out)
    if "neurokit2" in DETECTORS:
        report(list(measure_rows(arguments)))


if __name__ == "__main__":
    main()
