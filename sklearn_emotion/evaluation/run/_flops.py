"""Count the floating-point operations of a fold."""

import warnings

from sklearn.base import clone

from sklearn_emotion.evaluation.run._estimate import some_of_each
from sklearn_emotion.evaluation.run._folds import fit_samples

# Number of training samples that are counted.
_SOME = 24


def flops_of_fold(plan, name):
    """Return the operations of fitting and scoring a fold, for networks.

    One fold is fitted on a few of its training samples. The count grows in proportion
    to the samples and to the number of epochs of each network. PyTorch counts matrix
    products and convolutions. Estimators without networks need no counted operations.

    Parameters
    ----------
    plan : Plan
        What is compared.
    name : str
        Name of the estimator.

    Returns
    -------
    flops : float
        Number of operations; NaN if the estimator cannot be fitted on a few samples.
    """
    estimator = plan.entries[name].estimator
    epochs = {
        key: value
        for key, value in estimator.get_params().items()
        if key.rpartition("__")[2] == "max_epochs"
    }
    if not epochs:
        return 0.0
    train, test = plan.splits[0]
    some = some_of_each(plan.task, train, _SOME)
    once = dict.fromkeys(epochs, 1)
    try:
        fit, predict = _count(plan, name, some, once)
        total = fit
        for key, n_epochs in epochs.items():
            more, _ = _count(plan, name, some, once | {key: 2})
            total += (n_epochs - 1) * (more - fit)
    except Exception:
        return float("nan")
    return (total * len(train) + predict * len(test)) / len(some)


def _count(plan, name, some, epochs):
    """Return the operations of fitting to some samples and of predicting them."""
    from torch.utils.flop_counter import FlopCounterMode

    X = plan.select(name)[some]
    estimator = clone(plan.entries[name].estimator).set_params(**epochs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with FlopCounterMode(display=False) as fit:
            fit_samples(estimator, X, plan.task, some)
        with FlopCounterMode(display=False) as predict:
            estimator.predict(X)
    return fit.get_total_flops(), predict.get_total_flops()
