"""
PriorDrivenSTFENet on EEG connectivity
======================================

For readers who combine EEG connectivity with the face. The network classifies trials by
the changes in connectivity between EEG channels, weighted by a prior that it learns
from EEG and face. After this example you can train it, and draw the prior on the scalp
for each window of a trial, as in Figure 2 of the paper.
"""

# %%
# Generate EEG and features of the face
# -------------------------------------
# Sixteen subjects have twelve trials of twelve seconds each. High valence changes the
# alpha power of frontal channels and the gamma power of temporal channels, and makes
# the subjects smile in the second half of the trial.
import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import balanced_accuracy_score

from sklearn_emotion import make_prior_stfenet
from sklearn_emotion.datasets import make_emotion
from sklearn_emotion.inspection import ChannelPriorDisplay

channels = ["Fp1", "Fp2", "F3", "Fz", "F4", "T7", "Cz", "T8", "P3", "Pz", "P4", "Oz"]
dataset = make_emotion(
    n_subjects=16,
    n_trials=12,
    modalities=("eeg", "openface"),
    effect={
        "alpha_asymmetry": "large",
        "gamma": "large",
        "smile": {"size": "large", "span": (6.0, 12.0)},
    },
    duration=12.0,
    window=12.0,
    ch_names=channels,
    random_state=0,
)
{name: array.shape for name, array in dataset.data.items()}

# %%
# Train the network
# -----------------
# The pipeline cuts each trial into four windows of three seconds. The network gets the
# band powers of the EEG, their correlations between channels, and the mean of each
# feature of the face.
X, y = dataset.data, dataset.target("valence")
unseen = dataset.groups("subject") >= 12
clf = make_prior_stfenet(
    channels=(8, 16), head="flatten", max_epochs=25, random_state=0
)
clf.fit(X[~unseen], y[~unseen])
score = balanced_accuracy_score(y[unseen], clf.predict(X[unseen]))
print(f"balanced accuracy on four unseen subjects: {score:.2f}")

# %%
# Draw the prior over a trial
# ---------------------------
# ``ChannelPriorDisplay`` draws ``channel_prior``, which is half the sum of the row
# means and the column means of the prior. The upper part of the figure shows its mean
# over the trials of unseen subjects with high valence. The lower part shows the smile
# (action unit 12) in trials with high and with low valence.
high = y[unseen] == 1
inputs = clf[:-1].transform(X[unseen])
fig, axes = plt.subplot_mosaic(
    "0123;ssss", figsize=(8, 4.6), height_ratios=(1.4, 1), layout="constrained"
)
scalps = [axes[str(window)] for window in range(4)]
ChannelPriorDisplay.from_estimator(
    clf[-1], inputs[high], ch_names=channels, window=3.0, ax=scalps
)
smile = inputs["face"][:, :, dataset.ch_names["openface"].index("AU12")]
times = np.arange(4) * 3 + 1.5
for name, these, color in (("low", ~high, "C0"), ("high", high, "C1")):
    curve = smile[these].mean(axis=0)
    axes["s"].plot(times, curve, "o-", color=color, label=f"{name} valence")
axes["s"].set(xlabel="time (s)", ylabel="intensity (0 to 5)", xlim=(0, 12), ylim=(0, 3))
axes["s"].set_title("Smile (action unit 12)")
axes["s"].legend(loc="upper left", ncols=2, fontsize="small")
fig.suptitle("Prior of each channel, in windows of 3 s")
plt.show()

# %%
# The prior depends on both modalities and changes from window to window. It is learned
# only from the labels, through its product with the connectivity networks. It shows
# which connections the network uses, and not where in the brain an emotion is.
