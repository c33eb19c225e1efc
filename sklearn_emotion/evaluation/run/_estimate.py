"""Estimate how long a comparison will take."""

import time
import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator, clone
from tqdm.auto import tqdm

from sklearn_emotion._frames import UnreadFrames, stored
from sklearn_emotion.evaluation.plan._targets import Task
from sklearn_emotion.evaluation.run._folds import class_scores, fit_samples, one_line
from sklearn_emotion.evaluation.run._run import pending
from sklearn_emotion.modalities import Modalities
from sklearn_emotion.model_selection._hoisting import hoist, unhoisted

# Smallest and largest number of samples of a timed call.
_FEWEST, _MOST = 24, 1536
# Time in s that computing the features may take, and that a fit should take at least.
_FEATURE_BUDGET, _FIT_BUDGET = 2.0, 0.5
# Number of epochs of the fit that tells the time of an epoch from the time that does
# not depend on the number of epochs.
_EPOCHS = 4


def estimate(plan, store=None, n_jobs=1, verbose=0):
    """Return a table of how long a comparison will take, as `benchmark` describes it.

    Each estimator is fitted on parts of the data, in the processes that would run the
    folds. The first call of an estimator imports libraries and is not timed. The other
    times are scaled to a whole fold. If folds of the estimator are already in the
    store, their mean time is used instead. `n_jobs` folds run at the same time.

    ``attrs["startup_seconds"]`` is the time of the imports, and ``attrs["memory"]`` the
    size in bytes of the features that are computed once and of the training samples of
    the folds that run at the same time, for the estimator that needs most. Frames that
    stay on disk do not count.
    """
    left = [name for name, _ in pending(plan, store)]
    sizes = [(len(train), len(test)) for train, test in plan.splits]
    n_train, n_test = max(sizes)
    with (
        tqdm(total=2 * len(plan.entries), desc="estimate", disable=not verbose) as bar,
        Parallel(n_jobs, return_as="generator") as parallel,
    ):
        features = {}
        for name in plan.entries:
            features[name] = _probe_features(plan, name)
            bar.update()
        start = time.perf_counter()
        list(parallel(delayed(time.sleep)(0.0) for _ in range(n_jobs)))
        startup = time.perf_counter() - start
        folds = {}
        jobs = (delayed(_probe_fold)(f, n_train, n_test) for f in features.values())
        for name, fold in zip(features, parallel(jobs)):
            folds[name] = fold
            bar.update()
    rows = []
    for name, (seconds, _, note) in folds.items():
        n_left = left.count(name)
        known = _stored_time(plan, store, name)
        seconds = seconds if known is None else known
        in_turn = n_left / min(n_jobs, max(n_left, 1))
        rows.append(
            {
                "estimator": name,
                "modalities": "+".join(plan.entries[name].modalities),
                "folds": len(sizes),
                "done": len(sizes) - n_left,
                "n_train": n_train,
                "n_test": n_test,
                "seconds_per_fold": seconds,
                "seconds": features[name].seconds * (n_left > 0) + seconds * in_turn,
                "note": note,
            }
        )
    table = pd.DataFrame(rows)
    # Each process imports the libraries of all estimators once.
    imports = max(first for _, first, _ in folds.values())
    imports += sum(f.startup for f in features.values())
    table.attrs["startup_seconds"] = startup + imports
    table.attrs["memory"] = max(
        f.bytes_computed * len(plan.task.y) + f.bytes_fitted * n_train * n_jobs
        for f in features.values()
    )
    return table


@dataclass(frozen=True)
class _Features:
    """What the fits of an estimator are timed with, and the time of its features.

    Parameters
    ----------
    estimator, X : estimator and array-like or Modalities
        Steps that each fold fits, and their input for some samples.
    task : Task
        Targets of all samples.
    samples : ndarray of int
        Positions of the samples in `X` among all samples.
    seconds : float
        Time of the steps that are computed once, for all samples.
    startup : float
        Time that the first call took longer than the second one.
    bytes_computed, bytes_fitted : float
        Size of a sample of the features that are computed once, and of all arrays that
        a fold is fitted with.
    """

    estimator: BaseEstimator
    X: object
    task: Task
    samples: np.ndarray
    seconds: float
    startup: float
    bytes_computed: float
    bytes_fitted: float


