"""GraphSleepNet against its equations in NumPy, parameter by parameter."""

import numpy as np
import pytest
import torch
from _baseline_data import (
    assert_learns_and_not_from_shuffled_labels,
    labels,
    n_parameters,
    planted,
)

from sklearn_emotion import GraphSleepNet
from sklearn_emotion.baselines.networks._graph_sleep_net import (
    Attention,
    GraphLearning,
    GraphLoss,
    GraphSleepNetModule,
)
from sklearn_emotion.networks._classifier import CrossEntropy


def softmax(x, axis):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def numbers(module):
    return {k: v.detach().numpy() for k, v in module.named_parameters()}


def test_number_of_parameters():
    module = GraphSleepNetModule(5, 26, 9, 5, 3, 10, 16, 0.5)
    # T = 5 slices, V = 26 nodes, F = 9 features.
    # Temporal attention: V + F V + F + 2 T T = 26 + 234 + 9 + 50 = 319.
    # Spatial attention: T + F T + F + 2 V V = 5 + 45 + 9 + 1352 = 1411.
    # Graph learning: F = 9. Polynomials: 3 x 9 x 10 = 270, no bias.
    # Temporal convolution: 10 x 10 x 3 + 10 = 310. Shortcut: 9 x 10 + 10 = 100.
    # Layer normalisation: 20. Dense: 5 x 26 x 10 x 16 + 16 = 20816.
    # Classifier: 16 x 5 + 5 = 85.
    expected = 319 + 1411 + 9 + 270 + 310 + 100 + 20 + 20816 + 85
    assert n_parameters(module) == expected == 23_340


def test_graph_is_the_equation_and_its_rows_sum_to_one():
    torch.manual_seed(0)
    module = GraphLearning(3).double()
    x = torch.randn(2, 4, 5, 3, dtype=torch.float64)
    A, terms = module(x)
    w = numbers(module)["w"]
    for n in range(2):
        smooth = spread = 0.0
        for t in range(4):
            slice_ = x[n, t].numpy()
            d = np.abs(slice_[:, None] - slice_[None])
            e = np.exp(np.maximum(d @ w, 0))
            expected = e / e.sum(axis=1, keepdims=True)
            np.testing.assert_allclose(A[n, t].detach().numpy(), expected, atol=1e-12)
            smooth += ((d**2).sum(-1) * expected).sum() / 4
            spread += (expected**2).sum() / 4
        np.testing.assert_allclose(terms[n].detach().numpy(), [smooth, spread])


def test_attention_is_the_equation_and_its_columns_sum_to_one():
    torch.manual_seed(0)
    module = Attention(4, 5, 3).double()
    x = torch.randn(2, 4, 5, 3, dtype=torch.float64)
    p = numbers(module)
    S = module(x).detach().numpy()
    for n in range(2):
        X = x[n].numpy()
        left = np.einsum("rcf,c->rf", X, p["Z1"]) @ p["Z2"]
        right = X @ p["Z3"]
        score = p["V"] @ (1 / (1 + np.exp(-(left @ right.T + p["b"]))))
        np.testing.assert_allclose(S[n], softmax(score, axis=0), atol=1e-12)
    np.testing.assert_allclose(S.sum(axis=1), 1.0)


