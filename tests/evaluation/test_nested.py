"""Estimators that split the training side again do so by subject, or by trial."""

import warnings

import numpy as np
import pytest
from _evaluation import Picky, logistic, make_dataset
from sklearn import config_context
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    LeaveOneGroupOut,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_emotion import LeakageWarning, WithinSubject
from sklearn_emotion.evaluation import (
    compare,
)


@pytest.fixture
def dataset():
    return make_dataset()


class Grouped(Picky):
    """Keeps the groups that it was given."""

    early_stopping = True
    seen: list = []

    def fit(self, X, y, groups=None):
        Grouped.seen.append(np.unique(groups).tolist())
        return super().fit(X, y)


def test_an_inner_split_gets_the_subjects_of_the_training_side(dataset):
    Grouped.seen.clear()
    pipe = make_pipeline(StandardScaler(), Grouped())
    compare({"g": (pipe, "eeg")}, dataset, target="mood")
    assert Grouped.seen == [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]]


def test_a_nested_search_splits_by_subject(dataset):
    search = GridSearchCV(
        logistic(), {"logisticregression__C": [0.1, 1.0]}, cv=LeaveOneGroupOut()
    )
    results = compare({"s": (search, "eeg")}, dataset, target="mood")
    assert (results["error"] == "").all()
    X, y, groups = dataset.data["eeg"], dataset.target("mood"), dataset.groups()
    train = groups != 0
    search.fit(X[train], y[train], groups=groups[train])
    assert search.n_splits_ == 3
    assert results["accuracy"].iloc[0] == search.score(X[~train], y[~train])


def split_search(cv):
    return GridSearchCV(logistic(), {"logisticregression__C": [0.1, 1.0]}, cv=cv)


def test_a_nested_search_that_cuts_subjects_warns(dataset):
    call = {"dataset": dataset, "target": "mood"}
    with pytest.warns(
        LeakageWarning, match=r"search of 's', cv=4, puts the same trial"
    ):
        results = compare({"s": (split_search(4), "eeg")}, **call)
    assert (results["error"] == "").all()
    whole_trials = [(np.arange(12, 24), np.arange(24, 36))]
    with warnings.catch_warnings():
        warnings.simplefilter("error", LeakageWarning)
        # Positions within the training side of a fold are no subject's business.
        compare({"s": (split_search(whole_trials), "eeg")}, **call)
        compare({"s": (split_search(GroupKFold(2)), "eeg")}, **call)


def test_a_nested_search_within_subjects_splits_by_trial():
    dataset = make_dataset(n_trials=12, n_windows=2)
    call = {"target": "mood", "protocol": "within-subject", "n_splits": 2}
    search = split_search(WithinSubject(3))
    with warnings.catch_warnings():
        warnings.simplefilter("error", LeakageWarning)
        results = compare({"s": (search, "eeg")}, dataset, **call)
    assert (results["error"] == "").all()
    # Each training side is one subject's.
    cv = WithinSubject(2)
    X, y = dataset.data["eeg"], dataset.target("mood")
    train, test = next(cv.split(X, y, dataset.metadata))
    search.fit(X[train], y[train], groups=dataset.metadata.iloc[train])
    assert results["accuracy"].iloc[0] == search.score(X[test], y[test])


def test_inner_splits_get_groups_where_metadata_are_routed(dataset):
    Grouped.seen.clear()
    estimators = {
        "alone": (Grouped(), "eeg"),
        "piped": (make_pipeline(StandardScaler(), Grouped()), "eeg"),
        "search": (split_search(GroupKFold(3)), "eeg"),
    }
    with config_context(enable_metadata_routing=True):
        results = compare(estimators, dataset, target="mood")
    assert results["error"].tolist() == [""] * 12
    assert Grouped.seen[:4] == [[1, 2, 3], [1, 2, 3], [0, 2, 3], [0, 2, 3]]
