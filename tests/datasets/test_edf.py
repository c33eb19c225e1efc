"""EDF and BDF files are read as MNE reads them, part by part."""

import numpy as np
import pytest
from _bdf import STEP, write_bdf

from sklearn_emotion.datasets._edf import (
    find_triggers,
    open_recording,
    read_resampled,
    read_signals,
)

SFREQ = 256
MICROVOLT = 1e6


@pytest.fixture
def formats(data_home):
    folder = data_home / "mne_eeg_formats"
    if not folder.is_dir():
        pytest.skip(f"no {folder}")
    return folder


@pytest.fixture
def stored():
    """Whole numbers of 24 bits, of both signs, for 6 s."""
    rng = np.random.default_rng(0)
    values = rng.integers(-(2**23), 2**23, (3, 6 * SFREQ))
    return dict(zip(("Fp1", "T3", "GSR1"), values))


def read_mne(path, **options):
    import mne

    read = mne.io.read_raw_bdf if path.suffix == ".bdf" else mne.io.read_raw_edf
    return read(path, verbose="error", **options)


@pytest.mark.parametrize("name", ["test.bdf", "test_bdf_stim_channel.bdf", "test.edf"])
def test_real_files_hold_what_mne_finds_in_them(formats, name):
    path = formats / name
    recording = open_recording(path)
    raw = read_mne(path)
    names = [label for label in recording.labels if label in raw.ch_names]
    names = [label for label in names if label != "Status"]
    assert len(names) == len(raw.ch_names) - 1
    assert recording.sfreq(names) == raw.info["sfreq"]
    assert recording.duration == raw.n_times / raw.info["sfreq"]
    assert {recording.units[i] for i in recording.find(names)} == {"uV"}
    start, stop = raw.n_times // 3, raw.n_times // 2 + 7
    mine = read_signals(recording, names, start, stop)
    reference = raw.get_data(names, start=start, stop=stop) * MICROVOLT
    np.testing.assert_allclose(mine, reference, rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize("name", ["test.bdf", "test_bdf_stim_channel.bdf", "test.edf"])
def test_real_triggers_are_those_mne_finds(formats, name):
    import mne

    path = formats / name
    samples, codes, sfreq = find_triggers(open_recording(path))
    raw = read_mne(path)
    events = mne.find_events(
        raw, "Status", consecutive=True, initial_event=True, verbose="error"
    )
    assert sfreq == raw.info["sfreq"]
    np.testing.assert_array_equal(samples, events[:, 0])
    np.testing.assert_array_equal(codes, events[:, 2])
    assert len(samples) >= 1


def test_unequal_rates_are_read_one_at_a_time(formats):
    recording = open_recording(formats / "test_uneven_samp.edf")
    with pytest.raises(ValueError, match=r"unequal rates.*100 Hz.*12\.8 Hz.*one rate"):
        read_signals(recording, recording.labels)
    for name, unit in zip(recording.labels, (1.0, MICROVOLT)):
        raw = read_mne(recording.path, include=[name])
        mine = read_signals(recording, [name])
        assert recording.sfreq([name]) == raw.info["sfreq"]
        np.testing.assert_allclose(mine, raw.get_data() * unit, rtol=1e-9, atol=1e-6)


def test_every_stored_value_comes_back_and_mne_agrees(tmp_path, stored):
    path = tmp_path / "a.bdf"
    status = np.zeros(6 * SFREQ, int)
    status[300:310] = 4
    status[700:705] = 0x18FF00 + 5
    write_bdf(path, stored, SFREQ, status=status, units={"GSR1": "Ohm"})
    recording = open_recording(path)
    assert recording.labels == ("Fp1", "T7", "GSR1", "Status")
    assert recording.units[2] == "Ohm"
    whole = np.stack(list(stored.values())) * STEP
    # One second, 256 samples, cut within records.
    part = read_signals(recording, ["GSR1", "T7"], 100, 1201)
    np.testing.assert_array_equal(part, whole[[2, 1], 100:1201])
    raw = read_mne(path)
    np.testing.assert_allclose(raw.get_data(["Fp1"])[0] * MICROVOLT, whole[0])
    samples, codes, _ = find_triggers(recording, mask=0xFF)
    assert samples.tolist() == [300, 700]
    assert codes.tolist() == [4, 5]


def test_channels_of_a_lower_rate(tmp_path, stored):
    stored["Temp"] = np.arange(6 * 32)
    write_bdf(tmp_path / "a.bdf", stored, SFREQ)
    recording = open_recording(tmp_path / "a.bdf")
    assert recording.sfreq(["Temp"]) == 32.0
    part = read_signals(recording, ["Temp"], 30, 70)
    np.testing.assert_array_equal(part[0], np.arange(30, 70) * STEP)
    with pytest.raises(ValueError, match="unequal rates"):
        read_signals(recording, ["Fp1", "Temp"])


def test_a_nameless_last_channel_is_the_status_channel(tmp_path, stored):
    status = np.zeros(6 * SFREQ, int)
    status[40] = 7
    write_bdf(tmp_path / "a.bdf", stored, SFREQ, status=status, status_name="")
    samples, codes, sfreq = find_triggers(open_recording(tmp_path / "a.bdf"))
    assert (samples.tolist(), codes.tolist(), sfreq) == ([40], [7], 256.0)
    write_bdf(tmp_path / "b.bdf", stored, SFREQ)
    with pytest.raises(ValueError, match="no Status channel"):
        find_triggers(open_recording(tmp_path / "b.bdf"))


@pytest.mark.parametrize("new", [128.0, 64.0, 200.0, 512.0])
def test_resampled_parts_lie_on_the_grid_of_their_start(tmp_path, new):
    """A slow sine is itself at every new time point, also near the part's ends."""
    time = np.arange(20 * SFREQ) / SFREQ
    wave = np.round(1e6 * np.sin(2 * np.pi * 3 * time + 0.4))
    write_bdf(tmp_path / "a.bdf", {"Cz": wave}, SFREQ)
    recording = open_recording(tmp_path / "a.bdf")
    start, n_times = 1237, int(7 * new)
    part = read_resampled(recording, ["Cz"], start, n_times, new)
    when = start / SFREQ + np.arange(n_times) / new
    expected = 1e6 * STEP * np.sin(2 * np.pi * 3 * when + 0.4)
    assert part.dtype == np.float32
    np.testing.assert_allclose(part[0], expected, atol=31250 * 1e-4)


def test_what_lies_above_the_new_nyquist_frequency_is_gone(tmp_path):
    time = np.arange(20 * SFREQ) / SFREQ
    wave = np.round(1e6 * np.sin(2 * np.pi * 70 * time))
    write_bdf(tmp_path / "a.bdf", {"Cz": wave}, SFREQ)
    recording = open_recording(tmp_path / "a.bdf")
    part = read_resampled(recording, ["Cz"], 1024, 1024, 128.0)
    # 80 dB below the amplitude of 31250 µV.
    assert np.abs(part).max() < 31250 * 1.5e-4


def test_the_rate_of_the_file_changes_nothing(tmp_path, stored):
    write_bdf(tmp_path / "a.bdf", stored, SFREQ)
    recording = open_recording(tmp_path / "a.bdf")
    part = read_resampled(recording, ["Fp1"], 111, 999, 256.0)
    expected = (stored["Fp1"] * STEP)[111:1110].astype(np.float32)
    np.testing.assert_array_equal(part[0], expected)
    with pytest.raises(ValueError, match=r"lasts 6 s, and .* to 8\.98.* s of 'Fp1'"):
        read_resampled(recording, ["Fp1"], 1300, 999, 256.0)
    with pytest.raises(ValueError, match=r"no channels \['C5'\]; it has"):
        read_signals(recording, ["Fp1", "C5"])


def damage(path, first, text):
    content = bytearray(path.read_bytes())
    content[first : first + len(text)] = text
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("first", "text", "match"),
    [
        (0, b"\x00BIOSEMI", "neither an EDF nor a BDF"),
        (184, b"999     ", "a header of 999 bytes"),
        (236, b"-2      ", "-2 records"),
        (236, b"many    ", "damaged header: invalid literal"),
        (244, b"0       ", "records of 0 s"),
        (252, b"9999", "damaged header"),
        (256 + 3 * 216, b"x", "damaged header: invalid literal"),
        (192, b"BDF+D", "interrupted recording"),
    ],
)
def test_damaged_headers_are_named(tmp_path, stored, first, text, match):
    path = tmp_path / "a.bdf"
    write_bdf(path, stored, SFREQ)
    damage(path, first, text)
    with pytest.raises(ValueError, match=match) as caught:
        open_recording(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("kept", [0, 100, 300, 1023, 1024, 9000])
def test_a_file_that_is_cut_off_anywhere_is_named(tmp_path, stored, kept):
    path = tmp_path / "a.bdf"
    write_bdf(path, stored, SFREQ)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ValueError, match=r"a\.bdf"):
        open_recording(path)


