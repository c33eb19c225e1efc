"""PhysioNet EEGMAT: EEG and ECG at rest and during mental arithmetic."""

from fractions import Fraction
from numbers import Integral, Real

import numpy as np
import pandas as pd
from scipy.signal import resample_poly

from sklearn_emotion._docs import fill_doc
from sklearn_emotion._files import Column, naming, read_table, to_float32
from sklearn_emotion._validation import to_samples
from sklearn_emotion.datasets._bunch import EmotionDataset
from sklearn_emotion.datasets._cache import load_parts
from sklearn_emotion.datasets._descriptions import read_description
from sklearn_emotion.datasets._docs import LOADER, WINDOW_OR_TRIAL
from sklearn_emotion.datasets._edf import open_recording, read_signals, read_stored
from sklearn_emotion.datasets._fields import warn_of_signals
from sklearn_emotion.datasets._home import find_folder, listing
from sklearn_emotion.datasets._preprocess import Preprocess
from sklearn_emotion.datasets._recordings import suggest_members, to_float
from sklearn_emotion.datasets._windows import plan_windows
from sklearn_emotion.modalities import Modalities
from sklearn_emotion.montage import MONTAGES, canonical_name

PAGE = "https://physionet.org/content/eegmat/1.0.0/"
FILES = "https://physionet.org/files/eegmat/1.0.0/"

SUBJECTS = tuple(range(36))
TASKS = {"rest": 1, "arithmetic": 2}
SFREQ = 500.0
TABLE = "subject-info.csv"
TABLE_COLUMNS = {
    "Age": Column(0, 150, is_whole=True),
    "Gender": None,
    "Recording year": Column(1900, 2100, is_whole=True),
    "Number of subtractions": Column(0, 1000),
    "Count quality": Column(0, 1, is_whole=True),
}
NEW_NAMES = {
    "Age": "age",
    "Gender": "gender",
    "Recording year": "recording_year",
    "Number of subtractions": "n_subtractions",
    "Count quality": "count_quality",
}
# Factors from volts to the units of the result.
SCALE = {"eeg": 1e6, "ecg": 1e3}
VOLTS = {"uV": 1e-6, "mV": 1e-3, "V": 1.0}
UNITS = {"eeg": "µV", "ecg": "mV"}
CH_NAMES = {"eeg": list(MONTAGES["eegmat19"]), "ecg": ["ECG"]}


