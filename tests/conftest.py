"""Fixtures that several test files share."""

import os
from pathlib import Path

import pytest


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
