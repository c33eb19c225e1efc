"""Read the arrays of a data set in parts and, on request, store them on disk.

An entry of the cache is a folder whose name consists of the data set's name and a key.
The key is a digest of the loader's parameters and of the size and modification time of
every source file. Each file is written under a temporary name and then renamed, so an
interrupted run leaves only complete parts, which the next run reuses. The description
of an entry is written last, so an entry with a description is complete. If two
processes build the same entry, they write the same bytes, and the later rename replaces
the earlier file.

The description contains a sum of each file and of itself, which are checked whenever
the entry is opened. This reads the arrays once, at the speed of the disk. If a file was
damaged, a warning names it, and the entry is built again from its sources. Entries of
earlier versions have no sums, and only their form is checked. The name of each part of
an interrupted run contains the sum of the part.
"""

import json
import os
import shutil
import uuid
from collections.abc import Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from numbers import Real
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from tqdm.auto import tqdm

from sklearn_emotion._docs import fill_doc
from sklearn_emotion._validation import warn_user
from sklearn_emotion.datasets._sums import (
    DamagedFileError,
    damaged,
    file_sum,
    read_json,
    refuse_links,
    to_json,
)

_FORMAT = 1
_ENTRY = "entry.json"
_PARTS = "parts"
_COLUMNS = "columns.npz"
_COLUMN = "column:"
_ATTEMPTS = 5
_FIELDS = {"dataset", "params", "files", "arrays", "n_samples"}
# Parameters in seconds. The digest must not depend on how a number is written: 4 is the
# same length as 4.0.
_SECONDS = ("window", "step", "duration", "rest")

CACHE = """
cache_dir : path-like
    Folder that was passed to loaders as `cache_dir`.
"""


def load_parts(parts, load, *, source, n_jobs=None, verbose=0, cache_dir=None):
    """Read a data set in parts and concatenate the parts.

    Parameters
    ----------
    parts : sequence
        Arguments of `load`, one for each part.
    load : callable
        ``load(part)`` returns two dicts: arrays and columns of the metadata, all of the
        same length. It runs in threads.
    source : dict
        ``dataset`` (name of the data set), ``params`` (all parameters that affect the
        result, as values that JSON can represent or numbers of NumPy) and ``files``
        (paths that are read).

    Returns
    -------
    arrays : dict of str to ndarray of shape (n_samples, ...)
        Read-only memory maps if `cache_dir` is given.
    columns : dict of str to ndarray of shape (n_samples,)
        Columns of the metadata.
    """
    progress = {"desc": source["dataset"], "disable": not verbose, "unit": "file"}
    if cache_dir is None:
        return _join(_run(parts, load, n_jobs, progress))

    source = {**source, "params": _plain(source["params"])}
    entry = Path(cache_dir).expanduser().absolute() / _entry_name(source)
    for _ in range(_ATTEMPTS):
        try:
            if not (entry / _ENTRY).is_file():
                _build(entry, parts, load, source, n_jobs, progress)
            return _open(entry)
        except DamagedFileError as error:
            warn_user(f"{error} The cache entry is built again from its sources.")
            (entry / _ENTRY).unlink(missing_ok=True)
        except FileNotFoundError as error:
            # Another process may have completed or deleted the entry.
            if entry not in Path(error.filename or "").parents:
                raise
    raise OSError(
        f"The cache entry {entry} was deleted or damaged each time it was built."
    )


def _run(parts, load, n_jobs, progress):
    # Threads return large arrays without a copy, and reading releases the lock.
    run = Parallel(n_jobs=n_jobs, require="sharedmem", return_as="generator")
    results = run(delayed(load)(part) for part in parts)
    yield from tqdm(results, total=len(parts), **progress)


def _join(results):
    """Concatenate parts one after the other, to hold only one part beside the whole.

    The whole array is enlarged in place, which moves memory pages instead of values if
    the array is large.
    """
    arrays, columns = {}, {}
    for new_arrays, new_columns in results:
        for name, new in new_arrays.items():
            if name not in arrays:
                arrays[name] = np.empty((0, *new.shape[1:]), new.dtype)
            whole = arrays[name]
            n_before = len(whole)
            whole.resize((n_before + len(new), *whole.shape[1:]), refcheck=False)
            whole[n_before:] = new
        for name, new in new_columns.items():
            columns.setdefault(name, []).append(new)
    return arrays, {name: np.concatenate(parts) for name, parts in columns.items()}


