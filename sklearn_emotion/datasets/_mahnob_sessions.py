"""Descriptions and signals of the sessions of MAHNOB-HCI."""

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from xml.parsers import expat

import numpy as np

from sklearn_emotion._files import naming, to_float32
from sklearn_emotion._validation import to_samples
from sklearn_emotion.datasets._edf import open_recording, read_resampled, read_status
from sklearn_emotion.montage import MONTAGES

SCALES = {
    "valence": "feltVlnc",
    "arousal": "feltArsl",
    "control": "feltCtrl",
    "predictability": "feltPred",
}
REQUIRED = ("valence", "arousal")
EMOTIONS = {
    -1: "unknown",
    0: "neutral",
    1: "anger",
    2: "disgust",
    3: "fear",
    4: "happiness",
    5: "sadness",
    6: "surprise",
    11: "amusement",
    12: "anxiety",
}
# Channels in the order of DeepVANet's code, with the factor from the stored unit.
ECG = ("EXG1", "EXG2", "EXG3")
SCALE = {**dict.fromkeys(ECG, 1e-3), "GSR1": 1.0, "Resp": 1.0, "Temp": 1.0}
PERIPHERAL = tuple(SCALE)
CHANNELS = (*MONTAGES["biosemi32"], *PERIPHERAL)
LONGEST_PULSE = 3.0  # s
SUBJECTS = tuple(range(1, 31))
# The recorder always writes records of this length, in seconds.
RECORD_DURATION = 1.0


@dataclass(frozen=True)
class Session:
    """One clip that one person watched and rated.

    Parameters
    ----------
    number : int
        Number of the session, which is the name of its folder.
    subject : int
        Number of the subject.
    stimulus : str
        File name of the clip.
    ratings : dict of str to int
        Rating on each scale, from 1 to 9. Control and predictability are NaN if absent.
    emotion : str
        Emotion that the subject reported.
    description : pathlib.Path
        Path of ``session.xml``.
    recording : pathlib.Path or None
        Path of the BDF file.
    camera : str or None
        File name of the color camera's video, which may be absent.
    video : pathlib.Path or None
        Path of that video, if it exists.
    video_rate : float
        Frames per second of the video.
    """

    number: int
    subject: int
    stimulus: str
    ratings: dict
    emotion: str
    description: Path
    recording: Path | None
    camera: str | None
    video: Path | None
    video_rate: float


def read_elements(path):
    """Return the name and the attributes of each element of an XML file.

    A file with a document type raises an error, because it can define entities.
    """

    def refuse(name, *_):
        raise ValueError(
            f"{path} has a document type ({name!r}), which no session of MAHNOB-HCI "
            "has. It can define entities that fill the memory or name other files."
        )

    elements = []
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda name, values: elements.append((name, values))
    with naming(path, "XML"):
        parser.Parse(path.read_bytes(), True)
    return elements


def read_session(path):
    """Read the description of a session from ``session.xml``.

    Return None if nothing was rated, as for neutral clips and other experiments.
    """
    elements = read_elements(path)
    attributes = elements[0][1]
    if not {SCALES[name] for name in REQUIRED} <= set(attributes):
        return None
    subjects = [values.get("id") for name, values in elements if name == "subject"]
    tracks = [values for name, values in elements if name == "track"]
    videos = [
        path.parent / Path(values.get("filename", "")).name
        for values in tracks
        if (values.get("type"), values.get("color")) == ("Video", "1")
    ]
    if not re.fullmatch(r"[1-9][0-9]{0,8}", path.parent.name):
        raise ValueError(
            f"{path} is in a folder that is not the number of a session, such as "
            "Sessions/2. Remove copies of sessions, or give the folder its number."
        )
    try:
        number = int(path.parent.name)
        subject = int(subjects[0])
        ratings = {
            name: int(attributes[key]) if key in attributes else np.nan
            for name, key in SCALES.items()
        }
        code = int(attributes.get("feltEmo", -1))
        stimulus = attributes["mediaFile"]
        video_rate = float(attributes.get("vidRate", "nan"))
    except (IndexError, KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"{path} does not describe a session of MAHNOB-HCI: {error!r}."
        ) from error
    if subject not in SUBJECTS:
        raise ValueError(
            f"{path} is of subject {subject}, but the subjects are {SUBJECTS[0]} to "
            f"{SUBJECTS[-1]}."
        )
    if any(rating < 1 or rating > 9 for rating in ratings.values()):
        raise ValueError(f"{path} holds ratings outside 1 to 9: {ratings}.")
    # The first video that exists, or else the first one.
    camera = min(videos, key=lambda video: not video.is_file(), default=None)
    recordings = sorted(path.parent.glob("Part_*_emotion.bdf"))
    others = [r for r in recordings if r.name.split("_")[1] != str(subject)]
    if others or len(recordings) > 1:
        raise ValueError(
            f"{path} is of subject {subject}, and beside it lie the recordings "
            f"{[recording.name for recording in recordings]}."
        )
    return Session(
        number=number,
        subject=subject,
        stimulus=stimulus,
        ratings=ratings,
        emotion=EMOTIONS.get(code, str(code)),
        description=path,
        recording=recordings[0] if recordings else None,
        camera=camera.name if camera else None,
        video=camera if camera and camera.is_file() else None,
        video_rate=video_rate,
    )


