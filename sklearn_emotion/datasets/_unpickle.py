"""Read pickles of NumPy arrays without running code that they contain.

A pickle is a program for a small machine, which can call any function that can be
imported and can change the objects that it made. Data sets that are stored as pickles
are therefore read by a machine of our own. It knows only the instructions that a dict
of arrays needs, it makes only text, numbers, bytes and containers, and it describes an
array by its shape, type and bytes. The arrays are built afterwards, once these three
agree.
"""

import codecs
import struct
from dataclasses import dataclass
from math import prod

import numpy as np

from sklearn_emotion._files import naming

_KIND = "a pickle of arrays"
# A dict of two arrays takes about 60 instructions.
_MAX_INSTRUCTIONS = 10_000
_MAX_DIMENSIONS = 32
_MAX_DEPTH = 5
# Texts are names. Longer ones could be copied many times.
_MAX_TEXT = 1000
_TYPES = ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8")
_ORDERS = "<>=|"
_MARK = object()


@dataclass(frozen=True)
class _Name:
    """A name that a pickle asks for. It stands for nothing that could be called."""

    text: str


_CORES = ("numpy.core.multiarray", "numpy._core.multiarray")
_NUMERICS = ("numpy.core.numeric", "numpy._core.numeric")
_NAMES = {
    **{(module, "_reconstruct"): _Name("reconstruct") for module in _CORES},
    **{(module, "_frombuffer"): _Name("frombuffer") for module in _NUMERICS},
    ("numpy", "ndarray"): _Name("ndarray"),
    ("numpy", "dtype"): _Name("dtype"),
    ("_codecs", "encode"): _Name("encode"),
}


class _Type:
    """Type of an array, as a pickle describes it."""

    def __init__(self, code, align=False, copy=False):
        code = _text(code)
        if code not in _TYPES:
            raise ValueError(f"it holds an array of type {code!r}")
        self.code, self.order = code, "="

    def set_state(self, version, order, *rest):
        # The other entries describe fields and arrays within an element.
        order = _text(order)
        if order not in _ORDERS or rest[:3] != (None, None, None):
            raise ValueError("it holds an array of a type with parts")
        self.order = order


class _Array:
    """Shape, type and bytes of an array, as a pickle describes them."""

    def __init__(self, kind, shape, code):
        if kind != _NAMES["numpy", "ndarray"] or shape != (0,):
            raise ValueError("it holds an array of an unknown kind")
        self.parts = None

    def set_state(self, version, shape, kind, is_fortran, content):
        self.parts = shape, kind, "F" if is_fortran else "C", content

    @classmethod
    def of_bytes(cls, content, kind, shape, order="C"):
        array = cls(_NAMES["numpy", "ndarray"], (0,), "b")
        array.parts = shape, kind, _text(order), content
        return array

    def build(self):
        """Return the array, which is read-only."""
        if self.parts is None:
            raise ValueError("it holds an array without content")
        shape, kind, order, content = self.parts
        is_sound = (
            isinstance(shape, tuple)
            and len(shape) <= _MAX_DIMENSIONS
            and all(type(size) is int and size >= 0 for size in shape)
            and isinstance(kind, _Type)
            and order in ("C", "F")
            and isinstance(content, bytes | bytearray | memoryview)
        )
        if not is_sound:
            raise ValueError("it holds an array of an unknown kind")
        dtype = np.dtype(kind.order + kind.code)
        if prod(shape) * dtype.itemsize != len(content):
            raise ValueError(
                f"it holds an array of shape {shape} and type {dtype} in "
                f"{len(content)} bytes"
            )
        return np.frombuffer(content, dtype).reshape(shape, order=order)


