"""Filters on sines and steps whose output is known, and on scipy's terms."""

import tracemalloc

import numpy as np
import pytest
import pywt
import scipy.signal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from sklearn_emotion import (
    AverageReference,
    BandpassFilter,
    NotchFilter,
    Resampler,
    WaveletDenoiser,
)

SFREQ = 128.0
FILTERS = [
    AverageReference(),
    BandpassFilter(),
    NotchFilter(),
    Resampler(),
    WaveletDenoiser(),
]
every_filter = pytest.mark.parametrize("filt", FILTERS, ids=lambda f: type(f).__name__)


def sine(frequency, seconds=10.0, sfreq=SFREQ, phase=0.0):
    t = np.arange(round(seconds * sfreq)) / sfreq
    return np.sin(2 * np.pi * frequency * t + phase)


def inside(x, seconds=2.0, sfreq=SFREQ):
    edge = int(seconds * sfreq)
    return x[..., edge:-edge]


@pytest.fixture
def X():
    return np.random.default_rng(0).standard_normal((5, 3, 700)).astype(np.float32)


def test_average_reference_leaves_no_common_part_and_differences_alone(X):
    out = AverageReference().fit_transform(X + 100)
    np.testing.assert_allclose(out.sum(axis=1), 0, atol=1e-4)
    np.testing.assert_allclose(out[:, 0] - out[:, 2], X[:, 0] - X[:, 2], atol=1e-4)


@pytest.mark.parametrize(
    ("params", "frequency", "gain"),
    [
        ({"low": 8.0, "high": 13.0}, 10.0, 1.0),
        ({"low": 8.0, "high": 13.0}, 8.0, 0.5),  # -3 dB twice is half the amplitude
        ({"low": 8.0, "high": 13.0}, 2.0, 0.0),
        ({"low": 8.0, "high": 13.0}, 30.0, 0.0),
        ({"low": None, "high": 20.0}, 5.0, 1.0),
        ({"low": None, "high": 20.0}, 20.0, 0.5),
        ({"low": None, "high": 20.0}, 50.0, 0.0),
        ({"low": 20.0, "high": None}, 50.0, 1.0),
        ({"low": 20.0, "high": None}, 5.0, 0.0),
    ],
)
def test_band_pass_scales_a_sine_and_does_not_shift_it(params, frequency, gain):
    x = sine(frequency, phase=0.3)
    y = BandpassFilter(**params).fit_transform(x[None, None])[0, 0]
    np.testing.assert_allclose(inside(y), gain * inside(x), atol=5e-3)


def test_band_pass_is_scipys_forward_backward_filter(X):
    sos = scipy.signal.butter(3, (4.0, 45.0), "bandpass", fs=SFREQ, output="sos")
    np.testing.assert_allclose(
        BandpassFilter(order=3).fit_transform(X),
        scipy.signal.sosfiltfilt(sos, X.astype(float)),
        atol=1e-5,
    )


def test_notch_removes_mains_and_its_harmonic_and_nothing_else():
    x = sine(50, sfreq=256) + sine(100, sfreq=256) + sine(40, sfreq=256, phase=1)
    notch = NotchFilter(sfreq=256.0, freqs=[50.0, 100.0])
    y = notch.fit_transform(x[None, None])[0, 0]
    kept = inside(sine(40, sfreq=256, phase=1), sfreq=256)
    np.testing.assert_allclose(inside(y, sfreq=256), kept, atol=0.01)


def test_notch_halves_the_amplitude_at_the_edge_of_its_width():
    # Width 50 / 25 = 2 Hz: -3 dB at about 49 and 51 Hz, twice.
    x = sine(51)
    y = NotchFilter(quality=25.0).fit_transform(x[None, None])[0, 0]
    assert inside(y).std() / inside(x).std() == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(
    ("old", "new"), [(500, 128), (256, 128), (128, 200), (250, 128)]
)
def test_resampling_a_sine_gives_the_sine_at_the_new_times(old, new):
    # 0.85 of the lower Nyquist frequency is within the pass band.
    frequency = 0.85 * min(old, new) / 2
    y = Resampler(sfreq=old, new_sfreq=new).fit_transform(
        sine(frequency, sfreq=old, phase=0.4)[None, None]
    )[0, 0]
    expected = sine(frequency, sfreq=new, phase=0.4)
    assert y.shape == expected.shape
    np.testing.assert_allclose(inside(y, 1, new), inside(expected, 1, new), atol=1e-3)


