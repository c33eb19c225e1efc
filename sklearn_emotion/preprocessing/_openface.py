"""Facial features from the tables of OpenFace."""

import numpy as np

from sklearn_emotion._docs import fill_doc
from sklearn_emotion._files import Column, read_table
from sklearn_emotion._validation import check_window, to_samples
from sklearn_emotion.features._docs import FRAMES

# Action units whose intensity OpenFace 2.2 estimates. It gives no intensity of AU28.
_UNITS = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45)

# Absolute values above this limit are no measurements.
_LARGEST = 1e30

# Longest gap in s over which features are interpolated, and largest distance in s of a
# moment from the nearest frame of the table, as for faces that are cut from a video.
_MAX_GAP = 2.0
_MAX_DISTANCE = 1.0
# If the rates of a table and its video differ by more, the video was encoded again.
_SAME_RATE = 0.01

#: Names of the features that `read_openface` returns, in their order.
OPENFACE_FEATURES = (
    *(f"pose_T{axis}" for axis in "xyz"),
    *(f"pose_R{axis}" for axis in "xyz"),
    *(f"gaze_{eye}_{axis}" for eye in (0, 1) for axis in "xyz"),
    *(f"AU{unit:02d}_r" for unit in _UNITS),
)

_COLUMNS = {
    "frame": Column(0, 1e9, is_whole=True),
    "confidence": Column(0, 1),
    "success": Column(0, 1, is_whole=True),
    # Frames without a face may have empty cells.
    **dict.fromkeys(OPENFACE_FEATURES, Column(-_LARGEST, _LARGEST, is_optional=True)),
}
_HINT = "; run OpenFace's FeatureExtraction with -pose -gaze -aus"
_MIN_CONFIDENCE = 0.8


@fill_doc(FRAMES)
def read_openface(path, *, sfreq, window=3.0, min_confidence=_MIN_CONFIDENCE):
    """Read the output of OpenFace 2.2 and average it over windows.

    The prior-driven network [1]_ uses these 29 features of a frame: position of the
    face (3), its rotation (3), direction of gaze of both eyes (6), and the
    intensity of 17 action units.

    Read more in the :ref:`User Guide <preprocessing>`.

    Parameters
    ----------
    path : path-like
        Table that was written by OpenFace's ``FeatureExtraction``.

    sfreq : float
        Number of frames per second of the video.

    %(window)s

    min_confidence : float, default=0.8
        Frames without a face, or with a lower confidence, are interpolated linearly
        between their neighbors. At the ends, the nearest frame is repeated.

    Returns
    -------
    features : ndarray of float32 of shape (n_windows, 29)
        Positions in mm, rotations in rad, gaze as unit vectors, intensities from 0 to
        5, in the order ``pose_Tx`` to ``pose_Tz``, ``pose_Rx`` to ``pose_Rz``,
        ``gaze_0_x`` to ``gaze_1_z``, ``AU01_r`` to ``AU45_r``.
    n_interpolated : int
        Number of frames that were interpolated.

    Raises
    ------
    ValueError
        If the table is damaged, lacks columns or frames, shows no face, or is shorter
        than a window.

    Notes
    -----
    Departures from [1]_: "face positions" and "head positions" are read as OpenFace's
    position (``pose_T``) and rotation (``pose_R``). The paper does not state how it
    treats frames without a face.

    References
    ----------
    .. [1] C. Zheng, W. Shao, D. Zhang and Q. Zhu, "Prior-Driven Dynamic Brain Networks
       for Multi-modal Emotion Recognition", MICCAI 2023.

    Examples
    --------
    >>> from sklearn_emotion.preprocessing import read_openface
    >>> X, n_bad = read_openface("face.csv", sfreq=50.0)  # doctest: +SKIP
    """
    _, values, seen = _read_frames(path, _COLUMNS, min_confidence)
    if not seen.any():
        raise ValueError(f"{path} shows no face with confidence {min_confidence}.")
    try:
        length = check_window(window, sfreq, len(values)) if window is not None else 1
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    filled = _interpolate(values, seen)
    n_windows = len(filled) // length
    windows = filled[: n_windows * length].reshape(n_windows, length, -1)
    return windows.mean(axis=1).astype(np.float32), int((~seen).sum())


