"""Differential entropy in frequency bands."""

from numbers import Integral, Real

import numpy as np

from sklearn_emotion._base import Interval, SignalTransformer, StrOptions
from sklearn_emotion._described import read_rate
from sklearn_emotion._docs import fill_doc
from sklearn_emotion._names import check_named, value_names
from sklearn_emotion._validation import check_bands, check_window
from sklearn_emotion.features._docs import CHANNEL_NAMES, SIGNALS
from sklearn_emotion.features._filterbank import check_padding, window_energy
from sklearn_emotion.features._operators import Band
from sklearn_emotion.features._signals import (
    LEAST_ENERGY,
    as_signals,
    floored_log,
    warn_of_constants,
)

#: Default bands of the differential entropy, in Hz.
DE_BANDS = {
    "theta": (4.0, 7.0),
    "alpha": (8.0, 13.0),
    "beta": (14.0, 30.0),
    "gamma": (31.0, 50.0),
}
ENTROPY_OF_UNIT_VARIANCE = 0.5 * float(np.log(2 * np.pi * np.e))
ENTROPY_OF_CONSTANT = 0.5 * float(np.log(LEAST_ENERGY)) + ENTROPY_OF_UNIT_VARIANCE

_PARAMETERS = """
bands : dict of str to (float, float) or None
    Name and edges in Hz of each band. If None, theta 4-7, alpha 8-13, beta 14-30 and
    gamma 31-50 Hz.

method : {"auto", "gemm", "fft", "sosfiltfilt"}
    How to compute the entropy. ``"sosfiltfilt"`` is the reference: SciPy filters one
    sample at a time in float64, so the result of a sample is identical to the last bit
    in any batch. ``"gemm"`` computes one matrix product and suits short samples, and
    ``"fft"`` suits long samples. Both agree with the reference to 1e-4 nats.
    ``"auto"`` chooses the faster of the two.
"""


@fill_doc(SIGNALS, _PARAMETERS)
def differential_entropy(
    X,
    sfreq="auto",
    *,
    bands=None,
    window=0.5,
    order=5,
    method="auto",
    n_jobs=None,
):
    """Compute the differential entropy of each channel, frequency band and window.

    The definition is given in :class:`DifferentialEntropy`.

    Parameters
    ----------
    %(parameters)s

    Returns
    -------
    h : array of float32, shape (n_samples, n_windows, n_bands, n_channels)
        Entropy in nats, relative to the unit u, in the namespace of X.

    Raises
    ------
    ValueError
        If a band does not fit below ``sfreq / 2``, if samples are too short for the
        window or the filter, or if X contains NaN or infinity.

    Warns
    -----
    UserWarning
        If a channel is constant. Its entropy is computed from the smallest normal
        float32 variance, and is about -42.2.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion.features import differential_entropy
    >>> t = np.arange(1280) / 128
    >>> X = 3 * np.sin(2 * np.pi * 10 * t)[None, None]
    >>> h = differential_entropy(X, 128.0, bands={"alpha": (8, 13)}, window=None)
    >>> f"{h.item():.2f} {0.5 * np.log(2 * np.pi * np.e * 3**2 / 2):.2f}"
    '2.17 2.17'
    """
    sfreq = read_rate(X, sfreq, 128.0, "differential_entropy")
    X = as_signals(X)
    bands = check_bands(DE_BANDS if bands is None else bands, sfreq)
    length = check_window(window, sfreq, X.shape[-1], shape=X.shape)
    check_padding(X.shape[-1], order, sfreq)
    filters = [Band(*edges, order, sfreq) for edges in bands.values()]
    bounds = range(0, X.shape[-1] + 1, length)
    entropy = window_energy(
        X,
        filters,
        bounds,
        center=True,
        method=method,
        finish=_gaussian_entropy,
        n_jobs=n_jobs,
    )
    warn_of_constants(
        X, entropy, ENTROPY_OF_CONSTANT, "their entropy is set to the least value"
    )
    return entropy


