"""MAHNOB-HCI: a folder with a description, a BDF file and a video for each session."""

import numpy as np

from sklearn_emotion.datasets._mahnob_hci import LOST, N_CLIPS, SUBJECTS as NUMBERS
from sklearn_emotion.datasets.rehearsal._files import (
    to_stored,
    write_bdf,
    write_openface,
    write_video,
)
from sklearn_emotion.datasets.rehearsal._simulation import (
    DRAWN_RATE,
    FilmedFace,
    Recorder,
    describe_faces,
    make_design,
    resistance,
)
from sklearn_emotion.montage import MONTAGES

SUBJECTS = tuple(number for number in NUMBERS if number not in LOST)
TRIALS = N_CLIPS
EXTERNAL = tuple(f"EXG{i}" for i in range(1, 9))
NAMES = (*MONTAGES["biosemi32"], *EXTERNAL, "GSR1", "GSR2", "Erg1", "Erg2")
NAMES = (*NAMES, "Resp", "Temp")
BDF_UNITS = {"GSR1": "Ohm", "Temp": "C"}
LIMITS = {"GSR1": 8388608, "Temp": 256}
SFREQ = 256
REST = 30  # s before and after each clip
VIDEO = "P1-Rec1-2009.07.09.17.53.46_C1 trigger _C_Section_{}.avi"
VIDEO_RATE, STATED_RATE = 60.9708, 61
#: Files of the clips, and the seconds that are shown.
CLIPS = {
    "69.avi": 58,
    "55.avi": 76,
    "58.avi": 58,
    "earworm_f.avi": 53,
    "53.avi": 104,
    "80.avi": 96,
    "52.avi": 96,
    "79.avi": 42,
    "73.avi": 71,
    "90.avi": 85,
    "107.avi": 34,
    "146.avi": 87,
    "30.avi": 70,
    "138.avi": 116,
    "newyork_f.avi": 89,
    "111.avi": 113,
    "detroit_f.avi": 89,
    "cats_f.avi": 98,
    "dallas_f.avi": 89,
    "funny_f.avi": 87,
}
# Codes of amusement, happiness, fear and sadness.
EMOTIONS = {(1, 1): 11, (1, 0): 4, (0, 1): 3, (0, 0): 5}
# The amplifier's own bits on Status, and the pulse at both ends of the clip.
AMPLIFIER, PULSE, PULSE_SAMPLES = 0x180000, 268, 60
ECG_GAINS = (1.0, 0.7, -0.4)  # of the three leads


def is_own(name):
    """Return whether the writer writes a file or folder of this name."""
    return name == "Sessions"


def plan_parts(shape):
    """Return the parts that are written independently: one for each subject."""
    return range(shape[0])


def write_common(folder, shape, effect, seed):
    """Create the folder of the sessions."""
    (folder / "Sessions").mkdir()


def session_xml(number, subject, media, ratings=None, video=None, bdf=None):
    """Return the text of a ``session.xml``.

    Parameters
    ----------
    number : int
        Number of the session.
    subject : int
        Number of the subject.
    media : str
        File of the clip.
    ratings : dict of str to int or None, default=None
        Attributes with the ratings, such as ``feltVlnc``.
    video, bdf : str or None, default=None
        Files of the color camera and of the signals.
    """
    felt = "".join(f' {key}="{value}"' for key, value in (ratings or {}).items())
    bdf = bdf or f"Part_{subject}_S.bdf"
    lines = [
        '<?xml version="1.0" encoding="utf-8" standalone="yes"?>',
        f'<session sessionId="{number}" experimentType="emotion elicitation" '
        f'isStim="{int(bool(ratings))}" cutNr="{number}" cutLenSec="9.5" '
        f'mediaFile="{media}" vidBeginSmp="26985.61" vidEndSmp="27564.83" '
        f'vidRate="{VIDEO_RATE}" audBeginSmp="21243776" audEndSmp="21700000" '
        f'audRate="48000"{felt}>',
        f'<subject id="{subject}" gender="F" />',
        '<track type="Video" filename="side.avi" color="0" />',
        f'<track type="Video" filename="{video}" color="1" />' if video else "",
        f'<track type="Physiological" filename="{bdf}" />',
        "</session>",
    ]
    return "\n".join(lines)


