"""Several modalities on one sample axis, and how scikit-learn sees them."""

from collections.abc import Mapping

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils.validation import check_is_fitted

from sklearn_emotion._base import BaseComposition, StrOptions, fit_context
from sklearn_emotion._validation import require_keys


class Modalities(dict):
    """Arrays of several modalities that share their first axis.

    Selecting a modality by name returns its array; any other index selects samples
    in every modality, which is what cross-validation needs.

    Read more in the :ref:`User Guide <modalities>`.

    Parameters
    ----------
    **arrays : array-like of shape (n_samples, ...)
        One array per modality, in its own unit and sampling rate. Entries with one
        dimension describe samples (``subject``, say) and travel along. Of pandas
        objects the values are taken, in their order, and the index is left.

    Raises
    ------
    ValueError
        If there is no array, or the arrays disagree on ``n_samples``.

    See Also
    --------
    make_modality_transformer : Transform each modality in its own way.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import Modalities
    >>> X = Modalities(eeg=np.zeros((6, 32, 128)), ecg=np.zeros((6, 256)))
    >>> len(X), X.shape, X[:2]["eeg"].shape
    (6, (6,), (2, 32, 128))
    """

    def __init__(self, **arrays):
        if not arrays:
            raise ValueError("Modalities needs at least one array, as in eeg=...")
        arrays = {name: _positional(array) for name, array in arrays.items()}
        scalars = [name for name, array in arrays.items() if len(array.shape) == 0]
        if scalars:
            raise ValueError(f"Modalities must be arrays; {scalars} have no axis.")
        sizes = {name: array.shape[0] for name, array in arrays.items()}
        if len(set(sizes.values())) != 1:
            raise ValueError(
                f"All modalities must have the same n_samples, got {sizes}."
            )
        super().__init__(arrays)

    def __len__(self):
        return next(iter(self.values())).shape[0]

    def __bool__(self):
        return True

    @property
    def shape(self):
        """Shape as scikit-learn's splitters see it, ``(n_samples,)``."""
        return (len(self),)

    def __getitem__(self, key):
        if isinstance(key, str):
            if key not in self:
                raise KeyError(f"no modality {key!r}; there are {list(self)}")
            return super().__getitem__(key)
        if isinstance(key, tuple):
            # scikit-learn indexes samples with (key, ...).
            if len(key) != 2 or key[1] is not Ellipsis:
                raise IndexError(
                    f"Modalities are indexed by name or by sample, got {key!r}."
                )
            key = key[0]
        if isinstance(key, (int, np.integer)):
            raise IndexError(
                f"One sample of Modalities has no sample axis; use X[{key}:{key + 1}]."
            )
        return type(self)(**{name: array[key] for name, array in self.items()})

    def __setitem__(self, name, array):
        super().__setitem__(name, Modalities(**{**self, name: array})[name])

    def __array__(self, dtype=None, copy=None):
        raise TypeError(
            f"Modalities {list(self)} are several arrays: choose one, as in "
            f"X[{next(iter(self))!r}], or flatten them with ModalityFlattener()."
        )

    def __repr__(self):
        arrays = ", ".join(f"{k}: {v.shape} {v.dtype}" for k, v in self.items())
        return f"Modalities({arrays})"

    def __reduce__(self):
        return _rebuild, (dict(self.items()),)


def _rebuild(arrays):
    return Modalities(**arrays)


def _positional(array):
    """Return what selects samples by position; pandas objects do so by label."""
    if hasattr(array, "iloc"):
        return array.to_numpy()
    return array if hasattr(array, "shape") else np.asarray(array)


