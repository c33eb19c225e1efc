"""Fractal dimensions after Higuchi, Petrosian and Katz."""

from numbers import Integral

import numpy as np

from sklearn_emotion._base import Interval
from sklearn_emotion._docs import fill_doc
from sklearn_emotion.features._docs import SIGNALS
from sklearn_emotion.features._measure_choice import MEASURES, chosen
from sklearn_emotion.features._window_measures import WindowMeasures, count_changes

KINDS = ("higuchi", "petrosian", "katz")


@fill_doc(SIGNALS, MEASURES)
class FractalDimension(WindowMeasures):
    r"""Compute the fractal dimension of each window and channel.

    - ``"higuchi"`` [1]_: the slope of :math:`\ln L(k)` against :math:`\ln(1/k)`, where
      :math:`L(k)` is the mean length of the :math:`k` curves that take every
      :math:`k`-th point, for :math:`k` from 1 to `k_max`.
    - ``"petrosian"`` [2]_: :math:`\ln N / (\ln N + \ln(N / (N + 0.4 N_\delta)))`, where
      the slope changes its sign :math:`N_\delta` times.
    - ``"katz"`` [3]_: :math:`\ln n / (\ln n + \ln(d / L))` with :math:`n = N - 1`
      steps, the length :math:`L = \sum |\Delta x|` and the largest distance
      :math:`d = \max_i |x_i - x_0|`.

    Read more in the :ref:`User Guide <complexity>`.

    Parameters
    ----------
    %(sfreq)s
    %(window)s
    %(measures)s
    k_max : int, default=10
        Largest interval of Higuchi's curves, in time points.
    %(n_jobs)s

    Attributes
    ----------
    %(sfreq_)s

    %(n_features_in_)s

    See Also
    --------
    SignalEntropy : Entropies of the same windows.
    Hjorth : Activity, mobility and complexity.

    Notes
    -----
    `transform` maps ``(n_samples, n_channels, n_times)`` to
    ``(n_samples, n_windows, n_measures, n_channels)`` in the dtype of the input,
    computed in float64. The values have no unit. A constant window has a Petrosian
    dimension of 1, and its other dimensions are NaN.

    Departures from [3]_: Katz measures distances in the plane of time and amplitude.
    Here, they are differences of amplitude, as in the public implementations for EEG.

    References
    ----------
    .. [1] T. Higuchi, "Approach to an irregular time series on the basis of the fractal
       theory", Physica D 31, 1988.
    .. [2] A. Petrosian, "Kolmogorov complexity of finite sequences and recognition of
       different preictal EEG patterns", CBMS 1995.
    .. [3] M. J. Katz, "Fractals and the analysis of waveforms", Comput. Biol. Med. 18,
       1988.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import FractalDimension
    >>> noise = np.random.default_rng(0).standard_normal((1, 1, 1280))
    >>> walk = np.cumsum(noise, axis=-1)
    >>> higuchi = FractalDimension(sfreq=128, window=None, measures="higuchi")
    >>> [round(higuchi.fit_transform(X).item(), 1) for X in (noise, walk)]
    [2.0, 1.5]
    """

    _parameter_constraints: dict = {
        **WindowMeasures._parameter_constraints,
        "measures": [str, list, tuple],
        "k_max": [Interval(Integral, 2, None, closed="left")],
    }

    def __init__(
        self, *, sfreq="auto", window=2.0, measures="all", k_max=10, n_jobs=None
    ):
        self.sfreq = sfreq
        self.window = window
        self.measures = measures
        self.k_max = k_max
        self.n_jobs = n_jobs

    # Every dimension is one of differences.
    _centers = False

    def _names(self):
        return chosen(self.measures, KINDS)

    def _least(self):
        # Each of Higuchi's curves has a step: the one that starts at k - 1 ends at
        # 2k - 1.
        return 2 * self.k_max if "higuchi" in self._names() else 3

    def _measure(self, windows):
        compute = {
            "higuchi": lambda: _higuchi(windows, self.k_max),
            "petrosian": lambda: _petrosian(windows),
            "katz": lambda: _katz(windows),
        }
        return [compute[name]() for name in self._names()]


def _higuchi(windows, k_max):
    n_windows, n = windows.shape
    k = np.arange(1, k_max + 1)
    lengths = np.empty((k_max, n_windows))
    # Differences of all windows in one row are fastest. The last i differences of a
    # window lead into the next one, so their weight is zero.
    row = windows.ravel()
    distances = np.zeros_like(row)
    for i in k:
        np.subtract(row[i:], row[:-i], out=distances[:-i])
        np.abs(distances, out=distances)
        # A step of the curve that starts at time point m counts (N - 1) / (k³ n_m).
        n_steps = (n - 1 - np.arange(i)) // i
        weights = np.resize((n - 1) / (i**3 * n_steps), n)
        weights[n - i :] = 0.0
        lengths[i - 1] = distances.reshape(n_windows, n) @ weights
    x = np.log(1.0 / k)
    x -= x.mean()
    slope = x @ np.log(lengths) / (x @ x)
    return np.where(lengths[0] > 0, slope, np.nan)


def _petrosian(windows):
    n = windows.shape[1]
    falls = windows[:, 1:] < windows[:, :-1]
    n_changes = count_changes(falls)
    return np.log(n) / (np.log(n) + np.log(n / (n + 0.4 * n_changes)))


def _katz(windows):
    log_n = np.log(windows.shape[1] - 1)
    length = np.abs(np.diff(windows)).sum(axis=1)
    first = windows[:, 0]
    reach = np.maximum(windows.max(axis=1) - first, first - windows.min(axis=1))
    return log_n / (log_n + np.log(reach / length))
