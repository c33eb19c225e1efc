"""Weights of samples, validation splits of the user, and devices that do not exist."""

import warnings

import numpy as np
import pytest
import sklearn
import torch
from _cases import CASES
from _toy import Toy, ToyRegressor
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, GroupKFold
from skorch.dataset import Dataset, ValidSplit
from skorch.helper import predefined_split
from torch import nn
from torch.utils.data import TensorDataset, random_split

import sklearn_emotion as se
from sklearn_emotion import Modalities
from sklearn_emotion.models._boosting import boosting_weights
from sklearn_emotion.models._three_fac_rnn import DistillationLoss
from sklearn_emotion.networks._classifier import CrossEntropy
from sklearn_emotion.networks._data import shared_tensor
from sklearn_emotion.networks._layers import weighted_mean
from sklearn_emotion.networks._regressor import SquaredError


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((60, 5)).astype(np.float32)
    return X, np.where(X[:, 0] > 0, "high", "low"), np.repeat(np.arange(12), 5)


def test_weighted_losses_by_hand():
    w = torch.tensor([0.5, 1.5])
    assert weighted_mean(torch.tensor([2.0, 4.0]), w) == pytest.approx((1 + 6) / 2)
    errors = SquaredError()(torch.tensor([[1.0], [2.0]]), torch.zeros(2, 1), w)
    assert errors == pytest.approx((0.5 * 1 + 1.5 * 4) / 2)
    logits = torch.tensor([[0.0, 2.0], [1.0, 0.0]])
    losses = np.log1p(np.exp([2.0, -1.0]))  # of the classes 0 and 0
    y = torch.tensor([0, 0])
    assert CrossEntropy()(logits, y, w) == pytest.approx(
        (0.5 * losses[0] + 1.5 * losses[1]) / 2
    )
    # One label for both steps of a sample.
    steps = logits[:, None].expand(2, 2, 2)
    assert CrossEntropy()(steps, y, w) == pytest.approx(
        (0.5 * losses[0] + 1.5 * losses[1]) / 2
    )
    # Weights of classes: classes 0 and 1 with weights 3 and 1.
    weighted = CrossEntropy(torch.tensor([3.0, 1.0]))
    losses = np.log1p(np.exp([2.0, 1.0]))
    assert weighted(logits, torch.tensor([0, 1]), w) == pytest.approx(
        (0.5 * 3 * losses[0] + 1.5 * losses[1]) / 4
    )
    # Distances |U - V| of 1 and 3.
    U, V = torch.tensor([[1.0], [3.0]]), torch.zeros(2, 1)
    distill = DistillationLoss(SquaredError(), 0.5, 2.0)
    loss = distill((torch.zeros(2, 1), U, V), torch.zeros(2, 1), w)
    assert loss == pytest.approx(0.5 * 2 * (0.5 * 1 + 1.5 * 3) / 2)


def test_boosting_starts_from_the_weights_of_the_samples():
    decisions, y = np.array([[0, 1, 1, 1]]), np.array([0, 1, 0, 0])
    _, errors = boosting_weights(decisions, y, 2, np.array([3.0, 3.0, 1.0, 1.0]))
    np.testing.assert_allclose(errors, [0.25])


def test_weights_move_the_decision(data):
    X, _, _ = data
    y = (X[:, 0] + np.random.default_rng(1).normal(size=60) > 1.0).astype(int)
    shares = [
        Toy(random_state=0, max_epochs=10)
        .fit(X, y, sample_weight=None if weight is None else np.where(y, weight, 1.0))
        .predict(X)
        .mean()
        for weight in (None, 5.0, 1e3)
    ]
    assert shares[0] < shares[1] < shares[2]


# A network for each loss, and one that is trained in several parts.
WEIGHTED = [
    "GraphSleepNet",
    "VisualCNNTCN",
    "DeepVANet",
    "HierarchicalAttentionLSTM",
    "ThreeFACRNN",
    "ThreeFACRNNRegressor",
    "DeepVANetRegressor",
]
CASE = {case.id: case for case in CASES}


