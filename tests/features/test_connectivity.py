"""Connectivity: known couplings, laws, and independent references."""

import tracemalloc

import numpy as np
import pytest
import scipy.signal
import scipy.stats
import torch
from _threads import on_main_and_other_threads
from sklearn.covariance import LedoitWolf
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline

from sklearn_emotion import BandPower, DynamicConnectivity
from sklearn_emotion.features import connectivity

SFREQ = 128.0
KINDS = ["pearson", "spearman", "partial", "coherence", "plv"]
every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
def X():
    """Three samples, four coupled channels with offsets, two windows of 3 s."""
    rng = np.random.default_rng(0)
    common = rng.standard_normal((3, 1, 800))
    own = rng.standard_normal((3, 4, 800))
    offset = np.array([0.0, 5.0, -40.0, 1.0])[:, None]
    return (common * np.array([0.0, 0.5, 1, 2])[:, None] + own + offset).astype("f4")


def by_window(X, function, length=384):
    """Apply a function of (n_channels, n_times) to each window."""
    n_windows = X.shape[-1] // length
    return np.array(
        [
            [function(x[:, w * length : (w + 1) * length]) for w in range(n_windows)]
            for x in X.astype(np.float64)
        ]
    )


def test_correlation_of_a_sine_with_its_multiples_and_its_quadrature():
    # Over whole periods: sin with 2 sin + 3 is 1, with -sin is -1, with cos is 0.
    t = np.arange(384) / SFREQ
    sine, cosine = np.sin(2 * np.pi * 4 * t), np.cos(2 * np.pi * 4 * t)
    r = connectivity(np.array([[sine, 2 * sine + 3, -sine, cosine]]))[0, 0]
    expected = [[1, 1, -1, 0], [1, 1, -1, 0], [-1, -1, 1, 0], [0, 0, 0, 1]]
    np.testing.assert_allclose(r, expected, atol=1e-6)


def test_rank_correlation_of_a_hand_ranked_example():
    # Ranks 1 2 3 4 and 2 1 4 3: 1 - 6 * (1 + 1 + 1 + 1) / (4 * 15) = 0.6.
    x = np.array([[[1.0, 2.0, 30.0, 400.0], [5.0, 1.0, 9.0, 8.0]]])
    rho = connectivity(x, window=None, kind="spearman")
    assert rho[0, 0, 0, 1] == pytest.approx(0.6, abs=1e-6)


def test_phase_locking_of_a_constant_lag_is_one_and_of_two_rates_near_zero():
    t = np.arange(1280) / SFREQ
    sines = [np.sin(2 * np.pi * 8 * t), np.sin(2 * np.pi * 8 * t + 1)]
    X = np.array([[*sines, np.sin(2 * np.pi * 9 * t)]])
    plv = connectivity(X, window=10.0, kind="plv")[0, 0]
    assert plv[0, 1] == pytest.approx(1, abs=1e-4)
    assert plv[0, 2] < 0.01


def test_partial_correlation_does_not_see_a_common_drive():
    # b and c follow a; given a they are independent, though they correlate at 0.5.
    rng = np.random.default_rng(0)
    a = rng.standard_normal(20_000)
    X = np.array([[a, *(a + rng.standard_normal((2, 20_000)))]])
    assert connectivity(X, window=None)[0, 0, 1, 2] == pytest.approx(0.5, abs=0.02)
    partial = connectivity(X, window=None, kind="partial")[0, 0]
    assert partial[1, 2] == pytest.approx(0, abs=0.02)
    # corr(a, b | c) = (r_ab - r_ac r_bc) / sqrt((1 - r_ac²)(1 - r_bc²)) = 1 / sqrt(3).
    assert partial[0, 1] == pytest.approx(3**-0.5, abs=0.02)


def test_pearson_is_that_of_numpy_in_double_precision(X):
    expected = by_window(X, np.corrcoef)
    for dtype in (np.float32, np.float64):
        got = connectivity(X.astype(dtype))
        assert got.dtype == np.float32
        np.testing.assert_allclose(got, expected, atol=2e-6)


@pytest.mark.parametrize("n_times", [64, 384, 2000])
@pytest.mark.parametrize("offset", [0.5, 1, 2, 4, 50])
def test_pearson_loses_no_digit_to_a_mean_of_some_standard_deviations(n_times, offset):
    # Channels of every degree of correlation, with means of both signs.
    rng = np.random.default_rng(0)
    x = rng.standard_normal((5, 1, n_times)) * np.linspace(0, 30, 16)[:, None]
    x += rng.standard_normal((5, 16, n_times))
    x /= x.std(axis=-1, keepdims=True)
    x = (x + offset * rng.choice([-1, 1], (5, 16, 1))).astype(np.float32)
    np.testing.assert_allclose(
        connectivity(x, window=None), by_window(x, np.corrcoef, n_times), atol=2e-6
    )


