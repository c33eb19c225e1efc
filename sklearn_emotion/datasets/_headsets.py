"""Recordings that the programs of EEG headsets export as text, as Raws of MNE."""

import re
from datetime import datetime
from pathlib import Path

import numpy as np

from sklearn_emotion._files import Column, decode, naming, read_names, read_table
from sklearn_emotion._validation import warn_user
from sklearn_emotion.datasets._home import listing

_OPTIONAL = Column(is_optional=True)
_TEXT = Column(is_text=True, is_optional=True)
# Unix times of the years 2001 to 2099.
_TIME = Column(978307200, 4102444800)
# Columns "EEG.*" of EmotivPRO that are not electrodes.
_NO_ELECTRODE = (
    "Counter",
    "Interpolated",
    "RawCq",
    "Battery",
    "BatteryPercent",
)
# The electrodes of a Muse, and its rate in Hz.
_MUSE, _MUSE_RATE = ("TP9", "AF7", "AF8", "TP10"), 256.0
# Time stamps come in bursts. A longer pause in s means that samples are lost, and the
# longest pause in s is filled.
_PAUSE, _LONGEST = 1.0, 3600.0
# A counter is used if at least this share of its steps is the usual one.
_REGULAR = 0.9
# The clock and the number of samples may differ by this share, and by this time in s.
_DRIFT, _BURST = 0.02, 2.0
# Indicator of the contact from which an electrode of a Muse has none.
_NO_CONTACT = 4.0


def read_emotiv(path, *, sfreq=None):
    """Read a CSV file of EmotivPRO.

    Read more in the :ref:`User Guide <headsets>`.

    Parameters
    ----------
    path : path-like
        File that EmotivPRO has exported, with a line that describes the recording and a
        line with the names of the columns.
    sfreq : float or None, default=None
        Sampling rate of the EEG in Hz. If None, as the first line states.

    Returns
    -------
    raw : mne.io.RawArray
        The EEG in V, without the constant of about 4200 µV that the headset adds: the
        median of each channel is subtracted. Markers are annotations with their number
        as the description. Lost packets are zeros, with the annotation ``"BAD_gap"``.

    Raises
    ------
    ValueError
        If the file is damaged or of another kind, or its rate is not known.

    Warns
    -----
    UserWarning
        If packets are lost or values were interpolated by the headset, or the number of
        samples disagrees with the time stamps.

    Examples
    --------
    >>> from sklearn_emotion.datasets import EmotionDataset, read_emotiv
    >>> raw = read_emotiv("ann.csv")  # doctest: +SKIP
    >>> EmotionDataset.from_raws({"ann": raw}, {"1": "film"})  # doctest: +SKIP
    """
    path = Path(path)
    with naming(path, "a recording of EmotivPRO"):
        first = decode(path.read_bytes()).partition("\n")[0]
        n_before = 0 if first.startswith("Timestamp") else 1
        names = read_names(path, n_before)
        electrodes = [
            name
            for name in names
            if name.startswith("EEG.") and name[4:] not in _NO_ELECTRODE
        ]
        if not electrodes:
            raise ValueError("it has no columns such as 'EEG.AF3'")
        if sfreq is None:
            sfreq = _stated_rate(first, r"eeg_(\d+)|sampling(?: rate)?:\s*(\d+)")
        wanted = {"Timestamp": _TIME, **dict.fromkeys(electrodes, _OPTIONAL)}
        for name in ("EEG.Interpolated", "MarkerValueInt"):
            if name in names:
                wanted[name] = _OPTIONAL
        if "EEG.Counter" in names:
            wanted["EEG.Counter"] = Column(0, 1023, is_optional=True)
        table = read_table(path, wanted, n_before=n_before)
        table = _with_signal(table, electrodes)
        signal = table[electrodes].to_numpy()
        notes = []
        lost = np.zeros(len(table), dtype=int)
        if "EEG.Counter" in table:
            lost = _lost_by_counter(table["EEG.Counter"].to_numpy(), None, notes)
        if "EEG.Interpolated" in table and (table["EEG.Interpolated"] > 0).any():
            share = (table["EEG.Interpolated"] > 0).mean()
            notes.append(f"the headset has interpolated {share:.1%} of the samples")
        markers = _numbered_markers(table.get("MarkerValueInt"))
        times = table["Timestamp"].to_numpy()
        raw = make_raw(
            signal - np.median(signal, axis=0),
            [name[4:] for name in electrodes],
            sfreq,
            lost=lost,
            markers=markers,
            date=times[0],
        )
        _check_clock(times, raw, notes)
    warn_of_notes(path, notes)
    return raw


