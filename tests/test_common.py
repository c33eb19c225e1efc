"""What every estimator of this package has to pass, in addition to the public checks.

The checks of scikit-learn and of `sklearn_emotion.utils` are in
`test_sklearn_checks.py`. A public estimator without an entry in `CASES` fails
`test_every_public_estimator_is_checked`.
"""

import inspect

import numpy as np
import pytest
from _cases import CASES, TWINS, labels
from numpydoc.validate import validate
from sklearn.base import BaseEstimator, clone, is_classifier, is_regressor

import sklearn_emotion
from sklearn_emotion import LeakageWarning
from sklearn_emotion.networks._classifier import NetClassifier
from sklearn_emotion.networks._regressor import NetRegressor

#: Estimator to the reason why it has no case.
EXCLUDED = {
    "ArtifactRejecter": "judges the windows of data sets, and neither transforms nor "
    "predicts; tested in preprocessing/test_artifacts.py",
    "ICACleaner": "needs a whole recording with the positions of its electrodes, and "
    "an extra; tested in preprocessing/test_artifacts.py",
    "TunablePipeline": "a pipeline with a grid; make_svm and others build it",
    "HoistedGridSearchCV": "wraps a pipeline; compared with GridSearchCV elsewhere",
}

every_case = pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
every_network = pytest.mark.parametrize(
    "case", [c for c in CASES if c.is_network], ids=lambda c: c.id
)
every_classifier = pytest.mark.parametrize(
    "case", [c for c in CASES if c.is_network and c.classifies], ids=lambda c: c.id
)
every_twin = pytest.mark.parametrize(
    ("case", "twin"), TWINS, ids=[case.id for case, _ in TWINS]
)


def output(estimator, X):
    method = "predict" if is_regressor(estimator) else "transform"
    method = "predict_proba" if is_classifier(estimator) else method
    if not hasattr(estimator, method):
        method = "decision_function"
    return getattr(estimator, method)(X)


def public_estimators():
    for name in sklearn_emotion.__all__:
        value = getattr(sklearn_emotion, name)
        if inspect.isclass(value) and issubclass(value, BaseEstimator):
            yield name


def test_every_public_estimator_is_checked():
    covered = {type(c.estimator).__name__ for c in CASES} | set(EXCLUDED)
    assert covered >= set(public_estimators())


@every_classifier
@pytest.mark.parametrize(
    "names", [("low", "high"), (3, 1), (True, False)], ids=["str", "int", "bool"]
)
def test_labels_of_any_type_come_back(case, names):
    X = case.data()
    y = np.asarray(names)[labels(case)]
    est = clone(case.estimator).fit(X, y)
    assert set(est.classes_) == set(names)
    assert est.predict(X).dtype == y.dtype
    np.testing.assert_allclose(est.predict_proba(X).sum(axis=1), 1, atol=1e-6)


@every_classifier
def test_three_classes(case):
    X = case.data()
    y = np.arange(len(X)) % 3
    assert clone(case.estimator).fit(X, y).predict_proba(X).shape == (len(X), 3)


@every_twin
def test_a_regressor_differs_from_its_classifier_in_the_head_alone(case, twin):
    """Same module, same names; the last layer has one output in place of three."""
    X = case.data()
    y = np.arange(len(X)) % 3
    modules = [
        clone(c.estimator).fit(X, y).net_.module_.state_dict() for c in (case, twin)
    ]
    ours, theirs = ({k: tuple(v.shape) for k, v in m.items()} for m in modules)
    assert list(ours) == list(theirs)
    differing = [k for k in ours if ours[k] != theirs[k]]
    *_, weight, bias = [k for k in ours if k.endswith(("weight", "bias"))]
    assert differing == [weight, bias]
    assert ours[weight] == (3, *theirs[weight][1:])
    assert theirs[weight][0] == 1
    assert (ours[bias], theirs[bias]) == ((3,), (1,))