@pytest.mark.parametrize("frequency", [64.5, 70.0, 110.0, 200.0])
def test_resampling_removes_what_would_fold_into_the_band(frequency):
    x = sine(frequency, sfreq=500)
    y = Resampler(sfreq=500.0, new_sfreq=128.0).fit_transform(x[None, None])[0, 0]
    assert np.abs(inside(y)).max() < 3e-4
    naive = x[::4]
    assert np.abs(naive).max() > 0.9


def test_resampling_keeps_constants_and_straight_lines_up_to_the_ends():
    line = np.linspace(-3, 5, 1000)
    X = np.stack([np.full(1000, 4000.0), line])[None]
    y = Resampler(sfreq=500.0, new_sfreq=128.0).fit_transform(X)[0]
    np.testing.assert_array_equal(y[0], 4000.0)
    slope = (line[1] - line[0]) * 500 / 128
    np.testing.assert_allclose(y[1], -3 + slope * np.arange(256), atol=1e-3)


def test_resampling_to_the_same_rate_changes_nothing(X):
    same = Resampler(sfreq=128.0, new_sfreq=128.0).fit_transform(X)
    np.testing.assert_array_equal(same, X)


@pytest.mark.parametrize(("n_times", "expected"), [(1, 1), (5, 2), (1001, 257)])
def test_resampled_length_is_that_of_the_duration_rounded_up(n_times, expected):
    X = np.ones((1, 1, n_times))
    out = Resampler(sfreq=500.0, new_sfreq=128.0).fit_transform(X)
    np.testing.assert_array_equal(out, np.ones((1, 1, expected)))


def test_wavelet_threshold_of_one_haar_level_by_hand():
    # Pairs (5, 3) and (9, 1): details (5-3)/√2 = 1.414, (9-1)/√2 = 5.657; their median
    # magnitude 3.536 over 0.6745, times sqrt(2 ln 4) = 1.665, is 8.73: all details go.
    denoiser = WaveletDenoiser(wavelet="haar", level=1)
    x = np.array([[[5.0, 3.0, 9.0, 1.0]]])
    np.testing.assert_allclose(denoiser.fit_transform(x)[0, 0], [4, 4, 5, 5], rtol=1e-6)
    # A tenth of it leaves 5.657 - 0.873 = 4.784 and 1.414 - 0.873 = 0.541.
    y = denoiser.set_params(strength=0.1).fit_transform(x)[0, 0]
    half = np.array([0.541, 4.784]) / np.sqrt(2)
    expected = [4 + half[0], 4 - half[0], 5 + half[1], 5 - half[1]]
    np.testing.assert_allclose(y, expected, atol=1e-3)


@pytest.mark.parametrize("noise", ["finest", "level"])
def test_wavelet_shrinkage_is_that_of_pywavelets(X, noise):
    def reference(x):
        approximation, *details = pywt.wavedec(x.astype(float), "db4", level=3)
        sigma = np.median(np.abs(details[-1])) / 0.6744897501960817
        out = [approximation]
        for d in details:
            if noise == "level":
                sigma = np.median(np.abs(d)) / 0.6744897501960817
            limit = sigma * np.sqrt(2 * np.log(len(x)))
            out.append(pywt.threshold(d, limit, mode="soft"))
        return pywt.waverec(out, "db4")[: len(x)]

    expected = np.array([[reference(x) for x in sample] for sample in X])
    denoiser = WaveletDenoiser(level=3, noise=noise)
    np.testing.assert_allclose(denoiser.fit_transform(X), expected, atol=1e-5)


def test_wavelet_shrinkage_of_strength_zero_gives_the_signal_back(X):
    out = WaveletDenoiser(strength=0.0, level=None).fit_transform(X[..., :699])
    np.testing.assert_allclose(out, X[..., :699], atol=1e-5)


