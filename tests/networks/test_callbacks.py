"""Callbacks of skorch see what the user passes to fit, and warnings come in time."""

import numpy as np
import pytest
import torch
from _cases import CASES, labels
from _toy import Toy, ToyRegressor
from sklearn.base import clone
from sklearn.metrics import balanced_accuracy_score, f1_score, make_scorer
from skorch.callbacks import (
    BatchScoring,
    Callback,
    Checkpoint,
    EarlyStopping,
    EpochScoring,
    LRScheduler,
    PassthroughScoring,
)
from skorch.dataset import ValidSplit

import sklearn_emotion as se
from sklearn_emotion._base import LongFitWarning
from sklearn_emotion.networks import _training
from sklearn_emotion.networks._data import draw_seed, hold_out_groups

NETWORKS = [case for case in CASES if case.is_network]


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((60, 5)).astype(np.float32)
    y = np.where(X[:, 0] + rng.normal(size=60) > 0, "high", "low")
    return X, y, np.repeat(np.arange(12), 5)


def higher(scoring, name, **options):
    return EpochScoring(scoring, name=name, lower_is_better=False, **options)


def test_scores_in_the_history_are_of_the_users_labels(data):
    X, y, groups = data
    of_high = make_scorer(f1_score, pos_label="high")
    seen = []

    def spy(net, X, y):
        seen.append((list(net.classes_), set(y.tolist()), set(net.predict(X).tolist())))
        return 0.0

    clf = Toy(
        random_state=0,
        max_epochs=3,
        early_stopping=True,
        validation_fraction=0.4,
        callbacks=[
            higher(of_high, "f1"),
            higher("balanced_accuracy", "anew", use_caching=False),
            higher("roc_auc", "auc"),
            BatchScoring("accuracy", name="batches"),
            higher(None, "own"),
            higher(spy, "spy"),
            higher(spy, "spy on training", on_train=True),
        ],
    ).fit(X, y, groups=groups)
    _, valid = hold_out_groups((y == "low") * 1, groups, 0.4, draw_seed(0))
    last = clf.net_.history[-1]
    # Early stopping has restored the best epoch, which here is the last one.
    assert last["valid_loss_best"]
    predicted = clf.predict(X[valid])
    assert last["f1"] == f1_score(y[valid], predicted, pos_label="high")
    assert last["anew"] == balanced_accuracy_score(y[valid], predicted)
    assert last["own"] == last["batches"] == clf.score(X[valid], y[valid])
    assert 0 <= last["auc"] <= 1
    assert all(classes == ["high", "low"] for classes, *_ in seen)
    assert all(known | found <= {"high", "low"} for _, known, found in seen)
    assert clf.net_.predict({"x": clf._prepared(X)["x"]}).tolist() == (
        clf.predict(X).tolist()
    )


@pytest.mark.parametrize("n_ratings", [1, 2])
def test_scores_of_a_regressor_are_in_the_unit_of_the_ratings(data, n_ratings):
    X, _, groups = data
    y = 500 + 300 * X[:, :n_ratings]
    y = y[:, 0] if n_ratings == 1 else y
    reg = ToyRegressor(
        random_state=0,
        max_epochs=3,
        early_stopping=True,
        validation_fraction=0.4,
        callbacks=[higher("neg_mean_absolute_error", "mae"), higher("r2", "r2")],
    ).fit(X, y, groups=groups)
    _, valid = hold_out_groups(np.zeros(60), groups, 0.4, draw_seed(0))
    last = reg.net_.history[-1]
    error = np.abs(reg.predict(X[valid]) - y[valid]).mean()
    assert -last["mae"] == pytest.approx(error, rel=1e-5)
    assert last["r2"] == pytest.approx(reg.score(X[valid], y[valid]), rel=1e-5)


@pytest.mark.parametrize("case", NETWORKS, ids=lambda case: case.id)
def test_every_network_can_be_scored_while_it_is_trained(case):
    X, y = case.data(), labels(case)
    y = np.array(["low", "high"])[y] if case.classifies else y * 300.0
    callbacks = [higher(None, "valid"), higher(None, "train", on_train=True)]
    model = clone(case.estimator).set_params(
        callbacks=callbacks, net_params={"train_split": ValidSplit(2)}
    )
    last = model.fit(X, y).net_.history[-1]
    assert np.isfinite([last["valid"], last["train"]]).all()
    assert last["valid"] <= 1


