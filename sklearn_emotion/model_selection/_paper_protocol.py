"""Splits of published papers, and the corresponding leak-free splits."""

from dataclasses import dataclass
from numbers import Integral

import numpy as np
from sklearn.model_selection import LeaveOneGroupOut
from sklearn.utils import check_random_state

from sklearn_emotion._docs import fill_doc
from sklearn_emotion.model_selection._docs import SPLITTER
from sklearn_emotion.model_selection._leakage import audit, warn_of_leakage
from sklearn_emotion.model_selection._metadata import is_labels
from sklearn_emotion.model_selection._splitters import (
    LeaveOneSubjectAndStimulusOut,
    MetadataSplitter,
    TooManyFoldsError,
    WithinSubject,
    deal,
)


@dataclass(frozen=True)
class Protocol:
    """Split of one paper.

    `unit` is "segment within subject", "segment" or "subject", whichever is assigned to
    folds. `n_splits` is the number of folds; None leaves out one unit at a time. The
    `description` states in words what the paper leaves open. If `validates`, two of the
    parts are the test and the validation samples of a single split.
    """

    unit: str
    n_splits: int | None
    n_repeats: int
    description: str
    validates: bool = False

    @property
    def has_folds(self):
        """Whether the number of folds can be chosen."""
        return self.n_splits is not None and not self.validates


PROTOCOLS = {
    "3facrnn": Protocol(
        "segment within subject",
        10,
        5,
        "Five times 10-fold within each subject. Folds of segments are an assumption.",
    ),
    "deepvanet-per-subject": Protocol(
        "segment within subject", 10, 1, "10-fold over segments of each subject."
    ),
    "deepvanet-inter-subject": Protocol(
        "segment",
        10,
        1,
        "10-fold over the segments of all subjects pooled, not leave-one-subject-out.",
    ),
    "hierarchical-lstm": Protocol(
        "segment",
        7,
        1,
        "One split 5:1:1 for training, validation and test. Pooling the samples is an "
        "assumption. The validation part is in neither training nor test.",
        validates=True,
    ),
    "modality-attention": Protocol(
        "segment",
        10,
        1,
        "10-fold. The paper does not state the unit and the pooling, so folds of the "
        "segments of all subjects are an assumption.",
    ),
    "prior-dfcn": Protocol(
        "subject", None, 1, "Leave one subject out. All subjects saw the same stimuli."
    ),
}


