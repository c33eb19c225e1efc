"""The pipeline from EEG and ECG to the modality-aware attention network."""

import numpy as np
import pytest

from sklearn_emotion import (
    DifferentialEntropy,
    GridProjector9x9,
    HRVSeries,
    ModalityAwareAttentionNet,
    make_modality_attention,
)
from sklearn_emotion.datasets import make_emotion

NAMES = "emotiv14"
FAST = {"channels": (4, 8), "max_epochs": 1, "device": "cpu", "random_state": 0}


@pytest.fixture(scope="module")
def dataset():
    return make_emotion(
        n_subjects=2,
        n_trials=4,
        modalities=("eeg", "ecg"),
        ch_names=NAMES,
        duration=10.0,
        window=10.0,
        random_state=0,
    )


def test_inputs_are_entropies_on_the_grid_and_intervals(dataset):
    X, y = dataset.data, dataset.target("valence")
    model = make_modality_attention(sfreq=dataset.sfreq, **FAST).fit(X, y)
    inputs = model[:-1].transform(X)
    entropy = DifferentialEntropy(window=None).transform(X["eeg"])
    grid = GridProjector9x9(NAMES).fit_transform(entropy)
    np.testing.assert_array_equal(inputs["eeg"], grid)
    assert grid.shape == (8, 1, 4, 9, 9)
    rate = dataset.sfreq["ecg"]
    assert rate == 256.0
    series = HRVSeries(sfreq=rate).fit_transform(X["ecg"])
    np.testing.assert_array_equal(inputs["ecg"], series)


def test_one_image_of_bands_and_channels(dataset):
    X, y = dataset.data, dataset.target("valence")
    model = make_modality_attention(
        sfreq=dataset.sfreq, ch_names=None, images="channels", **FAST
    ).fit(X, y)
    inputs = model[:-1].transform(X)
    np.testing.assert_array_equal(
        inputs["eeg"], DifferentialEntropy(window=None).transform(X["eeg"])
    )
    assert model[-1].input_shapes_["eeg"] == (1, 4, 14)
    assert model.predict_proba(X).shape == (8, 2)


def test_unknown_images_and_missing_names_are_named():
    with pytest.raises(ValueError, match="'grid' or 'channels', got 'scalp'"):
        make_modality_attention(images="scalp")
    with pytest.raises(ValueError, match="images='grid' needs ch_names"):
        make_modality_attention(ch_names=None)


def test_switches_and_paper_params_reach_the_network():
    params = ModalityAwareAttentionNet.paper_params()
    model = make_modality_attention(modality_attention=False, **params)
    assert not model[-1].modality_attention
    assert not model[-1].standardize
    assert model.param_grid() == {}
