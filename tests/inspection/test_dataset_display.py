import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from sklearn_emotion.datasets import EmotionDataset
from sklearn_emotion.inspection import DatasetDisplay


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


@pytest.fixture
def dataset():
    """Ann has one trial of two windows and one of one window, Bob has one trial."""
    metadata = pd.DataFrame(
        {
            "subject": ["ann", "ann", "ann", "bob"],
            "trial": [0, 0, 1, 2],
            "window": [0, 1, 0, 0],
            "valence": [7.0, 7.0, 2.0, 8.0],
        }
    )
    return EmotionDataset(
        data={"eeg": np.zeros((4, 3, 1280))},
        metadata=metadata,
        sfreq={"eeg": 128.0},
        missing=["subject bob trial 2"],
    )


def test_the_summary_counts_by_subject(dataset):
    table = dataset.summary("valence")
    assert table.index.tolist() == ["ann", "bob"]
    assert table["n_samples"].tolist() == [3, 1]
    assert table["n_trials"].tolist() == [2, 1]
    assert table["minutes"].tolist() == [0.5, pytest.approx(1 / 6)]
    assert table[0].tolist() == [pytest.approx(1 / 3), 0.0]
    assert table[1].tolist() == [pytest.approx(2 / 3), 1.0]
    assert table.attrs["missing"] == ["subject bob trial 2"]
    assert list(dataset.summary()) == ["n_samples", "n_trials", "minutes"]


def test_the_display_draws_classes_and_each_trial_once(dataset):
    display = DatasetDisplay.from_dataset(dataset, "valence")
    assert display.counts.loc["ann"].tolist() == [1, 2]
    assert display.ratings["valence"].tolist() == [7.0, 2.0, 8.0]
    heights = [[bar.get_height() for bar in bars] for bars in display.bars_]
    assert heights == [[1, 0], [2, 1]]
    assert display.axes_[1].get_xlabel() == "valence"


def test_counts_of_the_quality_are_not_drawn_as_classes(dataset):
    dataset.metadata["good"] = [True, True, False, False]
    display = DatasetDisplay.from_dataset(dataset, "valence")
    assert display.counts.to_numpy().tolist() == [[1, 2], [0, 1]]
    counts = DatasetDisplay.from_dataset(dataset).counts
    assert counts["samples"].tolist() == [3, 1]


def test_subjects_without_a_good_sample_have_no_bar(dataset):
    dataset.metadata["good"] = [True, True, False, False]
    display = DatasetDisplay.from_dataset(dataset.select("good"), "valence")
    assert display.counts[1].to_dict() == {"ann": 2, "bob": 0}


def test_the_quality_of_each_subject_is_drawn(dataset):
    dataset.metadata["good"] = [False, True, True, True]
    display = DatasetDisplay.from_dataset(dataset, "valence")
    (bars,) = display.quality_bars_.values()
    assert [(bar.get_height(), bar.get_y()) for bar in bars] == [(1, 0), (0, 0)]
    display = DatasetDisplay.from_dataset(dataset.select("good"), "valence")
    assert list(display.quality_bars_) == ["n_left_out"]
    (bars,) = display.quality_bars_.values()
    # They stand on the bars of the samples that are left.
    assert [(bar.get_height(), bar.get_y()) for bar in bars] == [(1, 2), (0, 1)]
    texts = [text.get_text() for text in display.axes_[0].get_legend().get_texts()]
    assert texts == ["0", "1", "left out"]
    dataset.metadata["good"] = True
    assert not DatasetDisplay.from_dataset(dataset).quality_bars_


def test_without_a_target_all_samples_have_one_color(dataset):
    display = DatasetDisplay.from_dataset(dataset)
    assert display.counts["samples"].tolist() == [3, 1]
    _, axes = plt.subplots(1, 2)
    assert display.plot(axes=axes).axes_[0] is axes[0]


def test_the_threshold_and_the_rating_of_the_classes_are_named(dataset):
    display = DatasetDisplay.from_dataset(dataset, "valence", threshold=3.5)
    (line,) = display.axes_[1].get_lines()
    assert list(line.get_xdata()) == [3.5, 3.5]
    assert display.axes_[0].get_legend().get_title().get_text() == "valence"
    display = DatasetDisplay.from_dataset(dataset, "valence", threshold="median")
    assert len(display.axes_[1].get_lines()) == 0


def test_the_order_of_the_trials_is_not_drawn_as_a_rating(dataset):
    dataset.metadata["presentation"] = [1, 1, 2, 1]
    assert list(DatasetDisplay.from_dataset(dataset).ratings) == ["valence"]
