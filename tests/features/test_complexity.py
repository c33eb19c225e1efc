"""Hjorth's parameters, entropies, fractal dimensions and statistics of windows."""

from itertools import permutations
from math import factorial, log

import neurokit2 as nk
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.signal import periodogram
from scipy.stats import kurtosis, skew

from sklearn_emotion import FractalDimension, Hjorth, SignalEntropy, SignalStatistics

EVERY = [Hjorth, SignalEntropy, FractalDimension, SignalStatistics]
RATE = 128


def noise(*shape, seed=0, smooth=1):
    """Return noise, or a moving average of it that is more like an EEG."""
    X = np.random.default_rng(seed).standard_normal((*shape[:-1], shape[-1] + smooth))
    return np.add.reduce([X[..., i : i + shape[-1]] for i in range(smooth)])


def windows_of(X, length):
    """Return (n_samples, n_windows, n_channels, length)."""
    n_windows = X.shape[-1] // length
    X = X[..., : n_windows * length]
    return X.reshape(*X.shape[:-1], n_windows, length).swapaxes(1, 2)


def each_window(function, X, length):
    return np.apply_along_axis(function, -1, windows_of(X, length))


def embedded(x, order, delay=1):
    n = len(x) - (order - 1) * delay
    return np.array([x[i : i + order * delay : delay] for i in range(n)])


def template_matches(x, m, n_templates, matches):
    """Count, for each template of m values, the templates that match it."""
    rows = embedded(x, m)[:n_templates]
    return np.array([matches(np.abs(rows - row).max(axis=1)).sum() for row in rows])


def sample_entropy(x, m=2, tolerance=0.2):
    r = tolerance * x.std()
    n = len(x) - m
    b = template_matches(x, m, n, lambda d: d < r).sum() - n
    a = template_matches(x, m + 1, n, lambda d: d < r).sum() - n
    return -log(a / b) if a else np.nan


def approximate_entropy(x, m=2, tolerance=0.2):
    r = tolerance * x.std()

    def phi(k):
        n = len(x) - k + 1
        return np.log(template_matches(x, k, n, lambda d: d <= r) / n).mean()

    return phi(m) - phi(m + 1)


def permutation_entropy(x, order=3, delay=1):
    ranks = [tuple(np.argsort(row, kind="stable")) for row in embedded(x, order, delay)]
    shares = np.array([ranks.count(p) for p in permutations(range(order))]) / len(ranks)
    shares = shares[shares > 0]
    return -(shares * np.log(shares)).sum() / log(factorial(order))


def svd_entropy(x, order=3, delay=1):
    s = np.linalg.svd(embedded(x - x.mean(), order, delay), compute_uv=False)
    s /= s.sum()
    return -(s * np.log(s)).sum() / log(order)


def spectral_entropy(x, low=0.5, high=45.0):
    f, power = periodogram(x, RATE, window="hann", detrend="constant")
    p = power[(f >= low) & (f <= high) & (f > 0)]
    p = p / p.sum()
    return -(p * np.log(p)).sum() / log(len(p))


