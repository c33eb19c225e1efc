"""Files of the wristband Empatica E4: folders or ZIP archives of CSV files."""

import itertools
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd

from sklearn_emotion._files import check_numbers, decode, naming
from sklearn_emotion._validation import warn_user
from sklearn_emotion.datasets._e4 import CH_NAMES, RATES, SENSORS, E4Recording
from sklearn_emotion.datasets._home import listing

# Steps of the accelerometer in 1 g.
_STEPS_PER_G = 64.0
# Unix times of the years 2001 and 2100.
_EARLIEST, _LATEST = 978307200, 4102444800
# Sessions of one call are at most this long, in days, because gaps are filled.
_MOST_DAYS = 7
# Bytes of a member of an archive: this number, or this multiple of its packed bytes if
# it is more. A day of the fastest sensor has about 40 MB, a tenth of it packed.
_MOST_BYTES, _MAX_RATIO = 2**24, 50
# A sensor without contact measures less than this conductance in µS, or a temperature
# outside this range in °C.
_NO_CONTACT, _SKIN = 0.05, (10.0, 45.0)
_HALF_DAY = 43200
# macOS keeps attributes of files in copies with this beginning, and in such folders.
_HIDDEN, _ATTRIBUTES = ".", "__MACOSX"
# The sensors of a session start together, apart from the heart rate, and stop up to 7 s
# apart. A larger difference in s means that a file is cut off or of another session.
_MOST_APART = 15.0
# Share of a recording with such values above which a sensor is named.
_MOST_UNUSABLE = 0.5


def read_e4(path):
    """Read what an Empatica E4 has recorded.

    Read more in the :ref:`User Guide <own_e4>`.

    Parameters
    ----------
    path : path-like
        Folder or ZIP archive of a session, as Empatica's website exports it, with
        ``ACC.csv``, ``BVP.csv``, ``EDA.csv``, ``TEMP.csv``, ``HR.csv`` and, if there
        are any, ``IBI.csv`` and ``tags.csv``. Or a folder that contains the folders or
        archives of several sessions of one person, which are joined.

    Returns
    -------
    recording : E4Recording
        Signals, beats and button presses.

    Raises
    ------
    FileNotFoundError
        If there is no session at `path`, or a session lacks a sensor.
    ValueError
        If a file is damaged, sessions overlap, or they span more than seven days.

    Warns
    -----
    UserWarning
        If a sensor had no contact most of the time, a button press lies outside the
        recording, or there are gaps between sessions.

    Notes
    -----
    All times are Unix times (UTC). The clock of the wristband is set when it is
    connected, and drifts. The sensors start together, except for the heart rate, which
    is an average over 10 s and starts 10 s later, and they stop up to 7 s apart. The
    first value of the skin conductance is 0. The times of beats mark the end of an
    interval, in steps of 1/64 s.

    Examples
    --------
    >>> from sklearn_emotion.datasets import read_e4
    >>> recording = read_e4("1644227574_A01F11.zip")  # doctest: +SKIP
    >>> recording  # doctest: +SKIP
    E4Recording(acceleration, bvp, eda, temperature, hr; 59.3 min, 9 tags)
    >>> recording.to_raw("eda")  # doctest: +SKIP
    """
    path = Path(path).expanduser()
    sessions = sorted(
        (read_session(place) for place in _find_sessions(path)),
        key=lambda session: session.starts["bvp"],
    )
    recording = _join(sessions, path)
    problems = [*recording.problems, *_check_contact(recording)]
    outside = (recording.tags < recording.start) | (recording.tags > recording.stop)
    if outside.any():
        text = (
            f"{int(outside.sum())} of {len(outside)} button presses lie outside the "
            "recording"
        )
        later = recording.tags[outside] + _HALF_DAY
        if ((later >= recording.start) & (later <= recording.stop)).all():
            text += ", but would lie inside it 12 hours later"
        problems.append(text)
    for start, stop in recording.gaps:
        problems.append(
            f"nothing was recorded for {stop - start:.0f} s, from Unix time "
            f"{start:.0f} on"
        )
    if problems:
        warn_user(f"{path}: {'; '.join(problems)}.")
    recording.problems[:] = problems
    return recording


