"""DEAP's faces lie beside the EEG of the same minute."""

import numpy as np
import pandas as pd
import pytest
from _deap import python2_pickle, ratings_table
from _drawn_face import draw_face, write_video

from sklearn_emotion import FaceLandmarkFeatures, Modalities, PriorDrivenSTFENet
from sklearn_emotion.datasets import _deap, load_deap

pytest.importorskip("av")

SECONDS = 4
RATE = 10
SUBJECTS = (1, 23)
N_FILMED = 16  # trials of subject 1, of 40


def event_of(video):
    """The second in which something happens, by the video (Experiment_id)."""
    return (video * 7) % SECONDS


def recording():
    """EEG of about 1 µV, and of about 50 µV in the second of the event."""
    data = np.ones((40, 40, (3 + SECONDS) * 128))
    for video in range(1, 41):
        start = (3 + event_of(video)) * 128
        data[video - 1, :, start : start + 128] = 50
    return data + np.arange(data.shape[2]) % 2


@pytest.fixture(scope="module")
def frames():
    """A dim and a bright frame."""
    options = {"centre": (48, 36), "eye_distance": 20.0}
    return [draw_face(80, 96, light=light, **options)[0] for light in (0.5, 1.0)]


def write_face(path, frames, video, seconds=SECONDS):
    bright = (np.arange(int(seconds * RATE)) // RATE) == event_of(video)
    write_video(path, [frames[int(is_bright)] for is_bright in bright], rate=RATE)


@pytest.fixture(scope="module")
def original(tmp_path_factory, frames):
    """Subject 1, filmed in the first 16 trials, and 23, not filmed."""
    rng = np.random.default_rng(0)
    folder = tmp_path_factory.mktemp("data") / "deap"
    ratings = {s: np.round(rng.uniform(1, 9, (40, 4)), 2) for s in SUBJECTS}
    presentation = {s: rng.permutation(40) + 1 for s in SUBJECTS}
    signals = folder / "data_preprocessed_python"
    videos = folder / "face_video" / "s01"
    for path in (signals, videos, folder / "metadata_csv"):
        path.mkdir(parents=True)
    for subject in SUBJECTS:
        content = python2_pickle({"labels": ratings[subject], "data": recording()})
        (signals / f"s{subject:02d}.dat").write_bytes(content)
    table = ratings_table(ratings, presentation, {})
    (folder / _deap.TABLE).write_text(table)
    for video, trial in enumerate(presentation[1], start=1):
        if trial <= N_FILMED:
            write_face(videos / f"s01_trial{trial:02d}.avi", frames, video)
    return folder, presentation[1]


@pytest.fixture
def deap(original, monkeypatch):
    """The same, its trials 4 s long; returns its folder and the presentation."""
    monkeypatch.setattr(_deap, "DURATION", float(SECONDS))
    return original


def load(folder, **options):
    settings = {"subjects": [1], "modalities": ("eeg", "face"), "window": 1.0}
    return load_deap(
        folder, **{**settings, "face_rate": 2.0, "face_size": 16, **options}
    )


MISSING = "24 of 40 trials are left out, .* s01_trial17, s01_trial18, .* and 14 more"


def test_an_event_in_the_eeg_is_in_the_face_of_the_same_window(deap):
    folder, presentation = deap
    with pytest.warns(UserWarning, match=MISSING):
        dataset = load(folder)
    assert dataset.data["face"].shape == (N_FILMED * SECONDS, 2, 3, 16, 16)
    assert dataset.data["face"].dtype == np.uint8
    assert dataset.sfreq == {"eeg": 128.0, "face": 2.0}
    assert dataset.ch_names["face"] == ["R", "G", "B"]
    in_eeg = dataset.data["eeg"].mean(axis=(1, 2)) > 10
    # The crop's mean is 0.5 times as large without the event.
    light = dataset.data["face"].mean(axis=(1, 2, 3, 4))
    in_face = light > 0.75 * light.max()
    np.testing.assert_array_equal(in_face, in_eeg)
    assert in_eeg.sum() == N_FILMED
    metadata = dataset.metadata
    np.testing.assert_array_equal(
        metadata["onset"][in_face], event_of(metadata["stimulus"][in_face])
    )
    # Joined by position, most trials would have their event in another window.
    assert np.mean(event_of(presentation) == event_of(np.arange(1, 41))) < 0.5


def test_missing_trials_shift_nothing(deap):
    folder, presentation = deap
    with pytest.warns(UserWarning, match=MISSING):
        dataset = load(folder)
    assert dataset.missing == [f"s01_trial{trial}" for trial in range(17, 41)]
    left = dataset.metadata.groupby("stimulus", sort=True)["presentation"].first()
    expected = {v: t for v, t in enumerate(presentation, start=1) if t <= N_FILMED}
    assert left.to_dict() == expected
    plain = load(folder, modalities=("eeg",))
    assert plain.missing == []
    kept = plain.metadata["presentation"] <= N_FILMED
    np.testing.assert_array_equal(plain.data["eeg"][kept], dataset.data["eeg"])


def test_subjects_without_videos_are_left_out(deap):
    folder, _ = deap
    with pytest.warns(UserWarning, match="64 of 80 trials are left out"):
        dataset = load(folder, subjects=[23, 1], n_jobs=2)
    assert set(dataset.metadata["subject"]) == {1}
    assert len(dataset.missing) == 64
    with pytest.raises(FileNotFoundError, match=r"no face video of subjects \[23\]"):
        load(folder, subjects=[23])


def test_without_the_table_faces_cannot_be_joined(deap):
    folder, _ = deap
    table = folder / _deap.TABLE
    content = table.read_text()
    table.unlink()
    try:
        with (
            pytest.warns(UserWarning, match="order of presentation is not known"),
            pytest.raises(FileNotFoundError, match="only this table says which trial"),
        ):
            load(folder)
    finally:
        table.write_text(content)


def test_faces_do_not_reach_into_the_baseline(deap):
    folder, _ = deap
    with pytest.raises(ValueError, match="baseline='keep' starts 3 s before the face"):
        load(folder, baseline="keep")
    with pytest.warns(UserWarning, match=MISSING):
        dataset = load(folder, baseline="modality")
    assert dataset.data["baseline"].shape == (N_FILMED * SECONDS, 32, 3 * 128)


def test_a_window_must_be_a_whole_number_of_frames(deap):
    with pytest.raises(ValueError, match=r"window of 'face'=1.0 s is 2.5 samples"):
        load(deap[0], face_rate=2.5)
    with pytest.raises(ValueError, match="face_rate must be a positive rate in Hz"):
        load(deap[0], face_rate=0.0)


@pytest.fixture
def copy(original, tmp_path, monkeypatch):
    """A copy of the folder whose videos may be changed."""
    monkeypatch.setattr(_deap, "DURATION", float(SECONDS))
    folder, presentation = original
    inner = tmp_path / "deap"
    for path in folder.rglob("*.*"):
        target = inner / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    return inner, presentation


def test_windows_without_a_face_and_beyond_the_end_are_left_out(copy, frames):
    folder, presentation = copy
    videos = {trial: video for video, trial in enumerate(presentation, start=1)}
    empty = [np.full_like(frames[0], 120)] * 2
    inner = folder / "face_video" / "s01"
    write_face(inner / "s01_trial05.avi", empty, videos[5])
    write_face(inner / "s01_trial06.avi", frames, videos[6], seconds=2)
    with pytest.warns(UserWarning, match="1 windows of other trials are left out"):
        dataset = load(folder)
    assert "s01_trial05" in dataset.missing
    # The last frame, at 1.9 s, is repeated up to 2.9 s: to 2.75 s, but not to 3.25 s.
    onsets = dataset.metadata.query("presentation == 6")["onset"]
    assert onsets.tolist() == [0, 1, 2]


def test_a_cached_copy_is_the_same_and_knows_new_videos(copy, frames, tmp_path):
    folder, presentation = copy
    cache = {"cache_dir": tmp_path / "cache"}
    with pytest.warns(UserWarning, match=MISSING):
        plain = load(folder)
    with pytest.warns(UserWarning, match=MISSING):
        load(folder, **cache)
    with pytest.warns(UserWarning, match=MISSING):
        stored = load(folder, **cache)
    assert isinstance(stored.data["face"], np.memmap)
    np.testing.assert_array_equal(stored.data["face"], plain.data["face"])
    pd.testing.assert_frame_equal(stored.metadata, plain.metadata)
    assert stored.missing == plain.missing
    videos = {trial: video for video, trial in enumerate(presentation, start=1)}
    path = folder / "face_video" / "s01" / "s01_trial17.avi"
    write_face(path, frames, videos[17])
    with pytest.warns(UserWarning, match="23 of 40 trials are left out"):
        assert len(load(folder, **cache).data) == (N_FILMED + 1) * SECONDS


def test_damaged_videos_are_named(copy):
    folder, _ = copy
    path = folder / "face_video" / "s01" / "s01_trial01.avi"
    path.write_bytes(b"")
    with pytest.raises(ValueError, match=r"s01_trial01\.avi is empty"):
        load(folder)


def test_landmarks_give_the_face_of_the_prior_driven_network(deap):
    folder, _ = deap
    with pytest.warns(UserWarning, match=MISSING):
        dataset = load(
            folder, modalities=("eeg", "landmarks"), window=None, face_rate=4.0
        )
    assert dataset.data["landmarks"].shape == (N_FILMED, 16, 5, 2)
    assert dataset.ch_names["landmarks"][2] == "nose"
    eyes = dataset.data["landmarks"][:, :, :2]
    np.testing.assert_allclose(eyes.mean(axis=(0, 1)), [[38, 36], [58, 36]], atol=2)
    features = FaceLandmarkFeatures(frame_rate=4.0, window=2.0)
    face = features.fit_transform(dataset.data["landmarks"])
    assert face.shape == (N_FILMED, 2, 10)
    rng = np.random.default_rng(0)
    X = Modalities(
        connectivity=rng.normal(size=(N_FILMED, 2, 4, 4)),
        eeg=rng.normal(size=(N_FILMED, 2, 5, 4)),
        face=face,
    )
    network = PriorDrivenSTFENet(channels=(2, 2), max_epochs=1, random_state=0)
    assert network.fit(X, np.arange(N_FILMED) % 2).predict(X).shape == (N_FILMED,)
