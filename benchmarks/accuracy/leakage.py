"""How much of a score is leakage? The same models with leaky and leak-free splits.

The generated data have no effect of the ratings, so that every leak-free score is at
chance, and a higher score shows that the model recognizes recordings. EEGMAT has one
recording per class and subject, so that windows of one recording reveal the class.

    python benchmarks/accuracy/leakage.py [--data-home DIR] [--out DIR] [--quick]
    python benchmarks/accuracy/leakage.py --draws 20 [--out DIR]

The script writes ``leakage.csv`` with one row per data set, protocol and model, and
prints the table. With ``--draws``, it writes ``leakage_draws.csv``: the score of one
draw of twelve subjects varies by chance, and the mean over draws shows whether leaving
out whole trials is free of leaks.
"""

import argparse
import sys
import warnings
from pathlib import Path

import pandas as pd

from sklearn_emotion import LeakageWarning, make_logistic, make_svm
from sklearn_emotion.datasets import load_eegmat, make_emotion
from sklearn_emotion.evaluation import compare, score_table
from sklearn_emotion.model_selection import WithinSubject

sys.path.insert(0, str(Path(__file__).parents[1]))
from _provenance import open_csv

WINDOW = 2.0
SCORE = "balanced_accuracy"
PROTOCOLS = {
    "segments of each subject, 10-fold": "deepvanet-per-subject",
    "segments of all pooled, 10-fold": "deepvanet-inter-subject",
    "trials of each subject, 10-fold": WithinSubject(10),
    "leave one subject out": "loso",
}


def no_effect(n_subjects=12, duration=30.0, random_state=0):
    """Return signals that depend on the trial, but not on the ratings."""
    return make_emotion(
        n_subjects=n_subjects,
        n_trials=20,
        duration=duration,
        effect="none",
        window=WINDOW,
        random_state=random_state,
    )


def eegmat(data_home, quick):
    """Return rest and mental arithmetic, one recording of each per subject."""
    subjects = range(6) if quick else None
    return load_eegmat(data_home, subjects=subjects, modalities=("eeg",), window=WINDOW)


def run(name, dataset, target, n_jobs, out):
    """Return one row per protocol and model."""
    models = {"svm": (make_svm(), "eeg"), "logistic": (make_logistic(), "eeg")}
    rows = []
    for label, protocol in PROTOCOLS.items():
        store = None if out is None else out / name / label.replace(" ", "-")
        try:
            with warnings.catch_warnings():
                # The leaks are intended here.
                warnings.simplefilter("ignore", LeakageWarning)
                results = compare(
                    models,
                    dataset,
                    target=target,
                    protocol=protocol,
                    n_jobs=n_jobs,
                    store=store,
                    verbose=1,
                )
        except ValueError as error:
            rows.append({"data": name, "split": label, "note": str(error)})
            continue
        table = score_table(results, scores=[SCORE])
        for model, row in table.iterrows():
            rows.append(
                {
                    "data": name,
                    "split": label,
                    "shared": row["run", "leak"],
                    "model": model,
                    "mean": row[SCORE, "mean"],
                    "sd": row[SCORE, "sd"],
                    "low": row[SCORE, "low"],
                    "high": row[SCORE, "high"],
                    "chance": row[SCORE, "dummy"],
                    "subjects": row["run", "n_subjects"],
                    "note": "",
                }
            )
    return rows


def draws(n, n_jobs, out):
    """Score the SVM by trial within subjects, for other subjects in each draw."""
    split = "trials of each subject, 10-fold"
    scores = []
    for draw in range(n):
        dataset = no_effect(random_state=draw)
        results = compare(
            {"svm": (make_svm(), "eeg")},
            dataset,
            target="valence",
            protocol=PROTOCOLS[split],
            n_jobs=n_jobs,
            verbose=1,
        )
        scores.append(score_table(results, scores=[SCORE]).loc["svm", (SCORE, "mean")])
    table = pd.DataFrame({"split": split, "draw": range(n), SCORE: scores})
    with open_csv(out / "leakage_draws.csv") as file:
        table.to_csv(file, index=False)
    mean, error = table[SCORE].mean(), table[SCORE].sem()
    print(f"{split}: {mean:.3f} ± {error:.3f} (standard error, {n} draws)")


def show(table):
    """Print the table in the form of the README."""
    print(f"\n{SCORE.replace('_', ' ')}, mean ± sd over subjects")
    print("| data | split | shared by both sides | SVM | logistic regression |")
    print("|---|---|---|---|---|")
    for (data, split), part in table.groupby(["data", "split"], sort=False):
        if part["note"].iloc[0]:
            print(f"| {data} | {split} | | not possible | not possible |")
            continue
        by_model = part.set_index("model")
        cells = [f"{r['mean']:.2f} ± {r['sd']:.2f}" for _, r in by_model.iterrows()]
        shared = part["shared"].iloc[0]
        print(f"| {data} | {split} | {shared} | {' | '.join(cells)} |")
    for note in table["note"].unique():
        if note:
            print(f"\nNot possible: {note}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data-home")
    parser.add_argument("--out", type=Path, help="folder for finished folds")
    parser.add_argument("--quick", action="store_true", help="fewer subjects")
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--draws", type=int, help="only compute the mean over draws")
    options = parser.parse_args()
    folder = options.out or Path(__file__).parent
    folder.mkdir(parents=True, exist_ok=True)
    if options.draws:
        draws(options.draws, options.n_jobs, folder)
        return
    generated = no_effect(4, 20.0) if options.quick else no_effect()
    sources = {"generated, no effect": (generated, "valence")}
    try:
        sources["EEGMAT"] = eegmat(options.data_home, options.quick), "task"
    except FileNotFoundError as error:
        print(f"Without EEGMAT: {error}")
    rows = []
    for name, (dataset, target) in sources.items():
        rows += run(name, dataset, target, options.n_jobs, options.out)
    table = pd.DataFrame(rows)
    with open_csv(folder / "leakage.csv") as file:
        table.to_csv(file, index=False)
    show(table)


if __name__ == "__main__":
    main()
