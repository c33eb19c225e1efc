"""Tables of finished folds, and warnings of the folds that failed."""

import re

import pandas as pd
from sklearn.exceptions import FitFailedWarning

from sklearn_emotion._validation import warn_user
from sklearn_emotion.evaluation._metrics import CLASSIFICATION, REGRESSION
from sklearn_emotion.evaluation.plan._access import UNKNOWN

_BEFORE = ("estimator", "protocol", "fold", "test_subjects", "target", "labels")
_BEFORE += ("modalities", "leak", "target_access", "n_train", "n_test")
_AFTER = ("feature_time", "fit_time", "score_time", "peak_memory", "random_state")
_AFTER += ("versions", "warnings", "error")
# Columns that folds of earlier versions do not have.
_ADDED = ("labels", "target_access")
# Scores that are printed first.
_FIRST = ("accuracy", "balanced_accuracy", "macro_f1", "ccc", "rmse", "r2")
# Number of characters of a line of printed results, and of a cell.
_WIDTH, _CELL = 80, 24
# The last step of a described estimator, if it is a dummy of scikit-learn that predicts
# the majority class or the mean rating, like the dummy of the comparison.
_DUMMY = re.compile(
    r"(^|', )Dummy(Classifier|Regressor)"
    r"\((?![^()]*strategy='(?!most_frequent'))[^()]*\)(\)\]\))* on "
)


class Results(pd.DataFrame):
    """Results of :func:`compare`: a table with one row per estimator and fold.

    Selections of rows and columns keep the attributes. If the table has too many
    columns for a line of 80 characters, printing it shows the scores and leaves out
    other columns, which ``results.columns`` lists.

    Parameters
    ----------
    *args, **kwargs
        As for :class:`pandas.DataFrame`.

    Attributes
    ----------
    predictions : pandas.DataFrame or None
        One row per estimator, fold and test sample: ``estimator``, ``fold``,
        ``sample``, ``subject``, ``y_true``, ``y_pred``, ``dummy`` and, if the
        estimator scores the classes, ``score_<class>``. If trials were scored, there
        is one row per trial instead, with its ``trial`` and its number of windows
        ``n_windows``, and ``sample`` is the first window of the trial.
    task : {"classification", "regression"}
        Whether classes or ratings were predicted.
    pos_label : label or None
        The positive class that was given to :func:`compare`.
    dummies : tuple of str
        Names of the estimators that are dummies of scikit-learn and predict the
        majority class or the mean rating.
    unit : {"window", "trial"}
        What was scored.
    descriptions : dict of str to str or None
        Each estimator and its modalities as text, by the name of the estimator.

    Examples
    --------
    >>> from sklearn_emotion import make_logistic
    >>> from sklearn_emotion.datasets import make_emotion
    >>> from sklearn_emotion.evaluation import compare
    >>> dataset = make_emotion(n_subjects=3, n_trials=4, random_state=0)
    >>> results = compare({"logistic": make_logistic()}, dataset, target="valence")
    >>> results[["estimator", "fold"]].to_numpy().tolist()
    [['logistic', 0], ['logistic', 1], ['logistic', 2]]
    >>> results.task, results.unit, len(results.predictions)
    ('classification', 'window', 36)
    """

    _metadata = ["predictions", "task", "pos_label", "dummies", "unit", "descriptions"]
    predictions = None
    task = "classification"
    pos_label = None
    dummies = ()
    unit = "window"
    descriptions = None

    @property
    def _constructor(self):
        return Results

    def __repr__(self):
        table, note = self._shown()
        return super().__repr__() if table is None else f"{_as_text(table)}\n\n{note}"

    def _repr_html_(self):
        table, note = self._shown()
        if table is None:
            return super()._repr_html_()
        return f"{table._repr_html_()}<p>{note}</p>"

    def _shown(self):
        """Return the columns that are printed, and a note about the other columns.

        The columns are None if all of them fit into a line.
        """
        whole = pd.DataFrame(self)
        is_known = {"estimator", "fold"} <= set(whole)
        if not is_known or whole.empty or _width(whole) <= _WIDTH:
            return None, ""
        names = ["estimator", "fold"]
        for name in _by_importance(whole):
            if _width(whole[[*names, name]]) <= _WIDTH:
                names.append(name)
        note = (
            f"[{len(whole)} rows, {len(names)} of {whole.shape[1]} columns shown; "
            "see results.columns.]"
        )
        return whole[names], note


