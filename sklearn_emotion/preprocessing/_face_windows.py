"""Aligned faces in windows of a video."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from sklearn_emotion._validation import to_samples
from sklearn_emotion.features._chunks import one_blas_thread
from sklearn_emotion.features._face_detection import FaceTracker
from sklearn_emotion.features._image_patches import to_image
from sklearn_emotion.preprocessing._face_alignment import crop_face
from sklearn_emotion.preprocessing._video import iter_frames

# A moment further than this from any frame is not covered by the video, in s.
_NEAR = 1.0


@dataclass(frozen=True)
class FaceReport:
    """What :func:`read_face_windows` saw.

    Parameters
    ----------
    valid : ndarray of bool of shape (n_windows,)
        Whether the window can be used; the others are NaN.
    found : ndarray of bool of shape (n_windows, n_frames)
        Whether a face was found in that very frame; in others of a valid window its
        place was interpolated.
    landmarks : ndarray of float32 of shape (n_windows, n_frames, 5, 2)
        Eyes, nose and corners of the mouth, (x, y) in pixels of the video as a player
        shows it, what is left in the image first; NaN where the window is not valid.
    """

    valid: np.ndarray
    found: np.ndarray
    landmarks: np.ndarray

    @property
    def n_without_face(self):
        """Number of frames in valid windows whose face was interpolated."""
        return int((~self.found[self.valid]).sum())


def read_face_windows(path, onsets, *, window, frame_rate=5.0, size=64, max_gap=2.0):
    """Read the face in windows of a video, aligned by its eyes.

    The video is decoded once, whatever the overlap of the windows. The largest face of
    the first frame that shows one is followed to the end.

    Read more in the :ref:`User Guide <faces>`.

    Parameters
    ----------
    path : path-like
        Video file.

    onsets : array-like of float of shape (n_windows,)
        Start of each window, in s from the first frame of the video; in any order.

    window : float
        Length of a window in s.

    frame_rate : float, default=5.0
        Frames a second that are taken. Frame k of a window is the one nearest to the
        middle of its share of the time, ``onset + (k + 0.5) / frame_rate``.

    size : int, default=64
        Side of the crops in pixels.

    max_gap : float, default=2.0
        For how many s the place of the face is interpolated where none is found; at the
        ends the nearest place is repeated. So many seconds of frames are kept in
        memory.

    Returns
    -------
    faces : ndarray of float32 of shape (n_windows, n_frames, 3, size, size)
        Red, green and blue from 0 to 1, eyes at 35 % and 65 % of the width and 38 % of
        the height. A window is NaN if a frame of it lies in a longer gap, or more than
        a second from any frame of the video: one that ends a little early keeps its
        last frame.
    report : FaceReport
        Which windows are valid, which frames showed a face, and its landmarks.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If a parameter has no such value, the window is no whole number of frames, or
        the file is empty, damaged, cut off, or holds no video.
    ImportError
        If the extra ``video`` is not installed.

    See Also
    --------
    FaceCropper : The same for frames in memory.
    FaceLandmarkFeatures : Features of the report's landmarks.

    Notes
    -----
    No face at all is no error: all windows are NaN and ``report.valid`` is False.

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
    # Overlapping windows share frames; rounding makes their moments equal.
    times, places = np.unique(np.round(moments, 6), return_inverse=True)
    with one_blas_thread:
        crops, points, found, usable = _follow(path, times, size, max_gap)
    places = places.reshape(moments.shape)
    valid = usable[places].all(axis=1)
    faces = np.empty((*moments.shape, 3, size, size), dtype=np.float32)
    for out, place, is_valid in zip(faces, places, valid):
        out[:] = crops[place] if is_valid else np.nan
    faces /= np.float32(255)
    landmarks = points[places].astype(np.float32)
    landmarks[~valid] = np.nan
    return faces, FaceReport(valid, found[places], landmarks)


def _follow(path, times, size, max_gap):
    """Crops (uint8), points, whether found and whether usable, of each time."""
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
        if abs(shown - times[number]) > _NEAR:
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
