"""Figure 7 of 3FACRNN's paper: the mean weight of each band."""

import numpy as np

from sklearn_emotion.inspection._plots import last_step, make_axes, require_method

NOTE = "kernel 1: the order is that of\nthe bands' mean inputs, or its reverse"


class BandAttentionDisplay:
    """Mean band attention of :class:`~sklearn_emotion.ThreeFACRNN`.

    The counterpart of Figure 7 of [1]_. It is recommended to use `from_estimator`.

    With a kernel of 1, the default for four bands, all bands share one factor: a
    band's weight is a rising or falling function of its mean input, the same for all,
    so that the ranking says nothing of importance. The figure says so; with
    ``band_kernel_size=3`` bands interact.

    Read more in the :ref:`User Guide <inspection>`.

    Parameters
    ----------
    weights : ndarray of shape (n_samples, n_windows, n_bands)
        Weights in (0, 1).
    bands : sequence of str or None, default=None
        Names of the bands; None numbers them.
    note : str or None, default=None
        Printed below the bands.

    Attributes
    ----------
    points_ : matplotlib ErrorbarContainer
        Mean of each band, and the standard deviation over samples.
    ax_ : matplotlib Axes
        Axes with the points.
    figure_ : matplotlib Figure
        Figure of the axes.

    References
    ----------
    .. [1] Y. Du, P. Li, L. Cheng, X. Zhang, M. Li and F. Li, "Attention-based 3D
       convolutional recurrent neural network model for multimodal emotion
       recognition", Frontiers in Neuroscience 17:1330077, 2024.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion.inspection import BandAttentionDisplay
    >>> weights = np.array([[[0.2, 0.4]], [[0.4, 0.6]]])
    >>> BandAttentionDisplay(weights, ["alpha", "beta"]).mean.round(2).tolist()
    [0.3, 0.5]
    """

    def __init__(self, weights, bands=None, *, note=None):
        self.weights = np.asarray(weights)
        n_bands = self.weights.shape[-1]
        bands = [f"band {i + 1}" for i in range(n_bands)] if bands is None else bands
        if len(bands) != n_bands:
            raise ValueError(
                f"bands must name all {n_bands} bands of the weights, got {len(bands)}."
            )
        self.bands = list(bands)
        self.note = note

    @property
    def mean(self):
        """Mean weight of each band, over samples and windows."""
        return self.weights.reshape(-1, len(self.bands)).mean(axis=0)

    @classmethod
    def from_estimator(cls, estimator, X, *, bands=None, ax=None, **options):
        """Draw the band attention of a fitted network on some samples.

        Parameters
        ----------
        estimator : ThreeFACRNN, ThreeFACRNNRegressor or Pipeline that ends with one
            Fitted.
        X : ndarray or Modalities
            Samples, as the estimator takes them.
        bands : sequence of str or None, default=None
            Names of the bands; None numbers them.
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a figure.
        **options : dict
            Arguments of :meth:`matplotlib.axes.Axes.errorbar`.

        Returns
        -------
        display : BandAttentionDisplay
            What was drawn.

        Raises
        ------
        ValueError
            If the network has no band attention.
        """
        network, X = last_step(estimator, X)
        require_method(network, "band_attention_weights", cls.__name__)
        weights = network.band_attention_weights(X)
        kernel = network.net_.module_.band_attention.conv.kernel_size[0]
        display = cls(weights, bands, note=NOTE if kernel == 1 else None)
        return display.plot(ax=ax, **options)

    def plot(self, ax=None, **options):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a figure.
        **options : dict
            Arguments of :meth:`matplotlib.axes.Axes.errorbar`.

        Returns
        -------
        display : BandAttentionDisplay
            Itself.
        """
        ax = make_axes(ax, figsize=(4, 3))
        spread = self.weights.mean(axis=1).std(axis=0)
        places = np.arange(len(self.bands))
        defaults = {"yerr": spread, "fmt": "o", "capsize": 3}
        self.points_ = ax.errorbar(places, self.mean, **defaults | options)
        ax.set_xticks(places, self.bands)
        ax.set(ylabel="band weight", xlim=(-0.5, len(places) - 0.5))
        if self.note:
            ax.set_xlabel(self.note, fontsize="small")
        self.ax_, self.figure_ = ax, ax.figure
        return self
