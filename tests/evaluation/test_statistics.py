"""Tests of differences by hand, by their references, and by their error rates."""

import numpy as np
import pandas as pd
import pytest
from _evaluation import Picky, make_dataset
from scipy import stats
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import VotingClassifier
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_emotion import LeakageWarning
from sklearn_emotion.evaluation import (
    Results,
    bootstrap_interval,
    compare,
    corrected_resampled_t,
    holm,
    leakage_gap,
    read_results,
    significance,
    subject_scores,
)
from sklearn_emotion.evaluation.read._statistics import _rank_sum, without_rounding
from sklearn_emotion.model_selection import PaperProtocol


def test_holm_by_hand():
    # Sorted 0.01, 0.02, 0.03, 0.04 times 4, 3, 2, 1, then never decreasing.
    np.testing.assert_allclose(holm([0.04, 0.01, 0.03, 0.02]), [0.06, 0.04, 0.06, 0.06])
    np.testing.assert_allclose(holm([0.9, 0.8]), [1.0, 1.0])
    np.testing.assert_allclose(holm([0.01, np.nan, 0.02]), [0.02, np.nan, 0.02])


def test_holm_keeps_the_family_wise_error():
    rng = np.random.default_rng(0)
    p = rng.uniform(size=(4000, 10))
    wrong = np.mean([holm(row).min() < 0.05 for row in p])
    assert wrong == pytest.approx(0.05, abs=0.011)  # 3 standard errors


def test_corrected_t_by_hand():
    # d = 1, 3: mean 2, variance 2; scale sqrt((1/2 + 1/2) 2) = sqrt 2, t = sqrt 2.
    t, p = corrected_resampled_t([1.0, 3.0], 0.5)
    assert t == pytest.approx(np.sqrt(2))
    # One degree of freedom is Cauchy: p = 1 - 2 arctan(t) / pi.
    assert p == pytest.approx(1 - 2 * np.arctan(np.sqrt(2)) / np.pi)


def test_without_overlap_it_is_students_paired_test():
    d = np.random.default_rng(0).normal(0.3, size=12)
    want = stats.ttest_1samp(d, 0)
    assert corrected_resampled_t(d, 0.0) == pytest.approx((want.statistic, want.pvalue))


def test_the_ranks_may_oppose_the_mean():
    d = np.array([*np.linspace(-0.018, -0.01, 18), 1.0, 1.2, 0.0])
    assert d.mean() > 0
    assert stats.wilcoxon(d).pvalue < 0.05
    assert _rank_sum(d) == 19 + 20 - sum(range(1, 19))
    assert _rank_sum(np.zeros(3)) == 0


def test_constant_differences():
    assert corrected_resampled_t([0.0, 0.0], 0.1) == (0.0, 1.0)
    assert corrected_resampled_t([0.5, 0.5], 0.1) == (np.inf, 0.0)
    assert np.isnan(corrected_resampled_t([0.1], 0.1)[1])


def test_the_bootstrap_interval_of_a_normal_mean():
    x = np.random.default_rng(1).normal(size=400)
    low, high = bootstrap_interval(x)
    half = 1.96 * x.std() / 20
    assert low == pytest.approx(x.mean() - half, abs=0.01)
    assert high == pytest.approx(x.mean() + half, abs=0.01)
    assert np.isnan(bootstrap_interval([1.0])).all()


# Numbers of correct samples of 20 for each of eight subjects.
FIRST = [15, 16, 17, 12, 13, 18, 11, 14]
SECOND = [14, 15, 18, 10, 12, 16, 12, 11]


def results_of(**n_right):
    """Return results in which estimators predict so many of 20 samples correctly."""
    rows, predictions = [], []
    for name, counts in n_right.items():
        for fold, count in enumerate(counts):
            row = {"estimator": name, "fold": fold, "n_train": 140, "n_test": 20}
            rows.append(row)
            right = np.arange(20) < count
            y = np.arange(20) % 2
            predictions.append(
                pd.DataFrame(
                    {
                        "estimator": name,
                        "fold": fold,
                        "sample": 20 * fold + np.arange(20),
                        "subject": fold,
                        "y_true": y,
                        "y_pred": np.where(right, y, 1 - y),
                        "dummy": 0,
                    }
                )
            )
    results = Results(pd.DataFrame(rows))
    results.predictions = pd.concat(predictions, ignore_index=True)
    return results


def test_equal_differences_of_accuracies_have_equal_ranks():
    """0.75 - 0.70 and 0.80 - 0.75 differ in float64, and are ties.

    Of the differences 1, 1, -1, 2, 1, 2, -1 and 3 (in twentieths), the five smallest
    share the rank 3, the twos the rank 6.5, and the sum of the negative ranks is 6. Of
    the 256 choices of signs, 16 have a sum of at most 6: none, five with one of the
    smallest, and ten with two. Two-sided, p is 2 * 16 / 256.
    """
    row = significance(results_of(a=FIRST, b=SECOND)).iloc[0]
    assert row["wilcoxon_p"] == 0.125


