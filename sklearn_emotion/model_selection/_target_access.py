"""What an estimator, and everything inside it, uses of the test person."""

from collections.abc import Mapping, Sequence
from itertools import product

from sklearn.base import clone

from sklearn_emotion._base import ACCESS_LEVELS


def target_access(estimator):
    """Return what an estimator uses of the people on whom it is tested.

    An estimator states this in its tag ``target_access``. The function returns the
    highest level of the estimator and of everything inside it: steps of pipelines,
    branches of a :class:`~sklearn_emotion.ModalityTransformer`, parts of voting and
    stacking, and all candidates of a search.

    Read more in the :ref:`User Guide <target_access>`.

    Parameters
    ----------
    estimator : estimator or Hoisted
        Estimator, fitted or not, or the result of :func:`~sklearn_emotion.hoist`.

    Returns
    -------
    level : {"none", "rest", "unlabelled"}
        "none" if each test sample is predicted by itself. "rest" if recordings of the
        test person at rest are used. "unlabelled" if the other test samples of the
        person are used, without their labels.

    Raises
    ------
    ValueError
        If the tag of an estimator has another value.

    See Also
    --------
    leakage_report : What training and test have in common.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_emotion import ModalityFlattener, SubjectStandardizer
    >>> from sklearn_emotion.model_selection import target_access
    >>> target_access(LogisticRegression())
    'none'
    >>> target_access(
    ...     make_pipeline(
    ...         SubjectStandardizer(), ModalityFlattener(), LogisticRegression()
    ...     )
    ... )
    'unlabelled'
    """
    return ACCESS_LEVELS[_rank(estimator, {})]


def _rank(thing, seen):
    """Return the highest position in `ACCESS_LEVELS` of the estimators in an object.

    `seen` holds the objects that were visited before, by their identity.
    """
    if id(thing) in seen or isinstance(thing, (str, bytes, type)):
        return 0
    seen[id(thing)] = thing
    if isinstance(thing, Mapping):
        return _highest(thing.values(), seen)
    if isinstance(thing, Sequence):
        return _highest(thing, seen)
    if hasattr(thing, "get_params"):
        params = thing.get_params(deep=False)
        parts = params.values()
        grid = params.get("param_grid") or params.get("param_distributions")
        if grid and hasattr(params.get("estimator"), "get_params"):
            parts = _candidates(params["estimator"], grid)
        return max(_own_rank(thing), _highest(parts, seen))
    if hasattr(thing, "estimator"):
        # The steps that `hoist` has computed use nothing of the test person.
        return _rank(thing.estimator, seen)
    return _rank(getattr(thing, "__self__", ""), seen)


def _highest(things, seen):
    return max((_rank(thing, seen) for thing in things), default=0)


def _own_rank(estimator):
    tags = getattr(estimator, "__sklearn_tags__", None)
    level = "none" if tags is None else getattr(tags(), "target_access", "none")
    if level not in ACCESS_LEVELS:
        raise ValueError(
            f"The tag target_access of {type(estimator).__name__} must be one of "
            f"{ACCESS_LEVELS}, got {level!r}."
        )
    return ACCESS_LEVELS.index(level)


def _candidates(estimator, grid):
    """Yield the estimators of a search, one for each combination that may matter.

    A parameter matters if one of its values is an estimator, or if the level of the
    whole estimator depends on it.
    """
    for part in [grid] if isinstance(grid, Mapping) else grid:
        lists = {k: list(v) for k, v in part.items() if not hasattr(v, "rvs")}
        swaps = {k: v for k, v in lists.items() if any(map(_is_estimator, v))}
        for swapped in _combined(estimator, swaps):
            others = (lists.keys() - swaps.keys()) & swapped.get_params().keys()
            matter = [name for name in others if _matters(swapped, name, lists[name])]
            yield from _combined(swapped, {name: lists[name] for name in matter})


def _combined(estimator, values):
    for combination in product(*values.values()):
        yield clone(estimator).set_params(**dict(zip(values, combination)))


def _matters(estimator, name, values):
    ranks = {_rank(varied, {}) for varied in _combined(estimator, {name: values})}
    return ranks != {_rank(estimator, {})}


def _is_estimator(value):
    return hasattr(value, "get_params")
