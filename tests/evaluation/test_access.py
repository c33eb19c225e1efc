"""What a comparison gives the estimators of the people on whom they are tested."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from _evaluation import logistic, make_dataset
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklearn_emotion import (
    DGCNN,
    LeakageWarning,
    ModalityFlattener,
    SubjectStandardizer,
)
from sklearn_emotion._base import target_access_tags
from sklearn_emotion.evaluation import compare, read_results, report, score_table
from sklearn_emotion.evaluation.plan._plan import Plan
from sklearn_emotion.evaluation.read._tables import format_table
from sklearn_emotion.evaluation.run._folds import run_fold


@pytest.fixture
def dataset():
    """Subjects whose classes are not equally frequent."""
    return make_dataset(n_subjects=4, n_trials=5)


def centered():
    return make_pipeline(
        SubjectStandardizer(), ModalityFlattener(), LogisticRegression()
    )


ESTIMATORS = {
    "plain": (logistic(), "eeg"),
    "centered": (centered(), ("eeg", "subject")),
}


class _Recorder(BaseEstimator):
    """Records what `fit` gets in the list `CALLS`."""

    def __init__(self, accepts=True):
        self.accepts = accepts

    def fit(self, X, y):
        CALLS.append((np.asarray(X), np.asarray(y)))
        self.classes_ = np.unique([label for label in y if label != -1])
        return self

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        return target_access_tags(tags, accepts_unlabelled=self.accepts)


CALLS = []


class Recorder(ClassifierMixin, _Recorder):
    def predict(self, X):
        return np.full(len(X), self.classes_[0])


class RatingRecorder(RegressorMixin, _Recorder):
    def predict(self, X):
        return np.zeros(len(X))


@pytest.fixture
def calls():
    CALLS.clear()
    return CALLS


def quiet(*args, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("error", LeakageWarning)
        return compare(*args, **options)


def test_each_row_states_the_level_that_the_estimator_declares(dataset):
    results = compare(ESTIMATORS, dataset, target="mood")
    levels = results.groupby("estimator")["target_access"].unique()
    assert levels["plain"].tolist() == ["none"]
    assert levels["centered"].tolist() == ["unlabelled"]


def test_a_protocol_that_trains_on_the_test_subjects_gives_labels(dataset):
    results = compare(
        ESTIMATORS, dataset, target="mood", protocol="within-subject", n_splits=2
    )
    assert set(results["target_access"]) == {"labels"}


def test_tables_and_pages_state_the_level(dataset, tmp_path):
    results = compare(ESTIMATORS, dataset, target="mood", store=tmp_path)
    table = score_table(results)
    assert table["run", "target_access"].tolist() == ["none", "unlabelled"]
    assert "target access" in format_table(table)
    assert format_table(table).splitlines()[-1].split()[-4] == "unlabelled"
    assert "target_access" in str(results).splitlines()[0]
    page = report(tmp_path).read_text()
    assert page.count('data-key="unlabelled"') == 1 + 4
    stored = read_results(tmp_path)["target_access"]
    assert stored.sort_values().tolist() == results["target_access"].tolist()


@pytest.mark.parametrize("level", ["none", "rest"])
def test_a_limit_refuses_a_step_that_uses_more(dataset, level):
    quiet({"plain": (logistic(), "eeg")}, dataset, target="mood", target_access=level)
    with pytest.raises(ValueError, match=r"step 'subjectstandardizer' \(SubjectSt"):
        compare(ESTIMATORS, dataset, target="mood", target_access=level)


def test_a_limit_finds_a_step_inside_a_search(dataset):
    search = GridSearchCV(
        centered(), {"logisticregression__C": [1.0]}, cv=GroupKFold(2)
    )
    with pytest.raises(ValueError, match="step 'estimator__subjectstandardizer'"):
        compare(
            {"search": (search, ("eeg", "subject"))},
            dataset,
            target="mood",
            target_access="none",
        )


@pytest.mark.parametrize("access", ["none", "rest", "unlabelled", "labels:1"])
def test_protocols_that_share_subjects_do_not_go_with_a_level(dataset, access):
    with pytest.raises(ValueError, match="is in both training and test of this pro"):
        compare(
            {"plain": (logistic(), "eeg")},
            dataset,
            target="mood",
            protocol="within-subject",
            n_splits=2,
            target_access=access,
        )


@pytest.mark.parametrize("access", ["labels", "labels:0", "labels:-1", "all", 2])
def test_a_level_has_a_known_name(dataset, access):
    with pytest.raises(ValueError, match="'labels:k' with a number of trials"):
        compare(ESTIMATORS, dataset, target="mood", target_access=access)


@pytest.mark.parametrize(
    ("protocol", "n_splits"), [("loso", None), ("group-k-fold", 2)]
)
def test_whole_trials_of_each_test_subject_are_moved(dataset, protocol, n_splits):
    results = quiet(
        ESTIMATORS,
        dataset,
        target="mood",
        protocol=protocol,
        n_splits=n_splits,
        target_access="labels:2",
    )
    assert set(results["target_access"]) == {"labels:2"}
    assert set(results["leak"]) == {"subject"}
    n_test = 3 * 3 * (4 // len(results["fold"].unique()))
    assert set(results["n_test"]) == {n_test}
    assert set(results["n_train"]) == {4 * 15 - n_test}
    scored = results.predictions.assign(
        trial=dataset.metadata["trial"].to_numpy()[results.predictions["sample"]]
    )
    by_trial = scored.groupby(["estimator", "trial"]).size()
    assert set(by_trial) == {3}
    # The same trials are scored for each estimator.
    trials = scored.groupby("estimator")["trial"].agg(lambda t: sorted(set(t)))
    assert trials["plain"] == trials["centered"]


def _scored_trials(dataset, access, random_state=0, target="mood", **options):
    results = quiet(
        {"plain": (logistic(), "eeg")},
        dataset,
        target=target,
        target_access=access,
        random_state=random_state,
        **options,
    )
    trial = dataset.metadata["trial"].to_numpy()
    return set(trial[results.predictions["sample"]].tolist())


def test_the_moved_trials_depend_on_the_seed_and_are_nested():
    dataset = make_dataset(n_subjects=3, n_trials=8)
    runs = [_scored_trials(dataset, "labels:2", seed) for seed in range(4)]
    assert runs[0] == _scored_trials(dataset, "labels:2", 0)
    assert any(run != runs[0] for run in runs)
    assert _scored_trials(dataset, "labels:4") < runs[0]


@pytest.mark.parametrize("seed", range(5))
def test_the_moved_trials_have_all_classes(seed):
    dataset = make_dataset(n_subjects=3, n_trials=10)
    rare = dataset.metadata["trial"] % 10 < 3
    dataset.metadata["mood"] = np.where(rare, "rare", "common")
    moved = set(range(30)) - _scored_trials(dataset, "labels:2", seed)
    assert sum(trial % 10 < 3 for trial in moved) == 3
    moved = set(range(30)) - _scored_trials(dataset, "labels:7", seed)
    assert sum(trial % 10 < 3 for trial in moved) == 3 * 2


def test_the_first_moved_trial_is_of_either_class():
    dataset = make_dataset(n_subjects=12, n_trials=4)
    moved = set(range(48)) - _scored_trials(dataset, "labels:1")
    assert 1 < sum(trial % 2 for trial in moved) < 11


def test_too_few_trials_are_an_error_that_names_the_subject(dataset):
    with pytest.raises(ValueError, match=r"at least 6 trials .* subject 0 has 5"):
        compare(ESTIMATORS, dataset, target="mood", target_access="labels:5")
    del dataset.metadata["trial"]
    with pytest.raises(ValueError, match=r"'labels:1' needs .* missing \['trial'\]"):
        compare(ESTIMATORS, dataset, target="mood", target_access="labels:1")


def test_ratings_can_be_calibrated(dataset):
    from sklearn.linear_model import Ridge

    results = quiet(
        {"ridge": (Ridge(), "eeg")},
        dataset,
        target="valence",
        task="regression",
        target_access="labels:2",
    )
    assert set(results["n_test"]) == {9}


def _fit_fold(plan, y):
    """Return the scores of the first fold if all samples had other labels."""
    _, predictions = run_fold(
        plan.entries["p"].estimator,
        plan.select("p"),
        replace(plan.task, y=y),
        *plan.splits[0],
    )
    return predictions["score_low"]


def test_only_labels_of_training_and_calibration_samples_are_used(dataset):
    estimators = {"p": (logistic(), "eeg")}
    plan = Plan(estimators, dataset, "mood", "loso", target_access="labels:2")
    y, (train, test) = plan.task.y, plan.splits[0]
    moved = train[plan.task.subject[train] == 0]
    true = _fit_fold(plan, y)

    def poison(samples):
        other = np.where(y == "low", "high", "low")
        return _fit_fold(plan, np.where(np.isin(np.arange(len(y)), samples), other, y))

    assert len(moved) == 2 * 3
    assert poison(test) == true
    assert poison(moved) != true
    assert poison(np.setdiff1d(train, moved)) != true


def test_unlabelled_test_samples_are_marked_and_reach_who_accepts_them(dataset, calls):
    estimators = {
        "accepts": (make_pipeline(Recorder()), "eeg"),
        "refuses": (Recorder(accepts=False), "eeg"),
    }
    results = compare(estimators, dataset, target="mood", target_access="unlabelled")
    levels = results.set_index(["estimator", "fold"])["target_access"]
    assert set(levels["accepts"]) == {"unlabelled"}
    assert set(levels["refuses"]) == {"none"}
    assert set(results["n_train"]) == {45}
    sizes = [len(y) for _, y in calls]
    assert sizes == [60, 45] * 4
    X, y = calls[0]
    assert set(y[:45]) == {"high", "low"}
    assert y[45:].tolist() == [-1] * 15
    np.testing.assert_array_equal(X[45:], dataset.data["eeg"][:15])
    calls.clear()
    compare(estimators, dataset, target="mood")
    assert {len(y) for _, y in calls} == {45}


@pytest.mark.parametrize("kind", ["int64", "uint8", "bool", "float64"])
def test_the_mark_of_unlabelled_samples_fits_the_kind_of_labels(dataset, calls, kind):
    y = (dataset.metadata["mood"] == "high").to_numpy().astype(kind)
    compare({"p": (Recorder(), "eeg")}, dataset, target=y, target_access="unlabelled")
    assert calls[0][1][45:].tolist() == [-1] * 15
    assert set(calls[0][1][:45].tolist()) == {0, 1}


def test_ratings_of_unlabelled_samples_are_nan(dataset, calls):
    compare(
        {"p": (RatingRecorder(), "eeg")},
        dataset,
        target="valence",
        task="regression",
        target_access="unlabelled",
    )
    y = calls[0][1]
    assert np.isnan(y[45:]).all()
    assert not np.isnan(y[:45]).any()


def test_unlabelled_samples_are_not_taken_for_a_class(dataset):
    y = np.where(dataset.metadata["mood"] == "high", 1, -1)
    options = {"target_access": "unlabelled"}
    with pytest.raises(ValueError, match="label -1, which is a class"):
        compare({"p": (Recorder(), "eeg")}, dataset, target=y, **options)


def test_steps_before_the_last_one_learn_from_the_training_samples(dataset, calls):
    steps = make_pipeline(StandardScaler(), make_pipeline(SelectKBest(k=2), Recorder()))
    results = compare(
        {"p": (steps, "eeg")}, dataset, target="mood", target_access="unlabelled"
    )
    assert (results["error"] == "").all()
    X, y = calls[0]
    train, labels = dataset.data["eeg"][15:], dataset.metadata["mood"][15:]
    expected = make_pipeline(StandardScaler(), SelectKBest(k=2)).fit(train, labels)
    np.testing.assert_array_equal(X[:45], expected.transform(train))
    np.testing.assert_array_equal(X[45:], expected.transform(dataset.data["eeg"][:15]))
    assert y[45:].tolist() == [-1] * 15


def test_a_warning_says_that_balanced_classes_help():
    with pytest.warns(UserWarning, match=r"profits from .* scores of 'centered'"):
        compare(ESTIMATORS, make_dataset(), target="mood")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compare({"plain": (logistic(), "eeg")}, make_dataset(), target="mood")
        compare(ESTIMATORS, make_dataset(n_trials=5), target="mood")


def test_the_store_tells_levels_apart_only_if_they_change_the_folds(dataset, tmp_path):
    def run(access):
        return quiet(
            {"plain": (logistic(), "eeg")},
            dataset,
            target="mood",
            store=tmp_path,
            target_access=access,
        )

    run(None)
    run("none")
    for access in ("unlabelled", "labels:1"):
        with pytest.raises(ValueError, match=r"another comparison .*target_access"):
            run(access)


def test_inner_splits_keep_subjects_together_with_calibration_trials(dataset):
    estimators = {"p": (logistic(), "eeg")}
    plan = Plan(estimators, dataset, "mood", "loso", target_access="labels:2")
    np.testing.assert_array_equal(plan.task.groups, dataset.metadata["subject"])


def test_tables_say_that_labels_use_the_ratings_of_the_test_subjects(dataset, tmp_path):
    options = {"target": "valence", "store": tmp_path}
    estimators = {"plain": (logistic(), "eeg")}
    results = compare(estimators, dataset, threshold="subject-median", **options)
    assert set(results["labels"]) == {"subject-median"}
    note = "use the ratings of the test subjects"
    assert note in format_table(score_table(results))
    assert report(tmp_path).read_text().count(note) == 2
    fixed = compare(estimators, dataset, target="valence")
    assert set(fixed["labels"]) == {"threshold"}
    assert note not in format_table(score_table(fixed))
    given = compare(estimators, dataset, target="mood")
    assert set(given["labels"]) == {"given"}


def test_a_network_with_a_domain_loss_learns_from_unlabelled_test_samples(dataset):
    net = make_pipeline(
        FunctionTransformer(lambda X: X[:, None, None]),
        DGCNN(domain_loss="coral", max_epochs=1, random_state=0),
    )
    plain, given = (
        Plan({"p": (net, "eeg")}, dataset, "mood", "loso", target_access=access)
        for access in (None, "unlabelled")
    )
    assert given.target_access("p", 0) == "unlabelled"
    y = given.task.y
    scores = _fit_fold(given, y)
    assert scores != _fit_fold(plain, y)
    other = np.where(y == "low", "high", "low")
    poisoned = np.where(given.task.subject == 0, other, y)
    assert _fit_fold(given, poisoned) == scores
