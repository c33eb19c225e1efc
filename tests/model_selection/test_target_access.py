"""What an estimator and its parts use of the test person."""

import numpy as np
import pytest
from scipy.stats import uniform
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.utils import get_tags

from sklearn_emotion import (
    BandPower,
    BaselineRemoval,
    CoralAlignment,
    EuclideanAlignment,
    HoistedGridSearchCV,
    Modalities,
    ModalityFlattener,
    ModalityTransformer,
    RiemannianRecentering,
    SubjectStandardizer,
    hoist,
    make_riemann,
    make_svm,
    target_access,
)
from sklearn_emotion._base import target_access_tags
from sklearn_emotion.base import TargetAccessTags


class Own(TransformerMixin, BaseEstimator):
    """A transformer of a user, which needs no fit and states its level in its tags."""

    def __init__(self, level="none"):
        self.level = level

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X

    def __sklearn_tags__(self):
        tags = target_access_tags(super().__sklearn_tags__(), self.level)
        tags.requires_fit = False
        return tags


class Old:
    """An estimator without tags."""

    def get_params(self, deep=True):
        return {}


def z_scored(**params):
    return make_pipeline(
        SubjectStandardizer(**params), ModalityFlattener(), LogisticRegression()
    )


ALIGNERS = [
    SubjectStandardizer,
    EuclideanAlignment,
    RiemannianRecentering,
    CoralAlignment,
]


@pytest.mark.parametrize("aligner", ALIGNERS)
def test_the_level_of_an_aligner_follows_its_reference(aligner):
    assert target_access(aligner()) == "unlabelled"
    assert target_access(aligner(online=True)) == "unlabelled"
    assert target_access(aligner(reference="baseline")) == "rest"
    assert repr(aligner()).endswith("# transductive")
    assert "rest of each subject" in repr(aligner(reference="baseline"))


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(),
        make_svm(),
        make_riemann(),
        BaselineRemoval(),
        GridSearchCV(make_svm(), make_svm().param_grid()),
        Old(),
        Own(),
    ],
    ids=lambda e: type(e).__name__,
)
def test_estimators_that_predict_each_sample_by_itself_have_no_access(estimator):
    assert target_access(estimator) == "none"


@pytest.mark.parametrize(
    "wrap",
    [
        lambda e: make_pipeline(StandardScaler(), make_pipeline(e)),
        lambda e: FeatureUnion([("a", StandardScaler()), ("b", e)]),
        lambda e: ColumnTransformer([("a", "drop", [0]), ("b", e, [1])]),
        lambda e: ModalityTransformer([("a", "drop", "a"), ("b", e, "eeg")]),
        lambda e: make_pipeline(ModalityTransformer([("b", make_pipeline(e), "eeg")])),
        lambda e: VotingClassifier([("a", LogisticRegression()), ("b", e)]),
        lambda e: StackingClassifier([("a", LogisticRegression())], final_estimator=e),
        lambda e: StackingClassifier([("a", make_pipeline(e, LogisticRegression()))]),
        lambda e: CalibratedClassifierCV(make_pipeline(e, LogisticRegression())),
        lambda e: TransformedTargetRegressor(
            make_pipeline(e, Ridge()), transformer=Own()
        ),
        lambda e: TransformedTargetRegressor(Ridge(), transformer=e),
        lambda e: FrozenEstimator(e),
        lambda e: GridSearchCV(e, {}),
        lambda e: make_pipeline(GridSearchCV(make_pipeline(e), {})),
        lambda e: FunctionTransformer(clone(e).fit_transform),
    ],
)
@pytest.mark.parametrize("level", ["none", "rest", "unlabelled"])
def test_the_level_of_a_part_is_the_level_of_the_whole(wrap, level):
    assert target_access(wrap(Own(level))) == level


def test_the_highest_level_counts():
    both = make_pipeline(
        EuclideanAlignment(reference="baseline"), SubjectStandardizer()
    )
    assert target_access(both) == "unlabelled"
    assert target_access(both[:1]) == "rest"


STEPS = Pipeline([("align", EuclideanAlignment()), ("end", LogisticRegression())])


@pytest.mark.parametrize(
    ("grid", "level"),
    [
        ({"end__C": [1, 2]}, "unlabelled"),
        ({"align": ["passthrough", StandardScaler()]}, "none"),
        ({"align": ["passthrough", Own("rest")]}, "rest"),
        ({"align__reference": ["baseline"]}, "rest"),
        ({"align__reference": np.array(["baseline", "self"])}, "unlabelled"),
        ({"align": [Own()], "align__level": ["none", "rest"]}, "rest"),
        ([{"align": [Own()]}, {"align": [Own("unlabelled")]}], "unlabelled"),
        ({"align": [Own("unlabelled"), None], "align__level": ["rest"]}, "rest"),
    ],
    ids=str,
)
@pytest.mark.parametrize("search", [GridSearchCV, HoistedGridSearchCV])
def test_all_candidates_of_a_search_count_and_nothing_else(search, grid, level):
    assert target_access(search(STEPS, grid)) == level


def test_distributions_of_a_random_search_are_not_drawn():
    grid = {"end__C": uniform(0, 1), "align__reference": ["baseline"]}
    assert target_access(RandomizedSearchCV(STEPS, grid)) == "rest"


def test_a_search_within_a_search():
    inner = GridSearchCV(STEPS, {"end__C": [1.0]})
    outer = GridSearchCV(inner, {"estimator__align__reference": ["baseline"]})
    assert target_access(outer) == "rest"


def test_a_fitted_estimator_has_the_level_of_its_clone():
    rng = np.random.default_rng(0)
    X = Modalities(eeg=rng.normal(size=(24, 3)), subject=np.arange(24) // 12)
    model = z_scored().fit(X, np.arange(24) % 2)
    assert target_access(model) == target_access(clone(model)) == "unlabelled"


def test_steps_that_use_the_test_person_stay_in_the_folds():
    """A fold may have only some of the samples of a person."""
    rng = np.random.default_rng(0)
    X = Modalities(eeg=rng.normal(size=(12, 3, 384)), subject=np.arange(12) // 6)
    pipe = make_pipeline(
        ModalityTransformer([("eeg", BandPower(), "eeg")], remainder="passthrough"),
        Own("unlabelled"),
        ModalityFlattener(),
        LogisticRegression(),
    )
    hoisted = hoist(pipe, X)
    assert hoisted.n_steps == 1
    assert next(iter(hoisted.estimator.named_steps)) == "own"
    assert target_access(hoisted) == target_access(pipe) == "unlabelled"
    assert hoist(pipe.set_params(own="passthrough"), X).n_steps == 2


def test_an_unknown_level_is_an_error():
    with pytest.raises(ValueError, match="target_access of Own must be one of"):
        target_access(make_pipeline(Own("everything")))


def test_the_tags_keep_what_scikit_learn_states():
    tags = get_tags(StandardScaler())
    ours = target_access_tags(tags, "rest", accepts_unlabelled=True)
    assert isinstance(ours, TargetAccessTags)
    assert (ours.target_access, ours.accepts_unlabelled) == ("rest", True)
    assert ours.input_tags == tags.input_tags
    assert get_tags(SubjectStandardizer()).transformer_tags.preserves_dtype == [
        "float32"
    ]
