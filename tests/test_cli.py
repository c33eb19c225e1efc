"""The command does its job from a shell, and says in one line what is wrong."""

import io
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import Pipeline

from sklearn_emotion.cli import main
from sklearn_emotion.datasets import make_emotion
from sklearn_emotion.evaluation import compare, read_results
from sklearn_emotion.evaluation.plan._recipes import DEFAULT, RECIPES
from sklearn_emotion.evaluation.run import _sources as plan
from sklearn_emotion.evaluation.run._store import read_commands

SETTINGS = {"n_subjects": 4, "n_trials": 2, "duration": 10.0, "window": 10.0}


def tiny(
    data_home=None, quick=False, random_state=0, subjects=None, signals=(), **options
):
    modalities = ("eeg", "ecg", *signals)
    dataset = make_emotion(modalities=modalities, random_state=random_state, **SETTINGS)
    known = dataset.metadata["subject"]
    return dataset.select(known.isin(known if subjects is None else subjects))


@pytest.fixture
def source(monkeypatch):
    monkeypatch.setitem(
        plan.SOURCES, "synthetic", plan.Source(tiny, "valence", 1, "valence")
    )


@pytest.fixture
def run(source, capsys):
    def run(*arguments):
        folds = [] if "--protocol" in arguments else ["--folds", "2"]
        status = main(["benchmark", "--n-jobs", "1", *folds, *arguments])
        out, err = capsys.readouterr()
        return status, out, err

    return run


def test_the_benchmark_prints_a_table_and_writes_all_folds(run, tmp_path):
    status, out, err = run(
        "--dataset", "synthetic", "--estimators", "dummy,svm", "--out", str(tmp_path)
    )
    assert status == 0
    lines = out.strip().splitlines()
    assert "group-k-fold (2), target valence: mean ± sd over 4 subjects" in lines[0]
    assert lines[1].split()[:6] == (
        ["accuracy", "dummy", "balanced", "accuracy", "dummy", "macro-F1"]
    )
    svm = next(line for line in lines if line.startswith("svm"))
    # Mean, spread, interval; and the dummy's beside it, which has no row of its own.
    assert [svm.split()[k] for k in (2, 6)] == ["±", "0.500"]
    assert not any(line.startswith("dummy") for line in lines)
    folds = pd.read_csv(tmp_path / "results.csv")
    assert len(folds) == 4
    assert folds["error"].isna().all()
    # Each fold tests two of the four subjects.
    assert folds["test_subjects"].str.split().str.len().tolist() == [2] * 4
    assert "100%" in err
    assert "4 samples" not in err
    assert "8 samples, 4 subjects" in err
    (command,) = read_commands(tmp_path)
    assert command["command"].startswith(
        "sklearn-emotion benchmark --n-jobs 1 --folds 2 --dataset synthetic"
    )


def test_a_second_run_continues_the_first(run, tmp_path):
    call = ("--dataset", "synthetic", "--out", str(tmp_path), "--estimators")
    assert run(*call, "dummy")[0] == 0
    first = read_results(tmp_path)["fit_time"].tolist()
    assert run(*call, "dummy,logistic")[0] == 0
    results = read_results(tmp_path)
    mine = results[results["estimator"] == "dummy"]
    assert mine["fit_time"].tolist() == first
    assert set(results["estimator"]) == {"dummy", "logistic"}


def test_the_stored_table_reproduces_from_the_stored_command(run, tmp_path):
    call = ("--dataset", "synthetic", "--estimators", "logistic", "--protocol", "loso")
    run(*call, "--out", str(tmp_path / "a"))
    command = read_commands(tmp_path / "a")[0]["command"]
    arguments = command.replace(str(tmp_path / "a"), str(tmp_path / "b")).split()[1:]
    assert main(arguments) == 0
    a, b = (read_results(tmp_path / name) for name in "ab")
    pd.testing.assert_frame_equal(a.predictions, b.predictions)
    timed = ["feature_time", "fit_time", "score_time", "peak_memory"]
    pd.testing.assert_frame_equal(a.drop(columns=timed), b.drop(columns=timed))


def test_every_command_is_kept_with_what_it_took_from_outside(
    run, tmp_path, monkeypatch
):
    home = tmp_path / "data"
    home.mkdir()
    monkeypatch.setenv("SKLEARN_EMOTION_DATA", str(home))
    monkeypatch.setitem(plan.SOURCES, "eegmat", plan.SOURCES["synthetic"])
    monkeypatch.setattr(plan, "default_source", lambda data_home=None: "eegmat")
    out = tmp_path / "o"
    for names in ("dummy", "logistic", "dummy, logistic", "dummy"):
        assert run("--estimators", names, "--out", str(out))[0] == 0
    commands = [c["command"] for c in read_commands(out)]
    assert len(commands) == 3
    end = f"--out {out} --dataset eegmat --data-home {home}"
    assert all(command.endswith(end) for command in commands)
    assert "--estimators 'dummy, logistic'" in commands[2]


