"""Where data sets lie on disk."""

import os
from pathlib import Path

VARIABLE = "SKLEARN_EMOTION_DATA"
DEFAULT = "~/sklearn_emotion_data"


def find_data_home(data_home=None):
    """Return the folder that holds the data sets.

    Parameters
    ----------
    data_home : path-like or None, default=None
        The folder. If None, the environment variable ``SKLEARN_EMOTION_DATA`` names
        it; without that it is ``~/sklearn_emotion_data``.

    Returns
    -------
    data_home : pathlib.Path
        The folder; it need not exist.
    """
    if data_home is None:
        data_home = os.environ.get(VARIABLE) or DEFAULT
    return Path(data_home).expanduser().absolute()


def find_folder(data_home, name, pattern):
    """Return the folder of one data set.

    Parameters
    ----------
    data_home : path-like or None
        Either the folder that holds the folder `name`, or that folder itself.
    name : str
        Folder of the data set.
    pattern : str
        What a file of the data set is called.

    Returns
    -------
    folder : pathlib.Path
        `data_home` where it holds the files or bears the name itself, otherwise
        the folder `name` in it, which need not exist.
    """
    home = find_data_home(data_home)
    inside = home / name
    if inside.is_dir():
        return inside
    is_itself = home.name == name or any(home.glob(pattern))
    return home if is_itself else inside


def listing(names, limit=10):
    """Return names, separated by commas and cut to the first few.

    Parameters
    ----------
    names : list of str
        Names.
    limit : int, default=10
        How many to print at most.

    Returns
    -------
    text : str
        The listing.
    """
    rest = len(names) - limit
    return ", ".join(names[:limit]) + (f" and {rest} more" if rest > 0 else "")
