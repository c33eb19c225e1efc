"""Entropy and power in bands: numbers worked out by hand, laws, and SciPy."""

import threading
import tracemalloc
import warnings

import numpy as np
import pytest
import torch
from _threads import on_main_and_other_threads
from scipy.signal import butter, sosfiltfilt, welch
from threadpoolctl import ThreadpoolController

from sklearn_emotion import BandPower, DifferentialEntropy, Modalities
from sklearn_emotion.features import band_power, differential_entropy
from sklearn_emotion.features._chunks import one_blas_thread
from sklearn_emotion.features._operators import Band, bandpass, fft_operator

SFREQ = 128.0
BANDS = {
    "theta": (4.0, 7.0),
    "alpha": (8.0, 13.0),
    "beta": (14.0, 30.0),
    "gamma": (31.0, 50.0),
}
FAST = ["gemm", "fft"]
# 0.5 * ln(2 * pi * e), worked out with bc to 20 digits.
UNIT = 1.4189385332046727418
# 0.5 * ln(2 * pi * e * 2**-126): the smallest normal float32 variance.
FLOOR = -42.249335


def entropy_by_definition(X, window, bands=BANDS, sfreq=SFREQ, order=5):
    """Filter the whole sample, cut it into windows, take the logarithm."""
    n_windows = X.shape[-1] // window
    h = np.empty((len(X), n_windows, len(bands), X.shape[1]))
    for b, edges in enumerate(bands.values()):
        sos = butter(order, edges, "bandpass", fs=sfreq, output="sos")
        y = sosfiltfilt(sos, X.astype(np.float64))
        y = y[..., : n_windows * window].reshape(*X.shape[:2], n_windows, window)
        h[:, :, b] = 0.5 * np.log(2 * np.pi * np.e * y.var(-1)).swapaxes(1, 2)
    return h


def power_by_welch(X, window, segment, bands, sfreq=SFREQ):
    n_windows = X.shape[-1] // window
    cut = X[..., : n_windows * window].astype(np.float64)
    cut = cut.reshape(*X.shape[:2], n_windows, window)
    f, density = welch(cut, fs=sfreq, nperseg=segment)
    inside = [(f >= low) & (f < high) for low, high in bands.values()]
    power = np.stack([density[..., k].sum(-1) * f[1] for k in inside], axis=2)
    return power.swapaxes(1, 3), density.sum(-1) * f[1]


def pink(*shape, seed=0):
    """Noise with a 1/f spectrum from 0.5 Hz on, of variance about 100."""
    rng = np.random.default_rng(seed)
    f = np.fft.rfftfreq(shape[-1], 1 / SFREQ)
    spectrum = np.fft.rfft(rng.standard_normal(shape)) / np.sqrt(np.maximum(f, 0.5))
    x = np.fft.irfft(spectrum, shape[-1])
    return (10 * x / x.std()).astype(np.float32)


def brown(*shape, seed=0):
    """Noise with a 1/f² spectrum: little power where gamma is."""
    return pink(*shape, seed=seed).cumsum(axis=-1)


def sine(frequency, amplitude, n_times):
    t = np.arange(n_times) / SFREQ
    return amplitude * np.sin(2 * np.pi * frequency * t)[None, None]


class TestEntropyNumbers:
    @pytest.mark.parametrize("method", ["gemm", "fft", "sosfiltfilt"])
    def test_a_sine_has_the_entropy_of_half_its_squared_amplitude(self, method):
        # 10 Hz: 5 whole periods in 0.5 s; 0.5 * ln(2 * pi * e * 3**2 / 2).
        h = differential_entropy(sine(10, 3.0, 1280), window=0.5, method=method)
        middle = h[0, 5:15, 1, 0]
        np.testing.assert_allclose(middle, UNIT + 0.5 * np.log(4.5), atol=2e-3)

    def test_white_noise_has_the_share_of_its_band(self):
        # A band of 16 of 64 Hz passes 1/4 of the variance: the filter's noise
        # bandwidth differs from its width at -3 dB by 1 % at this order.
        X = 2 * np.random.default_rng(0).standard_normal((4, 8, 7680))
        h = differential_entropy(X, bands={"beta": (14, 30)}, window=None)
        assert h.mean() == pytest.approx(UNIT + 0.5 * np.log(4 * 0.25), abs=0.05)

    def test_a_constant_channel_gives_the_floor_and_a_warning_with_its_index(self):
        X = pink(3, 4, 256)
        X[1, 2] = 7.0
        for method in ["auto", "fft", "sosfiltfilt"]:
            with pytest.warns(UserWarning, match=r"\[2\] are constant in 1 of 3 samp"):
                h = differential_entropy(X, method=method)
            np.testing.assert_allclose(h[1, :, :, 2], FLOOR, rtol=1e-6)
            assert np.isfinite(h).all()
            assert (np.delete(h, 2, axis=-1) > -10).all()

    def test_silence_is_constant_too(self):
        with pytest.warns(UserWarning, match=r"\[0\] are constant"):
            h = differential_entropy(np.zeros((1, 1, 256), np.float32))
        np.testing.assert_allclose(h, FLOOR, rtol=1e-6)


