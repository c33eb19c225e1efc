"""The cache tells apart whatever preprocesses recordings."""

from functools import partial

import numpy as np
import pytest
from _whole import MinusStart
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklearn_emotion import AverageReference, BandpassFilter, NotchFilter
from sklearn_emotion.datasets import _preprocess, list_cache, load_stress_predict
from sklearn_emotion.datasets._preprocess import Preprocess, describe


def halve(X, by=2.0):
    return X / by


def closed(by):
    def inner(X):
        return X / by

    return inner


DIFFERENT = [
    BandpassFilter(sfreq=128.0),
    BandpassFilter(sfreq=128.0, low=1.0),
    NotchFilter(sfreq=128.0),
    NotchFilter(sfreq=128.0, freqs=[50.0, 60.0]),
    NotchFilter(sfreq=128.0, freqs=np.array([50.0, 60.0])),
    NotchFilter(sfreq=128.0, freqs=np.array([50.0, 61.0])),
    make_pipeline(AverageReference(), BandpassFilter(sfreq=128.0)),
    make_pipeline(BandpassFilter(sfreq=128.0), AverageReference()),
    FunctionTransformer(halve),
    FunctionTransformer(np.negative),
    FunctionTransformer(np.abs),
    FunctionTransformer(partial(halve, by=3.0)),
    FunctionTransformer(halve, kw_args={"by": 3.0}),
    FunctionTransformer(halve, kw_args={"by": 4.0}),
    FunctionTransformer(lambda X: X + 1),
    FunctionTransformer(lambda X: X + 2),
    FunctionTransformer(kw_args={"weights": np.zeros(5000)}),
    FunctionTransformer(kw_args={"weights": np.eye(5000, 1)[:, 0]}),
]


def test_descriptions_differ_as_transformers_do():
    described = [repr(describe(step)) for step in DIFFERENT]
    for i, text in enumerate(described):
        assert described.index(text) == i
    again = BandpassFilter(sfreq=np.float64(128.0))
    assert describe(again) == describe(DIFFERENT[0])


@pytest.mark.parametrize(
    "value", [object(), np.random.default_rng(0), np.random.RandomState(0), closed(2)]
)
def test_what_cannot_be_described_is_refused_with_a_cache(tmp_path, value):
    step = FunctionTransformer(kw_args={"value": value})
    with pytest.raises(ValueError, match=r"cannot be described.* pass cache_dir=None"):
        Preprocess(step, {"eeg": 128.0}, {"eeg": ["Fz"]}, tmp_path)
    assert Preprocess(step, {"eeg": 128.0}, {"eeg": ["Fz"]}, None).params == {}


class Rated(MinusStart):
    """A transformer that can take the rate and the channels of the recording."""

    def __init__(self, sfreq="auto", ch_names="auto"):
        self.sfreq, self.ch_names = sfreq, ch_names

    def transform(self, X):
        offset = self.sfreq + len(self.ch_names)
        return X + offset


@pytest.mark.parametrize(
    ("step", "name"),
    [
        (BandpassFilter(sfreq=128.0), "sfreq"),
        (make_pipeline(AverageReference(), NotchFilter(sfreq=128.0)), "notch"),
        ({"ecg": BandpassFilter(sfreq=128.0)}, "sfreq"),
    ],
)
def test_a_transformer_for_another_rate_is_refused(step, name):
    rates, ch_names = {"eeg": 128.0, "ecg": 256.0}, {"eeg": ["Fz"], "ecg": ["ECG"]}
    match = rf"{name}.*=128, but 'ecg' is sampled at 256 Hz: pass {name}.*=256"
    with pytest.raises(ValueError, match=match):
        Preprocess(step, rates, ch_names, None)
    Preprocess({"eeg": BandpassFilter(sfreq=128.0)}, rates, ch_names, None)


@pytest.mark.parametrize("step", [Rated(), make_pipeline(Rated())])
def test_the_rate_and_the_channels_are_those_of_the_recording(step):
    rates, ch_names = {"eeg": 128.0, "ecg": 256.0}, {"eeg": ["Fz", "Cz"], "ecg": ["E"]}
    prepare = Preprocess(step, rates, ch_names, None)
    assert (prepare("eeg", np.zeros((2, 9)), "a file") == 130).all()
    assert (prepare("ecg", np.zeros((1, 9)), "a file") == 257).all()


def test_code_that_changes_is_another_description(monkeypatch):
    before = describe(MinusStart())
    source = _preprocess.inspect.getsource(MinusStart)
    monkeypatch.setattr(
        _preprocess.inspect, "getsource", lambda value: source.replace("-", "+")
    )
    assert describe(MinusStart()) != before


def test_each_preprocessing_has_an_entry_of_the_cache(tmp_path):
    label = np.repeat([0, 1, 0], [10, 9, 6]).astype(np.int8)
    content = {"scale_bvp": 0.02}
    for subject in (2, 3):
        content |= {
            f"S{subject:02d}_eda": np.float32(1000 * subject + np.arange(25 * 4)),
            f"S{subject:02d}_hr_offset_s": 4.0,
            f"S{subject:02d}_label": label,
        }
    np.savez(tmp_path / "stress_predict.npz", **content)

    def load(step):
        return load_stress_predict(
            tmp_path,
            subjects=[2, 3],
            modalities="eda",
            window=2.0,
            preprocess=step,
            cache_dir=tmp_path / "cache",
        ).data["eda"]

    plain, whole, half = load(None), load(MinusStart()), load(MinusStart(0.5))
    np.testing.assert_array_equal(half, (plain + whole) / 2)
    assert isinstance(whole, np.memmap)
    assert len(list_cache(tmp_path / "cache")) == 3
    np.testing.assert_array_equal(load(MinusStart()), whole)
    assert len(list_cache(tmp_path / "cache")) == 3