@pytest.mark.parametrize("n_times", [384, 512, 2000])
@pytest.mark.parametrize("digits", [0, 1, 5])
def test_spearman_is_that_of_scipy_with_ties_to_the_precision_of_float32(
    n_times, digits
):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 1, n_times)) * np.linspace(0, 9, 6)[:, None]
    x = np.round(x + rng.standard_normal((2, 6, n_times)) + 40, digits)
    expected = by_window(
        x, lambda w: scipy.stats.spearmanr(w, axis=1).statistic, n_times
    )
    found = connectivity(x.astype(np.float32), window=None, kind="spearman")
    # The spacing of float32 below 1 is 6e-8.
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-7)


def test_partial_is_that_of_scikit_learns_ledoit_wolf(X):
    def reference(w):
        scores = (w - w.mean(1, keepdims=True)) / w.std(1, keepdims=True)
        p = LedoitWolf(assume_centered=True).fit(scores.T).precision_
        d = np.sqrt(np.diag(p))
        r = -p / d / d[:, None]
        np.fill_diagonal(r, 1)
        return r

    np.testing.assert_allclose(
        connectivity(X, kind="partial"), by_window(X, reference), atol=1e-6
    )


@pytest.mark.parametrize(("band", "segment"), [(None, None), ((8.0, 13.0), 1.0)])
def test_coherence_is_that_of_scipy_averaged_over_bins(X, band, segment):
    n = 96 if segment is None else int(segment * SFREQ)

    def reference(w):
        f, c = scipy.signal.coherence(w[:, None], w[None], fs=SFREQ, nperseg=n)
        low, high = band or (1e-9, np.inf)
        return c[..., (f >= low) & (f < high)].mean(axis=-1)

    np.testing.assert_allclose(
        connectivity(X, kind="coherence", band=band, segment=segment),
        by_window(X, reference),
        atol=2e-6,
    )


@pytest.mark.parametrize("band", [None, (8.0, 13.0)])
def test_phase_locking_is_that_of_scipys_analytic_signal(X, band):
    x = X.astype(np.float64)
    if band:
        sos = scipy.signal.butter(5, band, "bandpass", fs=SFREQ, output="sos")
        x = scipy.signal.sosfiltfilt(sos, x)
    u = scipy.signal.hilbert(x - x.mean(-1, keepdims=True))
    u /= np.abs(u)

    expected = np.array(
        [[np.abs(w @ w.conj().T) / 384 for w in (s[:, :384], s[:, 384:768])] for s in u]
    )
    np.testing.assert_allclose(
        connectivity(X, kind="plv", band=band), expected, atol=5e-6
    )


@pytest.mark.parametrize("kind", ["pearson", "spearman"])
def test_features_are_correlated_over_bands(X, kind):
    features = BandPower(log=True).fit_transform(X)  # (3, 2, 5, 4)
    got = DynamicConnectivity(domain="features", kind=kind).fit_transform(features)
    assert got.shape == (3, 2, 4, 4)
    function = np.corrcoef
    if kind == "spearman":

        def function(w):
            return scipy.stats.spearmanr(w, axis=1).statistic

    for i, t in np.ndindex(3, 2):
        np.testing.assert_allclose(
            got[i, t], function(features[i, t].T.astype(float)), atol=1e-5
        )


@every_kind
def test_matrices_are_symmetric_bounded_and_one_on_the_diagonal(X, kind):
    r = connectivity(X, kind=kind)
    assert r.shape == (3, 2, 4, 4)
    np.testing.assert_array_equal(r, r.swapaxes(-1, -2))
    np.testing.assert_array_equal(np.diagonal(r, axis1=-2, axis2=-1), 1)
    assert np.abs(r).max() <= 1
    assert kind in ("pearson", "spearman", "partial") or r.min() >= 0


@every_kind
def test_permuting_channels_permutes_the_matrix_and_scaling_changes_nothing(X, kind):
    r = connectivity(X, kind=kind)
    order = [2, 0, 3, 1]
    permuted = connectivity(X[:, order], kind=kind)
    np.testing.assert_allclose(permuted, r[..., order, :][..., order], atol=2e-6)
    scale = np.array([1e-6, 3.0, 1e4, 1.0], dtype=np.float32)[:, None]
    np.testing.assert_allclose(connectivity(X * scale, kind=kind), r, atol=5e-6)


@pytest.mark.parametrize("offset", [1e2, 1e4, 1e6])
def test_a_large_offset_costs_no_accuracy(offset):
    # Electrode offsets of raw recordings are thousands of times the EEG.
    rng = np.random.default_rng(0)
    X = (rng.standard_normal((2, 3, 384)) + offset).astype(np.float32)
    np.testing.assert_allclose(connectivity(X), by_window(X, np.corrcoef), atol=2e-6)