def test_differences_that_are_only_rounding_are_zero():
    """A third of 0.1 + 0.2 is not 0.1 in float64."""
    a, b = (0.1 + 0.2) / 3, 0.1
    values = without_rounding(np.array([a - b, b - a, 0.0, 0.25]), 1.0)
    assert a != b
    assert values.tolist() == [0, 0, 0, 0.25]
    assert not np.signbit(values).any()
    # Differences that counts can make are kept: 1/1000 - 1/1001 is 1e-6.
    near = np.array([1 / 1000, -1 / 1001])
    assert without_rounding(near, 1.0).tolist() == near.tolist()


def test_equal_differences_in_all_folds_have_no_variance():
    t, p = corrected_resampled_t([0.1, 0.1, 0.1], 0.5)
    assert np.var([0.1, 0.1, 0.1]) > 0
    assert (t, p) == (np.inf, 0.0)


def test_a_dummy_is_not_tested_and_makes_no_correction_stricter():
    both = results_of(a=FIRST, b=SECOND)
    three = results_of(a=FIRST, majority=[10] * 8, b=SECOND)
    three.dummies = ("majority",)
    pd.testing.assert_frame_equal(significance(three), significance(both))
    # Without other estimators, there is nothing else to test.
    alone = three[three["estimator"] == "majority"]
    assert significance(alone)["first"].tolist() == ["majority"]


@pytest.mark.parametrize(
    ("estimator", "is_dummy"),
    [
        (DummyClassifier(), True),
        (DummyClassifier(strategy="most_frequent"), True),
        (make_pipeline(StandardScaler(), DummyClassifier()), True),
        (DummyClassifier(strategy="stratified"), False),
        (VotingClassifier([("d", DummyClassifier()), ("p", Picky())]), False),
        (Picky(), False),
    ],
    ids=lambda value: repr(value) if isinstance(value, bool) else "estimator",
)
def test_dummies_are_those_that_predict_the_majority(estimator, is_dummy, tmp_path):
    call = {"target": "mood", "protocol": "group-k-fold", "n_splits": 2}
    results = compare({"e": (estimator, "eeg")}, make_dataset(), store=tmp_path, **call)
    assert results.dummies == (("e",) if is_dummy else ())
    assert read_results(tmp_path).dummies == results.dummies


