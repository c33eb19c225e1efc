"""PriorDrivenSTFENet against its equations, counted and worked out by hand."""

import pickle

import numpy as np
import pytest
import torch
from _learning import unseen_score
from scipy.special import softmax
from sklearn.base import clone

from sklearn_emotion import (
    BandPower,
    DynamicConnectivity,
    Modalities,
    PriorDrivenSTFENet,
)
from sklearn_emotion.models._stfe_net import (
    CrossModalPrior,
    MeanNetworkMLP,
    NonLocalBlock3d,
    PriorDrivenSTFENetModule,
    ResidualBlock3d,
    STFENet,
)

FAST = {
    "channels": (4, 8),
    "max_epochs": 1,
    "batch_size": 8,
    "random_state": 0,
    "device": "cpu",
}
ABLATIONS = {
    "baseline": {"prior": False, "stfenet": False},
    "without prior": {"prior": False},
    "without non-local block": {"non_local": False},
    "without STFENet": {"stfenet": False},
    "whole": {},
}


def networks(n=8, n_windows=4, n_channels=6, n_bands=5, n_face=29, seed=0):
    rng = np.random.default_rng(seed)
    C = rng.uniform(-1, 1, (n, n_windows, n_channels, n_channels))
    C = (C + C.swapaxes(2, 3)) / 2
    C[..., range(n_channels), range(n_channels)] = 1
    return Modalities(
        connectivity=C.astype(np.float32),
        eeg=rng.standard_normal((n, n_windows, n_bands, n_channels), np.float32),
        face=rng.standard_normal((n, n_windows, n_face), np.float32),
    ), np.array(["low", "high"] * (n // 2))


def count(module):
    return sum(p.numel() for p in module.parameters())


def module(**changes):
    """The network at the sizes of the paper's data: T 20, P 32, D 5, 29 features."""
    prior = {"n_bands": 5, "n_face": 29, "dim": 16}
    prior |= {"activation": "softplus", "combine": "printed"}
    arguments = {
        "shape": (20, 32, 32),
        "n_outputs": 2,
        "prior": prior,
        "stfenet": True,
        "channels": (16, 32, 64),
        "non_local": True,
        "head": "mean",
    }
    return PriorDrivenSTFENetModule(**arguments | changes)


def test_parameter_counts_layer_by_layer():
    net = module()
    # face to rows 29 x 160 + 160; four maps of 5 x 16
    assert count(net.prior) == 29 * 160 + 160 + 4 * 5 * 16 == 5_120
    # two convolutions of in x out x 27 + out, a shortcut of in x out + out
    blocks = [m for m in net.modules() if isinstance(m, ResidualBlock3d)]
    assert [count(block) for block in blocks] == [
        (27 * 16 + 16) + (16 * 16 * 27 + 16) + (16 + 16),  # 7,408
        (16 * 32 * 27 + 32) + (32 * 32 * 27 + 32) + (16 * 32 + 32),  # 42,080
        (32 * 64 * 27 + 64) + (64 * 64 * 27 + 64) + (32 * 64 + 64),  # 168,128
    ]
    # theta, phi, g of 32 x 16 and W_z of 16 x 32
    (block,) = (m for m in net.modules() if isinstance(m, NonLocalBlock3d))
    assert count(block) == 4 * 32 * 16 == 2_048
    # 5,120 + 7,408 + 42,080 + 168,128 + 2,048 + (64 x 2 + 2)
    assert count(net) == 224_914


def test_parameter_counts_of_the_ablations():
    assert count(module(non_local=False)) == 224_914 - 2_048
    assert count(module(prior=None)) == 224_914 - 5_120
    # 32 x 31 / 2 = 496 edges: 496 x 64 + 64, then 64 x 2 + 2
    assert count(module(prior=None, stfenet=False)) == 31_808 + 130
    assert count(module(stfenet=False)) == 31_808 + 130 + 5_120


def test_shapes_between_the_layers():
    shapes = []
    net = module()
    for layer in net.reader.layers:
        layer.register_forward_hook(lambda *args: shapes.append(tuple(args[2].shape)))
    X = torch.zeros(1, 20, 32, 32), torch.zeros(1, 20, 5, 32), torch.zeros(1, 20, 29)
    assert net.prior(*X[1:]).shape == (1, 20, 32, 32)
    assert net(*X).shape == (1, 2)
    assert shapes == [
        (1, 16, 20, 32, 32),  # block
        (1, 16, 10, 16, 16),  # pool
        (1, 32, 10, 16, 16),  # block
        (1, 32, 5, 8, 8),  # pool
        (1, 32, 5, 8, 8),  # non-local block
        (1, 64, 5, 8, 8),  # block
    ]


@pytest.mark.parametrize("combine", ["printed", "transposed", "product"])
@pytest.mark.parametrize("activation", ["softplus", "softmax"])
def test_prior_equals_equations_2_to_5_in_numpy(activation, combine):
    torch.manual_seed(0)
    prior = CrossModalPrior(4, 3, 7, 2, activation, combine).double()
    eeg = torch.randn(2, 5, 3, 4, dtype=torch.float64)
    face = torch.randn(2, 5, 7, dtype=torch.float64)
    w = {name: p.detach().numpy() for name, p in prior.named_parameters()}
    got = prior(eeg, face).detach().numpy()
    for n, t in np.ndindex(2, 5):
        E = eeg[n, t].numpy().T  # (P, D)
        F = np.diag(face[n, t].numpy())  # a row for each feature
        if combine != "product":
            F = w["face_rows.weight"] @ face[n, t].numpy() + w["face_rows.bias"]
            F = F.reshape(4, 3)
        Q_E, K_E = E @ w["query_eeg.weight"].T, E @ w["key_eeg.weight"].T
        Q_F, K_F = F @ w["query_face.weight"].T, F @ w["key_face.weight"].T
        cor_ef, cor_fe = Q_E @ K_F.T / np.sqrt(2), Q_F @ K_E.T / np.sqrt(2)
        if activation == "softmax":  # on each term of Eq. 4, before Eq. 5
            cor_ef, cor_fe = softmax(cor_ef, axis=1), softmax(cor_fe, axis=1)
        expected = {
            "printed": lambda a, b: a + b,
            "transposed": lambda a, b: a + b.T,
            "product": lambda a, b: a @ b,
        }[combine](cor_ef, cor_fe)
        if activation == "softplus":
            expected = np.log1p(np.exp(expected))
        np.testing.assert_allclose(got[n, t], expected, rtol=1e-10)


def test_softplus_prior_is_positive_and_softmax_rows_have_a_constant_sum():
    eeg, face = 5 * torch.randn(2, 3, 5, 8), 5 * torch.randn(2, 3, 29)
    assert (CrossModalPrior(8, 5, 29, 16, "softplus", "printed")(eeg, face) > 0).all()
    # Both terms have rows that sum to 1, and so have products of such matrices.
    for combine, total in {"printed": 2.0, "product": 1.0}.items():
        cor = CrossModalPrior(8, 5, 29, 16, "softmax", combine)(eeg, face)
        torch.testing.assert_close(cor.sum(dim=-1), torch.full((2, 3, 8), total))


def test_product_needs_no_layer_for_the_rows_of_the_face():
    prior = CrossModalPrior(32, 5, 29, 16, "softplus", "product")
    # a query and a key of 16 for each of 29 features, and for each of 5 bands
    assert count(prior) == 2 * 29 * 16 + 2 * 5 * 16
    # A face without any value relates no channel to any other: softplus(0) = ln 2.
    eeg = torch.randn(1, 2, 5, 32)
    torch.testing.assert_close(
        prior(eeg, torch.zeros(1, 2, 29)), torch.full((1, 2, 32, 32), np.log(2.0))
    )


def test_prior_multiplies_the_networks():
    net = module().eval()
    net.prior = CrossModalPrior(8, 5, 29, 16, "softplus", "printed")
    C, eeg = torch.randn(1, 4, 8, 8), torch.randn(1, 4, 5, 8)
    face = torch.randn(1, 4, 29)
    torch.testing.assert_close(
        net.features(C, eeg, face), net.reader(C * net.correlation(eeg, face))
    )


def test_non_local_block_equals_equations_8_to_10_in_numpy():
    torch.manual_seed(0)
    block = NonLocalBlock3d(6).double()
    x = torch.randn(2, 6, 2, 3, 4, dtype=torch.float64)
    w = {name: p.detach().numpy()[..., 0, 0, 0] for name, p in block.named_parameters()}
    got = block(x).detach().numpy()
    for sample, z in zip(x.numpy(), got):
        X = sample.reshape(6, -1)  # (C, N)
        theta, phi, g = (w[f"{name}.weight"] @ X for name in ("theta", "phi", "g"))
        y = np.zeros((3, 24))
        for i in range(24):  # Eq. 9, place by place
            weights = softmax([theta[:, i] @ phi[:, j] for j in range(24)])
            y[:, i] = sum(weights[j] * g[:, j] for j in range(24))
        expected = w["w_z.weight"] @ y + X
        np.testing.assert_allclose(z.reshape(6, -1), expected, rtol=1e-10)


def test_non_local_weights_sum_to_one_and_follow_a_permutation_of_places():
    block = NonLocalBlock3d(4).double()
    x = torch.randn(2, 4, 2, 3, 3, dtype=torch.float64)
    torch.testing.assert_close(
        block.attention(x).sum(dim=-1), torch.ones(2, 18, dtype=torch.float64)
    )
    order = torch.randperm(18)
    shuffled = x.flatten(2)[..., order].unflatten(2, (2, 3, 3))
    torch.testing.assert_close(
        block(shuffled).flatten(2), block(x).flatten(2)[..., order]
    )


def test_residual_block_is_its_shortcut_where_the_second_convolution_is_zero():
    block = ResidualBlock3d(3, 3)
    torch.nn.init.zeros_(block.second.weight)
    torch.nn.init.zeros_(block.second.bias)
    x = torch.randn(2, 3, 2, 4, 4)
    torch.testing.assert_close(block(x), x.relu())


def test_mean_network_reads_each_pair_of_the_mean_once():
    mlp = MeanNetworkMLP(3, 2)
    x = torch.arange(18.0).reshape(1, 2, 3, 3)
    # The mean of 0..8 and 9..17 is 4.5..12.5; above the diagonal lie places 1, 2, 5.
    edges = torch.tensor([5.5, 6.5, 9.5])
    torch.testing.assert_close(mlp(x)[0], mlp.hidden(edges).relu())


def test_axes_of_one_are_not_pooled():
    net = STFENet((1, 3, 3), (2, 4, 4), non_local=True, head="mean")
    assert net(torch.zeros(2, 1, 3, 3)).shape == (2, 4)


@pytest.mark.parametrize("arguments", ABLATIONS.values(), ids=ABLATIONS)
def test_ablations_of_table_2(arguments):
    X, y = networks()
    clf = PriorDrivenSTFENet(**FAST | arguments).fit(X, y)
    net = clf.net_.module_
    assert (net.prior is not None) == arguments.get("prior", True)
    kinds = [type(m) for m in net.modules()]
    stfenet = arguments.get("stfenet", True)
    assert (MeanNetworkMLP in kinds) != stfenet
    assert (ResidualBlock3d in kinds) == stfenet
    assert (NonLocalBlock3d in kinds) == (stfenet and arguments.get("non_local", True))
    assert clf.transform(X).shape == (8, 8 if stfenet else 64)
    assert clf.predict_proba(X).shape == (8, 2)


def test_flatten_head_hands_every_place_to_the_last_layer():
    X, y = networks()
    clf = PriorDrivenSTFENet(**FAST, head="flatten").fit(X, y)
    # One pool of 2 takes (4, 6, 6) to (2, 3, 3), with 8 channels.
    assert clf.transform(X).shape == (8, 8 * 2 * 3 * 3)
    means = clf.transform(X).reshape(8, 8, -1).mean(axis=2)
    clf.net_.module_.reader.flattens = False
    np.testing.assert_allclose(clf.transform(X), means, rtol=1e-5)


def test_without_a_prior_connectivity_is_all_it_needs():
    X, y = networks()
    clf = PriorDrivenSTFENet(prior=False, **FAST).fit(X["connectivity"], y)
    np.testing.assert_array_equal(clf.predict(X), clf.predict(X["connectivity"]))
    with pytest.raises(ValueError, match="fitted with prior=False"):
        clf.channel_prior(X)


def test_channel_prior_is_half_the_row_and_column_means():
    X, y = networks()
    clf = PriorDrivenSTFENet(**FAST).fit(X, y)
    prior = clf.channel_prior(X)
    assert prior.shape == (8, 4, 6)
    assert (prior > 0).all()
    eeg, face = (torch.as_tensor(clf._prepared(X)[key]) for key in ("eeg", "face"))
    cor = clf.net_.module_.prior(eeg, face).detach().numpy()
    for p in range(6):
        expected = (cor[:, :, p, :].mean(-1) + cor[:, :, :, p].mean(-1)) / 2
        np.testing.assert_allclose(prior[..., p], expected, rtol=1e-5)


def test_prior_reads_eeg_and_face():
    X, y = networks()
    clf = PriorDrivenSTFENet(**FAST).fit(X, y)
    first = clf.channel_prior(X)
    for key in ("eeg", "face"):
        changed = Modalities(**{**X, key: X[key][::-1].copy()})
        assert np.abs(clf.channel_prior(changed) - first).max() > 1e-3
    changed = Modalities(**{**X, "connectivity": X["connectivity"][::-1].copy()})
    np.testing.assert_array_equal(clf.channel_prior(changed), first)


def test_scales_are_learned_by_band_and_feature_over_windows():
    X, y = networks()
    clf = PriorDrivenSTFENet(**FAST).fit(X, y)
    assert set(clf.scales_) == {"eeg", "face"}
    for key, shape in {"eeg": (1, 1, 5, 6), "face": (1, 1, 29)}.items():
        mean, std = clf.scales_[key]
        assert mean.shape == shape
        np.testing.assert_allclose(mean, X[key].mean((0, 1), keepdims=True), atol=1e-6)
        expected = X[key].std((0, 1), keepdims=True)
        np.testing.assert_allclose(std, expected, rtol=1e-5)


@pytest.mark.parametrize("standardize", [True, False])
def test_networks_remain_correlations_with_a_diagonal_of_1(standardize):
    X, y = networks()
    clf = PriorDrivenSTFENet(**FAST, standardize=standardize).fit(X, y)
    prepared = clf._prepared(X)["connectivity"]
    np.testing.assert_array_equal(prepared, X["connectivity"])
    np.testing.assert_array_equal(np.diagonal(prepared, axis1=2, axis2=3), 1)


def test_one_window_works():
    X, y = networks(n_windows=1)
    clf = PriorDrivenSTFENet(**FAST).fit(X, y)
    assert clf.channel_prior(X).shape == (8, 1, 6)
    assert clf.predict_proba(X).shape == (8, 2)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda X: {"connectivity": X["connectivity"]}, "missing 'eeg', 'face'"),
        (lambda X: X["connectivity"], "needs the modalities.*got an array"),
        (
            lambda X: {**X, "connectivity": X["connectivity"][:, :, :5]},
            "connectivity is not square",
        ),
        (lambda X: {**X, "face": X["face"][:, :3]}, "numbers of windows .* differ"),
        (lambda X: {**X, "eeg": X["eeg"][..., :5]}, "eeg has other channels"),
        (lambda X: {**X, "eeg": X["eeg"][:, 0]}, r"eeg of shape \(n_samples, n_windo"),
        (lambda X: {**X, "face": X["face"][:7]}, "inconsistent numbers of samples"),
        (lambda X: {**X, "face": X["face"] * np.nan}, "NaN"),
    ],
    ids=["missing", "array", "square", "windows", "channels", "axes", "lengths", "nan"],
)
def test_bad_input_is_named(change, match):
    X, y = networks()
    with pytest.raises(ValueError, match=match):
        PriorDrivenSTFENet(**FAST).fit(change(X), y)


