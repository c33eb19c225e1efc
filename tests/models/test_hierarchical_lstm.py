"""The hierarchical-attention LSTM: structure, REINFORCE, and what it looks at."""

import math

import numpy as np
import pytest
import torch
from skorch.callbacks import Callback

from sklearn_emotion import HierarchicalAttentionLSTM, Modalities
from sklearn_emotion.models._hierarchical_lstm import (
    EpisodeLoss,
    Episodes,
    HierarchicalLSTMModule,
    LayerAttention,
    variance_penalty,
)

QUICK = {
    "n_hidden": 8,
    "max_steps": 5,
    "max_epochs": 1,
    "random_state": 0,
    "device": "cpu",
}


def module(**changes):
    arguments = {
        "face_shape": (6,),
        "n_bands": 3,
        "n_classes": 2,
        "n_hidden": 8,
        "n_layers": 3,
        "hierarchical_attention": True,
        "policy": "gaussian",
        "policy_std": 0.1,
        "max_steps": 5,
        "n_episodes": 4,
        "dropout": 0.0,
    }
    torch.manual_seed(0)
    return HierarchicalLSTMModule(**{**arguments, **changes})


@pytest.fixture(autouse=True)
def _keep_the_global_generator():
    with torch.random.fork_rng(devices=[]):
        yield


def inputs(n=4, n_frames=10, seed=0):
    rng = np.random.default_rng(seed)
    return Modalities(
        face=rng.standard_normal((n, n_frames, 6)).astype(np.float32),
        eeg=rng.random((n, n_frames, 3, 8, 8), dtype=np.float32),
    )


def tensors(X):
    return {key: torch.as_tensor(x) for key, x in X.items()}


def n_parameters(net):
    return sum(p.numel() for p in net.parameters())


