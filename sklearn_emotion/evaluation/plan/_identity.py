"""Texts and hashes that tell one comparison from another."""

import re
from functools import partial
from types import FunctionType

import joblib
import numpy as np
import sklearn

from sklearn_emotion._frames import stored

_BLOCK = 256
_PLAIN = (type(None), bool, int, float, complex, str, bytes)


def hash_samples(data):
    """Return a hash of all samples.

    Arrays are read once and block by block, so that memory maps may be larger than the
    memory.
    """
    blocks = (
        joblib.hash(np.asarray(array[start : start + _BLOCK]))
        for array in stored(data).values()
        for start in range(0, len(array), _BLOCK)
    )
    return joblib.hash(list(blocks))


def describe(value):
    """Return an estimator or a scorer as text that is the same in every process.

    The text is the repr, with a hash of the code of each function in the parameters. A
    repr of its own kind may leave out parameters, as the repr of skorch's networks
    does, or fail. The parameters of such objects are spelled out.
    """
    if hasattr(value, "get_params"):
        params = value.get_params()
        text = _repr_of_estimator(value)
    else:
        params = {"function": value}
        text = _repr_or_spelled(value)
    codes = [
        f"{key}: {code}"
        for key, param in sorted(params.items())
        for code in _codes(param)
    ]
    text = _without_addresses(_without_ids(text, params.values()))
    return f"{text} with {', '.join(codes)}" if codes else text


def _repr_of_estimator(value):
    if not _has_plain_repr(value):
        return _spell(value)
    try:
        with sklearn.config_context(print_changed_only=True):
            return value.__repr__(N_CHAR_MAX=10**6)
    except Exception:
        # A parameter has a repr that fails.
        return _spell(value)


def _repr_or_spelled(value):
    try:
        return repr(value)
    except Exception:
        return _spell(value)


def _has_plain_repr(value):
    """Return whether an estimator has the repr of scikit-learn, with all parameters.

    A repr that has the argument of scikit-learn's is assumed to extend it.
    """
    function = type(value).__repr__
    code = getattr(function, "__code__", None)
    return code is not None and "N_CHAR_MAX" in code.co_varnames[: code.co_argcount]


def _spell(value, above=()):
    """Return an object as text without its repr: its class and what it contains.

    `above` are the objects that contain it, because an object may contain itself.
    """
    if isinstance(value, type) or type(value) in _PLAIN:
        return repr(value)
    if any(value is other for other in above):
        return f"<{_class_name(value)} from above>"
    above = (*above, value)
    if isinstance(value, np.ndarray):
        return f"array({joblib.hash(value)})"
    if isinstance(value, (list, tuple)):
        return f"{_class_name(value)}({', '.join(_spell(v, above) for v in value)})"
    if isinstance(value, (set, frozenset)):
        members = sorted(_spell(member, above) for member in value)
        return f"{_class_name(value)}({', '.join(members)})"
    if isinstance(value, dict):
        pairs = [(_spell(k, above), _spell(v, above)) for k, v in value.items()]
        return f"{_class_name(value)}({', '.join(f'{k}: {v}' for k, v in pairs)})"
    if isinstance(value, FunctionType):
        return f"{value.__qualname__}({joblib.hash(_parts(value))})"
    if isinstance(value, partial):
        parts = [value.func, value.args, value.keywords]
        return f"partial{_spell(parts, above)}"
    if hasattr(value, "get_params"):
        content = value.get_params(deep=False)
    elif type(value).__repr__ is object.__repr__ or _fails(repr, value):
        content = getattr(value, "__dict__", {})
    else:
        return _without_ids(repr(value), [value])
    pairs = [f"{key}={_spell(inner, above)}" for key, inner in sorted(content.items())]
    return f"{_class_name(value)}({', '.join(pairs)})"


def _class_name(value):
    return f"{type(value).__module__}.{type(value).__qualname__}"


def _fails(function, *args):
    try:
        function(*args)
    except Exception:
        return True
    return False


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
    cells = [_content_of(cell) for cell in function.__closure__ or ()]
    given = [function.__defaults__, function.__kwdefaults__, cells]
    text = _without_addresses(_repr_or_spelled(given))
    return [*_code_parts(function.__code__), text]


def _content_of(cell):
    try:
        return cell.cell_contents
    except ValueError:
        # The variable of the enclosing function has no value yet.
        return "no value"


def _code_parts(code):
    constants = [
        _code_parts(c) if hasattr(c, "co_code") else _constant(c)
        for c in code.co_consts
    ]
    return [code.co_code, code.co_names, code.co_varnames, constants]


def _constant(value):
    """Return the repr of a constant, with the members of a set in sorted order."""
    if isinstance(value, frozenset) and value:
        return f"frozenset({{{', '.join(sorted(map(repr, value)))}}})"
    return repr(value)


def _without_ids(text, values):
    """Return a text without the ids of objects, which some objects have in their repr.

    The usual form, as in ``<Name object at 0x7f...>``, is removed separately.
    """
    for value in values:
        text = re.sub(f"{id(value)}|(?<! at ){id(value):#x}", "", text)
    return text


def _without_addresses(text):
    return re.sub(r" at 0x[0-9a-f]+", "", " ".join(text.split()))
