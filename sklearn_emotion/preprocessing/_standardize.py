"""Z-scores within each subject, which are transductive."""

from dataclasses import dataclass, fields
from math import prod
from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from sklearn_emotion._base import ArrayTransformerMixin, fit_context
from sklearn_emotion._docs import fill_doc
from sklearn_emotion._validation import (
    check_numbers,
    require_keys,
    reshape_hint,
    warn_user,
)
from sklearn_emotion.modalities import Modalities

# Bytes of float64 that are gathered from the input at a time.
_BLOCK_BYTES = 4_000_000

_PARAMETERS = """
X : Modalities or dict of str to ndarray
    Features or signals, and the subject of each sample.
"""


@dataclass(slots=True)
class TransductiveTags(Tags):
    """Tags of scikit-learn with the additional tag ``transductive``.

    Parameters
    ----------
    transductive : bool, default=True
        Whether `transform` learns from all samples of its call, without their labels.
    """

    transductive: bool = True


@fill_doc(_PARAMETERS)
class SubjectStandardizer(ArrayTransformerMixin, BaseEstimator):
    r"""Center and scale each feature within each subject (transductive).

    A sample of subject :math:`s` becomes

    .. math:: z = (x - \mu_s) / \sigma_s

    with the mean and standard deviation over the samples of that subject *in the same
    call*. On test data, these are statistics of the test subject's recordings, without
    labels. The step is therefore transductive: it needs a batch of samples of a new
    subject before it can transform any of them. Report results with and without it
    separately. The representation of the estimator and its tag ``transductive`` show
    this too.

    The subjects are an entry of the input, because scikit-learn does not route metadata
    to `transform` during cross-validation. The output contains this entry.

    Read more in the :ref:`User Guide <subject_standardizer>`.

    Parameters
    ----------
    subject : str, default="subject"
        Name of the one-dimensional entry that contains the subject of each sample.

    modalities : list of str, default=None
        Entries to standardize. None takes all entries of two or more dimensions.

    pool_axes : tuple of int, default=None
        Further axes that share one mean and one scale, for example ``(1,)`` for the
        windows of `DifferentialEntropy`, or ``(2,)`` for the time points of a signal.

    with_std : bool, default=True
        Whether to scale to unit variance after centering.

    Attributes
    ----------
    modalities_ : list of str
        Entries that are standardized.

    n_features_in_ : int
        Number of values of a sample that are standardized.

    See Also
    --------
    BaselineRemoval : Subtracts a baseline before each trial; not transductive.

    Notes
    -----
    The standard deviation has ddof 0. A feature that is constant within a subject
    becomes 0. If a subject has a single sample, all its features become 0, and a
    warning is raised.

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
        "subject": [str],
        "modalities": [list, None],
        "pool_axes": [tuple, list, None],
        "with_std": ["boolean"],
    }

    def __init__(
        self, *, subject="subject", modalities=None, pool_axes=None, with_std=True
    ):
        self.subject = subject
        self.modalities = modalities
        self.pool_axes = pool_axes
        self.with_std = with_std

    def _sfreq_out(self, sfreq):
        return sfreq

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Check the entries. Nothing is learned from the data.

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
            If the subjects or a named modality are missing, if an axis to pool does not
            exist, or if values are complex, NaN, infinite or text.
        TypeError
            If an entry is sparse, or contains objects that are not numbers.
        """
        names = self._names(X)
        self.modalities_ = names
        self._shapes = {k: x.shape[1:] for k, x in self._arrays(X).items()}
        self.n_features_in_ = sum(map(prod, self._shapes.values()))
        return self

    def transform(self, X):
        """Standardize the samples of each subject by their own mean and scale.

        Parameters
        ----------
        %(X)s

        Returns
        -------
        X_out : Modalities
            The same entries. Those in `modalities_` are float32 without a unit, and the
            others are unchanged.

        Raises
        ------
        ValueError
            If an entry is missing or has another shape than in `fit`, or as in `fit`.
        TypeError
            As in `fit`.
        """
        check_is_fitted(self)
        require_keys(X, [*self.modalities_, self.subject], type(self).__name__)
        arrays = self._arrays(X)
        for name, x in arrays.items():
            self._check_axes(name, x)
        shapes = {name: x.shape[1:] for name, x in arrays.items()}
        if shapes != self._shapes:
            raise ValueError(
                f"Samples have the shapes {shapes}, but {type(self).__name__} was "
                f"fitted on {self._shapes}."
            )
        subjects, members = np.unique(np.asarray(X[self.subject]), return_inverse=True)
        rows = [np.flatnonzero(members == s) for s in range(len(subjects))]
        single = [str(s) for s, r in zip(subjects, rows) if len(r) == 1]
        if single and self.modalities_:
            warn_user(
                f"Subjects {single} have one sample each in this call, which "
                "SubjectStandardizer turns into zeros; pass all samples of a subject "
                "together."
            )
        out = dict(X)
        for name, x in arrays.items():
            out[name] = self._standardized(x, rows)
        return Modalities(**out)

    def get_feature_names_out(self, input_features=None):
        """Return a name for each standardized value, such as ``eeg_0_31``.

        Parameters
        ----------
        %(input_features)s

        Returns
        -------
        names : ndarray of str
            Modality and index within a sample.
        """
        check_is_fitted(self)
        return np.array(
            [
                "_".join([name, *map(str, index)])
                for name, shape in self._shapes.items()
                for index in np.ndindex(*shape)
            ],
            dtype=object,
        )

    def _arrays(self, X):
        owner = type(self).__name__
        return {k: check_numbers(X[k], k, owner) for k in self.modalities_}

    def _standardized(self, x, rows):
        axes = (0, *(self.pool_axes or ()))
        out = np.empty(x.shape, dtype=np.float32)
        step = max(1, _BLOCK_BYTES // max(8 * x[:1].size, 1))
        for members in rows:
            parts = [members[i : i + step] for i in range(0, len(members), step)]
            total = len(members) * np.prod([x.shape[axis] for axis in axes[1:]])
            mean = sum(_sum(x[part], axes) for part in parts) / total
            scale = 1.0
            if self.with_std:
                squares = sum(_sum((x[part] - mean) ** 2, axes) for part in parts)
                scale = np.sqrt(squares / total)
                # A deviation within rounding errors of the mean belongs to a constant.
                scale[scale <= 10 * np.finfo(float).eps * np.abs(mean)] = np.inf
            for part in parts:
                out[part] = (x[part] - mean) / scale
        return out

    def _check_axes(self, name, x):
        if np.ndim(x) < 2:
            raise ValueError(
                f"Expected X[{name!r}] of shape (n_samples, ...), got {np.shape(x)}."
                f"{reshape_hint(np.shape(x), 2)}"
            )

    def _names(self, X):
        owner = type(self).__name__
        require_keys(X, [*(self.modalities or ()), self.subject], owner)
        if np.ndim(X[self.subject]) != 1:
            raise ValueError(
                f"X[{self.subject!r}] must contain one subject per sample, got an "
                f"array of shape {np.shape(X[self.subject])}."
            )
        names = self.modalities
        if names is None:
            names = [k for k, v in X.items() if np.ndim(v) >= 2 and k != self.subject]
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

    def __repr__(self, N_CHAR_MAX=700):
        return f"{super().__repr__(N_CHAR_MAX)}  # transductive"

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.dict = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        return TransductiveTags(**{f.name: getattr(tags, f.name) for f in fields(tags)})


def _sum(x, axes):
    return np.sum(x, axis=axes, keepdims=True, dtype=np.float64)
