"""Scores of a network on generated people whom it has not seen."""

import numpy as np
from sklearn.metrics import balanced_accuracy_score

from sklearn_emotion.datasets import make_emotion


def unseen_score(make_classifier, make_input, seed, *, shuffle=False, **arguments):
    """Return balanced accuracy on the last quarter of subjects, and its 95 % band.

    `make_classifier` takes a seed, `make_input` a data set. With `shuffle` the labels
    are permuted first. The band is that of the same predictions against permuted
    labels.
    """
    dataset = make_emotion(random_state=seed, **arguments)
    X, y = make_input(dataset), dataset.target("valence")
    rng = np.random.default_rng(seed)
    if shuffle:
        y = rng.permutation(y)
    subject = dataset.groups("subject")
    unseen = subject >= 0.75 * len(np.unique(subject))
    clf = make_classifier(seed).fit(X[~unseen], y[~unseen])
    predicted, true = clf.predict(X[unseen]), y[unseen]
    score = balanced_accuracy_score(true, predicted)
    chance = [
        balanced_accuracy_score(rng.permutation(true), predicted) for _ in range(500)
    ]
    return score, np.percentile(chance, [2.5, 97.5])
