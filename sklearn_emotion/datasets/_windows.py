"""Cut trials into windows with the same time span in every modality."""

from dataclasses import dataclass

import numpy as np

from sklearn_emotion._validation import to_samples


@dataclass(frozen=True)
class Windows:
    """Windows of a trial, in samples of each modality.

    Parameters
    ----------
    onsets : ndarray of shape (n_windows,)
        Start of each window, in seconds from the start of the trial.
    lengths : dict of str to int
        Number of samples in a window, by modality.
    starts : dict of str to ndarray of int of shape (n_windows,)
        First sample of each window, by modality.
    """

    onsets: np.ndarray
    lengths: dict
    starts: dict

    def __len__(self):
        return len(self.onsets)

    def cut(self, signal, modality, *, axis=-1, out=None):
        """Return copies of the windows of a trial, stacked along a new first axis.

        `axis` is the axis of time, and `out` is an array to which the result is
        written.
        """
        length = self.lengths[modality]
        before = (slice(None),) * (axis % signal.ndim)
        spans = [(*before, slice(s, s + length)) for s in self.starts[modality]]
        return np.stack([signal[span] for span in spans], out=out)


def plan_windows(duration, window, step, sfreq):
    """Return the windows of a trial. An incomplete final window is dropped.

    Parameters
    ----------
    duration : float
        Length of the trial in seconds.
    window : float or None
        Length of a window in seconds. If None, the whole trial is one window.
    step : float or None
        Time from one start to the next in seconds. If None, windows do not overlap.
    sfreq : dict of str to float
        Sampling rate of each modality in Hz.

    Returns
    -------
    windows : Windows
        At least one window.
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
