"""
Is one model better than another?
=================================

For readers who compare two models and want to know whether the difference would hold
for other people. After this example you can test differences over subjects, and draw
them with their intervals.
"""

# %%
# Compare three models
# --------------------
# Fourteen people watch 16 clips each. Two models use the same EEG features, and the
# third one uses covariances between channels. ``compare`` leaves one subject out at a
# time.
import matplotlib.pyplot as plt
import numpy as np

from sklearn_emotion import make_logistic, make_riemann, make_svm
from sklearn_emotion.datasets import make_emotion
from sklearn_emotion.evaluation import (
    compare,
    significance,
    subject_scores,
)

dataset = make_emotion(
    n_subjects=14,
    n_trials=16,
    duration=8.0,
    window=4.0,
    ch_names=["Fp1", "Fp2", "F3", "F4", "F7", "F8", "C3", "C4", "P3", "P4"],
    effect={"alpha_asymmetry": "small"},
    random_state=0,
)
models = {"SVM": make_svm(), "logistic": make_logistic(), "Riemann": make_riemann()}
results = compare(
    {name: (model, "eeg") for name, model in models.items()}, dataset, target="valence"
)
scores = subject_scores(results).pivot(
    index="subject", columns="estimator", values="balanced_accuracy"
)[list(models)]
scores.mean().round(3)

# %%
# Test the differences
# --------------------
# ``significance`` compares each pair of models, and each model with the majority class.
# The columns with ``holm`` are corrected for the number of tests.
tests = significance(results, score="balanced_accuracy")
tests[["first", "second", "difference", "low", "high", "wilcoxon_p_holm"]].round(3)

# %%
# Draw the differences
# --------------------
# Each dot is one subject, and the bar is the 95 % interval of the mean difference. The
# p values are those of the table.
scores["majority class"] = 0.5
rng = np.random.default_rng(0)
fig, ax = plt.subplots(figsize=(8, 3.6), layout="constrained")
for place, test in tests.iterrows():
    differences = scores[test["first"]] - scores[test["second"]]
    jitter = rng.uniform(-0.15, 0.15, size=len(differences))
    ax.plot(differences, place + jitter, "o", color="C0", alpha=0.4, ms=4)
    ax.plot([test["low"], test["high"]], [place, place], color="k", lw=2)
    ax.plot(test["difference"], place, "D", color="k", ms=5)
    ax.text(0.52, place, f"p = {test['wilcoxon_p_holm']:.3f}", va="center")
ax.axvline(0, color="0.6", ls=":")
ax.set_yticks(tests.index, tests["first"] + " minus " + tests["second"])
ax.invert_yaxis()
ax.set(xlabel="difference of balanced accuracy", xlim=(-0.3, 0.68))
ax.set_title("Differences between models, one dot for each subject")
plt.show()

# %%
# All models are better than the majority class. Fourteen people are not enough to tell
# the models apart. This does not show that they are equally good: the intervals contain
# differences of several points. Plan the number of subjects before you compare.
