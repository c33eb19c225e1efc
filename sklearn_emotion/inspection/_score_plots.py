"""Scores of several models: bars of an ablation, and curves over a parameter."""

from itertools import cycle

import numpy as np

from sklearn_emotion._docs import fill_doc
from sklearn_emotion.inspection._docs import DISPLAY
from sklearn_emotion.inspection._plots import MARKERS, label_curves, make_axes

_PARAMETERS = """
series : dict of str to array-like
    Scores of each series, with one score per row or value. NaN marks a score that does
    not exist.

spread : dict of str to array-like or None
    Standard deviation of each score, for error bars. Series without an entry have none.

**options : dict
    Keyword arguments of :meth:`matplotlib.axes.Axes.barh` for bars, and of
    :meth:`matplotlib.axes.Axes.errorbar` for curves.
"""


def _checked(series, spread, n):
    """Return the series and their spread as arrays of n scores."""
    scores = {name: np.asarray(v, dtype=np.float64) for name, v in series.items()}
    spread = {
        name: np.asarray(v, dtype=np.float64) for name, v in (spread or {}).items()
    }
    if not scores:
        raise ValueError("series must contain at least one series, got none.")
    for name, values in (*scores.items(), *spread.items()):
        if values.shape != (n,):
            raise ValueError(
                f"{name!r} must have {n} values, one for each row, got the shape "
                f"{values.shape}."
            )
    unknown = [name for name in spread if name not in scores]
    if unknown:
        raise ValueError(f"spread has entries {unknown} that series does not have.")
    return scores, spread


@fill_doc(DISPLAY, _PARAMETERS)
class AblationDisplay:
    """Scores of the variants of a model as bars, one group for each variant.

    The display corresponds to Figure 2 of the paper of DeepVANet and to Figures 7 and 8
    of the paper of the hierarchical LSTM. Several series, such as the printed scores
    and the scores of two splits, are drawn next to each other.

    Read more in the :ref:`User Guide <inspection>`.

    Parameters
    ----------
    rows : sequence of str
        Names of the variants.
    %(series)s
    %(spread)s
    %(score_name)s

    Attributes
    ----------
    bars_ : dict of str to matplotlib BarContainer
        Bars of each series.
    %(ax_)s
    %(figure_)s

    Examples
    --------
    >>> from sklearn_emotion.inspection import AblationDisplay
    >>> display = AblationDisplay(
    ...     ["whole", "without attention"], {"honest": [0.61, 0.58]}
    ... )
    >>> display.scores["honest"].tolist()
    [0.61, 0.58]
    """

    def __init__(self, rows, series, *, spread=None, score_name="accuracy"):
        self.rows = list(rows)
        self.scores, self.spread = _checked(series, spread, len(self.rows))
        self.score_name = score_name

    def plot(self, ax=None, **options):
        """Draw the bars.

        Parameters
        ----------
        %(ax)s
        %(**options)s

        Returns
        -------
        display : AblationDisplay
            This display.
        """
        n, k = len(self.rows), len(self.scores)
        ax = make_axes(ax, figsize=(6.5, 0.9 + n * (0.18 * k + 0.14)))
        height = 0.8 / k
        places = np.arange(n)
        self.bars_ = {}
        for number, (name, values) in enumerate(self.scores.items()):
            offset = (number - (k - 1) / 2) * height
            own = {"height": height, "label": name, "xerr": self.spread.get(name)}
            self.bars_[name] = ax.barh(places + offset, values, **own | options)
        ax.set_yticks(places, self.rows)
        ax.invert_yaxis()
        ax.set_xlabel(self.score_name.replace("_", " "))
        ax.legend(frameon=False, ncols=k, loc="lower left", bbox_to_anchor=(0, 1))
        self.ax_, self.figure_ = ax, ax.figure
        return self


@fill_doc(DISPLAY, _PARAMETERS)
class ScoreCurveDisplay:
    """Score as a function of a parameter, such as the number of layers.

    The display corresponds to Figures 5 and 6 of the paper of the hierarchical LSTM.

    Read more in the :ref:`User Guide <inspection>`.

    Parameters
    ----------
    values : sequence of float
        Values of the parameter.
    %(series)s
    %(spread)s
    value_name : str, default="number of layers"
        Name of the parameter.
    %(score_name)s

    Attributes
    ----------
    curves_ : dict of str to matplotlib ErrorbarContainer
        Curve of each series.
    %(ax_)s
    %(figure_)s

    Examples
    --------
    >>> from sklearn_emotion.inspection import ScoreCurveDisplay
    >>> display = ScoreCurveDisplay([1, 2, 3], {"honest": [0.55, 0.58, 0.57]})
    >>> display.scores["honest"].argmax()
    np.int64(1)
    """

    def __init__(
        self,
        values,
        series,
        *,
        spread=None,
        value_name="number of layers",
        score_name="accuracy",
    ):
        self.values = np.asarray(values)
        self.scores, self.spread = _checked(series, spread, len(self.values))
        self.value_name = value_name
        self.score_name = score_name

    def plot(self, ax=None, **options):
        """Draw a curve for each series.

        Parameters
        ----------
        %(ax)s
        %(**options)s

        Returns
        -------
        display : ScoreCurveDisplay
            This display.
        """
        ax = make_axes(ax, figsize=(5, 3.2))
        self.curves_ = {}
        for marker, (name, scores) in zip(cycle(MARKERS), self.scores.items()):
            own = {"marker": marker, "capsize": 3, "label": name}
            own["yerr"] = self.spread.get(name)
            self.curves_[name] = ax.errorbar(self.values, scores, **own | options)
        label_curves(ax, self.values, self.value_name, self.score_name, 2)
        self.ax_, self.figure_ = ax, ax.figure
        return self
