"""Features computed once give the scores of scikit-learn."""

from numbers import Real

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context, model_selection as sk
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import GroupKFold, KFold, LeaveOneGroupOut
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, Normalizer, StandardScaler

from sklearn_emotion import (
    LeakageWarning,
    Modalities,
    ModalityFlattener,
    ModalityTransformer,
    SubjectStandardizer,
    WithinSubject,
)
from sklearn_emotion._base import SignalTransformer
from sklearn_emotion.model_selection import (
    HoistedGridSearchCV,
    cross_validate,
    hoist,
)


class Power(SignalTransformer):
    """Mean of |x|**p over time; counts its calls."""

    calls = 0
    _parameter_constraints: dict = {"p": [Real]}

    def __init__(self, p=2.0):
        self.p = p

    def _transform(self, X):
        Power.calls += 1
        return (np.abs(X) ** self.p).mean(axis=2).astype(np.float32)


class LessMean(TransformerMixin, BaseEstimator):
    """Says it needs no fit, but looks at the whole batch."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X - X.mean(axis=0)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        return tags


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    y = np.tile([0, 1], 24)
    X = rng.normal(size=(48, 4, 32)).astype(np.float32)
    X[y == 1, 0] *= 1.3
    Power.calls = 0
    return X, y, np.repeat(np.arange(6), 8)


def pipeline(p=2.0):
    return make_pipeline(
        Power(p), FunctionTransformer(np.log), StandardScaler(), LogisticRegression()
    )


def same_results(ours, theirs):
    assert set(ours) == set(theirs)
    for key in theirs:
        if "score" in key and "time" not in key:
            np.testing.assert_array_equal(ours[key], theirs[key], err_msg=key)


def test_scores_are_scikit_learns_and_features_are_computed_once(data):
    X, y, groups = data
    call = {
        "groups": groups,
        "cv": LeaveOneGroupOut(),
        "scoring": ["accuracy", "neg_log_loss"],
        "return_train_score": True,
    }
    ours = cross_validate(pipeline(), X, y, **call)
    assert Power.calls == 1
    theirs = sk.cross_validate(pipeline(), X, y, **call)
    # To fit, and for two scorers on both sides, in each of six folds.
    assert Power.calls == 1 + 6 * (1 + 2 * 2)
    same_results(ours, theirs)


def test_returned_estimators_take_signals(data):
    X, y, groups = data
    result = cross_validate(
        pipeline(), X, y, groups=groups, cv=GroupKFold(3), return_estimator=True
    )
    theirs = sk.cross_validate(
        pipeline(), X, y, groups=groups, cv=GroupKFold(3), return_estimator=True
    )
    for a, b in zip(result["estimator"], theirs["estimator"]):
        assert [n for n, _ in a.steps] == [n for n, _ in b.steps]
        np.testing.assert_array_equal(a.predict_proba(X), b.predict_proba(X))


def test_branches_that_learn_nothing_are_computed_once_and_the_others_in_each_fold(
    data,
):
    X, y, groups = data
    both = Modalities(eeg=X, ecg=X[:, :2] + 1, note=X[:, 0])

    def build():
        best = make_pipeline(ModalityFlattener(), SelectKBest(k=3))
        return make_pipeline(
            ModalityTransformer(
                [
                    ("power", Power(), "eeg"),
                    ("scaled", make_pipeline(Power(1.0), StandardScaler()), "ecg"),
                    ("best", best, "eeg"),
                    ("raw", "passthrough", "ecg"),
                ],
                remainder="passthrough",
            ),
            ModalityFlattener(),
            LogisticRegression(max_iter=1000),
        )

    call = {"groups": groups, "cv": GroupKFold(3), "return_estimator": True}
    ours = cross_validate(build(), both, y, **call)
    assert Power.calls == 2
    theirs = sk.cross_validate(build(), both, y, **call)
    same_results(ours, theirs)
    for a, b in zip(ours["estimator"], theirs["estimator"]):
        np.testing.assert_array_equal(a.predict_proba(both), b.predict_proba(both))
        assert list(a[:1].transform(both)) == list(b[:1].transform(both))


def test_a_step_that_looks_at_the_whole_batch_stays_in_the_folds(data):
    X, y, groups = data
    pipe = make_pipeline(Power(), LessMean(), LogisticRegression())
    assert list(hoist(pipe, X).estimator.named_steps) == [
        "lessmean",
        "logisticregression",
    ]
    call = {"groups": groups, "cv": GroupKFold(3)}
    same_results(
        cross_validate(pipe, X, y, **call), sk.cross_validate(pipe, X, y, **call)
    )


@pytest.mark.parametrize("reference", [0, -1], ids=["first", "last"])
def test_a_step_that_looks_at_the_first_or_last_sample_stays_in_the_folds(
    data, reference
):
    X, y, groups = data
    less = FunctionTransformer(lambda X: X - X[reference])
    pipe = make_pipeline(Power(), less, LogisticRegression())
    call = {"groups": groups, "cv": GroupKFold(3)}
    same_results(
        cross_validate(pipe, X, y, **call), sk.cross_validate(pipe, X, y, **call)
    )
    assert len(hoist(pipe, X, y).estimator) == 2


def frame(X):
    return pd.DataFrame(X[:, :, 0], columns=list("abcd"), index=np.arange(48)[::-1])


@pytest.mark.parametrize("as_frame", [False, True], ids=["array", "frame"])
@pytest.mark.parametrize("output", ["default", "pandas"])
def test_tables_of_pandas_are_taken_by_position(data, as_frame, output):
    X, y, groups = data
    X = frame(X) if as_frame else X[:, :, 0]

    def build():
        first = Normalizer().set_output(transform=output)
        return make_pipeline(first, SelectKBest(k=2), LogisticRegression())

    call = {"groups": groups, "cv": GroupKFold(3), "return_estimator": True}
    ours = cross_validate(build(), X, y, **call)
    theirs = sk.cross_validate(build(), X, y, **call)
    same_results(ours, theirs)
    for a, b in zip(ours["estimator"], theirs["estimator"]):
        np.testing.assert_allclose(a.predict_proba(X), b.predict_proba(X), rtol=1e-5)
    assert hoist(build(), X, y).n_steps == 1

    grid = {"normalizer__norm": ["l1", "l2"], "logisticregression__C": [0.1, 1.0]}
    ours = HoistedGridSearchCV(build(), grid, cv=GroupKFold(3))
    theirs = sk.GridSearchCV(build(), grid, cv=GroupKFold(3))
    for search in (ours, theirs):
        search.fit(X, y, groups=groups)
    np.testing.assert_array_equal(
        ours.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"]
    )
    np.testing.assert_allclose(
        ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-5
    )


def test_a_branch_of_named_columns_keeps_their_names(data):
    X, y, groups = data
    flat = ModalityFlattener().set_output(transform="pandas")
    branch = make_pipeline(flat, SelectKBest(k=3))
    pipe = make_pipeline(
        ModalityTransformer([("best", branch, "eeg")]),
        ModalityFlattener(),
        LogisticRegression(max_iter=1000),
    )
    call = {"groups": groups, "cv": GroupKFold(3), "return_estimator": True}
    both = Modalities(eeg=X)
    for fitted in cross_validate(pipe, both, y, **call)["estimator"]:
        best = fitted[0].transformers_[0][1]
        names = best[0].get_feature_names_out()
        assert best[1].feature_names_in_.tolist() == names.tolist()
        # scikit-learn warns where a step was fitted without names and gets some.
        fitted.predict(both)


def power_of_the_first_channel(estimator, X, y):
    """A score that needs the signals."""
    return float((X["eeg"][:, 0] ** 2).mean() + estimator.score(X, y))


def test_a_function_that_scores_sees_the_signals(data):
    X, y, groups = data
    both = Modalities(eeg=X)
    pipe = make_pipeline(
        ModalityTransformer([("power", Power(), "eeg")]),
        ModalityFlattener(),
        LogisticRegression(),
    )
    grid = {"logisticregression__C": [0.1, 1.0]}
    call = {"cv": GroupKFold(3), "error_score": "raise"}
    for scoring in (
        power_of_the_first_channel,
        {"power": power_of_the_first_channel, "accuracy": "accuracy"},
    ):
        same_results(
            cross_validate(pipe, both, y, groups=groups, scoring=scoring, **call),
            sk.cross_validate(pipe, both, y, groups=groups, scoring=scoring, **call),
        )
        search = {"scoring": scoring, "refit": False, **call}
        ours = HoistedGridSearchCV(pipe, grid, **search).fit(both, y, groups=groups)
        theirs = sk.GridSearchCV(pipe, grid, **search).fit(both, y, groups=groups)
        same_results(ours.cv_results_, theirs.cv_results_)
        assert hoist(theirs, both, y).n_steps == 0
    scorers = {"accuracy": make_scorer(accuracy_score), "loss": "neg_log_loss"}
    Power.calls = 0
    cross_validate(pipe, both, y, groups=groups, scoring=scorers, **call)
    assert Power.calls == 1


def test_the_transductive_standardizer_stays_in_the_folds(data):
    X, _, groups = data
    pipe = make_pipeline(
        SubjectStandardizer(), ModalityFlattener(), LogisticRegression()
    )
    hoisted = hoist(pipe, Modalities(eeg=X, subject=groups))
    assert hoisted.n_steps == 0
    assert hoisted.estimator is pipe


def test_an_estimator_without_steps_is_left_alone(data):
    X, y, _ = data
    clf = LogisticRegression()
    assert hoist(clf, X[:, :, 0], y).estimator is clf


def test_a_skipped_step_is_no_obstacle(data):
    X, _, _ = data
    pipe = pipeline().set_params(functiontransformer="passthrough")
    assert list(hoist(pipe, X).estimator.named_steps) == [
        "standardscaler",
        "logisticregression",
    ]


def test_metadata_add_the_audit(data):
    X, y, groups = data
    metadata = {"subject": groups, "trial": np.arange(48) // 2}
    result = cross_validate(pipeline(), X, y, cv=LeaveOneGroupOut(), metadata=metadata)
    assert len(result["test_score"]) == 6
    assert not result["leakage"]["leaks"].any()
    cv = KFold(3, shuffle=True, random_state=0)
    with pytest.warns(LeakageWarning, match="KFold puts the same trial"):
        leaky = cross_validate(pipeline(), X, y, cv=cv, metadata=metadata)
    assert leaky["leakage"]["leaks"].any()


@pytest.mark.parametrize(
    ("estimator", "targets"),
    [
        (LogisticRegression(), [0, 1, 1, 0, 1, 1]),
        (Ridge(), [3, 5, 5, 2, 5, 5]),
        (Ridge(), [3.0, 5.0, 5.0, 3.0, 5.0, 5.0]),
    ],
    ids=["classes", "whole numbers", "two ratings"],
)
def test_metadata_do_not_change_the_splits(data, estimator, targets):
    X, _, groups = data
    y = np.repeat(targets, 8)
    call = {"cv": 3, "return_indices": True}
    theirs = sk.cross_validate(estimator, X[:, :, 0], y, **call)
    with pytest.warns(LeakageWarning, match="cv=3 puts the same subject"):
        ours = cross_validate(
            estimator, X[:, :, 0], y, metadata={"subject": groups % 5}, **call
        )
    for side in ("train", "test"):
        for a, b in zip(ours["indices"][side], theirs["indices"][side], strict=True):
            np.testing.assert_array_equal(a, b)


class NeedsGroups(LogisticRegression):
    """Fails where the groups of the training side do not come along."""

    def fit(self, X, y, groups=None):
        assert len(groups) == len(y)
        return super().fit(X, y)


# Two subjects in each group.
@pytest.mark.parametrize("metadata", [None, {"subject": np.arange(48) // 4}])
def test_groups_may_be_routed(data, metadata):
    X, y, groups = data
    with config_context(enable_metadata_routing=True):
        result = cross_validate(
            make_pipeline(Power(), NeedsGroups().set_fit_request(groups=True)),
            X,
            y,
            cv=LeaveOneGroupOut(),
            params={"groups": groups},
            return_indices=True,
            error_score="raise",
            metadata=metadata,
        )
    tested = [np.unique(groups[test]).tolist() for test in result["indices"]["test"]]
    assert tested == [[0], [1], [2], [3], [4], [5]]


def test_a_search_inside_cross_validation_is_hoisted_too(data):
    X, y, groups = data

    def build():
        return sk.GridSearchCV(
            pipeline(), {"logisticregression__C": [0.01, 1.0]}, cv=KFold(2)
        )

    call = {"groups": groups, "cv": GroupKFold(3), "return_estimator": True}
    ours = cross_validate(build(), X, y, **call)
    assert Power.calls == 1
    theirs = sk.cross_validate(build(), X, y, **call)
    same_results(ours, theirs)
    for a, b in zip(ours["estimator"], theirs["estimator"]):
        assert a.best_params_ == b.best_params_
        np.testing.assert_array_equal(a.predict(X), b.predict(X))


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_grid_search_gives_scikit_learns_results(data, n_jobs):
    X, y, groups = data
    grid = [
        {"power__p": [1.0, 2.0], "logisticregression__C": [0.01, 0.1, 1.0]},
        {"functiontransformer": ["passthrough"], "power__p": [2.0]},
    ]
    call = {"cv": LeaveOneGroupOut(), "n_jobs": n_jobs, "return_train_score": True}
    ours = HoistedGridSearchCV(pipeline(), grid, **call).fit(X, y, groups=groups)
    # Settings of the head: p = 1, p = 2, and p = 2 without the logarithm.
    assert Power.calls == 3
    theirs = sk.GridSearchCV(pipeline(), grid, **call).fit(X, y, groups=groups)
    same_results(
        {k: v for k, v in ours.cv_results_.items() if not k.startswith("param_")},
        {k: v for k, v in theirs.cv_results_.items() if not k.startswith("param_")},
    )
    assert ours.cv_results_["params"] == theirs.cv_results_["params"]
    for name in ("param_power__p", "param_logisticregression__C"):
        a, b = ours.cv_results_[name], theirs.cv_results_[name]
        assert a.mask.tolist() == b.mask.tolist()
        assert a.compressed().tolist() == b.compressed().tolist()
    assert ours.best_params_ == theirs.best_params_
    np.testing.assert_array_equal(
        ours.predict_proba(X), theirs.best_estimator_.predict_proba(X)
    )
    assert ours.score(X, y) == theirs.score(X, y)


def test_thirty_two_folds_and_a_grid_of_twelve_take_one_feature_call(data):
    X, y, _ = data
    groups = np.arange(48) % 24 // 2  # 12 folds stand for 32 here.
    grid = {"logisticregression__C": np.logspace(-3, 3, 12)}
    search = HoistedGridSearchCV(pipeline(), grid, cv=LeaveOneGroupOut())
    search.fit(X, y, groups=groups)
    assert len(search.cv_results_["params"]) == 12
    assert Power.calls == 1


def test_a_grid_over_the_steps_themselves_is_searched_as_it_stands(data):
    X, y, groups = data
    grid = {"steps": [pipeline().steps, pipeline(1.0).steps]}
    ours = HoistedGridSearchCV(pipeline(), grid, cv=GroupKFold(2))
    ours.fit(X, y, groups=groups)
    theirs = sk.GridSearchCV(pipeline(), grid, cv=GroupKFold(2))
    theirs.fit(X, y, groups=groups)
    np.testing.assert_array_equal(
        ours.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"]
    )


def test_a_search_without_refit_has_scores_only(data):
    X, y, groups = data
    search = HoistedGridSearchCV(
        pipeline(), {"power__p": [1.0, 2.0]}, cv=GroupKFold(2), refit=False
    ).fit(X, y, groups=groups)
    assert search.best_params_["power__p"] in (1.0, 2.0)
    assert not hasattr(search, "best_estimator_")


def test_bit_equal_features_with_the_stable_filter(data):
    from sklearn_emotion import DifferentialEntropy, make_svm

    rng = np.random.default_rng(1)
    X, (_, y, groups) = rng.normal(size=(48, 3, 256)), data
    entropy = DifferentialEntropy(window=1.0, method="sosfiltfilt")
    hoisted = hoist(make_svm(features=entropy), X)
    for _, test in LeaveOneGroupOut().split(X, y, groups):
        alone = ModalityFlattener().fit_transform(entropy.fit_transform(X[test]))
        np.testing.assert_array_equal(hoisted.X[test], alone)


class ByLoudness:
    """Deals samples into three folds in the order of their standard deviation."""

    def split(self, X, y=None, groups=None):
        order = np.argsort(np.asarray(X).reshape(len(X), -1).std(axis=1))
        for k in range(3):
            yield np.setdiff1d(order, order[k::3]), np.sort(order[k::3])

    def get_n_splits(self, X=None, y=None, groups=None):
        return 3


class ByEntry(ByLoudness):
    """Leaves out one subject, whose number is an entry of the Modalities."""

    def split(self, X, y=None, groups=None):
        for subject in range(3):
            mine = X["subject"] == subject
            yield np.flatnonzero(~mine), np.flatnonzero(mine)


@pytest.fixture
def loud():
    rng = np.random.default_rng(3)
    X = rng.normal(size=(48, 4, 32)) * rng.uniform(1, 2, size=(48, 1, 1))
    return X, rng.integers(0, 2, 48)


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_a_splitter_that_looks_at_samples_gets_those_of_the_caller(loud, n_jobs):
    X, y = loud
    call = {"cv": ByLoudness(), "return_indices": True, "n_jobs": n_jobs}
    ours = cross_validate(pipeline(), X, y, **call)
    theirs = sk.cross_validate(pipeline(), X, y, **call)
    for side in ("train", "test"):
        for a, b in zip(ours["indices"][side], theirs["indices"][side], strict=True):
            np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(ours["test_score"], theirs["test_score"])


@pytest.mark.parametrize(
    "grid", [{"power__p": [1.0, 2.0]}, {"logisticregression__C": [0.01, 1.0]}]
)
def test_the_splitter_of_a_search_gets_the_samples_of_the_caller(loud, grid):
    X, y = loud
    ours = HoistedGridSearchCV(pipeline(), grid, cv=ByLoudness()).fit(X, y)
    theirs = sk.GridSearchCV(pipeline(), grid, cv=ByLoudness()).fit(X, y)
    same_results(
        {k: v for k, v in ours.cv_results_.items() if not k.startswith("param_")},
        {k: v for k, v in theirs.cv_results_.items() if not k.startswith("param_")},
    )
    # The search inside a cross-validation gets the samples of each training part.
    for search in (ours, theirs):
        call = {"cv": 2, "error_score": "raise"}
        same_results(
            cross_validate(search, X, y, **call),
            sk.cross_validate(theirs, X, y, **call),
        )


def test_a_splitter_may_read_an_entry_of_the_modalities(loud):
    X, y = loud
    both = Modalities(eeg=X, subject=np.repeat(np.arange(3), 16))
    pipe = make_pipeline(
        ModalityTransformer([("power", Power(), "eeg")]),
        ModalityFlattener(),
        LogisticRegression(),
    )
    Power.calls = 0
    call = {"cv": ByEntry(), "error_score": "raise"}
    ours = cross_validate(pipe, both, y, **call)
    assert Power.calls == 1
    same_results(ours, sk.cross_validate(pipe, both, y, **call))


class StopsEarly(LogisticRegression):
    """Keeps the groups that it was given."""

    seen: list = []

    def fit(self, X, y, groups=None):
        StopsEarly.seen.append(None if groups is None else np.unique(groups).tolist())
        return super().fit(X, y)


def test_groups_reach_the_search_inside_a_cross_validation(data):
    X, y, groups = data
    search = sk.GridSearchCV(
        pipeline(), {"logisticregression__C": [0.01, 1.0]}, cv=GroupKFold(3)
    )
    result = cross_validate(
        search,
        X,
        y,
        groups=groups,
        cv=LeaveOneGroupOut(),
        error_score="raise",
        return_estimator=True,
    )
    assert Power.calls == 1
    train, test = next(LeaveOneGroupOut().split(X, y, groups))
    alone = search.fit(X[train], y[train], groups=groups[train])
    assert result["test_score"][0] == alone.score(X[test], y[test])
    first = result["estimator"][0]
    assert isinstance(first, sk.GridSearchCV)
    np.testing.assert_array_equal(first.predict_proba(X), alone.predict_proba(X))


@pytest.mark.parametrize("metadata", [False, True])
def test_groups_reach_the_early_stopping_inside_a_cross_validation(data, metadata):
    X, y, groups = data
    pipe = make_pipeline(Power(), StopsEarly())
    StopsEarly.seen.clear()
    given = {"metadata": {"subject": groups}} if metadata else {"groups": groups}
    cross_validate(pipe, X, y, cv=GroupKFold(3), scoring="roc_auc", **given)
    assert [len(groups) for groups in StopsEarly.seen] == [4, 4, 4]
    StopsEarly.seen.clear()
    search = HoistedGridSearchCV(
        pipe, {"stopsearly__C": [0.1, 1.0]}, cv=LeaveOneGroupOut()
    )
    search.fit(X, y, groups=groups)
    assert [len(groups) for groups in StopsEarly.seen] == [5] * 12 + [6]
    assert vars(search.cv) == {}


def test_metadata_as_groups_reach_an_inner_splitter_that_takes_them(data):
    X, y, groups = data
    metadata = pd.DataFrame({"subject": groups, "trial": np.arange(48)})
    search = sk.GridSearchCV(
        pipeline(), {"logisticregression__C": [0.01, 1.0]}, cv=WithinSubject(2)
    )
    call = {"cv": WithinSubject(2), "error_score": "raise"}
    for given in ({"groups": metadata}, {"metadata": metadata}):
        result = cross_validate(search, X, y, **call, **given)
        assert np.isfinite(result["test_score"]).all()


def test_an_inner_split_that_cuts_subjects_triggers_a_warning(data):
    X, y, groups = data
    search = sk.GridSearchCV(pipeline(), {"logisticregression__C": [1.0]}, cv=2)
    with pytest.warns(LeakageWarning, match="search of 'GridSearchCV', cv=2, puts"):
        cross_validate(
            search, X, y, cv=LeaveOneGroupOut(), metadata={"subject": groups}
        )
