"""The benchmark as a function does what the command does."""

import pandas as pd
import pytest

from sklearn_emotion import PaperProtocol
from sklearn_emotion.cli import main
from sklearn_emotion.datasets import make_emotion
from sklearn_emotion.evaluation import benchmark, read_results
from sklearn_emotion.evaluation.run import _sources
from sklearn_emotion.evaluation.run._store import read_commands

TIMED = ["feature_time", "fit_time", "score_time", "peak_memory"]


@pytest.fixture
def dataset():
    return make_emotion(
        n_subjects=4, n_trials=4, duration=10.0, window=10.0, random_state=0
    )


@pytest.fixture
def named(dataset, monkeypatch):
    source = _sources.Source(lambda *args, **options: dataset, "valence", 1, "valence")
    monkeypatch.setitem(_sources.SOURCES, "synthetic", source)
    return "synthetic"


@pytest.mark.parametrize(
    "options", [{}, {"target_access": "labels:1", "unit": "trial"}]
)
def test_the_function_and_the_command_fill_the_same_store(
    named, tmp_path, capsys, options
):
    stores = [tmp_path / name for name in ("function", "command")]
    call = ["--dataset", named, "--folds", "2", "--estimators", "dummy,svm"]
    for name, value in options.items():
        call += [f"--{name.replace('_', '-')}", value]
    main(["benchmark", *call, "--n-jobs", "1", "--out", str(stores[1])])
    capsys.readouterr()
    results = benchmark(
        named,
        n_splits=2,
        estimators=["dummy", "svm"],
        store=stores[0],
        command="x",
        **options,
    )
    assert results.unit == options.get("unit", "window")
    assert set(results["target_access"]) == {options.get("target_access", "none")}
    out, err = capsys.readouterr()
    assert out + err == ""
    texts = [(store / "comparison.json").read_text() for store in stores]
    assert texts[0] == texts[1]
    stored = read_results(stores[1])
    pd.testing.assert_frame_equal(
        stored.drop(columns=TIMED), results.drop(columns=TIMED)
    )
    assert [entry["command"] for entry in read_commands(stores[0])] == ["x"]


@pytest.mark.parametrize("wrong", [{"target_access": "all"}, {"unit": "sample"}])
def test_access_and_unit_are_checked_before_anything_is_loaded(monkeypatch, wrong):
    monkeypatch.setattr(_sources, "load_source", None)
    (name,) = wrong
    with pytest.raises(ValueError, match=f"{name} must be"):
        benchmark("synthetic", **wrong)


def test_a_data_set_of_ones_own_needs_a_target(dataset):
    with pytest.raises(ValueError, match="target must be given"):
        benchmark(dataset, estimators=["dummy"])
    with pytest.raises(ValueError, match="must be an EmotionDataset, got Modalities"):
        benchmark(dataset.data, target="valence")
    call = {"target": "arousal", "task": "regression", "protocol": "loso"}
    results = benchmark(dataset, estimators=["dummy", "ridge"], **call)
    assert results["error"].tolist() == [""] * 8
    assert results.task == "regression"


def test_a_dry_run_returns_the_plan_and_knows_what_is_done(named, tmp_path):
    call = {"n_splits": 2, "estimators": ["dummy", "svm"]}
    store = tmp_path / "store"
    plan = benchmark(named, store=store, dry_run=True, **call)
    assert plan["done"].tolist() == [0, 0]
    assert plan["folds"].tolist() == [2, 2]
    assert plan.attrs["startup_seconds"] > 0
    assert plan.attrs["protocol"] == "group-k-fold (2)"
    assert plan.attrs["target"] == "valence"
    assert not store.exists()
    benchmark(named, store=store, **call | {"estimators": ["svm"]})
    again = benchmark(named, store=store, dry_run=True, **call)
    assert again["done"].tolist() == [0, 2]
    assert again["seconds"].iloc[1] == 0


@pytest.mark.filterwarnings("ignore::sklearn_emotion.LeakageWarning")
def test_there_is_one_dummy_if_subjects_are_known(named, monkeypatch):
    monkeypatch.setattr(_sources, "DEFAULT", ("dummy", "svm"))
    paper = PaperProtocol("deepvanet-per-subject", n_splits=2)
    for protocol in (paper, "within-subject", "segment-k-fold"):
        results = benchmark(named, protocol=protocol, n_splits=2)
        assert results["estimator"].unique().tolist() == ["svm"]
    results = benchmark(named, n_splits=2)
    assert results["estimator"].unique().tolist() == ["dummy", "svm"]
    results = benchmark(named, protocol=paper, estimators=["dummy"])
    assert results["estimator"].unique().tolist() == ["dummy"]
