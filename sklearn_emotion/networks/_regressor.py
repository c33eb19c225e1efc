"""Networks that predict ratings: their outputs are standardized ratings."""

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils.validation import check_array, check_consistent_length, column_or_1d
from torch import nn

from sklearn_emotion.networks._docs import document
from sklearn_emotion.networks._estimator import NetEstimator


class SquaredError(nn.Module):
    """Mean squared error; a target of a sample applies to each of its steps."""

    def forward(self, outputs, y_true):
        """Return the loss of (N, k) or (N, T, k) for targets (N, k) or (N, T, k)."""
        if y_true.ndim < outputs.ndim:
            y_true = y_true[:, None]
        return (outputs - y_true).square().mean()


@document()
class NetRegressor(RegressorMixin, NetEstimator):
    """Base class of the regressors that own a network.

    A subclass defines the input in `_inputs` and the module in `_module`. The outputs
    of the module are standardized targets.

    Read more in the :ref:`developer guide <add_a_network>`.

    Parameters
    ----------
    %(parameters)s

    Attributes
    ----------
    %(attributes)s

    See Also
    --------
    NetClassifier : Base class of the networks for classes.
    """

    def _check_y(self, y, X):
        y = np.asarray(y)
        y = y if y.ndim == 2 else column_or_1d(y)
        y = check_array(y, dtype=np.float64, ensure_2d=False, input_name="y")
        check_consistent_length(X, y)
        return y

    def _learn_classes(self, y):
        """Do nothing, since ratings have no classes."""

    def _codes(self, y):
        """Return the same class for all samples, so that any split is allowed."""
        return np.zeros(len(y), dtype=int)

    def _targets(self, y, train):
        """Return `y`, standardized with statistics of the samples `train`."""
        self._is_flat = y.ndim == 1
        y = y[:, None] if self._is_flat else y
        seen = y[train].reshape(-1, y.shape[-1])
        self.target_mean_, std = seen.mean(axis=0), seen.std(axis=0)
        constant = std <= 10 * np.finfo(np.float64).eps * np.abs(self.target_mean_)
        self.target_scale_ = np.where(constant, 1.0, std)
        return ((y - self.target_mean_) / self.target_scale_).astype(np.float32)

    def _n_outputs(self, targets):
        return targets.shape[-1]

    def _loss(self, targets):
        """Return the loss of the outputs."""
        return SquaredError()

    def _mean_over_steps(self, outputs):
        """Return the mean (N, k) of outputs (N, T, k)."""
        return outputs.mean(axis=1)

    def predict(self, X):
        """Predict the targets.

        Parameters
        ----------
        %(X)s

        Returns
        -------
        y_pred : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Predictions as float32, with the unit and the shape of the targets.
        """
        z = self._outputs(X).astype(np.float64)
        y = (z * self.target_scale_ + self.target_mean_).astype(np.float32)
        return y[:, 0] if self._is_flat else y

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
