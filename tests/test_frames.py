"""Selected frames stay on disk until they are used."""

import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier

from sklearn_emotion import (
    BaselineRemoval,
    DifferentialEntropy,
    Modalities,
    SubjectStandardizer,
    make_modality_transformer,
)
from sklearn_emotion._described import describe, rate_of
from sklearn_emotion._frames import UnreadFrames, stored
from sklearn_emotion.datasets import EmotionDataset
from sklearn_emotion.evaluation import compare
from sklearn_emotion.evaluation.plan._plan import Plan
from sklearn_emotion.evaluation.run._estimate import estimate
from sklearn_emotion.models import (
    DeepVANet,
    HierarchicalAttentionLSTM,
    ThreeFACRNN,
    VisualCNNTCN,
)

N, BATCH = 12, 4
Y = np.arange(N) % 2
TRAIN, TEST = np.array([0, 1, 2, 3, 5, 6, 7, 8, 9, 11]), np.array([10, 4])


@pytest.fixture
def on_disk(tmp_path):
    """Return a function that stores an array and returns a read-only memory map."""

    def store(array):
        np.save(tmp_path / "array.npy", array)
        return np.load(tmp_path / "array.npy", mmap_mode="r")

    return store


@pytest.fixture
def reads(monkeypatch):
    """Collect how many samples are read at once."""
    sizes, read = [], UnreadFrames.read

    def recorded(frames):
        sizes.append(len(frames))
        return read(frames)

    monkeypatch.setattr(UnreadFrames, "read", recorded)
    return sizes


def make_faces(n_frames=2, side=48):
    rng = np.random.default_rng(0)
    shape = (N, n_frames, 3, side, side)
    return rng.integers(0, 256, size=shape, dtype=np.uint8)


def make_cases():
    rng = np.random.default_rng(1)
    options = {"max_epochs": 2, "batch_size": BATCH, "random_state": 0}
    grids = rng.standard_normal((N, 2, 4, 9, 9)).astype(np.float32)
    teacher = VisualCNNTCN(n_features=8, **options)
    student = ThreeFACRNN(lstm_hidden=8, teacher=teacher, **options)
    bio = rng.standard_normal((N, 4, 128)).astype(np.float32)
    images = rng.random((N, 3, 2, 8, 8), dtype=np.float32)
    return {
        "VisualCNNTCN": (teacher, make_faces(), {}),
        "ThreeFACRNN": (student, make_faces(24), {"eeg": grids}),
        "DeepVANet": (DeepVANet(**options), make_faces(side=64), {"bio": bio}),
        "HierarchicalAttentionLSTM": (
            HierarchicalAttentionLSTM(n_hidden=8, **options),
            make_faces(3, 16),
            {"eeg": images},
        ),
    }


@pytest.mark.parametrize("name", make_cases())
def test_networks_read_batches_and_predict_the_same(name, on_disk, reads):
    network, faces, others = make_cases()[name]
    in_memory = Modalities(face=faces, **others)
    mapped = in_memory | {"face": on_disk(faces)}
    fitted = network.fit(in_memory[TRAIN], Y[TRAIN])
    expected = fitted.predict_proba(in_memory[TEST])
    assert not reads
    fitted = network.fit(mapped[TRAIN], Y[TRAIN])
    # The last training batch may have one sample more. The features of the teacher are
    # computed from about a million values at once.
    most = 2**20 // faces[0].size if name == "ThreeFACRNN" else BATCH + 1
    assert 0 < max(reads) <= most < len(TRAIN)
    np.testing.assert_array_equal(fitted.predict_proba(mapped[TEST]), expected)


def test_early_stopping_reads_batches(on_disk, reads):
    network, faces, _ = make_cases()["VisualCNNTCN"]
    X = Modalities(face=on_disk(faces))
    network.set_params(early_stopping=True).fit(X[TRAIN], Y[TRAIN], groups=TRAIN)
    assert 0 < max(reads) <= BATCH + 1


