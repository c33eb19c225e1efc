"""What the transformers share, and scikit-learn's private names.

This is the one place that imports names which scikit-learn does not promise to
keep, so that a rename there costs one line here.
"""

from functools import wraps

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.base import _fit_context as fit_context
from sklearn.utils import _safe_indexing as safe_indexing
from sklearn.utils._param_validation import HasMethods, Interval, Options, StrOptions
from sklearn.utils._set_output import ADAPTERS_MANAGER, _get_output_config
from sklearn.utils.metaestimators import _BaseComposition as BaseComposition
from sklearn.utils.validation import check_array, validate_data

from sklearn_emotion._validation import (
    check_finite,
    check_n_channels,
    check_rate,
    check_shape,
    single_signal,
    warn_of_swapped_axes,
)

__all__ = [
    "ArrayTransformerMixin",
    "BaseComposition",
    "HasMethods",
    "Interval",
    "LeakageWarning",
    "Options",
    "SignalTransformer",
    "StrOptions",
    "fit_context",
    "names_of",
    "safe_indexing",
    "validate_data",
]


class LeakageWarning(UserWarning):
    """Training and test data may share trials, subjects or stimuli."""


class NamedArray(np.ndarray):
    """Array that knows the names of the values of a sample.

    What a transformer returns where a table is asked for but the output has more than
    two axes: the first table of a pipeline finds the names of its columns here. Parts
    and copies of the array have no names.
    """

    _feature_names = None


def names_of(X):
    """Return the names of the values of a sample, None where X has none.

    Parameters
    ----------
    X : array-like, DataFrame or Modalities
        Input of a step, which may come from the step before.

    Returns
    -------
    names : sequence of str or None
        One for each value, in the order of the flattened sample.
    """
    columns = list(getattr(X, "columns", ()))
    if columns and all(isinstance(name, str) for name in columns):
        return columns
    return getattr(X, "_feature_names", None)


def _as_configured(method):
    @wraps(method)
    def configured(self, X, *args, **kwargs):
        out = method(self, X, *args, **kwargs)
        kind = _get_output_config("transform", self)["dense"]
        if kind == "default" or not hasattr(self, "get_feature_names_out"):
            return out
        try:
            names = self.get_feature_names_out(self._input_names)
        except (AttributeError, ValueError):  # not fitted, or a part has no names
            names = None
        ndim = getattr(out, "ndim", None)
        if ndim == 2:
            return ADAPTERS_MANAGER.adapters[kind].create_container(out, X, names)
        out = out if ndim is None else out.view(NamedArray)
        out._feature_names = names
        return out

    return configured


class ArrayTransformerMixin(TransformerMixin, auto_wrap_output_keys=None):
    """scikit-learn's mixin for output that is not always a table.

    Output of two axes becomes a DataFrame where `set_output` or the option
    ``transform_output`` asks for one; other output stays an array. `fit` keeps
    ``names_of(X)`` as `_input_names`.
    """

    _input_names = None

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(auto_wrap_output_keys=None, **kwargs)
        for name in {"transform", "fit_transform"} & set(vars(cls)):
            setattr(cls, name, _as_configured(vars(cls)[name]))

    def set_output(self, *, transform=None):
        """Choose what holds the output.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"}, default=None
            A DataFrame applies to output of two axes, ``(n_samples, n_features)``;
            output of another shape stays an array. None changes nothing.

        Returns
        -------
        self : object
            This instance.
        """
        if transform is not None:
            self._sklearn_output_config = {"transform": transform}
        return self


class SignalTransformer(ArrayTransformerMixin, BaseEstimator):
    """Base of transformers that learn nothing from signals.

    A subclass names the axes it takes in `_axes`, checks its parameters against an
    input in `_check`, and computes in `_transform`. The input of both is an ndarray
    of float32 or float64 without NaN; it may be read-only or a memory map.
    `_channel_axis` is the one whose size `fit` remembers. With `_finds_nan` the
    subclass raises upon NaN in `_transform` itself, which saves a pass over the input;
    `_remedy` is what the message advises.
    """

    _axes = ("n_samples", "n_channels", "n_times")
    _channel_axis = 1
    _finds_nan = False
    _remedy = "drop these samples or interpolate them"

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Check the parameters against the input; nothing is learned from it.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_times)
            Signals, or a mapping with exactly one signal.
        y : Ignored
            Not used, present for API consistency by convention.

        Returns
        -------
        self : object
            Fitted transformer.

        Raises
        ------
        ValueError
            If the input has another shape, does not fit the parameters, holds NaN or
            infinity, or knows another sampling rate (``X.info["sfreq"]`` of MNE).

        Warns
        -----
        UserWarning
            If there are more channels than a cap has, or many more than time points,
            as if these axes were swapped.
        """
        self._check_rate(X)
        self._input_names = names_of(X)
        X = self._validated(X, reset=True)
        self._input_shape = X.shape[1:]
        return self

    def transform(self, X):
        """Transform each sample by itself.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_times)
            Signals, or a mapping with exactly one signal.

        Returns
        -------
        X_out : ndarray of float32
            Shape and unit are stated in the description of the class.

        Raises
        ------
        ValueError
            If the input has another shape or does not fit the parameters.
        """
        if not hasattr(self, "n_features_in_"):
            self._validate_params()
        self._check_rate(X)
        X = self._validated(X, reset=False)
        try:
            return self._transform(X)
        except ValueError:
            if self._finds_nan:
                self._check_finite(X)
            raise

    def _check_rate(self, X):
        if hasattr(self, "sfreq"):
            check_rate(X, self.sfreq, type(self).__name__)

    def _check_finite(self, X):
        check_finite(X, self._remedy, self._checked_axes())

    def _checked_axes(self):
        # None where a subclass checks axes of its own.
        is_ours = type(self)._check_axes is SignalTransformer._check_axes
        return self._axes if is_ours else None

    def _validated(self, X, *, reset):
        owner = type(self).__name__
        X = single_signal(X, owner)
        if not hasattr(X, "shape"):
            X = np.asarray(X)
        self._check_axes(X)
        n_channels = X.shape[self._channel_axis]
        if not reset and hasattr(self, "n_features_in_"):
            check_n_channels(n_channels, self.n_features_in_, owner)
        elif "n_times" in (self._checked_axes() or ()):
            warn_of_swapped_axes(X)
        X = check_array(
            X,
            dtype=[np.float32, np.float64],
            allow_nd=True,
            ensure_all_finite=False,
            estimator=owner,
        )
        if reset or not self._finds_nan:
            self._check_finite(X)
        if reset:
            self.n_features_in_ = n_channels
        self._check(X)
        return X

    def _check_axes(self, X):
        check_shape(X, self._axes)

    def _check(self, X):
        """Raise if the parameters do not fit the input."""

    def _transform(self, X):
        raise NotImplementedError

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        tags.requires_fit = False
        return tags
