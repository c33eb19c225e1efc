"""Reads damaged files in other processes, and tells how that ended.

`Fuzzer` forks this process, so that a crash, an endless loop or a huge array ends only
the fork. As a script, the file serves one fuzzer: it takes lines with the name of a
reader, a seed and the numbers of the mutations, and answers each line with the outcomes
as JSON. A test starts it as a process of its own, because a process with threads should
not be forked.
"""

import json
import os
import resource
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
import zlib
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import numpy as np
from _mutations import mutate

# How the reading of a damaged file can end. The first three are right. An error is
# named if it names the file or its folder.
OUTCOMES = (
    *("same", "other data", "named error", "wrong data", "unnamed error", "crash"),
    *("time", "memory"),
)
RIGHT = OUTCOMES[:3]
# Limits of one reading: seconds in all, and bytes beyond those that the process has
# already mapped.
WALL_SECONDS = 120
MEMORY = 2**30
LARGEST_FILE = 2**28
_END = "end"


class Fuzzer:
    """Reads damaged versions of the files of all readers.

    Parameters
    ----------
    folder : pathlib.Path
        Empty folder for the files.
    module : str, default="_copies"
        Module whose function ``build_readers(folder)`` writes the files and returns the
        readers by name.
    cpu_seconds : int, default=20
        Limit of the computing time of one reading.
    """

    def __init__(self, folder, module="_copies", cpu_seconds=20):
        self.readers = import_module(module).build_readers(folder)
        self.cpu_seconds = cpu_seconds
        self._expected = {}

    def run(self, name, seed, numbers):
        """Read some damaged versions of a file one after the other.

        If one of them ends its process, the next one gets a new process.

        Returns
        -------
        outcomes : list of (str, str)
            One of `OUTCOMES` and what was raised, for each of the numbers.
        """
        reader, numbers = self.readers[name], list(numbers)
        intact = reader.path.read_bytes()
        if name not in self._expected:
            with warnings.catch_warnings(), _restoring(reader, intact):
                warnings.simplefilter("ignore")
                self._expected[name] = digest(reader.read())
        outcomes = []
        while len(outcomes) < len(numbers):
            left = numbers[len(outcomes) :]
            with _restoring(reader, intact):
                outcomes += _in_fork(
                    (self._read_damaged(reader, seed, number) for number in left),
                    self.cpu_seconds,
                )
        return outcomes

    def _read_damaged(self, reader, seed, number):
        content = self.damage(reader.name, seed, number)
        with _restoring(reader, reader.path.read_bytes()):
            reader.path.write_bytes(content)
            return self._read(reader)

    def damage(self, name, seed, number):
        """Return the content of one damaged version."""
        reader = self.readers[name]
        rng = np.random.default_rng([seed, zlib.crc32(name.encode()), number])
        return mutate(reader.path.read_bytes(), reader.kind, rng)

    def _read(self, reader):
        warnings.simplefilter("ignore")
        try:
            value = reader.read()
        except Exception as error:
            return _judge(error, reader.path)
        found = digest(value)
        if found == self._expected[reader.name]:
            return "same", ""
        if reader.has_sum:
            return "wrong data", "other content in spite of its sum"
        data = getattr(value, "data", {})
        bad = [name for name, array in data.items() if not np.isfinite(array).all()]
        return ("wrong data", f"{bad} not finite") if bad else ("other data", "")


def digest(value):
    """Return a text that tells the content of a data set or a result from others."""
    if isinstance(value, tuple):
        value = {f"{i} {k}": v for i, part in enumerate(value) for k, v in part.items()}
    if hasattr(value, "metadata"):
        columns = {name: c.to_numpy() for name, c in value.metadata.items()}
        value = {**value.data, **{f"metadata {k}": c for k, c in columns.items()}}
    return json.dumps({name: _digest_array(array) for name, array in value.items()})


def _digest_array(array):
    array = np.asarray(array)
    if array.dtype == object:
        return repr(array.tolist())
    content = zlib.crc32(np.ascontiguousarray(array).tobytes())
    return f"{array.dtype.str} {array.shape} {content}"


