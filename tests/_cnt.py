"""Writer of NeuroScan's .cnt files, with 32-bit samples as SynAmps2 stores them."""

import struct

import numpy as np

SETUP, ELECTRODE, SAMPLE = 900, 75, 4


def write_cnt(path, signals, names, sfreq, *, events=(), resolution=0.01):
    """Write signals (n_channels, n_times) in µV, in steps of `resolution`.

    `events` are pairs of a sample and a code.
    """
    n_channels, n_times = signals.shape
    table = SETUP + ELECTRODE * n_channels + SAMPLE * signals.size
    setup = bytearray(SETUP)
    for place, form, value in (
        (0, "12s", b"Version 3.0"),
        (225, "10s", b"05/18/16"),
        (235, "12s", b"12:30:00"),
        (370, "<H", n_channels),
        (376, "<H", round(sfreq)),
        (864, "<i", n_times),
        (886, "<i", table),
        (890, "<f", n_times / sfreq),
    ):
        struct.pack_into(form, setup, place, value)
    electrodes = b""
    for angle, name in enumerate(names):
        electrode = bytearray(ELECTRODE)
        for place, form, value in (
            (0, "10s", name.encode()),
            (19, "<f", 100 * np.cos(angle)),  # position
            (23, "<f", 100 * np.sin(angle)),
            (59, "<f", 204.8),  # sensitivity
            (71, "<f", resolution),  # calibration
        ):
            struct.pack_into(form, electrode, place, value)
        electrodes += electrode
    data = np.round(signals.T / resolution).astype("<i4").tobytes()
    first = SETUP + ELECTRODE * n_channels
    rows = [
        struct.pack("<HBBi", code, 0, 0, first + SAMPLE * n_channels * (sample + 1))
        for sample, code in events
    ]
    size = struct.pack("<Bii", 1, 8 * len(rows), 0)
    path.write_bytes(bytes(setup) + electrodes + data + size + b"".join(rows))
    return path
