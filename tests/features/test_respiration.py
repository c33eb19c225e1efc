"""Breaths, their timing and depth."""

import neurokit2 as nk
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_emotion import RespirationFeatures
from sklearn_emotion.features._peripheral import Events, half_waves

RATES = [4.0, 16.0, 32.0, 100.0, 128.0, 512.0]


def breathing(sfreq, seconds, rate, inhale=0.5, depth=2.0):
    """Return a belt signal whose inhalation takes a share of each cycle.

    The belt rises and falls along half cosines, and starts at a minimum.
    """
    t = np.arange(round(seconds * sfreq)) / sfreq
    phase = t * rate / 60 % 1.0
    rising = phase < inhale
    angle = np.where(rising, phase / inhale, 1 + (phase - inhale) / (1 - inhale))
    return 10.0 + depth / 2 * (1 - np.cos(np.pi * angle))


def measured(x, sfreq, names, **options):
    features = RespirationFeatures(sfreq=sfreq, measures=names, **options)
    out = features.fit_transform(np.asarray(x)[None, None]).ravel()
    return dict(zip(names, out))


@pytest.mark.parametrize("sfreq", RATES)
@pytest.mark.parametrize("rate", [8.0, 15.0, 24.0])
def test_rate_and_depth_at_any_sampling_rate(sfreq, rate):
    names = ["rate", "rate_spectral", "depth_mean", "cycle_std", "cycle_mean"]
    found = measured(breathing(sfreq, 60.0, rate), sfreq, names)
    assert_allclose(found["rate"], rate, rtol=0.01)
    assert_allclose(found["rate_spectral"], rate, atol=0.5)  # bins of 1 per minute
    assert_allclose(found["cycle_mean"], 60 / rate, rtol=0.01)
    # The slow filter has a transient at the ends, which moves the first and last peak.
    assert found["cycle_std"] < 0.02 * 60 / rate
    # The fast filter of order 2, applied twice, keeps 1 / (1 + (f / 2 Hz)^4) of a sine.
    assert_allclose(found["depth_mean"], 2 / (1 + (rate / 120) ** 4), rtol=0.04)


def test_every_breath_of_a_minute_is_counted():
    # Peaks at 2, 6, ..., 58 s.
    x = breathing(32.0, 60.0, 15.0)
    features = RespirationFeatures(sfreq=32.0)
    assert_allclose(
        features.annotate(x).events["inhalation ends"], np.arange(2, 60, 4), atol=0.1
    )


@pytest.mark.parametrize("inhale", [0.3, 0.5, 0.65])
def test_duration_of_inhalation(inhale):
    names = ["inhale_mean", "exhale_mean", "ie_ratio", "duty", "rvt"]
    found = measured(breathing(64.0, 120.0, 12.0, inhale), 64.0, names)
    # The filter has a time constant of 1 / (2 pi 2 Hz) = 0.08 s. In an uneven cycle, it
    # moves each extreme by up to this time toward the longer phase.
    shift = 2 * 0.08
    assert_allclose(found["inhale_mean"], 5 * inhale, atol=shift)
    assert_allclose(found["exhale_mean"], 5 * (1 - inhale), atol=shift)
    assert_allclose(found["duty"], inhale, atol=shift / 5)
    assert_allclose(found["ie_ratio"], inhale / (1 - inhale), rtol=shift / 5 / 0.15)
    assert_allclose(found["rvt"], 2 / 5, rtol=0.06)


def test_simulated_breathing():
    x = nk.rsp_simulate(
        duration=90, sampling_rate=64, respiratory_rate=14, random_state=1
    )
    assert_allclose(measured(x, 64.0, ["rate"])["rate"], 14, atol=0.7)


def test_variability_of_cycles_by_hand():
    sfreq, cycles = 32.0, np.array([4.0, 5.0, 4.0, 3.0, 5.0, 4.0])
    ends = np.cumsum(cycles)
    t = np.arange(round(ends[-1] * sfreq)) / sfreq
    i = np.searchsorted(ends, t, side="right")
    phase = (t - (ends - cycles)[i]) / cycles[i]
    names = ["cycle_mean", "cycle_median", "cycle_std", "cycle_rmssd", "cycle_cv"]
    found = measured(-np.cos(2 * np.pi * phase), sfreq, names)
    peaks = ends - cycles / 2
    between = np.diff(peaks)  # 4.5 4.5 3.5 4.0 4.5
    expected = {
        "cycle_mean": between.mean(),
        "cycle_median": np.median(between),
        "cycle_std": between.std(ddof=1),
        "cycle_rmssd": np.sqrt((np.diff(between) ** 2).mean()),
        "cycle_cv": between.std(ddof=1) / between.mean(),
    }
    for name, value in expected.items():
        assert_allclose(found[name], value, rtol=0.15, err_msg=name)


