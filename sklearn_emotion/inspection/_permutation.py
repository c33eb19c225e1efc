"""Decrease of the score if channels or modalities are shuffled among samples."""

import numpy as np
from joblib import Parallel, delayed
from sklearn.metrics import check_scoring
from sklearn.utils import Bunch, check_random_state
from sklearn.utils.validation import check_consistent_length, column_or_1d

from sklearn_emotion._docs import fill_doc
from sklearn_emotion._frames import stored
from sklearn_emotion.inspection._docs import DISPLAY
from sklearn_emotion.inspection._plots import make_axes
from sklearn_emotion.modalities import Modalities

_PARAMETERS = """
estimator : estimator
    Fitted classifier or regressor.

X : ndarray of shape (n_samples, n_channels, ...) or Modalities
    Samples, which should not be part of the training data.

y : array-like of shape (n_samples,)
    Targets, which the scores compare with the predictions.

units : dict or None
    Name of each unit, mapped to the values that are shuffled together. For an array,
    these are positions on the channel axis. For a `Modalities`, they are the name of a
    modality, or the name with positions, as in
    ``{"face": "face", "frontal": ("eeg", [0, 2, 3])}``. None stands for each channel
    of an array, or for each modality.

scoring : str, callable or None
    Scorer, as in scikit-learn. None uses the estimator's ``score``.

n_repeats : int
    Number of times that each unit is shuffled.

groups : array-like of shape (n_samples,) or None
    If given, values are shuffled within these groups only. If the groups are the
    subjects, a unit that only identifies the subject has no importance.

n_jobs : int or None
    Number of units that joblib processes at the same time. None means 1, and -1 means
    all processors.

random_state : int, RandomState instance or None
    Seed of the shuffling.

n_largest : int or None
    Number of the most important units to draw. None draws all units.
"""


@fill_doc(_PARAMETERS)
def permutation_importance(
    estimator,
    X,
    y,
    *,
    units=None,
    scoring=None,
    n_repeats=5,
    groups=None,
    n_jobs=None,
    random_state=None,
):
    """Compute the permutation importance of channels, groups of channels or modalities.

    The importance of a unit is the decrease of the score if the values of the unit are
    shuffled among the samples. scikit-learn's function of the same name shuffles the
    columns of a table. Here, a unit is a block of values, for example a channel with
    all its time points, and X may be a :class:`~sklearn_emotion.Modalities`.

    Read more in the :ref:`User Guide <inspection>`.

    Parameters
    ----------
    %(parameters)s

    Returns
    -------
    result : Bunch
        ``importances`` of shape (n_units, n_repeats), their ``importances_mean`` and
        ``importances_std`` (ddof 0), and the ``names`` of the units.

    Raises
    ------
    ValueError
        If a unit is not in X.

    Notes
    -----
    If two channels carry the same information, neither of them may have any importance,
    because the model can use the other one. Shuffle such channels as one unit.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import make_svm
    >>> from sklearn_emotion.inspection import permutation_importance
    >>> X = np.random.default_rng(0).normal(size=(40, 3, 256))
    >>> X[::2, 1] *= 3
    >>> y = [1, 0] * 20
    >>> result = permutation_importance(
    ...     make_svm().fit(X, y), X, y, units={"Fz": [0], "Cz": [1], "Pz": [2]},
    ...     random_state=0,
    ... )
    >>> result.names[int(result.importances_mean.argmax())]
    'Cz'
    """
    y = column_or_1d(y)
    X = X if isinstance(X, dict) else np.asarray(X)
    X = Modalities(**stored(X)) if isinstance(X, dict) else X
    check_consistent_length(X, y, groups)
    places = _places(X, units)
    scorer = check_scoring(estimator, scoring)
    baseline = scorer(estimator, X, y)
    seeds = check_random_state(random_state).randint(2**31 - 1, size=len(places))

    def losses(place, seed):
        rng = np.random.default_rng(seed)
        return [
            baseline - scorer(estimator, _shuffled(X, place, _order(groups, y, rng)), y)
            for _ in range(n_repeats)
        ]

    tasks = (delayed(losses)(*pair) for pair in zip(places.values(), seeds))
    importances = np.array(Parallel(n_jobs=n_jobs)(tasks))
    return Bunch(
        importances=importances,
        importances_mean=importances.mean(axis=1),
        importances_std=importances.std(axis=1),
        names=list(places),
    )


