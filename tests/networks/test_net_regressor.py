"""The regressor around a network keeps scikit-learn's promises too."""

import inspect
import pickle

import numpy as np
import pytest
import torch
from _toy import Toy, ToyRegressor
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.metrics import r2_score
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklearn_emotion import (
    DeepVANetRegressor,
    ThreeFACRNN,
    ThreeFACRNNRegressor,
    VisualCNNTCNRegressor,
)
from sklearn_emotion.networks._regressor import SquaredError


@parametrize_with_checks(
    [ToyRegressor(random_state=0, max_epochs=60)],
    expected_failed_checks=lambda _: {
        "check_regressor_multioutput": "wants float64; predictions of a float32 "
        "network have its precision",
        "check_sample_weight_equivalence_on_dense_data": "repeated samples are in "
        "other mini-batches than weighted ones, as in scikit-learn's MLPRegressor",
    },
)
def test_scikit_learns_checks(estimator, check):
    check(estimator)


def test_predictions_have_the_precision_of_the_network(data):
    X, y, _ = data
    for targets in (y, np.column_stack([y, -y])):
        predicted = ToyRegressor(random_state=0, max_epochs=1).fit(X, targets)
        assert predicted.predict(X).dtype == np.float32


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((120, 5)).astype(np.float32)
    return X, 5 + 2 * X[:, 0] - X[:, 1], np.repeat(np.arange(12), 10)


def test_a_line_is_learned_in_the_unit_of_the_ratings(data):
    X, y, _ = data
    reg = ToyRegressor(random_state=0, max_epochs=200).fit(X, y)
    assert reg.score(X, y) == r2_score(y, reg.predict(X)) > 0.98
    # Mean and standard deviation (ddof 0) of the training targets.
    np.testing.assert_allclose(reg.target_mean_, [y.mean()])
    np.testing.assert_allclose(reg.target_scale_, [y.std()])
    assert is_regressor(reg)
    assert not is_classifier(reg)
    assert not hasattr(reg, "predict_proba")


def test_the_first_loss_is_the_squared_error_of_standardised_targets(data):
    X, y, _ = data
    reg = ToyRegressor(random_state=0, max_epochs=1, batch_size=200, lr=1e-12).fit(X, y)
    z = (reg.predict(X) - y) / y.std()
    assert reg.net_.history[-1, "train_loss"] == pytest.approx(np.mean(z**2), rel=1e-4)


def test_several_ratings_at_once_have_a_scale_each(data):
    X, y, _ = data
    both = np.column_stack([y, 1000 - 300 * y])
    reg = ToyRegressor(random_state=0, max_epochs=200).fit(X, both)
    assert reg.predict(X).shape == (120, 2)
    assert r2_score(both, reg.predict(X), multioutput="raw_values").min() > 0.98
    np.testing.assert_allclose(reg.target_scale_, both.std(axis=0))


def test_targets_held_out_do_not_enter_their_scale(data):
    X, y, groups = data
    y = np.where(groups == 3, 1e6, y)
    reg = ToyRegressor(early_stopping=True, validation_fraction=0.05, max_epochs=2)
    # One of twelve groups is held out; of some seed it is the wild one.
    means = [
        reg.set_params(random_state=seed).fit(X, y, groups=groups).target_mean_[0]
        for seed in range(40)
    ]
    assert min(means) < 10
    assert max(means) > 1e4


def test_a_constant_target_is_predicted(data):
    X, _, _ = data
    reg = ToyRegressor(random_state=0, max_epochs=100).fit(X, np.full(len(X), 7.0))
    np.testing.assert_allclose(reg.predict(X), 7, atol=0.2)
    assert reg.target_scale_.tolist() == [1.0]


@pytest.mark.parametrize(
    ("y", "match"),
    [
        (["low", "high"] * 60, "could not convert string to float"),
        (np.full(120, np.nan), "Input y contains NaN"),
        (np.zeros(119), "inconsistent numbers of samples"),
        (np.zeros((120, 2, 2)), "dim 3"),
    ],
)
def test_targets_that_are_no_ratings_are_named(data, y, match):
    with pytest.raises(ValueError, match=match):
        ToyRegressor().fit(data[0], y)


