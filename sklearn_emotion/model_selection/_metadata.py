"""What is known of each sample, as splitters and reports need it."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from sklearn.utils.multiclass import type_of_target

#: Levels at which both sides of a split may share something, the worst first.
LEVELS = ("trial", "subject", "stimulus")
#: What is said of a fold, the worst first; the last but one where a level is unknown.
VERDICTS = (*LEVELS, "none known", "none")


def check_metadata(metadata, columns, owner, n_samples=None, *, argument="groups"):
    """Return metadata as a DataFrame that has some columns.

    Parameters
    ----------
    metadata : pandas.DataFrame or mapping of str to array-like
        One row a sample.
    columns : sequence of str
        Columns that must be there, without missing values.
    owner : str
        Who needs them, for the message.
    n_samples : int or None, default=None
        Number of rows that there must be.
    argument : str, default="groups"
        By which name `owner` takes them, for the message.

    Returns
    -------
    metadata : pandas.DataFrame
        Rows numbered from 0.

    Raises
    ------
    ValueError
        If it is neither, lacks a column, or has another number of rows.
    """
    if not isinstance(metadata, pd.DataFrame):
        if not isinstance(metadata, Mapping):
            got = "None" if metadata is None else type(metadata).__name__
            which = f"the columns {list(columns)}"
            if not columns:
                which = f"one or more of the columns {list(LEVELS)}"
            raise ValueError(
                f"{owner} needs {argument}=dataset.metadata, a DataFrame with {which}; "
                f"got {got}."
            )
        metadata = pd.DataFrame(dict(metadata))
    missing = [name for name in columns if name not in metadata]
    if missing:
        raise ValueError(
            f"{owner} needs the metadata columns {list(columns)}; missing {missing}, "
            f"got {list(metadata.columns)}."
        )
    unknown = {c: int(metadata[c].isna().sum()) for c in columns}
    unknown = {c: n for c, n in unknown.items() if n}
    if unknown:
        raise ValueError(
            f"{owner} needs every sample's {' and '.join(columns)}; missing values: "
            f"{unknown}."
        )
    if n_samples is not None and len(metadata) != n_samples:
        raise ValueError(
            f"metadata has {len(metadata)} rows, but X has {n_samples} samples."
        )
    return metadata.reset_index(drop=True)


def is_labels(y):
    """Whether y holds classes, rather than ratings.

    Ratings of whole numbers look like classes to scikit-learn; here floats of more
    than two values are ratings.

    Parameters
    ----------
    y : array-like or None
        All targets: those of a few samples may have two values by chance.

    Returns
    -------
    answer : bool
        False for None.
    """
    if y is None or (np.asarray(y).dtype.kind == "f" and len(np.unique(y)) > 2):
        return False
    return type_of_target(y) in ("binary", "multiclass")


def check_classes(y, train, test, name, *, locally=False):
    """Raise if a side of a fold is empty, or the training side lacks a class.

    Parameters
    ----------
    y : array-like or None
        Targets; nothing is checked unless they are classes.
    train, test : ndarray of int
        Positions of both sides.
    name : str
        Which fold it is, for the message.
    locally : bool, default=False
        Whether the classes to look for are those of the fold's own samples, instead
        of all in `y`.

    Raises
    ------
    ValueError
        If a side is empty, or a class does not occur in training.
    """
    for side, index in (("training", train), ("test", test)):
        if len(index) == 0:
            raise ValueError(f"{name}: the {side} side is empty.")
    if not is_labels(y):
        return
    y = np.asarray(y)
    wanted = y[np.concatenate([train, test])] if locally else y
    lacking = sorted(set(np.unique(wanted).tolist()) - set(y[train].tolist()))
    if lacking:
        raise ValueError(
            f"{name}: the training side ({len(train)} samples) lacks the class"
            f"{'es' if len(lacking) > 1 else ''} {', '.join(map(repr, lacking))}."
        )


def shown(value):
    """Return a label or subject as a user wrote it: ``3`` or ``'s03'``."""
    return repr(value.item() if isinstance(value, np.generic) else value)
