"""Electrodermal activity and skin temperature."""

import os
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.signal import find_peaks

from sklearn_emotion import EDAFeatures, TemperatureFeatures
from sklearn_emotion.features import decompose_eda
from sklearn_emotion.features._cvxeda import (
    ALPHA,
    GAMMA,
    matrices,
    tonic_and_driver,
)
from sklearn_emotion.features._eda import _responses
from sklearn_emotion.features._peripheral import is_clipped, turning_points

RATES = [4.0, 8.0, 32.0, 100.0, 128.0, 512.0]


def response(t, onset, amplitude, slow=2.0, fast=0.75):
    """Return a response of the Bateman form with the given amplitude and onset."""
    after = np.maximum(t - onset, 0)
    shape = np.exp(-after / slow) - np.exp(-after / fast)
    peak = np.log(slow / fast) * slow * fast / (slow - fast)
    largest = np.exp(-peak / slow) - np.exp(-peak / fast)
    return amplitude * shape / largest, peak


def recording(sfreq, seconds=120.0, amplitudes=(0.3, 0.1, 0.5, 0.05), drift=1e-3):
    """Return a falling level with responses every 20 s from 10 s on."""
    t = np.arange(round(seconds * sfreq)) / sfreq
    onsets = 10.0 + 20.0 * np.arange(len(amplitudes))
    signal = 5.0 - drift * t
    for onset, amplitude in zip(onsets, amplitudes):
        signal = signal + response(t, onset, amplitude)[0]
    return signal


def measured(X, sfreq, names, **options):
    features = EDAFeatures(sfreq=sfreq, measures=names, **options)
    return dict(zip(names, features.fit_transform(X[None, None]).ravel()))


@pytest.mark.parametrize("sfreq", RATES)
def test_responses_of_known_size_at_any_rate(sfreq):
    amplitudes = (0.3, 0.1, 0.5, 0.05)
    names = ["scr_rate", "scr_amplitude_sum", "scr_amplitude_max", "scr_rise_time"]
    names += ["scr_recovery_time"]
    found = measured(recording(sfreq, amplitudes=amplitudes), sfreq, names)
    assert found["scr_rate"] == 2.0  # four responses in two minutes
    # A response is sampled and low-passed at 3 Hz, where it has little energy.
    assert_allclose(found["scr_amplitude_sum"], sum(amplitudes), rtol=0.03)
    assert_allclose(found["scr_amplitude_max"], 0.5, rtol=0.03)
    peak = response(np.zeros(1), 0, 1)[1]
    assert_allclose(found["scr_rise_time"], peak, atol=0.3)
    t = np.arange(0, 20, 0.001)
    shape = response(t, 0, 1)[0]
    half = t[(t > peak) & (shape <= 0.5)][0] - peak
    assert_allclose(found["scr_recovery_time"], half, rtol=0.1)


def responses_by_a_loop(x, least):
    """Return (onset, peak, amplitude) of each response, as the definition says."""
    found = []
    peaks, _ = find_peaks(x)
    troughs, _ = find_peaks(-x)
    for peak in peaks:
        before = troughs[troughs < peak]
        if len(before) and least <= x[peak] - x[before[-1]]:
            found.append((before[-1], peak, x[peak] - x[before[-1]]))
    return found


def test_responses_are_those_of_a_plain_loop():
    rng = np.random.default_rng(0)
    rows = np.cumsum(rng.standard_normal((6, 300)), axis=1) * 0.02
    rows = np.apply_along_axis(np.convolve, 1, rows, np.ones(12) / 12, "valid")
    row, peak, found = _responses(rows, 4.0, 0.01)
    expected = [
        (r, p, a)
        for r, x in enumerate(rows)
        for o, p, a in responses_by_a_loop(x, 0.01)
        if 0.5 <= (p - o) / 4 <= 5
    ]
    assert len(expected) > 20
    # The position between samples moves rise times at the two limits.
    both = {(r, round(p)) for r, p in zip(row, peak)} ^ {(r, p) for r, p, _ in expected}
    assert len(both) <= 0.1 * len(expected)
    amplitude = {(r, round(p)): a for r, p, a in zip(row, peak, found["amplitude"])}
    for r, p, a in expected:
        assert (r, p) not in amplitude or amplitude[r, p] == a


