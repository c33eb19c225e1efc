"""Stress-Predict: signals of a wristband during stress tests and rest."""

from functools import lru_cache

import numpy as np

from sklearn_emotion._docs import fill_doc
from sklearn_emotion._files import Column, check_numbers, naming, read_table
from sklearn_emotion.datasets._bunch import EmotionDataset
from sklearn_emotion.datasets._cache import load_parts
from sklearn_emotion.datasets._docs import LOADER
from sklearn_emotion.datasets._e4 import SENSORS
from sklearn_emotion.datasets._e4_files import read_session
from sklearn_emotion.datasets._home import find_folder
from sklearn_emotion.datasets._npz import read_npz
from sklearn_emotion.datasets._preprocess import Preprocess
from sklearn_emotion.datasets._recordings import (
    check_members,
    make_dataset,
    one_file_each,
    require_files,
    to_float,
)
from sklearn_emotion.datasets._trials import Trial, cut_trials, find_runs, report_gaps

PAGE = "https://github.com/italha-d/Stress-Predict-Dataset"
FOLDERS = "stress_predict", "Stress-Predict-Dataset"
RAW = "Raw_data"
TABLE = "Processed_data/Improved_All_Combined_hr_rsp_binary.csv"
# The same signals in one file. It limits the pulse to values of 16 bits.
PACKED_FOLDER, FILE = "stress_predict_ppg_eda", "stress_predict.npz"
SUBJECTS = tuple(range(2, 36))
RATES = {"bvp": 64.0, "eda": 4.0, "temperature": 4.0, "hr": 1.0}
STORED = {"bvp": "bvp", "eda": "eda", "temperature": "temp", "hr": "hr"}
CH_NAMES = {name: (name.upper(),) for name in RATES}
UNITS = {"bvp": "a.u.", "eda": "µS", "temperature": "°C", "hr": "1/min"}
TASKS = {0: "rest", 1: "stress"}
_SENSOR_FILES = [SENSORS[name][0] for name in RATES]
# Trials are numbered within a subject, and no subject has more than this.
_MAX_BLOCKS = 100
# Absolute values above this limit are no measurements.
_LARGEST = 1e30
# Labels and recordings start and end at most this many seconds apart.
_MOST_APART = 15


