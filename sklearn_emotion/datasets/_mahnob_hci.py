"""MAHNOB-HCI: EEG, peripheral signals and faces during film clips."""

from functools import partial

from sklearn_emotion._validation import to_samples
from sklearn_emotion.datasets._cache import load_parts
from sklearn_emotion.datasets._home import find_folder, listing
from sklearn_emotion.datasets._mahnob_sessions import (
    CHANNELS,
    ECG,
    PERIPHERAL,
    SCALES,
    find_sessions,
    read_clip,
)
from sklearn_emotion.datasets._recordings import (
    check_baseline,
    check_faces,
    check_members,
    check_rate,
    make_dataset,
)
from sklearn_emotion.datasets._trials import Trial, cut_trials, report_gaps
from sklearn_emotion.preprocessing import probe_video, read_face_windows

PAGE = "https://mahnob-db.eu/hci-tagging/"
SUBJECTS = tuple(range(1, 31))
# Nobody has the recordings of these.
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
FACE_CH_NAMES = {
    "face": ("R", "G", "B"),
    "landmarks": (
        "left eye",
        "right eye",
        "nose",
        "left mouth corner",
        "right mouth corner",
    ),
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
    "face": "1",
    "landmarks": "pixels",
}
REASONS = (
    "their BDF file, or the video of a face, is absent, the clip is not marked "
    "in it, is shorter than a window, or shows no face"
)
# A video that states another rate than its session by more was made anew.
_SAME_RATE = 0.01


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
    face_rate=5.0,
    face_size=64,
    cache_dir=None,
    n_jobs=None,
    verbose=0,
):
    """Load MAHNOB-HCI, the sessions in which emotions were elicited.

    27 people watched 20 clips of films of 35 to 117 s and rated each on four scales
    [1]_; 32 EEG channels and six peripheral ones as they were recorded, 30 s before
    and after each clip.

    Read more in the :ref:`User Guide <datasets>`.

    Parameters
    ----------
    data_home : path-like or None, default=None
        Folder that holds ``Sessions``, or the folder that holds it as ``mahnob-hci``.
        If None, the environment variable ``SKLEARN_EMOTION_DATA`` names it, and
        without that it is ``~/sklearn_emotion_data``.

    subjects : sequence of int or None, default=None
        Numbers of the subjects, 1 to 30, in the wanted order. If None, all that have
        sessions in the folder.

    modalities : sequence of str, default=("eeg",)
        Of ``"eeg"`` (32 channels), ``"ecg"`` (3), ``"gsr"``, ``"respiration"``,
        ``"temperature"``, ``"peripheral"`` (these six channels), ``"bio"`` (the 38
        together), ``"face"`` (aligned crops of the colour camera's frames) and
        ``"landmarks"`` (five points of the face). The last two need the extra
        ``video``.

    sfreq : float, default=128.0
        Rate in Hz to which signals are resampled, from 256 or 512 Hz, with an
        anti-alias filter.

    window : float or None, default=2.0
        Length of a sample in s. None takes `duration`.

    step : float or None, default=None
        From the start of one sample to the next, in s. None is `window`.

    duration : float or None, default=None
        The middle so many seconds of each clip, or all of a shorter one. None uses all
        of each. 3FACRNN's paper takes 30 s.

    baseline : {"drop", "keep", "template", "modality"}, default="drop"
        What becomes of the rest before each clip; see :func:`load_deap`. ``"keep"``
        needs ``duration=None``, since otherwise a gap would lie between the two.

    baseline_duration : float, default=3.0
        The last so many seconds of the rest (30 s) are used; 3 s as in DeepVANet's
        code.

    face_rate : float, default=5.0
        Frames a second that are taken of the videos, which have 61.

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
        One array of shape (n_samples, n_channels, n_times) a modality, float32.
        ``metadata`` has ``subject``, ``trial`` (the session's number), ``stimulus``
        (file name of the clip), ``window``, ``onset`` (in s from the start of the
        clip), ``valence``, ``arousal``, ``control`` and ``predictability`` (whole
        numbers from 1 to 9) and ``emotion`` (the keyword that was chosen).
        ``face`` has shape (n_samples, n_frames, 3, face_size, face_size), from 0 to 1,
        ``landmarks`` (n_samples, n_frames, 5, 2), in pixels of the video.
        ``missing`` lists sessions without a sample, and subjects with fewer than 20.

    Raises
    ------
    FileNotFoundError
        If there is no session at all, or none of a wanted subject.
    ValueError
        If a parameter has no such value or a file is damaged.

    Warns
    -----
    UserWarning
        If sessions are incomplete, subjects lack some, or windows without a face are
        left out.

    Notes
    -----
    The clip lies between the two pulses on the BDF's Status channel; the first one
    is 30 s after the start of the file. ``vidBeginSmp`` and ``vidEndSmp`` of
    ``session.xml`` are not needed for that: they count frames of the whole recording,
    at ``vidRate``, from which the session's video was cut. That video is taken to
    start with the clip **[reading]**, and its time to run at ``vidRate`` (60.97 Hz),
    where the file states 61.

    The ratings are whole numbers, so that ``side`` of ``target`` decides where a rating
    of 5 goes: low with ``">"``, high with ``">="`` (DeepVANet's code).

    The recordings are raw: reference them (:class:`~sklearn_emotion.AverageReference`)
    and filter them (:class:`~sklearn_emotion.BandpassFilter`).

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
            f"baseline='keep' starts before the videos do; leave out {seen} or take "
            "another baseline."
        )
    check_rate(sfreq)
    check_faces(face_rate, face_size)
    spans = {"duration": duration, "baseline_duration": baseline_duration}
    for what, seconds in spans.items():
        if seconds is not None:
            to_samples(seconds, sfreq, what)
    folder = find_folder(data_home, "mahnob-hci", "Sessions/*/session.xml")
    sessions = _wanted(folder, find_sessions(folder), subjects)
    complete = [s for s in sessions if s.recording and (s.video or not seen)]
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
        n_frames = to_samples(window, face_rate, "window of 'face'")
        side = int(face_size)
        shapes = {"face": (3, side, side), "landmarks": (5, 2)}
        options["window_shapes"] = {name: (n_frames, *shapes[name]) for name in seen}
    rest = 0.0 if baseline == "drop" else baseline_duration
    channels = list(dict.fromkeys(c for name in signals for c in CH_NAMES[name]))

    def load(session):
        clip = read_clip(
            session.recording, channels, sfreq, rest=rest, duration=duration
        )
        if clip is None:
            return cut_trials([], **options)
        trial = _trial(session, *clip, channels, signals)
        if not signals:
            trial.duration = clip[0].shape[-1] / sfreq
        faces = _Faces(session, window, face_rate, face_size)
        trial.readers = {name: partial(faces.read, name) for name in seen}
        return cut_trials([trial], **options)

    params = {"sessions": [s.number for s in complete], "duration": duration}
    params |= {"sfreq": float(sfreq)}
    files = [path for s in complete for path in (s.description, s.recording)]
    if seen:
        params |= {"face_rate": float(face_rate), "face_size": int(face_size)}
        files += [session.video for session in complete]
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
        columns,
        list(subject_of),
        lambda number: f"session {number} of subject {subject_of[number]}",
        reasons=REASONS,
        also=_lacking(sessions),
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
        missing=missing,
    )


def _wanted(folder, sessions, subjects):
    """Sessions of the wanted subjects, in their order."""
    there = sorted({session.subject for session in sessions})
    wanted = there if subjects is None else subjects
    absent = [subject for subject in wanted if subject not in there]
    if absent or not wanted:
        state = "" if folder.is_dir() else " (no such folder)"
        lack = f"of the subjects {listing(list(map(str, absent)))} " if absent else ""
        raise FileNotFoundError(
            f"MAHNOB-HCI is not complete in {folder}{state}: there is no session {lack}"
            f"(Sessions/<number>/session.xml with ratings). Its owners give access at "
            f"{PAGE}; pass its folder as data_home or in the environment variable "
            "SKLEARN_EMOTION_DATA."
        )
    return [s for subject in wanted for s in sessions if s.subject == subject]


def _lacking(sessions):
    counts = {}
    for session in sessions:
        counts[session.subject] = counts.get(session.subject, 0) + 1
    return [
        f"{N_CLIPS - count} of {N_CLIPS} sessions of subject {subject}"
        for subject, count in counts.items()
        if count < N_CLIPS
    ]


class _Faces:
    """Faces of one session, read once for both of their modalities."""

    def __init__(self, session, window, rate, size):
        self.session = session
        self.options = {"window": window, "frame_rate": rate, "size": size}
        self.found = None

    def read(self, name, onsets):
        if self.found is None:
            path, rate = self.session.video, self.session.video_rate
            stretch = rate / probe_video(path).frame_rate
            if not abs(stretch - 1) < _SAME_RATE:
                stretch = 1.0
            faces, report = read_face_windows(path, onsets * stretch, **self.options)
            self.found = {"face": faces, "landmarks": report.landmarks}
        return self.found[name]


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
    )
