"""ACRNN: channel attention, a convolution, an LSTM and self-attention on raw EEG."""

from numbers import Integral, Real

import torch
from torch import nn

from sklearn_emotion._base import Interval
from sklearn_emotion.baselines.networks._signals import SignalNetwork
from sklearn_emotion.networks._classifier import NetClassifier
from sklearn_emotion.networks._docs import document
from sklearn_emotion.networks._regressor import NetRegressor


class ChannelAttention(nn.Module):
    """Weights of the channels, of sum one, computed from the means of all channels."""

    def __init__(self, n_channels, n_reduced):
        super().__init__()
        self.reduce = nn.Linear(n_channels, n_reduced)
        self.expand = nn.Linear(n_reduced, n_channels)

    def weights(self, eeg):
        """Return the weights (N, C) for eeg (N, C, t)."""
        return self.expand(torch.tanh(self.reduce(eeg.mean(-1)))).softmax(1)

    def forward(self, eeg):
        """Return the weighted signals (N, C, t)."""
        return self.weights(eeg)[..., None] * eeg


class FeatureAttention(nn.Module):
    """Weighted sum over steps, with a softmax over steps for each feature."""

    def __init__(self, n_hidden):
        super().__init__()
        self.inner = nn.Linear(n_hidden, n_hidden)
        self.outer = nn.Linear(n_hidden, n_hidden)

    def weights(self, h):
        """Return weights (N, T, H), which sum to one over T, for h (N, T, H)."""
        return self.outer(nn.functional.elu(self.inner(h))).softmax(1)

    def forward(self, h):
        """Return the weighted sum (N, H)."""
        return (self.weights(h) * h).sum(1)


class ACRNNModule(nn.Module):
    """Channel attention, a convolution over all channels, an LSTM and self-attention.

    `kernel`, `pool` and `stride` (of the pools) are in time points.
    """

    def __init__(
        self,
        n_channels,
        n_outputs,
        n_reduced,
        n_filters,
        n_hidden,
        n_layers,
        kernel,
        pool,
        stride,
        dropout,
    ):
        super().__init__()
        self.channel_attention = ChannelAttention(n_channels, n_reduced)
        self.convolution = nn.Sequential(
            nn.Conv1d(n_channels, n_filters, kernel),
            nn.BatchNorm1d(n_filters),
            nn.ELU(),
            nn.MaxPool1d(pool, stride),
            nn.Dropout(dropout),
        )
        self.lstm = nn.LSTM(n_filters, n_hidden, n_layers, batch_first=True)
        self.self_attention = FeatureAttention(n_hidden)
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(n_hidden, n_outputs)

    def channel_weights(self, eeg):
        """Return the weight of each channel (N, C)."""
        return self.channel_attention.weights(eeg)

    def features(self, eeg):
        """Return the weighted sum of the self-attention (N, H)."""
        x = self.convolution(self.channel_attention(eeg))  # (N, filters, steps)
        h, _ = self.lstm(x.transpose(1, 2))  # (N, steps, H)
        return self.self_attention(h)

    def forward(self, eeg):
        """Return outputs (N, n_outputs) for eeg (N, C, t)."""
        return self.classifier(self.dropout(self.features(eeg)))


