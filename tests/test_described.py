"""Rates and channel names travel with the data, and "auto" reads them."""

import copy
import inspect
import pickle
import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline

import sklearn_emotion as se
from sklearn_emotion import (
    DifferentialEntropy,
    GridProjector9x9,
    Modalities,
    ModalityFlattener,
    Resampler,
    SignalArray,
)
from sklearn_emotion.base import SignalTransformer
from sklearn_emotion.datasets import EmotionDataset
from sklearn_emotion.discovery import all_estimators
from sklearn_emotion.evaluation import compare
from sklearn_emotion.evaluation.plan._entries import make_entries

RATE = 250.0
ORDER = np.random.default_rng(1).permutation(se.montage.MONTAGES["deap32"]).tolist()
TRANSFORMERS = [
    kind
    for _, kind in all_estimators()
    if issubclass(kind, SignalTransformer)
    and kind.__name__ != "ICACleaner"
    and {"sfreq", "ch_names"} & set(inspect.signature(kind).parameters)
]


def noise(*shape):
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


def make_dataset(rate=RATE, names=ORDER):
    metadata = pd.DataFrame({"subject": np.repeat([1, 2, 3, 4], 4)})
    metadata["mood"] = ["calm", "tense"] * 8
    return EmotionDataset(
        data={"eeg": noise(16, 32, 1000)},
        metadata=metadata,
        sfreq={"eeg": rate},
        ch_names={"eeg": names},
    )


def values_of(kind):
    names = inspect.signature(kind).parameters
    return {k: v for k, v in (("sfreq", RATE), ("ch_names", ORDER)) if k in names}


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", TRANSFORMERS, ids=lambda kind: kind.__name__)
def test_auto_is_what_the_data_know(kind):
    X = make_dataset().data["eeg"][:3]
    bare = np.asarray(X)
    auto, stated = kind(), kind(**values_of(kind))
    np.testing.assert_array_equal(auto.fit_transform(X), stated.fit_transform(bare))
    np.testing.assert_array_equal(kind().transform(X), auto.transform(bare))
    if hasattr(auto, "get_feature_names_out"):
        names = auto.get_feature_names_out()
        assert names.tolist() == stated.get_feature_names_out().tolist()
    assert all(getattr(auto, f"{k}_") == v for k, v in values_of(kind).items())
    assert all(value == "auto" for value in map(auto.get_params().get, values_of(kind)))


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", TRANSFORMERS, ids=lambda kind: kind.__name__)
def test_arrays_that_know_nothing_have_the_default(kind):
    bare = noise(3, 32, 4000)
    auto = kind()
    defaults = {name: getattr(kind, f"_default_{name}") for name in values_of(kind)}
    out = auto.fit_transform(bare)
    np.testing.assert_array_equal(out, kind(**defaults).fit_transform(bare))
    assert type(out) is np.ndarray or kind is Resampler
    other = SignalArray(bare, sfreq=2.5 * auto.sfreq_)
    with pytest.raises(ValueError, match=r"was fitted at .* Resampler"):
        auto.transform(other)


@pytest.mark.parametrize("kind", TRANSFORMERS, ids=lambda kind: kind.__name__)
def test_a_contradiction_is_an_error(kind):
    X = make_dataset().data["eeg"][:3]
    for name, wrong in (("sfreq", 500.0), ("ch_names", ORDER[::-1])):
        if name in values_of(kind):
            with pytest.raises(ValueError, match=f'Pass {name}="auto"'):
                kind(**{name: wrong}).fit(X)
            with pytest.raises(ValueError, match=f'Pass {name}="auto"'):
                kind(**{name: wrong}).transform(X)


def test_channels_in_another_order_are_an_error():
    X = make_dataset().data["eeg"]
    other = make_dataset(names=ORDER[::-1]).data["eeg"]
    fitted = make_pipeline(DifferentialEntropy(), GridProjector9x9()).fit(X)
    with pytest.raises(ValueError, match="DifferentialEntropy was fitted on"):
        fitted.transform(other)
    with pytest.raises(ValueError, match="GridProjector9x9 was fitted on"):
        fitted[1].transform(DifferentialEntropy().transform(other))
    # Older names of the same electrodes, and names that are no electrodes, are valid.
    older = {"T7": "T3", "T8": "T4", "P7": "T5", "P8": "T6"}
    fitted.transform(SignalArray(X, RATE, [older.get(name, name) for name in ORDER]))
    numbers = SignalArray(X, RATE, [f"E{i}" for i in range(32)])
    GridProjector9x9(ORDER).fit(DifferentialEntropy().transform(numbers))


