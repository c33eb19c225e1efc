"""What alignment is worth for people whom a model has never seen."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_emotion import (
    BandCovariances,
    BandPower,
    BandTangentSpace,
    CoralAlignment,
    EuclideanAlignment,
    Modalities,
    ModalityFlattener,
    SubjectStandardizer,
    make_modality_transformer,
    make_riemann,
)

BANDS = {"broad": (4, 40)}


def people(share, n_subjects=8, n_windows=40):
    """Return windows of people whose four electrodes differ in their gains.

    The class changes the power of two electrodes by less than the gains do. In every
    other person, the share of the second class is 1 - `share`.
    """
    rng = np.random.default_rng(0)
    subject = np.repeat(np.arange(n_subjects), n_windows)
    shares = np.where(subject % 2, share, 1 - share)
    y = (np.arange(len(subject)) % n_windows < np.round(shares * n_windows)).astype(int)
    eeg = rng.standard_normal((len(subject), 4, 256))
    eeg[y == 1, 0] *= 1.35
    eeg[y == 1, 1] /= 1.35
    gains = np.exp(rng.standard_normal((n_subjects, 4)))
    eeg *= gains[subject][..., None]
    rest = rng.standard_normal((len(subject), 4, 256)) * gains[subject][..., None]
    return Modalities(eeg=eeg, baseline=rest, subject=subject), y


def power():
    branch = make_pipeline(BandPower(log=True, window=None), ModalityFlattener())
    return make_modality_transformer(eeg=branch, baseline=branch, subject="passthrough")


def logistic(*steps):
    only = make_modality_transformer(eeg="passthrough", subject="passthrough")
    end = [ModalityFlattener(), StandardScaler(), LogisticRegression()]
    return make_pipeline(*steps, only, *end)


def riemann():
    covariances = make_modality_transformer(eeg=BandCovariances(bands=BANDS))
    return make_pipeline(covariances, BandTangentSpace(), LogisticRegression(C=0.01))


UNALIGNED = {"logistic": logistic(power()), "riemann": riemann()}
ALIGNED = {
    "standardizer": logistic(power(), SubjectStandardizer(modalities=["eeg"])),
    "robust": logistic(power(), SubjectStandardizer(modalities=["eeg"], robust=True)),
    "rest": logistic(power(), SubjectStandardizer(reference="baseline")),
    "online": logistic(power(), SubjectStandardizer(modalities=["eeg"], online=True)),
    "coral": logistic(power(), CoralAlignment()),
    "euclidean": logistic(EuclideanAlignment(estimator="scm"), power()),
    "euclidean at rest": logistic(
        EuclideanAlignment(estimator="scm", reference="baseline"), power()
    ),
    "riemann": make_riemann(bands=BANDS, recenter=True),
}


def score(model, share):
    X, y = people(share)
    return cross_val_score(
        model,
        X,
        y,
        groups=X["subject"],
        cv=GroupKFold(4),
        scoring="balanced_accuracy",
        error_score="raise",
    ).mean()


@pytest.mark.parametrize("name", UNALIGNED)
def test_without_alignment_new_people_are_at_chance(name):
    assert score(UNALIGNED[name], 0.5) < 0.6


@pytest.mark.parametrize("name", ALIGNED)
def test_alignment_makes_new_people_predictable(name):
    assert score(ALIGNED[name], 0.5) > 0.8


@pytest.mark.parametrize("name", ["standardizer", "coral", "euclidean", "riemann"])
def test_classes_that_are_not_balanced_take_away_a_part_of_the_gain(name):
    """The mean of a person with 90 % of one class is near this class."""
    base = UNALIGNED["riemann" if name == "riemann" else "logistic"]
    balanced, unbalanced = (
        score(ALIGNED[name], share) - score(base, share) for share in (0.5, 0.9)
    )
    assert unbalanced < balanced - 0.1


@pytest.mark.parametrize("name", ["rest", "euclidean at rest"])
def test_a_reference_at_rest_does_not_depend_on_the_balance(name):
    assert score(ALIGNED[name], 0.9) > 0.8
