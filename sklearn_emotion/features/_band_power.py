"""Power in frequency bands."""

from functools import partial
from math import log as ln
from numbers import Integral, Real

from sklearn_emotion._base import Interval, SignalTransformer
from sklearn_emotion._validation import check_bands, check_window, to_samples
from sklearn_emotion.features._chunks import apply_kernels
from sklearn_emotion.features._signals import (
    LEAST_ENERGY,
    as_signals,
    check_named,
    floored_log,
    value_names,
    warn_of_constants,
)
from sklearn_emotion.features._welch import Welch, bins_in_bands

#: Default bands of the band power, in Hz.
POWER_BANDS = {
    "theta": (4.0, 8.0),
    "slow_alpha": (8.0, 10.0),
    "alpha": (8.0, 12.0),
    "beta": (12.0, 30.0),
    "gamma": (30.0, 45.0),
}


def band_power(
    X,
    sfreq=128.0,
    *,
    bands=None,
    window=3.0,
    segment=None,
    log=False,
    relative=False,
    n_jobs=None,
):
    r"""Power of each channel in each frequency band and window, by Welch's method.

    .. math:: P = \sum_{f_\mathrm{low} \le f_k < f_\mathrm{high}} S(f_k)\, \Delta f

    with the one-sided density S of Hann-tapered, centred segments, averaged where a
    window holds several, which overlap by a half.

    Parameters
    ----------
    X : array of shape (n_samples, n_channels, n_times)
        Signals in a unit ``u``: a NumPy array, also memory-mapped, or a tensor of
        another array-API library.
    sfreq : float, default=128.0
        Sampling rate in Hz.
    bands : dict of str to (float, float), default=None
        Band name to its edges in Hz. If None, θ 4–8, slow α 8–10, α 8–12, β 12–30,
        γ 30–45 Hz.
    window : float or None, default=3.0
        Length of a window in s; a rest that fills no window is dropped. None takes
        the whole sample.
    segment : float or None, default=None
        Length of a segment in s; None takes the whole window.
    log : bool, default=False
        Whether to return the natural logarithm.
    relative : bool, default=False
        Whether to divide by the power in all frequencies of the segment.
    n_jobs : int or None, default=None
        Number of threads; None is one.

    Returns
    -------
    power : array of float32, shape (n_samples, n_windows, n_bands, n_channels)
        Power in u², or the share of the whole, or its logarithm, in the namespace of X.

    Raises
    ------
    ValueError
        If a band does not fit below ``sfreq / 2`` or holds no frequency of a segment,
        a window is longer than the samples, a segment is longer than a window, or X
        holds NaN or infinity.

    Warns
    -----
    UserWarning
        If a channel is constant; its power is 0, and the logarithm that of the
        smallest normal float32 number, about -87.3.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion.features import band_power
    >>> t = np.arange(384) / 128
    >>> X = 3 * np.sin(2 * np.pi * 10 * t)[None, None]  # power 3² / 2
    >>> band_power(X, 128.0)[0, 0, :, 0].round(2).tolist()
    [0.0, 0.75, 4.5, 0.0, 0.0]
    """
    X = as_signals(X)
    bands = check_bands(POWER_BANDS if bands is None else bands, sfreq)
    n_window, n_segment = _segment(X.shape, sfreq, window, segment)
    inside = bins_in_bands(bands, n_segment, sfreq)
    kernels = [
        partial(Welch, X, inside, n_window, n_segment, relative, precision=precision)
        for precision in ("float32", "float64")
    ]
    shape = X.shape[-1] // n_window, len(bands)
    finish = floored_log if log else None
    power = apply_kernels(kernels, X, shape, finish=finish, n_jobs=n_jobs)
    least = ln(LEAST_ENERGY) if log else 0.0
    warn_of_constants(X, power, least, "their power is 0")
    return power