def _judge(error, path):
    text = f"{type(error).__name__}: {error}"
    chain = error
    while chain is not None:
        if isinstance(chain, MemoryError):
            return "memory", text
        chain = chain.__cause__ or chain.__context__
    names = path.name, str(path.parent)
    is_named = isinstance(error, (ValueError, OSError)) and any(
        name in str(error) for name in names
    )
    return ("named error" if is_named else "unnamed error"), text


@contextmanager
def _restoring(reader, intact):
    """Put the intact file back, and everything else that reading may have changed."""
    if reader.folder is None:
        try:
            yield
        finally:
            reader.path.write_bytes(intact)
        return
    copy = reader.folder.with_name(f"{reader.folder.name}.{os.getpid()}")
    shutil.copytree(reader.folder, copy)
    try:
        yield
    finally:
        shutil.rmtree(reader.folder)
        copy.rename(reader.folder)


def _in_fork(outcomes, cpu_seconds):
    """Compute outcomes in a fork, until the fork ends.

    If it ends before all are computed, the last one tells how it ended.
    """
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:
        # Nothing of this process may run twice, whatever happens.
        try:
            os.close(receive)
            _compute(outcomes, send, cpu_seconds)
        finally:
            os._exit(0)
    os.close(send)
    with os.fdopen(receive, "rb", buffering=0) as pipe:
        answer, is_late = b"", False
        while not is_late:
            is_late = not select.select([pipe], [], [], WALL_SECONDS)[0]
            block = b"" if is_late else pipe.read(65536)
            if not block:
                break
            answer += block
    if is_late:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    found = [tuple(json.loads(line)) for line in answer.splitlines()]
    if found and found[-1][0] == _END:
        return found[:-1]
    number = os.waitstatus_to_exitcode(status)
    if is_late:
        end = "time", f"more than {WALL_SECONDS} s"
    elif number == -signal.SIGXCPU:
        end = "time", f"more than {cpu_seconds} s of computing"
    elif number < 0:
        end = "crash", signal.Signals(-number).name
    else:
        end = "crash", f"the process ended with the code {number}"
    return [*found, end]


def _compute(outcomes, send, cpu_seconds):
    _limit_memory()
    _limit_time(cpu_seconds)
    for outcome in outcomes:
        os.write(send, json.dumps(outcome).encode() + b"\n")
        _limit_time(cpu_seconds)
    os.write(send, json.dumps([_END]).encode() + b"\n")


def _limit_memory():
    mapped = int(Path("/proc/self/statm").read_text().split()[0])
    limits = {
        resource.RLIMIT_AS: mapped * resource.getpagesize() + MEMORY,
        resource.RLIMIT_FSIZE: LARGEST_FILE,
        resource.RLIMIT_CORE: 0,
    }
    for kind, limit in limits.items():
        _limit(kind, limit)
    silent = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(silent, stream)


def _limit_time(seconds):
    # The limit counts from the start of the process.
    _limit(resource.RLIMIT_CPU, int(time.process_time()) + seconds)


def _limit(kind, soft):
    resource.setrlimit(kind, (soft, resource.getrlimit(kind)[1]))


class Server:
    """A process that runs a fuzzer with the given module and limit."""

    def __init__(self, module="_copies", cpu_seconds=20):
        environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            [sys.executable, __file__, module, str(cpu_seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self.names = self._read()

    def run(self, name, seed, numbers):
        """Return the outcome and the error of each mutation with one of the numbers."""
        self.process.stdin.write(json.dumps([name, seed, list(numbers)]) + "\n")
        self.process.stdin.flush()
        return self._read()

    def close(self):
        """End the process."""
        self.process.communicate()

    def _read(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("The process of the fuzzer has ended.")
        return json.loads(line)


def serve(module, cpu_seconds):
    """Answer requests until the input ends."""
    with tempfile.TemporaryDirectory() as folder:
        fuzzer = Fuzzer(Path(folder), module, int(cpu_seconds))
        _answer(list(fuzzer.readers))
        for line in sys.stdin:
            name, seed, numbers = json.loads(line)
            _answer(fuzzer.run(name, seed, numbers))


def _answer(value):
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve(*sys.argv[1:])
