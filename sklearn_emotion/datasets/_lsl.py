"""Recordings of the Lab Streaming Layer, read with pyxdf."""

import gzip
import re
import struct
from datetime import datetime
from io import BytesIO
from pathlib import Path

import numpy as np

from sklearn_emotion._files import naming
from sklearn_emotion.datasets._headsets import lost_by_time, make_raw, warn_of_notes
from sklearn_emotion.datasets._home import listing

# Types of channels that MNE knows, and the unit that is taken if none is stated.
_TYPES = {
    "eeg": ("eeg", "microvolts"),
    "eog": ("eog", "microvolts"),
    "emg": ("emg", "microvolts"),
    "ecg": ("ecg", "microvolts"),
    "gsr": ("gsr", "microsiemens"),
    "eda": ("gsr", "microsiemens"),
}
_PREFIXES = {"": 1.0, "m": 1e-3, "milli": 1e-3, "micro": 1e-6, "nano": 1e-9}
_PREFIXES |= {"u": 1e-6, "µ": 1e-6, "\u03bc": 1e-6, "n": 1e-9}
_UNIT = re.compile(r"(m|milli|micro|nano|u|µ|\u03bc|n|)(v|volts?|s|siemens)")
# Parts of the format XDF 1.0.
_START, _HEADER, _SAMPLES = b"XDF:", 2, 3
_FORMS = {1: "<B", 4: "<I", 8: "<Q"}
_BOUNDARY = bytes.fromhex("43a546dccbf5410fb30ed5467383cbe4")
# A part may promise this number of values, however small the file is.
_SMALL = 2**20
# Bytes of a packed file after unpacking: this number, or this multiple of the file's
# size if it is more.
_MAX_UNPACKED, _MAX_RATIO = 2**26, 50
# Bytes that are unpacked at a time.
_PIECE = 2**20
# The stated rate may differ from the measured one by this share.
_DRIFT = 0.01


def read_xdf(path):
    """Read a file of LabRecorder, with the streams of several devices on one clock.

    The extra ``lsl`` is required. Read more in the :ref:`User Guide <headsets>`.

    Parameters
    ----------
    path : path-like
        File with the suffix ``.xdf`` or ``.xdfz``.

    Returns
    -------
    raws : dict of str to mne.io.RawArray
        One recording for each stream with a regular rate, by the name of the stream.
        Signals that MNE knows are in its units (V, S). Others are of the type
        ``"misc"``, in their own unit. The markers of all streams of markers are
        annotations of each recording. Pauses of more than 1 s are zeros, with the
        annotation ``"BAD_gap"``. The dates of the recordings differ by the times
        between the first samples, so that
        :meth:`~sklearn_emotion.datasets.EmotionDataset.from_raws` aligns them.

    Raises
    ------
    ImportError
        If pyxdf is not installed.
    ValueError
        If the file is damaged or of another kind, or no stream has a regular rate.

    Warns
    -----
    UserWarning
        If streams have no samples or an irregular rate and are left out, do not state
        the names or units of their channels, differ from their stated rate by more
        than 1 %, have pauses, or do not contain all markers.

    Notes
    -----
    Time stamps are those of pyxdf, which corrects the offsets of the clocks and the
    jitter. A marker is placed between the samples by its time stamp. The time between
    two samples is then one period of the rate that the stream states. Units that are
    not stated are taken as µV, or µS for skin conductance.

    Examples
    --------
    >>> from sklearn_emotion.datasets import EmotionDataset, read_xdf
    >>> raws = read_xdf("ann.xdf")  # doctest: +SKIP
    >>> EmotionDataset.from_raws(  # doctest: +SKIP
    ...     {"ann": {"eeg": raws["Amplifier"], "gsr": raws["Shimmer"]}},
    ...     "film",
    ...     duration=60.0,
    ...     modalities=("eeg", "gsr"),
    ... )
    """
    try:
        import pyxdf
    except ImportError as error:
        raise ImportError(
            "read_xdf needs the package pyxdf: pip install sklearn_emotion[lsl]."
        ) from error
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}.")
    notes = []
    with naming(path, "a recording of LSL"):
        streams, header = _load(pyxdf, path)
        signals, markers = {}, []
        for stream in streams:
            name = _first(stream["info"], "name") or "stream"
            if not len(stream["time_stamps"]):
                notes.append(f"stream {name!r} has no samples and is left out")
            elif _is_marker(stream):
                markers += [
                    (float(time), _text(value))
                    for time, value in zip(stream["time_stamps"], stream["time_series"])
                ]
            elif not float(_first(stream["info"], "nominal_srate") or 0) > 0:
                notes.append(f"stream {name!r} has an irregular rate and is left out")
            else:
                twins = sum(known.split(" (")[0] == name for known in signals)
                signals[f"{name} ({twins + 1})" if twins else name] = stream
        if not signals:
            raise ValueError(f"it has no stream with a regular rate; {listing(notes)}")
        markers.sort(key=lambda marker: marker[0])
        start = min(stream["time_stamps"][0] for stream in signals.values())
        date = _date(header)
        raws = {
            name: _to_raw(name, stream, markers, date - start, notes)
            for name, stream in signals.items()
        }
    warn_of_notes(path, notes)
    return raws


