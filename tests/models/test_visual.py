"""The networks that see faces: structure, labels per frame, and learning."""

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from torch import nn

from sklearn_emotion import (
    Modalities,
    VisualCNN,
    VisualCNNTCN,
    VisualCNNTCNRegressor,
)
from sklearn_emotion.models._visual import VisualCNNTCNModule
from sklearn_emotion.models._visual_cnn import VisualCNNModule, convolutions
from sklearn_emotion.networks._classifier import CrossEntropy
from sklearn_emotion.networks._layers import FrameScaler

TINY = {"max_epochs": 1, "batch_size": 4, "random_state": 0, "device": "cpu"}


@pytest.fixture(autouse=True)
def keep_torch_generator():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


@pytest.fixture
def clips():
    X = np.random.default_rng(0).integers(0, 256, (8, 3, 3, 48, 48), dtype=np.uint8)
    X.flags.writeable = False
    return X, np.array(["high", "low"] * 4)


def teacher(**changes):
    arguments = {
        "n_outputs": 2,
        "n_features": 128,
        "dropout": 0.5,
        "share_temporal": False,
        "standardize": True,
        "cnn_weights": None,
    }
    return VisualCNNTCNModule(**arguments | changes).eval()


def count(net):
    return sum(p.numel() for p in net.parameters())


CNN = (3 * 25 * 32 + 32) + (32 * 9 * 32 + 32)  # 5 x 5 and 3 x 3: 2,432 and 9,248
DILATED = 2 * (128 * 3 * 128 + 128)  # two of kernel 3: 98,560
NORMS = 3 * 2 * 128
FIRST = (512 * 3 * 128 + 128) + DILATED + NORMS + (512 * 128 + 128)
SECOND = (128 * 3 * 128 + 128) + DILATED + NORMS + (128 * 128 + 128)
CLASSIFIER = 128 * 2 + 2


def test_parameter_count_is_the_sum_over_layers():
    assert CNN + FIRST + SECOND + CLASSIFIER == 538_786
    assert count(teacher()) == CNN + FIRST + SECOND + CLASSIFIER
    assert count(teacher(share_temporal=True)) == (
        CNN + FIRST + SECOND + CLASSIFIER - DILATED
    )


def test_a_frame_has_512_features_before_and_128_after_the_temporal_modules():
    net, face = teacher(), torch.rand(2, 5, 3, 48, 48)
    assert net.cnn(face.flatten(0, 1)).shape == (10, 512)
    assert net.features(face).shape == (2, 5, 128)
    assert net(face).shape == (2, 5, 2)


def convolve(x, layer):
    """Zero-padded cross-correlation over time of x (C, F), then rectified."""
    weight, bias = (p.detach().numpy() for p in (layer.weight, layer.bias))
    d, pad, n = layer.dilation[0], layer.padding[0], x.shape[1]
    x = np.pad(x, ((0, 0), (pad, pad)))
    out = sum(weight[:, :, j] @ x[:, j * d : j * d + n] for j in range(3))
    return np.maximum(out + bias[:, None], 0)


def normalise(x, norm):
    mean, var = norm.running_mean.numpy(), norm.running_var.numpy()
    scale, shift = norm.weight.detach().numpy(), norm.bias.detach().numpy()
    z = (x - mean[:, None]) / np.sqrt(var[:, None] + norm.eps)
    return scale[:, None] * z + shift[:, None]


def test_temporal_part_equals_a_direct_evaluation():
    """Two modules of three convolutions, residuals, and the mean of three frames."""
    net = teacher()
    for norm in (m for m in net.modules() if isinstance(m, nn.BatchNorm1d)):
        norm.running_mean.normal_()
        norm.running_var.uniform_(0.5, 2.0)
    x = np.random.default_rng(0).standard_normal((512, 6))
    out = x
    for block in net.tcn[:2]:
        residual = block.residual.weight.detach().numpy()[:, :, 0] @ out
        residual += block.residual.bias.detach().numpy()[:, None]
        for i in (0, 4, 8):
            out = normalise(convolve(out, block.layers[i]), block.layers[i + 2])
        out = out + residual
    # The ends have two frames to average.
    expected = np.stack(
        [out[:, max(t - 1, 0) : t + 2].mean(axis=1) for t in range(6)], axis=1
    )
    result = net.tcn(torch.as_tensor(x[None], dtype=torch.float32))[0]
    np.testing.assert_allclose(result.detach().numpy(), expected, rtol=1e-4, atol=1e-4)


