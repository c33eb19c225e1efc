"""The estimators of a comparison, checked and seeded, and what each of them gets."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isclose
from numbers import Integral, Real
from urllib.parse import quote

from sklearn.base import BaseEstimator, clone, is_classifier, is_regressor
from sklearn.pipeline import Pipeline

from sklearn_emotion._validation import warn_user
from sklearn_emotion.modalities import Modalities, ModalityTransformer
from sklearn_emotion.model_selection._hoisting import is_off

#: Columns of the metadata that an estimator may get beside the modalities.
COLUMNS = ("subject", "trial")
# Names of the dummy in tables of tests.
_RESERVED = ("majority class", "mean rating")
# File names have at most 255 bytes, of which temporary names add less than 50.
_LONGEST = 200


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

    def select(self, data, metadata):
        """Return the input of the estimator, which may contain subjects and trials."""
        if self.is_single:
            return data[self.modalities[0]]
        arrays = {key: data[key] for key in self.modalities if key in data}
        for name in COLUMNS:
            if name in self.modalities and name not in data:
                arrays[name] = metadata[name].to_numpy()
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
        _check_name(name)
    if random_state is not None and not isinstance(random_state, Integral):
        raise ValueError(f"random_state must be an int, got {random_state!r}.")


def _check_name(name):
    """Raise an error if a name cannot stand in tables and in file names."""
    if not isinstance(name, str):
        raise ValueError(f"Names of estimators must be strings, got {name!r}.")
    if not name.strip() or not name.isprintable() or name != name.strip():
        raise ValueError(
            "Names of estimators must have visible characters, and neither line breaks "
            f"nor spaces at their ends, got {name!r}."
        )
    if name in _RESERVED:
        raise ValueError(
            f"No estimator can be called {name!r}, because tables use this name for "
            "the dummy. Choose another name."
        )
    if len(quote(name)) > _LONGEST:
        raise ValueError(
            f"Names of estimators must have at most {_LONGEST} characters, of which "
            "each one outside of a-z, A-Z and 0-9 may count several times, because "
            f"they become file names; got {len(name)} characters, {name[:20]!r}... "
        )


def make_entries(estimators, dataset, task, random_state):
    """Return the entries of a comparison by name, from parameters of `compare`.

    Raise an error if an estimator cannot be part of the comparison.
    """
    entries = {
        name: _entry(name, value, dataset, random_state)
        for name, value in estimators.items()
    }
    for name, entry in entries.items():
        _check_task(name, entry.estimator, task)
        _warn_of_rates(name, entry, dataset)
    return entries


def _entry(name, value, dataset, random_state):
    data = dataset.data
    estimator, keys = value if isinstance(value, tuple) else (value, tuple(data))
    is_single = isinstance(keys, str)
    keys = (keys,) if is_single else tuple(keys)
    columns = [column for column in COLUMNS if column in dataset.metadata]
    missing = [key for key in keys if key not in data and key not in columns]
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
    rates = {
        key: dataset.sfreq.get(key) if dataset.data[key].ndim == 3 else None
        for key in entry.modalities
        if key in dataset.data
    }
    wrong, _ = _wrong_rates(entry.estimator, (), rates)
    for path, stated, key, rate in wrong:
        warn_user(
            f"Estimator {name!r} has {path}={stated}, but {key!r} is sampled at {rate} "
            "Hz when it reaches this step, so that its frequency bands and windows are "
            f"scaled wrongly. Pass {path}={rate}."
        )


def _wrong_rates(step, path, rates):
    """Follow the sampling rates of the modalities through the steps of an estimator.

    Parameters
    ----------
    step : estimator
        Estimator, or a step or branch of it.
    path : tuple of str
        Names of the parameters that lead to it.
    rates : dict of str to (float or None)
        Sampling rate of each modality in its input; None if it is unknown.

    Returns
    -------
    wrong : list of (str, float, str, float)
        Parameters that state another rate: name of the parameter, stated rate, name of
        the modality, and its rate.
    rates : dict of str to (float or None)
        Sampling rates of the output. It is empty after a step that is not known to
        return signals.
    """
    if is_off(step):
        return [], {} if step == "drop" else rates
    wrong = []
    if isinstance(step, Pipeline):
        for name, part in step.steps:
            found, rates = _wrong_rates(part, (*path, name), rates)
            wrong += found
        return wrong, rates
    if isinstance(step, ModalityTransformer):
        after = {}
        for name, part, source in step.transformers:
            mine = {source: rates.get(source)}
            found, out = _wrong_rates(part, (*path, name), mine)
            wrong += found
            after[name] = out.get(source)
        if step.remainder == "passthrough":
            sources = {source for *_, source in step.transformers}
            after |= {k: rate for k, rate in rates.items() if k not in sources}
        return wrong, after
    params = step.get_params()
    for name, part in params.items():
        if "__" not in name and hasattr(part, "get_params") and hasattr(part, "fit"):
            wrong += _wrong_rates(part, (*path, name), rates)[0]
    named = [key for key in rates if key in path] or list(rates)
    stated = params.get("sfreq")
    if isinstance(stated, Real) and len(named) == 1:
        rate = rates[named[0]]
        if rate is not None and not isclose(stated, rate, rel_tol=1e-3):
            wrong.append(("__".join((*path, "sfreq")), stated, named[0], rate))
    if not hasattr(step, "_sfreq_out"):
        return wrong, {}
    return wrong, {
        key: None if rate is None else step._sfreq_out(rate)
        for key, rate in rates.items()
    }
