"""FACED: EEG of 123 people during short films of nine emotions."""

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
    one_file_each,
    read_mat,
    require_files,
    to_float,
)
from sklearn_emotion.datasets._trials import Trial, cut_trials, report_gaps
from sklearn_emotion.datasets._unpickle import read_pickle

PAGE = "https://doi.org/10.7303/syn50614194"
SUBJECTS = tuple(range(123))
SFREQ, DURATION = 250.0, 30
# Order of the processed files, which differs from the raw files of both cohorts.
CHANNELS = (
    *("Fp1", "Fp2", "Fz", "F3", "F4", "F7", "F8", "FC1", "FC2", "FC5", "FC6"),
    *("Cz", "C3", "C4", "T7", "T8", "CP1", "CP2", "CP5", "CP6"),
    *("Pz", "P3", "P4", "P7", "P8", "PO3", "PO4", "Oz", "O1", "O2", "A2", "A1"),
)
BANDS = ("delta", "theta", "alpha", "beta", "gamma")
# Last film of each emotion.
LAST = {
    "anger": 3,
    "disgust": 6,
    "fear": 9,
    "sadness": 12,
    "neutral": 16,
    "amusement": 19,
    "inspiration": 22,
    "joy": 25,
    "tenderness": 28,
}
EMOTIONS = tuple(
    next(name for name, last in LAST.items() if film <= last) for film in range(1, 29)
)
FEATURES = {"DE": "nats", "PSD": "µV²/Hz"}
# Ratings of each film, from 0 to 7, in the order of the files.
RATINGS = (
    *("joy", "tenderness", "inspiration", "amusement", "anger", "disgust", "fear"),
    *("sadness", "arousal", "valence", "familiarity", "liking"),
)
HIGHEST = 7
FOLDERS = {"eeg": "Processed_data", "features": "EEG_Features"}


@fill_doc(LOADER)
def load_faced(
    data_home=None,
    *,
    subjects=None,
    modalities=("eeg",),
    features="DE",
    window=2.0,
    step=None,
    ratings=False,
    preprocess=None,
    cache_dir=None,
    n_jobs=None,
    verbose=0,
) -> EmotionDataset:
    """Load FACED, EEG of 123 people during films of nine emotions.

    123 people watched 28 films of 34 to 129 s [1]_. The processed files contain the
    last 30 s of each film, with 32 channels at 250 Hz.

    Read more in the :ref:`User Guide <datasets>`.

    Parameters
    ----------
    %(data_home)s
        The data set's folder is called ``FACED`` and contains ``Processed_data``,
        ``EEG_Features`` or both.

    %(subjects)s
        The numbers are 0 to 122, as in the names of the files.

    %(modalities)s
        Available are ``"eeg"`` (the processed recordings) and ``"features"`` (the
        authors' features, one value per second).

    features : {"DE", "PSD"}, default="DE"
        Differential entropy or power spectral density.

    %(window)s

    %(step)s

    ratings : bool, default=False
        Whether to read the ratings of each person and the order in which the films were
        seen, from ``Data/sub000/After_remarks.mat`` and so on.

    %(preprocess)s
        It is applied to ``"eeg"``, where the last 30 s of each film are a recording.

    %(cache_dir)s

    %(n_jobs)s

    %(verbose)s

    Returns
    -------
    dataset : EmotionDataset
        ``data["eeg"]`` has shape (n_samples, 32, n_times) and is in µV.
        ``data["features"]`` has shape (n_samples, n_windows, 5, 32), with one window
        per second. Both are float32. ``metadata`` has ``subject``, ``trial``,
        ``stimulus`` (1 to 28), ``emotion`` (nine names), ``valence_class``
        ("negative", "neutral" or "positive"), ``window`` and ``onset`` (in seconds from
        the start of the last 30 s of the film). With `ratings`, it also has
        ``presentation`` (1 for the film that the person saw first) and, from 0 to 7,
        ``joy``, ``tenderness``, ``inspiration``, ``amusement``, ``anger``,
        ``disgust``, ``fear``, ``sadness``, ``arousal``, ``valence``, ``familiarity``
        and ``liking``.

    Raises
    ------
    FileNotFoundError
        If files are missing.
    ValueError
        If a parameter has an invalid value, or a file is damaged or would run code.

    See Also
    --------
    load_seed : Load longer films of three emotions.

    Notes
    -----
    The files are pickles, which are read without running code. They contain the films
    in the order of their numbers and not in the order in which a person saw them, which
    `ratings` adds. The last two of the 32 channels are the earlobes, ``A2`` and ``A1``,
    which have no place on the 9 x 9 grid: drop them before you use the grid.

    References
    ----------
    .. [1] J. Chen, X. Wang, C. Huang, X. Hu, X. Shen and D. Zhang, "A large
       finer-grained affective computing EEG dataset", Scientific Data 10:740, 2023.

    Examples
    --------
    >>> from sklearn_emotion.datasets import load_faced
    >>> dataset = load_faced("/path/to/FACED", subjects=[0, 1])  # doctest: +SKIP
    """
    subjects = check_members(subjects, SUBJECTS, "subjects")
    modalities = check_members(modalities, FOLDERS, "modalities")
    if features not in FEATURES:
        raise ValueError(f"features must be 'DE' or 'PSD', got {features!r}.")
    window, step = map(to_float, (window, step))
    folder = find_folder(data_home, "FACED", "**/sub???.pkl*")
    files = {
        (name, subject): path
        for name in modalities
        for subject, path in find_files(folder, name, features, subjects).items()
    }
    if ratings:
        files |= {("ratings", s): find_remarks(folder, s) for s in subjects}
    members = one_file_each(files)
    require_files("FACED", folder, [*files.values()], PAGE, members=members)
    rates = {name: SFREQ if name == "eeg" else 1.0 for name in modalities}
    shapes = {"eeg": (len(CHANNELS),), "features": (len(BANDS), len(CHANNELS))}
    options = {
        "rates": rates,
        "shapes": {name: shapes[name] for name in modalities},
        "window": window,
        "step": step,
        "columns": [
            *("subject", "trial", "stimulus", "emotion", "valence_class"),
            *(("presentation", *RATINGS) if ratings else ()),
        ],
    }

    ch_names = dict.fromkeys(modalities, CHANNELS)
    signals = {name: rate for name, rate in rates.items() if name == "eeg"}
    prepare = Preprocess(preprocess, signals, ch_names, cache_dir)

    def load(subject):
        films = {name: read_films(files[name, subject], name) for name in modalities}
        for name in prepare.steps:
            owner = f"{files[name, subject]}: {name} of film"
            films[name] = prepare.each(name, films[name], owner)
        path = files[modalities[0], subject]
        remarks = read_remarks(files["ratings", subject]) if ratings else {}
        return cut_trials(_trials(films, subject, path, remarks), **options)

    params = {"subjects": subjects, "features": features, **options}
    params |= prepare.params
    arrays, columns = load_parts(
        subjects,
        load,
        source={"dataset": "faced", "params": params, "files": [*files.values()]},
        n_jobs=n_jobs,
        verbose=verbose,
        cache_dir=cache_dir,
    )
    report_gaps("FACED", folder, columns, [], str)
    if "features" in arrays:
        # (n, bands, channels, windows) -> (n, windows, bands, channels)
        arrays["features"] = np.moveaxis(arrays["features"], -1, 1)
    return make_dataset(
        "faced",
        arrays,
        columns,
        sfreq=rates,
        ch_names=ch_names,
        units={"eeg": "µV", "features": FEATURES[features]},
    )


