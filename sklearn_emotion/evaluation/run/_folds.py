"""Fit and score one fold of one estimator, and measure its time and memory."""

import platform
import sys
import threading
import time
import traceback
import warnings
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

try:
    import resource
except ImportError:  # Windows: memory is not measured.
    resource = None

import numpy as np
from scipy.special import expit
from sklearn.base import clone
from sklearn.metrics import check_scoring
from sklearn.pipeline import Pipeline

from sklearn_emotion._base import LongFitWarning, safe_indexing
from sklearn_emotion._interrupts import noted_interrupts
from sklearn_emotion.baselines.classical._trial_voting import pool_windows
from sklearn_emotion.evaluation._metrics import scores_with_dummy
from sklearn_emotion.evaluation.plan._access import accepts_unlabelled, with_unlabelled
from sklearn_emotion.evaluation.plan._trials import first_windows
from sklearn_emotion.model_selection._metadata import check_classes
from sklearn_emotion.model_selection._nested import fit_with_groups

# The filters of warnings, the peak of the memory and the signals belong to the process
# and not to a thread. So folds in threads of one process run one after another.
_ONE_AT_A_TIME = threading.RLock()
# Kernels of OpenBLAS set this flag of the processor now and then although all numbers
# are finite (numpy/numpy#24067). Estimators find results that are not finite.
_SPURIOUS = "invalid value encountered in matmul"
_PACKAGES = ("sklearn_emotion", "scikit-learn", "numpy", "scipy", "torch")


def run_fold(estimator, X, task, train, test):
    """Fit an estimator on one side of a split and score it on the other side.

    In a process, one fold runs at a time. A KeyboardInterrupt reaches the caller even
    if the estimator catches it, because a fit that was interrupted is not finished.

    Parameters
    ----------
    estimator : estimator
        Estimator, of which a clone is fitted.
    X : array-like or Modalities
        All samples.
    task : Task
        Targets, and how predictions are scored.
    train, test : ndarray of int
        Positions of the training and test samples.

    Returns
    -------
    row : dict
        Scores of the estimator and of the dummy, times in s, memory in MB, warnings
        and, if the fold failed, the error.
    predictions : dict of str to list, or None
        ``sample``, ``subject``, ``y_true``, ``y_pred``, ``dummy`` and the scores of the
        classes, of each test sample or, if trials are scored, of each trial, with
        ``trial`` and ``n_windows``; None if the fold failed.
    """
    row = {"n_train": task.count(train), "n_test": task.count(test), "error": ""}
    predictions = None
    with _ONE_AT_A_TIME:
        reset_peak = _reset_peak_memory()
        with _raising_interrupts(), _recording_warnings() as messages:
            try:
                scores, predictions = _fit_and_score(
                    estimator, X, task, train, test, row
                )
                row |= scores
            except Exception as error:
                row["error"] = one_line(error)
                row["traceback"] = traceback.format_exc()
        row["peak_memory"] = _peak_memory(reset_peak)
    row["warnings"] = "\n".join(dict.fromkeys(messages))
    row["versions"] = versions()
    return row, predictions


@contextmanager
def _recording_warnings():
    """Yield a list to which each warning of the block is added as text.

    Only warnings of long fits are shown as well. The flag that kernels set without
    reason is no warning and, where the user turns warnings into errors, no error.
    """
    messages = []
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", f"{_SPURIOUS}$", RuntimeWarning)
        show = warnings.showwarning

        def record(message, category, *place, **options):
            messages.append(f"{category.__name__}: {message}")
            if issubclass(category, LongFitWarning):
                show(message, category, *place, **options)

        warnings.showwarning = record
        yield messages


@contextmanager
def _raising_interrupts():
    """Raise KeyboardInterrupt at the end of the block if the block has caught one.

    A network of skorch ends its training at a KeyboardInterrupt as if it had finished.
    """
    with noted_interrupts() as came:
        try:
            yield
        finally:
            if came:
                raise KeyboardInterrupt


