"""
Skin conductance responses
==========================

For readers with electrodermal recordings. After this example you can divide skin
conductance into its level and its responses, and you know what the choice of the
smallest response changes.
"""

# %%
# Generate skin conductance
# -------------------------
# Six subjects have eight trials of one minute each. The level of the conductance is
# higher in trials with a high arousal.
import matplotlib.pyplot as plt
import numpy as np

from sklearn_emotion import EDAFeatures
from sklearn_emotion.datasets import make_emotion
from sklearn_emotion.inspection import SignalDisplay

dataset = make_emotion(
    n_subjects=6,
    n_trials=8,
    modalities="gsr",
    duration=60.0,
    window=None,
    sfreq=16.0,
    effect={"skin_conductance": {"size": "large", "rating": "arousal"}},
    random_state=0,
)
X = dataset.data["gsr"]
high = dataset.target("arousal") == 1
X.shape

# %%
# Look at what was found
# ----------------------
# Each response has an onset and a peak. The slow tonic component is drawn with the
# signal, and the phasic component below. The trial is the one with the largest
# responses.
amplitudes = EDAFeatures(measures=["scr_amplitude_sum"]).fit_transform(X)
display = SignalDisplay.from_transformer(
    EDAFeatures(), X, sample=amplitudes.argmax(), unit="µS"
)
display.axes_[0].set_title("Skin conductance of one trial")
plt.show()

# %%
# The smallest response
# ---------------------
# A response counts if it rises by at least ``min_amplitude``, which is 0.01 µS by
# default. The figure shows how many responses are found with other limits.
limits = np.array([0.005, 0.01, 0.02, 0.05, 0.1, 0.2])
rates = np.hstack(
    [
        EDAFeatures(measures=["scr_rate"], min_amplitude=x).fit_transform(X)
        for x in limits
    ]
)
fig, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
for these, name, color in ((high, "high", "C1"), (~high, "low", "C0")):
    mean = rates[these].mean(axis=0)
    error = rates[these].std(axis=0) / np.sqrt(these.sum())
    ax.errorbar(limits, mean, error, fmt="o-", color=color, label=f"{name} arousal")
ax.set(xscale="log", xlabel="smallest response (µS)", ylabel="responses per minute")
ax.set_title("Responses by the limit, mean and standard error of the trials")
ax.set_xticks(limits, [f"{x:g}" for x in limits])
ax.minorticks_off()
ax.axvline(0.01, color="0.5", ls=":", label="default")
ax.legend()
plt.show()

# %%
# With a very small limit, the noise of the sensor is counted as responses. With a large
# one, people with a low conductance have no responses at all. The limit is an absolute
# value, so state it in your paper together with the numbers.
