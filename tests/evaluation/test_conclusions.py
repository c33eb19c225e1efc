"""The sentences follow from the statistics."""

import numpy as np
import pandas as pd
import pytest
from _evaluation import Picky, make_dataset
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import KFold

from sklearn_emotion.evaluation import compare, conclusions, read_results
from sklearn_emotion.evaluation.read._conclusions import (
    conclude,
    format_conclusions,
    is_classical,
    limits,
    measured_on,
    versus_other,
)


def pairs_of(*rows, score="accuracy", less_is_better=False):
    """Return a table as `significance` makes it, with one row per pair."""
    names = ["first", "second", "n_subjects", "difference", "low", "high"]
    table = pd.DataFrame(rows, columns=[*names, "wilcoxon_p_holm"])
    table.attrs |= {"score": score, "less_is_better": less_is_better}
    return table


def test_a_significant_difference_is_better_or_worse():
    tests = pairs_of(
        ("a", "b", 20, -0.04, -0.07, -0.01, 0.03),
        ("a", "majority class", 20, 0.12, 0.05, 0.19, 0.002),
        ("b", "majority class", 20, 0.16, 0.09, 0.23, 0.00002),
    )
    assert versus_other(tests, "a", "majority class") == (
        "Better than the majority class: accuracy +0.120 (95 % interval +0.050 to "
        "+0.190, p = 0.0020)."
    )
    assert versus_other(tests, "b", "majority class").endswith("p < 0.0001).")
    assert versus_other(tests, "a", "b") == (
        "Worse than b: accuracy -0.040 (95 % interval -0.070 to -0.010, p = 0.0300)."
    )
    # The same row in the other order.
    assert versus_other(tests, "b", "a") == (
        "Better than a: accuracy +0.040 (95 % interval +0.010 to +0.070, p = 0.0300)."
    )


def test_no_conclusion_if_the_mean_and_the_test_point_in_opposite_directions():
    tests = pairs_of(
        ("a", "b", 20, 0.1, -0.01, 0.3, 0.012),
        ("a", "majority class", 20, 0.1, 0.05, 0.2, 0.012),
    )
    tests.attrs["opposed"] = [("a", "b")]
    for name, other in (("a", "b"), ("b", "a")):
        text = versus_other(tests, name, other)
        assert text.startswith(f"No conclusion against {other}: accuracy ")
        assert text.endswith("but Wilcoxon's test points in the other direction.")
    assert versus_other(tests, "a", "majority class").startswith("Better")


def test_a_lower_error_is_better():
    row = ("a", "mean rating", 20, -0.3, -0.4, -0.2, 0.01)
    tests = pairs_of(row, score="rmse", less_is_better=True)
    assert versus_other(tests, "a", "mean rating").startswith(
        "Better than the mean rating: RMSE -0.300"
    )


@pytest.mark.parametrize("p", [0.05, 0.4, 1.0])
def test_other_differences_are_not_distinguishable(p):
    tests = pairs_of(("a", "majority class", 20, 0.12, 0.05, 0.19, p))
    text = versus_other(tests, "a", "majority class")
    assert text == (
        "Not distinguishable from the majority class: accuracy +0.120 (95 % interval "
        f"+0.050 to +0.190, p = {p:.4f})."
    )


def test_few_subjects_that_cannot_differ_significantly_are_named():
    """If 6 subjects agree, p is 2 / 2**6 = 0.031, and twice as large for two pairs."""
    row = ("a", "majority class", 6, 0.1, 0.1, 0.1, 0.0625)
    one = pairs_of(row)
    two = pairs_of(("b", "majority class", 6, 0.1, 0.1, 0.1, 0.0625), row)
    assert "can be significant" not in versus_other(one, "a", "majority class")
    assert versus_other(two, "a", "majority class").endswith(
        " With 6 subjects and 2 comparisons, no difference can be significant."
    )
    five = pairs_of(("a", "majority class", 5, 0.1, 0.1, 0.1, 0.0625))
    assert "5 subjects and 1 comparison, no" in versus_other(
        five, "a", "majority class"
    )


def test_one_subject_is_not_tested():
    row = ("a", "majority class", 1, 0.1, np.nan, np.nan, np.nan)
    assert versus_other(pairs_of(row), "a", "majority class").startswith("Not tested")


def test_on_whom_the_scores_were_measured():
    assert measured_on(1, "subject", "window", "labels") == (
        "The test subject is also in training. Windows are scored. The method uses "
        "labeled samples of the test subjects."
    )
    assert measured_on(12, "stimulus", "trial", "labels:2") == (
        "The 12 test subjects are not in training. Trials are scored. The method uses "
        "2 labeled trials of each test subject."
    )


SOUND = {"labels": "given", "n_failed": 0, "n_folds": 12, "n_subjects": 12}