@pytest.mark.parametrize("name", WEIGHTED)
def test_constant_weights_are_none_and_zeros_leave_samples_out(name):
    case = CASE[name]
    X = case.data()
    n = len(X)
    y = np.arange(n) % 2
    y = np.array(["low", "high"])[y] if case.classifies else y * 300.0
    parameters = {"fusion": "decision"} if name == "DeepVANet" else {}
    groups = np.arange(n)

    def fit(rows, weights):
        model = clone(case.estimator).set_params(**parameters)
        model.fit(X[rows], y[rows], groups[rows], weights)
        return model.transform(X)

    # The branches of so few samples of noise may decide no better than chance.
    warnings.filterwarnings("ignore", message="No branch decides")
    every = np.arange(n)
    plain = fit(every, None)
    np.testing.assert_array_equal(fit(every, np.full(n, 3.0)), plain)
    weights = np.linspace(0.5, 2, n)
    assert not np.array_equal(fit(every, weights), plain)
    weights[[1, 4]] = 0
    rest = np.flatnonzero(weights)
    np.testing.assert_array_equal(fit(every, weights), fit(rest, weights[rest]))


def test_a_class_with_weights_of_zero_is_not_known(data):
    X, y, _ = data
    y = np.where(X[:, 1] > 1, "other", y)
    clf = Toy(max_epochs=1).fit(X, y, sample_weight=y != "other")
    assert clf.classes_.tolist() == ["high", "low"]


def test_weights_enter_the_losses_of_both_parts(data):
    X, y, _ = data
    weights = np.random.default_rng(0).uniform(0.1, 2, 60)
    split = ValidSplit([(np.arange(40), np.arange(40, 60))])
    clf = Toy(random_state=0, max_epochs=1, lr=1e-9, batch_size=60)
    clf.set_params(net_params={"train_split": split}).fit(X, y, sample_weight=weights)
    p = clf.predict_proba(X)[np.arange(60), (y == "low") * 1]
    for name, rows in (("train", slice(40)), ("valid", slice(40, 60))):
        expected = np.average(-np.log(p[rows]), weights=weights[rows])
        found = clf.net_.history[-1, f"{name}_loss"]
        assert found == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("weights", "match"),
    [
        (np.zeros(60), "at least one non-zero|one or more above 0"),
        (-np.ones(60), "at least 0"),
        (np.full(60, np.nan), "NaN"),
        (np.ones(59), "sample_weight.shape"),
    ],
)
def test_weights_that_are_none_are_named(data, weights, match):
    with pytest.raises(ValueError, match=match):
        Toy().fit(*data, sample_weight=weights)


def test_a_loss_that_takes_no_weights_is_named(data):
    X, y, _ = data
    clf = Toy(net_params={"criterion": nn.CrossEntropyLoss})
    clf.fit(X, y)
    with pytest.raises(ValueError, match=r"of its loss CrossEntropyLoss has no arg"):
        clf.fit(X, y, sample_weight=np.arange(60) + 1.0)


def test_weights_are_routed(data):
    X, y, groups = data
    seen = []

    class Spy(Toy):
        def fit(self, X, y, groups=None, sample_weight=None):
            seen.append((len(groups), len(sample_weight)))
            return super().fit(X, y, groups, sample_weight)

    with sklearn.config_context(enable_metadata_routing=True):
        clf = Spy(max_epochs=1).set_fit_request(sample_weight=True, groups=True)
        clf.set_score_request(sample_weight=True)
        search = GridSearchCV(clf, {"lr": [0.1]}, cv=GroupKFold(3), refit=False)
        search.fit(X, y, sample_weight=np.arange(60) + 1.0, groups=groups)
    assert seen == [(40, 40)] * 3


def test_a_split_of_the_user_is_used_and_not_seen_by_the_statistics(data):
    X, y, _ = data
    X = X.copy()
    X[40:] += 100
    split = ValidSplit([(np.arange(40), np.arange(40, 60))])
    clf = Toy(random_state=0, max_epochs=2, net_params={"train_split": split})
    clf.fit(X, y)
    mean, _ = clf.scales_["x"]
    np.testing.assert_allclose(mean[0], X[:40].mean(axis=0), rtol=1e-5)
    alone = Toy(random_state=0, max_epochs=2).fit(X[:40], y[:40])
    np.testing.assert_array_equal(clf.predict_proba(X), alone.predict_proba(X))
    p = clf.predict_proba(X[40:])[np.arange(20), (y[40:] == "low") * 1]
    loss = -np.log(p).mean()
    assert clf.net_.history[-1, "valid_loss"] == pytest.approx(loss, rel=1e-4)


