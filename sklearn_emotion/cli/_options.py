"""Options that several commands share."""

import argparse
import re

from sklearn_emotion._base import ACCESS_LEVELS


def positive(text):
    """Return a text as a whole number of at least 1."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        message = f"must be a whole number of at least 1, got {text!r}"
        raise argparse.ArgumentTypeError(message)
    return number


def access_level(text):
    """Check that a text is a level of target access."""
    if text not in ACCESS_LEVELS and not re.fullmatch("labels:0*[1-9][0-9]*", text):
        raise argparse.ArgumentTypeError(
            f"must be {', '.join(ACCESS_LEVELS)} or labels:k with a number of trials, "
            f"such as labels:2, got {text!r}"
        )
    return text


def subjects(text):
    """Return the numbers in a text such as 1,2,5-8, or "available"."""
    if text == "available":
        return text
    subjects = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*([0-9]{1,4})(?:\s*-\s*([0-9]{1,4}))?\s*", part)
        if match is None:
            raise argparse.ArgumentTypeError(
                f"must be 'available' or numbers such as 1,2,5-8, got {text!r}"
            )
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first:
            raise argparse.ArgumentTypeError(
                f"the range {part.strip()} must start with the smaller number"
            )
        subjects += range(first, last + 1)
    return list(dict.fromkeys(subjects))


def subject_numbers(text):
    """Return the numbers in a text such as 1,2,5-8."""
    if text == "available":
        raise argparse.ArgumentTypeError(
            "must be numbers such as 1,2,5-8, got 'available'"
        )
    return subjects(text)


def add_data_home(add):
    """Add the option ``--data-home``."""
    add(
        "--data-home",
        metavar="DIR",
        help="folder of the data sets (default: $SKLEARN_EMOTION_DATA)",
    )


def add_cache_dir(add):
    """Add the option ``--cache-dir``."""
    add(
        "--cache-dir",
        metavar="DIR",
        help="store the loaded arrays there, so that the next run loads them faster",
    )


def add_scheduler(add):
    """Add the option ``--scheduler``."""
    add("--scheduler", metavar="ADDRESS", help="dask scheduler, as tcp://host:8786")


def add_random_state(add):
    """Add the option ``--random-state``."""
    add("--random-state", type=int, default=0, metavar="N", help="seed (default: 0)")
