"""scikit-learn's whole list of checks, and our own, on every public estimator.

The cases are in `_cases.py`. For most networks, scikit-learn's checks are slow, because
they train hundreds of times. The checks on the native input always run.
"""

import os
import subprocess
import sys
from unittest import SkipTest

import numpy as np
import pytest
from _cases import CASES
from sklearn.base import BaseEstimator, TransformerMixin

from sklearn_emotion import AverageReference, Modalities
from sklearn_emotion._names import check_named
from sklearn_emotion.base import SignalTransformer
from sklearn_emotion.utils import (
    MatrixView,
    check_estimator,
    estimator_checks_generator,
    parametrize_with_checks,
)
from sklearn_emotion.utils._estimator_checks import name_of


def is_theirs(check):
    while hasattr(check, "func"):
        check = check.func
    return check.__module__.startswith("sklearn.")


def every_check():
    for case in CASES:
        for subject, check in estimator_checks_generator(
            case.checked,
            case.native_input(),
            exclude=case.exclusions(),
            poor_score=not case.learns,
        ):
            name = name_of(check, with_arguments=True)
            marks = [pytest.mark.slow] if case.is_slow and is_theirs(check) else []
            yield pytest.param(subject, check, id=f"{case.id}-{name}", marks=marks)


@pytest.mark.parametrize(("subject", "check"), list(every_check()))
def test_estimator_passes(subject, check, record_property):
    record_property("checks of", "scikit-learn" if is_theirs(check) else "this package")
    check(subject)


