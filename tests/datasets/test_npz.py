"""Arrays of an archive have the size that their headers state, or are named."""

import io
import zipfile

import numpy as np
import pytest

from sklearn_emotion.datasets import _npz
from sklearn_emotion.datasets._npz import read_npz


def test_arrays_come_back(tmp_path):
    path = tmp_path / "a.npz"
    arrays = {"x": np.arange(6.0).reshape(2, 3, order="F"), "n": np.array(7)}
    np.savez_compressed(path, **arrays, other=np.array(["text"]))
    stored = read_npz(path, ["x", "n"])
    assert sorted(stored) == ["n", "x"]
    for name, array in arrays.items():
        np.testing.assert_array_equal(stored[name], array)


def member(shape, dtype="<f4", n_bytes=0):
    """An array with a header that states another shape than it has."""
    file = io.BytesIO()
    header = {"descr": dtype, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue() + bytes(n_bytes)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (member((10**15,)), r"x states the shape \(1000000000000000,\) .* has 0 bytes"),
        (member((2,), n_bytes=4), r"x states the shape \(2,\)"),
        (member((-1, -1), n_bytes=4), r"x states the shape \(-1, -1\)"),
        (member((1,), "<U4", 16), "x must be numbers, got <U4"),
        (member((1,), "|O", 8), "x must be numbers, got object"),
        (b"no array", "magic string"),
        (bytes(100_000), r"x has [0-9]+ bytes in the file and states 100000"),
    ],
)
def test_arrays_that_are_not_as_stated_are_named(tmp_path, monkeypatch, content, match):
    monkeypatch.setattr(_npz, "_MAX_UNPACKED", 2**10)
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("x.npy", content)
    with pytest.raises(ValueError, match=rf"a\.npz cannot be read.*{match}"):
        read_npz(path, ["x"])


def test_absent_arrays_are_named(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, x=np.zeros(2))
    with pytest.raises(ValueError, match=r"a\.npz holds no y, z\."):
        read_npz(path, ["x", "y", "z"])


def test_an_array_that_is_there_twice_is_named(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, x=np.zeros(2))
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Dup"):
        archive.writestr("x.npy", member((1,), n_bytes=4))
    with pytest.raises(ValueError, match=r"a\.npz holds x several times"):
        read_npz(path, ["x"])
