"""Pickles yield arrays whose shape, type and bytes agree, or an error with the file."""

import pickle
import struct

import numpy as np
import pytest
from _deap import python2_pickle

from sklearn_emotion.datasets._unpickle import read_array_pickle, read_pickle

DTYPE = b"cnumpy\ndtype\nU\x02f8\x89\x88\x87R"
RECONSTRUCT = (
    b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
)


def forged_dtype():
    """An array of 64 bytes whose type is said to hold 40 numbers per element."""
    state = (
        b"(K\x03U\x01<("
        + DTYPE
        + b"K\x28\x85tNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    )
    array = b"cnumpy.core.numeric\n_frombuffer\n(T" + struct.pack("<I", 64) + bytes(64)
    return b"\x80\x02}U\x04data" + array + DTYPE + state + b"K\x01\x85U\x01CtRs."


def with_state(state):
    """A dict of one array with a certain state."""
    return b"\x80\x02}U\x04data" + RECONSTRUCT + b"(" + state + b"tbs."


def nested_key(depth):
    return b"\x80\x02}" + b")" + b"\x85" * depth + b"Ns."


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (forged_dtype(), "a type with parts"),
        (
            with_state(b"K\x01K\x09\x85" + DTYPE + b"\x89U\x08" + bytes(8)),
            r"shape \(9,\) and type float64 in 8 bytes",
        ),
        (
            with_state(b"K\x01J\xff\xff\xff\xff\x85" + DTYPE + b"\x89U\x00"),
            "array of an unknown kind",
        ),
        (with_state(b"K\x01K\x01\x85U\x02f8\x89U\x08" + bytes(8)), "unknown kind"),
        (b"\x80\x02}U\x04data" + RECONSTRUCT + b"s.", "an array without content"),
        (b"\x80\x02B\xff\xff\xff\xffabc.", "ends within an element of 4294967295"),
        (b"\x80\x04\x8e" + b"\xff" * 8 + b".", "ends within an element of"),
        (nested_key(5000), "a key is a tuple"),
        (b"(" * 20_000 + b".", "more than 10000 instructions"),
        (b"\x80\x02K\x01\x94", "ends within an element of 1 bytes"),
        (b"\x80\x02h\x07.", "cannot be read as a pickle of arrays"),
        (b"\x80\x02.", "cannot be read as a pickle of arrays"),
        (b"\x80\x02K\x01)R.", "calls what cannot be called"),
        (pickle.dumps({1: np.zeros(2)}), "no dict of arrays"),
        (pickle.dumps({"a": np.zeros(2, "c16")}), "array of type 'c16'"),
        (pickle.dumps({"a": np.zeros(2, "i4,f8")}), "array of type 'V12'"),
        (pickle.dumps({"a": np.array(["text"])}), "array of type 'U4'"),
    ],
)
def test_streams_that_describe_no_sound_array_are_named(tmp_path, content, match):
    path = tmp_path / "a.dat"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"a\.dat.*{match}"):
        read_array_pickle(path)


def test_text_cannot_be_repeated_to_fill_the_memory(tmp_path):
    path = tmp_path / "a.dat"
    text = b"X" + struct.pack("<I", 1000) + bytes(1000) + b"q\x00"
    encoding = b"X\x06\x00\x00\x00latin1q\x01"
    again = b"c_codecs\nencode\nh\x00h\x01\x86R"
    path.write_bytes(b"\x80\x02" + text + encoding + again * 200 + b".")
    with pytest.raises(ValueError, match="it repeats its content"):
        read_array_pickle(path)


def test_every_cut_of_a_pickle_is_named(tmp_path):
    path = tmp_path / "a.dat"
    content = python2_pickle({"data": np.ones((2, 3, 4)), "labels": np.ones((2, 4))})
    for kept in range(len(content)):
        path.write_bytes(content[:kept])
        with pytest.raises(ValueError, match=r"a\.dat cannot be read as a pickle"):
            read_array_pickle(path)


def test_dicts_in_dicts_keep_text_numbers_and_arrays(tmp_path):
    path = tmp_path / "a.pkl"
    array = np.arange(6.0).reshape(2, 3)
    content = {"signal": {"chest": {"ECG": array}}, "subject": "S2", 3: [1, 2.5, None]}
    for protocol in range(6):
        path.write_bytes(pickle.dumps(content, protocol))
        found = read_pickle(path)
        np.testing.assert_array_equal(found["signal"]["chest"].pop("ECG"), array)
        assert found == {"signal": {"chest": {}}, "subject": "S2", 3: [1, 2.5, None]}
    path.write_bytes(pickle.dumps(array))
    np.testing.assert_array_equal(read_pickle(path), array)


def test_shared_parts_cannot_grow_beyond_the_memory(tmp_path):
    path = tmp_path / "a.pkl"
    part = []
    for _ in range(4):
        part = [part] * 500
    path.write_bytes(pickle.dumps(part))
    with pytest.raises(ValueError, match="repeats or nests its content"):
        read_pickle(path)
    part = []
    part.append(part)
    path.write_bytes(pickle.dumps(part))
    with pytest.raises(ValueError, match="repeats or nests its content"):
        read_pickle(path)


@pytest.mark.parametrize("again", [b"h\x00", b"}h\x00K\x01s"])
def test_bytes_cannot_become_text_many_times(tmp_path, again):
    path = tmp_path / "a.pkl"
    text = b"T" + struct.pack("<I", 2000) + bytes(2000) + b"q\x00"
    path.write_bytes(b"\x80\x02" + text + b"](" + again * 1000 + b"e.")
    with pytest.raises(ValueError, match=r"a\.pkl.* a text of 2000 bytes"):
        read_pickle(path)