def write_part(folder, shape, effect, seed, index, *, faces, openface):
    """Write the sessions of one subject."""
    longest = max(list(CLIPS.values())[: shape[1]])
    span = REST, REST + longest
    design = make_design(shape, effect, seed, span)
    signals = "eeg", "ecg", "gsr", "resp", "temperature"
    recorder = Recorder(design, signals, NAMES[:32], SFREQ, longest + 2 * REST)
    subject = SUBJECTS[index]
    design_faces = make_design(shape, effect, seed)
    camera = FilmedFace(design_faces, DRAWN_RATE, longest)
    described = describe_faces(design_faces, longest)
    for trial in range(shape[1]):
        number = (subject - 1) * 130 + 2 * (trial + 1)
        media, seconds = list(CLIPS.items())[design.stimulus[index, trial]]
        path = folder / "Sessions" / str(number)
        path.mkdir()
        video = VIDEO.format(number)
        name = f"Part_{subject}_S_Trial{trial + 1}_emotion.bdf"
        text = session_xml(
            number, subject, media, _ratings(design, index, trial), video, name
        )
        (path / "session.xml").write_text(text, encoding="utf-8")
        _write_signals(path / name, recorder.trial(index, trial), seconds)
        n_frames = round(seconds * VIDEO_RATE)
        moments = (np.arange(n_frames) + 0.5) / VIDEO_RATE
        shown = np.minimum(moments, seconds - 1e-6) * DRAWN_RATE
        shown = np.floor(shown).astype(int)
        if faces:
            pixels = camera.pixels(index, trial)
            write_video(path / video, pixels, n_frames, rate=STATED_RATE, shown=shown)
        if openface:
            (path / "processed").mkdir()
            table = path / "processed" / f"{video.removesuffix('.avi')}.csv"
            rng = design.rng("openface-failures", index, trial)
            values = described.trial(index, trial)
            write_openface(table, values, shown, rate=STATED_RATE, rng=rng)


def _ratings(design, index, trial):
    """Return the ratings as whole numbers from 1 to 9, except for 5."""
    names = {"valence": "feltVlnc", "arousal": "feltArsl"}
    high = {name: int(design.labels[name][index, trial]) for name in names}
    felt = {"feltEmo": EMOTIONS[high["valence"], high["arousal"]]}
    for name, key in names.items():
        rating = design.ratings[name][index, trial]
        felt[key] = int(np.ceil(rating) if high[name] else np.floor(rating))
    rng = design.rng("mahnob-ratings", index, trial)
    control, predictability = rng.integers(1, 10, 2).tolist()
    return felt | {"feltCtrl": control, "feltPred": predictability}


def _write_signals(path, recorded, seconds):
    """Write the signals of a session, with rests of 30 s before and after the clip."""
    n_times = (seconds + 2 * REST) * SFREQ
    values = dict(zip(NAMES[:32], recorded["eeg"]))
    for name, gain in zip(EXTERNAL, ECG_GAINS):
        values[name] = 1000 * gain * recorded["ecg"][0]  # µV
    values["GSR1"] = resistance(recorded["gsr"][0])
    values["Resp"] = 1000 * recorded["resp"][0]
    values["Temp"] = recorded["temperature"][0]
    empty = np.zeros(n_times, np.int32)
    stored = dict.fromkeys(NAMES, empty)
    for name, signal in values.items():
        limit = {"limit": LIMITS[name]} if name in LIMITS else {}
        stored[name] = to_stored(signal[:n_times], **limit)
    status = np.full(n_times, AMPLIFIER)
    for start in (REST * SFREQ, (REST + seconds) * SFREQ):
        status[start : start + PULSE_SAMPLES] += PULSE
    write_bdf(path, stored, SFREQ, status=status, units=BDF_UNITS, limits=LIMITS)
