"""Time the features of the peripheral signals of one subject of DEAP.

Run ``python benchmarks/speed/peripheral.py --out peripheral.csv``. The input has the
shape of the peripheral channels of one subject: 40 trials of 60 s at 128 Hz, generated.
All measures of each transformer are computed, on one thread, in windows of 2, 10 and
60 s. NeuroKit2, if it is installed, processes whole trials of 60 s. It gets one trial
in ten, and its time is scaled.
"""

import warnings
from importlib.util import find_spec

import numpy as np
from _timing import SFREQ, paired_medians, parser, report

from sklearn_emotion import (
    EDAFeatures,
    EMGFeatures,
    EOGFeatures,
    PulseFeatures,
    RespirationFeatures,
    TemperatureFeatures,
)

N_TRIALS, SECONDS = 40, 60.0


def signals():
    """Return one generated signal for each transformer, (40, 1, 7680)."""
    rng = np.random.default_rng(0)
    t = np.arange(round(SECONDS * SFREQ)) / SFREQ
    shape = (N_TRIALS, 1, len(t))
    noise = rng.standard_normal(shape)
    walk = np.cumsum(rng.standard_normal(shape), axis=-1)
    phase = t % 0.8
    beat = (phase / 0.15) ** 2 * np.exp(2 - 2 * phase / 0.15)
    return {
        "EDA": (EDAFeatures, 5 + 0.002 * walk),
        "pulse": (PulseFeatures, beat + 0.01 * noise),
        "respiration": (RespirationFeatures, np.sin(np.pi * t / 2) + 0.05 * noise),
        "temperature": (TemperatureFeatures, 33 + 0.001 * t + 0.01 * noise),
        "EMG": (EMGFeatures, noise),
        "EOG": (EOGFeatures, 10 * noise),
    }


def neurokit2(name):
    """Return NeuroKit2's processing of one signal of 60 s, or None."""
    if find_spec("neurokit2") is None:
        return None
    import neurokit2 as nk

    process = {
        "EDA": nk.eda_process,
        "pulse": nk.ppg_process,
        "respiration": nk.rsp_process,
        "EOG": nk.eog_process,
    }.get(name)
    return process and (lambda x: process(x, sampling_rate=int(SFREQ)))


def rows_of(name, transformer, X, repeats):
    calls = {}
    for window in (2.0, 10.0, 60.0):
        features = transformer(sfreq=SFREQ, window=window, measures="all").fit(X)
        calls[window] = lambda f=features: f.transform(X)
    peer = neurokit2(name)
    part = X[::10, 0]
    if peer is not None:
        calls["NeuroKit2"] = lambda: [peer(x) for x in part]
    seconds = paired_medians(calls, repeats=repeats)
    if peer is not None:
        seconds["NeuroKit2"] *= len(X) / len(part)
    for way, time in seconds.items():
        ours = way != "NeuroKit2"
        yield {
            "signal": name,
            "way": "sklearn_emotion" if ours else way,
            "window (s)": way if ours else SECONDS,
            "ms": 1e3 * time,
            "times ours": time / (seconds[way] if ours else seconds[60.0]),
        }


def main(argv=None):
    arguments = parser(__doc__.splitlines()[0]).parse_args(argv)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows = [
            row
            for name, (transformer, X) in signals().items()
            for row in rows_of(name, transformer, X, arguments.repeats)
        ]
    for window in (2.0, 10.0, 60.0):
        ours = [
            r["ms"]
            for r in rows
            if r["window (s)"] == window and r["way"] == "sklearn_emotion"
        ]
        rows.append(
            {
                "signal": "all",
                "way": "sklearn_emotion",
                "window (s)": window,
                "ms": sum(ours),
                "times ours": 1.0,
            }
        )
    report(rows, arguments.out)


if __name__ == "__main__":
    main()
