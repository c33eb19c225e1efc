"""Modules compute on one device only, and never wait for it.

PyTorch's meta device has shapes but no values. A tensor that stays on another device,
and a decision that depends on values, fail there on every machine.
"""

import numpy as np
import pytest
import torch
from _cases import CASES, labels, noise
from sklearn.base import clone, is_classifier

import sklearn_emotion as se
from sklearn_emotion.networks._data import as_float
from sklearn_emotion.networks._stored import without_memory

NETWORKS = [case for case in CASES if case.is_network]
CASE = {case.id: case for case in CASES}
VARIANTS = {
    "per step": ("ThreeFACRNN", {"head": "per_step"}),
    "decision fusion": ("DeepVANet", {"fusion": "decision"}),
    "without prior": ("PriorDrivenSTFENet", {"prior": False, "stfenet": False}),
    "uniform policy": ("HierarchicalAttentionLSTM", {"policy": "uniform"}),
    "no policy baseline": (
        "HierarchicalAttentionLSTM",
        {"policy_baseline": False, "hierarchical_attention": False},
    ),
    "many frames": ("HierarchicalAttentionLSTM", {"max_steps": 1, "n_episodes": 1}),
}


def prepare(model, X, y):
    """Learn what a network learns before training; return inputs and targets."""
    arrays = model._checked(X, reset=True)
    model.input_shapes_ = {key: x.shape[1:] for key, x in arrays.items()}
    y = model._check_y(y, next(iter(arrays.values())))
    model._learn_classes(y)
    targets = model._targets(y, slice(None))
    model._n_module_outputs = model._n_outputs(targets)
    return arrays, targets


def assert_runs_on_meta(model, X, y):
    arrays, targets = prepare(model, X, y)
    (module,) = without_memory(model._new_networks)
    loss = model._criterion(model._loss(targets)).to("meta")
    inputs = {
        key: as_float(torch.as_tensor(x, device="meta")) for key, x in arrays.items()
    }
    for training in (True, False):
        module.train(training)
        loss.train(training)
        value = loss(module(**inputs), torch.as_tensor(targets, device="meta"))
        assert value.shape == ()
    module.train()
    out = loss(module(**inputs), torch.as_tensor(targets, device="meta"))
    out.backward()
    used = [p for p in module.parameters() if p.grad is not None]
    assert used
    assert all(p.grad.device.type == "meta" for p in used)


def targets_of(case):
    return labels(case) if is_classifier(case.estimator) else np.linspace(1, 9, 8)


@pytest.mark.parametrize("case", NETWORKS, ids=lambda c: c.id)
def test_forward_loss_and_backward_stay_on_the_device(case):
    model = clone(case.estimator)
    if case.classifies:
        model.set_params(class_weight="balanced")
    assert_runs_on_meta(model, case.data(), targets_of(case))


@pytest.mark.parametrize("name", VARIANTS)
def test_settings_that_change_the_module_stay_on_the_device(name):
    network, params = VARIANTS[name]
    case = CASE[network]
    model = clone(case.estimator).set_params(**params)
    assert_runs_on_meta(model, case.data(), labels(case))


def test_a_teacher_stays_on_the_device():
    X = noise(8, 2, 4, 9, 9)(np.random.default_rng(0))
    model = clone(CASE["ThreeFACRNN"].estimator)
    arrays, targets = prepare(model, X, np.arange(8) % 2)
    (module,) = without_memory(model._new_networks)
    loss = model._criterion(model._loss(targets)).to("meta")
    inputs = {key: torch.as_tensor(x, device="meta") for key, x in arrays.items()}
    visual = torch.empty(8, 2, model.lstm_hidden, device="meta")
    out = module(**inputs, visual=visual)
    loss(out, torch.as_tensor(targets, device="meta")).backward()


def test_an_episode_that_goes_on_after_its_end_gives_the_same_result():
    """The CPU stops when all episodes have ended, and other devices go on."""
    case = CASE["HierarchicalAttentionLSTM"]
    X = case.data()
    model = clone(case.estimator).set_params(max_steps=12).fit(X, labels(case))
    module = model.net_.module_
    # The policy chooses the last frame at once.
    torch.nn.init.constant_(module.location.bias, 20.0)
    expected, frames = model.predict_proba(X), model.attended_frames(X)
    assert (frames[:, 1:] == -1).all()
    module.stops_early = False
    np.testing.assert_array_equal(model.predict_proba(X), expected)
    np.testing.assert_array_equal(model.attended_frames(X), frames)


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
@pytest.mark.parametrize("case", NETWORKS, ids=lambda c: c.id)
def test_cuda_and_cpu_agree(case, tmp_path):
    X = case.data()
    model = clone(case.estimator).set_params(device="cuda").fit(X, targets_of(case))
    assert next(model.net_.module_.parameters()).is_cuda
    first = model.transform(X)
    se.save_model(model, tmp_path / "model.zip")
    restored = se.load_model(tmp_path / "model.zip")
    np.testing.assert_array_equal(restored.transform(X), first)
    restored.net_.module_.cpu()
    np.testing.assert_allclose(restored.transform(X), first, rtol=1e-2, atol=1e-2)
