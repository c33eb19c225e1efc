"""Errors about damaged files, and the reader of text tables.

Files come from many sources, so each reader of files encloses its work in `naming`.
Whatever a damaged file raises is then an error that names the file.
"""

import csv
import re
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd

_LARGEST = float(np.finfo(np.float32).max)
# A number as text. Other notations of Python, such as "1_000", are none.
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
# Number of characters of a wrong cell that a message shows.
_SHOWN = 40
# Texts that stand for a missing number.
_EMPTY = {"", "na", "n/a", "nan", "-nan", "-nan(ind)", "null", "none"}


@contextmanager
def naming(path, kind):
    """Turn any error about the content of a file into a ValueError that names the file.

    Errors of the operating system and ValueErrors that already name the file are
    passed on, and so are warnings and missing packages.

    Parameters
    ----------
    path : path-like
        The file.
    kind : str
        What the file should be, such as ``"a table"``.
    """
    try:
        yield
    except (ImportError, Warning):
        raise
    except Exception as error:
        # A damaged file can raise almost any error.
        if isinstance(error, OSError | ValueError) and str(path) in str(error):
            raise
        size = ""
        with suppress(OSError):
            size = f" ({Path(path).stat().st_size} bytes)"
        reason = (str(error) or type(error).__name__).rstrip(".")
        raise ValueError(
            f"{path} cannot be read as {kind}{size}: it is cut off, damaged or of "
            f"another kind ({reason})."
        ) from error


def check_numbers(array, shape, owner):
    """Return an array after checking that it contains real numbers in a certain shape.

    Parameters
    ----------
    array : object
        What the file contains.
    shape : tuple of int or str
        Size of each axis. The name of an axis stands for any size.
    owner : str
        The file and the field, for the error message.
    """
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "biuf":
        got = array.dtype if isinstance(array, np.ndarray) else type(array).__name__
        raise ValueError(f"{owner} must be an array of real numbers, got {got}.")
    sizes_fit = array.ndim == len(shape) and all(
        isinstance(want, str) or want == size for want, size in zip(shape, array.shape)
    )
    if not sizes_fit:
        raise ValueError(f"{owner} must be of shape {shape}, got {array.shape}.")
    return array


def to_float32(array, owner):
    """Return an array as float32, after checking that no finite number overflows.

    `owner` is the file and the field, for the error message.
    """
    with np.errstate(over="ignore"):
        cast = array.astype(np.float32, copy=False)
    if cast is array or np.isfinite(cast).all():
        return cast
    lost = np.isinf(cast) & np.isfinite(array)
    if lost.any():
        raise ValueError(
            f"{owner} contains {array[lost][0]:g}, which is beyond the range of "
            "float32."
        )
    return cast


@dataclass(frozen=True)
class Column:
    """Numbers that a column of a text table may contain.

    Parameters
    ----------
    low, high : float
        Smallest and largest number. The default is the range of float32.
    is_whole : bool, default=False
        Whether the numbers must be whole. The column is then int64.
    is_optional : bool, default=False
        Whether cells of a column that is not whole may be empty. They are NaN, or an
        empty text.
    is_text : bool, default=False
        Whether the column contains text instead of numbers.
    """

    low: float = -_LARGEST
    high: float = _LARGEST
    is_whole: bool = False
    is_optional: bool = False
    is_text: bool = False

    def allows(self, text):
        """Return whether a text is a number that the column may contain."""
        if NUMBER.fullmatch(text) is None:
            return False
        number = float(text)
        is_inside = self.low <= number <= self.high
        return is_inside and (not self.is_whole or number.is_integer())

    def __str__(self):
        kind = "whole numbers" if self.is_whole else "numbers"
        return f"{kind} from {self.low:g} to {self.high:g}"


def decode(content):
    """Return the content of a text file, which may begin with a mark of UTF-8."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"it is no text in UTF-8, in which it must be saved: {error}"
        ) from error


def read_names(path, n_before=0):
    """Return the names in the first row of a CSV file, after `n_before` lines."""
    with naming(path, "a table"):
        return _open_table(path, n_before)[0]


def _open_table(path, n_before=0):
    """Return the names of the columns, and a reader of the lines below them."""
    stream = StringIO(decode(Path(path).read_bytes()), newline="")
    for _ in range(n_before):
        stream.readline()
    reader = csv.reader(stream, skipinitialspace=True, strict=1)
    header = [name.strip() for name in next(reader, [])]
    if not any(header):
        raise ValueError("it has no first row with the names of its columns")
    return header, reader


def read_table(path, columns, hint="", n_before=0):
    """Read columns of a CSV file. Blank rows are dropped.

    The numbers are converted by Python, because the parser of pandas ends the process
    if an exponent is huge.

    Parameters
    ----------
    path : path-like
        The file.
    columns : dict of str to Column or None
        Columns to read, by their names in the first row. None stands for text.
    hint : str, default=""
        What to do if columns are missing, for the error message.
    n_before : int, default=0
        Number of lines before the row with the names of the columns.

    Returns
    -------
    table : pandas.DataFrame
        The named columns in the given order, with the rows numbered from 0.
    """
    with naming(path, "a table"):
        header, reader = _open_table(path, n_before)
        places = find_columns(path, header, columns, hint)
        lines, rows = [], []
        for cells in reader:
            if not any(map(str.strip, cells)):
                continue
            if any(cells[len(header) :]):
                line = n_before + reader.line_num
                raise ValueError(
                    f"line {line} has {len(cells)} cells, but line {n_before + 1} has "
                    f"{len(header)}"
                )
            cells += [""] * (len(header) - len(cells))
            lines.append(n_before + reader.line_num)
            rows.append([cells[place].strip() for place in places])
        if not rows:
            raise ValueError("it has no row below the names of its columns")
        stored = zip(columns.items(), zip(*rows))
        return pd.DataFrame(
            {
                name: _convert(texts, column, lines, f"{path}: column {name!r}")
                for (name, column), texts in stored
            }
        )


def find_columns(path, header, names, hint=""):
    """Return the places of columns in the first row of a table.

    Absent and repeated names raise an error, with what to do about absent ones.
    """
    absent = [name for name in names if name not in header]
    if absent:
        if len(header) == 1 and any(sign in header[0] for sign in ";\t|"):
            hint += "; save the table with commas between the cells"
        raise ValueError(f"{path} lacks the columns {absent}{hint}.")
    twice = [name for name in names if header.count(name) > 1]
    if twice:
        raise ValueError(f"{path} has several columns with the names {twice}.")
    return [header.index(name) for name in names]


def _convert(texts, column, lines, owner):
    """Return the cells of a column as text or numbers, after checking them."""
    is_text = column is None or column.is_text
    for line, text in zip(lines, texts):
        if text.lower() in _EMPTY:
            if column is None or not column.is_optional:
                raise ValueError(f"{owner} is empty in line {line}.")
        elif not is_text and not column.allows(text):
            shown = repr(text[:_SHOWN]) + ("..." if len(text) > _SHOWN else "")
            raise ValueError(f"{owner} must be {column}, got {shown} in line {line}.")
    if is_text:
        return list(texts)
    numbers = [np.nan if text.lower() in _EMPTY else float(text) for text in texts]
    return np.array(numbers).astype(np.int64 if column.is_whole else np.float64)