def test_parameters_are_those_derived_layer_by_layer():
    """The defaults, with frames of 3 channels and 3 bands; r = 128, L = 3, K = 2."""
    net = module(face_shape=(3, 64, 64), n_hidden=128)
    r = 128
    # Convolutions of 3 x 3 to 16 and 32, then a linear layer of 32 * 4 * 4 to r.
    encoder = (16 * 32 * 9 + 32) + (512 * r + r)
    face = (3 * 16 * 9 + 16) + encoder
    band = (1 * 16 * 9 + 16) + encoder
    # Eq. 2 has a weight vector and a bias for each of three bands.
    bands = 3 * r + 3
    to_x_e = r * r + r
    # Four gates, input and recurrent weights, and two biases each (torch's cell).
    glimpse = 4 * (r // 2) * (r + r // 2 + 2)
    core = 2 * 4 * r * (r + r + 2)
    # W_s and b of r x r, v of r; for hidden and for cell states.
    attention = 2 * (r * r + r + r)
    policy, baseline, classifier = r + 1, r + 1, 2 * r + 2
    expected = face + band + bands + to_x_e + glimpse + core + attention
    assert n_parameters(net) == expected + policy + baseline + classifier == 505767
    assert n_parameters(net.core) == core
    assert n_parameters(net.attention) == attention


def test_the_ablations_remove_what_they_name():
    whole = n_parameters(module())
    r = 8
    assert whole - n_parameters(module(hierarchical_attention=False)) == 2 * (
        r * r + 2 * r
    )
    assert whole - n_parameters(module(n_layers=2)) == 4 * r * (2 * r + 2)


def test_layer_attention_is_equations_3_to_7():
    layer = LayerAttention(4)
    X = np.random.default_rng(0).standard_normal((5, 3, 4)).astype(np.float32)
    Y, a = (t.detach().numpy() for t in layer(torch.as_tensor(X)))
    W, b = layer.W_s.weight.detach().numpy(), layer.W_s.bias.detach().numpy()
    v = layer.v.weight.detach().numpy()[0]
    for n in range(5):
        u = np.array([v @ np.tanh(W @ x + b) for x in X[n]])
        expected = np.exp(u) / np.exp(u).sum()
        np.testing.assert_allclose(a[n], expected, rtol=1e-5)
        np.testing.assert_allclose(Y[n], expected @ X[n], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(a.sum(1), 1, rtol=1e-6)


def test_penalty_sums_squared_deviations_from_the_mean_weight():
    # Weights (1, 0, 0) deviate from 1/3 by 2/3, -1/3, -1/3: 6/9. Equal ones do not.
    w = torch.tensor([[1.0, 0.0, 0.0], [1 / 3, 1 / 3, 1 / 3]])
    np.testing.assert_allclose(variance_penalty(w), [6 / 9, 0], atol=1e-7)


def test_one_look_weighs_bands_by_a_softmax_of_the_state():
    net = module().eval()
    rng = np.random.default_rng(1)
    bands = torch.as_tensor(rng.standard_normal((2, 4, 3, 8)), dtype=torch.float32)
    faces = torch.as_tensor(rng.standard_normal((2, 4, 8)), dtype=torch.float32)
    h = torch.as_tensor(rng.standard_normal((2, 8)), dtype=torch.float32)
    rows, frame = torch.arange(2), torch.tensor([3, 1])
    x_v, x_e = net.look(faces[rows, frame], bands[rows, frame], h)
    torch.testing.assert_close(x_v, torch.stack([faces[0, 3], faces[1, 1]]))
    z = h @ net.band_score.weight.T + net.band_score.bias
    theta = (z.exp() / z.exp().sum(1, keepdim=True)).detach()
    e = sum(theta[1, i] * bands[1, 1, i] for i in range(3))  # Eq. 1
    expected = net.eeg.weight @ e + net.eeg.bias
    torch.testing.assert_close(x_e[1], expected)


def test_both_modalities_share_the_first_layer_and_the_weighted_state_is_the_tops():
    net = module().eval()
    r = net.n_hidden
    x = torch.randn(2, r)
    zero, half = torch.zeros(2, r), torch.zeros(2, r // 2)
    state = [(half, half), (half, half), (zero, zero), (zero, zero)]
    h, new, (alpha, beta) = net.step(x, x, state)
    torch.testing.assert_close(new[0][0], new[1][0])  # the same input, the same half
    assert new[-1][0] is h
    assert alpha.shape == beta.shape == (2, 3)
    layers = torch.cat([new[0][0], new[1][0]], 1), new[2][0]
    top = net.core[1](layers[1], (zero, zero))[0]
    expected = alpha[:, :1] * layers[0] + alpha[:, 1:2] * layers[1] + alpha[:, 2:] * top
    torch.testing.assert_close(h, expected)


def test_rewards_are_equations_16_and_17():
    loss = EpisodeLoss(None, 1.0, (2.0, 1.0, -3.0, -0.1), policy_baseline=True)
    logits = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    R = loss.reward(logits, torch.tensor([0, 1]), torch.tensor([4.0, 10.0]))
    # 2 * 1 - 0.4 when right after four looks, 2 * -3 - 1 when wrong after ten.
    np.testing.assert_allclose(R, [1.6, -7.0])


def test_the_loss_is_that_of_its_parts():
    """One episode, right after two looks, worked out by hand."""
    parts = Episodes(
        logits=torch.tensor([[math.log(3.0), 0.0]]),
        penalty=torch.tensor([0.25]),
        log_prob=torch.tensor([[0.5, 9.0]]),
        value=torch.tensor([[0.4, 9.0]]),
        chosen=torch.tensor([[1.0, 0.0]]),
        length=torch.tensor([2.0]),
    )
    y = torch.tensor([0])
    entropy = -math.log(3 / 4)
    reward = 1.0 - 0.02
    rewards = (1.0, 1.0, -2.0, -0.01)
    plain = EpisodeLoss(None, 2.0, rewards, policy_baseline=False)(parts, y)
    assert plain.item() == pytest.approx(entropy - 2 * 0.25 - 0.5 * reward)
    fitted = EpisodeLoss(None, 2.0, rewards, policy_baseline=True)(parts, y)
    error = (0.4 - reward) ** 2
    assert fitted.item() == pytest.approx(
        entropy - 0.5 + error - 0.5 * (reward - 0.4), rel=1e-6
    )


def two_frames(n_episodes, baseline):
    """A sample of two frames and one action, a ~ N(m, s), with m = sigmoid(z).

    Where a > 1/2 the policy asks for the last frame and the episode ends after one
    look, with the reward R1; otherwise frame 0 is looked at again, for R2. The expected
    reward is R2 + (R1 - R2) Phi((m - 1/2) / s), its derivative in z
    (R1 - R2) phi((m - 1/2) / s) / s * m (1 - m).
    """
    net = module(max_steps=2, policy_std=0.3, n_episodes=n_episodes).train()
    loss = EpisodeLoss(None, 0.0, (1.0, 1.0, -2.0, -0.6), policy_baseline=baseline)
    return net, loss, tensors(inputs(n=1, n_frames=2)), torch.zeros(1, dtype=torch.long)


def fit_baseline(net, loss, x, y):
    """Minimise the loss in the baseline's weights alone, on episodes of its own."""
    net.n_episodes, wanted = 1000, net.n_episodes
    optimizer = torch.optim.Adam(net.value.parameters(), lr=0.05)
    for _ in range(150):
        optimizer.zero_grad()
        loss(net(**x), y).backward()
        optimizer.step()
    net.n_episodes = wanted
    net.zero_grad()


@pytest.mark.parametrize("baseline", [False, True])
def test_reinforce_agrees_with_the_analytic_gradient(baseline):
    """The mean of 100,000 single episodes, within four of its standard errors."""
    n_episodes = 100_000
    net, loss, x, y = two_frames(n_episodes, baseline)
    if baseline:
        fit_baseline(net, loss, x, y)
    s, bias = net.policy_std, net.location.bias
    net.max_steps = 1
    with torch.no_grad():
        h = net.run(**x)[0][0]  # the state after the first look, before the action
        m = torch.sigmoid(net.location(h)).item()
        value = net.value(h).item() if baseline else 0.0
    net.max_steps = 2

    drawn = []
    net.draw, draw = lambda *a: drawn.append(draw(*a)) or drawn[-1], net.draw
    episodes = net(**x)
    estimate = -torch.autograd.grad(loss(episodes, y), bias)[0].item()
    a = drawn[0][0].numpy()
    looks = episodes.length.numpy()
    np.testing.assert_array_equal(looks, np.where(a > 0.5, 1, 2))
    R = loss.reward(episodes.logits, y.expand(n_episodes), episodes.length)
    R = R.detach().numpy()
    phi = math.exp(-0.5 * ((m - 0.5) / s) ** 2) / math.sqrt(2 * math.pi)
    analytic = (R[looks == 1][0] - R[looks == 2][0]) * phi / s * m * (1 - m)

    # One episode's gradient is its score times the reward less the baseline.
    single = (a - m) / s**2 * m * (1 - m) * (R - value)
    assert estimate == pytest.approx(single.mean(), rel=1e-3)
    standard_error = single.std() / math.sqrt(n_episodes)
    assert abs(estimate - analytic) < 4 * standard_error
    assert abs(analytic) > 10 * standard_error
    if baseline:
        without = (a - m) / s**2 * m * (1 - m) * R
        assert single.var() < 0.9 * without.var()


def test_prediction_takes_the_mean_and_repeats_itself():
    X, y = inputs(), np.array(["low", "high"] * 2)
    clf = HierarchicalAttentionLSTM(**QUICK).fit(X, y)
    np.testing.assert_array_equal(clf.predict_proba(X), clf.predict_proba(X))
    frames = clf.attended_frames(X)
    np.testing.assert_array_equal(frames, clf.attended_frames(X))
    assert frames.shape == (4, 5)
    assert (frames[:, 0] == 0).all()
    assert frames.max() < 10


def test_an_episode_ends_when_the_last_frame_is_asked_for():
    net = module().eval()
    with torch.no_grad():
        net.location.bias.fill_(50.0)
    frames = net.frames(**tensors(inputs()))
    np.testing.assert_array_equal(frames, [[0, -1, -1, -1, -1]] * 4)
    with torch.no_grad():
        net.location.weight.zero_()
        net.location.bias.fill_(0.0)  # the mean is 1/2, of ten frames that is 4 (4.5)
    np.testing.assert_array_equal(
        net.frames(**tensors(inputs())), [[0, 4, 4, 4, 4]] * 4
    )


def test_what_comes_after_an_episodes_end_changes_nothing():
    net = module().eval()
    with torch.no_grad():
        net.location.weight.zero_()
        net.location.bias.fill_(50.0)
    X = inputs()
    before = net(**tensors(X))
    X["face"][:, 1:] = 100.0
    torch.testing.assert_close(net(**tensors(X)), before)


def test_the_uniform_policy_spreads_its_looks_evenly_in_prediction():
    net = module(policy="uniform").eval()
    # Actions 1/5, 2/5, 3/5, 4/5 of 9 steps: 1.8, 3.6, 5.4, 7.2.
    np.testing.assert_array_equal(
        net.frames(**tensors(inputs())), [[0, 2, 4, 5, 7]] * 4
    )


def test_the_uniform_policy_draws_every_frame_alike_in_training():
    net = module(policy="uniform").train()
    action, _ = net.draw(torch.zeros(60_000), 0, 6)
    frame = (action * 5).round().long()
    # 10,000 each, with a standard deviation of sqrt(60,000 * 1/6 * 5/6) = 91.
    counts = torch.bincount(frame, minlength=6)
    assert (counts - 10_000).abs().max() < 5 * 91


@pytest.mark.parametrize(
    ("n_frames", "expected"),
    [(10, 4 * 10), (11, 4 * 5)],
    ids=["every frame once", "five looks"],
)
def test_no_more_frames_are_encoded_than_needed(n_frames, expected):
    net, seen = module().eval(), []
    net.face.register_forward_hook(lambda *a: seen.append(a[1][0][..., 0].numel()))
    with torch.no_grad():
        net.location.bias.fill_(-50.0)  # stays at the first frame
    net(**tensors(inputs(n_frames=n_frames)))
    assert sum(seen) == expected


@pytest.mark.parametrize("n_frames", [1, 2])
def test_one_frame_is_enough(n_frames):
    X, y = inputs(n_frames=n_frames), np.array([0, 1, 0, 1])
    clf = HierarchicalAttentionLSTM(**QUICK).fit(X, y)
    assert clf.predict_proba(X).shape == (4, 2)
    assert (clf.attended_frames(X)[:, 0] == 0).all()


@pytest.mark.parametrize("n_layers", [1, 2, 4])
def test_any_number_of_layers(n_layers):
    X, y = inputs(), np.array([0, 1, 0, 1])
    clf = HierarchicalAttentionLSTM(**QUICK, n_layers=n_layers).fit(X, y)
    assert clf.transform(X).shape == (4, 8)


def test_frames_of_any_side_and_bytes_as_pixels():
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (4, 6, 3, 20, 28), dtype=np.uint8)
    eeg = inputs(n_frames=6)["eeg"]
    y = np.array([0, 1, 0, 1])
    clf = HierarchicalAttentionLSTM(**QUICK)
    whole = clf.fit(Modalities(face=pixels, eeg=eeg), y)
    expected = whole.predict_proba(Modalities(face=pixels, eeg=eeg))
    floats = Modalities(face=(pixels / 255).astype(np.float32), eeg=eeg)
    np.testing.assert_allclose(
        clf.fit(floats, y).predict_proba(floats), expected, rtol=1e-4
    )


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda X: Modalities(eeg=X["eeg"]), "missing 'face', got 'eeg'"),
        (lambda X: X["eeg"], "needs the modalities 'face', 'eeg'"),
        (
            lambda X: Modalities(face=X["face"][:, :7], eeg=X["eeg"]),
            r"same frames, got \{'face': 7, 'eeg': 10\}",
        ),
        (
            lambda X: Modalities(face=X["face"], eeg=X["eeg"][:, :, 0]),
            r"eeg of shape \(n_samples, n_frames, n_bands, side, side\)",
        ),
    ],
    ids=["missing", "array", "lengths", "shape"],
)
def test_bad_input_is_named(change, match):
    with pytest.raises(ValueError, match=match):
        HierarchicalAttentionLSTM(**QUICK).fit(change(inputs()), [0, 1, 0, 1])


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"n_hidden": 7}, "n_hidden must be even"),
        ({"rewards": (1.0, 1.0, 2.0, -0.01)}, "the third below 0"),
        ({"rewards": (0.0, 0.0, 0.0, 0.0)}, "the first two above 0"),
        ({"rewards": (1.0, float("nan"), -1.0, 0.0)}, "finite"),
        ({"rewards": (1.0, 1.0)}, "lambda_sparse"),
    ],
)
def test_bad_arguments_are_named(changes, match):
    with pytest.raises(ValueError, match=match):
        HierarchicalAttentionLSTM(**{**QUICK, **changes}).fit(inputs(), [0, 1, 0, 1])


