"""Recentering of the covariances of different subjects."""

import numpy as np
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, column_or_1d

from sklearn_emotion._base import StrOptions
from sklearn_emotion._docs import fill_doc
from sklearn_emotion._validation import check_positive_definite, reshape_hint
from sklearn_emotion.preprocessing._alignment import inverse_root
from sklearn_emotion.preprocessing._docs import SUBJECTS
from sklearn_emotion.preprocessing._subjects import SubjectAligner, SubjectStatistics

# Elements of a rotation change by less than the tolerance in the last step.
_STEP_TOLERANCE = 1e-10
_MOST_STEPS = 10_000


@fill_doc(SUBJECTS)
class RiemannianRecentering(SubjectAligner):
    r"""Move the covariances of each subject so that their mean is the identity.

    A covariance :math:`C` of a subject becomes

    .. math:: \tilde C = G^{-1/2} C G^{-1/2}

    where :math:`G` is the mean of the covariances of the subject [1]_. Each band is
    recentered by itself. No labels are used. With ``reference="self"``, the step is
    transductive.

    Two further steps follow on request [2]_. `scaling` gives the covariances of every
    subject the same dispersion around the identity. `rotation` turns them so that the
    class means of the subject come near the class means of all subjects, for which it
    needs labels of the subject (see Notes).

    Read more in the :ref:`User Guide <alignment>`.

    Parameters
    ----------
    scaling : bool, default=False
        Whether to raise the recentered covariances to the power at which the mean
        squared distance to the identity is 1.

    rotation : bool, default=False
        Whether to rotate the covariances of subjects that were part of `fit`.

    metric : {"riemann", "logeuclid"}, default="riemann"
        Geometry of the mean, affine-invariant or log-Euclidean. The mean of the
        recentered covariances is only equal to the identity in the affine-invariant
        geometry.

    %(reference)s

    %(modality)s

    %(subject)s

    %(online)s

    Attributes
    ----------
    %(modalities_)s

    n_features_in_ : int
        Number of values of a sample, which are the elements of its covariances.

    rotations_ : dict of object to ndarray of shape (n_bands, n_channels, n_channels)
        Rotations of each subject in `fit`. It is empty without `rotation`.

    See Also
    --------
    EuclideanAlignment : The same for signals, with the arithmetic mean.
    make_riemann : Its argument ``recenter=True`` adds this step.

    Notes
    -----
    With labels for some trials of the test person, such as calibration trials, pass
    these trials to `fit` together with the training data. `rotation` then learns the
    rotation of this person from them. The results belong to the level
    ``labels:k``, not to ``unlabelled``. A person without labels in `fit` is recentered
    and scaled, but not rotated. The rotations are learned from the covariances in `fit`
    after they were recentered and scaled. They minimize the squared Euclidean distances
    between the class means of the subject and of all subjects. The search starts
    without rotation and finds the nearest minimum.

    With ``online=True``, each mean is computed again for each sample, from all previous
    covariances of the subject. The time for a sample therefore increases with their
    number.

    References
    ----------
    .. [1] P. Zanini, M. Congedo, C. Jutten, S. Said and Y. Berthoumieu, "Transfer
       learning: a Riemannian geometry framework with applications to brain-computer
       interfaces", IEEE Transactions on Biomedical Engineering 65(5), 2018.
    .. [2] P. L. C. Rodrigues, C. Jutten and M. Congedo, "Riemannian Procrustes
       analysis: transfer learning for brain-computer interfaces", IEEE Transactions on
       Biomedical Engineering 66(8), 2019.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import Modalities, RiemannianRecentering
    >>> C = np.array([np.diag([1.0, 2.0]), np.diag([4.0, 2.0])])
    >>> X = Modalities(eeg=C, subject=np.array(["s01", "s01"]))
    >>> RiemannianRecentering().fit_transform(X)["eeg"].round(3)
    array([[[0.5, 0. ],
            [0. , 1. ]],
    <BLANKLINE>
           [[2. , 0. ],
            [0. , 1. ]]])
    """

    _parameter_constraints: dict = {
        **SubjectAligner._parameter_constraints,
        "scaling": ["boolean"],
        "rotation": ["boolean"],
        "metric": [StrOptions({"riemann", "logeuclid"})],
        "modality": [str],
    }
    _dtype = np.float64
    _lonely = "identity matrices"

    def __init__(
        self,
        *,
        scaling=False,
        rotation=False,
        metric="riemann",
        reference="self",
        modality="eeg",
        subject="subject",
        online=False,
    ):
        self.scaling = scaling
        self.rotation = rotation
        self.metric = metric
        self.reference = reference
        self.modality = modality
        self.subject = subject
        self.online = online

    def fit(self, X, y=None):
        """Check the entries and, with `rotation`, learn the rotations.

        Parameters
        ----------
        %(X)s

        y : array-like of shape (n_samples,), default=None
            Class labels, which only `rotation` uses.

        Returns
        -------
        self : object
            Fitted transformer.

        Raises
        ------
        ValueError
            If an entry is missing or has a wrong shape, if the subject of a sample is
            unknown, if covariances are not positive definite, or if there are no labels
            for `rotation`.
        """
        return super().fit(X, y)

    def _check_axes(self, name, x):
        square = x.ndim in (3, 4) and x.shape[-1] == x.shape[-2]
        if not square:
            raise ValueError(
                f"Expected X[{name!r}] of shape (n_samples, n_channels, n_channels) or "
                f"(n_samples, n_bands, n_channels, n_channels), got {x.shape}. "
                f"BandCovariances computes covariances of signals."
                f"{reshape_hint(x.shape, 3)}"
            )

    def _check_values(self, x, name):
        check_positive_definite(_with_bands(x), type(self).__name__)

    def _new_statistics(self, name, subject):
        rotation = self.rotations_.get(subject)
        return _Center(self.metric, self.scaling, rotation)

    def _learn(self, arrays, references, members, y):
        self.rotations_ = {}
        if not self.rotation:
            return
        if y is None:
            raise ValueError(
                f"{type(self).__name__} needs class labels in `fit`, because "
                "rotation=True. Pass y, or leave out the rotation."
            )
        (name,) = arrays
        x = arrays[name]
        y = column_or_1d(y, warn=True)
        check_consistent_length(x, y)
        check_classification_targets(y)
        centered = np.empty((len(x), *_with_bands(x[:1]).shape[1:]))
        for subject, rows in members.items():
            center = self._new_statistics(name, subject)
            center.add(references[name][rows])
            centered[rows] = _with_bands(center.apply(x[rows]))
        means = {
            label: _means(centered[y == label], "riemann") for label in np.unique(y)
        }
        self.rotations_ = {
            subject: _rotations(centered[rows], y[rows], means)
            for subject, rows in members.items()
        }


