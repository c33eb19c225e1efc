"""Functional connectivity of channels in each window."""

from math import prod
from numbers import Integral, Real

import array_api_compat
import numpy as np
from scipy.signal import butter, sosfiltfilt

from sklearn_emotion._base import Interval, SignalTransformer, StrOptions
from sklearn_emotion._docs import fill_doc
from sklearn_emotion._names import channel_labels, check_named
from sklearn_emotion._validation import (
    check_bands,
    check_n_channels,
    check_not_empty,
    check_window,
    warn_user,
)
from sklearn_emotion.features import _coupling
from sklearn_emotion.features._chunks import for_each
from sklearn_emotion.features._docs import SIGNALS
from sklearn_emotion.montage import channel_names

# Bytes of windows, as float32, that are worked on at a time. Kinds other than "pearson"
# also need memory for spectra or for copies in double precision.
_BLOCK_BYTES = {"pearson": 2_000_000}
_OTHER_BLOCK_BYTES = 500_000
_FILTER_ORDER = 5

_PARAMETERS = """
X : array of shape (n_samples, n_channels, n_times)
    Signals. With ``domain="features"``, features of shape
    (n_samples, n_windows, n_bands, n_channels).

domain : {"signal", "features"}
    Whether the input contains signals, or features by window and band. Correlations
    over a few bands are coarse, so features allow only ``kind="pearson"`` and
    ``kind="spearman"``.

kind : {"pearson", "spearman", "partial", "coherence", "plv"}
    - ``"pearson"``: linear correlation, in [-1, 1].
    - ``"spearman"``: correlation of ranks, in [-1, 1].
    - ``"partial"``: correlation given all other channels, from the inverse of the
      correlation matrix with Ledoit and Wolf's shrinkage, in [-1, 1].
    - ``"coherence"``: magnitude-squared coherence by Welch's method, averaged over the
      bins of `band`, in [0, 1].
    - ``"plv"``: phase-locking value (Lachaux et al., 1999) of the analytic signals, in
      [0, 1].

band : tuple of (float, float) or None
    Edges in Hz. Coherence is averaged over the bins with low ≤ f < high, or over all
    bins but 0 Hz if None. For the phase-locking value, each sample is first band-pass
    filtered with a Butterworth filter of order 5, forwards and backwards. If None, it
    is not filtered, which suits only narrow-band signals. Other kinds ignore `band`.

segment : float or None
    Length of Welch's segments in seconds for coherence. If None, a quarter of the
    window. It must be shorter than the window, because a single segment would make
    every coherence 1.

vectorize : bool
    Whether to return one row per sample that contains each pair of channels once, for
    classical estimators.

ch_names : str, sequence of str or None
    Name of a montage or names of the channels, as for :class:`GridProjector9x9`, for
    the names of the output. ``"auto"`` stands for the names that the data know. If
    there are none, the channels are called ``"ch0"``, ``"ch1"``, ...
"""


@fill_doc(SIGNALS, _PARAMETERS)
def connectivity(
    X,
    *,
    domain="signal",
    sfreq="auto",
    window=3.0,
    kind="pearson",
    band=None,
    segment=None,
    n_jobs=None,
):
    """Compute the functional connectivity of each pair of channels in each window.

    This is the function behind :class:`DynamicConnectivity`. It also takes arrays of
    other libraries that follow the array API standard, such as tensors of PyTorch.

    Parameters
    ----------
    %(parameters)s

    Returns
    -------
    C : array of shape (n_samples, n_windows, n_channels, n_channels)
        Symmetric matrices with a unit diagonal. They are float32 for NumPy arrays.
        Arrays of other libraries keep their precision and their device.

    Raises
    ------
    ValueError
        If the input does not fit the parameters.

    Notes
    -----
    Arrays of other libraries are not checked for NaN, and `n_jobs` does not apply to
    them.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion.features import connectivity
    >>> x = np.sin(np.arange(384) / 5)
    >>> connectivity(np.stack([x, -x])[None])[0, 0]
    array([[ 1., -1.],
           [-1.,  1.]], dtype=float32)
    """
    measure = DynamicConnectivity(
        domain=domain,
        sfreq=sfreq,
        window=window,
        kind=kind,
        band=band,
        segment=segment,
        n_jobs=n_jobs,
    )
    foreign = array_api_compat.is_array_api_obj(X)
    if not foreign or array_api_compat.is_numpy_array(X):
        return measure.transform(X)
    measure._validate_params()
    measure = measure._resolved(X)
    measure._check_axes(X)
    check_not_empty(X, type(measure).__name__)
    measure._check(X)
    if kind == "plv" and band is not None:
        raise ValueError(
            "kind='plv' with a band uses a filter of SciPy, which takes NumPy arrays; "
            "pass one, or filter the signals first and leave band=None."
        )
    out, constant = measure._measured(X)
    xp = array_api_compat.array_namespace(X)
    _warn_of_constants(np.asarray([bool(c) for c in xp.any(constant, axis=(0, 1))]))
    return out


