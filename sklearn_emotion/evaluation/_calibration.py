"""Scores against the number of labeled trials of a new person."""

from numbers import Integral
from pathlib import Path

import pandas as pd

from sklearn_emotion._docs import fill_doc
from sklearn_emotion.evaluation._compare import run_and_read
from sklearn_emotion.evaluation._docs import COMPARISON
from sklearn_emotion.evaluation.plan._access import LABELS, Access
from sklearn_emotion.evaluation.plan._plan import Plan
from sklearn_emotion.evaluation.read._results import is_regression
from sklearn_emotion.evaluation.read._tables import score_table
from sklearn_emotion.evaluation.run._run import open_store


@fill_doc(COMPARISON)
def calibration_curve(
    estimators,
    dataset,
    *,
    target,
    ks=(0, 1, 2, 4, 8),
    protocol="loso",
    score=None,
    confidence=0.95,
    task="classification",
    random_state=0,
    n_jobs=None,
    scheduler=None,
    store=None,
    verbose=0,
    **options,
):
    """Compute scores against the number of labeled trials of each test person.

    For each number k, :func:`compare` moves k whole trials of each test person to the
    training samples, as with ``target_access="labels:k"``. The scored trials are the
    same for all k: they are the trials that are not moved for the largest k.

    Read more in the :ref:`User Guide <calibration_trials>`.

    Parameters
    ----------
    %(estimators)s

    %(dataset)s

    %(target)s

    ks : sequence of int, default=(0, 1, 2, 4, 8)
        Numbers of calibration trials. Each subject needs more trials than the largest
        of them.

    protocol : str, splitter or iterable of (train, test), default="loso"
        Protocol whose test subjects are new, as in :func:`compare`.

    score : str or None, default=None
        Name of the score. If None, balanced accuracy for classes, or concordance for
        ratings.

    confidence : float, default=0.95
        Coverage of the confidence intervals of the mean over subjects.

    %(task)s

    %(random_state)s

    %(n_jobs)s

    %(scheduler)s

    store : path-like or None, default=None
        Folder in which the results are stored, in one folder for each number, such as
        ``k-2``. Each of these is a store of :func:`compare`.

    verbose : int, default=0
        Whether to show progress bars.

    **options : dict
        Other arguments of :func:`compare`, such as `unit` and `threshold`.

    Returns
    -------
    curve : pandas.DataFrame
        One row per estimator and number of trials: ``estimator``, ``k``, ``score``
        (mean over subjects), ``sd`` (ddof 1), the confidence interval ``low`` and
        ``high`` from Student's t distribution, the score of the ``dummy``, and
        ``n_subjects``. ``curve.attrs["score"]`` is the name of the score.

    Raises
    ------
    ValueError
        If a subject has too few trials, the metadata have no trials, or the protocol
        trains on its test subjects.

    See Also
    --------
    compare : With ``target_access="labels:k"``, for one number of trials.
    sklearn_emotion.inspection.CalibrationCurveDisplay : Draw the curve.

    Examples
    --------
    >>> from sklearn_emotion import make_logistic
    >>> from sklearn_emotion.datasets import make_emotion
    >>> from sklearn_emotion.evaluation import calibration_curve
    >>> dataset = make_emotion(n_subjects=3, n_trials=4, random_state=0)
    >>> curve = calibration_curve(
    ...     {"logistic": make_logistic()}, dataset, target="valence", ks=(0, 2)
    ... )
    >>> curve[["estimator", "k", "n_subjects"]]
      estimator  k  n_subjects
    0  logistic  0           3
    1  logistic  2           3
    """
    ks = _checked(ks)
    if "target_access" in options:
        raise ValueError(
            "calibration_curve gives its own target_access for each number of trials. "
            "Pass the numbers as ks."
        )
    rows = []
    for k in ks:
        plan = Plan(
            estimators,
            dataset,
            target,
            protocol,
            task=task,
            random_state=random_state,
            target_access=Access(LABELS, k, max(ks)),
            **options,
        )
        results = run_and_read(
            plan,
            store=open_store(None if store is None else Path(store) / f"k-{k}", plan),
            n_jobs=n_jobs,
            scheduler=scheduler,
            verbose=verbose,
        )
        if score is None:
            score = "ccc" if is_regression(results) else "balanced_accuracy"
        table = score_table(results, scores=[score], confidence=confidence)
        for name, row in table.iterrows():
            mine = row[score]
            rows.append(
                {"estimator": name, "k": k, "score": mine["mean"]}
                | {key: mine[key] for key in ("sd", "low", "high", "dummy")}
                | {"n_subjects": row["run", "n_subjects"]}
            )
    curve = pd.DataFrame(rows)
    order = {name: number for number, name in enumerate(estimators)}
    curve = curve.sort_values(
        "estimator", key=lambda names: names.map(order), kind="stable"
    ).reset_index(drop=True)
    curve.attrs["score"] = score
    return curve


def _checked(ks):
    ks = list(ks)
    sound = all(isinstance(k, Integral) and k >= 0 for k in ks)
    if not ks or not sound or len(set(ks)) < len(ks):
        raise ValueError(
            f"ks must be different numbers of trials, such as (0, 1, 2), got {ks}."
        )
    return sorted(int(k) for k in ks)
