"""
Features computed once for all folds
====================================

For readers whose cross-validation takes too long. After this example you can compute
features that learn nothing once, and not once in each fold, and you know how much time
this saves.
"""

# %%
# A pipeline whose first step learns nothing
# ------------------------------------------
# The differential entropy of a sample depends on this sample alone. Scikit-learn
# computes it again in each fold, for the training samples and for the test samples.
from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np
from sklearn import model_selection
from sklearn.model_selection import GroupKFold

from sklearn_emotion import cross_validate, make_svm
from sklearn_emotion.datasets import make_emotion

dataset = make_emotion(
    n_subjects=12, n_trials=10, duration=20.0, window=5.0, random_state=0
)
X, y, subject = (
    dataset.data["eeg"],
    dataset.target("valence"),
    dataset.groups("subject"),
)
X.shape

# %%
# Measure both
# ------------
# :func:`~sklearn_emotion.cross_validate` has the arguments and the result of the
# function of scikit-learn. It finds the steps that learn nothing, and computes them
# once.
functions = {
    "scikit-learn": model_selection.cross_validate,
    "sklearn_emotion": cross_validate,
}
n_folds = (2, 4, 6, 12)
seconds = {name: [] for name in functions}
for k in n_folds:
    scores = {}
    for name, function in functions.items():
        start = perf_counter()
        result = function(make_svm(), X, y, groups=subject, cv=GroupKFold(k))
        seconds[name].append(perf_counter() - start)
        scores[name] = result["test_score"]
    same = np.allclose(*scores.values())
    print(f"{k:2} folds, the same scores: {same}")

# %%
# The time of the function of scikit-learn grows with the number of folds.
fig, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
for (name, values), marker in zip(seconds.items(), "so"):
    ax.plot(n_folds, values, f"{marker}-", label=name)
ax.set(xlabel="number of folds", ylabel="time (s)", ylim=(0, None), xticks=n_folds)
ax.set_title("Time of a cross-validation")
ax.legend(title="cross_validate of")
plt.show()

# %%
# :class:`~sklearn_emotion.HoistedGridSearchCV` does the same in a grid search, and
# :func:`~sklearn_emotion.evaluation.compare` in a comparison.
# :func:`~sklearn_emotion.hoist` gives you the computed features if you write a loop of
# your own.
