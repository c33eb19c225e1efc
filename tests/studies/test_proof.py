"""On recordings without an effect, only the split of the paper finds something."""

import numpy as np
import pytest
from _study import with_training

from sklearn_emotion.datasets import write_rehearsal
from sklearn_emotion.evaluation import score_table
from sklearn_emotion.studies import load_study

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_emotion.base.LeakageWarning")

TARGET = "valence"
# Study, table, row, arguments of the loader, training, and subjects and trials.
CASES = {
    "deepvanet": (
        "figure 2",
        "Peripheral",
        {"modalities": ("peripheral",), "step": 2.0},
        {"max_epochs": 12},
        (2, 12),
    ),
    # With fewer windows of a trial in training, the network does not recognize it.
    "3facrnn": (
        "table 5",
        "W/O visual feature",
        {"modalities": ("eeg",), "step": 5.0},
        {"max_epochs": 25, "batch_size": 8},
        (2, 12),
    ),
}


@pytest.mark.parametrize(
    "name", ["deepvanet", pytest.param("3facrnn", marks=pytest.mark.slow)]
)
def test_without_an_effect_only_the_split_of_the_paper_is_above_chance(name, tmp_path):
    table, row, loading, training, (n_subjects, n_trials) = CASES[name]
    home = write_rehearsal(
        "deap", tmp_path, n_subjects=n_subjects, n_trials=n_trials, effect="none"
    )
    study = with_training(load_study(name), table, row, training)
    dataset = study.load("deap", home, **loading)
    results = study.run(table, dataset, targets=[TARGET], quick=True)
    score = {}
    for side in ("paper", "honest"):
        scores = score_table(results.results_of(side, TARGET))
        score[side] = scores.loc[row, ("balanced_accuracy", "mean")]
    # A classifier that guesses the class of each trial has this standard deviation at
    # most, if each class has a third of the trials or more.
    deviation = np.sqrt(0.25 / 4 * (3 + 1.5) / n_trials / n_subjects)
    assert score["paper"] > 0.5 + 2 * deviation
    assert score["honest"] < 0.5 + 2 * deviation
    assert score["paper"] > score["honest"] + 0.15