def read_openbci(path, *, ch_names=None):
    """Read a text file of the OpenBCI GUI.

    Read more in the :ref:`User Guide <headsets>`.

    Parameters
    ----------
    path : path-like
        File ``OpenBCI-RAW-....txt``, with lines that start with ``%`` and a line with
        the names of the columns.
    ch_names : sequence of str or None, default=None
        Names of the electrodes, in the order of the channels. If None, ``"ch0"``,
        ``"ch1"``, and so on.

    Returns
    -------
    raw : mne.io.RawArray
        The EEG in V, as recorded: with its drift, and without a filter. Markers are
        annotations with their number as the description. Lost packets are zeros, with
        the annotation ``"BAD_gap"``.

    Raises
    ------
    ValueError
        If the file is damaged or of another kind, or `ch_names` has another length.

    Warns
    -----
    UserWarning
        If packets are lost, or the number of samples disagrees with the time stamps.

    Notes
    -----
    Time stamps come in bursts, so times are computed from the number of samples. The
    index of the samples starts again after 255, and with 16 channels it increases by
    two.

    Examples
    --------
    >>> from sklearn_emotion.datasets import read_openbci
    >>> read_openbci("OpenBCI-RAW-2024.txt", ch_names=["Fz", "Cz"])  # doctest: +SKIP
    """
    path = Path(path)
    with naming(path, "a recording of the OpenBCI GUI"):
        lines = decode(path.read_bytes()).splitlines()
        n_before = next(
            (i for i, line in enumerate(lines) if not line.startswith("%")), len(lines)
        )
        sfreq = _stated_rate("\n".join(lines[:n_before]), r"Sample Rate\s*=\s*([\d.]+)")
        names = read_names(path, n_before)
        channels = [name for name in names if name.startswith("EXG Channel")]
        if not channels or "Sample Index" not in names:
            raise ValueError(
                "it has no columns 'Sample Index' and 'EXG Channel 0', as version 5 of "
                "the GUI writes them"
            )
        if ch_names is not None and len(ch_names) != len(channels):
            raise ValueError(
                f"{path} has {len(channels)} channels, but ch_names has "
                f"{len(ch_names)} names."
            )
        marker = next((name for name in names if name.startswith("Marker")), None)
        wanted = {"Sample Index": Column(0, 255), **dict.fromkeys(channels, Column())}
        if "Timestamp" in names:
            wanted["Timestamp"] = _TIME
        if marker is not None:
            wanted[marker] = _OPTIONAL
        table = read_table(path, wanted, n_before=n_before)
        notes = []
        index = table["Sample Index"].to_numpy()
        # Ganglion boards count to 100 or 200.
        period = 256 if index.max() > 200 else None
        times = table["Timestamp"].to_numpy() if "Timestamp" in table else None
        raw = make_raw(
            table[channels].to_numpy(),
            ch_names or [f"ch{i}" for i in range(len(channels))],
            sfreq,
            lost=_lost_by_counter(index, period, notes),
            markers=_numbered_markers(table.get(marker)),
            date=None if times is None else times[0],
        )
        if times is not None:
            _check_clock(times, raw, notes)
    warn_of_notes(path, notes)
    return raw


