"""Groups for estimators that split their training samples again.

Searches, stacking, calibration, feature selection and early stopping hold out some of
the samples that `fit` gets. The groups of the samples reach such a split by the
metadata routing of scikit-learn, which is enabled only while the estimator is fitted.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import wraps
from inspect import signature
from numbers import Real
from types import ModuleType

import numpy as np
from sklearn import config_context
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import StackingClassifier, StackingRegressor
from sklearn.feature_selection import SelectFromModel
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.model_selection import (
    BaseCrossValidator,
    GridSearchCV,
    RandomizedSearchCV,
    ShuffleSplit,
    StratifiedShuffleSplit,
    check_cv,
)
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.utils import get_tags
from sklearn.utils.metadata_routing import get_routing_for_object
from sklearn.utils.validation import has_fit_parameter

from sklearn_emotion._base import LeakageWarning
from sklearn_emotion._validation import warn_user
from sklearn_emotion.modalities import ModalityTransformer
from sklearn_emotion.model_selection._leakage import (
    as_positions,
    audit,
    takes_groups,
    warn_of_leakage,
)

_ADVICE = (
    "Pass a group splitter, such as GroupKFold, as cv. It gets the subjects as groups, "
    "or the trials if the outer split has subjects on both sides."
)


# Boosting of histograms stops early by default if it gets more samples.
_AUTO_STOP = 10_000
# These pass metadata to their splitter without saying so.
_STACKING = (StackingClassifier, StackingRegressor)


@dataclass(frozen=True)
class InnerSplit:
    """A split that an estimator makes of the samples that its `fit` gets.

    Parameters
    ----------
    path : str
        Name of the parameter, such as ``"gridsearchcv__cv"``.
    owner : estimator
        Estimator that has the parameter.
    cv : int, float, splitter, iterable or None
        How the samples are split. A float is the share of the samples that are held
        out.
    """

    path: str
    owner: BaseEstimator
    cv: object

    def describe(self, name):
        """Return the split as the subject of a sentence; `name` is the estimator's."""
        kind = type(self.owner).__name__
        if not self.path.endswith("cv"):
            return f"The early stopping of {kind} in {name!r}"
        if isinstance(self.owner, (GridSearchCV, RandomizedSearchCV)):
            return f"The search of {name!r}, cv={self.cv},"
        return f"The inner split of {kind} in {name!r}, cv={self.cv},"


def splits_by_position(cv):
    """Return whether a splitter depends on the number of samples, not on their values.

    This is known of numbers, of splits in a list, and of the splitters of scikit-learn
    and of this package. Any other splitter may look at the samples.
    """
    if not hasattr(cv, "split") or isinstance(cv, str):
        return True
    package = type(cv).__module__.partition(".")[0]
    return package in ("sklearn", "sklearn_emotion")


class SplitsOf(BaseCrossValidator):
    """Splitter that splits the given samples, whatever samples it is called with.

    With it, a splitter sees the samples of the caller, although features that were
    computed in advance are cross-validated.
    """

    def __init__(self, cv, X):
        self.cv = cv
        self.X = X

    def get_n_splits(self, X=None, y=None, **params):
        return self.cv.get_n_splits(self.X, y, **params)

    def split(self, X, y=None, **params):
        yield from self.cv.split(self.X, y, **params)

    def get_metadata_routing(self):
        return get_routing_for_object(self.cv)


class GroupedSplits(BaseCrossValidator):
    """Splitter that asks for groups on behalf of another one, or has them already."""

    __metadata_request__split = {"groups": True}

    def __init__(self, cv, groups=None):
        self.cv = cv
        self.groups = groups

    def _known(self, groups):
        return groups if self.groups is None else self.groups

    def get_n_splits(self, X=None, y=None, groups=None):
        return self.cv.get_n_splits(X, y, self._known(groups))

    def split(self, X, y=None, groups=None):
        yield from self.cv.split(X, y, self._known(groups))


def inner_splits(estimator):
    """Return the splits that an estimator and the estimators in it make in `fit`."""
    found = []
    for path, owner in _parts(estimator).items():
        params = owner.get_params(deep=False)
        prefix = f"{path}__" if path else ""
        # A word such as "prefit" stands for no split.
        if "cv" in params and not isinstance(params["cv"], str):
            found.append(InnerSplit(f"{prefix}cv", owner, params["cv"]))
        share = params.get("validation_fraction")
        may_split = _may_stop_early(params) and share is not None
        if may_split and not has_fit_parameter(owner, "groups"):
            found.append(InnerSplit(f"{prefix}validation_fraction", owner, share))
    return found


