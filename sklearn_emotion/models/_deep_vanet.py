"""DeepVANet: face video by ConvLSTM, bio-signals by 1-D convolutions, fused."""

import copy
import warnings
from numbers import Integral

import numpy as np
import torch
from scipy.special import softmax
from sklearn.frozen import FrozenEstimator
from sklearn.utils.validation import check_consistent_length, column_or_1d
from torch import nn

from sklearn_emotion._base import HasMethods, Interval, LeakageWarning, StrOptions
from sklearn_emotion._net import NetEstimator
from sklearn_emotion._net_classifier import NetClassifier
from sklearn_emotion._net_data import Input, draw_seed
from sklearn_emotion._net_regressor import NetRegressor, twin_of
from sklearn_emotion._validation import (
    check_shape,
    is_mapping,
    require_keys,
    single_signal,
)
from sklearn_emotion.models._boosting import boosting_weights, inner_folds
from sklearn_emotion.models._visual import FrameScaler

INPUTS = {
    "face": Input(("n_frames", 3, 64, 64), pixels=True),
    "bio": Input(("n_channels", "n_times"), pooled=(2,)),
}
CNN_SHAPES = [(32, 3, 3, 3), (64, 32, 3, 3), (128, 64, 3, 3)]
TIMES_LOST = 8  # to three unpadded convolutions with kernels of 5, 3 and 3


class ConvLSTM(nn.Module):
    """LSTM whose products with the weights are 2-D convolutions.

    Parameters
    ----------
    n_inputs : int
        Channels of the input maps.
    n_hidden : int
        Channels of the hidden and cell states.
    kernel_size : int, default=3
        Size of the kernels, which keep the size of the maps.
    """

    def __init__(self, n_inputs, n_hidden, kernel_size=3):
        super().__init__()
        same = {"kernel_size": kernel_size, "padding": "same"}
        self.from_input = nn.Conv2d(n_inputs, 4 * n_hidden, **same)
        self.from_hidden = nn.Conv2d(n_hidden, 4 * n_hidden, bias=False, **same)

    def forward(self, x):
        """Return the last hidden state (B, C', H, W) for maps (B, F, C, H, W)."""
        drive = self.from_input(x.flatten(0, 1)).unflatten(0, x.shape[:2])
        h = c = None
        for t, gates in enumerate(drive.unbind(1)):
            if t > 0:  # h is 0 before the first frame
                gates = gates + self.from_hidden(h)
            i, f, g, o = gates.chunk(4, dim=1)
            update = i.sigmoid() * g.tanh()
            c = update if t == 0 else f.sigmoid() * c + update
            h = o.sigmoid() * c.tanh()
        return h


class FaceBranch(nn.Module):
    """Three convolutions a frame, a ConvLSTM over frames, a linear map.

    Parameters
    ----------
    n_features : int
        Width of the result, the paper's lambda 1.
    cnn_weights : list of (ndarray, ndarray), default=None
        Weight and bias with which each convolution starts.
    standardize : bool, default=False
        Whether to centre and scale each frame.
    """

    def __init__(self, n_features, cnn_weights=None, standardize=False):
        super().__init__()
        self.scaler = FrameScaler() if standardize else nn.Identity()
        # ReLU and maximum commute, and fewer values are left after pooling.
        self.cnn = nn.Sequential(
            *(nn.Conv2d(3, 32, 3), nn.MaxPool2d(3, 2), nn.ReLU()),  # (32, 30, 30)
            *(nn.Conv2d(32, 64, 3), nn.MaxPool2d(3, 2), nn.ReLU()),  # (64, 13, 13)
            *(nn.Conv2d(64, 128, 3, padding=1), nn.MaxPool2d(3, 2), nn.ReLU()),
        )
        self.lstm = ConvLSTM(128, 128)
        self.fc = nn.Linear(128 * 6 * 6, n_features)
        # Gates near one half make h small at first; without this the classifier
        # learns from the bio branch alone, or waits for some hundred steps.
        self.fc.weight.data *= 10
        for layer, (weight, bias) in zip(convolutions(self.cnn), cnn_weights or []):
            layer.weight.data.copy_(torch.as_tensor(weight))
            layer.bias.data.copy_(torch.as_tensor(bias))

    def forward(self, x):
        """Return features (B, n_features) for frames (B, F, 3, 64, 64)."""
        # Convolution and pooling take half the time on channels-last maps.
        frames = x.flatten(0, 1).contiguous(memory_format=torch.channels_last)
        maps = self.cnn(self.scaler(frames)).unflatten(
            0, x.shape[:2]
        )  # (B, F, 128, 6, 6)
        return self.fc(self.lstm(maps).flatten(1))


