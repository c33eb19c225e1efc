"""Kernel weights against searches, quadratic programs and hand-made data."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GroupKFold, cross_val_score
from sklearn.svm import SVC
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklearn_emotion import Modalities, MultipleKernelClassifier
from sklearn_emotion.baselines.classical._calibration import (
    calibration_folds,
    temperature,
)
from sklearn_emotion.baselines.classical._kernel_weights import (
    dual_objective,
    easy_weights,
    hull_coefficients,
    simple_weights,
)


@parametrize_with_checks([MultipleKernelClassifier(C=10.0)])
def test_scikit_learns_checks(estimator, check):
    check(estimator)


def problem(n=60, n_classes=2, effects=(1.0, 0.5, 0.0), seed=0):
    """Views of three columns each, shifted by the label more or less."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % n_classes
    X = {
        name: rng.standard_normal((n, 3)) + effect * y[:, None]
        for name, effect in zip("abcdefgh", effects)
    }
    return Modalities(**X), y


def kernels_of(X):
    out = []
    for x in X.values():
        squares = ((x[:, None] - x[None]) ** 2).sum(-1)
        out.append(np.exp(-squares / 6))
    return np.stack(out)


def svm_dual(K, y, C):
    """Optimum of the dual, by the fitted machine's own coefficients."""
    svm = SVC(C=C, kernel="precomputed", tol=1e-6).fit(K, y)
    a = svm.dual_coef_[0]
    S = svm.support_
    return np.abs(a).sum() - 0.5 * a @ K[np.ix_(S, S)] @ a


@pytest.mark.parametrize("C", [0.5, 5.0])
def test_simple_weights_are_those_of_a_search_over_the_simplex(C):
    X, y = problem()
    kernels, signs = kernels_of(X), np.where(y == 1, 1.0, -1.0)
    d, gap, _ = simple_weights(kernels, [signs], np.full(60, C), 1e-4, 200)
    steps = np.arange(21) / 20
    grid = [(a, b, 1 - a - b) for a in steps for b in steps if a + b < 1 + 1e-9]
    values = [svm_dual(np.tensordot(g, kernels, 1), signs, C) for g in grid]
    best = np.array(grid[int(np.argmin(values))])
    objective = svm_dual(np.tensordot(d, kernels, 1), signs, C)
    assert d.sum() == pytest.approx(1.0)
    assert gap <= 1e-4
    # The grid's steps are 0.05, so the optimum is no further from its best point, and
    # no point of the grid lies below it.
    assert np.abs(d - best).max() <= 0.05
    assert objective <= min(values) * (1 + 1e-4)


def test_the_gradient_is_minus_the_halves():
    X, y = problem()
    kernels, signs = kernels_of(X), [np.where(y == 1, 1.0, -1.0)]
    d, costs, h = np.array([0.5, 0.3, 0.2]), np.full(60, 2.0), 1e-3
    _, S = dual_objective(d, kernels, signs, costs)
    for m in range(3):
        e = h * np.eye(3)[m]
        up, _ = dual_objective(d + e, kernels, signs, costs)
        down, _ = dual_objective(d - e, kernels, signs, costs)
        assert (up - down) / (2 * h) == pytest.approx(-S[m], rel=2e-3)


def test_the_duality_gap_bounds_the_distance_to_the_optimum():
    X, y = problem()
    kernels, signs = kernels_of(X), [np.where(y == 1, 1.0, -1.0)]
    costs = np.full(60, 1.0)
    d, _, _ = simple_weights(kernels, signs, costs, 1e-5, 200)
    least, _ = dual_objective(d, kernels, signs, costs)
    for weights in ([1 / 3] * 3, [0.0, 0.0, 1.0], [0.8, 0.1, 0.1]):
        J, S = dual_objective(np.array(weights), kernels, signs, costs)
        assert J - least <= S.max() - np.array(weights) @ S + 1e-3


def test_hull_coefficients_solve_their_quadratic_program():
    X, y = problem(n=14)
    K, signs, lam = kernels_of(X)[0], np.where(y == 1, 1.0, -1.0), 0.2

    def objective(g):
        v = signs * g
        return (1 - lam) * v @ K @ v + lam * g @ g

    sums = [
        {"type": "eq", "fun": lambda g, s=s: g[signs == s].sum() - 1} for s in (1, -1)
    ]
    expected = minimize(
        objective,
        np.full(14, 1 / 7),
        bounds=[(0, 1)] * 14,
        constraints=sums,
        options={"ftol": 1e-12, "maxiter": 500},
    )
    got = hull_coefficients(K, signs, lam)
    assert got[signs == 1].sum() == pytest.approx(1.0)
    assert objective(got) == pytest.approx(expected.fun, rel=1e-4)
    np.testing.assert_allclose(got, expected.x, atol=5e-3)


