"""Warnings and signals belong to the fold that made them."""

import os
import signal
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest
from _evaluation import Picky, logistic, make_dataset
from skorch import NeuralNetClassifier
from skorch.callbacks import Callback
from torch import nn

from sklearn_emotion._base import LongFitWarning
from sklearn_emotion.evaluation import compare
from sklearn_emotion.evaluation.plan._plan import Plan
from sklearn_emotion.evaluation.run._folds import run_fold


@pytest.fixture
def dataset():
    return make_dataset()


class Talks(Picky):
    """Warns at one line, before and after it has waited for another fold."""

    def fit(self, X, y):
        for _ in range(3):
            warnings.warn(f"mean {X.mean():.6f}", stacklevel=1)
            warnings.warn("always the same", RuntimeWarning, stacklevel=1)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                time.sleep(0.01)
        return super().fit(X, y)


def test_folds_in_threads_keep_their_own_warnings(dataset):
    plan = Plan({"t": (Talks(), "eeg")}, dataset, "mood", "loso")
    X = dataset.data["eeg"]
    filters, show = list(warnings.filters), warnings.showwarning

    def run(split):
        return run_fold(Talks(), X, plan.task, *split)[0]

    with warnings.catch_warnings():
        warnings.simplefilter("default")
        with ThreadPoolExecutor(4) as pool:
            rows = list(pool.map(run, plan.splits))
    for row, (train, _) in zip(rows, plan.splits, strict=True):
        assert row["error"] == ""
        assert row["warnings"].split("\n") == [
            f"UserWarning: mean {X[train].mean():.6f}",
            "RuntimeWarning: always the same",
        ]
    assert (warnings.filters, warnings.showwarning) == (filters, show)


def test_a_warning_of_a_long_fit_is_shown_before_the_fit_is_over(dataset):
    shown = []

    class Long(Picky):
        def fit(self, X, y):
            warnings.warn("Training will take an hour.", LongFitWarning, stacklevel=1)
            shown.append([str(w.message) for w in caught])
            return super().fit(X, y)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        results = compare({"long": (Long(), "eeg")}, dataset, target="mood")
    assert shown[0] == ["Training will take an hour."]
    assert results["warnings"].str.startswith("LongFitWarning: Training will").all()


class Multiplies(Picky):
    """Warns as NumPy does if a kernel sets a flag although all numbers are finite."""

    def fit(self, X, y):
        message = "invalid value encountered in matmul"
        warnings.warn(message, RuntimeWarning, stacklevel=1)
        warnings.warn("overflow encountered in matmul", RuntimeWarning, stacklevel=1)
        return super().fit(X, y)


@pytest.mark.parametrize(
    ("action", "column"), [("always", "warnings"), ("error", "error")]
)
def test_a_flag_that_a_kernel_sets_without_reason_does_not_count(
    dataset, action, column
):
    plan = Plan({"m": (Multiplies(), "eeg")}, dataset, "mood", "loso")
    train, test = plan.splits[0]
    X = plan.select("m")
    with warnings.catch_warnings():
        warnings.simplefilter(action)
        row, _ = run_fold(plan.entries["m"].estimator, X, plan.task, train, test)
    assert row[column] == "RuntimeWarning: overflow encountered in matmul"


class Interrupted(Callback):
    """Interrupts the process, as Ctrl-C does."""

    def on_epoch_end(self, net, **kwargs):
        os.kill(os.getpid(), signal.SIGINT)


class Linear(nn.Linear):
    def __init__(self):
        super().__init__(5, 2)


def make_network(callbacks):
    return NeuralNetClassifier(
        Linear,
        criterion=nn.CrossEntropyLoss,
        train_split=None,
        max_epochs=3,
        verbose=0,
        callbacks=callbacks,
    )


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_an_interrupt_that_a_network_swallows_reaches_the_caller(
    dataset, tmp_path, n_jobs
):
    handler = signal.getsignal(signal.SIGINT)
    estimators = {"net": (make_network([Interrupted()]), "eeg")}
    with pytest.raises(KeyboardInterrupt):
        compare(
            estimators,
            dataset,
            target=dataset.metadata["trial"].to_numpy() % 2,
            store=tmp_path,
            n_jobs=n_jobs,
        )
    assert not list(tmp_path.glob("folds/*/*"))
    assert signal.getsignal(signal.SIGINT) == handler


def test_an_early_stop_of_a_network_is_no_interrupt(dataset):
    class Stop(Callback):
        def on_epoch_end(self, net, **kwargs):
            raise KeyboardInterrupt

    results = compare(
        {"net": (make_network([Stop()]), "eeg")},
        dataset,
        target=dataset.metadata["trial"].to_numpy() % 2,
    )
    assert (results["error"] == "").all()


def test_an_interrupt_between_folds_leaves_the_finished_ones(dataset, tmp_path):
    class Second(Picky):
        def predict(self, X):
            if list(tmp_path.glob("folds/*/*")):
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(5)
            return super().predict(X)

    call = {"target": "mood", "store": tmp_path}
    with pytest.raises(KeyboardInterrupt):
        compare({"p": (Second(), "eeg")}, dataset, **call)
    assert [p.name for p in tmp_path.glob("folds/*/*")] == ["0000.json"]


def test_folds_run_outside_the_main_thread(dataset):
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(compare, {"lr": (logistic(), "eeg")}, dataset, target="mood")
        assert (call.result()["error"] == "").all()
