"""Emotion transformer fusion: an encoder per modality, fused by attention."""

from math import log
from numbers import Integral, Real

import torch
from torch import nn

from sklearn_emotion._base import Interval
from sklearn_emotion._net_classifier import NetClassifier
from sklearn_emotion._net_regressor import NetRegressor, twin_of
from sklearn_emotion.baselines._sequences import SequenceModalities


def positions(n_steps, width):
    """Return the sinusoidal code of each step.

    Parameters
    ----------
    n_steps : int
        Steps, T.
    width : int
        Numbers a step, even.

    Returns
    -------
    code : Tensor of shape (n_steps, width)
        Sines of falling frequencies in the even columns, cosines in the odd ones.
    """
    steps = torch.arange(n_steps)[:, None]
    frequencies = torch.exp(-log(10000.0) * torch.arange(0, width, 2) / width)
    angles = steps * frequencies
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)


class Encoder(nn.Module):
    """Transformer encoder of one modality.

    Parameters
    ----------
    n_steps, n_inputs : int
        Steps and features of a step.
    width, n_layers, n_heads : int
        Size of the encoder.
    dropout : float
        Dropout of the encoder's layers.
    """

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
    """Encoders, attention over modalities, and a classifier.

    Parameters
    ----------
    shapes : dict of str to (int, int)
        Steps and features of each modality.
    n_outputs : int
        A logit for each class, or ratings.
    width, n_layers, n_heads : int
        Size of the encoders.
    dropout : float
        Dropout of the encoders and before the classifier.
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
        """Return z (N, M, width)."""
        pairs = zip(self.encoders, self.names)
        return torch.stack([encode(inputs[name]) for encode, name in pairs], dim=1)

    def weights_of(self, z):
        """Return the weight of each modality (N, M), of sum one."""
        return self.score(torch.tanh(self.query(z)))[..., 0].softmax(1)

    def weights(self, **inputs):
        """Return the weight of each modality (N, M) from the inputs."""
        return self.weights_of(self.encoded(inputs))

    def features(self, **inputs):
        """Return the fused representation (N, width)."""
        z = self.encoded(inputs)
        return (self.weights_of(z)[..., None] * z).sum(1)

    def forward(self, **inputs):
        """Return logits (N, classes) for modalities of shape (N, T, D)."""
        return self.classifier(self.dropout(self.features(**inputs)))


class _EmotionTransformerFusion(SequenceModalities):
    """What `EmotionTransformerFusion` shares with its regressor."""

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
        """Return how much each modality counts in each sample.

        Parameters
        ----------
        X : Modalities or dict of str to ndarray
            Samples.

        Returns
        -------
        weights : ndarray of shape (n_samples, n_modalities)
            Weights of sum one, in the order of ``modalities_``.
        """
        return self._apply(self._prepared(X), "weights")


class EmotionTransformerFusion(_EmotionTransformerFusion, NetClassifier):
    r"""Emotion transformer fusion (ETF).

    A transformer encoder per modality, over its steps; their means :math:`z_m` are
    added with weights that attention gives to each sample's modalities [1]_:

    .. math:: a_m = \operatorname{softmax}_m\, v^\top \tanh(W z_m + b), \qquad
        z = \sum_m a_m z_m

    Input: two or more modalities of shape ``(n_samples, n_steps, ...)`` with the same
    number of steps; further axes are flattened. Read more in the
    :ref:`User Guide <sequence_baselines>`.

    Parameters
    ----------
    modalities : sequence of str, default=None
        Names of the modalities to take. If None, all of the training data's that are
        arrays of three or more dimensions.

    width : int, default=64
        Width of the encoders, an even multiple of `n_heads`.

    n_layers : int, default=2
        Layers of an encoder.

    n_heads : int, default=4
        Attention heads of a layer.

    dropout : float, default=0.3
        Dropout of the encoders and before the classifier.

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
        Whether to centre and scale each feature by the training data's
        statistics.

    verbose : int, default=0
        Whether to show a progress bar.

    random_state : int, RandomState instance or None, default=None
        Seed of the initial weights and of the order of samples.

    Attributes
    ----------
    modalities_ : list of str
        Names of the modalities, in the order in which they are used.

    classes_ : ndarray of shape (n_classes,)
        Class labels.

    net_ : skorch.NeuralNetClassifier
        Fitted network; its ``history`` holds the losses.

    n_features_in_ : int
        Steps in a sample.

    See Also
    --------
    MMResLSTM : Recurrence in place of attention.

    Notes
    -----
    Departures from [1]_, and readings where it is silent: depth 2, width 64 and 4
    heads; feed-forward layers of four times the width with ReLU; normalisation after
    each part of a layer; dropout of 0.3 in the encoders and before the classifier;
    sinusoidal positions; the mean over steps represents a modality; additive attention
    weights the modalities; training by AdamW.

    ``paper_params()`` is empty: the training settings of [1]_ were not at hand.

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
        **SequenceModalities._parameter_constraints,
        "width": [Interval(Integral, 2, None, closed="left")],
        "n_layers": [Interval(Integral, 1, None, closed="left")],
        "n_heads": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
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
        self.callbacks = callbacks
        self.net_params = net_params
        self.standardize = standardize
        self.verbose = verbose
        self.random_state = random_state


@twin_of(EmotionTransformerFusion)
class EmotionTransformerFusionRegressor(_EmotionTransformerFusion, NetRegressor):
    """Emotion transformer fusion for ratings.

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
