"""Fisher's criterion keeps the features that separate the classes."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sklearn_emotion import FisherScoreSelector

rng = np.random.default_rng(0)


def test_the_score_is_the_distance_of_the_means_by_the_sum_of_the_variances():
    X, y = rng.normal(size=(60, 4)), np.repeat([0, 1], [20, 40])
    X[y == 1] += [0.0, 0.5, 1.0, 2.0]
    a, b = X[y == 0], X[y == 1]
    expected = abs(a.mean(0) - b.mean(0)) / (a.std(0) ** 2 + b.std(0) ** 2)
    selector = FisherScoreSelector(threshold=float(np.sort(expected)[1])).fit(X, y)
    assert_allclose(selector.scores_, expected, rtol=1e-12)
    assert selector.get_support().sum() == 2
    assert selector.transform(X).shape == (60, 2)


def test_the_threshold_corresponds_to_the_stated_effect():
    # Means at -d / 2 and d / 2 with a standard deviation of 1, standardized together.
    d, n = 0.58, 50_000
    z = rng.normal(size=n)
    x = np.concatenate([(z - z.mean()) / z.std() + s * d / 2 for s in (-1, 1)])
    score = FisherScoreSelector().fit((x / x.std())[:, None], np.repeat([0, 1], n))
    assert_allclose(score.scores_, d / 2 * np.sqrt(1 + d**2 / 4), rtol=1e-9)
    assert_allclose(score.scores_, 0.3, atol=0.005)


def test_several_classes_have_the_score_of_the_most_distant_pair():
    X, y = rng.normal(size=(90, 2)), np.repeat(["a", "b", "c"], 30)
    X[y == "c", 1] += 3
    scores = FisherScoreSelector().fit(X, y).scores_
    for pair in ("ab", "ac", "bc"):
        two = np.isin(y, list(pair))
        assert (FisherScoreSelector().fit(X[two], y[two]).scores_ <= scores).all()
    two = y != "a"
    assert_allclose(FisherScoreSelector().fit(X[two], y[two]).scores_[1], scores[1])


def test_constants_are_worth_nothing_unless_they_differ():
    X, y = rng.normal(size=(20, 3)), np.arange(20) % 2
    # The mean of twenty times 0.1 is not 0.1 in floating-point numbers.
    X[:, 0], X[:, 1] = 0.1, y
    scores = FisherScoreSelector().fit(X, y).scores_
    assert scores[0] == 0
    assert scores[1] == np.inf


def test_the_best_feature_is_kept_if_none_passes():
    X, y = rng.normal(size=(40, 5)), np.arange(40) % 2
    selector = FisherScoreSelector(threshold=100.0).fit(X, y)
    assert selector.get_support().tolist() == [
        score == selector.scores_.max() for score in selector.scores_
    ]
    assert selector.get_support().sum() == 1


def test_one_class_is_refused():
    with pytest.raises(ValueError, match="needs at least two classes"):
        FisherScoreSelector().fit(rng.normal(size=(8, 2)), np.zeros(8))
