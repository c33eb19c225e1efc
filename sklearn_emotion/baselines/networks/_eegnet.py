"""EEGNet: a compact convolutional network for raw EEG."""

from numbers import Integral, Real

import torch
from torch import nn

from sklearn_emotion._base import Interval
from sklearn_emotion.baselines.networks._signals import SignalNetwork
from sklearn_emotion.baselines.networks._space_first import (
    filter_space_first,
    same_padding,
)
from sklearn_emotion.networks._classifier import NetClassifier
from sklearn_emotion.networks._docs import document
from sklearn_emotion.networks._regressor import NetRegressor

# Sizes of the two average pools in time points.
POOLS = (4, 8)
# Added to the variances of the batch normalizations, as in the authors' code.
NORM_EPS = 1e-3


def limited(weight, limit):
    """Return weights, scaled down for output units whose norm exceeds the limit."""
    return torch.renorm(weight, p=2, dim=0, maxnorm=limit)


class EEGNetModule(nn.Module):
    """Temporal, spatial and separable convolutions.

    There are `n_filters` (F1) temporal filters, `depth` (D) spatial filters of each and
    `n_pointwise` (F2) pointwise filters. The kernels are in time points.
    """

    def __init__(
        self,
        n_channels,
        n_times,
        n_outputs,
        n_filters,
        depth,
        n_pointwise,
        kernel,
        separable_kernel,
        dropout,
    ):
        super().__init__()
        n_maps = n_filters * depth
        self.temporal = nn.Conv2d(1, n_filters, (1, kernel), bias=False)
        self.temporal_norm = nn.BatchNorm2d(n_filters, eps=NORM_EPS)
        self.spatial = nn.Conv2d(
            n_filters, n_maps, (n_channels, 1), groups=n_filters, bias=False
        )
        self.first = nn.Sequential(
            nn.BatchNorm2d(n_maps, eps=NORM_EPS),
            nn.ELU(),
            nn.AvgPool2d((1, POOLS[0])),
            nn.Dropout(dropout),
        )
        self.separable = nn.Sequential(
            _same(separable_kernel),
            nn.Conv2d(n_maps, n_maps, (1, separable_kernel), groups=n_maps, bias=False),
            nn.Conv2d(n_maps, n_pointwise, 1, bias=False),
            nn.BatchNorm2d(n_pointwise, eps=NORM_EPS),
            nn.ELU(),
            nn.AvgPool2d((1, POOLS[1])),
            nn.Dropout(dropout),
        )
        n_steps = n_times // POOLS[0] // POOLS[1]
        self.classifier = nn.Linear(n_pointwise * n_steps, n_outputs)

    def features(self, eeg):
        """Return the flattened maps (N, F2 t / 32)."""
        filters = self.temporal.weight[:, 0, 0]
        spatial = limited(self.spatial.weight, 1.0)[:, 0, :, 0]
        x = filter_space_first(eeg, filters, self.temporal_norm, spatial)
        x = self.first(x[:, :, None])  # (N, D F1, 1, t / 4)
        return self.separable(x).flatten(1)

    def forward(self, eeg):
        """Return outputs (N, n_outputs) for eeg (N, C, t)."""
        weight = limited(self.classifier.weight, 0.25)
        return nn.functional.linear(self.features(eeg), weight, self.classifier.bias)


def _same(kernel):
    """Return padding that keeps the length."""
    return nn.ZeroPad2d((*same_padding(kernel), 0, 0))


