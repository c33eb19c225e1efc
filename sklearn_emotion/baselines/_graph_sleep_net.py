"""GraphSleepNet: a graph learned from each sample, and attention in space and time."""

from numbers import Integral, Real

import torch
from torch import nn
from torch.nn.functional import pad

from sklearn_emotion._base import Interval
from sklearn_emotion._net import NetEstimator
from sklearn_emotion._net_classifier import NetClassifier
from sklearn_emotion._net_data import Input
from sklearn_emotion._net_regressor import NetRegressor, twin_of
from sklearn_emotion.baselines._dgcnn import chebyshev


class GraphLearning(nn.Module):
    """Adjacency of the electrodes from the differences of their features.

    Parameters
    ----------
    n_inputs : int
        Features of an electrode, F.
    """

    def __init__(self, n_inputs):
        super().__init__()
        self.w = nn.Parameter(torch.rand(n_inputs) * 0.1 - 0.05)

    def forward(self, x):
        """Return A (N, T, V, V), rows of sum one, and its loss's two terms (N, 2)."""
        difference = x[..., :, None, :] - x[..., None, :, :]  # (N, T, V, V, F)
        A = torch.relu(difference.abs() @ self.w).softmax(-1)  # Eq. 1
        smooth = (difference.square().sum(-1) * A).sum((-1, -2)).mean(1)
        spread = A.square().sum((-1, -2)).mean(1)  # Eq. 2
        return A, torch.stack([smooth, spread], dim=1)


class Attention(nn.Module):
    """Pairwise attention among the rows of a matrix per sample.

    Parameters
    ----------
    n_rows, n_columns, n_inputs : int
        Sizes of the input (N, rows, columns, F).
    """

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
        """Return weights (N, rows, rows), columns of sum 1, for (N, rows, cols, F)."""
        left = torch.einsum("nrcf,c->nrf", x, self.Z1) @ self.Z2  # (N, rows, cols)
        right = x @ self.Z3  # (N, rows, cols)
        S = self.V @ torch.sigmoid(left @ right.transpose(1, 2) + self.b)
        return S.softmax(1)


class GraphSleepNetModule(nn.Module):
    """One block of GraphSleepNet and its classifier.

    Parameters
    ----------
    n_steps, n_nodes, n_inputs : int
        Time slices T, electrodes V and features of an electrode F.
    n_outputs : int
        A logit for each class, or ratings.
    order : int
        Chebyshev polynomials.
    n_filters : int
        Filters of the graph convolution and of the temporal one.
    n_hidden : int
        Width of the dense layer.
    dropout : float
        Share of its units that are zeroed in training.
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
        """Return the block's output (N, T, V, filters) and the graph's loss (N, 2)."""
        x = eeg.transpose(2, 3)  # (N, T, V, F)
        A, loss = self.graph_learning(x)
        E = self.temporal_attention(x)  # (N, T, T)
        attended = torch.einsum("ntvf,nts->nsvf", x, E)
        P = self.spatial_attention(attended.transpose(1, 2))  # (N, V, V)
        # Rows of A sum to one, so that L = I - A and, with 2 for its largest
        # eigenvalue, the rescaled Laplacian is -A.
        T = [T_k * P[:, None] for T_k in chebyshev(-A, self.order)]
        z = torch.cat([T_k.transpose(-1, -2) @ attended for T_k in T], dim=-1)
        g = torch.relu(self.theta(z))  # (N, T, V, filters)
        c = g.permute(0, 2, 3, 1).flatten(0, 1)  # (N V, filters, T)
        c = self.temporal(pad(c, (1, 1)))
        c = c.unflatten(0, g.shape[::2]).permute(0, 3, 1, 2)  # (N, T, V, filters)
        return self.norm(torch.relu(self.shortcut(x) + c)), loss

    def adjacency(self, eeg):
        """Return A (N, T, V, V) for eeg (N, T, B, V)."""
        return self.graph_learning(eeg.transpose(2, 3))[0]

    def features(self, eeg):
        """Return the dense layer's units (N, H)."""
        return torch.relu(self.dense(self.block(eeg)[0].flatten(1)))

    def forward(self, eeg):
        """Return logits (N, classes) and the graph's loss (N, 2) for (N, T, B, V)."""
        block, loss = self.block(eeg)
        h = torch.relu(self.dense(block.flatten(1)))
        return self.classifier(self.dropout(h)), loss


