"""DeepVANet: a ConvLSTM for face video, 1-D convolutions for bio-signals, fused."""

import copy
from numbers import Integral, Real

import numpy as np
import torch
from scipy.special import softmax
from sklearn.utils.validation import check_consistent_length, column_or_1d
from torch import nn

from sklearn_emotion._base import HasMethods, Interval, LeakageWarning, StrOptions
from sklearn_emotion._frames import stored
from sklearn_emotion._missing import MASK
from sklearn_emotion._validation import (
    check_shape,
    is_mapping,
    require_keys,
    single_signal,
    warn_user,
)
from sklearn_emotion.models._boosting import boosting_weights, inner_folds
from sklearn_emotion.models._visual_cnn import (
    deep_vanet_cnn,
    fitted_convolutions,
    set_weights,
)
from sklearn_emotion.networks._classifier import NetClassifier, weighted_cross_entropy
from sklearn_emotion.networks._data import Input, draw_seed
from sklearn_emotion.networks._docs import document
from sklearn_emotion.networks._domain import domains_of, labelled
from sklearn_emotion.networks._estimator import NetEstimator
from sklearn_emotion.networks._layers import FrameScaler
from sklearn_emotion.networks._missing import MISSING_CONSTRAINTS
from sklearn_emotion.networks._regressor import NetRegressor
from sklearn_emotion.networks._samples import checked_weights, select_rows

INPUTS = {
    "face": Input(("n_frames", 3, 64, 64), pixels=True),
    "bio": Input(("n_channels", "n_times"), pooled=(2,)),
}
CNN_SHAPES = [(32, 3, 3, 3), (64, 32, 3, 3), (128, 64, 3, 3)]
CNN_ADVICE = "Pass VisualCNN(), for example."
TIMES_LOST = 8  # by three unpadded convolutions with kernels of 5, 3 and 3


class ConvLSTM(nn.Module):
    """LSTM whose matrix products are size-preserving 2-D convolutions."""

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
    """Three convolutions on each frame, a ConvLSTM over frames and a linear layer.

    `n_features` is the paper's lambda 1. `cnn_weights` are the initial weights and
    biases of the convolutions. If `standardize`, each frame is centered and scaled.
    `gain` multiplies the initial weights of the linear layer.
    """

    def __init__(self, n_features, cnn_weights=None, standardize=False, gain=1.0):
        super().__init__()
        self.scaler = FrameScaler() if standardize else nn.Identity()
        self.cnn = nn.Sequential(*deep_vanet_cnn())
        self.lstm = ConvLSTM(128, 128)
        self.fc = nn.Linear(128 * 6 * 6, n_features)
        # h is small at first, since gates are near one half. Without larger weights,
        # the last layer learns only from the bio branch, or hundreds of steps pass.
        self.fc.weight.data *= gain
        set_weights(self.cnn, cnn_weights or [])

    def forward(self, x):
        """Return features (B, n_features) for frames (B, F, 3, 64, 64)."""
        # Convolution and pooling take half the time with channels last.
        frames = x.flatten(0, 1).contiguous(memory_format=torch.channels_last)
        maps = self.cnn(self.scaler(frames)).unflatten(
            0, x.shape[:2]
        )  # (B, F, 128, 6, 6)
        return self.fc(self.lstm(maps).flatten(1))


