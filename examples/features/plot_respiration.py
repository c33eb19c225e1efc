"""
Breaths in a respiration signal
===============================

For readers with a respiration belt. After this example you can find the breaths, and
you know how long a window must be for a rate that can be trusted.
"""

# %%
# Generate respiration
# --------------------
# Eight subjects have ten trials of one minute each. They breathe faster in trials with
# a high arousal.
import warnings

import matplotlib.pyplot as plt
import numpy as np

from sklearn_emotion import RespirationFeatures
from sklearn_emotion.datasets import make_emotion
from sklearn_emotion.inspection import SignalDisplay

dataset = make_emotion(
    n_subjects=8,
    n_trials=10,
    modalities="resp",
    duration=60.0,
    window=None,
    sfreq=32.0,
    effect={"respiration": {"size": "medium", "rating": "arousal"}},
    random_state=0,
)
X = dataset.data["resp"]
high = dataset.target("arousal") == 1
X.shape

# %%
# Look at the breaths
# -------------------
display = SignalDisplay.from_transformer(RespirationFeatures(), X, sample=0)
display.axes_[0].set_title("Respiration in one trial")
plt.show()

# %%
# The length of a window
# ----------------------
# A breath belongs to the window that contains its maximum. A window in which
# too few breaths are complete has no rate (NaN).
whole = RespirationFeatures(measures=["rate"]).fit_transform(X)
windows = [5.0, 10.0, 15.0, 20.0, 30.0]
known = []
for window in windows:
    features = RespirationFeatures(measures=["rate"], window=window)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rates = features.fit_transform(X)
    known.append(np.isfinite(rates).mean())

fig, (left, right) = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
left.plot(windows, 100 * np.array(known), "o-")
left.set(xlabel="window (s)", ylabel="windows with a rate (%)", ylim=(-3, 103))
left.set_title("Windows that have a rate")
bins = np.arange(np.floor(whole.min()), np.ceil(whole.max()) + 1)
for these, name, color in ((high, "high", "C1"), (~high, "low", "C0")):
    right.hist(whole[these], bins=bins, color=color, alpha=0.6, label=f"{name} arousal")
right.set(xlabel="breaths per minute", ylabel="trials", title="Rates of whole trials")
right.legend(fontsize="small")
plt.show()

# %%
# A window of 5 s contains no rate, because three cycles last longer. Pass whole trials
# and let the transformer cut them with ``window=30.0``, rather than short samples. In
# the right panel, people who breathe slowly at rest overlap with the others: compare
# rates within a person.
