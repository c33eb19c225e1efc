"""The benchmark runs on each data set as it lies on disk, with what fits it."""

from dataclasses import replace

import numpy as np
import pytest
from _deap import python2_pickle, ratings_table
from _mahnob import NAMES, RATINGS, write_session
from scipy.io import savemat

from sklearn_emotion.cli import main
from sklearn_emotion.datasets import _deap, list_cache, make_emotion
from sklearn_emotion.evaluation import read_results
from sklearn_emotion.evaluation.run import _sources as plan

WINDOW = 4.0
SECONDS = 8
SUBJECTS = (1, 2, 3)
rng = np.random.default_rng(0)


def noise(*shape):
    return rng.standard_normal(shape).astype(np.float32)


def cells(values, shape):
    array = np.empty(len(values), object)
    array[:] = values
    return array.reshape(shape)


def scores(n, low, high):
    """Whole numbers from low to high in turn, so that every subject has both sides."""
    return np.resize(np.arange(low, high + 1), n).astype(float)


def write_deap(folder, monkeypatch):
    monkeypatch.setattr(_deap, "DURATION", float(SECONDS))
    for name in ("data_preprocessed_python", "metadata_csv"):
        (folder / name).mkdir(parents=True)
    ratings = np.repeat(scores(40, 1, 9)[:, None], 4, axis=1)
    for subject in SUBJECTS:
        data = noise(40, 40, 128 * (3 + SECONDS)).astype(np.float64)
        content = python2_pickle({"labels": ratings, "data": data})
        path = folder / "data_preprocessed_python" / f"s{subject:02d}.dat"
        path.write_bytes(content)
    order = dict.fromkeys(SUBJECTS, np.arange(40) + 1)
    table = ratings_table(dict.fromkeys(SUBJECTS, ratings), order, {})
    (folder / _deap.TABLE).write_text(table)


def write_amigos(folder, monkeypatch):
    folder.mkdir(parents=True)
    for subject in SUBJECTS:
        signals = [noise(128 * (5 + SECONDS), 17) for _ in range(20)]
        labels = [np.r_[[value] * 5, [0] * 7][None] for value in scores(20, 1, 9)]
        content = {
            "joined_data": cells(signals, (1, 20)),
            "labels_selfassessment": cells(labels, (1, 20)),
        }
        savemat(folder / f"Data_Preprocessed_P{subject:02d}.mat", content)


def write_dreamer(folder, monkeypatch):
    folder.mkdir(parents=True)
    people = [{"Age": 1} for _ in range(23)]
    for subject in SUBJECTS:
        person = {"Age": 30, "Gender": "female"}
        for kind, rate, n in (("EEG", 128, 14), ("ECG", 256, 2)):
            person[kind] = {
                part: cells([noise(rate * SECONDS, n) for _ in range(18)], (18, 1))
                for part in ("stimuli", "baseline")
            }
        for name in ("Valence", "Arousal", "Dominance"):
            person[f"Score{name}"] = scores(18, 1, 5)[:, None]
        people[subject - 1] = person
    savemat(
        folder / "DREAMER.mat",
        {"DREAMER": {"Data": cells(people, (1, 23)), "EEG_SamplingRate": 128}},
    )


def write_seed(folder, monkeypatch):
    (folder / "Preprocessed_EEG").mkdir(parents=True)
    labels = np.resize([1, 0, -1], 15)
    savemat(folder / "Preprocessed_EEG" / "label.mat", {"label": labels[None]})
    for subject in SUBJECTS:
        for date in ("20131027", "20131030", "20131107"):
            content = {f"djc_eeg{k + 1}": noise(62, 200 * SECONDS) for k in range(15)}
            savemat(folder / "Preprocessed_EEG" / f"{subject}_{date}.mat", content)


def write_mahnob(folder, monkeypatch):
    for subject in SUBJECTS:
        for clip, rating in enumerate(scores(4, 3, 6)):
            ratings = {**RATINGS, "feltVlnc": int(rating), "feltArsl": int(rating)}
            write_session(
                folder,
                100 * subject + 2 * clip,
                subject,
                SECONDS,
                media=f"{clip}.avi",
                ratings=ratings,
                signals=(1e4 * noise(len(NAMES), 256 * (SECONDS + 6))).astype(int),
            )