def test_turning_points_by_hand():
    X = np.array([[1.0, 1, 2, 3, 3, 2, 2, 4, 1], [3, 2, 1, 1, 2, 3, 2, 2, 2]])
    maxima, minima = turning_points(X)
    assert_array_equal(maxima, [[0, 0, 1], [3, 7, 5], [4, 7, 5]])
    assert_array_equal(minima, [[0, 0, 1], [0, 5, 2], [1, 6, 3]])


def test_events_belong_to_the_window_of_their_peak():
    sfreq, peak = 8.0, response(np.zeros(1), 0, 1)[1]
    x = recording(sfreq, seconds=40, amplitudes=(0.4,), drift=0.01)
    boundary = 10 + round(peak * sfreq / 2) / sfreq  # between onset and peak
    x = x[round((boundary - 10) * sfreq) :]  # onset 10 s - half of the rise
    features = EDAFeatures(sfreq=sfreq, window=10.0, measures=["scr_rate"])
    assert_array_equal(features.fit_transform(x[None, None]).ravel(), [0, 6, 0])


@pytest.mark.parametrize("method", ["highpass", "median", "cvxeda"])
@pytest.mark.parametrize("sfreq", [4.0, 64.0])
def test_parts_add_up_and_the_tonic_part_is_the_level(method, sfreq):
    x = recording(sfreq)
    tonic, phasic = decompose_eda(x[None, None], sfreq, method=method)
    # Above 8 Hz, the low-pass filter rounds the onset of the largest response, 0.5 µS.
    limit = 1e-12 if sfreq == 4 else 0.05 * 0.5
    assert_allclose((tonic + phasic)[0, 0], x, atol=limit)
    rest = slice(round(95 * sfreq), round(110 * sfreq))  # no response for 20 s
    level = 5.0 - 1e-3 * np.arange(len(x)) / sfreq
    assert_allclose(tonic[0, 0, rest], level[rest], atol=0.02)


def test_decomposition_of_a_line_has_no_phasic_part():
    line = 3.0 + 0.01 * np.arange(240) / 4
    for method in ("median", "cvxeda"):
        _, phasic = decompose_eda(line[None, None], 4.0, method=method)
        assert_allclose(phasic[..., 10:-10], 0, atol=2e-3)


def test_cvxeda_satisfies_the_conditions_of_the_minimum():
    """The driver is >= 0, its multipliers are >= 0, and one of each pair is 0."""
    sfreq = 4.0
    rng = np.random.default_rng(0)
    x = recording(sfreq, seconds=60, amplitudes=(0.4, 0.2)) + 2e-3 * rng.normal(
        size=240
    )
    tonic, driver = (v[0] for v in tonic_and_driver(x[None], sfreq))
    y, spread = (x - x.mean()) / x.std(), x.std()
    M, A, (B, C) = (
        v.toarray() if hasattr(v, "toarray") else [m.toarray() for m in v]
        for v in matrices(240, sfreq)
    )
    M = np.vstack([np.zeros((2, 240)), M])
    basis = np.hstack([B, C])
    coefficients = np.linalg.lstsq(basis, (tonic - x.mean()) / spread, rcond=None)[0]
    assert driver.min() >= 0
    # The responses that go with the driver, given the first two values, which are free.
    p = driver[2:] / spread
    level = basis @ coefficients
    free = np.zeros((240, 2))
    free[0, 0] = free[1, 1] = 1.0
    full = np.vstack([np.eye(240)[:2], A])
    inverse = np.linalg.inv(full)
    fixed = inverse @ np.append([0.0, 0.0], p)
    start = np.linalg.lstsq(M @ inverse @ free, y - level - M @ fixed, rcond=None)[0]
    residual = M @ (fixed + inverse @ free @ start) + level - y
    # Gradient with respect to the driver, and to the coefficients of the level.
    multiplier = (M @ inverse).T @ residual
    multiplier = multiplier[2:] + ALPHA
    scale = np.abs((M @ inverse).T[2:]).sum(axis=1).max() * np.abs(residual).max()
    assert multiplier.min() >= -2e-3 * scale
    assert np.abs(multiplier[p > 1e-2 * p.max()]).max() <= 2e-3 * scale
    penalty = np.append(GAMMA * coefficients[:-2], [0, 0])
    assert_allclose(basis.T @ residual + penalty, 0, atol=2e-2)


def test_cvxeda_of_several_signals_is_that_of_each():
    x = np.stack(
        [recording(4.0, 60.0, (a, 0.1)) for a in (0.1, 0.4)] + [np.full(240, 2.0)]
    )
    together = decompose_eda(x[:, None], 4.0, method="cvxeda")[0]
    alone = [decompose_eda(row[None, None], 4.0, method="cvxeda")[0][0] for row in x]
    # Both stop within 1e-5 of the range of the driver.
    assert_allclose(together, alone, atol=1e-3)
    assert_array_equal(together[2], 2.0)


