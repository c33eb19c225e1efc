"""Writers of the formats of EEG programs. Signals are (n_channels, n_times), in µV."""

import numpy as np
from _bdf import STEP, write_bdf
from scipy.io import savemat


def write_fif(path, signals, names, sfreq):
    """Write MNE's own format."""
    import mne

    info = mne.create_info(names, sfreq, "eeg")
    raw = mne.io.RawArray(1e-6 * signals, info, verbose="error")
    raw.save(path, verbose="error")


def write_brainvision(path, signals, names, sfreq, *, events=()):
    """Write the three files of BrainVision, of which `path` is the header."""
    data, marks = path.with_suffix(".eeg"), path.with_suffix(".vmrk")
    data.write_bytes(np.float32(signals.T).tobytes())
    channels = [f"Ch{i}={name},,1,µV" for i, name in enumerate(names, 1)]
    infos = ["[Common Infos]", "Codepage=UTF-8", f"DataFile={data.name}"]
    header = [
        "Brain Vision Data Exchange Header File Version 1.0",
        *infos,
        f"MarkerFile={marks.name}",
        "DataFormat=BINARY",
        "DataOrientation=MULTIPLEXED",
        f"NumberOfChannels={len(names)}",
        f"SamplingInterval={1e6 / sfreq}",
        "[Binary Infos]",
        "BinaryFormat=IEEE_FLOAT_32",
        "[Channel Infos]",
        *channels,
    ]
    path.write_text("\n".join([*header, ""]), encoding="utf-8")
    lines = ["Brain Vision Data Exchange Marker File, Version 1.0", *infos]
    lines += ["[Marker Infos]"]
    lines += [
        f"Mk{i}=Stimulus,S{code:3d},{sample + 1},1,0"
        for i, (sample, code) in enumerate(events, 1)
    ]
    marks.write_text("\n".join([*lines, ""]), encoding="utf-8")


def write_edf(path, signals, names, sfreq):
    """Write 16 bits in steps of 1 µV, in records of 1 s."""
    n_channels, n_times = signals.shape

    def field(texts, width):
        return "".join(str(text).ljust(width)[:width] for text in texts)

    n_records = n_times // sfreq
    header = field(["0"], 8) + field(["X X X X"], 80) + field(["Startdate X X X X"], 80)
    header += "01.01.0101.01.01"
    header += field([256 * (n_channels + 1)], 8) + field([""], 44)
    header += field([n_records], 8) + field([1], 8) + field([n_channels], 4)
    for texts, width in (
        (names, 16),
        ([""] * n_channels, 80),
        (["uV"] * n_channels, 8),
        ([-32768] * n_channels, 8),
        ([32767] * n_channels, 8),
        ([-32768] * n_channels, 8),
        ([32767] * n_channels, 8),
        ([""] * n_channels, 80),
        ([sfreq] * n_channels, 8),
        ([""] * n_channels, 32),
    ):
        header += field(texts, width)
    records = np.round(signals).astype("<i2").reshape(n_channels, n_records, sfreq)
    path.write_bytes(header.encode("ascii") + records.swapaxes(0, 1).tobytes())


def write_bdf_file(path, signals, names, sfreq):
    """Write 24 bits in steps of 1/32 µV, as BioSemi does."""
    stored = np.round(signals / STEP).astype(int)
    write_bdf(path, dict(zip(names, stored)), sfreq)


def write_set(path, signals, names, sfreq, *, events=()):
    """Write a file of EEGLAB that contains its data. Latencies count from 1."""
    marks = np.zeros(len(events), [("type", object), ("latency", object)])
    for row, (sample, code) in zip(marks, events):
        row["type"], row["latency"] = str(code), float(sample + 1)
    places = np.zeros(len(names), [("labels", object)])
    places["labels"] = names
    content = {
        "setname": "test",
        "nbchan": len(names),
        "trials": 1,
        "pnts": signals.shape[1],
        "srate": float(sfreq),
        "xmin": 0.0,
        "xmax": (signals.shape[1] - 1) / sfreq,
        "data": np.float32(signals),
        "chanlocs": places,
        "event": marks,
    }
    savemat(path, {"EEG": content}, appendmat=False)
