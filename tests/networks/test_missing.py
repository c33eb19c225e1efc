"""Modalities that are missing in some samples, and modality dropout."""

import numpy as np
import pytest
import torch
from _cases import CASES
from sklearn.base import clone
from sklearn.utils import get_tags

import sklearn_emotion as se
from sklearn_emotion import Modalities
from sklearn_emotion.networks._graph import PredictionGraph
from sklearn_emotion.networks._missing import drop_modalities

SEVERAL = [
    case
    for case in CASES
    if case.is_network and "missing" in case.estimator.get_params()
]
CLASSIFIERS = [case for case in SEVERAL if case.classifies]


def by_id(case):
    return case.id


def names_of(case):
    return list(case.data())


def targets(case):
    y = np.arange(len(case.data())) % 2
    return y if case.classifies else y * 3.0


def predictions(net, X):
    return net.predict_proba(X) if hasattr(net, "predict_proba") else net.predict(X)


def with_missing(X, name, rows, value=np.nan):
    """Return a copy of X in which a modality has one value in some samples."""
    x = np.array(X[name])
    x[rows] = value
    return Modalities(**{**X, name: x})


def test_every_network_of_several_modalities_takes_missing_ones():
    found = {case.id.removesuffix("Regressor") for case in SEVERAL}
    several = {
        case.id
        for case in CASES
        if case.is_network and case.classifies and isinstance(case.data(), Modalities)
    }
    assert found == several
    assert len(found) >= 6


@pytest.mark.parametrize("case", SEVERAL, ids=by_id)
def test_nothing_missing_changes_nothing(case):
    X, y = case.data(), targets(case)
    plain = clone(case.estimator).fit(X, y)
    masked = clone(case.estimator).set_params(missing="mask").fit(X, y)
    np.testing.assert_array_equal(predictions(masked, X), predictions(plain, X))
    names = [name for name in X if len(X[name].shape) > 1]
    everywhere = Modalities(**X, **{f"{name}_mask": np.ones(len(X)) for name in names})
    again = clone(masked).fit(everywhere, y)
    np.testing.assert_array_equal(predictions(again, everywhere), predictions(plain, X))


