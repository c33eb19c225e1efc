"""Do the studies measure what they should? Two of them, on generated recordings.

The recordings have the layout of DEAP. Without an effect, a network can only score
above chance with the split of a paper, which puts windows of the same trial in both
training and test. With a medium effect, the leak-free split should find the effect.

    python benchmarks/accuracy/rehearsal.py [--out DIR] [--n-jobs N]

The script writes ``rehearsal.csv`` with one row per study, effect and split, and prints
the table. The settings in `RUNS` keep the run short: windows that do not follow each
other directly, the default settings of the library with other numbers of epochs, and no
faces. The network of 3FACRNN is tested with two folds, and DeepVANet with ten.
"""

import argparse
import sys
import time
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from scipy.stats import norm

from sklearn_emotion import LeakageWarning
from sklearn_emotion.datasets import write_rehearsal
from sklearn_emotion.evaluation import score_table
from sklearn_emotion.studies import load_study

sys.path.insert(0, str(Path(__file__).parents[1]))
from _provenance import open_csv

SCORE, TARGET = "balanced_accuracy", "valence"
EFFECTS = "none", "medium"


@dataclass(frozen=True)
class Run:
    """A row of a study, and the size of its run.

    Parameters
    ----------
    table, row : str
        Table of the study, and its row.
    loading : dict
        Arguments of the loader.
    training : dict
        Parameters of the network.
    shape : tuple of (int, int)
        Number of subjects, and of trials per subject.
    quick : bool
        Whether to use two folds once in place of those of the paper.
    """

    table: str
    row: str
    loading: dict
    training: dict
    shape: tuple
    quick: bool


RUNS = {
    "deepvanet": Run(
        "figure 2",
        "Peripheral",
        {"modalities": ("peripheral",), "step": 2.0},
        {"max_epochs": 20},
        (3, 40),
        quick=False,
    ),
    "3facrnn": Run(
        "table 5",
        "W/O visual feature",
        {"modalities": ("eeg",), "step": 10.0},
        {"max_epochs": 13, "batch_size": 8},
        (3, 40),
        quick=True,
    ),
}


def with_training(study, run):
    """Return the study with only one row, whose network is trained as `run` says."""
    experiment = study.experiment(run.table)
    row = experiment.rows[run.row]

    def build(context):
        estimator, modalities = row.build(context)
        training = {f"network__{name}": v for name, v in run.training.items()}
        return estimator.set_params(**training), modalities

    rows = {run.row: replace(row, build=build)}
    return replace(study, experiments={run.table: replace(experiment, rows=rows)})


def chance_band(y, metadata):
    """Return the 95 % band of the score of a classifier that guesses each trial.

    The windows of a trial resemble each other, so that a network without any knowledge
    often assigns all of them to the same class. The number of independent guesses is
    therefore the number of trials. The score of a subject is the mean of the shares of
    right guesses in both classes, and the band is that of the mean over subjects.
    """
    trials = metadata.assign(y=y).groupby(["subject", "trial"])["y"].first()
    n_trials = trials.groupby("subject").value_counts().unstack(fill_value=0)
    variances = (0.25 / n_trials).sum(axis=1) / 4
    half = norm.ppf(0.975) * np.sqrt(variances.sum()) / len(variances)
    return 0.5 - half, 0.5 + half


def rows_of(name, run, effect, sides, folder, n_jobs):
    """Yield one row per split of a study."""
    n_subjects, n_trials = run.shape
    home = folder / name / effect
    write_rehearsal(
        "deap", home, n_subjects=n_subjects, n_trials=n_trials, effect=effect
    )
    study = with_training(load_study(name), run)
    dataset = study.load("deap", home, **run.loading)
    band = chance_band(study.classes(dataset, TARGET), dataset.metadata)
    for side in sides:
        start = time.monotonic()
        with warnings.catch_warnings():
            # The leaks of the paper's split are intended here.
            warnings.simplefilter("ignore", LeakageWarning)
            results = study.run(
                run.table,
                dataset,
                protocols=side,
                targets=[TARGET],
                quick=run.quick,
                settings="default",
                n_jobs=n_jobs,
                verbose=1,
            )
        seconds = time.monotonic() - start
        table = score_table(results.results_of(side, TARGET), scores=[SCORE])
        line = table.loc[run.row]
        yield {
            "study": name,
            "effect": effect,
            "split": "of the paper" if side == "paper" else "leak-free",
            "shared": line["run", "leak"],
            "mean": line[SCORE, "mean"],
            "sd": line[SCORE, "sd"],
            "low": line[SCORE, "low"],
            "high": line[SCORE, "high"],
            "dummy": line[SCORE, "dummy"],
            "chance from": band[0],
            "chance to": band[1],
            "subjects": n_subjects,
            "trials": n_subjects * n_trials,
            "windows": len(dataset.data),
            "seconds": round(seconds),
        }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    parser.add_argument("--n-jobs", type=int, default=2)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    rows = []
    with TemporaryDirectory() as folder:
        for name, run in RUNS.items():
            for effect in EFFECTS:
                # With an effect, only the leak-free split tells whether it is found.
                sides = ("paper", "honest") if effect == "none" else ("honest",)
                work = Path(folder)
                for row in rows_of(name, run, effect, sides, work, options.n_jobs):
                    rows.append(row)
                    table = pd.DataFrame(rows)
                    with open_csv(options.out / "rehearsal.csv") as file:
                        table.to_csv(file, index=False)
    print(table.round(3).to_string(index=False))


if __name__ == "__main__":
    main()
