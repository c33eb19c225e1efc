"""The modalities that a network takes: hooks for their layout, checks, and scaling."""

import numpy as np
from sklearn.utils.validation import (
    check_array,
    check_consistent_length,
    check_is_fitted,
)

from sklearn_emotion._base import validate_data
from sklearn_emotion._frames import UnreadFrames, stored
from sklearn_emotion._missing import with_gaps
from sklearn_emotion._validation import (
    check_not_empty,
    check_shape,
    is_mapping,
    require_keys,
    single_signal,
)
from sklearn_emotion.networks._data import statistics
from sklearn_emotion.networks._missing import without_nan


class TakesModalities:
    """Base of estimators that check and scale the modalities that a network takes.

    A subclass defines the input in `_inputs`. It has the parameters `standardize` and
    `missing`, and stores the shapes of the modalities in `input_shapes_`.
    """

    def _inputs(self):
        """Return the input modalities. Every network overrides this hook.

        Returns
        -------
        inputs : dict of str to Input
            Shape and scaling of each modality. A network with one modality also accepts
            a plain array.
        """
        raise NotImplementedError

    def _arrays(self, X):
        """Return the arrays of an input. Override this hook to accept further layouts.

        Parameters
        ----------
        X : array-like or mapping of str to array-like
            Samples, as the user passes them.

        Returns
        -------
        arrays : dict of str to array-like
            One array for each key of `_inputs`, of the shape that is stated there.
        """
        inputs = self._inputs()
        owner = type(self).__name__
        if len(inputs) == 1:
            (key,) = inputs
            if is_mapping(X) and key in X:
                return {key: stored(X)[key]}
            return {key: single_signal(X, owner)}
        require_keys(X, list(inputs), owner)
        return {key: stored(X)[key] for key in inputs}

    def _names_read(self):
        """Return the entries of X that the network reads, for missing modalities.

        Override this hook if they are not the keys of `_inputs`.

        Returns
        -------
        names : list of str
            Keys of X.
        """
        return list(self._inputs())

    def _checked(self, X, *, reset):
        if self.missing == "mask":
            shapes = None if reset else self._given_shapes
            X = with_gaps(X, self._names_read(), type(self).__name__, shapes)
            if reset:
                names = self._names_read() if is_mapping(X) else []
                self._given_shapes = {
                    name: np.shape(stored(X)[name])[1:] for name in names if name in X
                }
        arrays = {}
        for key, x in self._arrays(X).items():
            spec = self._inputs()[key]
            axes = ["n_samples", *spec.axes]
            if not reset:
                for i, size in enumerate(self.input_shapes_[key]):
                    axes[i + 1] = spec.axes[i] if i in spec.varying else size
            x = x if hasattr(x, "dtype") else np.asarray(x)
            if len(axes) > 2 or x.ndim > len(axes):
                check_shape(x, axes, key)
                check_not_empty(x, type(self).__name__)
            arrays[key] = self._finite(x, key, reset=reset, first=not arrays)
        check_consistent_length(*arrays.values())
        return arrays

    def _finite(self, x, key, *, reset, first):
        if x.dtype == np.uint8 and self._inputs()[key].pixels:
            if len(x) == 0:
                raise ValueError(
                    f"Found array with 0 sample(s) (shape={x.shape}) while a minimum "
                    f"of 1 is required by {type(self).__name__}."
                )
            if first and reset:
                self.n_features_in_ = x.shape[1]
            return x
        options = {"allow_nd": True, "dtype": np.float32}
        if self.missing == "mask":
            # NaN stands for missing modalities, which were checked before.
            options["ensure_all_finite"] = "allow-nan"
        if first and (reset or 0 not in self._inputs()[key].varying):
            return validate_data(self, x, reset=reset, **options)
        # n_features_in_ is a single number, so it describes the first modality.
        return check_array(x, input_name=key, estimator=self, **options)

    def _prepared(self, X):
        """Return checked, scaled arrays for a fitted network."""
        check_is_fitted(self)
        return self._scaled(self._checked(X, reset=False))

    def _scaled(self, arrays):
        out = {}
        for key, x in arrays.items():
            if key in self.scales_:
                mean, std = self.scales_[key]
                z = (x - mean) / std
                x = np.where(x != 0, z, 0) if self._inputs()[key].padding else z
            if self.missing == "mask":
                x = without_nan(x)
            is_unread = isinstance(x, UnreadFrames)
            out[key] = x if is_unread else np.ascontiguousarray(x)
        return out

    def _learn_scales(self, arrays, train):
        """Store the mean and scale of each modality in the training samples.

        `train` contains their positions. None stands for all samples.
        """
        inputs = self._inputs()
        self.scales_ = {}
        for key, x in arrays.items():
            if self.standardize and inputs[key].pooled is not None:
                x = x if train is None else x[train]
                self.scales_[key] = statistics(x, inputs[key])
