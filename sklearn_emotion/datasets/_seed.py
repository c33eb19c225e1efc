"""SEED: EEG of 62 channels during films of three emotions."""

import numpy as np

from sklearn_emotion._docs import fill_doc
from sklearn_emotion._files import check_numbers, naming
from sklearn_emotion.datasets._bunch import EmotionDataset
from sklearn_emotion.datasets._cache import load_parts
from sklearn_emotion.datasets._docs import LOADER
from sklearn_emotion.datasets._home import find_folder
from sklearn_emotion.datasets._preprocess import Preprocess
from sklearn_emotion.datasets._recordings import (
    check_members,
    make_dataset,
    read_mat,
    require_files,
    suggest_members,
    to_float,
    warn_of_copies,
)
from sklearn_emotion.datasets._trials import Trial, cut_trials, report_gaps
from sklearn_emotion.montage import MONTAGES

PAGE = "https://bcmi.sjtu.edu.cn/home/seed/seed.html"
SUBJECTS = tuple(range(1, 16))
SESSIONS = (1, 2, 3)
N_FILMS = 15
N_CHANNELS = 62
BANDS = ("delta", "theta", "alpha", "beta", "gamma")
# Number of channels, or of pairs of electrodes, of each kind of features.
KINDS = {"de": 62, "psd": 62, "dasm": 27, "rasm": 27, "asm": 54, "dcau": 23}
SMOOTHINGS = ("LDS", "movingAve")
FEATURES = tuple(f"{kind}_{smoothing}" for kind in KINDS for smoothing in SMOOTHINGS)
# The authors take the logarithm of 100 times the mean squared magnitude of a transform.
FEATURE_UNITS = {
    "psd": "a.u.",
    "rasm": "ratio",
    "asm": "log2(100 * power), a.u., and ratio",
    **dict.fromkeys(("de", "dasm", "dcau"), "log2(100 * power), a.u."),
}
RAW_SFREQ = 200.0
LABELS = {-1: "negative", 0: "neutral", 1: "positive"}
FOLDERS = {"features": "ExtractedFeatures", "eeg": "Preprocessed_EEG"}
# The date in the name of a file. Copies have other names, such as 1_20131027 (1).mat.
DATE = "[0-9]" * 8