class _ACRNN(SignalNetwork):
    """Base of `ACRNN` and its regressor."""

    _parameter_constraints: dict = {
        **SignalNetwork._parameter_constraints,
        "kernel": [Interval(Real, 0, None, closed="neither")],
        "pool": [Interval(Real, 0, None, closed="neither")],
        "pool_step": [Interval(Real, 0, None, closed="neither")],
        "n_filters": [Interval(Integral, 1, None, closed="left")],
        "n_reduced": [Interval(Integral, 1, None, closed="left")],
        "n_hidden": [Interval(Integral, 1, None, closed="left")],
        "n_layers": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

    def _module(self, shapes, n_outputs):
        n_channels, n_times = shapes["eeg"]
        sfreq = self._value("sfreq")
        kernel, pool, stride = (
            max(1, round(duration * sfreq))
            for duration in (self.kernel, self.pool, self.pool_step)
        )
        if n_times < kernel + pool - 1:
            raise ValueError(
                f"One filter and one pool of ACRNN take "
                f"{(kernel + pool - 1) / sfreq:g} s, more than the sample's "
                f"{n_times / sfreq:g} s ({n_times} time points at {sfreq} "
                "Hz). Lower kernel or pool."
            )
        return ACRNNModule, {
            "n_channels": n_channels,
            "n_outputs": n_outputs,
            "n_reduced": self.n_reduced,
            "n_filters": self.n_filters,
            "n_hidden": self.n_hidden,
            "n_layers": self.n_layers,
            "kernel": kernel,
            "pool": pool,
            "stride": stride,
            "dropout": self.dropout,
        }

    def channel_attention(self, X):
        """Return the weight of each channel.

        The weights depend on the means of the channels over time. High-passed signals
        have means of zero: all samples then have the same weights, which are not
        informative.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_channels, n_times)
            Signals.

        Returns
        -------
        weights : ndarray of shape (n_samples, n_channels)
            Weights, which sum to one in each sample.
        """
        return self._apply(self._prepared(X), "channel_weights")

    @classmethod
    def paper_params(cls):
        """Return the training settings of the paper and of its authors' code.

        Returns
        -------
        params : dict
            Constructor arguments.
        """
        return {
            "optimizer": "adam",
            "lr": 1e-4,
            "weight_decay": 0.0,
            "batch_size": 10,
            "max_epochs": 200,
            "dropout": 0.5,
        }


TEXTS = """
kernel : float
    Length of the filters in seconds, 45 samples at 128 Hz. It is rounded to whole
    samples, and so are `pool` and `pool_step`.

pool : float
    Length of the max-pools in seconds, 75 samples at 128 Hz.

pool_step : float
    Step from one pool to the next in seconds, 10 samples at 128 Hz.

n_filters : int
    Number of filters of the convolution.

n_reduced : int
    Number of units inside the channel attention.

n_hidden : int
    Number of units in each layer of the LSTM.

n_layers : int
    Number of layers of the LSTM.

dropout : float
    Dropout probability after the pools and before the last layer.
"""


@document(TEXTS)
class ACRNN(_ACRNN, NetClassifier):
    r"""ACRNN: attention-based convolutional recurrent neural network.

    Channel attention weights the channels by their means s,

    .. math:: a = \operatorname{softmax}(W_2 \tanh(W_1 s + b_1) + b_2)

    Filters over all channels and a pool then compute a sequence for an LSTM.
    Self-attention sums the states of the LSTM, with separate weights for each feature
    [1]_.

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
    EEGNet : A simpler network for raw EEG.

    Notes
    -----
    Departures from [1]_: the LSTM reads the pooled maps step by step (27 steps of 40
    features for 3 s at 128 Hz). Published copies have about 402,000 parameters, since
    they flatten the maps to a single step, which makes the recurrence useless. Batch
    normalization follows the convolution, since channel weights of sum one make the
    signals small. Training uses AdamW by default, and ``paper_params()`` returns the
    settings of the authors' code.

    References
    ----------
    .. [1] W. Tao, C. Li, R. Song, J. Cheng, Y. Liu, F. Wan and X. Chen, "EEG-based
       emotion recognition via channel-wise attention and self attention", IEEE
       Transactions on Affective Computing 14(1), 2023.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import ACRNN
    >>> X = np.random.default_rng(0).normal(size=(8, 32, 384))
    >>> clf = ACRNN(max_epochs=1, random_state=0).fit(X, ["low", "high"] * 4)
    >>> clf.predict_proba(X).shape, clf.channel_attention(X).shape
    ((8, 2), (8, 32))
    """

    _parameter_constraints: dict = {
        **NetClassifier._parameter_constraints,
        **_ACRNN._parameter_constraints,
    }

    def __init__(
        self,
        *,
        sfreq="auto",
        kernel=0.35,
        pool=0.586,
        pool_step=0.078,
        n_filters=40,
        n_reduced=15,
        n_hidden=64,
        n_layers=2,
        dropout=0.5,
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
        self.sfreq = sfreq
        self.kernel = kernel
        self.pool = pool
        self.pool_step = pool_step
        self.n_filters = n_filters
        self.n_reduced = n_reduced
        self.n_hidden = n_hidden
        self.n_layers = n_layers
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
class ACRNNRegressor(_ACRNN, NetRegressor):
    """ACRNN for ratings.

    %(regressor)s

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import ACRNNRegressor
    >>> X = np.random.default_rng(0).normal(size=(8, 32, 384))
    >>> reg = ACRNNRegressor(max_epochs=1, random_state=0)
    >>> reg.fit(X, np.linspace(1, 9, 8)).predict(X).shape
    (8,)
    """

    def __init__(
        self,
        *,
        sfreq="auto",
        kernel=0.35,
        pool=0.586,
        pool_step=0.078,
        n_filters=40,
        n_reduced=15,
        n_hidden=64,
        n_layers=2,
        dropout=0.5,
        lr=1e-3,
        max_epochs=30,
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
        self.sfreq = sfreq
        self.kernel = kernel
        self.pool = pool
        self.pool_step = pool_step
        self.n_filters = n_filters
        self.n_reduced = n_reduced
        self.n_hidden = n_hidden
        self.n_layers = n_layers
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
