"""The writer of BDF files, under the name that the tests use."""

from sklearn_emotion.datasets.rehearsal._files import BDF_LIMIT, STORED, write_bdf

__all__ = ["STEP", "write_bdf"]

# One stored step in µV.
STEP = BDF_LIMIT / STORED
