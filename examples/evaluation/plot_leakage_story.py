"""
Leakage from start to end: how 90 % accuracy comes from noise
=============================================================

For readers of papers with high accuracies. This tutorial measures a score of more than
90 % on recordings that contain *no* emotion at all. It then finds the reason and
removes it step by step. After this example you can check your own split in the same
way.
"""

# %%
# Recordings without any effect
# -----------------------------
# Eight subjects watch ten clips of 20 s, which are cut into windows of 2 s. With
# ``effect="none"``, the ratings have nothing to do with the signals, so no honest score
# can be better than a guess. As in real recordings, subjects differ, and each trial has
# a spectrum of its own.
# sphinx_gallery_thumbnail_number = 2
import warnings

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.decomposition import PCA
from sklearn.model_selection import GroupKFold, KFold, LeaveOneGroupOut
from sklearn.preprocessing import StandardScaler

from sklearn_emotion import (
    DifferentialEntropy,
    LeakageWarning,
    cross_validate,
    leakage_report,
    make_svm,
)
from sklearn_emotion.datasets import make_emotion

settings = {
    "n_subjects": 8,
    "n_trials": 10,
    "duration": 20.0,
    "window": 2.0,
    "ch_names": ["Fp1", "Fp2", "F3", "F4", "T7", "T8", "P3", "P4"],
    "random_state": 0,
}
dataset = make_emotion(effect="none", **settings)
X, y, metadata = dataset.data["eeg"], dataset.target("valence"), dataset.metadata
subject = dataset.groups("subject")
trial = dataset.groups("trial")
X.shape

# %%
# A score as in many papers
# -------------------------
# The windows are shuffled and divided into ten folds.
shuffled = KFold(10, shuffle=True, random_state=0)
with warnings.catch_warnings():
    warnings.simplefilter("ignore", LeakageWarning)
    result = cross_validate(make_svm(), X, y, cv=shuffled, metadata=metadata)
print(f"accuracy with shuffled windows: {result['test_score'].mean():.2f}")

# %%
# The recordings contain no emotion, so what did the model learn?
#
# What the model recognizes
# -------------------------
# The figure shows two principal components of the features of one subject. Each window
# is drawn as the number of its trial, in the color of its label. Windows of one trial
# lie close together. A window in the test set has neighbors of the same trial in the
# training set, and these neighbors have its label. The model recognizes the trial, and
# not the emotion.
features = DifferentialEntropy(window=None).fit_transform(X).reshape(len(X), -1)
mine = subject == 0
points = PCA(2).fit_transform(StandardScaler().fit_transform(features[mine]))
fig, ax = plt.subplots(figsize=(5.5, 4), layout="constrained")
for position, number in enumerate(pd.unique(trial[mine])):
    these = trial[mine] == number
    color = "C1" if y[mine][these][0] == 1 else "C0"
    ax.scatter(*points[these].T, color=color, marker=f"${position}$", s=40)
ax.scatter([], [], color="C1", label="high valence")
ax.scatter([], [], color="C0", label="low valence")
ax.set(xlabel="first component", ylabel="second component")
ax.set_title("Windows of one subject, as numbers of trials")
ax.legend(fontsize="small")
plt.show()

# %%
# What the split shares
# ---------------------
# ``leakage_report`` counts what appears in both training and test. Without the filter
# above, ``cross_validate`` would have warned of it.
splits = {
    "windows": (shuffled, None),
    "trials": (GroupKFold(10, shuffle=True, random_state=0), trial),
    "subjects": (LeaveOneGroupOut(), subject),
}
reports = {
    name: leakage_report(cv, X, y, metadata, groups=groups)
    for name, (cv, groups) in splits.items()
}
pd.DataFrame(
    {name: report.groupby("level")["leaks"].any() for name, report in reports.items()}
).rename_axis("in training and test").rename_axis("split by", axis=1)

# %%
# Only the split by subject keeps people apart. The clips are still shared, because all
# people watch the same ones. :class:`~sklearn_emotion.LeaveOneSubjectAndStimulusOut`
# keeps both apart.
#
# The same model with honest splits
# ---------------------------------
# The figure compares the scores of the three splits, on the recordings without an
# effect and on recordings in which valence has a small effect on the frontal alpha
# power.
with_effect = make_emotion(effect={"alpha_asymmetry": "small"}, **settings)
scores = {}
for name, (cv, groups) in splits.items():
    for effect, data in (("no effect", dataset), ("small effect", with_effect)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LeakageWarning)
            result = cross_validate(
                make_svm(),
                data.data["eeg"],
                data.target("valence"),
                groups=groups,
                cv=cv,
                scoring="balanced_accuracy",
                metadata=metadata,
            )
        scores[name, effect] = result["test_score"].mean()
table = pd.Series(scores).unstack().loc[["windows", "trials", "subjects"]]

ax = table.plot.bar(rot=0, figsize=(6, 3.4), color=["0.7", "C0"], ylim=(0, 1.05))
ax.axhline(0.5, color="k", lw=1, ls=":")
ax.set(xlabel="split by", ylabel="balanced accuracy", title="Scores of three splits")
ax.legend(loc="upper right")
for bars in ax.containers:
    ax.bar_label(bars, fmt="%.2f", fontsize="small", padding=3)
ax.figure.set_layout_engine("constrained")
plt.show()

# %%
# With shuffled windows, the score hardly depends on whether there is anything to find.
# With the other splits, it is one half without an effect, and higher with one. To check
# a model of your own, run it on ``make_emotion(effect="none")`` with your split: the
# score should be one half. :func:`~sklearn_emotion.evaluation.compare` uses the split
# by subject unless you ask for another one, and it states the leak of each split.
