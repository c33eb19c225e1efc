"""Selection of features by Fisher's criterion."""

from itertools import combinations
from numbers import Real

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.utils import assert_all_finite
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from sklearn_emotion._base import Interval, fit_context, validate_data
from sklearn_emotion._docs import fill_doc
from sklearn_emotion._validation import check_shape, encode_classes
from sklearn_emotion.baselines.classical._docs import LABELS


@fill_doc(LABELS)
class FisherScoreSelector(SelectorMixin, BaseEstimator):
    r"""Keep the features whose Fisher score exceeds a threshold.

    The score of a feature with the means :math:`\mu` and the standard deviations
    :math:`\sigma` in two classes is [1]_

    .. math:: J = \frac{|\mu_1 - \mu_2|}{\sigma_1^2 + \sigma_2^2}.

    Read more in the :ref:`User Guide <peripheral_baselines>`.

    Parameters
    ----------
    threshold : float, default=0.3
        Features with a larger score are kept. If there is none, the features with the
        largest score are kept.

    Attributes
    ----------
    scores_ : ndarray of shape (n_features,)
        Score of each feature.

    n_features_in_ : int
        Number of features.

    See Also
    --------
    make_peripheral : Pipelines that select the features of peripheral signals.

    Notes
    -----
    The numerator is not squared, so the score depends on the unit of the feature.
    Standardize the features first. With classes of equal size, a standardized feature
    whose means differ by d standard deviations of a class then has a score of
    :math:`\frac{d}{2} \sqrt{1 + d^2 / 4}`, and the threshold of 0.3 corresponds to a d
    of 0.58.

    With more than two classes, the score is the largest score of all pairs of classes,
    which [1]_ does not need. A feature that is constant in both classes has a score of
    0 if the constants are equal, and of infinity otherwise.

    References
    ----------
    .. [1] S. Koelstra et al., "DEAP: a database for emotion analysis using
       physiological signals", IEEE Trans. Affect. Comput. 3, 2012.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import FisherScoreSelector
    >>> X = np.random.default_rng(0).normal(size=(100, 5))
    >>> y = np.arange(100) % 2
    >>> X[y == 1, 2] += 1.5
    >>> FisherScoreSelector().fit(X, y).get_support().tolist()
    [False, False, True, False, False]
    """

    _parameter_constraints: dict = {
        "threshold": [Interval(Real, 0, None, closed="left")]
    }

    def __init__(self, threshold=0.3):
        self.threshold = threshold

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y):
        """Compute the score of each feature.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.
        %(y)s

        Returns
        -------
        self : object
            Fitted selector.

        Raises
        ------
        ValueError
            If values are not finite, or there is only one class.
        """
        if hasattr(X, "shape"):
            check_shape(X, ("n_samples", "n_features"))
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        assert_all_finite(y, input_name="y")
        classes, codes = encode_classes(y, type(self).__name__)
        moments = [_moments(X[codes == k]) for k in range(len(classes))]
        pairs = [_score(*a, *b) for a, b in combinations(moments, 2)]
        self.scores_ = np.max(pairs, axis=0)
        return self

    def _get_support_mask(self):
        check_is_fitted(self)
        kept = self.scores_ > self.threshold
        return kept if kept.any() else self.scores_ == self.scores_.max()

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags


def _moments(rows):
    """Return mean and variance of the columns, 0 where a column is constant."""
    constant = (rows == rows[:1]).all(axis=0)
    mean = np.where(constant, rows[0], rows.mean(axis=0))
    return mean, np.where(constant, 0.0, rows.var(axis=0))


def _score(mean, variance, other_mean, other_variance):
    distance, spread = np.abs(mean - other_mean), variance + other_variance
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(distance > 0, distance / spread, 0.0)
