"""Base classes of the transformers, and imports of scikit-learn's private names.

No other module imports private names of scikit-learn, which may change in any release.
"""

import copy
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import wraps

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin, _fit_context as fit_context
from sklearn.utils import Tags, _safe_indexing as safe_indexing
from sklearn.utils._param_validation import HasMethods, Interval, Options, StrOptions
from sklearn.utils._set_output import ADAPTERS_MANAGER, _get_output_config
from sklearn.utils.metaestimators import _BaseComposition as BaseComposition
from sklearn.utils.validation import (
    _check_sample_weight as check_sample_weight,
    check_array,
    validate_data,
)

from sklearn_emotion._described import (
    channels_of,
    check_same_channels,
    describe,
    is_auto,
    rate_of,
    read_all,
    signal_in,
)
from sklearn_emotion._docs import fill_doc
from sklearn_emotion._validation import (
    check_finite,
    check_n_channels,
    check_not_empty,
    check_shape,
    float_types,
    single_signal,
    warn_of_swapped_axes,
)

__all__ = [
    "ArrayTransformerMixin",
    "HasMethods",
    "Interval",
    "LeakageWarning",
    "LongFitWarning",
    "Options",
    "PartsComposition",
    "SignalTransformer",
    "StrOptions",
    "TargetAccessTags",
    "check_sample_weight",
    "fit_context",
    "names_of",
    "safe_indexing",
    "target_access_tags",
    "validate_data",
]

# What a method may use of the test person, from least to most.
ACCESS_LEVELS = ("none", "rest", "unlabelled")


class LeakageWarning(UserWarning):
    """Warning that training and test data may share trials, subjects or stimuli."""


class LongFitWarning(UserWarning):
    """Warning that a fit will take long, which is shown before the fit is over."""


@dataclass(slots=True)
class TargetAccessTags(Tags):
    """Tags of scikit-learn, and what an estimator uses of the test person.

    Parameters
    ----------
    target_access : {"none", "rest", "unlabelled"}, default="none"
        "unlabelled" if the output of a test sample depends on other test samples of the
        same person, without their labels. "rest" if it depends on recordings of the
        person at rest that are not part of the sample.

    accepts_unlabelled : bool, default=False
        Whether `fit` takes samples without labels, from which it also learns.

    Examples
    --------
    >>> from sklearn.utils import get_tags
    >>> from sklearn_emotion import SubjectStandardizer
    >>> get_tags(SubjectStandardizer()).target_access
    'unlabelled'
    """

    target_access: str = "none"
    accepts_unlabelled: bool = False


def target_access_tags(tags, target_access="none", *, accepts_unlabelled=False):
    """Return a copy of scikit-learn's tags as `TargetAccessTags`."""
    values = {field.name: getattr(tags, field.name) for field in fields(Tags)}
    return TargetAccessTags(
        **values, target_access=target_access, accepts_unlabelled=accepts_unlabelled
    )


def names_of(X):
    """Return the names of the values of a sample, or None if X has no names."""
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
        except (AttributeError, ValueError):  # not fitted, or a step has no names
            names = None
        ndim = getattr(out, "ndim", None)
        if ndim == 2:
            return ADAPTERS_MANAGER.adapters[kind].create_container(out, X, names)
        if ndim is None:
            out._feature_names = names
            return out
        # The first later step whose output has two axes names its columns after them.
        return describe(out, rate_of(out), channels_of(out), names)

    return configured


def _on_values(method):
    @wraps(method)
    def resolved(self, *args, **kwargs):
        # The argument of `get_feature_names_out` is no array and knows nothing.
        X = args[0] if args else kwargs.get("X")
        return method(self._resolved(signal_in(X)), *args, **kwargs)

    return resolved


class ArrayTransformerMixin(TransformerMixin, auto_wrap_output_keys=None):
    """Mixin of transformers whose output may have any number of axes.

    Output with two axes becomes a DataFrame if `set_output` or the option
    ``transform_output`` asks for it. Other output stays an array. A subclass stores
    ``names_of(X)`` as `_input_names` in `fit`.
    """

    _input_names = None

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(auto_wrap_output_keys=None, **kwargs)
        for name in {"transform", "fit_transform"} & set(vars(cls)):
            setattr(cls, name, _as_configured(vars(cls)[name]))

    def set_output(self, *, transform=None):
        """Set the container of the output.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"}, default=None
            Container of output with two axes, ``(n_samples, n_features)``. Other output
            stays an array. None keeps the current setting.

        Returns
        -------
        self : object
            This instance.
        """
        if transform is not None:
            self._sklearn_output_config = {"transform": transform}
        return self


