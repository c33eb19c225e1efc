"""MAHNOB-HCI: EEG, peripheral signals and faces during film clips."""

from functools import partial

from sklearn_emotion._docs import fill_doc
from sklearn_emotion._validation import to_samples
from sklearn_emotion.datasets._bunch import EmotionDataset
from sklearn_emotion.datasets._cache import load_parts
from sklearn_emotion.datasets._docs import LOADER
from sklearn_emotion.datasets._generated import trials_of
from sklearn_emotion.datasets._home import find_folder, listing
from sklearn_emotion.datasets._mahnob_sessions import (
    CHANNELS,
    ECG,
    PERIPHERAL,
    SCALES,
    SUBJECTS,
    find_sessions,
    read_clip,
)
from sklearn_emotion.datasets._openface_tables import (
    FACE_CH_NAMES,
    FACE_UNITS,
    N_FEATURES,
    check_openface_dir,
    find_table,
)
from sklearn_emotion.datasets._preprocess import Preprocess
from sklearn_emotion.datasets._recordings import (
    check_baseline,
    check_faces,
    check_members,
    check_rate,
    make_dataset,
    suggest_members,
    to_float,
)
from sklearn_emotion.datasets._trials import Trial, cut_trials, report_gaps
from sklearn_emotion.preprocessing import probe_video, read_face_windows
from sklearn_emotion.preprocessing._openface import read_openface_windows

PAGE = "https://mahnob-db.eu/hci-tagging/"
# The recordings of these subjects are lost.
LOST = (12, 15, 26)
N_CLIPS = 20
CH_NAMES = {
    "eeg": CHANNELS[:32],
    "ecg": ECG,
    "gsr": ("GSR1",),
    "respiration": ("Resp",),
    "temperature": ("Temp",),
    "peripheral": PERIPHERAL,
    "bio": CHANNELS,
}
_MIXED = "ECG mV, GSR Ω, respiration µV, temperature °C"
UNITS = {
    "eeg": "µV",
    "ecg": "mV",
    "gsr": "Ω",
    "respiration": "µV",
    "temperature": "°C",
    "peripheral": _MIXED,
    "bio": f"EEG µV, {_MIXED}",
    **FACE_UNITS,
}
REASONS = (
    "their BDF file, face video or table of OpenFace is absent, or the clip is not "
    "marked in the BDF file, is shorter than a window or shows no face"
)
# If the rates of a video and its session differ by more, the video was re-encoded.
_SAME_RATE = 0.01


