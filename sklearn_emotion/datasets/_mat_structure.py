"""Check the structure of a MATLAB file of version 5 to 7 before SciPy reads it.

SciPy's reader does not validate the type of an element, and a damaged type ends the
Python process. This check reads only the tags of all elements and raises an error if
the file is damaged.
"""

import struct
import zlib

_MATRIX, _COMPRESSED = 14, 15
# Types of numbers with 1, 2, 4 and 8 bytes, and of text.
_LEAVES = {1, 2, 3, 4, 5, 6, 7, 9, 12, 13, 16, 17, 18}
_MAX_DEPTH = 20
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
            self.inflater.decompress(held)
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


def check_mat_structure(path):
    """Check that the elements of a MATLAB file of version 5 to 7 are properly nested.

    Each element must have a known type and end within the element that contains it.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        header = file.read(_HEADER_SIZE)
        order = {b"IM": "<", b"MI": ">"}.get(header[126:128])
        if order is None:
            raise ValueError("it has no header of version 5 to 7")
        left = size - _HEADER_SIZE
        try:
            while left >= 8:
                kind, n_bytes, _ = _tag(_Plain(file), order)
                left -= 8 + n_bytes
                if left < 0 or kind not in (_MATRIX, _COMPRESSED):
                    raise ValueError(f"a variable of type {kind} and {n_bytes} bytes")
                if kind == _MATRIX:
                    _walk(_Plain(file), n_bytes, order, 1)
                    continue
                end = file.tell() + n_bytes
                inner = _Compressed(file, n_bytes)
                kind, n_inner, _ = _tag(inner, order)
                if kind != _MATRIX:
                    raise ValueError(f"a compressed variable of type {kind}")
                _walk(inner, n_inner, order, 1)
                inner.finish()
                file.seek(end)
        except (struct.error, zlib.error) as error:
            raise ValueError(str(error)) from error
    if left:
        raise ValueError(f"{left} bytes follow the last variable")


def _tag(stream, order):
    """Return type and size of an element, and whether its data are in the tag."""
    head = stream.read(4)
    (kind,) = struct.unpack(order + "I", head)
    if kind >> 16:
        stream.skip(4)
        return kind & 0xFFFF, kind >> 16, True
    (n_bytes,) = struct.unpack(order + "I", stream.read(4))
    return kind, n_bytes, False


def _walk(stream, left, order, depth):
    """Read the tags within a matrix of `left` bytes."""
    if depth > _MAX_DEPTH:
        raise ValueError(f"variables are nested more than {_MAX_DEPTH} deep")
    while left > 0:
        kind, n_bytes, is_small = _tag(stream, order)
        left -= 8
        if is_small:
            if kind not in _LEAVES or n_bytes > 4:
                raise ValueError(f"a short element of type {kind}, {n_bytes} bytes")
            continue
        padded = min(-(-n_bytes // 8) * 8, left)
        if n_bytes > left or kind not in _LEAVES | {_MATRIX}:
            raise ValueError(f"an element of type {kind} and {n_bytes} bytes")
        left -= padded
        if kind == _MATRIX:
            _walk(stream, n_bytes, order, depth + 1)
            stream.skip(padded - n_bytes)
        else:
            stream.skip(padded)
    if left:
        raise ValueError("elements do not fill the element that contains them")
