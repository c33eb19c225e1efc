"""Networks whose steps have outputs, and may have targets of their own."""

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils.validation import check_consistent_length


class StepOutputs:
    """Part of a network that has outputs for each step, such as each video frame.

    The outputs of a sample are their mean. It stands before `NetClassifier` or
    `NetRegressor` among the base classes of a network.
    """

    # What the steps of a sample are, for messages.
    _steps = "steps"

    @property
    def _has_steps(self):
        """Whether the network has outputs for each step."""
        return True

    def _takes_steps(self, y):
        """Return whether targets `y` are targets of steps."""
        return self._has_steps and y.ndim == 2 and y.shape[1] > 1

    def _check_y(self, y, X):
        y = np.asarray(y)
        if not self._takes_steps(y):
            return super()._check_y(y, X)
        check_consistent_length(X, y)
        if y.shape[1] != X.shape[1]:
            raise ValueError(
                f"y has values for {y.shape[1]} {self._steps}, but X has {X.shape[1]} "
                f"{self._steps}."
            )
        steps = X.reshape(-1, *X.shape[2:])
        return super()._check_y(y.ravel(), steps).reshape(y.shape)

    def _outputs(self, X):
        z = super()._outputs(X)
        return self._mean_over_steps(z) if self._has_steps else z

    def _graph_outputs(self, out):
        z = super()._graph_outputs(out)
        return self._graph_mean_over_steps(z) if self._has_steps else z

    def _user_targets(self, targets):
        if is_classifier(self) and targets.ndim == 2:
            # A sample has the most frequent class of its steps.
            counts = (targets[..., None] == np.arange(len(self.classes_))).sum(axis=1)
            targets = counts.argmax(axis=1)
        return super()._user_targets(targets)

    def _predict_steps(self, X):
        """Return the prediction of each step, of shape (n_samples, n_steps, ...)."""
        z = super()._outputs(X)
        rows = z.reshape(-1, z.shape[-1])
        if is_classifier(self):
            y = self.classes_[self._probabilities(rows).argmax(axis=1)]
        else:
            y = self._ratings(rows)
        return y.reshape(*z.shape[:2], *y.shape[1:])