def _segment(shape, sfreq, window, segment):
    """Return the time points in a window and in a segment."""
    n_window = check_window(window, sfreq, shape[-1], shape=shape)
    if segment is None:
        return n_window, n_window
    n_segment = to_samples(segment, sfreq, "segment")
    if n_segment > n_window:
        raise ValueError(
            f"segment={segment} s is longer than the window of {n_window / sfreq:g} s."
        )
    return n_window, n_segment


class BandPower(SignalTransformer):
    r"""Power of each channel in each frequency band and window, by Welch's method.

    .. math:: P = \sum_{f_\mathrm{low} \le f_k < f_\mathrm{high}} S(f_k)\, \Delta f

    with the one-sided density S of Hann-tapered, centred segments [1]_: one segment
    the length of the window, or the mean over segments that overlap by a half.

    Read more in the :ref:`User Guide <band_power>`.

    Parameters
    ----------
    sfreq : float, default=128.0
        Sampling rate in Hz.

    bands : dict of str to (float, float), default=None
        Band name to its edges in Hz. If None, θ 4–8, slow α 8–10, α 8–12, β 12–30,
        γ 30–45 Hz.

    window : float or None, default=3.0
        Length of a window in s; a rest that fills no window is dropped. None takes
        the whole sample.

    segment : float or None, default=None
        Length of a segment in s; None takes the whole window.

    log : bool, default=False
        Whether to return the natural logarithm.

    relative : bool, default=False
        Whether to divide by the power in all frequencies of the segment.

    n_jobs : int, default=None
        Number of threads; None is one and -1 all cores.

    Attributes
    ----------
    n_features_in_ : int
        Number of channels seen during `fit`.

    See Also
    --------
    DifferentialEntropy : Entropy of the band-passed signal, in nats.
    band_power : The same as a function, also for tensors.

    Notes
    -----
    `transform` maps ``(n_samples, n_channels, n_times)`` to
    ``(n_samples, n_windows, n_bands, n_channels)``, float32, in squared units of the
    input. It agrees with :func:`scipy.signal.welch`, summed over the bins of a band, to
    1e-5 of itself. A constant channel has power 0, whose logarithm is taken to be that
    of the smallest normal float32 number, and gives a warning.

    Departures from [1]_: segments are centred, as in SciPy.

    References
    ----------
    .. [1] P. D. Welch, "The use of fast Fourier transform for the estimation of power
       spectra", IEEE Trans. Audio Electroacoust. 15, 1967.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import BandPower
    >>> X = np.random.default_rng(0).standard_normal((5, 32, 1280))
    >>> BandPower(sfreq=128, log=True).fit_transform(X).shape
    (5, 3, 5, 32)
    """

    _parameter_constraints: dict = {
        "sfreq": [Interval(Real, 0, None, closed="neither")],
        "bands": [dict, None],
        "window": [Interval(Real, 0, None, closed="neither"), None],
        "segment": [Interval(Real, 0, None, closed="neither"), None],
        "log": ["boolean"],
        "relative": ["boolean"],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        *,
        sfreq=128.0,
        bands=None,
        window=3.0,
        segment=None,
        log=False,
        relative=False,
        n_jobs=None,
    ):
        self.sfreq = sfreq
        self.bands = bands
        self.window = window
        self.segment = segment
        self.log = log
        self.relative = relative
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
        bands = POWER_BANDS if self.bands is None else self.bands
        return value_names(self, n_times // length, bands, input_features)

    def _check(self, X):
        bands = POWER_BANDS if self.bands is None else self.bands
        bands = check_bands(bands, self.sfreq)
        _, n_segment = _segment(X.shape, self.sfreq, self.window, self.segment)
        bins_in_bands(bands, n_segment, self.sfreq)

    def _transform(self, X):
        return band_power(
            X,
            self.sfreq,
            bands=self.bands,
            window=self.window,
            segment=self.segment,
            log=self.log,
            relative=self.relative,
            n_jobs=self.n_jobs,
        )
