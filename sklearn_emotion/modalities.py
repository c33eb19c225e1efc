"""Several modalities with a common sample axis, as input of scikit-learn's tools."""

from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from math import prod
from types import MappingProxyType
from typing import Any, overload

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from sklearn_emotion._base import (
    ArrayTransformerMixin,
    PartsComposition,
    StrOptions,
    fit_context,
    names_of,
    validate_data,
)
from sklearn_emotion._described import SignalArray as SignalArray, channels_of, rate_of
from sklearn_emotion._docs import fill_doc
from sklearn_emotion._frames import UnreadFrames, select_samples, stored
from sklearn_emotion._names import index_names
from sklearn_emotion._validation import (
    check_container,
    check_numbers,
    is_mapping,
    require_keys,
    reshape_hint,
)

_REMEDY = "drop these samples, or pass allow_nan=True and replace NaN in the next step"

_MODALITIES = """
remainder : {"drop", "passthrough"}
    What to do with the input modalities that are not listed.

X : Modalities or dict of str to ndarray
    Input modalities.

y : array-like of shape (n_samples,)
    Targets, which are passed to the transformers.

X_out : Modalities
    Output modalities.
"""


class Modalities(dict):
    """Arrays of several modalities that have the same samples on their first axis.

    A string as index selects the array of a modality. Any other index selects samples
    in every modality, as cross-validation does. Copies and unions (``X | {...}``) are
    `Modalities` too, and every new array is checked as in the constructor.

    Read more in the :ref:`User Guide <modalities>`.

    Parameters
    ----------
    **arrays : array-like of shape (n_samples, ...)
        One array for each modality. Units and sampling rates may differ. A
        `SignalArray` states the rate and the channels of an array. Arrays with
        one dimension, such as ``subject``, describe the samples. For pandas objects,
        the values are used in their order and the index is ignored.

    Raises
    ------
    ValueError
        If there is no array, or if the arrays differ in ``n_samples``.
    TypeError
        If an array is sparse.

    See Also
    --------
    make_modality_transformer : Apply a transformer to each modality.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import Modalities
    >>> X = Modalities(eeg=np.zeros((6, 32, 128)), ecg=np.zeros((6, 256)))
    >>> len(X), X.shape, X[:2]["eeg"].shape
    (6, (6,), (2, 32, 128))
    """

    # Names of the values of a sample, if the previous step of a pipeline named them.
    _feature_names = None

    def __init__(self, **arrays: "np.typing.ArrayLike") -> None:
        if not arrays:
            raise ValueError("Modalities needs at least one array, such as eeg=...")
        check_container(arrays, "Modalities")
        arrays = {name: _positional(array) for name, array in arrays.items()}
        scalars = [name for name, array in arrays.items() if len(array.shape) == 0]
        if scalars:
            raise ValueError(f"Modalities must be arrays, but {scalars} have no axis.")
        sizes = {name: array.shape[0] for name, array in arrays.items()}
        if len(set(sizes.values())) != 1:
            raise ValueError(
                f"All modalities must have the same n_samples, got {sizes}."
            )
        super().__init__(arrays)

    def __len__(self) -> int:
        return next(iter(super().values())).shape[0]

    def __bool__(self):
        return True

    def __iter__(self):
        # ``dict(X)`` and ``f(**X)`` only call ``__getitem__``, which reads frames, if
        # the class defines its own iterator.
        return super().__iter__()

    @property
    def shape(self) -> tuple[int]:
        """Shape ``(n_samples,)``, for the splitters of scikit-learn."""
        return _Shape([len(self)])

    @property
    def sfreq(self) -> Mapping[str, float]:
        """Sampling rate in Hz of each array that knows it; it cannot be changed."""
        return self._known(rate_of)

    @property
    def ch_names(self) -> Mapping[str, tuple[str, ...]]:
        """Channels of each array that knows their names; it cannot be changed."""
        return self._known(channels_of)

    def _known(self, read):
        known = {name: read(array) for name, array in stored(self).items()}
        known = {name: value for name, value in known.items() if value is not None}
        return MappingProxyType(known)

    @overload
    def __getitem__(self, key: str) -> Any: ...

    @overload
    def __getitem__(self, key: slice | Sequence[int] | np.ndarray) -> "Modalities": ...

    def __getitem__(self, key):
        if isinstance(key, str):
            if key not in self:
                raise KeyError(f"no modality {key!r} among {list(self)}")
            array = super().__getitem__(key)
            if isinstance(array, UnreadFrames):
                array = array.read()
                super().__setitem__(key, array)
            return array
        if isinstance(key, tuple):
            # scikit-learn selects samples by (key, ...).
            if len(key) != 2 or key[1] is not Ellipsis:
                raise IndexError(
                    f"Modalities are indexed by name or by sample, got {key!r}."
                )
            key = key[0]
        if isinstance(key, (int, np.integer)):
            raise IndexError(
                f"One sample of Modalities has no sample axis; use X[{key}:{key + 1}]."
            )
        return type(self)(
            **{name: select_samples(x, key) for name, x in stored(self).items()}
        )

    def get(self, name, default=None):
        """Return the array of a modality, or `default` if there is none.

        Parameters
        ----------
        name : str
            Name of the modality.
        default : object, default=None
            Result for other names.

        Returns
        -------
        array : ndarray of shape (n_samples, ...)
            Array of the modality.
        """
        if name not in self:
            return default
        return self[name]

    def pop(self, name, *default):
        """Remove a modality and return its array, or `default` if there is none.

        Parameters
        ----------
        name : str
            Name of the modality.
        *default : object
            Result for other names, which are an error otherwise.

        Returns
        -------
        array : ndarray of shape (n_samples, ...)
            Array of the modality.
        """
        if name in self:
            self[name]
        return super().pop(name, *default)

    def popitem(self):
        """Remove the last modality.

        Returns
        -------
        name : str
            Name of the modality.
        array : ndarray of shape (n_samples, ...)
            Array of the modality.
        """
        name, array = super().popitem()
        return name, array.read() if isinstance(array, UnreadFrames) else array

    def items(self):
        """Return the names and the arrays of all modalities.

        Returns
        -------
        items : dict_items
            Pairs of a name and an array.
        """
        for name in self:
            self[name]
        return super().items()

    def values(self):
        """Return the arrays of all modalities.

        Returns
        -------
        values : dict_values
            Arrays in the order of the names.
        """
        for name in self:
            self[name]
        return super().values()

    def __setitem__(self, name, array):
        self.update({name: array})

    def update(self, *args, **arrays):
        """Add or replace arrays.

        Parameters
        ----------
        *args : mapping of str to array-like
            At most one mapping, as in :meth:`dict.update`.
        **arrays : array-like of shape (n_samples, ...)
            Further arrays.

        Raises
        ------
        ValueError
            If an array has another ``n_samples``. Then nothing is changed.
        """
        super().update(stored(self | dict(*map(stored, args), **arrays)))
        self._feature_names = None

    def setdefault(self, name, array):
        """Return an array, which is added first if there is none of this name.

        Parameters
        ----------
        name : str
            Name of the modality.
        array : array-like of shape (n_samples, ...)
            Array to add.

        Returns
        -------
        array : ndarray of shape (n_samples, ...)
            Array of the modality.
        """
        if name not in self:
            self[name] = array
        return self[name]

    def __or__(self, other):
        if not isinstance(other, Mapping):
            return NotImplemented
        return type(self)(**{**stored(self), **stored(other)})

    def __ror__(self, other):
        if not isinstance(other, Mapping):
            return NotImplemented
        return type(self)(**{**stored(other), **stored(self)})

    def __ior__(self, other):
        self.update(other)
        return self

    def copy(self):
        """Return `Modalities` with the same arrays, which are not copied.

        Returns
        -------
        X : Modalities
            Copy to which modalities can be added without changing the original.
        """
        out = type(self)(**stored(self))
        out._feature_names = self._feature_names
        return out

    __copy__ = copy

    @classmethod
    def fromkeys(cls, names, array):
        """Return `Modalities` in which each name has the same array.

        Parameters
        ----------
        names : iterable of str
            Names of the modalities.
        array : array-like of shape (n_samples, ...)
            Array of each modality.

        Returns
        -------
        X : Modalities
            One entry per name.
        """
        return cls(**dict.fromkeys(names, array))

    def __array__(self, dtype=None, copy=None):
        raise TypeError(
            f"Modalities {list(self)} are several arrays: choose one, as in "
            f"X[{next(iter(self))!r}], or flatten them with ModalityFlattener()."
        )

    def __repr__(self):
        arrays = ", ".join(f"{k}: {v.shape} {v.dtype}" for k, v in stored(self).items())
        return f"Modalities({arrays})"

    def __reduce__(self):
        # Without names, there is no state, which would change the hash of the data.
        names = self._feature_names
        state = None if names is None else {"_feature_names": names}
        return _rebuild, (dict(self.items()),), state


