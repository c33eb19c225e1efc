"""The reader of text tables, and errors that name the file."""

import numpy as np
import pytest

from sklearn_emotion._files import (
    Column,
    check_numbers,
    naming,
    read_table,
    to_float32,
)

COLUMNS = {"name": None, "a": Column(1, 9), "n": Column(0, 40, is_whole=True)}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "table.csv"


def test_a_table_is_read_by_names_and_blank_rows_are_dropped(path):
    path.write_bytes(
        "\ufeffn,other, name , a\r\n7,x, ann,1e0\r\n,,,\r\n\r\n8.0,,b,2\r\n".encode()
    )
    table = read_table(path, COLUMNS)
    assert table.to_dict("list") == {"name": ["ann", "b"], "a": [1, 2], "n": [7, 8]}
    assert table.dtypes[["a", "n"]].tolist() == [np.float64, np.int64]


def test_empty_cells_are_missing_where_they_are_allowed(path):
    path.write_text("a,b\n1,\n2\n3,NaN\n")
    table = read_table(path, {"a": Column(), "b": Column(is_optional=True)})
    assert table["a"].tolist() == [1, 2, 3]
    assert table["b"].isna().all()


@pytest.mark.parametrize(
    ("row", "match"),
    [
        # The parser of pandas ends the process at exponents like these.
        ("x,31e3080000000,1", r"'a' must be numbers from 1 to 9, got '31e3080000000'"),
        ("x,1,1e2147483648", "'n' must be whole numbers from 0 to 40"),
        ("x,10,1", "'a' must be numbers from 1 to 9, got '10' in line 2"),
        ("x,inf,1", "got 'inf'"),
        ("x,0x5,1", "got '0x5'"),
        ("x,1_0,1", "got '1_0'"),
        ("x,five,1", "got 'five'"),
        ("x,True,1", "got 'True'"),
        ("x,5," + "9" * 5000, r"got '9{40}'\.\.\. in line 2"),
        ("x,5,1.5", "got '1.5'"),
        ("x,,1", "column 'a' is empty in line 2"),
        (",5,1", "column 'name' is empty in line 2"),
        ("x,5", "column 'n' is empty in line 2"),
        ("x,5,1,2", "line 2 has 4 cells, but line 1 has 3"),
        ('x,"5,1', "cannot be read as a table"),
        ("x,5,1\x00", "got '1.x00'"),
    ],
)
def test_rows_that_are_wrong_are_named(path, row, match):
    path.write_text(f"name,a,n\n{row}\n")
    with pytest.raises(ValueError, match=rf"table\.csv.*{match}"):
        read_table(path, COLUMNS)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "no first row with the names"),
        (b"name,a,n\n", "no row below the names"),
        (b"name,n\nx,1\n", r"lacks the columns \['a'\]; run it again"),
        (b"name;a;n\nx;1;1\n", r"\['name', 'a', 'n'\]; run it again; save the table"),
        (b"name\ta\tn\nx\t1\t1\n", "with commas between the cells"),
        (b"name,a,n,a\nx,1,1,9\n", r"several columns with the names \['a'\]"),
        ("name,a,n\nx,1,1\n".encode("utf-16"), "no text in UTF-8, in which it must"),
        (b"name,a,n\n\xff,1,1\n", "cannot be read as a table .*no text in UTF-8"),
    ],
)
def test_files_that_are_no_table_are_named(path, content, match):
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"table\.csv.*{match}"):
        read_table(path, COLUMNS, hint="; run it again")


@pytest.mark.parametrize(
    "error",
    [KeyError("x"), LookupError("x"), MemoryError(), RecursionError("x"), OSError("x")],
)
def test_any_error_becomes_one_that_names_the_file(path, error):
    path.write_bytes(b"abc")
    match = r"table\.csv cannot be read as a list \(3 bytes\)"
    with pytest.raises(ValueError, match=match) as caught, naming(path, "a list"):
        raise error
    assert caught.value.__cause__ is error


@pytest.mark.parametrize("kind", [ImportError, UserWarning, KeyboardInterrupt])
def test_what_is_no_fault_of_the_file_is_passed_on(path, kind):
    with pytest.raises(kind), naming(path, "a list"):
        raise kind("x")


def test_errors_that_name_the_file_are_passed_on(path):
    with pytest.raises(FileNotFoundError), naming(path, "a list"):
        path.read_bytes()


def test_numbers_beyond_float32_are_named_and_missing_ones_are_kept():
    with pytest.raises(ValueError, match=r"a\.mat: eeg contains 1e\+300, .*float32"):
        to_float32(np.array([0.0, 1e300]), "a.mat: eeg")
    kept = to_float32(np.array([np.nan, -np.inf, 3.0]), "a.mat: eeg")
    assert kept.dtype == np.float32
    np.testing.assert_array_equal(kept, [np.nan, -np.inf, 3.0])


@pytest.mark.parametrize(
    ("array", "match"),
    [
        (np.array(["text"]), "x must be an array of real numbers, got <U4"),
        (np.array([None]), "got object"),
        (np.array([1j]), "got complex128"),
        ("text", "got str"),
        (np.zeros(()), r"x must be of shape \('n',\), got \(\)"),
        (np.zeros((2, 2)), r"got \(2, 2\)"),
    ],
)
def test_arrays_of_another_kind_are_named(array, match):
    with pytest.raises(ValueError, match=match):
        check_numbers(array, ("n",), "x")
