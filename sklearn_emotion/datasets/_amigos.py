"""AMIGOS: EEG, ECG and skin response during short and long films."""

import numpy as np

from sklearn_emotion._docs import fill_doc
from sklearn_emotion._files import check_numbers, naming
from sklearn_emotion.datasets._bunch import EmotionDataset
from sklearn_emotion.datasets._cache import load_parts
from sklearn_emotion.datasets._docs import LOADER
from sklearn_emotion.datasets._generated import members_of, trials_of
from sklearn_emotion.datasets._home import find_folder
from sklearn_emotion.datasets._preprocess import Preprocess
from sklearn_emotion.datasets._recordings import (
    check_baseline,
    check_members,
    make_dataset,
    read_mat,
    require_files,
    to_float,
)
from sklearn_emotion.datasets._trials import Trial, cut_trials, report_gaps
from sklearn_emotion.montage import MONTAGES

PAGE = "http://www.eecs.qmul.ac.uk/mmv/datasets/amigos/"
SUBJECTS = tuple(range(1, 41))
N_VIDEOS = 20
N_SHORT = 16
SFREQ = 128.0
BASELINE = 5.0
COLUMNS = {"eeg": slice(0, 14), "ecg": slice(14, 16), "gsr": slice(16, 17)}
CH_NAMES = {
    "eeg": MONTAGES["emotiv14"],
    "ecg": ("ECG right", "ECG left"),
    "gsr": ("GSR",),
}
UNITS = {"eeg": "µV", "ecg": "as in the files", "gsr": "as in the files"}
RATINGS = ("arousal", "valence", "dominance", "liking", "familiarity")
EMOTIONS = ("neutral", "disgust", "happiness", "surprise", "anger", "fear", "sadness")
VARIABLES = ["joined_data", "labels_selfassessment"]
FILMS = "VideoIDs"
# Smallest and largest value of the ratings, and of the emotions.
LIMITS = [(1, 9)] * len(RATINGS) + [(0, 1)] * len(EMOTIONS)


@fill_doc(LOADER)
def load_amigos(
    data_home=None,
    *,
    subjects=None,
    modalities=("eeg", "ecg"),
    videos="short",
    window=10.0,
    step=None,
    baseline="drop",
    preprocess=None,
    cache_dir=None,
    n_jobs=None,
    verbose=0,
) -> EmotionDataset:
    """Load AMIGOS, as preprocessed by its authors.

    40 people watched 16 short films, and 37 of them also watched 4 long films, alone or
    in groups [1]_. The recordings have 14 EEG channels, two ECG leads and the skin
    response, all at 128 Hz.

    Read more in the :ref:`User Guide <datasets>`.

    Parameters
    ----------
    %(data_home)s
        The data set's folder is called ``amigos``. It contains the files
        ``Data_Preprocessed_P01.mat`` and so on, either directly or each in a folder of
        the same name.

    %(subjects)s
        The numbers are 1 to 40.

    %(modalities)s
        ``"eeg"``, ``"ecg"`` and ``"gsr"`` are available.

    videos : {"short", "long", "all"}, default="short"
        Whether to load the 16 trials with short films, the 4 with long films, or both.

    %(window)s

    %(step)s

    %(baseline)s
        Each trial begins with 5 s of rest.

    %(preprocess)s
        The files contain trials with their rest, and each of them is a recording.

    %(cache_dir)s

    %(n_jobs)s

    %(verbose)s

    Returns
    -------
    dataset : EmotionDataset
        ``data["eeg"]`` has shape (n_samples, 14, n_times) and is in µV, ``data["ecg"]``
        has shape (n_samples, 2, n_times), right lead first, and ``data["gsr"]`` has
        shape (n_samples, 1, n_times). All are float32. ``metadata`` has ``subject``,
        ``trial``, ``stimulus`` (1 to 16 for short films, 17 to 20 for long films),
        ``window``, ``onset`` (in seconds from the start of the film), the ratings
        ``arousal``, ``valence``, ``dominance``, ``liking`` and ``familiarity`` (1 to
        9), and seven emotions (1 if the emotion was felt). Absent ratings are NaN.
        ``missing`` lists the trials without a sample.

    Raises
    ------
    FileNotFoundError
        If files are missing.
    ValueError
        If a parameter has an invalid value or a file is damaged.

    Warns
    -----
    UserWarning
        If trials are absent, or windows are left out because they contain NaN.

    Notes
    -----
    If a file contains ``VideoIDs``, they state which film each trial belongs to.
    Otherwise all files are assumed to hold the films in the same order **[reading]**.

    References
    ----------
    .. [1] J. A. Miranda-Correa, M. K. Abadi, N. Sebe and I. Patras, "AMIGOS: a dataset
       for affect, personality and mood research on individuals and groups", IEEE
       Transactions on Affective Computing 12(2):479-493, 2021.

    Examples
    --------
    >>> from sklearn_emotion.datasets import load_amigos
    >>> dataset = load_amigos("/path/to/amigos", window=10.0)  # doctest: +SKIP
    """
    folder = find_folder(data_home, "amigos", "**/Data_Preprocessed_P??.mat")
    subjects = check_members(subjects, members_of(folder, SUBJECTS), "subjects")
    modalities = check_members(modalities, COLUMNS, "modalities")
    check_baseline(baseline)
    window, step = map(to_float, (window, step))
    spans = {"short": range(N_SHORT), "long": range(N_SHORT, N_VIDEOS)}
    spans["all"] = range(N_VIDEOS)
    if videos not in spans:
        raise ValueError(f"videos must be one of {tuple(spans)}, got {videos!r}.")
    files = {subject: find_file(folder, subject) for subject in subjects}
    require_files("AMIGOS", folder, list(files.values()), PAGE, members=files)
    rates = dict.fromkeys(modalities, SFREQ)
    options = {
        "rates": rates,
        "shapes": {name: (len(CH_NAMES[name]),) for name in modalities},
        "window": window,
        "step": step,
        "baseline": baseline,
        "rest": BASELINE,
        "columns": ["subject", "trial", "stimulus", *RATINGS, *EMOTIONS],
    }

    prepare = Preprocess(preprocess, rates, CH_NAMES, cache_dir)

    def load(subject):
        path = files[subject]
        trials = read_trials(path, subject, spans[videos], modalities, prepare)
        return cut_trials(trials, **options)

    params = {"subjects": subjects, "videos": videos, **options, **prepare.params}
    arrays, columns = load_parts(
        subjects,
        load,
        source={"dataset": "amigos", "params": params, "files": list(files.values())},
        n_jobs=n_jobs,
        verbose=verbose,
        cache_dir=cache_dir,
    )
    expected = [(s - 1) * N_VIDEOS + v for s in subjects for v in spans[videos]]
    # In generated recordings with fewer trials, the last cells are empty.
    n_there = trials_of(folder, N_VIDEOS)
    expected = [trial for trial in expected if trial % N_VIDEOS < n_there]
    missing = report_gaps("AMIGOS", folder, columns, expected, _describe)
    return make_dataset(
        "amigos",
        arrays,
        columns,
        sfreq=rates,
        ch_names=CH_NAMES,
        units=UNITS,
        folder=folder,
        missing=missing,
    )


