"""Covariances, tangent vectors and distances against their definitions."""

import numpy as np
import pytest
from scipy.linalg import block_diag, logm, sqrtm
from scipy.signal import butter, sosfiltfilt
from sklearn.covariance import oas
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GroupKFold, cross_val_score

from sklearn_emotion import (
    BandCovariances,
    BandMinimumDistance,
    BandTangentSpace,
    make_riemann,
)


@pytest.fixture(scope="module")
def data():
    """Two classes that differ in the coupling of two channels, not in their power."""
    rng = np.random.default_rng(0)
    y = np.tile(["calm", "tense"], 24)
    X = rng.standard_normal((48, 5, 384)).astype(np.float32)
    together = 0.6 * X[:, 0] + 0.8 * X[:, 1]
    X[y == "tense", 1] = together[y == "tense"]
    X.flags.writeable = False
    return X, y, np.arange(48) // 4


@pytest.fixture(scope="module")
def covariances(data):
    return BandCovariances(bands={"a": (8, 13), "b": (14, 30)}).transform(data[0])


def test_covariances_are_the_shrunk_ones_of_the_filtered_signal(data, covariances):
    X, _, _ = data
    assert covariances.shape == (48, 2, 5, 5)
    sos = butter(5, (14, 30), "bandpass", fs=128, output="sos")
    filtered = sosfiltfilt(sos, X[7].astype(float), axis=-1)
    np.testing.assert_allclose(covariances[7, 1], oas(filtered.T)[0], rtol=1e-9)


def test_chunks_do_not_show(data):
    X = np.concatenate([data[0]] * 2)
    C = BandCovariances().transform(X)
    np.testing.assert_array_equal(C[70], BandCovariances().transform(X[70:71])[0])


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e3])
def test_tangent_vectors_are_logarithms_seen_from_the_mean(covariances, scale):
    """The unit of the signals does not matter, since the mean carries it too."""
    space = BandTangentSpace().fit(scale**2 * covariances)
    vectors = space.transform(scale**2 * covariances)
    assert vectors.shape == (48, 2 * 15)
    whitener = np.linalg.inv(sqrtm(space.references_[1]))
    L = logm(whitener @ (scale**2 * covariances[3, 1]) @ whitener)
    upper = np.triu_indices(5)
    expected = (np.sqrt(2) * L + (1 - np.sqrt(2)) * np.diag(np.diag(L)))[upper]
    np.testing.assert_allclose(vectors[3, 15:], expected, atol=1e-6)
    # The Riemannian mean is the point at which these vectors average to zero.
    np.testing.assert_allclose(vectors.mean(axis=0), 0, atol=1e-6)


def test_names_say_which_covariance_a_feature_is_made_of(covariances):
    """A matrix that differs from the mean in one element differs in its feature."""
    space = BandTangentSpace(metric="logeuclid").fit(np.eye(5) + 0 * covariances)
    C = np.broadcast_to(np.eye(5), (1, 2, 5, 5)).copy()
    C[0, 1, 1, 3] = C[0, 1, 3, 1] = 0.5
    C[0, 1, 0, 0] = 2.0
    table = space.set_output(transform="pandas").transform(C)
    assert table.shape == (1, 30)
    # The logarithm of [[1, .5], [.5, 1]] has a diagonal too.
    changed = table.columns[np.abs(table.to_numpy()[0]) > 1e-9].tolist()
    assert changed == ["band1_0_0", "band1_1_1", "band1_1_3", "band1_3_3"]


def test_distances_are_those_of_the_block_diagonal_matrix(data, covariances):
    from pyriemann.classification import MDM

    _, y, _ = data
    blocks = np.array([block_diag(*C) for C in covariances])
    expected = MDM().fit(blocks, y).transform(blocks)
    got = BandMinimumDistance().fit(covariances, y).transform(covariances)
    np.testing.assert_allclose(got, expected, rtol=1e-5)


def test_distances_do_not_change_when_channels_are_mixed(data, covariances):
    """The affine-invariant distance of [W C W', W G W'] is that of [C, G]."""
    _, y, _ = data
    W = np.random.default_rng(1).standard_normal((5, 5))
    mixed = W @ covariances @ W.T
    first = BandMinimumDistance().fit(covariances, y).transform(covariances)
    second = BandMinimumDistance().fit(mixed, y).transform(mixed)
    np.testing.assert_allclose(second, first, rtol=1e-4)


