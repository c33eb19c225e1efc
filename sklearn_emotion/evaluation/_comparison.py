"""The plan of a comparison, and its execution."""

import contextlib
import time
import warnings
from collections.abc import Mapping
from math import isclose
from numbers import Integral, Real

import joblib
import numpy as np
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.utils.multiclass import type_of_target
from tqdm.auto import tqdm

from sklearn_emotion.datasets._bunch import EmotionDataset
from sklearn_emotion.evaluation._backends import run_dask, run_joblib
from sklearn_emotion.evaluation._dummy import dummy_predictions
from sklearn_emotion.evaluation._folds import Task, run_fold, versions
from sklearn_emotion.evaluation._identity import describe, hash_samples
from sklearn_emotion.evaluation._metrics import CLASSIFICATION, REGRESSION
from sklearn_emotion.evaluation._nested import warn_of_inner_leak
from sklearn_emotion.evaluation._protocols import make_protocol, make_splits
from sklearn_emotion.evaluation._results import make_results, tell
from sklearn_emotion.evaluation._store import Store
from sklearn_emotion.modalities import Modalities
from sklearn_emotion.model_selection._hoisting import hoist, looks_at_samples
from sklearn_emotion.model_selection._metadata import LEVELS, check_metadata

# Seconds between looks at folds that another process works on.
_POLL = 0.5


