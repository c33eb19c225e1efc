"""R peaks at known times, under noise, in recordings, and the laws they obey."""

import tracemalloc

import numpy as np
import pytest
from _ecg import (
    add_noise,
    ecg_train,
    fibrillating_ecg,
    paced_ecg,
    rates,
    read_record_100,
    simulated_ecg,
)

from sklearn_emotion.features import _r_peaks, find_r_peaks

SFREQ = 256


def train(seconds=10.0, sfreq=SFREQ, *, interval=0.85, first=0.5, **kwargs):
    """Return an ECG with a beat every `interval` s, and the beats' times."""
    times = np.arange(first, seconds - 0.3, interval)
    return ecg_train(times, seconds, sfreq, **kwargs), times


def assert_found(found, times, sfreq=SFREQ, *, within=1.0):
    assert len(found) == len(times)
    assert np.abs(found - times * sfreq).max() <= within


@pytest.mark.parametrize("sfreq", [128, 200, 250, 256, 360, 500, 512, 1000])
def test_peaks_lie_at_the_nearest_sample(sfreq):
    x, times = train(30.0, sfreq)
    (found,) = find_r_peaks(x[None], sfreq)
    assert found.dtype == np.int64
    assert_found(found, times, sfreq, within=0.51)


@pytest.mark.parametrize("sfreq", [128, 256, 1000])
def test_positions_between_samples_are_exact_to_a_fifth_of_a_millisecond(sfreq):
    x, times = train(30.0, sfreq, interval=0.8137)
    (found,) = find_r_peaks(x[None], sfreq, subsample=True)
    assert_found(found / sfreq, times, 1.0, within=2e-4)


def test_scale_offset_and_polarity_do_not_move_peaks():
    x, times = train()
    versions = np.array([x, -x, 1e-6 * x, 1e4 * x, x + 100.0, 3.0 - 5.0 * x])
    for found in find_r_peaks(versions, SFREQ):
        assert_found(found, times)


def test_the_r_wave_is_placed_even_where_the_s_wave_is_deeper():
    waves = {"R": (0.0, 0.01, 0.7), "S": (0.03, 0.01, -0.9)}
    x, times = train(waves=waves)
    assert_found(*find_r_peaks(x[None], SFREQ), times, within=2.0)


def test_baseline_wander_and_mains_do_not_move_peaks():
    x, times = train(60.0)
    t = np.arange(len(x)) / SFREQ
    x = x + 2 * np.sin(2 * np.pi * 0.3 * t) + 0.3 * np.sin(2 * np.pi * 50 * t)
    assert_found(*find_r_peaks(x[None], SFREQ), times, within=2.0)


def test_beats_are_found_while_the_amplitude_drifts_tenfold():
    heights = np.geomspace(0.2, 2.0, len(train(60.0)[1]))
    x, times = train(60.0, heights=heights)
    assert_found(*find_r_peaks(x[None], SFREQ), times)


def test_level_steps_are_no_beats_and_hide_none():
    x, times = train(20.0)
    # In mid-diastole, on the R wave's foot, and on a T wave; up and down.
    steps = {5.2: 1.0, 8.12: -1.5, times[12] + 0.26: 2.0, 14.6: -0.8}
    t = np.arange(len(x)) / SFREQ
    x = x + sum(height * (t >= time) for time, height in steps.items())
    assert_found(*find_r_peaks(x[None], SFREQ), times, within=2.0)


@pytest.mark.parametrize("sfreq", [250, 500, 1000])
@pytest.mark.parametrize("spike", [2.0, 4.0, -4.0, 8.0])
@pytest.mark.parametrize("delay", [0.09, 0.12])
def test_spikes_of_a_pacemaker_do_not_move_peaks(sfreq, spike, delay):
    times = np.arange(0.5, 19.5, 0.8137)
    plain, x = (
        paced_ecg(times, 20.0, sfreq, spike=height, delay=delay)
        for height in (0, spike)
    )
    without, found = find_r_peaks(np.stack([plain, x]), sfreq)
    assert_found(without, times, sfreq, within=0.05 * sfreq)
    assert_found(found, without, 1.0, within=0.01 * sfreq)


def test_narrow_r_waves_are_not_taken_for_spikes():
    waves = {"Q": (-0.012, 0.005, -0.8), "R": (0, 0.006, 1), "S": (0.012, 0.005, -0.8)}
    for sfreq in (80, 100, 128, 200, 256, 500, 1000):
        x, times = train(30.0, sfreq, interval=0.8137, waves=waves)
        assert_found(*find_r_peaks(x[None], sfreq), times, sfreq, within=2.0)


def test_wide_premature_beats_are_kept():
    x, times = train(20.0)
    late = times[10] + 0.5
    times = np.sort(np.append(np.delete(times, 11), late))
    heights = np.where(times == late, 0.0, 1.0)
    x = ecg_train(times, 20.0, SFREQ, heights=heights)
    wide = {"R": (0.0, 0.035, 1.3), "T": (0.3, 0.07, -0.5)}
    x += ecg_train([late], 20.0, SFREQ, waves=wide)
    assert_found(*find_r_peaks(x[None], SFREQ), times, within=4.0)


