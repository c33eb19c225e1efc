"""A fit keeps to its own generator and settings, and Ctrl-C ends it."""

import contextlib
import os
import pickle
import signal
import threading
import warnings

import numpy as np
import pytest
import torch
from _toy import Toy, ToyModule
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from skorch.callbacks import Callback, Initializer

import sklearn_emotion as se
from sklearn_emotion import DeepCCA, EEGNet, Modalities
from sklearn_emotion.networks._session import (
    OwnGenerator,
    plain_torch,
    seeded_numpy,
    steady_products,
)


@pytest.fixture
def data():
    X = np.random.default_rng(0).standard_normal((40, 5)).astype(np.float32)
    return X, np.where(X[:, 0] > 0, "high", "low")


def with_dropout(**parameters):
    return Toy(random_state=0, net_params={"module__dropout": 0.5}, **parameters)


def eegnet(rng):
    return EEGNet(max_epochs=2, batch_size=8, random_state=0), rng.normal(
        size=(24, 4, 128)
    )


def network_with_teacher(rng):
    X = Modalities(
        eeg=rng.normal(size=(8, 2, 4, 9, 9)), face=rng.uniform(size=(8, 1, 3, 48, 48))
    )
    teacher = se.VisualCNNTCN(max_epochs=1)
    return se.ThreeFACRNN(teacher=teacher, max_epochs=1, random_state=0), X


def views(rng):
    X = Modalities(a=rng.normal(size=(30, 6)), b=rng.normal(size=(30, 4)))
    model = DeepCCA(n_components=2, hidden=(8,), batch_size=8, max_epochs=5)
    return model, X


@pytest.mark.parametrize("make", [eegnet, network_with_teacher, views])
def test_fits_in_threads_are_those_of_one_thread(make):
    model, X = make(np.random.default_rng(0))
    y = np.arange(len(X)) % 2

    def fit(seed):
        fitted = clone(model).set_params(random_state=seed).fit(X, y)
        return fitted.transform(X)

    seeds = [0, 1] * 4
    expected = [fit(seed) for seed in seeds[:2]]
    before = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    found = Parallel(n_jobs=8, backend="threading")(delayed(fit)(s) for s in seeds)
    for seed, features in zip(seeds, found):
        np.testing.assert_array_equal(features, expected[seed])
    assert torch.equal(torch.get_rng_state(), before[0])
    np.testing.assert_array_equal(np.random.get_state()[1], before[1])  # noqa: NPY002


def test_a_block_continues_the_sequence_of_its_seed():
    torch.manual_seed(7)
    expected = torch.rand(4)
    torch.manual_seed(3)
    before = torch.get_rng_state()
    own, other = OwnGenerator(7, "cpu"), OwnGenerator(7, "cpu")
    with own:
        first = torch.rand(2)
        with own:
            second = torch.rand(1)
        with other:
            assert torch.equal(torch.rand(4), expected)
        last = torch.rand(1)
    assert torch.equal(torch.cat([first, second, last]), expected)
    assert torch.equal(torch.get_rng_state(), before)
    with pytest.raises(ZeroDivisionError), own:
        _ = 1 / 0
    assert torch.equal(torch.get_rng_state(), before)
    with pickle.loads(pickle.dumps(other)):
        assert not torch.equal(torch.rand(4), expected)


def test_blocks_of_threads_wait_for_each_other():
    own, inside, entered = OwnGenerator(0, "cpu"), threading.Event(), []

    def enter():
        inside.set()
        with OwnGenerator(1, "cpu"):
            entered.append(torch.rand(1))

    thread = threading.Thread(target=enter)
    with own:
        thread.start()
        assert inside.wait(30)
        drawn = torch.rand(3)
        assert not entered
    thread.join(30)
    assert entered
    with OwnGenerator(0, "cpu"):
        assert torch.equal(torch.rand(3), drawn)


def test_a_network_that_a_callback_fits_does_not_disturb_the_fit(data):
    class FitsAnother(Callback):
        def on_epoch_end(self, net, **kwargs):
            Toy(random_state=1, max_epochs=1).fit(*data)

    expected = with_dropout(max_epochs=3).fit(*data).predict_proba(data[0])
    found = with_dropout(max_epochs=3, callbacks=[FitsAnother()]).fit(*data)
    np.testing.assert_array_equal(found.predict_proba(data[0]), expected)


