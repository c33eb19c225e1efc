"""3FACRNN: band attention, CNN, LSTM and self-attention over grids of the scalp."""

import warnings
from math import floor, log2
from numbers import Integral, Real

import torch
from sklearn.base import clone
from sklearn.utils.validation import has_fit_parameter
from torch import nn
from torch.nn.functional import adaptive_avg_pool1d

from sklearn_emotion._base import HasMethods, Interval, StrOptions
from sklearn_emotion._net import NetEstimator
from sklearn_emotion._net_classifier import NetClassifier
from sklearn_emotion._net_data import Input, draw_seed
from sklearn_emotion._net_regressor import NetRegressor, twin_of
from sklearn_emotion._validation import check_shape, is_mapping
from sklearn_emotion.montage import GRID_SIZE


def band_kernel_size(n_bands, gamma=2, b=1):
    """Return the kernel size of band attention for a number of bands.

    Parameters
    ----------
    n_bands : int
        Number of bands.
    gamma, b : int, default=2, 1
        Constants of Eq. 4.

    Returns
    -------
    kernel_size : int
        Floor of ``log2(n_bands) / gamma + b / gamma``, made odd by adding one.
    """
    k = floor(log2(n_bands) / gamma + b / gamma)
    return k + 1 - k % 2


class BandAttention(nn.Module):
    """A weight in (0, 1) for each band, from the mean of its grid.

    Parameters
    ----------
    kernel_size : int
        Neighbouring bands that a weight depends on; odd.
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

    The paddings keep 9 x 9 cells, with one exception: 2 x 2 pooling makes 4 x 4 of
    9 x 9 and never looks at the last row and column, so the third convolution does
    not compute them.

    Parameters
    ----------
    n_bands : int
        Input channels.
    """

    def __init__(self, n_bands):
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
        for layer in [*self.convolutions, self.linear]:
            if isinstance(layer, (nn.Conv2d, nn.Linear)):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                nn.init.zeros_(layer.bias)

    def forward(self, x):
        """Return y (N, 512) for grids (N, B, 9, 9)."""
        c = self.convolutions(x.contiguous(memory_format=torch.channels_last))
        return self.linear(c.flatten(1))  # Eq. 11


class SelfAttention(nn.Module):
    """Scale each hidden state by its share of a softmax over time.

    Parameters
    ----------
    n_hidden : int
        Width of the states.
    """

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
    """The EEG network of 3FACRNN.

    Parameters
    ----------
    n_steps : int
        Grids in a sample, T.
    n_bands : int
        Bands, B.
    n_outputs : int
        A logit for each class, or ratings, K.
    kernel_size : int or None
        Kernel of band attention; None leaves it out.
    self_attention : bool
        Whether to weight the hidden states.
    n_hidden, n_layers : int
        Width and depth of the LSTM.
    per_step : bool
        Whether each step has logits of its own.
    dropout : float
        Share of values that are zeroed before the LSTM and before the classifier in
        training.
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
        per_step,
        dropout,
    ):
        super().__init__()
        self.band_attention = (
            None if kernel_size is None else BandAttention(kernel_size)
        )
        self.cnn = GridCNN(n_bands)
        self.lstm = nn.LSTM(512, n_hidden, n_layers, batch_first=True)
        self.self_attention = SelfAttention(n_hidden) if self_attention else None
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(n_hidden * (1 if per_step else n_steps), n_outputs)
        self.per_step = per_step

    def hidden(self, eeg):
        """Return the LSTM's states h (N, T, H) for eeg (N, T, B, 9, 9)."""
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
        """Return logits (N, K) or (N, T, K); with `visual`, h and it beside them."""
        h = self.hidden(eeg)
        A = self.dropout(self.attended(h))  # (N, T, H)
        logits = self.classifier(A if self.per_step else A.flatten(1))
        return logits if visual is None else (logits, h, visual)


