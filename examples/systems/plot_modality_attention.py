"""
Modality-aware attention on EEG and ECG
=======================================

For readers of the paper of the modality-aware attention network, or with two signals of
the same trials. The network scales the features of each modality, depending on the
features of both modalities. After this example you can compare it with its base model
and draw the features of both, as in Figure 2 of the paper.
"""

# %%
# Generate EEG and ECG
# --------------------
# Frontal asymmetry, gamma power and heart rate increase with valence. Seven subjects
# are used for training and three for testing.
import matplotlib.pyplot as plt
import numpy as np

from sklearn_emotion import make_modality_attention
from sklearn_emotion.datasets import make_emotion
from sklearn_emotion.inspection import FeatureScatterDisplay

dataset = make_emotion(
    n_subjects=10,
    n_trials=12,
    duration=10.0,
    modalities=("eeg", "ecg"),
    effect="medium",
    random_state=0,
)
y = dataset.target("valence")
train = dataset.metadata["subject"].to_numpy() < 7

X = dataset.data
print({name: array.shape for name, array in X.items()})

# %%
# Train with and without modality-aware attention
# -----------------------------------------------
# The pipeline computes the differential entropy of the EEG on the grid of the scalp,
# and the series of RR intervals of the ECG.
fits = {
    name: make_modality_attention(modality_attention=on, random_state=0).fit(
        X[train], y[train]
    )
    for name, on in [("base model", False), ("with attention", True)]
}
for name, clf in fits.items():
    print(f"{name:15} accuracy {clf.score(X[~train], y[~train]):.2f}")

# %%
# Features of both fits in the test set
# -------------------------------------
# The figure shows two principal components of the features of unseen subjects.
FeatureScatterDisplay.from_estimators(
    fits,
    X[~train],
    np.where(y[~train], "high valence", "low valence"),
    projection="pca",
)
plt.show()

# %%
# Both fits separate most samples. The test set has 36 samples, so the scores of the
# fits differ by a few samples only. To find out whether the attention helps on your
# data, compare both over many subjects with
# :func:`~sklearn_emotion.evaluation.compare`.
#
# Weights of the modalities
# -------------------------
# The attention multiplies each channel of the features by a weight between 0 and 1. The
# boxes show the mean weight of the channels of each modality, over the test samples.
whole = fits["with attention"]
masks = whole[-1].attention_masks(whole[:-1].transform(X[~train]))
fig, ax = plt.subplots(figsize=(5, 2.5), layout="constrained")
ax.boxplot(
    [masks[name].mean(axis=1) for name in ("ecg", "eeg")], orientation="horizontal"
)
ax.set_yticks([1, 2], ["ECG", "EEG"])
ax.set(xlabel="mean weight of the channels", title="Attention of each modality")
plt.show()

# %%
# In this fit, the ECG gets a higher weight than the EEG, and its weight differs more
# between samples. A higher weight does not show that a modality is more important,
# because the layers behind the attention also scale the features.
