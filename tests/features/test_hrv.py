"""RR intervals, their series and the measures of heart rate variability."""

import warnings
from contextlib import nullcontext

import numpy as np
import pytest
from _ecg import NORMAL, annotated_beats, ecg_train, read_record_100
from scipy.signal import resample_poly
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from sklearn_emotion import HRVFeatures, HRVSeries, Modalities
from sklearn_emotion.features import rr_intervals
from sklearn_emotion.features._hrv_measures import (
    FREQUENCY_MEASURES,
    TIME_MEASURES,
    frequency_measures,
    interval_blocks,
    time_measures,
)

SFREQ = 256


def ecg_of(intervals, seconds, sfreq=SFREQ, *, first=0.4):
    """Return an ECG of shape (1, n_times) with these RR intervals in s."""
    times = first + np.concatenate([[0.0], np.cumsum(intervals)])
    assert times[-1] < seconds - 0.1
    return ecg_train(times, seconds, sfreq)[None]


def steady(seconds, interval=1.0, sfreq=SFREQ):
    return ecg_of(np.full(int((seconds - 1) / interval), interval), seconds, sfreq)


def kept_of(intervals, **options):
    """Return the intervals that are kept of a record with these intervals in s."""
    peaks = np.concatenate([[0.0], np.cumsum(intervals)])
    return rr_intervals([peaks], 1, **options)[0]


def measures_of(intervals):
    values = time_measures(np.array([intervals], dtype=float))[0]
    return dict(zip(TIME_MEASURES, values, strict=True))


# Intervals between peaks


def test_intervals_are_differences_in_seconds():
    (intervals,) = rr_intervals([[100, 350, 610, 850]], 250.0)
    np.testing.assert_allclose(intervals, [1.0, 1.04, 0.96])


def test_an_interval_over_a_missed_beat_is_left_out():
    # Beats every second; the one at 4 s is missing, which leaves an interval of 2 s.
    (intervals,) = rr_intervals([[0, 1, 2, 3, 5, 6, 7, 8]], 1)
    np.testing.assert_allclose(intervals, np.ones(6))


def test_pieces_beside_an_extra_beat_are_left_out():
    # An extra beat at 3.4 s cuts an interval of 1 s in 0.4 and 0.6 s.
    (intervals,) = rr_intervals([[0, 1, 2, 3, 3.4, 4, 5, 6, 7]], 1)
    np.testing.assert_allclose(intervals, np.ones(6))


def test_the_median_is_that_of_the_five_nearest_intervals():
    # The rate doubles in the middle; against the median of all, 0.75 s, both halves
    # would be kept up to a ratio of 1.33 and left out below it.
    rr = [1.0] * 5 + [0.5] * 5
    peaks = np.concatenate([[0.0], np.cumsum(rr)])
    np.testing.assert_allclose(rr_intervals([peaks], 1, max_ratio=1.05)[0], rr)


@pytest.mark.parametrize(("ratio", "kept"), [(1.39, True), (1.41, False)])
@pytest.mark.parametrize("power", [1, -1])
def test_the_limit_is_a_ratio_of_1_4_both_ways(ratio, kept, power):
    # A single short interval would be that of a premature beat.
    rr = np.array([1, 1, 1, ratio**power, ratio**power, 1, 1, 1])
    assert np.isclose(kept_of(rr), ratio**power).sum() == 2 * kept


def test_all_intervals_are_kept_without_a_limit():
    rr = [1, 1, 0.6, 1.4, 1, 1, 7]
    np.testing.assert_allclose(kept_of(rr, max_ratio=None), rr)


@pytest.mark.parametrize("early", [0.55, 0.7, 0.8])
@pytest.mark.parametrize("cycle", [1.7, 1.9, 2.0])
@pytest.mark.parametrize("place", [0, 1, 4, 8])
def test_both_intervals_beside_a_premature_beat_are_left_out(early, cycle, place):
    # With a full compensatory pause, both intervals last two normal ones.
    normal = np.array([0.8, 0.82, 0.84, 0.82, 0.8, 0.78, 0.8, 0.82])
    pause = max(cycle - early, 1.31 * early)
    rr = np.insert(normal, place, [0.8 * early, 0.8 * pause])
    np.testing.assert_allclose(kept_of(rr), normal)


def test_a_record_that_ends_with_a_premature_beat_loses_its_short_interval():
    np.testing.assert_allclose(
        kept_of([0.8, 0.82, 0.8, 0.78, 0.6]), [0.8, 0.82, 0.8, 0.78]
    )


