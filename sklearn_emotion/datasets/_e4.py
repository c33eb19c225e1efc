"""Recordings of the wristband Empatica E4, as folders or ZIP archives of CSV files."""

import io
import itertools
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from sklearn_emotion._files import check_numbers, naming
from sklearn_emotion._validation import to_samples, warn_user
from sklearn_emotion.datasets._bunch import EmotionDataset
from sklearn_emotion.datasets._home import listing
from sklearn_emotion.datasets._preprocess import Preprocess
from sklearn_emotion.datasets._recordings import check_members, to_float
from sklearn_emotion.datasets._trials import Trial, cut_trials, find_runs
from sklearn_emotion.modalities import Modalities

# File, rate in Hz, channels and unit of each sensor.
SENSORS = {
    "acceleration": ("ACC.csv", 32.0, ("x", "y", "z"), "g"),
    "bvp": ("BVP.csv", 64.0, ("BVP",), "a.u."),
    "eda": ("EDA.csv", 4.0, ("EDA",), "µS"),
    "temperature": ("TEMP.csv", 4.0, ("TEMP",), "°C"),
    "hr": ("HR.csv", 1.0, ("HR",), "1/min"),
}
RATES = {name: rate for name, (_, rate, _, _) in SENSORS.items()}
CH_NAMES = {name: channels for name, (_, _, channels, _) in SENSORS.items()}
UNITS = {name: unit for name, (*_, unit) in SENSORS.items()}
# Steps of the accelerometer in 1 g.
_STEPS_PER_G = 64.0
# Unix times of the years 2001 and 2100.
_EARLIEST, _LATEST = 978307200, 4102444800
# Sessions of one call are at most this long, in days, because gaps are filled.
_MOST_DAYS = 7
# Bytes of a member of an archive. A day of the fastest sensor has about 40 MB.
_MOST_BYTES = 2**30
# A sensor without contact measures less than this conductance in µS, or a temperature
# outside this range in °C.
_NO_CONTACT, _SKIN = 0.05, (10.0, 45.0)
_HALF_DAY = 43200
# The sensors of a session start together, apart from the heart rate, and stop up to 7 s
# apart. A larger difference in s means that a file is cut off or of another session.
_MOST_APART = 15.0
# Share of a recording with such values above which a sensor is named.
_MOST_UNUSABLE = 0.5