def test_all_problems_are_named_at_once():
    X, y = networks()
    X = {**X, "face": X["face"][:, :3], "eeg": X["eeg"][..., :5]}
    with pytest.raises(ValueError, match=r"windows .* differ; eeg has other channels"):
        PriorDrivenSTFENet(**FAST).fit(X, y)


def test_other_shapes_than_at_fit_are_named():
    X, y = networks()
    clf = PriorDrivenSTFENet(**FAST).fit(X, y)
    X = Modalities(**{key: x[:, :3] for key, x in X.items()})
    with pytest.raises(ValueError, match=r"shape \(n_samples, 4, 6, 6\)"):
        clf.predict(X)


@pytest.mark.parametrize("channels", [(), (4, 0), (4.5,)])
def test_channels_are_positive_whole_numbers(channels):
    with pytest.raises(ValueError, match="one or more positive whole numbers"):
        PriorDrivenSTFENet(**FAST | {"channels": channels}).fit(*networks())


def test_one_class_is_named():
    X, _ = networks()
    with pytest.raises(ValueError, match="got one class: 'low'"):
        PriorDrivenSTFENet(**FAST).fit(X, ["low"] * 8)


def test_same_seed_same_network_also_after_clone_and_pickle():
    X, y = networks()
    clf = PriorDrivenSTFENet(**FAST).fit(X, y)
    first = clf.decision_function(X)
    np.testing.assert_array_equal(clone(clf).fit(X, y).decision_function(X), first)
    restored = pickle.loads(pickle.dumps(clf))
    np.testing.assert_array_equal(restored.decision_function(X), first)
    other = clone(clf).set_params(random_state=1).fit(X, y)
    assert np.abs(other.decision_function(X) - first).max() > 1e-5


