"""Feet and peaks of pulse waves, their measures, and the quality of the signal."""

import numpy as np
import pytest
from _pulse import agreement, irregular_feet, pulse_wave, read_wristbands
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_emotion import (
    HRVFeatures,
    HRVSeries,
    PulseFeatures,
    find_pulse_peaks,
    rr_intervals,
)
from sklearn_emotion.features import _pulse_peaks
from sklearn_emotion.features._hrv_measures import TIME_MEASURES, time_measures
from sklearn_emotion.features._pulse import _clear_segments, _template_correlation
from sklearn_emotion.features._pulse_peaks import PulseWave

RATES = [25, 32, 64, 100, 128, 256, 512]


def measured(x, sfreq, **options):
    features = PulseFeatures(sfreq=sfreq, **options)
    out = features.fit_transform(np.asarray(x)[None, None])[0]
    names = [name.removesuffix("_ch0") for name in features.get_feature_names_out()]
    return dict(zip(names, out))


@pytest.mark.parametrize("sfreq", RATES)
def test_every_beat_is_found_at_any_sampling_rate(sfreq):
    feet = irregular_feet(40.0)
    x = pulse_wave(feet, 40.0, sfreq)
    peaks, found = find_pulse_peaks(x[None], sfreq)
    assert peaks[0].dtype == found[0].dtype == np.int64
    assert len(peaks[0]) == len(found[0]) == len(feet)
    # The smallest value after the filters lies up to 25 ms before the rise, and
    # rounding moves it by half a sample.
    assert np.abs(found[0] / sfreq - feet + 0.012).max() < 0.013 + 0.6 / sfreq
    assert np.abs(peaks[0] / sfreq - feet - 0.125).max() < 0.01 + 0.6 / sfreq


@pytest.mark.parametrize("sfreq", [32, 64, 128, 512])
def test_intervals_are_exact_between_samples(sfreq):
    feet = irregular_feet(40.0)
    _, found = find_pulse_peaks(
        pulse_wave(feet, 40.0, sfreq)[None], sfreq, subsample=True
    )
    error = np.diff(found[0] / sfreq)[1:-1] - np.diff(feet)[1:-1]
    # A parabola through the samples is exact to about a tenth of a sample here, and
    # whole samples would give 1 / sfreq / sqrt(6), 13 ms at 32 Hz.
    assert error.std() < max(2.5e-3, 0.12 / sfreq)
    assert abs(error.mean()) < 1e-3


@pytest.mark.parametrize("rate", [35, 60, 100, 150, 190])
def test_heart_rates_from_35_to_190_are_followed(rate):
    interval = 60 / rate
    feet = np.arange(0.3, 19.5, interval)
    stretch = min(1.0, interval / 0.6)  # a fast heart has short beats
    x = pulse_wave(feet / stretch, 20.0 / stretch, 64 * stretch)
    _, found = find_pulse_peaks(x[None], 64)
    assert len(found[0]) == len(feet)
    assert_allclose(np.diff(found[0]).mean() / 64, interval, rtol=0.01)


def test_gain_offset_and_slope_of_the_signal_move_nothing():
    x = pulse_wave(irregular_feet(30.0), 30.0, 64)
    t = np.arange(len(x)) / 64
    versions = np.array([x, 1e-6 * x, 1e4 * x, x + 1e3, 5 * x - 7.0, x + 0.2 * t])
    peaks, feet = find_pulse_peaks(versions, 64, subsample=True)
    for other in feet:
        assert_allclose(other, feet[0], atol=0.02)
    for other in peaks:
        assert_allclose(other, peaks[0], atol=0.02)


def test_a_shift_in_time_shifts_every_beat():
    x = pulse_wave(irregular_feet(40.0), 40.0, 64)
    _, (whole, later) = (
        None,
        [find_pulse_peaks(s[None], 64)[1][0] for s in (x, x[100:])],
    )
    whole = whole[whole >= 100 + 64] - 100
    later = later[later >= 64]
    assert_allclose(later, whole, atol=1)