def _may_stop_early(params):
    """Return whether an estimator with these parameters holds out samples to stop.

    "auto" depends on the number of samples (see `_is_off`). Gradient boosting has no
    parameter `early_stopping`.
    """
    patience = params.get("n_iter_no_change")
    setting = params.get("early_stopping", patience is not None)
    return setting is True or _is_auto(setting)


def _is_auto(setting):
    return isinstance(setting, str) and setting == "auto"


def _is_off(split, n_samples):
    """Return whether a split is not made of this number of samples."""
    setting = getattr(split.owner, "early_stopping", True)
    is_early = split.path.endswith("validation_fraction")
    return is_early and _is_auto(setting) and n_samples <= _AUTO_STOP


def uses_groups(estimator):
    """Return whether something in an estimator can use groups in `fit`."""
    return (
        any(has_fit_parameter(part, "groups") for part in _parts(estimator).values())
        or any(_wants_groups(split.cv) for split in inner_splits(estimator))
        or any(map(uses_groups, _candidates(estimator)))
    )


def _candidates(estimator):
    """Yield the estimators that searches in an estimator try in place of a part."""
    for part in _parts(estimator).values():
        params = part.get_params(deep=False)
        grids = params.get("param_grid", params.get("param_distributions", ()))
        for grid in [grids] if isinstance(grids, Mapping) else grids:
            for values in grid.values():
                # Stacking estimators have lists of named estimators.
                for value in _flat(values):
                    if _is_estimator(value):
                        yield value


def _flat(values):
    """Yield what lists, tuples and arrays contain, whatever their depth."""
    if isinstance(values, (list, tuple)) or _holds_objects(values):
        for value in values:
            yield from _flat(value)
    else:
        yield values


def _holds_objects(values):
    return isinstance(values, np.ndarray) and values.dtype.hasobject and values.ndim


def _is_estimator(value):
    has_methods = hasattr(value, "fit") and hasattr(value, "get_params")
    return has_methods and not isinstance(value, type)


def _parts(estimator):
    """Return an estimator and all estimators in it by the names of the parameters.

    The estimators inside a `GroupedFit` get their groups from it, and are left out. So
    are estimators in a `FrozenEstimator`, which are not fitted again.
    """
    parts = {"": estimator}
    for path, value in estimator.get_params().items():
        if _is_estimator(value):
            parts[path] = value
    closed = (GroupedFit, FrozenEstimator)
    hidden = [
        f"{path}__" if path else ""
        for path, part in parts.items()
        if isinstance(part, closed)
    ]
    return {
        path: part
        for path, part in parts.items()
        if not path or not path.startswith(tuple(hidden))
    }


def _wants_groups(cv):
    """Return whether a splitter uses groups, or is not known to ignore them."""
    if splits_by_position(cv):
        return takes_groups(cv)
    return "groups" in signature(cv.split).parameters


def request_groups(estimator, groups, metadata=None):
    """Let all inner splits of an estimator request groups. The estimator is changed.

    A splitter that takes all metadata requests `metadata` instead of `groups`. A
    splitter that metadata routing does not reach gets its groups at once, if its
    estimator is fitted on all samples. An estimator that is fitted to parts of the
    samples, as in a search or a stacking estimator, is put into a `GroupedFit` (see
    `_wrap_inner`). :func:`without_wrappers` undoes the changes after the fit.

    Parameters
    ----------
    estimator : estimator
        A clone, which will be fitted.
    groups : ndarray of shape (n_samples,)
        Group of each sample.
    metadata : pandas.DataFrame of n_samples rows, default=None
        Metadata of the samples.

    Returns
    -------
    params : dict
        Parameters of `fit`, which must be called with metadata routing enabled.
    unreached : list of InnerSplit
        Splits that use groups but get none.
    """
    given = {"groups": groups, "metadata": metadata}
    given = {key: value for key, value in given.items() if value is not None}
    unreached = []
    with config_context(enable_metadata_routing=True):
        unreached += _wrap_inner(estimator, groups, metadata)
        on_all_samples = [id(part) for part in _fitted_on_all_samples(estimator)]
        for part in _parts(estimator).values():
            _request_in_fit(part)
        for split in inner_splits(estimator):
            if not _wants_groups(split.cv):
                continue
            cv = deepcopy(split.cv)
            of_metadata = getattr(cv, "groups_are_metadata", False)
            key = "metadata" if of_metadata else "groups"
            asking = cv if takes_groups(cv) else GroupedSplits(cv)
            split.owner.set_params(cv=asking)
            reached = _reaches(estimator, _askers(split.owner))
            asking.set_split_request(groups=key)
            if key in given and not reached and id(split.owner) in on_all_samples:
                split.owner.set_params(cv=GroupedSplits(cv, given[key]))
            elif key not in given or not reached:
                unreached.append(split)
        consumed = _consumed(estimator, list(given))
    return {key: given[key] for key in given if key in consumed}, unreached


