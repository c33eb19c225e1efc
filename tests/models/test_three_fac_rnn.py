"""3FACRNN computes its paper's equations, and learns what it should."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import BaseEstimator
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import LeaveOneGroupOut, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from torch import nn

from sklearn_emotion import (
    DifferentialEntropy,
    GridProjector9x9,
    LeakageWarning,
    Modalities,
    ThreeFACRNN,
    ThreeFACRNNRegressor,
    VisualCNNTCN,
)
from sklearn_emotion.models._three_fac_rnn import (
    DistillationLoss,
    PeepholeLSTM,
    ThreeFACRNNModule,
    band_kernel_size,
)
from sklearn_emotion.networks._classifier import CrossEntropy

TINY = {"max_epochs": 1, "batch_size": 6, "random_state": 0, "device": "cpu"}


def module(**changes):
    arguments = {
        "n_steps": 4,
        "n_bands": 4,
        "n_outputs": 2,
        "kernel_size": 1,
        "self_attention": True,
        "n_hidden": 128,
        "n_layers": 2,
        "peepholes": False,
        "init": "he",
        "per_step": False,
        "dropout": 0.0,
    }
    torch.manual_seed(0)
    return ThreeFACRNNModule(**arguments | changes).eval()


@pytest.fixture(autouse=True)
def keep_torch_generator():
    with torch.random.fork_rng(devices=[]):
        yield


@pytest.fixture
def grids():
    X = np.random.default_rng(0).standard_normal((12, 2, 4, 9, 9))
    X.flags.writeable = False
    return X, np.array(["high", "low"] * 6)


def count(net):
    return sum(p.numel() for p in net.parameters())


# Weights and biases, layer by layer:
CONVOLUTIONS = (
    (4 * 25 * 64 + 64)  # 5 x 5, 4 bands to 64: 6,464
    + (64 * 16 * 128 + 128)  # 4 x 4: 131,200
    + (128 * 9 * 256 + 256)  # 3 x 3: 295,168
    + (256 * 128 + 128)  # 1 x 1: 32,896
)
LINEAR = 2048 * 512 + 512  # 128 maps of 4 x 4 cells: 1,049,088
# Four gates, each with input weights, recurrent weights and torch's two biases.
LSTM = 4 * (512 * 128 + 128 * 128 + 256) + 4 * (128 * 128 + 128 * 128 + 256)
# d, W1 (its bias is W2's), W2 and W.
ATTENTION = (128 * 128 + 128) + 128 * 128 + (128 * 128 + 128) + (128 * 128 + 128)
CLASSIFIER = 4 * 128 * 2 + 2


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 1 + CONVOLUTIONS + LINEAR + LSTM + ATTENTION + CLASSIFIER),
        ({"kernel_size": 3}, 3 + CONVOLUTIONS + LINEAR + LSTM + ATTENTION + CLASSIFIER),
        ({"kernel_size": None}, CONVOLUTIONS + LINEAR + LSTM + ATTENTION + CLASSIFIER),
        ({"self_attention": False}, 1 + CONVOLUTIONS + LINEAR + LSTM + CLASSIFIER),
        (
            {"per_step": True},
            1 + CONVOLUTIONS + LINEAR + LSTM + ATTENTION + 128 * 2 + 2,
        ),
        (
            {"n_bands": 1, "kernel_size": None},
            CONVOLUTIONS - 3 * 25 * 64 + LINEAR + LSTM + ATTENTION + CLASSIFIER,
        ),
    ],
    ids=["whole", "kernel 3", "no bands", "no attention", "per step", "raw"],
)
def test_parameter_count_is_the_sum_over_layers(changes, expected):
    assert count(module(**changes)) == expected


def test_the_whole_network_has_2042563_parameters():
    assert count(module()) == 2_042_563


# log2(B)/2 + 1/2 is 0.5, 1, 1.5, 1.66, 2, 2.5 and 3; 0 and 2 are raised by one.
@pytest.mark.parametrize(
    ("n_bands", "expected"),
    [(1, 1), (2, 1), (4, 1), (5, 1), (8, 3), (16, 3), (32, 3)],
)
def test_band_kernel_follows_equation_4(n_bands, expected):
    assert band_kernel_size(n_bands) == expected


def same(x, layer, left, right):
    """Cross-correlate x (N, C, 9, 9) and rectify, with explicit zero padding."""
    weight = layer.weight.detach().numpy()
    k = weight.shape[-1]
    x = np.pad(x, ((0, 0), (0, 0), (left, right), (left, right)))
    windows = np.lib.stride_tricks.sliding_window_view(x, (k, k), (2, 3))
    out = np.einsum("nchwij,ocij->nohw", windows, weight, optimize=True)
    return np.maximum(out + layer.bias.detach().numpy()[:, None, None], 0)


def linear(x, layer):
    bias = 0 if layer.bias is None else layer.bias.detach().numpy()
    return x @ layer.weight.detach().numpy().T + bias


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def lstm(y, layer, index):
    """Eqs. 12 to 16 without peepholes, for y (N, T, D)."""
    parameters = {
        name: getattr(layer, f"{name}_l{index}").detach().numpy()
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    }
    h = c = np.zeros((len(y), parameters["weight_hh"].shape[1]))
    out = []
    for t in range(y.shape[1]):
        z = (
            y[:, t] @ parameters["weight_ih"].T
            + h @ parameters["weight_hh"].T
            + parameters["bias_ih"]
            + parameters["bias_hh"]
        )
        i, f, g, o = np.split(z, 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        out.append(h)
    return np.stack(out, axis=1)


def test_forward_equals_a_direct_evaluation_of_the_equations():
    net = module(n_steps=3, kernel_size=3)
    E = np.random.default_rng(1).standard_normal((2, 3, 4, 9, 9))

    x = E.reshape(6, 4, 9, 9)
    mean = np.pad(x.mean(axis=(2, 3)), ((0, 0), (1, 1)))
    kernel = net.band_attention.conv.weight.detach().numpy().ravel()
    weights = sigmoid(sum(kernel[j] * mean[:, j : j + 4] for j in range(3)))
    x = x * weights[:, :, None, None]  # Eq. 5
    layers = [m for m in net.cnn.convolutions if isinstance(m, nn.Conv2d)]
    # "Same" padding of an even kernel takes one more cell at the end.
    for layer, (left, right) in zip(layers, [(2, 2), (1, 2), (1, 1), (0, 0)]):
        x = same(x, layer, left, right)
        assert x.shape[2:] == (9, 9)
    pooled = x[:, :, :8, :8].reshape(6, 128, 4, 2, 4, 2).max(axis=(3, 5))
    assert pooled.shape == (6, 128, 4, 4)
    y = linear(pooled.reshape(6, 2048), net.cnn.linear).reshape(2, 3, 512)
    h = lstm(lstm(y, net.lstm, 0), net.lstm, 1)
    assert h.shape == (2, 3, 128)
    attention = net.self_attention
    d = linear(h, attention.align)
    S = linear(
        np.maximum(linear(h, attention.W1) + linear(d, attention.W2), 0), attention.W
    )
    N = (S * h).sum(axis=2)
    P = np.exp(N) / np.exp(N).sum(axis=1, keepdims=True)
    A = P[:, :, None] * h
    logits = linear(A.reshape(2, 384), net.classifier)

    eeg = torch.as_tensor(E, dtype=torch.float32)
    with torch.inference_mode():
        np.testing.assert_allclose(
            net.band_weights(eeg).numpy(), weights.reshape(2, 3, 4), rtol=1e-5
        )
        np.testing.assert_allclose(net.hidden(eeg).numpy(), h, atol=1e-5)
        np.testing.assert_allclose(
            net.self_attention.weights(net.hidden(eeg)).numpy(), P, rtol=1e-5
        )
        np.testing.assert_allclose(net(eeg).numpy(), logits, atol=1e-5)


def test_peepholes_equal_a_loop_over_equations_12_to_16():
    """Two layers of 3 units on 5 inputs; each unit sees its own cell state."""
    torch.manual_seed(0)
    net = PeepholeLSTM(5, 3, 2)
    y = np.random.default_rng(0).standard_normal((2, 4, 5))
    expected = y
    for k in range(2):
        W_y = net.inputs[k].weight.detach().numpy()
        W_h = net.recurrent[k].weight.detach().numpy()
        b = net.inputs[k].bias.detach().numpy()
        W_c = net.peepholes[k].detach().numpy()
        out = np.empty((2, 4, 3))
        for n in range(2):
            h = c = np.zeros(3)
            for t in range(4):
                zi, zf, zg, zo = (W_y @ expected[n, t] + W_h @ h + b).reshape(4, 3)
                i = sigmoid(zi + W_c[0] * c)
                f = sigmoid(zf + W_c[1] * c)
                c = f * c + i * np.tanh(zg)
                h = sigmoid(zo + W_c[2] * c) * np.tanh(c)
                out[n, t] = h
        expected = out
    (states,) = net(torch.as_tensor(y, dtype=torch.float32))
    np.testing.assert_allclose(states.detach().numpy(), expected, atol=1e-6)


def test_without_peephole_weights_the_cell_is_the_standard_one():
    torch.manual_seed(0)
    net, plain = PeepholeLSTM(5, 3, 1), nn.LSTM(5, 3, batch_first=True)
    net.peepholes[0].data.zero_()
    net.inputs[0].weight.data = plain.weight_ih_l0.data
    net.inputs[0].bias.data = plain.bias_ih_l0.data + plain.bias_hh_l0.data
    net.recurrent[0].weight.data = plain.weight_hh_l0.data
    y = torch.randn(2, 4, 5)
    torch.testing.assert_close(net(y)[0], plain(y)[0])


def test_peepholes_add_three_weights_per_unit_and_share_one_bias():
    """torch's cell has two biases per gate: 2 layers of 4 * 128 weights fewer."""
    difference = count(module(peepholes=True)) - count(module())
    assert difference == 2 * 3 * 128 - 2 * 4 * 128