class ModalityTransformer(TransformerMixin, BaseComposition):
    """Transform each modality in its own way.

    The counterpart of :class:`~sklearn.compose.ColumnTransformer` for modalities:
    every entry makes one output modality from one input modality; an input may feed
    several outputs.

    Read more in the :ref:`User Guide <modalities>`.

    Parameters
    ----------
    transformers : list of (str, transformer, str)
        Name of the output modality, its transformer, and the input modality that it
        is made from. The string ``"passthrough"`` in place of a transformer copies
        the input.

    remainder : {"drop", "passthrough"}, default="drop"
        What becomes of input modalities that feed no entry.

    Attributes
    ----------
    transformers_ : list of (str, transformer, str)
        The same entries, fitted.

    See Also
    --------
    make_modality_transformer : A short form.
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

    def __init__(self, transformers, *, remainder="drop"):
        self.transformers = transformers
        self.remainder = remainder

    @property
    def _named(self):
        try:
            return [(name, transformer) for name, transformer, _ in self.transformers]
        except (TypeError, ValueError):
            # Neither get_params nor set_params judges a parameter; fit does.
            return self.transformers

    @_named.setter
    def _named(self, value):
        try:
            self.transformers = [
                (name, transformer, source)
                for (name, transformer), (_, _, source) in zip(value, self.transformers)
            ]
        except (TypeError, ValueError):
            self.transformers = value

    def get_params(self, deep=True):
        """Return parameters, those of the transformers included.

        Parameters
        ----------
        deep : bool, default=True
            Whether to return the parameters of the transformers too.

        Returns
        -------
        params : dict
            Parameter names mapped to their values.
        """
        return self._get_params("_named", deep=deep)

    def set_params(self, **params):
        """Set parameters, those of the transformers included.

        Parameters
        ----------
        **params : dict
            Parameter names mapped to their values.

        Returns
        -------
        self : object
            This instance.
        """
        self._set_params("_named", **params)
        return self

    def _check(self, X):
        entries = self.transformers
        if not all(isinstance(e, tuple) and len(e) == 3 for e in entries):
            raise ValueError(
                "transformers must be a list of (name, transformer, source) tuples, "
                f"got {entries!r}."
            )
        self._validate_names([name for name, _, _ in entries])
        require_keys(
            X, list(dict.fromkeys(s for _, _, s in entries)), "ModalityTransformer"
        )
        return X if isinstance(X, Modalities) else Modalities(**X)

    def _rest(self, X):
        if self.remainder == "drop":
            return {}
        used = {source for _, _, source in self.transformers}
        names = {name for name, _, _ in self.transformers}
        rest = {key: array for key, array in X.items() if key not in used}
        clash = sorted(names & set(rest))
        if clash:
            raise ValueError(
                f"Outputs {clash} have the names of modalities that pass through; "
                "rename them."
            )
        return rest

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y=None):
        """Fit each transformer on its modality.

        Parameters
        ----------
        X : Modalities or dict of str to ndarray
            Input modalities.
        y : array-like of shape (n_samples,), default=None
            Targets, handed to the transformers.

        Returns
        -------
        self : object
            Fitted transformer.

        Raises
        ------
        ValueError
            If a source is missing.
        """
        X = self._check(X)
        self._rest(X)
        self.transformers_ = [
            (
                name,
                t if _passes(t) else clone(t).fit(X[source], y),
                source,
            )
            for name, t, source in self.transformers
        ]
        return self

    def fit_transform(self, X, y=None):
        """Fit each transformer on its modality and transform it.

        Parameters
        ----------
        X : Modalities or dict of str to ndarray
            Input modalities.
        y : array-like of shape (n_samples,), default=None
            Targets, handed to the transformers.

        Returns
        -------
        X_out : Modalities
            Output modalities.
        """
        self._validate_params()
        X = self._check(X)
        rest = self._rest(X)
        fitted, out = [], {}
        for name, t, source in self.transformers:
            if _passes(t):
                fitted.append((name, t, source))
                out[name] = X[source]
            else:
                t = clone(t)
                out[name] = t.fit_transform(X[source], y)
                fitted.append((name, t, source))
        self.transformers_ = fitted
        return Modalities(**out, **rest)

    def transform(self, X):
        """Transform each modality.

        Parameters
        ----------
        X : Modalities or dict of str to ndarray
            Input modalities.

        Returns
        -------
        X_out : Modalities
            Output modalities.
        """
        check_is_fitted(self)
        X = self._check(X)
        out = {
            name: X[source] if _passes(t) else t.transform(X[source])
            for name, t, source in self.transformers_
        }
        return Modalities(**out, **self._rest(X))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.dict = True
        return tags


def _passes(transformer):
    return isinstance(transformer, str) and transformer == "passthrough"


def make_modality_transformer(*, remainder="drop", **transformers):
    """Build a :class:`ModalityTransformer` whose outputs keep their inputs' names.

    Parameters
    ----------
    remainder : {"drop", "passthrough"}, default="drop"
        What becomes of the other modalities.
    **transformers : transformer or "passthrough"
        One transformer per modality.

    Returns
    -------
    transformer : ModalityTransformer
        The transformer, not fitted.

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


class ModalityFlattener(TransformerMixin, BaseEstimator):
    """Flatten modalities, or an array of any shape, to a table.

    Modalities of numbers are flattened and put side by side in their order; entries
    with one dimension (``subject``, say) describe samples and are left out.

    Attributes
    ----------
    shapes_ : dict of str to tuple of int
        Shape of one sample of each modality; a lone array is called ``"x"``.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import Modalities, ModalityFlattener
    >>> X = Modalities(eeg=np.zeros((6, 4, 32)), ecg=np.zeros((6, 34)))
    >>> ModalityFlattener().fit_transform(X).shape
    (6, 162)
    """

    def fit(self, X, y=None):
        """Remember the shape of one sample.

        Parameters
        ----------
        X : Modalities, dict of str to ndarray, or array-like
            Samples.
        y : Ignored
            Not used, present for API consistency by convention.

        Returns
        -------
        self : object
            Fitted transformer.
        """
        self.shapes_ = {name: a.shape[1:] for name, a in self._arrays(X).items()}
        return self

    def transform(self, X):
        """Flatten the samples.

        Parameters
        ----------
        X : Modalities, dict of str to ndarray, or array-like
            Samples of the shape seen in `fit`.

        Returns
        -------
        X_out : ndarray of shape (n_samples, n_features)
            Table of features.
        """
        check_is_fitted(self)
        arrays = self._arrays(X)
        shapes = {name: a.shape[1:] for name, a in arrays.items()}
        if shapes != self.shapes_:
            raise ValueError(
                f"Samples have the shapes {shapes}, but ModalityFlattener was fitted "
                f"on {self.shapes_}."
            )
        return np.hstack([a.reshape(len(a), -1) for a in arrays.values()])

    def get_feature_names_out(self, input_features=None):
        """Return a name for each column, such as ``eeg_0_31``.

        Parameters
        ----------
        input_features : Ignored
            Not used, present for API consistency by convention.

        Returns
        -------
        names : ndarray of str
            Modality and index within a sample.
        """
        check_is_fitted(self)
        return np.array(
            [
                "_".join([name, *map(str, index)])
                for name, shape in self.shapes_.items()
                for index in np.ndindex(*shape)
            ],
            dtype=object,
        )

    def _arrays(self, X):
        if not isinstance(X, Mapping):
            X = np.asarray(X)
            return {"x": X.reshape(len(X), -1) if X.ndim == 1 else X}
        arrays = {key: np.asarray(a) for key, a in X.items() if np.ndim(a) >= 2}
        if not arrays:
            raise ValueError(f"No modality to flatten among {list(X)}.")
        return arrays

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.dict = True
        tags.input_tags.three_d_array = True
        return tags
