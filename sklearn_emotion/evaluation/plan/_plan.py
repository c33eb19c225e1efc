"""What is compared, on which splits, and what tells it from other comparisons."""

import joblib
import numpy as np

from sklearn_emotion._frames import stored
from sklearn_emotion.datasets._bunch import EmotionDataset
from sklearn_emotion.evaluation.plan._about import describe_data, describe_labels
from sklearn_emotion.evaluation.plan._access import (
    LABELS,
    Access,
    accepts_unlabelled,
    check_declared,
    check_mark,
    check_sides,
    move_trials,
    rank,
    warn_of_balance,
)
from sklearn_emotion.evaluation.plan._dummy import dummy_predictions
from sklearn_emotion.evaluation.plan._entries import check_names, make_entries
from sklearn_emotion.evaluation.plan._identity import describe, hash_samples
from sklearn_emotion.evaluation.plan._protocols import (
    make_protocol,
    make_splits,
    title_of,
)
from sklearn_emotion.evaluation.plan._targets import (
    Task,
    classes_of,
    scores_of,
    targets_of,
)
from sklearn_emotion.evaluation.plan._trials import check_unit, first_windows, trials_of
from sklearn_emotion.model_selection._leakage import audit, worst_level
from sklearn_emotion.model_selection._metadata import LEVELS, check_metadata
from sklearn_emotion.model_selection._nested import (
    inner_level,
    levels_to_keep,
    warn_of_inner_leaks,
)
from sklearn_emotion.model_selection._target_access import (
    target_access as target_access_of,
)


def check_dataset(dataset):
    """Check that a data set is an EmotionDataset."""
    if not isinstance(dataset, EmotionDataset):
        raise ValueError(
            f"dataset must be an EmotionDataset, got {type(dataset).__name__}: "
            "EmotionDataset(data={'eeg': X}, metadata=table, sfreq={'eeg': 128.0}), "
            "with a column 'subject' in the table."
        )


