"""Whether a MATLAB file of version 5 to 7 is one, before SciPy reads it.

SciPy's reader takes the type of an element from the file without looking: a damaged
byte there ends the Python process. This one reads the tags of all elements and nothing
else, so that a damaged file is an error.
"""

import struct
import zlib

_MATRIX, _COMPRESSED = 14, 15
# Numbers of 1, 2, 4 and 8 bytes, and text.
_LEAVES = {1, 2, 3, 4, 5, 6, 7, 9, 12, 13, 16, 17, 18}
_MAX_DEPTH = 20
_CHUNK = 2**20
_HEADER_SIZE = 128


class _Compressed:
    """The bytes of a compressed variable, one after the other."""

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
        """Read up to the check sum."""
        if self.inflater.decompress(self.inflater.unconsumed_tail, 1):
            raise ValueError("a compressed variable is longer than it says")
        while self.left and not self.inflater.eof:
            held = self.file.read(min(_CHUNK, self.left))
            self.left -= len(held)
            self.inflater.decompress(held)
        if not self.inflater.eof:
            raise ValueError("a compressed variable ends too early")


class _Plain:
    """The bytes of a file, up to a given number of them."""

    def __init__(self, file):
        self.file = file

    def read(self, n):
        return self.file.read(n)

    def skip(self, n):
        self.file.seek(n, 1)


def check_mat_structure(path):
    """Raise unless the elements of a MATLAB file lie in one another as they should.

    Parameters
    ----------
    path : pathlib.Path
        A file of version 5, 6 or 7.

    Raises
    ------
    ValueError
        If it is cut off, an element has no known type, or reaches beyond the one that
        holds it.
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
    """Type and size of an element, and whether its data are in the tag."""
    head = stream.read(4)
    (kind,) = struct.unpack(order + "I", head)
    if kind >> 16:
        stream.skip(4)
        return kind & 0xFFFF, kind >> 16, True
    (n_bytes,) = struct.unpack(order + "I", stream.read(4))
    return kind, n_bytes, False


def _walk(stream, left, order, depth):
    """Read the tags within a matrix of so many bytes."""
    if depth > _MAX_DEPTH:
        raise ValueError(f"variables lie in one another more than {_MAX_DEPTH} deep")
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
        raise ValueError("elements do not fill the one that holds them")
