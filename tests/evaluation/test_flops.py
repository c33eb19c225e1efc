"""The operations of networks are counted, and grow with samples and epochs."""

import numpy as np
import pandas as pd
import pytest
from _toy import Toy

from sklearn_emotion.datasets import EmotionDataset
from sklearn_emotion.evaluation.plan._plan import Plan
from sklearn_emotion.evaluation.run._flops import flops_of_fold

N_FEATURES, N_HIDDEN, N_CLASSES = 5, 16, 2


@pytest.mark.parametrize("max_epochs", [1, 3])
def test_the_operations_of_a_perceptron_are_those_of_its_matrix_products(max_epochs):
    rng = np.random.default_rng(0)
    dataset = EmotionDataset(
        data={"x": rng.normal(size=(60, N_FEATURES))},
        metadata=pd.DataFrame({"subject": np.arange(60) // 12}),
        sfreq={"x": 1.0},
    )
    y = np.tile(["a", "b"], 30)
    splits = [(np.arange(48), np.arange(48, 60))]
    toy = Toy(max_epochs=max_epochs, batch_size=8)
    plan = Plan({"toy": (toy, "x")}, dataset, y, splits, random_state=0)
    # Two operations for each product: forward, and backward to the weights and, except
    # for the first layer, to the input.
    first, last = 2 * N_FEATURES * N_HIDDEN, 2 * N_HIDDEN * N_CLASSES
    training = 48 * max_epochs * (2 * first + 3 * last)
    # The 26 samples that are counted are predicted in a batch that is filled up to 32.
    prediction = 12 * (first + last) * 32 / 26
    assert flops_of_fold(plan, "toy") == pytest.approx(training + prediction)


def test_estimators_that_cannot_be_fitted_have_no_count():
    dataset = EmotionDataset(
        data={"x": np.zeros((4, 2, 3, 4))},
        metadata=pd.DataFrame({"subject": [0, 0, 1, 1]}),
        sfreq={"x": 1.0},
    )
    splits = [(np.arange(2), np.arange(2, 4))]
    plan = Plan({"toy": (Toy(), "x")}, dataset, ["a", "b"] * 2, splits)
    assert np.isnan(flops_of_fold(plan, "toy"))
