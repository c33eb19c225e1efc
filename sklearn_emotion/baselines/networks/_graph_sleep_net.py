"""GraphSleepNet: a graph for each sample, and attention over space and time."""

from numbers import Integral, Real

import torch
from torch import nn
from torch.nn.functional import pad

from sklearn_emotion._base import Interval
from sklearn_emotion.baselines.networks._dgcnn import chebyshev
from sklearn_emotion.networks._classifier import NetClassifier
from sklearn_emotion.networks._data import Input
from sklearn_emotion.networks._docs import document
from sklearn_emotion.networks._estimator import NetEstimator
from sklearn_emotion.networks._layers import weighted_mean
from sklearn_emotion.networks._regressor import NetRegressor


class GraphLearning(nn.Module):
    """Adjacency of the electrodes, from the differences of their features."""

    def __init__(self, n_inputs):
        super().__init__()
        self.w = nn.Parameter(torch.rand(n_inputs) * 0.1 - 0.05)

    def forward(self, x):
        """Return A (N, T, V, V), with rows of sum one, and two loss terms (N, 2)."""
        difference = x[..., :, None, :] - x[..., None, :, :]  # (N, T, V, V, F)
        A = torch.relu(difference.abs() @ self.w).softmax(-1)  # Eq. 1
        smooth = (difference.square().sum(-1) * A).sum((-1, -2)).mean(1)
        spread = A.square().sum((-1, -2)).mean(1)  # Eq. 2
        return A, torch.stack([smooth, spread], dim=1)


class Attention(nn.Module):
    """Pairwise attention among the rows of inputs (N, rows, columns, F)."""

    def __init__(self, n_rows, n_columns, n_inputs):
        super().__init__()
        self.Z1 = nn.Parameter(torch.empty(n_columns))
        self.Z2 = nn.Parameter(torch.empty(n_inputs, n_columns))
        self.Z3 = nn.Parameter(torch.empty(n_inputs))
        self.b = nn.Parameter(torch.empty(n_rows, n_rows))
        self.V = nn.Parameter(torch.empty(n_rows, n_rows))
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -0.05, 0.05)

    def forward(self, x):
        """Return weights (N, rows, rows), whose columns sum to one."""
        left = torch.einsum("nrcf,c->nrf", x, self.Z1) @ self.Z2  # (N, rows, cols)
        right = x @ self.Z3  # (N, rows, cols)
        S = self.V @ torch.sigmoid(left @ right.transpose(1, 2) + self.b)
        return S.softmax(1)


class GraphSleepNetModule(nn.Module):
    """One block of GraphSleepNet and a linear output layer.

    A sample has `n_steps` windows (T), `n_nodes` electrodes (V) and `n_inputs` features
    of each electrode (F). The graph convolution and the temporal one have `n_filters`
    filters.
    """

    def __init__(
        self, n_steps, n_nodes, n_inputs, n_outputs, order, n_filters, n_hidden, dropout
    ):
        super().__init__()
        self.temporal_attention = Attention(n_steps, n_nodes, n_inputs)
        self.spatial_attention = Attention(n_nodes, n_steps, n_inputs)
        self.graph_learning = GraphLearning(n_inputs)
        self.order = order
        self.theta = nn.Linear(order * n_inputs, n_filters, bias=False)
        self.temporal = nn.Conv1d(n_filters, n_filters, 3)
        self.shortcut = nn.Linear(n_inputs, n_filters)
        self.norm = nn.LayerNorm(n_filters)
        self.dense = nn.Linear(n_steps * n_nodes * n_filters, n_hidden)
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(n_hidden, n_outputs)

    def block(self, eeg):
        """Return the output (N, T, V, filters) and the loss of the graph (N, 2)."""
        x = eeg.transpose(2, 3)  # (N, T, V, F)
        A, loss = self.graph_learning(x)
        E = self.temporal_attention(x)  # (N, T, T)
        attended = torch.einsum("ntvf,nts->nsvf", x, E)
        P = self.spatial_attention(attended.transpose(1, 2))  # (N, V, V)
        # Rows of A sum to one, so L = D - A = I - A. With 2 as its largest eigenvalue,
        # the rescaled Laplacian is -A. Columns of P sum to one, so the weights of the
        # neighbors of a node are rows of its transpose.
        weights = P[:, None].transpose(-1, -2)
        T = chebyshev(-A, self.order)
        z = torch.cat([(T_k * weights) @ attended for T_k in T], dim=-1)
        g = torch.relu(self.theta(z))  # (N, T, V, filters)
        c = g.permute(0, 2, 3, 1).flatten(0, 1)  # (N V, filters, T)
        c = self.temporal(pad(c, (1, 1)))
        c = c.unflatten(0, g.shape[::2]).permute(0, 3, 1, 2)  # (N, T, V, filters)
        return self.norm(torch.relu(self.shortcut(x) + c)), loss

    def adjacency(self, eeg):
        """Return A (N, T, V, V) for eeg (N, T, B, V)."""
        return self.graph_learning(eeg.transpose(2, 3))[0]

    def features(self, eeg):
        """Return the units of the dense layer (N, H)."""
        return torch.relu(self.dense(self.block(eeg)[0].flatten(1)))

    def forward(self, eeg):
        """Return outputs (N, n_outputs) and the loss of the graph (N, 2)."""
        block, loss = self.block(eeg)
        h = torch.relu(self.dense(block.flatten(1)))
        return self.last_layer(h), loss

    def last_layer(self, h):
        """Return outputs (N, n_outputs) for units of the dense layer (N, H)."""
        return self.classifier(self.dropout(h))


