"""A data set keeps its data and its metadata together."""

import pickle

import numpy as np
import pandas as pd
import pytest
from _six_samples import six_samples
from sklearn.model_selection import KFold

from sklearn_emotion import Modalities, leakage_report
from sklearn_emotion.datasets import EmotionDataset


@pytest.fixture
def dataset():
    return six_samples()


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda d: d.target("arousal"), r"target 'arousal' is not known.*'valence'"),
        (lambda d: d.target("valence", side="<"), r"side must be '>' or '>=', got '<'"),
        (lambda d: d.groups("window"), r"level must be one of .*'stimulus'.*'window'"),
        (lambda d: d.groups("stimulus"), r"level 'stimulus' is not known"),
    ],
)
def test_what_does_not_exist_is_named(dataset, call, match):
    with pytest.raises(ValueError, match=match):
        call(dataset)


def test_groups_are_columns_of_the_metadata(dataset):
    assert dataset.groups().tolist() == [1, 1, 1, 2, 2, 2]
    assert dataset.groups("trial").tolist() == [0, 0, 1, 2, 3, 3]


@pytest.mark.parametrize(
    "samples", [[3, 4, 5], np.array([False] * 3 + [True] * 3), slice(3, None)]
)
def test_select_keeps_data_and_metadata_together(dataset, samples):
    part = dataset.select(samples)
    assert isinstance(part, EmotionDataset)
    np.testing.assert_array_equal(part.data["eeg"], dataset.data["eeg"][3:])
    np.testing.assert_array_equal(part.data["ecg"][:, 0], [3, 4, 5])
    assert part.metadata.index.tolist() == [0, 1, 2]
    assert part.metadata.trial.tolist() == [2, 3, 3]
    assert part.DESCR == dataset.DESCR
    assert part.ch_names == dataset.ch_names


@pytest.mark.parametrize(
    "samples",
    [
        np.array([True, False, True] * 2, dtype=object),
        pd.Series([True, False, True] * 2, dtype="boolean"),
        np.array([0, 2, 3, 5], dtype=object),
        (0, 2, 3, 5),
    ],
)
def test_masks_and_positions_of_any_type_select(dataset, samples):
    expected = dataset.select([0, 2, 3, 5])
    part = dataset.select(samples)
    assert part.metadata.equals(expected.metadata)
    np.testing.assert_array_equal(part.data["eeg"], expected.data["eeg"])
    assert len(dataset.select([]).metadata) == 0


@pytest.mark.parametrize(
    ("samples", "match"),
    [
        (
            np.array([1, 0, 1, 1, 0, 1]),
            "are 0 or 1. If they are a mask, pass samples.as",
        ),
        (np.array([1, 0, 1, 1, 0, 1], dtype=np.uint8), "all of which are 0 or 1"),
        ([0.0, 2.0], "one axis; got the dtype float64"),
        ([[0, 2]], r"got the dtype int64 and the shape \(1, 2\)"),
        (3, r"got the dtype int64 and the shape \(\)"),
        (["a", "b"], "got the dtype <U1"),
    ],
)
def test_what_selects_no_samples_is_named(dataset, samples, match):
    """Targets of 0 and 1 as positions would repeat the first two samples."""
    with pytest.raises(ValueError, match=match):
        dataset.select(samples)


def test_fields_are_keys_and_attributes(dataset):
    assert dataset["sfreq"] is dataset.sfreq
    assert {"data", "metadata", "sfreq", "ch_names", "units", "DESCR"} == set(dataset)


def test_pickle(dataset):
    restored = pickle.loads(pickle.dumps(dataset))
    assert restored.metadata.equals(dataset.metadata)
    np.testing.assert_array_equal(restored.data["eeg"], dataset.data["eeg"])
    assert restored.target("valence").tolist() == dataset.target("valence").tolist()


def test_unequal_lengths_are_named(dataset):
    fields = {**dataset, "metadata": dataset.metadata[:4]}
    with pytest.raises(ValueError, match=r"same n_samples, got 6 and 4"):
        EmotionDataset(**fields)


def test_data_name_their_modalities(dataset):
    fields = {**dataset, "data": dict(dataset.data)}
    assert isinstance(EmotionDataset(**fields).data, Modalities)
    fields["data"] = dataset.data["eeg"]
    with pytest.raises(ValueError, match=r"Modalities\(eeg=\.\.\.\); got SignalArray"):
        EmotionDataset(**fields)


def test_the_representation_says_what_there_is(dataset):
    assert repr(dataset) == (
        "EmotionDataset(6 samples, 2 subjects, 4 trials; eeg: (6, 2, 2) at 128 Hz, "
        "ecg: (6, 1) at 256 Hz)"
    )


def test_metadata_may_have_the_other_byte_order(dataset):
    swapped = dataset.metadata.copy()
    for name in ("subject", "trial", "valence"):
        values = swapped[name].to_numpy()
        swapped[name] = values.astype(values.dtype.newbyteorder("S"))
    other = EmotionDataset(**{**dataset, "metadata": swapped})
    assert other.target("valence").tolist() == dataset.target("valence").tolist()
    assert other.metadata.equals(dataset.metadata)
    assert not swapped["valence"].dtype.isnative


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("names", ["trial", ["subject", "trial"]])
def test_the_index_of_the_metadata_may_be_named_like_columns(dataset, names):
    indexed = dataset.metadata.set_index(names, drop=False)
    found = EmotionDataset(**{**dataset, "metadata": indexed})
    np.testing.assert_array_equal(found.groups("trial"), dataset.groups("trial"))
    table = leakage_report(KFold(2), found.data["eeg"], metadata=indexed)
    expected = leakage_report(KFold(2), dataset.data["eeg"], metadata=dataset.metadata)
    pd.testing.assert_frame_equal(table, expected)


def test_two_columns_of_one_name_are_an_error(dataset):
    twice = pd.concat([dataset.metadata, dataset.metadata[["subject"]]], axis=1)
    with pytest.raises(ValueError, match=r"several columns 'subject'\. Rename them"):
        EmotionDataset(**{**dataset, "metadata": twice})
    with pytest.raises(ValueError, match=r"several columns 'subject'\. Rename them"):
        leakage_report(KFold(2), dataset.data["eeg"], metadata=twice)


def test_trials_may_be_categories(dataset):
    trials = dataset.metadata["trial"].astype("category")
    trials = trials.cat.add_categories([99])
    metadata = dataset.metadata.assign(trial=trials)
    other = EmotionDataset(**{**dataset, "metadata": metadata})
    assert other.groups("trial").tolist() == dataset.groups("trial").tolist()


def test_targets_and_groups_are_arrays_of_their_own(dataset):
    before = dataset.metadata.copy()
    for array in (dataset.target("valence", threshold=None), dataset.groups("subject")):
        array[:] = array[::-1].copy()
        array[0] = array[-1]
    assert dataset.metadata.equals(before)
