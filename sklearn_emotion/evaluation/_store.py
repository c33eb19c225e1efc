"""Finished folds on disk: written whole or not at all, by any number of writers.

A store is a folder::

    comparison.json            what is compared on what: two comparisons never mix
    commands.json              the commands that made it, if it was commands
    estimators/<name>.json     each estimator as it was given
    folds/<name>/<fold>.json   one finished fold: its row and its predictions
    locks/<name>-<fold>.lock   held by the process that works on the fold
    results.csv                a row per estimator and fold
    predictions.csv            a row per estimator, fold and test sample

Files are written under another name and moved into place. A lock belongs to an open
file, so that the system releases it when its process dies in whatever way.
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
except ImportError:  # Windows: writers may do a fold twice, with the same result.
    fcntl = None

_COMPARISON = "comparison.json"
_COMMANDS = "commands.json"


class Store:
    """Results of one comparison in a folder.

    Parameters
    ----------
    folder : path-like
        Where results lie; made when the first one is written.
    """

    def __init__(self, folder):
        self.folder = Path(folder).expanduser().absolute()

    def open(self, comparison, estimators):
        """Write down what is compared, or check that it is what was compared before.

        Parameters
        ----------
        comparison : dict of str to str
            Data, target, protocol and so on.
        estimators : dict of str to str
            Name to a description of the estimator.

        Raises
        ------
        ValueError
            If the folder holds another comparison, or another estimator of the same
            name.
        """
        self._settle(self.folder / _COMPARISON, comparison, "another comparison")
        for name, text in estimators.items():
            path = self.folder / "estimators" / f"{_file_name(name)}.json"
            what = f"another estimator called {name!r}"
            self._settle(path, {"name": name, "estimator": text}, what)

    def _settle(self, path, content, what):
        if not path.is_file():
            write_atomically(path, json.dumps(content, indent=1), keep=True)
        known = json.loads(path.read_text(encoding="utf-8"))
        if known != content:
            keys = [k for k in {**known, **content} if known.get(k) != content.get(k)]
            pairs = {k: _cut(known.get(k), content.get(k)) for k in keys}
            parts = [f"{k}: {old}, now {new}" for k, (old, new) in pairs.items()]
            raise ValueError(
                f"{self.folder} holds the results of {what} ({'; '.join(parts)}). Take "
                "another folder, or delete that one."
            )

    def path(self, name, fold):
        """Return the file of one fold."""
        return self.folder / "folds" / _file_name(name) / f"{fold:04d}.json"

    def is_done(self, name, fold):
        """Whether a fold is there, and did not fail."""
        record = self.read(name, fold)
        return record is not None and not record["row"]["error"]

    def read(self, name, fold):
        """Return a fold's record, or None."""
        try:
            return json.loads(self.path(name, fold).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None

    def write(self, name, fold, row, predictions):
        """Write a fold's record."""
        record = {"row": row, "predictions": predictions}
        write_atomically(self.path(name, fold), json.dumps(record))

    @contextlib.contextmanager
    def claim(self, name, fold):
        """Hold a fold's lock; the value is False where another process holds it."""
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
        """Yield all finished folds, failed ones included, in order."""
        for path in sorted((self.folder / "folds").glob("*/*.json")):
            yield json.loads(path.read_text(encoding="utf-8"))

    def write_tables(self, results, predictions):
        """Write ``results.csv`` and ``predictions.csv``."""
        for name, table in (("results", results), ("predictions", predictions)):
            write_atomically(self.folder / f"{name}.csv", table.to_csv(index=False))

    def comparison(self):
        """Return what is compared.

        Raises
        ------
        FileNotFoundError
            If the folder is no store.
        """
        path = self.folder / _COMPARISON
        if not path.is_file():
            raise FileNotFoundError(
                f"{self.folder} holds no results: there is no {_COMPARISON}. Make them "
                "with compare(..., store=DIR) or sklearn-emotion benchmark --out DIR."
            )
        return json.loads(path.read_text(encoding="utf-8"))


def read_commands(folder):
    """Return the commands that made a store.

    Parameters
    ----------
    folder : pathlib.Path
        The store's.

    Returns
    -------
    commands : list of dict
        Keys ``command`` and ``folder``, where it ran; empty where compare was called.
    """
    path = folder / _COMMANDS
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []


def write_atomically(path, text, *, keep=False):
    """Write a file so that it is there whole or not at all.

    Parameters
    ----------
    path : pathlib.Path
        File.
    text : str
        Content.
    keep : bool, default=False
        Whether a file that is there stays as it is.
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
            except OSError:  # No hard links on this file system.
                temporary.replace(path)
        else:
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _file_name(name):
    return quote(name, safe=" +,()=").replace(".", "%2E")


def _cut(*values, limit=60):
    """Return two texts, cut to where they differ."""
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
