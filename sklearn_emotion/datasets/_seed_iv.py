"""SEED-IV: EEG and eye movements during films of four emotions."""

from functools import partial

import numpy as np

from sklearn_emotion._docs import fill_doc
from sklearn_emotion._files import check_numbers
from sklearn_emotion.datasets._bunch import EmotionDataset
from sklearn_emotion.datasets._cache import load_parts
from sklearn_emotion.datasets._docs import LOADER
from sklearn_emotion.datasets._home import find_folder
from sklearn_emotion.datasets._preprocess import Preprocess
from sklearn_emotion.datasets._recordings import (
    check_members,
    make_dataset,
    one_file_each,
    read_mat,
    require_files,
    to_float,
)
from sklearn_emotion.datasets._seed import (
    BANDS,
    DATE,
    FEATURE_UNITS,
    N_CHANNELS,
    RAW_SFREQ,
    SMOOTHINGS,
    describe_trial,
    read_films,
    trial_number,
)
from sklearn_emotion.datasets._trials import Trial, cut_trials, report_gaps
from sklearn_emotion.montage import MONTAGES

PAGE = "https://bcmi.sjtu.edu.cn/home/seed/seed-iv.html"
SUBJECTS = tuple(range(1, 16))
N_FILMS = 24
# Emotion of each film of the three sessions, which have different films.
CODES = {
    1: "123020010121112322330303",
    2: "213002023323201121030131",
    3: "122133311210233023002010",
}
LABELS = ("neutral", "sad", "fear", "happy")
FEATURES = tuple(
    f"{kind}_{smoothing}" for kind in ("de", "psd") for smoothing in SMOOTHINGS
)
FOLDERS = {
    "features": "eeg_feature_smooth",
    "eeg": "eeg_raw_data",
    "eye": "eye_feature_smooth",
}
# The authors' windows last 4 s.
WINDOW = 4.0
N_EYE = 31
CH_NAMES = {
    "eeg": MONTAGES["seed62"],
    "features": MONTAGES["seed62"],
    "eye": [f"eye{row}" for row in range(N_EYE)],
}


