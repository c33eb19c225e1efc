"""A signal with the events and components that a transformer found in it."""

import numpy as np

from sklearn_emotion._base import SignalTransformer
from sklearn_emotion._docs import fill_doc
from sklearn_emotion._validation import check_shape, single_signal
from sklearn_emotion.inspection._docs import DISPLAY
from sklearn_emotion.inspection._plots import MARKERS, require_method

_PARAMETERS = """
unit : str or None
    Unit of the signal, for the label of the axis.
"""


@fill_doc(DISPLAY, _PARAMETERS)
class SignalDisplay:
    """Signal with the peaks, onsets and components that a transformer found in it.

    Look at the display before you trust a feature: it shows which responses, beats,
    breaths or blinks were counted. Use `from_transformer` to create it.

    Read more in the :ref:`User Guide <inspection>`.

    Parameters
    ----------
    signal : array-like of shape (n_times,)
        Signal.
    sfreq : float
        Sampling rate of the signal in Hz.
    events : dict of str to array-like or None, default=None
        Name of each kind of event, and its times in seconds from the start.
    components : dict of str to array-like or None, default=None
        Name of each component, and a signal of the same length and unit. A component
        around zero is drawn on axes of its own, below the others.
    %(unit)s

    Attributes
    ----------
    lines_ : list of matplotlib Line2D
        The signal, its components and its events.
    axes_ : list of matplotlib Axes
        Axes of the signal and, if there is a component around zero, axes below.
    %(figure_)s

    See Also
    --------
    sklearn_emotion.EDAFeatures.annotate : Events and components of a skin conductance.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion.inspection import SignalDisplay
    >>> display = SignalDisplay(np.arange(8.0), 4.0, {"peak": [0.5, 1.0]})
    >>> display.values("peak").tolist()
    [2.0, 4.0]
    """

    def __init__(self, signal, sfreq, events=None, components=None, *, unit=None):
        self.signal = np.asarray(signal)
        check_shape(self.signal, ("n_times",), "signal")
        self.sfreq = sfreq
        self.events = {k: np.asarray(v) for k, v in (events or {}).items()}
        self.components = {k: np.asarray(v) for k, v in (components or {}).items()}
        self.unit = unit
        for name, component in self.components.items():
            check_shape(component, self.signal.shape, f"component {name!r}")

    @property
    def times(self):
        """Time of each value of the signal in seconds."""
        return np.arange(len(self.signal)) / self.sfreq

    def values(self, event):
        """Return the values of the signal at events, between samples by a line."""
        return np.interp(self.events[event], self.times, self.signal)

    @classmethod
    def from_transformer(
        cls, transformer, X, *, sample=0, channel=0, unit=None, axes=None
    ):
        """Draw one channel of one sample, with what the transformer found in it.

        Parameters
        ----------
        transformer : estimator
            Transformer with a method ``annotate``, such as :class:`EDAFeatures`. It
            need not be fitted.
        X : array-like of shape (n_samples, n_channels, n_times)
            Signals, or a mapping that contains exactly one signal.
        sample, channel : int, default=0
            Position of the signal in X.
        %(unit)s
        axes : sequence of matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure.

        Returns
        -------
        display : SignalDisplay
            The drawn display.

        Raises
        ------
        ValueError
            If the transformer has no method ``annotate``.
        """
        require_method(transformer, "annotate", cls.__name__)
        X = single_signal(X, cls.__name__)
        if isinstance(transformer, SignalTransformer):
            # A single signal does not know the rate that "auto" reads.
            transformer = transformer._resolved(X)
        X = np.asarray(X)
        check_shape(X, ("n_samples", "n_channels", "n_times"))
        signal = X[sample, channel]
        found = transformer.annotate(signal)
        display = cls(
            signal, transformer.sfreq, found.events, found.components, unit=unit
        )
        return display.plot(axes=axes)

    def plot(self, axes=None):
        """Draw the signal, its components and its events.

        Parameters
        ----------
        axes : sequence of matplotlib Axes or None, default=None
            Axes to draw on: one, or two if a component lies around zero. None creates a
            figure.

        Returns
        -------
        display : SignalDisplay
            This display.
        """
        below = [name for name in self.components if self._is_around_zero(name)]
        if axes is None:
            import matplotlib.pyplot as plt

            _, axes = plt.subplots(
                1 + bool(below),
                sharex=True,
                squeeze=False,
                layout="constrained",
                figsize=(8, 3 + 1.5 * bool(below)),
            )
            axes = axes[:, 0]
        axes = list(axes)
        top, bottom = axes[0], axes[-1]
        self.lines_ = top.plot(
            self.times, self.signal, color="0.3", lw=1, label="signal"
        )
        for name, component in self.components.items():
            ax = bottom if name in below else top
            self.lines_ += ax.plot(self.times, component, lw=1, label=name)
        for marker, name in zip(MARKERS, self.events):
            self.lines_ += top.plot(
                self.events[name],
                self.values(name),
                linestyle="",
                marker=marker,
                ms=4,
                label=name,
            )
        unit = f" ({self.unit})" if self.unit else ""
        for ax in dict.fromkeys(axes):
            ax.set_ylabel(f"signal{unit}" if ax is top else f"component{unit}")
            # The legend needs room above the signal.
            low, high = ax.get_ylim()
            ax.set_ylim(low, high + 0.2 * (high - low))
            ax.legend(loc="upper right", fontsize="small", ncols=4)
        bottom.set_xlabel("time (s)")
        self.axes_, self.figure_ = axes, top.figure
        return self

    def _is_around_zero(self, name):
        """Return whether a component would not lie near the signal on its axes."""
        component = self.components[name]
        low, high = self.signal.min(), self.signal.max()
        return bool(component.max() < low or component.min() > high)
