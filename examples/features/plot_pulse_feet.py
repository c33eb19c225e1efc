"""
Feet and peaks of the pulse wave
================================

For readers who measure the heart rate with a pulse sensor, for example on a wristband.
After this example you know which of two ways to time a beat, by the foot or by the peak
of the wave, comes closer to the true intervals between the beats.
"""

# %%
# Generate pulse waves with known beats
# -------------------------------------
# The beats are the beats of a calm heart, whose intervals change with the breath. Each
# beat starts with a steep upstroke and decays slowly. The breath also changes how fast
# the wave rises, because it changes the pressure in the vessels. The sensor adds noise.
import matplotlib.pyplot as plt
import numpy as np

from sklearn_emotion import PulseFeatures, find_pulse_peaks
from sklearn_emotion.inspection import SignalDisplay

sfreq = 64.0
t = np.arange(60 * int(sfreq)) / sfreq


def make_pulse(noise, rng):
    """Return a pulse wave of one minute, and the times of its beats."""
    breath = np.sin(0.42 * np.pi * np.arange(80) + rng.uniform(0, 2 * np.pi))
    beats = 0.3 + np.cumsum(0.85 + 0.05 * breath + rng.normal(0, 0.01, size=80))
    rise = 0.08 * (1 + 0.3 * breath[beats < 59, None])
    beats = beats[beats < 59]
    age = np.maximum(t - beats[:, None], 0)
    wave = (1 - np.exp(-((age / rise) ** 2))) * np.exp(-age / 0.4)
    wave += 0.15 * np.exp(-0.5 * ((age - 0.35) / 0.06) ** 2) * (age > 0)
    return wave.sum(axis=0) + rng.normal(0, noise, size=len(t)), beats


# %%
# Look at the events
# ------------------
wave, _ = make_pulse(0.01, np.random.default_rng(0))
display = SignalDisplay.from_transformer(
    PulseFeatures(sfreq=sfreq), wave[None, None, : int(8 * sfreq)]
)
display.axes_[0].set_title("Eight seconds of a pulse wave")
plt.show()

# %%
# Errors of the intervals
# -----------------------
# Each event is matched with the beat that it belongs to. A constant delay of the feet
# or the peaks does not matter, because it cancels in the interval.


def interval_errors(events, beats):
    """Return measured minus true intervals in milliseconds."""
    delay = events - beats[:, None]
    usual = np.median(delay[np.abs(delay) < 0.3])
    beat = np.abs(delay - usual).argmin(axis=0)
    error = np.diff(events) - np.diff(beats[beat])
    return 1000 * error[np.diff(beat) == 1]


noises = (0.0, 0.005, 0.01, 0.02, 0.03)
spread = {"feet": [], "peaks": []}
for noise in noises:
    rng = np.random.default_rng(0)
    waves, beats = zip(*(make_pulse(noise, rng) for _ in range(8)))
    peaks, feet = find_pulse_peaks(np.stack(waves), sfreq, subsample=True)
    for name, found in (("feet", feet), ("peaks", peaks)):
        errors = [interval_errors(f / sfreq, true) for f, true in zip(found, beats)]
        spread[name].append(np.concatenate(errors).std())

fig, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
for name, values in spread.items():
    ax.plot(100 * np.array(noises), values, "o-", label=name)
ax.set(xlabel="noise (% of the height of the wave)", ylabel="error of an interval (ms)")
ax.set(ylim=(0, None), title="Standard deviation of the errors")
ax.legend()
plt.show()

# %%
# If the wave rises faster, the peak comes earlier. The foot stays, so the intervals
# between feet are more exact. Noise moves the feet more than the peaks, and with 3 % of
# noise, the advantage is nearly lost. If all beats had the same shape, the peaks would
# be the better choice for a noisy sensor. ``PulseFeatures`` and
# ``HRVSeries(signal="pulse")`` use the feet.
