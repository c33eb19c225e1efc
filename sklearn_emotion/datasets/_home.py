"""Folders of data sets on disk."""

import os
from fnmatch import fnmatch
from pathlib import Path

VARIABLE = "SKLEARN_EMOTION_DATA"
DEFAULT = "~/sklearn_emotion_data"


def find_data_home(data_home=None):
    """Return the folder that contains the data sets, which need not exist.

    If `data_home` is None, the environment variable ``SKLEARN_EMOTION_DATA`` names the
    folder. If that variable is not set, the folder is ``~/sklearn_emotion_data``.
    """
    if data_home is None:
        data_home = os.environ.get(VARIABLE) or DEFAULT
    return Path(data_home).expanduser().absolute()


def find_folder(data_home, name, pattern):
    """Return the folder of one data set.

    Parameters
    ----------
    data_home : path-like or None
        Folder of the data set, or the folder that contains it.
    name : str
        Name of the data set's folder.
    pattern : str
        Pattern of the paths of the data set's files.

    Returns
    -------
    folder : pathlib.Path
        `data_home` if it has this name or contains such files. If `data_home` is the
        first folder in the paths of such files, the folder that contains it. Otherwise
        the folder `name` in `data_home`, which need not exist.
    """
    home = find_data_home(data_home)
    inside = home / name
    if inside.is_dir():
        return inside
    if home.name == name or any(home.glob(pattern)):
        return home
    first, _, rest = pattern.partition("/")
    is_first = home.is_dir() and fnmatch(home.name, first)
    if is_first and (not rest or any(home.glob(rest))):
        return home.parent
    return inside


def listing(names, limit=10):
    """Return the first few of some names as a text, separated by commas."""
    rest = len(names) - limit
    return ", ".join(names[:limit]) + (f" and {rest} more" if rest > 0 else "")
