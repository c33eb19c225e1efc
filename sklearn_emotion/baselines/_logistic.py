"""Logistic regression on band power or differential entropy."""

from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from sklearn_emotion.baselines._pipeline import SFREQ, TunablePipeline, make_features
from sklearn_emotion.modalities import ModalityFlattener


def make_logistic(
    features="band_power",
    *,
    sfreq=SFREQ,
    bands=None,
    window=None,
    C=0.01,
    class_weight=None,
):
    """Build a logistic regression on standardised log band power.

    The plainest model that a deep one has to beat. A few subjects and about a
    hundred correlated features call for strong regularisation, hence the small `C`.

    Read more in the :ref:`User Guide <classical_baselines>`.

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

    C : float, default=0.01
        Inverse strength of the regularisation.

    class_weight : dict or "balanced", default=None
        Weights of the classes.

    Returns
    -------
    pipeline : TunablePipeline
        Classifier of signals of shape ``(n_samples, n_channels, n_times)``, with a
        ``param_grid()`` over `C` for nested search.

    Raises
    ------
    ValueError
        If `features` is unknown, or a transformer next to its own settings.

    See Also
    --------
    make_svm : The same features with an RBF kernel.
    make_riemann : Covariances in place of power.

    Notes
    -----
    Departures: none, since it follows no paper. Features, their logarithm and `C` are
    choices of this library.

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
