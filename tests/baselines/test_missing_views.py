"""Missing modalities of estimators that are not networks, stated in several ways."""

import numpy as np
import pandas as pd
import pytest
from _cases import CASES
from sklearn.base import clone
from sklearn.utils import get_tags

from sklearn_emotion import (
    DeepCCA,
    Modalities,
    MultipleKernelClassifier,
    load_model,
    save_model,
)

ESTIMATORS = [
    MultipleKernelClassifier(),
    MultipleKernelClassifier(kernel="linear", method="easy", standardize=False),
    DeepCCA(n_components=2, hidden=(8,), max_epochs=2, random_state=0),
    DeepCCA(n_components=1, hidden=(), max_epochs=1, standardize=False, random_state=0),
]
ROWS = [1, 6, 20]


@pytest.fixture(params=ESTIMATORS, ids=lambda estimator: type(estimator).__name__)
def estimator(request):
    return clone(request.param).set_params(missing="mask")


def samples(n=40):
    """Return two modalities, the first of which shows the classes, and the classes."""
    rng = np.random.default_rng(0)
    y = np.arange(n) % 2
    common = rng.normal(size=(n, 1))
    eeg = common + rng.normal(size=(n, 5)) + y[:, None]
    return Modalities(eeg=eeg, ecg=common + rng.normal(size=(n, 3))), y


def with_values(X, name, rows, value):
    """Return a copy of X in which a modality has one value in some samples."""
    x = np.array(X[name])
    x[rows] = value
    return Modalities(**{**X, name: x})


def output(estimator, X):
    if hasattr(estimator, "decision_function"):
        return estimator.decision_function(X)
    return estimator.transform(X)


def test_all_estimators_that_take_missing_modalities_are_tested():
    found = {
        type(case.estimator)
        for case in CASES
        if not case.is_network and "missing" in case.estimator.get_params(deep=False)
    }
    assert found == {type(estimator) for estimator in ESTIMATORS}


def test_nothing_missing_changes_nothing(estimator):
    X, y = samples()
    plain = clone(estimator).set_params(missing="error").fit(X, y)
    np.testing.assert_array_equal(
        output(estimator.fit(X, y), X), output(plain, X), strict=True
    )
    stated = Modalities(**X, eeg_mask=np.ones(40), ecg_mask=np.ones(40, dtype=bool))
    np.testing.assert_array_equal(output(estimator, stated), output(plain, X))


@pytest.mark.parametrize("name", ["eeg", "ecg"])
def test_a_missing_modality_has_no_value_and_no_effect_on_other_samples(
    estimator, name
):
    X, y = samples()
    gaps = with_values(X, name, ROWS, np.nan)
    has = ~np.isin(np.arange(40), ROWS)
    expected = output(estimator.fit(gaps, y), gaps)
    assert np.isfinite(expected).all()
    for garbage in (1e6, np.inf):
        stated = with_values(X, name, ROWS, garbage)
        stated[f"{name}_mask"] = has
        other = clone(estimator).fit(stated, y)
        np.testing.assert_array_equal(output(other, stated), expected)
    complete = output(estimator, X)
    np.testing.assert_allclose(complete[has], expected[has], rtol=1e-6)
    assert not np.isclose(complete[ROWS], expected[ROWS]).any()


def test_a_modality_may_be_absent_at_prediction(estimator):
    X, y = samples()
    estimator.fit(X, y)
    for name, other in (("eeg", "ecg"), ("ecg", "eeg")):
        expected = output(estimator, with_values(X, name, slice(None), np.nan))
        only = {other: X[other]}
        np.testing.assert_array_equal(output(estimator, Modalities(**only)), expected)
        np.testing.assert_array_equal(output(estimator, only), expected)


