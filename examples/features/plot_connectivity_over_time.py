"""
Connectivity over time
======================

For readers who want to know which channels become more alike during a trial. After this
example you can compute correlations between EEG channels in windows, and draw when they
change.
"""

# %%
# Generate EEG whose connectivity changes
# ---------------------------------------
# Trials last 24 s. From 9 s to 18 s, the correlations of the frontal and parietal
# channels rise in trials with a high valence, and fall in trials with a low valence.
# The power of the channels stays the same.
import matplotlib.pyplot as plt
import numpy as np

from sklearn_emotion import DynamicConnectivity
from sklearn_emotion.datasets import make_emotion

channels = ["Fp1", "Fp2", "F3", "Fz", "F4", "T7", "C3", "C4", "T8", "P3", "Pz", "P4"]
dataset = make_emotion(
    n_subjects=12,
    n_trials=20,
    duration=24.0,
    window=None,
    effect={"connectivity": {"size": "large", "span": (9.0, 18.0)}},
    ch_names=channels,
    random_state=0,
)
high = dataset.target("valence") == 1

# %%
# Correlations in windows of three seconds
# ----------------------------------------
# Fisher's z makes the variance of a correlation independent of its size, so that
# correlations can be averaged.
r = DynamicConnectivity(window=3.0).fit_transform(dataset.data["eeg"])
z = np.arctanh(np.where(np.eye(len(channels)), 0, r))
z.shape  # samples, windows, channels, channels

# %%
# Where and when
# --------------
# The matrix shows the difference between the classes in the middle of the trial. The
# curves show the mean over all frontal and parietal pairs, with the standard error over
# subjects.
difference = z[high][:, 3:6].mean(axis=(0, 1)) - z[~high][:, 3:6].mean(axis=(0, 1))
frontal = [name.startswith("F") for name in channels]
parietal = [name.startswith("P") for name in channels]
pairs = z[:, :, frontal][..., parietal].mean(axis=(2, 3))
subject = dataset.groups("subject")

fig, (left, right) = plt.subplots(
    1, 2, figsize=(9, 3.6), width_ratios=(1, 1.4), layout="constrained"
)
limit = np.abs(difference).max()
image = left.imshow(difference, cmap="RdBu_r", vmin=-limit, vmax=limit)
left.set_xticks(range(len(channels)), channels, rotation=90)
left.set_yticks(range(len(channels)), channels)
left.set_title("High minus low, 9 s to 18 s")
fig.colorbar(image, ax=left, label="difference of Fisher's z", shrink=0.8)

times = 3.0 * np.arange(pairs.shape[1]) + 1.5
right.axvspan(9, 18, color="0.92", label="span of the effect")
for these, name, color in ((high, "high", "C1"), (~high, "low", "C0")):
    means = np.stack([pairs[these & (subject == s)].mean(axis=0) for s in range(12)])
    error = means.std(axis=0, ddof=1) / np.sqrt(len(means))
    middle = means.mean(axis=0)
    right.plot(times, middle, "o-", color=color, label=f"{name} valence")
    right.fill_between(times, middle - error, middle + error, color=color, alpha=0.2)
right.set(xlabel="time (s)", ylabel="Fisher's z", xlim=(0, 24))
right.set_title("Mean of the frontal and parietal pairs")
right.legend(fontsize="small")
plt.show()

# %%
# The matrix shows that the pairs of frontal and parietal channels differ. The curves
# show when they differ. A correlation between neighbors can also come from one source
# that both electrodes record, so interpret differences between conditions rather than
# the size of a correlation.
