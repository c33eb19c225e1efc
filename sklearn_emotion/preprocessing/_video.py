"""Single frames of videos at requested times."""

from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sklearn_emotion._docs import fill_doc
from sklearn_emotion._files import naming
from sklearn_emotion._validation import missing_extra
from sklearn_emotion.preprocessing._docs import VIDEO

# Distance in s beyond which frames are skipped with the index of the file.
_SKIPPED = 10.0
# Lead in s when searching a key frame, since an index may contain decoding times.
_LEAD = 1.0
# Difference in s between the stated and the actual end above which a file was cut off.
_MAX_MISSING = 1.0
# Differences in s below this limit are rounding errors.
_ROUNDING = 1e-6
# Number of pixels of a frame above which a header is damaged: four times 4K.
_MAX_PIXELS = 2**25


class VideoInfo(NamedTuple):
    """Content of the header of a video. A missing value is NaN.

    Parameters
    ----------
    duration : float
        Length in seconds.
    frame_rate : float
        Mean number of frames per second.
    width, height : int
        Size of the stored frames in pixels.

    Examples
    --------
    >>> from sklearn_emotion import VideoInfo
    >>> info = VideoInfo(duration=60.0, frame_rate=50.0, width=720, height=576)
    >>> info.duration * info.frame_rate
    3000.0
    """

    duration: float
    frame_rate: float
    width: int
    height: int


@fill_doc(VIDEO)
def probe_video(path):
    """Read the header of a video without decoding a frame.

    Read more in the :ref:`User Guide <faces>`.

    Parameters
    ----------
    %(path)s

    Returns
    -------
    info : VideoInfo
        ``duration`` in seconds, ``frame_rate`` in Hz, ``width`` and ``height`` in
        pixels.

    Raises
    ------
    FileNotFoundError
        If the file does not exist.
    ValueError
        If the file is empty or damaged, or contains no video.
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


@fill_doc(VIDEO)
def read_frames(path, times, *, height=None):
    """Read the frames of a video that are nearest to given times.

    Only these frames are kept in memory. Long stretches between two of them are skipped
    with the index of the file, so memory and time depend on the number of times.

    Read more in the :ref:`User Guide <faces>`.

    Parameters
    ----------
    %(path)s

    times : array-like of float of shape (n_frames,)
        Times in seconds from the first frame of the video, in any order. The time stamp
        of the first frame does not matter.

    height : int or None, default=None
        Height to which frames are scaled, with their proportions kept. If None, frames
        keep their size.

    Returns
    -------
    frames : ndarray of uint8 of shape (n_frames, 3, height, width)
        Red, green and blue, as a player shows them: rotated as the header states, and
        with square pixels.
    shown : ndarray of float of shape (n_frames,)
        Time of each frame in seconds. Compare it with `times`: times before the first
        frame or after the last frame of the video return this frame.

    Raises
    ------
    FileNotFoundError
        If the file does not exist.
    ValueError
        If the file is empty or damaged, is cut off before a requested time, or contains
        no video.
    ImportError
        If the extra ``video`` is not installed.

    Notes
    -----
    Frames are chosen by their time stamps, so the frame rate may vary. Of two frames at
    the same distance, the earlier one is taken.

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
    """Yield the frame nearest to each of the given times, and its own time.

    Times are in seconds from the first frame, in ascending order. Frames are uint8 of
    shape (height, width, 3). The same frame is yielded as the same object. The file,
    `height` and the errors are described in :func:`read_frames`.
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
    """A frame, and the time when it is shown, in seconds from the first frame."""

    frame: object
    time: float


class _Reader:
    """Read a video step by step, only forwards."""

    def __init__(self, path, container, stream):
        self.path, self.container, self.stream = path, container, stream
        # AVI states only decoding times. The decoder returns frames in the order of
        # presentation, each with the decoding time of a later packet. The delay is
        # constant.
        self._by_dts = container.format.name == "avi"
        self._decoded = container.decode(stream)
        self._origin, self._at = 0.0, None
        first = self._next()
        if first is None:
            raise ValueError(f"{path} contains no frame with a time stamp.")
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
        is_later = (time - self._before.time) - (self._at.time - time) > _ROUNDING
        return self._at if is_later else self._before

    def _step(self):
        shown = self._next()
        # Frames whose time does not advance are damaged and are skipped.
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
                return  # no index: all frames in between are decoded
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
        if stated - end > _MAX_MISSING:
            raise ValueError(
                f"{self.path} is cut off: its header states {stated:.2f} s, but its "
                f"frames end at {end:.2f} s, and {time:.2f} s was requested."
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
    with naming(path, "a video"):
        try:
            container = av.open(str(path), metadata_errors="replace")
        except av.FFmpegError as error:
            raise ValueError(
                f"{path} cannot be read as a video ({size} bytes). It is cut off, "
                f"damaged, or no video ({error})."
            ) from error
    with naming(path, "a video"), container:
        if not container.streams.video:
            kinds = sorted({stream.type for stream in container.streams})
            raise ValueError(f"{path} holds no video. Its streams are {kinds}.")
        stream = container.streams.video[0]
        if stream.codec_context is None:
            raise ValueError(f"{path} holds a video in an unknown format.")
        _check_size(stream.codec_context.width, stream.codec_context.height)
        yield container, stream


def _check_size(width, height):
    if width * height > _MAX_PIXELS:
        raise ValueError(f"frames of {width} by {height} pixels")


def _stated_duration(stream):
    stated = []
    if stream.duration is not None:
        stated.append(float(stream.duration * stream.time_base))
    elif stream.container.duration is not None and len(stream.container.streams) == 1:
        stated.append(stream.container.duration / 1e6)
    if stream.frames and stream.average_rate:
        # If a file was cut off, FFmpeg corrects the duration but not this number.
        stated.append(float(stream.frames / stream.average_rate))
    return max(stated, default=np.nan)


def _pixels(frame, aspect, height):
    rotation = frame.rotation
    size = frame.height, frame.width * aspect
    side = size[1] if rotation % 180 else size[0]
    scale = 1.0 if height is None else height / side
    rows, columns = (max(round(length * scale), 1) for length in size)
    _check_size(columns, rows)
    pixels = frame.to_ndarray(format="rgb24", width=columns, height=rows)
    return np.rot90(pixels, k=round(rotation / 90) % 4)
