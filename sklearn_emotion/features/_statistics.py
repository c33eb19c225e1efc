"""Statistics of the amplitude of a signal, of its steps and of its zero crossings."""

from numbers import Integral

import numpy as np

from sklearn_emotion._base import Interval
from sklearn_emotion._docs import fill_doc
from sklearn_emotion.features._docs import SIGNALS
from sklearn_emotion.features._measure_choice import MEASURES, chosen
from sklearn_emotion.features._window_measures import WindowMeasures, count_changes

KINDS = (
    "mean",
    "std",
    "first_difference",
    "first_difference_normalized",
    "second_difference",
    "second_difference_normalized",
    "skewness",
    "kurtosis",
    "line_length",
    "teager",
    "zero_crossings",
    "higher_order_crossings",
)


@fill_doc(SIGNALS, MEASURES)
class SignalStatistics(WindowMeasures):
    r"""Compute statistics of each window and channel.

    The first six are Picard's statistics of physiological signals [1]_.

    - ``"mean"`` and ``"std"``: the mean, and the standard deviation with
      :math:`N - 1` in the denominator.
    - ``"first_difference"``: the mean of :math:`|x_{n+1} - x_n|`, and
      ``"first_difference_normalized"`` divides it by the standard deviation.
    - ``"second_difference"``: the mean of :math:`|x_{n+2} - x_n|`, and
      ``"second_difference_normalized"`` divides it by the standard deviation. In [1]_,
      this is a difference over two time points and not the difference of differences.
    - ``"skewness"`` and ``"kurtosis"``: the third and the fourth standardized moment;
      the kurtosis of a normal distribution is 0.
    - ``"line_length"`` [2]_: the sum of :math:`|x_{n+1} - x_n|`.
    - ``"teager"``: the mean of :math:`x_n^2 - x_{n-1} x_{n+1}` of the centered window.
    - ``"zero_crossings"``: how often the centered window changes its sign. Zero counts
      as positive.
    - ``"higher_order_crossings"`` [3]_: the zero crossings of the centered window and
      of its first `n_crossings` - 1 differences, as ``"hoc1"``, ``"hoc2"`` and so on.

    Read more in the :ref:`User Guide <complexity>`.

    Parameters
    ----------
    %(sfreq)s
    %(window)s
    %(measures)s
    n_crossings : int, default=10
        Number of the higher-order crossings.
    %(n_jobs)s

    Attributes
    ----------
    %(sfreq_)s

    %(n_features_in_)s

    See Also
    --------
    Hjorth : Activity, mobility and complexity.
    SignalEntropy : Entropies of the same windows.

    Notes
    -----
    `transform` maps ``(n_samples, n_channels, n_times)`` to
    ``(n_samples, n_windows, n_measures, n_channels)`` in the dtype of the input,
    computed in float64. The differences, the line length and the Teager energy depend
    on the sampling rate, so compare only recordings with the same rate. A constant
    window has no normalized differences, skewness or kurtosis; these values are NaN.

    Departures: [1]_ computes the statistics at 20 Hz, and here the rate is that of the
    input.

    References
    ----------
    .. [1] R. W. Picard, E. Vyzas and J. Healey, "Toward machine emotional intelligence:
       analysis of affective physiological state", IEEE Trans. PAMI 23, 2001.
    .. [2] R. Esteller et al., "Line length: an efficient feature for seizure onset
       detection", EMBC 2001.
    .. [3] P. C. Petrantonakis and L. J. Hadjileontiadis, "Emotion recognition from EEG
       using higher order crossings", IEEE Trans. Inf. Technol. Biomed. 14, 2010.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import SignalStatistics
    >>> X = np.array([[[1.0, 3.0, 2.0, 7.0]]])
    >>> measures = ["mean", "first_difference", "second_difference", "zero_crossings"]
    >>> statistics = SignalStatistics(sfreq=4, window=None, measures=measures)
    >>> statistics.fit_transform(X).round(2).ravel().tolist()
    [3.25, 2.67, 2.5, 1.0]
    """

    _parameter_constraints: dict = {
        **WindowMeasures._parameter_constraints,
        "measures": [str, list, tuple],
        "n_crossings": [Interval(Integral, 1, None, closed="left")],
    }

    # The mean is a measure, so `_measure` centers the windows itself.
    _centers = False

    def __init__(
        self, *, sfreq="auto", window=2.0, measures="all", n_crossings=10, n_jobs=None
    ):
        self.sfreq = sfreq
        self.window = window
        self.measures = measures
        self.n_crossings = n_crossings
        self.n_jobs = n_jobs

    def _names(self):
        names = []
        for name in chosen(self.measures, KINDS):
            if name == "higher_order_crossings":
                names += [f"hoc{k}" for k in range(1, self.n_crossings + 1)]
            else:
                names.append(name)
        return names

    def _least(self):
        chosen_names = chosen(self.measures, KINDS)
        crossings = "higher_order_crossings" in chosen_names
        return max(4, self.n_crossings + 1 if crossings else 0)

    def _measure(self, windows):
        n = windows.shape[1]
        first = windows[:, 0]
        centered = windows - first[:, None]
        offset = centered.mean(axis=1)
        centered -= offset[:, None]
        std = np.sqrt(_mean_product(centered, centered) * n / (n - 1))
        spread = np.where(std > 0, std, np.nan)

        def moment(power):
            moments = _mean_product(centered ** (power - 2), centered * centered)
            return moments / (spread * np.sqrt((n - 1) / n)) ** power

        def step(lag):
            return np.abs(windows[:, lag:] - windows[:, :-lag]).mean(axis=1)

        compute = {
            "mean": lambda: first + offset,
            "std": lambda: std,
            "first_difference": lambda: step(1),
            "first_difference_normalized": lambda: step(1) / spread,
            "second_difference": lambda: step(2),
            "second_difference_normalized": lambda: step(2) / spread,
            "skewness": lambda: moment(3),
            "kurtosis": lambda: moment(4) - 3.0,
            "line_length": lambda: step(1) * (n - 1),
            "teager": lambda: _teager(centered),
            "zero_crossings": lambda: count_changes(centered < 0),
        }
        values = []
        for name in chosen(self.measures, KINDS):
            if name == "higher_order_crossings":
                values += _higher_order_crossings(centered, self.n_crossings)
            else:
                values.append(compute[name]())
        return values


def _mean_product(a, b):
    return np.einsum("ij,ij->i", a, b) / a.shape[1]


def _teager(centered):
    middle, before, after = centered[:, 1:-1], centered[:, :-2], centered[:, 2:]
    return _mean_product(middle, middle) - _mean_product(before, after)


def _higher_order_crossings(centered, n_crossings):
    counts = []
    for _ in range(n_crossings):
        counts.append(count_changes(centered < 0))
        centered = np.diff(centered)
    return counts
