"""Training of a network: optimizers, and a faster loop for skorch."""

from contextlib import contextmanager, nullcontext
from functools import partial
from math import inf
from operator import length_hint
from time import perf_counter
from traceback import walk_tb

import numpy as np
import torch
from skorch import NeuralNet, NeuralNetClassifier, NeuralNetRegressor
from skorch.callbacks import Callback, EpochScoring, EpochTimer
from skorch.callbacks.scoring import ScoringBase

from sklearn_emotion._base import LongFitWarning
from sklearn_emotion._interrupts import noted_interrupts
from sklearn_emotion._validation import warn_user
from sklearn_emotion.networks._callbacks import LEAN_CALLBACKS
from sklearn_emotion.networks._data import TensorBatches, as_float
from sklearn_emotion.networks._domain import (
    DOMAIN,
    first_samples,
    outputs_and_features,
)

# Key of a batch that holds the weights of its samples.
SAMPLE_WEIGHT = "sample_weight"
# Seconds of training before the length of a fit is estimated within its first epoch.
PROBE = 10.0
# Names under which skorch records the accuracy on the validation data.
ACCURACY_NAMES = ("valid_acc", "valid_acc_best")

# Fused optimizers update all terms in one pass over the weights.
OPTIMIZERS = {
    "adam": partial(torch.optim.Adam, fused=True),
    "adamw": partial(torch.optim.AdamW, fused=True),
}


