"""DGCNN: graph convolutions over electrodes whose adjacency is learned."""

from numbers import Integral, Real

import torch
from torch import nn

from sklearn_emotion._base import Interval
from sklearn_emotion._net import NetEstimator
from sklearn_emotion._net_classifier import NetClassifier
from sklearn_emotion._net_data import Input
from sklearn_emotion._net_regressor import NetRegressor, twin_of


def rescaled_laplacian(adjacency):
    r"""Return :math:`2 L / \lambda_{max} - I` of symmetric adjacencies.

    Parameters
    ----------
    adjacency : Tensor of shape (..., P, P)
        Symmetric, non-negative weights W of the edges.

    Returns
    -------
    L : Tensor of shape (..., P, P)
        Rescaled :math:`L = I - D^{-1/2} W D^{-1/2}`, with eigenvalues in [-1, 1].
    """
    degree = adjacency.sum(-1)
    # An electrode without edges keeps the row of the identity.
    scale = torch.where(degree > 0, degree.clamp(min=1e-12).rsqrt(), 0.0)
    eye = torch.eye(adjacency.shape[-1], dtype=adjacency.dtype, device=adjacency.device)
    L = eye - scale[..., :, None] * adjacency * scale[..., None, :]
    largest = torch.linalg.eigvalsh(L)[..., -1].clamp(min=1e-6)
    return 2 * L / largest[..., None, None] - eye


def chebyshev(L, order):
    """Return the Chebyshev polynomials T_0 to T_(order-1) of a rescaled Laplacian.

    Parameters
    ----------
    L : Tensor of shape (..., P, P)
        Rescaled Laplacian.
    order : int
        Number of polynomials.

    Returns
    -------
    polynomials : list of Tensor of shape (..., P, P)
        By the recursion T_k = 2 L T_(k-1) - T_(k-2), with matrix products.
    """
    T = [torch.eye(L.shape[-1], dtype=L.dtype, device=L.device).expand_as(L), L]
    while len(T) < order:
        T.append(2 * L @ T[-1] - T[-2])
    return T[:order]


class DGCNNModule(nn.Module):
    """One dynamical graph convolution and a perceptron.

    Parameters
    ----------
    n_nodes : int
        Electrodes, P.
    n_inputs : int
        Features of an electrode, F.
    n_outputs : int
        A logit for each class, or ratings.
    n_filters : int
        Features of an electrode after the convolution.
    order : int
        Chebyshev polynomials.
    n_hidden : int
        Width of the perceptron.
    dropout : float
        Share of the perceptron's units that are zeroed in training.
    flatten_time : bool
        Whether steps are features of their own instead of averaged.
    """

    def __init__(
        self,
        n_nodes,
        n_inputs,
        n_outputs,
        n_filters,
        order,
        n_hidden,
        dropout,
        flatten_time,
    ):
        super().__init__()
        self.flatten_time = flatten_time
        self.order = order
        self.weight = nn.Parameter(torch.rand(n_nodes, n_nodes))
        self.mix = nn.Linear(order * n_inputs, n_filters)
        self.hidden = nn.Linear(n_nodes * n_filters, n_hidden)
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(n_hidden, n_outputs)

    def adjacency(self):
        """Return the symmetric, non-negative weights W (P, P) of the edges."""
        W = torch.relu(self.weight)
        return (W + W.T) / 2

    def nodes(self, eeg):
        """Return the features x (N, P, F) of the electrodes for eeg (N, T, B, P)."""
        x = eeg.flatten(1, 2) if self.flatten_time else eeg.mean(1)
        return x.transpose(1, 2)

    def features(self, eeg):
        """Return the perceptron's hidden units (N, H)."""
        x = self.nodes(eeg)
        T = chebyshev(rescaled_laplacian(self.adjacency()), self.order)
        z = torch.cat([T_k @ x for T_k in T], dim=-1)  # (N, P, K F), Eq. 12
        y = torch.relu(self.mix(z))  # (N, P, filters)
        return torch.relu(self.hidden(y.flatten(1)))  # (N, H)

    def forward(self, eeg):
        """Return logits (N, classes) for eeg (N, T, B, P)."""
        return self.classifier(self.dropout(self.features(eeg)))


