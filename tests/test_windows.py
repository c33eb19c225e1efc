"""Windows and samples of trials, with what describes them."""

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from sklearn_emotion import BandPower, Modalities, WindowSlicer, explode_windows


def counted(*shape):
    """Numbers that say where they came from."""
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape)


@pytest.fixture
def metadata():
    return pd.DataFrame(
        {"subject": ["a", "a", "b"], "trial": [0, 1, 2], "valence": [7.0, 3.0, 5.0]},
        index=[9, 9, 4],
    )


def test_windows_hold_the_samples_of_their_span():
    X = counted(2, 3, 10)
    out = WindowSlicer(sfreq=2.0, window=2.0).fit_transform(X)
    assert out.shape == (2, 2, 3, 4)
    np.testing.assert_array_equal(out[1, 1, 2], X[1, 2, 4:8])
    assert out.dtype == np.float32


def test_overlapping_windows_start_a_step_apart():
    X = counted(1, 1, 10)
    out = WindowSlicer(sfreq=2.0, window=2.0, step=1.5).fit_transform(X)
    np.testing.assert_array_equal(out[0, :, 0, 0], [0, 3, 6])


def test_window_names_say_window_channel_and_time_point():
    slicer = WindowSlicer(sfreq=2.0, window=2.0)
    with pytest.raises(NotFittedError, match="WindowSlicer"):
        slicer.get_feature_names_out()
    X = counted(2, 2, 9)
    names = slicer.fit(X).get_feature_names_out(["Fz", "Cz"])
    flat = dict(zip(names, slicer.transform(X)[1].ravel()))
    assert flat["w1_Cz_t3"] == X[1, 1, 7]


@pytest.mark.parametrize(
    ("params", "match"),
    [
        ({"window": 9.0}, "longer than the sample of 5 s"),
        ({"window": 0.7}, "nearest is window=0.5 s"),
        ({"window": 1.0, "step": 0.3}, "nearest is step=0.5 s"),
    ],
)
def test_windows_that_do_not_fit_are_named(params, match):
    with pytest.raises(ValueError, match=match):
        WindowSlicer(sfreq=2.0, **params).fit(counted(1, 1, 10))


def test_features_of_trials_become_samples_with_their_metadata(metadata):
    eeg = counted(3, 7, 2, 4)  # seven windows of 0.5 s
    subject = np.array(["a", "a", "b"])
    X, meta = explode_windows(
        Modalities(eeg=eeg, subject=subject), metadata, window=1.0, rate=2.0
    )
    assert X["eeg"].shape == (9, 2, 2, 4)
    np.testing.assert_array_equal(X["eeg"][4], eeg[1, 2:4])
    assert list(X["subject"]) == ["a"] * 6 + ["b"] * 3
    assert list(meta["trial"]) == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert list(meta["valence"]) == [7.0] * 3 + [3.0] * 3 + [5.0] * 3
    assert list(meta["window"]) == [0, 1, 2] * 3
    assert list(meta["onset"]) == [0.0, 1.0, 2.0] * 3
    assert list(meta.index) == list(range(9))


def test_window_and_onset_go_on_from_those_of_the_input(metadata):
    metadata["window"] = [0, 1, 0]
    metadata["onset"] = [0.0, 3.0, 0.0]
    _, meta = explode_windows(counted(3, 6, 2), metadata, window=1.0, rate=2.0)
    assert list(meta["window"]) == [0, 1, 2, 3, 4, 5, 0, 1, 2]
    assert list(meta["onset"]) == [0, 1, 2, 3, 4, 5, 0, 1, 2]


def test_modalities_of_different_rates_keep_the_same_spans():
    X = Modalities(
        eeg=counted(2, 6, 3),  # 2 a second
        face=counted(2, 15, 2, 2),  # 5 a second
        ecg=counted(2, 1, 30),  # signal, 10 a second
        age=counted(2, 1) + 50,
    )
    out, meta = explode_windows(
        X,
        window=1.0,
        step=1.0,
        rate={"eeg": 2.0, "face": 5.0, "ecg": 10.0},
        axis={"ecg": -1},
    )
    assert {k: v.shape for k, v in out.items()} == {
        "eeg": (6, 2, 3),
        "face": (6, 5, 2, 2),
        "ecg": (6, 1, 10),
        "age": (6, 1),
    }
    np.testing.assert_array_equal(out["face"][5], X["face"][1, 10:])
    np.testing.assert_array_equal(out["ecg"][5], X["ecg"][1, :, 20:])
    np.testing.assert_array_equal(out["age"][:, 0], [50, 50, 50, 51, 51, 51])
    assert list(meta["trial"]) == [0, 0, 0, 1, 1, 1]


def test_signals_explode_along_the_last_axis_with_overlap():
    X = counted(2, 3, 12)
    out, meta = explode_windows(X, window=2.0, step=1.0, rate=4.0, axis=-1)
    assert out.shape == (4, 3, 8)
    np.testing.assert_array_equal(out[3], X[1, :, 4:])
    assert list(meta["onset"]) == [0.0, 1.0, 0.0, 1.0]
    out[:] = 0  # a copy, that may be written to
    assert X.max() > 0


def test_power_of_whole_trials_is_that_of_their_samples():
    # Band power has no filter, so that cutting first or last is the same.
    trials = np.random.default_rng(0).standard_normal((2, 3, 9 * 128))
    late, _ = explode_windows(
        BandPower(window=3.0).fit_transform(trials), window=3.0, rate=1 / 3
    )
    early, _ = explode_windows(trials, window=3.0, rate=128.0, axis=-1)
    np.testing.assert_allclose(
        late, BandPower(window=3.0).fit_transform(early), rtol=1e-5
    )


@pytest.mark.parametrize(
    ("params", "match"),
    [
        ({"window": 9.0, "rate": 2.0}, "window of 'eeg'=9.0 s is longer"),
        ({"window": 0.7, "rate": 2.0}, "window of 'eeg'=0.5 s"),
        ({"window": 1.0, "rate": {"eeg": 2.0, "face": 9.0}}, "'eeg': 3, 'face': 1"),
        (
            {"window": 1.0, "rate": {"ecg": 2.0}},
            r"\['ecg'\]; X holds \['eeg', 'face'\]",
        ),
        ({"window": 1.0, "rate": {}}, "no modality"),
        ({"window": 1.0, "rate": 2.0, "axis": 5}, "no axis 5 of time"),
    ],
)
def test_samples_that_do_not_fit_are_named(params, match):
    X = Modalities(
        eeg=np.ones((2, 6, 3)), face=np.ones((2, 12, 2)), subject=np.arange(2)
    )
    with pytest.raises(ValueError, match=match):
        explode_windows(X, **params)


def test_metadata_of_another_length_are_named(metadata):
    with pytest.raises(ValueError, match="metadata has 3 rows, but X has 2 trials"):
        explode_windows(np.ones((2, 6, 3)), metadata, window=1.0, rate=2.0)
