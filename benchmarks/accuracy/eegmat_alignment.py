"""Alignment of subjects on EEGMAT, tested on people that do not appear in training.

    python benchmarks/accuracy/eegmat_alignment.py [--data-home DIR] [--out CSV]

The task is to tell rest from mental arithmetic in windows of 10 s, in the six folds of
`eegmat_baselines.py`. Aligned estimators use the unlabeled windows of each test person,
half of which belong to each class. Such balance helps them, so that their scores do not
hold for recordings with other shares of the classes.
"""

import argparse
import os
import sys
from pathlib import Path

from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_emotion import (
    BandPower,
    CoralAlignment,
    EuclideanAlignment,
    ModalityFlattener,
    SubjectStandardizer,
    make_logistic,
    make_modality_transformer,
    make_riemann,
    target_access,
)
from sklearn_emotion.datasets import load_eegmat
from sklearn_emotion.evaluation import compare

sys.path.insert(0, str(Path(__file__).parents[1]))
from _provenance import open_csv

BOTH = ("eeg", "subject")


def estimators(sfreq):
    """Return the estimators of `compare`, each with and without alignment."""
    branch = make_pipeline(
        BandPower(sfreq=sfreq, log=True, window=None), ModalityFlattener()
    )
    power = make_modality_transformer(eeg=branch, subject="passthrough")
    linear = LogisticRegression(
        C=make_logistic().named_steps["logistic"].C, max_iter=1000
    )

    def logistic(*steps):
        return make_pipeline(
            *steps, ModalityFlattener(), StandardScaler(), linear
        ), BOTH

    def riemann(*args, **params):
        return make_riemann(*args, sfreq=sfreq, **params)

    return {
        "logistic": logistic(power),
        "logistic, Euclidean": logistic(EuclideanAlignment(), power),
        "logistic, Euclidean (scm)": logistic(
            EuclideanAlignment(estimator="scm"), power
        ),
        "logistic, CORAL": logistic(power, CoralAlignment()),
        "logistic, z-scores": logistic(power, SubjectStandardizer()),
        "logistic, robust": logistic(power, SubjectStandardizer(robust=True)),
        "logistic, z-scores online": logistic(power, SubjectStandardizer(online=True)),
        "riemann": (riemann(), "eeg"),
        "riemann, recentered": (riemann(recenter=True), BOTH),
        "mdm": (riemann("mdm"), "eeg"),
        "mdm, recentered": (riemann("mdm", recenter=True), BOTH),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data-home", default=os.environ.get("SKLEARN_EMOTION_DATA", "."), type=Path
    )
    parser.add_argument("--out", type=Path, default=None, help="CSV file to write")
    options = parser.parse_args()
    dataset = load_eegmat(options.data_home, window=10.0)
    models = estimators(dataset.sfreq["eeg"])
    results = compare(
        models,
        dataset,
        target="task",
        protocol="group-k-fold",
        n_splits=6,
        random_state=0,
    )
    scores = results.groupby("estimator", sort=False)["balanced_accuracy"]
    table = scores.agg(["mean", "std"]).round(3).reset_index()
    table["target_access"] = [
        target_access(models[name][0]) for name in table["estimator"]
    ]
    print(table.to_string(index=False))
    if options.out is not None:
        with open_csv(options.out) as file:
            table.to_csv(file, index=False)


if __name__ == "__main__":
    main()
