"""Deep CCA against linear CCA, its gradient against finite differences."""

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm
from sklearn.cross_decomposition import CCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from sklearn_emotion import DeepCCA, Modalities
from sklearn_emotion.baselines.classical._canonical import linear_cca
from sklearn_emotion.baselines.networks._correlation import correlation, perceptron


def two_views(n=200, seed=0, noise=1.0):
    """Views of 6 and 4 columns that share two signals, the second more weakly."""
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((n, 2))
    a = z @ rng.standard_normal((2, 6)) + noise * rng.standard_normal((n, 6))
    b = z @ rng.standard_normal((2, 4)) + noise * rng.standard_normal((n, 4))
    return Modalities(eeg=a, ecg=b), z


def first_correlation(X):
    a, b = CCA(n_components=1, max_iter=5000, tol=1e-10).fit_transform(
        X["eeg"], X["ecg"]
    )
    return abs(np.corrcoef(a[:, 0], b[:, 0])[0, 1])


def test_the_loss_is_the_trace_norm_of_the_definition():
    rng = np.random.default_rng(0)
    H1, H2, r = rng.standard_normal((50, 3)), rng.standard_normal((50, 4)), 0.1
    C = np.cov(H1, H2, rowvar=False)
    S11, S22 = C[:3, :3] + r * np.eye(3), C[3:, 3:] + r * np.eye(4)
    T = np.linalg.inv(sqrtm(S11)) @ C[:3, 3:] @ np.linalg.inv(sqrtm(S22))
    expected = np.linalg.norm(T, "nuc")
    got = correlation(torch.tensor(H1), torch.tensor(H2), r)
    assert got.item() == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("view", [0, 1])
def test_the_gradient_is_that_of_finite_differences(view):
    rng = np.random.default_rng(0)
    H = [rng.standard_normal((20, 3)), rng.standard_normal((20, 3))]
    tensors = [torch.tensor(h, requires_grad=True) for h in H]
    correlation(*tensors, 1e-2).backward()
    got = tensors[view].grad.numpy()
    h = 1e-6
    for i, j in [(0, 0), (3, 1), (19, 2), (7, 0)]:
        moved = []
        for sign in (1, -1):
            other = [torch.tensor(x.copy()) for x in H]
            other[view][i, j] += sign * h
            moved.append(correlation(*other, 1e-2).item())
        assert got[i, j] == pytest.approx((moved[0] - moved[1]) / (2 * h), rel=1e-5)


def test_the_gradient_is_finite_where_eigenvalues_coincide():
    H = torch.eye(6, 3, dtype=torch.float64, requires_grad=True)
    correlation(H, H, 1e-3).backward()
    assert torch.isfinite(H.grad).all()


def test_linear_cca_is_that_of_scikit_learn():
    X, _ = two_views()
    views = [x - x.mean(axis=0) for x in X.values()]
    w = linear_cca(views, 2, 1e-9)
    a, b = (x @ v for x, v in zip(views, w))
    assert np.corrcoef(a[:, 0], b[:, 0])[0, 1] == pytest.approx(first_correlation(X))
    np.testing.assert_allclose([a.std(axis=0, ddof=1), b.std(axis=0, ddof=1)], 1.0)


def test_linear_networks_reach_the_first_correlation_of_linear_cca():
    X, _ = two_views()
    cca = DeepCCA(
        n_components=1,
        hidden=(),
        regularization=1e-6,
        lr=0.02,
        max_epochs=400,
        weight_decay=0.0,
        random_state=0,
    ).fit(X)
    assert cca.correlations_[0] == pytest.approx(first_correlation(X), abs=2e-3)


def test_linear_networks_that_lose_nothing_give_it_without_training():
    X, _ = two_views()
    cca = DeepCCA(
        n_components=4,
        hidden=(),
        regularization=1e-9,
        lr=1e-12,
        max_epochs=1,
        random_state=0,
        modalities=["ecg", "eeg"],
    )
    # Four outputs span the four columns of one view; the other needs all six.
    X = Modalities(eeg=X["eeg"][:, :4], ecg=X["ecg"])
    assert cca.fit(X).correlations_[0] == pytest.approx(first_correlation(X), abs=1e-4)


