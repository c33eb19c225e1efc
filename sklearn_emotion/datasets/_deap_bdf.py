"""DEAP's original recordings, in the order of its preprocessed files."""

import numpy as np

from sklearn_emotion._validation import to_samples
from sklearn_emotion.datasets._edf import find_triggers, open_recording, read_resampled
from sklearn_emotion.montage import MONTAGES

# Recorded in Twente; the others in Geneva, with other hardware.
TWENTE = range(1, 23)
# From the authors' description: electrodes that are subtracted from each other.
PAIRS = {
    "hEOG": ("EXG1", "EXG2"),
    "vEOG": ("EXG3", "EXG4"),
    "zEMG": ("EXG5", "EXG6"),
    "tEMG": ("EXG7", "EXG8"),
}
SINGLE = {"GSR": "GSR1", "Resp": "Resp", "Pleth": "Plet", "Temp": "Temp"}
_STORED = (
    *MONTAGES["deap32"],
    *(name for pair in PAIRS.values() for name in pair),
    *SINGLE.values(),
)
_N_EEG, _N_PAIRS = len(MONTAGES["deap32"]), len(PAIRS)
# From subject 24 on, the second byte of the trigger input is 255 throughout.
_CODES = 0xFF
_VIDEO_STARTS = 4


def find_videos(recording, n_trials):
    """Find where the videos start in a recording.

    Parameters
    ----------
    recording : Recording
        Header of the file.
    n_trials : int
        How many there must be.

    Returns
    -------
    starts : ndarray of shape (n_trials,)
        In s from the start of the file, in the order of presentation.

    Raises
    ------
    ValueError
        If there is another number of them.
    """
    samples, codes, sfreq = find_triggers(recording, _CODES)
    starts = samples[codes == _VIDEO_STARTS] / sfreq
    if len(starts) != n_trials:
        counts = dict(zip(*map(np.ndarray.tolist, np.unique(codes, return_counts=1))))
        raise ValueError(
            f"{recording.path} must mark the start of {n_trials} videos (code "
            f"{_VIDEO_STARTS} on Status), got {len(starts)}; its codes are {counts} "
            "(code: how often)."
        )
    return starts


def read_original(path, subject, presentation, *, rest, duration, sfreq):
    """Read the trials of one subject's original recording, in the order of the videos.

    Parameters
    ----------
    path : pathlib.Path
        A BDF file.
    subject : int
        Whose it is.
    presentation : ndarray of int of shape (n_trials,)
        When each video was shown, from 1.
    rest, duration : float
        Seconds before and after the start of each video.
    sfreq : float
        Rate of the result in Hz.

    Returns
    -------
    data : ndarray of shape (n_trials, 40, n_times)
        Channels as in the preprocessed files, float32: µV, Ω, °C.

    Raises
    ------
    ValueError
        If the file is damaged, lacks channels or marks, or ends too early.
    """
    recording = open_recording(path)
    starts = find_videos(recording, len(presentation))
    old = recording.sfreq(_STORED)
    n_times = to_samples(rest + duration, sfreq)
    n_channels = _N_EEG + _N_PAIRS + len(SINGLE)
    data = np.empty((len(presentation), n_channels, n_times), np.float32)
    for trial, place in zip(data, presentation):
        first = round((starts[place - 1] - rest) * old)
        stored = read_resampled(recording, _STORED, first, n_times, sfreq)
        pairs = stored[_N_EEG : _N_EEG + 2 * _N_PAIRS]
        trial[:_N_EEG] = stored[:_N_EEG]
        trial[_N_EEG : _N_EEG + _N_PAIRS] = pairs[::2] - pairs[1::2]
        trial[_N_EEG + _N_PAIRS :] = stored[_N_EEG + 2 * _N_PAIRS :]
        if subject in TWENTE:
            # Conductance in nS there; at least 1 nS, since a lost contact stores 0.
            skin = trial[_N_EEG + _N_PAIRS]
            skin[:] = 1e9 / np.maximum(skin, 1.0)
    return data
