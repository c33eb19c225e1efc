"""Fixtures that several test files share."""

import os
import signal
from collections import Counter
from pathlib import Path

import pytest


@pytest.fixture(scope="session", autouse=True)
def ctrl_c():
    """Let SIGINT raise KeyboardInterrupt, even if the tests run in the background.

    A shell that starts a command with ``&`` makes it ignore this signal.
    """
    before = signal.getsignal(signal.SIGINT)
    if before == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    if before == signal.SIG_IGN:
        signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def data_home():
    """Folder with the real recordings; tests that ask for it skip without it."""
    folder = Path(os.environ.get("SKLEARN_EMOTION_DATA", "")).absolute()
    if not (folder / "eegmat").is_dir():
        pytest.skip(
            "no real recordings: set SKLEARN_EMOTION_DATA to a folder that holds "
            "eegmat/ (see docs/datasets)"
        )
    return folder


def pytest_terminal_summary(terminalreporter):
    """Print how many of the checks of every estimator passed or do not apply."""
    counts = {}
    for outcome in ("passed", "failed", "skipped"):
        for report in terminalreporter.stats.get(outcome, ()):
            # The report of a file that is skipped as a whole has no properties.
            kind = dict(getattr(report, "user_properties", ())).get("checks of")
            if kind and report.when == "call":
                is_apart = outcome == "skipped" and "SCIPY_ARRAY" in report.longreprtext
                what = "apart" if is_apart else outcome
                counts.setdefault(kind, Counter())[what] += 1
    words = {"failed": "failed", "apart": "run apart, with SCIPY_ARRAY_API=1"}
    for kind, n in counts.items():
        parts = [f"{n['passed']:,} passed", f"{n['skipped']:,} do not apply"]
        parts += [f"{n[key]:,} {text}" for key, text in words.items() if n[key]]
        terminalreporter.write_line(f"Checks of {kind}: {', '.join(parts)}")
