"""Networks that predict ratings: their outputs are standardized ratings."""

import numpy as np
import torch
from sklearn.base import RegressorMixin
from sklearn.utils.validation import check_array, check_consistent_length, column_or_1d
from torch import nn

from sklearn_emotion.networks._docs import document
from sklearn_emotion.networks._estimator import NetEstimator
from sklearn_emotion.networks._layers import weighted_mean
from sklearn_emotion.networks._training import RegressorNet


class SquaredError(nn.Module):
    """Mean squared error; a target of a sample applies to each of its steps."""

    def forward(self, outputs, y_true, sample_weight=None):
        """Return the loss of (N, k) or (N, T, k) for targets (N, k) or (N, T, k)."""
        if y_true.ndim < outputs.ndim:
            y_true = y_true[:, None]
        return weighted_mean((outputs - y_true).square(), sample_weight)


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

    _net_class = RegressorNet

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
        if not self._continues:
            seen = y[train].reshape(-1, y.shape[-1])
            self.target_mean_, std = seen.mean(axis=0), seen.std(axis=0)
            constant = std <= 10 * np.finfo(np.float64).eps * np.abs(self.target_mean_)
            self.target_scale_ = np.where(constant, 1.0, std)
        return ((y - self.target_mean_) / self.target_scale_).astype(np.float32)

    def _user_targets(self, targets):
        """Return standardized targets in their unit, for the scores of callbacks."""
        y = targets * self.target_scale_ + self.target_mean_
        return y[..., 0] if self._is_flat else y

    def _n_outputs(self, targets):
        return targets.shape[-1]

    def _loss(self, targets):
        """Return the loss of the outputs."""
        return SquaredError()

    def _mean_over_steps(self, outputs):
        """Return the mean (N, k) of outputs (N, T, k)."""
        return outputs.mean(axis=1)

    def _graph_mean_over_steps(self, outputs):
        """Do the same as `_mean_over_steps` with tensors."""
        return outputs.mean(1)

    def _graph_prediction(self, outputs):
        """Return ratings (N, k) as tensors for standardized ratings (N, k)."""
        scale = torch.as_tensor(self.target_scale_, dtype=torch.float64)
        mean = torch.as_tensor(self.target_mean_, dtype=torch.float64)
        return (outputs.double() * scale + mean).float()

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
        return self._ratings(self._outputs(X))

    def _ratings(self, outputs):
        """Return predictions of standardized ratings (N, k)."""
        z = outputs.astype(np.float64)
        y = (z * self.target_scale_ + self.target_mean_).astype(np.float32)
        return y[:, 0] if self._is_flat else y

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
