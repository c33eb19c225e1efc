"""Trials as the unit that is scored."""

import numpy as np
import pandas as pd

from sklearn_emotion.model_selection._metadata import check_metadata, shown

UNITS = ("window", "trial")


def check_unit(unit):
    """Raise an error if `unit` does not name what can be scored."""
    if unit not in UNITS:
        raise ValueError(f"unit must be one of {UNITS}, got {unit!r}.")


def trials_of(metadata, y, splits):
    """Return the number of the trial of each sample, and check that trials are units.

    Parameters
    ----------
    metadata : pandas.DataFrame of n_samples rows
        Metadata with the columns ``subject`` and ``trial``.
    y : ndarray of shape (n_samples,)
        Targets, which must be the same for all windows of a trial.
    splits : list of (train, test)
        Positions of the samples. No trial may be on both sides.
    """
    metadata = check_metadata(metadata, ["subject", "trial"], "unit='trial'")
    subject, trial = (metadata[c].to_numpy() for c in ("subject", "trial"))
    codes = metadata.groupby(["subject", "trial"], sort=False, observed=True).ngroup()
    codes = codes.to_numpy()
    first = first_windows(codes)

    def name(code):
        where = first[code]
        return f"trial {shown(trial[where])} of subject {shown(subject[where])}"

    differs = y != y[first][codes]
    if differs.any():
        raise ValueError(
            "unit='trial' needs one target for all windows of a trial, but the windows "
            f"of {name(codes[differs.argmax()])} have several. Use unit='window'."
        )
    for fold, (train, test) in enumerate(splits):
        both = np.intersect1d(codes[train], codes[test])
        if len(both):
            raise ValueError(
                f"unit='trial' needs whole trials in training or in test, but windows "
                f"of {name(both[0])} are in both in fold {fold}. Use a protocol that "
                "keeps trials whole, such as 'loso' or 'within-subject', or "
                "unit='window'."
            )
    return codes


def first_windows(codes):
    """Return the position of the first window of each trial."""
    return np.flatnonzero(~pd.Series(codes).duplicated())
