"""A comparison scores what it says, on the splits it says."""

import os
import signal
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from _evaluation import Picky, logistic, make_dataset
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import balanced_accuracy_score, f1_score, roc_auc_score
from sklearn.model_selection import (
    KFold,
    LeaveOneGroupOut,
)
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import Bunch

from sklearn_emotion import (
    BandpassFilter,
    BandPower,
    DifferentialEntropy,
    LeakageWarning,
    ModalityFlattener,
    ModalityTransformer,
    Resampler,
    make_logistic,
    make_modality_transformer,
)
from sklearn_emotion.datasets import make_emotion
from sklearn_emotion.evaluation import (
    compare,
    read_results,
    score_table,
    significance,
    subject_scores,
)
from sklearn_emotion.evaluation.run import _folds


@pytest.fixture
def dataset():
    return make_dataset()


def test_scores_are_those_of_scikit_learn_on_the_same_folds(dataset):
    results = compare({"lr": (logistic(), "eeg")}, dataset, target="mood")
    X, y = dataset.data["eeg"], dataset.target("mood")
    for fold, (train, test) in enumerate(
        LeaveOneGroupOut().split(X, y, dataset.groups("subject"))
    ):
        fitted = logistic().fit(X[train], y[train])
        pred, proba = fitted.predict(X[test]), fitted.predict_proba(X[test])
        row = results.iloc[fold]
        assert row["accuracy"] == np.mean(pred == y[test])
        assert row["balanced_accuracy"] == balanced_accuracy_score(y[test], pred)
        assert row["macro_f1"] == f1_score(y[test], pred, average="macro")
        # "low" is the last label in sorted order, hence the positive one.
        assert row["f1"] == pytest.approx(f1_score(y[test], pred, pos_label="low"))
        assert row["roc_auc"] == pytest.approx(
            roc_auc_score(y[test] == "low", proba[:, 1])
        )
        assert row["test_subjects"] == str(fold)
        assert row["n_train"] == 36


def test_predictions_of_group_folds_are_scored_by_subject(dataset):
    results = compare(
        {"lr": (logistic(), "eeg")},
        dataset,
        target="mood",
        protocol="group-k-fold",
        n_splits=2,
    )
    assert len(results) == 2
    scores = subject_scores(results)
    assert scores["subject"].tolist() == [0, 1, 2, 3]
    mine = results.predictions.query("subject == 3")
    want = np.mean(mine["y_true"] == mine["y_pred"])
    assert scores.set_index("subject").loc[3, "accuracy"] == want
    table = score_table(results)
    values = scores["accuracy"]
    assert table.loc["lr", ("accuracy", "mean")] == pytest.approx(values.mean())
    assert table.loc["lr", ("accuracy", "sd")] == pytest.approx(values.std())
    # Student's t of 3 degrees of freedom at 97.5 % is 3.182446.
    half = 3.182446 * values.std() / 2
    assert table.loc["lr", ("accuracy", "high")] == pytest.approx(
        values.mean() + half, abs=1e-6
    )
    assert table.loc["lr", ("run", "n_subjects")] == 4


def test_intervals_stay_within_what_a_score_can_be():
    """Of 1, 1, 1 and 5/6 the interval by Student's t would end at 1.091."""
    dataset = make_dataset(n_trials=6, n_windows=1, shift=0.0)
    y = dataset.target("mood")
    dataset.data["eeg"][:, 0] = np.where(y == "high", 9.0, -9.0)
    dataset.data["eeg"][1, 0] *= -1
    results = compare({"lr": (logistic(), "eeg")}, dataset, target=y)
    row = score_table(results).loc["lr", "accuracy"]
    assert row["mean"] == pytest.approx((3 + 5 / 6) / 4)
    assert row["high"] == 1.0
    # sd / 2 is 1 / 24, times 3.182446.
    assert row["low"] == pytest.approx(row["mean"] - 3.182446 / 24)


