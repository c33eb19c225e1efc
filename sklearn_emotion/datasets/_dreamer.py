"""DREAMER: EEG and ECG during films, with a wireless headset."""

from functools import cache
from threading import Lock

import numpy as np

from sklearn_emotion._validation import to_samples
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

PAGE = "https://zenodo.org/records/546113"
SUBJECTS = tuple(range(1, 24))
N_VIDEOS = 18
RATES = {"eeg": 128.0, "ecg": 256.0}
CH_NAMES = {"eeg": MONTAGES["emotiv14"], "ecg": ("ECG1", "ECG2")}
UNITS = {"eeg": "µV", "ecg": "as in the file"}
RATINGS = ("valence", "arousal", "dominance")


def load_dreamer(
    data_home=None,
    *,
    subjects=None,
    modalities=("eeg",),
    window=2.0,
    step=None,
    duration=60.0,
    baseline="drop",
    baseline_duration=5.0,
    cache_dir=None,
    n_jobs=None,
    verbose=0,
):
    """Load DREAMER.

    23 people watched 18 films of 65 to 393 s and rated each on three scales [1]_; EEG
    of 14 channels at 128 Hz, ECG of two at 256 Hz.

    Read more in the :ref:`User Guide <datasets>`.

    Parameters
    ----------
    data_home : path-like or None, default=None
        Folder that holds ``DREAMER.mat``, or the folder that holds it as ``dreamer``.
        If None, the environment variable ``SKLEARN_EMOTION_DATA`` names it, and
        without that it is ``~/sklearn_emotion_data``.

    subjects : sequence of int or None, default=None
        Numbers of the subjects, 1 to 23, in the wanted order. If None, all.

    modalities : sequence of {"eeg", "ecg"}, default=("eeg",)
        What to load.

    window : float, default=2.0
        Length of a sample in s.

    step : float or None, default=None
        From the start of one sample to the next, in s. None is `window`.

    duration : float or None, default=60.0
        The last so many seconds of each film are used. None uses all of it.

    baseline : {"drop", "keep", "template", "modality"}, default="drop"
        What becomes of the rest before each film; see :func:`load_deap`. ``"keep"``
        needs ``duration=None``, since otherwise a gap would lie between the two.

    baseline_duration : float, default=5.0
        The last so many seconds of the rest (61 s) are used.

    cache_dir : path-like or None, default=None
        Folder that keeps the arrays, to be memory-mapped from then on. If None,
        they are kept in memory.

    n_jobs : int or None, default=None
        Number of threads that cut trials.

    verbose : int, default=0
        Whether to show a progress bar.

    Returns
    -------
    dataset : EmotionDataset
        ``data["eeg"]`` of shape (n_samples, 14, n_times) in µV and ``data["ecg"]`` of
        (n_samples, 2, n_times), float32. ``metadata`` has ``subject``, ``trial``,
        ``stimulus`` (1 to 18), ``window``, ``onset`` (in s from the start of the part
        that is used), ``valence``, ``arousal`` and ``dominance`` (1 to 5; a usual
        threshold is 3), ``age`` and ``gender``. ``missing`` lists the trials without
        a sample.

    Raises
    ------
    FileNotFoundError
        If the file is missing.
    ValueError
        If a parameter has no such value or the file is damaged.

    Warns
    -----
    UserWarning
        If trials are shorter than a window, or windows hold NaN and are left out.

    Notes
    -----
    The data set is one variable of one file, which is read at once: about 2 GB until
    all subjects are cut, whatever is asked for. With `cache_dir` that happens once.

    References
    ----------
    .. [1] S. Katsigiannis and N. Ramzan, "DREAMER: a database for emotion recognition
       through EEG and ECG signals from wireless low-cost off-the-shelf devices", IEEE
       Journal of Biomedical and Health Informatics 22(1):98-107, 2018.

    Examples
    --------
    >>> from sklearn_emotion.datasets import load_dreamer
    >>> dataset = load_dreamer("/path/to/dreamer")  # doctest: +SKIP
    >>> y = dataset.target("valence", threshold=3.0)  # doctest: +SKIP
    """
    subjects = check_members(subjects, SUBJECTS, "subjects")
    modalities = check_members(modalities, RATES, "modalities")
    check_baseline(baseline)
    if baseline == "keep" and duration is not None:
        raise ValueError("baseline='keep' needs duration=None.")
    for seconds, what in ((duration, "duration"), (baseline_duration, "baseline")):
        for name in modalities if seconds is not None else ():
            to_samples(seconds, RATES[name], what)
    folder = find_folder(data_home, "dreamer", "DREAMER.mat")
    path = folder / "DREAMER.mat"
    require_files("DREAMER", folder, [path], PAGE)
    rates = {name: RATES[name] for name in modalities}
    options = {
        "rates": rates,
        "shapes": {name: (len(CH_NAMES[name]),) for name in modalities},
        "window": window,
        "step": step,
        "baseline": baseline,
        "rest": baseline_duration,
        "columns": ["subject", "trial", "stimulus", *RATINGS, "age", "gender"],
    }
    lock = Lock()
    read = cache(read_people)

    def load(subject):
        with lock:
            people = read(path)
        trials = read_trials(people[subject - 1], subject, rates, path)
        last = [_last(trial, rates, duration, baseline_duration) for trial in trials]
        return cut_trials(last, **options)

    params = {"subjects": subjects, "duration": duration, **options}
    arrays, columns = load_parts(
        subjects,
        load,
        source={"dataset": "dreamer", "params": params, "files": [path]},
        n_jobs=n_jobs,
        verbose=verbose,
        cache_dir=cache_dir,
    )
    expected = [(s - 1) * N_VIDEOS + v for s in subjects for v in range(N_VIDEOS)]
    missing = report_gaps("DREAMER", columns, expected, _describe)
    return make_dataset(
        "dreamer",
        arrays,
        columns,
        sfreq=rates,
        ch_names=CH_NAMES,
        units=UNITS,
        missing=missing,
    )


