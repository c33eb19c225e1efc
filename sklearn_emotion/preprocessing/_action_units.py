"""Action units from the tables of several tools, in one set of columns."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sklearn_emotion._files import Column, read_names, read_table

#: Action units of all tools. No tool estimates all of them.
ACTION_UNITS = (
    *(1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 17, 20, 23, 24, 25, 26, 28, 43, 45),
)
# Largest number of frames without a row, for which rows of NaN are added.
_MOST_MISSING = 200_000
_INTENSITY = Column(0, 5, is_optional=True)
_PROBABILITY = Column(0, 1, is_optional=True)
_PRESENCE = Column(0, 1, is_optional=True)


@dataclass(frozen=True)
class _Tool:
    """The table of a tool.

    Parameters
    ----------
    unit : str
        What its values are.
    frame : str
        Column with the number of the frame.
    first : int
        Number of the first frame.
    values, presences : dict of int to str
        Columns of the action units.
    value : Column
        Numbers that the values may be.
    known_by : str
        Column that the tables of other tools do not have.
    hint : str
        What to do if columns are missing.
    needs_all : bool, default=True
        Whether all columns of values have to be in the table.
    checks : tuple of (str, Column), default=()
        Columns that tell whether a face was found.
    """

    unit: str
    frame: str
    first: int
    values: dict
    presences: dict
    value: Column
    known_by: str
    hint: str
    needs_all: bool = True
    checks: tuple = ()


_OPENFACE = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45)
_TOOLS = {
    "openface2": _Tool(
        unit="intensity, 0 to 5",
        frame="frame",
        first=1,
        values={unit: f"AU{unit:02d}_r" for unit in _OPENFACE},
        presences={unit: f"AU{unit:02d}_c" for unit in sorted((*_OPENFACE, 28))},
        value=_INTENSITY,
        known_by="AU45_r",
        hint="; run OpenFace's FeatureExtraction with -aus",
        checks=(
            ("confidence", Column(0, 1)),
            ("success", Column(0, 1, is_whole=True)),
        ),
    ),
    "pyfeat": _Tool(
        unit="probability, 0 to 1",
        frame="frame",
        first=0,
        values={unit: f"AU{unit:02d}" for unit in ACTION_UNITS if unit != 45},
        presences={},
        value=_PROBABILITY,
        known_by="FaceScore",
        hint="; save the Fex of py-feat's Detector with to_csv",
        needs_all=False,
        checks=(("FaceScore", Column(0, 1, is_optional=True)),),
    ),
    "openface3": _Tool(
        unit="probability, 0 to 1",
        frame="frame",
        first=0,
        values={u: f"au_{i}" for i, u in enumerate((1, 2, 4, 6, 9, 12, 25, 26))},
        presences={},
        value=_PROBABILITY,
        known_by="au_0",
        hint="; write the eight outputs of each frame as au_0 to au_7",
    ),
    "libreface": _Tool(
        unit="intensity, 0 to 5",
        frame="frame_idx",
        first=0,
        values={
            unit: f"au_{unit}_intensity"
            for unit in (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26)
        },
        presences={
            unit: f"au_{unit}" for unit in (1, 2, 4, 6, 7, 10, 12, 14, 15, 17, 23, 24)
        },
        value=_INTENSITY,
        known_by="au_1_intensity",
        hint="; save the results of LibreFace as CSV",
    ),
}


def read_action_units(path, source="auto", *, min_confidence=0.8):
    """Read the action units that another tool has written for each frame of a video.

    The columns of the result are the same for all tools. The scale of the values is
    not: some tools estimate intensities, others probabilities.

    ===============  ===================  ============  ==============================
    source           values               presences     action units with a value
    ===============  ===================  ============  ==============================
    ``"openface2"``  intensity, 0 to 5    18 units      1, 2, 4, 5, 6, 7, 9, 10, 12,
                                                        14, 15, 17, 20, 23, 25, 26, 45
    ``"pyfeat"``     probability, 0 to 1  none          1, 2, 4, 5, 6, 7, 9, 10, 11,
                                                        12, 14, 15, 17, 20, 23, 24,
                                                        25, 26, 28, 43
    ``"openface3"``  probability, 0 to 1  none          1, 2, 4, 6, 9, 12, 25, 26
    ``"libreface"``  intensity, 0 to 5    12 units      1, 2, 4, 5, 6, 9, 12, 15, 17,
                                                        20, 25, 26
    ===============  ===================  ============  ==============================

    Read more in the :ref:`User Guide <action_units>`.

    Parameters
    ----------
    path : path-like
        Table of one face, in the format CSV.

    source : {"auto", "openface2", "pyfeat", "openface3", "libreface"}, default="auto"
        Tool that has written the table. ``"auto"`` recognizes it by its columns.

    min_confidence : float, default=0.8
        Frames in which OpenFace 2.2 or py-feat found a face with a lower confidence
        have no values.

    Returns
    -------
    table : pandas.DataFrame
        One row per frame, with the index ``frame`` from 0. ``AU01`` to ``AU45`` are the
        values, and ``AU01_present`` to ``AU45_present`` are 1 if the tool says that an
        action unit is present, and 0 otherwise. Both are float64, and NaN where the
        tool states nothing or has found no face. ``table.attrs`` contains ``source``
        and ``unit``, the scale of the values.

    Raises
    ------
    ValueError
        If the table is damaged, lacks columns, comes from no tool that is known, shows
        no face, or contains several rows for one frame.

    See Also
    --------
    read_openface : Averages of all features of OpenFace 2.2 over windows.

    Notes
    -----
    - OpenFace 2.2 [1]_ scales its intensities for each video. It numbers frames from 1.
      It states only the presence of action unit 28.
    - The versions of py-feat [2]_ estimate 12 to 20 action units. The others are NaN.
    - OpenFace 3 [3]_ writes no table and does not name its eight outputs. Write one row
      for each frame, with the columns ``frame`` (from 0) and ``au_0`` to ``au_7`` in
      the order of the output. The names here are those of the eight action units of the
      database DISFA that are usually evaluated, and were concluded from the code that
      trains the network. Programs of others that write ``AU01_r`` to ``AU08_r`` number
      the outputs, and not the action units.
    - LibreFace [4]_ omits frames without a face, whose rows are NaN here. It states
      only the presence of the action units 7, 10, 14, 23 and 24.

    Action unit 43 is a closed eye and 45 is a blink. Do not compare the values of
    different tools with each other: standardize the values of each tool first.

    References
    ----------
    .. [1] T. Baltrušaitis, A. Zadeh, Y. C. Lim and L.-P. Morency, "OpenFace 2.0: facial
       behavior analysis toolkit", FG 2018.
    .. [2] J. H. Cheong et al., "Py-Feat: Python facial expression analysis toolbox",
       Affect. Sci. 4, 2023.
    .. [3] J. Hu et al., "OpenFace 3.0: a lightweight multitask system for comprehensive
       facial behavior analysis", FG 2025.
    .. [4] D. Chang et al., "LibreFace: an open-source toolkit for deep facial
       expression analysis", WACV 2024.

    Examples
    --------
    >>> from sklearn_emotion.preprocessing import read_action_units
    >>> table = read_action_units("face.csv")  # doctest: +SKIP
    >>> table.attrs["unit"]  # doctest: +SKIP
    'intensity, 0 to 5'
    """
    if source not in ("auto", *_TOOLS):
        raise ValueError(f"source must be 'auto' or one of {list(_TOOLS)}: {source!r}.")
    names = read_names(path)
    if source == "auto":
        source = _recognized(path, names)
    tool = _TOOLS[source]
    values, presences = tool.values, _in_table(tool.presences, names)
    if not tool.needs_all:
        values = _in_table(values, names)
    if not values:
        raise ValueError(f"{path} contains no action units{tool.hint}.")
    columns = {tool.frame: Column(tool.first, 1e9, is_whole=True)}
    columns |= dict(tool.checks)
    columns |= dict.fromkeys(values.values(), tool.value)
    columns |= dict.fromkeys(presences.values(), _PRESENCE)
    table = read_table(path, columns, hint=tool.hint)
    frame = table[tool.frame].to_numpy() - tool.first
    _check_frames(path, frame)
    seen = table[list(values.values())].notna().any(axis=1).to_numpy()
    for name, _ in tool.checks:
        least = 1 if name == "success" else min_confidence
        seen = seen & (table[name] >= least).to_numpy()
    if not seen.any():
        raise ValueError(f"{path} shows no face with confidence {min_confidence}.")
    out = {}
    for suffix, given in (("", values), ("_present", presences)):
        for unit in ACTION_UNITS:
            column = np.full(frame[-1] + 1, np.nan)
            if unit in given:
                column[frame[seen]] = table[given[unit]].to_numpy()[seen]
            out[f"AU{unit:02d}{suffix}"] = column
    result = pd.DataFrame(out)
    result.index.name = "frame"
    result.attrs = {"source": source, "unit": tool.unit}
    return result


def _in_table(columns, names):
    return {unit: name for unit, name in columns.items() if name in names}


def _recognized(path, names):
    found = [name for name, tool in _TOOLS.items() if tool.known_by in names]
    if len(found) != 1:
        raise ValueError(
            f"{path} is not recognized as a table of {', '.join(_TOOLS)}. Name the "
            "tool as source."
        )
    return found[0]


def _check_frames(path, frame):
    if (np.diff(frame) <= 0).any():
        raise ValueError(
            f"{path} must contain each frame once and in order; separate the frames of "
            "several faces first."
        )
    n_missing = frame[-1] + 1 - len(frame)
    if n_missing > _MOST_MISSING:
        raise ValueError(
            f"{path} has no rows for {n_missing} of {frame[-1] + 1} frames; check the "
            "numbers of the frames."
        )
