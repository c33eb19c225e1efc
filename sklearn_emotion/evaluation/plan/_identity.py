"""Texts and hashes that tell one comparison from another."""

import re
from functools import partial
from types import FunctionType

import joblib
import numpy as np

_BLOCK = 256


def hash_samples(data):
    """Return a hash of all samples.

    Arrays are read once and block by block, so that memory maps may be larger than the
    memory.
    """
    blocks = (
        joblib.hash(np.asarray(array[start : start + _BLOCK]))
        for array in data.values()
        for start in range(0, len(array), _BLOCK)
    )
    return joblib.hash(list(blocks))


def describe(value):
    """Return an estimator or a scorer as text that is the same in every process.

    The text is the repr, with a hash of the code of each function in the parameters.
    """
    if hasattr(value, "get_params"):
        text, params = value.__repr__(N_CHAR_MAX=10**6), value.get_params()
    else:
        text, params = repr(value), {"function": value}
    codes = [
        f"{key}: {code}"
        for key, param in sorted(params.items())
        for code in _codes(param)
    ]
    text = _without_addresses(text)
    return f"{text} with {', '.join(codes)}" if codes else text


def _codes(value):
    """Yield a hash of the code of each function in a parameter."""
    if isinstance(value, FunctionType):
        yield joblib.hash(_parts(value))
    elif isinstance(value, partial):
        yield from _codes(value.func)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _codes(item)
    elif isinstance(value, dict):
        yield from _codes(list(value.values()))


def _parts(function):
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    given = [function.__defaults__, function.__kwdefaults__, cells]
    return [*_code_parts(function.__code__), _without_addresses(repr(given))]


def _code_parts(code):
    constants = [
        _code_parts(c) if hasattr(c, "co_code") else repr(c) for c in code.co_consts
    ]
    return [code.co_code, code.co_names, code.co_varnames, constants]


def _without_addresses(text):
    return re.sub(r" at 0x[0-9a-f]+", "", " ".join(text.split()))