class _Center(SubjectStatistics):
    """Mean of the covariances of a subject, and their dispersion around it."""

    def __init__(self, metric, scaling, rotation):
        self.metric, self.scaling, self.rotation = metric, scaling, rotation
        self.matrices, self.whiteners, self.powers = [], None, None

    def add(self, x):
        self.matrices.append(_with_bands(x))
        self.whiteners = None

    def apply(self, x):
        if self.whiteners is None:
            self._summarize()
        out = self.whiteners @ _with_bands(x) @ self.whiteners
        if self.scaling:
            out = _power(out, self.powers)
        if self.rotation is not None:
            out = self.rotation @ out @ self.rotation.swapaxes(-1, -2)
        # Rounding makes the products slightly asymmetric.
        out = (out + out.swapaxes(-1, -2)) / 2
        return out.reshape(x.shape)

    def _summarize(self):
        matrices = np.concatenate(self.matrices).astype(np.float64, copy=False)
        means = _means(matrices, self.metric)
        self.whiteners = np.stack([inverse_root(mean) for mean in means])
        if self.scaling:
            values = np.linalg.eigvalsh(self.whiteners @ matrices @ self.whiteners)
            dispersion = np.mean(np.sum(np.log(values) ** 2, axis=-1), axis=0)
            # A subject with a single covariance has no dispersion to scale.
            is_point = dispersion <= np.finfo(float).eps
            self.powers = np.where(is_point, 1.0, dispersion) ** -0.5


def _with_bands(x):
    return x[:, None] if x.ndim == 3 else x


def _means(matrices, metric):
    """Return the mean of matrices (n_samples, n_bands, n, n) for each band."""
    # pyriemann imports torch if it is installed, which takes seconds.
    from pyriemann.tangentspace import TangentSpace

    bands = np.moveaxis(matrices, 1, 0)
    return np.stack([TangentSpace(metric=metric).fit(C).reference_ for C in bands])


def _power(matrices, powers):
    """Raise the matrices (n_samples, n_bands, n, n) of each band to its power."""
    values, vectors = np.linalg.eigh(matrices)
    values = values ** powers[:, None]
    return (vectors * values[..., None, :]) @ vectors.swapaxes(-1, -2)


def _rotations(matrices, y, means):
    """Return the rotation of each band that brings class means near to `means`."""
    labels = np.unique(y)
    sources = np.stack([_means(matrices[y == label], "riemann") for label in labels])
    targets = np.stack([means[label] for label in labels])
    bands = range(matrices.shape[1])
    return np.stack([_rotation(sources[:, b], targets[:, b]) for b in bands])


def _rotation(sources, targets):
    """Return the rotation Q that brings Q S Q' near to T for each pair of matrices.

    The sum of squared distances is smallest where the sum of the traces of T Q S Q' is
    largest. This sum is convex in Q, since the matrices are positive definite. Each
    step finds the largest value of its linear approximation at Q, and therefore never
    decreases it. A multiple of the identity in S or T has no effect on the best Q, but
    slows the steps down.
    """
    half = 0.5 * np.eye(sources.shape[-1])
    sources, targets = (
        C - np.linalg.eigvalsh(C)[:, :1, None] * half for C in (sources, targets)
    )
    rotation = np.eye(sources.shape[-1])
    for _ in range(_MOST_STEPS):
        before = rotation
        left, _, right = np.linalg.svd(np.sum(targets @ rotation @ sources, axis=0))
        rotation = left @ right
        if np.abs(rotation - before).max() < _STEP_TOLERANCE:
            break
    return rotation
