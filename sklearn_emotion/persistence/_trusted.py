"""The types that `load_model` trusts, in addition to the types that skops trusts."""

import inspect
from importlib import import_module

from sklearn.base import BaseEstimator
from sklearn.metrics import get_scorer, get_scorer_names

# Types that fitted estimators contain: the dtype of an imputer, parts of calibrated
# classifiers, scorers of searches, optimizers, and requests for metadata. skops reads a
# dtype from an empty array.
_PARTS = (
    "numpy.dtype",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.calibration._TemperatureScaling",
    "sklearn.metrics._scorer._CurveScorer",
    "sklearn.metrics._scorer._MultimetricScorer",
    "sklearn.metrics._scorer._PassthroughScorer",
    "sklearn.metrics._scorer._Scorer",
    "sklearn.model_selection._split._CVIterableWrapper",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    "sklearn.utils._bunch.Bunch",
    "sklearn.utils._metadata_requests.MetadataRequest",
    "sklearn.utils._metadata_requests.MethodMetadataRequest",
)
# Modules of pyriemann whose estimators are trusted.
_PYRIEMANN = (
    "pyriemann.classification",
    "pyriemann.estimation",
    "pyriemann.tangentspace",
)
# Values of the parameters `device` and `optimizer` of networks.
_DEVICE, _OPTIMIZERS = "torch.device", "torch.optim."


def is_trusted(name):
    """Return whether the type of this full name is trusted.

    Only modules of the packages named here are imported.
    """
    module, _, short = name.rpartition(".")
    if name == _DEVICE or name in _PARTS:
        return True
    if module.startswith("sklearn_emotion."):
        return _is_member(name, "sklearn_emotion", short, _is_model)
    if module.startswith("sklearn.model_selection."):
        return _is_member(name, "sklearn.model_selection", short, _is_splitter)
    if module.startswith("sklearn.metrics."):
        scorers = [get_scorer(scorer) for scorer in get_scorer_names()]
        return name in {full_name(scorer._score_func) for scorer in scorers}
    if module in _PYRIEMANN:
        return _is_member(name, module, short, _is_model)
    if name.startswith(_OPTIMIZERS):
        return _is_member(name, "torch.optim", short, inspect.isclass)
    return False


def _is_member(name, package, short, is_wanted):
    """Return whether a full name is the name of a public object of a package."""
    package = import_module(package)
    if short.startswith("_") or short not in dir(package):
        return False
    value = getattr(package, short)
    return is_wanted(value) and full_name(value) == name


def _is_model(value):
    is_class = inspect.isclass(value)
    return is_class and (issubclass(value, BaseEstimator) or _is_splitter(value))


def _is_splitter(value):
    return inspect.isclass(value) and hasattr(value, "get_n_splits")


def full_name(value):
    """Return the name of a class or function with its module."""
    return f"{value.__module__}.{value.__qualname__}"