def find_sessions(folder):
    """Return all sessions with ratings, sorted by number."""
    paths = (folder / "Sessions").glob("*/session.xml")
    found = [read_session(path) for path in paths]
    sessions = sorted((s for s in found if s is not None), key=lambda s: s.number)
    first = {}
    for session in sessions:
        if session.recording is not None:
            content = session.subject, session.stimulus, session.recording.name
            original = first.setdefault(content, session)
            if original is not session:
                raise ValueError(
                    f"{session.description} is a copy of {original.description}: both "
                    f"are of subject {session.subject} and have the recording "
                    f"{session.recording.name}. Remove one of them."
                )
    return sessions


def find_clip(recording):
    """Return start and end of the clip, in seconds from the start of the file.

    One pulse on the Status channel marks the start of the clip and another one its end.
    A single pulse that lasts for seconds is taken as the clip itself. For any other
    pulses, the result is None.
    """
    codes, sfreq = read_status(recording)
    is_high = np.concatenate([[False], codes != 0, [False]])
    edges = np.flatnonzero(np.diff(is_high)) / sfreq
    starts, ends = edges[::2].tolist(), edges[1::2].tolist()
    if len(starts) == 1 and ends[0] - starts[0] > LONGEST_PULSE:
        return starts[0], ends[0]
    return tuple(starts) if len(starts) == 2 else None


def read_clip(path, channels, sfreq, *, rest=0.0, duration=None, prepare=None):
    """Read the signals during a clip and before it.

    Parameters
    ----------
    path : pathlib.Path
        BDF file.
    channels : sequence of str
        Names from `CHANNELS`. The list may be empty if only the length of the clip
        matters.
    sfreq : float
        Rate of the result in Hz.
    rest : float, default=0.0
        Length in seconds of the segment before the clip.
    duration : float or None, default=None
        Length in seconds of the middle segment of the clip. If None, or if the clip is
        shorter, the whole clip is read.
    prepare : callable or None, default=None
        Function that takes the channels of the whole session, of shape (n_channels,
        n_times), and returns an array of the same shape.

    Returns
    -------
    clip : tuple of (signals, rests, start) or None
        Arrays of shape (n_channels, n_times) and (n_channels, n_rest), with ECG in mV,
        and the start of the signals in the clip, in seconds. None if the clip is not
        marked.
    """
    with naming(path, "a recording of MAHNOB-HCI"):
        return _read_clip(path, channels, sfreq, rest, duration, prepare)


def _read_clip(path, channels, sfreq, rest, duration, prepare):
    recording = open_recording(path, RECORD_DURATION)
    bounds = find_clip(recording)
    if bounds is None:
        return None
    begin, end = bounds
    n_rest = to_samples(rest, sfreq) if rest else 0
    if rest > begin:
        raise ValueError(
            f"{path} holds {begin:g} s before the clip, and baseline_duration={rest:g} "
            "s is longer."
        )
    n_clip = int((end - begin) * sfreq + 1e-6)
    n_times = n_clip
    if duration is not None:
        n_times = min(n_clip, to_samples(duration, sfreq))
    n_before = (n_clip - n_times) // 2
    whole = np.empty((0, n_rest + n_clip), np.float32)
    if channels:
        first = round((begin - rest) * recording.sfreq(channels))
        scale = np.array([[SCALE.get(name, 1.0)] for name in channels], np.float32)
        if prepare is None:
            whole = read_resampled(recording, channels, first, n_rest + n_clip, sfreq)
            whole *= scale
        else:
            session, before = _read_session(recording, channels, first, sfreq)
            session = to_float32(prepare(session * scale), str(path))
            whole = session[:, before : before + n_rest + n_clip]
    rests, clip = whole[:, :n_rest], whole[:, n_rest:]
    return clip[:, n_before : n_before + n_times], rests, n_before / sfreq


def _read_session(recording, channels, first, sfreq):
    """Return a whole session, resampled, and the position of a sample in it.

    `first` is the position of that sample at the rate of the file. It is also a sample
    at the new rate.
    """
    old = recording.sfreq(channels)
    ratio = Fraction(sfreq / old).limit_denominator(10_000)
    skipped = first % ratio.denominator
    n_stored = recording.lengths[recording.find(channels)[0]] * recording.n_records
    n_times = int((n_stored - skipped) * ratio)
    before = int((first - skipped) * ratio)
    return read_resampled(recording, channels, skipped, n_times, sfreq), before
