"""Facial features from the tables of OpenFace."""

import numpy as np

from sklearn_emotion._docs import fill_doc
from sklearn_emotion._files import Column, read_table
from sklearn_emotion._validation import check_window
from sklearn_emotion.features._docs import FRAMES

# Action units whose intensity OpenFace 2.2 estimates. It gives no intensity of AU28.
_UNITS = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45)

# Absolute values above this limit are no measurements.
_LARGEST = 1e30

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


@fill_doc(FRAMES)
def read_openface(path, *, sfreq, window=3.0, min_confidence=0.8):
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
    table = read_table(
        path,
        _COLUMNS,
        hint="; run OpenFace's FeatureExtraction with -pose -gaze -aus",
    )
    if not (table["frame"].diff().dropna() == 1).all():
        raise ValueError(
            f"{path} must contain each frame once and in order; separate the frames of "
            "several faces first."
        )
    values = table[list(OPENFACE_FEATURES)].to_numpy(dtype=np.float64)
    seen = (table["success"] == 1) & (table["confidence"] >= min_confidence)
    seen = seen.to_numpy() & np.isfinite(values).all(axis=1)
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


def _interpolate(values, seen):
    frames = np.arange(len(values))
    columns = [np.interp(frames, frames[seen], column[seen]) for column in values.T]
    return np.stack(columns, axis=1)
