"""Recordings in the folder structure of BIDS, read with MNE-BIDS."""

import math
import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from sklearn_emotion._files import NUMBER, decode, naming
from sklearn_emotion.datasets._home import listing

ONSET_UNITS = ("s", "samples")
# Suffixes of the recordings that BIDS allows for EEG.
SUFFIXES = (".edf", ".bdf", ".vhdr", ".set")
# Cells without a value. BIDS allows the first, and MNE-BIDS reads all of them.
_ABSENT = ("n/a", "nan", "NaN", "")
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")


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
    # MNE-BIDS reads the table, too, but its errors do not name it.
    read_participants(root)
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
    events = _find_events(file)
    if events is not None:
        with naming(events, "the events of a recording"):
            _check_times(_read_tsv(events))
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


def _find_events(file):
    """Return the path of the events of a recording, or None."""
    name = file.name.rpartition("_eeg.")[0] + "_events.tsv"
    # Some data sets write the name of the task in different ways.
    found = [p for p in file.parent.iterdir() if p.name.lower() == name.lower()]
    return found[0] if found else None


def _check_times(table):
    """Check that onsets and durations are numbers. They may be missing."""
    for name in ("onset", "duration"):
        values = table[name].dropna() if name in table else ()
        if len(values) and values.dtype.kind not in "if":
            raise ValueError(f"its column {name!r} must have numbers")


def _read_events(file):
    """Return onsets, durations and names of the events of a recording."""
    path = _find_events(file)
    if path is None:
        raise FileNotFoundError(f"There is no table of events for {file}.")
    with naming(path, "the events of a recording"):
        table = _read_tsv(path, texts=["trial_type", "value"])
        kind = next((k for k in ("trial_type", "value") if k in table), None)
        if kind is None or "onset" not in table:
            raise ValueError("it needs the columns 'onset' and 'trial_type' or 'value'")
        table = table[table[kind].notna()]
        if table["onset"].isna().any():
            raise ValueError("its column 'onset' must have a number in each row")
        _check_times(table)
        onsets = table["onset"].to_numpy(dtype=float)
        durations = table.get("duration", table["onset"] * 0.0).to_numpy(dtype=float)
    return onsets, np.nan_to_num(durations), table[kind].tolist()


def _read_tsv(path, texts=()):
    """Return a table of BIDS, with numbers where a column has no other text.

    The columns `texts` stay text. The numbers are converted by Python, because pandas
    ends the process if an exponent is huge.
    """
    lines = decode(path.read_bytes()).splitlines()
    rows = [line.split("\t") for line in lines if line.strip()]
    if not rows:
        raise ValueError("it is empty")
    header, *rows = [[cell.strip() for cell in row] for row in rows]
    if len(set(header)) < len(header):
        raise ValueError(f"its columns {header} do not have different names")
    if any(len(row) != len(header) for row in rows):
        raise ValueError("its rows have different numbers of cells")
    columns = dict(zip(header, zip(*rows))) if rows else dict.fromkeys(header, ())
    table = {name: _convert(cells, name in texts) for name, cells in columns.items()}
    return pd.DataFrame(table)


def _convert(cells, is_text):
    """Return the cells of a column as numbers, or as text if any is no number."""
    values = [None if cell in _ABSENT else cell for cell in cells]
    given = [value for value in values if value is not None]
    if given and not is_text and all(map(NUMBER.fullmatch, given)):
        numbers = [np.nan if value is None else float(value) for value in values]
        if len(given) == len(values) and all(map(_WHOLE.fullmatch, values)):
            return pd.Series(list(map(int, values)), dtype=np.int64)
        if not any(map(math.isinf, numbers)):
            return pd.Series(numbers, dtype=np.float64)
    return pd.Series(values, dtype=object)


def read_participants(root):
    """Return the table of the participants with the column ``subject``, or None."""
    path = Path(root).expanduser() / "participants.tsv"
    if not path.exists():
        return None
    with naming(path, "the table of participants"):
        table = _read_tsv(path, texts=["participant_id"])
        if "participant_id" not in table or table["participant_id"].isna().any():
            raise ValueError("it needs the column 'participant_id' without empty cells")
        table["subject"] = table.pop("participant_id").str.removeprefix("sub-")
        twice = table["subject"][table["subject"].duplicated()]
        if len(twice):
            raise ValueError(f"it has several rows of the participant {twice.iloc[0]}")
    return table
