"""Referencing, filtering and resampling of signals, without a shift in time."""

from fractions import Fraction
from math import ceil, pi
from numbers import Integral, Real

import numpy as np
from scipy.signal import (
    butter,
    firwin,
    iirnotch,
    kaiserord,
    resample_poly,
    sosfiltfilt,
    tf2sos,
)

from sklearn_emotion._base import Interval, StrOptions
from sklearn_emotion._docs import fill_doc
from sklearn_emotion.features._docs import SIGNALS
from sklearn_emotion.preprocessing._signals import SignalFilter

_POSITIVE = Interval(Real, 0, None, closed="neither")
# Share of the new Nyquist frequency in which the anti-alias filter falls by 80 dB.
_TRANSITION = 0.1
_STOP_BAND_DB = 80.0


@fill_doc()
class AverageReference(SignalFilter):
    r"""Subtract the mean over channels from each channel, at each time point.

    .. math:: \tilde x_c(t) = x_c(t) - \frac{1}{C} \sum_{c'} x_{c'}(t)

    The channels are linearly dependent afterwards. Keep channels that are not EEG in a
    modality of their own.

    Read more in the :ref:`User Guide <preprocessing>`.

    Parameters
    ----------
    %(parameters)s

    Attributes
    ----------
    %(n_features_in_)s

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import AverageReference
    >>> AverageReference().fit_transform(np.array([[[1.0, 2.0], [3.0, 6.0]]]))
    array([[[-1., -2.],
            [ 1.,  2.]]], dtype=float32)
    """

    def __init__(self, *, n_jobs=None):
        self.n_jobs = n_jobs

    def _filter(self, block):
        return block - block.mean(axis=1, keepdims=True)


@fill_doc(SIGNALS)
class BandpassFilter(SignalFilter):
    """Apply a Butterworth band-pass, high-pass or low-pass filter.

    The filter is applied forwards and backwards (zero phase). There is no shift in
    time, the gain is squared (-6 dB at the edges), and the order is doubled.

    Read more in the :ref:`User Guide <preprocessing>`.

    Parameters
    ----------
    %(sfreq)s

    low : float, default=4.0
        Lower edge in Hz. None makes a low-pass filter.

    high : float, default=45.0
        Upper edge in Hz. None makes a high-pass filter.

    %(order)s

    %(n_jobs)s

    Attributes
    ----------
    %(sfreq_)s

    %(n_features_in_)s

    See Also
    --------
    NotchFilter : Removes a single frequency.

    Notes
    -----
    Signals are extended at both ends by their point reflection, as
    :func:`scipy.signal.sosfiltfilt` does by default. Filter whole trials before you cut
    them into windows, because the ends of a short window depend mostly on the
    extension.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import BandpassFilter
    >>> t = np.arange(1280) / 128
    >>> x = np.sin(2 * np.pi * 10 * t) + np.sin(2 * np.pi * 1 * t)
    >>> y = BandpassFilter(low=4.0, high=45.0).fit_transform(x[None, None])[0, 0]
    >>> bool(np.abs(y - np.sin(2 * np.pi * 10 * t))[256:-256].max() < 0.01)
    True
    """

    _parameter_constraints: dict = {
        **SignalFilter._parameter_constraints,
        "sfreq": [_POSITIVE, StrOptions({"auto"})],
        "low": [_POSITIVE, None],
        "high": [_POSITIVE, None],
        "order": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, *, sfreq="auto", low=4.0, high=45.0, order=5, n_jobs=None):
        self.sfreq = sfreq
        self.low = low
        self.high = high
        self.order = order
        self.n_jobs = n_jobs

    def _check(self, X):
        if self.low is None and self.high is None:
            raise ValueError("BandpassFilter needs low, high or both, in Hz.")
        nyquist = self.sfreq / 2
        low = 0 if self.low is None else self.low
        high = nyquist if self.high is None else self.high
        if not low < high <= nyquist or self.high == nyquist:
            raise ValueError(
                f"The band from low={self.low} to high={self.high} Hz must satisfy "
                f"0 < low < high < {nyquist} Hz (half of sfreq={self.sfreq})."
            )
        # sosfiltfilt extends signals by three times the number of taps of the filter.
        degree = self.order * (1 if None in (self.low, self.high) else 2)
        least = 3 * (degree + 1) + 1
        if X.shape[2] < least:
            raise ValueError(
                f"Samples of {X.shape[2] / self.sfreq:g} s ({X.shape[2]} time points "
                f"at {self.sfreq} Hz) are too short for a filter of order "
                f"{self.order}, which needs at least {least / self.sfreq:g} s "
                f"({least} time points)."
            )

    def _filter(self, block):
        if self.low is None:
            edges, kind = self.high, "lowpass"
        elif self.high is None:
            edges, kind = self.low, "highpass"
        else:
            edges, kind = (self.low, self.high), "bandpass"
        sos = butter(self.order, edges, kind, fs=self.sfreq, output="sos")
        return sosfiltfilt(sos, block, axis=-1)