@pytest.mark.parametrize(("n_subjects", "share"), [(5, 0.84), (10, 0.90), (20, 0.93)])
def test_the_stated_coverage_of_bootstrap_intervals(n_subjects, share):
    """1000 intervals have a standard error of 0.012 or less."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(1000, n_subjects))
    limits = [bootstrap_interval(row, n_resamples=1000) for row in values]
    covered = np.mean([low <= 0 <= high for low, high in limits])
    assert covered == pytest.approx(share, abs=0.036)
    assert covered < 0.95


@pytest.fixture(scope="module")
def results():
    return compare(
        {"lr": (LogisticRegression(), "eeg"), "first": (Picky(), "eeg")},
        make_dataset(n_subjects=10, shift=1.5),
        target="mood",
    )


def test_significance_agrees_with_scipy(results):
    tests = significance(results).set_index(["first", "second"])
    assert list(tests.index) == [
        ("lr", "first"),
        ("lr", "majority class"),
        ("first", "majority class"),
    ]
    scores = subject_scores(results).pivot(
        index="subject", columns="estimator", values="accuracy"
    )
    d = scores["lr"] - scores["first"]
    row = tests.loc["lr", "first"]
    assert row["difference"] == pytest.approx(d.mean())
    assert row["wilcoxon_p"] == pytest.approx(stats.wilcoxon(d).pvalue)
    assert row["low"] < d.mean() < row["high"]
    # Folds are subjects here: 12 test samples for 108 training ones.
    assert row["t_p"] == pytest.approx(corrected_resampled_t(d, 12 / 108)[1])
    assert np.isnan(row["binomial_p"])
    dummy = tests.loc["lr", "majority class"]
    predictions = results.predictions.query("estimator == 'lr'")
    right = int((predictions["y_true"] == predictions["y_pred"]).sum())
    want = stats.binomtest(right, 120, 0.5, alternative="greater").pvalue
    assert dummy["binomial_p"] == pytest.approx(want)
    assert dummy["wilcoxon_p_holm"] >= dummy["wilcoxon_p"]


def test_a_sample_has_one_vote_however_often_it_is_tested(results):
    """Three times the same predictions are no more evidence than one."""
    thrice = results.copy()
    thrice.predictions = pd.concat([results.predictions] * 3, ignore_index=True)
    column = "binomial_p"
    np.testing.assert_allclose(
        significance(thrice)[column], significance(results)[column]
    )


def test_results_without_a_finished_fold_are_named(results):
    empty = results[results["fold"] < 0]
    with pytest.raises(ValueError, match="no fold finished without an error"):
        significance(empty)


def test_a_constant_classifier_does_not_differ_from_the_dummy(results):
    row = significance(results).iloc[-1]
    assert row["difference"] == 0
    assert row["wilcoxon_p"] == row["wilcoxon_p_holm"] == 1


def test_an_unknown_score_is_named(results):
    with pytest.raises(ValueError, match=r"Unknown score 'x'; there are \['accuracy'"):
        significance(results, score="x")
    with pytest.raises(ValueError, match="must come from compare or read_results"):
        significance(Results(pd.DataFrame(results)))


def test_the_gap_is_leaky_minus_honest():
    # Each trial has its own offset and the label is the trial's: windows tell it.
    dataset = make_dataset(n_subjects=4, n_trials=6, n_windows=6, shift=0.0)
    offset = np.random.default_rng(1).normal(size=(24, 5)) * 5
    dataset.data["eeg"][:] += offset[dataset.metadata["trial"]]
    from sklearn.neighbors import KNeighborsClassifier

    knn = {"knn": (KNeighborsClassifier(1), "eeg")}
    with pytest.warns(LeakageWarning, match="segment-k-fold"):
        gap = leakage_gap(knn, dataset, target="mood", protocol="segment-k-fold")
    row = gap.loc["knn"]
    assert row["leaky"] > 0.95
    assert row["honest"] < 0.65
    assert row["gap"] == pytest.approx(row["leaky"] - row["honest"])
    assert row["low"] > 0.2
    assert row["dummy"] == 0.5
    assert row["n_subjects"] == 4
    assert (row["leaky_shares"], row["honest_shares"]) == ("trial", "stimulus")


@pytest.mark.filterwarnings("ignore::sklearn_emotion.LeakageWarning")
def test_the_twin_of_a_paper_is_taken_from_it(tmp_path):
    dataset = make_dataset(n_trials=20, n_windows=1)
    call = {"target": "mood", "store": tmp_path}
    estimators = {"d": (Picky(), "eeg")}
    cv = PaperProtocol("3facrnn", n_splits=5, n_repeats=1)
    gap = leakage_gap(estimators, dataset, protocol=cv, **call)
    # Of one window a trial nothing can leak but the subject.
    assert gap["leaky_shares"].tolist() == gap["honest_shares"].tolist() == ["subject"]
    assert (tmp_path / "leaky" / "results.csv").is_file()
    assert (tmp_path / "honest" / "results.csv").is_file()
    splits = [(np.arange(40), np.arange(40, 80))]
    for protocol, name in (("loso-stimulus", "'loso"), (splits, "splits in a list;")):
        with pytest.raises(ValueError, match=f"No honest twin is known for {name}"):
            leakage_gap(estimators, dataset, target="mood", protocol=protocol)
    gap = leakage_gap(
        estimators, dataset, target="mood", protocol=splits, honest="loso"
    )
    # Of the four subjects the last two were tested by both.
    assert gap["n_subjects"].tolist() == [2]


@pytest.mark.filterwarnings("ignore::sklearn_emotion.LeakageWarning")
def test_both_sides_of_the_gap_are_means_over_the_same_subjects():
    """The twin of the hierarchical LSTM tests two of 14 subjects, the paper most."""
    dataset = make_dataset(n_subjects=14, n_trials=10, n_windows=1)
    estimators = {"lr": (LogisticRegression(), "eeg")}
    call = {"target": "mood", "protocol": "hierarchical-lstm"}
    row = leakage_gap(estimators, dataset, **call).loc["lr"]
    assert row["n_subjects"] == 2
    assert row["gap"] == pytest.approx(row["leaky"] - row["honest"])
    leaky = subject_scores(compare(estimators, dataset, **call))
    twin = PaperProtocol("hierarchical-lstm").honest_twin()
    _, test = next(twin.split(dataset.data, dataset.target("mood"), dataset.metadata))
    tested = np.unique(dataset.groups()[test])
    leaky = leaky.set_index("subject")["balanced_accuracy"]
    assert len(leaky) > 10
    assert row["leaky"] == pytest.approx(leaky[tested].mean())


@pytest.mark.filterwarnings("ignore::sklearn_emotion.LeakageWarning")
def test_a_gap_without_an_honest_score_is_nan():
    dataset = make_dataset()
    # Subjects are of one class each, which the other one cannot teach.
    y = np.where(dataset.groups() == 0, "high", "low")
    keep = dataset.groups() < 2
    with pytest.warns(FitFailedWarning, match="2 of 2 folds failed"):
        gap = leakage_gap(
            {"lr": (LogisticRegression(), "eeg")},
            dataset.select(keep),
            target=y[keep],
            protocol="segment-k-fold",
        )
    row = gap.loc["lr"]
    assert row["n_subjects"] == 0
    assert row[["leaky", "honest", "gap", "low", "high"]].isna().all()
    assert (row["leaky_shares"], row["honest_shares"]) == ("trial", "stimulus")