def _by_importance(table):
    """Return columns in the order in which they are printed as long as they fit."""
    names = [name for name in table if name not in (*_BEFORE, *_AFTER)]
    scores = [n for n in names if not str(n).startswith(("dummy_", "window_"))]
    main = [name for name in _FIRST if name in scores] or scores[:3]
    failed = "error" in table and (table["error"] != "").any()
    order = [*main[:1], *["error"] * bool(failed), *main[1:], "leak"]
    # Most methods use nothing of the test subjects.
    uses = "target_access" in table and not table["target_access"].eq("none").all()
    order += [*["target_access"] * bool(uses), *(f"dummy_{name}" for name in main)]
    return [name for name in order if name in table]


def _as_text(table):
    rows = pd.get_option("display.max_rows")
    return table.to_string(
        max_rows=rows, float_format="{:.3f}".format, max_colwidth=_CELL
    )


def _width(table):
    return max(map(len, _as_text(table).splitlines()))


def is_regression(results):
    """Return whether ratings were predicted, not classes."""
    return getattr(results, "task", None) == "regression"


def dummies_among(descriptions):
    """Return the names of the dummies of scikit-learn among the estimators.

    Only dummies that predict the majority class or the mean rating count, because they
    repeat the dummy of the comparison. `descriptions` maps the names to the texts that
    a store contains.
    """
    return tuple(n for n, text in descriptions.items() if _DUMMY.search(text))


def without_dummies(table, results):
    """Return the rows of a table whose estimators are not ``results.dummies``.

    The scores of the comparison's own dummy are columns of the tables. The table is
    returned as it is if it contains no other estimators.
    """
    rest = table[~table["estimator"].isin(getattr(results, "dummies", ()))]
    return rest if len(rest) else table


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


def make_results(
    records,
    names=None,
    *,
    task="classification",
    pos_label=None,
    descriptions=None,
    unit="window",
    facts=None,
):
    """Return records of folds, as a store holds them, as `Results`.

    `names` are the scores to keep; None keeps all of them. The columns have a fixed
    order, also if folds failed. `descriptions` are the texts of the estimators.
    ``facts(row)`` returns columns that folds of earlier versions lack. Without it, they
    are unknown.
    """
    rows, parts = [], []
    for record in records:
        row = record["row"]
        if not set(_ADDED) <= set(row):
            known = {} if facts is None else facts(row)
            row = dict.fromkeys(_ADDED, UNKNOWN) | known | row
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
    scores = [*names, *(f"dummy_{n}" for n in names if n in known)]
    if unit == "trial":
        scores += [f"window_{n}" for n in names if n in known]
    results = Results(table.reindex(columns=[*_BEFORE, *scores, *_AFTER]))
    results.predictions = predictions
    results.task, results.pos_label = task, pos_label
    results.descriptions, results.unit = dict(descriptions or {}), unit
    results.dummies = dummies_among(results.descriptions)
    return results


def describe_failures(name, rows, multimodal=()):
    """Return how many folds of an estimator failed, and why the first one did.

    `multimodal` names the estimators that got Modalities instead of one array.
    """
    failed = rows[rows["error"] != ""]
    advice = ""
    if len(failed) == len(rows) and name in multimodal:
        first = rows["modalities"].iloc[0].partition("+")[0]
        advice = (
            " It was given Modalities. An estimator that takes an array must be paired "
            f"with the modality's name: {{{name!r}: (estimator, {first!r})}}."
        )
    return (
        f"{name}: {len(failed)} of {len(rows)} folds failed, the first with "
        f"{failed['error'].iloc[0].rstrip('.')}.{advice}"
    )


def warn_of_failures(results, multimodal=()):
    """Warn of folds that failed, and repeat the warnings of the estimators.

    `multimodal` names the estimators that got Modalities instead of one array.
    """
    for name, rows in results.groupby("estimator", sort=False):
        if (rows["error"] != "").any():
            warn_user(describe_failures(name, rows, multimodal), FitFailedWarning)
        messages = pd.Series([m for w in rows["warnings"] for m in w.split("\n") if m])
        for message, count in messages.value_counts(sort=False).items():
            warn_user(f"{name}, in {count} of {len(rows)} folds: {message}")
