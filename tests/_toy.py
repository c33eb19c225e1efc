"""Networks small enough for scikit-learn's own checks, on 2-D input."""

import torch
from torch import nn

from sklearn_emotion.networks._classifier import NetClassifier
from sklearn_emotion.networks._data import Input
from sklearn_emotion.networks._estimator import NetEstimator
from sklearn_emotion.networks._regressor import NetRegressor


class ToyModule(nn.Module):
    def __init__(self, n_features, n_outputs, dropout=0.0):
        super().__init__()
        self.hidden = nn.Linear(n_features, 16)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(16, n_outputs)

    def features(self, x):
        return torch.relu(self.hidden(x))

    def forward(self, x):
        return self.head(self.dropout(self.features(x)))


class _Toy(NetEstimator):
    def _inputs(self):
        return {"x": Input(("n_features",), ())}

    def _module(self, shapes, n_outputs):
        return ToyModule, {"n_features": shapes["x"][0], "n_outputs": n_outputs}

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        tags.input_tags.three_d_array = False
        return tags


class Toy(_Toy, NetClassifier):
    """A multilayer perceptron on the contract of `NetClassifier`."""

    def __init__(
        self,
        *,
        lr=0.05,
        max_epochs=30,
        batch_size=32,
        weight_decay=0.0,
        optimizer="adam",
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


class ToyRegressor(_Toy, NetRegressor):
    """The same for numbers."""

    def __init__(
        self,
        *,
        lr=0.05,
        max_epochs=30,
        batch_size=32,
        weight_decay=0.0,
        optimizer="adam",
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
