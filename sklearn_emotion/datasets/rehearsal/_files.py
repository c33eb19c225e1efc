"""Files in the formats of published data sets."""

import struct
from io import BytesIO

import numpy as np

# BioSemi's limits. One stored step is 1/32 µV.
BDF_LIMIT = 262144
STORED = 8388608

GAZE = tuple(f"gaze_{eye}_{axis}" for eye in (0, 1) for axis in "xyz")
POSE = tuple(f"pose_{kind}{axis}" for kind in "TR" for axis in "xyz")
UNITS = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45)
OPENFACE_COLUMNS = (
    *("frame", "face_id", "timestamp", "confidence", "success"),
    *GAZE,
    *("gaze_angle_x", "gaze_angle_y"),
    *POSE,
    *(f"AU{unit:02d}_r" for unit in UNITS),
    *(f"AU{unit:02d}_c" for unit in sorted([*UNITS, 28])),
)


def write_bdf(path, channels, sfreq, *, status=None, status_name="Status", **header):
    """Write channels and triggers to a BDF file, in records of one second.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    channels : dict of str to ndarray of int of shape (n_times,)
        Stored values. A channel that is shorter than the first one has a lower rate.
    sfreq : int
        Rate of the first channel in Hz.
    status : ndarray of int of shape (n_times,), default=None
        Stored values of the Status channel, which comes last.
    status_name : str, default="Status"
        Its name.
    **header : dict
        ``units`` and ``limits`` by channel, and texts that replace the right ones:
        ``n_records``, ``continuity``. The stored values from -2 ** 23 to 2 ** 23 stand
        for the values from -limit to limit, and by default a limit is 262144.
    """
    units, limits = header.get("units", {}), header.get("limits", {})
    names, signals = list(channels), list(channels.values())
    if status is not None:
        names, signals = [*names, status_name], [*signals, status]
    n_records = len(signals[0]) // sfreq
    lengths = [len(signal) // n_records for signal in signals]
    n = len(names)
    ends = [limits.get(name, BDF_LIMIT) for name in names]
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
        ([str(-end) for end in ends], 8),
        ([str(end) for end in ends], 8),
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


def to_stored(values, limit=BDF_LIMIT):
    """Return the whole numbers that stand for values in a BDF file."""
    steps = np.rint(np.asarray(values, np.float64) * (STORED / limit))
    return np.clip(steps, 1 - STORED, STORED - 1).astype(np.int32)


def python2_pickle(arrays):
    """Return a dict of arrays as pickled by Python 2."""
    file = BytesIO()
    write_python2_pickle(file, arrays)
    return file.getvalue()


def write_python2_pickle(file, arrays):
    """Write a dict of arrays as Python 2 pickles it: protocol 2 with byte strings.

    The content of an array is written without a copy in memory.
    """
    file.write(b"\x80\x02}(")
    for name, array in arrays.items():
        array = np.ascontiguousarray(array)
        code = array.dtype.str[1:].encode()
        head = [
            _short(name.encode()),
            b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85",
            _short(b"b") + b"\x87R(K\x01",
            b"".join(b"J" + struct.pack("<i", size) for size in array.shape),
            {2: b"\x86", 3: b"\x87"}[array.ndim],
            b"cnumpy\ndtype\n" + _short(code) + b"K\x00K\x01\x87R(K\x03",
            _short(b"<") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89",
            b"T" + struct.pack("<i", array.nbytes),
        ]
        file.write(b"".join(head))
        file.write(array.data)
        file.write(b"tb")
    file.write(b"u.")


def _short(text):
    return b"U" + bytes([len(text)]) + text


def write_video(path, frames, n_frames, *, rate, shown):
    """Write frames to a video, with MPEG-4 as its codec.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    frames : ndarray of uint8 of shape (n_drawn, height, width, 3)
        RGB frames. Height and width must be even.
    n_frames : int
        Number of frames in the video.
    rate : int
        Rate in Hz that the video states.
    shown : ndarray of int of shape (n_frames,)
        Number of the drawn frame that each frame of the video shows.
    """
    import av
    from av.video.reformatter import VideoReformatter

    # A single converter is faster than the converter that each frame would make.
    converter = VideoReformatter()
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=rate)
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt, stream.bit_rate = "yuv420p", 800_000
        # The bytes would depend on the number of threads.
        stream.thread_count = 1
        picture, last = None, None
        for number in range(n_frames):
            if shown[number] != last:
                last = shown[number]
                picture = av.VideoFrame.from_ndarray(frames[last], format="rgb24")
                picture = converter.reformat(picture, format="yuv420p")
            picture.pts = None
            container.mux(stream.encode(picture))
        container.mux(stream.encode())


def write_openface(path, values, shown, *, rate, rng):
    """Write a table as OpenFace 2.2 writes it with ``-pose -gaze -aus``.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    values : ndarray of shape (n_drawn, 29)
        Position (3), rotation (3), gaze of both eyes (6) and 17 action units of each
        drawn frame.
    shown : ndarray of int of shape (n_frames,)
        Number of the drawn frame that each frame of the video shows.
    rate : float
        Frames per second of the video.
    rng : numpy.random.Generator
        Generator that draws the frames without a face, about one in a hundred. They
        contain zeros, as in OpenFace's tables.
    """
    pose, gaze, units = values[:, :6], values[:, 6:12], values[:, 12:]
    angles = (gaze[:, :2] + gaze[:, 3:5]) / 2
    present = (units > 1).astype(float)
    place = sum(unit < 28 for unit in UNITS)
    present = np.insert(present, place, 0.0, axis=1)
    seen = rng.uniform(size=len(values)) > 0.01
    rows = np.concatenate([gaze, angles, pose, units, present], axis=1)
    rows[~seen] = 0
    texts = [
        f"{0.98 if is_seen else 0.02:.2f}, {int(is_seen)}, "
        + ", ".join(f"{value:.3f}" for value in row)
        for row, is_seen in zip(rows.tolist(), seen)
    ]
    lines = [", ".join(OPENFACE_COLUMNS)]
    lines += [
        f"{number + 1}, 0, {number / rate:.3f}, {texts[drawn]}"
        for number, drawn in enumerate(shown)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="ascii")
