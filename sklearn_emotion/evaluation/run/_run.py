"""Fit and score the folds of a plan that have no result yet."""

import contextlib
import signal
import threading
import time
from dataclasses import dataclass

from sklearn.base import BaseEstimator
from tqdm.auto import tqdm

from sklearn_emotion.evaluation.run._about import write_about
from sklearn_emotion.evaluation.run._backends import run_dask, run_joblib
from sklearn_emotion.evaluation.run._folds import one_line, run_fold, versions
from sklearn_emotion.evaluation.run._store import Store
from sklearn_emotion.model_selection._hoisting import hoist, looks_at_samples

# Seconds between two looks at folds that another process works on.
_POLL = 0.5


def open_store(folder, plan):
    """Return the store in a folder, which must be new or hold the same comparison."""
    if folder is None:
        return None
    store = Store(folder)
    is_new = not store.exists()
    store.open(plan.identity(), plan.descriptions())
    if is_new:
        write_about(store.folder, plan.about)
    return store


def pending(plan, store=None):
    """Return the pairs of an estimator and a fold that have no result yet."""
    if store is None:
        return plan.pairs()
    return [pair for pair in plan.pairs() if not store.is_done(*pair)]


def run_plan(plan, store=None, *, n_jobs=None, scheduler=None, verbose=0):
    """Fit and score all folds that have no result yet.

    Parameters
    ----------
    plan : Plan
        What is compared.
    store : Store or None, default=None
        Where finished folds are stored.
    n_jobs, scheduler, verbose : object
        As :func:`compare` takes them.

    Returns
    -------
    records : list of dict
        Row and predictions of each fold, estimator by estimator.
    """
    left = pending(plan, store)
    wanted = {name for name, _ in left}
    features = _compute_features(plan, wanted, verbose)
    records = {}
    total = len(plan.pairs())
    with tqdm(
        total=total,
        initial=total - len(left),
        desc=f"{plan.title}, {plan.target}",
        unit="fold",
        disable=not verbose,
    ) as bar:
        while left:
            folds = _run_folds(plan, left, features, store, n_jobs, scheduler)
            for name, fold, record in _until_the_end(folds):
                if record is not None:
                    records[name, fold] = record
                    bar.set_postfix_str(f"{name}, fold {fold}", refresh=False)
                    bar.update()
            left = [pair for pair in left if pair not in records]
            if left:
                # Another process works on these folds. If it dies, they are free.
                time.sleep(_POLL)
    order = [(n, fold) for n in plan.entries for fold in range(len(plan.splits))]
    if store is not None:
        return [store.read(*pair) for pair in order]
    return [records[pair] for pair in order]


def _until_the_end(folds):
    """Yield records, and give up all other folds if this process is told to end.

    Without a handler, SIGTERM would end this process at once, and its worker processes
    would go on. The process ends with the status that a shell gives to such an end.
    """

    def end(number, frame):
        raise SystemExit(128 + number)

    is_main = threading.current_thread() is threading.main_thread()
    handles = is_main and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    if handles:
        signal.signal(signal.SIGTERM, end)
    try:
        with contextlib.closing(folds):
            yield from folds
    finally:
        if handles:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


@dataclass(frozen=True)
class _Features:
    """The steps that each fold fits, their input, and how the others were computed."""

    estimator: BaseEstimator
    X: object
    facts: dict


def _compute_features(plan, names, verbose):
    """Compute the steps that learn nothing once for all folds."""
    features = {}
    for name, entry in tqdm(
        plan.entries.items(), desc="features", leave=False, disable=not verbose
    ):
        if name in names:
            start = time.perf_counter()
            rest, X, warning = entry.estimator, plan.select(name), ""
            if not looks_at_samples(plan.task.scorers):
                try:
                    hoisted = hoist(rest, X, plan.task.y)
                    rest, X = hoisted.estimator, hoisted.X
                except Exception as error:
                    warning = (
                        "The steps that learn nothing could not be computed once for "
                        f"all folds ({one_line(error)}), so that each fold had to "
                        "compute them."
                    )
            seconds = time.perf_counter() - start
            facts = {"feature_time": seconds, "warnings": warning}
            features[name] = _Features(rest, X, facts)
    return features


def _run_folds(plan, pairs, features, store, n_jobs, scheduler):
    folder = None if store is None else store.folder
    jobs = [
        (
            name,
            fold,
            features[name].estimator,
            features[name].X,
            plan.task,
            *plan.splits[fold],
            plan.facts(name, fold) | features[name].facts,
            folder,
        )
        for name, fold in pairs
    ]
    if scheduler is None:
        return run_joblib(_do_fold, jobs, failed=_record_lost_fold, n_jobs=n_jobs)
    return run_dask(
        _do_fold, jobs, scheduler=scheduler, failed=_record_lost_fold, shared=folder
    )


def _do_fold(name, fold, estimator, X, task, train, test, facts, folder):
    def do():
        row, predictions = run_fold(estimator, X, task, train, test)
        texts = [facts["warnings"], row["warnings"]]
        row["warnings"] = "\n".join(text for text in texts if text)
        return {"row": facts | row, "predictions": predictions}

    return name, fold, _run_once(name, fold, do, folder)


def _record_lost_fold(job, error):
    """Record a fold that ended with its worker, unless it is being done elsewhere."""
    name, fold, *_, facts, folder = job
    row = facts | {
        "error": f"{type(error).__name__}: {error}",
        "versions": versions(),
    }
    record = {"row": row, "predictions": None}
    return name, fold, _run_once(name, fold, lambda: record, folder)


def _run_once(name, fold, do, folder):
    """Return the record of a fold; None if another process works on the fold."""
    if folder is None:
        return do()
    store = Store(folder)
    with store.claim(name, fold) as mine:
        if not mine:
            return None
        if not store.is_done(name, fold):
            store.write(name, fold, **do())
    return store.read(name, fold)
