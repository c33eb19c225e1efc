"""Measure precision and speed of the features for four kinds of processors.

Run ``python benchmarks/speed/kernels.py --out benchmarks/speed/kernels.csv``. Each row
uses the instructions of one generation of processors in OpenBLAS and NumPy, in a
process of its own. The first columns are the largest differences from the definition
in float64, for eight trials of the input of the other speed benchmarks: in nats for the
entropy of windows of 0.5 s, and relative for the band power of windows of 3 s. The
other columns divide the time of SciPy by ours, for all 40 trials and on one thread. For
the correlation, it is the time of a loop over ``numpy.corrcoef``.
"""

import argparse
import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from _timing import SFREQ, deap_like, largest_difference, paired_medians
from connectivity import WINDOW, by_numpy
from spectral import entropy_by_scipy, entropy_by_trial, power_by_welch

from sklearn_emotion import BandPower, DifferentialEntropy, DynamicConnectivity

sys.path.insert(0, str(Path(__file__).parents[1]))
from _provenance import open_csv

# Names of OpenBLAS to the instructions of the processors, and those of the groups of
# instructions of NumPy that the processors lack.
KERNELS = {
    "Prescott": ("SSE3", "X86_V3 X86_V4 AVX512_ICL"),
    "Sandybridge": ("AVX", "X86_V3 X86_V4 AVX512_ICL"),
    "Haswell": ("AVX2", "X86_V4 AVX512_ICL"),
    "SkylakeX": ("AVX-512", ""),
}


def measure():
    """Return the largest difference and the relative time of each feature."""
    return {**differences(deap_like(n_trials=8)), **ratios(deap_like())}


def differences(X):
    exact = X.astype(np.float64)
    entropy, power, correlation = (step.transform(X) for step in steps())
    return {
        "entropy (nats)": largest_difference(entropy, entropy_by_scipy(exact, 0.5)),
        "power (relative)": largest_difference(
            power / power_by_welch(exact, WINDOW), 1.0
        ),
        "Pearson correlation": largest_difference(correlation, by_numpy(exact)),
    }


def ratios(X):
    pairs = {
        "entropy, times ours": lambda X: entropy_by_trial(X, 0.5),
        "power, times ours": lambda X: power_by_welch(X, WINDOW),
        "correlation, times ours": by_numpy,
    }
    ratio = {}
    for (name, other), step in zip(pairs.items(), steps(), strict=True):
        ways = {"ours": partial(step.transform, X), "other": partial(other, X)}
        seconds = paired_medians(ways)
        ratio[name] = seconds["other"] / seconds["ours"]
    return ratio


def steps():
    return (
        DifferentialEntropy(sfreq=SFREQ, window=0.5),
        BandPower(sfreq=SFREQ, window=WINDOW),
        DynamicConnectivity(sfreq=SFREQ, window=WINDOW),
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", help="CSV file to write")
    if not (out := parser.parse_args().out):
        print(json.dumps({name: float(x) for name, x in measure().items()}))
        return
    rows = []
    for kernels, (instructions, lacking) in KERNELS.items():
        done = subprocess.run(
            [sys.executable, __file__],
            env={
                **os.environ,
                "OPENBLAS_CORETYPE": kernels,
                "NPY_DISABLE_CPU_FEATURES": lacking,
            },
            check=True,
            capture_output=True,
            text=True,
        )
        row = json.loads(done.stdout.splitlines()[-1])
        rows.append({"kernels": f"{kernels} ({instructions})", **row})
    with open_csv(out) as file:
        pd.DataFrame(rows).to_csv(file, index=False)


if __name__ == "__main__":
    main()
