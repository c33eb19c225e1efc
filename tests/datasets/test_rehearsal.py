"""Generated recordings have the published layout, and say that they are generated."""

import csv
import json
import pickle
import xml.etree.ElementTree as ElementTree

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import LeaveOneGroupOut, StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_emotion import make_peripheral
from sklearn_emotion.cli import main
from sklearn_emotion.datasets import (
    EmotionDataset,
    _deap as loader,
    check_dataset,
    join_datasets,
    load_afew_va,
    load_amigos,
    load_deap,
    load_mahnob_hci,
    make_emotion,
    write_rehearsal,
)
from sklearn_emotion.datasets._generated import MARKER, trials_of, write_marker
from sklearn_emotion.datasets.rehearsal import _deap, _mahnob_hci
from sklearn_emotion.datasets.rehearsal._simulation import (
    DRAWN_RATE,
    FilmedFace,
    describe_faces,
    make_design,
)
from sklearn_emotion.features import band_power
from sklearn_emotion.model_selection import cross_validate
from sklearn_emotion.preprocessing import read_openface

SHAPE = 2, 3
FILMED = ("deap", "mahnob-hci")
LOADERS = {
    "deap": load_deap,
    "mahnob-hci": load_mahnob_hci,
    "amigos": load_amigos,
    "afew-va": load_afew_va,
}


