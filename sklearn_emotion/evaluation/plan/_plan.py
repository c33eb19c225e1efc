"""What is compared, on which splits, and what tells it from other comparisons."""

import joblib
import numpy as np

from sklearn_emotion.datasets._bunch import EmotionDataset
from sklearn_emotion.evaluation.plan._about import describe_data
from sklearn_emotion.evaluation.plan._dummy import dummy_predictions
from sklearn_emotion.evaluation.plan._entries import check_names, make_entries
from sklearn_emotion.evaluation.plan._identity import describe, hash_samples
from sklearn_emotion.evaluation.plan._protocols import make_protocol, make_splits
from sklearn_emotion.evaluation.plan._targets import (
    Task,
    classes_of,
    scores_of,
    targets_of,
)
from sklearn_emotion.model_selection._metadata import LEVELS, check_metadata
from sklearn_emotion.model_selection._nested import (
    inner_level,
    levels_to_keep,
    warn_of_inner_leaks,
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
    task : Task
        Targets, and how predictions are scored.
    scores : tuple of str
        Names of the scores to keep.
    splits : list of (train, test)
        Positions of the training and test samples of each fold.
    leaks : list of str
        Worst level that the two sides of each fold share.
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
    ):
        if task not in ("classification", "regression"):
            raise ValueError(
                f"task must be 'classification' or 'regression', got {task!r}."
            )
        check_names(estimators, random_state)
        check_dataset(dataset)
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
        self.scores, scorers = scores_of(scoring, task)
        # Splitters take floats for ratings, so that classes are given as integers.
        coded = classes is not None and y.dtype.kind == "f"
        labels = np.searchsorted(classes, y) if coded else y
        self.protocol, cv = make_protocol(
            protocol, labels, n_splits=n_splits, random_state=random_state
        )
        self.splits, self.leaks = make_splits(
            cv, self.protocol, self.data, labels, self.metadata
        )
        subject = self.metadata["subject"].to_numpy()
        self.task = Task(
            y,
            subject,
            classes,
            pos_label,
            scorers,
            dummy=dummy_predictions(y, subject, self.splits, classes),
            groups=self.metadata[inner_level(self.leaks, self.metadata)].to_numpy(),
            metadata=self.metadata[[c for c in LEVELS if c in self.metadata]],
        )
        self.random_state = None if random_state is None else int(random_state)
        self._check_inner_splits()

    def _check_inner_splits(self):
        """Warn of inner splits that leak, with the training samples of one fold."""
        train = self.splits[0][0]
        levels = levels_to_keep(inner_level(self.leaks, self.metadata))
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
        return self.entries[name].select(self.data, self.task.subject)

    def facts(self, name, fold):
        """Return the columns of the results that are known before a fold is fitted."""
        subjects = np.unique(self.task.subject[self.splits[fold][1]])
        return {
            "estimator": name,
            "protocol": self.protocol,
            "fold": fold,
            "test_subjects": " ".join(map(str, subjects.tolist())),
            "target": self.target,
            "modalities": "+".join(self.entries[name].modalities),
            "leak": self.leaks[fold],
            "random_state": self.random_state,
        }

    def identity(self):
        """Return hashes and settings that tell this comparison from others."""
        shapes = {k: f"{v.shape} {v.dtype}" for k, v in self.data.items()}
        content = [hash_samples(self.data), self.task.y, self.task.subject.tolist()]
        return {
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
            name: f"{describe(entry.estimator)} on {entry.modalities}"
            for name, entry in self.entries.items()
        }