def test_papers_settings_are_arguments():
    params = HierarchicalAttentionLSTM.paper_params()
    assert params == {
        "n_layers": 3,
        "penalty": 1.0,
        "policy": "gaussian",
        "max_steps": 40,
        "batch_size": 12,
        "dropout": 0.6,
        "optimizer": "adam",
        # what this library adds is off
        "initial_policy_std": None,
        "policy_baseline": False,
        "weight_decay": 0.0,
        "standardize": False,
    }
    HierarchicalAttentionLSTM(**params)._validate_params()


@pytest.mark.parametrize("n_frames", [1, 50], ids=["encoded at once", "by look"])
def test_each_look_has_dropout_masks_of_its_own(n_frames):
    """Also if episodes of one sample look at the same frame again and again."""
    net = module(dropout=0.5, n_episodes=2, max_steps=4).train()
    with torch.no_grad():
        net.location.weight.zero_()
        net.location.bias.fill_(-50.0)  # stays at the first frame
        net.face[0].bias.fill_(10.0)  # no unit of the encoder is 0
    seen, look = [], net.look
    net.look = lambda *a: seen.append(look(*a)) or seen[-1]
    net.policy_std = 1e-3
    # A frame is the first of at least two, so that the episode goes on.
    X = inputs(n=3, n_frames=max(n_frames, 2))
    net(**tensors(X))
    masks = torch.stack([x_v != 0 for x_v, _ in seen])  # (looks, episodes, r)
    assert masks.shape == (4, 6, 8)
    assert 0.3 < masks.float().mean() < 0.7  # 192 coins, sd 0.036
    # Looks of one episode differ, and so do the episodes of one sample.
    assert (masks[1:] != masks[:-1]).any()
    assert (masks[:, ::2] != masks[:, 1::2]).any()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_stops_early_where_the_first_frames_tell_the_class(seed):
    """With the default rewards. At 0.01 for each look, it often looks twelve times."""
    rng = np.random.default_rng(0)
    y = np.arange(240) % 2
    face = rng.standard_normal((240, 24, 8)).astype(np.float32)
    face[:, :3, 0] += 3 * (2 * y - 1)[:, None]
    X = Modalities(face=face, eeg=rng.random((240, 24, 3, 8, 8), dtype=np.float32))
    train, test = np.arange(160), np.arange(160, 240)
    clf = HierarchicalAttentionLSTM(
        n_hidden=32, max_steps=12, max_epochs=20, random_state=seed, device="cpu"
    ).fit(X[train], y[train])
    looks = (clf.attended_frames(X[test]) >= 0).sum(axis=1)
    assert clf.score(X[test], y[test]) > 0.9
    assert looks.mean() < 4