def read_muse(path):
    """Read a CSV file that the app Mind Monitor has recorded with a Muse headband.

    Read more in the :ref:`User Guide <headsets>`.

    Parameters
    ----------
    path : path-like
        File with the columns ``TimeStamp`` and ``RAW_TP9`` to ``RAW_TP10``, recorded at
        the interval "constant".

    Returns
    -------
    raw : mne.io.RawArray
        The EEG in V at 256 Hz, without the constant of about 800 µV that the headband
        adds: the median of each channel is subtracted. Elements such as blinks and
        markers are annotations, for example ``"/muse/elements/blink"``. Pauses are
        zeros, with the annotation ``"BAD_gap"``. Time stamps are in an unknown time
        zone, so the recording has no date.

    Raises
    ------
    ValueError
        If the file is damaged or of another kind, or has far fewer values than 256 per
        second.

    Warns
    -----
    UserWarning
        If there are pauses, an electrode had no contact most of the time, or the
        number of samples disagrees with the time stamps.

    Notes
    -----
    About 12 rows at a time have nearly the same time stamp, so times are computed from
    the number of samples.

    Examples
    --------
    >>> from sklearn_emotion.datasets import read_muse
    >>> read_muse("mindMonitor_2024-05-01.csv")  # doctest: +SKIP
    """
    path = Path(path)
    with naming(path, "a recording of Mind Monitor"):
        columns = [f"RAW_{name}" for name in _MUSE]
        contacts = [f"HSI_{name}" for name in _MUSE]
        names = read_names(path)
        wanted = {"TimeStamp": Column(is_text=True)}
        wanted |= dict.fromkeys(columns, _OPTIONAL)
        wanted |= {name: _OPTIONAL for name in contacts if name in names}
        if "Elements" in names:
            wanted["Elements"] = _TEXT
        table = read_table(path, wanted)
        is_sample = table[columns].notna().any(axis=1).to_numpy()
        texts = np.array(table.get("Elements", [""] * len(table)), dtype=object)
        before = np.cumsum(is_sample) - is_sample
        markers = [(int(before[i]), texts[i]) for i in np.flatnonzero(texts != "")]
        table = _with_signal(table, columns)
        times = np.array(
            [datetime.fromisoformat(t).timestamp() for t in table["TimeStamp"]]
        )
        notes = []
        signal = table[columns].to_numpy()
        raw = make_raw(
            signal - np.median(signal, axis=0),
            _MUSE,
            _MUSE_RATE,
            lost=lost_by_time(
                times,
                _MUSE_RATE,
                notes,
                ": choose the recording interval 'constant' in the app",
            ),
            markers=markers,
            date=None,
        )
        _check_clock(times, raw, notes)
        loose = [
            name
            for name, contact in zip(_MUSE, contacts)
            if contact in table and (table[contact] >= _NO_CONTACT).mean() > 0.5
        ]
        if loose:
            notes.append(f"no contact most of the time at {listing(loose)}")
    warn_of_notes(path, notes)
    return raw


def make_raw(signal, names, sfreq, *, lost, markers, date, types="eeg", scale=1e-6):
    """Return a Raw of MNE from samples in the order of time.

    Parameters
    ----------
    signal : ndarray of shape (n_samples, n_channels)
        The samples that there are.
    names : sequence of str
        Channels.
    sfreq : float
        Rate in Hz that the Raw states.
    lost : ndarray of int of shape (n_samples,)
        Number of samples that are lost before each sample. They become zeros.
    markers : list of (float, str)
        Place between the samples, and description.
    date : float or None
        Unix time of the first sample in s.
    types : str or list of str, default="eeg"
        Types of the channels in MNE.
    scale : float or sequence of float, default=1e-6
        Factor to the unit of MNE, for all channels or for each.
    """
    import mne

    n_samples = len(signal)
    places = np.arange(n_samples) + np.cumsum(lost)
    data = np.zeros((signal.shape[1], places[-1] + 1))
    data[:, places] = (signal * np.asarray(scale)).T
    info = mne.create_info(list(names), sfreq, types)
    raw = mne.io.RawArray(data, info, verbose="error")
    gaps = np.flatnonzero(lost)
    after = np.append(places, places[-1] + 1)
    onsets = np.interp([place for place, _ in markers], np.arange(n_samples + 1), after)
    onsets = [*(onsets / sfreq), *((places - lost)[gaps] / sfreq)]
    lengths = [0.0] * len(markers) + (lost[gaps] / sfreq).tolist()
    texts = [text for _, text in markers] + ["BAD_gap"] * len(gaps)
    if date is not None:
        raw.set_meas_date(float(date))
    # A marker after the last sample has no place in the recording.
    inside = np.asarray(onsets) <= raw.times[-1]
    kept = [np.asarray(values)[inside] for values in (onsets, lengths, texts)]
    if inside.any():
        raw.set_annotations(mne.Annotations(*kept, orig_time=raw.info["meas_date"]))
    return raw


