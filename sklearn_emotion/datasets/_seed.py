"""SEED: EEG of 62 channels during films of three emotions."""

import numpy as np

from sklearn_emotion._docs import fill_doc
from sklearn_emotion._files import check_numbers, naming
from sklearn_emotion.datasets._bunch import EmotionDataset
from sklearn_emotion.datasets._cache import load_parts
from sklearn_emotion.datasets._docs import LOADER
from sklearn_emotion.datasets._home import find_folder
from sklearn_emotion.datasets._recordings import (
    check_members,
    make_dataset,
    read_mat,
    require_files,
    suggest_members,
    to_float,
)
from sklearn_emotion.datasets._trials import Trial, cut_trials, report_gaps
from sklearn_emotion.montage import MONTAGES

PAGE = "https://bcmi.sjtu.edu.cn/home/seed/seed.html"
SUBJECTS = tuple(range(1, 16))
SESSIONS = (1, 2, 3)
N_FILMS = 15
N_CHANNELS = 62
BANDS = ("delta", "theta", "alpha", "beta", "gamma")
FEATURES = ("de_LDS", "de_movingAve", "psd_LDS", "psd_movingAve")
RAW_SFREQ = 200.0
LABELS = {-1: "negative", 0: "neutral", 1: "positive"}
FOLDERS = {"features": "ExtractedFeatures", "eeg": "Preprocessed_EEG"}


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

    features : {"de_LDS", "de_movingAve", "psd_LDS", "psd_movingAve"}, default="de_LDS"
        Differential entropy or power spectral density, smoothed by a linear dynamic
        system or a moving average.

    %(window)s

    %(step)s

    %(cache_dir)s

    %(n_jobs)s

    %(verbose)s

    Returns
    -------
    dataset : EmotionDataset
        ``data["features"]`` has shape (n_samples, n_windows, 5, 62), with one window
        per second and bands from delta to gamma. ``data["eeg"]`` has shape (n_samples,
        62, n_times) and is in µV. Both are float32. ``metadata`` has ``subject``,
        ``session``, ``trial``, ``stimulus`` (1 to 15), ``window``, ``onset`` (in
        seconds from the start of the film) and ``emotion`` ("negative", "neutral" or
        "positive"). ``target("emotion")`` returns the labels. ``missing`` lists the
        trials without a sample.

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
    labels = read_labels(tables)
    rates = {name: 1.0 if name == "features" else RAW_SFREQ for name in modalities}
    shapes = {"features": (len(BANDS), N_CHANNELS), "eeg": (N_CHANNELS,)}
    options = {
        "rates": rates,
        "shapes": {name: shapes[name] for name in modalities},
        "window": window,
        "step": step,
        "columns": ["subject", "session", "trial", "stimulus", "emotion"],
    }

    def load(recording):
        films = {}
        for name in modalities:
            path = files[name, recording]
            films[name] = read_films(path, features if name == "features" else None)
        return cut_trials(_trials(films, recording, labels, path), **options)

    params = {"recordings": recordings, "features": features, **options}
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
        _trial_number(*recording, film)
        for recording in recordings
        for film in range(N_FILMS)
    ]
    missing = report_gaps("SEED", folder, columns, expected, _describe)
    if "features" in arrays:
        # (n, bands, channels, windows) -> (n, windows, bands, channels)
        arrays["features"] = np.moveaxis(arrays["features"], -1, 1)
    unit = "nats" if features.startswith("de") else "µV²/Hz"
    return make_dataset(
        "seed",
        arrays,
        columns,
        sfreq=rates,
        ch_names=dict.fromkeys(modalities, MONTAGES["seed62"]),
        units={"features": unit, "eeg": "µV"},
        missing=missing,
    )


def _trial_number(subject, session, film):
    return ((subject - 1) * len(SESSIONS) + session - 1) * N_FILMS + film


def _describe(trial):
    recording, film = divmod(trial, N_FILMS)
    subject, session = divmod(recording, len(SESSIONS))
    return f"subject {subject + 1} session {session + 1} film {film + 1}"


def _find_files(folder, subject):
    """Return the files of a subject, which are called <subject>_<date>.mat."""
    return sorted(folder.glob(f"{subject}_*.mat"))


def _find_file(folder, subject, session):
    """Return the file of a session."""
    return _find_files(folder, subject)[session - 1]


def _check_subjects(folder, subjects, modalities):
    """Check that each subject has a file of each session."""
    paths = {
        (subject, name): _find_files(folder / FOLDERS[name], subject)
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
        f"have {len(SESSIONS)} files {subject}_<date>.mat, got "
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


def read_films(path, feature):
    """Read the 15 films of a session.

    With a `feature`, the arrays have shape (5, 62, n_seconds). If `feature` is None,
    they are recordings of shape (62, n_times).
    """
    if feature is not None:
        names = [f"{feature}{film + 1}" for film in range(N_FILMS)]
        content = read_mat(path, names)
        expected = (N_CHANNELS, "n_seconds", len(BANDS))
        films = [content[name] for name in names]
    else:
        content = read_mat(path)
        # The names begin with the initials of the subject, as in djc_eeg1.
        by_film = {name.rpartition("_")[2]: array for name, array in content.items()}
        names = [f"eeg{film + 1}" for film in range(N_FILMS)]
        absent = [name for name in names if name not in by_film]
        if absent:
            raise ValueError(
                f"{path} holds no variables *_{', *_'.join(absent)}; it has "
                f"{sorted(content)}."
            )
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
            "trial": _trial_number(subject, session, film),
            "stimulus": film + 1,
            "emotion": labels[film],
        }
        signals = {name: arrays[film] for name, arrays in films.items()}
        yield Trial(signals, info, path=path)