def test_each_image_is_scaled_by_itself():
    x = torch.rand(4, 3, 8, 8) * torch.tensor([0.1, 0.5, 1.0, 0.0])[:, None, None, None]
    z = FrameScaler()(x)
    torch.testing.assert_close(z.mean((1, 2, 3)), torch.zeros(4), atol=1e-5, rtol=0)
    std = z[1:3].std((1, 2, 3), correction=0)
    torch.testing.assert_close(std, torch.ones(2), atol=1e-3, rtol=0)
    assert not z[3].any()


def test_bytes_and_floats_are_the_same_pixels(clips):
    X, y = clips
    clf = VisualCNNTCN(**TINY).fit(X, y)
    as_floats = X.astype(np.float64) / 255
    np.testing.assert_allclose(
        clf.predict_proba(as_floats), clf.predict_proba(X), rtol=1e-5
    )
    np.testing.assert_array_equal(
        clf.predict_proba(Modalities(face=X, eeg=np.zeros((8, 2, 4)))),
        clf.predict_proba(X),
    )


def test_bytes_go_through_a_data_loader_too(clips):
    X, y = clips
    loader = {"iterator_train__pin_memory": False}
    clf = VisualCNNTCN(net_params=loader, **TINY).fit(X, y)
    assert clf.n_features_in_ == X.shape[1]
    assert np.isfinite(clf.net_.history[-1, "train_loss"])


def test_probability_is_the_mean_over_frames(clips):
    X, y = clips
    clf = VisualCNNTCN(**TINY).fit(X, y)
    frames = clf.net_.module_.eval()(torch.as_tensor(X / np.float32(255)))
    np.testing.assert_allclose(
        clf.predict_proba(X), frames.softmax(-1).mean(1).detach().numpy(), rtol=1e-4
    )


def test_mean_over_steps_by_hand():
    """Odds 1:3 and 3:1 average to 1/2, odds 1:1 stay."""
    logits = np.log(np.array([[[1.0, 3.0], [3.0, 1.0]], [[1.0, 1.0], [1.0, 1.0]]]))
    np.testing.assert_allclose(np.exp(VisualCNNTCN()._mean_over_steps(logits)), 0.5)


def test_mean_over_certain_steps_is_finite():
    """exp(-200) is 0 in float32, its logarithm is not minus infinity."""
    logits = np.array([[[200.0, 0.0], [200.0, 0.0]]], dtype=np.float32)
    mean = VisualCNNTCN()._mean_over_steps(logits)
    np.testing.assert_allclose(mean, [[0.0, -200.0]])


def test_one_label_per_sample_is_repeated_over_frames(clips):
    X, y = clips
    repeated = np.repeat(y[:, None], 3, axis=1)
    np.testing.assert_array_equal(
        VisualCNNTCN(**TINY).fit(X, repeated).predict_proba(X),
        VisualCNNTCN(**TINY).fit(X, y).predict_proba(X),
    )


def test_loss_with_a_label_per_frame():
    logits = torch.randn(2, 3, 2)
    y = torch.tensor([[0, 1, 0], [1, 1, 0]])
    p = logits.softmax(-1)
    right = torch.stack([p[i, t, y[i, t]] for i in range(2) for t in range(3)])
    torch.testing.assert_close(CrossEntropy()(logits, y), -right.log().mean())


def test_labels_of_another_number_of_frames_are_refused(clips):
    X, y = clips
    with pytest.raises(ValueError, match="values for 2 frames, but X has 3 frames"):
        VisualCNNTCN(**TINY).fit(X, np.repeat(y[:, None], 2, axis=1))