@pytest.mark.parametrize("scale", [1e-25, 1e-6, 1e25])
def test_units_that_overflow_squares_cost_no_accuracy(X, scale):
    centred = X - X.mean(-1, keepdims=True)
    np.testing.assert_allclose(
        connectivity(centred * np.float32(scale)),
        by_window(centred, np.corrcoef),
        atol=1e-5,
    )


@every_kind
@pytest.mark.parametrize("value", [0.0, 3.3, 1e5])
def test_a_constant_channel_is_coupled_with_nothing_and_named(X, kind, value):
    spoilt = X.copy()
    spoilt[1, 2, 384:768] = value
    with pytest.warns(UserWarning, match=r"Channels \[2\] are constant"):
        r = connectivity(spoilt, kind=kind)
    np.testing.assert_array_equal(r[1, 1, 2], [0, 0, 1, 0])
    np.testing.assert_array_equal(r[1, 1, :, 2], [0, 0, 1, 0])
    assert np.isfinite(r).all()
    if kind != "plv":  # whose filter sees the whole sample
        others = np.ix_([0, 1, 3], [0, 1, 3])
        clean = connectivity(X[:, [0, 1, 3]], kind=kind)
        np.testing.assert_allclose(r[1, 1][others], clean[1, 1], atol=2e-6)


def test_all_channels_constant_and_dependent_channels_stay_finite():
    with pytest.warns(UserWarning, match=r"\[0, 1\]"):
        r = connectivity(np.ones((1, 2, 384)), kind="partial")
    np.testing.assert_array_equal(r[0, 0], np.eye(2))
    # Two copies of a square wave: the estimate of their noise is exactly 0.
    square = np.tile([1.0, -1.0], 192)
    p = connectivity(np.stack([square, square])[None], kind="partial")
    np.testing.assert_allclose(p[0, 0], 1, atol=1e-3)


@every_kind
def test_tensors_give_tensors_with_the_same_numbers(X, kind):
    got = connectivity(torch.tensor(X), kind=kind)
    assert isinstance(got, torch.Tensor)
    np.testing.assert_allclose(got.numpy(), connectivity(X, kind=kind), atol=5e-6)


def test_tensors_pass_gradients_name_constants_and_refuse_what_scipy_would_do(X):
    x = torch.tensor(X, requires_grad=True)
    connectivity(x)[..., 0, 1].sum().backward()
    assert torch.isfinite(x.grad).all()
    assert x.grad.abs().max() > 0
    with pytest.warns(UserWarning, match=r"Channels \[0, 1\]"):
        connectivity(torch.ones((1, 2, 384)))
    with pytest.raises(ValueError, match="takes NumPy arrays"):
        connectivity(torch.tensor(X), kind="plv", band=(8.0, 13.0))
    with pytest.raises(ValueError, match="n_samples, n_channels, n_times"):
        connectivity(torch.tensor(X[0]))


