"""Power in frequency bands."""

from functools import partial
from math import log as ln
from numbers import Integral, Real

from sklearn_emotion._base import Interval, SignalTransformer, StrOptions
from sklearn_emotion._described import read_rate
from sklearn_emotion._docs import fill_doc
from sklearn_emotion._names import check_named, value_names
from sklearn_emotion._validation import check_bands, check_window, to_samples
from sklearn_emotion.features._chunks import apply_kernels
from sklearn_emotion.features._docs import CHANNEL_NAMES, SIGNALS
from sklearn_emotion.features._signals import (
    LEAST_ENERGY,
    as_signals,
    floored_log,
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

_PARAMETERS = """
bands : dict of str to (float, float) or None
    Name and edges in Hz of each band. If None, theta 4-8, slow_alpha 8-10, alpha 8-12,
    beta 12-30 and gamma 30-45 Hz.

segment : float or None
    Length of the segments in seconds. If None, each window is one segment.

log : bool
    Whether to return the natural logarithm of the power.

relative : bool
    Whether to divide by the power in all frequencies of the segment.
"""


@fill_doc(SIGNALS, _PARAMETERS)
def band_power(
    X,
    sfreq="auto",
    *,
    bands=None,
    window=3.0,
    segment=None,
    log=False,
    relative=False,
    n_jobs=None,
):
    """Compute the power of each channel in each frequency band and window.

    The definition is given in :class:`BandPower`.

    Parameters
    ----------
    %(parameters)s

    Returns
    -------
    power : array of float32, shape (n_samples, n_windows, n_bands, n_channels)
        Power in u², share of the total power, or logarithm of either, in the namespace
        of X.

    Raises
    ------
    ValueError
        If a band does not fit below ``sfreq / 2`` or contains no frequency of a
        segment, if a window is longer than the samples or a segment is longer than a
        window, or if X contains NaN or infinity.

    Warns
    -----
    UserWarning
        If a channel is constant. Its power is 0. Instead of the logarithm of 0, the
        logarithm of the smallest normal float32 number is returned, about -87.3.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion.features import band_power
    >>> t = np.arange(384) / 128
    >>> X = 3 * np.sin(2 * np.pi * 10 * t)[None, None]  # power 3² / 2
    >>> band_power(X, 128.0)[0, 0, :, 0].round(2).tolist()
    [0.0, 0.75, 4.5, 0.0, 0.0]
    """
    sfreq = read_rate(X, sfreq, 128.0, "band_power")
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
    """Return the number of time points in a window and in a segment."""
    n_window = check_window(window, sfreq, shape[-1], shape=shape)
    if segment is None:
        return n_window, n_window
    n_segment = to_samples(segment, sfreq, "segment")
    if n_segment > n_window:
        raise ValueError(
            f"segment={segment} s is longer than the window of {n_window / sfreq:g} s."
        )
    return n_window, n_segment


@fill_doc(SIGNALS, CHANNEL_NAMES, _PARAMETERS)
class BandPower(SignalTransformer):
    r"""Compute the power of each channel, frequency band and window by Welch's method.

    .. math:: P = \sum_{f_\mathrm{low} \le f_k < f_\mathrm{high}} S(f_k)\, \Delta f

    The one-sided density S is computed from centered segments with a Hann taper [1]_.
    By default, each window is one segment. With a shorter `segment`, the density is
    averaged over segments that overlap by half.

    Read more in the :ref:`User Guide <band_power>`.

    Parameters
    ----------
    %(parameters)s

    Attributes
    ----------
    %(sfreq_)s

    %(n_features_in_)s

    See Also
    --------
    DifferentialEntropy : Entropy of the band-passed signal, in nats.
    band_power : Function with the same computation, which also takes tensors.

    Notes
    -----
    `transform` maps ``(n_samples, n_channels, n_times)`` to
    ``(n_samples, n_windows, n_bands, n_channels)``, float32, in squared units of the
    input. The result agrees with :func:`scipy.signal.welch`, summed over the bins of a
    band, to a relative precision of 1e-5. A constant channel has power 0 and triggers a
    warning. Instead of the logarithm of 0, the logarithm of the smallest normal float32
    number is returned.

    Departures from [1]_: segments are centered, as in SciPy.

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
        "sfreq": [Interval(Real, 0, None, closed="neither"), StrOptions({"auto"})],
        "bands": [dict, None],
        "window": [Interval(Real, 0, None, closed="neither"), None],
        "segment": [Interval(Real, 0, None, closed="neither"), None],
        "log": ["boolean"],
        "relative": ["boolean"],
        "n_jobs": [Integral, None],
    }

    _keeps_channels = True

    def __init__(
        self,
        *,
        sfreq="auto",
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
        %(input_features)s

        Returns
        -------
        names : ndarray of str
            Names such as ``"w0_theta_Fp1"``.
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
