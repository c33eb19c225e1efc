"""Estimators of the benchmark, by name: one entry each.

A recipe builds an estimator for a data set: its channels, rates and the length of
its samples come from there. Models are imported when they are built.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sklearn.pipeline import make_pipeline

from sklearn_emotion.evaluation._baseline_recipes import BASELINES


@dataclass(frozen=True)
class Setting:
    """What a recipe has to know.

    Parameters
    ----------
    sfreq : dict of str to float
        Sampling rate of each modality in Hz.
    ch_names : dict of str to list of str
        Channels of each modality.
    duration : float
        Length of a sample in s.
    quick : bool
        Whether the run should take a minute instead of ten.
    """

    sfreq: dict
    ch_names: dict
    duration: float
    quick: bool = False


@dataclass(frozen=True)
class Recipe:
    """How to build one estimator.

    Parameters
    ----------
    build : callable
        ``build(setting)`` returns the estimator, not fitted.
    modalities : str or tuple of str
        What it takes: the array of one modality, or several by name.
    description : str
        What it is, in a few words.
    """

    build: Callable
    modalities: str | tuple
    description: str


def _dummy(setting):
    from sklearn.dummy import DummyClassifier

    return DummyClassifier(strategy="prior")


def _svm(setting):
    from sklearn_emotion.baselines import make_svm

    return make_svm(sfreq=setting.sfreq["eeg"])


def _riemann(setting):
    from sklearn_emotion.baselines import make_riemann

    return make_riemann(sfreq=setting.sfreq["eeg"])


def _logistic(setting):
    from sklearn_emotion.baselines import make_logistic

    return make_logistic(sfreq=setting.sfreq["eeg"])


def _three_fac_rnn(setting):
    from sklearn_emotion.features import DifferentialEntropy, GridProjector9x9
    from sklearn_emotion.models import ThreeFACRNN

    return make_pipeline(
        DifferentialEntropy(sfreq=setting.sfreq["eeg"], window=setting.duration / 4),
        GridProjector9x9(setting.ch_names["eeg"]),
        ThreeFACRNN(**({"max_epochs": 8} if setting.quick else {})),
    )


def _modality_attention(setting):
    from sklearn_emotion.features import (
        DifferentialEntropy,
        GridProjector9x9,
        HRVSeries,
    )
    from sklearn_emotion.modalities import make_modality_transformer
    from sklearn_emotion.models import ModalityAwareAttentionNet

    entropy = DifferentialEntropy(sfreq=setting.sfreq["eeg"], window=None)
    return make_pipeline(
        make_modality_transformer(
            eeg=make_pipeline(entropy, GridProjector9x9(setting.ch_names["eeg"])),
            ecg=HRVSeries(sfreq=setting.sfreq["ecg"]),
        ),
        ModalityAwareAttentionNet(**({"max_epochs": 15} if setting.quick else {})),
    )


RECIPES = {
    "dummy": Recipe(_dummy, "eeg", "majority class of the training subjects"),
    "svm": Recipe(_svm, "eeg", "RBF support vector machine on differential entropy"),
    "logistic": Recipe(_logistic, "eeg", "logistic regression on log band power"),
    "riemann": Recipe(_riemann, "eeg", "tangent space of band covariances"),
    "3facrnn": Recipe(_three_fac_rnn, "eeg", "3FACRNN's EEG network"),
    "modality-attention": Recipe(
        _modality_attention, ("eeg", "ecg"), "modality-aware attention network"
    ),
    **{name: Recipe(*entry) for name, entry in BASELINES.items()},
}

#: What the benchmark runs unless told otherwise.
DEFAULT = ("dummy", "svm", "riemann", "3facrnn", "modality-attention")


def build_estimators(names, setting):
    """Build the estimators of some recipes.

    Parameters
    ----------
    names : sequence of str
        Keys of `RECIPES`; ``["all"]`` are those whose modalities the data set has.
    setting : Setting
        What they are built for.

    Returns
    -------
    estimators : dict of str to (estimator, modalities)
        As :func:`compare` takes them.

    Raises
    ------
    ValueError
        If a name is unknown, or the data set lacks a modality.
    """
    if list(names) == ["all"]:
        names = [
            name for name, recipe in RECIPES.items() if not _lacks(recipe, setting)
        ]
    unknown = [name for name in names if name not in RECIPES]
    if unknown:
        raise ValueError(
            f"Unknown estimators {unknown}; known ones are {list(RECIPES)}."
        )
    estimators = {}
    for name in names:
        recipe = RECIPES[name]
        if _lacks(recipe, setting):
            raise ValueError(
                f"Estimator {name!r} needs {_needed(recipe)}, but the data set has "
                f"{list(setting.sfreq)}. Choose others with --estimators."
            )
        estimators[name] = recipe.build(setting), recipe.modalities
    return estimators


def _needed(recipe):
    keys = recipe.modalities
    return [keys] if isinstance(keys, str) else list(keys)


def _lacks(recipe, setting):
    return any(key not in setting.sfreq for key in _needed(recipe))
