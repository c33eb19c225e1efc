"""The data sets of the benchmark by name, with their default targets."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sklearn_emotion._validation import warn_user
from sklearn_emotion.datasets import (
    _amigos,
    _deap,
    _eegmat,
    _seed,
    load_eegmat,
    make_emotion,
)
from sklearn_emotion.datasets._home import find_data_home, find_folder
from sklearn_emotion.evaluation.plan._recipe import Setting
from sklearn_emotion.evaluation.plan._recipes import (
    DEFAULT,
    RECIPES,
    build_estimators,
    names_that_fit,
)

#: Length of a sample in s.
WINDOW = 10.0
# Largest numbers of subjects and of samples of a subject in a quick benchmark.
_MOST_QUICK = 12
_N_QUICK = 24


@dataclass(frozen=True)
class Source:
    """A data set of the benchmark.

    Parameters
    ----------
    load : callable
        ``load(data_home, quick, random_state, **options)`` returns the data set. The
        options, if there are any, are ``subjects``, ``cache_dir`` and ``verbose``.
    target : str
        Default target of a classification.
    positive : str or int or None
        Positive class of the default target; None if it has more than two classes.
    rating : str or None, default=None
        Default target of a regression; None if the data set has no ratings.
    threshold : float, default=5.0
        Ratings above the threshold are high.
    find : callable or None, default=None
        ``find(data_home)`` returns the subjects whose files are there. None if the
        loader itself takes the subjects that are there, or all are in one file.
    signals : tuple of str, default=()
        Peripheral signals that are loaded as well if an estimator is named that takes
        them. The option ``signals`` of `load` is then these names.
    faces : tuple of str, default=()
        Modalities of the face that are loaded as well, in the same way, if an estimator
        is named that needs them.
    """

    load: Callable
    target: str
    positive: object
    rating: str | None = None
    threshold: float = 5.0
    find: Callable | None = None
    signals: tuple = ()
    faces: tuple = ()


def _load_eegmat(data_home, quick, random_state, *, subjects=None, **options):
    if subjects is None and quick:
        subjects = range(_MOST_QUICK)
    return load_eegmat(data_home, subjects=subjects, window=WINDOW, **options)


def _load_synthetic(
    data_home,
    quick,
    random_state,
    *,
    subjects=None,
    signals=(),
    cache_dir=None,
    verbose=0,
):
    # Pictures of faces need much memory.
    has_pictures = "face" in signals
    dataset = make_emotion(
        n_subjects=6 if has_pictures else 12,
        n_trials=6 if quick or has_pictures else 12,
        modalities=("eeg", "ecg", *signals),
        window=WINDOW,
        random_state=random_state,
    )
    if subjects is None:
        return dataset
    known = dataset.metadata["subject"].unique().tolist()
    unknown = [subject for subject in subjects if subject not in known]
    if unknown:
        raise ValueError(
            f"subjects must be some of {known[0]} to {known[-1]}, got {unknown}."
        )
    return dataset.select(dataset.metadata["subject"].isin(subjects).to_numpy())


def _licensed(loader, modalities, quick_subjects, **settings):
    """Return a function that loads a data set which users have to request."""

    def load(data_home, quick, random_state, *, subjects=None, signals=(), **options):
        from sklearn_emotion import datasets

        if subjects is None and quick:
            subjects = quick_subjects
        return getattr(datasets, loader)(
            data_home,
            subjects=subjects,
            modalities=(*modalities, *signals),
            window=WINDOW,
            **settings,
            **options,
        )

    return load


def _find_eegmat(data_home):
    folder = find_folder(data_home, "eegmat", "Subject*_*.edf")
    return [
        subject
        for subject in _eegmat.SUBJECTS
        if all(
            (folder / _eegmat.recording_name(subject, task)).is_file()
            for task in _eegmat.TASKS
        )
    ]


def _find_deap(data_home):
    folder = find_folder(data_home, "deap", _deap.FOLDERS)
    files = _deap.find_recordings(folder, _deap.SUBJECTS)
    return [subject for subject, path in files.items() if path.is_file()]


def _find_amigos(data_home):
    folder = find_folder(data_home, "amigos", "**/Data_Preprocessed_P??.mat")
    return [s for s in _amigos.SUBJECTS if _amigos.find_file(folder, s).is_file()]


def _find_seed(data_home):
    folder = find_folder(data_home, "seed", "*/label.mat") / _seed.FOLDERS["eeg"]
    n_files = len(_seed.SESSIONS)
    return [s for s in _seed.SUBJECTS if len([*folder.glob(f"{s}_*.mat")]) == n_files]


# One entry per data set: how it is loaded, and what is predicted by default.
SOURCES = {
    "eegmat": Source(_load_eegmat, "task", "arithmetic", find=_find_eegmat),
    "synthetic": Source(
        _load_synthetic, "valence", 1, rating="valence", faces=("face", "openface")
    ),
    "deap": Source(
        _licensed("load_deap", ("eeg",), range(1, 9)),
        "valence",
        1,
        rating="valence",
        find=_find_deap,
        signals=("gsr", "plethysmograph", "respiration", "temperature", "emg", "eog"),
        faces=("face", "openface"),
    ),
    "mahnob-hci": Source(
        _licensed("load_mahnob_hci", ("eeg", "ecg"), range(1, 9)),
        "valence",
        1,
        rating="valence",
        signals=("gsr", "respiration", "temperature"),
        faces=("face", "openface"),
    ),
    "amigos": Source(
        _licensed("load_amigos", ("eeg", "ecg"), range(1, 9)),
        "valence",
        1,
        rating="valence",
        find=_find_amigos,
        signals=("gsr",),
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
        find=_find_seed,
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


def check_source(name):
    """Check that a data set of the benchmark has this name."""
    if name not in SOURCES:
        raise ValueError(f"Unknown data set {name!r}; known ones are {list(SOURCES)}.")


def load_source(name, *, data_home=None, quick=False, random_state=0, **options):
    """Load a data set of the benchmark.

    With `quick`, only some subjects are loaded unless they are given, and at most 24
    evenly spaced samples of each are kept. The options ``subjects``, ``signals``,
    ``cache_dir`` and ``verbose`` are used if they are not None.
    ``subjects="available"`` stands for the subjects whose files are there.
    """
    check_source(name)
    wanted = options.get("subjects")
    if isinstance(wanted, str) and wanted == "available":
        options["subjects"] = _available_subjects(name, data_home, quick)
    given = {key: value for key, value in options.items() if value is not None}
    dataset = SOURCES[name].load(data_home, quick, random_state, **given)
    return thin_out(dataset) if quick else dataset


def signals_for(name, estimators):
    """Return the further modalities of a data set that named estimators take, or None.

    They are not loaded otherwise, since they take time and change the identity of a
    stored comparison.
    """
    source = SOURCES[name]
    recipes = [RECIPES[e] for e in estimators or () if e in RECIPES]
    wanted = []
    if any(recipe.takes_what_there_is for recipe in recipes):
        wanted += source.signals
    needed = {m for r in recipes if not r.takes_what_there_is for m in r.needed}
    wanted += [modality for modality in source.faces if modality in needed]
    return tuple(wanted) or None


def _available_subjects(name, data_home, quick):
    find = SOURCES[name].find
    if find is None:
        return None
    there = find(data_home)
    if not there:
        raise FileNotFoundError(
            f"There are no files of {name} in {find_data_home(data_home)}. Pass the "
            "folder of the data set as data_home or --data-home."
        )
    return there[:_MOST_QUICK] if quick else there


def thin_out(dataset):
    """Return at most `_N_QUICK` evenly spaced samples of each subject."""
    subject = dataset.metadata["subject"].to_numpy()
    kept = []
    for name in dict.fromkeys(subject.tolist()):
        mine = np.flatnonzero(subject == name)
        n_kept = min(len(mine), _N_QUICK)
        kept.append(mine[np.arange(n_kept) * len(mine) // n_kept])
    kept = np.sort(np.concatenate(kept))
    return dataset if len(kept) == len(subject) else dataset.select(kept)


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


def make_estimators(
    dataset, names=None, *, quick=False, task="classification", with_dummy=True
):
    """Build the estimators of the benchmark for a data set, as `compare` takes them.

    If `names` is None, build the default ones whose modalities the data set has. The
    dummy is left out of them unless `with_dummy`.
    """
    first = next(iter(dataset.data))
    duration = dataset.data[first].shape[-1] / dataset.sfreq[first]
    setting = Setting(dataset.sfreq, dataset.ch_names, duration, quick, task)
    if names is None:
        default = [name for name in DEFAULT if with_dummy or name != "dummy"]
        names = names_that_fit(default, setting)
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