class BioBranch(nn.Module):
    """Three 1-D convolutions over time and a linear layer of width lambda 2."""

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
    """Branches, with one output head for all of them or one for each.

    `branches` maps "face", "bio" or both to the arguments of the branch. If `separate`,
    each branch has its own head.
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
        """Return the features of the given branches, side by side."""
        return torch.cat([self.branches[name](x) for name, x in inputs.items()], dim=1)

    def forward(self, **inputs):
        """Return outputs (B, n_outputs), or (B, n_branches, n_outputs) if separate."""
        parts = self.features(**inputs).split(self.seen, dim=1)
        logits = [head(part) for head, part in zip(self.heads, parts)]
        return torch.stack(logits, dim=1) if len(logits) > 1 else logits[0]


class BranchLoss(nn.CrossEntropyLoss):
    """Cross-entropy, summed over output heads. A single logit means two classes."""

    def forward(self, z, y, sample_weight=None):
        """Return the loss of logits (B, [n_branches,] n_logits) and labels (B,)."""
        z = class_scores(z.reshape(len(z), -1, z.shape[-1]))
        y = y[:, None].expand(-1, z.shape[1])
        if sample_weight is None:
            return z.shape[1] * super().forward(z.transpose(1, 2), y)
        weights = self.weight, sample_weight[:, None]
        return z.shape[1] * weighted_cross_entropy(z.transpose(1, 2), y, *weights)


def class_scores(z):
    """Return logits of all classes: a single logit gets a 0 for the first class."""
    return nn.functional.pad(z, (1, 0)) if z.shape[-1] == 1 else z


class _DeepVANet(NetEstimator):
    """Base of `DeepVANet` and its regressor."""

    _parameter_constraints: dict = {
        **NetEstimator._parameter_constraints,
        **MISSING_CONSTRAINTS,
        "modalities": [tuple, list],
        "face_features": [Interval(Integral, 1, None, closed="left")],
        "bio_features": [Interval(Integral, 1, None, closed="left")],
        "face_cnn": [HasMethods(["fit", "predict"]), None],
        "face_gain": [Interval(Real, 0, None, closed="neither")],
    }

    # Whether each branch has its own output head.
    _boosts = False

    def _inputs(self):
        return {branch: INPUTS[branch] for branch in self._branch_keys()}

    def _branch_keys(self):
        """Return the keys of X that each branch reads, by branch."""
        keys = list(self.modalities)
        if not keys or len(set(keys)) < len(keys):
            raise ValueError(
                "modalities must name at least one modality, and each once, got "
                f"{tuple(keys)}."
            )
        branches = {}
        for key in keys:
            branches.setdefault("face" if key == "face" else "bio", []).append(key)
        return branches

    def _names_read(self):
        return list(self.modalities)

    def _arrays(self, X):
        branches = self._branch_keys()
        keys = list(self.modalities)
        if len(keys) == 1 and not (is_mapping(X) and keys[0] in X):
            return {branch: single_signal(X, "DeepVANet") for branch in branches}
        require_keys(X, keys, "DeepVANet")
        X = stored(X)
        check_consistent_length(*(X[key] for key in keys))
        return {
            branch: X[names[0]] if len(names) == 1 else _side_by_side(X, names)
            for branch, names in branches.items()
        }

    def _module(self, shapes, n_outputs):
        branches = {}
        for branch, shape in shapes.items():
            if branch == "face":
                weights = None
                if self.face_cnn is not None:
                    weights = fitted_convolutions(
                        self.face_cnn, CNN_SHAPES, "face_cnn", CNN_ADVICE
                    )
                branches[branch] = {
                    "n_features": self.face_features,
                    "cnn_weights": weights,
                    "standardize": self.standardize,
                    "gain": self.face_gain,
                }
            else:
                n_channels, n_times = shape
                if n_times <= TIMES_LOST:
                    raise ValueError(
                        f"The bio branch needs at least {TIMES_LOST + 1} time points "
                        f"per sample, got {n_times}. Its convolutions are not padded."
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
        """Return the features that the last layers receive.

        Parameters
        ----------
        X : Modalities, dict of str to ndarray, or ndarray
            Face frames and bio-signals.
        branch : {"fused", "face", "bio"}, default="fused"
            Features of one branch, or of all branches in the order of `modalities`.

        Returns
        -------
        features : ndarray of shape (n_samples, n_features)
            Array with `face_features` and `bio_features` columns.

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
        """Return the settings of the paper, without the additions of this library.

        Returns
        -------
        params : dict
            Constructor arguments. The paper's weights of the face branch, which were
            trained on AFEW-VA, are not available: pass your own as `face_cnn`.
        """
        return {
            "optimizer": "adam",
            "lr": 1e-3,
            "batch_size": 64,
            "max_epochs": 50,
            "face_features": 16,
            "bio_features": 64,
            "face_gain": 1.0,
            "weight_decay": 0.0,
            "standardize": False,
        }


