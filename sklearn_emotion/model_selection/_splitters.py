"""Splits within subjects, and splits over both subjects and stimuli."""

from itertools import product
from numbers import Integral

import numpy as np
import pandas as pd
from sklearn.model_selection import BaseCrossValidator
from sklearn.utils import check_random_state

from sklearn_emotion._docs import fill_doc
from sklearn_emotion._validation import n_samples_of, warn_user
from sklearn_emotion.model_selection._docs import SPLITTER
from sklearn_emotion.model_selection._leakage import audit, warn_of_leakage
from sklearn_emotion.model_selection._metadata import (
    check_classes,
    check_metadata,
    is_labels,
    shown,
)


class TooManyFoldsError(ValueError):
    """Error that a subject has too few trials or segments for the number of folds.

    Parameters
    ----------
    message : str
        Message of the error.
    most : int
        Largest number of folds that the subject allows.
    """

    def __init__(self, message, most=0):
        super().__init__(message)
        self.most = int(most)


@fill_doc(SPLITTER)
class MetadataSplitter(BaseCrossValidator):
    """Base class of splitters whose groups are the metadata of a data set.

    A subclass names the columns that it reads in `_columns`, and yields (train, test,
    name of the fold) in `_folds`. With `_classes_of_fold`, a fold needs only the
    classes of its own samples in training.
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
        %(X)s
        %(y)s
        %(groups)s

        Yields
        ------
        %(train, test)s

        Raises
        ------
        ValueError
            If `groups` lacks a column, or if a class is missing in the training samples
            of a fold.
        """
        n_samples = n_samples_of(X)
        metadata = self._checked(groups, n_samples)
        y = None if y is None else np.asarray(y)
        for train, test, name in self._folds(y, metadata):
            check_classes(y, train, test, name, locally=self._classes_of_fold)
            yield train, test

    def _checked(self, groups, n_samples=None):
        owner = type(self).__name__
        return check_metadata(groups, self._columns, owner, n_samples)


@fill_doc(SPLITTER)
class WithinSubject(MetadataSplitter):
    """Cross-validation within each subject: training and test share the subject.

    Read more in the :ref:`User Guide <leakage>`.

    Parameters
    ----------
    cv : int or cross-validation splitter, default=5
        Number of folds per subject, or a splitter of the trials (or segments) of each
        subject. If it is an int, the folds are shuffled and stratified by class. An int
        must not exceed the size of the largest class of a subject, and should not
        exceed the size of the smallest class.

    unit : {"trial", "segment"}, default="trial"
        Unit that is assigned to folds. ``"trial"`` keeps all windows of a trial
        together. ``"segment"`` assigns windows, so windows of one trial are in both
        training and test. Many papers use it. It triggers a :class:`LeakageWarning`.

    random_state : int, RandomState instance or None, default=0
        Seed of the shuffling if `cv` is an int.

    See Also
    --------
    PaperProtocol : The splits of published papers.
    LeaveOneSubjectAndStimulusOut : Splits in which both subjects and stimuli are new.

    Notes
    -----
    Each subject is in both training and test by intention. The scores only hold for
    users who have been recorded before.

    If there are more folds than trials of a class, some test samples lack the class,
    and it is too frequent in the corresponding training samples. For example, with five
    trials of each of two classes in ten folds, logistic regression on noise has a
    balanced accuracy of about 0.36.

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

    # A subject may have no sample of a class, which is not an error of the fold.
    _classes_of_fold = True

    def __init__(self, cv=5, *, unit="trial", random_state=0):
        self.cv = cv
        self.unit = unit
        self.random_state = random_state

    def get_n_splits(self, X=None, y=None, groups=None):
        """Return the number of folds of all subjects together.

        Parameters
        ----------
        X : Ignored
            Not used.
        %(y)s
        %(groups)s

        Returns
        -------
        n_splits : int
            Number of folds per subject times the number of subjects.
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
        %(X)s
        %(y)s
        %(groups)s

        Yields
        ------
        %(train, test)s

        Raises
        ------
        ValueError
            If a subject has only one trial of a class, or fewer trials of every class
            than `cv`, or if `groups` lacks a column.

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
        """Return subject, samples of each unit, labels of units, and class sizes."""
        stratify = is_labels(y)
        y = None if y is None else np.asarray(y)
        # Use the values, because a categorical column keeps unused subjects.
        subjects = metadata.groupby(metadata["subject"].to_numpy(), sort=True)
        people = []
        for subject, rows in subjects.indices.items():
            members = self._members(rows, metadata["trial"])
            labels = None if y is None else np.array([label_of(y[m]) for m in members])
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
                    ", or use unit='segment', which puts windows of one trial in both "
                    "training and test and inflates the scores"
                )
            alone = np.unique(labels)[sizes.argmin()]
            raise ValueError(
                f"WithinSubject(unit={self.unit!r}) needs at least two {self.unit}s of "
                f"every class in each subject, but subject {shown(subject)} has one of "
                f"class {shown(alone)}. {cure}."
            )

    def _check_n_folds(self, people):
        """Raise an error if no class fills the folds, warn if some class does not."""
        subject, *_, sizes = min(people, key=lambda person: person[-1].max())
        most = sizes.max()
        if most < self.cv:
            of_class = " of one class" if len(sizes) > 1 else ""
            cure = f"Take {most} folds at most" if most > 1 else "Leave subjects out"
            raise TooManyFoldsError(
                f"{self.cv} folds of each subject need at least {self.cv} {self.unit}s"
                f"{of_class}, but subject {shown(subject)} has {most}. {cure}.",
                most,
            )
        n_short = sum(sizes.min() < self.cv for *_, sizes in people)
        if n_short:
            subject, *_, sizes = min(people, key=lambda person: person[-1].min())
            warn_user(
                f"A class has fewer than {self.cv} {self.unit}s, the number of folds, "
                f"in {n_short} of {len(people)} subjects ({sizes.min()} in subject "
                f"{shown(subject)}), so some test sides lack it."
            )

    def _most_folds(self, y, metadata):
        """Return the largest number of folds that is valid for every subject."""
        people = self._people(y, self._checked(metadata))
        return min(int(sizes.max()) for *_, sizes in people)