def test_a_beat_a_tenth_as_high_as_its_neighbours_is_found_in_its_gap():
    heights = np.ones(11)
    heights[5:7] = 0.1
    x, times = train(heights=heights)
    assert_found(*find_r_peaks(x[None], SFREQ), times)


@pytest.mark.parametrize("noise", [0.03, 0.06, 0.1])
def test_pauses_of_atrial_fibrillation_are_not_filled(noise):
    X, times = fibrillating_ecg(20, 60, 250, noise=noise)
    found = find_r_peaks(X, 250)
    _, sensitivity, predictivity = rates([t * 250 for t in times], found, 12.5)
    assert sensitivity >= 0.999
    assert predictivity >= 0.995


@pytest.mark.parametrize("max_heart_rate", [60.0, 110.0, 200.0])
def test_no_two_peaks_are_closer_than_the_highest_heart_rate(max_heart_rate):
    X = add_noise(np.stack([train()[0]] * 20), "hard")
    for subsample in (False, True):
        found = find_r_peaks(
            X, SFREQ, max_heart_rate=max_heart_rate, subsample=subsample
        )
        shortest = min(np.diff(peaks).min() for peaks in found)
        # Rounding to samples can bring two peaks closer by one.
        assert shortest >= 60 / max_heart_rate * SFREQ - (not subsample)


def test_heart_rates_from_30_to_195_are_followed():
    for rate in (30, 45, 120, 160, 195):
        narrow = {"R": (0.0, 0.012, 1.0), "T": (0.14, 0.03, 0.25)}
        x, times = train(12.0, interval=60 / rate, waves=narrow)
        assert_found(*find_r_peaks(x[None], SFREQ), times)


def test_flat_signals_and_noise_have_no_peaks():
    rng = np.random.default_rng(0)
    t = np.arange(2560) / SFREQ
    white = rng.standard_normal((50, 2560))
    hum = np.sin(2 * np.pi * 50 * t) + 0.01 * white
    nothing = np.concatenate([np.zeros((1, 2560)), np.full((1, 2560), 7.7)])
    found = find_r_peaks(np.concatenate([nothing, white, hum]), SFREQ)
    assert [len(peaks) for peaks in found] == [0] * 102


def test_a_lead_that_falls_off_loses_its_own_beats_only():
    x, times = train(300.0)
    off = round(109.8 * SFREQ)  # after a T wave and before the next P wave
    x[off:] = 0.01 * np.random.default_rng(0).standard_normal(len(x) - off)
    (found,) = find_r_peaks(x[None], SFREQ)
    assert_found(found, times[times < 110])


@pytest.fixture(scope="module")
def noisy():
    X = np.stack([train(first=0.4 + 0.02 * i)[0] for i in range(30)])
    return add_noise(X, "hard")


def test_a_signal_does_not_depend_on_its_batch(noisy):
    together = find_r_peaks(noisy, SFREQ)
    for x, found in zip(noisy, together):
        np.testing.assert_array_equal(find_r_peaks(x[None], SFREQ)[0], found)


@pytest.mark.parametrize("chunk_samples", [1, 10_000, 1 << 22])
@pytest.mark.parametrize("n_jobs", [None, 2])
def test_chunks_and_threads_change_nothing(noisy, monkeypatch, chunk_samples, n_jobs):
    expected = find_r_peaks(noisy, SFREQ)
    monkeypatch.setattr(_r_peaks, "CHUNK_SAMPLES", chunk_samples)
    found = find_r_peaks(noisy, SFREQ, n_jobs=n_jobs)
    for peaks, others in zip(found, expected, strict=True):
        np.testing.assert_array_equal(peaks, others)


@pytest.mark.parametrize("seconds", [79.9, 80.0, 80.1, 139.7, 141.0, 1800.0])
def test_beats_at_the_seams_of_a_long_record_are_found_once(seconds):
    x, times = train(seconds, 128, interval=0.8137)
    assert_found(*find_r_peaks(x[None], 128), times, 128, within=0.51)


@pytest.mark.parametrize("n_times", [0, 1, 2, 3, 10, 50, 200])
def test_short_signals_do_not_crash(n_times):
    found = find_r_peaks(train()[0][None, 100 : 100 + n_times], SFREQ)
    assert len(found) == 1
    assert len(found[0]) <= 1


def test_one_beat_in_one_second_is_found():
    (found,) = find_r_peaks(ecg_train([0.45], 1.0, SFREQ)[None], SFREQ)
    assert_found(found, np.array([0.45]))


def test_an_empty_batch_gives_an_empty_list():
    assert find_r_peaks(np.empty((0, 2560)), SFREQ) == []


