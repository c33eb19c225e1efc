"""Estimators that split the training side again do so by subject, or by trial."""

import pickle
import warnings

import numpy as np
import pytest
from _evaluation import Picky, logistic, make_dataset
from sklearn import config_context
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    BaggingClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.exceptions import FitFailedWarning
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.feature_selection import (
    RFECV,
    SelectFromModel,
    SequentialFeatureSelector,
)
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    GroupKFold,
    HalvingGridSearchCV,
    LeaveOneGroupOut,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC, LinearSVC

from sklearn_emotion import DGCNN, LeakageWarning, WithinSubject, cross_validate
from sklearn_emotion.datasets import EmotionDataset
from sklearn_emotion.evaluation import (
    compare,
)
from sklearn_emotion.model_selection import HoistedGridSearchCV, _nested


@pytest.fixture
def dataset():
    return make_dataset()


class Grouped(Picky):
    """Keeps the groups that it was given."""

    early_stopping = True
    seen: list = []

    def fit(self, X, y, groups=None):
        Grouped.seen.append(np.unique(groups).tolist())
        return super().fit(X, y)


def test_an_inner_split_gets_the_subjects_of_the_training_side(dataset):
    Grouped.seen.clear()
    pipe = make_pipeline(StandardScaler(), Grouped())
    compare({"g": (pipe, "eeg")}, dataset, target="mood")
    assert Grouped.seen == [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]]


def test_a_nested_search_splits_by_subject(dataset):
    search = GridSearchCV(
        logistic(), {"logisticregression__C": [0.1, 1.0]}, cv=LeaveOneGroupOut()
    )
    results = compare({"s": (search, "eeg")}, dataset, target="mood")
    assert (results["error"] == "").all()
    X, y, groups = dataset.data["eeg"], dataset.target("mood"), dataset.groups()
    train = groups != 0
    search.fit(X[train], y[train], groups=groups[train])
    assert search.n_splits_ == 3
    assert results["accuracy"].iloc[0] == search.score(X[~train], y[~train])


def split_search(cv):
    return GridSearchCV(logistic(), {"logisticregression__C": [0.1, 1.0]}, cv=cv)


def test_a_nested_search_that_cuts_subjects_warns(dataset):
    call = {"dataset": dataset, "target": "mood"}
    with pytest.warns(
        LeakageWarning, match=r"search of 's', cv=4, puts the same trial"
    ):
        results = compare({"s": (split_search(4), "eeg")}, **call)
    assert (results["error"] == "").all()
    whole_trials = [(np.arange(12, 24), np.arange(24, 36))]
    with warnings.catch_warnings():
        warnings.simplefilter("error", LeakageWarning)
        # Positions within the training side of a fold are no subject's business.
        compare({"s": (split_search(whole_trials), "eeg")}, **call)
        compare({"s": (split_search(GroupKFold(2)), "eeg")}, **call)


def test_a_nested_search_within_subjects_splits_by_trial():
    dataset = make_dataset(n_trials=12, n_windows=2)
    call = {"target": "mood", "protocol": "within-subject", "n_splits": 2}
    search = split_search(WithinSubject(3))
    with warnings.catch_warnings():
        warnings.simplefilter("error", LeakageWarning)
        results = compare({"s": (search, "eeg")}, dataset, **call)
    assert (results["error"] == "").all()
    # Each training side is one subject's.
    cv = WithinSubject(2)
    X, y = dataset.data["eeg"], dataset.target("mood")
    train, test = next(cv.split(X, y, dataset.metadata))
    search.fit(X[train], y[train], groups=dataset.metadata.iloc[train])
    assert results["accuracy"].iloc[0] == search.score(X[test], y[test])


def test_inner_splits_get_groups_where_metadata_are_routed(dataset):
    Grouped.seen.clear()
    estimators = {
        "alone": (Grouped(), "eeg"),
        "piped": (make_pipeline(StandardScaler(), Grouped()), "eeg"),
        "search": (split_search(GroupKFold(3)), "eeg"),
    }
    with config_context(enable_metadata_routing=True):
        results = compare(estimators, dataset, target="mood")
    assert results["error"].tolist() == [""] * 12
    assert Grouped.seen[:4] == [[1, 2, 3], [1, 2, 3], [0, 2, 3], [0, 2, 3]]


