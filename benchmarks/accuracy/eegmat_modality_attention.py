"""Modality-aware attention on EEGMAT, tested on subjects not seen in training.

    python benchmarks/accuracy/eegmat_modality_attention.py [--data-home DIR]
        [--seeds N] [--epochs N] [--out CSV]

The task is to tell rest from mental arithmetic in EEG and ECG samples of 10 s, with six
folds grouped by subject and three seeds. The network is compared with its base model
(as in the paper's Table 1), with the network on one modality alone, and with logistic
regression on the same features. ``--epochs`` replaces the default of the network.
``--seeds 1 --epochs 10`` takes a sixth of the time.
"""

import argparse
import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_emotion import (
    DifferentialEntropy,
    GridProjector9x9,
    HRVSeries,
    Modalities,
    ModalityAwareAttentionNet,
    ModalityFlattener,
    make_modality_transformer,
)
from sklearn_emotion.datasets import load_eegmat

sys.path.insert(0, str(Path(__file__).parents[1]))
from _provenance import open_csv


def by_subject(model, X, y, subject):
    """Return the balanced accuracy of each subject in the fold that tests it."""
    scores = {}
    for train, test in GroupKFold(6).split(y, y, subject):
        predicted = model.fit(X[train], y[train]).predict(X[test])
        for s in np.unique(subject[test]):
            rows = subject[test] == s
            scores[s] = balanced_accuracy_score(y[test][rows], predicted[rows])
    return np.array([scores[s] for s in sorted(scores)])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data-home", default=os.environ.get("SKLEARN_EMOTION_DATA", None)
    )
    parser.add_argument("--epochs", type=int, default=None)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", default=None, help="CSV file to write")
    options = parser.parse_args()
    dataset = load_eegmat(options.data_home, window=10.0)
    X = make_modality_transformer(
        eeg=make_pipeline(
            DifferentialEntropy(sfreq=dataset.sfreq["eeg"], window=None),
            GridProjector9x9("eegmat19"),
        ),
        ecg=HRVSeries(sfreq=dataset.sfreq["ecg"]),
    ).fit_transform(dataset.data)
    y, subject = dataset.target("task"), dataset.groups("subject")
    no_eeg = Modalities(eeg=np.zeros_like(X["eeg"]), ecg=X["ecg"])
    no_ecg = Modalities(eeg=X["eeg"], ecg=np.zeros_like(X["ecg"]))
    settings = {} if options.epochs is None else {"max_epochs": options.epochs}
    variants = {
        "EEG + ECG": ({}, X),
        "base model (no modality attention)": ({"modality_attention": False}, X),
        "EEG alone": ({}, no_ecg),
        "ECG alone": ({}, no_eeg),
    }
    rows = []
    linear = make_pipeline(
        ModalityFlattener(), StandardScaler(), LogisticRegression(C=0.01)
    )
    runs = [("logistic regression", None, linear, X)]
    for name, (switches, data) in variants.items():
        for seed in range(options.seeds):
            model = ModalityAwareAttentionNet(random_state=seed, **switches, **settings)
            runs.append((name, seed, model, data))
    for name, seed, model, data in runs:
        scores = by_subject(model, data, y, subject)
        half = 1.96 * scores.std(ddof=1) / np.sqrt(len(scores))
        rows.append(
            {
                "estimator": name,
                "seed": "-" if seed is None else seed,
                "balanced accuracy": scores.mean(),
                "low": scores.mean() - half,
                "high": scores.mean() + half,
                "sd over subjects": scores.std(ddof=1),
            }
        )
        print(pd.DataFrame(rows[-1:]).round(3).to_string(header=False), flush=True)
    groups = pd.DataFrame(rows).groupby("estimator", sort=False)
    table = groups.mean(numeric_only=True).round(3)
    table.insert(0, "seeds", groups.size())
    print(f"\n{len(y)} samples of {len(np.unique(subject))} subjects, mean over seeds;")
    print("low and high: mean over seeds of the 95 % interval over subjects")
    print(table.to_string())
    if options.out is not None:
        with open_csv(options.out) as file:
            table.to_csv(file)


if __name__ == "__main__":
    main()
