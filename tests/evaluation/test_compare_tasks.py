"""Ratings and more than two classes go through a comparison as two classes do."""

import numpy as np
import pytest
from _evaluation import logistic, make_dataset
from scipy import stats
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import balanced_accuracy_score, mean_absolute_error, r2_score
from sklearn.model_selection import KFold, LeaveOneGroupOut, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_emotion import DGCNNRegressor, DifferentialEntropy, ModalityFlattener
from sklearn_emotion.datasets import make_emotion
from sklearn_emotion.evaluation import (
    compare,
    concordance_correlation,
    leakage_gap,
    read_results,
    report,
    score_table,
    significance,
    subject_scores,
)

RATINGS = {"target": "valence", "task": "regression"}


@pytest.fixture
def dataset():
    return make_dataset(n_subjects=6)


@pytest.fixture
def ratings(dataset):
    estimators = {
        "line": (LinearRegression(), "eeg"),
        "mean": (DummyRegressor(), "eeg"),
    }
    return compare(estimators, dataset, **RATINGS)


def test_the_five_scores_of_ratings_are_their_references(dataset, ratings):
    X, y = dataset.data["eeg"], dataset.target("valence", threshold=None)
    subject = dataset.groups("subject")
    cv = LeaveOneGroupOut()
    predicted = cross_val_predict(LinearRegression(), X, y, groups=subject, cv=cv)
    line = ratings[ratings["estimator"] == "line"].set_index("fold")
    for fold, (_, test) in enumerate(cv.split(X, y, subject)):
        t, p = y[test], predicted[test]
        row = line.loc[fold]
        assert row["r2"] == pytest.approx(r2_score(t, p))
        assert row["mae"] == pytest.approx(mean_absolute_error(t, p))
        assert row["rmse"] == pytest.approx(np.sqrt(np.mean((t - p) ** 2)))
        assert row["ccc"] == pytest.approx(concordance_correlation(t, p))
        assert row["pearson"] == pytest.approx(np.corrcoef(t, p)[0, 1])
        mean = np.full(len(test), y.mean())
        assert row["dummy_r2"] == pytest.approx(r2_score(t, mean))
        assert row["dummy_mae"] == pytest.approx(mean_absolute_error(t, mean))
        # A constant agrees with nothing, and has no correlation.
        assert row["dummy_ccc"] == 0
        assert np.isnan(row["dummy_pearson"])


def test_the_mean_of_the_other_subjects_is_never_closer_than_the_dummy(ratings):
    """Leaving out a subject moves the mean away from that subject's own."""
    mean = ratings[ratings["estimator"] == "mean"]
    assert (mean["rmse"] > mean["dummy_rmse"]).all()
    assert (mean["r2"] < mean["dummy_r2"]).all()


@pytest.mark.filterwarnings("ignore::sklearn_emotion.LeakageWarning")
def test_within_subjects_the_dummy_is_the_mean_of_each(dataset):
    """Of which R2 is 0 by definition; the mean of all would be below that."""
    dataset.metadata["valence"] += dataset.groups("subject")
    results = compare(
        {"line": (LinearRegression(), "eeg")},
        dataset,
        protocol=KFold(3, shuffle=True, random_state=0),
        **RATINGS,
    )
    scores = subject_scores(results)
    np.testing.assert_allclose(scores["dummy_r2"], 0, atol=1e-12)
    assert scores["dummy_pearson"].isna().all()
    assert (scores["dummy_ccc"] == 0).all()


def test_tables_and_tests_of_ratings(ratings):
    table = score_table(ratings)
    assert list(dict.fromkeys(table.columns.get_level_values(0))) == [
        "ccc",
        "rmse",
        "r2",
        "run",
    ]
    by_subject = subject_scores(ratings)
    line = by_subject[by_subject["estimator"] == "line"]
    assert table.loc["line", ("ccc", "mean")] == pytest.approx(line["ccc"].mean())
    tests = significance(ratings).set_index(["first", "second"])
    # The estimator "mean" is a dummy itself, and is not tested.
    assert list(tests.index) == [("line", "mean rating")]
    row = tests.loc["line", "mean rating"]
    d = (line["ccc"] - line["dummy_ccc"]).to_numpy()
    assert row["difference"] == pytest.approx(d.mean())
    assert row["wilcoxon_p"] == pytest.approx(stats.wilcoxon(d).pvalue)
    assert tests["binomial_p"].isna().all()
    assert significance(ratings, score="rmse").attrs["less_is_better"]


