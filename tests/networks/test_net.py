"""The estimator around a network keeps scikit-learn's promises."""

import pickle
import re
import warnings

import numpy as np
import pandas as pd
import pytest
import torch
from _toy import Toy
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold
from sklearn.utils.estimator_checks import parametrize_with_checks
from skorch.callbacks import Callback, LRScheduler
from skorch.dataset import Dataset

from sklearn_emotion import LeakageWarning, Modalities, cross_validate
from sklearn_emotion.networks._data import (
    Input,
    TensorBatches,
    as_float,
    draw_seed,
    hold_out_groups,
    statistics,
)
from sklearn_emotion.networks._training import Net


@parametrize_with_checks(
    [Toy(random_state=0, max_epochs=40)],
    expected_failed_checks=lambda _: {
        "check_sample_weight_equivalence_on_dense_data": "repeated samples are in "
        "other mini-batches than weighted ones, as in scikit-learn's MLPClassifier"
    },
)
def test_scikit_learns_checks(estimator, check):
    with warnings.catch_warnings():
        # NumPy warns when a check casts complex or object data; that is its point.
        warnings.simplefilter("ignore", RuntimeWarning)
        check(estimator)


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((80, 5)).astype(np.float32)
    return X, np.where(X[:, 0] > 0, "high", "low"), np.repeat(np.arange(8), 10)


def test_probabilities_follow_the_logits(data):
    X, y, _ = data
    clf = Toy(random_state=0).fit(X, y)
    logits = clf.net_.module_(torch.as_tensor(clf._prepared(X)["x"])).detach().numpy()
    exp = np.exp(logits - logits.max(axis=1, keepdims=True))
    np.testing.assert_allclose(
        clf.predict_proba(X), exp / exp.sum(axis=1, keepdims=True), rtol=1e-5
    )
    np.testing.assert_allclose(
        clf.decision_function(X), logits[:, 1] - logits[:, 0], rtol=1e-5, atol=1e-6
    )
    assert clf.score(X, y) > 0.95


@pytest.mark.parametrize("fast", [True, False], ids=["plain loop", "skorch's loop"])
def test_both_epoch_loops_give_the_same_weights_and_history(data, fast):
    """A callback that listens to batches must not change what is learned."""

    class Listens(Callback):
        def on_batch_end(self, net, **kwargs):
            pass

    X, y, _ = data
    reference = Toy(random_state=0, max_epochs=3).fit(X, y)
    other = Toy(
        random_state=0, max_epochs=3, callbacks=[] if fast else [Listens()]
    ).fit(X, y)
    np.testing.assert_array_equal(other.predict_proba(X), reference.predict_proba(X))
    np.testing.assert_allclose(
        other.net_.history[:, "train_loss"], reference.net_.history[:, "train_loss"]
    )


def test_the_loss_in_the_history_is_the_mean_over_samples():
    """80 samples in batches of 32, 32 and 16: the last one counts half."""
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((80, 5)), rng.integers(0, 2, 80)
    batches = []

    class Spy(Callback):
        def on_batch_end(self, net, batch=None, **kwargs):
            batches.append((len(batch[1]), net.history[-1, "batches", -1]))

    clf = Toy(random_state=0, max_epochs=1, callbacks=[Spy()]).fit(X, y)
    assert [size for size, _ in batches] == [32, 32, 16]
    first, second, last = (row["train_loss"] for _, row in batches)
    expected = (32 * first + 32 * second + 16 * last) / 80
    assert clf.net_.history[-1, "train_loss"] == pytest.approx(expected)


def test_same_seed_same_result_other_seed_another(data):
    X, y, _ = data
    first = Toy(random_state=0, max_epochs=3).fit(X, y).predict_proba(X)
    np.testing.assert_array_equal(
        Toy(random_state=0, max_epochs=3).fit(X, y).predict_proba(X), first
    )
    other = Toy(random_state=1, max_epochs=3).fit(X, y).predict_proba(X)
    assert np.abs(other - first).max() > 1e-3


@pytest.mark.parametrize("random_state", [0, None])
def test_fit_leaves_global_generators_alone(data, random_state):
    X, y, _ = data
    before = np.random.get_state()[1].copy(), torch.get_rng_state()  # noqa: NPY002
    Toy(random_state=random_state, max_epochs=2).fit(X, y)
    np.testing.assert_array_equal(np.random.get_state()[1], before[0])  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), before[1])


def test_seed_none_draws_anew():
    assert draw_seed(None) != draw_seed(None)
    assert draw_seed(3) == draw_seed(3)