def write(name, folder, **options):
    settings = {"n_subjects": SHAPE[0], "n_trials": SHAPE[1], **options}
    return write_rehearsal(name, folder, **settings)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Recordings in each layout, without videos."""
    home = tmp_path_factory.mktemp("rehearsal")
    return {name: write(name, home / name, openface=name in FILMED) for name in LOADERS}


FILM = 8.0


@pytest.fixture
def short_films(monkeypatch):
    """Let the films of DEAP last 8 s, for the writer and for the loader."""
    for module in (_deap, loader):
        monkeypatch.setattr(module, "DURATION", FILM)


def write_faces(folder):
    return write("deap", folder, n_subjects=1, n_trials=2, faces=True)


@pytest.fixture(scope="module")
def filmed(tmp_path_factory):
    """DEAP with short films and face videos."""
    pytest.importorskip("av")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_deap, "DURATION", FILM)
        return write_faces(tmp_path_factory.mktemp("filmed"))


def contents(folder):
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def read_dat(folder, subject):
    path = folder / "data_preprocessed_python" / f"s{subject:02d}.dat"
    with path.open("rb") as file:
        return pickle.load(file, encoding="latin1")


def test_pickle_reads_the_files_of_deap(folders):
    dataset = load_deap(folders["deap"], modalities=["bio"], window=None)
    assert dataset.groups("subject").tolist() == [1] * 3 + [2] * 3
    with (folders["deap"] / "metadata_csv" / "participant_ratings.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 6
    for subject in (1, 2):
        content = read_dat(folders["deap"], subject)
        assert content["data"].shape == (3, 40, 8064)
        assert content["data"].dtype == content["labels"].dtype == np.float64
        mine = dataset.groups("subject") == subject
        np.testing.assert_array_equal(
            dataset.data["bio"][mine], content["data"][..., 3 * 128 :].astype("f4")
        )
        own = [row for row in rows if row["Participant_id"] == str(subject)]
        assert [row["Trial"] for row in own] == ["1", "2", "3"]
        for row in own:
            label = content["labels"][int(row["Experiment_id"]) - 1]
            scales = ("Valence", "Arousal", "Dominance", "Liking")
            assert [float(row[scale]) for scale in scales] == label.tolist()


def test_signals_of_deap_have_plausible_values(folders):
    names = ["eeg", "gsr", "temperature", "eog", "emg", "plethysmograph"]
    data = load_deap(folders["deap"], modalities=names, window=None).data
    assert 3 < data["eeg"].std() < 40  # µV
    assert 3e4 < data["gsr"].min() < data["gsr"].max() < 2e6  # Ω
    assert 28 < data["temperature"].min() < data["temperature"].max() < 38  # °C
    for name in names:
        assert (data[name].std(axis=-1) > 0).all()


def test_mne_reads_the_sessions_of_mahnob_hci(folders):
    import mne

    folder = folders["mahnob-hci"]
    dataset = load_mahnob_hci(folder, modalities=["bio"], sfreq=256.0, window=1.0)
    for path in sorted((folder / "Sessions").iterdir()):
        root = ElementTree.parse(path / "session.xml").getroot()
        seconds = _mahnob_hci.CLIPS[root.get("mediaFile")]
        (bdf,) = path.glob("Part_*_emotion.bdf")
        raw = mne.io.read_raw_bdf(bdf, verbose="error")
        assert raw.ch_names == [*_mahnob_hci.NAMES, "Status"]
        assert raw.info["sfreq"] == 256
        assert raw.n_times == (seconds + 60) * 256
        events = mne.find_events(raw, shortest_event=1, mask=0xFFFF, verbose="error")
        assert events[:, 0].tolist() == [30 * 256, (30 + seconds) * 256]
        mine = dataset.metadata["trial"] == int(path.name)
        assert mine.sum() == seconds
        where = dataset.metadata[mine].iloc[0]
        assert where["stimulus"] == root.get("mediaFile")
        assert where["subject"] == int(root.find("subject").get("id"))
        assert where["valence"] == int(root.get("feltVlnc")) != 5
        assert where["arousal"] == int(root.get("feltArsl")) != 5
        clip = raw.get_data(start=30 * 256, stop=(30 + seconds) * 256)
        # MNE gives V where the file states µV, and other units as they are.
        rows = [_mahnob_hci.NAMES.index(name) for name in ("Fp1", "O2", "EXG2", "GSR1")]
        scale = np.array([1e6, 1e6, 1e3, 1.0])
        expected = clip[rows] * scale[:, np.newaxis]
        names = dataset.ch_names["bio"]
        columns = [names.index(name) for name in ("Fp1", "O2", "EXG2", "GSR1")]
        loaded = dataset.data["bio"][mine][:, columns].swapaxes(0, 1)
        np.testing.assert_allclose(loaded.reshape(4, -1), expected, rtol=1e-6)


def test_scipy_reads_the_files_of_amigos(folders):
    from scipy.io import loadmat

    dataset = load_amigos(folders["amigos"], modalities=["eeg", "ecg", "gsr"])
    for subject in (1, 2):
        path = folders["amigos"] / f"Data_Preprocessed_P{subject:02d}.mat"
        content = loadmat(path)
        signals = content["joined_data"].ravel()
        labels = content["labels_selfassessment"].ravel()
        assert len(signals) == len(labels) == 20
        assert [signal.size > 0 for signal in signals] == 3 * [True] + 17 * [False]
        for film in range(3):
            mine = dataset.metadata["trial"] == 20 * (subject - 1) + film
            where = dataset.metadata[mine]
            assert (where["stimulus"] == film + 1).all()
            assert (where["arousal"] == labels[film][0, 0]).all()
            assert (where["valence"] == labels[film][0, 1]).all()
            loaded = [dataset.data[name][mine] for name in ("eeg", "ecg", "gsr")]
            loaded = np.concatenate(loaded, axis=1).swapaxes(1, 2).reshape(-1, 17)
            rest = 5 * 128
            expected = signals[film][rest : rest + len(loaded)].astype("f4")
            np.testing.assert_array_equal(loaded, expected)


def test_pillow_reads_the_clips_of_afew_va(folders):
    from PIL import Image

    dataset = load_afew_va(folders["afew-va"], window=0.4)
    assert dataset.metadata["subject"].unique().tolist() == ["actor 1", "actor 2"]
    assert dataset.metadata["trial"].nunique() == 6
    for clip in range(1, 7):
        path = folders["afew-va"] / f"{clip:03d}"
        frames = json.loads((path / f"{clip:03d}.json").read_text())["frames"]
        assert len(frames) == 50
        mine = dataset.metadata["trial"] == clip
        for scale in ("valence", "arousal"):
            values = [frame[scale] for frame in frames.values()]
            assert len(np.unique(np.sign(values))) == 1
            np.testing.assert_array_equal(dataset.ratings[scale][mine].ravel(), values)
        image = np.asarray(Image.open(path / "00000.png")).astype(float)
        points = np.array(frames["00000"]["landmarks"])
        assert image.shape == (96, 96, 3)
        assert points.shape == (68, 2)

        def brightness(point, image=image):
            x, y = np.rint(point).astype(int)
            return image[y - 1 : y + 2, x - 1 : x + 2].mean()

        # The irises and the mouth are darker than the forehead between the brows.
        forehead = brightness(points[[21, 22]].mean(axis=0))
        assert brightness(points[36:42].mean(axis=0)) < forehead
        assert brightness(points[42:48].mean(axis=0)) < forehead
        assert brightness(points[60:68].mean(axis=0)) < forehead


def test_pyav_reads_the_face_videos(filmed):
    import av

    seed = int(_facts(filmed)["seed"])
    camera = FilmedFace(make_design((1, 2), "medium", seed), DRAWN_RATE, FILM)
    drawn = camera.pixels(0, 1).astype(float)
    path = filmed / "face_video" / "s01" / "s01_trial02.avi"
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.average_rate == 50
        frames = [
            frame.to_ndarray(format="rgb24") for frame in container.decode(stream)
        ]
    assert len(frames) == FILM * 50
    for number in range(2, len(frames), 33):
        distances = np.abs(drawn - frames[number]).mean(axis=(1, 2, 3))
        assert distances.argmin() == number // 5
        assert distances.min() < 6


def test_the_loader_finds_every_face(filmed, short_films):
    dataset = load_deap(filmed, modalities=["eeg", "face"], window=2.0, face_size=32)
    assert dataset.data["eeg"].shape == (8, 32, 256)
    assert dataset.data["face"].shape == (8, 10, 3, 32, 32)
    assert dataset.missing == []


def _facts(folder):
    lines = (folder / MARKER).read_text().splitlines()
    return dict(line.split(": ") for line in lines if ": " in line)


def test_tables_of_openface_describe_the_drawn_faces(folders):
    folder = folders["deap"]
    design = make_design(SHAPE, "medium", int(_facts(folder)["seed"]))
    values = describe_faces(design, 60.0).trial(1, 2)
    path = folder / "face_video" / "s02" / "processed" / "s02_trial03.csv"
    table = pd.read_csv(path)
    assert table.columns[1].startswith(" ")  # as OpenFace separates its columns
    table = table.rename(columns=str.strip)
    assert table["frame"].tolist() == list(range(1, 3001))
    np.testing.assert_allclose(table["timestamp"], np.arange(3000) / 50, atol=1e-9)
    seen = (table["success"] == 1).to_numpy()
    assert 0.97 < seen.mean() < 1
    expected = np.repeat(values, 5, axis=0)
    for name, column in (("pose_Tx", 0), ("gaze_0_x", 6), ("AU12_r", 20)):
        shown = table[name].to_numpy()
        np.testing.assert_allclose(shown[seen], expected[seen, column], atol=5.1e-4)
        assert (shown[~seen] == 0).all()
    smiles = table["AU12_r"].to_numpy() > 1
    near = np.abs(table["AU12_r"] - 1) < 1e-3
    assert (table["AU12_c"].to_numpy() == smiles)[seen & ~near].all()
    features, n_bad = read_openface(path, sfreq=50.0)
    assert features.shape == (20, 29)
    assert n_bad == (~seen).sum()


def test_tables_of_openface_lie_beside_the_videos_of_mahnob_hci(folders):
    tables = sorted(folders["mahnob-hci"].glob("Sessions/*/processed/*.csv"))
    assert len(tables) == 6
    for path in tables:
        root = ElementTree.parse(path.parents[1] / "session.xml").getroot()
        assert f"{path.stem}.avi" in [t.get("filename") for t in root.iter("track")]
        seconds = _mahnob_hci.CLIPS[root.get("mediaFile")]
        assert len(path.read_text().splitlines()) == 1 + round(seconds * 60.9708)


@pytest.mark.parametrize("name", LOADERS)
def test_loaders_and_check_take_what_is_there_as_complete(folders, name, recwarn):
    dataset = LOADERS[name](folders[name])
    assert dataset.DESCR.startswith("These recordings are generated")
    assert dataset.generated
    assert dataset.missing == []
    assert dataset.metadata["subject"].nunique() == 2
    assert dataset.metadata["trial"].nunique() == 6
    report = check_dataset(name, folders[name])
    assert set(report["status"]) == {"good"}
    assert [str(warning.message) for warning in recwarn] == []


def test_a_file_of_a_subject_that_is_lost_is_missed(folders, tmp_path):
    folder = write("amigos", tmp_path)
    (folder / "Data_Preprocessed_P02.mat").unlink()
    with pytest.raises(FileNotFoundError, match=r"1 of 2 files missing.*_P02\.mat"):
        load_amigos(folder)


def test_fewer_trials_need_the_marker(tmp_path):
    folder = write("deap", tmp_path)
    (folder / MARKER).unlink()
    with pytest.raises(ValueError, match="of participant 1 is not each of 1 to 40"):
        load_deap(folder, subjects=[1])
    (folder / MARKER).write_text("dataset: deap")
    with pytest.raises(ValueError, match=r"GENERATED\.txt must state .* KeyError"):
        load_deap(folder, subjects=[1])


@pytest.mark.parametrize("name", LOADERS)
def test_the_same_seed_gives_the_same_bytes(folders, tmp_path, name):
    with parallel_config("threading", n_jobs=2):
        again = write(name, tmp_path / "a", openface=name in FILMED)
    assert contents(again) == contents(folders[name])
    other = write(name, tmp_path / "b", random_state=1)
    before, after = contents(again), contents(other)
    assert after.keys() <= before.keys()
    assert all(before[path] != after[path] for path in after)


def test_videos_have_the_same_bytes_again(filmed, tmp_path, short_films):
    assert contents(write_faces(tmp_path)) == contents(filmed)


def test_the_videos_that_deap_lacks_are_not_written(tmp_path, monkeypatch, short_films):
    assert {s: _deap.N_FILMED.get(s, 40) for s in (1, 3, 11)} == {1: 40, 3: 39, 11: 37}
    monkeypatch.setattr(_deap, "N_FILMED", {11: 1})
    (tmp_path / "data_preprocessed_python").mkdir()
    for subject in (10, 11, 22, 23):
        part = (23, 2), "none", 0, subject - 1
        _deap.write_part(tmp_path, *part, faces=False, openface=True)
    tables = sorted(path.stem for path in tmp_path.rglob("*.csv"))
    assert tables == [
        *("s10_trial01", "s10_trial02", "s11_trial01"),
        *("s22_trial01", "s22_trial02"),
    ]


def test_only_folders_of_generated_recordings_are_replaced(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work")
    with pytest.raises(FileExistsError, match="contains other files"):
        write("amigos", folder)
    assert contents(folder) == {"thesis.txt": b"years of work"}

    folder = write("afew-va", tmp_path / "generated", n_subjects=1, n_trials=2)
    write("amigos", folder)
    assert not (folder / "001").exists()
    assert load_amigos(folder).missing == []
    (folder / "results.csv").write_text("scores")
    with pytest.raises(FileExistsError, match=r"other files \(results\.csv"):
        write("deap", folder)
    assert "Data_Preprocessed_P01.mat" in contents(folder)


def test_an_interrupted_run_leaves_the_marker_and_no_data(tmp_path, monkeypatch):
    def fail(*args, **options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(_deap, "write_part", fail)
        with pytest.raises(KeyboardInterrupt):
            write("deap", tmp_path)
    assert MARKER in contents(tmp_path)
    with pytest.raises(FileNotFoundError, match="DEAP is not complete"):
        load_deap(tmp_path)
    assert load_deap(write("deap", tmp_path)).missing == []


TARGETS = ("valence", "arousal")


@pytest.fixture(scope="module")
def powers(tmp_path_factory):
    """Band powers without and with subtraction of the rest, and data, by effect."""
    found = {}
    for effect in ("medium", "none"):
        folder = tmp_path_factory.mktemp(effect)
        write("deap", folder, n_subjects=8, n_trials=10, effect=effect)
        dataset = load_deap(folder, window=10.0, baseline="modality")
        film, rest = (
            band_power(dataset.data[name], sfreq=128.0, window=seconds, log=True)
            for name, seconds in (("eeg", 10.0), ("baseline", 3.0))
        )
        film, rest = (X.reshape(len(X), -1) for X in (film, rest))
        found[effect] = film, film - rest, dataset
    return found


def subjects_of(dataset):
    """Folds that leave out one subject each."""
    return [*LeaveOneGroupOut().split(dataset.data, groups=dataset.groups("subject"))]


@pytest.mark.parametrize("target", TARGETS)
def test_new_subjects_show_the_effect_only_if_there_is_one(powers, target):
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.01))
    found = {
        effect: cross_val_score(
            model, film, dataset.target(target), cv=subjects_of(dataset)
        ).mean()
        for effect, (film, _, dataset) in powers.items()
    }
    assert found["medium"] > 0.75
    # 80 independent trials: the 95 % band of chance is 0.5 ± 1.96 sqrt(0.25 / 80).
    assert abs(found["none"] - 0.5) < 0.11


def test_the_effects_begin_with_the_film(powers):
    film, _, dataset = powers["medium"]
    rest = band_power(dataset.data["baseline"], sfreq=128.0, window=3.0, log=True)
    distance = {}
    for name, X in (("film", film), ("rest", rest.reshape(len(film), -1))):
        # Gamma power of the temporal channels T7 and T8, the last of five bands.
        gamma = X.reshape(len(X), 5, 32)[:, 4][:, [7, 25]].mean(axis=1)
        high = dataset.target("valence").astype(bool)
        distance[name] = gamma[high].mean() - gamma[~high].mean()
        spread = gamma[high].std()
    assert distance["film"] > spread
    # The standard error over 80 trials is about 0.17, and the film shows 1.4.
    assert abs(distance["rest"]) < distance["film"] / 4


@pytest.mark.parametrize("target", TARGETS)
def test_windows_of_a_trial_resemble_each_other_without_any_effect(powers, target):
    *features, dataset = powers["none"]
    y, cv = dataset.target(target), StratifiedKFold(5, shuffle=True, random_state=0)
    for X in features:
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=5000))
        scores = [
            cross_val_score(model, X[mine], y[mine], cv=cv).mean()
            for mine in dataset.groups("subject") == np.arange(1, 9)[:, np.newaxis]
        ]
        assert np.mean(scores) > 0.9


@pytest.mark.slow
def test_peripheral_signals_show_the_effect_only_if_there_is_one(tmp_path):
    found = {}
    for effect in ("medium", "none"):
        folder = tmp_path / effect
        write("deap", folder, n_subjects=10, n_trials=16, effect=effect)
        names = ["plethysmograph", "gsr"]
        dataset = load_deap(folder, modalities=names, window=None)
        found[effect] = cross_validate(
            make_peripheral(dataset.sfreq),
            dataset.data,
            dataset.target("arousal"),
            cv=subjects_of(dataset),
        )["test_score"].mean()
    assert found["medium"] >= 0.8
    # 160 independent trials: the 95 % band of chance is 0.5 ± 1.96 sqrt(0.25 / 160).
    assert abs(found["none"] - 0.5) < 0.0775


def test_the_command_writes_a_folder(tmp_path, capsys):
    arguments = ["rehearse", "amigos", str(tmp_path / "a"), "--subjects", "1"]
    arguments += ["--trials", "2", "--effect", "large", "--n-jobs", "1"]
    assert main(arguments) == 0
    assert str(tmp_path / "a") in capsys.readouterr().out
    assert _facts(tmp_path / "a") | {"seed": "", "sklearn_emotion": ""} == {
        "dataset": "amigos",
        "subjects": "1",
        "trials": "2",
        "effect": "large",
        "faces": "False",
        "openface": "False",
        "seed": "",
        "sklearn_emotion": "",
    }
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "thesis.txt").write_text("years of work")
    assert main(["rehearse", "deap", str(tmp_path / "b")]) == 2
    assert "contains other files (thesis.txt)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "options", "match"),
    [
        ("seed", {}, "name must be one of .'deap', 'mahnob-hci'"),
        ("deap", {"effect": "huge"}, "effect must be one of .'none', 'small'"),
        ("deap", {"effect": 1.5}, "effect must be one of .*got 1.5"),
        ("deap", {"n_subjects": 33}, "n_subjects must be .* from 1 to 32 for 'deap'"),
        ("mahnob-hci", {"n_subjects": 28}, "from 1 to 27"),
        ("amigos", {"n_trials": 17}, "n_trials must be a whole number from 2 to 16"),
        ("deap", {"n_trials": 1.5}, "n_trials must be a whole number"),
        ("afew-va", {"n_subjects": 61, "n_trials": 10}, "has at most 600 clips"),
        ("amigos", {"faces": True}, "faces and openface need name to be one of"),
    ],
)
def test_bad_parameters_are_named(tmp_path, name, options, match):
    with pytest.raises(ValueError, match=match):
        write_rehearsal(name, tmp_path / "new", **options)
    assert not (tmp_path / "new").exists()


def test_a_joined_data_set_is_generated_if_one_of_its_parts_is():
    options = {"n_subjects": 2, "n_trials": 2, "duration": 10.0}
    first, second = (make_emotion(random_state=seed, **options) for seed in (0, 1))
    del first["generated"]
    for pair in ([first, second], [second, first]):
        assert EmotionDataset.concat(pair).generated
        assert join_datasets(dict(zip("ab", pair)), target="valence").generated
    plain = [first, first]
    assert "generated" not in EmotionDataset.concat(plain)
    assert "generated" not in join_datasets(dict(zip("ab", plain)), target="valence")


@pytest.mark.parametrize("fact", ["subjects: 0", "trials: -1", "trials: many"])
def test_numbers_that_no_marker_has_are_named(tmp_path, fact):
    facts = {"dataset": "deap", "subjects": 2, "trials": 3, "effect": "none"}
    write_marker(tmp_path, facts)
    path = tmp_path / MARKER
    name = fact.partition(":")[0]
    path.write_text(path.read_text().replace(f"{name}: {facts[name]}", fact))
    with pytest.raises(ValueError, match=r"GENERATED\.txt must state .* damaged"):
        trials_of(tmp_path, 40)


def test_a_marker_cannot_state_more_trials_than_the_data_set_has(tmp_path):
    facts = {"dataset": "deap", "subjects": 2, "trials": 10**12, "effect": "none"}
    write_marker(tmp_path, facts)
    assert trials_of(tmp_path, 40) == 40
