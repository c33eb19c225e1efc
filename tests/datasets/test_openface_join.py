"""Tables of OpenFace lie beside the signals of the same trial and moment."""

import numpy as np
import pandas as pd
import pytest
from _deap import python2_pickle, ratings_table
from _mahnob import SFREQ, VIDEO, write_session
from _openface import write_openface

from sklearn_emotion.datasets import (
    _deap,
    _deap_faces,
    load_deap,
    load_mahnob_hci,
)
from sklearn_emotion.preprocessing import FaceReport
from sklearn_emotion.preprocessing._openface import (
    OPENFACE_FEATURES,
    read_openface_windows,
)

SECONDS = 4
RATE = 10
N_TABLES = 38


def values_of(video, seconds=SECONDS):
    """The value of each frame is its video, and the second in hundredths."""
    return video + (np.arange(seconds * RATE) // RATE) / 100


@pytest.fixture
def deap(tmp_path, monkeypatch):
    """Subject 1, with tables of the first 38 videos that were presented."""
    monkeypatch.setattr(_deap, "DURATION", float(SECONDS))
    rng = np.random.default_rng(0)
    folder = tmp_path / "deap"
    ratings = {1: np.round(rng.uniform(1, 9, (40, 4)), 2)}
    presentation = {1: rng.permutation(40) + 1}
    for inner in ("data_preprocessed_python", "metadata_csv", "face_video/s01"):
        (folder / inner).mkdir(parents=True)
    trial, _, time = np.ogrid[1:41, :40, : (3 + SECONDS) * 128]
    data = np.tile(trial + 0.5 * (-1.0) ** time, (1, 40, 1))
    content = python2_pickle({"labels": ratings[1], "data": data})
    (folder / "data_preprocessed_python" / "s01.dat").write_bytes(content)
    (folder / _deap.TABLE).write_text(ratings_table(ratings, presentation, {}))
    for video, trial in enumerate(presentation[1], start=1):
        if trial <= N_TABLES:
            write_openface(table_of(folder, trial), values_of(video), RATE)
    return folder, presentation[1]


def table_of(folder, trial):
    return folder / "face_video" / "s01" / "processed" / f"s01_trial{trial:02d}.csv"


def load(folder, **options):
    settings = {"subjects": [1], "modalities": ("eeg", "openface"), "window": 1.0}
    return load_deap(folder, **{**settings, "face_rate": 2.0, **options})


MISSING = "2 of 40 trials are left out, .* no table of OpenFace .* s01_trial39, s01_tri"


def test_each_trial_has_the_table_of_its_video(deap):
    folder, presentation = deap
    with pytest.warns(UserWarning, match=MISSING):
        dataset = load(folder)
    openface = dataset.data["openface"]
    assert openface.shape == (N_TABLES * SECONDS, 2, 29)
    assert openface.dtype == np.float32
    assert dataset.sfreq == {"eeg": 128.0, "openface": 2.0}
    assert dataset.ch_names["openface"] == list(OPENFACE_FEATURES)
    assert dataset.units["openface"].startswith("position mm, rotation rad")
    metadata = dataset.metadata
    expected = metadata["stimulus"] + metadata["onset"] / 100
    np.testing.assert_allclose(
        openface, np.broadcast_to(expected.to_numpy()[:, None, None], openface.shape)
    )
    in_eeg = dataset.data["eeg"].mean(axis=(1, 2))
    np.testing.assert_array_equal(in_eeg, metadata["stimulus"])
    assert dataset.missing == ["s01_trial39", "s01_trial40"]
    # Joined by the row in the file, most trials would have the table of another video.
    assert np.mean(presentation == np.arange(1, 41)) < 0.5


def test_twenty_means_of_three_seconds_need_no_more_than_a_rate(deap):
    folder, _ = deap
    with pytest.warns(UserWarning, match=MISSING):
        dataset = load(folder, window=4.0, face_rate=1 / 2)
    assert dataset.data["openface"].shape == (N_TABLES, 2, 29)
    expected = dataset.metadata["stimulus"].to_numpy()[:, None] + [0.005, 0.025]
    np.testing.assert_allclose(dataset.data["openface"][..., 0], expected, rtol=1e-6)


@pytest.mark.parametrize("inner", ["", "processed", "s01", "s01/processed"])
def test_tables_may_lie_in_a_folder_of_their_own(deap, tmp_path, inner):
    folder, _ = deap
    with pytest.warns(UserWarning, match=MISSING):
        expected = load(folder)
    there = tmp_path / "tables"
    (there / inner).mkdir(parents=True)
    for trial in range(1, N_TABLES + 1):
        path = table_of(folder, trial)
        path.rename(there / inner / path.name)
    with pytest.raises(FileNotFoundError, match=r"no table of OpenFace .*\d\.csv"):
        load(folder)
    with pytest.warns(UserWarning, match=MISSING):
        dataset = load(folder, openface_dir=there)
    np.testing.assert_array_equal(dataset.data["openface"], expected.data["openface"])
    with pytest.raises(FileNotFoundError, match=r"openface_dir=.*nowhere"):
        load(folder, openface_dir=tmp_path / "nowhere")
    with pytest.raises(ValueError, match="only used with the modality 'openface'"):
        load(folder, modalities="eeg", openface_dir=there)
    with pytest.raises(FileNotFoundError, match=r"no table of OpenFace .*deap"):
        load(folder, openface_dir=folder)


def test_damaged_tables_are_named_and_shift_nothing(deap):
    folder, _ = deap
    path = table_of(folder, 7)
    whole = path.read_text()
    path.write_text(whole + whole.split("\n", 1)[1])
    with pytest.raises(ValueError, match=r"trial07\.csv must contain each frame once"):
        load(folder)
    lines = whole.splitlines(keepends=True)
    # The last line is cut off within a number, and its frame cannot be used.
    path.write_text("".join(lines[: 2 + 2 * RATE])[:-100])
    with pytest.warns(UserWarning, match="1 windows of other trials are left out"):
        dataset = load(folder)
    # The frames end after 2 s, and the last one is repeated for 1 s.
    rows = dataset.metadata["presentation"] == 7
    assert dataset.metadata["onset"][rows].tolist() == [0, 1, 2]
    path.write_text("")
    with pytest.raises(ValueError, match=r"trial07\.csv cannot be read as a table"):
        load(folder)


def test_a_table_without_a_face_is_a_missing_trial(deap):
    folder, presentation = deap
    video = presentation.tolist().index(7) + 1
    failed = range(SECONDS * RATE)
    write_openface(table_of(folder, 7), values_of(video), RATE, failed=failed)
    with pytest.warns(UserWarning, match="3 of 40 trials are left out"):
        dataset = load(folder)
    assert dataset.missing == ["s01_trial07", "s01_trial39", "s01_trial40"]
    assert 7 not in set(dataset.metadata["presentation"])


def test_a_trial_needs_its_video_and_its_table(deap, monkeypatch):
    folder, _ = deap
    for trial in range(5, 41):
        (folder / "face_video" / "s01" / f"s01_trial{trial:02d}.avi").touch()
    read = []

    def read_face_windows(path, onsets, *, window, frame_rate, size):
        read.append(path.stem)
        faces = np.full((len(onsets), 2, 3, size, size), len(read), np.uint8)
        valid = np.arange(len(onsets)) > 0
        points = np.zeros((len(onsets), 2, 5, 2), np.float32)
        return faces, FaceReport(valid, np.ones(faces.shape[:2], bool), points)

    monkeypatch.setattr(_deap_faces, "read_face_windows", read_face_windows)
    with pytest.warns(UserWarning, match="6 of 40 trials .* no face video and table"):
        dataset = load(folder, modalities=("face", "openface"), face_size=8)
    missing = [f"s01_trial{trial:02d}" for trial in (1, 2, 3, 4, 39, 40)]
    assert dataset.missing == missing
    assert list(dataset.data) == ["face", "openface"]
    # The first window of each video shows no face.
    metadata = dataset.metadata
    assert metadata["onset"].tolist() == [1, 2, 3] * 34
    expected = metadata["stimulus"] + metadata["onset"] / 100
    np.testing.assert_allclose(dataset.data["openface"][:, 0, 0], expected, rtol=1e-6)
    order = [f"s01_trial{trial:02d}" for trial in metadata["presentation"]]
    numbers = [read.index(name) + 1 for name in order]
    np.testing.assert_array_equal(dataset.data["face"][:, 1, 2, 3, 4], numbers)


def test_a_cached_copy_is_the_same_and_knows_new_tables(deap, tmp_path):
    folder, presentation = deap
    cache = {"cache_dir": tmp_path / "cache"}
    for _ in range(2):
        with pytest.warns(UserWarning, match=MISSING):
            stored = load(folder, **cache)
    with pytest.warns(UserWarning, match=MISSING):
        plain = load(folder)
    assert isinstance(stored.data["openface"], np.memmap)
    np.testing.assert_array_equal(stored.data["openface"], plain.data["openface"])
    pd.testing.assert_frame_equal(stored.metadata, plain.metadata)
    video = presentation.tolist().index(39) + 1
    write_openface(table_of(folder, 39), values_of(video), RATE)
    with pytest.warns(UserWarning, match="1 of 40 trials are left out"):
        assert load(folder, **cache).missing == ["s01_trial40"]


def test_complete_faces_are_those_of_18_subjects(deap):
    subjects = _deap_faces.COMPLETE
    assert len(subjects) == 18
    assert set(range(1, 23)) - set(subjects) == {3, 5, 11, 14}
    folder, _ = deap
    with pytest.raises(FileNotFoundError, match=r"17 of 18 files missing"):
        load_deap(folder, subjects="complete-face")
    with pytest.raises(ValueError, match="subjects must be different members"):
        load_deap(folder, subjects="complete")


# Frames in windows.


@pytest.fixture
def path(tmp_path):
    return tmp_path / "table.csv"


@pytest.mark.parametrize("separator", [", ", ","])
def test_frames_without_a_face_do_not_count(path, separator):
    values = np.arange(40.0)
    failed = [0, 1, 2, 7, *range(20, 30)]
    write_openface(path, values, 10, failed=failed, separator=separator)
    onsets = np.array([0.0, 0.5, 2.0])
    read, valid = read_openface_windows(path, onsets, window=1.0, frame_rate=2.0)
    assert valid.all()
    # 3, 4; 5, 6, 8, 9; 10 to 14; then a gap of 1.1 s from frame 19 to frame 30.
    expected = [[3.5, 7.0], [7.0, 12.0], [22.0, 27.0]]
    np.testing.assert_allclose(read[..., 0], expected, rtol=1e-6)
    assert (read == read[..., :1]).all()


def test_long_gaps_make_windows_unusable(path):
    failed = [*range(10, 35), *range(60, 70)]
    write_openface(path, np.arange(70.0), 10, failed=failed)
    onsets = np.arange(-2, 9, dtype=float)
    _, valid = read_openface_windows(path, onsets, window=1.0, frame_rate=5.0)
    usable = onsets[valid].tolist()
    # The gap from 1.0 to 3.5 s is longer than 2 s, and the one at the end is not. Up to
    # 1 s beyond the ends of the table, the nearest frame counts.
    assert usable == [-1, 0, 4, 5, 6, 7]
    _, valid = read_openface_windows(path, onsets, window=1.0, frame_rate=1.0)
    # The span from 3 to 4 s contains usable frames.
    assert onsets[valid].tolist() == [-1, 0, 3, 4, 5, 6, 7]


def test_the_time_of_a_frame_follows_the_true_rate_of_its_video(path):
    values = (np.arange(20 * 61) + 0.5) / 61
    half = 0.5 / 61
    write_openface(path, values, 61)
    onsets = np.array([0.0, 19.0])
    options = {"window": 0.5, "frame_rate": 2.0}
    read, _ = read_openface_windows(path, onsets, **options)
    np.testing.assert_allclose(read[:, 0, 0], [0.25, 19.25], atol=half)
    read, _ = read_openface_windows(path, onsets, video_rate=60.5, **options)
    # A frame of a slower video is shown later, so an earlier frame is shown at 19 s.
    np.testing.assert_allclose(read[1, 0, 0], 19.25 * 60.5 / 61, atol=half)
    read, _ = read_openface_windows(path, onsets, video_rate=30.0, **options)
    np.testing.assert_allclose(read[:, 0, 0], [0.25, 19.25], atol=half)


def test_tables_of_images_have_no_times(path):
    write_openface(path, np.arange(5.0), 1e9)
    with pytest.raises(
        ValueError, match=r"increasing timestamps.*not on single images"
    ):
        read_openface_windows(path, np.zeros(1), window=1.0, frame_rate=5.0)


# MAHNOB-HCI.


@pytest.fixture
def mahnob(tmp_path):
    """Sessions of 6 s and 4 s with a table, and one without. No video is there."""
    folder = tmp_path / "mahnob-hci"
    for number, seconds in ((2, 6), (4, 4), (6, 4)):
        path = write_session(folder, number, 1, seconds)
        if number != 6:
            name = VIDEO.format(number).replace(".avi", ".csv")
            frames = number + np.arange(seconds * 61) // 61 / 100
            write_openface(path / "processed" / name, frames, 61)
    return folder


def load_sessions(folder, **options):
    settings = {"sfreq": float(SFREQ), "window": 1.0, "face_rate": 1.0}
    with pytest.warns(UserWarning, match="MAHNOB-HCI"):
        return load_mahnob_hci(folder, **{**settings, **options})


def test_each_clip_has_as_many_windows_as_it_is_long(mahnob):
    dataset = load_sessions(mahnob, modalities=("eeg", "openface"))
    metadata = dataset.metadata
    assert metadata["trial"].tolist() == [2] * 6 + [4] * 4
    assert metadata["onset"].tolist() == [*range(6), *range(4)]
    assert dataset.data["openface"].shape == (10, 1, 29)
    expected = metadata["trial"] + metadata["onset"] / 100
    # The video runs at 60.97 Hz, so up to one frame in 61 is of the second before.
    np.testing.assert_allclose(dataset.data["openface"][:, 0, 5], expected, atol=5e-4)
    assert dataset.missing[0] == "session 6 of subject 1"
    middle = load_sessions(mahnob, modalities=("eeg", "openface"), duration=2.0)
    assert middle.metadata["onset"].tolist() == [2, 3, 1, 2]
    rows = [2, 3, 7, 8]
    for name in ("eeg", "openface"):
        np.testing.assert_array_equal(middle.data[name], dataset.data[name][rows])


def test_tables_of_sessions_in_a_folder_of_their_own(mahnob, tmp_path):
    expected = load_sessions(mahnob, modalities="openface")
    there = tmp_path / "tables"
    there.mkdir()
    for path in list(mahnob.rglob("*.csv")):
        path.rename(there / path.name)
    dataset = load_sessions(mahnob, modalities="openface", openface_dir=there)
    np.testing.assert_array_equal(dataset.data["openface"], expected.data["openface"])
    with pytest.raises(
        FileNotFoundError, match="no table of OpenFace for any of the 3"
    ):
        load_mahnob_hci(mahnob, modalities="openface")
