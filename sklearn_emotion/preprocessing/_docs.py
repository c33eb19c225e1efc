"""Texts of parameters that several transformers and readers of this package share."""

WINDOWS = """
window : float
    Length of each window in seconds.

step : float or None
    Time in seconds from the start of a window to the start of the next window. If None,
    windows do not overlap. An incomplete final window is dropped.
"""

VIDEO = """
path : path-like
    Video file.

size : int
    Side of the crops in pixels.
"""

VALUE_NAMES = """
input_features : sequence of str
    Names of the values of an input sample, which are returned unchanged.
"""