def test_easy_weights_with_full_regularisation_are_distances_of_means():
    """With λ = 1 every sample of a class counts the same."""
    X, y = problem()
    kernels, signs = kernels_of(X), np.where(y == 1, 1.0, -1.0)
    v = signs / 30
    expected = np.array([v @ K @ v for K in kernels])
    got = easy_weights(kernels, [signs], 1.0)
    np.testing.assert_allclose(got, expected / expected.sum(), rtol=1e-6)


@pytest.mark.parametrize("method", ["simple", "easy"])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_weights_follow_the_information_of_the_views(method, n_classes):
    X, y = problem(n=240, n_classes=n_classes, effects=(1.5, 0.7, 0.0))
    weights = MultipleKernelClassifier(method=method).fit(X, y).weights_
    assert weights[0] > weights[1] > weights[2] >= 0
    assert weights.sum() == pytest.approx(1.0)


def test_the_average_is_the_mean_kernel():
    X, y = problem()
    clf = MultipleKernelClassifier(method="average", gamma=0.1, standardize=False)
    clf.fit(X, y)
    kernels = [np.exp(-0.1 * ((x[:, None] - x[None]) ** 2).sum(-1)) for x in X.values()]
    svm = SVC(C=1.0, kernel="precomputed").fit(np.mean(kernels, axis=0), y)
    expected = svm.decision_function(np.mean(kernels, axis=0))
    np.testing.assert_allclose(clf.decision_function(X), expected, atol=1e-6)


def test_kernels_are_normalised_so_that_the_scale_of_a_view_does_not_matter():
    X, y = problem()
    big = Modalities(a=1e3 * X["a"], b=X["b"], c=X["c"])
    settings = {"kernel": "linear", "standardize": False, "tol": 1e-4}
    first = MultipleKernelClassifier(**settings).fit(X, y).weights_
    second = MultipleKernelClassifier(**settings).fit(big, y).weights_
    np.testing.assert_allclose(second, first, atol=1e-6)


def test_median_heuristic():
    """Distances 1, 1 and 2 have the median 1, so that gamma is 1/2."""
    clf = MultipleKernelClassifier(standardize=False)
    with pytest.warns(UserWarning, match="class 1 has one sample only"):
        clf.fit(np.array([[0.0], [1.0], [2.0]]), [0, 1, 0])
    assert clf._gammas == {"x": 0.5}


@pytest.mark.parametrize("method", ["simple", "easy", "average"])
def test_it_learns_and_finds_nothing_in_shuffled_labels(method):
    X, y = problem(n=100, effects=(1.5, 0.0, 0.0))
    names = np.array(["calm", "tense"])[y]
    groups, cv = np.arange(100) // 5, GroupKFold(4)
    clf = MultipleKernelClassifier(method=method)
    assert cross_val_score(clf, X, names, groups=groups, cv=cv).mean() > 0.85
    shuffled = np.random.default_rng(1).permutation(names)
    score = cross_val_score(clf, X, shuffled, groups=groups, cv=cv).mean()
    # Three standard deviations of the mean of 100 coin tosses.
    assert abs(score - 0.5) < 3 * 0.05


def test_views_of_a_table_equal_modalities():
    X, y = problem()
    table = np.hstack(list(X.values()))
    views = {"a": slice(0, 3), "b": [3, 4, 5], "c": np.arange(9) > 5}
    first = MultipleKernelClassifier().fit(X, y)
    second = MultipleKernelClassifier(views=views).fit(table, y)
    assert second.view_names_ == ["a", "b", "c"]
    np.testing.assert_allclose(second.weights_, first.weights_)
    np.testing.assert_allclose(second.predict_proba(table), first.predict_proba(X))


def test_easy_weights_of_the_mean_kernel_are_those_of_the_sum_at_another_lambda():
    """The paper's λ of the sum of M kernels is λM / (1 - λ + λM) of the one here."""
    X, y = problem(effects=(1.0, 0.7, 0.4, 0.0))
    kernels, signs, lam = kernels_of(X), np.where(y == 1, 1.0, -1.0), 0.1
    there = 4 * lam / (1 - lam + 4 * lam)
    v = signs * hull_coefficients(kernels.sum(axis=0), signs, there)
    expected = np.array([v @ K @ v for K in kernels])
    got = easy_weights(kernels, [signs], lam)
    np.testing.assert_allclose(got, expected / expected.sum(), rtol=1e-3)


