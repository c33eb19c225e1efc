"""Helpers of the displays, which import matplotlib only to draw."""

from sklearn.pipeline import Pipeline

# Markers of kinds of events, of curves and of classes, in their order, so that they can
# be told apart without colors.
MARKERS = "ov^sDx"


def make_axes(ax, n_columns=1, **options):
    """Return `ax`, or the axes of a new figure with a row of axes if `ax` is None.

    `options` are arguments of :func:`matplotlib.pyplot.subplots`. A row of one is a
    single object, not an array.
    """
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(1, n_columns, layout="constrained", **options)[1]


def label_curves(ax, values, value_name, score_name, n_columns):
    """Mark the values of a parameter, and name the axes and the curves of its scores.

    The legend has `n_columns` columns and stands above the axes.
    """
    ax.set_xticks(values)
    ax.set(xlabel=value_name, ylabel=score_name.replace("_", " "))
    ax.legend(frameon=False, ncols=n_columns, loc="lower left", bbox_to_anchor=(0, 1))


def last_step(estimator, X):
    """Return the last step of a fitted pipeline, and its input for the samples X.

    An estimator that is not a pipeline is its own last step.
    """
    if isinstance(estimator, Pipeline):
        return estimator[-1], estimator[:-1].transform(X) if len(estimator) > 1 else X
    return estimator, X


def require_method(estimator, method, display):
    """Raise a ValueError if the estimator lacks the method that the display needs."""
    if not hasattr(estimator, method):
        raise ValueError(
            f"{display} shows what {method} returns, and {type(estimator).__name__} "
            "has no such method."
        )
