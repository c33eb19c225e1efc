"""Measure what a study of full size takes: loading, one fold and the whole table.

First write recordings with all trials of one subject, and a few trials of three::

  sklearn-emotion rehearse deap DIR/one/deap --subjects 1 --trials 40 --faces --openface
  sklearn-emotion rehearse amigos DIR/one/amigos --subjects 1 --trials 16
  sklearn-emotion rehearse deap DIR/few/deap --faces --openface
  sklearn-emotion rehearse amigos DIR/few/amigos

Then ``python benchmarks/speed/studies.py --dir DIR --out studies.csv`` measures each
study in three processes. The first one loads the subject as the study does, with a new
cache. The second one fits and scores the first fold of one row of a table with the
split of the paper. The third one does what ``reproduce --dry-run`` does for this row.
For both, the few trials are repeated on disk until there are as many subjects and
trials as in the data set, because neither time nor memory depends on the values.
``--study NAME`` measures one study only, and keeps the other columns of the file.

Times are processor seconds of one thread. Networks are trained for one epoch, whose
time is multiplied by the number of epochs in the paper. "load: peak (MB)" is the
highest memory use of the process minus its use after the imports. "fold: peak (MB)" is
the same without the pages of memory maps, which the system can reclaim, and "fold:
memory by the dry run (MB)" is the estimate of the dry run without these arrays.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from _timing import report
from loading import memory

# Data set, table, the row of which a fold is fitted, and subjects and trials of each.
CASES = {
    "3facrnn": ("deap", "table 2", "3FACRNN", 22, 40),
    "deepvanet": ("deap", "table 2", "This work, inter-subject", 22, 40),
    "prior-dfcn": ("deap", "table 1", "Ours", 18, 40),
    "hierarchical-lstm": ("deap", "figure 7", "with penalty", 22, 40),
    "modality-attention": ("amigos", "table 1", "(b-1) Proposed model", 40, 16),
}
CHUNK = 64


def repeat_trials(dataset, folder, n_subjects, n_trials):
    """Return a data set of full size whose trials are those of a small one."""
    from sklearn_emotion.modalities import Modalities

    trial = dataset.metadata["trial"].to_numpy()
    parts = [np.flatnonzero(trial == name) for name in np.unique(trial)]
    parts = [parts[i % len(parts)] for i in range(n_subjects * n_trials)]
    rows = np.concatenate(parts)
    numbers = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    metadata = dataset.metadata.iloc[rows].reset_index(drop=True)
    metadata["subject"], metadata["trial"] = numbers // n_trials + 1, numbers
    metadata["stimulus"] = numbers % n_trials + 1
    arrays = {}
    for name, array in dataset.data.items():
        path = folder / f"{name}.npy"
        shape = (len(rows), *array.shape[1:])
        out = np.lib.format.open_memmap(path, "w+", array.dtype, shape)
        for start in range(0, len(rows), CHUNK):
            out[start : start + CHUNK] = array[rows[start : start + CHUNK]]
        out.flush()
        arrays[name] = np.load(path, mmap_mode="r")
    return type(dataset)(
        **{**dataset, "data": Modalities(**arrays), "metadata": metadata}
    )


class Watch:
    """Highest memory use of this process without memory maps, in MB."""

    def __enter__(self):
        self.peak, self.stopped = 0.0, threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()
        return self

    def _look(self):
        while not self.stopped.wait(0.02):
            self.peak = max(self.peak, memory("RssAnon"))

    def __exit__(self, *error):
        self.stopped.set()
        self.thread.join()


def train_one_epoch():
    """Let each network train for one epoch; return the list of the times left out."""
    from sklearn_emotion.networks._training import Net

    original, left_out = Net.fit_loop, []

    def fit_loop(net, X, y=None, epochs=None, **options):
        start = time.process_time()
        original(net, X, y, epochs=1, **options)
        left_out.append((net.max_epochs - 1) * (time.process_time() - start))
        return net

    Net.fit_loop = fit_loop
    return left_out


def run_child(step, study, folder):
    """Measure one step in this process and print the numbers as JSON."""
    import torch

    from sklearn_emotion.evaluation._compare import run_and_read
    from sklearn_emotion.studies import load_study
    from sklearn_emotion.studies._cost import cost_of
    from sklearn_emotion.studies._run import plans_of

    torch.set_num_threads(1)
    # The machine may be shared, so that all times are processor seconds.
    time.perf_counter = time.process_time
    name, table, row, *shape = CASES[study]
    study = load_study(study)
    with TemporaryDirectory(dir=folder) as scratch:
        scratch = Path(scratch)
        if step == "load":
            before, start = memory("VmRSS"), time.process_time()
            loaded = study.load(name, folder / "one" / name, cache_dir=scratch)
            found = {
                "seconds": time.process_time() - start,
                "peak": memory("VmHWM") - before,
            }
            print(json.dumps(found))
            return
        few = study.load(name, folder / "few" / name, cache_dir=folder / "cache")
        loaded = repeat_trials(few, scratch, *shape)
        options = {"protocols": "paper", "rows": [row], "targets": ["valence"]}
        if step == "fold":
            ((_, plan),) = plans_of(study, table, loaded, **options)
            plan.splits, plan.leaks = plan.splits[:1], plan.leaks[:1]
            left_out = train_one_epoch()
            before = memory("RssAnon")
            with Watch() as watch:
                result = run_and_read(plan).iloc[0]
            seconds = result["fit_time"] + result["score_time"]
            found = {
                "train": int(result["n_train"]),
                "seconds": seconds + sum(left_out),
                "measured": seconds,
                "peak": watch.peak - before,
                "arrays": sum(a.nbytes for a in loaded.data.values()) / 1e9,
            }
        else:
            start = time.process_time()
            cost = cost_of(study, table, loaded, **options)
            found = {
                "spent": time.process_time() - start,
                "fold": float(cost["seconds_per_fold"].iloc[0]),
                "folds": int(cost["folds"].sum()),
                "hours": cost.attrs["seconds"] / 3600,
                "tflop": float(cost["tflop"].sum()),
                "memory": cost.attrs["memory"],
            }
        print(json.dumps(found))


def measure(step, study, folder):
    """Return the numbers that a process of its own prints."""
    command = [sys.executable, __file__, "--dir", str(folder)]
    command += ["--study", study, "--child", step]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, env=environment
    )
    return json.loads(done.stdout)


def column_of(study, folder):
    """Return what one study takes, by the names of the rows of the table."""
    name, table, row, n_subjects, _ = CASES[study]
    loaded, fold, plan = (measure(s, study, folder) for s in ("load", "fold", "plan"))
    return {
        "data set": name,
        "subjects": n_subjects,
        "load: processor (min)": f"{n_subjects * loaded['seconds'] / 60:.1f}",
        "load: peak (MB)": f"{loaded['peak']:.0f}",
        "arrays (GB)": f"{fold['arrays']:.1f}",
        "row": f"{table}: {row}",
        "training samples": fold["train"],
        "fold: one epoch (s)": f"{fold['measured']:.1f}",
        "fold: all epochs (min)": f"{fold['seconds'] / 60:.1f}",
        "fold: by the dry run (min)": f"{plan['fold'] / 60:.1f}",
        "fold: peak (MB)": f"{fold['peak']:.0f}",
        "fold: memory by the dry run (MB)": (
            f"{1000 * (plan['memory'] - fold['arrays']):.0f}"
        ),
        "folds": plan["folds"],
        "row: by the dry run (h)": f"{plan['hours']:.1f}",
        "row: PFLOP": f"{plan['tflop'] / 1000:.3g}",
    }


def read_columns(path):
    """Return the columns of a file of this benchmark by study."""
    if path is None or not path.is_file():
        return {}
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    studies = [name for name in CASES if name in rows[0]]
    return {name: {row["measure"]: row[name] for row in rows} for name in studies}


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = arguments.add_argument
    add("--dir", type=Path, required=True, help="folder of the recordings")
    add("--study", choices=CASES, help="measure this study only")
    add("--out", type=Path, help="CSV file to write")
    add("--child", choices=["load", "fold", "plan"], help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.child:
        run_child(options.child, options.study, options.dir)
        return
    columns = read_columns(options.out)
    for study in CASES if options.study is None else [options.study]:
        columns[study] = column_of(study, options.dir)
        there = [name for name in CASES if name in columns]
        measures = list(columns[there[0]])
        rows = [{"measure": m} | {s: columns[s][m] for s in there} for m in measures]
        report(rows, options.out)


if __name__ == "__main__":
    main()
