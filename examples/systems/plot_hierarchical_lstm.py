"""
Hierarchical-attention LSTM that selects frames
===============================================

For readers of the paper of the hierarchical-attention LSTM, or with long recordings in
which the emotion is visible for a short time. After this example you can train the
network on recordings in which only a few frames depend on the class, and draw which
frames it looks at.
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
face[:, 14:20, 0] += 2 * y[:, None] - 1
X = Modalities(face=face, eeg=rng.random((n, n_frames, 3, 8, 8), dtype=np.float32))
train, test = np.arange(120), np.arange(120, n)

# %%
# Compare the learned policy with random frames
# ---------------------------------------------
# Both networks look at six frames of each recording. The first network learns which
# frames to look at, because it is rewarded for correct classes. The second network
# draws its frames at random in training, and takes evenly spaced frames for
# predictions.
fig, axes = plt.subplots(2, 1, figsize=(6.5, 4), sharex=True, layout="constrained")
titles = {"gaussian": "Learned frames", "uniform": "Frames without learning"}
for ax, (policy, title) in zip(axes, titles.items()):
    clf = HierarchicalAttentionLSTM(
        n_hidden=32,
        max_steps=6,
        max_epochs=20,
        policy=policy,
        random_state=0,
    ).fit(X[train], y[train])
    ax.axvspan(13.5, 19.5, color="C1", alpha=0.25, label="informative frames")
    AttendedFramesDisplay.from_estimator(clf, X[test], ax=ax, color="C0")
    ax.set_title(f"{title}: accuracy {clf.score(X[test], y[test]):.2f}")

axes[0].legend(loc="upper center", frameon=False)
axes[0].set_xlabel("")
plt.show()

# %%
# The bars count how often a network looks at each frame, over the 60 test samples. Both
# networks start at the first frame. The learned policy then goes to the informative
# frames and stays there. It has to find these frames by chance first. The policy is
# therefore wide in the first epochs (``initial_policy_std``).
