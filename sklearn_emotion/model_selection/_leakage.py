"""Trials, subjects and stimuli that are in both training and test."""

import numpy as np
import pandas as pd
from sklearn.model_selection import check_cv
from sklearn.utils import metadata_routing

from sklearn_emotion._base import LeakageWarning
from sklearn_emotion._validation import n_samples_of, warn_user
from sklearn_emotion.model_selection._metadata import (
    DATA_SET,
    LEVELS,
    check_metadata,
    is_labels,
)


def leakage_report(cv, X, y=None, metadata=None, groups=None):
    """Count the trials, subjects and stimuli in both training and test, for each fold.

    If a model is tested on windows of a trial that it was trained on, it recognizes the
    trial instead of the emotion. To a lesser extent, the same is true of subjects and
    stimuli.

    Read more in the :ref:`User Guide <leakage>`.

    Parameters
    ----------
    cv : int, cross-validation splitter or iterable of (train, test)
        Splits to check.
    X : array-like or Modalities of n_samples samples
        Data. Most splitters only use the number of samples.
    y : array-like of shape (n_samples,), default=None
        Targets, for stratified splitters.
    metadata : pandas.DataFrame of n_samples rows
        Table with at least one of the columns ``subject``, ``trial`` and ``stimulus``.
        Trials of different subjects are different, even if they have the same number.
        If a column ``dataset`` has several values, the report has the level "data set".
    groups : array-like of shape (n_samples,) or DataFrame, default=None
        Groups for the splitter. If None, splitters of this package receive `metadata`,
        and group splitters of scikit-learn receive the subjects.

    Returns
    -------
    report : pandas.DataFrame
        One row for each fold and level, without the levels that are unknown for all
        samples. The columns are:

        - ``n_train`` and ``n_test``: number of trials, subjects or stimuli in training
          and in test.
        - ``n_both``: number of those in both training and test.
        - ``share_test``: share of the test samples that belong to them.
        - ``leaks``: whether there are any.
        - ``n_unknown``: number of samples, in training and test, for which `metadata`
          has no value. They are not counted in ``n_both``.

    Raises
    ------
    ValueError
        If `metadata` has a wrong number of rows, or none of the columns.

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
    n_samples = n_samples_of(X)
    metadata = check_metadata(
        metadata, [], "leakage_report", n_samples, argument="metadata"
    )
    splits = list(splits_of(cv, X, y, metadata, groups))
    return audit(splits, metadata)


def splits_of(cv, X, y, metadata, groups=None):
    """Yield the splits of a splitter as positions of training and test samples.

    If `groups` is None, a splitter of this package receives `metadata`, and another
    splitter that uses groups receives the subjects.
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
    """Return whether a splitter uses groups, unlike ``KFold`` for example."""
    if not hasattr(cv, "get_metadata_routing"):
        return False
    request = metadata_routing.get_routing_for_object(cv)
    return request.split.requests.get("groups") is True


def as_positions(index, n_samples):
    """Return positions, given positions or a mask."""
    index = np.asarray(index)
    return np.flatnonzero(index) if index.dtype == bool else index.astype(np.intp)


def audit(splits, metadata):
    """Return the table of :func:`leakage_report` for splits as lists of positions."""
    levels = [name for name in LEVELS if name in metadata]
    levels = [name for name in levels if metadata[name].notna().any()]
    if not levels:
        raise ValueError(
            f"metadata must have at least one of the columns {list(LEVELS)}, got "
            f"{list(metadata.columns)}."
        )
    codes = {name: pd.factorize(metadata[name])[0] for name in levels}
    if "dataset" in metadata and metadata["dataset"].nunique() > 1:
        levels.append(DATA_SET)
        codes[DATA_SET] = pd.factorize(metadata["dataset"])[0]
    if "trial" in codes and "subject" in codes:
        # Many data sets number the trials of each subject from the same start.
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
    """Return the worst level that is in both training and test.

    Parameters
    ----------
    report : pandas.DataFrame
        From :func:`leakage_report`, of one fold or several.

    Returns
    -------
    level : {"trial", "subject", "stimulus", "data set", "none known", "none"}
        A trial is worse than a subject, a subject is worse than a stimulus, and a
        stimulus is worse than a data set. "none known" means that nothing is shared,
        but a level of some samples is unknown.
    """
    leaking = set(report.loc[report["leaks"], "level"])
    known = set(LEVELS) <= set(report["level"]) and not report["n_unknown"].any()
    best = "none" if known else "none known"
    return next((level for level in (*LEVELS, DATA_SET) if level in leaking), best)


def warn_of_leakage(report, what, *, levels=("trial", "subject"), advice=""):
    """Warn if something is in both training and test of a fold.

    Parameters
    ----------
    report : pandas.DataFrame
        From :func:`leakage_report`.
    what : str
        What splits the data, as the subject of the message.
    levels : sequence of str, default=("trial", "subject")
        Levels to warn of.
    advice : str, default=""
        Sentence that states what to do instead.
    """
    bad = report[report["leaks"] & report["level"].isin(levels)]
    if bad.empty:
        return
    worst = worst_level(bad)
    rows = bad[bad["level"] == worst]
    n_folds = report["fold"].nunique()
    warn_user(
        f"{what} puts the same {worst} on both sides in {rows['fold'].nunique()} of "
        f"{n_folds} folds (up to {rows['n_both'].max()} {worst}s, "
        f"{rows['share_test'].mean():.0%} of the test samples). The scores do not hold "
        f"for unseen {worst}s.{' ' + advice if advice else ''}",
        LeakageWarning,
    )
