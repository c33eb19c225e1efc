"""The pipeline from EEG and face frames to the hierarchical-attention LSTM."""

import numpy as np
import pytest

from sklearn_emotion import (
    BandImages,
    HierarchicalAttentionLSTM,
    Modalities,
    WaveletDenoiser,
    make_hierarchical_lstm,
)

NAMES = ["F3", "F4", "C3", "C4", "P3", "P4"]
FAST = {
    "ch_names": NAMES,
    "size": 8,
    "n_hidden": 8,
    "max_steps": 3,
    "max_epochs": 1,
    "device": "cpu",
    "random_state": 0,
}


def recordings(n=4, seed=0):
    rng = np.random.default_rng(seed)
    return Modalities(
        eeg=rng.standard_normal((n, 6, 640), np.float32),
        baseline=rng.standard_normal((n, 6, 384), np.float32),
        face=rng.integers(0, 256, (n, 40, 3, 12, 12), dtype=np.uint8),
    ), np.array(["low", "high"] * (n // 2))


def images(eeg):
    return BandImages(ch_names=NAMES, size=8, frame_rate=8.0).fit_transform(eeg)


def test_five_seconds_have_forty_frames_of_denoised_eeg():
    X, y = recordings()
    model = make_hierarchical_lstm(**FAST).fit(X, y)
    inputs = model[:-1].transform(X)
    assert inputs["eeg"].shape == (4, 40, 3, 8, 8)
    clean = WaveletDenoiser().fit_transform(X["eeg"])
    np.testing.assert_allclose(inputs["eeg"], images(clean), rtol=1e-5)
    np.testing.assert_array_equal(inputs["face"], X["face"])


def test_baseline_of_signals_and_of_images():
    X, y = recordings()
    by = {
        name: make_hierarchical_lstm(baseline=name, denoise=False, **FAST)[
            :-1
        ].fit_transform(X, y)
        for name in ("signal", "features", None)
    }
    assert all(set(inputs) == {"eeg", "face"} for inputs in by.values())
    np.testing.assert_allclose(by[None]["eeg"], images(X["eeg"]), rtol=1e-5)
    template = X["baseline"].astype(float).reshape(4, 6, 3, 128).mean(axis=2)
    expected = images((X["eeg"] - np.tile(template, 5)).astype(np.float32))
    np.testing.assert_allclose(by["signal"]["eeg"], expected, rtol=1e-3, atol=1e-6)
    rest = images(X["baseline"]).mean(axis=1, keepdims=True)
    np.testing.assert_allclose(
        by["features"]["eeg"], images(X["eeg"]) - rest, rtol=1e-3, atol=1e-5
    )


def test_rates_switches_and_grid():
    params = HierarchicalAttentionLSTM.paper_params()
    model = make_hierarchical_lstm(
        sfreq={"eeg": 256.0, "face": 4.0}, hierarchical_attention=False, **params
    )
    step = model.named_steps["images"].transformers[0][1]
    assert (step.sfreq, step.frame_rate) == (256.0, 4.0)
    assert not model[-1].hierarchical_attention
    assert not model[-1].policy_baseline
    assert list(model.param_grid()) == ["network__penalty"]


def test_unknown_baseline_is_named():
    with pytest.raises(ValueError, match="'features' or None, got 'mean'"):
        make_hierarchical_lstm(baseline="mean")
