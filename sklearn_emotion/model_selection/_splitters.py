"""Splits within subjects, and over subjects and stimuli at once."""

import warnings
from numbers import Integral

import numpy as np
import pandas as pd
from sklearn.model_selection import BaseCrossValidator
from sklearn.utils import check_random_state

from sklearn_emotion.model_selection._leakage import audit, warn_of_leakage
from sklearn_emotion.model_selection._metadata import (
    check_classes,
    check_metadata,
    is_labels,
    shown,
)


class MetadataSplitter(BaseCrossValidator):
    """Base of splitters whose groups are a data set's metadata.

    A subclass names the columns that it reads in `_columns`, and yields (train, test,
    name of the fold) from `_folds`.
    """

    groups_are_metadata = True
    _columns = ("subject", "trial")
    _classes_of_fold = False
    __metadata_request__split = {"groups": True}

    def _folds(self, y, metadata):
        raise NotImplementedError

    def split(self, X, y=None, groups=None):
        """Yield the positions of training and test samples.

        Parameters
        ----------
        X : array-like or Modalities of n_samples samples
            Data; only its length is used.
        y : array-like of shape (n_samples,), default=None
            Labels. Floats of more than two values are ratings, in which no class is
            looked for.
        groups : pandas.DataFrame of n_samples rows
            ``dataset.metadata``.

        Yields
        ------
        train, test : tuple of ndarray of int
            Positions of both sides.

        Raises
        ------
        ValueError
            If `groups` lacks a column, or the training side of a fold a class.
        """
        n_samples = X.shape[0] if hasattr(X, "shape") else len(X)
        metadata = self._checked(groups, n_samples)
        y = None if y is None else np.asarray(y)
        for train, test, name in self._folds(y, metadata):
            check_classes(y, train, test, name, locally=self._classes_of_fold)
            yield train, test

    def _checked(self, groups, n_samples=None):
        owner = type(self).__name__
        return check_metadata(groups, self._columns, owner, n_samples)


