"""Support vector machines that learn the weight of each view."""

from numbers import Integral, Real

import numpy as np
from scipy.spatial.distance import pdist
from scipy.special import softmax
from sklearn.base import ClassifierMixin
from sklearn.metrics.pairwise import linear_kernel, rbf_kernel
from sklearn.svm import SVC
from sklearn.utils import assert_all_finite, compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
)

from sklearn_emotion._base import Interval, StrOptions, fit_context
from sklearn_emotion._docs import fill_doc
from sklearn_emotion._validation import encode_classes, warn_user
from sklearn_emotion.baselines.classical._calibration import (
    calibration_folds,
    temperature,
)
from sklearn_emotion.baselines.classical._docs import LABELS, TEXTS
from sklearn_emotion.baselines.classical._kernel_weights import (
    combine,
    easy_weights,
    simple_weights,
)
from sklearn_emotion.baselines.classical._views import ViewReader

# Maximum number of samples for the median heuristic.
MEDIAN_SAMPLES = 500

_TEXTS = """
X : Modalities, dict of str to ndarray, or array-like
    Views of shape (n_samples, n_features), or one table.

method : {"simple", "easy", "average"}
    Method that finds the weights of the kernels.

kernel : {"rbf", "linear"}
    Kernel of each view.

gamma : "median" or float
    Width of the RBF kernel. "median" is 1 / (2 m²), where m is the median distance
    between training samples of the view.

views : dict of str to index
    Columns of each view if X is a table: a slice, a boolean mask, a list of
    positions, or a list of names for a DataFrame. If None, a table is one view,
    and each modality of a `Modalities` is one.

regularization : float
    EasyMKL's λ. 0 measures the distance between the hulls of the classes, and 1
    the distance between their means.

tol : float
    SimpleMKL stops when the duality gap is below this fraction of the objective.

max_iter : int
    Maximum number of steps of SimpleMKL.

class_weight : dict, "balanced" or None
    Factor of `C` for each class.
"""


