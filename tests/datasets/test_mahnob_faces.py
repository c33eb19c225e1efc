"""Faces of MAHNOB-HCI lie beside the signals of the same moments."""

import numpy as np
import pytest
from _mahnob import SFREQ, VIDEO, write_session

from sklearn_emotion.datasets import _mahnob_hci, load_mahnob_hci
from sklearn_emotion.preprocessing import FaceReport

pytest.importorskip("av")
from _drawn_face import draw_face, write_video

RATE = 61
SPEED = 12.0
# Drawing is slow, so that several frames are alike.
STRIDE = 4


def write_face(path, seconds, *, with_face=True):
    """A face that moves to the right, so that its place tells the time."""
    frames = []
    for number in range(0, seconds * RATE, STRIDE):
        x = 60 + SPEED * (number + (STRIDE - 1) / 2) / RATE if with_face else 1e4
        frame, _ = draw_face(120, 180, centre=(x, 55), eye_distance=26)
        frames += STRIDE * [frame]
    write_video(path, frames, rate=RATE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A face, no face, and no video."""
    folder = tmp_path_factory.mktemp("faces") / "mahnob-hci"
    for number, with_face in ((2, True), (4, False), (6, None)):
        path = write_session(folder, number, 1, 4)
        if with_face is not None:
            write_face(path / VIDEO.format(number), 5, with_face=with_face)
    return folder


def load(folder, **options):
    with pytest.warns(UserWarning, match="MAHNOB-HCI"):
        return load_mahnob_hci(
            folder, **{"sfreq": float(SFREQ), "window": 1.0, "face_size": 32, **options}
        )


def test_each_window_shows_the_face_of_its_moment(folder):
    dataset = load(folder, modalities=["eeg", "face", "landmarks"])
    assert dataset.metadata["trial"].tolist() == [2] * 4
    assert dataset.metadata["onset"].tolist() == [0, 1, 2, 3]
    assert dataset.data["face"].shape == (4, 5, 3, 32, 32)
    assert dataset.sfreq == {"eeg": 256.0, "face": 5.0, "landmarks": 5.0}
    assert dataset.ch_names["face"] == ["R", "G", "B"]
    assert dataset.units["landmarks"] == "pixels"
    assert dataset.data["face"].dtype == np.uint8
    assert np.ptp(dataset.data["face"]) > 128
    moments = np.arange(4)[:, np.newaxis] + (np.arange(5) + 0.5) / 5
    eyes = dataset.data["landmarks"][:, :, :2].mean(axis=2)
    # A pixel more than the step from one drawing to the next; a window away are 12.
    np.testing.assert_allclose(eyes[..., 0], 60 + SPEED * moments, atol=1.8)
    np.testing.assert_allclose(eyes[..., 1], 55, atol=3)
    assert dataset.missing[:2] == ["session 4 of subject 1", "session 6 of subject 1"]
    plain = load(folder, modalities=["eeg"], subjects=[1]).data["eeg"]
    np.testing.assert_array_equal(dataset.data["eeg"], plain[:4])


def test_faces_alone_of_the_middle_and_from_a_cache(folder, tmp_path):
    options = {"modalities": "face", "duration": 2.0}
    dataset = load(folder, **options)
    assert dataset.metadata["onset"].tolist() == [1.0, 2.0]
    whole = load(folder, modalities=["face", "gsr"], baseline="template")
    # The face is followed from another frame on, so that crops differ a little.
    shown = dataset.data["face"].astype(float)
    difference = np.abs(shown - whole.data["face"][1:3])
    assert difference.mean() < 0.02 * 255
    assert np.abs(shown - whole.data["face"].mean()).mean() > 0.1 * 255
    for _ in range(2):
        cached = load(folder, cache_dir=tmp_path, n_jobs=2, **options)
        np.testing.assert_array_equal(cached.data["face"], dataset.data["face"])
        assert cached.missing == dataset.missing


def test_other_baselines_keep_their_rests(folder):
    dataset = load(folder, modalities=["face", "gsr"], baseline="modality")
    assert sorted(dataset.data) == ["baseline_gsr", "face", "gsr"]
    with pytest.raises(ValueError, match="'keep' starts before the videos do"):
        load_mahnob_hci(folder, modalities=["face"], baseline="keep")
    with pytest.raises(ValueError, match=r"window of 'face'=0\.5 s is 2\.5 samples"):
        load_mahnob_hci(folder, modalities=["face"], window=0.5)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [(61.0, 60.9708 / 61.0), (60.9708, 1.0), (30.0, 1.0), (float("nan"), 1.0)],
)
def test_the_video_runs_at_the_rate_of_its_session(
    folder, monkeypatch, stated, expected
):
    asked = []

    class Info:
        frame_rate = stated

    def read(path, onsets, *, window, frame_rate, size):
        asked.append(onsets)
        faces = np.full((len(onsets), 5, 3, size, size), 128, np.uint8)
        valid = np.ones(len(onsets), dtype=bool)
        points = np.zeros((len(onsets), 5, 5, 2), np.float32)
        return faces, FaceReport(valid, np.ones(faces.shape[:2], bool), points)

    monkeypatch.setattr(_mahnob_hci, "probe_video", lambda path: Info)
    monkeypatch.setattr(_mahnob_hci, "read_face_windows", read)
    load(folder, modalities=["face"])
    np.testing.assert_allclose(asked[0], np.arange(4) * expected)


@pytest.mark.parametrize("content", [b"", b"RIFF and nothing else"])
def test_damaged_videos_are_named(folder, tmp_path, content):
    path = write_session(tmp_path, 2, 1, 4) / VIDEO.format(2)
    path.write_bytes(content)
    with pytest.raises(ValueError, match="C1 trigger"):
        load_mahnob_hci(tmp_path, modalities=["face"], window=1.0)
