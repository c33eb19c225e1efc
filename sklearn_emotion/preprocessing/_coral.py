"""Correlation alignment of the features of different subjects."""

from functools import partial
from numbers import Real

import numpy as np

from sklearn_emotion._base import Interval
from sklearn_emotion._docs import fill_doc
from sklearn_emotion.preprocessing._alignment import inverse_root
from sklearn_emotion.preprocessing._docs import SUBJECTS
from sklearn_emotion.preprocessing._subjects import (
    SubjectAligner,
    SubjectStatistics,
    blocks_of,
    infinite_if_constant,
)


@fill_doc(SUBJECTS)
class CoralAlignment(SubjectAligner):
    r"""Give the features of each subject the mean and covariance of the training data.

    The features of a subject are centered, whitened by the covariance :math:`C_s` of
    the subject, and colored by the covariance :math:`C` of the training subjects [1]_:

    .. math:: \tilde x = \mu
        + (C + \lambda I)^{1/2} (C_s + \lambda I)^{-1/2} (x - \mu_s)

    for features in units of their standard deviation. No labels are used. With
    ``reference="self"``, the step is transductive.

    Read more in the :ref:`User Guide <alignment>`.

    Parameters
    ----------
    regularization : float, default=1.0
        Weight :math:`\lambda` of the identity, which is added to each covariance. With
        more weight, correlations change less. With 0, the covariance of each subject
        becomes exactly the covariance of the training data, which takes many more
        samples of each subject than features.

    %(reference)s

    %(modality)s

    %(subject)s

    %(online)s

    Attributes
    ----------
    %(modalities_)s

    n_features_in_ : int
        Number of features that are aligned.

    mean_ : ndarray of shape (n_features,)
        Average of the means of the subjects.

    scale_ : ndarray of shape (n_features,)
        Standard deviation of each feature within subjects.

    covariance_ : ndarray of shape (n_features, n_features)
        Average of the covariances of the subjects, in units of `scale_`.

    See Also
    --------
    SubjectStandardizer : Only adapts the mean and the scale of each feature.

    Notes
    -----
    Every subject in `fit` has the same weight. A feature that is constant within each
    of these subjects becomes its mean. The unit of a feature has no effect on the
    others. The time for a subject increases with the cube of the number of features.

    Departures from [1]_: a subject takes the role of the target domain. The target is
    moved to the source instead of the reverse, so that a classifier need not be trained
    again for each subject, and the training subjects are aligned in the same way. The
    means are aligned too. The standard deviations of the training data scale all
    subjects.

    References
    ----------
    .. [1] B. Sun, J. Feng and K. Saenko, "Return of frustratingly easy domain
       adaptation", AAAI 2016.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import CoralAlignment, Modalities
    >>> features = np.random.default_rng(0).normal(size=(40, 3))
    >>> features[20:] += 5
    >>> X = Modalities(eeg=features, subject=np.repeat(["s01", "s02"], 20))
    >>> aligned = CoralAlignment().fit_transform(X)["eeg"]
    >>> difference = aligned[20:].mean(axis=0) - aligned[:20].mean(axis=0)
    >>> np.abs(difference).round(3)
    array([0., 0., 0.], dtype=float32)
    """

    _parameter_constraints: dict = {
        **SubjectAligner._parameter_constraints,
        "regularization": [Interval(Real, 0, None, closed="left")],
        "modality": [str],
    }
    _axes = ("n_samples", "n_features")
    _lonely = "the mean of the training data"

    def __init__(
        self,
        *,
        regularization=1.0,
        reference="self",
        modality="eeg",
        subject="subject",
        online=False,
    ):
        self.regularization = regularization
        self.reference = reference
        self.modality = modality
        self.subject = subject
        self.online = online

    def fit(self, X, y=None):
        """Learn the mean and the covariance of the training data.

        Parameters
        ----------
        %(X)s

        %(y)s

        Returns
        -------
        self : object
            Fitted transformer.

        Raises
        ------
        ValueError
            If an entry is missing or has a wrong shape, if the subject of a sample is
            unknown, or if values are complex, NaN, infinite or text.
        TypeError
            If an entry is sparse, or contains objects that are not numbers.
        """
        return super().fit(X, y)

    def _learn(self, arrays, references, members, y):
        (x,) = references.values()
        moments = []
        for rows in members.values():
            moments.append(_Moments())
            moments[-1].fit(partial(blocks_of, x, rows))
        self.mean_ = np.mean([m.mean for m in moments], axis=0)
        covariance = np.mean([m.covariance for m in moments], axis=0)
        unit = infinite_if_constant(np.sqrt(np.diag(covariance)), self.mean_)
        self.scale_ = np.where(np.isinf(unit), 0.0, unit)
        self.covariance_ = covariance / np.outer(unit, unit)
        self._coloring = _root(self._regularized(self.covariance_)) * self.scale_

    def _new_statistics(self, name, subject):
        return _Alignment(self)

    def _regularized(self, covariance):
        return covariance + self.regularization * np.eye(len(covariance))


class _Moments(SubjectStatistics):
    """Mean and covariance of the samples of a subject."""

    def __init__(self):
        self.total, self.mean, self.products = 0, 0.0, 0.0

    @property
    def covariance(self):
        return self.products / self.total

    def add(self, x):
        before, size = self.total, len(x)
        self.total += size
        mean = x.mean(axis=0, dtype=np.float64)
        step = mean - self.mean
        self.mean = self.mean + step * (size / self.total)
        # The products around the new mean, from those around the means of both parts.
        rest = x - mean
        weight = before * size / self.total
        self.products = self.products + rest.T @ rest
        self.products = self.products + np.outer(step, step) * weight


class _Alignment(_Moments):
    """The same, and the transformation that follows from it."""

    def __init__(self, coral):
        super().__init__()
        self.coral, self.matrix = coral, None

    def add(self, x):
        super().add(x)
        self.matrix = None

    def apply(self, x):
        coral = self.coral
        if self.matrix is None:
            unit = np.where(coral.scale_ > 0, coral.scale_, np.inf)
            covariance = self.covariance / np.outer(unit, unit)
            whitener = inverse_root(coral._regularized(covariance))
            self.matrix = (whitener / unit[:, None]) @ coral._coloring
        return coral.mean_ + (x - self.mean) @ self.matrix


def _root(matrix):
    """Return the square root of a positive semidefinite matrix."""
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