def test_views_of_a_table_may_go_by_the_names_of_its_columns():
    X, y = problem(n=40, effects=(1.0, 0.0))
    table = pd.DataFrame(np.hstack(list(X.values())), columns=list("pqrstu"))
    named = MultipleKernelClassifier(views={"a": ["r", "p"], "b": ["t"]}).fit(table, y)
    other = MultipleKernelClassifier(views={"a": [2, 0], "b": [4]})
    other.fit(table.to_numpy(), y)
    np.testing.assert_array_equal(named.weights_, other.weights_)
    np.testing.assert_array_equal(
        named.decision_function(table), other.decision_function(table.to_numpy())
    )
    with pytest.raises(ValueError, match="feature names"):
        named.predict(table[list("qprstu")])


def test_a_constant_column_counts_for_nothing_on_other_samples_too():
    """0.1 forty times has a standard deviation of 4e-17 in floating point."""
    X, y = problem(n=40, effects=(1.0,))
    with_constant = np.hstack([X["a"], np.full((40, 1), 0.1)])
    assert 0 < with_constant.std(axis=0)[3] < 1e-16
    clf = MultipleKernelClassifier(gamma=0.1).fit(with_constant, y)
    moved = with_constant + np.array([0, 0, 0, 1e-7])
    np.testing.assert_allclose(
        clf.decision_function(moved), clf.decision_function(with_constant), atol=1e-6
    )


def test_one_hundred_percent_of_the_weight_goes_to_the_only_view():
    X, y = problem(effects=(1.0,))
    clf = MultipleKernelClassifier().fit(X, y)
    assert clf.weights_.tolist() == [1.0]
    assert clf.gap_ == 0.0


