"""Scores by hand, and against scikit-learn where it has them."""

import numpy as np
import pytest
from sklearn import metrics as sk

from sklearn_emotion.evaluation import (
    classification_rate,
    concordance_correlation,
    negative_predictive_value,
    positive_predictive_value,
    sensitivity_score,
    specificity_score,
)
from sklearn_emotion.evaluation._metrics import (
    CLASSIFICATION,
    REGRESSION,
    classification_scores,
    regression_scores,
)

# 6 positives of which 4 are found, 4 negatives of which 3 are.
Y_TRUE = np.array([1, 1, 1, 1, 1, 1, 0, 0, 0, 0])
Y_PRED = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0, 1])


def test_the_four_shares_of_a_two_by_two_table():
    assert sensitivity_score(Y_TRUE, Y_PRED) == pytest.approx(4 / 6)
    assert specificity_score(Y_TRUE, Y_PRED) == pytest.approx(3 / 4)
    assert positive_predictive_value(Y_TRUE, Y_PRED) == pytest.approx(4 / 5)
    assert negative_predictive_value(Y_TRUE, Y_PRED) == pytest.approx(3 / 5)
    assert classification_rate(Y_TRUE, Y_PRED) == pytest.approx(7 / 10)


def test_the_positive_class_can_be_named():
    names = np.array(["rest", "task"])
    t, p = names[Y_TRUE], names[Y_PRED]
    assert sensitivity_score(t, p, pos_label="rest") == specificity_score(t, p)
    assert positive_predictive_value(t, p, pos_label="rest") == pytest.approx(3 / 5)


def test_a_share_of_nothing_is_nan():
    assert np.isnan(positive_predictive_value([0, 1], [0, 0]))
    assert np.isnan(sensitivity_score([0, 0], [0, 1]))


def test_where_only_the_negative_class_occurs_all_negatives_are_found():
    zeros = [0, 0]
    assert np.isnan(sensitivity_score(zeros, zeros))
    assert np.isnan(positive_predictive_value(zeros, zeros))
    assert specificity_score(zeros, zeros) == 1.0
    assert negative_predictive_value(zeros, zeros) == 1.0
    ones = [1, 1]
    assert sensitivity_score(ones, ones) == 1.0
    assert np.isnan(specificity_score(ones, ones))


def test_a_single_class_that_may_be_either_is_asked_for():
    calm = ["calm", "calm"]
    with pytest.raises(ValueError, match=r"Only the class 'calm' occurs.*labels="):
        specificity_score(calm, calm)
    assert specificity_score(calm, calm, labels=["calm", "tense"]) == 1.0
    assert np.isnan(specificity_score(calm, calm, pos_label="calm"))


def test_three_classes_give_the_mean_of_each_against_the_rest():
    t, p = np.array([0, 0, 1, 1, 2, 2]), np.array([0, 1, 1, 1, 2, 0])
    # Negatives called negative: class 0 3/4, class 1 3/4, class 2 4/4.
    assert specificity_score(t, p) == pytest.approx((3 / 4 + 3 / 4 + 1) / 3)


@pytest.mark.parametrize("n_classes", [2, 4])
def test_classification_scores_agree_with_scikit_learn(n_classes):
    rng = np.random.default_rng(n_classes)
    t = rng.integers(n_classes, size=80)
    z = rng.normal(size=(80, n_classes)) + 1.5 * np.eye(n_classes)[t]
    proba = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    p = proba.argmax(axis=1)
    got = classification_scores(t, p, proba, classes=np.arange(n_classes))
    average = "binary" if n_classes == 2 else "macro"
    area = (
        sk.roc_auc_score(t, proba[:, 1])
        if n_classes == 2
        else sk.roc_auc_score(t, proba, multi_class="ovr")
    )
    want = {
        "accuracy": sk.accuracy_score(t, p),
        "balanced_accuracy": sk.balanced_accuracy_score(t, p),
        "f1": sk.f1_score(t, p, average=average),
        "macro_f1": sk.f1_score(t, p, average="macro"),
        "precision": sk.precision_score(t, p, average=average),
        "sensitivity": sk.recall_score(t, p, average=average),
        "ppv": sk.precision_score(t, p, average=average),
        "roc_auc": area,
    }
    assert list(got) == list(CLASSIFICATION)
    for name, value in want.items():
        assert got[name] == pytest.approx(value, abs=1e-12), name


def test_a_test_set_of_one_class_has_no_roc_curve_and_scores_what_it_can():
    t, p = np.array([1, 1, 1, 1]), np.array([1, 1, 1, 0])
    got = classification_scores(t, p, np.eye(2)[p], classes=np.array([0, 1]))
    assert np.isnan(got["roc_auc"])
    assert np.isnan(got["specificity"])
    assert got["balanced_accuracy"] == 0.75
    assert got["macro_f1"] == pytest.approx(sk.f1_score(t, p, average="macro"))


def test_a_constant_prediction_has_precision_zero_and_no_ppv():
    t, p = np.array([0, 1]), np.array([0, 0])
    got = classification_scores(t, p, classes=np.array([0, 1]))
    assert got["precision"] == got["f1"] == 0.0
    assert np.isnan(got["ppv"])


def test_concordance_of_a_shift_is_lowered_by_the_squared_shift():
    # Variance 2/3 both, covariance 2/3, shift 1: 2 * 2/3 / (4/3 + 1) = 4/7.
    assert concordance_correlation([1, 2, 3], [2, 3, 4]) == pytest.approx(4 / 7)
    assert concordance_correlation([1, 2, 3], [1, 2, 3]) == pytest.approx(1.0)
    assert concordance_correlation([1, 2, 3], [3, 2, 1]) == pytest.approx(-1.0)


def test_regression_scores_agree_with_their_references():
    rng = np.random.default_rng(0)
    t = rng.normal(size=50)
    p = 0.5 * t + rng.normal(size=50)
    got = regression_scores(t, p)
    assert list(got) == list(REGRESSION)
    assert got["r2"] == pytest.approx(sk.r2_score(t, p))
    assert got["mae"] == pytest.approx(sk.mean_absolute_error(t, p))
    assert got["rmse"] == pytest.approx(sk.root_mean_squared_error(t, p))
    assert got["pearson"] == pytest.approx(np.corrcoef(t, p)[0, 1])


def test_constant_ratings_have_no_correlation():
    # Equal numbers whose mean is not quite that number.
    third = np.full(7, 1 / 3 + 1e-3)
    assert regression_scores(np.arange(7.0), third)["ccc"] == 0.0
    assert np.isnan(regression_scores(np.arange(7.0), third)["pearson"])
    got = regression_scores(np.ones(4), np.arange(4.0))
    assert np.isnan(got["r2"])
    assert np.isnan(got["pearson"])


def test_unequal_lengths_are_named():
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        specificity_score([0, 1], [0, 1, 1])


@pytest.mark.parametrize("n", [3, 7, 11, 33])
@pytest.mark.parametrize("rating", [5.1, 6.62, 3.3])
def test_equal_ratings_have_no_spread_however_their_mean_is_rounded(n, rating):
    same = np.full(n, rating)
    got = regression_scores(same, same + 1.0)
    assert np.isnan(got["r2"])
    assert np.isnan(got["pearson"])
    assert got["ccc"] == 0.0
    assert np.isnan(regression_scores(same, same)["ccc"])
