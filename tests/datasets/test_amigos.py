"""AMIGOS is read from its cells, and what is absent is said."""

import numpy as np
import pandas as pd
import pytest
from _whole import MinusStart
from scipy.io import savemat
from scipy.sparse import csc_array

from sklearn_emotion.datasets import list_cache, load_amigos

SFREQ = 128
REST = 5 * SFREQ
# Of 20 videos; the fourth and the seventeenth are absent, the third is too short.
SECONDS = [4, 5, 1, 0, *[4] * 12, 0, 6, 6, 6]
# Five ratings from 1 to 9 and seven emotions, 0 or 1.
VIDEO = np.arange(20)[:, np.newaxis]
LABELS = np.concatenate(
    [1 + VIDEO % 8 + np.arange(5) / 100, (VIDEO + np.arange(7)) % 2], axis=1
)


def signal(subject, video):
    """Whole numbers that tell subject, video, column and time."""
    n_times = REST + SECONDS[video] * SFREQ
    time, column = np.ogrid[:n_times, :17]
    value = ((20.0 * subject + video) * 17 + column) * 2048 + time
    return value if SECONDS[video] else np.empty((0, 0))


def cells(values):
    array = np.empty((1, len(values)), object)
    for i, value in enumerate(values):
        array[0, i] = value
    return array


def write(folder, subject, change=None, films=None):
    signals = [signal(subject, video) for video in range(20)]
    labels = [row[np.newaxis] for row in LABELS]
    if change:
        change(signals, labels)
    name = f"Data_Preprocessed_P{subject:02d}.mat"
    content = {"joined_data": cells(signals), "labels_selfassessment": cells(labels)}
    if films:
        content["VideoIDs"] = cells(films)
    savemat(folder / name, content)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "amigos"
    folder.mkdir()
    for subject in (1, 2):
        write(folder, subject)
    return folder


def load(folder, **options):
    with pytest.warns(UserWarning, match="AMIGOS"):
        return load_amigos(folder, **{"subjects": [1, 2], "window": 2.0, **options})


def test_the_values_of_windows_channels_and_labels(folder):
    dataset = load(folder, modalities=["eeg", "ecg", "gsr"])
    metadata = dataset.metadata
    assert {name: a.shape[1:] for name, a in dataset.data.items()} == {
        "eeg": (14, 256),
        "ecg": (2, 256),
        "gsr": (1, 256),
    }
    assert dataset.ch_names["eeg"][:3] == ["AF3", "F7", "F3"]
    assert dataset.ch_names["ecg"] == ["ECG right", "ECG left"]
    for row in (0, 3, len(metadata) - 1):
        where = metadata.loc[row]
        subject, video = int(where["subject"]), int(where["stimulus"]) - 1
        whole = signal(subject, video)[REST:].T
        start = int(where["onset"] * SFREQ)
        whole = whole[:, start : start + 256]
        np.testing.assert_array_equal(dataset.data["eeg"][row], whole[:14])
        np.testing.assert_array_equal(dataset.data["ecg"][row], whole[14:16])
        np.testing.assert_array_equal(dataset.data["gsr"][row], whole[16:])
        expected = LABELS[video]
        names = ["arousal", "valence", "dominance", "liking", "familiarity", "neutral"]
        assert where[names].tolist() == expected[:6].tolist()
        assert where["sadness"] == expected[11]


def test_short_and_long_videos_and_the_absent_ones(folder):
    short = load(folder)
    assert short.metadata["stimulus"].unique().tolist() == [1, 2, *range(5, 17)]
    assert short.missing == [
        "P01 video 3",
        "P01 video 4",
        "P02 video 3",
        "P02 video 4",
    ]
    long = load(folder, videos="long")
    assert long.metadata["stimulus"].unique().tolist() == [18, 19, 20]
    assert long.metadata["trial"].unique().tolist() == [17, 18, 19, 37, 38, 39]
    with pytest.warns(UserWarning, match="6 of 40 trials have no sample.*P01 video 3"):
        both = load_amigos(folder, subjects=[1, 2], videos="all", window=2.0)
    assert len(both.data) == len(short.data) + len(long.data)


