"""What the benchmark command runs: data sets by name, and the default plan."""

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sklearn_emotion.datasets import load_eegmat, make_emotion
from sklearn_emotion.datasets._home import find_data_home, find_folder
from sklearn_emotion.evaluation._recipes import (
    DEFAULT,
    Setting,
    build_estimators,
    fitting,
)

#: Length of a sample in s.
WINDOW = 10.0
N_SPLITS = 6


@dataclass(frozen=True)
class Source:
    """A data set of the benchmark.

    Parameters
    ----------
    load : callable
        ``load(data_home, quick, random_state)`` returns the data set.
    target : str
        Default target.
    positive : str or int or None
        The positive class of that target; None for more than two classes.
    rating : str or None, default=None
        Default target of a regression; None where there are no ratings.
    threshold : float, default=5.0
        Ratings above it are high.
    """

    load: Callable
    target: str
    positive: object
    rating: str | None = None
    threshold: float = 5.0


def _eegmat(data_home, quick, random_state):
    subjects = range(12) if quick else None
    return load_eegmat(data_home, subjects=subjects, window=WINDOW)


def _synthetic(data_home, quick, random_state):
    return make_emotion(
        n_subjects=12,
        n_trials=6 if quick else 12,
        modalities=("eeg", "ecg"),
        window=WINDOW,
        random_state=random_state,
    )


def _licensed(loader, modalities, quick_subjects, **options):
    """Return a function that loads a data set which somebody has signed for."""

    def load(data_home, quick, random_state):
        from sklearn_emotion import datasets

        return getattr(datasets, loader)(
            data_home,
            subjects=quick_subjects if quick else None,
            modalities=modalities,
            window=WINDOW,
            **options,
        )

    return load


# A row a data set: what is loaded of it, and what is predicted.
SOURCES = {
    "eegmat": Source(_eegmat, "task", "arithmetic"),
    "synthetic": Source(_synthetic, "valence", 1, rating="valence"),
    "deap": Source(
        _licensed("load_deap", ("eeg",), range(1, 9)), "valence", 1, rating="valence"
    ),
    "mahnob-hci": Source(
        _licensed("load_mahnob_hci", ("eeg", "ecg"), range(1, 9)),
        "valence",
        1,
        rating="valence",
    ),
    "amigos": Source(
        _licensed("load_amigos", ("eeg", "ecg"), range(1, 9)),
        "valence",
        1,
        rating="valence",
    ),
    "dreamer": Source(
        _licensed("load_dreamer", ("eeg", "ecg"), range(1, 9)),
        "valence",
        1,
        rating="valence",
        threshold=3.0,
    ),
    "seed": Source(
        # All three sessions would need 7 GB.
        _licensed("load_seed", ("eeg",), range(1, 6), sessions=(1,)),
        "emotion",
        None,
    ),
}


def default_source(data_home=None):
    """Return ``"eegmat"`` where the data folder has it, else ``"synthetic"``.

    Parameters
    ----------
    data_home : path-like or None, default=None
        Folder of the data sets. If None, the environment variable
        ``SKLEARN_EMOTION_DATA`` names it. A folder that is named, but is not there,
        is an error.

    Returns
    -------
    name : str
        Key of `SOURCES`.

    Raises
    ------
    FileNotFoundError
        If a folder is named and does not exist.
    """
    home = find_data_home(data_home)
    named = data_home is not None or os.environ.get("SKLEARN_EMOTION_DATA")
    if named and not home.is_dir():
        origin = "--data-home" if data_home is not None else "SKLEARN_EMOTION_DATA"
        raise FileNotFoundError(f"{origin} names {home}, which is no folder.")
    folder = find_folder(data_home, "eegmat", "Subject*_*.edf")
    return "eegmat" if any(Path(folder).glob("Subject*_*.edf")) else "synthetic"


def load_source(name, *, data_home=None, quick=False, random_state=0):
    """Load a data set of the benchmark.

    Parameters
    ----------
    name : str
        Key of `SOURCES`.
    data_home : path-like or None, default=None
        Folder of the data sets.
    quick : bool, default=False
        Whether to load a part only.
    random_state : int, default=0
        Seed of generated data.

    Returns
    -------
    dataset : EmotionDataset
        The data set.

    Raises
    ------
    ValueError
        If the name is unknown.
    FileNotFoundError
        If the copy is not complete.
    """
    if name not in SOURCES:
        raise ValueError(f"Unknown data set {name!r}; known ones are {list(SOURCES)}.")
    return SOURCES[name].load(data_home, quick, random_state)


def drop_unrated(dataset, target):
    """Leave out the samples that have no value of the target.

    Parameters
    ----------
    dataset : EmotionDataset
        Data set.
    target : str
        Column of the metadata, or ``"quadrant"``.

    Returns
    -------
    dataset : EmotionDataset
        The same, or what is left of it.
    """
    columns = ["valence", "arousal"] if target == "quadrant" else [target]
    rated = dataset.metadata.reindex(columns=columns).notna().all(axis=1)
    if rated.all() or not rated.any():
        return dataset
    warnings.warn(
        f"{int((~rated).sum())} of {len(rated)} samples have no {target!r} and are "
        "left out.",
        stacklevel=2,
    )
    return dataset.select(rated.to_numpy())


def make_estimators(dataset, names=None, *, quick=False, task="classification"):
    """Build the benchmark's estimators for a data set.

    Parameters
    ----------
    dataset : EmotionDataset
        Data set.
    names : sequence of str or None, default=None
        Recipes. If None, those of the default ones whose modalities are there.
    quick : bool, default=False
        Whether they should train for a short time.
    task : {"classification", "regression"}, default="classification"
        What they predict.

    Returns
    -------
    estimators : dict of str to (estimator, modalities)
        As :func:`compare` takes them.
    """
    first = next(iter(dataset.data))
    duration = dataset.data[first].shape[-1] / dataset.sfreq[first]
    setting = Setting(dataset.sfreq, dataset.ch_names, duration, quick, task)
    names = fitting(DEFAULT, setting) if names is None else names
    return build_estimators(names, setting)


def default_target(name, task):
    """Return what is predicted of a data set unless told otherwise.

    Parameters
    ----------
    name : str
        Key of `SOURCES`.
    task : {"classification", "regression"}
        Whether it is a class or a rating.

    Returns
    -------
    target : str
        Column of the metadata.

    Raises
    ------
    ValueError
        If a rating is asked for where there is none.
    """
    source = SOURCES[name]
    if task == "classification":
        return source.target
    if source.rating is None:
        raise ValueError(
            f"{name} has classes and no ratings; name a column of numbers: --target."
        )
    return source.rating