@pytest.mark.parametrize(
    ("initial", "expected"),
    [(0.3, [0.3, 0.2 + 0.1 / 2**0.5, 0.2, 0.2 - 0.1 / 2**0.5]), (None, [0.1] * 4)],
)
def test_the_policy_narrows_along_half_a_cosine(initial, expected):
    """Four epochs, from 0.3 to 0.1: the cosines of 0, 45, 90 and 135 degrees."""
    seen = []

    class Watch(Callback):
        def on_epoch_end(self, net, **kwargs):
            seen.append(net.module_.policy_std)

    quick = {**QUICK, "max_epochs": 4, "callbacks": [Watch()]}
    clf = HierarchicalAttentionLSTM(initial_policy_std=initial, **quick)
    clf.fit(inputs(), [0, 1, 0, 1])
    np.testing.assert_allclose(seen, expected)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_it_learns_where_to_look(seed):
    """The class shows in the face's frames 14 to 19 of 24, and nowhere else."""
    rng = np.random.default_rng(0)
    y = np.arange(240) % 2
    face = rng.standard_normal((240, 24, 8)).astype(np.float32)
    face[:, 14:20, 0] += 3 * (2 * y - 1)[:, None]
    X = Modalities(face=face, eeg=rng.random((240, 24, 3, 8, 8), dtype=np.float32))
    train, test = np.arange(160), np.arange(160, 240)
    clf = HierarchicalAttentionLSTM(
        n_hidden=32, max_steps=6, max_epochs=20, random_state=seed, device="cpu"
    ).fit(X[train], y[train])
    frames = clf.attended_frames(X[test])
    assert clf.score(X[test], y[test]) > 0.9
    # A quarter of the frames is informative; most looks after the first go there.
    assert ((frames[:, 1:] >= 14) & (frames[:, 1:] < 20)).mean() > 0.6
