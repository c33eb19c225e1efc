"""Correlation alignment against its formula."""

import numpy as np
import pytest
from scipy.linalg import inv, sqrtm

from sklearn_emotion import CoralAlignment, Modalities

N, D = 120, 4


@pytest.fixture
def data():
    """Features of three people with means and correlations of their own."""
    rng = np.random.default_rng(0)
    subject = np.arange(N) % 3
    mixing, mean = rng.standard_normal((3, D, D)), rng.normal(size=(3, D))
    features = (mixing[subject] @ rng.standard_normal((N, D, 1)))[..., 0]
    return Modalities(eeg=features + 5 * mean[subject], subject=subject)


def moments(X, person):
    x = X["eeg"][X["subject"] == person]
    return x.mean(axis=0), np.cov(x.T, bias=True)


@pytest.mark.parametrize("weight", [0.5, 1.0])
def test_features_are_whitened_and_colored(data, weight):
    """People 0 and 1 are in training, and person 2 is new."""
    train = data[data["subject"] < 2]
    coral = CoralAlignment(regularization=weight).fit(train)
    means, covariances = zip(*(moments(data, person) for person in (0, 1)))
    mean, covariance = np.mean(means, axis=0), np.mean(covariances, axis=0)
    scale = np.sqrt(np.diag(covariance))
    np.testing.assert_allclose(coral.mean_, mean, rtol=1e-10)
    np.testing.assert_allclose(coral.scale_, scale, rtol=1e-10)
    unit = np.outer(scale, scale)
    np.testing.assert_allclose(coral.covariance_, covariance / unit, atol=1e-10)
    own_mean, own = moments(data, 2)
    matrix = sqrtm(covariance / unit + weight * np.eye(D)) @ inv(
        sqrtm(own / unit + weight * np.eye(D))
    )
    new = data[data["subject"] == 2]
    expected = mean + scale * ((new["eeg"] - own_mean) / scale @ matrix.T)
    out = coral.transform(new)["eeg"]
    assert out.dtype == np.float32
    np.testing.assert_allclose(out, expected, rtol=1e-5, atol=1e-5)


def test_without_regularization_everybody_gets_the_same_covariance(data):
    coral = CoralAlignment(regularization=0.0).fit(data)
    out = coral.transform(data)
    unit = np.outer(coral.scale_, coral.scale_)
    for person in range(3):
        mean, covariance = moments(out, person)
        np.testing.assert_allclose(mean, coral.mean_, atol=1e-5)
        np.testing.assert_allclose(covariance / unit, coral.covariance_, atol=1e-5)


def test_the_unit_of_one_feature_has_no_effect_on_the_others(data):
    expected = CoralAlignment().fit_transform(data)["eeg"]
    units = np.array([1e-6, 1.0, 1e3, 1.0])
    data["eeg"] = data["eeg"] * units
    out = CoralAlignment().fit_transform(data)["eeg"]
    np.testing.assert_allclose(out / units, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_constant_features_and_too_few_samples(data, weight):
    """A feature that is constant in training becomes its mean, also for new people."""
    data["eeg"][:, 1] = np.where(data["subject"] == 2, data["eeg"][:, 1], 0.1)
    train = data[data["subject"] < 2]
    coral = CoralAlignment(regularization=weight).fit(train)
    few = data[np.flatnonzero(data["subject"] == 2)[:3]]
    out = coral.transform(few)["eeg"]
    assert np.isfinite(out).all()
    np.testing.assert_allclose(out[:, 1], 0.1, rtol=1e-6)
    np.testing.assert_allclose(out.mean(axis=0), coral.mean_, rtol=1e-5, atol=1e-5)


def test_every_person_in_training_has_the_same_weight(data):
    doubled = data[np.r_[np.arange(N), np.flatnonzero(data["subject"] == 1)]]
    ours, theirs = CoralAlignment().fit(data), CoralAlignment().fit(doubled)
    np.testing.assert_allclose(ours.mean_, theirs.mean_, rtol=1e-10)
    np.testing.assert_allclose(ours.covariance_, theirs.covariance_, rtol=1e-8)


def test_signals_are_refused(data):
    with pytest.raises(
        ValueError, match=r"\(n_samples, n_features\), got \(120, 4, 1\)"
    ):
        CoralAlignment().fit({**data, "eeg": data["eeg"][..., None]})
