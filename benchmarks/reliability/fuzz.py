"""Read damaged files with every reader of the library, and count how that ends.

``OMP_NUM_THREADS=1 python benchmarks/reliability/fuzz.py --out CSV`` damages small
valid files of all formats 2,000 times each. Each damaged file is read in a process of
its own, whose computing time and memory are limited. Reading must end with data or with
one error that names the file or its folder. For files of the library's own that contain
sums, the data must also equal the original. Everything else is printed, and the exit
status is 1.

``--budget SECONDS`` ends the run earlier, with about the same number of mutations for
each reader. ``--per-process 20`` reads 20 damaged files in each process, which is
faster where starting a process is slow. A process that ends is replaced. To repeat a
single mutation, pass ``--only READER --seed SEED --show NUMBER``, and ``--save FILE``
to save the damaged file. The mutations are described in ``tests/_mutations.py``, and
the files in ``tests/_copies.py``.
"""

import argparse
import csv
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "benchmarks"), str(ROOT / "tests")]
from _fuzz import OUTCOMES, RIGHT, Fuzzer  # noqa: E402
from _provenance import open_csv  # noqa: E402

BATCH = 20


def run(fuzzer, names, seed, n_mutations, budget, per_process):
    """Return how often each outcome occurred by reader, and print what is wrong."""
    counts = {name: Counter() for name in names}
    end = time.monotonic() + budget
    for first in range(0, n_mutations, BATCH):
        for name in names:
            if time.monotonic() > end:
                return counts
            for start in range(first, min(first + BATCH, n_mutations), per_process):
                stop = min(start + per_process, first + BATCH, n_mutations)
                outcomes = fuzzer.run(name, seed, range(start, stop))
                for number, (outcome, text) in enumerate(outcomes, start):
                    counts[name][outcome] += 1
                    if outcome not in RIGHT:
                        print(describe(name, seed, number, outcome, text), flush=True)
    return counts


def describe(name, seed, number, outcome, text):
    return f"{name}, seed {seed}, number {number}: {outcome}: {text}"


def show(fuzzer, name, seed, number, path):
    ((outcome, text),) = fuzzer.run(name, seed, [number])
    print(describe(name, seed, number, outcome, text))
    if path is not None:
        path.write_bytes(fuzzer.damage(name, seed, number))
    return outcome in RIGHT


def report(counts, out):
    """Print the table, and write it to a CSV file."""
    columns = ["reader", "mutations", *OUTCOMES]
    rows = [
        [name, count.total(), *(count[outcome] for outcome in OUTCOMES)]
        for name, count in counts.items()
    ]
    for row in [columns, *rows]:
        print(f"{row[0]:32}", *(f"{cell!s:>13}" for cell in row[1:]))
    if out is not None:
        with open_csv(out) as file:
            csv.writer(file, lineterminator="\n").writerows([columns, *rows])


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument(
        "--mutations", type=int, default=2000, help="for each reader"
    )
    arguments.add_argument(
        "--budget", type=float, default=float("inf"), help="seconds for all readers"
    )
    arguments.add_argument("--seed", type=int, default=0, help="seed of the mutations")
    arguments.add_argument(
        "--per-process", type=int, default=1, help="damaged files read by a process"
    )
    arguments.add_argument("--only", nargs="+", help="names of readers")
    arguments.add_argument("--out", type=Path, help="CSV file to write")
    arguments.add_argument("--show", type=int, help="number of a single mutation")
    arguments.add_argument("--save", type=Path, help="file for this damaged version")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        fuzzer = Fuzzer(Path(folder))
        names = options.only or list(fuzzer.readers)
        unknown = [name for name in names if name not in fuzzer.readers]
        if unknown:
            arguments.error(f"unknown {unknown}; readers: {list(fuzzer.readers)}")
        if options.show is not None:
            is_right = [
                show(fuzzer, name, options.seed, options.show, options.save)
                for name in names
            ]
            return 0 if all(is_right) else 1
        counts = run(
            fuzzer,
            names,
            options.seed,
            options.mutations,
            options.budget,
            options.per_process,
        )
    report(counts, options.out)
    wrong = [o for count in counts.values() for o in count if o not in RIGHT]
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
