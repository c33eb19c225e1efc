"""Where folds run: in this process, in others, or on a dask cluster."""

import contextlib
import shutil
import tempfile
import uuid
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import joblib
from joblib import Parallel, delayed, effective_n_jobs


def run_joblib(do, jobs, *, failed, n_jobs=None):
    """Run folds through joblib.

    A process that dies takes all folds with it that are at work. The first ones that
    are left, one of which killed it, are then done one at a time in a process of their
    own, and the rest as before.

    Parameters
    ----------
    do : callable
        ``do(*job)`` does a fold.
    jobs : sequence of tuple
        Folds.
    failed : callable
        ``failed(job, error)`` makes the record of a fold that killed its process.
    n_jobs : int or None, default=None
        Folds at a time.

    Yields
    ------
    record : tuple
        What `do` returned, as it comes.
    """
    left = dict(enumerate(jobs))
    # As many as joblib hands out ahead.
    n_suspects = 2 * effective_n_jobs(n_jobs)
    while left:
        try:
            yield from _run_some(do, left, list(left), n_jobs)
        except BrokenProcessPool:
            for number in list(left)[:n_suspects]:
                try:
                    # Two, as one would be this process.
                    yield from _run_some(do, left, [number], 2)
                except BrokenProcessPool as error:
                    yield failed(left.pop(number), error)


def _run_some(do, left, numbers, n_jobs):
    """Yield the records of some jobs, which are then no longer left."""
    run = Parallel(n_jobs=n_jobs, return_as="generator_unordered")
    tasks = [delayed(_numbered)(number, do, left[number]) for number in numbers]
    for number, record in run(tasks):
        del left[number]
        yield record


def _numbered(number, do, job):
    return number, do(*job)


def run_dask(do, jobs, *, scheduler, failed, shared=None):
    """Run folds on a cluster of ``dask.distributed``.

    The data are written once, for all workers to map into memory, and a fold is sent
    as positions. Folds of a worker that is lost are done by another one.

    Parameters
    ----------
    do : callable
        ``do(*job)`` does a fold.
    jobs : sequence of tuple
        Folds: name, number, and what `do` takes beside.
    scheduler : str or distributed.Client
        Address of the scheduler, or a client of it.
    failed : callable
        ``failed(job, error)`` makes the record of a fold that no worker survived.
    shared : path-like or None, default=None
        Folder that all workers see. If None, a temporary one of this machine.

    Yields
    ------
    record : tuple
        What `do` returned, as it comes.

    Raises
    ------
    ImportError
        If ``distributed`` is not installed.
    OSError
        If there is no scheduler at the address.
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
        for future in as_completed(futures):
            if future.status == "error":
                yield failed(futures[future], future.exception())
            else:
                yield future.result()


def _do_mapped(do, name, fold, path, rest):
    estimator, X, task = joblib.load(path, mmap_mode="r")
    return do(name, fold, estimator, X, task, *rest)