def test_bytes_may_be_missing(estimator):
    X, y = samples()
    X["ecg"] = np.random.default_rng(0).integers(256, size=(40, 3), dtype=np.uint8)
    X["ecg_mask"] = ~np.isin(np.arange(40), ROWS)
    gaps = with_values(
        Modalities(eeg=X["eeg"], ecg=X["ecg"].astype(float)), "ecg", ROWS, np.nan
    )
    expected = output(clone(estimator).fit(gaps, y), gaps)
    np.testing.assert_array_equal(output(estimator.fit(X, y), X), expected)


def test_a_model_with_missing_modalities_is_saved(estimator, tmp_path):
    X, y = samples()
    gaps = with_values(X, "ecg", ROWS, np.nan)
    expected = output(estimator.fit(gaps, y), gaps)
    save_model(estimator, tmp_path / "model.skops")
    loaded = load_model(tmp_path / "model.skops")
    np.testing.assert_array_equal(output(loaded, gaps), expected)


def test_nan_is_allowed_only_with_a_mask(estimator):
    assert get_tags(estimator).input_tags.allow_nan
    X, y = samples()
    gaps = with_values(X, "ecg", ROWS, np.nan)
    estimator.set_params(missing="error")
    assert not get_tags(estimator).input_tags.allow_nan
    with pytest.raises(ValueError, match="view 'ecg' contains NaN"):
        clone(estimator).fit(gaps, y)
    with pytest.raises(ValueError, match="view 'ecg' contains NaN"):
        output(estimator.fit(X, y), gaps)
    with pytest.raises(ValueError, match=r"fitted on|missing 'ecg'"):
        output(estimator, {"eeg": X["eeg"]})


@pytest.mark.parametrize("dtype", [np.float64, np.float32, object])
def test_errors_name_the_sample_and_the_modality(estimator, dtype):
    X, y = samples()
    X = Modalities(**{name: x.astype(dtype) for name, x in X.items()})
    gaps = with_values(X, "ecg", ROWS, np.nan)
    estimator.fit(gaps, y)
    partly = Modalities(**X)
    partly["eeg"] = X["eeg"].copy()
    partly["eeg"][3, 1] = np.nan
    with pytest.raises(ValueError, match=r"eeg contains NaN in some values of 1 of 40"):
        output(estimator, partly)
    nothing = with_values(gaps, "eeg", [6, 7], np.nan)
    with pytest.raises(ValueError, match="in 1 of 40 samples, first in sample 6"):
        output(estimator, nothing)
    with pytest.raises(ValueError, match="'ecg' is missing in all training samples"):
        clone(estimator).fit(with_values(X, "ecg", slice(None), np.nan), y)
    with pytest.raises(ValueError, match="infinity"):
        output(estimator, with_values(X, "ecg", [2], np.inf))
    with pytest.raises(ValueError, match="ecg_mask must contain True for samples with"):
        output(estimator, Modalities(**X, ecg_mask=np.arange(40)))
    with pytest.raises(ValueError, match="fitted on"):
        output(estimator, {"eeg": X["eeg"][:, :2]})
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        output(estimator, {**X, "ecg": X["ecg"][:9]})


@pytest.mark.parametrize("names", [None, list("abcdefgh")])
def test_a_view_of_a_table_may_be_missing(names):
    X, y = samples()
    gaps = with_values(X, "ecg", ROWS, np.nan)
    expected = MultipleKernelClassifier(missing="mask").fit(gaps, y)
    views = {"eeg": slice(0, 5), "ecg": [5, 6, 7]}
    clf = MultipleKernelClassifier(missing="mask", views=views)

    def table(X):
        rows = np.hstack(list(X.values()))
        return rows if names is None else pd.DataFrame(rows, columns=names)

    scores = clf.fit(table(gaps), y).decision_function(table(gaps))
    np.testing.assert_allclose(scores, expected.decision_function(gaps), rtol=1e-9)
    without = with_values(X, "ecg", slice(None), np.nan)
    np.testing.assert_allclose(
        clf.decision_function(table(without)),
        expected.decision_function({"eeg": X["eeg"]}),
        rtol=1e-9,
    )
