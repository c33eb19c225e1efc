"""A comparison scores what it says, on the splits it says, and survives a crash."""

import json
import os
import signal
import subprocess
import sys
import time
import warnings
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from _evaluation import Picky, make_dataset
from scipy import stats
from sklearn import config_context
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, f1_score, roc_auc_score
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
)
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklearn_emotion import LeakageWarning, ModalityFlattener, WithinSubject
from sklearn_emotion.evaluation import (
    compare,
    read_results,
    score_table,
    significance,
    subject_scores,
)
from sklearn_emotion.evaluation._comparison import _lost
from sklearn_emotion.evaluation._identity import describe
from sklearn_emotion.evaluation._store import Store


@pytest.fixture
def dataset():
    return make_dataset()


def logistic():
    return make_pipeline(StandardScaler(), LogisticRegression())


def test_scores_are_those_of_scikit_learn_on_the_same_folds(dataset):
    results = compare({"lr": (logistic(), "eeg")}, dataset, target="mood")
    X, y = dataset.data["eeg"], dataset.target("mood")
    for fold, (train, test) in enumerate(
        LeaveOneGroupOut().split(X, y, dataset.groups("subject"))
    ):
        fitted = logistic().fit(X[train], y[train])
        pred, proba = fitted.predict(X[test]), fitted.predict_proba(X[test])
        row = results.iloc[fold]
        assert row["accuracy"] == np.mean(pred == y[test])
        assert row["balanced_accuracy"] == balanced_accuracy_score(y[test], pred)
        assert row["macro_f1"] == f1_score(y[test], pred, average="macro")
        # "low" is the last label in sorted order, hence the positive one.
        assert row["f1"] == pytest.approx(f1_score(y[test], pred, pos_label="low"))
        assert row["roc_auc"] == pytest.approx(
            roc_auc_score(y[test] == "low", proba[:, 1])
        )
        assert row["test_subjects"] == str(fold)
        assert row["n_train"] == 36


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


def test_predictions_of_group_folds_are_scored_by_subject(dataset):
    results = compare(
        {"lr": (logistic(), "eeg")},
        dataset,
        target="mood",
        protocol="group-k-fold",
        n_splits=2,
    )
    assert len(results) == 2
    scores = subject_scores(results)
    assert scores["subject"].tolist() == [0, 1, 2, 3]
    mine = results.predictions.query("subject == 3")
    want = np.mean(mine["y_true"] == mine["y_pred"])
    assert scores.set_index("subject").loc[3, "accuracy"] == want
    table = score_table(results)
    values = scores["accuracy"]
    assert table.loc["lr", ("accuracy", "mean")] == pytest.approx(values.mean())
    assert table.loc["lr", ("accuracy", "sd")] == pytest.approx(values.std())
    # Student's t of 3 degrees of freedom at 97.5 % is 3.182446.
    half = 3.182446 * values.std() / 2
    assert table.loc["lr", ("accuracy", "high")] == pytest.approx(
        values.mean() + half, abs=1e-6
    )
    assert table.loc["lr", ("run", "n_subjects")] == 4


def test_intervals_stay_within_what_a_score_can_be():
    """Of 1, 1, 1 and 5/6 the interval by Student's t would end at 1.091."""
    dataset = make_dataset(n_trials=6, n_windows=1, shift=0.0)
    y = dataset.target("mood")
    dataset.data["eeg"][:, 0] = np.where(y == "high", 9.0, -9.0)
    dataset.data["eeg"][1, 0] *= -1
    results = compare({"lr": (logistic(), "eeg")}, dataset, target=y)
    row = score_table(results).loc["lr", "accuracy"]
    assert row["mean"] == pytest.approx((3 + 5 / 6) / 4)
    assert row["high"] == 1.0
    # sd / 2 is 1 / 24, times 3.182446.
    assert row["low"] == pytest.approx(row["mean"] - 3.182446 / 24)


def test_every_estimator_gets_the_same_folds(dataset):
    results = compare(
        {"a": (Picky(), "eeg"), "b": (logistic(), "ecg")},
        dataset,
        target="mood",
        protocol="group-k-fold",
        n_splits=3,
    )
    parts = dict(list(results.groupby("estimator")))
    assert parts["a"]["test_subjects"].tolist() == parts["b"]["test_subjects"].tolist()
    assert results["modalities"].unique().tolist() == ["eeg", "ecg"]


