"""Draw what the feature transformers find in recorded signals, for the user guide.

Usage: python docs/pictures/make_signal_pictures.py --data DIR

DIR contains the folders ``eegmat`` (PhysioNet, ODC-By 1.0) and
``stress_predict_ppg_eda``
(MIT license). The pictures are written next to this script.
"""

import argparse
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from sklearn_emotion import EDAFeatures, PulseFeatures
from sklearn_emotion.datasets import load_eegmat, load_stress_predict
from sklearn_emotion.features import find_r_peaks
from sklearn_emotion.inspection import SignalDisplay

FOLDER = Path(__file__).parent


def save(display, name, title):
    """Write the figure of a display as a file of at most 100 kB."""
    figure = display.figure_
    figure.set_size_inches(8, 3.2 if len(display.axes_) == 1 else 4.4)
    display.axes_[0].set_title(title, fontsize=10)
    figure.savefig(FOLDER / f"{name}.png", dpi=110)
    plt.close(figure)


def main():
    """Draw all pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", metavar="DIR", help="folder of the data sets")
    folder = parser.parse_args().data

    wrist = load_stress_predict(
        folder, subjects=[4], modalities=("eda", "bvp"), window=120.0
    )
    eda = wrist.data["eda"]
    # The window whose conductance changes most.
    sample = int(np.ptp(eda[:, 0], axis=1).argmax())
    found = EDAFeatures(sfreq=wrist.sfreq["eda"])
    display = SignalDisplay.from_transformer(found, eda, sample=sample, unit="µS")
    save(display, "eda", "Skin conductance of a wristband (Stress-Predict, subject 4)")

    rate = wrist.sfreq["bvp"]
    pulse = wrist.data["bvp"][..., : int(12 * rate)]
    found = PulseFeatures(sfreq=rate)
    sample = int(np.argmax(found.valid(pulse)))
    display = SignalDisplay.from_transformer(found, pulse, sample=sample)
    save(display, "pulse", "Pulse of a wristband (Stress-Predict, subject 4)")

    rest = load_eegmat(
        folder, subjects=[1], modalities=("ecg",), window=10.0, sfreq=500.0
    )
    ecg, rate = rest.data["ecg"][0, 0], rest.sfreq["ecg"]
    peaks = find_r_peaks(ecg[None], rate)[0] / rate
    display = SignalDisplay(ecg, rate, {"R peak": peaks}, unit="mV").plot()
    save(display, "ecg", "Electrocardiogram at rest (EEGMAT, subject 1)")


if __name__ == "__main__":
    main()
