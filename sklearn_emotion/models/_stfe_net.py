"""Dynamic brain networks with a cross-modal prior, read by 3-D convolutions."""

from math import prod
from numbers import Integral

import torch
from torch import nn
from torch.nn.functional import softplus

from sklearn_emotion._base import Interval, StrOptions
from sklearn_emotion._docs import fill_doc
from sklearn_emotion.networks._classifier import NetClassifier
from sklearn_emotion.networks._data import Input
from sklearn_emotion.networks._docs import SHARED, document
from sklearn_emotion.networks._estimator import NetEstimator
from sklearn_emotion.networks._missing import MISSING_CONSTRAINTS
from sklearn_emotion.networks._regressor import NetRegressor

N_HIDDEN = 64  # units of the ablation without STFENet


class CrossModalPrior(nn.Module):
    """Cross-attention between the channels of EEG and face (Eqs. 2 to 5).

    `dim` is the width d of queries and keys. The `activation` "softmax" acts on each
    term of Eq. 4, over its columns, and "softplus" acts on the result of Eq. 5.

    `combine` is "printed", "transposed" or "product". In the sum, as printed or with
    the second term transposed, a linear layer maps the face to P rows of width D. In
    the product, each feature of the face is a row: its value times a query and a key of
    its own.
    """

    def __init__(self, n_channels, n_bands, n_face, dim, activation, combine):
        super().__init__()
        width = n_face if combine == "product" else n_bands
        self.face_rows = None
        if combine != "product":
            self.face_rows = nn.Linear(n_face, n_channels * n_bands)
        self.query_eeg = nn.Linear(n_bands, dim, bias=False)
        self.key_eeg = nn.Linear(n_bands, dim, bias=False)
        self.query_face = nn.Linear(width, dim, bias=False)
        self.key_face = nn.Linear(width, dim, bias=False)
        self.activation = activation
        self.combine = combine
        self.scale = dim**-0.5

    def forward(self, eeg, face):
        """Return Cor (B, T, P, P) for eeg (B, T, D, P) and face (B, T, n_face)."""
        e = eeg.mT  # (B, T, P, D)
        if self.face_rows is None:
            f = face.diag_embed()  # (B, T, n_face, n_face)
        else:
            f = self.face_rows(face).unflatten(-1, e.shape[2:])  # (B, T, P, D)
        eeg_face = self.scale * self.query_eeg(e) @ self.key_face(f).mT  # Eq. 4
        face_eeg = self.scale * self.query_face(f) @ self.key_eeg(e).mT
        if self.activation == "softmax":
            eeg_face, face_eeg = eeg_face.softmax(-1), face_eeg.softmax(-1)
        if self.combine == "product":
            cor = eeg_face @ face_eeg
        else:
            cor = eeg_face + (face_eeg.mT if self.combine == "transposed" else face_eeg)
        return cor if self.activation == "softmax" else softplus(cor)  # Eq. 5


class ResidualBlock3d(nn.Module):
    """Two 3-D convolutions, two activations (Eq. 7) and a shortcut.

    The shortcut is a 1 x 1 x 1 convolution if the numbers of channels differ.
    """

    def __init__(self, n_inputs, n_outputs):
        super().__init__()
        self.first = nn.Conv3d(n_inputs, n_outputs, 3, padding=1)
        self.second = nn.Conv3d(n_outputs, n_outputs, 3, padding=1)
        self.shortcut = nn.Identity()
        if n_inputs != n_outputs:
            self.shortcut = nn.Conv3d(n_inputs, n_outputs, 1)

    def forward(self, x):
        """Return maps (B, C', T, P, P) for maps (B, C, T, P, P)."""
        h = self.first(x).relu()
        return (self.second(h) + self.shortcut(x)).relu()