def test_number_of_parameters_of_a_perceptron():
    network = perceptron(10, (8, 5), 3)
    # 10 x 8 + 8, 8 x 5 + 5, 5 x 3 + 3.
    assert sum(p.numel() for p in network.parameters()) == 88 + 45 + 18


def test_training_raises_the_correlation_that_a_nonlinear_relation_hides():
    rng = np.random.default_rng(0)
    z = rng.standard_normal((300, 1))
    X = Modalities(
        eeg=np.hstack([z, rng.standard_normal((300, 1))]),
        ecg=np.hstack([z**2, rng.standard_normal((300, 1))]),
    )
    settings = {"n_components": 1, "hidden": (32,), "lr": 0.01, "random_state": 0}
    cca = DeepCCA(max_epochs=150, **settings).fit(X)
    assert cca.history_[-1] < cca.history_[0] - 0.2
    assert cca.correlations_[0] > first_correlation(X) + 0.3


def test_variates_have_unit_variance_and_transform_is_their_weighted_mean():
    X, _ = two_views()
    settings = {"n_components": 2, "hidden": (8,), "max_epochs": 3, "random_state": 0}
    cca = DeepCCA(view_weights=[3, 1], **settings).fit(X)
    a, b = cca.variates(X)
    np.testing.assert_allclose(a.std(axis=0, ddof=1), 1.0, rtol=1e-5)
    np.testing.assert_allclose(cca.transform(X), 0.75 * a + 0.25 * b, atol=1e-5)
    both = DeepCCA(fusion="concatenate", **settings).fit_transform(X)
    np.testing.assert_allclose(both, np.hstack([a, b]), atol=1e-5)


def test_three_views_and_any_shape():
    X, z = two_views()
    X["face"] = np.repeat(z[:, :, None], 3, axis=2)
    cca = DeepCCA(n_components=2, hidden=(8,), max_epochs=5, random_state=0).fit(X)
    assert cca.modalities_ == ["eeg", "ecg", "face"]
    assert len(cca.variates(X)) == 3
    assert cca.transform(X).shape == (200, 2)


def test_features_of_common_signals_carry_labels_that_follow_them():
    X, z = two_views(n=300, noise=0.5)
    y = np.where(z[:, 0] > 0, "high", "low")
    settings = {"n_components": 2, "hidden": (16,), "max_epochs": 60, "lr": 0.01}
    clf = make_pipeline(DeepCCA(random_state=0, **settings), LogisticRegression())
    assert clf.fit(X[:200], y[:200]).score(X[200:], y[200:]) > 0.85
    shuffled = np.random.default_rng(1).permutation(y)
    score = clf.fit(X[:200], shuffled[:200]).score(X[200:], shuffled[200:])
    # Three standard deviations of the mean of 100 coin tosses.
    assert abs(score - 0.5) < 0.15


def test_correlations_on_other_samples_tell_noise_from_common_signals():
    """Twenty samples' worth of freedom fits noise; other samples do not follow."""
    rng = np.random.default_rng(0)
    noise = Modalities(
        eeg=rng.standard_normal((160, 40)), ecg=rng.standard_normal((160, 10))
    )
    settings = {"n_components": 3, "hidden": (64,), "max_epochs": 40, "lr": 0.01}
    cca = DeepCCA(random_state=0, **settings).fit(noise[:60])
    assert cca.correlations_[0] > 0.9
    # The mean of 100 products of unit variance has a standard error of 0.1.
    assert abs(cca.correlations(noise[60:])).max() < 0.35
    X, _ = two_views(n=300, noise=0.3)
    cca = DeepCCA(n_components=2, hidden=(), lr=1e-3, random_state=0).fit(X[:200])
    assert cca.correlations(X[200:])[0] > 0.8


