"""The pipeline from face frames and bio-signals to DeepVANet."""

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GridSearchCV, GroupKFold

from sklearn_emotion import (
    DeepVANet,
    Modalities,
    VisualCNN,
    cross_validate,
    make_deep_vanet,
)
from sklearn_emotion.datasets import EmotionDataset
from sklearn_emotion.evaluation import compare
from sklearn_emotion.models import _deep_vanet

FAST = {"max_epochs": 1, "batch_size": 8, "device": "cpu", "random_state": 0}


def recordings(n=12, seed=0):
    rng = np.random.default_rng(seed)
    return Modalities(
        face=rng.integers(0, 256, (n, 2, 3, 64, 64), dtype=np.uint8),
        eeg=rng.standard_normal((n, 3, 128), np.float32),
        baseline=rng.standard_normal((n, 3, 384), np.float32),
        peripheral=rng.standard_normal((n, 2, 128), np.float32),
        baseline_peripheral=rng.standard_normal((n, 2, 384), np.float32),
    ), np.array(["low", "high"] * (n // 2))


INPUT_SETS = {
    "face": ("face",),
    "eeg": ("eeg",),
    "peripheral": ("peripheral",),
    "bio": ("eeg", "peripheral"),
    "face + eeg": ("face", "eeg"),
    "face + peripheral": ("face", "peripheral"),
    "face + bio": ("face", "eeg", "peripheral"),
}


@pytest.mark.parametrize("modalities", INPUT_SETS.values(), ids=INPUT_SETS)
def test_input_sets_of_figure_2(modalities):
    X, y = recordings(4)
    model = make_deep_vanet(modalities=modalities, **FAST).fit(X, y)
    assert model.predict_proba(X).shape == (4, 2)
    shapes = model[-1].input_shapes_
    n_channels = sum(X[name].shape[1] for name in modalities if name != "face")
    expected = {"bio": (n_channels, 128)} if n_channels else {}
    if "face" in modalities:
        expected["face"] = (2, 3, 64, 64)
    assert shapes == expected


def test_signal_baseline_is_the_mean_of_its_segments_of_a_second():
    X, y = recordings(4)
    model = make_deep_vanet(baseline="signal", **FAST).fit(X, y)
    inputs = model[:-1].transform(X)
    for name, rest in (("eeg", "baseline"), ("peripheral", "baseline_peripheral")):
        first, second, third = np.split(X[rest].astype(float), 3, axis=2)
        template = (first + second + third) / 3
        np.testing.assert_allclose(inputs[name], X[name] - template, atol=1e-6)
    np.testing.assert_array_equal(inputs["face"], X["face"])


def test_without_baseline_the_network_is_the_only_step():
    X, y = recordings(4)
    model = make_deep_vanet(**FAST).fit(X, y)
    alone = DeepVANet(modalities=("face", "eeg", "peripheral"), **FAST).fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), alone.predict_proba(X))


def test_unknown_baseline_is_named():
    with pytest.raises(ValueError, match="'signal' or None, got 'features'"):
        make_deep_vanet(baseline="features")


def test_grid_and_arguments_are_those_of_the_paper():
    widths = [16, 32, 64, 128, 256]
    assert make_deep_vanet().param_grid() == {
        "network__face_features": widths,
        "network__bio_features": widths,
    }
    cnn = VisualCNN()
    network = make_deep_vanet(
        fusion="decision", face_cnn=cnn, **DeepVANet.paper_params()
    )[-1]
    assert (network.fusion, network.face_cnn) == ("decision", cnn)
    assert not network.standardize


def decision_fusion():
    return make_deep_vanet(
        modalities=("face", "eeg"), baseline="signal", fusion="decision", **FAST
    )


def by_compare(X, y, groups):
    metadata = pd.DataFrame({"subject": groups, "trial": np.arange(len(y))})
    metadata["valence"] = np.where(y == "high", 9.0, 1.0)
    rates = dict.fromkeys(X, 128.0) | {"face": 2.0}
    dataset = EmotionDataset(data=X, metadata=metadata, sfreq=rates)
    keys = ("face", "eeg", "baseline")
    compare(
        {"fusion": (decision_fusion(), keys)},
        dataset,
        target="valence",
        protocol=GroupKFold(3),
    )


def by_cross_validate(X, y, groups):
    cross_validate(decision_fusion(), X, y, groups=groups, cv=GroupKFold(3))


def by_search(X, y, groups):
    search = GridSearchCV(
        decision_fusion(), {"network__lr": [1e-3, 1e-2]}, cv=GroupKFold(2)
    )
    cross_validate(search, X, y, groups=groups, cv=GroupKFold(3))


@pytest.mark.filterwarnings("ignore:No branch decides")
@pytest.mark.parametrize("run", [by_compare, by_cross_validate, by_search])
def test_groups_reach_the_inner_folds_of_decision_level_fusion(run, monkeypatch):
    """Each inner split of the branches' weights divides no subject."""
    X, y = recordings(12)
    subjects = np.repeat(np.arange(6), 2)
    seen = []
    plain = _deep_vanet.inner_folds

    def folds(codes, groups, seed):
        seen.append(groups)
        return plain(codes, groups, seed)

    monkeypatch.setattr(_deep_vanet, "inner_folds", folds)
    run(X, y, subjects)
    assert len(seen) >= 3
    for groups in seen:
        assert groups is not None
        assert np.bincount(np.unique(groups, return_inverse=True)[1]).tolist() == [
            2
        ] * len(set(groups))
