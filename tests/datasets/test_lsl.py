"""Files of LabRecorder: streams on one clock, units, markers and what is left out."""

import gzip
import struct

import numpy as np
import pytest
from _headsets import sine, stream, write_xdf

from sklearn_emotion.datasets import EmotionDataset, _lsl, read_xdf

pytest.importorskip("mne")
pytest.importorskip("pyxdf", reason="needs the extra lsl")

NAMES = ["Fz", "Cz"]
# The clock of LSL is not wall time.
CLOCK = 5000.0


def eeg(n=1000, rate=250, first=0.0, units=("microvolts",) * 2, **options):
    times = CLOCK + first + np.arange(n) / rate
    options = {"labels": NAMES, "units": units, "rate": rate, **options}
    return stream("Amp", "EEG", times, sine(n, rate, 2), **options)


def marks(*pairs):
    times, texts = zip(*[(CLOCK + t, text) for t, text in pairs])
    return stream("Marks", "Markers", times, texts, rate=0, form="string")


def test_signals_are_in_volts_and_markers_are_annotations(tmp_path):
    path = write_xdf(tmp_path / "a.xdf", [marks((2.0, "film"), (3.5, "end")), eeg()])
    raws = read_xdf(path)
    assert list(raws) == ["Amp"]
    raw = raws["Amp"]
    assert raw.ch_names == NAMES
    assert raw.info["sfreq"] == 250
    np.testing.assert_allclose(raw.get_data(), 1e-6 * sine(1000, 250, 2).T, rtol=1e-12)
    # Time stamps of about 5000 s have steps of 1e-12 s.
    np.testing.assert_allclose(raw.annotations.onset, [2.0, 3.5], atol=1e-6)
    assert raw.annotations.description.tolist() == ["film", "end"]


def test_streams_are_aligned_by_their_first_samples(tmp_path):
    times = CLOCK + 1.0 + np.arange(240) / 60
    ramp = np.arange(240.0)[:, None]
    gsr = stream(
        "Wrist", "GSR", times, ramp, rate=60, labels=["EDA"], units=["microsiemens"]
    )
    path = write_xdf(tmp_path / "a.xdf", [eeg(1250), gsr, marks((2.0, "film"))])
    raws = read_xdf(path)
    assert raws["Amp"].info["meas_date"].timestamp() == 1_600_000_000
    dataset = EmotionDataset.from_raws(
        {"ann": {"eeg": raws["Amp"], "gsr": raws["Wrist"]}},
        "film",
        duration=2.0,
        window=1.0,
        modalities=("eeg", "gsr"),
    )
    assert dataset.sfreq == {"eeg": 250.0, "gsr": 60.0}
    np.testing.assert_allclose(
        dataset.data["gsr"][:, 0], 60 + np.arange(120).reshape(2, 60), rtol=1e-6
    )
    expected = sine(1250, 250, 2)[500:1000].reshape(2, 250, 2).transpose(0, 2, 1)
    np.testing.assert_allclose(dataset.data["eeg"], expected, atol=1e-3)


@pytest.mark.parametrize(
    ("unit", "factor"),
    [("uV", 1), ("µV", 1), ("mV", 1e3), ("Volts", 1e6), ("nV", 1e-3)],
)
def test_units_of_channels_are_converted(tmp_path, unit, factor):
    raw = read_xdf(write_xdf(tmp_path / "a.xdf", [eeg(units=[unit] * 2)]))["Amp"]
    expected = factor * 1e-6 * sine(1000, 250, 2).T
    np.testing.assert_allclose(raw.get_data(), expected, rtol=1e-9)


def test_an_unknown_unit_is_refused(tmp_path):
    path = write_xdf(tmp_path / "a.xdf", [eeg(units=["counts"] * 2)])
    with pytest.raises(ValueError, match="the unit 'counts' of stream 'Amp'"):
        read_xdf(path)


def test_what_streams_lack_is_named(tmp_path):
    empty = stream("Off", "EEG", [], np.empty((0, 2)), rate=250)
    pulses = stream("Beats", "RR", [CLOCK + 1, CLOCK + 3], [[0.8], [0.9]], rate=0)
    plain = eeg(labels=None)
    path = write_xdf(tmp_path / "a.xdf", [plain, empty, pulses, marks((9.0, "late"))])
    match = (
        "'Off' has no samples.*'Beats' has an irregular rate.*"
        "'Amp' does not name its 2 channels.*'Amp' states no unit.*"
        "1 of 1 markers lie outside stream 'Amp'"
    )
    with pytest.warns(UserWarning, match=match):
        raw = read_xdf(path)["Amp"]
    assert raw.ch_names == ["ch0", "ch1"]
    assert len(raw.annotations) == 0
    np.testing.assert_allclose(raw.get_data(), 1e-6 * sine(1000, 250, 2).T, rtol=1e-12)