def _plain(value, name=None):
    """Return parameters as the numbers, texts and lists that JSON can represent."""
    if isinstance(value, Mapping):
        return {key: _plain(inner, key) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    if isinstance(value, np.generic):
        value = value.item()
    is_length = name in _SECONDS and isinstance(value, Real)
    return float(value) if is_length else value


def _entry_name(source):
    stamps = []
    for path in sorted(map(str, source["files"])):
        status = os.stat(path)
        stamps.append([path, status.st_size, status.st_mtime_ns])
    content = json.dumps([_FORMAT, source["params"], stamps], sort_keys=True)
    digest = sha256(content.encode()).hexdigest()[:16]
    return f"{source['dataset']}-{digest}"


def _build(entry, parts, load, source, n_jobs, progress):
    folder = entry / _PARTS
    refuse_links(folder, entry.parent)
    folder.mkdir(parents=True, exist_ok=True)

    def store(number):
        for path in folder.glob(f"{number:04d}-*.npz"):
            if path.stem.endswith(file_sum(path)):
                return path
            reason = "its content does not match the sum in its name"
            warn_user(f"{damaged(path, reason)} The part is built again.")
            path.unlink(missing_ok=True)
        arrays, columns = load(parts[number])
        columns = {f"{_COLUMN}{name}": column for name, column in columns.items()}
        with _saved(folder, np.savez, **arrays, **columns) as (temporary, written):
            return temporary.replace(folder / f"{number:04d}-{written}.npz")

    paths = list(_run(range(len(parts)), store, n_jobs, progress))
    shapes, columns = _survey(paths)
    sums = {}
    for name, (dtype, shape) in shapes.items():
        file = f"{name}.npy"
        sums[file] = _write(entry / file, folder, _fill, paths, name, dtype, shape)
    sums[_COLUMNS] = _write(entry / _COLUMNS, folder, np.savez, **columns)
    description = {
        "dataset": source["dataset"],
        "params": source["params"],
        "files": [str(path) for path in source["files"]],
        "arrays": list(shapes),
        "n_samples": next(iter(shapes.values()))[1][0],
        "sums": sums,
    }
    text = to_json(description, indent=1)
    _write(entry / _ENTRY, folder, lambda file: file.write(text.encode()))
    shutil.rmtree(folder, ignore_errors=True)


def _write(path, folder, save, *args, **kwargs):
    """Save to a temporary file in `folder`, rename it to `path`, and return its sum."""
    with _saved(folder, save, *args, **kwargs) as (temporary, written):
        temporary.replace(path)
    return written


@contextmanager
def _saved(folder, save, *args, **kwargs):
    """Give a temporary file with saved content, and its sum, to be renamed."""
    temporary = folder / f"{uuid.uuid4().hex}.tmp"
    try:
        with temporary.open("x+b") as file:
            save(file, *args, **kwargs)
        yield temporary, file_sum(temporary)
    finally:
        temporary.unlink(missing_ok=True)


def _survey(paths):
    """Return the shapes of the whole arrays and the whole columns of stored parts."""
    shapes, columns = {}, {}
    for path in paths:
        with np.load(path) as part:
            for name in part.files:
                array = part[name]
                if name.startswith(_COLUMN):
                    columns.setdefault(name.removeprefix(_COLUMN), []).append(array)
                    continue
                dtype, shape = shapes.get(name, (array.dtype, (0, *array.shape[1:])))
                shapes[name] = dtype, (shape[0] + len(array), *shape[1:])
    return shapes, {name: np.concatenate(parts) for name, parts in columns.items()}


def _fill(file, paths, name, dtype, shape):
    """Write the whole of one array, part by part."""
    header = np.lib.format.header_data_from_array_1_0(np.empty(0, dtype))
    np.lib.format.write_array_header_1_0(file, {**header, "shape": shape})
    for path in paths:
        with np.load(path) as part:
            file.write(np.ascontiguousarray(part[name], dtype=dtype).data)


def _open(entry):
    """Return the arrays and columns of a complete entry, after checking its sums."""
    description = _read_description(entry)
    n_samples = description["n_samples"]
    paths = {name: entry / f"{name}.npy" for name in description["arrays"]}
    with _naming_damage(entry):
        for name, stated in description.get("sums", {}).items():
            if file_sum(entry / name) != stated:
                raise damaged(entry / name, "its content does not match its sum")
        arrays = {name: np.load(path, mmap_mode="r") for name, path in paths.items()}
        with (entry / _COLUMNS).open("rb") as file, np.load(file) as stored:
            columns = {name: stored[name] for name in stored.files}
        lengths = {len(values) for values in [*arrays.values(), *columns.values()]}
    if lengths != {n_samples}:
        raise damaged(entry, f"its arrays do not have {n_samples} samples")
    return arrays, columns


def _read_description(entry):
    """Read the description of an entry, and check its form."""
    path = entry / _ENTRY
    description, is_checked = read_json(path)
    expected = _FIELDS | {"sums"} if is_checked else _FIELDS
    arrays = description.get("arrays")
    is_sound = (
        set(description) == expected
        and isinstance(description["n_samples"], int)
        and isinstance(arrays, list)
        and all(isinstance(name, str) and "/" not in name for name in arrays)
    )
    if not is_sound:
        raise damaged(path, "it does not describe a cache entry")
    return description


@contextmanager
def _naming_damage(entry):
    """Name the entry whose files cannot be read."""
    try:
        yield
    except DamagedFileError:
        raise
    except Exception as error:
        if not (entry / _ENTRY).is_file():
            # Another process has just deleted the entry.
            raise
        # Damaged arrays and archives can raise almost any error.
        raise damaged(entry, error) from error


@fill_doc(CACHE)
def list_cache(cache_dir):
    """List the entries that loaders have stored in a cache folder.

    Parameters
    ----------
    %(cache_dir)s

    Returns
    -------
    entries : pandas.DataFrame
        One row per entry, with ``dataset``, ``n_samples`` (missing if storing was
        interrupted or the description is damaged), ``size`` in MB, ``complete``,
        ``params`` and ``path``. The arrays are not read.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from sklearn_emotion.datasets import list_cache
    >>> with TemporaryDirectory() as folder:
    ...     entries = list_cache(folder)
    >>> entries.columns.tolist(), len(entries)
    (['dataset', 'n_samples', 'size', 'complete', 'params', 'path'], 0)
    """
    rows = []
    for path in _entries(cache_dir):
        description = {}
        with suppress(FileNotFoundError, DamagedFileError):
            description = _read_description(path)
        size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
        rows.append(
            {
                "dataset": path.name.rpartition("-")[0],
                "n_samples": description.get("n_samples"),
                "size": size / 1e6,
                "complete": bool(description),
                "params": description.get("params"),
                "path": path,
            }
        )
    columns = ["dataset", "n_samples", "size", "complete", "params", "path"]
    return pd.DataFrame(rows, columns=columns)


@fill_doc(CACHE)
def clear_cache(cache_dir, dataset=None):
    """Delete entries of a cache folder and keep its other files.

    Parameters
    ----------
    %(cache_dir)s
    dataset : str or None, default=None
        Name of a data set, such as ``"eegmat"``, whose entries are deleted. If None,
        all entries are deleted.

    Returns
    -------
    n_entries : int
        Number of deleted entries.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from sklearn_emotion.datasets import clear_cache
    >>> with TemporaryDirectory() as folder:
    ...     n_entries = clear_cache(folder, "deap")
    >>> n_entries
    0
    """
    entries = [
        path
        for path in _entries(cache_dir)
        if dataset in (None, path.name.rpartition("-")[0])
    ]
    for path in entries:
        refuse_links(path, path.parent)
        shutil.rmtree(path)
    return len(entries)


def _entries(cache_dir):
    folder = Path(cache_dir).expanduser()
    return sorted(
        path
        for path in folder.glob("*-" + "[0-9a-f]" * 16)
        if (path / _ENTRY).is_file() or (path / _PARTS).is_dir()
    )
