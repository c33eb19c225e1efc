"""Networks as scikit-learn estimators that contain a skorch net.

The estimators here own a skorch net instead of inheriting from one. They validate
and scale the data, encode labels and set seeds; skorch then receives arrays that
need no further checks. The modules `_classifier` and `_regressor` define what the
outputs mean, and `_training` defines how the net is trained.
"""

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
from sklearn_emotion._docs import fill_doc
from sklearn_emotion._validation import (
    check_shape,
    is_mapping,
    require_keys,
    single_signal,
    warn_user,
)
from sklearn_emotion.networks._data import (
    TensorBatches,
    as_float,
    draw_seed,
    hold_out_groups,
    resolve_device,
    seeded,
    statistics,
)
from sklearn_emotion.networks._docs import SHARED
from sklearn_emotion.networks._training import (
    OPTIMIZERS,
    CosineAnnealing,
    EpochProgress,
    ModuleAnnealing,
    Net,
)


@fill_doc(SHARED)
class NetEstimator(ArrayTransformerMixin, BaseEstimator):
    """Base class of the estimators that own a network, whatever its outputs mean.

    A subclass defines the input (`_inputs`) and the module (`_module`). It may
    override the other hooks, whose docstrings say when to do so. The second base class
    of each network, `NetClassifier` or `NetRegressor`, defines the targets and the
    loss.

    The module's ``forward`` returns the outputs, or a tuple that starts with them. Its
    ``features`` returns what `transform` returns.
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

    # Whether the learning rate decreases to zero along half a cosine.
    _anneals = False

    def __init__(
        self,
        *,
        lr=1e-3,
        max_epochs=30,
        batch_size=32,
        weight_decay=0.01,
        optimizer="adamw",
        device="auto",
        early_stopping=False,
        validation_fraction=0.1,
        patience=10,
        callbacks=None,
        net_params=None,
        standardize=True,
        verbose=0,
        random_state=None,
    ):
        self.lr = lr
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.weight_decay = weight_decay
        self.optimizer = optimizer
        self.device = device
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.callbacks = callbacks
        self.net_params = net_params
        self.standardize = standardize
        self.verbose = verbose
        self.random_state = random_state

    def _inputs(self):
        """Return the input modalities. Every network overrides this hook.

        Returns
        -------
        inputs : dict of str to Input
            Shape and scaling of each modality. A network with one modality also accepts
            a plain array.
        """
        raise NotImplementedError

    def _module(self, shapes, n_outputs):
        """Return the module to train. Every network overrides this hook.

        Parameters
        ----------
        shapes : dict of str to tuple of int
            Shape of one sample of each modality.
        n_outputs : int
            Number of classes, or of ratings.

        Returns
        -------
        module, arguments : tuple of (type, dict)
            Class of the module, and the arguments that it is built with.
        """
        raise NotImplementedError

    def _criterion(self, loss):
        """Return the criterion. Override this hook to add terms to the loss.

        Parameters
        ----------
        loss : torch.nn.Module
            Loss of the outputs, from `_loss`.

        Returns
        -------
        criterion : torch.nn.Module
            Called with the result of the module's ``forward`` and the encoded targets.
        """
        return loss

    def _schedules(self):
        """Return numbers that change over epochs. Override this hook to anneal one.

        Returns
        -------
        schedules : dict of str to (float, float)
            Attribute of the module, mapped to its value in the first epoch and the
            value that it approaches along half a cosine.
        """
        return {}

    def _arrays(self, X):
        """Return the arrays of an input. Override this hook to accept further layouts.

        Parameters
        ----------
        X : array-like or mapping of str to array-like
            Samples, as the user passes them.

        Returns
        -------
        arrays : dict of str to array-like
            One array for each key of `_inputs`, of the shape that is stated there.
        """
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
        # n_features_in_ is a single number, so it describes the first modality.
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
            Samples. The description of the class states their shape.
        y : array-like of shape (n_samples,)
            Labels of any type for a classifier, numbers for a regressor.
        groups : array-like of shape (n_samples,), default=None
            Trial or subject of each sample. Only `early_stopping` uses them: it never
            splits a group between training and validation.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If shapes or modalities do not match, if values are not finite, or if a
            classifier gets only one class.
        """
        arrays = self._checked(X, reset=True)
        groups = None if groups is None else column_or_1d(groups)
        first = next(iter(arrays.values()))
        y = self._check_y(y, first)
        self.input_shapes_ = {key: x.shape[1:] for key, x in arrays.items()}
        seed = draw_seed(self.random_state)
        self._learn_classes(y)
        train, valid = self._inner_split(self._codes(y), groups, seed)
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
        """Return inputs for training only. Override this hook to add, say, a teacher.

        Parameters
        ----------
        X : array-like or mapping of str to array-like
            Training samples, as the user passes them.
        y : ndarray of shape (n_samples, ...)
            Targets, as the user passes them.
        groups : ndarray of shape (n_samples,) or None
            Groups, as the user passes them.
        train : ndarray of int or None
            Indices of the samples that early stopping does not hold out. None stands
            for all samples.

        Returns
        -------
        arrays : dict of str to ndarray
            Additional arguments of the module's ``forward``.
        """
        return {}

    def _inner_split(self, codes, groups, seed):
        """Return training and validation indices for early stopping, or None twice."""
        check_consistent_length(codes, groups)
        if not self.early_stopping:
            return None, None
        if groups is not None:
            return hold_out_groups(codes, groups, self.validation_fraction, seed)
        warn_user(
            "early_stopping without groups holds out single samples. Windows of one "
            "trial may then be in both parts, and training stops too late. Pass "
            "groups= to fit.",
            LeakageWarning,
        )
        splitter = StratifiedShuffleSplit(
            1, test_size=self.validation_fraction, random_state=seed
        )
        labels = codes if codes.ndim == 1 else codes[:, 0]
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
                patience=self.patience, load_best=True, sink=_discard_message
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
        """Return the result of a method of the module, as ndarrays."""
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
            # The loss is checked before each step, so not after the last one.
            raise ValueError(
                f"{type(self).__name__} returns values that are not finite. Training "
                "diverged in its last steps, or X contains extreme values. Fit with a "
                f"lower lr (now {self.lr})."
            )
        return joined if len(joined) > 1 else joined[0]

    def _outputs(self, X):
        """Return the outputs (n_samples, n_outputs), or the outputs of each step."""
        out = self._apply(self._prepared(X))
        return out[0] if isinstance(out, tuple) else out

    def transform(self, X):
        """Return the features that the last layer receives.

        Parameters
        ----------
        %(X)s

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
            Constructor arguments. The dict is empty if the paper states none.
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


def _discard_message(text):
    """Keep skorch's early-stopping callback from printing."""
