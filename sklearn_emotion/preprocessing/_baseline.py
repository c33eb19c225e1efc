"""Removal of the baseline that was recorded before each trial."""

from math import prod
from numbers import Real

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_consistent_length

from sklearn_emotion._base import (
    ArrayTransformerMixin,
    Interval,
    StrOptions,
    fit_context,
)
from sklearn_emotion._described import AUTO, describe_like, is_auto, read_rate
from sklearn_emotion._docs import fill_doc
from sklearn_emotion._frames import stored
from sklearn_emotion._names import check_named
from sklearn_emotion._validation import (
    check_numbers,
    check_window,
    require_keys,
    reshape_hint,
)
from sklearn_emotion.modalities import Modalities
from sklearn_emotion.preprocessing._docs import VALUE_NAMES

# Bytes of float64 that are worked on at a time.
_BLOCK_BYTES = 4_000_000

_PARAMETERS = """
X : Modalities or dict of str to ndarray
    Trial and baseline: features of shape (n_samples, n_windows, ...) and
    (n_samples, n_rest_windows, ...), or signals of shape
    (n_samples, n_channels, n_times) and (n_samples, n_channels, n_rest_times).
"""


@fill_doc(VALUE_NAMES, _PARAMETERS)
class BaselineRemoval(ArrayTransformerMixin, BaseEstimator):
    r"""Subtract the baseline that was recorded before each trial.

    With features, let :math:`t` be the windows of the trial and :math:`s = 1 \dots S`
    the windows of the baseline. The mean of the baseline is subtracted,

    .. math:: \tilde x_t = x_t - \tfrac{1}{S} \sum_s b_s

    as is common for differential entropy [1]_. With signals, :math:`s` counts segments
    of the baseline of `segment` seconds. Their element-wise mean is a template that is
    subtracted from each segment of the trial [2]_.

    Read more in the :ref:`User Guide <preprocessing>`.

    Parameters
    ----------
    domain : {"features", "signal"}, default="features"
        Whether the input contains features by window, or signals.

    modality : str, default="eeg"
        Entry from which the baseline is subtracted.

    baseline : str, default="baseline"
        Entry that contains the baseline. The output does not contain it.

    %(sfreq)s

    segment : float, default=1.0
        Length of the template in seconds, for signals.

    Attributes
    ----------
    n_features_in_ : int
        Number of values of a window, or number of channels of signals.

    See Also
    --------
    SubjectStandardizer : Removes differences between subjects; transductive.

    Notes
    -----
    Departures from [2]_: "subtracting the mean of 3-second pre-trial data" is read as
    the element-wise mean of its segments of 1 s, as in the authors' code. An incomplete
    final segment of the baseline is dropped. If a sample is longer or shorter than
    a segment, the template is repeated or cut.

    References
    ----------
    .. [1] Y. Yang, Q. Wu, Y. Fu and X. Chen, "Continuous convolutional neural network
       with 3D input for EEG-based emotion recognition", ICONIP 2018.
    .. [2] Y. Zhang, M. Z. Hossain and S. Rahman, "DeepVANet: a deep end-to-end network
       for multi-modal emotion recognition", INTERACT 2021.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import BaselineRemoval, Modalities
    >>> X = Modalities(eeg=np.full((2, 4, 3), 5.0), baseline=np.full((2, 6, 3), 2.0))
    >>> BaselineRemoval().fit_transform(X)
    Modalities(eeg: (2, 4, 3) float32)
    """

    _parameter_constraints: dict = {
        "domain": [StrOptions({"features", "signal"})],
        "modality": [str],
        "baseline": [str],
        "sfreq": [Interval(Real, 0, None, closed="neither"), StrOptions({"auto"})],
        "segment": [Interval(Real, 0, None, closed="neither")],
    }

    _default_sfreq = 128.0

    def __init__(
        self,
        *,
        domain="features",
        modality="eeg",
        baseline="baseline",
        sfreq="auto",
        segment=1.0,
    ):
        self.domain = domain
        self.modality = modality
        self.baseline = baseline
        self.sfreq = sfreq
        self.segment = segment

    def _sfreq_out(self, sfreq):
        return sfreq

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Check that trial and baseline match. Nothing is learned from the data.

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
            If an entry is missing, if the shapes do not match, if the baseline is
            shorter than a segment, or if values are complex, NaN, infinite or text.
        TypeError
            If an entry is sparse, or contains objects that are not numbers.
        """
        sfreq = self._rate(X, None)
        signal, _ = self._checked(X, sfreq)
        if self.domain == "signal":
            self.sfreq_ = sfreq
        self._input_shape = signal.shape[1:]
        self.n_features_in_ = self._n_values(signal)
        return self

    def transform(self, X):
        """Subtract the baseline.

        Parameters
        ----------
        %(X)s

        Returns
        -------
        X_out : Modalities
            The entries without the baseline. The trial is float32, in its unit.

        Raises
        ------
        ValueError
            As in `fit`, or if there are other channels or bands than in `fit`.
        TypeError
            As in `fit`.
        """
        if not hasattr(self, "_input_shape"):
            self._validate_params()
        sfreq = self._rate(X, getattr(self, "sfreq_", None))
        signal, rest = self._checked(X, sfreq)
        n_values = self._n_values(signal)
        if n_values != getattr(self, "n_features_in_", n_values):
            what = "values per window" if self.domain == "features" else "channels"
            raise ValueError(
                f"X[{self.modality!r}] has {n_values} {what}, but BaselineRemoval was "
                f"fitted on {self.n_features_in_}."
            )
        out = np.empty(signal.shape, dtype=np.float32)
        step = max(1, _BLOCK_BYTES // (8 * (signal[:1].size + rest[:1].size)))
        for start in range(0, len(out), step):
            block = slice(start, start + step)
            out[block] = signal[block] - self._level(
                rest[block], signal.shape[-1], sfreq
            )
        entries = {k: v for k, v in stored(X).items() if k != self.baseline}
        out = describe_like(out, X[self.modality])
        return Modalities(**{**entries, self.modality: out})

    def get_feature_names_out(self, input_features=None):
        """Return a name for each value of the trial, such as ``eeg_0_31``.

        Parameters
        ----------
        %(input_features)s

        Returns
        -------
        names : ndarray of str
            Given names, or modality and index within a sample.
        """
        check_named(self)
        if input_features is not None:
            return np.asarray(input_features, dtype=object)
        indices = np.ndindex(*self._input_shape)
        return np.array(
            ["_".join([self.modality, *map(str, index)]) for index in indices], object
        )

    def _rate(self, X, fitted):
        """Return the rate of signals, which trial and baseline must share."""
        owner = type(self).__name__
        require_keys(X, [self.modality, self.baseline], owner)
        if self.domain == "features":
            return None
        rate = self.sfreq
        for name in (self.baseline, self.modality):
            rate = read_rate(X[name], rate, AUTO, owner, fitted)
        return self._default_sfreq if is_auto(rate) else rate

    def _level(self, rest, n_times, sfreq):
        if self.domain == "features":
            return rest.mean(axis=1, keepdims=True, dtype=np.float64)
        length = check_window(self.segment, sfreq, rest.shape[2], what="segment")
        n_segments = rest.shape[2] // length
        segments = rest[..., : n_segments * length].reshape(
            *rest.shape[:2], n_segments, length
        )
        template = segments.mean(axis=2, dtype=np.float64)
        return template[..., np.arange(n_times) % length]

    def _n_values(self, signal):
        return prod(signal.shape[2:]) if self.domain == "features" else signal.shape[1]

    def _checked(self, X, sfreq):
        owner, names = type(self).__name__, [self.modality, self.baseline]
        signal, rest = (check_numbers(X[name], name, owner) for name in names)
        # Windows are axis 1 of features, and time points are axis 2 of signals.
        time = 1 if self.domain == "features" else 2
        fits = signal.ndim == rest.ndim and signal.ndim >= 3
        if self.domain == "signal":
            fits &= signal.ndim == 3
        if fits:
            rest_of_shapes = [
                s[:time] + s[time + 1 :] for s in (signal.shape, rest.shape)
            ]
            fits = rest_of_shapes[0] == rest_of_shapes[1]
        if not fits:
            shapes = (
                "(n_samples, n_windows, ...) and (n_samples, n_rest_windows, ...)"
                if self.domain == "features"
                else "(n_samples, n_channels, n_times) and (n_samples, n_channels, "
                "n_rest_times)"
            )
            raise ValueError(
                f"With domain={self.domain!r}, X[{self.modality!r}] and "
                f"X[{self.baseline!r}] must have the shapes {shapes}, got "
                f"{signal.shape} and {rest.shape}.{reshape_hint(signal.shape, 3)}"
            )
        check_consistent_length(signal, rest)
        if self.domain == "signal":
            check_window(self.segment, sfreq, rest.shape[2], what="segment")
        return signal, rest

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.dict = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        tags.requires_fit = False
        return tags
