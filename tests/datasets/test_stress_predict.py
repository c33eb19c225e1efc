"""Stress-Predict: no window crosses a label, and all modalities show one span."""

import numpy as np
import pytest
from _e4 import START, e4_values, write_e4
from _whole import MinusStart

from sklearn_emotion.datasets import load_stress_predict

ALL = ("bvp", "eda", "temperature", "hr")
LABEL = np.repeat(np.array([-1, 0, 1, 0], np.int8), [3, 7, 9, 6])


@pytest.fixture
def folder(tmp_path):
    content = {"scale_bvp": 0.02}
    for subject in (2, 3):
        base = 1000 * subject
        content |= {
            f"S{subject:02d}_bvp": (base + np.arange(25 * 64)).astype(np.int16),
            f"S{subject:02d}_eda": np.float32(base + np.arange(25 * 4)),
            f"S{subject:02d}_temp": np.float32(-base - np.arange(25 * 4 - 2)),
            f"S{subject:02d}_hr": np.float32(base + 4 + np.arange(21)),
            f"S{subject:02d}_hr_offset_s": 4.0,
            f"S{subject:02d}_label": LABEL,
        }
    np.savez(tmp_path / "stress_predict.npz", **content)
    return tmp_path


def load(folder, **options):
    defaults = {"subjects": [2, 3], "modalities": ALL, "window": 2.0}
    return load_stress_predict(folder, **{**defaults, **options})


def test_windows_lie_within_a_label_and_show_the_same_seconds(folder):
    dataset = load(folder)
    metadata = dataset.metadata
    # Heart rate begins at 4 s: blocks [4, 10), [10, 19) and [19, 25); the
    # temperature ends half a second early, so the last block holds two windows.
    one = metadata[metadata["subject"] == 3]
    assert one["start"].tolist() == [4] * 3 + [10] * 4 + [19] * 2
    assert one["task"].tolist() == ["rest"] * 3 + ["stress"] * 4 + ["rest"] * 2
    assert one["trial"].nunique() == 3
    for row in one.index:
        second = int(metadata.loc[row, "start"] + metadata.loc[row, "onset"])
        data = {name: array[row, 0] for name, array in dataset.data.items()}
        bvp = 0.02 * (3000 + 64 * second + np.arange(128))
        np.testing.assert_allclose(data["bvp"], bvp, rtol=1e-6)
        assert data["eda"].tolist() == (3000 + 4 * second + np.arange(8)).tolist()
        assert data["temperature"].tolist() == (-data["eda"]).tolist()
        assert data["hr"].tolist() == [3000 + second, 3001 + second]
    assert dataset.units["eda"] == "µS"


def test_without_heart_rate_the_labels_begin_earlier(folder):
    dataset = load(folder, subjects=[2], modalities=["eda"], window=3.0)
    assert dataset.metadata["start"].tolist() == [3, 3, 10, 10, 10, 19, 19]


def test_wrong_files_and_parameters_are_named(folder):
    with pytest.raises(ValueError, match=r"holds no .*S04_label"):
        load(folder, subjects=[4])
    with pytest.raises(ValueError, match="members of 2 to 35"):
        load(folder, subjects=[1])
    with pytest.raises(ValueError, match="no trial holds a window"):
        load(folder, window=20.0)
    path = folder / "stress_predict.npz"
    whole = path.read_bytes()
    for content in (b"", whole[:500], b"no archive"):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"stress_predict\.npz cannot be read"):
            load(folder)
    np.savez(path, S02_label=np.array([print]))
    with pytest.raises(ValueError, match="holds no S02_hr_offset_s"):
        load(folder, subjects=[2])
    path.unlink()
    with pytest.raises(FileNotFoundError, match="italha-d/Stress-Predict-Dataset"):
        load(folder)