def test_probabilities_follow_the_distances(data, covariances):
    _, y, _ = data
    clf = BandMinimumDistance(metric="logeuclid").fit(covariances, y)
    d = clf.transform(covariances) ** 2
    expected = 1 / (1 + np.exp(d[:, 0] - d[:, 1]))
    np.testing.assert_allclose(clf.predict_proba(covariances)[:, 0], expected)
    assert (clf.predict(covariances) == np.where(expected > 0.5, "calm", "tense")).all()


@pytest.mark.parametrize("classifier", ["tangent", "mdm"])
def test_it_learns_coupling_and_nothing_from_shuffled_labels(data, classifier):
    X, y, groups = data
    cv = GroupKFold(4)
    clf = make_riemann(classifier, **({"C": 1.0} if classifier == "tangent" else {}))
    assert cross_val_score(clf, X, y, groups=groups, cv=cv).mean() > 0.9
    shuffled = np.random.default_rng(1).permutation(y)
    score = cross_val_score(clf, X, shuffled, groups=groups, cv=cv).mean()
    # Three standard deviations of the mean of 48 coin tosses.
    assert abs(score - 0.5) < 3 * 0.5 / np.sqrt(48)


def test_defaults_take_thirty_two_channels_of_two_seconds():
    X = np.random.default_rng(0).standard_normal((12, 32, 256))
    X[::2, :8] *= 3
    y = np.tile([1, 0], 6)
    assert make_riemann(metric="logeuclid").fit(X, y).score(X, y) == 1.0


def test_grids_fit_their_classifier():
    assert list(make_riemann().param_grid()) == ["tangent__metric", "logistic__C"]
    assert list(make_riemann("mdm").param_grid()) == ["mdm__metric"]


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda C, y: make_riemann("x"), "'tangent' or 'mdm', got 'x'"),
        (lambda C, y: make_riemann("mdm", C=5.0), "C=5.0 .* 'mdm' has neither"),
        (
            lambda C, y: make_riemann("mdm", class_weight="balanced"),
            "class_weight=balanced would change nothing",
        ),
        (lambda C, y: BandTangentSpace().fit(C[:, 0]), "n_bands, n_channels"),
        (lambda C, y: BandTangentSpace().fit(C[..., :4]), r"n_bands, 5, 5\), got"),
        (lambda C, y: BandMinimumDistance().fit(C, y[:9]), "inconsistent"),
        (lambda C, y: BandMinimumDistance().fit(C, ["a"] * 48), "two classes"),
        (
            lambda C, y: BandTangentSpace().fit(C).transform(C[..., :4, :4]),
            r"n_bands, 5, 5\), got \(48, 2, 4, 4\)",
        ),
    ],
)
def test_bad_input_is_named(data, covariances, call, match):
    with pytest.raises(ValueError, match=match):
        call(covariances, data[1])


def test_nothing_is_predicted_before_fitting(covariances):
    with pytest.raises(NotFittedError):
        BandMinimumDistance().predict(covariances)


@pytest.mark.parametrize("classifier", ["tangent", "mdm"])
@pytest.mark.parametrize(
    ("estimator", "spoil", "count"),
    [
        ("oas", lambda X: np.where(np.arange(48)[:, None, None] == 3, 0, X), "1 of 48"),
        ("scm", lambda X: X - X.mean(axis=1, keepdims=True), "48 of 48"),
        ("scm", lambda X: np.where(np.arange(5)[:, None] == 2, 0, X), "48 of 48"),
    ],
    ids=["a flat sample", "average reference", "a flat channel"],
)
def test_singular_covariances_are_named(data, classifier, estimator, spoil, count):
    X, y, _ = data
    model = make_riemann(classifier, estimator=estimator).fit(X, y)
    with pytest.raises(ValueError, match=rf"positive definite, but those of {count} "):
        model.predict(spoil(X))
    # Shrinkage makes covariances of dependent channels positive definite.
    shrunk = make_riemann(classifier).fit(X, y)
    if count == "48 of 48":
        assert np.isfinite(shrunk.predict_proba(spoil(X))).all()
        with pytest.raises(ValueError, match="positive definite"):
            make_riemann(classifier, estimator=estimator).fit(spoil(X), y)


@pytest.mark.slow
def test_ten_seconds_of_eegmat_of_unseen_subjects(data_home):
    """A classical model on EEG alone tells arithmetic from rest in 0.70 or more."""
    from sklearn_emotion.datasets import load_eegmat

    dataset = load_eegmat(data_home, modalities=("eeg",))
    y, groups = dataset.target("task"), dataset.groups("subject")
    X = BandCovariances().transform(dataset.data["eeg"])
    clf = make_riemann("mdm")[1:]
    scores = cross_val_score(clf, X, y, groups=groups, cv=GroupKFold(6))
    assert scores.mean() >= 0.70