class _Shape(tuple):
    """Shape of modalities, which says what to do if columns are asked for."""

    def __getitem__(self, axis):
        try:
            return super().__getitem__(axis)
        except IndexError:
            raise IndexError(
                "Modalities have samples, but no columns. Select modalities with "
                "ModalityTransformer instead of ColumnTransformer, or make columns of "
                "them with ModalityFlattener."
            ) from None


def _rebuild(arrays):
    return Modalities(**arrays)


def _positional(array):
    """Return an array that is indexed by position, unlike a DataFrame."""
    if hasattr(array, "to_numpy"):
        return array.to_numpy()
    return array if hasattr(array, "shape") else np.asarray(array)


@fill_doc(_MODALITIES)
class ModalityTransformer(ArrayTransformerMixin, PartsComposition):
    """Apply a transformer to each modality.

    This class does for modalities what :class:`~sklearn.compose.ColumnTransformer` does
    for columns. Each entry computes one output modality from one input modality.
    Several entries may use the same input modality.

    Read more in the :ref:`User Guide <modalities>`.

    Parameters
    ----------
    transformers : list of (str, transformer, str)
        Name of the output modality, transformer, and name of the input modality. The
        string ``"passthrough"`` in place of a transformer copies the input, and
        ``"drop"`` leaves it out.

    %(remainder)s

    Attributes
    ----------
    transformers_ : list of (str, transformer, str)
        Entries of `transformers` with fitted transformers.

    See Also
    --------
    make_modality_transformer : Short form for outputs with the names of their inputs.
    ModalityFlattener : Concatenate modalities for a classical estimator.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import BandPower, DifferentialEntropy
    >>> from sklearn_emotion import Modalities, ModalityTransformer
    >>> X = Modalities(eeg=np.random.default_rng(0).normal(size=(6, 32, 384)))
    >>> ModalityTransformer(
    ...     [("de", DifferentialEntropy(), "eeg"), ("power", BandPower(), "eeg")]
    ... ).fit_transform(X)
    Modalities(de: (6, 6, 4, 32) float32, power: (6, 1, 5, 32) float32)
    """

    _parameter_constraints: dict = {
        "transformers": [list],
        "remainder": [StrOptions({"drop", "passthrough"})],
    }

    _parts = "transformers"

    def __init__(self, transformers, *, remainder="drop"):
        self.transformers = transformers
        self.remainder = remainder

    def _check(self, X):
        entries = self.transformers
        if not all(isinstance(e, tuple) and len(e) == 3 for e in entries):
            raise ValueError(
                "transformers must be a list of (name, transformer, source) tuples, "
                f"got {entries!r}."
            )
        self._validate_names([name for name, _, _ in entries])
        for name, t, _ in entries:
            if isinstance(t, str) and t not in ("passthrough", "drop"):
                raise ValueError(
                    f"{name!r} must be a transformer, 'passthrough' or 'drop', got "
                    f"{t!r}."
                )
        needed = dict.fromkeys(s for _, t, s in entries if not _is_word(t, "drop"))
        require_keys(X, list(needed), "ModalityTransformer")
        return X if isinstance(X, Modalities) else Modalities(**X)

    def _rest(self, X):
        if self.remainder == "drop":
            return {}
        used = {source for _, _, source in self.transformers}
        names = {name for name, t, _ in self.transformers if not _is_word(t, "drop")}
        rest = {key: array for key, array in stored(X).items() if key not in used}
        clash = sorted(names & set(rest))
        if clash:
            raise ValueError(
                f"Outputs {clash} have the names of modalities that pass through. "
                "Rename these outputs."
            )
        return rest

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y=None):
        """Fit each transformer to its modality.

        Parameters
        ----------
        %(X)s
        %(y)s

        Returns
        -------
        self : object
            Fitted transformer.

        Raises
        ------
        ValueError
            If an input modality is missing.
        """
        X = self._begin(X)
        self._rest(X)
        self.transformers_ = [
            (name, t if isinstance(t, str) else _fitted(t, X, y, source), source)
            for name, t, source in self.transformers
        ]
        return self

    def fit_transform(self, X, y=None):
        """Fit each transformer to its modality, and transform the modality.

        Parameters
        ----------
        %(X)s
        %(y)s

        Returns
        -------
        %(X_out)s
        """
        self._validate_params()
        X = self._begin(X)
        rest = self._rest(X)
        fitted, out = [], {}
        for name, t, source in self.transformers:
            if not isinstance(t, str):
                t = clone(t)
                with _naming_modality(source):
                    out[name] = t.fit_transform(X[source], y)
            elif _is_word(t, "passthrough"):
                out[name] = stored(X)[source]
            fitted.append((name, t, source))
        self.transformers_ = fitted
        return Modalities(**out, **rest)

    def transform(self, X):
        """Transform each modality.

        Parameters
        ----------
        %(X)s

        Returns
        -------
        %(X_out)s
        """
        check_is_fitted(self)
        X = self._check(X)
        out = {}
        for name, t, source in self.transformers_:
            if not isinstance(t, str):
                with _naming_modality(source):
                    out[name] = t.transform(X[source])
            elif _is_word(t, "passthrough"):
                out[name] = stored(X)[source]
        return Modalities(**out, **self._rest(X))

    def get_feature_names_out(self, input_features=None):
        """Return a name for each output value, such as ``eeg_w0_theta_Fp1``.

        Parameters
        ----------
        input_features : dict of str to sequence of str, default=None
            Names of the channels of each input modality. If a modality is missing, its
            transformer provides the names. A sequence is also valid if there is only
            one modality, or if it comes from the previous step of a pipeline.

        Returns
        -------
        names : ndarray of str
            Name of the output modality followed by the name of the value, in the order
            of :class:`ModalityFlattener`, which leaves out arrays with one dimension.

        Raises
        ------
        ValueError
            If it is unclear to which modality a sequence belongs.
        AttributeError
            If a transformer has no method ``get_feature_names_out``. The message names
            it.
        """
        check_is_fitted(self)
        given = self._names_by_modality(input_features)
        names = []
        for name, t, source in self._outputs():
            if not isinstance(t, str):
                if not hasattr(t, "get_feature_names_out"):
                    raise AttributeError(
                        f"The transformer of {name!r}, {type(t).__name__}, does not "
                        "name its output: it has no method get_feature_names_out."
                    )
                values = t.get_feature_names_out(given.get(source))
            else:
                values = index_names(self._input_shapes[source])
            names += [f"{name}_{value}" for value in values]
        return np.array(names, dtype=object)

    def _outputs(self):
        # Entries whose output has at least two axes, in the order of the output.
        used = {source for _, _, source in self.transformers}
        rest = [s for s in self._input_shapes if s not in used]
        if self.remainder == "drop":
            rest = []
        entries = [*self.transformers_, *((s, "passthrough", s) for s in rest)]
        return [
            (name, t, source)
            for name, t, source in entries
            if not _is_word(t, "drop")
            and not (_is_word(t, "passthrough") and not self._input_shapes[source])
        ]

    def _names_by_modality(self, names):
        if names is None or isinstance(names, Mapping):
            return names or {}
        sources = list(dict.fromkeys(source for _, _, source in self._outputs()))
        given = {}
        for source in sources:
            prefix = f"{source}_"
            own = [n.removeprefix(prefix) for n in names if n.startswith(prefix)]
            given |= {source: own} if own else {}
        if given:
            return given
        if len(sources) != 1:
            raise ValueError(
                f"input_features may belong to any of {sources}: pass a dict of "
                "modality to the names of its channels."
            )
        return {sources[0]: names}

    def _begin(self, X):
        # Store the names and shapes of the input for get_feature_names_out.
        self._input_names = names_of(X)
        X = self._check(X)
        self._input_shapes = {name: x.shape[1:] for name, x in stored(X).items()}
        return X

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.dict = True
        # The transformers decide about the dtypes of their outputs.
        tags.transformer_tags.preserves_dtype = []
        return tags


