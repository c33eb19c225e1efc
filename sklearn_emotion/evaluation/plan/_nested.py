"""Estimators that split the training data again: searches and early stopping."""

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
    """Return the groups for an inner split as parameters of `fit`.

    The parameters are empty if the estimator does not use groups. A search whose
    splitter takes all metadata gets `metadata` instead of `groups`; both have one row
    per training sample. If scikit-learn's metadata routing is enabled, the estimator is
    set to request groups.
    """
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
    """Warn if a search chooses its parameters on splits that leak.

    Only searches are checked, with the splits of the training samples `train` of one
    fold. `groups` are what an inner group splitter gets, and `levels` are what the two
    sides of the inner split must not share.
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
        # Each fold will fail with the same error and record it in its row.
        return
    warn_of_leakage(
        audit(splits, known),
        f"The search of {name!r}, cv={estimator.cv},",
        levels=levels,
        advice="Pass a group splitter: compare gives it the subjects as groups, or the "
        "trials if subjects are on both sides.",
    )