class GraphLoss(nn.Module):
    """Loss of the outputs plus the loss of the learned graph.

    Parameters
    ----------
    loss : Module
        Loss of the outputs.
    graph_weight : float
        Weight of the graph's loss.
    sparsity : float
        Weight of the squared norm of the adjacency in it, λ.
    """

    def __init__(self, loss, graph_weight, sparsity):
        super().__init__()
        self.loss = loss
        self.graph_weight = graph_weight
        self.sparsity = sparsity

    def forward(self, y_pred, y_true):
        """Return the loss of (outputs, graph's terms)."""
        outputs, terms = y_pred
        graph = terms[:, 0] + self.sparsity * terms[:, 1]
        return self.loss(outputs, y_true) + self.graph_weight * graph.mean()


class _GraphSleepNet(NetEstimator):
    """What `GraphSleepNet` shares with its regressor."""

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
        """Return the graph of each time slice.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_windows, n_bands, n_channels)
            Band features.

        Returns
        -------
        adjacency : ndarray of shape (n_samples, n_windows, n_channels, n_channels)
            Weights of the edges, rows of sum one.
        """
        return self._apply(self._prepared(X), "adjacency")

    @classmethod
    def paper_params(cls):
        """Return the training settings that the paper and its code state.

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
        }


class GraphSleepNet(_GraphSleepNet, NetClassifier):
    r"""GraphSleepNet: adaptive spatial-temporal graph convolutions.

    The edges of each time slice follow from the differences of its nodes [1]_,

    .. math:: A_{mn} = \frac{\exp(\mathrm{ReLU}(w^\top |x_m - x_n|))}
        {\sum_{n'} \exp(\mathrm{ReLU}(w^\top |x_m - x_{n'}|))}

    trained with :math:`\sum_{mn} \|x_m - x_n\|^2 A_{mn} + \lambda \|A\|_F^2` beside the
    cross-entropy. Attention over time and space weights slices and polynomials of a
    Chebyshev convolution, which a convolution over time follows.

    Input: band features of shape ``(n_samples, n_windows, n_bands, n_channels)``. Read
    more in the :ref:`User Guide <graph_baselines>`.

    Parameters
    ----------
    order : int, default=3
        Number of Chebyshev polynomials.

    n_filters : int, default=10
        Filters of the graph convolution and of the temporal one.

    n_hidden : int, default=16
        Width of the dense layer.

    dropout : float, default=0.5
        Share of its units that are zeroed in training.

    graph_weight : float, default=1e-4
        Weight of the graph's loss.

    sparsity : float, default=1.0
        Weight of the adjacency's squared norm in the graph's loss, λ.

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
    classes_ : ndarray of shape (n_classes,)
        Class labels.

    net_ : skorch.NeuralNetClassifier
        Fitted network; its ``history`` holds the losses.

    n_features_in_ : int
        Windows in a sample.

    See Also
    --------
    DGCNN : One graph for all samples.

    Notes
    -----
    Departures from [1]_ and its published code: each time slice has a graph of its own
    (the code takes the middle slice's for all); the graph convolution sees the input
    weighted by the temporal attention, as the paper's figure has it (the code passes
    the unweighted one); the Chebyshev recursion uses matrix products (the code
    multiplies element by element); the Laplacian of a row-normalised graph is not
    symmetric, so its bound 2 takes the place of the largest eigenvalue. λ inside the
    graph's loss is not stated; its weight is the code's. AdamW takes the place of Adam.

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
        "order": [Interval(Integral, 1, None, closed="left")],
        "n_filters": [Interval(Integral, 1, None, closed="left")],
        "n_hidden": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "graph_weight": [Interval(Real, 0, None, closed="left")],
        "sparsity": [Interval(Real, 0, None, closed="left")],
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
        self.callbacks = callbacks
        self.net_params = net_params
        self.standardize = standardize
        self.verbose = verbose
        self.random_state = random_state


@twin_of(GraphSleepNet)
class GraphSleepNetRegressor(_GraphSleepNet, NetRegressor):
    """GraphSleepNet for ratings.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import GraphSleepNetRegressor
    >>> X = np.random.default_rng(0).normal(size=(8, 5, 4, 32))
    >>> reg = GraphSleepNetRegressor(max_epochs=1, random_state=0)
    >>> reg.fit(X, np.linspace(1, 9, 8)).predict(X).shape
    (8,)
    """