def test_samples_of_the_user_validate_in_the_users_terms(data):
    """Labels, scales and units are those that the user passes to fit."""
    X, y, _ = data
    more, labels = X[:10] + 0.1, y[:10]
    for X_more in (more, {"x": more}):
        split = predefined_split(Dataset(X_more, labels))
        clf = Toy(random_state=0, max_epochs=2, net_params={"train_split": split})
        clf.fit(X, y)
        alone = Toy(random_state=0, max_epochs=2).fit(X, y)
        np.testing.assert_array_equal(clf.predict_proba(X), alone.predict_proba(X))
        p = clf.predict_proba(more)[np.arange(10), (labels == "low") * 1]
        loss = -np.log(p).mean()
        assert clf.net_.history[-1, "valid_loss"] == pytest.approx(loss, rel=1e-4)
    # Weights belong to the training samples.
    weights = np.linspace(1, 2, 60)
    clf.fit(X, y, sample_weight=weights)
    p = clf.predict_proba(more)[np.arange(10), (labels == "low") * 1]
    assert clf.net_.history[-1, "valid_loss"] == pytest.approx(
        -np.log(p).mean(), rel=1e-4
    )
    ratings = 500 + 300 * X[:, 0]
    split = predefined_split(
        TensorDataset(torch.as_tensor(more), torch.as_tensor(ratings[:10]))
    )
    reg = ToyRegressor(random_state=0, max_epochs=2, net_params={"train_split": split})
    reg.fit(X, ratings)
    z = (reg.predict(more) - ratings[:10]) / ratings.std()
    assert reg.net_.history[-1, "valid_loss"] == pytest.approx(np.mean(z**2), rel=1e-4)


def test_pixels_of_the_user_may_be_bytes_in_one_part_only():
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (8, 3, 24, 24), dtype=np.uint8)
    losses = []
    floats = pixels / 255.0
    for X, more in ((pixels, pixels), (pixels, floats), (floats, pixels)):
        split = predefined_split(Dataset(more, np.arange(8) % 2))
        net = se.VisualCNN(
            max_epochs=1,
            random_state=0,
            standardize=False,
            net_params={"train_split": split},
        )
        losses.append(net.fit(X, np.arange(8) % 2).net_.history[-1, "valid_loss"])
    assert losses == pytest.approx([losses[0]] * 3, rel=1e-5)


class Rows(torch.utils.data.Dataset):
    """A data set of PyTorch without further attributes."""

    def __init__(self, X, y):
        self.X_, self.y_ = X, y

    def __len__(self):
        return len(self.X_)

    def __getitem__(self, i):
        return self.X_[i], self.y_[i]


def test_splits_of_other_kinds(data):
    X, y, groups = data
    splits = [
        ValidSplit(0.25),
        ValidSplit(3, stratified=True),
        ValidSplit(GroupKFold(3)),
        predefined_split(Rows(X[:7], y[:7])),
        lambda dataset, y: random_split(dataset, [45, 15]),
        lambda dataset, y: (dataset, None),
    ]
    sizes = [(45, 15), (40, 20), (40, 20), (60, 7), (45, 15), (60, None)]
    before = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    for split, (n_train, n_valid) in zip(splits, sizes):
        clf = Toy(
            random_state=0,
            max_epochs=1,
            batch_size=1,
            net_params={"train_split": split},
        )
        last = clf.fit(X, y, groups).net_.history[-1]
        assert last["train_batch_count"] in (n_train, n_train - 1)
        assert last.get("valid_batch_count") == n_valid
        again = clone(clf).fit(X, y, groups)
        np.testing.assert_array_equal(again.predict_proba(X), clf.predict_proba(X))
    assert torch.equal(torch.get_rng_state(), before[0])
    np.testing.assert_array_equal(np.random.get_state()[1], before[1])  # noqa: NPY002


