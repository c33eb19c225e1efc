"""Time a grid search that computes features once, and scikit-learn's grid search.

    OMP_NUM_THREADS=1 python benchmarks/speed/hoisting.py --out hoisting.csv

The search has a grid of 12 candidates and leaves one subject out per fold. The pipeline
computes the differential entropy of whole trials (four bands, one value per channel)
and fits a linear support vector machine. The ideal ratio is
(fits * t_features + t_fits) / (t_features + t_fits). The two searches take turns. The
table gives processor time next to wall time, because other work on the machine affects
wall time. For the largest size, scikit-learn's search would take hours. Each round then
measures a single fold of it with all twelve candidates, and the time is multiplied by
the number of folds.
"""

import os
from time import perf_counter, process_time

import numpy as np
from _timing import deap_like, parser, report
from sklearn.model_selection import GridSearchCV, LeaveOneGroupOut
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from threadpoolctl import threadpool_limits

from sklearn_emotion import DifferentialEntropy, ModalityFlattener
from sklearn_emotion.model_selection import HoistedGridSearchCV, hoist

# Subjects, trials of each, seconds, and folds of scikit-learn's search in each round.
SIZES = [(32, 40, 60.0, 1), (8, 10, 20.0, 8)]
GRID = {"linearsvc__C": np.logspace(-5, 0, 12)}


class CountedEntropy(DifferentialEntropy):
    """Differential entropy that counts its calls."""

    n_calls = 0

    def transform(self, X):
        """Count the call and compute the features."""
        CountedEntropy.n_calls += 1
        return super().transform(X)


def make_data(n_subjects, n_trials, seconds):
    n = n_subjects * n_trials
    X = np.empty((n, 32, int(128 * seconds)), dtype=np.float32)
    rng = np.random.default_rng(0)
    y, groups = np.arange(n) % 2, np.arange(n) // n_trials
    for subject in range(n_subjects):
        mine = slice(subject * n_trials, (subject + 1) * n_trials)
        X[mine] = deap_like(n_trials, 32, X.shape[-1], random_state=subject)
        X[mine] *= np.exp(rng.normal(scale=0.3, size=(n_trials, 32, 1)))
    X[y == 1, :4] *= 1.2
    return X, y, groups


def timed(work, *arguments, **options):
    """Return wall and processor seconds, calls of the features, and the result."""
    CountedEntropy.n_calls = 0
    start = np.array([perf_counter(), process_time()])
    result = work(*arguments, **options)
    seconds = np.array([perf_counter(), process_time()]) - start
    return seconds, CountedEntropy.n_calls, result


def measure(n_subjects, n_trials, seconds, n_folds, rounds):
    X, y, groups = make_data(n_subjects, n_trials, seconds)
    pipeline = make_pipeline(
        CountedEntropy(window=None),
        ModalityFlattener(),
        StandardScaler(),
        LinearSVC(dual=False),
    )
    cv = LeaveOneGroupOut()
    splits = list(cv.split(X, y, groups))
    hoist(pipeline, X[:4])  # Operators are built at the first call and kept.
    times = {"features": [], "fits": [], "hoisted": [], "theirs": []}
    for number in range(rounds):
        t, _, hoisted = timed(hoist, pipeline, X)
        times["features"].append(t)
        rest = GridSearchCV(hoisted.estimator, GRID, cv=cv, refit=False)
        times["fits"].append(timed(rest.fit, hoisted.X, y, groups=groups)[0])
        ours = HoistedGridSearchCV(pipeline, GRID, cv=cv, refit=False)
        t, our_calls, _ = timed(ours.fit, X, y, groups=groups)
        times["hoisted"].append(t)
        folds = [(number * n_folds + k) % n_subjects for k in range(n_folds)]
        some = [splits[fold] for fold in folds]
        theirs = GridSearchCV(pipeline, GRID, cv=some, refit=False)
        t, their_calls, _ = timed(theirs.fit, X, y)
        times["theirs"].append(t * n_subjects / n_folds)
        for k, fold in enumerate(folds):
            np.testing.assert_allclose(
                ours.cv_results_[f"split{fold}_test_score"],
                theirs.cv_results_[f"split{k}_test_score"],
            )
        print({name: values[-1].round(2).tolist() for name, values in times.items()})
    measured = "all" if n_folds == n_subjects else f"{rounds * n_folds}, scaled"
    row = {"subjects": n_subjects, "trials": n_trials, "seconds": seconds}
    return {
        **row,
        **summary(times, n_subjects, measured),
        "feature calls": our_calls,
        "feature calls of scikit-learn": their_calls * n_subjects // n_folds,
        "load": round(os.getloadavg()[0], 1),
    }


def summary(times, n_subjects, measured):
    """Return the best round of each way, in wall and in processor seconds."""
    wall, cpu = (
        {name: min(t[clock] for t in values) for name, values in times.items()}
        for clock in (0, 1)
    )
    fits = n_subjects * len(GRID["linearsvc__C"])
    return {
        "fits": fits,
        "features once (CPU s)": cpu["features"],
        "all fits (CPU s)": cpu["fits"],
        "hoisted (CPU s)": cpu["hoisted"],
        "scikit-learn (CPU s)": cpu["theirs"],
        "folds of scikit-learn measured": measured,
        "ratio (CPU)": cpu["theirs"] / cpu["hoisted"],
        "ideal (CPU)": ideal(cpu, fits),
        "ratio (wall)": wall["theirs"] / wall["hoisted"],
        "ideal (wall)": ideal(wall, fits),
        "hoisted over features and fits (CPU)": (
            cpu["hoisted"] / (cpu["features"] + cpu["fits"])
        ),
    }


def ideal(t, fits):
    """Return the ratio if all calls of the features but one took no time."""
    return (fits * t["features"] + t["fits"]) / (t["features"] + t["fits"])


def main():
    arguments = parser(__doc__.split("\n")[0])
    arguments.set_defaults(repeats=3)
    options = arguments.parse_args()
    with threadpool_limits(limits=options.threads):
        rows = [measure(*size, options.repeats) for size in SIZES]
    report(rows, options.out)


if __name__ == "__main__":
    main()