@every_kind
def test_blocks_threads_and_batches_change_nothing(X, kind, monkeypatch):
    together = connectivity(X, kind=kind)
    one_by_one = np.concatenate(
        [connectivity(X[i : i + 1], kind=kind) for i in range(3)]
    )
    np.testing.assert_allclose(one_by_one, together, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(connectivity(X, kind=kind, n_jobs=2), together)
    module = "sklearn_emotion.features._connectivity"
    monkeypatch.setattr(f"{module}._BLOCK_BYTES", {})
    monkeypatch.setattr(f"{module}._OTHER_BLOCK_BYTES", 1)
    np.testing.assert_allclose(
        connectivity(X, kind=kind), together, rtol=1e-5, atol=1e-6
    )


@every_kind
def test_the_number_of_blas_threads_changes_nothing(kind):
    # Windows that are longer than the parts in which BLAS computes sums.
    X = np.random.default_rng(0).standard_normal((2, 32, 1536)).astype(np.float32)
    found = on_main_and_other_threads(lambda: connectivity(X, window=None, kind=kind))
    for other in found[1:]:
        np.testing.assert_array_equal(other, found[0])


def test_memory_maps_integers_and_strided_input_are_taken(X, tmp_path):
    whole = np.round(100 * X)
    expected = connectivity(whole)
    np.save(tmp_path / "X.npy", whole)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    np.testing.assert_array_equal(connectivity(mapped), expected)
    np.testing.assert_allclose(
        connectivity(whole.astype(np.int16)), expected, atol=1e-6
    )
    strided = np.repeat(whole, 2, axis=2)[:, :, ::2]
    np.testing.assert_allclose(connectivity(strided), expected, atol=1e-6)
    fortran = np.asfortranarray(whole)
    np.testing.assert_allclose(connectivity(fortran), expected, atol=1e-6)


@every_kind
def test_extra_memory_stays_below_64_megabytes(kind):
    X = np.random.default_rng(0).standard_normal((24, 32, 1536), dtype=np.float32)
    tracemalloc.start()
    connectivity(X, kind=kind)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64e6


def test_vectorize_keeps_each_pair_once_and_names_it(X):
    names = ["F3", "F4", "P3", "P4"]
    dc = DynamicConnectivity(vectorize=True, ch_names=names).fit(X)
    table = dc.transform(X)
    assert table.shape == (3, 2 * 6)
    full = connectivity(X)
    columns = dict(zip(dc.get_feature_names_out(), table.T))
    np.testing.assert_array_equal(columns["w1_F4_P4"], full[:, 1, 1, 3])
    np.testing.assert_array_equal(columns["w0_F3_F4"], full[:, 0, 0, 1])


def test_names_come_from_the_step_before(X):
    full = DynamicConnectivity().fit(X)
    assert full.get_feature_names_out()[1] == "w0_ch0_ch1"
    assert full.get_feature_names_out(list("abcd"))[16 + 2] == "w1_a_c"
    times = [f"{c}_t{t}" for c in "abcd" for t in range(800)]
    assert full.get_feature_names_out(times)[1] == "w0_a_b"
    pipe = make_pipeline(BandPower(), DynamicConnectivity(domain="features")).fit(X)
    powers = [f"w{t}_{b}_{c}" for t in range(2) for b in "12345" for c in "abcd"]
    assert pipe[-1].get_feature_names_out(powers)[-2] == "w1_d_c"
    with pytest.raises(ValueError, match="4 channels or all 3200 values"):
        full.get_feature_names_out(["a"])
    with pytest.raises(NotFittedError, match="Fit DynamicConnectivity"):
        DynamicConnectivity().get_feature_names_out()


@pytest.mark.parametrize(
    ("params", "match"),
    [
        ({"window": 7.0}, r"window=7.0 s is longer than the sample of 6.25 s"),
        ({"window": 0.3}, "nearest is window=0.296875 s"),
        ({"window": 1 / 128}, "at least 2 time points in a window, got 1"),
        ({"kind": "plv", "band": (8.0, 70.0)}, r"70.0\) Hz.*64.0 Hz"),
        ({"kind": "coherence", "segment": 3.0}, "several segments"),
        ({"kind": "coherence", "band": (5.4, 6.0)}, "every 1.33333 Hz"),
        ({"ch_names": ["Fz"]}, "4 channels"),
        ({"kind": "mutual"}, "kind"),
        ({"domain": "features"}, "n_windows, n_bands, n_channels"),
    ],
)
def test_bad_parameters_are_named_in_the_users_units(X, params, match):
    with pytest.raises(ValueError, match=match):
        DynamicConnectivity(**params).fit(X)


def test_features_offer_two_kinds_and_need_two_bands():
    features = np.ones((2, 3, 5, 4))
    with pytest.raises(ValueError, match="'coherence' needs signals"):
        DynamicConnectivity(domain="features", kind="coherence").fit(features)
    with pytest.raises(ValueError, match="at least 2 bands"):
        DynamicConnectivity(domain="features").fit(features[:, :, :1])
    est = DynamicConnectivity(domain="features").fit(features)
    with pytest.raises(ValueError, match="X has 3 channels"):
        est.transform(features[..., :3])


@every_kind
def test_nan_and_infinity_are_named_at_transform_too(X, kind):
    for value in (np.nan, np.inf):
        spoilt = X.copy()
        spoilt[2, 1, 500] = value
        for vectorize in (False, True):
            est = DynamicConnectivity(kind=kind, vectorize=vectorize).fit(X)
            with pytest.raises(ValueError, match=r"contains (NaN|infinity)"):
                est.transform(spoilt)
        with pytest.raises(ValueError, match=r"contains (NaN|infinity)"):
            est.fit(spoilt)


@pytest.mark.parametrize("unit", [1.0, 1e6], ids=["volts", "microvolts"])
def test_real_recordings_agree_with_double_precision(data_home, unit):
    import mne

    path = sorted((data_home / "eegmat").glob("*.edf"))[0]
    raw = mne.io.read_raw_edf(path, verbose="error")
    X = (unit * raw.get_data(stop=30 * 500))[None].astype(np.float32)
    got = connectivity(X, sfreq=500.0)
    np.testing.assert_allclose(got, by_window(X, np.corrcoef, 1500), atol=2e-6)
    got = connectivity(X, sfreq=500.0, window=4.0, kind="spearman")
    expected = by_window(
        X, lambda w: scipy.stats.spearmanr(w, axis=1).statistic, length=2000
    )
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-7)
