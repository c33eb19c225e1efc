"""Estimators of the benchmark, by name: one entry each.

A recipe builds an estimator for a data set: its channels, rates and the length of
its samples come from there, and whether classes or ratings are to be predicted. Models
are imported when they are built.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sklearn.pipeline import make_pipeline

from sklearn_emotion.evaluation._baseline_recipes import BASELINES, network


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
    task : {"classification", "regression"}
        What is to be predicted: classes, or ratings.
    """

    sfreq: dict
    ch_names: dict
    duration: float
    quick: bool = False
    task: str = "classification"


BOTH = ("classification", "regression")


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
    tasks : tuple of str
        What it can predict.
    """

    build: Callable
    modalities: str | tuple
    description: str
    tasks: tuple = BOTH


def _dummy(setting):
    from sklearn.dummy import DummyClassifier, DummyRegressor

    if setting.task == "regression":
        return DummyRegressor()
    return DummyClassifier(strategy="prior")


def _svm(setting):
    from sklearn_emotion.baselines import make_svm, make_svr

    make = make_svr if setting.task == "regression" else make_svm
    return make(sfreq=setting.sfreq["eeg"])


def _riemann(setting):
    from sklearn.linear_model import Ridge

    from sklearn_emotion.baselines import make_riemann

    pipeline = make_riemann(sfreq=setting.sfreq["eeg"])
    if setting.task == "regression":
        # As strong a penalty as that of the logistic regression, see make_ridge.
        pipeline.steps[-1] = ("ridge", Ridge(alpha=400.0))
    return pipeline


def _logistic(setting):
    from sklearn_emotion.baselines import make_logistic

    return make_logistic(sfreq=setting.sfreq["eeg"])


def _ridge(setting):
    from sklearn_emotion.baselines import make_ridge

    return make_ridge(sfreq=setting.sfreq["eeg"])


def _three_fac_rnn(setting):
    from sklearn_emotion.features import DifferentialEntropy, GridProjector9x9

    return make_pipeline(
        DifferentialEntropy(sfreq=setting.sfreq["eeg"], window=setting.duration / 4),
        GridProjector9x9(setting.ch_names["eeg"]),
        network(setting, "ThreeFACRNN", **({"max_epochs": 8} if setting.quick else {})),
    )


def _modality_attention(setting):
    from sklearn_emotion.features import (
        DifferentialEntropy,
        GridProjector9x9,
        HRVSeries,
    )
    from sklearn_emotion.modalities import make_modality_transformer

    entropy = DifferentialEntropy(sfreq=setting.sfreq["eeg"], window=None)
    return make_pipeline(
        make_modality_transformer(
            eeg=make_pipeline(entropy, GridProjector9x9(setting.ch_names["eeg"])),
            ecg=HRVSeries(sfreq=setting.sfreq["ecg"]),
        ),
        network(
            setting,
            "ModalityAwareAttentionNet",
            **({"max_epochs": 15} if setting.quick else {}),
        ),
    )


RECIPES = {
    "dummy": Recipe(
        _dummy, "eeg", "majority class, or mean rating, of the training subjects"
    ),
    "svm": Recipe(_svm, "eeg", "RBF support vector machine on differential entropy"),
    "logistic": Recipe(
        _logistic, "eeg", "logistic regression on log band power", ("classification",)
    ),
    "ridge": Recipe(
        _ridge, "eeg", "ridge regression on log band power", ("regression",)
    ),
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
        Keys of `RECIPES`; ``["all"]`` are those whose modalities the data set has and
        that predict what is to be predicted.
    setting : Setting
        What they are built for.

    Returns
    -------
    estimators : dict of str to (estimator, modalities)
        As :func:`compare` takes them.

    Raises
    ------
    ValueError
        If a name is unknown, the data set lacks a modality, or the estimator predicts
        something else.
    """
    if list(names) == ["all"]:
        names = fitting(RECIPES, setting)
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
        if setting.task not in recipe.tasks:
            raise ValueError(
                f"Estimator {name!r} is for {recipe.tasks[0]} only. Choose others with "
                "--estimators."
            )
        estimators[name] = recipe.build(setting), recipe.modalities
    return estimators


def fitting(names, setting):
    """Return the names of those recipes that fit a setting.

    Parameters
    ----------
    names : iterable of str
        Keys of `RECIPES`.
    setting : Setting
        What they would be built for.

    Returns
    -------
    names : list of str
        Those whose modalities are there and that predict what is to be predicted.
    """
    return [
        name
        for name in names
        if setting.task in RECIPES[name].tasks and not _lacks(RECIPES[name], setting)
    ]


def _needed(recipe):
    keys = recipe.modalities
    return [keys] if isinstance(keys, str) else list(keys)


def _lacks(recipe, setting):
    return any(key not in setting.sfreq for key in _needed(recipe))
