"""Aligned faces in windows of a video."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from sklearn_emotion._docs import fill_doc
from sklearn_emotion._validation import to_samples
from sklearn_emotion.features._chunks import one_blas_thread
from sklearn_emotion.features._face_detection import FaceTracker
from sklearn_emotion.features._image_patches import to_image
from sklearn_emotion.preprocessing._docs import VIDEO, WINDOWS
from sklearn_emotion.preprocessing._face_alignment import crop_face
from sklearn_emotion.preprocessing._video import iter_frames

# Largest distance in s of a moment from the nearest frame of the video.
_MAX_DISTANCE = 1.0

_PARAMETERS = """
onsets : array-like of float of shape (n_windows,)
    Start of each window, in seconds from the first frame of the video, in any order.

frame_rate : float
    Number of frames per second of the output. Frame k of a window is the frame of the
    video that is nearest to ``onset + (k + 0.5) / frame_rate``.

max_gap : float
    Longest gap in seconds over which the place of the face is interpolated. At the ends
    of the video, the nearest place is repeated. The frames of a gap are kept in memory.
"""


@dataclass(frozen=True)
class FaceReport:
    """Report on the faces that :func:`read_face_windows` found.

    Parameters
    ----------
    valid : ndarray of bool of shape (n_windows,)
        Whether the window can be used. Other windows are black.
    found : ndarray of bool of shape (n_windows, n_frames)
        Whether a face was found in the frame. In other frames of a valid window, the
        place of the face was interpolated.
    landmarks : ndarray of float32 of shape (n_windows, n_frames, 5, 2)
        Eyes, nose and corners of the mouth, (x, y) in pixels of the video as a player
        shows it. Of two points, the one on the left of the image comes first. Landmarks
        are NaN if the window is not valid.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import FaceReport
    >>> report = FaceReport(
    ...     valid=np.array([True, False]),
    ...     found=np.array([[True, False, True], [False, False, False]]),
    ...     landmarks=np.full((2, 3, 5, 2), np.nan, np.float32),
    ... )
    >>> report.n_without_face
    1
    """

    valid: np.ndarray
    found: np.ndarray
    landmarks: np.ndarray

    @property
    def n_without_face(self):
        """Number of frames in valid windows whose face was interpolated."""
        return int((~self.found[self.valid]).sum())


@fill_doc(WINDOWS, VIDEO, _PARAMETERS)
def read_face_windows(path, onsets, *, window, frame_rate=5.0, size=64, max_gap=2.0):
    """Read the face in windows of a video, aligned by its eyes.

    The video is decoded once, even if windows overlap. The largest face of the first
    frame that shows a face is followed to the end.

    Read more in the :ref:`User Guide <faces>`.

    Parameters
    ----------
    %(parameters)s

    Returns
    -------
    faces : ndarray of uint8 of shape (n_windows, n_frames, 3, size, size)
        Red, green and blue from 0 to 255. The eyes lie at 35 % and 65 % of the width
        and at 38 % of the height. A window is black, and not valid, if one of its
        frames lies in a gap longer than `max_gap`, or more than a second from any frame
        of the video. A window that ends up to a second after the video repeats its last
        frame.
    report : FaceReport
        Which windows are valid, which frames show a face, and its landmarks.

    Raises
    ------
    FileNotFoundError
        If the file does not exist.
    ValueError
        If a parameter has an invalid value, if the window is not a whole number of
        frames, or if the file is empty, damaged or cut off, or contains no video.
    ImportError
        If the extra ``video`` is not installed.

    See Also
    --------
    FaceCropper : The same for frames in memory.
    FaceLandmarkFeatures : Features of the report's landmarks.

    Notes
    -----
    A video without a face raises no error. All windows are black, and ``report.valid``
    is False.

    Examples
    --------
    >>> from sklearn_emotion.preprocessing import read_face_windows
    >>> faces, report = read_face_windows(
    ...     "face_video/s01/s01_trial01.avi", [0.0, 2.0], window=2.0
    ... )  # doctest: +SKIP
    >>> faces[report.valid].shape  # doctest: +SKIP
    (2, 10, 3, 64, 64)
    """
    onsets = np.asarray(onsets, dtype=float)
    if onsets.ndim != 1 or not np.isfinite(onsets).all():
        raise ValueError(
            f"onsets must be finite and of shape (n_windows,), got {onsets}."
        )
    if not frame_rate > 0 or not max_gap >= 0 or size < 8:
        raise ValueError(
            "frame_rate must be > 0 Hz, max_gap >= 0 s and size >= 8 pixels, got "
            f"{frame_rate}, {max_gap} and {size}."
        )
    n_frames = to_samples(window, frame_rate)
    moments = onsets[:, None] + (np.arange(n_frames) + 0.5) / frame_rate
    # Rounding makes the moments equal that overlapping windows share.
    times, places = np.unique(np.round(moments, 6), return_inverse=True)
    with one_blas_thread:
        crops, points, found, usable = _follow(path, times, size, max_gap)
    places = places.reshape(moments.shape)
    valid = usable[places].all(axis=1)
    faces = np.zeros((*moments.shape, 3, size, size), dtype=np.uint8)
    for out, place, is_valid in zip(faces, places, valid):
        if is_valid:
            out[:] = crops[place]
    landmarks = points[places].astype(np.float32)
    landmarks[~valid] = np.nan
    return faces, FaceReport(valid, found[places], landmarks)


def _follow(path, times, size, max_gap):
    """Return crops (uint8), points, whether found and whether usable, of each time."""
    crops = np.zeros((len(times), 3, size, size), dtype=np.uint8)
    points = np.full((len(times), 5, 2), np.nan)
    found = np.zeros(len(times), dtype=bool)
    usable = np.zeros(len(times), dtype=bool)
    tracker = FaceTracker()
    waiting, last, seen = deque(), None, None

    def gap_start():
        return times[waiting[0][0] if last is None else last]

    def crop(number, image):
        crops[number] = crop_face(image, points[number, :2], size)
        usable[number] = True

    def bridge(*ends):
        ends = [end for end in ends if end is not None]
        for number, image in waiting:
            part = np.interp(times[number], times[ends], range(len(ends)))
            points[number] = (1 - part) * points[ends[0]] + part * points[ends[-1]]
            crop(number, image)

    for number, (frame, shown) in enumerate(iter_frames(path, times)):
        if abs(shown - times[number]) > _MAX_DISTANCE:
            continue
        if frame is not seen:
            seen, image = frame, to_image(frame)
            here = tracker(image)
        if here is None:
            waiting.append((number, image))
            while waiting and times[number] - gap_start() > max_gap:
                waiting.popleft()
            continue
        points[number], found[number] = here, True
        if last is None or times[number] - times[last] <= max_gap:
            bridge(last, number)
        waiting.clear()
        crop(number, image)
        last = number
    if last is not None:
        bridge(last)
    return crops, points, found, usable
