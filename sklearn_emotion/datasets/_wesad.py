"""WESAD: signals of the chest and the wrist during stress, amusement and meditation."""

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
    require_files,
    to_float,
)
from sklearn_emotion.datasets._trials import Trial, cut_trials, find_runs, report_gaps
from sklearn_emotion.datasets._unpickle import read_pickle

PAGE = "https://doi.org/10.24432/C57K5T"
SUBJECTS = (*range(2, 12), *range(13, 18))
LABEL_SFREQ = 700.0
# Place in the file, rate in Hz, channels, unit, and factor that gives the unit.
SIGNALS = {
    "ecg": (("chest", "ECG"), 700.0, ("ECG",), "mV", 1.0),
    "emg": (("chest", "EMG"), 700.0, ("EMG",), "mV", 1.0),
    "eda": (("chest", "EDA"), 700.0, ("EDA",), "µS", 1.0),
    "temperature": (("chest", "Temp"), 700.0, ("Temp",), "°C", 1.0),
    "respiration": (("chest", "Resp"), 700.0, ("Resp",), "%", 1.0),
    "acceleration": (("chest", "ACC"), 700.0, ("x", "y", "z"), "g", 1.0),
    "wrist_bvp": (("wrist", "BVP"), 64.0, ("BVP",), "a.u.", 1.0),
    "wrist_eda": (("wrist", "EDA"), 4.0, ("EDA",), "µS", 1.0),
    "wrist_temperature": (("wrist", "TEMP"), 4.0, ("TEMP",), "°C", 1.0),
    "wrist_acceleration": (("wrist", "ACC"), 32.0, ("x", "y", "z"), "g", 1 / 64),
}
RATES = {name: rate for name, (_, rate, *_) in SIGNALS.items()}
CH_NAMES = {name: channels for name, (_, _, channels, *_) in SIGNALS.items()}
UNITS = {name: unit for name, (*_, unit, _) in SIGNALS.items()}
CONDITIONS = {1: "baseline", 2: "stress", 3: "amusement", 4: "meditation"}
_MAX_CODE = 7
# Trials are numbered within a subject, and no subject has more than this.
_MAX_BLOCKS = 100


@fill_doc(LOADER)
def load_wesad(
    data_home=None,
    *,
    subjects=None,
    modalities=("wrist_bvp", "wrist_eda", "wrist_temperature"),
    conditions=("baseline", "stress", "amusement"),
    window=60.0,
    step=None,
    preprocess=None,
    cache_dir=None,
    n_jobs=None,
    verbose=0,
) -> EmotionDataset:
    """Load WESAD, signals of chest and wrist during stress, amusement and meditation.

    15 people read magazines (baseline), gave a speech and calculated in front of a
    panel (stress), watched funny videos (amusement) and meditated twice [1]_. They wore
    a wristband, and a device on the chest that measured at 700 Hz.

    Read more in the :ref:`User Guide <datasets>`.

    Parameters
    ----------
    %(data_home)s
        The data set's folder is called ``WESAD`` and contains ``S2/S2.pkl`` and so on.

    %(subjects)s
        The numbers are 2 to 11 and 13 to 17.

    %(modalities)s
        On the chest: ``"ecg"``, ``"emg"``, ``"eda"``, ``"temperature"``,
        ``"respiration"`` and ``"acceleration"``, with 700 Hz. On the wrist:
        ``"wrist_bvp"`` (64 Hz), ``"wrist_eda"``, ``"wrist_temperature"`` (4 Hz) and
        ``"wrist_acceleration"`` (32 Hz).

    conditions : sequence of str, default=("baseline", "stress", "amusement")
        Conditions to load, of these three and ``"meditation"``.

    %(window)s

    %(step)s

    %(preprocess)s
        A recording is the whole session of a person.

    %(cache_dir)s

    %(n_jobs)s

    %(verbose)s

    Returns
    -------
    dataset : EmotionDataset
        Each modality is a float32 array of shape (n_samples, n_channels, n_times).
        ``metadata`` has ``subject``, ``trial`` (consecutive seconds in one condition),
        ``condition``, ``start`` (of the trial in the recording, in s), ``window`` and
        ``onset``. ``target("condition")`` returns the labels, and
        ``target("condition") == "stress"`` those of the two-class task.

    Raises
    ------
    FileNotFoundError
        If files are missing.
    ValueError
        If a parameter has an invalid value, or a file is damaged or would run code.

    Warns
    -----
    UserWarning
        If windows are left out because they contain NaN.

    See Also
    --------
    load_stress_predict : Load wristbands of 35 people under stress.
    make_peripheral : The features of the authors.

    Notes
    -----
    The files are pickles of about 1 GB, which are read without running code. Samples of
    code 0, which mark transitions and not the absence of stress, and of codes 5 to 7
    are left out, and no window crosses the edge of a condition. Windows start at a full
    second of the recording, so that all sensors show the same time. The acceleration of
    the wrist is divided by 64, as its documentation states.

    Each person has one period of stress, so no split by trials within a person exists:
    test on people who are not in training. The order of the conditions is the same for
    most people, so they are confounded with time. The temperature sensor was loose on
    subjects 2 and 17, and subjects 6 and 15 reported no stress.

    References
    ----------
    .. [1] P. Schmidt, A. Reiss, R. Duerichen, C. Marberger and K. Van Laerhoven,
       "Introducing WESAD, a multimodal dataset for wearable stress and affect
       detection", ICMI 2018.

    Examples
    --------
    >>> from sklearn_emotion.datasets import load_wesad
    >>> dataset = load_wesad("/path/to/WESAD", window=60.0)  # doctest: +SKIP
    """
    subjects = check_members(subjects, SUBJECTS, "subjects")
    modalities = check_members(modalities, SIGNALS, "modalities")
    conditions = check_members(conditions, CONDITIONS.values(), "conditions")
    window, step = map(to_float, (window, step))
    folder = find_folder(data_home, "WESAD", "S*/S*.pkl")
    files = find_files(folder, subjects)
    require_files("WESAD", folder, [*files.values()], PAGE, members=files)
    rates = {name: RATES[name] for name in modalities}
    options = {
        "rates": rates,
        "shapes": {name: (len(CH_NAMES[name]),) for name in modalities},
        "window": window,
        "step": step,
        "columns": ["subject", "trial", "condition", "start"],
    }

    prepare = Preprocess(preprocess, rates, CH_NAMES, cache_dir)

    def load(subject):
        trials = read_trials(files[subject], subject, modalities, prepare)
        chosen = (trial for trial in trials if trial.info["condition"] in conditions)
        return cut_trials(chosen, **options)

    params = {"subjects": subjects, "conditions": conditions, **options}
    params |= prepare.params
    arrays, columns = load_parts(
        subjects,
        load,
        source={"dataset": "wesad", "params": params, "files": [*files.values()]},
        n_jobs=n_jobs,
        verbose=verbose,
        cache_dir=cache_dir,
    )
    report_gaps("WESAD", folder, columns, [], str)
    return make_dataset(
        "wesad", arrays, columns, sfreq=rates, ch_names=CH_NAMES, units=UNITS
    )