class Watched(GroupKFold):
    """Keeps the groups that it was given."""

    seen: list = []

    def split(self, X, y=None, groups=None):
        Watched.seen.append(None if groups is None else np.unique(groups).tolist())
        return super().split(X, y, groups)


GRID = {"C": [0.1, 1.0, 10.0]}
REGRESSION = LogisticRegression()
INNER = {
    "search": lambda cv: GridSearchCV(REGRESSION, GRID, cv=cv),
    "random search": lambda cv: RandomizedSearchCV(REGRESSION, GRID, cv=cv, n_iter=2),
    "halving": lambda cv: HalvingGridSearchCV(REGRESSION, GRID, cv=cv),
    "last step": lambda cv: make_pipeline(
        StandardScaler(), GridSearchCV(REGRESSION, GRID, cv=cv)
    ),
    "stacking": lambda cv: StackingClassifier([("lr", REGRESSION)], cv=cv),
    "stacking as a step": lambda cv: make_pipeline(
        StandardScaler(), StackingClassifier([("lr", REGRESSION)], cv=cv)
    ),
    "calibration": lambda cv: CalibratedClassifierCV(LinearSVC(), cv=cv),
    "threshold": lambda cv: TunedThresholdClassifierCV(REGRESSION, cv=cv),
    "elimination": lambda cv: RFECV(REGRESSION, cv=cv),
    "elimination as a step": lambda cv: make_pipeline(
        RFECV(REGRESSION, cv=cv), REGRESSION
    ),
    "selection": lambda cv: make_pipeline(
        SequentialFeatureSelector(REGRESSION, n_features_to_select=2, cv=cv),
        REGRESSION,
    ),
    "voting": lambda cv: VotingClassifier(
        [("search", GridSearchCV(REGRESSION, GRID, cv=cv)), ("lr", REGRESSION)]
    ),
    "search of a calibration": lambda cv: GridSearchCV(
        CalibratedClassifierCV(LinearSVC(), cv=cv),
        {"estimator__C": [0.1, 1.0]},
        cv=GroupKFold(3),
    ),
}


@pytest.mark.parametrize("make", INNER.values(), ids=INNER)
def test_whatever_splits_again_gets_groups_or_a_warning_says_that_it_cuts(
    dataset, make
):
    Watched.seen.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("error", LeakageWarning)
        results = compare(
            {"m": (make(Watched(2)), "eeg")}, dataset, target="mood", n_splits=2
        )
    assert results["error"].tolist() == [""] * 4
    assert len(Watched.seen) >= 4
    assert None not in Watched.seen
    with pytest.warns(LeakageWarning, match=r"in 'm', cv=2,|of 'm', cv=2,"):
        compare({"m": (make(2), "eeg")}, dataset, target="mood")


class Outer(Picky):
    """Fits another estimator, and passes no metadata on."""

    def __init__(self, inner=None):
        self.inner = inner

    def fit(self, X, y):
        self.inner_ = clone(self.inner).fit(X, y)
        return self

    def predict(self, X):
        return self.inner_.predict(X)


def test_a_split_that_groups_do_not_reach_triggers_a_warning(dataset):
    inside = StackingClassifier([("lr", REGRESSION)], cv=GroupKFold(2))
    search = GridSearchCV(REGRESSION, GRID, cv=GroupKFold(2))
    both = StackingClassifier([("lr", search)], cv=GroupKFold(2))
    estimators = {
        name: (make_pipeline(StandardScaler(), Outer(inner)), "eeg")
        for name, inner in {"stack": inside, "search": search, "both": both}.items()
    }
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        compare({**estimators, "lr": (logistic(), "eeg")}, dataset, target="mood")
    texts = [str(w.message) for w in caught if w.category is LeakageWarning]
    found = [" ".join(t.split(", cv")[0].split()[-3:]) for t in texts]
    assert sorted(found) == [
        "StackingClassifier in 'both'",
        "StackingClassifier in 'stack'",
        "search of 'both'",
        "search of 'search'",
    ]
    assert all("gets no groups" in text for text in texts)
    failed = [str(w.message) for w in caught if w.category is FitFailedWarning]
    assert len(failed) == 3


