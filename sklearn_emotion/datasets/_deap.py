"""DEAP: EEG and peripheral signals of 32 people who watched music videos."""

import warnings
from numbers import Real

import numpy as np

from sklearn_emotion._validation import to_samples
from sklearn_emotion.datasets._cache import load_parts
from sklearn_emotion.datasets._deap_bdf import read_original
from sklearn_emotion.datasets._deap_faces import FACE_CH_NAMES, FACE_UNITS, FaceVideos
from sklearn_emotion.datasets._deap_ratings import (
    N_TRIALS,
    PAGE,
    RATINGS,
    TABLE,
    check_ratings,
    read_ratings_table,
    rows_of,
)
from sklearn_emotion.datasets._home import find_folder
from sklearn_emotion.datasets._recordings import (
    baseline_name,
    check_baseline,
    check_faces,
    check_members,
    check_rate,
    make_dataset,
    read_mat,
    require_files,
    subtract_template,
)
from sklearn_emotion.datasets._unpickle import read_array_pickle
from sklearn_emotion.datasets._windows import plan_windows
from sklearn_emotion.montage import MONTAGES

FOLDERS = "data_[po]r*"
SUBJECTS = tuple(range(1, 33))
SFREQ = 128.0
BASELINE = 3.0
DURATION = 60.0
LAYOUTS = {
    "python": ("data_preprocessed_python", ".dat"),
    "matlab": ("data_preprocessed_matlab", ".mat"),
    "bdf": ("data_original", ".bdf"),
}
# In the files' order; units as in the authors' description.
PERIPHERAL = {
    "hEOG": "µV",
    "vEOG": "µV",
    "zEMG": "µV",
    "tEMG": "µV",
    "GSR": "Ω",
    "Resp": "a.u.",
    "Pleth": "a.u.",
    "Temp": "°C",
}
CHANNELS = (*MONTAGES["deap32"], *PERIPHERAL)
CH_NAMES = {
    "eeg": CHANNELS[:32],
    "peripheral": CHANNELS[32:],
    "bio": CHANNELS,
    "eog": ("hEOG", "vEOG"),
    "emg": ("zEMG", "tEMG"),
    "gsr": ("GSR",),
    "respiration": ("Resp",),
    "plethysmograph": ("Pleth",),
    "temperature": ("Temp",),
}
_MIXED = ", ".join(f"{name} {unit}" for name, unit in PERIPHERAL.items())
UNITS = {"eeg": "µV", "peripheral": _MIXED, "bio": f"EEG µV, {_MIXED}"}
UNITS |= {
    key: PERIPHERAL[names[0]] for key, names in CH_NAMES.items() if key not in UNITS
}
CH_NAMES |= FACE_CH_NAMES
UNITS |= FACE_UNITS


