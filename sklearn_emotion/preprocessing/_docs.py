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

SUBJECTS = """
X : Modalities or dict of str to ndarray
    Features or signals, the subject of each sample and, with ``reference="baseline"``,
    the baselines.

reference : {"self", "baseline"}
    Where the statistics of a subject come from. With "self", they come from the samples
    of the subject in the same call, which makes the step transductive. With "baseline",
    they come from the recordings at rest, ``X["baseline"]`` for ``X["eeg"]`` and, for
    example, ``X["baseline_gsr"]`` for ``X["gsr"]``.

modality : str
    Entry to align.

subject : str
    Name of the one-dimensional entry that contains the subject of each sample.

online : bool
    Whether the statistics for a sample come only from this sample and the previous
    samples of the subject in the same call. The samples of each subject must then be in
    the order of time.

modalities_ : list of str
    Entries that are transformed.
"""
