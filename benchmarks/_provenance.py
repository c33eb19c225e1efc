"""Record the commit, the date and the machine in the files of the benchmarks."""

import os
import platform
import subprocess
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("numpy", "scipy", "scikit-learn", "torch", "skorch", "mne", "pyriemann")


@contextmanager
def open_csv(path):
    """Open a CSV file for writing, with a description of the run in its first line.

    The line starts with ``#``. To skip it, pass ``comment="#"`` to
    :func:`pandas.read_csv`.

    Parameters
    ----------
    path : path-like
        File to write.

    Yields
    ------
    file : text file
        The open file, for example for :meth:`pandas.DataFrame.to_csv`.
    """
    with Path(path).open("w", newline="", encoding="utf-8") as file:
        file.write(f"# {provenance()}\n")
        yield file


def provenance():
    """Return the commit, date, processor and library versions in one line."""
    today = datetime.now(UTC).date().isoformat()
    processor = f"{_processor()} ({os.cpu_count()} cores)"
    found = [f"python {platform.python_version()}", *map(_release, PACKAGES)]
    return ", ".join([_commit(), today, processor, *filter(None, found)])


def _commit():
    commit = _git("rev-parse", "--short=12", "HEAD")
    if not commit:
        return "commit unknown"
    changed = _git("status", "--porcelain", "--untracked-files=no")
    return f"commit {commit}{' with uncommitted changes' if changed else ''}"


def _git(*arguments):
    """Return the output of a git command, or nothing if there is no repository."""
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


def _processor():
    """Return the name of the processor, or its architecture if it has no name."""
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip().replace(",", "")
    return platform.processor() or platform.machine()


def _release(name):
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return ""