def _describe(trial):
    return f"subject {trial // N_VIDEOS + 1} film {trial % N_VIDEOS + 1}"


def read_people(path):
    """Read the recordings of all subjects.

    Parameters
    ----------
    path : pathlib.Path
        ``DREAMER.mat``.

    Returns
    -------
    people : ndarray of object of shape (23,)
        A structure for each.

    Raises
    ------
    ValueError
        If the file is damaged or holds something else.
    """
    content = read_mat(path, ["DREAMER"])["DREAMER"]
    try:
        people = content[0, 0]["Data"].ravel()
    except (IndexError, ValueError, TypeError) as error:
        raise ValueError(f"{path}: DREAMER has no field Data.") from error
    if len(people) != len(SUBJECTS):
        raise ValueError(
            f"{path}: DREAMER.Data must be {len(SUBJECTS)} cells, got {len(people)}."
        )
    return people


def read_trials(person, subject, rates, path):
    """Take the trials of one subject apart.

    Parameters
    ----------
    person : ndarray of object
        What :func:`read_people` returns for the subject.
    subject : int
        Number of the subject.
    rates : dict of str to float
        Rate of each modality that is wanted.
    path : pathlib.Path
        The file, for messages.

    Returns
    -------
    trials : list of Trial
        18 of them.

    Raises
    ------
    ValueError
        If they are not as DREAMER's.
    """
    try:
        person = person[0, 0]
        ratings = [person[f"Score{name.title()}"].ravel() for name in RATINGS]
        info = {
            "subject": subject,
            "age": int(np.asarray(person["Age"]).item()),
            "gender": str(np.asarray(person["Gender"]).item()),
        }
        cells = {
            name: tuple(
                person[name.upper()][0, 0][kind].ravel()
                for kind in ("stimuli", "baseline")
            )
            for name in rates
        }
        trials = []
        for video in range(N_VIDEOS):
            scores = {n: float(r[video]) for n, r in zip(RATINGS, ratings)}
            place = {"trial": (subject - 1) * N_VIDEOS + video, "stimulus": video + 1}
            trials.append(
                Trial(
                    {name: films[video].T for name, (films, _) in cells.items()},
                    {**info, **place, **scores},
                    {name: rests[video].T for name, (_, rests) in cells.items()},
                )
            )
    except (IndexError, ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{path}: subject {subject} is not as DREAMER's.") from error
    for trial in trials:
        for name, signal in trial.signals.items():
            if signal.ndim != 2 or len(signal) != len(CH_NAMES[name]):
                raise ValueError(
                    f"{path}: {_describe(trial.info['trial'])} must hold {name} of "
                    f"shape (n_times, {len(CH_NAMES[name])}), got {signal.T.shape}."
                )
    return trials


def _last(trial, rates, duration, rest):
    """The end of a film, of one length in all modalities, and of its rest."""
    shared = min(trial.signals[n].shape[-1] / rate for n, rate in rates.items())
    used = shared if duration is None else min(duration, shared)
    signals, rests = {}, {}
    for name, rate in rates.items():
        n_rest = to_samples(rest, rate)
        if trial.rests[name].shape[-1] < n_rest:
            raise ValueError(
                f"baseline_duration={rest} s is longer than the rest before "
                f"{_describe(trial.info['trial'])}."
            )
        signals[name] = trial.signals[name][:, -int(used * rate + 0.5) :]
        rests[name] = trial.rests[name][:, -n_rest:]
    return Trial(signals, trial.info, rests)