def find_files(folder, subjects=SUBJECTS):
    """Return the path at which the pickle of each subject is expected."""
    return {s: folder / f"S{s}" / f"S{s}.pkl" for s in subjects}


def read_trials(path, subject, modalities, prepare=None):
    """Yield the trials of a subject, each a run of samples in one condition.

    `prepare` is a `Preprocess` or None.
    """
    content = read_pickle(path)
    with naming(path, "a file of WESAD"):
        labels = check_numbers(content["label"], ("n_times",), f"{path}: label")
        if content["subject"] != f"S{subject}":
            raise ValueError(f"{path} states the subject {content['subject']!r}.")
        if not np.isin(labels, range(_MAX_CODE + 1)).all():
            raise ValueError(f"{path}: label must be codes from 0 to {_MAX_CODE}.")
        signals = {}
        for name in modalities:
            (device, sensor), rate, channels, _, factor = SIGNALS[name]
            array = content["signal"][device][sensor]
            owner = f"{path}: signal/{device}/{sensor}"
            signal = check_numbers(array, ("n_times", len(channels)), owner).T
            seconds = signal.shape[1] / rate
            if abs(seconds - len(labels) / LABEL_SFREQ) > 1:
                raise ValueError(
                    f"{owner} lasts {seconds:.0f} s, but the labels last "
                    f"{len(labels) / LABEL_SFREQ:.0f} s."
                )
            signals[name] = signal, rate, factor
    for name in prepare.steps if prepare else ():
        signal, rate, factor = signals[name]
        whole = prepare(name, factor * signal, f"{path}: {name}")
        signals[name] = whole, rate, 1.0
    for block, (first, last) in enumerate(find_runs(labels)):
        start, stop = int(np.ceil(first / LABEL_SFREQ)), int(last / LABEL_SFREQ)
        if labels[first] not in CONDITIONS or start >= stop:
            continue
        cut = {
            name: factor * signal[:, round(start * rate) : round(stop * rate)]
            for name, (signal, rate, factor) in signals.items()
        }
        info = {
            "subject": subject,
            "trial": subject * _MAX_BLOCKS + block,
            "condition": CONDITIONS[int(labels[first])],
            "start": start,
        }
        yield Trial(cut, info, path=path)
