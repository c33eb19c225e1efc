"""3FACRNN finds one band in one region of unseen people; what a teacher is worth."""

import numpy as np
import pytest
from _learning import unseen_score
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_emotion import (
    DifferentialEntropy,
    GridProjector9x9,
    Modalities,
    ThreeFACRNN,
)

pytestmark = pytest.mark.slow

PEOPLE = {"n_subjects": 24, "n_trials": 16, "duration": 2.0, "window": 2.0}
FILMED = PEOPLE | {"modalities": ("eeg", "openface")}


class LinearTeacher(BaseEstimator):
    """Log-odds of each frame's facial features, squashed, in all 128 features.

    It learns in a moment what a network of pixels learns in minutes.
    """

    def fit(self, X, y):
        frames = X.reshape(-1, X.shape[2])
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.01))
        self.model_ = model.fit(frames, np.repeat(y, X.shape[1]))
        return self

    def transform(self, X):
        odds = self.model_.decision_function(X.reshape(-1, X.shape[2]))
        return np.tanh(odds).reshape(*X.shape[:2], 1).repeat(128, axis=2)

    def predict(self, X):
        return (self.transform(X).mean(axis=(1, 2)) > 0).astype(int)


def network(seed, **changes):
    return ThreeFACRNN(batch_size=16, random_state=seed, device="cpu", **changes)


def distilled(seed, **changes):
    return network(seed, teacher=LinearTeacher(), **changes)


def by_heart(make):
    """Without dropout a network learns even labels that mean nothing."""
    return lambda seed: make(seed, dropout=0.0)


def grids(dataset):
    """Two steps of 1 s."""
    steps = make_pipeline(DifferentialEntropy(window=1.0), GridProjector9x9())
    return steps.fit_transform(dataset.data["eeg"])


def faces(dataset):
    return dataset.data["openface"]


def grids_and_faces(dataset):
    return Modalities(eeg=grids(dataset), face=faces(dataset))


def test_finds_a_medium_effect_in_one_band_of_one_region():
    """Gamma over the temples; its mean there allows 0.85, all channels more."""
    scores = [
        unseen_score(network, grids, seed, effect={"gamma": "medium"}, **PEOPLE)[0]
        for seed in range(3)
    ]
    assert np.mean(scores) >= 0.8


def test_shuffled_labels_stay_inside_the_permutation_band():
    score, (low, high) = unseen_score(
        by_heart(network), grids, 0, shuffle=True, effect={"gamma": "medium"}, **PEOPLE
    )
    assert low <= score <= high


def test_a_teacher_has_nothing_to_give_where_the_face_alone_tells():
    people = FILMED | {"effect": {"smile": "medium"}}
    by_teacher, (_, chance) = unseen_score(
        lambda seed: LinearTeacher(), faces, 0, **people
    )
    assert by_teacher > chance
    score, (low, high) = unseen_score(by_heart(distilled), grids_and_faces, 0, **people)
    assert low <= score <= high


def test_a_teacher_does_no_harm_where_face_and_eeg_go_together():
    """Means over 5 seeds; the standard error is that of the paired difference."""
    both = {"gamma": "medium", "smile": "medium"}
    people = FILMED | {"effect": both, "correlation": 0.5}
    pairs = np.array(
        [
            [
                unseen_score(distilled, grids_and_faces, seed, **people)[0],
                unseen_score(network, grids, seed, **people)[0],
            ]
            for seed in range(5)
        ]
    )
    gain = pairs[:, 0] - pairs[:, 1]
    assert gain.mean() >= -gain.std(ddof=1) / np.sqrt(len(gain))