def test_a_channel_without_a_range_is_named(tmp_path, stored):
    path = tmp_path / "a.bdf"
    write_bdf(path, stored, SFREQ)
    # The physical maximum of the first of three channels, made its minimum.
    damage(path, 256 + 3 * (16 + 80 + 8 + 8), b"-262144 ")
    recording = open_recording(path)
    with pytest.raises(ValueError, match="channel 'Fp1' has no range"):
        read_signals(recording, ["Fp1"])
    assert read_signals(recording, ["GSR1"]).shape == (1, 1536)


def test_an_unknown_number_of_records_follows_from_the_size(tmp_path, stored):
    path = tmp_path / "a.bdf"
    write_bdf(path, stored, SFREQ)
    n_records = open_recording(path).n_records
    damage(path, 236, b"-1      ")
    assert open_recording(path).n_records == n_records


def test_a_header_padded_with_zero_bytes_is_read(tmp_path, stored):
    path = tmp_path / "a.bdf"
    write_bdf(path, stored, SFREQ)
    expected = open_recording(path)
    content = path.read_bytes()
    n = 256 * (1 + len(expected.labels))
    path.write_bytes(content[:n].replace(b" ", b"\0") + content[n:])
    recording = open_recording(path)
    assert recording.labels == expected.labels
    assert recording.duration == expected.duration


