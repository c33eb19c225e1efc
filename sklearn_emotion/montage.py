"""Channel orders and grid cells, as data with their source.

A montage's name means an *order* of channels, not a set of names. DEAP's
preprocessed files and BioSemi's recordings hold the same 32 names, two of
which stand in the same place.
"""

import re

import numpy as np

#: Montage name to channel names, in the order in which the files hold them.
MONTAGES = {
    # DEAP, `data_preprocessed_python` and `_matlab` (the Geneva order).
    "deap32": tuple(
        "Fp1 AF3 F3 F7 FC5 FC1 C3 T7 CP5 CP1 P3 P7 PO3 O1 Oz Pz "
        "Fp2 AF4 Fz F4 F8 FC6 FC2 Cz C4 T8 CP6 CP2 P4 P8 PO4 O2".split()
    ),
    # BioSemi's 32-electrode cap: MNE's `biosemi32`, MAHNOB-HCI, DEAP-Twente BDFs.
    "biosemi32": tuple(
        "Fp1 AF3 F7 F3 FC1 FC5 T7 C3 CP1 CP5 P7 P3 Pz PO3 O1 Oz "
        "O2 PO4 P4 P8 CP6 CP2 C4 T8 FC6 FC2 F4 F8 AF4 Fp2 Fz Cz".split()
    ),
    # Emotiv EPOC: AMIGOS and DREAMER.
    "emotiv14": tuple("AF3 F7 F3 FC5 T7 P7 O1 O2 P8 T8 FC6 F4 F8 AF4".split()),
    # ESI NeuroScan cap without its two references: SEED, SEED-IV.
    "seed62": tuple(
        "Fp1 Fpz Fp2 AF3 AF4 F7 F5 F3 F1 Fz F2 F4 F6 F8 "
        "FT7 FC5 FC3 FC1 FCz FC2 FC4 FC6 FT8 T7 C5 C3 C1 Cz C2 C4 C6 T8 "
        "TP7 CP5 CP3 CP1 CPz CP2 CP4 CP6 TP8 P7 P5 P3 P1 Pz P2 P4 P6 P8 "
        "PO7 PO5 PO3 POz PO4 PO6 PO8 CB1 O1 Oz O2 CB2".split()
    ),
    # PhysioNet EEGMAT, whose files write T3 T4 T5 T6 for T7 T8 P7 P8.
    "eegmat19": tuple(
        "Fp1 Fp2 F3 F4 F7 F8 T7 T8 C3 C4 P7 P8 P3 P4 O1 O2 Fz Cz Pz".split()
    ),
}

#: Names of the older 10-20 nomenclature and what the 10-10 system calls them.
ALIASES = {"T3": "T7", "T4": "T8", "T5": "P7", "T6": "P8"}

# Nine columns, left to right; names that share a cell are alternatives of which a
# recording may use one ("Iz" lies behind "Oz", "P9" below "P7"). "-" is no name.
# The 32 cells of DEAP are those of Figure 4 of Du et al. 2024 (3FACRNN); the rest
# continue its rows over the 10-10 system.
_GRID_ROWS = (
    "-       -   -   Fp1     Fpz/Nz Fp2     -   -   -",
    "AF9     AF7 AF5 AF3/AF1 AFz    AF4/AF2 AF6 AF8 AF10",
    "F7/F9   F5  F3  F1      Fz     F2      F4  F6  F8/F10",
    "FT7/FT9 FC5 FC3 FC1     FCz    FC2     FC4 FC6 FT8/FT10",
    "T7/T9   C5  C3  C1      Cz     C2      C4  C6  T8/T10",
    "TP7/TP9 CP5 CP3 CP1     CPz    CP2     CP4 CP6 TP8/TP10",
    "P7/P9   P5  P3  P1      Pz     P2      P4  P6  P8/P10",
    "PO9     PO7 PO5 PO3/PO1 POz    PO4/PO2 PO6 PO8 PO10",
    "-       -   CB1 O1/I1   Oz/Iz  O2/I2   CB2 -   -",
)

#: Side of the square grid.
GRID_SIZE = 9

