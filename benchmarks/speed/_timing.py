"""Paired timing, the memory-copy limit and tables for the speed benchmarks.

Run a benchmark as a script, for example
``python benchmarks/speed/spectral.py --out spectral.csv``. A benchmark builds its
inputs, times the methods to compare with `paired_medians`, and passes one dict per row
of the table to `report`.
"""

import argparse
import csv
import statistics
import sys
import time
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).parents[1]))
from _provenance import open_csv

SFREQ = 128.0


def deap_like(n_trials=40, n_channels=32, n_times=7680, random_state=0):
    """Return noise with a 1/f power spectrum in the shape of one subject of DEAP.

    Parameters
    ----------
    n_trials, n_channels, n_times : int
        Shape of the result.
    random_state : int
        Seed.

    Returns
    -------
    X : ndarray of shape (n_trials, n_channels, n_times)
        Noise in float32, about 10 µV rms, with a constant offset per channel.
    """
    rng = np.random.default_rng(random_state)
    X = np.empty((n_trials, n_channels, n_times), dtype=np.float32)
    gain = 1 / np.sqrt(np.maximum(np.fft.rfftfreq(n_times, 1 / SFREQ), 0.5))
    for trial in X:
        white = rng.standard_normal((n_channels, n_times))
        pink = np.fft.irfft(np.fft.rfft(white) * gain, n_times)
        trial[:] = 10 * pink / pink.std() + 5 * rng.standard_normal((n_channels, 1))
    return X


def paired_medians(ways, *, repeats=5, threads=1):
    """Return the median time of each of several ways to do the same.

    The ways take turns, so that other work on the machine slows all of them alike. The
    ratio of two medians of one call is therefore reliable. Each way is called once
    before the timing starts.

    Parameters
    ----------
    ways : dict of str to callable
        Callables without arguments.
    repeats : int, default=5
        Number of rounds.
    threads : int or None, default=1
        Limit on the threads of BLAS and OpenMP; None sets no limit.

    Returns
    -------
    seconds : dict of str to float
        Median seconds of each way.
    """
    seconds = {name: [] for name in ways}
    with threadpool_limits(limits=threads):
        for call in ways.values():
            call()
        for _ in range(repeats):
            for name, call in ways.items():
                start = time.perf_counter()
                call()
                seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(times) for name, times in seconds.items()}


def memory_copy(X):
    """Return a call that copies `X` into memory that is already mapped.

    Parameters
    ----------
    X : ndarray
        Input of the benchmark.

    Returns
    -------
    copy : callable
        Callable whose time is the memory-copy limit: no method that reads `X` can be
        much faster.
    """
    target = np.empty_like(X)
    target.fill(0)

    def copy():
        np.copyto(target, X)

    return copy


def largest_difference(values, reference):
    """Return the largest absolute difference, computed in float64.

    Parameters
    ----------
    values, reference : ndarray of the same shape
        Numbers to compare.

    Returns
    -------
    difference : float
        Maximum of ``|values - reference|``.
    """
    return float(np.max(np.abs(np.float64(values) - np.float64(reference))))


def report(rows, out=None):
    """Print rows as a table and write them to a CSV file.

    Parameters
    ----------
    rows : list of dict
        One dict per row. The keys of the first row, in their order, are the columns.
    out : str, Path or None
        CSV file to write. Its first line is a comment with the commit, the date, the
        processor and the library versions. If None, no file is written.
    """
    columns = list(rows[0])
    cells = [columns, *([_text(row.get(name)) for name in columns] for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    for line in cells:
        print("  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip())
    if out is None:
        return
    with open_csv(out) as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


def parser(description):
    """Return the argument parser that all speed benchmarks use.

    Parameters
    ----------
    description : str
        First line of the help text.

    Returns
    -------
    arguments : argparse.ArgumentParser
        With ``--out``, ``--repeats`` and ``--threads``.
    """
    arguments = argparse.ArgumentParser(description=description)
    arguments.add_argument("--out", default=None, help="CSV file to write")
    arguments.add_argument("--repeats", type=int, default=5, help="rounds of timing")
    arguments.add_argument("--threads", type=int, default=1, help="BLAS threads")
    return arguments


def _text(value):
    if value is None:
        return ""
    return f"{value:.3g}" if isinstance(value, float) else str(value)
