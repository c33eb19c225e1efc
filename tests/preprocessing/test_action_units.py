"""Tables of action units from several tools become one set of columns."""

import numpy as np
import pytest

from sklearn_emotion.preprocessing import read_action_units
from sklearn_emotion.preprocessing._action_units import ACTION_UNITS

OPENFACE = [1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45]
LIBREFACE = [1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26]
DETECTED = [1, 2, 4, 6, 7, 10, 12, 14, 15, 17, 23, 24]
PYFEAT = [u for u in ACTION_UNITS if u != 45]
DISFA = [1, 2, 4, 6, 9, 12, 25, 26]


def openface2(n=3):
    columns = ["frame", "face_id", "timestamp", "confidence", "success"]
    columns += [f"AU{u:02d}_r" for u in OPENFACE]
    columns += [f"AU{u:02d}_c" for u in sorted([*OPENFACE, 28])]
    rows = [
        [
            i + 1,
            0,
            i / 30,
            0.98,
            1,
            *(u / 10 + i / 100 for u in OPENFACE),
            *[i % 2] * 18,
        ]
        for i in range(n)
    ]
    return ", ".join(columns), rows


def pyfeat(n=3):
    columns = ["FaceRectX", "FaceScore", "Pitch"]
    columns += [f"AU{u:02d}" for u in PYFEAT]
    columns += ["anger", "input", "frame", "approx_time"]
    rows = [
        [5, 0.99, 0, *(u / 100 + i / 1000 for u in PYFEAT), 0.1, "a.mp4", i, "00:00"]
        for i in range(n)
    ]
    return ",".join(columns), rows


def openface3(n=3):
    columns = ["frame", *(f"au_{k}" for k in range(8))]
    return ",".join(columns), [
        [i, *(u / 100 + i / 1000 for u in DISFA)] for i in range(n)
    ]


def libreface(n=3):
    columns = ["", "frame_idx", "frame_time_in_ms", "path_to_frame"]
    columns += [f"au_{u}" for u in DETECTED]
    columns += [f"au_{u}_intensity" for u in LIBREFACE]
    rows = [
        [i, i, i * 33.3, "a.png", *[i % 2] * 12, *(u / 10 + i / 100 for u in LIBREFACE)]
        for i in range(n)
    ]
    return ",".join(columns), rows


TABLES = {
    "openface2": (openface2, OPENFACE, sorted([*OPENFACE, 28]), 10, 5),
    "pyfeat": (pyfeat, PYFEAT, [], 100, 1),
    "openface3": (openface3, DISFA, [], 100, 1),
    "libreface": (libreface, LIBREFACE, DETECTED, 10, 5),
}


@pytest.fixture
def write(tmp_path):
    def write(header, rows):
        path = tmp_path / "face.csv"
        lines = [header, *(",".join(map(str, row)) for row in rows)]
        path.write_text("\n".join(lines) + "\n")
        return path

    return write


@pytest.mark.parametrize("source", TABLES)
@pytest.mark.parametrize("given", ["auto", None])
def test_each_tool_is_mapped_to_the_same_columns(write, source, given):
    make, units, present, scale, high = TABLES[source]
    table = read_action_units(write(*make()), given or source)
    names = [f"AU{u:02d}" for u in ACTION_UNITS]
    assert list(table) == names + [f"{name}_present" for name in names]
    assert table.index.tolist() == [0, 1, 2]
    assert table.attrs["source"] == source
    assert table.attrs["unit"].endswith(f"0 to {high}")
    for unit in ACTION_UNITS:
        value, there = table[f"AU{unit:02d}"], table[f"AU{unit:02d}_present"]
        if unit in units:
            expected = unit / scale + np.arange(3) / (10 * scale)
            np.testing.assert_allclose(value, expected, rtol=1e-12)
        else:
            assert value.isna().all()
        assert there.isna().all() if unit not in present else list(there) == [0, 1, 0]


def test_frames_without_a_face_have_no_values(write):
    header, rows = openface2(5)
    rows[1][4], rows[3][3] = 0, 0.5
    table = read_action_units(write(header, rows))
    assert table["AU01"].isna().tolist() == [False, True, False, True, False]
    assert table["AU12_present"].isna().tolist() == [False, True, False, True, False]
    assert (
        read_action_units(write(header, rows), min_confidence=0.4).notna().sum()["AU01"]
        == 4
    )
    header, rows = pyfeat(4)
    rows[0][:3], rows[0][3:-3] = [""] * 3, [""] * (len(rows[0]) - 6)
    rows[2][1] = 0.2
    table = read_action_units(write(header, rows))
    assert table["AU43"].isna().tolist() == [True, False, True, False]
    header, rows = libreface(5)
    table = read_action_units(write(header, [rows[1], rows[4]]))
    assert table["AU26"].isna().tolist() == [True, False, True, True, False]


def test_older_versions_of_py_feat_have_fewer_units(write):
    header, rows = pyfeat()
    kept = [i for i, name in enumerate(header.split(",")) if name != "AU43"]
    header = ",".join(np.array(header.split(","))[kept])
    table = read_action_units(write(header, [[row[i] for i in kept] for row in rows]))
    assert table["AU43"].isna().all()
    assert table["AU28"].notna().all()


def test_what_is_no_such_table_is_named(write):
    with pytest.raises(ValueError, match="is not recognized as a table of openface2"):
        read_action_units(write("frame,AU01_r,AU08_r", [[0, 1, 1]]))
    with pytest.raises(ValueError, match="source must be 'auto' or one of"):
        read_action_units(write(*pyfeat()), "openface")
    with pytest.raises(ValueError, match=r"lacks the columns .*AU01_r.*-aus"):
        read_action_units(write(*pyfeat()), "openface2")
    with pytest.raises(ValueError, match="contains no action units; save the Fex"):
        read_action_units(write("frame,FaceScore", [[0, 0.9]]))
    header, rows = pyfeat()
    with pytest.raises(ValueError, match=r"each frame once.*several faces"):
        read_action_units(write(header, [rows[0], *rows]))
    rows[1][3] = 3.5
    with pytest.raises(ValueError, match="'AU01' must be numbers from 0 to 1, got"):
        read_action_units(write(header, rows))
    header, rows = openface2()
    with pytest.raises(ValueError, match="shows no face with confidence"):
        read_action_units(write(header, [[*r[:4], 0, *r[5:]] for r in rows]))
    rows[-1][0] = 900_000_000
    with pytest.raises(ValueError, match="has no rows for 899999997 of 900000000"):
        read_action_units(write(header, rows))
