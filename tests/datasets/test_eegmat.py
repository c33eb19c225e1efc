"""EEGMAT is read as PhysioNet stores it: units, names, the end of each recording."""

import shutil
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from _edf import EEG_NAMES, LABELS, SFREQ, physical, quantise, write_edf
from _whole import MinusStart
from scipy.signal import welch
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_emotion.datasets import _eegmat, load_eegmat
from sklearn_emotion.montage import MONTAGES

HEADER = "Subject,Age,Gender,Recording year,Number of subtractions,Count quality\n"
TABLE = HEADER + "Subject00,21,F,2011,9.7,0\nSubject01,18,M,2012,29.35,1\n"
LOADED = {"subjects": [0, 1], "duration": 4.0, "window": 2.0}


def digital_signals(seed, n_seconds):
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(len(EEG_NAMES) + 1, n_seconds * SFREQ))
    return quantise(noise * np.array([[20.0]] * len(EEG_NAMES) + [[0.2]]))


@pytest.fixture
def tails():
    """The last five seconds of four recordings, as digital values."""
    return {
        f"Subject{subject:02d}_{task}.edf": digital_signals(2 * subject + task, 5)
        for subject in (0, 1)
        for task in (1, 2)
    }


@pytest.fixture
def home(tmp_path, tails):
    folder = tmp_path / "data" / "eegmat"
    folder.mkdir(parents=True)
    for name, digital in tails.items():
        write_edf(folder / name, digital)
    (folder / "subject-info.csv").write_text(TABLE)
    return folder.parent


