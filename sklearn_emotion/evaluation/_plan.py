"""What a comparison is going to do, and about how long that takes."""

import time
import warnings

import numpy as np
import pandas as pd
from sklearn.base import clone

from sklearn_emotion.model_selection._hoisting import hoist

_N_PROBED = 24


def estimate(comparison, n_jobs=1):
    """Estimate the time that a comparison takes.

    Each estimator is fitted on a few samples, for one epoch where it has epochs, and
    the time is multiplied up; folds that are stored already count with the time that
    they took.

    Parameters
    ----------
    comparison : Comparison
        What is planned.
    n_jobs : int, default=1
        Folds at a time.

    Returns
    -------
    plan : pandas.DataFrame
        A row per estimator: ``modalities``, ``folds``, ``done``, ``n_train`` and
        ``n_test`` (of the largest fold), ``seconds_per_fold``, ``seconds`` (what is
        left, with `n_jobs` folds at a time) and ``note`` (why there is no estimate).
    """
    pending = comparison.plan()
    sizes = [(len(train), len(test)) for train, test in comparison.splits]
    n_train, n_test = max(sizes)
    rows = []
    for name, (estimator, keys) in comparison.entries.items():
        n_left = sum(1 for other, _ in pending if other == name)
        row = {
            "estimator": name,
            "modalities": "+".join(keys),
            "folds": len(sizes),
            "done": len(sizes) - n_left,
            "n_train": n_train,
            "n_test": n_test,
        }
        try:
            features, fold, note = *_probe(comparison, estimator, keys, n_train), ""
        except Exception as error:
            features, fold, note = np.nan, np.nan, f"{type(error).__name__}: {error}"
        known = _stored_time(comparison, name)
        fold = fold if known is None else known
        left = features * (n_left > 0) + fold * n_left / min(n_jobs, max(n_left, 1))
        row |= {"seconds_per_fold": fold, "seconds": left, "note": note}
        rows.append(row)
    return pd.DataFrame(rows)


def _probe(comparison, estimator, keys, n_train):
    """Time features and one fold on a few samples, and multiply up."""
    y, n_samples = comparison.task.y, len(comparison.task.y)
    few = _some_of_each(y if comparison.task.classes is not None else None, n_samples)
    X = comparison.select(keys)[few]
    with warnings.catch_warnings():
        # The run itself will warn.
        warnings.simplefilter("ignore")
        start = time.perf_counter()
        hoisted = hoist(estimator, X, y[few])
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


def _stored_time(comparison, name):
    if comparison.store is None:
        return None
    times = []
    for fold in range(len(comparison.splits)):
        record = comparison.store.read(name, fold)
        if record is not None and not record["row"]["error"]:
            times.append(record["row"]["fit_time"] + record["row"]["score_time"])
    return float(np.mean(times)) if times else None