@fill_doc()
class NotchFilter(SignalFilter):
    """Remove single frequencies such as mains hum, without a shift in time.

    A second-order notch filter for each frequency is applied forwards and backwards
    (zero phase).

    Read more in the :ref:`User Guide <preprocessing>`.

    Parameters
    ----------
    %(sfreq)s

    freqs : float or sequence of float, default=50.0
        Frequencies to remove, in Hz: the mains frequency and, if needed, its harmonics.

    quality : float, default=30.0
        Frequency divided by the width of the notch, at -3 dB in one direction.

    %(n_jobs)s

    Attributes
    ----------
    %(sfreq_)s

    %(n_features_in_)s

    See Also
    --------
    BandpassFilter : Keeps a band.

    Notes
    -----
    Signals are extended at both ends by their point reflection. The extension is as
    long as three time constants of the narrowest notch, or as long as the signals
    allow.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import NotchFilter
    >>> t = np.arange(1280) / 128
    >>> hum = np.sin(2 * np.pi * 50 * t)
    >>> y = NotchFilter(freqs=50.0).fit_transform(hum[None, None])[0, 0]
    >>> bool(np.abs(y)[256:-256].max() < 0.01)
    True
    """

    _parameter_constraints: dict = {
        **SignalFilter._parameter_constraints,
        "sfreq": [_POSITIVE, StrOptions({"auto"})],
        "freqs": [_POSITIVE, "array-like"],
        "quality": [_POSITIVE],
    }

    def __init__(self, *, sfreq="auto", freqs=50.0, quality=30.0, n_jobs=None):
        self.sfreq = sfreq
        self.freqs = freqs
        self.quality = quality
        self.n_jobs = n_jobs

    def _check(self, X):
        nyquist = self.sfreq / 2
        wrong = [float(f) for f in np.atleast_1d(self.freqs) if not 0 < f < nyquist]
        if wrong or np.size(self.freqs) == 0:
            raise ValueError(
                f"freqs must lie between 0 and {nyquist} Hz (half of "
                f"sfreq={self.sfreq}), got {wrong or 'none'}."
            )

    def _filter(self, block):
        freqs = np.atleast_1d(self.freqs)
        sos = np.vstack(
            [tf2sos(*iirnotch(f, self.quality, fs=self.sfreq)) for f in freqs]
        )
        reach = ceil(3 * self.sfreq * self.quality / (pi * freqs.min()))
        return sosfiltfilt(sos, block, axis=-1, padlen=min(reach, block.shape[-1] - 1))


@fill_doc()
class Resampler(SignalFilter):
    """Change the sampling rate, with an anti-alias filter and without a shift in time.

    The polyphase filter has a linear-phase low-pass filter (zero phase). It is flat up
    to 0.9 of the lower of the two Nyquist frequencies, and attenuates this frequency
    and all higher ones by at least 80 dB.

    Read more in the :ref:`User Guide <preprocessing>`.

    Parameters
    ----------
    sfreq : float or "auto", default="auto"
        Sampling rate of the input in Hz. ``"auto"`` reads it from the input, and arrays
        that do not know their rate are read at 256 Hz.

    new_sfreq : float, default=128.0
        Sampling rate of the output in Hz.

    %(n_jobs)s

    Attributes
    ----------
    %(sfreq_)s

    %(n_features_in_)s

    Notes
    -----
    A sample of d seconds becomes ``ceil(d * new_sfreq)`` time points, at 0,
    1/new_sfreq, 2/new_sfreq, ... seconds. Signals are extended at both ends by their
    point reflection. Their mean is subtracted first and added at the end, so that a
    constant signal does not change.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import Resampler
    >>> X = np.random.default_rng(0).normal(size=(2, 3, 5000))
    >>> Resampler(sfreq=500.0, new_sfreq=128.0).fit_transform(X).shape
    (2, 3, 1280)
    """

    _parameter_constraints: dict = {
        **SignalFilter._parameter_constraints,
        "sfreq": [_POSITIVE, StrOptions({"auto"})],
        "new_sfreq": [_POSITIVE],
    }
    _default_sfreq = 256.0

    def __init__(self, *, sfreq="auto", new_sfreq=128.0, n_jobs=None):
        self.sfreq = sfreq
        self.new_sfreq = new_sfreq
        self.n_jobs = n_jobs

    def _ratio(self):
        exact = float(self.new_sfreq) / float(self.sfreq)
        ratio = Fraction(exact).limit_denominator(10_000)
        if abs(float(ratio) / exact - 1) > 1e-9:
            nearest = float(ratio) * float(self.sfreq)
            raise ValueError(
                f"sfreq={self.sfreq} and new_sfreq={self.new_sfreq} Hz have no ratio "
                f"of whole numbers up to 10000. Pass new_sfreq={nearest!r} instead."
            )
        return ratio.numerator, ratio.denominator

    def _check(self, X):
        self._ratio()

    def _sfreq_out(self, sfreq):
        return self.new_sfreq

    def _n_times_out(self, n_times):
        up, down = self._ratio()
        return -(-n_times * up // down)

    def _filter(self, block):
        up, down = self._ratio()
        if up == down:
            return block
        rate = max(up, down)
        n_taps, beta = kaiserord(_STOP_BAND_DB, _TRANSITION / rate)
        half = ceil(n_taps / 2)
        taps = firwin(
            2 * half + 1, (1 - _TRANSITION / 2) / rate, window=("kaiser", beta)
        )
        # Whole periods of the polyphase filter keep the grid of time points.
        periods = ceil(half / up / down)
        mean = block.mean(axis=-1, keepdims=True)
        ends = [(0, 0)] * (block.ndim - 1) + [(periods * down, periods * down)]
        extended = np.pad(block - mean, ends, mode="reflect", reflect_type="odd")
        resampled = resample_poly(extended, up, down, axis=-1, window=taps)
        first = periods * up
        return resampled[..., first : first + self._n_times_out(block.shape[-1])] + mean