def read_openface_windows(path, onsets, *, window, frame_rate, video_rate=None):
    """Read the output of OpenFace 2.2 in windows of its video.

    Frame k of a window is the mean of the usable frames of the table that are shown
    from ``onset + k / frame_rate`` to ``onset + (k + 1) / frame_rate``. A usable frame
    shows a face with a confidence of at least 0.8. If there is no usable frame in this
    time, the features are interpolated, as long as there are usable frames at most 2 s
    apart around it.

    Parameters
    ----------
    path : pathlib.Path
        Table that was written by OpenFace's ``FeatureExtraction``.
    onsets : ndarray of float of shape (n_windows,)
        Start of each window, in seconds from the first frame of the video.
    window : float
        Length of the windows in seconds.
    frame_rate : float
        Frames per second of the output.
    video_rate : float or None, default=None
        True rate of the video in Hz, if the rate that the video states, from which
        OpenFace computes the time of each frame, is rounded. It is ignored if it
        differs by more than 1 % from the rate of the table.

    Returns
    -------
    features : ndarray of float32 of shape (n_windows, n_frames, 29)
        Features in the order of `OPENFACE_FEATURES`.
    valid : ndarray of bool of shape (n_windows,)
        Whether the window can be used. Other windows are NaN.
    """
    columns = {"timestamp": Column(0, 1e9), **_COLUMNS}
    table, values, seen = _read_frames(path, columns, _MIN_CONFIDENCE)
    stamps = table["timestamp"].to_numpy()
    if len(stamps) < 2 or (np.diff(stamps) <= 0).any():
        raise ValueError(
            f"{path} must contain at least two frames with increasing timestamps. Run "
            "OpenFace on the video and not on single images."
        )
    rate = (len(stamps) - 1) / (stamps[-1] - stamps[0])
    if video_rate is not None and abs(video_rate / rate - 1) < _SAME_RATE:
        stamps, rate = stamps * rate / video_rate, video_rate
    # The middle of a frame is never on the edge between two frames of the output.
    times = stamps + 0.5 / rate
    n_frames = to_samples(window, frame_rate)
    starts = onsets[:, np.newaxis] + np.arange(n_frames) / frame_rate
    # Rounding makes the times equal that overlapping windows share.
    starts, places = np.unique(np.round(starts, 6), return_inverse=True)
    means = _average(times[seen], values[seen], starts, 1 / frame_rate, times[[0, -1]])
    features = means[places.reshape(len(onsets), n_frames)].astype(np.float32)
    valid = np.isfinite(features).all(axis=(1, 2))
    features[~valid] = np.nan
    return features, valid


def _average(times, values, starts, length, ends):
    """Return the mean features of the usable frames in each span of time.

    The span of a gap is interpolated, or NaN if the gap is too long. `ends` are the
    times of the first and the last frame of the table, usable or not.
    """
    low, high = ends[0] - _MAX_DISTANCE, ends[1] + _MAX_DISTANCE
    out = np.full((len(starts), values.shape[1]), np.nan)
    first = np.searchsorted(times, starts)
    last = np.searchsorted(times, starts + length)
    for row, (start, a, b) in enumerate(zip(starts, first, last)):
        if a < b:
            out[row] = values[a:b].mean(axis=0)
            continue
        middle = start + length / 2
        around = times[max(a - 1, 0) : a + 1]
        is_near = len(around) and np.ptp([*around, middle]) <= _MAX_GAP
        if is_near and low <= middle <= high:
            near = values[max(a - 1, 0) : a + 1].T
            out[row] = [np.interp(middle, around, column) for column in near]
    return out


def _read_frames(path, columns, min_confidence):
    """Return a table, the features of its frames, and which frames are usable."""
    table = read_table(path, columns, hint=_HINT)
    if not (table["frame"].diff().dropna() == 1).all():
        raise ValueError(
            f"{path} must contain each frame once and in order; separate the frames of "
            "several faces first."
        )
    values = table[list(OPENFACE_FEATURES)].to_numpy(dtype=np.float64)
    seen = (table["success"] == 1) & (table["confidence"] >= min_confidence)
    return table, values, seen.to_numpy() & np.isfinite(values).all(axis=1)


def _interpolate(values, seen):
    frames = np.arange(len(values))
    columns = [np.interp(frames, frames[seen], column[seen]) for column in values.T]
    return np.stack(columns, axis=1)
