"""OpenFace's table becomes 29 features a window."""

import numpy as np
import pytest
from _openface import COLUMNS

from sklearn_emotion.preprocessing import read_openface
from sklearn_emotion.preprocessing._openface import OPENFACE_FEATURES


def rows(n_frames=12):
    """The value of a feature is its column plus the frame over 100."""
    values = np.arange(len(COLUMNS)) + np.arange(n_frames)[:, np.newaxis] / 100
    values[:, :5] = [[i + 1, 0, i / 4, 0.98, 1] for i in range(n_frames)]
    return values


def write(path, values, separator=", ", columns=COLUMNS):
    lines = [separator.join(columns)]
    lines += [separator.join(f"{v:g}" for v in row) for row in values]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def path(tmp_path):
    return tmp_path / "face.csv"


def test_there_are_29_features():
    assert len(OPENFACE_FEATURES) == 29
    assert OPENFACE_FEATURES[:4] == ("pose_Tx", "pose_Ty", "pose_Tz", "pose_Rx")
    assert OPENFACE_FEATURES[6] == "gaze_0_x"
    assert OPENFACE_FEATURES[12] == "AU01_r"


@pytest.mark.parametrize("separator", [", ", ","])
def test_windows_are_means_over_frames(path, separator):
    write(path, rows(), separator)
    features, n_interpolated = read_openface(path, sfreq=5.0, window=1.0)
    assert features.shape == (2, 29)
    assert features.dtype == np.float32
    assert n_interpolated == 0
    column = np.array([COLUMNS.index(name) for name in OPENFACE_FEATURES])
    # Means of frames 0 to 4 and 5 to 9; the last two are dropped.
    np.testing.assert_allclose(features[0], column + 0.02, rtol=1e-5)
    np.testing.assert_allclose(features[1], column + 0.07, rtol=1e-5)


def test_frames_without_a_face_are_interpolated_and_counted(path):
    values = rows()
    values[0, 5:], values[0, 4] = 99, 0
    values[5, 5:], values[5, 3] = 99, 0.5
    values[6, 5:] = np.nan
    write(path, values)
    features, n_interpolated = read_openface(path, sfreq=5.0, window=None)
    assert n_interpolated == 3
    assert features.shape == (12, 29)
    column = np.array([COLUMNS.index(name) for name in OPENFACE_FEATURES])
    np.testing.assert_allclose(features[0], column + 0.01, rtol=1e-5)
    np.testing.assert_allclose(features[5], column + 0.05, rtol=1e-5)
    np.testing.assert_allclose(features[6], column + 0.06, rtol=1e-5)


def test_what_is_no_table_of_one_face_is_named(path):
    path.write_text("")
    with pytest.raises(ValueError, match="cannot be read as a table"):
        read_openface(path, sfreq=5.0)
    write(path, rows()[:, :-3], columns=COLUMNS[:-3])
    with pytest.raises(ValueError, match=r"lacks the columns \['AU45_r'\].*-aus"):
        read_openface(path, sfreq=5.0)
    write(path, np.concatenate([rows(), rows()]))
    with pytest.raises(ValueError, match="each frame once and in order"):
        read_openface(path, sfreq=5.0)
    values = rows()
    values[:, 4] = 0
    write(path, values)
    with pytest.raises(ValueError, match=r"shows no face with confidence 0\.8"):
        read_openface(path, sfreq=5.0)
    write(path, rows())
    with pytest.raises(ValueError, match=r"window=3\.0 s is longer than the sample"):
        read_openface(path, sfreq=5.0)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("1e3080000000", "'pose_Tx' must be numbers"),
        ("1e300", "'pose_Tx' must be numbers"),
        ("far", "'pose_Tx' must be numbers .* got 'far' in line 3"),
    ],
)
def test_cells_that_are_no_measurements_are_named(path, text, match):
    write(path, rows())
    lines = path.read_text().split("\n")
    cells = lines[2].split(", ")
    cells[COLUMNS.index("pose_Tx")] = text
    path.write_text("\n".join([*lines[:2], ", ".join(cells), *lines[3:]]))
    with pytest.raises(ValueError, match=rf"face\.csv: column {match}"):
        read_openface(path, sfreq=5.0, window=1.0)


def test_a_blank_last_row_is_no_frame(path):
    write(path, rows())
    expected, _ = read_openface(path, sfreq=5.0, window=1.0)
    path.write_text(path.read_text() + "," * (len(COLUMNS) - 1) + "\n")
    features, n_interpolated = read_openface(path, sfreq=5.0, window=1.0)
    np.testing.assert_array_equal(features, expected)
    assert n_interpolated == 0
