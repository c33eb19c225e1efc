"""Electrooculogram: blinks and saccades."""

from numbers import Real

import numpy as np
from scipy.signal import butter, sosfiltfilt

from sklearn_emotion._base import Interval
from sklearn_emotion._docs import fill_doc
from sklearn_emotion.features._docs import SIGNALS
from sklearn_emotion.features._peripheral import (
    GROUPS,
    NORMAL_MAD,
    Events,
    PeripheralFeatures,
    SignalAnnotation,
    band_powers,
    in_windows,
    lowpass,
    runs,
    turning_points,
    variance,
)

BLINK_HZ = (1.0, 10.0)
BLINK_DEVIATIONS = 5.0
# The size of a blink is measured below this frequency, against the median of the signal
# this many seconds around its maximum.
SIZE_HZ = 15.0
AROUND_SECONDS = 0.75
# Width at half of the amplitude, and least time between blinks, in seconds.
BLINK_SECONDS = (0.05, 0.3)
BLINK_DISTANCE = 0.2
SACCADE_HZ = 30.0
SACCADE_DEVIATIONS = 6.0
SACCADE_SECONDS = 0.012

BLINKS = ("blink_rate", "blink_amplitude", "blink_duration", "blink_cv")
SACCADES = ("saccade_rate", "saccade_amplitude", "saccade_velocity")


@fill_doc(SIGNALS, GROUPS)
class EOGFeatures(PeripheralFeatures):
    r"""Compute measures of blinks and saccades from an electrooculogram.

    The groups of measures are:

    - ``"blinks"``, for a vertical channel in which a blink is positive: blinks per
      minute; mean amplitude (µV) and width at half of it (s); coefficient of variation
      of the intervals between blinks. A blink is a maximum of the signal between 1 and
      10 Hz that exceeds the median by five (normal) standard deviations and by
      `min_amplitude`, is 50 to 300 ms wide, and is at least 0.2 s from a larger one;
    - ``"saccades"``, for a horizontal channel: saccades per minute; mean amplitude (µV)
      and mean peak velocity (µV/s). In a saccade, the velocity over five time points
      exceeds six standard deviations, which are computed from the median [1]_, for at
      least 12 ms and two time points;
    - ``"deap"``: blinks per minute, power in 4 to 40 Hz ``energy``, mean and variance
      of the signal [2]_.

    Read more in the :ref:`User Guide <eog>`.

    Parameters
    ----------
    %(sfreq)s

    %(window)s

    %(measures)s

    min_amplitude : float, default=50.0
        Smallest amplitude of a blink, in µV. Without such a limit, noise in a quiet
        window looks like blinks.

    Attributes
    ----------
    %(sfreq_)s

    %(n_features_in_)s

    See Also
    --------
    EMGFeatures : Amplitude and spectrum of muscles.

    Notes
    -----
    `transform` maps ``(n_samples, n_channels, n_times)`` to ``(n_samples, n_features)``
    in the dtype of the input, computed in float64. Use samples of at least 10 s, since
    the thresholds come from the whole sample. A blink belongs to the window that
    contains its maximum. Rates are 0 in a window without an event; the other measures
    are NaN there, and ``blink_cv`` needs three blinks.

    The EEG of DEAP's preprocessed files and of EEGMAT is cleaned of blinks. Use the
    vertical electrooculogram of DEAP, or (Fp1 + Fp2) / 2 of uncleaned recordings.

    :meth:`valid` and the warning of `transform` name signals that are flat or clipped.

    References
    ----------
    .. [1] R. Engbert and R. Kliegl, "Microsaccades uncover the orientation of covert
       attention", Vision Res. 43, 2003.
    .. [2] S. Koelstra et al., "DEAP: a database for emotion analysis using
       physiological signals", IEEE Trans. Affect. Comput. 3, 2012.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import EOGFeatures
    >>> t = np.arange(2560) / 128
    >>> blinks = sum(200 * np.exp(-0.5 * ((t - s) / 0.06) ** 2) for s in (4, 9, 15))
    >>> noise = np.random.default_rng(0).normal(0, 2, 2560)
    >>> features = EOGFeatures(sfreq=128, measures=["blink_rate"])
    >>> features.fit_transform((blinks + noise)[None, None]).tolist()
    [[9.0]]
    """

    _parameter_constraints: dict = {
        **PeripheralFeatures._parameter_constraints,
        "min_amplitude": [Interval(Real, 0, None, closed="left")],
    }

    _groups = {
        "blinks": BLINKS,
        "saccades": SACCADES,
        "deap": ("blink_rate", "energy", "mean", "variance"),
    }

    def __init__(
        self,
        *,
        sfreq="auto",
        window=None,
        measures=("blinks", "saccades"),
        min_amplitude=50.0,
    ):
        self.sfreq = sfreq
        self.window = window
        self.measures = measures
        self.min_amplitude = min_amplitude

    def _check(self, X):
        super()._check(X)
        if self.sfreq <= 2 * BLINK_HZ[1]:
            raise ValueError(
                f"EOGFeatures needs signals sampled above {2 * BLINK_HZ[1]:g} Hz, got "
                f"sfreq={self.sfreq:g}."
            )

    def _describe(self, X, bounds, names):
        needed, values = set(names), {}
        shape = (len(X), len(bounds) - 1)
        minutes = np.diff(bounds) / self.sfreq / 60
        if needed & set(BLINKS):
            found = self._blinks(X)
            events = Events(found["row"], found["peak"], shape, bounds)
            row = found["row"]
            interval = np.full(len(row), np.nan)
            if len(row):
                same = row[1:] == row[:-1]
                interval[1:] = np.where(same, np.diff(found["peak"]), np.nan)
            values |= {
                "blink_rate": events.count / minutes,
                "blink_amplitude": events.mean(found["amplitude"]),
                "blink_duration": events.mean(found["width"] / self.sfreq),
                "blink_cv": events.std(interval) / events.mean(interval),
            }
        if needed & set(SACCADES):
            found = _saccades(X, self.sfreq)
            events = Events(found["row"], found["middle"], shape, bounds)
            values |= {
                "saccade_rate": events.count / minutes,
                "saccade_amplitude": events.mean(found["amplitude"]),
                "saccade_velocity": events.mean(found["velocity"]),
            }
        if needed & {"energy", "mean", "variance"}:
            high = min(40.0, self.sfreq / 2)
            values |= band_powers(X, bounds, self.sfreq, {"energy": (4.0, high)})
            values["mean"] = in_windows(lambda w: w.mean(axis=1), X, bounds)
            values["variance"] = in_windows(variance, X, bounds)
        return values

    def _annotate(self, signal):
        blinks, saccades = self._blinks(signal), _saccades(signal, self.sfreq)
        return SignalAnnotation(
            {
                "blink": blinks["peak"] / self.sfreq,
                "saccade": saccades["middle"] / self.sfreq,
            }
        )

    def _blinks(self, X):
        """Return row, peak, amplitude and width (in samples) of each blink."""
        sos = butter(2, BLINK_HZ, "bandpass", fs=self.sfreq, output="sos")
        n_pad = min(X.shape[1] - 1, round(3 * self.sfreq))
        y = sosfiltfilt(sos, X, axis=-1, padlen=n_pad)
        center = np.median(y, axis=1, keepdims=True)
        spread = NORMAL_MAD * np.median(np.abs(y - center), axis=1, keepdims=True)
        y = y - center
        limit = np.maximum(BLINK_DEVIATIONS * spread, self.min_amplitude)[:, 0]
        (row, peak, _), _ = turning_points(y)
        height = y[row, peak]
        high = height > limit[row]
        row, peak = row[high], peak[high]
        height, width = _sizes(lowpass(X, SIZE_HZ, self.sfreq), row, peak, self.sfreq)
        fits = (width >= BLINK_SECONDS[0] * self.sfreq) & (
            width <= BLINK_SECONDS[1] * self.sfreq
        )
        row, peak, height, width = row[fits], peak[fits], height[fits], width[fits]
        apart = _largest_apart(row, peak, height, BLINK_DISTANCE * self.sfreq)
        return {
            "row": row[apart],
            "peak": peak[apart],
            "amplitude": height[apart],
            "width": width[apart],
        }


