"""Who and what is on both sides of a split."""

import warnings

import numpy as np
import pandas as pd
from sklearn.model_selection import check_cv
from sklearn.utils import metadata_routing

from sklearn_emotion._base import LeakageWarning
from sklearn_emotion.model_selection._metadata import (
    LEVELS,
    check_metadata,
    is_labels,
)


def leakage_report(cv, X, y=None, metadata=None, groups=None):
    """Count, for every fold, the trials, subjects and stimuli on both sides.

    A model tested on windows of a trial that it was trained on recognises the trial,
    not the emotion; the same holds, less strongly, for subjects and stimuli.

    Read more in the :ref:`User Guide <leakage>`.

    Parameters
    ----------
    cv : int, cross-validation splitter or iterable of (train, test)
        The splits to audit.
    X : array-like or Modalities of n_samples samples
        Data; only its length matters to most splitters.
    y : array-like of shape (n_samples,), default=None
        Targets, for stratified splitters.
    metadata : pandas.DataFrame of n_samples rows
        Columns ``subject``, ``trial`` and ``stimulus``, as far as they are known.
        Trials of different subjects are different trials, even if numbered alike.
    groups : array-like of shape (n_samples,) or DataFrame, default=None
        Handed to the splitter. If None, splitters of this package get `metadata`
        and scikit-learn's group splitters the subjects.

    Returns
    -------
    report : pandas.DataFrame
        One row per fold and level, with ``n_train`` and ``n_test`` (how many
        trials, subjects or stimuli each side has), ``n_both`` (how many are on both
        sides), ``share_test`` (share of the test samples that belong to those),
        ``leaks`` (whether there are any) and ``n_unknown`` (samples of both sides of
        which `metadata` do not say what they belong to; they count as not shared).
        Levels that are not known of any sample are left out.

    Raises
    ------
    ValueError
        If `metadata` has another length, or none of the columns.

    See Also
    --------
    WithinSubject : Splits within subjects, by trial or by segment.
    PaperProtocol : The splits of published papers.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from sklearn.model_selection import KFold
    >>> from sklearn_emotion.model_selection import leakage_report
    >>> metadata = pd.DataFrame({"subject": [1] * 4, "trial": [1, 1, 2, 2]})
    >>> report = leakage_report(KFold(2), np.zeros((4, 1)), metadata=metadata)
    >>> report[["fold", "level", "n_both", "leaks"]]
       fold    level  n_both  leaks
    0     0    trial       0  False
    1     0  subject       1   True
    2     1    trial       0  False
    3     1  subject       1   True
    """
    n_samples = X.shape[0] if hasattr(X, "shape") else len(X)
    metadata = check_metadata(
        metadata, [], "leakage_report", n_samples, argument="metadata"
    )
    splits = list(splits_of(cv, X, y, metadata, groups))
    return audit(splits, metadata)


def splits_of(cv, X, y, metadata, groups=None):
    """Yield the splits of a splitter, with the groups that it takes.

    Parameters
    ----------
    cv : int, splitter or iterable of (train, test)
        Splits.
    X : array-like or Modalities
        Data.
    y : array-like or None
        Targets.
    metadata : pandas.DataFrame
        One row a sample.
    groups : array-like, DataFrame or None
        Handed on if given.

    Yields
    ------
    train, test : tuple of ndarray of int
        Positions of both sides.
    """
    cv = check_cv(cv, y, classifier=is_labels(y))
    if groups is None and takes_groups(cv):
        if getattr(cv, "groups_are_metadata", False):
            groups = metadata
        elif "subject" in metadata:
            groups = metadata["subject"].to_numpy()
    for train, test in cv.split(X, y, groups):
        yield as_positions(train, len(metadata)), as_positions(test, len(metadata))


