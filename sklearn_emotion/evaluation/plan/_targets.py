"""The targets of a comparison, and the scores that are computed for them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.utils.multiclass import type_of_target

from sklearn_emotion.datasets._targets import check_ratings, inferred
from sklearn_emotion.evaluation._metrics import CLASSIFICATION, REGRESSION


@dataclass(frozen=True)
class Task:
    """What all folds of a comparison share: the targets, and how they are scored.

    Parameters
    ----------
    y : ndarray of shape (n_samples,)
        Class or rating of each sample.
    subject : ndarray of shape (n_samples,)
        Subject of each sample.
    classes : ndarray or None
        All classes; None for regression.
    pos_label : label or None
        The positive class if there are two classes.
    scorers : dict of str to (str or callable)
        Scorers in addition to the built-in scores.
    dummy : ndarray of shape (n_samples,)
        Prediction of the dummy for each sample.
    groups : ndarray of shape (n_samples,)
        Groups that an estimator's own split of the training data must keep together.
    metadata : pandas.DataFrame of n_samples rows
        Metadata for such a split, if its splitter takes all of them.
    trial : ndarray of shape (n_samples,) or None
        Number of the trial of each sample, if trials are scored; None if windows are.
    gives_unlabelled : bool
        Whether estimators that learn from samples without labels get the test samples.
    """

    y: np.ndarray
    subject: np.ndarray
    classes: np.ndarray | None
    pos_label: object
    scorers: dict
    dummy: np.ndarray
    groups: np.ndarray
    metadata: pd.DataFrame
    trial: np.ndarray | None = None
    gives_unlabelled: bool = False

    def count(self, samples):
        """Return the number of samples, or of their trials if trials are scored."""
        return len(samples if self.trial is None else np.unique(self.trial[samples]))

    @property
    def kind(self):
        """Return "classification" or "regression"."""
        return "regression" if self.classes is None else "classification"


def targets_of(
    dataset, target, task="classification", threshold=5.0, side=">", **others
):
    """Return the classes or ratings of all samples, from parameters of `compare`.

    Other parameters of `compare` are ignored.
    """
    if not isinstance(target, str):
        y = _given_targets(target)
        if y.shape != (len(dataset.data),):
            raise ValueError(
                f"target must be a name or an array of shape ({len(dataset.data)},), "
                f"got {y.shape}."
            )
    elif task == "regression":
        y = dataset.target(target, threshold=None)
    else:
        y = dataset.target(target, threshold=threshold, side=side)
    return y.astype(np.float64) if task == "regression" and y.dtype.kind in "iu" else y


def _given_targets(target):
    """Return targets that the user passes as an array, without missing values."""
    y = np.asarray(target)
    if y.ndim != 1:
        return y
    # Arrays that are filled one by one contain objects, such as whole numbers.
    column = inferred(pd.Series(y, name="target"))
    n_missing = int(column.isna().sum())
    if n_missing:
        raise ValueError(
            f"{n_missing} of {len(y)} values of target are missing. Leave out these "
            "samples: dataset.select(mask), with a mask of the others."
        )
    y = np.asarray(column) if y.dtype.kind == "O" else y
    if y.dtype.kind == "f":
        check_ratings(y, "target")
    return y


def classes_of(y, task, target, pos_label):
    """Return the classes in sorted order, or None for ratings; check the targets."""
    if task == "regression":
        if y.dtype.kind not in "fiu":
            raise ValueError(
                f"task='regression' needs ratings; {target!r} holds labels such as "
                f"{y.tolist()[0]!r}."
            )
        return None
    if type_of_target(y) not in ("binary", "multiclass"):
        raise ValueError(
            "The targets are not classes; pass task='regression' for ratings."
        )
    classes = np.unique(y)
    if len(classes) < 2:
        raise ValueError(f"The target has one class only: {classes.tolist()}.")
    if pos_label is not None and pos_label not in classes:
        raise ValueError(
            f"pos_label={pos_label!r} is no class; the classes are {classes.tolist()}."
        )
    return classes


def scores_of(scoring, task):
    """Return the names of the scores to keep, and the scorers of the user by name."""
    built_in = CLASSIFICATION if task == "classification" else REGRESSION
    if scoring is None:
        return built_in, {}
    if isinstance(scoring, Mapping):
        return (*built_in, *scoring), dict(scoring)
    names = (scoring,) if isinstance(scoring, str) else tuple(scoring)
    unknown = [name for name in names if name not in built_in]
    if unknown:
        raise ValueError(
            f"Unknown scores {unknown} for {task}; built-in ones are "
            f"{list(built_in)}. Pass a dict of name to scorer to add others."
        )
    return names, {}