class BioBranch(nn.Module):
    """Three 1-D convolutions over time and a linear map.

    Parameters
    ----------
    n_channels : int
        Channels of the signals.
    n_times : int
        Time points in a sample.
    n_features : int
        Width of the result, the paper's lambda 2.
    """

    def __init__(self, n_channels, n_times, n_features):
        super().__init__()
        self.cnn = nn.Sequential(
            *(nn.Conv1d(n_channels, 24, 5), nn.BatchNorm1d(24), nn.ReLU()),
            *(nn.Conv1d(24, 16, 3), nn.BatchNorm1d(16), nn.ReLU()),
            *(nn.Conv1d(16, 8, 3), nn.BatchNorm1d(8), nn.ReLU()),
        )
        self.fc = nn.Linear(8 * (n_times - TIMES_LOST), n_features)

    def forward(self, x):
        """Return features (B, n_features) for signals (B, C, T)."""
        return self.fc(self.cnn(x).flatten(1))  # from (B, 8, T - 8)


BRANCHES = {"face": FaceBranch, "bio": BioBranch}


class DeepVANetModule(nn.Module):
    """Branches, and one classifier on all or one on each of them.

    Parameters
    ----------
    branches : dict of str to dict
        ``"face"``, ``"bio"`` or both, and the arguments of each.
    n_outputs : int
        Logits or ratings.
    separate : bool, default=False
        Whether each branch has a classifier of its own.
    """

    def __init__(self, branches, n_outputs, separate=False):
        super().__init__()
        self.branches = nn.ModuleDict(
            {name: BRANCHES[name](**options) for name, options in branches.items()}
        )
        widths = [options["n_features"] for options in branches.values()]
        self.seen = widths if separate else [sum(widths)]  # by each classifier
        self.heads = nn.ModuleList(
            nn.Sequential(
                *(nn.Linear(width, 20), nn.ReLU(), nn.Dropout(0.5)),
                nn.Linear(20, n_outputs),
            )
            for width in self.seen
        )

    def features(self, **inputs):
        """Return the features of the branches given, side by side."""
        return torch.cat([self.branches[name](x) for name, x in inputs.items()], dim=1)

    def forward(self, **inputs):
        """Return outputs (B, n_outputs), or (B, n_branches, n_outputs) if separate."""
        parts = self.features(**inputs).split(self.seen, dim=1)
        logits = [head(part) for head, part in zip(self.heads, parts)]
        return torch.stack(logits, dim=1).squeeze(1)


class BranchLoss(nn.CrossEntropyLoss):
    """Cross-entropy, summed over classifiers; binary where there is one logit."""

    def forward(self, z, y):
        """Return the loss of logits (B, [n_branches,] n_logits) and labels (B,)."""
        z = class_scores(z.reshape(len(z), -1, z.shape[-1]))
        y = y[:, None].expand(-1, z.shape[1])
        return z.shape[1] * super().forward(z.transpose(1, 2), y)


def class_scores(z):
    """Put a logit of 0 for the first class in front of a lone logit."""
    return nn.functional.pad(z, (1, 0)) if z.shape[-1] == 1 else z


def convolutions(module):
    """Return the 2-D convolutions of a module in their order."""
    return [layer for layer in module.modules() if isinstance(layer, nn.Conv2d)]


