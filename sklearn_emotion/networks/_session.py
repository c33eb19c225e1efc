"""What a fit shares with the process, and how it keeps to its own part of it.

PyTorch has one generator of random numbers, one default dtype and one default device
for the whole process or thread. Dropout and the layers of PyTorch use them without a
way to pass others. The contexts of this module exchange them for as long as a fit needs
them, and put back what the session had before.
"""

import os
import threading
from collections import Counter
from contextlib import ExitStack, contextmanager
from functools import partial

import numpy as np
import torch
from torch import nn

# Held while a state of the process is exchanged. A fit inside a fit may enter again.
# Fits in other threads wait.
_exchange = threading.RLock()


def _renew_lock():
    """Replace the lock in a forked process, where its holder does not exist."""
    global _exchange
    _exchange = threading.RLock()


if hasattr(os, "register_at_fork"):  # Windows has no fork.
    os.register_at_fork(after_in_child=_renew_lock)


class OwnGenerator:
    """Random numbers of one fit, in place of the random numbers of the process.

    Inside the block, everything that draws from PyTorch's default generators continues
    the sequence of `seed`. Outside, the generators of the process are as before. The
    block can be entered many times, from several threads and inside itself. Blocks of
    other fits wait, so a block should be as short as possible.

    Parameters
    ----------
    seed : int
        Seed of the sequence.
    device : str or torch.device
        Device of the network. With CUDA, the generators of all cards are exchanged.
    """

    def __init__(self, seed, device):
        self._uses_cuda = torch.device(device).type == "cuda"
        if self._uses_cuda:
            torch.cuda.init()
        self._depth = 0
        with _exchange:
            session = self._states_now()
            for generator in self._generators():
                generator.manual_seed(seed)
            self._states = self._states_now()
            self._set(session)

    def _generators(self):
        cards = torch.cuda.default_generators if self._uses_cuda else ()
        return [torch.default_generator, *cards]

    def _states_now(self):
        return [generator.get_state() for generator in self._generators()]

    def _set(self, states):
        for generator, state in zip(self._generators(), states):
            generator.set_state(state)

    def __enter__(self):
        _exchange.acquire()
        try:
            if self._depth == 0:
                self._session = self._states_now()
                self._set(self._states)
            self._depth += 1
        except BaseException:
            _exchange.release()
            raise

    def __exit__(self, *error):
        try:
            self._depth -= 1
            if self._depth == 0:
                self._states = self._states_now()
                self._set(self._session)
        finally:
            _exchange.release()


@contextmanager
def seeded_numpy(seed):
    """Seed NumPy's global generator inside the block, and restore it after it."""
    with _exchange:
        session = np.random.get_state()  # noqa: NPY002
        np.random.seed(seed % 2**32)  # noqa: NPY002
        try:
            yield
        finally:
            np.random.set_state(session)  # noqa: NPY002


class _OneForAllThreads:
    """Blocks with a value of a setting that PyTorch has once for all threads.

    The first of several blocks at the same time sets the value, and the last restores
    the value of the session. The blocks do not wait for each other.
    """

    def __init__(self, read, write, value):
        self._read, self._write, self._value = read, write, value
        self._n_inside = 0

    def __enter__(self):
        with _exchange:
            if self._n_inside == 0:
                self._session = self._read()
                if self._session != self._value:
                    self._write(self._value)
            self._n_inside += 1

    def __exit__(self, *error):
        with _exchange:
            self._n_inside -= 1
            if self._n_inside == 0 and self._session != self._value:
                self._write(self._session)


def _precision_of_products():
    try:
        return torch.get_float32_matmul_precision()
    except RuntimeError:  # It was set for each library apart, and stays what it is.
        return "highest"


_float32_default = _OneForAllThreads(
    torch.get_default_dtype, torch.set_default_dtype, torch.float32
)
_exact_products = _OneForAllThreads(
    _precision_of_products, torch.set_float32_matmul_precision, "highest"
)


@contextmanager
def plain_torch():
    """Undo what a session may have set in PyTorch, inside the block.

    Modules are built in float32 on the CPU, gradients are recorded, and nothing is cast
    automatically or multiplied with fewer digits.
    """
    with ExitStack() as stack:
        stack.enter_context(_float32_default)
        stack.enter_context(_exact_products)
        if torch.is_inference_mode_enabled():
            stack.enter_context(torch.inference_mode(False))
        if not torch.is_grad_enabled():
            stack.enter_context(torch.enable_grad())
        if torch.get_default_device().type != "cpu":
            # Another default device inside this one would turn off fast kernels, which
            # round differently.
            stack.enter_context(torch.DisableTorchFunction())
        for kind in ("cpu", "cuda"):
            if torch.is_autocast_enabled(kind):
                stack.enter_context(torch.autocast(kind, enabled=False))
        yield


# Number of rows that products of matrices are padded to.
_ROWS = 8
_n_inside = Counter()


@contextmanager
def steady_products(module):
    """Let the linear layers of a module multiply whole blocks of rows inside the block.

    Libraries of linear algebra sum in another order if a matrix has few rows, or a rest
    after the last block. The padding makes the output of a sample independent of the
    number of samples that are passed at once. Rows of zeros cost little, since such
    products take the time that it takes to read the weights.
    """
    layers = [layer for layer in module.modules() if type(layer) is nn.Linear]
    key = id(module)
    with _exchange:
        _n_inside[key] += 1
        for layer in layers:
            layer.forward = partial(_linear_of_whole_blocks, layer)
    try:
        yield
    finally:
        with _exchange:
            _n_inside[key] -= 1
            if not _n_inside[key]:
                del _n_inside[key]
                for layer in layers:
                    layer.__dict__.pop("forward", None)


def _linear_of_whole_blocks(layer, x):
    shape = x.shape[:-1]
    n = shape.numel()
    rows = x.reshape(n, x.shape[-1])
    if n % _ROWS:
        rows = nn.functional.pad(rows, (0, 0, 0, -n % _ROWS))
    product = nn.functional.linear(rows, layer.weight, layer.bias)
    return product[:n].reshape(*shape, product.shape[-1])