def test_values_units_and_channels_at_the_original_rate(home, tails):
    dataset = load_eegmat(home, sfreq=SFREQ, ecg_sfreq=SFREQ, **LOADED)
    eeg, ecg = dataset.data["eeg"], dataset.data["ecg"]
    assert eeg.shape == (8, 19, 1000)
    assert ecg.shape == (8, 1, 1000)
    assert eeg.dtype == ecg.dtype == np.float32
    assert dataset.ch_names == {"eeg": list(MONTAGES["eegmat19"]), "ecg": ["ECG"]}
    assert dataset.units == {"eeg": "µV", "ecg": "mV"}
    # The file holds five seconds: the last four are used, A2-A1 (row 19) is not.
    expected = physical(tails["Subject01_2.edf"])[:, 500:]
    np.testing.assert_allclose(eeg[6], expected[:19, :1000], rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(eeg[7], expected[:19, 1000:], rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(ecg[7], expected[20:, 1000:], rtol=1e-5, atol=1e-6)


def test_old_names_stand_for_the_new_ones(home):
    # T3 T4 T5 T6 are signals 7, 8, 11 and 12 of the file.
    names = load_eegmat(home, **LOADED).ch_names["eeg"]
    assert [names[i] for i in (6, 7, 10, 11)] == ["T7", "T8", "P7", "P8"]


def test_metadata_joins_the_table_of_the_subjects(home):
    dataset = load_eegmat(home, **LOADED)
    metadata = dataset.metadata
    assert metadata["subject"].tolist() == [0] * 4 + [1] * 4
    assert metadata["trial"].tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert metadata["window"].tolist() == [0, 1] * 4
    assert metadata["onset"].tolist() == [0.0, 2.0] * 4
    assert metadata["gender"].tolist() == ["F"] * 4 + ["M"] * 4
    assert metadata["n_subtractions"].tolist() == [9.7] * 4 + [29.35] * 4
    assert metadata[["age", "recording_year", "count_quality"]].iloc[-1].tolist() == [
        18,
        2012,
        1,
    ]
    assert dataset.target("task").tolist() == (["rest"] * 2 + ["arithmetic"] * 2) * 2
    assert "Zyma" in dataset.DESCR


def test_what_comes_before_the_used_part_changes_nothing(home, tails, tmp_path):
    short = load_eegmat(home, **LOADED)
    longer = tmp_path / "eegmat"
    shutil.copytree(home / "eegmat", longer)
    for seed, (name, tail) in enumerate(tails.items()):
        if name.endswith("_1.edf"):
            head = digital_signals(100 + seed, 7)
            write_edf(longer / name, np.hstack([head, tail]))
    long = load_eegmat(longer, **LOADED)
    np.testing.assert_array_equal(long.data["eeg"], short.data["eeg"])
    np.testing.assert_array_equal(long.data["ecg"], short.data["ecg"])
    assert long.metadata.equals(short.metadata)


def test_resampling_keeps_what_fits_and_removes_what_would_fold(tmp_path):
    # 100 Hz would fold to 28 Hz at 128 Hz.
    time = np.arange(10 * SFREQ) / SFREQ
    signals = np.zeros((21, len(time)))
    signals[0] = 50 * np.sin(2 * np.pi * 10 * time)
    signals[1] = 50 * np.sin(2 * np.pi * 100 * time)
    for task in (1, 2):
        write_edf(tmp_path / f"Subject00_{task}.edf", quantise(signals))
    (tmp_path / "subject-info.csv").write_text(TABLE)
    dataset = load_eegmat(tmp_path, subjects=[0], duration=10.0, window=None)
    eeg = dataset.data["eeg"][0]
    assert eeg.shape == (19, 1280)
    time = np.arange(1280) / 128
    inner = slice(64, -64)
    np.testing.assert_allclose(
        eeg[0, inner], 50 * np.sin(2 * np.pi * 10 * time[inner]), atol=0.1
    )
    assert np.abs(eeg[1, inner]).max() < 50 / 1000


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_subjects_modalities_and_their_order_are_as_asked(home, n_jobs):
    dataset = load_eegmat(
        home,
        subjects=[1, 0],
        modalities=["ecg", "eeg"],
        duration=4.0,
        window=None,
        n_jobs=n_jobs,
    )
    assert list(dataset.data) == list(dataset.sfreq) == ["ecg", "eeg"]
    assert dataset.groups("subject").tolist() == [1, 1, 0, 0]
    one = load_eegmat(home, subjects=[0], modalities="eeg", duration=4.0, window=None)
    assert list(one.data) == ["eeg"]
    np.testing.assert_array_equal(one.data["eeg"], dataset.data["eeg"][2:])


def test_overlapping_windows_share_their_samples(home):
    dataset = load_eegmat(home, subjects=[0], duration=4.0, window=2.0, step=1.0)
    eeg = dataset.data["eeg"]
    assert eeg.shape == (6, 19, 256)
    np.testing.assert_array_equal(eeg[0, :, 128:], eeg[1, :, :128])
    assert dataset.metadata["onset"].tolist() == [0, 1, 2] * 2


@pytest.mark.parametrize("inner", ["", "eegmat"])
def test_the_environment_names_either_folder(home, monkeypatch, inner):
    monkeypatch.setenv("SKLEARN_EMOTION_DATA", str(home / inner))
    assert len(load_eegmat(**LOADED).data) == 8


def test_a_cached_copy_is_the_same_and_needs_no_reading(home, tmp_path, monkeypatch):
    plain = load_eegmat(home, **LOADED)
    load_eegmat(home, cache_dir=tmp_path / "cache", **LOADED)
    monkeypatch.setattr(_eegmat, "_read_recording", None)
    cached = load_eegmat(home, cache_dir=tmp_path / "cache", **LOADED)
    assert isinstance(cached.data["eeg"], np.memmap)
    np.testing.assert_array_equal(cached.data["eeg"], plain.data["eeg"])
    pd.testing.assert_frame_equal(cached.metadata, plain.metadata)


def test_the_real_files_hold_what_mne_finds_in_them(data_home):
    import mne

    path = data_home / "eegmat" / "Subject07_2.edf"
    raw = mne.io.read_raw_edf(path, verbose="error")
    dataset = load_eegmat(data_home, subjects=[7], sfreq=500, ecg_sfreq=500)
    # The last 60 s before the two dead ones.
    eeg = raw.get_data("EEG T3", stop=60 * 500)[0] * 1e6
    ecg = raw.get_data("ECG ECG", stop=60 * 500)[0] * 1e3
    row = dataset.ch_names["eeg"].index("T7")
    mine = dataset.data["eeg"][6:, row].ravel()
    np.testing.assert_allclose(mine, eeg, rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(dataset.data["ecg"][6:].ravel(), ecg, atol=1e-6)


def test_a_missing_folder_is_named_with_where_to_get_the_data(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        load_eegmat(tmp_path / "nowhere")
    message = str(caught.value)
    assert str(tmp_path / "nowhere" / "eegmat") in message
    assert "73 of 73 files missing: Subject00_1.edf, Subject00_2.edf" in message
    assert "no such folder" in message
    assert "fetch_eegmat" in message
    assert "https://physionet.org/content/eegmat/1.0.0/" in message
    assert "SKLEARN_EMOTION_DATA" in message


def test_an_incomplete_copy_names_all_faults_at_once(home):
    folder = home / "eegmat"
    (folder / "Subject00_2.edf").unlink()
    (folder / "subject-info.csv").unlink()
    whole = (folder / "Subject01_1.edf").read_bytes()
    (folder / "Subject01_1.edf").write_bytes(whole[:-1000])
    (folder / "Subject01_2.edf").write_bytes(whole[:100])
    with pytest.raises(FileNotFoundError) as caught:
        load_eegmat(home, **LOADED)
    message = str(caught.value)
    assert "2 of 5 files missing: Subject00_2.edf, subject-info.csv" in message
    assert "2 of 5 files cut off: Subject01_1.edf, Subject01_2.edf" in message


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"subjects": [0, 36]}, r"subjects must be .* from 0 to 35, got \[0, 36\]"),
        ({"subjects": [1, 1]}, r"different whole numbers"),
        ({"subjects": []}, r"subjects must be"),
        ({"modalities": ["eeg", "emg"]}, r"modalities must be .*'ecg'.*'emg'"),
        ({"modalities": []}, r"modalities must be"),
        ({"sfreq": 0.0}, r"rate of 'eeg' must be positive, got 0.0"),
        ({"duration": 6.0, "window": 2.0}, r"duration=6.0 s is longer than .* \(5 s\)"),
        ({"window": 5.0}, r"window=5.0 s is longer than the 4 s"),
        ({"window": 0.3}, r"window of 'eeg'=0.3 s is 38.4 samples"),
    ],
)
def test_bad_parameters_are_named(home, options, match):
    with pytest.raises(ValueError, match=match):
        load_eegmat(home, **{**LOADED, **options})


