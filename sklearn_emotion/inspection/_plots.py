"""What the displays share. Matplotlib is imported when something is drawn."""

from sklearn.pipeline import Pipeline


def make_axes(ax, n_columns=1, **options):
    """Return the axes to draw on, new ones unless some are given.

    Parameters
    ----------
    ax : matplotlib Axes, sequence of them, or None
        Given by the caller.
    n_columns : int, default=1
        Number of axes in the row; one gives a single object.
    **options : dict
        Arguments of :func:`matplotlib.pyplot.subplots`.

    Returns
    -------
    ax : matplotlib Axes or ndarray of them
        Where to draw.
    """
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(1, n_columns, layout="constrained", **options)[1]


def last_step(estimator, X):
    """Return the last step of a fitted pipeline and what it gets of an input.

    Parameters
    ----------
    estimator : estimator
        Fitted; one that is no pipeline is its own last step.
    X : array-like or Modalities
        Input of the estimator.

    Returns
    -------
    last, X : tuple of estimator and array-like or Modalities
        The step, and its input.
    """
    if isinstance(estimator, Pipeline):
        return estimator[-1], estimator[:-1].transform(X) if len(estimator) > 1 else X
    return estimator, X


def require_method(estimator, method, display):
    """Raise an error where an estimator cannot give what a display shows.

    Parameters
    ----------
    estimator : estimator
        What is to be shown.
    method : str
        Name of the method that it needs.
    display : str
        Name of the display.

    Raises
    ------
    ValueError
        If there is no such method.
    """
    if not hasattr(estimator, method):
        raise ValueError(
            f"{display} shows what {method} returns, and {type(estimator).__name__} "
            "has no such method."
        )
