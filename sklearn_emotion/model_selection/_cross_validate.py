"""Cross-validation as in scikit-learn, with features that are computed once."""

import numpy as np
from sklearn import get_config, model_selection as sk
from sklearn.base import is_classifier

from sklearn_emotion._docs import fill_doc
from sklearn_emotion._validation import n_samples_of
from sklearn_emotion.model_selection._docs import VALIDATION
from sklearn_emotion.model_selection._hoisting import (
    hoist,
    looks_at_samples,
    unhoisted,
)
from sklearn_emotion.model_selection._leakage import audit, splits_of, warn_of_leakage
from sklearn_emotion.model_selection._metadata import check_metadata

_PARAMETERS = """
estimator : estimator
    Estimator to fit and score.

groups : array-like of shape (n_samples,)
    Groups for the splitter. If None and `metadata` is given, splitters of this package
    receive `metadata`, and other group splitters receive the subjects.

params : dict
    As in scikit-learn. If metadata routing is enabled, ``groups`` belongs here. Steps
    that receive such parameters are not computed in advance.

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
        If `metadata` shows that a splitter of scikit-learn puts a trial or a subject in
        both training and test.

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
    report = None
    if metadata is not None:
        n_samples = n_samples_of(X)
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
