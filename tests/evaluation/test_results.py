"""Printed results show the scores."""

import numpy as np
import pandas as pd
import pytest
from _evaluation import Picky, make_dataset
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import make_scorer, matthews_corrcoef

from sklearn_emotion.evaluation import Results, compare


@pytest.fixture(scope="module")
def results():
    estimators = {
        "lr": (LogisticRegression(), "eeg"),
        "an estimator with a long name": (Picky(), "eeg"),
    }
    return compare(estimators, make_dataset(), target="mood")


def test_the_scores_are_printed_first_in_80_characters(results):
    lines = str(results).splitlines()
    head = ["estimator", "fold", "accuracy", "balanced_accuracy", "macro_f1"]
    assert lines[0].split()[:5] == head
    assert max(map(len, lines)) <= 80
    assert len(lines) == 1 + len(results) + 2
    first = results.iloc[0]
    shown = [f"{first[name]:.3f}" for name in head[2:]]
    assert lines[1].split()[-3:] == shown
    assert lines[-1].startswith("[8 rows, 5 of 39 columns shown")


def test_results_are_a_table_with_all_columns(results):
    assert isinstance(results, pd.DataFrame)
    assert len(results.columns) == 39
    assert "peak_memory" in results.to_string()
    html = results._repr_html_()
    assert "balanced_accuracy" in html
    assert "peak_memory" not in html


def test_a_choice_of_columns_is_printed_whole(results):
    some = results[["estimator", "fold", "n_test"]]
    assert str(some) == str(pd.DataFrame(some))
    assert str(results["fold"].to_frame()) == str(pd.DataFrame(results[["fold"]]))
    assert "Empty Results" in str(results.iloc[:0])


def test_failed_folds_and_other_scores_are_printed():
    dataset = make_dataset()
    dataset.data["eeg"][dataset.groups() == 2, -1] = 99
    estimators = {"p": (Picky(99), "eeg"), "lr": (LogisticRegression(), "eeg")}
    with pytest.warns(FitFailedWarning, match="p: 3 of 4 folds failed"):
        results = compare(estimators, dataset, target="mood")
    text = str(results)
    assert "RuntimeError: cannot" in text
    assert max(map(len, text.splitlines())) <= 80
    own = {"mcc": make_scorer(matthews_corrcoef)}
    call = {"scoring": own, "target": "mood"}
    results = compare({"lr": (LogisticRegression(), "eeg")}, make_dataset(), **call)
    wanted = results.drop(columns=["accuracy", "balanced_accuracy", "macro_f1"])
    assert "f1" in str(wanted).splitlines()[0]


def test_scores_of_ratings_are_printed():
    call = {"target": "valence", "task": "regression"}
    results = compare({"l": (LinearRegression(), "eeg")}, make_dataset(), **call)
    head = str(results).splitlines()[0].split()
    assert head[:5] == ["estimator", "fold", "ccc", "rmse", "r2"]


def test_a_table_of_other_columns_is_printed_as_pandas_does():
    wide = Results(np.zeros((2, 40)))
    assert str(wide) == str(pd.DataFrame(wide))
