"""Small data that a network learns in seconds, and a score on unseen groups."""

import numpy as np
from sklearn.base import clone

N_SAMPLES = 96


def labels():
    return np.tile(["calm", "tense"], N_SAMPLES // 2)


def planted(shape, where, effect, seed=0):
    """Noise of a shape per sample, shifted by the label at one place."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((N_SAMPLES, *shape)).astype(np.float32)
    X[(labels() == "tense", *where)] += effect
    return X


def planted_power(n_channels, n_times, channels, factor, seed=0):
    """Noise signals, louder in some channels for one of the labels."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((N_SAMPLES, n_channels, n_times)).astype(np.float32)
    rows = np.flatnonzero(labels() == "tense")
    X[rows[:, None], channels] *= factor
    return X


def held_out_score(estimator, X, y):
    """Accuracy on the last third, of another "subject", after fitting the rest."""
    cut = 2 * N_SAMPLES // 3
    train, test = np.arange(cut), np.arange(cut, N_SAMPLES)
    return clone(estimator).fit(X[train], y[train]).score(X[test], y[test])


def assert_learns_and_not_from_shuffled_labels(estimator, X, least=0.85):
    """Fail unless labels are learned, and shuffled ones are not.

    32 coin tosses lie within 0.5 ± 0.265, three standard deviations, as good as always.
    """
    y = labels()
    assert held_out_score(estimator, X, y) >= least
    shuffled = np.random.default_rng(1).permutation(y)
    assert abs(held_out_score(estimator, X, shuffled) - 0.5) <= 0.265


def n_parameters(module):
    return sum(p.numel() for p in module.parameters())
