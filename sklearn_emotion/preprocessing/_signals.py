"""Base class of filters of whole signals, which work in blocks on several threads."""

from numbers import Integral

import numpy as np
from joblib import Parallel, delayed

from sklearn_emotion._base import SignalTransformer
from sklearn_emotion._docs import fill_doc
from sklearn_emotion._names import check_named, signal_names
from sklearn_emotion.features._docs import CHANNEL_NAMES

# Bytes of signals, as float64, that are worked on at a time. Filters need about eight
# times as much memory.
_BLOCK_BYTES = 2_000_000


def in_blocks(function, X, out, n_jobs=None):
    """Write ``function(X[block])`` to ``out[block]``, block by block, and return out.

    The function takes samples as a float64 array and returns the same number of
    samples. X may be a memory map.
    """

    def work(block):
        out[block] = function(np.asarray(X[block], dtype=np.float64))

    step = max(1, _BLOCK_BYTES // max(8 * X[:1].size, 1))
    Parallel(n_jobs=n_jobs, require="sharedmem")(
        delayed(work)(slice(start, start + step)) for start in range(0, len(X), step)
    )
    return out


@fill_doc(CHANNEL_NAMES)
class SignalFilter(SignalTransformer):
    """Base class of transformers from signals to signals, each sample independently.

    A subclass computes a block of samples in float64 in `_filter`. If the number of
    time points changes, it states the new number in `_n_times_out`.
    """

    _parameter_constraints: dict = {"n_jobs": [Integral, None]}
    _keeps_channels = True

    def get_feature_names_out(self, input_features=None):
        """Return a name for each output value, in the order of the flattened sample.

        Parameters
        ----------
        %(input_features)s

        Returns
        -------
        names : ndarray of str
            Names such as ``"Fp1_t0"``.
        """
        shape = check_named(self)
        n_times = self._n_times_out(shape[1])
        return signal_names(shape, n_times, input_features, type(self).__name__)

    def _n_times_out(self, n_times):
        return n_times

    def _sfreq_out(self, sfreq):
        return sfreq

    def _filter(self, block):
        raise NotImplementedError

    def _transform(self, X):
        shape = (*X.shape[:2], self._n_times_out(X.shape[2]))
        out = np.empty(shape, dtype=np.float32)
        return in_blocks(self._filter, X, out, self.n_jobs)