@fill_doc(LOADER)
def load_mahnob_hci(
    data_home=None,
    *,
    subjects=None,
    modalities=("eeg",),
    sfreq=128.0,
    window=2.0,
    step=None,
    duration=None,
    baseline="drop",
    baseline_duration=3.0,
    preprocess=None,
    face_rate=5.0,
    face_size=64,
    openface_dir=None,
    cache_dir=None,
    n_jobs=None,
    verbose=0,
) -> EmotionDataset:
    """Load the emotion elicitation sessions of MAHNOB-HCI.

    27 people watched 20 film clips of 35 to 117 s and rated each clip on four scales
    [1]_. The recordings have 32 EEG channels and six peripheral channels, are not
    preprocessed, and include 30 s before and after each clip.

    Read more in the :ref:`User Guide <datasets>`.

    Parameters
    ----------
    %(data_home)s
        The data set's folder is called ``mahnob-hci`` and contains ``Sessions``.

    %(subjects)s
        The numbers are 1 to 30, and all subjects are those with sessions in the folder.

    %(modalities)s
        Available are ``"eeg"`` (32 channels), ``"ecg"`` (3 channels), ``"gsr"``,
        ``"respiration"``, ``"temperature"``, ``"peripheral"`` (these six channels),
        ``"bio"`` (all 38 channels), ``"face"`` (aligned crops of the color camera's
        frames), ``"landmarks"`` (five points of the face) and ``"openface"`` (29
        features of the tables that OpenFace 2.2 wrote for the videos). ``"face"`` and
        ``"landmarks"`` need the extra ``video``.

    sfreq : float, default=128.0
        Rate in Hz to which signals are resampled, from 256 or 512 Hz, with an
        anti-alias filter.

    window : float or None, default=2.0
        Length of each sample in seconds. If None, `duration` is used, which must then
        be a number.

    %(step)s

    duration : float or None, default=None
        Length in seconds of the middle segment of each clip that is used. Shorter clips
        are used as a whole. If None, all clips are used as a whole. The paper of
        3FACRNN uses 30 s.

    %(baseline)s
        ``"keep"`` needs ``duration=None``, because otherwise there would be a gap
        between the rest and the clip.

    %(baseline_duration)s
        The rest lasts 30 s. The code of DeepVANet also uses 3 s.

    %(preprocess)s
        A recording contains 30 s before and after the clip, and is transformed at the
        rate `sfreq`.

    %(face_rate)s
        The videos have 61 frames per second.

    %(face_size)s

    %(openface_dir)s
        If None, each table lies beside its video or in a folder ``processed`` there.

    %(cache_dir)s

    %(n_jobs)s

    %(verbose)s

    Returns
    -------
    dataset : EmotionDataset
        Each modality is a float32 array of shape (n_samples, n_channels, n_times).
        ``metadata`` has ``subject``, ``trial`` (number of the session), ``stimulus``
        (file name of the clip), ``window``, ``onset`` (in seconds from the start of the
        clip), ``valence``, ``arousal``, ``control`` and ``predictability`` (whole
        numbers from 1 to 9) and ``emotion`` (the keyword that the subject chose).
        ``face`` has shape (n_samples, n_frames, 3, face_size, face_size) and values
        from 0 to 255 as uint8. ``landmarks`` has shape (n_samples, n_frames, 5, 2) and
        is in pixels of the video. ``openface`` has shape (n_samples, n_frames, 29).
        ``missing`` lists sessions without a sample, and subjects with fewer than 20
        sessions.

    Raises
    ------
    FileNotFoundError
        If there is no session at all, or no session of a wanted subject.
    ValueError
        If a parameter has an invalid value or a file is damaged.

    Warns
    -----
    UserWarning
        If sessions are incomplete, subjects lack sessions, or windows without a face
        are left out.

    Notes
    -----
    The clip lies between the two pulses on the Status channel of the BDF file. The
    first pulse is 30 s after the start of the file. ``vidBeginSmp`` and ``vidEndSmp``
    in ``session.xml`` are not needed for this. They count frames, at ``vidRate``, of
    the whole recording from which the video of the session was cut. That video is
    assumed to start with the clip **[reading]**, and to run at ``vidRate`` (60.97 Hz)
    although its file states 61 Hz.

    The ratings are whole numbers, so the parameter ``side`` of ``target`` decides
    whether a rating of 5 is low (``">"``) or high (``">="``, as in the code of
    DeepVANet).

    The recordings are raw. Reference them with
    :class:`~sklearn_emotion.AverageReference` and filter them with
    :class:`~sklearn_emotion.BandpassFilter`, either in `preprocess` or after loading.

    With ``window`` and without ``duration``, each clip is cut into as many windows as
    it has.

    References
    ----------
    .. [1] M. Soleymani, J. Lichtenauer, T. Pun and M. Pantic, "A multimodal database
       for affect recognition and implicit tagging", IEEE Transactions on Affective
       Computing 3(1):42-55, 2012.

    Examples
    --------
    >>> from sklearn_emotion.datasets import load_mahnob_hci
    >>> dataset = load_mahnob_hci("/path/to/data", duration=30.0)  # doctest: +SKIP
    >>> y = dataset.target("valence", threshold=5.0, side=">=")  # doctest: +SKIP
    """
    if subjects is not None:
        subjects = check_members(subjects, SUBJECTS, "subjects")
    modalities = check_members(modalities, CH_NAMES | FACE_CH_NAMES, "modalities")
    check_baseline(baseline)
    if baseline == "keep" and duration is not None:
        raise ValueError("baseline='keep' needs duration=None.")
    seen = [name for name in modalities if name in FACE_CH_NAMES]
    if seen and baseline == "keep":
        raise ValueError(
            f"baseline='keep' starts before the videos do; leave out {seen} or choose "
            "another baseline."
        )
    check_rate(sfreq)
    check_faces(face_rate, face_size)
    window, step, sfreq, face_rate = map(to_float, (window, step, sfreq, face_rate))
    duration, baseline_duration = map(to_float, (duration, baseline_duration))
    spans = {"duration": duration, "baseline_duration": baseline_duration}
    for what, seconds in spans.items():
        if seconds is not None:
            to_samples(seconds, sfreq, what)
    folder = find_folder(data_home, "mahnob-hci", "Sessions/*/session.xml")
    n_clips = trials_of(folder, N_CLIPS)
    sessions = _select_sessions(folder, find_sessions(folder), subjects)
    openface_dir = check_openface_dir(openface_dir, modalities)
    needs_videos = any(name != "openface" for name in seen)
    needs_tables = "openface" in seen
    tables = _find_tables(folder, sessions, openface_dir) if needs_tables else {}
    complete = [
        session
        for session in sessions
        if session.recording
        and (session.video or not needs_videos)
        and (session.number in tables or not needs_tables)
    ]
    window = duration if window is None else window
    signals = [name for name in modalities if name not in seen]
    options = {
        "rates": dict.fromkeys(signals, float(sfreq)),
        "shapes": {name: (len(CH_NAMES[name]),) for name in signals},
        "window": window,
        "step": step,
        "baseline": baseline,
        "rest": baseline_duration,
        "columns": ["subject", "trial", "stimulus", *SCALES, "emotion"],
    }
    if seen:
        options["window_shapes"] = _window_shapes(seen, window, face_rate, face_size)
    rest = 0.0 if baseline == "drop" else baseline_duration
    prepare = Preprocess(preprocess, options["rates"], CH_NAMES, cache_dir)
    plain = [name for name in signals if name not in prepare.steps]
    channels = list(dict.fromkeys(c for name in plain for c in CH_NAMES[name]))

    def load(session):
        path = session.recording
        read = partial(read_clip, path, sfreq=sfreq, rest=rest, duration=duration)
        clip = read(channels)
        if clip is None:
            return cut_trials([], **options)
        trial = _trial(session, *clip, channels, plain)
        for name in prepare.steps:
            step = partial(prepare, name, owner=f"{path}: {name}")
            trial.signals[name], trial.rests[name], _ = read(
                CH_NAMES[name], prepare=step
            )
        if not signals:
            trial.duration = clip[0].shape[-1] / sfreq
        table = tables.get(session.number)
        faces = _Faces(session, table, window, face_rate, face_size)
        trial.readers = {name: partial(faces.read, name) for name in seen}
        return cut_trials([trial], **options)

    params = {"sessions": [s.number for s in complete], "duration": duration}
    params |= {"sfreq": sfreq, **prepare.params}
    files = [path for s in complete for path in (s.description, s.recording)]
    if seen:
        params |= {"face_rate": face_rate, "face_size": int(face_size)}
    if needs_videos:
        files += [session.video for session in complete]
    files += [tables[s.number] for s in complete if s.number in tables]
    arrays, columns = load_parts(
        complete,
        load,
        source={"dataset": "mahnob-hci", "params": params | options, "files": files},
        n_jobs=n_jobs,
        verbose=verbose,
        cache_dir=cache_dir,
    )
    subject_of = {session.number: session.subject for session in sessions}
    missing = report_gaps(
        "MAHNOB-HCI",
        folder,
        columns,
        list(subject_of),
        lambda number: f"session {number} of subject {subject_of[number]}",
        reasons=REASONS,
        also=_describe_absent(sessions, n_clips),
        hole="hold NaN, or show no face for too long," if seen else "hold NaN",
    )
    rates = {n: float(face_rate if n in seen else sfreq) for n in modalities}
    return make_dataset(
        "mahnob_hci",
        arrays,
        columns,
        sfreq=rates,
        ch_names=CH_NAMES | FACE_CH_NAMES,
        units=UNITS,
        folder=folder,
        missing=missing,
    )


