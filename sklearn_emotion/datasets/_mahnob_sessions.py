"""Sessions of MAHNOB-HCI: what their descriptions say, and their signals."""

from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat

import numpy as np

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
# Channels in the order of DeepVANet's code, with the factor from the files' unit.
ECG = ("EXG1", "EXG2", "EXG3")
SCALE = {**dict.fromkeys(ECG, 1e-3), "GSR1": 1.0, "Resp": 1.0, "Temp": 1.0}
PERIPHERAL = tuple(SCALE)
CHANNELS = (*MONTAGES["biosemi32"], *PERIPHERAL)
# In s.
LONGEST_PULSE = 3.0


@dataclass(frozen=True)
class Session:
    """One clip that one person watched and rated.

    Parameters
    ----------
    number : int
        Name of its folder.
    subject : int
        Who watched.
    stimulus : str
        File name of the clip.
    ratings : dict of str to int
        By scale, 1 to 9; NaN where control or predictability is absent.
    emotion : str
        What was felt.
    description : pathlib.Path
        ``session.xml``.
    recording : pathlib.Path or None
        The BDF file.
    video : pathlib.Path or None
        The colour camera's file.
    video_rate : float
        Its frames a second.
    """

    number: int
    subject: int
    stimulus: str
    ratings: dict
    emotion: str
    description: Path
    recording: Path | None
    video: Path | None
    video_rate: float


def read_elements(path):
    """Read the elements of an XML file, without any that it might define.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    elements : list of (str, dict of str to str)
        Name and attributes of each, in their order.

    Raises
    ------
    ValueError
        If the file is no XML, or has a document type, in which entities are defined.
    """

    def refuse(name, *_):
        raise ValueError(
            f"{path} has a document type ({name!r}), which no session of MAHNOB-HCI "
            "has: it can define entities that fill the memory or name other files."
        )

    elements = []
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda name, values: elements.append((name, values))
    try:
        parser.Parse(path.read_bytes(), True)
    except expat.ExpatError as error:
        raise ValueError(f"{path} cannot be read as XML: {error}.") from error
    return elements


def read_session(path):
    """Read the description of a session.

    Parameters
    ----------
    path : pathlib.Path
        A ``session.xml``.

    Returns
    -------
    session : Session or None
        None where nothing was rated: a neutral clip, or another experiment.

    Raises
    ------
    ValueError
        If the file is damaged, ratings are not whole numbers from 1 to 9, or the
        recording is of somebody else.
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
    if any(rating < 1 or rating > 9 for rating in ratings.values()):
        raise ValueError(f"{path} holds ratings outside 1 to 9: {ratings}.")
    recordings = sorted(path.parent.glob("Part_*_emotion.bdf"))
    others = [r for r in recordings if r.name.split("_")[1] != str(subject)]
    if others or len(recordings) > 1:
        raise ValueError(
            f"{path} is of subject {subject}, and beside it lie "
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
        video=next((video for video in videos if video.is_file()), None),
        video_rate=video_rate,
    )


def find_sessions(folder):
    """Read the descriptions of all sessions in which something was rated.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the data set, which holds ``Sessions``.

    Returns
    -------
    sessions : list of Session
        By their numbers.

    Raises
    ------
    ValueError
        As of :func:`read_session`.
    """
    paths = (folder / "Sessions").glob("*/session.xml")
    found = [read_session(path) for path in paths]
    return sorted((s for s in found if s is not None), key=lambda s: s.number)


def find_clip(recording):
    """Find the clip in a recording, by the pulses on Status.

    Two pulses stand at its start and its end; a single one that lasts for seconds is
    taken for the clip itself.

    Parameters
    ----------
    recording : Recording
        Header of the file.

    Returns
    -------
    bounds : tuple of (float, float) or None
        Start and end in s from the start of the file; None where the pulses are
        others.

    Raises
    ------
    ValueError
        If there is no Status channel.
    """
    codes, sfreq = read_status(recording)
    is_high = np.concatenate([[False], codes != 0, [False]])
    edges = np.flatnonzero(np.diff(is_high)) / sfreq
    starts, ends = edges[::2].tolist(), edges[1::2].tolist()
    if len(starts) == 1 and ends[0] - starts[0] > LONGEST_PULSE:
        return starts[0], ends[0]
    return tuple(starts) if len(starts) == 2 else None


def read_clip(path, channels, sfreq, *, rest=0.0, duration=None):
    """Read the signals during a clip and before it.

    Parameters
    ----------
    path : pathlib.Path
        A BDF file.
    channels : sequence of str
        Of `CHANNELS`; none, where only the length of the clip matters.
    sfreq : float
        Rate of the result in Hz.
    rest : float, default=0.0
        Seconds before the clip.
    duration : float or None, default=None
        The middle so many seconds of the clip, or all of it where it is shorter. None
        is all of it.

    Returns
    -------
    clip : tuple of (signals, rests, start) or None
        Arrays of shape (n_channels, n_times) and (n_channels, n_rest), ECG in mV, and
        where the first begins in the clip, in s. None where the clip is not marked.

    Raises
    ------
    ValueError
        If the file is damaged, or channels are missing, or it begins less than `rest`
        before the clip.
    """
    recording = open_recording(path)
    bounds = find_clip(recording)
    if bounds is None:
        return None
    begin, end = bounds
    n_rest = to_samples(rest, sfreq) if rest else 0
    if rest > begin:
        raise ValueError(
            f"{path} holds {begin:g} s before the clip, and baseline_duration={rest:g} "
            "s are wanted."
        )
    n_clip = int((end - begin) * sfreq + 1e-6)
    n_times = n_clip
    if duration is not None:
        n_times = min(n_clip, to_samples(duration, sfreq))
    n_before = (n_clip - n_times) // 2
    whole = np.empty((0, n_rest + n_clip), np.float32)
    if channels:
        first = round((begin - rest) * recording.sfreq(channels))
        whole = read_resampled(recording, channels, first, n_rest + n_clip, sfreq)
    for row, name in enumerate(channels):
        whole[row] *= SCALE.get(name, 1.0)
    rests, clip = whole[:, :n_rest], whole[:, n_rest:]
    return clip[:, n_before : n_before + n_times], rests, n_before / sfreq