@pytest.mark.parametrize("normal", [0, 1, 2, 3])
def test_normal_intervals_between_regular_premature_beats_stay(normal):
    # Bigeminy has no interval between normal beats, trigeminy has one in three, ...
    rr = [0.8] * 3 + [0.5, 1.1, *[0.8] * normal] * 8
    np.testing.assert_allclose(kept_of(rr), np.full(3 + 8 * normal, 0.8))


def test_the_pause_after_two_premature_beats_is_left_out():
    rr = [0.8, 0.82, 0.8, 0.5, 0.45, 1.0, 0.8, 0.78]
    np.testing.assert_allclose(kept_of(rr), [0.8, 0.82, 0.8, 0.8, 0.78])


@pytest.mark.parametrize("share", [0.27, 0.35, 0.5, 0.65, 0.73])
@pytest.mark.parametrize("after", [0.78, 0.83])
def test_an_extra_beat_costs_its_own_interval_only(share, after):
    pieces = [0.8 * share, 0.8 * (1 - share)]
    rr = [0.8, 0.82, 0.8, *pieces, after, 0.8, 0.82]
    np.testing.assert_allclose(kept_of(rr), [0.8, 0.82, 0.8, after, 0.8, 0.82])


def test_a_beat_at_a_wrong_place_costs_the_intervals_beside_it():
    rr = [0.8, 0.82, 0.8, 0.66, 0.96, 0.8, 0.82, 0.8]
    np.testing.assert_allclose(kept_of(rr), [0.8, 0.82, 0.8, 0.8, 0.82, 0.8])


@pytest.mark.parametrize("period", [4, 5, 6, 10])
@pytest.mark.parametrize("mean", [0.6, 0.8, 1.0, 1.2])
def test_intervals_of_deep_breaths_stay(period, mean):
    # Intervals vary by a quarter of their mean in each breath, up to 300 ms.
    rr, _ = modulated(1 / period, 0.125 * mean, 300, mean)
    np.testing.assert_allclose(kept_of(rr[0]), rr[0])


def test_intervals_that_lengthen_at_once_stay():
    rr = [1.16, 1.12, 1.0, 0.89, 0.88, 1.2, 1.05, 0.96, 0.92]
    np.testing.assert_allclose(kept_of(rr), rr)


