"""Readers that end in every possible way, to test the fuzzer."""

import os
import signal

import numpy as np
from _copies import Reader

INTACT = b"intact"


def _dies(path):
    os.kill(os.getpid(), signal.SIGSEGV)


def _takes_memory(path):
    np.ones(2**29)


def _hides_that_it_takes_memory(path):
    try:
        _takes_memory(path)
    except MemoryError as error:
        raise ValueError(f"{path} cannot be read.") from error


def _never_returns(path):
    while True:
        pass


def _returns_content(path):
    return {"content": np.array(path.read_bytes())}


class _NotFinite(dict):
    data = {"eeg": np.array([np.nan])}


def _returns_nan(path):
    return _NotFinite(_returns_content(path))


def _raises(error, text="{}"):
    def read(path):
        raise error(text.format(path))

    return read


# The outcome and the function that reads a damaged file.
TOYS = {
    "ignores the file": ("same", lambda path: {"content": np.array(INTACT)}),
    "reads": ("other data", _returns_content),
    "reads in spite of a sum": ("wrong data", _returns_content),
    "returns NaN": ("wrong data", _returns_nan),
    "names the file": ("named error", _raises(ValueError)),
    "names the missing file": ("named error", _raises(FileNotFoundError)),
    "does not name the file": ("unnamed error", _raises(ValueError, "bad")),
    "raises KeyError": ("unnamed error", _raises(KeyError)),
    "takes memory": ("memory", _takes_memory),
    "hides that it takes memory": ("memory", _hides_that_it_takes_memory),
    "never returns": ("time", _never_returns),
    "dies": ("crash", _dies),
    "ends": ("crash", lambda path: os._exit(3)),
}


def build_readers(folder):
    """Write one file for each toy."""
    readers = {}
    for number, (name, (_, read)) in enumerate(TOYS.items()):
        path = folder / f"{number}.bin"
        path.write_bytes(INTACT)

        def read_or_return(path=path, read=read):
            is_intact = path.read_bytes() == INTACT
            return _returns_content(path) if is_intact else read(path)

        has_sum = name == "reads in spite of a sum"
        readers[name] = Reader(name, "bytes", path, read_or_return, has_sum)
    return readers
