"""Print how far the features are from their definition on this processor.

Run ``OPENBLAS_CORETYPE=Haswell python benchmarks/speed/kernels.py`` to use the kernels
of OpenBLAS for another processor. The input is eight trials of the other speed
benchmarks. The numbers are the largest differences from the definition in float64: in
nats for the entropy of windows of 0.5 s, and relative for the band power of windows of
3 s.
"""

import numpy as np
from _timing import SFREQ, deap_like, largest_difference
from connectivity import WINDOW, by_numpy
from spectral import entropy_by_scipy, power_by_welch

from sklearn_emotion import BandPower, DifferentialEntropy, DynamicConnectivity


def main():
    X = deap_like(n_trials=8)
    exact = X.astype(np.float64)
    entropy = DifferentialEntropy(sfreq=SFREQ, window=0.5).transform(X)
    power = BandPower(sfreq=SFREQ, window=WINDOW).transform(X)
    connectivity = DynamicConnectivity(sfreq=SFREQ, window=WINDOW).transform(X)
    differences = {
        "entropy (nats)": largest_difference(entropy, entropy_by_scipy(exact, 0.5)),
        "power (relative)": largest_difference(
            power / power_by_welch(exact, WINDOW), 1.0
        ),
        "Pearson correlation": largest_difference(connectivity, by_numpy(exact)),
    }
    for name, difference in differences.items():
        print(f"{name}: {difference:.1e}")


if __name__ == "__main__":
    main()
