"""Emotion transformer fusion: positions, fusion weights, learning."""

import numpy as np
import pytest
import torch
from _baseline_data import (
    assert_learns_and_not_from_shuffled_labels,
    labels,
    n_parameters,
    planted,
)

from sklearn_emotion import EmotionTransformerFusion, Modalities
from sklearn_emotion.baselines.networks._etf import (
    EmotionTransformerFusionModule,
    Encoder,
    positions,
)


def two(effects=(0.0, 0.0), n_steps=4):
    return Modalities(
        eeg=planted((n_steps, 3, 4), (slice(None), 1, 2), effects[0], seed=0),
        ecg=planted((n_steps, 5), (slice(None), 3), effects[1], seed=1),
    )


def test_number_of_parameters():
    shapes = {"eeg": (4, 12), "ecg": (4, 5)}
    module = EmotionTransformerFusionModule(shapes, 2, 8, 2, 2, 0.0)
    # A layer of width 8: attention 3 x 8 x 8 + 24 + 8 x 8 + 8 = 288, perceptron
    # 8 x 32 + 32 + 32 x 8 + 8 = 552, two normalisations 32: 872.
    # Encoders: 12 x 8 + 8 + 2 x 872 = 1848 and 5 x 8 + 8 + 2 x 872 = 1792.
    # Fusion: 8 x 8 + 8 + 8 = 80. Classifier: 8 x 2 + 2 = 18.
    assert n_parameters(module) == 1848 + 1792 + 80 + 18 == 3738


def test_positions_are_sines_and_cosines():
    code = positions(3, 4).numpy()
    # Frequencies 1 and 10000^(-1/2) = 0.01; columns sin, cos, sin, cos.
    expected = [
        [np.sin(t), np.cos(t), np.sin(t / 100), np.cos(t / 100)] for t in range(3)
    ]
    np.testing.assert_allclose(code, expected, atol=1e-6)


def test_an_encoder_knows_the_order_of_its_steps():
    torch.manual_seed(0)
    encoder = Encoder(5, 3, 8, 1, 2, 0.0).eval()
    x = torch.randn(2, 5, 3)
    assert not torch.allclose(encoder(x), encoder(x.flip(1)), atol=1e-4)
    encoder.positions.zero_()
    torch.testing.assert_close(encoder(x), encoder(x.flip(1)))


def test_fusion_is_the_equation():
    torch.manual_seed(0)
    shapes = {"eeg": (4, 12), "ecg": (4, 5)}
    module = EmotionTransformerFusionModule(shapes, 2, 8, 1, 2, 0.0).double().eval()
    inputs = {
        k: torch.randn(3, *shape, dtype=torch.float64) for k, shape in shapes.items()
    }
    z = module.encoded(inputs).detach().numpy()
    p = {k: v.detach().numpy() for k, v in module.named_parameters()}
    u = np.tanh(z @ p["query.weight"].T + p["query.bias"]) @ p["score.weight"][0]
    a = np.exp(u) / np.exp(u).sum(axis=1, keepdims=True)
    expected = (a[..., None] * z).sum(axis=1)
    np.testing.assert_allclose(module.features(**inputs).detach(), expected, atol=1e-10)


@pytest.mark.parametrize("effects", [(3.0, 0.0), (0.0, 3.0)], ids=["eeg", "ecg"])
def test_each_modality_can_carry_the_label(effects):
    clf = EmotionTransformerFusion(
        width=16, n_layers=1, max_epochs=15, lr=3e-3, random_state=0
    )
    assert_learns_and_not_from_shuffled_labels(clf, two(effects))


def test_modality_weights_sum_to_one_and_differ_between_samples():
    X = two((1.0, 0.0), n_steps=1)
    clf = EmotionTransformerFusion(width=8, max_epochs=2, random_state=0)
    weights = clf.fit(X, labels()).modality_weights(X)
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, atol=1e-6)
    assert weights.std(axis=0).max() > 1e-5


def test_a_width_that_heads_do_not_divide_is_named():
    clf = EmotionTransformerFusion(width=10, n_heads=4, max_epochs=1)
    with pytest.raises(ValueError, match="multiple of n_heads=4, got 10"):
        clf.fit(two(), labels())


def test_a_missing_modality_is_named():
    clf = EmotionTransformerFusion(width=8, max_epochs=1, random_state=0)
    clf.fit(two(), labels())
    with pytest.raises(ValueError, match="missing 'ecg', got 'eeg'"):
        clf.predict({"eeg": two()["eeg"]})
