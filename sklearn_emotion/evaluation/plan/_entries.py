"""The estimators of a comparison, checked and seeded, and what each of them gets."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isclose
from numbers import Integral, Real

from sklearn.base import BaseEstimator, clone, is_classifier, is_regressor

from sklearn_emotion._validation import warn_user
from sklearn_emotion.modalities import Modalities


@dataclass(frozen=True)
class Entry:
    """One estimator of a comparison.

    Parameters
    ----------
    estimator : estimator
        A clone of the estimator that was given, with its seed; not fitted.
    modalities : tuple of str
        Names of the modalities that it gets.
    is_single : bool
        Whether it gets the array of its only modality instead of Modalities.
    """

    estimator: BaseEstimator
    modalities: tuple
    is_single: bool

    def select(self, data, subject):
        """Return the input of the estimator, of which the subjects may be a part."""
        if self.is_single:
            return data[self.modalities[0]]
        arrays = {key: data[key] for key in self.modalities if key in data}
        if "subject" in self.modalities and "subject" not in data:
            arrays["subject"] = subject
        return Modalities(**arrays)


def check_names(estimators, random_state):
    """Check that estimators are given by name, and that the seed is a number."""
    if not isinstance(estimators, Mapping):
        raise ValueError(
            "estimators must be a dict of name to estimator, got "
            f"{type(estimators).__name__}."
        )
    if not estimators:
        raise ValueError("estimators must name at least one estimator, got none.")
    for name in estimators:
        if not isinstance(name, str):
            raise ValueError(f"Names of estimators must be strings, got {name!r}.")
    if random_state is not None and not isinstance(random_state, Integral):
        raise ValueError(f"random_state must be an int, got {random_state!r}.")


def make_entries(estimators, dataset, task, random_state):
    """Return the entries of a comparison by name, from parameters of `compare`.

    Raise an error if an estimator cannot be part of the comparison.
    """
    entries = {
        name: _entry(name, value, dataset.data, random_state)
        for name, value in estimators.items()
    }
    for name, entry in entries.items():
        _check_task(name, entry.estimator, task)
        _warn_of_rates(name, entry, dataset)
    return entries


def _entry(name, value, data, random_state):
    estimator, keys = value if isinstance(value, tuple) else (value, tuple(data))
    is_single = isinstance(keys, str)
    keys = (keys,) if is_single else tuple(keys)
    missing = [key for key in keys if key not in data and key != "subject"]
    if missing:
        raise ValueError(
            f"Estimator {name!r} takes {missing}, but the data set has {list(data)}."
        )
    if not hasattr(estimator, "fit") or isinstance(estimator, type):
        raise ValueError(f"Estimator {name!r} has no fit: {estimator!r}.")
    estimator = clone(estimator)
    seeds = {
        key: random_state
        for key, value in estimator.get_params().items()
        if value is None and (key == "random_state" or key.endswith("__random_state"))
    }
    return Entry(estimator.set_params(**seeds), keys, is_single)


def _check_task(name, estimator, task):
    wrong = is_regressor if task == "classification" else is_classifier
    if wrong(estimator):
        kind, other = (
            ("regressor", "regression")
            if task == "classification"
            else ("classifier", "classification")
        )
        raise ValueError(
            f"Estimator {name!r} is a {kind}, but the task is {task}: leave it out, or "
            f"pass task={other!r}."
        )


def _warn_of_rates(name, entry, dataset):
    rates, keys = dataset.sfreq, entry.modalities
    for path, rate in entry.estimator.get_params().items():
        *parents, last = path.split("__")
        if last != "sfreq" or not isinstance(rate, Real):
            continue
        named = [key for key in keys if key in parents] or keys
        if len(named) != 1 or named[0] not in rates or dataset.data[named[0]].ndim != 3:
            continue
        if not isclose(rate, rates[named[0]], rel_tol=1e-3):
            warn_user(
                f"Estimator {name!r} has {path}={rate}, but {named[0]!r} is sampled at "
                f"{rates[named[0]]} Hz, so that its frequency bands and windows are "
                f"scaled wrongly. Pass {path}={rates[named[0]]}, unless an earlier "
                "step resamples the signals."
            )
