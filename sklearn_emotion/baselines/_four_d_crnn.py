"""4D-CRNN: convolutions over grids of the scalp and an LSTM over them."""

from numbers import Integral, Real

import torch
from torch import nn

from sklearn_emotion._base import Interval
from sklearn_emotion._net import NetEstimator
from sklearn_emotion._net_classifier import NetClassifier
from sklearn_emotion._net_data import Input
from sklearn_emotion._net_regressor import NetRegressor, twin_of
from sklearn_emotion.baselines._grid_convolutions import FILTERS, GridConvolutions
from sklearn_emotion.montage import GRID_SIZE


class FourDCRNNModule(nn.Module):
    """Convolutions and a pool per step, then an LSTM over steps.

    Parameters
    ----------
    n_bands : int
        Bands, B.
    n_outputs : int
        A logit for each class, or ratings.
    n_dense, n_hidden : int
        Width of the dense layer and of the LSTM.
    dropout : float
        Share of the LSTM's last output that is zeroed in training.
    """

    def __init__(self, n_bands, n_outputs, n_dense, n_hidden, dropout):
        super().__init__()
        self.convolutions = GridConvolutions(n_bands, first_kernel=5)
        self.pool = nn.MaxPool2d(2)
        self.dense = nn.Linear(FILTERS[-1] * (GRID_SIZE // 2) ** 2, n_dense)
        self.lstm = nn.LSTM(n_dense, n_hidden, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(n_hidden, n_outputs)

    def features(self, eeg):
        """Return the LSTM's last output (N, H)."""
        x = self.pool(self.convolutions(eeg.flatten(0, 1)))  # (N T, 64, 4, 4)
        x = torch.relu(self.dense(x.flatten(1)))  # (N T, dense)
        h, _ = self.lstm(x.unflatten(0, eeg.shape[:2]))  # (N, T, H)
        return h[:, -1]

    def forward(self, eeg):
        """Return logits (N, classes) for eeg (N, T, B, 9, 9)."""
        return self.classifier(self.dropout(self.features(eeg)))


class _FourDCRNN(NetEstimator):
    """What `FourDCRNN` shares with its regressor."""

    def _inputs(self):
        # Statistics are pooled over windows, axis 1.
        axes = ("n_windows", "n_bands", GRID_SIZE, GRID_SIZE)
        return {"eeg": Input(axes, pooled=(1,), padding=True)}

    def _module(self, shapes, n_outputs):
        return FourDCRNNModule, {
            "n_bands": shapes["eeg"][1],
            "n_outputs": n_outputs,
            "n_dense": self.n_dense,
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
            "max_epochs": 100,
        }


class FourDCRNN(_FourDCRNN, NetClassifier):
    """4D-CRNN: four-dimensional convolutional recurrent neural network.

    The parent of :class:`ThreeFACRNN`: four convolutions over the grid of each step, a
    pool, a dense layer, and an LSTM whose last output is classified [1]_.

    Input: grids of shape ``(n_samples, n_windows, n_bands, 9, 9)``, as
    :class:`GridProjector9x9` makes them. Read more in the
    :ref:`User Guide <grid_baselines>`.

    Parameters
    ----------
    n_dense : int, default=512
        Width of the dense layer.

    n_hidden : int, default=128
        Width of the LSTM.

    dropout : float, default=0.0
        Share of the LSTM's last output that is zeroed in training.

    lr : float, default=1e-3
        Learning rate.

    max_epochs : int, default=20
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
        Whether to centre and scale each band and cell by the training data's
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
        Windows in a sample.

    See Also
    --------
    ContinuousCNN : No steps, no pool.

    Notes
    -----
    Departures from [1]_: grids of 9 x 9 cells in place of 8 x 9; the initial weights
    of the convolutions are those of He et al.; AdamW in place of Adam; inputs are
    standardised, unused cells staying 0.

    References
    ----------
    .. [1] F. Shen, G. Dai, G. Lin, J. Zhang, W. Kong and H. Zeng, "EEG-based emotion
       recognition using 4D convolutional recurrent neural network", Cognitive
       Neurodynamics 14, 2020.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import FourDCRNN
    >>> X = np.random.default_rng(0).normal(size=(8, 2, 4, 9, 9))
    >>> clf = FourDCRNN(max_epochs=1, random_state=0).fit(X, ["low", "high"] * 4)
    >>> clf.predict_proba(X).shape, clf.transform(X).shape
    ((8, 2), (8, 128))
    """

    _parameter_constraints: dict = {
        **NetClassifier._parameter_constraints,
        "n_dense": [Interval(Integral, 1, None, closed="left")],
        "n_hidden": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

    def __init__(
        self,
        *,
        n_dense=512,
        n_hidden=128,
        dropout=0.0,
        lr=1e-3,
        max_epochs=20,
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
        self.n_dense = n_dense
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
        self.callbacks = callbacks
        self.net_params = net_params
        self.standardize = standardize
        self.verbose = verbose
        self.random_state = random_state


@twin_of(FourDCRNN)
class FourDCRNNRegressor(_FourDCRNN, NetRegressor):
    """4D-CRNN for ratings.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import FourDCRNNRegressor
    >>> X = np.random.default_rng(0).normal(size=(8, 2, 4, 9, 9))
    >>> reg = FourDCRNNRegressor(max_epochs=1, random_state=0)
    >>> reg.fit(X, np.linspace(1, 9, 8)).predict(X).shape
    (8,)
    """
