"""The file in a folder that says that its recordings are generated."""

import re
from dataclasses import dataclass

MARKER = "GENERATED.txt"
_TEXT = """\
These recordings are generated. They do not come from people, and results on them say
nothing about emotion. They have the layout of a published data set, so that programs
can be tried before the data set is at hand.

{facts}
"""
_NOTE = """\
These recordings are generated
==============================

`write_rehearsal` wrote these recordings, with effects of size {effect!r}. They do not
come from people, and results on them say nothing about emotion. What follows describes
the published data set whose layout they have.

"""


@dataclass(frozen=True)
class Generated:
    """What the marker of a folder of generated recordings states.

    Parameters
    ----------
    dataset : str
        Name of the data set whose layout the recordings have.
    subjects, trials : int
        Number of subjects, and number of trials of each subject.
    effect : str
        Size of the effects.
    """

    dataset: str
    subjects: int
    trials: int
    effect: str


def write_marker(folder, facts):
    """Write the marker, given facts by name. The first four are those of `Generated`.

    The order of the facts is the order of the lines.
    """
    lines = "\n".join(f"{name}: {value}" for name, value in facts.items())
    (folder / MARKER).write_text(_TEXT.format(facts=lines), encoding="utf-8")


def read_marker(folder):
    """Return what the marker in a folder states, or None if there is no marker."""
    path = folder / MARKER
    if not path.is_file():
        return None
    text = path.read_bytes().decode("utf-8", "replace")
    facts = dict(re.findall(r"^(\w+): (.+?)\s*$", text, re.MULTILINE))
    try:
        subjects, trials = int(facts["subjects"]), int(facts["trials"])
        if min(subjects, trials) < 1:
            raise ValueError("numbers below 1")
        return Generated(facts["dataset"], subjects, trials, facts["effect"])
    except (KeyError, ValueError) as error:
        raise ValueError(
            f"{path} must state the dataset, subjects, trials and effect of generated "
            f"recordings, but it is damaged: {error!r}. Write them again with "
            "write_rehearsal."
        ) from error


def members_of(folder, members):
    """Return the subjects, or clips, that belong to the data set in a folder.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the data set.
    members : sequence of int
        Numbers of all subjects, or clips, of the published data set. A folder of
        generated recordings contains the first of them.
    """
    generated = read_marker(folder)
    if generated is None:
        return members
    n_trials = generated.trials if generated.dataset == "afew-va" else 1
    return members[: generated.subjects * n_trials]


def trials_of(folder, n_trials):
    """Return the number of trials of each subject in a folder.

    `n_trials` is the number in the published data set.
    """
    generated = read_marker(folder)
    return n_trials if generated is None else min(generated.trials, n_trials)


def describe(generated):
    """Return a note on the recordings, given what `read_marker` returns."""
    return "" if generated is None else _NOTE.format(effect=generated.effect)
