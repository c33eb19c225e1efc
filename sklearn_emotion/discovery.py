"""A list of all estimators, for tools and tests that examine the whole package."""

import inspect

from sklearn.base import (
    BaseEstimator,
    ClassifierMixin,
    RegressorMixin,
    TransformerMixin,
)

_KINDS = {
    None: BaseEstimator,
    "classifier": ClassifierMixin,
    "regressor": RegressorMixin,
    "transformer": TransformerMixin,
}


def all_estimators(kind=None):
    """Return every public estimator.

    Parameters
    ----------
    kind : {"classifier", "regressor", "transformer"}, default=None
        Kind of the estimators that are returned. None returns all. Networks are
        classifiers with a ``transform`` method, so they are of both kinds.

    Returns
    -------
    estimators : list of (str, type)
        Name and class of each estimator, sorted by name.

    Raises
    ------
    ValueError
        If `kind` is unknown.

    Examples
    --------
    >>> from sklearn_emotion.discovery import all_estimators
    >>> dict(all_estimators("classifier"))["ThreeFACRNN"].__name__
    'ThreeFACRNN'
    """
    import sklearn_emotion

    if kind not in _KINDS:
        raise ValueError(
            "kind must be 'classifier', 'regressor', 'transformer' or None, "
            f"got {kind!r}."
        )
    public = [(n, getattr(sklearn_emotion, n)) for n in sklearn_emotion.__all__]
    return [
        (name, value)
        for name, value in public
        if inspect.isclass(value)
        and issubclass(value, BaseEstimator)
        and issubclass(value, _KINDS[kind])
    ]
