"""Networks that see faces: the teacher of 3FACRNN, and one for still images."""

from numbers import Integral, Real

import numpy as np
import torch
from sklearn.utils.validation import check_consistent_length
from torch import nn

from sklearn_emotion._base import Interval
from sklearn_emotion._net import NetEstimator
from sklearn_emotion._net_classifier import NetClassifier
from sklearn_emotion._net_data import Input
from sklearn_emotion._net_regressor import NetRegressor, twin_of

FRAME_SIZE = 48
# Smaller ones have no pixel left after the third pool of `VisualCNN`.
SMALLEST_IMAGE = 21


class FrameScaler(nn.Module):
    """Centre and scale each image by its own mean and standard deviation."""

    def forward(self, x):
        """Return images of the shape of x (N, 3, H, W)."""
        var, mean = torch.var_mean(x, (1, 2, 3), correction=0, keepdim=True)
        return (x - mean) / (var + 1e-5).sqrt()


class TemporalModule(nn.Module):
    """A convolution, two dilated ones and a residual connection over time.

    Parameters
    ----------
    n_in, n_out : int
        Input and output channels.
    dropout : float
        Share of values that are zeroed after each normalisation in training.
    dilated : sequence of Module, default=None
        The dilated convolutions of another module, to share their weights.
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
    """CNN on each frame, then convolutions over frames.

    Parameters
    ----------
    n_outputs : int
        A logit for each class, or ratings.
    n_features : int
        Width of the features of a frame.
    dropout : float
        Share of values that are zeroed in training.
    share_temporal : bool
        Whether both temporal modules have the same dilated convolutions.
    standardize : bool
        Whether to centre and scale each frame.
    """

    def __init__(self, n_outputs, n_features, dropout, share_temporal, standardize):
        super().__init__()
        # ReLU and maximum commute, and fewer values are left after pooling.
        self.cnn = nn.Sequential(
            FrameScaler() if standardize else nn.Identity(),
            nn.Conv2d(3, 32, 5, padding=2),
            nn.MaxPool2d(4),  # 48 to 12
            nn.ReLU(),
            nn.Conv2d(32, 32, 3, padding=1),
            nn.MaxPool2d(3),  # 12 to 4
            nn.ReLU(),
            nn.Flatten(),
        ).to(memory_format=torch.channels_last)
        first = TemporalModule(512, n_features, dropout)
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
        """Return logits (N, F, K)."""
        return self.classifier(self.features(face))


class VisualCNNModule(nn.Module):
    """Three convolutions with pooling, a hidden layer and a classifier.

    Parameters
    ----------
    height, width : int
        Size of the images.
    n_outputs : int
        A logit for each class, or ratings.
    n_features : int
        Width of the hidden layer.
    dropout : float
        Share of values that are zeroed in training.
    standardize : bool
        Whether to centre and scale each image.
    """

    def __init__(self, height, width, n_outputs, n_features, dropout, standardize):
        super().__init__()
        # As above, ReLU after the pool.
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
        """Return features (N, n_features) of face (N, 3, H, W)."""
        x = self.cnn(face.contiguous(memory_format=torch.channels_last))
        return torch.relu(self.hidden(self.dropout(x)))

    def forward(self, face):
        """Return logits (N, K)."""
        return self.classifier(self.dropout(self.features(face)))


def pooled_size(side):
    """Return the side of a map after `VisualCNNModule`'s convolutions and pools."""
    for lost in (2, 2, 0):
        side = (side - lost - 3) // 2 + 1
    return side


class _VisualCNNTCN(NetEstimator):
    """What `VisualCNNTCN` shares with its regressor."""

    def _inputs(self):
        return {"face": Input(("n_frames", 3, FRAME_SIZE, FRAME_SIZE), pixels=True)}

    def _module(self, shapes, n_outputs):
        return VisualCNNTCNModule, {
            "n_outputs": n_outputs,
            "n_features": self.n_features,
            "dropout": self.dropout,
            "share_temporal": self.share_temporal,
            "standardize": self.standardize,
        }

    def _check_y(self, y, X):
        if np.ndim(y) != 2 or np.shape(y)[1] == 1:
            return super()._check_y(y, X)
        y = np.asarray(y)
        check_consistent_length(X, y)
        if y.shape[1] != X.shape[1]:
            raise ValueError(
                f"y has values for {y.shape[1]} frames, but X has {X.shape[1]} frames."
            )
        frames = X.reshape(-1, *X.shape[2:])
        return super()._check_y(y.ravel(), frames).reshape(y.shape)

    def _outputs(self, X):
        return self._mean_over_steps(super()._outputs(X))

    def transform(self, X):
        """Return the features of each frame, which the classifier's layer sees.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_frames, 3, 48, 48)
            Samples, or a mapping that holds them as "face".

        Returns
        -------
        features : ndarray of shape (n_samples, n_frames, n_features)
            Learned features.
        """
        return super().transform(X)

    @classmethod
    def paper_params(cls):
        """Return the training settings that the paper states.

        Returns
        -------
        params : dict
            Constructor arguments. The optimizer is not stated.
        """
        return {"lr": 1e-5, "max_epochs": 100, "batch_size": 128, "dropout": 0.5}


