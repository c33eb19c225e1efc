"""Finished folds on disk, which several processes may write at the same time.

A store is a folder with these files::

    comparison.json            data, target, protocol and other settings, by which a
                               store refuses the folds of another comparison
    commands.json              commands that made the store, if there were any
    about.json                 facts about the data for the page of the results
    estimators/<name>.json     each estimator as it was given
    folds/<name>/<fold>.json   row and predictions of a finished fold
    locks/<name>-<fold>.lock   locked by the process that works on the fold
    results.csv                one row per estimator and fold
    predictions.csv            one row per estimator, fold and test sample

Each file is written under a temporary name and then moved into place, so that it is
never incomplete. The JSON files, except the commands, contain a sum of their content,
which is checked when they are read. Files of earlier versions have no sums, and only
their form is checked. If the file of a fold is damaged, the same comparison makes the
fold again. Nothing is written through symbolic links inside the folder. A lock belongs
to an open file: the operating system releases it when the process ends for any reason.
"""

import contextlib
import errno
import json
import os
import stat
import uuid
from itertools import takewhile
from pathlib import Path
from urllib.parse import quote

import numpy as np

from sklearn_emotion._validation import warn_user
from sklearn_emotion.datasets._sums import (
    DamagedFileError,
    damaged,
    read_json,
    refuse_links,
    to_json,
)

try:
    import fcntl
except ImportError:  # Windows: two processes may run the same fold.
    fcntl = None

_COMPARISON = "comparison.json"
_COMMANDS = "commands.json"
# The settings of version 0.1, which stored no sums.
_OLD_SETTINGS = {"data", "target", "task", "classes", "pos_label", "protocol", "splits"}
_OLD_SETTINGS |= {"n_folds", "dummy", "scorers", "random_state"}
# What readers of a store need of the predictions of a fold.
_PREDICTED = {"sample", "subject", "y_true", "y_pred"}


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
        Raise an error if the folder holds another comparison, another estimator of the
        same name, or a damaged fold of an estimator that is not among `estimators`.
        Damaged folds of `estimators` are reported, and count as not finished.
        """
        path = self.folder / _COMPARISON
        self._write_or_check(path, comparison, "another comparison")
        for name, text in estimators.items():
            path = self.folder / "estimators" / f"{_file_name(name)}.json"
            what = f"another estimator called {name!r}"
            self._write_or_check(path, {"name": name, "estimator": text}, what)
        own = {_file_name(name) for name in estimators}
        for path in self._fold_files():
            try:
                self._read_fold(path)
            except DamagedFileError as error:
                if path.parent.name not in own:
                    raise
                warn_user(f"{error} The fold is made again.")

    def _write_or_check(self, path, content, what):
        if not path.is_file():
            self._write(path, to_json(content, indent=1), keep=True)
        known = _read_settings(path)
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
        """Return whether a fold is finished, did not fail, and is not damaged."""
        try:
            record = self.read(name, fold)
        except DamagedFileError:
            return False
        return record is not None and not record["row"]["error"]

    def read(self, name, fold):
        """Return the record of a fold; None if there is none."""
        try:
            return self._read_fold(self.path(name, fold))
        except FileNotFoundError:
            return None

    def write(self, name, fold, row, predictions):
        """Write the record of a fold. Its row states the same name and number."""
        row = {**row, "estimator": name, "fold": fold}
        record = {"row": row, "predictions": predictions}
        self._write(self.path(name, fold), to_json(record, default=_plain))

    @contextlib.contextmanager
    def claim(self, name, fold):
        """Lock a fold; the value is False if another process holds the lock."""
        if fcntl is None:
            yield True
            return
        path = self.folder / "locks" / f"{_file_name(name)}-{fold:04d}.lock"
        refuse_links(path, self.folder)
        path.parent.mkdir(parents=True, exist_ok=True)
        with _open_lock(path) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def records(self):
        """Yield the records of all folds in order, including failed folds."""
        for path in self._fold_files():
            yield self._read_fold(path)

    def _fold_files(self):
        """Return the files of all folds. Files with other names are ignored."""
        paths = sorted((self.folder / "folds").glob("*/*.json"))
        return [path for path in paths if path.stem.isdecimal()]

    def _read_fold(self, path):
        record, is_checked = read_json(path)
        if not is_checked and self._has_sums():
            raise damaged(path, "it has lost its sum")
        fault = _find_fault(record, path)
        if fault:
            raise damaged(path, fault)
        return record

    def _has_sums(self):
        """Return whether the settings contain a sum. Then all folds contain one."""
        try:
            return read_json(self.folder / _COMPARISON)[1]
        except (FileNotFoundError, DamagedFileError):
            return False

    def write_tables(self, results, predictions):
        """Write ``results.csv`` and ``predictions.csv`` unless they are up to date.

        The tables repeat what the files of the folds hold. If the folder is read-only,
        a warning is given instead of an error.
        """
        for name, table in (("results", results), ("predictions", predictions)):
            path, text = self.folder / f"{name}.csv", table.to_csv(index=False)
            with contextlib.suppress(FileNotFoundError, ValueError):
                if path.read_bytes() == text.encode():
                    continue
            with _tolerating_read_only(path):
                self._write(path, text)

    def _write(self, path, text, *, keep=False):
        refuse_links(path, self.folder)
        write_atomically(path, text, keep=keep)

    def exists(self):
        """Return whether the folder holds a comparison."""
        return (self.folder / _COMPARISON).is_file()

    def descriptions(self):
        """Return the stored description of each estimator, by name."""
        entries = [
            _read_settings(path)
            for path in sorted((self.folder / "estimators").glob("*.json"))
        ]
        return {str(e.get("name")): str(e.get("estimator")) for e in entries}

    def comparison(self):
        """Return the data, target, protocol and other settings."""
        path = self.folder / _COMPARISON
        if not path.is_file():
            raise FileNotFoundError(
                f"{self.folder} holds no results: it has no file {_COMPARISON}. Make "
                "a store with compare(..., store=DIR) or with sklearn-emotion "
                "benchmark --out DIR."
            )
        return _read_settings(path)


def _read_settings(path):
    try:
        settings, is_checked = read_json(path)
        if path.name == _COMPARISON and not is_checked:
            texts = {k for k, value in settings.items() if isinstance(value, str)}
            if not texts == set(settings) == _OLD_SETTINGS:
                raise damaged(path, "it does not state the settings of a comparison")
        return settings
    except DamagedFileError as error:
        raise DamagedFileError(
            f"{error} Restore the file from a copy. If you know that the folder holds "
            "the results of this comparison, delete the file: compare writes it again."
        ) from error


def read_commands(folder):
    """Return the commands that made a store, each with its working directory.

    The list is empty if the store was made by `compare`.
    """
    path = folder / _COMMANDS
    if not path.is_file():
        return []
    try:
        commands = json.loads(path.read_bytes())
        texts = [(entry["command"], entry["folder"]) for entry in commands]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise damaged(path, f"it is not a list of commands ({error!r})") from error
    is_sound = isinstance(commands, list) and all(
        isinstance(text, str) for pair in texts for text in pair
    )
    if not is_sound:
        raise damaged(path, "it is not a list of commands")
    return commands


def add_command(folder, command):
    """Add a command to those that made a store, unless it is one of them."""
    entry = {"command": command, "folder": os.getcwd()}
    commands = read_commands(folder)
    if entry not in commands:
        path = folder / _COMMANDS
        refuse_links(path, folder)
        with _tolerating_read_only(path):
            write_atomically(path, json.dumps([*commands, entry], indent=1))


def write_atomically(path, text, *, keep=False):
    """Write a file so that it is never incomplete.

    With `keep`, an existing file is left as it is.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        with temporary.open("x", encoding="utf-8") as file:
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