class _DGCNN(NetEstimator):
    """What `DGCNN` shares with its regressor."""

    def _inputs(self):
        # Statistics are pooled over windows, axis 1.
        return {"eeg": Input(("n_windows", "n_bands", "n_channels"), pooled=(1,))}

    def _module(self, shapes, n_outputs):
        n_windows, n_bands, n_nodes = shapes["eeg"]
        return DGCNNModule, {
            "n_nodes": n_nodes,
            "n_inputs": n_bands * (n_windows if self.flatten_time else 1),
            "n_outputs": n_outputs,
            "n_filters": self.n_filters,
            "order": self.order,
            "n_hidden": self.n_hidden,
            "dropout": self.dropout,
            "flatten_time": self.flatten_time,
        }

    @property
    def adjacency_(self):
        """Learned weights of the edges."""
        with torch.inference_mode():
            return self.net_.module_.adjacency().cpu().numpy()


class DGCNN(_DGCNN, NetClassifier):
    r"""DGCNN: dynamical graph convolutional neural network.

    Electrodes are nodes; the weights :math:`W` of all edges are parameters. Features
    are filtered with Chebyshev polynomials of the rescaled Laplacian [1]_:

    .. math:: y = \sum_{k < K} T_k(\tilde L)\, x\, \Theta_k, \quad
        \tilde L = 2 L / \lambda_{max} - I, \quad L = I - D^{-1/2} W D^{-1/2}

    Input: band features of shape ``(n_samples, n_windows, n_bands, n_channels)``, as
    :class:`DifferentialEntropy` gives them. Read more in the
    :ref:`User Guide <graph_baselines>`.

    Parameters
    ----------
    n_filters : int, default=64
        Features of an electrode after the convolution.

    order : int, default=2
        Number of Chebyshev polynomials, K.

    n_hidden : int, default=256
        Width of the fully connected layer.

    dropout : float, default=0.5
        Share of its units that are zeroed in training.

    flatten_time : bool, default=False
        Whether the windows of a sample are features of their own. By default they
        are averaged.

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
        Whether to centre and scale each band and channel by the training data's
        statistics.

    verbose : int, default=0
        Whether to show a progress bar.

    random_state : int, RandomState instance or None, default=None
        Seed of the initial weights and of the order of samples.

    Attributes
    ----------
    adjacency_ : ndarray of shape (n_channels, n_channels)
        Learned weights of the edges, symmetric and non-negative.

    classes_ : ndarray of shape (n_classes,)
        Class labels.

    net_ : skorch.NeuralNetClassifier
        Fitted network; its ``history`` holds the losses.

    n_features_in_ : int
        Windows in a sample.

    See Also
    --------
    GraphSleepNet : A graph that depends on the sample.

    Notes
    -----
    Departures from [1]_: W is made symmetric, without which the Laplacian's spectrum,
    that the polynomials rest on, is not real; it starts from uniform random numbers,
    so that no edge starts dead; the mixing by 1 x 1 convolution and the filters'
    coefficients are one linear map, which is what their product is. Training uses
    AdamW, whose weight decay takes the place of the penalty in the loss. Widths, which
    [1]_ leaves open, are those in use.

    ``paper_params()`` is empty: the training settings of [1]_ were not at hand.

    References
    ----------
    .. [1] T. Song, W. Zheng, P. Song and Z. Cui, "EEG emotion recognition using
       dynamical graph convolutional neural networks", IEEE Transactions on Affective
       Computing 11(3), 2020.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import DGCNN
    >>> X = np.random.default_rng(0).normal(size=(8, 2, 4, 32))
    >>> clf = DGCNN(max_epochs=1, random_state=0).fit(X, ["low", "high"] * 4)
    >>> clf.predict_proba(X).shape, clf.adjacency_.shape
    ((8, 2), (32, 32))
    """

    _parameter_constraints: dict = {
        **NetClassifier._parameter_constraints,
        "n_filters": [Interval(Integral, 1, None, closed="left")],
        "order": [Interval(Integral, 1, None, closed="left")],
        "n_hidden": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "flatten_time": ["boolean"],
    }

    def __init__(
        self,
        *,
        n_filters=64,
        order=2,
        n_hidden=256,
        dropout=0.5,
        flatten_time=False,
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
        self.n_filters = n_filters
        self.order = order
        self.n_hidden = n_hidden
        self.dropout = dropout
        self.flatten_time = flatten_time
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


@twin_of(DGCNN)
class DGCNNRegressor(_DGCNN, NetRegressor):
    """DGCNN for ratings.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import DGCNNRegressor
    >>> X = np.random.default_rng(0).normal(size=(8, 1, 4, 32))
    >>> reg = DGCNNRegressor(max_epochs=1, random_state=0)
    >>> reg.fit(X, np.linspace(1, 9, 8)).predict(X).shape
    (8,)
    """
