"""Recordings of a wristband: values, clocks, sessions, gaps and damage."""

import shutil
import zipfile

import numpy as np
import pandas as pd
import pytest
from _e4 import RATES, START, e4_values, write_e4
from _whole import MinusStart

from sklearn_emotion import BandpassFilter
from sklearn_emotion.datasets import read_e4

STORED = {"bvp": "BVP", "eda": "EDA", "temperature": "TEMP"}


def test_values_units_and_clocks(tmp_path):
    recording = read_e4(write_e4(tmp_path / "s", tags=[START + 12.5, START + 20]))
    for name, stored in STORED.items():
        assert recording.sfreq[name] == RATES[stored]
        expected = np.float32(e4_values(stored, 40))
        np.testing.assert_array_equal(recording.signals[name], expected[None])
    # 64 steps are the acceleration of gravity.
    acceleration = recording.signals["acceleration"]
    np.testing.assert_array_equal(acceleration.T, e4_values("ACC", 40) / 64)
    assert recording.starts["hr"] == START + 10
    assert (recording.start, recording.stop) == (START + 10, START + 40)
    assert recording.tags.tolist() == [START + 12.5, START + 20]
    assert recording.beats["time"].tolist() == [START + 5.5, START + 6.25]
    assert recording.beats["interval"].tolist() == [0.8125, 0.75]
    assert not recording.problems


def test_an_archive_holds_the_same_as_a_folder(tmp_path):
    folder = write_e4(tmp_path / "s", eol="\n")
    archive = shutil.make_archive(tmp_path / "1600000000_A01F11", "zip", folder)
    one, other = read_e4(folder), read_e4(archive)
    for name, signal in one.signals.items():
        np.testing.assert_array_equal(signal, other.signals[name])


def test_parts_of_all_signals_show_the_same_seconds(tmp_path):
    recording = read_e4(write_e4(tmp_path / "s"))
    part = recording.between(START + 12, START + 15)
    assert (
        part["bvp"].tolist() == recording.signals["bvp"][:, 12 * 64 : 15 * 64].tolist()
    )
    assert part["hr"].tolist() == recording.signals["hr"][:, 2:5].tolist()
    with pytest.raises(ValueError, match="are asked for"):
        recording.between(START + 5, START + 15)


def test_sessions_are_joined_with_nan_between_them(tmp_path):
    write_e4(tmp_path / "b", start=START + 60, base=1.0)
    write_e4(tmp_path / "a")
    with pytest.warns(UserWarning, match="nothing was recorded for 20 s"):
        recording = read_e4(tmp_path)
    eda = recording.signals["eda"][0]
    assert len(eda) == 4 * 100
    np.testing.assert_array_equal(eda[:160], np.float32(e4_values("EDA", 40)))
    assert np.isnan(eda[160:240]).all()
    np.testing.assert_array_equal(eda[240:], np.float32(e4_values("EDA", 40, 1.0)))
    assert recording.gaps == [(START + 40, START + 60)]
    assert len(recording.beats) == 4


def test_sessions_that_overlap_or_lie_far_apart_are_refused(tmp_path):
    write_e4(tmp_path / "a")
    write_e4(tmp_path / "b", start=START + 30)
    with pytest.raises(ValueError, match="overlap"):
        read_e4(tmp_path)
    write_e4(tmp_path / "b", start=START + 86400 * 8)
    with pytest.raises(ValueError, match="more than 7 days"):
        read_e4(tmp_path)


def test_windows_of_periods_have_their_labels(tmp_path):
    recording = read_e4(write_e4(tmp_path / "s"))
    periods = pd.DataFrame(
        {
            "start": [START + 11.0, START + 20.0],
            "stop": [START + 18.0, START + 29.0],
            "task": ["rest", "stress"],
        }
    )
    dataset = recording.to_dataset(periods, subject=7, window=3.0)
    metadata = dataset.metadata
    assert metadata["trial"].tolist() == [0, 0, 1, 1, 1]
    assert metadata["onset"].tolist() == [0.0, 3.0, 0.0, 3.0, 6.0]
    assert (metadata["subject"] == 7).all()
    assert dataset.target("task").tolist() == ["rest"] * 2 + ["stress"] * 3
    whole = recording.signals["eda"][0]
    for row in metadata.index:
        first = round((metadata["start"][row] + metadata["onset"][row] - START) * 4)
        np.testing.assert_array_equal(dataset.data["eda"][row, 0], whole[first:][:12])
    assert dataset.units == {"bvp": "a.u.", "eda": "µS", "temperature": "°C"}