# Data set: its files, subjects, windows, classes, and the default estimators that fit.
EEG = {"dummy", "svm", "riemann", "3facrnn"}
BOTH = EEG | {"modality-attention"}
CASES = {
    "deap": (write_deap, 40, 2, EEG),
    "amigos": (write_amigos, 16, 2, BOTH),
    "dreamer": (write_dreamer, 18, 2, BOTH),
    "seed": (write_seed, 15, 3, EEG),
    "mahnob-hci": (write_mahnob, 4, 2, BOTH),
}


@pytest.fixture
def home(tmp_path, monkeypatch, request):
    """Folder of a data set of which the first subjects are there."""
    name = request.param
    CASES[name][0](tmp_path / name, monkeypatch)
    monkeypatch.setattr(plan, "WINDOW", WINDOW)
    source = plan.SOURCES[name]
    some = plan._licensed(**plan_of(name) | {"quick_subjects": SUBJECTS})
    monkeypatch.setitem(plan.SOURCES, name, replace(source, load=some))
    return name, tmp_path


def plan_of(name):
    options = {"loader": f"load_{name.replace('-', '_')}", "modalities": ("eeg",)}
    if CASES[name][3] == BOTH:
        options["modalities"] = ("eeg", "ecg")
    return options | ({"sessions": (1,)} if name == "seed" else {})


def test_every_data_set_that_is_licensed_has_a_case():
    assert set(plan.SOURCES) - {"eegmat", "synthetic"} == set(CASES)


every_data_set = pytest.mark.parametrize("home", CASES, indirect=True)


@every_data_set
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_it_runs_on_the_files_of_the_data_set(home, tmp_path, capsys):
    name, folder = home
    _, n_trials, n_classes, defaults = CASES[name]
    dataset = plan.load_source(name, data_home=folder, quick=True)
    assert set(plan.make_estimators(dataset)) == defaults
    out = tmp_path / "out"
    arguments = ["--dataset", name, "--data-home", str(folder), "--out", str(out)]
    arguments += ["--quick", "--folds", "3", "--n-jobs", "1"]
    status = main(["benchmark", *arguments, "--estimators", "dummy,svm"])
    assert status == 0
    assert "group-k-fold (3)" in capsys.readouterr().out
    results = read_results(out)
    assert results["error"].tolist() == [""] * 6
    # Two windows per trial, of which a quick benchmark uses 24 for each subject. Each
    # fold tests one of the three subjects.
    assert results["n_test"].tolist() == [min(2 * n_trials, 24)] * 6
    assert results.predictions["y_true"].nunique() == n_classes


@pytest.mark.parametrize("home", ["deap", "amigos", "mahnob-hci"], indirect=True)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_peripheral_signals_are_loaded_if_an_estimator_takes_them(home, tmp_path):
    name, folder = home
    source = plan.SOURCES[name]
    assert plan.signals_for(name, ["dummy", "svm", "all"]) is None
    assert plan.signals_for(name, None) is None
    assert plan.signals_for(name, ["peripheral"]) == source.signals
    assert plan.signals_for("synthetic", ["voting"]) is None
    ecg = [] if name == "deap" else ["ecg"]
    out = tmp_path / "out"
    arguments = ["--dataset", name, "--data-home", str(folder), "--out", str(out)]
    arguments += ["--quick", "--folds", "3", "--n-jobs", "1"]
    assert main(["benchmark", *arguments, "--estimators", "peripheral,voting"]) == 0
    results = read_results(out)
    assert results["error"].tolist() == [""] * 6
    signals = set(results["modalities"].iloc[0].split("+"))
    assert signals == {*ecg, *source.signals}
    assert set(results["modalities"].iloc[-1].split("+")) == signals | {"eeg"}


@pytest.mark.parametrize("home", ["deap", "dreamer"], indirect=True)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_ratings_of_a_data_set(home, tmp_path):
    name, folder = home
    out = tmp_path / "out"
    arguments = ["--dataset", name, "--data-home", str(folder), "--out", str(out)]
    arguments += ["--quick", "--folds", "3", "--n-jobs", "1", "--task", "regression"]
    assert main(["benchmark", *arguments, "--estimators", "dummy,ridge"]) == 0
    results = read_results(out)
    dummy = results[results["estimator"] == "dummy"]
    np.testing.assert_allclose(dummy["rmse"], dummy["dummy_rmse"])
    assert results.predictions["y_true"].between(1, 9).all()


