"""The networks' other head: numbers in place of classes."""

import inspect
import re
from itertools import takewhile

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils.validation import check_array, check_consistent_length, column_or_1d
from torch import nn

from sklearn_emotion._net import NetEstimator

# Filled in by `twin_of`; the text between summary and examples of every regressor.
DESCRIPTION = """\
{summary}

The network of :class:`{name}` with linear outputs in place of its logits, fitted to
standardised targets by squared error. Read more in the
:ref:`User Guide <regressors>`.

Parameters
----------
{parameters}

Attributes
----------
target_mean_, target_scale_ : ndarray of shape (n_outputs,)
    Mean and standard deviation of the training targets.

{attributes}

See Also
--------
{name} : The classifier, with the paper and what departs from it.

Notes
-----
Departures: those of :class:`{name}`, and the last layer with its loss.

{note}

{examples}"""


class SquaredError(nn.Module):
    """Mean squared error; targets of a sample hold for each of its steps."""

    def forward(self, outputs, y_true):
        """Return the loss of (N, k) or (N, T, k) for targets (N, k) or (N, T, k)."""
        if y_true.ndim < outputs.ndim:
            y_true = y_true[:, None]
        return (outputs - y_true).square().mean()


class NetRegressor(RegressorMixin, NetEstimator):
    """Base of the regressors that own a network, whose outputs are standardised y."""

    def _check_y(self, y, X):
        y = np.asarray(y)
        y = y if y.ndim == 2 else column_or_1d(y)
        y = check_array(y, dtype=np.float64, ensure_2d=False, input_name="y")
        check_consistent_length(X, y)
        return y

    def _strata(self, y):
        """Return one stratum: any part of the samples has numbers to learn from."""
        return np.zeros(len(y), dtype=int)

    def _targets(self, y, train):
        self._is_flat = y.ndim == 1
        y = y[:, None] if self._is_flat else y
        seen = y[train].reshape(-1, y.shape[-1])
        self.target_mean_, std = seen.mean(axis=0), seen.std(axis=0)
        constant = std <= 10 * np.finfo(np.float64).eps * np.abs(self.target_mean_)
        self.target_scale_ = np.where(constant, 1.0, std)
        return ((y - self.target_mean_) / self.target_scale_).astype(np.float32)

    def _n_outputs(self, targets):
        return targets.shape[-1]

    def _loss(self, targets):
        """Return the loss of the outputs."""
        return SquaredError()

    def _mean_over_steps(self, outputs):
        """Return the mean (N, k) of outputs (N, T, k)."""
        return outputs.mean(axis=1)

    def predict(self, X):
        """Predict the targets.

        Parameters
        ----------
        X : ndarray, Modalities or dict of str to ndarray
            Samples.

        Returns
        -------
        y_pred : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Predictions, in the unit and of the shape of the targets at `fit`.
        """
        z = self._outputs(X).astype(np.float64)
        y = z * self.target_scale_ + self.target_mean_
        return y[:, 0] if self._is_flat else y

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


def twin_of(classifier, *, without=(), note="The paper has classes only."):
    """Return a decorator that makes a regressor the twin of a classifier.

    The regressor gets the classifier's constructor, constraints and descriptions of
    its parameters, but for `class_weight`. It writes its summary and example itself.

    Parameters
    ----------
    classifier : type
        A `NetClassifier`.
    without : sequence of str, default=()
        Further parameters and attributes that make no sense for numbers.
    note : str
        What to add to the Notes.

    Returns
    -------
    decorate : callable
        Takes and returns a class.
    """
    left_out = {"class_weight", "classes_", *without}

    def decorate(cls):
        cls.__init__ = _constructor(inspect.signature(classifier.__init__), left_out)
        cls._parameter_constraints = {
            name: constraint
            for name, constraint in classifier._parameter_constraints.items()
            if name not in left_out
        }
        summary, _, examples = inspect.cleandoc(cls.__doc__).partition("\n\n")
        cls.__doc__ = DESCRIPTION.format(
            summary=summary,
            name=classifier.__name__,
            parameters=_entries(classifier, "Parameters", left_out),
            attributes=_entries(classifier, "Attributes", left_out),
            note=note,
            examples=examples,
        )
        return cls

    return decorate


def _constructor(signature, left_out):
    """Return an ``__init__`` of that signature, less some names."""
    kept = [p for name, p in signature.parameters.items() if name not in left_out]
    signature = signature.replace(parameters=kept)

    def __init__(self, **params):
        bound = signature.bind(self, **params)
        bound.apply_defaults()
        del bound.arguments["self"]
        vars(self).update(bound.arguments)

    __init__.__signature__ = signature
    return __init__


def _entries(cls, section, left_out):
    """Return the entries of a section of a docstring, less those of some names.

    References to papers go: their list stays with the classifier.
    """
    heading = f"{section}\n{'-' * len(section)}\n"
    doc = re.sub(r"\s\[\d+\]_", "", inspect.getdoc(cls))
    blocks = doc.partition(heading)[2].split("\n\n")
    own = takewhile(lambda block: "\n---" not in block, blocks)
    return "\n\n".join(b for b in own if b.split(" :")[0] not in left_out)
