"""4D-CRNN and the continuous CNN: sizes, equations, learning from grids."""

import numpy as np
import pytest
import torch
from _baseline_data import (
    assert_learns_and_not_from_shuffled_labels,
    labels,
    n_parameters,
    planted,
)
from scipy.signal import correlate

from sklearn_emotion import ContinuousCNN, FourDCRNN
from sklearn_emotion.baselines.networks._continuous_cnn import ContinuousCNNModule
from sklearn_emotion.baselines.networks._four_d_crnn import FourDCRNNModule
from sklearn_emotion.baselines.networks._grid_convolutions import GridConvolutions


def test_number_of_parameters_of_4d_crnn():
    # Convolutions: 64 (4 x 25 + 1) = 6464, 128 (64 x 16 + 1) = 131200,
    # 256 (128 x 16 + 1) = 524544, 64 x 257 = 16448; dense 1024 x 512 + 512 = 524800;
    # LSTM 512 x (512 + 128 + 2) = 328704; classifier 258.
    expected = 6464 + 131_200 + 524_544 + 16_448 + 524_800 + 328_704 + 258
    assert n_parameters(FourDCRNNModule(4, 2, 512, 128, 0.0)) == expected == 1_532_418


def test_number_of_parameters_of_the_continuous_cnn():
    # The first convolution is 64 (4 x 16 + 1) = 4160; dense 5184 x 1024 + 1024.
    expected = 4160 + 131_200 + 524_544 + 16_448 + 5_309_440 + 2050
    assert n_parameters(ContinuousCNNModule(4, 2, 1024, 0.5)) == expected == 5_987_842


@pytest.mark.parametrize("first_kernel", [4, 5])
def test_the_first_convolution_is_a_padded_correlation(first_kernel):
    torch.manual_seed(0)
    layers = GridConvolutions(2, first_kernel).eval()
    x = torch.randn(1, 2, 9, 9)
    got = layers[1](layers[0](x))[0, 5].detach().numpy()
    w = layers[1].weight[5].detach().numpy()
    # An even kernel of 4 has one cell before and two after the one it is centred on.
    pads = ((first_kernel - 1) // 2, first_kernel // 2)
    expected = sum(
        correlate(np.pad(x[0, b].numpy(), (pads, pads)), w[b], "valid")
        for b in range(2)
    )
    np.testing.assert_allclose(got, expected, atol=1e-5)
    assert layers(x).shape == (1, 64, 9, 9)


def test_4d_crnn_learns_a_band():
    X = planted((1, 2, 9, 9), (slice(None), 1), 1.5)
    clf = FourDCRNN(n_dense=64, n_hidden=16, max_epochs=3, random_state=0)
    assert_learns_and_not_from_shuffled_labels(clf, X)


def test_the_continuous_cnn_learns_a_band():
    X = planted((2, 9, 9), (1,), 1.5)
    clf = ContinuousCNN(n_dense=64, lr=1e-3, max_epochs=3, random_state=0)
    assert_learns_and_not_from_shuffled_labels(clf, X)


def test_the_continuous_cnn_averages_windows():
    X = planted((3, 2, 9, 9), (0, 1, 3, 4), 2.0)[:8]
    clf = ContinuousCNN(n_dense=8, max_epochs=1, random_state=0).fit(X, labels()[:8])
    np.testing.assert_allclose(
        clf.predict_proba(X), clf.predict_proba(X.mean(axis=1)), atol=1e-6
    )


def test_4d_crnn_depends_on_the_order_of_windows():
    torch.manual_seed(0)
    module = FourDCRNNModule(2, 2, 16, 8, 0.0).eval()
    x = torch.randn(2, 3, 2, 9, 9)
    assert not torch.allclose(module(x), module(x.flip(1)), atol=1e-4)


@pytest.mark.parametrize("estimator", [FourDCRNN(), ContinuousCNN()])
def test_another_grid_is_named(estimator):
    with pytest.raises(ValueError, match=r"n_bands, 9, 9\), got"):
        estimator.fit(np.zeros((4, 1, 2, 8, 9), np.float32), [0, 1, 0, 1])