@pytest.mark.parametrize(
    ("protocol", "leak", "warns"),
    [
        ("loso", "stimulus", None),
        ("group-k-fold", "stimulus", None),
        ("loso-stimulus", "none", None),
        ("within-subject", "subject", None),
        ("within-subject-segment", "trial", "WithinSubject"),
        ("segment-k-fold", "trial", "segment-k-fold"),
        ("deepvanet-inter-subject", "trial", "Report LeaveOneGroupOut"),
        (KFold(5), "trial", "KFold"),
    ],
)
def test_each_fold_says_what_both_sides_share(protocol, leak, warns):
    dataset = make_dataset(n_windows=4)
    call = {"target": "mood", "protocol": protocol, "n_splits": 2}
    if protocol == "deepvanet-inter-subject" or isinstance(protocol, KFold):
        del call["n_splits"]
    if warns is None:
        results = compare({"d": (Picky(), "eeg")}, dataset, **call)
    else:
        with pytest.warns(LeakageWarning, match=warns):
            results = compare({"d": (Picky(), "eeg")}, dataset, **call)
    if not isinstance(protocol, KFold):
        assert results["leak"].unique().tolist() == [leak]


def test_a_fold_that_fails_is_recorded_and_the_rest_go_on(dataset):
    # The number 99 is subject 2's, so that every fold but the third trains on it.
    dataset.data["eeg"][dataset.groups() == 2, -1] = 99
    with pytest.warns(
        FitFailedWarning, match=r"picky: 3 of 4 folds failed.*cannot fit"
    ):
        results = compare(
            {"picky": (Picky(99), "eeg"), "lr": (logistic(), "eeg")},
            dataset,
            target="mood",
        )
    picky = results[results["estimator"] == "picky"]
    failed = "RuntimeError: cannot fit 99"
    assert picky["error"].tolist() == [failed, failed, "", failed]
    assert picky["accuracy"].isna().tolist() == [True, True, False, True]
    assert (results[results["estimator"] == "lr"]["error"] == "").all()
    assert score_table(results).loc["picky", ("run", "n_failed")] == 3


def test_warnings_of_an_estimator_are_kept_and_passed_on(dataset):
    short = MLPClassifier(max_iter=1, random_state=0)
    with pytest.warns(UserWarning, match=r"mlp, in 4 of 4 folds: Convergence.*reached"):
        results = compare({"mlp": (short, "eeg")}, dataset, target="mood")
    assert results["warnings"].str.startswith("ConvergenceWarning: Stoch").all()


def test_a_training_side_without_a_class_is_named(dataset):
    y = np.where(dataset.groups() == 0, "high", "low")
    with pytest.warns(FitFailedWarning, match="lacks the class 'high'"):
        results = compare({"lr": (logistic(), "eeg")}, dataset, target=y)
    assert results["error"].iloc[0].startswith("ValueError: This fold: the training")
    assert (results["error"].iloc[1:] == "").all()


def test_the_seed_reaches_every_estimator_that_has_none(dataset):
    net = MLPClassifier((3,), max_iter=300, tol=1, n_iter_no_change=2)
    runs = [
        compare({"mlp": (net, "eeg")}, dataset, target="mood", random_state=seed)
        for seed in (1, 1, 2)
    ]
    scores = [r.predictions["score_high"].to_numpy() for r in runs]
    np.testing.assert_array_equal(scores[0], scores[1])
    assert not np.array_equal(scores[0], scores[2])
    assert runs[2]["random_state"].unique().tolist() == [2]
    assert net.random_state is None


def test_the_subject_can_travel_with_the_modalities(dataset):
    from sklearn_emotion import ModalityFlattener, SubjectStandardizer

    def build():
        return make_pipeline(
            SubjectStandardizer(), ModalityFlattener(), LogisticRegression()
        )

    results = compare({"z": (build(), ("eeg", "subject"))}, dataset, target="mood")
    assert (results["error"] == "").all()
    assert results["modalities"].iloc[0] == "eeg+subject"


