"""VisualCNN: a network for still images of faces, with DeepVANet's convolutions."""

from numbers import Integral, Real

import torch
from torch import nn

from sklearn_emotion._base import Interval
from sklearn_emotion.networks._classifier import NetClassifier
from sklearn_emotion.networks._data import Input
from sklearn_emotion.networks._docs import document
from sklearn_emotion.networks._estimator import NetEstimator
from sklearn_emotion.networks._layers import FrameScaler
from sklearn_emotion.networks._regressor import NetRegressor

# Side in pixels. No pixel of a smaller image is left after the third pool.
SMALLEST_IMAGE = 21


class VisualCNNModule(nn.Module):
    """Three convolutions with pooling, a hidden layer and a linear output layer.

    If `standardize`, each image is centered and scaled.
    """

    def __init__(self, height, width, n_outputs, n_features, dropout, standardize):
        super().__init__()
        # ReLU commutes with the maximum and is faster on the pooled values.
        self.cnn = nn.Sequential(
            FrameScaler() if standardize else nn.Identity(),
            nn.Conv2d(3, 32, 3),
            nn.MaxPool2d(3, stride=2),
            nn.ReLU(),
            nn.Conv2d(32, 64, 3),
            nn.MaxPool2d(3, stride=2),
            nn.ReLU(),
            nn.Conv2d(64, 128, 3, padding=1),
            nn.MaxPool2d(3, stride=2),
            nn.ReLU(),
            nn.Flatten(),
        ).to(memory_format=torch.channels_last)
        places = pooled_size(height) * pooled_size(width)
        self.hidden = nn.Linear(128 * places, n_features)
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(n_features, n_outputs)

    def features(self, face):
        """Return features (N, n_features) of images (N, 3, H, W)."""
        x = self.cnn(face.contiguous(memory_format=torch.channels_last))
        return torch.relu(self.hidden(self.dropout(x)))

    def forward(self, face):
        """Return outputs (N, n_outputs) for images (N, 3, H, W)."""
        return self.classifier(self.dropout(self.features(face)))


def pooled_size(side):
    """Return the side of a map after `VisualCNNModule`'s convolutions and pools."""
    for lost in (2, 2, 0):
        side = (side - lost - 3) // 2 + 1
    return side


class _VisualCNN(NetEstimator):
    """Base of `VisualCNN` and its regressor."""

    _parameter_constraints: dict = {
        **NetEstimator._parameter_constraints,
        "n_features": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

    def _inputs(self):
        return {"face": Input((3, "height", "width"), pixels=True)}

    def _module(self, shapes, n_outputs):
        _, height, width = shapes["face"]
        if min(height, width) < SMALLEST_IMAGE:
            raise ValueError(
                f"Images must have sides of at least {SMALLEST_IMAGE} pixels, got "
                f"{height} x {width}."
            )
        return VisualCNNModule, {
            "height": height,
            "width": width,
            "n_outputs": n_outputs,
            "n_features": self.n_features,
            "dropout": self.dropout,
            "standardize": self.standardize,
        }


TEXTS = """
n_features : int
    Width of the hidden layer, which `transform` returns.

dropout : float
    Dropout probability before the hidden layer and before the last layer.

standardize : bool
    Whether to center and scale each image by its own mean and standard deviation.
"""


@document(TEXTS)
class VisualCNN(_VisualCNN, NetClassifier):
    """Convolutional network for still images of faces.

    Its three convolutions are the same as in the face branch of DeepVANet [1]_. That
    branch can start from the weights learned here (``DeepVANet(face_cnn=...)``).

    Read more in the :ref:`User Guide <three_fac_rnn>`.

    Parameters
    ----------
    %(parameters)s

    Attributes
    ----------
    %(attributes)s

    See Also
    --------
    VisualCNNTCN : A network for face video.
    DeepVANet : A network for face video and bio-signals.

    Notes
    -----
    Images have shape (3, height, width), as floats from 0 to 1 or as uint8. Each side
    must have at least 21 pixels. Crop and align the faces before you pass them.

    Departures from [1]_: the paper does not describe a classifier of still images. The
    hidden layer, dropout, the last layer, the scaling of each image, AdamW, its
    learning rate and the number of epochs are choices of this library.

    References
    ----------
    .. [1] Y. Zhang, M. Z. Hossain and S. Rahman, "DeepVANet: a deep end-to-end network
       for multi-modal emotion recognition", INTERACT 2021.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import VisualCNN
    >>> X = np.random.default_rng(0).integers(0, 256, (6, 3, 64, 64), dtype=np.uint8)
    >>> clf = VisualCNN(max_epochs=1, random_state=0).fit(X, ["calm", "tense"] * 3)
    >>> clf.predict_proba(X).shape, clf.transform(X).shape
    ((6, 2), (6, 128))
    """

    _parameter_constraints: dict = {
        **NetClassifier._parameter_constraints,
        **_VisualCNN._parameter_constraints,
    }

    def __init__(
        self,
        *,
        n_features=128,
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
        self.n_features = n_features
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


@document(TEXTS)
class VisualCNNRegressor(_VisualCNN, NetRegressor):
    """Convolutional network for still images of faces, for ratings.

    %(regressor)s

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import VisualCNNRegressor
    >>> X = np.random.default_rng(0).uniform(size=(6, 3, 64, 64))
    >>> reg = VisualCNNRegressor(max_epochs=1, random_state=0)
    >>> reg.fit(X, np.linspace(1, 9, 6)).predict(X).shape
    (6,)
    """

    def __init__(
        self,
        *,
        n_features=128,
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
        callbacks=None,
        net_params=None,
        standardize=True,
        verbose=0,
        random_state=None,
    ):
        self.n_features = n_features
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
        self.callbacks = callbacks
        self.net_params = net_params
        self.standardize = standardize
        self.verbose = verbose
        self.random_state = random_state