def test_default_initialization_is_that_of_pytorch():
    layers = [module(init=init).cnn.convolutions[0] for init in ("he", "default")]
    assert not layers[0].bias.any()
    assert layers[1].bias.any()
    # 100 inputs: a standard deviation of sqrt(2 / 100), or uniform within 1 / 10.
    assert layers[0].weight.std().item() == pytest.approx(np.sqrt(2 / 100), rel=0.1)
    assert layers[1].weight.abs().max() <= 0.1


def test_channels_last_layout_leaves_the_logits_as_they_are():
    net, plain = module(), module()
    for layer in plain.cnn.convolutions:
        if isinstance(layer, nn.Conv2d):
            layer.weight.data = layer.weight.data.clone(
                memory_format=torch.contiguous_format
            )
    plain.cnn.forward = lambda x: plain.cnn.linear(plain.cnn.convolutions(x).flatten(1))
    eeg = torch.randn(3, 4, 4, 9, 9)
    assert net.cnn.convolutions[3].weight.is_contiguous(
        memory_format=torch.channels_last
    )
    torch.testing.assert_close(net(eeg), plain(eeg), rtol=1e-5, atol=1e-6)


def test_attention_over_time_sums_to_one_and_is_one_for_a_single_step():
    net = module()
    h = torch.randn(5, 4, 128)
    torch.testing.assert_close(net.self_attention.weights(h).sum(1), torch.ones(5))
    torch.testing.assert_close(net.self_attention(h[:, :1]), h[:, :1])