def test_drift_and_mains_hide_no_beat():
    feet = irregular_feet(40.0)
    x = pulse_wave(feet, 40.0, 256)
    t = np.arange(len(x)) / 256
    x = x + 3 * np.sin(2 * np.pi * 0.1 * t) + 0.5 * np.sin(2 * np.pi * 50 * t)
    assert len(find_pulse_peaks(x[None], 256)[1][0]) == len(feet)


def test_a_burst_hides_no_beats_elsewhere():
    feet = irregular_feet(60.0)
    x = pulse_wave(feet, 60.0, 64)
    x[1900:2000] += 50 * np.hanning(100)
    _, (found,) = find_pulse_peaks(x[None], 64)
    away = (feet < 27) | (feet > 34)
    nearest = np.abs(found[:, None] / 64 - feet[away]).min(axis=0)
    assert nearest.max() < 0.06


def test_beats_are_found_while_the_amplitude_drifts_tenfold():
    feet = irregular_feet(60.0)
    x = pulse_wave(feet, 60.0, 64) * np.geomspace(0.2, 2.0, 60 * 64)
    assert len(find_pulse_peaks(x[None], 64)[1][0]) == len(feet)


def test_flat_signals_have_no_beats():
    X = np.stack([np.zeros(1280), np.full(1280, 7.7), np.linspace(0, 1, 1280)])
    for found in find_pulse_peaks(X, 64):
        assert [len(times) for times in found] == [0, 0, 0]


@pytest.mark.parametrize("sfreq", [32, 64, 256])
@pytest.mark.parametrize("seconds", [10, 60])
def test_white_noise_has_no_beats(sfreq, seconds):
    X = np.random.default_rng(0).standard_normal((50, seconds * sfreq))
    peaks, feet = find_pulse_peaks(X, sfreq)
    # About one block of 10 s in 1000 repeats itself by chance.
    assert sum(len(times) > 0 for times in feet) <= 1
    assert sum(len(times) > 0 for times in peaks) <= 1


def test_a_sensor_that_is_taken_off_loses_its_own_beats_only():
    feet = irregular_feet(120.0)
    x = pulse_wave(feet, 120.0, 64)
    off = 80 * 64
    x[off:] = 0.01 * np.random.default_rng(0).standard_normal(len(x) - off)
    _, (found,) = find_pulse_peaks(x[None], 64)
    assert (found < off + 64).all()
    assert len(found) >= np.count_nonzero(feet < 79)


def test_noisy_pulses_are_found():
    feet = irregular_feet(60.0)
    noise = 0.1 * np.random.default_rng(1).standard_normal(60 * 64)
    _, (found,) = find_pulse_peaks((pulse_wave(feet, 60.0, 64) + noise)[None], 64)
    parts = np.array([[feet[0], feet[-1]]])
    sensitivity, precision, _ = agreement(found / 64, feet, parts)
    assert min(sensitivity, precision) >= 0.95


def test_a_signal_does_not_depend_on_its_batch(monkeypatch):
    rng = np.random.default_rng(0)
    feet = [irregular_feet(20.0, 0.7 + 0.02 * i, i) for i in range(12)]
    X = np.stack([pulse_wave(times, 20.0, 64) for times in feet])
    X += 0.2 * rng.standard_normal(X.shape)
    together = find_pulse_peaks(X, 64, subsample=True)
    monkeypatch.setattr(_pulse_peaks, "CHUNK_SAMPLES", 3000)
    for n_jobs in (None, 2):
        apart = find_pulse_peaks(X, 64, subsample=True, n_jobs=n_jobs)
        for kind, others in zip(together, apart):
            for times, other in zip(kind, others, strict=True):
                assert_array_equal(times, other)
    for i, x in enumerate(X):
        for kind in (0, 1):
            alone = find_pulse_peaks(x[None], 64, subsample=True)[kind][0]
            assert_array_equal(alone, together[kind][i])