class GraphLoss(nn.Module):
    """Loss of the outputs plus the loss of the learned graph, times `graph_weight`.

    `sparsity` is the weight λ of the squared norm of the adjacency in the second loss.
    """

    def __init__(self, loss, graph_weight, sparsity):
        super().__init__()
        self.loss = loss
        self.graph_weight = graph_weight
        self.sparsity = sparsity

    def forward(self, y_pred, y_true, sample_weight=None):
        """Return the loss of (outputs, terms of the graph)."""
        weights = {} if sample_weight is None else {"sample_weight": sample_weight}
        outputs, terms = y_pred
        graph = terms[:, 0] + self.sparsity * terms[:, 1]
        graph_loss = self.graph_weight * weighted_mean(graph, **weights)
        return self.loss(outputs, y_true, **weights) + graph_loss


class _GraphSleepNet(NetEstimator):
    """Base of `GraphSleepNet` and its regressor."""

    _parameter_constraints: dict = {
        **NetEstimator._parameter_constraints,
        "order": [Interval(Integral, 1, None, closed="left")],
        "n_filters": [Interval(Integral, 1, None, closed="left")],
        "n_hidden": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "graph_weight": [Interval(Real, 0, None, closed="left")],
        "sparsity": [Interval(Real, 0, None, closed="left")],
    }

    def _inputs(self):
        # Statistics are pooled over windows, axis 1.
        return {"eeg": Input(("n_windows", "n_bands", "n_channels"), pooled=(1,))}

    def _module(self, shapes, n_outputs):
        n_steps, n_bands, n_nodes = shapes["eeg"]
        return GraphSleepNetModule, {
            "n_steps": n_steps,
            "n_nodes": n_nodes,
            "n_inputs": n_bands,
            "n_outputs": n_outputs,
            "order": self.order,
            "n_filters": self.n_filters,
            "n_hidden": self.n_hidden,
            "dropout": self.dropout,
        }

    def _criterion(self, loss):
        return GraphLoss(loss, self.graph_weight, self.sparsity)

    def adjacency(self, X):
        """Return the graph of each window.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_windows, n_bands, n_channels)
            Band features.

        Returns
        -------
        adjacency : ndarray of shape (n_samples, n_windows, n_channels, n_channels)
            Weights of the edges. Each row sums to one.
        """
        return self._apply(self._prepared(X), "adjacency")

    @classmethod
    def paper_params(cls):
        """Return the training settings of the paper and its code.

        The weight of the loss of the graph (Eq. 3) and λ (Table 1) are values of the
        paper.

        Returns
        -------
        params : dict
            Constructor arguments.
        """
        return {
            "optimizer": "adam",
            "lr": 1e-3,
            "weight_decay": 0.0,
            "batch_size": 64,
            "max_epochs": 50,
            "graph_weight": 1.0,
            "sparsity": 1e-3,
        }