def test_loss_is_cross_entropy_alone_without_a_teacher():
    logits, y = torch.randn(6, 3), torch.tensor([0, 1, 2, 0, 1, 2])
    loss = DistillationLoss(CrossEntropy(), 0.8, 1.0)(logits, y)
    torch.testing.assert_close(loss, nn.functional.cross_entropy(logits, y))


def test_distillation_vanishes_when_the_features_agree():
    logits, y = torch.randn(6, 3), torch.tensor([0, 1, 2, 0, 1, 2])
    U = torch.randn(6, 4, 128)
    loss = DistillationLoss(CrossEntropy(), 0.8, 1.3)((logits, U, U.clone()), y)
    torch.testing.assert_close(loss, 0.8 * nn.functional.cross_entropy(logits, y))
    assert DistillationLoss(CrossEntropy(), 0.0, 1.3)((logits, U, U.clone()), y) == 0


def test_distillation_adds_the_mean_absolute_difference():
    """|U - V| = 0.5 everywhere: 0.8 CE + 0.2 * 1.5 * 0.5, and CE of equal logits."""
    U = torch.zeros(6, 4, 128)
    loss = DistillationLoss(CrossEntropy(), 0.8, 1.5)(
        (torch.zeros(6, 2), U, U + 0.5), torch.zeros(6, dtype=torch.long)
    )
    assert loss.item() == pytest.approx(0.8 * np.log(2) + 0.2 * 1.5 * 0.5, rel=1e-6)