def test_a_breath_belongs_to_the_window_of_its_peak():
    x = breathing(32.0, 60.0, 15.0)  # peaks at 2, 6, 10, ... s
    features = RespirationFeatures(sfreq=32.0, window=20.0, measures=["rate"])
    assert_allclose(features.fit_transform(x[None, None]).ravel(), 15, rtol=0.01)
    shorter = RespirationFeatures(sfreq=32.0, window=10.0, measures=["rate"])
    assert np.isnan(shorter.fit_transform(x[None, None])).any()  # two or three cycles


def test_short_windows_are_nan():
    names = ["rate", "rate_spectral", "cycle_std", "depth_mean"]
    found = measured(breathing(32.0, 10.0, 15.0), 32.0, names)
    assert np.isnan(found["rate"])
    assert np.isnan(found["rate_spectral"])
    assert np.isnan(found["cycle_std"])
    assert found["depth_mean"] > 1


def test_small_waves_are_no_breaths():
    t = np.arange(60 * 32) / 32
    x = breathing(32.0, 60.0, 12.0) + 0.1 * np.sin(2 * np.pi * 0.9 * t)
    # A wave moves the maximum by at most half of its period of 1.1 s, in 5 s.
    assert_allclose(measured(x, 32.0, ["rate"])["rate"], 12, rtol=0.11)


def test_drift_of_the_belt_does_not_matter():
    t = np.arange(120 * 32) / 32
    x = breathing(32.0, 120.0, 12.0)
    drift = 5 * np.sin(2 * np.pi * t / 120) + 0.1 * t
    a, b = (measured(s, 32.0, ["rate", "depth_mean"]) for s in (x, x + drift))
    assert_allclose(b["rate"], a["rate"], rtol=0.02)
    assert_allclose(b["depth_mean"], a["depth_mean"], rtol=0.1)


def test_half_waves_by_hand():
    X = np.array([[-1.0, 2, 3, 0.1, -0.1, 2, 4, -2, -5, -1, 1, 2, 1.0]])
    # The small negative half-wave is left out, so both positive ones are joined. The
    # first and the last extreme: -1 lies at the end of the row.
    row, place, is_high = half_waves(X, 0.3)
    assert_array_equal(row, [0, 0, 0])
    assert_array_equal(place, [6, 8, 11])
    assert_array_equal(is_high, [True, False, True])


def test_events_by_hand():
    rows, times = np.array([0, 0, 0, 1]), np.array([1.0, 2.0, 11.0, 25.0])
    events = Events(rows, times, (2, 2), np.array([0, 10, 20]))
    values = np.array([1.0, 4.0, 2.0, 9.0])
    assert_array_equal(events.count, [[2, 1], [0, 0]])  # 25 lies outside all windows
    assert_array_equal(events.total(values), [[5, 2], [0, 0]])
    assert_array_equal(events.mean(values), [[2.5, 2], [np.nan, np.nan]])
    assert_array_equal(events.median(values), [[2.5, 2], [np.nan, np.nan]])
    assert_array_equal(events.largest(values), [[4, 2], [np.nan, np.nan]])
    assert_allclose(
        events.std(values), [[np.std([1, 4], ddof=1), np.nan], [np.nan] * 2]
    )
    values[0] = np.nan
    assert_array_equal(events.mean(values), [[4, 2], [np.nan, np.nan]])
    assert_array_equal(events.median(values), [[4, 2], [np.nan, np.nan]])


def test_noise_and_a_constant_are_named():
    rng = np.random.default_rng(0)
    X = np.stack([breathing(32.0, 60.0, 15.0), rng.normal(size=1920), np.ones(1920)])
    features = RespirationFeatures(sfreq=32.0).fit(X[:, None])
    with pytest.warns(UserWarning, match=r"flat in 1 of 3.*noise in 1 of 3"):
        out = features.transform(X[:, None])
    assert_array_equal(features.valid(X[:, None]), [True, False, False])
    names = [n.removesuffix("_ch0") for n in features.get_feature_names_out()]
    assert np.isnan(out[2, names.index("rate")])


def test_gain_and_order_of_samples():
    X = np.stack([breathing(32.0, 60.0, r, depth=d) for r, d in ((12, 1), (20, 2))])
    features = RespirationFeatures(sfreq=32.0, measures="all").fit(X[:, None])
    out = features.transform(X[:, None])
    assert_array_equal(features.transform(X[::-1, None])[::-1], out)
    scaled = features.transform(4.0 * X[:, None])
    names = [n.removesuffix("_ch0") for n in features.get_feature_names_out()]
    for name in ("rate", "ie_ratio", "energy_ratio", "centroid", "cycle_std"):
        i = names.index(name)
        assert_allclose(scaled[:, i], out[:, i], rtol=1e-9, atol=1e-12)
    for name in ("depth_mean", "rvt", "std", "range"):
        i = names.index(name)
        assert_allclose(scaled[:, i], 4 * out[:, i], rtol=1e-9)
