"""The modality-aware network computes its equations, and uses both modalities."""

import numpy as np
import pytest
import torch
from skorch.callbacks import Callback
from torch import nn

from sklearn_emotion import Modalities, ModalityAwareAttentionNet
from sklearn_emotion.models._modality_attention import (
    AttentionGate,
    ModalityAwareAttention,
    ModalityAwareAttentionNetModule,
    SqueezeExcitation,
    UNet,
)

TINY = {"max_epochs": 1, "batch_size": 8, "random_state": 0, "device": "cpu"}


@pytest.fixture(autouse=True)
def keep_torch_generator():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


def module(**changes):
    arguments = {
        "n_bands": 4,
        "n_outputs": 2,
        "channels": (16, 32, 64),
        "modality_attention": True,
        "squeeze": "scse",
        "gates": False,
        "dropout": 0.0,
    }
    return ModalityAwareAttentionNetModule(**arguments | changes).eval()


def intervals(rng, n, length=34):
    """RR intervals of 0.6 to 1 s, as many as fit in 10 s, then zeros."""
    rr = rng.uniform(0.6, 1.0, (n, length))
    return np.where(np.cumsum(rr, axis=1) < 10, rr, 0)


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    eeg = rng.standard_normal((16, 4, 9, 9))
    ecg = intervals(rng, 16)
    eeg.flags.writeable = ecg.flags.writeable = False
    return Modalities(eeg=eeg, ecg=ecg), np.array(["high", "low"] * 8)


def count(net):
    return sum(p.numel() for p in net.parameters())


# Channel squeeze-and-excitation of c channels: c/2 and back, with biases.
SE = {c: c * (c // 2) + c // 2 + (c // 2) * c + c for c in (16, 32, 64)}
assert SE == {16: 280, 32: 1072, 64: 4192}
# Its spatial half: one weight a channel, one bias.
PLACE = {c: c + 1 for c in SE}
# Additive gate on s channels, from g: s -> s/2, g -> s/2 with bias, s/2 -> 1 with bias.
GATE = {
    (s, g): s * (s // 2) + g * (s // 2) + s // 2 + s // 2 + 1
    for s, g in [(64, 64), (32, 64), (16, 32)]
}
assert GATE == {(64, 64): 4161, (32, 64): 1569, (16, 32): 401}
# Units as (input, output): down, then up on skip and coarser level together.
EEG_UNITS = [(4, 16), (16, 32), (32, 64), (32 + 64, 32), (16 + 32, 16)]
ECG_UNITS = [(1, 16), (16, 32), (32, 64), (64, 64), (128, 64), (96, 32), (48, 16)]
# Convolution without bias, batch normalization's weight and bias.
PLAIN = sum(9 * a * b + 2 * b for a, b in EEG_UNITS) + sum(
    3 * a * b + 2 * b for a, b in ECG_UNITS
)
WIDTHS = [b for _, b in EEG_UNITS + ECG_UNITS]
CHANNEL = sum(SE[b] for b in WIDTHS)
SCSE = CHANNEL + sum(PLACE[b] for b in WIDTHS)
GATES = 2 * (GATE[32, 64] + GATE[16, 32]) + GATE[64, 64]
MASKS = (32 * 32 + 32) + 2 * (16 * 16 + 16)
CLASSIFIER = 32 * 2 + 2


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, PLAIN + SCSE + MASKS + CLASSIFIER),
        ({"squeeze": "channel"}, PLAIN + CHANNEL + MASKS + CLASSIFIER),
        ({"squeeze": None}, PLAIN + MASKS + CLASSIFIER),
        ({"gates": True}, PLAIN + SCSE + GATES + MASKS + CLASSIFIER),
        ({"modality_attention": False}, PLAIN + SCSE + CLASSIFIER),
    ],
    ids=["whole", "channel", "no squeeze", "gates", "base"],
)
def test_parameter_count_is_the_sum_over_layers(changes, expected):
    assert count(module(**changes)) == expected


def test_the_whole_network_has_139486_parameters():
    # Gates have 2 (1,569 + 401) + 4,161 = 8,101 parameters.
    assert count(module()) == 147_587 - 8_101 == 139_486


def test_default_network_is_the_one_without_gates():
    clf = ModalityAwareAttentionNet()
    shapes = {"eeg": (4, 9, 9), "ecg": (34,)}
    cls, arguments = clf._module(shapes, 2)
    assert count(cls(**arguments)) == 139_486


