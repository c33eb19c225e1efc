"""Modalities that are missing in some samples, or left out at random in training.

The module of a network receives zeros for a modality that is missing. Zero is the mean
of a standardized modality, so what the module computes from it does not depend on the
missing values, and dropping modalities in training teaches the network to use the rest.
"""

from numbers import Real

import numpy as np
import torch

from sklearn_emotion._base import Interval, StrOptions

# Constraints of the parameters that networks of several modalities have in addition.
MISSING_CONSTRAINTS = {
    "missing": [StrOptions({"error", "mask"})],
    "modality_dropout": [Interval(Real, 0, 1, closed="left")],
}


def without_nan(x):
    """Return an array with zeros in place of NaN."""
    if x.dtype.kind != "f":
        return x
    gaps = np.isnan(x)
    return np.where(gaps, x.dtype.type(0), x) if gaps.any() else x


def drop_modalities(X, keys, rate):
    """Return a batch in which modalities of random samples are zeros.

    Each modality of each sample is dropped with probability `rate`, but the last one
    that a sample has is kept. Other entries of the batch stay as they are.
    """
    # (N, M)
    present = torch.stack([(X[key] != 0).flatten(1).any(1) for key in keys], 1)
    draws = torch.rand(present.shape, device=present.device)
    # Among the modalities of a sample, the largest number is always kept.
    last = torch.where(present, draws, -1.0).argmax(1, keepdim=True)
    keep = (draws >= rate).scatter(1, last, True)
    dropped = {}
    for key, kept in zip(keys, keep.unbind(1)):
        x = X[key]
        dropped[key] = torch.where(kept.reshape(-1, *[1] * (x.ndim - 1)), x, 0)
    return X | dropped