def _sizes(y, row, peak, sfreq):
    """Return how far each peak rises above the median around it, and its half-width.

    The half-width, in samples, is how long a peak stays above half of its height. It is
    NaN if a peak does not fall to this value within the time around it.
    """
    reach = round(AROUND_SECONDS * sfreq)
    height, width = np.full((2, len(row)), np.nan)
    for i, (r, p) in enumerate(zip(row, peak)):
        first = max(0, p - reach)
        part = y[r, first : p + reach + 1]
        part = part - np.median(part)
        top = p - first
        height[i] = part[top]
        below = part < height[i] / 2
        left, right = np.flatnonzero(below[:top]), np.flatnonzero(below[top:])
        if len(left) and len(right):
            a, b = left[-1], top + right[0]
            start = a + (height[i] / 2 - part[a]) / (part[a + 1] - part[a])
            end = b - (height[i] / 2 - part[b]) / (part[b - 1] - part[b])
            width[i] = end - start
    return height, width


def _largest_apart(row, place, height, distance):
    """Return which peaks have no larger one in their row within a distance."""
    kept = np.ones(len(row), dtype=bool)
    for i in np.argsort(-height, kind="stable"):
        if kept[i]:
            near = (row == row[i]) & (np.abs(place - place[i]) < distance)
            near[i] = False
            kept[near] = False
    return kept


def _saccades(X, sfreq):
    """Return row, middle, amplitude and peak velocity of each saccade."""
    y = lowpass(X, min(SACCADE_HZ, 0.45 * sfreq), sfreq)
    velocity = np.zeros_like(y)
    ahead = y[:, 4:] + y[:, 3:-1] - y[:, 1:-3] - y[:, :-4]
    velocity[:, 2:-2] = ahead * sfreq / 6
    center = np.median(velocity, axis=1, keepdims=True)
    spread = np.sqrt(np.median((velocity - center) ** 2, axis=1, keepdims=True))
    fast = (np.abs(velocity) > SACCADE_DEVIATIONS * spread) & (spread > 0)
    row, first, end = runs(fast)
    long = end - first >= max(2, SACCADE_SECONDS * sfreq)
    row, first, end = row[long], first[long], end[long]
    last = np.minimum(end, X.shape[1] - 1)
    peak = [np.abs(velocity[r, a:b]).max() for r, a, b in zip(row, first, end)]
    return {
        "row": row,
        "middle": (first + end) / 2,
        "amplitude": np.abs(y[row, last] - y[row, np.maximum(first - 1, 0)]),
        "velocity": np.array(peak, dtype=np.float64),
    }
