"""Domain losses: formulas, batches, samples without labels, and what they achieve."""

import copy
import pickle
from itertools import combinations, product

import numpy as np
import pytest
import torch
from _cases import CASES
from _toy import Toy, ToyModule, ToyRegressor
from sklearn.base import clone
from sklearn.metrics import log_loss
from sklearn.utils import get_tags
from skorch.callbacks import Callback, EpochScoring
from skorch.dataset import Dataset, ValidSplit
from torch import nn

import sklearn_emotion as se
from sklearn_emotion import Modalities
from sklearn_emotion.networks._domain import (
    DOMAIN,
    PER_DOMAIN,
    WIDTHS,
    DomainBatches,
    ReverseGradient,
    coral,
    first_samples,
    labelled,
    mmd,
    outputs_and_features,
    ramp,
)
from sklearn_emotion.networks._graph import PredictionGraph

KINDS = ["mmd", "coral", "dann"]
NETWORKS = [case for case in CASES if case.is_network]


def features(seed=0, sizes=(4, 3, 1, 5), n_features=3):
    rng = np.random.default_rng(seed)
    domains = np.repeat(np.arange(len(sizes)), sizes)
    x = rng.standard_normal((len(domains), n_features)) + domains[:, None]
    order = rng.permutation(len(domains))
    return x[order], domains[order]


def pairs_of(domains):
    names, counts = np.unique(domains, return_counts=True)
    return list(combinations(names[counts > 1], 2))


def squared_distance(a, b):
    return ((a - b) ** 2).sum()


def lower_median(x):
    distances = [squared_distance(a, b) for a, b in combinations(x, 2)]
    return np.quantile(distances, 0.5, method="lower")


def mmd_by_loops(x, domains, scale):
    def kernel(a, b):
        d = squared_distance(a, b)
        return np.mean([np.exp(-d / (w * scale)) for w in WIDTHS])

    def within(a):
        terms = [
            kernel(p, q)
            for (i, p), (j, q) in product(enumerate(a), enumerate(a))
            if i != j
        ]
        return sum(terms) / (len(a) * (len(a) - 1))

    losses = []
    for i, j in pairs_of(domains):
        a, b = x[domains == i], x[domains == j]
        between = sum(kernel(p, q) for p, q in product(a, b)) / (len(a) * len(b))
        losses.append(within(a) + within(b) - 2 * between)
    return np.mean(losses)


def coral_by_loops(x, domains):
    losses = [
        ((np.cov(x[domains == i].T) - np.cov(x[domains == j].T)) ** 2).sum()
        / (4 * x.shape[1] ** 2)
        for i, j in pairs_of(domains)
    ]
    return np.mean(losses)


def numeric_gradient(function, x, step=1e-6):
    gradient = np.empty_like(x)
    for place in np.ndindex(x.shape):
        shift = np.zeros_like(x)
        shift[place] = step
        gradient[place] = (function(x + shift) - function(x - shift)) / (2 * step)
    return gradient


@pytest.mark.parametrize("seed", range(3))
def test_losses_and_gradients_by_loops(seed):
    x, domains = features(seed)
    scale = lower_median(x)
    for loss, plain in [
        (mmd, lambda x: mmd_by_loops(x, domains, scale)),
        (coral, lambda x: coral_by_loops(x, domains)),
    ]:
        tensor = torch.tensor(x, requires_grad=True)
        value = loss(tensor, torch.as_tensor(domains))
        np.testing.assert_allclose(value.item(), plain(x), rtol=1e-10)
        value.backward()
        expected = numeric_gradient(plain, x)
        np.testing.assert_allclose(tensor.grad, expected, rtol=1e-5, atol=1e-8)


def test_mmd_is_unbiased():
    # Over all divisions of the same samples into two halves, pairs within a half and
    # pairs of both halves are equally frequent, so the mean of the estimates is 0.
    x = torch.as_tensor(features(sizes=(6,))[0])
    losses = []
    for half in combinations(range(6), 3):
        domains = torch.zeros(6, dtype=torch.int64)
        domains[list(half)] = 1
        losses.append(mmd(x, domains).item())
    assert np.ptp(losses) > 0.1
    assert abs(np.mean(losses)) < 1e-12


