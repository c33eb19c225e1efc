"""Cutting trials into windows of the same span in every modality."""

from dataclasses import dataclass

import numpy as np

from sklearn_emotion._validation import to_samples


@dataclass(frozen=True)
class Windows:
    """Windows of a trial, in the samples of each modality.

    Parameters
    ----------
    onsets : ndarray of shape (n_windows,)
        Start of each window, in s from the start of the trial.
    lengths : dict of str to int
        Samples in a window, by modality.
    starts : dict of str to ndarray of int of shape (n_windows,)
        First sample of each window, by modality.
    """

    onsets: np.ndarray
    lengths: dict
    starts: dict

    def __len__(self):
        return len(self.onsets)

    def cut(self, signal, modality, *, axis=-1, out=None):
        """Return the windows of a trial, stacked along a new first axis.

        Parameters
        ----------
        signal : ndarray of shape (..., n_times, ...)
            One trial.
        modality : str
            Whose rate it has.
        axis : int, default=-1
            Axis of time.
        out : ndarray of shape (n_windows, ..., length, ...), default=None
            Where to write them. If None, a new array.

        Returns
        -------
        windows : ndarray of shape (n_windows, ..., length, ...)
            Copies.
        """
        length = self.lengths[modality]
        before = (slice(None),) * (axis % signal.ndim)
        spans = [(*before, slice(s, s + length)) for s in self.starts[modality]]
        return np.stack([signal[span] for span in spans], out=out)


def plan_windows(duration, window, step, sfreq):
    """Lay windows over a trial: ``floor(duration / window)``, the rest is dropped.

    Parameters
    ----------
    duration : float
        Length of the trial in s.
    window : float or None
        Length of a window in s; None takes the whole trial.
    step : float or None
        From one start to the next in s; None is `window`, without overlap.
    sfreq : dict of str to float
        Sampling rate of each modality in Hz.

    Returns
    -------
    windows : Windows
        At least one window.

    Raises
    ------
    ValueError
        If a window is longer than the trial, or window or step is not a whole
        number of samples in one of the modalities.
    """
    window = duration if window is None else window
    step = window if step is None else step
    steps, lengths = {}, {}
    for name, rate in sfreq.items():
        lengths[name] = to_samples(window, rate, f"window of {name!r}")
        steps[name] = to_samples(step, rate, f"step of {name!r}")
    if window > duration:
        raise ValueError(
            f"window={window} s is longer than the {duration:g} s of a trial."
        )
    n_windows = int((duration - window) / step + 1e-9) + 1
    number = np.arange(n_windows)
    starts = {name: number * steps[name] for name in sfreq}
    return Windows(number * float(step), lengths, starts)