def _wrap_inner(estimator, groups, metadata):
    """Put estimators that are fitted to parts of the samples into a `GroupedFit`.

    A `GroupedFit` makes the requests of the estimator in it when it is fitted. They are
    therefore those of each candidate of a search, which may have other steps. A
    stacking estimator does not name its splitter as a receiver of metadata, but it
    passes all metadata of its estimators to the splitter as well, and to the final
    estimator. Nothing is changed where no metadata arrive. Return the splits inside
    these estimators that get no groups.
    """
    unreached = []
    for path, part in _parts(estimator).items():
        # The path is gone if the estimator is inside one that was wrapped before.
        is_inside = path not in _parts(estimator)
        inner = {} if is_inside else _fitted_to_parts(part)
        if not inner:
            continue
        given = part.get_params(deep=False)
        wrapped = {name: GroupedFit(value) for name, value in inner.items()}
        _put(part, wrapped)
        if not _reaches(estimator, wrapped.values()):
            part.set_params(**given)
            continue
        for name, value in inner.items():
            prefix = f"{path}__{name}__" if path else f"{name}__"
            unreached += [
                replace(split, path=prefix + split.path)
                for split in request_groups(clone(value), groups, metadata)[1]
            ]
    return unreached


def _fitted_to_parts(owner):
    """Return the estimators by name that an estimator fits to parts of its samples.

    They are those of stacking estimators that use groups, and of everything that has an
    estimator and splits the samples, such as a search.
    """
    params = owner.get_params(deep=False)
    if "cv" not in params or isinstance(params["cv"], str):  # "prefit" is a word
        return {}
    if isinstance(owner, _STACKING):
        if not uses_groups(owner):
            return {}
        final = owner.final_estimator
        if final is None:
            final = LogisticRegression() if is_classifier(owner) else RidgeCV()
        named = dict([*owner.estimators, ("final_estimator", final)])
    else:
        named = {"estimator": params.get("estimator")}
    return {name: value for name, value in named.items() if _is_estimator(value)}


def _put(owner, inner):
    """Put other estimators in the places that `_fitted_to_parts` returns."""
    if isinstance(owner, _STACKING):
        stacked = [(name, inner.get(name, value)) for name, value in owner.estimators]
        owner.set_params(estimators=stacked, final_estimator=inner["final_estimator"])
    else:
        owner.set_params(**inner)


def _askers(owner):
    """Return the parts of an estimator that request the groups of its own split."""
    if isinstance(owner, _STACKING):
        return [e for _, e in owner.estimators if isinstance(e, GroupedFit)]
    return [owner.cv]


def _reaches(estimator, askers):
    """Return whether metadata of `estimator` reach parts of it, which request groups.

    Each part is a splitter or a `GroupedFit`.
    """
    askers = [
        (asker, "fit" if isinstance(asker, GroupedFit) else "split") for asker in askers
    ]
    for asker, method in askers:
        getattr(asker, f"set_{method}_request")(groups="probe")
    reached = "probe" in _consumed(estimator, ["probe"])
    for asker, method in askers:
        getattr(asker, f"set_{method}_request")(groups=True)
    return reached


