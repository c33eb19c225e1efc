"""A small data set of features, for tests of the evaluation."""

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_emotion import Modalities
from sklearn_emotion.datasets import EmotionDataset


def make_dataset(n_subjects=4, n_trials=4, n_windows=3, *, shift=1.0, seed=0):
    """Features whose first column is `shift` higher in the class "high"."""
    rng = np.random.default_rng(seed)
    n = n_subjects * n_trials * n_windows
    trial = np.arange(n) // n_windows
    subject = trial // n_trials
    high = trial % 2 == 1
    eeg = rng.normal(size=(n, 5)).astype(np.float32)
    eeg[:, 0] += shift * high
    metadata = pd.DataFrame(
        {
            "subject": subject,
            "trial": trial,
            "stimulus": trial % n_trials,
            "window": np.arange(n) % n_windows,
            "valence": np.where(high, 7.0, 3.0) + rng.uniform(-1, 1, size=n),
            "mood": np.where(high, "high", "low"),
        }
    )
    return EmotionDataset(
        data=Modalities(eeg=eeg, ecg=eeg[:, :2] + 1),
        metadata=metadata,
        sfreq={"eeg": 1.0, "ecg": 1.0},
        ch_names={"eeg": list("abcde"), "ecg": ["x", "y"]},
        units={"eeg": "µV", "ecg": "mV"},
        DESCR="made for tests",
    )


class Picky(ClassifierMixin, BaseEstimator):
    """Predicts the first class; fails where a number occurs in training."""

    def __init__(self, fails_on=None):
        self.fails_on = fails_on

    def fit(self, X, y):
        if self.fails_on is not None and np.any(X[:, -1] == self.fails_on):
            raise RuntimeError(f"cannot fit {self.fails_on}")
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


def logistic():
    """Logistic regression of standardised features."""
    return make_pipeline(StandardScaler(), LogisticRegression())