@pytest.mark.parametrize("seconds", [10, 60, 300])
def test_rmssd_of_record_100_is_that_of_its_normal_beats(data_home, seconds):
    beats, codes = annotated_beats(data_home / "mitbih_record100" / "100.atr")
    window = beats // (360 * seconds)
    n_ectopic = 0
    for i in range(1800 // seconds):
        peaks, normal = beats[window == i] / 360, codes[window == i] == NORMAL
        rr = np.diff(peaks)
        rr[~(normal[1:] & normal[:-1])] = np.nan
        n_ectopic += np.count_nonzero(~normal)
        expected = measures_of(rr)["rmssd"]
        [(kept, *_)] = interval_blocks([peaks], 1, 1.4)
        assert measures_of(kept[0])["rmssd"] == pytest.approx(expected, rel=0.01)
    assert n_ectopic == 34


def test_rmssd_of_the_ecg_of_record_100_is_that_of_its_normal_beats(data_home):
    signals, sfreq, _ = read_record_100(data_home)
    beats, codes = annotated_beats(data_home / "mitbih_record100" / "100.atr")
    length = 300 * sfreq
    X = signals[0, : 6 * length].reshape(6, length)
    transformer = HRVFeatures(sfreq=sfreq, measures="time")
    found = transformer.fit_transform(X)[:, TIME_MEASURES.index("rmssd")]
    for i, value in enumerate(found):
        inside = beats // length == i
        rr = np.diff(beats[inside] / sfreq)
        rr[(codes[inside][1:] != NORMAL) | (codes[inside][:-1] != NORMAL)] = np.nan
        # Annotations are whole samples of 2.8 ms.
        assert value == pytest.approx(measures_of(rr)["rmssd"], rel=0.02)


@pytest.mark.parametrize("seconds", [10, 60, 120])
def test_intervals_of_people_who_sit_stay(data_home, seconds):
    recordings = np.load(data_home / "gudb_rpeaks" / "gudb_rpeaks.npz")
    records = []
    for key in recordings:
        if "sitting" in key:
            window = recordings[key] // (250 * seconds)
            records += [recordings[key][window == i] for i in range(120 // seconds)]
    n_intervals = sum(max(len(record) - 1, 0) for record in records)
    assert n_intervals > 7000
    n_kept = sum(map(len, rr_intervals(records, 250)))
    assert n_kept >= 0.999 * n_intervals


def test_records_of_any_number_of_beats_go_together():
    records = [[], [5], [0, 1], [0, 1, 2], [0, 1, 2, 4, 5, 6]]
    found = rr_intervals(records, 1)
    assert [list(intervals) for intervals in found] == [[], [], [1], [1, 1], [1] * 4]
    assert rr_intervals([], 1) == []
    assert [len(intervals) for intervals in rr_intervals([[], []], 1)] == [0, 0]


def test_a_record_does_not_depend_on_the_others():
    rng = np.random.default_rng(0)
    sizes = rng.integers(0, 4000, 40)
    records = [np.cumsum(rng.uniform(0.4, 1.2, size)) for size in sizes]
    for record, found in zip(records, rr_intervals(records, 1), strict=True):
        np.testing.assert_array_equal(rr_intervals([record], 1)[0], found)


@pytest.mark.parametrize(
    ("peaks", "options", "match"),
    [
        ([0, 1, 2], {}, r"sequence of 1-D arrays.*shape \(\)"),
        ([[0, 1]], {"sfreq": 0}, "positive number of Hz, got 0"),
        ([[0, 1]], {"max_ratio": 1.0}, "above 1 or None, got 1.0"),
    ],
)
def test_bad_peaks_are_named(peaks, options, match):
    with pytest.raises(ValueError, match=match):
        rr_intervals(peaks, **{"sfreq": 1, **options})


# Series


def test_sixty_beats_per_minute_give_intervals_of_one_second():
    series = HRVSeries(sfreq=SFREQ).fit_transform(steady(10))
    assert series.dtype == np.float32
    # L = ceil(10 s * 200 / 60 s) = 34; beats at 0.4, 1.4, ... 9.4 s.
    assert series.shape == (1, 34)
    np.testing.assert_allclose(series[0, :9], 1.0, atol=1e-4)
    np.testing.assert_array_equal(series[0, 9:], 0.0)


@pytest.mark.parametrize("sfreq", [128, 250, 360, 1000])
def test_intervals_are_exact_to_half_a_millisecond_at_any_rate(sfreq):
    intervals = np.random.default_rng(0).uniform(0.75, 0.9, 35)
    series = HRVSeries(sfreq=sfreq).transform(ecg_of(intervals, 32, sfreq))
    np.testing.assert_allclose(series[0, :35], intervals, atol=5e-4)


@pytest.mark.parametrize(
    ("seconds", "max_heart_rate", "length"),
    [(10, 200.0, 34), (3, 200.0, 10), (10, 180.0, 30), (10, 181.0, 31), (60, 200, 200)],
)
def test_length_is_the_number_of_beats_that_fit_at_the_highest_rate(
    seconds, max_heart_rate, length
):
    transformer = HRVSeries(sfreq=SFREQ, max_heart_rate=max_heart_rate)
    X = steady(seconds)
    assert transformer.fit_transform(X).shape == (1, length)
    names = transformer.get_feature_names_out()
    assert list(names) == [f"rr{i}" for i in range(length)]


def test_noise_never_overflows_the_row():
    rng = np.random.default_rng(0)
    # Sharp spikes at random: as many beats as the refractory time lets through.
    X = 0.01 * rng.standard_normal((40, 2560))
    X[rng.random(X.shape) < 0.03] += 1
    series = HRVSeries(sfreq=SFREQ, max_heart_rate=230.0).fit_transform(X)
    assert series.shape == (40, 39)
    assert series[series > 0].min() >= 60 / 230 - 1e-6


def test_two_beats_make_no_series_and_three_do():
    two = ecg_train([3.0, 3.9], 10, SFREQ)
    three = ecg_train([3.0, 3.9, 4.8], 10, SFREQ)
    transformer = HRVSeries(sfreq=SFREQ)
    X = np.stack([two, three, np.zeros(2560), np.full(2560, 5.0)])
    series = transformer.fit_transform(X)
    np.testing.assert_array_equal(transformer.valid(X), [False, True, False, False])
    np.testing.assert_array_equal(series[[0, 2, 3]], 0)
    np.testing.assert_allclose(series[1, :3], [0.9, 0.9, 0], atol=1e-3)


def test_a_window_too_short_for_a_beat_is_not_valid():
    transformer = HRVSeries(sfreq=SFREQ)
    X = steady(10)[:, :128]
    np.testing.assert_array_equal(transformer.transform(X), np.zeros((1, 2)))
    assert not transformer.valid(X).any()


def test_a_series_most_of_which_is_outliers_is_not_valid():
    # The median of any five is 1 s, so that two intervals of seven are left.
    X = ecg_of([0.4, 1.0, 2.0, 0.4, 1.0, 2.0, 0.4], 10)
    assert not HRVSeries(sfreq=SFREQ).valid(X)[0]


def test_noise_and_mains_are_not_valid():
    noise = np.random.default_rng(0).standard_normal((20, 2560))
    hum = np.sin(2 * np.pi * 50 * np.arange(2560) / SFREQ) + 0.01 * noise
    assert not HRVSeries(sfreq=SFREQ).valid(np.concatenate([noise, hum])).any()


@pytest.mark.parametrize(("interval", "valid"), [(1.98, True), (2.02, False)])
def test_a_heart_slower_than_thirty_beats_a_minute_is_not_valid(interval, valid):
    # 60 / 30 = 2 s; a normal heart beside it, so that most samples are not slow.
    X = np.concatenate([steady(20, interval), steady(20), steady(20)])
    transformer = HRVSeries(sfreq=SFREQ)
    np.testing.assert_array_equal(transformer.valid(X), [valid, True, True])
    features = HRVFeatures(sfreq=SFREQ, measures="time")
    np.testing.assert_array_equal(features.valid(X), [valid, True, True])
    with nullcontext() if valid else pytest.warns(UserWarning, match="1 of 3 .* NaN"):
        measures = features.transform(X)
    np.testing.assert_array_equal(np.isfinite(measures[:, 0]), [valid, True, True])
    # Without a limit the series is what it was.
    assert HRVSeries(sfreq=SFREQ, min_heart_rate=0).valid(X).all()


@pytest.mark.parametrize("transformer", [HRVSeries, HRVFeatures])
def test_a_wrong_sampling_rate_is_asked_about(transformer):
    # 75 beats a minute at 500 Hz are 75 * 128 / 500 = 19.2 at 128 Hz.
    X = np.concatenate([steady(20, 0.8, sfreq=500)] * 3)
    with pytest.warns(UserWarning, match=r"3 of 3 .* 19\.2 in the median.*sfreq=128"):
        out = transformer(sfreq=128).fit_transform(X)
    assert not np.nan_to_num(out).any()
    rates = 60 / HRVSeries(sfreq=500).fit_transform(X)[:, 0]
    np.testing.assert_allclose(rates, 75, rtol=1e-3)


def test_no_question_is_asked_about_a_minority():
    X = np.concatenate([steady(20, 2.5), steady(20, 2.5), steady(20), steady(20)])
    mask = HRVSeries(sfreq=SFREQ).valid(X)  # a warning would be an error
    np.testing.assert_array_equal(mask, [False, False, True, True])


def test_valid_marks_the_rows_that_are_not_zero():
    X = np.concatenate([steady(10), np.zeros((1, 2560)), steady(10, 0.8)])
    transformer = HRVSeries(sfreq=SFREQ).fit(X)
    mask = transformer.valid(X)
    assert mask.dtype == bool
    np.testing.assert_array_equal(mask, transformer.transform(X).any(axis=1))


def test_the_interval_over_a_gap_is_left_out_of_the_series():
    # The beat at 4.4 s is missing and nothing stands in its place.
    times = np.delete(np.arange(0.4, 9.5), 4)
    series = HRVSeries(sfreq=SFREQ).transform(ecg_train(times, 10, SFREQ)[None])
    np.testing.assert_allclose(series[0, :7], 1.0, atol=1e-3)
    assert not series[0, 7:].any()


@pytest.mark.parametrize("transformer", [HRVSeries, HRVFeatures])
def test_two_dimensions_are_one_lead(transformer):
    X = np.concatenate([steady(10), steady(10, 0.7)])
    expected = transformer(sfreq=SFREQ).fit_transform(X)
    leads = np.stack([np.zeros_like(X), X], axis=1)
    found = transformer(sfreq=SFREQ, lead=1).fit_transform(leads)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(
        transformer(sfreq=SFREQ).transform(Modalities(ecg=X, subject=[1, 2])), expected
    )


def test_numbers_of_any_kind_give_the_same_series():
    X = steady(10)
    expected = HRVSeries(sfreq=SFREQ).fit_transform(X)
    frozen = X.copy()
    frozen.flags.writeable = False
    strided = np.repeat(X, 2, axis=1)[:, ::2]
    for other in (np.int32(np.rint(1e4 * X)), frozen, strided, np.float32(X), -X):
        found = HRVSeries(sfreq=SFREQ).transform(other)
        np.testing.assert_allclose(found, expected, atol=2e-4)


def test_a_sample_does_not_depend_on_its_batch_or_on_threads():
    rng = np.random.default_rng(0)
    rows = [ecg_of(rng.uniform(0.6, 1.0, 8), 10) for _ in range(30)]
    X = np.float32(np.concatenate(rows) + 0.05 * rng.standard_normal((30, 2560)))
    together = HRVSeries(sfreq=SFREQ).transform(X)
    alone = np.concatenate([HRVSeries(sfreq=SFREQ).transform(x[None]) for x in X])
    np.testing.assert_allclose(alone, together, rtol=1e-5, atol=1e-6)
    threaded = HRVSeries(sfreq=SFREQ, n_jobs=2).transform(X)
    np.testing.assert_array_equal(threaded, together)


@pytest.mark.parametrize("transformer", [HRVSeries, HRVFeatures])
def test_bad_input_is_named(transformer):
    X = np.zeros((2, 3, 2560))
    with pytest.raises(ValueError, match=r"lead=3, but X has 3 leads, counted from 0"):
        transformer(lead=3).fit(X)
    with pytest.raises(ValueError, match=r"n_samples, n_leads, n_times\), got \(99,\)"):
        transformer().fit(X[0, 0, :99])
    with pytest.raises(ValueError, match=r"min_heart_rate=60 must be below.*=60"):
        transformer(min_heart_rate=60, max_heart_rate=60).fit(X)
    with pytest.raises(ValueError, match=r"at least 80 Hz, got sfreq=64"):
        transformer(sfreq=64.0).transform(X)
    with pytest.raises(ValueError, match="NaN"):
        transformer().transform(np.full((1, 2560), np.nan))
    with pytest.raises(ValueError, match=r'X\["eeg"\]'):
        transformer().fit({"eeg": X, "ecg": X})
    with pytest.raises(ValueError, match="X has 2 channels"):
        transformer().fit(X).transform(X[:, :2])
    with pytest.raises(ValueError, match="0 sample"):
        transformer().fit(X[:0])
    for empty in (X[:, :0], X[..., :0], X[:, 0, :0]):
        with pytest.raises(ValueError, match=r"0 feature.* axis [12] is empty"):
            transformer().transform(empty)


# Signals without beats


def with_invalid_windows():
    """Return nine windows of 10 s, of which the third and the eighth are flat."""
    X = np.concatenate([ecg_of([0.8, 0.85, 0.9, 0.85] * 2, 10)] * 9)
    X[[2, 7]] = 0
    return X


def test_windows_without_measures_are_counted_and_named_with_the_cure():
    X = with_invalid_windows()
    transformer = HRVFeatures(sfreq=SFREQ, measures="time")
    message = r"2 of 9 samples have NaN.*samples 2, 7\..*valid\(X\).*SimpleImputer"
    with pytest.warns(UserWarning, match=message):
        found = transformer.fit_transform(X)
    assert np.isnan(found[[2, 7]]).all()
    mask = transformer.valid(X)
    assert mask.tolist() == [True, True, False, True, True, True, True, False, True]
    # Neither step of the cure warns, and the values are the same.
    np.testing.assert_array_equal(transformer.transform(X[mask]), found[mask])


def test_measures_that_some_samples_lack_are_named_too():
    # Two intervals have one difference, whose standard deviation is not defined.
    X = np.concatenate([ecg_of([0.8, 0.9], 4), ecg_of([0.8, 0.9, 0.8], 4)])
    transformer = HRVFeatures(sfreq=SFREQ)
    with pytest.warns(UserWarning, match="1 of 2 .* in samples 0"):
        found = transformer.transform(X)
    assert np.isfinite(found[0, 0])
    np.testing.assert_array_equal(transformer.valid(X), [False, True])


def test_the_imputer_that_the_warning_names_makes_a_classifier_work():
    X = with_invalid_windows()
    transformer = HRVFeatures(sfreq=SFREQ, measures="time")
    model = make_pipeline(transformer, SimpleImputer(), LogisticRegression())
    with pytest.warns(UserWarning, match="2 of 9"):
        model.fit(X, np.arange(9) % 2)


def pulse_wave(n, seconds, sfreq):
    """Return a pulse of 70 beats per minute with a dicrotic wave and some noise."""
    t = np.arange(round(seconds * sfreq)) / sfreq
    phase = (t * 70 / 60) % 1
    wave = np.exp(-0.5 * ((phase - 0.25) / 0.09) ** 2)
    wave += 0.4 * np.exp(-0.5 * ((phase - 0.6) / 0.11) ** 2)
    noise = 0.003 * np.random.default_rng(0).standard_normal((n, len(t)))
    return 100 * (wave + noise)


@pytest.mark.parametrize("sfreq", [128, 256, 1000])
@pytest.mark.parametrize("transformer", [HRVSeries, HRVFeatures])
def test_a_pulse_wave_triggers_a_warning(transformer, sfreq):
    X = pulse_wave(5, 10, sfreq)
    with pytest.warns(UserWarning, match=r"not look like an electrocard.*pulse wave"):
        transformer(sfreq=sfreq).transform(X)


@pytest.mark.parametrize("sfreq", [128, 250, 500])
@pytest.mark.parametrize("wave", ["T", "wander", "R"])
def test_an_ecg_with_high_slow_waves_triggers_no_warning(wave, sfreq):
    times = np.arange(0.5, 9.5, 0.8)
    height = {"T": 1.5, "wander": 0.3, "R": 0.3}[wave]
    waves = {
        "P": (-0.16, 0.025, 0.12),
        "R": (0.0, 0.012, 1.0),
        "T": (0.26, 0.06, height),
    }
    if wave == "R":  # as wide as in a bundle branch block
        waves["R"] = (0.0, 0.03, 1.0)
    x = ecg_train(times, 10, sfreq, waves=waves)
    if wave == "wander":
        x += 5 * np.sin(2 * np.pi * 0.3 * np.arange(len(x)) / sfreq)
    HRVSeries(sfreq=sfreq).transform(x[None])  # a warning would be an error


# Measures


def test_time_measures_of_four_intervals():
    # r = 0.8, 0.9, 0.84, 0.86; d = 0.1, -0.06, 0.02, all by hand.
    found = measures_of([0.8, 0.9, 0.84, 0.86])
    sums = np.array([1.7, 1.74, 1.7])
    expected = {
        "mean_nn": 0.85,
        "mean_hr": 60 / 0.85,
        "sdnn": np.sqrt((0.05**2 + 0.05**2 + 0.01**2 + 0.01**2) / 3),
        "rmssd": np.sqrt((0.1**2 + 0.06**2 + 0.02**2) / 3),
        "sdsd": np.sqrt((0.08**2 + 0.08**2 + 0.0**2) / 2),
        "cvnn": np.sqrt(0.0052 / 3) / 0.85,
        "cvsd": np.sqrt(0.014 / 3) / 0.85,
        # The last difference is 20 ms, which is not above 20 ms.
        "pnn20": 200 / 3,
        "pnn50": 200 / 3,
        "sd1": 0.08 / np.sqrt(2),
        "sd2": np.std(sums, ddof=1) / np.sqrt(2),
        "sd1_sd2": 0.08 / np.std(sums, ddof=1),
    }
    assert found == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("sfreq", [100, 125, 250, 500, 1000])
@pytest.mark.parametrize("start", [0, 10_000_000])
@pytest.mark.parametrize(("milliseconds", "name"), [(20, "pnn20"), (50, "pnn50")])
def test_differences_of_exactly_the_limit_are_not_above_it(
    sfreq, start, milliseconds, name
):
    step = round(sfreq * milliseconds / 1000)
    longer = round(sfreq * 0.5) + step * np.array([0, 1, 0, 1, 1, 0, 0, 1])
    peaks = start + np.cumsum([0, *longer])
    (intervals,) = rr_intervals([peaks], sfreq)
    assert measures_of(intervals)[name] == 0
    # One more sample in the last interval makes one of seven differences larger.
    peaks[-1] += 1
    (intervals,) = rr_intervals([peaks], sfreq)
    assert measures_of(intervals)[name] == pytest.approx(100 / 7)


def test_ties_of_a_short_series_are_not_above_20_ms():
    (intervals,) = rr_intervals([[0, 125, 255, 380, 510, 640]], 250)
    found = measures_of(intervals)
    assert (found["pnn20"], found["pnn50"]) == (0, 0)


def test_no_difference_is_taken_across_an_interval_that_was_left_out():
    # d = 0.1 and 0.1 only, not 0.9 to 0.7.
    found = measures_of([0.8, 0.9, np.nan, 0.7, 0.8, np.nan])
    assert found["rmssd"] == pytest.approx(0.1)
    assert found["mean_nn"] == pytest.approx(0.8)


def test_measures_without_enough_intervals_are_nan():
    found = measures_of([0.8, 0.9])
    missing = {name for name, value in found.items() if np.isnan(value)}
    assert missing == {"sdsd", "sd1", "sd2", "sd1_sd2"}
    assert all(np.isnan(value) for value in measures_of([np.nan, np.nan]).values())


def test_a_steady_heart_has_no_variability_and_no_ratio():
    found = measures_of([1.0] * 8)
    assert found.pop("mean_nn") == 1
    assert found.pop("mean_hr") == 60
    assert np.isnan(found.pop("sd1_sd2"))
    assert set(found.values()) == {0.0}


def test_time_measures_agree_with_neurokit2():
    neurokit2 = pytest.importorskip("neurokit2")
    rng = np.random.default_rng(0)
    peaks = np.cumsum(np.rint(rng.normal(800, 50, 200)).astype(int))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        time = neurokit2.hrv_time({"ECG_R_Peaks": peaks}, sampling_rate=1000)
        poincare = neurokit2.hrv_nonlinear({"ECG_R_Peaks": peaks}, sampling_rate=1000)
    found = measures_of(np.diff(peaks) / 1000)
    for name, theirs, unit in [
        ("mean_nn", time.HRV_MeanNN, 1000),
        ("sdnn", time.HRV_SDNN, 1000),
        ("rmssd", time.HRV_RMSSD, 1000),
        ("sdsd", time.HRV_SDSD, 1000),
        ("cvnn", time.HRV_CVNN, 1),
        ("cvsd", time.HRV_CVSD, 1),
        ("sd1", poincare.HRV_SD1, 1000),
        ("sd2", poincare.HRV_SD2, 1000),
        ("sd1_sd2", poincare.HRV_SD1SD2, 1),
    ]:
        assert found[name] * unit == pytest.approx(theirs.iloc[0], rel=1e-6), name


def modulated(freq, depth, seconds, mean=0.75):
    """Return intervals mean + depth * sin(2 pi freq t) and the times they end at."""
    ends, intervals = [0.0], []
    while ends[-1] < seconds:
        intervals.append(mean + depth * np.sin(2 * np.pi * freq * ends[-1]))
        ends.append(ends[-1] + intervals[-1])
    return np.array([intervals]), np.array([ends[1:]])


@pytest.mark.parametrize(
    ("freq", "band"), [(0.02, "vlf"), (0.1, "lf"), (0.2, "hf"), (0.3, "hf")]
)
def test_a_sine_of_depth_a_has_power_half_a_squared_in_its_band(freq, band):
    powers = frequency_measures(*modulated(freq, 0.03, 300), 300.0)[0]
    powers = dict(zip(FREQUENCY_MEASURES, powers, strict=True))
    assert powers[band] == pytest.approx(0.03**2 / 2, rel=0.1)
    assert powers["total_power"] == pytest.approx(powers[band], rel=0.1)
    others = {"vlf", "lf", "hf"} - {band}
    assert all(powers[other] < 0.05 * powers[band] for other in others)


def test_lf_hf_is_the_ratio_of_the_powers():
    (slow, ends), (fast, _) = modulated(0.1, 0.03, 300), modulated(0.25, 0.03, 300)
    n = min(slow.size, fast.size)
    mixed = slow[:, :n] + 0.5 * (fast[:, :n] - 0.75)
    _, lf, hf, _, ratio = frequency_measures(mixed, ends[:, :n], 300.0)[0]
    assert ratio == pytest.approx(lf / hf)


@pytest.mark.parametrize(
    ("seconds", "finite"),
    [
        (59, set()),
        (60, {"hf"}),
        (119, {"hf"}),
        (120, {"hf", "lf", "lf_hf"}),
        (299, {"hf", "lf", "lf_hf"}),
        (300, {*FREQUENCY_MEASURES}),
    ],
)
def test_powers_are_nan_in_windows_too_short_for_them(seconds, finite):
    powers = frequency_measures(*modulated(0.1, 0.03, seconds), float(seconds))[0]
    found = {n for n, p in zip(FREQUENCY_MEASURES, powers) if np.isfinite(p)}
    assert found == finite


def test_powers_are_nan_where_intervals_cover_too_little():
    rr, ends = modulated(0.1, 0.03, 300)
    rr[0, 50:150] = np.nan
    assert np.isnan(frequency_measures(rr, ends, 300.0)).all()
    assert np.isnan(frequency_measures(np.full((1, 5), np.nan), rr[:, :5], 300)).all()


def test_features_of_an_ecg_are_those_of_its_intervals():
    rr, _ = modulated(0.1, 0.04, 128)
    X = ecg_of(rr[0, :-4], 130, first=0.5)
    transformer = HRVFeatures(sfreq=SFREQ).fit(X)
    names = transformer.get_feature_names_out()
    assert list(names) == [*TIME_MEASURES, *FREQUENCY_MEASURES]
    found = transformer.transform(X)
    assert found.dtype == np.float32
    found = dict(zip(names, found[0], strict=True))
    expected = measures_of(rr[0, :-4])
    for name in ("mean_nn", "mean_hr", "sdnn", "rmssd", "sd2"):
        assert found[name] == pytest.approx(expected[name], rel=5e-3), name
    assert found["lf"] == pytest.approx(0.04**2 / 2, rel=0.1)
    assert np.isnan(found["vlf"])


def test_ten_second_windows_have_time_measures_only():
    X = np.concatenate([ecg_of([0.8, 0.85, 0.9, 0.85] * 2, 10), np.zeros((1, 2560))])
    everything = HRVFeatures(sfreq=SFREQ).transform(X[:1])
    assert np.isnan(everything[0, len(TIME_MEASURES) :]).all()
    time = HRVFeatures(sfreq=SFREQ, measures="time")
    found = time.transform(X[:1])
    np.testing.assert_array_equal(found, everything[:, :12])
    assert np.isfinite(found).all()
    with pytest.warns(UserWarning, match="in samples 1"):
        assert np.isnan(HRVFeatures(sfreq=SFREQ).transform(X)[1]).all()
    assert list(time.get_feature_names_out()) == list(TIME_MEASURES)


def test_heart_rate_rises_from_sitting_to_mental_arithmetic(data_home):
    peaks = np.load(data_home / "gudb_rpeaks" / "gudb_rpeaks.npz")
    rates = np.empty((25, 2))
    for subject, task in np.ndindex(25, 2):
        name = f"{subject:02d}_{('sitting', 'maths')[task]}"
        records = [peaks[key] for key in peaks if key.startswith(name)]
        if not records:
            rates[subject, task] = np.nan
            continue
        intervals = rr_intervals(records, 250)[0]
        rates[subject, task] = 60 / intervals.mean()
    rates = rates[~np.isnan(rates).any(axis=1)]
    assert np.median(rates[:, 0]) == pytest.approx(78, abs=4)
    assert np.mean(rates[:, 1] > rates[:, 0]) > 0.85


def test_recorded_ecg_triggers_no_warning_about_other_signals(data_home):
    mne = pytest.importorskip("mne")
    for subject in range(36):
        path = data_home / "eegmat" / f"Subject{subject:02d}_1.edf"
        raw = mne.io.read_raw_edf(path, include=["ECG ECG"], verbose="error")
        X = raw.get_data(stop=30_000).reshape(6, 5000)
        HRVSeries(sfreq=500).transform(X)  # a warning would be an error
    peaks = np.load(data_home / "gudb_rpeaks" / "gudb_rpeaks.npz")
    for key in peaks:
        beats = peaks[key][peaks[key] < 60 * 250] / 250
        HRVSeries(sfreq=250).transform(ecg_train(beats, 60, 250)[None])


def test_recorded_pulse_triggers_a_warning_at_the_rate_of_an_ecg(data_home):
    file = data_home / "stress_predict_ppg_eda" / "stress_predict.npz"
    with np.load(file) as signals:
        pulses = [signals[key] for key in signals if key[0] == "S" and "_bvp" in key]
    assert len(pulses) == 35
    for pulse in pulses:
        X = resample_poly(pulse[: 64 * 600].astype(float), 2, 1).reshape(-1, 1280)
        with pytest.warns(UserWarning, match="pulse wave"):
            HRVFeatures(sfreq=128, measures="time").transform(X)
