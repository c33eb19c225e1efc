"""Run folds in this process, in other processes, or on a dask cluster."""

import contextlib
import shutil
import tempfile
import uuid
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import joblib
from joblib import Parallel, delayed, effective_n_jobs


def run_joblib(do, jobs, *, failed, n_jobs=None):
    """Run folds through joblib, and yield their records as they finish.

    If a process dies, all folds that were running are lost, and joblib does not tell
    which of them killed the process. The folds that joblib had already handed out are
    therefore run one at a time, each in a process of its own, and the remaining folds
    as before.

    Parameters
    ----------
    do : callable
        ``do(*job)`` runs a fold.
    jobs : sequence of tuple
        Folds.
    failed : callable
        ``failed(job, error)`` makes the record of a fold that killed its process.
    n_jobs : int or None, default=None
        Number of folds that run at the same time.
    """
    left = dict(enumerate(jobs))
    # The number of folds that joblib hands out in advance.
    n_suspects = 2 * effective_n_jobs(n_jobs)
    while left:
        try:
            yield from _run_some(do, left, list(left), n_jobs)
        except BrokenProcessPool:
            for number in list(left)[:n_suspects]:
                try:
                    # With n_jobs=1, the fold would run in this process.
                    yield from _run_some(do, left, [number], 2)
                except BrokenProcessPool as error:
                    yield failed(left.pop(number), error)


def _run_some(do, left, numbers, n_jobs):
    """Yield the records of some jobs, and remove the jobs from those that are left."""
    run = Parallel(n_jobs=n_jobs, return_as="generator_unordered")
    tasks = [delayed(_numbered)(number, do, left[number]) for number in numbers]
    # When this generator is closed, the folds that are left are given up.
    with contextlib.closing(run(tasks)) as records:
        for number, record in records:
            del left[number]
            yield record


def _numbered(number, do, job):
    return number, do(*job)


def run_dask(do, jobs, *, scheduler, failed, shared=None):
    """Run folds on a dask cluster, and yield their records as they finish.

    The data are written to disk once, and all workers map them into memory. Each fold
    is sent as the positions of its samples. If a worker is lost, its folds are run by
    another worker.

    Parameters
    ----------
    do : callable
        ``do(*job)`` runs a fold.
    jobs : sequence of tuple
        Folds: name, number, estimator, X, task, and the other arguments of `do`.
    scheduler : str or distributed.Client
        Address of the scheduler, or a client.
    failed : callable
        ``failed(job, error)`` makes the record of a fold that no worker survived.
    shared : path-like or None, default=None
        Folder that all workers can read. If None, a temporary folder on this machine.
    """
    try:
        from distributed import Client, as_completed
    except ImportError as error:
        raise ImportError(
            "The dask backend needs distributed: pip install 'sklearn_emotion[dask]'."
        ) from error
    own = isinstance(scheduler, str)
    with contextlib.ExitStack() as stack:
        client = stack.enter_context(Client(scheduler)) if own else scheduler
        folder = Path(tempfile.mkdtemp(prefix="inputs-", dir=shared))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        paths, futures = {}, {}
        for job in jobs:
            name, fold, estimator, X, task, *rest = job
            if name not in paths:
                paths[name] = folder / f"{len(paths)}.joblib"
                joblib.dump((estimator, X, task), paths[name])
            key = f"{name}-{fold}-{uuid.uuid4().hex}"
            future = client.submit(
                _do_mapped, do, name, fold, str(paths[name]), rest, key=key
            )
            futures[future] = job
        # If this process is interrupted, no fold is started any more.
        stack.callback(client.cancel, list(futures))
        for future in as_completed(futures):
            if future.status == "error":
                yield failed(futures[future], future.exception())
            else:
                yield future.result()


def _do_mapped(do, name, fold, path, rest):
    estimator, X, task = joblib.load(path, mmap_mode="r")
    return do(name, fold, estimator, X, task, *rest)