def test_loss_per_step_is_the_mean_over_steps():
    logits, y = torch.randn(5, 3, 2), torch.tensor([0, 1, 1, 0, 1])
    steps = [nn.functional.cross_entropy(logits[:, t], y) for t in range(3)]
    torch.testing.assert_close(
        DistillationLoss(CrossEntropy(), 0.8, 1.0)(logits, y), torch.stack(steps).mean()
    )


def test_probability_per_step_is_the_mean_over_steps(grids):
    X, y = grids
    clf = ThreeFACRNN(head="per_step", **TINY).fit(X, y)
    eeg = torch.as_tensor(clf._prepared(X)["eeg"])
    with torch.inference_mode():
        logits = clf.net_.module_.eval()(eeg)
    assert logits.shape == (12, 2, 2)
    np.testing.assert_allclose(
        clf.predict_proba(X), logits.softmax(-1).mean(1).numpy(), rtol=1e-5
    )


def test_labels_of_steps_that_are_equal_are_the_label_of_the_sample(grids):
    X, y = grids
    by_sample = ThreeFACRNN(head="per_step", **TINY).fit(X, y)
    by_step = ThreeFACRNN(head="per_step", **TINY).fit(X, np.repeat(y[:, None], 2, 1))
    np.testing.assert_array_equal(by_step.predict_proba(X), by_sample.predict_proba(X))


def test_predictions_of_steps_are_those_of_each_steps_logits(grids):
    X, y = grids
    labels = np.stack([y, y[::-1]], axis=1)
    clf = ThreeFACRNN(head="per_step", **TINY).fit(X, labels)
    eeg = torch.as_tensor(clf._prepared(X)["eeg"])
    with torch.inference_mode():
        logits = clf.net_.module_.eval()(eeg).numpy()
    expected = clf.classes_[logits.argmax(axis=2)]
    assert expected.shape == (12, 2)
    np.testing.assert_array_equal(clf.predict_steps(X), expected)
    assert clf.predict(X).shape == (12,)


def test_labels_of_steps_reach_the_loss(grids):
    """The loss of labels of steps is the mean cross-entropy over all steps."""
    X, y = grids
    labels = np.stack([y, y[::-1]], axis=1)
    never = {**TINY, "batch_size": 12, "lr": 1e-12, "dropout": 0.0}
    clf = ThreeFACRNN(head="per_step", **never).fit(X, labels)
    with torch.inference_mode():
        logits = clf.net_.module_(torch.as_tensor(clf._prepared(X)["eeg"]))
    codes = torch.as_tensor(np.searchsorted(clf.classes_, labels))
    expected = nn.functional.cross_entropy(logits.flatten(0, 1), codes.flatten())
    loss = clf.net_.history[-1, "train_loss"]
    assert loss == pytest.approx(expected.item(), rel=1e-5)