def test_films_have_one_number_whatever_the_order_of_the_cells(folder):
    """Names as in the files: numbers of short films as texts, and long ones."""
    short = "10 13 138 18 19 23 30 31 34 36 4 5 58 80 9 90".split()
    long = ["B1", "N1", "P1", "U1"]
    write(folder, 1, films=[*short, *long])
    write(folder, 2, films=[*short[::-1], *long[::-1]])
    metadata = load(folder, videos="all").metadata
    one = metadata[metadata["window"] == 0].set_index("trial")["stimulus"]
    assert one[[0, 1, 15, 19]].tolist() == [1, 2, 16, 20]
    assert one[[20, 21, 35, 39]].tolist() == [16, 15, 1, 17]
    write(folder, 2, films=[*short[:15], "9", *long])
    with pytest.raises(ValueError, match="VideoIDs must be 20 different names"):
        load_amigos(folder, subjects=[2])


def test_windows_with_nan_are_left_out_and_counted(folder):
    def spoil(signals, labels):
        signals[0] = signals[0].copy()
        signals[0][REST + 100 : REST + 120, 3] = np.nan
        labels[1] = np.empty((0, 0))

    write(folder, 2, spoil)
    with pytest.warns(UserWarning, match="1 windows that hold NaN are left out"):
        dataset = load_amigos(folder, subjects=[2], window=2.0)
    first = dataset.metadata[dataset.metadata["trial"] == 20]
    assert first["window"].tolist() == [1]
    assert first["onset"].tolist() == [2.0]
    unrated = dataset.metadata[dataset.metadata["trial"] == 21]
    assert len(unrated) == 2
    assert unrated["valence"].isna().all()


def test_a_subject_without_any_trial_is_no_obstacle(folder):
    def remove(signals, labels):
        signals[16:] = [np.empty((0, 0))] * 4

    write(folder, 1, remove)
    dataset = load(folder, videos="long", baseline="modality")
    assert dataset.groups("subject").tolist() == [2] * 9
    assert dataset.metadata["trial"].dtype.kind == "i"
    assert len(dataset.missing) == 5


# Without the mean of the rest, the signals are constant.
@pytest.mark.filterwarnings("ignore:.*EEG channels are constant")
def test_ways_to_treat_the_rest(folder):
    options = {"subjects": [2], "modalities": ["eeg"], "window": 1.0}
    plain = load(folder, **options).data["eeg"]
    beside = load(folder, baseline="modality", **options)
    rest = signal(2, 0)[:REST, :14].T
    assert beside.data["baseline"].shape == (len(plain), 14, REST)
    np.testing.assert_array_equal(beside.data["baseline"][0], rest)
    template = load(folder, baseline="template", **options).data["eeg"]
    mean = rest.reshape(14, 5, 128).mean(axis=1)
    np.testing.assert_allclose(template[1], plain[1] - mean, rtol=1e-6)
    kept = load(folder, baseline="keep", **options)
    assert kept.metadata["onset"][:6].tolist() == [-5, -4, -3, -2, -1, 0]
    np.testing.assert_array_equal(kept.data["eeg"][5], plain[0])


def test_cache_and_folders_of_their_own_change_nothing(folder, tmp_path):
    plain = load(folder)
    for subject in (1, 2):
        name = f"Data_Preprocessed_P{subject:02d}"
        (folder / name).mkdir()
        (folder / f"{name}.mat").rename(folder / name / f"{name}.mat")
    for _ in range(2):
        cached = load(folder.parent, cache_dir=tmp_path / "cache", n_jobs=2)
        np.testing.assert_array_equal(cached.data["eeg"], plain.data["eeg"])
        pd.testing.assert_frame_equal(cached.metadata, plain.metadata)
        assert cached.missing == plain.missing


def shapes(signals, labels):
    signals[0] = signals[0][:, :14]


def labels_of_another_length(signals, labels):
    labels[2] = np.zeros((1, 3))
    signals[2] = signal(1, 0)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (shapes, r"video 1 must be of shape \('n_times', 17\)"),
        (labels_of_another_length, "video 3 must have 12 labels, got 3"),
        (lambda signals, labels: signals.pop(), "joined_data must be 20 cells"),
    ],
)
def test_files_of_another_form_are_named(folder, tmp_path, change, match):
    write(folder, 2, change)
    with pytest.raises(ValueError, match=match):
        load_amigos(folder, subjects=[2], cache_dir=tmp_path / "cache")
    assert not list_cache(tmp_path / "cache")["complete"].any()


