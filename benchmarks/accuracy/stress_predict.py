"""Stress and rest of people not seen in training (Stress-Predict).

    python benchmarks/accuracy/stress_predict.py [--data-home DIR] [--out CSV]

Windows of 60 s from a wristband are classified, leaving one subject out. DIR holds
``stress_predict_ppg_eda/stress_predict.npz``. A window of stress is taken from a Stroop
test, an interview or hyperventilation, and a window of rest from the time after it.
"""

import argparse
import os
import sys
import warnings
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import LeaveOneGroupOut

from sklearn_emotion import make_peripheral
from sklearn_emotion.datasets import load_stress_predict

sys.path.insert(0, str(Path(__file__).parents[1]))
from _provenance import open_csv

SIGNALS = ("eda", "bvp", "temperature")


def models(sfreq):
    """Yield the name of an estimator, the signals it gets, and the estimator."""
    yield "majority", SIGNALS, DummyClassifier()
    for name in (*SIGNALS, None):
        signals = SIGNALS if name is None else (name,)
        linear = LogisticRegression(C=0.1, class_weight="balanced", max_iter=1000)
        rates = {key: sfreq[key] for key in signals}
        yield (
            "WESAD's measures, logistic regression",
            signals,
            make_peripheral(rates, style="wesad", classifier=linear),
        )
    rates = {key: sfreq[key] for key in SIGNALS}
    yield "WESAD", SIGNALS, make_peripheral(rates, style="wesad")
    yield "DEAP", SIGNALS, make_peripheral(rates, style="deap")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data-home", default=os.environ.get("SKLEARN_EMOTION_DATA", "."), type=Path
    )
    parser.add_argument("--out", type=Path, default=None, help="CSV file to write")
    options = parser.parse_args()
    # Sensors that are flat or disconnected for some windows are reported as warnings.
    warnings.filterwarnings("ignore", category=UserWarning)
    dataset = load_stress_predict(options.data_home, modalities=SIGNALS)
    y, subject = dataset.target("task"), dataset.groups("subject")
    table = []
    for name, signals, model in models(dataset.sfreq):
        start, scores = perf_counter(), []
        for train, test in LeaveOneGroupOut().split(y, y, subject):
            model.fit(dataset.data[train], y[train])
            predicted = model.predict(dataset.data[test])
            scores.append(balanced_accuracy_score(y[test], predicted))
        table.append(
            {
                "estimator": name,
                "signals": "+".join(signals),
                "windows": len(y),
                "subjects": len(scores),
                "balanced accuracy": round(float(np.mean(scores)), 3),
                "sd over subjects": round(float(np.std(scores, ddof=1)), 3),
                "worst subject": round(min(scores), 3),
                "seconds": round(perf_counter() - start, 1),
            }
        )
        print(*table[-1].values(), sep="  ", flush=True)
    if options.out is not None:
        with open_csv(options.out) as file:
            pd.DataFrame(table).to_csv(file, index=False)


if __name__ == "__main__":
    main()
