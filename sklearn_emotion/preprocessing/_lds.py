"""Smoothing of features along the windows of a trial."""

from numbers import Integral, Real

import numpy as np

from sklearn_emotion._base import Interval, SignalTransformer, StrOptions
from sklearn_emotion._docs import fill_doc
from sklearn_emotion._names import check_named
from sklearn_emotion._validation import reshape_hint
from sklearn_emotion.preprocessing._docs import VALUE_NAMES
from sklearn_emotion.preprocessing._signals import in_blocks

_POSITIVE = Interval(Real, 0, None, closed="neither")


@fill_doc(VALUE_NAMES)
class LDSSmoother(SignalTransformer):
    r"""Smooth each feature along the windows of a trial with a linear dynamical system.

    A feature :math:`x_t` is modeled as the sum of a slowly changing state :math:`z_t`
    and noise,

    .. math:: z_t = z_{t-1} + w_t, \quad w_t \sim N(0, q), \qquad
              x_t = z_t + v_t, \quad v_t \sim N(0, r)

    with :math:`z_1 \sim N(\bar x, v_0)`. It is replaced by the mean of its state given
    the whole trial, computed by a Kalman filter forwards and a Rauch–Tung–Striebel
    smoother backwards. This is the smoothing of SEED's features [2]_, after [1]_.

    Smooth whole trials, before `explode_windows`. If the samples are parts of a trial,
    the smoother averages only over the windows of each part. Each smoothed window
    depends on later windows of the trial, so the result is for offline analysis only.

    Read more in the :ref:`User Guide <lds>`.

    Parameters
    ----------
    estimate : {"fixed", "em"}, default="fixed"
        Source of the variances. "fixed" takes the parameters below. "em" starts with
        these parameters, and adapts q and r to each feature of each trial by
        expectation maximization.

    process_noise : float, default=1e-4
        Variance q of a step of the state. Only the ratios of the three variances
        matter. With ``estimate="em"``, all are in units of the variance of the feature.

    observation_noise : float, default=1.0
        Variance r of the noise.

    initial_noise : float, default=0.01
        Variance v₀ of the first state.

    max_iter : int, default=10
        Number of iterations of expectation maximization.

    %(n_jobs)s

    Attributes
    ----------
    n_features_in_ : int
        Size of the last axis, which contains the channels of features by window and
        band.

    Notes
    -----
    The defaults are taken from the code that was published with SEED's features. With
    them, the smoother averages over about a hundred windows in each direction. A
    constant feature does not change.

    Departures: [1]_ learns the system from data and states no values. "fixed" uses the
    values of the public code. "em" updates only q and r, since the dynamics are a
    random walk.

    References
    ----------
    .. [1] L.-C. Shi and B.-L. Lu, "Off-line and on-line vigilance estimation based on
       linear dynamical system and manifold learning", EMBC 2010.
    .. [2] W.-L. Zheng and B.-L. Lu, "Investigating critical frequency bands and
       channels for EEG-based emotion recognition with deep neural networks", IEEE
       Transactions on Autonomous Mental Development 7, 2015.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import LDSSmoother
    >>> rng = np.random.default_rng(0)
    >>> drift = np.sin(np.linspace(0, 3, 120))
    >>> X = (drift + 0.5 * rng.normal(size=120)).reshape(1, 120, 1)
    >>> smooth = LDSSmoother(process_noise=1e-2).fit_transform(X)[0, :, 0]
    >>> bool(np.mean((smooth - drift) ** 2) < 0.1 * 0.5**2)
    True
    """

    _channel_axis = -1

    _keeps_channels = True

    _parameter_constraints: dict = {
        "estimate": [StrOptions({"fixed", "em"})],
        "process_noise": [_POSITIVE],
        "observation_noise": [_POSITIVE],
        "initial_noise": [_POSITIVE],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        *,
        estimate="fixed",
        process_noise=1e-4,
        observation_noise=1.0,
        initial_noise=0.01,
        max_iter=10,
        n_jobs=None,
    ):
        self.estimate = estimate
        self.process_noise = process_noise
        self.observation_noise = observation_noise
        self.initial_noise = initial_noise
        self.max_iter = max_iter
        self.n_jobs = n_jobs

    def get_feature_names_out(self, input_features=None):
        """Return a name for each output value, in the order of the flattened sample.

        Parameters
        ----------
        %(input_features)s

        Returns
        -------
        names : ndarray of str
            Given names, or window and index, such as ``"w0_2_31"``.
        """
        if input_features is not None:
            return np.asarray(input_features, dtype=object)
        check_named(self)
        indices = np.ndindex(*self._input_shape)
        return np.array(["w" + "_".join(map(str, index)) for index in indices], object)

    def _sfreq_out(self, sfreq):
        return sfreq

    def _check_axes(self, X):
        if len(X.shape) < 3:
            raise ValueError(
                "Expected X of shape (n_samples, n_windows, ...) with one or more axes "
                f"of features, got {tuple(X.shape)}.{reshape_hint(X.shape, 3)}"
            )

    def _transform(self, X):
        out = np.empty(X.shape, dtype=np.float32)
        return in_blocks(self._smoothed, X, out, self.n_jobs)

    def _smoothed(self, block):
        x = np.moveaxis(block, 1, 0)  # time first: (T, ...)
        mean = x.mean(axis=0)
        x = x - mean
        noise = (self.process_noise, self.observation_noise, self.initial_noise)
        if self.estimate == "fixed":
            state, _, _ = _smooth(x, *noise)
        else:
            scale = x.std(axis=0)
            scale = np.where(scale > 0, scale, 1.0)
            state = scale * _smooth_by_em(x / scale, *noise, self.max_iter)
        return np.moveaxis(state + mean, 0, 1)


