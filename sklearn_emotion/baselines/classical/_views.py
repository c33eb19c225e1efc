"""Views of samples: their columns, and checks whose messages name them."""

from collections.abc import Mapping

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.utils import assert_all_finite

from sklearn_emotion._base import validate_data
from sklearn_emotion._missing import with_gaps
from sklearn_emotion._validation import (
    check_container,
    check_shape,
    is_mapping,
    require_keys,
)


def check_views(views, owner, allow_nan=False):
    """Check that views have columns, finite values and the same number of samples.

    With `allow_nan`, values may also be NaN.
    """
    sizes = {name: len(x) for name, x in views.items()}
    if len(set(sizes.values())) > 1:
        raise ValueError(
            f"All views of {owner} must have the same n_samples, got {sizes}."
        )
    for name, x in views.items():
        if x.shape[1] == 0:
            raise ValueError(
                f"View {name!r} of {owner} has no columns: leave it out or add columns."
            )
        if x.dtype.kind == "f":
            assert_all_finite(
                x,
                input_name=f"view {name!r}",
                estimator_name=owner,
                allow_nan=allow_nan,
            )


def view_columns(views, n_columns, names):
    """Return a slice, a mask or the positions of the columns of each view in a table.

    `views` contains slices, boolean masks, or lists of positions or names. `names` are
    the names of the `n_columns` columns, or None.
    """
    if not views:
        raise ValueError(
            "views must name at least one view, got {}. List its columns, or leave "
            "views=None."
        )
    return {
        name: _positions(name, index, n_columns, names) for name, index in views.items()
    }


def _positions(view, index, n_columns, names):
    if isinstance(index, slice):
        return index
    columns = np.asarray(index)
    if columns.ndim != 1:
        raise ValueError(
            f"View {view!r} must be a slice, a boolean mask, or a list of positions or "
            f"names of columns, got {index!r}. Pass one column as a list: [{index!r}]."
        )
    if columns.dtype.kind == "b":
        if len(columns) != n_columns:
            raise ValueError(
                f"View {view!r} is a mask of {len(columns)} columns, but X has "
                f"{n_columns}."
            )
        return columns
    if columns.dtype.kind in "UO":
        return _positions_of_names(view, list(index), names)
    if columns.dtype.kind not in "iu" and columns.size:
        raise ValueError(
            f"View {view!r} must list whole numbers or names of columns, got {index!r}."
        )
    absent = [int(i) for i in columns if not -n_columns <= i < n_columns]
    if absent:
        raise ValueError(
            f"View {view!r} asks for the columns {absent}, but X is a table of "
            f"{n_columns} columns."
        )
    return columns.astype(int)


def _positions_of_names(view, wanted, names):
    if names is None:
        raise ValueError(
            f"View {view!r} names the columns {wanted}, but the columns of X have no "
            "names: pass a DataFrame or positions."
        )
    position = {name: i for i, name in enumerate(names)}
    absent = [name for name in wanted if name not in position]
    if absent:
        raise ValueError(
            f"View {view!r} asks for the columns {absent}, which X does not have: "
            f"{list(names)}."
        )
    return np.array([position[name] for name in wanted])


class _Reader(BaseEstimator):
    """Base of an estimator on views, which may be missing in some samples."""

    # Value of a parameter that models stored by earlier versions do not have.
    missing = "error"

    @property
    def _allow_nan(self):
        return self.missing == "mask"

    def _with_gaps(self, X, names, shapes):
        """Return X with NaN in place of views that samples lack, if they may.

        `shapes` contains the shape of one sample of each view, or is None in `fit`.
        """
        if not self._allow_nan:
            return X
        X = dict(X.items())
        for name in set(names) & set(X):
            x = np.asarray(X[name])
            # Bytes cannot be NaN.
            X[name] = x.astype(np.float32) if x.dtype == np.uint8 else x
        return with_gaps(X, names, type(self).__name__, shapes)

    def _validated(self, X, *, reset, **options):
        finite = "allow-nan" if self._allow_nan else True
        return validate_data(self, X, reset=reset, ensure_all_finite=finite, **options)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self._allow_nan
        return tags