def test_weights_that_a_callback_draws_depend_on_the_seed_only(data):
    def fit():
        draws = Initializer("hidden*", fn=torch.nn.init.normal_)
        return Toy(random_state=0, max_epochs=1, callbacks=[draws]).fit(*data)

    before = torch.get_rng_state()
    expected = fit().predict_proba(data[0])
    torch.rand(5)
    np.testing.assert_array_equal(fit().predict_proba(data[0]), expected)
    torch.set_rng_state(before)


def test_numpys_generator_is_seeded_inside_the_block_only():
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    with seeded_numpy(3):
        first = np.random.rand()  # noqa: NPY002
    with seeded_numpy(3):
        assert np.random.rand() == first  # noqa: NPY002
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002


@contextlib.contextmanager
def setting(set_value, value, default):
    set_value(value)
    try:
        yield
    finally:
        set_value(default)


@contextlib.contextmanager
def anomaly_mode():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns that this mode is slow
        with torch.autograd.set_detect_anomaly(True):
            yield


SETTINGS = {
    "float64": lambda: setting(torch.set_default_dtype, torch.float64, torch.float32),
    "bfloat16": lambda: setting(torch.set_default_dtype, torch.bfloat16, torch.float32),
    "meta": lambda: setting(torch.set_default_device, "meta", None),
    "deterministic": lambda: setting(torch.use_deterministic_algorithms, True, False),
    "precision of products": lambda: setting(
        torch.set_float32_matmul_precision, "medium", "highest"
    ),
    "autocast": lambda: torch.autocast("cpu"),
    "inference mode": torch.inference_mode,
    "no gradients": torch.no_grad,
    "anomaly mode": anomaly_mode,
}


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_of_the_session_change_nothing(data, name):
    rng = np.random.default_rng(0)
    face = rng.uniform(size=(6, 2, 3, 48, 48)).astype(np.float32)
    cca = DeepCCA(n_components=1, hidden=(4,), max_epochs=1, random_state=0)
    attention = se.EmotionTransformerFusion(width=8, max_epochs=1, random_state=0)
    views = rng.standard_normal((2, 6, 3, 4)).astype(np.float32)
    cases = [
        (with_dropout(max_epochs=2), *data),
        (attention, Modalities(eeg=views[0], ecg=views[1]), [0, 1] * 3),
        (se.VisualCNNTCN(max_epochs=1, random_state=0), face, [0, 1] * 3),
        (cca, Modalities(a=data[0], b=data[0][:, :3]), None),
    ]
    for model, X, y in cases:
        expected = model.fit(X, y).transform(X)
        with SETTINGS[name]():
            dtype, device = torch.get_default_dtype(), torch.get_default_device()
            precision = torch.get_float32_matmul_precision()
            found = clone(model).fit(X, y)
            np.testing.assert_array_equal(found.transform(X), expected)
            if hasattr(found, "predict_proba"):
                np.testing.assert_array_equal(
                    found.predict_proba(X), model.predict_proba(X)
                )
            assert torch.get_default_dtype() == dtype
            assert torch.get_default_device() == device
            assert torch.get_float32_matmul_precision() == precision


def test_overlapping_blocks_restore_the_dtype_at_the_end():
    with setting(torch.set_default_dtype, torch.float64, torch.float32):
        first, second = plain_torch(), plain_torch()
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert torch.get_default_dtype() == torch.float32
        second.__exit__(None, None, None)
        assert torch.get_default_dtype() == torch.float64


class Interrupts(Callback):
    """Sends the signal of Ctrl-C at one place of the second epoch."""

    def __init__(self, hook):
        self.hook = hook

    def _act(self, hook, net):
        if hook == self.hook and (len(net.history) == 2 or hook.startswith("on_train")):
            os.kill(os.getpid(), signal.SIGINT)


HOOKS = ["train_begin", "train_end", "epoch_begin", "epoch_end", "batch_end"]


def _make_hook(hook):
    return lambda self, net, **kwargs: self._act(hook, net)


for _hook in HOOKS:
    setattr(Interrupts, f"on_{_hook}", _make_hook(f"on_{_hook}"))


