"""Steps that learn nothing, computed once for all folds.

A step that learns nothing computes the same features of a sample in every fold, so the
features may be computed before the data are split. The other steps of the estimator
are then cross-validated with features as input instead of signals.
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
from sklearn_emotion._frames import stored
from sklearn_emotion._validation import n_samples_of
from sklearn_emotion.modalities import (
    Modalities,
    ModalityFlattener,
    ModalityTransformer,
)
from sklearn_emotion.model_selection._nested import splits_by_position
from sklearn_emotion.model_selection._target_access import target_access


@dataclass(frozen=True)
class Hoisted:
    """Estimator without the steps that were computed in advance, and their output.

    :func:`hoist` returns this object. Fit or cross-validate `estimator` with `X`, and
    pass the fitted estimator to `restore` to get the whole estimator.

    Read more in the :ref:`User Guide <hoisting>`.

    Parameters
    ----------
    estimator : estimator
        Estimator without the computed steps, not fitted. If nothing was computed, it is
        the estimator that was passed to :func:`hoist`.
    X : array-like or Modalities
        Output of the computed steps for all samples, which is the input of `estimator`.
        If nothing was computed, it is the input that was passed to :func:`hoist`.
    restore : callable
        Function that takes the fitted `estimator` and returns the whole fitted
        estimator, whose input is the same as the input of :func:`hoist`.
    n_steps : int
        Number of computed steps and branches of a :class:`ModalityTransformer`. It is 0
        if nothing was computed.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import make_logistic
    >>> from sklearn_emotion.model_selection import hoist
    >>> X = np.random.default_rng(0).normal(size=(6, 4, 384))
    >>> y = [0, 1] * 3
    >>> hoisted = hoist(make_logistic(), X)
    >>> whole = hoisted.restore(hoisted.estimator.fit(hoisted.X, y))
    >>> bool((whole.predict(X) == make_logistic().fit(X, y).predict(X)).all())
    True
    """

    estimator: BaseEstimator
    X: object
    restore: Callable
    n_steps: int


def hoist(estimator, X, y=None, *, keep=()):
    """Compute the first steps of a pipeline that learn nothing.

    Read more in the :ref:`User Guide <hoisting>`.

    Parameters
    ----------
    estimator : estimator
        Pipeline, or grid search or random search of a pipeline. Any other estimator is
        returned unchanged.

    X : array-like or Modalities of n_samples samples
        Samples of both training and test.

    y : array-like of shape (n_samples,), default=None
        Targets, from which the computed steps learn nothing.

    keep : sequence of str, default=()
        Names of parameters that will be varied. A step with such a parameter is not
        computed.

    Returns
    -------
    hoisted : Hoisted
        Remaining estimator, its input, and a function that restores the whole
        estimator.

    Notes
    -----
    A step is computed if its tags state that it needs no fit, and if it transforms
    samples independently of each other. For steps of other packages, the second
    condition is tested with two samples. The features are equal to the features of each
    fold within float32 rounding. No step of a search is computed if the `scoring` of
    the search is a function, or if its `cv` is a splitter of your own, because both may
    use the signals.

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
    """Return the estimator and its input without computing anything."""
    return Hoisted(estimator, X, _same, 0)


def looks_at_samples(scoring):
    """Return whether `scoring` contains a function, which may use the samples.

    Scorers of scikit-learn are no such functions, because they only use predictions.
    """
    if isinstance(scoring, Mapping):
        scoring = list(scoring.values())
    if isinstance(scoring, (list, tuple, set)):
        return any(looks_at_samples(scorer) for scorer in scoring)
    of_predictions = type(get_scorer("accuracy"))
    return callable(scoring) and not isinstance(scoring, of_predictions)


def varies(names, step):
    """Return whether one of the parameter names belongs to a step of that name."""
    return any(name == step or name.startswith(f"{step}__") for name in names)


def is_off(step):
    """Return whether a step is "passthrough", "drop" or None, which compute nothing."""
    return step is None or step in ("passthrough", "drop")


def _hoist_search(search, X, y, keep):
    if looks_at_samples(search.scoring) or not splits_by_position(search.cv):
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
    """Compute the branches that learn nothing; the other branches stay as they are."""
    entries, data, done = [], {}, {}
    X = transformer._check(X)
    arrays = stored(X)
    shapes = {name: array.shape[1:] for name, array in arrays.items()}
    for number, (name, step, source) in enumerate(transformer.transformers):
        if isinstance(step, str) and step == "drop":
            entries.append((name, step, source))
            continue
        key = f"{name} of {source}, computed"
        branch = unhoisted(step, arrays[source])
        if not is_off(step):
            computed = compute_step(step, X[source], y)
            if computed is not None:
                fitted, out = computed
                branch = Hoisted("passthrough", out, lambda _, f=fitted: f, 1)
            else:
                branch = hoist(step, X[source], y)
                if hasattr(branch.X, "iloc"):
                    # In a Modalities, the names of the columns would be lost.
                    branch = unhoisted(step, X[source])
        if branch.n_steps:
            done[number] = branch.restore, source
            data[key] = branch.X
            entries.append((name, branch.estimator, key))
        else:
            data[source] = arrays[source]
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
    """Return whether the output of a step is independent of the data in `fit`.

    A pipeline or a :class:`ModalityTransformer` learns nothing if none of its parts
    does.
    """
    if is_off(step) or isinstance(step, ModalityFlattener):
        return True
    if isinstance(step, ModalityTransformer):
        return all(learns_nothing(part) for _, part, _ in step.transformers)
    if isinstance(step, Pipeline):
        return all(learns_nothing(part) for _, part in step.steps)
    # The output of a sample may depend on other samples of the person, which a fold
    # may have on its other side.
    return not get_tags(step).requires_fit and target_access(step) == "none"


def _works_by_sample(step):
    if is_off(step) or isinstance(step, (SignalTransformer, ModalityFlattener)):
        return True
    if isinstance(step, ModalityTransformer):
        return all(_works_by_sample(part) for _, part, _ in step.transformers)
    if isinstance(step, Pipeline):
        return all(_works_by_sample(part) for _, part in step.steps)
    return False


def compute_step(step, X, y):
    """Return the fitted step and its output, or None if each fold has to fit it."""
    if not learns_nothing(step):
        return None
    fitted = clone(step)
    out = fitted.fit_transform(X, y)
    n_samples = n_samples_of(X)
    if not _works_by_sample(step) and n_samples > 2:
        # The step may use the first or the last sample as a reference for the others.
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
