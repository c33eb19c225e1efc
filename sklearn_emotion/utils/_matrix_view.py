"""A view of an estimator that takes a matrix, for the checks of scikit-learn."""

from collections.abc import Mapping
from functools import wraps
from math import prod

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, clone

from sklearn_emotion._base import validate_data
from sklearn_emotion.modalities import Modalities

#: Methods whose first argument is X.
_METHODS = {
    "decision_function",
    "fit",
    "fit_predict",
    "fit_transform",
    "predict",
    "predict_log_proba",
    "predict_proba",
    "score",
    "transform",
}


class MatrixView(BaseEstimator):
    """Estimator that takes a matrix and passes it on in its native form.

    The checks of scikit-learn create matrices of shape (n_samples, n_features). This
    class turns a matrix into the input that an estimator is made for, and output of
    more than two axes into a matrix. The view checks the number and the names of the
    columns, which only the matrix has. All other checks are left to the estimator:
    NaN, complex numbers, objects, sparse arrays and arrays of one dimension reach it
    unchanged. Parameters, tags and fitted attributes are those of the estimator.

    Parameters
    ----------
    estimator : estimator
        Estimator to view. `fit` fits this object itself.

    native : ndarray, Modalities, dict of str to ndarray, or callable
        An example of the input, or a function that makes the input of a matrix of
        numbers. Of an example, the shape of a sample is used. Each position of a sample
        gets the value of one column, always the same. All columns have equally many
        positions, up to one, which are spread at random over the arrays. Entries with
        one dimension, such as ``subject``, are taken from the example and repeated.

    poor_score : bool, default=False
        Whether the checks must not ask for a minimal score, because the estimator
        cannot learn scikit-learn's data. For example, values that are placed at random
        make no image, and a network learns little in one epoch.

    See Also
    --------
    check_estimator : Runs scikit-learn's checks on this view of an estimator.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import DifferentialEntropy
    >>> from sklearn_emotion.utils import MatrixView
    >>> view = MatrixView(DifferentialEntropy(), np.zeros((1, 4, 128)))
    >>> view.fit_transform(np.random.default_rng(0).normal(size=(6, 3))).shape
    (6, 32)
    """

    def __init__(self, estimator, native, *, poor_score=False):
        self.estimator = estimator
        self.native = native
        self.poor_score = poor_score

    def __getattr__(self, name):
        # A matrix of outputs has lost the axes that an inverse would need.
        absent = ("estimator", "native", "poor_score", "inverse_transform")
        if name.startswith("__") or name in absent:
            raise AttributeError(f"MatrixView has no attribute {name!r}.")
        value = getattr(self.estimator, name)
        return self._on_matrices(value) if name in _METHODS else value

    def _on_matrices(self, method):
        @wraps(method)
        def called(X, *args, **kwargs):
            if issparse(X) or np.asarray(X).ndim == 2:
                learns = method.__name__.startswith("fit")
                validate_data(self, X, reset=learns, skip_check_array=True)
            out = method(self._native(X), *args, **kwargs)
            return self if out is self.estimator else _matrix(out)

        return called

    def _native(self, X):
        """Return the native input of a matrix, or of what should have been one."""
        array = X if issparse(X) else np.asarray(X)
        if array.ndim == 2 and array.shape[1] == 0:
            raise ValueError(
                f"Found array with 0 feature(s) (shape={array.shape}) while a minimum "
                "of 1 is required."
            )
        if issparse(X) or array.ndim != 2:
            return self._everywhere(array)
        if callable(self.native):
            native = self._made(array)
        else:
            native = _spread(array, self.native)
        if not isinstance(native, Mapping):
            return _like(native, X)
        return Modalities(**{k: _like(x, X) for k, x in native.items()})

    def _made(self, X):
        with np.errstate(all="ignore"):
            if X.dtype != object:
                return self.native(X)
            try:
                made = self.native(X.astype(float))
            except (TypeError, ValueError):
                return _spread(X, self.native(np.zeros(X.shape)))
        if not isinstance(made, Mapping):
            return made.astype(object)
        return {k: x.astype(object) if x.ndim > 1 else x for k, x in made.items()}

    def _everywhere(self, X):
        """Return an input in which X takes the place of each array."""
        native = self.native
        if callable(native):
            native = native(np.zeros((1, 1)))
        if not isinstance(native, Mapping):
            return X
        return {
            key: np.resize(x, X.shape[0]) if np.ndim(x) == 1 else X
            for key, x in native.items()
        }

    def get_params(self, deep=True):
        """Return the parameters of the estimator.

        Parameters
        ----------
        deep : bool, default=True
            Whether to return the parameters of nested estimators too.

        Returns
        -------
        params : dict
            Parameter names mapped to their values.
        """
        return self.estimator.get_params(deep=deep)

    def set_params(self, **params):
        """Set parameters of the estimator.

        Parameters
        ----------
        **params : dict
            Parameter names mapped to their values.

        Returns
        -------
        self : object
            This instance.
        """
        self.estimator.set_params(**params)
        return self

    def __sklearn_clone__(self):
        options = {"poor_score": self.poor_score}
        return type(self)(clone(self.estimator), self.native, **options)

    def __sklearn_tags__(self):
        tags = self.estimator.__sklearn_tags__()
        tags.input_tags.two_d_array = True
        for kind in (tags.classifier_tags, tags.regressor_tags):
            if kind is not None and self.poor_score:
                kind.poor_score = True
        return tags

    def __repr__(self, N_CHAR_MAX=700):
        return f"MatrixView({self.estimator!r})"


def _spread(X, example):
    """Return samples with the shapes of an example and the values of a matrix."""
    arrays = example if isinstance(example, Mapping) else {"X": example}
    shapes = {key: np.shape(x)[1:] for key, x in arrays.items() if np.ndim(x) > 1}
    ends = np.cumsum([prod(shape) for shape in shapes.values()])
    columns = np.random.default_rng(0).permutation(ends[-1]) % X.shape[1]
    parts = dict(zip(shapes, np.split(columns, ends[:-1])))
    native = {
        key: X[:, parts[key].reshape(shapes[key])]
        if key in parts
        else np.resize(x, len(X))
        for key, x in arrays.items()
    }
    return native if isinstance(example, Mapping) else native["X"]


def _like(native, X):
    """Return a native array in the memory layout, or the container, of a matrix."""
    if isinstance(X, list):
        return native.tolist()
    if not hasattr(X, "shape"):
        return type(X)(native)
    flags = getattr(X, "flags", None)
    if isinstance(flags, type(native.flags)):
        if flags.f_contiguous and not flags.c_contiguous:
            native = np.asfortranarray(native)
        native.flags.writeable = flags.writeable
    return native


def _matrix(out):
    if isinstance(out, Mapping):
        parts = [x.reshape(len(x), -1) for x in out.values() if x.ndim > 1]
        return np.hstack(parts)
    return out.reshape(len(out), -1) if getattr(out, "ndim", 0) > 2 else out
