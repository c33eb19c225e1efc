"""4D-CRNN: convolutions on grids of the scalp and an LSTM over windows."""

from numbers import Integral, Real

import torch
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


class FourDCRNNModule(nn.Module):
    """Convolutions and a pool on each window, then an LSTM over windows."""

    def __init__(self, n_bands, n_outputs, n_dense, n_hidden, dropout):
        super().__init__()
        self.convolutions = GridConvolutions(n_bands, first_kernel=5)
        self.pool = nn.MaxPool2d(2)
        self.dense = nn.Linear(FILTERS[-1] * (GRID_SIZE // 2) ** 2, n_dense)
        self.lstm = nn.LSTM(n_dense, n_hidden, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(n_hidden, n_outputs)

    def features(self, eeg):
        """Return the last output of the LSTM (N, H)."""
        x = self.pool(self.convolutions(eeg.flatten(0, 1)))  # (N T, 64, 4, 4)
        x = torch.relu(self.dense(x.flatten(1)))  # (N T, dense)
        h, _ = self.lstm(x.unflatten(0, eeg.shape[:2]))  # (N, T, H)
        return h[:, -1]

    def forward(self, eeg):
        """Return outputs (N, n_outputs) for eeg (N, T, B, 9, 9)."""
        return self.classifier(self.dropout(self.features(eeg)))


class _FourDCRNN(NetEstimator):
    """Base of `FourDCRNN` and its regressor."""

    _parameter_constraints: dict = {
        **NetEstimator._parameter_constraints,
        "n_dense": [Interval(Integral, 1, None, closed="left")],
        "n_hidden": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

    def _inputs(self):
        # Statistics are pooled over windows, axis 1.
        axes = ("n_windows", "n_bands", GRID_SIZE, GRID_SIZE)
        return {"eeg": Input(axes, pooled=(1,), padding=True)}

    def _module(self, shapes, n_outputs):
        return FourDCRNNModule, {
            "n_bands": shapes["eeg"][1],
            "n_outputs": n_outputs,
            "n_dense": self.n_dense,
            "n_hidden": self.n_hidden,
            "dropout": self.dropout,
        }

    @classmethod
    def paper_params(cls):
        """Return the training settings of the authors' code for DEAP.

        Returns
        -------
        params : dict
            Constructor arguments.
        """
        return {
            "optimizer": "adam",
            "lr": 1e-3,
            "weight_decay": 0.0,
            "batch_size": 64,
            "max_epochs": 100,
        }


TEXTS = """
n_hidden : int
    Number of units of the LSTM.
"""


@document(DENSE_TEXTS, TEXTS)
class FourDCRNN(_FourDCRNN, NetClassifier):
    """4D-CRNN: four-dimensional convolutional recurrent neural network.

    Four convolutions, a pool and a dense layer process the grid of each window. An LSTM
    reads the windows, and its last output is classified [1]_. :class:`ThreeFACRNN`
    extends this network.

    X contains grids of shape ``(n_samples, n_windows, n_bands, 9, 9)``, as
    :class:`GridProjector9x9` returns them. Read more in the
    :ref:`User Guide <grid_baselines>`.

    Parameters
    ----------
    %(parameters)s

    Attributes
    ----------
    %(attributes)s

    See Also
    --------
    ContinuousCNN : A network without windows and pools.

    Notes
    -----
    Departures from [1]_: grids have 9 x 9 cells in place of 8 x 9. The initial weights
    of the convolutions follow He et al. AdamW replaces Adam. Inputs are standardized,
    and unused cells remain 0.

    References
    ----------
    .. [1] F. Shen, G. Dai, G. Lin, J. Zhang, W. Kong and H. Zeng, "EEG-based emotion
       recognition using 4D convolutional recurrent neural network", Cognitive
       Neurodynamics 14, 2020.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import FourDCRNN
    >>> X = np.random.default_rng(0).normal(size=(8, 2, 4, 9, 9))
    >>> clf = FourDCRNN(max_epochs=1, random_state=0).fit(X, ["low", "high"] * 4)
    >>> clf.predict_proba(X).shape, clf.transform(X).shape
    ((8, 2), (8, 128))
    """

    _parameter_constraints: dict = {
        **NetClassifier._parameter_constraints,
        **_FourDCRNN._parameter_constraints,
    }

    def __init__(
        self,
        *,
        n_dense=512,
        n_hidden=128,
        dropout=0.0,
        lr=1e-3,
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
        self.n_hidden = n_hidden
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


@document(DENSE_TEXTS, TEXTS)
class FourDCRNNRegressor(_FourDCRNN, NetRegressor):
    """4D-CRNN for ratings.

    %(regressor)s

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import FourDCRNNRegressor
    >>> X = np.random.default_rng(0).normal(size=(8, 2, 4, 9, 9))
    >>> reg = FourDCRNNRegressor(max_epochs=1, random_state=0)
    >>> reg.fit(X, np.linspace(1, 9, 8)).predict(X).shape
    (8,)
    """

    def __init__(
        self,
        *,
        n_dense=512,
        n_hidden=128,
        dropout=0.0,
        lr=1e-3,
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
        self.n_hidden = n_hidden
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