class PartsComposition(BaseComposition):
    """Base class of estimators with a list of (name, estimator, source) tuples.

    A subclass sets `_parts` to the name of the parameter that holds the list.
    """

    _parts = "estimators"

    @property
    def _named(self):
        parts = getattr(self, self._parts)
        try:
            return [(name, estimator) for name, estimator, _ in parts]
        except (TypeError, ValueError):
            # fit checks the parameters; get_params and set_params do not.
            return parts

    @_named.setter
    def _named(self, value):
        parts = getattr(self, self._parts)
        with suppress(TypeError, ValueError):  # as above
            value = [(*pair, source) for pair, (_, _, source) in zip(value, parts)]
        setattr(self, self._parts, value)

    def get_params(self, deep=True):
        """Return the parameters of this estimator and of its parts.

        Parameters
        ----------
        deep : bool, default=True
            Whether to return the parameters of the parts too.

        Returns
        -------
        params : dict
            Values by name. The parameters of a part have its name as prefix.
        """
        return self._get_params("_named", deep=deep)

    def set_params(self, **params):
        """Set parameters of this estimator and of its parts.

        Parameters
        ----------
        **params : dict
            Values by name, such as ``eeg__window``, or an estimator by the name of its
            part.

        Returns
        -------
        self : object
            This instance.
        """
        self._set_params("_named", **params)
        return self


