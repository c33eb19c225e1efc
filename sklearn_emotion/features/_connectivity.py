"""Functional connectivity of channels, window by window."""

from numbers import Integral, Real
from warnings import warn

import array_api_compat
import numpy as np
from joblib import Parallel, delayed
from scipy.signal import butter, sosfiltfilt
from sklearn.exceptions import NotFittedError

from sklearn_emotion._base import Interval, SignalTransformer, StrOptions
from sklearn_emotion._validation import (
    check_bands,
    check_n_channels,
    check_window,
)
from sklearn_emotion.features import _coupling
from sklearn_emotion.features._signals import channels_among
from sklearn_emotion.montage import channel_names

# Bytes of windows, as float32, that are worked on at a time. Kinds other than Pearson's
# hold spectra or copies in double precision besides.
_BLOCK_BYTES = {"pearson": 2_000_000}
_OTHER_BLOCK_BYTES = 500_000
_FILTER_ORDER = 5


def connectivity(
    X,
    *,
    domain="signal",
    sfreq=128.0,
    window=3.0,
    kind="pearson",
    band=None,
    segment=None,
    n_jobs=None,
):
    """Functional connectivity of channels in each window.

    The function behind :class:`DynamicConnectivity`, where the parameters are
    described, for people without pipelines and for arrays of other libraries.

    Parameters
    ----------
    X : array of shape (n_samples, n_channels, n_times) or \
            (n_samples, n_windows, n_bands, n_channels)
        Signals, or features with ``domain="features"``. Arrays of any library that
        follows the array API standard are accepted, tensors of PyTorch for example;
        they are worked on in their precision and on their device, without a check for
        NaN.
    domain : {"signal", "features"}, default="signal"
        What `X` holds.
    sfreq : float, default=128.0
        Sampling rate in Hz.
    window : float, default=3.0
        Length of a window in s; None takes the whole sample.
    kind : {"pearson", "spearman", "partial", "coherence", "plv"}, default="pearson"
        Measure of connectivity.
    band : tuple of (float, float), default=None
        Edges in Hz for coherence and phase locking.
    segment : float, default=None
        Length of Welch's segments in s for coherence.
    n_jobs : int, default=None
        Number of threads, for NumPy arrays.

    Returns
    -------
    C : array of shape (n_samples, n_windows, n_channels, n_channels)
        Symmetric matrices with a unit diagonal, as float32 for NumPy arrays.

    Raises
    ------
    ValueError
        If the input does not fit the parameters.

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
    measure._check_axes(X)
    measure._check(X)
    if kind == "plv" and band is not None:
        raise ValueError(
            "kind='plv' with a band filters with SciPy, which takes NumPy arrays; pass "
            "one, or filter the signals first and leave band=None."
        )
    out, constant = measure._measured(X)
    xp = array_api_compat.array_namespace(X)
    _warn_of_constants(np.asarray([bool(c) for c in xp.any(constant, axis=(0, 1))]))
    return out


class DynamicConnectivity(SignalTransformer):
    r"""Functional connectivity of each pair of channels in each window.

    With signals, window :math:`t` holds the time points of a channel; with features,
    the values of its bands (Eq. 1 of [1]_). Pearson's correlation is

    .. math:: C_{ij}(t) = \frac{\sum_k (x_{ik} - \bar x_i)(x_{jk} - \bar x_j)}
              {\sqrt{\sum_k (x_{ik} - \bar x_i)^2 \sum_k (x_{jk} - \bar x_j)^2}}

    Read more in the :ref:`User Guide <connectivity>`.

    Parameters
    ----------
    domain : {"signal", "features"}, default="signal"
        Whether the input holds signals, or features by window and band; correlations
        over a handful of bands are coarse, so features offer the first two kinds only.

    sfreq : float, default=128.0
        Sampling rate of signals in Hz.

    window : float, default=3.0
        Length of a window of signals in s; None takes the whole sample. What does not
        fill a window is dropped.

    kind : {"pearson", "spearman", "partial", "coherence", "plv"}, default="pearson"
        - ``"pearson"``: linear correlation, in [-1, 1].
        - ``"spearman"``: correlation of ranks, in [-1, 1].
        - ``"partial"``: correlation given all other channels, from the inverse of the
          correlation matrix with Ledoit and Wolf's shrinkage, in [-1, 1].
        - ``"coherence"``: magnitude-squared coherence by Welch's method, averaged over
          the bins of `band`, in [0, 1].
        - ``"plv"``: phase-locking value [2]_ of the analytic signals, in [0, 1].

    band : tuple of (float, float), default=None
        Edges in Hz. Coherence is averaged over bins low ≤ f < high, by default over all
        but 0 Hz. Phase locking band-passes each sample first (Butterworth of order 5,
        forwards and backwards, without a shift in time), by default not at all, which
        suits narrow-band signals only. Other kinds do not use it.

    segment : float, default=None
        Length of Welch's segments in s for coherence, a quarter of the window by
        default. With one segment to a window every coherence would be 1.

    vectorize : bool, default=False
        Whether to return one row a sample with each pair of channels once, for
        classical estimators.

    ch_names : str or sequence of str, default=None
        Name of a montage (``"deap32"``, ``"biosemi32"``, ``"emotiv14"``, ``"seed62"``,
        ``"eegmat19"``) or channel names, for the names of the output; by default
        channels are numbered.

    n_jobs : int, default=None
        Number of threads; None means one.

    Attributes
    ----------
    n_features_in_ : int
        Number of channels.

    See Also
    --------
    connectivity : The same as a function, for tensors too.

    Notes
    -----
    A channel that is constant in a window gets 0 off the diagonal, 1 on it, and a
    warning. Pearson and Spearman are computed in float32 after centring, within 1e-6
    of double precision; windows for which that would not hold are computed in double
    precision.

    Departures from [1]_: none for ``domain="features"``; correlations of signals and
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
        "sfreq": [Interval(Real, 0, None, closed="neither")],
        "window": [Interval(Real, 0, None, closed="neither"), None],
        "kind": [StrOptions({"pearson", "spearman", "partial", "coherence", "plv"})],
        "band": [tuple, list, None],
        "segment": [Interval(Real, 0, None, closed="neither"), None],
        "vectorize": ["boolean"],
        "ch_names": [str, "array-like", None],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        *,
        domain="signal",
        sfreq=128.0,
        window=3.0,
        kind="pearson",
        band=None,
        segment=None,
        vectorize=False,
        ch_names=None,
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
            Names of the channels in place of `ch_names`, or of all values of an input
            sample, such as the step before in a pipeline gives.

        Returns
        -------
        names : ndarray of str
            Such as ``"w0_Fp1_AF3"``.
        """
        if not hasattr(self, "_input_shape"):
            raise NotFittedError(
                "Fit DynamicConnectivity to name the values of its output."
            )
        n_channels = self.n_features_in_
        if input_features is not None:
            names = self._channels_among([str(name) for name in input_features])
        elif self.ch_names is not None:
            names = channel_names(self.ch_names)
        else:
            names = [f"x{i}" for i in range(n_channels)]
        rows, columns = self._pairs(n_channels)
        return np.array(
            [
                f"w{t}_{names[i]}_{names[j]}"
                for t in range(self._layout(self._input_shape)[0])
                for i, j in zip(rows, columns)
            ],
            dtype=object,
        )

    def _channels_among(self, names):
        if self.domain == "signal":
            return channels_among(names, self._input_shape, "DynamicConnectivity")
        n_channels = self.n_features_in_
        if len(names) == n_channels:
            return names
        if len(names) != np.prod(self._input_shape):
            raise ValueError(
                f"input_features must name the {n_channels} channels or all "
                f"{np.prod(self._input_shape)} values of a sample, got {len(names)}."
            )
        return [name.rpartition("_")[2] for name in names[:n_channels]]  # w0_theta_Fp1

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
                f"domain='features' offers kind='pearson' and kind='spearman'; "
                f"{self.kind!r} needs signals."
            )
        if self.band is not None:
            check_bands({"band": self.band}, self.sfreq)
        if self.kind == "coherence":
            _coupling.welch_plan(n_values, self.sfreq, self.segment, self.band)

    def _layout(self, shape):
        # Number of windows in a sample, and of values in a window.
        if self.domain == "features":
            return shape[0], shape[1]
        length = check_window(self.window, self.sfreq, shape[-1])
        return shape[-1] // length, length

    def _pairs(self, n_channels):
        if self.vectorize:
            return np.triu_indices(n_channels, k=1)
        return tuple(np.indices((n_channels, n_channels)).reshape(2, -1))

    def _windows(self, X):
        # (n_samples, n_windows, n_channels, n_values), a view.
        xp = array_api_compat.array_namespace(X)
        if self.domain == "features":
            return xp.matrix_transpose(X)
        n_windows, length = self._layout(X.shape[1:])
        shape = (*X.shape[:2], n_windows, length)
        windows = xp.reshape(X[:, :, : n_windows * length], shape)
        return xp.permute_dims(windows, (0, 2, 1, 3))

    def _measured(self, X):
        # Couplings, and which channels are constant, of all windows at once.
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

        def measure(samples, windows):
            block = self._block(X, samples, windows, n_values)
            target = out[samples, windows]
            if self.kind == "pearson" and not self.vectorize:
                _, constant = _coupling.pearson_float32(self._windows(block), target)
            else:
                r, constant = self._measured(block)
                target[...] = r[..., *pairs] if self.vectorize else r
            return constant.any(axis=(0, 1))

        blocks = self._blocks(len(X), n_windows, n_channels * max(n_channels, n_values))
        found = Parallel(n_jobs=self.n_jobs, require="sharedmem")(
            delayed(measure)(*block) for block in blocks
        )
        _warn_of_constants(np.any(found, axis=0))
        return out.reshape(len(X), -1) if self.vectorize else out

    def _blocks(self, n_samples, n_windows, window_size):
        size = _BLOCK_BYTES.get(self.kind, _OTHER_BLOCK_BYTES) // (4 * window_size)
        # Phases belong to whole samples, whatever the window.
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
        warn(
            f"Channels {np.flatnonzero(channels).tolist()} are constant in some "
            "windows; their connectivity is 0 there.",
            stacklevel=3,
        )
