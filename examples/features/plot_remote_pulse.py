"""
The pulse in a video of a face
==============================

For readers with face videos of at least 20 frames per second. After this example you
can compute a pulse wave from the color of the skin, although the light changes five
times as much.
"""

# %%
# Generate a video with a known pulse
# -----------------------------------
# For 30 s, the color of the skin falls by at most 1 % with each of 75 beats per minute.
# The light changes by 5 %, and each pixel has noise.
import matplotlib.pyplot as plt
import numpy as np
from scipy.ndimage import gaussian_filter1d

from sklearn_emotion import PulseFeatures, RemotePulse

rate, size = 25, 48
rng = np.random.default_rng(0)
t = np.arange(30 * rate) / rate
age = 1.25 * t % 1
beat = (age / 0.25) ** 2 * np.exp(2 - 2 * age / 0.25)
light = gaussian_filter1d(rng.standard_normal(len(t)), 0.3 * rate)
light = 1 + 0.05 * light / light.std()
skin, blood = np.array([0.75, 0.52, 0.42]), np.array([0.33, 0.77, 0.53])
colors = light[:, None] * skin * (1 - 0.01 * beat[:, None] * blood)
frames = colors[:, :, None, None] + rng.normal(0, 0.005, (len(t), 3, size, size))
video = np.round(255 * frames.clip(0, 1)).astype(np.uint8)[None]
video.shape  # samples, frames, colors, height, width

# %%
# Compute the pulse wave
# ----------------------
# ``RemotePulse`` takes the mean color of the middle of the face, and combines the three
# colors in such a way that changes of the light cancel.
wave = RemotePulse(frame_rate=rate).fit_transform(video)
features = PulseFeatures(sfreq=rate, measures=["mean_hr"])
print(f"{features.fit_transform(wave)[0, 0]:.1f} beats per minute, 75 is right")

# %%
# Compare it with the green channel
# ---------------------------------
# The pulse changes the green channel most. The figure shows the mean of this channel
# over the face, and the wave of ``RemotePulse``, with their spectra.
green = video[0, :, 1].mean(axis=(1, 2))
freqs = 60 * np.fft.rfftfreq(len(t), 1 / rate)
curves = {
    "Green channel": 100 * (green / green.mean() - 1),
    "RemotePulse": wave[0, 0],
}
fig, axes = plt.subplots(2, 2, figsize=(9, 4.4), layout="constrained")
for (left, right), (name, curve), color in zip(axes, curves.items(), ("C0", "C1")):
    left.plot(t, curve, color=color)
    left.set(title=name, xlim=(5, 15))
    power = np.abs(np.fft.rfft(curve * np.hanning(len(curve)))) ** 2
    right.plot(freqs, power / power[freqs > 30].max(), color=color)
    right.axvline(75, color="0.5", ls=":", label="true rate")
    right.set(title=f"Spectrum: {name}", xlim=(30, 200), ylim=(0, 1.1))
    right.set_ylabel("relative power")
axes[0, 0].set_ylabel("change (%)")
axes[1, 0].set_ylabel("arbitrary units")
axes[0, 1].legend()
axes[1, 0].set_xlabel("time (s)")
axes[1, 1].set_xlabel("beats per minute")
plt.show()

# %%
# In the green channel, the changes of the light hide the pulse. In the wave of
# ``RemotePulse``, each beat can be seen, and the largest peak of the spectrum is at the
# true rate.
#
# Real videos are harder: the compression of most files removes such small changes of
# the color, and the head moves. Compare the rate with a sensor on the body before you
# rely on it.
