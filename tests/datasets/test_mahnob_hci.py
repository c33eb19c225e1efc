"""MAHNOB-HCI is read from its sessions, and what is incomplete is said."""

import shutil

import numpy as np
import pandas as pd
import pytest
from _bdf import STEP, write_bdf
from _mahnob import NAMES, RATINGS, REST, SFREQ, describe, stored, write_session
from _whole import MinusStart

from sklearn_emotion.datasets import list_cache, load_mahnob_hci
from sklearn_emotion.datasets._edf import open_recording
from sklearn_emotion.datasets._mahnob_sessions import find_clip
from sklearn_emotion.montage import MONTAGES

# Number of the session, subject, seconds of the clip.
SESSIONS = [(2, 1, 5), (4, 1, 8), (6, 1, 5), (262, 3, 6)]
ROWS = {"ecg": [32, 33, 34], "gsr": [40], "respiration": [44], "temperature": [45]}


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "mahnob-hci"
    for number, subject, seconds in SESSIONS:
        ratings = {**RATINGS, "feltVlnc": number % 9 + 1}
        media = f"{number}.avi"
        write_session(folder, number, subject, seconds, media=media, ratings=ratings)
    write_session(folder, 1, 1, 5, media="neutral.avi", ratings=None)
    write_session(folder, 264, 3, None)
    write_session(folder, 266, 3, 5, pulses=1)
    return folder


def load(folder, **options):
    with pytest.warns(UserWarning, match="MAHNOB-HCI"):
        return load_mahnob_hci(folder, **{"sfreq": float(SFREQ), **options})


def physical(number, seconds, sfreq=SFREQ):
    return stored(number, seconds, sfreq) * STEP


def test_the_values_of_every_window_and_channel(folder):
    dataset = load(folder)
    eeg = dataset.data["eeg"]
    assert eeg.dtype == np.float32
    assert dataset.sfreq == {"eeg": 256.0}
    expected = []
    for number, _, seconds in SESSIONS:
        clip = physical(number, seconds)[:32, REST * SFREQ : (REST + seconds) * SFREQ]
        n_windows = seconds // 2
        cut = clip[:, : n_windows * 512].reshape(32, n_windows, 512)
        expected.append(cut.swapaxes(0, 1))
    np.testing.assert_array_equal(eeg, np.concatenate(expected))
    assert dataset.ch_names["eeg"] == list(MONTAGES["biosemi32"])


def test_peripheral_channels_their_places_and_units(folder):
    names = [*ROWS, "peripheral", "bio"]
    dataset = load(folder, modalities=names, subjects=[3], window=6.0)
    clip = physical(262, 6)[:, REST * SFREQ : (REST + 6) * SFREQ]
    scale = {"ecg": 1e-3}
    for name, rows in ROWS.items():
        expected = clip[rows] * scale.get(name, 1.0)
        np.testing.assert_allclose(dataset.data[name][0], expected, rtol=1e-6)
    assert [NAMES[row] for rows in ROWS.values() for row in rows] == dataset.ch_names[
        "peripheral"
    ]
    six = np.concatenate([dataset.data[name] for name in ROWS], axis=1)
    np.testing.assert_array_equal(dataset.data["peripheral"], six)
    np.testing.assert_array_equal(dataset.data["bio"][:, 32:], six)
    np.testing.assert_array_equal(dataset.data["bio"][0, :32], clip[:32])
    assert dataset.units["ecg"] == "mV"
    assert dataset.units["gsr"] == "Ω"


def test_metadata_and_what_is_missing(folder):
    dataset = load(folder)
    one = dataset.metadata.groupby("trial", sort=False).first().reset_index()
    assert one["trial"].tolist() == [2, 4, 6, 262]
    assert one["subject"].tolist() == [1, 1, 1, 3]
    assert one["stimulus"].tolist() == ["2.avi", "4.avi", "6.avi", "262.avi"]
    assert one["valence"].tolist() == [3, 5, 7, 2]
    assert one["arousal"].tolist() == [3] * 4
    assert one["control"].tolist() == [5] * 4
    assert one["predictability"].tolist() == [9] * 4
    assert one["emotion"].tolist() == ["happiness"] * 4
    assert dataset.metadata["onset"].tolist() == [0, 2, 0, 2, 4, 6, 0, 2, 0, 2, 4]
    assert dataset.missing == [
        "session 264 of subject 3",
        "session 266 of subject 3",
        "17 of 20 sessions of subject 1",
        "17 of 20 sessions of subject 3",
    ]


