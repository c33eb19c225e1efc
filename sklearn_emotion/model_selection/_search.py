"""Grid search with features that are computed once per setting, not once per fold."""

import joblib
import numpy as np
import pandas as pd
from sklearn import config_context, get_config
from sklearn.base import BaseEstimator, TransformerMixin, clone, is_classifier
from sklearn.metrics import check_scoring
from sklearn.model_selection import GridSearchCV, ParameterGrid, check_cv
from sklearn.pipeline import Pipeline

from sklearn_emotion._base import safe_indexing
from sklearn_emotion._docs import fill_doc
from sklearn_emotion._validation import n_samples_of
from sklearn_emotion.model_selection._docs import VALIDATION
from sklearn_emotion.model_selection._hoisting import (
    Hoisted,
    compute_step,
    hoist,
    is_off,
    learns_nothing,
    looks_at_samples,
    unhoisted,
    varies,
)
from sklearn_emotion.model_selection._nested import (
    GroupedFit,
    SplitsOf,
    request_groups,
    without_wrappers,
)

_PARAMETERS = """
estimator : estimator
    Pipeline to search. Any other estimator is searched as in scikit-learn.

param_grid : dict or list of dict
    As in scikit-learn.

refit : bool, str or callable
    As in scikit-learn.
"""


@fill_doc(VALIDATION, _PARAMETERS)
class HoistedGridSearchCV(GridSearchCV):
    """Grid search that computes steps once if they learn nothing.

    The steps are the first steps of a pipeline. Otherwise, the search is the same as
    scikit-learn's :class:`~sklearn.model_selection.GridSearchCV`. The scores and the
    choice are equal as far as features agree within float32 rounding. If the grid
    varies a parameter of such a step, its features are computed once for each setting,
    instead of twice for each candidate and fold.

    Read more in the :ref:`User Guide <hoisting>`.

    Parameters
    ----------
    %(parameters)s

    Attributes
    ----------
    best_estimator_ : estimator
        Whole pipeline, fitted with the best setting. Its input is the same as in `fit`.

    cv_results_ : dict of str to ndarray
        As in scikit-learn. The times do not include steps that were computed in
        advance.

    best_params_, best_score_, best_index_, n_splits_, scorer_
        As in scikit-learn.

    See Also
    --------
    cross_validate : Cross-validation that computes such steps once, also in a search.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.model_selection import LeaveOneGroupOut
    >>> from sklearn_emotion import make_svm
    >>> from sklearn_emotion.model_selection import HoistedGridSearchCV
    >>> X = np.random.default_rng(0).normal(size=(12, 4, 256))
    >>> grid = {"features__window": [1.0, None], "svm__C": [0.1, 1.0]}
    >>> search = HoistedGridSearchCV(make_svm(), grid, cv=LeaveOneGroupOut())
    >>> search = search.fit(X, [0, 1] * 6, groups=np.repeat([0, 1, 2], 4))
    >>> len(search.cv_results_["params"]), search.predict(X).shape
    (4, (12,))
    """

    def fit(self, X, y=None, **params):
        """Search the grid, and refit the best pipeline.

        Parameters
        ----------
        %(X)s
        %(y)s
        **params : dict
            As in scikit-learn. For example, ``groups`` is passed to the splitter, and
            to each split that the estimator makes of its training samples.

        Returns
        -------
        self : object
            Fitted search.
        """
        candidates = list(ParameterGrid(self.param_grid))
        # Inside an estimator that passes groups on, the pipeline has a wrapper.
        is_wrapped = isinstance(self.estimator, GroupedFit)
        estimator = self.estimator.estimator if is_wrapped else self.estimator
        plan = None
        if not looks_at_samples(self.scoring):
            plan = _plan(estimator, candidates, X, y, keep=tuple(params))
        if plan is None:
            plan = unhoisted(clone(estimator), X), self.param_grid
        hoisted, grid = plan
        cv = check_cv(self.cv, y, classifier=is_classifier(self.estimator))
        arguments = self.get_params(deep=False)
        arguments |= {"estimator": hoisted.estimator, "param_grid": grid, "cv": cv}
        search = GridSearchCV(**arguments)
        routing, groups = get_config()["enable_metadata_routing"], params.get("groups")
        alone = groups is not None and len(params) == 1
        if is_wrapped:
            params, _ = request_groups(search, groups, params.get("metadata"))
        elif alone and not routing and not isinstance(groups, pd.DataFrame):
            params, _ = request_groups(search, np.asarray(groups))
            routing = bool(params)
        search.cv = SplitsOf(search.cv, X)
        with config_context(enable_metadata_routing=routing):
            search.fit(hoisted.X, y, **params)
        without_wrappers(search)
        fitted = {k: v for k, v in vars(search).items() if k.endswith("_")}
        vars(self).update(fitted)
        if self.scoring is None:
            # The scorer of the search has the features of all samples.
            self.scorer_ = check_scoring(self.estimator)
        if hoisted.n_steps:
            self.cv_results_ = _with_params(search.cv_results_, candidates)
            if hasattr(search, "best_index_"):
                self.best_params_ = candidates[search.best_index_]
            if hasattr(search, "best_estimator_"):
                self.best_estimator_ = hoisted.restore(search.best_estimator_)
        return self


