"""Scores against the number of labeled trials of a new person."""

from itertools import cycle

import pandas as pd

from sklearn_emotion._docs import fill_doc
from sklearn_emotion.inspection._docs import DISPLAY
from sklearn_emotion.inspection._plots import MARKERS, label_curves, make_axes

_TEXTS = """
curve : pandas.DataFrame
    Table from :func:`~sklearn_emotion.evaluation.calibration_curve`.

**options : dict
    Keyword arguments of :meth:`matplotlib.axes.Axes.plot` for the curves.
"""


@fill_doc(DISPLAY, _TEXTS)
class CalibrationCurveDisplay:
    """Score against the number of calibration trials of a new person.

    A curve shows the mean over subjects, and the band around it the confidence
    interval. To create the display, use `from_results` with the output of
    :func:`~sklearn_emotion.evaluation.calibration_curve`.

    Read more in the :ref:`User Guide <calibration_trials>`.

    Parameters
    ----------
    %(curve)s
    %(score_name)s

    Attributes
    ----------
    lines_ : list of matplotlib Line2D
        Curve of each estimator.
    bands_ : list of matplotlib PolyCollection
        Confidence interval of each estimator.
    %(ax_)s
    %(figure_)s

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn_emotion.inspection import CalibrationCurveDisplay
    >>> curve = pd.DataFrame(
    ...     {
    ...         "estimator": "svm",
    ...         "k": [0, 1, 2],
    ...         "score": [0.5, 0.6, 0.65],
    ...         "low": [0.4, 0.5, 0.6],
    ...         "high": [0.6, 0.7, 0.7],
    ...         "dummy": 0.5,
    ...     }
    ... )
    >>> display = CalibrationCurveDisplay.from_results(curve)
    >>> display.lines_[0].get_ydata().tolist()
    [0.5, 0.6, 0.65]
    """

    def __init__(self, curve, *, score_name="score"):
        self.curve = pd.DataFrame(curve)
        self.score_name = score_name

    @classmethod
    def from_results(cls, curve, *, estimators=None, ax=None, **options):
        """Draw the curves of a table.

        Parameters
        ----------
        %(curve)s
        estimators : sequence of str or None, default=None
            Names of the estimators to draw. If None, all of them.
        %(ax)s
        %(**options)s

        Returns
        -------
        display : CalibrationCurveDisplay
            The drawn display.

        Raises
        ------
        ValueError
            If the table does not contain an estimator.
        """
        known = list(dict.fromkeys(curve["estimator"]))
        names = known if estimators is None else list(estimators)
        unknown = [name for name in names if name not in known]
        if unknown:
            raise ValueError(f"estimators must be some of {known}, got {unknown}.")
        display = cls(
            curve[curve["estimator"].isin(names)],
            score_name=curve.attrs.get("score", "score"),
        )
        return display.plot(ax=ax, **options)

    def plot(self, ax=None, **options):
        """Draw one curve for each estimator.

        Parameters
        ----------
        %(ax)s
        %(**options)s

        Returns
        -------
        display : CalibrationCurveDisplay
            This display.
        """
        ax = make_axes(ax, figsize=(5, 3.4))
        self.lines_, self.bands_ = [], []
        groups = self.curve.groupby("estimator", sort=False)
        for marker, (name, mine) in zip(cycle(MARKERS), groups):
            style = {"marker": marker, "ms": 4, "label": name} | options
            (line,) = ax.plot(mine["k"], mine["score"], **style)
            band = ax.fill_between(
                mine["k"],
                mine["low"],
                mine["high"],
                color=line.get_color(),
                alpha=0.15,
                lw=0,
            )
            self.lines_.append(line)
            self.bands_.append(band)
        dummy = self.curve.groupby("k")["dummy"].mean()
        ax.plot(dummy.index, dummy, color="0.4", ls=":", label="dummy")
        value_name = "labeled trials of each new person"
        label_curves(ax, dummy.index, value_name, self.score_name, 3)
        self.ax_, self.figure_ = ax, ax.figure
        return self
