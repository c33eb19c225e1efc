"""The pipelines that the documentation promises, under scikit-learn's own tools."""

import pickle

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, LeaveOneGroupOut, cross_val_score
from sklearn.pipeline import make_pipeline

from sklearn_emotion import (
    DifferentialEntropy,
    GridProjector9x9,
    HRVSeries,
    Modalities,
    ModalityAwareAttentionNet,
    ThreeFACRNN,
    make_modality_transformer,
)

GROUPS = np.repeat([1, 2, 3], 4)


def eeg_pipeline():
    return make_pipeline(
        DifferentialEntropy(),
        GridProjector9x9(),
        ThreeFACRNN(max_epochs=2, random_state=0),
    )


def multimodal_pipeline():
    return make_pipeline(
        make_modality_transformer(
            eeg=make_pipeline(DifferentialEntropy(window=None), GridProjector9x9()),
            ecg=HRVSeries(),
        ),
        ModalityAwareAttentionNet(max_epochs=2, random_state=0),
    )


def eeg(dtype=np.float32, n_times=256):
    X = 10 * np.random.default_rng(0).standard_normal((12, 32, n_times))
    X = X.astype(dtype)
    X.flags.writeable = False
    return X


def eeg_and_ecg():
    """Ten seconds of noise and of spikes at 60 to 82 beats a minute."""
    t = np.arange(2560) / 256
    ecg = np.zeros((12, 1, 2560))
    for i in range(12):
        for beat in np.arange(0.3, 10, 60 / (60 + 2 * i)):
            ecg[i, 0] += np.exp(-0.5 * ((t - beat) / 0.012) ** 2)
    return Modalities(eeg=eeg(n_times=1280), ecg=ecg)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("names", [("low", "high"), (0, 1)], ids=["str", "int"])
def test_leave_one_group_out_on_raw_read_only_eeg(dtype, names):
    y = np.asarray(names)[np.arange(12) % 2]
    scores = cross_val_score(
        eeg_pipeline(), eeg(dtype), y, groups=GROUPS, cv=LeaveOneGroupOut()
    )
    assert scores.shape == (3,)
    assert np.isin(np.round(scores * 4), np.arange(5)).all()


def test_float32_and_float64_input_give_the_same_probabilities():
    y = np.arange(12) % 2
    first = eeg_pipeline().fit(eeg(np.float32), y).predict_proba(eeg(np.float32))
    X = eeg(np.float32).astype(np.float64)
    second = eeg_pipeline().fit(X, y).predict_proba(X)
    np.testing.assert_allclose(first, second, atol=1e-4)


def test_grid_search_reaches_every_step_in_two_processes():
    search = GridSearchCV(
        eeg_pipeline(),
        {
            "threefacrnn__lr": [1e-3],
            "threefacrnn__band_attention": [True, False],
            "differentialentropy__window": [1.0, 2.0],
        },
        cv=LeaveOneGroupOut(),
        n_jobs=2,
    )
    search.fit(eeg(), np.array(["low", "high"] * 6), groups=GROUPS)
    assert not np.isnan(search.cv_results_["mean_test_score"]).any()
    steps = {p["differentialentropy__window"] for p in search.cv_results_["params"]}
    assert steps == {1.0, 2.0}


def test_two_modalities_through_cross_validation_and_grid_search():
    X, y = eeg_and_ecg(), np.array(["low", "high"] * 6)
    scores = cross_val_score(
        multimodal_pipeline(), X, y, groups=GROUPS, cv=LeaveOneGroupOut()
    )
    assert not np.isnan(scores).any()
    search = GridSearchCV(
        multimodal_pipeline(),
        {
            "modalityawareattentionnet__modality_attention": [True, False],
            "modalitytransformer__ecg__max_heart_rate": [200.0],
        },
        cv=LeaveOneGroupOut(),
        n_jobs=2,
    )
    search.fit(X, y, groups=GROUPS)
    assert not np.isnan(search.cv_results_["mean_test_score"]).any()


@pytest.mark.parametrize(
    ("make", "data"), [(eeg_pipeline, eeg), (multimodal_pipeline, eeg_and_ecg)]
)
def test_same_seed_same_probabilities_through_clone_and_pickle(make, data):
    X, y = data(), np.array(["low", "high"] * 6)
    numpy_state = np.random.get_state()[1].copy()  # noqa: NPY002
    torch_state = torch.get_rng_state()
    model = make().fit(X, y)
    expected = model.predict_proba(X)
    np.testing.assert_array_equal(clone(model).fit(X, y).predict_proba(X), expected)
    restored = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(restored.predict_proba(X), expected)
    np.testing.assert_array_equal(np.random.get_state()[1], numpy_state)  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), torch_state)


def test_a_multimodal_model_given_one_array_names_its_keys():
    with pytest.raises(ValueError, match="needs the modalities 'eeg', 'ecg', got an"):
        ModalityAwareAttentionNet().fit(np.zeros((4, 4, 9, 9)), [0, 1, 0, 1])


def test_channels_that_no_montage_knows_are_named():
    with pytest.raises(ValueError, match=r"\['ECG'\]"):
        GridProjector9x9(ch_names=["Fp1", "ECG"]).fit(np.zeros((2, 2)))
