"""ACRNN against its equations in NumPy, and its recurrence over real steps."""

import numpy as np
import pytest
import torch
from _baseline_data import (
    assert_learns_and_not_from_shuffled_labels,
    labels,
    n_parameters,
    planted_power,
)

from sklearn_emotion import ACRNN
from sklearn_emotion.baselines.networks._acrnn import (
    ACRNNModule,
    ChannelAttention,
    FeatureAttention,
)


def softmax(x, axis):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def numbers(module):
    return {k: v.detach().numpy() for k, v in module.named_parameters()}


def test_number_of_parameters_and_of_steps():
    module = ACRNNModule(32, 2, 15, 40, 64, 2, 45, 75, 10, 0.5)
    # Channel attention 32 x 15 + 15 + 15 x 32 + 32 = 1007; convolution 40 x 32 x 45
    # + 40 = 57640; normalisation 80; LSTM 256 x (40 + 64) + 512 = 27136 and
    # 256 x 128 + 512 = 33280; self-attention 2 x 4160; classifier 130.
    expected = 1007 + 57_640 + 80 + 27_136 + 33_280 + 8320 + 130
    assert n_parameters(module) == expected == 127_593
    # 384 points leave 340 after the filters and (340 - 75) // 10 + 1 = 27 pools.
    assert module.convolution(torch.zeros(2, 32, 384)).shape == (2, 40, 27)


def test_durations_are_the_papers_samples_at_its_rate():
    X = planted_power(3, 384, [0], 2.0)[:8]
    module = ACRNN(max_epochs=1, random_state=0).fit(X, [0, 1] * 4).net_.module_
    assert module.convolution[0].kernel_size == (45,)
    assert (module.convolution[3].kernel_size, module.convolution[3].stride) == (75, 10)


def test_channel_attention_is_the_equation():
    torch.manual_seed(0)
    module = ChannelAttention(6, 3).double()
    x = torch.randn(4, 6, 20, dtype=torch.float64)
    p = numbers(module)
    s = x.numpy().mean(axis=-1)
    inner = np.tanh(s @ p["reduce.weight"].T + p["reduce.bias"])
    expected = softmax(inner @ p["expand.weight"].T + p["expand.bias"], axis=1)
    np.testing.assert_allclose(module.weights(x).detach(), expected, atol=1e-12)
    np.testing.assert_allclose(
        module(x).detach(), expected[..., None] * x.numpy(), atol=1e-12
    )


def test_self_attention_is_the_equation_with_weights_for_each_feature():
    torch.manual_seed(0)
    module = FeatureAttention(5).double()
    h = torch.randn(3, 7, 5, dtype=torch.float64)
    p = numbers(module)
    inner = h.numpy() @ p["inner.weight"].T + p["inner.bias"]
    inner = np.where(inner > 0, inner, np.expm1(inner))
    a = softmax(inner @ p["outer.weight"].T + p["outer.bias"], axis=1)
    expected = (a * h.numpy()).sum(axis=1)
    np.testing.assert_allclose(module(h).detach(), expected, atol=1e-12)
    np.testing.assert_allclose(module.weights(h).detach().sum(1), 1.0)


def test_it_learns_power_from_raw_signals():
    X = planted_power(4, 192, [0, 1], 4.0)
    clf = ACRNN(max_epochs=25, lr=5e-3, dropout=0.2, n_hidden=16, random_state=0)
    assert_learns_and_not_from_shuffled_labels(clf, X)


def test_channel_weights_are_shares():
    X = planted_power(4, 192, [0], 2.0)
    clf = ACRNN(max_epochs=1, random_state=0).fit(X, labels())
    weights = clf.channel_attention(X)
    assert weights.shape == (96, 4)
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, atol=1e-6)


def test_channel_weights_of_signals_without_a_mean_are_the_same_for_all_samples():
    X = planted_power(3, 384, [0], 2.0)[:16]
    X -= X.mean(axis=2, keepdims=True)
    clf = ACRNN(max_epochs=2, random_state=0).fit(X, [0, 1] * 8)
    assert np.ptp(clf.channel_attention(X), axis=0).max() < 1e-5
    X[::2] += np.arange(3)[:, None]
    assert np.ptp(clf.channel_attention(X), axis=0).max() > 1e-3


def test_one_step_works_and_less_is_told_in_seconds():
    X = planted_power(4, 119, [0], 2.0)
    clf = ACRNN(max_epochs=1, random_state=0).fit(X, labels())
    assert clf.transform(X).shape == (96, 64)
    with pytest.raises(ValueError, match=r"take 0.929688 s, more than.*0.921875 s"):
        ACRNN().fit(X[..., :118], labels())


def test_paper_settings_are_those_of_the_authors_code():
    params = ACRNN.paper_params()
    assert params["optimizer"] == "adam"
    assert (params["lr"], params["max_epochs"], params["batch_size"]) == (1e-4, 200, 10)
    assert ACRNN(**params).dropout == 0.5
