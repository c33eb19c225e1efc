"""Z-scores within each subject."""

from numbers import Integral

import numpy as np

from sklearn_emotion._docs import fill_doc
from sklearn_emotion._names import baseline_name
from sklearn_emotion._validation import require_keys, reshape_hint
from sklearn_emotion.preprocessing._docs import SUBJECTS
from sklearn_emotion.preprocessing._subjects import (
    SubjectAligner,
    SubjectStatistics,
    infinite_if_constant,
)


@fill_doc(SUBJECTS)
class SubjectStandardizer(SubjectAligner):
    r"""Center and scale each feature within each subject (transductive).

    A sample of subject :math:`s` becomes

    .. math:: z = (x - \mu_s) / \sigma_s

    with the mean and standard deviation over the samples of that subject *in the same
    call*. On test data, these are statistics of the test subject's recordings, without
    labels. The step is therefore transductive: it needs a batch of samples of a new
    subject before it can transform any of them. Report results with and without it
    separately. The representation of the estimator and its tag ``target_access`` show
    this too. With ``reference="baseline"``, the statistics come from recordings at rest
    instead, which are available before the first trial.

    The subjects are an entry of the input, because scikit-learn does not route metadata
    to `transform` during cross-validation. The output contains this entry, but not the
    baselines that `reference` uses.

    Read more in the :ref:`User Guide <subject_standardizer>`.

    Parameters
    ----------
    %(subject)s

    modalities : list of str, default=None
        Entries to standardize. None takes all entries of two or more dimensions.

    pool_axes : tuple of int, default=None
        Further axes that share one mean and one scale, for example ``(1,)`` for the
        windows of `DifferentialEntropy`, or ``(2,)`` for the time points of a signal.

    with_std : bool, default=True
        Whether to scale to unit variance after centering.

    %(reference)s

    robust : bool, default=False
        Whether to use the median and the interquartile range instead of the mean and
        the standard deviation. Artifacts then have little effect if less than a quarter
        of the samples of a subject contain them.

    %(online)s

    Attributes
    ----------
    %(modalities_)s

    n_features_in_ : int
        Number of values of a sample that are standardized.

    See Also
    --------
    BaselineRemoval : Subtracts a baseline before each trial; not transductive.
    CoralAlignment : Also removes the correlations between features.

    Notes
    -----
    The standard deviation has ddof 0. A feature that is constant within a subject
    becomes 0. If a subject has a single sample, all its features become 0, and a
    warning is raised. With `robust`, the scale is the difference between the third and
    the first quartile, as in :class:`~sklearn.preprocessing.RobustScaler`, and a
    feature for which it is 0 becomes 0.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import Modalities, SubjectStandardizer
    >>> X = Modalities(
    ...     eeg=np.array([[1.0], [3.0], [10.0], [30.0]]),
    ...     subject=np.array(["s01", "s01", "s02", "s02"]),
    ... )
    >>> SubjectStandardizer().fit_transform(X)["eeg"].ravel()
    array([-1.,  1., -1.,  1.], dtype=float32)
    >>> SubjectStandardizer()
    SubjectStandardizer()  # transductive
    """

    _parameter_constraints: dict = {
        **SubjectAligner._parameter_constraints,
        "modalities": [list, None],
        "pool_axes": [tuple, list, None],
        "with_std": ["boolean"],
        "robust": ["boolean"],
    }
    _advice = " Name the axes in which they differ in pool_axes."

    def __init__(
        self,
        *,
        subject="subject",
        modalities=None,
        pool_axes=None,
        with_std=True,
        reference="self",
        robust=False,
        online=False,
    ):
        self.subject = subject
        self.modalities = modalities
        self.pool_axes = pool_axes
        self.with_std = with_std
        self.reference = reference
        self.robust = robust
        self.online = online

    def _sfreq_out(self, sfreq):
        return sfreq

    def _new_statistics(self, name, subject):
        new = _Quartiles if self.robust else _Moments
        return new((0, *(self.pool_axes or ())), self.with_std)

    def _pooled(self, shape):
        pooled = self.pool_axes or ()
        return tuple(n for axis, n in enumerate(shape, 1) if axis not in pooled)

    def _check_axes(self, name, x):
        if np.ndim(x) < 2:
            raise ValueError(
                f"Expected X[{name!r}] of shape (n_samples, ...), got {np.shape(x)}."
                f"{reshape_hint(np.shape(x), 2)}"
            )

    def _names(self, X):
        owner = type(self).__name__
        require_keys(X, [*(self.modalities or ()), self.subject], owner)
        names = self.modalities
        if names is None:
            names = [k for k, v in X.items() if np.ndim(v) >= 2 and k != self.subject]
            if self.reference == "baseline":
                rests = {baseline_name(name) for name in names}
                names = [name for name in names if name not in rests]
        if not names:
            raise ValueError(
                f"{owner} found no entry of two or more dimensions among {list(X)}. "
                "Reshape your data: a single sample becomes a batch by X[np.newaxis]."
            )
        for name in names:
            self._check_axes(name, X[name])
            ndim = np.ndim(X[name])
            for axis in self.pool_axes or ():
                if not isinstance(axis, Integral) or not 0 < axis < ndim:
                    raise ValueError(
                        f"pool_axes={self.pool_axes} must name axes from 1 to "
                        f"{ndim - 1} of X[{name!r}], which has the shape "
                        f"{np.shape(X[name])}."
                    )
        return list(names)


class _Moments(SubjectStatistics):
    """Mean and standard deviation of the samples of a subject."""

    def __init__(self, axes, with_std):
        self.axes, self.with_std = axes, with_std
        self.total, self.mean, self.squares = 0, 0.0, 0.0

    def fit(self, blocks):
        sums = [(self._sum(x), self._size(x)) for x in blocks()]
        self.total = sum(size for _, size in sums)
        self.mean = sum(part for part, _ in sums) / self.total
        if self.with_std:
            self.squares = sum(self._sum((x - self.mean) ** 2) for x in blocks())

    def add(self, x):
        before, size = self.total, self._size(x)
        self.total += size
        mean = self._sum(x) / size
        step = mean - self.mean
        self.mean = self.mean + step * (size / self.total)
        # The squares around the new mean, from those around the means of both parts.
        self.squares = self.squares + self._sum((x - mean) ** 2)
        self.squares = self.squares + step**2 * (before * size / self.total)

    def apply(self, x):
        scale = 1.0
        if self.with_std:
            std = np.sqrt(self.squares / self.total)
            scale = infinite_if_constant(std, self.mean)
        return (x - self.mean) / scale

    def _sum(self, x):
        return np.sum(x, axis=self.axes, keepdims=True, dtype=np.float64)

    def _size(self, x):
        return np.prod([x.shape[axis] for axis in self.axes])


class _Quartiles(SubjectStatistics):
    """Median and interquartile range of the samples of a subject."""

    def __init__(self, axes, with_std):
        self.axes, self.with_std = axes, with_std
        self.samples, self.quartiles = [], None

    def add(self, x):
        self.samples.append(x)
        self.quartiles = None

    def apply(self, x):
        if self.quartiles is None:
            samples = np.concatenate(self.samples).astype(np.float64, copy=False)
            share = [25, 50, 75]
            self.quartiles = np.percentile(samples, share, self.axes, keepdims=True)
        low, median, high = self.quartiles
        scale = infinite_if_constant(high - low, median) if self.with_std else 1.0
        return (x - median) / scale