def _fitted(transformer, X, y, source):
    with _naming_modality(source):
        return clone(transformer).fit(X[source], y)


@contextmanager
def _naming_modality(source):
    """Add a note with the name of the modality to a ValueError."""
    try:
        yield
    except ValueError as error:
        error.add_note(f"X is the modality {source!r} of the ModalityTransformer.")
        raise


def _is_word(transformer, word):
    return isinstance(transformer, str) and transformer == word


@fill_doc(_MODALITIES)
def make_modality_transformer(*, remainder="drop", **transformers):
    """Build a :class:`ModalityTransformer` whose outputs keep the names of the inputs.

    Parameters
    ----------
    %(remainder)s
    **transformers : transformer, "passthrough" or "drop"
        Transformer of each modality.

    Returns
    -------
    transformer : ModalityTransformer
        Transformer that is not fitted.

    Examples
    --------
    >>> from sklearn_emotion import DifferentialEntropy, HRVSeries
    >>> from sklearn_emotion import make_modality_transformer
    >>> t = make_modality_transformer(eeg=DifferentialEntropy(), ecg=HRVSeries())
    >>> [(name, source) for name, _, source in t.transformers]
    [('eeg', 'eeg'), ('ecg', 'ecg')]
    """
    return ModalityTransformer(
        [(name, transformer, name) for name, transformer in transformers.items()],
        remainder=remainder,
    )