class Net(NeuralNet):
    """skorch net that trains without bookkeeping for each batch.

    History and callbacks work as in skorch. If a callback handles batches or gradients,
    the original loop of skorch runs. If the user passes other callbacks, the history of
    an epoch gets its batches at the end. `NetEstimator` sets the attributes.

    Attributes
    ----------
    owner_ : NetEstimator or None
        Estimator that gives outputs and targets their meaning, so that callbacks
        compute scores of what the user passes to `fit`.
    generator_ : context manager
        Block in which PyTorch draws the random numbers of this fit.
    domain_loss_ : DomainLoss or None
        Loss of the features, which is added in training.
    augment_ : callable or None
        Function that changes each training batch at random.
    """

    owner_ = None
    generator_ = nullcontext()
    domain_loss_ = None
    augment_ = None

    # Whether to warn of a fit that takes hours.
    _forecasts = True
    _signals, _interrupt = (), None

    @property
    def _default_callbacks(self):
        return [("epoch_timer", EpochTimer())]

    def check_data(self, X, y):
        """Skip the checks, since the estimator has already made them."""

    def initialize(self):
        """Build the module, criterion, optimizer and callbacks.

        Returns
        -------
        self : Net
            This net.
        """
        self._best_losses = {}
        with self.generator_:
            return super().initialize()

    def initialize_optimizer(self):
        """Build the optimizer, and before it the discriminator of a domain loss.

        Returns
        -------
        self : Net
            This net.
        """
        if self.domain_loss_ is not None:
            example = self._on_module(self.domain_loss_.example)
            self.domain_loss_.build(self.module_, example, self.device)
        return super().initialize_optimizer()

    def get_all_learnable_params(self):
        """Return the names and parameters that the optimizer changes.

        Yields
        ------
        name, parameter : tuple of (str, torch.nn.Parameter)
            Parameters of the module, the loss and the discriminator.
        """
        yield from super().get_all_learnable_params()
        if self.domain_loss_ is not None:
            yield from self.domain_loss_.learnable()

    def get_iterator(self, dataset, training=False):
        """Return an iterator over the batches of a data set.

        Parameters
        ----------
        dataset : Dataset
            Samples.
        training : bool, default=False
            Whether the batches train the network.

        Returns
        -------
        iterator : iterable
            Batches of inputs and targets.
        """
        iterator = super().get_iterator(dataset, training=training)
        if training and self.domain_loss_ is not None:
            self.domain_loss_.prepare(iterator, self.max_epochs)
        return iterator

    def notify(self, method_name, **cb_kwargs):
        """Call a method of each callback.

        Parameters
        ----------
        method_name : str
            Name of the method.
        **cb_kwargs : dict
            Passed on to the callbacks.
        """
        with self.generator_:
            super().notify(method_name, **cb_kwargs)

    def partial_fit(self, X, y=None, classes=None, **fit_params):
        """Train the module. In contrast to skorch, Ctrl-C reaches the caller.

        The arguments are those of skorch's method.
        """
        with noted_interrupts() as self._signals, self._scores_for_users():
            try:
                return super().partial_fit(X, y, classes, **fit_params)
            finally:
                # skorch drops the interrupt, and a callback may have failed since.
                interrupt, self._interrupt, self._signals = self._interrupt, None, ()
                if interrupt is not None:
                    raise interrupt

    def fit_loop(self, *args, **kwargs):
        """Run all epochs.

        Parameters
        ----------
        *args, **kwargs : tuple and dict
            Passed on to skorch.

        Returns
        -------
        self : Net
            This net.
        """
        try:
            return super().fit_loop(*args, **kwargs)
        except KeyboardInterrupt as interrupt:
            # A callback raises the same exception to stop training, but without Ctrl-C.
            if self._signals or not self._comes_from_callback(interrupt):
                self._interrupt = interrupt
            raise

    @staticmethod
    def _comes_from_callback(error):
        frames = [frame for frame, _ in walk_tb(error.__traceback__)]
        return any(frame.f_code is Net.notify.__code__ for frame in frames)

    @contextmanager
    def _scores_for_users(self):
        """Let scoring callbacks compare predictions with the targets of the user."""
        if self.owner_ is None:
            yield
            return
        scorings = [c for _, c in self.callbacks_ if isinstance(c, ScoringBase)]
        extractors = [callback.target_extractor for callback in scorings]
        for callback, extract in zip(scorings, extractors):
            callback.target_extractor = partial(self._user_targets, extract)
        try:
            yield
        finally:
            for callback, extract in zip(scorings, extractors):
                callback.target_extractor = extract

    def _user_targets(self, extract, y):
        return self.owner_._user_targets(np.asarray(extract(y)))

    def _read_outputs(self, X):
        """Return the outputs of each sample, as the owner's `_outputs` returns them."""
        parts = [self.owner_._graph_outputs(out) for out in self.forward_iter(X)]
        return np.concatenate([part.detach().numpy() for part in parts])

    def infer(self, x, **fit_params):
        """Return the outputs of the module.

        Parameters
        ----------
        x : dict of str to torch.Tensor
            Batch, whose pixels may be bytes. Weights and domains of samples are left
            out.
        **fit_params : dict
            Further arguments of the module.

        Returns
        -------
        outputs : torch.Tensor or tuple of torch.Tensor
            Result of the module's ``forward``.
        """
        x = self._on_module(x)
        with self.generator_:
            return self.module_(**x, **fit_params)

    def _on_module(self, x):
        """Return a batch as the module receives it."""
        return {
            key: as_float(self._on_device(values))
            for key, values in x.items()
            if key not in (SAMPLE_WEIGHT, DOMAIN)
        }

    def _on_device(self, values):
        # A copy that blocks would make the host wait for the device in each step.
        return torch.as_tensor(values).to(self.device, non_blocking=True)

    def get_loss(self, y_pred, y_true, X=None, training=False):
        """Return the loss of a batch.

        Parameters
        ----------
        y_pred : torch.Tensor or tuple of torch.Tensor
            Result of the module's ``forward``.
        y_true : torch.Tensor
            Targets.
        X : dict of str to torch.Tensor
            Batch. It may contain weights of samples.
        training : bool
            Whether the loss is used for training.

        Returns
        -------
        loss : torch.Tensor
            Loss as a tensor without axes.
        """
        y_true = self._on_device(y_true)
        weights = (X or {}).get(SAMPLE_WEIGHT)
        with self.generator_:
            if weights is not None:
                weights = self._on_device(weights)
                return self.criterion_(y_pred, y_true, sample_weight=weights)
            return super().get_loss(y_pred, y_true, X=X, training=training)

    def train_step_single(self, batch, **fit_params):
        """Compute the gradients of a batch.

        Parameters
        ----------
        batch : tuple
            Inputs and targets.
        **fit_params : dict
            Further arguments of the module.

        Returns
        -------
        step : dict
            ``loss`` and ``y_pred``.
        """
        self._set_training(True)
        X, y = batch
        with self.generator_:
            if self.augment_ is not None:
                X = self.augment_(X)
            if self.domain_loss_ is None:
                y_pred = self.infer(X, **fit_params)
                loss = self.get_loss(y_pred, y, X=X, training=True)
            else:
                y_pred, loss = self._domain_step(X, y, fit_params)
        loss.backward()
        if isinstance(y_pred, tuple):
            # skorch cannot copy a named tuple to a device.
            y_pred = tuple(y_pred)
        return {"loss": loss, "y_pred": y_pred}

    def _domain_step(self, X, y, fit_params):
        """Return outputs of the labelled samples and the loss with the domain loss.

        The labelled samples come first in a batch.
        """
        inputs = self._on_module(X) | fit_params
        y_pred, features = outputs_and_features(self.module_, inputs)
        domains = self._on_device(X[DOMAIN])
        n, n_all = y.shape[0], domains.shape[0]
        y_pred = first_samples(y_pred, n, n_all)
        known = {key: x[:n] for key, x in X.items()}
        loss = self.get_loss(y_pred, y, X=known, training=True)
        return y_pred, loss + self.domain_loss_(features, domains)

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
        batches = self._draw(iterator)
        if training and self._forecasts and len(self.history) == 1:
            batches = self._timed(batches, length_hint(iterator))
        if self._has_batch_callbacks():
            super().run_single_epoch(batches, training, prefix, step_fn, **fit_params)
            batches = self.history[-1, "batches"]
            rows = [b for b in batches if f"{prefix}_loss" in b]
            losses = [row[f"{prefix}_loss"] for row in rows]
            sizes = [row[f"{prefix}_batch_size"] for row in rows]
        else:
            step = self._plain_step if training else self.validation_step
            losses, sizes = [], []
            for batch in batches:
                losses.append(step(batch)["loss"].detach())
                sizes.append(len(batch[1]))
            # The only time in an epoch that the host waits for the device.
            losses = torch.stack(losses).tolist() if losses else []
            if self._has_foreign_callbacks():
                for loss, size in zip(losses, sizes):
                    self.history.new_batch()
                    self.history.record_batch(f"{prefix}_loss", loss)
                    self.history.record_batch(f"{prefix}_batch_size", size)
        mean = float(np.average(losses, weights=sizes)) if losses else float("nan")
        best = self._best_losses.get(prefix, inf)
        self._best_losses[prefix] = min(mean, best)
        self.history.record(f"{prefix}_loss", mean)
        self.history.record(f"{prefix}_loss_best", mean < best)
        self.history.record(f"{prefix}_batch_count", len(losses))
        if training and not np.isfinite(mean):
            raise ValueError(
                f"The loss is {mean} in epoch {len(self.history)}: lower lr (now "
                f"{self.lr}) or check X for extreme values."
            )

    def _draw(self, iterator):
        """Return an iterator over batches, whose order is drawn from the generator."""
        with self.generator_:
            batches = iter(iterator)
        # A data loader also draws for each batch.
        drawn = isinstance(iterator, TensorBatches)
        return batches if drawn else self._draw_each(batches)

    def _draw_each(self, batches):
        while True:
            with self.generator_:
                batch = next(batches, None)
            if batch is None:
                return
            yield batch

    def _timed(self, batches, n_batches):
        """Yield the batches of the first epoch, and warn once of a fit of hours."""
        start = warm = perf_counter()
        for n_done, batch in enumerate(batches):
            now = perf_counter()
            if n_done == 1:
                warm = now  # The first step is slower than all others.
            elif n_done > 1 and now - warm > PROBE and n_batches:
                self._forecast((now - warm) / (n_done - 1) * n_batches)
                yield batch
                yield from batches
                return
            yield batch
        self._forecast(perf_counter() - start)

    def _forecast(self, seconds):
        """Warn if all epochs, which take the given seconds each, will take an hour."""
        hours = seconds * self.max_epochs / 3600
        if hours <= 1:
            return
        name = type(self.module_).__name__.removesuffix("Module")
        faster = "" if torch.device(self.device).type == "cuda" else ", or use a GPU"
        warn_user(
            f"Training will take about {hours:.1f} hours: {name} needs about "
            f"{seconds:.0f} s for each of {self.max_epochs} epochs. To shorten it, "
            "lower max_epochs, set early_stopping=True, pass fewer samples or shorter "
            f"ones (such as features of longer windows){faster}.",
            LongFitWarning,
        )

    def _plain_step(self, batch):
        for name in self._optimizers:
            getattr(self, name + "_").zero_grad(set_to_none=True)
        step = self.train_step_single(batch)
        for name in self._optimizers:
            getattr(self, name + "_").step()
        return step

    def _has_foreign_callbacks(self):
        """Return whether a callback may read the batches in the history."""
        return not all(isinstance(c, LEAN_CALLBACKS) for _, c in self.callbacks_)

    def _has_batch_callbacks(self):
        hooks = ("on_batch_begin", "on_batch_end", "on_grad_computed")
        return any(
            getattr(type(callback), hook) is not getattr(Callback, hook)
            for _, callback in self.callbacks_
            for hook in hooks
        )