def test_correlations_on_training_samples_are_the_attribute():
    X, z = two_views()
    X["face"] = z
    cca = DeepCCA(n_components=2, hidden=(8,), max_epochs=3, random_state=0).fit(X)
    np.testing.assert_allclose(cca.correlations(X), cca.correlations_, atol=1e-6)
    a, b, c = (v[:, 0] for v in cca.variates(X[:50]))
    pairs = [np.corrcoef(*pair)[0, 1] for pair in ((a, b), (a, c), (b, c))]
    assert cca.correlations(X[:50])[0] == pytest.approx(np.mean(pairs))


def test_features_have_names_and_come_as_tables():
    X, _ = two_views(n=20)
    settings = {"n_components": 2, "hidden": (4,), "max_epochs": 1, "random_state": 0}
    cca = DeepCCA(**settings).set_output(transform="pandas").fit(X)
    table = cca.transform(X)
    assert list(table.columns) == ["deepcca0", "deepcca1"]
    expected = DeepCCA(**settings).fit_transform(X)
    np.testing.assert_array_equal(table.to_numpy(), expected)
    both = DeepCCA(fusion="concatenate", **settings).fit(X)
    names = ["eeg_deepcca0", "eeg_deepcca1", "ecg_deepcca0", "ecg_deepcca1"]
    assert both.get_feature_names_out().tolist() == names
    assert both.transform(X).shape[1] == 4


def without(X, name, rows):
    """Return X in which a view is missing in some samples."""
    x = X[name].copy()
    x[rows] = np.nan
    return Modalities(**{**X, name: x})


def test_missing_variates_are_predicted_by_the_canonical_correlation():
    X, _ = two_views()
    settings = {"n_components": 2, "hidden": (8,), "max_epochs": 3, "random_state": 0}
    cca = DeepCCA(missing="mask", **settings).fit(X)
    a, b = cca.variates(X)
    got = cca.variates(without(X, "ecg", [3, 5]))
    rows = np.array([3, 5])
    expected = b.copy()
    expected[rows] = cca.correlations_ * a[rows]
    np.testing.assert_allclose(got[0], a, rtol=1e-6)
    np.testing.assert_allclose(got[1], expected, rtol=1e-6, atol=1e-9)
    mean = cca.transform(Modalities(ecg=X["ecg"]))
    np.testing.assert_allclose(mean, (1 + cca.correlations_) / 2 * b, rtol=1e-5)


def test_missing_variates_of_three_views_are_the_least_squares_prediction():
    X, z = two_views()
    X["face"] = z + np.random.default_rng(1).standard_normal(z.shape)
    settings = {"n_components": 2, "hidden": (8,), "max_epochs": 3, "random_state": 0}
    cca = DeepCCA(missing="mask", **settings).fit(X)
    whole = cca.variates(X)
    one = cca.variates(without(X, "ecg", slice(None)))[1]
    two = cca.variates(Modalities(face=X["face"]))
    for k in range(2):
        known = np.stack([whole[0][:, k], whole[2][:, k]], axis=1)
        solution = np.linalg.lstsq(known, whole[1][:, k])[0]
        np.testing.assert_allclose(one[:, k], known @ solution, atol=1e-6)
        for view in (0, 1):
            slope = np.linalg.lstsq(known[:, 1:], whole[view][:, k])[0]
            np.testing.assert_allclose(two[view][:, k], known[:, 1] * slope, atol=1e-6)


def test_constant_variates_are_predicted_by_their_mean():
    X, _ = two_views()
    X["ecg"] = np.ones((200, 4))
    settings = {"n_components": 1, "hidden": (), "max_epochs": 1, "random_state": 0}
    cca = DeepCCA(missing="mask", **settings).fit(X)
    for name, other in ((0, "ecg"), (1, "eeg")):
        predicted = cca.variates(Modalities(**{other: X[other]}))[name]
        np.testing.assert_allclose(predicted, 0.0, atol=1e-6)