class TestEntropyAgainstTheDefinition:
    @pytest.mark.parametrize("window", [64, 128, 256])
    @pytest.mark.parametrize("method", ["auto", *FAST])
    @pytest.mark.parametrize("noise", [pink, brown])
    def test_two_second_samples_agree_to_1e_4_nats(self, method, window, noise):
        X = noise(6, 5, 256)
        h = differential_entropy(X, window=window / SFREQ, method=method)
        assert h.dtype == np.float32
        np.testing.assert_allclose(
            h, entropy_by_definition(X, window), rtol=0, atol=1e-4
        )

    @pytest.mark.parametrize("n_times", [34, 64, 65, 100, 128, 300, 1000])
    @pytest.mark.parametrize("method", FAST)
    def test_samples_of_any_length_agree_at_both_edges(self, method, n_times):
        X = pink(4, 3, n_times)
        h = differential_entropy(X, window=32 / SFREQ, method=method)
        np.testing.assert_allclose(h, entropy_by_definition(X, 32), rtol=0, atol=1e-4)

    @pytest.mark.parametrize("noise", [pink, brown])
    @pytest.mark.parametrize("window", [64, 256])
    def test_a_minute_agrees_to_1e_4_nats_to_its_first_and_last_window(
        self, noise, window
    ):
        X = noise(2, 3, 7680)
        h = differential_entropy(X, window=window / SFREQ)
        np.testing.assert_allclose(
            h, entropy_by_definition(X, window), rtol=0, atol=1e-4
        )

    @pytest.mark.parametrize("order", [1, 2, 4, 8])
    @pytest.mark.parametrize("method", FAST)
    def test_every_order_agrees(self, method, order):
        X = pink(2, 3, 512)
        h = differential_entropy(X, order=order, method=method)
        expected = entropy_by_definition(X, 64, order=order)
        np.testing.assert_allclose(h, expected, rtol=0, atol=1e-4)

    @pytest.mark.parametrize(
        ("sfreq", "bands"),
        [
            (500.0, {"alpha": (8.0, 13.0), "gamma": (31.0, 50.0)}),
            (128.0, {"delta": (0.5, 4.0), "all": (1.0, 63.0)}),
            (256.0, {"narrow": (9.8, 10.2)}),
        ],
    )
    @pytest.mark.parametrize("method", FAST)
    def test_other_rates_and_bands_agree(self, method, sfreq, bands):
        X = pink(2, 3, 1000)
        window = int(sfreq / 4)
        h = differential_entropy(X, sfreq, bands=bands, window=0.25, method=method)
        expected = entropy_by_definition(X, window, bands, sfreq)
        np.testing.assert_allclose(h, expected, rtol=0, atol=1e-4)

    @pytest.mark.parametrize("n_times", [256, 7680])
    @pytest.mark.parametrize("offset", [1e4, -1e6])
    def test_a_large_offset_costs_no_digits(self, offset, n_times):
        # The offset of a BioSemi amplifier; the float32 input itself is exact.
        X = np.round(pink(2, 3, n_times)) + np.float32(offset)
        h = differential_entropy(X)
        np.testing.assert_allclose(h, entropy_by_definition(X, 64), rtol=0, atol=1e-4)

    @pytest.mark.parametrize("n_times", [256, 7680])
    def test_a_weak_band_beside_strong_mains_is_exact(self, n_times):
        X = 1e-3 * pink(2, 3, n_times) + sine(60, 50.0, n_times).astype(np.float32)
        np.testing.assert_allclose(
            differential_entropy(X), entropy_by_definition(X, 64), rtol=0, atol=1e-4
        )

    @pytest.mark.parametrize("scale", [1e-15, 1e-6, 1e15])
    @pytest.mark.parametrize("n_times", [256, 7680])
    def test_any_unit_will_do(self, scale, n_times):
        X = pink(2, 3, n_times) * np.float32(scale)
        np.testing.assert_allclose(
            differential_entropy(X), entropy_by_definition(X, 64), rtol=0, atol=1e-4
        )

    def test_filtering_by_fft_is_sosfiltfilt_to_the_last_digit(self):
        """The rank-10 correction of the right edge is exact, not an approximation."""
        band, x = Band(4.0, 7.0, 5, SFREQ), brown(1, 1, 700)[0].astype(np.float64)
        operator = fft_operator((band,), 700, "float64")
        pad = operator.pad
        odd = np.pad(x, ((0, 0), (pad, pad)), "reflect", reflect_type="odd")
        u = np.zeros((1, operator.n_fft))
        u[:, : odd.shape[1]] = odd - odd[:, :1]
        y = np.fft.irfft(np.fft.rfft(u) * operator.gains[0], operator.n_fft)
        y = y[:, pad : pad + 700]
        outputs, inputs = operator.edges[0]
        last = u[:, odd.shape[1] - len(inputs) : odd.shape[1]]
        y[:, 700 - outputs.shape[1] :] += last @ inputs @ outputs
        expected = sosfiltfilt(bandpass(band), x)
        np.testing.assert_allclose(y, expected, rtol=0, atol=1e-10 * x.std())

    def test_real_recordings_agree(self, data_home):
        import mne

        raw = mne.io.read_raw_edf(
            data_home / "eegmat" / "Subject00_1.edf", preload=True, verbose="error"
        )
        x = 1e6 * raw.get_data()[None, :19, : 60 * 500]
        for X in (x, x[..., :1000]):
            h = differential_entropy(X, 500.0)
            expected = entropy_by_definition(X, 250, sfreq=500.0)
            np.testing.assert_allclose(h, expected, rtol=0, atol=1e-4)


