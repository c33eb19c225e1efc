"""Bars, curves and confusion matrices show the numbers that they are given."""

import numpy as np
import pandas as pd
import pytest

from sklearn_emotion.inspection import (
    AblationDisplay,
    ChannelPriorDisplay,
    ConfusionMatricesDisplay,
    FeatureScatterDisplay,
    ScoreCurveDisplay,
)

plt = pytest.importorskip("matplotlib.pyplot")


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


def test_bars_have_the_lengths_and_places_of_their_rows():
    series = {"printed": [0.9, 0.8], "honest": [0.6, np.nan]}
    display = AblationDisplay(
        ["whole", "part"], series, spread={"honest": [0.1, 0.2]}
    ).plot()
    for name, values in series.items():
        widths = [bar.get_width() for bar in display.bars_[name]]
        np.testing.assert_allclose(widths, values)
    # The bars of a row are next to each other and do not overlap.
    first = sorted(
        (bar.get_y(), bar.get_y() + bar.get_height())
        for bars in display.bars_.values()
        for bar in bars[:1]
    )
    assert first[0][1] <= first[1][0] + 1e-9
    assert -0.5 < first[0][0] < first[1][1] < 0.5
    assert [t.get_text() for t in display.ax_.get_yticklabels()] == ["whole", "part"]
    assert display.bars_["printed"].errorbar is None
    assert display.bars_["honest"].errorbar is not None


def test_curves_go_through_the_scores():
    display = ScoreCurveDisplay(
        [1, 2, 4], {"a": [0.5, 0.7, 0.6]}, value_name="layers"
    ).plot()
    line = display.curves_["a"].lines[0]
    assert line.get_xdata().tolist() == [1, 2, 4]
    assert line.get_ydata().tolist() == [0.5, 0.7, 0.6]
    assert display.ax_.get_xlabel() == "layers"
    assert display.ax_.get_ylabel() == "accuracy"
    assert display.ax_.get_xticks().tolist() == [1, 2, 4]


@pytest.mark.parametrize("display", [AblationDisplay, ScoreCurveDisplay])
def test_series_of_another_length_are_errors(display):
    with pytest.raises(ValueError, match=r"'a' must have 2 values.*shape \(3,\)"):
        display([1, 2], {"a": [1, 2, 3]})
    with pytest.raises(ValueError, match="at least one series"):
        display([1, 2], {})
    with pytest.raises(ValueError, match=r"\['b'\] that series does not have"):
        display([1, 2], {"a": [1, 2]}, spread={"b": [1, 2]})


def test_confusion_matrices_count_the_predictions_of_each_estimator():
    predictions = pd.DataFrame(
        {
            "estimator": ["a", "a", "a", "b", "b", "b"],
            "y_true": [0, 0, 1, 0, 0, 1],
            "y_pred": [0, 1, 1, 1, 1, 0],
        }
    )
    display = ConfusionMatricesDisplay.from_predictions(
        predictions, classes=["low", "high"]
    )
    assert display.matrices["a"].tolist() == [[1, 1], [0, 1]]
    assert display.matrices["b"].tolist() == [[0, 2], [1, 0]]
    assert [ax.get_title() for ax in display.axes_] == ["a", "b"]
    np.testing.assert_allclose(display.images_[0].get_array(), [[0.5, 0.5], [0, 1]])
    cells = [text.get_text() for text in display.axes_[1].texts]
    assert cells == ["0%\n0", "100%\n2", "100%\n1", "0%\n0"]


def test_confusion_matrices_must_agree_in_shape():
    with pytest.raises(ValueError, match="all of one shape"):
        ConfusionMatricesDisplay({"a": np.eye(2), "b": np.eye(3)})
    with pytest.raises(ValueError, match="at least one matrix"):
        ConfusionMatricesDisplay({})
    with pytest.raises(ValueError, match=r"3 classes must have the shape \(3, 3\)"):
        ConfusionMatricesDisplay({"a": np.eye(2)}, classes="abc")


def test_each_scalp_map_is_below_the_face_of_its_window():
    names = ["Fz", "Cz", "Pz", "Oz", "C3", "C4"]
    prior = np.arange(12.0).reshape(2, 6)
    faces = np.zeros((2, 3, 8, 8), np.uint8)
    faces[1, 0] = 255
    display = ChannelPriorDisplay(prior, names, faces=faces).plot()
    display.figure_.canvas.draw()
    for face_ax, ax, face in zip(display.face_axes_, display.axes_, faces):
        assert face_ax.get_position().y0 > ax.get_position().y1
        middle = [a.get_position().intervalx.mean() for a in (face_ax, ax)]
        assert abs(middle[0] - middle[1]) < 0.05
        shown = face_ax.images[0].get_array()
        np.testing.assert_array_equal(shown, np.moveaxis(face, 0, -1))
    with pytest.raises(ValueError, match=r"shape \(2, 3, height, width\).*\(1, 3,"):
        ChannelPriorDisplay(prior, names, faces=faces[:1])


class Scaled:
    def __init__(self, factor):
        self.factor = factor

    def transform(self, X):
        return self.factor * X


def test_two_fits_are_drawn_from_the_same_samples():
    X = np.random.default_rng(0).normal(size=(12, 2))
    y = np.repeat([0, 1], 6)
    fits = {"base": Scaled(1.0), "proposed": Scaled(3.0)}
    displays = FeatureScatterDisplay.from_estimators(fits, X, y, projection="pca")
    assert [d.ax_.get_title() for d in displays] == ["base", "proposed"]
    assert displays[0].figure_ is displays[1].figure_
    np.testing.assert_allclose(displays[1].points, 3 * displays[0].points)


def test_curves_and_classes_can_be_told_apart_without_colors():
    display = ScoreCurveDisplay([1, 2], {"a": [0.5, 0.6], "b": [0.6, 0.7]}).plot()
    curves = [curve.lines[0].get_marker() for curve in display.curves_.values()]
    assert len(set(curves)) == 2
    display = FeatureScatterDisplay(np.eye(2), ["low", "high"]).plot()
    classes = [len(scatter.get_paths()[0]) for scatter in display.scatters_]
    assert len(set(classes)) == 2
