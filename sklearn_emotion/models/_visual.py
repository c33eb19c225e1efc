"""VisualCNNTCN: the network for face video, which is the teacher of 3FACRNN."""

from numbers import Integral, Real

import numpy as np
import torch
from sklearn.utils.validation import column_or_1d
from torch import nn

from sklearn_emotion._base import HasMethods, Interval
from sklearn_emotion.models._steps import StepOutputs
from sklearn_emotion.models._visual_cnn import (
    FRAME_SIZE,
    FRAME_VALUES,
    fitted_convolutions,
    frame_cnn,
    set_weights,
)
from sklearn_emotion.networks._classifier import NetClassifier
from sklearn_emotion.networks._data import Input
from sklearn_emotion.networks._docs import document
from sklearn_emotion.networks._estimator import NetEstimator
from sklearn_emotion.networks._regressor import NetRegressor

# Shapes of the weights of the CNN.
CNN_SHAPES = [(32, 3, 5, 5), (32, 32, 3, 3)]
CNN_ADVICE = 'Pass VisualCNN(architecture="3facrnn"), for example.'


class TemporalModule(nn.Module):
    """A convolution, two dilated convolutions and a residual connection over time.

    `dilated` are the dilated convolutions of another module, if their weights are
    shared.
    """

    def __init__(self, n_in, n_out, dropout, dilated=None):
        super().__init__()
        if dilated is None:
            dilated = [
                nn.Conv1d(n_out, n_out, 3, padding=2, dilation=2) for _ in range(2)
            ]
        self.layers = nn.Sequential()
        for convolution in [nn.Conv1d(n_in, n_out, 3, padding=1), *dilated]:
            self.layers.extend(
                [convolution, nn.ReLU(), nn.BatchNorm1d(n_out), nn.Dropout(dropout)]
            )
        self.residual = nn.Conv1d(n_in, n_out, 1)

    @property
    def dilated(self):
        """The two dilated convolutions."""
        return [self.layers[4], self.layers[8]]

    def forward(self, x):
        """Return (N, n_out, F) for x (N, n_in, F)."""
        return self.layers(x) + self.residual(x)


class VisualCNNTCNModule(nn.Module):
    """A CNN on each frame, then convolutions over frames.

    If `share_temporal`, both temporal modules have the same dilated convolutions. If
    `standardize`, each frame is centered and scaled. `cnn_weights` are the initial
    weights and biases of the CNN.
    """

    def __init__(
        self, n_outputs, n_features, dropout, share_temporal, standardize, cnn_weights
    ):
        super().__init__()
        self.cnn = frame_cnn("3facrnn", standardize)
        if cnn_weights is not None:
            set_weights(self.cnn, cnn_weights)
        first = TemporalModule(FRAME_VALUES, n_features, dropout)
        shared = first.dilated if share_temporal else None
        self.tcn = nn.Sequential(
            first,
            TemporalModule(n_features, n_features, dropout, shared),
            nn.AvgPool1d(3, stride=1, padding=1, count_include_pad=False),
        )
        self.classifier = nn.Linear(n_features, n_outputs)

    def features(self, face):
        """Return features (N, F, n_features) of face (N, F, 3, 48, 48)."""
        frames = face.flatten(0, 1).contiguous(memory_format=torch.channels_last)
        x = self.cnn(frames).unflatten(0, face.shape[:2])  # (N, F, 512)
        return self.tcn(x.transpose(1, 2)).transpose(1, 2)

    def forward(self, face):
        """Return outputs (N, F, n_outputs)."""
        return self.classifier(self.features(face))


class _VisualCNNTCN(StepOutputs, NetEstimator):
    """Base of `VisualCNNTCN` and its regressor."""

    _parameter_constraints: dict = {
        **NetEstimator._parameter_constraints,
        "n_features": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "share_temporal": ["boolean"],
        "cnn": [HasMethods(["fit", "predict"]), None],
        "warm_start": ["boolean"],
    }

    _steps = "frames"

    def _inputs(self):
        axes = ("n_frames", 3, FRAME_SIZE, FRAME_SIZE)
        return {"face": Input(axes, pixels=True, varying=(0,))}

    def _module(self, shapes, n_outputs):
        weights = None
        if self.cnn is not None:
            weights = fitted_convolutions(self.cnn, CNN_SHAPES, "cnn", CNN_ADVICE)
        return VisualCNNTCNModule, {
            "n_outputs": n_outputs,
            "n_features": self.n_features,
            "dropout": self.dropout,
            "share_temporal": self.share_temporal,
            "standardize": self.standardize,
            "cnn_weights": weights,
        }

    def _check_y(self, y, X):
        y = np.asarray(y)
        return super()._check_y(
            y if self._takes_steps(y) else column_or_1d(y, warn=True), X
        )

    def _user_targets(self, targets):
        y = super()._user_targets(targets)
        # A sample has the mean rating of its frames.
        return y.mean(axis=1) if y.ndim == 2 else y

    def predict_steps(self, X):
        """Return the prediction for each frame.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_frames, 3, 48, 48)
            Samples, or a mapping that contains them as "face".

        Returns
        -------
        y_pred : ndarray of shape (n_samples, n_frames)
            Predicted classes or ratings.
        """
        return self._predict_steps(X)

    def transform(self, X):
        """Return the features of each frame, which the last layer receives.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_frames, 3, 48, 48)
            Samples, or a mapping that contains them as "face".

        Returns
        -------
        features : ndarray of shape (n_samples, n_frames, n_features)
            Learned features.
        """
        return super().transform(X)

    @classmethod
    def paper_params(cls):
        """Return the settings of the paper, without the additions of this library.

        Returns
        -------
        params : dict
            Constructor arguments. The paper does not state the optimizer.
        """
        return {
            "lr": 1e-5,
            "max_epochs": 100,
            "batch_size": 128,
            "dropout": 0.5,
            "weight_decay": 0.0,
            "standardize": False,
        }