def test_paper_params_are_arguments_of_the_constructor():
    params = PriorDrivenSTFENet.paper_params()
    assert params == {
        "optimizer": "adam",
        "lr": 1e-3,
        "batch_size": 40,
        # what this library adds is off
        "weight_decay": 0.0,
        "standardize": False,
    }
    assert PriorDrivenSTFENet(**params).batch_size == 40


CHANNELS = ["F3", "F4", "C3", "C4", "P3", "P4", "O1", "O2"]
COUPLED = {
    "n_subjects": 16,
    "n_trials": 20,
    "modalities": ("eeg", "openface"),
    "ch_names": CHANNELS,
    "duration": 24.0,
    "window": 24.0,
}


def windows(dataset, window=3.0):
    """Networks, band powers and mean face features of windows of 3 s."""
    eeg, face = dataset.data["eeg"], dataset.data["openface"]
    n_windows = int(24 // window)
    return Modalities(
        connectivity=DynamicConnectivity(window=window).transform(eeg),
        eeg=BandPower(window=window, log=True).transform(eeg),
        face=face.reshape(len(face), n_windows, -1, 29).mean(axis=2),
    )


def network(seed):
    return PriorDrivenSTFENet(max_epochs=20, random_state=seed)


def small_network(seed):
    return PriorDrivenSTFENet(channels=(8, 16), max_epochs=15, random_state=seed)


def test_finds_a_large_effect_on_connectivity():
    arguments = {**COUPLED, "n_subjects": 12, "n_trials": 16}
    score, _ = unseen_score(
        small_network, windows, 0, effect={"connectivity": "large"}, **arguments
    )
    assert score >= 0.8


@pytest.mark.slow
def test_finds_a_medium_effect_on_connectivity_alone_on_unseen_people():
    """Mean of 3 seeds; the best threshold on the planted feature reaches 0.85."""
    arguments = {**COUPLED, "n_subjects": 24}
    scores = [
        unseen_score(
            network, windows, seed, effect={"connectivity": "medium"}, **arguments
        )[0]
        for seed in range(3)
    ]
    assert np.mean(scores) >= 0.8


@pytest.mark.slow
def test_shuffled_labels_teach_nothing():
    score, (low, high) = unseen_score(
        network, windows, 0, effect={"connectivity": "medium"}, shuffle=True, **COUPLED
    )
    assert low <= score <= high
