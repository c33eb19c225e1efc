"""3FACRNN: band attention, a CNN, an LSTM and self-attention on grids of the scalp."""

from math import floor, log2
from numbers import Integral, Real

import numpy as np
import torch
from sklearn.base import clone, is_classifier
from sklearn.utils.validation import check_is_fitted, has_fit_parameter
from torch import nn
from torch.nn.functional import adaptive_avg_pool1d

from sklearn_emotion._base import HasMethods, Interval, StrOptions
from sklearn_emotion._frames import stored
from sklearn_emotion._validation import check_shape, is_mapping, warn_user
from sklearn_emotion.models._steps import StepOutputs
from sklearn_emotion.montage import GRID_SIZE
from sklearn_emotion.networks._classifier import NetClassifier
from sklearn_emotion.networks._data import Input, draw_seed
from sklearn_emotion.networks._docs import document
from sklearn_emotion.networks._estimator import NetEstimator
from sklearn_emotion.networks._layers import weighted_mean
from sklearn_emotion.networks._regressor import NetRegressor


def band_kernel_size(n_bands, gamma=2, b=1):
    """Return the kernel size of band attention for a number of bands (Eq. 4).

    The size is ``log2(n_bands) / gamma + b / gamma``, rounded down and made odd by
    adding one.
    """
    k = floor(log2(n_bands) / gamma + b / gamma)
    return k + 1 - k % 2