def test_the_rate_after_a_resampler_travels_on():
    X = make_dataset().data["eeg"]
    for given in (X, np.asarray(X)):
        pipe = make_pipeline(Resampler(new_sfreq=120.0), DifferentialEntropy())
        pipe.set_params(resampler__sfreq=RATE)
        pipe.fit(given)
        assert pipe[-1].sfreq_ == 120.0
    auto = make_pipeline(
        Resampler(new_sfreq=120.0), DifferentialEntropy(), GridProjector9x9()
    )
    auto.fit(X)
    assert auto[1].sfreq_ == 120.0
    assert auto[2].ch_names_ == ORDER


def test_parts_know_what_is_right_for_them():
    bare = noise(6, 3, 500)
    X = SignalArray(bare, RATE, ["F3", "Fz", "F4"])
    assert np.shares_memory(X, bare)
    mask = np.array([True, False] * 3)
    same = [
        *(X[:2], X[[2, 0]], X[mask], X[mask, ...], X[[1], :, :], X[..., 100:200]),
        *(X.copy(), copy.copy(X), copy.deepcopy(X), pickle.loads(pickle.dumps(X))),
        *(X.astype(float), 1e6 * X, X - X.mean(axis=0), train_test_split(X)[0]),
    ]
    assert {(part.sfreq, part.ch_names) for part in same} == {
        (RATE, ("F3", "Fz", "F4"))
    }
    assert X[:, [2, 0]].ch_names == ("F4", "F3")
    assert X[:, 1:].ch_names == ("Fz", "F4")
    other = [
        *(X[0], X[:, 0], X[:, :, ::2], X[None], X.T, X.reshape(6, -1), X.mean(axis=0)),
        *(np.matmul(np.eye(3), X), X + SignalArray(bare, 100.0), np.stack([X, X])),
    ]
    known = {getattr(part, name, None) for part in other for name in ("sfreq",)}
    assert known == {None}
    assert {getattr(part, "ch_names", None) for part in other} == {None}
    # Features whose channels are the last axis, with as many bands as channels.
    features = SignalArray(bare[:, :, :3], ch_names=["F3", "Fz", "F4"])
    for part in (features[:, [0, 1]], features[:, :, :2], features[:, ::-1]):
        assert type(part) is np.ndarray
    X[:] = 0.0
    assert not bare.any()


NAMES = ("F3", "Fz", "F4", "Cz")
BOTH, NEITHER, ONLY_RATE = (RATE, NAMES), (None, None), (RATE, None)


def known(X):
    return getattr(X, "sfreq", None), getattr(X, "ch_names", None)


@pytest.mark.parametrize("axis", [0, 1, 2, -1, None])
@pytest.mark.parametrize("ndim", [2, 3])
def test_names_belong_to_the_same_channels_after_any_function_along_an_axis(axis, ndim):
    """The values of a channel are its number, so that they show where it went."""
    shape = (4, 4, 4)[:ndim]
    bare = np.zeros(shape) + np.arange(4).reshape((1, 4, 1)[:ndim])
    X = SignalArray(bare, RATE, NAMES)
    calls = {
        "flip": lambda x: np.flip(x, axis),
        "roll": lambda x: np.roll(x, 1, axis=axis),
        "take": lambda x: np.take(x, [2, 0, 3], axis=axis),
        "delete": lambda x: np.delete(x, 1, axis=axis),
        "compress": lambda x: np.compress([True, False, True, True], x, axis=axis),
        "repeat": lambda x: np.repeat(x, 2, axis=axis),
        "sort": lambda x: np.sort(-x, axis=axis),
        "concatenate": lambda x: np.concatenate([x, x[:, :2]], axis=axis),
        "swapaxes": lambda x: np.moveaxis(x, 0, 1),
        "cumsum": lambda x: np.cumsum(x, axis=axis),
        "median": lambda x: np.median(x, axis=axis, keepdims=True),
        "rot90": lambda x: np.rot90(x),
        "split": lambda x: np.array_split(x, 3, axis=axis)[1],
        "method take": lambda x: x.take([2, 0, 3], axis=axis),
        "method repeat": lambda x: x.repeat(2, axis=axis),
        "block": lambda x: np.block([[x, x[:, :2]]]),
        "broadcast_to": lambda x: np.broadcast_to(x, (4, *x.shape))[0],
        "take_along_axis": lambda x: np.take_along_axis(x, x.astype(int), axis=1),
    }
    for name, call in calls.items():
        try:
            expected = call(bare)
        except (TypeError, ValueError, IndexError):  # no such axis, or axis=None
            continue
        out = call(X)
        np.testing.assert_array_equal(out, expected, err_msg=name)
        _, names = known(out)
        if names is not None:
            numbers = [NAMES.index(name) for name in names]
            values = np.asarray(out).swapaxes(1, -1)[0].reshape(-1, len(names))
            assert (np.abs(values) == numbers).all(), name


