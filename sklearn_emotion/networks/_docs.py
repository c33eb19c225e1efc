"""Texts that the networks share: parameters, attributes and sections of regressors."""

import inspect
from collections.abc import Callable
from typing import TypeVar

from sklearn.base import ClassifierMixin

from sklearn_emotion._docs import entries, fill_doc

_Network = TypeVar("_Network")

SHARED = """
X : ndarray, Modalities or dict of str to ndarray
    Samples.

sample_weight : array-like of shape (n_samples,)
    Weight of each sample in the loss. A sample with a weight of 0 is left out. If
    None, all samples have the same weight. Statistics of the input do not depend on
    the weights.

lr : float
    Learning rate.

max_epochs : int
    Number of passes through the training data.

batch_size : int
    Number of samples in each training step.

weight_decay : float
    Weight decay of the optimizer. "adam" adds it to the gradient as an L2 penalty,
    and "adamw" applies it separately.

optimizer : {"adam", "adamw"} or class
    Optimizer, by name or as a class of PyTorch.

device : str or torch.device
    Device to compute on. "auto" selects CUDA if it is available.

class_weight : dict, "balanced" or None
    Weight of each class in the loss. "balanced" weights classes inversely to their
    frequency.

early_stopping : bool
    Whether to hold out some of the training groups, and to stop training when the
    loss on them no longer decreases.

validation_fraction : float
    Fraction of the groups that early stopping holds out.

patience : int
    Number of epochs without improvement after which early stopping ends training.

domain_loss : {"mmd", "coral", "dann"} or None
    Loss that makes the features of different training subjects alike: "mmd" compares
    their distributions and "coral" their covariances. "dann" trains the network so that
    a second network cannot tell the subjects from the features. `fit` then needs the
    subjects. Read more in the :ref:`User Guide <domain_losses>`.

domain_weight : float
    Factor of the domain loss.

missing : {"error", "mask"}
    What to do with modalities that are missing in some samples: whose values are all
    NaN, whose ``X[name + "_mask"]`` is False, or that are not in X at prediction.
    "error" raises an error, and "mask" replaces them by zeros after standardization.

modality_dropout : float
    Probability with which a modality of a training sample is left out, as if it were
    missing. At least one modality of each sample is kept.

callbacks : list
    Additional skorch callbacks.

net_params : dict
    Additional arguments of the skorch net, such as
    ``iterator_train__num_workers``. A ``train_split`` gets samples and targets as
    they are passed to `fit`. Its validation part is never used to scale the data.

standardize : bool
    Whether to center and scale the input with statistics of the training data.
    Zeros that stand for padding or for unused cells of a grid remain 0.

random_state : int, RandomState instance or None
    Seed of the random numbers in training, such as the initial weights and the
    order of the samples.

dropout : float
    Dropout probability before the last layer.

warm_start : bool
    Whether `fit` goes on training the network of the last `fit`, for another
    `max_epochs` epochs. It must get the same classes. Statistics of the input and of
    ratings are kept. The optimizer starts anew.

n_features_in_ : int
    Length of the first axis of one sample, of the first modality if there are several.

net_ : skorch.NeuralNet
    Fitted skorch net. Its ``history`` contains the losses of each epoch.

target_mean_ : ndarray of shape (n_outputs,)
    Mean of the training targets.

target_scale_ : ndarray of shape (n_outputs,)
    Standard deviation of the training targets.
"""

REGRESSOR = """
    This regressor has the layers of :class:`{name}`, with one output for each rating
    in place of the logits. It minimizes the squared error of standardized ratings.
    Read more in the :ref:`User Guide <regressors>`.

    Parameters
    ----------
    %(parameters)s

    Attributes
    ----------
    %(attributes)s

    See Also
    --------
    {name} : The classifier, which cites the paper.

    Notes
    -----
    Departures: the last layer and the loss are this library's. All others are listed
    in the notes of :class:`{name}`.
""".strip()


def document(*tables: str) -> Callable[[_Network], _Network]:
    """Return a decorator that completes the docstring of a network's class.

    Parameters
    ----------
    *tables : str
        Entries of the network's own parameters and attributes. They and the shared
        entries replace ``%(parameters)s`` and ``%(attributes)s`` in the docstring. In
        a regressor, ``%(regressor)s`` stands for all sections up to the notes.

    Returns
    -------
    decorate : callable
        Takes and returns a class.
    """

    def decorate(cls):
        own = [name for table in tables for name, _ in entries(table)]
        attributes = ["target_mean_", "target_scale_", "net_"]
        if issubclass(cls, ClassifierMixin):
            attributes = ["classes_", "net_"]
        attributes += [*(name for name in own if name.endswith("_")), "n_features_in_"]
        unused = set(own) - set(inspect.signature(cls).parameters) - set(attributes)
        if unused:
            raise ValueError(f"{cls.__name__} has none of {sorted(unused)}.")
        name = cls.__name__.removesuffix("Regressor")
        lines = "\n\n    ".join(f"%({attribute})s" for attribute in attributes)
        cls.__doc__ = cls.__doc__.replace(
            "%(regressor)s", REGRESSOR.format(name=name)
        ).replace("%(attributes)s", lines)
        return fill_doc(SHARED, *tables)(cls)

    return decorate