class _Machine:
    """Run a pickle. The stack holds plain data and descriptions of arrays."""

    def __init__(self, content):
        self.bytes, self.content = content, memoryview(content)
        self.at = 0
        self.stack, self.memo = [], {}
        self.n_encoded = 0

    def run(self):
        """Return the object that the pickle describes."""
        for _ in range(_MAX_INSTRUCTIONS):
            code = bytes(self.take(1))
            if code == b".":
                return self.pop()
            if code not in _INSTRUCTIONS:
                raise ValueError(
                    f"it has the instruction {code!r}, which no array needs"
                )
            _INSTRUCTIONS[code](self)
        raise ValueError(f"it has more than {_MAX_INSTRUCTIONS} instructions")

    def take(self, n):
        if n > len(self.content) - self.at:
            raise ValueError(f"it ends within an element of {n} bytes")
        self.at += n
        return self.content[self.at - n : self.at]

    def number(self, form):
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def line(self):
        end = self.bytes.find(b"\n", self.at)
        if end < 0:
            raise ValueError("it ends within a line")
        start, self.at = self.at, end + 1
        return self.bytes[start:end]

    def push(self, value):
        self.stack.append(value)

    def pop(self):
        value = self.stack.pop()
        if value is _MARK:
            raise ValueError("its instructions are in disorder")
        return value

    def pop_to_mark(self):
        values = []
        while (value := self.stack.pop()) is not _MARK:
            values.append(value)
        return values[::-1]

    def top(self, kind):
        value = self.stack[-1]
        if not isinstance(value, kind):
            raise ValueError("its instructions are in disorder")
        return value

    def set_items(self, values):
        target = self.top(dict)
        for key, value in zip(values[::2], values[1::2], strict=True):
            # A key of another kind may be nested too deeply to be hashed.
            if not isinstance(key, str | bytes | memoryview) and type(key) is not int:
                raise ValueError(f"a key is a {type(key).__name__} and not text")
            target[key if type(key) is int else _text(key)] = value

    def extend(self, values):
        self.top(list).extend(values)

    def make_dict(self):
        values = self.pop_to_mark()
        self.push({})
        self.set_items(values)

    def find(self, module, name):
        module, name = _text(module), _text(name)
        if (module, name) not in _NAMES:
            raise ValueError(
                f"it asks for {module}.{name}, which no array needs; do not open it "
                "with another reader"
            )
        self.push(_NAMES[module, name])

    def find_from_stack(self):
        name, module = self.pop(), self.pop()
        self.find(module, name)

    def call(self):
        arguments, name = self.pop(), self.pop()
        functions = {
            "reconstruct": _Array,
            "frombuffer": _Array.of_bytes,
            "dtype": _Type,
            "encode": self.encode,
        }
        text = name.text if isinstance(name, _Name) else ""
        if text not in functions or not isinstance(arguments, tuple):
            raise ValueError("it calls what cannot be called")
        self.push(functions[text](*arguments))

    def encode(self, text, encoding="latin1"):
        if encoding not in ("latin1", "latin-1"):
            raise ValueError(f"it holds text in {encoding!r}")
        # The same text may be encoded many times.
        self.n_encoded += len(text)
        if self.n_encoded > len(self.content):
            raise ValueError("it repeats its content")
        return text.encode("latin1")

    def set_state(self):
        state = self.pop()
        if not isinstance(state, tuple):
            raise ValueError("its instructions are in disorder")
        self.top(_Array | _Type).set_state(*state)

    def remember(self, place):
        self.memo[place] = self.stack[-1]


def _text(value):
    """Return text of Python 2 or 3 as a string."""
    if isinstance(value, bytes | memoryview):
        if len(value) > _MAX_TEXT:
            raise ValueError(f"it has a text of {len(value)} bytes")
        return bytes(value).decode("latin1")
    if not isinstance(value, str):
        raise ValueError(f"it has a {type(value).__name__} in place of text")
    return value


class _Builder:
    """Put arrays in place of their descriptions.

    A part of a pickle can stand in many places, so the number of parts is limited.
    """

    def __init__(self):
        self.n_left = _MAX_INSTRUCTIONS

    def build(self, value, depth=0):
        self.n_left -= 1
        if depth > _MAX_DEPTH or self.n_left < 0:
            raise ValueError("it repeats or nests its content too often")
        if isinstance(value, _Array):
            return value.build()
        if isinstance(value, dict):
            return {key: self.build(part, depth + 1) for key, part in value.items()}
        if isinstance(value, list | tuple):
            return [self.build(part, depth + 1) for part in value]
        if isinstance(value, bytes | memoryview):
            return _text(value)
        if value is None or isinstance(value, str | bool | int | float):
            return value
        raise ValueError(f"it holds a {type(value).__name__.strip('_')}")


def _constant(value):
    return lambda m: m.push(value)


def _number(form):
    return lambda m: m.push(m.number(form))


def _bytes(form):
    return lambda m: m.push(m.take(m.number(form)))


