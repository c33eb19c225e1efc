"""VisualCNN: a network for still images of faces."""

from numbers import Integral, Real

import torch
from sklearn.frozen import FrozenEstimator
from torch import nn

from sklearn_emotion._base import Interval, StrOptions
from sklearn_emotion.networks._classifier import NetClassifier
from sklearn_emotion.networks._data import Input
from sklearn_emotion.networks._docs import document
from sklearn_emotion.networks._estimator import NetEstimator
from sklearn_emotion.networks._layers import FrameScaler
from sklearn_emotion.networks._regressor import NetRegressor

# Side in pixels. No pixel of a smaller image is left after DeepVANet's third pool.
SMALLEST_IMAGE = 21
# Side in pixels of the frames of 3FACRNN, and number of values that its CNN returns.
FRAME_SIZE, FRAME_VALUES = 48, 512


def deep_vanet_cnn():
    """Return the layers of the CNN of DeepVANet, which takes images of any size."""
    # ReLU commutes with the maximum and is faster on the pooled values.
    return [
        nn.Conv2d(3, 32, 3),
        nn.MaxPool2d(3, stride=2),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3),
        nn.MaxPool2d(3, stride=2),
        nn.ReLU(),
        nn.Conv2d(64, 128, 3, padding=1),
        nn.MaxPool2d(3, stride=2),
        nn.ReLU(),
    ]


def three_fac_rnn_cnn():
    """Return the layers of the CNN of 3FACRNN, for images of 48 x 48 pixels."""
    return [
        nn.Conv2d(3, 32, 5, padding=2),
        nn.MaxPool2d(4),  # 48 to 12
        nn.ReLU(),
        nn.Conv2d(32, 32, 3, padding=1),
        nn.MaxPool2d(3),  # 12 to 4
        nn.ReLU(),
    ]


LAYERS = {"deepvanet": deep_vanet_cnn, "3facrnn": three_fac_rnn_cnn}


def frame_cnn(architecture, standardize):
    """Return a CNN that maps images to vectors.

    If `standardize`, each image is centered and scaled.
    """
    scaler = FrameScaler() if standardize else nn.Identity()
    layers = [scaler, *LAYERS[architecture](), nn.Flatten()]
    return nn.Sequential(*layers).to(memory_format=torch.channels_last)


def convolutions(module):
    """Return the 2-D convolutions of a module in order."""
    return [layer for layer in module.modules() if isinstance(layer, nn.Conv2d)]


def set_weights(module, weights):
    """Set the weights and biases of the convolutions of a module."""
    for layer, (weight, bias) in zip(convolutions(module), weights):
        layer.weight.data.copy_(torch.as_tensor(weight))
        layer.bias.data.copy_(torch.as_tensor(bias))


def fitted_convolutions(network, shapes, parameter, advice):
    """Return weights and biases of the convolutions of a fitted network.

    Parameters
    ----------
    network : estimator
        Network, or a network in a FrozenEstimator.
    shapes : list of tuple of int
        Required shapes of the weights.
    parameter : str
        Name of the parameter whose value is `network`, for messages.
    advice : str
        Sentence about a suitable network, for messages.
    """
    if isinstance(network, FrozenEstimator):
        network = network.estimator
    name = type(network).__name__
    if not hasattr(network, "net_"):
        raise ValueError(
            f"{parameter}={name}() is not fitted. Cloning, as in cross-validation, "
            f"removes the fit. FrozenEstimator({parameter}) keeps it."
        )
    layers = convolutions(network.net_.module_)
    found = [tuple(layer.weight.shape) for layer in layers]
    if found != shapes or any(layer.bias is None for layer in layers):
        raise ValueError(
            f"{parameter}={name}() has convolutions of shapes {found}, but they must "
            f"have a bias and the shapes {shapes} (out, in, height, width). {advice}"
        )
    return [
        (layer.weight.detach().cpu().numpy(), layer.bias.detach().cpu().numpy())
        for layer in layers
    ]


class VisualCNNModule(nn.Module):
    """A CNN, a hidden layer and a linear output layer.

    `n_values` is the number of values that the CNN returns for an image. If
    `standardize`, each image is centered and scaled.
    """

    def __init__(
        self, architecture, n_values, n_outputs, n_features, dropout, standardize
    ):
        super().__init__()
        self.cnn = frame_cnn(architecture, standardize)
        self.hidden = nn.Linear(n_values, n_features)
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
    """Return the side of a map after DeepVANet's convolutions and pools."""
    for lost in (2, 2, 0):
        side = (side - lost - 3) // 2 + 1
    return side


class _VisualCNN(NetEstimator):
    """Base of `VisualCNN` and its regressor."""

    _parameter_constraints: dict = {
        **NetEstimator._parameter_constraints,
        "n_features": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "architecture": [StrOptions(set(LAYERS))],
        "warm_start": ["boolean"],
    }

    def _inputs(self):
        return {"face": Input((3, "height", "width"), pixels=True)}

    def _module(self, shapes, n_outputs):
        _, height, width = shapes["face"]
        if self.architecture == "3facrnn":
            if (height, width) != (FRAME_SIZE, FRAME_SIZE):
                raise ValueError(
                    f"With architecture='3facrnn', images must have {FRAME_SIZE} x "
                    f"{FRAME_SIZE} pixels, got {height} x {width}."
                )
            n_values = FRAME_VALUES
        else:
            if min(height, width) < SMALLEST_IMAGE:
                raise ValueError(
                    f"Images must have sides of at least {SMALLEST_IMAGE} pixels, got "
                    f"{height} x {width}."
                )
            n_values = 128 * pooled_size(height) * pooled_size(width)
        return VisualCNNModule, {
            "architecture": self.architecture,
            "n_values": n_values,
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

architecture : {"deepvanet", "3facrnn"}
    Whose convolutions the network has: the three of DeepVANet's face branch, or the
    two of :class:`VisualCNNTCN`, which need images of 48 x 48 pixels.

standardize : bool
    Whether to center and scale each image by its own mean and standard deviation.
"""


@document(TEXTS)
class VisualCNN(_VisualCNN, NetClassifier):
    """Convolutional network for still images of faces.

    Its convolutions are the same as in the face branch of DeepVANet [1]_ or, with
    ``architecture="3facrnn"``, as in the visual network of 3FACRNN [2]_. These networks
    can start from the weights learned here (``DeepVANet(face_cnn=...)`` and
    ``VisualCNNTCN(cnn=...)``).

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

    Departures from [1]_ and [2]_: neither describes a classifier of still images. The
    hidden layer, dropout, the last layer, the scaling of each image, AdamW, its
    learning rate and the number of epochs are choices of this library.

    References
    ----------
    .. [1] Y. Zhang, M. Z. Hossain and S. Rahman, "DeepVANet: a deep end-to-end network
       for multi-modal emotion recognition", INTERACT 2021.
    .. [2] Y. Du, P. Li, L. Cheng, X. Zhang, M. Li and F. Li, "Attention-based 3D
       convolutional recurrent neural network model for multimodal emotion
       recognition", Frontiers in Neuroscience 17:1330077, 2024.

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
        architecture="deepvanet",
        n_features=128,
        dropout=0.5,
        warm_start=False,
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
        self.architecture = architecture
        self.n_features = n_features
        self.dropout = dropout
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
        architecture="deepvanet",
        n_features=128,
        dropout=0.5,
        warm_start=False,
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
        self.architecture = architecture
        self.n_features = n_features
        self.dropout = dropout
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