def _load(pyxdf, path):
    is_packed = path.suffix == ".xdfz" or path.suffixes[-2:] == [".xdf", ".gz"]
    content = _unpack(path) if is_packed else path.read_bytes()
    if content[:4] != _START:
        raise ValueError("it does not start as an XDF file")
    _check_counts(content)
    # A pause of 1 s ends the correction of the jitter, however slow the stream is.
    return pyxdf.load_xdf(BytesIO(content), jitter_break_threshold_samples=0)


def _unpack(path):
    """Return the content of a packed file, if it is not longer than the limit."""
    limit = max(_MAX_UNPACKED, _MAX_RATIO * path.stat().st_size)
    content = bytearray()
    with gzip.open(path) as file:
        # To read up to the limit at once would claim its memory for any small file.
        while piece := file.read(_PIECE):
            content += piece
            if len(content) > limit:
                raise ValueError(f"it has more than {limit} bytes after unpacking")
    return bytes(content)


def _check_counts(content):
    """Check that no chunk of samples promises more values than the file can hold.

    pyxdf makes room for the promised samples before it reads them. It skips chunks that
    are cut off, and continues at the next boundary, as is done here.
    """
    n_channels, at = {}, len(_START)
    limit = max(len(content), _SMALL)
    while at < len(content):
        try:
            length, start = _number(content, at)
            tag, stream = struct.unpack_from("<HI", content, start)
            body = content[start + 6 : start + length]
            if tag == _HEADER:
                if b"<!DOCTYPE" in body:
                    raise ValueError(
                        "a header has a document type, which can define entities that "
                        "fill the memory"
                    )
                found = re.search(rb"<channel_count>\s*(\d+)\s*<", body)
                n_channels[stream] = int(found[1]) if found else 1
            elif tag == _SAMPLES:
                n_values = _number(body, 0)[0] * (1 + n_channels.get(stream, 0))
                if n_values > limit:
                    raise ValueError(
                        f"a part of it states {n_values} values, more than the file "
                        "can hold"
                    )
        except (struct.error, KeyError, IndexError):
            length, start = limit, at
        at = start + length
        if at > len(content):
            at = content.find(_BOUNDARY, start)
            at = len(content) if at < 0 else at + len(_BOUNDARY)


def _number(content, at):
    """Return a number of variable length at a place, and the place after it."""
    form = _FORMS[content[at]]
    (number,) = struct.unpack_from(form, content, at + 1)
    return number, at + 1 + struct.calcsize(form)


