"""People that the model has never seen: what methods gain by what they may use of them.

    python benchmarks/accuracy/next_person.py [--data-home DIR] [--out CSV]

EEGMAT: rest and mental arithmetic in windows of 10 s, in the six folds of
`eegmat_baselines.py`. Rest is one of the classes, so that there is no recording at rest
to align with. Each person has one recording of each class. If one of them were a
calibration trial, windows of a single class would be left to score.

Stress-Predict: stress and rest in windows of 60 s, leaving one person out, with the
measures of WESAD as in `stress_predict.py`. The rest before the first task, about ten
minutes, is the reference of the level "rest". It is neither trained on nor scored in any
row. The rows with calibration trials are scored on the trials that are left if two of
each person are moved, and so is the row without calibration next to them.

All estimators have default settings, and nothing is tuned. Set OMP_NUM_THREADS=1 to
repeat the scores of the networks.
"""

import argparse
import os
import sys
import warnings
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_emotion import (
    DGCNN,
    BandPower,
    CoralAlignment,
    DifferentialEntropy,
    EuclideanAlignment,
    GridProjector9x9,
    Modalities,
    ModalityFlattener,
    SubjectStandardizer,
    ThreeFACRNN,
    make_logistic,
    make_modality_transformer,
    make_peripheral,
    make_riemann,
    make_svm,
)
from sklearn_emotion.datasets import (
    EmotionDataset,
    load_eegmat,
    load_stress_predict,
)
from sklearn_emotion.evaluation import calibration_curve, compare, score_table

sys.path.insert(0, str(Path(__file__).parents[1]))
from _provenance import open_csv

SIGNALS = ("eda", "bvp", "temperature")
BOTH = ("eeg", "subject")


def rows_of(data, comparisons):
    """Return one row of the table for each estimator of some comparisons."""
    rows = []
    for results in comparisons:
        table = score_table(results, scores=["balanced_accuracy"])
        groups = pd.DataFrame(results).groupby("estimator", sort=False)
        for name, folds in groups:
            model, _, adaptation = name.partition(", ")
            score, run = (table.loc[name, key] for key in ("balanced_accuracy", "run"))
            seconds = folds["feature_time"].max() + folds["fit_time"].sum()
            rows.append(
                {
                    "data": data,
                    "model": model,
                    "adaptation": adaptation or "none",
                    "target access": run["target_access"],
                }
                | {key: round(score[key], 3) for key in ("mean", "sd", "low", "high")}
                | {
                    "majority": round(score["dummy"], 3),
                    "subjects": run["n_subjects"],
                    "seconds": round(seconds + folds["score_time"].sum(), 1),
                }
            )
            print(*rows[-1].values(), sep="  ", flush=True)
    return rows


def eegmat(data_home):
    """Yield the comparisons of EEGMAT."""
    dataset = load_eegmat(data_home, window=10.0)
    sfreq, ch_names = dataset.sfreq["eeg"], dataset.ch_names["eeg"]

    def passing_subject(transformer):
        return make_modality_transformer(eeg=transformer, subject="passthrough")

    power = passing_subject(
        make_pipeline(
            BandPower(sfreq=sfreq, log=True, window=None), ModalityFlattener()
        )
    )
    linear = LogisticRegression(
        C=make_logistic().named_steps["logistic"].C, max_iter=1000
    )

    def logistic(*steps):
        end = ModalityFlattener(), StandardScaler(), linear
        return make_pipeline(*steps, *end), BOTH

    def entropy(window=None):
        return DifferentialEntropy(sfreq=sfreq, window=window)

    def z_scores(transformer):
        return make_pipeline(passing_subject(transformer), SubjectStandardizer())

    def on_eeg(model):
        return make_pipeline(make_modality_transformer(eeg="passthrough"), model)

    def facrnn(front):
        return make_pipeline(
            front, on_eeg(GridProjector9x9(ch_names)), ThreeFACRNN()
        ), BOTH

    svm = make_svm(sfreq=sfreq)
    features = svm[0]
    estimators = {
        "logistic": logistic(power),
        "logistic, Euclidean alignment": logistic(EuclideanAlignment(), power),
        "logistic, CORAL": logistic(power, CoralAlignment()),
        "logistic, robust z-scores": logistic(power, SubjectStandardizer(robust=True)),
        "logistic, z-scores": logistic(power, SubjectStandardizer()),
        "logistic, z-scores online": logistic(power, SubjectStandardizer(online=True)),
        "svm": (svm, "eeg"),
        "svm, z-scores": (make_pipeline(z_scores(features), *svm[1:]), BOTH),
        "riemann": (make_riemann(sfreq=sfreq), "eeg"),
        "riemann, Riemannian recentering": (
            make_riemann(sfreq=sfreq, recenter=True),
            BOTH,
        ),
    }
    print(estimators["svm, z-scores"], svm)
    options = {
        "target": "task",
        "protocol": "group-k-fold",
        "n_splits": 6,
        "random_state": 0,
    }
    yield compare(estimators, dataset, **options)


if __name__ == "__main__":
    pass