@every_filter
def test_output_is_float32_and_independent_of_batch_block_and_threads(
    filt, X, monkeypatch
):
    out = clone(filt).fit_transform(X)
    assert out.dtype == np.float32
    one_by_one = np.concatenate([clone(filt).fit_transform(x[None]) for x in X])
    np.testing.assert_array_equal(one_by_one, out)
    np.testing.assert_array_equal(
        clone(filt).set_params(n_jobs=2).fit_transform(X), out
    )
    monkeypatch.setattr("sklearn_emotion.preprocessing._signals._BLOCK_BYTES", 1)
    np.testing.assert_array_equal(clone(filt).fit_transform(X), out)


@every_filter
def test_permuting_channels_permutes_and_doubling_doubles(filt, X):
    out = clone(filt).fit_transform(X)
    np.testing.assert_allclose(
        clone(filt).fit_transform(X[:, [2, 0, 1]]), out[:, [2, 0, 1]], atol=1e-6
    )
    np.testing.assert_allclose(clone(filt).fit_transform(2 * X), 2 * out, atol=1e-5)


@every_filter
def test_memory_maps_integers_and_strided_input_are_taken(filt, X, tmp_path):
    whole = np.round(100 * X)
    expected = clone(filt).fit_transform(whole)
    np.save(tmp_path / "X.npy", whole)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    np.testing.assert_array_equal(clone(filt).fit_transform(mapped), expected)
    integers = whole.astype(np.int16)
    np.testing.assert_array_equal(clone(filt).fit_transform(integers), expected)
    strided = np.repeat(whole, 2, axis=2)[:, :, ::2]
    np.testing.assert_array_equal(clone(filt).fit_transform(strided), expected)


@every_filter
def test_extra_memory_stays_below_64_megabytes(filt):
    X = np.zeros((60, 32, 2560), dtype=np.float32)
    X[:] = np.sin(np.arange(2560))
    tracemalloc.start()
    out = clone(filt).fit_transform(X)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak - out.nbytes < 64e6


@every_filter
def test_names_say_channel_and_time_point(filt, X):
    est = clone(filt)
    with pytest.raises(NotFittedError, match=type(filt).__name__):
        est.get_feature_names_out()
    size = est.fit(X).transform(X)[0].size
    names = est.get_feature_names_out(["Fz", "Cz", "Pz"])
    assert len(names) == size
    assert names[-1] == f"Pz_t{size // 3 - 1}"
    assert est.get_feature_names_out()[0] == "ch0_t0"
    assert list(est.get_feature_names_out(names)) == list(names)
    with pytest.raises(ValueError, match=r"3 channels or all .* got 2"):
        est.get_feature_names_out(["a", "b"])


@pytest.mark.parametrize(
    ("filt", "match"),
    [
        (BandpassFilter(low=40.0, high=8.0), r"low=40.0 to high=8.0.*64.0 Hz"),
        (BandpassFilter(high=64.0), r"high=64.0 Hz must satisfy"),
        (BandpassFilter(low=None, high=None), "needs low, high or both"),
        (BandpassFilter(low=-1.0), "low"),
        (BandpassFilter(order=200), "too short for a filter of order 200"),
        (NotchFilter(freqs=64.0), r"between 0 and 64.0 Hz.*\[64.0\]"),
        (NotchFilter(freqs=[]), "got none"),
        (Resampler(sfreq=512.03, new_sfreq=128.0), "no ratio of whole numbers"),
        (WaveletDenoiser(wavelet="db99"), "'db99' is no discrete wavelet"),
        (WaveletDenoiser(level=12), "700 time points allow 6 levels of 'db4'"),
    ],
    ids=lambda v: None if isinstance(v, str) else type(v).__name__,
)
def test_bad_parameters_are_named_in_the_users_units(filt, match, X):
    with pytest.raises(ValueError, match=match):
        clone(filt).fit(X)


@pytest.mark.parametrize(
    ("filt", "n_times"), [(BandpassFilter(), 34), (BandpassFilter(low=None), 19)]
)
def test_the_shortest_sample_that_can_be_filtered_is_known(filt, n_times):
    X = np.ones((1, 1, n_times))
    assert clone(filt).fit_transform(X).shape == X.shape
    with pytest.raises(ValueError, match=rf"\({n_times} time points\)"):
        clone(filt).fit(X[..., 1:])