def test_labels_per_frame_with_class_weights_and_early_stopping(clips):
    X, y = clips
    frames = np.repeat(y[:, None], 3, axis=1)
    frames[0, 0] = "low"
    clf = VisualCNNTCN(
        class_weight="balanced", early_stopping=True, validation_fraction=0.5, **TINY
    )
    clf.fit(X, frames, groups=np.arange(8) // 2)
    # 11 of 24 frames are high: 24 / (2 * 11) and 24 / (2 * 13); half is held out.
    assert clf.net_.criterion_.weight.shape == (2,)
    assert "valid_loss" in clf.net_.history[-1]
    assert clf.predict(X).shape == (8,)


@pytest.mark.parametrize("n_frames", [1, 2])
def test_few_frames_are_enough(clips, n_frames):
    X, y = clips
    clf = VisualCNNTCN(n_features=16, **TINY).fit(X[:, :n_frames], y)
    assert clf.transform(X[:, :n_frames]).shape == (8, n_frames, 16)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_a_fitted_network_takes_any_number_of_frames(clips, dtype):
    """The features of a frame do not depend on frames that are far away.

    A frame sees 11 frames in each direction: 5 in each module, and 1 in the mean.
    """
    X, y = clips
    clf = VisualCNNTCN(**TINY).fit(X.astype(dtype), y)
    longer = np.random.default_rng(1).integers(0, 256, (2, 24, 3, 48, 48), np.uint8)
    longer = longer.astype(dtype) / (255 if dtype == np.float32 else 1)
    longer = longer.astype(dtype)
    features = clf.transform(longer)
    assert features.shape == (2, 24, 128)
    assert clf.predict_steps(longer).shape == (2, 24)
    np.testing.assert_allclose(
        clf.transform(longer[:, :23])[:, :12], features[:, :12], rtol=1e-3, atol=1e-4
    )
    with pytest.raises(ValueError, match="axis 1 is empty"):
        clf.predict(longer[:, :0])


def test_the_network_starts_from_a_network_for_still_images(clips):
    X, y = clips
    still = VisualCNN(architecture="3facrnn", **TINY).fit(X[:, 0], y)
    never = {**TINY, "lr": 1e-12}
    for cnn in (still, FrozenEstimator(still), VisualCNNTCN(**TINY).fit(X, y)):
        clf = VisualCNNTCN(cnn=cnn, **never).fit(X, y)
        given = getattr(cnn, "estimator", cnn).net_.module_
        for a, b in zip(convolutions(given), convolutions(clf.net_.module_)):
            torch.testing.assert_close(a.weight, b.weight, rtol=0, atol=1e-9)
            torch.testing.assert_close(a.bias, b.bias, rtol=0, atol=1e-9)
    again = VisualCNNTCN(cnn=FrozenEstimator(still), **never)
    np.testing.assert_array_equal(
        clone(again).fit(X, y).predict_proba(X), again.fit(X, y).predict_proba(X)
    )


def test_a_cnn_of_other_shapes_and_a_cnn_without_fit_are_refused(clips):
    X, y = clips
    other = VisualCNN(**TINY).fit(X[:, 0], y)
    with pytest.raises(ValueError, match=r'shapes.*Pass VisualCNN\(architecture="3fac'):
        VisualCNNTCN(cnn=other, **TINY).fit(X, y)
    with pytest.raises(ValueError, match=r"cnn=VisualCNN\(\) is not fitted.*FrozenEst"):
        VisualCNNTCN(cnn=VisualCNN(), **TINY).fit(X, y)
    with pytest.raises(ValueError, match="48 x 48 pixels, got 40 x 48"):
        VisualCNN(architecture="3facrnn", **TINY).fit(X[:, 0, :, :40], y)


def test_warm_start_goes_on_training(clips):
    """With a learning rate of almost 0, the second fit returns the first network."""
    X, y = clips
    first = VisualCNNTCN(**TINY).fit(X, y)
    expected = first.predict_proba(X)
    clf = VisualCNNTCN(warm_start=True, **TINY).fit(X, y)
    np.testing.assert_array_equal(clf.predict_proba(X), expected)
    weights = [p.detach().clone() for p in clf.net_.module_.parameters()]
    clf.set_params(lr=1e-12).fit(X[:4], y[:4])
    for a, b in zip(weights, clf.net_.module_.parameters()):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-9)
    # Another fit without it starts anew.
    cold = clf.set_params(warm_start=False, lr=VisualCNNTCN().lr).fit(X, y)
    np.testing.assert_array_equal(cold.predict_proba(X), expected)


