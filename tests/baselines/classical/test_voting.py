"""Several classifiers vote with weights from samples that they were not trained on."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from sklearn_emotion import Modalities, ModalityVoting
from sklearn_emotion.baselines.classical._voting import _simplex
from sklearn_emotion.datasets import EmotionDataset
from sklearn_emotion.evaluation import compare

Y = np.tile([0, 1], 40)
GROUPS = np.repeat(np.arange(8), 10)


def samples(**shifts):
    rng = np.random.default_rng(0)
    return Modalities(
        **{k: rng.normal(size=(80, 3)) + d * Y[:, None] for k, d in shifts.items()}
    )


def parts(*names):
    return [(name, GaussianNB(), name) for name in names]


class Recorder(ClassifierMixin, BaseEstimator):
    """Remembers the groups of each fit."""

    seen = []

    def fit(self, X, y, groups=None):
        Recorder.seen.append(set(groups))
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X):
        return np.full((len(X), 2), 0.5)


def test_sum_and_product_are_as_stated():
    X, w = samples(eeg=1.0, face=0.5), np.array([0.75, 0.25])
    p, q = (GaussianNB().fit(X[k], Y).predict_proba(X[k]) for k in ("eeg", "face"))
    vote = ModalityVoting(parts("eeg", "face"), weights=[3, 1]).fit(X, Y)
    assert_allclose(vote.weights_, w)
    assert np.isnan(vote.scores_).all()
    assert_allclose(vote.predict_proba(X), w[0] * p + w[1] * q, rtol=1e-12)
    vote.set_params(rule="product").fit(X, Y)
    expected = p ** w[0] * q ** w[1]
    expected /= expected.sum(axis=1, keepdims=True)
    assert_allclose(vote.predict_proba(X), expected, rtol=1e-9)
    assert (vote.predict(X) == vote.predict_proba(X).argmax(axis=1)).all()


def test_weights_are_the_held_out_performance_above_chance():
    X = samples(eeg=2.0, face=0.8, noise=0.0)
    vote = ModalityVoting(parts("eeg", "face", "noise")).fit(X, Y)
    excess = np.maximum(vote.scores_ - 0.5, 0)
    assert_allclose(vote.weights_, excess / excess.sum())
    assert vote.weights_[0] > vote.weights_[1] > vote.weights_[2]


def test_a_part_that_knows_the_training_samples_by_heart_gets_no_weight():
    # The second half of the samples repeats the first half, so only folds of whole
    # groups show that the nearest neighbor has learned nothing.
    rng = np.random.default_rng(0)
    groups = np.tile(np.arange(40), 2)
    y = rng.permutation(Y[:40])[groups]
    noise = rng.normal(size=(40, 3))[groups]
    X = Modalities(eeg=rng.normal(size=(80, 3)) + 2 * y[:, None], noise=noise)
    voters = [("eeg", GaussianNB(), "eeg"), ("n", KNeighborsClassifier(1), "noise")]
    vote = ModalityVoting(voters)
    assert vote.fit(X, y, groups).weights_[1] < 0.2
    assert vote.fit(X, y).weights_[1] > 0.4


def test_the_search_finds_the_best_weights_on_held_out_samples():
    X = samples(eeg=0.8, face=0.6)
    vote = ModalityVoting(parts("eeg", "face"), weights="search").fit(X, Y, GROUPS)
    assert vote.weights_.sum() == pytest.approx(1)
    assert vote.weights_[0] * 100 == pytest.approx(round(vote.weights_[0] * 100))
    noise = samples(eeg=1.0, noise=0.0)
    searched = ModalityVoting(parts("eeg", "noise"), weights="search").fit(noise, Y)
    assert searched.weights_[0] > 0.5
    # Any weights predict the same, so the nearest to equal weights are taken.
    same = Modalities(a=X["eeg"], b=X["eeg"], c=X["eeg"])
    equal = ModalityVoting(parts("a", "b", "c"), weights="search").fit(same, Y)
    assert_allclose(equal.weights_, 1 / 3, atol=0.05)


def test_weights_of_the_search_cover_the_simplex_once():
    for n_parts, n_steps, count in ((2, 100, 101), (3, 20, 231), (4, 10, 286)):
        weights = _simplex(n_parts, n_steps)
        assert weights.shape == (count, n_parts)
        assert len(np.unique(weights, axis=0)) == count
        assert_allclose(weights.sum(axis=1), 1)
        assert (weights >= 0).all()
    assert _simplex(1, 10).tolist() == [[1.0]]


def test_parts_at_chance_or_without_folds_have_equal_weights():
    X = samples(a=0.0, b=0.0)
    silent = [("a", Recorder(), "a"), ("b", Recorder(), "b")]
    vote = ModalityVoting(silent).fit(X, Y, GROUPS)
    assert vote.scores_.tolist() == [0.5, 0.5]
    assert vote.weights_.tolist() == [0.5, 0.5]
    with pytest.warns(UserWarning, match="cannot compare its parts.*The weights are"):
        vote = ModalityVoting(parts("a", "b")).fit(X, Y, Y)
    assert vote.weights_.tolist() == [0.5, 0.5]


def test_folds_do_not_divide_groups_and_parts_get_theirs():
    Recorder.seen.clear()
    X = samples(a=1.0)
    ModalityVoting([("a", Recorder(), "a")]).fit(X, Y, GROUPS)
    *folds, whole = Recorder.seen
    assert whole == set(range(8))
    assert len(folds) == 5
    held_out = [whole - train for train in folds]
    assert sorted(i for fold in held_out for i in fold) == list(range(8))
    search = GridSearchCV(
        LogisticRegression(), {"C": [0.1, 1.0]}, cv=GroupKFold(2), error_score="raise"
    )
    vote = ModalityVoting([("a", search, "a")]).fit(X, Y, GROUPS)
    assert vote.score(X, Y) > 0.7


def test_searches_in_a_part_get_groups_from_compare(recwarn):
    X = samples(a=1.0, b=0.5)
    dataset = EmotionDataset(
        data=X,
        sfreq=dict.fromkeys(X, 1.0),
        metadata=pd.DataFrame({"subject": GROUPS, "label": np.array(["x", "y"])[Y]}),
    )
    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=GroupKFold(2))
    vote = ModalityVoting([("a", search, "a"), ("b", GaussianNB(), "b")])
    results = compare(
        {"vote": vote}, dataset, target="label", protocol="group-k-fold", n_splits=2
    )
    assert results["error"].tolist() == ["", ""]
    assert not [w for w in recwarn if "groups" in str(w.message)]


def test_the_vote_is_better_than_its_parts():
    rng = np.random.default_rng(5)
    y = np.tile([0, 1], 400)
    X = Modalities(
        **{k: rng.normal(size=(800, 2)) + 0.7 * y[:, None] for k in ("eeg", "face")}
    )
    train, test = np.arange(400), np.arange(400, 800)
    vote = ModalityVoting(parts("eeg", "face")).fit(X[train], y[train])
    both = balanced_accuracy_score(y[test], vote.predict(X[test]))
    for key, part in zip(("eeg", "face"), vote.estimators_):
        alone = balanced_accuracy_score(y[test], part.predict(X[key][test]))
        assert both > alone + 0.02


def test_several_modalities_and_the_whole_input_are_possible():
    X = samples(a=1.0, b=0.5)
    X["subject"] = GROUPS

    class Takes(Recorder):
        def fit(self, X, y, groups=None):
            self.names_ = sorted(X) if isinstance(X, dict) else X.shape
            return super().fit(X, y, groups)

    kinds = {"two": ("a", "subject"), "all": None, "one": "b"}
    voters = [(name, Takes(), source) for name, source in kinds.items()]
    vote = ModalityVoting(voters, weights="equal").fit(X, Y, GROUPS)
    assert [part.names_ for part in vote.estimators_] == [
        ["a", "subject"],
        ["a", "b", "subject"],
        (80, 3),
    ]
    table = X["a"]
    alone = [("nb", GaussianNB(), None), ("lr", LogisticRegression(), None)]
    assert ModalityVoting(alone).fit(table, Y).predict(table).shape == (80,)
    labels = np.array(["calm", "tense"])[Y]
    assert set(ModalityVoting(alone).fit(table, labels).predict(table)) == set(labels)


def test_what_does_not_match_is_named():
    X = samples(a=1.0, b=1.0)
    with pytest.raises(
        ValueError, match=r"'a' has no predict_proba\. Pass probability"
    ):
        ModalityVoting([("a", SVC(), "a")]).fit(X, Y)
    with pytest.raises(ValueError, match="needs the modalities 'c'; missing 'c'"):
        ModalityVoting(parts("c")).fit(X, Y)
    with pytest.raises(
        ValueError, match=r"list of .name, classifier, modality. tuples"
    ):
        ModalityVoting([("a", GaussianNB())]).fit(X, Y)
    for wrong in ([1.0], [1.0, -1.0], [0.0, 0.0]):
        with pytest.raises(ValueError, match="weights must be 2 numbers"):
            ModalityVoting(parts("a", "b"), weights=wrong).fit(X, Y)
