"""
EEG and ECG that see each other
===============================

The modality-aware network scales the features of each modality with a view of both.
"""

# %%
# EEG and ECG of made-up subjects
# -------------------------------
# Frontal asymmetry and gamma power rise with valence, and so does the heart rate. The
# last three of ten subjects are never trained on.
import matplotlib.pyplot as plt
import numpy as np
from sklearn.pipeline import make_pipeline

from sklearn_emotion import (
    DifferentialEntropy,
    GridProjector9x9,
    HRVSeries,
    ModalityAwareAttentionNet,
    make_modality_transformer,
)
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

features = make_modality_transformer(
    eeg=make_pipeline(DifferentialEntropy(window=None), GridProjector9x9("deap32")),
    ecg=HRVSeries(sfreq=256.0),
)
X = features.fit_transform(dataset.data)
print({name: array.shape for name, array in X.items()})

# %%
# With and without modality-aware attention
# -----------------------------------------
whole = ModalityAwareAttentionNet(random_state=0).fit(X[train], y[train])
base = ModalityAwareAttentionNet(modality_attention=False, random_state=0)
base.fit(X[train], y[train])
for name, clf in [("base model", base), ("with attention", whole)]:
    print(f"{name:15} accuracy {clf.score(X[~train], y[~train]):.2f}")

# %%
# Features before and after
# -------------------------
# Two principal components of the features of unseen subjects.
fig, axes = plt.subplots(1, 2, figsize=(7, 3), layout="constrained")
for ax, stage in zip(axes, ["before", "after"]):
    FeatureScatterDisplay.from_estimator(
        whole,
        X[~train],
        np.where(y[~train], "high valence", "low valence"),
        projection="pca",
        reference=X[train],
        transform_params={"stage": stage},
        ax=ax,
    )
    ax.set_title(f"{stage} attention")
plt.show()
# The classes lie along the first component on either side of the attention, which
# scales the channels that tell them apart.

# %%
# What the masks let through
# --------------------------
masks = whole.attention_masks(X[~train])
fig, ax = plt.subplots(figsize=(5, 2.5), layout="constrained")
ax.boxplot(
    [masks[name].mean(axis=1) for name in ("ecg", "eeg")], orientation="horizontal"
)
ax.set_yticks([1, 2], ["ECG", "EEG"])
ax.set_xlabel("mean weight of a sample's channels")
plt.show()
# Each modality keeps a weight of its own, which differs little between samples.
