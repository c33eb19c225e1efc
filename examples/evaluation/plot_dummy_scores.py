"""
What a dummy scores
===================

For readers who wonder whether an accuracy of 70 % or an F1 of 0.8 is good. After this
example you know what models score that ignore the signals, for classes of different
sizes.
"""

# %%
# Generate recordings with a small effect
# ---------------------------------------
# Ten subjects rate 20 clips each, on a scale from 1 to 9. The classes are made from the
# ratings with a threshold. If the threshold is low, most samples are "high".
import matplotlib.pyplot as plt
import pandas as pd
from sklearn.dummy import DummyClassifier
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict

from sklearn_emotion import make_logistic
from sklearn_emotion.datasets import make_emotion

dataset = make_emotion(
    n_subjects=10,
    n_trials=20,
    duration=4.0,
    window=4.0,
    effect={"alpha_asymmetry": "medium"},
    random_state=0,
)
X, subject = dataset.data["eeg"], dataset.groups("subject")

# %%
# Three models and four thresholds
# --------------------------------
# The first dummy always predicts the more frequent class, and the second one draws
# classes at random with the frequencies of the training set. The logistic regression
# uses the EEG.
models = {
    "majority class": DummyClassifier(),
    "random guess": DummyClassifier(strategy="stratified", random_state=0),
    "logistic regression": make_logistic(class_weight="balanced"),
}
metrics = {
    "Accuracy": accuracy_score,
    "F1 of the high class": f1_score,
    "Balanced accuracy": balanced_accuracy_score,
}
rows = []
for threshold in (2.5, 3.0, 4.0, 5.0):
    y = dataset.target("valence", threshold=threshold)
    share = 100 * y.mean()
    for name, model in models.items():
        predicted = cross_val_predict(
            model, X, y, groups=subject, cv=LeaveOneGroupOut()
        )
        scores = {metric: score(y, predicted) for metric, score in metrics.items()}
        rows.append({"model": name, "share": share, **scores})
table = pd.DataFrame(rows)

fig, axes = plt.subplots(1, 3, figsize=(9.5, 3.2), sharey=True, layout="constrained")
for ax, metric in zip(axes, metrics):
    for (name, part), marker in zip(table.groupby("model", sort=False), "os^"):
        ax.plot(part["share"], part[metric], f"{marker}-", label=name)
    ax.set(title=metric, xlabel="samples of the high class (%)", ylim=(-0.03, 1))
axes[0].set_ylabel("score")
fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
plt.show()

# %%
# The more the classes differ in size, the higher are the accuracy and F1 of a model
# that ignores the signals. With 75 % of high samples, both dummies come close to the
# model or exceed it. (At 50 %, the first dummy predicts the low class for everyone, so
# its F1 of the high class is zero.) The balanced accuracy of the dummies stays near one
# half. This is why :func:`~sklearn_emotion.evaluation.compare` computes the score of a
# dummy next to each score of a model. The table contains the accuracies of the left
# panel.
table.pivot(index="share", columns="model", values="Accuracy").round(2)