@fill_doc(
    """
X : array-like of shape (n_samples, n_channels, n_times)
    Signals, or a mapping that contains exactly one signal.
"""
)
class SignalTransformer(ArrayTransformerMixin, BaseEstimator):
    """Base class of transformers that learn nothing from the data.

    A subclass computes its output in `_transform`, each sample independently of the
    others. The base class checks the input and the parameters, and provides `fit`,
    `transform`, `fit_transform` and `set_output`. `transform` works without `fit`, and
    :func:`~sklearn_emotion.hoist` computes the output once for all folds of a
    cross-validation.

    A subclass must define `_transform(X)`, which returns the output. It may override:

    - `_parameter_constraints`, if it has parameters: their valid types and values, as
      in scikit-learn.
    - `_check(X)`, if the validity of a parameter depends on the input. For example, a
      window must not be longer than a sample.
    - `_axes`, if the shape of the input is not (n_samples, n_channels, n_times). Each
      entry is the name of an axis, or its required size. ``"n_times"``, as the last of
      three names, makes `fit` warn if the axes seem to be swapped.
    - `_check_axes(X)`, if inputs with different numbers of axes are valid. Then `_axes`
      is not used.
    - `_channel_axis`, if axis 1 does not hold the channels. `fit` stores the size of
      this axis in `n_features_in_`, and `transform` requires the same size.
    - `_remedy`, to replace the advice in the error message about NaN and infinity.
    - `_finds_nan = True`, if `_transform` raises a ValueError for NaN and infinity.
      Then `transform` saves the pass over the data that searches for such values.
    - `get_feature_names_out(input_features=None)`, to name the output values. Without
      it, `set_output` has no effect. After `fit`, `_input_shape` is the shape of one
      sample.

    `_axes`, `_channel_axis` and `_finds_nan` may be properties that depend on the
    parameters.

    The parameters `sfreq` and `ch_names`, if there are any, may be ``"auto"``. They are
    then read from the input, which may be a `SignalArray` or an object of MNE with
    ``X.info``. The methods above, `valid` and `annotate` run on a copy whose parameters
    are the values that were read. Other methods get this copy from `_resolved`. For
    input that knows no rate or no names, `_default_sfreq` and `_default_ch_names`
    apply. Any other value of these parameters must agree with the input.

    The output knows neither rate nor names, unless a subclass overrides:

    - `_sfreq_out(sfreq)`, which returns the rate of the output, given the rate of the
      input. Both are None if they are unknown.
    - `_keeps_channels = True`, if the output has the channels of the input.

    Attributes
    ----------
    n_features_in_ : int
        Size of the channel axis.

    Examples
    --------
    >>> from numbers import Real
    >>> import numpy as np
    >>> from sklearn_emotion.base import SignalTransformer
    >>> class PeakToPeak(SignalTransformer):
    ...     _parameter_constraints = {"sfreq": [Real], "duration": [Real]}
    ...     def __init__(self, *, sfreq=128.0, duration=1.0):
    ...         self.sfreq, self.duration = sfreq, duration
    ...     def _check(self, X):
    ...         if self.duration * self.sfreq > X.shape[-1]:
    ...             raise ValueError(f"duration={self.duration} s exceeds the samples.")
    ...     def _transform(self, X):
    ...         n_times = round(self.duration * self.sfreq)
    ...         return np.ptp(X[..., -n_times:], axis=-1).astype(np.float32)
    >>> X = np.random.default_rng(0).normal(size=(6, 4, 256))
    >>> PeakToPeak().fit_transform(X).shape
    (6, 4)
    >>> PeakToPeak(duration=3.0).fit(X)
    Traceback (most recent call last):
    ValueError: duration=3.0 s exceeds the samples.
    """

    _parameter_constraints: dict = {}
    _default_sfreq = 128.0
    _default_ch_names = "deap32"
    _keeps_channels = False
    # Names of the channels in `fit`, if the input knew them.
    _channels_in_fit = None
    _axes = ("n_samples", "n_channels", "n_times")
    _channel_axis = 1
    _finds_nan = False
    _remedy = "drop these samples or interpolate them"

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        for name in {"get_feature_names_out", "valid", "annotate"} & set(vars(cls)):
            setattr(cls, name, _on_values(vars(cls)[name]))

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Check the parameters and the input; nothing is learned from the input.

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
            If the input has an invalid shape, does not fit the parameters, contains NaN
            or infinity, or has another sampling rate in ``X.info["sfreq"]``.

        Warns
        -----
        UserWarning
            If channels and time points seem to be swapped, because there are more
            channels than on any cap, or many more channels than time points.
        """
        self._input_names = names_of(X)
        signal = signal_in(X)
        values = read_all(self, signal)
        me = self._with_values(values)
        X = me._validated(X, reset=True)
        for name, value in values.items():
            setattr(self, f"{name}_", value)
        self.n_features_in_ = me.n_features_in_
        self._input_shape = X.shape[1:]
        self._channels_in_fit = channels_of(signal)
        return self

    def transform(self, X):
        """Transform each sample independently of the others.

        Parameters
        ----------
        %(X)s

        Returns
        -------
        X_out : ndarray of float32
            The description of the class states the shape and the unit.

        Raises
        ------
        ValueError
            If the input has an invalid shape or does not fit the parameters.
        """
        if not hasattr(self, "n_features_in_"):
            self._validate_params()
        signal = signal_in(X)
        me = self._resolved(signal)
        X = me._validated(X, reset=False)
        try:
            out = me._transform(X)
        except ValueError:
            if me._finds_nan:
                me._check_finite(X)
            raise
        return self._described(out, signal, me)

    def _resolved(self, X=None):
        """Return a copy without "auto": the values of X, of `fit`, or the defaults."""
        known = channels_of(X)
        if known is not None and self._channels_in_fit is not None:
            check_same_channels(known, self._channels_in_fit, type(self).__name__)
        return self._with_values(read_all(self, X, fitted=True))

    def _with_values(self, values):
        if all(value is getattr(self, name) for name, value in values.items()):
            return self
        out = copy.copy(self)
        vars(out).update(values)
        return out

    def _described(self, out, X, me):
        """Return an output with its rate and its names, as far as they are known."""
        rate, names = rate_of(X), channels_of(X)
        if rate is None and not is_auto(getattr(self, "sfreq", "auto")):
            rate = self.sfreq
        rate = me._sfreq_out(rate)
        names = names if self._keeps_channels else None
        if rate is None and names is None:
            return out
        return describe(out, None if rate is None else float(rate), names)

    def _sfreq_out(self, sfreq):
        """Return the rate of the output in Hz, given the rate of the input.

        Override this method if the output consists of signals. The last axis is then
        the axis of time.

        Parameters
        ----------
        sfreq : float or None
            Rate of the input, or None if it is unknown.

        Returns
        -------
        sfreq_out : float or None
            Rate of the output, or None if it is unknown or the output has none.
        """
        return None

    def _check_finite(self, X):
        check_finite(X, self._remedy, self._checked_axes())

    def _checked_axes(self):
        # `_axes` does not describe the input of a subclass that checks its axes itself.
        is_ours = type(self)._check_axes is SignalTransformer._check_axes
        return self._axes if is_ours else None

    def _validated(self, X, *, reset):
        owner = type(self).__name__
        X = single_signal(X, owner)
        if not hasattr(X, "shape"):
            X = np.asarray(X)
        self._check_axes(X)
        check_not_empty(X, owner)
        n_channels = X.shape[self._channel_axis]
        if not reset and hasattr(self, "n_features_in_"):
            check_n_channels(n_channels, self.n_features_in_, owner)
        elif "n_times" in (self._checked_axes() or ()):
            warn_of_swapped_axes(X)
        X = check_array(
            X,
            dtype=float_types(X),
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
        """Raise a ValueError if the input does not have the axes in `_axes`.

        Override this method if inputs with different numbers of axes are valid.

        Parameters
        ----------
        X : array
            Input before all other checks, so its dtype may be any.
        """
        check_shape(X, self._axes)

    def _check(self, X):
        """Raise a ValueError if the parameters do not fit the input.

        Override this method if a parameter can only be checked together with the input.
        By default, every input is valid. `fit` and `transform` call the method.

        Parameters
        ----------
        X : ndarray of float32 or float64
            Input with valid axes. It contains no NaN and no infinity, except in
            `transform` if `_finds_nan` is True.
        """

    def _transform(self, X):
        """Return the output; every subclass overrides this method.

        Parameters
        ----------
        X : ndarray of float32 or float64
            Checked input, as in `_check`. It may be read-only or memory-mapped, so it
            must not be changed in place.

        Returns
        -------
        X_out : ndarray of shape (n_samples, ...)
            Output, by convention of float32.
        """
        raise NotImplementedError

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        tags.requires_fit = False
        return tags