@dataclass(frozen=True)
class E4Recording:
    """Signals, beats and button presses of a wristband, on one clock.

    :func:`read_e4` returns this object.

    Read more in the :ref:`User Guide <own_e4>`.

    Parameters
    ----------
    signals : dict of str to ndarray of shape (n_channels, n_times)
        Acceleration in g (three channels), ``"bvp"`` (blood volume pulse, without a
        unit), ``"eda"`` in µS, ``"temperature"`` in °C and ``"hr"`` in beats per
        minute, as float32. Gaps between sessions are NaN.
    sfreq : dict of str to float
        Sampling rate of each signal in Hz.
    starts : dict of str to float
        Unix time of the first value of each signal, in s.
    beats : pandas.DataFrame
        Intervals that the wristband has found: ``time`` is the Unix time of the beat
        that ends the interval, and ``interval`` is its duration in s. Intervals are
        missing while the wrist moves.
    tags : ndarray of shape (n_tags,)
        Unix times at which the button was pressed.
    gaps : list of (float, float)
        Start and end of each gap between sessions, as Unix times.
    problems : list of str
        Sensors without contact, and other things to check.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from sklearn_emotion.datasets import E4Recording
    >>> recording = E4Recording(
    ...     signals={"eda": np.zeros((1, 40)), "bvp": np.zeros((1, 640))},
    ...     sfreq={"eda": 4.0, "bvp": 64.0},
    ...     starts={"eda": 100.0, "bvp": 101.0},
    ...     beats=pd.DataFrame({"time": [], "interval": []}),
    ...     tags=np.array([104.0]),
    ... )
    >>> recording.start, recording.stop
    (101.0, 110.0)
    """

    signals: dict
    sfreq: dict
    starts: dict
    beats: pd.DataFrame
    tags: np.ndarray
    gaps: list = field(default_factory=list)
    problems: list = field(default_factory=list)

    @property
    def start(self):
        """Unix time in s from which all signals are there."""
        return max(self.starts.values())

    @property
    def stop(self):
        """Unix time in s until which all signals are there."""
        return min(
            self.starts[name] + signal.shape[1] / self.sfreq[name]
            for name, signal in self.signals.items()
        )

    def between(self, start, stop):
        """Return the signals between two times.

        Parameters
        ----------
        start, stop : float
            Unix times in s. They must lie in the recording of all signals.

        Returns
        -------
        signals : dict of str to ndarray of shape (n_channels, n_times)
            Parts of the signals, without copies.
        """
        if not self.start <= start < stop <= self.stop:
            raise ValueError(
                f"The signals last from {self.start:.0f} to {self.stop:.0f} s (Unix "
                f"time), but {start:.0f} to {stop:.0f} s are asked for."
            )
        out = {}
        for name, signal in self.signals.items():
            rate = self.sfreq[name]
            first = round((start - self.starts[name]) * rate)
            out[name] = signal[:, first : first + to_samples(stop - start, rate)]
        return out

    def to_raw(self, name):
        """Return one signal as a recording of MNE.

        Parameters
        ----------
        name : {"acceleration", "bvp", "eda", "temperature", "hr"}
            Name of the signal.

        Returns
        -------
        raw : mne.io.RawArray
            The signal. Skin conductance is in S, and temperature is of the type
            ``"temperature"``, in °C. The other signals have no type in MNE. They are of
            the type ``"misc"``, in their own unit. Button presses are annotations with
            the description ``"tag"``, and gaps are annotated as ``"BAD_gap"``.
        """
        import mne

        if name not in self.signals:
            raise ValueError(f"name must be one of {list(self.signals)}, got {name!r}.")
        kinds = {"eda": "gsr", "temperature": "temperature"}
        info = mne.create_info(
            list(CH_NAMES[name]), self.sfreq[name], kinds.get(name, "misc")
        )
        scale = 1e-6 if name == "eda" else 1.0
        data = np.nan_to_num(self.signals[name].astype(float)) * scale
        raw = mne.io.RawArray(data, info, verbose="error")
        start = self.starts[name]
        inside = self.tags[(self.tags >= start) & (self.tags <= start + raw.duration)]
        onsets = [*(inside - start), *(first - start for first, _ in self.gaps)]
        lengths = [0.0] * len(inside) + [last - first for first, last in self.gaps]
        texts = ["tag"] * len(inside) + ["BAD_gap"] * len(self.gaps)
        raw.set_meas_date(start)
        raw.set_annotations(
            mne.Annotations(onsets, lengths, texts, raw.info["meas_date"])
        )
        return raw

    def to_dataset(
        self,
        periods,
        subject,
        *,
        modalities=("bvp", "eda", "temperature"),
        window=60.0,
        step=None,
        preprocess=None,
    ):
        """Cut periods of the recording into windows.

        Parameters
        ----------
        periods : pandas.DataFrame
            One row per period, with ``start`` and ``stop`` as Unix times in s. The
            other columns, such as a label, are repeated for each window.
        subject : int or str
            The person who wore the wristband. Data sets of several people are joined by
            :meth:`EmotionDataset.concat`.
        modalities : sequence of str, default=("bvp", "eda", "temperature")
            Names of the signals to cut.
        window : float, default=60.0
            Length of each window of a period in s.
        step : float, default=None
            Distance between the starts of two windows in s. If None, `window`.
        preprocess : transformer or dict of str to transformer, default=None
            Transformer that is applied to each whole session before it is cut, in the
            shape (1, n_channels, n_times), such as a filter. It is cloned and fitted on
            each signal of each session alone, and must keep the shape. A dict selects
            modalities; otherwise, it is applied to all.

        Returns
        -------
        dataset : EmotionDataset
            Windows without NaN. An incomplete final window of a period is dropped.
            ``metadata`` has ``subject``, ``trial`` (the row of `periods`, from 0), the
            other columns of `periods`, ``start`` (of the period), ``window`` and
            ``onset`` (in the period, in s).

        Raises
        ------
        ValueError
            If a period ends before it starts or lies outside the recording, if no
            window is left, or if a transformer of `preprocess` is for another rate.
        """
        names = check_members(modalities, self.signals, "modalities")
        absent = [name for name in ("start", "stop") if name not in periods]
        if absent:
            raise ValueError(
                f"periods must have the columns 'start' and 'stop', got "
                f"{list(periods.columns)}."
            )
        taken = {"subject", "trial", "window", "onset"} & set(periods.columns)
        if taken:
            raise ValueError(f"Rename the columns {sorted(taken)} of periods.")
        rates = {name: self.sfreq[name] for name in names}
        prepare = Preprocess(preprocess, rates, CH_NAMES, cache_dir=None)
        chosen = E4Recording(
            {name: _prepared(prepare, name, self.signals[name]) for name in names},
            rates,
            {name: self.starts[name] for name in names},
            self.beats,
            self.tags,
        )
        columns = [name for name in periods.columns if name != "stop"]
        trials = (
            Trial(
                chosen.between(row["start"], row["stop"]),
                {"subject": subject, "trial": number, **row},
                path="periods",
            )
            for number, row in enumerate(periods.to_dict("records"))
        )
        arrays, table = cut_trials(
            trials,
            rates=chosen.sfreq,
            shapes={name: (len(CH_NAMES[name]),) for name in names},
            window=to_float(window),
            step=to_float(step),
            columns=["subject", "trial", *columns],
        )
        table.pop("planned_windows")
        if not len(table["trial"]):
            raise ValueError(
                f"No window of {window:g} s without NaN fits into the periods."
            )
        return EmotionDataset(
            data=Modalities(**arrays),
            metadata=pd.DataFrame(table),
            sfreq=chosen.sfreq,
            ch_names={name: list(CH_NAMES[name]) for name in names},
            units={name: UNITS[name] for name in names},
            DESCR="Recording of an Empatica E4.",
        )

    def __repr__(self):
        minutes = (self.stop - self.start) / 60
        return (
            f"{type(self).__name__}({', '.join(self.signals)}; {minutes:.1f} min, "
            f"{len(self.tags)} tags)"
        )


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
        if place.suffix.lower() == ".zip" or (place.is_dir() and _is_session(place))
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
                self.names = {
                    Path(info.filename).name: info
                    for info in self.archive.infolist()
                    if not info.is_dir()
                }
        else:
            self.names = {p.name: p for p in place.iterdir() if p.is_file()}

    def lines(self, name):
        """Return the lines of a file without blank lines."""
        place = self.names[name]
        if self.archive is None:
            content = place.read_bytes()
        else:
            if place.file_size > _MOST_BYTES:
                raise ValueError(f"it states {place.file_size} bytes after unpacking")
            content = self.archive.read(place)
        text = io.StringIO(content.decode("utf-8-sig"))
        return [line for line in map(str.strip, text) if line]

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


def _prepared(prepare, name, signal):
    """Return a signal after `prepare` has seen each session of it alone."""
    if name not in prepare.steps:
        return signal
    out = np.full(signal.shape, np.nan, np.float32)
    is_recorded = np.isfinite(signal).all(axis=0)
    for first, last in find_runs(is_recorded):
        if is_recorded[first]:
            out[:, first:last] = prepare(name, signal[:, first:last], name)
    return out


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
