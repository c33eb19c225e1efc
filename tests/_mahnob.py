"""Writes sessions in the layout of MAHNOB-HCI."""

import numpy as np

from sklearn_emotion.datasets.rehearsal._files import write_bdf
from sklearn_emotion.datasets.rehearsal._mahnob_hci import (
    AMPLIFIER,
    NAMES,
    PULSE,
    PULSE_SAMPLES,
    VIDEO,
    session_xml as describe,
)

__all__ = ["NAMES", "VIDEO", "describe", "stored", "write_session"]

SFREQ = 256
REST = 4
AFTER = 2
RATINGS = {"feltVlnc": 7, "feltArsl": 3, "feltCtrl": 5, "feltPred": 9, "feltEmo": 4}


def stored(number, seconds, sfreq=SFREQ):
    """Whole numbers that tell session, channel and time, below 2 ** 23."""
    n_times = (REST + seconds + AFTER) * sfreq
    channel, time = np.ogrid[: len(NAMES), :n_times]
    return ((number % 7) * len(NAMES) + channel) * 8192 + time


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
        status[start * sfreq : start * sfreq + PULSE_SAMPLES] = PULSE
    status += AMPLIFIER
    values = stored(number, seconds, sfreq) if signals is None else signals
    write_bdf(
        path / f"Part_{subject}_S_Trial{number}_emotion.bdf",
        dict(zip(NAMES, values)),
        sfreq,
        status=status,
        units={"GSR1": "Ohm", "Temp": "C"},
    )
    return path
