"""Grid search with features computed once, against scikit-learn's.

    python benchmarks/speed/hoisting.py [--subjects 32] [--trials 40] [--seconds 60]

Leave-one-subject-out times a grid of 12 on differential entropy and a linear SVM. The
ideal is (folds · grid · t_features + t_fits) / (t_features + t_fits).
"""

import argparse
import time

import numpy as np
from sklearn.model_selection import GridSearchCV, LeaveOneGroupOut
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sklearn_emotion import DifferentialEntropy, ModalityFlattener
from sklearn_emotion.model_selection import HoistedGridSearchCV, hoist


def timed(work):
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--subjects", type=int, default=32)
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    n = options.subjects * options.trials
    X = rng.standard_normal((n, 32, int(128 * options.seconds)), dtype=np.float32)
    y, groups = np.arange(n) % 2, np.arange(n) // options.trials
    X[y == 1, 0] *= 1.1
    pipeline = make_pipeline(
        DifferentialEntropy(window=None),
        ModalityFlattener(),
        StandardScaler(),
        SVC(kernel="linear"),
    )
    grid = {"svc__C": np.logspace(-4, 1, 12)}
    cv = LeaveOneGroupOut()
    hoist(pipeline, X[:4])  # Operators are built at the first call and kept.
    t_features, hoisted = timed(lambda: hoist(pipeline, X))
    rest = GridSearchCV(hoisted.estimator, grid, cv=cv, refit=False)
    t_fits, _ = timed(lambda: rest.fit(hoisted.X, y, groups=groups))
    ours = HoistedGridSearchCV(pipeline, grid, cv=cv, refit=False)
    t_ours, _ = timed(lambda: ours.fit(X, y, groups=groups))
    theirs = GridSearchCV(pipeline, grid, cv=cv, refit=False)
    t_theirs, _ = timed(lambda: theirs.fit(X, y, groups=groups))
    n_fits = options.subjects * 12
    ideal = (n_fits * t_features + t_fits) / (t_features + t_fits)
    print(f"{options.subjects} subjects x {options.trials} x {options.seconds:g} s")
    print(f"features once {t_features:.2f} s, {n_fits} fits {t_fits:.2f} s")
    print(f"hoisted {t_ours:.2f} s, scikit-learn {t_theirs:.2f} s")
    print(f"ratio {t_theirs / t_ours:.1f}, ideal {ideal:.1f}")
    same = np.allclose(
        ours.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"]
    )
    print(f"scores agree: {same}")


if __name__ == "__main__":
    main()