def test_extra_scorers_and_a_choice_of_scores(dataset):
    results = compare(
        {"lr": (logistic(), "eeg")},
        dataset,
        target="mood",
        scoring={"neg_log_loss": "neg_log_loss"},
    )
    assert (results["neg_log_loss"] < 0).all()
    few = compare({"d": (Picky(), "eeg")}, dataset, target="mood", scoring=["npv"])
    assert "npv" in few
    assert "dummy_npv" in few
    assert "accuracy" not in few


def test_a_function_that_scores_sees_the_samples(dataset):
    def mean_of_eeg(fitted, X, y):
        return float(X["eeg"].mean())

    model = make_pipeline(ModalityFlattener(), LogisticRegression())
    results = compare(
        {"lr": model}, dataset, target="mood", scoring={"mean": mean_of_eeg}
    )
    means = [dataset.data["eeg"][dataset.groups() == s].mean() for s in range(4)]
    np.testing.assert_allclose(results["mean"], means, rtol=1e-6)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"target": "joy"}, "'joy' is not known for this data set"),
        ({"protocol": "loco"}, "Unknown protocol 'loco'; known ones are"),
        ({"scoring": ["acc"]}, r"Unknown scores \['acc'\]"),
        ({"task": "ranking"}, "task must be"),
        ({"pos_label": "joy"}, "pos_label='joy' is no class"),
        ({"estimators": {}}, "at least one estimator"),
        ({"estimators": {"x": 3}}, "'x' has no fit"),
        ({"estimators": {"x": (Picky(), "face")}}, r"takes \['face'\], but.*'ecg'"),
        ({"target": np.zeros(48)}, "one class only"),
        ({"target": [0, 1]}, r"shape \(48,\), got \(2,\)"),
        ({"estimators": [Picky()]}, "must be a dict of name to estimator, got list"),
        ({"estimators": {1: (Picky(), "eeg")}}, "must be strings, got 1"),
        ({"random_state": np.random.RandomState(0)}, "random_state must be an int"),
        ({"protocol": "loso-stimulus"}, "4 stimuli .* 2 to 4 folds, got n_splits=6"),
    ],
)
def test_bad_arguments_are_named(dataset, change, match):
    call = {"estimators": {"d": (Picky(), "eeg")}, "target": "mood"} | change
    with pytest.raises(ValueError, match=match):
        compare(call.pop("estimators"), dataset, **call)


def test_folds_in_processes_give_the_same_table(dataset):
    estimators = {"lr": (logistic(), "eeg"), "d": (Picky(), "ecg")}
    one = compare(estimators, dataset, target="mood")
    two = compare(estimators, dataset, target="mood", n_jobs=2)
    timed = ["feature_time", "fit_time", "score_time", "peak_memory"]
    pd.testing.assert_frame_equal(one.drop(columns=timed), two.drop(columns=timed))
    pd.testing.assert_frame_equal(one.predictions, two.predictions)


class Deadly(Picky):
    """Kills its process where a number occurs in training."""

    def fit(self, X, y):
        if self.fails_on is not None and np.any(X[:, -1] == self.fails_on):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().fit(X, y)


@pytest.mark.slow
@pytest.mark.parametrize("stored", [False, True])
@pytest.mark.filterwarnings("ignore:A worker stopped:UserWarning")
def test_a_fold_that_kills_its_process_is_recorded_and_the_rest_go_on(tmp_path, stored):
    dataset = make_dataset(n_subjects=2)
    # The second fold trains on subject 0.
    dataset.data["eeg"][dataset.groups() == 0, -1] = 99
    estimators = {"p": (Deadly(), "eeg"), "d": (Deadly(99), "eeg")}
    store = tmp_path if stored else None
    with pytest.warns(FitFailedWarning, match="d: 1 of 2 folds failed.*Terminated"):
        results = compare(estimators, dataset, target="mood", n_jobs=2, store=store)
    died = results["error"].str.startswith("TerminatedWorkerError")
    assert results[died][["estimator", "fold"]].to_numpy().tolist() == [["d", 1]]
    assert results[~died]["accuracy"].tolist() == [0.5] * 3


