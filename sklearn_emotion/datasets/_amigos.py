"""AMIGOS: EEG, ECG and skin response during short and long films."""

import numpy as np

from sklearn_emotion.datasets._cache import load_parts
from sklearn_emotion.datasets._home import find_folder
from sklearn_emotion.datasets._recordings import (
    check_baseline,
    check_members,
    make_dataset,
    read_mat,
    require_files,
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


def load_amigos(
    data_home=None,
    *,
    subjects=None,
    modalities=("eeg", "ecg"),
    videos="short",
    window=10.0,
    step=None,
    baseline="drop",
    cache_dir=None,
    n_jobs=None,
    verbose=0,
):
    """Load AMIGOS, preprocessed by its authors.

    40 people watched 16 short films, and 37 of them 4 long ones, alone or in groups
    [1]_; EEG of 14 channels, two ECG leads and skin response at 128 Hz.

    Read more in the :ref:`User Guide <datasets>`.

    Parameters
    ----------
    data_home : path-like or None, default=None
        Folder that holds the files ``Data_Preprocessed_P01.mat`` and so on, each by
        itself or in a folder of its own, or the folder that holds it as ``amigos``. If
        None, the environment variable ``SKLEARN_EMOTION_DATA`` names it, and without
        that it is ``~/sklearn_emotion_data``.

    subjects : sequence of int or None, default=None
        Numbers of the subjects, 1 to 40, in the wanted order. If None, all.

    modalities : sequence of {"eeg", "ecg", "gsr"}, default=("eeg", "ecg")
        What to load.

    videos : {"short", "long", "all"}, default="short"
        The first 16 trials, the last 4, or both.

    window : float, default=10.0
        Length of a sample in s.

    step : float or None, default=None
        From the start of one sample to the next, in s. None is `window`.

    baseline : {"drop", "keep", "template", "modality"}, default="drop"
        What becomes of the 5 s of rest that each trial begins with; see
        :func:`load_deap`.

    cache_dir : path-like or None, default=None
        Folder that keeps the arrays, to be memory-mapped from then on. If None,
        they are kept in memory.

    n_jobs : int or None, default=None
        Number of threads that read files.

    verbose : int, default=0
        Whether to show a progress bar.

    Returns
    -------
    dataset : EmotionDataset
        ``data["eeg"]`` of shape (n_samples, 14, n_times) in µV, ``data["ecg"]`` of
        (n_samples, 2, n_times), right and left, ``data["gsr"]`` of (n_samples, 1,
        n_times), float32. ``metadata`` has ``subject``, ``trial``, ``stimulus`` (short
        films 1 to 16, long ones 17 to 20), ``window``, ``onset`` (in s from the start
        of the film), the ratings ``arousal``, ``valence``, ``dominance``, ``liking``,
        ``familiarity`` (1 to 9) and seven emotions (1 where it was felt), NaN where
        they are absent.
        ``missing`` lists the trials without a sample.

    Raises
    ------
    FileNotFoundError
        If files are missing.
    ValueError
        If a parameter has no such value or a file is damaged.

    Warns
    -----
    UserWarning
        If trials are absent, or windows hold NaN and are left out.

    Notes
    -----
    A file's own ``VideoIDs`` say which film each of its cells belongs to, where it has
    them; otherwise all files are taken to hold the films in one order **[reading]**.

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
    subjects = check_members(subjects, SUBJECTS, "subjects")
    modalities = check_members(modalities, COLUMNS, "modalities")
    check_baseline(baseline)
    spans = {"short": range(N_SHORT), "long": range(N_SHORT, N_VIDEOS)}
    spans["all"] = range(N_VIDEOS)
    if videos not in spans:
        raise ValueError(f"videos must be one of {tuple(spans)}, got {videos!r}.")
    folder = find_folder(data_home, "amigos", "**/Data_Preprocessed_P??.mat")
    files = {subject: find_file(folder, subject) for subject in subjects}
    require_files("AMIGOS", folder, list(files.values()), PAGE)
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

    def load(subject):
        trials = read_trials(files[subject], subject, spans[videos], modalities)
        return cut_trials(trials, **options)

    params = {"subjects": subjects, "videos": videos, **options}
    arrays, columns = load_parts(
        subjects,
        load,
        source={"dataset": "amigos", "params": params, "files": list(files.values())},
        n_jobs=n_jobs,
        verbose=verbose,
        cache_dir=cache_dir,
    )
    expected = [(s - 1) * N_VIDEOS + v for s in subjects for v in spans[videos]]
    missing = report_gaps("AMIGOS", columns, expected, _describe)
    return make_dataset(
        "amigos",
        arrays,
        columns,
        sfreq=rates,
        ch_names=CH_NAMES,
        units=UNITS,
        missing=missing,
    )


def find_file(folder, subject):
    """Return where a subject's file should lie.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the data set.
    subject : int
        Number of the subject.

    Returns
    -------
    path : pathlib.Path
        In a folder of its name where there is one.
    """
    name = f"Data_Preprocessed_P{subject:02d}"
    inside = folder / name / f"{name}.mat"
    return inside if inside.is_file() else folder / f"{name}.mat"


def _describe(trial):
    return f"P{trial // N_VIDEOS + 1:02d} video {trial % N_VIDEOS + 1}"


def read_trials(path, subject, videos, modalities):
    """Read the trials of one subject that are there.

    Parameters
    ----------
    path : pathlib.Path
        The subject's file.
    subject : int
        Number of the subject.
    videos : iterable of int
        Numbers of the videos, from 0.
    modalities : sequence of str
        Of `COLUMNS`.

    Yields
    ------
    trial : Trial
        One that was recorded.

    Raises
    ------
    ValueError
        If the file is damaged or of another form.
    """
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
        if not signal.size:
            continue
        if signal.ndim != 2 or signal.shape[1] != n_columns:
            raise ValueError(
                f"{path}: video {video + 1} must be of shape (n_times, {n_columns}), "
                f"got {signal.shape}."
            )
        values = np.asarray(labels[video], dtype=float).ravel()
        if values.size not in (0, n_labels):
            raise ValueError(
                f"{path}: video {video + 1} must have {n_labels} labels, got "
                f"{values.size}."
            )
        values = values if values.size else np.full(n_labels, np.nan)
        info = {
            "subject": subject,
            "trial": (subject - 1) * N_VIDEOS + video,
            "stimulus": stimuli[video],
            **dict(zip(RATINGS + EMOTIONS, values)),
        }
        picked = {name: signal[:, COLUMNS[name]].T for name in modalities}
        yield Trial(
            {name: array[:, n_rest:] for name, array in picked.items()},
            info,
            {name: array[:, :n_rest] for name, array in picked.items()},
        )


def _stimuli(path, names):
    """Number of the film that each cell belongs to, the same in all files.

    The cells' own order, unless the file names the films: then theirs, sorted.
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