@fill_doc(LOADER)
def load_stress_predict(
    data_home=None,
    *,
    subjects=None,
    modalities=("bvp", "eda", "temperature"),
    window=60.0,
    step=None,
    preprocess=None,
    cache_dir=None,
    n_jobs=None,
    verbose=0,
) -> EmotionDataset:
    """Load Stress-Predict, signals of a wristband during stress tests and rest.

    35 people wore a wristband during a Stroop test, an interview and hyperventilation,
    each followed by rest [1]_. The recordings have blood volume pulse at 64 Hz, skin
    conductance and temperature at 4 Hz, and heart rate at 1 Hz. The first person has no
    labels and is left out.

    Read more in the :ref:`User Guide <datasets>`.

    Parameters
    ----------
    %(data_home)s
        The data set's folder is called ``stress_predict`` or
        ``Stress-Predict-Dataset``, as a clone of its repository, and contains
        ``Raw_data`` and ``Processed_data``. Instead, a folder
        ``stress_predict_ppg_eda`` may contain all signals in one file,
        ``stress_predict.npz``, which is then read.

    %(subjects)s
        The numbers are 2 to 35.

    %(modalities)s
        ``"bvp"``, ``"eda"``, ``"temperature"`` and ``"hr"`` are available.

    %(window)s

    %(step)s

    %(preprocess)s

    %(cache_dir)s

    %(n_jobs)s

    %(verbose)s

    Returns
    -------
    dataset : EmotionDataset
        Each modality is a float32 array of shape (n_samples, 1, n_times). ``metadata``
        has ``subject``, ``trial`` (consecutive seconds with the same label), ``task``
        ("stress" or "rest"), ``start`` (of the trial in the recording, in seconds),
        ``window`` and ``onset``. ``target("task")`` returns the labels.

    Raises
    ------
    FileNotFoundError
        If files are missing.
    ValueError
        If a parameter has an invalid value or a file is damaged.

    See Also
    --------
    read_e4 : Read the recordings of any such wristband.

    Notes
    -----
    The labels are those of the table of the authors, second by second. The button
    presses are not used, because the clock of some of them is wrong by 12 hours. In the
    single file, the pulse is rounded to steps of 0.02 and limited to values of 655; in
    the published files it reaches 2751.

    No window contains both stress and rest. An incomplete final window of a trial is
    dropped, and so are trials shorter than a window.

    References
    ----------
    .. [1] T. Iqbal, A. J. Simpkin, D. Roshan et al., "Stress monitoring using wearable
       sensors: a pilot study and Stress-Predict dataset", Sensors 22(21):8135, 2022.

    Examples
    --------
    >>> from sklearn_emotion.datasets import load_stress_predict
    >>> dataset = load_stress_predict("/path/to/data")  # doctest: +SKIP
    """
    subjects = check_members(subjects, SUBJECTS, "subjects")
    modalities = check_members(modalities, RATES, "modalities")
    window, step = map(to_float, (window, step))
    folder = find_home(data_home)
    files = find_files(folder, subjects)
    members = one_file_each(
        {
            (file, subject): folder / RAW / f"S{subject:02d}" / file
            for subject in subjects
            for file in _SENSOR_FILES
        }
    )
    require_files("Stress-Predict", folder, list(files.values()), PAGE, members=members)
    rates = {name: RATES[name] for name in modalities}
    options = {
        "rates": rates,
        "shapes": dict.fromkeys(modalities, (1,)),
        "window": window,
        "step": step,
        "columns": ["subject", "trial", "task", "start"],
    }

    prepare = Preprocess(preprocess, rates, CH_NAMES, cache_dir)

    def load(subject):
        trials = read_trials(folder, subject, modalities, prepare)
        return cut_trials(trials, **options)

    arrays, columns = load_parts(
        subjects,
        load,
        source={
            "dataset": "stress_predict",
            "params": {"subjects": subjects, **options, **prepare.params},
            "files": list(files.values()),
        },
        n_jobs=n_jobs,
        verbose=verbose,
        cache_dir=cache_dir,
    )
    report_gaps("Stress-Predict", folder, columns, [], str)
    return make_dataset(
        "stress_predict",
        arrays,
        columns,
        sfreq=rates,
        ch_names=CH_NAMES,
        units=UNITS,
    )


def find_home(data_home):
    """Return the folder of the data set in either layout, which need not exist."""
    folder = find_folder(data_home, PACKED_FOLDER, FILE)
    if (folder / FILE).is_file():
        return folder
    folders = [find_folder(data_home, name, TABLE) for name in FOLDERS]
    return next((f for f in folders if (f / RAW).is_dir()), folders[0])


def find_files(folder, subjects=SUBJECTS):
    """Return the files of the data set by their names in its folder."""
    if (folder / FILE).is_file():
        return {FILE: folder / FILE}
    names = [f"{RAW}/S{s:02d}/{file}" for s in subjects for file in _SENSOR_FILES]
    return {name: folder / name for name in [TABLE, *names]}


