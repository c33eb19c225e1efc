"""Writes files in the layout of DEAP, pickles in the manner of Python 2."""

import struct

import numpy as np

SCALES = ["Valence", "Arousal", "Dominance", "Liking", "Familiarity"]


def python2_pickle(arrays):
    """Protocol 2 with byte strings, as cPickle of Python 2 writes a dict of arrays."""
    out = [b"\x80\x02}("]
    for name, array in arrays.items():
        array = np.ascontiguousarray(array)
        code = array.dtype.str[1:].encode()
        out += [
            _short(name.encode()),
            b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85",
            _short(b"b") + b"\x87R(K\x01",
            b"".join(b"J" + struct.pack("<i", size) for size in array.shape),
            {2: b"\x86", 3: b"\x87"}[array.ndim],
            b"cnumpy\ndtype\n" + _short(code) + b"K\x00K\x01\x87R(K\x03",
            _short(b"<") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89",
            b"T" + struct.pack("<i", array.nbytes) + array.tobytes(),
            b"tb",
        ]
    return b"".join([*out, b"u."])


def _short(text):
    return b"U" + bytes([len(text)]) + text


def ratings_table(ratings, presentation, familiarity):
    """Rows in presentation order; `presentation[s]` is the place of each video."""
    rows = ["Participant_id,Trial,Experiment_id,Start_time," + ",".join(SCALES)]
    for subject, values in ratings.items():
        for video in np.argsort(presentation[subject]):
            scales = [f"{value:g}" for value in values[video]]
            scales.append(str(familiarity.get(subject, "")))
            trial = presentation[subject][video]
            start = 1_000_000 * (trial * 70)
            head = [subject, trial, video + 1, start]
            rows.append(",".join([*map(str, head), *scales]))
    return "\n".join(rows) + "\n"
