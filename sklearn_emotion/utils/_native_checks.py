"""Checks on the native input of an estimator, where scikit-learn's need a matrix.

Each check takes an estimator that is not fitted, and an example of its input.
"""

import pickle
import sys
from collections.abc import Mapping
from math import prod
from unittest import SkipTest

import numpy as np
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.exceptions import NotFittedError
from sklearn.utils import get_tags

from sklearn_emotion.modalities import Modalities

# Predictions are sums of float32 terms, whose rounding depends on the batch.
_TOLERANCE = {"rtol": 1e-5, "atol": 1e-6}


def check_fit_leaves_input_and_parameters_alone(estimator, X):
    """`fit` returns the estimator, and only sets attributes that end with "_"."""
    X, y = _frozen(X), _labels(X)
    copies = {key: np.array(x) for key, x in _arrays(X).items()}
    before, public = repr(estimator.get_params()), _public(estimator)
    assert estimator.fit(X, y) is estimator, "fit does not return the estimator"
    _output(estimator, X)
    assert repr(estimator.get_params()) == before, "fit changes a parameter"
    assert _public(estimator) == public, "fit changes or adds a public attribute"
    for key, x in _arrays(X).items():
        np.testing.assert_array_equal(x, copies[key], err_msg=f"fit changes {key}")


def check_prediction_changes_no_attribute(estimator, X):
    """The methods that take samples leave a fitted estimator as it is."""
    estimator.fit(X, _labels(X))
    before = {key: id(value) for key, value in vars(estimator).items()}
    for method in ("transform", "predict", "predict_proba", "decision_function"):
        if hasattr(estimator, method):
            getattr(estimator, method)(X)
            after = {key: id(value) for key, value in vars(estimator).items()}
            assert after == before, f"{method} sets an attribute"


def check_unfitted(estimator, X):
    """An estimator that has something to fit says so; another gives its output."""
    if get_tags(estimator).requires_fit:
        _assert_raises(NotFittedError, _output, estimator, X)
    else:
        _assert_same(_output(estimator, X), _output(clone(estimator).fit(X), X))


def check_refit_clone_and_pickle(estimator, X):
    """A second fit, a clone and a pickled copy give the same output."""
    y = _labels(X)
    expected = _output(estimator.fit(X, y), X)
    _assert_same(_output(pickle.loads(pickle.dumps(estimator)), X), expected)
    if not get_tags(estimator).non_deterministic:
        _assert_same(_output(clone(estimator).fit(X, y), X), expected)
        _assert_same(_output(estimator.fit(X, y), X), expected)


def check_global_generators(estimator, X):
    """`fit` leaves the global random generators of NumPy and torch as they are."""
    states = _generator_states()
    estimator.fit(X, _labels(X))
    assert _generator_states() == states, "fit uses or seeds a global random generator"


def check_batch_invariance(estimator, X):
    """The output of a sample does not depend on the other samples of the call."""
    together = _output(estimator.fit(X, _labels(X)), X)
    for part in (slice(0, 3), slice(2, 3)):
        _assert_same(together[part], _output(estimator, X[part]), **_TOLERANCE)


def check_nan_is_named(estimator, X):
    """NaN in any array of numbers is refused with a message that names it."""
    if get_tags(estimator).input_tags.allow_nan:
        raise SkipTest("the estimator accepts NaN, as its tag allow_nan states")
    fitted = clone(estimator).fit(X, _labels(X))
    for key, x in _signals(X).items():
        spoiled = np.array(x, dtype=np.result_type(x, np.float32))
        spoiled[(1,) + (0,) * (x.ndim - 1)] = np.nan
        bad = _with(X, key, spoiled)
        _assert_raises(ValueError, _fit_and_apply, clone(estimator), bad, match="NaN")
        _assert_raises(ValueError, _output, fitted, bad, match="NaN")


def check_other_axes_are_named(estimator, X):
    """More or fewer axes work, or raise a ValueError that gives the shape."""
    for key, x in _signals(X).items():
        for other in (x[..., None, None, None], x.reshape(len(x), -1)[:, 0]):
            bad = _with(X, key, other)
            try:
                _fit_and_apply(clone(estimator), bad)
            except ValueError as error:
                words = ("shape", "axes", "dimension", "channels", "modalities")
                if not any(word in str(error) for word in words):
                    raise AssertionError(str(error)) from error


def check_empty_axes_are_named(estimator, X):
    """No samples, channels or time points raise a ValueError, in `fit` and after it."""
    fitted = clone(estimator).fit(X, _labels(X))
    n_samples = len(X)
    for key, x in _signals(X).items():
        for axis in range(x.ndim):
            empty = np.zeros((*x.shape[:axis], 0, *x.shape[axis + 1 :]), x.dtype)
            bad = _with(X, key, empty) if axis else X[:0]
            y = _labels(X)[: n_samples if axis else 0]
            _assert_raises(ValueError, clone(estimator).fit, bad, y)
            _assert_raises(ValueError, _output, fitted, bad)


