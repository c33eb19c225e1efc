"""EEGNet's first three layers in the other order: the same numbers and gradients."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from sklearn_emotion.baselines.networks._space_first import (
    _window_moments,
    filter_space_first,
)


def layers(x, conv, norm, spatial):
    """Filter, normalise and mix one after the other."""
    length = conv.weight.shape[3]
    padded = nn.functional.pad(x[:, None], ((length - 1) // 2, length // 2))
    weight = spatial[:, None, :, None]
    return nn.functional.conv2d(norm(conv(padded)), weight, groups=len(conv.weight))


def network(length, n_channels, dtype):
    torch.manual_seed(0)
    conv = nn.Conv2d(1, 3, (1, length), bias=False)
    norm = nn.BatchNorm2d(3)
    with torch.no_grad():
        norm.weight.uniform_(0.5, 2)
        norm.bias.uniform_(-1, 1)
        norm.running_mean.uniform_(-1, 1)
        norm.running_var.uniform_(0.5, 2)
    spatial = nn.Parameter(torch.randn(6, n_channels))
    return nn.ParameterList([spatial]).to(dtype), conv.to(dtype), norm.to(dtype)


def signals(shape, dtype=torch.float64):
    # Slow drifts and an offset, as in EEG: neighbouring points are alike.
    rng = np.random.default_rng(0)
    return torch.tensor(rng.standard_normal(shape).cumsum(-1) * 0.1 + 0.3, dtype=dtype)


@pytest.mark.parametrize(
    ("length", "n_times"), [(1, 20), (2, 20), (7, 50), (8, 9), (16, 12), (64, 256)]
)
@pytest.mark.parametrize("training", [True, False])
def test_the_order_does_not_matter(length, n_times, training):
    x = signals((4, 5, n_times)).requires_grad_()
    weights, conv, norm = network(length, 5, torch.float64)
    spatial = weights[0]
    norm.train(training)
    norm_of_layers = copy.deepcopy(norm)
    gradient = signals((4, 6, n_times))
    inputs = [x, conv.weight, spatial]

    expected = layers(x, conv, norm_of_layers, spatial)[:, :, 0]
    references = torch.autograd.grad(
        expected, [*inputs, norm_of_layers.weight, norm_of_layers.bias], gradient
    )
    out = filter_space_first(x, conv.weight[:, 0, 0], norm, spatial)
    gradients = torch.autograd.grad(out, [*inputs, norm.weight, norm.bias], gradient)

    torch.testing.assert_close(out, expected, rtol=1e-10, atol=1e-10)
    for got, reference in zip(gradients, references):
        scale = reference.abs().max()
        torch.testing.assert_close(got / scale, reference / scale, rtol=0, atol=1e-10)
    for name, buffer in norm_of_layers.named_buffers():
        torch.testing.assert_close(norm.get_buffer(name), buffer, rtol=1e-9, atol=1e-9)


def test_single_precision_is_as_close_to_the_truth_as_the_layers():
    x = signals((16, 19, 640))
    weights, conv, norm = network(64, 19, torch.float64)
    exact = layers(x, conv, norm, weights[0])[:, :, 0]
    conv, norm, spatial, x = conv.float(), norm.float(), weights[0].float(), x.float()
    scale = exact.abs().max()
    out = filter_space_first(x, conv.weight[:, 0, 0], norm, spatial)
    assert ((out - exact).abs().max() / scale) < 3e-6


def test_moments_are_those_of_the_windows():
    x = signals((2, 3, 30))
    for length in (1, 2, 5, 8):
        padded = np.pad(x.reshape(6, 30), ((0, 0), ((length - 1) // 2, length // 2)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, length, axis=1)
        windows = windows.reshape(-1, length)
        mean, covariance = _window_moments(x, length)
        np.testing.assert_allclose(mean, windows.mean(0), atol=1e-12)
        expected = np.cov(windows.T, bias=True).reshape(length, length)
        np.testing.assert_allclose(covariance, expected, atol=1e-12)
