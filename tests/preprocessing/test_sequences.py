"""Sequences contain consecutive samples of one trial."""

import numpy as np
import pandas as pd
import pytest

from sklearn_emotion import (
    DifferentialEntropy,
    Modalities,
    SignalArray,
    explode_windows,
)
from sklearn_emotion.preprocessing import make_sequences


def table(trials, windows, **columns):
    return pd.DataFrame({"trial": trials, "window": windows, **columns})


def test_sequences_do_not_cross_trials_or_gaps():
    """Trial a has the windows 0, 1, 2 and 4, 5, and trial b has 0, 1."""
    metadata = table(list("aaaaabb"), [0, 1, 2, 4, 5, 0, 1])
    X, y, rows = make_sequences(np.arange(7), np.arange(7) * 10, metadata, length=2)
    assert y.tolist() == [[0, 10], [30, 40], [50, 60]]
    assert X.tolist() == [0, 3, 5]  # one dimension describes the trial
    assert rows["window"].tolist() == [0, 4, 0]
    assert rows.index.tolist() == [0, 1, 2]


def test_every_sequence_is_a_run_of_one_trial():
    rng = np.random.default_rng(0)
    trials, windows = (x.ravel() for x in np.mgrid[:6, :20])
    keep = rng.permutation(120)[:90]
    trials, windows = trials[keep], windows[keep]
    n = np.arange(90)[:, None]
    X, y, _ = make_sequences(n, n[:, 0], table(trials, windows), length=3, step=1)
    np.testing.assert_array_equal(X[..., 0], y)
    assert (trials[y] == trials[y][:, :1]).all()
    assert (np.diff(windows[y], axis=1) == 1).all()
    # With a step of 1, each run of m windows gives m - 2 sequences.
    present = np.zeros((6, 22), bool)
    present[trials, windows] = True
    whole = present[:, :-2] & present[:, 1:-1] & present[:, 2:]
    assert len(y) == whole.sum()


def test_joined_signals_are_the_signals_before_they_were_cut():
    rng = np.random.default_rng(0)
    trials = Modalities(
        eeg=rng.normal(size=(2, 3, 48)),
        face=rng.integers(0, 256, (2, 12, 3, 2, 2), dtype=np.uint8),
        baseline=rng.normal(size=(2, 3, 5)),
        subject=np.array(["s1", "s2"]),
    )
    samples, metadata = explode_windows(
        trials, window=1.0, rate={"eeg": 8.0, "face": 2.0}, axis={"eeg": -1, "face": 1}
    )
    X, y, _ = make_sequences(
        samples, None, metadata, length=3, axis={"eeg": -1, "face": 1}
    )
    assert y is None
    assert X["eeg"].shape == (4, 3, 24)
    np.testing.assert_array_equal(
        X["eeg"][2:], np.concatenate(np.split(trials["eeg"][1:], 2, axis=2))
    )
    np.testing.assert_array_equal(
        X["face"][:2], np.concatenate(np.split(trials["face"][:1], 2, axis=1))
    )
    assert X["face"].dtype == np.uint8
    np.testing.assert_array_equal(X["baseline"], trials["baseline"].repeat(2, axis=0))
    assert X["subject"].tolist() == ["s1", "s1", "s2", "s2"]


@pytest.mark.parametrize("axis", [-1, None])
def test_sequences_know_the_rate_and_the_channels_of_their_samples(axis):
    names = ("F3", "Fz", "F4")
    bare = np.random.default_rng(0).normal(size=(4, 3, 500))
    X = SignalArray(bare, 250.0, names)
    rows = table([0, 0, 1, 1], [0, 1, 0, 1])
    out, _, _ = make_sequences(
        {"eeg": X, "baseline": X, "ecg": bare},
        None,
        rows,
        length=2,
        axis={"eeg": axis, "ecg": axis},
    )
    assert out.sfreq == {"eeg": 250.0, "baseline": 250.0}
    assert out.ch_names == {"eeg": names, "baseline": names}
    assert type(out["ecg"]) is np.ndarray
    alone, _, _ = make_sequences(X, None, rows, length=2, axis=axis)
    assert (alone.sfreq, alone.ch_names) == (250.0, names)
    entropy = DifferentialEntropy(window=1.0).fit_transform(X)
    features, _, _ = make_sequences(entropy, None, rows, length=2, axis=1)
    assert (features.sfreq, features.ch_names) == (None, names)


def test_channels_that_are_joined_have_no_names():
    X = SignalArray(np.zeros((2, 3, 500)), 250.0, ["F3", "Fz", "F4"])
    out, _, _ = make_sequences(X, None, table([0, 0], [0, 1]), length=2, axis=1)
    assert (out.sfreq, out.ch_names) == (250.0, None)


def test_subjects_may_have_trials_with_the_same_number():
    metadata = table([0, 0, 0, 0], [0, 1, 0, 1], subject=["a", "a", "b", "b"])
    _, y, _ = make_sequences(np.zeros(4), np.arange(4), metadata, length=2)
    assert y.tolist() == [[0, 1], [2, 3]]


def test_samples_in_another_order_are_put_in_the_order_of_time():
    _, y, _ = make_sequences(
        np.zeros(4), np.arange(4), table([0] * 4, [3, 2, 1, 0]), length=4
    )
    assert y.tolist() == [[3, 2, 1, 0]]


def test_short_trials_are_counted():
    metadata = table([0, 0, 1], [0, 1, 0])
    with pytest.warns(UserWarning, match="1 of 2 trials have fewer than 2"):
        _, y, _ = make_sequences(np.zeros(3), np.arange(3), metadata, length=2)
    assert y.tolist() == [[0, 1]]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"length": 0}, "length must be a positive whole number, got 0"),
        ({"step": 1.5}, "step must be a positive whole number"),
        ({"length": 9}, "No trial has 9 consecutive samples"),
        ({"y": np.zeros(3)}, "same samples, got .*'y': 3"),
        ({"metadata": {"trial": [0] * 4}}, "columns 'trial' and 'window'"),
        ({"metadata": table([0] * 4, [0, 1, 1, 2])}, "same trial and window"),
        ({"axis": 5}, "has no axis 5 of time"),
        ({"axis": {"eeg": 1}}, r"axis names \['eeg'\], but X contains \['X'\]"),
    ],
)
def test_what_is_wrong_is_named(changes, message):
    arguments = {
        "X": np.zeros((4, 2, 3)),
        "y": None,
        "metadata": table([0] * 4, range(4)),
        "length": 2,
    }
    with pytest.raises(ValueError, match=message):
        make_sequences(**arguments | changes)
