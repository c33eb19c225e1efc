"""Networks as scikit-learn estimators, by composition with skorch.

An estimator here owns a skorch net instead of being one: it validates, encodes
labels, casts, scales and seeds, and hands skorch arrays that fit. This is the only
module that imports skorch.
"""

import warnings
from functools import partial
from math import cos, log, pi
from numbers import Integral, Real

import numpy as np
import torch
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.utils import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    check_array,
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
)
from skorch import NeuralNetClassifier
from skorch.callbacks import Callback, EarlyStopping, EpochTimer
from skorch.dataset import Dataset
from skorch.helper import predefined_split
from torch import nn
from torch.utils.data import DataLoader

from sklearn_emotion._base import (
    Interval,
    LeakageWarning,
    StrOptions,
    fit_context,
    validate_data,
)
from sklearn_emotion._net_data import (
    TensorBatches,
    as_float,
    draw_seed,
    hold_out_groups,
    resolve_device,
    seeded,
    statistics,
)
from sklearn_emotion._validation import (
    check_shape,
    is_mapping,
    require_keys,
    single_signal,
)

# One pass over the weights instead of one for each term of the update.
OPTIMIZERS = {
    "adam": partial(torch.optim.Adam, fused=True),
    "adamw": partial(torch.optim.AdamW, fused=True),
}


class EpochProgress(Callback):
    """A progress bar over epochs, with the latest losses beside it."""

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
    """A learning rate that falls from epoch to epoch along half a cosine to zero."""

    def on_epoch_begin(self, net, **kwargs):
        """Set the rate of the epoch that begins."""
        share_done = (len(net.history) - 1) / net.max_epochs
        for group in net.optimizer_.param_groups:
            group["lr"] = net.lr * (1 + cos(pi * share_done)) / 2


class ModuleAnnealing(Callback):
    """A number in the module that goes from epoch to epoch along half a cosine.

    Parameters
    ----------
    name : str
        Attribute of the module.
    start, stop : float
        Its value in the first epoch, and the one that it approaches.
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
    """skorch net without the cost of per-batch bookkeeping that nobody asked for.

    History and epoch callbacks work as in skorch. Where a callback listens to
    batches or gradients, skorch's own loop runs.
    """

    @property
    def _default_callbacks(self):
        return [("epoch_timer", EpochTimer())]

    def check_data(self, X, y):
        """Accept what the estimator has already checked."""

    def infer(self, x, **fit_params):
        """Return the module's outputs; pixels become floats on the way."""
        return super().infer({key: as_float(v) for key, v in x.items()}, **fit_params)

    def run_single_epoch(self, iterator, training, prefix, step_fn, **fit_params):
        """Run one pass over the training or validation data.

        Parameters
        ----------
        iterator : iterable or None
            Batches; None skips the pass.
        training : bool
            Whether the pass changes the weights.
        prefix : str
            ``"train"`` or ``"valid"``.
        step_fn : callable
            skorch's step.
        **fit_params : dict
            Handed to the step.
        """
        if iterator is None:
            return
        if self._someone_listens_to_batches():
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
                f"{self.lr}), or look for extreme values in X."
            )

    def _plain_step(self, batch):
        for name in self._optimizers:
            getattr(self, name + "_").zero_grad(set_to_none=True)
        step = self.train_step_single(batch)
        for name in self._optimizers:
            getattr(self, name + "_").step()
        return step

    def _someone_listens_to_batches(self):
        hooks = ("on_batch_begin", "on_batch_end", "on_grad_computed")
        return any(
            getattr(type(callback), hook) is not getattr(Callback, hook)
            for _, callback in self.callbacks_
            for hook in hooks
        )


class CrossEntropy(nn.CrossEntropyLoss):
    """Cross-entropy, averaged over steps where logits come for each."""

    def forward(self, logits, y_true):
        """Return the loss of logits (N, K) or (N, T, K) for labels (N,) or (N, T)."""
        if logits.ndim == 3:
            if y_true.ndim == 1:
                y_true = y_true[:, None].expand(logits.shape[:2])
            logits, y_true = logits.flatten(0, 1), y_true.flatten()
        return super().forward(logits, y_true)


