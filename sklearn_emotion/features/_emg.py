"""Electromyogram: amplitude, spectrum and bursts of a muscle."""

from itertools import pairwise

import numpy as np
from scipy.signal import butter, periodogram, sosfiltfilt

from sklearn_emotion._docs import fill_doc
from sklearn_emotion._validation import check_bands
from sklearn_emotion.features._docs import SIGNALS
from sklearn_emotion.features._peripheral import (
    GROUPS,
    NORMAL_MAD,
    Events,
    PeripheralFeatures,
    SignalAnnotation,
    band_powers,
    in_windows,
    runs,
    variance,
)

# The band of surface electromyograms, and the part of it that DEAP's files hold.
WIDE_BAND = (20.0, 450.0)
WIDE_RATE = 1000.0
LOWEST_HZ = 4.0
ORDER = 4
# Smaller steps, as a share of the standard deviation, are noise at a zero crossing.
LEAST_STEP = 0.01
BURST_SECONDS = 0.05
BURST_DEVIATIONS = 5.0

AMPLITUDE = ("rms", "mav", "iemg", "waveform_length")
CROSSINGS = ("zero_crossing_rate", "slope_sign_change_rate")
SPECTRUM = ("mean_frequency", "median_frequency")
BURSTS = ("burst_rate", "burst_duty", "burst_amplitude")


@fill_doc(SIGNALS, GROUPS)
class EMGFeatures(PeripheralFeatures):
    r"""Compute the amplitude, the spectrum and the bursts of an electromyogram.

    The signal is band-passed by a zero-phase Butterworth filter of order 4. The groups
    of measures are:

    - ``"amplitude"``: root mean square ``rms``, mean absolute value ``mav``, integral
      of the absolute value ``iemg`` (u s) and sum of absolute steps
      ``waveform_length`` [1]_;
    - ``"crossings"``: sign changes of the signal and of its slope, per second. Steps
      below 0.01 standard deviations do not count;
    - ``"spectrum"``: ``mean_frequency``, and ``median_frequency``, which halves the
      power (Hz);
    - ``"bursts"``: bursts per second, the share of time in bursts, and the mean
      absolute value in bursts. A burst lasts at least 50 ms. In it, the Teager energy,
      averaged over 50 ms, exceeds its median by five (normal) standard deviations;
      bursts less than 50 ms apart are one burst;
    - ``"deap"``: power in 4 to 40 Hz ``energy``, mean and variance of the signal [2]_.

    Read more in the :ref:`User Guide <emg>`.

    Parameters
    ----------
    %(sfreq)s

    %(window)s

    %(measures)s

    band : (float, float) or None, default=None
        Edges of the filter in Hz. If None, 20 to 450 Hz at rates of at least 1000 Hz.
        At lower rates, from 4 Hz to 0.45 times the rate.

    Attributes
    ----------
    %(sfreq_)s

    %(n_features_in_)s

    See Also
    --------
    EOGFeatures : Blinks and saccades of the electrooculogram.

    Notes
    -----
    `transform` maps ``(n_samples, n_channels, n_times)`` to ``(n_samples, n_features)``
    in the dtype of the input, computed in float64. Amplitudes are in the unit of the
    input. The whole sample is filtered before it is cut into windows. A burst belongs
    to the window that contains its middle. ``burst_amplitude`` is NaN without a burst.

    At 128 Hz, as in the preprocessed files of DEAP, most of the energy of a muscle is
    missing. Compare amplitudes only between recordings with the same rate.

    :meth:`valid` and the warning of `transform` name signals that are flat or clipped.

    References
    ----------
    .. [1] A. Phinyomark, P. Phukpattaranont and C. Limsakul, "Feature reduction and
       selection for EMG signal classification", Expert Syst. Appl. 39, 2012.
    .. [2] S. Koelstra et al., "DEAP: a database for emotion analysis using
       physiological signals", IEEE Trans. Affect. Comput. 3, 2012.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import EMGFeatures
    >>> t = np.arange(2000) / 1000
    >>> X = 3 * np.sin(2 * np.pi * 100 * t)[None, None]
    >>> features = EMGFeatures(sfreq=1000, measures=["rms", "median_frequency"])
    >>> features.fit_transform(X).round(1).tolist()
    [[2.1, 100.0]]
    """

    _parameter_constraints: dict = {
        **PeripheralFeatures._parameter_constraints,
        "band": [tuple, list, None],
    }

    _groups = {
        "amplitude": AMPLITUDE,
        "crossings": CROSSINGS,
        "spectrum": SPECTRUM,
        "bursts": BURSTS,
        "deap": ("energy", "mean", "variance"),
    }

    def __init__(
        self,
        *,
        sfreq="auto",
        window=None,
        measures=("amplitude", "crossings", "spectrum"),
        band=None,
    ):
        self.sfreq = sfreq
        self.window = window
        self.measures = measures
        self.band = band

    def _check(self, X):
        super()._check(X)
        self._edges()

    def _edges(self):
        band = self.band
        if band is None:
            wide = self.sfreq >= WIDE_RATE
            band = WIDE_BAND if wide else (LOWEST_HZ, 0.45 * self.sfreq)
        return check_bands({"band": band}, self.sfreq)["band"]

    def _filtered(self, X):
        sos = butter(ORDER, self._edges(), "bandpass", fs=self.sfreq, output="sos")
        n_pad = min(X.shape[1] - 1, round(3 * self.sfreq / self._edges()[0]))
        return sosfiltfilt(sos, X, axis=-1, padlen=n_pad)

    def _describe(self, X, bounds, names):
        needed, values = set(names), {}
        seconds = np.diff(bounds) / self.sfreq
        y = self._filtered(X)
        if needed & {*AMPLITUDE, *CROSSINGS, *SPECTRUM}:
            mav = in_windows(lambda w: np.abs(w).mean(axis=1), y, bounds)
            values |= {
                "rms": in_windows(_rms, y, bounds),
                "mav": mav,
                "iemg": mav * seconds,
                "waveform_length": in_windows(
                    lambda w: np.abs(np.diff(w)).sum(axis=1), y, bounds
                ),
                "zero_crossing_rate": in_windows(_crossings, y, bounds) / seconds,
                "slope_sign_change_rate": in_windows(_turns, y, bounds) / seconds,
            }
            values |= _frequencies(y, bounds, self.sfreq)
        if needed & set(BURSTS):
            values |= self._burst_measures(y, bounds)
        if needed & set(self._groups["deap"]):
            high = min(40.0, self.sfreq / 2)
            energy = band_powers(X, bounds, self.sfreq, {"energy": (4.0, high)})
            values |= energy
            values["mean"] = in_windows(lambda w: w.mean(axis=1), X, bounds)
            values["variance"] = in_windows(variance, X, bounds)
        return values

    def _annotate(self, signal):
        _, first, last = _bursts(self._filtered(signal), self.sfreq)
        events = {"burst begins": first / self.sfreq, "burst ends": last / self.sfreq}
        return SignalAnnotation(events, {"filtered": self._filtered(signal)[0]})

    def _burst_measures(self, y, bounds):
        row, first, last = _bursts(y, self.sfreq)
        shape = (len(y), len(bounds) - 1)
        middle = (first + last) / 2
        events = Events(row, middle, shape, bounds)
        inside = np.zeros((len(y), y.shape[1] + 1), dtype=np.int64)
        np.add.at(inside, (row, first), 1)
        np.add.at(inside, (row, last), -1)
        inside = np.cumsum(inside, axis=1)[:, :-1] > 0
        duty = in_windows(lambda w: w.mean(axis=1), inside, bounds)
        length = np.diff(bounds)
        total = in_windows(lambda w: w.sum(axis=1), np.abs(y) * inside, bounds)
        n_inside = duty * length
        amplitude = np.where(n_inside > 0, total / np.maximum(n_inside, 1), np.nan)
        return {
            "burst_rate": events.count / (length / self.sfreq),
            "burst_duty": duty,
            "burst_amplitude": amplitude,
        }


