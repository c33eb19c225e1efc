"""
Hierarchical-attention LSTM that selects frames
===============================================

For readers of the paper of the hierarchical-attention LSTM. In these recordings, only a
few frames reveal the class. The network learns to look at these frames, because it is
rewarded for correct classes.
"""

# %%
# Generate recordings with a few informative frames
# -------------------------------------------------
# Each recording contains 24 frames of facial features and of EEG band images. The
# facial features of frames 14 to 19 depend on the class. All other values are noise.
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
# Compare the learned policy with random frames
# ---------------------------------------------
# Both networks look at six frames. The first network learns which frames to look at,
# and the second network draws its frames at random.
fig, axes = plt.subplots(2, 1, figsize=(6, 3.6), sharex=True, layout="constrained")
for ax, policy in zip(axes, ("gaussian", "uniform")):
    clf = HierarchicalAttentionLSTM(
        n_hidden=32,
        max_steps=6,
        max_epochs=20,
        policy=policy,
        random_state=0,
    ).fit(X[train], y[train])
    ax.axvspan(13.5, 19.5, color="C1", alpha=0.25, label="informative frames")
    AttendedFramesDisplay.from_estimator(clf, X[test], ax=ax, color="C0")
    ax.set_title(f"policy={policy!r}")
    print(f"{policy:9} accuracy {clf.score(X[test], y[test]):.2f}")

axes[0].legend(loc="upper left", frameon=False)
axes[0].set_xlabel("")
plt.show()

# %%
# Every episode starts at the first frame. The learned policy then goes to the
# informative frames and stays there. It has to find these frames by chance first. The
# policy is therefore wide in the first epochs (``initial_policy_std``).
