"""Steps that learn nothing, computed once for all folds.

A step that learns nothing gives each sample the same features in every fold, so that
they may be computed before the data are split. What is left of the estimator is then
cross-validated on features instead of on signals.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

from sklearn_emotion._base import SignalTransformer, safe_indexing
from sklearn_emotion.modalities import (
    Modalities,
    ModalityFlattener,
    ModalityTransformer,
)


@dataclass(frozen=True)
class Hoisted:
    """An estimator without the steps that learn nothing, and its features.

    Parameters
    ----------
    estimator : estimator
        What is left, not fitted.
    X : array-like or Modalities
        Output of the steps that were taken off.
    restore : callable
        Makes the whole estimator of a fitted `estimator`.
    n_steps : int
        How many steps, or branches of a :class:`ModalityTransformer`, were computed.
    """

    estimator: BaseEstimator
    X: object
    restore: Callable
    n_steps: int


def hoist(estimator, X, y=None, *, keep=()):
    """Compute the leading steps of a pipeline that learn nothing.

    Read more in the :ref:`User Guide <hoisting>`.

    Parameters
    ----------
    estimator : estimator
        A pipeline, or a grid or random search of one; any other is left as it is.

    X : array-like or Modalities of n_samples samples
        All samples, of training and test.

    y : array-like of shape (n_samples,), default=None
        Targets; the steps that are computed do not learn from them.

    keep : sequence of str, default=()
        Parameters that will be varied. A step that one of them belongs to stays.

    Returns
    -------
    hoisted : Hoisted
        ``hoisted.estimator`` is to be fitted on ``hoisted.X``;
        ``hoisted.restore(fitted)`` is the whole estimator, which takes signals.

    Notes
    -----
    A step is computed if scikit-learn's tag says that it needs no fit, and if it
    treats samples one by one, which is tried out on two of them for steps of other
    packages. The features are those of each fold within float32 rounding. A search
    stays whole where its `scoring` is a function, which may look at the signals.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_emotion import DifferentialEntropy, ModalityFlattener
    >>> from sklearn_emotion.model_selection import hoist
    >>> pipeline = make_pipeline(
    ...     DifferentialEntropy(), ModalityFlattener(), LogisticRegression()
    ... )
    >>> X = np.random.default_rng(0).normal(size=(6, 4, 256))
    >>> hoisted = hoist(pipeline, X)
    >>> hoisted.X.shape, list(hoisted.estimator.named_steps)
    ((6, 64), ['logisticregression'])
    """
    if isinstance(estimator, (GridSearchCV, RandomizedSearchCV)):
        return _hoist_search(estimator, X, y, keep)
    if isinstance(estimator, Pipeline):
        return _hoist_pipeline(estimator, X, y, keep)
    return unhoisted(estimator, X)


def _same(estimator):
    return estimator


def unhoisted(estimator, X):
    """Return the estimator and its input as they are."""
    return Hoisted(estimator, X, _same, 0)


def looks_at_samples(scoring):
    """Whether something is scored by a function, which sees the samples themselves.

    Parameters
    ----------
    scoring : str, callable, list, tuple, set, dict or None
        As in scikit-learn.

    Returns
    -------
    answer : bool
        False for scikit-learn's scorers, which look at predictions only.
    """
    if isinstance(scoring, Mapping):
        scoring = list(scoring.values())
    if isinstance(scoring, (list, tuple, set)):
        return any(looks_at_samples(scorer) for scorer in scoring)
    return callable(scoring) and not isinstance(scoring, type(get_scorer("accuracy")))


def varies(names, step):
    """Whether one of some parameter names belongs to a step of that name."""
    return any(name == step or name.startswith(f"{step}__") for name in names)


def is_off(step):
    """Whether a step passes its input on, or a branch drops it."""
    return step is None or step in ("passthrough", "drop")


def _hoist_search(search, X, y, keep):
    if looks_at_samples(search.scoring):
        return unhoisted(search, X)
    grid = getattr(search, "param_grid", None) or search.param_distributions
    grids = [grid] if isinstance(grid, dict) else grid
    varied = [name for part in grids for name in part]
    prefix = "estimator__"
    varied += [name.removeprefix(prefix) for name in keep if name.startswith(prefix)]
    inner = hoist(search.estimator, X, y, keep=varied)
    if not inner.n_steps:
        return unhoisted(search, X)

    def restore(fitted):
        fitted.estimator = search.estimator
        if hasattr(fitted, "best_estimator_"):
            fitted.best_estimator_ = inner.restore(fitted.best_estimator_)
        return fitted

    rest = clone(search).set_params(estimator=inner.estimator)
    return Hoisted(rest, inner.X, restore, inner.n_steps)


def _hoist_pipeline(pipeline, X, y, keep):
    head, tail, n_steps = [], list(pipeline.steps), 0
    undo = _same
    while len(tail) > 1 and "steps" not in keep:
        name, step = tail[0]
        if varies(keep, name):
            break
        if is_off(step):
            head.append(tail.pop(0))
            continue
        computed = compute_step(step, X, y)
        if computed is not None:
            fitted, X = computed
            head.append((name, fitted))
            tail.pop(0)
            n_steps += 1
            continue
        if isinstance(step, ModalityTransformer):
            branches = _hoist_branches(step, X, y)
            tail[0] = (name, branches.estimator)
            X, undo = branches.X, branches.restore
            n_steps += branches.n_steps
        break
    if not n_steps:
        return unhoisted(pipeline, X)
    rest = clone(pipeline).set_params(steps=[(k, _copy(s)) for k, s in tail])

    def restore(fitted):
        (name, first), *others = fitted.steps
        first = first if is_off(first) else undo(first)
        whole = clone(pipeline)
        whole.steps = [*head, (name, first), *others]
        return whole

    return Hoisted(rest, X, restore, n_steps)


def _copy(step):
    return step if is_off(step) else clone(step)


def _hoist_branches(transformer, X, y):
    """Compute the branches that learn nothing; the others keep their sources."""
    entries, data, done = [], {}, {}
    X = transformer._check(X)
    shapes = {name: array.shape[1:] for name, array in X.items()}
    for number, (name, step, source) in enumerate(transformer.transformers):
        if isinstance(step, str) and step == "drop":
            entries.append((name, step, source))
            continue
        key = f"{name} of {source}, computed"
        branch = unhoisted(step, X[source])
        if not is_off(step):
            computed = compute_step(step, X[source], y)
            if computed is not None:
                fitted, out = computed
                branch = Hoisted("passthrough", out, lambda _, f=fitted: f, 1)
            else:
                branch = hoist(step, X[source], y)
                if hasattr(branch.X, "iloc"):
                    # Modalities would drop the names of its columns.
                    branch = unhoisted(step, X[source])
        if branch.n_steps:
            done[number] = branch.restore, source
            data[key] = branch.X
            entries.append((name, branch.estimator, key))
        else:
            data[source] = X[source]
            entries.append((name, step, source))
    if not done:
        return unhoisted(transformer, X)

    def restore(fitted):
        whole = clone(transformer)
        whole._input_shapes = shapes
        whole.transformers_ = [
            (name, done[i][0](step), done[i][1]) if i in done else (name, step, source)
            for i, (name, step, source) in enumerate(fitted.transformers_)
        ]
        return whole

    data |= transformer._rest(X)
    rest = clone(transformer)
    rest.transformers = [(n, _copy(step), source) for n, step, source in entries]
    n_steps = len(done)
    return Hoisted(rest, Modalities(**data), restore, n_steps)


def learns_nothing(step):
    """Whether a step says that it gives the same output whatever it was fitted on.

    Parameters
    ----------
    step : estimator or "passthrough"
        Step of a pipeline.

    Returns
    -------
    answer : bool
        True for a :class:`ModalityTransformer` or pipeline all of whose parts do.
    """
    if is_off(step) or isinstance(step, ModalityFlattener):
        return True
    if isinstance(step, ModalityTransformer):
        return all(learns_nothing(part) for _, part, _ in step.transformers)
    if isinstance(step, Pipeline):
        return all(learns_nothing(part) for _, part in step.steps)
    tags = get_tags(step)
    return not (tags.requires_fit or getattr(tags, "transductive", False))


def _works_by_sample(step):
    if is_off(step) or isinstance(step, (SignalTransformer, ModalityFlattener)):
        return True
    if isinstance(step, ModalityTransformer):
        return all(_works_by_sample(part) for _, part, _ in step.transformers)
    if isinstance(step, Pipeline):
        return all(_works_by_sample(part) for _, part in step.steps)
    return False


def compute_step(step, X, y):
    """Return the fitted step and its output, or None where it has to stay."""
    if not learns_nothing(step):
        return None
    fitted = clone(step)
    out = fitted.fit_transform(X, y)
    n_samples = X.shape[0] if hasattr(X, "shape") else len(X)
    if not _works_by_sample(step) and n_samples > 2:
        # Not the first or last one, which the others may be measured by.
        few = np.array([n_samples // 3, n_samples // 2])
        alone = fitted.transform(safe_indexing(X, few))
        if not _alike(alone, safe_indexing(out, few)):
            return None
    return fitted, out


def _alike(a, b):
    if isinstance(a, Modalities):
        return all(_alike(a[name], b[name]) for name in a)
    if hasattr(a, "toarray"):
        a, b = a.toarray(), b.toarray()
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype.kind != "f":
        return np.array_equal(a, b)
    return a.shape == b.shape and np.allclose(a, b, rtol=1e-4, equal_nan=True)
