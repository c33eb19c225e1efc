"""Figure 2 of the prior-driven networks' paper: the prior on the scalp."""

from itertools import pairwise

import numpy as np

from sklearn_emotion.features._images import standard_montage
from sklearn_emotion.inspection._plots import last_step, make_axes, require_method


class ChannelPriorDisplay:
    """Prior of :class:`~sklearn_emotion.PriorDrivenSTFENet` on the scalp, by window.

    The counterpart of Figure 2 of [1]_: how much each EEG channel goes with the face
    in each window. It is recommended to use `from_estimator`.

    Read more in the :ref:`User Guide <inspection>`.

    Parameters
    ----------
    prior : ndarray of shape (n_windows, n_channels)
        Half the sum of the row and column means of the prior.
    ch_names : sequence of str
        10-10 names of the channels.
    window : float or None, default=None
        Length of a window in s, for the titles; None numbers them.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes
        A scalp map each.
    figure_ : matplotlib Figure
        Figure of the axes.

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

    def __init__(self, prior, ch_names, *, window=None):
        self.prior = np.asarray(prior)
        self.ch_names = list(ch_names)
        self.window = window
        if self.prior.ndim != 2 or self.prior.shape[1] != len(self.ch_names):
            raise ValueError(
                f"prior must have the shape (n_windows, {len(self.ch_names)}), a value "
                f"for each name in ch_names; got {self.prior.shape}."
            )

    @property
    def titles(self):
        """Time or number of each window."""
        if self.window is None:
            return [f"window {k + 1}" for k in range(len(self.prior))]
        edges = self.window * np.arange(len(self.prior) + 1)
        return [f"{a:g} to {b:g} s" for a, b in pairwise(edges)]

    @classmethod
    def from_estimator(cls, estimator, X, *, ch_names, window=None, ax=None, **options):
        """Draw the mean prior of some samples.

        Parameters
        ----------
        estimator : PriorDrivenSTFENet, its regressor or Pipeline that ends with one
            Fitted.
        X : Modalities or dict of str to ndarray
            Samples, as the estimator takes them.
        ch_names : sequence of str
            10-10 names of the channels.
        window : float or None, default=None
            Length of a window in s, for the titles; None numbers them.
        ax : sequence of matplotlib Axes or None, default=None
            An axes for each window; None makes a figure.
        **options : dict
            Arguments of :func:`mne.viz.plot_topomap`.

        Returns
        -------
        display : ChannelPriorDisplay
            What was drawn.

        Raises
        ------
        ValueError
            If the network has no prior.
        """
        network, X = last_step(estimator, X)
        require_method(network, "channel_prior", cls.__name__)
        prior = network.channel_prior(X).mean(axis=0)
        return cls(prior, ch_names, window=window).plot(ax=ax, **options)

    def plot(self, ax=None, **options):
        """Draw.

        Parameters
        ----------
        ax : sequence of matplotlib Axes or None, default=None
            An axes for each window; None makes a figure.
        **options : dict
            Arguments of :func:`mne.viz.plot_topomap`.

        Returns
        -------
        display : ChannelPriorDisplay
            Itself.
        """
        import mne

        n_windows = len(self.prior)
        given = ax is not None
        axes = make_axes(ax, n_windows, figsize=(1.7 * n_windows + 1, 2.2))
        axes = np.atleast_1d(axes).ravel()
        if len(axes) != n_windows:
            raise ValueError(
                f"ax must hold axes for each of {n_windows} windows, got {len(axes)}."
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