def test_level_and_deap_measures_by_hand():
    sfreq = 4.0
    t = np.arange(240) / sfreq
    x = 2.0 + 0.01 * t
    found = measured(x, sfreq, ["scl_mean", "scl_slope", "scl_correlation"])
    assert_allclose(found["scl_mean"], x.mean(), rtol=1e-3)
    assert_allclose(found["scl_slope"], 0.01, rtol=0.05)
    assert_allclose(found["scl_correlation"], 1, atol=1e-2)
    wave = 100.0 + np.sin(2 * np.pi * t / 4)  # 0.25 Hz: 15 periods
    names = ["mean_derivative", "decrease_share", "minima_rate", "rise_time"]
    names += ["power_0.24_0.48", "power_1.20_1.44"]
    found = measured(wave, sfreq, names)
    assert_allclose(found["mean_derivative"], (wave[-1] - wave[0]) / (239 / 4))
    assert_allclose(found["decrease_share"], 0.5, atol=0.02)
    assert_allclose(found["minima_rate"], 0.25, atol=1 / 60)
    assert_allclose(found["rise_time"], 2.0, atol=1e-9)
    assert_allclose(found["power_0.24_0.48"], 0.5, rtol=0.5)
    assert found["power_1.20_1.44"] < 1e-6


@pytest.mark.parametrize("scale", [0.5, 3.0])
def test_gain(scale):
    x = recording(8.0)
    names = ["scl_mean", "scl_slope", "scr_amplitude_sum", "scr_area", "scr_slope"]
    names += ["scl_correlation", "scr_rate", "scr_rise_time"]
    a = measured(x, 8.0, names)
    b = measured(scale * x, 8.0, names, min_amplitude=0.01 * scale)
    for name in names[:5]:
        assert_allclose(b[name], scale * a[name], rtol=1e-9)
    for name in names[5:]:
        assert_allclose(b[name], a[name], rtol=1e-9)


def test_sympathetic_power_of_a_sine():
    t = np.arange(256 * 4) / 4
    x = 2.0 + 0.1 * np.sin(2 * np.pi * 0.125 * t)
    found = measured(x, 4.0, ["eda_symp", "eda_symp_normalized"])
    assert_allclose(found["eda_symp"], 0.1**2 / 2, rtol=0.05)
    assert found["eda_symp_normalized"] > 0.95
    short = measured(x[: 60 * 4], 4.0, ["eda_symp", "eda_symp_normalized"])
    assert np.isnan(list(short.values())).all()


def test_nothing_is_found_in_a_constant_signal():
    features = EDAFeatures(sfreq=4.0)
    with pytest.warns(UserWarning, match=r"flat in 1 of 2 samples.*sample 1.*\[0\]"):
        out = features.fit_transform(
            np.stack([recording(4.0), np.full(480, 2.0)])[:, None]
        )
    names = [name.removesuffix("_ch0") for name in features.get_feature_names_out()]
    found = dict(zip(names, out[1]))
    for name in ("scr_rate", "scr_amplitude_sum", "scr_area", "scl_std", "scl_slope"):
        assert_allclose(found[name], 0, atol=1e-9)
    assert_allclose(found["scl_mean"], 2.0)
    for name in ("scr_amplitude_mean", "scr_rise_time", "scl_correlation"):
        assert np.isnan(found[name])
    assert_array_equal(features.valid(np.full((1, 1, 480), 2.0)), [False])


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (lambda x: np.where(np.arange(len(x)) < 60, 0.0, x), "disconnected"),
        (lambda x: x + 60, "above 60 µS"),
        (lambda x: np.minimum(x + 0.01 * np.sin(np.arange(480)), 4.98), "saturated"),
    ],
)
def test_faults_of_the_sensor_are_named(fault, message):
    X = np.stack([recording(4.0)] * 2)[:, None]
    X[1, 0] = fault(X[1, 0])
    features = EDAFeatures(sfreq=4.0).fit(X)
    with pytest.warns(UserWarning, match=f"{message} in 1 of 2 samples"):
        features.transform(X)
    assert_array_equal(features.valid(X), [True, False])