@pytest.mark.parametrize("kind", ["classifier", "regressor"])
def test_samples_with_labels_for_frames_are_scored_as_samples(kind):
    rng = np.random.default_rng(0)
    X = rng.uniform(size=(6, 3, 3, 48, 48)).astype(np.float32)
    seen = []

    def spy(net, X, y):
        seen.append(y.tolist())
        return float(net.predict(X).shape == y.shape)

    y = np.array([["b", "b", "a"], ["a", "b", "a"], ["c", "a", "c"]] * 2)
    network, expected = se.VisualCNNTCN, ["b", "a", "c"] * 2
    if kind == "regressor":
        y = np.arange(18.0).reshape(6, 3)
        network, expected = se.VisualCNNTCNRegressor, [1, 4, 7, 10, 13, 16]
    split = ValidSplit([(np.arange(6), np.arange(6))])
    model = network(
        max_epochs=1,
        callbacks=[higher(spy, "spy")],
        net_params={"train_split": split},
    ).fit(X, y)
    assert model.net_.history[-1, "spy"] == 1
    if kind == "regressor":
        np.testing.assert_allclose(seen[0], expected, rtol=1e-6)
    else:
        assert seen[0] == expected


def test_the_callbacks_of_the_user_stay_as_they_are(data):
    X, y, _ = data
    callback = higher("accuracy", "accuracy", on_train=True)
    extract = callback.target_extractor
    clf = Toy(max_epochs=1, callbacks=[callback])
    for _ in range(2):
        clf.fit(X, y)
        assert callback.target_extractor is extract
    assert 0 <= callback.best_score_ <= 1


def test_a_checkpoint_keeps_the_best_epoch(data, tmp_path):
    X, y, _ = data
    options = {"train_split": ValidSplit(3, stratified=True)}
    clf = Toy(random_state=0, lr=0.5, max_epochs=8, net_params=options)
    names = "{last_epoch[epoch]}-{last_batch[valid_batch_size]}.pt"
    clf.set_params(
        callbacks=[
            Checkpoint(dirname=str(tmp_path), load_best=True),
            Checkpoint(monitor=None, f_params=names, dirname=str(tmp_path)),
        ]
    ).fit(X, y)
    losses = clf.net_.history[:, "valid_loss"]
    best = int(np.argmin(losses))
    assert best < 7
    flags = clf.net_.history[:, "valid_loss_best"]
    assert flags == [x == min(losses[: i + 1]) for i, x in enumerate(losses)]
    assert (tmp_path / "8-20.pt").exists()
    shorter = Toy(random_state=0, lr=0.5, max_epochs=best + 1, net_params=options)
    np.testing.assert_array_equal(
        clf.predict_proba(X), shorter.fit(X, y).predict_proba(X)
    )


def test_accuracy_on_the_validation_data_can_be_monitored(data):
    X, y, _ = data
    options = {"train_split": ValidSplit(3)}
    stops = EarlyStopping("valid_acc", patience=2, lower_is_better=False, sink=str)
    clf = Toy(random_state=0, max_epochs=50, net_params=options, callbacks=[stops])
    history = clf.fit(X, y).net_.history
    assert len(history) < 50
    assert max(history[:, "valid_acc"]) == history[-3, "valid_acc"]
    assert "valid_acc" not in clf.set_params(callbacks=None).fit(X, y).net_.history[-1]
    own = EpochScoring("roc_auc", name="valid_acc", lower_is_better=False)
    clf.set_params(callbacks=[own, stops]).fit(X, y)
    assert list(dict(clf.net_.callbacks_)) == [
        "epoch_timer",
        "EpochScoring",
        "EarlyStopping",
    ]


