"""SEED-V: features of EEG and eye movements during films of five emotions."""

import numpy as np

from sklearn_emotion._docs import fill_doc
from sklearn_emotion._files import check_numbers, naming
from sklearn_emotion.datasets._bunch import EmotionDataset
from sklearn_emotion.datasets._cache import load_parts
from sklearn_emotion.datasets._docs import LOADER
from sklearn_emotion.datasets._home import find_folder
from sklearn_emotion.datasets._npz import read_npz_bytes
from sklearn_emotion.datasets._recordings import (
    check_members,
    make_dataset,
    one_file_each,
    require_files,
    to_float,
)
from sklearn_emotion.datasets._seed import (
    BANDS,
    FEATURE_UNITS,
    N_CHANNELS,
    N_FILMS,
    SESSIONS,
    describe_trial,
    trial_number,
)
from sklearn_emotion.datasets._trials import Trial, cut_trials, report_gaps
from sklearn_emotion.datasets._unpickle import parse_pickle
from sklearn_emotion.montage import MONTAGES

PAGE = "https://bcmi.sjtu.edu.cn/home/seed/seed-v.html"
SUBJECTS = tuple(range(1, 17))
LABELS = ("disgust", "fear", "sad", "neutral", "happy")
FOLDERS = {"features": "EEG_DE_features", "eye": "Eye_movement_features"}
# The authors' windows last 4 s.
WINDOW = 4.0
N_EYE = 33
CH_NAMES = {
    "features": MONTAGES["seed62"],
    "eye": [f"eye{row}" for row in range(N_EYE)],
}


@fill_doc(LOADER)
def load_seed_v(
    data_home=None,
    *,
    subjects=None,
    sessions=(1, 2, 3),
    modalities=("features",),
    window=4.0,
    step=None,
    cache_dir=None,
    n_jobs=None,
    verbose=0,
) -> EmotionDataset:
    """Load SEED-V, features of EEG and eye movements during films of five emotions.

    16 people watched 45 films of about 1 to 4 minutes in three sessions of 15 films
    [1]_. The features were computed by the authors for each 4 s.

    Read more in the :ref:`User Guide <datasets>`.

    Parameters
    ----------
    %(data_home)s
        The data set's folder is called ``SEED-V`` and contains ``EEG_DE_features``,
        ``Eye_movement_features`` or both.

    %(subjects)s
        The numbers are 1 to 16.

    %(sessions)s

    %(modalities)s
        Available are ``"features"`` (differential entropy of the EEG) and ``"eye"``
        (33 features of the eyes).

    %(window)s
        It must be a multiple of 4 s.

    %(step)s

    %(cache_dir)s

    %(n_jobs)s

    %(verbose)s

    Returns
    -------
    dataset : EmotionDataset
        ``data["features"]`` has shape (n_samples, n_windows, 5, 62), with bands from
        delta to gamma, and ``data["eye"]`` has shape (n_samples, n_windows, 33). Both
        are float32. ``metadata`` has ``subject``, ``session``, ``trial``, ``stimulus``
        (1 to 45), ``fold`` (0 to 2, the five films in a row that the authors test on),
        ``window``, ``onset`` (in seconds) and ``emotion`` ("disgust", "fear", "sad",
        "neutral" or "happy"). ``missing`` lists the trials without a sample.

    Raises
    ------
    FileNotFoundError
        If files are missing.
    ValueError
        If a parameter has an invalid value, or a file is damaged or would run code.

    Warns
    -----
    UserWarning
        If trials are shorter than a window, or windows are left out because they
        contain NaN, which occurs in the features of the eyes.

    See Also
    --------
    load_seed_iv : Load films of four emotions, with recordings.

    Notes
    -----
    The sessions are numbered by their films and not in the order of their dates. Where
    the features of EEG and eyes have different numbers of windows, the last ones are
    dropped. The files contain pickles, which are read without running code. The raw
    recordings (``.cnt``) can be read with MNE and cut with
    :meth:`EmotionDataset.from_raws`.

    References
    ----------
    .. [1] W. Liu, J.-L. Qiu, W.-L. Zheng and B.-L. Lu, "Comparing recognition
       performance and robustness of multimodal deep learning models for multimodal
       emotion recognition", IEEE Transactions on Cognitive and Developmental Systems
       14(2):715-729, 2022.

    Examples
    --------
    >>> from sklearn_emotion.datasets import load_seed_v
    >>> dataset = load_seed_v("/path/to/SEED-V")  # doctest: +SKIP
    """
    subjects = check_members(subjects, SUBJECTS, "subjects")
    sessions = check_members(sessions, SESSIONS, "sessions")
    modalities = check_members(modalities, FOLDERS, "modalities")
    window, step = map(to_float, (window, step))
    folder = find_folder(data_home, "SEED-V", "*_features/*_123.npz")
    files = {
        (name, subject): path
        for name in modalities
        for subject, path in find_files(folder, name, subjects).items()
    }
    members = one_file_each(files)
    require_files("SEED-V", folder, [*files.values()], PAGE, members=members)
    rates = dict.fromkeys(modalities, 1 / WINDOW)
    shapes = {"features": (len(BANDS), N_CHANNELS), "eye": (N_EYE,)}
    options = {
        "rates": rates,
        "shapes": {name: shapes[name] for name in modalities},
        "window": window,
        "step": step,
        "columns": ["subject", "session", "trial", "stimulus", "fold", "emotion"],
    }

    def load(subject):
        paths = {name: files[name, subject] for name in modalities}
        return cut_trials(read_trials(paths, subject, sessions), **options)

    params = {"subjects": subjects, "sessions": sessions, **options}
    arrays, columns = load_parts(
        subjects,
        load,
        source={"dataset": "seed_v", "params": params, "files": [*files.values()]},
        n_jobs=n_jobs,
        verbose=verbose,
        cache_dir=cache_dir,
    )
    expected = [
        trial_number(subject, session, film)
        for subject in subjects
        for session in sessions
        for film in range(N_FILMS)
    ]
    missing = report_gaps("SEED-V", folder, columns, expected, describe_trial)
    for name in arrays:
        # (n, ..., windows) -> (n, windows, ...)
        arrays[name] = np.moveaxis(arrays[name], -1, 1)
    return make_dataset(
        "seed_v",
        arrays,
        columns,
        sfreq=rates,
        ch_names=CH_NAMES,
        units={"features": FEATURE_UNITS["de"], "eye": "mixed"},
        missing=missing,
    )


