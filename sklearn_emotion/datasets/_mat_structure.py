"""Check the structure of a MATLAB file of version 5 to 7 before SciPy reads it.

SciPy's reader follows the elements of a variable without comparing them with each
other, and a damaged type or count ends the Python process. This check walks through
the variables in the same order. The class and the flags of an array say which elements
must follow, and the sizes must agree with each other and with the file.
"""

import struct
import zlib
from math import prod

_MATRIX, _COMPRESSED = 14, 15
# Bytes of each type of number.
_NUMBERS = {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 9: 8, 12: 8, 13: 8}
_TEXTS = {1: 1, 2: 1, 4: 2, 16: 1, 17: 2, 18: 4}
_WHOLE = {5: 4, 6: 4}
_NAMES = {1: 1, 16: 1}
# Classes of arrays.
_CELL, _STRUCT, _OBJECT, _CHAR, _SPARSE, _FUNCTION, _OPAQUE = 1, 2, 3, 4, 5, 16, 17
_NUMERIC = range(6, 16)
_COMPLEX = 0x800
_MAX_DEPTH = 20
_MAX_DIMENSIONS = 32
_MAX_NAME = 4096
# What SciPy calls a variable without a name.
_NO_NAME = "None"
# Bytes of all variables together after decompression: this number, or this multiple of
# the file's size if it is more.
_MAX_UNPACKED, _MAX_RATIO = 2**29, 200
_CHUNK = 2**20
_HEADER_SIZE = 128


class _Compressed:
    """The uncompressed bytes of a compressed variable, as a stream."""

    def __init__(self, file, size):
        self.file, self.left = file, size
        self.inflater = zlib.decompressobj()

    def read(self, n):
        return b"".join(self._pieces(n))

    def skip(self, n):
        for _ in self._pieces(n):
            pass

    def _pieces(self, n):
        while n:
            held = self.inflater.unconsumed_tail
            if not held:
                held = self.file.read(min(_CHUNK, self.left))
                self.left -= len(held)
            piece = self.inflater.decompress(held, min(n, _CHUNK))
            if not piece and (self.inflater.eof or not held):
                raise ValueError("a compressed variable ends too early")
            n -= len(piece)
            yield piece

    def finish(self):
        """Read up to the checksum."""
        if self.inflater.decompress(self.inflater.unconsumed_tail, 1):
            raise ValueError("a compressed variable is longer than its header states")
        while self.left and not self.inflater.eof:
            held = self.file.read(min(_CHUNK, self.left))
            self.left -= len(held)
            self.inflater.decompress(held, 1)
        if not self.inflater.eof:
            raise ValueError("a compressed variable ends too early")


class _Plain:
    """The bytes of a file, as a stream."""

    def __init__(self, file):
        self.file = file

    def read(self, n):
        return self.file.read(n)

    def skip(self, n):
        self.file.seek(n, 1)


def check_mat_structure(path, names=None):
    """Check the variables of a MATLAB file of version 5 to 7.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    names : collection of str or None, default=None
        Variables that will be read. Of the others, only the name is checked. If None,
        all variables will be read.
    """
    size = path.stat().st_size
    unpacked_left = max(_MAX_UNPACKED, _MAX_RATIO * size)
    seen = set()
    with path.open("rb") as file:
        header = file.read(_HEADER_SIZE)
        order = {b"IM": "<", b"MI": ">"}.get(header[126:128])
        # SciPy takes a file with a zero among the first bytes for version 4.
        if order is None or 0 in header[:4]:
            raise ValueError("it has no header of version 5 to 7")
        left = size - _HEADER_SIZE
        try:
            while left >= 8:
                kind, n_bytes = struct.unpack(order + "II", file.read(8))
                left -= 8 + n_bytes
                if left < 0 or kind not in (_MATRIX, _COMPRESSED):
                    raise ValueError(f"a variable of type {kind} and {n_bytes} bytes")
                end = file.tell() + n_bytes
                stream = _Plain(file)
                if kind == _COMPRESSED:
                    stream = _Compressed(file, n_bytes)
                    kind, n_bytes = struct.unpack(order + "II", stream.read(8))
                    if kind != _MATRIX:
                        raise ValueError(f"a compressed variable of type {kind}")
                    unpacked_left -= n_bytes
                    if unpacked_left < 0:
                        raise ValueError(
                            f"a compressed variable of {n_bytes} bytes in a file of "
                            f"{size} bytes"
                        )
                name = _Variable(stream, n_bytes, order).check(names)
                if name is not None and isinstance(stream, _Compressed):
                    stream.finish()
                if name in seen:
                    raise ValueError(f"several variables are called {name}")
                # Objects of classes and workspaces of functions have no name.
                seen |= {name} - {None, "", _NO_NAME}
                file.seek(end)
        except (struct.error, zlib.error) as error:
            raise ValueError(str(error)) from error
    if left:
        raise ValueError(f"{left} bytes follow the last variable")