@fill_doc(LOADER)
def load_seed(
    data_home=None,
    *,
    subjects=None,
    sessions=(1, 2, 3),
    modalities=("features",),
    features="de_LDS",
    window=4.0,
    step=None,
    preprocess=None,
    cache_dir=None,
    n_jobs=None,
    verbose=0,
) -> EmotionDataset:
    """Load SEED, either its features or its preprocessed recordings.

    15 people watched the same 15 films of about 4 minutes on three days. The recordings
    have 62 EEG channels at 200 Hz [1]_.

    Read more in the :ref:`User Guide <datasets>`.

    Parameters
    ----------
    %(data_home)s
        The data set's folder is called ``seed`` and contains ``ExtractedFeatures``,
        ``Preprocessed_EEG`` or both.

    %(subjects)s
        The numbers are 1 to 15.

    sessions : sequence of int, default=(1, 2, 3)
        Which days of each subject to load, numbered in the order of their dates.

    %(modalities)s
        Available are ``"features"`` (the authors' features, one value per second) and
        ``"eeg"`` (the recordings). With both, each sample has the features and the EEG
        of the same window.

    features : str, default="de_LDS"
        ``"de"`` (differential entropy), ``"psd"`` (power spectral density), ``"dasm"``
        and ``"rasm"`` (differences and ratios of 27 pairs of electrodes on the left and
        right), ``"asm"`` (both) or ``"dcau"`` (differences of 23 pairs in front and
        back), followed by ``"_LDS"`` or ``"_movingAve"``: smoothed by a linear dynamic
        system or a moving average.

    %(window)s

    %(step)s

    %(preprocess)s
        It is applied to ``"eeg"``, where each film is a recording.

    %(cache_dir)s

    %(n_jobs)s

    %(verbose)s

    Returns
    -------
    dataset : EmotionDataset
        ``data["features"]`` has shape (n_samples, n_windows, 5, 62), with one window
        per second and bands from delta to gamma. With features of pairs, the last axis
        has one value per pair. ``data["eeg"]`` has shape (n_samples, 62, n_times) and
        is in µV. Both are float32. ``metadata`` has ``subject``, ``session``,
        ``trial``, ``stimulus`` (1 to 15), ``window``, ``onset`` (in seconds from the
        start of the film) and ``emotion`` ("negative", "neutral" or "positive").
        ``target("emotion")`` returns the labels. ``missing`` lists the trials without a
        sample.

    Raises
    ------
    FileNotFoundError
        If files are missing.
    ValueError
        If a parameter has an invalid value or a file is damaged.

    Warns
    -----
    UserWarning
        If trials are shorter than a window, or windows are left out because they
        contain NaN.

    Notes
    -----
    Both kinds of smoothing use the whole film, including values after the window.

    The differential entropy of the authors is not in nats: real values are between 10
    and 29, because the authors compute the logarithm to base 2 of 100 times the mean
    squared magnitude of a Fourier transform. The files do not state the order of the
    pairs of electrodes.

    References
    ----------
    .. [1] W.-L. Zheng and B.-L. Lu, "Investigating critical frequency bands and
       channels for EEG-based emotion recognition with deep neural networks", IEEE
       Transactions on Autonomous Mental Development 7(3):162-175, 2015.

    Examples
    --------
    >>> from sklearn_emotion.datasets import load_seed
    >>> dataset = load_seed("/path/to/seed", window=4.0)  # doctest: +SKIP
    """
    subjects = check_members(subjects, SUBJECTS, "subjects")
    sessions = check_members(sessions, SESSIONS, "sessions")
    modalities = check_members(modalities, FOLDERS, "modalities")
    window, step = map(to_float, (window, step))
    if features not in FEATURES:
        raise ValueError(f"features must be one of {FEATURES}, got {features!r}.")
    folder = find_folder(data_home, "seed", "*/label.mat")
    recordings = [(subject, session) for subject in subjects for session in sessions]
    tables = {name: folder / FOLDERS[name] / "label.mat" for name in modalities}
    require_files("SEED", folder, list(tables.values()), PAGE)
    _check_subjects(folder, subjects, modalities)
    files = {
        (name, recording): _find_file(folder / FOLDERS[name], *recording)
        for name in modalities
        for recording in recordings
    }
    warn_of_copies("SEED", [*files.values()])
    labels = read_labels(tables)
    rates = {name: 1.0 if name == "features" else RAW_SFREQ for name in modalities}
    kind = features.partition("_")[0]
    shapes = {"features": (len(BANDS), KINDS[kind]), "eeg": (N_CHANNELS,)}
    options = {
        "rates": rates,
        "shapes": {name: shapes[name] for name in modalities},
        "window": window,
        "step": step,
        "columns": ["subject", "session", "trial", "stimulus", "emotion"],
    }

    ch_names = {"eeg": MONTAGES["seed62"], "features": feature_names(kind)}
    signals = {name: rate for name, rate in rates.items() if name == "eeg"}
    prepare = Preprocess(preprocess, signals, ch_names, cache_dir)

    def load(recording):
        films = {}
        for name in modalities:
            path = files[name, recording]
            films[name] = read_films(path, features if name == "features" else None)
            if name in prepare.steps:
                owner = f"{path}: {name} of film"
                films[name] = prepare.each(name, films[name], owner)
        return cut_trials(_trials(films, recording, labels, path), **options)

    params = {"recordings": recordings, "features": features, **options}
    params |= prepare.params
    sources = [*tables.values(), *files.values()]
    arrays, columns = load_parts(
        recordings,
        load,
        source={"dataset": "seed", "params": params, "files": sources},
        n_jobs=n_jobs,
        verbose=verbose,
        cache_dir=cache_dir,
    )
    expected = [
        trial_number(*recording, film)
        for recording in recordings
        for film in range(N_FILMS)
    ]
    missing = report_gaps("SEED", folder, columns, expected, describe_trial)
    if "features" in arrays:
        # (n, bands, channels, windows) -> (n, windows, bands, channels)
        arrays["features"] = np.moveaxis(arrays["features"], -1, 1)
    return make_dataset(
        "seed",
        arrays,
        columns,
        sfreq=rates,
        ch_names=ch_names,
        units={"features": FEATURE_UNITS[kind], "eeg": "µV"},
        missing=missing,
    )


def feature_names(kind):
    """Return the channels of features, or numbers of the pairs of electrodes."""
    if KINDS[kind] == N_CHANNELS:
        return MONTAGES["seed62"]
    return [f"{kind}{pair}" for pair in range(KINDS[kind])]