def test_probabilities_agree_with_predictions_and_calibration_keeps_groups_whole():
    X, y = problem(n=90, n_classes=3, effects=(1.0, 0.5))
    clf = MultipleKernelClassifier().fit(X, y, groups=np.arange(90) // 10)
    proba = clf.predict_proba(X)
    np.testing.assert_allclose(proba.sum(axis=1), 1.0)
    np.testing.assert_array_equal(clf.classes_[proba.argmax(axis=1)], clf.predict(X))
    other = MultipleKernelClassifier().fit(X, y, groups=np.arange(90) // 15)
    assert other.temperature_ != clf.temperature_


def of_class(y, groups):
    """Groups of samples in which each class has its own."""
    return 10 * y + groups


@pytest.mark.parametrize(
    ("groups", "match"),
    [
        (lambda y, i: y, "class 'calm' has samples of one group only"),
        (lambda y, i: 0 * y, "class 'calm' has samples of one group only"),
        (lambda y, i: of_class(y, (y == 1) * (i % 3)), "class 'calm'"),
    ],
    ids=["one a class", "one", "one in one class"],
)
def test_probabilities_without_folds_are_not_calibrated_and_that_is_told(groups, match):
    X, y = problem(n=60, effects=(1.0, 0.0))
    names = np.array(["calm", "tense"])[y]
    clf = MultipleKernelClassifier()
    with pytest.warns(UserWarning, match=f"{match}.*more groups of each class") as told:
        clf.fit(X, names, groups=groups(y, np.arange(60) // 2))
    assert len(told) == 1
    assert clf.temperature_ == 1.0
    p = 1 / (1 + np.exp(-clf.decision_function(X)))
    np.testing.assert_allclose(clf.predict_proba(X)[:, 1], p)
    calibrated = MultipleKernelClassifier().fit(X, names)
    np.testing.assert_array_equal(clf.predict(X), calibrated.predict(X))


def test_a_class_that_no_fold_can_test_and_train_on_is_told():
    """Any two of three groups, each without one class, hold all of some class."""
    X, _ = problem(n=60)
    groups = np.repeat([0, 1, 2], 20)
    y = np.tile([0, 1], 30) + (groups == 2)
    y[groups == 1] *= 2
    assert [sorted(set(y[groups == g])) for g in range(3)] == [[0, 1], [0, 2], [1, 2]]
    with pytest.warns(UserWarning, match="no split of the groups tests every class"):
        MultipleKernelClassifier().fit(X, y, groups=groups)


@pytest.mark.parametrize("n_groups", [2, 3, 4])
def test_trials_of_one_label_are_calibrated_on_as_many_folds_as_a_class_has(n_groups):
    """The temperature is the likeliest for machines that have not seen the trials."""
    X, y = problem(n=24 * n_groups, effects=(0.7,))
    groups = of_class(y, np.arange(len(y)) // 2 % n_groups)
    clf = MultipleKernelClassifier(method="average").fit(X, y, groups=groups)
    folds, why_not = calibration_folds(y, clf.classes_, groups)
    assert (len(folds), why_not) == (n_groups, None)
    for train, test in folds:
        assert not set(groups[train]) & set(groups[test])
        assert set(y[train]) == set(y[test]) == {0, 1}
    assert 0.1 < clf.temperature_ < 20


def test_the_temperature_is_that_of_a_search():
    rng = np.random.default_rng(0)
    codes = np.arange(200) % 2
    margin = 3 * rng.standard_normal(200) + 2 * codes - 1
    logits = np.stack([-margin / 2, margin / 2], axis=1)
    grid = np.exp(np.linspace(-4, 4, 801))
    signed = np.where(codes == 1, margin, -margin)
    loss = np.log1p(np.exp(-grid[:, None] * signed)).mean(axis=1)
    assert temperature(logits, codes) == pytest.approx(grid[loss.argmin()], rel=0.01)


@pytest.mark.slow
def test_one_thousand_samples_of_eight_views_reach_the_gap():
    X, y = problem(n=1000, effects=np.linspace(0, 0.4, 8))
    assert MultipleKernelClassifier().fit(X, y).gap_ <= 0.01


def test_too_few_steps_are_told():
    X, y = problem()
    with pytest.warns(ConvergenceWarning, match="max_iter=1 steps"):
        MultipleKernelClassifier(max_iter=1, tol=1e-6).fit(X, y)


def with_gaps(X, rows):
    """Return X without the view "a" in some samples, and without "b" in others."""
    a, b = X["a"].copy(), X["b"].copy()
    a[rows], b[rows + 1] = np.nan, np.nan
    return Modalities(**{**X, "a": a, "b": b})


@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("kernel", ["linear", "rbf"])
def test_the_kernel_of_a_missing_view_is_zero(kernel, standardize):
    """The linear kernel with zeros in place of standardized features, for one."""
    X, y = problem(n=60)
    X = Modalities(**{name: x + 2.0 for name, x in X.items()})
    train, test = (
        with_gaps(X[:40], np.arange(0, 12, 3)),
        with_gaps(X[40:], np.array([2, 9])),
    )
    clf = MultipleKernelClassifier(
        method="average",
        kernel=kernel,
        gamma=0.1,
        standardize=standardize,
        missing="mask",
    )
    kernels = []
    for name in X:
        has = [~np.isnan(part[name]).any(axis=1) for part in (train, test)]
        z = [part[name] for part in (train, test)]
        if standardize:
            mean, std = np.nanmean(z[0], axis=0), np.nanstd(z[0], axis=0)
            z = [(x - mean) / std for x in z]
        z = [np.where(np.isnan(x), 0.0, x) for x in z]
        pair = [x @ z[0].T for x in z]
        if kernel == "rbf":
            pair = [
                np.exp(-0.1 * ((x[:, None] - z[0]) ** 2).sum(-1))
                * np.outer(present, has[0])
                for x, present in zip(z, has)
            ]
        norm = np.diagonal(pair[0]).mean()
        kernels.append([K / norm for K in pair])
    K_train, K_test = (np.mean(pair, axis=0) for pair in zip(*kernels))
    svm = SVC(C=1.0, kernel="precomputed").fit(K_train, y[:40])
    got = clf.fit(train, y[:40]).decision_function(test)
    np.testing.assert_allclose(got, svm.decision_function(K_test), atol=1e-6)
    assert np.linalg.eigvalsh(K_train).min() > -1e-9


def test_the_median_distance_comes_from_the_samples_with_the_view():
    clf = MultipleKernelClassifier(standardize=False, missing="mask")
    a = np.array([[0.0], [np.nan], [1.0], [np.nan], [2.0]])
    with pytest.warns(UserWarning, match="cannot calibrate"):
        clf.fit(Modalities(a=a, b=np.ones((5, 1))), [0, 1, 0, 0, 0])
    # The distances are 1, 1 and 2.
    assert clf._gammas["a"] == 0.5


@pytest.mark.parametrize("method", ["simple", "easy", "average"])
def test_samples_without_one_view_are_classified_by_the_other(method):
    X, y = problem(n=600, effects=(1.5, 1.5))
    # Steps of three, so that a view is missing equally often in both classes.
    gaps = with_gaps(X[:200], np.arange(0, 198, 3))
    clf = MultipleKernelClassifier(method=method, missing="mask").fit(gaps, y[:200])
    # The best rule on one view is right in 90 % of the samples, and on both in 97 %.
    for name in X:
        assert clf.score({name: X[name][200:]}, y[200:]) > 0.8
    assert clf.score(X[200:], y[200:]) > 0.92


def on_table(views, X, y):
    """Fit on all columns of X side by side."""
    return MultipleKernelClassifier(views=views).fit(np.hstack(list(X.values())), y)


def spoilt(X):
    b = X["b"].copy()
    b[3, 1] = np.nan
    return {**X, "b": b}


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (
            lambda X, y: MultipleKernelClassifier(views={"a": [0]}).fit(X, y),
            "leave views=None",
        ),
        (lambda X, y: on_table({}, X, y), "at least one view, got {}"),
        (lambda X, y: on_table({"a": 0, "b": [1]}, X, y), r"View 'a' must.*\[0\]"),
        (lambda X, y: on_table({"a": [0.5]}, X, y), r"whole numbers.*\[0.5\]"),
        (lambda X, y: on_table({"a": [0], "b": []}, X, y), "View 'b' .* no columns"),
        (
            lambda X, y: on_table({"a": [0, 9]}, X, y),
            r"columns \[9\], .* of 9 columns",
        ),
        (lambda X, y: on_table({"a": ["p"]}, X, y), "have no names: pass a DataFrame"),
        (lambda X, y: on_table({"a": [True] * 4}, X, y), "mask of 4 columns, .* has 9"),
        (
            lambda X, y: MultipleKernelClassifier(views={"a": ["p", "z"]}).fit(
                pd.DataFrame(X["a"], columns=list("pqr")), y
            ),
            r"columns \['z'\], which X does not have: \['p', 'q', 'r'\]",
        ),
        (
            lambda X, y: MultipleKernelClassifier().fit({"a": X["a"][:, None]}, y),
            r"X\['a'\] of shape \(n_samples, n_features\)",
        ),
        (
            lambda X, y: MultipleKernelClassifier().fit({"subject": y}, y),
            r"no view of shape .* in X, got {'subject': \(60,\)}",
        ),
        (
            lambda X, y: MultipleKernelClassifier().fit({**X, "b": X["b"][:, :0]}, y),
            "View 'b' .* no columns",
        ),
        (
            lambda X, y: MultipleKernelClassifier().fit({**X, "b": X["b"][:9]}, y),
            "same n_samples, got {'a': 60, 'b': 9, 'c': 60}",
        ),
        (
            lambda X, y: MultipleKernelClassifier().fit(spoilt(X), y),
            "view 'b' contains NaN",
        ),
        (
            lambda X, y: MultipleKernelClassifier().fit(X, y).predict({"a": X["a"]}),
            r"fitted on the modalities \['a', 'b', 'c'\], got \['a'\]",
        ),
        (
            lambda X, y: MultipleKernelClassifier().fit(X, y).predict(X["a"]),
            r"modalities \['a', 'b', 'c'\], got an array of shape \(60, 3\)",
        ),
        (
            lambda X, y: on_table(None, X, y).predict(X),
            r"fitted on a table of 9 columns, got \['a', 'b', 'c'\]",
        ),
        (
            lambda X, y: (
                MultipleKernelClassifier()
                .fit({"a": X["a"], "b": X["b"][:, :2]}, y)
                .predict({"a": X["a"][:, :2], "b": X["b"]})
            ),
            "{'a': 2, 'b': 3} columns, .* fitted on {'a': 3, 'b': 2}",
        ),
        (lambda X, y: MultipleKernelClassifier().fit(X, 0 * y), "at least two classes"),
    ],
)
def test_bad_input_is_named(call, match):
    with pytest.raises(ValueError, match=match):
        call(*problem())


def test_it_needs_no_torch():
    code = (
        "import sys; from sklearn_emotion import MultipleKernelClassifier, make_svm\n"
        "from sklearn_emotion import make_logistic, make_riemann\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
