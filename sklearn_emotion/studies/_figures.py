"""Figures of the papers, drawn with the displays in `inspection`."""

import numpy as np
import pandas as pd

from sklearn_emotion.evaluation import subject_scores
from sklearn_emotion.inspection import (
    AblationDisplay,
    BandAttentionDisplay,
    ChannelPriorDisplay,
    ConfusionMatricesDisplay,
    FeatureScatterDisplay,
    ScoreCurveDisplay,
    SubjectScoresDisplay,
)
from sklearn_emotion.inspection._plots import last_step, make_axes

TITLES = {
    "printed": "printed in the paper",
    "paper": "split as in the paper",
    "honest": "leak-free split",
    "dummy": "dummy",
}
CLASSES = ("low", "high")
BANDS = ("theta", "alpha", "beta", "gamma")


def _panels(n_rows, n_columns, width, height):
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        n_rows,
        n_columns,
        squeeze=False,
        layout="constrained",
        figsize=(width * n_columns, height * n_rows),
    )
    return figure, axes


def subject_bars(results):
    """Return the accuracy of each subject in the first row, by split and target."""
    sides, targets = results.sides, results.targets
    figure, axes = _panels(len(targets), len(sides), 5.0, 2.8)
    for row, target in zip(axes, targets):
        for ax, side in zip(row, sides):
            part = results.results_of(side, target)
            by_subject = subject_scores(part)
            name = part["estimator"].iloc[0]
            SubjectScoresDisplay.from_scores(by_subject, estimator=name, ax=ax)
            ax.set_xlabel(f"subject: {target}, {TITLES[side]}")
    return figure


def confusion_matrices(results):
    """Return the confusion matrices of the first row, by split and target."""
    matrices = {}
    for side in results.sides:
        for target in results.targets:
            part = results.results_of(side, target)
            mine = part.predictions
            mine = mine[mine["estimator"] == part["estimator"].iloc[0]]
            title = f"{target},\n{TITLES[side]}"
            matrices[title] = pd.DataFrame(mine).assign(estimator=title)
    display = ConfusionMatricesDisplay.from_predictions(
        pd.concat(matrices.values()), classes=CLASSES
    )
    return display.figure_


def ablation_bars(results):
    """Return the scores of all rows as bars, one panel for each target."""
    score = results.scores["score"].iloc[0]
    targets = results.targets
    n_rows = results.scores["row"].nunique()
    figure, axes = _panels(1, len(targets), 6.0, 1.4 + 0.6 * n_rows)
    for ax, target in zip(axes[0], targets):
        mine = results.scores
        mine = mine[(mine["target"] == target) & (mine["score"] == score)]
        series, spread = _series(mine, results.sides)
        display = AblationDisplay(
            mine["row"], series, spread=spread, score_name=f"{score} of {target} in %"
        )
        display.plot(ax=ax)
        ax.get_legend().remove()
    return _with_legend_below(figure, ax, len(series))


def _series(mine, sides):
    names = [*(["printed"] if mine["printed"].notna().any() else []), *sides]
    series = {TITLES[name]: mine[name].to_numpy(float) for name in names}
    spread = {TITLES[name]: mine[f"{name}_sd"].to_numpy(float) for name in names}
    series[TITLES["dummy"]] = mine[f"{sides[-1]}_dummy"].to_numpy(float)
    # Bars without a standard deviation have no error bar.
    return series, {k: np.nan_to_num(v) for k, v in spread.items()}


def layer_curves(results):
    """Return the accuracy over the number of layers, one panel for each target."""
    targets = results.targets
    figure, axes = _panels(1, len(targets), 4.6, 3.2)
    for ax, target in zip(axes[0], targets):
        mine = results.scores
        mine = mine[(mine["target"] == target) & (mine["score"] == "accuracy")]
        parts = mine["row"].str.extract(r"(?P<layers>\d+) layers?,? ?(?P<kind>.*)")
        layers = sorted(set(parts["layers"].astype(int)))
        series, spread = {}, {}
        for kind in dict.fromkeys(parts["kind"]):
            rows = mine[(parts["kind"] == kind).to_numpy()]
            for side in results.sides:
                name = ", ".join(part for part in (kind, TITLES[side]) if part)
                series[name] = rows[side].to_numpy(float)
                spread[name] = np.nan_to_num(rows[f"{side}_sd"].to_numpy(float))
        name = f"accuracy of {target} in %"
        ScoreCurveDisplay(layers, series, spread=spread, score_name=name).plot(ax=ax)
        ax.get_legend().remove()
    return _with_legend_below(figure, ax, 2)


def _with_legend_below(figure, ax, n_columns):
    """Return a figure with the legend of one of its panels below all panels."""
    figure.legend(
        *ax.get_legend_handles_labels(), loc="outside lower center", ncols=n_columns
    )
    return figure


def _names(y):
    """Return the names of classes."""
    return np.asarray(CLASSES)[y]


def band_weights(fits):
    """Return the band attention of a fit of 3FACRNN."""
    (fit,) = fits
    shown = BandAttentionDisplay.from_estimator(fit.estimator, fit.X, bands=BANDS)
    return shown.figure_


def branch_features(fits):
    """Return the features of each branch of DeepVANet and of both, by t-SNE."""
    (fit,) = fits
    network, X = last_step(fit.estimator, fit.X)
    axes = make_axes(None, 3, figsize=(11, 3.4))
    features = [network.transform(X, branch=name) for name in ("face", "bio")]
    features.append(np.concatenate(features, axis=1))
    for ax, name, values in zip(axes, ("face", "biosignals", "both"), features):
        FeatureScatterDisplay.from_features(values, _names(fit.y), ax=ax)
        ax.set_title(name, fontsize="medium")
    return axes[0].figure


def scalp_maps(fits):
    """Return the prior of a fit on the scalp, in five windows of a trial.

    The face in the middle of each window is above its map, if there are faces.
    """
    (fit,) = fits
    network, X = last_step(fit.estimator, fit.X)
    prior = network.channel_prior(X)[0]
    shown = np.linspace(0, len(prior) - 1, min(5, len(prior))).astype(int)
    faces = fit.faces
    if faces is not None:
        faces = faces[(2 * shown + 1) * len(faces) // (2 * len(prior))]
    display = ChannelPriorDisplay(
        prior[shown], fit.context.ch_names["eeg"], faces=faces
    )
    display.plot()
    for number, ax in zip(shown, display.axes_):
        ax.set_title(f"window {number + 1}", fontsize="medium")
    return display.figure_


def two_fits(fits):
    """Return the features of the test samples in several fits."""
    displays = FeatureScatterDisplay.from_estimators(
        {fit.name: fit.estimator for fit in fits}, fits[0].X, _names(fits[0].y)
    )
    return displays[0].figure_