def test_a_foot_shortly_before_the_end_is_found():
    feet = np.arange(0.3, 10.0, 0.8)
    x = pulse_wave(feet, 12.0, 64)
    stop = round((feet[-1] + 0.09) * 64)  # the upstroke is not over
    peaks, found = find_pulse_peaks(x[None, :stop], 64)
    assert len(found[0]) == len(feet)
    assert len(peaks[0]) == len(feet) - 1


@pytest.mark.parametrize("n_times", [0, 1, 2, 7, 8, 9, 20, 64])
def test_short_signals_do_not_crash(n_times):
    x = pulse_wave([0.1], 2.0, 64)[None, :n_times]
    peaks, feet = find_pulse_peaks(x, 64)
    assert len(peaks) == len(feet) == 1
    assert len(peaks[0]) <= 1


def test_an_empty_batch_gives_empty_lists():
    assert find_pulse_peaks(np.empty((0, 640)), 64) == ([], [])


def test_inputs_are_not_changed():
    x = pulse_wave(irregular_feet(20.0), 20.0, 64)
    X = np.stack([x, 2 * x])
    X.flags.writeable = False
    expected = find_pulse_peaks(X, 64)
    for other in (X.tolist(), np.asfortranarray(X), np.rint(1e4 * X).astype(np.int32)):
        for kind, others in zip(expected, find_pulse_peaks(other, 64)):
            for times, found in zip(kind, others):
                assert_allclose(found, times, atol=1)


@pytest.mark.parametrize(
    ("X", "options", "match"),
    [
        (np.zeros(640), {}, r"n_samples, n_times\), got \(640,\)"),
        (np.zeros((1, 99)), {"sfreq": 10}, "at least 20 Hz, got sfreq=10"),
        (np.zeros((1, 99)), {"max_heart_rate": 0}, "beats per minute, got 0"),
        (np.full((1, 99), np.nan), {}, "NaN"),
    ],
)
def test_bad_input_is_named(X, options, match):
    with pytest.raises(ValueError, match=match):
        find_pulse_peaks(X, **{"sfreq": 64, **options})


def test_shape_of_beats_by_hand():
    # Triangles that rise by 2 units in 0.25 s and fall in 0.55 s, 0.8 s in all.
    phase = np.arange(64 * 40) / 64 % 0.8
    x = np.where(phase < 0.25, phase / 0.25, 1 - (phase - 0.25) / 0.55) * 2
    found = measured(x, 64, measures="shape")
    # The low-pass filter at 12 Hz, with a time constant of 1 / (2 pi 12 Hz) = 13 ms,
    # rounds each corner by about the change of slope times this constant.
    corner = (2 / 0.25 + 2 / 0.55) * 0.0133
    assert_allclose(found["amplitude_mean"], 2, atol=2 * corner)
    assert_allclose(found["rise_time_mean"], 0.25, atol=0.02)
    assert_allclose(found["width_mean"], 0.4, atol=0.01)
    assert_allclose(found["area_mean"], 0.8, rtol=0.05)
    assert_allclose(found["slope_mean"], 8, rtol=0.08)
    for name in ("amplitude", "rise_time", "width", "area", "slope"):
        assert found[f"{name}_cv"] < 0.06
        assert_allclose(
            found[f"{name}_cv"], found[f"{name}_std"] / found[f"{name}_mean"]
        )


def test_variability_equals_that_of_the_feet():
    x = pulse_wave(irregular_feet(60.0), 60.0, 64)
    _, feet = find_pulse_peaks(x[None], 64, subsample=True)
    expected = time_measures(rr_intervals(feet, 64)[0][None])[0]
    found = measured(x, 64, measures="time")
    assert_allclose([found[name] for name in TIME_MEASURES], expected, rtol=1e-12)


