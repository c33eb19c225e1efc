"""
3FACRNN with faces as a teacher
===============================

For readers of the paper of 3FACRNN, or with faces in training but only EEG later. The
network classifies EEG on a grid of the scalp. In training, it can learn from the
features of a network that sees the face. After this example you can train it with and
without this teacher, and draw its losses and the weights of the frequency bands.
"""

# %%
# Generate EEG and faces
# ----------------------
# Gamma power, frontal asymmetry and the corners of the mouth rise with valence. Samples
# last 10 s. Six subjects are used for training and three for testing.
import matplotlib.pyplot as plt

from sklearn_emotion import (
    DifferentialEntropy,
    GridProjector9x9,
    Modalities,
    ThreeFACRNN,
    VisualCNNTCN,
)
from sklearn_emotion.datasets import make_emotion
from sklearn_emotion.inspection import BandAttentionDisplay

dataset = make_emotion(
    n_subjects=9,
    n_trials=8,
    duration=10.0,
    modalities=("eeg", "face"),
    effect="large",
    face_sfreq=1.0,
    face_size=48,
    random_state=0,
)
y = dataset.target("valence")
train = dataset.metadata["subject"].to_numpy() < 6

entropy = DifferentialEntropy(window=5.0)
grids = GridProjector9x9("deap32").fit_transform(
    entropy.fit_transform(dataset.data["eeg"])
)
X = Modalities(eeg=grids, face=dataset.data["face"])
print("EEG", grids.shape, "faces", X["face"].shape)

# %%
# Train with and without a teacher
# --------------------------------
# The teacher is fitted on the faces of the training subjects, inside ``fit``.
settings = {"max_epochs": 8, "batch_size": 8, "random_state": 0}
alone = ThreeFACRNN(**settings).fit(grids[train], y[train])
teacher = VisualCNNTCN(max_epochs=12, batch_size=8)
taught = ThreeFACRNN(teacher=teacher, **settings).fit(X[train], y[train])
for name, clf in [("alone", alone), ("taught", taught)]:
    print(f"{name:7} accuracy {clf.score(grids[~train], y[~train]):.2f}")
print(f"teacher accuracy {taught.teacher_.score(X['face'][~train], y[~train]):.2f}")

# %%
# Draw the losses and band attention
# ----------------------------------
# The left panel shows the losses. The other panels show the mean weight of each band,
# for this network and for a network whose bands interact. With a kernel of 1, the order
# of the weights is the order of the bands' mean inputs, or its reverse. It does not
# rank their importance.
wide = ThreeFACRNN(band_kernel_size=3, **settings).fit(grids[train], y[train])

fig, (left, *right) = plt.subplots(1, 3, figsize=(10, 3), layout="constrained")
for name, clf in [("alone", alone), ("taught", taught)]:
    left.plot(clf.net_.history[:, "train_loss"], label=name)
left.set(xlabel="epoch", ylabel="training loss", title="Losses")
left.legend(frameon=False)
bands = ["theta", "alpha", "beta", "gamma"]
for ax, clf, title in zip(
    right, [alone, wide], ["Bands, kernel of 1", "Bands, kernel of 3"]
):
    BandAttentionDisplay.from_estimator(clf, grids[~train], bands=bands, ax=ax)
    ax.set_title(title)
plt.show()

# %%
# Both losses decrease. The loss of the taught network also contains the distance
# between its features and the features of the teacher, so the two losses cannot be
# compared. The test set has 24 samples, and one sample changes an accuracy by 0.04. To
# find out whether a teacher helps on your data, compare both networks over many
# subjects with :func:`~sklearn_emotion.evaluation.compare`.
