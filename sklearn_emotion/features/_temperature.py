"""Skin temperature: level, trend and slow powers."""

import numpy as np

from sklearn_emotion._docs import fill_doc
from sklearn_emotion.features._docs import SIGNALS
from sklearn_emotion.features._peripheral import (
    GROUPS,
    STATISTICS,
    PeripheralFeatures,
    band_powers,
    mean_derivative,
    statistics,
)

# Plausible temperature of the skin in °C.
PLAUSIBLE = (15.0, 45.0)
BANDS = {"power_0.00_0.10": (0.0, 0.1), "power_0.10_0.20": (0.1, 0.2)}


@fill_doc(SIGNALS, GROUPS)
class TemperatureFeatures(PeripheralFeatures):
    """Compute the level, the trend and the slow powers of the skin temperature.

    The measures are the mean, the standard deviation, the minimum, the maximum and the
    range (°C); ``slope``, the least-squares slope (°C/s); ``mean_derivative``, the last
    value less the first divided by the time between them (°C/s); and the power in 0 to
    0.1 Hz and 0.1 to 0.2 Hz (°C²) [1]_, without the linear trend. The group ``"deap"``
    holds the four measures of [1]_, and ``"wesad"`` those of [2]_.

    Read more in the :ref:`User Guide <temperature>`.

    Parameters
    ----------
    %(sfreq)s

    %(window)s

    %(measures)s

    Attributes
    ----------
    %(sfreq_)s

    %(n_features_in_)s

    See Also
    --------
    EDAFeatures : Measures of the skin conductance.

    Notes
    -----
    `transform` maps ``(n_samples, n_channels, n_times)`` to ``(n_samples, n_features)``
    in the dtype of the input, computed in float64. A power is NaN in a window that is
    too short to contain one of its frequencies: 10 s for the slower band.

    A wristband stores steps of 0.01 to 0.02 °C, so a window of 10 s contains two to
    five different values. Slopes below 0.001 °C/s need windows of at least 60 s.

    :meth:`valid` and the warning of `transform` name signals that are flat, clipped, or
    not between 15 and 45 °C, as when the sensor is not worn.

    References
    ----------
    .. [1] S. Koelstra et al., "DEAP: a database for emotion analysis using
       physiological signals", IEEE Trans. Affect. Comput. 3, 2012.
    .. [2] P. Schmidt et al., "Introducing WESAD, a multimodal dataset for wearable
       stress and affect detection", ICMI 2018.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import TemperatureFeatures
    >>> t = np.arange(240) / 4
    >>> X = (33.0 + 0.01 * t)[None, None]
    >>> features = TemperatureFeatures(sfreq=4, measures=["mean", "slope"])
    >>> features.fit_transform(X).round(2).tolist()
    [[33.3, 0.01]]
    """

    _default_sfreq = 4.0
    _groups = {
        "statistics": STATISTICS,
        "deap": ("mean", "mean_derivative", *BANDS),
        "wesad": STATISTICS,
    }

    def __init__(self, *, sfreq="auto", window=None, measures="all"):
        self.sfreq = sfreq
        self.window = window
        self.measures = measures

    def _unusable(self, X):
        low, high = PLAUSIBLE
        outside = (np.less(X, low) | np.greater(X, high)).mean(axis=1) > 0.1
        return {**super()._unusable(X), f"outside {low:g} to {high:g} °C": outside}

    def _describe(self, X, bounds, names):
        values = statistics(X, bounds, self.sfreq)
        values["mean_derivative"] = mean_derivative(X, bounds, self.sfreq)
        if set(names) & set(BANDS):
            centered = X - X.mean(axis=1, keepdims=True)
            values |= band_powers(centered, bounds, self.sfreq, BANDS, detrend=True)
        return values