def test_predictions_of_steps_of_a_regressor_have_the_unit_of_the_ratings(grids):
    X, _ = grids
    reg = ThreeFACRNNRegressor(head="per_step", **TINY).fit(X, np.linspace(1, 9, 12))
    steps = reg.predict_steps(X)
    assert steps.shape == (12, 2)
    np.testing.assert_allclose(steps.mean(axis=1), reg.predict(X), rtol=1e-5)


def test_labels_of_steps_need_outputs_of_steps(grids):
    X, y = grids
    labels = np.stack([y, y], axis=1)
    with pytest.raises(ValueError, match="Set head='per_step'"):
        ThreeFACRNN(**TINY).fit(X, labels)
    with pytest.raises(ValueError, match="one output for all steps"):
        ThreeFACRNN(**TINY).fit(X, y).predict_steps(X)
    with pytest.raises(ValueError, match="values for 3 windows, but X has 2 windows"):
        ThreeFACRNN(head="per_step", **TINY).fit(X, labels[:, [0, 0, 0]])


@pytest.mark.parametrize("head", ["flatten", "per_step"])
def test_one_step_is_enough(grids, head):
    X, y = grids
    clf = ThreeFACRNN(head=head, **TINY).fit(X[:, :1], y)
    assert clf.transform(X[:, :1]).shape == (12, 128)
    assert set(clf.predict(X[:, :1])) <= {"high", "low"}


def test_features_times_the_classifiers_weights_are_the_logits(grids):
    X, y = grids
    clf = ThreeFACRNN(**TINY).fit(X, y)
    features = clf.transform(X)
    assert features.shape == (12, 2 * 128)
    z = linear(features, clf.net_.module_.classifier)
    np.testing.assert_allclose(
        clf.decision_function(X), z[:, 1] - z[:, 0], rtol=1e-4, atol=1e-6
    )


def test_band_weights_lie_between_0_and_1_and_share_a_factor_for_kernel_1(grids):
    X, y = grids
    clf = ThreeFACRNN(standardize=False, **TINY).fit(X, y)
    weights = clf.band_attention_weights(X)
    assert weights.shape == (12, 2, 4)
    assert 0 < weights.min() < weights.max() < 1
    logit = np.log(weights / (1 - weights))
    factor = clf.net_.module_.band_attention.conv.weight.item()
    np.testing.assert_allclose(logit, factor * X.mean(axis=(3, 4)), atol=1e-5)


@pytest.mark.parametrize("spoil", ["switch", "one band"])
def test_band_weights_of_a_network_without_band_attention_raise(grids, spoil):
    X, y = grids
    X = X[:, :, :1] if spoil == "one band" else X
    clf = ThreeFACRNN(band_attention=spoil != "switch", **TINY).fit(X, y)
    with pytest.raises(ValueError, match="no band attention"):
        clf.band_attention_weights(X)


def test_raw_signals_on_the_grid_are_an_input():
    X = np.random.default_rng(0).standard_normal((6, 3, 5))
    grid = GridProjector9x9(["Fz", "Cz", "Pz"], channel_axis=1).fit_transform(X)
    assert grid.shape == (6, 5, 1, 9, 9)
    clf = ThreeFACRNN(**TINY).fit(grid, [0, 1] * 3)
    assert clf.net_.module_.band_attention is None
    assert clf.transform(grid).shape == (6, 5 * 128)


def test_even_band_kernel_is_refused(grids):
    with pytest.raises(ValueError, match=r"band_kernel_size must be odd.*got 2"):
        ThreeFACRNN(band_kernel_size=2, **TINY).fit(*grids)


