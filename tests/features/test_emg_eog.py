"""Amplitude, spectrum and bursts of muscles; blinks and saccades."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_emotion import EMGFeatures, EOGFeatures
from sklearn_emotion.features._emg import _bursts
from sklearn_emotion.features._peripheral import runs


def measured(transformer, x, names, **options):
    features = transformer(measures=names, **options)
    return dict(zip(names, features.fit_transform(x[None, None]).ravel()))


@pytest.mark.parametrize(
    ("sfreq", "f"), [(128.0, 20.0), (512.0, 40.0), (2000.0, 150.0)]
)
def test_emg_of_a_sine(sfreq, f):
    t = np.arange(round(4 * sfreq)) / sfreq
    x = 3 * np.sin(2 * np.pi * f * t + 0.3)
    names = ["rms", "mav", "iemg", "mean_frequency", "median_frequency"]
    names += ["zero_crossing_rate", "slope_sign_change_rate", "waveform_length"]
    found = measured(EMGFeatures, x, names, sfreq=sfreq)
    assert_allclose(found["rms"], 3 / np.sqrt(2), rtol=0.01)
    assert_allclose(found["mav"], 3 * 2 / np.pi, rtol=0.02)
    assert_allclose(found["iemg"], 4 * found["mav"], rtol=1e-12)
    assert_allclose(found["mean_frequency"], f, rtol=0.01)
    assert_allclose(found["median_frequency"], f, atol=0.25)  # steps of 0.25 Hz
    assert_allclose(found["zero_crossing_rate"], 2 * f, atol=0.5)
    assert_allclose(found["slope_sign_change_rate"], 2 * f, atol=0.5)
    n, steps = len(x), np.abs(np.diff(x)).sum()
    assert_allclose(found["waveform_length"], steps, rtol=2 / np.sqrt(n))


def test_emg_measures_are_those_of_plain_loops():
    sfreq, rng = 1000.0, np.random.default_rng(0)
    features = EMGFeatures(sfreq=sfreq, window=0.25, measures="all")
    x = rng.normal(size=(1, 1, 1000))
    out = features.fit_transform(x)[0].reshape(4, -1)
    names = [n[3:].removesuffix("_ch0") for n in features.get_feature_names_out()]
    names = names[: out.shape[1]]
    y = features._filtered(x[0])[0]
    for w, row in enumerate(out):
        part = y[250 * w : 250 * (w + 1)]
        limit = 0.01 * part.std()
        crossings = turns = 0
        for a, b in pairwise(part):
            crossings += bool((a < 0) != (b < 0) and abs(b - a) >= limit)
        for a, b, c in zip(part[:-2], part[1:-1], part[2:]):
            large = abs(b - a) >= limit or abs(c - b) >= limit
            turns += bool((b - a) * (c - b) < 0 and large)
        found = dict(zip(names, row))
        assert_allclose(found["rms"], np.sqrt(np.mean(part**2)), rtol=1e-12)
        assert_allclose(found["mav"], np.mean(np.abs(part)), rtol=1e-12)
        assert_allclose(found["zero_crossing_rate"], crossings / 0.25)
        assert_allclose(found["slope_sign_change_rate"], turns / 0.25)
        raw = x[0, 0, 250 * w : 250 * (w + 1)]
        assert_allclose(found["variance"], raw.var(), rtol=1e-9)


def test_bursts_of_known_place():
    sfreq, rng = 1000.0, np.random.default_rng(0)
    x = 0.02 * rng.normal(size=10_000)
    for start in (2.0, 5.0, 7.5):
        part = slice(round(start * sfreq), round((start + 0.5) * sfreq))
        x[part] += rng.normal(size=500)
    features = EMGFeatures(sfreq=sfreq, measures=["burst_rate", "burst_duty"])
    rate, duty = features.fit_transform(x[None, None]).ravel()
    assert rate == pytest.approx(0.3)
    # The average over 50 ms extends a burst by 25 ms per side, and the filter by at
    # most half a period of its lower edge, 20 Hz.
    edge = 0.025 + 0.025
    assert 0.15 <= duty <= 0.15 + 3 * 2 * edge / 10
    events = features.annotate(x).events
    assert_allclose(events["burst begins"], [2.0, 5.0, 7.5], atol=edge)
    assert_allclose(events["burst ends"], [2.5, 5.5, 8.0], atol=edge)


def test_bursts_that_are_close_are_one_and_short_ones_are_none():
    x = np.zeros((1, 4000))
    t = np.arange(4000)
    tone = np.sin(2 * np.pi * 0.1 * t)
    noise = 1e-3 * np.random.default_rng(0).normal(size=4000)
    for first, last in ((500, 700), (730, 900), (2000, 2005), (3000, 3200)):
        x[0, first:last] = tone[first:last]
    row, first, last = _bursts(x + noise, 1000.0)
    assert_array_equal(row, [0] * len(row))
    # The average over 50 ms spreads five points over 55.
    assert_allclose(first[[0, -1]], [500, 3000], atol=30)
    assert_allclose(last[[0, -1]], [900, 3200], atol=30)


def test_quiet_muscle_has_no_burst():
    x = np.random.default_rng(0).normal(size=5000)
    names = ["burst_rate", "burst_amplitude"]
    found = measured(EMGFeatures, np.zeros(5000) + 1e-6 * x, names, sfreq=1000.0)
    assert found["burst_rate"] <= 1  # noise exceeds five deviations now and then


def test_runs_by_hand():
    active = np.array([[1, 1, 0, 1], [0, 0, 0, 0], [0, 1, 1, 1]], dtype=bool)
    assert_array_equal(runs(active), [[0, 0, 2], [0, 3, 1], [2, 4, 4]])


def blink_signal(sfreq, onsets, *, seconds=60.0, amplitude=200.0, width=0.15, seed=0):
    """Return blinks as bells with a width in seconds at half of their height."""
    t = np.arange(round(seconds * sfreq)) / sfreq
    sd = width / (2 * np.sqrt(2 * np.log(2)))
    x = np.random.default_rng(seed).normal(0, 2, len(t))
    for onset in onsets:
        x += amplitude * np.exp(-0.5 * ((t - onset) / sd) ** 2)
    return x


@pytest.mark.parametrize("sfreq", [64.0, 128.0, 256.0, 512.0])
def test_blinks_of_known_size_at_any_rate(sfreq):
    onsets = np.array([4.0, 9.0, 15.0, 21.0, 30.0, 36.0, 44.0, 51.0])
    names = ["blink_rate", "blink_amplitude", "blink_duration", "blink_cv"]
    found = measured(EOGFeatures, blink_signal(sfreq, onsets), names, sfreq=sfreq)
    assert found["blink_rate"] == 8
    # A bell with a width of 0.15 s has little power above 15 Hz. The tails of the bell
    # raise the median of the 1.5 s around it, and the noise has a deviation of 2.
    assert_allclose(found["blink_amplitude"], 200, rtol=0.05)
    assert_allclose(found["blink_duration"], 0.15, rtol=0.05)
    gaps = np.diff(onsets)
    assert_allclose(found["blink_cv"], gaps.std(ddof=1) / gaps.mean(), rtol=0.02)


def test_what_is_no_blink():
    slow = blink_signal(128.0, [10, 20, 30], width=2.0)
    small = blink_signal(128.0, [10, 20, 30], amplitude=30.0)
    down = blink_signal(128.0, [10, 20, 30], amplitude=-200.0)
    spikes = blink_signal(128.0, [10, 20, 30], width=0.01)
    for x in (slow, small, spikes):
        assert measured(EOGFeatures, x, ["blink_rate"])["blink_rate"] == 0
    # A filter makes small positive waves beside each negative one.
    found = measured(EOGFeatures, down, ["blink_rate"], min_amplitude=100.0)
    assert found["blink_rate"] == 0


def test_blinks_in_windows():
    x = blink_signal(128.0, [4.0, 9.0, 15.0, 45.0])
    features = EOGFeatures(window=20.0, measures=["blink_rate", "blink_amplitude"])
    out = features.fit_transform(x[None, None]).reshape(3, 2)
    assert_array_equal(out[:, 0], [9, 0, 3])
    assert np.isnan(out[1, 1])
    assert_allclose(features.annotate(x).events["blink"], [4, 9, 15, 45], atol=0.02)


@pytest.mark.parametrize("sfreq", [128.0, 256.0, 500.0])
def test_saccades_are_counted(sfreq):
    t = np.arange(round(30 * sfreq)) / sfreq
    x = np.random.default_rng(0).normal(0, 1, len(t))
    for i, onset in enumerate((5.0, 10.0, 16.0, 23.0)):
        step = np.clip((t - onset) / 0.04, 0, 1)  # 40 ms
        x += (100 if i % 2 else -100) * step
    names = ["saccade_rate", "saccade_amplitude", "saccade_velocity"]
    found = measured(EOGFeatures, x, names, sfreq=sfreq)
    assert found["saccade_rate"] == 8
    assert_allclose(found["saccade_amplitude"], 100, rtol=0.3)
    assert_allclose(found["saccade_velocity"], 100 / 0.04, rtol=0.4)


@pytest.mark.parametrize("transformer", [EMGFeatures, EOGFeatures])
def test_flat_and_clipped_signals_are_named(transformer):
    x = 200 * np.random.default_rng(0).normal(size=(3, 1, 1280))
    x[1] = 0
    x[2] = np.clip(x[2], -100, 100)
    features = transformer().fit(x)
    with pytest.warns(UserWarning, match=r"flat in 1 of 3.*clipped in 1 of 3"):
        out = features.transform(x)
    assert_array_equal(features.valid(x), [True, False, False])
    assert np.isfinite(out[0]).any()


@pytest.mark.parametrize("transformer", [EMGFeatures, EOGFeatures])
def test_samples_do_not_mix(transformer):
    x = 100 * np.random.default_rng(0).normal(size=(4, 2, 1280))
    features = transformer(window=2.5, measures="all").fit(x)
    out = features.transform(x)
    assert_array_equal(features.transform(x[::-1])[::-1], out)
    assert_array_equal(features.transform(x[2:3])[0], out[2])
    assert len(features.get_feature_names_out()) == out.shape[1]


@pytest.mark.parametrize(
    ("transformer", "message"),
    [
        (EMGFeatures(sfreq=64.0, band=(20.0, 40.0)), "edges must satisfy"),
        (EOGFeatures(sfreq=16.0), "sampled above 20 Hz"),
        (EMGFeatures(measures=["rms", "strength"]), "unknown names.*strength"),
    ],
)
def test_parameters_that_do_not_fit(transformer, message):
    with pytest.raises(ValueError, match=message):
        transformer.fit(np.random.default_rng(0).normal(size=(2, 1, 640)))
