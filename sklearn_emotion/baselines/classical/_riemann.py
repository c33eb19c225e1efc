"""Covariances of band-passed signals and their Riemannian geometry."""

from numbers import Integral, Real

import numpy as np
from scipy.signal import butter, sosfiltfilt
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.utils import assert_all_finite
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
)

from sklearn_emotion._base import (
    Interval,
    SignalTransformer,
    StrOptions,
    fit_context,
    validate_data,
)
from sklearn_emotion._docs import fill_doc
from sklearn_emotion._validation import (
    check_bands,
    check_not_empty,
    check_positive_definite,
    check_shape,
    encode_classes,
    single_signal,
)
from sklearn_emotion.baselines.classical._docs import COVARIANCES, LABELS
from sklearn_emotion.features._docs import SIGNALS
from sklearn_emotion.features._filterbank import check_padding
from sklearn_emotion.features._spectral import DE_BANDS

AXES = ("n_samples", "n_bands", "n_channels", "n_channels")
# Number of samples that are filtered at a time, which limits the memory.
CHUNK = 64


@fill_doc(SIGNALS, COVARIANCES)
class BandCovariances(SignalTransformer):
    """Covariance matrix of the signals of each frequency band.

    Each sample is band-passed as in :class:`DifferentialEntropy`. The covariance of its
    channels is estimated with shrinkage, which keeps it positive definite.

    Read more in the :ref:`User Guide <classical_baselines>`.

    Parameters
    ----------
    %(parameters)s

    Attributes
    ----------
    n_features_in_ : int
        Number of channels of the signals.

    See Also
    --------
    BandTangentSpace : Projection of the covariances on tangent spaces.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import BandCovariances
    >>> X = np.random.default_rng(0).normal(size=(5, 3, 256))
    >>> BandCovariances().fit_transform(X).shape
    (5, 4, 3, 3)
    """

    _parameter_constraints: dict = {
        "sfreq": [Interval(Real, 0, None, closed="neither"), StrOptions({"auto"})],
        "bands": [dict, None],
        "order": [Interval(Integral, 1, None, closed="left")],
        "estimator": [StrOptions({"oas", "lwf", "scm"})],
    }

    def __init__(self, *, sfreq="auto", bands=None, order=5, estimator="oas"):
        self.sfreq = sfreq
        self.bands = bands
        self.order = order
        self.estimator = estimator

    def _checked_bands(self):
        return check_bands(DE_BANDS if self.bands is None else self.bands, self.sfreq)

    def _check(self, X):
        self._checked_bands()
        check_padding(X.shape[-1], self.order, self.sfreq)

    def transform(self, X):
        """Estimate the covariances of each sample.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_times)
            Signals in a unit u, or a mapping with exactly one signal.

        Returns
        -------
        covariances : ndarray of float64
            Array of shape (n_samples, n_bands, n_channels, n_channels) in u².

        Raises
        ------
        ValueError
            If the input has another shape or does not match the parameters.
        """
        return super().transform(X)

    def _transform(self, X):
        # pyriemann imports torch if it is installed, which takes seconds.
        from pyriemann.estimation import Covariances

        bands = self._checked_bands()
        estimate = Covariances(self.estimator).transform
        out = np.empty((len(X), len(bands), X.shape[1], X.shape[1]))
        for start in range(0, len(X), CHUNK):
            chunk = np.asarray(X[start : start + CHUNK], dtype=np.float64)
            for b, edges in enumerate(bands.values()):
                sos = butter(self.order, edges, "bandpass", fs=self.sfreq, output="sos")
                out[start : start + CHUNK, b] = estimate(sosfiltfilt(sos, chunk))
        return out

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64"]
        return tags


class _OnCovariances(BaseEstimator):
    """Base of the estimators that take covariances."""

    def _checked(self, X, *, reset):
        X = single_signal(X, type(self).__name__)
        X = X if hasattr(X, "shape") else np.asarray(X)
        check_shape(X, AXES)
        X = validate_data(self, X, reset=reset, allow_nd=True, dtype=np.float64)
        size = X.shape[2] if reset else self.n_channels_
        check_shape(X, (*AXES[:2], size, size))
        check_not_empty(X, type(self).__name__)
        check_positive_definite(X, type(self).__name__)
        if reset:
            self.n_channels_ = size
        return X

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        return tags


