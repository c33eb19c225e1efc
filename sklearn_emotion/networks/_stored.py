"""Weights of networks, stored apart from the other attributes of an estimator.

skops stores the attributes of an estimator, but not the tensors of a network. Inside
the block `archive_of_weights`, an estimator that owns networks therefore puts their
weights into an archive, and describes the networks by its own parameters. Outside the
block, pickles and copies contain the whole networks.
"""

from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np
import torch

from sklearn_emotion._validation import warn_user
from sklearn_emotion.networks._data import resolve_device
from sklearn_emotion.networks._session import OwnGenerator, plain_torch

_ARCHIVE = ContextVar("archive of weights", default=None)
# Key that stands for the networks in the state of an estimator.
_KEY = "_networks_in_archive"


class WeightWriter:
    """Archive that collects the weights of estimators."""

    def __init__(self):
        self.weights = {}
        self._numbers = {}

    def add(self, estimator, modules):
        """Add the weights of an estimator's modules, and return their number.

        An estimator may be part of several others. Its weights are added once.
        """
        if estimator not in self._numbers:
            number = len(self._numbers)
            self._numbers[estimator] = number
            for i, module in enumerate(modules):
                for name, tensor in module.state_dict().items():
                    # Tied weights are copied, since safetensors refuses shared memory.
                    copied = tensor.cpu().clone(memory_format=torch.contiguous_format)
                    self.weights[f"{number}.{i}.{name}"] = copied
        return self._numbers[estimator]

    def to_bytes(self):
        """Return the weights in the format of safetensors."""
        from safetensors.torch import save

        return save(self.weights)


class WeightReader:
    """Archive that returns the weights of estimators."""

    def __init__(self, weights):
        self.weights = weights

    @classmethod
    def from_bytes(cls, content):
        """Return an archive of weights in the format of safetensors."""
        from safetensors.torch import load

        return cls(load(content))

    def of(self, number, i):
        """Return the weights of module i of an estimator as a state dict."""
        prefix = f"{number}.{i}."
        return {
            key.removeprefix(prefix): tensor
            for key, tensor in self.weights.items()
            if key.startswith(prefix)
        }


@contextmanager
def archive_of_weights(archive):
    """Keep weights apart inside the block: a `WeightWriter` or a `WeightReader`."""
    token = _ARCHIVE.set(archive)
    try:
        yield archive
    finally:
        _ARCHIVE.reset(token)


class OwnsNetworks:
    """Base of estimators whose attributes contain networks.

    A subclass names the attribute in `_networks_attribute` and defines three hooks.
    """

    _networks_attribute = "net_"

    def _stored_networks(self):
        """Return the fitted modules as a list, and a record of plain values."""
        raise NotImplementedError

    def _new_networks(self):
        """Return new modules with the layers of the fitted ones."""
        raise NotImplementedError

    def _restore_networks(self, device, record):
        """Set the attribute to new networks on a device, and return their modules."""
        raise NotImplementedError

    def __getstate__(self):
        state = super().__getstate__()
        archive = _ARCHIVE.get()
        writes = isinstance(archive, WeightWriter)
        if not writes or self._networks_attribute not in state:
            return state
        modules, record = self._stored_networks()
        state = {k: v for k, v in state.items() if k != self._networks_attribute}
        return state | {_KEY: {**record, "number": archive.add(self, modules)}}

    def __setstate__(self, state):
        archive = _ARCHIVE.get()
        if _KEY not in state or isinstance(archive, WeightWriter):
            # A copy inside the block of a `WeightWriter` has a number of weights in
            # place of networks.
            super().__setstate__(state)
            return
        record = state[_KEY]
        super().__setstate__({k: v for k, v in state.items() if k != _KEY})
        if archive is None:
            raise ValueError(
                f"The networks of this {type(self).__name__} are in another part of "
                "its file. Load the file with sklearn_emotion.load_model."
            )
        # Networks without memory come first, so that a file that describes a huge
        # network is refused before any memory is used.
        for i, module in enumerate(without_memory(self._new_networks)):
            weights = archive.of(record["number"], i)
            _check_same_layout(module.state_dict(), weights, type(self).__name__)
        device = available_device(self.device)
        with plain_torch(), OwnGenerator(0, device):
            modules = self._restore_networks(device, record)
        for i, module in enumerate(modules):
            module.load_state_dict(archive.of(record["number"], i))
            module.eval()


def without_memory(build):
    """Return modules on PyTorch's meta device, which have shapes but no values."""
    with plain_torch(), OwnGenerator(0, "cpu"), torch.device("meta"):
        return build()


def refuse_changed(estimator):
    """Raise an error that the parameters do not describe the fitted networks."""
    raise ValueError(
        f"The parameters of this {type(estimator).__name__} were changed after fit, so "
        "that they no longer describe its network. Fit it again before you save it."
    )


def load_weights(module, other, owner):
    """Copy the weights of another module, which must have the same layers."""
    weights = other.state_dict()
    try:
        _check_same_layout(module.state_dict(), weights, owner, "the last fit")
    except ValueError as error:
        raise ValueError(
            f"With warm_start=True, {owner} goes on training the network of the last "
            f"fit, but the parameters or the data describe another one: {error}. Set "
            "warm_start=False to start anew."
        ) from error
    module.load_state_dict(weights)


def _check_same_layout(expected, found, owner, source="the file"):
    """Check that weights have the names, shapes and dtypes of a state dict."""
    layouts = [
        {name: (tuple(x.shape), x.dtype) for name, x in weights.items()}
        for weights in (expected, found)
    ]
    for name in sorted(layouts[0].keys() | layouts[1].keys()):
        want, got = (layout.get(name, "nothing") for layout in layouts)
        if want != got:
            raise ValueError(
                f"the weight {name!r} of {owner} should be {want}, but {source} has "
                f"{got}"
            )


def available_device(device):
    """Return a device, or the one that "auto" selects if this machine lacks it."""
    try:
        return resolve_device(device)
    except ValueError:
        replacement = resolve_device("auto")
        warn_user(
            f"The model was fitted with device={str(device)!r}, which this machine "
            f"does not have. Its networks are on {replacement!r} now. Set "
            'device="auto" before you fit the model again.'
        )
        return replacement


def same_arguments(first, second):
    """Return whether two modules are built alike. Of arrays, the shapes are compared.

    The values of arrays are initial weights, which training replaces.
    """
    if isinstance(first, np.ndarray) or isinstance(second, np.ndarray):
        return np.shape(first) == np.shape(second)
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(
            same_arguments(value, second[key]) for key, value in first.items()
        )
    if isinstance(first, (list, tuple)) and isinstance(second, (list, tuple)):
        return len(first) == len(second) and all(map(same_arguments, first, second))
    return bool(first == second)