def find_file(folder, subject):
    """Return the path at which the file of a subject is expected."""
    name = f"Data_Preprocessed_P{subject:02d}"
    inside = folder / name / f"{name}.mat"
    return inside if inside.is_file() else folder / f"{name}.mat"


def _describe(trial):
    return f"P{trial // N_VIDEOS + 1:02d} video {trial % N_VIDEOS + 1}"


def read_trials(path, subject, videos, modalities, prepare=None):
    """Yield the recorded trials of one subject. Videos are numbered from 0.

    `prepare` is a `Preprocess` or None.
    """
    with naming(path, "a file of AMIGOS"):
        yield from _read_trials(path, subject, videos, modalities, prepare)


def _read_trials(path, subject, videos, modalities, prepare):
    content = read_mat(path, VARIABLES, optional=[FILMS])
    stimuli = _stimuli(path, content.get(FILMS))
    for name in VARIABLES:
        cells = content[name]
        if cells.dtype != object or cells.size != N_VIDEOS:
            raise ValueError(
                f"{path}: {name} must be {N_VIDEOS} cells, got {cells.dtype} of shape "
                f"{cells.shape}."
            )
    signals, labels = (content[name].ravel() for name in VARIABLES)
    n_rest = int(BASELINE * SFREQ)
    n_labels = len(RATINGS) + len(EMOTIONS)
    n_columns = COLUMNS["gsr"].stop
    for video in videos:
        signal = signals[video]
        owner = f"{path}: video {video + 1}"
        if isinstance(signal, np.ndarray) and not signal.size:
            continue
        check_numbers(signal, ("n_times", n_columns), owner)
        values = labels[video].ravel()
        check_numbers(values, ("n_labels",), f"{owner}: labels")
        if values.size not in (0, n_labels):
            raise ValueError(f"{owner} must have {n_labels} labels, got {values.size}.")
        values = values.astype(float) if values.size else np.full(n_labels, np.nan)
        for name, value, (low, high) in zip(RATINGS + EMOTIONS, values, LIMITS):
            if value < low or value > high:
                raise ValueError(
                    f"{owner}: {name} must be from {low} to {high}, got {value:g}."
                )
        info = {
            "subject": subject,
            "trial": (subject - 1) * N_VIDEOS + video,
            "stimulus": stimuli[video],
            **dict(zip(RATINGS + EMOTIONS, values)),
        }
        picked = {name: signal[:, COLUMNS[name]].T for name in modalities}
        for name in prepare.steps if prepare else ():
            picked[name] = prepare(name, picked[name], f"{owner}: {name}")
        yield Trial(
            {name: array[:, n_rest:] for name, array in picked.items()},
            info,
            {name: array[:, :n_rest] for name, array in picked.items()},
            path=path,
        )


def _stimuli(path, names):
    """Return the number of the film in each cell, which is the same in all files.

    If the file names the films, they are numbered in the sorted order of their names.
    Otherwise they are numbered in the order of the cells.
    """
    if names is None:
        return range(1, N_VIDEOS + 1)
    names = [str(np.asarray(name).squeeze()) for name in names.ravel()]
    parts = names[:N_SHORT], names[N_SHORT:]
    if len(names) != N_VIDEOS or any(len(set(part)) < len(part) for part in parts):
        raise ValueError(
            f"{path}: {FILMS} must be {N_VIDEOS} different names, got {names}."
        )
    short, long = (sorted(part) for part in parts)
    return [1 + short.index(name) for name in parts[0]] + [
        N_SHORT + 1 + long.index(name) for name in parts[1]
    ]
