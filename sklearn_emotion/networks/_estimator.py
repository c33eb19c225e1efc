"""Networks as scikit-learn estimators that contain a skorch net.

The estimators here own a skorch net instead of inheriting from one. They validate
and scale the data, encode labels and set seeds; skorch then receives arrays that
need no further checks. The module `_inputs` checks and scales the data, `_classifier`
and `_regressor` define what the outputs mean, and `_training` defines how the net is
trained.
"""

import copy
from contextlib import nullcontext
from functools import partial
from math import prod
from numbers import Integral, Real

import numpy as np
import torch
from sklearn.base import BaseEstimator, is_classifier
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.utils.validation import check_consistent_length
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
    target_access_tags,
)
from sklearn_emotion._docs import fill_doc
from sklearn_emotion._validation import check_groups, warn_user
from sklearn_emotion.networks._callbacks import (
    CosineAnnealing,
    EpochProgress,
    ModuleAnnealing,
)
from sklearn_emotion.networks._data import (
    TensorBatches,
    as_float,
    draw_seed,
    hold_out_groups,
    resolve_device,
)
from sklearn_emotion.networks._docs import SHARED
from sklearn_emotion.networks._domain import (
    DOMAIN,
    MIN_BATCH,
    DomainBatches,
    DomainLoss,
    domains_of,
    labelled,
)
from sklearn_emotion.networks._inputs import TakesModalities
from sklearn_emotion.networks._missing import drop_modalities
from sklearn_emotion.networks._samples import (
    Samples,
    check_takes_weights,
    checked_weights,
    join,
    relative_weights,
    select_rows,
    split_by,
)
from sklearn_emotion.networks._session import (
    OwnGenerator,
    plain_torch,
    seeded_numpy,
    steady_products,
)
from sklearn_emotion.networks._stored import (
    OwnsNetworks,
    load_weights,
    refuse_changed,
    same_arguments,
)
from sklearn_emotion.networks._training import OPTIMIZERS, SAMPLE_WEIGHT, Net


