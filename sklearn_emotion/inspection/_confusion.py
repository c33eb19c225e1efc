"""Confusion matrices of several models (Figure 6 of the paper of 3FACRNN)."""

import numpy as np
from sklearn.metrics import confusion_matrix

from sklearn_emotion._docs import fill_doc
from sklearn_emotion.inspection._docs import DISPLAY
from sklearn_emotion.inspection._plots import make_axes

_PARAMETERS = """
ax : sequence of matplotlib Axes or None
    Axes for each matrix. None creates a figure.

classes : sequence or None
    Names of the classes. None numbers the classes.

**options : dict
    Keyword arguments of :meth:`matplotlib.axes.Axes.imshow`.
"""


@fill_doc(DISPLAY, _PARAMETERS)
class ConfusionMatricesDisplay:
    """Confusion matrices side by side, as shares of the true classes.

    The display corresponds to Figure 6 of the paper of 3FACRNN. Use `from_predictions`
    to create it.

    Read more in the :ref:`User Guide <inspection>`.

    Parameters
    ----------
    matrices : dict of str to array-like of shape (n_classes, n_classes)
        Number of samples of each true class (rows) and predicted class (columns), by
        the title of the matrix.
    %(classes)s

    Attributes
    ----------
    images_ : list of matplotlib AxesImage
        Picture of each matrix.
    axes_ : ndarray of matplotlib Axes
        Axes of the pictures.
    %(figure_)s

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn_emotion.inspection import ConfusionMatricesDisplay
    >>> predictions = pd.DataFrame(
    ...     {"estimator": ["a"] * 3, "y_true": [0, 0, 1], "y_pred": [0, 1, 1]}
    ... )
    >>> display = ConfusionMatricesDisplay.from_predictions(predictions)
    >>> display.matrices["a"].tolist()
    [[1, 1], [0, 1]]
    """

    def __init__(self, matrices, classes=None):
        self.matrices = {name: np.asarray(m) for name, m in matrices.items()}
        n_classes = {m.shape for m in self.matrices.values()}
        if len(n_classes) != 1:
            raise ValueError(
                "matrices must contain at least one matrix, all of one shape, got "
                f"{sorted(n_classes)}."
            )
        (n_rows, n_columns), *_ = n_classes
        self.classes = list(range(n_rows)) if classes is None else list(classes)
        if not n_rows == n_columns == len(self.classes):
            raise ValueError(
                f"Matrices for {len(self.classes)} classes must have the shape "
                f"({len(self.classes)}, {len(self.classes)}), got "
                f"({n_rows}, {n_columns})."
            )

    @classmethod
    def from_predictions(cls, predictions, *, classes=None, ax=None, **options):
        """Draw a matrix for each estimator of a comparison.

        Parameters
        ----------
        predictions : pandas.DataFrame
            ``results.predictions`` of :func:`~sklearn_emotion.evaluation.compare`, with
            the columns ``estimator``, ``y_true`` and ``y_pred``.
        %(classes)s
        %(ax)s
        %(**options)s

        Returns
        -------
        display : ConfusionMatricesDisplay
            The drawn display.
        """
        labels = np.unique(predictions["y_true"])
        matrices = {
            str(name): confusion_matrix(part["y_true"], part["y_pred"], labels=labels)
            for name, part in predictions.groupby("estimator", sort=False)
        }
        names = labels.tolist() if classes is None else classes
        return cls(matrices, names).plot(ax=ax, **options)

    def plot(self, ax=None, **options):
        """Draw each matrix, with the share of the row and the number in each cell.

        Parameters
        ----------
        %(ax)s
        %(**options)s

        Returns
        -------
        display : ConfusionMatricesDisplay
            This display.
        """
        n, size = len(self.matrices), 1 + 0.7 * len(self.classes)
        axes = make_axes(ax, n, figsize=(size * n + 0.6, size + 0.5))
        axes = np.atleast_1d(axes).ravel()
        if len(axes) != n:
            raise ValueError(
                f"ax must have axes for each of {n} matrices, got {len(axes)}."
            )
        places = range(len(self.classes))
        self.images_ = []
        for (title, counts), panel in zip(self.matrices.items(), axes):
            share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
            defaults = {"cmap": "Blues", "vmin": 0, "vmax": 1}
            self.images_.append(panel.imshow(share, **defaults | options))
            for row in places:
                for column in places:
                    text = f"{share[row, column]:.0%}\n{counts[row, column]}"
                    color = "white" if share[row, column] > 0.6 else "black"
                    panel.text(column, row, text, ha="center", va="center", color=color)
            panel.set_xticks(places, self.classes)
            panel.set_yticks(places, self.classes)
            panel.set(xlabel="predicted", ylabel="true")
            panel.set_title(title, fontsize="medium")
        self.axes_, self.figure_ = axes, axes[0].figure
        return self