TEXTS = """
modalities : sequence of str
    Keys of X to use. ``"face"`` is the input of the face branch. It has shape
    (n_samples, n_frames, 3, 64, 64), in [0, 1] or uint8. All others are signals
    of shape (n_samples, n_channels, n_times). They are concatenated along the
    channel axis for the bio branch, as in ``("face", "eeg", "peripheral")``.

face_features : int
    Number of features of the face branch.

bio_features : int
    Number of features of the bio branch.

face_cnn : estimator
    Fitted network from whose weights the face branch starts. Its three
    convolutions must have the same shapes, as in a :class:`VisualCNN`. Wrap it in
    a :class:`~sklearn.frozen.FrozenEstimator` if the estimator is cloned.

face_gain : float
    Factor of the initial weights of the linear layer of the face branch. With 1, they
    have the usual size.

standardize : bool
    Whether to center and scale each frame by its own mean and standard deviation,
    and each channel of the bio-signals with statistics of the training data.

random_state : int, RandomState instance or None
    Seed of the initial weights, the order of the samples, dropout and inner folds.
"""

FUSION_TEXTS = """
fusion : {"feature", "decision"}
    "feature" has one classifier on the features of both branches. "decision" has
    one classifier on each branch, weighted by AdaBoost in the order of
    `modalities`. With a single branch, both are the same.

estimator_weights_ : ndarray of shape (n_branches,)
    Weight of each branch. Only available with ``fusion="decision"`` and two
    branches.

estimator_errors_ : ndarray of shape (n_branches,)
    Weighted out-of-fold error of each branch. Only available with
    ``fusion="decision"`` and two branches.
"""


