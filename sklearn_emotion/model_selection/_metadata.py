"""Metadata of the samples, for splitters and reports."""

from collections.abc import Mapping
from numbers import Real

import numpy as np
import pandas as pd
from sklearn.utils.multiclass import type_of_target

#: Levels that training and test may share, the worst first.
LEVELS = ("trial", "subject", "stimulus")
#: Level of the column ``dataset``, if several data sets are joined.
DATA_SET = "data set"
#: Verdicts on a fold, the worst first. "none known" means that a level is unknown.
VERDICTS = (*LEVELS, DATA_SET, "none known", "none")


def check_metadata(metadata, columns, owner, n_samples=None, *, argument="groups"):
    """Return metadata as a DataFrame with rows numbered from 0.

    Parameters
    ----------
    metadata : pandas.DataFrame or mapping of str to array-like
        One row for each sample.
    columns : sequence of str
        Columns that are required, without missing values.
    owner : str
        Name of the function or class that needs them, for the message.
    n_samples : int or None, default=None
        Required number of rows. None accepts any number.
    argument : str, default="groups"
        Name of the parameter of `owner`, for the message.
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
    metadata = with_clear_names(metadata)
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
    for name in columns:
        _check_names(metadata[name], owner)
    return in_native_order(metadata.reset_index(drop=True))


def with_clear_names(table):
    """Return a table in which each name stands for one column.

    Raise an error if two columns have the same name. Levels of the index lose their
    name if a column has it, because pandas could not tell the two apart.
    """
    twice = table.columns[table.columns.duplicated()]
    if len(twice):
        raise ValueError(
            f"metadata has several columns {twice[0]!r}. Rename them, or drop all but "
            "one of them."
        )
    names = [None if name in table else name for name in table.index.names]
    return table if names == list(table.index.names) else table.rename_axis(names)


def in_native_order(table):
    """Return a table whose numbers have the byte order of this machine.

    Arrays from files may have the other order, of which pandas makes no groups.
    """
    swapped = [
        i
        for i, dtype in enumerate(table.dtypes)
        if isinstance(dtype, np.dtype) and not dtype.isnative
    ]
    if swapped:
        table = table.copy()
        for i in swapped:
            values = table.iloc[:, i].to_numpy()
            native = values.astype(values.dtype.newbyteorder("="))
            table.isetitem(i, native)
    return table


def _check_names(column, owner):
    """Check that subjects or trials can be sorted and written to a table."""
    if column.dtype != object:
        return
    are_text = column.map(lambda value: isinstance(value, (str, bytes)))
    are_numbers = column.map(lambda value: isinstance(value, Real))
    if are_text.all() or are_numbers.all():
        return
    example = column[~are_text].iloc[0]
    raise ValueError(
        f"{owner} needs a column {column.name!r} that contains either text or numbers, "
        f"got values such as {shown(example)}. Convert the column: "
        f"metadata[{column.name!r}] = metadata[{column.name!r}].astype(str)."
    )


def is_labels(y):
    """Return whether `y` contains classes rather than ratings.

    scikit-learn treats ratings that are whole numbers as classes. Here, floats with
    more than two values are ratings. Pass all targets, because a few may have two
    values by chance. None contains no classes.
    """
    if y is None or (np.asarray(y).dtype.kind == "f" and len(np.unique(y)) > 2):
        return False
    return type_of_target(y) in ("binary", "multiclass")


def check_classes(y, train, test, name, *, locally=False):
    """Raise a ValueError if training or test is empty, or training lacks a class.

    Parameters
    ----------
    y : array-like or None
        Targets, in which only classes are checked.
    train, test : ndarray of int
        Positions of both sides of the split.
    name : str
        Name of the fold, for the message.
    locally : bool, default=False
        Whether the fold needs only the classes of its own samples, not all classes of
        `y`.
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
    """Return a label or subject as text for a message, such as ``3`` or ``'s03'``."""
    return repr(value.item() if isinstance(value, np.generic) else value)
