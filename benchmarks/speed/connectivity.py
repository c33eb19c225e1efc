"""Time connectivity in windows of 3 s and compare it with other libraries.

Run ``python benchmarks/speed/connectivity.py --out connectivity.csv``. The reference is
``numpy.corrcoef`` in float64, called once per window. nilearn is included if it is
installed.
"""

import warnings
from importlib.util import find_spec

import numpy as np
from _timing import (
    SFREQ,
    deap_like,
    largest_difference,
    memory_copy,
    paired_medians,
    parser,
    report,
)
from pyriemann.geometry.covariance import covariances
from sklearn.covariance import EmpiricalCovariance

from sklearn_emotion import DynamicConnectivity

WINDOW = 3.0
OURS = "DynamicConnectivity"
LOOP = "np.corrcoef in a loop"


def windows_of(X):
    length = int(WINDOW * SFREQ)
    n_windows = X.shape[-1] // length
    windows = X[..., : n_windows * length].reshape(*X.shape[:2], n_windows, length)
    return windows.swapaxes(1, 2)


def by_numpy(X):
    windows = windows_of(X)
    out = np.empty((*windows.shape[:2], X.shape[1], X.shape[1]))
    for sample, target in zip(windows, out, strict=True):
        for t, window in enumerate(sample):
            target[t] = np.corrcoef(window)
    return out


def by_pyriemann(X):
    windows = windows_of(X)
    r = covariances(windows.reshape(-1, *windows.shape[2:]), estimator="corr")
    return r.reshape(*windows.shape[:2], *r.shape[1:])


def by_nilearn(X):
    from nilearn.connectome import ConnectivityMeasure

    windows = windows_of(X)
    series = [w.T for sample in windows for w in sample]
    measure = ConnectivityMeasure(
        kind="correlation",
        cov_estimator=EmpiricalCovariance(store_precision=False),
        standardize=False,
    )
    r = measure.fit_transform(series)
    return r.reshape(*windows.shape[:2], *r.shape[1:])


def main():
    arguments = parser(__doc__.splitlines()[0]).parse_args()
    X = deap_like()
    ways = {
        OURS: DynamicConnectivity(sfreq=SFREQ, window=WINDOW).transform,
        LOOP: by_numpy,
        "pyriemann covariances(estimator='corr')": by_pyriemann,
    }
    if find_spec("nilearn") is not None:
        ways["nilearn ConnectivityMeasure"] = by_nilearn
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reference = by_numpy(X.astype(np.float64))
        agreement = {
            n: largest_difference(way(X), reference) for n, way in ways.items()
        }
        calls = {name: lambda way=way: way(X) for name, way in ways.items()}
        calls["memory copy"] = memory_copy(X)
        seconds = paired_medians(
            calls, repeats=arguments.repeats, threads=arguments.threads
        )
    rows = [
        {
            "way": name,
            "ms": 1e3 * seconds[name],
            "times as fast as the loop": seconds[LOOP] / seconds[name],
            "ours is faster by": seconds[name] / seconds[OURS],
            "largest difference": agreement.get(name),
        }
        for name in seconds
    ]
    report(rows, arguments.out)


if __name__ == "__main__":
    main()
