"""Estimators and scorers are described by text that any process can repeat."""

import os
import subprocess
import sys
from functools import partial
from itertools import count

import numpy as np
import pytest
import torch
from _evaluation import Picky, make_dataset
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.gaussian_process.kernels import RBF
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from skorch import NeuralNetClassifier
from skorch.callbacks import LRScheduler
from skorch.dataset import ValidSplit

from sklearn_emotion import SubjectStandardizer
from sklearn_emotion.evaluation import compare
from sklearn_emotion.evaluation.plan._identity import describe


class Linear(torch.nn.Module):
    def __init__(self, n_inputs=5):
        super().__init__()
        self.out = torch.nn.Linear(n_inputs, 2)

    def forward(self, X):
        return self.out(X)


def net(**params):
    given = {"criterion": torch.nn.CrossEntropyLoss, "train_split": None, "verbose": 0}
    return NeuralNetClassifier(Linear, max_epochs=1, **{**given, **params})


class Strange(ClassifierMixin, BaseEstimator):
    """A classifier whose repr can be anything."""

    def __init__(self, level=1, inner=None):
        self.level = level
        self.inner = inner

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


class Raising(Strange):
    def __repr__(self):
        raise RuntimeError("no repr")


class Counting(Strange):
    numbers = count()

    def __repr__(self):
        return f"Counting number {next(self.numbers)}"


class Addressed(Strange):
    def __repr__(self):
        return f"Addressed({id(self)}, {id(self):#x})"


class NotText(Strange):
    def __repr__(self):
        return 5


class Empty(Strange):
    def __repr__(self):
        return ""


STRANGE = [Raising, Counting, Addressed, NotText, Empty]


class Part:
    """No estimator, with the repr of an object."""

    def __init__(self, level):
        self.level = level
        self.owner = self


class RaisingPart(Part):
    def __repr__(self):
        raise RuntimeError("no repr")


class AddressedPart(Part):
    def __repr__(self):
        return f"AddressedPart({self.level}, {id(self)}, {id(self):#x})"


@pytest.mark.parametrize("make", [net, *STRANGE])
def test_a_stored_comparison_takes_any_repr(tmp_path, make):
    dataset = make_dataset()
    call = {"dataset": dataset, "target": "valence", "store": tmp_path}
    first = compare({"e": (make(), "eeg")}, **call)
    assert (first["error"] == "").all()
    again = compare({"e": (make(), "eeg")}, **call)
    assert again["fit_time"].tolist() == first["fit_time"].tolist()
    changed = make(**({"lr": 0.5} if make is net else {"level": 2}))
    with pytest.raises(ValueError, match="another estimator called 'e'"):
        compare({"e": (changed, "eeg")}, **call)


@pytest.mark.parametrize("make", STRANGE)
@pytest.mark.parametrize("wrap", [lambda e: e, make_pipeline, lambda e: Strange(1, e)])
def test_parameters_are_described_whatever_the_repr(make, wrap):
    texts = [describe(wrap(make(level))) for level in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


@pytest.mark.parametrize(
    "change",
    [
        {"lr": 0.5},
        {"max_epochs": 2},
        {"module__n_inputs": 7},
        {"optimizer": torch.optim.AdamW},
        {"train_split": ValidSplit(5)},
        {"train_split": ValidSplit(7)},
        {"callbacks": [LRScheduler(gamma=0.5)]},
        {"callbacks": [LRScheduler(gamma=0.25)]},
    ],
)
@pytest.mark.parametrize("wrap", [lambda e: e, lambda e: make_pipeline("drop", e)])
def test_parameters_of_a_plain_skorch_net_count(change, wrap):
    texts = {
        describe(wrap(net().set_params(**params)))
        for params in ({}, change, {"lr": 0.125})
    }
    assert len(texts) == 3
    assert describe(wrap(net().set_params(**change))) in texts


@pytest.mark.parametrize("part", [Part, RaisingPart, AddressedPart])
def test_parts_of_strange_estimators_are_described(part):
    texts = [describe(Raising(inner=[part(level)])) for level in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


@pytest.mark.parametrize("part", [RaisingPart, AddressedPart])
def test_parts_with_a_strange_repr_are_described(part):
    texts = [describe(Picky(part(level))) for level in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a", "b"}, {"a", "c"}),
        (np.zeros(3), np.ones(3)),
        ({"k": (1, 2)}, {"k": (1, 3)}),
        (lambda X: X, lambda X: X + 1),
        (partial(np.add, 1), partial(np.subtract, 1)),
        (int, float),
    ],
)
def test_values_in_strange_estimators_count(one, other):
    assert describe(Raising(inner=one)) == describe(Raising(inner=one))
    assert describe(Raising(inner=one)) != describe(Raising(inner=other))


def test_scorers_without_a_repr_are_described():
    class Scorer:
        def __init__(self, level):
            self.level = level

        def __repr__(self):
            raise RuntimeError("no repr")

        def __call__(self, fitted, X, y):
            return 0.5

    texts = [describe(Scorer(level)) for level in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


def test_functions_that_refer_to_themselves_later_are_described():
    def make():
        def function(X):
            return later(X)

        text = describe(FunctionTransformer(function))
        later = abs
        return text

    assert make() == make()


def test_the_text_of_scikit_learns_estimators_is_their_repr():
    """Stores of earlier versions contain these texts."""
    assert describe(make_pipeline(SubjectStandardizer(), LogisticRegression())) == (
        "Pipeline(steps=[('subjectstandardizer', SubjectStandardizer()), "
        "('logisticregression', LogisticRegression())])"
    )
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.5))
    assert describe(model) == (
        "Pipeline(steps=[('standardscaler', StandardScaler()), "
        "('logisticregression', LogisticRegression(C=0.5))])"
    )
    # Kernels have a repr of their own.
    assert describe(GaussianProcessClassifier(RBF(2.0))) == (
        "GaussianProcessClassifier(kernel=RBF(length_scale=2))"
    )
    assert describe(Picky("z" * 900)) == f"Picky(fails_on='{'z' * 900}')"


PROCESS = """
from sklearn.base import BaseEstimator
from sklearn_emotion.evaluation.plan._identity import describe

class Strange(BaseEstimator):
    def __init__(self, inner):
        self.inner = inner
    def __repr__(self):
        raise RuntimeError("no repr")

class Part:
    level = 1
    def __init__(self):
        self.level = 2

words = {"a", "b", "c", "d"}
function = lambda X: X if X in {"k", "l", "m"} else 0
print(describe(Strange([words, Part(), function])))
"""


def test_every_process_gives_the_same_text():
    """Python orders the members of a set of texts differently in each process."""
    texts = set()
    for seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": seed, "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-c", PROCESS]
        texts.add(subprocess.check_output(command, env=environment, text=True))
    (text,) = texts
    assert "level=2" in text
