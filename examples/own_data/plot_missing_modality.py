"""
When a modality is missing
==========================

For readers whose new people may have no camera, or whose electrodes fall off. After
this example you can train one network on EEG and ECG features, and test it on samples
in which one of the two is missing.
"""

# %%
# Generate EEG and ECG
# --------------------
# Valence changes the EEG much, and the heart rate a little. Twelve people are in
# training, and six are new.
import matplotlib.pyplot as plt
import numpy as np

from sklearn_emotion import (
    BandPower,
    HRVFeatures,
    MMResLSTM,
    Modalities,
)
from sklearn_emotion.datasets import make_emotion

dataset = make_emotion(
    n_subjects=18,
    n_trials=16,
    modalities=("eeg", "ecg"),
    duration=16.0,
    window=None,
    ch_names=["F3", "F4", "T7", "T8", "P3", "P4"],
    effect={"alpha_asymmetry": "large", "heart_rate": "small"},
    random_state=0,
)
y, subject = dataset.target("valence"), dataset.groups("subject")
power = BandPower(window=4.0, log=True).fit_transform(dataset.data["eeg"])
heart = HRVFeatures(measures="time").fit_transform(dataset.data["ecg"])
heart = np.repeat(heart[:, None], power.shape[1], axis=1)  # one copy for each window
X = Modalities(eeg=power, ecg=heart)
new = subject >= 12
X

# %%
# Train one network
# -----------------
# With ``missing="mask"``, the network accepts samples without EEG or without ECG. With
# ``modality_dropout=0.3``, each modality is left out of 30 % of the training samples,
# but never both at the same time, so that the network learns to do without each of
# them.
network = MMResLSTM(
    n_hidden=16,
    n_layers=1,
    max_epochs=30,
    missing="mask",
    modality_dropout=0.3,
    random_state=0,
)
network.fit(X[~new], y[~new])
print(f"both:     {network.score(X[new], y[new]):.2f}")
print(f"EEG only: {network.score(Modalities(eeg=power[new]), y[new]):.2f}")
print(f"ECG only: {network.score(Modalities(ecg=heart[new]), y[new]):.2f}")

# %%
# Test with the share of missing signals that you expect
# ------------------------------------------------------
# An entry ``eeg_mask`` or ``ecg_mask`` states which samples have the modality.
shares = np.linspace(0, 1, 6)
order = np.random.default_rng(0).permutation(new.sum())
fig, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
for name, marker in (("eeg", "o"), ("ecg", "s")):
    scores = []
    for share in shares:
        mask = {f"{name}_mask": order >= share * new.sum()}
        scores.append(network.score(Modalities(**X[new], **mask), y[new]))
    ax.plot(100 * shares, scores, f"{marker}-", label=f"{name.upper()} missing")
ax.axhline(0.5, color="0.5", ls=":", label="chance")
ax.set(xlabel="samples without the modality (%)", ylabel="accuracy for new people")
ax.set(ylim=(0.45, 1), title="One network, tested with missing signals")
ax.legend(fontsize="small")
plt.show()

# %%
# Without EEG, the network falls back on the heart rate. Without ECG, it loses little.
# The guide :ref:`missing_modalities` shows a case in which a network without
# ``modality_dropout`` fails.
