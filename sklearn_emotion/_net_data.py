"""What a network's data go through: scaling, splitting, batching, seeding."""

import warnings
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.utils import check_random_state


@dataclass(frozen=True)
class Input:
    """What a network takes of one modality.

    Parameters
    ----------
    axes : tuple of str or int
        Names, or fixed sizes, of the axes of one sample.
    pooled : tuple of int or None, default=None
        Axes of the array, beside the samples, over which the statistics of
        `standardize` are pooled; None leaves the modality as it is.
    padding : bool, default=False
        Whether zeros are padding, which is left out of the statistics and stays 0.
    pixels : bool, default=False
        Whether values are pixels, which may be uint8 in place of floats in [0, 1].
    """

    axes: tuple
    pooled: tuple | None = None
    padding: bool = False
    pixels: bool = False


class TensorBatches:
    """Iterator that yields slices of tensors in memory.

    A last batch of one sample joins the one before it in training, since batch
    normalisation has no variance of a single value.

    Parameters
    ----------
    dataset : skorch.dataset.Dataset
        Its ``X`` is a dict of arrays, its ``y`` an array or None.
    batch_size : int
        Samples in a batch.
    shuffle : bool, default=False
        Whether to draw a new order from torch's generator in each pass.
    drop_last : bool, default=False
        Whether to leave out a last batch of fewer samples.
    """

    def __init__(self, dataset, batch_size, shuffle=False, drop_last=False):
        self.X = {key: shared_tensor(x) for key, x in dataset.X.items()}
        self.y = None if dataset.y is None else torch.as_tensor(dataset.y)
        self.shuffle = shuffle
        n = len(dataset)
        self.edges = [*range(0, n, batch_size), n]
        last = n - self.edges[-2]
        if len(self.edges) > 2 and (drop_last and last < batch_size):
            del self.edges[-1]
        elif len(self.edges) > 2 and shuffle and last == 1:
            del self.edges[-2]

    def __len__(self):
        return len(self.edges) - 1

    def __iter__(self):
        order = torch.randperm(self.edges[-1]) if self.shuffle else None
        for start, stop in zip(self.edges, self.edges[1:]):
            index = slice(start, stop) if order is None else order[start:stop]
            X = {key: x[index] for key, x in self.X.items()}
            yield X, (torch.zeros(0) if self.y is None else self.y[index])


def shared_tensor(x):
    """Return a tensor on an array's memory, be it read-only; batches only read it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The given NumPy array is not writ")
        return torch.as_tensor(x)


def as_float(x):
    """Return float32 pixels in [0, 1] for uint8 ones, and other tensors as they are."""
    return x.float().div_(255.0) if x.dtype == torch.uint8 else x


@contextmanager
def seeded(seed, device):
    """Seed torch inside the block and restore the caller's generators after it."""
    if torch.device(device).type == "cuda":
        with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
            torch.manual_seed(seed)
            yield
    else:
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            yield


def draw_seed(random_state):
    """Return a seed; None draws fresh entropy and leaves NumPy's generator alone."""
    if random_state is None:
        return int(np.random.SeedSequence().generate_state(1)[0])
    return int(check_random_state(random_state).randint(2**31 - 1))


def resolve_device(device):
    """Return the device that ``"auto"`` stands for here, or the one named."""
    if device != "auto":
        return device
    return "cuda" if torch.cuda.is_available() else "cpu"


def hold_out_groups(y, groups, fraction, seed):
    """Split samples so that no group is cut and training keeps every class.

    Parameters
    ----------
    y : ndarray of int of shape (n_samples,)
        Encoded labels.
    groups : ndarray of shape (n_samples,)
        Group of each sample.
    fraction : float
        Share of the groups to hold out, at least one group.
    seed : int
        Seed of the order in which groups are tried.

    Returns
    -------
    train, valid : tuple of ndarray of int
        Indices of both sides.
    """
    names, codes = np.unique(groups, return_inverse=True)
    n_out = max(1, round(fraction * len(names)))
    rng = np.random.default_rng(seed)
    for _ in range(100):
        out = np.isin(codes, rng.permutation(len(names))[:n_out])
        if not out.all() and len(np.unique(y[~out])) == len(np.unique(y)):
            return np.flatnonzero(~out), np.flatnonzero(out)
    raise ValueError(
        f"early_stopping holds out {n_out} of {len(names)} groups, and no choice of "
        "them leaves every class in the training part. Give more groups, or lower "
        "validation_fraction."
    )


def statistics(x, spec):
    """Return mean and scale of a modality as float32 arrays that broadcast."""
    axes = (0, *spec.pooled)
    where = x != 0 if spec.padding else True
    with warnings.catch_warnings():
        # A cell that is padding in every sample has no mean; it stays as it is.
        warnings.simplefilter("ignore", RuntimeWarning)
        mean = np.mean(x, axis=axes, keepdims=True, dtype=np.float64, where=where)
        std = np.std(x, axis=axes, keepdims=True, dtype=np.float64, where=where)
    mean, std = np.nan_to_num(mean), np.nan_to_num(std)
    constant = std <= 10 * np.finfo(np.float32).eps * np.abs(mean)
    std[constant] = 1.0
    return mean.astype(np.float32), std.astype(np.float32)
