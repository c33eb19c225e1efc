"""Logistic regression on band power or differential entropy."""

from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from sklearn_emotion._docs import fill_doc
from sklearn_emotion.baselines.classical._docs import TEXTS
from sklearn_emotion.baselines.classical._pipeline import SFREQ, make_features
from sklearn_emotion.modalities import ModalityFlattener
from sklearn_emotion.model_selection._pipeline import TunablePipeline


@fill_doc(TEXTS)
def make_logistic(
    features="band_power",
    *,
    sfreq=SFREQ,
    bands=None,
    window=None,
    C=0.01,
    class_weight=None,
):
    """Build a logistic regression on standardized log band power.

    This is the simplest model to compare deep networks with. The small default of `C`
    is a strong regularization, which a few subjects and about a hundred correlated
    features require.

    Read more in the :ref:`User Guide <classical_baselines>`.

    Parameters
    ----------
    %(parameters)s

    Returns
    -------
    pipeline : TunablePipeline
        Classifier of signals of shape ``(n_samples, n_channels, n_times)``, with a
        ``param_grid()`` over `C` for nested search.

    Raises
    ------
    ValueError
        If `features` is unknown, or is a transformer and other settings are given.

    See Also
    --------
    make_svm : The same features with an RBF kernel.
    make_riemann : Covariances instead of power.

    Notes
    -----
    Departures: none, since this baseline follows no paper. The features, their
    logarithm and `C` are choices of this library.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import make_logistic
    >>> X = np.random.default_rng(0).normal(size=(20, 32, 256))
    >>> X[::2, :8] *= 2
    >>> y = ["calm", "tense"] * 10
    >>> make_logistic().fit(X[:16], y[:16]).predict(X[16:]).tolist()
    ['calm', 'tense', 'calm', 'tense']
    """
    classifier = LogisticRegression(C=C, class_weight=class_weight, max_iter=1000)
    return TunablePipeline(
        [
            ("features", make_features(features, sfreq, bands, window)),
            ("flatten", ModalityFlattener()),
            ("scale", StandardScaler()),
            ("logistic", classifier),
        ]
    )