@pytest.mark.parametrize(
    "labels",
    [["low", "high"], [1, 3], [False, True], [2.0, 7.0]],
    ids=["str", "int", "bool", "float"],
)
def test_labels_of_any_type_come_back(data, labels):
    X, y, _ = data
    y = np.asarray(labels)[(y == "high").astype(int)]
    clf = Toy(random_state=0).fit(X, y)
    assert clf.predict(X).dtype == y.dtype
    assert clf.score(X, y) > 0.95


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_read_only_input_of_any_type_is_taken_and_left_alone(data, dtype, order):
    X, y, _ = data
    X = np.asarray(10 * X, dtype=dtype, order=order)
    copy = X.copy()
    X.flags.writeable = False
    clf = Toy(random_state=0, max_epochs=2).fit(X, y)
    assert clf.predict_proba(X).shape == (80, 2)
    np.testing.assert_array_equal(X, copy)


def test_clone_and_pickle_keep_the_probabilities(data):
    X, y, _ = data
    clf = Toy(random_state=0, max_epochs=3).fit(X, y)
    expected = clf.predict_proba(X)
    np.testing.assert_array_equal(
        pickle.loads(pickle.dumps(clf)).predict_proba(X), expected
    )
    np.testing.assert_array_equal(clone(clf).fit(X, y).predict_proba(X), expected)


def test_grid_search_in_two_processes(data):
    X, y, groups = data
    search = GridSearchCV(
        Toy(random_state=0, max_epochs=5),
        {"lr": [1e-5, 0.05]},
        cv=StratifiedGroupKFold(3),
        n_jobs=2,
    )
    search.fit(X, y, groups=groups)
    assert search.best_params_ == {"lr": 0.05}


def test_a_class_weight_moves_the_decision(data):
    X, _, _ = data
    y = (X[:, 0] + np.random.default_rng(1).normal(size=80) > 1.2).astype(int)
    share = [
        Toy(random_state=0, class_weight=weight, max_epochs=10)
        .fit(X, y)
        .predict(X)
        .mean()
        for weight in (None, "balanced", {0: 1.0, 1: 1e3})
    ]
    assert share[0] < share[1] < share[2]


def test_net_params_reach_skorch(data):
    X, y, _ = data
    clf = Toy(
        random_state=0,
        max_epochs=2,
        net_params={"iterator_train__drop_last": True, "module__dropout": 0.5},
    ).fit(X, y)
    assert isinstance(clf.net_, Net)
    assert clf.net_.module_.dropout.p == 0.5
    assert clf.net_.history[-1, "train_batch_count"] == 2


def test_workers_of_a_data_loader_change_nothing(data):
    """Asking for a DataLoader's option brings a DataLoader, with the same losses."""
    X, y, _ = data
    clf = Toy(
        random_state=0, max_epochs=2, net_params={"iterator_train__pin_memory": False}
    ).fit(X, y)
    assert clf.score(X, y) > 0.4
    assert len(clf.net_.history) == 2


def test_callbacks_of_skorch_work(data):
    X, y, _ = data
    schedule = LRScheduler("StepLR", step_size=1, gamma=0.5)
    clf = Toy(random_state=0, lr=0.4, max_epochs=3, callbacks=[schedule]).fit(X, y)
    assert clf.net_.optimizer_.param_groups[0]["lr"] == pytest.approx(0.05)


def test_a_progress_bar_appears_when_verbose_and_not_otherwise(data, capsys):
    X, y, _ = data
    Toy(random_state=0, max_epochs=3).fit(X, y)
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""
    Toy(random_state=0, max_epochs=3, verbose=1).fit(X, y)
    assert re.search(r"Toy: 100%.*3/3.*train_loss=", capsys.readouterr().err)


def test_early_stopping_never_cuts_a_group(data):
    _, y, groups = data
    codes = (y == "high").astype(int)
    for seed in range(20):
        train, valid = hold_out_groups(codes, groups, 0.25, seed)
        assert not set(groups[train]) & set(groups[valid])
        assert len(np.unique(groups[valid])) == 2
        assert len(train) + len(valid) == 80
        assert set(codes[train]) == {0, 1}


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA])
def test_samples_without_a_group_are_an_error(data, missing):
    X, y, groups = data
    groups = groups.astype(object)
    groups[3] = missing
    with pytest.raises(ValueError, match=r"groups is missing in 1 of 80 samples"):
        Toy(early_stopping=True).fit(X, y, groups=groups)
    with pytest.raises(ValueError, match=r"groups is missing in 1 of 80 samples"):
        cross_validate(Toy(early_stopping=True), X, y, groups=groups)


def test_early_stopping_stops_and_keeps_the_best_weights(data):
    X, _, groups = data
    y = np.random.default_rng(3).integers(0, 2, 80)
    clf = Toy(random_state=0, max_epochs=200, early_stopping=True, patience=3).fit(
        X, y, groups=groups
    )
    losses = clf.net_.history[:, "valid_loss"]
    assert len(losses) < 200
    assert len(losses) - 1 - int(np.argmin(losses)) == 3
    _, valid = hold_out_groups(y, groups, 0.1, draw_seed(0))
    p = clf.predict_proba(X[valid])[np.arange(len(valid)), y[valid]]
    assert -np.log(p).mean() == pytest.approx(min(losses), rel=1e-4)


