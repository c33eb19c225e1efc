"""The modality-aware network finds an effect in either modality of unseen subjects."""

import numpy as np
import pytest
from _learning import unseen_score
from sklearn.pipeline import make_pipeline

from sklearn_emotion import (
    DifferentialEntropy,
    GridProjector9x9,
    HRVSeries,
    ModalityAwareAttentionNet,
    make_modality_transformer,
)

pytestmark = pytest.mark.slow

PEOPLE = {
    "n_subjects": 36,
    "n_trials": 16,
    "duration": 10.0,
    "modalities": ("eeg", "ecg"),
}


def network(seed):
    return ModalityAwareAttentionNet(random_state=seed, device="cpu")


def features(dataset):
    return make_modality_transformer(
        eeg=make_pipeline(DifferentialEntropy(window=None), GridProjector9x9()),
        ecg=HRVSeries(sfreq=256.0),
    ).fit_transform(dataset.data)


@pytest.mark.parametrize("effect", ["heart_rate", "gamma"])
def test_finds_a_medium_effect_in_one_modality(effect):
    """The one informative feature allows 0.85."""
    scores = [
        unseen_score(network, features, seed, effect={effect: "medium"}, **PEOPLE)[0]
        for seed in range(3)
    ]
    assert np.mean(scores) >= 0.8


def test_shuffled_labels_stay_inside_the_permutation_band():
    score, (low, high) = unseen_score(
        network, features, 0, shuffle=True, effect={"heart_rate": "medium"}, **PEOPLE
    )
    assert low <= score <= high