class TestPowerNumbers:
    def test_a_sine_has_half_its_squared_amplitude_in_its_band(self):
        # 10 Hz is a bin of a 3-s segment; the taper puts 1/6 in each neighbour, so
        # that slow alpha, which ends below 10 Hz, has one sixth.
        p = band_power(sine(10, 3.0, 384))[0, 0, :, 0]
        np.testing.assert_allclose(p, [0, 4.5 / 6, 4.5, 0, 0], atol=1e-5)

    def test_white_noise_has_its_variance_times_the_share_of_bins(self):
        # Bins of 1 Hz: 8 of 64 in 8-16 Hz, and sigma² = 4.
        X = 2 * np.random.default_rng(0).standard_normal((20, 16, 1280))
        p = band_power(X, bands={"b": (8, 16)}, window=10.0, segment=1.0)
        assert p.mean() == pytest.approx(4 * 8 / 64, rel=0.01)

    def test_bands_that_tile_the_spectrum_share_out_the_whole(self):
        # Powers 1/2, 4/2 and 9/2, in bins of their own: 1, 4 and 9 parts of 14.
        X = sum(sine(f, a, 384) for f, a in [(10, 1), (25, 2), (50, 3)])
        bands = {"low": (4, 20), "middle": (20, 40), "high": (40, 63)}
        shares = band_power(X, bands=bands, relative=True)[0, 0, :, 0]
        np.testing.assert_allclose(shares, [1 / 14, 4 / 14, 9 / 14], rtol=1e-5)

    def test_log_is_the_natural_logarithm(self):
        X = pink(2, 3, 768)
        np.testing.assert_allclose(
            band_power(X, log=True), np.log(band_power(X)), rtol=1e-5, atol=1e-6
        )

    def test_a_constant_channel_has_no_power_and_gives_a_warning(self):
        X = pink(2, 3, 384)
        X[0, 1] = 1e4
        for options, value in [
            ({}, 0),
            ({"relative": True}, 0),
            ({"log": True}, -87.34),
        ]:
            with pytest.warns(UserWarning, match=r"\[1\] are constant in 1 of 2"):
                p = band_power(X, **options)
            np.testing.assert_allclose(p[0, :, :, 1], value, rtol=1e-3)
            assert np.isfinite(p).all()