@fill_doc(LOADER, WINDOW_OR_TRIAL)
def load_eegmat(
    data_home=None,
    *,
    subjects=None,
    modalities=("eeg", "ecg"),
    window=10.0,
    step=None,
    duration=60.0,
    sfreq=128.0,
    ecg_sfreq=250.0,
    preprocess=None,
    cache_dir=None,
    n_jobs=None,
    verbose=0,
) -> EmotionDataset:
    """Load PhysioNet's EEG during mental arithmetic tasks (EEGMAT).

    36 subjects were recorded at rest and while they subtracted numbers in their heads,
    with 19 EEG channels and one ECG lead [1]_. The files are read as PhysioNet provides
    them. :func:`fetch_eegmat` downloads them.

    Read more in the :ref:`User Guide <datasets>`.

    Parameters
    ----------
    %(data_home)s
        The data set's folder is called ``eegmat``.

    %(subjects)s
        The numbers are 0 to 35.

    %(modalities)s
        ``"eeg"`` and ``"ecg"`` are available.

    %(window)s
        Each recording is one trial.

    %(step)s

    duration : float, default=60.0
        Length in seconds of the final segment of each recording that is used.
        Recordings at rest last about three minutes, the others one minute. The last two
        seconds of every file contain no signal (a constant, then zeros) and are left
        out.

    sfreq : float, default=128.0
        Rate in Hz to which the EEG is resampled, from 500 Hz.

    ecg_sfreq : float, default=250.0
        Rate in Hz to which the ECG is resampled, from 500 Hz.

    %(preprocess)s
        A recording of rest lasts three minutes, and one of arithmetic lasts one minute.
        Both are transformed as a whole, at the rates `sfreq` and `ecg_sfreq`.

    %(cache_dir)s

    %(n_jobs)s

    %(verbose)s

    Returns
    -------
    dataset : EmotionDataset
        ``data["eeg"]`` has shape (n_samples, 19, n_times) and is in µV. ``data["ecg"]``
        has shape (n_samples, 1, n_times) and is in mV. Both are float32. ``metadata``
        has ``subject``, ``trial`` (one recording), ``task`` ("rest" or "arithmetic"),
        ``window``, ``onset`` (in seconds from the start of the segment that is used),
        ``age``, ``gender``, ``recording_year``, ``n_subtractions`` (in 4 minutes) and
        ``count_quality`` (1 good, 0 bad). ``target("task")`` returns the labels.

    Raises
    ------
    FileNotFoundError
        If files are missing or cut off.
    ValueError
        If a subject or modality does not exist, `duration` is longer than a recording,
        or a window does not fit.

    See Also
    --------
    fetch_eegmat : Load the data set and download missing files first.

    Notes
    -----
    The task always follows the rest, so the label is confounded with the order of
    recording. The authors removed artifacts by independent component analysis. The
    channel ``A2-A1`` is dropped. The segment that is used is cut out before it is
    resampled (polyphase filter, odd reflection at the ends), so that no signal outside
    the segment affects the result, unless `preprocess` needs the whole recording.

    References
    ----------
    .. [1] I. Zyma, S. Tukaev, I. Seleznov, K. Kiyono, A. Popov, M. Chernykh and
       O. Shpenkov, "Electroencephalograms during mental arithmetic task
       performance", Data 4(1):14, 2019.

    Examples
    --------
    >>> from sklearn_emotion.datasets import load_eegmat
    >>> dataset = load_eegmat("/path/to/data")  # doctest: +SKIP
    >>> dataset  # doctest: +SKIP
    EmotionDataset(432 samples, 36 subjects, 72 trials; eeg: (432, 19, 1280) at 128 Hz,
    ecg: (432, 1, 2500) at 250 Hz)
    """
    subjects = check_subjects(subjects)
    window, step, duration = map(to_float, (window, step, duration))
    rates = _check_modalities(modalities, {"eeg": sfreq, "ecg": ecg_sfreq})
    to_samples(duration, SFREQ, "duration")
    windows = plan_windows(duration, window, step, rates)
    folder = find_folder(data_home, "eegmat", "Subject*_*.edf")
    check_files(folder, subjects)
    table = read_subjects(folder / TABLE, subjects)

    prepare = Preprocess(preprocess, rates, CH_NAMES, cache_dir)

    def load(recording):
        subject, task = recording
        path = folder / recording_name(subject, task)
        with naming(path, "a recording of EEGMAT"):
            signals = _read_recording(path, rates, duration, prepare)
        arrays = {name: windows.cut(signals[name], name) for name in rates}
        n = len(windows)
        columns = {
            "subject": np.full(n, subject),
            "trial": np.full(n, 2 * subject + TASKS[task] - 1),
            "task": np.full(n, task),
            "window": np.arange(n),
            "onset": windows.onsets,
            **{name: np.full(n, table.loc[subject, name]) for name in table},
        }
        return arrays, columns

    recordings = [(subject, task) for subject in subjects for task in TASKS]
    files = [folder / recording_name(*recording) for recording in recordings]
    params = {"recordings": recordings, "rates": rates, "duration": duration}
    params |= {"window": window, "step": step, **prepare.params}
    source = {"dataset": "eegmat", "params": params, "files": [*files, folder / TABLE]}
    arrays, columns = load_parts(
        recordings,
        load,
        source=source,
        n_jobs=n_jobs,
        verbose=verbose,
        cache_dir=cache_dir,
    )
    warn_of_signals("Data set eegmat", arrays, columns["subject"], CH_NAMES)
    return EmotionDataset(
        data=Modalities(**{name: arrays[name] for name in rates}),
        metadata=pd.DataFrame(columns),
        sfreq=rates,
        ch_names={name: list(CH_NAMES[name]) for name in rates},
        units={name: UNITS[name] for name in rates},
        DESCR=read_description("eegmat"),
    )