def _fit_and_score(estimator, X, task, train, test, row):
    """Return scores and predictions; the times are kept in `row` if a step fails."""
    if task.classes is not None:
        # A subject that is in both training and test may lack a class altogether.
        known = np.isin(task.subject[test], task.subject[train]).all()
        check_classes(task.y, train, test, "This fold", locally=bool(known))
    fitted, X_test, y_test = clone(estimator), X[test], task.y[test]
    start = time.perf_counter()
    if task.gives_unlabelled and accepts_unlabelled(fitted):
        _fit_with_unlabelled(fitted, X, task, train, test)
    else:
        fit_samples(fitted, X[train], task, train)
    row["fit_time"] = time.perf_counter() - start
    start = time.perf_counter()
    y_pred = np.asarray(fitted.predict(X_test))
    y_score = None
    if task.classes is not None:
        y_score = class_scores(fitted, X_test, task.classes)
    row["score_time"] = time.perf_counter() - start
    dummy = task.dummy[test]
    scores = scores_with_dummy(
        y_test, y_pred, dummy, y_score, classes=task.classes, pos_label=task.pos_label
    )
    for name, scorer in task.scorers.items():
        scores[name] = float(check_scoring(fitted, scorer)(fitted, X_test, y_test))
    samples, of_trials = test, {}
    if task.trial is not None:
        row |= {f"window_{name}": scores[name] for name in scores}
        samples, of_trials, y_pred, y_score = _verdicts(task, test, y_pred, y_score)
        y_test, dummy = task.y[samples], task.dummy[samples]
        scores = scores_with_dummy(
            y_test,
            y_pred,
            dummy,
            y_score,
            classes=task.classes,
            pos_label=task.pos_label,
        )
    predictions = {
        "sample": samples.tolist(),
        "subject": task.subject[samples].tolist(),
        "y_true": y_test.tolist(),
        "y_pred": y_pred.tolist(),
        "dummy": dummy.tolist(),
    } | of_trials
    if y_score is not None:
        for k, label in enumerate(task.classes.tolist()):
            predictions[f"score_{label}"] = y_score[:, k].tolist()
    return scores, predictions


def fit_samples(estimator, X, task, samples, y=None):
    """Fit an estimator to some samples, with their groups and metadata.

    `X` contains these samples only. If `y` is None, the targets are those of the task.
    """
    y = task.y[samples] if y is None else y
    fit_with_groups(estimator, X, y, task.groups[samples], task.metadata.iloc[samples])


def _fit_with_unlabelled(estimator, X, task, train, test):
    """Fit an estimator whose last step also gets the test samples, without labels.

    The steps before the last one are fitted to the training samples only, because they
    would take the mark of the other samples for a class.
    """
    both = np.concatenate([train, test])
    X = X[both]
    while isinstance(estimator, Pipeline):
        if len(estimator.steps) > 1:
            first = Pipeline(estimator.steps[:-1])
            fit_samples(first, safe_indexing(X, np.arange(len(train))), task, train)
            X = first.transform(X)
        estimator = estimator.steps[-1][1]
    y = with_unlabelled(task.y[train], len(test), task.classes is not None)
    fit_samples(estimator, X, task, both, y)


def _verdicts(task, test, y_pred, y_score):
    """Return predictions and scores of the trials of the test samples.

    The scores of the windows of a trial are averaged. If there are no scores of all
    classes, each window votes for its prediction.

    Returns
    -------
    samples : ndarray of int
        Position of the first window of each trial.
    facts : dict of str to list
        Trial and number of test windows by the names of the columns.
    y_pred, y_score : ndarray
        Prediction of each trial, and scores of the classes; None for ratings.
    """
    trials, codes, counts = np.unique(
        task.trial[test], return_inverse=True, return_counts=True
    )
    samples = first_windows(task.trial)[trials]
    names = task.metadata["trial"].to_numpy()[samples]
    facts = {"trial": names.tolist(), "n_windows": counts.tolist()}
    if task.classes is None:
        pooled = pool_windows(y_pred.reshape(-1, 1).astype(np.float64), codes)
        return samples, facts, pooled[:, 0], None
    if y_score is None:
        y_score = (y_pred[:, None] == task.classes).astype(np.float64)
    pooled = pool_windows(y_score, codes)
    return samples, facts, task.classes[pooled.argmax(axis=1)], pooled


def class_scores(fitted, X, classes):
    """Return the scores of all classes as an array of shape (n_samples, n_classes).

    The scores are probabilities if the classifier predicts them, else decision values.
    Return None if it has neither, or does not know all classes.
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


def one_line(error):
    """Return the class and the message of an error in one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def versions():
    """Return the versions of Python and of the libraries, in one line."""
    found = [f"python {platform.python_version()}"]
    for name in _PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return "; ".join(found)


def _reset_peak_memory():
    """Reset the peak memory of the process if the system allows it (Linux does)."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return False
    return True


def _peak_memory(was_reset):
    """Return the peak memory in MB since the reset, or else of the whole process."""
    if resource is None:
        return float("nan")
    if was_reset:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024**2 if sys.platform == "darwin" else 1024)
