"""Measure what a study of full size takes: loading, one fold and the whole table.

First write recordings of full size::

    sklearn-emotion rehearse deap DIR/deap --subjects 32 --trials 40 --faces --openface
    sklearn-emotion rehearse amigos DIR/amigos --subjects 40 --trials 16

Then ``python benchmarks/speed/studies.py --dir DIR --out studies.csv`` measures each
study in three processes. The first one loads the recordings as the study does, with a
cache in ``DIR/cache``. The second one fits and scores the first fold of one row of a
table with the split of the paper. The third one does what ``reproduce --dry-run`` does.
``--study NAME`` measures one study only, and keeps the other rows of the file.

Times are processor seconds of one thread. Networks are trained for one epoch, whose
time is multiplied by the number of epochs in the paper. With ``--crops N``, faces are
found in the videos of only N of the 22 filmed subjects. The time of loading is then
scaled, and these faces stand for those of the other subjects in the fold.

"load: peak (MB)" is the highest memory use of the process minus its use after the
imports. "fold: arrays (MB)" is the highest memory use without the pages of memory maps,
which the system can reclaim, minus the use after the imports.
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

import numpy as np
from _timing import report
from loading import memory

# Data set, table, and the row of which a fold is fitted.
CASES = {
    "3facrnn": ("deap", "table 2", "3FACRNN"),
    "deepvanet": ("deap", "table 2", "This work, inter-subject"),
    "prior-dfcn": ("deap", "table 1", "Ours"),
    "hierarchical-lstm": ("deap", "figure 8", "Proposed, with baseline removal"),
    "modality-attention": ("amigos", "table 1", "(b-1) Proposed model"),
}
N_FILMED, CHUNK = 22, 64


def crops_of(name, crops):
    """Return how many subjects' faces are found, or None if the study has no faces."""
    has_faces = name in ("3facrnn", "deepvanet", "hierarchical-lstm")
    return min(crops, N_FILMED) if has_faces else None


def load(study, dataset, folder, crops):
    """Load a data set as a study does, from the cache if it is there."""
    few = crops_of(study.name, crops)
    subjects = None if few in (None, N_FILMED) else range(1, few + 1)
    return study.load(
        dataset, folder / dataset, subjects=subjects, cache_dir=folder / "cache"
    )


def load_whole(study, dataset, folder, crops):
    """Load all subjects, with the faces of a few of them if `crops` says so."""
    from sklearn_emotion.modalities import Modalities

    loaded = load(study, dataset, folder, crops)
    if crops_of(study.name, crops) in (None, N_FILMED):
        return loaded
    signals = [n for n in loaded.data if n != "face" and "baseline" not in n]
    whole = study.load(
        dataset, folder / dataset, modalities=signals, cache_dir=folder / "cache"
    )
    face, n_samples = loaded.data["face"], len(whole.data)
    path = folder / "cache" / f"faces-{study.name}.npy"
    if not path.is_file():
        shape = (n_samples, *face.shape[1:])
        out = np.lib.format.open_memmap(path, "w+", face.dtype, shape)
        for start in range(0, n_samples, CHUNK):
            rows = np.arange(start, min(start + CHUNK, n_samples))
            out[rows] = face[rows % len(face)]
        out.flush()
    faces = np.load(path, mmap_mode="r")
    whole["data"] = Modalities(**whole.data, face=faces)
    whole["sfreq"] = {**whole.sfreq, "face": loaded.sfreq["face"]}
    return whole


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


def run_child(step, study, folder, crops):
    """Measure one step in this process and print the numbers as JSON."""
    import torch

    from sklearn_emotion.evaluation._compare import run_and_read
    from sklearn_emotion.studies import load_study
    from sklearn_emotion.studies._cost import cost_of
    from sklearn_emotion.studies._run import plans_of

    torch.set_num_threads(1)
    # The machine may be shared, so that the times of the folds are processor seconds.
    time.perf_counter = time.process_time
    dataset, table, row = CASES[study]
    study = load_study(study)
    before, start = memory("VmRSS"), time.process_time()
    if step == "load":
        loaded = load(study, dataset, folder, crops)
        found = {
            "seconds": time.process_time() - start,
            "peak": memory("VmHWM") - before,
            "mapped": sum(array.nbytes for array in loaded.data.values()) / 1e6,
            "samples": len(loaded.data),
        }
        print(json.dumps(found))
        return
    loaded = load_whole(study, dataset, folder, crops)
    if step == "fold":
        options = {"protocols": "paper", "rows": [row], "targets": ["valence"]}
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
        }
    else:
        start = time.process_time()
        cost = cost_of(study, table, loaded)
        mine = cost[(cost["estimator"] == row) & (cost["split"] == "paper")]
        found = {
            "spent": time.process_time() - start,
            "fold": float(mine["seconds_per_fold"].iloc[0]),
            "folds": int(cost["folds"].sum()),
            "hours": cost.attrs["seconds"] / 3600,
            "tflop": float(cost["tflop"].sum()),
            "memory": cost.attrs["memory"],
            "disk": cost.attrs["disk"],
            "peak": memory("RssAnon"),
        }
    print(json.dumps(found))


def measure(step, study, options):
    """Return the numbers that a process of its own prints."""
    command = [sys.executable, __file__, "--dir", str(options.dir)]
    command += ["--study", study, "--crops", str(options.crops), "--child", step]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, env=environment
    )
    return json.loads(done.stdout)


def row_of(study, options):
    """Return the row of the table for one study."""
    dataset, table, row = CASES[study]
    crops = crops_of(study, options.crops)
    found = {step: measure(step, study, options) for step in ("load", "fold", "plan")}
    loaded, fold, plan = found["load"], found["fold"], found["plan"]
    scale = 1 if crops is None else N_FILMED / crops
    return {
        "study": study,
        "data set": dataset,
        "subjects with cropped faces": "" if crops is None else crops,
        "load: processor (min)": round(scale * loaded["seconds"] / 60, 1),
        "load: peak (MB)": round(loaded["peak"]),
        "arrays on disk (GB)": round(scale * loaded["mapped"] / 1000, 1),
        "row": row,
        "training samples": fold["train"],
        "fold: measured (s)": round(fold["measured"], 1),
        "fold: all epochs (s)": round(fold["seconds"], 1),
        "fold: by the dry run (s)": round(plan["fold"], 1),
        "fold: arrays (MB)": round(fold["peak"]),
        "table": table,
        "folds": plan["folds"],
        "table: hours": round(plan["hours"], 1),
        "table: PFLOP": round(plan["tflop"] / 1000, 3),
        "table: memory (GB)": round(plan["memory"], 1),
        "table: store (MB)": round(1000 * plan["disk"]),
        "dry run: processor (min)": round(plan["spent"] / 60, 1),
    }


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = arguments.add_argument
    add("--dir", type=Path, required=True, help="folder of the recordings")
    add("--study", choices=CASES, help="measure this study only")
    add("--crops", type=int, default=N_FILMED, help="subjects whose faces are found")
    add("--out", type=Path, help="CSV file to write")
    add("--child", choices=["load", "fold", "plan"], help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.child:
        run_child(options.child, options.study, options.dir, options.crops)
        return
    rows = {}
    if options.out is not None and options.out.is_file():
        with options.out.open(encoding="utf-8") as file:
            kept = csv.DictReader(line for line in file if not line.startswith("#"))
            rows = {row["study"]: row for row in kept}
    for study in CASES if options.study is None else [options.study]:
        rows[study] = row_of(study, options)
        report([rows[name] for name in CASES if name in rows], options.out)


if __name__ == "__main__":
    main()
