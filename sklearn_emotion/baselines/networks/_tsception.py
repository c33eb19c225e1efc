"""TSception: temporal filters of several lengths and filters of both hemispheres."""

import re
from numbers import Integral, Real

import torch
from torch import nn
from torch.nn import functional

from sklearn_emotion._base import Interval
from sklearn_emotion._validation import check_n_channels
from sklearn_emotion.baselines.networks._signals import SignalNetwork
from sklearn_emotion.baselines.networks._temporal_block import TemporalBlock
from sklearn_emotion.montage import channel_names
from sklearn_emotion.networks._classifier import NetClassifier
from sklearn_emotion.networks._docs import document
from sklearn_emotion.networks._regressor import NetRegressor

# Lengths of the temporal filters in seconds.
WINDOWS = (0.5, 0.25, 0.125)
# Sizes of the average pools after the temporal, spatial and fusing convolutions.
POOLS = (8, 2, 4)


def hemispheres(ch_names):
    """Return the channel indices of the left and right hemispheres, in matching order.

    Odd numbers in names are on the left, even numbers on the right. Channels without a
    counterpart, such as the midline, are left out. Raises a ValueError if all are.
    """
    index = {name: i for i, name in enumerate(channel_names(ch_names))}
    left, right = [], []
    for name, i in index.items():
        match = re.fullmatch(r"([A-Za-z]+)(\d+)", name)
        if match and int(match[2]) % 2:
            partner = f"{match[1]}{int(match[2]) + 1}"
            if partner in index:
                left.append(i)
                right.append(index[partner])
    if not left:
        raise ValueError(
            "TSception compares hemispheres, but no channel has a counterpart on the "
            f"other side (as F3 and F4 have) in {list(index)}."
        )
    return left, right


class TSceptionModule(nn.Module):
    """Temporal, spatial and fusing convolutions.

    `channels` are the indices of the channels to use, with the left hemisphere first.
    `kernels` are the lengths of the temporal filters in time points.
    """

    def __init__(
        self, channels, kernels, n_outputs, n_temporal, n_spatial, n_hidden, dropout
    ):
        super().__init__()
        self.register_buffer("channels", torch.tensor(channels))
        n_channels = len(channels)
        half = n_channels // 2
        self.temporal = nn.ModuleList(
            TemporalBlock(n_temporal, kernel, POOLS[0]) for kernel in kernels
        )
        self.temporal_norm = nn.BatchNorm2d(n_temporal)
        self.whole = _block(n_temporal, n_spatial, (n_channels, 1), 1, POOLS[1])
        self.halves = _block(n_temporal, n_spatial, (half, 1), (half, 1), POOLS[1])
        self.spatial_norm = nn.BatchNorm2d(n_spatial)
        self.fusion = _block(n_spatial, n_spatial, (3, 1), 1, POOLS[2])
        self.fusion_norm = nn.BatchNorm2d(n_spatial)
        self.hidden = nn.Linear(n_spatial, n_hidden)
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(n_hidden, n_outputs)

    def features(self, eeg):
        """Return the units of the dense layer (N, H)."""
        x = eeg[:, None].index_select(2, self.channels)  # (N, 1, C', t)
        x = torch.cat([block(x) for block in self.temporal], dim=-1)
        x = self.temporal_norm(x)  # (N, T filters, C', steps)
        x = self.spatial_norm(self.spatial(x))  # (N, S, 3, steps / 2)
        x = self.fusion_norm(self.fusion(x))  # (N, S, 1, steps / 8)
        return torch.relu(self.hidden(x.mean((2, 3))))

    def spatial(self, x):
        """Filter the whole scalp and both hemispheres in one product."""
        (whole, *rest), half = self.whole, self.halves[0]
        room = half.kernel_size[0]
        weight = torch.cat(
            [
                whole.weight,
                functional.pad(half.weight, (0, 0, 0, room)),
                functional.pad(half.weight, (0, 0, room, 0)),
            ]
        )  # (3 S, T, C', 1)
        bias = torch.cat([whole.bias, half.bias, half.bias])
        x = functional.conv1d(x.flatten(1, 2), weight.flatten(1, 2), bias)
        for layer in rest:
            x = layer(x)
        return x.unflatten(1, (3, -1)).transpose(1, 2)

    def forward(self, eeg):
        """Return outputs (N, n_outputs) for eeg (N, C, t)."""
        return self.classifier(self.dropout(self.features(eeg)))


