"""
Alignment of people, before and after
=====================================

For readers whose model works within a person but not for the next one. After this
example you can see whether EEG features differ more between people than between
emotions, and align them without labels.
"""

# %%
# Generate recordings of people who differ
# ----------------------------------------
# Six people differ more than usual in their gain and in their spectrum. Valence changes
# the frontal alpha power a little.
import matplotlib.pyplot as plt
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import LeaveOneGroupOut, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_emotion import DifferentialEntropy, Modalities, SubjectStandardizer
from sklearn_emotion.datasets import make_emotion

dataset = make_emotion(
    n_subjects=6,
    n_trials=30,
    duration=4.0,
    window=4.0,
    effect={"alpha_asymmetry": 1.2},
    ch_names=["Fp1", "Fp2", "F3", "F4", "F7", "F8", "C3", "C4"],
    subject_variation=2.0,
    random_state=0,
)
y, subject = dataset.target("valence"), dataset.groups("subject")
bands = {"alpha": (8, 14), "beta": (14, 31)}
entropy = DifferentialEntropy(window=None, bands=bands).fit_transform(
    dataset.data["eeg"]
)
before = entropy.reshape(len(y), -1)

# %%
# Align the features
# ------------------
# ``SubjectStandardizer`` centers and scales the features of each person. It uses the
# samples of the person without their labels, also for people who are not in training.
X = Modalities(eeg=before, subject=subject)
after = SubjectStandardizer().fit_transform(X)["eeg"]

fig, axes = plt.subplots(2, 2, figsize=(8, 6.4), layout="constrained")
for row, features, title in zip(axes, (before, after), ("Before", "After")):
    points = PCA(2).fit_transform(StandardScaler().fit_transform(features))
    score = cross_val_score(
        make_pipeline(StandardScaler(), LogisticRegression(C=0.01)),
        features,
        y,
        groups=subject,
        cv=LeaveOneGroupOut(),
    )
    for person, marker in enumerate("osD^vP"):
        row[0].plot(*points[subject == person].T, marker, ms=4, label=f"{person}")
    row[0].set_title(f"{title} alignment: six people")
    for value, name, marker in ((0, "low", "o"), (1, "high", "^")):
        row[1].plot(*points[y == value].T, marker, ms=4, label=name)
    row[1].set_title(f"{title}: {100 * score.mean():.0f} % correct for new people")
    for ax in row:
        ax.set(xticks=[], yticks=[])
    row[0].set_ylabel("second component")
for ax in axes[1]:
    ax.set_xlabel("first principal component")
axes[0, 0].legend(title="person", ncols=2, fontsize="small")
axes[0, 1].legend(title="valence", fontsize="small")
plt.show()

# %%
# Each dot is a trial. Before the alignment, the largest differences are those between
# people (left). Afterwards, the people overlap, and the direction of valence is the
# same for all of them (right). The titles on the right state the accuracy of a logistic
# regression that leaves one person out at a time.
#
# Each person has equally many trials of both classes here. If one class is more
# frequent for a person, the center of the person's samples moves to this class, and a
# part of the advantage is lost (see :ref:`alignment_balance`).