def _smooth(x, q, r, v0):
    """Return the state of a random walk in noise, given all observations.

    Parameters
    ----------
    x : ndarray of shape (n_times, ...)
        Observations minus their mean over time, which is the mean of the first state.
    q, r, v0 : float or ndarray of shape (...)
        Variance of a step of the state, of an observation, and of the first state.

    Returns
    -------
    state, variance : ndarrays of shape (n_times, ...)
        Mean and variance of the state. The variance has the shape (n_times, *q.shape).
    lagged : ndarray of shape (n_times - 1, ...)
        Covariance of each state with the previous one.
    """
    n_times = len(x)
    state = np.empty_like(x)
    variance = np.empty((n_times, *np.shape(q)))
    predicted = np.empty_like(variance)  # of the next state, given the past
    mean, prior = 0.0, v0
    for t in range(n_times):
        gain = prior / (prior + r)
        state[t] = mean + gain * (x[t] - mean)
        variance[t] = (1 - gain) * prior
        predicted[t] = prior = variance[t] + q
        mean = state[t]
    lagged = np.empty_like(variance[1:])
    for t in range(n_times - 2, -1, -1):
        back = variance[t] / predicted[t]
        state[t] += back * (state[t + 1] - state[t])
        variance[t] += back**2 * (variance[t + 1] - predicted[t])
        lagged[t] = back * variance[t + 1]
    return state, variance, lagged


def _smooth_by_em(x, q, r, v0, max_iter):
    q, r, v0 = (np.full(x.shape[1:], value) for value in (q, r, v0))
    tiny = np.finfo(float).tiny
    state, variance, lagged = _smooth(x, q, r, v0)
    for _ in range(max_iter):
        r = np.maximum(np.mean((x - state) ** 2 + variance, axis=0), tiny)
        if len(x) > 1:
            steps = np.diff(state, axis=0) ** 2 + variance[1:] + variance[:-1]
            q = np.maximum(np.mean(steps - 2 * lagged, axis=0), tiny)
        state, variance, lagged = _smooth(x, q, r, v0)
    return state