def find_files(folder, name, subjects=SUBJECTS):
    """Return the path at which the file of each subject is expected."""
    return {s: folder / FOLDERS[name] / f"{s}_123.npz" for s in subjects}


def read_films(path, name):
    """Read the films of a subject.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    name : {"features", "eye"}
        What it contains.

    Returns
    -------
    films : list of 45 ndarray
        Arrays of shape (5, 62, n_windows) or (33, n_windows).
    labels : list of str
        Emotion of each film.
    """
    films, labels = [], []
    with naming(path, "a file of SEED-V"):
        members = read_npz_bytes(path, ["data", "label"])
        data, codes = (parse_pickle(members[key]) for key in ("data", "label"))
        for film in range(len(SESSIONS) * N_FILMS):
            n_values = N_EYE if name == "eye" else N_CHANNELS * len(BANDS)
            owner = f"{path}: film {film + 1}"
            array = check_numbers(data[film], ("n_windows", n_values), owner)
            code = np.unique(check_numbers(codes[film], (len(array),), owner))
            if len(code) != 1 or code[0] not in range(len(LABELS)):
                raise ValueError(f"{owner} has the labels {code.tolist()}.")
            labels.append(LABELS[int(code[0])])
            if name == "features":
                # A column is a band of a channel, and the bands of a channel are
                # next to each other.
                array = array.reshape(-1, N_CHANNELS, len(BANDS)).transpose(2, 1, 0)
            else:
                array = array.T
            films.append(array)
    return films, labels


def read_trials(paths, subject, sessions):
    """Yield the films of some sessions of a subject, from the file per modality."""
    found = {name: read_films(path, name) for name, path in paths.items()}
    labels = {tuple(labels) for _, labels in found.values()}
    path = next(iter(paths.values()))
    if len(labels) > 1:
        raise ValueError(f"{path}: the labels differ from those of the eyes.")
    (labels,) = labels
    for session in sessions:
        for number in range(N_FILMS):
            film = (session - 1) * N_FILMS + number
            info = {
                "subject": subject,
                "session": session,
                "trial": trial_number(subject, session, number),
                "stimulus": film + 1,
                "fold": number // 5,
                "emotion": labels[film],
            }
            signals = {name: films[film] for name, (films, _) in found.items()}
            yield Trial(signals, info, path=path)