@fill_doc(SPLITTER)
class PaperProtocol(MetadataSplitter):
    """Split by which a published paper was scored.

    Most of these splits put windows of one trial, and the same subjects, in both
    training and test. They make it possible to reproduce published numbers and compare
    them with leak-free scores. :meth:`honest_twin` provides the corresponding leak-free
    split. A split that leaks triggers a :class:`LeakageWarning`.

    Read more in the :ref:`User Guide <leakage>`.

    Parameters
    ----------
    name : str
        ``"3facrnn"``, ``"deepvanet-per-subject"``, ``"deepvanet-inter-subject"``,
        ``"hierarchical-lstm"``, ``"modality-attention"`` or ``"prior-dfcn"``.

    n_splits : int or None, default=None
        Number of folds. None uses the number in the paper.

    n_repeats : int or None, default=None
        Number of repetitions. None uses the number in the paper.

    %(random_state)s

    See Also
    --------
    leakage_report : Trials, subjects and stimuli in both training and test.
    sklearn_emotion.evaluation.leakage_gap : Difference to the leak-free scores.

    Examples
    --------
    >>> from sklearn_emotion.model_selection import PaperProtocol
    >>> cv = PaperProtocol("deepvanet-per-subject")
    >>> cv.description
    '10-fold over segments of each subject.'
    >>> cv.honest_twin()
    WithinSubject(cv=10, random_state=0, unit='trial')
    """

    def __init__(self, name, *, n_splits=None, n_repeats=None, random_state=0):
        self.name = name
        self.n_splits = n_splits
        self.n_repeats = n_repeats
        self.random_state = random_state

    @property
    def _protocol(self):
        if self.name not in PROTOCOLS:
            raise ValueError(
                f"Unknown protocol {self.name!r}; known ones are {sorted(PROTOCOLS)}."
            )
        return PROTOCOLS[self.name]

    @property
    def _n_splits(self):
        return self._protocol.n_splits if self.n_splits is None else self.n_splits

    @property
    def _n_repeats(self):
        return self._protocol.n_repeats if self.n_repeats is None else self.n_repeats

    @property
    def description(self):
        """Description of the split, with what the paper leaves open."""
        return self._protocol.description

    def honest_twin(self, y=None, metadata=None):
        """Return the corresponding leak-free split.

        Parameters
        ----------
        %(y)s
        metadata : pandas.DataFrame of n_samples rows, default=None
            Metadata of the samples. If given, the trials of a subject are assigned to
            at most as many folds as its largest class has trials.

        Returns
        -------
        cv : cross-validation splitter
            Trials within subjects if the paper assigned segments within subjects to
            folds, unseen subjects if it pooled the segments, and unseen subjects and
            stimuli if it left out subjects.
        """
        if self._protocol.unit == "segment within subject":
            twin = WithinSubject(self._n_splits, random_state=self.random_state)
            if metadata is not None:
                twin.cv = max(2, min(twin.cv, twin._most_folds(y, metadata)))
            return twin
        if self._protocol.unit == "subject":
            return LeaveOneSubjectAndStimulusOut(random_state=self.random_state)
        if self._protocol.validates:
            return SubjectsFiveOneOne(random_state=self.random_state)
        return LeaveOneGroupOut()

    def get_n_splits(self, X=None, y=None, groups=None):
        """Return the number of folds.

        Parameters
        ----------
        %(X, y)s
        %(groups)s

        Returns
        -------
        n_splits : int
            Number of folds of all repetitions together.
        """
        if self._protocol.validates:
            return 1
        if self._protocol.unit == "segment":
            return self._n_splits * self._n_repeats
        n_subjects = self._checked(groups)["subject"].nunique()
        if self._protocol.unit == "subject":
            return n_subjects * self._n_repeats
        return n_subjects * self._n_splits * self._n_repeats

    def validation(self, y=None, groups=None):
        """Return the validation part of a paper that has one.

        Parameters
        ----------
        %(y)s
        groups : pandas.DataFrame of n_samples rows
            Metadata of the samples.

        Returns
        -------
        valid : ndarray of int
            Positions of samples that are in neither training nor test.

        Raises
        ------
        ValueError
            If the paper has no validation part, or if `random_state` is not a number,
            so that the split cannot be repeated.
        """
        if not self._protocol.validates:
            raise ValueError(f"The split of {self.name!r} has no validation part.")
        _check_repeatable(self.random_state)
        metadata = self._checked(groups)
        labels = y if is_labels(y) else None
        rng = check_random_state(self.random_state)
        folds = list(deal(labels, len(metadata), self._n_splits, rng))
        return folds[1][1]

    @property
    def _classes_of_fold(self):
        return self._protocol.unit == "segment within subject"

    def split(self, X, y=None, groups=None):
        """Yield the positions of training and test samples, as in the paper.

        Parameters
        ----------
        %(X)s
        %(y)s
        %(groups)s

        Yields
        ------
        %(train, test)s

        Raises
        ------
        ValueError
            If the name is unknown, if `groups` lacks a column, or if a class is missing
            in the training samples of a fold.
        """
        try:
            splits = list(super().split(X, y, groups))
        except TooManyFoldsError as error:
            if error.most > 1:
                way_out = f"PaperProtocol({self.name!r}, n_splits={error.most})"
                error.args = (f"{error} Pass {way_out}, or --folds to the command.",)
            raise
        warn_of_leakage(
            audit(splits, self._checked(groups)),
            f"PaperProtocol({self.name!r})",
            advice=f"Report {self.honest_twin(y, groups)} as well.",
        )
        yield from splits

    def _folds(self, y, metadata):
        rng = check_random_state(self.random_state)
        unit = self._protocol.unit
        for repeat in range(self._n_repeats):
            if unit == "segment within subject":
                inner = WithinSubject(self._n_splits, unit="segment", random_state=rng)
                for train, test, name in inner._folds(y, metadata):
                    yield train, test, f"{name}, repeat {repeat}"
            elif unit == "subject":
                X = np.zeros(len(metadata))
                splits = LeaveOneGroupOut().split(X, y, metadata["subject"])
                for number, (train, test) in enumerate(splits):
                    yield train, test, f"Fold {number}"
            else:
                labels = y if is_labels(y) else None
                splits = deal(labels, len(metadata), self._n_splits, rng)
                folds = [test for _, test in splits]
                if self._protocol.validates:
                    train = np.sort(np.concatenate(folds[2:]))
                    yield train, folds[0], "The 5:1:1 split"
                    return
                for number, test in enumerate(folds):
                    rest = np.setdiff1d(np.arange(len(metadata)), test)
                    yield rest, test, f"Fold {number} of repeat {repeat}"


class SubjectsFiveOneOne(MetadataSplitter):
    """Splitter of the subjects into training, validation and test in the ratio 5:1:1.

    There is one fold. The validation subjects are in neither training nor test.
    """

    _columns = ("subject",)

    def __init__(self, *, random_state=0):
        self.random_state = random_state

    def get_n_splits(self, X=None, y=None, groups=None):
        """Return 1, the number of folds."""
        return 1

    def validation(self, y=None, groups=None):
        """Return the positions of the samples of the validation subjects."""
        _check_repeatable(self.random_state)
        subject = self._checked(groups)["subject"].to_numpy()
        _, valid, _ = self._parts(subject)
        return np.flatnonzero(valid)

    def _folds(self, y, metadata):
        train, _, test = self._parts(metadata["subject"].to_numpy())
        yield np.flatnonzero(train), np.flatnonzero(test), "The 5:1:1 split"

    def _parts(self, subject):
        """Return masks of the training, validation and test samples."""
        names = np.unique(subject)
        if len(names) < 3:
            raise ValueError(
                f"A 5:1:1 split needs at least 3 subjects, got {len(names)}."
            )
        order = check_random_state(self.random_state).permutation(names)
        n_each = max(1, round(len(names) / 7))
        parts = order[2 * n_each :], order[n_each : 2 * n_each], order[:n_each]
        return tuple(np.isin(subject, part) for part in parts)


def _check_repeatable(random_state):
    """Raise an error if a second split would differ from the first."""
    if not isinstance(random_state, Integral):
        raise ValueError(
            "The validation part belongs to a split that can be repeated, so "
            f"random_state must be a whole number, got {random_state!r}."
        )
