"""Continuous CNN: convolutions over the grid of the scalp, without pooling."""

from numbers import Integral, Real

import numpy as np
from torch import nn

from sklearn_emotion._base import Interval
from sklearn_emotion._net import NetEstimator
from sklearn_emotion._net_classifier import NetClassifier
from sklearn_emotion._net_data import Input
from sklearn_emotion._net_regressor import NetRegressor, twin_of
from sklearn_emotion.baselines._grid_convolutions import FILTERS, GridConvolutions
from sklearn_emotion.montage import GRID_SIZE


class ContinuousCNNModule(nn.Module):
    """Four convolutions and a dense layer.

    Parameters
    ----------
    n_bands : int
        Bands, B.
    n_outputs : int
        A logit for each class, or ratings.
    n_dense : int
        Width of the dense layer.
    dropout : float
        Share of its units that are zeroed in training.
    """

    def __init__(self, n_bands, n_outputs, n_dense, dropout):
        super().__init__()
        self.convolutions = GridConvolutions(n_bands, first_kernel=4)
        self.dense = nn.Linear(FILTERS[-1] * GRID_SIZE**2, n_dense)
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(n_dense, n_outputs)

    def features(self, eeg):
        """Return the dense layer's units (N, H)."""
        x = self.convolutions(eeg)  # (N, 64, 9, 9)
        return nn.functional.selu(self.dense(x.flatten(1)))

    def forward(self, eeg):
        """Return logits (N, classes) for eeg (N, B, 9, 9)."""
        return self.classifier(self.dropout(self.features(eeg)))


class _ContinuousCNN(NetEstimator):
    """What `ContinuousCNN` shares with its regressor."""

    def _inputs(self):
        axes = ("n_bands", GRID_SIZE, GRID_SIZE)
        return {"eeg": Input(axes, pooled=(), padding=True)}

    def _arrays(self, X):
        ((key, eeg),) = super()._arrays(X).items()
        eeg = np.asarray(eeg)
        return {key: eeg.mean(axis=1) if eeg.ndim == 5 else eeg}

    def _module(self, shapes, n_outputs):
        return ContinuousCNNModule, {
            "n_bands": shapes["eeg"][0],
            "n_outputs": n_outputs,
            "n_dense": self.n_dense,
            "dropout": self.dropout,
        }

    @classmethod
    def paper_params(cls):
        """Return the training settings of the authors' code.

        Its penalty, half the squared norm of all weights times 0.5, has the gradient of
        a `weight_decay` of 0.5. Its rate falls once training accuracy exceeds 0.8; here
        it does not.

        Returns
        -------
        params : dict
            Constructor arguments.
        """
        return {
            "optimizer": "adam",
            "lr": 1e-4,
            "weight_decay": 0.5,
            "batch_size": 200,
            "max_epochs": 80,
        }


class ContinuousCNN(_ContinuousCNN, NetClassifier):
    """Continuous convolutional neural network.

    Four convolutions over the grid of differential entropies, with no pool between,
    since the grid is small already, and a dense layer [1]_.

    Input: grids of shape ``(n_samples, n_bands, 9, 9)`` or
    ``(n_samples, n_windows, n_bands, 9, 9)``, whose windows are averaged. Subtract a
    baseline's entropy first (:class:`BaselineRemoval`) where there is one. Read more
    in the :ref:`User Guide <grid_baselines>`.

    Parameters
    ----------
    n_dense : int, default=1024
        Width of the dense layer.

    dropout : float, default=0.5
        Share of its units that are zeroed in training.

    lr : float, default=1e-4
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
        Number of bands.

    See Also
    --------
    FourDCRNN : Steps in time and an LSTM over them.

    Notes
    -----
    Departures from [1]_: the initial weights of the convolutions are those of He et
    al.; AdamW in place of Adam, its weight decay in place of the penalty; the dense
    layer's SELU is that of the authors' code; inputs are standardised, unused cells
    staying 0.

    References
    ----------
    .. [1] Y. Yang, Q. Wu, Y. Fu and X. Chen, "Continuous convolutional neural network
       with 3D input for EEG-based emotion recognition", ICONIP 2018.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import ContinuousCNN
    >>> X = np.random.default_rng(0).normal(size=(8, 4, 9, 9))
    >>> clf = ContinuousCNN(max_epochs=1, random_state=0).fit(X, ["low", "high"] * 4)
    >>> clf.predict_proba(X).shape, clf.transform(X).shape
    ((8, 2), (8, 1024))
    """

    _parameter_constraints: dict = {
        **NetClassifier._parameter_constraints,
        "n_dense": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

    def __init__(
        self,
        *,
        n_dense=1024,
        dropout=0.5,
        lr=1e-4,
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


@twin_of(ContinuousCNN)
class ContinuousCNNRegressor(_ContinuousCNN, NetRegressor):
    """Continuous convolutional neural network for ratings.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import ContinuousCNNRegressor
    >>> X = np.random.default_rng(0).normal(size=(8, 4, 9, 9))
    >>> reg = ContinuousCNNRegressor(max_epochs=1, random_state=0)
    >>> reg.fit(X, np.linspace(1, 9, 8)).predict(X).shape
    (8,)
    """
