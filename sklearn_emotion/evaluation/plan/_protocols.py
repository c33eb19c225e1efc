"""Protocols by name, and their splits."""

from sklearn.model_selection import GroupKFold, KFold, LeaveOneGroupOut, StratifiedKFold

from sklearn_emotion.model_selection._leakage import (
    audit,
    splits_of,
    warn_of_leakage,
    worst_level,
)
from sklearn_emotion.model_selection._metadata import is_labels
from sklearn_emotion.model_selection._paper_protocol import PROTOCOLS, PaperProtocol
from sklearn_emotion.model_selection._splitters import (
    LeaveOneSubjectAndStimulusOut,
    WithinSubject,
)


def _segments(n_splits, random_state, y):
    cls = StratifiedKFold if is_labels(y) else KFold
    return cls(n_splits, shuffle=True, random_state=random_state)


#: Name to a function of the number of folds, the seed and the targets.
NAMED = {
    "loso": lambda k, seed, y: LeaveOneGroupOut(),
    "group-k-fold": lambda k, seed, y: GroupKFold(k, shuffle=True, random_state=seed),
    "loso-stimulus": lambda k, seed, y: LeaveOneSubjectAndStimulusOut(
        n_stimulus_folds=k, random_state=seed
    ),
    "within-subject": lambda k, seed, y: WithinSubject(k, random_state=seed),
    "within-subject-segment": lambda k, seed, y: WithinSubject(
        k, unit="segment", random_state=seed
    ),
    "segment-k-fold": _segments,
}


def has_own_folds(name):
    """Return whether the number of folds of a named protocol is fixed."""
    return name == "loso" or name in PROTOCOLS


def make_protocol(protocol, y, *, n_splits=6, random_state=0):
    """Return the label and the splitter of a protocol, as `compare` takes it.

    The label gives the number of folds if the name leaves it open.
    """
    if not isinstance(protocol, str):
        has_name = hasattr(protocol, "split")
        return (repr(protocol) if has_name else "custom splits"), protocol
    if protocol in NAMED:
        cv = NAMED[protocol](n_splits, random_state, y)
        label = protocol if protocol == "loso" else f"{protocol} ({n_splits})"
        return label, cv
    if protocol in PROTOCOLS:
        return f"paper: {protocol}", PaperProtocol(protocol, random_state=random_state)
    raise ValueError(
        f"Unknown protocol {protocol!r}; known ones are {[*NAMED, *PROTOCOLS]}, or "
        "pass a cross-validation splitter."
    )


def make_splits(cv, label, X, y, metadata):
    """Return the splits, and the worst level that the two sides of each split share.

    `cv` is a splitter or an iterable of splits, and `label` names it in messages.
    Splits that leak trigger a warning.
    """
    n_subjects = metadata["subject"].nunique()
    if isinstance(cv, GroupKFold) and cv.n_splits > n_subjects:
        raise ValueError(
            f"{label}: there are {n_subjects} subjects, too few for {cv.n_splits} "
            f"folds. Take n_splits={n_subjects} or fewer, or protocol='loso'."
        )
    try:
        splits = list(splits_of(cv, X, y, metadata))
    except ValueError as error:
        if label.startswith("loso-stimulus"):
            # The splitter's parameter has another name than the one of compare.
            error.args = (str(error).replace("n_stimulus_folds", "n_splits"),)
        raise
    if not splits:
        raise ValueError(f"{label} gives no folds.")
    report = audit(splits, metadata)
    if not getattr(cv, "groups_are_metadata", False):
        warn_of_leakage(report, label, advice="protocol='loso' tests unseen subjects.")
    by_fold = dict(list(report.groupby("fold")))
    return splits, [worst_level(by_fold[fold]) for fold in range(len(splits))]