@pytest.mark.parametrize("name", ["mae", "ccc"])
def test_a_choice_of_scores_is_still_one_of_ratings(dataset, name, tmp_path):
    results = compare(
        {"line": (LinearRegression(), "eeg")},
        dataset,
        scoring=[name],
        store=tmp_path,
        **RATINGS,
    )
    assert "r2" not in results
    assert subject_scores(results)[name].notna().all()
    table = score_table(results)
    assert list(table.columns.levels[0]) == [name, "run"]
    # Rows alone do not say it where a scorer of the user's is all that was kept.
    own = results.drop(columns=[name, f"dummy_{name}"])
    for known in (own, read_results(tmp_path)):
        assert significance(known)["second"].tolist() == ["mean rating"]


def test_ratings_are_stored_and_read(dataset, tmp_path):
    call = {"store": tmp_path, **RATINGS}
    estimators = {"line": (LinearRegression(), "eeg")}
    first = compare(estimators, dataset, **call)
    assert read_results(tmp_path)["ccc"].tolist() == first["ccc"].tolist()
    with pytest.raises(ValueError, match="task: regression, now classification"):
        compare(
            {"line": (LogisticRegression(), "eeg")},
            dataset,
            target="valence",
            store=tmp_path,
        )


@pytest.mark.filterwarnings("ignore::sklearn_emotion.LeakageWarning")
def test_the_gap_of_ratings_is_that_of_concordance(dataset):
    gap = leakage_gap(
        {"line": (LinearRegression(), "eeg")},
        dataset,
        protocol="segment-k-fold",
        **RATINGS,
    )
    honest = subject_scores(
        compare({"line": (LinearRegression(), "eeg")}, dataset, **RATINGS)
    )
    assert gap.loc["line", "honest"] == pytest.approx(honest["ccc"].mean())


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"target": "mood"}, "needs ratings; 'mood' holds labels such as 'low'"),
        ({"target": "quadrant"}, "'quadrant' is not known|has no ratings"),
        ({"scoring": ["accuracy"]}, r"Unknown scores \['accuracy'\] for regression"),
    ],
)
def test_what_is_no_rating_is_named(dataset, change, match):
    call = RATINGS | change
    with pytest.raises(ValueError, match=match):
        compare({"line": (LinearRegression(), "eeg")}, dataset, **call)


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_targets_of_objects_are_their_values(dataset, task):
    y = dataset.target("valence", None if task == "regression" else 5.0)
    model = LinearRegression() if task == "regression" else logistic()
    runs = [
        compare({"model": (model, "eeg")}, dataset, target=target, task=task)
        for target in (y, y.astype(object))
    ]
    assert runs[0].predictions.equals(runs[1].predictions)


@pytest.mark.parametrize("task", ["classification", "regression"])
@pytest.mark.parametrize(
    ("value", "match"),
    [
        (np.nan, "1 of 72 values of target are missing"),
        (None, "1 of 72 values of target are missing"),
        (np.inf, "1 of 72 ratings 'target' are infinite"),
        ("low", "1 of 72 values are not numbers, such as 'low'"),
    ],
)
def test_targets_without_a_value_are_named(dataset, task, value, match):
    """A single one would end only some folds, or be the score of one."""
    target = dataset.target("valence").astype(object)
    target[0] = value
    with pytest.raises(ValueError, match=match):
        compare({"l": (logistic(), "eeg")}, dataset, target=target, task=task)


@pytest.mark.parametrize(
    "protocol", ["within-subject", "segment-k-fold", "loso-stimulus"]
)
@pytest.mark.filterwarnings("ignore::sklearn_emotion.LeakageWarning")
def test_ratings_of_whole_numbers_are_ratings(dataset, protocol):
    """The same splits as of ratings that lie between them."""
    whole = np.round(dataset.metadata["valence"].to_numpy()).astype(int)
    assert len(np.unique(whole)) > 2
    runs = [
        compare(
            {"mean": (DummyRegressor(), "eeg")},
            dataset,
            target=target,
            task="regression",
            protocol=protocol,
            n_splits=2,
        )
        for target in (whole, whole + np.linspace(0, 0.1, len(whole)))
    ]
    samples = [r.predictions["sample"].tolist() for r in runs]
    assert samples[0] == samples[1]
    assert (runs[0]["error"] == "").all()


