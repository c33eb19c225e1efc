"""Files of headsets: volts, places of events, lost packets and damage."""

import numpy as np
import pytest
from _headsets import EMOTIV, MUSE, START, sine, write_emotiv, write_muse, write_openbci

from sklearn_emotion.datasets import (
    EmotionDataset,
    read_emotiv,
    read_muse,
    read_openbci,
)

pytest.importorskip("mne")


def volts(signal):
    return 1e-6 * signal.T


def test_emotiv_gives_volts_names_and_the_date(tmp_path):
    signal = sine(1280, 128, 4)
    raw = read_emotiv(write_emotiv(tmp_path / "a.csv", signal, markers=[(640, 7)]))
    assert raw.ch_names == list(EMOTIV)
    assert raw.info["sfreq"] == 128
    assert raw.info["meas_date"].timestamp() == START
    # A sine of whole periods has the median 0, apart from rounding in the file.
    np.testing.assert_allclose(raw.get_data(), volts(signal), atol=2e-12)
    assert raw.annotations.description.tolist() == ["7"]
    assert raw.annotations.onset.tolist() == [5.0]


def test_openbci_counts_samples_and_ignores_bursts(tmp_path):
    signal = sine(1000, 250, 2) + 5000.0
    path = write_openbci(tmp_path / "a.txt", signal, markers=[(500, 3), (501, 3)])
    raw = read_openbci(path, ch_names=["Fz", "Cz"])
    assert raw.ch_names == ["Fz", "Cz"]
    assert raw.info["sfreq"] == 250
    # The drift of the amplifier stays.
    np.testing.assert_allclose(raw.get_data(), volts(signal), atol=1e-12)
    assert raw.annotations.onset.tolist() == [2.0]
    assert raw.annotations.description.tolist() == ["3"]
    assert read_openbci(path).ch_names == ["ch0", "ch1"]


def test_muse_counts_samples_and_places_rows_of_elements(tmp_path):
    signal = sine(2560, 256, 4)
    markers = [(1280, "/muse/elements/blink"), (1920, "/Marker/1")]
    path = write_muse(tmp_path / "a.csv", signal, markers=markers)
    with pytest.warns(UserWarning, match="no contact most of the time at TP10"):
        raw = read_muse(path)
    assert raw.ch_names == list(MUSE)
    np.testing.assert_allclose(raw.get_data(), volts(signal), atol=2e-12)
    assert raw.annotations.onset.tolist() == [5.0, 7.5]
    assert raw.annotations.description.tolist() == [text for _, text in markers]
    assert raw.info["meas_date"] is None


@pytest.mark.parametrize(
    ("write", "read", "sfreq", "lost", "error"),
    [
        (write_emotiv, read_emotiv, 128, range(300, 340), 1e-9),
        (write_openbci, read_openbci, 250, range(300, 340), 1e-9),
        # Samples are counted by time stamps, which come in bursts of 12 samples.
        (write_muse, read_muse, 256, range(240, 552), 12 / 256),
    ],
)
def test_lost_packets_shift_no_event(tmp_path, write, read, sfreq, lost, error):
    signal = sine(4 * sfreq, sfreq, 4)
    event = (3 * sfreq, 5)
    path = write(tmp_path / "a", signal, markers=[event], lost=lost)
    with pytest.warns(UserWarning, match="samples.* are lost in 1 gaps"):
        raw = read(path)
    onsets = dict(zip(raw.annotations.description, raw.annotations.onset))
    places = {"BAD_gap": lost[0] / sfreq, "5": 3.0}
    np.testing.assert_allclose(
        [onsets[k] for k in places], [*places.values()], rtol=0, atol=error
    )
    (length,) = raw.annotations.duration[raw.annotations.description == "BAD_gap"]
    assert abs(length - len(lost) / sfreq) < error
    assert abs(raw.n_times - len(signal)) < error * sfreq