def test_the_side_of_the_threshold_decides_where_a_five_goes(folder):
    dataset = load(folder, window=5.0)
    assert dataset.target("valence").tolist() == [0, 0, 1, 0]
    assert dataset.target("valence", side=">=").tolist() == [0, 1, 1, 0]


def test_the_middle_of_a_clip(folder):
    dataset = load(folder, duration=4.0, window=None, subjects=[1])
    assert dataset.data["eeg"].shape == (3, 32, 1024)
    # Clips of 5, 8 and 5 s.
    assert dataset.metadata["onset"].tolist() == [0.5, 2.0, 0.5]
    start = int((REST + 2) * SFREQ)
    np.testing.assert_array_equal(
        dataset.data["eeg"][1], physical(4, 8)[:32, start : start + 1024]
    )
    whole = load(folder, duration=30.0, window=5.0, subjects=[1])
    assert whole.metadata["onset"].tolist() == [0.0] * 3


# Without the mean of the rest, the signals are constant.
@pytest.mark.filterwarnings("ignore:.*EEG channels are constant")
def test_ways_to_treat_the_rest(folder):
    options = {"subjects": [1], "window": 1.0}
    plain = load(folder, **options).data["eeg"]
    rest = physical(2, 5)[:32, SFREQ : REST * SFREQ]
    beside = load(folder, baseline="modality", modalities=["eeg", "gsr"], **options)
    assert beside.data["baseline_gsr"].shape == (len(plain), 1, 768)
    np.testing.assert_array_equal(beside.data["baseline"][3], rest)
    template = load(folder, baseline="template", **options).data["eeg"]
    mean = rest.reshape(32, 3, SFREQ).mean(axis=1)
    np.testing.assert_allclose(template[1], plain[1] - mean, rtol=1e-5, atol=1e-3)
    kept = load(folder, baseline="keep", baseline_duration=2.0, **options)
    assert kept.metadata["onset"][:4].tolist() == [-2, -1, 0, 1]
    np.testing.assert_array_equal(kept.data["eeg"][2], plain[0])
    np.testing.assert_array_equal(kept.data["eeg"][0], rest[:, SFREQ : 2 * SFREQ])


def waves(number, seconds, sfreq):
    """3 Hz that are kept at 128 Hz, and 100 Hz that are not."""
    time = np.arange((REST + seconds + 2) * sfreq) / sfreq
    slow, fast = np.sin(2 * np.pi * 3 * time), np.sin(2 * np.pi * 100 * time)
    amplitude = 1e5 * (1 + np.arange(len(NAMES)))[:, np.newaxis]
    return np.round(amplitude * (slow + 0.5 * fast) / 8)


@pytest.mark.parametrize("sfreq", [256, 512])
def test_both_rates_of_the_files_become_one(tmp_path, sfreq):
    write_session(
        tmp_path, 2, 1, 6, sfreq=sfreq, signals=waves(2, 6, sfreq), media="a.avi"
    )
    dataset = load(tmp_path, sfreq=128.0, window=6.0, baseline="modality")
    time = REST + np.arange(768) / 128
    amplitude = 1e5 / 8 * STEP * np.arange(1, 33)[:, np.newaxis]
    expected = amplitude * np.sin(2 * np.pi * 3 * time)
    assert np.abs(dataset.data["eeg"][0] - expected).max() < 1.5e-4 * amplitude.max()
    assert dataset.data["baseline"].shape == (1, 32, 384)


def test_order_of_subjects_threads_folder_and_cache_change_nothing(folder, tmp_path):
    plain = load(folder)
    cache = tmp_path / "cache"
    for options in ({"n_jobs": 2}, {"cache_dir": cache}, {"cache_dir": cache}):
        other = load(folder.parent, **options)
        np.testing.assert_array_equal(other.data["eeg"], plain.data["eeg"])
        pd.testing.assert_frame_equal(other.metadata, plain.metadata)
        assert other.missing == plain.missing
    assert isinstance(other.data["eeg"], np.memmap)
    turned = load(folder, subjects=[3, 1])
    assert turned.groups("subject")[[0, -1]].tolist() == [3, 1]
    np.testing.assert_array_equal(turned.data["eeg"][:3], plain.data["eeg"][-3:])