def test_a_file_without_a_channel_is_named(home, tails, monkeypatch):
    monkeypatch.setattr("_edf.LABELS", ["EEG Fp9", *LABELS[1:]])
    write_edf(home / "eegmat" / "Subject00_1.edf", tails["Subject00_1.edf"])
    monkeypatch.undo()
    with pytest.raises(ValueError, match=r"Subject00_1.edf has no channels \['Fp1'\]"):
        load_eegmat(home, **LOADED)


def test_seconds_in_which_nothing_moves_end_the_signal(home, tails):
    """A constant and then zeros, as PhysioNet's files end, are not used."""
    expected = load_eegmat(home, **LOADED)
    for name, digital in tails.items():
        held = np.repeat(digital[:, -1:], SFREQ, axis=1)
        zeros = quantise(np.zeros((len(LABELS), SFREQ)))
        # A late step, at another time in each file.
        zeros[:, : 10 * (1 + len(name) % 3)] = digital[:, -1:]
        write_edf(home / "eegmat" / name, np.hstack([digital, held, zeros]))
    padded = load_eegmat(home, **LOADED)
    np.testing.assert_array_equal(padded.data["eeg"], expected.data["eeg"])
    np.testing.assert_array_equal(padded.data["ecg"], expected.data["ecg"])
    with pytest.raises(ValueError, match=r"longer than the signal in .*\(5 s\)"):
        load_eegmat(home, **{**LOADED, "duration": 6.0})


def test_the_real_recordings(data_home):
    dataset = load_eegmat(data_home, n_jobs=2)
    assert dataset.data["eeg"].shape == (432, 19, 1280)
    assert dataset.data["ecg"].shape == (432, 1, 2500)
    assert dataset.metadata.groupby("subject")["task"].nunique().eq(2).all()
    assert dataset.metadata["trial"].nunique() == 72
    # Every half second of every sample moves: the dead end of the files is not used.
    halves = dataset.data["eeg"].reshape(432, 19, 20, 64)
    assert (halves.std(axis=-1) > 0.01).any(axis=1).all()
    # A log-band-power logistic regression reaches 0.72 on unseen subjects.
    f, power = welch(dataset.data["eeg"], 128, nperseg=256)
    edges = [4, 8, 13, 30, 45]
    X = np.concatenate(
        [
            np.log(power[..., (f >= low) & (f < high)].mean(axis=-1))
            for low, high in pairwise(edges)
        ],
        axis=1,
    )
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=1000))
    scores = cross_val_score(
        model,
        X,
        dataset.target("task"),
        groups=dataset.groups("subject"),
        cv=GroupKFold(12),
    )
    assert 0.65 < scores.mean() < 0.80