def load_deap(
    data_home=None,
    *,
    subjects=None,
    modalities=("eeg",),
    window=2.0,
    step=None,
    baseline="drop",
    layout="auto",
    sfreq=128.0,
    face_rate=5.0,
    face_size=64,
    cache_dir=None,
    n_jobs=None,
    verbose=0,
):
    """Load DEAP, preprocessed by its authors or as it was recorded.

    32 people watched 40 excerpts of music videos of 60 s each and rated each on four
    scales [1]_; 32 EEG channels and eight peripheral ones at 128 Hz, 3 s of rest before
    each trial.

    Read more in the :ref:`User Guide <datasets>`.

    Parameters
    ----------
    data_home : path-like or None, default=None
        Folder that holds ``data_preprocessed_python``, ``data_preprocessed_matlab`` or
        ``data_original``, and ``metadata_csv``; or the folder that holds it as
        ``deap``. If None, the environment variable ``SKLEARN_EMOTION_DATA`` names it,
        and without that it is ``~/sklearn_emotion_data``.

    subjects : sequence of int or None, default=None
        Numbers of the subjects, 1 to 32, in the wanted order. If None, all.

    modalities : sequence of str, default=("eeg",)
        Of ``"eeg"`` (32 channels), ``"peripheral"`` (8), ``"bio"`` (the 40 together),
        ``"eog"``, ``"emg"``, ``"gsr"``, ``"respiration"``, ``"plethysmograph"``,
        ``"temperature"``, ``"face"`` (aligned crops) and ``"landmarks"`` (five points
        of the face). The last two need the extra ``video``, and leave out what was not
        filmed.

    window : float or None, default=2.0
        Length of a sample in s. None makes one sample of each trial.

    step : float or None, default=None
        From the start of one sample to the next, in s. None is `window`.

    baseline : {"drop", "keep", "template", "modality"}, default="drop"
        What becomes of the 3 s before each trial: left out; kept as its first part
        (onsets from -3 s); the element-wise mean of their three segments of 1 s is
        subtracted from each second of the trial; or they are added beside each sample
        as ``baseline`` (of the EEG) or ``baseline_<modality>``.

    layout : {"auto", "python", "matlab", "bdf"}, default="auto"
        Which files to read. ``"auto"`` takes the preprocessed ones, the pickles where
        there are some; ``"bdf"`` the original recordings, raw, in the same order of
        trials and channels.

    sfreq : float, default=128.0
        Rate in Hz to which ``layout="bdf"`` is resampled, from 512 Hz, with an
        anti-alias filter. The preprocessed files have 128 Hz.

    face_rate : float, default=5.0
        Frames a second that are taken of the face videos, which have 50.

    face_size : int, default=64
        Side of the crops of faces in pixels.

    cache_dir : path-like or None, default=None
        Folder that keeps the arrays, to be memory-mapped from then on. If None,
        they are kept in memory.

    n_jobs : int or None, default=None
        Number of threads that read files.

    verbose : int, default=0
        Whether to show a progress bar.

    Returns
    -------
    dataset : EmotionDataset
        One array of shape (n_samples, n_channels, n_times) a modality, float32, EEG in
        µV. ``metadata`` has ``subject``, ``trial``, ``stimulus`` (the video,
        1 to 40, the paper's Experiment_id), ``window``, ``onset`` (in s from the start
        of the video), ``valence``, ``arousal``, ``dominance`` and ``liking`` (1 to 9),
        and, from the table of ratings, ``presentation`` (when in the session the
        video came, 1 to 40) and ``familiarity`` (1 to 5, missing for some subjects).
        ``face`` has shape (n_samples, n_frames, 3, face_size, face_size), from 0 to 1,
        ``landmarks`` (n_samples, n_frames, 5, 2), in pixels of the video. ``missing``
        lists the trials that were left out for want of a face, by their video's name.

    Raises
    ------
    FileNotFoundError
        If files are missing; faces need the table of ratings.
    ValueError
        If a parameter has no such value, a file is damaged or asks to run code, or its
        ratings are not those of the table of ratings.

    Warns
    -----
    UserWarning
        If there is no table of ratings to check the files against, or trials or windows
        without a face are left out.

    See Also
    --------
    load_amigos : Shorter and longer films, EEG of 14 channels, ECG.
    load_dreamer : The same headset as AMIGOS, ECG at 256 Hz.
    read_face_windows : How faces are found and aligned.

    Notes
    -----
    The files hold the trials in the order of the videos, not of their presentation.
    Copies are in circulation in which hundreds of ratings were replaced by 9 - x, so
    the ratings in each file are compared with ``participant_ratings.csv``. The pickles
    are read by an unpickler that admits arrays and nothing else.

    The original recordings hold the trials in the order of their presentation, found by
    code 4 on Status (of subjects 24 to 32 the upper bits are set too); their channels
    are picked by name, since those of Twente (subjects 1 to 22) and of Geneva are in
    different orders; electrodes of EOG and EMG are subtracted in pairs, and Twente's
    skin conductance in nS becomes resistance in Ω, as in the preprocessed files. They
    are neither referenced nor filtered.

    Face videos exist of subjects 1 to 22, and not of all trials; they are numbered in
    the order of presentation, and joined to the trials through the table of ratings. A
    video is about as long as the stimulus, and taken to start with it **[reading]**;
    where it ends up to 1 s early, its last frame is repeated. Trials and windows
    without a face are left out of all modalities. At the default rate and size a
    subject's faces take about 0.6 GB; with `cache_dir` no more than `n_jobs` of them
    are in memory.

    References
    ----------
    .. [1] S. Koelstra, C. Muhl, M. Soleymani, J.-S. Lee, A. Yazdani, T. Ebrahimi, T.
       Pun, A. Nijholt and I. Patras, "DEAP: a database for emotion analysis using
       physiological signals", IEEE Transactions on Affective Computing 3(1):18-31,
       2012.

    Examples
    --------
    >>> from sklearn_emotion.datasets import load_deap
    >>> dataset = load_deap("/path/to/deap")  # doctest: +SKIP
    >>> dataset  # doctest: +SKIP
    EmotionDataset(38400 samples, 32 subjects, 1280 trials; eeg: (38400, 32, 256) at
    128 Hz)
    """
    subjects = check_members(subjects, SUBJECTS, "subjects")
    modalities = check_members(modalities, CH_NAMES, "modalities")
    check_baseline(baseline)
    check_rate(sfreq)
    check_faces(face_rate, face_size)
    is_raw = layout == "bdf"
    if sfreq != SFREQ and not is_raw:
        raise ValueError(
            f"sfreq={sfreq!r} needs layout='bdf'; the preprocessed files have "
            f"{SFREQ:g} Hz, which Resampler(sfreq={SFREQ:g}, new_sfreq=...) changes."
        )
    seen = [name for name in modalities if name in FACE_CH_NAMES]
    if seen and not (isinstance(face_rate, Real) and 0 < face_rate < np.inf):
        raise ValueError(f"face_rate must be a positive rate in Hz, got {face_rate!r}.")
    if seen and baseline == "keep":
        raise ValueError(
            f"baseline='keep' starts 3 s before the face videos do; leave out {seen} "
            "or take another baseline."
        )
    lead = BASELINE if baseline == "keep" else 0.0
    rates = {n: float(face_rate if n in seen else sfreq) for n in modalities}
    windows = plan_windows(lead + DURATION, window, step, rates)
    folder = find_folder(data_home, "deap", FOLDERS)
    files = find_recordings(folder, subjects, layout)
    table_path = folder / TABLE
    needed = [*files.values(), *([table_path] if is_raw else [])]
    require_files("DEAP", folder, needed, PAGE)
    table = read_ratings_table(table_path) if table_path.is_file() else None
    if table is None:
        warnings.warn(
            f"{table_path} is not there: the ratings in DEAP's files are not checked, "
            "and the order of presentation is not known.",
            stacklevel=2,
        )

    if seen:
        rate, size = float(face_rate), face_size
        faces = FaceVideos(folder, subjects, table, seen, windows, rate, size)

    signals = [name for name in modalities if name not in seen]
    channels = list(dict.fromkeys(c for name in signals for c in CH_NAMES[name]))

    def load(subject):
        if is_raw:
            data, ratings = _read_raw(files[subject], subject, table, channels, sfreq)
        else:
            data, ratings = read_recording(files[subject])
            if table is not None:
                check_ratings(files[subject], subject, ratings, table)
        arrays = {}
        for name in signals:
            arrays |= _cut(data, name, baseline, windows, sfreq)
        columns = _columns(subject, ratings, table, windows, lead)
        return faces.join(subject, arrays, columns) if seen else (arrays, columns)

    params = {"subjects": subjects, "modalities": modalities, "window": window}
    params |= {"step": step, "baseline": baseline, "table": table is not None}
    params |= {"sfreq": float(sfreq)}
    sources = [*files.values()] + ([table_path] if table is not None else [])
    if seen:
        params |= {"face_rate": rate, "face_size": size}
        sources += faces.paths.values()
    arrays, columns = load_parts(
        subjects,
        load,
        source={"dataset": "deap", "params": params, "files": sources},
        n_jobs=n_jobs,
        verbose=verbose,
        cache_dir=cache_dir,
    )
    return make_dataset(
        "deap",
        arrays,
        columns,
        sfreq=rates,
        ch_names=CH_NAMES,
        units=UNITS,
        missing=faces.report_missing(columns) if seen else [],
    )


