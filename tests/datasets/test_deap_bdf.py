"""DEAP's original recordings come out in the order of the preprocessed files."""

import numpy as np
import pandas as pd
import pytest
from _bdf import STEP, write_bdf
from _deap import ratings_table
from _whole import MinusStart

from sklearn_emotion.cli import main
from sklearn_emotion.datasets import _deap, list_cache, load_deap
from sklearn_emotion.montage import MONTAGES

SFREQ = 128
SECONDS = 2
# Fixation of 5 s, video, fixation and rating.
PERIOD = 5 + SECONDS + 2
START = 4
EXTRA = [f"EXG{i}" for i in range(1, 9)]
EXTRA += ["GSR1", "GSR2", "Erg1", "Erg2", "Resp", "Plet", "Temp"]
ORDERS = {2: "biosemi32", 25: "deap32"}


def names(subject):
    return [*MONTAGES[ORDERS[subject]], *EXTRA]


def value(name, trial, time):
    """Stored values that tell channel, trial in the order of presentation and time."""
    known = [*MONTAGES["deap32"], *EXTRA]
    return (known.index(name) * 40 + trial) * 2048 + time


def video_start(trial):
    return START + trial * PERIOD + 5


def write(path, subject, rate=SFREQ, signals=None, drop=None):
    n_times = (START + 40 * PERIOD + 1) * rate
    time = np.arange(n_times)
    trial = np.clip((time // rate - START) // PERIOD, 0, 39)
    if signals is None:
        within = time - (START + trial * PERIOD) * rate
        signals = {name: value(name, trial, within) for name in names(subject)}
    status = np.zeros(n_times, int)

    def mark(seconds, code):
        # The markers last until the next one, as on the authors' machine.
        status[int(seconds * rate) :] = code

    mark(0, 1)
    mark(1, 2)
    for k in range(40):
        mark(START + k * PERIOD, 3)
        mark(video_start(k), 4 if k != drop else 0)
        mark(video_start(k) + SECONDS, 5)
        mark(video_start(k) + SECONDS + 1, 1)
    mark(n_times / rate - 0.5, 7)
    is_late = subject >= 24
    status += 0x18FF00 if is_late else 0
    name = "" if is_late else "Status"
    write_bdf(path, signals, rate, status=status, status_name=name)


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    folder = tmp_path_factory.mktemp("originals")
    for subject in ORDERS:
        write(folder / f"s{subject:02d}.bdf", subject)
    return folder


@pytest.fixture
def presentation():
    rng = np.random.default_rng(1)
    return {s: rng.permutation(40) + 1 for s in ORDERS}


@pytest.fixture
def ratings():
    rng = np.random.default_rng(0)
    return {s: np.round(rng.uniform(1, 9, (40, 4)), 2) for s in ORDERS}


@pytest.fixture
def folder(tmp_path, monkeypatch, originals, presentation, ratings):
    monkeypatch.setattr(_deap, "DURATION", float(SECONDS))
    folder = tmp_path / "deap"
    (folder / "metadata_csv").mkdir(parents=True)
    (folder / "data_original").mkdir()
    for path in originals.iterdir():
        (folder / "data_original" / path.name).symlink_to(path)
    (folder / _deap.TABLE).write_text(ratings_table(ratings, presentation, {}))
    return folder


def load(folder, **options):
    return load_deap(folder, **{"layout": "bdf", "subjects": [2, 25], **options})


def expected(subject, name, place):
    """Physical values of a channel in the trial shown at a place, from its video on."""
    time = np.arange(5 * SFREQ, (5 + SECONDS) * SFREQ)
    return value(name, place - 1, time) * STEP


@pytest.mark.parametrize("subject", ORDERS)
def test_every_channel_is_in_the_order_of_the_preprocessed_files(
    folder, presentation, subject
):
    dataset = load(folder, subjects=[subject], modalities=["eeg", "bio"], window=2.0)
    assert dataset.ch_names["eeg"] == list(MONTAGES["deap32"])
    for video in (0, 7, 39):
        place = presentation[subject][video]
        eeg = np.stack([expected(subject, name, place) for name in MONTAGES["deap32"]])
        np.testing.assert_array_equal(dataset.data["eeg"][video], eeg)
        bio = dict(zip(dataset.ch_names["bio"], dataset.data["bio"][video]))
        for pair, (plus, minus) in {
            "hEOG": ("EXG1", "EXG2"),
            "vEOG": ("EXG3", "EXG4"),
            "zEMG": ("EXG5", "EXG6"),
            "tEMG": ("EXG7", "EXG8"),
        }.items():
            difference = expected(subject, plus, place) - expected(
                subject, minus, place
            )
            np.testing.assert_array_equal(bio[pair], difference)
        for mine, stored in {"Resp": "Resp", "Pleth": "Plet", "Temp": "Temp"}.items():
            np.testing.assert_array_equal(bio[mine], expected(subject, stored, place))


def test_twentes_conductance_becomes_genevas_resistance(folder, presentation):
    dataset = load(folder, modalities="gsr", window=2.0)
    twente = expected(2, "GSR1", presentation[2][0])
    geneva = expected(25, "GSR1", presentation[25][0])
    np.testing.assert_allclose(dataset.data["gsr"][0, 0], 1e9 / twente, rtol=1e-6)
    np.testing.assert_array_equal(dataset.data["gsr"][40, 0], geneva)
    assert dataset.units["gsr"] == "Ω"


def test_metadata_are_those_of_the_preprocessed_files(folder, presentation, ratings):
    dataset = load(folder)
    metadata = dataset.metadata
    assert metadata["stimulus"].tolist() == [*range(1, 41)] * 2
    np.testing.assert_array_equal(
        metadata["presentation"], np.concatenate([presentation[s] for s in ORDERS])
    )
    both = np.concatenate([ratings[s] for s in ORDERS])
    np.testing.assert_array_equal(metadata["valence"], both[:, 0])
    np.testing.assert_array_equal(metadata["liking"], both[:, 3])
    assert metadata["trial"].tolist() == [*range(40, 80), *range(960, 1000)]


def test_the_rest_is_the_three_seconds_before_the_video(folder, presentation):
    dataset = load(folder, subjects=[25], baseline="modality")
    time = np.arange(2 * SFREQ, 5 * SFREQ)
    place = presentation[25][3]
    rest = np.stack([value(n, place - 1, time) * STEP for n in MONTAGES["deap32"]])
    np.testing.assert_array_equal(dataset.data["baseline"][3], rest)


def test_resampling_keeps_what_is_below_the_new_nyquist_frequency(
    folder, presentation, tmp_path
):
    rate = 256
    time = np.arange((START + 40 * PERIOD + 1) * rate) / rate
    wave = np.round(
        1e6 * (np.sin(2 * np.pi * 4 * time) + np.sin(2 * np.pi * 90 * time))
    )
    path = folder / "data_original" / "s25.bdf"
    path.unlink()
    write(path, 25, rate, dict.fromkeys(names(25), wave))
    dataset = load(folder, subjects=[25], window=2.0)
    assert dataset.data["eeg"].shape == (40, 32, 256)
    when = video_start(presentation[25][11] - 1) + np.arange(256) / 128
    slow = 31250 * np.sin(2 * np.pi * 4 * when)
    np.testing.assert_allclose(dataset.data["eeg"][11, 5], slow, atol=31250 * 2e-4)
    whole = load(folder, subjects=[25], window=2.0, sfreq=256.0)
    assert whole.sfreq == {"eeg": 256.0}
    when = video_start(presentation[25][11] - 1) + np.arange(512) / 256
    both = np.sin(2 * np.pi * 4 * when) + np.sin(2 * np.pi * 90 * when)
    np.testing.assert_allclose(whole.data["eeg"][11, 5], 31250 * both, atol=0.02)


def test_a_cached_copy_is_the_same(folder, tmp_path):
    plain = load(folder)
    for _ in range(2):
        stored = load(folder, cache_dir=tmp_path / "cache", n_jobs=2)
        np.testing.assert_array_equal(stored.data["eeg"], plain.data["eeg"])
        pd.testing.assert_frame_equal(stored.metadata, plain.metadata)


def test_the_original_recordings_are_read_on_request_only(folder):
    with pytest.raises(FileNotFoundError, match=r"data_preprocessed_python/s02\.dat"):
        load(folder, layout="auto")


def test_the_table_says_which_video_was_shown_when(folder):
    (folder / _deap.TABLE).unlink()
    with pytest.raises(FileNotFoundError, match=r"participant_ratings\.csv"):
        load(folder)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda content: content[:-1000], "is cut off"),
        (lambda content: b"", "neither an EDF nor a BDF"),
        (lambda content: content.replace(b"Cz  ", b"Cx  ", 1), r"no channels \['Cz'"),
    ],
)
def test_damaged_recordings_leave_no_cache(folder, tmp_path, change, match):
    path = folder / "data_original" / "s02.bdf"
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(change(content))
    with pytest.raises(ValueError, match=match) as caught:
        load(folder, cache_dir=tmp_path / "cache")
    assert "s02.bdf" in str(caught.value)
    assert not list_cache(tmp_path / "cache")["complete"].any()


