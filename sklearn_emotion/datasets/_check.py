"""Check that a copy of a data set is complete and as its owners published it."""

from contextlib import suppress
from functools import partial

import pandas as pd
from tqdm.auto import tqdm

from sklearn_emotion._docs import fill_doc
from sklearn_emotion.datasets import (
    _afew_va,
    _amigos,
    _case,
    _deap,
    _dreamer,
    _eegmat,
    _faced,
    _mahnob_hci,
    _seed,
    _seed_iv,
    _seed_v,
    _stress_predict,
    _wesad,
)
from sklearn_emotion.datasets._deap_bdf import find_stored, find_videos
from sklearn_emotion.datasets._docs import LOADER
from sklearn_emotion.datasets._e4_files import read_sensor
from sklearn_emotion.datasets._edf import open_recording, read_signals
from sklearn_emotion.datasets._generated import members_of, trials_of
from sklearn_emotion.datasets._home import (
    describe_similar,
    find_data_home,
    find_folder,
    find_originals,
)
from sklearn_emotion.datasets._mahnob_sessions import (
    CHANNELS,
    RECORD_DURATION,
    find_clip,
    read_session,
)
from sklearn_emotion.preprocessing import probe_video


@fill_doc(LOADER)
def check_dataset(name, data_home=None, *, verbose=0):
    """Check every file of a copy of a data set.

    Each file is read in the same way as by its loader, and its content is discarded.
    Files are also compared with each other: the ratings of DEAP with
    ``participant_ratings.csv``, and the labels in the two folders of SEED. A file that
    is a copy of another one, such as the recording of another subject under a wrong
    name, is bad.

    Read more in the :ref:`User Guide <datasets>`.

    Parameters
    ----------
    name : str
        One of ``"afew-va"``, ``"amigos"``, ``"case"``, ``"deap"``, ``"dreamer"``,
        ``"eegmat"``, ``"faced"``, ``"mahnob-hci"``, ``"seed"``, ``"seed-iv"``,
        ``"seed-v"``, ``"stress-predict"`` and ``"wesad"``.

    %(data_home)s

    %(verbose)s

    Returns
    -------
    report : pandas.DataFrame
        One row per file, with ``file`` (relative to the data set's folder), ``status``
        ("good", "missing", "bad" or "unchecked") and ``problem`` (empty if there is
        none). For a missing file, the problem names a file with a similar name, such as
        a copy or an incomplete download. A file of DEAP is unchecked if there is no
        table to compare its ratings with, and a file is unchecked if a package that
        reads it is not installed. If a data set has several layouts, layouts without
        any file are left out of the report. Only the videos that exist are checked.
        ``report.attrs["folder"]`` is the data set's folder.

    Raises
    ------
    ValueError
        If `name` is unknown.
    FileNotFoundError
        If the folder `data_home` does not exist.

    See Also
    --------
    list_cache : List what loaders have stored.

    Examples
    --------
    >>> from sklearn_emotion.datasets import check_dataset
    >>> report = check_dataset("deap", "/path/to/deap")  # doctest: +SKIP
    >>> report["status"].value_counts()  # doctest: +SKIP
    """
    if name not in CHECKERS:
        raise ValueError(f"name must be one of {tuple(CHECKERS)}, got {name!r}.")
    place = find_data_home(data_home)
    if not place.is_dir():
        raise FileNotFoundError(f"There is no folder {place}.")
    find, list_files = CHECKERS[name]
    folder = find(data_home)
    listed = list_files(folder)
    originals = find_originals([path for path, _ in listed])
    files = tqdm(listed, desc=name, unit="file", disable=not verbose)
    rows = [
        (path.relative_to(folder).as_posix(), *_status(path, check, originals))
        for path, check in files
    ]
    report = pd.DataFrame(rows, columns=["file", "status", "problem"])
    report.attrs["folder"] = str(folder)
    return report


def _status(path, check, originals):
    if not path.exists():
        return "missing", describe_similar(path)
    if path in originals:
        return "bad", f"{path} has the same content as {originals[path]}."
    try:
        return check(path) or "good", ""
    except ImportError as error:
        return "unchecked", str(error)
    except (ValueError, OSError) as error:
        return "bad", str(error)


def _present_layouts(layouts):
    """Return the files of all layouts with at least one file, or else of the first."""
    found = [files for files in layouts if any(path.exists() for path, _ in files)]
    return [file for files in found or layouts[:1] for file in files]