def test_unused_cells_stay_zero_after_scaling():
    X = np.zeros((4, 1, 2, 9, 9), dtype=np.float32)
    X[:, :, :, 4, 4] = np.array([1.0, 2.0, 3.0, 6.0])[:, None, None]
    clf = ThreeFACRNN(**TINY).fit(X, [0, 0, 1, 1])
    scaled = clf._prepared(X)["eeg"]
    # Mean 3, variance (4 + 1 + 0 + 9) / 4 = 3.5.
    expected = np.array([-2.0, -1.0, 0.0, 3.0]) / np.sqrt(3.5)
    np.testing.assert_allclose(scaled[:, 0, 0, 4, 4], expected, rtol=1e-6)
    scaled[:, :, :, 4, 4] = 0
    assert not scaled.any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_pipeline_from_signals_runs_under_cross_validation(dtype):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((8, 32, 256)).astype(dtype)
    X.flags.writeable = False
    pipe = make_pipeline(DifferentialEntropy(), GridProjector9x9(), ThreeFACRNN(**TINY))
    scores = cross_val_score(
        pipe,
        X,
        np.array(["calm", "tense"] * 4),
        groups=np.repeat([0, 1], 4),
        cv=LeaveOneGroupOut(),
        error_score="raise",
    )
    assert scores.shape == (2,)
    assert np.isfinite(scores).all()


def test_wrong_shapes_are_named(grids):
    X, y = grids
    with pytest.raises(ValueError, match=r"n_samples, n_windows, n_bands, 9, 9\)"):
        ThreeFACRNN(**TINY).fit(X[:, 0], y)
    clf = ThreeFACRNN(**TINY).fit(X, y)
    with pytest.raises(ValueError, match=r"\(n_samples, 2, 4, 9, 9\), got \(12, 1"):
        clf.predict(X[:, :1])


class MeanFace(BaseEstimator):
    """A teacher whose features are the frames' means, and that counts its fits."""

    def __init__(self, scale=1.0):
        self.scale = scale

    def fit(self, X, y, groups=None):
        self.n_fitted_ = len(X)
        self.is_fitted_ = True
        return self

    def transform(self, X):
        return np.repeat(self.scale * X.mean(axis=(2, 3, 4))[..., None], 128, axis=2)


class GroupsSeen(MeanFace):
    """A teacher that keeps the groups it was given."""

    def fit(self, X, y, groups=None):
        self.groups_ = groups
        return super().fit(X, y)


class LabelsSeen(MeanFace):
    """A teacher that keeps the labels it was given."""

    def fit(self, X, y, groups=None):
        self.labels_ = y
        return super().fit(X, y)


@pytest.fixture
def pairs(grids):
    X, y = grids
    face = np.arange(12 * 4, dtype=np.float32).reshape(12, 4, 1, 1, 1)
    return Modalities(eeg=X, face=np.broadcast_to(face, (12, 4, 3, 2, 2))), y


def test_teacher_is_fitted_on_the_faces_given_and_prediction_needs_eeg_alone(pairs):
    X, y = pairs
    teacher = MeanFace()
    clf = ThreeFACRNN(teacher=teacher, **TINY).fit(X[:10], y[:10])
    assert clf.teacher_.n_fitted_ == 10
    assert not hasattr(teacher, "n_fitted_")
    np.testing.assert_array_equal(
        clf.predict_proba(X["eeg"]), clf.predict_proba(Modalities(eeg=X["eeg"]))
    )


def test_frozen_teacher_is_used_as_it_is(pairs):
    X, y = pairs
    teacher = MeanFace(scale=0.01).fit(X["face"][:3], y[:3])
    clf = ThreeFACRNN(teacher=FrozenEstimator(teacher), **TINY).fit(X, y)
    assert clf.teacher_.estimator.n_fitted_ == 3


def test_teachers_features_are_averaged_over_the_frames_of_a_step(pairs):
    """Four frames on two steps: frames 0 and 1 make step 0, 2 and 3 make step 1."""
    X, y = pairs
    clf = ThreeFACRNN(teacher=MeanFace(), **TINY).fit(X, y)
    visual = clf._training_arrays(X, y, None, None)["visual"]
    assert visual.shape == (12, 2, 128)
    np.testing.assert_allclose(visual[:, :, 5].ravel(), 0.5 + 2 * np.arange(24))