@pytest.mark.parametrize(
    "step",
    [
        SubjectStandardizer(modalities=["eeg"]),
        BaselineRemoval(domain="signal", baseline="eeg_baseline", sfreq=4.0),
    ],
)
def test_frames_pass_through_the_steps_of_another_modality_unread(step, on_disk, reads):
    eeg = np.ones((N, 4, 8))
    arrays = {"eeg": eeg, "eeg_baseline": eeg, "subject": np.arange(N) // 3}
    X = Modalities(face=describe(on_disk(make_faces()), 8.0), **arrays)[TRAIN]
    out = step.fit(X).transform(X)
    assert out.sfreq == {"face": 8.0}
    assert isinstance(stored(out)["face"], UnreadFrames)
    assert not reads


def test_frames_stay_unread_if_other_modalities_change(on_disk, reads):
    X = Modalities(face=on_disk(make_faces()))[TRAIN]
    X["eeg"] = np.zeros((len(TRAIN), 4, 8))
    X.update(X | {"ecg": np.zeros((len(TRAIN), 8))})
    assert list(X) == ["face", "eeg", "ecg"]
    assert isinstance(stored(X)["face"], UnreadFrames)
    assert not reads


@pytest.mark.parametrize("remainder", ["drop", "passthrough"])
def test_frames_pass_through_a_transformer_unread(remainder, on_disk, reads):
    eeg = np.random.default_rng(0).standard_normal((N, 4, 256))
    X = Modalities(face=on_disk(make_faces()), eeg=eeg)[TRAIN]
    passed = {} if remainder == "passthrough" else {"face": "passthrough"}
    step = make_modality_transformer(
        eeg=DifferentialEntropy(), remainder=remainder, **passed
    )
    for out in (step.fit_transform(X), step.transform(X), step.fit(X).transform(X)):
        assert isinstance(stored(out)["face"], UnreadFrames)
    assert not reads


def test_selections_of_selections_are_those_of_the_array(on_disk):
    faces = make_faces()
    X = Modalities(face=on_disk(faces), subject=np.arange(N))
    for key in (TRAIN, slice(2, 9), np.arange(N) % 3 > 0, [3, 1, 1], (TRAIN, ...)):
        rows = np.arange(N)[key]
        some = X[key]
        assert some["subject"].tolist() == rows.tolist()
        np.testing.assert_array_equal(some[::-1][1:]["face"], faces[rows][::-1][1:])
        np.testing.assert_array_equal(
            some[np.array([2, 0])]["face"], faces[rows[[2, 0]]]
        )


@pytest.mark.parametrize(
    "read",
    [
        lambda X: X["face"],
        lambda X: X.get("face"),
        lambda X: X.copy().pop("face"),
        lambda X: dict(X.items())["face"],
        lambda X: next(iter(X.values())),
        lambda X: X.copy().popitem()[1],
        lambda X: dict(X)["face"],
        lambda X: {**X}["face"],
        lambda X: dict(**X)["face"],
        lambda X: (X | {"eeg": np.zeros(len(X))})["face"],
        lambda X: pickle.loads(pickle.dumps(X))["face"],
        lambda X: np.asarray(stored(X)["face"]),
        lambda X: np.stack([stored(X)["face"][i] for i in range(len(X))]),
    ],
)
def test_every_way_to_read_gives_an_array_of_its_own(read, on_disk):
    faces = make_faces()
    X = Modalities(face=on_disk(faces))[TRAIN]
    found = read(X)
    assert isinstance(found, np.ndarray)
    np.testing.assert_array_equal(found, faces[TRAIN])
    found[:] = 0
    assert X.get("face", None) is X["face"]
    assert X.get("eeg", 3) == 3


def test_selected_frames_have_the_hash_of_their_copy(on_disk):
    faces = make_faces()
    selected, copied = Modalities(face=on_disk(faces))[TRAIN], Modalities(face=faces)
    assert joblib.hash(selected) == joblib.hash(copied[TRAIN])


def test_selected_frames_know_their_rate_and_names(on_disk):
    faces = describe(on_disk(make_faces()), 8.0, ("red", "green", "blue"))
    X = Modalities(face=faces)[TRAIN]
    assert X.sfreq == {"face": 8.0}
    assert X.ch_names == {"face": ("red", "green", "blue")}
    assert rate_of(X["face"]) == 8.0


def test_arrays_that_may_change_are_copied():
    faces = make_faces()
    X = Modalities(face=faces, eeg=np.zeros((N, 4, 8), dtype=np.float32))[TRAIN]
    faces[:] = 0
    assert all(isinstance(x, np.ndarray) for x in stored(X).values())
    assert X["face"].any()


def test_a_selected_data_set_is_printed_and_compared_without_reading(on_disk, reads):
    metadata = pd.DataFrame({"subject": np.arange(N) // 3, "trial": np.arange(N)})
    dataset = EmotionDataset(
        data=Modalities(face=on_disk(make_faces()), eeg=np.ones((N, 4, 8))),
        metadata=metadata.assign(mood=np.where(Y, "high", "low")),
        sfreq={"face": 5.0, "eeg": 128.0},
        ch_names={},
        units={},
        DESCR="made for tests",
    )
    some = dataset.select(TRAIN)
    assert "face: (10, 2, 3, 48, 48) at 5 Hz" in repr(some)
    assert some.summary()["n_samples"].tolist() == [3, 2, 3, 2]
    estimators = {"dummy": (DummyClassifier(), ("face", "eeg"))}
    folds = {"target": "mood", "protocol": "group-k-fold", "n_splits": 2}
    compare(estimators, some, **folds)
    # A dry run counts the EEG of the training side, and no frames.
    n_train = max(len(train) for train, _ in Plan(estimators, some, **folds).splits)
    memory = estimate(Plan(estimators, some, **folds)).attrs["memory"]
    assert memory == pytest.approx(n_train * 4 * 8 * 8)
    assert not reads