def test_any_array_is_taken_and_none_is_changed():
    x, _ = train()
    X = np.stack([x, -x, x])
    expected = find_r_peaks(X, SFREQ)
    whole = np.int16(np.rint(1000 * X))
    frozen = X.copy()
    frozen.flags.writeable = False
    strided = np.repeat(X, 2, axis=1)[:, ::2]
    for other in (whole, frozen, strided, np.asfortranarray(X), X.tolist()):
        for peaks, others in zip(find_r_peaks(other, SFREQ), expected, strict=True):
            np.testing.assert_allclose(peaks, others, atol=1)
    stepped = add_noise(X, "hard")
    copy = stepped.copy()
    find_r_peaks(stepped, SFREQ)
    np.testing.assert_array_equal(stepped, copy)


@pytest.mark.parametrize(
    ("ecg", "options", "match"),
    [
        (np.zeros(2560), {}, r"ecg of shape \(n_samples, n_times\), got \(2560,\)"),
        (np.zeros((2, 3, 99)), {}, r"n_samples, n_times\), got \(2, 3, 99\)"),
        (np.zeros((1, 99)), {"sfreq": 50}, "at least 80 Hz, got sfreq=50"),
        (np.zeros((1, 99)), {"sfreq": np.nan}, "at least 80 Hz, got sfreq=nan"),
        (np.zeros((1, 99)), {"max_heart_rate": 0}, "beats per minute, got 0"),
    ],
)
def test_bad_input_is_named(ecg, options, match):
    options = {"sfreq": SFREQ, **options}
    with pytest.raises(ValueError, match=match):
        find_r_peaks(ecg, **options)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_missing_values_are_named_with_their_place(value):
    X = np.zeros((3, 1024), dtype=np.float32)
    X[1, 512:520] = value
    with pytest.raises(ValueError, match=r"NaN or infinite.*sample 1 at 2 s"):
        find_r_peaks(X, SFREQ)


def test_extra_memory_does_not_grow_with_the_batch():
    X = np.tile(np.float32(train()[0]), (4000, 1))
    tracemalloc.start()
    find_r_peaks(X, SFREQ)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16e6


@pytest.fixture(scope="module")
def simulated():
    pytest.importorskip("neurokit2", reason="the simulator is NeuroKit2's")
    return simulated_ecg(30, 10)


@pytest.mark.parametrize(
    ("level", "least"), [("clean", 0.998), ("moderate", 0.998), ("hard", 0.99)]
)
def test_f1_on_simulated_ecg(simulated, level, least):
    X, beats = simulated
    found = find_r_peaks(add_noise(X, level), SFREQ)
    assert rates(beats, found, 0.1 * SFREQ)[0] >= least
    assert rates(beats, found, 0.025 * SFREQ)[0] >= least - 0.005


@pytest.mark.parametrize("lead", [0, 1])
def test_mitbih_record_100_in_one_call(data_home, lead):
    signals, sfreq, beats = read_record_100(data_home)
    assert len(beats) == 2273
    found = find_r_peaks(signals[[lead]], sfreq)
    _, sensitivity, predictivity = rates([beats], found, 0.1 * sfreq)
    assert sensitivity >= 0.999
    assert predictivity >= 0.999


@pytest.mark.parametrize("sign", [1, -1])
def test_mitbih_record_100_in_pieces_of_ten_seconds(data_home, sign):
    signals, sfreq, beats = read_record_100(data_home)
    length = 10 * sfreq
    X = sign * signals[0, : 180 * length].reshape(180, length)
    pieces = [beats[beats // length == i] - i * length for i in range(180)]
    f1, *_ = rates(pieces, find_r_peaks(X, sfreq), 0.1 * sfreq)
    assert f1 >= 0.999


@pytest.fixture(scope="module")
def eegmat(data_home):
    """ECG of the 36 subjects at 500 Hz, (36, 2, 30000): rest, mental arithmetic."""
    mne = pytest.importorskip("mne")
    X = np.empty((36, 2, 30_000))
    for subject, task in np.ndindex(36, 2):
        path = data_home / "eegmat" / f"Subject{subject:02d}_{task + 1}.edf"
        raw = mne.io.read_raw_edf(path, include=["ECG ECG"], verbose="error")
        # The files' last two seconds are a constant and zeros.
        X[subject, task] = raw.get_data(stop=30_000)[0]
    return X


def test_heart_rate_rises_with_arithmetic_in_every_subject_of_eegmat(eegmat):
    found = find_r_peaks(eegmat.reshape(72, -1), 500, subsample=True)
    intervals = np.array([np.median(np.diff(p)) if len(p) else np.nan for p in found])
    rate = 60 / (intervals / 500).reshape(36, 2)
    # The ECG of these four recordings is noise.
    silent = np.argwhere(np.isnan(rate)).tolist()
    assert silent == [[2, 0], [13, 0], [20, 1], [35, 1]]
    rate = rate[~np.isnan(rate).any(axis=1)]
    assert 50 < rate.min() < rate.max() < 130
    assert np.all(rate[:, 1] > rate[:, 0])
