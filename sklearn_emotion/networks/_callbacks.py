"""Callbacks of skorch that every network may use: progress, and schedules."""

from math import cos, pi

from skorch.callbacks import Callback, EarlyStopping, EpochTimer


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


# Callbacks of each fit, which do not look at single batches in the history.
LEAN_CALLBACKS = (
    CosineAnnealing,
    EarlyStopping,
    EpochProgress,
    EpochTimer,
    ModuleAnnealing,
)
