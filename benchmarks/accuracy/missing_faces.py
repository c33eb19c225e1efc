"""Scores of new people whose faces are missing in a share of the samples.

    python benchmarks/accuracy/missing_faces.py [--out CSV]

Generated trials of 10 s show valence in the EEG, with a "small" effect in each of two
features, and in the features of OpenFace, with a "medium" effect in the smile. Four
folds leave five of 20 subjects out. At prediction, the faces of random test samples
are missing, and these samples are the same for all estimators. The script generates two
data sets with different seeds and averages the scores of 40 people. Parameters that a
row does not name have their defaults. Set OMP_NUM_THREADS=1 to repeat the scores of the
networks.
"""

import argparse
import sys
from pathlib import Path
from time import process_time

import numpy as np
import pandas as pd
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import GroupKFold

from sklearn_emotion import (
    DifferentialEntropy,
    MMResLSTM,
    Modalities,
    MultipleKernelClassifier,
)
from sklearn_emotion.datasets import make_emotion

sys.path.insert(0, str(Path(__file__).parents[1]))
from _provenance import open_csv

SEEDS = (0, 1)
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
EFFECTS = {"alpha_asymmetry": "small", "gamma": "small", "smile": "medium"}
# Seconds that a step of a sequence describes.
STEP = 2.0


def sequences(seed):
    """Return sequences of both modalities (n_samples, n_steps, ...), y and subjects."""
    dataset = make_emotion(
        n_subjects=20,
        n_trials=20,
        modalities=("eeg", "openface"),
        effect={
            name: {"size": size, "rating": "valence"} for name, size in EFFECTS.items()
        },
        ch_names="emotiv14",
        duration=10.0,
        window=10.0,
        random_state=seed,
    )
    entropy = DifferentialEntropy(sfreq=dataset.sfreq["eeg"], window=STEP)
    eeg = entropy.fit_transform(dataset.data["eeg"])
    n_frames = round(STEP * dataset.sfreq["openface"])
    faces = dataset.data["openface"]
    faces = faces.reshape(len(faces), -1, n_frames, faces.shape[2]).mean(axis=2)
    y = dataset.target("valence")
    return Modalities(eeg=eeg, openface=faces), y, dataset.groups("subject")


def averages(X):
    """Return the mean of all steps of each modality, (n_samples, n_features)."""
    return Modalities(
        **{name: x.mean(axis=1).reshape(len(x), -1) for name, x in X.items()}
    )


def without_faces(X, subject, share, rng):
    """Return X in which the faces of a share of each subject's samples are missing."""
    has_face = np.ones(len(subject), dtype=bool)
    for person in np.unique(subject):
        rows = rng.permutation(np.flatnonzero(subject == person))
        has_face[rows[: round(share * len(rows))]] = False
    return Modalities(**X, openface_mask=has_face)


def estimators(seed):
    """Yield the name of an estimator, how it is trained, and the estimator.

    The training is described by whether the samples are sequences, and by the share of
    training samples without faces.
    """
    for rate in (0.0, 0.2):
        net = MMResLSTM(missing="mask", modality_dropout=rate, random_state=seed)
        name = f"MMResLSTM, modality_dropout={rate}" if rate else "MMResLSTM"
        yield name, True, 0.0, net
    for method, shares in {"simple": (0.0, 0.5, 1.0), "average": (0.0, 0.5)}.items():
        for share in shares:
            kernels = MultipleKernelClassifier(method=method, missing="mask")
            name = f"MultipleKernelClassifier, method={method}"
            if share == 1.0:
                name = "MultipleKernelClassifier, only EEG"
            elif share:
                name += f", {share:.0%} missing in training"
            yield name, False, share, kernels


def scores_of_people(is_sequence, share_in_training, model, X, y, subject):
    """Return the balanced accuracy of each subject at each share, (n_people, 5)."""
    X = X if is_sequence else averages(X)
    # The same faces are missing for all estimators.
    tests = [
        without_faces(X, subject, share, np.random.default_rng(1)) for share in SHARES
    ]
    if share_in_training == 1:
        training = Modalities(eeg=X["eeg"])
        tests = [training] * len(SHARES)
    else:
        rng = np.random.default_rng(2)
        training = without_faces(X, subject, share_in_training, rng)
    scores = []
    for train, test in GroupKFold(4).split(y, y, subject):
        model.fit(training[train], y[train])
        predicted = [model.predict(gaps[test]) for gaps in tests]
        for person in np.unique(subject[test]):
            rows = subject[test] == person
            scores.append(
                [balanced_accuracy_score(y[test][rows], p[rows]) for p in predicted]
            )
    return scores


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=None, help="CSV file to write")
    options = parser.parse_args()
    people, seconds = {}, {}
    for seed in SEEDS:
        X, y, subject = sequences(seed)
        for name, *settings in estimators(seed):
            start = process_time()
            scores = scores_of_people(*settings, X, y, subject)
            people.setdefault(name, []).extend(scores)
            seconds[name] = seconds.get(name, 0.0) + process_time() - start
    table = []
    for name, scores in people.items():
        means = np.mean(scores, axis=0)
        errors = np.std(scores, axis=0, ddof=1) / np.sqrt(len(scores))
        row = {"estimator": name}
        for share, mean, error in zip(SHARES, means, errors):
            row[f"{share:.0%} missing"] = f"{mean:.3f} ± {error:.3f}"
        row["people"] = len(scores)
        row["processor seconds"] = round(seconds[name], 1)
        table.append(row)
        print(*row.values(), sep="  ", flush=True)
    if options.out is not None:
        with open_csv(options.out) as file:
            pd.DataFrame(table).to_csv(file, index=False)


if __name__ == "__main__":
    main()