class _DeepVANet(NetEstimator):
    """What `DeepVANet` shares with its regressor."""

    # Whether each branch has a head of its own.
    _boosts = False

    def _inputs(self):
        return {branch: INPUTS[branch] for branch in self._branch_keys()}

    def _branch_keys(self):
        """Return a dict of branch to the keys of X that feed it."""
        keys = list(self.modalities)
        if not keys or len(set(keys)) < len(keys):
            raise ValueError(
                "modalities must name at least one modality, and each once; got "
                f"{tuple(keys)}."
            )
        branches = {}
        for key in keys:
            branches.setdefault("face" if key == "face" else "bio", []).append(key)
        return branches

    def _arrays(self, X):
        branches = self._branch_keys()
        keys = list(self.modalities)
        if len(keys) == 1 and not (is_mapping(X) and keys[0] in X):
            return {branch: single_signal(X, "DeepVANet") for branch in branches}
        require_keys(X, keys, "DeepVANet")
        check_consistent_length(*(X[key] for key in keys))
        return {
            branch: X[names[0]] if len(names) == 1 else _side_by_side(X, names)
            for branch, names in branches.items()
        }

    def _module(self, shapes, n_outputs):
        branches = {}
        for branch, shape in shapes.items():
            if branch == "face":
                weights = None if self.face_cnn is None else _cnn_weights(self.face_cnn)
                branches[branch] = {
                    "n_features": self.face_features,
                    "cnn_weights": weights,
                    "standardize": self.standardize,
                }
            else:
                n_channels, n_times = shape
                if n_times <= TIMES_LOST:
                    raise ValueError(
                        f"The bio branch needs at least {TIMES_LOST + 1} time points "
                        f"in a sample, got {n_times}: its convolutions are not padded."
                    )
                branches[branch] = {
                    "n_features": self.bio_features,
                    "n_channels": n_channels,
                    "n_times": n_times,
                }
        return DeepVANetModule, {
            "branches": branches,
            "n_outputs": n_outputs,
            "separate": self._boosts,
        }

    def transform(self, X, branch="fused"):
        """Return the features that the classifier, or one of a branch, sees.

        Parameters
        ----------
        X : Modalities, dict of str to ndarray, or ndarray
            Face frames and bio-signals.
        branch : {"fused", "face", "bio"}, default="fused"
            Features of one branch, or of all in the order of `modalities`.

        Returns
        -------
        features : ndarray of shape (n_samples, n_features)
            `face_features` and `bio_features` columns.

        Raises
        ------
        ValueError
            If the network has no such branch.
        """
        arrays = self._prepared(X)
        if branch not in ("fused", *arrays):
            known = ", ".join(map(repr, ("fused", *arrays)))
            raise ValueError(f"branch must be one of {known}; got {branch!r}.")
        if branch != "fused":
            arrays = {branch: arrays[branch]}
        return self._apply(arrays, "features")

    @classmethod
    def paper_params(cls):
        """Return the training settings that the paper states.

        Returns
        -------
        params : dict
            Constructor arguments.
        """
        return {
            "optimizer": "adam",
            "lr": 1e-3,
            "batch_size": 64,
            "max_epochs": 50,
            "face_features": 16,
            "bio_features": 64,
        }


