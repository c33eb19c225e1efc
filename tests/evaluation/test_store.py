"""A store holds one comparison, and survives a crash."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from _evaluation import Picky, logistic, make_dataset
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklearn_emotion.evaluation import (
    compare,
    read_results,
)
from sklearn_emotion.evaluation.plan._identity import describe
from sklearn_emotion.evaluation.run import _store
from sklearn_emotion.evaluation.run._run import _record_lost_fold
from sklearn_emotion.evaluation.run._store import Store


@pytest.fixture
def dataset():
    return make_dataset()


def test_a_store_gives_the_same_results_and_no_fold_is_done_twice(dataset, tmp_path):
    plain = compare({"lr": (logistic(), "eeg")}, dataset, target="mood")
    stored = compare(
        {"lr": (logistic(), "eeg")}, dataset, target="mood", store=tmp_path
    )
    timed = ["feature_time", "fit_time", "score_time", "peak_memory"]
    pd.testing.assert_frame_equal(plain.drop(columns=timed), stored.drop(columns=timed))
    again = compare({"lr": (logistic(), "eeg")}, dataset, target="mood", store=tmp_path)
    # Times are those of the first run: nothing was fitted.
    assert again["fit_time"].tolist() == stored["fit_time"].tolist()
    read = read_results(tmp_path)
    pd.testing.assert_frame_equal(pd.DataFrame(read), pd.DataFrame(stored))
    csv = pd.read_csv(tmp_path / "results.csv")
    assert csv["accuracy"].tolist() == stored["accuracy"].tolist()
    assert len(pd.read_csv(tmp_path / "predictions.csv")) == 48


def test_estimators_are_added_to_a_store(dataset, tmp_path):
    compare({"lr": (logistic(), "eeg")}, dataset, target="mood", store=tmp_path)
    both = {"lr": (logistic(), "eeg"), "d": (DummyClassifier(), "eeg")}
    compare(both, dataset, target="mood", store=tmp_path)
    assert set(read_results(tmp_path)["estimator"]) == {"lr", "d"}


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"protocol": "within-subject", "n_splits": 2}, "protocol: loso, now within"),
        ({"target": "valence"}, "target: mood, now valence"),
        ({"random_state": 1}, "random_state: 0, now 1"),
        ({"estimators": {"d": (Picky(3), "eeg")}}, "another estimator called 'd'"),
        # Cut to what differs.
        (
            {"estimators": {"d": (Picky("z" * 90), "eeg")}},
            r"\(estimator: Picky\(\) on \('eeg',\), now Picky\(fails_on='z+\.\.\.\)",
        ),
    ],
)
def test_a_store_holds_one_comparison(dataset, tmp_path, change, match):
    compare({"d": (Picky(), "eeg")}, dataset, target="mood", store=tmp_path)
    call = {"estimators": {"d": (Picky(), "eeg")}, "target": "mood"} | change
    with pytest.raises(ValueError, match=match):
        compare(call.pop("estimators"), dataset, store=tmp_path, **call)


def test_a_store_notices_any_change_of_the_data(dataset, tmp_path):
    call = {"estimators": {"d": (Picky(), "eeg")}, "target": "mood", "store": tmp_path}
    compare(dataset=dataset, **call)
    dataset.data["eeg"][17, 3] += 1
    with pytest.raises(ValueError, match=r"another comparison .data: "):
        compare(dataset=dataset, **call)


def test_a_store_notices_another_function(dataset, tmp_path):
    def run(function):
        model = make_pipeline(FunctionTransformer(function), LogisticRegression())
        compare({"f": (model, "eeg")}, dataset, target="mood", store=tmp_path)

    def times(factor):
        return lambda X: X * factor

    run(lambda X: X * 2)
    # The same code in another place is the same function.
    run(lambda X: X * 2)
    for other in (lambda X: X * 0, lambda X: X + 2, times(2)):
        with pytest.raises(ValueError, match="another estimator called 'f'"):
            run(other)
    texts = [
        describe(FunctionTransformer(f))
        for f in (times(2), times(2), times(3), partial(times(2)), np.log, None)
    ]
    assert texts[0] == texts[1]
    assert len(set(texts)) == 5
    # A name is all there is to see of what is compiled.
    assert "with" not in texts[4]


def test_a_store_notices_another_function_that_scores(dataset, tmp_path):
    def run(scorer):
        call = {"target": "mood", "store": tmp_path, "scoring": {"own": scorer}}
        return compare({"d": (Picky(), "eeg")}, dataset, **call)["own"].tolist()

    assert run(lambda fitted, X, y: 0.25) == [0.25] * 4
    assert run(lambda fitted, X, y: 0.25) == [0.25] * 4
    with pytest.raises(ValueError, match=r"another comparison .scorers"):
        run(lambda fitted, X, y: 0.75)


def test_a_seed_of_numpys_is_stored_as_a_number(dataset, tmp_path):
    call = {"estimators": {"d": (Picky(), "eeg")}, "target": "mood", "store": tmp_path}
    compare(dataset=dataset, random_state=np.int64(1), **call)
    assert read_results(tmp_path)["random_state"].tolist() == [1] * 4
    compare(dataset=dataset, random_state=1, **call)


def test_a_fold_that_ended_with_its_worker_leaves_a_finished_one_alone(tmp_path):
    store = Store(tmp_path)
    row = {"estimator": "d", "fold": 0, "error": "", "accuracy": 0.75}
    store.write("d", 0, row, None)
    job = ("d", 0, None, None, None, np.arange(2), np.arange(2), row, tmp_path)
    assert _record_lost_fold(job, RuntimeError("gone"))[2]["row"]["accuracy"] == 0.75
    assert store.is_done("d", 0)
    # Another process may be about to finish it.
    job = ("d", 1, *job[2:])
    with store.claim("d", 1):
        assert _record_lost_fold(job, RuntimeError("gone"))[2] is None
    assert (
        _record_lost_fold(job, RuntimeError("gone"))[2]["row"]["error"]
        == "RuntimeError: gone"
    )
    assert not store.is_done("d", 1)


def test_a_failed_fold_is_tried_again(dataset, tmp_path, monkeypatch):
    def refuse(self, X, y):
        raise RuntimeError("out of luck")

    with monkeypatch.context() as patch:
        patch.setattr(Picky, "fit", refuse)
        with pytest.raises(ValueError, match="out of luck"):
            compare({"d": (Picky(), "eeg")}, dataset, target="mood", store=tmp_path)
    record = json.loads(Store(tmp_path).path("d", 0).read_text())
    assert "raise RuntimeError" in record["row"]["traceback"]
    results = compare({"d": (Picky(), "eeg")}, dataset, target="mood", store=tmp_path)
    assert (results["error"] == "").all()


def test_a_folder_without_results_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no results"):
        read_results(tmp_path / "nothing")


def test_names_with_slashes_and_dots_stay_inside_the_folder(dataset, tmp_path):
    name = "../a/b: C=1.0"
    compare({name: (Picky(), "eeg")}, dataset, target="mood", store=tmp_path / "s")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["s"]
    assert read_results(tmp_path / "s")["estimator"].unique().tolist() == [name]


WORKER = """
import sys, time
sys.path[:0] = [{tests!r}]
import numpy as np
from pathlib import Path
from sklearn.base import BaseEstimator, ClassifierMixin
from _evaluation import make_dataset
from sklearn_emotion.evaluation import compare

