"""Support vector machines that learn how much each view counts."""

import warnings
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
from sklearn_emotion.baselines._calibration import calibration_folds, temperature
from sklearn_emotion.baselines._kernel_weights import (
    combine,
    easy_weights,
    simple_weights,
)
from sklearn_emotion.baselines._views import ViewReader

# Distances that the median heuristic looks at.
MEDIAN_SAMPLES = 500


class MultipleKernelClassifier(ClassifierMixin, ViewReader):
    r"""Support vector machine on a learned mixture of one kernel per view.

    A view is a modality, a band or another group of features. The kernels' weights
    :math:`d` are non-negative and sum to one. SimpleMKL [1]_ finds those with the
    least optimum of the machine's dual objective,

    .. math:: \min_{d \ge 0,\, \sum_m d_m = 1} \; \max_{\alpha} \; \sum_i \alpha_i
        - \tfrac{1}{2} \sum_{ij} \alpha_i \alpha_j y_i y_j \sum_m d_m K_m(x_i, x_j)

    EasyMKL [2]_ weights each kernel by the distance that it puts between the convex
    hulls of the classes; ``"average"`` is the control that learns no weights.

    Read more in the :ref:`User Guide <mkl>`.

    Parameters
    ----------
    method : {"simple", "easy", "average"}, default="simple"
        How the weights are found.

    kernel : {"rbf", "linear"}, default="rbf"
        Kernel of each view.

    gamma : "median" or float, default="median"
        Width of the RBF kernel. "median" is 1 / (2 m²) with m the median distance of
        the view's training samples.

    views : dict of str to index, default=None
        For a table: name of each view to its columns (a slice, a boolean mask, or a
        list of positions, or of names for a DataFrame). If None, a table is one view
        and the modalities of a `Modalities` are one each.

    C : float, default=1.0
        Inverse strength of the regularisation.

    regularization : float, default=0.1
        EasyMKL's λ: 0 is the distance between the hulls, 1 that between the means.

    tol : float, default=0.01
        SimpleMKL stops when the duality gap falls below this share of the objective.

    max_iter : int, default=100
        Most steps of SimpleMKL.

    standardize : bool, default=True
        Whether to centre and scale each feature by the training data's statistics.

    class_weight : dict, "balanced" or None, default=None
        Factor of `C` for each class.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.

    view_names_ : list of str
        Names of the views.

    weights_ : ndarray of shape (n_views,)
        Weight of each view's kernel; they sum to one.

    gap_ : float
        Duality gap relative to the objective at the last step; NaN for the methods
        that have none.

    n_iter_ : int
        Weights that SimpleMKL looked at, the first ones included.

    temperature_ : float
        Factor of the decisions in the probabilities: that of the likeliest
        out-of-fold decisions, or 1 where there are none.

    n_features_in_ : int
        Number of columns of all views.

    See Also
    --------
    make_svm : One kernel on all features.

    Notes
    -----
    Departures: kernels are normalised to a mean diagonal of one on the training
    samples; that is [1]_'s unit trace with `C` counted per sample, so that one `C`
    means the same for any number of samples. SimpleMKL's line search is a bisection
    on the slope of the convex objective. Several classes are compared one against the
    rest with common weights: objectives, gradients and distances are summed over
    classes. EasyMKL's coefficients are those of the mean kernel where [2]_ has the
    sum of all M, so that a λ here is a λM / (1 - λ + λM) there and means the same for
    any number of kernels. [2]_ trains KOMD on the mixture; here it is a support
    vector machine, as for the other methods.

    Probabilities are a softmax of scaled decisions, so that the most probable class is
    the predicted one. The scale comes from machines refitted in five folds, or as many
    as the smallest class has groups, on the weights learned from all labels: with many
    views and few samples, probabilities are surer than they should be.

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
        self.class_weight = class_weight

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, groups=None):
        """Find the weights and fit the machine.

        Parameters
        ----------
        X : Modalities, dict of str to ndarray, or array-like
            Views of shape (n_samples, n_features) each, or one table.
        y : array-like of shape (n_samples,)
            Labels of any type.
        groups : array-like of shape (n_samples,), default=None
            Trial or subject of each sample. The folds that the probabilities are
            calibrated on never cut a group in two, so that each class needs samples of
            two groups or more.

        Returns
        -------
        self : object
            Fitted classifier.

        Raises
        ------
        ValueError
            If views do not fit, values are not finite, or there is one class only.

        Warns
        -----
        UserWarning
            If no folds can be made to calibrate the probabilities on.
        """
        tables = self._tables(X, reset=True)
        first = next(iter(tables.values()))
        y = column_or_1d(y, warn=True)
        assert_all_finite(y, input_name="y")
        check_consistent_length(first, y)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                "MultipleKernelClassifier needs at least two classes in y, got one "
                f"class: {self.classes_[0]!r} in all {len(y)} samples."
            )
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
            mean, std = x.mean(axis=0), x.std(axis=0)
            # Rounding leaves a constant column a spread of its own.
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
        # Every so-manieth sample, so that the heuristic does not depend on chance.
        some = x[:: -(-len(x) // MEDIAN_SAMPLES)]
        median = np.median(pdist(some)) if len(some) > 1 else 0.0
        return 1.0 if median == 0 else 1 / (2 * median**2)

    def _kernels(self, tables):
        """Return the kernels between samples and training samples, normalised."""
        out = []
        for key, x in tables.items():
            if self.kernel == "linear":
                K = linear_kernel(x, self._training[key])
            else:
                K = rbf_kernel(x, self._training[key], gamma=self._gammas[key])
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
        """Return the likeliest scale of the decisions on samples not trained on."""
        if groups is not None:
            groups = column_or_1d(groups)
            check_consistent_length(codes, groups)
        folds, why_not = calibration_folds(codes, self.classes_, groups)
        if why_not:
            more = "samples" if groups is None else "groups"
            warnings.warn(
                "MultipleKernelClassifier can't calibrate its probabilities: "
                f"{why_not}. Predictions hold, but temperature_ is 1; fit on more "
                f"{more} of each class where probabilities matter.",
                UserWarning,
                stacklevel=4,
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
        """Return the distance to the boundary.

        Parameters
        ----------
        X : Modalities, dict of str to ndarray, or array-like
            Samples.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            Decision of the second class for two classes, else of each against the
            rest.
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
        X : Modalities, dict of str to ndarray, or array-like
            Samples.

        Returns
        -------
        y_pred : ndarray of shape (n_samples,)
            Labels, drawn from ``classes_``.
        """
        scores = self._scores(X)
        best = scores[:, 0] > 0 if scores.shape[1] == 1 else scores.argmax(axis=1)
        return self.classes_[best.astype(int)]

    def predict_proba(self, X):
        """Return class probabilities, the softmax of decisions times `temperature_`.

        Parameters
        ----------
        X : Modalities, dict of str to ndarray, or array-like
            Samples.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_classes)
            Probabilities, columns in the order of ``classes_``.
        """
        scores = self._scores(X)
        return softmax(self.temperature_ * _logits(scores), axis=1)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.dict = True
        return tags


def _machine(K, signs, costs):
    svm = SVC(C=1.0, kernel="precomputed")
    return svm.fit(K, signs, sample_weight=costs)


def _logits(scores):
    """Return a column per class, of which the difference is the decision."""
    return np.hstack([-scores / 2, scores / 2]) if scores.shape[1] == 1 else scores