def test_early_stopping_uses_the_split_of_the_user(data):
    X, y, _ = data
    y = np.random.default_rng(3).integers(0, 2, 60)
    clf = Toy(
        random_state=0,
        max_epochs=200,
        early_stopping=True,
        patience=3,
        net_params={"train_split": ValidSplit(3)},
    ).fit(X, y)  # without a warning that groups are missing
    losses = clf.net_.history[:, "valid_loss"]
    assert len(losses) - 1 - int(np.argmin(losses)) == 3


def test_teachers_features_of_held_out_samples_are_used_and_of_others_not_needed():
    rng = np.random.default_rng(0)
    X = Modalities(
        eeg=rng.normal(size=(8, 2, 4, 9, 9)), visual=rng.normal(size=(8, 2, 128))
    )
    y = np.arange(8) % 2
    for split in (ValidSplit(2), predefined_split(Dataset(np.array(X["eeg"]), y))):
        net = se.ThreeFACRNN(
            max_epochs=1, random_state=0, net_params={"train_split": split}
        )
        assert np.isfinite(net.fit(X, y).net_.history[-1, "valid_loss"])


@pytest.mark.parametrize(
    ("split", "error", "match"),
    [
        (5, TypeError, r"train_split.*must be a callable, such as ValidSplit\(5\)"),
        (lambda d, y: (Dataset(d.X, y), None), ValueError, "part of the data set"),
        (
            predefined_split(Dataset(np.zeros((2, 5)), np.array(["high", "new"]))),
            ValueError,
            r"labels \['new'\], but y contains only \['high', 'low'\]",
        ),
        (
            predefined_split(Dataset(np.zeros((2, 4)), np.array(["high", "low"]))),
            ValueError,
            "4 features, but Toy is expecting 5",
        ),
    ],
)
def test_splits_that_cannot_be_used_are_named(data, split, error, match):
    X, y, _ = data
    with pytest.raises(error, match=match):
        Toy(net_params={"train_split": split}).fit(X, y)


def test_a_data_set_of_the_user_transforms_the_samples(data):
    X, y, _ = data
    calls = []

    class Counts(Dataset):
        def transform(self, X, y):
            calls.append(1)
            return super().transform(X, y)

    Toy(max_epochs=2, net_params={"dataset": Counts}).fit(X, y)
    assert len(calls) == 120


@pytest.mark.parametrize("n_frames", [0, 3])
def test_no_samples_and_no_frames_are_named(n_frames):
    rng = np.random.default_rng(0)
    X = rng.integers(0, 255, (4, 3, 3, 48, 48), dtype=np.uint8)
    net = se.VisualCNNTCN(max_epochs=1, random_state=0)
    if n_frames == 0:
        with pytest.raises(
            ValueError, match=r"shape=\(4, 0, .*VisualCNNTCN: axis 1 is"
        ):
            net.fit(X[:, :0], [0, 1] * 2)
        return
    net.fit(X, [0, 1] * 2)
    for none in (X[:0], X[:0] / 255.0):
        for method in (net.predict, net.predict_proba, net.transform):
            with pytest.raises(ValueError, match=r"0 sample\(s\).*by VisualCNNTCN"):
                method(none)


@pytest.mark.parametrize(
    ("device", "match"),
    [
        ("cuda", "'cuda', but PyTorch finds no CUDA device on this machine. Pass devi"),
        (torch.device("cuda:1"), "'cuda:1', but PyTorch finds no CUDA device"),
        ("mps", "finds no MPS device"),
        ("gpu", "'gpu' is not a device of PyTorch"),
    ],
)
def test_devices_that_do_not_exist_are_named(data, device, match, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.mps, "is_available", lambda: False)
    with pytest.raises(ValueError, match=match):
        Toy(device=device).fit(*data)


def test_a_card_that_does_not_exist_is_named(data, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(ValueError, match="PyTorch finds 1 CUDA device on this machine"):
        Toy(device="cuda:3").fit(*data)


def test_a_tensor_shares_the_memory_of_a_read_only_array():
    x = np.arange(6, dtype=np.float32).reshape(2, 3)[:, ::2]
    x.flags.writeable = False
    tensor = shared_tensor(x)  # without PyTorch's warning, which would be an error
    np.testing.assert_array_equal(tensor, x)
    assert tensor.data_ptr() == x.__array_interface__["data"][0]
    del x
    assert tensor.tolist() == [[0, 2], [3, 5]]