def test_every_estimator_gets_the_same_folds(dataset):
    results = compare(
        {"a": (Picky(), "eeg"), "b": (logistic(), "ecg")},
        dataset,
        target="mood",
        protocol="group-k-fold",
        n_splits=3,
    )
    parts = dict(list(results.groupby("estimator")))
    assert parts["a"]["test_subjects"].tolist() == parts["b"]["test_subjects"].tolist()
    assert results["modalities"].unique().tolist() == ["eeg", "ecg"]


@pytest.mark.parametrize(
    ("protocol", "leak", "warns"),
    [
        ("loso", "stimulus", None),
        ("group-k-fold", "stimulus", None),
        ("loso-stimulus", "none", None),
        ("within-subject", "subject", None),
        ("within-subject-segment", "trial", "WithinSubject"),
        ("segment-k-fold", "trial", "segment-k-fold"),
        ("deepvanet-inter-subject", "trial", "Report LeaveOneGroupOut"),
        (KFold(5), "trial", "KFold"),
    ],
)
def test_each_fold_says_what_both_sides_share(protocol, leak, warns):
    dataset = make_dataset(n_windows=4)
    call = {"target": "mood", "protocol": protocol, "n_splits": 2}
    if protocol == "deepvanet-inter-subject" or isinstance(protocol, KFold):
        del call["n_splits"]
    if warns is None:
        results = compare({"d": (Picky(), "eeg")}, dataset, **call)
    else:
        with pytest.warns(LeakageWarning, match=warns):
            results = compare({"d": (Picky(), "eeg")}, dataset, **call)
    if not isinstance(protocol, KFold):
        assert results["leak"].unique().tolist() == [leak]


def test_a_fold_that_fails_is_recorded_and_the_rest_go_on(dataset):
    # The number 99 is subject 2's, so that every fold but the third trains on it.
    dataset.data["eeg"][dataset.groups() == 2, -1] = 99
    with pytest.warns(
        FitFailedWarning, match=r"picky: 3 of 4 folds failed.*cannot fit"
    ):
        results = compare(
            {"picky": (Picky(99), "eeg"), "lr": (logistic(), "eeg")},
            dataset,
            target="mood",
        )
    picky = results[results["estimator"] == "picky"]
    failed = "RuntimeError: cannot fit 99"
    assert picky["error"].tolist() == [failed, failed, "", failed]
    assert picky["accuracy"].isna().tolist() == [True, True, False, True]
    assert (results[results["estimator"] == "lr"]["error"] == "").all()
    assert score_table(results).loc["picky", ("run", "n_failed")] == 3


def test_warnings_of_an_estimator_are_kept_and_passed_on(dataset):
    short = MLPClassifier(max_iter=1, random_state=0)
    with pytest.warns(UserWarning, match=r"mlp, in 4 of 4 folds: Convergence.*reached"):
        results = compare({"mlp": (short, "eeg")}, dataset, target="mood")
    assert results["warnings"].str.startswith("ConvergenceWarning: Stoch").all()


def test_steps_that_cannot_be_computed_once_leave_a_trace(dataset):
    def refuse_many(X):
        if len(X) > 40:
            raise MemoryError(f"{len(X)} samples")
        return X

    model = make_pipeline(FunctionTransformer(refuse_many), LogisticRegression())
    trace = r"once for all folds \(MemoryError: 48 samples\), so that each fold had to"
    with pytest.warns(UserWarning, match=f"lr, in 4 of 4 folds: The steps .* {trace}"):
        results = compare({"lr": (model, "eeg")}, dataset, target="mood")
    assert (results["error"] == "").all()
    assert results["warnings"].str.contains(trace).all()
    assert results["accuracy"].notna().all()


def test_a_training_side_without_a_class_is_named(dataset):
    y = np.where(dataset.groups() == 0, "high", "low")
    with pytest.warns(FitFailedWarning, match="lacks the class 'high'"):
        results = compare({"lr": (logistic(), "eeg")}, dataset, target=y)
    assert results["error"].iloc[0].startswith("ValueError: This fold: the training")
    assert (results["error"].iloc[1:] == "").all()