def test_checks_that_need_array_api_support_pass():
    """scikit-learn skips these checks unless SciPy was imported with this variable."""
    done = subprocess.run(
        [
            *[sys.executable, "-m", "pytest", "-q", "--no-header"],
            *["-p", "no:cacheprovider", "-k", "check_array_api"],
            *["-m", "not slow", __file__],
        ],
        env={**os.environ, "SCIPY_ARRAY_API": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    n_cases = sum(not case.is_slow for case in CASES)
    assert f"Checks of scikit-learn: {n_cases} passed, 0 do not apply" in done.stdout


@pytest.fixture
def matrix():
    return np.random.default_rng(0).normal(size=(6, 3))


class Recorder(TransformerMixin, BaseEstimator):
    """Transformer that returns its input, and stores what it gets."""

    def fit(self, X, y=None):
        self.X_ = X
        return self

    def transform(self, X):
        return X


def test_a_view_places_every_column_equally_often_and_keeps_the_dtype(matrix):
    view = MatrixView(Recorder(), np.zeros((1, 4, 6))).fit(matrix.astype(np.float32))
    native = view.estimator.X_
    assert native.shape == (6, 4, 6)
    assert native.dtype == np.float32
    for row, sample in zip(matrix.astype(np.float32), native):
        values, counts = np.unique(sample, return_counts=True)
        np.testing.assert_array_equal(values, np.sort(row))
        assert set(counts) == {8}
    assert view.transform(matrix).shape == (6, 24)
    assert view.n_features_in_ == 3


def test_a_view_makes_modalities_and_repeats_what_describes_samples(matrix):
    example = {
        "eeg": np.zeros((4, 2, 1)),
        "ecg": np.zeros((4, 1)),
        "subject": np.array([0, 0, 1, 1]),
    }
    X = MatrixView(Recorder(), example).fit(matrix).estimator.X_
    assert isinstance(X, Modalities)
    assert X["eeg"].shape == (6, 2, 1)
    assert X["subject"].tolist() == [0, 0, 1, 1, 0, 0]
    both = np.hstack([X["eeg"][:, :, 0], X["ecg"]])
    np.testing.assert_array_equal(np.sort(both), np.sort(matrix))


@pytest.mark.parametrize("value", [np.nan, np.inf, 1j, {"a": 1}], ids=str)
def test_a_view_hides_no_value_from_the_estimator(matrix, value):
    matrix = matrix.astype(np.result_type(np.asarray(value), matrix))
    matrix[0, 0] = value
    for native in (np.zeros((1, 2, 3)), lambda X: X[:, None] + np.zeros((2, 1))):
        seen = MatrixView(Recorder(), native).fit(matrix).estimator.X_
        assert seen.dtype == matrix.dtype
        assert any(x is value or x == value or x != x for x in seen.ravel())


def test_a_view_keeps_read_only_memory_the_order_and_the_container(matrix):
    view = MatrixView(Recorder(), np.zeros((1, 2, 3)))
    matrix.flags.writeable = False
    assert not view.fit(matrix).estimator.X_.flags.writeable
    assert view.fit(np.asfortranarray(matrix)).estimator.X_.flags.f_contiguous
    assert isinstance(view.fit(matrix.tolist()).estimator.X_, list)


def test_a_view_checks_the_columns_of_the_matrix(matrix):
    view = MatrixView(Recorder(), np.zeros((1, 2, 3))).fit(matrix)
    with pytest.raises(ValueError, match="2 features, but MatrixView is expecting 3"):
        view.transform(matrix[:, :2])
    with pytest.raises(ValueError, match=r"0 feature\(s\)"):
        view.fit(matrix[:, :0])


class Broken(SignalTransformer):
    """Transformer with one fault, which `fault` names."""

    _parameter_constraints: dict = {"fault": [str]}

    def __init__(self, fault="none"):
        self.fault = fault

    def fit(self, X, y=None):
        super().fit(X)
        if self.fault == "attribute":
            self.window = 3
        if self.fault == "generator":
            np.random.seed(0)  # noqa: NPY002
        if self.fault == "writes":
            X *= 2
        return None if self.fault == "self" else self

    def _validated(self, X, *, reset):
        if self.fault == "nan":
            return np.nan_to_num(np.asarray(X, dtype=np.float64))
        return super()._validated(X, reset=reset)

    def _transform(self, X):
        if self.fault == "batch":
            X = X - X.mean(axis=0)
        if self.fault == "sets":
            self.last_ = X
        if self.fault == "dtype":
            return X.mean(axis=2).astype(np.float64)
        if self.fault == "random":
            X = X + np.random.default_rng().normal(size=X.shape)
        return X.mean(axis=2).astype(np.float32)

    def get_feature_names_out(self, input_features=None):
        n_names = 3 if self.fault == "names" else check_named(self)[0]
        return np.array([f"mean{i}" for i in range(n_names)], dtype=object)


@pytest.mark.parametrize(
    ("fault", "check"),
    [
        ("attribute", "check_fit_leaves_input_and_parameters_alone"),
        ("writes", "check_fit_leaves_input_and_parameters_alone"),
        ("self", "check_estimators_fit_returns_self"),
        ("generator", "check_global_generators"),
        ("nan", "check_nan_is_named"),
        ("nan", "check_estimators_nan_inf"),
        ("nan", "check_estimator_sparse_array"),
        ("batch", "check_batch_invariance"),
        ("sets", "check_prediction_changes_no_attribute"),
        ("random", "check_refit_clone_and_pickle"),
        ("dtype", "check_transformer_preserve_dtypes"),
        ("names", "check_names_of_the_output"),
        ("names", "check_output_container"),
    ],
)
def test_a_fault_is_found_by_its_check(fault, check):
    native = np.random.default_rng(0).normal(size=(8, 4, 16))
    for name, fails in ((fault, True), ("none", False)):
        found = set()
        for subject, run in estimator_checks_generator(Broken(name), native):
            if name_of(run) == check:
                try:
                    run(subject)
                except SkipTest:
                    pytest.fail("skipped")
                except Exception:
                    found.add(check)
        assert bool(found) == fails


def test_check_estimator_raises_warns_or_reports():
    native = np.random.default_rng(0).normal(size=(8, 4, 16))
    options = {"exclude": {"check_batch_invariance": "centers over the batch"}}
    with pytest.raises(AssertionError) as raised:
        check_estimator(Broken("batch"), native, **options)
    assert "Broken" in raised.value.__notes__[0]
    with pytest.warns(UserWarning, match="Broken fails check_methods_subset_invarian"):
        check_estimator(Broken("batch"), native, on_fail="warn", **options)
    results = check_estimator(Broken("batch"), native, on_fail=None, **options)
    status = {r["check_name"]: (r["status"], str(r["reason"])) for r in results}
    assert status["check_batch_invariance"] == ("excluded", "centers over the batch")
    assert status["check_methods_subset_invariance"][0] == "failed"
    assert status["check_set_params"] == ("passed", "None")


def test_an_exclusion_that_names_no_check_is_refused():
    with pytest.raises(ValueError, match=r"AverageReference does not have: \['check_x"):
        check_estimator(AverageReference(), np.ones((8, 2, 4)), exclude={"check_x": ""})
    with pytest.raises(ValueError, match="on_fail"):
        check_estimator(AverageReference(), np.ones((8, 2, 4)), on_fail="ignore")


def test_parametrize_with_checks_makes_one_test_of_each_check():
    native = np.random.default_rng(0).normal(size=(8, 4, 16))
    cases = [
        (AverageReference(), native, {"exclude": {"check_fit1d": "why"}}),
        (Recorder(), native),
    ]
    mark = parametrize_with_checks(cases).mark
    assert mark.args[0] == ("estimator", "check")
    ids = [parameter.id for parameter in mark.args[1]]
    assert len(set(ids)) == len(ids)
    assert "AverageReference-check_output_container(container=polars)" in ids
    chosen = dict(zip(ids, mark.args[1]))["AverageReference-check_fit1d"]
    with pytest.raises(SkipTest, match="why"):
        chosen.values[1](chosen.values[0])