class TestPowerAgainstWelch:
    BANDS = {"theta": (4, 8), "slow": (8, 10), "alpha": (8, 12), "gamma": (30, 45)}

    @pytest.mark.parametrize("noise", [pink, brown])
    @pytest.mark.parametrize(("window", "segment"), [(384, 384), (384, 128), (100, 75)])
    def test_it_agrees_to_1e_5(self, noise, window, segment):
        X = noise(3, 4, 1000)
        expected, whole = power_by_welch(X, window, segment, self.BANDS)
        options = {
            "bands": self.BANDS,
            "window": window / SFREQ,
            "segment": segment / SFREQ,
        }
        np.testing.assert_allclose(band_power(X, **options), expected, rtol=1e-5)
        np.testing.assert_allclose(
            band_power(X, relative=True, **options),
            expected / whole.swapaxes(1, 2)[:, :, None],
            rtol=1e-5,
        )

    def test_a_large_offset_costs_no_digits(self):
        X = np.round(pink(2, 3, 768)) + np.float32(1e4)
        expected, _ = power_by_welch(X, 384, 384, self.BANDS)
        np.testing.assert_allclose(band_power(X, bands=self.BANDS), expected, rtol=1e-5)

    def test_a_weak_band_beside_strong_mains_is_exact(self):
        X = 1e-3 * pink(2, 3, 384) + sine(60, 50.0, 384).astype(np.float32)
        expected, _ = power_by_welch(X, 384, 384, self.BANDS)
        np.testing.assert_allclose(band_power(X, bands=self.BANDS), expected, rtol=1e-5)

    def test_the_lowest_bins_are_those_of_the_centred_segment(self):
        X = pink(2, 3, 384) + np.float32(50)
        bands = {"low": (0.2, 1.0)}
        expected, _ = power_by_welch(X, 384, 384, bands)
        np.testing.assert_allclose(band_power(X, bands=bands), expected, rtol=1e-5)


BOTH = pytest.mark.parametrize(
    "transformer",
    [DifferentialEntropy(), DifferentialEntropy(method="fft"), BandPower(log=True)],
    ids=["gemm", "fft", "welch"],
)


class TestLaws:
    @BOTH
    @pytest.mark.parametrize("scale", [1e-6, 7.0, 1e6])
    def test_scaling_adds_the_logarithm_of_the_scale(self, transformer, scale):
        X = pink(3, 4, 384)
        shift = np.log(scale) * (2 if isinstance(transformer, BandPower) else 1)
        np.testing.assert_allclose(
            transformer.transform(X * np.float32(scale)),
            transformer.transform(X) + np.float32(shift),
            rtol=0,
            atol=2e-5,
        )

    @BOTH
    def test_permuting_channels_permutes_the_output(self, transformer):
        X = pink(3, 6, 384)
        order = [3, 1, 5, 0, 2, 4]
        np.testing.assert_allclose(
            transformer.transform(X[:, order]),
            transformer.transform(X)[..., order],
            rtol=1e-5,
            atol=1e-6,
        )

    @BOTH
    def test_a_batch_is_its_samples_one_by_one(self, transformer):
        X = pink(40, 3, 384)
        one_by_one = [transformer.transform(x[None]) for x in X]
        np.testing.assert_allclose(
            transformer.transform(X), np.concatenate(one_by_one), rtol=1e-5, atol=1e-6
        )

    @BOTH
    @pytest.mark.parametrize("chunk", [1_000, 50_000, 10**9])
    def test_the_size_of_a_chunk_changes_nothing(self, transformer, chunk, monkeypatch):
        X = pink(40, 3, 384)
        before = transformer.transform(X)
        monkeypatch.setattr("sklearn_emotion.features._chunks.CHUNK_BYTES", chunk)
        np.testing.assert_allclose(
            transformer.transform(X), before, rtol=1e-5, atol=1e-6
        )

    @BOTH
    def test_threads_change_nothing(self, transformer):
        X = pink(300, 4, 384)
        two = type(transformer)(**{**transformer.get_params(), "n_jobs": 2})
        np.testing.assert_array_equal(two.transform(X), transformer.transform(X))

    @BOTH
    def test_calls_from_several_threads_do_not_disturb_each_other(self, transformer):
        inputs = [pink(40, 4, 384, seed=seed) for seed in range(4)]
        found = [None] * 4

        def work(k):
            found[k] = transformer.transform(inputs[k])

        # Products of large matrices depend on the number of threads of BLAS.
        with ThreadpoolController().limit(limits=2, user_api="blas"):
            expected = [transformer.transform(X) for X in inputs]
            threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        np.testing.assert_array_equal(found, expected)

    @pytest.mark.parametrize("method", FAST)
    def test_the_number_of_blas_threads_changes_nothing(self, method):
        # BLAS divides the longest sums in another way if it has two threads.
        X = pink(100, 4, 1200)
        found = on_main_and_other_threads(
            lambda: differential_entropy(X, method=method)
        )
        for other in found[1:]:
            np.testing.assert_array_equal(other, found[0])

    def test_sosfiltfilt_is_the_same_to_the_bit_in_any_batch(self):
        X = pink(5, 3, 256)
        transformer = DifferentialEntropy(method="sosfiltfilt")
        together = transformer.transform(X)
        for k in range(5):
            np.testing.assert_array_equal(
                transformer.transform(X[k : k + 1])[0], together[k]
            )
        np.testing.assert_allclose(
            together, entropy_by_definition(X, 64), rtol=0, atol=1e-5
        )


