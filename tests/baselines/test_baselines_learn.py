"""Every baseline of the benchmark decodes planted emotion in people it has not seen."""

import numpy as np
import pytest
from sklearn.base import clone

from sklearn_emotion.datasets import make_emotion
from sklearn_emotion.evaluation.plan._baseline_recipes import BASELINES
from sklearn_emotion.evaluation.run._sources import make_estimators

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def dataset():
    return make_emotion(
        n_subjects=9,
        n_trials=16,
        modalities=("eeg", "ecg"),
        effect=3.0,
        duration=10.0,
        window=10.0,
        ch_names=["Fp1", "Fp2", "F3", "F4", "T7", "T8", "P3", "P4"],
        random_state=0,
    )


@pytest.mark.parametrize("name", ["svm", "logistic", "riemann", *BASELINES])
def test_large_effects_are_learned_and_shuffled_labels_are_not(dataset, name):
    estimator, keys = make_estimators(dataset, [name])[name]
    seeds = [p for p in estimator.get_params() if p.endswith("random_state")]
    estimator.set_params(**dict.fromkeys(seeds, 0))
    X = dataset.data[keys] if isinstance(keys, str) else dataset.data
    y, subject = dataset.target("valence"), dataset.groups("subject")
    test = np.isin(subject, np.unique(subject)[-3:])
    learned = clone(estimator).fit(X[~test], y[~test])
    assert learned.score(X[test], y[test]) >= 0.8
    shuffled = np.random.default_rng(0).permutation(y)
    score = (
        clone(estimator).fit(X[~test], shuffled[~test]).score(X[test], shuffled[test])
    )
    # Three standard deviations of the mean of 48 coin tosses.
    assert abs(score - 0.5) <= 3 * 0.5 / np.sqrt(48)
