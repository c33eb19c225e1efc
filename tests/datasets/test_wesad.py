"""WESAD: runs of conditions, units, one time in all sensors, and damaged files."""

import pickle

import numpy as np
import pytest
from _whole import MinusStart

from sklearn_emotion.datasets import load_wesad

# Seconds of each code.
RUNS = [(0, 2.5), (1, 7.2), (0, 1.0), (2, 6.3), (5, 2.0), (4, 4.0), (0, 1.0), (4, 3.0)]
SECONDS = 27
CHANNELS = {"ACC": 3}
CHEST = ("ACC", "ECG", "EMG", "EDA", "Temp", "Resp")
WRIST = {"ACC": 32, "BVP": 64, "EDA": 4, "TEMP": 4}


def content(subject):
    """Signals whose value is the time in s, plus the channel in 1000s."""

    def signal(name, rate):
        times = np.arange(SECONDS * rate) / rate
        return times[:, None] + 1000.0 * np.arange(CHANNELS.get(name, 1))

    codes = np.concatenate([np.full(round(700 * s), c) for c, s in RUNS])
    return {
        "signal": {
            "chest": {name: signal(name, 700) for name in CHEST},
            "wrist": {name: signal(name, rate) for name, rate in WRIST.items()},
        },
        "label": codes.astype(np.int32),
        "subject": f"S{subject}",
    }


@pytest.fixture
def folder(tmp_path):
    for subject in (2, 3):
        path = tmp_path / "WESAD" / f"S{subject}" / f"S{subject}.pkl"
        path.parent.mkdir(parents=True)
        path.write_bytes(pickle.dumps(content(subject), protocol=2))
    return tmp_path


def load(folder, **options):
    return load_wesad(folder, **{"subjects": [2, 3], "window": 2.0, **options})


def test_windows_lie_within_a_condition_and_show_one_time(folder):
    names = ("ecg", "acceleration", "wrist_bvp", "wrist_eda", "wrist_acceleration")
    dataset = load(folder, modalities=names, conditions=["baseline", "stress"])
    one = dataset.metadata[dataset.metadata["subject"] == 3]
    # Codes 1 and 2 last from 2.5 to 9.7 s and from 10.7 to 17 s.
    assert one["start"].tolist() == [3, 3, 3, 11, 11, 11]
    assert one["condition"].tolist() == ["baseline"] * 3 + ["stress"] * 3
    assert one["trial"].nunique() == 2
    for row in one.index:
        start = one["start"][row] + one["onset"][row]
        for name in names:
            rate = dataset.sfreq[name]
            times = start + np.arange(round(2 * rate)) / rate
            expected = times + 1000.0 * np.arange(len(dataset.ch_names[name]))[:, None]
            if name == "wrist_acceleration":
                expected /= 64
            np.testing.assert_array_equal(dataset.data[name][row], np.float32(expected))
    assert dataset.units["wrist_eda"] == "µS"


def test_two_periods_of_meditation_are_two_trials(folder):
    dataset = load(folder, conditions="meditation", subjects=[2])
    assert dataset.metadata["trial"].nunique() == 2
    assert dataset.target("condition").tolist() == ["meditation"] * len(dataset.data)


def test_code_is_not_run(folder, tmp_path):
    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "made"), "w"))

    path = folder / "WESAD" / "S2" / "S2.pkl"
    path.write_bytes(pickle.dumps({**content(2), "subject": Evil()}))
    with pytest.raises(ValueError, match=r"S2\.pkl .*asks for .*open"):
        load(folder)
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda c: c.pop("label"), "label"),
        (
            lambda c: c.update(label=c["label"][:700]),
            "lasts 27 s, but the labels last 1",
        ),
        (lambda c: c.update(label=c["label"] + 9), "codes from 0 to 7"),
        (lambda c: c.update(label=c["label"] + 0.5), "codes from 0 to 7"),
        (lambda c: c.update(subject="S7"), "states the subject 'S7'"),
        (lambda c: c["signal"]["wrist"].pop("EDA"), "EDA"),
        (
            lambda c: c["signal"]["wrist"].update(EDA=np.zeros(9)),
            r"signal/wrist/EDA must be of shape \('n_times', 1\)",
        ),
        (lambda c: c.update(signal=3), "another kind"),
    ],
)
def test_damaged_files_are_named(folder, change, match):
    changed = content(2)
    change(changed)
    path = folder / "WESAD" / "S2" / "S2.pkl"
    path.write_bytes(pickle.dumps(changed))
    with pytest.raises(ValueError, match=match) as caught:
        load(folder)
    assert str(path) in str(caught.value)


def test_missing_files_and_wrong_names_are_named(folder):
    with pytest.raises(FileNotFoundError, match=r"S4/S4\.pkl.*subjects=\[2, 3\]"):
        load(folder, subjects=[2, 3, 4])
    with pytest.raises(ValueError, match="subjects must be"):
        load(folder, subjects=[12])
    with pytest.raises(ValueError, match="conditions must be"):
        load(folder, conditions=["fun"])


def test_whole_sessions_are_preprocessed_in_their_unit(folder):
    names = ("acceleration", "wrist_acceleration")
    step = {"wrist_acceleration": MinusStart()}
    dataset = load(folder, modalities=names, conditions=["stress"], preprocess=step)
    plain = load(folder, modalities=names, conditions=["stress"])
    # The first value of a channel is 1000 times its number, in 1/64 g.
    starts = np.float32(1000.0 * np.arange(3)[:, None] / 64)
    found = dataset.data["wrist_acceleration"] + starts
    np.testing.assert_allclose(found, plain.data["wrist_acceleration"], rtol=1e-6)
    for name in ("acceleration",):
        np.testing.assert_array_equal(dataset.data[name], plain.data[name])