@pytest.mark.parametrize(
    ("leak", "access", "changes", "expected"),
    [
        ("none", "none", {}, ""),
        ("stimulus", "none", {}, "No conclusion about new stimuli, because the"),
        ("subject", "labels", {}, "No conclusion about new people, because the"),
        ("subject", "labels:1", {}, "The score needs 1 labeled trial of each"),
        ("none", "unlabelled", {}, "The score needs all samples of a new person"),
        ("none", "rest", {}, "The score needs a recording at rest"),
        ("none", "unknown", {}, "It is not known what was used"),
        ("none", "none", {"n_subjects": 9}, "9 subjects are too few"),
        ("none", "none", {"n_failed": 2}, "2 of 12 folds failed"),
        ("none", "none", {"labels": "median"}, "The classes depend on the ratings"),
    ],
)
def test_limits_name_what_may_not_be_concluded(leak, access, changes, expected):
    text = limits(leak=leak, target_access=access, **SOUND | changes)
    assert text.startswith(expected)
    # One cause gives one sentence.
    assert text.count(". ") == 0
    assert bool(text) == bool(expected)


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("SVC(C=2.0) on ('eeg',)", True),
        ("Pipeline(steps=[('pca', PCA()), ('svm', SVC())]) on ('eeg',)", True),
        ("Pipeline(steps=[('de', DifferentialEntropy()), ('c', SVC())])", True),
        ("Pipeline(steps=[('de', DifferentialEntropy()), ('n', DGCNN())])", False),
        ("Pipeline(steps=[('cca', DeepCCA()), ('c', LinearSVC())])", False),
        ("ThreeFACRNN()", False),
        ("MLPClassifier()", False),
        ("MyNet()", False),
        ("skorch.classifier.NeuralNetClassifier(module=<class 'my.Module'>)", False),
        ("FunctionTransformer(func='Own(')", True),
        ("", False),
    ],
)
def test_classical_estimators_have_known_parts_and_no_network(description, expected):
    assert is_classical(description) == expected


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    estimators = {
        "good": (LogisticRegression(), "eeg"),
        "bad": (DummyClassifier(strategy="uniform", random_state=0), "eeg"),
        "own": (Picky(), "eeg"),
        "dummy": (DummyClassifier(), "eeg"),
    }
    dataset = make_dataset(n_subjects=12, shift=4.0)
    folder = tmp_path_factory.mktemp("store")
    compare(estimators, dataset, target="mood", store=folder)
    return read_results(folder)


def test_each_estimator_has_a_row_but_dummies(results):
    """12 subjects agree: p = 2 / 2**12, times 6 pairs of 3 estimators and the dummy."""
    table = conclusions(results).set_index("estimator")
    assert sorted(table.index) == ["bad", "good", "own"]
    good = table.loc["good"]
    assert good["versus_dummy"].startswith("Better than the majority class: accuracy +")
    assert f"p = {6 * 2 / 2**12:.4f}" in good["versus_dummy"]
    assert good["versus_classical"] == "It is the best of the classical estimators."
    assert table.loc["own", "versus_classical"].startswith("Worse than good: ")
    own = table.loc["own", "versus_dummy"]
    assert own.startswith(
        "Not distinguishable from the majority class: accuracy +0.000"
    )
    assert set(table["limits"]) == {
        "No conclusion about new stimuli, because the stimuli of the test are also in "
        "training."
    }


def test_the_text_of_a_terminal_names_common_limits_once(results):
    lines = format_conclusions(conclusions(results)).splitlines()
    assert [line.partition(":")[0] for line in lines if line[0] != " "] == [
        *("bad", "good", "own", "Limits")
    ]


@pytest.mark.filterwarnings("ignore::sklearn_emotion.LeakageWarning")
def test_shared_trials_allow_no_conclusion():
    results = compare(
        {"lr": (LogisticRegression(), "eeg")},
        make_dataset(n_subjects=12, shift=4.0),
        target="mood",
        protocol=KFold(3, shuffle=True, random_state=0),
    )
    row = conclusions(results).loc[0]
    for column in ("versus_dummy", "versus_classical"):
        assert row[column].startswith("No conclusion, because windows of the same")
    assert "about new recordings or new people" in row["limits"]


def test_ratings_and_selected_rows():
    results = compare(
        {"line": (LinearRegression(), "eeg"), "ecg": (LinearRegression(), "ecg")},
        make_dataset(n_subjects=6, shift=4.0),
        target="valence",
        task="regression",
    )
    table = conclusions(results[results["estimator"] == "line"], score="rmse")
    assert table["versus_classical"].tolist() == ["It is the only classical estimator."]
    assert table.loc[0, "versus_dummy"].startswith(
        "Better than the mean rating: RMSE -"
    )


def test_an_estimator_whose_folds_all_failed_has_a_row(results):
    rows = pd.DataFrame(results).assign(error="")
    failed = rows[rows["estimator"] == "bad"].assign(estimator="none", error="E")
    whole = type(results)(pd.concat([rows, failed], ignore_index=True))
    for name in results._metadata:
        setattr(whole, name, getattr(results, name))
    table = conclusions(whole).set_index("estimator")
    assert table.loc["none", "versus_dummy"] == "No fold finished without an error."
    assert "12 of 12 folds failed" in table.loc["none", "limits"]


def test_dummies_have_rows_if_no_other_estimator_has_scores(results):
    whole = results[results["estimator"].isin(["dummy", "bad"])].copy()
    whole.loc[whole["estimator"] == "bad", "error"] = "E"
    whole.predictions = results.predictions.query("estimator == 'dummy'")
    table = conclusions(whole).set_index("estimator")
    assert table.loc["bad", "versus_dummy"] == "No fold finished without an error."
    assert table.loc["dummy", "versus_dummy"].startswith("Not distinguishable")


def test_tests_that_exist_are_not_made_again(results):
    from sklearn_emotion.evaluation import significance

    tests = significance(results)
    pd.testing.assert_frame_equal(conclude(results, tests), conclusions(results))