def trial_number(subject, session, film, n_films=N_FILMS):
    """Return the number of a trial. Films are numbered from 0 in their session."""
    return ((subject - 1) * len(SESSIONS) + session - 1) * n_films + film


def describe_trial(trial, n_films=N_FILMS):
    """Return the name of a trial, given its number."""
    recording, film = divmod(trial, n_films)
    subject, session = divmod(recording, len(SESSIONS))
    return f"subject {subject + 1} session {session + 1} film {film + 1}"


def find_files(folder, subject):
    """Return the files of a subject, which are called <subject>_<date>.mat."""
    return sorted(folder.glob(f"{subject}_{DATE}.mat"))


def _find_file(folder, subject, session):
    """Return the file of a session."""
    return find_files(folder, subject)[session - 1]


def _check_subjects(folder, subjects, modalities):
    """Check that each subject has a file of each session."""
    paths = {
        (subject, name): find_files(folder / FOLDERS[name], subject)
        for subject in subjects
        for name in modalities
    }
    absent = {key for key, found in paths.items() if len(found) != len(SESSIONS)}
    if not absent:
        return
    subject, name = min(absent)
    there = [s for s in subjects if not any((s, n) in absent for n in modalities)]
    raise FileNotFoundError(
        f"SEED is not complete in {folder / FOLDERS[name]}: subject {subject} must "
        f"have {len(SESSIONS)} files {subject}_<date>.mat, such as "
        f"{subject}_20131027.mat, got "
        f"{[path.name for path in paths[subject, name]]}. {suggest_members(there)}Its "
        f"owners give access at {PAGE}."
    )


def read_labels(paths):
    """Return the labels of the films, after checking that all tables agree."""
    found = {}
    for path in paths.values():
        labels = read_mat(path, ["label"])["label"]
        with naming(path, "SEED's table of labels"):
            labels = check_numbers(labels.ravel(), ("n_films",), f"{path}: label")
        if len(labels) != N_FILMS or not set(labels.tolist()) <= set(LABELS):
            raise ValueError(
                f"{path}: label must be {N_FILMS} of {list(LABELS)}, got "
                f"{labels.tolist()}."
            )
        found[path] = labels.tolist()
    if len({tuple(labels) for labels in found.values()}) > 1:
        raise ValueError(f"The labels of SEED differ: {found}.")
    return [LABELS[int(label)] for label in next(iter(found.values()))]


def read_films(path, feature, n_films=N_FILMS):
    """Read the films of a session.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    feature : str or None
        Name of the variables without their number. If None, the recordings are read,
        whose names begin with the initials of the subject, as in ``djc_eeg1``.
    n_films : int, default=15
        Number of films.

    Returns
    -------
    films : list of ndarray
        Features of shape (5, n_channels, n_windows), or recordings of shape
        (n_channels, n_times).
    """
    if feature is not None:
        names = [f"{feature}{film + 1}" for film in range(n_films)]
        content = read_mat(path, names)
        n_channels = KINDS[feature.partition("_")[0]]
        expected = (n_channels, "n_windows", len(BANDS))
        films = [content[name] for name in names]
    else:
        content = read_mat(path)
        by_film = {name.rpartition("_")[2]: array for name, array in content.items()}
        names = [f"eeg{film + 1}" for film in range(n_films)]
        absent = [name for name in names if name not in by_film]
        if absent:
            raise ValueError(
                f"{path} holds no variables *_{', *_'.join(absent)}; it has "
                f"{sorted(content)}."
            )
        endings = [name.rpartition("_")[2] for name in content]
        twice = [name for name in names if endings.count(name) > 1]
        if twice:
            raise ValueError(f"{path} has several variables *_{', *_'.join(twice)}.")
        expected = (N_CHANNELS, "n_times")
        films = [by_film[name] for name in names]
    for name, film in zip(names, films):
        check_numbers(film, expected, f"{path}: {name}")
    return films if feature is None else [film.transpose(2, 0, 1) for film in films]


def _trials(films, recording, labels, path):
    subject, session = recording
    for film in range(N_FILMS):
        info = {
            "subject": subject,
            "session": session,
            "trial": trial_number(subject, session, film),
            "stimulus": film + 1,
            "emotion": labels[film],
        }
        signals = {name: arrays[film] for name, arrays in films.items()}
        yield Trial(signals, info, path=path)