def test_sessions_without_the_two_other_scales(tmp_path):
    few = {key: RATINGS[key] for key in ("feltVlnc", "feltArsl")}
    write_session(tmp_path, 2, 1, 2, ratings=few)
    path = tmp_path / "Sessions" / "2" / "session.xml"
    path.write_text(path.read_text().replace(' vidRate="60.9708"', ""))
    metadata = load(tmp_path).metadata
    assert metadata["valence"].tolist() == [7]
    assert metadata["control"].isna().tolist() == [True]
    assert metadata["emotion"].tolist() == ["unknown"]


@pytest.mark.parametrize(
    ("pulses", "expected"),
    [
        ([(4, 4.2), (8, 8.2)], (4.0, 8.0)),
        ([(4, 8)], (4.0, 8.0)),
        ([(0, 3.5)], (0.0, 3.5)),
        ([(4, 4.2)], None),
        ([(4, 4.2), (8, 8.2), (9, 9.1)], None),
        ([], None),
    ],
)
def test_where_the_clip_is(tmp_path, pulses, expected):
    status = np.full(12 * SFREQ, 0x180000)
    for start, end in pulses:
        status[int(start * SFREQ) : int(end * SFREQ)] += 268
    path = tmp_path / "a.bdf"
    write_bdf(path, {"Cz": np.zeros(12 * SFREQ, int)}, SFREQ, status=status)
    assert find_clip(open_recording(path)) == expected


BOMB = """<?xml version="1.0"?>
<!DOCTYPE session [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;"> ]>
<session feltVlnc="1" feltArsl="1" feltCtrl="1" feltPred="1" feltEmo="0"
 mediaFile="&b;"><subject id="1"/></session>"""
FILE = """<!DOCTYPE session SYSTEM "file:///etc/passwd"><session/>"""


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (BOMB, "document type"),
        (FILE, "document type"),
        ("", "cannot be read as XML"),
        ("<session", "cannot be read as XML"),
        ("no xml", "cannot be read as XML"),
        (describe(2, "x", "a.avi", RATINGS), "does not describe a session"),
        (describe(2, 1, "a.avi", RATINGS | {"feltVlnc": 0}), "outside 1 to 9"),
        (describe(2, 1, "a.avi", RATINGS | {"feltVlnc": "7.5"}), "does not describe"),
        (describe(2, 9, "a.avi", RATINGS), "subject 9, and beside it lie"),
        (BOMB.encode("utf-16"), "document type"),
    ],
)
def test_descriptions_that_are_none_leave_no_cache(folder, tmp_path, text, match):
    path = folder / "Sessions" / "2" / "session.xml"
    text = text if isinstance(text, bytes) else text.encode()
    path.write_bytes(text.replace(b' encoding="utf-8"', b""))
    with pytest.raises(ValueError, match=match):
        load_mahnob_hci(folder, cache_dir=tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def cut_off(path):
    path.write_bytes(path.read_bytes()[:-100])


def empty(path):
    path.write_bytes(b"")


def rename_channel(path):
    path.write_bytes(path.read_bytes().replace(b"Fp1             ", b"X1".ljust(16), 1))


def rename_status(path):
    content = path.read_bytes().replace(b"Status          ", b"Other".ljust(16), 1)
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (cut_off, "is cut off: it has"),
        (empty, "neither an EDF nor a BDF"),
        (rename_channel, r"no channels \['Fp1'\]"),
        (rename_status, "no Status channel"),
    ],
)
def test_damaged_recordings_are_named_and_leave_no_cache(
    folder, tmp_path, change, match
):
    (path,) = (folder / "Sessions" / "4").glob("*.bdf")
    change(path)
    with pytest.raises(ValueError, match=match) as caught:
        load_mahnob_hci(folder, cache_dir=tmp_path / "cache")
    assert str(path) in str(caught.value)
    assert not list_cache(tmp_path / "cache")["complete"].any()


def test_a_rest_that_is_too_short_is_named(folder):
    with pytest.raises(ValueError, match="holds 4 s before the clip, and baseline_dur"):
        load_mahnob_hci(folder, baseline="modality", baseline_duration=5.0)


