"""Read pickles of NumPy arrays without running code that they contain.

Loading a pickle can call any function that can be imported. Data sets that are stored
as pickles are therefore read by an unpickler that only rebuilds arrays, numbers,
strings and containers, and rejects every other name.
"""

import pickle

import numpy as np

_CORES = ("numpy.core.multiarray", "numpy._core.multiarray")
_NUMERICS = ("numpy.core.numeric", "numpy._core.numeric")
# Represents numpy.ndarray in a pickle. It cannot be called.
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
            f"it asks for {module}.{name}, which no array needs; do not open it with "
            "another reader"
        )

    # These are bound methods, which the stream can neither change nor subclass.
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
        # A copy, because the stream then sets the byte order of the dtype.
        return np.dtype(code, align=False, copy=True)

    def _latin1(self, text, encoding="latin1"):
        if encoding not in ("latin1", "latin-1"):
            raise pickle.UnpicklingError(f"it holds text in {encoding!r}")
        return text.encode("latin1")


def read_array_pickle(path):
    """Read a pickled dict of numeric arrays, written by Python 2 or 3.

    Any other content raises an error.
    """
    try:
        with path.open("rb") as file:
            # Decoding to text would hold the array in memory a second time.
            content = _ArrayUnpickler(file, encoding="bytes").load()
    except OSError:
        raise
    except Exception as error:
        # A damaged stream can raise almost any error.
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
