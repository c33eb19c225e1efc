"""Images of the scalp: where things lie, what a colour means, and linearity."""

import warnings

import numpy as np
import pytest
from scipy.interpolate import CloughTocher2DInterpolator
from scipy.signal import butter, sosfiltfilt

from sklearn_emotion import BandImages
from sklearn_emotion.features._images import interpolation_matrix, scalp_positions
from sklearn_emotion.montage import MONTAGES

SFREQ = 128.0
DEAP = list(MONTAGES["deap32"])


def noise(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def draw(values, size=32):
    """Image of one value per channel."""
    pixels = np.asarray(values, np.float32) @ interpolation_matrix("deap32", size)
    return pixels.reshape(size, size)


class TestPositions:
    def test_the_top_of_the_head_is_in_the_middle(self):
        x, y = scalp_positions(["Cz"])[0]
        # The centre of the best sphere lies a little behind the electrode.
        assert abs(x) < 0.02
        assert 0 <= y < 0.1

    def test_left_is_left_and_front_is_in_front(self):
        x, y = scalp_positions(["T7", "T8", "Fpz", "Oz"]).T
        assert x[0] < -1 < 1 < x[1]
        assert y[3] < -1 < 1 < y[2]
        np.testing.assert_allclose(x[0], -x[1], atol=0.05)

    def test_the_distance_from_the_middle_is_the_angle_from_the_top(self):
        """The ear-to-ear arc is cut at 10 and 20 % steps, so that C3 is halfway."""
        t7, c3 = np.linalg.norm(scalp_positions(["T7", "C3"]), axis=1)
        assert c3 / t7 == pytest.approx(0.5, abs=0.05)

    def test_old_names_lie_where_the_new_ones_do(self):
        np.testing.assert_array_equal(
            scalp_positions(["T3", "t6"]), scalp_positions(["T7", "P8"])
        )

    def test_a_channel_without_a_position_is_named(self):
        with pytest.raises(ValueError, match=r"position for channels \['ECG', 'CB1'\]"):
            scalp_positions(["Cz", "ECG", "CB1"])


class TestInterpolation:
    def test_a_linear_field_is_drawn_exactly(self):
        """Clough–Tocher interpolation reproduces polynomials of first degree."""
        x, y = scalp_positions("deap32").T
        image = draw(1 + 2 * x - 3 * y)
        reach = max(np.abs(x).max(), np.abs(y).max())
        axis = np.linspace(-reach, reach, 32)
        expected = 1 + 2 * axis[None, :] - 3 * axis[::-1, None]
        inside = draw(np.ones(32)) > 0.5
        np.testing.assert_allclose(image[inside], expected[inside], atol=1e-4)

    def test_ones_give_one_inside_the_hull_and_zero_outside(self):
        image = draw(np.ones(32))
        inside = image > 0.5
        np.testing.assert_allclose(image[inside], 1, atol=1e-5)
        np.testing.assert_array_equal(image[~inside], 0)
        assert 0.5 < inside.mean() < 0.8
        assert not inside[[0, 0, -1, -1], [0, -1, 0, -1]].any()

    @pytest.mark.parametrize(
        ("channel", "row", "column"),
        [("Fp1", 0.0, 0.36), ("T8", 0.5, 0.96), ("Oz", 1.0, 0.5), ("Cz", 0.48, 0.5)],
    )
    def test_each_channel_lights_its_own_place(self, channel, row, column):
        values = np.array([name == channel for name in DEAP])
        peak = np.unravel_index(draw(values, 64).argmax(), (64, 64))
        np.testing.assert_allclose(np.array(peak) / 63, [row, column], atol=0.1)

    def test_the_matrix_does_what_the_interpolator_does_to_values(self):
        positions = scalp_positions("deap32")
        values = noise(32)
        reach = np.abs(positions).max()
        axis = np.linspace(-reach, reach, 16)
        interpolate = CloughTocher2DInterpolator(
            positions, values, fill_value=0, tol=1e-10, maxiter=1000
        )
        expected = interpolate(*np.meshgrid(axis, axis[::-1]))
        np.testing.assert_allclose(draw(values, 16), expected, atol=1e-5)

    def test_channels_on_a_line_are_named(self):
        with pytest.raises(ValueError, match=r"not lie on a line, got \['Fz', 'Cz'\]"):
            interpolation_matrix(["Fz", "Cz"], 8)


class TestBandImages:
    def test_a_sine_has_half_its_squared_amplitude_everywhere_in_its_band(self):
        t = np.arange(512) / SFREQ
        X = np.tile(4 * np.sin(2 * np.pi * 16 * t), (1, 32, 1))
        images = BandImages().transform(X)
        assert images.shape == (1, 32, 3, 32, 32)
        # 16 Hz: two whole periods in a frame of 125 ms.
        middle = images[0, 8:24, :, 16, 16]
        np.testing.assert_allclose(middle[:, 1], 8.0, rtol=5e-3)
        assert middle[:, [0, 2]].max() < 0.02

    @pytest.mark.parametrize("method", ["auto", "gemm", "fft", "sosfiltfilt"])
    def test_energy_is_the_mean_square_of_the_frame(self, method):
        X = noise(2, 32, 256)
        images = BandImages(size=8, method=method).transform(X)
        sos = butter(5, (13, 30), "bandpass", fs=SFREQ, output="sos")
        y = sosfiltfilt(sos, X.astype(float)).reshape(2, 32, 16, 16)
        energy = (y**2).mean(-1).swapaxes(1, 2)
        expected = energy @ interpolation_matrix("deap32", 8)
        np.testing.assert_allclose(
            images[:, :, 1].reshape(2, 16, 64), expected, rtol=0, atol=1e-5
        )

    @pytest.mark.parametrize("method", ["gemm", "fft", "sosfiltfilt"])
    def test_bounds_of_frames_are_rounded_to_samples(self, method):
        # 125 Hz / 8 = 15.625: frames begin at 0, 16, 31, 47, 63 (62.5, halves up), ...
        X = noise(1, 4, 200)
        names = ["F3", "F4", "P3", "P4"]
        images = BandImages(sfreq=125.0, ch_names=names, size=8, method=method)
        found = images.transform(X)
        assert found.shape[1] == 12  # floor(1.6 s * 8)
        sos = butter(5, (8, 13), "bandpass", fs=125.0, output="sos")
        y = sosfiltfilt(sos, X[0].astype(float))
        energy = (y[:, 47:63] ** 2).mean(-1)
        expected = energy @ interpolation_matrix(names, 8)
        np.testing.assert_allclose(found[0, 3, 0].ravel(), expected, atol=1e-5)

    def test_the_order_of_the_montage_decides(self):
        X = noise(1, 32, 256)
        order = [DEAP.index(name) for name in MONTAGES["biosemi32"]]
        np.testing.assert_allclose(
            BandImages(ch_names="biosemi32").transform(X[:, order]),
            BandImages(ch_names="deap32").transform(X),
            rtol=1e-4,
            atol=1e-5,
        )

    def test_batches_do_not_matter(self, monkeypatch):
        X = noise(7, 32, 256)
        before = BandImages(size=8).transform(X)
        monkeypatch.setattr("sklearn_emotion.features._images.BATCH_BYTES", 1)
        np.testing.assert_allclose(
            BandImages(size=8, n_jobs=2).transform(X), before, rtol=1e-5, atol=1e-6
        )

    def test_a_constant_channel_is_dark_and_named(self):
        X = noise(2, 32, 256)
        X[1, 5] = 3.0
        with pytest.warns(UserWarning, match=r"\[5\] are constant in 1 of 2 samples"):
            images = BandImages(size=8).transform(X)
        assert np.isfinite(images).all()

    def test_names_are_frames_bands_rows_and_columns(self):
        images = BandImages(size=4).fit(noise(1, 32, 128))
        names = images.get_feature_names_out()
        assert names[[0, 5, 16, -1]].tolist() == [
            "f0_alpha_r0c0",
            "f0_alpha_r1c1",
            "f0_beta_r0c0",
            "f7_theta_r3c3",
        ]
        assert len(names) == images.transform(noise(1, 32, 128)).size

    @pytest.mark.parametrize(
        ("options", "shape", "match"),
        [
            ({}, (1, 14, 256), r"X has 14 channels.*expects 32"),
            (
                {"frame_rate": 0.1},
                (1, 32, 256),
                r"2 s are shorter than a frame of 10 s",
            ),
            ({"frame_rate": 200.0}, (1, 32, 256), r"without a time point at 128.0 Hz"),
            ({"sfreq": 50.0}, (1, 32, 256), r"'beta'.*25.0 Hz \(half of sfreq=50"),
            ({}, (1, 32, 32), r"too short for the padding.*at least 0.265625 s"),
            ({"ch_names": "cap"}, (1, 32, 256), r"Unknown montage 'cap'"),
        ],
    )
    def test_bad_input_is_named(self, options, shape, match):
        with pytest.raises(ValueError, match=match):
            BandImages(**options).fit(noise(*shape))

    def test_good_data_warn_of_nothing(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            BandImages(size=4).fit_transform(noise(1, 32, 128))