class _EEGNet(SignalNetwork):
    """Base of `EEGNet` and its regressor."""

    _parameter_constraints: dict = {
        **SignalNetwork._parameter_constraints,
        "n_filters": [Interval(Integral, 1, None, closed="left")],
        "depth": [Interval(Integral, 1, None, closed="left")],
        "n_pointwise": [Interval(Integral, 1, None, closed="left")],
        "kernel": [Interval(Real, 0, None, closed="neither")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

    def _module(self, shapes, n_outputs):
        n_channels, n_times = shapes["eeg"]
        sfreq = self._value("sfreq")
        least = POOLS[0] * POOLS[1]
        if n_times < least:
            raise ValueError(
                f"EEGNet pools over {least} time points, so samples must last "
                f"{least / sfreq:g} s or more, got {n_times / sfreq:g} s "
                f"({n_times} time points at {sfreq} Hz)."
            )
        return EEGNetModule, {
            "n_channels": n_channels,
            "n_times": n_times,
            "n_outputs": n_outputs,
            "n_filters": self.n_filters,
            "depth": self.depth,
            "n_pointwise": self.n_pointwise,
            "kernel": max(1, round(self.kernel * sfreq)),
            "separable_kernel": max(1, round(self.kernel * sfreq / POOLS[0])),
            "dropout": self.dropout,
        }

    @classmethod
    def paper_params(cls):
        """Return the training settings of the paper and of its authors' example.

        The paper keeps the weights of the epoch with the lowest validation loss. Use
        `early_stopping` with groups and a `patience` as long as the training to do the
        same.

        Returns
        -------
        params : dict
            Constructor arguments.
        """
        return {
            "optimizer": "adam",
            "lr": 1e-3,
            "weight_decay": 0.0,
            "batch_size": 16,
            "max_epochs": 500,
        }


TEXTS = """
n_filters : int
    Number F1 of temporal filters.

depth : int
    Number D of spatial filters of each temporal filter.

n_pointwise : int
    Number F2 of filters of the separable convolution.

kernel : float
    Length of the temporal and the separable filters in seconds, which is rounded
    to whole samples.

dropout : float
    Dropout probability after each pool. The paper has 0.25 across subjects and 0.5
    within a subject.
"""


@document(TEXTS)
class EEGNet(_EEGNet, NetClassifier):
    """EEGNet: temporal filters, spatial filters of each, and a separable convolution.

    X contains signals of shape ``(n_samples, n_channels, n_times)``. Read more in
    the :ref:`User Guide <raw_baselines>`.

    Parameters
    ----------
    %(parameters)s

    Attributes
    ----------
    %(attributes)s

    See Also
    --------
    TSception : A network with temporal filters of several lengths.

    Notes
    -----
    Departures from [1]_ are the following:

    - The limits on norms (1 for spatial filters, 0.25 for the last layer) are applied
      in the forward pass. The paper applies them after each step.
    - AdamW replaces Adam, with a higher learning rate and smaller batches, so that a
      few hundred samples are enough.
    - Channels are standardized.
    - Running means of the batch normalizations move by 0.1 per step, and by 0.01 in the
      authors' code, which needs more steps than a short training has.
    - The channels are mixed before they are filtered in time, which gives the same
      numbers faster. Only a normalization lies between both steps, and its statistics
      follow from the covariance of the windows of the signals.
    - The pools cover 4 and 8 samples at any sampling rate. Resample signals to 128 Hz,
      as in [1]_.

    This library implements the network because braindecode's version imports
    torchaudio. The torchaudio 2.11 on PyPI is built for CUDA and cannot be loaded with
    a CPU build of torch (libc10_cuda.so is missing). With a CUDA build it should work.

    References
    ----------
    .. [1] V. J. Lawhern, A. J. Solon, N. R. Waytowich, S. M. Gordon, C. P. Hung and
       B. J. Lance, "EEGNet: a compact convolutional neural network for EEG-based
       brain-computer interfaces", Journal of Neural Engineering 15(5), 2018.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import EEGNet
    >>> X = np.random.default_rng(0).normal(size=(8, 32, 256))
    >>> clf = EEGNet(max_epochs=1, random_state=0).fit(X, ["low", "high"] * 4)
    >>> clf.predict_proba(X).shape, clf.transform(X).shape
    ((8, 2), (8, 128))
    """

    _parameter_constraints: dict = {
        **NetClassifier._parameter_constraints,
        **_EEGNet._parameter_constraints,
    }

    def __init__(
        self,
        *,
        sfreq="auto",
        n_filters=8,
        depth=2,
        n_pointwise=16,
        kernel=0.5,
        dropout=0.25,
        lr=5e-3,
        max_epochs=30,
        batch_size=16,
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
        self.sfreq = sfreq
        self.n_filters = n_filters
        self.depth = depth
        self.n_pointwise = n_pointwise
        self.kernel = kernel
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


@document(TEXTS)
class EEGNetRegressor(_EEGNet, NetRegressor):
    """EEGNet for ratings.

    %(regressor)s

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import EEGNetRegressor
    >>> X = np.random.default_rng(0).normal(size=(8, 32, 256))
    >>> reg = EEGNetRegressor(max_epochs=1, random_state=0)
    >>> reg.fit(X, np.linspace(1, 9, 8)).predict(X).shape
    (8,)
    """

    def __init__(
        self,
        *,
        sfreq="auto",
        n_filters=8,
        depth=2,
        n_pointwise=16,
        kernel=0.5,
        dropout=0.25,
        lr=5e-3,
        max_epochs=30,
        batch_size=16,
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
        self.sfreq = sfreq
        self.n_filters = n_filters
        self.depth = depth
        self.n_pointwise = n_pointwise
        self.kernel = kernel
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
