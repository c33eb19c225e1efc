"""What the baselines say of their papers: training settings and departures."""

import inspect
import re
from pathlib import Path

import pytest

import sklearn_emotion as se

ADAM = {"optimizer": "adam", "lr": 1e-3, "weight_decay": 0.0}
# From the authors' published code, except for EEGNet's epochs and the weights of
# GraphSleepNet's loss, which are from the papers.
SETTINGS = {
    "EEGNet": {**ADAM, "batch_size": 16, "max_epochs": 500},
    "TSception": {**ADAM, "batch_size": 64, "max_epochs": 500},
    "FourDCRNN": {**ADAM, "batch_size": 64, "max_epochs": 100},
    "ContinuousCNN": {
        "optimizer": "adam",
        "lr": 1e-4,
        "weight_decay": 0.5,
        "batch_size": 200,
        "max_epochs": 80,
    },
    "GraphSleepNet": {
        **ADAM,
        "batch_size": 64,
        "max_epochs": 50,
        "graph_weight": 1.0,
        "sparsity": 1e-3,
    },
    "ACRNN": {
        **ADAM,
        "lr": 1e-4,
        "batch_size": 10,
        "max_epochs": 200,
        "dropout": 0.5,
    },
}
NOT_AT_HAND = ["DGCNN", "EmotionTransformerFusion", "MMResLSTM"]
WITHOUT_SETTINGS = ["DeepCCA", "MultipleKernelClassifier"]
BUILDERS = ["make_logistic", "make_riemann", "make_svm"]
BASELINES = [*SETTINGS, *NOT_AT_HAND, *WITHOUT_SETTINGS, *BUILDERS]


@pytest.mark.parametrize("name", SETTINGS)
def test_the_settings_of_a_paper_are_those_and_can_be_passed(name):
    cls = getattr(se, name)
    assert cls.paper_params() == SETTINGS[name]
    cls(**cls.paper_params())._validate_params()


@pytest.mark.parametrize("name", NOT_AT_HAND)
def test_a_class_without_the_settings_of_its_paper_says_so(name):
    cls = getattr(se, name)
    assert cls.paper_params() == {}
    assert "``paper_params()`` is empty: the training settings" in cls.__doc__


@pytest.mark.parametrize("name", BASELINES)
def test_departures_are_listed_under_notes(name):
    notes = inspect.getdoc(getattr(se, name)).partition("Notes\n-----\n")[2]
    assert re.match(r"Departures( from \[1\]_)?[:,]? \S+", notes), name


def test_the_optimizer_that_is_not_the_papers_is_among_the_departures():
    for name in [*SETTINGS, "EmotionTransformerFusion", "MMResLSTM"]:
        cls = getattr(se, name)
        assert cls().optimizer == "adamw"
        assert "AdamW" in cls.__doc__, name


def test_the_guides_table_has_a_departure_of_every_baseline():
    guide = Path(__file__).parents[2] / "docs" / "user_guide" / "baselines.rst"
    if not guide.exists():
        pytest.skip("an installed package carries no docs")
    table = guide.read_text(encoding="utf-8").partition(".. list-table::")[2]
    header, *rows = table.partition("\n\n")[2].partition("\n\n")[0].split("   * - ")[1:]
    assert header.rstrip().endswith("- One difference from the paper")
    for name in BASELINES:
        (row,) = [row for row in rows if f"`~sklearn_emotion.{name}`" in row]
        _, _, departure = row.split("\n     - ")
        assert len(departure.split()) > 1, name
