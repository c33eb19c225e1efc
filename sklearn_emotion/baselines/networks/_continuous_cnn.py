"""Continuous CNN: convolutions on the grid of the scalp, without pooling."""

from numbers import Integral, Real

import numpy as np
from torch import nn

from sklearn_emotion._base import Interval
from sklearn_emotion.baselines.networks._grid_convolutions import (
    DENSE_TEXTS,
    FILTERS,
    GridConvolutions,
)
from sklearn_emotion.montage import GRID_SIZE
from sklearn_emotion.networks._classifier import NetClassifier
from sklearn_emotion.networks._data import Input
from sklearn_emotion.networks._docs import document
from sklearn_emotion.networks._estimator import NetEstimator
from sklearn_emotion.networks._regressor import NetRegressor


class ContinuousCNNModule(nn.Module):
    """Four convolutions and a dense layer."""

    def __init__(self, n_bands, n_outputs, n_dense, dropout):
        super().__init__()
        self.convolutions = GridConvolutions(n_bands, first_kernel=4)
        self.dense = nn.Linear(FILTERS[-1] * GRID_SIZE**2, n_dense)
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(n_dense, n_outputs)

    def features(self, eeg):
        """Return the units of the dense layer (N, H)."""
        x = self.convolutions(eeg)  # (N, 64, 9, 9)
        return nn.functional.selu(self.dense(x.flatten(1)))

    def forward(self, eeg):
        """Return outputs (N, n_outputs) for eeg (N, B, 9, 9)."""
        return self.classifier(self.dropout(self.features(eeg)))


class _ContinuousCNN(NetEstimator):
    """Base of `ContinuousCNN` and its regressor."""

    _parameter_constraints: dict = {
        **NetEstimator._parameter_constraints,
        "n_dense": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

    def _inputs(self):
        axes = ("n_bands", GRID_SIZE, GRID_SIZE)
        return {"eeg": Input(axes, pooled=(), padding=True)}

    def _arrays(self, X):
        ((key, eeg),) = super()._arrays(X).items()
        eeg = np.asarray(eeg)
        return {key: eeg.mean(axis=1) if eeg.ndim == 5 else eeg}

    def _module(self, shapes, n_outputs):
        return ContinuousCNNModule, {
            "n_bands": shapes["eeg"][0],
            "n_outputs": n_outputs,
            "n_dense": self.n_dense,
            "dropout": self.dropout,
        }

    @classmethod
    def paper_params(cls):
        """Return the training settings of the authors' code.

        The penalty in the code, half the squared norm of all weights times 0.5, has the
        gradient of a `weight_decay` of 0.5. The code also lowers the learning rate once
        the training accuracy exceeds 0.8, which is not done here.

        Returns
        -------
        params : dict
            Constructor arguments.
        """
        return {
            "optimizer": "adam",
            "lr": 1e-4,
            "weight_decay": 0.5,
            "batch_size": 200,
            "max_epochs": 80,
        }


@document(DENSE_TEXTS)
class ContinuousCNN(_ContinuousCNN, NetClassifier):
    """Continuous convolutional neural network.

    Four convolutions on the grid of differential entropies and a dense layer [1]_.
    There is no pool between the convolutions, since the grid is small.

    X contains grids of shape ``(n_samples, n_bands, 9, 9)``, or of shape
    ``(n_samples, n_windows, n_bands, 9, 9)``, whose windows are averaged. If there is a
    baseline, subtract its entropy first (:class:`BaselineRemoval`). Read more in the
    :ref:`User Guide <grid_baselines>`.

    Parameters
    ----------
    %(parameters)s

    Attributes
    ----------
    %(attributes)s

    See Also
    --------
    FourDCRNN : Convolutions on each window and an LSTM over windows.

    Notes
    -----
    Departures from [1]_: the initial weights of the convolutions follow He et al. AdamW
    replaces Adam, and its weight decay replaces the penalty. The SELU of the dense
    layer is taken from the authors' code. Inputs are standardized, and unused cells
    remain 0.

    References
    ----------
    .. [1] Y. Yang, Q. Wu, Y. Fu and X. Chen, "Continuous convolutional neural network
       with 3D input for EEG-based emotion recognition", ICONIP 2018.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import ContinuousCNN
    >>> X = np.random.default_rng(0).normal(size=(8, 4, 9, 9))
    >>> clf = ContinuousCNN(max_epochs=1, random_state=0).fit(X, ["low", "high"] * 4)
    >>> clf.predict_proba(X).shape, clf.transform(X).shape
    ((8, 2), (8, 1024))
    """

    _parameter_constraints: dict = {
        **NetClassifier._parameter_constraints,
        **_ContinuousCNN._parameter_constraints,
    }

    def __init__(
        self,
        *,
        n_dense=1024,
        dropout=0.5,
        lr=1e-4,
        max_epochs=20,
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
        self.n_dense = n_dense
        self.dropout = dropout
        self.lr = lr
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.weight_decay = weight_decay
        self.optimizer = optimizer
        self.device = device
        self.class_weight = class_weight
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.domain_loss = domain_loss
        self.domain_weight = domain_weight
        self.callbacks = callbacks
        self.net_params = net_params
        self.standardize = standardize
        self.verbose = verbose
        self.random_state = random_state


@document(DENSE_TEXTS)
class ContinuousCNNRegressor(_ContinuousCNN, NetRegressor):
    """Continuous convolutional neural network for ratings.

    %(regressor)s

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import ContinuousCNNRegressor
    >>> X = np.random.default_rng(0).normal(size=(8, 4, 9, 9))
    >>> reg = ContinuousCNNRegressor(max_epochs=1, random_state=0)
    >>> reg.fit(X, np.linspace(1, 9, 8)).predict(X).shape
    (8,)
    """

    def __init__(
        self,
        *,
        n_dense=1024,
        dropout=0.5,
        lr=1e-4,
        max_epochs=20,
        batch_size=32,
        weight_decay=0.01,
        optimizer="adamw",
        device="auto",
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
        self.n_dense = n_dense
        self.dropout = dropout
        self.lr = lr
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.weight_decay = weight_decay
        self.optimizer = optimizer
        self.device = device
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.domain_loss = domain_loss
        self.domain_weight = domain_weight
        self.callbacks = callbacks
        self.net_params = net_params
        self.standardize = standardize
        self.verbose = verbose
        self.random_state = random_state
