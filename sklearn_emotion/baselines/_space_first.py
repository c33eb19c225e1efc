"""Temporal filter, normalisation and spatial filter, the last one first."""

import torch
from torch.nn import functional


def filter_space_first(x, filters, norm, spatial):
    """Filter signals in time, normalise, and mix the channels of each filter.

    The three are linear once the normalisation's mean and variance are known. So the
    channels are mixed first, and ``F D`` signals are filtered instead of ``F C``. Mean
    and variance of ``w * x`` over a batch need no filtering either: they are ``w . m``
    and ``w . K w`` with the mean m and covariance K of the windows that w sees.

    Parameters
    ----------
    x : Tensor of shape (N, C, t)
        Signals.
    filters : Tensor of shape (F, length)
        Temporal filters; signals are padded with zeros to keep their length.
    norm : BatchNorm2d
        Normalisation of the F filtered signals; its running statistics are updated in
        training, used otherwise.
    spatial : Tensor of shape (F D, C)
        Weights of the channels, D sets for each filter.

    Returns
    -------
    Tensor of shape (N, F D, t)
        The same numbers, to rounding, as convolution, normalisation and grouped
        convolution give.
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
    """Return the numbers of zeros before and after, which keep the length."""
    return (length - 1) // 2, length // 2


def _moments(x, filters):
    """Return mean and variance of the filtered signals, (F,)."""
    # A filter may pass a tiny part of the power: double precision, where there is one.
    precise = filters if x.device.type == "mps" else filters.double()
    mean, covariance = _window_moments(x.to(precise.dtype), filters.shape[1])
    variance = torch.sum(precise @ covariance * precise, 1)
    return (precise @ mean).to(filters.dtype), variance.to(filters.dtype)


def _window_moments(x, length):
    """Return mean and covariance of all windows of padded signals, (k,) and (k, k).

    Over all windows that touch a signal, E[x_i x_j] depends on i - j alone: it is the
    autocorrelation, from one Fourier transform. The windows that begin before the
    padding, or end after it, are then taken off.
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
    """Update the running statistics as the layer itself would."""
    norm.num_batches_tracked += 1
    norm.running_mean.lerp_(mean, norm.momentum)
    norm.running_var.lerp_(variance * n / (n - 1), norm.momentum)