def _block(n_in, n_out, kernel, stride, pool):
    return nn.Sequential(
        nn.Conv2d(n_in, n_out, kernel, stride), nn.LeakyReLU(), nn.AvgPool2d((1, pool))
    )


class _TSception(SignalNetwork):
    """Base of `TSception` and its regressor."""

    _parameter_constraints: dict = {
        **SignalNetwork._parameter_constraints,
        "ch_names": [str, "array-like"],
        "n_temporal": [Interval(Integral, 1, None, closed="left")],
        "n_spatial": [Interval(Integral, 1, None, closed="left")],
        "n_hidden": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

    def _module(self, shapes, n_outputs):
        n_channels, n_times = shapes["eeg"]
        sfreq = self._value("sfreq")
        names = self._value("ch_names")
        check_n_channels(n_channels, len(channel_names(names)), "TSception")
        left, right = hemispheres(names)
        kernels = [max(1, round(window * sfreq)) for window in WINDOWS]
        steps = [max(0, n_times - kernel + 1) // POOLS[0] for kernel in kernels]
        if min(steps) < 1 or sum(steps) // POOLS[1] < POOLS[2]:
            least = (kernels[0] + 2 * POOLS[0]) / sfreq
            raise ValueError(
                f"TSception's filters and pools need samples of about {least:g} s or "
                f"more, got {n_times / sfreq:g} s ({n_times} time points at "
                f"{sfreq} Hz)."
            )
        return TSceptionModule, {
            "channels": [*left, *right],
            "kernels": kernels,
            "n_outputs": n_outputs,
            "n_temporal": self.n_temporal,
            "n_spatial": self.n_spatial,
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
            "max_epochs": 500,
        }


TEXTS = """
ch_names : str or sequence of str
    ``"auto"`` to read them from the data, the name of a montage, or names of the
    channels. Channels without a counterpart in the other hemisphere, such as the
    midline, are left out.

n_temporal : int
    Number of temporal filters of each length.

n_spatial : int
    Number of spatial filters.

n_hidden : int
    Number of units in the dense layer before the last one.
"""


@document(TEXTS)
class TSception(_TSception, NetClassifier):
    """TSception: temporal dynamics and spatial asymmetry.

    Temporal filters have lengths of 0.5, 0.25 and 0.125 s. Spatial filters cover the
    whole scalp and, with shared weights, each hemisphere. A convolution fuses the three
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
    EEGNet : A network with temporal filters of one length.

    Notes
    -----
    Departures from [1]_: AdamW replaces Adam, without the penalty on the sum of
    absolute weights. Channels are standardized. The channels of the hemispheres are
    found by name and sorted in matching order. The pools cover 8, 2 and 4 samples at
    any sampling rate. Resample signals to 128 Hz, as in the authors' code.

    This library implements the network because braindecode's version imports torchaudio
    (see the notes of :class:`EEGNet`).

    References
    ----------
    .. [1] Y. Ding, N. Robinson, S. Zhang, Q. Zeng and C. Guan, "TSception: capturing
       temporal dynamics and spatial asymmetry from EEG for emotion recognition", IEEE
       Transactions on Affective Computing 14(3), 2023.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import TSception
    >>> X = np.random.default_rng(0).normal(size=(8, 32, 256))
    >>> clf = TSception(max_epochs=1, random_state=0).fit(X, ["low", "high"] * 4)
    >>> clf.predict_proba(X).shape, clf.transform(X).shape
    ((8, 2), (8, 32))
    """

    _parameter_constraints: dict = {
        **NetClassifier._parameter_constraints,
        **_TSception._parameter_constraints,
    }

    def __init__(
        self,
        *,
        sfreq="auto",
        ch_names="auto",
        n_temporal=15,
        n_spatial=15,
        n_hidden=32,
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
        self.ch_names = ch_names
        self.n_temporal = n_temporal
        self.n_spatial = n_spatial
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


@document(TEXTS)
class TSceptionRegressor(_TSception, NetRegressor):
    """TSception for ratings.

    %(regressor)s

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import TSceptionRegressor
    >>> X = np.random.default_rng(0).normal(size=(8, 32, 256))
    >>> reg = TSceptionRegressor(max_epochs=1, random_state=0)
    >>> reg.fit(X, np.linspace(1, 9, 8)).predict(X).shape
    (8,)
    """

    def __init__(
        self,
        *,
        sfreq="auto",
        ch_names="auto",
        n_temporal=15,
        n_spatial=15,
        n_hidden=32,
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
        self.ch_names = ch_names
        self.n_temporal = n_temporal
        self.n_spatial = n_spatial
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
