"""The support vector machine with and without probabilities."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.ensemble import VotingClassifier
from sklearn.model_selection import GridSearchCV, GroupKFold

from sklearn_emotion import make_logistic, make_svm
from sklearn_emotion.datasets import make_emotion
from sklearn_emotion.evaluation import compare


@pytest.fixture
def data():
    X = np.random.default_rng(0).normal(size=(60, 4, 256))
    y = np.array(["calm", "tense"] * 30)
    X[y == "tense", :2] *= 1.5
    return X, y


def test_probabilities_are_a_switch(data):
    X, y = data
    plain = make_svm().fit(X, y)
    assert not hasattr(plain, "predict_proba")
    clf = make_svm(probability=True, C=2.0, class_weight="balanced").fit(X[:40], y[:40])
    proba = clf.predict_proba(X[40:])
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    assert clf.score(X[40:], y[40:]) > 0.8
    machines = [fitted.estimator for fitted in clf[-1].calibrated_classifiers_]
    assert {(m.C, m.class_weight) for m in machines} == {(2.0, "balanced")}


def test_soft_voting_works(data):
    X, y = data
    members = [("svm", make_svm(probability=True)), ("logistic", make_logistic())]
    vote = VotingClassifier(members, voting="soft").fit(X[:40], y[:40])
    expected = np.mean([m.predict_proba(X[40:]) for m in vote.estimators_], axis=0)
    np.testing.assert_allclose(vote.predict_proba(X[40:]), expected)


@pytest.mark.filterwarnings("error")
def test_the_calibration_keeps_subjects_whole_on_request():
    dataset = make_emotion(n_subjects=4, n_trials=4, random_state=0)
    clf = make_svm(probability=True).set_params(svm__cv=GroupKFold(3))
    results = compare({"svm": (clf, "eeg")}, dataset, target="valence")
    assert results["error"].tolist() == [""] * 4
    assert {"score_0", "score_1"} <= set(results.predictions)


@pytest.mark.parametrize("probability", [False, True])
def test_the_grid_names_parameters_of_the_machine(data, probability):
    X, y = data
    clf = make_svm(probability=probability)
    grid = clf.param_grid()
    assert [name.rpartition("__")[2] for name in grid] == ["C", "gamma"]
    small = {name: values[:2] for name, values in grid.items()}
    search = GridSearchCV(clone(clf), small, cv=2).fit(X, y)
    assert set(search.best_params_) == set(grid)
