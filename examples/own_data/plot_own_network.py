"""
A network of your own in 40 lines
=================================

For readers who can write a PyTorch module and want to use it like any estimator of
scikit-learn. After this example you can define a small network, compare it with other
methods, and draw its features.
"""

# %%
# The network
# -----------
# The module is an ordinary PyTorch module. The estimator states which array the module
# takes, and how it is built. The base class checks the input, encodes the labels,
# standardizes, trains and predicts. The guide :ref:`add_a_network` explains the parts,
# and how to give a network parameters of its own.
import matplotlib.pyplot as plt
import numpy as np
from sklearn.pipeline import make_pipeline
from torch import nn

from sklearn_emotion import DifferentialEntropy, make_logistic
from sklearn_emotion.base import Input, NetClassifier
from sklearn_emotion.datasets import make_emotion
from sklearn_emotion.evaluation import compare, subject_scores
from sklearn_emotion.inspection import FeatureScatterDisplay


class BandNetModule(nn.Module):
    """Dense layer on each window, followed by the mean over the windows."""

    def __init__(self, shape, n_outputs):
        super().__init__()
        self.dense = nn.Linear(shape[1] * shape[2], 16)
        self.classifier = nn.Linear(16, n_outputs)

    def features(self, eeg):
        """Return features (N, 16) of eeg (N, T, B, C)."""
        return self.dense(eeg.flatten(2)).relu().mean(dim=1)

    def forward(self, eeg):
        """Return logits (N, K)."""
        return self.classifier(self.features(eeg))


class BandNet(NetClassifier):
    """Classify band features (n_samples, n_windows, n_bands, n_channels)."""

    def _inputs(self):
        return {"eeg": Input(("n_windows", "n_bands", "n_channels"), pooled=(1,))}

    def _module(self, shapes, n_outputs):
        return BandNetModule, {"shape": shapes["eeg"], "n_outputs": n_outputs}


# %%
# Compare it on new people
# ------------------------
dataset = make_emotion(
    n_subjects=8,
    n_trials=12,
    duration=4.0,
    window=4.0,
    effect={"alpha_asymmetry": "medium"},
    random_state=0,
)
model = make_pipeline(
    DifferentialEntropy(window=1.0), BandNet(max_epochs=15, random_state=0)
)
results = compare(
    {"BandNet": (model, "eeg"), "logistic": (make_logistic(), "eeg")},
    dataset,
    target="valence",
)
scores = subject_scores(results)
scores.groupby("estimator")["balanced_accuracy"].mean().round(2)

# %%
# Scores and features
# -------------------
# The left panel shows the scores of each person. The network inherits ``transform``,
# which returns what its last layer sees. The right panel shows these features for two
# people who were not in training.
X, y, subject = (
    dataset.data["eeg"],
    dataset.target("valence"),
    dataset.groups("subject"),
)
new = subject >= 6
model.fit(X[~new], y[~new])

fig, (left, right) = plt.subplots(1, 2, figsize=(8.5, 3.6), layout="constrained")
table = scores.pivot(index="subject", columns="estimator", values="balanced_accuracy")
left.plot(table.T, "o-", color="0.7", mfc="C0", mec="C0")
left.axhline(0.5, color="0.5", ls=":")
left.set(ylabel="balanced accuracy", title="Scores, one line for each person")
left.set_xlim(-0.3, 1.3)
FeatureScatterDisplay.from_estimator(
    model[-1],
    model[:-1].transform(X[new]),
    np.where(y[new], "high valence", "low valence"),
    projection="pca",
    ax=right,
)
right.set_title("Features of two new people")
plt.show()
