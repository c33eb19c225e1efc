"""Base class of the transformers that describe each window of each channel by numbers.

A subclass computes its measures from windows of shape (n, n_times), in float64.
"""

from numbers import Integral, Real

import numpy as np

from sklearn_emotion._base import Interval, SignalTransformer, StrOptions
from sklearn_emotion._docs import fill_doc
from sklearn_emotion._names import check_named, value_names
from sklearn_emotion._validation import check_window, warn_user
from sklearn_emotion.features._chunks import CHUNK_BYTES, for_each
from sklearn_emotion.features._docs import CHANNEL_NAMES, SIGNALS


@fill_doc(SIGNALS, CHANNEL_NAMES)
class WindowMeasures(SignalTransformer):
    """Base class of transformers that compute measures of each window and channel.

    A subclass defines `_names` and `_measure`. It may override `_least`, if a window
    needs more than two time points.
    """

    _parameter_constraints: dict = {
        "sfreq": [Interval(Real, 0, None, closed="neither"), StrOptions({"auto"})],
        "window": [Interval(Real, 0, None, closed="neither"), None],
        "n_jobs": [Integral, None],
    }

    _keeps_channels = True
    # Whether `_measure` takes windows with a mean of zero.
    _centers = True

    def _names(self):
        """Return the names of the measures, in the order of the output."""
        raise NotImplementedError

    def _least(self):
        """Return the least number of time points in a window."""
        return 2

    def _measure(self, windows):
        """Return the measures of windows.

        Parameters
        ----------
        windows : ndarray of float64 of shape (n, n_times)
            Windows, with a mean of zero each if `_centers` is True.

        Returns
        -------
        values : ndarray of shape (n_measures, n)
            NaN where a window does not define a measure.
        """
        raise NotImplementedError

    def valid(self, X):
        """Return which samples have a finite value for every window and channel.

        Parameters
        ----------
        %(X)s

        Returns
        -------
        mask : ndarray of bool of shape (n_samples,)
            False where a value is NaN, because a window is constant or too short for
            the measure.
        """
        values = self._values(self._validated(X, reset=False))
        return np.isfinite(values).all(axis=(1, 2, 3))

    def get_feature_names_out(self, input_features=None):
        """Return a name for each output value, in the order of the flattened sample.

        Parameters
        ----------
        %(input_features)s

        Returns
        -------
        names : ndarray of str
            Names such as ``"w0_mobility_Fp1"``.
        """
        n_times = check_named(self)[-1]
        length = check_window(self.window, self.sfreq, n_times)
        return value_names(self, n_times // length, self._names(), input_features)

    def _check(self, X):
        length = check_window(self.window, self.sfreq, X.shape[-1], shape=X.shape)
        least = self._least()
        if length < least:
            raise ValueError(
                f"{type(self).__name__} needs windows of at least {least} time points "
                f"({least / self.sfreq:g} s at {self.sfreq:g} Hz), got {length}."
            )

    def _transform(self, X):
        values = self._values(X)
        self._warn_of_undefined(values)
        return values.astype(X.dtype, copy=False)

    def _values(self, X):
        n_samples, n_channels, n_times = X.shape
        length = check_window(self.window, self.sfreq, n_times)
        n_windows = n_times // length
        windows = X[..., : n_windows * length]
        windows = windows.reshape(n_samples, n_channels, n_windows, length)
        rows = windows.reshape(-1, length)
        values = np.empty((len(self._names()), len(rows)))
        size = max(16, CHUNK_BYTES // (8 * length))

        def work(start):
            part = np.ascontiguousarray(rows[start : start + size], dtype=np.float64)
            if self._centers:
                # Subtracting the first value makes constant windows exactly zero.
                part = part - part[:, :1]
                part -= part.mean(axis=1, keepdims=True)
            with np.errstate(divide="ignore", invalid="ignore"):
                values[:, start : start + size] = self._measure(part)

        for_each(work, range(0, len(rows), size), self.n_jobs)
        shape = (len(values), n_samples, n_channels, n_windows)
        return np.ascontiguousarray(values.reshape(shape).transpose(1, 3, 0, 2))

    def _warn_of_undefined(self, values):
        undefined = np.isnan(values)
        if not undefined.any():
            return
        names = [n for n, u in zip(self._names(), undefined.any(axis=(0, 1, 3))) if u]
        channels = np.flatnonzero(undefined.any(axis=(0, 1, 2))).tolist()
        rows = undefined.any(axis=(1, 2, 3))
        warn_user(
            f"{type(self).__name__} is NaN for {', '.join(names)} in {rows.sum()} of "
            f"{len(values)} samples, first in sample {int(rows.argmax())}, on channels "
            f"{channels}: windows there are constant or too short. Select samples with "
            "valid(X), or fill the values with SimpleImputer."
        )


def count_changes(state):
    """Count how often each row of a boolean array changes from one value to the next.

    Parameters
    ----------
    state : ndarray of bool of shape (n, n_times)
        Such as whether a signal is negative.

    Returns
    -------
    counts : ndarray of int of shape (n,)
        Number of changes.
    """
    changes = state[:, 1:] ^ state[:, :-1]
    return changes.view(np.uint8).sum(axis=1, dtype=np.uint32)
