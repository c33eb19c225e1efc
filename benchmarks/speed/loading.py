"""Measure the time and the memory of loading DEAP at its full size.

``python benchmarks/speed/loading.py --dir DIR --out loading.csv`` writes 32 files of
noise in the layout of ``data_preprocessed_python`` (3.3 GB) into DIR and deletes them
afterwards. ``--subjects N`` writes fewer files. Each row is measured in a process of
its own. The files are removed from the page cache before the process starts
(``posix_fadvise``), but the host of a virtual machine may still hold them in memory.
"peak (MB)" is the highest memory use of the process minus its use after the imports
(``VmHWM`` on Linux). It includes the pages of the memory map, which the system can
reclaim when it needs them.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from _timing import report

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests"))
from _deap import python2_pickle, ratings_table  # noqa: E402

CHUNK = 2**24


def write_deap(folder, n_subjects):
    """Write noise in the layout of DEAP and return the files of signals."""
    rng = np.random.default_rng(0)
    inner = folder / "data_preprocessed_python"
    inner.mkdir(parents=True)
    (folder / "metadata_csv").mkdir()
    subjects = range(1, n_subjects + 1)
    ratings = {s: np.round(rng.uniform(1, 9, (40, 4)), 2) for s in subjects}
    order = dict.fromkeys(subjects, np.arange(1, 41))
    table = folder / "metadata_csv" / "participant_ratings.csv"
    table.write_text(ratings_table(ratings, order, {}))
    data = rng.standard_normal((40, 40, 8064))
    for subject in subjects:
        content = python2_pickle({"labels": ratings[subject], "data": data})
        (inner / f"s{subject:02d}.dat").write_bytes(content)
    return sorted(inner.iterdir())


def forget(paths):
    """Drop files from the page cache, so that they are read from disk."""
    for path in paths:
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def read_plainly(paths):
    n_bytes = 0
    for path in paths:
        with path.open("rb", buffering=0) as file:
            while chunk := file.read(CHUNK):
                n_bytes += len(chunk)
    return n_bytes


def memory(field):
    """Return a field of this process' status in MB: VmRSS (now) or VmHWM (maximum).

    ``ru_maxrss`` cannot be used, because it starts at the memory of the parent process.
    """
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith(field))
    return int(line.split()[1]) / 1024


def run_child(way, folder, cache):
    """Load in this process and print seconds, bytes and memory as JSON."""
    from sklearn_emotion.datasets import load_deap

    subjects = [int(p.stem[1:]) for p in folder.glob("data_pre*/s??.dat")]
    options = {"subjects": sorted(subjects), "window": 2.0}
    # What is imported on first use.
    import joblib  # noqa: F401

    import sklearn_emotion.modalities  # noqa: F401

    before, start, cpu = memory("VmRSS"), time.perf_counter(), time.process_time()
    if way == "plain":
        n_bytes = read_plainly(sorted(folder.glob("data_pre*/s??.dat")))
    elif way == "memory":
        eeg = load_deap(folder, **options).data["eeg"]
        n_bytes = sum(p.stat().st_size for p in folder.glob("data_pre*/s??.dat"))
    else:
        eeg = load_deap(folder, cache_dir=cache, **options).data["eeg"]
        n_bytes = eeg.nbytes
        if way == "first":
            n_bytes = sum(p.stat().st_size for p in folder.glob("data_pre*/s??.dat"))
        if way == "pass":
            for start_row in range(0, len(eeg), 256):
                eeg[start_row : start_row + 256].sum()
    result = {"seconds": time.perf_counter() - start, "bytes": n_bytes}
    result["cpu"] = time.process_time() - cpu
    print(json.dumps({**result, "peak": memory("VmHWM") - before}))


def measure(way, folder, cache):
    paths = [*folder.glob("data_pre*/s??.dat"), *cache.glob("*/*.npy")]
    forget(paths)
    command = [sys.executable, __file__, "--dir", str(folder), "--child", way]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


WAYS = {
    "plain": "read the files, nothing else",
    "memory": "load_deap in memory",
    "first": "load_deap, building the cache",
    "second": "load_deap from the cache",
    "pass": "the same, and every value read once",
}


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--dir", type=Path, required=True, help="folder to fill")
    arguments.add_argument("--subjects", type=int, default=32, help="files to write")
    arguments.add_argument("--out", default=None, help="CSV file to write")
    arguments.add_argument("--child", choices=WAYS, help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.child:
        folder = options.dir
        return run_child(options.child, folder, folder / "cache")
    folder = options.dir / "loading_benchmark"
    cache = folder / "cache"
    try:
        write_deap(folder, options.subjects)
        rows = []
        for way, title in WAYS.items():
            found = measure(way, folder, cache)
            rows.append(
                {
                    "way": title,
                    "read or mapped (MB)": round(found["bytes"] / 1e6),
                    "time (s)": found["seconds"],
                    "processor (s)": found["cpu"],
                    "peak (MB)": round(found["peak"]),
                }
            )
        report(rows, options.out)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return None


if __name__ == "__main__":
    main()