@document(TEXTS, FUSION_TEXTS)
class DeepVANet(_DeepVANet, NetClassifier):
    r"""End-to-end fusion of face video and bio-signals.

    A convolutional LSTM reads the face, and 1-D convolutions read the bio-signals [1]_:

    .. math::
        i_t, f_t, o_t &= \sigma(W_x * F'_t + W_h * h_{t-1} + b), \quad
        g_t = \tanh(W_{xg} * F'_t + W_{hg} * h_{t-1} + b_g) \\
        c_t &= f_t \odot c_{t-1} + i_t \odot g_t, \quad h_t = o_t \odot \tanh(c_t)

    One classifier receives the features of both branches. Alternatively, each branch
    has its own classifier, and AdaBoost combines their probabilities to
    :math:`S = \sigma(\sum_m \alpha_m (2 S_m - 1))`.

    Read more in the :ref:`User Guide <deep_vanet>`.
    The :ref:`reading guide <paper_deep_vanet>` maps the paper to the code.

    Parameters
    ----------
    %(parameters)s

    Attributes
    ----------
    %(attributes)s

    See Also
    --------
    make_deep_vanet : Pipeline from the modalities of the loaders to this network.
    VisualCNN : Classifier of still images of faces.

    Notes
    -----
    Departures from [1]_:

    - The paddings 0, 0 and 1, pools of stride 2, the 128 channels and kernels of 3 x 3
      of the ConvLSTM, a hidden layer of 20 and dropout of 0.5 are not printed in the
      paper. They are taken from its code.
    - In the authors' code, a rating of 5 is high. :meth:`EmotionDataset.target` needs
      ``side=">="`` for this. The code also reports the best test epoch. Here, the last
      epoch counts.
    - The code weights branches by probabilities compared with labels, on the training
      data and with dropout. Here, the weights come from hard decisions on held-out
      samples, in evaluation mode. There are five folds, which never divide a group.
    - The error is clipped to [1/(2n), 1 - 1/(2n)], and a negative weight is set to 0.
      More than two classes have the weights of SAMME, halved as in the binary case.
    - Both classifiers of decision-level fusion are trained in one loop. They share no
      weights, so they are trained separately except for early stopping.
    - Frames and bio-signals are standardized. With ``standardize=False``, as in
      ``paper_params()``, frames are in [0, 1] as in the paper.
    - The initial weights of the linear layer of the face branch are ten times as large
      as usual, since the hidden state of an untrained ConvLSTM is small. With
      ``face_gain=1``, as in ``paper_params()``, they are not.
    - The loaders of this library align faces by the two eyes. The paper aligns them by
      68 landmarks, and removes artifacts from the EEG with EEGLAB.
    - The face branch starts from random weights, since weights trained on AFEW-VA are
      not included.
    - With more than two classes, each class has a logit, and the loss is cross-entropy.

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
        **_DeepVANet._parameter_constraints,
        "fusion": [StrOptions({"feature", "decision"})],
    }

    def __init__(
        self,
        *,
        modalities=("face", "bio"),
        fusion="feature",
        face_features=16,
        bio_features=64,
        face_cnn=None,
        face_gain=10.0,
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
        self.fusion = fusion
        self.face_features = face_features
        self.bio_features = bio_features
        self.face_cnn = face_cnn
        self.face_gain = face_gain
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

    def _n_outputs(self, targets):
        return 1 if len(self.classes_) == 2 else len(self.classes_)

    def _loss(self, targets):
        return BranchLoss(self._class_weights(targets))

    @property
    def _boosts(self):
        return self.fusion == "decision" and len(self._branch_keys()) > 1

    def fit(self, X, y, groups=None, sample_weight=None):
        """Fit the network and the weights of decision-level fusion.

        Parameters
        ----------
        X : Modalities, dict of str to ndarray, or ndarray
            Face frames and bio-signals, or an array if only one modality is used. Other
            modalities are ignored.
        y : array-like of shape (n_samples,)
            Class labels.
        groups : array-like of shape (n_samples,), default=None
            Trial or subject of each sample. Early stopping and the inner folds of
            decision-level fusion never divide a group. Both trigger a warning without
            groups.
        %(sample_weight)s

        Returns
        -------
        self : object
            Fitted classifier.

        Raises
        ------
        ValueError
            If shapes or modalities do not match, if there is only one class, or if
            decision-level fusion finds no folds whose training parts contain every
            class.
        """
        for name in ("estimator_weights_", "estimator_errors_"):
            self.__dict__.pop(name, None)
        weights = {} if sample_weight is None else {"sample_weight": sample_weight}
        super().fit(X, y, groups, **weights)
        if self._boosts:
            net = self.__dict__.pop("net_")  # not fitted without the weights
            if groups is None:
                warn_user(
                    'fusion="decision" without groups weights the branches on single '
                    "held-out samples, so windows of one trial may be in both parts. A "
                    "branch that memorizes trials then gets too high a weight. Pass "
                    "groups= to fit, or np.arange(len(y)) for independent samples.",
                    LeakageWarning,
                )
            self._weight_branches(X, y, groups, **weights)
            self.net_ = net
        return self

    def _weight_branches(self, X, y, groups, sample_weight=None):
        arrays = self._arrays(X)
        modalities = tuple(arrays)
        if self.missing == "mask":
            # The signals of a branch may be missing one by one.
            modalities = tuple(self.modalities)
            keys = [*modalities, *(name + MASK for name in modalities)]
            arrays = {key: stored(X)[key] for key in keys if key in X}
        groups = None if groups is None else column_or_1d(groups)
        subjects = groups
        weights = checked_weights(sample_weight, y)
        rows = np.ones(len(y), bool) if weights is None else weights > 0
        if self.domain_loss is not None:
            subjects = domains_of(X, groups, y, type(self).__name__)
            rows &= labelled(y, True, type(self).__name__)
        if not rows.all():
            arrays = select_rows(arrays, rows)
            y = [label for label, is_used in zip(y, rows) if is_used]
            groups, subjects, weights = (
                x if x is None else x[rows] for x in (groups, subjects, weights)
            )
        codes = np.searchsorted(self.classes_, column_or_1d(y))
        seed = draw_seed(self.random_state)
        arrays = {branch: np.asarray(x) for branch, x in arrays.items()}
        decisions = np.empty((len(self._branch_keys()), len(codes)), dtype=np.intp)
        for k, (train, test) in enumerate(inner_folds(codes, groups, seed)):
            inner = type(self)(
                **self.get_params(deep=False)
                | {
                    "modalities": modalities,
                    "callbacks": copy.deepcopy(self.callbacks),
                    "verbose": 0,
                    "random_state": (seed + k) % 2**31,
                }
            )
            fold = {branch: x[train] for branch, x in arrays.items()}
            inner._forecasts = False
            inside = None if subjects is None else subjects[train]
            more = {} if weights is None else {"sample_weight": weights[train]}
            labels = self.classes_[codes[train]]
            NetClassifier.fit(inner, fold, labels, inside, **more)
            left_out = {branch: x[test] for branch, x in arrays.items()}
            decisions[:, test] = inner._branch_probabilities(left_out).argmax(axis=2).T
        self.estimator_weights_, self.estimator_errors_ = boosting_weights(
            decisions, codes, len(self.classes_), weights
        )
        if not self.estimator_weights_.any():
            warn_user(
                "No branch decides better than chance on held-out samples, so "
                "decision-level fusion gives all classes the same probability."
            )

    def _branch_probabilities(self, X):
        z = self._apply(self._prepared(X))  # (n, n_branches, n_logits)
        return softmax(class_scores(torch.from_numpy(z)).numpy(), axis=2)

    def _outputs(self, X):
        if self._boosts:
            p = self._branch_probabilities(X).astype(np.float64)
            return np.einsum("m,nmk->nk", self.estimator_weights_, p)
        return class_scores(torch.from_numpy(super()._outputs(X))).numpy()

    def _graph_outputs(self, out):
        z = class_scores(super()._graph_outputs(out))
        if not self._boosts:
            return z
        # While the network is trained, the branches have no weights yet.
        weights = getattr(self, "estimator_weights_", np.ones(z.shape[1]))
        weights = torch.as_tensor(weights, dtype=z.dtype)
        return (weights[:, None] * z.softmax(-1)).sum(1)


@document(TEXTS)
class DeepVANetRegressor(_DeepVANet, NetRegressor):
    """DeepVANet for ratings, with feature-level fusion.

    %(regressor)s

    Decision-level fusion is not available, since it counts correct decisions and
    ratings have none.

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

    def __init__(
        self,
        *,
        modalities=("face", "bio"),
        face_features=16,
        bio_features=64,
        face_cnn=None,
        face_gain=10.0,
        lr=0.001,
        max_epochs=50,
        batch_size=64,
        weight_decay=0.0,
        optimizer="adam",
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
        self.face_features = face_features
        self.bio_features = bio_features
        self.face_cnn = face_cnn
        self.face_gain = face_gain
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


def _side_by_side(X, keys):
    """Concatenate bio-signals along the channel axis."""
    for key in keys:
        check_shape(X[key], ("n_samples", "n_channels", "n_times"), key)
    lengths = {key: np.shape(X[key])[2] for key in keys}
    if len(set(lengths.values())) > 1:
        raise ValueError(
            "Bio-signals that share a branch need the same number of time points, got "
            f"{lengths}: resample them to the same rate."
        )
    return np.concatenate([X[key] for key in keys], axis=1)
