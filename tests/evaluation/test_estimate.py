"""The estimated time of a comparison, with a clock that estimators advance."""

import time

import numpy as np
import pytest
from _evaluation import make_dataset
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklearn_emotion.evaluation.plan._plan import Plan
from sklearn_emotion.evaluation.run._estimate import estimate


class Clock:
    now = 0.0
    imported = False


class Timed(ClassifierMixin, BaseEstimator):
    """Classifier that takes a known time, and longer in its first call."""

    def __init__(self, per_sample=0.0, power=1, fixed=0.0, max_epochs=1):
        self.per_sample = per_sample
        self.power = power
        self.fixed = fixed
        self.max_epochs = max_epochs

    def fit(self, X, y):
        if not Clock.imported:
            Clock.now += 20.0
            Clock.imported = True
        self.classes_ = np.unique(y)
        Clock.now += self.fixed
        Clock.now += self.max_epochs * self.per_sample * len(X) ** self.power
        return self

    def predict(self, X):
        Clock.now += 1e-4 * len(X)
        return np.full(len(X), self.classes_[0])


@pytest.fixture
def clock(monkeypatch):
    monkeypatch.setattr(Clock, "now", 0.0)
    monkeypatch.setattr(Clock, "imported", False)
    monkeypatch.setattr(time, "perf_counter", lambda: Clock.now)


@pytest.mark.parametrize(
    "timed",
    [
        Timed(per_sample=1e-3),
        Timed(per_sample=1e-5, power=2),
        Timed(per_sample=1e-3, fixed=0.3, max_epochs=50),
        Timed(per_sample=1e-5, max_epochs=2),
        Timed(per_sample=5e-2),
    ],
    ids=["linear", "quadratic", "epochs", "two epochs", "slow"],
)
def test_the_estimate_is_within_a_factor_of_two(clock, timed):
    """480 training samples and 240 test samples, of which some are timed."""
    dataset = make_dataset(n_subjects=6, n_trials=12, n_windows=10)
    estimators = {"timed": (timed, "eeg")}
    plan = Plan(estimators, dataset, "mood", "group-k-fold", n_splits=3)
    table = estimate(plan).set_index("estimator")
    assert table.loc["timed", "note"] == ""
    fit = timed.fixed + timed.max_epochs * timed.per_sample * 480**timed.power
    true = fit + 240 * 1e-4
    assert table.loc["timed", "seconds_per_fold"] == pytest.approx(true, rel=0.2)
    assert table.loc["timed", "seconds"] == pytest.approx(3 * true, rel=0.2)
    # The first call is not part of the time of a fold.
    assert table.attrs["startup_seconds"] == pytest.approx(20, abs=1)


def test_an_estimator_that_fails_has_a_note(clock):
    class Broken(Timed):
        def fit(self, X, y):
            raise RuntimeError("no luck")

    estimators = {"timed": (Timed(1e-3), "eeg"), "broken": (Broken(), "eeg")}
    table = estimate(Plan(estimators, make_dataset(), "mood", "loso"))
    assert table["note"].tolist() == ["", "RuntimeError: no luck"]
    assert np.isnan(table["seconds_per_fold"].iloc[1])


def three_times(X):
    return np.hstack([X, X, X])


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("n_steps", [0, 1])
def test_the_memory_counts_features_once_and_training_samples_in_each_job(
    n_jobs, n_steps
):
    # Signals have 5 values of 4 bytes. A fold trains with 36 of the 48 samples.
    steps = [FunctionTransformer(three_times)] * n_steps
    estimators = {"timed": (make_pipeline(*steps, Timed()), "eeg")}
    table = estimate(Plan(estimators, make_dataset(), "mood", "loso"), n_jobs=n_jobs)
    expected = 48 * 60 + n_jobs * 36 * 60 if n_steps else n_jobs * 36 * 20
    assert table["note"].tolist() == [""]
    assert table.attrs["memory"] == pytest.approx(expected)
