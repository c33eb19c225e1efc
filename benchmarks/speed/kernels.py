"""Measure how far the features are from their definition, for four kinds of processors.

Run ``python benchmarks/speed/kernels.py --out benchmarks/speed/kernels.csv``. Each row
uses the kernels of OpenBLAS for one generation of processors, in a process of its own.
The input is eight trials of the other speed benchmarks. The numbers are the largest
differences from the definition in float64: in nats for the entropy of windows of 0.5 s,
and relative for the band power of windows of 3 s.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from _timing import SFREQ, deap_like, largest_difference
from connectivity import WINDOW, by_numpy
from spectral import entropy_by_scipy, power_by_welch

from sklearn_emotion import BandPower, DifferentialEntropy, DynamicConnectivity

sys.path.insert(0, str(Path(__file__).parents[1]))
from _provenance import open_csv

# Names of OpenBLAS to the instructions of the processors.
KERNELS = {
    "Prescott": "SSE3",
    "Sandybridge": "AVX",
    "Haswell": "AVX2",
    "SkylakeX": "AVX-512",
}


def differences():
    """Return the largest difference of each feature in this process."""
    X = deap_like(n_trials=8)
    exact = X.astype(np.float64)
    entropy = DifferentialEntropy(sfreq=SFREQ, window=0.5).transform(X)
    power = BandPower(sfreq=SFREQ, window=WINDOW).transform(X)
    connectivity = DynamicConnectivity(sfreq=SFREQ, window=WINDOW).transform(X)
    return {
        "entropy (nats)": largest_difference(entropy, entropy_by_scipy(exact, 0.5)),
        "power (relative)": largest_difference(
            power / power_by_welch(exact, WINDOW), 1.0
        ),
        "Pearson correlation": largest_difference(connectivity, by_numpy(exact)),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", help="CSV file to write")
    if not (out := parser.parse_args().out):
        print(json.dumps({k: float(v) for k, v in differences().items()}))
        return
    rows = []
    for kernels, instructions in KERNELS.items():
        done = subprocess.run(
            [sys.executable, __file__],
            env={**os.environ, "OPENBLAS_CORETYPE": kernels},
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
