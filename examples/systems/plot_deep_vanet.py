"""
DeepVANet on face video and skin conductance
============================================

For readers of the paper of DeepVANet, or with face videos and other signals. After this
example you can train the network on frames of the face and on skin conductance, and
draw the features of subjects that it has never seen, for each branch and for both
branches together, as in Figure 3 of the paper.
"""

# %%
# Generate faces and skin conductance
# -----------------------------------
# Sixteen subjects watch ten clips each. Pleasant clips make the subjects smile and
# raise their skin conductance. Skin, hair and geometry of the face differ between
# subjects. The effects are larger than in reality, so that one minute of training is
# enough.
import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import balanced_accuracy_score

from sklearn_emotion import DeepVANet
from sklearn_emotion.datasets import make_emotion
from sklearn_emotion.inspection import FeatureScatterDisplay

dataset = make_emotion(
    n_subjects=16,
    n_trials=10,
    modalities=("face", "gsr"),
    effect={"smile": 6.0, "skin_conductance": "medium"},
    duration=4.0,
    window=4.0,
    sfreq=32.0,
    face_sfreq=0.25,
    random_state=0,
)
X = dataset.data
y = dataset.target("valence")
unseen = dataset.groups("subject") >= 12
X

# %%
# Train both branches
# -------------------
# ``modalities`` names the inputs of the network. ``"face"`` is the input of the
# convolutional LSTM, and all other entries are inputs of the convolutions over time.
clf = DeepVANet(
    modalities=("face", "gsr"), max_epochs=15, batch_size=16, random_state=0
)
clf.fit(X[~unseen], y[~unseen])
score = balanced_accuracy_score(y[unseen], clf.predict(X[unseen]))
print(f"balanced accuracy on four unseen subjects: {score:.2f}")

# %%
# Features of unseen subjects
# ---------------------------
# The figure shows two principal components of the features of each branch, and of the
# features of both branches together.
fig, axes = plt.subplots(1, 3, figsize=(9, 3.3), layout="constrained")
titles = {"face": "Face", "bio": "Skin conductance", "fused": "Both branches"}
for ax, (branch, title) in zip(axes, titles.items()):
    FeatureScatterDisplay.from_estimator(
        clf,
        X[unseen],
        np.where(y[unseen], "high valence", "low valence"),
        projection="pca",
        reference=X[~unseen],
        transform_params={"branch": branch},
        ax=ax,
    )
    ax.set_title(title)
    ax.get_legend().remove()
fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=2)
plt.show()

# %%
# Each branch separates the classes in part, and both branches together separate them
# best. For decision-level fusion, set ``fusion="decision"`` and pass ``groups`` to
# ``fit``. ``clf.estimator_weights_`` then contains the weight of each branch.
np.round(clf.predict_proba(X[unseen])[:3], 2)
