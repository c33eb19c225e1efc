"""
Regression of ratings
=====================

For readers who want to predict ratings of valence instead of two classes. After this
example you can predict the ratings of new people, and you know which scores notice a
wrong scale.
"""

# %%
# Generate ratings and EEG
# ------------------------
# Twelve subjects rate 20 clips from 1 to 9. The EEG depends on whether a rating is low
# or high. The generated ratings are never close to 5.
import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import r2_score
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict

from sklearn_emotion import make_ridge
from sklearn_emotion.datasets import make_emotion
from sklearn_emotion.evaluation import concordance_correlation

dataset = make_emotion(
    n_subjects=12,
    n_trials=20,
    duration=8.0,
    window=8.0,
    effect={"alpha_asymmetry": "medium"},
    random_state=0,
)
ratings = dataset.target("valence", threshold=None)
subject = dataset.groups("subject")

# %%
# Predict the ratings of new people
# ---------------------------------
# The ridge regression has a penalty (``alpha``), which shrinks the predictions to the
# mean rating.
fig, axes = plt.subplots(1, 3, figsize=(9.5, 3.5), sharey=True, layout="constrained")
for ax, alpha in zip(axes, (20_000.0, 3_000.0, 400.0)):
    predicted = cross_val_predict(
        make_ridge(alpha=alpha),
        dataset.data["eeg"],
        ratings,
        groups=subject,
        cv=LeaveOneGroupOut(),
    )
    ax.plot([1, 9], [1, 9], color="0.6", lw=1, ls="--")
    ax.scatter(ratings, predicted, s=10, alpha=0.5)
    ax.set_title(
        f"Penalty {alpha:g}\n"
        f"r = {np.corrcoef(ratings, predicted)[0, 1]:.2f}, "
        f"$R^2$ = {r2_score(ratings, predicted):.2f}, "
        f"CCC = {concordance_correlation(ratings, predicted):.2f}",
        fontsize="medium",
    )
    ax.set(xlabel="rating", xlim=(0.5, 9.5), ylim=(0.5, 9.5))
axes[0].set_ylabel("predicted rating")
plt.show()

# %%
# Each dot is a trial, and a perfect prediction lies on the dashed line. The correlation
# r is nearly the same in all panels, because it ignores the scale. The concordance
# correlation coefficient (CCC) and :math:`R^2` notice that the predictions on the left
# cover only a small part of the scale. A model that always predicts the mean rating has
# an :math:`R^2` and a CCC of zero.