def _gaussian_entropy(variance):
    return 0.5 * floored_log(variance) + ENTROPY_OF_UNIT_VARIANCE


@fill_doc(SIGNALS, CHANNEL_NAMES, _PARAMETERS)
class DifferentialEntropy(SignalTransformer):
    r"""Compute the differential entropy of each channel, frequency band and window.

    Each sample is band-pass filtered with a zero-phase Butterworth filter. Within each
    window, the filtered signal is assumed to be Gaussian, so its entropy depends only
    on its variance [1]_:

    .. math:: h = \tfrac{1}{2} \ln(2 \pi e \sigma^2)

    Read more in the :ref:`User Guide <differential_entropy>`.

    Parameters
    ----------
    %(parameters)s

    Attributes
    ----------
    %(sfreq_)s

    %(n_features_in_)s

    See Also
    --------
    BandPower : Power per band by Welch's method, in squared units of the input.
    differential_entropy : Function with the same computation, which also takes tensors.

    Notes
    -----
    `transform` maps ``(n_samples, n_channels, n_times)`` to
    ``(n_samples, n_windows, n_bands, n_channels)``, float32, in nats relative to the
    unit of the input. Entropies of signals in volts are lower by ``ln(1e6)`` than those
    of signals in microvolts. A constant channel gives the entropy of the smallest
    normal float32 variance, about -42.2, and triggers a warning.

    Each sample is filtered by itself. Whole trials as samples give the entropy of
    windows of a filtered trial. If trials are cut into short samples first, the values
    near the edges of the samples differ.

    Departures from [1]_: none. The paper does not state the filter, its order or the
    windows.

    References
    ----------
    .. [1] R.-N. Duan, J.-Y. Zhu and B.-L. Lu, "Differential entropy feature for
       EEG-based emotion classification", NER 2013.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import DifferentialEntropy
    >>> X = np.random.default_rng(0).standard_normal((5, 32, 256))
    >>> DifferentialEntropy(sfreq=128).fit_transform(X).shape
    (5, 4, 4, 32)
    """

    _parameter_constraints: dict = {
        "sfreq": [Interval(Real, 0, None, closed="neither"), StrOptions({"auto"})],
        "bands": [dict, None],
        "window": [Interval(Real, 0, None, closed="neither"), None],
        "order": [Interval(Integral, 1, None, closed="left")],
        "method": [StrOptions({"auto", "gemm", "fft", "sosfiltfilt"})],
        "n_jobs": [Integral, None],
    }

    _keeps_channels = True

    def __init__(
        self,
        *,
        sfreq="auto",
        bands=None,
        window=0.5,
        order=5,
        method="auto",
        n_jobs=None,
    ):
        self.sfreq = sfreq
        self.bands = bands
        self.window = window
        self.order = order
        self.method = method
        self.n_jobs = n_jobs

    def get_feature_names_out(self, input_features=None):
        """Return a name for each output value, in the order of the flattened sample.

        Parameters
        ----------
        %(input_features)s

        Returns
        -------
        names : ndarray of str
            Names such as ``"w0_theta_Fp1"``.
        """
        n_times = check_named(self)[-1]
        length = check_window(self.window, self.sfreq, n_times)
        bands = DE_BANDS if self.bands is None else self.bands
        return value_names(self, n_times // length, bands, input_features)

    def _check(self, X):
        check_bands(DE_BANDS if self.bands is None else self.bands, self.sfreq)
        check_window(self.window, self.sfreq, X.shape[-1], shape=X.shape)
        check_padding(X.shape[-1], self.order, self.sfreq)

    def _transform(self, X):
        return differential_entropy(
            X,
            self.sfreq,
            bands=self.bands,
            window=self.window,
            order=self.order,
            method=self.method,
            n_jobs=self.n_jobs,
        )