class Comparison:
    """The plan of a comparison: what is to be done, and what is done already."""

    def __init__(
        self,
        estimators,
        dataset,
        target,
        protocol,
        *,
        task="classification",
        threshold=5.0,
        side=">",
        pos_label=None,
        scoring=None,
        n_splits=6,
        random_state=0,
        store=None,
        dry_run=False,
    ):
        if task not in ("classification", "regression"):
            raise ValueError(
                f"task must be 'classification' or 'regression', got {task!r}."
            )
        _check_names(estimators, random_state)
        if not isinstance(dataset, EmotionDataset):
            raise ValueError(
                f"dataset must be an EmotionDataset, got {type(dataset).__name__}: "
                "EmotionDataset(data={'eeg': X}, metadata=table, "
                "sfreq={'eeg': 128.0}), with a column 'subject' in the table."
            )
        n_samples = len(dataset.data)
        self.metadata = check_metadata(
            dataset.metadata, ["subject"], "compare", n_samples
        )
        self.data = dataset.data
        self.target = target if isinstance(target, str) else "given targets"
        y = targets_of(dataset, target, task, threshold, side)
        self.entries = {
            name: _entry(name, value, dataset.data, random_state)
            for name, value in estimators.items()
        }
        for name, (estimator, keys) in self.entries.items():
            _check_task(name, estimator, task)
            _warn_of_rates(name, estimator, keys, dataset)
        classes = np.unique(y) if task == "classification" else None
        self._check_classes(y, classes, pos_label)
        self.names, scorers = _scoring(scoring, task)
        subject = self.metadata["subject"].to_numpy()
        # Floats are ratings to splitters.
        coded = classes is not None and y.dtype.kind == "f"
        targets = np.searchsorted(classes, y) if coded else y
        self.protocol, cv = make_protocol(
            protocol, targets, n_splits=n_splits, random_state=random_state
        )
        self.splits, self.leaks = make_splits(
            cv, self.protocol, self.data, targets, self.metadata
        )
        self.task = Task(
            y,
            subject,
            classes,
            pos_label,
            scorers,
            dummy=dummy_predictions(y, subject, self.splits, classes),
            groups=self.metadata[self._inner_level()].to_numpy(),
            metadata=self.metadata[[c for c in LEVELS if c in self.metadata]],
        )
        self._check_searches()
        self.random_state = None if random_state is None else int(random_state)
        self.store = None if store is None else Store(store)
        if self.store is not None and not dry_run:
            texts = {
                name: f"{describe(estimator)} on {keys}"
                for name, (estimator, keys) in self.entries.items()
            }
            self.store.open(self._identity(task), texts)

    def _check_classes(self, y, classes, pos_label):
        if classes is None:
            if y.dtype.kind not in "fiu":
                raise ValueError(
                    f"task='regression' needs ratings; {self.target!r} holds labels "
                    f"such as {y.tolist()[0]!r}."
                )
            return
        if type_of_target(y) not in ("binary", "multiclass"):
            raise ValueError(
                "The targets are not classes; pass task='regression' for ratings."
            )
        if len(classes) < 2:
            raise ValueError(f"The target has one class only: {classes.tolist()}.")
        if pos_label is not None and pos_label not in classes:
            raise ValueError(
                f"pos_label={pos_label!r} is no class; they are {classes.tolist()}."
            )

    def _identity(self, task):
        shapes = {k: f"{v.shape} {v.dtype}" for k, v in self.data.items()}
        content = [hash_samples(self.data), self.task.y, self.task.subject.tolist()]
        return {
            "data": f"{shapes} {joblib.hash(content)}",
            "target": self.target,
            "task": task,
            "classes": str(getattr(self.task.classes, "tolist", list)()),
            "pos_label": str(self.task.pos_label),
            "protocol": self.protocol,
            "splits": joblib.hash([list(map(np.asarray, s)) for s in self.splits]),
            "n_folds": str(len(self.splits)),
            "dummy": joblib.hash(self.task.dummy),
            "scorers": str({k: describe(v) for k, v in self.task.scorers.items()}),
            "random_state": str(self.random_state),
        }

    def plan(self):
        """Return the (estimator, fold) pairs that are still to be done."""
        # Fold by fold, so that the time that is left is estimated from all estimators.
        pairs = [(n, f) for f in range(len(self.splits)) for n in self.entries]
        if self.store is None:
            return pairs
        return [pair for pair in pairs if not self.store.is_done(*pair)]

    def run(self, *, n_jobs=None, scheduler=None, verbose=0):
        """Do what is to be done, and return all results."""
        pending = self.plan()
        features = self._features({name for name, _ in pending})
        records = {}
        total = len(self.entries) * len(self.splits)
        with tqdm(
            total=total,
            initial=total - len(pending),
            desc=f"{self.protocol}, {self.target}",
            unit="fold",
            disable=not verbose,
        ) as bar:
            while pending:
                for name, fold, record in self._run(
                    pending, features, n_jobs, scheduler
                ):
                    if record is not None:
                        records[name, fold] = record
                        bar.set_postfix_str(f"{name}, fold {fold}", refresh=False)
                        bar.update()
                pending = [pair for pair in pending if pair not in records]
                if pending:
                    # Another process works on these; it may yet die.
                    time.sleep(_POLL)
        return self._collect(records)

    def _run(self, pending, features, n_jobs, scheduler):
        folder = None if self.store is None else self.store.folder
        jobs = [
            (
                name,
                fold,
                *features[name][:2],
                self.task,
                *self.splits[fold],
                self._facts(name, fold, features[name][2]),
                folder,
            )
            for name, fold in pending
        ]
        if scheduler is None:
            return run_joblib(_do_fold, jobs, failed=_lost, n_jobs=n_jobs)
        return run_dask(
            _do_fold, jobs, scheduler=scheduler, failed=_lost, shared=folder
        )

    def _inner_level(self):
        """What an estimator's own inner split must not cut: trials, or subjects."""
        within = any(leak in ("subject", "trial") for leak in self.leaks)
        return "trial" if within and "trial" in self.metadata else "subject"

    def _check_searches(self):
        level = self._inner_level()
        levels = ("trial",) if level == "trial" else ("trial", "subject")
        for name, (estimator, _) in self.entries.items():
            warn_of_inner_leak(
                name,
                estimator,
                self.task.y,
                self.splits[0][0],
                self.task.groups,
                self.metadata,
                levels,
            )

    def _facts(self, name, fold, feature_time):
        subjects = np.unique(self.task.subject[self.splits[fold][1]])
        return {
            "estimator": name,
            "protocol": self.protocol,
            "fold": fold,
            "test_subjects": " ".join(map(str, subjects.tolist())),
            "target": self.target,
            "modalities": "+".join(self.entries[name][1]),
            "leak": self.leaks[fold],
            "feature_time": feature_time,
            "random_state": self.random_state,
        }

    def _features(self, names):
        """Return what is left of each estimator, its input, and the time it took."""
        done = {}
        for name, (estimator, keys) in self.entries.items():
            if name in names:
                start = time.perf_counter()
                rest, X = estimator, self.select(keys)
                if not looks_at_samples(self.task.scorers):
                    # If it fails, the folds will tell, each in its own row.
                    with contextlib.suppress(Exception):
                        hoisted = hoist(estimator, X, self.task.y)
                        rest, X = hoisted.estimator, hoisted.X
                done[name] = rest, X, time.perf_counter() - start
        return done

    def select(self, keys):
        """Return what an estimator of these modalities gets."""
        if isinstance(keys, _Single):
            return self.data[keys[0]]
        arrays = {key: self.data[key] for key in keys if key in self.data}
        if "subject" in keys and "subject" not in self.data:
            arrays["subject"] = self.task.subject
        return Modalities(**arrays)

    def _collect(self, records):
        order = [(name, f) for name in self.entries for f in range(len(self.splits))]
        if self.store is not None:
            records = {pair: self.store.read(*pair) for pair in order}
            everything = self._results(self.store.records())
            self.store.write_tables(everything, everything.predictions)
        results = self._results([records[pair] for pair in order])
        whole = [
            name
            for name, (_, keys) in self.entries.items()
            if not isinstance(keys, _Single)
        ]
        tell(results, whole)
        return results

    def _results(self, records):
        return make_results(
            records,
            self.names,
            task="regression" if self.task.classes is None else "classification",
            pos_label=self.task.pos_label,
        )


