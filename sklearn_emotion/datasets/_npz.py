"""Read arrays of an ``.npz`` file after comparing their sizes with the file."""

import zipfile
from math import prod

import numpy as np

from sklearn_emotion._files import naming

# Bytes of an array after decompression: this number, or this multiple of its bytes in
# the file if it is more.
_MAX_UNPACKED, _MAX_RATIO = 2**29, 200
_READ_HEADER = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def read_npz(path, names):
    """Return arrays of numbers of an ``.npz`` file by name.

    The file is never unpickled. Absent names and arrays of other types raise an error.
    """
    return _read_members(path, names, _to_numbers)


def read_npz_bytes(path, names):
    """Return the bytes in an ``.npz`` file by name.

    Each member is a single value of type bytes, not an array of numbers.
    """
    return _read_members(path, names, _to_bytes)


def _read_members(path, names, convert):
    with naming(path, "an archive of arrays"), zipfile.ZipFile(path) as archive:
        members = archive.namelist()
        twice = [name for name in names if members.count(f"{name}.npy") > 1]
        if twice:
            raise ValueError(f"{path} holds {', '.join(twice)} several times.")
        absent = [name for name in names if f"{name}.npy" not in members]
        if absent:
            raise ValueError(f"{path} holds no {', '.join(absent)}.")
        return {name: convert(name, *_read(archive, name)) for name in names}


def _read(archive, name):
    """Return the type, the shape, the order and the bytes of a member."""
    info = archive.getinfo(f"{name}.npy")
    limit = max(_MAX_UNPACKED, _MAX_RATIO * info.compress_size)
    if info.file_size > limit:
        raise ValueError(
            f"{name} has {info.compress_size} bytes in the file and states "
            f"{info.file_size} bytes"
        )
    with archive.open(info) as file:
        version = np.lib.format.read_magic(file)
        if version not in _READ_HEADER:
            raise ValueError(f"{name} has a header of version {version}")
        shape, is_fortran, dtype = _READ_HEADER[version](file)
        return dtype, shape, "F" if is_fortran else "C", file.read()


def _to_numbers(name, dtype, shape, order, content):
    if dtype.kind not in "biuf":
        raise ValueError(f"{name} must be numbers, got {dtype}")
    if prod(shape) * dtype.itemsize != len(content) or min(shape, default=0) < 0:
        raise ValueError(
            f"{name} states the shape {shape} of {dtype}, but has {len(content)} bytes"
        )
    return np.frombuffer(content, dtype).reshape(shape, order=order)


def _to_bytes(name, dtype, shape, order, content):
    if dtype.kind != "S" or shape != () or dtype.itemsize != len(content):
        raise ValueError(f"{name} must be bytes, got {dtype} of shape {shape}")
    return content
