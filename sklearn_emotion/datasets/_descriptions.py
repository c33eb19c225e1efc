"""Texts that describe the data sets, from the folder ``descr``."""

from importlib.resources import files


def read_description(name):
    """Return the text of a file in ``descr``, given its name without the suffix."""
    path = files("sklearn_emotion.datasets") / "descr" / f"{name}.rst"
    return path.read_text(encoding="utf-8")
