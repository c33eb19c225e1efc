"""Recordings of one's own become a data set, or it is said what is missing."""

import mne
import numpy as np
import pandas as pd
import pytest

from sklearn_emotion import Modalities
from sklearn_emotion.datasets import EmotionDataset
from sklearn_emotion.montage import MONTAGES


def own(**fields):
    """Six samples of two people, and nothing that need not be given."""
    least = {
        "data": Modalities(eeg=np.zeros((6, 3, 20)), ecg=np.zeros((6, 20))),
        "metadata": pd.DataFrame({"subject": [1, 1, 1, 2, 2, 2]}),
        "sfreq": {"eeg": 10.0, "ecg": 10.0},
    }
    return EmotionDataset(**least | fields)


def test_the_subject_and_the_rate_are_enough():
    dataset = own()
    assert dataset.ch_names == {"eeg": ["eeg0", "eeg1", "eeg2"], "ecg": []}
    assert dataset.units == {"eeg": "unknown", "ecg": "unknown"}
    assert dataset.DESCR == ""
    assert dataset.groups().tolist() == [1, 1, 1, 2, 2, 2]
    assert dataset.select([0, 5]).groups().tolist() == [1, 2]
    assert repr(dataset) == (
        "EmotionDataset(6 samples, 2 subjects; eeg: (6, 3, 20) at 10 Hz, "
        "ecg: (6, 20) at 10 Hz)"
    )
    with pytest.raises(ValueError, match="level 'trial' is not known"):
        dataset.groups("trial")


def test_some_names_and_units_are_given_and_others_not():
    dataset = own(ch_names={"ecg": ["ECG"]}, units={"eeg": "µV"})
    assert dataset.ch_names == {"eeg": ["eeg0", "eeg1", "eeg2"], "ecg": ["ECG"]}
    assert dataset.units == {"eeg": "µV", "ecg": "unknown"}


def test_a_montage_names_its_channels():
    data = {"eeg": np.zeros((6, 14, 20))}
    dataset = own(data=data, sfreq={"eeg": 10.0}, ch_names={"eeg": "emotiv14"})
    assert dataset.ch_names == {"eeg": list(MONTAGES["emotiv14"])}


def test_what_describes_samples_has_no_rate():
    data = Modalities(eeg=np.zeros((6, 3, 20)), age=np.arange(6))
    dataset = own(data=data, sfreq={"eeg": 10.0})
    assert repr(dataset).endswith("eeg: (6, 3, 20) at 10 Hz, age: (6,))")


@pytest.mark.parametrize(
    ("fields", "match"),
    [
        ({"sfreq": 128.0}, r"sfreq must be a dict .* sfreq=\{'eeg': 128.0\}; got 128"),
        ({"sfreq": {"eeg": 10.0}}, r"sfreq must hold the rate .*missing \['ecg'\]"),
        (
            {"sfreq": {"eeg": 0, "ecg": 10.0}},
            r"sfreq\['eeg'\] must be a positive number of Hz, got 0",
        ),
        (
            {"sfreq": {"eeg": 10.0, "ecg": "10"}},
            r"sfreq\['ecg'\] must be a positive number of Hz, got '10'",
        ),
        (
            {"ch_names": {"eeg": ["Fz", "Cz"]}},
            r"ch_names\['eeg'\] has 2 names, but data\['eeg'\] of shape \(6, 3, 20\)",
        ),
        ({"ch_names": {"eeg": "emotiv14"}}, r"ch_names\['eeg'\] has 14 names"),
        ({"ch_names": {"eeg": "cap"}}, r"Unknown montage 'cap'"),
        ({"ch_names": ["Fz", "Cz", "Pz"]}, r"ch_names must be a dict by modality"),
        ({"ch_names": {"EEG": ["Fz"]}}, r"names \['EEG'\].*are \['eeg', 'ecg'\]"),
        ({"units": "µV"}, r"units must be a dict by modality, .*'µV'\}; got 'µV'"),
        ({"units": {"emg": "µV"}}, r"units names \['emg'\]"),
        ({"metadata": {"subject": range(6)}}, r"must be a pandas.DataFrame.* got dict"),
        (
            {"metadata": pd.DataFrame({"person": range(6)})},
            r"must have a column 'subject'.*got \['person'\]",
        ),
        (
            {"metadata": pd.DataFrame({"subject": [1, 2] * 3, "trial": [0, 0, 1] * 2})},
            r"Trials must differ between subjects, but 2 occur.*such as 0.*ngroup\(\)",
        ),
    ],
)
def test_what_does_not_fit_is_named(fields, match):
    with pytest.raises(ValueError, match=match):
        own(**fields)


def test_the_message_about_trials_holds_their_cure():
    metadata = pd.DataFrame(
        {"subject": [1, 1, 2, 2, 2, 2], "trial": [0, 1, 0, 0, 1, 1]}
    )
    metadata["trial"] = metadata.groupby(["subject", "trial"]).ngroup()
    assert own(metadata=metadata).groups("trial").tolist() == [0, 1, 2, 2, 3, 3]


@pytest.fixture
def epochs():
    """Four epochs in volts, of which the third is noisy; one channel is respiration."""
    info = mne.create_info(
        ["ECG", "Fz", "Cz", "belt"], 250.0, ["ecg", "eeg", "eeg", "resp"]
    )
    data = np.arange(4.0)[:, None, None] * np.ones((4, 4, 500)) * 1e-6
    data[2, 1] = 1e-3 * np.arange(500) % 2
    metadata = pd.DataFrame({"subject": [7, 7, 8, 8], "valence": [2.0, 8, 3, 9]})
    return mne.EpochsArray(data, info, metadata=metadata, verbose=False)