def test_folders_without_sessions_are_named(folder, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"of the subjects 5 .*mahnob-db\.eu"):
        load_mahnob_hci(folder, subjects=[1, 5])
    with pytest.raises(FileNotFoundError, match="no such folder"):
        load_mahnob_hci(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"subjects": [31]}, "members of 1 to 30"),
        ({"modalities": ["pulse"]}, "modalities must be"),
        ({"baseline": "keep", "duration": 4.0}, "needs duration=None"),
        ({"baseline": "mean"}, "baseline must be one of"),
        ({"face_size": "64"}, "face_size must be a positive number of pixels"),
        ({"face_rate": 0}, "face_rate must be a positive rate in Hz, got 0"),
        ({"sfreq": 0}, "sfreq must be a positive rate in Hz, got 0"),
        ({"duration": 0.3}, "duration=0.3 s is 38.4 samples"),
        ({"window": None}, "window of 'eeg' must be a positive number"),
        ({"window": 100.0}, "no trial holds a window"),
    ],
)
def test_bad_parameters_are_named(folder, options, match):
    with pytest.raises(ValueError, match=match):
        load_mahnob_hci(folder, **options)


def test_an_unknown_encoding_is_named(folder):
    path = folder / "Sessions" / "2" / "session.xml"
    path.write_bytes(path.read_bytes().replace(b"utf-8", b"klingon"))
    with pytest.raises(
        ValueError, match=r"session\.xml cannot be read as XML.*klingon"
    ):
        load_mahnob_hci(folder)


@pytest.mark.parametrize("sfreq", [256.0, 128.0])
def test_the_whole_session_is_preprocessed(folder, sfreq):
    options = {"subjects": [1], "sfreq": sfreq, "duration": 3.0, "window": 1.0}
    options |= {"modalities": ["eeg", "ecg"], "baseline": "modality"}
    plain = load(folder, **options)
    zero = load(folder, preprocess={"eeg": MinusStart(0.0)}, **options)
    done = load(folder, preprocess={"eeg": MinusStart()}, **options)
    pd.testing.assert_frame_equal(done.metadata, plain.metadata)
    for name in ("ecg", "baseline_ecg"):
        np.testing.assert_array_equal(done.data[name], plain.data[name])
    numbers = plain.metadata["trial"].to_numpy()
    begin = np.stack([physical(number, 8)[:32, :1] for number in numbers])
    for name in ("eeg", "baseline"):
        np.testing.assert_allclose(zero.data[name], plain.data[name], rtol=1e-5)
        if sfreq == SFREQ:
            expected = plain.data[name] - np.float32(begin)
            np.testing.assert_allclose(done.data[name], expected, rtol=1e-5)
        lost = zero.data[name] - done.data[name]
        np.testing.assert_allclose(lost, np.broadcast_to(begin, lost.shape), rtol=0.02)


def test_clips_of_their_own_lengths_have_as_many_windows_as_fit(folder):
    dataset = load(folder, window=2.5, step=1.0)
    # Clips of 5, 8, 5 and 6 s.
    assert dataset.metadata.groupby("trial").size().tolist() == [3, 6, 3, 4]
    ends = dataset.metadata.groupby("trial")["onset"].max() + 2.5
    assert ends.tolist() == [4.5, 7.5, 4.5, 5.5]


def test_copies_of_sessions_are_named(folder):
    sessions = folder / "Sessions"
    shutil.copytree(sessions / "2", sessions / "9002")
    with pytest.raises(
        ValueError, match=r"9002/session\.xml is a copy of .*2/session\.xml"
    ):
        load_mahnob_hci(folder)
    (sessions / "9002").rename(sessions / "2 (1)")
    with pytest.raises(ValueError, match=r"2 \(1\)/session\.xml is in a folder"):
        load_mahnob_hci(folder)
    (sessions / "2 (1)").rename(sessions / "002")
    with pytest.raises(ValueError, match=r"002/session\.xml is in a folder"):
        load_mahnob_hci(folder)


def test_a_subject_that_does_not_exist_is_named(folder):
    path = folder / "Sessions" / "264" / "session.xml"
    path.write_text(describe(264, 31, "a.avi", RATINGS))
    with pytest.raises(ValueError, match=r"264/session\.xml is of subject 31"):
        load_mahnob_hci(folder)
