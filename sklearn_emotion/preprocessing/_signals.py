"""What the transformers of whole signals share: blocks, threads and names."""

from numbers import Integral

import numpy as np
from joblib import Parallel, delayed
from sklearn.exceptions import NotFittedError

from sklearn_emotion._base import SignalTransformer

# Bytes of signals, as float64, that are worked on at a time; filters hold about
# eight times as much.
_BLOCK_BYTES = 2_000_000


def in_blocks(function, X, out, n_jobs=None):
    """Write ``function(X[block])`` to ``out[block]``, a few samples at a time.

    Parameters
    ----------
    function : callable
        Takes samples as a float64 array and returns as many.
    X : ndarray of shape (n_samples, ...)
        Input, which may be a memory map.
    out : ndarray of shape (n_samples, ...)
        Where to write.
    n_jobs : int, default=None
        Number of threads; None means one.

    Returns
    -------
    out : ndarray
        The same array, filled.
    """

    def work(block):
        out[block] = function(np.asarray(X[block], dtype=np.float64))

    step = max(1, _BLOCK_BYTES // max(8 * X[:1].size, 1))
    Parallel(n_jobs=n_jobs, require="sharedmem")(
        delayed(work)(slice(start, start + step)) for start in range(0, len(X), step)
    )
    return out


def signal_names(n_channels, n_times, input_features, owner):
    """Return names of the values of a flattened sample of signals.

    Parameters
    ----------
    n_channels, n_times : int
        Shape of the output of one sample.
    input_features : sequence of str or None
        Names of the channels, or of all values of a sample with these channels.
    owner : str
        Name of the transformer, for the message.

    Returns
    -------
    names : ndarray of str
        Such as ``"Fp1_t0"``, time running fastest.
    """
    channels = channel_labels(n_channels, input_features, owner)
    return np.array([f"{c}_t{t}" for c in channels for t in range(n_times)], object)


def channel_labels(n_channels, input_features, owner):
    """Return names of channels from names of channels or of all their values.

    Parameters
    ----------
    n_channels : int
        Number of channels.
    input_features : sequence of str or None
        Names of the channels, or of all values of a sample, channel by channel.
    owner : str
        Name of the transformer, for the message.

    Returns
    -------
    labels : list of str
        One name a channel; ``x0``, ``x1``, ... if there are none.

    Raises
    ------
    ValueError
        If the number of names is no multiple of the number of channels.
    """
    if input_features is None:
        return [f"x{i}" for i in range(n_channels)]
    names = [str(name) for name in input_features]
    if len(names) == n_channels:
        return names
    if not names or len(names) % n_channels:
        raise ValueError(
            f"{owner} was fitted on {n_channels} channels, got {len(names)} "
            "input_features."
        )
    firsts = names[:: len(names) // n_channels]
    return [name.rpartition("_")[0] or name for name in firsts]


class SignalFilter(SignalTransformer):
    """Base of transformers from signals to signals, each sample by itself.

    A subclass computes a block of samples in float64 in `_filter`, and states the
    number of time points that come out in `_n_times_out` where it changes.
    """

    _parameter_constraints: dict = {"n_jobs": [Integral, None]}

    def get_feature_names_out(self, input_features=None):
        """Return a name for each output value, in the order of the flattened sample.

        Parameters
        ----------
        input_features : sequence of str, default=None
            Names of the channels, or of all values of an input sample.

        Returns
        -------
        names : ndarray of str
            Such as ``"Fp1_t0"``.
        """
        if not hasattr(self, "_input_shape"):
            raise NotFittedError(
                f"Fit {type(self).__name__} to name the values of its output."
            )
        n_channels, n_times = self._input_shape
        n_times = self._n_times_out(n_times)
        return signal_names(n_channels, n_times, input_features, type(self).__name__)

    def _n_times_out(self, n_times):
        return n_times

    def _filter(self, block):
        raise NotImplementedError

    def _transform(self, X):
        shape = (*X.shape[:2], self._n_times_out(X.shape[2]))
        out = np.empty(shape, dtype=np.float32)
        return in_blocks(self._filter, X, out, self.n_jobs)