def _select_sessions(folder, sessions, subjects):
    """Return the sessions of the wanted subjects, in the order of the subjects."""
    there = sorted({session.subject for session in sessions})
    wanted = there if subjects is None else subjects
    absent = [subject for subject in wanted if subject not in there]
    if absent or not wanted:
        state = "" if folder.is_dir() else " (no such folder)"
        lack = f"of the subjects {listing(list(map(str, absent)))} " if absent else ""
        raise FileNotFoundError(
            f"MAHNOB-HCI is not complete in {folder}{state}: there is no session {lack}"
            f"(Sessions/<number>/session.xml with ratings). "
            f"{suggest_members([s for s in wanted if s in there])}Its owners give "
            f"access at {PAGE}; pass its folder as data_home or in the environment "
            "variable SKLEARN_EMOTION_DATA."
        )
    return [s for subject in wanted for s in sessions if s.subject == subject]


def _describe_absent(sessions, n_clips):
    """Describe how many sessions are absent, for each subject with absent sessions."""
    counts = {}
    for session in sessions:
        counts[session.subject] = counts.get(session.subject, 0) + 1
    return [
        f"{n_clips - count} of {n_clips} sessions of subject {subject}"
        for subject, count in counts.items()
        if count < n_clips
    ]


def _find_tables(folder, sessions, openface_dir):
    """Return the path of OpenFace's table for each session that has one."""
    found = {s.number: _find_table(folder, s, openface_dir) for s in sessions}
    tables = {number: path for number, path in found.items() if path}
    if not tables:
        raise FileNotFoundError(
            f"There is no table of OpenFace for any of the {len(sessions)} wanted "
            f"sessions in {openface_dir or folder / 'Sessions'}. A table has the name "
            "of the color camera's video, with the suffix .csv, as OpenFace's "
            "FeatureExtraction writes it."
        )
    return tables


