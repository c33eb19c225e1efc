"""Emotion transformer fusion: one encoder per modality, fused by attention."""

from math import log
from numbers import Integral, Real

import torch
from torch import nn

from sklearn_emotion._base import Interval
from sklearn_emotion._docs import fill_doc
from sklearn_emotion.baselines.networks import _sequences
from sklearn_emotion.networks._classifier import NetClassifier
from sklearn_emotion.networks._docs import SHARED, document
from sklearn_emotion.networks._regressor import NetRegressor


def positions(n_steps, width):
    """Return the sinusoidal code (n_steps, width) of each step, for an even width.

    The even columns contain sines of decreasing frequency, the odd columns cosines.
    """
    steps = torch.arange(n_steps)[:, None]
    frequencies = torch.exp(-log(10000.0) * torch.arange(0, width, 2) / width)
    angles = steps * frequencies
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)


class Encoder(nn.Module):
    """Transformer encoder of one modality."""

    def __init__(self, n_steps, n_inputs, width, n_layers, n_heads, dropout):
        super().__init__()
        self.embed = nn.Linear(n_inputs, width)
        self.register_buffer("positions", positions(n_steps, width))
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                width, n_heads, 4 * width, dropout, batch_first=True
            )
            for _ in range(n_layers)
        )

    def forward(self, x):
        """Return the mean over steps (N, width) for x (N, T, D)."""
        h = self.embed(x) + self.positions
        for layer in self.layers:
            h = layer(h)
        return h.mean(1)


class EmotionTransformerFusionModule(nn.Module):
    """Encoders, attention over modalities and a linear output layer.

    `shapes` contains the numbers of steps and features of each modality.
    """

    def __init__(self, shapes, n_outputs, width, n_layers, n_heads, dropout):
        super().__init__()
        self.names = list(shapes)
        self.encoders = nn.ModuleList(
            Encoder(*shape, width, n_layers, n_heads, dropout)
            for shape in shapes.values()
        )
        self.query = nn.Linear(width, width)
        self.score = nn.Linear(width, 1, bias=False)
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(width, n_outputs)

    def encoded(self, inputs):
        """Return the encoded modalities z (N, M, width)."""
        pairs = zip(self.encoders, self.names)
        return torch.stack([encode(inputs[name]) for encode, name in pairs], dim=1)

    def weights_of(self, z):
        """Return the weight of each modality (N, M), with a sum of one."""
        return self.score(torch.tanh(self.query(z)))[..., 0].softmax(1)

    def weights(self, **inputs):
        """Return the weight of each modality (N, M) for inputs (N, T, D)."""
        return self.weights_of(self.encoded(inputs))

    def features(self, **inputs):
        """Return the fused representation (N, width)."""
        z = self.encoded(inputs)
        return (self.weights_of(z)[..., None] * z).sum(1)

    def forward(self, **inputs):
        """Return outputs (N, n_outputs) for modalities of shape (N, T, D)."""
        return self.classifier(self.dropout(self.features(**inputs)))