def test_a_schedule_follows_the_loss_on_the_validation_data(data):
    X, y, _ = data
    schedule = LRScheduler(
        "ReduceLROnPlateau", monitor="valid_loss", factor=0.1, patience=0, threshold=9
    )
    clf = Toy(
        lr=1.0,
        max_epochs=3,
        callbacks=[schedule],
        net_params={"train_split": ValidSplit(3)},
    ).fit(X, y)
    # No loss is good enough for this threshold.
    assert clf.net_.optimizer_.param_groups[0]["lr"] == pytest.approx(0.001)


def test_a_callback_finds_the_batches_in_the_history(data):
    X, y, _ = data
    found = []

    class Reads(Callback):
        def on_epoch_end(self, net, **kwargs):
            found.append(
                net.history[-1, "batches", :, ["train_loss", "train_batch_size"]]
            )

    passthrough = PassthroughScoring("train_loss", on_train=True)
    clf = Toy(max_epochs=1, callbacks=[Reads(), passthrough])
    last = clf.fit(X, y).net_.history[-1]
    assert [size for _, size in found[0]] == [32, 28]
    mean = np.average([loss for loss, _ in found[0]], weights=[32, 28])
    assert last["train_loss"] == pytest.approx(mean)
    assert not Toy(max_epochs=1).fit(X, y).net_.history[-1, "batches"]


class Clock:
    """A clock that advances by a number of seconds at each look."""

    def __init__(self, seconds):
        self.seconds, self.now = seconds, 0.0

    def __call__(self):
        self.now += self.seconds
        return self.now


def test_a_fit_of_hours_is_announced_in_its_first_epoch(data, monkeypatch):
    """Each of two batches takes 20 s, so 400 epochs take 400 x 40 s or 4.4 hours."""
    X, y, _ = data
    monkeypatch.setattr(_training, "perf_counter", Clock(20.0))
    epochs = []

    class Notes(Callback):
        def on_epoch_begin(self, net, **kwargs):
            epochs.append(len(net.history))
            if len(epochs) == 3:
                raise KeyboardInterrupt

    with pytest.warns(LongFitWarning) as caught:
        Toy(max_epochs=200, batch_size=15, callbacks=[Notes()]).fit(X, y)
    (warning,) = caught
    message = str(warning.message)
    assert message.startswith(
        "Training will take about 4.4 hours: Toy needs about 80 s"
    )
    assert "200 epochs" in message
    assert "lower max_epochs" in message
    assert warning.filename == __file__


@pytest.mark.parametrize(("seconds", "warns"), [(30.0, False), (40.0, True)])
def test_short_epochs_are_measured_as_a_whole(data, monkeypatch, seconds, warns):
    """One batch, and so two looks at the clock, for each of 100 epochs."""
    X, y, _ = data
    monkeypatch.setattr(_training, "perf_counter", Clock(seconds / 2))
    clf = Toy(max_epochs=100, batch_size=60)
    expected = pytest.warns(LongFitWarning, match=r"about 1\.1 hours: .* 40 s for")
    if warns:
        with expected:
            clf.fit(X, y)
    else:
        clf.fit(X, y)  # any warning is an error


def test_the_clock_does_not_change_what_is_learned(data, monkeypatch):
    X, y, _ = data
    expected = Toy(random_state=0, max_epochs=3).fit(X, y).predict_proba(X)
    monkeypatch.setattr(_training, "perf_counter", Clock(1e4))
    with pytest.warns(LongFitWarning):
        found = Toy(random_state=0, max_epochs=3).fit(X, y).predict_proba(X)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("epochs", [1, 3])
def test_the_host_waits_for_the_device_once_per_pass(data, epochs, monkeypatch):
    """Losses stay on the device: their values are read at the end of an epoch."""
    X, y, _ = data
    reads = []
    for name in ("item", "tolist", "__float__", "__bool__", "cpu", "numpy"):
        original = getattr(torch.Tensor, name)

        def read(tensor, *args, name=name, original=original, **kwargs):
            reads.append(name)
            return original(tensor, *args, **kwargs)

        monkeypatch.setattr(torch.Tensor, name, read)
    Toy(max_epochs=epochs, batch_size=5).fit(X, y)
    assert reads == ["tolist"] * epochs