def _find_table(folder, session, openface_dir):
    """Return the path of OpenFace's table for the video of a session, or None."""
    inner = session.description.parent
    folders = [inner, inner.parent, folder]
    if openface_dir is not None:
        folders = [openface_dir, openface_dir / inner.name]
    return find_table(session.camera, folders) if session.camera else None


def _window_shapes(names, window, rate, size):
    """Return the shape and the dtype of a window of each modality of the face."""
    n_frames = to_samples(window, rate, f"window of {names[0]!r}")
    shapes = {
        "face": ((n_frames, 3, int(size), int(size)), "uint8"),
        "landmarks": ((n_frames, 5, 2), "float32"),
        "openface": ((n_frames, N_FEATURES), "float32"),
    }
    return {name: shapes[name] for name in names}


class _Faces:
    """Faces of one session. The video is read once for both modalities."""

    def __init__(self, session, table, window, rate, size):
        self.session = session
        self.table = table
        self.options = {"window": window, "frame_rate": rate}
        self.size = size
        self.found = None

    def read(self, name, onsets):
        """Return a modality in windows, and which windows are valid."""
        if name == "openface":
            rate = self.session.video_rate
            return read_openface_windows(
                self.table, onsets, video_rate=rate, **self.options
            )
        if self.found is None:
            path, rate = self.session.video, self.session.video_rate
            stretch = rate / probe_video(path).frame_rate
            if not abs(stretch - 1) < _SAME_RATE:
                stretch = 1.0
            faces, report = read_face_windows(
                path, onsets * stretch, size=self.size, **self.options
            )
            self.valid = report.valid
            self.found = {"face": faces, "landmarks": report.landmarks}
        return self.found[name], self.valid


def _trial(session, clip, rest, start, channels, modalities):
    info = {
        "subject": session.subject,
        "trial": session.number,
        "stimulus": session.stimulus,
        "emotion": session.emotion,
        **session.ratings,
    }
    rows = {m: [channels.index(name) for name in CH_NAMES[m]] for m in modalities}
    return Trial(
        {name: clip[picked] for name, picked in rows.items()},
        info,
        {name: rest[picked] for name, picked in rows.items()},
        start,
        path=session.recording,
    )
