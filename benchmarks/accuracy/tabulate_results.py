"""Tabulate the scores of several folders of results.

    python benchmarks/accuracy/tabulate_results.py results/demo results/eegmat_baselines
    ... --out benchmarks/accuracy/eegmat.csv

The folders are written by ``sklearn-emotion benchmark --out`` and by the other scripts
in this folder. The tables of the documentation are made from the CSV file.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd

from sklearn_emotion.evaluation import read_results, score_table

sys.path.insert(0, str(Path(__file__).parents[1]))
from _provenance import open_csv

SCORES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro-F1",
}


def rows(folder):
    """Yield one row per estimator of a folder."""
    results = read_results(folder)
    table = score_table(results)
    for name, scores in table.iterrows():
        row = {"estimator": name}
        for key, title in SCORES.items():
            row[title] = f"{scores[key, 'mean']:.3f} ± {scores[key, 'sd']:.3f}"
        row["95 % of the mean accuracy"] = (
            f"{scores['accuracy', 'low']:.3f} to {scores['accuracy', 'high']:.3f}"
        )
        row["s per fold"] = scores["run", "fold_time"]
        row["shared"] = scores["run", "leak"]
        yield row


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--out", help="CSV file to write")
    options = parser.parse_args()
    table = pd.DataFrame([row for folder in options.folders for row in rows(folder)])
    table = table.drop_duplicates("estimator").sort_values("accuracy", ascending=False)
    print(table.to_string(index=False))
    if options.out:
        with open_csv(options.out) as file:
            table.to_csv(file, index=False)


if __name__ == "__main__":
    main()
