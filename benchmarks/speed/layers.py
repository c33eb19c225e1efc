"""Time training steps of layers that are computed together and one after another.

    OMP_NUM_THREADS=1 python benchmarks/speed/layers.py --out layers.csv

The script times forward and backward passes on noise (32 samples of 10 s, 19 channels
at 128 Hz) and one step of the optimizer. ``difference`` is the largest difference
between the outputs and between the gradients of the weights, relative to the largest
number.
"""

import copy

import torch
from _timing import paired_medians, parser, report
from torch import nn

from sklearn_emotion.baselines.networks._continuous_cnn import ContinuousCNNModule
from sklearn_emotion.baselines.networks._space_first import filter_space_first
from sklearn_emotion.baselines.networks._temporal_block import TemporalBlock
from sklearn_emotion.networks._training import OPTIMIZERS

N, C, T = 32, 19, 1280


def passes(module, x):
    """Return a call that gives outputs and gradients of the weights."""
    shape = module(x).shape
    torch.manual_seed(0)
    gradient = torch.randn(shape)

    def call():
        module.zero_grad()
        out = module(x)
        out.backward(gradient)
        return [out.detach(), *(p.grad for p in module.parameters())]

    return call


def temporal_block(length):
    """Return TSception's filters of one length, joined and separate."""
    block = TemporalBlock(15, length, 8)
    return block, nn.Sequential(*copy.deepcopy(block)), torch.randn(N, 1, C, T)


class SpaceFirst(nn.Module):
    """EEGNet's temporal filters, normalization and spatial filters."""

    def __init__(self, length=64):
        super().__init__()
        self.pad = nn.ZeroPad2d(((length - 1) // 2, length // 2, 0, 0))
        self.temporal = nn.Conv2d(1, 8, (1, length), bias=False)
        self.norm = nn.BatchNorm2d(8)
        self.spatial = nn.Conv2d(8, 16, (C, 1), groups=8, bias=False)

    def forward(self, x):
        """Return the signals (N, 16, t) of x (N, C, t)."""
        filters = self.temporal.weight[:, 0, 0]
        spatial = self.spatial.weight[:, 0, :, 0]
        return filter_space_first(x, filters, self.norm, spatial)


class TimeFirst(SpaceFirst):
    """The same layers in EEGNet's order."""

    def forward(self, x):
        """Return the signals (N, 16, t) of x (N, C, t)."""
        x = self.norm(self.temporal(self.pad(x[:, None])))
        return self.spatial(x)[:, :, 0]


def eegnet():
    """Return EEGNet's first three layers in both orders."""
    joined, plain = SpaceFirst(), TimeFirst()
    plain.load_state_dict(joined.state_dict())
    return joined, plain, torch.randn(N, C, T)


def measure(name, joined, plain, x, repeats, threads):
    """Return a row of the table."""
    ways = {"joined": passes(joined, x), "plain": passes(plain, x)}
    difference = largest_share(ways["joined"](), ways["plain"]())
    return row(name, paired_medians(ways, repeats=repeats, threads=threads), difference)


def optimizer(repeats, threads):
    """Return a row for AdamW on the weights of ContinuousCNN."""
    ways, weights = {}, []
    for name in ("joined", "plain"):
        torch.manual_seed(0)
        module = ContinuousCNNModule(4, 2, 1024, 0.0)
        for p in module.parameters():
            p.grad = torch.randn_like(p)
        kind = OPTIMIZERS["adamw"] if name == "joined" else torch.optim.AdamW
        ways[name] = kind(module.parameters(), lr=1e-3).step
        weights.append([p.detach() for p in module.parameters()])
    seconds = paired_medians(ways, repeats=repeats, threads=threads)
    difference = largest_share(*weights)
    return row("AdamW, ContinuousCNN", seconds, difference)


def largest_share(tensors, references):
    """Return the largest difference of a tensor, relative to its largest number."""
    pairs = zip(tensors, references, strict=True)
    return max(float((a - b).abs().max() / b.abs().max()) for a, b in pairs)


def row(name, seconds, difference):
    return {
        "layers": name,
        "one by one (s)": seconds["plain"],
        "together (s)": seconds["joined"],
        "ratio": seconds["plain"] / seconds["joined"],
        "difference": difference,
    }


def main():
    options = parser(__doc__.splitlines()[0]).parse_args()
    torch.set_num_threads(options.threads)
    timing = options.repeats, options.threads
    rows = [
        measure(f"TSception, filters of {length}", *temporal_block(length), *timing)
        for length in (64, 32, 16)
    ]
    rows.append(measure("EEGNet, first three", *eegnet(), *timing))
    rows.append(optimizer(*timing))
    report(rows, options.out)


if __name__ == "__main__":
    main()
