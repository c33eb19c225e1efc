"""Samples of a fit: which of them train or validate the network, and their weights."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from skorch.dataset import Dataset
from skorch.utils import data_from_dataset
from torch.utils.data import Subset

from sklearn_emotion._base import check_sample_weight
from sklearn_emotion._frames import UnreadFrames, stored
from sklearn_emotion._validation import is_mapping
from sklearn_emotion.model_selection._leakage import takes_groups


@dataclass(slots=True)
class Samples:
    """Checked samples of a fit.

    Parameters
    ----------
    X : array-like or mapping of str to array-like
        Samples, as the user passes them.
    arrays : dict of str to ndarray
        Inputs of the network, which are not scaled.
    y : ndarray
        Targets. A sample without a label has the target of another sample.
    has_label : ndarray of bool of shape (n_samples,)
        Whether the user passes a label of the sample.
    groups : ndarray of shape (n_samples,) or None
        Groups for splits of the training data.
    weights : ndarray of float64 of shape (n_samples,) or None
        Weights in the loss.
    domains : ndarray of shape (n_samples,) or None
        Subjects for a domain loss.
    """

    X: object
    arrays: dict
    y: np.ndarray
    has_label: np.ndarray
    groups: np.ndarray | None
    weights: np.ndarray | None
    domains: np.ndarray | None

    def select(self, rows):
        """Return some of the samples."""
        values = [getattr(self, field.name) for field in fields(self)]
        return Samples(*(x if x is None else select_rows(x, rows) for x in values))


def checked_weights(sample_weight, X):
    """Return the weights of the samples of an array X as float64, or None."""
    if sample_weight is None:
        return None
    weights = check_sample_weight(sample_weight, X, dtype=np.float64)
    if not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise ValueError(
            "sample_weight must contain finite numbers of at least 0, and one or more "
            f"above 0, got values from {weights.min()} to {weights.max()}."
        )
    return weights


def relative_weights(weights):
    """Return weights with a mean of one as float32, or None if all are the same."""
    if weights is None or (weights == weights[0]).all():
        return None
    return (weights / weights.mean()).astype(np.float32)


def select_rows(X, rows):
    """Return some samples of an array-like, or of each entry of a mapping."""
    if is_mapping(X):
        return {key: _rows_of(x, rows) for key, x in stored(X).items()}
    return _rows_of(X, rows)


def _rows_of(x, rows):
    return x[rows] if isinstance(x, UnreadFrames) else np.asarray(x)[rows]


def split_by(split, arrays, y, groups):
    """Apply a split of skorch's net, such as ``ValidSplit(5)``.

    Parameters
    ----------
    split : callable
        ``split(dataset, y)`` returns two data sets. It also gets ``groups`` if it has
        this argument, or if its splitter ``cv`` uses groups.
    arrays : dict of str to ndarray
        Training samples.
    y : ndarray
        Their targets, as the user passes them.
    groups : ndarray or None
        Their groups.

    Returns
    -------
    train : ndarray of int
        Positions of the samples that train the network.
    valid : ndarray of int, (X, y) or None
        Positions of the samples that validate it, or other samples and their targets.
    """
    if not callable(split):
        raise TypeError(
            'net_params["train_split"] must be a callable, such as ValidSplit(5) or '
            f"predefined_split(dataset) of skorch, got {split!r}."
        )
    whole = Dataset(arrays, y)
    if hasattr(split, "cv"):
        wants_groups = takes_groups(split.cv)
    else:
        wants_groups = "groups" in inspect.signature(split).parameters
    options = {"groups": groups} if wants_groups else {}
    train, valid = split(whole, y, **options)
    rows = _positions(train, whole)
    if rows is None:
        raise ValueError(
            'net_params["train_split"] must return a part of the data set that it gets '
            f"as the training part, got {type(train).__name__}."
        )
    if valid is not None:
        held_out = _positions(valid, whole)
        valid = _contents(valid) if held_out is None else held_out
    return rows, valid


def _positions(part, whole):
    """Return the positions of a part of a data set, or None if it is another one."""
    if part is whole:
        return np.arange(len(whole))
    if not isinstance(part, Subset):
        return None
    positions = _positions(part.dataset, whole)
    return None if positions is None else positions[np.asarray(part.indices)]


def _contents(dataset):
    """Return X and y of a data set of skorch or PyTorch as arrays."""
    try:
        X, y = data_from_dataset(dataset)
    except AttributeError:
        X, y = zip(*(dataset[i] for i in range(len(dataset))))
        if isinstance(X[0], Mapping):
            X = {key: np.stack([x[key] for x in X]) for key in X[0]}
    if is_mapping(X):
        return {key: np.asarray(x) for key, x in X.items()}, np.asarray(y)
    return np.asarray(X), np.asarray(y)


def join(first, second):
    """Return the samples of two arrays. Pixels of only one of them may be bytes."""
    if first.dtype != second.dtype:
        first, second = (
            np.asarray(x) / np.float32(255) if x.dtype == np.uint8 else x
            for x in (first, second)
        )
    return np.concatenate([first, second])


def check_takes_weights(criterion, owner):
    """Check that a loss, and the loss of the outputs inside it, takes weights."""
    for loss in (criterion, getattr(criterion, "loss", criterion)):
        if "sample_weight" not in inspect.signature(loss.forward).parameters:
            kind = loss if isinstance(loss, type) else type(loss)
            raise ValueError(
                f"{owner} cannot weight samples: the forward of its loss "
                f"{kind.__name__} has no argument sample_weight. Call fit without "
                "sample_weight, or use a loss that takes it."
            )