class VisualCNNTCN(_VisualCNNTCN, NetClassifier):
    """Face video by a CNN on frames and convolutions over time.

    The visual network of 3FACRNN (Figure 2 of [1]_), and its teacher. Each frame gets
    512 features from the CNN and 128 from two temporal modules, and a label of its
    own; a sample's probabilities are the mean over its frames.

    Read more in the :ref:`User Guide <three_fac_rnn>`.

    Parameters
    ----------
    n_features : int, default=128
        Width of the temporal modules, which `transform` returns for each frame.

    dropout : float, default=0.5
        Share of values that are zeroed after each normalisation in training.

    share_temporal : bool, default=False
        Whether both temporal modules have the same dilated convolutions.

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
        Whether to centre and scale each frame by its own mean and standard deviation.

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
        Frames in a sample.

    See Also
    --------
    ThreeFACRNN : The student.
    VisualCNN : A network for still images.

    Notes
    -----
    Samples have shape (n_frames, 3, 48, 48), as floats from 0 to 1 or as uint8.
    `fit` takes one label per sample, or one per frame as an array (n_samples,
    n_frames); `predict` and `score` are about samples.

    Departures from [1]_, and readings where it is silent: 5 x 5 and 3 x 3
    convolutions of 32 channels, pools of 4 and 3, which give the 512 features that it
    prints; 128 channels over time, same padding, batch normalisation, and an average
    pool of three frames; the first convolutions differ in size, so that sharing means
    the dilated ones; frames are standardised; AdamW at a higher rate than the paper's,
    in smaller batches and for fewer epochs, see `paper_params`.

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
        "n_features": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "share_temporal": ["boolean"],
    }

    def __init__(
        self,
        *,
        n_features=128,
        dropout=0.5,
        share_temporal=False,
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
        self.n_features = n_features
        self.dropout = dropout
        self.share_temporal = share_temporal
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


@twin_of(
    VisualCNNTCN,
    note="y of shape (n_samples, n_frames) are ratings of each frame, as AFEW-VA has\n"
    "them; the prediction of a sample is their mean.",
)
class VisualCNNTCNRegressor(_VisualCNNTCN, NetRegressor):
    """Face video to ratings, one of each frame or one of the sample.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import VisualCNNTCNRegressor
    >>> X = np.random.default_rng(0).uniform(size=(6, 5, 3, 48, 48))
    >>> reg = VisualCNNTCNRegressor(max_epochs=1, random_state=0)
    >>> reg.fit(X, np.ones((6, 5)).cumsum(axis=1)).predict(X).shape
    (6,)
    """

    def _targets(self, y, train):
        # A second axis is that of the frames.
        targets = super()._targets(y[..., None], train)
        self._is_flat = True
        return targets

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = False
        return tags


class _VisualCNN(NetEstimator):
    """What `VisualCNN` shares with its regressor."""

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


class VisualCNN(_VisualCNN, NetClassifier):
    """Still images of faces by three convolutions.

    Its convolutions are those of DeepVANet's face branch [1]_, which can start from
    the weights learned here (``DeepVANet(face_cnn=...)``).

    Read more in the :ref:`User Guide <three_fac_rnn>`.

    Parameters
    ----------
    n_features : int, default=128
        Width of the hidden layer, which `transform` returns.

    dropout : float, default=0.5
        Share of values that are zeroed before the hidden layer and before the
        classifier in training.

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
        Whether to centre and scale each image by its own mean and standard deviation.

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
        Colour channels, 3.

    See Also
    --------
    VisualCNNTCN : A network for video.
    DeepVANet : Its face branch has the same convolutions.

    Notes
    -----
    Images have shape (3, height, width), as floats from 0 to 1 or as uint8, with
    sides of at least 21; faces should be cropped and aligned.

    Departures from [1]_: the paper describes no classifier of still images; a hidden
    layer, dropout and the classifier are ours, and so are the scaling of each image,
    AdamW, its rate and the number of epochs.

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
        "n_features": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
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


@twin_of(VisualCNN)
class VisualCNNRegressor(_VisualCNN, NetRegressor):
    """Still images of faces to ratings.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import VisualCNNRegressor
    >>> X = np.random.default_rng(0).uniform(size=(6, 3, 64, 64))
    >>> reg = VisualCNNRegressor(max_epochs=1, random_state=0)
    >>> reg.fit(X, np.linspace(1, 9, 6)).predict(X).shape
    (6,)
    """
