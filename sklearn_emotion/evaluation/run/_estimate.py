"""Estimate how long a comparison will take."""

import time
import warnings

import numpy as np
import pandas as pd
from sklearn.base import clone

from sklearn_emotion.evaluation.run._run import pending
from sklearn_emotion.model_selection._hoisting import hoist

_N_PROBED = 24


def estimate(plan, store=None, n_jobs=1):
    """Return a table of how long a comparison will take, as `benchmark` describes it.

    Each estimator is fitted on a few samples, for one epoch if it trains in epochs,
    and its time is scaled to a whole fold. If folds of the estimator are already
    in the store, their mean time is used instead. `n_jobs` folds run at the same time.
    """
    left = [name for name, _ in pending(plan, store)]
    sizes = [(len(train), len(test)) for train, test in plan.splits]
    n_train, n_test = max(sizes)
    rows = []
    for name, entry in plan.entries.items():
        n_left = left.count(name)
        row = {
            "estimator": name,
            "modalities": "+".join(entry.modalities),
            "folds": len(sizes),
            "done": len(sizes) - n_left,
            "n_train": n_train,
            "n_test": n_test,
        }
        try:
            features, fold, note = *_probe(plan, name, n_train), ""
        except Exception as error:
            features, fold, note = np.nan, np.nan, f"{type(error).__name__}: {error}"
        known = _stored_time(plan, store, name)
        fold = fold if known is None else known
        seconds = features * (n_left > 0) + fold * n_left / min(n_jobs, max(n_left, 1))
        row |= {"seconds_per_fold": fold, "seconds": seconds, "note": note}
        rows.append(row)
    return pd.DataFrame(rows)


def _probe(plan, name, n_train):
    """Return the time of the features and of one fold, scaled from a few samples."""
    y, n_samples = plan.task.y, len(plan.task.y)
    few = _some_of_each(y if plan.task.classes is not None else None, n_samples)
    X = plan.select(name)[few]
    with warnings.catch_warnings():
        # The comparison itself will give the same warnings.
        warnings.simplefilter("ignore")
        start = time.perf_counter()
        hoisted = hoist(plan.entries[name].estimator, X, y[few])
        features = (time.perf_counter() - start) * n_samples / len(few)
        fitted = clone(hoisted.estimator)
        epochs = {
            key: value
            for key, value in fitted.get_params().items()
            if key.rpartition("__")[2] == "max_epochs"
        }
        fitted.set_params(**dict.fromkeys(epochs, 1))
        start = time.perf_counter()
        fitted.fit(hoisted.X, y[few])
        taken = time.perf_counter() - start
    return features, taken * max([1, *epochs.values()]) * n_train / len(few)


def _some_of_each(y, n_samples):
    few = np.unique(np.linspace(0, n_samples - 1, _N_PROBED).astype(int))
    if y is not None:
        firsts = [np.flatnonzero(y == c)[:2] for c in np.unique(y)]
        few = np.unique(np.concatenate([few, *firsts]))
    return few


def _stored_time(plan, store, name):
    if store is None:
        return None
    times = []
    for fold in range(len(plan.splits)):
        record = store.read(name, fold)
        if record is not None and not record["row"]["error"]:
            times.append(record["row"]["fit_time"] + record["row"]["score_time"])
    return float(np.mean(times)) if times else None
