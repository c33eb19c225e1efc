"""Reading pickles of NumPy arrays without running what they ask for.

A pickle is a programme: loading one can run any function that can be imported. Data
sets that are stored as pickles are read by an unpickler that knows how to rebuild
arrays, numbers, strings and containers, and refuses every other name.
"""

import pickle

import numpy as np

_CORES = ("numpy.core.multiarray", "numpy._core.multiarray")
_NUMERICS = ("numpy.core.numeric", "numpy._core.numeric")
# Stands for numpy.ndarray in a pickle; it cannot be called.
_ARRAY = object()


class _ArrayUnpickler(pickle.Unpickler):
    """Unpickler of built-in containers and NumPy arrays."""

    def find_class(self, module, name):
        if module in _CORES and name == "_reconstruct":
            return self._empty_array
        if module in _NUMERICS and name == "_frombuffer":
            return self._array_of_bytes
        if (module, name) == ("numpy", "ndarray"):
            return _ARRAY
        if (module, name) == ("numpy", "dtype"):
            return self._dtype
        if (module, name) == ("_codecs", "encode"):
            return self._latin1
        raise pickle.UnpicklingError(
            f"it asks for {module}.{name}, and an array needs no such thing; do not "
            "open it with another reader"
        )

    # Bound methods, since the stream can neither change nor subclass them.
    def _empty_array(self, kind, shape, code):
        if kind is not _ARRAY or tuple(shape) != (0,):
            raise pickle.UnpicklingError("it holds an array of an unknown kind")
        return np.empty(0, np.int8)

    def _array_of_bytes(self, content, dtype, shape, order):
        return np.frombuffer(content, dtype=dtype).reshape(shape, order=order)

    def _dtype(self, code, align=False, copy=True):
        code = code.decode("ascii") if isinstance(code, bytes) else code
        if np.dtype(code).kind not in "biuf":
            raise pickle.UnpicklingError(f"it holds an array of type {code!r}")
        # A copy, since the stream goes on to set the byte order.
        return np.dtype(code, align=False, copy=True)

    def _latin1(self, text, encoding="latin1"):
        if encoding not in ("latin1", "latin-1"):
            raise pickle.UnpicklingError(f"it holds text in {encoding!r}")
        return text.encode("latin1")


def read_array_pickle(path):
    """Read a pickled dict of arrays, of Python 2 or 3.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    arrays : dict of str to ndarray
        Its content.

    Raises
    ------
    ValueError
        If the file is empty, cut off, no pickle, holds anything but a dict of arrays
        of numbers, or asks for any other function or class.
    """
    try:
        with path.open("rb") as file:
            # As bytes: text would hold the array a second time.
            content = _ArrayUnpickler(file, encoding="bytes").load()
    except OSError:
        raise
    except Exception as error:
        # A broken stream can raise nearly anything.
        raise ValueError(
            f"{path} cannot be read as a pickle of arrays "
            f"({path.stat().st_size} bytes): {error}."
        ) from error
    arrays_only = isinstance(content, dict) and all(
        isinstance(value, np.ndarray) for value in content.values()
    )
    if not arrays_only:
        raise ValueError(f"{path} holds no dict of arrays.")
    return {_text(key): value for key, value in content.items()}


def _text(key):
    return key.decode("latin1") if isinstance(key, bytes) else key
