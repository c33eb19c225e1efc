"""Ridge regression on band power or differential entropy."""

from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler

from sklearn_emotion.baselines._pipeline import SFREQ, TunablePipeline, make_features
from sklearn_emotion.modalities import ModalityFlattener


def make_ridge(
    features="band_power",
    *,
    sfreq=SFREQ,
    bands=None,
    window=None,
    alpha=400.0,
):
    """Build a ridge regression on standardised log band power.

    :func:`make_logistic` for ratings, and the plainest model that a deep one has to
    beat. Its default penalty is as strong: near even odds, a squared error of weight
    one has four times the curvature of the logistic loss, so that `C` of 0.01 is an
    `alpha` of 400.

    Read more in the :ref:`User Guide <regressors>`.

    Parameters
    ----------
    features : {"band_power", "de"} or transformer, default="band_power"
        Features of the signals. A transformer brings its own rate, bands and window.

    sfreq : float, default=128.0
        Sampling rate in Hz.

    bands : dict of str to (float, float), default=None
        Band name to its edges in Hz. If None, the default bands of
        :class:`BandPower` or :class:`DifferentialEntropy`.

    window : float, default=None
        Length in s of the windows that features are computed in. If None, the whole
        sample is one window.

    alpha : float, default=400.0
        Strength of the regularisation.

    Returns
    -------
    pipeline : TunablePipeline
        Regressor of signals of shape ``(n_samples, n_channels, n_times)``, with a
        ``param_grid()`` over `alpha` for nested search.

    Raises
    ------
    ValueError
        If `features` is unknown, or a transformer next to its own settings.

    See Also
    --------
    make_svr : A kernel in place of the line.
    make_logistic : The classifier.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import make_ridge
    >>> rng = np.random.default_rng(0)
    >>> rating = rng.uniform(1, 9, size=60)
    >>> X = rng.normal(size=(60, 32, 256)) * np.exp(rating / 9)[:, None, None]
    >>> reg = make_ridge(alpha=10.0).fit(X[:50], rating[:50])
    >>> bool(reg.score(X[50:], rating[50:]) > 0.9)
    True
    """
    return TunablePipeline(
        [
            ("features", make_features(features, sfreq, bands, window)),
            ("flatten", ModalityFlattener()),
            ("scale", StandardScaler()),
            ("ridge", Ridge(alpha=alpha)),
        ]
    )