def test_epochs_are_turned_from_volts_and_keep_rate_names_and_table(epochs):
    dataset = EmotionDataset.from_epochs(
        epochs, modalities=("eeg", "ecg", "resp"), DESCR="ours"
    )
    assert list(dataset.data) == ["eeg", "ecg", "resp"]
    assert dataset.data["eeg"].shape == (4, 2, 500)
    assert dataset.data["eeg"].dtype == np.float32
    # The last epoch holds 3e-6 of MNE's units throughout: V, V, and whatever.
    last = {name: float(array[3, 0, 0]) for name, array in dataset.data.items()}
    assert last == pytest.approx({"eeg": 3.0, "ecg": 3e-3, "resp": 3e-6})
    assert dataset.units == {"eeg": "µV", "ecg": "mV", "resp": "as recorded"}
    assert dataset.sfreq == {"eeg": 250.0, "ecg": 250.0, "resp": 250.0}
    assert dataset.ch_names == {"eeg": ["Fz", "Cz"], "ecg": ["ECG"], "resp": ["belt"]}
    assert dataset.target("valence").tolist() == [0, 1, 0, 1]
    assert dataset.DESCR == "ours"


def test_rejected_epochs_take_their_rows_with_them(epochs):
    table = epochs.metadata
    epochs.drop_bad(reject={"eeg": 1e-4}, verbose=False)
    assert len(epochs) == 3
    dataset = EmotionDataset.from_epochs(epochs)
    assert dataset.metadata.index.tolist() == [0, 1, 2]
    assert dataset.metadata["subject"].tolist() == [7, 7, 8]
    with pytest.raises(ValueError, match=r"4 rows, but .* 3 epochs.*epochs.selection"):
        EmotionDataset.from_epochs(epochs, table)
    cured = EmotionDataset.from_epochs(epochs, table.iloc[epochs.selection])
    assert cured.metadata.equals(dataset.metadata)


def test_a_table_beside_the_epochs_goes_before_their_own(epochs):
    table = pd.DataFrame({"subject": [1, 2, 3, 4]}, index=[9, 8, 7, 6])
    dataset = EmotionDataset.from_epochs(epochs, table, modalities="eeg")
    assert dataset.groups().tolist() == [1, 2, 3, 4]
    assert dataset.metadata.index.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("modalities", "match"),
    [
        ("mag", r"modalities must be one or more of \('eeg'.*got 'mag'"),
        ((), r"modalities must be one or more of"),
        (("eeg", "gsr"), r"no channels of the types \['gsr'\]; .*'ecg', 'eeg', 'resp'"),
    ],
)
def test_types_of_channel_that_are_not_there_are_named(epochs, modalities, match):
    with pytest.raises(ValueError, match=match):
        EmotionDataset.from_epochs(epochs, modalities=modalities)


def test_epochs_without_a_table_ask_for_one(epochs):
    epochs.metadata = None
    with pytest.raises(ValueError, match=r"no metadata: pass a DataFrame.*'subject'"):
        EmotionDataset.from_epochs(epochs)


def test_recordings_and_tables_of_other_kinds_are_refused(epochs):
    raw = mne.io.RawArray(np.zeros((4, 500)), epochs.info, verbose=False)
    with pytest.raises(ValueError, match=r"mne.Epochs, got RawArray.*fixed_length"):
        EmotionDataset.from_epochs(raw, epochs.metadata)
    with pytest.raises(ValueError, match=r"must be a pandas.DataFrame.*got dict"):
        EmotionDataset.from_epochs(epochs, {"subject": [1, 1, 2, 2]})


def test_channels_that_are_no_electrodes_are_named(epochs):
    renamed = epochs.copy().rename_channels({"Cz": "ECG I"})
    with pytest.warns(UserWarning, match="1 of 2 channels .*10-10 system: ECG I. .*"):
        EmotionDataset.from_epochs(renamed)
    # Names that EDF files use for electrodes have a place.
    renamed = epochs.copy().rename_channels({"Cz": "EEG T3-Ref"})
    EmotionDataset.from_epochs(renamed)


def test_recordings_in_microvolts_are_named():
    rng = np.random.default_rng(0)
    signal = 20e-6 * rng.standard_normal((2, 1280))
    info = mne.create_info(["Fz", "Cz"], 128.0, "eeg")
    raw = mne.io.RawArray(signal, info, verbose="error")
    raw.set_annotations(mne.Annotations([1.0], [4.0], ["film"]))
    assert len(EmotionDataset.from_raws({"ann": raw}, "film", window=1.0)) == 4
    raw.apply_function(lambda x: 1e6 * x)
    with pytest.warns(UserWarning, match=r"EEG of subjects ann exceeds 1e\+06 µV"):
        EmotionDataset.from_raws({"ann": raw}, "film", window=1.0)


def test_a_large_artifact_is_no_other_unit():
    signal = 20e-6 * np.random.default_rng(0).standard_normal((3, 1280))
    signal[0, 128:256] += 2.0
    info = mne.create_info(["Fz", "Cz", "Pz"], 128.0, "eeg")
    raw = mne.io.RawArray(signal, info, verbose="error")
    raw.set_annotations(mne.Annotations([1.0], [4.0], ["film"]))
    dataset = EmotionDataset.from_raws({"ann": raw}, "film", window=1.0)
    assert dataset.data["eeg"][0].max() > 1e6