TEXTS = """
n_features : int
    Width of the temporal modules, which `transform` returns for each frame.

dropout : float
    Dropout probability after each normalization of the temporal modules.

share_temporal : bool
    Whether both temporal modules have the same dilated convolutions.

cnn : estimator or None
    Fitted network from whose weights the CNN starts, such as a :class:`VisualCNN` with
    ``architecture="3facrnn"`` or another `VisualCNNTCN`. Wrap it in a
    :class:`~sklearn.frozen.FrozenEstimator` if the estimator is cloned.

standardize : bool
    Whether to center and scale each frame by its own mean and standard deviation.
"""


@document(TEXTS)
class VisualCNNTCN(_VisualCNNTCN, NetClassifier):
    """Network for face video: a CNN on each frame, then convolutions over time.

    This is the visual network of 3FACRNN and its teacher (Figure 2 of [1]_). The CNN
    computes 512 features of each frame, and two temporal modules reduce them to 128.
    Each frame then gets its own label. The probabilities of a sample are the mean over
    its frames.

    Read more in the :ref:`User Guide <three_fac_rnn>`.

    Parameters
    ----------
    %(parameters)s

    Attributes
    ----------
    %(attributes)s

    See Also
    --------
    ThreeFACRNN : The network that learns from this one.
    VisualCNN : A network for still images.

    Notes
    -----
    Samples have shape (n_frames, 3, 48, 48), as floats from 0 to 1 or as uint8. `fit`
    accepts one label for each sample, or an array (n_samples, n_frames) with one label
    for each frame. `predict` and `score` always refer to samples, and `predict_steps`
    refers to frames. A fitted network takes any number of frames.

    Departures from [1]_, and choices where the paper is silent:

    - Frames are standardized.
    - The CNN has 5 x 5 and 3 x 3 convolutions of 32 channels and pools of 4 and 3. They
      give the 512 features that the paper states.
    - The temporal modules have 128 channels, padding that keeps the length, batch
      normalization, and an average pool over three frames.
    - The first convolutions of both temporal modules differ in size, so
      `share_temporal` shares only the dilated convolutions.
    - The optimizer is AdamW, with a higher learning rate, smaller batches and fewer
      epochs than in the paper (see `paper_params`).

    References
    ----------
    .. [1] Y. Du, P. Li, L. Cheng, X. Zhang, M. Li and F. Li, "Attention-based 3D
       convolutional recurrent neural network model for multimodal emotion
       recognition", Frontiers in Neuroscience 17:1330077, 2024.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import VisualCNNTCN
    >>> X = np.random.default_rng(0).uniform(size=(6, 5, 3, 48, 48))
    >>> clf = VisualCNNTCN(max_epochs=1, random_state=0).fit(X, ["calm", "tense"] * 3)
    >>> clf.predict_proba(X).shape, clf.transform(X).shape
    ((6, 2), (6, 5, 128))
    """

    _parameter_constraints: dict = {
        **NetClassifier._parameter_constraints,
        **_VisualCNNTCN._parameter_constraints,
    }

    def __init__(
        self,
        *,
        n_features=128,
        dropout=0.5,
        share_temporal=False,
        cnn=None,
        warm_start=False,
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
        domain_loss=None,
        domain_weight=1.0,
        callbacks=None,
        net_params=None,
        standardize=True,
        verbose=0,
        random_state=None,
    ):
        self.n_features = n_features
        self.dropout = dropout
        self.share_temporal = share_temporal
        self.cnn = cnn
        self.warm_start = warm_start
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
class VisualCNNTCNRegressor(_VisualCNNTCN, NetRegressor):
    """Network for face video, for ratings of frames or samples.

    %(regressor)s

    A `y` of shape (n_samples, n_frames) contains a rating of each frame, as in
    AFEW-VA. The prediction for a sample is the mean over its frames.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import VisualCNNTCNRegressor
    >>> X = np.random.default_rng(0).uniform(size=(6, 5, 3, 48, 48))
    >>> reg = VisualCNNTCNRegressor(max_epochs=1, random_state=0)
    >>> reg.fit(X, np.ones((6, 5)).cumsum(axis=1)).predict(X).shape
    (6,)
    """

    def __init__(
        self,
        *,
        n_features=128,
        dropout=0.5,
        share_temporal=False,
        cnn=None,
        warm_start=False,
        lr=1e-3,
        max_epochs=20,
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
        self.n_features = n_features
        self.dropout = dropout
        self.share_temporal = share_temporal
        self.cnn = cnn
        self.warm_start = warm_start
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

    def _targets(self, y, train):
        # A second axis contains the frames.
        targets = super()._targets(y[..., None], train)
        self._is_flat = True
        return targets

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = False
        return tags