def test_peak_memory_is_that_of_the_fold(dataset):
    class Greedy(Picky):
        def fit(self, X, y):
            self.bytes_ = np.ones(40_000_000).sum()
            return super().fit(X, y)

    results = compare(
        {"g": (Greedy(), "eeg"), "p": (Picky(), "eeg")}, dataset, target="mood"
    )
    peak = results.groupby("estimator")["peak_memory"].min()
    assert peak["g"] - peak["p"] > 250


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


def test_a_subject_that_lacks_a_class_is_tested_on_the_others():
    dataset = make_dataset(n_trials=12, n_windows=1)
    y = np.array(["a", "b", "c"])[np.tile(np.arange(12) % 3, 4)]
    y[:12] = np.array(["a", "b"])[np.arange(12) % 2]
    results = compare(
        {"lr": (logistic(), "eeg")},
        dataset,
        target=y,
        protocol="within-subject",
        n_splits=2,
    )
    assert (results["error"] == "").all()
    # The constant of a subject with two classes has a recall of one, and of zero.
    scores = subject_scores(results)["dummy_balanced_accuracy"]
    np.testing.assert_allclose(scores, [1 / 2, 1 / 3, 1 / 3, 1 / 3])


# The store


def test_a_store_gives_the_same_results_and_no_fold_is_done_twice(dataset, tmp_path):
    plain = compare({"lr": (logistic(), "eeg")}, dataset, target="mood")
    stored = compare(
        {"lr": (logistic(), "eeg")}, dataset, target="mood", store=tmp_path
    )
    timed = ["feature_time", "fit_time", "score_time", "peak_memory"]
    pd.testing.assert_frame_equal(plain.drop(columns=timed), stored.drop(columns=timed))
    again = compare({"lr": (logistic(), "eeg")}, dataset, target="mood", store=tmp_path)
    # Times are those of the first run: nothing was fitted.
    assert again["fit_time"].tolist() == stored["fit_time"].tolist()
    read = read_results(tmp_path)
    pd.testing.assert_frame_equal(pd.DataFrame(read), pd.DataFrame(stored))
    csv = pd.read_csv(tmp_path / "results.csv")
    assert csv["accuracy"].tolist() == stored["accuracy"].tolist()
    assert len(pd.read_csv(tmp_path / "predictions.csv")) == 48


def test_estimators_are_added_to_a_store(dataset, tmp_path):
    compare({"lr": (logistic(), "eeg")}, dataset, target="mood", store=tmp_path)
    both = {"lr": (logistic(), "eeg"), "d": (DummyClassifier(), "eeg")}
    compare(both, dataset, target="mood", store=tmp_path)
    assert set(read_results(tmp_path)["estimator"]) == {"lr", "d"}


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"protocol": "within-subject", "n_splits": 2}, "protocol: loso, now within"),
        ({"target": "valence"}, "target: mood, now valence"),
        ({"random_state": 1}, "random_state: 0, now 1"),
        ({"estimators": {"d": (Picky(3), "eeg")}}, "another estimator called 'd'"),
    ],
)
def test_a_store_holds_one_comparison(dataset, tmp_path, change, match):
    compare({"d": (Picky(), "eeg")}, dataset, target="mood", store=tmp_path)
    call = {"estimators": {"d": (Picky(), "eeg")}, "target": "mood"} | change
    with pytest.raises(ValueError, match=match):
        compare(call.pop("estimators"), dataset, store=tmp_path, **call)


def test_a_store_notices_any_change_of_the_data(dataset, tmp_path):
    call = {"estimators": {"d": (Picky(), "eeg")}, "target": "mood", "store": tmp_path}
    compare(dataset=dataset, **call)
    dataset.data["eeg"][17, 3] += 1
    with pytest.raises(ValueError, match=r"another comparison .data: "):
        compare(dataset=dataset, **call)


