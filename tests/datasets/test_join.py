"""Several data sets as one."""

import numpy as np
import pandas as pd
import pytest

from sklearn_emotion import make_logistic
from sklearn_emotion.datasets import EmotionDataset, join_datasets, make_emotion
from sklearn_emotion.evaluation import compare
from sklearn_emotion.model_selection import CrossDatasetSplit

CHANNELS = {"a": ["Fz", "T3", "Cz"], "b": ["CZ", "Pz", "T7", "EEG Fz-REF"]}


def make_dataset(name, n=6, rate=64.0, n_times=128, **others):
    """Signals whose values are the number of the channel in `CHANNELS`."""
    channels = CHANNELS[name]
    eeg = np.tile(np.arange(len(channels))[:, None], (n, 1, n_times)).astype("f4")
    metadata = pd.DataFrame(
        {
            "subject": np.arange(n) // 3,
            "trial": np.arange(n),
            "valence": np.linspace(1.0, 9.0 if name == "a" else 5.0, n),
        }
    )
    fields = {
        "data": {"eeg": eeg, "gsr": eeg[:, :1] + 9},
        "metadata": metadata,
        "sfreq": {"eeg": rate, "gsr": rate},
        "ch_names": {"eeg": channels, "gsr": [f"skin {name}"]},
        "units": {"eeg": "µV"},
    }
    return EmotionDataset(**(fields | others))


@pytest.fixture
def pair():
    return {name: make_dataset(name) for name in "ab"}


def test_channels_are_matched_by_name(pair):
    joined = join_datasets(pair)
    assert joined.ch_names["eeg"] == ["Fz", "T7", "Cz"]
    assert joined.data["eeg"][0, :, 0].tolist() == [0, 1, 2]
    assert joined.data["eeg"][6, :, 0].tolist() == [3, 2, 0]
    assert joined.data["eeg"].dtype == np.float32
    assert joined.sfreq == pair["a"].sfreq
    assert joined.units["eeg"] == "µV"


def test_one_channel_each_is_joined_whatever_its_name(pair):
    joined = join_datasets(pair, modalities=["gsr"])
    assert list(joined.data) == ["gsr"]
    assert joined.data["gsr"].shape == (12, 1, 128)


def test_people_and_trials_of_different_data_sets_are_different(pair):
    pair["b"].metadata["stimulus"] = [0, 1, None] * 2
    table = join_datasets(pair).metadata
    assert table["dataset"].tolist() == ["a"] * 6 + ["b"] * 6
    assert table["subject"].unique().tolist() == ["a:0", "a:1", "b:0", "b:1"]
    assert table["trial"].nunique() == 12
    assert table["stimulus"].notna().sum() == 4
    assert table["stimulus"].iloc[6] == "b:0.0"


def test_each_data_set_has_its_own_threshold(pair):
    joined = join_datasets(pair, target="valence", thresholds={"a": 5.0, "b": 3.0})
    assert joined.metadata["valence_class"].tolist() == [0, 0, 0, 1, 1, 1] * 2
    labels = joined.target("valence_class")
    assert labels.tolist() == [0, 0, 0, 1, 1, 1] * 2
    assert joined.target("valence", threshold=None)[6:].tolist() == [
        *np.linspace(1.0, 5.0, 6)
    ]
    with pytest.raises(ValueError, match=r"one entry for each of \['a', 'b'\]"):
        join_datasets(pair, target="valence", thresholds={"a": 5.0})


def test_what_does_not_fit_is_named(pair):
    cases = [
        ({"rate": 128.0}, r"sampling rates of 'eeg' .* a: 64.0, b: 128.0. .*Resampler"),
        ({"n_times": 64}, r"same shape .* a: \(3, 128\), b: \(3, 64\).*same window"),
        ({"units": {"eeg": "V"}}, "units of 'eeg' .* a: µV, b: V"),
        ({"ch_names": {"eeg": list("wxyz")}}, "cannot be matched by name"),
    ]
    for options, match in cases:
        with pytest.raises(ValueError, match=match):
            join_datasets({**pair, "b": make_dataset("b", **options)})
    with pytest.raises(ValueError, match=r"modalities \['ecg'\] \(a: eeg, gsr; b: e"):
        join_datasets(pair, modalities=["ecg"])
    with pytest.raises(ValueError, match="two or more data sets"):
        join_datasets({"a": pair["a"]})
    with pytest.raises(ValueError, match="must map names to EmotionDatasets"):
        join_datasets({"a": pair["a"], "b": 1})


def test_features_keep_their_channels_if_all_data_sets_have_the_same():
    features = np.zeros((6, 4, 3))
    grid = {"data": {"de": features}, "sfreq": {"de": 0.5}, "units": None}
    same = {"ch_names": {"de": CHANNELS["a"]}}
    pair = {name: make_dataset("a", **grid, **same) for name in "ab"}
    assert join_datasets(pair).data["de"].shape == (12, 4, 3)


def test_a_comparison_trains_on_one_data_set_and_tests_on_another():
    parts = {
        name: make_emotion(
            n_subjects=2, n_trials=4, duration=4.0, window=4.0, random_state=seed
        )
        for seed, name in enumerate(("first", "second"))
    }
    joined = join_datasets(parts, target="valence")
    options = {"target": "valence_class", "protocol": CrossDatasetSplit()}
    results = compare({"lr": (make_logistic(), "eeg")}, joined, **options)
    assert results["test_subjects"].tolist() == [
        *("second:0 second:1", "first:0 first:1")
    ]
    assert set(results["leak"]) == {"none"}
    assert set(results["target_access"]) == {"none"}
    loso = compare({"lr": (make_logistic(), "eeg")}, joined, target="valence_class")
    assert set(loso["leak"]) == {"stimulus"}
    joined.metadata["stimulus"] = np.arange(16)
    loso = compare({"lr": (make_logistic(), "eeg")}, joined, target="valence_class")
    assert set(loso["leak"]) == {"data set"}
