"""Tables of finished folds."""

import warnings

import pandas as pd
from sklearn.exceptions import FitFailedWarning

from sklearn_emotion.evaluation._metrics import CLASSIFICATION, REGRESSION


class Results(pd.DataFrame):
    """A row per estimator and fold; ``predictions`` has a row per test sample.

    Parameters
    ----------
    *args, **kwargs
        As for :class:`pandas.DataFrame`.

    Attributes
    ----------
    predictions : pandas.DataFrame or None
        Columns ``estimator``, ``fold``, ``sample``, ``subject``, ``y_true``,
        ``y_pred``, ``dummy`` and, where there are any, ``score_<class>``.
    """

    _metadata = ["predictions"]
    predictions = None

    @property
    def _constructor(self):
        return Results


def is_regression(results):
    """Whether results are those of ratings, by their scores.

    Parameters
    ----------
    results : pandas.DataFrame
        Finished folds, or scores by subject.

    Returns
    -------
    answer : bool
        True if a score of ratings is among the columns.
    """
    return any(name in results for name in REGRESSION)


def tables(records):
    """Return a row per fold, and a row per predicted sample.

    Parameters
    ----------
    records : iterable of dict
        As a store holds them.

    Returns
    -------
    results, predictions : tuple of pandas.DataFrame
        The two tables.
    """
    rows, parts = [], []
    for record in records:
        row = {k: v for k, v in record["row"].items() if k != "traceback"}
        rows.append(row)
        if record["predictions"] is not None:
            part = pd.DataFrame(record["predictions"])
            part.insert(0, "estimator", row["estimator"])
            part.insert(1, "fold", row["fold"])
            parts.append(part)
    predictions = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    return pd.DataFrame(rows), predictions


def make_results(records, names=None):
    """Return the results that some records hold.

    Parameters
    ----------
    records : iterable of dict
        Rows and predictions of folds.
    names : sequence of str or None, default=None
        Scores to keep; None keeps all.

    Returns
    -------
    results : Results
        Columns in a fixed order, whichever folds failed.
    """
    table, predictions = tables(records)
    known = [*CLASSIFICATION, *REGRESSION]
    if names is None:
        names = [n for n in known if n in table]
    before = ["estimator", "protocol", "fold", "test_subjects", "target", "modalities"]
    before += ["leak", "n_train", "n_test"]
    dummies = [f"dummy_{n}" for n in names if n in known]
    after = ["feature_time", "fit_time", "score_time", "peak_memory", "random_state"]
    after += ["versions", "warnings", "error"]
    results = Results(table.reindex(columns=[*before, *names, *dummies, *after]))
    results.predictions = predictions
    return results


def tell(results):
    """Warn of the folds that failed, and of what estimators warned of.

    Parameters
    ----------
    results : Results
        Finished folds.
    """
    for name, rows in results.groupby("estimator", sort=False):
        failed = rows[rows["error"] != ""]
        if len(failed):
            warnings.warn(
                f"{name}: {len(failed)} of {len(rows)} folds failed, the first with "
                f"{failed['error'].iloc[0]}",
                FitFailedWarning,
                stacklevel=5,
            )
        messages = pd.Series([m for w in rows["warnings"] for m in w.split("\n") if m])
        for message, count in messages.value_counts(sort=False).items():
            warnings.warn(
                f"{name}, in {count} of {len(rows)} folds: {message}", stacklevel=5
            )
