"""Writes sessions in the layout of MAHNOB-HCI."""

import numpy as np
from _bdf import write_bdf

from sklearn_emotion.montage import MONTAGES

EXTERNAL = tuple(f"EXG{i}" for i in range(1, 9))
NAMES = (*MONTAGES["biosemi32"], *EXTERNAL, "GSR1", "GSR2", "Erg1", "Erg2")
NAMES = (*NAMES, "Resp", "Temp")
SFREQ = 256
REST = 4
AFTER = 2
VIDEO = "P1-Rec1-2009.07.09.17.53.46_C1 trigger _C_Section_{}.avi"
RATINGS = {"feltVlnc": 7, "feltArsl": 3, "feltCtrl": 5, "feltPred": 9, "feltEmo": 4}


def stored(number, seconds, sfreq=SFREQ):
    """Whole numbers that tell session, channel and time, below 2 ** 23."""
    n_times = (REST + seconds + AFTER) * sfreq
    channel, time = np.ogrid[: len(NAMES), :n_times]
    return ((number % 7) * len(NAMES) + channel) * 8192 + time


def describe(number, subject, media, ratings=None, video=None):
    """Text of a ``session.xml``."""
    felt = "".join(f' {key}="{value}"' for key, value in (ratings or {}).items())
    lines = [
        '<?xml version="1.0" encoding="utf-8" standalone="yes"?>',
        f'<session sessionId="{number}" experimentType="emotion elicitation" '
        f'isStim="{int(bool(ratings))}" cutNr="{number}" cutLenSec="9.5" '
        f'mediaFile="{media}" vidBeginSmp="26985.61" vidEndSmp="27564.83" '
        f'vidRate="60.9708" audBeginSmp="21243776" audEndSmp="21700000" '
        f'audRate="48000"{felt}>',
        f'<subject id="{subject}" gender="F" />',
        '<track type="Video" filename="side.avi" color="0" />',
        f'<track type="Video" filename="{video}" color="1" />' if video else "",
        f'<track type="Physiological" filename="Part_{subject}_S.bdf" />',
        "</session>",
    ]
    return "\n".join(lines)


def write_session(
    folder,
    number,
    subject,
    seconds,
    *,
    media="69.avi",
    ratings=RATINGS,
    pulses=2,
    sfreq=SFREQ,
    signals=None,
):
    """Write one session; `seconds` None writes no recording."""
    path = folder / "Sessions" / str(number)
    path.mkdir(parents=True)
    video = VIDEO.format(number)
    text = describe(number, subject, media, ratings, video)
    (path / "session.xml").write_text(text, encoding="utf-8")
    if seconds is None:
        return path
    status = np.zeros((REST + seconds + AFTER) * sfreq, int)
    for start in (REST, REST + seconds)[:pulses]:
        # The amplifier's own bits, and the pulse that the authors sent.
        status[start * sfreq : start * sfreq + 60] = 268
    status += 0x180000
    values = stored(number, seconds, sfreq) if signals is None else signals
    write_bdf(
        path / f"Part_{subject}_S_Trial{number}_emotion.bdf",
        dict(zip(NAMES, values)),
        sfreq,
        status=status,
        units={"GSR1": "Ohm", "Temp": "C"},
    )
    return path
