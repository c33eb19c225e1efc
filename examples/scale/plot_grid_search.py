"""
Grid search that keeps people apart
===================================

For readers who tune the parameters of a model. After this example you can search over
features and classifier at once, keep the windows of a person together in each split,
and score the whole search on people that it has never seen.
"""

# %%
# Generate recordings
# -------------------
import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import GroupKFold, KFold

from sklearn_emotion import HoistedGridSearchCV, LeakageWarning, make_svm
from sklearn_emotion.datasets import make_emotion
from sklearn_emotion.evaluation import compare, score_table

dataset = make_emotion(
    n_subjects=8,
    n_trials=12,
    duration=6.0,
    window=2.0,
    effect={"alpha_asymmetry": "small"},
    random_state=0,
)
X, y, subject = (
    dataset.data["eeg"],
    dataset.target("valence"),
    dataset.groups("subject"),
)

# %%
# Search with two kinds of splits
# -------------------------------
# The features learn nothing, so they are computed once for all settings and folds. In
# the first search, windows of one trial are on both sides of the inner splits. In the
# second one, each person is on one side.
grid = {"svm__C": [0.1, 1.0, 10.0, 100.0], "svm__gamma": [1e-4, 1e-3, 1e-2, 1e-1]}
by_window = HoistedGridSearchCV(
    make_svm(), grid, cv=KFold(4, shuffle=True, random_state=0)
)
by_person = HoistedGridSearchCV(make_svm(), grid, cv=GroupKFold(4))
with warnings.catch_warnings():
    warnings.simplefilter("ignore", LeakageWarning)
    by_window.fit(X, y)
by_person.fit(X, y, groups=subject)

fig, axes = plt.subplots(1, 2, figsize=(8.5, 3.7), layout="constrained")
searches = {"Inner splits: windows shuffled": by_window, "People apart": by_person}
for ax, (title, search) in zip(axes, searches.items()):
    scores = search.cv_results_["mean_test_score"].reshape(4, 4)
    image = ax.imshow(scores, vmin=0.5, vmax=1.0)
    for (row, column), score in np.ndenumerate(scores):
        best = score == scores.max()
        ax.text(
            column,
            row,
            f"{score:.2f}",
            ha="center",
            va="center",
            color="k" if score > 0.75 else "w",
            weight="bold" if best else None,
        )
    ax.set_xticks(range(4), grid["svm__gamma"])
    ax.set_yticks(range(4), grid["svm__C"])
    ax.set(xlabel="gamma", ylabel="C", title=title)
fig.colorbar(image, ax=axes, label="accuracy of the inner splits")
plt.show()

# %%
# With shuffled windows, the search rewards settings that recognize trials. Their score
# of 0.94 says nothing about people: with people apart, the same settings are among the
# worse ones.
#
# Score the whole search
# ----------------------
# The best score of a search is too high, because the parameters were chosen by it.
# ``compare`` holds out people whom the search has not seen, and passes the subjects to
# the search as groups.
results = compare(
    {"search": (by_person, "eeg"), "default": (make_svm(), "eeg")},
    dataset,
    target="valence",
    protocol="group-k-fold",
    n_splits=4,
)
score_table(results)["accuracy"].round(3)

# %%
# For new people, the tuned model is no better than the default. The differences between
# the settings on the right are small compared with the differences between people, so
# the best one is best by chance.
