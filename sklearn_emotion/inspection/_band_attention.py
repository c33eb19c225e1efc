"""Mean weight of each band in 3FACRNN (Figure 7 of its paper)."""

import numpy as np

from sklearn_emotion._docs import fill_doc
from sklearn_emotion.inspection._docs import DISPLAY
from sklearn_emotion.inspection._plots import last_step, make_axes, require_method

NOTE = "kernel 1: the weights rise or fall\nwith the mean inputs of the bands"
_PARAMETERS = """
bands : sequence of str or None
    Names of the bands. None numbers the bands.

**options : dict
    Keyword arguments of :meth:`matplotlib.axes.Axes.errorbar`.
"""


@fill_doc(DISPLAY, _PARAMETERS)
class BandAttentionDisplay:
    """Mean band attention of :class:`~sklearn_emotion.ThreeFACRNN`.

    The display corresponds to Figure 7 of [1]_. Use `from_estimator` to create it.

    With a kernel of 1, the default for four bands, all bands share one factor. The
    weight of a band is then an increasing or decreasing function of its mean input, the
    same function for all bands, so the order of the weights does not show the
    importance of the bands. A note in the figure states this. With
    ``band_kernel_size=3``, bands interact.

    Read more in the :ref:`User Guide <inspection>`.

    Parameters
    ----------
    weights : ndarray of shape (n_samples, n_windows, n_bands)
        Weights between 0 and 1.
    %(bands)s
    note : str or None, default=None
        Text below the bands.

    Attributes
    ----------
    points_ : matplotlib ErrorbarContainer
        Mean of each band, and the standard deviation over samples.
    %(ax_)s
    %(figure_)s

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
        """Draw the band attention of a fitted network.

        Parameters
        ----------
        %(estimator)s
        %(X)s
        %(bands)s
        %(ax)s
        %(**options)s

        Returns
        -------
        display : BandAttentionDisplay
            The drawn display.

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
        """Draw the mean weight of each band with an error bar.

        Parameters
        ----------
        %(ax)s
        %(**options)s

        Returns
        -------
        display : BandAttentionDisplay
            This display.
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
