"""One prediction for all windows of a trial."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import is_classifier, is_regressor
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklearn_emotion import (
    Modalities,
    ModalityFlattener,
    SubjectStandardizer,
    TrialVoting,
    make_svm,
)
from sklearn_emotion.datasets import EmotionDataset
from sklearn_emotion.evaluation import compare
from sklearn_emotion.model_selection import target_access


@pytest.fixture
def windows():
    """Windows of trials of different lengths, which are not in order."""
    rng = np.random.default_rng(0)
    trial = rng.permutation(np.repeat(np.arange(12), rng.integers(1, 8, size=12)))
    y = np.array(["a", "b", "c"])[trial % 3]
    eeg = rng.normal(size=(len(trial), 3)) + np.eye(3)[trial % 3]
    return Modalities(eeg=eeg, trial=trial), y


def expected_scores(probabilities, trial, rule):
    """Return the scores of each window, from the windows of its trial in a loop."""
    out = np.empty_like(probabilities)
    for row, name in enumerate(trial):
        mine = probabilities[trial == name]
        if rule == "majority":
            best = mine.argmax(axis=1)
            out[row] = [np.mean(best == k) for k in range(mine.shape[1])]
        elif rule == "mean":
            out[row] = mine.mean(axis=0)
        else:
            product = mine.prod(axis=0) ** (1 / len(mine))
            out[row] = product / product.sum()
    return out


@pytest.mark.parametrize("rule", ["mean", "majority", "log-mean"])
def test_each_window_gets_the_verdict_of_its_trial(windows, rule):
    X, y = windows
    voting = TrialVoting(LogisticRegression(), rule=rule).fit(X, y)
    alone = LogisticRegression().fit(X["eeg"], y).predict_proba(X["eeg"])
    expected = expected_scores(alone, X["trial"], rule)
    np.testing.assert_allclose(voting.predict_proba(X), expected, rtol=1e-9)
    verdict = np.array(["a", "b", "c"])[expected.argmax(axis=1)]
    assert voting.predict(X).tolist() == verdict.tolist()
    assert len(np.unique(voting.predict(X)[X["trial"] == 0])) == 1
    assert voting.score(X, y) == np.mean(verdict == y)
    assert is_classifier(voting)


def test_the_rules_differ(windows):
    X, y = windows
    scores = [
        TrialVoting(LogisticRegression(), rule=rule).fit(X, y).predict_proba(X)
        for rule in ("mean", "majority", "log-mean")
    ]
    assert not np.allclose(scores[0], scores[1])
    assert not np.allclose(scores[0], scores[2])


def test_a_probability_of_zero_does_not_decide_alone():
    class Certain(LogisticRegression):
        def predict_proba(self, X):
            return np.array([[0.0, 1.0], [1.0, 0.0]])

    X = Modalities(eeg=np.array([[0.0], [1.0]]), trial=[5, 5])
    voting = TrialVoting(Certain(), rule="log-mean").fit(X, [0, 1])
    np.testing.assert_allclose(voting.predict_proba(X), 0.5)


def test_ratings_are_averaged(windows):
    X, _ = windows
    y = X["eeg"] @ [1.0, 2.0, 3.0]
    voting = TrialVoting(LinearRegression()).fit(X, y)
    means = pd.Series(y).groupby(X["trial"]).transform("mean")
    np.testing.assert_allclose(voting.predict(X), means, rtol=1e-9)
    assert is_regressor(voting)
    assert not hasattr(voting, "predict_proba")
    with pytest.raises(ValueError, match="'majority' is for classes"):
        TrialVoting(Ridge(), rule="majority").fit(X, y)


def test_trials_come_from_the_metadata_too(windows):
    X, y = windows
    voting = TrialVoting(LogisticRegression()).fit(X, y)
    expected = voting.predict_proba(X)
    table = pd.DataFrame({"trial": X["trial"], "subject": 1})
    for trials in (table, X["trial"], X["trial"].tolist()):
        plain = TrialVoting(LogisticRegression()).fit(X["eeg"], y)
        np.testing.assert_allclose(plain.predict_proba(X["eeg"], trials), expected)


def test_trials_may_be_in_a_plain_dict_and_have_the_other_byte_order(windows):
    X, y = windows
    expected = TrialVoting(LogisticRegression()).fit(X, y).predict_proba(X)
    swapped = X["trial"].astype(X["trial"].dtype.newbyteorder("S"))
    for plain in (dict(X), {"eeg": X["eeg"].tolist(), "trial": swapped}):
        voting = TrialVoting(LogisticRegression()).fit(plain, y)
        np.testing.assert_array_equal(voting.predict_proba(plain), expected)


def test_trials_of_different_subjects_are_told_apart(windows):
    X, y = windows
    trial = X["trial"]
    numbered = Modalities(
        eeg=X["eeg"], trial=trial % 4, subject=np.array(["p", "q", "r"])[trial // 4]
    )
    estimator = make_pipeline(
        FunctionTransformer(lambda X: X["eeg"]), LogisticRegression()
    )
    voting = TrialVoting(estimator).fit(numbered, y)
    expected = TrialVoting(LogisticRegression()).fit(X, y).predict_proba(X)
    np.testing.assert_allclose(voting.predict_proba(numbered), expected)


def test_missing_trials_are_errors(windows):
    X, y = windows
    voting = TrialVoting(LogisticRegression()).fit(X, y)
    with pytest.raises(ValueError, match="X has no entry 'trial'"):
        voting.predict(X["eeg"])
    with pytest.raises(ValueError, match="no column 'trial', got"):
        voting.predict(X["eeg"], pd.DataFrame({"subject": X["trial"]}))
    trials = np.where(X["trial"] == 0, np.nan, X["trial"])
    with pytest.raises(ValueError, match=r"\d of \d+ have none"):
        voting.predict(X["eeg"], trials)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        voting.predict(X["eeg"], X["trial"][:-1])


def test_the_mean_needs_probabilities(windows):
    X, y = windows
    with pytest.raises(ValueError, match=r"no predict_proba\. Use rule='majority'"):
        TrialVoting(make_svm()).fit(X, y)


def test_groups_reach_a_search_inside(windows):
    X, y = windows
    search = GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=GroupKFold(2))
    voting = TrialVoting(search).fit(X, y, groups=X["trial"] // 3 % 2)
    assert voting.estimator_.best_params_ == {"C": 1.0}


def test_it_takes_part_in_a_comparison(windows):
    X, y = windows
    metadata = pd.DataFrame({"subject": X["trial"] % 4, "trial": X["trial"], "y": y})
    dataset = EmotionDataset(
        data={"eeg": X["eeg"]}, metadata=metadata, sfreq={"eeg": 1.0}
    )
    estimator = TrialVoting(LogisticRegression())
    alone = {"p": (LogisticRegression(), "eeg")}
    voted = compare({"p": (estimator, ("eeg", "trial"))}, dataset, target="y")
    trials = compare(alone, dataset, target="y", unit="trial")
    first = trials.predictions.set_index("trial")["y_pred"]
    samples = metadata["trial"].to_numpy()[voted.predictions["sample"]]
    assert voted.predictions["y_pred"].tolist() == first[samples].tolist()
    assert set(voted["target_access"]) == {"none"}


def test_its_level_is_the_level_of_its_estimator():
    centered = make_pipeline(
        SubjectStandardizer(), ModalityFlattener(), LogisticRegression()
    )
    assert target_access(TrialVoting(LogisticRegression())) == "none"
    assert target_access(TrialVoting(centered)) == "unlabelled"
