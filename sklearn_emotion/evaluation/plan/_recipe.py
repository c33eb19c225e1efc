"""What a recipe of the benchmark is, and the parts that several recipes share.

The modules of the models are imported only when an estimator is built.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sklearn.pipeline import make_pipeline


@dataclass(frozen=True)
class Setting:
    """The data and the task that an estimator is built for.

    Parameters
    ----------
    sfreq : dict of str to float
        Sampling rate of each modality in Hz.
    ch_names : dict of str to list of str
        Channel names of each modality.
    duration : float
        Length of a sample in s.
    quick : bool
        Whether to train networks for fewer epochs.
    task : {"classification", "regression"}
        Whether classes or ratings are predicted.
    """

    sfreq: dict
    ch_names: dict
    duration: float
    quick: bool = False
    task: str = "classification"


@dataclass(frozen=True)
class Recipe:
    """How to build one estimator of the benchmark.

    Parameters
    ----------
    build : callable
        ``build(setting)`` returns the estimator, not fitted.
    modalities : str, tuple of str or callable
        Name of the modality whose array the estimator takes, or names of several. If
        the estimator takes what there is, ``modalities(setting)`` returns the names,
        which are none if the estimator cannot be built.
    description : str
        Description in a few words.
    tasks : tuple of str
        Tasks that the estimator is made for.
    """

    build: Callable
    modalities: str | tuple | Callable
    description: str
    tasks: tuple = ("classification", "regression")

    @property
    def needed(self):
        """Return what the estimator needs, for an error message."""
        if self.takes_what_there_is:
            return "peripheral signals"
        keys = self.modalities
        return [keys] if isinstance(keys, str) else list(keys)

    @property
    def takes_what_there_is(self):
        """Return whether the modalities depend on the data set."""
        return callable(self.modalities)

    def modalities_of(self, setting):
        """Return the modalities that the estimator takes from a data set."""
        if self.takes_what_there_is:
            return self.modalities(setting)
        return self.modalities

    def has_modalities(self, setting):
        """Return whether the data have all modalities that the estimator takes."""
        if self.takes_what_there_is:
            return bool(self.modalities(setting))
        return set(self.needed) <= set(setting.sfreq)


def network(setting, name, **arguments):
    """Return the classifier `name` or, for a regression, the regressor beside it."""
    import sklearn_emotion

    suffix = "Regressor" if setting.task == "regression" else ""
    return getattr(sklearn_emotion, name + suffix)(**arguments)


def entropy(setting, modality="eeg", **options):
    """Return the differential entropy of a modality."""
    from sklearn_emotion.features import DifferentialEntropy

    return DifferentialEntropy(sfreq=setting.sfreq[modality], **options)


def grid(setting, window):
    """Return the differential entropy of the EEG on a map of the scalp."""
    from sklearn_emotion.features import GridProjector9x9

    return make_pipeline(
        entropy(setting, window=window), GridProjector9x9(setting.ch_names["eeg"])
    )
