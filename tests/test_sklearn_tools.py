"""Tools of scikit-learn work with several modalities, and groups reach their splits."""

import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    GroupKFold,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    LeaveOneGroupOut,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
    cross_val_predict,
    cross_val_score,
    learning_curve,
    permutation_test_score,
    validation_curve,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_emotion import (
    DGCNN,
    DifferentialEntropy,
    LeakageWarning,
    Modalities,
    ModalityFlattener,
    cross_validate,
    make_modality_transformer,
)

N_SUBJECTS, N_SAMPLES = 6, 72
Y = np.arange(N_SAMPLES) % 2
SUBJECTS = np.repeat(np.arange(N_SUBJECTS), N_SAMPLES // N_SUBJECTS)
METADATA = pd.DataFrame({"subject": SUBJECTS, "trial": np.arange(N_SAMPLES) // 4})


@pytest.fixture
def X():
    """EEG that is stronger in samples of class 1, and an ECG without information."""
    rng = np.random.default_rng(0)
    strength = np.exp(Y)[:, None, None]
    eeg = strength * rng.standard_normal((N_SAMPLES, 3, 128))
    return Modalities(eeg=eeg, ecg=rng.standard_normal((N_SAMPLES, 2)))


def classical():
    features = make_modality_transformer(eeg=DifferentialEntropy(), ecg="passthrough")
    return make_pipeline(
        features, ModalityFlattener(), StandardScaler(), LogisticRegression()
    )


def network():
    options = {"max_epochs": 10, "lr": 0.05, "random_state": 0, "device": "cpu"}
    features = make_modality_transformer(eeg=DifferentialEntropy())
    return Pipeline([("features", features), ("net", DGCNN(**options))])


def grid(model):
    if "net" in getattr(model, "named_steps", {}):
        return {"net__lr": [0.01, 0.02]}
    return {"logisticregression__C": [0.1, 1.0]}


def halving(search, model, cv, **options):
    options |= {"min_resources": 36, "factor": 2, "random_state": 0}
    return search(model, grid(model), cv=cv, **options)


#: Name of each tool to a function of a model and the inner split.
TOOLS = {
    "GridSearchCV": lambda model, cv: GridSearchCV(model, grid(model), cv=cv),
    "RandomizedSearchCV": lambda model, cv: RandomizedSearchCV(
        model, grid(model), n_iter=2, cv=cv, random_state=0
    ),
    "HalvingGridSearchCV": lambda model, cv: halving(HalvingGridSearchCV, model, cv),
    "HalvingRandomSearchCV": lambda model, cv: halving(
        HalvingRandomSearchCV, model, cv, n_candidates=2
    ),
    "StackingClassifier": lambda model, cv: StackingClassifier(
        [("a", model), ("b", sklearn.clone(model))], cv=cv
    ),
    "CalibratedClassifierCV": lambda model, cv: CalibratedClassifierCV(model, cv=cv),
    "TunedThresholdClassifierCV": lambda model, cv: TunedThresholdClassifierCV(
        model, cv=cv
    ),
}
WITHOUT_SPLIT = {
    "VotingClassifier": lambda model: VotingClassifier(
        [("a", model), ("b", sklearn.clone(model))], voting="soft"
    ),
    "FixedThresholdClassifier": FixedThresholdClassifier,
}
every_tool = pytest.mark.parametrize("make", TOOLS.values(), ids=TOOLS)
both_routings = pytest.mark.parametrize("routing", [False, True], ids=["off", "on"])


@every_tool
@pytest.mark.parametrize("model", [classical, network])
def test_a_tool_with_an_inner_split_classifies_modalities(make, model, X):
    fitted = make(model(), 2).fit(X, Y)
    assert fitted.score(X, Y) > 0.9
    assert fitted.predict(X[:5]).shape == (5,)


@pytest.mark.parametrize("make", WITHOUT_SPLIT.values(), ids=WITHOUT_SPLIT)
@pytest.mark.parametrize("model", [classical, network])
def test_a_tool_without_a_split_classifies_modalities(make, model, X):
    assert make(model()).fit(X, Y).score(X, Y) > 0.9


class Watched(GroupKFold):
    """Splitter that stores the groups that it gets."""

    seen: list = []

    def split(self, X, y=None, groups=None):
        Watched.seen.append(None if groups is None else set(groups))
        return super().split(X, y, groups)


@both_routings
@every_tool
def test_groups_reach_the_inner_split_of_a_tool(make, routing, X):
    Watched.seen = []
    tool = make(classical(), Watched(2))
    options = {"cv": GroupKFold(3), "error_score": "raise", "metadata": METADATA}
    with sklearn.config_context(enable_metadata_routing=routing):
        scores = cross_validate(tool, X, Y, **options)
    assert scores["test_score"].mean() > 0.9
    # Each fold trains on four of the six subjects.
    assert Watched.seen
    assert all(groups is not None and len(groups) <= 4 for groups in Watched.seen)
    assert set().union(*Watched.seen) == set(range(N_SUBJECTS))


@every_tool
def test_an_inner_split_that_cuts_subjects_triggers_a_warning(make, X):
    options = {"cv": GroupKFold(3), "metadata": METADATA}
    with pytest.warns(LeakageWarning, match="puts the same (trial|subject)"):
        cross_validate(make(classical(), 3), X, Y, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("error", LeakageWarning)
        cross_validate(make(classical(), GroupKFold(2)), X, Y, **options)


def test_functions_that_score_take_modalities_and_groups(X):
    model = classical
    options = {"groups": SUBJECTS, "cv": GroupKFold(2)}
    score, permuted, p = permutation_test_score(
        model(), X, Y, n_permutations=3, random_state=0, **options
    )
    assert score > 0.9 > permuted.max()
    assert p == 0.25
    sizes, _, tests = learning_curve(model(), X, Y, train_sizes=[0.5, 1.0], **options)
    assert sizes.tolist() == [18, 36]
    assert tests[-1].mean() > 0.9
    ((name, values),) = grid(model()).items()
    _, tests = validation_curve(
        model(), X, Y, param_name=name, param_range=values, **options
    )
    assert tests.shape == (2, 2)
    proba = cross_val_predict(model(), X, Y, method="predict_proba", **options)
    assert ((proba[:, 1] > 0.5) == Y).mean() > 0.9
    assert cross_val_score(model(), X, Y, **options).min() > 0.9


def test_a_frozen_pipeline_is_not_fitted_again(X):
    half = SUBJECTS < 3
    fitted = classical().fit(X[half], Y[half])
    calibrated = CalibratedClassifierCV(FrozenEstimator(fitted)).fit(X[~half], Y[~half])
    assert calibrated.score(X, Y) > 0.9
    inner = calibrated.calibrated_classifiers_[0].estimator.estimator
    np.testing.assert_array_equal(inner[-1].coef_, fitted[-1].coef_)
    features = FrozenEstimator(fitted[:-1])
    np.testing.assert_array_equal(
        make_pipeline(features, LogisticRegression()).fit(X, Y)[0].transform(X),
        fitted[:-1].transform(X),
    )


class Counted(DifferentialEntropy):
    """Differential entropy that counts how often it is fitted."""

    n_fits = 0

    def fit(self, X, y=None):
        Counted.n_fits += 1
        return super().fit(X, y)


@pytest.mark.parametrize("container", ["default", "pandas", "polars"])
def test_a_pipeline_with_memory_computes_once_and_keeps_the_names(
    X, tmp_path, container
):
    Counted.n_fits = 0
    steps = [
        ("features", make_modality_transformer(eeg=Counted())),
        ("flat", ModalityFlattener()),
        ("model", LogisticRegression()),
    ]
    with sklearn.config_context(transform_output=container):
        first, second = (
            Pipeline(steps, memory=str(tmp_path)).fit(X, Y) for _ in range(2)
        )
        assert Counted.n_fits == 1
        plain = Pipeline(steps).fit(X, Y)
        np.testing.assert_array_equal(second.predict_proba(X), plain.predict_proba(X))
    for pipeline in (first, second, plain):
        names = getattr(pipeline[-1], "feature_names_in_", [None])
        assert names[0] == (None if container == "default" else "eeg_w0_theta_ch0")


def test_metadata_routing_passes_weights_through_a_pipeline_of_modalities(X):
    weights = np.where(SUBJECTS == 0, 10.0, 1.0)
    with sklearn.config_context(enable_metadata_routing=True):
        model = LogisticRegression().set_fit_request(sample_weight=True)
        model.set_score_request(sample_weight=True)
        pipeline = classical().set_params(logisticregression=model)
        pipeline["standardscaler"].set_fit_request(sample_weight=False)
        search = GridSearchCV(
            pipeline, {"logisticregression__C": [1.0]}, cv=LeaveOneGroupOut()
        )
        search.fit(X, Y, sample_weight=weights, groups=SUBJECTS)
    expected = classical().fit(X, Y, logisticregression__sample_weight=weights)
    np.testing.assert_array_equal(
        search.best_estimator_.predict_proba(X), expected.predict_proba(X)
    )
    assert search.n_splits_ == N_SUBJECTS
