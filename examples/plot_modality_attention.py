"""
Modality-aware attention on EEG and ECG
=======================================

The modality-aware attention network scales the features of each modality, depending on
the features of both modalities. This example compares it with its base model and draws
the features before and after the attention.
"""

# %%
# Generate EEG and ECG
# --------------------
# Frontal asymmetry, gamma power and heart rate increase with valence. Seven subjects
# are used for training and three for testing.
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
# Train with and without modality-aware attention
# -----------------------------------------------
whole = ModalityAwareAttentionNet(random_state=0).fit(X[train], y[train])
base = ModalityAwareAttentionNet(modality_attention=False, random_state=0)
base.fit(X[train], y[train])
for name, clf in [("base model", base), ("with attention", whole)]:
    print(f"{name:15} accuracy {clf.score(X[~train], y[~train]):.2f}")

# %%
# Features before and after the attention
# ---------------------------------------
# The figure shows two principal components of the features of unseen subjects.
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
# The classes differ along the first component, before and after the attention. The
# attention scales the channels that distinguish the classes.

# %%
# Weights of the modalities
# -------------------------
masks = whole.attention_masks(X[~train])
fig, ax = plt.subplots(figsize=(5, 2.5), layout="constrained")
ax.boxplot(
    [masks[name].mean(axis=1) for name in ("ecg", "eeg")], orientation="horizontal"
)
ax.set_yticks([1, 2], ["ECG", "EEG"])
ax.set_xlabel("mean weight of a sample's channels")
plt.show()
# Each modality has its own weight, and the weight differs little between samples.
