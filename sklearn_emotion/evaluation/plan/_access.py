"""What the estimators of a comparison use of the people on whom they are tested."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from sklearn_emotion._base import ACCESS_LEVELS
from sklearn_emotion._validation import warn_user
from sklearn_emotion.model_selection._metadata import check_metadata, shown
from sklearn_emotion.model_selection._splitters import label_of
from sklearn_emotion.model_selection._target_access import target_access

#: Level of a fold that trains on labeled samples of its test subjects, without a fixed
#: number of calibration trials.
LABELS = "labels"
#: Level of stored folds of earlier versions, which did not state it.
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Access:
    """What a comparison gives the estimators of the people on whom they are tested.

    Parameters
    ----------
    level : {"none", "rest", "unlabelled", "labels"} or None
        None if the comparison gives nothing and forbids nothing.
    n_trials : int
        Number of trials of each test subject that are moved to the training samples.
    n_reserved : int
        Number of trials of each test subject that are not scored: those that are moved,
        and those that would be moved if `n_trials` were larger.
    """

    level: str | None = None
    n_trials: int = 0
    n_reserved: int = 0

    @classmethod
    def parse(cls, value):
        """Return the access that the argument ``target_access`` of `compare` names."""
        if value is None or value in ACCESS_LEVELS:
            return cls(value)
        level, _, number = str(value).partition(":")
        if level != LABELS or not number.isdecimal() or int(number) == 0:
            raise ValueError(
                f"target_access must be None, one of {ACCESS_LEVELS}, or 'labels:k' "
                f"with a number of trials, such as 'labels:2'; got {value!r}."
            )
        return cls(LABELS, int(number), int(number))

    @property
    def changes_folds(self):
        """Return whether the folds differ from the folds without this access."""
        return self.level in ("unlabelled", LABELS)

    def __str__(self):
        return f"{LABELS}:{self.n_trials}" if self.level == LABELS else str(self.level)


def rank(level):
    """Return the position of a level, from least to most use of the test person."""
    order = (*ACCESS_LEVELS, UNKNOWN, LABELS)
    return order.index(level.partition(":")[0])


def check_declared(entries, limit):
    """Raise an error if an estimator declares a higher level than `limit`."""
    for name, entry in entries.items():
        level = target_access(entry.estimator)
        if rank(level) > rank(limit):
            step = _highest_step(entry.estimator, level)
            raise ValueError(
                f"Estimator {name!r} uses more of the test subjects than "
                f"target_access={limit!r} allows: {step} has the level {level!r}. "
                f"Replace this step, or leave out target_access."
            )


def _highest_step(estimator, level):
    """Return the innermost part of an estimator that has a level, for a message."""
    parts = {
        path: part
        for path, part in estimator.get_params().items()
        if hasattr(part, "get_params") and not isinstance(part, type)
    }
    guilty = [path for path, part in parts.items() if target_access(part) == level]
    if not guilty:
        return type(estimator).__name__
    path = max(guilty, key=lambda name: name.count("__"))
    return f"its step {path!r} ({type(parts[path]).__name__})"


def check_sides(splits, subject, what):
    """Raise an error if a fold trains and tests on the same subjects."""
    for train, test in splits:
        both = np.intersect1d(subject[train], subject[test])
        if len(both):
            raise ValueError(
                f"{what} states what is used of test subjects who are new, but subject "
                f"{shown(both[0])} is in both training and test of this protocol. Use "
                "protocol='loso' or 'group-k-fold', or leave out target_access."
            )


def move_trials(splits, access, labels, metadata, random_state):
    """Return splits whose training samples contain trials of the test subjects.

    Whole trials of each test subject are chosen, in the order of `_order`. The trials
    of a smaller number are therefore among the trials of a larger number.

    Parameters
    ----------
    splits : list of (train, test)
        Positions of the samples, without a subject on both sides.
    access : Access
        Numbers of trials.
    labels : ndarray of shape (n_samples,) or None
        Classes; None for ratings.
    metadata : pandas.DataFrame of n_samples rows
        Metadata with the columns ``subject`` and ``trial``.
    random_state : int or None
        Seed.
    """
    metadata = check_metadata(
        metadata, ["subject", "trial"], f"target_access={str(access)!r}"
    )
    subject, trial = (metadata[c].to_numpy() for c in ("subject", "trial"))
    names, of_subject = np.unique(subject, return_inverse=True)
    seeds = np.random.SeedSequence(random_state).spawn(len(names))
    moved = []
    for train, test in splits:
        is_moved, is_scored = np.zeros((2, len(test)), dtype=bool)
        for k in np.unique(of_subject[test]):
            mine = np.flatnonzero(of_subject[test] == k)
            codes, known = pd.factorize(trial[test[mine]])
            if len(known) <= access.n_reserved:
                raise ValueError(
                    f"{access.n_reserved} calibration trials need at least "
                    f"{access.n_reserved + 1} trials of each test subject, so that one "
                    f"is scored, but subject {shown(names[k])} has {len(known)}. Use "
                    "fewer calibration trials, or leave out this subject."
                )
            of_samples = None if labels is None else labels[test[mine]]
            order = _order(codes, of_samples, np.random.default_rng(seeds[k]))
            is_moved[mine] = np.isin(codes, order[: access.n_trials])
            is_scored[mine] = np.isin(codes, order[access.n_reserved :])
        moved.append(
            (np.sort(np.concatenate([train, test[is_moved]])), test[is_scored])
        )
    return moved


def _order(codes, labels, rng):
    """Return the trials of one subject in the order in which they are moved.

    The first ones are one trial of each class that has several, and the others keep the
    shares of the classes as far as possible. `codes` are the trials of the samples, and
    `labels` their classes, or None.
    """
    order = rng.permutation(codes.max() + 1)
    if labels is None:
        return order
    kind = np.array([label_of(labels[codes == k]) for k in order])
    place = np.empty(len(order))
    for name in np.unique(kind):
        mine = np.flatnonzero(kind == name)
        place[mine] = (np.arange(len(mine)) + 0.5) / len(mine)
        if len(mine) > 1:
            place[mine[0]] = 0.0
    return order[np.argsort(place, kind="stable")]


def accepts_unlabelled(estimator):
    """Return whether the last step of an estimator learns from unlabelled samples."""
    while isinstance(estimator, Pipeline):
        estimator = estimator.steps[-1][1]
    tags = getattr(estimator, "__sklearn_tags__", None)
    return tags is not None and getattr(tags(), "accepts_unlabelled", False)


def check_mark(classes):
    """Raise an error if the mark of unlabelled samples is a class."""
    if np.isin(-1, classes):
        raise ValueError(
            "target_access='unlabelled' marks the test samples by the label -1, which "
            "is a class of this target. Give this class another label."
        )


def with_unlabelled(y, n_unlabelled, is_classes):
    """Return targets, and after them the marks of samples without labels.

    The mark is -1 for classes, as in the semi-supervised estimators of scikit-learn,
    and NaN for ratings.
    """
    if not is_classes:
        y = y.astype(np.float64)
        return np.concatenate([y, np.full(n_unlabelled, np.nan, dtype=y.dtype)])
    if y.dtype.kind in "bu":
        y = y.astype(np.int64)
    elif y.dtype.kind not in "if":
        y = y.astype(object)
    return np.concatenate([y, np.full(n_unlabelled, -1, dtype=y.dtype)])


def warn_of_balance(names, splits, subject, y):
    """Warn if estimators profit from test subjects whose classes are balanced."""
    if not names or not all(_is_balanced(y[t], subject[t]) for _, t in splits):
        return
    warn_user(
        "The test samples are used without their labels, and every test subject has "
        "equally many samples of each class. A step that centers on the test samples "
        "profits from this balance, which people in everyday life do not have. State "
        f"this next to the scores of {', '.join(map(repr, names))}."
    )


def _is_balanced(y, subject):
    for name in np.unique(subject):
        counts = np.unique(y[subject == name], return_counts=True)[1]
        if len(counts) < 2 or np.ptp(counts):
            return False
    return True