def _list_deap(folder):
    table_path = folder / _deap.TABLE
    table, n_trials = None, trials_of(folder, _deap.N_TRIALS)
    read_table = partial(_deap.read_ratings_table, n_trials=n_trials)
    # The table has a row of its own that reports the error.
    with suppress(ValueError, OSError):
        table = read_table(table_path)

    def check(path, subject):
        if path.suffix == ".bdf":
            recording = open_recording(path, RECORD_DURATION)
            find_videos(recording, _deap.N_TRIALS)
            read_signals(recording, find_stored(_deap.CHANNELS), 0, 1)
            return None
        _, ratings = _deap.read_recording(path, n_trials)
        if table is None:
            return "unchecked"
        return _deap.check_ratings(path, subject, ratings, table)

    layouts = [
        [
            (path, partial(check, subject=subject))
            for subject, path in _deap.find_recordings(
                folder, members_of(folder, _deap.SUBJECTS), layout
            ).items()
        ]
        for layout in _deap.LAYOUTS
    ]
    videos = sorted((folder / "face_video").glob("s??/*.avi"))
    return [
        (table_path, _discarding(read_table)),
        *_present_layouts(layouts),
        *((path, _check_video) for path in videos),
    ]


def _check_video(path):
    probe_video(path)


def _list_mahnob_hci(folder):
    files, subjects = [], []
    for path in sorted((folder / "Sessions").glob("*/session.xml")):
        files.append((path, _discarding(read_session)))
        session = None
        with suppress(ValueError, OSError):
            session = read_session(path)
        if session is None:
            continue
        subjects.append(session.subject)
        recording = session.recording or path.parent / "Part_*_emotion.bdf"
        files.append((recording, _check_clip))
        if session.video is not None:
            files.append((session.video, _check_video))
    n_clips = trials_of(folder, _mahnob_hci.N_CLIPS)
    kept = [s for s in _mahnob_hci.SUBJECTS if s not in _mahnob_hci.LOST]
    for subject in members_of(folder, kept):
        n_absent = n_clips - subjects.count(subject)
        if n_absent > 0:
            absent = f"{n_absent} sessions of subject {subject}"
            files.append((folder / "Sessions" / absent, None))
    return files


def _check_clip(path):
    recording = open_recording(path, RECORD_DURATION)
    if find_clip(recording) is None:
        raise ValueError(f"{path}: its Status channel does not mark a clip.")
    read_signals(recording, CHANNELS, 0, 1)


def _list_amigos(folder):
    def check(path, subject):
        signals = tuple(_amigos.COLUMNS)
        for _ in _amigos.read_trials(path, subject, range(_amigos.N_VIDEOS), signals):
            pass

    return [
        (_amigos.find_file(folder, subject), partial(check, subject=subject))
        for subject in members_of(folder, _amigos.SUBJECTS)
    ]


def _list_afew_va(folder):
    def check(path):
        _, frames = _afew_va.read_annotations(path)
        for number, (eyes, *_) in frames.items():
            _afew_va.read_image(path.parent / f"{number:05d}.png", eyes)

    clips = members_of(folder, _afew_va.CLIPS)
    return [(_afew_va.find_annotations(folder, clip), check) for clip in clips]


def _list_dreamer(folder):
    def check(path):
        people = _dreamer.read_people(path)
        for subject in _dreamer.SUBJECTS:
            _dreamer.read_trials(people[subject - 1], subject, _dreamer.RATES, path)

    return [(folder / "DREAMER.mat", check)]


def _list_seed(folder):
    inner = [folder / name for name in _seed.FOLDERS.values()]
    tables = [path / "label.mat" for path in inner if path.is_dir()]

    def check_labels(path):
        _seed.read_labels(dict(enumerate(tables)))

    def files(kind, path):
        feature = _seed.FEATURES[0] if kind == "features" else None
        listed = [(path / "label.mat", check_labels)]
        for subject in _seed.SUBJECTS:
            there = _seed.find_files(path, subject)
            n_absent = len(_seed.SESSIONS) - len(there)
            absent = n_absent * [path / f"{subject}_<date>.mat"]
            check = _discarding(partial(_seed.read_films, feature=feature))
            listed += [(file, check) for file in [*there, *absent]]
        return listed

    return _present_layouts([files(*pair) for pair in zip(_seed.FOLDERS, inner)])


def _list_stress_predict(folder):
    def check(path):
        for subject in _stress_predict.SUBJECTS:
            for _ in _stress_predict.read_trials(
                folder, subject, list(_stress_predict.RATES)
            ):
                pass

    files = _stress_predict.find_files(folder)
    checks = {_stress_predict.FILE: check}
    checks[_stress_predict.TABLE] = _discarding(_stress_predict.read_labels)
    sensor = _discarding(read_sensor)
    return [(path, checks.get(name, sensor)) for name, path in files.items()]


