"""Artifacts: what is found, what is removed, and what is counted."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from sklearn_emotion import ArtifactRejecter, ICACleaner, SignalArray, window_quality
from sklearn_emotion.datasets import EmotionDataset
from sklearn_emotion.evaluation.plan._about import describe_data
from sklearn_emotion.model_selection import target_access
from sklearn_emotion.montage import channel_names

SFREQ = 128.0
NAMES = list(channel_names("emotiv14"))
CAP = list(channel_names("biosemi32"))


def noise(n, n_channels=14, seconds=2.0, scale=10.0):
    rng = np.random.default_rng(0)
    return scale * rng.standard_normal((n, n_channels, int(seconds * SFREQ)))


def sine(freq, amplitude, n_times=256):
    return amplitude * np.sin(2 * np.pi * freq * np.arange(n_times) / SFREQ)


def test_each_kind_of_bad_channel_is_counted_in_its_window():
    X = noise(6)
    X[1, :4] = 3.0
    X[2, :5] = np.clip(X[2, :5], -8, 8)
    X[3, 2:9, 30] = 900.0
    X[4, :6] += sine(50.0, 80.0)
    X[5, 0] = 0.0
    quality = window_quality(X, SFREQ)
    assert quality["good"].tolist() == [True, False, False, False, False, True]
    assert quality["flat"].tolist() == [0, 4, 0, 0, 0, 1]
    assert quality["saturated"].tolist() == [0, 0, 5, 0, 0, 0]
    assert quality["implausible"].tolist() == [0, 0, 0, 7, 0, 0]
    assert quality["line_noise"].tolist() == [0, 0, 0, 0, 6, 0]


def test_the_share_of_bad_channels_and_the_mains_frequency_are_parameters():
    X = noise(2)
    X[0, :2] = 0.0
    X[1] += sine(60.0, 80.0)
    assert window_quality(X, SFREQ)["good"].tolist() == [True, True]
    strict = window_quality(X, SFREQ, mains=60.0, most_bad=0.1)
    assert strict["good"].tolist() == [False, False]
    assert window_quality(X, SFREQ, mains=None)["line_noise"].sum() == 0
    assert window_quality(X, 100.0)["line_noise"].sum() == 0


def test_drift_is_no_power_that_hides_line_noise():
    X = noise(1) + sine(50.0, 80.0) + np.linspace(0, 300, 256)
    assert window_quality(X, SFREQ)["line_noise"].tolist() == [14]


def test_signals_in_volts_trigger_a_warning_and_wrong_input_an_error():
    with pytest.warns(UserWarning, match="probably in volts"):
        assert not window_quality(1e-6 * noise(2), SFREQ)["good"].any()
    X = noise(2)
    X[1, 0, 0] = np.nan
    with pytest.raises(ValueError, match="leave out window 1"):
        window_quality(X, SFREQ)
    with pytest.raises(ValueError, match=r"flat=600\.0 must be smaller"):
        window_quality(noise(2), SFREQ, flat=600.0)
    with pytest.raises(ValueError, match="most_bad must be a number from 0 to 1"):
        window_quality(noise(2), SFREQ, most_bad=2.0)


def made(n_per_subject=12):
    subject = np.repeat(["ann", "bob"], n_per_subject)
    return EmotionDataset(
        data={"eeg": noise(len(subject)).astype(np.float32)},
        metadata=pd.DataFrame({"subject": subject, "mood": "calm"}),
        sfreq={"eeg": SFREQ},
        ch_names={"eeg": NAMES},
    )


def test_windows_that_are_left_out_are_counted_for_each_subject():
    dataset = made()
    dataset.metadata["good"] = [*[True] * 9, *[False] * 3, *[False] * 12]
    assert dataset.summary()["n_not_good"].tolist() == [3, 12]
    kept = dataset.select("good")
    assert len(kept) == 9
    assert kept.left_out == {"ann": 3, "bob": 12}
    table = kept.summary()
    assert table["n_samples"].to_dict() == {"ann": 9, "bob": 0}
    assert table["n_left_out"].to_dict() == {"ann": 3, "bob": 12}
    facts = describe_data(kept, "mood", task="classification", threshold=None, side=">")
    assert facts["windows left out"] == "15 of 24 (62.5%), by their quality"
    joined = EmotionDataset.concat([kept, kept[:2]])
    assert joined.left_out == {"ann": 6, "bob": 24}
    assert "left_out" not in dataset


def test_only_a_column_of_booleans_selects_samples():
    dataset = made()
    with pytest.raises(ValueError, match="'mood' must be True or False"):
        dataset.select("mood")
    with pytest.raises(ValueError, match="mask 'good' is not known"):
        dataset.select("good")


ICA = {"n_components": 10, "random_state": 0}


def recording(seconds=40):
    """EEG of 32 channels with blinks at known times, in µV."""
    from sklearn_emotion.preprocessing._artifacts import make_info

    rng = np.random.default_rng(1)
    n = int(seconds * SFREQ)
    sources = rng.laplace(size=(32, n))
    for t in range(1, n):
        sources[:, t] += 0.9 * sources[:, t - 1]
    brain = 0.7 * rng.standard_normal((32, 32)) @ sources
    t = np.arange(n) / SFREQ
    blinks = sum(np.exp(-0.5 * ((t - b) / 0.1) ** 2) for b in np.arange(1, seconds, 3))
    info = make_info(CAP, SFREQ)
    front = np.array([channel["loc"][1] for channel in info["chs"]])
    weights = np.exp(-(((front - front.max()) / 0.03) ** 2))
    return brain, 150 * weights[:, None] * blinks


@pytest.fixture(scope="module")
def cleaned():
    pytest.importorskip("mne_icalabel", reason="needs the extra artifacts")
    brain, blinks = recording()
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    cleaner = ICACleaner(sfreq=SFREQ, ch_names=CAP, **ICA)
    out = cleaner.fit_transform((brain + blinks)[None])[0]
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002
    return cleaner, brain, blinks, out


def centered(signal):
    return signal - signal.mean(axis=0)


def test_blinks_are_removed_and_the_brain_stays(cleaned):
    cleaner, brain, blinks, out = cleaned
    assert [cleaner.labels_[k] for k in cleaner.excluded_] == ["eye"]
    assert cleaner.probabilities_.shape == (len(cleaner.labels_), 7)
    error = out - centered(brain)
    assert out.dtype == np.float32
    # The blinks without the cleaner would be the whole error.
    assert error.std() < 0.3 * centered(blinks).std()
    np.testing.assert_allclose(out.mean(axis=0), 0, atol=1e-4)


def test_a_fitted_cleaner_cleans_other_recordings_in_parts(cleaned):
    cleaner, brain, blinks, _ = cleaned
    X = np.stack(np.split((brain + blinks)[:, : 2 * 1280], 2, axis=1))
    parts = cleaner.transform(X)
    np.testing.assert_allclose(
        np.concatenate(list(parts), axis=1), cleaned[3][:, : 2 * 1280], atol=0.1
    )


def test_the_cleaner_reads_the_rate_and_the_channels(cleaned):
    stated, brain, blinks, out = cleaned
    X = SignalArray((brain + blinks)[None], SFREQ, CAP)
    auto = ICACleaner(**ICA).fit(X)
    assert (auto.sfreq_, auto.ch_names_) == (SFREQ, CAP)
    assert auto.get_params()["ch_names"] == "auto"
    found = auto.transform(X)
    np.testing.assert_array_equal(found, out[None])
    assert (found.sfreq, found.ch_names) == (SFREQ, tuple(CAP))
    # Data without a description have what the recording in fit had.
    bare = auto.transform(np.asarray(X))
    np.testing.assert_array_equal(bare, out[None])
    assert type(bare) is np.ndarray
    with pytest.raises(ValueError, match="ICACleaner was fitted at 128 Hz"):
        auto.transform(SignalArray(X, 250.0, CAP))
    with pytest.raises(ValueError, match=r"Channel 0 .* ICACleaner was fitted on"):
        auto.transform(SignalArray(X, SFREQ, CAP[::-1]))
    with pytest.raises(ValueError, match=r'250 Hz, but .* Pass sfreq="auto"'):
        clone(stated).fit(SignalArray(X, 250.0, CAP))
    with pytest.raises(ValueError, match='Pass ch_names="auto"'):
        clone(stated).fit(SignalArray(X, SFREQ, CAP[::-1]))


def test_the_tag_says_that_a_cleaner_learns_from_what_it_cleans(cleaned):
    assert target_access(clone(cleaned[0])) == "unlabelled"
    assert target_access(cleaned[0]) == "none"
    assert target_access(ArtifactRejecter()) == "unlabelled"


@pytest.mark.parametrize("setting", [{"artifacts": ["heart"]}, {"threshold": 1.0}])
def test_components_of_other_classes_or_below_the_threshold_stay(cleaned, setting):
    cleaner, brain, blinks, _ = cleaned
    X = (brain + blinks)[None, :, :1280]
    other = clone(cleaner).set_params(n_components=3, **setting)
    out = other.fit_transform(X)[0]
    assert other.excluded_ == []
    np.testing.assert_allclose(out, centered(X[0]), atol=1e-2)


@pytest.mark.parametrize(
    ("settings", "shape", "match"),
    [
        ({"ch_names": CAP[:3]}, (1, 32, 1280), "32 channels, but ICACleaner expects"),
        ({"ch_names": ["A", *CAP[1:]]}, (1, 32, 1280), r"\['A'\] have none"),
        ({"ch_names": ["T3", *CAP[1:]]}, (1, 32, 1280), "more than once"),
        ({"n_components": 32}, (1, 32, 1280), "n_components=32 exceeds 31"),
        ({"artifacts": ["noise"]}, (1, 32, 1280), "unknown"),
        ({}, (1, 32, 256), "at least 5 s, but X has 2 s"),
    ],
)
def test_wrong_settings_of_the_cleaner_are_named(settings, shape, match):
    pytest.importorskip("mne_icalabel", reason="needs the extra artifacts")
    cleaner = ICACleaner(**{"ch_names": CAP, **settings})
    with pytest.raises(ValueError, match=match):
        cleaner.fit(np.zeros(shape))


@pytest.fixture(scope="module")
def rejected():
    pytest.importorskip("autoreject", reason="needs the extra artifacts")
    dataset = made(30)
    rng = np.random.default_rng(2)
    common = np.cumsum(rng.standard_normal((60, 1, 256)), axis=2)
    X = dataset.data["eeg"]
    X *= 0.1
    X += 10 * common
    truth = X.copy()
    X[4, :, 100:140] += 1000.0
    X[9, 3, 50:90] += 900.0
    X[31:33, :, 10:50] -= 1000.0
    rejecter = ArtifactRejecter(
        sfreq=SFREQ, ch_names=NAMES, n_interpolate=(1, 2), cv=4, random_state=0
    )
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    out = rejecter.apply(dataset)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002
    return rejecter, dataset, truth, out


def test_bad_windows_are_marked_and_a_bad_channel_is_interpolated(rejected):
    _, dataset, truth, out = rejected
    assert np.flatnonzero(~out.metadata["good"]).tolist() == [4, 31, 32]
    assert len(out) == 60
    assert out.select("good").left_out == {"ann": 1, "bob": 2}
    # The neighbors share almost all of the signal of the channel.
    error = out.data["eeg"][9, 3] - truth[9, 3]
    assert np.abs(error).max() < 20.0
    np.testing.assert_array_equal(out.data["eeg"][4], dataset.data["eeg"][4])
    assert "good" not in dataset.metadata


def test_limits_come_from_the_windows_of_one_subject(rejected):
    rejecter, dataset, _, out = rejected
    alone = rejecter.apply(dataset.select(slice(0, 30)))
    np.testing.assert_array_equal(alone.data["eeg"], out.data["eeg"][:30])
    assert alone.metadata["good"].tolist() == out.metadata["good"][:30].tolist()


def test_the_rejecter_reads_the_rate_and_the_channels(rejected):
    stated, dataset, _, out = rejected
    params = stated.get_params()
    auto = ArtifactRejecter(**{**params, "sfreq": "auto", "ch_names": "auto"})
    found = auto.apply(dataset)
    np.testing.assert_array_equal(found.data["eeg"], out.data["eeg"])
    assert found.data.sfreq == {"eeg": SFREQ}
    assert found.data.ch_names == {"eeg": tuple(NAMES)}
    X = dataset.data["eeg"][:30]
    auto.fit(X)
    assert (auto.sfreq_, auto.ch_names_) == (SFREQ, NAMES)
    good, repaired = auto.quality(np.asarray(X))
    assert good.tolist() == out.metadata["good"][:30].tolist()
    assert type(repaired) is np.ndarray
    with pytest.raises(ValueError, match="ArtifactRejecter was fitted at 128 Hz"):
        auto.quality(SignalArray(X, 250.0, NAMES))
    with pytest.raises(ValueError, match=r"Channel 0 .* ArtifactRejecter was fitted"):
        auto.quality(SignalArray(X, SFREQ, NAMES[::-1]))
    with pytest.raises(ValueError, match='Pass ch_names="auto"'):
        clone(stated).fit(SignalArray(X, SFREQ, NAMES[::-1]))


def test_too_few_windows_and_another_rate_are_named():
    pytest.importorskip("autoreject", reason="needs the extra artifacts")
    rejecter = ArtifactRejecter(sfreq=SFREQ, ch_names=NAMES)
    with pytest.raises(ValueError, match=r"Subject 'ann': .* at least 5 windows"):
        rejecter.apply(made(4))
    with pytest.raises(ValueError, match=r"128 Hz, but .* sfreq=256"):
        clone(rejecter).set_params(sfreq=256.0).apply(made())
