"""Convolutions on the 9 x 9 grid that 4D-CRNN and the continuous CNN share."""

import torch
from torch import nn

DENSE_TEXTS = """
n_dense : int
    Number of units in the dense layer.
"""

# Number of filters of each layer.
FILTERS = (64, 128, 256, 64)


class GridConvolutions(nn.Sequential):
    """Four convolutions that keep the size of the grid, each followed by ReLU.

    The kernels of the first layer have `first_kernel` cells on each side, the next two
    have 4 x 4 cells and the last has 1 x 1.
    """

    def __init__(self, n_bands, first_kernel):
        kernels = (first_kernel, 4, 4, 1)
        layers = []
        for n_in, n_out, k in zip((n_bands, *FILTERS), FILTERS, kernels):
            convolution = nn.Conv2d(n_in, n_out, k)
            nn.init.kaiming_normal_(convolution.weight, nonlinearity="relu")
            nn.init.zeros_(convolution.bias)
            before, after = (k - 1) // 2, k // 2
            layers += [
                nn.ZeroPad2d((before, after, before, after)),
                convolution,
                nn.ReLU(inplace=True),
            ]
        super().__init__(*layers)
        self.to(memory_format=torch.channels_last)

    def forward(self, x):
        """Return maps (N, 64, 9, 9) for grids (N, B, 9, 9)."""
        return super().forward(x.contiguous(memory_format=torch.channels_last))
