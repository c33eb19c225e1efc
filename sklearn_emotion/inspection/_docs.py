"""Texts that the displays share."""

DISPLAY = """
estimator : estimator or Pipeline
    Fitted network of the class that the display describes, or its regressor. A fitted
    pipeline may end with such a network.

X : array-like, Modalities or dict of str to ndarray
    Samples, in the form that the estimator accepts.

score_name : str
    Name of the score.

ax : matplotlib Axes or None
    Axes to draw on. None creates a figure.

ax_ : matplotlib Axes
    Axes that hold the drawing.

figure_ : matplotlib Figure
    Figure that holds the axes.
"""

BARS = """
bars_ : matplotlib BarContainer
    Bars.

**options : dict
    Keyword arguments of :meth:`matplotlib.axes.Axes.bar`.
"""
