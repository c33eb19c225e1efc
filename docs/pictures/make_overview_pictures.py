"""Draw the pipeline and the leakage gap for the first page of the documentation.

Usage: python docs/pictures/make_overview_pictures.py

The scores are read from ``benchmarks/accuracy/leakage.csv``.
"""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

FOLDER = Path(__file__).parent
BENCHMARKS = FOLDER.parent.parent / "benchmarks"
STEPS = [
    ("recordings", "EEG, ECG, face,\nwristband", "load_deap\nfrom_raws"),
    ("cleaning", "filters, baseline,\nreference", "BandpassFilter\nBaselineRemoval"),
    ("features", "entropy, HRV,\nconnectivity", "DifferentialEntropy\nHRVFeatures"),
    ("model", "five systems,\nbaselines", "ThreeFACRNN\nmake_riemann"),
    ("evaluation", "new people,\na dummy, leaks", "compare\nreport"),
]
COLORS = ["#4c72b0", "#55a868", "#c44e52", "#8172b2", "#937860"]


def draw_pipeline():
    """Draw the steps from recordings to scores as boxes."""
    fig, ax = plt.subplots(figsize=(10, 2.3), layout="constrained")
    for i, ((title, text, names), color) in enumerate(zip(STEPS, COLORS)):
        ax.add_patch(
            matplotlib.patches.FancyBboxPatch(
                (2 * i, 0), 1.56, 1, boxstyle="round,pad=0.03", fc=color, alpha=0.18
            )
        )
        ax.text(2 * i + 0.78, 0.84, title, ha="center", weight="bold", color=color)
        ax.text(2 * i + 0.78, 0.47, text, ha="center", va="center", fontsize=9)
        ax.text(
            2 * i + 0.78,
            0.14,
            names,
            ha="center",
            va="center",
            fontsize=7.5,
            family="monospace",
            color="0.25",
        )
        if i:
            ax.annotate(
                "",
                (2 * i - 0.06, 0.5),
                (2 * i - 0.38, 0.5),
                arrowprops={"arrowstyle": "->", "lw": 1.6, "color": "0.4"},
            )
    ax.set(xlim=(-0.1, 9.7), ylim=(-0.08, 1.1))
    ax.axis("off")
    fig.savefig(FOLDER / "pipeline.png", dpi=110)
    plt.close(fig)


def draw_gap():
    """Draw the scores of the same models with the splits of papers and leak-free."""
    table = pd.read_csv(BENCHMARKS / "accuracy" / "leakage.csv")
    table = table[table["mean"].notna()]
    fig, axes = plt.subplots(1, 2, figsize=(9, 3), sharey=True, layout="constrained")
    for ax, (data, rows) in zip(axes, table.groupby("data", sort=False)):
        splits = rows["split"].unique()
        for i, model in enumerate(rows["model"].unique()):
            part = rows[rows["model"] == model].set_index("split").loc[splits]
            low, high = part["mean"] - part["low"], part["high"] - part["mean"]
            places = np.arange(len(splits)) + 0.36 * (i - 0.5)
            ax.bar(places, part["mean"], 0.34, yerr=[low, high], label=model, capsize=2)
        ax.axhline(0.5, color="0.1", lw=1, ls="--", label="majority class")
        labels = [
            split.replace(", ", ",\n").replace(" of ", "\nof ") for split in splits
        ]
        ax.set_xticks(range(len(splits)), labels, fontsize=7.5)
        ax.set_title(data, fontsize=10)
    axes[0].set(ylabel="balanced accuracy", ylim=(0, 1.15))
    axes[0].legend(ncols=3, fontsize=8, loc="upper right")
    fig.savefig(FOLDER / "leakage_gap.png", dpi=110)
    plt.close(fig)


if __name__ == "__main__":
    draw_pipeline()
    draw_gap()
