"""MMResLSTM: shared recurrent weights, shortcuts, and what it says of bad input."""

import numpy as np
import pytest
import torch
from _baseline_data import (
    assert_learns_and_not_from_shuffled_labels,
    labels,
    n_parameters,
    planted,
)
from torch import nn

from sklearn_emotion import MMResLSTM, Modalities
from sklearn_emotion.baselines.networks._mm_res_lstm import MMResLSTMModule, SharedLSTM


def two(effects=(0.0, 0.0), n_steps=4):
    return Modalities(
        eeg=planted((n_steps, 3, 4), (slice(None), 1, 2), effects[0], seed=0),
        ecg=planted((n_steps, 5), (slice(None), 3), effects[1], seed=1),
        subject=np.arange(96) // 8,
    )


def test_number_of_parameters():
    module = MMResLSTMModule({"eeg": 12, "ecg": 5}, 2, 8, 3, 0.0)
    # Layer 1: 32 x 12 + 32 and 32 x 5 + 32 of their own, 32 x 8 shared:
    # 416 + 192 + 256 = 864. Layers 2 and 3: 2 (32 x 8 + 32) + 256 = 832 each.
    # Layer normalisation 3 x 16; classifier 16 x 2 + 2.
    assert n_parameters(module) == 864 + 2 * 832 + 48 + 34 == 2610


def test_one_modality_is_torchs_lstm():
    torch.manual_seed(0)
    layer, reference = SharedLSTM([5], 6), nn.LSTM(5, 6, batch_first=True)
    with torch.no_grad():
        reference.weight_ih_l0.copy_(layer.inputs[0].weight)
        reference.bias_ih_l0.copy_(layer.inputs[0].bias)
        reference.weight_hh_l0.copy_(layer.recurrent.weight)
        reference.bias_hh_l0.zero_()
    x = torch.randn(3, 7, 5)
    torch.testing.assert_close(layer([x])[0], reference(x)[0])


def test_recurrent_weights_are_shared_and_input_weights_are_not():
    layer = SharedLSTM([5, 5], 6)
    x = torch.randn(3, 7, 5)
    first, second = layer([x, x])
    assert not torch.allclose(first, second)
    with torch.no_grad():
        layer.inputs[1].load_state_dict(layer.inputs[0].state_dict())
    first, second = layer([x, x])
    torch.testing.assert_close(first, second)
    assert [name for name, _ in layer.named_parameters() if "recurrent" in name] == [
        "recurrent.weight"
    ]


def test_shortcuts_begin_at_the_second_layer():
    """A layer whose gates are shut adds nothing: its input passes, normalised."""
    torch.manual_seed(0)
    module = MMResLSTMModule({"a": 4, "b": 3}, 2, 8, 2, 0.0).eval()
    with torch.no_grad():
        for layer in module.layers[1].inputs:
            # An output gate of sigmoid(-50) is zero.
            layer.bias[24:] = -50.0
            layer.weight[24:] = 0.0
        module.layers[1].recurrent.weight.zero_()
    inputs = {"a": torch.randn(5, 6, 4), "b": torch.randn(5, 6, 3)}
    first = module.norms[0](module.layers[0]([inputs["a"], inputs["b"]]))
    expected = module.norms[1](first)[:, :, -1].transpose(0, 1).flatten(1)
    torch.testing.assert_close(module.features(**inputs), expected)


@pytest.mark.parametrize("effects", [(3.0, 0.0), (0.0, 3.0)], ids=["eeg", "ecg"])
def test_each_modality_can_carry_the_label(effects):
    clf = MMResLSTM(n_hidden=16, n_layers=2, max_epochs=15, lr=5e-3, random_state=0)
    assert_learns_and_not_from_shuffled_labels(clf, two(effects))


def test_one_step_and_three_modalities_work():
    X = two(n_steps=1)
    X["face"] = planted((1, 7), (0, 0), 1.0)
    clf = MMResLSTM(n_hidden=8, max_epochs=1, random_state=0).fit(X, labels())
    assert clf.modalities_ == ["eeg", "ecg", "face"]
    assert clf.transform(X).shape == (96, 24)


def test_a_modality_without_steps_is_left_out_with_a_warning():
    X = two()
    X["hrv"] = np.zeros((96, 7))
    clf = MMResLSTM(n_hidden=4, max_epochs=1, random_state=0)
    with pytest.warns(UserWarning, match=r"leaves out {'hrv': \(96, 7\)}") as told:
        clf.fit(X, labels())
    assert (len(told), told[0].filename) == (1, __file__)
    assert clf.modalities_ == ["eeg", "ecg"]
    # Named or described per sample, nothing is left out that was wanted.
    clf.set_params(modalities=["eeg", "ecg"]).fit(X, labels())


def test_the_order_of_the_modalities_at_prediction_does_not_matter():
    X = two((1.0, 0.0))
    clf = MMResLSTM(n_hidden=8, max_epochs=1, random_state=0).fit(X, labels())
    turned = {"ecg": X["ecg"], "eeg": X["eeg"]}
    np.testing.assert_array_equal(clf.predict_proba(turned), clf.predict_proba(X))


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda clf, X, y: clf.fit(X["eeg"], y), "two or more modalities.*array of"),
        (
            lambda clf, X, y: clf.fit({"eeg": X["eeg"], "ecg": X["ecg"][:, 0]}, y),
            r"got {'eeg': \(96, 4, 3, 4\), 'ecg': \(96, 5\)}",
        ),
        (
            lambda clf, X, y: clf.fit(X, y).predict(X[:0]),
            r"Found array with 0 sample\(s\)",
        ),
        (
            lambda clf, X, y: clf.fit(X, y).predict({"eeg": X["eeg"]}),
            "missing 'ecg', got 'eeg'",
        ),
        (
            lambda clf, X, y: clf.set_params(modalities=["eeg", "gsr"]).fit(X, y),
            "missing 'gsr'",
        ),
        (
            lambda clf, X, y: clf.set_params(modalities=["eeg"]).fit(X, y),
            "two or more different modalities",
        ),
        (
            lambda clf, X, y: clf.fit({"eeg": X["eeg"], "ecg": X["ecg"][:, :2]}, y),
            "same number of steps, got {'eeg': 4, 'ecg': 2}",
        ),
        (
            lambda clf, X, y: clf.set_params(modalities=["eeg", "subject"]).fit(X, y),
            r"n_steps, n_features\), got {'subject': \(96,\)}",
        ),
    ],
)
def test_bad_input_is_named(call, match):
    with pytest.raises(ValueError, match=match):
        call(MMResLSTM(n_hidden=4, max_epochs=1), two(), labels())