@pytest.mark.parametrize("loss", [mmd, coral])
def test_losses_of_degenerate_batches_are_finite(loss):
    x = torch.zeros(6, 3, requires_grad=True)
    for domains in ([0] * 6, [0, 1, 2, 3, 4, 5], [0, 0, 0, 1, 1, 1]):
        value = (x.sum() * 0) + loss(x, torch.tensor(domains))
        value.backward()
        assert value.item() == pytest.approx(0)
        assert torch.isfinite(x.grad).all()
    x = torch.tensor([[0.0], [0.0], [0.0], [0.0], [0.0], [1e4]], requires_grad=True)
    loss(x, torch.tensor([0, 0, 0, 1, 1, 1])).backward()
    assert torch.isfinite(x.grad).all()


@pytest.mark.parametrize("factor", [0.0, 0.3, 1.0])
def test_reversed_gradient_is_the_negative(factor):
    x = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(4, 3, dtype=torch.float64)
    (plain,) = torch.autograd.grad((weight * x.tanh()).sum(), x)
    y = ReverseGradient.apply(x.tanh(), factor)
    assert torch.equal(y, x.tanh())
    (reverse,) = torch.autograd.grad((weight * y).sum(), x)
    torch.testing.assert_close(reverse, -factor * plain)


def test_ramp():
    assert ramp(0) == 0
    assert ramp(0.5) == pytest.approx(np.tanh(2.5))
    assert ramp(1) == pytest.approx(np.tanh(5))


def batches_of(domains, batch_size, unlabelled=0, seed=0):
    n = len(domains)
    X = {"x": np.arange(n), DOMAIN: np.asarray(domains)}
    iterator = DomainBatches(Dataset(X, np.arange(n)), batch_size, shuffle=True)
    if unlabelled:
        iterator.unlabelled = {
            "x": torch.arange(unlabelled) + 1000,
            DOMAIN: torch.full((unlabelled,), max(domains) + 1),
        }
    torch.manual_seed(seed)
    return list(iterator)


@pytest.mark.parametrize(
    ("sizes", "least"),
    [([40] * 30, 1.0), ([9] * 30, 1.0), ([200, 20, 20, 20], 0.5), ([300, 3], 0.1)],
)
def test_batches_contain_several_samples_of_several_domains(sizes, least):
    domains = np.repeat(np.arange(len(sizes)), sizes)
    batches = batches_of(domains, 32)
    seen = np.concatenate([y for _, y in batches])
    assert sorted(seen) == list(range(len(domains)))
    assert not np.array_equal(seen, np.sort(seen))
    n_pairs = []
    for X, y in batches:
        assert torch.equal(X["x"], y)
        assert len(y) <= 33
        _, counts = np.unique(domains[y], return_counts=True)
        n_pairs.append((counts > 1).sum())
    # Blocks of small domains are spread over the pass, but may be too few for all.
    assert np.mean(np.array(n_pairs[:-1]) > 1) >= least
    if len(sizes) == 30:
        assert np.mean(n_pairs) < 32 / PER_DOMAIN + 2
    again = np.concatenate([y for _, y in batches_of(domains, 32)])
    other = np.concatenate([y for _, y in batches_of(domains, 32, seed=1)])
    np.testing.assert_array_equal(again, seen)
    assert not np.array_equal(other, seen)


