"""DGCNN: graph convolutions over electrodes with a learned adjacency."""

from numbers import Integral, Real

import torch
from torch import nn

from sklearn_emotion._base import Interval
from sklearn_emotion.networks._classifier import NetClassifier
from sklearn_emotion.networks._data import Input
from sklearn_emotion.networks._docs import document
from sklearn_emotion.networks._estimator import NetEstimator
from sklearn_emotion.networks._regressor import NetRegressor


def rescaled_laplacian(adjacency):
    r"""Return :math:`2 L / \lambda_{max} - I` of symmetric adjacencies (..., P, P).

    :math:`L = I - D^{-1/2} W D^{-1/2}` is the Laplacian of the non-negative weights W.
    The eigenvalues of the result lie in [-1, 1].
    """
    degree = adjacency.sum(-1)
    # The row of an electrode without edges is the row of the identity.
    scale = torch.where(degree > 0, degree.clamp(min=1e-12).rsqrt(), 0.0)
    eye = torch.eye(adjacency.shape[-1], dtype=adjacency.dtype, device=adjacency.device)
    L = eye - scale[..., :, None] * adjacency * scale[..., None, :]
    largest = torch.linalg.eigvalsh(L)[..., -1].clamp(min=1e-6)
    return 2 * L / largest[..., None, None] - eye


def chebyshev(L, order):
    """Return the Chebyshev polynomials T_0 to T_(order-1) of rescaled Laplacians.

    The recursion T_k = 2 L T_(k-1) - T_(k-2) uses matrix products.
    """
    T = [torch.eye(L.shape[-1], dtype=L.dtype, device=L.device).expand_as(L), L]
    while len(T) < order:
        T.append(2 * L @ T[-1] - T[-2])
    return T[:order]


class DGCNNModule(nn.Module):
    """Dynamical graph convolution and a perceptron.

    There are `n_nodes` electrodes (P) with `n_inputs` features (F) each. If
    `flatten_time`, the features of all windows are concatenated instead of averaged.
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
        self.fixed_polynomials = None

    def prepare_export(self):
        """Fix the polynomials of the graph, since ONNX has no eigenvalues."""
        with torch.no_grad():
            polynomials = torch.stack(self.polynomials())
        del self.fixed_polynomials
        self.register_buffer("fixed_polynomials", polynomials)

    def adjacency(self):
        """Return the symmetric, non-negative weights W (P, P) of the edges."""
        W = torch.relu(self.weight)
        return (W + W.T) / 2

    def polynomials(self):
        """Return the Chebyshev polynomials of the Laplacian, each of shape (P, P)."""
        if self.fixed_polynomials is not None:
            return self.fixed_polynomials.unbind()
        return chebyshev(rescaled_laplacian(self.adjacency()), self.order)

    def nodes(self, eeg):
        """Return the features x (N, P, F) of the electrodes for eeg (N, T, B, P)."""
        x = eeg.flatten(1, 2) if self.flatten_time else eeg.mean(1)
        return x.transpose(1, 2)

    def features(self, eeg):
        """Return the hidden units of the perceptron (N, H)."""
        x = self.nodes(eeg)
        T = self.polynomials()
        z = torch.cat([T_k @ x for T_k in T], dim=-1)  # (N, P, K F), Eq. 12
        y = torch.relu(self.mix(z))  # (N, P, filters)
        return torch.relu(self.hidden(y.flatten(1)))  # (N, H)

    def forward(self, eeg):
        """Return outputs (N, n_outputs) for eeg (N, T, B, P)."""
        return self.classifier(self.dropout(self.features(eeg)))


class _DGCNN(NetEstimator):
    """Base of `DGCNN` and its regressor."""

    _parameter_constraints: dict = {
        **NetEstimator._parameter_constraints,
        "n_filters": [Interval(Integral, 1, None, closed="left")],
        "order": [Interval(Integral, 1, None, closed="left")],
        "n_hidden": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "flatten_time": ["boolean"],
    }

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


TEXTS = """
n_filters : int
    Number of features of each electrode after the convolution.

order : int
    Number K of Chebyshev polynomials.

n_hidden : int
    Number of units in the fully connected layer.

flatten_time : bool
    Whether to concatenate the features of all windows of a sample. By default,
    they are averaged.

adjacency_ : ndarray of shape (n_channels, n_channels)
    Learned weights of the edges, which are symmetric and non-negative.
"""


@document(TEXTS)
class DGCNN(_DGCNN, NetClassifier):
    r"""DGCNN: dynamical graph convolutional neural network.

    The electrodes are the nodes of a graph, and the weights :math:`W` of all edges are
    parameters. The features of the electrodes are filtered with Chebyshev polynomials
    of the rescaled Laplacian [1]_:

    .. math:: y = \sum_{k < K} T_k(\tilde L)\, x\, \Theta_k, \quad
        \tilde L = 2 L / \lambda_{max} - I, \quad L = I - D^{-1/2} W D^{-1/2}

    X contains band features, as :class:`DifferentialEntropy` returns them, of shape
    ``(n_samples, n_windows, n_bands, n_channels)``. Read more in the
    :ref:`User Guide <graph_baselines>`.

    Parameters
    ----------
    %(parameters)s

    Attributes
    ----------
    %(attributes)s

    See Also
    --------
    GraphSleepNet : A network whose graph depends on the sample.

    Notes
    -----
    Departures from [1]_ are the following:

    - W is made symmetric. Otherwise the spectrum of the Laplacian is not real, which
      the polynomials require.
    - W starts from uniform random numbers, so that no edge is zero at the start.
    - The coefficients of the filters and the mixing by a 1 x 1 convolution are one
      linear map, which is equal to their product.
    - Training uses AdamW, whose weight decay replaces the penalty in the loss.
    - The paper does not state the widths. Commonly used values are the defaults.

    ``paper_params()`` is empty: the training settings of [1]_ were not available.

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
        **_DGCNN._parameter_constraints,
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
        domain_loss=None,
        domain_weight=1.0,
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
        self.domain_loss = domain_loss
        self.domain_weight = domain_weight
        self.callbacks = callbacks
        self.net_params = net_params
        self.standardize = standardize
        self.verbose = verbose
        self.random_state = random_state


@document(TEXTS)
class DGCNNRegressor(_DGCNN, NetRegressor):
    """DGCNN for ratings.

    %(regressor)s

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import DGCNNRegressor
    >>> X = np.random.default_rng(0).normal(size=(8, 1, 4, 32))
    >>> reg = DGCNNRegressor(max_epochs=1, random_state=0)
    >>> reg.fit(X, np.linspace(1, 9, 8)).predict(X).shape
    (8,)
    """

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
