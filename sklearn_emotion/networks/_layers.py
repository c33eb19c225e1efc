"""Layers that several networks share."""

import torch
from torch import nn


def weighted_mean(values, sample_weight=None):
    """Return the mean of values (N, ...), with weights (N,) that have a mean of one."""
    if sample_weight is not None:
        values = values.flatten(1) if values.ndim > 1 else values[:, None]
        values = values * sample_weight[:, None]
    return values.mean()


class FrameScaler(nn.Module):
    """Center and scale each image by its own mean and standard deviation."""

    def forward(self, x):
        """Return images of the shape of x (N, 3, H, W)."""
        var, mean = torch.var_mean(x, (1, 2, 3), correction=0, keepdim=True)
        return (x - mean) / (var + 1e-5).sqrt()