def test_a_store_notices_another_function(dataset, tmp_path):
    def run(function):
        model = make_pipeline(FunctionTransformer(function), LogisticRegression())
        compare({"f": (model, "eeg")}, dataset, target="mood", store=tmp_path)

    def times(factor):
        return lambda X: X * factor

    run(lambda X: X * 2)
    # The same code in another place is the same function.
    run(lambda X: X * 2)
    for other in (lambda X: X * 0, lambda X: X + 2, times(2)):
        with pytest.raises(ValueError, match="another estimator called 'f'"):
            run(other)
    texts = [
        describe(FunctionTransformer(f))
        for f in (times(2), times(2), times(3), partial(times(2)), np.log, None)
    ]
    assert texts[0] == texts[1]
    assert len(set(texts)) == 5
    # A name is all there is to see of what is compiled.
    assert "with" not in texts[4]


def test_a_seed_of_numpys_is_stored_as_a_number(dataset, tmp_path):
    call = {"estimators": {"d": (Picky(), "eeg")}, "target": "mood", "store": tmp_path}
    compare(dataset=dataset, random_state=np.int64(1), **call)
    assert read_results(tmp_path)["random_state"].tolist() == [1] * 4
    compare(dataset=dataset, random_state=1, **call)


def test_a_fold_that_ended_with_its_worker_leaves_a_finished_one_alone(tmp_path):
    store = Store(tmp_path)
    row = {"estimator": "d", "fold": 0, "error": "", "accuracy": 0.75}
    store.write("d", 0, row, None)
    job = ("d", 0, None, None, None, np.arange(2), np.arange(2), row, tmp_path)
    assert _lost(job, RuntimeError("gone"))[2]["row"]["accuracy"] == 0.75
    assert store.is_done("d", 0)
    # Another process may be about to finish it.
    job = ("d", 1, *job[2:])
    with store.claim("d", 1):
        assert _lost(job, RuntimeError("gone"))[2] is None
    assert _lost(job, RuntimeError("gone"))[2]["row"]["error"] == "RuntimeError: gone"
    assert not store.is_done("d", 1)


def test_a_failed_fold_is_tried_again(dataset, tmp_path, monkeypatch):
    def refuse(self, X, y):
        raise RuntimeError("out of luck")

    with monkeypatch.context() as patch:
        patch.setattr(Picky, "fit", refuse)
        with pytest.warns(FitFailedWarning, match="out of luck"):
            compare({"d": (Picky(), "eeg")}, dataset, target="mood", store=tmp_path)
    record = json.loads(Store(tmp_path).path("d", 0).read_text())
    assert "raise RuntimeError" in record["row"]["traceback"]
    results = compare({"d": (Picky(), "eeg")}, dataset, target="mood", store=tmp_path)
    assert (results["error"] == "").all()


def test_a_folder_without_results_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no results"):
        read_results(tmp_path / "nothing")


def test_names_with_slashes_and_dots_stay_inside_the_folder(dataset, tmp_path):
    name = "../a/b: C=1.0"
    compare({name: (Picky(), "eeg")}, dataset, target="mood", store=tmp_path / "s")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["s"]
    assert read_results(tmp_path / "s")["estimator"].unique().tolist() == [name]


WORKER = """
import sys, time
sys.path[:0] = [{tests!r}]
import numpy as np
from pathlib import Path
from sklearn.base import BaseEstimator, ClassifierMixin
from _evaluation import make_dataset
from sklearn_emotion.evaluation import compare

class Logged(ClassifierMixin, BaseEstimator):
    def fit(self, X, y):
        time.sleep(0.05)
        self.classes_ = np.unique(y)
        return self
    def predict(self, X):
        return np.full(len(X), self.classes_[0])

dataset = make_dataset(n_subjects=12, n_trials=2, n_windows=1)
print("ready", flush=True)
results = compare({{"a": (Logged(), "eeg"), "b": (Logged(), "ecg")}}, dataset,
    target="mood", store={store!r})
print("done", len(results), flush=True)
"""


def start_worker(store):
    code = WORKER.format(tests=str(Path(__file__).parent), store=str(store))
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )


def stamps(store):
    files = (store / "folds").glob("*/*.json")
    return {str(f.relative_to(store)): f.stat().st_mtime_ns for f in files}