@fill_doc(COVARIANCES)
class BandTangentSpace(TransformerMixin, _OnCovariances):
    r"""Project the covariances of each band on the tangent space at their mean.

    .. math:: s = \operatorname{upper}\big(\log(G^{-1/2} C G^{-1/2})\big)

    :math:`G` is the mean of the band over the training samples. Off-diagonal elements
    are multiplied by :math:`\sqrt 2`, which preserves lengths [1]_.

    Read more in the :ref:`User Guide <classical_baselines>`.

    Parameters
    ----------
    %(parameters)s

    Attributes
    ----------
    references_ : ndarray of shape (n_bands, n_channels, n_channels)
        Mean of each band.

    %(n_features_in_)s

    %(n_channels_)s

    References
    ----------
    .. [1] A. Barachant, S. Bonnet, M. Congedo and C. Jutten, "Multiclass
       brain-computer interface classification by Riemannian geometry", IEEE
       Transactions on Biomedical Engineering 59(4), 2012.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import BandCovariances, BandTangentSpace
    >>> X = np.random.default_rng(0).normal(size=(5, 3, 256))
    >>> BandTangentSpace().fit_transform(BandCovariances().fit_transform(X)).shape
    (5, 24)
    """

    _parameter_constraints: dict = {"metric": [StrOptions({"riemann", "logeuclid"})]}

    def __init__(self, *, metric="riemann"):
        self.metric = metric

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Compute the mean of each band.

        Parameters
        ----------
        %(X)s
        %(y)s

        Returns
        -------
        self : object
            Fitted transformer.
        """
        from pyriemann.tangentspace import TangentSpace

        X = self._checked(X, reset=True)
        bands = np.moveaxis(X, 1, 0)
        self._spaces = [TangentSpace(metric=self.metric).fit(C) for C in bands]
        self.references_ = np.stack([space.reference_ for space in self._spaces])
        return self

    def transform(self, X):
        """Project covariances on the tangent spaces.

        Parameters
        ----------
        %(X)s

        Returns
        -------
        vectors : ndarray of shape (n_samples, n_features)
            Tangent vectors without unit, one band after another. Each band has
            n_channels * (n_channels + 1) / 2 values.
        """
        check_is_fitted(self)
        bands = np.moveaxis(self._checked(X, reset=False), 1, 0)
        return np.hstack([space.transform(C) for space, C in zip(self._spaces, bands)])

    def get_feature_names_out(self, input_features=None):
        """Return the names of the features, such as ``band0_2_5`` for channels 2 and 5.

        Parameters
        ----------
        %(input_features)s

        Returns
        -------
        names : ndarray of str
            Index of the band and of both channels, which are equal on the diagonal.
        """
        check_is_fitted(self)
        pairs = list(zip(*np.triu_indices(self.n_channels_)))
        return np.array(
            [f"band{b}_{i}_{j}" for b in range(self.n_features_in_) for i, j in pairs],
            dtype=object,
        )


@fill_doc(COVARIANCES, LABELS)
class BandMinimumDistance(ClassifierMixin, TransformerMixin, _OnCovariances):
    r"""Assign covariances to the class with the nearest mean.

    .. math:: d^2(C, G_k) = \sum_b \delta^2(C_b, G_{k,b})

    :math:`\delta` is the affine-invariant or log-Euclidean distance, and
    :math:`G_{k,b}` is the mean of class k in band b [1]_. With one band, this is the
    ``MDM`` of pyriemann. With several bands, it is ``MDM`` of the block-diagonal matrix
    of all bands.

    Read more in the :ref:`User Guide <classical_baselines>`.

    Parameters
    ----------
    %(parameters)s

    Attributes
    ----------
    %(classes_)s

    %(n_features_in_)s

    %(n_channels_)s

    References
    ----------
    .. [1] A. Barachant, S. Bonnet, M. Congedo and C. Jutten, "Multiclass
       brain-computer interface classification by Riemannian geometry", IEEE
       Transactions on Biomedical Engineering 59(4), 2012.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import BandCovariances, BandMinimumDistance
    >>> X = np.random.default_rng(0).normal(size=(8, 3, 256))
    >>> X[::2, 0] *= 3
    >>> C = BandCovariances().fit_transform(X)
    >>> BandMinimumDistance().fit(C, [1, 0] * 4).predict(C).tolist()
    [1, 0, 1, 0, 1, 0, 1, 0]
    """

    _parameter_constraints: dict = {"metric": [StrOptions({"riemann", "logeuclid"})]}

    def __init__(self, *, metric="riemann"):
        self.metric = metric

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y):
        """Compute the mean of each class in each band.

        Parameters
        ----------
        %(X)s
        %(y)s

        Returns
        -------
        self : object
            Fitted classifier.
        """
        from pyriemann.classification import MDM

        X = self._checked(X, reset=True)
        y = column_or_1d(y, warn=True)
        assert_all_finite(y, input_name="y")
        check_consistent_length(X, y)
        check_classification_targets(y)
        self.classes_, codes = encode_classes(y, type(self).__name__)
        bands = np.moveaxis(X, 1, 0)
        self._means = [MDM(metric=self.metric).fit(C, codes) for C in bands]
        return self

    def transform(self, X):
        """Return the distance to the mean of each class.

        Parameters
        ----------
        %(X)s

        Returns
        -------
        distances : ndarray of shape (n_samples, n_classes)
            Root of the sum over bands of squared distances.
        """
        check_is_fitted(self)
        bands = np.moveaxis(self._checked(X, reset=False), 1, 0)
        squares = [mdm.transform(C) ** 2 for mdm, C in zip(self._means, bands)]
        return np.sqrt(np.sum(squares, axis=0))

    def predict(self, X):
        """Return the class with the nearest mean.

        Parameters
        ----------
        %(X)s

        Returns
        -------
        %(y_pred)s
        """
        nearest = self.transform(X).argmin(axis=1)
        return self.classes_[nearest]

    def predict_proba(self, X):
        """Return the softmax of the negative squared distances.

        Parameters
        ----------
        %(X)s

        Returns
        -------
        %(proba)s
        """
        return softmax(-(self.transform(X) ** 2), axis=1)
