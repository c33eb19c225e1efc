"""Writes BioSemi's 24-bit BDF files."""

import numpy as np

# BioSemi's limits: one stored step is 1/32 µV.
LIMIT = 262144
STEP = 1 / 32
STORED = 8388608


def write_bdf(path, channels, sfreq, *, status=None, status_name="Status", **header):
    """Write channels and triggers, in records of one second.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    channels : dict of str to ndarray of int of shape (n_times,)
        Stored values, steps of 1/32 of the unit. A channel shorter than the first one
        has a lower rate.
    sfreq : int
        Rate of the first channel in Hz.
    status : ndarray of int of shape (n_times,), default=None
        Stored values of the Status channel, which comes last.
    status_name : str, default="Status"
        Its name.
    **header : dict
        ``units`` by channel, and texts to write in place of the right ones:
        ``n_records``, ``continuity``.
    """
    units = header.get("units", {})
    names, signals = list(channels), list(channels.values())
    if status is not None:
        names, signals = [*names, status_name], [*signals, status]
    n_records = len(signals[0]) // sfreq
    lengths = [len(signal) // n_records for signal in signals]
    n = len(names)
    fixed = [
        ("\xffBIOSEMI", 8),
        ("a subject", 80),
        ("a recording", 80),
        ("01.01.10", 8),
        ("10.00.00", 8),
        (str(256 * (n + 1)), 8),
        (header.get("continuity", "24BIT"), 44),
        (str(header.get("n_records", n_records)), 8),
        ("1", 8),
        (str(n), 4),
    ]
    columns = [
        (names, 16),
        (["active electrode"] * n, 80),
        ([units.get(name, "uV") for name in names], 8),
        ([str(-LIMIT)] * n, 8),
        ([str(LIMIT)] * n, 8),
        ([str(-STORED)] * n, 8),
        ([str(STORED)] * n, 8),
        (["HP: DC; LP: 104 Hz"] * n, 80),
        ([str(length) for length in lengths], 8),
        (["reserved"] * n, 32),
    ]
    text = "".join(text.ljust(width) for text, width in fixed)
    text += "".join(text.ljust(width) for texts, width in columns for text in texts)
    with path.open("wb") as file:
        file.write(text.encode("latin-1"))
        for record in range(n_records):
            for signal, length in zip(signals, lengths):
                part = signal[record * length : (record + 1) * length]
                stored = np.asarray(part).astype("<i4")
                file.write(stored.view(np.uint8).reshape(-1, 4)[:, :3].tobytes())