def _probe_features(plan, name):
    """Time the steps that are computed once, on as many samples as time permits."""
    task, X = plan.task, plan.select(name)

    def compute(n_samples):
        samples = some_of_each(task, np.arange(len(task.y)), n_samples)
        chosen = X[samples]
        start = time.perf_counter()
        try:
            hoisted = hoist(plan.entries[name].estimator, chosen, task.y[samples])
        except Exception:
            # Each fold will compute these steps.
            hoisted = unhoisted(plan.entries[name].estimator, chosen)
        return hoisted, chosen, samples, time.perf_counter() - start

    with warnings.catch_warnings():
        # The comparison itself will give the same warnings.
        warnings.simplefilter("ignore")
        *_, first = compute(_FEWEST)
        *_, second = compute(_FEWEST)
        n_samples = int(_FEWEST * _FEATURE_BUDGET / max(second, 1e-9))
        hoisted, chosen, samples, seconds = compute(np.clip(n_samples, _FEWEST, _MOST))
    given = {id(array) for array in _arrays(chosen)}
    arrays = _arrays(hoisted.X)
    return _Features(
        hoisted.estimator,
        hoisted.X,
        task,
        samples,
        seconds=seconds * len(task.y) / len(samples),
        startup=max(first - second, 0.0),
        bytes_computed=sum(a.nbytes for a in arrays if id(a) not in given)
        / len(samples),
        bytes_fitted=sum(a.nbytes for a in arrays) / len(samples),
    )


def _arrays(X):
    """Return the arrays of X, without frames that stay on disk in each fold."""
    arrays = stored(X).values() if isinstance(X, Modalities) else [np.asanyarray(X)]
    return [x for x in arrays if not isinstance(x, UnreadFrames)]


def some_of_each(task, positions, n_samples):
    """Return evenly spaced positions, with at least two samples of each class."""
    few = np.linspace(0, len(positions) - 1, min(n_samples, len(positions)))
    few = few.astype(int)
    if task.classes is not None:
        y = task.y[positions]
        firsts = [np.flatnonzero(y == label)[:2] for label in task.classes]
        few = np.concatenate([few, *firsts])
    return positions[np.unique(few)]


def _probe_fold(features, n_train, n_test):
    """Return the time of a fold, how much longer the first call took, and a note."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return *_time_fold(features, n_train, n_test), ""
        except Exception as error:
            return np.nan, 0.0, one_line(error)


def _time_fold(features, n_train, n_test):
    epochs = {
        key: value
        for key, value in features.estimator.get_params().items()
        if key.rpartition("__")[2] == "max_epochs"
    }
    n_epochs = max([1, *epochs.values()])
    size, before = min(_FEWEST, len(features.samples)), None
    most = min(len(features.samples), n_train)
    first = _time_calls(features, size, dict.fromkeys(epochs, 1))
    while True:
        fit, predict = _time_calls(features, size, dict.fromkeys(epochs, 1))
        if before is None:
            startup = max(sum(first) - fit - predict, 0.0)
        if fit > _FIT_BUDGET or size >= most:
            break
        before = size, fit
        size = min(2 * size, most)
    scale = n_train / size
    if n_epochs > 1:
        some = min(_EPOCHS, n_epochs)
        longer, _ = _time_calls(features, size, dict.fromkeys(epochs, some))
        fit += max(longer - fit, 0.0) / (some - 1) * (n_epochs - 1)
    elif before is not None and before[0] < size:
        # A kernel machine takes longer than in proportion to the samples.
        power = np.log(fit / before[1]) / np.log(size / before[0])
        scale **= np.clip(power, 1.0, 3.0)
    return fit * scale + predict * n_test / size, startup


def _time_calls(features, n_samples, epochs):
    """Return the times of fitting to some samples and of predicting them."""
    task = features.task
    chosen = some_of_each(task, features.samples, n_samples)
    X = features.X[np.searchsorted(features.samples, chosen)]
    fitted = clone(features.estimator).set_params(**epochs)
    start = time.perf_counter()
    fit_samples(fitted, X, task, chosen)
    middle = time.perf_counter()
    fitted.predict(X)
    if task.classes is not None:
        class_scores(fitted, X, task.classes)
    return middle - start, time.perf_counter() - middle


def _stored_time(plan, store, name):
    if store is None:
        return None
    times = []
    for fold in range(len(plan.splits)):
        if store.is_done(name, fold):
            record = store.read(name, fold)
            times.append(record["row"]["fit_time"] + record["row"]["score_time"])
    return float(np.mean(times)) if times else None