def find_recordings(folder, subjects, layout="auto"):
    """Return where the recordings of some subjects should lie.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the data set.
    subjects : list of int
        Numbers of the subjects.
    layout : {"auto", "python", "matlab", "bdf"}, default="auto"
        Which files.

    Returns
    -------
    files : dict of int to pathlib.Path
        Path of each subject, whether or not it exists.

    Raises
    ------
    ValueError
        If `layout` is another one.
    """
    if layout not in ("auto", *LAYOUTS):
        raise ValueError(f"layout must be one of {('auto', *LAYOUTS)}, got {layout!r}.")
    if layout == "auto":
        there = [
            name
            for name, (inner, suffix) in LAYOUTS.items()
            if name != "bdf" and any((folder / inner).glob(f"s??{suffix}"))
        ]
        layout = there[0] if there else "python"
    inner, suffix = LAYOUTS[layout]
    return {s: folder / inner / f"s{s:02d}{suffix}" for s in subjects}


def read_recording(path):
    """Read the signals and ratings of one subject.

    Parameters
    ----------
    path : pathlib.Path
        A ``.dat`` or ``.mat`` file.

    Returns
    -------
    data : ndarray of shape (40, 40, 8064)
        Trials in the order of the videos, by channel, in the units of the files.
    ratings : ndarray of shape (40, 4)
        Valence, arousal, dominance and liking.

    Raises
    ------
    ValueError
        If the file is damaged or holds something else.
    """
    if path.suffix == ".dat":
        content = read_array_pickle(path)
    else:
        content = read_mat(path, ["data", "labels"])
    absent = [key for key in ("data", "labels") if key not in content]
    if absent:
        raise ValueError(f"{path} lacks {absent}; it holds {sorted(content)}.")
    data, ratings = content["data"], content["labels"]
    expected = (N_TRIALS, len(CHANNELS), int((BASELINE + DURATION) * SFREQ))
    if data.shape != expected or ratings.shape != (N_TRIALS, len(RATINGS)):
        raise ValueError(
            f"{path} holds data of shape {data.shape} and labels of {ratings.shape}, "
            f"but DEAP's files have {expected} (trials, channels, times) and "
            f"{(N_TRIALS, len(RATINGS))}."
        )
    if not np.isfinite(data).all():
        raise ValueError(f"{path} holds signals that are not finite.")
    if not ((ratings >= 1) & (ratings <= 9)).all():
        raise ValueError(f"{path} holds ratings outside 1 to 9.")
    return data, ratings