def _find_sessions(path):
    """Return the sessions at a path, each as a folder or an archive."""
    if not path.exists():
        raise FileNotFoundError(f"There is no folder or archive {path}.")
    if path.is_file() or _is_session(path):
        return [path]
    inner = [
        place
        for place in sorted(path.iterdir())
        if not place.name.startswith(_HIDDEN)
        and (place.suffix.lower() == ".zip" or (place.is_dir() and _is_session(place)))
    ]
    if not inner:
        raise FileNotFoundError(
            f"{path} contains no session of an E4: neither BVP.csv, nor folders or ZIP "
            "archives that contain it."
        )
    return inner


def _is_session(folder):
    return (folder / SENSORS["bvp"][0]).is_file()


class _Files:
    """The text files of a session, from a folder or an archive, by name."""

    def __init__(self, place):
        self.place = place
        self.archive = None
        if place.is_file():
            with naming(place, "a ZIP archive"):
                self.archive = zipfile.ZipFile(place)
                self.names = self._members()
        else:
            self.names = {p.name: p for p in place.iterdir() if p.is_file()}

    def _members(self):
        """Return the tables in the archive by name. No two may have the same name."""
        names = {}
        for info in self.archive.infolist():
            inner = Path(info.filename)
            is_hidden = inner.name.startswith(_HIDDEN) or _ATTRIBUTES in inner.parts
            if info.is_dir() or is_hidden or inner.suffix != ".csv":
                continue
            if inner.name in names:
                raise ValueError(
                    f"it contains {inner.name} twice. Unpack archives of several "
                    "sessions, each to a folder of its own"
                )
            names[inner.name] = info
        return names

    def lines(self, name):
        """Return the lines of a file without blank lines."""
        place = self.names[name]
        if self.archive is None:
            content = place.read_bytes()
        else:
            if place.file_size > max(_MOST_BYTES, _MAX_RATIO * place.compress_size):
                raise ValueError(
                    f"it has {place.compress_size} bytes in the archive and states "
                    f"{place.file_size} bytes after unpacking"
                )
            content = self.archive.read(place)
        text = decode(content)
        if "_" in text or not text.isascii():
            # Python would read some of them as digits or as parts of numbers.
            raise ValueError("it has other signs than digits")
        return [line for line in map(str.strip, text.splitlines()) if line]

    def close(self):
        if self.archive is not None:
            self.archive.close()


def read_session(place, sensors=tuple(SENSORS)):
    """Read some sensors of one session, without the checks of :func:`read_e4`."""
    files = _Files(place)
    try:
        needed = [SENSORS[name][0] for name in sensors]
        absent = [file for file in needed if file not in files.names]
        if absent:
            raise FileNotFoundError(f"{place} lacks {listing(absent)}.")
        signals, starts = {}, {}
        for name, file in zip(sensors, needed):
            with naming(place / file, "a sensor of an E4"):
                starts[name], signals[name] = _read_sensor(files.lines(file), name)
        _check_same_time(place, signals, starts)
        beats = pd.DataFrame({"time": np.empty(0), "interval": np.empty(0)})
        if "IBI.csv" in files.names:
            with naming(place / "IBI.csv", "the beats of an E4"):
                beats = _read_beats(files.lines("IBI.csv"))
        tags = np.empty(0)
        named = [n for n in files.names if n.startswith("tags") and n.endswith(".csv")]
        for file in sorted(named)[:1]:
            with naming(place / file, "the button presses of an E4"):
                tags = np.sort(_to_numbers(files.lines(file), 1)[:, 0])
                _check_time(tags)
    finally:
        files.close()
    rates = {name: RATES[name] for name in sensors}
    return E4Recording(signals, rates, starts, beats, tags)


def _check_same_time(place, signals, starts):
    """Check that all sensors of a session were recorded at the same time."""
    ends = {n: starts[n] + x.shape[1] / RATES[n] for n, x in signals.items()}
    for times, what in ((starts, "starts"), (ends, "ends")):
        usual = np.median(list(times.values()))
        for name, time in times.items():
            if abs(time - usual) > _MOST_APART:
                raise ValueError(
                    f"{place / SENSORS[name][0]} {what} at {time:.0f} s (Unix time), "
                    f"but the other sensors {what[:-1]} at {usual:.0f} s: it is cut "
                    "off, or belongs to another session."
                )


def read_sensor(path):
    """Return the start in s and the signal (n_channels, n_times) of a sensor's file."""
    (name,) = (name for name, (file, *_) in SENSORS.items() if file == path.name)
    with naming(path, "a sensor of an E4"):
        return _read_sensor(_Files(path.parent).lines(path.name), name)


