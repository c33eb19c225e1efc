"""Each message says what was expected, what came, and what to do."""

import warnings
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from sklearn_emotion import Modalities
from sklearn_emotion._described import read_rate
from sklearn_emotion._validation import (
    check_bands,
    check_finite,
    check_groups,
    check_n_channels,
    check_shape,
    check_window,
    require_keys,
    single_signal,
    to_samples,
    warn_of_swapped_axes,
)


@pytest.mark.parametrize(
    ("groups", "match"),
    [
        (np.array([None, "a", None], dtype=object), "in 2 of 3 samples, .* sample 0"),
        (np.array([1.0, 2.0, np.nan]), "in 1 of 3 samples, first in sample 2"),
        (pd.Series([1, None, 2], dtype="Int64"), "in 1 of 3 samples, .* sample 1"),
        (pd.Series(["a", None, "b"], dtype="string"), "groups is missing in 1 of 3"),
        (pd.Series(pd.to_datetime(["2020-01-01", None])), "groups is missing in 1 of"),
        (np.array([1, "a", 2], dtype=object), r"got int and str\. .* astype\(str\)"),
        (3, "should be a 1d array"),
        (np.nan, "groups is missing in 1 of 1 samples"),
    ],
)
def test_groups_that_are_missing_or_cannot_be_sorted_are_an_error(groups, match):
    with pytest.raises(ValueError, match=match):
        check_groups(groups)


@pytest.mark.parametrize("dtype", ["category", "string", "Int64", object, "float32"])
def test_groups_of_any_other_type_stay_the_same_groups(dtype):
    groups = pd.Series(["1", "2", "1"]).astype(int).astype(dtype)
    found = check_groups(groups)
    assert np.unique(found, return_inverse=True)[1].tolist() == [0, 1, 0]


def test_an_array_and_the_only_signal_of_a_mapping_are_signals():
    x = np.zeros((3, 2, 8))
    assert single_signal(x, "T") is x
    assert single_signal(Modalities(eeg=x, subject=np.arange(3)), "T") is x


@pytest.mark.parametrize(
    ("X", "match"),
    [
        (
            {"eeg": np.zeros((3, 2)), "ecg": np.zeros((3, 4))},
            r"T works on one array.*\['eeg', 'ecg'\].*X\[\"eeg\"\]",
        ),
        ({"subject": np.zeros(3)}, r"holds no signal.*X\[\"eeg\"\]"),
    ],
)
def test_a_mapping_with_another_number_of_signals_is_not(X, match):
    with pytest.raises(ValueError, match=match):
        single_signal(X, "T")


def test_missing_modalities_are_listed_beside_those_given():
    X = {"eeg": np.zeros((3, 2))}
    require_keys(X, ["eeg"], "Net")
    with pytest.raises(ValueError, match="missing 'ecg', 'face', got 'eeg'"):
        require_keys(X, ["eeg", "ecg", "face"], "Net", optional=["gsr"])


def test_one_array_for_several_modalities_names_the_keys():
    with pytest.raises(
        ValueError, match=r"'eeg', 'ecg', got an array.*Modalities\(eeg"
    ):
        require_keys(np.zeros((3, 2)), ["eeg", "ecg"], "Net")


@pytest.mark.parametrize(
    ("n_channels", "n_times", "warns"),
    [
        (32, 512, False),
        (62, 20, False),
        (256, 64, False),  # half a second of the largest cap at 128 Hz
        (512, 128, False),
        (7680, 32, True),
        (512, 32, True),
        (256, 32, True),
        (513, 500, True),
        (513, 513, False),
    ],
)
def test_more_channels_than_a_cap_has_or_far_more_than_time_points_seem_swapped(
    n_channels, n_times, warns
):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn_of_swapped_axes(np.zeros((1, n_channels, n_times)))
    assert len(caught) == warns


def test_the_warning_of_swapped_axes_says_which_is_which():
    expected = r"\(3, 512, 32\): axis 1 .* 512 channels .* 32 time points.*transpose"
    with pytest.warns(UserWarning, match=expected):
        warn_of_swapped_axes(np.zeros((3, 512, 32)))


@pytest.mark.parametrize(("value", "kind"), [(np.nan, "NaN"), (-np.inf, "infinity")])
def test_values_that_are_missing_are_counted_and_the_first_is_named(value, kind):
    X = np.zeros((24, 3, 4, 8), dtype=np.float32)
    check_finite(X, "drop them")
    X[[5, 7, 20], 2, 1] = value
    axes = ("n_samples", "n_windows", "n_channels", "n_times")
    where = "window 2, channel 1, time point 0: drop them"
    expected = f"X contains {kind} in 3 of 24 samples, first in sample 5, "
    with pytest.raises(ValueError, match=f"{expected}{where}"):
        check_finite(X, "drop them", axes)
    with pytest.raises(ValueError, match=expected + r"index \(2, 1, 0\): drop"):
        check_finite(X, "drop them")


