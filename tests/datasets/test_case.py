"""CASE: runs of films, ratings of the same time, lag, and damaged files."""

import numpy as np
import pytest
from _whole import MinusStart

from sklearn_emotion.datasets import load_case

# Seconds of each code: film 5 and film 3 with blue screens around them.
RUNS = [(10, 0.5), (11, 1.012), (5, 4.0), (11, 0.5), (3, 3.03), (11, 1.0), (12, 0.2)]
COLUMNS = ("ecg", "bvp", "gsr", "rsp", "skt", "emg_zygo", "emg_coru", "emg_trap")


def codes():
    return np.concatenate([np.full(round(1000 * s), code) for code, s in RUNS])


def write(folder, subject=1):
    """Signals are the time in s plus 100 times the column; valence is time / 4 + 1."""
    video = codes()
    seconds = np.arange(len(video)) / 1000
    table = [1000 * seconds, *(seconds + 100 * i for i in range(8)), video]
    kinds = {"physiological": (("daqtime", *COLUMNS, "video"), table)}
    late = np.arange(0, len(video), 50)
    rows = [50.0 * np.arange(len(late)), 1 + late / 4000, 9 - late / 4000, video[late]]
    kinds["annotations"] = (("jstime", "valence", "arousal", "video"), rows)
    paths = {}
    for kind, (header, columns) in kinds.items():
        path = folder / "CASE" / "data" / "interpolated" / kind / f"sub_{subject}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [",".join(f"{value:g}" for value in row) for row in zip(*columns)]
        path.write_text("\n".join([",".join(header), *lines, ""]))
        paths[kind] = path
    return paths


@pytest.fixture
def home(tmp_path):
    write(tmp_path)
    return tmp_path


@pytest.mark.parametrize("lag", [0.0, 0.5])
def test_windows_show_one_time_in_signals_and_ratings(home, lag):
    dataset = load_case(
        home, subjects=[1], modalities=("ecg", "emg"), window=1.0, lag=lag
    )
    metadata = dataset.metadata
    assert metadata["stimulus"].tolist() == [5, 5, 5, 3, 3]
    assert metadata["emotion"].tolist() == ["relaxed"] * 3 + ["boring"] * 2
    assert metadata["trial"].nunique() == 2
    # Films start at 1.512 and 6.012 s, and the next ratings are at 1.55 and 6.05 s.
    starts = [1.55, 2.55, 3.55, 6.05, 7.05]
    for row, start in enumerate(starts):
        times = start + np.arange(1000) / 1000
        found = dataset.data["ecg"][row, 0]
        np.testing.assert_allclose(found, times, atol=1e-5)
        found = dataset.data["emg"][row]
        expected = np.add(times, [[500], [600], [700]])
        # Steps of float32 near 700 are 6e-5, and a sample later differs by 1e-3.
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4)
        rated = start + lag + np.arange(20) / 20
        valence, arousal = dataset.data["ratings"][row]
        np.testing.assert_allclose(valence, 1 + rated / 4, atol=1e-5)
        np.testing.assert_allclose(arousal, 9 - rated / 4, atol=1e-5)
        assert metadata["valence"][row] == pytest.approx(valence.mean(), abs=1e-6)
    y = dataset.target("valence", threshold=None)
    np.testing.assert_array_equal(y, metadata["valence"])


@pytest.mark.parametrize(
    ("kind", "old", "new", "match"),
    [
        ("physiological", "ecg", "heart", r"lacks the columns \['ecg'\]"),
        ("physiological", "\n2,", "\n2.5,", "must increase by 1 ms"),
        ("annotations", "\n100,", "\nx,", "another kind"),
        ("annotations", "8.9875", "9.9875", "from 0.5 to 9.5"),
        ("annotations", "8.9875", "1e999", "finite"),
        # A decimal comma would move the values to other columns.
        ("physiological", ",100.0", ",100,0", "not all of its rows have 10 cells"),
        ("physiological", "\n2,", "\n#2,", "another kind"),
        ("physiological", "bvp", "ecg", r"several columns with the names \['ecg'\]"),
    ],
)
def test_damaged_files_are_named(home, kind, old, new, match):
    path = write(home)[kind]
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(ValueError, match=match) as caught:
        load_case(home, subjects=[1])
    assert str(path) in str(caught.value)


def test_missing_files_and_wrong_parameters_are_named(home):
    with pytest.raises(FileNotFoundError, match=r"sub_2\.csv.*subjects=\[1\]"):
        load_case(home, subjects=[1, 2])
    with pytest.raises(ValueError, match="lag must be"):
        load_case(home, lag=-1)
    with pytest.raises(ValueError, match="modalities must be"):
        load_case(home, modalities="eeg")


def test_whole_sessions_are_preprocessed(home):
    options = {"subjects": [1], "modalities": ("ecg", "emg"), "window": 1.0}
    dataset = load_case(home, **options, preprocess={"emg": MinusStart()})
    plain = load_case(home, **options)
    # The first value of a column is 100 times its number.
    found = dataset.data["emg"] + np.float32([[500], [600], [700]])
    np.testing.assert_allclose(found, plain.data["emg"], rtol=1e-6)
    np.testing.assert_array_equal(dataset.data["ecg"], plain.data["ecg"])
    np.testing.assert_array_equal(dataset.data["ratings"], plain.data["ratings"])