def test_a_real_recording_with_a_longer_head_gives_the_same_arrays(data_home, tmp_path):
    source = data_home / "eegmat" if (data_home / "eegmat").is_dir() else data_home
    for name in ("Subject03_1.edf", "Subject03_2.edf", "subject-info.csv"):
        shutil.copyfile(source / name, tmp_path / name)
    path = tmp_path / "Subject03_1.edf"
    content = path.read_bytes()
    n_header, n_records = int(content[184:192]), int(content[236:244])
    body = content[n_header:]
    length = len(body) // n_records
    # 118 records before the 62, as in the file of 180 s.
    head = body[:length] * 118
    header = content[:236] + str(n_records + 118).encode().ljust(8) + content[244:]
    path.write_bytes(header[:n_header] + head + body)
    long = load_eegmat(tmp_path, subjects=[3])
    short = load_eegmat(data_home, subjects=[3])
    np.testing.assert_array_equal(long.data["eeg"], short.data["eeg"])
    np.testing.assert_array_equal(long.data["ecg"], short.data["ecg"])
    assert long.metadata.equals(short.metadata)


def test_a_rate_other_than_500_hz_is_named(home):
    """Records of 1000 s would be read at 0.5 Hz."""
    path = home / "eegmat" / "Subject00_1.edf"
    content = bytearray(path.read_bytes())
    content[244:252] = b"1000    "
    path.write_bytes(content)
    with pytest.raises(
        ValueError, match=r"Subject00_1\.edf states .* 0\.5 Hz, .* 500 Hz"
    ):
        load_eegmat(home, **LOADED)


def test_subjects_that_are_there_are_suggested(home):
    (home / "eegmat" / "Subject01_2.edf").unlink()
    with pytest.raises(FileNotFoundError, match=r"pass subjects=\[0\]\."):
        load_eegmat(home, **LOADED)


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("Subject01", "Subject07", r"'Subject' does not name subjects \[1\]"),
        ("Subject01", "Subject00", "must name different subjects, .* 'Subject00'"),
        ("Subject01", "Nobody", "got 'Nobody'"),
        (",2011,", ",2e3080000000,", "'Recording year' must be whole numbers"),
        (",2011,", ",many,", "'Recording year' must be .* got 'many'"),
    ],
)
def test_subjects_that_the_table_describes_wrongly_are_named(home, old, new, match):
    path = home / "eegmat" / "subject-info.csv"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(ValueError, match=rf"subject-info\.csv: column {match}|{match}"):
        load_eegmat(home, **LOADED)


def test_a_blank_row_at_the_end_of_the_table_is_no_subject(home):
    expected = load_eegmat(home, **LOADED).metadata
    path = home / "eegmat" / "subject-info.csv"
    path.write_text(path.read_text() + ",,,,,\n")
    assert load_eegmat(home, **LOADED).metadata.equals(expected)


def test_whole_recordings_are_preprocessed_before_they_are_cut(home):
    rates = {"sfreq": SFREQ, "ecg_sfreq": SFREQ}
    whole = load_eegmat(home, subjects=[0, 1], duration=5.0, window=None, **rates)
    last = load_eegmat(home, **{**LOADED, "window": None}, **rates)
    done = load_eegmat(
        home, preprocess={"eeg": MinusStart()}, **{**LOADED, "window": None}, **rates
    )
    start = whole.data["eeg"][..., :1]
    expected = whole.data["eeg"][..., 500:] - start
    np.testing.assert_array_equal(done.data["eeg"], expected)
    np.testing.assert_array_equal(done.data["ecg"], last.data["ecg"])
    slow = load_eegmat(home, preprocess={"eeg": MinusStart()}, **LOADED)
    assert slow.data["eeg"].shape == (8, 19, 256)
