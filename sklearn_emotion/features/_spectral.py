"""Differential entropy in frequency bands."""

from numbers import Integral, Real

import numpy as np

from sklearn_emotion._base import Interval, SignalTransformer, StrOptions
from sklearn_emotion._validation import check_bands, check_window
from sklearn_emotion.features._filterbank import check_padding, window_energy
from sklearn_emotion.features._operators import Band
from sklearn_emotion.features._signals import (
    LEAST_ENERGY,
    as_signals,
    check_named,
    floored_log,
    value_names,
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


def differential_entropy(
    X,
    sfreq=128.0,
    *,
    bands=None,
    window=0.5,
    order=5,
    method="auto",
    n_jobs=None,
):
    r"""Differential entropy of each channel in each frequency band and window.

    Each sample is filtered by a zero-phase Butterworth band-pass, and the entropy is
    that of a Gaussian of the filtered signal's variance in a window:

    .. math:: h = \tfrac{1}{2} \ln(2 \pi e \sigma^2)

    Parameters
    ----------
    X : array of shape (n_samples, n_channels, n_times)
        Signals in a unit ``u``: a NumPy array, also memory-mapped, or a tensor of
        another array-API library.
    sfreq : float, default=128.0
        Sampling rate in Hz.
    bands : dict of str to (float, float), default=None
        Band name to its edges in Hz. If None, θ 4–7, α 8–13, β 14–30, γ 31–50 Hz.
    window : float or None, default=0.5
        Length of a window in s; a rest that fills no window is dropped. None takes
        the whole sample.
    order : int, default=5
        Order of the Butterworth filter.
    method : {"auto", "gemm", "fft", "sosfiltfilt"}, default="auto"
        How to compute it; see :class:`DifferentialEntropy`.
    n_jobs : int or None, default=None
        Number of threads; None is one.

    Returns
    -------
    h : array of float32, shape (n_samples, n_windows, n_bands, n_channels)
        Entropy in nats, relative to ``u``, in the namespace of X.

    Raises
    ------
    ValueError
        If a band does not fit below ``sfreq / 2``, samples are too short for the
        window or the filter, or X holds NaN or infinity.

    Warns
    -----
    UserWarning
        If a channel is constant; its entropy is that of the smallest normal float32
        variance, about -42.2.

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
        centre=True,
        method=method,
        finish=_gaussian_entropy,
        n_jobs=n_jobs,
    )
    warn_of_constants(
        X, entropy, ENTROPY_OF_CONSTANT, "their entropy is that of the least variance"
    )
    return entropy


def _gaussian_entropy(variance):
    return 0.5 * floored_log(variance) + ENTROPY_OF_UNIT_VARIANCE


class DifferentialEntropy(SignalTransformer):
    r"""Differential entropy of each channel in each frequency band and window.

    Each sample is filtered by a zero-phase Butterworth band-pass and assumed Gaussian,
    so that its entropy depends on its variance only [1]_:

    .. math:: h = \tfrac{1}{2} \ln(2 \pi e \sigma^2)

    Read more in the :ref:`User Guide <differential_entropy>`.

    Parameters
    ----------
    sfreq : float, default=128.0
        Sampling rate in Hz.

    bands : dict of str to (float, float), default=None
        Band name to its edges in Hz. If None, θ 4–7, α 8–13, β 14–30, γ 31–50 Hz.

    window : float or None, default=0.5
        Length of a window in s; a rest that fills no window is dropped. None takes
        the whole sample.

    order : int, default=5
        Order of the Butterworth filter.

    method : {"auto", "gemm", "fft", "sosfiltfilt"}, default="auto"
        How to compute the entropy. ``"sosfiltfilt"`` is the definition, by SciPy in
        float64, one sample at a time, the same to the bit in any batch. ``"gemm"``
        takes one matrix product and suits short samples, ``"fft"`` suits long ones;
        both agree with the definition to 1e-4 nats. ``"auto"`` takes the faster one.

    n_jobs : int, default=None
        Number of threads; None is one and -1 all cores.

    Attributes
    ----------
    n_features_in_ : int
        Number of channels seen during `fit`.

    See Also
    --------
    BandPower : Power per band by Welch's method, in squared units of the input.
    differential_entropy : The same as a function, also for tensors.

    Notes
    -----
    `transform` maps ``(n_samples, n_channels, n_times)`` to
    ``(n_samples, n_windows, n_bands, n_channels)``, float32, in nats relative to the
    unit of the input: volts in place of microvolts subtract ``ln(1e6)``. A constant
    channel gives the entropy of the smallest normal float32 variance, about -42.2,
    and a warning.

    The filter sees what it is given. Whole trials give the entropy of windows of a
    filtered trial; trials cut into short samples give another number near their edges.

    Departures from [1]_: none; the filter, its order and the windows are not stated
    there.

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
        "sfreq": [Interval(Real, 0, None, closed="neither")],
        "bands": [dict, None],
        "window": [Interval(Real, 0, None, closed="neither"), None],
        "order": [Interval(Integral, 1, None, closed="left")],
        "method": [StrOptions({"auto", "gemm", "fft", "sosfiltfilt"})],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        *,
        sfreq=128.0,
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
        input_features : sequence of str, default=None
            Names of the channels, ``"ch0"``, ``"ch1"``, ... by default, or of all
            values of an input sample, such as the step before in a pipeline gives.

        Returns
        -------
        names : ndarray of str
            Such as ``"w0_theta_Fp1"``.
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
