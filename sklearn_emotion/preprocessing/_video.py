"""Single frames of videos, at the times that are wanted."""

from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sklearn_emotion._validation import missing_extra

# What lies further ahead is reached by the file's index, in s.
_SKIPPED = 10.0
# How far before a time to look for a key frame: indices may count decoding times.
_LEAD = 1.0
# A file that ends this much before the end that its header states was cut off, in s.
_LACKING = 1.0
# Differences below it are rounding, in s.
_SAME = 1e-6


class VideoInfo(NamedTuple):
    """What the header of a video states; a missing value is NaN.

    Parameters
    ----------
    duration : float
        Length in s.
    frame_rate : float
        Mean number of frames a second.
    width, height : int
        Size of the stored frames in pixels.
    """

    duration: float
    frame_rate: float
    width: int
    height: int


def probe_video(path):
    """Read the header of a video; no frame is decoded.

    Read more in the :ref:`User Guide <faces>`.

    Parameters
    ----------
    path : path-like
        Video file.

    Returns
    -------
    info : VideoInfo
        ``duration`` in s, ``frame_rate`` in Hz, ``width`` and ``height`` in pixels.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is empty, damaged, or holds no video.
    ImportError
        If the extra ``video`` is not installed.

    Examples
    --------
    >>> from sklearn_emotion.preprocessing import probe_video
    >>> probe_video("face_video/s01/s01_trial01.avi").duration  # doctest: +SKIP
    """
    with _open(path) as (_, stream):
        rate = stream.average_rate
        return VideoInfo(
            _stated_duration(stream),
            float(rate) if rate else np.nan,
            stream.codec_context.width,
            stream.codec_context.height,
        )


def read_frames(path, times, *, height=None):
    """Read the frames of a video that are nearest to given times.

    Only these are kept, and what lies far between two of them is skipped by the file's
    index, so that memory and time depend on what is asked for.

    Read more in the :ref:`User Guide <faces>`.

    Parameters
    ----------
    path : path-like
        Video file.

    times : array-like of float of shape (n_frames,)
        In s from the first frame of the video, whatever its time stamp; in any order.

    height : int or None, default=None
        Height to which frames are scaled, with their proportions kept. If None, they
        keep their size.

    Returns
    -------
    frames : ndarray of uint8 of shape (n_frames, 3, height, width)
        Red, green and blue, as a player shows them: turned as the header says, and
        with square pixels.
    shown : ndarray of float of shape (n_frames,)
        Time of each frame in s. After the last frame of the video, the last one is
        returned, and before the first, the first: compare with `times`.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is empty, damaged, cut off before a time that is asked for, or
        holds no video.
    ImportError
        If the extra ``video`` is not installed.

    Notes
    -----
    Frames are chosen by their time stamps, so that a variable rate is no problem. Of
    two frames at the same distance the earlier one is taken.

    Examples
    --------
    >>> from sklearn_emotion.preprocessing import read_frames
    >>> frames, shown = read_frames("clip.mp4", [0.5, 1.5, 2.5])  # doctest: +SKIP
    """
    times = np.asarray(times, dtype=float)
    if times.ndim != 1 or not np.isfinite(times).all():
        raise ValueError(f"times must be finite and of shape (n_frames,), got {times}.")
    order = np.argsort(times, kind="stable")
    frames, shown = None, np.empty(len(times))
    for number, (frame, time) in zip(order, iter_frames(path, times[order], height)):
        if frames is None:
            frames = np.empty((len(times), 3, *frame.shape[:2]), dtype=np.uint8)
        frames[number] = frame.transpose(2, 0, 1)
        shown[number] = time
    if frames is None:
        frames = np.empty((0, 3, 0, 0), dtype=np.uint8)
    return frames, shown


def iter_frames(path, times, height=None):
    """Yield the frame nearest to each of some times.

    Parameters
    ----------
    path : path-like
        Video file.
    times : sequence of float
        In s from the first frame, in ascending order.
    height : int or None, default=None
        As of :func:`read_frames`.

    Yields
    ------
    frame : ndarray of uint8 of shape (height, width, 3)
        Red, green and blue; the same object as before if it is the same frame.
    time : float
        When it is shown, in s from the first frame.

    Raises
    ------
    ValueError
        As of :func:`read_frames`.
    """
    with _open(path) as (container, stream):
        reader = _Reader(path, container, stream)
        converted, source = None, None
        for time in times:
            frame, shown = reader.nearest(float(time))
            if frame is not source:
                aspect = float(stream.sample_aspect_ratio or 1)
                converted, source = _pixels(frame, aspect, height), frame
            yield converted, shown


