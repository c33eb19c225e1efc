"""Recordings in the folder structure of BIDS, read with MNE-BIDS."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from sklearn_emotion._files import naming
from sklearn_emotion.datasets._home import listing

ONSET_UNITS = ("s", "samples")
# Suffixes of the recordings that BIDS allows for EEG.
SUFFIXES = (".edf", ".bdf", ".vhdr", ".set")


def find_raws(root, task, subjects=None, onset_unit="s"):
    """Return the recordings of a task by subject, as lists of Raws.

    The parameters are described in :meth:`EmotionDataset.from_bids`.
    """
    try:
        import mne_bids
    except ImportError as error:
        raise ImportError(
            "from_bids needs the package mne-bids: pip install sklearn_emotion[bids]."
        ) from error
    if onset_unit not in ONSET_UNITS:
        raise ValueError(
            f"onset_unit must be one of {ONSET_UNITS}, got {onset_unit!r}."
        )
    root = Path(root).expanduser()
    if not (root / "dataset_description.json").exists():
        raise FileNotFoundError(
            f"{root} contains no dataset_description.json, so it is no BIDS data set. "
            "Pass the folder that contains the folders sub-..."
        )
    broken = [
        path
        for path in sorted(root.rglob(f"sub-*_task-{task}_*eeg.*"))
        if path.suffix in SUFFIXES and path.is_symlink() and not path.exists()
    ]
    if broken:
        raise FileNotFoundError(
            f"{len(broken)} recordings are links to files that are not there, such as "
            f"{broken[0]}. A clone of a data set with git-annex has such links: fetch "
            "the files with 'datalad get' or 'git annex get'."
        )
    paths = mne_bids.find_matching_paths(
        root, tasks=task, datatypes="eeg", suffixes="eeg", extensions=list(SUFFIXES)
    )
    wanted = (
        None if subjects is None else {str(s).removeprefix("sub-") for s in subjects}
    )
    people = {}
    for path in sorted(paths, key=lambda p: (p.subject, p.session or "", p.run or "")):
        if wanted is None or path.subject in wanted:
            people.setdefault(path.subject, []).append(path)
    absent = sorted((wanted or set()) - set(people))
    if absent or not people:
        tasks = mne_bids.get_entity_vals(root, "task")
        raise FileNotFoundError(
            f"{root} has no recording of the task {task!r} "
            f"{'of the subjects ' + listing(absent) if absent else ''}"
            f"; its tasks are {tasks}."
        )
    return {
        subject: [_read(path, onset_unit) for path in found]
        for subject, found in people.items()
    }


def _read(path, onset_unit):
    import mne
    from mne_bids import read_raw_bids

    file = Path(path.fpath)
    with naming(file, "a recording of BIDS"), warnings.catch_warnings():
        # Onsets in samples lie after the end of the recording, and are read again.
        warnings.filterwarnings("ignore", message=".*outside the data range")
        warnings.filterwarnings("ignore", message="Omitted .* annotation")
        raw = read_raw_bids(path, verbose="error")
    if onset_unit == "samples":
        onsets, durations, names = _read_events(file)
        rate = raw.info["sfreq"]
        raw.set_annotations(mne.Annotations(onsets / rate, durations / rate, names))
    return raw


def _read_events(file):
    """Return onsets, durations and names of the events of a recording."""
    name = file.name.rpartition("_eeg.")[0] + "_events.tsv"
    # Some data sets write the name of the task in different ways.
    found = [p for p in file.parent.iterdir() if p.name.lower() == name.lower()]
    if not found:
        raise FileNotFoundError(f"{file.parent} contains no {name}.")
    with naming(found[0], "the events of a recording"):
        table = _read_tsv(found[0])
        kind = next((k for k in ("trial_type", "value") if k in table), None)
        if kind is None or "onset" not in table:
            raise ValueError("it needs the columns 'onset' and 'trial_type' or 'value'")
        table = table[table[kind].notna()]
        onsets = table["onset"].astype(float).to_numpy()
        durations = table.get("duration", table["onset"] * 0.0)
        durations = durations.fillna(0.0).astype(float).to_numpy()
    return onsets, durations, table[kind].astype(str).tolist()


def _read_tsv(path):
    """Return a table of BIDS, with numbers where a column has no other text."""
    lines = path.read_bytes().decode("utf-8-sig").splitlines()
    rows = [line.split("\t") for line in lines if line.strip()]
    header, *rows = [[cell.strip() for cell in row] for row in rows]
    if any(len(row) != len(header) for row in rows):
        raise ValueError("its rows have different numbers of cells")
    cells = [[None if cell in ("n/a", "") else cell for cell in row] for row in rows]
    table = pd.DataFrame(cells, columns=header, dtype=object)
    for name in header:
        numbers = pd.to_numeric(table[name], errors="coerce")
        is_number = numbers.notna().sum() == table[name].notna().sum() > 0
        if is_number and np.isfinite(numbers.dropna()).all():
            table[name] = numbers
    return table


def read_participants(root):
    """Return the table of the participants with the column ``subject``, or None."""
    path = Path(root).expanduser() / "participants.tsv"
    if not path.exists():
        return None
    with naming(path, "the table of participants"):
        table = _read_tsv(path)
        if "participant_id" not in table:
            raise ValueError("it needs the column 'participant_id'")
    table["subject"] = table.pop("participant_id").str.removeprefix("sub-")
    return table
