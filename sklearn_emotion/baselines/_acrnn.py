"""ACRNN: channel attention, convolution, LSTM and self-attention over raw EEG."""

from numbers import Integral, Real

import torch
from torch import nn

from sklearn_emotion._base import Interval
from sklearn_emotion._net import NetEstimator
from sklearn_emotion._net_classifier import NetClassifier
from sklearn_emotion._net_data import Input
from sklearn_emotion._net_regressor import NetRegressor, twin_of


class ChannelAttention(nn.Module):
    """A share of one for each channel, from the means of all.

    Parameters
    ----------
    n_channels : int
        Channels.
    n_reduced : int
        Width of the layer between.
    """

    def __init__(self, n_channels, n_reduced):
        super().__init__()
        self.reduce = nn.Linear(n_channels, n_reduced)
        self.expand = nn.Linear(n_reduced, n_channels)

    def weights(self, eeg):
        """Return the shares (N, C) for eeg (N, C, t)."""
        return self.expand(torch.tanh(self.reduce(eeg.mean(-1)))).softmax(1)

    def forward(self, eeg):
        """Return the weighted signals (N, C, t)."""
        return self.weights(eeg)[..., None] * eeg


class FeatureAttention(nn.Module):
    """Sum over steps, with a softmax over steps for each feature.

    Parameters
    ----------
    n_hidden : int
        Features of a step.
    """

    def __init__(self, n_hidden):
        super().__init__()
        self.inner = nn.Linear(n_hidden, n_hidden)
        self.outer = nn.Linear(n_hidden, n_hidden)

    def weights(self, h):
        """Return the weights (N, T, H), of sum one over T, for h (N, T, H)."""
        return self.outer(nn.functional.elu(self.inner(h))).softmax(1)

    def forward(self, h):
        """Return the weighted sum (N, H)."""
        return (self.weights(h) * h).sum(1)


class ACRNNModule(nn.Module):
    """Channel attention, a convolution over all channels, LSTM, self-attention.

    Parameters
    ----------
    n_channels : int
        Channels.
    n_outputs : int
        A logit for each class, or ratings.
    n_reduced : int
        Width inside the channel attention.
    n_filters, n_hidden, n_layers : int
        Filters of the convolution, width and layers of the LSTM.
    kernel, pool, stride : int
        Length of the filters, of the pools, and from one pool to the next.
    dropout : float
        Share of features that are zeroed in training.
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
        """Return the share of each channel (N, C)."""
        return self.channel_attention.weights(eeg)

    def features(self, eeg):
        """Return the self-attention's sum (N, H)."""
        x = self.convolution(self.channel_attention(eeg))  # (N, filters, steps)
        h, _ = self.lstm(x.transpose(1, 2))  # (N, steps, H)
        return self.self_attention(h)

    def forward(self, eeg):
        """Return logits (N, classes) for eeg (N, C, t)."""
        return self.classifier(self.dropout(self.features(eeg)))


class _ACRNN(NetEstimator):
    """What `ACRNN` shares with its regressor."""

    def _inputs(self):
        # Statistics are pooled over time, axis 2.
        return {"eeg": Input(("n_channels", "n_times"), pooled=(2,))}

    def _module(self, shapes, n_outputs):
        n_channels, n_times = shapes["eeg"]
        kernel, pool, stride = (
            max(1, round(duration * self.sfreq))
            for duration in (self.kernel, self.pool, self.pool_step)
        )
        if n_times < kernel + pool - 1:
            raise ValueError(
                f"One filter and one pool of ACRNN take "
                f"{(kernel + pool - 1) / self.sfreq:g} s, more than the sample's "
                f"{n_times / self.sfreq:g} s ({n_times} time points at {self.sfreq} "
                "Hz); lower kernel or pool."
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
        """Return how much each channel counts.

        The shares follow from the channels' means over time. Where signals have none,
        high-passed windows say, every sample has the same shares, and they say nothing
        about it.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_channels, n_times)
            Signals.

        Returns
        -------
        weights : ndarray of shape (n_samples, n_channels)
            Shares of sum one.
        """
        return self._apply(self._prepared(X), "channel_weights")


class ACRNN(_ACRNN, NetClassifier):
    r"""ACRNN: attention-based convolutional recurrent neural network.

    Channels are weighted by their means s (channel attention),

    .. math:: a = \operatorname{softmax}(W_2 \tanh(W_1 s + b_1) + b_2)

    filters over all channels and a pool make a sequence for an LSTM; self-attention
    adds its states, each feature with weights of its own [1]_.

    Input: signals of shape ``(n_samples, n_channels, n_times)``. Read more in the
    :ref:`User Guide <raw_baselines>`.

    Parameters
    ----------
    sfreq : float, default=128.0
        Sampling rate in Hz.

    kernel : float, default=0.35
        Length of the filters in s, 45 samples at 128 Hz. Durations are rounded to
        whole samples.

    pool : float, default=0.586
        Length of the max-pools in s, 75 samples at 128 Hz.

    pool_step : float, default=0.078
        From one pool to the next in s, 10 samples at 128 Hz.

    n_filters : int, default=40
        Filters.

    n_reduced : int, default=15
        Width inside the channel attention.

    n_hidden : int, default=64
        Width of the LSTM.

    n_layers : int, default=2
        Layers of the LSTM.

    dropout : float, default=0.5
        Share of features that are zeroed in training.

    lr : float, default=1e-3
        Learning rate.

    max_epochs : int, default=30
        Passes over the training data.

    batch_size : int, default=32
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
    EEGNet : A plainer network for raw EEG.

    Notes
    -----
    Departures from [1]_: the LSTM reads the pooled maps step by step (27 steps of 40
    features for 3 s at 128 Hz). Its size as published copies have it, about 402,000
    parameters, comes from flattening them to one step, which leaves nothing to a
    recurrence. Batch normalisation follows the convolution, since shares of one
    leave small signals; training by AdamW.

    ``paper_params()`` is empty: the training settings of [1]_ were not at hand.

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
        "sfreq": [Interval(Real, 0, None, closed="neither")],
        "kernel": [Interval(Real, 0, None, closed="neither")],
        "pool": [Interval(Real, 0, None, closed="neither")],
        "pool_step": [Interval(Real, 0, None, closed="neither")],
        "n_filters": [Interval(Integral, 1, None, closed="left")],
        "n_reduced": [Interval(Integral, 1, None, closed="left")],
        "n_hidden": [Interval(Integral, 1, None, closed="left")],
        "n_layers": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

    def __init__(
        self,
        *,
        sfreq=128.0,
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
        self.callbacks = callbacks
        self.net_params = net_params
        self.standardize = standardize
        self.verbose = verbose
        self.random_state = random_state


@twin_of(ACRNN)
class ACRNNRegressor(_ACRNN, NetRegressor):
    """ACRNN for ratings.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import ACRNNRegressor
    >>> X = np.random.default_rng(0).normal(size=(8, 32, 384))
    >>> reg = ACRNNRegressor(max_epochs=1, random_state=0)
    >>> reg.fit(X, np.linspace(1, 9, 8)).predict(X).shape
    (8,)
    """