@contextlib.contextmanager
def _tolerating_read_only(path):
    """Give a warning if a file that repeats or describes results cannot be written."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.EROFS, errno.EACCES, errno.EPERM):
            raise
        warn_user(f"{path} was not written: {error.strerror}.")


def _open_lock(path):
    """Open the file of a lock without changing it; it must be a regular file."""
    # A link that was made after the check is not followed, and a pipe does not block.
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
    file = os.fdopen(os.open(path, flags, 0o666), "r+b", buffering=0)
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(f"{path} is not a regular file, so that it cannot be a lock.")
    return file


def _find_fault(record, path):
    """Return what is wrong with the record of a fold, or an empty text."""
    row, predictions = record.get("row"), record.get("predictions", False)
    if set(record) != {"row", "predictions"} or not isinstance(row, dict):
        return "it does not hold a row and predictions"
    texts = [row.get("error"), row.get("warnings", "")]
    if not all(isinstance(text, str) for text in texts):
        return "its row does not state an error and warnings as text"
    if any(isinstance(v, int) and not _fits_in_table(v) for v in row.values()):
        return "its row contains a whole number that is too large"
    name, fold = row.get("estimator"), row.get("fold")
    if not isinstance(name, str) or _file_name(name) != path.parent.name:
        return f"its row names the estimator {name!r}, but its folder another one"
    if type(fold) is not int or f"{fold:04d}" != path.stem:
        return f"its row names fold {fold!r}, but its file name another one"
    if predictions is None:
        return ""
    if not isinstance(predictions, dict) or not set(predictions) >= _PREDICTED:
        return f"its predictions do not hold {sorted(_PREDICTED)}"
    columns = list(predictions.values())
    if not all(isinstance(column, list) for column in columns):
        return "its predictions are not lists"
    if len({len(column) for column in columns}) > 1:
        return "its predictions differ in length"
    if not all(_fits_in_table(value) for column in columns for value in column):
        return "its predictions are not all texts or numbers"
    return ""


def _fits_in_table(value):
    """Return whether a value is a text or a number that pandas can store."""
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    return value is None or isinstance(value, (str, float))


def _plain(value):
    """Return a value that JSON does not know as a number or text."""
    if isinstance(value, np.generic):
        plain = value.item()
        # The longest floats of NumPy have no counterpart in Python.
        return float(value) if isinstance(plain, np.floating) else plain
    return str(value)


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
