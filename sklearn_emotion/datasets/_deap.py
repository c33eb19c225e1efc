"""DEAP: EEG and peripheral signals of 32 people who watched music videos."""

from functools import partial

import numpy as np

from sklearn_emotion._docs import fill_doc
from sklearn_emotion._files import check_numbers, to_float32
from sklearn_emotion._names import baseline_name
from sklearn_emotion._validation import to_samples, warn_user
from sklearn_emotion.datasets._bunch import EmotionDataset
from sklearn_emotion.datasets._cache import load_parts
from sklearn_emotion.datasets._deap_bdf import read_original
from sklearn_emotion.datasets._deap_faces import COMPLETE, FaceVideos
from sklearn_emotion.datasets._deap_ratings import (
    N_SUBJECTS,
    N_TRIALS,
    PAGE,
    RATINGS,
    TABLE,
    check_ratings,
    read_ratings_table,
    rows_of,
)
from sklearn_emotion.datasets._docs import LOADER, WINDOW_OR_TRIAL
from sklearn_emotion.datasets._generated import members_of, trials_of
from sklearn_emotion.datasets._home import find_folder
from sklearn_emotion.datasets._openface_tables import (
    FACE_CH_NAMES,
    FACE_UNITS,
    check_openface_dir,
)
from sklearn_emotion.datasets._preprocess import Preprocess
from sklearn_emotion.datasets._recordings import (
    check_baseline,
    check_faces,
    check_members,
    check_rate,
    make_dataset,
    read_mat,
    require_files,
    subtract_template,
    to_float,
)
from sklearn_emotion.datasets._unpickle import read_array_pickle
from sklearn_emotion.datasets._windows import plan_windows
from sklearn_emotion.montage import MONTAGES

FOLDERS = "data_[po]r*"
SUBJECTS = tuple(range(1, N_SUBJECTS + 1))
SFREQ = 128.0
BASELINE = 3.0
DURATION = 60.0
LAYOUTS = {
    "python": ("data_preprocessed_python", ".dat"),
    "matlab": ("data_preprocessed_matlab", ".mat"),
    "bdf": ("data_original", ".bdf"),
}
# In the order of the files, with the units that the authors state.
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