def test_windows_in_a_gap_are_left_out(tmp_path):
    write_e4(tmp_path / "b", start=START + 60)
    write_e4(tmp_path / "a")
    with pytest.warns(UserWarning, match="nothing was recorded"):
        recording = read_e4(tmp_path)
    periods = pd.DataFrame({"start": [START + 20.0], "stop": [START + 90.0]})
    dataset = recording.to_dataset(periods, "p", window=10.0)
    assert dataset.metadata["onset"].tolist() == [0, 10, 40, 50, 60]


def test_a_recording_of_mne_has_si_units_and_annotations(tmp_path):
    pytest.importorskip("mne")
    recording = read_e4(write_e4(tmp_path / "s", tags=[START + 12.5]))
    raw = recording.to_raw("eda")
    assert raw.info["sfreq"] == 4
    assert raw.get_channel_types() == ["gsr"]
    expected = 1e-6 * recording.signals["eda"].astype(float)
    np.testing.assert_allclose(raw.get_data(), expected, rtol=1e-12)
    assert raw.annotations.description.tolist() == ["tag"]
    assert raw.annotations.onset.tolist() == [12.5]
    assert raw.info["meas_date"].timestamp() == START


def test_wrong_clocks_and_sensors_without_contact_are_named(tmp_path):
    folder = write_e4(tmp_path / "s", tags=[START + 20 - 43200, START + 21])
    lines = (folder / "EDA.csv").read_text().split()
    (folder / "EDA.csv").write_text("\n".join(lines[:2] + ["0.01"] * 160))
    match = "below 0.05 µS in 100%.*1 of 2 button presses lie outside.*12 hours later"
    with pytest.warns(UserWarning, match=match):
        recording = read_e4(folder)
    assert len(recording.problems) == 2


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("EDA.csv", "", "has no values"),
        (
            "EDA.csv",
            "1600000000\n8.0\n1.0\n",
            "states 8 Hz, but an E4 records eda at 4",
        ),
        ("EDA.csv", "1600000000\n4.0\nx\n", "cannot be read"),
        ("EDA.csv", "1600000000\n4.0\nnan\n", "finite"),
        ("EDA.csv", "16\n4.0\n1.0\n", "Unix times"),
        (
            "ACC.csv",
            "1600000000, 1600000000, 1600000000\n32, 32, 32\n1,2\n",
            "3 numbers",
        ),
        ("BVP.csv", "1600000000\n64.0\n1e999\n", "finite"),
        ("IBI.csv", "1600000000, IBI\n2.0,0.8\n1.0,0.8\n", "increase"),
        ("tags.csv", "soon\n", "button presses"),
    ],
)
def test_damaged_files_are_named(tmp_path, name, content, match):
    folder = write_e4(tmp_path / "s")
    (folder / name).write_text(content)
    with pytest.raises(ValueError, match=match) as caught:
        read_e4(folder)
    assert str(folder / name) in str(caught.value)


def test_missing_sensors_and_folders_are_named(tmp_path):
    folder = write_e4(tmp_path / "s")
    (folder / "TEMP.csv").unlink()
    with pytest.raises(FileNotFoundError, match=r"lacks TEMP\.csv"):
        read_e4(folder)
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="contains no session of an E4"):
        read_e4(tmp_path / "empty")
    with pytest.raises(FileNotFoundError, match="no folder or archive"):
        read_e4(tmp_path / "nowhere")


def test_wrong_periods_are_named(tmp_path):
    recording = read_e4(write_e4(tmp_path / "s"))
    with pytest.raises(ValueError, match="'start' and 'stop'"):
        recording.to_dataset(pd.DataFrame({"onset": [1.0]}), 1)
    late = pd.DataFrame({"start": [START + 20.0], "stop": [START + 90.0]})
    with pytest.raises(ValueError, match="are asked for"):
        recording.to_dataset(late, 1, window=2.0)
    short = pd.DataFrame({"start": [START + 20.0], "stop": [START + 21.0]})
    with pytest.raises(ValueError, match="No window of 2 s"):
        recording.to_dataset(short, 1, window=2.0)