class DeepVANet(_DeepVANet, NetClassifier):
    r"""End-to-end fusion of face video and bio-signals.

    A convolutional LSTM reads the face, 1-D convolutions read the bio-signals [1]_:

    .. math::
        i_t, f_t, o_t &= \sigma(W_x * F'_t + W_h * h_{t-1} + b), \quad
        g_t = \tanh(W_{xg} * F'_t + W_{hg} * h_{t-1} + b_g) \\
        c_t &= f_t \odot c_{t-1} + i_t \odot g_t, \quad h_t = o_t \odot \tanh(c_t)

    and the classifier sees both features, or AdaBoost weighs one classifier each:
    :math:`S = \sigma(\sum_m \alpha_m (2 S_m - 1))`.

    Read more in the :ref:`User Guide <deep_vanet>`.

    Parameters
    ----------
    modalities : sequence of str, default=("face", "bio")
        Keys of X to use. ``"face"``, of shape (n_samples, n_frames, 3, 64, 64), in
        [0, 1] or uint8, goes to the face branch. All others, each of shape
        (n_samples, n_channels, n_times), are put side by side on the channel axis
        for the bio branch: ``("face", "eeg", "peripheral")`` is ``("face", "bio")``.

    fusion : {"feature", "decision"}, default="feature"
        One classifier on the features of both branches, or one on each, weighed by
        AdaBoost in the order of `modalities`. Without effect on a single branch.

    face_features : int, default=16
        Width of the face features.

    bio_features : int, default=64
        Width of the bio features.

    face_cnn : estimator, default=None
        Fitted network with three convolutions of the shapes of the face branch,
        which start from its weights: a :class:`VisualCNN`, in a
        :class:`~sklearn.frozen.FrozenEstimator` wherever estimators are cloned.

    lr : float, default=0.001
        Learning rate.

    max_epochs : int, default=50
        Number of passes over the training set.

    batch_size : int, default=64
        Samples in a step.

    weight_decay : float, default=0.0
        Weight of the squared weights.

    optimizer : {"adam", "adamw"} or class, default="adam"
        Optimiser.

    device : str or torch.device, default="auto"
        Where to compute; ``"auto"`` takes a GPU where there is one.

    class_weight : dict, "balanced" or None, default=None
        Weights of the classes in the loss.

    early_stopping : bool, default=False
        Whether to hold out samples and stop when their loss stops falling.

    validation_fraction : float, default=0.1
        Share held out by `early_stopping`.

    patience : int, default=10
        Epochs without progress before stopping.

    callbacks : list, default=None
        Callbacks of skorch.

    net_params : dict, default=None
        Further arguments of the skorch net.

    standardize : bool, default=True
        Whether to centre and scale each frame by itself, and each channel of the
        bio-signals with statistics of the training data.

    verbose : int, default=0
        Whether to show a progress bar.

    random_state : int, RandomState instance or None, default=None
        Seed of the weights, of the order of samples, of dropout and of inner folds.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.

    net_ : skorch.NeuralNetClassifier
        Fitted network.

    estimator_weights_ : ndarray of shape (n_branches,)
        Weight of each branch; with ``fusion="decision"`` and two branches only.

    estimator_errors_ : ndarray of shape (n_branches,)
        Weighted out-of-fold error of each branch, likewise.

    n_features_in_ : int
        Size of the first axis of one sample of the first modality.

    See Also
    --------
    VisualCNN : Classifier of face images.

    Notes
    -----
    Departures from [1]_:

    - paddings 0, 0, 1 and pools of stride 2, a hidden layer of 20 and dropout of 0.5,
      which the paper does not print, as in its code;
    - the code weighs branches by probabilities compared with labels, computed on the
      training data with dropout on; here by hard decisions on samples left out (five
      folds that never cut a group in two), in evaluation mode;
    - the error is clipped to [1/(2n), 1 - 1/(2n)], a negative weight is 0, more than
      two classes take the weights of SAMME (halved, as in the binary case);
    - both classifiers of decision-level fusion are trained in one loop; they share no
      weight, so this is separate training, save that early stopping is common;
    - frames and bio-signals are standardised (``standardize=False`` turns it off, and
      frames are in [0, 1] as in the paper);
    - the face features' linear map starts from weights ten times as large as usual,
      since the hidden state of a fresh ConvLSTM is small;
    - the face branch starts from random weights, since no AFEW-VA weights are shipped;
    - more than two classes have a logit each and cross-entropy.

    References
    ----------
    .. [1] Y. Zhang, M. Z. Hossain and S. Rahman, "DeepVANet: A Deep End-to-End
       Network for Multi-modal Emotion Recognition", INTERACT 2021.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import DeepVANet, Modalities
    >>> rng = np.random.default_rng(0)
    >>> X = Modalities(face=rng.random((6, 2, 3, 64, 64)),
    ...                bio=rng.standard_normal((6, 40, 128)))
    >>> clf = DeepVANet(max_epochs=1, random_state=0).fit(X, ["high", "low"] * 3)
    >>> clf.transform(X).shape, clf.transform(X, branch="face").shape
    ((6, 80), (6, 16))
    """

    _parameter_constraints: dict = {
        **NetClassifier._parameter_constraints,
        "modalities": [tuple, list],
        "fusion": [StrOptions({"feature", "decision"})],
        "face_features": [Interval(Integral, 1, None, closed="left")],
        "bio_features": [Interval(Integral, 1, None, closed="left")],
        "face_cnn": [HasMethods(["fit", "predict"]), None],
    }

    def __init__(
        self,
        *,
        modalities=("face", "bio"),
        fusion="feature",
        face_features=16,
        bio_features=64,
        face_cnn=None,
        lr=0.001,
        max_epochs=50,
        batch_size=64,
        weight_decay=0.0,
        optimizer="adam",
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
        self.fusion = fusion
        self.face_features = face_features
        self.bio_features = bio_features
        self.face_cnn = face_cnn
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

    def _n_outputs(self, targets):
        return 1 if len(self.classes_) == 2 else len(self.classes_)

    def _loss(self, targets):
        return BranchLoss(self._class_weights(targets))

    @property
    def _boosts(self):
        return self.fusion == "decision" and len(self._branch_keys()) > 1

    def fit(self, X, y, groups=None):
        """Fit the network, and the weights of decision-level fusion.

        Parameters
        ----------
        X : Modalities, dict of str to ndarray, or ndarray
            Face frames and bio-signals; an array where one modality is used. Other
            modalities are ignored.
        y : array-like of shape (n_samples,)
            Labels of any type.
        groups : array-like of shape (n_samples,), default=None
            Trial or subject of each sample, which early stopping and the inner folds
            of decision-level fusion keep together. Both warn without them.

        Returns
        -------
        self : object
            Fitted classifier.

        Raises
        ------
        ValueError
            If shapes or modalities do not fit, there is one class only, or
            decision-level fusion finds no folds that leave every class in training.
        """
        for name in ("estimator_weights_", "estimator_errors_"):
            self.__dict__.pop(name, None)
        super().fit(X, y, groups)
        if self._boosts:
            if groups is None:
                warnings.warn(
                    'fusion="decision" without groups weighs the branches on single '
                    "samples left out, so that windows of one trial may lie on both "
                    "sides and a branch that remembers trials weighs too much. Pass "
                    "groups= to fit; np.arange(len(y)) where samples are independent.",
                    LeakageWarning,
                    stacklevel=2,
                )
            self._weigh_branches(self._arrays(X), y, groups)
        return self

    def _weigh_branches(self, arrays, y, groups):
        y = column_or_1d(y)
        codes = np.searchsorted(self.classes_, y)
        groups = None if groups is None else column_or_1d(groups)
        seed = draw_seed(self.random_state)
        arrays = {branch: np.asarray(x) for branch, x in arrays.items()}
        decisions = np.empty((len(arrays), len(codes)), dtype=np.intp)
        for k, (train, test) in enumerate(inner_folds(codes, groups, seed)):
            inner = type(self)(
                **self.get_params(deep=False)
                | {
                    "modalities": tuple(arrays),
                    "callbacks": copy.deepcopy(self.callbacks),
                    "verbose": 0,
                    "random_state": (seed + k) % 2**31,
                }
            )
            fold = {branch: x[train] for branch, x in arrays.items()}
            inside = None if groups is None else groups[train]
            NetClassifier.fit(inner, fold, y[train], inside)
            left_out = {branch: x[test] for branch, x in arrays.items()}
            decisions[:, test] = inner._branch_probabilities(left_out).argmax(axis=2).T
        self.estimator_weights_, self.estimator_errors_ = boosting_weights(
            decisions, codes, len(self.classes_)
        )
        if not self.estimator_weights_.any():
            warnings.warn(
                "No branch decides better than chance on samples left out, so that "
                "decision-level fusion gives all classes the same probability.",
                UserWarning,
                stacklevel=3,
            )

    def _branch_probabilities(self, X):
        z = self._apply(self._prepared(X))  # (n, n_branches, n_logits)
        return softmax(class_scores(torch.as_tensor(z)).numpy(), axis=2)

    def _outputs(self, X):
        if self._boosts:
            p = self._branch_probabilities(X).astype(np.float64)
            return np.einsum("m,nmk->nk", self.estimator_weights_, p)
        return class_scores(torch.as_tensor(super()._outputs(X))).numpy()


@twin_of(
    DeepVANet,
    without=["fusion", "estimator_weights_", "estimator_errors_"],
    note="Decision-level fusion counts right decisions, and numbers have none.",
)
class DeepVANetRegressor(_DeepVANet, NetRegressor):
    """DeepVANet for ratings, with feature-level fusion.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import DeepVANetRegressor, Modalities
    >>> rng = np.random.default_rng(0)
    >>> X = Modalities(face=rng.random((6, 2, 3, 64, 64)),
    ...                bio=rng.standard_normal((6, 40, 128)))
    >>> reg = DeepVANetRegressor(max_epochs=1, random_state=0)
    >>> reg.fit(X, np.linspace(1, 9, 6)).predict(X).shape
    (6,)
    """


def _side_by_side(X, keys):
    """Concatenate bio-signals on the channel axis."""
    for key in keys:
        check_shape(X[key], ("n_samples", "n_channels", "n_times"), key)
    lengths = {key: np.shape(X[key])[2] for key in keys}
    if len(set(lengths.values())) > 1:
        raise ValueError(
            "Bio-signals that share a branch need the same number of time points, got "
            f"{lengths}: resample them to one rate."
        )
    return np.concatenate([X[key] for key in keys], axis=1)


def _cnn_weights(face_cnn):
    """Return weights and biases of a fitted network's three convolutions."""
    if isinstance(face_cnn, FrozenEstimator):
        face_cnn = face_cnn.estimator
    name = type(face_cnn).__name__
    if not hasattr(face_cnn, "net_"):
        raise ValueError(
            f"face_cnn={name}() is not fitted. Cloning takes the fit away, in "
            "cross-validation for example; FrozenEstimator(face_cnn) keeps it."
        )
    layers = convolutions(face_cnn.net_.module_)
    shapes = [tuple(layer.weight.shape) for layer in layers]
    if shapes != CNN_SHAPES or any(layer.bias is None for layer in layers):
        raise ValueError(
            f"face_cnn={name}() has convolutions of the shapes {shapes}; the face "
            f"branch starts from three with a bias, of {CNN_SHAPES} (out, in, 3, 3)."
        )
    return [
        (layer.weight.detach().cpu().numpy(), layer.bias.detach().cpu().numpy())
        for layer in layers
    ]