@pytest.mark.parametrize("case", SEVERAL, ids=by_id)
def test_a_missing_modality_has_no_value_and_no_effect_on_other_samples(case):
    X, y = case.data(), targets(case)
    rows, rest = [1, 6], [0, 2, 3, 4, 5, 7]
    for name in X:
        gaps = with_missing(X, name, rows)
        mask = ~np.isin(np.arange(len(X)), rows)
        garbage = with_missing(X, name, rows, 1e6)
        stated = Modalities(**garbage, **{f"{name}_mask": mask})
        net = clone(case.estimator).set_params(missing="mask").fit(gaps, y)
        same = clone(net).fit(stated, y)
        p = predictions(net, gaps)
        assert np.isfinite(p).all()
        np.testing.assert_array_equal(predictions(same, stated), p)
        # Statistics are those of the samples that have the modality.
        seen = clone(case.estimator).set_params(missing="mask").fit(X[rest], y[rest])
        for key in set(net.scales_) & {name}:
            for got, expected in zip(net.scales_[key], seen.scales_[key]):
                np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-7)
        whole = predictions(net, X)
        np.testing.assert_allclose(whole[rest], p[rest], rtol=1e-4, atol=1e-6)
        assert not np.allclose(whole[rows], p[rows], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("case", SEVERAL, ids=by_id)
def test_a_modality_may_be_absent_at_prediction(case):
    X, y = case.data(), targets(case)
    net = clone(case.estimator).set_params(missing="mask").fit(X, y)
    for name in X:
        others = Modalities(**{key: x for key, x in X.items() if key != name})
        expected = predictions(net, with_missing(X, name, slice(None)))
        np.testing.assert_array_equal(predictions(net, others), expected)
        np.testing.assert_array_equal(predictions(net, dict(others)), expected)


@pytest.mark.parametrize("case", CLASSIFIERS, ids=by_id)
def test_modality_dropout_is_drawn_from_the_seed(case):
    X, y = case.data(), targets(case)
    before = torch.random.get_rng_state()
    model = clone(case.estimator).set_params(max_epochs=2)
    plain, *dropped = [
        clone(model).set_params(modality_dropout=rate).fit(X, y)
        for rate in (0.0, 0.5, 0.5)
    ]
    assert torch.equal(torch.random.get_rng_state(), before)
    assert dropped[0].net_.augment_ is None
    out = [predictions(net, X) for net in (plain, *dropped)]
    np.testing.assert_array_equal(out[1], out[2])
    assert not np.array_equal(out[0], out[1])


def test_dropped_modalities_by_count():
    n = 4000
    X = {
        "eeg": torch.ones(n, 2, 3),
        "face": torch.full((n, 5), 200, dtype=torch.uint8),
        "weight": torch.ones(n),
    }
    X["eeg"][:1000] = 0  # missing before
    torch.manual_seed(0)
    out = drop_modalities(X, ["eeg", "face"], 0.3)
    assert out["weight"] is X["weight"]
    assert out["face"].dtype == torch.uint8
    has = {key: (out[key] != 0).flatten(1).any(1) for key in ("eeg", "face")}
    for key, present in has.items():
        assert torch.equal(out[key][present], X[key][present])
    assert (has["eeg"] | has["face"]).all()
    assert has["face"][:1000].all()
    # One modality is dropped unless both would be: 0.3 - 0.3 * 0.3 / 2 = 0.255. The
    # standard error of this share is 0.008.
    for key in has:
        assert has[key][1000:].float().mean() == pytest.approx(1 - 0.255, abs=0.03)
    assert X["face"].all()  # not in place


def halves(rng, n):
    """Return a modality that shows the class without noise, one with noise, and y."""
    y = np.arange(n) % 2
    sign = (2.0 * y - 1)[:, None, None]
    noise = rng.normal(size=(n, 4, 2))
    return Modalities(eeg=np.tile(sign, (4, 2)), ecg=sign + 3 * noise), y


def test_a_network_that_was_trained_with_dropout_needs_only_one_modality():
    scores = {0.0: [], 0.5: []}
    for seed in range(3):
        rng = np.random.default_rng(seed)
        X, y = halves(rng, 96)
        X_new, y_new = halves(rng, 400)
        for rate, found in scores.items():
            net = se.MMResLSTM(
                n_hidden=8,
                n_layers=1,
                dropout=0.0,
                lr=0.02,
                max_epochs=10,
                missing="mask",
                modality_dropout=rate,
                random_state=seed,
            )
            net.fit(X, y)
            found.append(net.score(Modalities(ecg=X_new["ecg"]), y_new))
    # The best rule on eight noisy values is right in 83 % of the samples.
    assert np.mean(scores[0.5]) > 0.75
    assert np.mean(scores[0.0]) < 0.65


def deep_vanet(**params):
    return se.DeepVANet(
        modalities=("face", "eeg", "gsr"),
        missing="mask",
        max_epochs=1,
        batch_size=6,
        random_state=0,
        **params,
    )


@pytest.fixture
def recordings():
    rng = np.random.default_rng(0)
    return Modalities(
        face=rng.integers(256, size=(12, 1, 3, 64, 64), dtype=np.uint8),
        eeg=rng.normal(size=(12, 3, 16)),
        gsr=rng.normal(size=(12, 1, 16)),
        face_mask=np.arange(12) > 2,
    )


@pytest.mark.filterwarnings("ignore:No branch decides", "ignore:fusion=")
@pytest.mark.parametrize("fusion", ["feature", "decision"])
def test_signals_of_a_branch_and_frames_of_bytes_may_be_missing(recordings, fusion):
    X, y = recordings, np.arange(12) % 2
    X["gsr"][4:6] = np.nan
    net = deep_vanet(fusion=fusion).fit(X, y)
    p = net.predict_proba(X)
    assert np.isfinite(p).all()
    dark = Modalities(**X)
    dark["face"] = X["face"].copy()
    dark["face"][:3] = 77
    again = clone(net).fit(dark, y)
    np.testing.assert_array_equal(again.predict_proba(dark), p)
    without = Modalities(eeg=X["eeg"], gsr=X["gsr"])
    masked = Modalities(**X)
    masked["face_mask"] = np.zeros(12, dtype=bool)
    np.testing.assert_allclose(
        net.predict_proba(without), net.predict_proba(masked), rtol=1e-6
    )


def test_missing_modalities_with_groups_weights_and_a_domain_loss(recordings):
    y = np.arange(12) % 2
    y[7] = -1
    net = deep_vanet(domain_loss="mmd", modality_dropout=0.2, early_stopping=True)
    weights = np.linspace(0, 1, 12)
    net.fit(recordings, y, np.arange(12) // 3, weights)
    assert np.isfinite(net.transform(recordings)).all()


def test_a_network_with_missing_modalities_is_saved_and_exported(tmp_path):
    X, y = halves(np.random.default_rng(0), 12)
    gaps = with_missing(X, "ecg", [1, 5])
    net = se.EmotionTransformerFusion(
        width=8, n_heads=2, missing="mask", max_epochs=1, random_state=0
    )
    p = net.fit(gaps, y).predict_proba(gaps)
    se.save_model(net, tmp_path / "model.skops")
    loaded = se.load_model(tmp_path / "model.skops")
    np.testing.assert_array_equal(loaded.predict_proba(gaps), p)
    only = Modalities(eeg=X["eeg"])
    np.testing.assert_array_equal(loaded.predict_proba(only), net.predict_proba(only))
    arrays = [torch.as_tensor(gaps[name], dtype=torch.float32) for name in gaps]
    with torch.no_grad():
        graph = PredictionGraph(net)(*arrays).numpy()
    np.testing.assert_allclose(graph, p, rtol=1e-4, atol=1e-6)
    assert get_tags(net).input_tags.allow_nan
    assert not get_tags(clone(net).set_params(missing="error")).input_tags.allow_nan


def test_errors_name_the_sample_and_the_modality():
    X, y = halves(np.random.default_rng(0), 12)
    net = se.MMResLSTM(n_hidden=4, n_layers=1, max_epochs=1, random_state=0)
    gaps = with_missing(X, "ecg", [1, 5])
    with pytest.raises(ValueError, match="contains NaN"):
        clone(net).fit(gaps, y)
    with pytest.raises(ValueError, match="missing 'ecg', got 'eeg'"):
        clone(net).fit(X, y).predict(Modalities(eeg=X["eeg"]))
    net.set_params(missing="mask").fit(gaps, y)
    partly = Modalities(**X)
    partly["eeg"] = X["eeg"].copy()
    partly["eeg"][3, 1, 0] = np.nan
    with pytest.raises(ValueError, match=r"eeg contains NaN in some values of 1 of 12"):
        net.predict(partly)
    nothing = with_missing(gaps, "eeg", [5, 6])
    with pytest.raises(ValueError, match="in 1 of 12 samples, first in sample 5"):
        net.predict(nothing)
    with pytest.raises(ValueError, match="'ecg' is missing in all training samples"):
        clone(net).fit(with_missing(X, "ecg", slice(None)), y)
    with pytest.raises(ValueError, match="missing 'ecg'"):
        clone(net).set_params(modalities=["eeg", "ecg"]).fit(
            Modalities(eeg=X["eeg"]), y
        )
    with pytest.raises(ValueError, match="ecg_mask must contain True for samples with"):
        net.predict(Modalities(**X, ecg_mask=np.arange(12)))
    infinite = with_missing(X, "ecg", [2], np.inf)
    with pytest.raises(ValueError, match="infinity"):
        net.predict(infinite)
    with pytest.raises(
        ValueError, match=r"eeg of shape \(n_samples, 4, 2\), got \(12, 2, 2\)"
    ):
        net.predict(Modalities(eeg=X["eeg"][:, :2], ecg=X["ecg"][:, :2]))