@pytest.mark.filterwarnings("ignore::sklearn_emotion.LeakageWarning")
def test_classes_that_are_floats_are_classes(dataset):
    y = np.array([1.0, 2.0, 3.0])[dataset.metadata["window"]]
    model = {"lr": (LogisticRegression(), "eeg")}
    results = compare(model, dataset, target=y, protocol="segment-k-fold", n_splits=4)
    # Stratified: six of each class in every fold.
    assert (results["error"] == "").all()
    counts = results.predictions.groupby(["fold", "y_true"]).size()
    assert counts.unique().tolist() == [6]


def test_a_network_predicts_the_ratings_of_unseen_people():
    dataset = make_emotion(
        n_subjects=8, n_trials=12, duration=4.0, window=4.0, effect=6.0, random_state=0
    )
    network = make_pipeline(
        DifferentialEntropy(window=None), DGCNNRegressor(max_epochs=40, batch_size=16)
    )
    results = compare(
        {"dgcnn": (network, "eeg")},
        dataset,
        protocol="group-k-fold",
        n_splits=2,
        **RATINGS,
    )
    assert results["error"].tolist() == ["", ""]
    assert results["ccc"].min() > 0.5
    assert (results["rmse"] < results["dummy_rmse"]).all()


# Four classes


def quadrants(dataset):
    high = [dataset.metadata[name] > 5 for name in ("valence", "arousal")]
    return np.select(
        [high[0] & high[1], high[0] & ~high[1], ~high[0] & high[1]],
        ["HVHA", "HVLA", "LVHA"],
        "LVLA",
    )


@pytest.fixture(scope="module")
def emotion():
    return make_emotion(
        n_subjects=6,
        n_trials=16,
        duration=4.0,
        window=4.0,
        effect={"gamma": 5.0, "power": {"size": 5.0, "rating": "arousal"}},
        random_state=0,
    )


def test_quadrants_by_name_are_those_of_both_ratings(emotion):
    y = emotion.target("quadrant")
    np.testing.assert_array_equal(y, quadrants(emotion))
    assert sorted(set(y)) == ["HVHA", "HVLA", "LVHA", "LVLA"]
    # A rating of exactly 5 is on the side that is asked for.
    emotion = emotion.select(slice(0, 2))
    emotion.metadata[["valence", "arousal"]] = 5.0
    assert emotion.target("quadrant").tolist() == ["LVLA"] * 2
    assert emotion.target("quadrant", side=">=").tolist() == ["HVHA"] * 2
    with pytest.raises(ValueError, match="'quadrant' is a class and has no ratings"):
        emotion.target("quadrant", threshold=None)


def test_the_four_quadrants_through_a_comparison(emotion):
    model = make_pipeline(
        DifferentialEntropy(window=None),
        ModalityFlattener(),
        StandardScaler(),
        LogisticRegression(C=0.1),
    )
    call = {"protocol": "group-k-fold", "n_splits": 3}
    results = compare({"lr": (model, "eeg")}, emotion, target="quadrant", **call)
    assert results["error"].tolist() == [""] * 3
    predictions = results.predictions
    assert {c for c in predictions if c.startswith("score_")} == {
        f"score_{name}" for name in ("HVHA", "HVLA", "LVHA", "LVLA")
    }
    for fold, part in predictions.groupby("fold"):
        expected = balanced_accuracy_score(part["y_true"], part["y_pred"])
        assert results["balanced_accuracy"].iloc[fold] == pytest.approx(expected)
    assert results["balanced_accuracy"].mean() > 0.6
    np.testing.assert_allclose(results["dummy_balanced_accuracy"], 0.25)
    np.testing.assert_allclose(results["dummy_roc_auc"], 0.5)
    assert score_table(results).loc["lr", ("balanced_accuracy", "mean")] > 0.6
    assert significance(results)["wilcoxon_p"].between(0, 1).all()
    # The same as an array of labels.
    given = compare({"lr": (model, "eeg")}, emotion, target=quadrants(emotion), **call)
    np.testing.assert_array_equal(
        given.predictions["y_pred"], results.predictions["y_pred"]
    )


def test_ratings_can_be_cut_into_three_classes(tmp_path):
    dataset = make_dataset(n_subjects=3, n_trials=6)
    dataset.metadata["valence"] = 1.0 + dataset.metadata["trial"] % 6 * 1.5
    results = compare(
        {"lr": (logistic(), "eeg")},
        dataset,
        target="valence",
        threshold=(3, 6),
        store=tmp_path,
    )
    assert set(results.predictions["y_true"]) == {0, 1, 2}
    assert set(results["labels"]) == {"threshold"}
    assert "classes of ratings &gt; 3 and &gt; 6" in report(tmp_path).read_text()
