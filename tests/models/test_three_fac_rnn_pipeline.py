"""3FACRNN from signals: the steps of the pipeline, and what passes through them."""

import numpy as np
import pandas as pd
import pytest
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score

from sklearn_emotion import (
    BaselineRemoval,
    DifferentialEntropy,
    GridProjector9x9,
    Modalities,
    ThreeFACRNN,
    TunablePipeline,
    VisualCNNTCN,
    hoist,
    make_three_fac_rnn,
)
from sklearn_emotion.datasets import EmotionDataset
from sklearn_emotion.evaluation import compare
from sklearn_emotion.features import differential_entropy, project_grid
from sklearn_emotion.model_selection import target_access

TINY = {"max_epochs": 1, "batch_size": 6, "random_state": 0, "device": "cpu"}
NAMES = ["Fz", "Cz", "Pz"]


@pytest.fixture
def trials():
    """Eight samples of 2 s, 3 s of rest before each, and two frames of the face."""
    rng = np.random.default_rng(0)
    X = Modalities(
        eeg=rng.standard_normal((8, 3, 256)),
        baseline=rng.standard_normal((8, 3, 384)),
        face=rng.integers(0, 256, (8, 2, 3, 48, 48), dtype=np.uint8),
        subject=np.repeat(["s1", "s2"], 4),
    )
    return X, np.array(["high", "low"] * 4)


def grids(model, X):
    return model[:-1].fit_transform(X)["eeg"]


def test_baseline_of_signals_is_subtracted_before_the_filters(trials):
    """The template is the mean of the three seconds of rest, repeated for 2 s."""
    X, _ = trials
    template = X["baseline"].reshape(8, 3, 3, 128).mean(axis=2)
    clean = X["eeg"] - np.concatenate([template, template], axis=2)
    expected = project_grid(
        differential_entropy(clean.astype(np.float32), 128.0, window=0.5), NAMES
    )
    found = grids(make_three_fac_rnn(ch_names=NAMES), X)
    assert found.shape == (8, 4, 4, 9, 9)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_baseline_of_features_is_the_mean_entropy_of_the_rest(trials):
    X, _ = trials
    entropy, rest = (
        differential_entropy(X[name], 128.0, window=0.5) for name in ("eeg", "baseline")
    )
    expected = project_grid(entropy - rest.mean(axis=1, keepdims=True), NAMES)
    found = grids(make_three_fac_rnn(ch_names=NAMES, baseline="features"), X)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_without_a_baseline_the_features_are_those_of_the_signals(trials):
    X, y = trials
    model = make_three_fac_rnn(ch_names=NAMES, baseline=None, **TINY)
    steps = DifferentialEntropy(window=0.5), GridProjector9x9(NAMES)
    features = steps[1].fit_transform(steps[0].fit_transform(X["eeg"]))
    eeg = Modalities(eeg=X["eeg"])
    np.testing.assert_array_equal(grids(model, eeg), features)
    network = ThreeFACRNN(**TINY).fit(features, y)
    np.testing.assert_array_equal(
        model.fit(eeg, y).predict_proba(eeg), network.predict_proba(features)
    )


@pytest.mark.parametrize("baseline", ["signal", None])
def test_raw_signals_have_a_grid_for_each_time_point(trials, baseline):
    X, _ = trials
    model = make_three_fac_rnn(ch_names=NAMES, baseline=baseline, raw=True)
    signals = X["eeg"]
    if baseline:
        signals = BaselineRemoval(domain="signal").fit_transform(X)["eeg"]
    found = grids(model, X)
    assert found.shape == (8, 256, 1, 9, 9)
    np.testing.assert_allclose(found, project_grid(signals, NAMES, channel_axis=1))


def test_unknown_baseline_and_features_of_raw_signals_are_refused():
    with pytest.raises(ValueError, match="'signal', 'features' or None, got 'mean'"):
        make_three_fac_rnn(baseline="mean")
    with pytest.raises(ValueError, match="with raw=True there are no features"):
        make_three_fac_rnn(baseline="features", raw=True)


def test_settings_of_the_paper_are_settings_of_the_network():
    params = ThreeFACRNN.paper_params()
    model = make_three_fac_rnn(**params)
    assert isinstance(model, TunablePipeline)
    assert model[-1].get_params().items() >= params.items()
    assert target_access(model) == "none"


def test_grid_is_that_of_the_paper():
    (values,) = make_three_fac_rnn().param_grid().values()
    assert values == [0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5]


def test_faces_reach_the_teacher_and_prediction_needs_none(trials):
    X, y = trials
    teacher = FrozenEstimator(VisualCNNTCN(**TINY).fit(X["face"], y))
    model = make_three_fac_rnn(ch_names=NAMES, teacher=teacher, **TINY).fit(X, y)
    assert model[:-1].transform(X)["face"] is X["face"]
    no_faces = Modalities(eeg=X["eeg"], baseline=X["baseline"])
    np.testing.assert_array_equal(model.predict_proba(no_faces), model.predict_proba(X))
    without = make_three_fac_rnn(ch_names=NAMES, **TINY).fit(no_faces, y)
    assert (without.predict_proba(X) != model.predict_proba(X)).any()


@pytest.mark.parametrize("baseline", ["signal", "features", None])
def test_hoisting_computes_the_features_once_and_copies_no_faces(trials, baseline):
    X, y = trials
    teacher = FrozenEstimator(VisualCNNTCN(**TINY).fit(X["face"], y))
    model = make_three_fac_rnn(
        ch_names=NAMES, baseline=baseline, teacher=teacher, **TINY
    )
    hoisted = hoist(model, X)
    assert [name for name, _ in hoisted.estimator.steps] == ["network"]
    assert hoisted.X["face"] is X["face"]
    whole = hoisted.restore(hoisted.estimator.fit(hoisted.X, y))
    np.testing.assert_allclose(
        whole.predict_proba(X), model.fit(X, y).predict_proba(X), atol=1e-5
    )


def test_cross_validation_search_and_comparison(trials):
    X, y = trials
    teacher = VisualCNNTCN(**TINY)
    model = make_three_fac_rnn(ch_names=NAMES, teacher=teacher, **TINY)
    groups = np.repeat([0, 1], 4)
    scores = cross_val_score(model, X, y, groups=groups, cv=GroupKFold(2))
    assert np.isfinite(scores).all()
    grid = {"network__distill_weight": [0.5, 1.5]}
    search = GridSearchCV(model, grid, cv=GroupKFold(2), refit=False)
    search.fit(X, y, groups=groups)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    dataset = EmotionDataset(
        data=X,
        metadata=pd.DataFrame(
            {
                "subject": groups,
                "trial": np.arange(8),
                "valence": np.where(y == "high", 7.0, 3.0),
            }
        ),
        sfreq={"eeg": 128.0, "baseline": 128.0, "face": 1.0},
    )
    results = compare({"3facrnn": model}, dataset, target="valence")
    assert len(results) == 2
    assert np.isfinite(results["accuracy"]).all()
