"""People that the model has never seen: what methods gain by what they may use of them.

    python benchmarks/accuracy/next_person.py [--data-home DIR] [--out CSV]

EEGMAT: rest and mental arithmetic in windows of 10 s, in the six folds of
`eegmat_baselines.py`. Rest is one of the classes, so that there is no recording at rest
to align with. Each person has one recording of each class. If one of them were a
calibration trial, windows of a single class would be left to score.

Stress-Predict: stress and rest in windows of 60 s, leaving one person out, with the
measures of WESAD as in `stress_predict.py`. The rest before the first task, about ten
minutes, is the reference of the level "rest". It is neither trained on nor scored, in
any row. The rows with calibration trials are scored on the four trials of each person
that are left if two are moved, and so is the row without calibration next to them.

All estimators have default settings, and nothing is tuned. Set OMP_NUM_THREADS=1 to
repeat the scores of the networks.
"""

import argparse
import os
import sys
import warnings
from operator import itemgetter
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

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
# The classifier of the measures, as in `stress_predict.py`.
LINEAR = LogisticRegression(C=0.1, class_weight="balanced", max_iter=1000)


def rows_of(data, comparisons):
    """Yield one row of the table for each estimator of some comparisons."""
    for results in comparisons:
        table = score_table(results, scores=["balanced_accuracy"])
        groups = pd.DataFrame(results).groupby("estimator", sort=False)
        for name, folds in groups:
            model, _, adaptation = name.partition(", ")
            score, run = (table.loc[name, key] for key in ("balanced_accuracy", "run"))
            seconds = folds["feature_time"].max() + folds["fit_time"].sum()
            seconds += folds["score_time"].sum()
            names = data, model, adaptation or "none", run["target_access"]
            yield row_of(*names, score, run["n_subjects"], round(seconds, 1))


def row_of(data, model, adaptation, level, score, n_subjects, seconds=None):
    """Return one row of the table."""
    row = {
        "data": data,
        "model": model,
        "adaptation": adaptation,
        "target access": level,
        **{key: round(score[key], 3) for key in ("mean", "sd", "low", "high")},
        "majority": round(score["dummy"], 3),
        "subjects": n_subjects,
        "seconds": seconds,
    }
    print(*row.values(), sep="  ", flush=True)
    return row


