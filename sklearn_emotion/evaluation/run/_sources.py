"""The data sets of the benchmark by name, with their default targets."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sklearn_emotion._validation import warn_user
from sklearn_emotion.datasets import load_eegmat, make_emotion
from sklearn_emotion.datasets._home import find_data_home, find_folder
from sklearn_emotion.evaluation.plan._recipe import Setting
from sklearn_emotion.evaluation.plan._recipes import (
    DEFAULT,
    build_estimators,
    names_that_fit,
)

#: Length of a sample in s.
WINDOW = 10.0


@dataclass(frozen=True)
class Source:
    """A data set of the benchmark.

    Parameters
    ----------
    load : callable
        ``load(data_home, quick, random_state)`` returns the data set.
    target : str
        Default target of a classification.
    positive : str or int or None
        Positive class of the default target; None if it has more than two classes.
    rating : str or None, default=None
        Default target of a regression; None if the data set has no ratings.
    threshold : float, default=5.0
        Ratings above the threshold are high.
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
    """Return a function that loads a data set which users have to request."""

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


# One entry per data set: how it is loaded, and what is predicted by default.
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
        # All three sessions together would need 7 GB of memory.
        _licensed("load_seed", ("eeg",), range(1, 6), sessions=(1,)),
        "emotion",
        None,
    ),
}


def default_source(data_home=None):
    """Return ``"eegmat"`` if the data folder contains it, else ``"synthetic"``.

    Raise an error if `data_home` or the environment variable ``SKLEARN_EMOTION_DATA``
    names a folder that does not exist.
    """
    home = find_data_home(data_home)
    named = data_home is not None or os.environ.get("SKLEARN_EMOTION_DATA")
    if named and not home.is_dir():
        origin = "SKLEARN_EMOTION_DATA"
        if data_home is not None:
            origin = "data_home or --data-home"
        raise FileNotFoundError(f"{origin} names {home}, but there is no folder there.")
    folder = find_folder(data_home, "eegmat", "Subject*_*.edf")
    return "eegmat" if any(Path(folder).glob("Subject*_*.edf")) else "synthetic"


def load_source(name, *, data_home=None, quick=False, random_state=0):
    """Load a data set of the benchmark; with `quick`, only some of its subjects."""
    if name not in SOURCES:
        raise ValueError(f"Unknown data set {name!r}; known ones are {list(SOURCES)}.")
    return SOURCES[name].load(data_home, quick, random_state)


def drop_unrated(dataset, target):
    """Leave out samples that have no value for the target, and issue a warning."""
    columns = ["valence", "arousal"] if target == "quadrant" else [target]
    rated = dataset.metadata.reindex(columns=columns).notna().all(axis=1)
    if rated.all() or not rated.any():
        return dataset
    warn_user(
        f"{int((~rated).sum())} of {len(rated)} samples have no {target!r} and are "
        "left out."
    )
    return dataset.select(rated.to_numpy())


def make_estimators(dataset, names=None, *, quick=False, task="classification"):
    """Build the estimators of the benchmark for a data set, as `compare` takes them.

    If `names` is None, build the default ones whose modalities the data set has.
    """
    first = next(iter(dataset.data))
    duration = dataset.data[first].shape[-1] / dataset.sfreq[first]
    setting = Setting(dataset.sfreq, dataset.ch_names, duration, quick, task)
    names = names_that_fit(DEFAULT, setting) if names is None else names
    return build_estimators(names, setting)


def default_target(name, task):
    """Return the default target of a data set, which is a column of its metadata."""
    source = SOURCES[name]
    if task == "classification":
        return source.target
    if source.rating is None:
        raise ValueError(
            f"{name} has classes and no ratings. Choose a column of numbers as target."
        )
    return source.rating
