"""DREAMER: EEG and ECG during films, with a wireless headset."""

from functools import cache
from threading import Lock

import numpy as np

from sklearn_emotion._docs import fill_doc
from sklearn_emotion._files import check_numbers
from sklearn_emotion._validation import to_samples
from sklearn_emotion.datasets._bunch import EmotionDataset
from sklearn_emotion.datasets._cache import load_parts
from sklearn_emotion.datasets._docs import LOADER
from sklearn_emotion.datasets._home import find_folder
from sklearn_emotion.datasets._preprocess import Preprocess
from sklearn_emotion.datasets._recordings import (
    check_baseline,
    check_members,
    make_dataset,
    read_mat,
    require_files,
    to_float,
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
LIMITS = (1, 5)


@fill_doc(LOADER)
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
    preprocess=None,
    cache_dir=None,
    n_jobs=None,
    verbose=0,
) -> EmotionDataset:
    """Load DREAMER, EEG and ECG during films, recorded with wireless devices.

    23 people watched 18 films of 65 to 393 s and rated each film on three scales [1]_.
    The recordings have 14 EEG channels at 128 Hz and two ECG channels at 256 Hz.

    Read more in the :ref:`User Guide <datasets>`.

    Parameters
    ----------
    %(data_home)s
        The data set's folder is called ``dreamer`` and contains ``DREAMER.mat``.

    %(subjects)s
        The numbers are 1 to 23.

    %(modalities)s
        ``"eeg"`` and ``"ecg"`` are available.

    %(window)s

    %(step)s

    duration : float or None, default=60.0
        Length in seconds of the final segment of each film that is used. If None, the
        whole film is used.

    %(baseline)s
        ``"keep"`` needs ``duration=None``, because otherwise there would be a gap
        between the rest and the film.

    %(baseline_duration)s
        The rest lasts 61 s.

    %(preprocess)s
        The file contains films and rests, and each of them is a recording.

    %(cache_dir)s

    %(n_jobs)s

    %(verbose)s

    Returns
    -------
    dataset : EmotionDataset
        ``data["eeg"]`` has shape (n_samples, 14, n_times) and is in µV. ``data["ecg"]``
        has shape (n_samples, 2, n_times). Both are float32. ``metadata`` has
        ``subject``, ``trial``, ``stimulus`` (1 to 18), ``window``, ``onset`` (in
        seconds from the start of the segment that is used), ``valence``, ``arousal``
        and ``dominance`` (1 to 5, so a common threshold is 3), ``age`` and ``gender``.
        ``missing`` lists the trials without a sample.

    Raises
    ------
    FileNotFoundError
        If the file is missing.
    ValueError
        If a parameter has an invalid value or the file is damaged.

    Warns
    -----
    UserWarning
        If trials are shorter than a window, or windows are left out because they
        contain NaN.

    Notes
    -----
    The data set is a single variable of a single file, which is read as a whole. It
    takes about 2 GB of memory until all subjects are processed, even if only some are
    wanted. With `cache_dir`, the file is read only once.

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
    window, step = map(to_float, (window, step))
    duration, baseline_duration = map(to_float, (duration, baseline_duration))
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
    prepare = Preprocess(preprocess, rates, CH_NAMES, cache_dir)
    lock = Lock()
    read = cache(read_people)

    def load(subject):
        with lock:
            people = read(path)
        trials = read_trials(people[subject - 1], subject, rates, path)
        for trial in trials:
            owner = f"{path}: {_describe(trial.info['trial'])}"
            for parts in (trial.signals, trial.rests):
                parts |= {
                    name: prepare(name, parts[name], f"{owner}: {name}")
                    for name in prepare.steps
                }
        last = [
            _final_part(trial, rates, duration, baseline_duration) for trial in trials
        ]
        return cut_trials(last, **options)

    params = {"subjects": subjects, "duration": duration, **options, **prepare.params}
    arrays, columns = load_parts(
        subjects,
        load,
        source={"dataset": "dreamer", "params": params, "files": [path]},
        n_jobs=n_jobs,
        verbose=verbose,
        cache_dir=cache_dir,
    )
    expected = [(s - 1) * N_VIDEOS + v for s in subjects for v in range(N_VIDEOS)]
    missing = report_gaps("DREAMER", folder, columns, expected, _describe)
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
    """Return the structures of all subjects, in an object array of shape (23,)."""
    content = read_mat(path, ["DREAMER"])["DREAMER"]
    try:
        whole = content[0, 0]
        people = whole["Data"].ravel()
        stated = {
            name: float(np.asarray(whole[f"{name.upper()}_SamplingRate"]).item())
            for name in RATES
            if f"{name.upper()}_SamplingRate" in whole.dtype.names
        }
    except Exception as error:
        # What is in place of a structure can raise almost any error.
        raise ValueError(f"{path}: DREAMER has no field Data.") from error
    for name, rate in stated.items():
        if rate != RATES[name]:
            raise ValueError(
                f"{path}: DREAMER.{name.upper()}_SamplingRate is {rate:g} Hz, but the "
                f"recordings of this data set have {RATES[name]:g} Hz."
            )
    if len(people) != len(SUBJECTS):
        raise ValueError(
            f"{path}: DREAMER.Data must be {len(SUBJECTS)} cells, got {len(people)}."
        )
    return people


def read_trials(person, subject, rates, path):
    """Return the 18 trials of one subject.

    Parameters
    ----------
    person : ndarray of object
        Entry of :func:`read_people` for the subject.
    subject : int
        Number of the subject.
    rates : dict of str to float
        Rate in Hz of each modality to read.
    path : pathlib.Path
        The file, for error messages.
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
        parts = ratings + [part for both in cells.values() for part in both]
        if any(len(part) != N_VIDEOS for part in parts):
            raise ValueError(f"not {N_VIDEOS} films, but {[len(p) for p in parts]}")
        trials = []
        for video in range(N_VIDEOS):
            scores = {n: float(r[video]) for n, r in zip(RATINGS, ratings)}
            place = {"trial": (subject - 1) * N_VIDEOS + video, "stimulus": video + 1}
            trials.append(
                Trial(
                    {name: films[video].T for name, (films, _) in cells.items()},
                    {**info, **place, **scores},
                    {name: rests[video].T for name, (_, rests) in cells.items()},
                    path=path,
                )
            )
    except Exception as error:
        # What is in place of a structure can raise almost any error.
        raise ValueError(
            f"{path}: subject {subject} is not as DREAMER's ({error!r})."
        ) from error
    for trial in trials:
        _check_trial(trial)
    return trials