def _places(X, units):
    """Return the modality and the positions of each unit; None stands for all."""
    if isinstance(X, Modalities):
        units = {name: name for name in X} if units is None else units
        places = {
            name: (what, None) if isinstance(what, str) else (what[0], what[1])
            for name, what in units.items()
        }
    else:
        if units is None:
            units = {f"channel {k}": [k] for k in range(X.shape[1])}
        places = {name: (None, positions) for name, positions in units.items()}
    for name, (key, positions) in places.items():
        if key is not None and key not in X:
            raise ValueError(f"Unit {name!r} is of {key!r}, but X has {list(X)}.")
        array = X if key is None else X[key]
        if (
            positions is not None
            and not np.isin(positions, np.arange(-array.shape[1], array.shape[1])).all()
        ):
            raise ValueError(
                f"Unit {name!r} has the positions {list(positions)}, but there are "
                f"{array.shape[1]} channels."
            )
    return places


def _order(groups, y, rng):
    """Return an order of the samples that keeps each sample in its group."""
    if groups is None:
        return rng.permutation(len(y))
    order = np.arange(len(y))
    for group in np.unique(groups):
        mine = np.flatnonzero(np.asarray(groups) == group)
        order[mine] = rng.permutation(mine)
    return order


def _shuffled(X, place, order):
    key, positions = place
    array = X if key is None else X[key]
    if positions is None:
        out = array[order]
    else:
        out = array.copy()
        out[:, positions] = array[order][:, positions]
    return out if key is None else X | {key: out}


@fill_doc(DISPLAY, _PARAMETERS)
class PermutationImportanceDisplay:
    """Permutation importance of each unit, with the most important unit on top.

    Use `from_estimator` to create the display.

    Read more in the :ref:`User Guide <inspection>`.

    Parameters
    ----------
    importances : ndarray of shape (n_units, n_repeats)
        Decrease of the score for each unit and repetition.
    names : sequence of str
        Names of the units.

    Attributes
    ----------
    boxes_ : dict of list
        Output of :meth:`matplotlib.axes.Axes.boxplot`.
    %(ax_)s
    %(figure_)s

    Examples
    --------
    >>> from sklearn_emotion.inspection import PermutationImportanceDisplay
    >>> display = PermutationImportanceDisplay([[0.1, 0.2], [0.4, 0.3]], ["ecg", "eeg"])
    >>> [display.names[k] for k in display.order]
    ['ecg', 'eeg']
    """

    def __init__(self, importances, names):
        self.importances = np.asarray(importances, dtype=np.float64)
        self.names = list(names)

    @property
    def order(self):
        """Units from the least to the most important."""
        return np.argsort(self.importances.mean(axis=1), kind="stable").tolist()

    @classmethod
    def from_estimator(
        cls, estimator, X, y, *, ax=None, n_largest=None, scoring=None, **options
    ):
        """Compute the importance of each unit, and draw it.

        Parameters
        ----------
        %(estimator)s
        %(X)s
        %(y)s
        %(ax)s
        %(n_largest)s
        %(scoring)s
        **options : dict
            Further arguments of :func:`permutation_importance`.

        Returns
        -------
        display : PermutationImportanceDisplay
            The drawn display.
        """
        result = permutation_importance(estimator, X, y, scoring=scoring, **options)
        display = cls(result.importances, result.names)
        return display.plot(ax=ax, n_largest=n_largest)

    def plot(self, ax=None, *, n_largest=None, **options):
        """Draw a box for each unit.

        Parameters
        ----------
        %(ax)s
        %(n_largest)s
        **options : dict
            Keyword arguments of :meth:`matplotlib.axes.Axes.boxplot`.

        Returns
        -------
        display : PermutationImportanceDisplay
            This display.
        """
        shown = self.order[-n_largest:] if n_largest else self.order
        ax = make_axes(ax, figsize=(5, 0.28 * len(shown) + 1.2))
        self.boxes_ = ax.boxplot(
            [self.importances[k] for k in shown],
            **{"orientation": "horizontal", "widths": 0.6} | options,
        )
        ax.axvline(0, color="0.6", lw=1, ls=":")
        ax.set_yticks(np.arange(len(shown)) + 1, [self.names[k] for k in shown])
        ax.set(xlabel="decrease of the score")
        self.ax_, self.figure_ = ax, ax.figure
        return self
