"""Scores against the number of calibration trials."""

import numpy as np
import pytest
from _evaluation import logistic, make_dataset
from scipy.stats import t as student
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline

from sklearn_emotion import LeakageWarning, ModalityFlattener, SubjectStandardizer
from sklearn_emotion.evaluation import (
    calibration_curve,
    compare,
    read_results,
    subject_scores,
)

KS = (4, 0, 2)


@pytest.fixture(scope="module")
def dataset():
    """Three windows of ten trials of each subject."""
    return make_dataset(n_subjects=4, n_trials=10)


class OfOwnSubject(ClassifierMixin, BaseEstimator):
    """Knows the classes of subjects in training, and the first class of others."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.known_ = set(X["subject"].tolist())
        return self

    def predict(self, X):
        known = [subject in self.known_ for subject in X["subject"].tolist()]
        signs = np.where(X["eeg"][:, 0] > 0, *self.classes_)
        return np.where(known, signs, self.classes_[0])


@pytest.fixture(scope="module")
def stored(dataset, tmp_path_factory):
    folder = tmp_path_factory.mktemp("curve")
    eeg = np.where(dataset.metadata["mood"] == "high", 1.0, -1.0)
    dataset.data["eeg"][:, 0] = eeg
    estimators = {
        "own": (OfOwnSubject(), ("eeg", "subject")),
        "lr": (logistic(), "ecg"),
    }
    curve = calibration_curve(
        estimators, dataset, target="mood", ks=KS, store=folder, confidence=0.9
    )
    return curve, {k: read_results(folder / f"k-{k}") for k in KS}


def test_the_same_trials_are_scored_for_each_number(stored):
    samples = [set(results.predictions["sample"]) for results in stored[1].values()]
    assert samples[0] == samples[1] == samples[2]
    assert len(samples[0]) == 4 * 6 * 3
    for k, results in stored[1].items():
        assert set(results["n_test"]) == {6 * 3}
        assert set(results["n_train"]) == {(3 * 10 + k) * 3}
        assert set(results["leak"]) == {"subject" if k else "stimulus"}
        assert set(results["target_access"]) == {f"labels:{k}" if k else "none"}


def test_the_largest_number_is_the_comparison_with_that_number(dataset, stored):
    results = compare(
        {"lr": (logistic(), "ecg")}, dataset, target="mood", target_access="labels:4"
    )
    mine = stored[1][4].query("estimator == 'lr'")
    assert results["roc_auc"].tolist() == mine["roc_auc"].tolist()


def test_the_table_is_tidy_and_its_intervals_are_over_subjects(stored):
    curve, results = stored
    assert curve.columns.tolist() == [
        *("estimator", "k", "score", "sd", "low", "high", "dummy", "n_subjects")
    ]
    assert curve["estimator"].tolist() == ["own"] * 3 + ["lr"] * 3
    assert curve["k"].tolist() == [0, 2, 4] * 2
    assert curve.attrs["score"] == "balanced_accuracy"
    assert curve["n_subjects"].tolist() == [4] * 6
    assert curve["score"][:3].tolist() == [0.5, 1.0, 1.0]
    last = subject_scores(results[4]).query("estimator == 'lr'")["balanced_accuracy"]
    half = last.std() / 2 * student.ppf(0.95, 3)
    row = curve.iloc[-1]
    np.testing.assert_allclose(
        [row["score"], row["low"], row["high"]],
        [last.mean(), last.mean() - half, min(last.mean() + half, 1.0)],
    )


def test_ratings_and_trials_have_a_curve(dataset):
    y = dataset.metadata.groupby("trial")["valence"].transform("first").to_numpy()
    curve = calibration_curve(
        {"ridge": (Ridge(), "ecg")},
        dataset,
        target=y,
        task="regression",
        unit="trial",
        protocol="group-k-fold",
        n_splits=2,
        ks=(0, 1),
    )
    assert curve.attrs["score"] == "ccc"
    assert curve["score"].notna().all()


def test_a_curve_gives_no_warning_of_leakage(dataset, recwarn):
    calibration_curve({"lr": (logistic(), "ecg")}, dataset, target="mood", ks=(0, 1))
    assert not [w for w in recwarn if issubclass(w.category, LeakageWarning)]


def test_a_curve_warns_of_balanced_classes_once(dataset):
    centered = make_pipeline(
        SubjectStandardizer(), ModalityFlattener(), LogisticRegression()
    )
    with pytest.warns(UserWarning, match="equally many samples") as record:
        calibration_curve(
            {"z": (centered, ("ecg", "subject"))}, dataset, target="mood", ks=KS
        )
    assert len(record) == 1


@pytest.mark.parametrize("ks", [(), (-1, 0), (1, 1), (0.5,)])
def test_numbers_of_trials_are_checked(dataset, ks):
    with pytest.raises(ValueError, match="ks must be different numbers of trials"):
        calibration_curve({"lr": (logistic(), "ecg")}, dataset, target="mood", ks=ks)


def test_what_cannot_be_calibrated_is_an_error(dataset):
    estimators = {"lr": (logistic(), "ecg")}
    with pytest.raises(ValueError, match="10 calibration trials need at least 11"):
        calibration_curve(estimators, dataset, target="mood", ks=(0, 10))
    with pytest.raises(ValueError, match="Pass the numbers as ks"):
        calibration_curve(estimators, dataset, target="mood", target_access="none")
    with pytest.raises(ValueError, match="is in both training and test"):
        calibration_curve(
            estimators,
            dataset,
            target="mood",
            ks=(0,),
            protocol="within-subject",
            n_splits=2,
        )