def test_a_command_that_is_killed_is_kept(run, tmp_path, monkeypatch):
    def stop(self, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("sklearn_emotion.evaluation._benchmark.run_and_read", stop)
    call = ("--dataset", "synthetic", "--estimators", "dummy", "--out", str(tmp_path))
    assert run(*call)[0] == 130
    assert len(read_commands(tmp_path)) == 1


def test_a_dry_run_shows_the_plan_and_writes_nothing(run, tmp_path):
    status, out, _ = run(
        "--dataset",
        "synthetic",
        "--dry-run",
        "--out",
        str(tmp_path / "x"),
        "--estimators",
        "dummy,svm",
    )
    assert status == 0
    assert "nothing is run" in out
    assert "minutes, 1 folds at a time" in out
    assert not (tmp_path / "x").exists()


def test_failed_folds_are_named_and_the_status_says_so(run, monkeypatch):
    def refuse(self, X, y=None, **params):
        raise RuntimeError("out of luck")

    monkeypatch.setattr(Pipeline, "fit", refuse)
    status, out, err = run("--dataset", "synthetic", "--estimators", "dummy,svm")
    assert status == 1
    assert "warning: svm: 2 of 2 folds failed, the first with RuntimeError" in err
    assert "failed: svm, fold 1: RuntimeError: out of luck" in err
    assert "2 of 2" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--dataset", "afew"], "Unknown data set 'afew'; known ones are"),
        (["--estimators", "svm,magic"], "Unknown estimators ['magic']; known ones are"),
        (
            ["--protocol", "prior-dfcn", "--folds", "3"],
            "--folds does not go with --protocol prior-dfcn, whose number of folds is",
        ),
        (
            ["--protocol", "group-k-fold", "--folds", "9"],
            "Take --folds 4 or fewer, or --protocol loso",
        ),
        (["--protocol", "loco"], "Unknown protocol 'loco'; known ones are"),
        (["--target", "joy"], "'joy' is not known for this data set"),
        (
            ["--estimators", "mkl", "--task", "regression"],
            "'mkl' is for classification",
        ),
        (["--estimators", "ridge"], "'ridge' is for regression only"),
        (
            ["--dataset", "eegmat", "--data-home", "/nowhere"],
            "EEGMAT is not complete in",
        ),
    ],
)
def test_wrong_input_is_one_line_and_status_2(run, arguments, message):
    arguments = (
        arguments
        if "--dataset" in arguments
        else ["--dataset", "synthetic", *arguments]
    )
    if "--estimators" not in arguments:
        arguments = [*arguments, "--estimators", "dummy"]
    status, out, err = run(*arguments)
    assert status == 2
    assert out == ""
    last = err.strip().splitlines()[-1]
    assert last.startswith("sklearn-emotion: ")
    assert message in last
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "wrong",
    [
        ["--estimators", "svm,magic"],
        ["--estimators", "ridge"],
        ["--protocol", "loco"],
        ["--dataset", "deap", "--estimators", "mkl", "--task", "regression"],
        ["--dataset", "eegmat", "--task", "regression"],
    ],
    ids=lambda arguments: arguments[-1],
)
def test_names_are_checked_before_anything_is_loaded(capsys, monkeypatch, wrong):
    def load(*args, **options):
        raise AssertionError("The data set was loaded.")

    for name, source in plan.SOURCES.items():
        monkeypatch.setitem(plan.SOURCES, name, replace(source, load=load))
    dataset = [] if "--dataset" in wrong else ["--dataset", "synthetic"]
    assert main(["benchmark", *dataset, *wrong]) == 2


def test_only_the_wanted_subjects_are_used(run, tmp_path):
    call = ("--dataset", "synthetic", "--estimators", "dummy", "--out", str(tmp_path))
    assert run(*call, "--subjects", "0,2-3")[0] == 0
    assert set(read_results(tmp_path).predictions["subject"]) == {0, 2, 3}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a", "must be 'available' or numbers such as 1,2,5-8, got 'a'"),
        ("1,,2", "got '1,,2'"),
        ("5-2", "the range 5-2 must start with the smaller number"),
    ],
)
def test_wrong_lists_of_subjects_are_named(capsys, text, message):
    with pytest.raises(SystemExit):
        main(["benchmark", "--subjects", text])
    assert message in capsys.readouterr().err


