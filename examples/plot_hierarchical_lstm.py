"""
Learning where to look
======================

A class that shows in a few moments of a recording only, and a network that is paid for
finding them.
"""

# %%
# Recordings with one telling moment
# ----------------------------------
# Each holds 24 frames of facial features and of EEG band images. The class shows in the
# face's frames 14 to 19; everything else is noise.
import matplotlib.pyplot as plt
import numpy as np

from sklearn_emotion import HierarchicalAttentionLSTM, Modalities
from sklearn_emotion.inspection import AttendedFramesDisplay

rng = np.random.default_rng(0)
n, n_frames = 180, 24
y = np.arange(n) % 2
face = rng.standard_normal((n, n_frames, 8)).astype(np.float32)
face[:, 14:20, 0] += 3 * (2 * y - 1)[:, None]
X = Modalities(face=face, eeg=rng.random((n, n_frames, 3, 8, 8), dtype=np.float32))
train, test = np.arange(120), np.arange(120, n)

# %%
# Six looks
# ---------
# The learned policy beside one that draws its frames at random.
fig, axes = plt.subplots(2, 1, figsize=(6, 3.6), sharex=True, layout="constrained")
for ax, policy in zip(axes, ("gaussian", "uniform")):
    clf = HierarchicalAttentionLSTM(
        n_hidden=32,
        max_steps=6,
        max_epochs=20,
        policy=policy,
        random_state=0,
    ).fit(X[train], y[train])
    ax.axvspan(13.5, 19.5, color="C1", alpha=0.25, label="where the class shows")
    AttendedFramesDisplay.from_estimator(clf, X[test], ax=ax, color="C0")
    ax.set_title(f"policy={policy!r}")
    print(f"{policy:9} accuracy {clf.score(X[test], y[test]):.2f}")

axes[0].legend(loc="upper left", frameon=False)
axes[0].set_xlabel("")
plt.show()

# %%
# Every episode starts at the first frame. After it, the learned policy goes to where
# the class shows and stays there. It has to come across the place by chance first, and
# is therefore wide in the first epochs (``initial_policy_std``).