def test_teacher_gets_the_label_of_each_frames_step(pairs):
    """Four frames on two steps: frames 0 and 1 have the label of step 0."""
    X, y = pairs
    labels = np.stack([y, y[::-1]], axis=1)
    clf = ThreeFACRNN(head="per_step", teacher=LabelsSeen(), **TINY).fit(X, labels)
    np.testing.assert_array_equal(clf.teacher_.labels_, labels[:, [0, 0, 1, 1]])


def test_precomputed_features_give_the_same_network_as_a_frozen_teacher(pairs):
    X, y = pairs
    teacher = MeanFace(scale=0.01).fit(X["face"], y)
    by_teacher = ThreeFACRNN(teacher=FrozenEstimator(teacher), **TINY).fit(X, y)
    visual = Modalities(eeg=X["eeg"], visual=teacher.transform(X["face"]))
    by_features = ThreeFACRNN(**TINY).fit(visual, y)
    without = ThreeFACRNN(**TINY).fit(X["eeg"], y)
    expected = by_teacher.predict_proba(X["eeg"])
    np.testing.assert_array_equal(by_features.predict_proba(X["eeg"]), expected)
    assert np.abs(without.predict_proba(X["eeg"]) - expected).max() > 1e-6


def test_early_stopping_keeps_the_held_out_faces_from_the_teacher(pairs):
    X, y = pairs
    clf = ThreeFACRNN(
        teacher=MeanFace(), early_stopping=True, validation_fraction=0.25, **TINY
    ).fit(X, y, groups=np.repeat(np.arange(4), 3))
    assert clf.teacher_.n_fitted_ == 9
    assert "valid_loss" in clf.net_.history[-1]


@pytest.mark.parametrize(
    "as_given", [list, lambda g: pd.Series(g, index=np.arange(12)[::-1])]
)
def test_groups_of_any_type_reach_the_teacher_by_position(pairs, as_given):
    X, y = pairs
    groups = np.repeat(np.arange(4), 3)
    teacher = GroupsSeen()
    stopped = {"early_stopping": True, "validation_fraction": 0.25}
    clf = ThreeFACRNN(teacher=teacher, **stopped, **TINY)
    clf.fit(X, y, groups=as_given(groups))
    assert sorted(clf.teacher_.groups_) == sorted(
        np.repeat(np.unique(clf.teacher_.groups_), 3)
    )
    assert len(clf.teacher_.groups_) == 9


def test_a_pipeline_may_teach_and_is_seeded_to_its_last_step(grids):
    X, y = grids
    face = np.random.default_rng(0).random((12, 2, 3, 48, 48), dtype=np.float32)
    teacher = make_pipeline(FunctionTransformer(), VisualCNNTCN(max_epochs=1))
    both = Modalities(eeg=X, face=face)
    first, second = (
        ThreeFACRNN(teacher=teacher, **TINY)
        .fit(both, y, groups=np.arange(12))
        .predict_proba(X)
        for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)


def test_a_teacher_of_several_ratings_is_refused(pairs):
    reg = ThreeFACRNNRegressor(teacher=MeanFace(), **TINY)
    with pytest.raises(ValueError, match="2 ratings per sample, but a teacher learns"):
        reg.fit(pairs[0], np.zeros((12, 2)))


def test_a_teacher_is_forgotten_when_refitted_without(pairs):
    X, y = pairs
    clf = ThreeFACRNN(teacher=MeanFace(), **TINY).fit(X, y)
    clf.set_params(teacher=None).fit(X["eeg"], y)
    assert not hasattr(clf, "teacher_")


def test_early_stopping_without_groups_warns(grids):
    with pytest.warns(LeakageWarning, match="groups"):
        ThreeFACRNN(early_stopping=True, validation_fraction=0.5, **TINY).fit(*grids)