def test_early_stopping_without_groups_warns_of_cut_trials(data):
    X, y, _ = data
    with pytest.warns(LeakageWarning, match=r"Pass groups= to fit"):
        Toy(random_state=0, max_epochs=2, early_stopping=True).fit(X, y)


def test_a_class_that_lives_in_one_group_cannot_be_held_out():
    with pytest.raises(ValueError, match=r"holds out 1 of 2 groups.*every class"):
        hold_out_groups(np.array([0, 0, 1, 1]), np.array([1, 1, 2, 2]), 0.5, 0)


def test_one_class_is_an_error_that_names_it(data):
    X, _, _ = data
    with pytest.raises(ValueError, match=r"at least two classes.*'high'.*80 samples"):
        Toy().fit(X, np.full(80, "high"))


def test_a_diverging_loss_is_named_with_its_epoch(data):
    X, y, _ = data
    with pytest.raises(ValueError, match=r"loss is nan in epoch \d+: lower lr"):
        Toy(random_state=0, lr=1e30, max_epochs=20).fit(X, y)


def test_divergence_in_the_last_step_is_told_by_predict(data):
    X, y, _ = data
    clf = Toy(random_state=0, lr=1e20, max_epochs=1, batch_size=80).fit(X, y)
    with pytest.raises(ValueError, match=r"not finite.* lower lr \(now 1e\+20\)"):
        clf.predict(X)


def test_unfitted_is_an_error(data):
    for method in ("predict", "predict_proba", "transform", "decision_function"):
        with pytest.raises(NotFittedError):
            getattr(Toy(), method)(data[0])


def test_a_modality_by_its_name_or_alone(data):
    X, y, _ = data
    expected = Toy(random_state=0, max_epochs=2).fit(X, y).predict_proba(X)
    for given in (Modalities(x=X, z=X[:, :2]), {"x": X}, Modalities(other=X)):
        clf = Toy(random_state=0, max_epochs=2).fit(given, y)
        np.testing.assert_array_equal(clf.predict_proba(given), expected)


def test_statistics_are_those_of_the_pooled_axes():
    x = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    mean, std = statistics(x, Input(("a", "b"), (1,)))
    np.testing.assert_allclose(mean, x.mean(axis=(0, 1), keepdims=True))
    np.testing.assert_allclose(std, x.std(axis=(0, 1), keepdims=True), rtol=1e-6)


def test_constant_cells_keep_scale_one_so_that_they_become_zero():
    x = np.full((5, 2), 3.3, dtype=np.float32)
    x[:, 1] = 0
    mean, std = statistics(x, Input(("a",), ()))
    np.testing.assert_array_equal(std, [[1, 1]])
    np.testing.assert_allclose((x - mean) / std, 0)


def test_padding_is_left_out_of_the_statistics():
    # Means of (1, 3) and of (2, 2, 2), and a column of nothing but padding.
    x = np.array([[1, 2, 0], [3, 2, 0], [0, 2, 0]], dtype=np.float32)
    mean, std = statistics(x, Input(("a",), (), padding=True))
    np.testing.assert_array_equal(mean, [[2, 2, 0]])
    np.testing.assert_array_equal(std, [[1, 1, 1]])


@pytest.mark.parametrize(
    ("n", "shuffle", "drop_last", "sizes"),
    [
        (10, False, False, [4, 4, 2]),
        (9, False, False, [4, 4, 1]),
        (9, True, False, [4, 5]),  # batch normalisation needs two samples
        (10, True, True, [4, 4]),
        (1, True, False, [1]),
        (3, True, True, [3]),
    ],
)
def test_batches(n, shuffle, drop_last, sizes):
    X = {"a": np.arange(n, dtype=np.float32), "b": np.arange(n, dtype=np.uint8)}
    batches = TensorBatches(Dataset(X, np.arange(n)), 4, shuffle, drop_last)
    got = list(batches)
    assert [len(y) for _, y in got] == sizes
    assert len(batches) == len(sizes)
    a = torch.cat([x["a"] for x, _ in got])
    y = torch.cat([y for _, y in got])
    np.testing.assert_array_equal(a, y)
    assert len(set(y.tolist())) == sum(sizes)
    # Pixels stay bytes until the network sees them, as floats of 0 to 1.
    pixels = torch.cat([x["b"] for x, _ in got])
    assert pixels.dtype == torch.uint8
    np.testing.assert_allclose(as_float(pixels), y / 255)


def test_a_last_batch_that_is_dropped_has_other_samples_in_each_pass():
    data = Dataset({"x": np.arange(10.0, dtype=np.float32)}, np.zeros(10))
    batches = TensorBatches(data, 4, shuffle=True, drop_last=True)
    seen = set()
    for _ in range(20):
        X = torch.cat([X["x"] for X, _ in batches])
        assert len(X) == 8
        seen |= set(X.tolist())
    assert len(seen) == 10