def test_a_file_that_is_cut_off_is_named(folder):
    path = folder / "Data_Preprocessed_P02.mat"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(ValueError, match=r"P02\.mat cannot be read as a MATLAB file"):
        load_amigos(folder, subjects=[2])


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"subjects": [41]}, "members of 1 to 40"),
        ({"videos": "medium"}, r"videos must be one of \('short', 'long', 'all'\)"),
        ({"window": 60.0}, "no trial holds a window"),
        ({"window": None}, "window of 'eeg' must be a positive number"),
        ({"window": 0.3}, "38.4 samples"),
    ],
)
def test_bad_parameters_are_named(folder, options, match):
    with pytest.raises(ValueError, match=match):
        load_amigos(folder, **{"subjects": [1], **options})


def test_missing_files_are_named(folder):
    with pytest.raises(FileNotFoundError, match=r"Data_Preprocessed_P03\.mat"):
        load_amigos(folder, subjects=[1, 3])


def test_a_rest_with_nan_is_counted_and_left_out(folder):
    def spoil(signals, labels):
        signals[1][5, 0] = np.nan

    write(folder, 1, spoil)
    whole = load(folder, baseline="drop")
    with pytest.warns(UserWarning, match="P01 video 2"):
        dataset = load_amigos(folder, subjects=[1, 2], window=2.0, baseline="modality")
    assert np.isfinite(dataset.data["baseline"]).all()
    assert "P01 video 2" in dataset.missing
    lost = (whole.metadata["subject"] == 1) & (whole.metadata["stimulus"] == 2)
    assert len(dataset.metadata) == len(whole.metadata) - lost.sum()


def big(signals, labels):
    signals[1][REST + 5, 0] = 1e300


def char(signals, labels):
    signals[1] = "text"


def cell(signals, labels):
    signals[1] = cells([1.0, 2.0])


def complex_numbers(signals, labels):
    signals[1] = signals[1] * 1j


def text_labels(signals, labels):
    labels[1] = "text"


def wrong_rating(signals, labels):
    labels[1] = np.where(np.arange(12) == 1, 9.5, labels[1])


def wrong_emotion(signals, labels):
    labels[1] = np.where(np.arange(12) == 6, 2.0, labels[1])


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (big, r"eeg contains 1e\+300, which is beyond the range of float32"),
        (char, "video 2 must be an array of real numbers, got <U4"),
        (cell, "video 2 must be an array of real numbers, got object"),
        (complex_numbers, "video 2 must be an array of real numbers, got complex128"),
        (text_labels, "video 2: labels must be an array of real numbers, got <U4"),
        (wrong_rating, r"video 2: valence must be from 1 to 9, got 9\.5"),
        (wrong_emotion, "video 2: disgust must be from 0 to 1, got 2"),
    ],
)
def test_content_of_another_kind_is_named(folder, change, match):
    write(folder, 2, change)
    with pytest.raises(ValueError, match=rf"P02\.mat: {match}"):
        load_amigos(folder, subjects=[2], window=2.0)


def test_sparse_matrices_are_named(folder):
    def thin(signals, labels):
        signals[1] = csc_array(np.eye(17))

    write(folder, 2, thin)
    with pytest.raises(ValueError, match=r"P02\.mat.* video 2 must be .* real numbers"):
        load_amigos(folder, subjects=[2], window=2.0)


def test_subjects_that_are_there_are_suggested(folder):
    with pytest.raises(FileNotFoundError, match=r"pass subjects=\[1, 2\]\."):
        load_amigos(folder, subjects=[1, 2, 3])


def test_whole_trials_are_preprocessed_before_they_are_cut(folder):
    names = ["eeg", "ecg"]
    plain = load(folder, modalities=names, baseline="modality")
    done = load(
        folder, modalities=names, baseline="modality", preprocess={"ecg": MinusStart()}
    )
    np.testing.assert_array_equal(done.data["eeg"], plain.data["eeg"])
    start = plain.data["baseline_ecg"][..., :1]
    np.testing.assert_array_equal(done.data["ecg"], plain.data["ecg"] - start)


def test_trials_with_nan_cannot_be_preprocessed_and_are_left_out(folder):
    def spoil(signals, labels):
        signals[0] = signals[0].copy()
        signals[0][REST + 100, 3] = np.nan

    write(folder, 2, spoil)
    dataset = load(folder, subjects=[2], preprocess={"eeg": MinusStart()})
    assert "P02 video 1" in dataset.missing
    assert len(load(folder, subjects=[2]).data) == len(dataset.data) + 1