class NetEstimator(TransformerMixin, BaseEstimator):
    """Base of the estimators that own a network, whatever its outputs mean.

    A subclass says what it takes (`_inputs`) and which module to build (`_module`);
    it may say how to bring an input to that form (`_arrays`) and what to add to the
    loss of the outputs (`_criterion`). Its module returns the outputs, or a tuple that
    starts with them, from ``forward``, and what `transform` returns from
    ``features``.

    What the outputs mean is up to a second base: `NetClassifier`, or `NetRegressor`.
    That one takes the targets (`_check_y`, `_targets`), and says how many outputs they
    need (`_n_outputs`) and what their loss is (`_loss`).
    """

    _parameter_constraints: dict = {
        "lr": [Interval(Real, 0, None, closed="neither")],
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "optimizer": [StrOptions(set(OPTIMIZERS)), type],
        "device": [str, torch.device],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "patience": [Interval(Integral, 1, None, closed="left")],
        "callbacks": [list, None],
        "net_params": [dict, None],
        "standardize": ["boolean"],
        "verbose": ["verbose"],
        "random_state": ["random_state"],
    }

    # Whether the learning rate falls to zero over the epochs.
    _anneals = False

    def _inputs(self):
        """Return a dict of modality name to `Input`."""
        raise NotImplementedError

    def _module(self, shapes, n_outputs):
        """Return the module's class and arguments for these shapes of one sample."""
        raise NotImplementedError

    def _criterion(self, loss):
        """Return the criterion, a module that contains the loss of the outputs."""
        return loss

    def _schedules(self):
        """Return numbers in the module that change over epochs: name to both ends."""
        return {}

    def _arrays(self, X):
        """Return the modalities that the network takes, each of the shape it takes."""
        inputs = self._inputs()
        owner = type(self).__name__
        if len(inputs) == 1:
            (key,) = inputs
            if is_mapping(X) and key in X:
                return {key: X[key]}
            return {key: single_signal(X, owner)}
        require_keys(X, list(inputs), owner)
        return {key: X[key] for key in inputs}

    def _checked(self, X, *, reset):
        arrays = {}
        for key, x in self._arrays(X).items():
            axes = ["n_samples", *self._inputs()[key].axes]
            if not reset:
                axes[1:] = self.input_shapes_[key]
            x = x if hasattr(x, "dtype") else np.asarray(x)
            if len(axes) > 2:
                check_shape(x, axes, key)
            arrays[key] = self._finite(x, key, reset=reset, first=not arrays)
        check_consistent_length(*arrays.values())
        return arrays

    def _finite(self, x, key, *, reset, first):
        if x.dtype == np.uint8 and self._inputs()[key].pixels:
            if first and reset:
                self.n_features_in_ = x.shape[1]
            return x
        options = {"allow_nd": True, "dtype": np.float32}
        if first:
            return validate_data(self, x, reset=reset, **options)
        # scikit-learn knows one n_features_in_: that of the first modality.
        return check_array(x, input_name=key, **options)

    def _prepared(self, X):
        """Return checked, scaled arrays for a fitted network."""
        check_is_fitted(self)
        return self._scaled(self._checked(X, reset=False))

    def _scaled(self, arrays):
        out = {}
        for key, x in arrays.items():
            if key in self.scales_:
                mean, std = self.scales_[key]
                z = (x - mean) / std
                x = np.where(x != 0, z, 0) if self._inputs()[key].padding else z
            out[key] = np.ascontiguousarray(x)
        return out

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, groups=None):
        """Fit the network.

        Parameters
        ----------
        X : ndarray, Modalities or dict of str to ndarray
            Samples, of the shapes that the description of the class names.
        y : array-like of shape (n_samples,)
            Labels of any type for a classifier, numbers for a regressor.
        groups : array-like of shape (n_samples,), default=None
            Trial or subject of each sample. Used by `early_stopping` alone, whose
            held-out part never cuts a group in two.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If shapes or modalities do not fit, values are not finite, or a classifier
            gets one class only.
        """
        arrays = self._checked(X, reset=True)
        groups = None if groups is None else column_or_1d(groups)
        first = next(iter(arrays.values()))
        y = self._check_y(y, first)
        self.input_shapes_ = {key: x.shape[1:] for key, x in arrays.items()}
        seed = draw_seed(self.random_state)
        train, valid = self._inner_split(self._strata(y), groups, seed)
        targets = self._targets(y, slice(None) if train is None else train)
        self.scales_ = {}
        if self.standardize:
            self.scales_ = {
                key: statistics(x if valid is None else x[train], spec)
                for key, x, spec in self._with_specs(arrays)
                if spec.pooled is not None
            }
        arrays = self._scaled(arrays) | self._training_arrays(X, y, groups, train)
        split = None
        if valid is not None:
            held_out = {key: x[valid] for key, x in arrays.items()}
            split = predefined_split(Dataset(held_out, targets[valid]))
            arrays = {key: x[train] for key, x in arrays.items()}
            targets = targets[train]
        device = resolve_device(self.device)
        with seeded(seed, device):
            self.net_ = Net(**self._net_arguments(targets, device, split))
            self.net_.fit(arrays, targets)
        return self

    def _with_specs(self, arrays):
        inputs = self._inputs()
        return [(key, x, inputs[key]) for key, x in arrays.items()]

    def _training_arrays(self, X, y, groups, train):
        """Return arrays that the module takes in training only."""
        return {}

    def _inner_split(self, strata, groups, seed):
        """Return training and validation indices for early stopping, or None twice."""
        check_consistent_length(strata, groups)
        if not self.early_stopping:
            return None, None
        if groups is not None:
            return hold_out_groups(strata, groups, self.validation_fraction, seed)
        warnings.warn(
            "early_stopping without groups holds out single samples, so that windows "
            "of one trial may lie on both sides and training stops too late. Pass "
            "groups= to fit.",
            LeakageWarning,
            stacklevel=4,
        )
        splitter = StratifiedShuffleSplit(
            1, test_size=self.validation_fraction, random_state=seed
        )
        labels = strata if strata.ndim == 1 else strata[:, 0]
        return next(splitter.split(labels, labels))

    def _net_arguments(self, targets, device, split):
        module, arguments = self._module(self.input_shapes_, self._n_outputs(targets))
        callbacks = list(self.callbacks or [])
        if self._anneals:
            callbacks.append(("annealing", CosineAnnealing()))
        for name, ends in self._schedules().items():
            callbacks.append((name, ModuleAnnealing(name, *ends)))
        if self.early_stopping:
            stop = EarlyStopping(
                patience=self.patience, load_best=True, sink=_no_message
            )
            callbacks.append(("early_stopping", stop))
        if self.verbose:
            callbacks.append(("progress", EpochProgress()))
        net_params = self.net_params or {}
        loader_options = {"batch_size", "shuffle", "drop_last"}
        wants_loader = any(
            key.startswith("iterator_") and key.partition("__")[2] not in loader_options
            for key in net_params
        )
        iterator = DataLoader if wants_loader else TensorBatches
        optimizer = self.optimizer
        return {
            "module": module,
            **{f"module__{key}": value for key, value in arguments.items()},
            "criterion": self._criterion(self._loss(targets)),
            "optimizer": OPTIMIZERS.get(optimizer, optimizer),
            "optimizer__weight_decay": self.weight_decay,
            "lr": self.lr,
            "max_epochs": self.max_epochs,
            "batch_size": self.batch_size,
            "iterator_train": iterator,
            "iterator_train__shuffle": True,
            "iterator_valid": iterator,
            "train_split": split,
            "device": device,
            "callbacks": callbacks,
            "verbose": 0,
            **net_params,
        }

    def _apply(self, arrays, method="forward"):
        """Return what a method of the module gives for these arrays, as ndarrays."""
        n_values = sum(x[:1].size for x in arrays.values())
        batch_size = max(self.batch_size, 2**20 // n_values)
        module = self.net_.module_.eval()
        device = next(module.parameters()).device
        outputs = []
        with torch.inference_mode():
            for X, _ in TensorBatches(Dataset(arrays), batch_size):
                X = {key: as_float(x.to(device)) for key, x in X.items()}
                out = getattr(module, method)(**X)
                out = out if isinstance(out, tuple) else (out,)
                outputs.append([o.cpu().numpy() for o in out])
        joined = tuple(np.concatenate(parts) for parts in zip(*outputs))
        return joined if len(joined) > 1 else joined[0]

    def _outputs(self, X):
        """Return the module's outputs (n_samples, n_outputs), or those of each step."""
        out = self._apply(self._prepared(X))
        return out[0] if isinstance(out, tuple) else out

    def transform(self, X):
        """Return the features that the last layer sees.

        Parameters
        ----------
        X : ndarray, Modalities or dict of str to ndarray
            Samples.

        Returns
        -------
        features : ndarray of shape (n_samples, n_features)
            Learned features.
        """
        return self._apply(self._prepared(X), "features")

    @classmethod
    def paper_params(cls):
        """Return the training settings that the paper states.

        Returns
        -------
        params : dict
            Constructor arguments; empty where the paper states none.
        """
        return {}

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        tags.input_tags.dict = True
        tags.transformer_tags.preserves_dtype = []
        tags.non_deterministic = self.random_state is None
        return tags


class NetClassifier(ClassifierMixin, NetEstimator):
    """Base of the classifiers that own a network, whose outputs are logits."""

    _parameter_constraints: dict = {
        **NetEstimator._parameter_constraints,
        "class_weight": [dict, StrOptions({"balanced"}), None],
    }

    def _check_y(self, y, X):
        y = column_or_1d(y, warn=True)
        check_consistent_length(X, y)
        check_classification_targets(y)
        return y

    def _strata(self, y):
        """Return the labels as indices into the classes."""
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"{type(self).__name__} needs at least two classes in y, got one "
                f"class: {self.classes_.tolist()[0]!r} in all {len(y)} samples."
            )
        return codes.reshape(y.shape)

    def _targets(self, y, train):
        return np.searchsorted(self.classes_, y)

    def _n_outputs(self, targets):
        return len(self.classes_)

    def _loss(self, targets):
        """Return the loss of the logits."""
        return CrossEntropy(self._class_weights(targets))

    def _class_weights(self, targets):
        """Return the weight of each class as a tensor, or None."""
        if self.class_weight is None:
            return None
        names = self.classes_[targets.ravel()]
        weights = compute_class_weight(
            self.class_weight, classes=self.classes_, y=names
        )
        return torch.as_tensor(weights, dtype=torch.float32)

    def _mean_over_steps(self, logits):
        """Return (N, K) whose softmax is the mean softmax of logits (N, T, K)."""
        log_p = torch.as_tensor(logits).log_softmax(-1)
        return (log_p.logsumexp(1) - log(log_p.shape[1])).numpy()

    def decision_function(self, X):
        """Return the network's logits.

        Parameters
        ----------
        X : ndarray, Modalities or dict of str to ndarray
            Samples.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            Log-odds of the second class for two classes, else a logit per class.
        """
        z = self._outputs(X)
        return z[:, 1] - z[:, 0] if z.shape[1] == 2 else z

    def predict_proba(self, X):
        """Return class probabilities.

        Parameters
        ----------
        X : ndarray, Modalities or dict of str to ndarray
            Samples.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_classes)
            Probabilities, columns in the order of ``classes_``.
        """
        return softmax(self._outputs(X).astype(np.float64), axis=1)

    def predict(self, X):
        """Return the most probable class.

        Parameters
        ----------
        X : ndarray, Modalities or dict of str to ndarray
            Samples.

        Returns
        -------
        y_pred : ndarray of shape (n_samples,)
            Labels, drawn from ``classes_``.
        """
        best = self.predict_proba(X).argmax(axis=1)
        return self.classes_[best]


def _no_message(text):
    """Keep skorch's early-stopping callback from printing."""
