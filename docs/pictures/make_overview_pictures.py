"""Draw two figures for the first page of the documentation.

Usage: python docs/pictures/make_overview_pictures.py

The first figure shows generated recordings. The scores of the second are read from
``benchmarks/accuracy/leakage.csv``.
"""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import mne
import numpy as np
import pandas as pd

from sklearn_emotion import BandPower, make_logistic
from sklearn_emotion.datasets import make_emotion
from sklearn_emotion.evaluation import compare, subject_scores

FOLDER = Path(__file__).parent
BENCHMARKS = FOLDER.parent.parent / "benchmarks"
TITLES = {
    "generated, no effect": "generated recordings without any effect",
    "EEGMAT": "EEGMAT, rest against mental arithmetic",
}
LABELS = {
    "segments of each subject, 10-fold": "windows of\neach subject",
    "segments of all pooled, 10-fold": "windows of all\nsubjects pooled",
    "trials of each subject, 10-fold": "trials of\neach subject",
    "leave one subject out": "new\nsubjects",
}


def draw_pipeline():
    """Draw signals, a feature on the scalp, and the score of each new person."""
    dataset = make_emotion(n_subjects=6, n_trials=8, effect="small", random_state=0)
    X, y = dataset.data["eeg"], dataset.target("valence")
    names, sfreq = list(dataset.ch_names["eeg"]), dataset.sfreq["eeg"]
    layout = {"width_ratios": [1.3, 1, 1.2]}
    fig, axes = plt.subplots(
        1, 3, figsize=(10, 3), layout="constrained", gridspec_kw=layout
    )
    shown = ["Fp1", "F3", "C3", "P3", "O1"]
    times = np.arange(int(4 * sfreq)) / sfreq
    for place, name in enumerate(shown):
        signal = X[0, names.index(name), : len(times)]
        axes[0].plot(times, signal - 60 * place, color="0.2", lw=0.7)
    axes[0].set_yticks([-60 * place for place in range(len(shown))], shown)
    axes[0].set(xlabel="time (s)", title="Signals: EEG of one trial")

    power = BandPower(bands={"alpha": (8.0, 13.0)}, window=None, log=True)
    alpha = power.fit_transform(X)[:, 0, 0]
    difference = alpha[y == 1].mean(axis=0) - alpha[y == 0].mean(axis=0)
    limit = abs(difference).max()
    info = mne.create_info(names, sfreq, "eeg").set_montage("biosemi32")
    image, _ = mne.viz.plot_topomap(
        difference, info, axes=axes[1], vlim=(-limit, limit), contours=0, show=False
    )
    fig.colorbar(image, ax=axes[1], shrink=0.7, label="difference of ln power")
    axes[1].set_title("Features: alpha power,\nhigh minus low valence")

    results = compare({"logistic": (make_logistic(), "eeg")}, dataset, target="valence")
    scores = subject_scores(results)["balanced_accuracy"]
    people = np.arange(1, len(scores) + 1)
    axes[2].bar(people, scores, color="#4c72b0")
    axes[2].axhline(0.5, color="0.1", ls="--", label="majority class")
    axes[2].set(
        title="Scores: one per new person",
        xlabel="person who was not in training",
        ylabel="balanced accuracy",
        ylim=(0, 1.05),
        xticks=people,
    )
    axes[2].legend(loc="lower right")
    fig.savefig(FOLDER / "pipeline.png", dpi=110)
    plt.close(fig)


def draw_gap():
    """Draw the scores of the same models with the splits of papers and leak-free."""
    table = pd.read_csv(BENCHMARKS / "accuracy" / "leakage.csv")
    table = table[table["mean"].notna()]
    fig, axes = plt.subplots(1, 2, figsize=(10, 3.2), sharey=True, layout="constrained")
    for ax, (data, rows) in zip(axes, table.groupby("data", sort=False)):
        splits = rows["split"].unique()
        for i, model in enumerate(rows["model"].unique()):
            part = rows[rows["model"] == model].set_index("split").loc[splits]
            low, high = part["mean"] - part["low"], part["high"] - part["mean"]
            places = np.arange(len(splits)) + 0.36 * (i - 0.5)
            ax.bar(places, part["mean"], 0.34, yerr=[low, high], label=model, capsize=2)
        ax.axhline(0.5, color="0.1", lw=1, ls="--", label="majority class")
        ax.set_xticks(range(len(splits)), [LABELS[split] for split in splits])
        ax.tick_params(axis="x", labelsize=8.5)
        ax.set_title(TITLES[data])
    axes[0].set(
        ylabel="balanced accuracy", ylim=(0, 1.2), yticks=np.arange(0, 1.1, 0.25)
    )
    axes[0].legend(ncols=3, fontsize=9, loc="upper right")
    fig.savefig(FOLDER / "leakage_gap.png", dpi=110)
    plt.close(fig)


if __name__ == "__main__":
    draw_pipeline()
    draw_gap()
