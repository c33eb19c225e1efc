"""Frames that the hierarchical-attention LSTM looks at."""

import numpy as np

from sklearn_emotion._docs import fill_doc
from sklearn_emotion.inspection._docs import BARS, DISPLAY
from sklearn_emotion.inspection._plots import last_step, make_axes, require_method

_FRAME_RATE = """
frame_rate : float or None
    Number of frames per second, for an axis in seconds. None draws an axis in frames.
"""


@fill_doc(DISPLAY, BARS, _FRAME_RATE)
class AttendedFramesDisplay:
    """Number of times that a hierarchical-attention LSTM looks at each frame.

    The network is :class:`~sklearn_emotion.HierarchicalAttentionLSTM`. Every episode
    starts at the first frame. Use `from_estimator` to create the display.

    Read more in the :ref:`User Guide <inspection>`.

    Parameters
    ----------
    frames : ndarray of int of shape (n_samples, max_steps)
        Index of the frame of each step, -1 after the end of an episode.
    n_frames : int
        Number of frames in a sample.
    %(frame_rate)s

    Attributes
    ----------
    %(bars_)s
    %(ax_)s
    %(figure_)s

    Examples
    --------
    >>> from sklearn_emotion.inspection import AttendedFramesDisplay
    >>> display = AttendedFramesDisplay([[0, 2, 2], [0, 1, -1]], n_frames=4)
    >>> display.looks.tolist()
    [2, 1, 2, 0]
    """

    def __init__(self, frames, n_frames, *, frame_rate=None):
        self.frames = np.asarray(frames)
        self.n_frames = n_frames
        self.frame_rate = frame_rate

    @property
    def looks(self):
        """Number of looks at each frame."""
        seen = self.frames[self.frames >= 0]
        return np.bincount(seen, minlength=self.n_frames)

    @classmethod
    def from_estimator(cls, estimator, X, *, frame_rate=None, ax=None, **options):
        """Draw the frames that a fitted network looks at.

        Parameters
        ----------
        %(estimator)s
        %(X)s
        %(frame_rate)s
        %(ax)s
        %(**options)s

        Returns
        -------
        display : AttendedFramesDisplay
            The drawn display.
        """
        network, X = last_step(estimator, X)
        require_method(network, "attended_frames", cls.__name__)
        n_frames = np.shape(X["face"])[1]
        display = cls(network.attended_frames(X), n_frames, frame_rate=frame_rate)
        return display.plot(ax=ax, **options)

    def plot(self, ax=None, **options):
        """Draw a bar for each frame.

        Parameters
        ----------
        %(ax)s
        %(**options)s

        Returns
        -------
        display : AttendedFramesDisplay
            This display.
        """
        ax = make_axes(ax, figsize=(6, 2.5))
        rate = 1 if self.frame_rate is None else self.frame_rate
        places = np.arange(self.n_frames) / rate
        self.bars_ = ax.bar(places, self.looks, **{"width": 0.8 / rate} | options)
        ax.set(xlabel="frame" if self.frame_rate is None else "time (s)")
        ax.set(ylabel="looks", xlim=(-0.7 / rate, (self.n_frames - 0.3) / rate))
        self.ax_, self.figure_ = ax, ax.figure
        return self
