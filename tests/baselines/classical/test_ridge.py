"""The classical regressors are the plain ones, on signals as they come."""

import numpy as np
import pytest
from sklearn.base import is_regressor
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score
from sklearn.svm import SVR

from sklearn_emotion import DifferentialEntropy, make_ridge, make_svr


@pytest.fixture(scope="module")
def data():
    """Power in six channels rises with the rating."""
    rng = np.random.default_rng(0)
    rating = rng.uniform(1, 9, size=60)
    X = rng.standard_normal((60, 16, 256))
    X[:, :6] *= np.exp(0.15 * rating)[:, None, None]
    X.flags.writeable = False
    return X, rating, np.arange(60) // 5


def standardised(X, n_train):
    h = DifferentialEntropy(window=None).fit_transform(X).reshape(len(X), -1)
    return (h - h[:n_train].mean(axis=0)) / h[:n_train].std(axis=0)


def test_ridge_is_its_closed_form(data):
    X, y, _ = data
    z = standardised(X, 50)
    train, mean = z[:50], y[:50].mean()
    gram = train.T @ train + 40.0 * np.eye(z.shape[1])
    w = np.linalg.solve(gram, train.T @ (y[:50] - mean))
    reg = make_ridge("de", alpha=40.0).fit(X[:50], y[:50])
    np.testing.assert_allclose(reg.predict(X[50:]), z[50:] @ w + mean, rtol=1e-4)


def test_svr_is_the_machine_built_by_hand(data):
    X, y, _ = data
    z = standardised(X, 50)
    # "scale" is 1 / (n_features * variance), and standardised features have unit one.
    expected = SVR(C=2.0, gamma=1 / z.shape[1], epsilon=0.5).fit(z[:50], y[:50])
    reg = make_svr(C=2.0, epsilon=0.5).fit(X[:50], y[:50])
    np.testing.assert_allclose(reg.predict(X[50:]), expected.predict(z[50:]), rtol=1e-3)


@pytest.mark.parametrize("make", [make_ridge, make_svr])
def test_planted_power_is_found_and_shuffled_ratings_are_not(data, make):
    X, y, groups = data
    assert is_regressor(make())
    reg = make(**({"alpha": 10.0} if make is make_ridge else {"C": 10.0}))
    cv = GroupKFold(4)
    assert cross_val_score(reg, X, y, groups=groups, cv=cv).mean() > 0.6
    shuffled = np.random.default_rng(1).permutation(y)
    assert cross_val_score(reg, X, shuffled, groups=groups, cv=cv).mean() < 0.1


@pytest.mark.parametrize(
    ("make", "names"),
    [(make_ridge, {"ridge__alpha"}), (make_svr, {"svr__C", "svr__gamma"})],
)
def test_grids_are_searched_within_groups(data, make, names):
    X, y, groups = data
    grid = make().param_grid()
    assert set(grid) == names
    grid = {name: values[:2] for name, values in grid.items()}
    search = GridSearchCV(make(), grid, cv=GroupKFold(3)).fit(X, y, groups=groups)
    assert search.best_score_ > 0.5
