"""Base class of networks that read raw signals."""

from numbers import Real

from sklearn_emotion._base import Interval, StrOptions
from sklearn_emotion._described import read_all
from sklearn_emotion.networks._data import Input
from sklearn_emotion.networks._estimator import NetEstimator


class SignalNetwork(NetEstimator):
    """Base of networks of signals, whose rate and channels may be read from the data.

    `fit` stores the values in `sfreq_` and, if there is a parameter `ch_names`, in
    `ch_names_`.
    """

    _parameter_constraints: dict = {
        **NetEstimator._parameter_constraints,
        "sfreq": [Interval(Real, 0, None, closed="neither"), StrOptions({"auto"})],
    }
    _default_sfreq = 128.0
    _default_ch_names = "deap32"

    def _inputs(self):
        # Statistics are pooled over time, axis 2.
        return {"eeg": Input(("n_channels", "n_times"), pooled=(2,))}

    def _checked(self, X, *, reset):
        values = read_all(self, self._arrays(X)["eeg"], fitted=not reset)
        if reset:
            for name, value in values.items():
                setattr(self, f"{name}_", value)
        return super()._checked(X, reset=reset)

    def _value(self, name):
        """Return the rate or the names in `fit`, which old files do not contain."""
        return getattr(self, f"{name}_", getattr(self, name))