@pytest.mark.parametrize(
    ("measure", "definition"),
    [
        ("sample", sample_entropy),
        ("approximate", approximate_entropy),
        ("permutation", permutation_entropy),
        ("svd", svd_entropy),
        ("spectral", spectral_entropy),
    ],
)
@pytest.mark.parametrize("length", [63, 128, 201])
def test_entropies_are_those_of_the_definition(measure, definition, length):
    X = noise(2, 3, 430, smooth=4)
    out = SignalEntropy(sfreq=RATE, window=length / RATE, measures=measure)
    expected = each_window(definition, X, length)
    assert_allclose(out.fit_transform(X)[:, :, 0], expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("m", [1, 2, 3, 5])
def test_sample_and_approximate_entropy_of_longer_templates(m):
    X = noise(1, 2, 150, smooth=8)
    out = SignalEntropy(
        window=None, measures=["sample", "approximate"], template=m, tolerance=0.4
    ).fit_transform(X)[0, 0]
    for c in range(2):
        assert_allclose(out[0, c], sample_entropy(X[0, c], m, 0.4), rtol=1e-9)
        assert_allclose(out[1, c], approximate_entropy(X[0, c], m, 0.4), rtol=1e-9)


@pytest.mark.parametrize(("order", "delay"), [(2, 1), (4, 3), (5, 1), (6, 2), (7, 1)])
def test_permutation_and_svd_entropy_of_other_orders(order, delay):
    X = noise(1, 2, 120, smooth=3)
    out = SignalEntropy(
        window=None, measures=["permutation", "svd"], order=order, delay=delay
    ).fit_transform(X)[0, 0]
    for c in range(2):
        expected = permutation_entropy(X[0, c], order, delay)
        assert_allclose(out[0, c], expected, rtol=1e-9)
        assert_allclose(out[1, c], svd_entropy(X[0, c], order, delay), rtol=1e-9)


def test_sample_entropy_of_whole_numbers_counts_strictly_smaller_differences():
    # Of the templates of 1 value that have a next one, (1, 1) and (1, 1) match in both
    # directions at times 0, 1 and 3: 6 pairs. Two of them continue: 0 and 3 (next 1, 1)
    # have the next values 1 and 2, and 1 and 3 have 2 and 2.
    x = np.array([1.0, 1.0, 2.0, 1.0, 2.0])
    r = 0.9 / x.std()
    out = SignalEntropy(window=None, measures="sample", template=1, tolerance=r)
    assert_allclose(out.fit_transform(x[None, None]).item(), -log(2 / 6), rtol=1e-12)


def test_equal_values_count_as_rising():
    # The orders of (1, 1), (1, 0) and (0, 0): rising, falling and rising.
    x = np.array([1.0, 1.0, 0.0, 0.0])
    out = SignalEntropy(window=None, measures="permutation", order=2)
    expected = -(2 / 3 * log(2 / 3) + 1 / 3 * log(1 / 3)) / log(2)
    assert_allclose(out.fit_transform(x[None, None]).item(), expected, rtol=1e-12)


def test_svd_entropy_of_nearly_dependent_values_is_exact():
    x = np.sin(2 * np.pi * np.arange(200) / 200) + 1e-9 * noise(200)
    out = SignalEntropy(window=None, measures="svd").fit_transform(x[None, None]).item()
    assert_allclose(out, svd_entropy(x), rtol=1e-9)


def test_spectral_entropy_of_an_even_window_weighs_the_last_frequency_once():
    X = noise(1, 1, 128)
    out = SignalEntropy(sfreq=RATE, window=None, measures="spectral", band=None)
    expected = spectral_entropy(X[0, 0], 0, RATE)
    assert_allclose(out.fit_transform(X).item(), expected, rtol=1e-9)


@pytest.mark.parametrize("length", [50, 128])
def test_fractal_dimensions_are_those_of_neurokit(length):
    X = noise(2, 3, 300, smooth=2)
    out = FractalDimension(window=length / RATE).fit_transform(X)
    higuchi = each_window(lambda x: nk.fractal_higuchi(x, k_max=10)[0], X, length)
    assert_allclose(out[:, :, 0], higuchi, rtol=1e-9)
    katz = each_window(lambda x: nk.fractal_katz(x)[0], X, length)
    assert_allclose(out[:, :, 2], katz, rtol=1e-9)


def test_petrosian_dimension_counts_changes_of_slope():
    x = np.array([0.0, 1.0, 0.0, 1.0, 2.0, 3.0, 3.0, 2.0])  # three changes of slope
    out = FractalDimension(window=None, measures="petrosian").fit_transform(
        x[None, None]
    )
    assert_allclose(out.item(), log(8) / (log(8) + log(8 / (8 + 0.4 * 3))), rtol=1e-12)


def test_dimension_of_a_line_is_one():
    x = np.linspace(3.0, 7.0, 100)[None, None]
    assert_allclose(
        FractalDimension(window=None).fit_transform(x).ravel(), 1, rtol=1e-6
    )


def test_hjorth_parameters_by_hand():
    x = np.array([0.0, 2.0, 1.0, 3.0, 0.0])
    first, second = np.diff(x), np.diff(x, n=2)
    mobility = np.sqrt(first.var() / x.var())
    complexity = np.sqrt(second.var() / first.var()) / mobility
    out = Hjorth(window=None).fit_transform(x[None, None]).ravel()
    assert_allclose(out, [x.var(), mobility, complexity], rtol=1e-12)


def test_statistics_by_hand():
    x = np.array([4.0, 1.0, 3.0, 8.0, 2.0, 5.0])
    centered = x - x.mean()
    first, second = np.abs(np.diff(x)).mean(), np.abs(x[2:] - x[:-2]).mean()
    expected = {
        "mean": x.mean(),
        "std": x.std(ddof=1),
        "first_difference": first,
        "first_difference_normalized": first / x.std(ddof=1),
        "second_difference": second,
        "second_difference_normalized": second / x.std(ddof=1),
        "skewness": skew(x),
        "kurtosis": kurtosis(x),
        "line_length": 5 * first,
        "teager": (centered[1:-1] ** 2 - centered[:-2] * centered[2:]).mean(),
        "zero_crossings": 4,  # + - - + - + around the mean 3.83
        "hoc1": 4,
        "hoc2": 3,  # differences -3 2 5 -6 3
        "hoc3": 2,  # differences 5 3 -11 9
    }
    statistics = SignalStatistics(window=None, n_crossings=3).fit(x[None, None])
    names = [
        n.split("_", 1)[1].removesuffix("_ch0")
        for n in statistics.get_feature_names_out()
    ]
    out = dict(zip(names, statistics.transform(x[None, None]).ravel()))
    assert out.keys() == expected.keys()
    for name, value in expected.items():
        assert_allclose(out[name], value, rtol=1e-12, err_msg=name)


@pytest.mark.parametrize("transformer", EVERY)
def test_offset_does_not_matter(transformer):
    X = noise(2, 3, 256)
    X = np.round(X * 64) / 64  # sums with the offset are exact
    offset = 2.0**20
    a, b = (transformer(window=1.0).fit_transform(x) for x in (X, X + offset))
    if transformer is SignalStatistics:
        b[:, :, 0] -= offset
    assert_allclose(a, b, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("transformer", [SignalEntropy, FractalDimension])
def test_gain_does_not_matter(transformer):
    X = noise(2, 3, 256)
    kinds = {"measures": ["higuchi", "petrosian", "katz"]}
    kinds = kinds if transformer is FractalDimension else {}
    a, b = (transformer(window=1.0, **kinds).fit_transform(x) for x in (X, 1024 * X))
    assert_allclose(a, b, rtol=1e-9)


@pytest.mark.parametrize("transformer", EVERY)
def test_channels_and_samples_do_not_mix(transformer):
    X = noise(4, 3, 256)
    out = transformer(window=1.0).fit_transform(X)
    assert_array_equal(transformer(window=1.0).fit_transform(X[::-1])[::-1], out)
    assert_array_equal(
        transformer(window=1.0).fit_transform(X[:, ::-1])[..., ::-1], out
    )
    alone = transformer(window=None).fit_transform(X[1:2, 2:3, 128:])
    assert_allclose(alone[0, 0, :, 0], out[1, 1, :, 2], rtol=1e-12)


@pytest.mark.parametrize("transformer", EVERY)
def test_threads_change_nothing_and_dtype_is_kept(transformer):
    X = noise(30, 8, 512)
    out = transformer().fit_transform(X)
    assert out.dtype == np.float64
    assert_array_equal(transformer(n_jobs=3).fit_transform(X), out)
    single = X.astype(np.float32)
    out = transformer().fit_transform(single)
    assert out.dtype == np.float32
    exact = transformer().fit_transform(single.astype(np.float64))
    assert_array_equal(out, exact.astype(np.float32))


@pytest.mark.parametrize("transformer", EVERY)
def test_constant_windows_are_named(transformer):
    X = noise(3, 2, 256)
    X[1, 0, 128:] = 0.1
    t = transformer(window=1.0).fit(X)
    with pytest.warns(
        UserWarning, match=r"in 1 of 3 samples, first in sample 1.*\[0\]"
    ):
        out = t.transform(X)
    assert_array_equal(t.valid(X), [True, False, True])
    assert np.isnan(out[1, 1, :, 0]).any()
    defined = np.isfinite(out)
    defined[1, 1, :, 0] = True
    assert defined.all()


@pytest.mark.parametrize(
    ("transformer", "expected"),
    [
        (SignalEntropy, [np.nan, 0, np.nan, np.nan, np.nan]),
        (FractalDimension, [np.nan, 1, np.nan]),
        (Hjorth, [0, np.nan, np.nan]),
    ],
)
def test_values_of_a_constant_window(transformer, expected):
    X = np.full((1, 1, 128), 0.1)
    with pytest.warns(UserWarning, match="NaN"):
        out = transformer(window=None).fit_transform(X)
    assert_array_equal(out.ravel(), expected)


@pytest.mark.parametrize(
    ("transformer", "message"),
    [
        (SignalEntropy(measures="shannon"), "unknown names.*shannon.*spectral"),
        (SignalEntropy(measures=["svd", "svd"]), "different names"),
        (SignalEntropy(measures=[]), "different names"),
        (SignalEntropy(band=(1.0, 70.0)), r"band is \(1.0, 70.0\).*64 Hz"),
        (SignalEntropy(band=(9.1, 9.4)), "fewer than two frequencies"),
        (FractalDimension(window=0.125), "at least 20 time points"),
        (SignalStatistics(window=0.0625), "at least 11 time points"),
        (Hjorth(window=3 / 128), "at least 4 time points"),
    ],
)
def test_parameters_that_do_not_fit(transformer, message):
    with pytest.raises(ValueError, match=message):
        transformer.fit(noise(2, 2, 256))


def test_names():
    X = noise(2, 2, 256)
    names = FractalDimension(window=1.0).fit(X).get_feature_names_out(["Cz", "Pz"])
    assert names[:3].tolist() == ["w0_higuchi_Cz", "w0_higuchi_Pz", "w0_petrosian_Cz"]
    assert len(names) == 2 * 3 * 2
