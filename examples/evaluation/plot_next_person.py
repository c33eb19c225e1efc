"""
The next person: what alignment and labeled trials are worth
============================================================

For readers whose model will be used by people who are not in the training data. After
this example you can compare classifiers for new people, and draw how their scores rise
if some trials of each new person are labeled.
"""

# %%
# Generate recordings of people who differ
# ----------------------------------------
# Eight subjects watch 20 clips each, and each clip is cut into four windows. Valence
# has a small effect on the frontal alpha power. Subjects differ more than usual in
# their gain and in their spectrum.
import matplotlib.pyplot as plt
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sklearn_emotion import (
    DifferentialEntropy,
    ModalityFlattener,
    SubjectStandardizer,
    make_modality_transformer,
)
from sklearn_emotion.datasets import make_emotion
from sklearn_emotion.evaluation import calibration_curve, compare, score_table
from sklearn_emotion.inspection import CalibrationCurveDisplay

dataset = make_emotion(
    n_subjects=8,
    n_trials=20,
    duration=8.0,
    window=2.0,
    effect={"alpha_asymmetry": "small"},
    subject_variation=1.5,
    random_state=0,
)
dataset

# %%
# Three classifiers
# -----------------
# Two of them use nothing of the test person. The third one centers and scales the
# features of each person. It needs the subject of each sample, and the samples of the
# test person without their labels.
features = make_modality_transformer(
    eeg=make_pipeline(DifferentialEntropy(window=None), ModalityFlattener()),
    subject="passthrough",
)
table = make_pipeline(make_modality_transformer(eeg="passthrough"), ModalityFlattener())
logistic = make_pipeline(features, table, StandardScaler(), LogisticRegression(C=0.1))
svm = make_pipeline(features, table, StandardScaler(), SVC())
aligned = make_pipeline(
    features, SubjectStandardizer(), table, LogisticRegression(C=0.01)
)
modalities = ("eeg", "subject")
estimators = {
    "logistic": (logistic, modalities),
    "SVM": (svm, modalities),
    "logistic, aligned": (aligned, modalities),
}

# %%
# Scores for new people
# ---------------------
# A rating belongs to a trial. With ``unit="trial"``, the probabilities of the four
# windows of a trial are averaged, and trials are scored. The column ``target_access``
# states what each classifier uses of the test person. ``compare`` warns that the
# classes of each test person are balanced here, which helps the aligned classifier.
results = compare(estimators, dataset, target="valence", unit="trial")
scores = score_table(results)
scores["accuracy"].join(scores["run"]["target_access"]).round(3)

# %%
# Labels of some trials
# ---------------------
# Now 1, 2, 4 or 8 trials of each test person are moved to the training data. The scored
# trials are the same for each number. The bands are 95 % confidence intervals of the
# mean over people. With eight people, they are wide.
curve = calibration_curve(
    estimators, dataset, target="valence", ks=(0, 1, 2, 4, 8), unit="trial"
)
display = CalibrationCurveDisplay.from_results(curve)
display.figure_.suptitle("Scores for new people, by the number of labeled trials")
plt.show()

# %%
# The classifiers that know nothing of the test person profit from labeled trials. The
# aligned classifier needs none here, but it would lose a part of its score if one class
# were more frequent than the other (see :ref:`alignment_balance`).
curve.pivot(index="k", columns="estimator", values="score").round(3)
