"""What the package offers, for tools that go through all of it."""

import inspect

from sklearn.base import BaseEstimator, is_classifier, is_regressor


def all_estimators(kind=None):
    """Return every public estimator.

    Parameters
    ----------
    kind : {"classifier", "regressor", "transformer"}, default=None
        Keep those of one kind; None returns all. A network is a classifier that also
        transforms, and is listed as both.

    Returns
    -------
    estimators : list of (str, type)
        Name and class, sorted by name.

    Raises
    ------
    ValueError
        If `kind` is another word.

    Examples
    --------
    >>> from sklearn_emotion.discovery import all_estimators
    >>> dict(all_estimators("classifier"))["ThreeFACRNN"].__name__
    'ThreeFACRNN'
    """
    import sklearn_emotion

    wanted = {
        None: lambda cls: True,
        "classifier": lambda cls: is_classifier(_instance(cls)),
        "regressor": lambda cls: is_regressor(_instance(cls)),
        "transformer": lambda cls: hasattr(cls, "transform"),
    }
    if kind not in wanted:
        raise ValueError(
            "kind must be 'classifier', 'regressor', 'transformer' or None, "
            f"got {kind!r}."
        )
    public = (
        (name, getattr(sklearn_emotion, name)) for name in sklearn_emotion.__all__
    )
    return [
        (name, value)
        for name, value in public
        if inspect.isclass(value)
        and issubclass(value, BaseEstimator)
        and wanted[kind](value)
    ]


def _instance(cls):
    required = [
        parameter.name
        for parameter in inspect.signature(cls).parameters.values()
        if parameter.default is parameter.empty
    ]
    return cls(**dict.fromkeys(required, ()))