def recording_name(subject, task):
    """Return the file name of the recording of a subject and a task."""
    return f"Subject{subject:02d}_{TASKS[task]}.edf"


def needed_files(subjects):
    """Return the names of the files that are needed to load some subjects."""
    return [recording_name(s, task) for s in subjects for task in TASKS] + [TABLE]


def find_faults(folder, subjects):
    """Return the names of missing files, and the errors of damaged files by name."""
    names = needed_files(subjects)
    missing = [name for name in names if not (folder / name).is_file()]
    present = [name for name in names if name not in missing and name != TABLE]
    errors = {name: _error_of(folder / name) for name in present}
    return missing, {name: error for name, error in errors.items() if error}


def check_files(folder, subjects):
    """Check that no file of the wanted subjects is missing or damaged."""
    missing, cut = find_faults(folder, subjects)
    if not missing and not cut:
        return
    n_files = len(needed_files(subjects))
    faults = []
    if missing:
        faults.append(f"{len(missing)} of {n_files} files missing: {listing(missing)}")
    if cut:
        names = listing(list(cut))
        first = next(iter(cut.values())).rstrip(".")
        faults.append(f"{len(cut)} of {n_files} files cut off: {names} ({first})")
    state = "" if folder.is_dir() else " (no such folder)"
    absent = {*missing, *cut} - {TABLE}
    there = [s for s in subjects if absent.isdisjoint(needed_files([s]))]
    advice = suggest_members(there) if absent else ""
    raise FileNotFoundError(
        f"EEGMAT is not complete in {folder}{state}: {'; '.join(faults)}. {advice}"
        "Download it "
        f"with sklearn_emotion.datasets.fetch_eegmat(data_home) or from {PAGE}, and "
        "pass its folder as data_home or in the environment variable "
        "SKLEARN_EMOTION_DATA."
    )


def _error_of(path):
    """Return the error in the header of an EDF file, or an empty text."""
    try:
        open_recording(path)
    except ValueError as error:
        return str(error)
    return ""


def check_subjects(subjects):
    """Check that subjects exist and differ, and return them.

    None means all subjects.
    """
    if subjects is None:
        return list(SUBJECTS)
    subjects = list(subjects)
    unknown = [
        s for s in subjects if not isinstance(s, Integral) or int(s) not in SUBJECTS
    ]
    if unknown or not subjects or len(set(subjects)) < len(subjects):
        raise ValueError(
            f"subjects must be different whole numbers from 0 to {SUBJECTS[-1]}, "
            f"got {subjects}."
        )
    return [int(subject) for subject in subjects]


def _check_modalities(modalities, rates):
    names = [modalities] if isinstance(modalities, str) else list(modalities)
    if not names or not set(names) <= set(rates):
        raise ValueError(
            f"modalities must be one or more of {tuple(rates)}, got {modalities!r}."
        )
    for name in names:
        rate = rates[name]
        if not isinstance(rate, Real) or not 0 < rate < np.inf:
            raise ValueError(f"The rate of {name!r} must be positive, got {rate!r}.")
    return {name: float(rates[name]) for name in names}


def read_subjects(path, subjects=()):
    """Return the table ``subject-info.csv``, indexed by the number of the subject.

    The table must contain the given subjects.
    """
    table = read_table(path, {"Subject": None, **TABLE_COLUMNS})
    names = table.pop("Subject")
    is_good = names.str.fullmatch("Subject[0-9]{1,3}") & ~names.duplicated()
    if not is_good.all():
        raise ValueError(
            f"{path}: column 'Subject' must name different subjects, as in "
            f"'Subject00', got {names[~is_good].iloc[0]!r}."
        )
    table.index = names.str.removeprefix("Subject").astype(int)
    absent = [subject for subject in subjects if subject not in table.index]
    if absent:
        raise ValueError(f"{path}: column 'Subject' does not name subjects {absent}.")
    return table.rename(columns=NEW_NAMES)