def _check_names(estimators, random_state):
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


class _Single(tuple):
    """Name of the one modality whose array an estimator gets."""


def _entry(name, value, data, random_state):
    estimator, keys = value if isinstance(value, tuple) else (value, tuple(data))
    keys = _Single([keys]) if isinstance(keys, str) else tuple(keys)
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
    return estimator.set_params(**seeds), keys


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


def _warn_of_rates(name, estimator, keys, dataset):
    """Warn of a sampling rate that is not the data's."""
    rates = getattr(dataset, "sfreq", None) or {}
    for path, rate in estimator.get_params().items():
        *parents, last = path.split("__")
        if last != "sfreq" or not isinstance(rate, Real):
            continue
        named = [key for key in keys if key in parents] or keys
        if len(named) != 1 or named[0] not in rates or dataset.data[named[0]].ndim != 3:
            continue
        if not isclose(rate, rates[named[0]], rel_tol=1e-3):
            warnings.warn(
                f"Estimator {name!r} has {path}={rate}, but {named[0]!r} is sampled at "
                f"{rates[named[0]]} Hz: its bands and windows are not what they say, "
                f"unless a step before resamples. Pass {path}={rates[named[0]]}.",
                stacklevel=4,
            )


def targets_of(
    dataset, target, task="classification", threshold=5.0, side=">", **others
):
    """Return the targets of a comparison.

    Parameters
    ----------
    dataset, target, task, threshold, side : object
        As :func:`compare` takes them.
    **others : dict
        What else it takes; not looked at.

    Returns
    -------
    y : ndarray of shape (n_samples,)
        Classes or ratings.
    """
    if not isinstance(target, str):
        y = np.asarray(target)
        if y.shape != (len(dataset.data),):
            raise ValueError(
                f"target must be a name or an array of shape ({len(dataset.data)},), "
                f"got {y.shape}."
            )
    elif task == "regression":
        y = dataset.target(target, threshold=None)
    else:
        y = dataset.target(target, threshold=threshold, side=side)
    return y.astype(np.float64) if task == "regression" and y.dtype.kind in "iu" else y


def _scoring(scoring, task):
    built_in = CLASSIFICATION if task == "classification" else REGRESSION
    if scoring is None:
        return built_in, {}
    if isinstance(scoring, Mapping):
        return (*built_in, *scoring), dict(scoring)
    names = (scoring,) if isinstance(scoring, str) else tuple(scoring)
    unknown = [name for name in names if name not in built_in]
    if unknown:
        raise ValueError(
            f"Unknown scores {unknown} for {task}; built-in ones are "
            f"{list(built_in)}. Pass a dict of name to scorer to add others."
        )
    return names, {}


def _do_fold(name, fold, estimator, X, task, train, test, facts, folder):
    def do():
        row, predictions = run_fold(estimator, X, task, train, test)
        if predictions is not None:
            about = {"sample": test.tolist(), "subject": task.subject[test].tolist()}
            predictions = about | predictions
        return {"row": facts | row, "predictions": predictions}

    return name, fold, _once(name, fold, do, folder)


def _lost(job, error):
    """Record a fold that ended with its worker, unless another process has done it."""
    name, fold, *_, train, test, facts, folder = job
    row = facts | {
        "n_train": len(train),
        "n_test": len(test),
        "error": f"{type(error).__name__}: {error}",
        "warnings": "",
        "versions": versions(),
    }
    record = {"row": row, "predictions": None}
    return name, fold, _once(name, fold, lambda: record, folder)


def _once(name, fold, do, folder):
    """Return a fold's record, made if need be; None if another process is at it."""
    if folder is None:
        return do()
    store = Store(folder)
    with store.claim(name, fold) as mine:
        if not mine:
            return None
        if not store.is_done(name, fold):
            store.write(name, fold, **do())
    return store.read(name, fold)
