"""Scores of each subject, and tables of their mean and spread."""

import numpy as np
import pandas as pd
from scipy.stats import t as student

from sklearn_emotion._docs import fill_doc
from sklearn_emotion.evaluation._docs import RESULTS
from sklearn_emotion.evaluation._metrics import (
    CLASSIFICATION,
    REGRESSION,
    scores_with_dummy,
)
from sklearn_emotion.evaluation.plan._access import rank
from sklearn_emotion.evaluation.read._results import (
    is_regression,
    make_results,
    predictions_of,
)
from sklearn_emotion.evaluation.run._store import Store
from sklearn_emotion.model_selection._metadata import VERDICTS

SHOWN = ("accuracy", "balanced_accuracy", "macro_f1")
SHOWN_REGRESSION = ("ccc", "rmse", "r2")
#: Range of each score whose range is not from 0 to 1.
BOUNDS = {
    "ccc": (-1.0, 1.0),
    "pearson": (-1.0, 1.0),
    "r2": (-np.inf, 1.0),
    "mae": (0.0, np.inf),
    "rmse": (0.0, np.inf),
}
TITLES = {
    "macro_f1": "macro-F1",
    "ccc": "CCC",
    "pearson": "Pearson's r",
    "rmse": "RMSE",
    "mae": "MAE",
    "r2": "R²",
}


@fill_doc(RESULTS)
def read_results(folder):
    """Read the results that :func:`compare` has stored so far.

    Parameters
    ----------
    %(folder)s

    Returns
    -------
    results : Results
        One row per estimator and finished fold.

    Raises
    ------
    FileNotFoundError
        If the folder holds no results.

    Examples
    --------
    >>> from sklearn_emotion.evaluation import read_results
    >>> results = read_results("results/deap")  # doctest: +SKIP
    """
    store = Store(folder)
    comparison = store.comparison()
    results = make_results(
        store.records(),
        task=comparison["task"],
        descriptions=store.descriptions(),
        unit=comparison.get("unit", "window"),
    )
    if not results.predictions.empty:
        labels = {str(v): v for v in results.predictions["y_true"].unique()}
        results.pos_label = labels.get(comparison["pos_label"])
    return results


@fill_doc(RESULTS)
def subject_scores(results, *, pos_label=None):
    """Compute the scores of each test subject.

    All predictions for a subject are scored together, even if they come from several
    folds, so that every protocol gives one value per subject.

    Parameters
    ----------
    %(results)s

    %(pos_label)s

    Returns
    -------
    scores : pandas.DataFrame
        One row per estimator and subject, with ``n_samples`` (of trials, if trials
        were scored), the scores, and the scores of the dummy as ``dummy_<score>``. A
        score that is not defined for the samples of a subject, such as the sensitivity
        without a positive sample, is NaN.

    Raises
    ------
    ValueError
        If `results` has no predictions.

    Examples
    --------
    >>> from sklearn_emotion import make_svm
    >>> from sklearn_emotion.datasets import make_emotion
    >>> from sklearn_emotion.evaluation import compare, subject_scores
    >>> dataset = make_emotion(n_subjects=4, n_trials=4, random_state=0)
    >>> results = compare(
    ...     {"svm": make_svm()}, dataset, target="valence", protocol="group-k-fold",
    ...     n_splits=2,
    ... )
    >>> subject_scores(results)[["subject", "n_samples"]]
       subject  n_samples
    0        0         12
    1        1         12
    2        2         12
    3        3         12
    """
    return scores_by("subject", results, pos_label)


def scores_by(key, results, pos_label=None):
    """Return the scores of each estimator for each subject or each fold.

    The `key` is "subject" or "fold". All samples of a subject or of a fold are scored
    together. `subject_scores` describes the columns.
    """
    predictions = predictions_of(results)
    if predictions.empty:
        return pd.DataFrame(columns=["estimator", key, "n_samples"])
    pos_label = results.pos_label if pos_label is None else pos_label
    columns = [c for c in predictions if c.startswith("score_")]
    continuous = is_regression(results)
    classes = None if continuous else np.unique(results.predictions["y_true"])
    by_label = {c.removeprefix("score_"): c for c in columns}
    ordered = [] if continuous else [by_label.get(str(c)) for c in classes.tolist()]
    rows = []
    for (estimator, name), part in predictions.groupby(["estimator", key], sort=False):
        y_true, y_pred, dummy = (
            part[column].to_numpy() for column in ("y_true", "y_pred", "dummy")
        )
        y_score = None
        if ordered and None not in ordered:
            y_score = part[ordered].to_numpy(dtype=np.float64)
            y_score = None if np.isnan(y_score).any() else y_score
        row = {"estimator": estimator, key: name, "n_samples": len(part)}
        scores = scores_with_dummy(
            y_true, y_pred, dummy, y_score, classes=classes, pos_label=pos_label
        )
        rows.append(row | scores)
    table = pd.DataFrame(rows)
    # Estimators stay in their order; the subjects or folds of each are sorted.
    order = {name: i for i, name in enumerate(dict.fromkeys(table["estimator"]))}
    by = table.assign(estimator=table["estimator"].map(order))
    return table.loc[by.sort_values(["estimator", key]).index].reset_index(drop=True)