def takes_groups(cv):
    """Whether a splitter uses groups.

    Parameters
    ----------
    cv : cross-validation splitter
        Splitter.

    Returns
    -------
    answer : bool
        False for splitters that ignore them, such as ``KFold``.
    """
    if not hasattr(cv, "get_metadata_routing"):
        return False
    request = metadata_routing.get_routing_for_object(cv)
    return request.split.requests.get("groups") is True


def as_positions(index, n_samples):
    """Return positions for positions or a mask."""
    index = np.asarray(index)
    return np.flatnonzero(index) if index.dtype == bool else index.astype(np.intp)


def audit(splits, metadata):
    """Return `leakage_report`'s table for splits that are known.

    Parameters
    ----------
    splits : sequence of (train, test)
        Positions of both sides of each fold.
    metadata : pandas.DataFrame
        One row a sample.

    Returns
    -------
    report : pandas.DataFrame
        See :func:`leakage_report`.
    """
    levels = [name for name in LEVELS if name in metadata]
    levels = [name for name in levels if metadata[name].notna().any()]
    if not levels:
        raise ValueError(
            f"metadata must have at least one of the columns {list(LEVELS)}, got "
            f"{list(metadata.columns)}."
        )
    codes = {name: pd.factorize(metadata[name])[0] for name in levels}
    if "trial" in codes and "subject" in codes:
        # Many data sets number the trials within each subject.
        trial, subject = codes["trial"], codes["subject"]
        known = (trial >= 0) & (subject >= 0)
        codes["trial"] = np.where(known, subject * len(trial) + trial, -1)
    rows = []
    for fold, (train, test) in enumerate(splits):
        for level in levels:
            here, there = codes[level][test], codes[level][train]
            shared = np.intersect1d(here[here >= 0], there[there >= 0])
            affected = np.isin(here, shared)
            rows.append(
                {
                    "fold": fold,
                    "level": level,
                    "n_train": len(np.unique(there[there >= 0])),
                    "n_test": len(np.unique(here[here >= 0])),
                    "n_both": len(shared),
                    "share_test": float(affected.mean()) if len(test) else 0.0,
                    "leaks": len(shared) > 0,
                    "n_unknown": int((here < 0).sum() + (there < 0).sum()),
                }
            )
    return pd.DataFrame(rows)


def worst_level(report):
    """Return the worst level at which something is on both sides.

    Parameters
    ----------
    report : pandas.DataFrame
        From :func:`leakage_report`, of one fold or several.

    Returns
    -------
    level : {"trial", "subject", "stimulus", "none known", "none"}
        A trial is worse than a subject, a subject worse than a stimulus. "none known"
        where nothing is shared but trial, subject or stimulus of some are not known.
    """
    leaking = set(report.loc[report["leaks"], "level"])
    known = set(LEVELS) <= set(report["level"]) and not report["n_unknown"].any()
    best = "none" if known else "none known"
    return next((level for level in LEVELS if level in leaking), best)


def warn_of_leakage(report, what, *, levels=("trial", "subject"), advice=""):
    """Warn if trials or subjects are on both sides of a fold.

    Parameters
    ----------
    report : pandas.DataFrame
        From :func:`leakage_report`.
    what : str
        What splits, for the message.
    levels : sequence of str, default=("trial", "subject")
        Levels that matter.
    advice : str, default=""
        A sentence that names the honest way.
    """
    bad = report[report["leaks"] & report["level"].isin(levels)]
    if bad.empty:
        return
    worst = worst_level(bad)
    rows = bad[bad["level"] == worst]
    n_folds = report["fold"].nunique()
    warnings.warn(
        f"{what} puts the same {worst} on both sides in {rows['fold'].nunique()} of "
        f"{n_folds} folds (up to {rows['n_both'].max()} {worst}s, "
        f"{rows['share_test'].mean():.0%} of the test samples): its scores say little "
        f"about unseen {worst}s.{' ' + advice if advice else ''}",
        LeakageWarning,
        stacklevel=3,
    )