def eegmat(data_home):
    """Yield the comparisons of EEGMAT."""
    dataset = load_eegmat(data_home, window=10.0)
    sfreq, ch_names = dataset.sfreq["eeg"], dataset.ch_names["eeg"]
    eeg = FunctionTransformer(itemgetter("eeg"))

    def keeping_subject(transformer):
        return make_modality_transformer(eeg=transformer, subject="passthrough")

    def z_scored(transformer, pool_axes=None):
        aligner = SubjectStandardizer(pool_axes=pool_axes)
        return make_pipeline(keeping_subject(transformer), aligner, eeg)

    power = keeping_subject(
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

    def riemann(**params):
        return make_riemann(sfreq=sfreq, **params)

    svm = make_svm(sfreq=sfreq)
    whole = DifferentialEntropy(sfreq=sfreq, window=None)
    quarters = DifferentialEntropy(sfreq=sfreq, window=2.5)
    grid = GridProjector9x9(ch_names)

    def dgcnn(front, **params):
        return make_pipeline(front, DGCNN(max_epochs=30, **params))

    estimators = {
        "logistic": logistic(power),
        "logistic, Euclidean alignment": logistic(EuclideanAlignment(), power),
        "logistic, CORAL": logistic(power, CoralAlignment()),
        "logistic, robust z-scores": logistic(power, SubjectStandardizer(robust=True)),
        "logistic, z-scores": logistic(power, SubjectStandardizer()),
        "logistic, z-scores online": logistic(power, SubjectStandardizer(online=True)),
        "svm": (svm, "eeg"),
        "svm, z-scores": (make_pipeline(z_scored(svm[0]), *svm[1:]), BOTH),
        "riemann": (riemann(), "eeg"),
        "riemann, Riemannian recentering": (riemann(recenter=True), BOTH),
        "3facrnn": (make_pipeline(quarters, grid, ThreeFACRNN()), "eeg"),
        "3facrnn, z-scores": (
            make_pipeline(z_scored(quarters, (1,)), grid, ThreeFACRNN()),
            BOTH,
        ),
        "dgcnn": (dgcnn(whole), "eeg"),
        "dgcnn, z-scores": (dgcnn(z_scored(whole)), BOTH),
    }
    domain_loss = {"dgcnn, domain loss (mmd)": (dgcnn(whole, domain_loss="mmd"), "eeg")}
    options = {
        "target": "task",
        "protocol": "group-k-fold",
        "n_splits": 6,
        "random_state": 0,
    }
    yield compare(estimators, dataset, **options)
    for level in ("none", "unlabelled"):
        yield compare(domain_loss, dataset, target_access=level, **options)


def measures_of_windows(data_home):
    """Return the measures of the windows of Stress-Predict.

    In the first trial, each person rests. Its windows are the baselines of the other
    windows of this person, one after another and from the start again.
    """
    dataset = load_stress_predict(data_home, modalities=SIGNALS)
    pipeline = make_peripheral(dataset.sfreq, style="wesad")
    with warnings.catch_warnings():
        # Sensors that are flat or disconnected for some windows.
        warnings.simplefilter("ignore", category=UserWarning)
        measures = pipeline[:2].fit_transform(dataset.data)
    metadata = dataset.metadata
    first = metadata.groupby("subject")["trial"].transform("first")
    is_rest = (metadata["trial"] == first).to_numpy()
    baseline = np.empty_like(measures)
    for subject in metadata["subject"].unique():
        mine = (metadata["subject"] == subject).to_numpy()
        rest, others = (np.flatnonzero(mine & side) for side in (is_rest, ~is_rest))
        baseline[others] = measures[np.resize(rest, len(others))]
    data = Modalities(measures=measures, baseline_measures=baseline)
    return EmotionDataset(
        data=data[~is_rest],
        metadata=metadata[~is_rest].reset_index(drop=True),
        sfreq=dict.fromkeys(data, 1 / 60),
    )


def stress_predict(dataset):
    """Yield the comparison of Stress-Predict without calibration trials."""
    everything = ["measures", "baseline_measures", "subject"]
    estimators = {
        "logistic": logistic_on_measures("passthrough"),
        "logistic, centered on the rest": logistic_on_measures(
            z_scores(reference="baseline", with_std=False)
        ),
        "logistic, z-scores of the rest": logistic_on_measures(
            z_scores(reference="baseline")
        ),
        "logistic, z-scores": logistic_on_measures(z_scores()),
        "logistic, z-scores online": logistic_on_measures(z_scores(online=True)),
    }
    estimators = {name: (model, everything) for name, model in estimators.items()}
    yield compare(estimators, dataset, target="task")


def calibrated(dataset):
    """Yield rows with and without calibration trials, scored on the same trials."""
    model = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), LINEAR)
    curve = calibration_curve(
        {"logistic": (model, "measures")}, dataset, target="task", ks=(0, 1, 2)
    )
    for point in curve.rename(columns={"score": "mean"}).to_dict("records"):
        k = point["k"]
        yield row_of(
            "Stress-Predict",
            "logistic",
            f"{'calibration' if k else 'none'} (4 trials scored)",
            f"labels:{k}" if k else "none",
            point,
            point["n_subjects"],
        )


def logistic_on_measures(aligner):
    """Return a logistic regression on the measures, after an aligner."""
    impute = SimpleImputer(strategy="median", keep_empty_features=True)
    return make_pipeline(
        make_modality_transformer(
            measures=impute, baseline_measures=impute, subject="passthrough"
        ),
        aligner,
        FunctionTransformer(itemgetter("measures")),
        StandardScaler(),
        LINEAR,
    )


def z_scores(**params):
    """Return an aligner of the measures."""
    return SubjectStandardizer(modalities=["measures"], **params)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data-home", default=os.environ.get("SKLEARN_EMOTION_DATA", "."), type=Path
    )
    parser.add_argument("--out", type=Path, default=None, help="CSV file to write")
    options = parser.parse_args()
    measures = measures_of_windows(options.data_home)
    table = [
        *rows_of("EEGMAT", eegmat(options.data_home)),
        *rows_of("Stress-Predict", stress_predict(measures)),
        *calibrated(measures),
    ]
    if options.out is not None:
        with open_csv(options.out) as file:
            pd.DataFrame(table).to_csv(file, index=False)


if __name__ == "__main__":
    main()
