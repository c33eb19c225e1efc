"""Signals that are not what a transformer takes them for are named, with a remedy."""

import warnings
from contextlib import nullcontext

import numpy as np
import pytest
from _cases import CASES, labels
from sklearn.base import clone

from sklearn_emotion import (
    BandImages,
    BandpassFilter,
    BandPower,
    DifferentialEntropy,
    DynamicConnectivity,
    EEGNet,
    FaceLandmarkFeatures,
    GridProjector9x9,
    Hjorth,
    HRVFeatures,
    HRVSeries,
    Modalities,
    ModalityFlattener,
    make_logistic,
    make_modality_transformer,
)

TRANSFORMERS = [
    case
    for case in CASES
    if hasattr(case.estimator, "transform") and not hasattr(case.estimator, "predict")
]
SIGNALS = [DifferentialEntropy(), BandPower(), DynamicConnectivity()]


def noise(*shape):
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


@pytest.fixture
def epochs():
    mne = pytest.importorskip("mne")
    info = mne.create_info(["Fz", "Cz", "Pz"], 500.0, "eeg")
    return mne.EpochsArray(1e-6 * noise(4, 3, 2000), info, verbose="error")


@pytest.mark.parametrize("transformer", SIGNALS)
def test_the_rate_of_epochs_must_be_that_of_the_transformer(epochs, transformer):
    for method in ("fit", "transform"):
        with pytest.raises(ValueError, match=r"500 Hz.*sfreq=128.*or sfreq=500"):
            getattr(clone(transformer).set_params(sfreq=128.0), method)(epochs)
    right = clone(transformer).set_params(sfreq=500)
    expected = right.fit_transform(epochs.get_data(copy=True))
    np.testing.assert_array_equal(right.fit_transform(epochs), expected)
    auto = clone(transformer)
    np.testing.assert_array_equal(auto.fit_transform(epochs), expected)
    np.testing.assert_array_equal(auto.transform(epochs), expected)


@pytest.mark.parametrize(
    "dtype", ["int32", "int64", "uint32", ">f8", "longdouble", "O"]
)
@pytest.mark.parametrize("transformer", [*SIGNALS, Hjorth(), BandpassFilter()])
def test_counts_of_a_recorder_keep_their_digits_whatever_their_type(transformer, dtype):
    """Amplifiers write counts with offsets whose digits float32 cannot hold."""
    counts = np.round(3e8 + 100 * noise(4, 3, 512).astype(np.float64))
    expected = transformer.fit_transform(counts)
    found = transformer.fit_transform(counts.astype(dtype))
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    "estimator",
    [*SIGNALS, make_modality_transformer(x=Hjorth()), ModalityFlattener(), EEGNet()],
)
def test_masked_values_are_counted(estimator):
    """Their values would be used like all others."""
    x = np.ma.masked_array(noise(4, 3, 512), mask=False)
    x[2, 1, :9] = np.ma.masked
    with pytest.raises(ValueError, match="9 of 6144 values are masked"):
        estimator.fit(Modalities(x=x), [0, 1] * 2)


def test_a_masked_array_without_masked_values_is_an_array():
    x = noise(4, 3, 512)
    found = Hjorth().fit_transform(np.ma.masked_array(x, mask=False))
    np.testing.assert_array_equal(found, Hjorth().fit_transform(x))


@pytest.mark.parametrize("dtype", ["int16", ">f4", "float16", "uint8", ">i2"])
@pytest.mark.parametrize("transformer", SIGNALS)
def test_types_that_float32_can_hold_are_float32(transformer, dtype):
    counts = np.round(100 + 10 * noise(4, 3, 512)).astype(dtype)
    expected = transformer.fit_transform(counts.astype(np.float32))
    np.testing.assert_array_equal(transformer.fit_transform(counts), expected)


def test_the_rate_of_epochs_is_checked_in_pipelines_and_for_hearts(epochs):
    with pytest.raises(ValueError, match="BandPower has sfreq=128"):
        make_logistic("band_power", sfreq=128.0).fit(epochs, [0, 1, 0, 1])
    with pytest.raises(ValueError, match="HRVSeries has sfreq=256"):
        HRVSeries(sfreq=256.0).transform(epochs)


def test_volts_in_place_of_microvolts_subtract_ln_1e6_from_entropy(epochs):
    volts = epochs.get_data(copy=True)
    entropy = DifferentialEntropy(sfreq=500)
    difference = entropy.transform(1e6 * volts) - entropy.transform(volts)
    np.testing.assert_allclose(difference, np.log(1e6), atol=1e-3)


@pytest.mark.parametrize("transformer", SIGNALS)
def test_swapped_axes_are_asked_about_once(transformer):
    transformer = clone(transformer).set_params(window=None)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        transformer.fit(noise(1, 512, 64)).transform(noise(1, 512, 64))
    assert [str(w.message)[:28] for w in caught] == ["X has the shape (1, 512, 64)"]
    with pytest.warns(UserWarning, match="512 channels"):
        clone(transformer).transform(noise(1, 512, 64))


