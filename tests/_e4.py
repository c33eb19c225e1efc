"""Files of a wristband, as its maker exports them."""

import numpy as np

RATES = {"ACC": 32, "BVP": 64, "EDA": 4, "TEMP": 4, "HR": 1}
START = 1_600_000_000


def e4_values(name, n_seconds, base=0.0):
    """Return increasing values of a sensor as its file states them."""
    n = round(n_seconds * RATES[name])
    if name == "ACC":
        return np.arange(3 * n).reshape(n, 3) % 128 - 64
    low, step = {"BVP": (-5, 0.01), "EDA": (1, 0.001), "TEMP": (30, 0.01)}.get(
        name, (60, 0.25)
    )
    return np.round(low + base + step * (np.arange(n) % 100), 3)


def write_e4(folder, *, start=START, n_seconds=40, base=0.0, tags=(), eol="\r\n"):
    """Write a session. The heart rate starts 10 s later than the other sensors."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rate in RATES.items():
        begin = start + 10 if name == "HR" else start
        seconds = n_seconds - 10 if name == "HR" else n_seconds
        rows = np.atleast_2d(e4_values(name, seconds, base).T).T
        width = rows.shape[1]
        lines = [
            ", ".join([f"{begin:.6f}"] * width),
            ", ".join([f"{rate:.6f}"] * width),
        ]
        lines += [",".join(f"{value:g}" for value in row) for row in rows]
        (folder / f"{name}.csv").write_text(eol.join([*lines, ""]), newline="")
    beats = [f"{start:.6f}, IBI", "5.500000,0.812500", "6.250000,0.750000"]
    (folder / "IBI.csv").write_text(eol.join([*beats, ""]), newline="")
    text = "".join(f"{tag}{eol}" for tag in tags)
    (folder / "tags.csv").write_text(text, newline="")
    return folder
