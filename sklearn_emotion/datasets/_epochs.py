"""Conversion of MNE's epochs to the library's units, without importing MNE."""

import numpy as np

from sklearn_emotion._validation import warn_user
from sklearn_emotion.datasets._fields import check_metadata_table
from sklearn_emotion.datasets._home import listing
from sklearn_emotion.modalities import Modalities
from sklearn_emotion.montage import GRID_CELLS, canonical_name

# Unit of each type of channel, and the factor from MNE's unit to this unit.
UNITS = {
    "eeg": ("µV", 1e6),
    "eog": ("µV", 1e6),
    "emg": ("µV", 1e6),
    "ecg": ("mV", 1e3),
    "gsr": ("µS", 1e6),
    "resp": ("as recorded", 1.0),
}


def read_epochs(epochs, metadata, modalities):
    """Return the fields of a data set from epochs.

    The fields are ``data``, ``metadata``, ``sfreq``, ``ch_names`` and ``units``. The
    parameters are described in :meth:`EmotionDataset.from_epochs`.
    """
    if not hasattr(epochs, "selection"):
        raise ValueError(
            f"epochs must be mne.Epochs, got {type(epochs).__name__}. To cut a "
            "recording, use mne.Epochs or mne.make_fixed_length_epochs."
        )
    names = [modalities] if isinstance(modalities, str) else list(modalities)
    unknown = [name for name in names if name not in UNITS]
    if unknown or not names:
        raise ValueError(
            f"modalities must be one or more of {tuple(UNITS)}, got {modalities!r}. "
            "Pass others as arrays to EmotionDataset(data=Modalities(...))."
        )
    types = np.array(epochs.get_channel_types())
    picks = {name: np.flatnonzero(types == name) for name in names}
    absent = [name for name in names if not len(picks[name])]
    if absent:
        raise ValueError(
            f"The epochs have no channels of the types {absent}; there are "
            f"{sorted(set(types.tolist()))}."
        )
    signals = epochs.get_data(picks="all")  # a single call, because it may read files
    data = {
        name: (signals[:, picks[name]] * UNITS[name][1]).astype(np.float32)
        for name in names
    }
    # Read after the signals, because reading drops rejected epochs from it.
    metadata = epochs.metadata if metadata is None else metadata
    if metadata is None:
        raise ValueError(
            "The epochs have no metadata: pass a DataFrame with one row per epoch and "
            "a column 'subject'."
        )
    check_metadata_table(metadata)
    n_epochs = len(data[names[0]])
    if len(metadata) != n_epochs:
        raise ValueError(
            f"metadata has {len(metadata)} rows, but there are {n_epochs} epochs. "
            "To drop the rows of rejected epochs, use metadata.iloc[epochs.selection]."
        )
    ch_names = {n: [epochs.ch_names[i] for i in picks[n]] for n in names}
    warn_of_channels(ch_names.get("eeg", []))
    return {
        "data": Modalities(**data),
        "metadata": metadata.reset_index(drop=True),
        "sfreq": dict.fromkeys(names, float(epochs.info["sfreq"])),
        "ch_names": ch_names,
        "units": {name: UNITS[name][0] for name in names},
    }


def warn_of_channels(names):
    """Warn of EEG channels whose names have no place in the 10-10 system."""
    others = [name for name in names if canonical_name(name) not in GRID_CELLS]
    if others:
        warn_user(
            f"{len(others)} of {len(names)} channels of the type 'eeg' have no place "
            f"in the 10-10 system: {listing(others)}. Readers of EDF files give every "
            "channel the type 'eeg', so these may be ECG, EOG, reference or trigger "
            "channels. Set their types with the method set_channel_types or drop them "
            "with drop_channels. If they are EEG electrodes under other names, rename "
            "them with rename_channels."
        )
