"""The parser of the command, its messages and its exit status."""

import argparse
import contextlib
import re
import sys
import warnings
from functools import partial

from sklearn_emotion import __version__
from sklearn_emotion._base import LeakageWarning
from sklearn_emotion.cli._benchmark import add_benchmark
from sklearn_emotion.cli._files import add_cache, add_check, add_report
from sklearn_emotion.cli._rehearse import add_rehearse
from sklearn_emotion.cli._reproduce import add_reproduce

# Options of `benchmark` by the parameters that error messages advise to pass.
OPTIONS = {
    "n_splits": "--folds",
    "protocol": "--protocol",
    "subjects": "--subjects",
    "target_access": "--target-access",
    "task": "--task",
    "unit": "--unit",
}


def main(arguments=None):
    """Run the command.

    Parameters
    ----------
    arguments : list of str or None, default=None
        Arguments after the name of the command. If None, the arguments of this
        process.

    Returns
    -------
    status : int
        0 for success, 1 if folds failed or a data set is not complete, 2 for wrong
        input, and 130 after an interruption.
    """
    with _replacing_unknown_characters():
        return _run(sys.argv[1:] if arguments is None else list(arguments))


@contextlib.contextmanager
def _replacing_unknown_characters():
    """Print a question mark for each character that the terminal does not know."""
    with contextlib.ExitStack() as stack:
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stack.callback(stream.reconfigure, errors=stream.errors)
                stream.reconfigure(errors="replace")
        yield


def _run(arguments):
    options, unknown = _parser().parse_known_args(arguments)
    if unknown:
        # The parser of the subcommand shows the usage of the subcommand.
        options.parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    try:
        with warnings.catch_warnings():
            warnings.showwarning = partial(_show_warning, options.in_options)
            for category in (UserWarning, RuntimeWarning):
                warnings.simplefilter("default", category)
            # The workers of joblib are replaced when they have used much memory, and
            # no fold is lost.
            warnings.filterwarnings("ignore", "A worker stopped while some jobs")
            return options.run(options, arguments)
    except (ValueError, OSError, ImportError) as error:
        print(f"sklearn-emotion: {options.in_options(str(error))}", file=sys.stderr)
        return 1 if hasattr(error, "results") else 2
    except KeyboardInterrupt:
        print("sklearn-emotion: interrupted", file=sys.stderr)
        return 130


def _with_options(text):
    """Replace parameters of `compare` and of loaders in messages by options."""
    names = "|".join(OPTIONS)
    text = re.sub(
        rf"(^|(?<=[a-z.,:] ))({names})=(\[[^]]*\]|'[^']*'|[0-9]+)",
        lambda match: f"{OPTIONS[match[2]]} {re.sub('[^-a-z0-9,:]', '', match[3])}",
        _in_one_line(text),
    )
    return re.sub(rf"(?<=leave out )({names})\b", lambda m: OPTIONS[m[1]], text)


def _in_one_line(text):
    return " ".join(text.split())


def _show_warning(in_options, message, category, *place, **options):
    name = "leakage" if issubclass(category, LeakageWarning) else "warning"
    print(f"{name}: {in_options(str(message))}", file=sys.stderr)


def _parser():
    parser = argparse.ArgumentParser(
        prog="sklearn-emotion", description="Emotion recognition from physiology."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="command")
    add_benchmark(commands)
    add_reproduce(commands)
    add_report(commands)
    add_check(commands)
    add_cache(commands)
    add_rehearse(commands)
    for name, command in commands.choices.items():
        is_comparison = name in ("benchmark", "reproduce")
        in_options = _with_options if is_comparison else _in_one_line
        command.set_defaults(parser=command, in_options=in_options)
    return parser
