"""DGCNN against its equations in NumPy, parameter by parameter."""

import numpy as np
import pytest
import torch
from _baseline_data import (
    assert_learns_and_not_from_shuffled_labels,
    labels,
    n_parameters,
    planted,
)

from sklearn_emotion import DGCNN
from sklearn_emotion.baselines.networks._dgcnn import (
    DGCNNModule,
    chebyshev,
    rescaled_laplacian,
)

SMALL = {"n_filters": 3, "order": 3, "n_hidden": 7, "dropout": 0.0}


def graph(n_nodes=6, seed=0):
    W = np.random.default_rng(seed).random((n_nodes, n_nodes))
    return (W + W.T) / 2


def laplacian(W):
    """I - D^-1/2 W D^-1/2, rescaled by its largest eigenvalue."""
    D = np.diag(W.sum(axis=1) ** -0.5)
    L = np.eye(len(W)) - D @ W @ D
    return 2 * L / np.linalg.eigvalsh(L).max() - np.eye(len(W))


def test_number_of_parameters():
    module = DGCNNModule(32, 5, 2, 64, 2, 256, 0.5, flatten_time=False)
    # Adjacency 32 x 32; mixing of 2 polynomials x 5 features to 64 filters with bias;
    # dense 32 x 64 -> 256; classifier 256 -> 2: 1024 + 704 + 524544 + 514.
    assert n_parameters(module) == 526_786


def test_rescaled_laplacian_is_that_of_the_definition_and_ends_at_one():
    W = graph()
    got = rescaled_laplacian(torch.tensor(W)).numpy()
    np.testing.assert_allclose(got, laplacian(W), atol=1e-12)
    values = np.linalg.eigvalsh(got)
    assert values.max() == pytest.approx(1.0)
    assert values.min() >= -1 - 1e-12


def test_two_nodes_worked_out_by_hand():
    """Edge w between two nodes: L = [[1, -1], [-1, 1]], eigenvalues 0 and 2."""
    L = rescaled_laplacian(torch.tensor([[0.0, 0.3], [0.3, 0.0]]))
    np.testing.assert_allclose(L.numpy(), [[0, -1], [-1, 0]], atol=1e-6)


def test_a_node_without_edges_is_finite():
    W = torch.tensor(graph())
    W[0] = W[:, 0] = 0
    W.requires_grad_()
    L = rescaled_laplacian(W)
    assert torch.isfinite(L).all()
    L.sum().backward()
    assert torch.isfinite(W.grad).all()


def test_polynomials_are_cosines_of_multiple_angles_on_the_eigenvalues():
    """T_k(cos a) = cos(k a), which powers and repeated terms do not satisfy."""
    L = torch.tensor(laplacian(graph()))
    values, vectors = np.linalg.eigh(L.numpy())
    for k, T in enumerate(chebyshev(L, 5)):
        cosines = np.cos(k * np.arccos(np.clip(values, -1, 1)))
        expected = vectors @ np.diag(cosines) @ vectors.T
        np.testing.assert_allclose(T.numpy(), expected, atol=1e-10)


def test_forward_is_the_equation():
    torch.manual_seed(0)
    module = DGCNNModule(6, 4, 2, **SMALL, flatten_time=False).double().eval()
    eeg = torch.randn(5, 3, 4, 6, dtype=torch.float64)
    p = {k: v.detach().numpy() for k, v in module.named_parameters()}
    W = np.maximum(p["weight"], 0)
    L = laplacian((W + W.T) / 2)
    T = [np.eye(6), L, 2 * L @ L - np.eye(6)]
    logits = []
    for x in eeg.numpy().mean(axis=1):
        y = p["mix.bias"] + sum(
            T[k] @ x.T @ p["mix.weight"][:, 4 * k : 4 * k + 4].T for k in range(3)
        )
        h = np.maximum(
            p["hidden.weight"] @ np.maximum(y, 0).ravel() + p["hidden.bias"], 0
        )
        logits.append(p["classifier.weight"] @ h + p["classifier.bias"])
    np.testing.assert_allclose(module(eeg).detach().numpy(), logits, atol=1e-10)


def test_time_is_averaged_or_flattened():
    eeg = torch.randn(2, 3, 4, 6)
    averaged = DGCNNModule(6, 4, 2, **SMALL, flatten_time=False).nodes(eeg)
    flat = DGCNNModule(6, 12, 2, **SMALL, flatten_time=True).nodes(eeg)
    torch.testing.assert_close(averaged, eeg.mean(1).transpose(1, 2))
    # Node 2: window 0's four bands, then window 1's, then window 2's.
    torch.testing.assert_close(flat[0, 2], eeg[0, :, :, 2].flatten())


@pytest.mark.parametrize("flatten_time", [False, True])
def test_it_learns_a_band_of_one_electrode(flatten_time):
    X = planted((2, 3, 8), (slice(None), 1, 5), 3.0)
    clf = DGCNN(flatten_time=flatten_time, max_epochs=15, random_state=0)
    assert_learns_and_not_from_shuffled_labels(clf, X)


def test_one_window_works_and_the_adjacency_is_symmetric():
    clf = DGCNN(max_epochs=2, random_state=0).fit(
        planted((1, 3, 8), (0, 1), 1), labels()
    )
    assert clf.adjacency_.shape == (8, 8)
    np.testing.assert_allclose(clf.adjacency_, clf.adjacency_.T)
    assert (clf.adjacency_ >= 0).all()


def test_another_montage_is_named():
    X = planted((1, 3, 8), (0, 1), 1)
    clf = DGCNN(max_epochs=1, random_state=0).fit(X, labels())
    with pytest.raises(
        ValueError, match=r"\(n_samples, 1, 3, 8\), got \(96, 1, 3, 7\)"
    ):
        clf.predict(X[..., :7])
