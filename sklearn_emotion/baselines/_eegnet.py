"""EEGNet: a compact convolutional network for raw EEG."""

from numbers import Integral, Real

import torch
from torch import nn

from sklearn_emotion._base import Interval
from sklearn_emotion._net import NetEstimator
from sklearn_emotion._net_classifier import NetClassifier
from sklearn_emotion._net_data import Input
from sklearn_emotion._net_regressor import NetRegressor, twin_of
from sklearn_emotion.baselines._space_first import filter_space_first, same_padding

# Factors of the two average pools.
POOLS = (4, 8)


def limited(weight, limit):
    """Return weights, those of output units with too large a norm scaled down."""
    return torch.renorm(weight, p=2, dim=0, maxnorm=limit)


class EEGNetModule(nn.Module):
    """Temporal, spatial and separable convolution.

    Parameters
    ----------
    n_channels, n_times : int
        Size of a sample.
    n_outputs : int
        A logit for each class, or ratings.
    n_filters, depth, n_pointwise : int
        Temporal filters F1, spatial filters of each D, pointwise filters F2.
    kernel, separable_kernel : int
        Lengths of the temporal and of the separable convolution.
    dropout : float
        Share of features that are zeroed in training.
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
        self.temporal_norm = nn.BatchNorm2d(n_filters)
        self.spatial = nn.Conv2d(
            n_filters, n_maps, (n_channels, 1), groups=n_filters, bias=False
        )
        self.first = nn.Sequential(
            nn.BatchNorm2d(n_maps),
            nn.ELU(),
            nn.AvgPool2d((1, POOLS[0])),
            nn.Dropout(dropout),
        )
        self.separable = nn.Sequential(
            _same(separable_kernel),
            nn.Conv2d(n_maps, n_maps, (1, separable_kernel), groups=n_maps, bias=False),
            nn.Conv2d(n_maps, n_pointwise, 1, bias=False),
            nn.BatchNorm2d(n_pointwise),
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
        """Return logits (N, classes) for eeg (N, C, t)."""
        weight = limited(self.classifier.weight, 0.25)
        return nn.functional.linear(self.features(eeg), weight, self.classifier.bias)


def _same(kernel):
    """Return the padding that keeps the length."""
    return nn.ZeroPad2d((*same_padding(kernel), 0, 0))


class _EEGNet(NetEstimator):
    """What `EEGNet` shares with its regressor."""

    def _inputs(self):
        # Statistics are pooled over time, axis 2.
        return {"eeg": Input(("n_channels", "n_times"), pooled=(2,))}

    def _module(self, shapes, n_outputs):
        n_channels, n_times = shapes["eeg"]
        least = POOLS[0] * POOLS[1]
        if n_times < least:
            raise ValueError(
                f"EEGNet pools over {least} time points, so that samples must last "
                f"{least / self.sfreq:g} s or more, got {n_times / self.sfreq:g} s "
                f"({n_times} time points at {self.sfreq} Hz)."
            )
        return EEGNetModule, {
            "n_channels": n_channels,
            "n_times": n_times,
            "n_outputs": n_outputs,
            "n_filters": self.n_filters,
            "depth": self.depth,
            "n_pointwise": self.n_pointwise,
            "kernel": max(1, round(self.kernel * self.sfreq)),
            "separable_kernel": max(1, round(self.kernel * self.sfreq / POOLS[0])),
            "dropout": self.dropout,
        }

    @classmethod
    def paper_params(cls):
        """Return the training settings that the paper and its authors' example state.

        The paper keeps the weights of the epoch with the least validation loss:
        `early_stopping` with a `patience` as long as the training, and groups.

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


class EEGNet(_EEGNet, NetClassifier):
    """EEGNet: temporal filters, spatial filters for each, a separable convolution.

    Input: signals of shape ``(n_samples, n_channels, n_times)``. Read more in the
    :ref:`User Guide <raw_baselines>`.

    Parameters
    ----------
    sfreq : float, default=128.0
        Sampling rate in Hz.

    n_filters : int, default=8
        Temporal filters, F1.

    depth : int, default=2
        Spatial filters of each temporal one, D.

    n_pointwise : int, default=16
        Filters of the separable convolution, F2.

    kernel : float, default=0.5
        Length of the temporal filters and of the separable ones in s, rounded to
        whole samples.

    dropout : float, default=0.25
        Share of features that are zeroed in training; 0.25 across subjects and 0.5
        within one in [1]_.

    lr : float, default=5e-3
        Learning rate.

    max_epochs : int, default=30
        Passes over the training data.

    batch_size : int, default=16
        Samples in a training step.

    weight_decay : float, default=0.01
        Weight decay of the optimizer.

    optimizer : {"adam", "adamw"} or class, default="adamw"
        Optimizer.

    device : str or torch.device, default="auto"
        Device; "auto" takes CUDA where there is one.

    class_weight : dict, "balanced" or None, default=None
        Weight of each class in the cross-entropy.

    early_stopping : bool, default=False
        Whether to hold out groups and stop when their loss no longer falls.

    validation_fraction : float, default=0.1
        Share of the groups that early stopping holds out.

    patience : int, default=10
        Epochs without a lower loss before early stopping.

    callbacks : list, default=None
        Callbacks of skorch.

    net_params : dict, default=None
        Further arguments of the skorch net, ``iterator_train__num_workers`` say.

    standardize : bool, default=True
        Whether to centre and scale each channel by the training data's
        statistics.

    verbose : int, default=0
        Whether to show a progress bar.

    random_state : int, RandomState instance or None, default=None
        Seed of the initial weights and of the order of samples.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.

    net_ : skorch.NeuralNetClassifier
        Fitted network; its ``history`` holds the losses.

    n_features_in_ : int
        Number of channels.

    See Also
    --------
    TSception : Several lengths of temporal filters, and hemispheres.

    Notes
    -----
    Departures from [1]_: the limits on norms (1 for spatial filters, 0.25 for the
    classifier) hold in the forward pass instead of being restored after each step;
    AdamW in place of Adam, at a higher rate and in smaller batches, so that a few
    hundred samples are enough. Channels are standardised. The channels are mixed
    before they are filtered in time, which gives the same numbers sooner: nothing but
    a normalisation stands between, and its statistics follow from the covariance of
    the signals' windows. The pools are 4 and 8 samples at any rate: resample to 128 Hz,
    at which [1]_ has them.

    The network is written out here, since braindecode's imports torchaudio, and PyPI's
    torchaudio 2.11 is built for CUDA and does not load beside a CPU build of torch
    (libc10_cuda.so is missing; beside a CUDA build it should).

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
        "sfreq": [Interval(Real, 0, None, closed="neither")],
        "n_filters": [Interval(Integral, 1, None, closed="left")],
        "depth": [Interval(Integral, 1, None, closed="left")],
        "n_pointwise": [Interval(Integral, 1, None, closed="left")],
        "kernel": [Interval(Real, 0, None, closed="neither")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

    def __init__(
        self,
        *,
        sfreq=128.0,
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
        self.callbacks = callbacks
        self.net_params = net_params
        self.standardize = standardize
        self.verbose = verbose
        self.random_state = random_state


@twin_of(EEGNet)
class EEGNetRegressor(_EEGNet, NetRegressor):
    """EEGNet for ratings.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import EEGNetRegressor
    >>> X = np.random.default_rng(0).normal(size=(8, 32, 256))
    >>> reg = EEGNetRegressor(max_epochs=1, random_state=0)
    >>> reg.fit(X, np.linspace(1, 9, 8)).predict(X).shape
    (8,)
    """
