"""The estimators of a comparison, checked and seeded, and what each of them gets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Integral, Real
from urllib.parse import quote

import numpy as np
from sklearn.base import BaseEstimator, clone, is_classifier, is_regressor
from sklearn.pipeline import Pipeline

from sklearn_emotion._described import (
    AUTO,
    channels_of,
    describe,
    is_auto,
    rate_of,
    read_all,
)
from sklearn_emotion._frames import stored
from sklearn_emotion.modalities import Modalities, ModalityTransformer
from sklearn_emotion.model_selection._hoisting import is_off
from sklearn_emotion.montage import channel_names

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
    read : dict
        Parameters that complete the description of the estimator, because they are read
        from the data.
    """

    estimator: BaseEstimator
    modalities: tuple
    is_single: bool
    read: dict = field(default_factory=dict)

    def described(self):
        """Return the estimator with the parameters that are read from the data."""
        return clone(self.estimator).set_params(**self.read)

    def select(self, data, metadata):
        """Return the input of the estimator, which may contain subjects and trials."""
        if self.is_single:
            return data[self.modalities[0]]
        given = stored(data)
        arrays = {key: given[key] for key in self.modalities if key in given}
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
    estimator.set_params(**seeds)
    try:
        read = _read_from(estimator, keys, data)
    except ValueError as error:
        raise ValueError(f"Estimator {name!r}: {error}") from error
    return Entry(estimator, keys, is_single, read)


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


def _read_from(estimator, modalities, data):
    """Return parameters that make the description of an estimator definite.

    A rate that is read from the data is stated, unless it is the default. Stated
    values that are equal to the default count as not stated. The hashes of stored folds
    thus depend on the numbers that are computed, and not on how they were stated.
    """
    given = stored(data)
    known = {
        key: (rate_of(given[key]), channels_of(given[key]))
        for key in modalities
        if key in data
    }
    return _follow(estimator, (), known)[0]


def _follow(step, path, known):
    """Follow the rates and the names of the modalities through an estimator.

    Parameters
    ----------
    step : estimator
        Estimator, or a step or branch of it.
    path : tuple of str
        Names of the parameters that lead to it.
    known : dict of str to (float or None, tuple of str or None)
        Rate and names of the channels of each modality in its input.

    Returns
    -------
    params : dict
        Parameters, as `_read_from` returns them.
    known : dict of str to tuple
        What is known of the output. It is empty after a step that is not known to
        return signals or features of channels.
    """
    if is_off(step):
        return {}, {} if step == "drop" else known
    params = {}
    if isinstance(step, Pipeline):
        for name, part in step.steps:
            found, known = _follow(part, (*path, name), known)
            params |= found
        return params, known
    if isinstance(step, ModalityTransformer):
        after = {}
        for name, part, source in step.transformers:
            mine = {source: known[source]} if source in known else {}
            found, out = _follow(part, (*path, name), mine)
            params |= found
            if source in out:
                after[name] = out[source]
        if step.remainder == "passthrough":
            sources = {source for *_, source in step.transformers}
            after |= {k: value for k, value in known.items() if k not in sources}
        return params, after
    for name, part in step.get_params().items():
        if "__" not in name and hasattr(part, "get_params") and hasattr(part, "fit"):
            params |= _follow(part, (*path, name), known)[0]
    own = (*path, getattr(step, "modality", None))
    named = [key for key in known if key in own] or list(known)
    rate, names = known[named[0]] if len(named) == 1 else (None, None)
    if hasattr(step, "_default_sfreq") or hasattr(step, "_default_ch_names"):
        X = describe(np.empty(0), rate, names)
        for name, value in read_all(step, X).items():
            default = getattr(step, f"_default_{name}")
            is_default = _same_value(value, default)
            if is_auto(getattr(step, name)) != is_default:
                params["__".join((*path, name))] = AUTO if is_default else value
        if rate is None and isinstance(getattr(step, "sfreq", None), Real):
            known = {key: (step.sfreq, names) for key, (_, names) in known.items()}
    if not hasattr(step, "_sfreq_out"):
        return params, {}
    keeps = getattr(step, "_keeps_channels", True)
    return params, {
        key: (step._sfreq_out(rate), names if keeps else None)
        for key, (rate, names) in known.items()
    }


def _same_value(value, default):
    if value is None or default is None or isinstance(value, Real):
        return repr(value) == repr(default)
    if isinstance(value, str):
        return value == default
    return channel_names(value) == channel_names(default)