@pytest.mark.parametrize(
    "make",
    [
        lambda: VotingClassifier([("lr", REGRESSION)]),
        lambda: StackingClassifier([("lr", REGRESSION)], cv=GroupKFold(2)),
        lambda: FixedThresholdClassifier(REGRESSION),
        lambda: BaggingClassifier(REGRESSION, n_estimators=2, random_state=0),
    ],
)
@pytest.mark.filterwarnings("error::UserWarning")
def test_candidates_are_scored_as_without_routing(make):
    """A search whose candidates all score NaN would take the first one."""
    pipe = make_pipeline(StandardScaler(), make())
    grid = {"standardscaler": ["passthrough", FunctionTransformer(np.zeros_like)]}
    search = GridSearchCV(pipe, grid, cv=GroupKFold(2))
    dataset = make_dataset(n_subjects=8)
    X, y = dataset.data["eeg"], dataset.metadata["mood"].to_numpy()
    subject = dataset.groups("subject")
    result = cross_validate(
        search, X, y, groups=subject, cv=GroupKFold(2), return_estimator=True
    )
    fitted = result["estimator"][0]
    scores = fitted.cv_results_["mean_test_score"]
    assert scores[0] > 0.6 > scores[1] >= 0
    assert fitted.scoring is None
    assert fitted.scorer_(fitted, X, y) == fitted.score(X, y)


def test_groups_reach_splits_inside_and_around_a_stacking():
    """Also where a search fits the stacking to parts of the training samples."""
    Watched.seen.clear()
    base = GridSearchCV(REGRESSION, GRID, cv=Watched(2))
    final = GridSearchCV(REGRESSION, GRID, cv=Watched(2))
    stacking = StackingClassifier([("s", base), ("none", "drop")], final, cv=Watched(3))
    # Parameters keep their names.
    search = GridSearchCV(
        make_pipeline(StandardScaler(), stacking),
        {"stackingclassifier__s__estimator__tol": [1e-4, 1e-3]},
        cv=GroupKFold(4),
    )
    dataset = make_dataset(n_subjects=8)
    X, y = dataset.data["eeg"], dataset.metadata["mood"].to_numpy()
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        result = cross_validate(
            search,
            X,
            y,
            cv=GroupKFold(2),
            metadata=dataset.metadata,
            return_estimator=True,
        )
    assert None not in Watched.seen
    assert {len(groups) for groups in Watched.seen} == {2, 3, 4}
    fitted = result["estimator"][0].best_estimator_[-1]
    assert type(fitted.cv) is Watched
    assert isinstance(fitted.estimators[0][1], GridSearchCV)
    assert isinstance(fitted.named_estimators_["s"], GridSearchCV)
    assert isinstance(fitted.final_estimator_, GridSearchCV)


def stacked(cv, *estimators, **options):
    named = [(f"e{number}", e) for number, e in enumerate(estimators or [REGRESSION])]
    return StackingClassifier(named, cv=cv, **options)


#: Parameters of a pipeline of a scaler and a stacking estimator, which candidates of a
#: search replace by other estimators.
REPLACED = {
    "member": lambda cv: {"stackingclassifier__e0": [SVC(), "drop"]},
    "members": lambda cv: {
        "stackingclassifier__estimators": [[("a", SVC())], [("b", REGRESSION)]]
    },
    "final": lambda cv: {"stackingclassifier__final_estimator": [None, SVC()]},
    "whole": lambda cv: {"stackingclassifier": [REGRESSION, stacked(cv), SVC()]},
    "search": lambda cv: {
        "stackingclassifier__e0": [GridSearchCV(REGRESSION, GRID, cv=cv)]
    },
    "other step": lambda cv: {
        "standardscaler": ["passthrough", RFECV(LinearSVC(), cv=cv)]
    },
    "splitter": lambda cv: {"stackingclassifier__cv": [cv, GroupKFold(3)]},
}


