"""DEAP's original recordings, returned in the order of its preprocessed files."""

import numpy as np

from sklearn_emotion._files import naming, to_float32
from sklearn_emotion._validation import to_samples
from sklearn_emotion.datasets._edf import find_triggers, open_recording, read_resampled
from sklearn_emotion.montage import MONTAGES

# Subjects recorded in Twente. The others were recorded in Geneva, with other hardware.
TWENTE = range(1, 23)
# Electrodes that are subtracted from each other, according to the authors.
PAIRS = {
    "hEOG": ("EXG1", "EXG2"),
    "vEOG": ("EXG3", "EXG4"),
    "zEMG": ("EXG5", "EXG6"),
    "tEMG": ("EXG7", "EXG8"),
}
SINGLE = {"GSR": "GSR1", "Resp": "Resp", "Pleth": "Plet", "Temp": "Temp"}
# Stored channels from which each channel of the preprocessed files is made.
SOURCES = {name: (name,) for name in MONTAGES["deap32"]}
SOURCES |= {**PAIRS, **{name: (stored,) for name, stored in SINGLE.items()}}
# From subject 24 on, the second byte of the trigger input is always 255.
_CODES = 0xFF
_VIDEO_STARTS = 4
# The recorder always writes records of this length, in seconds.
RECORD_DURATION = 1.0


def find_videos(recording, n_trials):
    """Return where the videos start, in seconds from the start of the file.

    The times are in the order of presentation, and have shape (n_trials,).
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


def find_stored(channels):
    """Return the stored channels from which channels are made, in their order."""
    return [name for channel in channels for name in SOURCES[channel]]


def read_original(
    path, subject, presentation, *, channels, rest, duration, sfreq, prepare=None
):
    """Read the trials of one subject's original recording, in the order of the videos.

    Parameters
    ----------
    path : pathlib.Path
        BDF file of the subject.
    subject : int
        Number of the subject.
    presentation : ndarray of int of shape (n_trials,)
        Position of each video in the session, from 1.
    channels : collection of str
        Channels of the preprocessed files to read. The other channels stay 0.
    rest, duration : float
        Length in seconds of the signal before and after the start of each video.
    sfreq : float
        Rate of the result in Hz.
    prepare : callable or None, default=None
        Function that takes the named channels of the whole session, of shape
        (n_channels, n_times), and returns an array of the same shape. Trials then start
        at the nearest sample of the session at the new rate.

    Returns
    -------
    data : ndarray of float32 of shape (n_trials, 40, n_times)
        Channels and units (µV, Ω, °C) as in the preprocessed files.
    """
    with naming(path, "a recording of DEAP"):
        return _read(
            path, subject, presentation, channels, rest, duration, sfreq, prepare
        )


def _read(path, subject, presentation, channels, rest, duration, sfreq, prepare):
    recording = open_recording(path, RECORD_DURATION)
    starts = find_videos(recording, len(presentation))
    n_times = to_samples(rest + duration, sfreq)
    data = np.zeros((len(presentation), len(SOURCES), n_times), np.float32)
    if not channels:
        return data
    stored = find_stored(channels)
    old = recording.sfreq(stored)
    rows = [list(SOURCES).index(channel) for channel in channels]
    onsets = starts[np.asarray(presentation) - 1] - rest
    if prepare is not None:
        whole = _read_session(recording, subject, channels, old, sfreq)
        whole = prepare(whole)
        for trial, onset in zip(data, onsets):
            first = round(onset * sfreq)
            part = whole[:, first : first + n_times]
            if first < 0 or part.shape[1] < n_times:
                raise ValueError(f"{path} does not contain the whole of each trial.")
            trial[rows] = to_float32(part, str(path))
        return data
    for trial, onset in zip(data, onsets):
        first = round(onset * old)
        signals = read_resampled(recording, stored, first, n_times, sfreq)
        for row, channel in zip(rows, channels):
            n_sources = len(SOURCES[channel])
            trial[row] = _combine(signals[:n_sources], subject, channel)
            signals = signals[n_sources:]
    return data


def _read_session(recording, subject, channels, old, sfreq):
    """Return the named channels of the whole session, read one after the other."""
    first = SOURCES[channels[0]]
    n_stored = recording.lengths[recording.find(first)[0]] * recording.n_records
    n_times = int(n_stored * sfreq / old + 1e-6)
    whole = np.empty((len(channels), n_times), np.float32)
    for out, channel in zip(whole, channels):
        sources = SOURCES[channel]
        signals = read_resampled(recording, sources, 0, n_times, sfreq)
        out[:] = _combine(signals, subject, channel)
    return whole


def _combine(signals, subject, channel):
    """Return a channel of the preprocessed files from the stored channels."""
    plus, *minus = signals
    signal = plus - sum(minus)
    if subject in TWENTE and channel == "GSR":
        # Twente stores conductance in nS, and 0 if the contact was lost.
        return 1e9 / np.maximum(signal, 1.0)
    return signal