@pytest.mark.parametrize("hook", HOOKS)
def test_ctrl_c_reaches_the_caller_and_the_network_is_not_fitted(data, hook, capsys):
    before = torch.get_rng_state()
    clf = Toy(max_epochs=1).fit(*data)
    clf.set_params(max_epochs=4, callbacks=[Interrupts(f"on_{hook}")], verbose=1)
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        clf.fit(*data)
    with pytest.raises(NotFittedError):
        clf.predict(data[0])
    assert signal.getsignal(signal.SIGINT) is handler
    assert torch.equal(torch.get_rng_state(), before)
    if "train" not in hook:
        assert capsys.readouterr().err.endswith("\n")  # the bar is closed
    clf.set_params(callbacks=None, verbose=0).fit(*data).predict(data[0])


def test_ctrl_c_in_the_module_reaches_the_caller(data, monkeypatch):
    def forward(self, x):
        raise KeyboardInterrupt

    monkeypatch.setattr(ToyModule, "forward", forward)
    with pytest.raises(KeyboardInterrupt):
        Toy().fit(*data)


def test_ctrl_c_reaches_the_caller_even_if_a_callback_fails_after_it(data):
    class Fails(Callback):
        def on_train_end(self, net, **kwargs):
            raise OSError

    with pytest.raises(KeyboardInterrupt):
        Toy(callbacks=[Interrupts("on_epoch_begin"), Fails()]).fit(*data)


def test_a_callback_may_stop_training_as_in_skorch(data):
    class Stops(Callback):
        def on_epoch_end(self, net, **kwargs):
            if len(net.history) == 2:
                raise KeyboardInterrupt

    clf = Toy(max_epochs=9, callbacks=[Stops()]).fit(*data)
    assert len(clf.net_.history) == 2
    clf.predict(data[0])


def test_a_handler_that_ignores_ctrl_c_is_respected(data):
    came = []
    before = signal.signal(signal.SIGINT, lambda *args: came.append(args))
    try:
        clf = Toy(max_epochs=4, callbacks=[Interrupts("on_epoch_end")]).fit(*data)
    finally:
        signal.signal(signal.SIGINT, before)
    assert len(clf.net_.history) == 4
    assert came


def test_decision_fusion_that_is_interrupted_is_not_fitted(monkeypatch):
    rng = np.random.default_rng(0)
    X = Modalities(face=rng.random((6, 1, 3, 64, 64)), bio=rng.random((6, 2, 16)))
    clf = se.DeepVANet(fusion="decision", max_epochs=1)

    def interrupted(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(clf, "_weight_branches", interrupted)
    with pytest.raises(KeyboardInterrupt):
        clf.fit(X, [0, 1] * 3, np.arange(6))
    with pytest.raises(NotFittedError):
        clf.predict(X)


def test_deep_cca_that_is_interrupted_is_not_fitted(monkeypatch):
    model, X = views(np.random.default_rng(0))
    model.fit(X)

    def interrupted(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(model, "_loss", interrupted)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X)
    with pytest.raises(NotFittedError):
        model.transform(X)


@pytest.mark.parametrize("n_features", [3, 64, 700])
def test_outputs_of_a_sample_do_not_depend_on_the_others(n_features):
    """To the last digit, however a batch is cut, for a network of linear layers."""
    X = np.random.default_rng(0).normal(size=(45, n_features)).astype(np.float32)
    clf = Toy(random_state=0, max_epochs=1).fit(X, np.arange(45) % 2)
    expected = clf.decision_function(X)
    for size in (1, 2, 3, 5, 7, 13):
        parts = [clf.decision_function(X[i : i + size]) for i in range(0, 45, size)]
        np.testing.assert_array_equal(np.concatenate(parts), expected)


def test_padded_products_are_those_of_the_layer_and_leave_no_trace():
    module = ToyModule(3, 2)
    x = torch.as_tensor(np.random.default_rng(0).normal(size=(5, 4, 3)).astype("f4"))
    expected = module(x)
    with steady_products(module), steady_products(module):
        assert torch.allclose(module(x), expected, atol=1e-6)
        assert module(x).shape == (5, 4, 2)
        assert module(x[:0]).shape == (0, 4, 2)
    assert "forward" not in vars(module.hidden)
    first, second = steady_products(module), steady_products(module)
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert "forward" in vars(module.hidden)  # another thread is still inside
    second.__exit__(None, None, None)
    assert "forward" not in vars(module.hidden)