class Plan:
    """Everything about a comparison that is known before a fold is fitted.

    The parameters have the meaning that they have in :func:`compare`.

    Attributes
    ----------
    data, metadata : Modalities and pandas.DataFrame
        The data set.
    entries : dict of str to Entry
        The estimators, and what each of them gets.
    target, protocol : str
        Names for tables. The protocol is named with its number of folds.
    title : str
        Short name of the protocol for progress bars.
    task : Task
        Targets, and how predictions are scored.
    scores : tuple of str
        Names of the scores to keep.
    splits : list of (train, test)
        Positions of the training and test samples of each fold.
    leaks : list of str
        Worst level that the two sides of each fold share.
    access : Access
        What the comparison gives the estimators of the test subjects.
    unit : {"window", "trial"}
        What is scored.
    labels : str
        How classes are made from ratings, as `describe_labels` names it.
    random_state : int or None
        Seed.
    about : dict of str to str
        Facts about the data by name, for the page of the results.
    """

    def __init__(
        self,
        estimators,
        dataset,
        target,
        protocol,
        *,
        task="classification",
        threshold=5.0,
        side=">",
        pos_label=None,
        scoring=None,
        n_splits=6,
        random_state=0,
        target_access=None,
        unit="window",
    ):
        if task not in ("classification", "regression"):
            raise ValueError(
                f"task must be 'classification' or 'regression', got {task!r}."
            )
        check_unit(unit)
        check_names(estimators, random_state)
        check_dataset(dataset)
        # An Access may also reserve trials that are neither moved nor scored.
        is_access = isinstance(target_access, Access)
        self.access = target_access if is_access else Access.parse(target_access)
        self.unit = unit
        self.random_state = None if random_state is None else int(random_state)
        self.data = dataset.data
        self.metadata = check_metadata(
            dataset.metadata, ["subject"], "compare", len(self.data)
        )
        self.target = target if isinstance(target, str) else "given targets"
        y = targets_of(dataset, target, task, threshold, side)
        self.about = describe_data(
            dataset, target, task=task, threshold=threshold, side=side
        )
        self.entries = make_entries(estimators, dataset, task, random_state)
        classes = classes_of(y, task, self.target, pos_label)
        self.labels = describe_labels(dataset, target, task=task, threshold=threshold)
        self._levels = {
            name: target_access_of(entry.estimator)
            for name, entry in self.entries.items()
        }
        self.scores, scorers = scores_of(scoring, task)
        if scorers and unit == "trial":
            raise ValueError(
                "scoring must be None or a list of names if unit='trial', because "
                "scorers of scikit-learn score the predictions of windows."
            )
        # Splitters take floats for ratings, so that classes are given as integers.
        coded = classes is not None and y.dtype.kind == "f"
        labels = np.searchsorted(classes, y) if coded else y
        self.protocol, cv = make_protocol(
            protocol, labels, n_splits=n_splits, random_state=random_state
        )
        self.title = title_of(protocol, self.protocol)
        self.splits, self.leaks = make_splits(
            cv, self.protocol, self.data, labels, self.metadata
        )
        subject = self.metadata["subject"].to_numpy()
        # Splits inside an estimator keep the same groups together, whatever trials of
        # the test subjects are moved to the training samples.
        level = inner_level(self.leaks, self.metadata)
        self._give_access(subject, y, classes)
        trial, counted = None, slice(None)
        if unit == "trial":
            trial = trials_of(self.metadata, y, self.splits)
            counted = first_windows(trial)
        self.task = Task(
            y,
            subject,
            classes,
            pos_label,
            scorers,
            dummy=dummy_predictions(y, subject, self.splits, classes, counted),
            groups=self.metadata[level].to_numpy(),
            metadata=self.metadata[[c for c in LEVELS if c in self.metadata]],
            trial=trial,
            gives_unlabelled=self.access.level == "unlabelled",
        )
        self._check_inner_splits(levels_to_keep(level))
        # All comparisons of a calibration curve score the same samples, so one warns.
        if classes is not None and self.access.n_trials == self.access.n_reserved:
            using = [name for name in self.entries if self._uses_test_samples(name)]
            warn_of_balance(using, self.splits, subject, y)

    def _give_access(self, subject, y, classes):
        """Give the folds what the access states, and check that it can be given."""
        access = self.access
        if access.level is not None:
            check_sides(self.splits, subject, f"target_access={str(access)!r}")
        if access.level in ("none", "rest"):
            check_declared(self.entries, access.level)
        if access.level == "unlabelled" and classes is not None:
            check_mark(classes)
        if access.level == LABELS:
            labels = None if classes is None else y
            self.splits = move_trials(
                self.splits, access, labels, self.metadata, self.random_state
            )
            parts = audit(self.splits, self.metadata).groupby("fold")
            self.leaks = [worst_level(part) for _, part in parts]

    def _uses_test_samples(self, name):
        estimator = self.entries[name].estimator
        given = self.access.level == "unlabelled" and accepts_unlabelled(estimator)
        return given or self._levels[name] == "unlabelled"

    def target_access(self, name, fold):
        """Return what an estimator uses of the test subjects of a fold."""
        train, test = self.splits[fold]
        levels = [self._levels[name]]
        if self._uses_test_samples(name):
            levels.append("unlabelled")
        if np.isin(self.task.subject[test], self.task.subject[train]).any():
            levels.append(str(self.access) if self.access.n_trials else LABELS)
        return max(levels, key=rank)

    def _check_inner_splits(self, levels):
        """Warn of inner splits that leak, with the training samples of one fold."""
        train = self.splits[0][0]
        for name, entry in self.entries.items():
            warn_of_inner_leaks(
                name,
                entry.estimator,
                lambda name=name: self.select(name)[train],
                self.task.y[train],
                self.task.groups[train],
                self.task.metadata.iloc[train],
                levels,
            )

    def pairs(self):
        """Return the name of an estimator and the number of a fold for all folds."""
        # Fold by fold, so that the remaining time is estimated from all estimators.
        return [(name, k) for k in range(len(self.splits)) for name in self.entries]

    def select(self, name):
        """Return all samples as an estimator gets them."""
        return self.entries[name].select(self.data, self.metadata)

    def facts(self, name, fold):
        """Return the columns of the results that are known before a fold is fitted."""
        train, test = self.splits[fold]
        subjects = np.unique(self.task.subject[test])
        return {
            "estimator": name,
            "protocol": self.protocol,
            "fold": fold,
            "test_subjects": " ".join(map(str, subjects.tolist())),
            "target": self.target,
            "modalities": "+".join(self.entries[name].modalities),
            "labels": self.labels,
            "leak": self.leaks[fold],
            "target_access": self.target_access(name, fold),
            "n_train": self.task.count(train),
            "n_test": self.task.count(test),
            "random_state": self.random_state,
        }

    def identity(self):
        """Return hashes and settings that tell this comparison from others."""
        shapes = {k: f"{v.shape} {v.dtype}" for k, v in stored(self.data).items()}
        content = [hash_samples(self.data), self.task.y, self.task.subject.tolist()]
        others = {}
        if self.access.changes_folds:
            others["target_access"] = str(self.access)
        if self.unit != "window":
            others["unit"] = self.unit
        return others | {
            "data": f"{shapes} {joblib.hash(content)}",
            "target": self.target,
            "task": self.task.kind,
            "classes": str(getattr(self.task.classes, "tolist", list)()),
            "pos_label": str(self.task.pos_label),
            "protocol": self.protocol,
            "splits": joblib.hash([list(map(np.asarray, s)) for s in self.splits]),
            "n_folds": str(len(self.splits)),
            "dummy": joblib.hash(self.task.dummy),
            "scorers": str({k: describe(v) for k, v in self.task.scorers.items()}),
            "random_state": str(self.random_state),
        }

    def descriptions(self):
        """Return each estimator and its modalities as text."""
        return {
            name: f"{describe(entry.described())} on {entry.modalities}"
            for name, entry in self.entries.items()
        }