def check_names_of_the_output(estimator, X):
    """There is one name for each value of the output, and `fit` changes none."""
    if not hasattr(estimator, "get_feature_names_out"):
        raise SkipTest("the estimator does not name its output")
    try:
        before = list(estimator.get_feature_names_out())
    except NotFittedError:
        before = None
    out = estimator.fit(X, _labels(X)).transform(X)
    names = estimator.get_feature_names_out()
    assert before in (None, list(names)), "fit changes the names of the output"
    assert isinstance(names, np.ndarray), "the names are not an array"
    assert all(isinstance(name, str) for name in names), "a name is not a string"
    assert len(set(names)) == len(names), "two values have the same name"
    n_values = sum(prod(x.shape[1:]) for x in _signals(out).values())
    n_named = len(names)
    assert n_named == n_values, f"{n_named} names, but a sample has {n_values} values"


def check_output_container(estimator, X, container):
    """`set_output` makes a table of an output with two axes, and only of this."""
    if not hasattr(estimator, "set_output") or not hasattr(estimator, "transform"):
        raise SkipTest("the estimator has no set_output")
    if container not in sys.modules:
        try:
            __import__(container)
        except ImportError:
            raise SkipTest(f"{container} is not installed") from None
    expected = clone(estimator).fit(X, _labels(X)).transform(X)
    estimator.set_output(transform=container).fit(X, _labels(X))
    out = estimator.transform(X)
    is_table = getattr(expected, "ndim", None) == 2
    if not is_table or not hasattr(estimator, "get_feature_names_out"):
        _assert_same(out, expected)
        return
    kind = sys.modules[container].DataFrame
    assert isinstance(out, kind), f"set_output gives {type(out).__name__}"
    assert list(out.columns) == list(estimator.get_feature_names_out())
    np.testing.assert_array_equal(out.to_numpy(), expected)


#: Checks on the native input, in the order of their execution.
NATIVE_CHECKS = [
    check_fit_leaves_input_and_parameters_alone,
    check_prediction_changes_no_attribute,
    check_unfitted,
    check_refit_clone_and_pickle,
    check_global_generators,
    check_batch_invariance,
    check_nan_is_named,
    check_other_axes_are_named,
    check_empty_axes_are_named,
    check_names_of_the_output,
]
CONTAINERS = ("pandas", "polars")


def _labels(X):
    return np.arange(len(X)) % 2


def _arrays(X):
    return dict(X) if isinstance(X, Mapping) else {"X": X}


def _signals(X):
    """Return the arrays that do not merely describe the samples."""
    return {key: x for key, x in _arrays(X).items() if np.ndim(x) > 1}


def _with(X, key, x):
    if not isinstance(X, Mapping):
        return x
    return Modalities(**{**X, key: x})


def _frozen(X):
    copies = {key: np.array(x) for key, x in _arrays(X).items()}
    for x in copies.values():
        x.flags.writeable = False
    return Modalities(**copies) if isinstance(X, Mapping) else copies["X"]


def _public(estimator):
    return {
        key: id(value)
        for key, value in vars(estimator).items()
        if not key.startswith("_") and not key.endswith("_")
    }


def _output(estimator, X):
    if is_regressor(estimator):
        return estimator.predict(X)
    if is_classifier(estimator):
        has = hasattr(estimator, "predict_proba")
        return getattr(estimator, "predict_proba" if has else "decision_function")(X)
    return estimator.transform(X)


def _fit_and_apply(estimator, X):
    return _output(estimator.fit(X, _labels(X)), X)


def _assert_same(first, second, *, rtol=0.0, atol=0.0):
    first, second = _arrays(first), _arrays(second)
    assert list(first) == list(second), "the output has other modalities"
    for key in first:
        np.testing.assert_allclose(
            np.asarray(first[key]), np.asarray(second[key]), rtol=rtol, atol=atol
        )


def _assert_raises(error, function, *arguments, match=""):
    try:
        function(*arguments)
    except error as raised:
        if match not in str(raised):
            message = f"{match!r} is not in the message: {raised}"
            raise AssertionError(message) from raised
    else:
        raise AssertionError(f"no {error.__name__}")


def _generator_states():
    states = [np.random.get_state()[1].tobytes()]  # noqa: NPY002
    torch = sys.modules.get("torch")
    if torch is not None:
        states.append(torch.get_rng_state().numpy().tobytes())
    return states