#: Channel name to its (row, column) on the 9 x 9 grid; row 0 is the forehead.
GRID_CELLS = {
    name: (row, column)
    for row, line in enumerate(_GRID_ROWS)
    for column, cell in enumerate(line.split())
    if cell != "-"
    for name in cell.split("/")
}

# What EDF files and recorders put around the name of an electrode: the type of signal,
# the reference (common or linked ears, mastoids, average) and dots that fill it up. The
# name of another electrode ("Fp1-F3") makes a bipolar channel, which is none of ours.
_EDF_NAME = re.compile(
    r"(?:EEG\s+)?(?P<name>\w+)(?:\s*-\s*(?:REF|LE|AR|AVG?|[AM][12]|A1\+A2|A1A2))?\.*",
    re.IGNORECASE,
)

_CANONICAL = {name.upper(): name for name in GRID_CELLS}
_CANONICAL |= {old.upper(): new for old, new in ALIASES.items()}


def canonical_name(name):
    """Return the 10-10 name of a channel, or the name itself if it is unknown.

    Parameters
    ----------
    name : str
        Channel name in any case, in the 10-10 or the older 10-20 nomenclature, also as
        EDF files write it, with ``"EEG "`` before and the reference after it.

    Returns
    -------
    canonical : str
        The name as `GRID_CELLS` spells it.

    Examples
    --------
    >>> canonical_name("FP1"), canonical_name("T3"), canonical_name("ECG")
    ('Fp1', 'T7', 'ECG')
    >>> canonical_name("EEG Fp1-REF"), canonical_name("EEG Fp1-F3")
    ('Fp1', 'EEG Fp1-F3')
    """
    match = _EDF_NAME.fullmatch(name.strip())
    return _CANONICAL.get(match["name"].upper(), name) if match else name


def channel_names(ch_names):
    """Return channel names, in order, of a montage or of a list of names.

    Parameters
    ----------
    ch_names : str or sequence of str
        A key of `MONTAGES`, or channel names.

    Returns
    -------
    names : list of str
        Canonical names; old 10-20 names are replaced by their 10-10 ones.

    Raises
    ------
    ValueError
        If `ch_names` is a string that names no montage, or names repeat.

    Examples
    --------
    >>> channel_names("deap32")[:4]
    ['Fp1', 'AF3', 'F3', 'F7']
    >>> channel_names(["T3", "Cz"])
    ['T7', 'Cz']
    """
    if isinstance(ch_names, str):
        if ch_names not in MONTAGES:
            raise ValueError(
                f"Unknown montage {ch_names!r}; known ones are {sorted(MONTAGES)}. "
                "For another one, pass its channel names as a list."
            )
        return list(MONTAGES[ch_names])
    names = [canonical_name(name) for name in ch_names]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(
            f"Channel names must differ, but these occur more than once: {repeated}."
        )
    return names


def grid_cells(ch_names):
    """Return each channel's cell on the 9 x 9 grid.

    Parameters
    ----------
    ch_names : str or sequence of str
        A key of `MONTAGES`, or channel names.

    Returns
    -------
    cells : ndarray of int of shape (n_channels, 2)
        Row and column of each channel.

    Raises
    ------
    ValueError
        If a name has no cell, or two names lie on the same one.

    Examples
    --------
    >>> grid_cells(["Fp1", "Cz", "O2"]).tolist()
    [[0, 3], [4, 4], [8, 5]]
    """
    names = channel_names(ch_names)
    unknown = [name for name in names if name not in GRID_CELLS]
    if unknown:
        raise ValueError(
            f"No cell on the {GRID_SIZE} x {GRID_SIZE} grid for channels {unknown}; "
            "it holds the EEG channels of the 10-10 system. Drop the others first."
        )
    by_cell = {}
    for name in names:
        by_cell.setdefault(GRID_CELLS[name], []).append(name)
    shared = {cell: group for cell, group in by_cell.items() if len(group) > 1}
    if shared:
        listing = "; ".join(f"{' and '.join(g)} on {c}" for c, g in shared.items())
        raise ValueError(
            f"Channels that share a cell of the {GRID_SIZE} x {GRID_SIZE} grid: "
            f"{listing}. Keep one of each."
        )
    return np.array([GRID_CELLS[name] for name in names], dtype=int).reshape(-1, 2)