def without_wrappers(estimator):
    """Return a fitted estimator without what :func:`request_groups` put around parts.

    The estimator is changed, including everything that its attributes contain.
    """
    estimator = _unwrapped(estimator)
    to_do, done = [estimator], set()
    while to_do:
        holder = to_do.pop()
        if id(holder) in done:
            continue
        done.add(id(holder))
        places = _places(holder)
        for key, item in list(_entries(places)):
            inside = _unwrapped(item)
            if inside is not item:
                places[key] = inside
            to_do.append(inside)
    return estimator


def _unwrapped(value):
    if isinstance(value, GroupedFit):
        return _unwrapped(vars(value).get("estimator_", value.estimator))
    if isinstance(value, GroupedSplits):
        return value.cv
    if type(value) is tuple:
        items = tuple(map(_unwrapped, value))
        is_same = all(new is old for new, old in zip(items, value))
        return value if is_same else items
    return value


def _places(holder):
    """Return the container of the values that an object holds."""
    if isinstance(holder, (dict, list, tuple)):
        return holder
    if isinstance(holder, np.ndarray):
        return np.asarray(holder) if _holds_objects(holder) else ()
    if isinstance(holder, (type, ModuleType)):
        return ()
    return getattr(holder, "__dict__", ())


def _entries(places):
    """Yield the keys and the values of a container."""
    if isinstance(places, np.ndarray):
        return np.ndenumerate(places)
    return places.items() if isinstance(places, dict) else enumerate(places)


def _fitted_on_all_samples(estimator):
    """Yield the estimators that are fitted on all samples of `fit` in their order."""
    yield estimator
    steps = []
    if isinstance(estimator, Pipeline):
        steps = [step for _, step in estimator.steps]
    elif isinstance(estimator, FeatureUnion):
        steps = [step for _, step in estimator.transformer_list]
    elif isinstance(estimator, (ModalityTransformer, ColumnTransformer)):
        steps = [step for _, step, _ in estimator.transformers]
    elif isinstance(estimator, SelectFromModel):
        steps = [estimator.estimator]
    for step in steps:
        if hasattr(step, "fit"):
            yield from _fitted_on_all_samples(step)


def _request_in_fit(estimator):
    """Let an estimator request groups in `fit`, unless it was told not to."""
    request = getattr(estimator, "set_fit_request", None)
    if (
        isinstance(estimator, FrozenEstimator)
        or request is None
        or "groups" not in signature(request).parameters
    ):
        return
    routing = get_routing_for_object(estimator)
    known = getattr(routing, "fit", None)
    if known is None or known.requests.get("groups") is not False:
        request(groups=True)


def _consumed(estimator, names):
    """Return the names of the metadata that reach something in an estimator."""
    try:
        return get_routing_for_object(estimator).consumes("fit", names)
    except NotImplementedError:  # Something in the estimator cannot route metadata.
        return set()


def fit_with_groups(estimator, X, y, groups, metadata=None):
    """Fit an estimator whose inner splits get the groups of the samples.

    The estimator is changed, which should be a clone.
    """
    params = {}
    if uses_groups(estimator):
        params, _ = request_groups(estimator, groups, metadata)
    with config_context(enable_metadata_routing=bool(params) or None):
        estimator.fit(X, y, **params)
    return without_wrappers(estimator)


class GroupedFit(BaseEstimator):
    """Estimator whose `fit` takes groups and passes them to the inner splits.

    Otherwise it behaves like the estimator that it contains, so that searches and
    functions of scikit-learn can cross-validate it. With metadata routing, a pipeline
    refuses to call the `score` of a voting classifier and of other estimators that pass
    no metadata on to their scores. The routing is therefore disabled in `score`.
    """

    __metadata_request__fit = {"groups": True, "metadata": True}

    def __init__(self, estimator):
        self.estimator = estimator

    # A search that varies parameters of the estimator does not know the wrapper.
    def get_params(self, deep=True):
        return self.estimator.get_params() if deep else {"estimator": self.estimator}

    def set_params(self, **params):
        self.estimator.set_params(**params)
        return self

    def fit(self, X, y=None, *, groups=None, metadata=None):
        self.estimator_ = clone(self.estimator)
        fit_with_groups(self.estimator_, X, y, groups, metadata)
        return self

    def __getattr__(self, name):
        own = vars(self)
        if name.startswith("__") or "estimator" not in own:
            raise AttributeError(name)
        value = getattr(own.get("estimator_", own["estimator"]), name)
        return _without_routing(value) if name == "score" else value

    def __sklearn_tags__(self):
        return get_tags(self.estimator)


