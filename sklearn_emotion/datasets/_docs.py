"""Texts of parameters that the loaders share."""

LOADER = """
data_home : path-like or None
    Folder of the data set, or a folder that contains it. If None, the environment
    variable ``SKLEARN_EMOTION_DATA`` names the folder. If that variable is not set,
    the folder is ``~/sklearn_emotion_data``.

subjects : sequence of int or None
    Numbers of the subjects to load, in the order wanted. If None, all subjects are
    loaded.

modalities : str or sequence of str
    Modalities to load.

window : float
    Length of each sample in seconds.

step : float or None
    Time in seconds from the start of one sample to the start of the next. If None, it
    equals `window`, and samples do not overlap.

sessions : sequence of int
    Which sessions of each subject to load. The films of the sessions differ.

baseline : {"drop", "keep", "template", "modality"}
    How to use the rest before each trial. ``"drop"`` leaves it out. ``"keep"`` makes
    it the first part of the trial, with negative onsets. ``"template"`` subtracts the
    element-wise mean of its segments of 1 s from each second of the trial.
    ``"modality"`` adds it to each sample, as ``baseline`` for the EEG and as
    ``baseline_<modality>`` for other modalities.

baseline_duration : float
    Length in seconds of the final segment of the rest that is used.

face_rate : float
    Number of frames per second to take from the face videos.

face_size : int
    Height and width of the face crops in pixels.

preprocess : transformer, dict of str to transformer or None
    Transformer or pipeline that is applied to each whole recording before it is cut
    into samples, such as a filter, so that a filter has no edges inside a recording.
    It is cloned and fitted on each recording alone, of shape (1, n_channels, n_times),
    and must keep this shape. A dict selects modalities; otherwise, it is applied to
    each signal.

openface_dir : path-like or None
    Folder of the tables that ``FeatureExtraction`` of OpenFace 2.2 wrote, each with the
    name of its video. Frames without a face are not used. Frame k of ``"openface"`` is
    the mean of the other frames of the table from ``k / face_rate`` to ``(k + 1) /
    face_rate`` after the onset.

cache_dir : path-like or None
    Folder in which the arrays are stored, so that later calls with the same
    parameters can memory-map them. If None, the arrays are kept in memory.
"""

WINDOW_OR_TRIAL = """
window : float or None
    Length of each sample in seconds. If None, each trial is one sample.
"""