class _Shared:
    """Container of arrays that `clone` does not copy."""

    def __init__(self, items):
        self.items = items

    def __deepcopy__(self, memo):
        return self


class _Lookup(TransformerMixin, BaseEstimator):
    """Step that returns the features of samples, given the positions of the samples."""

    def __init__(self, *, table=None, setting=0):
        self.table = table
        self.setting = setting

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return safe_indexing(self.table.items[self.setting], np.asarray(X).ravel())

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        return tags


def _plan(estimator, candidates, X, y, keep):
    """Return what to search, with its grid, or None if nothing can be computed once."""
    if not isinstance(estimator, Pipeline):
        return None
    varied = {name for candidate in candidates for name in candidate}
    head = _head(estimator, candidates, varied | set(keep))
    of_head = {name for name in varied if any(varies([name], step) for step in head)}
    if not of_head:
        hoisted = hoist(estimator, X, y, keep=[*varied, *keep])
        grid = [{k: [v] for k, v in c.items()} for c in candidates]
        return (hoisted, grid) if hoisted.n_steps else None
    return _tabulate(estimator, candidates, head, of_head, X, y)


def _head(pipeline, candidates, varied):
    """Return the names of the first steps that learn nothing for every candidate."""
    if "steps" in varied:
        return []
    head = []
    for name, _ in pipeline.steps[:-1]:
        for candidate in candidates:
            mine = {k: v for k, v in candidate.items() if varies([k], name)}
            step = clone(pipeline).set_params(**mine).named_steps[name]
            if not learns_nothing(step):
                return head
        head.append(name)
    return head


def _tabulate(pipeline, candidates, head, of_head, X, y):
    """Compute the features of each setting of the first steps."""
    keys, heads, features, grid = {}, [], [], []
    for candidate in candidates:
        setting = {k: v for k, v in candidate.items() if k in of_head}
        key = joblib.hash(sorted(setting.items(), key=lambda item: item[0]))
        if key not in keys:
            keys[key] = len(heads)
            whole = clone(pipeline).set_params(**setting)
            out, steps = X, []
            for name in head:
                step = whole.named_steps[name]
                if not is_off(step):
                    computed = compute_step(step, out, y)
                    if computed is None:
                        return None
                    step, out = computed
                steps.append((name, step))
            heads.append(steps)
            features.append(out)
        rest = {k: [v] for k, v in candidate.items() if k not in of_head}
        grid.append({"_features__setting": [keys[key]], **rest})
    tail = [(k, s) for k, s in pipeline.steps if k not in head]
    lookup = _Lookup(table=_Shared(features))
    estimator = clone(pipeline).set_params(steps=[("_features", lookup), *tail])

    def restore(fitted):
        whole = clone(pipeline)
        whole.steps = [*heads[fitted.steps[0][1].setting], *fitted.steps[1:]]
        return whole

    n_samples = n_samples_of(X)
    positions = np.arange(n_samples)[:, None]
    return Hoisted(estimator, positions, restore, len(head)), grid


def _with_params(results, candidates):
    """Return search results with the candidates in their original form."""
    results = {k: v for k, v in results.items() if not k.startswith("param_")}
    for name in sorted({name for candidate in candidates for name in candidate}):
        column = np.ma.masked_all(len(candidates), dtype=object)
        for number, candidate in enumerate(candidates):
            if name in candidate:
                column[number] = candidate[name]
        results[f"param_{name}"] = column
    results["params"] = candidates
    return results