def check_recording(path):
    """Check that a recording has the channels, the rate and the units of the data set.

    A signal of any length is good, because the length to load is the choice of the
    user.
    """
    recording, picks, _ = _open(path, UNITS)
    for names in picks.values():
        _volts(recording, names)
        read_signals(recording, names, 0, 1)


def _open(path, modalities):
    """Return a recording, the labels of the channels by modality, and their rate."""
    recording = open_recording(path)
    names = list(map(_plain_name, recording.labels))
    stored = dict(zip(names, recording.labels))
    picks = {}
    for modality in modalities:
        absent = [name for name in CH_NAMES[modality] if name not in stored]
        if absent:
            raise ValueError(f"{path} has no channels {absent}; it has {list(stored)}.")
        twice = [name for name in CH_NAMES[modality] if names.count(name) > 1]
        if twice:
            raise ValueError(f"{path} has several channels {twice}.")
        picks[modality] = [stored[name] for name in CH_NAMES[modality]]
    labels = [label for labels in picks.values() for label in labels]
    return recording, picks, recording.sfreq(labels, expected=SFREQ)


def _volts(recording, names):
    """Return the factors from the units of channels to V."""
    units = [recording.units[i] for i in recording.find(names)]
    if not set(units) <= set(VOLTS):
        raise ValueError(
            f"{recording.path} has the units {units}, which are not all in "
            f"{list(VOLTS)}."
        )
    return [VOLTS[unit] for unit in units]


def _read_recording(path, rates, duration, prepare):
    """Return the final part of a recording, by modality, resampled."""
    recording, picks, sfreq = _open(path, rates)
    n_used = to_samples(duration, sfreq, "duration")
    end = _end_of_signal(recording, sfreq)
    if n_used > end:
        raise ValueError(
            f"duration={duration} s is longer than the signal in {path} "
            f"({end / sfreq:g} s)."
        )
    signals = {}
    for modality, rate in rates.items():
        is_whole = modality in prepare.steps
        first = 0 if is_whole else end - n_used
        signal = read_signals(recording, picks[modality], first, end)
        volts = _volts(recording, picks[modality])
        signal *= [[factor * SCALE[modality]] for factor in volts]
        signal = _resample(signal, sfreq, rate)
        if is_whole:
            signal = prepare(modality, signal, f"{path}: {modality}")
            first = round((end - n_used) / sfreq * rate)
            signal = to_float32(signal[:, first:], f"{path}: {modality}")
        signals[modality] = signal
    return signals


def _end_of_signal(recording, sfreq):
    """Return the end of the last whole second in which the channels change, in samples.

    The last two seconds of every recording contain a constant value and then zeros. The
    step between them is at 61.09 s in files of rest and at 61.03 s in files of
    arithmetic, so it would reveal the label.
    """
    second = round(sfreq)
    length = round(sfreq * recording.record_duration)
    # The annotations channel has another length.
    channels = [i for i, n in enumerate(recording.lengths) if n == length]
    end = length * recording.n_records
    while end >= second:
        last = [read_stored(recording, i, end - second, end) for i in channels]
        if np.mean((np.diff(last) != 0).any(axis=0)) > 0.8:
            break
        end -= second
    return end


def _plain_name(name):
    """Return the canonical name of a channel stored as "EEG T3" or "ECG ECG"."""
    return canonical_name(name.rpartition(" ")[2])


def _resample(signal, old, new):
    ratio = Fraction(new).limit_denominator(10**6) / Fraction(old)
    if ratio != 1:
        signal = resample_poly(
            signal, ratio.numerator, ratio.denominator, axis=-1, padtype="antireflect"
        )
    return signal.astype(np.float32)
