"""Is my copy of a data set complete and as its owners published it?"""

import pandas as pd

from sklearn_emotion.datasets._deap import (
    FOLDERS,
    LAYOUTS,
    N_TRIALS,
    SUBJECTS,
    TABLE,
    check_ratings,
    find_recordings,
    read_ratings_table,
    read_recording,
)
from sklearn_emotion.datasets._deap_bdf import find_videos
from sklearn_emotion.datasets._edf import open_recording
from sklearn_emotion.datasets._home import find_folder


def check_deap(data_home=None):
    """Check every file of a copy of DEAP.

    Each file is read, its shape and values are checked, and its ratings are compared
    with ``participant_ratings.csv``; nothing is kept.

    Read more in the :ref:`User Guide <datasets>`.

    Parameters
    ----------
    data_home : path-like or None, default=None
        As of :func:`load_deap`.

    Returns
    -------
    report : pandas.DataFrame
        One row a file: ``file`` (relative to the data set's folder), ``status``
        ("good", "missing", "bad", or "unchecked" where there is no table to compare
        the ratings with) and ``problem`` (empty where there is none). A layout of
        which there is no file is left out, unless there is no file at all.

    See Also
    --------
    load_deap : Load the data set.

    Examples
    --------
    >>> from sklearn_emotion.datasets import check_deap
    >>> report = check_deap("/path/to/deap")  # doctest: +SKIP
    >>> report["status"].value_counts()  # doctest: +SKIP
    """
    folder = find_folder(data_home, "deap", FOLDERS)
    rows = []
    table = None
    if (folder / TABLE).is_file():
        try:
            table = read_ratings_table(folder / TABLE)
            rows.append((TABLE, "good", ""))
        except ValueError as error:
            rows.append((TABLE, "bad", str(error)))
    else:
        rows.append((TABLE, "missing", ""))
    by_layout = {name: find_recordings(folder, SUBJECTS, name) for name in LAYOUTS}
    there = {
        name: files
        for name, files in by_layout.items()
        if any(path.is_file() for path in files.values())
    }
    for files in (there or {"python": by_layout["python"]}).values():
        for subject, path in files.items():
            name = path.relative_to(folder).as_posix()
            rows.append((name, *_check_recording(path, subject, table)))
    return pd.DataFrame(rows, columns=["file", "status", "problem"])


def _check_recording(path, subject, table):
    if not path.is_file():
        return "missing", ""
    try:
        if path.suffix == ".bdf":
            find_videos(open_recording(path), N_TRIALS)
            return "good", ""
        _, ratings = read_recording(path)
        if table is None:
            return "unchecked", ""
        check_ratings(path, subject, ratings, table)
    except ValueError as error:
        return "bad", str(error)
    return "good", ""
