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
    task : {"classification", "regression"}
        What was predicted.
    pos_label : label or None
        The positive class that :func:`compare` was given.
    """

    _metadata = ["predictions", "task", "pos_label"]
    predictions = None
    task = "classification"
    pos_label = None

    @property
    def _constructor(self):
        return Results


def is_regression(results):
    """Whether results are those of ratings.

    Parameters
    ----------
    results : Results
        Finished folds.

    Returns
    -------
    answer : bool
        False for classes.
    """
    return getattr(results, "task", None) == "regression"


def predictions_of(results):
    """Return the predictions of the folds that are among the rows.

    Parameters
    ----------
    results : Results
        Finished folds, or some of them.

    Returns
    -------
    predictions : pandas.DataFrame
        A row per estimator, fold and sample.

    Raises
    ------
    ValueError
        If `results` has no predictions, or does not say which folds it is about.
    """
    predictions = getattr(results, "predictions", None)
    if predictions is None or not {"estimator", "fold"} <= set(results):
        raise ValueError(
            "results must come from compare or read_results, with its predictions and "
            "the columns estimator and fold."
        )
    if predictions.empty:
        return predictions
    folds = pd.MultiIndex.from_frame(pd.DataFrame(results)[["estimator", "fold"]])
    pairs = pd.MultiIndex.from_frame(predictions[["estimator", "fold"]])
    return predictions[pairs.isin(folds)]


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


def make_results(records, names=None, *, task="classification", pos_label=None):
    """Return the results that some records hold.

    Parameters
    ----------
    records : iterable of dict
        Rows and predictions of folds.
    names : sequence of str or None, default=None
        Scores to keep; None keeps all.
    task : {"classification", "regression"}, default="classification"
        What was predicted.
    pos_label : label or None, default=None
        The positive class of two.

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
    results.task, results.pos_label = task, pos_label
    return results


def tell(results, whole=()):
    """Warn of the folds that failed, and of what estimators warned of.

    Parameters
    ----------
    results : Results
        Finished folds.
    whole : sequence of str, default=()
        Estimators that got all modalities rather than the array of one.
    """
    for name, rows in results.groupby("estimator", sort=False):
        failed = rows[rows["error"] != ""]
        if len(failed):
            advice = ""
            if len(failed) == len(rows) and name in whole:
                first = rows["modalities"].iloc[0].partition("+")[0]
                advice = (
                    " It was given Modalities; an estimator that takes an array goes "
                    f"with the name of one: {{{name!r}: (estimator, {first!r})}}."
                )
            warnings.warn(
                f"{name}: {len(failed)} of {len(rows)} folds failed, the first with "
                f"{failed['error'].iloc[0].rstrip('.')}.{advice}",
                FitFailedWarning,
                stacklevel=5,
            )
        messages = pd.Series([m for w in rows["warnings"] for m in w.split("\n") if m])
        for message, count in messages.value_counts(sort=False).items():
            warnings.warn(
                f"{name}, in {count} of {len(rows)} folds: {message}", stacklevel=5
            )
