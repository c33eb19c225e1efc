"""MMResLSTM: residual LSTMs with recurrent weights that the modalities share."""

from numbers import Integral, Real

import torch
from torch import nn

from sklearn_emotion._base import Interval
from sklearn_emotion.baselines.networks import _sequences
from sklearn_emotion.networks._classifier import NetClassifier
from sklearn_emotion.networks._docs import document
from sklearn_emotion.networks._regressor import NetRegressor


class SharedLSTM(nn.Module):
    """Layer with one LSTM for each modality and shared recurrent weights.

    `n_inputs` lists the numbers of features of the modalities.
    """

    def __init__(self, n_inputs, n_hidden):
        super().__init__()
        self.inputs = nn.ModuleList(nn.Linear(n, 4 * n_hidden) for n in n_inputs)
        self.recurrent = nn.Linear(n_hidden, 4 * n_hidden, bias=False)
        bound = n_hidden**-0.5
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)
        for layer in self.inputs:
            # With open forget gates, gradients reach early steps from the start.
            nn.init.ones_(layer.bias[n_hidden : 2 * n_hidden])

    def forward(self, xs):
        """Return the states (M, N, T, H) for a list of M inputs (N, T, D)."""
        projected = torch.stack([layer(x) for layer, x in zip(self.inputs, xs)])
        h = c = projected.new_zeros(*projected.shape[:2], projected.shape[-1] // 4)
        states = []
        for gates in projected.unbind(2):
            i, f, g, o = (gates + self.recurrent(h)).chunk(4, dim=-1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            states.append(h)
        return torch.stack(states, dim=2)


class MMResLSTMModule(nn.Module):
    """Stacked layers with shortcuts, and a linear layer on their last outputs.

    `sizes` contains the number of features of each modality.
    """

    def __init__(self, sizes, n_outputs, n_hidden, n_layers, dropout):
        super().__init__()
        self.names = list(sizes)
        inputs = [list(sizes.values())] + [[n_hidden] * len(sizes)] * (n_layers - 1)
        self.layers = nn.ModuleList(SharedLSTM(n, n_hidden) for n in inputs)
        self.norms = nn.ModuleList(nn.LayerNorm(n_hidden) for _ in inputs)
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(n_hidden * len(sizes), n_outputs)

    def features(self, **inputs):
        """Return the last outputs of all modalities, (N, M H)."""
        x = self.layers[0]([inputs[name] for name in self.names])
        x = self.dropout(self.norms[0](x))  # (M, N, T, H)
        for layer, norm in zip(self.layers[1:], self.norms[1:]):
            x = self.dropout(norm(layer(list(x)) + x))
        return x[:, :, -1].transpose(0, 1).flatten(1)

    def forward(self, **inputs):
        """Return outputs (N, n_outputs) for modalities of shape (N, T, D)."""
        return self.classifier(self.features(**inputs))


class _MMResLSTM(_sequences.SequenceModalities):
    """Base of `MMResLSTM` and its regressor."""

    _parameter_constraints: dict = {
        **_sequences.SequenceModalities._parameter_constraints,
        "n_hidden": [Interval(Integral, 1, None, closed="left")],
        "n_layers": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

    def _module(self, shapes, n_outputs):
        return MMResLSTMModule, {
            "sizes": {name: shape[1] for name, shape in shapes.items()},
            "n_outputs": n_outputs,
            "n_hidden": self.n_hidden,
            "n_layers": self.n_layers,
            "dropout": self.dropout,
        }


TEXTS = """
n_hidden : int
    Number of units of each LSTM.

n_layers : int
    Number of layers.

dropout : float
    Dropout probability after each layer.
"""


@document(_sequences.TEXTS, TEXTS)
class MMResLSTM(_MMResLSTM, NetClassifier):
    """MMResLSTM: multimodal residual LSTM network.

    Each layer contains one LSTM for each modality. The input weights :math:`W^m` are
    separate, and the recurrent weights :math:`U` are shared [1]_, which ties the
    modalities in time:

    .. math:: [i, f, g, o] = W^m x^m_t + U h^m_{t-1} + b^m

    From the second layer on, a shortcut adds the input of the layer to its output. The
    last outputs of all modalities are classified together.

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
    EmotionTransformerFusion : A network with attention in place of recurrence.

    Notes
    -----
    Departures from [1]_, and choices where the paper is silent: there are four layers.
    Layer normalization is applied to the sum of the input and output of a layer, and
    dropout follows. Each modality has its own biases, and the bias of the forget gate
    starts at one. Training uses AdamW.

    ``paper_params()`` is empty: the training settings of [1]_ were not available.

    References
    ----------
    .. [1] J. Ma, H. Tang, W.-L. Zheng and B.-L. Lu, "Emotion recognition using
       multimodal residual LSTM network", ACM Multimedia 2019.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import MMResLSTM, Modalities
    >>> rng = np.random.default_rng(0)
    >>> eeg, ecg = rng.normal(size=(8, 5, 4, 32)), rng.normal(size=(8, 5, 9))
    >>> X = Modalities(eeg=eeg, ecg=ecg)
    >>> clf = MMResLSTM(max_epochs=1, random_state=0).fit(X, ["low", "high"] * 4)
    >>> clf.predict_proba(X).shape, clf.transform(X).shape
    ((8, 2), (8, 128))
    """

    _parameter_constraints: dict = {
        **NetClassifier._parameter_constraints,
        **_MMResLSTM._parameter_constraints,
    }

    def __init__(
        self,
        *,
        modalities=None,
        n_hidden=64,
        n_layers=4,
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
        missing="error",
        modality_dropout=0.0,
        callbacks=None,
        net_params=None,
        standardize=True,
        verbose=0,
        random_state=None,
    ):
        self.modalities = modalities
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
        self.missing = missing
        self.modality_dropout = modality_dropout
        self.callbacks = callbacks
        self.net_params = net_params
        self.standardize = standardize
        self.verbose = verbose
        self.random_state = random_state


@document(_sequences.TEXTS, TEXTS)
class MMResLSTMRegressor(_MMResLSTM, NetRegressor):
    """Multimodal residual LSTM for ratings.

    %(regressor)s

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import MMResLSTMRegressor, Modalities
    >>> rng = np.random.default_rng(0)
    >>> X = Modalities(eeg=rng.normal(size=(8, 5, 4, 32)),
    ...                ecg=rng.normal(size=(8, 5, 3)))
    >>> reg = MMResLSTMRegressor(max_epochs=1, random_state=0)
    >>> reg.fit(X, np.linspace(1, 9, 8)).predict(X).shape
    (8,)
    """

    def __init__(
        self,
        *,
        modalities=None,
        n_hidden=64,
        n_layers=4,
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
        missing="error",
        modality_dropout=0.0,
        callbacks=None,
        net_params=None,
        standardize=True,
        verbose=0,
        random_state=None,
    ):
        self.modalities = modalities
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
        self.missing = missing
        self.modality_dropout = modality_dropout
        self.callbacks = callbacks
        self.net_params = net_params
        self.standardize = standardize
        self.verbose = verbose
        self.random_state = random_state
