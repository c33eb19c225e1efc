"""Finished folds on disk, which several processes may write at the same time.

A store is a folder with these files::

    comparison.json            data, target, protocol and other settings, by which a
                               store refuses the folds of another comparison
    commands.json              commands that made the store, if there were any
    estimators/<name>.json     each estimator as it was given
    folds/<name>/<fold>.json   row and predictions of a finished fold
    locks/<name>-<fold>.lock   locked by the process that works on the fold
    results.csv                one row per estimator and fold
    predictions.csv            one row per estimator, fold and test sample

Each file is written under a temporary name and then moved into place, so that it is
never incomplete. A lock belongs to an open file: the operating system releases it
when the process ends for any reason.
"""

import contextlib
import json
import os
import uuid
from itertools import takewhile
from pathlib import Path
from urllib.parse import quote

try:
    import fcntl
except ImportError:  # Windows: two processes may run the same fold.
    fcntl = None

_COMPARISON = "comparison.json"
_COMMANDS = "commands.json"


class Store:
    """The folder with the results of one comparison.

    Parameters
    ----------
    folder : path-like
        The folder, which is created when the first result is written.
    """

    def __init__(self, folder):
        self.folder = Path(folder).expanduser().absolute()

    def open(self, comparison, estimators):
        """Store what is compared, or check that the store holds the same comparison.

        `comparison` holds the settings by name, and `estimators` the descriptions.
        Raise an error if the folder holds another comparison, or another estimator of
        the same name.
        """
        path = self.folder / _COMPARISON
        self._write_or_check(path, comparison, "another comparison")
        for name, text in estimators.items():
            path = self.folder / "estimators" / f"{_file_name(name)}.json"
            what = f"another estimator called {name!r}"
            self._write_or_check(path, {"name": name, "estimator": text}, what)

    def _write_or_check(self, path, content, what):
        if not path.is_file():
            write_atomically(path, json.dumps(content, indent=1), keep=True)
        known = json.loads(path.read_text(encoding="utf-8"))
        if known != content:
            keys = [k for k in {**known, **content} if known.get(k) != content.get(k)]
            pairs = {k: _shorten(known.get(k), content.get(k)) for k in keys}
            parts = [f"{k}: {old}, now {new}" for k, (old, new) in pairs.items()]
            raise ValueError(
                f"{self.folder} holds the results of {what} ({'; '.join(parts)}). "
                "Choose another folder, or delete this one."
            )

    def path(self, name, fold):
        """Return the file of one fold."""
        return self.folder / "folds" / _file_name(name) / f"{fold:04d}.json"

    def is_done(self, name, fold):
        """Return whether a fold is finished and did not fail."""
        record = self.read(name, fold)
        return record is not None and not record["row"]["error"]

    def read(self, name, fold):
        """Return the record of a fold; None if there is none."""
        try:
            return json.loads(self.path(name, fold).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None

    def write(self, name, fold, row, predictions):
        """Write the record of a fold."""
        record = {"row": row, "predictions": predictions}
        write_atomically(self.path(name, fold), json.dumps(record))

    @contextlib.contextmanager
    def claim(self, name, fold):
        """Lock a fold; the value is False if another process holds the lock."""
        if fcntl is None:
            yield True
            return
        path = self.folder / "locks" / f"{_file_name(name)}-{fold:04d}.lock"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def records(self):
        """Yield the records of all folds in order, including failed folds."""
        for path in sorted((self.folder / "folds").glob("*/*.json")):
            yield json.loads(path.read_text(encoding="utf-8"))

    def write_tables(self, results, predictions):
        """Write ``results.csv`` and ``predictions.csv``."""
        for name, table in (("results", results), ("predictions", predictions)):
            write_atomically(self.folder / f"{name}.csv", table.to_csv(index=False))

    def comparison(self):
        """Return the data, target, protocol and other settings."""
        path = self.folder / _COMPARISON
        if not path.is_file():
            raise FileNotFoundError(
                f"{self.folder} holds no results: it has no file {_COMPARISON}. Make "
                "a store with compare(..., store=DIR) or with sklearn-emotion "
                "benchmark --out DIR."
            )
        return json.loads(path.read_text(encoding="utf-8"))


def read_commands(folder):
    """Return the commands that made a store, each with its working directory.

    The list is empty if the store was made by `compare`.
    """
    path = folder / _COMMANDS
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []


def add_command(folder, command):
    """Add a command to those that made a store, unless it is one of them."""
    entry = {"command": command, "folder": os.getcwd()}
    commands = read_commands(folder)
    if entry not in commands:
        write_atomically(folder / _COMMANDS, json.dumps([*commands, entry], indent=1))


def write_atomically(path, text, *, keep=False):
    """Write a file so that it is never incomplete.

    With `keep`, an existing file is left as it is.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if keep:
            try:
                os.link(temporary, path)
            except FileExistsError:
                return
            except OSError:  # The file system has no hard links.
                temporary.replace(path)
        else:
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _file_name(name):
    return quote(name, safe=" +,()=").replace(".", "%2E")


def _shorten(*values, limit=60):
    """Return texts, shortened to the part where they differ."""
    texts = [str(value) for value in values]
    same = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(*texts))))
    start = max(0, same - limit // 2)
    start = start if max(map(len, texts)) > limit else 0
    return [
        "..." * (start > 0)
        + t[start : start + limit]
        + "..." * (len(t) > start + limit)
        for t in texts
    ]