@fill_doc()
class ModalityFlattener(TransformerMixin, BaseEstimator):
    """Flatten modalities, or an array of any shape, to a table.

    The modalities are flattened and concatenated in their order. Arrays with one
    dimension, such as ``subject``, describe the samples and are left out.

    Parameters
    ----------
    allow_nan : bool, default=False
        Whether the input may contain NaN, which a later step of the pipeline has to
        replace, such as :class:`~sklearn.impute.SimpleImputer`.

    Attributes
    ----------
    shapes_ : dict of str to tuple of int
        Shape of one sample of each modality. The name of a single array is ``"x"``.

    n_features_in_ : int
        Number of values of a sample, which is the number of columns of the table.

    feature_names_in_ : ndarray of str of shape (n_features,)
        Names of the columns, if the input is a DataFrame with names.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import Modalities, ModalityFlattener
    >>> X = Modalities(eeg=np.zeros((6, 4, 32)), ecg=np.zeros((6, 34)))
    >>> ModalityFlattener().fit_transform(X).shape
    (6, 162)
    """

    _parameter_constraints: dict = {"allow_nan": ["boolean"]}

    def __init__(self, *, allow_nan=False):
        self.allow_nan = allow_nan

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Store the shape of one sample.

        Parameters
        ----------
        X : Modalities, dict of str to ndarray, or array-like
            Samples of any shape.
        %(y)s

        Returns
        -------
        self : object
            Fitted transformer.

        Raises
        ------
        ValueError
            If an array has one dimension, or contains complex numbers, text, infinity,
            or NaN without `allow_nan`.
        TypeError
            If an array is sparse, or contains objects that are not numbers.
        """
        arrays = self._arrays(X)
        self._input_names = names_of(X)
        self.shapes_ = {name: a.shape[1:] for name, a in arrays.items()}
        validate_data(self, self._columns(X, arrays), reset=True, skip_check_array=True)
        return self

    def transform(self, X):
        """Flatten the samples.

        Parameters
        ----------
        X : Modalities, dict of str to ndarray, or array-like
            Samples with the same shape as in `fit`.

        Returns
        -------
        X_out : ndarray of shape (n_samples, n_features)
            Table of features.

        Raises
        ------
        ValueError
            If the samples have another shape than in `fit`, or as in `fit`.
        TypeError
            As in `fit`.
        """
        check_is_fitted(self)
        arrays = self._arrays(X)
        columns = self._columns(X, arrays)
        if columns is X:
            validate_data(self, X, reset=False, skip_check_array=True)
        shapes = {name: a.shape[1:] for name, a in arrays.items()}
        if shapes != self.shapes_:
            raise ValueError(
                f"Samples have the shapes {shapes}, but ModalityFlattener was fitted "
                f"on {self.shapes_}."
            )
        table = np.hstack([a.reshape(len(a), -1) for a in arrays.values()])
        # Classifiers of scikit-learn would compute sums of float16 in float16.
        return table.astype(np.float32) if table.dtype == np.float16 else table

    def get_feature_names_out(self, input_features=None):
        """Return a name for each column, such as ``eeg_0_31``.

        Parameters
        ----------
        input_features : sequence of str, default=None
            Names of the columns, such as the previous step of a pipeline provides. They
            are returned unchanged.

        Returns
        -------
        names : ndarray of str
            `input_features`, or the modality and the index within a sample.

        Raises
        ------
        ValueError
            If the number of names differs from the number of columns.
        """
        check_is_fitted(self)
        if input_features is None:
            input_features = self._input_names
        if input_features is None:
            input_features = [
                f"{name}_{index}"
                for name, shape in self.shapes_.items()
                for index in index_names(shape)
            ]
        n_columns = sum(prod(shape) for shape in self.shapes_.values())
        if len(input_features) != n_columns:
            raise ValueError(
                f"A sample has {n_columns} values, got {len(input_features)} "
                "input_features."
            )
        return np.array(input_features, dtype=object)

    def _arrays(self, X):
        owner = type(self).__name__
        check_container(X, owner)
        if is_mapping(X):
            arrays = {key: a for key, a in X.items() if np.ndim(a) >= 2}
            if not arrays:
                raise ValueError(
                    f"{owner} found no modality of two or more dimensions among "
                    f"{list(X)}. Reshape your data: a single sample becomes a batch by "
                    "X[np.newaxis]."
                )
        else:
            arrays = {"x": X}
        remedy = None if self.allow_nan else _REMEDY
        arrays = {k: check_numbers(a, k, owner, remedy) for k, a in arrays.items()}
        for key, a in arrays.items():
            if a.ndim < 2:
                raise ValueError(
                    f"Expected {key} of shape (n_samples, ...), got {a.shape}."
                    f"{reshape_hint(a.shape, 2)}"
                )
        check_consistent_length(*arrays.values())
        return arrays

    def _columns(self, X, arrays):
        """Return X if it is a table, or a table of zeros with as many columns."""
        if not is_mapping(X) and arrays["x"].ndim == 2:
            return X
        return np.zeros((1, sum(prod(a.shape[1:]) for a in arrays.values())))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.dict = True
        tags.input_tags.three_d_array = True
        tags.input_tags.allow_nan = self.allow_nan
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