def test_a_damaged_counter_does_not_count_lost_samples(tmp_path):
    path = write_openbci(tmp_path / "a.txt", sine(600, 250, 2))
    lines = path.read_text().splitlines()
    rng = np.random.default_rng(0)
    lines[5:] = [f"{rng.integers(256)},{s.partition(',')[2]}" for s in lines[5:]]
    path.write_text("\n".join(lines))
    with pytest.warns(UserWarning, match="counter of the samples is irregular"):
        assert read_openbci(path).n_times == 600
    path = write_emotiv(tmp_path / "a.csv", sine(600, 128, 4))
    path.write_text(path.read_text().replace(",127,0,", ",900,0,", 1))
    assert read_emotiv(path).n_times == 600


def test_sixteen_channels_of_openbci_count_by_two(tmp_path):
    path = write_openbci(tmp_path / "a.txt", sine(600, 125, 16), sfreq=125, step=2)
    assert read_openbci(path).n_times == 600
    path = write_openbci(
        tmp_path / "b.txt", sine(600, 125, 16), sfreq=125, step=2, lost=[200, 201]
    )
    with pytest.warns(UserWarning, match="2 samples are lost in 1 gaps"):
        assert read_openbci(path).n_times == 600


@pytest.mark.parametrize(
    ("write", "read", "sfreq"),
    [(write_emotiv, read_emotiv, 128), (write_openbci, read_openbci, 250)],
)
def test_a_planted_event_lies_in_its_window(tmp_path, write, read, sfreq):
    signal = sine(10 * sfreq, sfreq, 4)
    signal[6 * sfreq] += 5000.0
    raw = read(write(tmp_path / "a", signal, markers=[(4 * sfreq, 1)]))
    raw.rename_channels(dict(zip(raw.ch_names, EMOTIV)))
    dataset = EmotionDataset.from_raws({"ann": raw}, "1", window=1.0, duration=5.0)
    eeg = dataset.data["eeg"]
    assert (eeg > 3000).any(axis=(1, 2)).tolist() == [False, False, True, False, False]
    assert eeg[2, :, 0].min() > 4000
    assert np.abs(eeg[0]).max() == pytest.approx(100, abs=1)


def test_samples_that_disagree_with_the_clock_are_named(tmp_path):
    path = write_emotiv(tmp_path / "a.csv", sine(1280, 128, 4))
    path.write_text(path.read_text().replace("eeg_128", "eeg_256"))
    with pytest.warns(UserWarning, match="last 5.0 s at 256 Hz, but .* 10.0 s"):
        read_emotiv(path)
    assert read_emotiv(path, sfreq=128.0).info["sfreq"] == 128


def test_other_recording_intervals_of_mind_monitor_are_refused(tmp_path):
    path = write_muse(tmp_path / "a.csv", sine(600, 256, 4), rate=20.0)
    with pytest.raises(ValueError, match=r"20\.\d samples per second .* 'constant'"):
        read_muse(path)


@pytest.mark.parametrize(
    ("write", "read", "old", "new", "match"),
    [
        (write_emotiv, read_emotiv, "eeg_128", "eeg_x", "does not state its sampling"),
        (write_emotiv, read_emotiv, "EEG.A", "E.A", None),
        (write_emotiv, read_emotiv, "Timestamp", "Time", "lacks the columns"),
        (write_openbci, read_openbci, "%Sample", "%", "does not state its sampling"),
        (write_openbci, read_openbci, "Sample Index", "x", "no columns 'Sample Index'"),
        (write_openbci, read_openbci, "EXG", "EMG", "no columns 'Sample Index'"),
        (write_muse, read_muse, "RAW_AF7", "AF7", "lacks the columns"),
        (write_muse, read_muse, "2024-05-01", "noon", "cannot be read as a recording"),
    ],
)
def test_damaged_files_are_named(tmp_path, write, read, old, new, match):
    path = write(tmp_path / "a.csv", sine(512, 128, 4))
    path.write_text(path.read_text().replace(old, new))
    if match is None:  # the other electrodes are there
        assert read(path).ch_names == ["T7", "O1"]
        return
    with pytest.raises(ValueError, match=match):
        read(path)


def test_the_number_of_names_must_be_that_of_the_channels(tmp_path):
    path = write_openbci(tmp_path / "a.txt", sine(300, 250, 4))
    with pytest.raises(ValueError, match="has 4 channels, but ch_names has 1"):
        read_openbci(path, ch_names=["Fz"])
