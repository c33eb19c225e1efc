"""Preparation of a network's data: scaling, splitting and batching; its device."""

from dataclasses import dataclass

import numpy as np
import torch
from sklearn.utils import check_random_state

from sklearn_emotion._frames import UnreadFrames


@dataclass(frozen=True)
class Input:
    """Description of one modality that a network takes.

    Parameters
    ----------
    axes : tuple of str or int
        Names, or fixed sizes, of the axes of one sample.
    pooled : tuple of int or None, default=None
        Axes of the array over which `standardize` pools its statistics, in addition to
        the samples. If None, the modality is not standardized.
    padding : bool, default=False
        Whether zeros are padding. They are left out of the statistics and remain 0.
    pixels : bool, default=False
        Whether values are pixels. They may be uint8 instead of floats in [0, 1].
    varying : tuple of int, default=()
        Axes of one sample whose length in prediction may differ from the length in
        training. The module must accept this.
    """

    axes: tuple
    pooled: tuple | None = None
    padding: bool = False
    pixels: bool = False
    varying: tuple = ()


class TensorBatches:
    """Iterator over batches of tensors in memory, in place of a DataLoader.

    It takes a skorch `Dataset` with a dict of arrays as ``X``. If `shuffle`, each pass
    has a new random order, and a last batch of one sample is joined to the batch before
    it, since batch normalization needs the variance of several samples. `drop_last`
    leaves out a smaller last batch.
    """

    def __init__(self, dataset, batch_size, shuffle=False, drop_last=False):
        self.X = {key: shared_tensor(x) for key, x in dataset.X.items()}
        self.y = None if dataset.y is None else torch.as_tensor(dataset.y)
        self.shuffle = shuffle
        n = self.n_samples = len(dataset)
        self.edges = [*range(0, n, batch_size), n]
        last = n - self.edges[-2]
        if len(self.edges) > 2 and (drop_last and last < batch_size):
            del self.edges[-1]
        elif len(self.edges) > 2 and shuffle and last == 1:
            del self.edges[-2]

    def __len__(self):
        return len(self.edges) - 1

    def __iter__(self):
        # The order is drawn here, not when the first batch is asked for.
        return self._batches(torch.randperm(self.n_samples) if self.shuffle else None)

    def _batches(self, order):
        for start, stop in zip(self.edges, self.edges[1:]):
            index = slice(start, stop) if order is None else order[start:stop]
            X = {key: x[index] for key, x in self.X.items()}
            yield X, (torch.zeros(0) if self.y is None else self.y[index])


def shared_tensor(x):
    """Return a tensor that shares an array's memory, which may be read-only.

    Of unread frames, each batch becomes a tensor when it is selected.
    """
    if isinstance(x, UnreadFrames):
        return _UnreadTensor(x)
    if isinstance(x, np.ndarray) and not x.flags.writeable:
        x = np.asarray(_Unprotected(x))
    return torch.as_tensor(x)


class _UnreadTensor:
    """Frames from which batches are selected as from a tensor."""

    def __init__(self, frames):
        self._frames = frames

    def __getitem__(self, index):
        rows = index if isinstance(index, slice) else np.asarray(index)
        return torch.as_tensor(np.asarray(self._frames[rows]))


class _Unprotected:
    """Memory of a read-only array, which PyTorch takes without a warning.

    Networks do not write to their input. A filter of warnings would not be safe here,
    since it is shared by all threads.
    """

    def __init__(self, x):
        self._owner = x
        interface = x.__array_interface__
        self.__array_interface__ = interface | {"data": (interface["data"][0], False)}


def as_float(x):
    """Return uint8 pixels as float32 in [0, 1], and other tensors unchanged."""
    return x.float().div_(255.0) if x.dtype == torch.uint8 else x


def draw_seed(random_state):
    """Return a seed; None draws fresh entropy and does not change NumPy's generator."""
    if random_state is None:
        return int(np.random.SeedSequence().generate_state(1)[0])
    return int(check_random_state(random_state).randint(2**31 - 1))


def resolve_device(device):
    """Return `device`, or the device that ``"auto"`` selects on this machine.

    Raise an error if PyTorch does not know the device or does not find it.
    """
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    advice = 'Pass device="cpu", or device="auto" to use CUDA wherever it is available.'
    try:
        wanted = torch.device(device)
    except RuntimeError as error:
        raise ValueError(
            f"device={str(device)!r} is not a device of PyTorch. {advice}"
        ) from error
    backend = getattr(torch, wanted.type, None)
    if hasattr(backend, "is_available"):
        n_found = backend.device_count() if backend.is_available() else 0
        if n_found <= (wanted.index or 0):
            raise ValueError(
                f"device={str(device)!r}, but PyTorch finds {n_found or 'no'} "
                f"{wanted.type.upper()} device{'s' * (n_found > 1)} on this machine. "
                f"{advice}"
            )
    return device


def hold_out_groups(y, groups, fraction, seed):
    """Split samples so that no group is divided and training keeps every class.

    Returns the indices of training and validation samples. The latter hold `fraction`
    of the groups, at least one; `y` contains integer codes.
    """
    names, codes = np.unique(groups, return_inverse=True)
    n_out = max(1, round(fraction * len(names)))
    rng = np.random.default_rng(seed)
    for _ in range(100):
        out = np.isin(codes, rng.permutation(len(names))[:n_out])
        if not out.all() and len(np.unique(y[~out])) == len(np.unique(y)):
            return np.flatnonzero(~out), np.flatnonzero(out)
    raise ValueError(
        f"early_stopping holds out {n_out} of {len(names)} groups, but no choice of "
        "these groups leaves every class in the training part. Pass more groups or "
        "lower validation_fraction."
    )


def statistics(x, spec):
    """Return the mean and scale of a modality as float32 arrays that broadcast.

    NaN, which stands for missing samples, is left out.
    """
    axes = (0, *spec.pooled)
    where = x != 0 if spec.padding else True
    missing = np.isnan(x)
    if missing.any():
        where = where & ~missing
    # A cell that is padding in every sample has no mean and remains 0.
    count = np.sum(np.broadcast_to(where, x.shape), axis=axes, keepdims=True)
    count = np.maximum(count, 1)
    options = {"axis": axes, "keepdims": True, "dtype": np.float64, "where": where}
    mean = np.sum(x, **options) / count
    squares = x - mean
    squares *= squares
    std = np.sqrt(np.sum(squares, **options) / count)
    constant = std <= 10 * np.finfo(np.float32).eps * np.abs(mean)
    std[constant] = 1.0
    return mean.astype(np.float32), std.astype(np.float32)
