"""
DeepVANet: what the face, the body and both together tell apart
===============================================================

A network reads frames of the face and skin conductance, trained end to end. Its
features, drawn for people whom it has never seen, show what each branch found: the
counterpart of Figure 3 of the paper.
"""

# %%
# Faces that smile, hands that sweat
# ----------------------------------
# Sixteen people, ten clips each. Pleasant clips make them smile and raise their skin
# conductance; skin, hair and geometry differ from person to person. The effects are
# larger than in life, so that a minute of training is enough.
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
# Two branches, one classifier
# ----------------------------
# ``modalities`` names what the network gets: ``"face"`` goes to the convolutional LSTM,
# everything else to the convolutions over time.
clf = DeepVANet(
    modalities=("face", "gsr"), max_epochs=15, batch_size=16, random_state=0
)
clf.fit(X[~unseen], y[~unseen])
score = balanced_accuracy_score(y[unseen], clf.predict(X[unseen]))
print(f"balanced accuracy on four unseen people: {score:.2f}")

# %%
# Features of unseen people
# -------------------------
# Two principal components of the features of each branch, and of both side by side.
fig, axes = plt.subplots(1, 3, figsize=(9, 3), layout="constrained")
for ax, branch in zip(axes, ("face", "bio", "fused")):
    FeatureScatterDisplay.from_estimator(
        clf,
        X[unseen],
        np.where(y[unseen], "high valence", "low valence"),
        projection="pca",
        reference=X[~unseen],
        transform_params={"branch": branch},
        ax=ax,
    )
    ax.set_title(branch)
plt.show()

# %%
# Each branch separates the classes in part; both together do it best. For
# decision-level fusion set ``fusion="decision"`` and pass ``groups``:
# ``clf.estimator_weights_`` then says how much each branch counts.
np.round(clf.predict_proba(X[unseen])[:3], 2)