def test_the_seed_reaches_every_estimator_that_has_none(dataset):
    net = MLPClassifier((3,), max_iter=300, tol=1, n_iter_no_change=2)
    runs = [
        compare({"mlp": (net, "eeg")}, dataset, target="mood", random_state=seed)
        for seed in (1, 1, 2)
    ]
    scores = [r.predictions["score_high"].to_numpy() for r in runs]
    np.testing.assert_array_equal(scores[0], scores[1])
    assert not np.array_equal(scores[0], scores[2])
    assert runs[2]["random_state"].unique().tolist() == [2]
    assert net.random_state is None


def test_the_subject_can_travel_with_the_modalities(dataset):
    from sklearn_emotion import ModalityFlattener, SubjectStandardizer

    def build():
        return make_pipeline(
            SubjectStandardizer(), ModalityFlattener(), LogisticRegression()
        )

    with pytest.warns(UserWarning, match="equally many samples of each class"):
        results = compare({"z": (build(), ("eeg", "subject"))}, dataset, target="mood")
    assert (results["error"] == "").all()
    assert results["modalities"].iloc[0] == "eeg+subject"


def test_extra_scorers_and_a_choice_of_scores(dataset):
    results = compare(
        {"lr": (logistic(), "eeg")},
        dataset,
        target="mood",
        scoring={"neg_log_loss": "neg_log_loss"},
    )
    assert (results["neg_log_loss"] < 0).all()
    few = compare({"d": (Picky(), "eeg")}, dataset, target="mood", scoring=["npv"])
    assert "npv" in few
    assert "dummy_npv" in few
    assert "accuracy" not in few


def test_a_function_that_scores_sees_the_samples(dataset):
    def mean_of_eeg(fitted, X, y):
        return float(X["eeg"].mean())

    model = make_pipeline(ModalityFlattener(), LogisticRegression())
    results = compare(
        {"lr": model}, dataset, target="mood", scoring={"mean": mean_of_eeg}
    )
    means = [dataset.data["eeg"][dataset.groups() == s].mean() for s in range(4)]
    np.testing.assert_allclose(results["mean"], means, rtol=1e-6)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"target": "joy"}, "'joy' is not known for this data set"),
        ({"protocol": "loco"}, "Unknown protocol 'loco'; known ones are"),
        ({"scoring": ["acc"]}, r"Unknown scores \['acc'\]"),
        ({"task": "ranking"}, "task must be"),
        ({"pos_label": "joy"}, "pos_label='joy' is no class"),
        ({"estimators": {}}, "at least one estimator"),
        ({"estimators": {"x": 3}}, "'x' has no fit"),
        ({"estimators": {"x": (Picky(), "face")}}, r"takes \['face'\], but.*'ecg'"),
        ({"target": np.zeros(48)}, "one class only"),
        ({"target": [0, 1]}, r"shape \(48,\), got \(2,\)"),
        ({"estimators": [Picky()]}, "must be a dict of name to estimator, got list"),
        ({"estimators": {1: (Picky(), "eeg")}}, "must be strings, got 1"),
        ({"estimators": {"": (Picky(), "eeg")}}, "visible characters.*got ''"),
        ({"estimators": {" ": (Picky(), "eeg")}}, "visible characters.*got ' '"),
        ({"estimators": {"a\nb": (Picky(), "eeg")}}, r"line breaks.*got 'a\\nb'"),
        ({"estimators": {"a ": (Picky(), "eeg")}}, "spaces at their ends, got 'a '"),
        ({"estimators": {"\ud800": (Picky(), "eeg")}}, "visible characters"),
        ({"estimators": {"majority class": (Picky(), "eeg")}}, "name for the dummy"),
        ({"estimators": {"é" * 99: (Picky(), "eeg")}}, "become file names; got 99"),
        ({"random_state": np.random.RandomState(0)}, "random_state must be an int"),
        ({"protocol": "loso-stimulus"}, "4 stimuli .* 2 to 4 folds, got n_splits=6"),
    ],
)
def test_bad_arguments_are_named(dataset, change, match):
    call = {"estimators": {"d": (Picky(), "eeg")}, "target": "mood"} | change
    with pytest.raises(ValueError, match=match):
        compare(call.pop("estimators"), dataset, **call)


