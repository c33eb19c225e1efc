"""The dummy is chance: it knows the classes, and looks at nothing."""

import numpy as np
import pytest
from _evaluation import Picky, make_dataset
from scipy import stats
from sklearn.dummy import DummyClassifier

from sklearn_emotion.evaluation import (
    compare,
    significance,
    subject_scores,
)


@pytest.fixture
def dataset():
    return make_dataset()


def test_the_dummy_is_the_majority_class_of_all_samples(dataset):
    # Subject 0 keeps 2 of its 6 windows of "high", the others are even, so that "low"
    # is the majority of all: 24 of 44, and 6 of the 8 of subject 0.
    keep = np.ones(len(dataset.data), dtype=bool)
    keep[[3, 4, 5, 9]] = False
    results = compare({"d": (Picky(), "eeg")}, dataset.select(keep), target="mood")
    assert results["dummy_accuracy"].tolist() == [0.75, 0.5, 0.5, 0.5]
    assert results["dummy_balanced_accuracy"].tolist() == [0.5] * 4
    assert results["dummy_roc_auc"].tolist() == [0.5] * 4
    assert set(results.predictions["dummy"]) == {"low"}


def test_the_dummy_does_not_fall_below_chance_where_test_subjects_differ():
    """Of 8 subjects 4 are 60 % high and 4 are 60 % low, which is even in all.

    Whichever class leads in a training side is rare in its test subject: the dummy of
    training sides scores 0.4, and guessing beats it.
    """
    dataset = make_dataset(n_subjects=8, n_trials=10, n_windows=1, shift=0.0)
    n_high = np.where(np.arange(8) < 4, 6, 4)
    y = (np.tile(np.arange(10), 8) < np.repeat(n_high, 10)).astype(int)
    results = compare({"d": (Picky(), "eeg")}, dataset, target=y)
    scores = subject_scores(results)
    assert scores["dummy_accuracy"].mean() == 0.5
    # Picky says 0, the dummy says 0, each right in 40 of 80.
    test = significance(results).iloc[0]
    assert test["difference"] == 0
    # The chance of 40 or more heads in 80 throws is 0.5 + P(40) / 2.
    assert test["binomial_p"] == pytest.approx(0.5 + stats.binom.pmf(40, 80, 0.5) / 2)


def leave_one_trial_out(dataset):
    subject, trial = (dataset.metadata[c].to_numpy() for c in ("subject", "trial"))
    for t in np.unique(trial):
        mine = subject == subject[trial == t][0]
        yield np.flatnonzero(mine & (trial != t)), np.flatnonzero(trial == t)


@pytest.mark.filterwarnings("ignore::sklearn_emotion.LeakageWarning")
def test_the_dummy_of_leave_one_trial_out_is_chance():
    # Of 5 + 5 trials each leaves 5 + 4 behind, whose majority is always wrong.
    dataset = make_dataset(n_trials=10, n_windows=1, shift=0.0)
    cv = list(leave_one_trial_out(dataset))
    results = compare({"d": (Picky(), "eeg")}, dataset, target="mood", protocol=cv)
    scores = subject_scores(results)
    assert scores["dummy_accuracy"].tolist() == [0.5] * 4
    assert scores["dummy_balanced_accuracy"].tolist() == [0.5] * 4
    assert scores["dummy_roc_auc"].tolist() == [0.5] * 4


@pytest.mark.filterwarnings("ignore::sklearn_emotion.LeakageWarning")
def test_to_learn_how_often_each_subject_is_high_is_not_above_the_dummy():
    """Two subjects are 80 % high, two 20 %: one class for all would score 0.5."""
    dataset = make_dataset(n_trials=10, n_windows=1, shift=0.0)
    n_high = np.array([8, 2, 8, 2])
    y = (np.tile(np.arange(10), 4) < np.repeat(n_high, 10)).astype(int)
    most = DummyClassifier(strategy="most_frequent")
    cv = list(leave_one_trial_out(dataset))
    results = compare({"most": (most, "eeg")}, dataset, target=y, protocol=cv)
    scores = subject_scores(results)
    assert scores["accuracy"].tolist() == scores["dummy_accuracy"].tolist() == [0.8] * 4
    test = significance(results).iloc[0]
    assert test["wilcoxon_p"] == 1
    assert test["binomial_p"] > 0.5