def find_files(folder, name, features="DE", subjects=SUBJECTS):
    """Return the path at which the file of each subject is expected."""
    inner = folder / FOLDERS[name] / ("" if name == "eeg" else features)
    paths = {s: inner / f"sub{s:03d}.pkl" for s in subjects}
    # Some copies of the features have the suffix twice.
    twice = {s: path.with_suffix(".pkl.pkl") for s, path in paths.items()}
    return {s: twice[s] if twice[s].is_file() else paths[s] for s in subjects}


def find_remarks(folder, subject):
    """Return the path at which the ratings of a subject are expected."""
    return folder / "Data" / f"sub{subject:03d}" / "After_remarks.mat"


def read_remarks(path):
    """Return the ratings and the presentation of each film of a subject."""
    remarks = {}
    with naming(path, "the ratings of a subject of FACED"):
        rows = read_mat(path, ["After_remark"])["After_remark"].ravel()
        if not {"score", "vid"} <= set(rows.dtype.names or ()):
            raise ValueError("After_remark has no fields 'score' and 'vid'")
        # The rows are in the order in which the films were seen.
        for presentation, row in enumerate(rows, start=1):
            scores, film = np.ravel(row["score"]), int(np.ravel(row["vid"])[0])
            check_numbers(scores, (len(RATINGS),), f"{path}: score of film {film}")
            if not ((scores >= 0) & (scores <= HIGHEST)).all():
                raise ValueError(f"the ratings of film {film} are not from 0 to 7")
            scores = dict(zip(RATINGS, map(float, scores)))
            remarks[film] = {"presentation": presentation, **scores}
        is_whole = sorted(remarks) == list(range(1, len(EMOTIONS) + 1))
        if not is_whole or len(rows) != len(EMOTIONS):
            raise ValueError(f"it must have each of {len(EMOTIONS)} films once")
    return remarks


def read_films(path, name):
    """Return the films of a subject, with time as the last axis.

    The shape is (28, 32, 7500) for recordings and (28, 5, 32, 30) for features.
    """
    with naming(path, "a file of FACED"):
        shape = len(EMOTIONS), len(CHANNELS), DURATION
        if name == "eeg":
            shape = (*shape[:2], int(DURATION * SFREQ))
        else:
            shape = (*shape, len(BANDS))
        films = check_numbers(read_pickle(path), shape, f"{path}: the array")
        return films if name == "eeg" else films.transpose(0, 3, 1, 2)


def _trials(films, subject, path, remarks):
    for number, emotion in enumerate(EMOTIONS):
        info = {
            "subject": subject,
            "trial": subject * len(EMOTIONS) + number,
            "stimulus": number + 1,
            "emotion": emotion,
            "valence_class": _valence(number + 1),
            **remarks.get(number + 1, {}),
        }
        yield Trial({n: array[number] for n, array in films.items()}, info, path=path)


def _valence(film):
    if film <= LAST["sadness"]:
        return "negative"
    return "neutral" if film <= LAST["neutral"] else "positive"
