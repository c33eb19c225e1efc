"""
Heart-rate variability from an electrocardiogram
================================================

For readers with ECG recordings. After this example you can find the R peaks, draw the
intervals between them over two minutes, and compute measures of their variability.
"""

# %%
# Generate electrocardiograms
# ---------------------------
# Four subjects have six trials of two minutes each. The heart beats faster in trials
# with a high valence.
import matplotlib.pyplot as plt
import numpy as np

from sklearn_emotion import HRVFeatures, find_r_peaks, rr_intervals
from sklearn_emotion.datasets import make_emotion

dataset = make_emotion(
    n_subjects=4,
    n_trials=6,
    modalities="ecg",
    duration=120.0,
    window=None,
    effect={"heart_rate": "large"},
    random_state=0,
)
ecg, sfreq = dataset.data["ecg"], dataset.sfreq["ecg"]
high = dataset.target("valence") == 1
ecg.shape

# %%
# Find the R peaks
# ----------------
# With ``subsample=True``, the peaks are located between the samples. At 256 Hz, a
# sample lasts 4 ms, which is not small compared with the variability of a calm heart.
# ``rr_intervals`` leaves out intervals that a missed or an extra beat would explain.
peaks = find_r_peaks(ecg[:, 0], sfreq, subsample=True)
intervals = rr_intervals(peaks, sfreq)

fig, (top, bottom) = plt.subplots(2, 1, figsize=(8, 4.6), layout="constrained")
times = np.arange(int(10 * sfreq)) / sfreq
seen = peaks[0][peaks[0] < len(times) - 1]
top.plot(times, ecg[0, 0, : len(times)], color="0.3", lw=1)
top.plot(seen / sfreq, np.interp(seen / sfreq, times, ecg[0, 0, : len(times)]), "o")
top.set(
    xlabel="time (s)", ylabel="ECG (mV)", xlim=(0, 10), title="R peaks in ten seconds"
)
for sample, color in (
    (np.flatnonzero(~high)[0], "C0"),
    (np.flatnonzero(high)[0], "C1"),
):
    series = 1000 * intervals[sample]
    valence = "high" if high[sample] else "low"
    label = f"{valence} valence, mean {series.mean():.0f} ms"
    bottom.plot(np.cumsum(series) / 1000, series, ".-", lw=1, color=color, label=label)
bottom.set(
    xlabel="time (s)", ylabel="RR interval (ms)", xlim=(0, 120), ylim=(600, 1000)
)
bottom.set_title("Intervals in two trials of one subject")
bottom.legend(ncols=2, fontsize="small", loc="upper right")
plt.show()

# %%
# The intervals rise and fall with the breath.
#
# Measures of the variability
# ---------------------------
# ``HRVFeatures`` does all of this for each trial. The power at high frequencies
# (``hf``) needs trials of one minute, and the power at low frequencies (``lf``) two
# minutes. Times are in seconds, and rates in beats per minute.
transformer = HRVFeatures().set_output(transform="pandas")
measures = transformer.fit_transform(ecg)[["mean_hr", "sdnn", "rmssd", "pnn50"]]
valence = np.where(high, "high", "low")
measures.groupby(valence).mean().rename_axis("valence").round(3)
