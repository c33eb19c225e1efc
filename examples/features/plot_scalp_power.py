"""
Band power over the scalp
=========================

For readers who want to see where on the scalp and in which band two conditions differ.
After this example you can draw maps of the difference with MNE, one for each band.
"""

# %%
# Generate EEG with two effects
# -----------------------------
# In clips with a high valence, twelve subjects have more beta power at the back of the
# head, and more gamma power over the temples. The other two bands have no effect.
import matplotlib.pyplot as plt
import mne
import numpy as np

from sklearn_emotion import BandPower
from sklearn_emotion.datasets import make_emotion

dataset = make_emotion(
    n_subjects=12,
    n_trials=12,
    duration=8.0,
    window=None,
    effect={"gamma": "small", "power": "small"},
    random_state=0,
)
high = dataset.target("valence") == 1
subject = dataset.groups("subject")

# %%
# Log power in four bands
# -----------------------
# Logarithms turn a gain that is unknown into a constant, which cancels in a difference.
bands = {"theta": (4, 8), "alpha": (8, 14), "beta": (14, 31), "gamma": (31, 49)}
power = BandPower(bands=bands, window=4.0, log=True).fit_transform(dataset.data["eeg"])
power = power.mean(axis=1)  # mean over the windows: samples, bands, channels
power.shape

# %%
# One difference for each person
# ------------------------------
# The unit of the statistics is the person. Trials of a person are averaged first, and
# then the twelve differences are compared with their standard error.
people = np.unique(subject)
difference = np.stack(
    [
        power[(subject == person) & high].mean(axis=0)
        - power[(subject == person) & ~high].mean(axis=0)
        for person in people
    ]
)
t = difference.mean(axis=0) / (difference.std(axis=0, ddof=1) / np.sqrt(len(people)))

# %%
# Maps of the scalp
# -----------------
info = mne.create_info(list(dataset.ch_names["eeg"]), dataset.sfreq["eeg"], "eeg")
info.set_montage("standard_1005")
limit = np.abs(t).max()
fig, axes = plt.subplots(1, 4, figsize=(9, 2.4), layout="constrained")
for ax, name, values in zip(axes, bands, t):
    image, _ = mne.viz.plot_topomap(
        values, info, axes=ax, cmap="RdBu_r", vlim=(-limit, limit), show=False
    )
    ax.set_title(f"{name}, {bands[name][0]} to {bands[name][1]} Hz")
fig.colorbar(image, ax=axes, label="t of high minus low", shrink=0.7)
plt.show()

# %%
# The beta effect lies over the occipital channels and the gamma effect over the
# temporal ones. With 128 values of t, a few of them are large by chance. Test clusters,
# for example with :func:`mne.stats.permutation_cluster_1samp_test`, before you
# interpret a map of your own.