def test_channels_that_are_not_asked_for_may_be_missing(folder):
    path = folder / "data_original" / "s02.bdf"
    content = path.read_bytes()
    expected = load(folder, subjects=[2]).data["eeg"]
    path.unlink()
    path.write_bytes(content.replace(b"EXG3", b"EXGX", 1))
    eeg = load(folder, subjects=[2], modalities=["eeg", "emg"]).data["eeg"]
    np.testing.assert_array_equal(eeg, expected)
    with pytest.raises(ValueError, match=r"no channels \['EXG3'"):
        load(folder, subjects=[2], modalities=["eog"])


def test_a_missing_marker_is_named(folder, capsys):
    path = folder / "data_original" / "s25.bdf"
    path.unlink()
    write(path, 25, drop=12)
    with pytest.raises(ValueError, match=r"start of 40 videos .*got 39; its codes are"):
        load(folder)
    assert main(["check", "deap", str(folder)]) == 1
    out = capsys.readouterr().out
    assert "bad: 1 of 33 files" in out
    assert "s25.bdf: " in out
    assert "good: 2 of 33 files" in out


def test_the_whole_session_is_preprocessed(folder, presentation):
    plain = load(folder, subjects=[2], modalities=["eeg", "gsr", "emg"])
    done = load(
        folder,
        subjects=[2],
        modalities=["eeg", "gsr", "emg"],
        preprocess={"eeg": MinusStart(), "gsr": MinusStart()},
    )
    np.testing.assert_array_equal(done.data["emg"], plain.data["emg"])
    # All trials lose the value at the start of the file.
    first = -START * SFREQ
    begin = np.array([value(n, 0, first) * STEP for n in plain.ch_names["eeg"]])
    expected = plain.data["eeg"] - np.float32(begin)[:, np.newaxis]
    np.testing.assert_allclose(done.data["eeg"], expected, rtol=1e-6)
    begin = 1e9 / (value("GSR1", 0, first) * STEP)
    expected = plain.data["gsr"] - np.float32(begin)
    np.testing.assert_allclose(done.data["gsr"], expected, rtol=1e-3)