class Logged(ClassifierMixin, BaseEstimator):
    def fit(self, X, y):
        time.sleep(0.05)
        self.classes_ = np.unique(y)
        return self
    def predict(self, X):
        return np.full(len(X), self.classes_[0])

dataset = make_dataset(n_subjects=12, n_trials=2, n_windows=1)
print("ready", flush=True)
results = compare({{"a": (Logged(), "eeg"), "b": (Logged(), "ecg")}}, dataset,
    target="mood", store={store!r})
print("done", len(results), flush=True)
"""


def start_worker(store):
    code = WORKER.format(tests=str(Path(__file__).parents[1]), store=str(store))
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )


def stamps(store):
    files = (store / "folds").glob("*/*.json")
    return {str(f.relative_to(store)): f.stat().st_mtime_ns for f in files}


@pytest.mark.slow
def test_killed_twenty_times_it_neither_repeats_nor_loses_a_fold(tmp_path):
    rng = np.random.default_rng(0)
    seen = {}
    for _ in range(20):
        worker = start_worker(tmp_path)
        worker.stdout.readline()
        time.sleep(rng.uniform(0, 0.15))
        worker.send_signal(signal.SIGKILL)
        worker.communicate()
        now = stamps(tmp_path)
        # A finished fold is there to stay, and is never written again.
        assert {name: now[name] for name in seen} == seen
        for name in now:
            json.loads((tmp_path / name).read_text())
        seen = now
    worker = start_worker(tmp_path)
    assert worker.communicate()[0].split() == ["ready", "done", "24"]
    now = stamps(tmp_path)
    assert {name: now[name] for name in seen} == seen
    assert len(now) == 24
    results = read_results(tmp_path)
    assert sorted(zip(results["estimator"], results["fold"])) == [
        (name, fold) for name in "ab" for fold in range(12)
    ]


@pytest.mark.slow
def test_two_writers_share_the_folds(tmp_path):
    workers = [start_worker(tmp_path) for _ in range(2)]
    first = stamps(tmp_path)
    outputs = [w.communicate()[0].split() for w in workers]
    assert outputs == [["ready", "done", "24"]] * 2
    assert len(stamps(tmp_path)) == 24
    assert first.items() <= stamps(tmp_path).items()
    assert len(pd.read_csv(tmp_path / "results.csv")) == 24


def test_a_lock_of_another_process_is_waited_for(dataset, tmp_path):
    store = Store(tmp_path)
    with store.claim("d", 0) as mine:
        assert mine
        with store.claim("d", 0) as again:
            assert not again
        with store.claim("d", 1) as other:
            assert other
    with store.claim("d", 0) as mine:
        assert mine


def fold_times(store):
    return {path.name: path.stat().st_mtime_ns for path in store.glob("folds/d/*.json")}


def cut_off(path):
    path.write_bytes(path.read_bytes()[:-20])


def empty(path):
    path.write_bytes(b"")


def change_a_prediction(path):
    text = path.read_text()
    assert '"y_pred": ["high"' in text
    path.write_text(text.replace('"y_pred": ["high"', '"y_pred": ["low"', 1))


def copy_another_fold(path):
    path.write_bytes(path.with_name("0000.json").read_bytes())


def copy_another_fold_without_sum(path):
    record = json.loads(path.with_name("0000.json").read_text())
    del record["format"], record["sum"]
    path.write_text(json.dumps(record))


@pytest.mark.parametrize(
    "damage",
    [
        cut_off,
        empty,
        change_a_prediction,
        copy_another_fold,
        copy_another_fold_without_sum,
    ],
)
def test_a_damaged_fold_is_named_and_made_again(dataset, tmp_path, damage):
    call = {"dataset": dataset, "target": "mood", "store": tmp_path}
    estimators = {"d": (Picky(), "eeg")}
    first = compare(estimators, **call)
    before = fold_times(tmp_path)
    damage(tmp_path / "folds" / "d" / "0002.json")
    with pytest.raises(ValueError, match=r"0002\.json is damaged"):
        read_results(tmp_path)
    with pytest.warns(UserWarning, match=r"0002\.json is damaged: .* is made again"):
        again = compare(estimators, **call)
    after = fold_times(tmp_path)
    assert {name for name in after if after[name] != before[name]} == {"0002.json"}
    pd.testing.assert_frame_equal(again.predictions, first.predictions)
    pd.testing.assert_frame_equal(read_results(tmp_path).predictions, first.predictions)


def test_a_damaged_fold_of_another_estimator_stops_the_comparison_first(
    dataset, tmp_path
):
    call = {"dataset": dataset, "target": "mood", "store": tmp_path}
    compare({"d": (Picky(), "eeg")}, **call)
    cut_off(tmp_path / "folds" / "d" / "0002.json")
    with pytest.raises(ValueError, match=r"d/0002\.json is damaged"):
        compare({"lr": (logistic(), "eeg")}, **call)
    assert not (tmp_path / "folds" / "lr").exists()


@pytest.mark.parametrize("damage", [cut_off, empty])
@pytest.mark.parametrize("name", ["comparison.json", "estimators/d.json"])
def test_damaged_settings_are_named_with_a_cure(dataset, tmp_path, name, damage):
    call = {"dataset": dataset, "target": "mood", "store": tmp_path}
    compare({"d": (Picky(), "eeg")}, **call)
    path = tmp_path / name
    damage(path)
    with pytest.raises(ValueError, match=f"{name} is damaged: .* delete the file"):
        compare({"d": (Picky(), "eeg")}, **call)
    before = fold_times(tmp_path)
    path.unlink()
    compare({"d": (Picky(), "eeg")}, **call)
    assert fold_times(tmp_path) == before


def test_settings_that_lost_their_sum_are_not_taken_for_old_ones(dataset, tmp_path):
    call = {"dataset": dataset, "target": "mood", "store": tmp_path}
    compare({"d": (Picky(), "eeg")}, **call)
    path = tmp_path / "comparison.json"
    settings = json.loads(path.read_text())
    del settings["sum"]
    settings["forma"] = settings.pop("format")
    settings["target"] = "food"
    path.write_text(json.dumps(settings))
    with pytest.raises(ValueError, match=r"comparison\.json is damaged"):
        read_results(tmp_path)


def test_a_fold_that_lost_its_format_and_its_sum_is_damaged(dataset, tmp_path):
    call = {"dataset": dataset, "target": "mood", "store": tmp_path}
    compare({"d": (Picky(), "eeg")}, **call)
    path = tmp_path / "folds" / "d" / "0000.json"
    record = json.loads(path.read_text())
    del record["sum"], record["format"]
    path.write_text(json.dumps(record))
    with pytest.raises(ValueError, match=r"0000\.json is damaged: it has lost its sum"):
        read_results(tmp_path)


def test_files_that_are_no_folds_are_ignored(dataset, tmp_path):
    call = {"dataset": dataset, "target": "mood", "store": tmp_path}
    compare({"d": (Picky(), "eeg")}, **call)
    path = tmp_path / "folds" / "d" / "0000.json"
    path.with_name("0000 (copy of a laptop).json").write_bytes(path.read_bytes())
    assert len(read_results(tmp_path)) == 4


def without_sums(store):
    """Turn a store into one of a version that stored no sums."""
    for path in store.rglob("*.json"):
        content = json.loads(path.read_text())
        if isinstance(content, dict):
            content.pop("format", None)
            content.pop("sum", None)
        path.write_text(json.dumps(content))


def test_stores_without_sums_are_read_and_continued(dataset, tmp_path):
    call = {"dataset": dataset, "target": "mood", "store": tmp_path}
    compare({"d": (Picky(), "eeg")}, **call)
    without_sums(tmp_path)
    before = fold_times(tmp_path)
    compare({"d": (Picky(), "eeg"), "lr": (logistic(), "eeg")}, **call)
    assert fold_times(tmp_path) == before
    assert len(read_results(tmp_path)) == 8


@pytest.mark.parametrize(
    "link", ["locks/d-0000.lock", "locks", "folds", "folds/d", "estimators"]
)
def test_nothing_is_written_through_a_link(dataset, tmp_path, link):
    store, target = tmp_path / "store", tmp_path / "target"
    path = store / link
    path.parent.mkdir(parents=True)
    if path.suffix:
        target.write_text("mine")
    else:
        target.mkdir()
    path.symlink_to(target)
    with pytest.raises(OSError, match=f"{path} is a symbolic link"):
        compare({"d": (Picky(), "eeg")}, dataset, target="mood", store=store)
    assert target.read_text() == "mine" if path.suffix else not list(target.iterdir())


def test_the_folder_of_a_store_may_be_a_link(dataset, tmp_path):
    (tmp_path / "disk").mkdir()
    store = tmp_path / "store"
    store.symlink_to(tmp_path / "disk")
    compare({"d": (Picky(), "eeg")}, dataset, target="mood", store=store)
    assert len(read_results(store)) == 4


def test_a_lock_leaves_the_content_of_its_file_alone(tmp_path):
    """The lock may be another name of a file that contains something."""
    (tmp_path / "locks").mkdir()
    path = tmp_path / "notes.txt"
    path.write_text("mine")
    os.link(path, tmp_path / "locks" / "d-0000.lock")
    with Store(tmp_path).claim("d", 0) as mine:
        assert mine
    assert path.read_text() == "mine"


def test_a_pipe_cannot_be_a_lock(tmp_path):
    (tmp_path / "locks").mkdir()
    os.mkfifo(tmp_path / "locks" / "d-0000.lock")
    with (
        pytest.raises(OSError, match=r"d-0000\.lock is not a regular file"),
        Store(tmp_path).claim("d", 0),
    ):
        pass


@pytest.mark.parametrize(
    "number", [np.int64, np.int32, np.uint8, np.float32, np.longdouble, np.str_]
)
def test_subjects_may_be_numbers_of_numpy(dataset, tmp_path, number):
    subjects = dataset.metadata["subject"].tolist()
    column = np.empty(len(subjects), object)
    column[:] = [number(subject) for subject in subjects]
    dataset.metadata["subject"] = column
    call = {"dataset": dataset, "target": "mood", "store": tmp_path}
    results = compare({"d": (Picky(), "eeg")}, **call)
    before = fold_times(tmp_path)
    again = compare({"d": (Picky(), "eeg")}, **call)
    assert fold_times(tmp_path) == before
    pd.testing.assert_frame_equal(again.predictions, results.predictions)
    assert results.predictions["subject"].map(int).tolist() == subjects


@pytest.fixture
def read_only(monkeypatch):
    """Let every write to a store fail as on a read-only disk."""

    def refuse(path, *args, **kwargs):
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    def switch():
        monkeypatch.setattr(_store, "write_atomically", refuse)
        monkeypatch.setattr(Path, "mkdir", refuse)
        monkeypatch.setattr(_store.os, "open", refuse)

    return switch


def test_a_finished_store_is_read_from_a_read_only_disk(dataset, tmp_path, read_only):
    call = {"dataset": dataset, "target": "mood", "store": tmp_path}
    first = compare({"d": (Picky(), "eeg")}, **call)
    read_only()
    again = compare({"d": (Picky(), "eeg")}, **call)
    pd.testing.assert_frame_equal(pd.DataFrame(again), pd.DataFrame(first))
    # What is missing cannot be written, and no fold is run for nothing.
    with pytest.raises(OSError, match=r"Read-only file system: .*lr\.json"):
        compare({"lr": (logistic(), "eeg")}, **call)


def test_tables_that_cannot_be_written_are_reported(dataset, tmp_path, read_only):
    call = {"dataset": dataset, "target": "mood", "store": tmp_path}
    first = compare({"d": (Picky(), "eeg")}, **call)
    (tmp_path / "results.csv").unlink()
    read_only()
    with pytest.warns(UserWarning, match=r"results\.csv was not written: Read-only"):
        again = compare({"d": (Picky(), "eeg")}, **call)
    pd.testing.assert_frame_equal(pd.DataFrame(again), pd.DataFrame(first))
    with pytest.warns(UserWarning, match=r"commands\.json was not written: Read-only"):
        _store.add_command(tmp_path, "sklearn-emotion benchmark")


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", '[{"command": "a"}]', '[{"command": 1, "folder": "/"}]']
)
def test_damaged_commands_are_named(tmp_path, text):
    (tmp_path / "commands.json").write_text(text)
    with pytest.raises(ValueError, match=r"commands\.json is damaged"):
        _store.read_commands(tmp_path)