@fill_doc(SPLITTER)
class LeaveOneSubjectAndStimulusOut(MetadataSplitter):
    """Test on a subject and a stimulus that are both missing in training.

    Each fold tests one subject on one stimulus (or a few), and trains on the responses
    of the other subjects to the other stimuli. If all subjects saw the same stimuli and
    only the subject is left out, a model can recognize the stimulus.

    Read more in the :ref:`User Guide <leakage>`.

    Parameters
    ----------
    n_stimulus_folds : int or None, default=None
        Number of parts that the stimuli are split into. None leaves out one stimulus at
        a time, which results in n_subjects times n_stimuli folds.

    %(random_state)s

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
        %(X, y)s
        %(groups)s

        Returns
        -------
        n_splits : int
            Number of pairs of a subject and a part of the stimuli that occur together.
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


@fill_doc(SPLITTER)
class CrossDatasetSplit(MetadataSplitter):
    """Train on one data set and test on another.

    The groups are metadata with a column ``dataset``, as
    :func:`~sklearn_emotion.datasets.join_datasets` makes it.

    Read more in the :ref:`User Guide <other_data_sets>`.

    Parameters
    ----------
    train : str or None, default=None
        Name of the data set to train on. If None, each data set in turn.

    test : str or None, default=None
        Name of the data set to test on. If None, each data set other than the one that
        is trained on.

    See Also
    --------
    LeaveOneSubjectAndStimulusOut : Splits in which both subjects and stimuli are new.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from sklearn_emotion.model_selection import CrossDatasetSplit
    >>> metadata = pd.DataFrame({"dataset": ["amigos", "amigos", "deap"]})
    >>> for train, test in CrossDatasetSplit().split(np.zeros(3), groups=metadata):
    ...     print(train, test)
    [0 1] [2]
    [2] [0 1]
    """

    _columns = ("dataset",)

    def __init__(self, *, train=None, test=None):
        self.train = train
        self.test = test

    def get_n_splits(self, X=None, y=None, groups=None):
        """Return the number of folds.

        Parameters
        ----------
        %(X, y)s
        %(groups)s

        Returns
        -------
        n_splits : int
            Number of pairs of a data set to train on and a data set to test on.
        """
        return len(self._pairs(self._checked(groups)["dataset"]))

    def _pairs(self, dataset):
        known = np.unique(dataset.to_numpy().astype(object)).tolist()
        for side in ("train", "test"):
            name = getattr(self, side)
            if name is not None and name not in known:
                raise ValueError(f"{side} must be one of {known}, got {name!r}.")
        sides = [known if name is None else [name] for name in (self.train, self.test)]
        pairs = [(train, test) for train, test in product(*sides) if train != test]
        if not pairs:
            raise ValueError(
                "CrossDatasetSplit needs a data set to train on and another one to "
                f"test on, got {known}, train={self.train!r}, test={self.test!r}."
            )
        return pairs

    def _folds(self, y, metadata):
        dataset = metadata["dataset"].to_numpy()
        for train, test in self._pairs(metadata["dataset"]):
            sides = (np.flatnonzero(dataset == name) for name in (train, test))
            yield *sides, f"Training on {shown(train)} and testing on {shown(test)}"


def deal(labels, n_items, n_splits, rng):
    """Yield the training and test items of folds of similar size and class shares.

    Items are shuffled within their class and assigned to the folds in turn, so every
    training fold contains each class that has at least two items. `labels` are the
    classes of the items, or None. `rng` is a `numpy.random.RandomState`.
    """
    order = rng.permutation(n_items)
    if labels is not None:
        order = order[np.argsort(labels[order], kind="stable")]
    fold = np.empty(n_items, dtype=int)
    fold[order] = np.arange(n_items) % n_splits
    for number in range(n_splits):
        yield np.flatnonzero(fold != number), np.flatnonzero(fold == number)


def label_of(values):
    """Return the most frequent value, or the smallest of the most frequent values."""
    names, counts = np.unique(values, return_counts=True)
    return names[counts.argmax()]
