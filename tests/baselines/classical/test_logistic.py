"""The linear model that every deep one has to beat."""

import numpy as np
import pytest
from scipy.signal import welch
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_score

from sklearn_emotion import make_logistic

BANDS = [(4, 8), (8, 10), (8, 12), (12, 30), (30, 45)]


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    y = np.tile(["calm", "tense"], 24)
    X = rng.standard_normal((48, 19, 384)).astype(np.float32)
    X[y == "tense", :4] *= 1.4
    X.flags.writeable = False
    return X, y, np.arange(48) // 4


def test_it_equals_a_regression_built_by_hand_on_power_computed_by_hand(data):
    X, y, _ = data
    freqs, psd = welch(X.astype(float), 128.0, nperseg=384)
    power = [psd[..., (freqs >= lo) & (freqs < hi)].sum(-1) / 3 for lo, hi in BANDS]
    p = np.log(np.stack(power, axis=1)).reshape(48, -1)
    z = (p - p[:40].mean(axis=0)) / p[:40].std(axis=0)
    expected = LogisticRegression(C=0.01).fit(z[:40], y[:40]).predict_proba(z[40:])
    got = make_logistic().fit(X[:40], y[:40]).predict_proba(X[40:])
    np.testing.assert_allclose(got, expected, rtol=1e-3)


def test_it_learns_planted_power_and_nothing_from_shuffled_labels(data):
    X, y, groups = data
    cv = GroupKFold(4)
    clf = make_logistic()
    assert cross_val_score(clf, X, y, groups=groups, cv=cv).mean() > 0.9
    shuffled = np.random.default_rng(1).permutation(y)
    score = cross_val_score(clf, X, shuffled, groups=groups, cv=cv).mean()
    # Three standard deviations of the mean of 48 coin tosses.
    assert abs(score - 0.5) < 3 * 0.5 / np.sqrt(48)


def test_its_grid_names_the_regularisation():
    assert list(make_logistic("de").param_grid()) == ["logistic__C"]


@pytest.mark.slow
def test_ten_seconds_of_eegmat_of_unseen_subjects(data_home):
    """Log band power tells arithmetic from rest in 0.72 of the windows, within 0.03."""
    from sklearn_emotion.datasets import load_eegmat

    dataset = load_eegmat(data_home, modalities=("eeg",))
    y, groups = dataset.target("task"), dataset.groups("subject")
    X = dataset.data["eeg"]
    scores = cross_val_score(make_logistic(), X, y, groups=groups, cv=GroupKFold(6))
    assert scores.mean() == pytest.approx(0.72, abs=0.03)
