"""EEGNet: its size, its filters' limits, and learning from raw signals."""

import numpy as np
import pytest
import torch
from _baseline_data import (
    assert_learns_and_not_from_shuffled_labels,
    labels,
    n_parameters,
    planted_power,
)
from scipy.signal import correlate

from sklearn_emotion import EEGNet
from sklearn_emotion.baselines.networks._eegnet import EEGNetModule, limited

DEFAULT = {"n_filters": 8, "depth": 2, "n_pointwise": 16, "dropout": 0.25}


def test_number_of_parameters():
    module = EEGNetModule(32, 256, 2, kernel=64, separable_kernel=16, **DEFAULT)
    # Temporal 8 x 64; normalisation 16; spatial 16 x 32; normalisation 32; separable
    # 16 x 16 + 16 x 16; normalisation 32; 256 / 4 / 8 = 8 steps of 16: 128 x 2 + 2.
    # EEGNet(n_chans=32, n_outputs=2, n_times=256) of braindecode 1.8.1 has as many.
    assert n_parameters(module) == 512 + 16 + 512 + 32 + 512 + 32 + 258 == 1874


def test_durations_become_samples():
    X = np.zeros((4, 3, 200), np.float32)
    X[::2] = np.random.default_rng(0).standard_normal((2, 3, 200))
    clf = EEGNet(sfreq=100.0, max_epochs=1, random_state=0).fit(X, [0, 1, 0, 1])
    # 0.5 s are 50 samples, and 12 after pooling by 4.
    assert clf.net_.module_.temporal.weight.shape == (8, 1, 1, 50)
    assert clf.net_.module_.separable[1].weight.shape == (16, 1, 1, 12)


def test_temporal_filters_correlate_and_keep_the_length():
    torch.manual_seed(0)
    module = EEGNetModule(2, 64, 2, kernel=4, separable_kernel=3, **DEFAULT).eval()
    x = torch.randn(1, 2, 64)
    seen = []
    module.first.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    module(x)
    # Map 7: the second spatial filter of the fourth temporal one. A fresh
    # normalisation divides by the square root of 1 + 1e-3 only.
    w = module.temporal.weight[3, 0, 0].detach().numpy()
    spatial = limited(module.spatial.weight, 1.0)[7, 0, :, 0].detach().numpy()
    padded = np.pad(x[0].numpy(), ((0, 0), (1, 2)))
    filtered = np.stack([correlate(signal, w, "valid") for signal in padded])
    expected = spatial @ filtered / np.sqrt(1 + 1e-3)
    np.testing.assert_allclose(seen[0][0, 7, 0].detach(), expected, atol=1e-5)


def test_batch_normalizations_add_to_the_variance_what_the_authors_add():
    module = EEGNetModule(2, 64, 2, kernel=4, separable_kernel=3, **DEFAULT)
    norms = [m for m in module.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    assert [norm.eps for norm in norms] == [1e-3] * 3


def test_only_norms_above_the_limit_are_scaled_down():
    weight = torch.tensor([[3.0, 4.0], [0.3, 0.4]])
    torch.testing.assert_close(
        limited(weight, 1.0), torch.tensor([[0.6, 0.8], [0.3, 0.4]]), atol=1e-6, rtol=0
    )


def test_large_spatial_weights_act_as_if_of_norm_one():
    torch.manual_seed(0)
    module = EEGNetModule(4, 64, 2, kernel=8, separable_kernel=3, **DEFAULT).eval()
    x = torch.randn(3, 4, 64)
    with torch.no_grad():
        module.spatial.weight.mul_(100.0)
        first = module(x)
        module.spatial.weight.mul_(10.0)
    torch.testing.assert_close(module(x), first, atol=1e-4, rtol=1e-4)


def test_it_learns_power_from_raw_signals():
    X = planted_power(4, 128, [0, 1], 3.0)
    clf = EEGNet(max_epochs=25, lr=5e-3, random_state=0)
    assert_learns_and_not_from_shuffled_labels(clf, X)


def test_too_short_a_sample_is_told_in_seconds():
    X = planted_power(4, 16, [0], 2.0)
    with pytest.raises(
        ValueError, match=r"0.25 s or more, got 0.125 s \(16 time points"
    ):
        EEGNet().fit(X, labels())