def test_each_session_is_preprocessed_alone(tmp_path):
    write_e4(tmp_path / "b", start=START + 60, base=1.0)
    write_e4(tmp_path / "a")
    with pytest.warns(UserWarning, match="nothing was recorded"):
        recording = read_e4(tmp_path)
    periods = pd.DataFrame(
        {"start": [START + 20.0, START + 70.0], "stop": [START + 90.0, START + 90.0]}
    )
    options = {"modalities": ("eda", "temperature"), "window": 10.0}
    step = {"eda": MinusStart()}
    dataset = recording.to_dataset(periods, "p", **options, preprocess=step)
    plain = recording.to_dataset(periods, "p", **options)
    is_second = plain.metadata["start"] + plain.metadata["onset"] >= START + 60
    base = np.where(is_second, 2.0, 1.0)[:, None, None]
    np.testing.assert_allclose(dataset.data["eda"] + base, plain.data["eda"], rtol=1e-6)
    temperature = plain.data["temperature"]
    np.testing.assert_array_equal(dataset.data["temperature"], temperature)
    with pytest.raises(ValueError, match="'eda' is sampled at 4 Hz"):
        recording.to_dataset(periods, "p", preprocess=BandpassFilter(sfreq=64.0))


def zipped(path, folder, place="{}"):
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        for file in folder.iterdir():
            archive.write(file, place.format(file.name))
    return path


def test_attributes_of_macos_are_passed_over(tmp_path):
    folder = write_e4(tmp_path / "s")
    expected = read_e4(folder)
    attributes = tmp_path / "attributes"
    attributes.mkdir()
    (attributes / "BVP.csv").write_bytes(b"attributes")
    home = tmp_path / "home"
    home.mkdir()
    archive = zipped(home / "a.zip", folder, "1600000000_A01F11/{}")
    zipped(archive, attributes, "__MACOSX/{}")
    zipped(archive, attributes, "1600000000_A01F11/._{}")
    (home / "._a.zip").write_bytes(b"attributes")
    recording = read_e4(home)
    for name, signal in expected.signals.items():
        np.testing.assert_array_equal(recording.signals[name], signal)


def test_notes_in_several_folders_of_an_archive_are_passed_over(tmp_path):
    archive = zipped(tmp_path / "a.zip", write_e4(tmp_path / "s"), "one/{}")
    with zipfile.ZipFile(archive, "a") as file:
        for name in ("notes.txt", "one/notes.txt"):
            file.writestr(name, "text")
    assert read_e4(archive).start == read_e4(tmp_path / "s").start


def test_two_sessions_in_one_archive_are_named(tmp_path):
    archive = zipped(tmp_path / "a.zip", write_e4(tmp_path / "s"), "one/{}")
    zipped(archive, write_e4(tmp_path / "t", start=START + 60), "two/{}")
    with pytest.raises(ValueError, match=r"a\.zip .* contains .*\.csv twice"):
        read_e4(archive)


def test_a_file_that_unpacks_to_far_more_is_named(tmp_path):
    folder = write_e4(tmp_path / "s")
    (folder / "EDA.csv").write_bytes(b"0" * 2**25)
    archive = zipped(tmp_path / "a.zip", folder)
    with pytest.raises(ValueError, match=r"EDA\.csv .* states 33554432 bytes"):
        read_e4(archive)


@pytest.mark.parametrize("cell", ["1_0", "\u0661\u0660"])
def test_other_notations_of_numbers_are_named(tmp_path, cell):
    folder = write_e4(tmp_path / "s")
    path = folder / "EDA.csv"
    path.write_text(path.read_text().replace("1.005", cell, 1), encoding="utf-8")
    with pytest.raises(ValueError, match=r"EDA\.csv .*other signs than digits"):
        read_e4(folder)


def test_all_ends_of_lines_are_read(tmp_path):
    expected = read_e4(write_e4(tmp_path / "s"))
    for number, eol in enumerate(("\n", "\r")):
        recording = read_e4(write_e4(tmp_path / str(number), eol=eol))
        assert recording.beats.equals(expected.beats)
        np.testing.assert_array_equal(recording.signals["bvp"], expected.signals["bvp"])
