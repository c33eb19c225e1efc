"""Every baseline on EEGMAT, tested on subjects that were never trained on.

    python benchmarks/accuracy/eegmat_baselines.py --out results/eegmat_baselines
    python benchmarks/accuracy/eegmat_baselines.py --protocol loso --n-jobs 8

Rest against mental arithmetic in windows of 10 s, the default settings of each
estimator, no tuning. Finished folds are kept in the folder, and a rerun continues
where it stopped. The label is confounded with the order of recording, so that the
table compares methods and says nothing about emotion.
"""

import argparse

from joblib import parallel_config

from sklearn_emotion.evaluation import compare, score_table
from sklearn_emotion.evaluation._baseline_recipes import BASELINES
from sklearn_emotion.evaluation._benchmark import load_source, make_estimators
from sklearn_emotion.evaluation._tables import format_table

NAMES = ["svm", "logistic", "riemann", *BASELINES]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data-home", help="folder that holds eegmat/")
    parser.add_argument("--out", help="folder for finished folds")
    parser.add_argument("--protocol", default="group-k-fold", help="or loso")
    parser.add_argument("--folds", type=int, default=6)
    parser.add_argument("--estimators", default=",".join(NAMES))
    parser.add_argument("--n-jobs", type=int, default=1)
    parser.add_argument("--random-state", type=int, default=0)
    options = parser.parse_args()
    dataset = load_source("eegmat", data_home=options.data_home)
    with parallel_config("loky", inner_max_num_threads=1):
        results = compare(
            make_estimators(dataset, options.estimators.split(",")),
            dataset,
            target="task",
            protocol=options.protocol,
            pos_label="arithmetic",
            n_splits=options.folds,
            random_state=options.random_state,
            n_jobs=options.n_jobs,
            store=options.out,
            verbose=1,
        )
    print(format_table(score_table(results)))


if __name__ == "__main__":
    main()