class ViewReader(_Reader):
    """Base of an estimator on modalities, or on a table with views.

    A subclass has a parameter `views` and sets ``view_names_`` in `fit`.
    """

    def _tables(self, X, *, reset):
        """Return float64 arrays (n_samples, n_features) by name of the view."""
        owner = type(self).__name__
        has_modalities = isinstance(X, Mapping) and not issparse(X)
        if reset:
            self._on_modalities = has_modalities
        elif self._on_modalities != has_modalities:
            got = list(X) if has_modalities else f"an array of shape {np.shape(X)}"
            raise ValueError(f"{owner} was fitted on {self._fitted_on()}, got {got}.")
        check_container(X, owner)
        if has_modalities:
            return self._modalities(X, reset=reset)
        X = self._validated(X, reset=reset, dtype=np.float64)
        if reset:
            views = {"x": slice(None)} if self.views is None else self.views
            names = getattr(self, "feature_names_in_", None)
            self._columns = view_columns(views, X.shape[1], names)
        tables = {name: X[:, index] for name, index in self._columns.items()}
        tables = self._with_gaps(tables, list(tables), None if reset else {})
        check_views(tables, owner, self._allow_nan)
        return tables

    def _fitted_on(self):
        if self._on_modalities:
            return f"the modalities {self.view_names_}"
        return f"a table of {self.n_features_in_} columns"

    def _modalities(self, X, *, reset):
        owner = type(self).__name__
        if self.views is not None:
            raise ValueError(
                "views names columns of a table, but X contains modalities, which "
                "are views already: leave views=None."
            )
        if reset:
            names = [key for key, x in X.items() if np.ndim(x) > 1]
            X = self._with_gaps(X, names, None)
        else:
            shapes = {key: (width,) for key, width in self._widths.items()}
            X = self._with_gaps(X, self.view_names_, shapes)
        tables = {key: np.asarray(x) for key, x in X.items() if np.ndim(x) > 1}
        if not tables:
            shapes = {key: np.shape(x) for key, x in X.items()}
            raise ValueError(
                f"{owner} found no view of shape (n_samples, n_features) in X, got "
                f"{shapes}. Reshape your data to two axes."
            )
        if not reset and set(self.view_names_) - set(tables):
            raise ValueError(
                f"{owner} was fitted on {self._fitted_on()}, got {list(tables)}."
            )
        if not reset:
            tables = {key: tables[key] for key in self.view_names_}
        for key, x in tables.items():
            check_shape(x, ("n_samples", "n_features"), f"X[{key!r}]")
        check_views(tables, owner, self._allow_nan)
        widths = {key: x.shape[1] for key, x in tables.items()}
        if reset:
            self._widths = widths
        elif widths != self._widths:
            raise ValueError(
                f"Views have {widths} columns, but {owner} was fitted on "
                f"{self._widths}."
            )
        stacked = np.hstack(list(tables.values()))
        stacked = self._validated(stacked, reset=reset, dtype=np.float64)
        ends = np.cumsum(list(widths.values()))[:-1]
        return dict(zip(tables, np.split(stacked, ends, axis=1)))


class ModalityReader(_Reader):
    """Base of an estimator on two or more modalities of any shape.

    A subclass has a parameter `modalities`.
    """

    def _names(self, X):
        owner = type(self).__name__
        check_container(X, owner)
        if self.modalities is not None:
            names = list(self.modalities)
        elif isinstance(X, Mapping):
            names = [name for name, x in X.items() if np.ndim(x) >= 2]
        else:
            raise ValueError(
                f"{owner} needs two or more modalities, got an array of shape "
                f"{np.shape(X)}. Pass Modalities(eeg=..., ecg=...)."
            )
        if len(names) < 2 or len(set(names)) < len(names):
            raise ValueError(
                f"{owner} needs two or more different modalities, got {names}."
            )
        return names

    def _views(self, X, *, reset):
        """Return the modalities as float32 arrays (n_samples, n_features)."""
        owner = type(self).__name__
        if reset:
            self.modalities_ = self._names(X)
        if is_mapping(X):
            shapes = None if reset else self._shapes
            X = self._with_gaps(X, self.modalities_, shapes)
        require_keys(X, self.modalities_, owner)
        views = [np.asarray(X[name]) for name in self.modalities_]
        flat = {name: x.shape for name, x in zip(self.modalities_, views) if x.ndim < 2}
        if flat:
            raise ValueError(
                "Expected modalities of shape (n_samples, ...) with two or more "
                f"dimensions, got {flat}. Reshape your data: a single sample becomes a "
                "batch by X[np.newaxis]."
            )
        shapes = {name: x.shape[1:] for name, x in zip(self.modalities_, views)}
        if reset:
            self._shapes = shapes
        elif shapes != self._shapes:
            raise ValueError(
                f"Samples have the shapes {shapes}, but {owner} was fitted on "
                f"{self._shapes}."
            )
        views = [x.reshape(len(x), int(np.prod(x.shape[1:]))) for x in views]
        check_views(dict(zip(self.modalities_, views)), owner, self._allow_nan)
        stacked = self._validated(
            np.hstack(views), reset=reset, dtype=np.float32, ensure_min_samples=1
        )
        if reset and len(stacked) < 2:
            raise ValueError(f"{owner} needs at least two samples, got n_samples = 1.")
        return np.split(stacked, np.cumsum([x.shape[1] for x in views])[:-1], axis=1)
