"""What it would take to produce a table: time, operations, memory and disk."""

from pathlib import Path

import pandas as pd
from joblib import effective_n_jobs

from sklearn_emotion._frames import stored
from sklearn_emotion.evaluation.run._estimate import estimate
from sklearn_emotion.evaluation.run._flops import flops_of_fold
from sklearn_emotion.evaluation.run._store import Store
from sklearn_emotion.studies._run import folder_of, plans_of

# Bytes that a store needs for a test sample, in the file of its fold and in the table
# of all predictions, and for a fold. Measured on stored comparisons with two classes.
PER_SAMPLE, PER_FOLD = 250, 4000
GB = 1e9


def cost_of(study, table, dataset, *, store=None, n_jobs=None, verbose=0, **options):
    """Return what it would take to produce a table.

    Parameters
    ----------
    study, table, dataset, store, n_jobs, verbose : object
        As `Study.run` takes them.
    **options : dict
        Other arguments of `Study.run`.

    Returns
    -------
    cost : pandas.DataFrame
        One row per row of the table, target and split, as
        :func:`~sklearn_emotion.evaluation.benchmark` returns it for a dry run, with
        ``target``, ``split`` and ``tflop``: the operations of networks in matrix
        products and convolutions, in units of 10^12. Its ``attrs`` have ``seconds``,
        ``memory`` (of the arrays, of the features that are computed once, and of the
        training samples of the folds that run at the same time) and ``disk`` (of the
        store), both in GB.
    """
    parts, startup, largest, disk = [], 0.0, 0.0, 0.0
    jobs = effective_n_jobs(n_jobs)
    arrays = sum(array.nbytes for array in stored(dataset.data).values())
    for key, plan in plans_of(study, table, dataset, **options):
        side, target, _ = key
        known = None if store is None else Store(Path(store) / folder_of(table, *key))
        part = estimate(plan, known, jobs, verbose)
        startup = max(startup, part.attrs["startup_seconds"])
        largest = max(largest, part.attrs["memory"])
        n_tested = sum(len(test) for _, test in plan.splits)
        disk += len(part) * (PER_SAMPLE * n_tested + PER_FOLD * len(plan.splits))
        flops = [flops_of_fold(plan, name) for name in plan.entries]
        part["tflop"] = [
            f * (folds - done) / 1e12
            for f, folds, done in zip(flops, part["folds"], part["done"])
        ]
        parts.append(part.assign(target=target, split=side))
    cost = pd.concat(parts, ignore_index=True)
    cost.attrs = {
        "seconds": float(cost["seconds"].sum() + startup),
        "memory": (arrays + largest) / GB,
        "disk": disk / GB,
    }
    return cost
