"""Ridge regression on band power or differential entropy."""

from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler

from sklearn_emotion._docs import fill_doc
from sklearn_emotion.baselines.classical._docs import TEXTS
from sklearn_emotion.baselines.classical._pipeline import SFREQ, make_features
from sklearn_emotion.modalities import ModalityFlattener
from sklearn_emotion.model_selection._pipeline import TunablePipeline

_ALPHA = """
alpha : float
    Strength of the regularization.
"""


@fill_doc(TEXTS, _ALPHA)
def make_ridge(
    features="band_power",
    *,
    sfreq=SFREQ,
    bands=None,
    window=None,
    alpha=400.0,
):
    """Build a ridge regression on standardized log band power.

    This is the counterpart of :func:`make_logistic` for ratings. Its default penalty is
    as strong: near even odds, a squared error of weight one has four times the
    curvature of the logistic loss, so a `C` of 0.01 corresponds to an `alpha` of 400.

    Read more in the :ref:`User Guide <regressors>`.

    Parameters
    ----------
    %(parameters)s

    Returns
    -------
    pipeline : TunablePipeline
        Regressor of signals of shape ``(n_samples, n_channels, n_times)``, with a
        ``param_grid()`` over `alpha` for nested search.

    Raises
    ------
    ValueError
        If `features` is unknown, or is a transformer and other settings are given.

    See Also
    --------
    make_svr : The same features with an RBF kernel.
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