def test_measures_of_deap_and_wesad():
    feet = irregular_feet(120.0)
    x = pulse_wave(feet, 120.0, 64)
    found = measured(x, 64, measures=["deap", "wesad", "frequency"])
    intervals = np.diff(feet)
    change = np.abs(np.diff(intervals))
    assert_allclose(found["mean_nn"], intervals.mean(), rtol=1e-3)
    assert_allclose(found["hr_std"], (60 / intervals).std(ddof=1), rtol=0.02)
    assert_allclose(found["mean_abs_change"], change.mean(), rtol=0.05)
    assert_allclose(found["nn50"], (change > 0.05).sum(), atol=5)
    # A breath of 0.9 rad per beat has a frequency of 0.9 / (2 pi) / 0.8 s = 0.18 Hz.
    breath = intervals.mean() * 0.06
    assert_allclose(found["power_0.10_0.20"], breath**2 / 2, rtol=0.25)
    assert found["energy_ratio"] < 0.2
    shares = [v for name, v in found.items() if name.startswith("share")]
    assert_allclose(sum(shares), 1)
    assert_allclose(found["lf_normalized"] + found["hf_normalized"], 1)
    assert_allclose(found["hf"], found["power_0.15_0.40"])


def test_powers_need_two_periods():
    x = pulse_wave(irregular_feet(30.0), 30.0, 64)
    found = measured(x, 64, measures="all")
    defined = {name for name, value in found.items() if not np.isnan(value)}
    assert {"power_0.01_0.08", "power_0.08_0.15", "power_0.15_0.50"} <= defined
    assert not {"power_0.04_0.15", "energy_ratio", "lf_hf_ratio", "hf"} & defined


def test_a_window_has_the_beats_whose_peaks_it_contains():
    x = pulse_wave(irregular_feet(60.0), 60.0, 64)
    names = ["mean_hr", "amplitude_mean", "template_correlation"]
    features = PulseFeatures(sfreq=64, window=20.0, measures=names)
    out = features.fit_transform(x[None, None]).reshape(3, 3)
    whole = PulseFeatures(sfreq=64, measures=names).fit_transform(x[None, None])
    assert_allclose(out.mean(axis=0), whole[0], rtol=0.02)
    assert features.get_feature_names_out()[3] == "w1_mean_hr_ch0"


def test_windows_without_beats_are_nan():
    rng = np.random.default_rng(0)
    X = np.stack([np.ones(1280), rng.standard_normal(1280)])[:, None]
    features = PulseFeatures(sfreq=64, measures="all").fit(X)
    with pytest.warns(UserWarning, match=r"flat in 1 of 2.*without a clear pulse in 1"):
        assert np.isnan(features.transform(X)).all()


def test_gain_and_order_of_samples():
    feet = [irregular_feet(60.0, interval) for interval in (0.7, 0.9)]
    X = np.stack([pulse_wave(times, 60.0, 64) for times in feet])[:, None]
    features = PulseFeatures(sfreq=64, measures="all").fit(X)
    out = features.transform(X)
    assert_array_equal(features.transform(X[::-1])[::-1], out)
    scaled = features.transform(4.0 * X)
    for i, name in enumerate(features.get_feature_names_out()):
        of_unit = name.startswith(("amplitude", "area", "slope")) and "_cv" not in name
        # A factor of 2 changes no digit.
        assert_array_equal(scaled[:, i], out[:, i] * (4.0 if of_unit else 1.0), name)


def loop_quality(wave, start, stop, sfreq):
    """Return the mean correlation, and whether the rule of a clear pulse holds."""
    beats, peaks, feet = [], [], []
    for peak, foot in zip(wave.peak, wave.foot):
        if not np.isnan(foot) and start <= wave.to_samples(foot) < stop:
            feet.append(wave.to_samples(foot) / sfreq)
        if np.isnan(peak + foot) or not start <= wave.to_samples(peak) < stop:
            continue
        peaks.append((peak, foot))
    if len(peaks) < 2:
        return np.nan, False
    length = round(np.median(np.diff([foot for _, foot in peaks])))
    for peak, _ in peaks:
        first = round(peak) - length // 2
        if first >= 0 and first + length <= wave.wide.shape[1]:
            beats.append(wave.wide[0, first : first + length].astype(float))
    if len(beats) < 3:
        return np.nan, False
    template = np.mean(beats, axis=0)
    mean = np.mean([np.corrcoef(beat, template)[0, 1] for beat in beats])
    intervals = np.diff(feet)
    clear = (
        40 <= 60 / intervals.mean() <= 180
        and intervals.max() <= 3
        and intervals.max() / intervals.min() <= 2.2
        and mean >= 0.86
    )
    return mean, clear


