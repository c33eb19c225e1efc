"""The hierarchical LSTM finds an effect in one time span of unseen people's faces."""

import numpy as np
import pytest
from _learning import unseen_score

from sklearn_emotion import BandImages, HierarchicalAttentionLSTM, Modalities

pytestmark = pytest.mark.slow

CHANNELS = ["F3", "F4", "C3", "C4", "P3", "P4", "O1", "O2"]
RATE = 4.0
SPAN = 6.0, 8.5
PEOPLE = {
    "n_subjects": 48,
    "n_trials": 16,
    "modalities": ("openface", "eeg"),
    "duration": 10.0,
    "ch_names": CHANNELS,
    "face_sfreq": RATE,
    "effect": {"smile": {"size": "medium", "span": SPAN}},
}


def features(dataset):
    images = BandImages(ch_names=CHANNELS, size=8, frame_rate=RATE)
    return Modalities(
        face=dataset.data["openface"], eeg=images.fit_transform(dataset.data["eeg"])
    )


class Watched(HierarchicalAttentionLSTM):
    """Keeps where it looked in the data that it predicted."""

    def predict(self, X):
        self.looks_ = self.attended_frames(X)
        return super().predict(X)


def network(seed):
    # Looks cost little, since the frames that tell the class come late. At the default
    # cost, one of three seeds needs 25 epochs in place of 15.
    return Watched(
        n_hidden=32,
        max_steps=6,
        max_epochs=15,
        rewards=(1.0, 1.0, -2.0, -0.01),
        random_state=seed,
        device="cpu",
    )


def test_finds_the_span_of_a_medium_smile():
    """The mean over the span allows 0.85; a quarter of all frames lies in it."""
    networks = [network(seed) for seed in range(3)]
    scores = [
        unseen_score(networks.__getitem__, features, seed, **PEOPLE)[0]
        for seed in range(3)
    ]
    assert np.mean(scores) >= 0.8
    looks = np.concatenate([clf.looks_[:, 1:] for clf in networks])
    times = looks[looks >= 0] / RATE
    assert np.mean((times >= SPAN[0]) & (times < SPAN[1])) > 0.5


def test_shuffled_labels_stay_inside_the_permutation_band():
    score, (low, high) = unseen_score(network, features, 0, shuffle=True, **PEOPLE)
    assert low <= score <= high
