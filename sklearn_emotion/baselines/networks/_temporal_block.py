"""A temporal convolution, its rectifier and its pool in blocks that fit the cache."""

import torch
from torch import nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

leaky_relu_backward = torch.ops.aten.leaky_relu_backward

# Numbers in the largest array of a block, 1 MB in single precision.
BLOCK = 2**18


class TemporalBlock(nn.Sequential):
    """Filter signals along time, rectify them, and average `pool` neighbors.

    The layers are ``Conv2d(1, n_filters, (1, length))``, ``LeakyReLU`` and
    ``AvgPool2d((1, pool))``. One after the other, they write each time point of each
    filter twice, of which the pool keeps one in `pool`. On a CPU, they run together,
    block by block, in the cache. The separate layers run on a GPU, or if the gradient
    of the signals is needed.
    """

    def __init__(self, n_filters, length, pool):
        super().__init__(
            nn.Conv2d(1, n_filters, (1, length)),
            nn.LeakyReLU(),
            nn.AvgPool2d((1, pool)),
        )
        self.pool = pool
        self.works_in_blocks = True

    def prepare_export(self):
        """Run the separate layers, since a graph cannot represent the blocks."""
        self.works_in_blocks = False

    def forward(self, x):
        """Return (N, filters, C, steps) for signals (N, 1, C, t)."""
        if x.device.type != "cpu" or x.requires_grad or not self.works_in_blocks:
            return super().forward(x)
        conv, rectifier, _ = self
        length = conv.kernel_size[1]
        matrix = _shifted_filters(conv.weight[:, 0, 0], conv.bias, self.pool)
        return _FilterRectifyPool.apply(
            x[:, 0], matrix, length, self.pool, rectifier.negative_slope
        )


class _FilterRectifyPool(torch.autograd.Function):
    """Filter, rectify and pool with one matrix product for each block.

    Step s of the pool averages the outputs of a filter at p s, ..., p s + p - 1, which
    cover the times p s, ..., p s + p + k - 2. With the signal at these times, and a one
    for the bias, as a column, the outputs are the product with the matrix of
    `_shifted_filters`.
    """

    @staticmethod
    def forward(ctx, x, matrix, length, pool, slope):
        n_samples, n_channels, n_times = x.shape
        n_filters = len(matrix) // pool
        steps = (n_times - length + 1) // pool
        phases = _phases(x, pool)
        ctx.save_for_backward(phases, matrix)
        ctx.constants = steps, pool, slope
        pooled = x.new_empty(n_filters, len(phases), steps)
        for part, columns in _blocks(phases, matrix, steps):
            z = functional.leaky_relu_(matrix @ columns, slope)
            pooled[:, part] = z.view(pool, n_filters, -1, steps).mean(0)
        pooled = pooled.view(n_filters, n_samples, n_channels, steps)
        return pooled.transpose(0, 1).contiguous()

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        steps, pool, slope = ctx.constants
        phases, matrix = ctx.saved_tensors
        # Each neighbor in the pool gets an equal share.
        share = gradient.transpose(0, 1).flatten(1, 2) / pool
        of_matrix = torch.zeros_like(matrix)
        for part, columns in _blocks(phases, matrix, steps):
            g = share[:, part].flatten(1).repeat(pool, 1)
            g = leaky_relu_backward(g, matrix @ columns, slope, False)
            of_matrix.addmm_(g, columns.T)
        return None, of_matrix, None, None, None


def _shifted_filters(filters, bias, pool):
    """Return the filters, shifted by 0, ..., pool - 1, and the bias, (pool F, rows)."""
    length = filters.shape[1]
    room = -(length - 1) % pool + pool - 1
    matrix = torch.cat([functional.pad(filters, (q, room - q)) for q in range(pool)])
    return torch.cat([matrix, bias.repeat(pool)[:, None]], dim=1)


def _phases(x, pool):
    """Return every pool-th time of the signals from each start, (N C, pool, t / p)."""
    x = x.flatten(0, 1)
    x = functional.pad(x, (0, -x.shape[1] % pool))
    return x.unflatten(1, (-1, pool)).transpose(1, 2).contiguous()


def _blocks(phases, matrix, steps):
    """Yield slices of signals and the columns that each of their steps covers."""
    n_signals, pool, _ = phases.shape
    depth = (matrix.shape[1] - 1) // pool
    windows = phases.unfold(2, steps, 1)[:, :, :depth].permute(2, 1, 0, 3)
    size = max(1, BLOCK // (steps * len(matrix)))
    for start in range(0, n_signals, size):
        part = windows[:, :, start : start + size]
        columns = part.new_ones(matrix.shape[1], part.shape[2] * steps)
        columns[:-1].view(part.shape).copy_(part)
        yield slice(start, start + size), columns
