"""Computation in chunks that fit into the cache, on one or several threads."""

import threading
from functools import lru_cache

import array_api_compat as compat
import numpy as np
from joblib import Parallel, delayed, effective_n_jobs
from threadpoolctl import ThreadpoolController

# Bytes that a kernel works on at a time. They should fit into the cache of a core.
CHUNK_BYTES = 700_000
TENSOR_CHUNK_BYTES = 32_000_000


class _OneBlasThread:
    """Context in which BLAS uses one thread; contexts may overlap in time.

    On chunks of a few hundred kB, the threads of BLAS wait for each other longer than
    they compute. They also divide a product into other parts than a single thread does,
    so that its last digits depend on their number.

    The limit applies to the whole process. If the contexts of several threads overlap,
    the first one sets the limit and the last one removes it.
    """

    def __init__(self):
        self._lock = threading.Lock()
        self._depth = 0

    def __enter__(self):
        with self._lock:
            if self._depth == 0:
                self._before = [library.get_num_threads() for library in _blas()]
                _set_blas_threads([1] * len(self._before))
            self._depth += 1

    def __exit__(self, *error):
        with self._lock:
            self._depth -= 1
            if self._depth == 0:
                _set_blas_threads(self._before)

    def n_outside(self):
        """Return the number of threads that BLAS uses outside of this context."""
        with self._lock:
            inside = self._depth > 0
            found = (
                self._before if inside else [lib.get_num_threads() for lib in _blas()]
            )
        return max(found, default=1)


@lru_cache(maxsize=1)
def _blas():
    return ThreadpoolController().select(user_api="blas").lib_controllers


def _set_blas_threads(numbers):
    for library, number in zip(_blas(), numbers, strict=True):
        # Since version 3.8, threadpoolctl silently ignores all threads but the one that
        # set a number first, until this thread is forgotten.
        forget = getattr(library, "clear_controlling_thread", None)
        if forget is not None:
            forget(force=True)
        library.set_num_threads(number)
        if forget is not None:
            forget(force=True)


one_blas_thread = _OneBlasThread()


def for_each(work, items, n_jobs=None, *, blas_threads=False):
    """Call `work` on every item, on `n_jobs` threads with one BLAS thread each.

    The order of the calls is not defined. If `n_jobs` is None, there is one thread, or
    with `blas_threads` as many as BLAS would use. Results do not depend on the number
    of threads, because no item is divided.
    """
    if n_jobs is not None:
        n_jobs = effective_n_jobs(n_jobs)
    else:
        n_jobs = one_blas_thread.n_outside() if blas_threads else 1
    n_jobs = min(n_jobs, len(items))

    def share(start):
        for item in items[start::n_jobs]:
            work(item)

    with one_blas_thread:
        if n_jobs <= 1:
            for item in items:
                work(item)
        else:
            Parallel(n_jobs=n_jobs, backend="threading")(
                delayed(share)(start) for start in range(n_jobs)
            )


def apply_kernels(kernels, X, shape, *, finish=None, n_jobs=None):
    """Apply kernels to signals, chunk by chunk, until all values are precise enough.

    The first kernel computes all signals. Each further kernel computes the signals for
    which the previous one was not precise enough.

    Parameters
    ----------
    kernels : sequence of callable
        Each callable returns a kernel. A kernel takes signals of shape (m, n_times). It
        returns values of shape (n_windows, n_bands, m) and a mask of shape (m,) that
        states whether they are precise enough, or None if all are, as after the last
        kernel. Its attribute `bytes_per_signal` is the memory that it needs per signal,
        or None if it takes one sample at a time. Its attribute `blas_threads` states
        whether it spends its time in BLAS, whose threads then compute chunks.
    X : array of shape (n_samples, n_channels, n_times)
        Signals.
    shape : tuple of (int, int)
        Shape of a signal's values, (n_windows, n_bands).
    finish : callable or None, default=None
        Function that is applied to the values of each chunk.
    n_jobs : int or None, default=None
        Number of threads.

    Returns
    -------
    values : array of float32, shape (n_samples, n_windows, n_bands, n_channels)
        Values in the namespace and on the device of X.
    """
    xp = compat.array_namespace(X)
    shape = (X.shape[0], *shape, X.shape[1])
    values = xp.empty(shape, dtype=xp.float32, device=compat.device(X))
    if 0 in shape:
        return values
    todo = None
    for make in kernels:
        with one_blas_thread:  # the matrices of its setup are small
            kernel = make()
        todo = _fill(values, X, kernel, todo, finish, n_jobs)
        if not todo:
            break
    return values


def _fill(values, X, kernel, todo, finish, n_jobs):
    """Fill in the values of all signals or of those in `todo`.

    Return the signals whose values are not precise enough. Signals are given and
    returned as a list of index arrays (samples, channels).
    """
    xp = compat.array_namespace(X)
    n_samples, n_channels, n_times = X.shape
    budget = CHUNK_BYTES if compat.is_numpy_namespace(xp) else TENSOR_CHUNK_BYTES
    per_signal = kernel.bytes_per_signal
    size = max(1, budget // per_signal) if per_signal else n_channels
    # A multiple of 16 signals fills the vector registers of an FFT.
    size -= size % 16 if per_signal and size > 16 else 0
    if todo is None:
        chunks = _blocks(n_samples, n_channels, size)
    else:
        pairs = np.concatenate(todo, axis=1)
        cuts = range(0, pairs.shape[1], size)
        chunks = [tuple(pairs[:, start : start + size]) for start in cuts]
    doubtful = []

    def work(chunk):
        samples, channels = chunk
        part = X[samples, channels, :]
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            found, trusted = kernel(xp.reshape(part, (-1, n_times)))
            found = found if finish is None else finish(found)
        found = xp.reshape(found, (*found.shape[:2], *part.shape[:-1]))
        axes = (2, 0, 1, 3)[: found.ndim]
        values[samples, :, :, channels] = xp.permute_dims(found, axes)
        if trusted is None or xp.all(trusted):
            return
        rows = np.flatnonzero(~np.asarray(compat.to_device(trusted, "cpu")))
        if todo is None:
            sample, channel = np.divmod(rows, part.shape[1])
            pairs = samples.start + sample, channels.start + channel
        else:
            pairs = samples[rows], channels[rows]
        doubtful.append(np.stack(pairs))

    for_each(work, chunks, n_jobs, blas_threads=kernel.blas_threads)
    return doubtful


def _blocks(n_samples, n_channels, rows):
    """Split samples × channels into pairs of slices of about `rows` signals."""
    n_whole = rows // n_channels
    if n_whole:
        starts = range(0, n_samples, n_whole)
        return [(slice(i, i + n_whole), slice(0, n_channels)) for i in starts]
    return [
        (slice(i, i + 1), slice(c, c + rows))
        for i in range(n_samples)
        for c in range(0, n_channels, rows)
    ]
