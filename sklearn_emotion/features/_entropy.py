"""Entropies of the values, the order and the spectrum of a signal."""

from math import factorial
from numbers import Integral, Real

import numpy as np

from sklearn_emotion._base import Interval
from sklearn_emotion._docs import fill_doc
from sklearn_emotion.features._docs import SIGNALS
from sklearn_emotion.features._measure_choice import MEASURES, chosen
from sklearn_emotion.features._templates import log_match_shares, match_ratio
from sklearn_emotion.features._window_measures import WindowMeasures

KINDS = ("spectral", "permutation", "svd", "sample", "approximate")

# The eigenvalues of the Gram matrix give singular values to 1e-16 / ratio, relative to
# the largest. Below this ratio of the singular values, they are computed directly.
LEAST_RATIO = 1e-5


@fill_doc(SIGNALS, MEASURES)
class SignalEntropy(WindowMeasures):
    r"""Compute entropies of each window and channel.

    - ``"spectral"`` [1]_: :math:`-\sum p_k \ln p_k / \ln M`, where :math:`p_k` is the
      share of one of the :math:`M` frequencies in `band` in the periodogram with a Hann
      taper.
    - ``"permutation"`` [2]_: :math:`-\sum p_\pi \ln p_\pi / \ln m!`, where
      :math:`p_\pi` is the share of an order of :math:`m` values that lie `delay` time
      points apart. Of equal values, the earlier is counted as the smaller.
    - ``"svd"`` [3]_: :math:`-\sum s_i \ln s_i / \ln m`, where :math:`s_i` are the
      singular values of the matrix of the same :math:`m` values, divided by their sum.
    - ``"sample"`` [4]_: :math:`-\ln(A / B)`. :math:`B` pairs of templates of `m` values
      differ by less than :math:`r` in each value, and :math:`A` of these pairs also in
      the next value.
    - ``"approximate"`` [5]_: :math:`\phi_m - \phi_{m+1}`, where :math:`\phi_m` is the
      mean logarithm of the share of templates that differ by at most :math:`r`. Each
      template matches itself.

    The radius :math:`r` is `tolerance` times the standard deviation of the window.

    Read more in the :ref:`User Guide <complexity>`.

    Parameters
    ----------
    %(sfreq)s
    %(window)s
    %(measures)s
    band : (float, float) or None, default=(0.5, 45.0)
        Frequencies of the spectral entropy in Hz, both edges included. If None, all
        frequencies above 0.
    order : int, default=3
        Number of values :math:`m` of the permutation and SVD entropies, from 2 to 7.
    delay : int, default=1
        Time points between the values of the permutation and SVD entropies.
    template : int, default=2
        Number of values :math:`m` in a template of the sample and approximate
        entropies.
    tolerance : float, default=0.2
        Radius of the sample and approximate entropies, in standard deviations.
    %(n_jobs)s

    Attributes
    ----------
    %(sfreq_)s

    %(n_features_in_)s

    See Also
    --------
    FractalDimension : Fractal dimensions of the same windows.
    DifferentialEntropy : Entropy of the amplitude in frequency bands.

    Notes
    -----
    `transform` maps ``(n_samples, n_channels, n_times)`` to
    ``(n_samples, n_windows, n_measures, n_channels)`` in the dtype of the input,
    computed in float64. Except for the sample and approximate entropies, the values lie
    between 0 and 1. A constant window has a permutation entropy of 0, and its other
    entropies are NaN. The sample entropy is also NaN if no templates match. It needs at
    least about ``10 ** template`` time points, so windows of 1 s at 128 Hz are short.

    The result agrees with a direct evaluation of the definitions to 1e-9 for input in
    float64.

    Departures: the windows are centered before the SVD entropy, so it does not depend
    on the offset of a signal. The templates of `m` values in the sample entropy are
    those that have a next value, as in [4]_.

    References
    ----------
    .. [1] T. Inouye et al., "Quantification of EEG irregularity by use of the entropy
       of the power spectrum", Electroencephalogr. Clin. Neurophysiol. 79, 1991.
    .. [2] C. Bandt and B. Pompe, "Permutation entropy: a natural complexity measure for
       time series", Phys. Rev. Lett. 88, 2002.
    .. [3] S. J. Roberts, W. Penny and I. Rezek, "Temporal and spatial complexity
       measures for electroencephalogram based brain-computer interfacing", Med. Biol.
       Eng. Comput. 37, 1999.
    .. [4] J. S. Richman and J. R. Moorman, "Physiological time-series analysis using
       approximate entropy and sample entropy", Am. J. Physiol. 278, 2000.
    .. [5] S. M. Pincus, "Approximate entropy as a measure of system complexity", PNAS
       88, 1991.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import SignalEntropy
    >>> noise = np.random.default_rng(0).standard_normal((1, 1, 1280))
    >>> sine = np.sin(2 * np.pi * 10 * np.arange(1280) / 128)[None, None]
    >>> measures = ["permutation", "sample"]
    >>> entropy = SignalEntropy(sfreq=128, window=None, measures=measures)
    >>> for X in (noise, sine):
    ...     print(entropy.fit_transform(X).ravel().round(1).tolist())
    [1.0, 2.2]
    [0.7, 0.2]
    """

    _parameter_constraints: dict = {
        **WindowMeasures._parameter_constraints,
        "measures": [str, list, tuple],
        "band": [tuple, list, None],
        "order": [Interval(Integral, 2, 7, closed="both")],
        "delay": [Interval(Integral, 1, None, closed="left")],
        "template": [Interval(Integral, 1, 32, closed="both")],
        "tolerance": [Interval(Real, 0, None, closed="neither")],
    }

    def __init__(
        self,
        *,
        sfreq="auto",
        window=2.0,
        measures="all",
        band=(0.5, 45.0),
        order=3,
        delay=1,
        template=2,
        tolerance=0.2,
        n_jobs=None,
    ):
        self.sfreq = sfreq
        self.window = window
        self.measures = measures
        self.band = band
        self.order = order
        self.delay = delay
        self.template = template
        self.tolerance = tolerance
        self.n_jobs = n_jobs

    def _names(self):
        return chosen(self.measures, KINDS)

    def _least(self):
        names, least = self._names(), 2
        if {"permutation", "svd"} & set(names):
            least = max(least, (self.order - 1) * self.delay + 2)
        if {"sample", "approximate"} & set(names):
            least = max(least, self.template + 2)
        return least

    def _check(self, X):
        super()._check(X)
        if "spectral" in self._names():
            n_times = X.shape[-1]
            length = n_times if self.window is None else round(self.window * self.sfreq)
            self._frequencies(length)

    def _frequencies(self, n_times):
        """Return which frequencies of a window belong to the band."""
        frequencies = np.fft.rfftfreq(n_times, 1 / self.sfreq)
        inside = frequencies > 0
        if self.band is not None:
            low, high = self.band
            if not 0 <= low < high <= self.sfreq / 2:
                raise ValueError(
                    f"band is ({low}, {high}) Hz; edges must satisfy 0 <= low < high "
                    f"<= {self.sfreq / 2:g} Hz (half of sfreq={self.sfreq:g})."
                )
            inside &= (frequencies >= low) & (frequencies <= high)
        if inside.sum() < 2:
            raise ValueError(
                f"A window of {n_times / self.sfreq:g} s has fewer than two "
                f"frequencies in band={self.band} Hz. Use longer windows or a wider "
                "band."
            )
        return inside

    def _measure(self, windows):
        compute = {
            "spectral": self._spectral,
            "permutation": self._permutation,
            "svd": self._svd,
            "sample": lambda w: match_ratio(w, self.template, self._radius(w)),
            "approximate": self._approximate,
        }
        return [compute[name](windows) for name in self._names()]

    def _radius(self, windows):
        return self.tolerance * windows.std(axis=1)

    def _spectral(self, windows):
        n = windows.shape[1]
        taper = np.sin(np.pi * np.arange(n) / n) ** 2  # Hann, periodic as in SciPy
        spectrum = np.fft.rfft(windows * taper)[:, self._frequencies(n)]
        power = spectrum.real**2 + spectrum.imag**2
        if n % 2 == 0 and self._frequencies(n)[-1]:
            power[:, -1] /= 2  # one-sided: all other frequencies occur twice
        return _entropy(power, power.sum(axis=1)) / np.log(power.shape[1])

    def _permutation(self, windows):
        n_windows, n = windows.shape
        n_templates = n - (self.order - 1) * self.delay
        n_orders = factorial(self.order)
        # Values that lie i steps apart are compared once for all templates.
        falls = [
            (windows[:, : -i * self.delay] > windows[:, i * self.delay :]).view(
                np.uint8
            )
            for i in range(1, self.order)
        ]
        # The number of an order: its inversions, as digits of the factorial base.
        kind = np.uint8 if n_orders <= 256 else np.uint16
        number = np.zeros((n_windows, n_templates), dtype=kind)
        for i in range(self.order - 1):
            start = i * self.delay
            number *= kind(self.order - i)
            for fall in falls[: self.order - 1 - i]:
                number += fall[:, start : start + n_templates]
        number = number + n_orders * np.arange(n_windows)[:, None]
        counts = np.bincount(number.ravel(), minlength=n_windows * n_orders)
        counts = counts.reshape(n_windows, n_orders).astype(np.float64)
        return _entropy(counts, n_templates) / np.log(n_orders)

    def _svd(self, windows):
        n_templates = windows.shape[1] - (self.order - 1) * self.delay
        shape = (len(windows), self.order, n_templates)
        step, item = windows.strides
        views = np.lib.stride_tricks.as_strided(
            windows, shape, (step, self.delay * item, item), writeable=False
        )
        gram = np.empty((len(windows), self.order, self.order))
        for i in range(self.order):
            for j in range(i, self.order):
                gram[:, i, j] = np.einsum("ij,ij->i", views[:, i], views[:, j])
                gram[:, j, i] = gram[:, i, j]
        singular = np.sqrt(np.maximum(np.linalg.eigvalsh(gram), 0.0))
        imprecise = singular[:, 0] < LEAST_RATIO * singular[:, -1]
        if imprecise.any():
            singular[imprecise] = np.linalg.svd(views[imprecise], compute_uv=False)
        return _entropy(singular, singular.sum(axis=1)) / np.log(self.order)

    def _approximate(self, windows):
        radius = self._radius(windows)
        short, long = log_match_shares(windows, self.template, radius)
        return np.where(radius > 0, short - long, np.nan)


def _entropy(parts, total):
    """Return the entropy in nats of rows of non-negative parts of a total."""
    shares = parts / np.reshape(total, (-1, 1))
    logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    # Rounding must not make the entropy of a single part negative zero.
    return np.abs(np.einsum("ij,ij->i", shares, logs))
