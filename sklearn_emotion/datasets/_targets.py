"""Labels and ratings of samples, made from a column of the metadata."""

from numbers import Number

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype, is_object_dtype

from sklearn_emotion._validation import warn_user
from sklearn_emotion.datasets._thresholds import (
    check_threshold,
    cut_ratings,
    is_several,
    warn_of_threshold,
)


def make_target(metadata, name, threshold, side):
    """Return what :meth:`EmotionDataset.target` returns, which has these parameters."""
    if side not in (">", ">="):
        raise ValueError(f"side must be '>' or '>=', got {side!r}.")
    if name == "quadrant" and name not in metadata:
        return _quadrants(metadata, threshold, side)
    check_threshold(threshold)
    column = inferred(read_column(metadata, name, "target"))
    missing = int(column.isna().sum())
    if missing:
        raise ValueError(
            f"{missing} of {len(column)} samples have no {name!r}; drop them "
            f"first: dataset.select(dataset.metadata[{name!r}].notna())."
        )
    if is_bool_dtype(column):
        return column.to_numpy(dtype=np.int64)
    if not is_numeric_dtype(column):
        return _labels(column)
    ratings = column.to_numpy(dtype=np.float64, copy=True)
    check_ratings(ratings, name)
    if threshold is None:
        return ratings
    if is_several(threshold):
        return cut_ratings(ratings, threshold, side, name)
    limit = threshold
    if threshold == "median":
        limit = np.median(ratings)
    elif threshold == "subject-median":
        subjects = read_column(metadata, "subject", "level").to_numpy()
        limit = column.astype(np.float64).groupby(subjects).transform("median")
        limit = limit.to_numpy()
    high = ratings > limit if side == ">" else ratings >= limit
    warn_of_threshold(column, high, threshold)
    return high.astype(np.int64)


def _quadrants(metadata, threshold, side):
    """Return the quadrant of valence and arousal of each sample."""
    if threshold is None:
        raise ValueError(
            "target 'quadrant' is a class and has no ratings; use 'valence' or "
            "'arousal'."
        )
    if is_several(threshold):
        raise ValueError(
            "target 'quadrant' needs one threshold for valence and arousal, got "
            f"{threshold!r}."
        )
    high_valence, high_arousal = (
        make_target(metadata, name, threshold, side) for name in ("valence", "arousal")
    )
    names = np.array([["LVLA", "LVHA"], ["HVLA", "HVHA"]])
    return names[high_valence, high_arousal]


def _labels(column):
    """Return the labels in a column of texts or categories."""
    labels = np.array(column)  # categories keep their dtype
    if labels.dtype.kind in "iuf":
        return labels
    labels = labels.astype(str)
    if not isinstance(column.dtype, pd.CategoricalDtype):
        warn_of_numbers_as_text(labels, column.name)
    return labels


def read_column(metadata, name, what):
    """Return a column of the metadata. `what` says what it is for, in the error."""
    if name not in metadata:
        raise ValueError(
            f"{what} {name!r} is not known for this data set; the columns of its "
            f"metadata are {list(metadata.columns)}."
        )
    return metadata[name]


def inferred(column):
    """Return a column of the metadata with the dtype of its values.

    Tables that are filled row by row have columns of objects. Numbers among them, such
    as decimals, become floats. Raise an error for complex numbers and times, and for
    objects of which only some are numbers, because the others would make every number a
    class of its own.
    """
    column = column.infer_objects()
    if column.dtype.kind in "cmM":
        raise ValueError(
            f"{column.name!r} must contain ratings or labels, got the dtype "
            f"{column.dtype}. Convert it to floats, or to text if it holds labels."
        )
    if not is_object_dtype(column):
        return column
    known = column.dropna()
    are_numbers = known.map(lambda value: isinstance(value, Number))
    if are_numbers.all():
        return column.astype(np.float64)
    if are_numbers.any():
        texts = known[~are_numbers]
        raise ValueError(
            f"{column.name!r} must contain either ratings or labels, but "
            f"{len(texts)} of {len(column)} values are not numbers, such as "
            f"{texts.iloc[0]!r}. Convert all of them with pandas.to_numeric if they "
            "are ratings, or with .astype(str) if they are labels."
        )
    return column


def check_ratings(ratings, name):
    """Check that no rating is infinite."""
    n_infinite = int(np.isinf(ratings).sum())
    if n_infinite:
        raise ValueError(
            f"{n_infinite} of {len(ratings)} ratings {name!r} are infinite. Correct "
            "these ratings, or leave out their samples with dataset.select."
        )


def warn_of_numbers_as_text(labels, name):
    """Warn of labels that are all numbers as text, and so are probably ratings."""
    classes = np.unique(labels)
    try:
        np.char.replace(classes, ",", ".").astype(np.float64)
    except ValueError:
        return
    warn_user(
        f"{name!r} contains numbers as text, such as {str(classes[0])!r}, which are "
        f"taken for {len(classes)} classes. If they are ratings, convert them: "
        f"metadata[{name!r}] = pandas.to_numeric(metadata[{name!r}]). If they are "
        f"classes, metadata[{name!r}].astype('category') silences this warning."
    )