@pytest.mark.parametrize("grid", REPLACED.values(), ids=REPLACED)
@pytest.mark.parametrize("search", [GridSearchCV, HoistedGridSearchCV])
def test_groups_reach_whatever_a_candidate_of_a_search_puts_in_place(grid, search):
    Watched.seen.clear()
    pipe = make_pipeline(StandardScaler(), stacked(Watched(2), REGRESSION, SVC()))
    tool = search(pipe, grid(Watched(2)), cv=GroupKFold(2), error_score="raise")
    dataset = make_dataset(n_subjects=16, n_windows=1)
    result = cross_validate(
        tool,
        dataset.data["eeg"],
        dataset.metadata["mood"].to_numpy(),
        groups=dataset.groups("subject"),
        cv=GroupKFold(2),
        error_score="raise",
        return_estimator=True,
    )
    assert Watched.seen
    assert None not in Watched.seen
    fitted = result["estimator"][0]
    assert np.isfinite(fitted.cv_results_["mean_test_score"]).all()
    assert b"sklearn_emotion.model_selection._nested" not in pickle.dumps(fitted)


def test_a_candidate_that_cuts_subjects_triggers_a_warning(dataset):
    search = GridSearchCV(
        make_pipeline(StandardScaler(), REGRESSION),
        {"logisticregression": [SVC(), stacked(2)]},
        cv=GroupKFold(2),
    )
    with pytest.warns(LeakageWarning, match=r"split of StackingClassifier in 's'"):
        compare({"s": (search, "eeg")}, dataset, target="mood")


FITTED = {
    **INNER,
    "calibration of a search": lambda cv: CalibratedClassifierCV(
        GridSearchCV(LinearSVC(), {"C": [0.1, 1.0]}, cv=cv), cv=GroupKFold(3)
    ),
    "bags of searches": lambda cv: BaggingClassifier(
        GridSearchCV(REGRESSION, GRID, cv=cv), n_estimators=2, random_state=0
    ),
    "every class apart": lambda cv: OneVsRestClassifier(
        GridSearchCV(REGRESSION, GRID, cv=cv)
    ),
}


