"""scikit-learn's cross-validation and grid search, on features computed once."""

import numpy as np
from sklearn import get_config
from sklearn import model_selection as sk
from sklearn.base import is_classifier

from sklearn_emotion.model_selection._hoisting import (
    hoist,
    looks_at_samples,
    unhoisted,
)
from sklearn_emotion.model_selection._leakage import (
    audit,
    splits_of,
    warn_of_leakage,
)
from sklearn_emotion.model_selection._metadata import check_metadata


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
    """Cross-validate as scikit-learn does, computing fixed features once.

    Leading steps of a pipeline that learn nothing, and such branches of a
    :class:`ModalityTransformer`, are computed once for the whole data set instead of
    twice a fold. Scores are those of :func:`sklearn.model_selection.cross_validate`,
    as far as features agree within float32 rounding.

    Read more in the :ref:`User Guide <hoisting>`.

    Parameters
    ----------
    estimator : estimator
        What to fit and score.

    X : array-like or Modalities of n_samples samples
        Data.

    y : array-like of shape (n_samples,), default=None
        Targets.

    groups : array-like of shape (n_samples,), default=None
        Groups for the splitter. If None, and `metadata` is given, group splitters
        get the subjects and the splitters of this package `metadata`.

    scoring : str, callable, list, tuple or dict, default=None
        As in scikit-learn. A function, other than a scorer that ``make_scorer`` made,
        may look at the signals: with one, nothing is computed in advance.

    cv : int, splitter or iterable, default=None
        As in scikit-learn.

    n_jobs : int or None, default=None
        Number of folds in parallel.

    verbose : int, default=0
        As in scikit-learn.

    params : dict, default=None
        As in scikit-learn: ``groups`` are here, not in `groups`, where metadata routing
        is on. Steps that have some are not computed in advance.

    pre_dispatch : int or str, default="2*n_jobs"
        As in scikit-learn.

    return_train_score : bool, default=False
        Whether to score on the training sides too.

    return_estimator : bool, default=False
        Whether to return the fitted estimators, whole.

    return_indices : bool, default=False
        Whether to return the positions of both sides.

    error_score : "raise" or number, default=nan
        Score of a fold that fails.

    metadata : pandas.DataFrame of n_samples rows, default=None
        ``dataset.metadata``, for an audit of the splits.

    Returns
    -------
    result : dict
        As in scikit-learn; ``fit_time`` does not contain what was computed once. With
        `metadata` there is also ``leakage``, the :func:`leakage_report` of the splits.

    Warns
    -----
    LeakageWarning
        If `metadata` shows that a splitter of scikit-learn's puts a trial or a
        subject on both sides.

    See Also
    --------
    HoistedGridSearchCV : The same for a grid search.
    leakage_report : What is on both sides.

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
    report = None
    if metadata is not None:
        n_samples = X.shape[0] if hasattr(X, "shape") else len(X)
        metadata = check_metadata(
            metadata, [], "cross_validate", n_samples, argument="metadata"
        )
        if get_config()["enable_metadata_routing"] and params:
            groups = params.get("groups", groups)
        splitter = sk.check_cv(cv, y, classifier=is_classifier(estimator))
        splits = list(splits_of(splitter, X, y, metadata, groups))
        report = audit(splits, metadata)
        if not getattr(cv, "groups_are_metadata", False):
            warn_of_leakage(report, _name(cv))
        cv, groups = _Known(splits), None
    if looks_at_samples(scoring):
        hoisted = unhoisted(estimator, X)
    else:
        hoisted = hoist(estimator, X, y, keep=tuple(params or ()))
    result = sk.cross_validate(
        hoisted.estimator,
        hoisted.X,
        y,
        groups=groups,
        scoring=scoring,
        cv=cv,
        n_jobs=n_jobs,
        verbose=verbose,
        params=params,
        pre_dispatch=pre_dispatch,
        return_train_score=return_train_score,
        return_estimator=return_estimator,
        return_indices=return_indices,
        error_score=error_score,
    )
    if return_estimator:
        result["estimator"] = [hoisted.restore(e) for e in result["estimator"]]
    if report is not None:
        result["leakage"] = report
    return result


class _Known(sk.BaseCrossValidator):
    """Splits that are known; of groups that are routed to them they make no use."""

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
