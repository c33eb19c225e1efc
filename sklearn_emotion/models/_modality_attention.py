"""Modality-aware attention over squeeze-and-excitation U-Nets of EEG and ECG."""

from itertools import pairwise
from numbers import Integral, Real

import numpy as np
import torch
from torch import nn
from torch.nn.functional import interpolate, max_pool1d, max_pool2d

from sklearn_emotion._base import Interval, StrOptions
from sklearn_emotion._docs import fill_doc
from sklearn_emotion.networks._classifier import NetClassifier
from sklearn_emotion.networks._data import Input
from sklearn_emotion.networks._docs import SHARED, document
from sklearn_emotion.networks._estimator import NetEstimator
from sklearn_emotion.networks._missing import MISSING_CONSTRAINTS
from sklearn_emotion.networks._regressor import NetRegressor

CONVOLUTION = {1: nn.Conv1d, 2: nn.Conv2d}
BATCH_NORM = {1: nn.BatchNorm1d, 2: nn.BatchNorm2d}
MAX_POOL = {1: max_pool1d, 2: max_pool2d}


class SqueezeExcitation(nn.Module):
    """Recalibrate a map (N, C, ...) by its channels.

    If `concurrent`, the map scaled at each place is added.
    """

    def __init__(self, n_channels, n_axes, concurrent):
        super().__init__()
        self.channel = nn.Sequential(
            nn.Linear(n_channels, n_channels // 2),
            nn.ReLU(),
            nn.Linear(n_channels // 2, n_channels),
            nn.Sigmoid(),
        )
        self.place = CONVOLUTION[n_axes](n_channels, 1, 1) if concurrent else None

    def forward(self, x):
        """Return a map of the shape of x (N, C, ...)."""
        scale = self.channel(x.flatten(2).mean(2))  # (N, C)
        out = x * scale.reshape(*scale.shape, *[1] * (x.ndim - 2))
        return out if self.place is None else out + x * self.place(x).sigmoid()


class AttentionGate(nn.Module):
    """Scale a skip connection at each place, with the help of the coarser level."""

    def __init__(self, n_skip, n_coarse, n_axes):
        super().__init__()
        convolution = CONVOLUTION[n_axes]
        self.skip = convolution(n_skip, n_skip // 2, 1, bias=False)
        self.coarse = convolution(n_coarse, n_skip // 2, 1)
        self.score = convolution(n_skip // 2, 1, 1)

    def forward(self, skip, coarse):
        """Return the scaled skip connection. Both maps must have the same size."""
        a = torch.relu(self.skip(skip) + self.coarse(coarse))
        return skip * self.score(a).sigmoid()


class UNet(nn.Module):
    """U-Net with one unit for each level, whose result has full resolution.

    `widths` lists the channels of the levels from the finest to the coarsest. `n_axes`
    is 1 for time and 2 for space. `squeeze` is "scse", "channel" or None, and `gates`
    adds attention gates to the skip connections. Each level halves the axes of the map
    that are longer than 1.
    """

    def __init__(self, n_in, widths, n_axes, squeeze, gates):
        super().__init__()

        def unit(n_in, n_out):
            layers = [
                CONVOLUTION[n_axes](n_in, n_out, 3, padding=1, bias=False),
                BATCH_NORM[n_axes](n_out),
                nn.ReLU(),
            ]
            if squeeze is not None:
                layers.append(SqueezeExcitation(n_out, n_axes, squeeze == "scse"))
            return nn.Sequential(*layers)

        steps = list(pairwise(widths))
        self.n_axes = n_axes
        self.down = nn.ModuleList(unit(a, b) for a, b in zip([n_in, *widths], widths))
        self.up = nn.ModuleList(unit(a + b, a) for a, b in reversed(steps))
        self.gates = nn.ModuleList(
            AttentionGate(a, b, n_axes) for a, b in reversed(steps) if gates
        )

    def forward(self, x):
        """Return the map (N, widths[0], ...) of x (N, n_in, ...)."""
        skips = []
        for i, unit in enumerate(self.down):
            if i > 0:
                x = MAX_POOL[self.n_axes](x, [min(size, 2) for size in x.shape[2:]])
            x = unit(x)
            skips.append(x)
        skips.pop()
        for i, unit in enumerate(self.up):
            skip = skips.pop()
            x = interpolate(x, size=skip.shape[2:])
            gated = self.gates[i](skip, x) if self.gates else skip
            x = unit(torch.cat([gated, x], dim=1))
        return x


class ModalityAwareAttention(nn.Module):
    """Masks for the channels of two maps, each computed from both maps."""

    def __init__(self, n_channels):
        super().__init__()
        self.joint = nn.Linear(2 * n_channels, 2 * n_channels)
        self.ecg = nn.Linear(n_channels, n_channels)
        self.eeg = nn.Linear(n_channels, n_channels)

    def forward(self, f_ecg, f_eeg):
        """Return masks A_ecg and A_eeg, (N, C), of maps (N, C, ...)."""
        z = torch.cat([f_ecg.flatten(2).amax(2), f_eeg.flatten(2).amax(2)], dim=1)
        z_ecg, z_eeg = torch.relu(self.joint(z)).chunk(2, dim=1)  # (N, C) each
        return self.ecg(z_ecg).sigmoid(), self.eeg(z_eeg).sigmoid()


class ModalityAwareAttentionNetModule(nn.Module):
    """Two U-Nets, modality-aware attention and a linear output layer.

    The ECG's U-Net has the `channels` of the EEG's and one more level, as wide as the
    last.
    """

    def __init__(
        self, n_bands, n_outputs, channels, modality_attention, squeeze, gates, dropout
    ):
        super().__init__()
        self.ecg = UNet(1, [*channels, channels[-1]], 1, squeeze, gates)
        self.eeg = UNet(n_bands, list(channels), 2, squeeze, gates)
        self.attention = (
            ModalityAwareAttention(channels[0]) if modality_attention else None
        )
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(2 * channels[0], n_outputs)

    def maps(self, eeg, ecg):
        """Return F_ecg (N, C, L) and F_eeg (N, C, H, W)."""
        return self.ecg(ecg[:, None]), self.eeg(eeg)

    def masks(self, eeg, ecg):
        """Return A_ecg and A_eeg, (N, C) each."""
        return self.attention(*self.maps(eeg, ecg))

    def features_before(self, eeg, ecg):
        """Return the means of both maps, (N, 2 C)."""
        return torch.cat([f.flatten(2).mean(2) for f in self.maps(eeg, ecg)], dim=1)

    def features(self, eeg, ecg):
        """Return the means of both maps, scaled by their masks, (N, 2 C)."""
        maps = self.maps(eeg, ecg)
        z = torch.cat([f.flatten(2).mean(2) for f in maps], dim=1)
        if self.attention is None:
            return z
        # A mask is constant over a map, so scaling the mean is the same as scaling
        # the map.
        return z * torch.cat(self.attention(*maps), dim=1)

    def forward(self, eeg, ecg):
        """Return outputs (N, n_outputs) for eeg (N, B, H, W) and ecg (N, L)."""
        return self.classifier(self.dropout(self.features(eeg, ecg)))


@fill_doc(SHARED)
class _ModalityAwareAttentionNet(NetEstimator):
    """Base of `ModalityAwareAttentionNet` and its regressor."""

    _parameter_constraints: dict = {
        **NetEstimator._parameter_constraints,
        **MISSING_CONSTRAINTS,
        "modality_attention": ["boolean"],
        "squeeze": [StrOptions({"scse", "channel"}), None],
        "attention_gates": ["boolean"],
        "channels": [list, tuple],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "annealing": ["boolean"],
    }

    @property
    def _anneals(self):
        return self.annealing

    def _inputs(self):
        return {
            "eeg": Input(("n_images", "height", "width"), pooled=(), padding=True),
            "ecg": Input(("n_intervals",), pooled=(1,), padding=True),
        }

    def _arrays(self, X):
        arrays = super()._arrays(X)
        eeg = arrays["eeg"]
        if np.ndim(eeg) == 5:
            if eeg.shape[1] != 1:
                raise ValueError(
                    f"{type(self).__name__} expects one grid per sample, but eeg has "
                    f"{eeg.shape[1]} windows. DifferentialEntropy(window=None) "
                    "computes one window from the whole sample."
                )
            arrays["eeg"] = eeg[:, 0]
        return arrays

    def _module(self, shapes, n_outputs):
        widths = self.channels
        if not widths or not all(isinstance(w, Integral) and w >= 2 for w in widths):
            raise ValueError(
                "channels must be one or more whole numbers of at least 2, got "
                f"{widths!r}."
            )
        n_intervals = shapes["ecg"][0]
        shortest = 2 ** len(widths)
        if n_intervals < shortest:
            raise ValueError(
                f"ecg must have at least {shortest} intervals for {len(widths) + 1} "
                f"levels of the U-Net, got {n_intervals}."
            )
        return ModalityAwareAttentionNetModule, {
            "n_bands": shapes["eeg"][0],
            "n_outputs": n_outputs,
            "channels": tuple(widths),
            "modality_attention": self.modality_attention,
            "squeeze": self.squeeze,
            "gates": self.attention_gates,
            "dropout": self.dropout,
        }

    @classmethod
    def paper_params(cls):
        """Return the settings of the paper, without the additions of this library.

        Returns
        -------
        params : dict
            Constructor arguments. The paper states no optimizer, learning rate, batch
            size or number of epochs.
        """
        return {
            "dropout": 0.0,
            "weight_decay": 0.0,
            "annealing": False,
            "standardize": False,
        }

    def attention_masks(self, X):
        """Return the masks that scale the channels of each modality.

        Parameters
        ----------
        %(X)s

        Returns
        -------
        masks : dict of str to ndarray of shape (n_samples, channels[0])
            Weights in (0, 1), with the keys "ecg" and "eeg".

        Raises
        ------
        ValueError
            If the network has no modality-aware attention.
        """
        arrays = self._prepared(X)
        if self.net_.module_.attention is None:
            raise ValueError(
                "This network has no masks: it was fitted with "
                "modality_attention=False."
            )
        ecg, eeg = self._apply(arrays, "masks")
        return {"ecg": ecg, "eeg": eeg}

    def transform(self, X, stage="after"):
        """Return the features before or after modality-aware attention.

        Parameters
        ----------
        %(X)s
        stage : {"before", "after"}, default="after"
            Whether the features are scaled by the masks ("after"), as the last layer
            receives them. Without modality-aware attention both are the same.

        Returns
        -------
        features : ndarray of shape (n_samples, 2 * channels[0])
            Mean of each channel of the ECG's map, followed by the EEG's.
        """
        if stage not in ("before", "after"):
            raise ValueError(f"stage must be 'before' or 'after', got {stage!r}.")
        method = "features" if stage == "after" else "features_before"
        return self._apply(self._prepared(X), method)


TEXTS = """
modality_attention : bool
    Whether to scale the channels of the modalities. If False, the network is the
    paper's base model.

squeeze : {"scse", "channel"} or None
    Squeeze-and-excitation at the end of each unit: "scse" scales channels and places
    (concurrent spatial and channel squeeze-and-excitation), "channel" scales channels
    only, and None leaves the block out.

attention_gates : bool
    Whether the skip connections have attention gates.

channels : sequence of int
    Number of channels of each level of the EEG's U-Net, from the finest to the
    coarsest. The ECG's U-Net has one more level, which is as wide as the last.

annealing : bool
    Whether the learning rate decreases to zero along half a cosine.

lr : float
    Learning rate of the first epoch, or of all epochs without `annealing`.
"""


@document(TEXTS)
class ModalityAwareAttentionNet(_ModalityAwareAttentionNet, NetClassifier):
    r"""Modality-aware attention network for EEG and ECG.

    A U-Net with squeeze-and-excitation units computes a feature map of each modality.
    The EEG's U-Net has two dimensions and reads images of differential entropies. The
    ECG's U-Net has one dimension and reads the series of RR intervals. Masks that are
    computed from both maps scale the channels of each map (Section 2.2 of [1]_). With
    :math:`z` the concatenated maxima of the maps:

    .. math::

       [z_{ecg}, z_{eeg}] = \mathrm{ReLU}(W z + b), \qquad
       A_m = \sigma(W_m z_m + b_m), \qquad F'_m = A_m \odot F_m

    Read more in the :ref:`User Guide <modality_attention>`.
    The :ref:`reading guide <paper_modality_attention>` maps the paper to the code.

    Parameters
    ----------
    %(parameters)s

    Attributes
    ----------
    %(attributes)s

    See Also
    --------
    DifferentialEntropy : Features of the EEG. Use ``window=None``.
    HRVSeries : Series of RR intervals from the ECG.
    make_modality_attention : Pipeline from EEG and ECG to this network.

    Notes
    -----
    X contains ``eeg`` of shape (n_samples, n_images, height, width), of any size, and
    ``ecg`` of shape (n_samples, n_intervals). For the EEG, one image of the scalp per
    band (n_samples, n_bands, 9, 9) and one image of all bands and channels (n_samples,
    1, n_bands, n_channels) are equally valid readings of the paper.

    Departures from [1]_:

    - The paper normalizes the ECG before it detects R peaks. :class:`HRVSeries` does
      not, since its detector does not depend on the scale.
    - Inputs are standardized, dropout precedes the last layer, and training uses AdamW
      with weight decay and a learning rate that decreases along a cosine.
      ``paper_params()`` turns all of them off. The paper states no training settings,
      so the learning rate and the number of epochs are choices of this library.

    The paper leaves the following open:

    - Each level has one unit. The EEG's U-Net has two levels below the first, and the
      ECG's has three. The squeeze-and-excitation units follow [2]_, which the paper
      cites.
    - The decoder resizes maps to the nearest cell.
    - The text does not describe the attention mechanism of Figure 1b. It is read as the
      squeeze-and-excitation. With ``attention_gates=True``, an additive gate on each
      skip connection is added, as in [3]_.
    - The masks come from linear maps of the channels. Mean pooling follows them.

    References
    ----------
    .. [1] S. Woo, M. Zubair, S. Lim and D. Kim, "Deep multimodal emotion recognition
       using modality aware attention network for unifying representations in neural
       models", NeurIPS 2023 workshop.

    .. [2] A. G. Roy, N. Navab and C. Wachinger, "Recalibrating fully convolutional
       networks with spatial and channel 'squeeze and excitation' blocks", IEEE
       Transactions on Medical Imaging 38(2), 2019.

    .. [3] O. Oktay et al., "Attention U-Net: learning where to look for the
       pancreas", MIDL 2018.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import Modalities, ModalityAwareAttentionNet
    >>> rng = np.random.default_rng(0)
    >>> X = Modalities(eeg=rng.normal(size=(8, 4, 9, 9)), ecg=rng.normal(size=(8, 34)))
    >>> clf = ModalityAwareAttentionNet(max_epochs=1, random_state=0)
    >>> clf.fit(X, ["low", "high"] * 4).predict_proba(X).shape
    (8, 2)
    >>> {name: mask.shape for name, mask in clf.attention_masks(X).items()}
    {'ecg': (8, 16), 'eeg': (8, 16)}
    """

    _parameter_constraints: dict = {
        **NetClassifier._parameter_constraints,
        **_ModalityAwareAttentionNet._parameter_constraints,
    }

    def __init__(
        self,
        *,
        modality_attention=True,
        squeeze="scse",
        attention_gates=False,
        channels=(16, 32, 64),
        dropout=0.5,
        annealing=True,
        lr=1e-3,
        max_epochs=20,
        batch_size=64,
        weight_decay=0.01,
        optimizer="adamw",
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
        self.modality_attention = modality_attention
        self.squeeze = squeeze
        self.attention_gates = attention_gates
        self.channels = channels
        self.dropout = dropout
        self.annealing = annealing
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
class ModalityAwareAttentionNetRegressor(_ModalityAwareAttentionNet, NetRegressor):
    """Modality-aware attention network for EEG and ECG, for ratings.

    %(regressor)s

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import Modalities, ModalityAwareAttentionNetRegressor
    >>> rng = np.random.default_rng(0)
    >>> X = Modalities(eeg=rng.normal(size=(8, 4, 9, 9)),
    ...                ecg=rng.normal(size=(8, 34)))
    >>> reg = ModalityAwareAttentionNetRegressor(max_epochs=1, random_state=0)
    >>> reg.fit(X, np.linspace(1, 9, 8)).predict(X).shape
    (8,)
    """

    def __init__(
        self,
        *,
        modality_attention=True,
        squeeze="scse",
        attention_gates=False,
        channels=(16, 32, 64),
        dropout=0.5,
        annealing=True,
        lr=1e-3,
        max_epochs=20,
        batch_size=64,
        weight_decay=0.01,
        optimizer="adamw",
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
        self.modality_attention = modality_attention
        self.squeeze = squeeze
        self.attention_gates = attention_gates
        self.channels = channels
        self.dropout = dropout
        self.annealing = annealing
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
