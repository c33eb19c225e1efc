"""Damaged MATLAB files are found before SciPy's reader trips over them."""

import struct
from pathlib import Path

import numpy as np
import pytest
import scipy.io.matlab
from scipy.io import savemat

from sklearn_emotion.datasets import _mat_structure
from sklearn_emotion.datasets._mat_structure import check_mat_structure
from sklearn_emotion.datasets._recordings import read_mat

REAL = Path(scipy.io.matlab.__file__).parent / "tests" / "data"


def of_matlab():
    """Files that MATLAB 5.3 to 8 wrote, with what SciPy calls them: good or not."""
    for path in sorted(REAL.glob("*.mat")):
        header = path.read_bytes()[:128]
        is_hdf5 = header[124:126] in (b"\x00\x02", b"\x02\x00")
        if header[126:128] in (b"IM", b"MI") and not is_hdf5:
            yield path


@pytest.mark.skipif(not REAL.is_dir(), reason="SciPy was installed without its tests")
@pytest.mark.filterwarnings("ignore")
def test_what_matlab_wrote_is_accepted():
    n_read = 0
    for path in of_matlab():
        try:
            scipy.io.loadmat(path)
        except Exception:
            continue
        check_mat_structure(path)
        n_read += 1
    assert n_read > 80


@pytest.mark.parametrize("do_compression", [False, True])
def test_what_scipy_wrote_is_accepted_and_read(tmp_path, do_compression):
    cells = np.empty((1, 3), object)
    cells[0] = [np.arange(5.0), np.empty((0, 0)), np.array(["text"])]
    content = {"cells": cells, "x": np.ones((2, 3), np.int16), "s": {"a": {"b": 1}}}
    path = tmp_path / "a.mat"
    savemat(path, content, do_compression=do_compression)
    check_mat_structure(path)
    stored = read_mat(path, ["x", "s"], optional=["cells", "other"])
    assert sorted(stored) == ["cells", "s", "x"]
    np.testing.assert_array_equal(stored["x"], content["x"])
    np.testing.assert_array_equal(stored["cells"][0, 0].ravel(), np.arange(5.0))


def patched(tmp_path, place, value):
    """A matrix of 4 doubles; its data tag lies at 184: type, bytes."""
    path = tmp_path / "a.mat"
    savemat(path, {"a_name_of_9": np.arange(4.0)})
    content = bytearray(path.read_bytes())
    assert struct.unpack_from("<II", content, 192) == (9, 32)
    struct.pack_into("<I", content, place, value)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("place", "value", "match"),
    [
        # A type beyond those that there are: SciPy would read memory that is not its.
        (192, 0xEB, "an element of type 235"),
        (192, 8, "an element of type 8"),
        (196, 4000, "an element of type 9 and 4000 bytes"),
        (132, 10**9, "a variable of type 14 and 1000000000 bytes"),
        (128, 3, "a variable of type 3"),
        (192, (5 << 16) | 9, "a short element of type 9, 5 bytes"),
    ],
)
def test_an_element_that_cannot_be_is_named(tmp_path, place, value, match):
    path = patched(tmp_path, place, value)
    with pytest.raises(ValueError, match=match):
        check_mat_structure(path)
    with pytest.raises(ValueError, match=r"a\.mat cannot be read as a MATLAB file"):
        read_mat(path, ["a_name_of_9"])


HEADER = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM"
# Classes of arrays.
CELL, STRUCT, CHAR, DOUBLE = 1, 2, 4, 6


def element(kind, content):
    """An element of a type, with its padding."""
    return struct.pack("<II", kind, len(content)) + content + bytes(-len(content) % 8)


def matrix(kind, shape, *content, name=b"", flags=0):
    """A variable or an element of a cell, of a class and a shape."""
    head = element(6, struct.pack("<II", kind | flags, 0))
    head += element(5, struct.pack(f"<{len(shape)}i", *shape)) + element(1, name)
    return element(14, head + b"".join(content))


def doubles(n):
    return element(9, np.arange(float(n)).tobytes())


def nested(depth):
    inner = matrix(DOUBLE, (1, 1), doubles(1))
    for _ in range(depth - 2):
        inner = matrix(CELL, (1, 1), inner)
    return HEADER + matrix(CELL, (1, 1), inner, name=b"x")


def test_matrices_in_one_another_without_end_are_refused(tmp_path):
    path = tmp_path / "a.mat"
    path.write_bytes(nested(18))
    check_mat_structure(path)
    path.write_bytes(nested(5000))
    with pytest.raises(ValueError, match="more than 20 deep"):
        check_mat_structure(path)


def struct_array(shape, length, names, *fields):
    length = element(5, struct.pack("<i", length))
    return matrix(STRUCT, shape, length, element(1, names), *fields, name=b"x")


ONE = matrix(DOUBLE, (1, 1), doubles(1))


