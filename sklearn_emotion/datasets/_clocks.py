"""Clocks of devices that recorded the same session."""

import numpy as np

from sklearn_emotion._validation import warn_user

# Longest time in s between two markers of one event after the clocks are fitted.
_SCATTER = 0.05
# Largest difference of the speed of two clocks.
_DRIFT = 0.01
# Starts of descriptions that different devices do not write at one time.
_NO_MARKERS = ("bad", "edge", "new segment")


def start_of(raw):
    """Return the time of the first sample in s, or 0 if it is not known."""
    date = raw.info["meas_date"]
    return 0.0 if date is None else date.timestamp() + raw.first_time


def onsets_of(raw):
    """Return the onsets of the annotations in s after the first sample."""
    return raw.annotations.onset - raw.first_time


def fit_clock(first, other, owner):
    """Compare the clocks of two recordings by the markers that both contain.

    Parameters
    ----------
    first, other : mne.io.Raw
        Recordings of one session. Markers are annotations whose description occurs
        equally often in both. Descriptions that start with "bad", "edge" or "new
        segment", which BrainVision writes where a file starts, do not count.
    owner : str
        What `other` is, for messages.

    Returns
    -------
    offset : float
        Time of the first sample of `first` in s after the first sample of `other`.
    speed : float
        Seconds of `other` per second of `first`.

    Raises
    ------
    ValueError
        If the markers do not fit each other, or if there are none and only one of the
        recordings has a date.

    Warns
    -----
    UserWarning
        If the clocks disagree by more than a sample.
    """
    n_dated = sum(raw.info["meas_date"] is not None for raw in (first, other))
    offset = start_of(first) - start_of(other) if n_dated == 2 else 0.0
    times, others = _shared(first, other)
    if not len(times):
        if n_dated == 1:
            raise ValueError(
                f"Only one of {owner} and the first recording has a date, and they "
                "share no markers, so they cannot be aligned. Set the date of the "
                "other one with raw.set_meas_date."
            )
        return offset, 1.0
    apart = others - (times + offset)
    sample = max(1 / first.info["sfreq"], 1 / other.info["sfreq"])
    if np.abs(apart).max() <= sample:
        return offset, 1.0
    middle = times.mean()
    drift = 0.0
    # Each marker is up to a sample off. As a drift, this would grow with the time.
    if np.ptp(times) > 0 and np.ptp(apart) > 2 * sample:
        drift = float(np.polyfit(times - middle, apart, 1)[0])
    rest = apart - apart.mean() - drift * (times - middle)
    scatter = float(np.abs(rest).max())
    # Regular markers also fit each other if the first one is missing.
    shift = float(np.median(apart))
    if n_dated == 2 and len(times) > 1 and abs(shift) > _shortest_gap(times) / 2:
        raise ValueError(
            f"The markers of {owner} are {shift:+.3g} s away from the same markers of "
            "the first recording by their dates, which is more than half of the time "
            "between two markers, so it is unclear which of them belong together. "
            "Correct the date of one recording with raw.set_meas_date, or remove the "
            "date of both with raw.set_meas_date(None)."
        )
    if scatter > max(_SCATTER, sample) or abs(drift) > _DRIFT:
        raise ValueError(
            f"The markers of {owner} do not fit the markers of the first recording: "
            f"after an offset and a drift of {1e6 * drift:.0f} parts per million, they "
            f"are still up to {scatter:.3g} s apart. Correct the annotations, or "
            "remove them from one of the two recordings; then only meas_date is used."
        )
    warn_user(
        f"{len(times)} markers of {owner} are {apart.min():+.3f} to {apart.max():+.3f} "
        "s away from the same markers of the first recording, so their clocks differ. "
        f"The times of {owner} are corrected by these markers, with a drift of "
        f"{1e6 * drift:.0f} parts per million."
    )
    return offset + float(apart.mean()) - drift * middle, 1.0 + drift


def _shortest_gap(times):
    gaps = np.diff(np.sort(times))
    return gaps[gaps > 0].min() if (gaps > 0).any() else np.inf


def _shared(first, other):
    """Return the onsets in s of the markers that both recordings contain."""
    tables = []
    for raw in (first, other):
        names = np.array([str(name) for name in raw.annotations.description])
        onsets = onsets_of(raw)
        tables.append({n: np.sort(onsets[names == n]) for n in dict.fromkeys(names)})
    ours, theirs = tables
    pairs = [
        (ours[n], theirs[n])
        for n in ours
        if n in theirs
        and len(ours[n]) == len(theirs[n])
        and not n.lower().startswith(_NO_MARKERS)
    ]
    if not pairs:
        return np.array([]), np.array([])
    times, others = (np.concatenate(part) for part in zip(*pairs))
    return times, others
