"""A data set of six samples, for the tests of its methods."""

import numpy as np
import pandas as pd

from sklearn_emotion import Modalities
from sklearn_emotion.datasets import EmotionDataset


def six_samples():
    metadata = pd.DataFrame(
        {
            "subject": [1, 1, 1, 2, 2, 2],
            "trial": [0, 0, 1, 2, 3, 3],
            "valence": [4.9, 5.0, 5.1, 9.0, 1.0, 5.0],
            "liking": [1.0, np.nan, 3.0, np.nan, 5.0, 6.0],
            "task": ["rest", "rest", "sums", "rest", "sums", "sums"],
            "smiling": [True, False, True, False, True, False],
        }
    )
    data = Modalities(eeg=np.arange(24.0).reshape(6, 2, 2), ecg=np.arange(6.0)[:, None])
    return EmotionDataset(
        data=data,
        metadata=metadata,
        sfreq={"eeg": 128.0, "ecg": 256.0},
        ch_names={"eeg": ["Cz", "Pz"], "ecg": ["ECG"]},
        units={"eeg": "µV", "ecg": "mV"},
        DESCR="Six samples.",
    )
