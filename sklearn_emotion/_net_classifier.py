"""The networks' first head: logits of classes."""

from math import log

import numpy as np
import torch
from scipy.special import softmax
from sklearn.base import ClassifierMixin
from sklearn.utils import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, column_or_1d
from torch import nn

from sklearn_emotion._base import StrOptions
from sklearn_emotion._net import NetEstimator


class CrossEntropy(nn.CrossEntropyLoss):
    """Cross-entropy, averaged over steps where logits come for each."""

    def forward(self, logits, y_true):
        """Return the loss of logits (N, K) or (N, T, K) for labels (N,) or (N, T)."""
        if logits.ndim == 3:
            if y_true.ndim == 1:
                y_true = y_true[:, None].expand(logits.shape[:2])
            logits, y_true = logits.flatten(0, 1), y_true.flatten()
        return super().forward(logits, y_true)


class NetClassifier(ClassifierMixin, NetEstimator):
    """Base of the classifiers that own a network, whose outputs are logits."""

    _parameter_constraints: dict = {
        **NetEstimator._parameter_constraints,
        "class_weight": [dict, StrOptions({"balanced"}), None],
    }

    def _check_y(self, y, X):
        y = column_or_1d(y, warn=True)
        check_consistent_length(X, y)
        check_classification_targets(y)
        return y

    def _strata(self, y):
        """Return the labels as indices into the classes."""
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"{type(self).__name__} needs at least two classes in y, got one "
                f"class: {self.classes_.tolist()[0]!r} in all {len(y)} samples."
            )
        return codes.reshape(y.shape)

    def _targets(self, y, train):
        return np.searchsorted(self.classes_, y)

    def _n_outputs(self, targets):
        return len(self.classes_)

    def _loss(self, targets):
        """Return the loss of the logits."""
        return CrossEntropy(self._class_weights(targets))

    def _class_weights(self, targets):
        """Return the weight of each class as a tensor, or None."""
        if self.class_weight is None:
            return None
        names = self.classes_[targets.ravel()]
        weights = compute_class_weight(
            self.class_weight, classes=self.classes_, y=names
        )
        return torch.as_tensor(weights, dtype=torch.float32)

    def _mean_over_steps(self, logits):
        """Return (N, K) whose softmax is the mean softmax of logits (N, T, K)."""
        log_p = torch.as_tensor(logits).log_softmax(-1)
        return (log_p.logsumexp(1) - log(log_p.shape[1])).numpy()

    def decision_function(self, X):
        """Return the network's logits.

        Parameters
        ----------
        X : ndarray, Modalities or dict of str to ndarray
            Samples.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            Log-odds of the second class for two classes, else a logit per class.
        """
        z = self._outputs(X)
        return z[:, 1] - z[:, 0] if z.shape[1] == 2 else z

    def predict_proba(self, X):
        """Return class probabilities.

        Parameters
        ----------
        X : ndarray, Modalities or dict of str to ndarray
            Samples.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_classes)
            Probabilities, columns in the order of ``classes_``.
        """
        return softmax(self._outputs(X).astype(np.float64), axis=1)

    def predict(self, X):
        """Return the most probable class.

        Parameters
        ----------
        X : ndarray, Modalities or dict of str to ndarray
            Samples.

        Returns
        -------
        y_pred : ndarray of shape (n_samples,)
            Labels, drawn from ``classes_``.
        """
        best = self.predict_proba(X).argmax(axis=1)
        return self.classes_[best]