def test_variables_made_by_hand_are_read(tmp_path):
    path = tmp_path / "a.mat"
    path.write_bytes(
        HEADER
        + matrix(DOUBLE, (2, 2), doubles(4), doubles(4), name=b"z", flags=0x800)
        + matrix(CELL, (1, 2), ONE, element(14, b""), name=b"c")
        + struct_array((1, 1), 2, b"a\0b\0", ONE, ONE)
    )
    stored = read_mat(path)
    np.testing.assert_array_equal(stored["z"], [[0, 2 + 2j], [1 + 1j, 3 + 3j]])
    assert [cell.size for cell in stored["c"][0]] == [1, 0]
    assert stored["x"].dtype.names == ("a", "b")


@pytest.mark.parametrize(
    ("content", "match"),
    [
        # Flags, shapes and counts that promise more elements than there are.
        (matrix(DOUBLE, (1, 4), doubles(4), name=b"x", flags=0x800), "is missing"),
        (matrix(DOUBLE, (1, 4), name=b"x"), "is missing"),
        (matrix(DOUBLE, (1, 4), doubles(4), doubles(4), name=b"x"), "do not fill"),
        (matrix(DOUBLE, (1, 5), doubles(4), name=b"x"), "32 bytes for 5 values"),
        (matrix(DOUBLE, (-1, -4), doubles(4), name=b"x"), "an array of shape"),
        (matrix(DOUBLE, (), doubles(4), name=b"x"), "an array of shape"),
        (matrix(DOUBLE, (1,) * 33, doubles(1), name=b"x"), "a shape of 132 bytes"),
        (matrix(DOUBLE, (1, 1), doubles(1), name=b"x" * 5000), "a name"),
        (matrix(CELL, (1, 2), ONE, name=b"x"), "is missing|arrays within"),
        (matrix(CELL, (2**31 - 1, 9), ONE, name=b"x"), "arrays within 64 bytes"),
        (matrix(CELL, (1, 1), doubles(1), name=b"x"), "an element of type 9"),
        (matrix(CHAR, (1, 10**9), element(16, b"ab"), name=b"x"), "2 bytes for"),
        (matrix(CHAR, (1, 10**9), element(16, b""), name=b"x"), "0 bytes for"),
        (struct_array((1, 1), 0, b"a\0", ONE), "names of 0 bytes"),
        (struct_array((1, 1), 2, b"a\0b", ONE), "3 bytes for names of 2 bytes"),
        (struct_array((10**5, 10**4), 1, b""), "structures without fields"),
        (matrix(99, (1, 1), doubles(1), name=b"x"), "an array of class 99"),
        (element(14, doubles(4)), "without class and flags"),
        (element(14, b""), "is missing"),
    ],
)
def test_elements_that_do_not_belong_together_are_named(tmp_path, content, match):
    path = tmp_path / "a.mat"
    path.write_bytes(HEADER + content)
    with pytest.raises(ValueError, match=rf"a\.mat cannot be read.*({match})"):
        read_mat(path)


def test_a_variable_that_fills_the_memory_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(_mat_structure, "_MAX_UNPACKED", 2**20)
    path = tmp_path / "a.mat"
    savemat(path, {"x": np.zeros(2**20)}, do_compression=True)
    with pytest.raises(ValueError, match="a compressed variable of 8388656 bytes"):
        read_mat(path)


def test_only_the_names_of_other_variables_are_checked(tmp_path):
    path = tmp_path / "a.mat"
    other = matrix(DOUBLE, (1, 5), doubles(4), name=b"other")
    path.write_bytes(HEADER + other + matrix(DOUBLE, (1, 2), doubles(2), name=b"x"))
    assert read_mat(path, ["x"])["x"].tolist() == [[0, 1]]
    with pytest.raises(ValueError, match="32 bytes for 5 values"):
        read_mat(path, ["x"], optional=["other"])


@pytest.mark.parametrize("kept", [0, 100, 127, 130, 150, 300, -9, -1])
@pytest.mark.parametrize("do_compression", [False, True])
def test_a_file_that_is_cut_off_is_named(tmp_path, kept, do_compression):
    path = tmp_path / "a.mat"
    values = np.random.default_rng(0).normal(size=500)
    savemat(path, {"x": values}, do_compression=do_compression)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ValueError, match=r"a\.mat cannot be read as a MATLAB file"):
        read_mat(path, ["x"])


@pytest.mark.parametrize("place", range(4))
def test_a_file_that_scipy_would_take_for_version_4_is_refused(tmp_path, place):
    """That reader takes sizes of gigabytes from the text of the header."""
    path = tmp_path / "file.mat"
    savemat(path, {"a": np.ones(3)})
    content = bytearray(path.read_bytes())
    content[place] = 0
    path.write_bytes(content)
    with pytest.raises(ValueError, match="no header of version 5 to 7"):
        read_mat(path)


@pytest.mark.parametrize("names", [None, ["x"]])
def test_two_variables_with_one_name_are_named(tmp_path, names):
    path = tmp_path / "a.mat"
    one, two = (matrix(DOUBLE, (1, n), doubles(n), name=b"x") for n in (1, 2))
    path.write_bytes(HEADER + one + two)
    with pytest.raises(ValueError, match=r"a\.mat .*several variables are called x"):
        read_mat(path, names)
