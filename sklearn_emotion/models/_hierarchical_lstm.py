"""Hierarchical-attention LSTM that selects frames of face and EEG."""

from numbers import Integral, Real
from typing import NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy, mse_loss

from sklearn_emotion._base import Interval, StrOptions
from sklearn_emotion.networks._classifier import NetClassifier, weighted_cross_entropy
from sklearn_emotion.networks._data import Input
from sklearn_emotion.networks._docs import document
from sklearn_emotion.networks._layers import weighted_mean
from sklearn_emotion.networks._missing import MISSING_CONSTRAINTS


class FrameEncoder(nn.Module):
    """Features of an image of any size."""

    def __init__(self, n_channels, width):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(n_channels, 16, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(16, 32, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(4),
            nn.Flatten(),
            nn.Linear(32 * 4 * 4, width),
            nn.ReLU(),
        )

    def forward(self, x):
        """Return features (..., W) of images (..., C, H, W)."""
        return self.layers(x.flatten(0, -4)).unflatten(0, x.shape[:-3])


class LayerAttention(nn.Module):
    """Weighted sum over the layers of a stack at one time step.

    `width` is the width r of a layer's state, and also the width d_a of the score.
    """

    def __init__(self, width):
        super().__init__()
        self.W_s = nn.Linear(width, width)
        self.v = nn.Linear(width, 1, bias=False)

    def forward(self, X):
        """Return Y (E, r) and the weights a (E, L) for states X (E, L, r)."""
        u = self.v(torch.tanh(self.W_s(X))).squeeze(-1)  # (E, L), Eq. 3
        a = u.softmax(-1)  # (E, L), Eq. 4
        return (a[..., None] * X).sum(1), a  # Eq. 7


class Episodes(NamedTuple):
    """Result of a pass in training, with one row for each episode.

    The axis T counts the frames that were looked at. After the end of an episode,
    `chosen` is 0 and the other entries have no meaning.
    """

    logits: torch.Tensor  # (E, K)
    penalty: torch.Tensor  # (E,)
    log_prob: torch.Tensor  # (E, T)
    value: torch.Tensor  # (E, T)
    chosen: torch.Tensor  # (E, T)
    length: torch.Tensor  # (E,)


def variance_penalty(weights):
    """Return the sum over layers of squared deviations from their mean (Eqs. 8, 9)."""
    return (weights - weights.mean(-1, keepdim=True)).square().sum(-1)


class HierarchicalLSTMModule(nn.Module):
    """Glimpse, core and action of the model, for a batch of episodes.

    A frame of the face has `face_shape` (3, H, W), or (D,) for features. `n_hidden` (r)
    is even, since two modalities share the first of `n_layers` layers. Each sample has
    `n_episodes` episodes in training, of at most `max_steps` frames. `policy_std` is in
    units of the length of the sample.

    On the CPU, a pass stops when all episodes have ended. On other devices it always
    takes `max_steps` steps, because the question whether an episode still runs would
    make the host wait for the device.
    """

    def __init__(
        self,
        face_shape,
        n_bands,
        n_classes,
        n_hidden,
        n_layers,
        hierarchical_attention,
        policy,
        policy_std,
        max_steps,
        n_episodes,
        dropout,
    ):
        super().__init__()
        if len(face_shape) == 1:
            self.face = nn.Sequential(nn.Linear(face_shape[0], n_hidden), nn.ReLU())
        else:
            self.face = FrameEncoder(face_shape[0], n_hidden)
        self.band = FrameEncoder(1, n_hidden)
        self.band_score = nn.Linear(n_hidden, n_bands)
        self.eeg = nn.Linear(n_hidden, n_hidden)
        self.dropout = nn.Dropout(dropout)
        self.glimpse = nn.LSTMCell(n_hidden, n_hidden // 2)
        self.core = nn.ModuleList(
            nn.LSTMCell(n_hidden, n_hidden) for _ in range(n_layers - 1)
        )
        self.attention = None
        if hierarchical_attention:
            self.attention = nn.ModuleDict(
                {"h": LayerAttention(n_hidden), "c": LayerAttention(n_hidden)}
            )
        self.location = nn.Linear(n_hidden, 1)
        self.value = nn.Linear(n_hidden, 1)
        self.classifier = nn.Linear(n_hidden, n_classes)
        self.policy = policy
        self.policy_std = policy_std
        self.max_steps = max_steps
        self.n_episodes = n_episodes
        self.n_hidden = n_hidden
        self.stops_early = True

    def prepare_export(self):
        """Take a fixed number of steps, so that a graph can represent the module."""
        self.stops_early = False

    def encode(self, face, eeg):
        """Return features of frames (..., r) and of their band images (..., B, r)."""
        return self.face(face), self.band(eeg.unsqueeze(-3))

    def look(self, face, bands, h):
        """Return x_v and x_e (E, r), the features seen in the frame of each episode.

        Each look has dropout masks of its own, also if a frame is looked at again.
        """
        theta = self.band_score(h).softmax(-1)  # (E, B), Eq. 2
        e = (theta[..., None] * bands).sum(1)  # (E, r), Eq. 1
        return self.dropout(face), self.dropout(self.eeg(e))

    def step(self, x_v, x_e, state):
        """Return H', the new state and the attention weights after one look.

        The state contains (h, c) of both halves of the first layer and of each layer
        above.
        """
        (h_v, c_v), (h_e, c_e), *core = state
        h_v, c_v = self.glimpse(x_v, (h_v, c_v))
        h_e, c_e = self.glimpse(x_e, (h_e, c_e))
        h, c = torch.cat([h_v, h_e], -1), torch.cat([c_v, c_e], -1)  # (E, r)
        H, C = [h], [c]
        for cell, (h_l, c_l) in zip(self.core, core):
            h, c = cell(h, (h_l, c_l))
            H.append(h)
            C.append(c)
        new = [(h_v, c_v), (h_e, c_e), *zip(H[1:], C[1:])]
        if self.attention is None:
            return h, new, None
        h, alpha = self.attention["h"](torch.stack(H, 1))  # Eqs. 5 and 7
        c, beta = self.attention["c"](torch.stack(C, 1))  # Eqs. 6 and 7
        if self.core:
            new[-1] = h, c
        return h, new, (alpha, beta)

    def draw(self, mean, n, n_frames):
        """Return the action (E,) of look n and its log density."""
        if not self.training:
            share = (n + 1) / self.max_steps
            action = mean if self.policy == "gaussian" else mean.new_full((), share)
            return action.expand(mean.shape), torch.zeros_like(mean)
        if self.policy == "uniform":
            frame = torch.randint(n_frames, mean.shape, device=mean.device)
            return frame / max(n_frames - 1, 1), torch.zeros_like(mean)
        action = torch.normal(mean.detach(), self.policy_std)
        # The check of the arguments would make the host wait for the device.
        density = torch.distributions.Normal(mean, self.policy_std, validate_args=False)
        return action, density.log_prob(action)

    def run(self, face, eeg):
        """Run an episode, or M of them in training; return h, frames and Episodes."""
        n_frames, device = face.shape[1], face.device
        stops_early = self.stops_early and device.type == "cpu"
        repeats = self.n_episodes if self.training else 1
        # Encode all frames at once, unless far fewer of them are looked at.
        encoded = n_frames <= 2 * repeats * self.max_steps
        if encoded:
            face, eeg = self.encode(face, eeg)
        rows = torch.arange(repeats * face.shape[0], device=device) // repeats
        zero = self.location.weight.new_zeros(rows.shape[0], self.n_hidden)
        half = zero[:, : self.n_hidden // 2]
        state = [(half, half), (half, half), *[(zero, zero) for _ in self.core]]
        h, penalty, length = zero, zero[:, 0], zero[:, 0]
        frame = torch.zeros_like(rows)
        alive = torch.ones_like(rows, dtype=torch.bool)
        log_prob, value, chosen, frames = [], [], [], []
        for n in range(self.max_steps):
            frames.append(torch.where(alive, frame, -1))
            seen = face[rows, frame], eeg[rows, frame]
            seen = self.look(*(seen if encoded else self.encode(*seen)), h)
            h_new, state, weights = self.step(*seen, state)
            h = torch.where(alive[:, None], h_new, h)
            length = length + alive
            if weights is not None:
                spread = sum(variance_penalty(w) for w in weights)
                penalty = penalty + alive * spread
            if n + 1 == self.max_steps:
                break
            mean = self.location(h).sigmoid().squeeze(-1)
            action, log_density = self.draw(mean, n, n_frames)
            log_prob.append(log_density)
            value.append(self.value(h.detach()).squeeze(-1))
            chosen.append(alive.to(h.dtype))
            frame = (action.clamp(0, 1) * (n_frames - 1)).round().long()
            alive = alive & (frame < n_frames - 1)
            if stops_early and not alive.any():
                break
        logits = self.last_layer(h)
        empty = zero[:, :0]
        columns = [torch.stack(x, 1) if x else empty for x in (log_prob, value, chosen)]
        episodes = Episodes(logits, penalty / length, *columns, length)
        return h, torch.stack(frames, 1), episodes

    def last_layer(self, h):
        """Return logits (E, K) for the final h (E, r)."""
        return self.classifier(self.dropout(h))

    def features(self, face, eeg):
        """Return the final h, (N, r)."""
        return self.run(face, eeg)[0]

    def frames(self, face, eeg):
        """Return the frames that were seen, (N, max_steps), and -1 after the end."""
        frames = self.run(face, eeg)[1]
        missing = self.max_steps - frames.shape[1]
        return nn.functional.pad(frames, (0, missing), value=-1)

    def forward(self, face, eeg):
        """Return logits (N, K), or the `Episodes` in training."""
        episodes = self.run(face, eeg)[2]
        return episodes if self.training else episodes.logits


class EpisodeLoss(nn.Module):
    r"""Cross-entropy minus the penalty, and REINFORCE for the choice of frames.

    The gradient is the gradient of :math:`CE - \lambda P` (Eq. 10) minus the estimate
    of Eq. 15. If `policy_baseline`, a learned estimate is subtracted from the reward.
    `rewards` are :math:`\lambda_r, \lambda_{tp}, \lambda_{fp}, \lambda_{sparse}`.
    """

    def __init__(self, weight, penalty, rewards, policy_baseline):
        super().__init__()
        self.register_buffer("weight", weight)
        self.penalty = penalty
        self.rewards = rewards
        self.policy_baseline = policy_baseline

    def reward(self, logits, y, length):
        """Return R (E,), which is given once at the end of an episode."""
        scale, right, wrong, sparse = self.rewards
        hit = logits.argmax(-1) == y
        outcome = torch.where(hit, right, wrong)  # Eq. 16
        return scale * outcome + sparse * length  # Eq. 17

    def cross_entropy(self, logits, y, weights):
        """Return the cross-entropy, with weights of samples if there are any."""
        if weights is None:
            return cross_entropy(logits, y, self.weight)
        return weighted_cross_entropy(logits, y, self.weight, weights)

    def forward(self, y_pred, y_true, sample_weight=None):
        """Return the loss of `Episodes`, or the cross-entropy of logits."""
        w = sample_weight
        if not isinstance(y_pred, Episodes):
            return self.cross_entropy(y_pred, y_true, w)
        n_episodes = len(y_pred.logits) // len(y_true)
        y = y_true.repeat_interleave(n_episodes)
        w = None if w is None else w.repeat_interleave(n_episodes)
        loss = self.cross_entropy(y_pred.logits, y, w)
        loss = loss - self.penalty * weighted_mean(y_pred.penalty, w)  # Eq. 10
        R = self.reward(y_pred.logits, y, y_pred.length)[:, None].expand_as(
            y_pred.value
        )
        advantage = R
        if self.policy_baseline:
            advantage = R - y_pred.value.detach()
            error = mse_loss(y_pred.value, R.detach(), reduction="none")
            loss = loss + weighted_mean((y_pred.chosen * error).sum(-1), w)
        gain = (y_pred.chosen * y_pred.log_prob * advantage.detach()).sum(-1)
        return loss - weighted_mean(gain, w)  # Eqs. 13 and 15


TEXTS = r"""
n_hidden : int
    Width r of each layer, an even number.

n_layers : int
    Number of layers L of the stack, including the first, which has one half for
    each modality (Figure 5, there with ``hierarchical_attention=False``).

hierarchical_attention : bool
    Whether hidden and cell states are weighted over layers (Figure 6).

penalty : float
    Weight :math:`\lambda` of the variance of the layers' weights (Figure 7).

policy : {"gaussian", "uniform"}
    "gaussian" learns which frame comes next. "uniform" draws it from all frames
    with equal probability, and predicts with evenly spaced frames.

policy_std : float
    Standard deviation of the Gaussian policy at the end of training, in units of
    the length of the sample.

initial_policy_std : float or None
    Standard deviation in the first epoch, which changes to `policy_std` along half
    a cosine. A wide policy visits all parts of a sample, so that the classifier
    learns what to look for before the policy settles. If None, `policy_std` is
    used.

max_steps : int
    Maximum number of frames that the model looks at, :math:`N_{max}`.

n_episodes : int
    Number M of episodes that are drawn from each sample in training.

rewards : tuple of 4 floats
    :math:`\lambda_r > 0`, :math:`\lambda_{tp} > 0` for a correct classification,
    :math:`\lambda_{fp} < 0` for a wrong one, and :math:`\lambda_{sparse} \le 0`
    for each look. With the default, the network stops early where the first frames
    tell the class. With a much larger cost, it stops before it finds later frames.

policy_baseline : bool
    Whether a learned estimate of the reward reduces the variance of the gradient.

dropout : float
    Dropout probability of the features of the frames and before the last layer.

standardize : bool
    Whether to center and scale band images and features of the face with
    statistics of the training data. Zeros of band images, outside the scalp,
    remain 0. Pixels of the face are not scaled.

random_state : int, RandomState instance or None
    Seed of the initial weights, the order of the samples, dropout and the frames.
"""


@document(TEXTS)
class HierarchicalAttentionLSTM(NetClassifier):
    r"""Hierarchical-attention LSTM with learned selection of frames.

    The model looks at one frame of the face and of the EEG's band images, updates a
    stack of LSTMs, weights their layers, and decides which frame to look at next
    (Figures 1 to 4 of [1]_). REINFORCE learns the choice of frames. The reward is high
    for a correct classification after few looks:

    .. math:: R = \lambda_r R' + \lambda_{sparse} N

    Read more in the :ref:`User Guide <hierarchical_lstm>`.
    The :ref:`reading guide <paper_hierarchical_lstm>` maps the paper to the code.

    Parameters
    ----------
    %(parameters)s

    Attributes
    ----------
    %(attributes)s

    See Also
    --------
    make_hierarchical_lstm : Pipeline from EEG and face frames to this network.
    BandImages : Band images of the EEG.
    DeepVANet : Fusion of face and bio-signals without selection of frames.

    Notes
    -----
    X is a mapping with ``face`` and ``eeg``. ``face`` contains frames of shape
    (n_samples, n_frames, 3, H, W), with pixels in [0, 1] or uint8, or features of shape
    (n_samples, n_frames, n_features). ``eeg`` contains band images of the same frames,
    of shape (n_samples, n_frames, n_bands, s, s).

    Departures from [1]_, and choices where the paper is silent:

    - Band images and features of the face are standardized. The policy narrows, and a
      learned estimate of the reward is subtracted. ``paper_params()`` turns these
      additions off.
    - Layers and the attention over them are 128 wide. Dropout applies to the features
      of the frames and before the last layer.
    - A small CNN, shared by the bands, encodes their images. Another CNN encodes the
      faces, which the paper crops to 227 x 227.
    - The layers of the stack are the two halves of the first layer, joined, and
      ``n_layers - 1`` layers above. Hidden and cell states have separate weights, and
      the weighted states replace the state of the top layer.
    - The penalty is the sum over layers, as printed in Eq. 8, and not the mean.
    - The first frame is the first of the sample. The mean of the policy is a sigmoid of
      h. Actions are clipped to the sample, but their density is not.
    - An episode ends when the policy selects the last frame, which is not looked at.
      The reward is given once, at the end.
    - The values of the rewards, the number of episodes and the baseline are choices of
      this library. "Experience playback" is a shuffled mini-batch.
    - The policy narrows during training, since a narrow policy often settles before it
      has seen the informative frames. Its widths, the learning rate and the number of
      epochs are choices of this library.
    - Prediction uses the mean of the policy.

    References
    ----------
    .. [1] D. Wu, J. Zhang and Q. Zhao, "Multimodal fused emotion recognition about
       expression-EEG interaction and collaboration using deep learning", IEEE Access
       8, 2020.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import HierarchicalAttentionLSTM, Modalities
    >>> rng = np.random.default_rng(0)
    >>> X = Modalities(
    ...     face=rng.random((8, 16, 3, 24, 24), dtype=np.float32),
    ...     eeg=rng.random((8, 16, 3, 16, 16), dtype=np.float32),
    ... )
    >>> clf = HierarchicalAttentionLSTM(n_hidden=16, max_epochs=1, random_state=0)
    >>> clf.fit(X, ["low", "high"] * 4).predict_proba(X).shape
    (8, 2)
    >>> clf.attended_frames(X).shape
    (8, 40)
    """

    _parameter_constraints: dict = {
        **NetClassifier._parameter_constraints,
        **MISSING_CONSTRAINTS,
        "n_hidden": [Interval(Integral, 2, None, closed="left")],
        "n_layers": [Interval(Integral, 1, None, closed="left")],
        "hierarchical_attention": ["boolean"],
        "penalty": [Interval(Real, 0, None, closed="left")],
        "policy": [StrOptions({"gaussian", "uniform"})],
        "policy_std": [Interval(Real, 0, None, closed="neither")],
        "initial_policy_std": [Interval(Real, 0, None, closed="neither"), None],
        "max_steps": [Interval(Integral, 1, None, closed="left")],
        "n_episodes": [Interval(Integral, 1, None, closed="left")],
        "rewards": [tuple, list],
        "policy_baseline": ["boolean"],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

    def __init__(
        self,
        *,
        n_hidden=128,
        n_layers=3,
        hierarchical_attention=True,
        penalty=1.0,
        policy="gaussian",
        policy_std=0.1,
        initial_policy_std=0.3,
        max_steps=40,
        n_episodes=4,
        rewards=(1.0, 1.0, -2.0, -0.07),
        policy_baseline=True,
        dropout=0.6,
        lr=3e-3,
        max_epochs=30,
        batch_size=12,
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
        self.n_hidden = n_hidden
        self.n_layers = n_layers
        self.hierarchical_attention = hierarchical_attention
        self.penalty = penalty
        self.policy = policy
        self.policy_std = policy_std
        self.initial_policy_std = initial_policy_std
        self.max_steps = max_steps
        self.n_episodes = n_episodes
        self.rewards = rewards
        self.policy_baseline = policy_baseline
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
        self.domain_loss = domain_loss
        self.domain_weight = domain_weight
        self.missing = missing
        self.modality_dropout = modality_dropout
        self.callbacks = callbacks
        self.net_params = net_params
        self.standardize = standardize
        self.verbose = verbose
        self.random_state = random_state

    def attended_frames(self, X):
        """Return the frames that the model looks at, in order.

        Parameters
        ----------
        X : Modalities or dict of str to ndarray
            Mapping with ``face`` and ``eeg``.

        Returns
        -------
        frames : ndarray of int of shape (n_samples, max_steps)
            Indices of frames, and -1 after the end of the episode.
        """
        return self._apply(self._prepared(X), "frames")

    @classmethod
    def paper_params(cls):
        """Return the settings of the paper, without the additions of this library.

        Returns
        -------
        params : dict
            Constructor arguments. The paper states no learning rate, number of epochs,
            rewards or widths.
        """
        return {
            "n_layers": 3,
            "penalty": 1.0,
            "policy": "gaussian",
            "initial_policy_std": None,
            "policy_baseline": False,
            "max_steps": 40,
            "batch_size": 12,
            "dropout": 0.6,
            "optimizer": "adam",
            "weight_decay": 0.0,
            "standardize": False,
        }

    def _inputs(self):
        features = Input(("n_frames", "n_features"), (1,))
        frames = Input(("n_frames", 3, "height", "width"), pixels=True)
        return {
            "face": features if getattr(self, "_face_ndim", 5) == 3 else frames,
            "eeg": Input(("n_frames", "n_bands", "side", "side"), (1, 3, 4), True),
        }

    def _checked(self, X, *, reset):
        if reset:
            self._check_arguments()
            self._face_ndim = np.ndim(self._arrays(X)["face"])
        arrays = super()._checked(X, reset=reset)
        n_frames = {key: x.shape[1] for key, x in arrays.items()}
        if len(set(n_frames.values())) > 1:
            raise ValueError(
                f"face and eeg must contain the same frames, got {n_frames}. Compute "
                "band images at the video's frame rate: BandImages(frame_rate=...)."
            )
        return arrays

    def _check_arguments(self):
        if self.n_hidden % 2:
            raise ValueError(
                f"n_hidden must be even, since two modalities share the first layer, "
                f"got {self.n_hidden}."
            )
        if len(self.rewards) == 4 and np.isfinite(self.rewards).all():
            scale, right, wrong, sparse = self.rewards
            if scale > 0 and right > 0 > wrong and sparse <= 0:
                return
        raise ValueError(
            "rewards must be four finite numbers (lambda_r, lambda_tp, lambda_fp, "
            "lambda_sparse), the first two above 0, the third below 0 and the last at "
            f"most 0, got {self.rewards!r}."
        )

    def _module(self, shapes, n_classes):
        return HierarchicalLSTMModule, {
            "face_shape": shapes["face"][1:],
            "n_bands": shapes["eeg"][1],
            "n_classes": n_classes,
            "n_hidden": self.n_hidden,
            "n_layers": self.n_layers,
            "hierarchical_attention": self.hierarchical_attention,
            "policy": self.policy,
            "policy_std": self.policy_std,
            "max_steps": self.max_steps,
            "n_episodes": self.n_episodes,
            "dropout": self.dropout,
        }

    def _schedules(self):
        if self.initial_policy_std is None:
            return {}
        return {"policy_std": (self.initial_policy_std, self.policy_std)}

    def _graph_outputs(self, out):
        logits = super()._graph_outputs(out)
        if not isinstance(out, tuple):
            return logits
        # In training, each sample has several episodes.
        return self._graph_mean_over_steps(logits.unflatten(0, (-1, self.n_episodes)))

    def _loss(self, targets):
        return EpisodeLoss(
            weight=self._class_weights(targets),
            penalty=self.penalty,
            rewards=tuple(self.rewards),
            policy_baseline=self.policy_baseline,
        )
