"""Estimators of the benchmark by name.

A recipe builds an estimator that fits the channels, the sampling rates and the sample
length of a data set and the task.
"""

from sklearn.pipeline import make_pipeline

from sklearn_emotion.evaluation.plan._baseline_recipes import BASELINES
from sklearn_emotion.evaluation.plan._recipe import Recipe, entropy, grid, network


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
        # As strong as the penalty of the logistic regression: see make_ridge.
        pipeline.steps[-1] = ("ridge", Ridge(alpha=400.0))
    return pipeline


def _logistic(setting):
    from sklearn_emotion.baselines import make_logistic

    return make_logistic(sfreq=setting.sfreq["eeg"])


def _ridge(setting):
    from sklearn_emotion.baselines import make_ridge

    return make_ridge(sfreq=setting.sfreq["eeg"])


def _three_fac_rnn(setting):
    from sklearn_emotion.features import GridProjector9x9

    epochs = {"max_epochs": 5} if setting.quick else {}
    return make_pipeline(
        entropy(setting, window=setting.duration / 4),
        GridProjector9x9(setting.ch_names["eeg"]),
        network(setting, "ThreeFACRNN", **epochs),
    )


def _modality_attention(setting):
    from sklearn_emotion.features import HRVSeries
    from sklearn_emotion.modalities import make_modality_transformer

    epochs = {"max_epochs": 15} if setting.quick else {}
    return make_pipeline(
        make_modality_transformer(
            eeg=grid(setting, None), ecg=HRVSeries(sfreq=setting.sfreq["ecg"])
        ),
        network(setting, "ModalityAwareAttentionNet", **epochs),
    )


def _deep_vanet(setting):
    from sklearn_emotion.models import make_deep_vanet

    epochs = {"max_epochs": 2} if setting.quick else {}
    return make_deep_vanet(sfreq=setting.sfreq, modalities=("face", "eeg"), **epochs)


def _prior_stfenet(setting):
    from sklearn_emotion.models import make_prior_stfenet

    epochs = {"max_epochs": 3} if setting.quick else {}
    return make_prior_stfenet(
        sfreq=setting.sfreq, ch_names=setting.ch_names["eeg"], **epochs
    )


def _hierarchical_lstm(setting):
    from sklearn_emotion.models import make_hierarchical_lstm

    epochs = {"max_epochs": 2} if setting.quick else {}
    return make_hierarchical_lstm(
        sfreq=setting.sfreq, ch_names=setting.ch_names["eeg"], **epochs
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
    "deepvanet": Recipe(
        _deep_vanet, ("face", "eeg"), "DeepVANet on faces and EEG", ("classification",)
    ),
    "hierarchical-lstm": Recipe(
        _hierarchical_lstm,
        ("face", "eeg"),
        "hierarchical-attention LSTM on faces and images of EEG bands",
        ("classification",),
    ),
    "prior-stfenet": Recipe(
        _prior_stfenet,
        ("eeg", "openface"),
        "prior-driven network on EEG and features of faces",
        ("classification",),
    ),
    **BASELINES,
}

#: Recipes that the benchmark runs by default.
DEFAULT = ("dummy", "svm", "riemann", "3facrnn", "modality-attention")


def check_estimators(names, task):
    """Check that recipes have these names and are made for the task."""
    if names is None or list(names) == ["all"]:
        return
    unknown = [name for name in names if name not in RECIPES]
    if unknown:
        raise ValueError(
            f"Unknown estimators {unknown}; known ones are {list(RECIPES)}."
        )
    for name in names:
        tasks = RECIPES[name].tasks
        if task not in tasks:
            raise ValueError(
                f"Estimator {name!r} is for {tasks[0]} only. Choose other estimators."
            )


def build_estimators(names, setting):
    """Build the estimators of some recipes, as `compare` takes them.

    ``["all"]`` names all recipes that fit the setting. Raise an error if a name is
    unknown, the data set lacks a modality, or an estimator is made for another task.
    """
    if list(names) == ["all"]:
        names = names_that_fit(RECIPES, setting)
    check_estimators(names, setting.task)
    estimators = {}
    for name in names:
        recipe = RECIPES[name]
        if not recipe.has_modalities(setting):
            raise ValueError(
                f"Estimator {name!r} needs {recipe.needed}, but the data set has "
                f"{list(setting.sfreq)}. Choose other estimators."
            )
        estimators[name] = recipe.build(setting), recipe.modalities_of(setting)
    return estimators


def names_that_fit(names, setting):
    """Return the names of recipes that fit the task and the modalities of the data."""
    return [
        name
        for name in names
        if setting.task in RECIPES[name].tasks and RECIPES[name].has_modalities(setting)
    ]
