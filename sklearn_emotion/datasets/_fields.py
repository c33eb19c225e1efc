"""Checks of the fields of a data set."""

from collections.abc import Mapping
from numbers import Real

import numpy as np
import pandas as pd

from sklearn_emotion._described import describe, read_names, read_rate
from sklearn_emotion._frames import stored
from sklearn_emotion._validation import warn_user
from sklearn_emotion.datasets._home import listing
from sklearn_emotion.model_selection._metadata import in_native_order, with_clear_names
from sklearn_emotion.montage import channel_names

# Number of windows of a subject that show whether a channel is constant.
_N_LOOKED_AT = 3
# Largest values in µV that no EEG stays below, and that no EEG exceeds, even with the
# constant of an electrode.
_SMALLEST, _LARGEST = 0.01, 1e6


def check_metadata_table(metadata):
    """Return a table that pandas can group, and check its subjects and trials.

    Each sample must have a subject, and no trial may have two.
    """
    if not isinstance(metadata, pd.DataFrame):
        raise ValueError(
            "metadata must be a pandas.DataFrame with one row per sample, got "
            f"{type(metadata).__name__}."
        )
    metadata = with_clear_names(metadata)
    if "subject" not in metadata:
        raise ValueError(
            "metadata must have a column 'subject' with the subject of each sample; "
            "got "
            f"{list(metadata.columns)}."
        )
    metadata = in_native_order(metadata)
    if "trial" not in metadata:
        return metadata
    n_subjects = metadata.groupby("trial", observed=True)["subject"].nunique()
    shared = n_subjects.index[n_subjects > 1].tolist()
    if shared:
        raise ValueError(
            f"Trials must differ between subjects, but {len(shared)} occur in several, "
            f"such as {shared[0]!r}. Renumber them: metadata['trial'] = "
            "metadata.groupby(['subject', 'trial']).ngroup()."
        )
    return metadata


def check_rows(samples, n_samples):
    """Return a mask or positions of samples as an array of bool or int."""
    rows = np.asarray(samples)
    if rows.dtype == object:
        rows = np.asarray(pd.Series(rows).infer_objects())
    if rows.shape == (0,):
        return rows.astype(int)
    if rows.ndim != 1 or rows.dtype.kind not in "biu":
        raise ValueError(
            "samples must be a mask, a slice or positions of samples, as an array of "
            f"bool or int with one axis; got the dtype {rows.dtype} and the shape "
            f"{rows.shape}."
        )
    # The positions 0 and 1 alone, as often as there are samples, are a mask.
    if (
        rows.dtype.kind != "b"
        and len(rows) == n_samples > 2
        and np.isin(rows, (0, 1)).all()
    ):
        raise ValueError(
            f"samples has {n_samples} numbers, one for each sample, all of which are 0 "
            "or 1. If they are a mask, pass samples.astype(bool). As positions, they "
            "would select only the first two samples, many times."
        )
    return rows


def check_rates(sfreq, data):
    """Return the sampling rates, and check that each modality has a positive rate."""
    signals = _signals(data)
    if not isinstance(sfreq, Mapping):
        example = {next(iter(signals), "eeg"): 128.0}
        raise ValueError(
            f"sfreq must be a dict of modality to Hz, as in sfreq={example}; got "
            f"{sfreq!r}."
        )
    missing = [name for name in signals if name not in sfreq]
    if missing:
        raise ValueError(
            f"sfreq must hold the rate of each modality in Hz; missing {missing}, got "
            f"{dict(sfreq)}."
        )
    for name, rate in sfreq.items():
        if not isinstance(rate, Real) or not 0 < rate < np.inf:
            raise ValueError(
                f"sfreq[{name!r}] must be a positive number of Hz, got {rate!r}."
            )
    return sfreq


def check_ch_names(ch_names, data):
    """Return the names of the channels of each modality.

    An entry of `ch_names` is a list of names or the name of a montage. Signals without
    an entry get numbered names.
    """
    ch_names = _by_modality(ch_names, data, "ch_names", "['Fz', 'Cz']")
    out = {}
    for name, shape in _signals(data).items():
        if name not in ch_names:
            numbers = range(shape[1] if len(shape) == 3 else 0)
            out[name] = [f"{name}{number}" for number in numbers]
            continue
        names = ch_names[name]
        names = channel_names(names) if isinstance(names, str) else list(names)
        # Features and videos have channels last; (n_samples, n_times) is one channel.
        sizes = {*shape[1:], *([1] if len(shape) == 2 else [])}
        if names and len(names) not in sizes:
            raise ValueError(
                f"ch_names[{name!r}] has {len(names)} names, but data[{name!r}] of "
                f"shape {shape} has no axis of {len(names)} channels; signals have "
                "the shape (n_samples, n_channels, n_times)."
            )
        out[name] = names
    return out