def test_faces_without_a_teacher_are_ignored_with_a_warning(pairs):
    X, y = pairs
    with pytest.warns(UserWarning, match="ignores the modality 'face'"):
        clf = ThreeFACRNN(**TINY).fit(X, y)
    np.testing.assert_array_equal(
        clf.predict_proba(X), ThreeFACRNN(**TINY).fit(X["eeg"], y).predict_proba(X)
    )


def test_teacher_without_faces_is_an_error(grids):
    X, y = grids
    for given in (X, Modalities(eeg=X)):
        with pytest.raises(ValueError, match="needs the modality 'face'"):
            ThreeFACRNN(teacher=MeanFace(), **TINY).fit(given, y)


def test_features_of_another_width_are_an_error(grids):
    X, y = grids
    visual = Modalities(eeg=X, visual=np.zeros((12, 4, 64)))
    with pytest.raises(ValueError, match=r"visual of shape \(12, n_frames, 128\)"):
        ThreeFACRNN(**TINY).fit(visual, y)


def test_paper_params_are_constructor_arguments():
    params = ThreeFACRNN.paper_params()
    assert params["lr"] == 1e-6
    assert params["batch_size"] == 128
    # The additions of the library are off.
    off = {"dropout": 0.0, "weight_decay": 0.0, "init": "default", "standardize": False}
    assert params.items() >= off.items()
    assert ThreeFACRNN(**params).get_params().items() >= params.items()


def planted(n, effect, seed):
    """Noise, with gamma over the left temple raised in one of two classes."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, 1, 4, 9, 9)).astype(np.float32)
    y = np.arange(n) % 2
    X[y == 1, :, 3, 3:6, 0:3] += effect
    return X, y


@pytest.mark.parametrize("effect", [2.0, 0.0])
def test_learns_a_planted_effect_and_nothing_from_noise(effect):
    X, y = planted(48, effect, 0)
    X_test, y_test = planted(100, effect, 1)
    clf = ThreeFACRNN(
        lr=5e-4, max_epochs=6, batch_size=8, dropout=0.0, random_state=0, device="cpu"
    )
    score = clf.fit(X, y).score(X_test, y_test)
    if effect:
        assert score > 0.9
    else:
        # 100 fair coins lie within 0.5 +- 0.13 in 99 of 100 cases.
        assert abs(score - 0.5) < 0.13


def test_learns_the_label_of_each_step_with_the_cell_of_the_equations():
    """The two steps of a sample have labels of their own."""

    def draw(n, seed):
        X, y = planted(2 * n, 2.0, seed)
        order = np.random.default_rng(seed).permutation(2 * n)
        return X[order].reshape(n, 2, 4, 9, 9), y[order].reshape(n, 2)

    (X, y), (X_test, y_test) = draw(40, 0), draw(50, 1)
    clf = ThreeFACRNN(
        head="per_step",
        peepholes=True,
        lr=5e-4,
        max_epochs=8,
        batch_size=8,
        dropout=0.0,
        random_state=0,
        device="cpu",
    )
    assert (clf.fit(X, y).predict_steps(X_test) == y_test).mean() > 0.9


def test_learns_the_features_of_the_teacher():
    """With rho = 0, the states learn from the teacher alone, not from the labels.

    The teacher's features are 0.5 in one class and -0.5 in the other. With a single
    step, `transform` returns the states.
    """
    (X, y), (X_test, y_test) = planted(48, 2.0, 0), planted(60, 2.0, 1)
    visual = np.where(y == 1, 0.5, -0.5)[:, None, None].repeat(128, axis=2)
    clf = ThreeFACRNN(
        rho=0.0, lr=1e-3, max_epochs=8, batch_size=8, dropout=0.0, random_state=0
    )
    clf.fit(Modalities(eeg=X, visual=visual), y)
    states = clf.transform(X_test).mean(axis=1)
    assert ((states > 0) == (y_test == 1)).mean() > 0.9