def _list_wesad(folder):
    def check(path, subject):
        for _ in _wesad.read_trials(path, subject, list(_wesad.SIGNALS)):
            pass

    files = _wesad.find_files(folder).items()
    return [(path, partial(check, subject=subject)) for subject, path in files]


def _list_case(folder):
    signals = [column for columns, _ in _case.SIGNALS.values() for column in columns]
    ratings = _case.find_files(folder, "annotations")

    def check(path, subject):
        try:
            _case.read_ratings(ratings[subject])
        except (ValueError, OSError):
            # The file of the ratings has a row of its own that reports the error.
            _case.read_columns(path, "physiological", [*signals, "video"])
            return
        trials = _case.read_trials(path, ratings[subject], subject, [*_case.SIGNALS])
        for _ in trials:
            pass

    files = [
        (path, partial(check, subject=subject))
        for subject, path in _case.find_files(folder, "physiological").items()
    ]
    check_ratings = _discarding(_case.read_ratings)
    return files + [(path, check_ratings) for path in ratings.values()]


def _list_faced(folder):
    kinds = [("eeg", "DE"), *(("features", feature) for feature in _faced.FEATURES)]
    layouts = [
        [
            (path, _discarding(partial(_faced.read_films, name=name)))
            for path in _faced.find_files(folder, name, features).values()
        ]
        for name, features in kinds
    ]
    remarks = [
        (_faced.find_remarks(folder, s), _discarding(_faced.read_remarks))
        for s in _faced.SUBJECTS
    ]
    return _present_layouts([*layouts, remarks])


def _list_seed_iv(folder):
    layouts = [
        [
            (
                _seed_iv.find_file(folder, name, subject, session),
                _discarding(partial(_seed_iv.read_session, name=name)),
            )
            for session in _seed_iv.CODES
            for subject in _seed_iv.SUBJECTS
        ]
        for name in _seed_iv.FOLDERS
    ]
    return _present_layouts(layouts)


def _list_seed_v(folder):
    layouts = [
        [
            (path, _discarding(partial(_seed_v.read_films, name=name)))
            for path in _seed_v.find_files(folder, name).values()
        ]
        for name in ("features", "eye")
    ]
    recordings = [
        (
            _seed_v.find_recording(folder, subject, session),
            _discarding(partial(_seed_v.Recording, session=session)),
        )
        for session in _seed_v.SESSIONS
        for subject in _seed_v.SUBJECTS
    ]
    return _present_layouts([*layouts, recordings])


def _list_eegmat(folder):
    names = _eegmat.needed_files(_eegmat.SUBJECTS)
    checks = {_eegmat.TABLE: _discarding(_eegmat.read_subjects)}
    check = _discarding(_eegmat.check_recording)
    return [(folder / name, checks.get(name, check)) for name in names]


def _in(name, pattern):
    return partial(find_folder, name=name, pattern=pattern)


def _discarding(read):
    """Return a check that reads a file and discards the content."""

    def check(path):
        read(path)

    return check


# A function that returns the folder, given `data_home`, and a function that lists each
# file with its check. A check raises an error if the file is bad.
CHECKERS = {
    "afew-va": (_in("afew-va", "*/001*"), _list_afew_va),
    "amigos": (_in("amigos", "**/Data_Preprocessed_P??.mat"), _list_amigos),
    "case": (_in("CASE", "data/interpolated/*/sub_*.csv"), _list_case),
    "deap": (_in("deap", _deap.FOLDERS), _list_deap),
    "dreamer": (_in("dreamer", "DREAMER.mat"), _list_dreamer),
    "eegmat": (_in("eegmat", "Subject*_*.edf"), _list_eegmat),
    "faced": (_in("FACED", "**/sub???.pkl*"), _list_faced),
    "mahnob-hci": (_in("mahnob-hci", "Sessions/*/session.xml"), _list_mahnob_hci),
    "seed": (_in("seed", "*/label.mat"), _list_seed),
    "seed-iv": (_in("SEED_IV", "e*/[123]/*_*.mat"), _list_seed_iv),
    "seed-v": (_in("SEED-V", "E*/[1-9]*_*[tz]"), _list_seed_v),
    "stress-predict": (_stress_predict.find_home, _list_stress_predict),
    "wesad": (_in("WESAD", "S*/S*.pkl"), _list_wesad),
}
