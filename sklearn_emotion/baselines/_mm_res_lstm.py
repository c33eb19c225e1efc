"""MMResLSTM: residual LSTMs whose recurrent weights the modalities share."""

from numbers import Integral, Real

import torch
from torch import nn

from sklearn_emotion._base import Interval
from sklearn_emotion._net_classifier import NetClassifier
from sklearn_emotion._net_regressor import NetRegressor, twin_of
from sklearn_emotion.baselines._sequences import SequenceModalities


class SharedLSTM(nn.Module):
    """A layer of LSTMs, one a modality, with one set of recurrent weights.

    Parameters
    ----------
    n_inputs : list of int
        Features of each modality.
    n_hidden : int
        Width of the states.
    """

    def __init__(self, n_inputs, n_hidden):
        super().__init__()
        self.inputs = nn.ModuleList(nn.Linear(n, 4 * n_hidden) for n in n_inputs)
        self.recurrent = nn.Linear(n_hidden, 4 * n_hidden, bias=False)
        bound = n_hidden**-0.5
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)
        for layer in self.inputs:
            # A forget gate that starts open lets gradients reach early steps.
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
    """Stacked layers with shortcuts, and a classifier of the last outputs.

    Parameters
    ----------
    sizes : dict of str to int
        Features of each modality.
    n_outputs : int
        A logit for each class, or ratings.
    n_hidden : int
        Width of the states.
    n_layers : int
        Layers.
    dropout : float
        Share of a layer's outputs that are zeroed in training.
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
        """Return logits (N, classes) for modalities of shape (N, T, D)."""
        return self.classifier(self.features(**inputs))


class _MMResLSTM(SequenceModalities):
    """What `MMResLSTM` shares with its regressor."""

    def _module(self, shapes, n_outputs):
        return MMResLSTMModule, {
            "sizes": {name: shape[1] for name, shape in shapes.items()},
            "n_outputs": n_outputs,
            "n_hidden": self.n_hidden,
            "n_layers": self.n_layers,
            "dropout": self.dropout,
        }


class MMResLSTM(_MMResLSTM, NetClassifier):
    r"""MMResLSTM: multimodal residual LSTM network.

    Every layer is an LSTM per modality; the input weights :math:`W^m` are a modality's
    own, the recurrent ones :math:`U` are shared [1]_, so that modalities are tied in
    time:

    .. math:: [i, f, g, o] = W^m x^m_t + U h^m_{t-1} + b^m

    From the second layer on, a shortcut adds the layer's input to its output. The
    last outputs of all modalities are classified together.

    Input: two or more modalities of shape ``(n_samples, n_steps, ...)`` with the same
    number of steps; further axes are flattened. Read more in the
    :ref:`User Guide <sequence_baselines>`.

    Parameters
    ----------
    modalities : sequence of str, default=None
        Names of the modalities to take. If None, all of the training data's that are
        arrays of three or more dimensions.

    n_hidden : int, default=64
        Width of the states.

    n_layers : int, default=4
        Layers.

    dropout : float, default=0.5
        Share of a layer's outputs that are zeroed in training.

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
    EmotionTransformerFusion : Attention in place of recurrence.

    Notes
    -----
    Departures from [1]_, and readings where it is silent: four layers; layer
    normalisation of the sum of a layer's input and output; dropout after it; biases
    belong to a modality; the forget gate's bias starts at one; training by AdamW.

    ``paper_params()`` is empty: the training settings of [1]_ were not at hand.

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
        **SequenceModalities._parameter_constraints,
        "n_hidden": [Interval(Integral, 1, None, closed="left")],
        "n_layers": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
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
        self.callbacks = callbacks
        self.net_params = net_params
        self.standardize = standardize
        self.verbose = verbose
        self.random_state = random_state


@twin_of(MMResLSTM)
class MMResLSTMRegressor(_MMResLSTM, NetRegressor):
    """Multimodal residual LSTM for ratings.

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
