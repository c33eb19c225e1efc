"""Trials become samples along the axis that is meant."""

import numpy as np
import pandas as pd
import pytest

from sklearn_emotion import Modalities, explode_windows


def test_three_dimensions_are_signals_or_features_and_nobody_guesses():
    trials = np.arange(2 * 32 * 64.0).reshape(2, 32, 64)
    with pytest.raises(ValueError, match=r"\(2, 32, 64\) may be .*axis=-1 or axis=1"):
        explode_windows(trials, window=0.125, rate=128.0)
    samples, metadata = explode_windows(trials, window=0.125, rate=128.0, axis=-1)
    assert samples.shape == (8, 32, 16)
    np.testing.assert_array_equal(samples[5], trials[1, :, 16:32])
    assert metadata["trial"].tolist() == [0] * 4 + [1] * 4
    features, _ = explode_windows(trials, window=2.0, rate=4.0, axis=1)
    np.testing.assert_array_equal(features[5], trials[1, 8:16])


def test_the_axis_of_each_modality_is_asked_for_by_name():
    X = Modalities(eeg=np.zeros((2, 3, 40)), face=np.zeros((2, 8, 5, 5, 3)))
    rate = {"eeg": 20.0, "face": 4.0}
    for axis in (None, {"face": 1}):
        with pytest.raises(ValueError, match=r"axis=\{'eeg': -1\} or axis=\{'eeg': 1"):
            explode_windows(X, window=1.0, rate=rate, axis=axis)
    samples, _ = explode_windows(X, window=1.0, rate=rate, axis={"eeg": -1})
    assert samples["eeg"].shape == (4, 3, 20)
    assert samples["face"].shape == (4, 4, 5, 5, 3)


def test_trials_are_numbered_where_the_table_does_not():
    metadata = pd.DataFrame({"subject": [4, 5]}, index=[7, 7])
    _, samples = explode_windows(
        np.zeros((2, 4)), metadata, window=2.0, step=1.0, rate=1.0
    )
    assert samples.to_dict("list") == {
        "subject": [4, 4, 4, 5, 5, 5],
        "trial": [0, 0, 0, 1, 1, 1],
        "window": [0, 1, 2, 0, 1, 2],
        "onset": [0.0, 1.0, 2.0, 0.0, 1.0, 2.0],
    }
    assert "trial" not in metadata