@fill_doc(LOADER)
def load_seed_iv(
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
    """Load SEED-IV, EEG and eye movements during films of four emotions.

    15 people watched 72 films of about 2 minutes in three sessions of 24 films [1]_.
    The recordings have 62 EEG channels at 200 Hz.

    Read more in the :ref:`User Guide <datasets>`.

    Parameters
    ----------
    %(data_home)s
        The data set's folder is called ``SEED_IV`` and contains
        ``eeg_feature_smooth``, ``eeg_raw_data`` or ``eye_feature_smooth``.

    %(subjects)s
        The numbers are 1 to 15.

    %(sessions)s

    %(modalities)s
        Available are ``"features"`` (the authors' features of the EEG), ``"eeg"`` (the
        recordings) and ``"eye"`` (the authors' 31 features of the eyes). The features
        have one value for each 4 s.

    features : {"de_LDS", "de_movingAve", "psd_LDS", "psd_movingAve"}, default="de_LDS"
        Differential entropy or power spectral density, smoothed by a linear dynamic
        system or a moving average.

    %(window)s
        With features, it must be a multiple of 4 s.

    %(step)s

    %(preprocess)s
        It is applied to ``"eeg"``, where each film is a recording.

    %(cache_dir)s

    %(n_jobs)s

    %(verbose)s

    Returns
    -------
    dataset : EmotionDataset
        ``data["features"]`` has shape (n_samples, n_windows, 5, 62), with bands from
        delta to gamma, ``data["eye"]`` has shape (n_samples, n_windows, 31), and
        ``data["eeg"]`` has shape (n_samples, 62, n_times) and is in µV. All are
        float32. ``metadata`` has ``subject``, ``session``, ``trial``, ``stimulus`` (1
        to 72), ``window``, ``onset`` (in seconds) and ``emotion`` ("neutral", "sad",
        "fear" or "happy"). ``missing`` lists the trials without a sample.

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
        contain NaN, which occurs in the features of the eyes.

    See Also
    --------
    load_seed : Load the first data set of the same authors.

    Notes
    -----
    A session has films of its own, so sessions and stimuli are confounded. The labels
    of the films are those of the authors' ``ReadMe.txt``, which no file of the data
    repeats. Both kinds of smoothing use the whole film, including values after the
    window. The unit of the differential entropy is that of :func:`load_seed`.

    References
    ----------
    .. [1] W.-L. Zheng, W. Liu, Y. Lu, B.-L. Lu and A. Cichocki, "EmotionMeter: a
       multimodal framework for recognizing human emotions", IEEE Transactions on
       Cybernetics 49(3):1110-1122, 2019.

    Examples
    --------
    >>> from sklearn_emotion.datasets import load_seed_iv
    >>> dataset = load_seed_iv("/path/to/SEED_IV")  # doctest: +SKIP
    """
    subjects = check_members(subjects, SUBJECTS, "subjects")
    sessions = check_members(sessions, CODES, "sessions")
    modalities = check_members(modalities, FOLDERS, "modalities")
    window, step = map(to_float, (window, step))
    if features not in FEATURES:
        raise ValueError(f"features must be one of {FEATURES}, got {features!r}.")
    folder = find_folder(data_home, "SEED_IV", "e*/[123]/*_*.mat")
    recordings = [(subject, session) for subject in subjects for session in sessions]
    files = {
        (name, recording): find_file(folder, name, *recording)
        for name in modalities
        for recording in recordings
    }
    members = one_file_each(
        {((name, n), subject): path for (name, (subject, n)), path in files.items()}
    )
    require_files("SEED-IV", folder, [*files.values()], PAGE, members=members)
    rates = {n: RAW_SFREQ if n == "eeg" else 1 / WINDOW for n in modalities}
    shapes = {
        "features": (len(BANDS), N_CHANNELS),
        "eeg": (N_CHANNELS,),
        "eye": (N_EYE,),
    }
    options = {
        "rates": rates,
        "shapes": {name: shapes[name] for name in modalities},
        "window": window,
        "step": step,
        "columns": ["subject", "session", "trial", "stimulus", "emotion"],
    }

    signals = {name: rate for name, rate in rates.items() if name == "eeg"}
    prepare = Preprocess(preprocess, signals, CH_NAMES, cache_dir)

    def load(recording):
        films = {n: read_session(files[n, recording], n, features) for n in modalities}
        for name in prepare.steps:
            owner = f"{files[name, recording]}: {name} of film"
            films[name] = prepare.each(name, films[name], owner)
        path = files[modalities[0], recording]
        return cut_trials(_trials(films, *recording, path), **options)

    params = {"recordings": recordings, "features": features, **options}
    params |= prepare.params
    arrays, columns = load_parts(
        recordings,
        load,
        source={"dataset": "seed_iv", "params": params, "files": [*files.values()]},
        n_jobs=n_jobs,
        verbose=verbose,
        cache_dir=cache_dir,
    )
    expected = [
        trial_number(*recording, film, N_FILMS)
        for recording in recordings
        for film in range(N_FILMS)
    ]
    describe = partial(describe_trial, n_films=N_FILMS)
    missing = report_gaps("SEED-IV", folder, columns, expected, describe)
    for name in {"features", "eye"} & set(arrays):
        # (n, ..., windows) -> (n, windows, ...)
        arrays[name] = np.moveaxis(arrays[name], -1, 1)
    return make_dataset(
        "seed_iv",
        arrays,
        columns,
        sfreq=rates,
        ch_names=CH_NAMES,
        units={
            "features": FEATURE_UNITS[features.partition("_")[0]],
            "eeg": "µV",
            "eye": "mixed",
        },
        missing=missing,
    )


def find_file(folder, name, subject, session):
    """Return the file of a session, called <subject>_<date>.mat, or its place."""
    inner = folder / FOLDERS[name] / str(session)
    found = sorted(inner.glob(f"{subject}_{DATE}.mat"))
    if len(found) > 1:
        raise ValueError(
            f"{inner} has several files of subject {subject}: "
            f"{[path.name for path in found]}."
        )
    return found[0] if found else inner / f"{subject}_<date>.mat"


def read_session(path, name, features="de_LDS"):
    """Read the films of a session, with time as the last axis."""
    if name != "eye":
        return read_films(path, features if name == "features" else None, N_FILMS)
    names = [f"eye_{film + 1}" for film in range(N_FILMS)]
    content = read_mat(path, names)
    return [check_numbers(content[n], (N_EYE, "n"), f"{path}: {n}") for n in names]


def _trials(films, subject, session, path):
    for film, code in enumerate(CODES[session]):
        info = {
            "subject": subject,
            "session": session,
            "trial": trial_number(subject, session, film, N_FILMS),
            "stimulus": (session - 1) * N_FILMS + film + 1,
            "emotion": LABELS[int(code)],
        }
        yield Trial({n: arrays[film] for n, arrays in films.items()}, info, path=path)
