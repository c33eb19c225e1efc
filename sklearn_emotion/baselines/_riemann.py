"""Covariances of band-passed signals and their Riemannian geometry."""

from numbers import Integral, Real

import numpy as np
from scipy.signal import butter, sosfiltfilt
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
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
from sklearn_emotion._validation import check_bands, check_shape, single_signal
from sklearn_emotion.features._filterbank import check_padding
from sklearn_emotion.features._spectral import DE_BANDS

AXES = ("n_samples", "n_bands", "n_channels", "n_channels")
# Signals that are filtered at a time, so that a band's copy stays small.
CHUNK = 64


class BandCovariances(SignalTransformer):
    """Covariance matrix of the signals of each frequency band.

    Each sample is band-passed as :class:`DifferentialEntropy` does it; the covariance
    of its channels is estimated with shrinkage, which keeps it positive definite.

    Read more in the :ref:`User Guide <classical_baselines>`.

    Parameters
    ----------
    sfreq : float, default=128.0
        Sampling rate in Hz.

    bands : dict of str to (float, float), default=None
        Band name to its edges in Hz. If None, θ 4–7, α 8–13, β 14–30, γ 31–50 Hz.

    order : int, default=5
        Order of the Butterworth band-pass.

    estimator : {"oas", "lwf", "scm"}, default="oas"
        Oracle approximating shrinkage, Ledoit-Wolf, or the sample covariance.

    Attributes
    ----------
    n_features_in_ : int
        Number of channels seen during `fit`.

    See Also
    --------
    BandTangentSpace : The next step.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import BandCovariances
    >>> X = np.random.default_rng(0).normal(size=(5, 3, 256))
    >>> BandCovariances().fit_transform(X).shape
    (5, 4, 3, 3)
    """

    _parameter_constraints: dict = {
        "sfreq": [Interval(Real, 0, None, closed="neither")],
        "bands": [dict, None],
        "order": [Interval(Integral, 1, None, closed="left")],
        "estimator": [StrOptions({"oas", "lwf", "scm"})],
    }

    def __init__(self, *, sfreq=128.0, bands=None, order=5, estimator="oas"):
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
        """Estimate the covariances of each sample by itself.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_times)
            Signals in u, or a mapping with exactly one signal.

        Returns
        -------
        covariances : ndarray of float64
            Of shape (n_samples, n_bands, n_channels, n_channels), in u².

        Raises
        ------
        ValueError
            If the input has another shape or does not fit the parameters.
        """
        return super().transform(X)

    def _transform(self, X):
        # pyriemann imports torch where it is installed, which takes seconds.
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


class _OnCovariances(BaseEstimator):
    """What the estimators that take covariances share."""

    def _checked(self, X, *, reset):
        X = single_signal(X, type(self).__name__)
        check_shape(np.asarray(X), AXES)
        X = validate_data(self, X, reset=reset, allow_nd=True, dtype=np.float64)
        size = X.shape[2] if reset else self.n_channels_
        check_shape(X, (*AXES[:2], size, size))
        if reset:
            self.n_channels_ = size
        return X

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        return tags


class BandTangentSpace(TransformerMixin, _OnCovariances):
    r"""Project the covariances of each band on the tangent space at their mean.

    .. math:: s = \operatorname{upper}\big(\log(G^{-1/2} C G^{-1/2})\big)

    with :math:`G` the band's mean over the training samples and off-diagonal elements
    multiplied by :math:`\sqrt 2`, so that lengths are kept [1]_.

    Read more in the :ref:`User Guide <classical_baselines>`.

    Parameters
    ----------
    metric : {"riemann", "logeuclid"}, default="riemann"
        Geometry of the mean and of the projection.

    Attributes
    ----------
    references_ : ndarray of shape (n_bands, n_channels, n_channels)
        Mean of each band.

    n_features_in_ : int
        Number of bands seen during `fit`.

    n_channels_ : int
        Number of channels seen during `fit`.

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
        """Find the mean of each band.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_bands, n_channels, n_channels)
            Covariances.
        y : Ignored
            Not used, present for API consistency by convention.

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
        """Project on the tangent spaces.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_bands, n_channels, n_channels)
            Covariances.

        Returns
        -------
        vectors : ndarray of shape (n_samples, n_features)
            Tangent vectors without unit, a band after the other, each of
            n_channels * (n_channels + 1) / 2 numbers.
        """
        check_is_fitted(self)
        bands = np.moveaxis(self._checked(X, reset=False), 1, 0)
        return np.hstack([space.transform(C) for space, C in zip(self._spaces, bands)])

    def get_feature_names_out(self, input_features=None):
        """Return a name for each feature: ``band0_2_5`` is that of two channels.

        Parameters
        ----------
        input_features : Ignored
            Not used, present for API consistency by convention.

        Returns
        -------
        names : ndarray of str
            Index of the band and of both channels, which are one and the same on the
            diagonal.
        """
        check_is_fitted(self)
        pairs = list(zip(*np.triu_indices(self.n_channels_)))
        return np.array(
            [f"band{b}_{i}_{j}" for b in range(self.n_features_in_) for i, j in pairs],
            dtype=object,
        )


class BandMinimumDistance(ClassifierMixin, TransformerMixin, _OnCovariances):
    r"""Assign covariances to the class with the nearest mean.

    .. math:: d^2(C, G_k) = \sum_b \delta^2(C_b, G_{k,b})

    with :math:`\delta` the affine-invariant (or log-Euclidean) distance and
    :math:`G_{k,b}` the mean of class k in band b [1]_. One band gives pyriemann's
    ``MDM``; several give it on the block-diagonal matrix of all bands.

    Read more in the :ref:`User Guide <classical_baselines>`.

    Parameters
    ----------
    metric : {"riemann", "logeuclid"}, default="riemann"
        Geometry of the means and distances.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.

    n_features_in_ : int
        Number of bands seen during `fit`.

    n_channels_ : int
        Number of channels seen during `fit`.

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
        """Find the mean of each class in each band.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_bands, n_channels, n_channels)
            Covariances.
        y : array-like of shape (n_samples,)
            Labels of any type.

        Returns
        -------
        self : object
            Fitted classifier.
        """
        from pyriemann.classification import MDM

        X = self._checked(X, reset=True)
        y = column_or_1d(y, warn=True)
        check_consistent_length(X, y)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                "BandMinimumDistance needs at least two classes in y, got one class: "
                f"{self.classes_[0]!r}."
            )
        bands = np.moveaxis(X, 1, 0)
        self._means = [MDM(metric=self.metric).fit(C, codes) for C in bands]
        return self

    def transform(self, X):
        """Return the distance to the mean of each class.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_bands, n_channels, n_channels)
            Covariances.

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
        X : ndarray of shape (n_samples, n_bands, n_channels, n_channels)
            Covariances.

        Returns
        -------
        y_pred : ndarray of shape (n_samples,)
            Labels, drawn from ``classes_``.
        """
        nearest = self.transform(X).argmin(axis=1)
        return self.classes_[nearest]

    def predict_proba(self, X):
        """Return the softmax of the negative squared distances.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_bands, n_channels, n_channels)
            Covariances.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_classes)
            Probabilities, columns in the order of ``classes_``.
        """
        return softmax(-(self.transform(X) ** 2), axis=1)
