"""Denoising by wavelet shrinkage."""

from numbers import Integral, Real

import numpy as np
import pywt

from sklearn_emotion._base import Interval, StrOptions
from sklearn_emotion._docs import fill_doc
from sklearn_emotion.preprocessing._signals import SignalFilter

# The median of |z| for a standard normal z.
_MAD_OF_NORMAL = 0.6744897501960817


@fill_doc()
class WaveletDenoiser(SignalFilter):
    r"""Remove noise by soft thresholds on wavelet coefficients.

    The detail coefficients :math:`d` of each channel are shrunk toward 0 by the
    universal threshold of [1]_,

    .. math:: \hat d = \operatorname{sign}(d) \max(|d| - \lambda, 0), \qquad
              \lambda = k \hat\sigma \sqrt{2 \ln n}

    for n time points. The noise level :math:`\hat\sigma` is the median magnitude of the
    finest details divided by 0.6745. The approximation does not change, and the output
    is not shifted in time (zero phase).

    Read more in the :ref:`User Guide <preprocessing>`.

    Parameters
    ----------
    wavelet : str, default="db4"
        Name of a discrete wavelet of PyWavelets.

    level : int, default=4
        Number of levels of the decomposition. The approximation, which does not change,
        contains the frequencies below sfreq / 2 ** (level + 1). None takes as many
        levels as the length of the samples allows.

    strength : float, default=1.0
        Factor k of the threshold. 0 changes nothing.

    noise : {"finest", "level"}, default="finest"
        Source of the noise level: the finest details, for white noise, or each level
        itself, for colored noise.

    %(n_jobs)s

    Attributes
    ----------
    %(n_features_in_)s

    Notes
    -----
    Departures: [2]_ removes artifacts from EEG by "wavelet soft threshold" and states
    neither wavelet, levels nor threshold. All three are choices of this library.

    References
    ----------
    .. [1] D. L. Donoho, "De-noising by soft-thresholding", IEEE Transactions on
       Information Theory 41, 1995.
    .. [2] D. Wu, J. Zhang and Q. Zhao, "Multimodal fused emotion recognition about
       expression-EEG interaction and collaboration using deep learning", IEEE Access
       8, 2020.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import WaveletDenoiser
    >>> rng = np.random.default_rng(0)
    >>> clean = np.sin(2 * np.pi * 2 * np.arange(512) / 128)
    >>> noisy = clean + 0.3 * rng.normal(size=512)
    >>> denoised = WaveletDenoiser().fit_transform(noisy[None, None])[0, 0]
    >>> bool(np.mean((denoised - clean) ** 2) < 0.5 * np.mean((noisy - clean) ** 2))
    True
    """

    _parameter_constraints: dict = {
        **SignalFilter._parameter_constraints,
        "wavelet": [str],
        "level": [Interval(Integral, 1, None, closed="left"), None],
        "strength": [Interval(Real, 0, None, closed="left")],
        "noise": [StrOptions({"finest", "level"})],
    }

    def __init__(
        self, *, wavelet="db4", level=4, strength=1.0, noise="finest", n_jobs=None
    ):
        self.wavelet = wavelet
        self.level = level
        self.strength = strength
        self.noise = noise
        self.n_jobs = n_jobs

    def _check(self, X):
        if self.wavelet not in pywt.wavelist(kind="discrete"):
            raise ValueError(
                f"wavelet={self.wavelet!r} is no discrete wavelet of PyWavelets; "
                "'db4' and 'sym8' are usual choices."
            )
        n_times = X.shape[2]
        most = pywt.dwt_max_level(n_times, pywt.Wavelet(self.wavelet).dec_len)
        if (self.level or 1) > most:
            raise ValueError(
                f"Samples of {n_times} time points allow {most} levels of "
                f"{self.wavelet!r} at most, got level={self.level}."
            )

    def _filter(self, block):
        n_times = block.shape[-1]
        approximation, *details = pywt.wavedec(
            block, self.wavelet, level=self.level, axis=-1
        )
        factor = self.strength * np.sqrt(2 * np.log(n_times)) / _MAD_OF_NORMAL
        finest = _median_magnitude(details[-1])
        shrunk = [approximation]
        for d in details:
            sigma = finest if self.noise == "finest" else _median_magnitude(d)
            shrunk.append(np.sign(d) * np.maximum(np.abs(d) - factor * sigma, 0))
        return pywt.waverec(shrunk, self.wavelet, axis=-1)[..., :n_times]


def _median_magnitude(details):
    return np.median(np.abs(details), axis=-1, keepdims=True)
