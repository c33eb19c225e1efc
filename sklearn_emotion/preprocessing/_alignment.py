"""Euclidean alignment of the signals of different subjects."""

import numpy as np

from sklearn_emotion._base import StrOptions
from sklearn_emotion._docs import fill_doc
from sklearn_emotion._names import baseline_name
from sklearn_emotion.preprocessing._docs import SUBJECTS
from sklearn_emotion.preprocessing._subjects import SubjectAligner, SubjectStatistics


@fill_doc(SUBJECTS)
class EuclideanAlignment(SubjectAligner):
    r"""Whiten the signals of each subject by the mean covariance of the subject.

    A sample :math:`X_i` of shape (n_channels, n_times) becomes

    .. math:: \tilde X_i = \bar R^{-1/2} X_i, \quad \bar R = \tfrac 1 n \sum_j R_j

    where :math:`R_j` are the covariances of the samples of the same subject [1]_. The
    mean covariance of every subject is then the identity, so that a classifier of
    signals or covariances meets similar distributions in all subjects. No labels are
    used. With ``reference="self"``, the step is transductive. With
    ``reference="baseline"``, :math:`R_j` are the covariances of the recordings at rest.

    Read more in the :ref:`User Guide <alignment>`.

    Parameters
    ----------
    %(reference)s

    estimator : {"oas", "lwf", "scm"}, default="oas"
        Estimator of the covariances: oracle approximating shrinkage, Ledoit-Wolf
        shrinkage, or the sample covariance of the centered samples.

    %(modality)s

    %(subject)s

    %(online)s

    Attributes
    ----------
    %(modalities_)s

    %(n_features_in_)s

    See Also
    --------
    RiemannianRecentering : The same for covariances, at their Riemannian mean.

    Notes
    -----
    If X contains the baseline of the modality, it is multiplied by the same matrix, so
    that a later step can subtract it.

    With ``estimator="scm"``, the mean sample covariance of each subject is the identity
    after the alignment, up to rounding. With shrinkage, the mean of the *shrunk*
    covariances :math:`\bar R^{-1/2} R_j \bar R^{-1/2}` is the identity. The mean sample
    covariance then differs from the identity, mainly in directions in which the subject
    has little variance, because shrinkage raises the estimate there. The difference
    decreases with the length of the samples.

    A direction in which a subject has no variance becomes zero. For example, signals
    with an average reference have a covariance of rank n_channels - 1. With "scm",
    their mean covariance becomes the identity on this subspace, which is
    :math:`I - \tfrac 1 C 1 1^\top` for C channels. A direction has no variance if its
    share of the largest variance is within the rounding errors of the signals.

    Shrinkage adds the same variance to all channels. If the gains of the channels
    differ by a large factor, it dominates the channels with a low gain, and "scm" is
    the better choice. The mean over a few dozen samples needs no shrinkage.

    The scale of a subject's signals has no effect on the output. The signals are not
    filtered or centered.

    Departures from [1]_: the covariances are computed after the mean over time of each
    sample was subtracted, and with shrinkage by default.

    References
    ----------
    .. [1] H. He and D. Wu, "Transfer learning for brain-computer interfaces: a
       Euclidean space data alignment approach", IEEE Transactions on Biomedical
       Engineering 67(2), 2020.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import EuclideanAlignment, Modalities
    >>> eeg = np.random.default_rng(0).normal(size=(6, 3, 256))
    >>> eeg[3:, 1] *= 20
    >>> X = Modalities(eeg=eeg, subject=np.repeat(["s01", "s02"], 3))
    >>> aligned = EuclideanAlignment(estimator="scm").fit_transform(X)["eeg"]
    >>> covariances = [np.cov(sample, bias=True) for sample in aligned[3:]]
    >>> np.abs(np.mean(covariances, axis=0)).round(3)
    array([[1., 0., 0.],
           [0., 1., 0.],
           [0., 0., 1.]])
    """

    _parameter_constraints: dict = {
        **SubjectAligner._parameter_constraints,
        "estimator": [StrOptions({"oas", "lwf", "scm"})],
        "modality": [str],
    }
    _axes = ("n_samples", "n_channels", "n_times")
    _keeps_baseline = True
    _lonely = "white signals"

    def __init__(
        self,
        *,
        reference="self",
        estimator="oas",
        modality="eeg",
        subject="subject",
        online=False,
    ):
        self.reference = reference
        self.estimator = estimator
        self.modality = modality
        self.subject = subject
        self.online = online

    def _sfreq_out(self, sfreq):
        return sfreq

    def _fixed(self, shape):
        return shape[:1]

    _pooled = _fixed

    def _along(self, arrays, X, name):
        along, rest = {name: arrays[name]}, baseline_name(name)
        if rest in X:
            along[rest] = self._checked(X, rest)
            self._check_rest(name, arrays[name], along[rest])
        return along

    def _check_values(self, x, name):
        if x.shape[2] < 2:
            raise ValueError(
                f"{type(self).__name__} needs at least two time points to estimate "
                f"covariances, but X[{name!r}] has the shape {x.shape}."
            )

    def _new_statistics(self, name, subject):
        return _MeanCovariance(self.estimator)


class _MeanCovariance(SubjectStatistics):
    """Mean of the covariances of the samples of a subject."""

    def __init__(self, estimator):
        # pyriemann imports torch if it is installed, which takes seconds.
        from pyriemann.estimation import Covariances

        self.estimate = Covariances(estimator).transform
        self.total, self.mean, self.error = 0, 0.0, 0.0
        self.whitener = None

    def add(self, x):
        signals = x.astype(np.float64)
        self.total += len(x)
        step = self.estimate(signals).mean(axis=0) - self.mean
        self.mean = self.mean + step * (len(x) / self.total)
        self.error = max(self.error, _rounding_variance(x.dtype, signals))
        self.whitener = None

    def apply(self, x):
        if self.whitener is None:
            self.whitener = inverse_root(self.mean, self.error)
        return self.whitener @ x


def _rounding_variance(dtype, signals):
    """Return the variance that rounding may have caused in a direction without any.

    A step before, such as an average reference, rounds the signals to their dtype a few
    times. Subtracting the mean over time rounds them in double precision.
    """
    double = np.finfo(np.float64).eps
    eps = np.finfo(dtype).eps if dtype.kind == "f" else double
    return ((4 * eps) ** 2 + (10 * double) ** 2) * np.max(np.mean(signals**2, axis=-1))


def inverse_root(matrix, error=0.0):
    """Return the inverse square root of a symmetric matrix on its own subspace.

    Eigenvalues within rounding errors of zero are treated as zero, and the inverse of
    zero is zero. `error` is a further error that the eigenvalues may have.
    """
    values, vectors = np.linalg.eigh(matrix)
    limit = error + len(matrix) * np.finfo(np.float64).eps * values[-1]
    is_there = values > limit
    scale = np.zeros_like(values)
    scale[is_there] = values[is_there] ** -0.5
    return (vectors * scale) @ vectors.T
