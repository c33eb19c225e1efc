"""
Blinks and saccades in an electrooculogram
==========================================

For readers with electrodes around the eyes. After this example you can find blinks in a
vertical and saccades in a horizontal channel, and you know which channel to use for
which measure.
"""

# %%
# Generate an electrooculogram
# ----------------------------
# In 30 s, a person blinks seven times and looks to another place every two seconds.
# Each blink lasts about a fifth of a second and is 120 to 220 µV high.
import matplotlib.pyplot as plt
import numpy as np

from sklearn_emotion import EOGFeatures
from sklearn_emotion.inspection import SignalDisplay

sfreq = 128.0
t = np.arange(30 * int(sfreq)) / sfreq
rng = np.random.default_rng(0)
vertical = rng.normal(0, 3, size=len(t))
for blink in (2.6, 6.1, 10.8, 13.3, 18.4, 23.5, 27.2):
    vertical += rng.uniform(120, 220) * np.exp(-0.5 * ((t - blink) / 0.06) ** 2)
places = rng.uniform(-120, 120, size=15)
horizontal = np.repeat(places, len(t) // 15) + rng.normal(0, 3, size=len(t))

# %%
# Look at the events
# ------------------
features = EOGFeatures(sfreq=sfreq)
fig, axes = plt.subplots(2, 1, figsize=(8, 4.6), sharex=True, layout="constrained")
signals = np.stack([vertical, horizontal])[None]
for channel, (ax, title) in enumerate(zip(axes, ("Vertical", "Horizontal"))):
    display = SignalDisplay.from_transformer(
        features, signals, channel=channel, unit="µV", axes=[ax]
    )
    ax.set_title(f"{title} channel")
plt.show()

# %%
# The flanks of a blink are as fast as a saccade. Take the measures of blinks from the
# vertical channel (``ch0``), and the measures of saccades from the horizontal channel
# (``ch1``). A blink must be at least 50 µV high (``min_amplitude``), so that the noise
# of a person whose eyes are open does not count as blinks.
table = features.set_output(transform="pandas").fit_transform(signals)
table[["blink_rate_ch0", "blink_duration_ch0", "saccade_rate_ch1"]].round(2)
