"""Time one epoch of each published system, and the same module in a plain torch loop.

``python benchmarks/speed/training.py --out training.csv`` fits every published system
on noise with the shapes and the batch size of its paper. It then times one epoch of the
fitted network, and one epoch of a loop over slices of the same tensors with the same
module, loss and optimizer. The ratio should be at most 1.15. ``--systems DeepVANet``
selects systems, and ``--batches`` sets the number of batches per epoch.
"""

import time

import numpy as np
import torch
from _timing import paired_medians, parser, report

import sklearn_emotion as se

RNG = np.random.default_rng(0)


def noise(*shape):
    return RNG.standard_normal(shape, dtype=np.float32)


def frames(*shape):
    return RNG.random(shape, dtype=np.float32)


def face_and_bio(n):
    return se.Modalities(face=frames(n, 5, 3, 64, 64), bio=noise(n, 40, 128))


def networks(n):
    return se.Modalities(
        connectivity=noise(n, 20, 32, 32),
        eeg=noise(n, 20, 5, 32),
        face=noise(n, 20, 29),
    )


def face_and_images(n):
    return se.Modalities(face=noise(n, 16, 128), eeg=noise(n, 16, 3, 32, 32))


def grid_and_intervals(n):
    return se.Modalities(eeg=noise(n, 4, 9, 9), ecg=noise(n, 34))


# Input of n samples and batch size; where a paper states none, the default.
SYSTEMS = {
    "ThreeFACRNN": (lambda n: noise(n, 4, 4, 9, 9), {"batch_size": 128}),
    "VisualCNNTCN": (lambda n: frames(n, 4, 3, 48, 48), {"batch_size": 128}),
    "VisualCNN": (lambda n: frames(n, 3, 64, 64), {}),
    "DeepVANet": (face_and_bio, {"batch_size": 64}),
    "DeepVANet bio": (
        lambda n: noise(n, 40, 128),
        {"batch_size": 64, "modalities": ("bio",)},
    ),
    "PriorDrivenSTFENet": (networks, {"batch_size": 40}),
    "HierarchicalAttentionLSTM": (face_and_images, {"batch_size": 12, "max_steps": 16}),
    "ModalityAwareAttentionNet": (grid_and_intervals, {}),
}


def plain_epoch(net, arrays, y, batch_size):
    """Return a call that runs an epoch of a fitted net's parts in a bare loop."""
    module = net.module(**net.get_params_for("module")).train()
    criterion = net.criterion_
    optimizer = net.optimizer(
        module.parameters(), lr=net.lr, weight_decay=net.optimizer__weight_decay
    )
    tensors = {name: torch.as_tensor(x) for name, x in arrays.items()}
    labels = torch.as_tensor(y)

    def epoch():
        order = torch.randperm(len(labels))
        for index in order.split(batch_size):
            optimizer.zero_grad(set_to_none=True)
            output = module(**{name: x[index] for name, x in tensors.items()})
            criterion(output, labels[index]).backward()
            optimizer.step()

    return epoch


def measure(name, n_batches, repeats, threads):
    """Return a row of the table."""
    make, arguments = SYSTEMS[name]
    clf = getattr(se, name.split()[0])(
        max_epochs=1, random_state=0, device="cpu", **arguments
    )
    n = n_batches * clf.batch_size
    X, y = make(n), np.arange(n) % 2
    clf.fit(X, y)
    arrays = clf._prepared(X)
    seconds = paired_medians(
        {
            "plain": plain_epoch(clf.net_, arrays, y, clf.batch_size),
            "ours": lambda: clf.net_.fit_loop(arrays, y, epochs=1),
        },
        repeats=repeats,
        threads=threads,
    )
    return {
        "system": name,
        "batch": clf.batch_size,
        "samples": n,
        "plain loop (s)": seconds["plain"],
        "fit (s)": seconds["ours"],
        "ratio": seconds["ours"] / seconds["plain"],
    }


def main():
    arguments = parser(__doc__.splitlines()[0])
    arguments.add_argument("--systems", nargs="+", default=list(SYSTEMS))
    arguments.add_argument("--batches", type=int, default=2, help="batches an epoch")
    options = arguments.parse_args()
    torch.set_num_threads(options.threads)
    start = time.perf_counter()
    rows = []
    for name in options.systems:
        rows.append(measure(name, options.batches, options.repeats, options.threads))
        print(f"{name}: {rows[-1]['ratio']:.3f}", flush=True)
    report(rows, options.out)
    print(f"{time.perf_counter() - start:.0f} s in all")


if __name__ == "__main__":
    main()
