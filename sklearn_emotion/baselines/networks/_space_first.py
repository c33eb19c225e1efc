"""Temporal filter, normalization and spatial filter, with the spatial filter first."""

import torch
from torch.nn import functional


def filter_space_first(x, filters, norm, spatial):
    """Filter signals in time, normalize them, and mix the channels of each filter.

    All three steps are linear once the mean and variance of the normalization are
    known. Therefore the channels are mixed first, and ``F D`` signals are filtered
    instead of ``F C``. The mean and variance of ``w * x`` over a batch need no
    filtering: they are ``w . m`` and ``w . K w``, where m and K are the mean and
    covariance of the windows of signals that the filter w covers.

    Parameters
    ----------
    x : Tensor of shape (N, C, t)
        Signals.
    filters : Tensor of shape (F, length)
        Temporal filters. Signals are padded with zeros to keep their length.
    norm : BatchNorm2d
        Normalization of the F filtered signals. Its running statistics are updated in
        training and used in evaluation mode.
    spatial : Tensor of shape (F D, C)
        Weights of the channels, D sets for each filter.

    Returns
    -------
    Tensor of shape (N, F D, t)
        The result of convolution, normalization and grouped convolution, up to
        rounding.
    """
    n_filters, length = filters.shape
    depth = len(spatial) // n_filters
    if norm.training:
        mean, variance = _moments(x, filters)
        _update(norm, mean, variance, x.numel())
    else:
        mean, variance = norm.running_mean, norm.running_var
    gain = norm.weight * torch.rsqrt(variance + norm.eps)
    offset = norm.bias - gain * mean
    taps = (filters * gain[:, None]).repeat_interleave(depth, 0)
    bias = offset.repeat_interleave(depth) * spatial.sum(1)
    mixed = functional.pad(spatial @ x, same_padding(length))
    return functional.conv1d(mixed, taps[:, None], bias, groups=len(taps))


def same_padding(length):
    """Return the numbers of zeros before and after the signal that keep its length."""
    return (length - 1) // 2, length // 2


def _moments(x, filters):
    """Return the mean and variance of the filtered signals, (F,) each."""
    # A filter may pass a tiny part of the power, so use double precision if possible.
    precise = filters if x.device.type == "mps" else filters.double()
    mean, covariance = _window_moments(x.to(precise.dtype), filters.shape[1])
    variance = torch.sum(precise @ covariance * precise, 1)
    return (precise @ mean).to(filters.dtype), variance.to(filters.dtype)


def _window_moments(x, length):
    """Return mean and covariance of all windows of padded signals, (k,) and (k, k).

    Over all windows that overlap a signal, E[x_i x_j] depends only on i - j. It is the
    autocorrelation, which one Fourier transform computes. The windows that begin before
    the padding or end after it are then subtracted.
    """
    n_times = x.shape[-1]
    signals = x.flatten(0, 1)
    power = torch.fft.rfft(signals, n_times + length).abs().square().sum(0)
    autocorrelation = torch.fft.irfft(power, n_times + length)
    lags = torch.arange(length, device=x.device)
    second = autocorrelation[(lags[:, None] - lags).abs()]
    before, after = (length - 1 - zeros for zeros in same_padding(length))
    padded = functional.pad(signals, (length - 1, length - 1)).unfold(1, length, 1)
    ends = torch.cat([padded[:, :before], padded[:, padded.shape[1] - after :]], 1)
    ends = ends.flatten(0, 1)
    mean = (signals.sum() - ends.sum(0)) / x.numel()
    second = (second - ends.T @ ends) / x.numel()
    return mean, second - mean[:, None] * mean


@torch.no_grad()
def _update(norm, mean, variance, n):
    """Update the running statistics in the same way as the layer."""
    norm.num_batches_tracked += 1
    norm.running_mean.lerp_(mean, norm.momentum)
    norm.running_var.lerp_(variance * n / (n - 1), norm.momentum)
