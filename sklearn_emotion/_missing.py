"""Modalities that are missing in some samples, and how samples state this.

NaN stands for the values of a missing modality.
"""

import numpy as np
from sklearn.utils.validation import check_consistent_length, column_or_1d

from sklearn_emotion._validation import check_numbers, is_mapping, n_samples_of

# End of the key under which X states which samples have a modality.
MASK = "_mask"


def with_gaps(X, names, owner, shapes=None):
    """Return X with NaN in place of the modalities that samples lack.

    Arrays of bytes get 0 instead.

    Parameters
    ----------
    X : Modalities, dict of str to array-like, or array-like
        Input of the user. A modality is missing in a sample if all its values are NaN,
        or if ``X[name + "_mask"]`` is False.
    names : sequence of str
        Modalities that the estimator reads.
    owner : str
        Name of the estimator, for error messages.
    shapes : dict of str to tuple of int, default=None
        Shape of one sample of each modality in the training data. A modality that is
        not in X is then missing in all samples. If None, X is the training data.

    Returns
    -------
    X : dict of str to array-like, or array-like
        Copy with all entries, or X itself if it is not a mapping.
    """
    if not is_mapping(X) or not set(names) & set(X):
        return X
    n = n_samples_of(next(X[name] for name in names if name in X))
    filled, presence = dict(X.items()), {}
    for name in names:
        if name in X:
            filled[name], presence[name] = _with_nan(X, name, owner)
        elif shapes is not None:
            filled[name] = np.full((n, *shapes[name]), np.nan, dtype=np.float32)
            presence[name] = np.zeros(n, dtype=bool)
    check_consistent_length(*presence.values())
    has_none = ~np.any(list(presence.values()), axis=0)
    if has_none.any():
        raise ValueError(
            f"{owner} needs at least one modality of each sample, but all of "
            f"{list(names)} are missing in {has_none.sum()} of {n} samples, first in "
            f"sample {has_none.argmax()}. Remove these samples."
        )
    for name, present in presence.items():
        if shapes is None and not present.any():
            raise ValueError(
                f"The modality {name!r} is missing in all training samples. {owner} "
                "cannot learn from it."
            )
    return filled


def _with_nan(X, name, owner):
    """Return a modality with NaN where it is missing, and where it is present."""
    x = np.asarray(X[name])
    if x.dtype.kind == "O":
        x = check_numbers(x, name, owner, remedy=None)
    present = np.ones(x.shape[:1] or 1, dtype=bool)
    if name + MASK in X:
        mask = column_or_1d(X[name + MASK])
        check_consistent_length(x, mask)
        if not np.isin(mask, (0, 1)).all():
            raise ValueError(
                f"{name + MASK} must contain True for samples with the modality "
                f"{name!r} and False for samples without it, got {mask.tolist()[:5]}."
            )
        present = mask.astype(bool)
    if x.dtype.kind == "f" and x.ndim > 1:
        nan = np.isnan(x).reshape(len(x), -1)
        has_all = nan.all(axis=1)
        partly = nan.any(axis=1) & ~has_all & present
        if partly.any():
            raise ValueError(
                f"{name} contains NaN in some values of {partly.sum()} of {len(x)} "
                f"samples, first in sample {partly.argmax()}. {owner} takes a missing "
                "modality, which is NaN throughout the sample, but no other gaps. "
                "Interpolate them, or set all values of these samples to NaN."
            )
        present = present & ~has_all
    if not present.all():
        is_bytes = x.dtype == np.uint8
        x = x.astype(x.dtype if is_bytes else np.promote_types(x.dtype, "f"))
        x[~present] = 0 if is_bytes else np.nan
    return x, present
