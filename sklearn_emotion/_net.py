"""Networks as scikit-learn estimators, by composition with skorch.

An estimator here owns a skorch net instead of being one: it validates, encodes
labels, casts, scales and seeds, and hands skorch arrays that fit. What the outputs
mean is said by `_net_classifier` and `_net_regressor`, how the net is trained by
`_net_training`.
"""

import warnings
from numbers import Integral, Real

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.utils.validation import (
    check_array,
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
)
from skorch.callbacks import EarlyStopping
from skorch.dataset import Dataset
from skorch.helper import predefined_split
from torch.utils.data import DataLoader

from sklearn_emotion._base import (
    ArrayTransformerMixin,
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
from sklearn_emotion._net_training import (
    OPTIMIZERS,
    CosineAnnealing,
    EpochProgress,
    ModuleAnnealing,
    Net,
)
from sklearn_emotion._validation import (
    check_shape,
    is_mapping,
    require_keys,
    single_signal,
)


class NetEstimator(ArrayTransformerMixin, BaseEstimator):
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
        if not all(np.isfinite(out).all() for out in joined):
            # Training sees the loss before each step, so not after the last one.
            raise ValueError(
                f"{type(self).__name__} gives numbers that are not finite: training "
                "diverged in its last steps, or X holds extreme values. Fit with a "
                f"lower lr (now {self.lr})."
            )
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


def _no_message(text):
    """Keep skorch's early-stopping callback from printing."""