def test_the_constructor_is_the_classifiers_less_class_weight():
    signature = inspect.signature(ThreeFACRNNRegressor)
    assert "class_weight" not in signature.parameters
    assert signature.parameters["rho"].default == 0.8
    with pytest.raises(TypeError, match="class_weight"):
        ThreeFACRNNRegressor(class_weight="balanced")
    with pytest.raises(TypeError, match="fusion"):
        DeepVANetRegressor(fusion="decision")
    reg = ThreeFACRNNRegressor(rho=0.5)
    assert clone(reg).rho == 0.5
    assert pickle.loads(pickle.dumps(reg)).get_params() == reg.get_params()


def test_the_docstring_describes_the_parameters_once():
    doc = ThreeFACRNNRegressor.__doc__
    shared = ThreeFACRNN.__doc__
    assert "class_weight" in shared
    assert "class_weight" not in doc
    assert "classes_ :" not in doc
    assert doc.count("teacher_ : estimator") == 1
    assert "estimator_weights_" not in DeepVANetRegressor.__doc__
    assert doc.count("lstm_hidden : int, default=128") == 1
    assert doc.startswith("3FACRNN for ratings.\n")


def test_squared_error_by_hand():
    loss = SquaredError()
    # Squares 1, 4 and 9 over three numbers.
    z = torch.tensor([[1.0], [2.0], [3.0]])
    assert loss(z, torch.zeros(3, 1)) == pytest.approx(14 / 3)
    # One target of 1 for the steps 1, 2, 3: squares 0, 1, 4.
    assert loss(z[None], torch.ones(1, 1)) == pytest.approx(5 / 3)
    # A target for each step.
    assert loss(z[None], z[None]) == 0


def test_ratings_of_frames_are_averaged_to_the_samples():
    """A network that has learned each frame's rating gives their mean."""
    rng = np.random.default_rng(0)
    y = rng.uniform(-10, 10, size=(12, 3))
    X = np.zeros((12, 3, 3, 48, 48), dtype=np.float32)
    X[..., :24] = (y[:, :, None, None, None] + 10) / 20
    X += rng.normal(scale=0.02, size=X.shape).astype(np.float32)
    reg = VisualCNNTCNRegressor(
        standardize=False, dropout=0.0, max_epochs=60, lr=3e-3, random_state=0
    ).fit(X, y)
    assert reg.predict(X).shape == (12,)
    assert reg.score(X, y.mean(axis=1)) > 0.8
    assert reg.target_mean_.shape == (1,)
    np.testing.assert_allclose(reg.target_mean_, y.mean())
    with pytest.raises(ValueError, match="values for 2 frames, but X has 3 frames"):
        reg.fit(X, y[:, :2])


def test_a_head_for_each_step_predicts_their_mean():
    X = np.random.default_rng(0).normal(size=(8, 3, 2, 9, 9)).astype(np.float32)
    y = np.linspace(1, 9, 8)
    reg = ThreeFACRNNRegressor(head="per_step", max_epochs=1, random_state=0).fit(X, y)
    steps = reg._apply(reg._prepared(X))
    assert steps.shape == (8, 3, 1)
    expected = steps.mean(axis=(1, 2)) * y.std() + y.mean()
    np.testing.assert_allclose(reg.predict(X), expected, rtol=1e-5)


def test_a_teacher_of_ratings_teaches_a_student_of_ratings():
    rng = np.random.default_rng(0)
    X = {
        "eeg": rng.normal(size=(8, 2, 4, 9, 9)).astype(np.float32),
        "face": rng.uniform(size=(8, 2, 3, 48, 48)).astype(np.float32),
    }
    teacher = VisualCNNTCNRegressor(max_epochs=1)
    reg = ThreeFACRNNRegressor(teacher=teacher, max_epochs=1, random_state=0)
    reg.fit(X, np.linspace(1, 9, 8))
    assert reg.predict(X["eeg"]).shape == (8,)
    assert is_regressor(reg.teacher_)


def test_the_classifiers_outputs_are_untouched_by_the_split(data):
    """A classifier of two classes still has a logit for each of them."""
    X, y, _ = data
    clf = Toy(random_state=0, max_epochs=1).fit(X, y > 5)
    assert clf.net_.module_.head.out_features == 2
