"""
Learning from faces what the EEG shows
======================================

3FACRNN reads EEG on the scalp's grid. While it is fitted, it may look at the features
of a network that sees the face; to predict, it needs the EEG alone.
"""

# %%
# EEG and faces of made-up subjects
# ---------------------------------
# Gamma power and frontal asymmetry rise with valence, and so do the corners of the
# mouth. Samples last 10 s; the last three of nine subjects are never trained on.
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

entropy = DifferentialEntropy(sfreq=128.0, window=5.0)
grids = GridProjector9x9("deap32").fit_transform(
    entropy.fit_transform(dataset.data["eeg"])
)
X = Modalities(eeg=grids, face=dataset.data["face"])
print("EEG", grids.shape, "faces", X["face"].shape)

# %%
# With and without a teacher
# --------------------------
# The teacher is fitted on the faces of the training subjects, inside ``fit``.
settings = {"max_epochs": 8, "batch_size": 8, "random_state": 0}
alone = ThreeFACRNN(**settings).fit(grids[train], y[train])
teacher = VisualCNNTCN(max_epochs=12, batch_size=8)
taught = ThreeFACRNN(teacher=teacher, **settings).fit(X[train], y[train])
for name, clf in [("alone", alone), ("taught", taught)]:
    print(f"{name:7} accuracy {clf.score(grids[~train], y[~train]):.2f}")
print(f"teacher accuracy {taught.teacher_.score(X['face'][~train], y[~train]):.2f}")

# %%
# What band attention shows
# -------------------------
# On the left the losses. On the right the mean weight of each band, of this network
# and of one whose bands interact: with a kernel of 1 their order is that of the bands'
# mean inputs, or its reverse, and not their importance.
wide = ThreeFACRNN(band_kernel_size=3, **settings).fit(grids[train], y[train])

fig, (left, *right) = plt.subplots(1, 3, figsize=(10, 3), layout="constrained")
for name, clf in [("alone", alone), ("taught", taught)]:
    left.plot(clf.net_.history[:, "train_loss"], label=name)
left.set(xlabel="epoch", ylabel="training loss")
left.legend(frameon=False)
bands = ["theta", "alpha", "beta", "gamma"]
for ax, clf, title in zip(right, [alone, wide], ["kernel of 1", "kernel of 3"]):
    BandAttentionDisplay.from_estimator(clf, grids[~train], bands=bands, ax=ax)
    ax.set_title(title)
plt.show()
# Both losses fall; the taught network's holds its distance from the teacher as well.
