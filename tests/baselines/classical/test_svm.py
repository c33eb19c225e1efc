"""The support vector machine is the plain one, on signals as they come."""

import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score
from sklearn.svm import SVC

from sklearn_emotion import BandPower, make_logistic, make_ridge, make_svm, make_svr

BANDS = [(4, 7), (8, 13), (14, 30), (31, 50)]


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    y = np.tile(["calm", "tense"], 24)
    X = rng.standard_normal((48, 32, 256)).astype(np.float32)
    X[y == "tense", :6] *= 1.5
    X.flags.writeable = False
    return X, y, np.arange(48) // 4


def test_it_equals_a_machine_built_by_hand_on_entropy_computed_by_hand(data):
    X, y, _ = data
    h = []
    for edges in BANDS:
        sos = butter(5, edges, "bandpass", fs=128, output="sos")
        v = sosfiltfilt(sos, X.astype(float), axis=-1).var(axis=-1)
        h.append(0.5 * np.log(2 * np.pi * np.e * v))
    h = np.stack(h, axis=1).reshape(48, -1)
    z = (h - h[:40].mean(axis=0)) / h[:40].std(axis=0)
    # "scale" is 1 / (n_features * variance), and standardised features have unit one.
    expected = SVC(C=1.0, gamma=1 / 128).fit(z[:40], y[:40]).decision_function(z[40:])
    got = make_svm().fit(X[:40], y[:40]).decision_function(X[40:])
    np.testing.assert_allclose(got, expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("features", ["de", "band_power", BandPower(window=1.0)])
def test_it_learns_planted_power_and_nothing_from_shuffled_labels(data, features):
    X, y, groups = data
    cv = GroupKFold(4)
    clf = make_svm(features)
    assert cross_val_score(clf, X, y, groups=groups, cv=cv).mean() > 0.9
    shuffled = np.random.default_rng(1).permutation(y)
    score = cross_val_score(clf, X, shuffled, groups=groups, cv=cv).mean()
    # Three standard deviations of the mean of 48 coin tosses.
    assert abs(score - 0.5) < 3 * 0.5 / np.sqrt(48)


def test_its_grid_is_searched_within_groups(data):
    X, y, groups = data
    clf = make_svm()
    grid = clf.param_grid()
    assert set(grid) == {"svm__C", "svm__gamma"}
    grid = {"svm__C": grid["svm__C"][:2], "svm__gamma": grid["svm__gamma"][:2]}
    search = GridSearchCV(clf, grid, cv=GroupKFold(3)).fit(X, y, groups=groups)
    assert search.best_score_ > 0.8


def test_settings_reach_their_steps():
    clf = make_svm("band_power", sfreq=100.0, bands={"a": (8, 12)}, window=2.0, C=3.0)
    params = clone(clf).get_params()
    assert params["features__sfreq"] == 100.0
    assert params["features__bands"] == {"a": (8, 12)}
    assert params["features__window"] == 2.0
    assert params["features__log"]
    assert params["svm__C"] == 3.0


def test_a_slice_of_the_pipeline_is_one_too(data):
    X, y, _ = data
    assert make_svm()[:2].fit_transform(X, y).shape == (48, 4 * 32)


def test_unknown_features_are_named():
    with pytest.raises(
        ValueError, match="'de', 'band_power' or a transformer, got 'x'"
    ):
        make_svm("x")


@pytest.mark.parametrize("make", [make_svm, make_svr, make_logistic, make_ridge])
@pytest.mark.parametrize(
    "given", [{"sfreq": 512.0}, {"window": 2.0}, {"bands": {"a": (8, 12)}}]
)
def test_settings_that_a_transformer_would_not_see_are_refused(make, given):
    (name,) = given
    with pytest.raises(ValueError, match=rf"{name}.*BandPower: set them in it"):
        make(BandPower(), **given)
    assert make(BandPower(**given))["features"].get_params()[name] == given[name]
