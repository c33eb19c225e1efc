"""Where the hierarchical-attention LSTM looks."""

import numpy as np

from sklearn_emotion.inspection._plots import last_step, make_axes, require_method


class AttendedFramesDisplay:
    """How often :class:`~sklearn_emotion.HierarchicalAttentionLSTM` looks at a frame.

    It is recommended to use `from_estimator`. Every episode starts at the first frame.

    Read more in the :ref:`User Guide <inspection>`.

    Parameters
    ----------
    frames : ndarray of int of shape (n_samples, max_steps)
        Indices of the frames looked at, -1 after the end.
    n_frames : int
        Frames in a sample.
    frame_rate : float or None, default=None
        Frames a second, to draw over time in s; None draws over frames.

    Attributes
    ----------
    bars_ : matplotlib BarContainer
        Bars.
    ax_ : matplotlib Axes
        Axes with the bars.
    figure_ : matplotlib Figure
        Figure of the axes.

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
        """Draw where a fitted network looks in some samples.

        Parameters
        ----------
        estimator : HierarchicalAttentionLSTM or Pipeline that ends with one
            Fitted.
        X : Modalities or dict of str to ndarray
            Samples, as the estimator takes them.
        frame_rate : float or None, default=None
            Frames a second, to draw over time in s; None draws over frames.
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a figure.
        **options : dict
            Arguments of :meth:`matplotlib.axes.Axes.bar`.

        Returns
        -------
        display : AttendedFramesDisplay
            What was drawn.
        """
        network, X = last_step(estimator, X)
        require_method(network, "attended_frames", cls.__name__)
        n_frames = np.shape(X["face"])[1]
        display = cls(network.attended_frames(X), n_frames, frame_rate=frame_rate)
        return display.plot(ax=ax, **options)

    def plot(self, ax=None, **options):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a figure.
        **options : dict
            Arguments of :meth:`matplotlib.axes.Axes.bar`.

        Returns
        -------
        display : AttendedFramesDisplay
            Itself.
        """
        ax = make_axes(ax, figsize=(6, 2.5))
        rate = 1 if self.frame_rate is None else self.frame_rate
        places = np.arange(self.n_frames) / rate
        self.bars_ = ax.bar(places, self.looks, **{"width": 0.8 / rate} | options)
        ax.set(xlabel="frame" if self.frame_rate is None else "time (s)")
        ax.set(ylabel="looks", xlim=(-0.7 / rate, (self.n_frames - 0.3) / rate))
        self.ax_, self.figure_ = ax, ax.figure
        return self
