"""Hjorth's parameters: activity, mobility and complexity."""

import numpy as np

from sklearn_emotion._docs import fill_doc
from sklearn_emotion.features._docs import SIGNALS
from sklearn_emotion.features._window_measures import WindowMeasures


@fill_doc(SIGNALS)
class Hjorth(WindowMeasures):
    r"""Compute Hjorth's activity, mobility and complexity of each window and channel.

    With the first difference :math:`x'` of a window :math:`x` and the population
    variance [1]_:

    .. math::
        \mathrm{activity} = \mathrm{var}(x), \quad
        \mathrm{mobility} = \sqrt{\mathrm{var}(x') / \mathrm{var}(x)}, \quad
        \mathrm{complexity} = \mathrm{mobility}(x') / \mathrm{mobility}(x)

    Read more in the :ref:`User Guide <complexity>`.

    Parameters
    ----------
    %(sfreq)s
    %(window)s
    %(n_jobs)s

    Attributes
    ----------
    %(sfreq_)s

    %(n_features_in_)s

    See Also
    --------
    SignalEntropy : Entropies of the same windows.
    SignalStatistics : Moments, differences and zero crossings.

    Notes
    -----
    `transform` maps ``(n_samples, n_channels, n_times)`` to
    ``(n_samples, n_windows, 3, n_channels)`` in the dtype of the input, computed in
    float64. The activity is in squared units of the input. The mobility has no unit; it
    is a frequency in radians per time point, so multiply it by
    ``sfreq / (2 * numpy.pi)`` for a mean frequency in Hz. In a constant window, the
    activity is 0 and the other two values are NaN.

    Departures from [1]_: none.

    References
    ----------
    .. [1] B. Hjorth, "EEG analysis based on time domain properties",
       Electroencephalogr. Clin. Neurophysiol. 29, 1970.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import Hjorth
    >>> t = np.arange(1280) / 128
    >>> X = 2 * np.sin(2 * np.pi * 10 * t)[None, None]  # variance 2
    >>> Hjorth(sfreq=128, window=None).fit_transform(X).round(2).ravel().tolist()
    [2.0, 0.49, 1.0]
    """

    def __init__(self, *, sfreq="auto", window=2.0, n_jobs=None):
        self.sfreq = sfreq
        self.window = window
        self.n_jobs = n_jobs

    def _names(self):
        return ["activity", "mobility", "complexity"]

    def _least(self):
        return 4

    def _measure(self, windows):
        first = np.diff(windows)
        second = np.diff(first)
        activity, slope, curvature = map(_variance, (windows, first, second))
        mobility = np.sqrt(slope / activity)
        return activity, mobility, np.sqrt(curvature / slope) / mobility


def _variance(rows):
    n = rows.shape[1]
    total = rows.sum(axis=1)
    return (np.einsum("ij,ij->i", rows, rows) - total * total / n) / n
