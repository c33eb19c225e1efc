"""SEED-V: EEG and eye movements during films of five emotions."""

import struct
import warnings

import numpy as np

from sklearn_emotion._docs import fill_doc
from sklearn_emotion._files import check_numbers, naming
from sklearn_emotion.datasets._bunch import EmotionDataset
from sklearn_emotion.datasets._cache import load_parts
from sklearn_emotion.datasets._docs import LOADER
from sklearn_emotion.datasets._home import find_folder
from sklearn_emotion.datasets._npz import read_npz_bytes
from sklearn_emotion.datasets._preprocess import Preprocess
from sklearn_emotion.datasets._recordings import (
    check_members,
    check_rate,
    make_dataset,
    one_file_each,
    require_files,
    to_float,
)
from sklearn_emotion.datasets._seed import (
    BANDS,
    DATE,
    FEATURE_UNITS,
    N_CHANNELS,
    N_FILMS,
    RAW_SFREQ,
    SESSIONS,
    describe_trial,
    trial_number,
)
from sklearn_emotion.datasets._trials import Trial, cut_trials, report_gaps
from sklearn_emotion.datasets._unpickle import parse_pickle
from sklearn_emotion.montage import MONTAGES, canonical_name
from sklearn_emotion.preprocessing import Resampler

PAGE = "https://bcmi.sjtu.edu.cn/home/seed/seed-v.html"
SUBJECTS = tuple(range(1, 17))
LABELS = ("disgust", "fear", "sad", "neutral", "happy")
FOLDERS = {
    "features": "EEG_DE_features",
    "eye": "Eye_movement_features",
    "eeg": "EEG_raw",
}
# Emotion of each film of the three sessions.
CODES = {
    1: "413204132041320",
    2: "213044032134120",
    3: "213044032134120",
}
EMOTIONS = [LABELS[int(code)] for codes in CODES.values() for code in codes]
# Start and end of each film in the recording of its session, in s.
SECONDS = {
    1: "30-102 132-228 287-524 555-742 773-920 982-1240 1271-1568 1628-1697 1730-1994 "
    "2025-2166 2227-2401 2435-2607 2667-2901 2932-3172 3204-3359",
    2: "30-267 299-488 548-614 646-773 836-967 1000-1059 1091-1331 1392-1622 1657-1777 "
    "1809-1908 1966-2153 2186-2302 2333-2428 2490-2709 2741-2817",
    3: "30-321 353-418 478-643 674-764 825-877 908-1147 1200-1284 1346-1418 1451-1679 "
    "1711-1996 2055-2275 2307-2425 2457-2664 2726-2857 2888-3066",
}
# A film is resampled together with this time before and after it, in s.
_MARGIN = 1
# Byte of a recording of NeuroScan that tells where the table of events starts.
_PLACE_OF_EVENTS = 886
# The authors' windows last 4 s.
WINDOW = 4.0
N_EYE = 33
CH_NAMES = {
    "eeg": MONTAGES["seed62"],
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
    sfreq=200.0,
    preprocess=None,
    cache_dir=None,
    n_jobs=None,
    verbose=0,
) -> EmotionDataset:
    """Load SEED-V, EEG and eye movements during films of five emotions.

    16 people watched 45 films of about 1 to 4 minutes in three sessions of 15 films
    [1]_. The features were computed by the authors for each 4 s. The recordings have 62
    EEG channels at 1000 Hz.

    Read more in the :ref:`User Guide <datasets>`.

    Parameters
    ----------
    %(data_home)s
        The data set's folder is called ``SEED-V`` and contains ``EEG_DE_features``,
        ``Eye_movement_features`` or ``EEG_raw``.

    %(subjects)s
        The numbers are 1 to 16.

    %(sessions)s

    %(modalities)s
        Available are ``"features"`` (differential entropy of the EEG), ``"eye"`` (33
        features of the eyes) and ``"eeg"`` (the recordings, which are raw).

    %(window)s
        With features, it must be a multiple of 4 s.

    %(step)s

    sfreq : float, default=200.0
        Rate in Hz to which the recordings are resampled, with an anti-alias filter. The
        other data sets of the authors have 200 Hz.

    %(preprocess)s
        It is applied to ``"eeg"``, where each film is a recording, at the rate `sfreq`.

    %(cache_dir)s

    %(n_jobs)s

    %(verbose)s

    Returns
    -------
    dataset : EmotionDataset
        ``data["features"]`` has shape (n_samples, n_windows, 5, 62), with bands from
        delta to gamma, ``data["eye"]`` has shape (n_samples, n_windows, 33), and
        ``data["eeg"]`` has shape (n_samples, 62, n_times) and is in µV. All are
        float32. ``metadata`` has ``subject``, ``session``, ``trial``, ``stimulus``
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
    dropped. The files of features contain pickles, which are read without running code.
    The recordings (``.cnt``) are read with MNE, and the films are found by the seconds
    that the authors state, because the marks in the files are not documented.

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
    folder = find_folder(data_home, "SEED-V", "E*/[1-9]*_*[tz]")
    check_rate(sfreq)
    files = {
        (name, subject): path
        for name in modalities
        if name != "eeg"
        for subject, path in find_files(folder, name, subjects).items()
    }
    if "eeg" in modalities:
        files |= {
            (session, subject): find_recording(folder, subject, session)
            for subject in subjects
            for session in sessions
        }
    members = one_file_each(files)
    require_files("SEED-V", folder, [*files.values()], PAGE, members=members)
    rates = {n: to_float(sfreq) if n == "eeg" else 1 / WINDOW for n in modalities}
    shapes = {
        "features": (len(BANDS), N_CHANNELS),
        "eye": (N_EYE,),
        "eeg": (N_CHANNELS,),
    }
    options = {
        "rates": rates,
        "shapes": {name: shapes[name] for name in modalities},
        "window": window,
        "step": step,
        "columns": ["subject", "session", "trial", "stimulus", "fold", "emotion"],
    }

    signals = {name: rate for name, rate in rates.items() if name == "eeg"}
    prepare = Preprocess(preprocess, signals, CH_NAMES, cache_dir)

    def load(subject):
        paths = {key: path for (key, owner), path in files.items() if owner == subject}
        eeg = {k: Recording(p, k, rates["eeg"]) for k, p in paths.items() if k in CODES}
        features = {name: path for name, path in paths.items() if name in rates}
        trials = read_trials(features, eeg, subject, sessions, prepare)
        return cut_trials(trials, **options)

    params = {"subjects": subjects, "sessions": sessions, **options, **prepare.params}
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
    for name in {"features", "eye"} & set(arrays):
        # (n, ..., windows) -> (n, windows, ...)
        arrays[name] = np.moveaxis(arrays[name], -1, 1)
    return make_dataset(
        "seed_v",
        arrays,
        columns,
        sfreq=rates,
        ch_names=CH_NAMES,
        units={"features": FEATURE_UNITS["de"], "eye": "mixed", "eeg": "µV"},
        missing=missing,
    )


def find_files(folder, name, subjects=SUBJECTS):
    """Return the path at which the file of each subject is expected."""
    return {s: folder / FOLDERS[name] / f"{s}_123.npz" for s in subjects}


def find_recording(folder, subject, session):
    """Return the file of a session, <subject>_<session>_<date>.cnt, or its place."""
    inner = folder / FOLDERS["eeg"]
    found = sorted(inner.glob(f"{subject}_{session}_{DATE}.cnt"))
    if len(found) > 1:
        raise ValueError(
            f"{inner} has several files of subject {subject}, session {session}: "
            f"{[path.name for path in found]}. Keep only one of them."
        )
    return found[0] if found else inner / f"{subject}_{session}_<date>.cnt"


def _check_events(path):
    """Check that the table of events has its stated size, which MNE allocates."""
    with path.open("rb") as file:
        file.seek(_PLACE_OF_EVENTS)
        (place,) = struct.unpack("<i", file.read(4))
        file.seek(place)
        _, n_bytes, _ = struct.unpack("<Bii", file.read(9))
    n_left = path.stat().st_size - place - 9
    if not 0 <= n_bytes <= n_left:
        raise ValueError(
            f"its table of events states {n_bytes} bytes, but {n_left} follow"
        )


class Recording:
    """A recording of NeuroScan, from which films are read one by one."""

    def __init__(self, path, session, sfreq=RAW_SFREQ):
        import mne

        self.path, self.sfreq = path, sfreq
        with naming(path, "a recording of NeuroScan"), warnings.catch_warnings():
            # The positions and the date in the file are not used.
            warnings.simplefilter("ignore")
            _check_events(path)
            self.raw = mne.io.read_raw_cnt(path, verbose="error")
            stored = {canonical_name(name): name for name in self.raw.ch_names}
            wanted = [canonical_name(name) for name in CH_NAMES["eeg"]]
            absent = [n for n, key in zip(CH_NAMES["eeg"], wanted) if key not in stored]
            if absent:
                raise ValueError(f"{path} has no channels {absent}.")
            self.picks = [self.raw.ch_names.index(stored[key]) for key in wanted]
        spans = [span.split("-") for span in SECONDS[session].split()]
        self.spans = [(int(start), int(stop)) for start, stop in spans]
        n_seconds, end = self.raw.n_times / self.raw.info["sfreq"], self.spans[-1][1]
        if n_seconds < end:
            raise ValueError(
                f"{path} is cut off: it lasts {n_seconds:.0f} s, but the last film "
                f"ends at {end} s."
            )

    def film(self, number):
        """Return a film in µV, of shape (62, n_times)."""
        start, stop = self.spans[number]
        rate = self.raw.info["sfreq"]
        first, last = round((start - _MARGIN) * rate), round((stop + _MARGIN) * rate)
        with naming(self.path, "a recording of NeuroScan"):
            signal = 1e6 * self.raw.get_data(self.picks, first, last)
            if not np.isfinite(signal).all():
                raise ValueError("its calibration is not finite")
        if rate != self.sfreq:
            resampler = Resampler(sfreq=rate, new_sfreq=self.sfreq)
            signal = resampler.transform(signal[np.newaxis])[0]
        before = round(_MARGIN * self.sfreq)
        return signal[:, before : before + round((stop - start) * self.sfreq)]


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


def read_trials(paths, recordings, subject, sessions, prepare):
    """Yield the films of some sessions of a subject.

    `paths` has the file of each modality of features, and `recordings` has the
    `Recording` of each session, if the EEG is read.
    """
    found = {name: read_films(path, name) for name, path in paths.items()}
    known = {tuple(stored) for _, stored in found.values()}
    if recordings:
        known.add(tuple(EMOTIONS))
    if len(known) > 1:
        raise ValueError(
            f"{next(iter(paths.values()))}: the labels differ from the labels of the "
            "other modalities. Download the files again."
        )
    (labels,) = known
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
            path = next(iter(paths.values()), None)
            if recordings:
                path = recordings[session].path
                eeg = recordings[session].film(number)
                signals["eeg"] = prepare(
                    "eeg", eeg, f"{path}: eeg of film {number + 1}"
                )
            yield Trial(signals, info, path=path)