@every_twin
def test_a_regressor_has_the_parameters_of_its_classifier(case, twin):
    ours, theirs = case.estimator.get_params(), twin.estimator.get_params()
    missing = set(ours) - set(theirs)
    assert missing == {"class_weight"} | ({"fusion"} & set(ours))
    assert {k: ours[k] for k in theirs} == theirs
    assert type(twin.estimator).paper_params() == type(case.estimator).paper_params()
    # References would have no target: their list is the classifier's.
    assert "]_" not in type(twin.estimator).__doc__


@every_twin
def test_predictions_are_in_the_unit_of_the_ratings(case, twin):
    """Scaling the ratings scales the predictions: standardised they are the same."""
    X = twin.data()
    y = np.random.default_rng(1).normal(size=len(X))
    predicted = clone(twin.estimator).fit(X, y).predict(X)
    assert predicted.shape == y.shape
    other = clone(twin.estimator).fit(X, 50 + 20 * y).predict(X)
    np.testing.assert_allclose(other, 50 + 20 * predicted, rtol=1e-4, atol=1e-3)


@every_network
def test_other_seed_other_weights(case):
    X, y = case.data(), labels(case)
    first, second = (
        clone(case.estimator).set_params(random_state=seed).fit(X, y) for seed in (0, 1)
    )
    assert np.abs(output(first, X) - output(second, X)).max() > 1e-4


@every_classifier
def test_one_class_is_named(case):
    X = case.data()
    with pytest.raises(ValueError, match="at least two classes"):
        clone(case.estimator).fit(X, np.zeros(len(X), dtype=int))


@every_network
def test_grouped_early_stopping_runs_without_a_warning_and_warns_without_groups(case):
    X, y = case.data(), labels(case)
    est = clone(case.estimator).set_params(
        early_stopping=True, validation_fraction=0.25
    )
    est.fit(X, y, groups=np.arange(len(X)) // 2)
    assert "valid_loss" in est.net_.history[-1]
    with pytest.warns(LeakageWarning, match="groups"):
        est.fit(X, y)


@every_network
def test_learned_features_have_a_row_a_sample(case):
    X, y = case.data(), labels(case)
    features = clone(case.estimator).fit(X, y).transform(X)
    assert len(features) == len(X)
    assert np.isfinite(features).all()


@every_network
def test_constructor_takes_keywords_only_and_shares_the_common_ones(case):
    parameters = inspect.signature(type(case.estimator).__init__).parameters
    rest = [p for name, p in parameters.items() if name != "self"]
    assert all(p.kind is p.KEYWORD_ONLY for p in rest)
    base = NetClassifier if case.classifies else NetRegressor
    assert set(base._parameter_constraints) <= set(parameters)
    assert parameters["random_state"].default is None


@every_network
def test_the_settings_of_a_paper_are_valid_arguments(case):
    settings = type(case.estimator).paper_params()
    clone(case.estimator).set_params(**settings)._validate_params()


@every_network
def test_departures_from_the_paper_are_listed(case):
    assert "Departures" in type(case.estimator).__doc__


@every_case
@pytest.mark.parametrize("method", [None, "fit", "transform"])
def test_docstring(case, method):
    cls = type(case.estimator)
    if method and not hasattr(cls, method):
        pytest.skip(f"{cls.__name__} has no {method}")
    path = f"{cls.__module__}.{cls.__name__}"
    ignore = {"GL01", "GL02", "GL03", "SA01", "EX01", "ES01", "RT02", "SS06", "SA04"}
    errors = validate(path if method is None else f"{path}.{method}")["errors"]
    assert [error for error in errors if error[0] not in ignore] == []


@every_case
def test_docstring_names_every_parameter_and_shows_an_example(case):
    doc = type(case.estimator).__doc__
    assert ">>>" in doc
    for name in case.estimator.get_params(deep=False):
        assert name in doc, name
