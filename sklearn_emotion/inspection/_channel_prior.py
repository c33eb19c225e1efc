"""Prior of the prior-driven networks on the scalp (Figure 2 of their paper)."""

from itertools import pairwise

import numpy as np

from sklearn_emotion._docs import fill_doc
from sklearn_emotion.features._images import standard_montage
from sklearn_emotion.inspection._docs import DISPLAY
from sklearn_emotion.inspection._plots import last_step, make_axes, require_method

_PARAMETERS = """
ch_names : sequence of str
    Names of the channels in the 10-10 system.

window : float or None
    Length of a window in seconds, for the titles. None numbers the windows.

ax : sequence of matplotlib Axes or None
    Axes for each window, without faces. None creates a figure.

faces : ndarray of shape (n_windows, 3, height, width) or None
    A picture of the face in each window, in [0, 1] or uint8, which is drawn above the
    scalp map of the window.

**options : dict
    Keyword arguments of :func:`mne.viz.plot_topomap`.
"""


@fill_doc(DISPLAY, _PARAMETERS)
class ChannelPriorDisplay:
    """Prior of :class:`~sklearn_emotion.PriorDrivenSTFENet` on the scalp, by window.

    The display corresponds to Figure 2 of [1]_. It shows how strongly each EEG channel
    is related to the face in each window. Use `from_estimator` to create the display.

    Read more in the :ref:`User Guide <inspection>`.

    Parameters
    ----------
    prior : ndarray of shape (n_windows, n_channels)
        Half the sum of the row and column means of the prior.
    %(ch_names)s
    %(window)s
    %(faces)s

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes
        Axes of the scalp map of each window.
    face_axes_ : ndarray of matplotlib Axes
        Axes of the faces, if there are any.
    %(figure_)s

    References
    ----------
    .. [1] C. Zheng, W. Shao, D. Zhang and Q. Zhu, "Prior-Driven Dynamic Brain Networks
       for Multi-modal Emotion Recognition", MICCAI 2023.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion.inspection import ChannelPriorDisplay
    >>> display = ChannelPriorDisplay(np.eye(3)[:2], ["Fz", "Cz", "Pz"], window=3.0)
    >>> display.titles
    ['0 to 3 s', '3 to 6 s']
    """

    def __init__(self, prior, ch_names, *, window=None, faces=None):
        self.prior = np.asarray(prior)
        self.ch_names = list(ch_names)
        self.window = window
        self.faces = None if faces is None else np.asarray(faces)
        if self.prior.ndim != 2 or self.prior.shape[1] != len(self.ch_names):
            raise ValueError(
                f"prior must have the shape (n_windows, {len(self.ch_names)}), with a "
                f"value for each name in ch_names; got {self.prior.shape}."
            )
        n_windows = len(self.prior)
        if faces is not None and (
            self.faces.ndim != 4 or self.faces.shape[:2] != (n_windows, 3)
        ):
            raise ValueError(
                f"faces must have the shape ({n_windows}, 3, height, width), with a "
                f"picture for each window; got {self.faces.shape}."
            )

    @property
    def titles(self):
        """Time span or number of each window."""
        if self.window is None:
            return [f"window {k + 1}" for k in range(len(self.prior))]
        edges = self.window * np.arange(len(self.prior) + 1)
        return [f"{a:g} to {b:g} s" for a, b in pairwise(edges)]

    @classmethod
    def from_estimator(
        cls, estimator, X, *, ch_names, window=None, faces=None, ax=None, **options
    ):
        """Draw the prior of a fitted network, averaged over samples.

        Parameters
        ----------
        %(estimator)s
        %(X)s
        %(ch_names)s
        %(window)s
        %(faces)s
        %(ax)s
        %(**options)s

        Returns
        -------
        display : ChannelPriorDisplay
            The drawn display.

        Raises
        ------
        ValueError
            If the network has no prior.
        """
        network, X = last_step(estimator, X)
        require_method(network, "channel_prior", cls.__name__)
        prior = network.channel_prior(X).mean(axis=0)
        display = cls(prior, ch_names, window=window, faces=faces)
        return display.plot(ax=ax, **options)

    def plot(self, ax=None, **options):
        """Draw a scalp map for each window, below the face of the window.

        Parameters
        ----------
        %(ax)s
        %(**options)s

        Returns
        -------
        display : ChannelPriorDisplay
            This display.
        """
        import mne

        n_windows = len(self.prior)
        given = ax is not None
        if self.faces is not None and not given:
            axes = self._draw_faces()
        else:
            axes = make_axes(ax, n_windows, figsize=(1.7 * n_windows + 1, 2.2))
            axes = np.atleast_1d(axes).ravel()
        if len(axes) != n_windows:
            raise ValueError(
                f"ax must have axes for each of {n_windows} windows, got {len(axes)}."
            )
        info = mne.create_info(self.ch_names, 1.0, "eeg")
        info.set_montage(standard_montage(), match_case=False)
        limits = self.prior.min(), self.prior.max()
        defaults = {"show": False, "vlim": limits, "contours": 0}
        for values, ax, title in zip(self.prior, axes, self.titles):
            image, _ = mne.viz.plot_topomap(values, info, axes=ax, **defaults | options)
            ax.set_title(title, fontsize="medium")
        self.axes_, self.figure_ = axes, axes[0].figure
        self.figure_.colorbar(
            image, ax=list(axes), label="prior", shrink=0.8 if given else 0.9
        )
        return self

    def _draw_faces(self):
        """Draw the faces in the first row of a new figure; return the second row."""
        import matplotlib.pyplot as plt

        n_windows = len(self.prior)
        _, (self.face_axes_, axes) = plt.subplots(
            2,
            n_windows,
            squeeze=False,
            layout="constrained",
            figsize=(1.7 * n_windows + 1, 3.9),
        )
        for face, ax in zip(self.faces, self.face_axes_):
            ax.imshow(np.moveaxis(face, 0, -1))
            ax.set_axis_off()
        return axes