class DistillationLoss(nn.Module):
    r"""Loss of the outputs plus the distance between student's and teacher's features.

    :math:`\rho\,CE + (1 - \rho)\,w\,\mathrm{mean}|U - V|` (Eqs. 21 and 22), and
    the loss of the outputs (cross-entropy, CE) alone where there are no teacher's
    features.

    Parameters
    ----------
    loss : Module
        Loss of the outputs.
    rho : float
        Share of the loss of the outputs.
    distill_weight : float
        w.
    """

    def __init__(self, loss, rho, distill_weight):
        super().__init__()
        self.loss = loss
        self.rho = rho
        self.distill_weight = distill_weight

    def forward(self, y_pred, y_true):
        """Return the loss of outputs (N, K) or (N, T, K), or of (outputs, U, V)."""
        if not isinstance(y_pred, tuple):
            return self.loss(y_pred, y_true)
        outputs, U, V = y_pred
        loss = self.loss(outputs, y_true)
        distance = self.distill_weight * (U - V).abs().mean()  # Eq. 22
        return self.rho * loss + (1 - self.rho) * distance  # Eq. 21


class _ThreeFACRNN(NetEstimator):
    """What `ThreeFACRNN` shares with its regressor."""

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
            "per_step": self.head == "per_step",
            "dropout": self.dropout,
        }

    def _kernel_size(self, n_bands):
        if not self.band_attention or n_bands == 1:
            return None
        if self.band_kernel_size == "auto":
            return band_kernel_size(n_bands)
        if self.band_kernel_size % 2 == 0:
            raise ValueError(
                "band_kernel_size must be odd, so that a band has as many neighbours "
                f"above as below, got {self.band_kernel_size}."
            )
        return self.band_kernel_size

    def _criterion(self, loss):
        return DistillationLoss(loss, self.rho, self.distill_weight)

    def _training_arrays(self, X, y, groups, train):
        """Return the teacher's features, pooled to the student's steps."""
        self.__dict__.pop("teacher_", None)
        given = X if is_mapping(X) else {}
        if "visual" in given:
            visual = given["visual"]
        elif self.teacher is not None:
            visual = self._teacher_features(given, y, groups, train)
        else:
            if "face" in given:
                warnings.warn(
                    "ThreeFACRNN ignores the modality 'face' without a teacher, for "
                    "example teacher=VisualCNNTCN().",
                    UserWarning,
                    stacklevel=4,
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
                "ThreeFACRNN has a teacher, which needs the modality 'face' beside "
                f"'eeg' in fit; got {list(X) or 'one array'}."
            )
        if y.ndim > 1:
            raise ValueError(
                f"y holds {y.shape[1]} ratings a sample, and a teacher learns one: fit "
                "a network for each, or pass the teacher's features as 'visual'."
            )
        face = X["face"]
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

    def _outputs(self, X):
        z = super()._outputs(X)
        return self._mean_over_steps(z) if self.head == "per_step" else z

    def band_attention_weights(self, X):
        """Return the weight that band attention gives each band.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_windows, n_bands, 9, 9)
            Samples, or a mapping that holds them as "eeg".

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
        """Return the training settings that the paper states.

        Returns
        -------
        params : dict
            Constructor arguments. The optimizer is not stated.
        """
        return {
            "lstm_layers": 2,
            "lr": 1e-6,
            "max_epochs": 100,
            "batch_size": 128,
            "rho": 0.8,
            "distill_weight": 1.0,
        }


class ThreeFACRNN(_ThreeFACRNN, NetClassifier):
    r"""3FACRNN: attention-based 3-D convolutional recurrent network.

    Differential entropies on the 9 x 9 grid of the scalp go through band attention, a
    CNN, an LSTM over the steps of the sample and self-attention (Figure 3 of [1]_).
    While it is fitted, it can learn from a network that sees the face as well
    (Eqs. 21 and 22):

    .. math:: L = \rho\,CE + (1 - \rho)\,w\,\frac{1}{TF}\sum_{t,f} |U_{tf} - V_{tf}|

    Prediction takes EEG alone. Read more in the :ref:`User Guide <three_fac_rnn>`.

    Parameters
    ----------
    band_attention : bool, default=True
        Whether to weight the bands. With a single band there is nothing to weight,
        and it is left out: the raw-EEG mode of Table 4, whose input
        ``GridProjector9x9(channel_axis=1)`` makes.

    band_kernel_size : "auto" or int, default="auto"
        Odd kernel of the convolution over bands. "auto" is Eq. 4, which gives 1 for
        four bands; 3 lets neighbouring bands interact.

    self_attention : bool, default=True
        Whether to weight the hidden states by a softmax over steps.

    lstm_hidden : int, default=128
        Width of the LSTM.

    lstm_layers : int, default=2
        Layers of the LSTM.

    head : {"flatten", "per_step"}, default="flatten"
        One last layer for all steps, or outputs of each step, whose losses (training)
        and probabilities or ratings (prediction) are averaged.

    dropout : float, default=0.5
        Share of values that are zeroed before the LSTM and before the classifier in
        training.

    teacher : estimator, default=None
        `VisualCNNTCN` (for ratings `VisualCNNTCNRegressor`), or another estimator of
        faces with ``transform``. It is fitted on the faces that come with the training
        data; one that is wrapped in :class:`~sklearn.frozen.FrozenEstimator` is used
        as it is.

    rho : float, default=0.8
        Share of the loss of the outputs, the rest being that of the features.

    distill_weight : float, default=1.0
        Weight w of the distance between both networks' features.

    lr : float, default=3e-4
        Learning rate.

    max_epochs : int, default=10
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
        Whether to centre and scale each band and cell by the training data's
        statistics; unused cells stay 0.

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

    teacher_ : estimator
        Fitted teacher; only with a `teacher` whose faces were given.

    n_features_in_ : int
        Steps in a sample.

    See Also
    --------
    VisualCNNTCN : The network that sees the face.
    DifferentialEntropy : The input's features.
    GridProjector9x9 : The input's layout.

    Notes
    -----
    Departures from [1]_, and readings where it is silent: one sample holds T windows
    with one label; U are the LSTM's states; the LSTM has no peepholes and 128 hidden
    units, where the text also says "the sample number"; A is flattened before the
    classifier, and ``head="per_step"`` averages over steps what Eq. 21 sums; ``"auto"``
    follows Eq. 4, whose logarithm is read as that of 2 and whose even results are
    raised by one, where Eq. 5 prints another kernel; Eq. 10 is the max-pooling of the
    text. An unfitted teacher learns from the faces of the training data itself, the
    paper's from another data set. The entropies of the rest before a trial, which the
    paper subtracts, are up to :class:`BaselineRemoval`. Inputs are standardised;
    initial weights of the CNN are those of He et al. with zero biases, since the signal
    dies out over its five layers otherwise; there is dropout, and the optimizer is
    AdamW, at a higher rate than the paper's, in smaller batches and for fewer epochs,
    see `paper_params`.

    With a kernel of 1 all bands share one factor, so that the order of their weights
    is that of the bands' mean inputs, or its reverse.

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
        "band_attention": ["boolean"],
        "band_kernel_size": [
            StrOptions({"auto"}),
            Interval(Integral, 1, None, closed="left"),
        ],
        "self_attention": ["boolean"],
        "lstm_hidden": [Interval(Integral, 1, None, closed="left")],
        "lstm_layers": [Interval(Integral, 1, None, closed="left")],
        "head": [StrOptions({"flatten", "per_step"})],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "teacher": [HasMethods(["fit", "transform"]), None],
        "rho": [Interval(Real, 0, 1, closed="both")],
        "distill_weight": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(
        self,
        *,
        band_attention=True,
        band_kernel_size="auto",
        self_attention=True,
        lstm_hidden=128,
        lstm_layers=2,
        head="flatten",
        dropout=0.5,
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
        self.head = head
        self.dropout = dropout
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
        self.callbacks = callbacks
        self.net_params = net_params
        self.standardize = standardize
        self.verbose = verbose
        self.random_state = random_state


@twin_of(ThreeFACRNN)
class ThreeFACRNNRegressor(_ThreeFACRNN, NetRegressor):
    """3FACRNN for ratings.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import ThreeFACRNNRegressor
    >>> X = np.random.default_rng(0).normal(size=(8, 2, 4, 9, 9))
    >>> reg = ThreeFACRNNRegressor(max_epochs=1, random_state=0)
    >>> reg.fit(X, np.linspace(1, 9, 8)).predict(X).shape
    (8,)
    """