@fill_doc(LOADER, WINDOW_OR_TRIAL)
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
    preprocess=None,
    face_rate=5.0,
    face_size=64,
    openface_dir=None,
    cache_dir=None,
    n_jobs=None,
    verbose=0,
) -> EmotionDataset:
    """Load DEAP, either preprocessed by its authors or as originally recorded.

    32 people watched 40 excerpts of music videos, each 60 s long, and rated each
    excerpt on four scales [1]_. The recordings have 32 EEG channels and eight
    peripheral channels, with 3 s of rest before each trial. The preprocessed files have
    128 Hz.

    Read more in the :ref:`User Guide <datasets>`.

    Parameters
    ----------
    %(data_home)s
        The data set's folder is called ``deap``. It contains ``metadata_csv`` and at
        least one of ``data_preprocessed_python``, ``data_preprocessed_matlab`` and
        ``data_original``.

    %(subjects)s
        The numbers are 1 to 32. ``"complete-face"`` stands for the 18 subjects with a
        face video of all 40 trials: 1 to 22 without 3, 5, 11 and 14.

    %(modalities)s
        Available are ``"eeg"`` (32 channels), ``"peripheral"`` (8 channels), ``"bio"``
        (all 40 channels), ``"eog"``, ``"emg"``, ``"gsr"``, ``"respiration"``,
        ``"plethysmograph"``, ``"temperature"``, ``"face"`` (aligned crops),
        ``"landmarks"`` (five points of the face) and ``"openface"`` (29 features of the
        tables that OpenFace 2.2 wrote for the videos). ``"face"`` and ``"landmarks"``
        need the extra ``video``. With these three, trials without a video or table are
        left out.

    %(window)s

    %(step)s

    %(baseline)s
        The rest before each trial lasts 3 s.

    layout : {"auto", "python", "matlab", "bdf"}, default="auto"
        Which files to read. ``"auto"`` selects the preprocessed files, and among them
        the pickles if there are any. ``"bdf"`` selects the raw original recordings, and
        returns trials and channels in the same order as for the preprocessed files.

    sfreq : float, default=128.0
        Rate in Hz to which ``layout="bdf"`` is resampled, from 512 Hz, with an
        anti-alias filter. The preprocessed files have 128 Hz.

    %(preprocess)s
        The preprocessed files contain trials with their rest, and each of them is a
        recording. With ``layout="bdf"``, a recording is the whole session, at the rate
        `sfreq`.

    %(face_rate)s
        The videos have 50 frames per second.

    %(face_size)s

    %(openface_dir)s
        Tables are called ``s01_trial01.csv`` and so on. If None, they lie beside the
        videos or in the data set's folder, or in a folder ``processed`` in one of
        these.

    %(cache_dir)s

    %(n_jobs)s

    %(verbose)s

    Returns
    -------
    dataset : EmotionDataset
        Each signal is a float32 array of shape (n_samples, n_channels, n_times). The
        EEG is in µV. ``metadata`` has ``subject``, ``trial``, ``stimulus`` (the video,
        1 to 40, called Experiment_id in the paper), ``window``, ``onset`` (in seconds
        from the start of the video), ``valence``, ``arousal``, ``dominance`` and
        ``liking`` (1 to 9). If the table of ratings is present, it also has
        ``presentation`` (position of the video in the session, 1 to 40) and
        ``familiarity`` (1 to 5, missing for some subjects). ``face`` has shape
        (n_samples, n_frames, 3, face_size, face_size) and values from 0 to 255 as
        uint8. ``landmarks`` has shape (n_samples, n_frames, 5, 2) and is in pixels of
        the video. ``openface`` has shape (n_samples, n_frames, 29). ``missing`` lists
        the trials that were left out because they have no face, by the name of their
        video.

    Raises
    ------
    FileNotFoundError
        If files are missing. Faces need the table of ratings.
    ValueError
        If a parameter has an invalid value, a file is damaged or would run code, or its
        ratings differ from those in the table of ratings.

    Warns
    -----
    UserWarning
        If there is no table of ratings to compare the files with, or trials or windows
        without a face are left out.

    See Also
    --------
    load_amigos : Load data of short and long films, with 14 EEG channels and ECG.
    load_dreamer : Load data of the same headset as in AMIGOS, with ECG at 256 Hz.
    read_face_windows : Find and align the faces in a video.

    Notes
    -----
    The preprocessed files contain the trials in the order of the videos, not in the
    order of their presentation. In some copies in circulation, hundreds of ratings were
    replaced by 9 - x. The ratings in each file are therefore compared with
    ``participant_ratings.csv``. The pickles are read by an unpickler that only accepts
    arrays.

    The original recordings contain the trials in the order of their presentation. The
    trials are found by code 4 on the Status channel, whose upper bits are also set for
    subjects 24 to 32. The channels are selected by name, because the recordings from
    Twente (subjects 1 to 22) and from Geneva store them in different orders. The
    electrodes of EOG and EMG are subtracted in pairs, and skin conductance from Twente,
    in nS, is converted to resistance in Ω, as in the preprocessed files. The signals
    are neither referenced nor filtered.

    There are face videos of subjects 1 to 22, but not of all their trials. The videos
    are numbered in the order of presentation, and the table of ratings assigns them to
    the trials. A video is about as long as the stimulus and is assumed to start with it
    **[reading]**. If a video ends up to 1 s early, its last frame is repeated. Trials
    and windows without a face are left out of all modalities. At the default rate and
    size, the faces of one subject take about 0.15 GB, and those of all subjects 3.3 GB.
    With `cache_dir`, at most `n_jobs` subjects are held in memory.

    Frames in which OpenFace found no face, or one with a confidence below 0.8, are not
    used. Where this leaves no frame, the features are interpolated over gaps of up to 2
    s, and windows with longer gaps are left out. ``window=60.0, face_rate=1 / 3`` gives
    20 windows of 3 s in each trial, as in the paper of the prior-driven network.

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
    folder = find_folder(data_home, "deap", FOLDERS)
    n_trials = trials_of(folder, N_TRIALS)
    known = members_of(folder, SUBJECTS)
    if isinstance(subjects, str) and subjects == "complete-face":
        subjects = [subject for subject in COMPLETE if subject in known]
    subjects = check_members(subjects, known, "subjects")
    modalities = check_members(modalities, CH_NAMES, "modalities")
    check_baseline(baseline)
    check_rate(sfreq)
    check_faces(face_rate, face_size)
    window, step, sfreq = map(to_float, (window, step, sfreq))
    is_raw = layout == "bdf"
    if sfreq != SFREQ and not is_raw:
        raise ValueError(
            f"sfreq={sfreq!r} needs layout='bdf'. To change the {SFREQ:g} Hz of the "
            f"preprocessed files, use Resampler(sfreq={SFREQ:g}, new_sfreq=...)."
        )
    seen = [name for name in modalities if name in FACE_CH_NAMES]
    if seen and baseline == "keep":
        raise ValueError(
            f"baseline='keep' starts 3 s before the face videos do; leave out {seen} "
            "or choose another baseline."
        )
    lead = BASELINE if baseline == "keep" else 0.0
    rates = {n: float(face_rate if n in seen else sfreq) for n in modalities}
    windows = plan_windows(lead + DURATION, window, step, rates)
    files = find_recordings(folder, subjects, layout)
    table_path = folder / TABLE
    needed = [*files.values(), *([table_path] if is_raw else [])]
    require_files("DEAP", folder, needed, PAGE, members=files)
    table = None
    if table_path.is_file():
        table = read_ratings_table(table_path, n_trials)
    else:
        warn_user(
            f"{table_path} does not exist: the ratings in DEAP's files are not "
            "checked, and the order of presentation is not known."
        )

    openface_dir = check_openface_dir(openface_dir, modalities)
    if seen:
        rate, size = float(face_rate), int(face_size)
        faces = FaceVideos(
            folder, subjects, table, seen, windows, rate, size, openface_dir
        )

    signals = [name for name in modalities if name not in seen]
    prepare = Preprocess(
        preprocess, {n: rates[n] for n in signals}, CH_NAMES, cache_dir
    )

    def load(subject):
        path = files[subject]
        if is_raw:
            trials, ratings = _read_raw(path, subject, table, signals, sfreq, prepare)
        else:
            data, ratings = read_recording(path, n_trials)
            if table is not None:
                check_ratings(path, subject, ratings, table)
            trials = {name: _channels_of(data, name) for name in signals}
            for name in prepare.steps:
                owner = f"{path}: {name} of trial"
                trials[name] = np.stack(prepare.each(name, trials[name], owner))
        arrays = {}
        for name in signals:
            signal = to_float32(trials[name], f"{path}: {name}")
            arrays |= _cut(signal, name, baseline, windows, sfreq)
        columns = _columns(subject, ratings, table, windows, lead)
        return faces.join(subject, arrays, columns) if seen else (arrays, columns)

    params = {"subjects": subjects, "modalities": modalities, "window": window}
    params |= {"step": step, "baseline": baseline, "table": table is not None}
    params |= {"sfreq": sfreq, **prepare.params}
    sources = [*files.values()] + ([table_path] if table is not None else [])
    if seen:
        params |= {"face_rate": rate, "face_size": size, "pixels": "uint8"}
        sources += faces.paths
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
        folder=folder,
        missing=faces.report_missing(columns) if seen else [],
    )


def find_recordings(folder, subjects, layout="auto"):
    """Return the path at which the recording of each subject is expected."""
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


def read_recording(path, n_trials=N_TRIALS):
    """Read the signals and ratings of one subject from a ``.dat`` or ``.mat`` file.

    Returns
    -------
    data : ndarray of shape (n_trials, 40, 8064)
        Trials in the order of the videos, channels and times, in the units of the
        files.
    ratings : ndarray of shape (n_trials, 4)
        Valence, arousal, dominance and liking.
    """
    if path.suffix == ".dat":
        content = read_array_pickle(path)
    else:
        content = read_mat(path, ["data", "labels"])
    absent = [key for key in ("data", "labels") if key not in content]
    if absent:
        raise ValueError(f"{path} lacks {absent}; it holds {sorted(content)}.")
    data, ratings = (
        check_numbers(content[name], axes, f"{path}: {name}")
        for name, axes in (
            ("data", ("n_trials", "n_channels", "n_times")),
            ("labels", ("n_trials", "n_ratings")),
        )
    )
    expected = (n_trials, len(CHANNELS), int((BASELINE + DURATION) * SFREQ))
    if data.shape != expected or ratings.shape != (n_trials, len(RATINGS)):
        raise ValueError(
            f"{path} holds data of shape {data.shape} and labels of {ratings.shape}, "
            f"but DEAP's files have {expected} (trials, channels, times) and "
            f"{(n_trials, len(RATINGS))}."
        )
    if not np.isfinite(data).all():
        raise ValueError(f"{path} holds signals that are not finite.")
    if not ((ratings >= 1) & (ratings <= 9)).all():
        raise ValueError(f"{path} holds ratings outside 1 to 9.")
    return data, ratings


def _read_raw(path, subject, table, signals, sfreq, prepare):
    """Return the trials by modality, and the ratings, of an original recording."""
    rows = rows_of(table, subject, path)
    read = partial(
        read_original,
        path,
        subject,
        rows["presentation"].to_numpy(),
        rest=BASELINE,
        duration=DURATION,
        sfreq=sfreq,
    )
    plain = [name for name in signals if name not in prepare.steps]
    data = read(channels=list(dict.fromkeys(c for n in plain for c in CH_NAMES[n])))
    trials = {name: _channels_of(data, name) for name in plain}
    for name in prepare.steps:
        step = partial(prepare, name, owner=f"{path}: {name}")
        data = read(channels=CH_NAMES[name], prepare=step)
        trials[name] = _channels_of(data, name)
    return trials, rows[list(RATINGS)].to_numpy(dtype=float)


def _channels_of(data, name):
    """Return the channels of a modality, which follow each other in the files."""
    first = CHANNELS.index(CH_NAMES[name][0])
    return data[:, first : first + len(CH_NAMES[name])]


def _cut(signal, name, baseline, windows, sfreq):
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
    n, n_trials = len(windows), len(ratings)
    videos = np.arange(1, n_trials + 1)
    by_trial = {
        "subject": np.full(n_trials, subject),
        "trial": (subject - 1) * N_TRIALS + videos - 1,
        "stimulus": videos,
    }
    scales = {name: ratings[:, i].astype(float) for i, name in enumerate(RATINGS)}
    if table is not None:
        rows = table.loc[subject]
        by_trial["presentation"] = rows["presentation"].to_numpy()
        scales["familiarity"] = rows["familiarity"].to_numpy(dtype=float)
    columns = {key: np.repeat(values, n) for key, values in by_trial.items()}
    columns["window"] = np.tile(np.arange(n), n_trials)
    columns["onset"] = np.tile(windows.onsets - lead, n_trials)
    return columns | {key: np.repeat(values, n) for key, values in scales.items()}
