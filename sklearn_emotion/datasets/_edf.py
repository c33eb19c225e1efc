"""Read parts of EDF and BDF files without holding a recording in memory."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from sklearn_emotion._files import naming
from sklearn_emotion._validation import warn_user
from sklearn_emotion.montage import canonical_name
from sklearn_emotion.preprocessing import Resampler

# Bits of the trigger input on BioSemi's Status channel. The higher bits describe the
# amplifier (battery, electrode range, start of the file).
TRIGGERS = 0xFFFF
_N_FIXED = 256
_N_SIGNAL = 256
_MARGIN = 1.0
# Number of records that a header states until the recording is stopped.
_UNKNOWN = -1
# Factors to µV.
_MICROVOLTS = {"uV": 1.0, "µV": 1.0, "nV": 1e-3, "mV": 1e3, "V": 1e6}
# Absolute values above this limit are no measurements, in any unit.
_LARGEST = 1e30


@dataclass(frozen=True)
class Recording:
    """Header of an EDF or BDF file.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    labels : tuple of str
        Names of the channels. Names of the 10-20 system are replaced by the names of
        the 10-10 system.
    units : tuple of str
        Units of the channels.
    lengths : tuple of int
        Number of samples of each channel in a record.
    gains, offsets : ndarray of shape (n_channels,)
        Physical value = gain × stored value + offset. They are NaN if the limits in the
        header are not those of stored values.
    n_records : int
        Number of records in the file, according to its size.
    record_duration : float
        Length of a record in seconds.
    n_bytes : int
        Number of bytes of a stored sample: 2 (EDF) or 3 (BDF).
    """

    path: object
    labels: tuple
    units: tuple
    lengths: tuple
    gains: np.ndarray
    offsets: np.ndarray
    n_records: int
    record_duration: float
    n_bytes: int

    @property
    def duration(self):
        """Length of the recording in seconds."""
        return self.n_records * self.record_duration

    def find(self, names):
        """Return the indices of channels, given their names."""
        absent = [name for name in names if name not in self.labels]
        if absent:
            raise ValueError(
                f"{self.path} has no channels {absent}; it has {list(self.labels)}."
            )
        twice = [name for name in names if self.labels.count(name) > 1]
        if twice:
            raise ValueError(
                f"{self.path} has several channels {twice}: rename or remove the ones "
                "that are not wanted."
            )
        return [self.labels.index(name) for name in names]

    def sfreq(self, names, expected=None):
        """Return the sampling rate in Hz that the named channels share.

        A rate other than `expected` raises an error, if it is given.
        """
        rates = {n: self.lengths[i] for n, i in zip(names, self.find(names))}
        if len(set(rates.values())) > 1:
            shown = {n: f"{k / self.record_duration:g} Hz" for n, k in rates.items()}
            raise ValueError(
                f"{self.path} holds channels of unequal rates, {shown}: read channels "
                "of one rate at a time."
            )
        sfreq = next(iter(rates.values())) / self.record_duration
        if expected is not None and not np.isclose(sfreq, expected):
            raise ValueError(
                f"{self.path} states a sampling rate of {sfreq:g} Hz, but the "
                f"recordings of this data set have {expected:g} Hz."
            )
        return sfreq


def open_recording(path, record_duration=None):
    """Read the header of an EDF or BDF file, which must be complete and continuous.

    If the header states -1 records or fewer records than the file contains, all
    complete records are used. In the second case, a warning is issued. Records that are
    not `record_duration` seconds long raise an error, if this length is given.
    """
    with naming(path, "an EDF or BDF file"):
        recording, problem = _read_header(path)
    duration = recording.record_duration
    if record_duration is not None and duration != record_duration:
        raise ValueError(
            f"{path} has a damaged header: it states records of {duration:g} s, but "
            f"those of this data set are {record_duration:g} s long."
        )
    if problem:
        warn_user(problem)
    return recording


def _read_header(path):
    """Return a recording and a warning, which is empty if there is no problem."""
    size = path.stat().st_size
    with path.open("rb") as file:
        fixed = file.read(_N_FIXED)
        is_bdf = fixed[:8] == b"\xffBIOSEMI"
        if not is_bdf and fixed[:8].strip() != b"0":
            raise ValueError(f"{path} ({size} bytes) is neither an EDF nor a BDF file.")
        if fixed[192:197] in (b"EDF+D", b"BDF+D"):
            raise ValueError(f"{path} is an interrupted recording ({fixed[192:197]}).")
        try:
            texts = fixed.decode("latin-1")
            header_size, stated = _whole(texts[184:192]), _whole(texts[236:244])
            record_duration, n_signals = _real(texts[244:252]), _whole(texts[252:256])
            fields = file.read(max(_N_SIGNAL * n_signals, 0)).decode("latin-1")
            columns = _columns(fields, n_signals)
            lengths = tuple(map(_whole, columns["length"]))
            limits = [
                np.array(list(map(_real, columns[name])))
                for name in ("low", "high", "stored low", "stored high")
            ]
        except ValueError as error:
            raise ValueError(
                f"{path} ({size} bytes) has a damaged header: {error}."
            ) from error
    n_bytes = 3 if is_bdf else 2
    is_sound = (
        header_size == _N_FIXED + _N_SIGNAL * n_signals
        and min(n_signals, *lengths) > 0
        and (stated > 0 or stated == _UNKNOWN)
        and record_duration > 0
    )
    if not is_sound:
        raise ValueError(
            f"{path} has a damaged header: {n_signals} channels, {stated} records "
            f"of {record_duration:g} s, a header of {header_size} bytes."
        )
    record_size = n_bytes * sum(lengths)
    n_records, n_left = divmod(size - header_size, record_size)
    if n_records < max(stated, 1):
        expected = header_size + max(stated, 1) * record_size
        raise ValueError(
            f"{path} is cut off: it has {size} bytes, but its header promises "
            f"{expected} ({max(stated, 1) * record_duration:g} s)."
        )
    problem = ""
    if stated != _UNKNOWN and (n_records > stated or n_left):
        problem = (
            f"{path}: the header states {stated} records "
            f"({stated * record_duration:g} s), but the file contains {n_records} "
            f"({n_records * record_duration:g} s) and {n_left} bytes. All complete "
            "records are used."
        )
    low, high, stored_low, stored_high = limits
    largest = 2 ** (8 * n_bytes - 1)
    is_stored = (stored_low < stored_high) & (stored_low >= -largest)
    is_stored &= stored_high <= largest
    with np.errstate(divide="ignore", invalid="ignore"):
        gains = (high - low) / np.where(is_stored, stored_high - stored_low, np.nan)
        offsets = low - gains * stored_low
    recording = Recording(
        path=path,
        labels=tuple(canonical_name(label) for label in columns["label"]),
        units=tuple(columns["unit"]),
        lengths=lengths,
        gains=gains,
        offsets=offsets,
        n_records=n_records,
        record_duration=record_duration,
        n_bytes=n_bytes,
    )
    return recording, problem


def _real(text):
    """Return a field of a header as a finite number."""
    text = text.strip(" \0")
    number = float(text)
    if not np.isfinite(number) or "_" in text:
        raise ValueError(f"{text!r} is no number")
    return number


def _whole(text):
    """Return a field of a header as a whole number."""
    text = text.strip(" \0")
    if "_" in text:
        raise ValueError(f"{text!r} is no number")
    return int(text)


def _columns(fields, n_signals):
    """Return the header fields of all channels, which are stored field by field."""
    widths = {"label": 16, "transducer": 80, "unit": 8, "low": 8, "high": 8}
    widths |= {"stored low": 8, "stored high": 8, "filter": 80, "length": 8}
    columns, first = {}, 0
    for name, width in widths.items():
        starts = range(first, first + n_signals * width, width)
        columns[name] = [fields[s : s + width].strip(" \0") for s in starts]
        first += n_signals * width
    return columns


def read_stored(recording, channel, start=0, stop=None):
    """Read samples `start` to `stop` of one channel as the stored integers (int32).

    The channel is given by its index. If `stop` is None, the channel is read to its
    end.
    """
    length, n_bytes = recording.lengths[channel], recording.n_bytes
    end = length * recording.n_records
    stop = end if stop is None else stop
    if not 0 <= start <= stop <= end:
        rate = length / recording.record_duration
        raise ValueError(
            f"{recording.path} lasts {recording.duration:g} s, and {start / rate:g} to "
            f"{stop / rate:g} s of {recording.labels[channel]!r} were requested."
        )
    records = np.memmap(
        recording.path,
        np.uint8,
        "r",
        offset=_N_FIXED + _N_SIGNAL * len(recording.labels),
        shape=(recording.n_records, n_bytes * sum(recording.lengths)),
    )
    left = n_bytes * sum(recording.lengths[:channel])
    first, last = start // length, -(-stop // length)
    part = records[first:last, left : left + n_bytes * length]
    part = np.ascontiguousarray(part).reshape(-1, n_bytes)
    # Little-endian two's complement: the highest byte carries the sign.
    values = part[:, -1].view(np.int8).astype(np.int32)
    for column in range(n_bytes - 2, -1, -1):
        values = (values << 8) | part[:, column]
    return values[start - first * length : stop - first * length]


def read_signals(recording, names, start=0, stop=None):
    """Read samples `start` to `stop` of several channels in the units of the file.

    The named channels must have the same rate. The result has shape (n_channels, stop -
    start) and is float64.
    """
    recording.sfreq(names)
    signals = []
    for name, number in zip(names, recording.find(names)):
        gain, offset = recording.gains[number], recording.offsets[number]
        if not np.isfinite(gain) or gain == 0:
            raise ValueError(
                f"{recording.path}: channel {name!r} has no range, according to the "
                "limits in the header."
            )
        peak = abs(gain) * 2 ** (8 * recording.n_bytes - 1) + abs(offset)
        if not peak < _LARGEST:
            raise ValueError(
                f"{recording.path}: channel {name!r} reaches {peak:g} according to the "
                "limits in the header, which are damaged."
            )
        values = read_stored(recording, number, start, stop)
        signals.append(values * gain + offset)
    return np.stack(signals)


def read_resampled(recording, names, start, n_times, sfreq):
    """Read a part of several channels and resample it.

    Voltages are returned in µV, and other channels in the units of the file.

    Up to one second before and after the part is filtered with it and then cut off, to
    avoid edge effects of the filter.

    Parameters
    ----------
    recording : Recording
        The file.
    names : sequence of str
        Channels with the same rate.
    start : int
        First sample, at the rate of the file.
    n_times : int
        Number of samples of the result, at the new rate.
    sfreq : float
        New rate in Hz.

    Returns
    -------
    signals : ndarray of float32 of shape (n_channels, n_times)
        Time point k lies k / sfreq seconds after `start`.
    """
    old = recording.sfreq(names)
    if start < 0:
        raise ValueError(
            f"{recording.path}: {-start / old:g} s before the start of the file were "
            "requested."
        )
    ratio = Fraction(sfreq / old).limit_denominator(10_000)
    up, down = ratio.numerator, ratio.denominator
    end = recording.lengths[recording.find(names)[0]] * recording.n_records
    n_margin = int(_MARGIN * old)
    # A multiple of `down`, so that `start` is also a sample at the new rate.
    before = min(n_margin, start) // down * down
    stop = start + -(-n_times * down // up)
    after = max(min(n_margin, end - stop), 0)
    signals = read_signals(recording, names, start - before, stop + after)
    for signal, channel in zip(signals, recording.find(names)):
        signal *= _MICROVOLTS.get(recording.units[channel], 1.0)
    if ratio != 1:
        resampler = Resampler(sfreq=old, new_sfreq=sfreq)
        signals = resampler.fit_transform(signals[np.newaxis])[0]
    first = before * up // down
    return signals[:, first : first + n_times].astype(np.float32, copy=False)


def read_status(recording, mask=TRIGGERS):
    """Return the codes on the Status channel, limited to the bits in `mask`, and its
    rate.

    If no channel is named Status and the last channel has no name, the last channel is
    used. Some of DEAP's files need this.
    """
    names = [label.lower() for label in recording.labels]
    if "status" in names:
        channel = names.index("status")
    elif not names[-1]:
        channel = len(names) - 1
    else:
        raise ValueError(
            f"{recording.path} has no Status channel; it has {list(recording.labels)}."
        )
    sfreq = recording.lengths[channel] / recording.record_duration
    return read_stored(recording, channel) & mask, sfreq


def find_triggers(recording, mask=TRIGGERS):
    """Return positions and codes of the triggers, and the rate of the Status channel in
    Hz.

    A trigger is a sample at which the code changes to a value other than 0.
    """
    codes, sfreq = read_status(recording, mask)
    before = np.concatenate([[0], codes[:-1]])
    samples = np.flatnonzero((codes != before) & (codes != 0))
    return samples, codes[samples], sfreq