def test_the_folds_of_a_paper_can_be_reduced(run, monkeypatch, tmp_path):
    """Each subject has two trials of three windows, too few for ten folds."""
    monkeypatch.setitem(SETTINGS, "duration", 30.0)
    call = ("--dataset", "synthetic", "--estimators", "svm", "--out", str(tmp_path))
    call += ("--protocol", "deepvanet-per-subject")
    status, _, err = run(*call)
    assert status == 2
    assert "subject 0 has 3. Take 3 folds at most." in err
    assert "--folds" in err
    status, out, _ = run(*call, "--folds", "3")
    assert status == 0
    assert "PaperProtocol(" in out
    assert len(read_results(tmp_path)) == 4 * 3


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_characters_that_the_terminal_does_not_know_are_replaced(
    source, tmp_path, monkeypatch, encoding
):
    """The table contains ± and R², which ASCII does not have."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding=encoding) for _ in range(2)]
    monkeypatch.setattr("sys.stdout", streams[0])
    monkeypatch.setattr("sys.stderr", streams[1])
    call = ["--dataset", "synthetic", "--folds", "2", "--n-jobs", "1", "--task"]
    call += ["regression", "--estimators", "ridge", "--out", str(tmp_path / "\u03b1")]
    assert main(["benchmark", *call]) == 0
    out, _ = (s.buffer.getvalue() for s in streams if not s.flush())
    sign = {"ascii": b"?", "latin-1": b"\xb1"}[encoding]
    assert b"mean " + sign + b" sd" in out
    assert b"All folds: " in out
    # The streams of the caller are left as they were.
    assert streams[0].errors == "strict"


def test_a_store_of_another_comparison_is_one_line(run, tmp_path):
    call = ("--dataset", "synthetic", "--estimators", "dummy", "--out", str(tmp_path))
    assert run(*call)[0] == 0
    status, _, err = run(*call, "--random-state", "1")
    assert status == 2
    assert "holds the results of another comparison" in err


def test_trials_are_scored_on_request(run, monkeypatch, tmp_path):
    """Each of the four subjects has two trials of three windows."""
    monkeypatch.setitem(SETTINGS, "duration", 30.0)
    call = ("--dataset", "synthetic", "--estimators", "svm", "--out", str(tmp_path))
    assert run(*call)[0] == 0
    # The default is what earlier versions stored, so the store can be continued.
    assert run(*call, "--unit", "window")[0] == 0
    status, _, err = run(*call, "--unit", "trial")
    assert status == 2
    assert "holds the results of another comparison" in err
    status, out, _ = run(*call[:4], "--unit", "trial", "--out", str(tmp_path / "t"))
    assert status == 0
    assert "the windows of a trial are averaged" in out
    windows, trials = (read_results(p) for p in (tmp_path, tmp_path / "t"))
    assert windows["n_test"].sum() == 24
    assert trials["n_test"].sum() == 8
    (command,) = read_commands(tmp_path / "t")
    assert "--unit trial" in command["command"]


def test_warnings_name_options(run, monkeypatch):
    monkeypatch.setitem(SETTINGS, "n_trials", 4)
    call = ("--dataset", "synthetic", "--estimators", "svm", "--folds", "2")
    status, _, err = run(*call, "--protocol", "segment-k-fold")
    assert status == 0
    assert "leakage: segment-k-fold (2) puts the same subject on both sides" in err
    assert "--protocol loso tests unseen subjects." in err


def test_labelled_trials_of_the_test_subjects_are_used_on_request(
    run, monkeypatch, tmp_path
):
    """Each of the four subjects has four trials, of which two are in training."""
    monkeypatch.setitem(SETTINGS, "n_trials", 4)
    call = ("--dataset", "synthetic", "--estimators", "svm")
    status, out, err = run(
        *call, "--target-access", "labels:2", "--out", str(tmp_path / "a")
    )
    assert status == 0
    assert "labels:2" in out
    assert "leakage" not in err
    results = read_results(tmp_path / "a")
    assert set(results["target_access"]) == {"labels:2"}
    assert results["n_test"].tolist() == [4, 4]
    assert results["n_train"].tolist() == [12, 12]
    status, out, _ = run(*call, "--target-access", "none")
    assert status == 0
    row = next(line for line in out.splitlines() if line.startswith("svm "))
    assert row.split()[-4] == "none"
    mixed = ("--protocol", "within-subject", "--folds", "2")
    status, _, err = run(*call, "--target-access", "rest", *mixed)
    assert status == 2
    assert "sklearn-emotion: --target-access rest states what is used" in err
    assert "Use --protocol loso or 'group-k-fold', or leave out --target-access." in err


def test_wrong_options_are_argparses(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["benchmark", "--folds", "0"])
    assert stop.value.code == 2
    assert "--folds: must be a whole number of at least 1, got '0'" in (
        capsys.readouterr().err
    )
    with pytest.raises(SystemExit):
        main(["benchmark", "--folds", "abc"])
    assert "at least 1, got 'abc'" in capsys.readouterr().err
    for wrong in ("all", "labels", "labels:0", "labels:x", "labels:1 "):
        with pytest.raises(SystemExit):
            main(["benchmark", "--target-access", wrong])
        message = f"such as labels:2, got {wrong!r}"
        assert message in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["benchmark", "--fold", "3", "--nope"])
    err = capsys.readouterr().err
    assert err.startswith("usage: sklearn-emotion benchmark ")
    assert "unrecognized arguments: --nope" in err


def test_the_data_folder_decides_what_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("SKLEARN_EMOTION_DATA", str(tmp_path))
    assert plan.default_source() == "synthetic"
    (tmp_path / "eegmat").mkdir()
    (tmp_path / "eegmat" / "Subject00_1.edf").touch()
    assert plan.default_source() == "eegmat"
    assert plan.default_source(tmp_path / "eegmat") == "eegmat"
    with pytest.raises(FileNotFoundError, match=r"--data-home names.*no folder"):
        plan.default_source(tmp_path / "elsewhere")
    monkeypatch.setenv("SKLEARN_EMOTION_DATA", str(tmp_path / "gone"))
    with pytest.raises(FileNotFoundError, match="SKLEARN_EMOTION_DATA names"):
        plan.default_source()


def test_the_list_of_estimators(run):
    status, out, _ = run("--estimators", "list")
    assert status == 0
    assert [line.split()[0] for line in out.splitlines()] == list(RECIPES)
    assert set(DEFAULT) <= set(RECIPES)


def test_a_copy_of_a_data_set_is_checked(tmp_path, capsys):
    assert main(["check", "eegmat", str(tmp_path)]) == 1
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("missing: 73 of 73 files in ")
    # No more than fits a page.
    assert len(out) == 22
    assert out[-1] == "  and 53 more"


def test_the_real_copy_is_complete(data_home, capsys):
    assert main(["check", "eegmat", str(data_home)]) == 0
    assert capsys.readouterr().out.startswith("good: 73 of 73 files in ")


def test_ratings_are_predicted_on_request(run, tmp_path):
    call = ("--dataset", "synthetic", "--task", "regression", "--estimators")
    status, out, _ = run(*call, "dummy", "--out", str(tmp_path))
    assert status == 0
    lines = out.strip().splitlines()
    assert lines[1].split()[:5] == ["CCC", "dummy", "RMSE", "dummy", "R²"]
    # The only estimator has a row even if it is a dummy.
    dummy = next(line for line in lines if line.startswith("dummy"))
    assert dummy.split()[1] in ("0.000", "-0.000")
    assert read_results(tmp_path)["ccc"].notna().all()


def test_the_quadrants_are_predicted_on_request(run, monkeypatch, tmp_path):
    monkeypatch.setitem(SETTINGS, "n_trials", 16)
    call = ("--dataset", "synthetic", "--target", "quadrant", "--estimators", "svm")
    assert run(*call, "--out", str(tmp_path))[0] == 0
    names = set(read_results(tmp_path).predictions["y_true"])
    assert names == {"HVHA", "HVLA", "LVHA", "LVLA"}


@pytest.mark.parametrize(
    ("name", "task"), [(name, task) for name in RECIPES for task in RECIPES[name].tasks]
)
def test_every_recipe_fits_and_predicts(name, task):
    dataset = tiny(signals=plan.signals_for("synthetic", [name]) or ())
    estimators = plan.make_estimators(dataset, [name], quick=True, task=task)
    estimator, keys = estimators[name]
    epochs = [k for k in estimator.get_params() if k.endswith("__max_epochs")]
    estimator.set_params(**dict.fromkeys(epochs, 1))
    results = compare(
        {name: (estimator, keys)},
        dataset,
        target="valence",
        task=task,
        protocol=[(np.arange(6), np.arange(6, 8))],
    )
    assert results["error"].tolist() == [""]
    assert results["n_test"].tolist() == [2]


def test_all_estimators_are_those_whose_modalities_are_there():
    dataset = tiny(signals=("face", "openface"))
    for task in ("classification", "regression"):
        expected = [name for name in RECIPES if task in RECIPES[name].tasks]
        assert list(plan.make_estimators(dataset, ["all"], task=task)) == expected
    eeg = make_emotion(n_subjects=2, n_trials=2, random_state=0)
    names = set(plan.make_estimators(eeg, ["all"]))
    assert {"eegnet", "svm"} <= names
    assert not names & {"mkl", "etf", "modality-attention"}
    assert not names & {"deepvanet", "hierarchical-lstm", "prior-stfenet"}


def test_the_command_starts_without_torch():
    code = (
        "import sys; from sklearn_emotion.cli import main\n"
        "try: main(['--version'])\n"
        "except SystemExit: pass\n"
        "assert not {'torch', 'mne', 'skorch'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip()[0].isdigit()