def test_functions_along_an_axis_keep_what_is_still_valid():
    X = SignalArray(noise(6, 4, 50), RATE, NAMES)
    for call in (
        *(lambda axis: np.flip(X, axis), lambda axis: np.roll(X, 1, axis)),
        *(lambda axis: np.take(X, [1, 0], axis), lambda axis: np.delete(X, 2, axis)),
        lambda axis: np.sort(X, axis),
    ):
        assert known(call(0)) == BOTH
        assert known(call(1))[0] == RATE
    assert np.flip(X, 1).ch_names == NAMES[::-1]
    assert np.roll(X, 1, axis=-2).ch_names == ("Cz", "F3", "Fz", "F4")
    assert np.take(X, [2, 0], axis=1).ch_names == ("F4", "F3")
    assert known(np.sort(X, axis=1)) == ONLY_RATE
    assert known(np.flip(X, -1)) == known(np.roll(X, 3, axis=2)) == BOTH
    for part in (np.take(X, [1, 5], 2), np.sort(X), np.roll(X, 1), np.flip(X)):
        assert known(part) == NEITHER
    same = np.copy(X), X.round(2), np.where(X > 0, X, 0), np.zeros_like(X)
    for part in (
        *same,
        *np.split(X, 2),
        *np.array_split(X, 3, axis=-1),
        X.take([1], 0),
    ):
        assert known(part) == BOTH
    # The positions of three values look like an array of the same shape.
    few = SignalArray([[1, 0, 1], [0, 0, 1]], ch_names=["F3", "Fz", "F4"])
    assert np.shape(np.where(few)) == few.shape
    # The parts overlap if the sections are not sorted.
    for part, expected in zip(
        np.split(X, [5, 3], 2), np.split(np.asarray(X), [5, 3], 2)
    ):
        np.testing.assert_array_equal(part, expected)
    # Features, which may have their channels in any axis.
    features = SignalArray(noise(6, 4, 4), ch_names=NAMES)
    assert known(np.roll(features, 1, axis=0)) == (None, NAMES)
    for axis in (1, 2):
        assert known(np.roll(features, 1, axis=axis)) == NEITHER


def test_concatenated_arrays_know_what_they_agree_on():
    X = SignalArray(noise(6, 4, 50), RATE, NAMES)
    for joined in (
        *(np.concatenate([X, X[:2]]), np.vstack([X, X]), np.concatenate((X, X), 0)),
        *(np.concatenate([X, X], axis=-1), np.dstack([X, X])),
        np.concatenate([np.zeros((0, 4, 50)), X]),
    ):
        assert known(joined) == BOTH
    assert known(np.concatenate([X[:, :2], X[:, 2:]], axis=1)) == BOTH
    assert known(np.hstack([X, X])) == ONLY_RATE
    assert known(np.concatenate([X, SignalArray(X, RATE)])) == ONLY_RATE
    assert known(np.concatenate([X, noise(6, 4, 50)])) == NEITHER
    assert known(np.concatenate([X, X], axis=None)) == NEITHER
    slower = SignalArray(X, 128.0, NAMES)
    for axis in (0, 1, 2):
        with pytest.raises(ValueError, match="rates of 250 and 128 Hz"):
            np.concatenate([X, slower], axis=axis)
    other = SignalArray(X, RATE, NAMES[::-1])
    with pytest.raises(ValueError, match="'Cz', but it is 'F3' in the order"):
        np.concatenate([X, other])


def test_an_array_that_is_changed_in_place_does_not_keep_what_is_wrong():
    def array():
        return SignalArray(np.arange(24.0).reshape(2, 4, 3), RATE, NAMES)

    X = array()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        X.shape = (2, 3, 4)
    for part in (X, X[:1], X.copy(), 2 * X, pickle.loads(pickle.dumps(X))):
        assert known(part) == NEITHER
        assert part.shape[1:] == (3, 4)
    np.testing.assert_array_equal(X[1], np.arange(12.0, 24.0).reshape(3, 4))
    for change in (lambda X: X.sort(axis=1), lambda X: X.partition(1, axis=1)):
        X = array()
        change(X)
        assert known(X) == NEITHER


def test_values_of_a_signal_array_are_checked():
    with pytest.raises(ValueError, match="positive number, got -1"):
        SignalArray(noise(2, 3, 4), sfreq=-1)
    with pytest.raises(ValueError, match="2 names, but X of shape"):
        SignalArray(noise(5, 3, 4), ch_names=["Fz", "Cz"])