@pytest.mark.parametrize("unlabelled", [1, 5, 500])
def test_each_batch_gets_samples_without_labels(unlabelled):
    domains = np.repeat(np.arange(4), 20)
    used = []
    for X, y in batches_of(domains, 16, unlabelled):
        n = len(y)
        assert torch.equal(X["x"][:n], y)
        more = X["x"][n:]
        assert (more >= 1000).all()
        assert (X[DOMAIN][n:] == 4).all()
        assert len(more) == len(more.unique()) == min(8, unlabelled)
        used += more.tolist()
    assert max(np.unique(used, return_counts=True)[1]) <= -(-len(used) // unlabelled)


def test_first_samples_of_any_output():
    class Pair(tuple):
        @classmethod
        def _make(cls, parts):
            return cls(parts)

    outputs = Pair([torch.arange(12), (torch.arange(6), torch.arange(6))])
    first = first_samples(outputs, 2, 6)
    assert isinstance(first, Pair)
    assert first[0].tolist() == [0, 1, 2, 3]  # two rows for each sample
    assert first[1][1].tolist() == [0, 1]


@pytest.mark.parametrize("case", NETWORKS, ids=lambda case: case.id)
def test_the_loss_sees_what_transform_returns(case):
    X = case.data()
    y = np.arange(len(X)) % 2
    net = clone(case.estimator).fit(X, y, groups=np.arange(len(X)))
    module = net.net_.module_.eval()
    arrays = {k: torch.as_tensor(x) for k, x in net._prepared(X).items()}
    with torch.no_grad():
        outputs, seen = outputs_and_features(module, arrays)
        expected = module(**arrays)
    first = [o[0] if isinstance(o, tuple) else o for o in (outputs, expected)]
    torch.testing.assert_close(*first)
    torch.testing.assert_close(
        seen.flatten(1),
        torch.as_tensor(net.transform(X)).flatten(1),
        rtol=1e-4,
        atol=1e-5,
    )
    assert not {"features", "last_layer"} & set(vars(module))


def test_features_of_a_forward_that_does_not_call_them():
    class Separate(ToyModule):
        def forward(self, x):
            return self.head(torch.relu(self.hidden(x)))

    class Named(ToyModule):
        # A layer of this name is not the method that takes the features.
        def __init__(self):
            super().__init__(3, 2)
            self.last_layer = nn.Linear(16, 2)

        def forward(self, x):
            return self.last_layer(self.features(x))

    x = torch.randn(5, 3)
    for module in (Separate(3, 2), Named()):
        outputs, seen = outputs_and_features(module, {"x": x})
        torch.testing.assert_close(seen, module.features(x))
        torch.testing.assert_close(outputs, module(x))


# A regressor has the module of its classifier, so one of the losses is enough.
LOSSES = [(case, kind) for case in NETWORKS for kind in KINDS if case.classifies]
LOSSES += [(case, "mmd") for case in NETWORKS if not case.classifies]


@pytest.mark.parametrize(
    ("case", "kind"), LOSSES, ids=[f"{case.id}-{kind}" for case, kind in LOSSES]
)
def test_every_network_takes_a_domain_loss(case, kind):
    X = case.data()
    n = len(X)
    y = np.where(np.arange(n) % 2, 1, 0) if case.classifies else np.arange(float(n))
    groups = np.arange(n) // 2
    plain = clone(case.estimator).set_params(domain_loss=kind, domain_weight=0.0)
    plain.fit(X, y, groups=groups)
    before = torch.random.get_rng_state()
    nets = [
        clone(plain).set_params(domain_weight=100.0).fit(X, y, groups=groups)
        for _ in range(2)
    ]
    assert torch.equal(torch.random.get_rng_state(), before)
    out = [net.transform(X) for net in nets]
    np.testing.assert_array_equal(out[0], out[1])
    assert not np.array_equal(plain.transform(X), out[0])
    # With marked samples, of which nothing but the input is used.
    unknown = y.copy() if case.classifies else y + 0.0
    unknown[5] = -1 if case.classifies else np.nan
    net = clone(nets[0]).fit(X, unknown, groups=groups)
    assert np.isfinite(net.transform(X)).all()
    # Nothing of the loss remains.
    parameters = {id(p) for p in net.net_.module_.parameters()}
    optimizer = net.net_.optimizer_
    assert {id(p) for g in optimizer.param_groups for p in g["params"]} <= parameters
    assert {id(p) for p in optimizer.state} <= parameters
    assert net.net_.domain_loss_ is None
    assert get_tags(net).accepts_unlabelled
    assert get_tags(net).target_access == "none"
    assert not get_tags(clone(net).set_params(domain_loss=None)).accepts_unlabelled


def people(rng, offsets, gains, n):
    """Return three columns that show the class, and one that changes between people."""
    y = np.tile([0, 1], len(offsets) * n // 2)
    sign = 2 * y - 1
    shared = sign[:, None] + rng.normal(size=(len(y), 3))
    own = np.repeat(gains, n) * (0.5 * sign + 0.1 * rng.normal(size=len(y)))
    X = np.column_stack([shared, own + np.repeat(offsets, n)]).astype(np.float32)
    return X, y, np.repeat(np.arange(len(offsets)), n)


def as_bands(X):
    return X.reshape(len(X), 1, 1, 4)


def as_sequences(X):
    steps = np.repeat(X[:, None], 2, axis=1)
    return Modalities(eeg=steps[..., :3], ecg=steps[..., 3:])


TOY = Toy(max_epochs=30, lr=0.01)
DGCNN = se.DGCNN(max_epochs=30, lr=0.01, n_filters=8, n_hidden=16, dropout=0.0)
LSTM = se.MMResLSTM(n_hidden=8, n_layers=1, dropout=0.0, lr=0.02, max_epochs=20)
OFFSETS = {"offsets": np.linspace(-1, 1, 8), "gains": np.ones(8)}
GAINS = {"offsets": np.zeros(8), "gains": np.tile([-0.5, 1, 1, 2], 2)}
FAR_OFFSETS = {"offsets": [-6, 6], "gains": [1, 1]}
FAR_GAINS = {"offsets": [0, 0], "gains": [-8, -8]}


@pytest.mark.parametrize(
    ("model", "layout", "kind", "weight", "training", "new"),
    [
        (TOY, np.asarray, "mmd", 20.0, OFFSETS, FAR_OFFSETS),
        (TOY, np.asarray, "dann", 5.0, GAINS, FAR_GAINS),
        (DGCNN, as_bands, "mmd", 100.0, OFFSETS, FAR_OFFSETS),
        (LSTM, as_sequences, "coral", 100.0, GAINS, FAR_GAINS),
    ],
)
def test_new_people_are_classified_where_plain_networks_fail(
    model, layout, kind, weight, training, new
):
    scores = {None: [], kind: []}
    for seed in range(3):
        rng = np.random.default_rng(seed)
        X, y, subject = people(rng, **training, n=32)
        X_new, y_new, _ = people(rng, **new, n=100)
        for loss, found in scores.items():
            model = clone(model).set_params(
                random_state=seed, domain_loss=loss, domain_weight=weight
            )
            model.fit(layout(X), y, groups=subject)
            found.append(model.score(layout(X_new), y_new))
    assert np.mean(scores[kind]) > 0.7
    assert np.mean(scores[kind]) - np.mean(scores[None]) > 0.15


def test_samples_without_labels_help_on_their_person():
    # All training people are alike, so only the new person shows what changes.
    scores = {False: [], True: []}
    for seed in range(3):
        rng = np.random.default_rng(seed)
        X, y, subject = people(rng, np.zeros(4), np.ones(4), n=32)
        X_new, y_new, _ = people(rng, [3.0], [1.0], n=64)
        model = Toy(
            max_epochs=30,
            lr=0.01,
            domain_loss="mmd",
            domain_weight=20.0,
            random_state=seed,
        )
        plain = clone(model).fit(X, y, groups=subject)
        scores[False].append(plain.score(X_new, y_new))
        both = np.concatenate([X_new, X])
        labels = np.concatenate([np.full(len(y_new), -1), y])
        groups = np.concatenate([np.full(len(y_new), 9), subject])
        model.fit(both, labels, groups=groups)
        scores[True].append(model.score(X_new, y_new))
    assert np.mean(scores[True]) > 0.75
    assert np.mean(scores[True]) - np.mean(scores[False]) > 0.1


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X, y, subject = people(rng, np.zeros(4), np.ones(4), n=12)
    return X, np.where(y, "high", "low"), subject


SMALL = {"max_epochs": 2, "batch_size": 16, "random_state": 0}


def test_subjects_come_from_the_modality_or_from_groups(data):
    X, y, subject = data
    layers = as_sequences(X)
    model = clone(LSTM).set_params(domain_loss="mmd", **SMALL)
    by_groups = clone(model).fit(layers, y, groups=subject).transform(layers)
    named = Modalities(**layers, subject=subject)
    by_key = clone(model).fit(named, y, groups=np.arange(len(y)) % 3)
    np.testing.assert_array_equal(by_key.transform(layers), by_groups)
    by_name = clone(model).fit(
        Modalities(**layers, subject=np.array(list("dacb"))[subject]), y
    )
    assert np.isfinite(by_name.transform(layers)).all()


def mixed(y, rows, mark=-1):
    """Return labels as a list in which some samples are marked."""
    return [mark if i in rows else label for i, label in enumerate(y)]


def test_samples_without_labels_are_in_no_class_scale_or_validation(data):
    X, y, subject = data
    rows = set(range(0, 48, 5))
    known = np.array([i not in rows for i in range(48)])
    model = Toy(domain_loss="mmd", **SMALL)
    poisoned = X.copy()
    poisoned[~known] *= 1e3
    for labels in (mixed(y, rows), np.array(mixed(y, rows), dtype=object)):
        net = clone(model).fit(poisoned, labels, groups=subject)
        assert net.classes_.tolist() == ["high", "low"]
        only = clone(model).fit(X[known], y[known], groups=subject[known])
        for key, scale in only.scales_.items():
            np.testing.assert_array_equal(net.scales_[key], scale)
        assert not np.array_equal(net.transform(X), only.transform(X))
    codes = np.array(mixed((y == "high").astype(int), rows))
    by_code = clone(model).fit(poisoned, codes, groups=subject)
    assert by_code.classes_.tolist() == [0, 1]
    # Ratings, and the sizes of training and validation parts.
    seen = {}

    class Sizes(Callback):
        def on_train_begin(self, net, X=None, y=None, **kwargs):
            seen["train"] = len(y)

        def on_epoch_end(self, net, dataset_valid=None, **kwargs):
            seen["valid"] = len(dataset_valid)

    ratings = np.where(known, np.arange(48.0), np.nan)
    reg = ToyRegressor(domain_loss="coral", **SMALL)
    reg.set_params(early_stopping=True, validation_fraction=0.25, callbacks=[Sizes()])
    reg.fit(poisoned, ratings, groups=subject)
    assert seen["train"] + seen["valid"] == known.sum()
    trained = [s for s in np.unique(subject) if (subject[known] == s).any()]
    means = [
        ratings[known & ~(subject == s)].mean()
        for s in trained  # one subject is held out
    ]
    assert np.isclose(reg.target_mean_, means).any()


def test_without_a_domain_loss_minus_one_is_a_class(data):
    X, y, subject = data
    labels = np.where(y == "high", 1, -1)
    net = Toy(**SMALL).fit(X, labels, groups=subject)
    assert net.classes_.tolist() == [-1, 1]


def test_validation_and_scores_do_not_contain_the_domain_loss(data):
    X, y, subject = data
    scoring = EpochScoring("accuracy", name="train_acc", on_train=True)
    net = Toy(
        domain_loss="dann",
        domain_weight=5.0,
        max_epochs=1,
        batch_size=16,
        random_state=0,
        callbacks=[scoring],
        net_params={"train_split": ValidSplit(2, stratified=False)},
    )
    rows = set(range(1, 48, 4))
    net.fit(X, mixed(y, rows), groups=subject)
    # Without shuffling, ValidSplit holds out the first half of the labelled samples.
    left_out = [i for i in range(48) if i not in rows][:18]
    expected = log_loss(y[left_out], net.predict_proba(X[left_out]))
    assert net.net_.history[-1, "valid_loss"] == pytest.approx(expected, rel=1e-4)
    assert net.net_.history[-1, "train_loss"] > 2  # with the domain loss
    assert 0 <= net.net_.history[-1, "train_acc"] <= 1


def test_skorchs_loop_and_ours_give_the_same(data):
    class AfterBatch(Callback):
        def on_batch_end(self, net, batch=None, training=False, **kwargs):
            if training:
                sizes.append((len(batch[0]["x"]), len(batch[1])))

    X, y, subject = data
    sizes, out = [], []
    labels = mixed(y, {0, 7, 30})
    for callbacks in (None, [AfterBatch()]):
        net = Toy(domain_loss="dann", callbacks=callbacks, **SMALL)
        out.append(net.fit(X, labels, groups=subject).transform(X))
    np.testing.assert_array_equal(out[0], out[1])
    assert len(sizes) == 2 * 3
    assert all(n_rows - n == 3 for n_rows, n in sizes)


def test_weights_apply_to_labelled_samples(data):
    X, y, subject = data
    labels = np.array(mixed((y == "high").astype(int), {0, 7, 30}))
    model = Toy(domain_loss="mmd", **SMALL)

    def fit(rows=slice(None), weights=None):
        net = clone(model).fit(X[rows], labels[rows], subject[rows], weights)
        return net.transform(X)

    plain = fit()
    np.testing.assert_array_equal(fit(weights=np.full(48, 2.0)), plain)
    weights = np.linspace(0.5, 2, 48)
    assert not np.array_equal(fit(weights=weights), plain)
    other = weights.copy()
    other[[0, 7, 30]] = 5.0  # samples without labels
    np.testing.assert_array_equal(fit(weights=other), fit(weights=weights))
    weights[[7, 12]] = 0
    rest = np.flatnonzero(weights)
    np.testing.assert_array_equal(fit(weights=weights), fit(rest, weights[rest]))


def test_samples_of_weight_zero_are_left_out_with_their_subjects(data):
    X, y, subject = data
    X = Modalities(**as_sequences(X), subject=subject)
    model = clone(LSTM).set_params(domain_loss="mmd", **SMALL)
    weights = np.ones(len(y))
    weights[[7, 12, 40]] = 0
    rest = np.flatnonzero(weights)
    weighted = clone(model).fit(X, y, sample_weight=weights)
    expected = clone(model).fit(X[rest], y[rest])
    np.testing.assert_array_equal(weighted.transform(X), expected.transform(X))


def test_a_fitted_network_is_stored_and_copied_without_the_loss(data, tmp_path):
    X, _, subject = data
    eeg = as_bands(X)
    labels = np.array(mixed(np.arange(48) % 2, {0, 7, 30}))
    net = clone(DGCNN).set_params(domain_loss="dann", **SMALL)
    net.fit(eeg, labels, groups=subject)
    p = net.predict_proba(eeg)
    for other in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        np.testing.assert_array_equal(other.predict_proba(eeg), p)
    se.save_model(net, tmp_path / "model.skops")
    np.testing.assert_array_equal(
        se.load_model(tmp_path / "model.skops").predict_proba(eeg), p
    )
    weights = PredictionGraph(net).state_dict()
    assert not any("discriminator" in name for name in weights)
    plain = clone(DGCNN).set_params(**SMALL).fit(eeg, np.arange(48) % 2)
    assert len(pickle.dumps(net)) < len(pickle.dumps(plain)) + 1000


def test_a_teacher_learns_from_labelled_faces_only():
    rng = np.random.default_rng(0)
    n = 12
    X = Modalities(
        eeg=rng.normal(size=(n, 2, 4, 9, 9)), face=rng.uniform(size=(n, 2, 3, 48, 48))
    )
    y = np.array(mixed(np.arange(n) % 2, {1, 2, 6}))
    known = y >= 0
    teacher = se.VisualCNNTCN(max_epochs=1, random_state=0)
    net = se.ThreeFACRNN(
        teacher=teacher, domain_loss="mmd", max_epochs=1, batch_size=6, random_state=0
    )
    net.fit(X, y, groups=np.arange(n) % 3)
    alone = clone(teacher).fit(
        X["face"][known], y[known], groups=(np.arange(n) % 3)[known]
    )
    np.testing.assert_array_equal(
        net.teacher_.transform(X["face"]), alone.transform(X["face"])
    )


@pytest.mark.filterwarnings("ignore:No branch decides")
def test_decisions_of_branches_are_weighted_on_labelled_samples():
    rng = np.random.default_rng(0)
    n = 12
    X = Modalities(
        face=rng.uniform(size=(n, 1, 3, 64, 64)).astype(np.float32),
        bio=rng.normal(size=(n, 2, 16)).astype(np.float32),
        subject=np.arange(n) % 3,
    )
    y = np.array(mixed(np.arange(n) // 6, {1, 8}))
    net = se.DeepVANet(
        fusion="decision", domain_loss="mmd", max_epochs=1, batch_size=6, random_state=0
    )
    net.fit(X, y, groups=np.arange(n))
    assert net.estimator_weights_.shape == (2,)
    assert net.predict_proba(X).shape == (n, 2)


def test_errors_say_what_to_do(data):
    X, y, subject = data
    model = Toy(domain_loss="mmd", **SMALL)
    with pytest.raises(ValueError, match=r"needs the subject of each sample. Pass gr"):
        clone(model).fit(X, y)
    with pytest.raises(ValueError, match="two or more subjects, or samples without"):
        clone(model).fit(X, y, groups=np.zeros(48))
    with pytest.raises(ValueError, match="batch_size must be at least 4, got 3"):
        clone(model).set_params(batch_size=3).fit(X, y, groups=subject)
    loader = {"iterator_train__num_workers": 0}
    with pytest.raises(ValueError, match=r"arguments of a DataLoader, from net_params"):
        clone(model).set_params(net_params=loader).fit(X, y, groups=subject)
    with pytest.raises(ValueError, match="All samples are marked"):
        clone(model).fit(X, np.full(48, -1), groups=subject)
    with pytest.raises(ValueError, match="contains only the label 1 besides -1"):
        clone(model).fit(X, np.where(y == "high", 1, -1), groups=subject)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        clone(model).fit(X, y, groups=subject[1:])
    with pytest.raises(ValueError, match="'domain_loss' parameter"):
        clone(model).set_params(domain_loss="mean").fit(X, y, groups=subject)
    ratings = np.ones((48, 2))
    ratings[3, 1] = np.nan
    reg = ToyRegressor(domain_loss="mmd", **SMALL)
    with pytest.raises(ValueError, match="Only some of the targets of sample 3"):
        reg.fit(X, ratings, groups=subject)
    ratings[3] = np.nan
    assert reg.fit(X, ratings, groups=subject).predict(X).shape == (48, 2)


def test_a_single_subject_and_samples_without_labels_are_two_domains(data):
    X, y, _ = data
    net = Toy(domain_loss="coral", **SMALL)
    net.fit(X, mixed(y, {0, 7, 30}), groups=np.zeros(48))
    assert net.classes_.tolist() == ["high", "low"]


def test_which_samples_have_labels():
    for y in ([0, -1, 1], np.array([0.0, -1.0, 1.0]), np.array(["a", -1, "b"], object)):
        np.testing.assert_array_equal(labelled(y, True, "Net"), [True, False, True])
    assert labelled(np.array(["-1", "b"]), True, "Net").all()
    assert labelled([True, False], True, "Net").all()
    frames = np.array([[0, 1], [-1, -1]])
    np.testing.assert_array_equal(labelled(frames, True, "Net"), [True, False])
    assert labelled(np.array([-1, 2]), False, "Net").all()