def test_fit_uses_the_samples_with_all_views():
    X, _ = two_views(n=60)
    gaps = without(without(X, "ecg", slice(0, 5)), "eeg", slice(5, 8))
    settings = {"n_components": 2, "hidden": (8,), "max_epochs": 3, "random_state": 0}
    cca = DeepCCA(missing="mask", **settings)
    features = cca.fit_transform(gaps)
    assert np.isfinite(features).all()
    expected = DeepCCA(**settings).fit(X[8:])
    np.testing.assert_allclose(features[8:], expected.transform(X[8:]), atol=1e-5)
    np.testing.assert_allclose(cca.correlations_, expected.correlations_, atol=1e-6)
    # Predicted variates would raise the correlation.
    np.testing.assert_allclose(cca.correlations(gaps), cca.correlations_, atol=1e-6)
    with pytest.raises(ValueError, match=r"at least two samples that have all.*got 1"):
        cca.correlations(gaps[:9])
    with pytest.raises(ValueError, match="Only 1 of 9 samples have all of"):
        cca.fit(gaps[:9])


@pytest.mark.parametrize("lr", [1e6, 1e30])
@pytest.mark.parametrize("max_epochs", [1, 30])
def test_divergence_is_told_with_its_cure(lr, max_epochs):
    X, _ = two_views(n=30)
    cca = DeepCCA(hidden=(8,), lr=lr, max_epochs=max_epochs, random_state=0)
    with pytest.raises(ValueError, match=r"diverged after \d+ epochs: lower lr"):
        cca.fit(X)


def test_batches_are_of_about_one_size_and_reproducible():
    X, _ = two_views(n=103)
    settings = {"n_components": 2, "hidden": (8,), "batch_size": 50, "max_epochs": 3}
    first, second = (DeepCCA(random_state=0, **settings).fit(X) for _ in range(2))
    np.testing.assert_array_equal(first.transform(X), second.transform(X))
    other = DeepCCA(random_state=1, **settings).fit(X)
    assert np.abs(other.transform(X) - first.transform(X)).max() > 1e-3


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda cca, X: cca.fit(X["eeg"]), "two or more modalities, got an array"),
        (
            lambda cca, X: cca.fit({"eeg": X["eeg"]}),
            r"two or more different.*\['eeg'\]",
        ),
        (lambda cca, X: cca.fit(X).transform({"eeg": X["eeg"]}), "missing 'ecg'"),
        (
            lambda cca, X: cca.fit(X).transform({**X, "ecg": X["ecg"][:, :2]}),
            r"fitted on {'eeg': \(6,\), 'ecg': \(4,\)}",
        ),
        (
            lambda cca, X: cca.set_params(view_weights=[1, -1]).fit(X),
            "2 non-negative numbers",
        ),
        (
            lambda cca, X: cca.set_params(view_weights=[np.nan, 1]).fit(X),
            r"2 non-negative numbers.*\[nan, 1\]",
        ),
        (
            lambda cca, X: cca.set_params(view_weights=["a", "b"]).fit(X),
            r"2 non-negative numbers.*\['a', 'b'\]",
        ),
        (
            lambda cca, X: cca.set_params(hidden=(16.5,)).fit(X),
            r"positive whole numbers.*got \(16.5,\)",
        ),
        (lambda cca, X: cca.set_params(hidden=(4, 0)).fit(X), r"got \(4, 0\)"),
        (lambda cca, X: cca.set_params(hidden=(-3,)).fit(X), r"got \(-3,\)"),
        (
            lambda cca, X: cca.fit({**X, "ecg": X["ecg"][:9]}),
            "same n_samples, got {'eeg': 200, 'ecg': 9}",
        ),
        (
            lambda cca, X: cca.fit({**X, "ecg": X["ecg"][:, :0]}),
            "View 'ecg' of DeepCCA has no columns",
        ),
        (
            lambda cca, X: cca.fit({**X, "ecg": np.nan * X["ecg"]}),
            "view 'ecg' contains NaN",
        ),
        (
            lambda cca, X: cca.set_params(modalities=["eeg", "x"]).fit(
                {**X, "x": np.zeros(200)}
            ),
            r"two or more dimensions, got {'x': \(200,\)}",
        ),
        (lambda cca, X: cca.fit(X).correlations(X[:1]), "at least two samples"),
    ],
)
def test_bad_input_is_named(call, match):
    cca = DeepCCA(n_components=2, hidden=(4,), max_epochs=1, random_state=0)
    with pytest.raises(ValueError, match=match):
        call(cca, two_views()[0])
