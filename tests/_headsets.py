"""Writers of the files of headsets, in the layouts of their programs."""

import struct

import numpy as np

# Unix time of the first sample.
START = 1_600_000_000.0
EMOTIV = ("AF3", "T7", "O1", "AF4")
MUSE = ("TP9", "AF7", "AF8", "TP10")


def sine(n, sfreq, n_channels, freq=4.0, amplitude=100.0):
    """Sines of 100 µV whose phase differs between channels, (n, n_channels), in µV."""
    phase = np.arange(n_channels) * np.pi / 8
    return amplitude * np.sin(2 * np.pi * freq * np.arange(n)[:, None] / sfreq + phase)


def write_emotiv(path, signal, *, sfreq=128, markers=(), lost=(), offset=4200.0):
    """Write a CSV file of EmotivPRO; `lost` are rows that are left out."""
    head = (
        f"title:test,start timestamp:{START},headset type:EPOCX,"
        f"sampling rate:eeg_{sfreq};mot_64,channels:4,version:2.1"
    )
    names = ["Timestamp", "EEG.Counter", "EEG.Interpolated"]
    names += [f"EEG.{name}" for name in EMOTIV]
    names += ["EEG.Battery", "MarkerValueInt", "CQ.Overall", "PM.Stress.Scaled"]
    rows = []
    for i, values in enumerate(signal):
        cells = [f"{START + i / sfreq:.6f}", f"{i % sfreq}", "0"]
        cells += [f"{value + offset:.6f}" for value in values]
        cells += ["4", f"{dict(markers).get(i, 0)}", "", "0.5" if i % 64 == 0 else ""]
        rows.append(",".join(cells))
    rows = [row for i, row in enumerate(rows) if i not in lost]
    path.write_text("\n".join([head, ",".join(names), *rows, ""]), encoding="utf-8")
    return path


def write_openbci(path, signal, *, sfreq=250, markers=(), lost=(), step=1):
    """Write a text file of the OpenBCI GUI."""
    lines = [
        "%OpenBCI Raw EXG Data",
        f"%Number of channels = {signal.shape[1]}",
        f"%Sample Rate = {sfreq} Hz",
        "%Board = OpenBCI_GUI$BoardCytonSerial",
    ]
    names = ["Sample Index", *(f"EXG Channel {i}" for i in range(signal.shape[1]))]
    names += ["Accel Channel 0", "Other", "Timestamp", "Marker Channel"]
    lines.append(", ".join([*names, "Timestamp (Formatted)"]))
    for i, values in enumerate(signal):
        if i in lost:
            continue
        # Time stamps come in bursts of 10 samples.
        time = START + 10 * (i // 10) / sfreq
        cells = [f"{float(step * i % 256)}", *(f"{value:.6f}" for value in values)]
        cells += ["0.1", "0.0", f"{time:.6f}", f"{float(dict(markers).get(i, 0))}"]
        lines.append(", ".join([*cells, "2020-09-13 12:26:40.000"]))
    path.write_text("\n".join([*lines, ""]))
    return path


def write_muse(path, signal, *, markers=(), lost=(), offset=800.0, rate=256.0):
    """Write a CSV file of Mind Monitor; markers are rows without values."""
    names = ["TimeStamp", "Delta_TP9", *(f"RAW_{name}" for name in MUSE)]
    names += ["HeadBandOn", *(f"HSI_{name}" for name in MUSE), "Battery", "Elements"]
    lines = [",".join(names)]
    for i, values in enumerate(signal):
        # Bursts of 12 rows have nearly the same time stamp.
        seconds = 12 * (i // 12) / rate + (i % 12) / 1000
        time = f"2024-05-01 10:{int(seconds) // 60:02d}:{seconds % 60:06.3f}"
        if i in dict(markers):
            lines.append(f"{time}{',' * (len(names) - 1)}{dict(markers)[i]}")
        if i not in lost:
            cells = [time, "0.5", *(f"{value + offset:.6f}" for value in values)]
            lines.append(",".join([*cells, "1", "1", "1", "1", "4", "90", ""]))
    path.write_text("\n".join([*lines, ""]))
    return path


def _number(n):
    return struct.pack("<BI", 4, n)


def _chunk(tag, content):
    return _number(len(content) + 2) + struct.pack("<H", tag) + content


def stream(
    name, kind, times, series, *, rate, labels=None, units=None, form="double64"
):
    """Return a stream for `write_xdf`; `series` is (n, n_channels) or texts."""
    n_channels = 1 if form == "string" else np.shape(series)[1]
    parts = ""
    for i, label in enumerate(labels or ()):
        unit = f"<unit>{units[i]}</unit>" if units else ""
        parts += f"<channel><label>{label}</label>{unit}</channel>"
    desc = f"<desc><channels>{parts}</channels></desc>" if labels else "<desc />"
    xml = (
        f"<info><name>{name}</name><type>{kind}</type>"
        f"<channel_count>{n_channels}</channel_count>"
        f"<nominal_srate>{rate}</nominal_srate>"
        f"<channel_format>{form}</channel_format>{desc}</info>"
    )
    samples = b""
    for time, values in zip(times, series):
        samples += struct.pack("<Bd", 8, time)
        if form == "string":
            text = values.encode()
            samples += _number(len(text)) + text
        else:
            samples += np.asarray(values, "<f8").tobytes()
    return xml, len(times), samples


def write_xdf(path, streams, date="2020-09-13T12:26:40+00:00"):
    """Write streams in the format XDF 1.0."""
    xml = f"<info><version>1.0</version><datetime>{date}</datetime></info>"
    content = b"XDF:" + _chunk(1, xml.encode())
    for number, (xml, n, samples) in enumerate(streams, 1):
        key = struct.pack("<I", number)
        content += _chunk(2, key + xml.encode())
        if n:
            content += _chunk(3, key + _number(n) + samples)
        footer = f"<info><sample_count>{n}</sample_count></info>"
        content += _chunk(6, key + footer.encode())
    path.write_bytes(content)
    return path
