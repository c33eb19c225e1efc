"""Estimators that split the training side again: searches, and early stopping."""

from copy import deepcopy

import numpy as np
from sklearn import get_config
from sklearn.base import is_classifier
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, check_cv
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import has_fit_parameter

from sklearn_emotion.model_selection._leakage import (
    audit,
    splits_of,
    takes_groups,
    warn_of_leakage,
)

_SEARCHES = (GridSearchCV, RandomizedSearchCV)


def group_params(estimator, groups, metadata):
    """Return the groups for what splits the training side again, as `fit` takes them.

    Parameters
    ----------
    estimator : estimator
        About to be fitted. Where scikit-learn routes metadata, it is told to ask for
        groups.
    groups : ndarray of shape (n_train,) or None
        What the inner split must not cut.
    metadata : pandas.DataFrame of n_train rows or None
        For a search whose splitter takes all of it.

    Returns
    -------
    params : dict
        Empty where nothing asks for groups.
    """
    if groups is None:
        return {}
    if isinstance(estimator, _SEARCHES):
        if not takes_groups(estimator.cv):
            return {}
        whole = getattr(estimator.cv, "groups_are_metadata", False)
        return {"groups": metadata if whole else groups}
    prefix, last = "", estimator
    while isinstance(last, Pipeline):
        name, last = last.steps[-1]
        prefix += f"{name}__"
    early = getattr(last, "early_stopping", False)
    if early is not True or not has_fit_parameter(last, "groups"):
        return {}
    if get_config()["enable_metadata_routing"]:
        if last is not estimator:
            last.set_fit_request(groups=True)
        return {"groups": groups}
    return {f"{prefix}groups": groups}


def warn_of_inner_leak(name, estimator, y, train, groups, metadata, levels):
    """Warn if a search chooses parameters on a split that leaks.

    Parameters
    ----------
    name : str
        What the estimator is called.
    estimator : estimator
        Looked at if it is a search.
    y : ndarray of shape (n_samples,)
        Targets.
    train : ndarray of int
        Training side of a fold.
    groups : ndarray of shape (n_samples,)
        What an inner group splitter gets.
    metadata : pandas.DataFrame of n_samples rows
        What is known of each sample.
    levels : sequence of str
        What should not be on both sides.

    Warns
    -----
    LeakageWarning
        If trials, or subjects, are on both sides.
    """
    cv = getattr(estimator, "cv", None)
    if not isinstance(estimator, _SEARCHES) or isinstance(cv, (list, tuple)):
        return
    cv = check_cv(deepcopy(cv), y[train], classifier=is_classifier(estimator))
    known = metadata.iloc[train].reset_index(drop=True)
    inner = None
    if takes_groups(cv) and not getattr(cv, "groups_are_metadata", False):
        inner = groups[train]
    try:
        splits = list(splits_of(cv, np.zeros(len(train)), y[train], known, inner))
    except ValueError:
        # The folds will tell, each in its own row.
        return
    warn_of_leakage(
        audit(splits, known),
        f"The search of {name!r}, cv={estimator.cv},",
        levels=levels,
        advice="A group splitter gets the subjects, or the trials within subjects.",
    )
