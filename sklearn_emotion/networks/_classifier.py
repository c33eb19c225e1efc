"""Networks that classify: their outputs are logits."""

from math import log

import numpy as np
import torch
from scipy.special import softmax
from sklearn.base import ClassifierMixin
from sklearn.utils import assert_all_finite, compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, column_or_1d
from torch import nn
from torch.nn.functional import cross_entropy

from sklearn_emotion._base import StrOptions
from sklearn_emotion._validation import encode_classes
from sklearn_emotion.networks._docs import document
from sklearn_emotion.networks._estimator import NetEstimator
from sklearn_emotion.networks._training import ClassifierNet


def weighted_cross_entropy(logits, y, class_weight, sample_weight):
    """Return the mean cross-entropy with weights of samples, which have a mean of one.

    As in PyTorch, the mean is divided by the sum of the classes' weights. Takes logits
    (N, K, ...), and classes and weights of shape (N, ...) that broadcast.
    """
    losses = cross_entropy(logits, y, class_weight, reduction="none") * sample_weight
    if class_weight is None:
        return losses.mean()
    return losses.sum() / class_weight[y].sum()


class CrossEntropy(nn.CrossEntropyLoss):
    """Cross-entropy, averaged over steps if each step has logits."""

    def forward(self, logits, y_true, sample_weight=None):
        """Return the loss of logits (N, K) or (N, T, K) for labels (N,) or (N, T)."""
        if logits.ndim == 3:
            if y_true.ndim == 1:
                y_true = y_true[:, None].expand(logits.shape[:2])
            if sample_weight is not None:
                sample_weight = sample_weight.repeat_interleave(logits.shape[1])
            logits, y_true = logits.flatten(0, 1), y_true.flatten()
        if sample_weight is None:
            return super().forward(logits, y_true)
        return weighted_cross_entropy(logits, y_true, self.weight, sample_weight)


@document()
class NetClassifier(ClassifierMixin, NetEstimator):
    """Base class of the classifiers that own a network.

    A subclass defines the input in `_inputs` and the module in `_module`. The outputs
    of the module are logits. A subclass needs its own constructor only for additional
    parameters or other defaults.

    Read more in the :ref:`developer guide <add_a_network>`.

    Parameters
    ----------
    %(parameters)s

    Attributes
    ----------
    %(attributes)s

    See Also
    --------
    NetRegressor : Base class of the networks for ratings.
    """

    _parameter_constraints: dict = {
        **NetEstimator._parameter_constraints,
        "class_weight": [dict, StrOptions({"balanced"}), None],
    }

    def __init__(
        self,
        *,
        lr=1e-3,
        max_epochs=30,
        batch_size=32,
        weight_decay=0.01,
        optimizer="adamw",
        device="auto",
        class_weight=None,
        early_stopping=False,
        validation_fraction=0.1,
        patience=10,
        domain_loss=None,
        domain_weight=1.0,
        callbacks=None,
        net_params=None,
        standardize=True,
        verbose=0,
        random_state=None,
    ):
        super().__init__(
            lr=lr,
            max_epochs=max_epochs,
            batch_size=batch_size,
            weight_decay=weight_decay,
            optimizer=optimizer,
            device=device,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            patience=patience,
            domain_loss=domain_loss,
            domain_weight=domain_weight,
            callbacks=callbacks,
            net_params=net_params,
            standardize=standardize,
            verbose=verbose,
            random_state=random_state,
        )
        self.class_weight = class_weight

    _net_class = ClassifierNet

    def _check_y(self, y, X):
        y = column_or_1d(y, warn=True)
        assert_all_finite(y, input_name="y")
        check_consistent_length(X, y)
        check_classification_targets(y)
        return y

    def _learn_classes(self, y):
        """Store the classes of the labels."""
        classes, _ = encode_classes(y, type(self).__name__)
        if self._continues and not np.array_equal(classes, self.classes_):
            raise ValueError(
                f"With warm_start=True, y must contain the classes of the last fit, "
                f"{self.classes_.tolist()}, got {classes.tolist()}. Set "
                "warm_start=False to start anew."
            )
        self.classes_ = classes

    def _check_known(self, y):
        unknown = np.setdiff1d(y, self.classes_)
        if len(unknown):
            raise ValueError(
                f"The validation data contain the labels {unknown.tolist()}, but y "
                f"contains only {self.classes_.tolist()}."
            )

    def _make_net(self, **arguments):
        return super()._make_net(classes=self.classes_, **arguments)

    def _codes(self, y):
        """Return the labels as indices into the classes."""
        return np.searchsorted(self.classes_, y)

    def _targets(self, y, train):
        """Return the class indices, which the loss compares with the logits."""
        return self._codes(y)

    def _user_targets(self, targets):
        """Return the labels of class indices, with which callbacks compute scores."""
        return self.classes_[targets]

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
        return self._graph_mean_over_steps(torch.from_numpy(logits)).numpy()

    def _graph_mean_over_steps(self, logits):
        """Do the same as `_mean_over_steps` with tensors."""
        log_p = logits.log_softmax(-1)
        return log_p.logsumexp(1) - log(log_p.shape[1])

    def _graph_prediction(self, outputs):
        """Return class probabilities (N, K) as tensors for outputs (N, K)."""
        return outputs.softmax(-1)

    def decision_function(self, X):
        """Return the logits of the network.

        Parameters
        ----------
        %(X)s

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            Log-odds of the second class if there are two classes, otherwise the logit
            of each class.
        """
        z = self._outputs(X)
        return z[:, 1] - z[:, 0] if z.shape[1] == 2 else z

    def predict_proba(self, X):
        """Return class probabilities.

        Parameters
        ----------
        %(X)s

        Returns
        -------
        %(proba)s
        """
        return self._probabilities(self._outputs(X))

    def _probabilities(self, outputs):
        """Return class probabilities (N, K) of outputs (N, K)."""
        return softmax(outputs.astype(np.float64), axis=1)

    def predict(self, X):
        """Return the most probable class.

        Parameters
        ----------
        %(X)s

        Returns
        -------
        %(y_pred)s
        """
        best = self.predict_proba(X).argmax(axis=1)
        return self.classes_[best]