@pytest.mark.parametrize("kind", [SimpleNamespace, Bunch, dict])
def test_what_is_no_data_set_is_named(dataset, kind):
    bare = kind(data=dataset.data, metadata=dataset.metadata)
    with pytest.raises(
        ValueError, match=f"an EmotionDataset, got {kind.__name__}: EmotionDataset"
    ):
        compare({"d": (Picky(), "eeg")}, bare, target=dataset.target("mood"))


@pytest.mark.parametrize(
    ("estimator", "task", "match"),
    [
        (make_pipeline(Ridge()), "classification", "'r' is a regressor.*='regression'"),
        (Picky(), "regression", "'r' is a classifier.*='classification'"),
    ],
)
def test_an_estimator_of_the_other_task_is_refused(dataset, estimator, task, match):
    with pytest.raises(ValueError, match=match):
        compare({"r": (estimator, "eeg")}, dataset, target="valence", task=task)


def test_a_sampling_rate_that_is_not_the_data_s_is_told():
    raw = make_emotion(
        n_subjects=2, n_trials=4, duration=4.0, window=2.0, random_state=0
    )
    for name, keys in (("array", "eeg"), ("only one", ["eeg"])):
        models = {name: (make_logistic(sfreq=100.0), keys)}
        with pytest.raises(ValueError, match=f"'{name}': .* 128 Hz, .* sfreq=100"):
            compare(models, raw, target="valence")
    compare({"lr": (make_logistic(), "eeg")}, raw, target="valence")


def test_the_sampling_rate_follows_the_steps():
    raw = make_emotion(
        n_subjects=2,
        n_trials=4,
        modalities=("eeg", "ecg"),
        duration=4.0,
        window=2.0,
        random_state=0,
    )
    assert raw.sfreq == {"eeg": 128.0, "ecg": 256.0}

    def resampled(sfreq, then):
        return make_pipeline(
            Resampler(sfreq=sfreq, new_sfreq=sfreq / 2),
            BandpassFilter(sfreq=then, low=2.0, high=20.0),
            BandPower(sfreq=then, window=None),
        )

    def build(eeg, ecg):
        features = ModalityTransformer([("ecg", eeg, "eeg"), ("heart", ecg, "ecg")])
        return make_pipeline(features, ModalityFlattener(), LogisticRegression())

    half = {"bands": {"a": (4.0, 12.0)}}
    alone = make_pipeline(
        *[step for _, step in resampled(128.0, 64.0).steps],
        ModalityFlattener(),
        LogisticRegression(),
    ).set_params(bandpower__bands=half["bands"])
    both = build(resampled(128.0, 64.0), resampled(256.0, 128.0))
    both.set_params(
        modalitytransformer__ecg__bandpower__bands=half["bands"],
        modalitytransformer__heart__bandpower__bands=half["bands"],
    )
    models = {"alone": (alone, "eeg"), "both": both}
    results = compare(models, raw, target="valence")
    assert (results["error"] == "").all()
    wrong = "modalitytransformer__heart__bandpower__sfreq"
    both.set_params(**{wrong: 256.0})
    with pytest.raises(ValueError, match="128 Hz, but BandPower has sfreq=256"):
        compare({"both": both}, raw, target="valence")
    # Nothing is known of the rate after a step of one's own.
    own = make_pipeline(
        FunctionTransformer(lambda X: X[..., ::2]),
        BandPower(sfreq=64.0, window=None, **half),
        ModalityFlattener(),
        LogisticRegression(),
    )
    compare({"own": (own, "eeg")}, raw, target="valence")