@pytest.mark.parametrize("home", ["seed"], indirect=True)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_films_have_no_ratings(home, capsys):
    name, folder = home
    arguments = ["--dataset", name, "--data-home", str(folder), "--quick"]
    assert main(["benchmark", *arguments, "--task", "regression"]) == 2
    assert "seed has classes and no ratings" in capsys.readouterr().err


@pytest.mark.parametrize("target", ["valence", "quadrant"])
def test_samples_without_a_rating_are_left_out_and_counted(target):
    dataset = plan.make_emotion(n_subjects=2, n_trials=4, random_state=0)
    assert plan.drop_unrated(dataset, target) is dataset
    dataset.metadata.loc[:4, "valence"] = np.nan
    with pytest.warns(UserWarning, match=f"5 of 24 samples have no '{target}'"):
        rated = plan.drop_unrated(dataset, target)
    assert len(rated.data) == 19
    assert plan.drop_unrated(dataset, "joy") is dataset


@pytest.mark.parametrize("home", ["deap", "amigos", "seed"], indirect=True)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_subjects_that_are_there_are_used_on_request(home, tmp_path, capsys):
    """Three subjects of the data set are there, and one of them is not complete."""
    name, folder = home
    gone = next(path for path in sorted(folder.rglob("*")) if is_of_subject_2(path))
    gone.unlink()
    out = tmp_path / "out"
    call = ["benchmark", "--dataset", name, "--data-home", str(folder), "--folds", "2"]
    call += ["--n-jobs", "1", "--estimators", "svm", "--out", str(out)]
    assert main(call) == 2
    if name == "deap":
        assert "pass --subjects 1,3." in capsys.readouterr().err
    assert main([*call, "--subjects", "available"]) == 0
    assert set(read_results(out).predictions["subject"]) == {1, 3}


def is_of_subject_2(path):
    return path.name in ("s02.dat", "Data_Preprocessed_P02.mat", "2_20131030.mat")


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_no_file_at_all_is_named(tmp_path, capsys):
    call = ["benchmark", "--dataset", "deap", "--data-home", str(tmp_path)]
    assert main([*call, "--subjects", "available"]) == 2
    assert "There are no files of deap in" in capsys.readouterr().err


@pytest.mark.parametrize("home", ["deap"], indirect=True)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_loaded_arrays_are_cached_on_request(home, tmp_path, capsys):
    name, folder = home
    call = ["--dataset", name, "--data-home", str(folder), "--subjects", "1,2"]
    call += ["--folds", "2", "--n-jobs", "1", "--estimators", "svm", "--quick"]
    cache = tmp_path / "cache"
    assert main(["benchmark", *call, "--cache-dir", str(cache)]) == 0
    assert list_cache(cache)["complete"].tolist() == [True]


def test_a_quick_benchmark_uses_some_samples_of_each_subject():
    dataset = make_emotion(
        n_subjects=2, n_trials=10, duration=10.0, window=2.0, random_state=0
    )
    some = plan.thin_out(dataset)
    assert some.groups("subject").tolist() == [0] * 24 + [1] * 24
    # Every second or third of the 50 windows of a subject, from all of its trials.
    assert some.groups("trial").tolist() == sorted(some.groups("trial"))
    assert some.metadata["trial"].nunique() == 20
    few = dataset.select(np.arange(0, 100, 5))
    assert plan.thin_out(few) is few


def test_subjects_of_generated_data_are_checked(capsys):
    call = ["benchmark", "--dataset", "synthetic", "--quick", "--estimators", "svm"]
    assert main([*call, "--subjects", "3,77"]) == 2
    message = "subjects must be some of 0 to 11, got [77]"
    assert message in capsys.readouterr().err


def test_faces_are_loaded_only_for_estimators_that_need_them():
    for name in ("synthetic", "deap", "mahnob-hci"):
        assert plan.signals_for(name, ["svm", "3facrnn"]) is None
        assert plan.signals_for(name, ["svm", "deepvanet"]) == ("face",)
        both = ["prior-stfenet", "hierarchical-lstm"]
        assert plan.signals_for(name, both) == ("face", "openface")
    assert plan.signals_for("eegmat", ["deepvanet"]) is None
