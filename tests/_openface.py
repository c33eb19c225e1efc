"""Writes tables as OpenFace 2.2 writes them."""

from sklearn_emotion.preprocessing._openface import OPENFACE_FEATURES

COLUMNS = ["frame", "face_id", "timestamp", "confidence", "success"]
COLUMNS += [f"gaze_{eye}_{axis}" for eye in (0, 1) for axis in "xyz"]
COLUMNS += ["gaze_angle_x", "gaze_angle_y"]
COLUMNS += [f"pose_{kind}{axis}" for kind in "TR" for axis in "xyz"]
COLUMNS += [name for name in OPENFACE_FEATURES if name.startswith("AU")]
COLUMNS += ["AU28_c", "AU45_c"]


def write_openface(path, values, rate, *, failed=(), separator=", ", first=1):
    """Write the same value of each frame into all columns of features.

    `failed` frames, counted from 0, have success 0 and values of 1e6.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [separator.join(COLUMNS)]
    for number, value in enumerate(values):
        seen = int(number not in failed)
        row = [f"{number + first}", "0", f"{(number + first - 1) / rate:.3f}"]
        row += [f"{0.98 * seen:g}", f"{seen}"]
        row += [f"{value if seen else 1e6:g}"] * (len(COLUMNS) - len(row))
        lines.append(separator.join(row))
    path.write_text("\n".join(lines) + "\n")
    return path
