"""Stores that version 0.1 wrote are read and continued by later versions."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from sklearn_emotion import DGCNN, DifferentialEntropy, ModalityFlattener, make_svm
from sklearn_emotion.datasets import EmotionDataset
from sklearn_emotion.evaluation import compare, read_results, report, score_table

STORED = Path(__file__).parent / "data" / "store_0_1"


def make_dataset():
    """Return the data of the store, whose numbers are exact on every machine."""
    n = 24
    k = np.arange(n * 4 * 128).reshape(n, 4, 128)
    eeg = ((k * 7919 + k // 13 * 104729) % 251 - 125).astype(np.float64)
    metadata = pd.DataFrame(
        {
            "subject": np.repeat([1, 2, 3, 4], 6),
            "trial": np.arange(n),
            "stimulus": np.tile(np.arange(6), 4),
            "emotion": np.tile(["calm", "tense"], 12),
        }
    )
    return EmotionDataset(data={"eeg": eeg}, metadata=metadata, sfreq={"eeg": 128.0})


def make_estimators():
    return {
        "logistic": (
            make_pipeline(ModalityFlattener(), LogisticRegression(C=0.01)),
            "eeg",
        ),
        "svm": (make_svm(), "eeg"),
        "dgcnn": (
            make_pipeline(DifferentialEntropy(), DGCNN(max_epochs=1, random_state=0)),
            "eeg",
        ),
    }


@pytest.fixture
def store(tmp_path):
    return Path(shutil.copytree(STORED, tmp_path / "store"))


def test_an_old_store_is_read(store):
    results = read_results(store)
    stored = pd.read_csv(store / "results.csv", keep_default_na=False)
    for column in ("estimator", "fold", "accuracy", "error"):
        assert results[column].tolist() == stored[column].tolist()
    table = score_table(results)
    for name, rows in results.groupby("estimator"):
        # Each fold tests one subject.
        mean = rows["accuracy"].mean()
        assert table.loc[name, ("accuracy", "mean")] == pytest.approx(mean)
    # The store does not state what the estimators use of the test subjects.
    assert set(results["target_access"]) == {"unknown"}
    assert set(table["run", "target_access"]) == {"unknown"}
    page = report(store).read_text(encoding="utf-8")
    assert all(name in page for name in make_estimators())


def test_an_old_store_is_continued_without_fitting_a_fold(store):
    old = read_results(store).set_index(["estimator", "fold"])["fit_time"]
    files = {path: path.read_bytes() for path in store.rglob("*.json")}
    results = compare(make_estimators(), make_dataset(), target="emotion", store=store)
    new = results.set_index(["estimator", "fold"])["fit_time"]
    assert new.to_dict() == old.to_dict()
    assert len(new) == 12
    assert set(results["target_access"]) == {"none"}
    assert set(results["labels"]) == {"given"}
    assert {path: path.read_bytes() for path in store.rglob("*.json")} == files


def test_an_old_store_takes_a_new_estimator(store):
    added = {"flat": (make_pipeline(ModalityFlattener(), make_svm()[-1]), "eeg")}
    compare(added, make_dataset(), target="emotion", store=store)
    names = set(read_results(store)["estimator"])
    assert names == {"flat", *make_estimators()}