@pytest.mark.parametrize("noise", [0.0, 0.1, 0.2, 0.5])
def test_quality_equals_a_plain_loop(noise):
    rng = np.random.default_rng(3)
    X = np.stack([pulse_wave(irregular_feet(40.0, r), 40.0, 64) for r in (0.7, 1.0)])
    X += noise * rng.standard_normal(X.shape)
    bounds = np.arange(0, 2561, 640)
    wave = PulseWave(X, 64)
    found = _template_correlation(wave, bounds, (2, 4))
    clear = _clear_segments(wave, bounds, 64)
    for i, x in enumerate(X):
        alone = PulseWave(x[None], 64)
        expected = [loop_quality(alone, 640 * w, 640 * w + 640, 64) for w in range(4)]
        assert_allclose(found[i], [mean for mean, _ in expected], rtol=1e-5)
        assert_array_equal(clear[i], [ok for _, ok in expected])


def test_valid_needs_a_clear_pulse_in_half_of_the_segments():
    rng = np.random.default_rng(0)
    x = pulse_wave(irregular_feet(60.0), 60.0, 64)
    less, more, walk = x.copy(), x.copy(), rng.standard_normal(3840).cumsum()
    less[:1200] = walk[:1200]
    more[:2600] = walk[:2600]
    X = np.stack([x, less, more, walk])[:, None]
    features = PulseFeatures(sfreq=64).fit(X)
    assert_array_equal(features.valid(X), [True, True, False, False])


def test_annotation():
    feet = irregular_feet(20.0)
    x = pulse_wave(feet, 20.0, 256)
    annotation = PulseFeatures(sfreq=256).annotate(x)
    assert_allclose(annotation.events["foot"], feet, atol=0.03)
    assert_allclose(annotation.events["peak"], feet + 0.125, atol=0.02)
    (filtered,) = annotation.components.values()
    assert filtered.shape == x.shape
    assert np.corrcoef(filtered, x)[0, 1] > 0.95


@pytest.mark.parametrize("transformer", [HRVSeries, HRVFeatures])
def test_hrv_of_a_pulse(transformer):
    X = pulse_wave(irregular_feet(60.0), 60.0, 64)[None]
    _, feet = find_pulse_peaks(X, 64, subsample=True)
    intervals = rr_intervals(feet, 64)[0]
    out = transformer(sfreq=64, signal="pulse").fit_transform(X)[0]
    if transformer is HRVSeries:
        expected = intervals
    else:
        expected = time_measures(intervals[None])[0]
    assert_allclose(out[: len(expected)], expected, rtol=1e-5)


def test_the_warning_about_a_pulse_names_the_parameter():
    X = pulse_wave(irregular_feet(20.0), 20.0, 128)[None]
    with pytest.warns(UserWarning, match='Set signal="pulse"'):
        HRVSeries(sfreq=128).fit_transform(X)


@pytest.mark.parametrize("window", [None, 10])
def test_beats_of_wristbands(data_home, window):
    scores = []
    for _, pulse, sfreq, beats, parts in read_wristbands(data_home):
        length = len(pulse) if window is None else round(window * sfreq)
        n = len(pulse) // length
        _, feet = find_pulse_peaks(
            pulse[: n * length].reshape(n, length), sfreq, subsample=True
        )
        found = np.concatenate([f + i * length for i, f in enumerate(feet)]) / sfreq
        scores.append(agreement(found, beats[beats < n * length / sfreq], parts))
    assert len(scores) == 35
    sensitivity, predictivity, intervals = np.array(scores).T
    assert np.median(predictivity) >= 0.99
    if window is None:
        assert np.median(sensitivity) >= 0.993
        assert sensitivity.min() >= 0.97
        assert np.median(intervals) >= 0.98
    else:
        assert np.median(sensitivity) >= 0.983
