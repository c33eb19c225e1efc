"""Training of a network: optimizers, callbacks and a faster loop for skorch."""

from functools import partial
from math import cos, pi

import numpy as np
import torch
from skorch import NeuralNetClassifier
from skorch.callbacks import Callback, EpochTimer

from sklearn_emotion.networks._data import as_float

# Fused optimizers update all terms in one pass over the weights.
OPTIMIZERS = {
    "adam": partial(torch.optim.Adam, fused=True),
    "adamw": partial(torch.optim.AdamW, fused=True),
}


class EpochProgress(Callback):
    """Progress bar over epochs that shows the latest losses."""

    def on_train_begin(self, net, **kwargs):
        """Open the bar."""
        from tqdm.auto import tqdm

        name = type(net.module_).__name__.removesuffix("Module")
        self.bar_ = tqdm(total=net.max_epochs, desc=name, unit="epoch")

    def on_epoch_end(self, net, **kwargs):
        """Advance the bar."""
        row = net.history[-1]
        losses = {k: f"{row[k]:.3f}" for k in ("train_loss", "valid_loss") if k in row}
        self.bar_.set_postfix(losses, refresh=False)
        self.bar_.update()

    def on_train_end(self, net, **kwargs):
        """Close the bar."""
        self.bar_.close()
        self.bar_ = None


class CosineAnnealing(Callback):
    """Decrease the learning rate to zero along half a cosine over the epochs."""

    def on_epoch_begin(self, net, **kwargs):
        """Set the learning rate of the epoch that begins."""
        share_done = (len(net.history) - 1) / net.max_epochs
        for group in net.optimizer_.param_groups:
            group["lr"] = net.lr * (1 + cos(pi * share_done)) / 2


class ModuleAnnealing(Callback):
    """Change a number in the module from `start` to `stop` along half a cosine.

    `name` is the attribute of the module. Its value in the first epoch is `start`.
    """

    def __init__(self, name, start, stop):
        self.name = name
        self.start = start
        self.stop = stop

    def on_epoch_begin(self, net, **kwargs):
        """Set the number for the epoch that begins."""
        share_left = (1 + cos(pi * (len(net.history) - 1) / net.max_epochs)) / 2
        value = self.stop + share_left * (self.start - self.stop)
        setattr(net.module_, self.name, value)


class Net(NeuralNetClassifier):
    """skorch net without bookkeeping for each batch.

    History and epoch callbacks work as in skorch. If a callback handles batches or
    gradients, the original loop of skorch runs.
    """

    @property
    def _default_callbacks(self):
        return [("epoch_timer", EpochTimer())]

    def check_data(self, X, y):
        """Skip the checks, since the estimator has already made them."""

    def infer(self, x, **fit_params):
        """Return the module's outputs after conversion of pixels to floats."""
        return super().infer({key: as_float(v) for key, v in x.items()}, **fit_params)

    def run_single_epoch(self, iterator, training, prefix, step_fn, **fit_params):
        """Run one pass through the training or validation data.

        Parameters
        ----------
        iterator : iterable or None
            Batches. If None, the pass is skipped.
        training : bool
            Whether the pass updates the weights.
        prefix : {"train", "valid"}
            Prefix of the names in the history.
        step_fn : callable
            Training or validation step of skorch.
        **fit_params : dict
            Passed on to the step.
        """
        if iterator is None:
            return
        if self._has_batch_callbacks():
            super().run_single_epoch(iterator, training, prefix, step_fn, **fit_params)
            batches = self.history[-1, "batches"]
            rows = [b for b in batches if f"{prefix}_loss" in b]
            losses = [row[f"{prefix}_loss"] for row in rows]
            sizes = [row[f"{prefix}_batch_size"] for row in rows]
        else:
            step = self._plain_step if training else self.validation_step
            losses, sizes = [], []
            for batch in iterator:
                losses.append(step(batch)["loss"].detach())
                sizes.append(len(batch[1]))
            losses = torch.stack(losses).tolist() if losses else []
        mean = float(np.average(losses, weights=sizes)) if losses else float("nan")
        self.history.record(f"{prefix}_loss", mean)
        self.history.record(f"{prefix}_batch_count", len(losses))
        if training and not np.isfinite(mean):
            raise ValueError(
                f"The loss is {mean} in epoch {len(self.history)}: lower lr (now "
                f"{self.lr}) or check X for extreme values."
            )

    def _plain_step(self, batch):
        for name in self._optimizers:
            getattr(self, name + "_").zero_grad(set_to_none=True)
        step = self.train_step_single(batch)
        for name in self._optimizers:
            getattr(self, name + "_").step()
        return step

    def _has_batch_callbacks(self):
        hooks = ("on_batch_begin", "on_batch_end", "on_grad_computed")
        return any(
            getattr(type(callback), hook) is not getattr(Callback, hook)
            for _, callback in self.callbacks_
            for hook in hooks
        )
