"""Read the arrays of a data set in parts and, on request, store them on disk.

An entry of the cache is a folder whose name consists of the data set's name and a key.
The key is a digest of the loader's parameters and of the size and modification time of
every source file. Each file is written under a temporary name and then renamed, so an
interrupted run leaves only complete parts, which the next run reuses. The description
of an entry is written last, so an entry with a description is complete. If two
processes build the same entry, they write the same bytes, and the later rename replaces
the earlier file.
"""

import json
import os
import shutil
import uuid
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from tqdm.auto import tqdm

from sklearn_emotion._docs import fill_doc

_FORMAT = 1
_ENTRY = "entry.json"
_PARTS = "parts"
_COLUMNS = "columns.npz"
_COLUMN = "column:"
_ATTEMPTS = 5

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
        result, as values that JSON can represent) and ``files`` (paths that are read).

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

    entry = Path(cache_dir).expanduser().absolute() / _entry_name(source)
    for _ in range(_ATTEMPTS):
        if not (entry / _ENTRY).is_file():
            try:
                _build(entry, parts, load, source, n_jobs, progress)
            except FileNotFoundError as error:
                # Another process may have completed or deleted the entry.
                if entry not in Path(error.filename or "").parents:
                    raise
                continue
        return _open(entry)
    raise OSError(f"The cache entry {entry} was deleted each time it was built.")


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
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{number:04d}.npz" for number in range(len(parts))]

    def store(number):
        if not paths[number].is_file():
            arrays, columns = load(parts[number])
            columns = {f"{_COLUMN}{name}": column for name, column in columns.items()}
            _write(paths[number], folder, np.savez, **arrays, **columns)

    for _ in _run(range(len(parts)), store, n_jobs, progress):
        pass
    shapes, columns = _survey(paths)
    for name, (dtype, shape) in shapes.items():
        _write(entry / f"{name}.npy", folder, _fill, paths, name, dtype, shape)
    _write(entry / _COLUMNS, folder, np.savez, **columns)
    description = {
        "dataset": source["dataset"],
        "params": source["params"],
        "files": [str(path) for path in source["files"]],
        "arrays": list(shapes),
        "n_samples": next(iter(shapes.values()))[1][0],
    }
    _write(entry / _ENTRY, folder, _dump, description)
    shutil.rmtree(folder, ignore_errors=True)


def _write(path, folder, save, *args, **kwargs):
    """Save to a temporary file in `folder`, then rename the file to `path`."""
    temporary = folder / f"{uuid.uuid4().hex}.tmp"
    try:
        with temporary.open("w+b") as file:
            save(file, *args, **kwargs)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _dump(file, description):
    file.write(json.dumps(description, indent=1).encode())


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
    description = json.loads((entry / _ENTRY).read_text())
    arrays = {
        name: np.load(entry / f"{name}.npy", mmap_mode="r")
        for name in description["arrays"]
    }
    with np.load(entry / _COLUMNS) as stored:
        return arrays, {name: stored[name] for name in stored.files}


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
        interrupted), ``size`` in MB, ``complete``, ``params`` and ``path``.
    """
    rows = []
    for path in _entries(cache_dir):
        described = path / _ENTRY
        complete = described.is_file()
        description = json.loads(described.read_text()) if complete else {}
        size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
        rows.append(
            {
                "dataset": path.name.rpartition("-")[0],
                "n_samples": description.get("n_samples"),
                "size": size / 1e6,
                "complete": complete,
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
    """
    entries = [
        path
        for path in _entries(cache_dir)
        if dataset in (None, path.name.rpartition("-")[0])
    ]
    for path in entries:
        shutil.rmtree(path)
    return len(entries)


def _entries(cache_dir):
    folder = Path(cache_dir).expanduser()
    return sorted(
        path
        for path in folder.glob("*-" + "[0-9a-f]" * 16)
        if (path / _ENTRY).is_file() or (path / _PARTS).is_dir()
    )