class WithinSubject(MetadataSplitter):
    """Cross-validation within each subject: train and test on the same person.

    Read more in the :ref:`User Guide <leakage>`.

    Parameters
    ----------
    cv : int or cross-validation splitter, default=5
        Number of folds a subject, or a splitter that is applied to the trials (or
        segments) of each subject. An int stratifies by class and shuffles; it must
        not exceed the size of a subject's largest class, and should not exceed that
        of its smallest.

    unit : {"trial", "segment"}, default="trial"
        What is dealt out. ``"trial"`` keeps all windows of a trial on one side.
        ``"segment"`` deals out windows, so that windows of one trial are on both
        sides: the protocol of many papers, with a :class:`LeakageWarning`.

    random_state : int, RandomState instance or None, default=0
        Seed of the shuffling where `cv` is an int.

    See Also
    --------
    PaperProtocol : The splits of published papers.
    LeaveOneSubjectAndStimulusOut : The strictest of splits.

    Notes
    -----
    The subject is on both sides by intention: the scores hold for a user who has
    been recorded before, and for nobody else.

    With more folds than a class has trials, a test side lacks the class and its
    training side has too much of it: with five trials of each of two classes in ten
    folds, logistic regression on noise has a balanced accuracy of about 0.36.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from sklearn_emotion.model_selection import WithinSubject
    >>> metadata = pd.DataFrame(
    ...     {"subject": np.repeat([0, 1], 8), "trial": np.repeat(np.arange(8), 2)}
    ... )
    >>> y = np.tile([0, 0, 1, 1], 4)
    >>> for train, test in WithinSubject(2).split(np.zeros(16), y, metadata):
    ...     print(sorted(set(metadata.trial[train])), sorted(set(metadata.trial[test])))
    [0, 1] [2, 3]
    [2, 3] [0, 1]
    [6, 7] [4, 5]
    [4, 5] [6, 7]
    """

    # A subject may lack a class altogether, which is no fault of the fold.
    _classes_of_fold = True

    def __init__(self, cv=5, *, unit="trial", random_state=0):
        self.cv = cv
        self.unit = unit
        self.random_state = random_state

    def get_n_splits(self, X=None, y=None, groups=None):
        """Return the number of folds: those of one subject times the subjects.

        Parameters
        ----------
        X : Ignored
            Not used.
        y : array-like of shape (n_samples,), default=None
            Labels or ratings, handed to `cv`.
        groups : pandas.DataFrame
            ``dataset.metadata``.

        Returns
        -------
        n_splits : int
            Number of folds.
        """
        metadata = self._checked(groups)
        if isinstance(self.cv, Integral):
            return self.cv * metadata["subject"].nunique()
        return sum(
            self.cv.get_n_splits(np.zeros(len(members)), labels)
            for _, members, labels, _ in self._people(y, metadata)
        )

    def split(self, X, y=None, groups=None):
        """Yield the positions of training and test samples.

        Parameters
        ----------
        X : array-like or Modalities of n_samples samples
            Data; only its length is used.
        y : array-like of shape (n_samples,), default=None
            Labels. Floats of more than two values are ratings, in which no class is
            looked for.
        groups : pandas.DataFrame of n_samples rows
            ``dataset.metadata``.

        Yields
        ------
        train, test : tuple of ndarray of int
            Positions of both sides.

        Raises
        ------
        ValueError
            If a subject has fewer trials of a class than are needed for every
            training side to hold it, or of every class than `cv`, or `groups` lacks
            a column.

        Warns
        -----
        UserWarning
            If a subject has fewer trials of some class than `cv`.
        LeakageWarning
            If `unit` is ``"segment"``.
        """
        if self.unit not in ("trial", "segment"):
            raise ValueError(f"unit must be 'trial' or 'segment', got {self.unit!r}.")
        splits = list(super().split(X, y, groups))
        if self.unit == "segment":
            warn_of_leakage(
                audit(splits, self._checked(groups)),
                "WithinSubject(unit='segment')",
                levels=("trial",),
                advice="unit='trial' keeps trials whole.",
            )
        yield from splits

    def _folds(self, y, metadata):
        rng = check_random_state(self.random_state)
        people = self._people(y, metadata)
        self._check_two_of_each(people)
        if isinstance(self.cv, Integral):
            self._check_n_folds(people)
        stratify = is_labels(y)
        for subject, members, labels, _ in people:
            if isinstance(self.cv, Integral):
                labels = labels if stratify else None
                splits = deal(labels, len(members), self.cv, rng)
            else:
                splits = self.cv.split(np.zeros(len(members)), labels)
            for number, sides in enumerate(splits):
                train, test = (
                    np.sort(np.concatenate([members[i] for i in side]))
                    for side in sides
                )
                yield train, test, f"Fold {number} of subject {shown(subject)}"

    def _people(self, y, metadata):
        """Return each subject, its items' samples and labels, and its class sizes."""
        stratify = is_labels(y)
        y = None if y is None else np.asarray(y)
        # Values, as a categorical column still has the subjects that were left out.
        subjects = metadata.groupby(metadata["subject"].to_numpy(), sort=True)
        people = []
        for subject, rows in subjects.indices.items():
            members = self._members(rows, metadata["trial"])
            labels = None if y is None else np.array([_label(y[m]) for m in members])
            sizes = np.array([len(members)])
            if stratify:
                sizes = np.unique(labels, return_counts=True)[1]
            people.append((subject, members, labels, sizes))
        return people

    def _members(self, rows, trials):
        if self.unit == "segment":
            return [np.array([row]) for row in rows]
        codes, names = pd.factorize(trials.to_numpy()[rows])
        return [rows[codes == k] for k in range(len(names))]

    def _check_two_of_each(self, people):
        for subject, _, labels, sizes in people:
            if len(sizes) == 1 or sizes.min() > 1:
                continue
            cure = "Leave one subject out instead"
            if self.unit == "trial":
                cure += (
                    ", or take unit='segment', which puts windows of one trial on both "
                    "sides and flatters every score"
                )
            alone = np.unique(labels)[sizes.argmin()]
            raise ValueError(
                f"WithinSubject(unit={self.unit!r}) needs at least two {self.unit}s of "
                f"every class in each subject, but subject {shown(subject)} has one of "
                f"class {shown(alone)}. {cure}."
            )

    def _check_n_folds(self, people):
        """Raise if the folds outnumber the largest class, warn if the smallest."""
        subject, *_, sizes = min(people, key=lambda person: person[-1].max())
        most = sizes.max()
        if most < self.cv:
            of_class = " of one class" if len(sizes) > 1 else ""
            cure = f"Take {most} folds at most" if most > 1 else "Leave subjects out"
            raise ValueError(
                f"{self.cv} folds of each subject need at least {self.cv} {self.unit}s"
                f"{of_class}, but subject {shown(subject)} has {most}. {cure}."
            )
        n_short = sum(sizes.min() < self.cv for *_, sizes in people)
        if n_short:
            subject, *_, sizes = min(people, key=lambda person: person[-1].min())
            warnings.warn(
                f"{self.cv} folds of each subject are more than a class has "
                f"{self.unit}s in {n_short} of {len(people)} subjects ({sizes.min()} "
                f"in subject {shown(subject)}), so that some test sides lack it.",
                stacklevel=5,
            )

    def _most_folds(self, y, metadata):
        """Size of the largest class of the subject where that is smallest."""
        people = self._people(y, self._checked(metadata))
        return min(int(sizes.max()) for *_, sizes in people)


