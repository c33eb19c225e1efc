"""
From my files to a subject-independent score
============================================

For readers with recordings of their own. After this example you can go from files on
disk, which are one recording per person with a marker per film and a spreadsheet of
ratings, to a score for people whom the model has never seen. The recordings are
generated and written to a temporary folder first. Replace this part by your own folder.
"""

# %%
# The files
# ---------
#
# Each of six people watches eight films. During films with a high valence, the beta
# waves are a little stronger. The recordings are stored as FIF files. MNE reads
# BrainVision, EDF, BDF, EEGLAB and many other formats in the same way.
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import mne
import numpy as np
import pandas as pd
from scipy.signal import butter, sosfilt

folder = Path(tempfile.mkdtemp())
names = ["Fp1", "Fp2", "F3", "F4", "C3", "C4", "P3", "P4", "O1", "O2"]
info = mne.create_info(names, sfreq=256.0, ch_types="eeg")
rng = np.random.default_rng(0)
beta = butter(4, (14, 30), "bandpass", fs=256, output="sos")
ratings = []
for subject in ["ann", "bob", "cem", "dia", "eva", "fay"]:
    volts = 1e-5 * rng.normal(size=(10, 8 * 15 * 256)) * rng.uniform(0.5, 2)
    valence = rng.uniform(1, 9, size=8).round(1)
    for film, rating in enumerate(valence):
        if rating > 5:
            span = slice((15 * film + 3) * 256, (15 * film + 13) * 256)
            volts[:, span] += 0.6 * sosfilt(beta, volts[:, span])
        ratings.append((subject, f"film {film}", rating))
    marks = mne.Annotations(
        15 * np.arange(8) + 3.0, np.full(8, 10.0), [f"film {i}" for i in range(8)]
    )
    raw = mne.io.RawArray(volts, info, verbose="error").set_annotations(marks)
    raw.save(folder / f"{subject}_raw.fif", verbose="error")
table = pd.DataFrame(ratings, columns=["subject", "event", "valence"])
table.to_csv(folder / "ratings.csv", index=False)
print(*sorted(path.name for path in folder.iterdir()), sep="\n")

# %%
# A data set
# ----------
#
# ``from_raws`` cuts the films at their markers, joins the ratings by subject and
# marker, and cuts windows of 2 s. If a rating or a film is missing, the other ones do
# not shift.
from sklearn_emotion.datasets import EmotionDataset

raws = {
    path.name.split("_")[0]: mne.io.read_raw(path, verbose="error")
    for path in sorted(folder.glob("*_raw.fif"))
}
table = pd.read_csv(folder / "ratings.csv")
dataset = EmotionDataset.from_raws(
    raws, [f"film {i}" for i in range(8)], table, window=2.0
)
print(dataset)
dataset.summary("valence").round(2)

# %%
# A picture of the data shows whether all people have samples of both classes, and
# whether the ratings cover the scale. Class 1 stands for ratings above 5, which is the
# dashed line.
from sklearn_emotion.inspection import DatasetDisplay

display = DatasetDisplay.from_dataset(dataset, "valence")
display.figure_.suptitle("Samples of each person and ratings of the films")
plt.show()

# %%
# Scores for new people
# ---------------------
#
# ``compare`` leaves one person out at a time. The table shows the score of a dummy that
# always predicts the majority class (``dummy``) next to the score of each model. The
# pipelines read the rate of the recordings, 256 Hz, from the data set.
from sklearn_emotion import make_logistic, make_riemann
from sklearn_emotion.evaluation import compare, score_table

results = compare(
    {
        "logistic": (make_logistic(), "eeg"),
        "riemann": (make_riemann(), "eeg"),
    },
    dataset,
    target="valence",
)
print(score_table(results)["accuracy"].round(2))

# %%
# The figure shows the score of the Riemannian features for each person, and a black
# line for the score of the dummy. The scores differ much between people, so state their
# spread in your paper.
from sklearn_emotion.evaluation import subject_scores
from sklearn_emotion.inspection import SubjectScoresDisplay

display = SubjectScoresDisplay.from_scores(subject_scores(results), estimator="riemann")
display.figure_.suptitle("Accuracy for each new person")
plt.show()