class ClassifierNet(Net, NeuralNetClassifier):
    """Net of a classifier. It predicts the labels that the user passes to `fit`."""

    @property
    def _default_callbacks(self):
        callbacks = super()._default_callbacks
        given = [
            item[1] if isinstance(item, (tuple, list)) else item
            for item in self.callbacks or []
        ]
        monitors = [getattr(callback, "monitor", None) for callback in given]
        names = [getattr(callback, "name", None) for callback in given]
        if "valid_acc" not in names and set(ACCURACY_NAMES) & set(monitors):
            accuracy = EpochScoring("accuracy", name="valid_acc", lower_is_better=False)
            callbacks.append(("valid_acc", accuracy))
        return callbacks

    def predict_proba(self, X):
        """Return class probabilities.

        Parameters
        ----------
        X : dict of str to ndarray, or Dataset
            Inputs of the module.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_classes)
            Probabilities in the order of ``classes_``.
        """
        return self.owner_._probabilities(self._read_outputs(X))

    def predict(self, X):
        """Return the most probable labels.

        Parameters
        ----------
        X : dict of str to ndarray, or Dataset
            Inputs of the module.

        Returns
        -------
        y_pred : ndarray of shape (n_samples,)
            Labels.
        """
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


class RegressorNet(Net, NeuralNetRegressor):
    """Net of a regressor. It predicts in the unit of the targets."""

    def predict(self, X):
        """Predict the targets.

        Parameters
        ----------
        X : dict of str to ndarray, or Dataset
            Inputs of the module.

        Returns
        -------
        y_pred : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Predictions.
        """
        return self.owner_._ratings(self._read_outputs(X))