@fill_doc(SIGNALS, _PARAMETERS)
class DynamicConnectivity(SignalTransformer):
    r"""Compute the functional connectivity of each pair of channels in each window.

    With signals, a channel is compared by its time points in window :math:`t`. With
    features, it is compared by the values of its bands (Eq. 1 of [1]_). Pearson's
    correlation is

    .. math:: C_{ij}(t) = \frac{\sum_k (x_{ik} - \bar x_i)(x_{jk} - \bar x_j)}
              {\sqrt{\sum_k (x_{ik} - \bar x_i)^2 \sum_k (x_{jk} - \bar x_j)^2}}

    Read more in the :ref:`User Guide <connectivity>`.

    Parameters
    ----------
    %(parameters)s

    Attributes
    ----------
    %(sfreq_)s

    %(ch_names_)s

    %(n_features_in_)s

    See Also
    --------
    connectivity : Function with the same computation, which also takes tensors.

    Notes
    -----
    A channel that is constant in a window triggers a warning. Its connectivity is 0 off
    the diagonal and 1 on it.

    Pearson correlations are computed from centered float32 values. Each product of two
    channels is rounded relative to their norms, so the error does not depend on their
    means or units. It is below 2e-6 on every processor that was tried, with windows of
    64 to 30,000 time points. Windows whose mean is more than a hundred times their
    standard deviation are computed in double precision, as are Spearman correlations.

    Phase locking is defined as in [2]_. The mean of a sample is subtracted from the
    signal, after the filter if there is a `band`, before its phases are computed.

    Departures from [1]_: none for ``domain="features"``. Correlations of signals and
    the other kinds are additions.

    References
    ----------
    .. [1] C. Zheng, W. Shao, D. Zhang and Q. Zhu, "Prior-driven dynamic brain networks
       for multi-modal emotion recognition", MICCAI 2023.
    .. [2] J.-P. Lachaux, E. Rodriguez, J. Martinerie and F. J. Varela, "Measuring phase
       synchrony in brain signals", Human Brain Mapping 8, 1999.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import DynamicConnectivity
    >>> X = np.random.default_rng(0).normal(size=(5, 4, 768))
    >>> DynamicConnectivity(sfreq=128.0, window=3.0).fit_transform(X).shape
    (5, 2, 4, 4)
    >>> dc = DynamicConnectivity(vectorize=True, ch_names=["F3", "F4", "P3", "P4"])
    >>> dc.fit_transform(X).shape, dc.get_feature_names_out()[0]
    ((5, 12), 'w0_F3_F4')
    """

    _parameter_constraints: dict = {
        "domain": [StrOptions({"signal", "features"})],
        "sfreq": [Interval(Real, 0, None, closed="neither"), StrOptions({"auto"})],
        "window": [Interval(Real, 0, None, closed="neither"), None],
        "kind": [StrOptions({"pearson", "spearman", "partial", "coherence", "plv"})],
        "band": [tuple, list, None],
        "segment": [Interval(Real, 0, None, closed="neither"), None],
        "vectorize": ["boolean"],
        "ch_names": [str, "array-like", None],
        "n_jobs": [Integral, None],
    }

    _default_ch_names = None

    def __init__(
        self,
        *,
        domain="signal",
        sfreq="auto",
        window=3.0,
        kind="pearson",
        band=None,
        segment=None,
        vectorize=False,
        ch_names="auto",
        n_jobs=None,
    ):
        self.domain = domain
        self.sfreq = sfreq
        self.window = window
        self.kind = kind
        self.band = band
        self.segment = segment
        self.vectorize = vectorize
        self.ch_names = ch_names
        self.n_jobs = n_jobs

    def get_feature_names_out(self, input_features=None):
        """Return a name for each output value, in the order of the flattened sample.

        Parameters
        ----------
        input_features : sequence of str, default=None
            Names of the channels, or of all values of an input sample, such as the
            previous step of a pipeline returns. By default, the names in `ch_names`
            are used.

        Returns
        -------
        names : ndarray of str
            Names such as ``"w0_Fp1_AF3"``.
        """
        check_named(self)
        names = self._names_of_channels(input_features)
        rows, columns = self._pairs(self.n_features_in_)
        return np.array(
            [
                f"w{t}_{names[i]}_{names[j]}"
                for t in range(self._layout(self._input_shape)[0])
                for i, j in zip(rows, columns)
            ],
            dtype=object,
        )

    def _names_of_channels(self, input_features):
        if input_features is None and self.ch_names is not None:
            return channel_names(self.ch_names)
        shape = self._input_shape
        if self.domain == "features":
            shape = shape[::-1]
            if input_features is not None and len(input_features) == prod(shape):
                # Channels are the last axis, as in w0_theta_Fp1.
                input_features = [n.rpartition("_")[2] for n in input_features]
                input_features = input_features[: shape[0]]
        return channel_labels(shape, input_features, "DynamicConnectivity")

    @property
    def _finds_nan(self):
        return self.kind == "pearson"

    @property
    def _axes(self):
        if self.domain == "features":
            return ("n_samples", "n_windows", "n_bands", "n_channels")
        return ("n_samples", "n_channels", "n_times")

    @property
    def _channel_axis(self):
        return -1 if self.domain == "features" else 1

    def _check(self, X):
        if self.ch_names is not None:
            n_names = len(channel_names(self.ch_names))
            n_channels = X.shape[self._channel_axis]
            check_n_channels(n_channels, n_names, type(self).__name__, self.ch_names)
        if self.domain == "signal":
            check_window(self.window, self.sfreq, X.shape[-1], shape=X.shape)
        _, n_values = self._layout(X.shape[1:])
        if n_values < 2:
            unit = "bands" if self.domain == "features" else "time points"
            raise ValueError(
                f"Connectivity needs at least 2 {unit} in a window, got {n_values}."
            )
        if self.domain == "features" and self.kind not in ("pearson", "spearman"):
            raise ValueError(
                f"domain='features' allows kind='pearson' or kind='spearman'; "
                f"{self.kind!r} needs signals."
            )
        if self.band is not None:
            check_bands({"band": self.band}, self.sfreq)
        if self.kind == "coherence":
            _coupling.welch_plan(n_values, self.sfreq, self.segment, self.band)

    def _layout(self, shape):
        # Number of windows per sample and of values per window.
        if self.domain == "features":
            return shape[0], shape[1]
        length = check_window(self.window, self.sfreq, shape[-1])
        return shape[-1] // length, length

    def _pairs(self, n_channels):
        if self.vectorize:
            return np.triu_indices(n_channels, k=1)
        return tuple(np.indices((n_channels, n_channels)).reshape(2, -1))

    def _windows(self, X):
        # A view of shape (n_samples, n_windows, n_channels, n_values).
        xp = array_api_compat.array_namespace(X)
        if self.domain == "features":
            return xp.matrix_transpose(X)
        n_windows, length = self._layout(X.shape[1:])
        shape = (*X.shape[:2], n_windows, length)
        windows = xp.reshape(X[:, :, : n_windows * length], shape)
        return xp.permute_dims(windows, (0, 2, 1, 3))

    def _measured(self, X):
        # Couplings of all windows, and a mask of the channels that are constant.
        windows = self._windows(X)
        if self.kind == "plv":
            constant = _coupling.is_constant(windows)
            phasors = _coupling.unit_phasors(self._band_passed(X))
            return _coupling.phase_locking(self._windows(phasors), constant), constant
        if self.kind == "coherence":
            plan = _coupling.welch_plan(
                windows.shape[-1], self.sfreq, self.segment, self.band
            )
            return _coupling.coherence(windows, **plan)
        if self.kind == "pearson" and array_api_compat.is_numpy_array(X):
            return _coupling.pearson_float32(windows)
        return getattr(_coupling, self.kind)(windows)

    def _band_passed(self, X):
        if self.band is None:
            return X
        sos = butter(_FILTER_ORDER, self.band, "bandpass", fs=self.sfreq, output="sos")
        return sosfiltfilt(sos, X, axis=-1)

    def _transform(self, X):
        n_channels = X.shape[self._channel_axis]
        n_windows, n_values = self._layout(X.shape[1:])
        shape = (n_channels, n_channels)
        if self.vectorize:
            pairs = self._pairs(n_channels)
            shape = pairs[0].shape
        out = np.empty((len(X), n_windows, *shape), dtype=np.float32)

        found = []

        def measure(block):
            samples, windows = block
            signals = self._block(X, samples, windows, n_values)
            target = out[samples, windows]
            if self.kind == "pearson" and not self.vectorize:
                _, constant = _coupling.pearson_float32(self._windows(signals), target)
            else:
                r, constant = self._measured(signals)
                target[...] = r[..., *pairs] if self.vectorize else r
            found.append(constant.any(axis=(0, 1)))

        size = n_channels * max(n_channels, n_values)
        for_each(measure, list(self._blocks(len(X), n_windows, size)), self.n_jobs)
        _warn_of_constants(np.any(found, axis=0))
        return out.reshape(len(X), -1) if self.vectorize else out

    def _blocks(self, n_samples, n_windows, window_size):
        size = _BLOCK_BYTES.get(self.kind, _OTHER_BLOCK_BYTES) // (4 * window_size)
        # Phases are computed from whole samples.
        windows = n_windows if self.kind == "plv" else min(max(1, size), n_windows)
        samples = max(1, size // windows)
        for first in range(0, n_samples, samples):
            for start in range(0, n_windows, windows):
                stop = min(start + windows, n_windows)
                yield slice(first, first + samples), slice(start, stop)

    def _block(self, X, samples, windows, n_values):
        if self.domain == "features":
            return X[samples, windows]
        if self.kind == "plv":
            return X[samples]
        return X[samples, :, windows.start * n_values : windows.stop * n_values]


def _warn_of_constants(channels):
    if channels.any():
        warn_user(
            f"Channels {np.flatnonzero(channels).tolist()} are constant in some "
            "windows; their connectivity is 0 there."
        )
