"""TSception's temporal block: the three layers it stands for, and its gradient."""

import copy

import pytest
import torch
from torch import nn

from sklearn_emotion.baselines.networks import _temporal_block
from sklearn_emotion.baselines.networks._temporal_block import TemporalBlock
from sklearn_emotion.baselines.networks._tsception import TSceptionModule


def layers(block):
    """Return the block's own layers, to run one after the other."""
    return nn.Sequential(*copy.deepcopy(block))


def output_and_gradients(module, x, gradient):
    out = module(x)
    out.backward(gradient)
    return [out.detach(), *(p.grad for p in module.parameters())]


@pytest.mark.parametrize("numbers", [1, 2_000, 2**18])
@pytest.mark.parametrize(
    ("length", "pool", "n_times"),
    [(64, 8, 200), (16, 8, 128), (5, 8, 50), (8, 2, 41), (1, 4, 16), (7, 1, 20)],
)
def test_one_product_is_the_three_layers(monkeypatch, numbers, length, pool, n_times):
    # Blocks of one signal, of a few with a smaller last one, and all at once.
    monkeypatch.setattr(_temporal_block, "BLOCK", numbers)
    torch.manual_seed(0)
    block = TemporalBlock(3, length, pool).double()
    x = torch.randn(4, 1, 5, n_times, dtype=torch.float64)
    steps = (n_times - length + 1) // pool
    gradient = torch.randn(4, 3, 5, steps, dtype=torch.float64)
    results = output_and_gradients(block, x, gradient)
    expected = output_and_gradients(layers(block), x, gradient)
    assert len(results) == 3
    for result, reference in zip(results, expected):
        torch.testing.assert_close(result, reference, rtol=1e-11, atol=1e-11)


def test_numbers_by_hand():
    block = TemporalBlock(1, 2, 2)
    with torch.no_grad():
        block[0].weight.copy_(torch.tensor([[[[1.0, -1.0]]]]))
        block[0].bias.fill_(0.5)
    # Differences 1 - 3, 3 - 0, 0 - 0, 0 - 4 and the bias: -1.5, 3.5, 0.5, -3.5; the
    # rectifier leaves a hundredth of the negative ones: (-0.015 + 3.5) / 2 and
    # (0.5 - 0.035) / 2. The last point belongs to no whole step.
    x = torch.tensor([[[[1.0, 3.0, 0.0, 0.0, 4.0, 9.0]]]])
    torch.testing.assert_close(block(x), torch.tensor([[[[1.7425, 0.2325]]]]))


def test_the_gradient_of_the_signals_is_that_of_the_layers():
    block = TemporalBlock(3, 6, 4)
    x = torch.randn(2, 1, 3, 40)
    gradients = []
    for module in (block, layers(block)):
        signals = x.clone().requires_grad_()
        module(signals).square().sum().backward()
        gradients.append(signals.grad)
    torch.testing.assert_close(*gradients)
    assert gradients[0].abs().sum() > 0


def test_whole_scalp_and_hemispheres_in_one_product():
    torch.manual_seed(0)
    module = TSceptionModule(list(range(6)), [4, 3, 2], 2, 3, 5, 4, 0.0)
    x = torch.randn(2, 3, 6, 10)
    separate = torch.cat([module.whole(x), module.halves(x)], dim=2)
    torch.testing.assert_close(module.spatial(x), separate)
