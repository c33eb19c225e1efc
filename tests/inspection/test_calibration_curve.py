"""The drawing of scores against the number of calibration trials."""

import numpy as np
import pandas as pd
import pytest

from sklearn_emotion.inspection import CalibrationCurveDisplay


@pytest.fixture
def curve():
    score = np.array([0.5, 0.6, 0.8, 0.55, 0.55, 0.6])
    curve = pd.DataFrame(
        {
            "estimator": ["b"] * 3 + ["a"] * 3,
            "k": [0, 2, 8] * 2,
            "score": score,
            "low": score - 0.1,
            "high": score + 0.1,
            "dummy": 0.5,
            "n_subjects": 9,
        }
    )
    curve.attrs["score"] = "balanced_accuracy"
    return curve


def test_a_curve_and_a_band_for_each_estimator(curve):
    display = CalibrationCurveDisplay.from_results(curve)
    assert [line.get_label() for line in display.lines_] == ["b", "a"]
    for line, (_, mine) in zip(display.lines_, curve.groupby("estimator", sort=False)):
        assert line.get_xdata().tolist() == [0, 2, 8]
        assert line.get_ydata().tolist() == mine["score"].tolist()
    heights = display.bands_[0].get_paths()[0].vertices[:, 1]
    np.testing.assert_allclose([heights.min(), heights.max()], [0.4, 0.9])
    assert display.ax_.get_xticks().tolist() == [0, 2, 8]
    assert display.ax_.get_ylabel() == "balanced accuracy"
    labels = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert labels == ["b", "a", "dummy"]


def test_some_estimators_can_be_drawn_with_options(curve):
    display = CalibrationCurveDisplay.from_results(curve, estimators=["a"], lw=3)
    assert [line.get_label() for line in display.lines_] == ["a"]
    assert display.lines_[0].get_linewidth() == 3
    with pytest.raises(ValueError, match=r"must be some of \['b', 'a'\], got \['c'\]"):
        CalibrationCurveDisplay.from_results(curve, estimators=["c"])