@fill_doc(SHARED)
class NetEstimator(TakesModalities, OwnsNetworks, ArrayTransformerMixin, BaseEstimator):
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
        "domain_loss": [StrOptions({"mmd", "coral", "dann"}), None],
        "domain_weight": [Interval(Real, 0, None, closed="left")],
        "callbacks": [list, None],
        "net_params": [dict, None],
        "standardize": ["boolean"],
        "verbose": ["verbose"],
        "random_state": ["random_state"],
    }

    # Whether the learning rate decreases to zero along half a cosine.
    _anneals = False
    # Class of the skorch net, which defines what the net predicts.
    _net_class = Net
    # Whether a fit that takes hours triggers a warning.
    _forecasts = True
    # Values of parameters that a constructor does not list.
    domain_loss = None
    domain_weight = 1.0
    missing = "error"
    modality_dropout = 0.0
    # A network whose constructor lists this parameter can go on training.
    warm_start = False
    # Whether `fit` goes on training a fitted network.
    _continues = False

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
        domain_loss=None,
        domain_weight=1.0,
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
        self.domain_loss = domain_loss
        self.domain_weight = domain_weight
        self.callbacks = callbacks
        self.net_params = net_params
        self.standardize = standardize
        self.verbose = verbose
        self.random_state = random_state

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

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, groups=None, sample_weight=None):
        """Fit the network.

        Parameters
        ----------
        X : ndarray, Modalities or dict of str to ndarray
            Samples. The description of the class states their shape.
        y : array-like of shape (n_samples,)
            Labels of any type for a classifier, numbers for a regressor. With
            `domain_loss`, samples without labels have the label -1, or NaN in a
            regressor.
        groups : array-like of shape (n_samples,), default=None
            Trial or subject of each sample. `early_stopping` never splits a group
            between training and validation. `domain_loss` takes the groups for the
            subjects, unless X contains ``"subject"``.
        %(sample_weight)s

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If shapes or modalities do not match, if values are not finite, if a
            classifier gets only one class, if the loss takes no weights, if a domain
            loss gets fewer than two domains, or if PyTorch does not find the device.

        Warns
        -----
        LongFitWarning
            If the first steps show that training will take more than an hour.
        """
        # An estimator whose fit fails or is interrupted is not fitted.
        previous = self.__dict__.pop("net_", None)
        continues = self.warm_start and previous is not None
        if continues != self._continues:
            self._continues = continues
        with plain_torch():
            self.net_ = self._fit_net(X, y, groups, sample_weight, previous)
        return self

    def _fit_net(self, X, y, groups, sample_weight, previous):
        """Return the trained net, which may start from the weights of another."""
        net, arrays, targets = self._net_and_data(X, y, groups, sample_weight)
        if self.modality_dropout:
            options = {"keys": list(self.input_shapes_), "rate": self.modality_dropout}
            net.augment_ = partial(drop_modalities, **options)
        if net.iterator_train not in (TensorBatches, DomainBatches):
            # PyTorch's loaders warn of read-only arrays.
            arrays = {key: np.require(x, None, "W") for key, x in arrays.items()}
        if self._continues:
            net.initialize()
            load_weights(net.module_, previous.module_, type(self).__name__)
            net.partial_fit(arrays, targets)
        else:
            net.fit(arrays, targets)
        del net.generator_
        net.augment_ = None
        if self.domain_loss is not None:
            net.domain_loss_.remove_from(net.optimizer_)
            del net.domain_loss_
        return net

    def _net_and_data(self, X, y, groups, sample_weight):
        """Return a net that is not trained yet, and its training data.

        The net holds the validation data, and the samples without labels.
        """
        device = resolve_device(self.device)
        given = self._checked_samples(X, y, groups, sample_weight)
        rows, others = np.flatnonzero(given.has_label), np.flatnonzero(~given.has_label)
        labelled_samples = given.select(rows) if len(others) else given
        arrays, y = labelled_samples.arrays, labelled_samples.y
        groups, weights = labelled_samples.groups, labelled_samples.weights
        self.input_shapes_ = {key: x.shape[1:] for key, x in arrays.items()}
        self._input_dtypes = {key: x.dtype.name for key, x in arrays.items()}
        seed = draw_seed(self.random_state)
        generator = OwnGenerator(seed, device)
        self._learn_classes(y)
        train, valid = self._split(arrays, y, groups, seed, generator)
        # Positions of the training samples among all samples of the user.
        train_given = None if valid is None else train
        if len(others):
            train_given = rows if valid is None else rows[train]
        n_given = len(y)
        if isinstance(valid, tuple):
            arrays, y = self._with_samples(arrays, y, *valid)
            valid = np.arange(n_given, len(y))
            if weights is not None:
                weights = join(weights, np.full(len(valid), weights.mean()))
        train = np.arange(len(y)) if valid is None else train
        targets = self._targets(y, slice(None) if valid is None else train)
        if not self._continues or not self.standardize:
            self._learn_scales(arrays, None if valid is None else train)
        arrays = self._scaled(arrays)
        extra = self._training_arrays(given.X, given.y, given.groups, train_given)
        unlabelled = {}
        if len(others):
            unlabelled = self._scaled(select_rows(given.arrays, others))
            unlabelled |= select_rows(extra, others)
            extra = select_rows(extra, rows)
        split = None
        if valid is not None:
            # Samples of a data set of the user have no teacher, for example.
            known = extra if valid.max(initial=0) < n_given else {}
            held_out = {key: x[valid] for key, x in (arrays | known).items()}
            split = predefined_split(
                Dataset(held_out | self._weights_of(weights, valid), targets[valid])
            )
            arrays = {key: x[train] for key, x in (arrays | extra).items()}
            targets = targets[train]
        else:
            arrays |= extra
        arrays |= self._weights_of(weights, train)
        with generator:
            net = self._make_net(**self._net_arguments(targets, device, split))
        net.generator_ = generator
        if SAMPLE_WEIGHT in arrays:
            check_takes_weights(net.criterion, type(self).__name__)
        if self.domain_loss is not None:
            domains = labelled_samples.domains[train]
            net.domain_loss_ = self._add_domains(arrays, domains, unlabelled, net)
        return net, arrays, targets

    def _checked_samples(self, X, y, groups, sample_weight):
        """Return the checked samples that have a weight above zero."""
        arrays = self._checked(X, reset=True)
        groups = None if groups is None else check_groups(groups)
        first = next(iter(arrays.values()))
        y, has_label = self._checked_targets(y, first)
        check_consistent_length(y, groups)
        weights = checked_weights(sample_weight, first)
        domains = None
        if self.domain_loss is not None:
            domains = domains_of(X, groups, first, type(self).__name__)
        samples = Samples(X, arrays, y, has_label, groups, weights, domains)
        if weights is None or weights.all():
            return samples
        return samples.select(np.flatnonzero(weights))

    def _checked_targets(self, y, X):
        """Return the checked targets, and whether each sample has a label.

        A sample without a label gets the target of another sample.
        """
        is_known = np.ones(len(X), dtype=bool)
        if self.domain_loss is not None:
            is_known = labelled(y, is_classifier(self), type(self).__name__)
        if is_known.all():
            return self._check_y(y, X), is_known
        check_consistent_length(X, is_known)
        # The values are converted once more, since -1 may have stood among strings.
        known = np.asarray([value for value, has in zip(y, is_known) if has])
        known = self._check_y(known, X[is_known])
        if is_classifier(self) and len(np.unique(known)) == 1:
            raise ValueError(
                f"y contains only the label {known.tolist()[0]!r} besides -1. With "
                "domain_loss, -1 marks samples without labels and is not a class. "
                "Rename the class -1 if you have two classes."
            )
        y = np.repeat(known[:1], len(X), axis=0)
        y[is_known] = known
        return y, is_known

    def _add_domains(self, arrays, domains, unlabelled, net):
        """Add the domain of each sample to the arrays, and return the domain loss."""
        owner = type(self).__name__
        names, codes = np.unique(domains, return_inverse=True)
        n_domains = len(names) + bool(unlabelled)
        if n_domains < 2:
            raise ValueError(
                f"{owner} with domain_loss needs training samples of two or more "
                f"subjects, or samples without labels, got only subject {names[0]!r}."
            )
        if net.batch_size in range(MIN_BATCH):
            raise ValueError(
                f"domain_loss compares several samples of two or more subjects in each "
                f"batch, so batch_size must be at least {MIN_BATCH}, got "
                f"{net.batch_size}."
            )
        if net.iterator_train is not DomainBatches:
            raise ValueError(
                f"{owner} with domain_loss draws batches of its own. Remove the "
                "iterator of the training data, and arguments of a DataLoader, from "
                "net_params."
            )
        if unlabelled:
            n = len(next(iter(unlabelled.values())))
            unlabelled = unlabelled | {DOMAIN: np.full(n, len(names))}
            if SAMPLE_WEIGHT in arrays:
                unlabelled[SAMPLE_WEIGHT] = np.ones(n, dtype=np.float32)
        arrays[DOMAIN] = codes
        return DomainLoss(
            self.domain_loss,
            self.domain_weight,
            n_domains,
            example={key: np.asarray(x[:1]) for key, x in arrays.items()},
            unlabelled=unlabelled or None,
        )

    def _weights_of(self, weights, rows):
        """Return the weights of some samples as an input of the net, if they differ."""
        weights = relative_weights(None if weights is None else weights[rows])
        return {} if weights is None else {SAMPLE_WEIGHT: weights}

    def _with_samples(self, arrays, y, X_more, y_more):
        """Return arrays and targets together with other samples of the user."""
        more = self._checked(X_more, reset=False)
        y_more = self._check_y(y_more, next(iter(more.values())))
        self._check_known(y_more)
        arrays = {key: join(x, more[key]) for key, x in arrays.items()}
        return arrays, np.concatenate([y, y_more])

    def _check_known(self, y):
        """Raise an error if targets for validation do not occur in training."""

    def _make_net(self, **arguments):
        """Return a skorch net that predicts what this estimator predicts."""
        net = self._net_class(**arguments)
        net.owner_ = copy.copy(self)
        net._forecasts = self._forecasts
        return net

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
            Indices of the samples that are not held out for validation. None stands
            for all samples.

        Returns
        -------
        arrays : dict of str to ndarray
            Additional arguments of the module's ``forward``.
        """
        return {}

    def _split(self, arrays, y, groups, seed, generator):
        """Return training and validation indices, or what a split of skorch returns."""
        split = (self.net_params or {}).get("train_split")
        if split is None:
            return self._inner_split(self._codes(y), groups, seed)
        with generator, seeded_numpy(seed):
            return split_by(split, arrays, y, groups)

    def _inner_split(self, codes, groups, seed):
        """Return training and validation indices for early stopping, or None twice."""
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
        self._n_module_outputs = self._n_outputs(targets)
        module, arguments = self._module(self.input_shapes_, self._n_module_outputs)
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
        net_params = {
            key: value
            for key, value in (self.net_params or {}).items()
            if key != "train_split"
        }
        loader_options = {"batch_size", "shuffle", "drop_last"}
        wants_loader = any(
            key.startswith("iterator_") and key.partition("__")[2] not in loader_options
            for key in net_params
        ) or any(key.partition("__")[0] == "dataset" for key in net_params)
        iterator = DataLoader if wants_loader else TensorBatches
        has_domains = self.domain_loss is not None and not wants_loader
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
            "iterator_train": DomainBatches if has_domains else iterator,
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
        n_values = sum(prod(x.shape[1:]) for x in arrays.values())
        batch_size = max(self.batch_size, 2**20 // n_values)
        module = self.net_.module_.eval()
        device = next(module.parameters()).device
        outputs = []
        steady = steady_products(module) if device.type == "cpu" else nullcontext()
        with plain_torch(), torch.inference_mode(), steady:
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

    def _graph_outputs(self, out):
        """Return the outputs of a sample in the graph that `export_onnx` writes.

        Override this hook if you override `_outputs`.

        Parameters
        ----------
        out : torch.Tensor or tuple of torch.Tensor
            Result of the module's ``forward``.

        Returns
        -------
        outputs : torch.Tensor of shape (n_samples, n_outputs)
            The same numbers that `_outputs` returns.
        """
        return out[0] if isinstance(out, tuple) else out

    def _module_arguments(self):
        """Return the class of the fitted module, and the arguments to build it."""
        module, arguments = self._module(self.input_shapes_, self._n_module_outputs)
        given = self.net_params or {}
        return given.get("module", module), arguments | {
            key.removeprefix("module__"): value
            for key, value in given.items()
            if key.startswith("module__")
        }

    def _stored_networks(self):
        module, arguments = self._module_arguments()
        fitted = self.net_.get_params_for("module")
        if module is not self.net_.module or not same_arguments(arguments, fitted):
            refuse_changed(self)
        history = [dict(epoch) for epoch in self.net_.history]
        return [self.net_.module_], {"history": history}

    def _new_networks(self):
        module, arguments = self._module_arguments()
        return [module(**arguments)]

    def _restore_networks(self, device, record):
        module, arguments = self._module_arguments()
        arguments = {f"module__{key}": value for key, value in arguments.items()}
        # Trimming removes the loss and the optimizer, which were not stored.
        arguments |= {"module": module, "criterion": torch.nn.Identity}
        net = self._make_net(device=device, **arguments).initialize()
        net.trim_for_prediction()
        net.history.extend(record["history"])
        self.net_ = net
        return [net.module_]

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

    def __sklearn_is_fitted__(self):
        return hasattr(self, "net_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        tags.input_tags.dict = True
        tags.transformer_tags.preserves_dtype = []
        tags.non_deterministic = self.random_state is None
        tags.input_tags.allow_nan = self.missing == "mask"
        accepts_unlabelled = self.domain_loss is not None
        return target_access_tags(tags, accepts_unlabelled=accepts_unlabelled)


def _discard_message(text):
    """Keep skorch's early-stopping callback from printing."""
