"""On recordings without an effect, only the split of the paper finds something."""

from dataclasses import replace

import numpy as np
import pytest

from sklearn_emotion.datasets import write_rehearsal
from sklearn_emotion.evaluation import score_table
from sklearn_emotion.studies import load_study

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_emotion.base.LeakageWarning")

TABLE, ROW, TARGET = "figure 2", "Peripheral", "valence"


def trained_for(study, epochs):
    """Return the study with one row only, whose network is trained for some epochs."""
    experiment = study.experiment(TABLE)
    row = experiment.rows[ROW]

    def build(context):
        estimator, modalities = row.build(context)
        return estimator.set_params(network__max_epochs=epochs), modalities

    rows = {ROW: replace(row, build=build)}
    return replace(study, experiments={TABLE: replace(experiment, rows=rows)})


def test_without_an_effect_only_the_split_of_the_paper_is_above_chance(tmp_path):
    n_subjects, n_trials = 2, 12
    home = write_rehearsal(
        "deap", tmp_path, n_subjects=n_subjects, n_trials=n_trials, effect="none"
    )
    study = trained_for(load_study("deepvanet"), epochs=12)
    dataset = study.load("deap", home, modalities=("peripheral",), step=2.0)
    results = study.run(TABLE, dataset, targets=[TARGET], quick=True)
    score = {}
    for side in ("paper", "honest"):
        table = score_table(results.results_of(side, TARGET))
        score[side] = table.loc[ROW, ("balanced_accuracy", "mean")]
    # A classifier that guesses the class of each trial has this standard deviation at
    # most, if each class has a third of the trials or more.
    deviation = np.sqrt(0.25 / 4 * (3 + 1.5) / n_trials / n_subjects)
    assert score["paper"] > 0.5 + 2 * deviation
    assert score["honest"] < 0.5 + 2 * deviation
    assert score["paper"] > score["honest"] + 0.15