def test_warm_start_of_a_regressor_keeps_the_scale_of_the_ratings(clips):
    X, _ = clips
    reg = VisualCNNTCNRegressor(warm_start=True, **TINY).fit(X, np.linspace(1, 9, 8))
    mean, scale = reg.target_mean_.copy(), reg.target_scale_.copy()
    reg.fit(X, np.linspace(30, 90, 8))
    np.testing.assert_array_equal(reg.target_mean_, mean)
    np.testing.assert_array_equal(reg.target_scale_, scale)


def test_warm_start_with_other_classes_or_layers_is_refused(clips):
    X, y = clips
    clf = VisualCNNTCN(warm_start=True, **TINY).fit(X, y)
    with pytest.raises(ValueError, match=r"classes of the last fit, \['high', 'low'\]"):
        clf.fit(X, ["a", "b"] * 4)
    clf = VisualCNNTCN(warm_start=True, **TINY).fit(X, y)
    with pytest.raises(ValueError, match=r"describe another one.*warm_start=False"):
        clf.set_params(n_features=8).fit(X, y)


def test_frames_of_another_size_are_named(clips):
    X, y = clips
    with pytest.raises(ValueError, match=r"n_frames, 3, 48, 48\), got \(8, 3, 3, 40"):
        VisualCNNTCN(**TINY).fit(X[..., :40, :], y)


def test_papers_settings_are_constructor_arguments():
    params = VisualCNNTCN.paper_params()
    assert params == {
        "lr": 1e-5,
        "max_epochs": 100,
        "batch_size": 128,
        "dropout": 0.5,
        "weight_decay": 0.0,
        "standardize": False,
    }
    assert VisualCNNTCN(**params).get_params().items() >= params.items()


def test_sizes_of_the_still_network():
    """64 -> 62 -> 30 -> 28 -> 13 -> 13 -> 6: 128 * 36 values to the hidden layer."""
    net = VisualCNNModule("deepvanet", 128 * 36, 2, 128, 0.5, True)
    assert net.cnn(torch.rand(1, 3, 64, 64)).shape == (1, 128 * 6 * 6)
    expected = (
        (3 * 9 * 32 + 32)
        + (32 * 9 * 64 + 64)
        + (64 * 9 * 128 + 128)
        + (128 * 36 * 128 + 128)
        + (128 * 2 + 2)
    )
    assert count(net) == expected


@pytest.mark.parametrize("size", [(21, 30), (64, 48)])
def test_still_images_of_any_size(size):
    X = np.random.default_rng(0).uniform(size=(6, 3, *size))
    clf = VisualCNN(n_features=5, **TINY).fit(X, [0, 1] * 3)
    assert clf.transform(X).shape == (6, 5)
    with pytest.raises(ValueError, match=rf"3, {size[0]}, {size[1]}\)"):
        clf.predict(X[..., :-1])


def test_still_images_that_are_too_small_are_named():
    with pytest.raises(ValueError, match="at least 21 pixels, got 20 x 40"):
        VisualCNN(**TINY).fit(np.zeros((4, 3, 20, 40)), [0, 1] * 2)


def mouths(n, size, seed):
    """Noise with a bright bar below the middle in one of two classes."""
    rng = np.random.default_rng(seed)
    X = rng.uniform(0, 0.5, (n, 3, size, size)).astype(np.float32)
    y = np.arange(n) % 2
    low = int(0.7 * size)
    X[y == 1, :, low : low + 6, size // 4 : 3 * size // 4] += 0.4
    return X, y


def test_video_network_learns():
    # 48 steps: after 16, the running statistics of its normalisations still lag, and
    # the score depends on the seed.
    (X, y), (X_test, y_test) = mouths(96, 48, 0), mouths(40, 48, 1)
    clf = VisualCNNTCN(max_epochs=8, batch_size=16, random_state=0, device="cpu")
    clf.fit(X[:, None], y)
    assert clf.score(X_test[:, None], y_test) > 0.9


def test_still_network_learns():
    (X, y), (X_test, y_test) = mouths(32, 32, 0), mouths(40, 32, 1)
    clf = VisualCNN(max_epochs=6, batch_size=8, random_state=0, device="cpu")
    assert clf.fit(X, y).score(X_test, y_test) > 0.9