def read_trials(folder, subject, modalities, prepare=None):
    """Yield the trials of a subject, each a run of seconds with the same label.

    `prepare` is a `Preprocess` or None.
    """
    path = folder / FILE
    if path.is_file():
        with naming(path, "the file of Stress-Predict"):
            parts = _read_packed(path, f"S{subject:02d}", modalities)
    else:
        path = folder / RAW / f"S{subject:02d}"
        parts = _read_published(folder, path, subject, modalities)
    labels, starts, signals = parts
    for name in prepare.steps if prepare else ():
        whole = signals[name][np.newaxis]
        signals[name] = prepare(name, whole, f"{path}: {name}")[0]
    for block, (start, stop) in enumerate(find_runs(labels)):
        label = int(labels[start])
        first = max([start, *(int(np.ceil(starts[name])) for name in modalities)])
        if label not in TASKS or first >= stop:
            continue
        spans = {
            name: slice(
                round((first - starts[name]) * RATES[name]),
                round((stop - starts[name]) * RATES[name]),
            )
            for name in modalities
        }
        info = {
            "subject": subject,
            "trial": subject * _MAX_BLOCKS + block,
            "task": TASKS[label],
            "start": first,
        }
        cut = {name: signals[name][np.newaxis, spans[name]] for name in modalities}
        yield Trial(cut, info, path=path)


def _read_packed(path, subject, modalities):
    """Return labels, starts of the signals in seconds, and signals of a subject."""
    names = {name: f"{subject}_{STORED[name]}" for name in modalities}
    label, offset, scale = f"{subject}_label", f"{subject}_hr_offset_s", "scale_bvp"
    wanted = [label, offset, *names.values(), *([scale] if "bvp" in names else [])]
    content = read_npz(path, wanted)
    for name in (label, *names.values()):
        check_numbers(content[name], ("n_times",), f"{path}: {name}")
    for name in {offset, scale} & set(content):
        check_numbers(content[name], (), f"{path}: {name}")
        if not abs(content[name]) < _LARGEST:
            raise ValueError(f"{path}: {name} is {content[name]}.")
    labels = content[label]
    if not (labels.size and (labels == np.round(labels)).all()):
        raise ValueError(f"{path}: {label} must be whole numbers.")
    starts = dict.fromkeys(RATES, 0.0) | {"hr": float(content[offset])}
    if not 0 <= starts["hr"] <= len(labels):
        raise ValueError(
            f"{path}: {offset} is {starts['hr']:g} s in a recording of {len(labels)} s."
        )
    signals = {name: content[stored] for name, stored in names.items()}
    if "bvp" in signals:
        signals["bvp"] = signals["bvp"] * np.float32(content[scale])
    return labels, starts, signals


def _read_published(folder, path, subject, modalities):
    """Return the same as `_read_packed`, from the files that the authors published."""
    session = read_session(path, list(RATES))
    begin = session.starts["bvp"]
    signals = {name: session.signals[name][0] for name in modalities}
    starts = {name: session.starts[name] - begin for name in modalities}
    lengths = {k: x.shape[1] / RATES[k] for k, x in session.signals.items()}
    # The heart rate starts later than the other signals.
    n_seconds = int(min(lengths[k] for k in ("bvp", "eda", "temperature")))
    table = read_labels(folder / TABLE)
    rows = table[table["Participant"] == subject]
    second = (rows["Time(sec)"] - round(begin)).to_numpy()
    if not len(rows) or (second < 0).any() or (np.diff(second) != 1).any():
        raise ValueError(
            f"{folder / TABLE} must have one row per second for participant {subject}, "
            f"after the recording in {path} starts."
        )
    late = max(second[0], n_seconds - second[-1])
    if late > _MOST_APART:
        raise ValueError(
            f"{folder / TABLE} has labels from {second[0]} to {second[-1]} s for "
            f"participant {subject}, but the recording in {path} lasts {n_seconds} s."
        )
    labels = np.full(n_seconds, -1)
    inside = second < n_seconds
    labels[second[inside]] = rows["Label"].to_numpy()[inside]
    return labels, starts, signals


@lru_cache(maxsize=1)
def _cached_labels(path, _):
    columns = {
        "Participant": Column(1, 1000, is_whole=True),
        "Time(sec)": Column(1e9, 4e9, is_whole=True),
        "Label": Column(0, 1, is_whole=True),
    }
    return read_table(path, columns)


def read_labels(path):
    """Read the label of each second of each participant, from the authors' table."""
    return _cached_labels(path, path.stat().st_mtime_ns)