class BandAttention(nn.Module):
    """A weight in (0, 1) for each band, computed from the mean of its grid.

    Each weight depends on `kernel_size` neighboring bands, an odd number.
    """

    def __init__(self, kernel_size):
        super().__init__()
        self.conv = nn.Conv1d(1, 1, kernel_size, padding=kernel_size // 2, bias=False)

    def weights(self, x):
        """Return the weights (N, B) of grids (N, B, 9, 9)."""
        z = x.mean((2, 3))  # (N, B)
        return self.conv(z[:, None])[:, 0].sigmoid()  # (N, B), Eq. 5

    def forward(self, x):
        """Return the weighted grids (N, B, 9, 9)."""
        return x * self.weights(x)[..., None, None]


class GridCNN(nn.Module):
    """Four convolutions over the grid, max-pooling and a linear layer.

    The convolutions keep the 9 x 9 cells. The third is an exception: 2 x 2 pooling
    reduces 9 x 9 cells to 4 x 4 and ignores the last row and column, so it does not
    compute them. `init` is "he" or "default".
    """

    def __init__(self, n_bands, init):
        super().__init__()
        self.convolutions = nn.Sequential(
            nn.Conv2d(n_bands, 64, 5, padding=2),
            nn.ReLU(inplace=True),  # Eq. 6
            nn.ZeroPad2d((1, 2, 1, 2)),
            nn.Conv2d(64, 128, 4),
            nn.ReLU(inplace=True),  # Eq. 7
            nn.ZeroPad2d((1, 0, 1, 0)),
            nn.Conv2d(128, 256, 3),
            nn.ReLU(inplace=True),  # Eq. 8
            nn.Conv2d(256, 128, 1),
            nn.ReLU(inplace=True),  # Eq. 9
            nn.MaxPool2d(2),  # Eq. 10
        ).to(memory_format=torch.channels_last)
        self.linear = nn.Linear(128 * (GRID_SIZE // 2) ** 2, 512)
        for layer in [*self.convolutions, self.linear] if init == "he" else []:
            if isinstance(layer, (nn.Conv2d, nn.Linear)):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                nn.init.zeros_(layer.bias)

    def forward(self, x):
        """Return y (N, 512) for grids (N, B, 9, 9)."""
        c = self.convolutions(x.contiguous(memory_format=torch.channels_last))
        return self.linear(c.flatten(1))  # Eq. 11


class PeepholeLSTM(nn.Module):
    """LSTM whose gates also see the cell state (Eqs. 12 to 16).

    Each unit sees its own cell state only, as in the networks of Graves and Schmidhuber
    that the equations describe.
    """

    def __init__(self, n_in, n_hidden, n_layers):
        super().__init__()
        widths = [n_in] + [n_hidden] * (n_layers - 1)
        self.inputs = nn.ModuleList(nn.Linear(n, 4 * n_hidden) for n in widths)
        self.recurrent = nn.ModuleList(
            nn.Linear(n_hidden, 4 * n_hidden, bias=False) for _ in widths
        )
        self.peepholes = nn.ParameterList(torch.empty(3, n_hidden) for _ in widths)
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -(n_hidden**-0.5), n_hidden**-0.5)

    def forward(self, y):
        """Return states (N, T, H) of the last layer for y (N, T, D), in a tuple."""
        for inputs, recurrent, peepholes in zip(
            self.inputs, self.recurrent, self.peepholes
        ):
            see_i, see_f, see_o = peepholes
            h = c = y.new_zeros(y.shape[0], peepholes.shape[1])
            states = []
            for z in inputs(y).unbind(1):
                i, f, g, o = (z + recurrent(h)).chunk(4, 1)
                i = torch.sigmoid(i + see_i * c)  # Eq. 12
                f = torch.sigmoid(f + see_f * c)  # Eq. 13
                c = f * c + i * torch.tanh(g)  # Eq. 14
                h = torch.sigmoid(o + see_o * c) * torch.tanh(c)  # Eqs. 15 and 16
                states.append(h)
            y = torch.stack(states, 1)
        return (y,)


class SelfAttention(nn.Module):
    """Scale each hidden state by its weight in a softmax over time."""

    def __init__(self, n_hidden):
        super().__init__()
        self.align = nn.Linear(n_hidden, n_hidden)
        self.W1 = nn.Linear(n_hidden, n_hidden, bias=False)
        self.W2 = nn.Linear(n_hidden, n_hidden)
        self.W = nn.Linear(n_hidden, n_hidden)

    def weights(self, h):
        """Return P (N, T) for states h (N, T, H)."""
        d = self.align(h)  # (N, T, H)
        s = self.W(torch.relu(self.W1(h) + self.W2(d)))  # (N, T, H), Eq. 18
        return (s * h).sum(-1).softmax(1)  # (N, T), Eqs. 19 and 20

    def forward(self, h):
        """Return A (N, T, H) for states h (N, T, H)."""
        return self.weights(h)[..., None] * h


class ThreeFACRNNModule(nn.Module):
    """EEG network of 3FACRNN.

    A sample contains `n_steps` grids (T) of `n_bands` bands (B). Without `kernel_size`
    there is no band attention. If `per_step`, each step has its own outputs. `init` is
    how the CNN is initialized.
    """

    def __init__(
        self,
        n_steps,
        n_bands,
        n_outputs,
        kernel_size,
        self_attention,
        n_hidden,
        n_layers,
        peepholes,
        per_step,
        dropout,
        init,
    ):
        super().__init__()
        self.band_attention = (
            None if kernel_size is None else BandAttention(kernel_size)
        )
        self.cnn = GridCNN(n_bands, init)
        if peepholes:
            self.lstm = PeepholeLSTM(512, n_hidden, n_layers)
        else:
            self.lstm = nn.LSTM(512, n_hidden, n_layers, batch_first=True)
        self.self_attention = SelfAttention(n_hidden) if self_attention else None
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(n_hidden * (1 if per_step else n_steps), n_outputs)
        self.per_step = per_step

    def hidden(self, eeg):
        """Return the states h (N, T, H) of the LSTM for eeg (N, T, B, 9, 9)."""
        x = eeg.flatten(0, 1)  # (N T, B, 9, 9)
        if self.band_attention is not None:
            x = self.band_attention(x)
        y = self.cnn(x).unflatten(0, eeg.shape[:2])  # (N, T, 512)
        return self.lstm(self.dropout(y))[0]  # (N, T, H), Eqs. 12 to 17

    def attended(self, h):
        """Return A (N, T, H) for states h (N, T, H)."""
        return h if self.self_attention is None else self.self_attention(h)

    def features(self, eeg):
        """Return A, flattened to (N, T H)."""
        return self.attended(self.hidden(eeg)).flatten(1)

    def band_weights(self, eeg):
        """Return the weight of each band, (N, T, B)."""
        x = eeg.flatten(0, 1)
        return self.band_attention.weights(x).unflatten(0, eeg.shape[:2])

    def forward(self, eeg, visual=None):
        """Return outputs (N, K) or (N, T, K); with `visual`, also h and `visual`."""
        h = self.hidden(eeg)
        logits = self.last_layer(self.attended(h))
        return logits if visual is None else (logits, h, visual)

    def last_layer(self, A):
        """Return outputs (N, K) or (N, T, K) for A (N, T, H)."""
        A = self.dropout(A)
        return self.classifier(A if self.per_step else A.flatten(1))


class DistillationLoss(nn.Module):
    r"""Loss of the outputs plus the distance between features of student and teacher.

    The loss is :math:`\rho\,CE + (1 - \rho)\,w\,\mathrm{mean}|U - V|` (Eqs. 21 and 22),
    with the loss of the outputs as CE and `distill_weight` as w. Without features of a
    teacher, it is the loss of the outputs alone.
    """

    def __init__(self, loss, rho, distill_weight):
        super().__init__()
        self.loss = loss
        self.rho = rho
        self.distill_weight = distill_weight

    def forward(self, y_pred, y_true, sample_weight=None):
        """Return the loss of outputs (N, K) or (N, T, K), or of (outputs, U, V)."""
        weights = {} if sample_weight is None else {"sample_weight": sample_weight}
        if not isinstance(y_pred, tuple):
            return self.loss(y_pred, y_true, **weights)
        outputs, U, V = y_pred
        loss = self.loss(outputs, y_true, **weights)
        distance = self.distill_weight * weighted_mean((U - V).abs(), **weights)
        return self.rho * loss + (1 - self.rho) * distance  # Eq. 21


class _ThreeFACRNN(StepOutputs, NetEstimator):
    """Base of `ThreeFACRNN` and its regressor."""

    _parameter_constraints: dict = {
        **NetEstimator._parameter_constraints,
        "band_attention": ["boolean"],
        "band_kernel_size": [
            StrOptions({"auto"}),
            Interval(Integral, 1, None, closed="left"),
        ],
        "self_attention": ["boolean"],
        "lstm_hidden": [Interval(Integral, 1, None, closed="left")],
        "lstm_layers": [Interval(Integral, 1, None, closed="left")],
        "peepholes": ["boolean"],
        "head": [StrOptions({"flatten", "per_step"})],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "init": [StrOptions({"he", "default"})],
        "teacher": [HasMethods(["fit", "transform"]), None],
        "rho": [Interval(Real, 0, 1, closed="both")],
        "distill_weight": [Interval(Real, 0, None, closed="left")],
    }

    _steps = "windows"

    @property
    def _has_steps(self):
        return self.head == "per_step"

    def _takes_steps(self, y):
        # A second axis of a regressor's targets contains several ratings.
        return is_classifier(self) and super()._takes_steps(y)

    def _check_y(self, y, X):
        y = np.asarray(y)
        of_steps = is_classifier(self) and y.ndim == 2 and y.shape[1] > 1
        if of_steps and not self._has_steps:
            raise ValueError(
                f"y has the shape {y.shape}, but with head={self.head!r}, a sample has "
                "one label for all windows. Set head='per_step' for a label of each "
                "window."
            )
        return super()._check_y(y, X)

    def _inputs(self):
        axes = ("n_windows", "n_bands", GRID_SIZE, GRID_SIZE)
        return {"eeg": Input(axes, pooled=(1,), padding=True)}

    def _module(self, shapes, n_outputs):
        n_steps, n_bands = shapes["eeg"][:2]
        return ThreeFACRNNModule, {
            "n_steps": n_steps,
            "n_bands": n_bands,
            "n_outputs": n_outputs,
            "kernel_size": self._kernel_size(n_bands),
            "self_attention": self.self_attention,
            "n_hidden": self.lstm_hidden,
            "n_layers": self.lstm_layers,
            "peepholes": self.peepholes,
            "per_step": self._has_steps,
            "dropout": self.dropout,
            "init": self.init,
        }

    def _kernel_size(self, n_bands):
        if not self.band_attention or n_bands == 1:
            return None
        if self.band_kernel_size == "auto":
            return band_kernel_size(n_bands)
        if self.band_kernel_size % 2 == 0:
            raise ValueError(
                "band_kernel_size must be odd, so that a band has as many neighbors "
                f"above as below, got {self.band_kernel_size}."
            )
        return self.band_kernel_size

    def _criterion(self, loss):
        return DistillationLoss(loss, self.rho, self.distill_weight)

    def _training_arrays(self, X, y, groups, train):
        """Return the features of the teacher, pooled to the steps of the student."""
        self.__dict__.pop("teacher_", None)
        given = X if is_mapping(X) else {}
        if "visual" in given:
            visual = given["visual"]
        elif self.teacher is not None:
            visual = self._teacher_features(given, y, groups, train)
        else:
            if "face" in given:
                warn_user(
                    "ThreeFACRNN ignores the modality 'face', since it has no teacher. "
                    "Set one, for example teacher=VisualCNNTCN()."
                )
            return {}
        check_shape(visual, (len(y), "n_frames", self.lstm_hidden), "visual")
        frames = torch.as_tensor(visual, dtype=torch.float32).transpose(1, 2)
        n_steps = self.input_shapes_["eeg"][0]
        pooled = adaptive_avg_pool1d(frames, n_steps).transpose(1, 2)
        return {"visual": pooled.contiguous().numpy()}

    def _teacher_features(self, X, y, groups, train):
        if "face" not in X:
            raise ValueError(
                "ThreeFACRNN has a teacher, which needs the modality 'face' in "
                f"addition to 'eeg' in fit, got {list(X) or 'one array'}."
            )
        face = stored(X)["face"]
        if is_classifier(self) and y.ndim == 2:
            # A frame has the label of the step that it belongs to.
            n_frames = face.shape[1]
            y = y[:, np.arange(n_frames) * y.shape[1] // n_frames]
        elif y.ndim > 1:
            raise ValueError(
                f"y contains {y.shape[1]} ratings per sample, but a teacher learns one."
                " Fit a network for each rating, or pass the teacher's features as "
                "'visual'."
            )
        teacher = clone(self.teacher)
        unset = [
            name
            for name, value in teacher.get_params().items()
            if f"__{name}".endswith("__random_state") and value is None
        ]
        teacher.set_params(**dict.fromkeys(unset, draw_seed(self.random_state)))
        rows = slice(None) if train is None else train
        kwargs = {}
        if groups is not None and has_fit_parameter(teacher, "groups"):
            kwargs["groups"] = groups[rows]
        self.teacher_ = teacher.fit(face[rows], y[rows], **kwargs)
        return self.teacher_.transform(face)

    def predict_steps(self, X):
        """Return the prediction for each step, with ``head="per_step"``.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_windows, n_bands, 9, 9)
            Samples, or a mapping that contains them as "eeg".

        Returns
        -------
        y_pred : ndarray of shape (n_samples, n_windows, ...)
            Predicted classes or ratings.

        Raises
        ------
        ValueError
            If the network has one output for all steps.
        """
        check_is_fitted(self)
        if not self._has_steps:
            raise ValueError(
                f"With head={self.head!r}, the network has one output for all steps. "
                "Fit it with head='per_step' to get a prediction for each step."
            )
        return self._predict_steps(X)

    def band_attention_weights(self, X):
        """Return the weight that band attention gives to each band.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_windows, n_bands, 9, 9)
            Samples, or a mapping that contains them as "eeg".

        Returns
        -------
        weights : ndarray of shape (n_samples, n_windows, n_bands)
            Weights in (0, 1).

        Raises
        ------
        ValueError
            If the network has no band attention.
        """
        arrays = self._prepared(X)
        if self.net_.module_.band_attention is None:
            raise ValueError(
                "This network has no band attention: it was fitted with "
                "band_attention=False or on a single band."
            )
        return self._apply(arrays, "band_weights")

    @classmethod
    def paper_params(cls):
        """Return the settings of the paper, without the additions of this library.

        Returns
        -------
        params : dict
            Constructor arguments. The paper does not state the optimizer.
        """
        return {
            "lstm_layers": 2,
            "peepholes": True,
            "head": "per_step",
            "dropout": 0.0,
            "init": "default",
            "lr": 1e-6,
            "max_epochs": 100,
            "batch_size": 128,
            "weight_decay": 0.0,
            "standardize": False,
            "rho": 0.8,
            "distill_weight": 1.0,
        }


TEXTS = """
band_attention : bool
    Whether to weight the bands. A single band is not weighted, as in the raw-EEG
    mode of Table 4, whose input ``GridProjector9x9(channel_axis=1)`` computes.

band_kernel_size : "auto" or int
    Odd kernel size of the convolution over bands. "auto" follows Eq. 4, which
    gives 1 for four bands. All bands then share one factor, and their weights have
    the order of their mean inputs or its reverse, which is no ranking of their
    importance. With 3, the weight of a band also depends on its neighbors.

self_attention : bool
    Whether to weight the hidden states by a softmax over steps.

lstm_hidden : int
    Number of units in each layer of the LSTM.

lstm_layers : int
    Number of layers of the LSTM.

peepholes : bool
    Whether the gates of the LSTM also see the cell state, as Eqs. 12 to 15 print.

head : {"flatten", "per_step"}
    "flatten" has one last layer for all steps. "per_step" has outputs for each
    step. Their losses are averaged in training, and their probabilities or ratings
    in prediction. A classifier then also takes a label for each step, as y of shape
    (n_samples, n_windows).

dropout : float
    Dropout probability before the LSTM and before the last layer.

init : {"he", "default"}
    Initial weights of the CNN: as proposed by He et al., with zero biases, or
    PyTorch's default.

teacher : estimator
    `VisualCNNTCN` (`VisualCNNTCNRegressor` for ratings) or another estimator of
    faces with ``transform``. It is fitted on the faces of the training data. A
    teacher in a :class:`~sklearn.frozen.FrozenEstimator` is not fitted again.

rho : float
    Weight of the loss of the outputs. The distance between features has 1 - rho.

distill_weight : float
    Weight w of the distance between the features of both networks.

teacher_ : estimator
    Fitted teacher. Only available if `teacher` is set and faces were passed.
"""


@document(TEXTS)
class ThreeFACRNN(_ThreeFACRNN, NetClassifier):
    r"""3FACRNN: attention-based 3-D convolutional recurrent network.

    Differential entropies on the 9 x 9 grid of the scalp pass through band attention, a
    CNN, an LSTM over the windows of the sample and self-attention (Figure 3 of [1]_).
    During training, the network can also learn from a teacher that sees the face, by
    Eqs. 21 and 22:

    .. math:: L = \rho\,CE + (1 - \rho)\,w\,\frac{1}{TF}\sum_{t,f} |U_{tf} - V_{tf}|

    Prediction needs only EEG. Read more in the :ref:`User Guide <three_fac_rnn>`.
    The :ref:`reading guide <paper_three_fac_rnn>` maps the paper to the code.

    Parameters
    ----------
    %(parameters)s

    Attributes
    ----------
    %(attributes)s

    See Also
    --------
    make_three_fac_rnn : Pipeline from signals to this network.
    VisualCNNTCN : The teacher, which sees the face.
    DifferentialEntropy : Features of the input.
    GridProjector9x9 : Grid of the input.

    Notes
    -----
    Departures from [1]_, and choices where the paper is silent:

    - A sample contains T windows and has one label. In the paper, T consecutive samples
      form a sequence, each with its own label. ``head="per_step"`` and
      :func:`~sklearn_emotion.make_sequences` follow the paper.
    - U are the states of the LSTM. It has 128 hidden units, although the text also says
      "the sample number". It has no peepholes unless ``peepholes=True``, and then each
      unit sees its own cell state only.
    - A is flattened before the last layer. ``head="per_step"`` averages over steps,
      where Eq. 21 sums.
    - ``band_kernel_size="auto"`` follows Eq. 4 with a logarithm to base 2. Even results
      are raised by one. Eq. 5 prints another kernel.
    - Eq. 10 is read as the max-pooling that the text describes.
    - Features of the teacher are averaged over the frames of each window.
    - A teacher that is not fitted learns from the faces of the training data. The
      paper's teacher learns from another data set.
    - The network does not subtract the baseline. :func:`make_three_fac_rnn` subtracts
      it from the signals, as in the paper.
    - Inputs are standardized (``standardize``). The CNN starts from the weights of He
      et al. and zero biases (``init``), since the signal vanishes over its five layers
      otherwise. There are dropout (``dropout``) and weight decay (``weight_decay``).
    - The optimizer is AdamW, with a higher learning rate, smaller batches and fewer
      epochs than in the paper.

    `paper_params` returns the settings of the paper, without these additions.

    With a kernel size of 1, all bands share one factor. The order of their weights is
    then the order of the bands' mean inputs, or its reverse.

    References
    ----------
    .. [1] Y. Du, P. Li, L. Cheng, X. Zhang, M. Li and F. Li, "Attention-based 3D
       convolutional recurrent neural network model for multimodal emotion
       recognition", Frontiers in Neuroscience 17:1330077, 2024.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import ThreeFACRNN
    >>> X = np.random.default_rng(0).normal(size=(8, 2, 4, 9, 9))
    >>> clf = ThreeFACRNN(max_epochs=1, random_state=0).fit(X, ["low", "high"] * 4)
    >>> clf.predict_proba(X).shape, clf.transform(X).shape
    ((8, 2), (8, 256))
    >>> clf.band_attention_weights(X).shape
    (8, 2, 4)
    """

    _parameter_constraints: dict = {
        **NetClassifier._parameter_constraints,
        **_ThreeFACRNN._parameter_constraints,
    }

    def __init__(
        self,
        *,
        band_attention=True,
        band_kernel_size="auto",
        self_attention=True,
        lstm_hidden=128,
        lstm_layers=2,
        peepholes=False,
        head="flatten",
        dropout=0.5,
        init="he",
        teacher=None,
        rho=0.8,
        distill_weight=1.0,
        lr=3e-4,
        max_epochs=10,
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
        self.band_attention = band_attention
        self.band_kernel_size = band_kernel_size
        self.self_attention = self_attention
        self.lstm_hidden = lstm_hidden
        self.lstm_layers = lstm_layers
        self.peepholes = peepholes
        self.head = head
        self.dropout = dropout
        self.init = init
        self.teacher = teacher
        self.rho = rho
        self.distill_weight = distill_weight
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
class ThreeFACRNNRegressor(_ThreeFACRNN, NetRegressor):
    """3FACRNN for ratings.

    %(regressor)s

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import ThreeFACRNNRegressor
    >>> X = np.random.default_rng(0).normal(size=(8, 2, 4, 9, 9))
    >>> reg = ThreeFACRNNRegressor(max_epochs=1, random_state=0)
    >>> reg.fit(X, np.linspace(1, 9, 8)).predict(X).shape
    (8,)
    """

    def __init__(
        self,
        *,
        band_attention=True,
        band_kernel_size="auto",
        self_attention=True,
        lstm_hidden=128,
        lstm_layers=2,
        peepholes=False,
        head="flatten",
        dropout=0.5,
        init="he",
        teacher=None,
        rho=0.8,
        distill_weight=1.0,
        lr=3e-4,
        max_epochs=10,
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
        self.band_attention = band_attention
        self.band_kernel_size = band_kernel_size
        self.self_attention = self_attention
        self.lstm_hidden = lstm_hidden
        self.lstm_layers = lstm_layers
        self.peepholes = peepholes
        self.head = head
        self.dropout = dropout
        self.init = init
        self.teacher = teacher
        self.rho = rho
        self.distill_weight = distill_weight
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