def test_features_and_faces_are_not_taken_for_swapped_signals():
    DynamicConnectivity(domain="features").fit_transform(noise(2, 1, 5, 600))
    FaceLandmarkFeatures().fit_transform(noise(1, 5, 5, 2))


@pytest.mark.parametrize(
    "transformer", [DifferentialEntropy(window=4.0), BandPower(window=4.0)]
)
def test_a_window_that_is_too_long_shows_the_shape(transformer):
    with pytest.raises(ValueError, match=r"shape \(2, 4, 384\), and its last axis"):
        transformer.fit(noise(2, 4, 384))


@pytest.mark.parametrize("transformer", SIGNALS)
def test_nan_is_counted_and_placed(transformer):
    X = noise(24, 4, 384)
    X[[5, 6, 9], 2, 7:] = np.nan
    expected = (
        r"NaN in 3 of 24 samples, first in sample 5, channel 2, time point 7: drop"
    )
    for method in ("fit", "transform"):
        with pytest.raises(ValueError, match=expected):
            getattr(clone(transformer), method)(X)


def test_nan_in_features_grids_and_landmarks_is_placed():
    X = noise(3, 2, 5, 4)
    X[1, 1, 3, 2] = np.nan
    with pytest.raises(ValueError, match="sample 1, window 1, band 3, channel 2"):
        DynamicConnectivity(domain="features").transform(X)
    with pytest.raises(ValueError, match=r"sample 1, index \(1, 3, 2\)"):
        GridProjector9x9(["Fz", "Cz", "Pz", "Oz"]).transform(X)
    landmarks = noise(2, 3, 5, 2)
    landmarks[1, 2, 4, 1] = np.nan
    with pytest.raises(ValueError, match=r"sample 1, index \(2, 4, 1\)"):
        FaceLandmarkFeatures().fit(landmarks)


@pytest.mark.parametrize("transformer", [HRVSeries(), HRVFeatures(measures="time")])
def test_a_missing_heart_may_be_a_row_of_zeros_as_the_message_says(transformer):
    X = noise(3, 1, 2560)
    X[1] = np.nan
    with pytest.raises(ValueError, match=r"sample 1, lead 0, time point 0.*of zeros"):
        transformer.fit(X)
    X[1] = 0
    names_it = isinstance(transformer, HRVFeatures)
    with pytest.warns(UserWarning, match="NaN") if names_it else nullcontext():
        assert not np.nan_to_num(transformer.transform(X)[1]).any()


@pytest.mark.parametrize("method", ["fit", "fit_transform", "transform"])
def test_the_modality_that_has_nan_is_noted(method):
    X = Modalities(eeg=noise(3, 4, 384), ecg=noise(3, 1, 2560))
    t = make_modality_transformer(eeg=BandPower(), ecg=HRVSeries()).fit(X)
    X["ecg"][2] = np.nan
    with pytest.raises(ValueError, match="NaN in 1 of 3") as caught:
        getattr(t, method)(X)
    assert caught.value.__notes__ == [
        "X is the modality 'ecg' of the ModalityTransformer."
    ]


@pytest.mark.parametrize("transformer", [GridProjector9x9(), BandImages()])
def test_another_number_of_channels_than_the_montage_says_what_to_pass(transformer):
    with pytest.raises(
        ValueError, match=r"19 channels.*expects 32, because ch_names is 'deap32'. Pass"
    ):
        transformer.fit(
            noise(2, 19, 256) if isinstance(transformer, BandImages) else noise(2, 19)
        )


def test_channels_as_edf_files_write_them_have_a_cell():
    grid = GridProjector9x9(["EEG Fp1-REF", "EEG T3-REF"]).fit(noise(2, 2))
    assert grid.ch_names_ == ["Fp1", "T7"]


@pytest.mark.parametrize("case", TRANSFORMERS, ids=lambda case: case.id)
@pytest.mark.parametrize("method", ["fit", "transform"])
def test_an_empty_axis_is_named_by_every_transformer(case, method):
    X = case.data()
    arrays = X if isinstance(X, dict) else {"X": X}
    name = next(name for name, x in arrays.items() if np.ndim(x) > 1)
    for axis in range(1, np.ndim(arrays[name])):
        empty = np.take(arrays[name], [], axis=axis)
        if isinstance(X, dict):
            empty = Modalities(**{**X, name: empty})
        transformer, given = clone(case.estimator), (empty, labels(case))
        if method == "transform":
            transformer.fit(X, labels(case))
            given = (empty,)
        # Most messages have scikit-learn's "0 feature(s)", or give a number or a shape.
        message = r"\b0 \w+|no time points|no columns|shape|is empty"
        with pytest.raises(ValueError, match=message):
            getattr(transformer, method)(*given)