def test_the_real_recordings(data_home):
    dataset = load_stress_predict(data_home, modalities=["eda", "hr"])
    assert dataset.data["eda"].shape == (1762, 1, 240)
    by_subject = dataset.metadata.groupby("subject")
    assert len(by_subject) == 34
    # Three stress tests each.
    stress = dataset.metadata[dataset.metadata["task"] == "stress"]
    assert stress.groupby("subject")["trial"].nunique().eq(3).all()
    assert 40 < dataset.data["hr"].mean() < 120


@pytest.fixture
def published(tmp_path):
    """Write recordings of 26 s, whose labels begin at 2 s, as the authors did."""
    folder = tmp_path / "Stress-Predict-Dataset"
    lines = ["Participant,HR,respr,Time(sec),Label"]
    for subject in (2, 3):
        path = folder / "Raw_data" / f"S{subject:02d}"
        write_e4(path, n_seconds=26, base=float(subject))
        labels = np.repeat([0, 1, 0], [12, 6, 6])
        lines += [f"{subject},,,{START + 2 + i},{v}" for i, v in enumerate(labels)]
    table = folder / "Processed_data" / "Improved_All_Combined_hr_rsp_binary.csv"
    table.parent.mkdir()
    table.write_text("\r\n".join([*lines, ""]))
    return folder


def test_the_published_files_are_read(published):
    dataset = load(published.parent)
    one = dataset.metadata[dataset.metadata["subject"] == 3]
    # The heart rate begins at 10 s: blocks [10, 14), [14, 20) and [20, 26).
    assert one["start"].tolist() == [10] * 2 + [14] * 3 + [20] * 3
    assert one["task"].tolist() == ["rest"] * 2 + ["stress"] * 3 + ["rest"] * 3
    stored = {"bvp": ("BVP", 0), "eda": ("EDA", 0), "temperature": ("TEMP", 0)}
    for name, (sensor, late) in {**stored, "hr": ("HR", 10)}.items():
        values = np.float32(e4_values(sensor, 26 - late, 3.0))
        rate = dataset.sfreq[name]
        for row in one.index:
            first = one["start"][row] + one["onset"][row] - late
            first, n = round(first * rate), round(2 * rate)
            np.testing.assert_array_equal(
                dataset.data[name][row, 0], values[first : first + n]
            )


def test_both_layouts_hold_the_same_recordings(data_home):
    names = [data_home / "stress_predict", data_home / "stress_predict_ppg_eda"]
    if not all(name.is_dir() for name in names):
        pytest.skip("there are not both layouts of Stress-Predict")
    one, other = (load(name, subjects=[4, 18], window=60.0) for name in names)
    assert one.metadata.equals(other.metadata)
    for name, values in one.data.items():
        if name == "bvp":
            # The single file has steps of 0.02 and is limited to 16 bits.
            limit = 0.02 * (2**15 - 1)
            values = np.clip(values, -limit, limit)
            np.testing.assert_allclose(values, other.data[name], atol=0.0105)
        else:
            np.testing.assert_array_equal(values, other.data[name])


def test_labels_that_skip_a_second_are_refused(published):
    table = published / "Processed_data" / "Improved_All_Combined_hr_rsp_binary.csv"
    lines = table.read_text().splitlines()
    table.write_text("\n".join(lines[:5] + lines[6:]))
    with pytest.raises(ValueError, match="one row per second for participant 2"):
        load(published)


def test_missing_files_of_the_published_layout_are_named(published):
    (published / "Raw_data" / "S03" / "BVP.csv").unlink()
    with pytest.raises(FileNotFoundError, match=r"S03/BVP\.csv.*pass subjects=\[2\]"):
        load(published)


def test_whole_recordings_are_preprocessed_before_they_are_cut(folder):
    plain = load(folder, modalities=["eda", "hr"])
    done = load(folder, modalities=["eda", "hr"], preprocess={"eda": MinusStart()})
    np.testing.assert_array_equal(done.data["hr"], plain.data["hr"])
    base = 1000 * plain.metadata["subject"].to_numpy()[:, np.newaxis, np.newaxis]
    np.testing.assert_array_equal(done.data["eda"], plain.data["eda"] - base)