def _to_raw(name, stream, markers, clock, notes):
    """Return a stream as a Raw. Its times plus `clock` are Unix times."""
    series, times = np.asarray(stream["time_series"]), stream["time_stamps"]
    if series.ndim != 2 or series.dtype.kind not in "iuf":
        raise ValueError(f"the samples of stream {name!r} are no numbers")
    names, types, scales = _channels(name, stream, series.shape[1], notes)
    rate = float(_first(stream["info"], "nominal_srate"))
    own = []
    lost = lost_by_time(times, rate, own, f" in stream {name!r}")
    notes += [f"stream {name!r}: {note}" for note in own]
    measured = len(times) - 1 + lost.sum()
    measured /= max(times[-1] - times[0], 1 / rate)
    if len(times) > 1 and abs(measured / rate - 1) > _DRIFT:
        notes.append(
            f"stream {name!r} states {rate:g} Hz, but has {measured:.4g} samples per "
            "second"
        )
    n_missing = np.isnan(series).any(axis=1).sum()
    if n_missing:
        notes.append(
            f"{n_missing} samples of stream {name!r} have missing values, which become "
            "zeros"
        )
    inside = [m for m in markers if times[0] <= m[0] <= times[-1]]
    if len(inside) < len(markers):
        notes.append(
            f"{len(markers) - len(inside)} of {len(markers)} markers lie outside "
            f"stream {name!r}"
        )
    places = np.interp([time for time, _ in inside], times, np.arange(len(times)))
    return make_raw(
        np.nan_to_num(series.astype(np.float64)),
        names,
        rate,
        lost=lost,
        markers=list(zip(places, [text for _, text in inside])),
        date=times[0] + clock,
        types=types,
        scale=scales,
    )


def _channels(name, stream, n_channels, notes):
    """Return names, types and factors to the unit of MNE of the channels."""
    desc = (stream["info"].get("desc") or [None])[0] or {}
    parts = (desc.get("channels") or [None])[0] or {}
    channels = list(parts.get("channel") or [])
    if len(channels) != n_channels:
        channels = [{}] * n_channels
    labels = [_first(channel, "label") for channel in channels]
    if not all(labels) or len(set(labels)) < n_channels:
        labels = [f"ch{i}" for i in range(n_channels)]
        notes.append(
            f"stream {name!r} does not name its {n_channels} channels, which are "
            "called ch0 and so on"
        )
    kind = _first(stream["info"], "type")
    types, scales, guessed = [], [], False
    for channel in channels:
        own = (_first(channel, "type") or kind).lower()
        known, unit = _TYPES.get(own, ("misc", ""))
        stated = _first(channel, "unit")
        found = _UNIT.fullmatch((stated or unit).strip().lower())
        if known != "misc" and stated and found is None:
            raise ValueError(
                f"the unit {stated!r} of stream {name!r} is neither of volts nor of "
                "siemens"
            )
        guessed |= known != "misc" and not stated
        types.append(known)
        scales.append(1.0 if known == "misc" else _PREFIXES[found.group(1)])
    if guessed:
        notes.append(f"stream {name!r} states no unit, and is taken to be in µV or µS")
    return labels, types, scales


def _is_marker(stream):
    info = stream["info"]
    irregular = not float(_first(info, "nominal_srate") or 0) > 0
    kind = _first(info, "type").lower()
    is_named = any(word in kind for word in ("marker", "event", "stim"))
    return _first(info, "channel_format") == "string" or (irregular and is_named)


def _text(value):
    """Return the description of a marker, which has one or several channels."""
    values = value if isinstance(value, list) else np.ravel(value).tolist()
    return "/".join(v if isinstance(v, str) else f"{v:g}" for v in values)


def _first(info, name):
    """Return a text of the header, which pyxdf keeps in lists."""
    value = info.get(name)
    value = value[0] if isinstance(value, list) and value else value
    return "" if value is None else str(value)


def _date(header):
    """Return the Unix time at which the recording began, or 0."""
    try:
        return datetime.fromisoformat(_first(header["info"], "datetime")).timestamp()
    except ValueError:
        return 0.0