TEXTS = """
order : int
    Number of Chebyshev polynomials.

n_filters : int
    Number of filters of the graph convolution and of the temporal convolution.

n_hidden : int
    Number of units in the dense layer that follows the graph convolutions.

graph_weight : float
    Weight of the loss of the graph.

sparsity : float
    Weight λ of the squared norm of the adjacency in the loss of the graph.
"""


@document(TEXTS)
class GraphSleepNet(_GraphSleepNet, NetClassifier):
    r"""GraphSleepNet: adaptive spatial-temporal graph convolutions.

    The edges of the graph of each window depend on the differences between its nodes
    [1]_,

    .. math:: A_{mn} = \frac{\exp(\mathrm{ReLU}(w^\top |x_m - x_n|))}
        {\sum_{n'} \exp(\mathrm{ReLU}(w^\top |x_m - x_{n'}|))}

    and are trained with :math:`\sum_{mn} \|x_m - x_n\|^2 A_{mn} + \lambda \|A\|_F^2` in
    addition to the cross-entropy. Attention over time and space weights the windows and
    the polynomials of a Chebyshev convolution. A convolution over time follows.

    X contains band features of shape
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
    DGCNN : A network with one graph for all samples.

    Notes
    -----
    Departures from [1]_ and its published code are the following:

    - Each window has its own graph. The code uses the graph of the middle window for
      all.
    - The input of the graph convolution is weighted by the temporal attention, as in
      the figure of the paper. The code passes the input without weights.
    - The Chebyshev recursion uses matrix products. The code multiplies element by
      element.
    - The Laplacian of a row-normalized graph is not symmetric. Its bound 2 replaces the
      largest eigenvalue.
    - The default weights of the loss of the graph are those of the code, which has no
      term for the differences of the nodes. ``paper_params()`` returns the weights of
      the paper, 1 and λ = 0.001.
    - A ReLU follows the dense layer, which is linear in the code.
    - AdamW replaces Adam.

    References
    ----------
    .. [1] Z. Jia, Y. Lin, J. Wang, R. Zhou, X. Ning, Y. He and Y. Zhao,
       "GraphSleepNet: adaptive spatial-temporal graph convolutional networks for sleep
       stage classification", IJCAI 2020.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import GraphSleepNet
    >>> X = np.random.default_rng(0).normal(size=(8, 5, 4, 32))
    >>> clf = GraphSleepNet(max_epochs=1, random_state=0).fit(X, ["low", "high"] * 4)
    >>> clf.predict_proba(X).shape, clf.adjacency(X).shape
    ((8, 2), (8, 5, 32, 32))
    """

    _parameter_constraints: dict = {
        **NetClassifier._parameter_constraints,
        **_GraphSleepNet._parameter_constraints,
    }

    def __init__(
        self,
        *,
        order=3,
        n_filters=10,
        n_hidden=16,
        dropout=0.5,
        graph_weight=1e-4,
        sparsity=1.0,
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
        self.order = order
        self.n_filters = n_filters
        self.n_hidden = n_hidden
        self.dropout = dropout
        self.graph_weight = graph_weight
        self.sparsity = sparsity
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
class GraphSleepNetRegressor(_GraphSleepNet, NetRegressor):
    """GraphSleepNet for ratings.

    %(regressor)s

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import GraphSleepNetRegressor
    >>> X = np.random.default_rng(0).normal(size=(8, 5, 4, 32))
    >>> reg = GraphSleepNetRegressor(max_epochs=1, random_state=0)
    >>> reg.fit(X, np.linspace(1, 9, 8)).predict(X).shape
    (8,)
    """

    def __init__(
        self,
        *,
        order=3,
        n_filters=10,
        n_hidden=16,
        dropout=0.5,
        graph_weight=1e-4,
        sparsity=1.0,
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
        self.order = order
        self.n_filters = n_filters
        self.n_hidden = n_hidden
        self.dropout = dropout
        self.graph_weight = graph_weight
        self.sparsity = sparsity
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
