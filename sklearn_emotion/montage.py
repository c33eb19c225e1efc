"""Channel orders of common montages, and cells of channels on a 9 x 9 grid.

The name of a montage stands for an *order* of channels. The preprocessed files of DEAP
and the recordings of BioSemi have the same 32 channels, but only two of these channels
are at the same position in both.
"""

import re

import numpy as np

from sklearn_emotion._docs import fill_doc

CH_NAMES = """
ch_names : str or sequence of str
    Name of a montage, which is a key of `MONTAGES`, or names of channels.
"""

#: Names of the channels of each montage, in the order of its files.
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

#: Names of the older 10-20 nomenclature and the corresponding 10-10 names.
ALIASES = {"T3": "T7", "T4": "T8", "T5": "P7", "T6": "P8"}

# Nine columns, from left to right. A recording may use only one of the channels that
# share a cell ("Iz" lies behind "Oz", "P9" below "P7"). "-" is an empty cell. Figure 4
# of Du et al. 2024 (3FACRNN) gives the cells of the 32 channels of DEAP. The other
# cells continue its rows over the 10-10 system.
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

#: Number of rows, and of columns, of the square grid.
GRID_SIZE = 9

#: Channel name to its (row, column) on the 9 x 9 grid; row 0 is the forehead.
GRID_CELLS = {
    name: (row, column)
    for row, line in enumerate(_GRID_ROWS)
    for column, cell in enumerate(line.split())
    if cell != "-"
    for name in cell.split("/")
}

# EDF files and recorders put the type of signal before the name of an electrode, and
# the reference (common, linked ears, mastoids or average) and dots for padding after
# it. A second electrode, as in "Fp1-F3", makes a bipolar channel, which stays unknown.
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
        Channel name in upper or lower case, in the 10-10 or the older 10-20
        nomenclature. Names in EDF files, with ``"EEG "`` before the name of the channel
        and the reference after it, are also known.

    Returns
    -------
    canonical : str
        Name in the spelling of `GRID_CELLS`.

    Examples
    --------
    >>> canonical_name("FP1"), canonical_name("T3"), canonical_name("ECG")
    ('Fp1', 'T7', 'ECG')
    >>> canonical_name("EEG Fp1-REF"), canonical_name("EEG Fp1-F3")
    ('Fp1', 'EEG Fp1-F3')
    """
    match = _EDF_NAME.fullmatch(name.strip())
    return _CANONICAL.get(match["name"].upper(), name) if match else name


@fill_doc(CH_NAMES)
def channel_names(ch_names):
    """Return the channel names of a montage or of a list, in their order.

    Parameters
    ----------
    %(ch_names)s

    Returns
    -------
    names : list of str
        Canonical names, as :func:`canonical_name` returns them.

    Raises
    ------
    ValueError
        If `ch_names` is a string but not the name of a montage, or if a name occurs
        more than once.

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
                f"Unknown montage {ch_names!r}; the known montages are "
                f"{sorted(MONTAGES)}. Otherwise, pass the channel names as a list."
            )
        return list(MONTAGES[ch_names])
    names = [canonical_name(name) for name in ch_names]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(
            f"Channel names must differ, but these occur more than once: {repeated}."
        )
    return names


@fill_doc(CH_NAMES)
def grid_cells(ch_names):
    """Return the cell of each channel on the 9 x 9 grid.

    Parameters
    ----------
    %(ch_names)s

    Returns
    -------
    cells : ndarray of int of shape (n_channels, 2)
        Row and column of each channel.

    Raises
    ------
    ValueError
        If a channel has no cell, or if two channels have the same cell.

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
            "it holds the EEG channels of the 10-10 system. Drop these channels first."
        )
    by_cell = {}
    for name in names:
        by_cell.setdefault(GRID_CELLS[name], []).append(name)
    shared = {cell: group for cell, group in by_cell.items() if len(group) > 1}
    if shared:
        listing = "; ".join(f"{' and '.join(g)} on {c}" for c, g in shared.items())
        raise ValueError(
            f"Channels that share a cell of the {GRID_SIZE} x {GRID_SIZE} grid: "
            f"{listing}. Keep one channel of each cell."
        )
    return np.array([GRID_CELLS[name] for name in names], dtype=int).reshape(-1, 2)