def test_block_is_the_equation():
    torch.manual_seed(0)
    T, V, F = 4, 5, 3
    module = GraphSleepNetModule(T, V, F, 2, 3, 6, 8, 0.0).double().eval()
    eeg = torch.randn(2, T, F, V, dtype=torch.float64)
    p = numbers(module)
    x = eeg.transpose(2, 3)
    A = module.graph_learning(x)[0].detach().numpy()
    E = module.temporal_attention(x).detach().numpy()
    weighted = torch.tensor(np.einsum("ntvf,nts->nsvf", x.numpy(), E))
    P = module.spatial_attention(weighted.transpose(1, 2)).detach().numpy()
    got = module.block(eeg)[0].detach().numpy()
    for n in range(2):
        g = np.zeros((T, V, 6))
        for t in range(T):
            # L = I - A, whose rescaled form with 2 for the eigenvalue is -A.
            L = 2 * (np.eye(V) - A[n, t]) / 2 - np.eye(V)
            polynomials = [np.eye(V), L, 2 * L @ L - np.eye(V)]
            for k, T_k in enumerate(polynomials):
                theta = p["theta.weight"][:, F * k : F * k + F].T
                g[t] += (T_k * P[n].T) @ weighted[n, t].numpy() @ theta
        g = np.maximum(g, 0)
        padded = np.pad(g, ((1, 1), (0, 0), (0, 0)))
        c = p["temporal.bias"] + sum(
            padded[j : j + T] @ p["temporal.weight"][:, :, j].T for j in range(3)
        )
        r = np.maximum(
            x[n].numpy() @ p["shortcut.weight"].T + p["shortcut.bias"] + c, 0
        )
        z = (r - r.mean(-1, keepdims=True)) / np.sqrt(r.var(-1, keepdims=True) + 1e-5)
        np.testing.assert_allclose(got[n], z, atol=1e-9)


def test_loss_adds_the_graphs_terms():
    logits, y = torch.tensor([[0.0, 0.0], [0.0, 0.0]]), torch.tensor([0, 1])
    terms = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    loss = GraphLoss(CrossEntropy(), graph_weight=0.1, sparsity=0.5)
    # ln 2 + 0.1 * mean(1 + 0.5 * 2, 3 + 0.5 * 4) = ln 2 + 0.35.
    assert loss((logits, terms), y).item() == pytest.approx(np.log(2) + 0.35)


@pytest.mark.parametrize("n_windows", [1, 4])
def test_it_learns_a_band_of_one_electrode(n_windows):
    X = planted((n_windows, 3, 8), (slice(None), 1, 5), 3.0)
    clf = GraphSleepNet(max_epochs=25, lr=5e-3, dropout=0.2, random_state=0)
    assert_learns_and_not_from_shuffled_labels(clf, X)


def test_adjacency_depends_on_the_sample():
    X = planted((2, 3, 8), (slice(None), 1, 5), 3.0)
    clf = GraphSleepNet(max_epochs=2, random_state=0).fit(X, labels())
    A = clf.adjacency(X)
    assert A.shape == (96, 2, 8, 8)
    np.testing.assert_allclose(A.sum(axis=-1), 1.0, atol=1e-5)
    assert np.abs(A[0] - A[1]).max() > 1e-4


def test_paper_settings_are_those_of_the_paper_and_the_published_configuration():
    params = GraphSleepNet.paper_params()
    assert params["batch_size"] == 64
    # Equation 3 adds the loss of the graph with weight 1, and Table 1 gives λ = 0.001.
    assert (params["graph_weight"], params["sparsity"]) == (1, 1e-3)
    GraphSleepNet(**params)


def test_the_graph_convolution_averages_over_the_neighbors_of_each_node():
    # Features that are equal in all nodes stay equal if rows of weights sum to one.
    torch.manual_seed(0)
    module = GraphSleepNetModule(2, 6, 3, 2, 2, 4, 8, 0.0).double().eval()
    eeg = torch.randn(1, 2, 3, 6, dtype=torch.float64)
    A = module.adjacency(eeg)
    seen = []
    module.theta.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    # All nodes attend to all others alike, and the graph comes from another sample.
    module.spatial_attention.forward = lambda x: torch.ones(len(x), 6, 6).double()
    module.temporal_attention.forward = lambda x: torch.eye(2).double()[None]
    module.graph_learning.forward = lambda x: (A, torch.zeros(1, 2).double())
    equal = torch.ones(1, 2, 3, 6, dtype=torch.float64)
    module.block(equal)
    # T_0 = I gives 1, and the rescaled Laplacian T_1 = D - A - I = -A gives -1.
    assert (A.sum(-2) - 1).abs().max() > 1e-3
    expected = torch.tensor([1.0, 1, 1, -1, -1, -1], dtype=torch.float64)
    torch.testing.assert_close(seen[0], expected.expand(1, 2, 6, 6))