def test_a_pause_shifts_no_marker(tmp_path):
    rows = np.r_[0:500, 1000:1500]
    signal = sine(1500, 250, 2)
    paused = stream(
        "Amp",
        "EEG",
        CLOCK + rows / 250,
        signal[rows],
        rate=250,
        labels=NAMES,
        units=["uV"] * 2,
    )
    path = write_xdf(tmp_path / "a.xdf", [paused, marks((5.0, "film"))])
    with pytest.warns(UserWarning, match=r"500 samples \(2.0 s\) are lost in 1 gaps"):
        raw = read_xdf(path)["Amp"]
    onsets = dict(zip(raw.annotations.description, raw.annotations.onset))
    assert onsets["film"] == pytest.approx(5.0, abs=1e-6)
    assert onsets["BAD_gap"] == pytest.approx(2.0, abs=1e-6)
    np.testing.assert_allclose(raw.get_data()[:, rows], 1e-6 * signal[rows].T)


def test_a_clock_that_drifts_moves_markers_to_their_samples(tmp_path):
    # The stream states 250 Hz but has 255 samples per second.
    times = CLOCK + np.arange(1020) / 255
    fast = stream(
        "Amp",
        "EEG",
        times,
        sine(1020, 255, 2),
        rate=250,
        labels=NAMES,
        units=["uV"] * 2,
    )
    path = write_xdf(tmp_path / "a.xdf", [fast, marks((3.0, "film"))])
    with pytest.warns(UserWarning, match="states 250 Hz, but has 255 samples"):
        raw = read_xdf(path)["Amp"]
    (onset,) = raw.annotations.onset
    assert onset * 250 == pytest.approx(3 * 255, abs=1e-3)


def test_two_streams_of_one_name_are_both_there(tmp_path):
    assert list(read_xdf(write_xdf(tmp_path / "a.xdf", [eeg(), eeg()]))) == [
        "Amp",
        "Amp (2)",
    ]


def test_packed_files_are_read(tmp_path):
    packed = tmp_path / "a.xdfz"
    packed.write_bytes(gzip.compress(write_xdf(tmp_path / "a", [eeg()]).read_bytes()))
    assert list(read_xdf(packed)) == ["Amp"]


def test_files_of_another_kind_are_named(tmp_path):
    path = tmp_path / "a.xdf"
    with pytest.raises(FileNotFoundError, match="no file"):
        read_xdf(path)
    path.write_bytes(b"EEG, but not here")
    with pytest.raises(ValueError, match="cannot be read as a recording of LSL"):
        read_xdf(path)
    write_xdf(path, [marks((1.0, "film"))])
    with pytest.raises(ValueError, match="no stream with a regular rate"):
        read_xdf(path)


def test_a_part_that_states_too_many_samples_is_refused(tmp_path):
    path = write_xdf(tmp_path / "a.xdf", [eeg()])
    content = path.read_bytes()
    place = content.index(struct.pack("<BI", 4, 1000))
    path.write_bytes(
        content[:place] + struct.pack("<BI", 4, 2**32 - 1) + content[place + 5 :]
    )
    with pytest.raises(ValueError, match=r"a\.xdf.* states 12884901885 values"):
        read_xdf(path)


def test_a_recording_that_was_cut_off_is_read_up_to_there(tmp_path):
    path = write_xdf(tmp_path / "a.xdf", [eeg(), marks((1.0, "film"))])
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    raw = read_xdf(path)["Amp"]
    assert raw.n_times == 1000


def test_a_packed_file_that_unpacks_to_far_more_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(_lsl, "_MAX_UNPACKED", 2**16)
    path = tmp_path / "a.xdfz"
    path.write_bytes(gzip.compress(b"XDF:" + bytes(2**24)))
    with pytest.raises(ValueError, match=r"a\.xdfz .* bytes after unpacking"):
        read_xdf(path)


@pytest.mark.parametrize("name", ["a.xdf", "a.xdfz"])
def test_the_limit_of_a_large_file_claims_no_memory(tmp_path, monkeypatch, name):
    monkeypatch.setattr(_lsl, "_MAX_UNPACKED", 2**60)
    path = write_xdf(tmp_path / name, [eeg()])
    if name == "a.xdfz":
        path.write_bytes(gzip.compress(path.read_bytes()))
    assert list(read_xdf(path)) == ["Amp"]


def test_a_header_that_defines_entities_is_refused(tmp_path):
    xml, *rest = eeg()
    xml = xml.replace("<info>", '<!DOCTYPE info [<!ENTITY a "b">]><info>', 1)
    path = write_xdf(tmp_path / "a.xdf", [(xml, *rest)])
    with pytest.raises(ValueError, match=r"a\.xdf .* has a document type"):
        read_xdf(path)
