"""Damaged MATLAB files are found before SciPy's reader trips over them."""

import struct
from pathlib import Path

import numpy as np
import pytest
import scipy.io.matlab
from scipy.io import savemat

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


def nested(depth):
    matrix = b""
    for _ in range(depth):
        matrix = struct.pack("<II", 14, len(matrix)) + matrix
    return b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM" + matrix


def test_matrices_in_one_another_without_end_are_refused(tmp_path):
    path = tmp_path / "a.mat"
    path.write_bytes(nested(18))
    check_mat_structure(path)
    path.write_bytes(nested(5000))
    with pytest.raises(ValueError, match="more than 20 deep"):
        check_mat_structure(path)


@pytest.mark.parametrize("kept", [0, 100, 127, 130, 150, 300, -9, -1])
@pytest.mark.parametrize("do_compression", [False, True])
def test_a_file_that_is_cut_off_is_named(tmp_path, kept, do_compression):
    path = tmp_path / "a.mat"
    values = np.random.default_rng(0).normal(size=500)
    savemat(path, {"x": values}, do_compression=do_compression)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ValueError, match=r"a\.mat cannot be read as a MATLAB file"):
        read_mat(path, ["x"])