def test_two_modalities_have_rates_of_their_own():
    raw = make_emotion(
        n_subjects=2,
        n_trials=4,
        modalities=("eeg", "ecg"),
        duration=4.0,
        window=2.0,
        random_state=0,
    )
    rate = raw.sfreq["ecg"]
    assert rate != raw.sfreq["eeg"]
    features = make_modality_transformer(
        eeg=DifferentialEntropy(), ecg=DifferentialEntropy(sfreq=2 * rate)
    )
    model = make_pipeline(features, ModalityFlattener(), LogisticRegression())
    with pytest.raises(ValueError, match=f"rate of {rate:g} Hz"):
        compare({"both": model}, raw, target="valence")


def test_an_estimator_of_arrays_is_told_how_to_get_one(dataset):
    advice = r"paired with the modality's name: \{'mine': \(estimator, 'eeg'\)\}"
    with pytest.raises(ValueError, match=advice):
        compare({"mine": LogisticRegression()}, dataset, target="mood")
    others = {"mine": LogisticRegression(), "lr": (logistic(), "eeg")}
    with pytest.warns(FitFailedWarning, match=advice):
        compare(others, dataset, target="mood")


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_a_comparison_without_a_finished_fold_is_an_error(dataset, tmp_path, n_jobs):
    dataset.data["eeg"][:, -1] = 99
    call = {"target": "mood", "store": tmp_path, "n_jobs": n_jobs}
    with pytest.raises(
        ValueError,
        match=r"All folds failed\. a: 4 of 4 folds failed, the first with "
        r"RuntimeError: cannot fit 99\. b: 4 of 4",
    ) as caught:
        compare({"a": (Picky(99), "eeg"), "b": (Picky(99), "eeg")}, dataset, **call)
    assert len(caught.value.results) == 8
    assert "in fit\n    raise RuntimeError" in caught.value.__notes__[0]
    assert read_results(tmp_path)["error"].str.startswith("RuntimeError").all()


def test_too_many_folds_are_told_in_subjects(dataset):
    with pytest.raises(ValueError, match=r"there are 4 subjects.*n_splits=4 or fewer"):
        compare(
            {"d": (Picky(), "eeg")}, dataset, target="mood", protocol="group-k-fold"
        )


def test_what_is_not_known_is_not_called_clean(dataset):
    call = {"target": "mood", "protocol": "loso-stimulus", "n_splits": 2}
    known = compare({"d": (Picky(), "eeg")}, dataset, **call)
    assert set(known["leak"]) == {"none"}
    dataset.metadata = dataset.metadata.drop(columns="stimulus")
    fewer = compare({"d": (Picky(), "eeg")}, dataset, target="mood")
    assert set(fewer["leak"]) == {"none known"}
    assert score_table(fewer).loc["d", ("run", "leak")] == "none known"


def test_folds_in_processes_give_the_same_table(dataset):
    estimators = {"lr": (logistic(), "eeg"), "d": (Picky(), "ecg")}
    one = compare(estimators, dataset, target="mood")
    two = compare(estimators, dataset, target="mood", n_jobs=2)
    timed = ["feature_time", "fit_time", "score_time", "peak_memory"]
    pd.testing.assert_frame_equal(one.drop(columns=timed), two.drop(columns=timed))
    pd.testing.assert_frame_equal(one.predictions, two.predictions)


class Deadly(Picky):
    """Kills its process where a number occurs in training."""

    def fit(self, X, y):
        if self.fails_on is not None and np.any(X[:, -1] == self.fails_on):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().fit(X, y)


@pytest.mark.slow
@pytest.mark.parametrize("stored", [False, True])
@pytest.mark.filterwarnings("ignore:A worker stopped:UserWarning")
def test_a_fold_that_kills_its_process_is_recorded_and_the_rest_go_on(tmp_path, stored):
    dataset = make_dataset(n_subjects=2)
    # The second fold trains on subject 0.
    dataset.data["eeg"][dataset.groups() == 0, -1] = 99
    estimators = {"p": (Deadly(), "eeg"), "d": (Deadly(99), "eeg")}
    store = tmp_path if stored else None
    with pytest.warns(FitFailedWarning, match="d: 1 of 2 folds failed.*Terminated"):
        results = compare(estimators, dataset, target="mood", n_jobs=2, store=store)
    died = results["error"].str.startswith("TerminatedWorkerError")
    assert results[died][["estimator", "fold"]].to_numpy().tolist() == [["d", 1]]
    assert results[~died]["accuracy"].tolist() == [0.5] * 3


