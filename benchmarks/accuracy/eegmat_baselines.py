"""All baselines on EEGMAT, tested on subjects that do not appear in training.

    python benchmarks/accuracy/eegmat_baselines.py --out results/eegmat_baselines
    python benchmarks/accuracy/eegmat_baselines.py --protocol loso --n-jobs 8

The task is to tell rest from mental arithmetic in windows of 10 s. The estimators have
their default settings and are not tuned. Finished folds are stored in the folder, and
a second run continues where the first one stopped. The label is confounded with the
order of the recordings, so that the table compares methods and says nothing about
emotion.
"""

import argparse

from joblib import parallel_config

from sklearn_emotion.evaluation import benchmark, score_table

NAMES = (
    "svm,logistic,riemann,mdm,dgcnn,graphsleepnet,4d-crnn,continuous-cnn,eegnet,"
    "tsception,acrnn,mkl,deep-cca,mmreslstm,etf"
)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data-home", help="folder that holds eegmat/")
    parser.add_argument("--out", help="folder for finished folds")
    parser.add_argument("--protocol", default="group-k-fold", help="or loso")
    parser.add_argument("--folds", type=int, default=6)
    parser.add_argument("--estimators", default=NAMES)
    parser.add_argument("--n-jobs", type=int, default=1)
    parser.add_argument("--random-state", type=int, default=0)
    options = parser.parse_args()
    with parallel_config("loky", inner_max_num_threads=1):
        results = benchmark(
            "eegmat",
            data_home=options.data_home,
            protocol=options.protocol,
            n_splits=options.folds,
            estimators=options.estimators.split(","),
            random_state=options.random_state,
            n_jobs=options.n_jobs,
            store=options.out,
            verbose=1,
        )
    print(score_table(results).to_string(float_format="{:.3f}".format))


if __name__ == "__main__":
    main()
