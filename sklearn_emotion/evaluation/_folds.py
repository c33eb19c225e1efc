"""One fold of one estimator: fit, predict, score, and say what it took."""

import platform
import sys
import time
import traceback
import warnings
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

try:
    import resource
except ImportError:  # Windows: memory is not measured.
    resource = None

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.base import clone
from sklearn.metrics import check_scoring

from sklearn_emotion.evaluation._metrics import (
    classification_scores,
    regression_scores,
)
from sklearn_emotion.evaluation._nested import group_params
from sklearn_emotion.model_selection._metadata import check_classes

_PACKAGES = ("sklearn_emotion", "scikit-learn", "numpy", "scipy", "torch")


@dataclass(frozen=True)
class Task:
    """What every fold of a comparison has in common.

    Parameters
    ----------
    y : ndarray of shape (n_samples,)
        Targets.
    subject : ndarray of shape (n_samples,)
        Subject of each sample.
    classes : ndarray or None
        All classes; None for regression.
    pos_label : label or None
        The positive class of two.
    scorers : dict of str to (str or callable)
        Scorers beside the built-in scores.
    dummy : ndarray of shape (n_samples,) or None
        What the dummy says of each sample.
    groups : ndarray of shape (n_samples,) or None
        What an estimator's own split of the training side must not cut.
    metadata : pandas.DataFrame of n_samples rows or None
        For such a split by a splitter that takes all of it.
    """

    y: np.ndarray
    subject: np.ndarray
    classes: np.ndarray | None
    pos_label: object = None
    scorers: dict = field(default_factory=dict)
    dummy: np.ndarray | None = None
    groups: np.ndarray | None = None
    metadata: pd.DataFrame | None = None

    def scores(self, y_true, y_pred, y_score=None):
        """Return all built-in scores of some predictions."""
        if self.classes is None:
            return regression_scores(y_true, y_pred)
        return classification_scores(
            y_true, y_pred, y_score, classes=self.classes, pos_label=self.pos_label
        )

    def dummy_scores(self, y_true, dummy):
        """Return them for the dummy, which gives every sample the same score."""
        flat = (
            None if self.classes is None else np.zeros((len(dummy), len(self.classes)))
        )
        scores = self.scores(y_true, dummy, flat)
        return {f"dummy_{name}": value for name, value in scores.items()}


def run_fold(estimator, X, task, train, test):
    """Fit an estimator on one side of a split and score it on the other.

    Parameters
    ----------
    estimator : estimator
        What to fit; a clone of it is.
    X : array-like or Modalities
        All samples.
    task : Task
        Targets and what to score.
    train, test : ndarray of int
        Positions of both sides.

    Returns
    -------
    row : dict
        Scores, those of the dummy, times in s, memory in MB, warnings, and the error
        that ended the fold if there was one.
    predictions : dict of str to list, or None
        ``sample``, ``y_true``, ``y_pred``, ``dummy`` and scores of the classes.
    """
    row = {"n_train": len(train), "n_test": len(test), "error": ""}
    predictions = None
    reset_peak = _reset_peak_memory()
    caught = []
    try:
        with warnings.catch_warnings(record=True) as caught:
            scores, predictions = _fit_and_score(estimator, X, task, train, test, row)
        row |= scores
    except Exception as error:
        row["error"] = _one_line(error)
        row["traceback"] = traceback.format_exc()
    row["peak_memory"] = _peak_memory(reset_peak)
    messages = [f"{w.category.__name__}: {w.message}" for w in caught]
    row["warnings"] = "\n".join(dict.fromkeys(messages))
    row["versions"] = versions()
    return row, predictions


def _fit_and_score(estimator, X, task, train, test, row):
    if task.classes is not None:
        # A subject that is trained and tested on may lack a class altogether.
        known = np.isin(task.subject[test], task.subject[train]).all()
        check_classes(task.y, train, test, "This fold", locally=bool(known))
    y_train, y_test = task.y[train], task.y[test]
    X_train, X_test = X[train], X[test]
    fitted = clone(estimator)
    fit_params = {}
    if task.groups is not None:
        rows = task.metadata.iloc[train]
        fit_params = group_params(fitted, task.groups[train], rows)
    start = time.perf_counter()
    fitted.fit(X_train, y_train, **fit_params)
    row["fit_time"] = time.perf_counter() - start
    start = time.perf_counter()
    y_pred = np.asarray(fitted.predict(X_test))
    y_score = None
    if task.classes is not None:
        y_score = class_scores(fitted, X_test, task.classes)
    row["score_time"] = time.perf_counter() - start
    scores = task.scores(y_test, y_pred, y_score)
    for name, scorer in task.scorers.items():
        scores[name] = float(check_scoring(fitted, scorer)(fitted, X_test, y_test))
    dummy = task.dummy[test]
    scores |= task.dummy_scores(y_test, dummy)
    predictions = {
        "sample": test.tolist(),
        "y_true": y_test.tolist(),
        "y_pred": y_pred.tolist(),
        "dummy": dummy.tolist(),
    }
    if y_score is not None:
        for k, label in enumerate(task.classes.tolist()):
            predictions[f"score_{label}"] = y_score[:, k].tolist()
    return scores, predictions


def class_scores(fitted, X, classes):
    """Return a score per class, or None where the estimator gives none.

    Parameters
    ----------
    fitted : estimator
        Fitted classifier.
    X : array-like or Modalities
        Samples.
    classes : ndarray of shape (n_classes,)
        All classes of the data set.

    Returns
    -------
    scores : ndarray of shape (n_samples, n_classes) or None
        Probabilities where there are some, else decision values.
    """
    if hasattr(fitted, "predict_proba"):
        scores = fitted.predict_proba(X)
    elif hasattr(fitted, "decision_function"):
        scores = fitted.decision_function(X)
        if scores.ndim == 1:
            scores = np.column_stack([expit(-scores), expit(scores)])
    else:
        return None
    if scores.shape[1] != len(classes):
        return None
    return np.asarray(scores, dtype=np.float64)


def _one_line(error):
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def versions():
    """Return the versions that a result depends on, in one line."""
    found = [f"python {platform.python_version()}"]
    for name in _PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return "; ".join(found)


def _reset_peak_memory():
    """Restart the process's high-water mark where the system allows it (Linux)."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return False
    return True


def _peak_memory(was_reset):
    """Peak resident memory in MB, of the fold or else of the process so far."""
    if resource is None:
        return float("nan")
    if was_reset:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024**2 if sys.platform == "darwin" else 1024)