def _rms(w):
    return np.sqrt(np.einsum("ij,ij->i", w, w) / w.shape[1])


def _crossings(w):
    large = np.abs(np.diff(w)) >= LEAST_STEP * w.std(axis=1, keepdims=True)
    return ((np.signbit(w[:, 1:]) != np.signbit(w[:, :-1])) & large).sum(axis=1)


def _turns(w):
    steps = np.diff(w)
    large = np.abs(steps) >= LEAST_STEP * w.std(axis=1, keepdims=True)
    turn = steps[:, 1:] * steps[:, :-1] < 0
    return (turn & (large[:, 1:] | large[:, :-1])).sum(axis=1)


def _frequencies(y, bounds, sfreq):
    shape = (len(y), len(bounds) - 1)
    mean, median = np.full(shape, np.nan), np.full(shape, np.nan)
    rows = np.arange(len(y))
    for w, (a, b) in enumerate(pairwise(bounds)):
        f, power = periodogram(y[:, a:b], sfreq, window="hann")
        total = power.sum(axis=1)
        mean[:, w] = power @ f / total
        share = np.cumsum(power, axis=1) / total[:, None]
        after = np.minimum((share < 0.5).sum(axis=1), len(f) - 1)
        before = np.maximum(after - 1, 0)
        low, high = share[rows, before], share[rows, after]
        # The power of a frequency is spread over the step that ends at the next one.
        part = np.where(high > low, (0.5 - low) / (high - low), 0.0)
        median[:, w] = np.where(total > 0, (after - 0.5 + part) * f[1], np.nan)
    return {"mean_frequency": mean, "median_frequency": median}


def _bursts(y, sfreq):
    """Return the row, the first time point and the end of each burst."""
    n = round(BURST_SECONDS * sfreq)
    energy = np.zeros_like(y)
    energy[:, 1:-1] = np.abs(y[:, 1:-1] ** 2 - y[:, :-2] * y[:, 2:])
    n_mean = max(1, n)
    total = np.cumsum(np.pad(energy, ((0, 0), (n_mean // 2 + 1, n_mean))), axis=1)
    energy = (total[:, n_mean:] - total[:, :-n_mean])[:, : y.shape[1]] / n_mean
    center = np.median(energy, axis=1, keepdims=True)
    spread = NORMAL_MAD * np.median(np.abs(energy - center), axis=1, keepdims=True)
    active = energy > center + BURST_DEVIATIONS * spread
    row, first, last = runs(active)
    joined = (row[1:] == row[:-1]) & (first[1:] - last[:-1] < n)
    row, first, last = (
        row[np.append(True, ~joined)[: len(row)]],
        first[np.append(True, ~joined)[: len(row)]],
        last[np.append(~joined, True)[-len(row) :] if len(row) else []],
    )
    long = last - first >= n
    return row[long], first[long], last[long]