def lost_by_time(times, sfreq, notes, place=""):
    """Return the number of samples that are lost before each, by pauses in the time.

    `place` is the end of the error message if most of the samples are lost.
    """
    measured = (len(times) - 1) / max(times[-1] - times[0], 1 / sfreq)
    if len(times) > 1 and measured < sfreq / 2:
        raise ValueError(
            f"there are {measured:.3g} samples per second instead of {sfreq:g}{place}"
        )
    steps = np.diff(times)
    # A step may also be NaN.
    if not ((steps >= -_PAUSE) & (steps <= _LONGEST)).all():
        raise ValueError(
            f"its time stamps jump by {steps[np.abs(steps).argmax()]:.0f} s"
        )
    lost = np.round(steps * sfreq).astype(int) - 1
    lost = np.concatenate([[0], np.where(steps > _PAUSE, lost, 0)])
    _note_lost(lost, sfreq, notes)
    return lost


def _lost_by_counter(counter, period, notes):
    """Return the number of samples that are lost before each, by a counter.

    If `period` is None, it is one more than the usual value before the counter starts
    again.
    """
    nothing = np.zeros(len(counter), dtype=int)
    if len(counter) < 2:
        return nothing
    if period is None:
        last = counter[:-1][np.diff(counter) < 0]
        period = 1 + (_usual(last)[0] if len(last) else np.nanmax(counter))
    # A damaged value beyond the period says nothing about the samples beside it.
    steps = np.diff(np.where(counter < period, counter, np.nan)) % period
    step, share = _usual(steps)
    lost = nothing
    if step > 0 and share >= _REGULAR:
        lost = np.append(0, np.maximum(np.nan_to_num(steps) // step - 1, 0)).astype(int)
    if not step > 0 or share < _REGULAR or lost.sum() > len(counter):
        notes.append("the counter of the samples is irregular, and is not used")
        return nothing
    _note_lost(lost, None, notes)
    return lost


def _usual(values):
    """Return the most frequent value, and its share."""
    unique, counts = np.unique(values, return_counts=True)
    return unique[counts.argmax()], counts.max() / counts.sum()


def _note_lost(lost, sfreq, notes):
    if lost.any():
        length = "" if sfreq is None else f" ({lost.sum() / sfreq:.1f} s)"
        notes.append(
            f"{lost.sum()} samples{length} are lost in {np.count_nonzero(lost)} gaps, "
            "which are annotated as BAD_gap"
        )


def _stated_rate(text, pattern):
    found = re.search(pattern, text)
    rate = next((group for group in found.groups() if group), "") if found else ""
    try:
        rate = float(rate)
    except ValueError:
        rate = 0.0
    if not 1 <= rate <= 100_000:
        raise ValueError("it does not state its sampling rate above the columns")
    return rate


def _with_signal(table, columns):
    """Return the rows that contain samples."""
    table = table[table[columns].notna().any(axis=1)].reset_index(drop=True)
    if not len(table):
        raise ValueError("it contains no sample")
    partly = table[columns].isna().any(axis=1)
    if partly.any():
        raise ValueError(f"{partly.sum()} of its samples lack some of the channels")
    return table


def _numbered_markers(column):
    """Return place and number of the markers, which are 0 elsewhere."""
    if column is None:
        return []
    numbers = column.fillna(0.0).to_numpy()
    starts = (numbers != 0) & (numbers != np.append(0.0, numbers[:-1]))
    return [(int(i), f"{numbers[i]:g}") for i in np.flatnonzero(starts)]


def _check_clock(times, raw, notes):
    by_clock, by_samples = times[-1] - times[0], raw.times[-1]
    if abs(by_clock - by_samples) > max(_BURST, _DRIFT * by_samples):
        notes.append(
            f"its samples last {by_samples:.1f} s at {raw.info['sfreq']:g} Hz, but its "
            f"time stamps {by_clock:.1f} s"
        )


def warn_of_notes(path, notes):
    """Warn of what a file lacks, if there is anything."""
    if notes:
        warn_user(f"{path}: {'; '.join(notes)}.")