def test_peak_memory_is_that_of_the_fold(dataset):
    class Greedy(Picky):
        def fit(self, X, y):
            self.bytes_ = np.ones(40_000_000).sum()
            return super().fit(X, y)

    results = compare(
        {"g": (Greedy(), "eeg"), "p": (Picky(), "eeg")}, dataset, target="mood"
    )
    peak = results.groupby("estimator")["peak_memory"].min()
    assert peak["g"] - peak["p"] > 250


def test_a_subject_that_lacks_a_class_is_tested_on_the_others():
    dataset = make_dataset(n_trials=12, n_windows=1)
    y = np.array(["a", "b", "c"])[np.tile(np.arange(12) % 3, 4)]
    y[:12] = np.array(["a", "b"])[np.arange(12) % 2]
    results = compare(
        {"lr": (logistic(), "eeg")},
        dataset,
        target=y,
        protocol="within-subject",
        n_splits=2,
    )
    assert (results["error"] == "").all()
    # The constant of a subject with two classes has a recall of one, and of zero.
    scores = subject_scores(results)["dummy_balanced_accuracy"]
    np.testing.assert_allclose(scores, [1 / 2, 1 / 3, 1 / 3, 1 / 3])


def test_memory_is_unknown_where_the_system_does_not_tell(monkeypatch):
    monkeypatch.setattr(_folds, "resource", None)
    assert np.isnan(_folds._peak_memory(False))


# Some of the results


def test_some_of_the_folds_are_scored_by_themselves(dataset):
    estimators = {"lr": (logistic(), "eeg"), "d": (Picky(), "eeg")}
    results = compare(estimators, dataset, target="mood")
    few = results[results["fold"] < 2]
    table = score_table(few)
    # Folds are subjects here.
    expected = few[few["estimator"] == "lr"]["accuracy"].mean()
    assert table.loc["lr", ("accuracy", "mean")] == pytest.approx(expected)
    assert table.loc["lr", ("run", "n_subjects")] == 2
    assert subject_scores(few)["subject"].unique().tolist() == [0, 1]
    tests = significance(results[results["estimator"] == "lr"])
    whole = significance(results).query("first == 'lr' and second == 'majority class'")
    assert tests["difference"].tolist() == whole["difference"].tolist()
    with pytest.raises(ValueError, match="the columns estimator and fold"):
        subject_scores(results[["estimator", "accuracy"]])


def test_the_positive_class_is_remembered(dataset, tmp_path):
    call = {"target": "mood", "pos_label": "high", "store": tmp_path}
    results = compare({"lr": (logistic(), "eeg")}, dataset, **call)
    for known in (results, read_results(tmp_path), results[results["fold"] >= 0]):
        table = score_table(known, scores=["sensitivity", "specificity"])
        for name in ("sensitivity", "specificity"):
            mean = results[name].mean()
            assert table.loc["lr", (name, "mean")] == pytest.approx(mean)
    # "low", the last one in sorted order, swaps the two.
    low = score_table(results, scores=["specificity"], pos_label="low")
    assert low.loc["lr", ("specificity", "mean")] == pytest.approx(
        results["sensitivity"].mean()
    )


def test_any_built_in_score_is_tested_whichever_were_kept(dataset):
    estimators = {"lr": (logistic(), "eeg"), "d": (Picky(), "eeg")}
    every = compare(estimators, dataset, target="mood")
    few = compare(estimators, dataset, target="mood", scoring="accuracy")
    for score in ("balanced_accuracy", "roc_auc"):
        pd.testing.assert_frame_equal(
            significance(few, score=score), significance(every, score=score)
        )
    area = significance(every, score="roc_auc").iloc[1]
    assert area["second"] == "majority class"
    # The dummy's area is one half.
    areas = every[every["estimator"] == "lr"]["roc_auc"]
    assert area["difference"] == pytest.approx(areas.mean() - 0.5)