def test_a_data_set_describes_its_arrays():
    bare = noise(16, 32, 1000)
    dataset = make_dataset()
    fields = {**dataset, "data": {"eeg": bare}}
    assert np.shares_memory(EmotionDataset(**fields).data["eeg"], bare)
    for X in (dataset.data, dataset[:3].data, dataset.data[:2], dataset.data.copy()):
        assert X.sfreq == {"eeg": RATE}
        assert X.ch_names == {"eeg": tuple(ORDER)}
    assert dataset.windows(1.0).data.sfreq == {"eeg": RATE}
    with pytest.raises(TypeError):
        dataset.data.sfreq["eeg"] = 1.0
    # Numbered channels have no names.
    numbered = EmotionDataset(**{**fields, "ch_names": None})
    assert numbered.data.ch_names == {}
    assert numbered[:2].data.ch_names == {}
    with pytest.raises(ValueError, match="250 Hz"):
        EmotionDataset(**{**fields, "data": dataset.data, "sfreq": {"eeg": 128.0}})
    assert Modalities(eeg=bare).sfreq == {}


def test_tools_of_scikit_learn_keep_the_rate(tmp_path):
    X, y = make_dataset().data["eeg"], np.tile([0, 1], 8)

    def build(**values):
        return make_pipeline(
            DifferentialEntropy(**values),
            ModalityFlattener(),
            LogisticRegression(),
            memory=str(tmp_path),
        )

    expected = cross_val_score(build(sfreq=RATE), np.asarray(X), y, cv=2)
    for n_jobs in (None, 2):
        found = cross_val_score(build(), X, y, cv=2, n_jobs=n_jobs)
        assert found.tolist() == expected.tolist()
    grid = {"logisticregression__C": [0.1, 1.0]}
    search = GridSearchCV(build(), grid, cv=2, n_jobs=2).fit(X, y)
    assert search.best_estimator_[0].sfreq_ == RATE
    # The cache must not return the features of the same numbers at another rate.
    assert build().fit(SignalArray(X, 500.0, ORDER), y)[0].sfreq_ == 500.0


def test_hashes_depend_on_the_description_and_are_stable():
    bare = noise(2, 3, 4)
    X = SignalArray(bare, RATE, ["F3", "Fz", "F4"])
    again = pickle.loads(pickle.dumps(X))
    assert joblib.hash(again) == joblib.hash(X)
    others = [
        bare,
        SignalArray(bare, 128.0),
        SignalArray(bare, RATE, "FC1 Fz F4".split()),
    ]
    assert joblib.hash(X) not in [joblib.hash(other) for other in others]


def _kind_of_memory(X):
    return type(X.base).__name__, X.sfreq


def test_workers_map_large_arrays_into_memory():
    X = SignalArray(np.zeros((50, 32, 500)), RATE)
    tasks = (joblib.delayed(_kind_of_memory)(X) for _ in range(2))
    assert joblib.Parallel(n_jobs=2)(tasks) == [("memmap", RATE)] * 2


def test_the_identity_of_folds_depends_on_the_rate_that_is_read():
    def text(estimator, rate=128.0, names="deap32"):
        dataset = make_dataset(rate, names)
        pipe = make_pipeline(estimator, ModalityFlattener(), LogisticRegression())
        entries = make_entries({"m": (pipe, "eeg")}, dataset, "classification", 0)
        return str(entries["m"].described())

    auto = DifferentialEntropy()
    assert text(auto) == text(DifferentialEntropy(sfreq=128.0))
    assert "sfreq" not in text(auto)
    assert text(auto, 250.0) == text(DifferentialEntropy(sfreq=250.0), 250.0)
    assert text(auto, 250.0) != text(auto)
    grid = make_pipeline(auto, GridProjector9x9())
    assert text(grid) != text(grid, names=ORDER)
    halved = make_pipeline(Resampler(new_sfreq=120.0), DifferentialEntropy())
    assert "DifferentialEntropy(sfreq=120.0)" in text(halved)


def test_compare_reads_the_rate():
    dataset = make_dataset()
    models = {
        "auto": (se.make_logistic(), "eeg"),
        "stated": (se.make_logistic(sfreq=RATE), "eeg"),
    }
    results = compare(models, dataset, target="mood")
    scores = {
        name: rows["accuracy"].tolist() for name, rows in results.groupby("estimator")
    }
    assert scores["auto"] == scores["stated"]


@pytest.mark.parametrize("kind", [se.TSception, se.EEGNet, se.ACRNN])
def test_networks_read_the_rate(kind):
    X = make_dataset().data["eeg"]
    y = np.tile([0, 1], 8)
    settings = {"max_epochs": 1, "random_state": 0}
    auto = kind(**settings).fit(X, y)
    stated = kind(**settings, **values_of(kind)).fit(np.asarray(X), y)
    np.testing.assert_array_equal(auto.predict_proba(X), stated.predict_proba(X))
    assert auto.sfreq_ == RATE
    with pytest.raises(ValueError, match="was fitted at 250 Hz"):
        auto.predict(SignalArray(X, 128.0, ORDER))
    with pytest.raises(ValueError, match="has sfreq=128"):
        kind(sfreq=128.0, **settings).fit(X, y)