@fill_doc(RESULTS)
def score_table(results, *, scores=None, pos_label=None, confidence=0.95):
    """Compute the mean and the spread of the scores over subjects.

    Parameters
    ----------
    %(results)s

    scores : sequence of str or None, default=None
        Scores to show. If None, accuracy, balanced accuracy and macro-F1 for classes,
        or concordance, root mean squared error and R2 for ratings.

    %(pos_label)s

    confidence : float, default=0.95
        Coverage of the confidence interval of the mean over subjects.

    Returns
    -------
    table : pandas.DataFrame
        One row per estimator, and columns of two levels. For each score: ``mean``,
        ``sd`` (ddof 1), the confidence interval ``low`` and ``high`` from Student's t
        distribution (clipped to the range of the score), and the score of the
        ``dummy`` (see :func:`compare`). Under ``run``: the scored ``unit`` (window or
        trial), the ``leak`` level of the worst fold, its ``target_access``, how the
        ``labels`` are made, ``n_subjects``, ``n_folds``, ``n_failed`` and
        ``fold_time``, the mean time to fit and score a fold in s.

    Examples
    --------
    >>> from sklearn_emotion import make_svm
    >>> from sklearn_emotion.datasets import make_emotion
    >>> from sklearn_emotion.evaluation import compare, score_table
    >>> dataset = make_emotion(n_subjects=4, n_trials=4, random_state=0)
    >>> results = compare({"svm": make_svm()}, dataset, target="valence")
    >>> table = score_table(results)
    >>> table["run"][["leak", "n_subjects", "n_folds"]]
                   leak n_subjects n_folds
    estimator
    svm        stimulus          4       4
    """
    by_subject = subject_scores(results, pos_label=pos_label)
    if scores is None:
        continuous = is_regression(results)
        shown = SHOWN_REGRESSION if continuous else SHOWN
        others = REGRESSION if continuous else CLASSIFICATION
        scores = [n for n in shown if n in results] or [
            n for n in others if n in results
        ]
    rows = {}
    for name, folds in pd.DataFrame(results).groupby("estimator", sort=False):
        mine = by_subject[by_subject["estimator"] == name]
        row = {}
        for score in scores:
            values = mine[score].dropna().to_numpy() if score in mine else np.array([])
            spread = _spread(values, confidence, BOUNDS.get(score, (0.0, 1.0)))
            row |= {(score, k): v for k, v in spread.items()}
            dummy = f"dummy_{score}"
            row[score, "dummy"] = mine[dummy].mean() if dummy in mine else np.nan
        row["run", "unit"] = getattr(results, "unit", "window")
        row |= {("run", k): v for k, v in _run_facts(folds, len(mine)).items()}
        rows[name] = row
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.columns = pd.MultiIndex.from_tuples(table.columns)
    table.index.name = "estimator"
    return table


def _spread(values, confidence, bounds):
    n = len(values)
    nan = float("nan")
    mean = float(values.mean()) if n else nan
    sd = float(values.std(ddof=1)) if n > 1 else nan
    half = sd / np.sqrt(n) * student.ppf((1 + confidence) / 2, n - 1) if n > 1 else nan
    low, high = np.clip([mean - half, mean + half], *bounds).tolist()
    return {"mean": mean, "sd": sd, "low": low, "high": high}


def _run_facts(folds, n_subjects):
    return {
        "leak": min(folds["leak"], key=VERDICTS.index),
        "target_access": max(folds["target_access"], key=rank),
        "labels": folds["labels"].iloc[0],
        "n_subjects": n_subjects,
        "n_folds": len(folds),
        "n_failed": int((folds["error"] != "").sum()),
        "fold_time": float((folds["fit_time"] + folds["score_time"]).mean()),
    }


def format_table(table):
    """Return a table from `score_table` as text for a terminal.

    The text has ``mean ± sd [low, high]`` and the score of the dummy for each score,
    and facts about the folds.
    """
    scores = [c for c in dict.fromkeys(table.columns.get_level_values(0)) if c != "run"]
    head = [title for s in scores for title in (score_title(s), "dummy")]
    lines = [["", *head, "s per fold", "scored", "shared", "target access", "failed"]]
    for name, row in table.iterrows():
        cells = [str(name)]
        for score in scores:
            mean, sd, low, high = (row[score, k] for k in ("mean", "sd", "low", "high"))
            cells.append(f"{mean:.3f} ± {sd:.3f} [{low:.3f}, {high:.3f}]")
            cells.append(f"{row[score, 'dummy']:.3f}")
        run = row["run"]
        cells += [f"{run['fold_time']:.2f}", f"{run['unit']}s"]
        cells += [run["leak"], run["target_access"]]
        cells.append(f"{run['n_failed']} of {run['n_folds']}")
        lines.append(cells)
    rows = align_columns(lines)
    note = note_of_labels(table)
    rows += [note] if note else []
    return "\n".join(rows)


def align_columns(lines):
    """Return rows of cells as lines of text, with a rule below the first one."""
    widths = [max(map(len, column)) for column in zip(*lines)]
    rows = ["  ".join(c.ljust(w) for c, w in zip(line, widths)) for line in lines]
    rows.insert(1, "-" * len(rows[0]))
    return [row.rstrip() for row in rows]


def note_of_labels(table):
    """Return a sentence if the labels of a table use ratings of the test subjects."""
    whose = {"median": "all ratings", "subject-median": "the ratings of each subject"}
    labels = table["run", "labels"].iloc[0]
    if labels not in whose:
        return ""
    return (
        f"Ratings above the median of {whose[labels]} are high, so that the labels of "
        "the test samples use the ratings of the test subjects."
    )


def score_title(score):
    """Return the name of a score as tables show it."""
    return TITLES.get(score, score.replace("_", " "))
