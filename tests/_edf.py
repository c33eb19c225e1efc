"""Writes EDF+ files with the layout of PhysioNet's EEGMAT."""

import numpy as np

EEG_NAMES = "Fp1 Fp2 F3 F4 F7 F8 T3 T4 C3 C4 T5 T6 P3 P4 O1 O2 Fz Cz Pz A2-A1".split()
LABELS = [f"EEG {name}" for name in EEG_NAMES] + ["ECG ECG"]
SFREQ = 500
# Physical limits: 200 uV and 2 mV, so that one digital step is 400 / 65535 uV.
LIMITS = [200.0] * len(EEG_NAMES) + [2.0]
ANNOTATION_SAMPLES = 57


def quantise(signals):
    """Digital values of signals in uV and mV, of shape (21, n_times)."""
    limits = np.array(LIMITS)[:, np.newaxis]
    return np.round((signals + limits) / (2 * limits) * 65535 - 32768).astype("<i2")


def physical(digital):
    """Values in uV and mV that a reader must find."""
    limits = np.array(LIMITS)[:, np.newaxis]
    return (digital.astype(float) + 32768) / 65535 * 2 * limits - limits


def write_edf(path, digital):
    """Write digital values of shape (21, n_times), in records of one second."""
    n_records = digital.shape[1] // SFREQ
    n_signals = len(LABELS) + 1
    units = ["uV"] * len(EEG_NAMES) + ["mV", ""]
    limits = [*LIMITS, 1]
    lengths = [SFREQ] * len(LABELS) + [ANNOTATION_SAMPLES]
    header = "".join(
        text.ljust(width)
        for text, width in [
            ("0", 8),
            ("0 M 01-JAN-1990 Subject0", 80),
            ("Startdate 01-JAN-2011 0 Doctor Device", 80),
            ("01.01.11", 8),
            ("00.00.00", 8),
            (str(256 * (n_signals + 1)), 8),
            ("EDF+C", 44),
            (str(n_records), 8),
            ("1", 8),
            (str(n_signals), 4),
        ]
    )
    columns = [
        ([*LABELS, "EDF Annotations"], 16),
        ([""] * n_signals, 80),
        (units, 8),
        ([str(-limit) for limit in limits], 8),
        ([str(limit) for limit in limits], 8),
        (["-32768"] * n_signals, 8),
        (["32767"] * n_signals, 8),
        (["HP:0.5Hz LP:45Hz"] * n_signals, 80),
        ([str(length) for length in lengths], 8),
        ([""] * n_signals, 32),
    ]
    header += "".join(text.ljust(width) for texts, width in columns for text in texts)
    with path.open("wb") as file:
        file.write(header.encode("ascii"))
        for record in range(n_records):
            part = digital[:, record * SFREQ : (record + 1) * SFREQ]
            file.write(np.ascontiguousarray(part).tobytes())
            note = f"+{record}\x14\x14\x00".encode()
            file.write(note.ljust(2 * ANNOTATION_SAMPLES, b"\x00"))