@pytest.mark.parametrize("shape", [(1, 4, 14), (4, 9, 9), (2, 1, 1), (3, 5, 32)])
def test_eeg_may_be_images_of_any_size(shape):
    """Axes of 1 are not halved, as in a U-Net that ends where nothing is left."""
    net = module(n_bands=shape[0])
    _, f_eeg = net.maps(torch.randn(2, *shape), torch.randn(2, 34))
    assert f_eeg.shape == (2, 16, *shape[1:])
    rng = np.random.default_rng(0)
    X = Modalities(eeg=rng.standard_normal((8, *shape)), ecg=intervals(rng, 8))
    clf = ModalityAwareAttentionNet(**TINY).fit(X, [0, 1] * 4)
    assert clf.predict_proba(X).shape == (8, 2)


def test_sizes_of_the_levels():
    """9 -> 4 -> 2 for the grid, 34 -> 17 -> 8 -> 4 for the series, and back."""
    net = module()
    sizes = {"eeg": [], "ecg": []}
    for name in sizes:
        for unit in [*getattr(net, name).down, *getattr(net, name).up]:
            unit.register_forward_hook(
                lambda _, __, out, name=name: sizes[name].append(tuple(out.shape[1:]))
            )
    f_ecg, f_eeg = net.maps(torch.randn(2, 4, 9, 9), torch.randn(2, 34))
    assert sizes["eeg"] == [(16, 9, 9), (32, 4, 4), (64, 2, 2), (32, 4, 4), (16, 9, 9)]
    assert sizes["ecg"] == [
        (16, 34),
        (32, 17),
        (64, 8),
        (64, 4),
        (64, 8),
        (32, 17),
        (16, 34),
    ]
    assert f_eeg.shape == (2, 16, 9, 9)
    assert f_ecg.shape == (2, 16, 34)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def linear(x, layer):
    """x (..., C) through a linear layer or a convolution with kernel 1."""
    weight = layer.weight.detach().numpy()
    bias = 0 if layer.bias is None else layer.bias.detach().numpy()
    return x @ weight.reshape(weight.shape[:2]).T + bias


@pytest.mark.parametrize("shape", [(2, 6, 5), (2, 6, 3, 4)], ids=["1-D", "2-D"])
def test_squeeze_and_excitation_equals_its_equations(shape):
    block = SqueezeExcitation(6, len(shape) - 2, concurrent=True)
    x = torch.randn(shape)
    u = np.moveaxis(x.numpy(), 1, -1)  # channels last
    z = u.mean(axis=tuple(range(1, u.ndim - 1)))
    scale = sigmoid(
        linear(np.maximum(linear(z, block.channel[0]), 0), block.channel[2])
    )
    by_channel = u * scale.reshape(2, *[1] * (u.ndim - 2), 6)
    by_place = u * sigmoid(linear(u, block.place))
    out = np.moveaxis(block(x).detach().numpy(), 1, -1)
    np.testing.assert_allclose(out, by_channel + by_place, rtol=1e-5, atol=1e-6)
    block.place = None
    out = np.moveaxis(block(x).detach().numpy(), 1, -1)
    np.testing.assert_allclose(out, by_channel, rtol=1e-5, atol=1e-6)


def test_attention_gate_equals_its_equations():
    gate = AttentionGate(4, 6, 2)
    skip, coarse = torch.randn(2, 4, 3, 5), torch.randn(2, 6, 3, 5)
    x, g = (np.moveaxis(a.numpy(), 1, -1) for a in (skip, coarse))
    hidden = np.maximum(linear(x, gate.skip) + linear(g, gate.coarse), 0)
    alpha = sigmoid(linear(hidden, gate.score))
    assert alpha.shape == (2, 3, 5, 1)
    out = np.moveaxis(gate(skip, coarse).detach().numpy(), 1, -1)
    np.testing.assert_allclose(out, alpha * x, rtol=1e-5, atol=1e-6)


def test_masks_equal_their_equations():
    attention = ModalityAwareAttention(5)
    f_ecg, f_eeg = torch.randn(3, 5, 7), torch.randn(3, 5, 4, 4)
    z = np.hstack([f_ecg.numpy().max(axis=2), f_eeg.numpy().max(axis=(2, 3))])
    z = np.maximum(linear(z, attention.joint), 0)
    masks = [m.detach().numpy() for m in attention(f_ecg, f_eeg)]
    np.testing.assert_allclose(
        masks[0], sigmoid(linear(z[:, :5], attention.ecg)), rtol=1e-5
    )
    np.testing.assert_allclose(
        masks[1], sigmoid(linear(z[:, 5:], attention.eeg)), rtol=1e-5
    )


def test_decoder_resizes_to_the_nearest_cell():
    """A 2 x 2 map on 5 x 5 cells: cell i takes floor(2 i / 5), that is 0 0 0 1 1."""
    net = UNet(1, [2, 4], 2, squeeze=None, gates=False).eval()
    seen = []
    net.up[0].register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    bottom = []
    net.down[1].register_forward_hook(lambda _, __, out: bottom.append(out))
    net(torch.randn(1, 1, 5, 5))
    index = [0, 0, 0, 1, 1]
    torch.testing.assert_close(seen[0][:, 2:], bottom[0][:, :, index][..., index])