@pytest.mark.slow
def test_killed_twenty_times_it_neither_repeats_nor_loses_a_fold(tmp_path):
    rng = np.random.default_rng(0)
    seen = {}
    for _ in range(20):
        worker = start_worker(tmp_path)
        worker.stdout.readline()
        time.sleep(rng.uniform(0, 0.15))
        worker.send_signal(signal.SIGKILL)
        worker.communicate()
        now = stamps(tmp_path)
        # A finished fold is there to stay, and is never written again.
        assert {name: now[name] for name in seen} == seen
        for name in now:
            json.loads((tmp_path / name).read_text())
        seen = now
    worker = start_worker(tmp_path)
    assert worker.communicate()[0].split() == ["ready", "done", "24"]
    now = stamps(tmp_path)
    assert {name: now[name] for name in seen} == seen
    assert len(now) == 24
    results = read_results(tmp_path)
    assert sorted(zip(results["estimator"], results["fold"])) == [
        (name, fold) for name in "ab" for fold in range(12)
    ]


@pytest.mark.slow
def test_two_writers_share_the_folds(tmp_path):
    workers = [start_worker(tmp_path) for _ in range(2)]
    first = stamps(tmp_path)
    outputs = [w.communicate()[0].split() for w in workers]
    assert outputs == [["ready", "done", "24"]] * 2
    assert len(stamps(tmp_path)) == 24
    assert first.items() <= stamps(tmp_path).items()
    assert len(pd.read_csv(tmp_path / "results.csv")) == 24


def test_a_lock_of_another_process_is_waited_for(dataset, tmp_path):
    store = Store(tmp_path)
    with store.claim("d", 0) as mine:
        assert mine
        with store.claim("d", 0) as again:
            assert not again
        with store.claim("d", 1) as other:
            assert other
    with store.claim("d", 0) as mine:
        assert mine


# Some of the results


def test_some_of_the_folds_are_scored_by_themselves(dataset):
    estimators = {"lr": (logistic(), "eeg"), "d": (Picky(), "eeg")}
    results = compare(estimators, dataset, target="mood")
    few = results[results["fold"] < 2]
    table = score_table(few)
    # Folds are subjects here.
    expected = few[few["estimator"] == "lr"]["accuracy"].mean()
    assert table.loc["lr", ("accuracy", "mean")] == pytest.approx(expected)
    assert table.loc["lr", ("run", "n_subjects")] == 2
    assert subject_scores(few)["subject"].unique().tolist() == [0, 1]
    tests = significance(results[results["estimator"] == "lr"])
    whole = significance(results).query("first == 'lr' and second == 'majority class'")
    assert tests["difference"].tolist() == whole["difference"].tolist()
    with pytest.raises(ValueError, match="the columns estimator and fold"):
        subject_scores(results[["estimator", "accuracy"]])


def test_the_positive_class_is_remembered(dataset, tmp_path):
    call = {"target": "mood", "pos_label": "high", "store": tmp_path}
    results = compare({"lr": (logistic(), "eeg")}, dataset, **call)
    for known in (results, read_results(tmp_path), results[results["fold"] >= 0]):
        table = score_table(known, scores=["sensitivity", "specificity"])
        for name in ("sensitivity", "specificity"):
            mean = results[name].mean()
            assert table.loc["lr", (name, "mean")] == pytest.approx(mean)
    # "low", the last one in sorted order, swaps the two.
    low = score_table(results, scores=["specificity"], pos_label="low")
    assert low.loc["lr", ("specificity", "mean")] == pytest.approx(
        results["sensitivity"].mean()
    )


def test_any_built_in_score_is_tested_whichever_were_kept(dataset):
    estimators = {"lr": (logistic(), "eeg"), "d": (Picky(), "eeg")}
    every = compare(estimators, dataset, target="mood")
    few = compare(estimators, dataset, target="mood", scoring="accuracy")
    for score in ("balanced_accuracy", "roc_auc"):
        pd.testing.assert_frame_equal(
            significance(few, score=score), significance(every, score=score)
        )
    area = significance(every, score="roc_auc").iloc[1]
    assert area["second"] == "majority class"
    # The dummy's area is one half.
    areas = every[every["estimator"] == "lr"]["roc_auc"]
    assert area["difference"] == pytest.approx(areas.mean() - 0.5)
