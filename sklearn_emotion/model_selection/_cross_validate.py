"""Cross-validation as in scikit-learn, with features that are computed once."""

import numpy as np
import pandas as pd
from sklearn import get_config, model_selection as sk
from sklearn.base import is_classifier

from sklearn_emotion._base import safe_indexing
from sklearn_emotion._docs import fill_doc
from sklearn_emotion._validation import check_groups, n_samples_of
from sklearn_emotion.model_selection._docs import VALIDATION
from sklearn_emotion.model_selection._hoisting import (
    hoist,
    looks_at_samples,
    unhoisted,
)
from sklearn_emotion.model_selection._leakage import audit, splits_of, warn_of_leakage
from sklearn_emotion.model_selection._metadata import LEVELS, check_metadata
from sklearn_emotion.model_selection._nested import (
    GroupedFit,
    SplitsOf,
    inner_level,
    levels_to_keep,
    uses_groups,
    warn_of_inner_leaks,
)

_PARAMETERS = """
estimator : estimator
    Estimator to fit and score.

groups : array-like of shape (n_samples,)
    Groups for the splitter, and for each split that the estimator itself makes of its
    training samples, for example in a grid search or for early stopping. If None and
    `metadata` is given, splitters of this package receive `metadata`, and other group
    splitters receive the subjects.

params : dict
    As in scikit-learn. If metadata routing is enabled, ``groups`` belongs here. Steps
    that receive such parameters are not computed in advance. If given, the estimator
    gets these parameters only, and no groups beyond them.

return_estimator : bool
    Whether to return the fitted estimators, including the steps computed in advance.

return_indices : bool
    Whether to return the positions of the training samples and of the test samples.

metadata : pandas.DataFrame of n_samples rows
    Metadata, such as ``dataset.metadata``, to check the splits for leakage.
"""


@fill_doc(VALIDATION, _PARAMETERS)
def cross_validate(
    estimator,
    X,
    y=None,
    *,
    groups=None,
    scoring=None,
    cv=None,
    n_jobs=None,
    verbose=0,
    params=None,
    pre_dispatch="2*n_jobs",
    return_train_score=False,
    return_estimator=False,
    return_indices=False,
    error_score=np.nan,
    metadata=None,
):
    """Cross-validate as scikit-learn does, but compute fixed features once.

    The first steps of a pipeline often learn nothing. Such steps, and such branches of
    a :class:`ModalityTransformer`, are computed once for all samples instead of twice
    per fold. The scores are equal to the scores of
    :func:`sklearn.model_selection.cross_validate` as far as the features agree within
    float32 rounding.

    Read more in the :ref:`User Guide <hoisting>`.

    Parameters
    ----------
    %(parameters)s

    Returns
    -------
    result : dict
        As in scikit-learn. ``fit_time`` does not include the steps that were computed
        once. If `metadata` is given, ``leakage`` is the :func:`leakage_report` of the
        splits.

    Warns
    -----
    LeakageWarning
        If `metadata` shows that a splitter of scikit-learn, or a split that the
        estimator makes of its training samples, puts a trial or a subject in both
        training and test.

    See Also
    --------
    HoistedGridSearchCV : Grid search that computes such steps once.
    leakage_report : Trials, subjects and stimuli in both training and test.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.model_selection import LeaveOneGroupOut
    >>> from sklearn_emotion import make_svm
    >>> from sklearn_emotion.model_selection import cross_validate
    >>> X = np.random.default_rng(0).normal(size=(12, 4, 256))
    >>> result = cross_validate(
    ...     make_svm(), X, [0, 1] * 6, groups=np.repeat([0, 1, 2], 4),
    ...     cv=LeaveOneGroupOut(),
    ... )
    >>> result["test_score"].shape
    (3,)
    """
    routing = get_config()["enable_metadata_routing"]
    splitter = sk.check_cv(cv, y, classifier=is_classifier(estimator))
    if groups is not None and not isinstance(groups, pd.DataFrame):
        groups = check_groups(groups)
    # What the inner splits of the estimator get: a group of each sample, and metadata.
    inner, table = groups, metadata
    if metadata is None and isinstance(groups, pd.DataFrame):
        inner, table = None, groups if set(LEVELS) & set(groups) else None
    report = None
    if table is not None:
        table = check_metadata(
            table, [], "cross_validate", n_samples_of(X), argument="metadata"
        )
        if routing and params:
            groups = params.get("groups", groups)
        splits = list(splits_of(splitter, X, y, table, groups))
        splitter, groups = _Known(splits), None
        report = audit(splits, table)
        level = inner_level(report["level"][report["leaks"]], table)
        inner = table.get(level) if inner is None else inner
    if metadata is not None:
        if not getattr(cv, "groups_are_metadata", False):
            warn_of_leakage(report, _name(cv))
        if inner is not None:
            train = splits[0][0]
            warn_of_inner_leaks(
                type(estimator).__name__,
                estimator,
                lambda: safe_indexing(X, train),
                None if y is None else safe_indexing(y, train),
                np.asarray(inner)[train],
                table.iloc[train],
                levels_to_keep(level),
            )
    if looks_at_samples(scoring):
        hoisted = unhoisted(estimator, X)
    else:
        hoisted = hoist(estimator, X, y, keep=tuple(params or ()))
    fitted, of_groups = hoisted.estimator, {}
    # With metadata routing, scikit-learn refuses the parameter `groups`.
    refused = routing and groups is not None
    if inner is not None and not params and not refused and uses_groups(fitted):
        fitted, of_groups = GroupedFit(fitted), {"groups": np.asarray(inner)}
        of_groups |= {} if table is None else {"metadata": table}
    result = sk.cross_validate(
        fitted,
        hoisted.X,
        y,
        groups=groups,
        scoring=scoring,
        cv=SplitsOf(splitter, X),
        n_jobs=n_jobs,
        verbose=verbose,
        params=of_groups or params,
        pre_dispatch=pre_dispatch,
        return_train_score=return_train_score,
        return_estimator=return_estimator,
        return_indices=return_indices,
        error_score=error_score,
    )
    if return_estimator:
        result["estimator"] = [
            hoisted.restore(e.estimator_ if of_groups else e)
            for e in result["estimator"]
        ]
    if metadata is not None:
        result["leakage"] = report
    return result


class _Known(sk.BaseCrossValidator):
    """Splitter with given splits, which accepts groups by metadata routing."""

    __metadata_request__split = {"groups": True}

    def __init__(self, splits):
        self.splits = splits

    def get_n_splits(self, X=None, y=None, groups=None):
        return len(self.splits)

    def split(self, X, y=None, groups=None):
        yield from self.splits


def _name(cv):
    if cv is None or isinstance(cv, int):
        return f"cv={cv}"
    return type(cv).__name__ if hasattr(cv, "split") else "cv"