@pytest.mark.parametrize("make", FITTED.values(), ids=FITTED)
def test_a_fitted_estimator_contains_no_wrapper(make):
    dataset = make_dataset(n_subjects=8)
    X, y = dataset.data["eeg"], dataset.metadata["mood"].to_numpy()
    options = {"groups": dataset.groups(), "cv": GroupKFold(2)}
    tool = make(GroupKFold(2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LeakageWarning)
        result = cross_validate(
            tool, X, y, return_estimator=True, error_score="raise", **options
        )
    for fitted in result["estimator"]:
        assert b"sklearn_emotion" not in pickle.dumps(fitted)


class GroupedLogistic(LogisticRegression):
    """Takes groups, which it does not use."""

    def fit(self, X, y, groups=None):
        return super().fit(X, y)


def test_an_estimator_that_is_not_fitted_again_stays_as_it_is(dataset):
    X, y = dataset.data["eeg"], dataset.metadata["mood"].to_numpy()
    fitted = GroupedLogistic().fit(X, y)
    for tool in (
        CalibratedClassifierCV(FrozenEstimator(fitted), cv=GroupKFold(2)),
        make_pipeline(FrozenEstimator(fitted)),
    ):
        cross_validate(tool, X, y, groups=dataset.groups(), cv=GroupKFold(2))
        assert "_metadata_request" not in vars(fitted)


def test_a_network_that_stops_early_may_be_stacked():
    dataset = make_dataset(n_subjects=8)
    X = dataset.data["eeg"].reshape(96, 1, 1, 5)
    network = DGCNN(
        max_epochs=2, early_stopping=True, validation_fraction=0.5, random_state=0
    )
    stacking = StackingClassifier([("net", network)], cv=GroupKFold(2))
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        result = cross_validate(
            stacking,
            X,
            dataset.metadata["mood"].to_numpy(),
            cv=GroupKFold(2),
            metadata=dataset.metadata,
            error_score="raise",
        )
    assert np.isfinite(result["test_score"]).all()


def test_groups_reach_selection_inside_other_steps(dataset):
    Watched.seen.clear()
    steps = {
        "one of several": ColumnTransformer(
            [("rfe", RFECV(REGRESSION, cv=Watched(2)), slice(0, 3))]
        ),
        "by weights": SelectFromModel(GridSearchCV(REGRESSION, GRID, cv=Watched(2))),
        "joined": FeatureUnion([("rfe", RFECV(REGRESSION, cv=Watched(2)))]),
    }
    steps["by weights"].importance_getter = "best_estimator_.coef_"
    estimators = {k: (make_pipeline(s, REGRESSION), "eeg") for k, s in steps.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("error", LeakageWarning)
        results = compare(estimators, dataset, target="mood", n_splits=2)
    assert (results["error"] == "").all()
    assert len(Watched.seen) >= 12
    assert None not in Watched.seen


class ByFirstColumn:
    """Deals samples into two folds in the order of their first value."""

    def split(self, X, y=None):
        order = np.argsort(np.asarray(X)[:, 0])
        for k in range(2):
            yield np.sort(order[1 - k :: 2]), np.sort(order[k::2])

    def get_n_splits(self, X=None, y=None, groups=None):
        return 2


class ByFirstColumnToo(ByFirstColumn):
    """The same with the parameter that searches pass."""

    def split(self, X, y=None, groups=None):
        return super().split(X, y)


def test_the_warning_of_a_splitter_that_looks_at_samples_uses_the_samples(dataset):
    trial = dataset.metadata["trial"].to_numpy()
    dataset.data["eeg"][:, 0] = trial // 2 * 2 + np.tile([0.0, 0.1], 24)[: len(trial)]
    search = GridSearchCV(REGRESSION, GRID, cv=ByFirstColumnToo())
    with pytest.warns(LeakageWarning, match="search of 's', .* puts the same trial"):
        compare({"s": (search, "eeg")}, dataset, target="mood")
    inside = make_pipeline(StandardScaler(), search)
    with pytest.warns(LeakageWarning, match="output of earlier steps, so it cannot"):
        compare({"s": (inside, "eeg")}, dataset, target="mood")


def test_early_stopping_that_takes_no_groups_triggers_a_warning(dataset):
    network = MLPClassifier((3,), max_iter=300, tol=1, early_stopping=True)
    with pytest.warns(LeakageWarning, match="early stopping of MLPClassifier in 'mlp'"):
        compare({"mlp": (network, "eeg")}, dataset, target="mood")


def test_early_stopping_by_other_parameters_triggers_a_warning(dataset, monkeypatch):
    boosting = GradientBoostingClassifier(n_estimators=3, n_iter_no_change=1)
    with pytest.warns(LeakageWarning, match="early stopping of GradientBoosting"):
        compare({"b": (boosting, "eeg")}, dataset, target="mood")
    # It stops early by itself if there are many samples.
    boosting = HistGradientBoostingClassifier(max_iter=3)
    with warnings.catch_warnings():
        warnings.simplefilter("error", LeakageWarning)
        compare({"b": (boosting, "eeg")}, dataset, target="mood")
    monkeypatch.setattr(_nested, "_AUTO_STOP", 35)
    with pytest.warns(LeakageWarning, match="early stopping of HistGradientBoosting"):
        compare({"b": (boosting, "eeg")}, dataset, target="mood")


@pytest.mark.parametrize("routing", [False, True])
def test_a_search_passes_groups_to_the_early_stopping_of_its_estimator(
    dataset, routing
):
    Grouped.seen.clear()
    search = GridSearchCV(Grouped(), {"fails_on": [None, 1e9]}, cv=GroupKFold(3))
    with config_context(enable_metadata_routing=routing):
        results = compare({"s": (search, "eeg")}, dataset, target="mood")
    assert results["error"].tolist() == [""] * 4
    # Two candidates in three folds, and the final fit, on each of four folds.
    assert [len(groups) for groups in Grouped.seen] == ([2] * 6 + [3]) * 4


@pytest.mark.parametrize("routing", [False, True])
def test_the_search_of_a_network_runs_and_stops_early_by_subject(routing):
    dataset = make_dataset()
    X = dataset.data["eeg"].reshape(48, 1, 1, 5)
    dataset = EmotionDataset(
        data={"eeg": X}, metadata=dataset.metadata, sfreq={"eeg": 1.0}
    )
    network = DGCNN(max_epochs=1, early_stopping=True, validation_fraction=0.5)
    search = GridSearchCV(network, {"lr": [1e-3, 1e-2]}, cv=GroupKFold(3))
    with warnings.catch_warnings(), config_context(enable_metadata_routing=routing):
        warnings.simplefilter("error", LeakageWarning)
        results = compare({"s": (search, "eeg")}, dataset, target="mood")
    assert results["error"].tolist() == [""] * 4
    assert "LeakageWarning" not in "".join(results["warnings"])
