"""Folders of data sets on disk."""

import os
import re
from collections import Counter
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path
from zlib import crc32

VARIABLE = "SKLEARN_EMOTION_DATA"
DEFAULT = "~/sklearn_emotion_data"
# Bytes at both ends of a file that tell it from another file of the same size.
_ENDS = 2**20


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
        the folder `name` in `data_home`, which may be written in another case and need
        not exist.
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
    folders = [path for path in home.glob("*") if path.is_dir()]
    alike = [path for path in folders if path.name.lower() == name.lower()]
    return alike[0] if len(alike) == 1 else inside


def describe_similar(path):
    """Return what is in place of a missing file, or an empty text.

    This is a link to nowhere, or a file in the same folder whose name is written in
    another case, or is that of a copy or of a download that is not complete, such as
    ``s01 (1).dat`` or ``s01.dat.part``.
    """
    if path.is_symlink():
        return f"{path} is a link to a file that is not there"
    pattern = re.compile(
        rf"(copy of )?{re.escape(path.stem)}( ?\([0-9]+\)|[ _-]*copy)?"
        rf"{re.escape(path.suffix)}(\.[a-z]+)?",
        re.IGNORECASE,
    )
    with suppress(OSError):
        for name in sorted(os.listdir(path.parent)):
            if name != path.name and pattern.fullmatch(name):
                return (
                    f"{path.parent} contains {name}: if it is the whole file, rename "
                    f"it to {path.name}"
                )
    return ""


def find_originals(paths):
    """Return the original of each file that is a copy of another file of the list.

    Files of equal sizes whose first and last megabytes are equal are copies.
    """
    first, originals = {}, {}
    # The two tables of labels of SEED are equal.
    files = [path for path in paths if path.is_file() and path.name != "label.mat"]
    sizes = {path: path.stat().st_size for path in files}
    counts = Counter(sizes.values())
    for path, size in sizes.items():
        if size == 0 or counts[size] == 1:
            continue
        with suppress(OSError), path.open("rb") as file:
            head = crc32(file.read(_ENDS))
            file.seek(-min(size, _ENDS), os.SEEK_END)
            content = path.suffix, size, crc32(file.read(), head)
            original = first.setdefault(content, path)
            if original != path:
                originals[path] = original
    return originals


def listing(names, limit=10):
    """Return the first few of some names as a text, separated by commas."""
    rest = len(names) - limit
    return ", ".join(names[:limit]) + (f" and {rest} more" if rest > 0 else "")
