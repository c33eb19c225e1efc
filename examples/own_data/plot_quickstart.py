"""
Quickstart: from EEG to a score on unseen subjects
==================================================

For readers who use the library for the first time. After this example you can compute
differential entropy on a grid of the scalp, train a convolutional recurrent network and
a linear model, and test both on subjects that they have never seen.
"""

# %%
# Generate recordings with a known effect
# ---------------------------------------
# Eight subjects watch twelve clips each. In half of the clips, frontal alpha power
# moves to one side. The subjects differ from each other in many other ways.
import matplotlib.pyplot as plt
import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_emotion import (
    DifferentialEntropy,
    GridProjector9x9,
    ModalityFlattener,
    ThreeFACRNN,
)
from sklearn_emotion.datasets import make_emotion
from sklearn_emotion.montage import grid_cells

dataset = make_emotion(
    n_subjects=8,
    n_trials=12,
    duration=4.0,
    window=4.0,
    effect={"alpha_asymmetry": "large"},
    random_state=0,
)
X = dataset.data["eeg"]
y = dataset.target("valence")
subject = dataset.groups("subject")
X.shape

# %%
# Draw the features
# -----------------
# The figure shows the mean difference in alpha entropy between high and low valence, on
# the grid of the scalp. The nose is at the top, and each cell with a name contains an
# electrode.
features = make_pipeline(DifferentialEntropy(window=2.0), GridProjector9x9())
grids = features.fit_transform(X)  # (n_samples, 2 windows, 4 bands, 9, 9)
alpha = grids[:, :, 1].mean(axis=1)
high = y == 1
difference = alpha[high].mean(axis=0) - alpha[~high].mean(axis=0)

fig, ax = plt.subplots(figsize=(5.2, 4.4), layout="constrained")
limit = np.abs(difference).max()
image = ax.imshow(difference, cmap="RdBu_r", vmin=-limit, vmax=limit)
channels = dataset.ch_names["eeg"]
for name, (row, column) in zip(channels, grid_cells(channels)):
    color = "w" if abs(difference[row, column]) > limit / 2 else "k"
    ax.text(column, row, name, ha="center", va="center", color=color, fontsize=8)
ax.set(title="Alpha band: high minus low valence", xticks=[], yticks=[])
fig.colorbar(image, label="difference of entropy (nats)")
plt.show()

# %%
# The effect is located over the forehead and has opposite signs on the two sides.
#
# Score unseen subjects
# ---------------------
# With ``groups``, no subject appears in both training and test.
models = {
    "majority class": DummyClassifier(),
    "logistic regression": make_pipeline(
        DifferentialEntropy(window=2.0),
        ModalityFlattener(),
        StandardScaler(),
        LogisticRegression(C=0.01),
    ),
    "3FACRNN": make_pipeline(
        DifferentialEntropy(window=2.0),
        GridProjector9x9(),
        ThreeFACRNN(max_epochs=12, batch_size=16, random_state=0),
    ),
}
scores = {
    name: cross_val_score(
        model, X, y, groups=subject, cv=GroupKFold(4), scoring="balanced_accuracy"
    )
    for name, model in models.items()
}

fig, ax = plt.subplots(figsize=(5, 3), layout="constrained")
for position, values in enumerate(scores.values()):
    ax.plot(values, np.full(len(values), position), "o", color="C0", alpha=0.6)
    ax.plot(values.mean(), position, "|", color="k", ms=18)
ax.axvline(0.5, color="0.6", ls=":")
ax.set(xlabel="balanced accuracy, one dot per fold", xlim=(0.3, 1.02))
ax.set_yticks(range(len(scores)), scores)
ax.set(ylim=(-0.5, 2.5), title="Scores for subjects who are not in training")
plt.show()

# %%
# The majority class has a balanced accuracy of one half by definition. A higher score
# shows what a model can predict about subjects that it has never seen.
