"""Time Hjorth's parameters, entropies and fractal dimensions, and compare with antropy.

Run ``python benchmarks/speed/complexity.py --out complexity.csv``. The input has the
shape of one subject of DEAP, cut into windows of 1 s and 2 s, in float64. All methods
run on one thread. antropy (``pip install antropy``), mne-features and NeuroKit2 are
included if they are installed. Methods that take minutes process one trial in forty,
and their time is scaled. The last column is the largest difference from
sklearn_emotion. The other libraries have other conventions, which the guide lists, so
only the differences from antropy are expected to be rounding errors.
"""

import warnings
from importlib.util import find_spec

import numpy as np
from _timing import SFREQ, deap_like, paired_medians, parser, report

from sklearn_emotion import FractalDimension, Hjorth, SignalEntropy


def ours(measure):
    """Return the transformer that computes only one measure."""
    if measure == "hjorth":
        return Hjorth(sfreq=SFREQ)
    dimension = measure in ("higuchi", "petrosian", "katz")
    transformer = FractalDimension if dimension else SignalEntropy
    return transformer(sfreq=SFREQ, measures=measure)


def by_window(function):
    return lambda windows: np.array([function(w) for w in windows])


def by_antropy():
    import antropy

    return {
        "hjorth": lambda w: np.stack(antropy.hjorth_params(w, axis=-1), axis=-1),
        "petrosian": lambda w: antropy.petrosian_fd(w, axis=-1),
        "katz": lambda w: antropy.katz_fd(w, axis=-1),
        "higuchi": by_window(lambda w: antropy.higuchi_fd(w, kmax=10)),
        "spectral": lambda w: antropy.spectral_entropy(w, SFREQ, normalize=True),
        "permutation": lambda w: antropy.perm_entropy(w, order=3, normalize=True),
        "svd": by_window(
            lambda w: antropy.svd_entropy(w - w.mean(), order=3, normalize=True)
        ),
        "sample": by_window(antropy.sample_entropy),
        "approximate": by_window(antropy.app_entropy),
    }


def by_mne_features():
    from mne_features import univariate

    return {
        "higuchi": lambda w: univariate.compute_higuchi_fd(w, kmax=10),
        "katz": univariate.compute_katz_fd,
        "sample": univariate.compute_samp_entropy,
        "approximate": univariate.compute_app_entropy,
    }


def by_neurokit2():
    import neurokit2 as nk

    return {
        "hjorth": by_window(lambda w: nk.complexity_hjorth(w)[0]),
        "petrosian": by_window(lambda w: nk.fractal_petrosian(w)[0]),
        "katz": by_window(lambda w: nk.fractal_katz(w)[0]),
        "higuchi": by_window(lambda w: nk.fractal_higuchi(w, k_max=10)[0]),
        "permutation": by_window(lambda w: nk.entropy_permutation(w, dimension=3)[0]),
        "sample": by_window(lambda w: nk.entropy_sample(w, dimension=2)[0]),
        "approximate": by_window(lambda w: nk.entropy_approximate(w, dimension=2)[0]),
    }


PEERS = {
    "antropy": (by_antropy, "antropy"),
    "mne-features": (by_mne_features, "mne_features"),
    "NeuroKit2": (by_neurokit2, "neurokit2"),
}
MEASURES = tuple(
    "hjorth petrosian katz higuchi spectral permutation svd sample approximate".split()
)


def same_windows(values, n):
    """Return our values in the order of the windows, one row each, of the first n."""
    rows = values.transpose(0, 3, 1, 2)
    rows = rows.reshape(-1, values.shape[2])[:n]
    return rows[:, 1:] if rows.shape[1] == 3 else rows[:, 0]


def rows_of(measure, X, length, peers, repeats):
    """Yield one row per library."""
    transformer = ours(measure).set_params(window=length / SFREQ).fit(X)
    windows = X.reshape(-1, length)
    part = windows[: len(windows) // len(X)]
    calls = {"sklearn_emotion": lambda: transformer.transform(X)}
    scale, found = {}, {}
    for name, measures in peers.items():
        if measure not in measures:
            continue
        function = measures[measure]
        found[name] = function(part)
        whole = name == "antropy" and measure != "approximate"
        scale[name] = 1 if whole else len(windows) / len(part)
        timed = windows if whole else part
        calls[name] = lambda f=function, w=timed: f(w)
    seconds = paired_medians(calls, repeats=repeats)
    values = same_windows(transformer.transform(X[:1]), len(part))
    for name in calls:
        time = seconds[name] * scale.get(name, 1)
        other = found.get(name)
        yield {
            "measure": measure,
            "window (s)": length / SFREQ,
            "way": name,
            "ms": 1e3 * time,
            "times ours": time / seconds["sklearn_emotion"],
            "difference": None
            if other is None or other.shape != values.shape
            else float(np.nanmax(np.abs(other - values))),
        }


def main(argv=None):
    arguments = parser(__doc__.splitlines()[0]).parse_args(argv)
    X = deap_like().astype(np.float64)
    peers = {n: make() for n, (make, key) in PEERS.items() if find_spec(key)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows = [
            row
            for seconds in (2, 1)
            for measure in MEASURES
            for row in rows_of(
                measure, X, int(seconds * SFREQ), peers, arguments.repeats
            )
        ]
    report(rows, arguments.out)


if __name__ == "__main__":
    main()