def test_features_are_means_of_the_scaled_maps():
    net = module()
    eeg, ecg = torch.randn(3, 4, 9, 9), torch.randn(3, 34)
    f_ecg, f_eeg = net.maps(eeg, ecg)
    a_ecg, a_eeg = net.masks(eeg, ecg)
    scaled = [
        (f_ecg * a_ecg[..., None]).mean(2),
        (f_eeg * a_eeg[..., None, None]).mean((2, 3)),
    ]
    torch.testing.assert_close(net.features(eeg, ecg), torch.cat(scaled, 1))
    torch.testing.assert_close(
        net(eeg, ecg), net.classifier(torch.cat(scaled, 1)), rtol=1e-5, atol=1e-6
    )


def test_masks_lie_between_0_and_1_and_turn_features_before_into_after(data):
    X, y = data
    clf = ModalityAwareAttentionNet(**TINY).fit(X, y)
    masks = clf.attention_masks(X)
    assert {k: m.shape for k, m in masks.items()} == {"ecg": (16, 16), "eeg": (16, 16)}
    joined = np.hstack([masks["ecg"], masks["eeg"]])
    assert 0 < joined.min() < joined.max() < 1
    np.testing.assert_allclose(
        clf.transform(X), clf.transform(X, stage="before") * joined, rtol=1e-5
    )


def test_either_mask_depends_on_both_modalities(data):
    X, y = data
    clf = ModalityAwareAttentionNet(**TINY).fit(X, y)
    masks = clf.attention_masks(X)
    other_ecg = clf.attention_masks(Modalities(eeg=X["eeg"], ecg=X["ecg"][::-1]))
    other_eeg = clf.attention_masks(Modalities(eeg=X["eeg"][::-1], ecg=X["ecg"]))
    assert not np.allclose(other_ecg["eeg"], masks["eeg"])
    assert not np.allclose(other_eeg["ecg"], masks["ecg"])


def test_base_model_has_no_masks_and_one_stage(data):
    X, y = data
    clf = ModalityAwareAttentionNet(modality_attention=False, **TINY).fit(X, y)
    np.testing.assert_array_equal(clf.transform(X), clf.transform(X, stage="before"))
    with pytest.raises(ValueError, match="modality_attention=False"):
        clf.attention_masks(X)


def test_unknown_stage_is_named(data):
    X, y = data
    clf = ModalityAwareAttentionNet(**TINY).fit(X, y)
    with pytest.raises(ValueError, match="'before' or 'after', got 'middle'"):
        clf.transform(X, stage="middle")


@pytest.mark.parametrize(
    "switches",
    [
        {"squeeze": "channel"},
        {"squeeze": None},
        {"attention_gates": True},
        {"channels": [4, 8]},
        {"channels": (8,)},
        {"dropout": 0.0},
    ],
    ids=str,
)
def test_each_switch_gives_a_network_of_its_own(data, switches):
    X, y = data
    whole = ModalityAwareAttentionNet(**TINY).fit(X, y)
    clf = ModalityAwareAttentionNet(**switches, **TINY).fit(X, y)
    proba = clf.predict_proba(X)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    assert not np.allclose(proba, whole.predict_proba(X))


def test_one_window_per_sample_is_the_same_with_and_without_its_axis(data):
    X, y = data
    clf = ModalityAwareAttentionNet(**TINY).fit(X, y)
    with_axis = {"eeg": X["eeg"][:, None], "ecg": X["ecg"]}
    np.testing.assert_array_equal(clf.predict_proba(with_axis), clf.predict_proba(X))


def test_several_windows_are_refused_with_the_cure(data):
    X, y = data
    eeg = np.stack([X["eeg"], X["eeg"]], axis=1)
    with pytest.raises(ValueError, match=r"2 windows. DifferentialEntropy\(window=No"):
        ModalityAwareAttentionNet(**TINY).fit({"eeg": eeg, "ecg": X["ecg"]}, y)


def test_missing_modalities_are_named(data):
    X, y = data
    with pytest.raises(ValueError, match="needs the modalities 'eeg', 'ecg'; missing"):
        ModalityAwareAttentionNet(**TINY).fit(Modalities(eeg=X["eeg"]), y)
    with pytest.raises(ValueError, match="got an array of shape"):
        ModalityAwareAttentionNet(**TINY).fit(X["eeg"], y)