class TestInputs:
    @BOTH
    def test_integers_read_only_and_strided_arrays_and_memory_maps(
        self, transformer, tmp_path
    ):
        whole = np.round(pink(6, 4, 768))
        X = whole[::2, 1:, ::2]
        expected = transformer.transform(np.ascontiguousarray(X))
        np.save(tmp_path / "X.npy", X)
        frozen = X.copy()
        frozen.flags.writeable = False
        for same in (
            X,
            frozen,
            np.asfortranarray(X),
            X.astype(np.int16),
            X.astype(np.int64),
            X.astype(np.float64),
            np.load(tmp_path / "X.npy", mmap_mode="r"),
            Modalities(eeg=X),
            X.tolist(),
        ):
            found = transformer.transform(same)
            assert found.dtype == np.float32
            np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)

    @pytest.mark.parametrize("function", [differential_entropy, band_power])
    @pytest.mark.parametrize("n_times", [384, 5000])
    def test_tensors_stay_tensors(self, function, n_times):
        X = pink(4, 3, n_times)
        X[0, 0] *= 1e-3
        expected = function(X)
        for dtype in (torch.float32, torch.float64):
            found = function(torch.from_numpy(X).to(dtype))
            assert isinstance(found, torch.Tensor)
            assert found.dtype == torch.float32
            np.testing.assert_allclose(found.numpy(), expected, rtol=1e-5, atol=2e-5)

    def test_tensors_may_take_every_method_and_be_constant(self):
        X = torch.from_numpy(pink(2, 3, 256))
        X[1, 1] = 3.0
        for method in ("gemm", "fft", "sosfiltfilt"):
            with pytest.warns(UserWarning, match=r"\[1\] are constant"):
                h = differential_entropy(X, method=method)
            np.testing.assert_allclose(h[1, :, :, 1].numpy(), FLOOR, rtol=1e-6)

    @pytest.mark.parametrize("function", [differential_entropy, band_power])
    def test_an_empty_batch_gives_an_empty_result(self, function):
        found = function(np.empty((0, 3, 384), np.float32))
        assert found.shape[0] == 0
        assert found.shape[3] == 3

    @pytest.mark.parametrize("n_times", [256, 7680])
    @pytest.mark.parametrize("function", [differential_entropy, band_power])
    def test_memory_stays_under_64_mb_however_many_samples(self, function, n_times):
        X = np.broadcast_to(pink(1, 32, n_times), (400_000 // n_times, 32, n_times))
        options = {"window": 0.5}
        output = function(X[:2], **options).nbytes / 2 * len(X)
        tracemalloc.start()
        function(X, **options)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak - output < 64e6

    def test_building_the_largest_operator_stays_under_64_mb(self):
        X = pink(1, 1, 1280)
        tracemalloc.start()
        differential_entropy(X, method="gemm")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 64e6


class TestNames:
    def test_names_follow_windows_bands_and_channels(self):
        entropy = DifferentialEntropy(window=1.0).fit(pink(2, 2, 300))
        names = entropy.get_feature_names_out(["Fp1", "O2"])
        assert names[:3].tolist() == ["w0_theta_Fp1", "w0_theta_O2", "w0_alpha_Fp1"]
        assert names[-1] == "w1_gamma_O2"
        assert len(names) == entropy.transform(pink(1, 2, 300)).size
        power = BandPower(window=1.0).fit(pink(2, 2, 300))
        assert power.get_feature_names_out()[2] == "w0_slow_alpha_ch0"

    def test_another_number_of_names_is_an_error(self):
        entropy = DifferentialEntropy().fit(pink(2, 2, 300))
        with pytest.raises(ValueError, match=r"2 channels or all 600 .* got 3"):
            entropy.get_feature_names_out(["a", "b", "c"])


class TestErrors:
    def test_a_sample_too_short_for_the_padding_is_named_with_what_it_needs(self):
        with pytest.raises(ValueError, match=r"0.25 s .*order 5.*0.265625 s \(34"):
            DifferentialEntropy(window=0.25).fit(pink(1, 1, 32))

    def test_a_rate_too_low_for_a_band_is_named(self):
        with pytest.raises(ValueError, match=r"'gamma'.*50.0 Hz \(half of sfreq=100"):
            DifferentialEntropy(sfreq=100.0).fit(pink(1, 1, 256))

    @BOTH
    def test_a_window_longer_than_the_sample_is_named(self, transformer):
        longer = type(transformer)(window=4.0)
        with pytest.raises(ValueError, match=r"window=4.0 s is longer than .* 2 s"):
            longer.fit(pink(1, 1, 256))

    def test_a_window_of_no_whole_number_of_samples_is_named(self):
        with pytest.raises(ValueError, match=r"the nearest is window=0.296875 s"):
            DifferentialEntropy(window=0.3).fit(pink(1, 1, 256))

    @pytest.mark.parametrize("value", [np.nan, np.inf])
    @pytest.mark.parametrize("method", ["gemm", "fft", "sosfiltfilt"])
    def test_nan_and_infinity_are_errors_of_the_functions_too(self, method, value):
        X = pink(2, 3, 384)
        X[1, 1, 5] = value
        with pytest.raises(ValueError, match="NaN or infinity"):
            differential_entropy(X, method=method)
        with pytest.raises(ValueError, match="NaN or infinity"):
            band_power(X)

    @pytest.mark.parametrize("function", [differential_entropy, band_power])
    def test_another_number_of_dimensions_is_named(self, function):
        with pytest.raises(
            ValueError, match=r"\(n_samples, n_channels, n_times\), got"
        ):
            function(pink(3, 384))

    @BOTH
    def test_another_number_of_channels_is_named(self, transformer):
        transformer = type(transformer)().fit(pink(2, 3, 384))
        with pytest.raises(ValueError, match=r"X has 2 channels.*expects 3"):
            transformer.transform(pink(2, 2, 384))

    def test_gemm_refuses_long_samples_and_says_what_to_take(self):
        with pytest.raises(ValueError, match=r"at most 1280 .*got 7680; method='fft'"):
            differential_entropy(pink(1, 1, 7680), method="gemm")

    def test_a_segment_longer_than_the_window_is_named(self):
        with pytest.raises(ValueError, match=r"segment=2.0 s .* window of 1 s"):
            BandPower(window=1.0, segment=2.0).fit(pink(1, 1, 256))

    def test_a_band_between_two_bins_is_named(self):
        power = BandPower(bands={"thin": (8.2, 8.6)}, window=1.0)
        with pytest.raises(ValueError, match=r"'thin'.*no frequency.* 1 Hz apart"):
            power.fit(pink(1, 1, 256))

    def test_good_data_warn_of_nothing(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            differential_entropy(pink(2, 2, 384))
            band_power(pink(2, 2, 384))


def test_blas_has_its_threads_back_after_overlapping_calls():
    blas = ThreadpoolController().select(user_api="blas")
    with blas.limit(limits=2):
        before = [library["num_threads"] for library in blas.info()]
        with one_blas_thread:
            with one_blas_thread:
                assert {library["num_threads"] for library in blas.info()} == {1}
            assert {library["num_threads"] for library in blas.info()} == {1}
        assert [library["num_threads"] for library in blas.info()] == before


def test_blas_has_one_thread_whichever_thread_asks_for_it():
    blas = ThreadpoolController().select(user_api="blas")
    seen = []

    def work():
        with one_blas_thread:
            seen.extend(library["num_threads"] for library in blas.info())

    with blas.limit(limits=2):
        before = [library["num_threads"] for library in blas.info()]
        for _ in range(2):
            other = threading.Thread(target=work)
            other.start()
            other.join()
        assert set(seen) == {1}
        assert [library["num_threads"] for library in blas.info()] == before
