"""Texts of parameters that many objects share, each written once.

A line ``%(name)s`` in a docstring stands for the entry of that name in a table, with
the default that the signature states. A name without an entry fails the import.
"""

import inspect
from collections.abc import Callable
from itertools import pairwise
from textwrap import indent
from typing import TypeVar

_Thing = TypeVar("_Thing")

SHARED = """
sfreq : float or "auto"
    Sampling rate in Hz. ``"auto"`` reads it from the data (see `SignalArray`). Arrays
    that do not know their rate are read at {default_sfreq} Hz.

sfreq_ : float
    Sampling rate in Hz that was stated or read from the data in `fit`.

ch_names_ : str or list of str
    Names of the channels that were stated or read from the data in `fit`.

n_jobs : int or None
    Number of threads. None means 1, and -1 means all processors.

verbose : int
    Whether to show a progress bar.

y : Ignored
    Not used, present for API consistency by convention.

input_features : Ignored
    Not used, present for API consistency by convention.

n_features_in_ : int
    Number of channels.

classes_ : ndarray of shape (n_classes,)
    Class labels.

y_pred : ndarray of shape (n_samples,)
    Predicted labels.

proba : ndarray of shape (n_samples, n_classes)
    Class probabilities, in the order of ``classes_``.
"""


def fill_doc(*tables: str) -> Callable[[_Thing], _Thing]:
    """Return a decorator that fills in the placeholders of docstrings.

    Parameters
    ----------
    *tables : str
        Entries in the form of numpydoc, without defaults, in addition to the entries
        of `SHARED`. Later entries replace earlier ones. ``%(parameters)s`` stands for
        all parameters.

    Returns
    -------
    decorate : callable
        Takes and returns a function, or a class whose own methods are filled in too.
    """
    texts = {name: text for t in (SHARED, *tables) for name, text in entries(t)}

    def decorate(thing):
        members = vars(thing).values() if inspect.isclass(thing) else ()
        for member in [thing, *(getattr(m, "__func__", m) for m in members)]:
            if "%(" in (getattr(member, "__doc__", None) or ""):
                member.__doc__ = _filled(member, texts)
        return thing

    return decorate


def entries(table):
    """Yield the name and the text of each entry of a table."""
    lines = table.strip().splitlines()
    starts = [i for i, line in enumerate(lines) if line[:1].strip()]
    for start, stop in pairwise([*starts, len(lines)]):
        name = lines[start].partition(" : ")[0]
        yield name, "\n".join(lines[start:stop]).rstrip()


def _filled(thing, texts):
    parameters = dict(inspect.signature(thing).parameters)
    parameters.pop("self", None)
    rate = f"{getattr(thing, '_default_sfreq', 128.0):g}"
    lines = []
    for line in thing.__doc__.splitlines():
        name, margin = line.strip(), line[: len(line) - len(line.lstrip())]
        if not (name.startswith("%(") and name.endswith(")s")):
            lines.append(line)
            continue
        name = name[2:-2]
        names = list(parameters) if name == "parameters" else [name]
        missing = [name for name in names if name not in texts]
        if missing:
            raise ValueError(f"{thing.__qualname__}: no text for {missing}.")
        blocks = [_with_default(name, texts[name], parameters) for name in names]
        blocks = [text.replace("{default_sfreq}", rate) for text in blocks]
        lines.append(indent("\n\n".join(blocks), margin))
    if "%(" in (doc := "\n".join(lines)):
        raise ValueError(f"{thing.__qualname__}: a placeholder must fill its line.")
    return doc


def _with_default(name, text, parameters):
    head, _, body = text.partition("\n")
    default = getattr(parameters.get(name), "default", inspect.Parameter.empty)
    is_optional = default is not inspect.Parameter.empty
    if is_optional and "default=" not in head and not head.endswith(" : Ignored"):
        shown = repr(default).replace("'", '"')
        head += f", default={shown}"
    return f"{head}\n{body}"