@fill_doc(TEXTS, LABELS, _TEXTS)
class MultipleKernelClassifier(ClassifierMixin, ViewReader):
    r"""Support vector machine on a learned mixture of one kernel per view.

    A view is a modality, a band or another group of features. The weights :math:`d` of
    the kernels are non-negative and sum to one. SimpleMKL [1]_ finds the weights that
    minimize the optimum of the machine's dual objective,

    .. math:: \min_{d \ge 0,\, \sum_m d_m = 1} \; \max_{\alpha} \; \sum_i \alpha_i
        - \tfrac{1}{2} \sum_{ij} \alpha_i \alpha_j y_i y_j \sum_m d_m K_m(x_i, x_j)

    EasyMKL [2]_ weights each kernel by the distance between the convex hulls of the
    classes. ``"average"`` is a control that learns no weights.

    With ``missing="mask"``, a view that is missing in a sample contributes nothing: its
    kernel is 0 for this sample and all others. The weights of the other views stay as
    they are.

    Read more in the :ref:`User Guide <mkl>`.

    Parameters
    ----------
    %(parameters)s

    Attributes
    ----------
    %(classes_)s

    view_names_ : list of str
        Names of the views.

    weights_ : ndarray of shape (n_views,)
        Weight of the kernel of each view. The weights sum to one.

    gap_ : float
        Duality gap at the last step, relative to the objective. It is NaN for methods
        without a gap.

    n_iter_ : int
        Number of weights that SimpleMKL evaluated, including the initial weights.

    temperature_ : float
        Factor of the decisions in the probabilities. It maximizes the likelihood of
        out-of-fold decisions, or is 1 if there are none.

    n_features_in_ : int
        Number of columns of all views.

    See Also
    --------
    make_svm : Support vector machine with one kernel on all features.

    Notes
    -----
    Departures from [1]_ and [2]_ are the following:

    - Kernels are normalized to a mean diagonal of one on the training samples. This is
      the unit trace of [1]_ with `C` counted per sample, so that a `C` has the same
      meaning for any number of samples.
    - The line search of SimpleMKL is a bisection on the slope of the convex objective.
    - Several classes are compared one against the rest with shared weights. Objectives,
      gradients and distances are summed over classes.
    - The coefficients of EasyMKL belong to the mean kernel, where [2]_ has the sum of
      all M kernels. A λ here corresponds to λM / (1 - λ + λM) in [2]_ and has the same
      meaning for any number of kernels.
    - [2]_ trains KOMD on the mixture. Here, all methods train a support vector machine.

    Probabilities are a softmax of scaled decisions, so that the most probable class is
    the predicted class. The scale comes from machines that are fitted again in five
    folds, or as many as the smallest class has groups, with the weights learned from
    all labels. With many views and few samples, probabilities are therefore
    overconfident.

    A kernel that is 0 for the samples without the view is the linear kernel of
    standardized features in which zeros replace the missing view. Weights that were
    scaled up for the remaining views would no longer give a positive semidefinite
    mixture. The statistics of a view and the median distance are computed from the
    training samples that have the view. The mean diagonal includes the zeros, like
    the trace in [1]_. Learned weights favor views that few training samples lack.

    References
    ----------
    .. [1] A. Rakotomamonjy, F. Bach, S. Canu and Y. Grandvalet, "SimpleMKL", Journal
       of Machine Learning Research 9, 2008.
    .. [2] F. Aiolli and M. Donini, "EasyMKL: a scalable multiple kernel learning
       algorithm", Neurocomputing 169, 2015.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import Modalities, MultipleKernelClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat([0, 1], 30)
    >>> eeg = rng.normal(size=(60, 4)) + 2 * y[:, None]
    >>> X = Modalities(eeg=eeg, noise=rng.normal(size=(60, 4)))
    >>> clf = MultipleKernelClassifier().fit(X, y)
    >>> dict(zip(clf.view_names_, clf.weights_.round(2).tolist()))
    {'eeg': 1.0, 'noise': 0.0}
    """

    _parameter_constraints: dict = {
        "method": [StrOptions({"simple", "easy", "average"})],
        "kernel": [StrOptions({"rbf", "linear"})],
        "gamma": [StrOptions({"median"}), Interval(Real, 0, None, closed="neither")],
        "views": [dict, None],
        "C": [Interval(Real, 0, None, closed="neither")],
        "regularization": [Interval(Real, 0, 1, closed="right")],
        "tol": [Interval(Real, 0, None, closed="neither")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "standardize": ["boolean"],
        "missing": [StrOptions({"error", "mask"})],
        "class_weight": [dict, StrOptions({"balanced"}), None],
    }

    def __init__(
        self,
        *,
        method="simple",
        kernel="rbf",
        gamma="median",
        views=None,
        C=1.0,
        regularization=0.1,
        tol=0.01,
        max_iter=100,
        standardize=True,
        missing="error",
        class_weight=None,
    ):
        self.method = method
        self.kernel = kernel
        self.gamma = gamma
        self.views = views
        self.C = C
        self.regularization = regularization
        self.tol = tol
        self.max_iter = max_iter
        self.standardize = standardize
        self.missing = missing
        self.class_weight = class_weight

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, groups=None):
        """Find the weights and fit the machine.

        Parameters
        ----------
        %(X)s
        %(y)s
        groups : array-like of shape (n_samples,), default=None
            Trial or subject of each sample. The folds that calibrate the probabilities
            never divide a group, so each class needs samples from two groups or more.

        Returns
        -------
        self : object
            Fitted classifier.

        Raises
        ------
        ValueError
            If views do not match, values are not finite, or there is only one class.
            With ``missing="mask"``, also if a sample has no view, if a view is missing
            in all samples, or if only some of its values are NaN.

        Warns
        -----
        UserWarning
            If no folds are available to calibrate the probabilities.
        """
        tables = self._tables(X, reset=True)
        first = next(iter(tables.values()))
        y = column_or_1d(y, warn=True)
        assert_all_finite(y, input_name="y")
        check_consistent_length(first, y)
        check_classification_targets(y)
        self.classes_, codes = encode_classes(y, type(self).__name__)
        self.view_names_ = list(tables)
        self._learn_scales(tables)
        self._training = self._scaled(tables)
        self._gammas = {k: self._width(x) for k, x in self._training.items()}
        self._norms = dict.fromkeys(tables, 1.0)
        kernels = self._kernels(self._training)
        means = np.diagonal(kernels, axis1=1, axis2=2).mean(axis=1)
        means[means == 0] = 1.0
        self._norms = dict(zip(tables, means))
        kernels /= means[:, None, None]
        signs = self._signs(codes)
        costs = self._costs(y, codes)
        self.weights_, self.gap_, self.n_iter_ = self._find_weights(
            kernels, signs, costs
        )
        K = combine(self.weights_, kernels)
        self._machines = [_machine(K, s, costs) for s in signs]
        self.temperature_ = self._calibrate(K, signs, costs, codes, groups)
        return self

    def _find_weights(self, kernels, signs, costs):
        n = len(kernels)
        if self.method == "simple":
            return simple_weights(kernels, signs, costs, self.tol, self.max_iter)
        if self.method == "easy":
            weights = easy_weights(kernels, signs, self.regularization)
            return weights, float("nan"), 1
        return np.full(n, 1 / n), float("nan"), 1

    def _learn_scales(self, tables):
        self._scales = {}
        for key, x in tables.items():
            x = _present(x)
            mean, std = x.mean(axis=0), x.std(axis=0)
            # Rounding gives a constant column a small standard deviation.
            std[std <= 1e-6 * np.abs(mean)] = 1.0
            self._scales[key] = (mean, std)

    def _scaled(self, tables):
        if not self.standardize:
            return tables
        return {
            k: (x - self._scales[k][0]) / self._scales[k][1] for k, x in tables.items()
        }

    def _width(self, x):
        if self.gamma != "median":
            return self.gamma
        x = _present(x)
        # Evenly spaced samples, so that the heuristic does not depend on chance.
        some = x[:: -(-len(x) // MEDIAN_SAMPLES)]
        median = np.median(pdist(some)) if len(some) > 1 else 0.0
        return 1.0 if median == 0 else 1 / (2 * median**2)

    def _kernels(self, tables):
        """Return the normalized kernels between samples and training samples.

        They are zero for samples without the view.
        """
        out = []
        for key, x in tables.items():
            training = self._training[key]
            a = _zero_gaps(x)
            # The kernel of one array with itself has an exact diagonal.
            b = a if x is training else _zero_gaps(training)
            if self.kernel == "linear":
                K = linear_kernel(a, b)
            else:
                K = rbf_kernel(a, b, gamma=self._gammas[key])
            K[_gaps(x)], K[:, _gaps(training)] = 0.0, 0.0
            out.append(K / self._norms[key])
        return np.stack(out)

    def _signs(self, codes):
        if len(self.classes_) == 2:
            return [np.where(codes == 1, 1.0, -1.0)]
        return [np.where(codes == k, 1.0, -1.0) for k in range(len(self.classes_))]

    def _costs(self, y, codes):
        if self.class_weight is None:
            return np.full(len(y), float(self.C))
        weights = compute_class_weight(self.class_weight, classes=self.classes_, y=y)
        return self.C * weights[codes]

    def _calibrate(self, K, signs, costs, codes, groups):
        """Return the scale that maximizes the likelihood of held-out decisions."""
        if groups is not None:
            groups = column_or_1d(groups)
            check_consistent_length(codes, groups)
        folds, why_not = calibration_folds(codes, self.classes_, groups)
        if why_not:
            more = "samples" if groups is None else "groups"
            warn_user(
                "MultipleKernelClassifier cannot calibrate its probabilities: "
                f"{why_not}. Predictions are not affected, but temperature_ is 1. Fit "
                f"on more {more} of each class if you need probabilities."
            )
            return 1.0
        scores, seen = [], []
        for train, test in folds:
            cross = K[np.ix_(test, train)]
            machines = [
                _machine(K[np.ix_(train, train)], s[train], costs[train]) for s in signs
            ]
            scores.append([svm.decision_function(cross) for svm in machines])
            seen.append(test)
        scores, seen = np.concatenate(scores, axis=1), np.concatenate(seen)
        return temperature(_logits(scores.T), codes[seen])

    def decision_function(self, X):
        """Return the signed distance to the decision boundary.

        Parameters
        ----------
        %(X)s

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            Decision of the second class if there are two classes, otherwise of each
            class against the rest.
        """
        scores = self._scores(X)
        return scores[:, 0] if len(self.classes_) == 2 else scores

    def _scores(self, X):
        check_is_fitted(self)
        tables = self._scaled(self._tables(X, reset=False))
        K = combine(self.weights_, self._kernels(tables))
        return np.stack([svm.decision_function(K) for svm in self._machines], axis=1)

    def predict(self, X):
        """Return the class with the highest decision.

        Parameters
        ----------
        %(X)s

        Returns
        -------
        %(y_pred)s
        """
        scores = self._scores(X)
        best = scores[:, 0] > 0 if scores.shape[1] == 1 else scores.argmax(axis=1)
        return self.classes_[best.astype(int)]

    def predict_proba(self, X):
        """Return class probabilities, the softmax of decisions times `temperature_`.

        Parameters
        ----------
        %(X)s

        Returns
        -------
        %(proba)s
        """
        scores = self._scores(X)
        return softmax(self.temperature_ * _logits(scores), axis=1)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.dict = True
        return tags


def _gaps(x):
    """Return which samples lack a view, whose values are then all NaN."""
    return np.isnan(x[:, 0])


def _present(x):
    """Return the samples that have a view."""
    gaps = _gaps(x)
    return x[~gaps] if gaps.any() else x


def _zero_gaps(x):
    """Return a view with zeros for the samples that lack it."""
    gaps = _gaps(x)
    return np.where(gaps[:, None], 0.0, x) if gaps.any() else x


def _machine(K, signs, costs):
    svm = SVC(C=1.0, kernel="precomputed")
    return svm.fit(K, signs, sample_weight=costs)


def _logits(scores):
    """Return one column per class; the difference of two is the decision."""
    return np.hstack([-scores / 2, scores / 2]) if scores.shape[1] == 1 else scores
