"""Folds on a real cluster are the folds of this process, also when a worker dies."""

import os
import signal
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from _evaluation import make_dataset
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression

from sklearn_emotion import DGCNN
from sklearn_emotion.cli import main
from sklearn_emotion.datasets import EmotionDataset
from sklearn_emotion.evaluation import compare

distributed = pytest.importorskip("distributed")
TIMED = ["feature_time", "fit_time", "score_time", "peak_memory"]

pytestmark = [
    pytest.mark.slow,
    # Of the cluster's own threads and sockets, when a worker is killed.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


class Slow(ClassifierMixin, BaseEstimator):
    """Takes its time, says which process it ran in, and can take that along."""

    def __init__(self, folder, deadly=False):
        self.folder = folder
        self.deadly = deadly

    def fit(self, X, y):
        (Path(self.folder) / f"{time.time_ns()}-{os.getpid()}").touch()
        if self.deadly:
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0.4)
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


class Talks(ClassifierMixin, BaseEstimator):
    """Warns of the mean of its training samples."""

    def fit(self, X, y):
        warnings.warn(f"{X.mean():.6f}", stacklevel=1)
        time.sleep(0.1)
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


@pytest.fixture
def cluster():
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        dashboard_address=None,
        silence_logs="CRITICAL",
    ) as cluster:
        yield cluster


@pytest.mark.parametrize("stored", [False, True])
def test_a_cluster_gives_the_same_results(cluster, tmp_path, stored):
    dataset = make_dataset()
    call = {"estimators": {"lr": (LogisticRegression(), "eeg")}, "target": "mood"}
    here = compare(dataset=dataset, **call)
    store = tmp_path / "store" if stored else None
    address = cluster.scheduler_address
    there = compare(dataset=dataset, scheduler=address, store=store, **call)
    pd.testing.assert_frame_equal(here.drop(columns=TIMED), there.drop(columns=TIMED))
    pd.testing.assert_frame_equal(here.predictions, there.predictions)
    if stored:
        assert not list(store.glob("inputs-*"))


def test_the_folds_of_a_killed_worker_are_done_again(cluster, tmp_path):
    dataset = make_dataset(n_subjects=12, n_trials=2)
    pids = [worker.pid for worker in cluster.workers.values()]
    log = tmp_path / "log"
    log.mkdir()

    def kill_half_way():
        while len(list(log.iterdir())) < 6:
            time.sleep(0.05)
        os.kill(pids[0], signal.SIGKILL)

    killer = threading.Thread(target=kill_half_way)
    killer.start()
    results = compare(
        {"slow": (Slow(str(log)), "eeg")},
        dataset,
        target="mood",
        scheduler=cluster.scheduler_address,
        store=tmp_path / "store",
    )
    killer.join()
    assert (results["error"] == "").all()
    assert results["fold"].tolist() == list(range(12))
    assert len(results.predictions) == len(dataset.data)
    # Only what the killed worker was at is done twice.
    assert 12 <= len(list(log.iterdir())) <= 14
    used = {int(path.name.split("-")[1]) for path in log.iterdir()}
    assert pids[0] in used
    assert len(used) >= 2


def test_a_fold_that_kills_every_worker_is_recorded(cluster, tmp_path):
    with pytest.raises(ValueError, match="KilledWorker") as caught:
        compare(
            {"deadly": (Slow(str(tmp_path), deadly=True), "eeg")},
            make_dataset(n_subjects=2),
            target="mood",
            scheduler=cluster.scheduler_address,
        )
    assert caught.value.results["error"].str.startswith("KilledWorker").all()


@pytest.mark.parametrize("processes", [False, True])
def test_workers_with_two_threads_give_the_same_results(processes):
    """Networks, their warnings and their seeds do not mix."""
    dataset = make_dataset()
    X = dataset.data["eeg"].reshape(48, 1, 1, 5)
    dataset = EmotionDataset(
        data={"eeg": X}, metadata=dataset.metadata, sfreq={"eeg": 1.0}
    )
    call = {
        "estimators": {
            "net": (DGCNN(max_epochs=3), "eeg"),
            "other": (DGCNN(max_epochs=3, lr=0.01), "eeg"),
            "talks": (Talks(), "eeg"),
        },
        "dataset": dataset,
        "target": "mood",
    }
    with pytest.warns(UserWarning, match="talks, in 1 of 4 folds"):
        here = compare(**call)
    cluster = distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=2,
        processes=processes,
        dashboard_address=None,
        silence_logs="CRITICAL",
    )
    warned = pytest.warns(UserWarning, match="talks, in 1 of 4 folds")
    with cluster, distributed.Client(cluster) as client, warned:
        there = compare(**call, scheduler=client)
    pd.testing.assert_frame_equal(here.drop(columns=TIMED), there.drop(columns=TIMED))
    pd.testing.assert_frame_equal(here.predictions, there.predictions)


def test_the_command_wants_backend_and_address_together(capsys):
    arguments = ["benchmark", "--dataset", "synthetic", "--estimators", "dummy"]
    assert main([*arguments, "--backend", "dask"]) == 2
    assert "go together" in capsys.readouterr().err
