"""Tables of finished folds, and warnings of the folds that failed."""

import pandas as pd
from sklearn.exceptions import FitFailedWarning

from sklearn_emotion._validation import warn_user
from sklearn_emotion.evaluation._metrics import CLASSIFICATION, REGRESSION


class Results(pd.DataFrame):
    """Results of :func:`compare`: a table with one row per estimator and fold.

    Selections of rows and columns keep the attributes.

    Parameters
    ----------
    *args, **kwargs
        As for :class:`pandas.DataFrame`.

    Attributes
    ----------
    predictions : pandas.DataFrame or None
        One row per estimator, fold and test sample: ``estimator``, ``fold``,
        ``sample``, ``subject``, ``y_true``, ``y_pred``, ``dummy`` and, if the
        estimator scores the classes, ``score_<class>``.
    task : {"classification", "regression"}
        Whether classes or ratings were predicted.
    pos_label : label or None
        The positive class that was given to :func:`compare`.
    """

    _metadata = ["predictions", "task", "pos_label"]
    predictions = None
    task = "classification"
    pos_label = None

    @property
    def _constructor(self):
        return Results


def is_regression(results):
    """Return whether ratings were predicted, not classes."""
    return getattr(results, "task", None) == "regression"


def predictions_of(results):
    """Return the predictions of the folds that are rows of the results.

    Raise an error if the results have no predictions or no columns that name the folds.
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


def make_results(records, names=None, *, task="classification", pos_label=None):
    """Return records of folds, as a store holds them, as `Results`.

    `names` are the scores to keep; None keeps all of them. The columns have a fixed
    order, also if folds failed.
    """
    rows, parts = [], []
    for record in records:
        row = record["row"]
        rows.append(row)
        if record["predictions"] is not None:
            part = pd.DataFrame(record["predictions"])
            part.insert(0, "estimator", row["estimator"])
            part.insert(1, "fold", row["fold"])
            parts.append(part)
    predictions = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    table = pd.DataFrame(rows)
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


def warn_of_failures(results, multimodal=()):
    """Warn of folds that failed, and repeat the warnings of the estimators.

    `multimodal` names the estimators that got Modalities instead of one array.
    """
    for name, rows in results.groupby("estimator", sort=False):
        failed = rows[rows["error"] != ""]
        if len(failed):
            advice = ""
            if len(failed) == len(rows) and name in multimodal:
                first = rows["modalities"].iloc[0].partition("+")[0]
                advice = (
                    " It was given Modalities. An estimator that takes an array must "
                    "be paired with the modality's name: "
                    f"{{{name!r}: (estimator, {first!r})}}."
                )
            warn_user(
                f"{name}: {len(failed)} of {len(rows)} folds failed, the first with "
                f"{failed['error'].iloc[0].rstrip('.')}.{advice}",
                FitFailedWarning,
            )
        messages = pd.Series([m for w in rows["warnings"] for m in w.split("\n") if m])
        for message, count in messages.value_counts(sort=False).items():
            warn_user(f"{name}, in {count} of {len(rows)} folds: {message}")