@pytest.mark.parametrize("extra", [b"", b"\0" * 5])
def test_more_records_than_stated_trigger_a_warning(tmp_path, stored, extra):
    path = tmp_path / "a.bdf"
    write_bdf(path, stored, SFREQ)
    n_records = open_recording(path).n_records
    path.write_bytes(path.read_bytes() + extra)
    if not extra:
        damage(path, 236, b"1       ")
    stated = n_records if extra else 1
    match = (
        rf"a\.bdf: the header states {stated} records .* contains {n_records} .* and"
    )
    with pytest.warns(UserWarning, match=match):
        assert open_recording(path).n_records == n_records


def test_rates_and_records_other_than_known_are_named(tmp_path, stored):
    path = tmp_path / "a.bdf"
    write_bdf(path, stored, SFREQ)
    name = open_recording(path).labels[0]
    with pytest.raises(ValueError, match=rf"{SFREQ} Hz, but .* have 99 Hz"):
        open_recording(path).sfreq([name], expected=99)
    damage(path, 244, b"1000    ")
    with pytest.raises(ValueError, match=r"records of 1000 s, but .* 1 s long"):
        open_recording(path, 1.0)


@pytest.mark.parametrize(
    ("limit", "match"),
    [(b"1e300   ", "limits in the header"), (b"1e999   ", "is no number")],
)
def test_limits_beyond_any_measurement_are_named(tmp_path, stored, limit, match):
    path = tmp_path / "a.bdf"
    write_bdf(path, stored, SFREQ)
    recording = open_recording(path)
    n = len(recording.labels)
    damage(path, 256 + n * (16 + 80 + 8 + 8), limit)  # largest physical value
    with pytest.raises(ValueError, match=rf"a\.bdf.*{match}"):
        read_signals(open_recording(path), recording.labels[:1])


def test_a_part_before_the_file_is_named(tmp_path, stored):
    path = tmp_path / "a.bdf"
    write_bdf(path, stored, SFREQ)
    recording = open_recording(path)
    with pytest.raises(ValueError, match=r"0\.5 s before the start of the file"):
        read_resampled(recording, recording.labels[:1], -SFREQ // 2, SFREQ, SFREQ)


def test_two_channels_with_one_name_are_named(tmp_path, stored):
    path = tmp_path / "a.bdf"
    write_bdf(path, stored, SFREQ)
    # "T3" is an older name of T7.
    damage(path, 256, b"T7".ljust(16))
    recording = open_recording(path)
    with pytest.raises(ValueError, match=r"a\.bdf has several channels \['T7'\]"):
        read_signals(recording, ["T7"])
    assert read_signals(recording, ["GSR1"]).shape == (1, 1536)


@pytest.mark.parametrize(
    ("low", "high"), [(5, -5), (5, 5), (-8388609, 8388607), (0, 16777215)]
)
def test_limits_that_no_stored_value_has_are_named(tmp_path, stored, low, high):
    path = tmp_path / "a.bdf"
    write_bdf(path, stored, SFREQ)
    n = len(open_recording(path).labels)
    for place, limit in ((120, low), (128, high)):
        damage(path, 256 + place * n, f"{limit:<8}"[:8].encode())
    with pytest.raises(ValueError, match="channel 'Fp1' has no range"):
        read_signals(open_recording(path), ["Fp1"])


@pytest.mark.parametrize(
    ("unit", "factor"),
    [("mV", 1e3), ("V", 1e6), ("nV", 1e-3), ("\u00b5V", 1), ("Ohm", 1)],
)
def test_voltages_are_resampled_in_microvolts(tmp_path, stored, unit, factor):
    path = tmp_path / "a.bdf"
    write_bdf(path, stored, SFREQ)
    names = ["Fp1", "GSR1"]
    expected = read_resampled(open_recording(path), names, 256, 64, 128.0)
    n = len(open_recording(path).labels)
    damage(path, 256 + n * (16 + 80), unit.encode("latin-1").ljust(8))
    found = read_resampled(open_recording(path), names, 256, 64, 128.0)
    np.testing.assert_allclose(found, expected * np.float32([[factor], [1]]), rtol=1e-6)