@fill_doc(SHARED)
class _EmotionTransformerFusion(_sequences.SequenceModalities):
    """Base of `EmotionTransformerFusion` and its regressor."""

    _parameter_constraints: dict = {
        **_sequences.SequenceModalities._parameter_constraints,
        "width": [Interval(Integral, 2, None, closed="left")],
        "n_layers": [Interval(Integral, 1, None, closed="left")],
        "n_heads": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

    def _module(self, shapes, n_outputs):
        if self.width % self.n_heads or self.width % 2:
            raise ValueError(
                f"width must be even and a multiple of n_heads={self.n_heads}, got "
                f"{self.width}."
            )
        return EmotionTransformerFusionModule, {
            "shapes": dict(shapes),
            "n_outputs": n_outputs,
            "width": self.width,
            "n_layers": self.n_layers,
            "n_heads": self.n_heads,
            "dropout": self.dropout,
        }

    def modality_weights(self, X):
        """Return the weight of each modality in each sample.

        Parameters
        ----------
        %(X)s

        Returns
        -------
        weights : ndarray of shape (n_samples, n_modalities)
            Weights, which sum to one in each sample, in the order of ``modalities_``.
        """
        return self._apply(self._prepared(X), "weights")


TEXTS = """
width : int
    Width of the encoders, an even multiple of `n_heads`.

n_layers : int
    Number of layers of each encoder.

n_heads : int
    Number of attention heads of each layer.

dropout : float
    Dropout probability in the encoders and before the last layer.
"""


@document(_sequences.TEXTS, TEXTS)
class EmotionTransformerFusion(_EmotionTransformerFusion, NetClassifier):
    r"""Emotion transformer fusion (ETF).

    Each modality has a transformer encoder over its steps. The means :math:`z_m` of the
    encoded steps are summed with weights from attention over the modalities of each
    sample [1]_:

    .. math:: a_m = \operatorname{softmax}_m\, v^\top \tanh(W z_m + b), \qquad
        z = \sum_m a_m z_m

    X contains two or more modalities of shape ``(n_samples, n_steps, ...)`` with the
    same number of steps. Further axes are flattened. Read more in the
    :ref:`User Guide <sequence_baselines>`.

    Parameters
    ----------
    %(parameters)s

    Attributes
    ----------
    %(attributes)s

    See Also
    --------
    MMResLSTM : A network with recurrence in place of attention.

    Notes
    -----
    Departures from [1]_, and choices where the paper is silent: the encoders have depth
    2, width 64 and 4 heads. Their feed-forward layers have four times the width and
    ReLU, and normalization follows each part of a layer. Dropout of 0.3 is in the
    encoders and before the last layer. Positions are sinusoidal. The mean over steps
    represents a modality, and additive attention weights the modalities. Training uses
    AdamW.

    ``paper_params()`` is empty: the training settings of [1]_ were not available.

    References
    ----------
    .. [1] Y. Wang, W.-B. Jiang, R. Li and B.-L. Lu, "Emotion transformer fusion:
       complementary representation properties of EEG and eye movements on recognizing
       anger and surprise", BIBM 2021.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import EmotionTransformerFusion, Modalities
    >>> rng = np.random.default_rng(0)
    >>> eeg, ecg = rng.normal(size=(8, 5, 4, 32)), rng.normal(size=(8, 5, 9))
    >>> X = Modalities(eeg=eeg, ecg=ecg)
    >>> clf = EmotionTransformerFusion(max_epochs=1, random_state=0)
    >>> clf.fit(X, ["low", "high"] * 4).modality_weights(X).shape
    (8, 2)
    """

    _parameter_constraints: dict = {
        **NetClassifier._parameter_constraints,
        **_EmotionTransformerFusion._parameter_constraints,
    }

    def __init__(
        self,
        *,
        modalities=None,
        width=64,
        n_layers=2,
        n_heads=4,
        dropout=0.3,
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
        missing="error",
        modality_dropout=0.0,
        callbacks=None,
        net_params=None,
        standardize=True,
        verbose=0,
        random_state=None,
    ):
        self.modalities = modalities
        self.width = width
        self.n_layers = n_layers
        self.n_heads = n_heads
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
        self.missing = missing
        self.modality_dropout = modality_dropout
        self.callbacks = callbacks
        self.net_params = net_params
        self.standardize = standardize
        self.verbose = verbose
        self.random_state = random_state


@document(_sequences.TEXTS, TEXTS)
class EmotionTransformerFusionRegressor(_EmotionTransformerFusion, NetRegressor):
    """Emotion transformer fusion for ratings.

    %(regressor)s

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import EmotionTransformerFusionRegressor, Modalities
    >>> rng = np.random.default_rng(0)
    >>> X = Modalities(eeg=rng.normal(size=(8, 5, 4, 32)),
    ...                ecg=rng.normal(size=(8, 5, 3)))
    >>> reg = EmotionTransformerFusionRegressor(max_epochs=1, random_state=0)
    >>> reg.fit(X, np.linspace(1, 9, 8)).predict(X).shape
    (8,)
    """

    def __init__(
        self,
        *,
        modalities=None,
        width=64,
        n_layers=2,
        n_heads=4,
        dropout=0.3,
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
        missing="error",
        modality_dropout=0.0,
        callbacks=None,
        net_params=None,
        standardize=True,
        verbose=0,
        random_state=None,
    ):
        self.modalities = modalities
        self.width = width
        self.n_layers = n_layers
        self.n_heads = n_heads
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
        self.missing = missing
        self.modality_dropout = modality_dropout
        self.callbacks = callbacks
        self.net_params = net_params
        self.standardize = standardize
        self.verbose = verbose
        self.random_state = random_state
