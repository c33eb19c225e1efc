"""Fusion of the decisions of several classifiers, such as one for each modality."""

from collections.abc import Mapping
from itertools import chain, combinations

import numpy as np
from scipy.special import softmax
from sklearn.base import ClassifierMixin, clone
from sklearn.metrics import balanced_accuracy_score
from sklearn.utils import assert_all_finite
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
)

from sklearn_emotion._base import (
    PartsComposition,
    StrOptions,
    fit_context,
    safe_indexing,
)
from sklearn_emotion._docs import fill_doc
from sklearn_emotion._validation import (
    check_container,
    encode_classes,
    require_keys,
    warn_user,
)
from sklearn_emotion.baselines.classical._calibration import calibration_folds
from sklearn_emotion.baselines.classical._docs import LABELS
from sklearn_emotion.modalities import Modalities
from sklearn_emotion.model_selection._nested import fit_with_groups

# Steps of the weights that "search" tries, by the number of parts.
STEPS = {2: 100, 3: 20}
FEWEST_STEPS = 10
# Smallest probability whose logarithm the product rule takes.
LEAST = 1e-12

_TEXTS = """
X : Modalities, dict of str to ndarray, or array-like
    Samples with the modalities of all parts.

estimators : list of (str, classifier, str or sequence of str or None)
    Name of each part, its classifier, and what the classifier gets: the array of one
    modality, `Modalities` of several, or all of X if it is None. The classifiers need
    ``predict_proba``.

weights : {"performance", "search", "equal"} or sequence of float
    Weight of each part. ``"performance"``: how far its balanced accuracy on held-out
    training samples exceeds chance. ``"search"``: the weights with the best balanced
    accuracy on these samples, among weights in steps of 0.01 for two parts, 0.05 for
    three, and 0.1 for more. Numbers are scaled to a sum of 1.

rule : {"sum", "product"}
    Whether to add the weighted probabilities, or to multiply the probabilities with
    their weights as exponents.
"""