def _check_trial(trial):
    owner = f"{trial.path}: {_describe(trial.info['trial'])}"
    for signals, kind in ((trial.signals, "stimuli"), (trial.rests, "baseline")):
        for name, signal in signals.items():
            shape = ("n_times", len(CH_NAMES[name]))
            check_numbers(signal.T, shape, f"{owner}: {name} ({kind})")
    low, high = LIMITS
    for name in RATINGS:
        if not low <= trial.info[name] <= high:
            raise ValueError(
                f"{owner}: {name} must be from {low} to {high}, got "
                f"{trial.info[name]:g}."
            )


def _final_part(trial, rates, duration, rest):
    """Return the final part of a film and its rest, equally long in all modalities."""
    shared = min(trial.signals[n].shape[-1] / rate for n, rate in rates.items())
    used = shared if duration is None else min(duration, shared)
    signals, rests = {}, {}
    for name, rate in rates.items():
        n_rest = to_samples(rest, rate)
        if trial.rests[name].shape[-1] < n_rest:
            raise ValueError(
                f"baseline_duration={rest} s is longer than the rest before "
                f"{_describe(trial.info['trial'])} in {trial.path}."
            )
        signals[name] = trial.signals[name][:, -int(used * rate + 0.5) :]
        rests[name] = trial.rests[name][:, -n_rest:]
    return Trial(signals, trial.info, rests, path=trial.path)