class NonLocalBlock3d(nn.Module):
    """Attention of each place of a map to all places (Eqs. 8 to 10).

    Queries, keys and values have half as many channels as the map.
    """

    def __init__(self, n_channels):
        super().__init__()
        width = max(n_channels // 2, 1)
        self.theta = nn.Conv3d(n_channels, width, 1, bias=False)
        self.phi = nn.Conv3d(n_channels, width, 1, bias=False)
        self.g = nn.Conv3d(n_channels, width, 1, bias=False)
        self.w_z = nn.Conv3d(width, n_channels, 1, bias=False)

    def attention(self, x):
        """Return the weights (B, N, N) of all N places (columns) for each place."""
        theta, phi = self.theta(x).flatten(2), self.phi(x).flatten(2)  # (B, C', N)
        return (theta.mT @ phi).softmax(dim=-1)

    def forward(self, x):
        """Return maps of the shape (B, C, T, P, P) of the input."""
        y = self.attention(x) @ self.g(x).flatten(2).mT  # (B, N, C'), Eq. 9
        return self.w_z(y.mT.unflatten(2, x.shape[2:])) + x  # Eq. 10


class STFENet(nn.Module):
    """Residual blocks with pools between them and an optional non-local block.

    `shape` is the number of time windows, rows and columns of the input. The `head`
    "mean" averages the last maps over all places, and "flatten" keeps all of them.
    """

    def __init__(self, shape, channels, non_local, head):
        super().__init__()
        layers = []
        for i, (n_in, n_out) in enumerate(zip([1, *channels], channels)):
            layers.append(ResidualBlock3d(n_in, n_out))
            if i < len(channels) - 1:
                pool = tuple(min(size, 2) for size in shape)
                layers.append(nn.MaxPool3d(pool))
                shape = tuple(size // by for size, by in zip(shape, pool))
            if non_local and i == max(len(channels) - 2, 0):
                layers.append(NonLocalBlock3d(n_out))
        self.layers = nn.Sequential(*layers)
        self.flattens = head == "flatten"
        self.n_features = channels[-1] * (prod(shape) if self.flattens else 1)

    def forward(self, x):
        """Return features (B, n_features) for networks (B, T, P, P)."""
        x = x[:, None].contiguous(memory_format=torch.channels_last_3d)
        maps = self.layers(x)
        return maps.flatten(1) if self.flattens else maps.mean(dim=(2, 3, 4))


class MeanNetworkMLP(nn.Module):
    """Upper triangle of the mean network over time, and a hidden layer."""

    def __init__(self, n_channels, n_hidden):
        super().__init__()
        rows, columns = torch.triu_indices(n_channels, n_channels, offset=1)
        self.register_buffer("rows", rows, persistent=False)
        self.register_buffer("columns", columns, persistent=False)
        self.hidden = nn.Linear(len(rows), n_hidden)
        self.n_features = n_hidden

    def forward(self, x):
        """Return features (B, n_hidden) for networks (B, T, P, P)."""
        edges = x.mean(dim=1)[:, self.rows, self.columns]  # (B, P (P - 1) / 2)
        return self.hidden(edges).relu()


class PriorDrivenSTFENetModule(nn.Module):
    """Dynamic networks times their prior, a network reader and a linear layer.

    `shape` is the number of windows, rows and columns of the networks. `prior` contains
    the arguments of `CrossModalPrior` except `n_channels`, or is None. The reader is
    `STFENet` if `stfenet`, otherwise `MeanNetworkMLP`.
    """

    def __init__(self, shape, n_outputs, prior, stfenet, channels, non_local, head):
        super().__init__()
        self.prior = None if prior is None else CrossModalPrior(shape[1], **prior)
        if stfenet:
            self.reader = STFENet(shape, channels, non_local, head)
        else:
            self.reader = MeanNetworkMLP(shape[1], N_HIDDEN)
        self.classifier = nn.Linear(self.reader.n_features, n_outputs)

    def correlation(self, eeg, face):
        """Return the prior (B, T, P, P) of eeg (B, T, D, P) and face (B, T, n_face)."""
        return self.prior(eeg, face)

    def features(self, connectivity, eeg=None, face=None):
        """Return the features of networks (B, T, P, P) that the last layer receives."""
        if self.prior is not None:
            connectivity = connectivity * self.prior(eeg, face)  # Eq. 6
        return self.reader(connectivity)

    def forward(self, connectivity, eeg=None, face=None):
        """Return outputs (B, n_outputs)."""
        return self.classifier(self.features(connectivity, eeg, face))


@fill_doc(SHARED)
class _PriorDrivenSTFENet(NetEstimator):
    """Base of `PriorDrivenSTFENet` and its regressor."""

    _parameter_constraints: dict = {
        **NetEstimator._parameter_constraints,
        **MISSING_CONSTRAINTS,
        "prior": ["boolean"],
        "prior_dim": [Interval(Integral, 1, None, closed="left")],
        "prior_activation": [StrOptions({"softplus", "softmax"})],
        "prior_sum": [StrOptions({"printed", "transposed", "product"})],
        "non_local": ["boolean"],
        "stfenet": ["boolean"],
        "channels": [tuple, list],
        "head": [StrOptions({"mean", "flatten"})],
    }

    def _inputs(self):
        # The entries of the networks remain correlations, and the diagonal remains 1.
        inputs = {"connectivity": Input(("n_windows", "n_channels", "n_channels"))}
        if self.prior:
            inputs["eeg"] = Input(("n_windows", "n_bands", "n_channels"), (1,))
            inputs["face"] = Input(("n_windows", "n_features"), (1,))
        return inputs

    def _checked(self, X, *, reset):
        arrays = super()._checked(X, reset=reset)
        shapes = {key: x.shape for key, x in arrays.items()}
        n_windows, n_rows, n_columns = shapes["connectivity"][1:]
        problems = []
        if n_rows != n_columns:
            problems.append("connectivity is not square")
        if any(shape[1] != n_windows for shape in shapes.values()):
            problems.append("the numbers of windows (second axis) differ")
        if self.prior and shapes["eeg"][3] != n_rows:
            problems.append("eeg has other channels (last axis) than connectivity")
        if problems:
            raise ValueError(
                f"PriorDrivenSTFENet: {'; '.join(problems)}. Got the shapes {shapes}."
            )
        return arrays

    def _module(self, shapes, n_outputs):
        channels = tuple(self.channels)
        if not channels or not all(isinstance(c, Integral) and c > 0 for c in channels):
            raise ValueError(
                f"channels must be one or more positive whole numbers, got {channels}."
            )
        prior = None
        if self.prior:
            prior = {
                "n_bands": shapes["eeg"][1],
                "n_face": shapes["face"][1],
                "dim": self.prior_dim,
                "activation": self.prior_activation,
                "combine": self.prior_sum,
            }
        return PriorDrivenSTFENetModule, {
            "shape": tuple(shapes["connectivity"]),
            "n_outputs": n_outputs,
            "prior": prior,
            "stfenet": self.stfenet,
            "channels": channels,
            "non_local": self.non_local,
            "head": self.head,
        }

    def channel_prior(self, X):
        """Return how strongly each channel is related to the face in each window.

        Parameters
        ----------
        %(X)s

        Returns
        -------
        prior : ndarray of shape (n_samples, n_windows, n_channels)
            Half the sum of the row means and column means of the prior, for a scalp
            map.

        Raises
        ------
        ValueError
            If the network was fitted without a prior.
        """
        arrays = self._prepared(X)
        if self.net_.module_.prior is None:
            raise ValueError(
                "This network has no prior: it was fitted with prior=False."
            )
        del arrays["connectivity"]
        cor = self._apply(arrays, "correlation")
        return (cor.mean(axis=2) + cor.mean(axis=3)) / 2

    @classmethod
    def paper_params(cls):
        """Return the settings of the paper, without the additions of this library.

        Returns
        -------
        params : dict
            Constructor arguments. The paper does not state the number of epochs.
        """
        return {
            "optimizer": "adam",
            "lr": 1e-3,
            "batch_size": 40,
            "weight_decay": 0.0,
            "standardize": False,
        }


TEXTS = """
prior : bool
    Whether to multiply the networks by the prior. If False, `connectivity` is the
    only modality.

prior_dim : int
    Width d of queries and keys.

prior_activation : {"softplus", "softmax"}
    Function that makes the prior positive. "softplus" acts on the sum of both terms.
    "softmax", which the paper replaces, acts on the rows of each term.

prior_sum : {"printed", "transposed", "product"}
    "printed" is the sum as in the paper. The rows of its first term are EEG, and
    the rows of its second term are the face. "transposed" transposes the second
    term. "product" multiplies both terms as matrices. Each feature of the face is then
    a row of its own, and the paths from one channel to another over all features of the
    face are added.

non_local : bool
    Whether there is a non-local block.

stfenet : bool
    Whether 3-D convolutions read the networks. If False, a hidden layer of 64
    reads the upper triangle of their mean over time.

channels : sequence of int
    Number of channels of each residual block.

head : {"mean", "flatten"}
    What the last layer receives: the mean of each channel over all windows and pairs,
    or all values. Without `stfenet`, it has no effect.

standardize : bool
    Whether to center and scale each band and channel of ``eeg`` and each feature of
    ``face`` with statistics of the training data. ``connectivity`` is never scaled.
"""


@document(TEXTS)
class PriorDrivenSTFENet(_PriorDrivenSTFENet, NetClassifier):
    r"""Dynamic brain networks with a prior that is learned from EEG and face.

    The network of each window is multiplied by the cross-attention between the channels
    of the EEG and the face [1]_,

    .. math::
        \mathrm{Cor} = \mathrm{softplus}\left(\frac{Q_E K_F^\top}{\sqrt d}
        + \frac{Q_F K_E^\top}{\sqrt d}\right), \qquad
        \mathrm{DFCN} \leftarrow \mathrm{DFCN} \odot \mathrm{Cor},

    and residual blocks of 3-D convolutions with a non-local block read the result. X
    contains ``connectivity`` of shape (n_samples, n_windows, n_channels, n_channels).
    For the prior, it also contains ``eeg`` of shape (n_samples, n_windows, n_bands,
    n_channels) and ``face`` of shape (n_samples, n_windows, n_features).

    Read more in the :ref:`User Guide <stfe_net>`.
    The :ref:`reading guide <paper_stfe_net>` maps the paper to the code.

    Parameters
    ----------
    %(parameters)s

    Attributes
    ----------
    %(attributes)s

    See Also
    --------
    make_prior_stfenet : Pipeline from EEG and frames of the face to this network.
    DynamicConnectivity : Networks from signals or band powers.
    BandPower : Powers of each window, band and channel.

    Notes
    -----
    Departures from [1]_:

    - The printed sum adds matrices of different shapes unless both modalities have P
      rows. A learned linear layer maps the face features to P rows of width D. With
      ``prior_sum="product"``, which is not in the paper, no such layer is needed.
    - The softmax, which the paper replaces, runs over the columns of each term.
    - The paper leaves the following open. The width d is 16. Kernels are 3 x 3 x 3 and
      keep the size. Three blocks have 16, 32 and 64 channels. Pools of 2 follow all
      blocks but the last, with 1 along an axis of size 1. The non-local block follows
      the last pool, and its queries, keys and values have half the channels. A mean
      over all places precedes the last layer, unless ``head="flatten"``. The loss is
      cross-entropy, and training takes 30 epochs.
    - "w/o STFENet" is a hidden layer of 64 on the upper triangle of the mean network.
      "Baseline" is the same without the prior.
    - Band powers and face features are standardized unless ``standardize=False``, as
      in ``paper_params()``.

    References
    ----------
    .. [1] C. Zheng, W. Shao, D. Zhang and Q. Zhu, "Prior-Driven Dynamic Brain Networks
       for Multi-modal Emotion Recognition", MICCAI 2023.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import Modalities, PriorDrivenSTFENet
    >>> rng = np.random.default_rng(0)
    >>> X = Modalities(connectivity=rng.uniform(-1, 1, (6, 4, 8, 8)),
    ...                eeg=rng.standard_normal((6, 4, 5, 8)),
    ...                face=rng.standard_normal((6, 4, 29)))
    >>> clf = PriorDrivenSTFENet(channels=(4, 8), max_epochs=1, random_state=0)
    >>> clf.fit(X, ["high", "low"] * 3).channel_prior(X).shape
    (6, 4, 8)
    """

    _parameter_constraints: dict = {
        **NetClassifier._parameter_constraints,
        **_PriorDrivenSTFENet._parameter_constraints,
    }

    def __init__(
        self,
        *,
        prior=True,
        prior_dim=16,
        prior_activation="softplus",
        prior_sum="printed",
        non_local=True,
        stfenet=True,
        channels=(16, 32, 64),
        head="mean",
        lr=0.001,
        max_epochs=30,
        batch_size=40,
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
        self.prior = prior
        self.prior_dim = prior_dim
        self.prior_activation = prior_activation
        self.prior_sum = prior_sum
        self.non_local = non_local
        self.stfenet = stfenet
        self.channels = channels
        self.head = head
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


@document(TEXTS)
class PriorDrivenSTFENetRegressor(_PriorDrivenSTFENet, NetRegressor):
    """Dynamic brain networks with a prior, for ratings.

    %(regressor)s

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import Modalities, PriorDrivenSTFENetRegressor
    >>> rng = np.random.default_rng(0)
    >>> X = Modalities(connectivity=rng.uniform(-1, 1, (6, 4, 8, 8)),
    ...                eeg=rng.standard_normal((6, 4, 5, 8)),
    ...                face=rng.standard_normal((6, 4, 29)))
    >>> reg = PriorDrivenSTFENetRegressor(channels=(4, 8), max_epochs=1, random_state=0)
    >>> reg.fit(X, np.linspace(1, 9, 6)).predict(X).shape
    (6,)
    """

    def __init__(
        self,
        *,
        prior=True,
        prior_dim=16,
        prior_activation="softplus",
        prior_sum="printed",
        non_local=True,
        stfenet=True,
        channels=(16, 32, 64),
        head="mean",
        lr=0.001,
        max_epochs=30,
        batch_size=40,
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
        self.prior = prior
        self.prior_dim = prior_dim
        self.prior_activation = prior_activation
        self.prior_sum = prior_sum
        self.non_local = non_local
        self.stfenet = stfenet
        self.channels = channels
        self.head = head
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