def _read_sensor(lines, name):
    """Return the start and the signal (n_channels, n_times) of a file."""
    rate, n_channels = RATES[name], len(CH_NAMES[name])
    if len(lines) < 3:
        raise ValueError("it has no values")
    numbers = _to_numbers(lines, n_channels)
    start, stated = numbers[0, 0], numbers[1, 0]
    _check_time(numbers[0])
    if not (numbers[:2] == numbers[:2, :1]).all():
        raise ValueError("its axes have different starts or rates")
    if stated != rate:
        raise ValueError(
            f"its second row states {stated:g} Hz, but an E4 records {name} at "
            f"{rate:g} Hz"
        )
    signal = numbers[2:].T
    if name == "acceleration":
        signal = signal / _STEPS_PER_G
    return float(start), np.ascontiguousarray(signal, dtype=np.float32)


def _read_beats(lines):
    if not lines:
        raise ValueError("it is empty")
    start = _to_numbers([lines[0].split(",")[0]], 1)[0]
    _check_time(start)
    numbers = _to_numbers(lines[1:], 2)
    if (numbers <= 0).any() or (np.diff(numbers[:, 0]) <= 0).any():
        raise ValueError("its times and intervals must be positive, and times increase")
    return pd.DataFrame({"time": start + numbers[:, 0], "interval": numbers[:, 1]})


def _to_numbers(lines, n_columns):
    """Return the cells of lines as finite numbers, of shape (n_lines, n_columns)."""
    cells = [cell for line in lines for cell in line.split(",")]
    numbers = np.array(cells, dtype=np.float64)
    if len(numbers) != len(lines) * n_columns or any(
        line.count(",") != n_columns - 1 for line in lines
    ):
        raise ValueError(f"each row must have {n_columns} numbers")
    if not (np.abs(numbers) < 1e12).all():
        raise ValueError("its numbers must be finite, and below 1e12")
    return check_numbers(numbers.reshape(-1, n_columns), ("n", n_columns), "it")


def _check_time(times):
    if not ((times > _EARLIEST) & (times < _LATEST)).all():
        raise ValueError("its times must be Unix times in s, of the years 2001 to 2099")


def _join(sessions, path):
    """Return one recording, with NaN between sessions."""
    if len(sessions) == 1:
        return sessions[0]
    gaps = []
    for before, after in itertools.pairwise(sessions):
        end = max(
            before.starts[n] + before.signals[n].shape[1] / RATES[n] for n in RATES
        )
        start = min(after.starts.values())
        if start < end:
            raise ValueError(
                f"{path}: one session ends at {end:.0f} s (Unix time) and the next "
                f"starts at {start:.0f} s, so they overlap. Read the sessions of each "
                "wristband separately."
            )
        gaps.append((end, start))
    if sessions[-1].stop - sessions[0].start > 86400 * _MOST_DAYS:
        raise ValueError(
            f"{path}: the sessions span more than {_MOST_DAYS} days. Read them one by "
            "one."
        )
    first = sessions[0]
    signals = {}
    for name, rate in RATES.items():
        offsets = [
            round((s.starts[name] - first.starts[name]) * rate) for s in sessions
        ]
        length = offsets[-1] + sessions[-1].signals[name].shape[1]
        whole = np.full((len(CH_NAMES[name]), length), np.nan, dtype=np.float32)
        for offset, session in zip(offsets, sessions):
            part = session.signals[name]
            whole[:, offset : offset + part.shape[1]] = part
        signals[name] = whole
    beats = pd.concat([session.beats for session in sessions], ignore_index=True)
    tags = np.concatenate([session.tags for session in sessions])
    return E4Recording(signals, dict(RATES), dict(first.starts), beats, tags, gaps)


def _check_contact(recording):
    """Return the sensors that measured nothing most of the time."""
    problems = []
    conductance = recording.signals["eda"][0]
    share = np.nanmean(conductance < _NO_CONTACT)
    if share > _MOST_UNUSABLE:
        problems.append(
            f"the skin conductance is below {_NO_CONTACT:g} µS in {share:.0%} of the "
            "time, so its electrodes had no contact"
        )
    pulse = recording.signals["bvp"][0]
    share = np.nanmean(np.diff(pulse) == 0)
    if share > _MOST_UNUSABLE:
        problems.append(f"the pulse is constant in {share:.0%} of the time")
    low, high = _SKIN
    temperature = recording.signals["temperature"][0]
    share = np.nanmean((temperature < low) | (temperature > high))
    if share > _MOST_UNUSABLE:
        problems.append(
            f"the temperature is outside {low:g} to {high:g} °C in {share:.0%} of the "
            "time"
        )
    return problems