class _Shown(NamedTuple):
    """A frame, and when it is shown, in s from the first one."""

    frame: object
    time: float


class _Reader:
    """Steps through a video, forwards only."""

    def __init__(self, path, container, stream):
        self.path, self.container, self.stream = path, container, stream
        # AVI states decoding times only. Frames come out of the decoder in the order of
        # presentation, each with the decoding time of a later packet; the delay is
        # constant.
        self._by_dts = container.format.name == "avi"
        self._decoded = container.decode(stream)
        self._origin, self._at = 0.0, None
        first = self._next()
        if first is None:
            raise ValueError(f"{path} holds no frame with a time stamp.")
        self._origin = first.time
        self._before = self._at = _Shown(first.frame, 0.0)
        self._ended = False

    def nearest(self, time):
        if time - self._at.time > _SKIPPED and not self._ended:
            self._skip_to(time)
        while self._at.time < time and not self._ended:
            self._step()
        if self._ended and time > self._at.time:
            self._check_end(time)
        is_later = (time - self._before.time) - (self._at.time - time) > _SAME
        return self._at if is_later else self._before

    def _step(self):
        shown = self._next()
        # Frames that do not advance are damage; no time is nearest to them.
        while shown is not None and shown.time <= self._at.time:
            shown = self._next()
        if shown is None:
            self._ended = True
        else:
            self._before, self._at = self._at, shown

    def _skip_to(self, time):
        from av import FFmpegError

        for target in (time - _LEAD, 0.0):
            offset = int((target + self._origin) / self.stream.time_base)
            try:
                self.container.seek(offset, stream=self.stream)
            except FFmpegError:
                return  # no index: what lies between is decoded
            self._decoded = self.container.decode(self.stream)
            shown = self._next()
            if shown is not None:
                self._before = self._at = shown
                if shown.time <= time:
                    return

    def _next(self):
        from av import FFmpegError

        while True:
            try:
                frame = next(self._decoded, None)
            except FFmpegError as error:
                after = self._at.time if self._at is not None else 0.0
                raise ValueError(
                    f"{self.path} is damaged or cut off: it cannot be decoded beyond "
                    f"{after:.2f} s ({error})."
                ) from error
            if frame is None:
                return None
            stamp = frame.dts if self._by_dts else frame.pts
            if stamp is not None:
                return _Shown(frame, float(stamp * frame.time_base) - self._origin)
            if self._by_dts and self._at is not None:
                # The decoder's last frames follow the last packet.
                return _Shown(frame, self._at.time + 1 / self.stream.average_rate)

    def _check_end(self, time):
        end, stated = self._at.time, _stated_duration(self.stream)
        if stated - end > _LACKING:
            raise ValueError(
                f"{self.path} is cut off: its header states {stated:.2f} s, its frames "
                f"end at {end:.2f} s, and {time:.2f} s is asked for."
            )


@contextmanager
def _open(path):
    try:
        import av
    except ImportError as error:
        raise missing_extra("Reading videos", "PyAV", "video") from error
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"There is no video {path}.")
    size = path.stat().st_size
    if size == 0:
        raise ValueError(f"{path} is empty.")
    try:
        container = av.open(str(path))
    except av.FFmpegError as error:
        raise ValueError(
            f"{path} cannot be read as a video ({size} bytes): it is cut off, damaged, "
            f"or of another kind ({error})."
        ) from error
    with container:
        if not container.streams.video:
            kinds = sorted({stream.type for stream in container.streams})
            raise ValueError(f"{path} holds no video; its streams are {kinds}.")
        yield container, container.streams.video[0]


def _stated_duration(stream):
    stated = []
    if stream.duration is not None:
        stated.append(float(stream.duration * stream.time_base))
    elif stream.container.duration is not None and len(stream.container.streams) == 1:
        stated.append(stream.container.duration / 1e6)
    if stream.frames and stream.average_rate:
        # Where a file was cut off, FFmpeg corrects the duration, not this number.
        stated.append(float(stream.frames / stream.average_rate))
    return max(stated, default=np.nan)


def _pixels(frame, aspect, height):
    rotation = frame.rotation
    size = frame.height, frame.width * aspect
    side = size[1] if rotation % 180 else size[0]
    scale = 1.0 if height is None else height / side
    rows, columns = (max(round(length * scale), 1) for length in size)
    pixels = frame.to_ndarray(format="rgb24", width=columns, height=rows)
    return np.rot90(pixels, k=round(rotation / 90) % 4)
