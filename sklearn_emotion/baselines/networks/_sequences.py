"""Code and texts of the networks for any number of modalities over time."""

from collections.abc import Mapping

import numpy as np

from sklearn_emotion._validation import check_container, require_keys, warn_user
from sklearn_emotion.networks._data import Input
from sklearn_emotion.networks._estimator import NetEstimator
from sklearn_emotion.networks._missing import MISSING_CONSTRAINTS

TEXTS = """
modalities : sequence of str
    Names of the modalities to use. If None, all modalities of the training data
    with three or more dimensions are used.

modalities_ : list of str
    Names of the modalities, in the order in which they are used.
"""


class SequenceModalities(NetEstimator):
    """Base of the networks for modalities of shape (n_samples, n_steps, ...).

    A subclass has a parameter `modalities` and defines its module.
    """

    _parameter_constraints: dict = {
        **NetEstimator._parameter_constraints,
        **MISSING_CONSTRAINTS,
        "modalities": ["array-like", None],
    }

    def _names(self, X):
        owner = type(self).__name__
        if self.modalities is not None:
            names = list(self.modalities)
            if len(names) < 2 or len(set(names)) < len(names):
                raise ValueError(
                    f"{owner} needs two or more different modalities, got "
                    f"modalities={names}."
                )
            return names
        check_container(X, owner)
        given = {}
        if isinstance(X, Mapping):
            given = {name: np.shape(x) for name, x in X.items()}
        names = [name for name, shape in given.items() if len(shape) >= 3]
        if len(names) < 2:
            got = given or f"an array of shape {np.shape(X)}"
            raise ValueError(
                f"{owner} needs two or more modalities of shape (n_samples, n_steps, "
                f"n_features), got {got}. Pass Modalities(eeg=..., ecg=...)."
            )
        flat = {name: shape for name, shape in given.items() if len(shape) == 2}
        if flat:
            warn_user(
                f"{owner} leaves out {flat}, since it takes modalities of shape "
                "(n_samples, n_steps, n_features). Add an axis of steps, or list the "
                "modalities to use in modalities=."
            )
        return names

    def _checked(self, X, *, reset):
        if reset:
            self.modalities_ = self._names(X)
        return super()._checked(X, reset=reset)

    def _inputs(self):
        # Statistics are pooled over steps, axis 1.
        return {
            name: Input(("n_steps", "n_features"), pooled=(1,))
            for name in self.modalities_
        }

    def _arrays(self, X):
        require_keys(X, self.modalities_, type(self).__name__)
        arrays = {name: np.asarray(X[name]) for name in self.modalities_}
        short = {name: x.shape for name, x in arrays.items() if x.ndim < 3}
        if short:
            raise ValueError(
                "Expected modalities of shape (n_samples, n_steps, n_features), got "
                f"{short}. Reshape your data: a single sample becomes a batch by "
                "X[np.newaxis]."
            )
        steps = {name: x.shape[1] for name, x in arrays.items()}
        if len(set(steps.values())) > 1:
            raise ValueError(
                "All modalities must have the same number of steps, got "
                f"{steps}: compute their features in windows of the same length."
            )
        return {
            name: x.reshape(*x.shape[:2], int(np.prod(x.shape[2:])))
            for name, x in arrays.items()
        }