def described(data, sfreq, ch_names):
    """Return `Modalities` whose arrays know the rates and names of a data set.

    Numbered channels count as unknown. Raise an error if an array knows another rate or
    other names.
    """
    out = {}
    for name, array in stored(data).items():
        if not isinstance(array, np.ndarray) or array.ndim < 2:
            out[name] = array
            continue
        owner = f"the data set in the entry {name!r}"
        rate = sfreq.get(name)
        if rate is not None:
            rate = float(read_rate(array, rate, None, owner))
        names = ch_names.get(name) or None
        if names is not None:
            numbered = [f"{name}{number}" for number in range(len(names))]
            names = None if list(names) == numbered else names
        if names is not None:
            read_names(array, names, None, owner)
        out[name] = describe(array, rate, None if names is None else tuple(names))
    described_data = type(data)(**out)
    described_data._feature_names = data._feature_names
    return described_data


def check_units(units, data):
    """Return the unit of each modality, or "unknown" if it is not in `units`."""
    units = _by_modality(units, data, "units", "'µV'")
    return {name: units.get(name, "unknown") for name in _signals(data)}


def _signals(data):
    # Entries with one dimension describe samples and are not signals.
    return {name: x.shape for name, x in stored(data).items() if len(x.shape) >= 2}


def _by_modality(value, data, field, example):
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ValueError(
            f"{field} must be a dict by modality, as in {field}={{'eeg': {example}}}; "
            f"got {value!r}."
        )
    unknown = [name for name in value if name not in data]
    if unknown:
        raise ValueError(
            f"{field} names {unknown}, but the modalities are {list(data)}."
        )
    return value


def warn_of_signals(title, data, subjects, ch_names, *, from_volts=False):
    """Warn of EEG channels that are constant, and of EEG that is in another unit.

    Parameters
    ----------
    title : str
        What the signals are, at the beginning of the warning.
    data : dict of str to ndarray
        Signals by modality. The EEG has the shape (n_samples, n_channels, n_times) and
        should be in µV. Three windows of each subject are looked at.
    subjects : array-like of shape (n_samples,)
        Subject of each sample.
    ch_names : dict of str to sequence of str
        Channels by modality.
    from_volts : bool, default=False
        Whether the EEG was multiplied by a million, because it should have been in V.
    """
    eeg = data.get("eeg")
    if eeg is None or eeg.ndim != 3 or eeg.shape[2] < 2:
        return
    flat, small, large = [], [], []
    codes, people = pd.factorize(np.asarray(subjects))
    for code, subject in enumerate(people):
        rows = np.flatnonzero(codes == code)
        part = eeg[rows[:: -(-len(rows) // _N_LOOKED_AT)]]
        names = np.array(ch_names["eeg"])[(np.ptp(part, axis=2) == 0).all(axis=0)]
        if len(names):
            flat.append(f"{listing(names.tolist())} of subject {subject}")
        peaks = np.abs(part).max(axis=2)
        if 0 < peaks.max() < _SMALLEST:
            small.append(str(subject))
        # The median, because a single artifact can be of any size.
        elif from_volts and np.median(peaks) > _LARGEST:
            large.append(str(subject))
    notes = []
    if flat:
        notes.append(
            "EEG channels are constant in the windows that were looked at: "
            f"{listing(flat, 5)}"
        )
    if small:
        notes.append(
            f"the EEG of subjects {listing(small)} stays below {_SMALLEST:g} µV, so "
            "its files may be in V or mV: multiply it by 1e6 or 1e3"
        )
    if large:
        notes.append(
            f"the EEG of subjects {listing(large)} exceeds {_LARGEST:g} µV, so the "
            "recordings may be in µV, although MNE needs V: multiply them by 1e-6"
        )
    if notes:
        warn_user(f"{title}: {'; '.join(notes)}.")