def test_further_modalities_are_left_alone(data):
    X, y = data
    clf = ModalityAwareAttentionNet(**TINY).fit(X, y)
    more = Modalities(subject=np.arange(16), **X)
    np.testing.assert_array_equal(clf.predict_proba(more), clf.predict_proba(X))


def test_unequal_lengths_are_refused(data):
    X, y = data
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        ModalityAwareAttentionNet(**TINY).fit({"eeg": X["eeg"], "ecg": X["ecg"][:9]}, y)


def test_nan_in_the_second_modality_is_refused(data):
    X, y = data
    ecg = X["ecg"].copy()
    ecg[3, 3] = np.nan
    with pytest.raises(ValueError, match="Input ecg contains NaN"):
        ModalityAwareAttentionNet(**TINY).fit(Modalities(eeg=X["eeg"], ecg=ecg), y)


def test_too_short_a_series_is_named(data):
    X, y = data
    short = Modalities(eeg=X["eeg"], ecg=X["ecg"][:, :7])
    with pytest.raises(ValueError, match=r"at least 8 intervals for 4 levels.*got 7"):
        ModalityAwareAttentionNet(**TINY).fit(short, y)


@pytest.mark.parametrize("channels", [(), (16, 1), (4.0, 8)])
def test_channels_that_make_no_network_are_refused(data, channels):
    with pytest.raises(ValueError, match="one or more whole numbers"):
        ModalityAwareAttentionNet(channels=channels, **TINY).fit(*data)


def test_padding_stays_zero_and_intervals_are_standardised(data):
    X, y = data
    clf = ModalityAwareAttentionNet(**TINY).fit(X, y)
    scaled = clf._prepared(X)["ecg"]
    given = X["ecg"] != 0
    assert not scaled[~given].any()
    assert scaled[given].mean() == pytest.approx(0, abs=1e-5)
    assert scaled[given].std() == pytest.approx(1, rel=1e-5)


def test_learning_rate_falls_along_a_cosine(data):
    """Epochs 0 to 3 of 4 have (1 + cos(k pi / 4)) / 2 of the rate."""
    seen = []

    class Watch(Callback):
        def on_epoch_end(self, net, **kwargs):
            seen.append(net.optimizer_.param_groups[0]["lr"])

    settings = TINY | {"max_epochs": 4, "callbacks": [Watch()]}
    ModalityAwareAttentionNet(lr=1e-2, **settings).fit(*data)
    root = 2**0.5 / 2
    expected = [1.0, (1 + root) / 2, 0.5, (1 - root) / 2]
    np.testing.assert_allclose(seen, 1e-2 * np.array(expected))
    seen.clear()
    ModalityAwareAttentionNet(lr=1e-2, annealing=False, **settings).fit(*data)
    np.testing.assert_array_equal(seen, [1e-2] * 4)


def test_paper_params_turn_the_additions_off():
    """The paper states no training settings."""
    params = ModalityAwareAttentionNet.paper_params()
    assert params == {
        "dropout": 0.0,
        "weight_decay": 0.0,
        "annealing": False,
        "standardize": False,
    }
    ModalityAwareAttentionNet(**params)._validate_params()


def planted(n, where, seed):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    eeg = rng.standard_normal((n, 4, 9, 9)).astype(np.float32)
    rr = rng.normal(0.8, 0.05, (n, 34))
    if where == "eeg":
        eeg[y == 1, 1, :4] += 1.0
    if where == "ecg":
        rr[y == 1] -= 0.15
    return Modalities(eeg=eeg, ecg=np.where(np.cumsum(rr, axis=1) < 10, rr, 0)), y


@pytest.mark.parametrize("where", ["eeg", "ecg", "nowhere"])
def test_learns_from_either_modality_and_nothing_from_noise(where):
    X, y = planted(64, where, 0)
    X_test, y_test = planted(100, where, 1)
    clf = ModalityAwareAttentionNet(
        lr=3e-3, max_epochs=5, batch_size=16, random_state=0, device="cpu"
    )
    score = clf.fit(X, y).score(X_test, y_test)
    if where == "nowhere":
        # 100 fair coins lie within 0.5 +- 0.13 in 99 of 100 cases.
        assert abs(score - 0.5) < 0.13
    else:
        assert score > 0.9


def test_batch_normalisation_uses_running_statistics_in_prediction(data):
    X, y = data
    clf = ModalityAwareAttentionNet(**TINY).fit(X, y)
    norms = [m for m in clf.net_.module_.modules() if isinstance(m, nn.BatchNorm2d)]
    before = norms[0].running_mean.clone()
    np.testing.assert_allclose(
        clf.predict_proba(X)[:1], clf.predict_proba(X[:1]), rtol=1e-5
    )
    torch.testing.assert_close(norms[0].running_mean, before)