def _without_routing(method):
    @wraps(method)
    def called(*args, **kwargs):
        with config_context(enable_metadata_routing=False):
            return method(*args, **kwargs)

    return called


def inner_level(leaks, metadata):
    """Return the level that a split of the training samples must keep together.

    `leaks` are the levels that the outer split has on both sides. If it has subjects on
    both sides, a split of the training samples must keep trials together.
    """
    within = any(leak in ("subject", "trial") for leak in leaks)
    return "trial" if within and "trial" in metadata else "subject"


def levels_to_keep(level):
    """Return the levels to warn of, given the level from `inner_level`."""
    return ("trial",) if level == "trial" else ("trial", "subject")


def warn_of_inner_leaks(name, estimator, X, y, groups, metadata, levels):
    """Warn if an inner split of an estimator leaks, or if groups do not reach it.

    Parameters
    ----------
    name : str
        Name of the estimator for the messages.
    estimator : estimator
        Estimator, not fitted.
    X : callable
        ``X()`` returns the training samples of a fold, as the estimator gets them.
    y : ndarray of shape (n_samples,) or None
        Targets of these samples.
    groups : ndarray of shape (n_samples,)
        Groups that an inner group splitter gets.
    metadata : pandas.DataFrame of n_samples rows
        Metadata of these samples.
    levels : sequence of str
        What the two sides of an inner split must not share.
    """
    splits = inner_splits(estimator) + [
        # A candidate of a search may get the output of earlier steps.
        replace(split, path=f"candidate__{split.path}")
        for candidate in _candidates(estimator)
        for split in inner_splits(candidate)
    ]
    splits = [split for split in splits if not _is_off(split, len(groups))]
    if not splits:
        return
    metadata = metadata.reset_index(drop=True)
    _, unreached = request_groups(clone(estimator), groups, metadata)
    unreached = {split.path for split in unreached}
    for split in splits:
        if split.path in unreached:
            why = (
                f"gets no groups, because an estimator around it does not pass them on,"
                f" so windows of one {levels[-1]} may be on both sides."
            )
        elif _can_be_checked(split):
            sides = _sides(split, X, y, groups, metadata)
            if sides is not None:
                what = split.describe(name)
                report = audit(sides, metadata)
                warn_of_leakage(report, what, levels=levels, advice=_ADVICE)
            continue
        else:
            why = (
                "may look at the output of earlier steps, so it cannot be checked "
                f"whether windows of one {levels[-1]} are on both sides."
            )
        warn_user(f"{split.describe(name)} {why}", LeakageWarning)


def _can_be_checked(split):
    """Return whether the sides of an inner split are known before anything is fitted.

    A splitter that requests groups is expected not to look at the samples.
    """
    is_first = split.path == "cv"
    return is_first or splits_by_position(split.cv) or takes_groups(split.cv)


def _sides(split, X, y, groups, metadata):
    """Return the training and test samples of an inner split; None if it fails.

    If it fails here, each fold will fail with the same error and record it.
    """
    cv, owner = deepcopy(split.cv), split.owner
    inner = getattr(owner, "estimator", None)
    classifier = any(
        hasattr(part, "__sklearn_tags__") and is_classifier(part)
        for part in (owner, inner)
    )
    if isinstance(cv, Real) and not float(cv).is_integer():
        kind = StratifiedShuffleSplit if classifier else ShuffleSplit
        cv = kind(1, test_size=cv, random_state=0)
    n_samples = len(groups)
    looks = split.path == "cv" and not splits_by_position(cv)
    samples = X() if looks else np.zeros(n_samples)
    given = {}
    if _wants_groups(cv):
        whole = getattr(cv, "groups_are_metadata", False)
        given = {"groups": metadata if whole else groups}
    try:
        splits = check_cv(cv, y, classifier=classifier).split(samples, y, **given)
        sides = [[as_positions(side, n_samples) for side in pair] for pair in splits]
    except Exception:
        return None
    inside = all(side.max(initial=0) < n_samples for pair in sides for side in pair)
    return sides if inside else None
