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


def check_protocol(protocol):
    """Check that a protocol is known if it is given by name."""
    known = [*NAMED, *PROTOCOLS]
    if isinstance(protocol, str) and protocol not in known:
        raise ValueError(
            f"Unknown protocol {protocol!r}; known ones are {known}, or pass a "
            "cross-validation splitter."
        )


def with_folds(name, n_splits, random_state):
    """Return a named protocol with another number of folds than its own.

    The named protocol is returned unchanged if `compare` sets its number of folds.
    Raise an error if the number of folds is fixed.
    """
    if name in PROTOCOLS and PROTOCOLS[name].n_splits and name != "hierarchical-lstm":
        return PaperProtocol(name, n_splits=n_splits, random_state=random_state)
    if name == "loso" or name in PROTOCOLS:
        raise ValueError(
            f"--folds does not go with --protocol {name}, whose number of folds is "
            "fixed. Leave out --folds."
        )
    return name


def has_known_subjects(protocol):
    """Return whether a protocol trains and tests on the same subjects.

    This is known of the named protocols and of the splitters of this package.
    """
    if isinstance(protocol, PaperProtocol):
        protocol = protocol.name
    if isinstance(protocol, str) and protocol in PROTOCOLS:
        return PROTOCOLS[protocol].unit != "subject"
    names = ("within-subject", "within-subject-segment", "segment-k-fold")
    return isinstance(protocol, WithinSubject) or (
        isinstance(protocol, str) and protocol in names
    )


def make_protocol(protocol, y, *, n_splits=6, random_state=0):
    """Return the label and the splitter of a protocol, as `compare` takes it.

    The label gives the number of folds if the name leaves it open.
    """
    if not isinstance(protocol, str):
        has_name = hasattr(protocol, "split")
        return (repr(protocol) if has_name else "custom splits"), protocol
    check_protocol(protocol)
    if protocol in NAMED:
        cv = NAMED[protocol](n_splits, random_state, y)
        label = protocol if protocol == "loso" else f"{protocol} ({n_splits})"
        return label, cv
    return f"paper: {protocol}", PaperProtocol(protocol, random_state=random_state)


def title_of(protocol, label):
    """Return a short name of a protocol for progress bars.

    `protocol` is what `compare` takes, and `label` is that of `make_protocol`.
    """
    if isinstance(protocol, PaperProtocol):
        return f"paper: {protocol.name}"
    if isinstance(protocol, str) or not hasattr(protocol, "split"):
        return label
    return type(protocol).__name__


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