def _unicode(form):
    return lambda m: m.push(str(m.take(m.number(form)), "utf-8", "surrogatepass"))


def _long(form):
    return lambda m: m.push(int.from_bytes(m.take(m.number(form)), "little", signed=1))


def _tuple(n):
    return lambda m: m.push(tuple([m.pop() for _ in range(n)][::-1]))


def _remember(form):
    return lambda m: m.remember(m.number(form))


def _recall(form):
    return lambda m: m.push(m.memo[m.number(form)])


def _line_number(m):
    text = m.line().removesuffix(b"L")
    m.push({b"00": False, b"01": True}[text] if text in (b"00", b"01") else int(text))


def _line_string(m):
    text = m.line()
    if len(text) < 2 or text[:1] != text[-1:] or text[:1] not in b"'\"":
        raise ValueError("it has text without quotation marks")
    m.push(codecs.escape_decode(text[1:-1])[0])


_INSTRUCTIONS = {
    b"\x80": lambda m: m.take(1),  # protocol
    b"\x95": lambda m: m.take(8),  # length of the following part
    b"(": _constant(_MARK),
    b"0": lambda m: m.pop(),
    b"1": lambda m: m.pop_to_mark(),
    b"2": lambda m: m.push(m.top(object)),
    b"N": _constant(None),
    b"\x88": _constant(True),
    b"\x89": _constant(False),
    b"I": _line_number,
    b"L": _line_number,
    b"F": lambda m: m.push(float(m.line())),
    b"G": _number(">d"),
    b"K": _number("<B"),
    b"M": _number("<H"),
    b"J": _number("<i"),
    b"\x8a": _long("<B"),
    b"S": _line_string,
    b"U": _bytes("<B"),
    b"T": _bytes("<I"),
    b"C": _bytes("<B"),
    b"B": _bytes("<I"),
    b"\x8e": _bytes("<Q"),
    b"\x96": _bytes("<Q"),
    b"V": lambda m: m.push(m.line().decode("raw-unicode-escape")),
    b"\x8c": _unicode("<B"),
    b"X": _unicode("<I"),
    b"\x8d": _unicode("<Q"),
    b"}": lambda m: m.push({}),
    b"d": lambda m: m.make_dict(),
    b"s": lambda m: m.set_items([m.pop(), m.pop()][::-1]),
    b"u": lambda m: m.set_items(m.pop_to_mark()),
    b"]": lambda m: m.push([]),
    b"l": lambda m: m.push(m.pop_to_mark()),
    b"a": lambda m: m.extend([m.pop()]),
    b"e": lambda m: m.extend(m.pop_to_mark()),
    b")": lambda m: m.push(()),
    b"t": lambda m: m.push(tuple(m.pop_to_mark())),
    b"\x85": _tuple(1),
    b"\x86": _tuple(2),
    b"\x87": _tuple(3),
    b"p": lambda m: m.remember(int(m.line())),
    b"q": _remember("<B"),
    b"r": _remember("<I"),
    b"\x94": lambda m: m.remember(len(m.memo)),
    b"g": lambda m: m.push(m.memo[int(m.line())]),
    b"h": _recall("<B"),
    b"j": _recall("<I"),
    b"c": lambda m: m.find(m.line(), m.line()),
    b"\x93": lambda m: m.find_from_stack(),
    b"R": lambda m: m.call(),
    b"b": lambda m: m.set_state(),
}


def read_array_pickle(path):
    """Read a pickled dict of numeric arrays, written by Python 2 or 3.

    The keys are text. Any other content raises an error. The arrays are read-only.
    """
    content = read_pickle(path)
    is_dict = isinstance(content, dict) and all(isinstance(k, str) for k in content)
    if not is_dict or not all(isinstance(v, np.ndarray) for v in content.values()):
        raise ValueError(f"{path} holds no dict of arrays.")
    return content


def read_pickle(path):
    """Read a pickle of numeric arrays, text and numbers in dicts and lists.

    The keys of dicts are text or whole numbers. Any other content raises an error. The
    arrays are read-only, and tuples become lists.
    """
    with naming(path, _KIND):
        return parse_pickle(path.read_bytes())


def parse_pickle(content):
    """Return the same as :func:`read_pickle` for the bytes of a pickle."""
    return _Builder().build(_Machine(content).run())
