"""
Frontal alpha asymmetry
=======================

For readers who want to use the classical marker of valence in EEG. After this example
you can compute the asymmetry of each trial, and you know why it should be compared
within a person.
"""

# %%
# Generate EEG with a known asymmetry
# -----------------------------------
# Ten subjects watch 20 clips each. In clips with a high valence, the alpha power moves
# from the left to the right side of the forehead. The subjects differ from each other
# twice as much as usual.
import matplotlib.pyplot as plt
import numpy as np

from sklearn_emotion import EEGAsymmetry, Modalities, SubjectStandardizer
from sklearn_emotion.datasets import make_emotion

dataset = make_emotion(
    n_subjects=10,
    n_trials=20,
    duration=12.0,
    window=None,
    effect={"alpha_asymmetry": "medium"},
    subject_variation=2.0,
    random_state=0,
)
high = dataset.target("valence") == 1
subject = dataset.groups("subject")

# %%
# Compute the asymmetry
# ---------------------
# The value of a pair is the logarithm of the alpha power on the right minus the
# logarithm of the alpha power on the left. The pairs follow from the names of the
# channels.
transformer = EEGAsymmetry(kind="frontal_alpha", window=None)
asymmetry = transformer.fit_transform(dataset.data["eeg"])
pair = transformer.pairs_.index(("F3", "F4"))
f4_f3 = asymmetry.reshape(len(high), -1)[:, pair]
print(asymmetry.shape, transformer.pairs_)

# %%
# Compare within each person
# --------------------------
# ``SubjectStandardizer`` subtracts the mean of each person and divides by the standard
# deviation. It needs no labels, but it needs several trials of the person, so it cannot
# be used for a person's first trial.
X = Modalities(eeg=f4_f3[:, None], subject=subject)
within = SubjectStandardizer(modalities=["eeg"]).fit_transform(X)["eeg"][:, 0]

fig, axes = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
rng = np.random.default_rng(0)
titles = ("As measured", "Standardized within each person")
for ax, values, title in zip(axes, (f4_f3, within), titles):
    for these, color, name in ((~high, "C0", "low"), (high, "C1", "high")):
        places = subject[these] + rng.uniform(-0.25, 0.25, these.sum())
        ax.plot(places, values[these], ".", color=color, label=f"{name} valence")
    best = np.median(values)
    ax.axhline(best, color="0.5", lw=1, ls="--")
    share = np.mean((values > best) == high)
    ax.set_title(f"{title}\n(the line separates {100 * share:.0f} % of the trials)")
    ax.set_xticks(range(10))
    ax.set_xlabel("subject")
axes[0].set_ylabel("ln alpha power, F4 minus F3")
axes[1].set_ylabel("standard deviations")
fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
plt.show()

# %%
# The dashed line is the median of all trials. It separates the two classes better after
# the values of each person have been standardized, because the persons' own levels no
# longer matter.