def test_resistance_has_no_range():
    ohm = 1e6 / recording(128.0, seconds=20.0, amplitudes=(0.3,))
    out = EDAFeatures(sfreq=128.0, measures="deap").fit_transform(ohm[None, None])
    assert out.shape == (1, 20)
    assert np.isfinite(out).all()


def test_a_slow_signal_in_few_steps_is_not_clipped():
    t = np.arange(240) / 4
    steps = np.round((33 + 0.03 * np.sin(t / 20)) / 0.02) * 0.02
    assert not is_clipped(steps[None]).any()
    noisy = np.random.default_rng(0).normal(size=(1, 500))
    assert not is_clipped(noisy).any()
    assert is_clipped(np.clip(noisy, -1.0, 1.0)).all()


def test_temperature_by_hand():
    t = np.arange(480) / 4
    x = 33.0 + 0.002 * t + 0.1 * np.sin(2 * np.pi * 0.05 * t)
    features = TemperatureFeatures(sfreq=4.0)
    out = features.fit_transform(x[None, None]).ravel()
    names = [name.removesuffix("_ch0") for name in features.get_feature_names_out()]
    found = dict(zip(names, out))
    assert_allclose(found["mean"], x.mean())
    assert_allclose(found["range"], np.ptp(x))
    assert_allclose(found["slope"], np.polyfit(t, x, 1)[0], rtol=1e-9)
    assert_allclose(found["mean_derivative"], (x[-1] - x[0]) / t[-1])
    assert_allclose(found["power_0.00_0.10"], 0.1**2 / 2, rtol=0.1)
    assert found["power_0.10_0.20"] < 1e-3 * found["power_0.00_0.10"]


def test_temperature_keeps_its_resolution_in_float32():
    t = np.arange(480) / 4
    x = (33.0 + 1e-4 * t).astype(np.float32)
    slope = TemperatureFeatures(sfreq=4.0, measures="slope").fit_transform(
        x[None, None]
    )
    # Values near 33 are stored in steps of 4e-6, and the trend rises by 0.012.
    assert_allclose(slope.item(), 1e-4, rtol=1e-3)


def test_sensor_that_is_not_worn():
    X = np.stack([np.linspace(33, 34, 240), np.linspace(9, 12, 240)])[:, None]
    features = TemperatureFeatures(sfreq=4.0).fit(X)
    with pytest.warns(UserWarning, match="outside 15 to 45 °C in 1 of 2"):
        features.transform(X)
    assert_array_equal(features.valid(X), [True, False])


@pytest.mark.parametrize("transformer", [EDAFeatures, TemperatureFeatures])
def test_samples_and_channels_do_not_mix(transformer):
    rng = np.random.default_rng(0)
    X = 33 + np.cumsum(rng.normal(size=(4, 2, 400)), axis=-1) * 0.01
    features = transformer(sfreq=8.0, window=10.0).fit(X)
    out = features.transform(X)
    assert_array_equal(features.transform(X[::-1])[::-1], out)
    swapped = features.transform(X[:, ::-1]).reshape(4, -1, 2)[..., ::-1]
    assert_array_equal(swapped.reshape(4, -1), out)
    assert len(features.get_feature_names_out(["a", "b"])) == out.shape[1]
    assert features.get_feature_names_out(["a", "b"])[1].endswith("_b")


def test_unknown_measure():
    with pytest.raises(ValueError, match=r"unknown names.*scl.*scl_mean"):
        EDAFeatures(measures=["scl"]).fit(recording(4.0)[None, None])


@pytest.mark.skipif(
    not Path(
        os.environ.get("SKLEARN_EMOTION_DATA", "-"), "stress_predict_ppg_eda"
    ).is_dir(),
    reason="SKLEARN_EMOTION_DATA does not name a folder with Stress-Predict",
)
def test_rates_of_responses_of_a_wristband_do_not_depend_on_windows():
    path = Path(os.environ["SKLEARN_EMOTION_DATA"]) / "stress_predict_ppg_eda"
    with np.load(path / "stress_predict.npz") as stored:
        x = stored["S13_eda"].astype(np.float64).ravel()
    x = x[: len(x) // 240 * 240]
    whole = measured(x, 4.0, ["scr_rate"])["scr_rate"]
    features = EDAFeatures(sfreq=4.0, window=60.0, measures=["scr_rate"])
    cut = features.fit_transform(x[None, None])
    assert_allclose(cut.mean(), whole, rtol=1e-9)
    assert 3 < whole < 8  # relative thresholds find 1 here, and 19 in windows of 60 s
