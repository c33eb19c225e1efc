"""Fixtures that several test files share."""

import os
from pathlib import Path

import pytest

_BESIDE_CHECKOUT = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def data_home():
    """Folder with the real recordings; tests that ask for it skip without it."""
    folder = Path(os.environ.get("SKLEARN_EMOTION_DATA", _BESIDE_CHECKOUT))
    if not (folder / "eegmat").is_dir():
        pytest.skip(
            f"no real recordings in {folder}: set SKLEARN_EMOTION_DATA to a folder "
            "that holds eegmat/ (see docs/datasets)"
        )
    return folder