def test_infinity_beside_nan_does_not_hide_where_nan_is():
    X = np.zeros((4, 2))
    X[0, 0], X[2, 1] = np.inf, np.nan
    with pytest.raises(ValueError, match=r"NaN in 1 of 4 samples, first in sample 2,"):
        check_finite(X, "drop them")


def test_a_rate_that_the_data_know_is_compared():
    X = SimpleNamespace(info={"sfreq": 500.0})
    assert read_rate(X, 500, 128.0, "T") == 500
    assert read_rate(np.zeros(3), 250, 128.0, "T") == 250
    # As the method of pandas.
    assert read_rate(SimpleNamespace(info=print), 250, 128.0, "T") == 250
    match = r"of 500 Hz.*T has sfreq=128\. Pass sfreq=\"auto\" or sfreq=500"
    with pytest.raises(ValueError, match=match):
        read_rate(X, 128.0, 128.0, "T")


def test_shape_is_compared_axis_by_axis():
    check_shape(np.zeros((2, 9, 9)), ("n_samples", 9, 9))
    with pytest.raises(ValueError, match=r"eeg of shape \(n, 9, 9\), got \(2, 9, 8\)"):
        check_shape(np.zeros((2, 9, 8)), ("n", 9, 9), "eeg")
    with pytest.raises(ValueError, match=r"X of shape \(n,\), got \(2, 9\)"):
        check_shape(np.zeros((2, 9)), ("n",))


def test_channel_count_speaks_of_channels():
    check_n_channels(3, 3, "T")
    with pytest.raises(ValueError, match="X has 2 channels, but T expects 3"):
        check_n_channels(2, 3, "T")
    with pytest.raises(ValueError, match=r"ch_names is 'deap32'.*'eegmat19'"):
        check_n_channels(19, 32, "T", "deap32")
    with pytest.raises(ValueError, match=r"ch_names is a list of 2 names\. Pass"):
        check_n_channels(3, 2, "T", ["Fz", "Cz"])


@pytest.mark.parametrize(
    ("edges", "match"),
    [
        ((8, 64), r"'alpha' is \(8.0, 64.0\) Hz.*64.0 Hz \(half of sfreq=128\)"),
        ((0, 4), "0 < low < high"),
        ((13, 8), "0 < low < high"),
        ((8,), r"pair of edges in Hz, got \(8,\)"),
        ("8-13", "pair of edges in Hz, got '8-13'"),
    ],
)
def test_bands_lie_between_zero_and_half_the_rate(edges, match):
    with pytest.raises(ValueError, match=match):
        check_bands({"alpha": edges}, 128)


def test_no_band_is_an_error_and_good_ones_come_back_as_floats():
    assert check_bands({"a": (8, 13)}, 128) == {"a": (8.0, 13.0)}
    with pytest.raises(ValueError, match="at least one band"):
        check_bands({}, 128)


@pytest.mark.parametrize(
    ("seconds", "sfreq", "expected"),
    [(0.5, 128, 64), (2.5, 128, 320), (1 / 3, 300, 100), (0.1, 250, 25)],
)
def test_a_duration_is_a_whole_number_of_samples(seconds, sfreq, expected):
    assert to_samples(seconds, sfreq) == expected


def test_the_nearest_duration_that_fits_is_named():
    # 0.3 s at 128 Hz are 38.4 samples; 38 samples last 0.296875 s.
    with pytest.raises(ValueError, match=r"38.4 samples.*window=0.296875 s"):
        to_samples(0.3, 128)


@pytest.mark.parametrize("seconds", [0, -1.0, float("nan"), "1"])
def test_a_duration_is_a_positive_number(seconds):
    with pytest.raises(ValueError, match="step must be a positive number of seconds"):
        to_samples(seconds, 128, "step")


def test_a_window_is_no_longer_than_the_sample():
    assert check_window(None, 128, 100) == 100
    assert check_window(0.5, 128, 64) == 64
    with pytest.raises(ValueError, match=r"window=3.0 s is longer.*of 2 s \(256"):
        check_window(3.0, 128, 256)


@pytest.mark.parametrize(
    ("axis", "words"),
    [(-1, "its last axis"), (2, "its last axis"), (1, "axis 1")],
)
def test_a_window_that_is_too_long_names_the_axis_of_time(axis, words):
    shape = (24, 32, 512)
    expected = rf"\(24, 32, 512\), and {words} is the time axis"
    with pytest.raises(ValueError, match=expected):
        check_window(60.0, 128, shape[axis], shape=shape, axis=axis)
