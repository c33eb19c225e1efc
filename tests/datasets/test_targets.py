"""Labels and ratings are made from a column of the metadata."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from _six_samples import six_samples

from sklearn_emotion import Modalities
from sklearn_emotion.datasets import EmotionDataset


@pytest.fixture
def dataset():
    return six_samples()


def test_high_is_above_the_threshold(dataset):
    assert dataset.target("valence").tolist() == [0, 0, 1, 1, 0, 0]


def test_the_side_decides_where_a_rating_of_exactly_five_goes(dataset):
    assert dataset.target("valence", side=">=").tolist() == [0, 1, 1, 1, 0, 1]


def test_the_threshold_moves(dataset):
    assert dataset.target("valence", threshold=1.0).tolist() == [1, 1, 1, 1, 0, 1]


def test_without_a_threshold_the_ratings_come_back(dataset):
    y = dataset.target("valence", threshold=None)
    assert y.dtype == np.float64
    assert y.tolist() == [4.9, 5.0, 5.1, 9.0, 1.0, 5.0]


def test_labels_of_strings_and_booleans_are_not_thresholded(dataset):
    assert dataset.target("task").tolist() == dataset.metadata.task.tolist()
    assert dataset.target("task").dtype.kind == "U"
    assert dataset.target("smiling").tolist() == [1, 0, 1, 0, 1, 0]


def column(values, name="label"):
    """A data set whose metadata have one column."""
    metadata = pd.DataFrame({"subject": range(len(values)), name: values})
    data = Modalities(eeg=np.zeros((len(values), 2)))
    return EmotionDataset(data=data, metadata=metadata, sfreq={"eeg": 1.0})


def test_categories_are_labels_whatever_they_are_called():
    numbers = column(pd.Categorical([0, 7, 3, 3]))
    assert numbers.target("label").tolist() == [0, 7, 3, 3]
    assert numbers.target("label").dtype.kind == "i"
    assert column(pd.Categorical(["a", "b"])).target("label").dtype.kind == "U"
    assert column(pd.Categorical([True, False])).target("label").tolist() == [1, 0]


@pytest.mark.parametrize(
    ("ratings", "options", "expected", "match"),
    [
        ([0.2, 0.9], {}, [0, 0], r"'label' goes from 0.2 to 0.9.*threshold=0.55"),
        ([-1.0, 1.0], {}, [0, 0], r"'label' goes from -1 to 1.*threshold=0\."),
        ([0, 1, 2], {}, [0, 0, 0], r"one side.*goes from 0 to 2.*astype\('category'\)"),
        ([20.0, 90.0], {"threshold": 9}, [1, 1], r"threshold=9 puts every sample"),
        ([5, 9], {"side": ">="}, [1, 1], r"one side: 'label' goes from 5 to 9"),
        ([0, 3, 7], {}, [0, 0, 1], r"'label' holds whole numbers from 0 to 7"),
    ],
)
def test_a_threshold_that_does_not_suit_the_numbers_is_told(
    ratings, options, expected, match
):
    with pytest.warns(UserWarning, match=match):
        assert column(ratings).target("label", **options).tolist() == expected


@pytest.mark.parametrize(
    ("ratings", "threshold"),
    [
        (np.arange(1, 10), 5.0),
        (np.arange(11), 5.0),
        (np.arange(8.0), 5.0),
        (np.arange(8), 3.0),
        (np.array([-1, 0, 1]), 0.0),
    ],
)
def test_ratings_are_cut_without_a_word(ratings, threshold):
    """Warnings are errors here."""
    expected = (ratings > threshold).astype(int).tolist()
    assert column(ratings).target("label", threshold).tolist() == expected


def test_where_no_threshold_would_do_better_none_is_asked_for():
    ratings = column([1.0, 9.0])
    assert ratings.select(slice(0)).target("label").tolist() == []
    assert ratings.select([1, 1]).target("label").tolist() == [1, 1]


def test_missing_ratings_are_counted_and_the_cure_works(dataset):
    with pytest.raises(ValueError, match=r"2 of 6 samples have no 'liking'.*notna"):
        dataset.target("liking")
    rated = dataset.select(dataset.metadata["liking"].notna())
    assert rated.target("liking").tolist() == [0, 0, 0, 1]


def rated(ratings, subjects=None, dtype=float):
    table = pd.DataFrame({"subject": subjects or [1] * len(ratings)})
    table["valence"] = pd.Series(ratings, dtype=dtype)
    data = {"eeg": np.zeros((len(ratings), 2, 4))}
    return EmotionDataset(data=data, metadata=table, sfreq={"eeg": 4.0})


def test_ratings_in_a_column_of_objects_are_numbers():
    dataset = rated([2.1, 7, np.float32(8), 3.9], dtype=object)
    assert dataset.target("valence").tolist() == [0, 1, 1, 0]
    assert rated(["low", "high"], dtype=object).target("valence").tolist() == [
        "low",
        "high",
    ]
    assert rated([True, False], dtype=object).target("valence").tolist() == [1, 0]


def test_decimals_are_ratings_and_objects_of_two_kinds_are_named():
    values = [Decimal("2.5"), Decimal(7), 8, None]
    assert rated(values, dtype=object).select(slice(3)).target("valence").tolist() == [
        0,
        1,
        1,
    ]
    match = "either ratings or labels, but 1 of 3 values are not numbers, such as '7'"
    with pytest.raises(ValueError, match=match):
        rated([2.5, "7", 8.0], dtype=object).target("valence")


@pytest.mark.parametrize("values", [["2.5", "7.0"], ["2,5", "7"], ["-1", " 1e0"]])
def test_numbers_as_text_trigger_a_warning(values):
    dataset = rated(values, dtype=str)
    match = f"numbers as text, such as '{sorted(values)[0]}', .* 2 classes"
    with pytest.warns(UserWarning, match=match):
        assert dataset.target("valence").tolist() == values
    # The cures that the warning names.
    dataset.metadata["valence"] = dataset.metadata["valence"].astype("category")
    assert dataset.target("valence").tolist() == values
    assert rated(["1", "high"], dtype=str).target("valence").tolist() == ["1", "high"]


@pytest.mark.parametrize("threshold", [5.0, "median", (3, 6), None])
def test_infinite_ratings_are_counted(threshold):
    with pytest.raises(ValueError, match="2 of 4 ratings 'valence' are infinite"):
        rated([1.0, np.inf, -np.inf, 8.0]).target("valence", threshold)


@pytest.mark.parametrize(
    "values", [np.array([1 + 1j, 7]), pd.to_timedelta([1, 7], unit="s")]
)
def test_columns_that_are_no_ratings_are_named(values):
    dataset = rated([1.0, 7.0])
    dataset.metadata["valence"] = values
    with pytest.raises(ValueError, match="must contain ratings or labels, got the dty"):
        dataset.target("valence")


def test_medians_of_all_and_of_each_subject():
    dataset = rated([1, 2, 3, 7, 8, 9], [1, 1, 1, 2, 2, 2])
    assert dataset.target("valence", "median").tolist() == [0, 0, 0, 1, 1, 1]
    assert dataset.target("valence", "subject-median").tolist() == [0, 0, 1] * 2
    at_least = dataset.target("valence", "subject-median", side=">=")
    assert at_least.tolist() == [0, 1, 1] * 2


@pytest.mark.parametrize("cuts", [(3, 6), [3.0, 6.0], np.array([3, 6])])
def test_several_thresholds_make_more_classes(cuts):
    dataset = rated([1.0, 3, 3.5, 6, 6.1, 9])
    assert dataset.target("valence", cuts).tolist() == [0, 0, 1, 1, 2, 2]
    assert dataset.target("valence", cuts, ">=").tolist() == [0, 1, 1, 2, 2, 2]
    assert dataset.target("valence", (2, 4, 8)).tolist() == [0, 1, 1, 2, 2, 3]


def test_a_class_between_thresholds_may_be_too_small():
    with pytest.warns(UserWarning, match=r"puts \[3, 0, 3\] of 6 samples of 'valence'"):
        rated([1.0, 2, 3, 7, 8, 9]).target("valence", (4, 6))
    dataset = rated([1.0, 9.0])
    dataset.metadata["arousal"] = [1.0, 9.0]
    with pytest.raises(ValueError, match="'quadrant' needs one threshold"):
        dataset.target("quadrant", (3, 6))


@pytest.mark.parametrize(
    "threshold", ["mean", np.nan, [5.0], (2, 1), (1, 1), (1, "x"), (), (1, np.inf)]
)
def test_other_thresholds_are_named(threshold):
    match = r"threshold must be a number, several numbers .* one of \('median"
    with pytest.raises(ValueError, match=match):
        rated([1, 9]).target("valence", threshold)


def test_a_class_below_5_percent_triggers_a_warning():
    ratings = [9.0] * 4 + [1.0] * 96
    with pytest.warns(UserWarning, match="threshold=5 puts only 4 of 100 samples"):
        rated(ratings).target("valence")
    rated([9.0, *ratings[1:4], 9.0, *ratings[5:]]).target("valence")