class _Variable:
    """The elements of a variable, in the order in which SciPy reads them."""

    def __init__(self, stream, n_bytes, order):
        self.stream, self.left, self.order = stream, n_bytes, order

    def check(self, names):
        """Check the variable and return its name.

        If the name is not one of `names`, the elements after the name are not checked,
        and the result is None.
        """
        kind, is_complex, count, name = self._header()
        if names is not None and name not in names:
            return None
        self._content(kind, is_complex, count, depth=1)
        if self.left:
            raise ValueError("elements do not fill the element that contains them")
        return name

    def _read(self, n):
        if n > self.left:
            raise ValueError(f"an element is missing: {self.left} bytes are left")
        self.left -= n
        return self.stream.read(n)

    def _skip(self, n):
        self.left -= n
        self.stream.skip(n)

    def _unpack(self, form):
        form = self.order + form
        return struct.unpack(form, self._read(struct.calcsize(form)))

    def _tag(self, types):
        """Return type and size of an element, and the size of its padding."""
        (kind,) = self._unpack("I")
        if kind >> 16:
            kind, n_bytes = kind & 0xFFFF, kind >> 16
            if kind not in types or kind == _MATRIX or n_bytes > 4:
                raise ValueError(f"a short element of type {kind}, {n_bytes} bytes")
            padding = 4 - n_bytes
        else:
            (n_bytes,) = self._unpack("I")
            padding = -n_bytes % 8
        if kind not in types or n_bytes > self.left:
            raise ValueError(f"an element of type {kind} and {n_bytes} bytes")
        # The padding at the end of a variable may be absent.
        return kind, n_bytes, min(padding, self.left - n_bytes)

    def _bytes(self, types, limit):
        """Return the content of a short element."""
        _, n_bytes, padding = self._tag(types)
        if n_bytes > limit:
            raise ValueError(f"a name or a shape of {n_bytes} bytes")
        content = self._read(n_bytes)
        self._skip(padding)
        return content

    def _values(self, types, count=None):
        """Pass over an element, which must contain `count` values if it is given."""
        kind, n_bytes, padding = self._tag(types)
        if count is not None and n_bytes != count * types[kind]:
            raise ValueError(
                f"an element of type {kind} and {n_bytes} bytes for {count} values"
            )
        self._skip(n_bytes + padding)
        return n_bytes

    def _header(self):
        """Return class, whether values are complex, number of values, and name."""
        if self._unpack("II") != (6, 8):
            raise ValueError("an array without class and flags")
        flags, _ = self._unpack("II")
        kind = flags & 0xFF
        if kind == _OPAQUE:
            return kind, False, 1, _NO_NAME
        shape = self._bytes(_WHOLE, 4 * _MAX_DIMENSIONS)
        sizes = struct.unpack(f"{self.order}{len(shape) // 4}i", shape)
        if not sizes or min(sizes) < 0:
            raise ValueError(f"an array of shape {sizes}")
        name = self._bytes(_NAMES, _MAX_NAME).decode("latin1")
        return kind, bool(flags & _COMPLEX), prod(sizes), name

    def _content(self, kind, is_complex, count, depth):
        if depth > _MAX_DEPTH:
            raise ValueError(f"variables are nested more than {_MAX_DEPTH} deep")
        if kind in _NUMERIC:
            for _ in range(1 + is_complex):
                self._values(_NUMBERS, count)
        elif kind == _CHAR:
            # SciPy pads text without any byte with spaces.
            n_bytes = self._values(_TEXTS)
            if count > (n_bytes or _MAX_NAME):
                raise ValueError(f"{n_bytes} bytes for {count} characters")
        elif kind == _SPARSE:
            for types in (_WHOLE, _WHOLE, *[_NUMBERS] * (1 + is_complex)):
                self._values(types)
        elif kind == _CELL:
            self._children(count, depth)
        elif kind in (_STRUCT, _OBJECT):
            if kind == _OBJECT:
                self._values(_NAMES)
            (length,) = struct.unpack(self.order + "i", self._bytes(_WHOLE, 4))
            n_bytes = self._values(_NAMES)
            if length < 1 or n_bytes % length:
                raise ValueError(f"{n_bytes} bytes for names of {length} bytes")
            if n_bytes == 0 and count > _MAX_NAME:
                raise ValueError(f"{count} structures without fields")
            self._children(count * (n_bytes // length), depth)
        elif kind == _FUNCTION:
            self._children(1, depth)
        elif kind == _OPAQUE:
            for _ in range(3):
                self._values(_NAMES)
            self._children(1, depth)
        else:
            raise ValueError(f"an array of class {kind}")

    def _children(self, count, depth):
        # SciPy reserves memory for all of them at first.
        if count * 8 > self.left:
            raise ValueError(f"{count} arrays within {self.left} bytes")
        for _ in range(count):
            _, n_bytes, padding = self._tag({_MATRIX})
            end = self.left - n_bytes
            if n_bytes:
                kind, is_complex, n_values, _ = self._header()
                self._content(kind, is_complex, n_values, depth + 1)
            if self.left != end or padding:
                raise ValueError("elements do not fill the element that contains them")