class LeaveOneSubjectAndStimulusOut(MetadataSplitter):
    """Test on one subject's responses to stimuli that nobody showed in training.

    Each fold tests one subject on one stimulus (or a few), and trains on the other
    subjects' responses to the other stimuli. Where all subjects saw the same
    stimuli, leaving out the subject alone lets a model recognise the stimulus.

    Read more in the :ref:`User Guide <leakage>`.

    Parameters
    ----------
    n_stimulus_folds : int or None, default=None
        Into how many parts the stimuli are dealt. None leaves out one stimulus at a
        time: n_subjects times n_stimuli folds.

    random_state : int, RandomState instance or None, default=0
        Seed of the dealing.

    See Also
    --------
    WithinSubject : Splits within subjects.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from sklearn_emotion.model_selection import LeaveOneSubjectAndStimulusOut
    >>> metadata = pd.DataFrame({"subject": [0, 0, 1, 1], "stimulus": [5, 6, 5, 6]})
    >>> cv = LeaveOneSubjectAndStimulusOut()
    >>> for train, test in cv.split(np.zeros(4), groups=metadata):
    ...     print(train, test)
    [3] [0]
    [2] [1]
    [1] [2]
    [0] [3]
    """

    _columns = ("subject", "stimulus")

    def __init__(self, *, n_stimulus_folds=None, random_state=0):
        self.n_stimulus_folds = n_stimulus_folds
        self.random_state = random_state

    def get_n_splits(self, X=None, y=None, groups=None):
        """Return the number of folds.

        Parameters
        ----------
        X : Ignored
            Not used.
        y : Ignored
            Not used.
        groups : pandas.DataFrame
            ``dataset.metadata``.

        Returns
        -------
        n_splits : int
            Pairs of a subject and a part of the stimuli that occur together.
        """
        metadata = self._checked(groups)
        part = self._parts(metadata)
        return len(set(zip(metadata["subject"], part)))

    def _parts(self, metadata):
        codes, names = pd.factorize(metadata["stimulus"], sort=True)
        if self.n_stimulus_folds is None:
            return codes
        if not 2 <= self.n_stimulus_folds <= len(names):
            raise ValueError(
                f"{len(names)} stimuli can be dealt into 2 to {len(names)} folds, got "
                f"n_stimulus_folds={self.n_stimulus_folds}."
            )
        order = check_random_state(self.random_state).permutation(len(names))
        return (order % self.n_stimulus_folds)[codes]

    def _folds(self, y, metadata):
        part = self._parts(metadata)
        subject = metadata["subject"].to_numpy()
        for person in pd.unique(metadata["subject"].sort_values()):
            for number in np.unique(part[subject == person]):
                theirs, these = subject == person, part == number
                train = np.flatnonzero(~theirs & ~these)
                test = np.flatnonzero(theirs & these)
                stimuli = metadata["stimulus"].to_numpy()[test]
                names = ", ".join(map(shown, np.unique(stimuli)))
                yield train, test, f"Fold of subject {shown(person)}, stimulus {names}"


def deal(labels, n_items, n_splits, rng):
    """Deal items into folds of like size and like shares of the classes.

    Items are shuffled within their class and dealt out one after the other, so that
    a class of at least two items is never missing from a training side.

    Parameters
    ----------
    labels : ndarray of shape (n_items,) or None
        Classes, if there are any.
    n_items : int
        Number of items.
    n_splits : int
        Number of folds.
    rng : numpy.random.RandomState
        Source of the shuffling.

    Yields
    ------
    train, test : tuple of ndarray of int
        Items of both sides.
    """
    order = rng.permutation(n_items)
    if labels is not None:
        order = order[np.argsort(labels[order], kind="stable")]
    fold = np.empty(n_items, dtype=int)
    fold[order] = np.arange(n_items) % n_splits
    for number in range(n_splits):
        yield np.flatnonzero(fold != number), np.flatnonzero(fold == number)


def _label(values):
    """Most frequent value, the first of several."""
    names, counts = np.unique(values, return_counts=True)
    return names[counts.argmax()]
