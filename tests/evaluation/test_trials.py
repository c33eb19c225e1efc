"""Trials as the unit of a comparison."""

import numpy as np
import pytest
from _evaluation import Picky, logistic, make_dataset
from scipy.stats import binomtest
from sklearn.linear_model import Ridge
from sklearn.metrics import accuracy_score
from sklearn.svm import LinearSVC

from sklearn_emotion.evaluation import (
    compare,
    read_results,
    report,
    score_table,
    significance,
    subject_scores,
)


@pytest.fixture(scope="module")
def dataset():
    """Windows of trials, of which the last trial of each subject is longer."""
    whole = make_dataset(n_subjects=4, n_trials=5, n_windows=4, shift=0.7)
    table = whole.metadata
    return whole.select(((table["window"] < 2) | (table["trial"] % 5 == 4)).to_numpy())


ESTIMATORS = {"lr": (logistic(), "eeg")}


@pytest.fixture(scope="module")
def both(dataset):
    return [
        compare(ESTIMATORS, dataset, target="mood", unit=unit)
        for unit in ("window", "trial")
    ]


def test_the_probabilities_of_the_windows_are_averaged(dataset, both):
    windows, trials = (results.predictions for results in both)
    of_sample = dataset.metadata["trial"].to_numpy()
    windows = windows.assign(trial=of_sample[windows["sample"]])
    expected = windows.groupby("trial")["score_high"].mean()
    assert len(trials) == 20
    mine = trials.set_index("trial")
    np.testing.assert_allclose(mine["score_high"], expected, rtol=1e-12)
    verdict = np.where(expected > 0.5, "high", "low")
    assert mine["y_pred"].tolist() == verdict.tolist()
    assert mine["n_windows"].tolist() == [2, 2, 2, 2, 4] * 4
    truth = dataset.metadata.groupby("trial")["mood"].first()
    assert mine["y_true"].tolist() == truth.tolist()
    first = dataset.metadata.reset_index().groupby("trial")["index"].min()
    assert mine["sample"].tolist() == first.tolist()


def test_scores_and_counts_are_those_of_trials(both):
    windows, trials = both
    assert set(trials["n_test"]) == {5}
    assert set(trials["n_train"]) == {15}
    assert set(windows["n_test"]) == {12}
    for row in trials.itertuples():
        mine = trials.predictions.query("fold == @row.fold")
        assert row.accuracy == accuracy_score(mine["y_true"], mine["y_pred"])
    assert subject_scores(trials)["n_samples"].tolist() == [5] * 4
    np.testing.assert_array_equal(trials["window_accuracy"], windows["accuracy"])
    np.testing.assert_array_equal(trials["window_roc_auc"], windows["roc_auc"])
    assert "window_accuracy" not in windows


def test_tests_count_trials(both):
    trials = both[1]
    right = trials.predictions.query("y_true == y_pred")
    chance = trials.predictions["y_true"].value_counts(normalize=True).max()
    expected = binomtest(len(right), 20, chance, alternative="greater").pvalue
    assert significance(trials)["binomial_p"].iloc[0] == expected


def test_the_dummy_predicts_the_most_frequent_class_of_trials(dataset):
    # The long trials are of the class "low", so that it has more windows.
    y = np.where(dataset.metadata["trial"] % 5 < 3, "high", "low")
    options = {"target": y, "scoring": ["accuracy"]}
    trials = compare(ESTIMATORS, dataset, unit="trial", **options)
    assert set(trials.predictions["dummy"]) == {"high"}
    np.testing.assert_allclose(trials["dummy_accuracy"], 3 / 5)


@pytest.mark.parametrize("estimator", [Picky(), LinearSVC()])
def test_classifiers_without_probabilities_give_verdicts(dataset, estimator):
    results = compare({"p": (estimator, "eeg")}, dataset, target="mood", unit="trial")
    assert (results["error"] == "").all()
    votes = results.predictions[["score_high", "score_low"]].sum(axis=1)
    np.testing.assert_allclose(votes, 1.0)


def test_ratings_of_the_windows_are_averaged(dataset):
    y = dataset.metadata.groupby("trial")["valence"].transform("first").to_numpy()
    options = {"target": y, "task": "regression"}
    windows, trials = (
        compare({"p": (Ridge(), "eeg")}, dataset, unit=unit, **options).predictions
        for unit in ("window", "trial")
    )
    of_sample = dataset.metadata["trial"].to_numpy()[windows["sample"]]
    expected = windows.groupby(of_sample)["y_pred"].mean()
    np.testing.assert_allclose(trials["y_pred"], expected, rtol=1e-12)


def test_a_trial_on_both_sides_is_an_error(dataset):
    options = {"target": "mood", "protocol": "segment-k-fold", "n_splits": 2}
    with (
        pytest.warns(UserWarning, match="trial"),
        pytest.raises(ValueError, match=r"windows of trial \d+ of subject 0 are in b"),
    ):
        compare(ESTIMATORS, dataset, unit="trial", **options)


def test_a_trial_has_one_target_and_a_number(dataset):
    with pytest.raises(ValueError, match="windows of trial 0 of subject 0 have sev"):
        compare(
            {"p": (Ridge(), "eeg")},
            dataset,
            target="valence",
            task="regression",
            unit="trial",
        )
    anonymous = dataset.select(slice(None))
    del anonymous.metadata["trial"]
    with pytest.raises(ValueError, match=r"unit='trial' needs .* missing \['trial'\]"):
        compare(ESTIMATORS, anonymous, target="mood", unit="trial")


def test_unknown_units_and_scorers_of_windows_are_errors(dataset):
    with pytest.raises(ValueError, match="unit must be one of"):
        compare(ESTIMATORS, dataset, target="mood", unit="segment")
    scoring = {"loss": "neg_log_loss"}
    with pytest.raises(ValueError, match="score the predictions of windows"):
        compare(ESTIMATORS, dataset, target="mood", unit="trial", scoring=scoring)


def test_trials_with_the_same_number_are_told_apart_by_subject():
    dataset = make_dataset(n_subjects=4, n_trials=4)
    dataset.metadata["trial"] %= 4
    results = compare(ESTIMATORS, dataset, target="mood", unit="trial")
    assert len(results.predictions) == 16
    assert set(results["n_train"]) == {12}


def test_stores_and_pages_state_the_unit(dataset, tmp_path):
    options = {"target": "mood", "store": tmp_path}
    results = compare(ESTIMATORS, dataset, unit="trial", **options)
    stored = read_results(tmp_path)
    assert stored.unit == results.unit == "trial"
    assert stored["window_accuracy"].tolist() == results["window_accuracy"].tolist()
    assert score_table(stored).equals(score_table(results))
    page = report(tmp_path).read_text()
    assert "<dt>trials scored</dt><dd>20</dd>" in page
    assert "trials are scored" in page
    with pytest.raises(ValueError, match=r"another comparison .*unit"):
        compare(ESTIMATORS, dataset, **options)


def test_calibration_trials_and_scored_trials_go_together(dataset):
    results = compare(
        ESTIMATORS, dataset, target="mood", unit="trial", target_access="labels:2"
    )
    assert set(results["n_train"]) == {17}
    assert set(results["n_test"]) == {3}