@fill_doc(LABELS, _TEXTS)
class ModalityVoting(ClassifierMixin, PartsComposition):
    r"""Combine the probabilities of classifiers for several modalities.

    Each part is trained alone. With the probabilities :math:`p_m` of the parts and
    their weights :math:`w_m`, the probabilities of the classes are
    :math:`\sum_m w_m p_m`, or proportional to :math:`\prod_m p_m^{w_m}`.

    Read more in the :ref:`User Guide <modality_voting>`.

    Parameters
    ----------
    %(parameters)s

    Attributes
    ----------
    %(classes_)s

    estimators_ : list of classifiers
        The parts, fitted on all training samples.

    weights_ : ndarray of shape (n_parts,)
        Weight of each part. The weights sum to one.

    scores_ : ndarray of shape (n_parts,)
        Balanced accuracy of each part on held-out training samples. NaN if the weights
        do not depend on it.

    See Also
    --------
    MultipleKernelClassifier : One classifier on a weighted sum of kernels.
    DeepVANet : A network that combines the decisions for the face and for signals.

    Notes
    -----
    Held-out samples are those of five folds, or of as many as the smallest class has
    groups. Each part is fitted once for each fold and once on all samples. If all parts
    are at chance or below, or if there are no folds, the weights are equal. Of several
    weights with the same accuracy, ``"search"`` selects the nearest to equal weights.

    Departures: [1]_ and [2]_ take the performance on samples that the classifiers were
    trained on, which overfits. [1]_ weights by the F1 score itself, so a modality at
    chance keeps its vote. [3]_ enumerates weights as ``"search"`` does, with the
    accuracy on training samples.

    References
    ----------
    .. [1] S. Koelstra and I. Patras, "Fusion of facial expressions and EEG for implicit
       affective tagging", Image Vis. Comput. 31, 2013.
    .. [2] X. Huang et al., "Multi-modal emotion analysis from facial expressions and
       electroencephalogram", Comput. Vis. Image Underst. 147, 2016.
    .. [3] Y. Huang, J. Yang, S. Liu and J. Pan, "Combining facial expressions and
       electroencephalography to enhance emotion recognition", Future Internet 11, 2019.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn_emotion import Modalities, ModalityVoting
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat([0, 1], 40)
    >>> eeg = rng.normal(size=(80, 4)) + y[:, None]
    >>> X = Modalities(eeg=eeg, face=rng.normal(size=(80, 4)))
    >>> vote = ModalityVoting(
    ...     [
    ...         ("eeg", LogisticRegression(), "eeg"),
    ...         ("face", LogisticRegression(), "face"),
    ...     ]
    ... )
    >>> vote.fit(X, y).weights_.round(1).tolist()
    [1.0, 0.0]
    """

    _parameter_constraints: dict = {
        "estimators": [list],
        "weights": [StrOptions({"performance", "search", "equal"}), "array-like"],
        "rule": [StrOptions({"sum", "product"})],
    }

    def __init__(self, estimators, *, weights="performance", rule="sum"):
        self.estimators = estimators
        self.weights = weights
        self.rule = rule

    def get_metadata_routing(self):
        """Return which parts receive the metadata of `fit`.

        Returns
        -------
        routing : MetadataRouter
            Routing of scikit-learn.
        """
        router = MetadataRouter(owner=self).add_self_request(self)
        mapping = MethodMapping().add(caller="fit", callee="fit")
        return router.add(**dict(self._named), method_mapping=mapping)

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y, groups=None, metadata=None):
        """Fit the parts and find their weights.

        Parameters
        ----------
        %(X)s
        %(y)s
        groups : array-like of shape (n_samples,), default=None
            Trial or subject of each sample. The folds that determine the weights never
            divide a group. The parts get the groups too, if they or a split in them use
            groups.
        metadata : pandas.DataFrame of n_samples rows, default=None
            Metadata of these samples, for splitters in the parts that take a table.

        Returns
        -------
        self : object
            Fitted classifier.

        Raises
        ------
        ValueError
            If a modality is missing, a classifier has no ``predict_proba``, weights do
            not match, or there is only one class.

        Warns
        -----
        UserWarning
            If there are no folds to determine the weights.
        """
        self._check()
        inputs = self._inputs(X)
        y = column_or_1d(y, warn=True)
        if not len(y):
            raise ValueError(
                "Found array with 0 sample(s) while a minimum of 2 is required by "
                "ModalityVoting."
            )
        assert_all_finite(y, input_name="y")
        check_consistent_length(*inputs, y)
        check_classification_targets(y)
        self.classes_, codes = encode_classes(y, type(self).__name__)
        if groups is not None:
            groups = column_or_1d(groups)
            check_consistent_length(y, groups)
        everything = np.arange(len(y))
        self.weights_, self.scores_ = self._find_weights(
            inputs, y, codes, groups, metadata
        )
        self.estimators_ = [
            _fitted(part, x, y, everything, groups, metadata)
            for (_, part), x in zip(self._named, inputs)
        ]
        self.n_features_in_ = getattr(self.estimators_[0], "n_features_in_", None)
        return self

    def _check(self):
        entries = self.estimators
        is_list = all(isinstance(e, tuple) and len(e) == 3 for e in entries)
        if not (entries and is_list):
            raise ValueError(
                "estimators must be a list of (name, classifier, modality) tuples, got "
                f"{entries!r}."
            )
        self._validate_names([name for name, _, _ in entries])
        for name, part, _ in entries:
            if not hasattr(part, "predict_proba"):
                raise ValueError(
                    f"ModalityVoting combines probabilities, but {name!r} has no "
                    "predict_proba. Pass probability=True to make_svm, or put the "
                    "classifier into a CalibratedClassifierCV."
                )
        if not isinstance(self.weights, str):
            weights = np.asarray(self.weights, dtype=float)
            fits = weights.shape == (len(entries),)
            if not (fits and (weights >= 0).all() and 0 < weights.sum() < np.inf):
                raise ValueError(
                    f"weights must be {len(entries)} numbers, none of them negative "
                    f"and not all zero, got {self.weights!r}."
                )

    def _inputs(self, X):
        """Return the input of each part."""
        owner = type(self).__name__
        check_container(X, owner)
        sources = [source for _, _, source in self.estimators]
        named = [[s] if isinstance(s, str) else list(s or ()) for s in sources]
        needed = list(dict.fromkeys(chain.from_iterable(named)))
        if needed:
            require_keys(X, needed, owner)
        if isinstance(X, Mapping) and not isinstance(X, Modalities):
            X = Modalities(**X)
        return [
            X
            if source is None
            else X[source]
            if isinstance(source, str)
            else Modalities(**{name: X[name] for name in source})
            for source in sources
        ]

    def _find_weights(self, inputs, y, codes, groups, metadata):
        n = len(inputs)
        equal, unknown = np.full(n, 1 / n), np.full(n, np.nan)
        if not isinstance(self.weights, str):
            weights = np.asarray(self.weights, dtype=float)
            return weights / weights.sum(), unknown
        if self.weights == "equal":
            return equal, unknown
        folds, why_not = calibration_folds(codes, self.classes_, groups)
        if why_not:
            warn_user(
                "ModalityVoting cannot compare its parts on held-out samples: "
                f"{why_not}. The weights are equal. Fit on more samples, or choose the "
                "weights."
            )
            return equal, unknown
        tested = np.concatenate([test for _, test in folds])
        held_out = []
        for (_, part), x in zip(self._named, inputs):
            found = [
                _fitted(part, x, y, train, groups, metadata).predict_proba(
                    safe_indexing(x, test)
                )
                for train, test in folds
            ]
            held_out.append(np.concatenate(found))
        held_out, truth = np.stack(held_out), codes[tested]
        scores = np.array(
            [balanced_accuracy_score(truth, p.argmax(axis=1)) for p in held_out]
        )
        if self.weights == "search":
            return self._searched(held_out, truth), scores
        excess = np.maximum(scores - 1 / len(self.classes_), 0)
        return (excess / excess.sum() if excess.any() else equal), scores

    def _searched(self, held_out, truth):
        candidates = _simplex(len(held_out), STEPS.get(len(held_out), FEWEST_STEPS))
        scores = np.array(
            [
                balanced_accuracy_score(truth, self._fused(held_out, w).argmax(axis=1))
                for w in candidates
            ]
        )
        # Sums of counts in another order differ by rounding errors only.
        best = candidates[scores >= scores.max() - 1e-12]
        return best[((best - 1 / len(held_out)) ** 2).sum(axis=1).argmin()]

    def _fused(self, proba, weights):
        """Return (n_samples, n_classes) for (n_parts, n_samples, n_classes)."""
        if self.rule == "sum":
            return np.tensordot(weights, proba, axes=1)
        logs = np.log(np.maximum(proba, LEAST))
        return softmax(np.tensordot(weights, logs, axes=1), axis=1)

    def predict_proba(self, X):
        """Return the weighted probabilities of the classes.

        Parameters
        ----------
        %(X)s

        Returns
        -------
        %(proba)s
        """
        return self._proba(X)

    def _proba(self, X):
        check_is_fitted(self)
        proba = [p.predict_proba(x) for p, x in zip(self.estimators_, self._inputs(X))]
        return self._fused(np.stack(proba), self.weights_)

    def predict(self, X):
        """Return the class with the highest probability.

        Parameters
        ----------
        %(X)s

        Returns
        -------
        %(y_pred)s
        """
        best = self._proba(X).argmax(axis=1)
        return self.classes_[best]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.dict = True
        return tags


def _fitted(part, x, y, rows, groups, metadata):
    """Return a clone of a classifier that is fitted on some of the samples."""
    given = None if groups is None else groups[rows]
    table = None if metadata is None else metadata.iloc[rows]
    part, x, y = clone(part), safe_indexing(x, rows), y[rows]
    if groups is None:
        return part.fit(x, y)
    return fit_with_groups(part, x, y, given, table)


def _simplex(n_parts, n_steps):
    """Return all weights that are multiples of 1 / n_steps and sum to one."""
    n_places = n_steps + n_parts - 1
    # Bars between stars: the runs of stars are the counts of all sums to n_steps.
    bars = np.array(list(combinations(range(n_places), n_parts - 1)), dtype=int)
    edge = np.ones((len(bars), 1), dtype=int)
    edges = np.hstack([-edge, bars, n_places * edge])
    return (np.diff(edges, axis=1) - 1) / n_steps