def _read_raw(path, subject, table, channels, sfreq):
    rows = rows_of(table, subject, path)
    data = read_original(
        path,
        subject,
        rows["presentation"].to_numpy(),
        channels=channels,
        rest=BASELINE,
        duration=DURATION,
        sfreq=sfreq,
    )
    return data, rows[list(RATINGS)].to_numpy(dtype=float)


def _cut(data, name, baseline, windows, sfreq):
    first = CHANNELS.index(CH_NAMES[name][0])
    signal = data[:, first : first + len(CH_NAMES[name])].astype(np.float32)
    n_rest = to_samples(BASELINE, sfreq)
    rest, trial = signal[..., :n_rest], signal[..., n_rest:]
    if baseline == "keep":
        trial = signal
    elif baseline == "template":
        trial = subtract_template(trial, rest, to_samples(1.0, sfreq))
    cut = windows.cut(trial, name).swapaxes(0, 1)
    arrays = {name: cut.reshape(-1, *cut.shape[2:])}
    if baseline == "modality":
        arrays[baseline_name(name)] = np.repeat(rest, len(windows), axis=0)
    return arrays


def _columns(subject, ratings, table, windows, lead):
    n = len(windows)
    videos = np.arange(1, N_TRIALS + 1)
    by_trial = {
        "subject": np.full(N_TRIALS, subject),
        "trial": (subject - 1) * N_TRIALS + videos - 1,
        "stimulus": videos,
    }
    scales = {name: ratings[:, i].astype(float) for i, name in enumerate(RATINGS)}
    if table is not None:
        rows = table.loc[subject]
        by_trial["presentation"] = rows["presentation"].to_numpy()
        scales["familiarity"] = rows["familiarity"].to_numpy(dtype=float)
    columns = {key: np.repeat(values, n) for key, values in by_trial.items()}
    columns["window"] = np.tile(np.arange(n), N_TRIALS)
    columns["onset"] = np.tile(windows.onsets - lead, N_TRIALS)
    return columns | {key: np.repeat(values, n) for key, values in scales.items()}
