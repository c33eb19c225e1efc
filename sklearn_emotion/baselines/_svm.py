"""Support vector machines on band power or differential entropy."""

from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

from sklearn_emotion.baselines._pipeline import SFREQ, TunablePipeline, make_features
from sklearn_emotion.modalities import ModalityFlattener


def make_svm(
    features="de",
    *,
    sfreq=SFREQ,
    bands=None,
    window=None,
    C=1.0,
    gamma="scale",
    class_weight=None,
):
    r"""Build the RBF support vector machine that EEG papers compare with.

    Differential entropy, or log power, of each channel and band is standardised and
    classified with the kernel :math:`k(x, z) = \exp(-\gamma \|x - z\|^2)`.

    Read more in the :ref:`User Guide <classical_baselines>`.

    Parameters
    ----------
    features : {"de", "band_power"} or transformer, default="de"
        Features of the signals. A transformer brings its own rate, bands and window.

    sfreq : float, default=128.0
        Sampling rate in Hz.

    bands : dict of str to (float, float), default=None
        Band name to its edges in Hz. If None, the default bands of
        :class:`DifferentialEntropy` or :class:`BandPower`.

    window : float, default=None
        Length in s of the windows that features are computed in. If None, the whole
        sample is one window.

    C : float, default=1.0
        Inverse strength of the regularisation.

    gamma : {"scale", "auto"} or float, default="scale"
        Width of the kernel; ``"scale"`` is 1 / n_features on standardised features.

    class_weight : dict or "balanced", default=None
        Weights of the classes.

    Returns
    -------
    pipeline : TunablePipeline
        Classifier of signals of shape ``(n_samples, n_channels, n_times)``, with a
        ``param_grid()`` over `C` and `gamma` for nested search.

    Raises
    ------
    ValueError
        If `features` is unknown, or a transformer next to its own settings.

    See Also
    --------
    make_logistic : The linear counterpart.
    make_svr : The same for ratings.
    make_riemann : Covariances in place of power.

    Notes
    -----
    Departures: none can be told, since Table 1 of [1]_ names an SVM without kernel,
    features or regularisation. Features are the usual ones of the field [2]_, which
    has them in windows of 1 s, smoothed, and a linear kernel; here the whole sample is
    one window and the kernel is Gaussian.

    References
    ----------
    .. [1] C. Zheng, W. Shao, D. Zhang and Q. Zhu, "Prior-driven dynamic brain networks
       for multi-modal emotion recognition", MICCAI 2023, Table 1.
    .. [2] W.-L. Zheng and B.-L. Lu, "Investigating critical frequency bands and
       channels for EEG-based emotion recognition with deep neural networks", IEEE
       Transactions on Autonomous Mental Development, 2015.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import make_svm
    >>> X = np.random.default_rng(0).normal(size=(20, 32, 256))
    >>> X[::2, :8] *= 2
    >>> y = ["calm", "tense"] * 10
    >>> make_svm().fit(X[:16], y[:16]).predict(X[16:]).tolist()
    ['calm', 'tense', 'calm', 'tense']
    """
    return TunablePipeline(
        [
            ("features", make_features(features, sfreq, bands, window)),
            ("flatten", ModalityFlattener()),
            ("scale", StandardScaler()),
            ("svm", SVC(C=C, gamma=gamma, class_weight=class_weight)),
        ]
    )


def make_svr(
    features="de",
    *,
    sfreq=SFREQ,
    bands=None,
    window=None,
    C=1.0,
    gamma="scale",
    epsilon=0.1,
):
    """Build the support vector regression that goes with `make_svm`.

    The same features and the same kernel, for ratings.

    Read more in the :ref:`User Guide <regressors>`.

    Parameters
    ----------
    features : {"de", "band_power"} or transformer, default="de"
        Features of the signals. A transformer brings its own rate, bands and window.

    sfreq : float, default=128.0
        Sampling rate in Hz.

    bands : dict of str to (float, float), default=None
        Band name to its edges in Hz. If None, the default bands of
        :class:`DifferentialEntropy` or :class:`BandPower`.

    window : float, default=None
        Length in s of the windows that features are computed in. If None, the whole
        sample is one window.

    C : float, default=1.0
        Inverse strength of the regularisation.

    gamma : {"scale", "auto"} or float, default="scale"
        Width of the kernel; ``"scale"`` is 1 / n_features on standardised features.

    epsilon : float, default=0.1
        Errors below it are free, in the unit of the rating.

    Returns
    -------
    pipeline : TunablePipeline
        Regressor of signals of shape ``(n_samples, n_channels, n_times)``, with a
        ``param_grid()`` over `C` and `gamma` for nested search.

    Raises
    ------
    ValueError
        If `features` is unknown, or a transformer next to its own settings.

    See Also
    --------
    make_svm : The classifier.
    make_ridge : The linear counterpart.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import make_svr
    >>> rng = np.random.default_rng(0)
    >>> rating = rng.uniform(1, 9, size=60)
    >>> X = rng.normal(size=(60, 32, 256)) * np.exp(rating / 9)[:, None, None]
    >>> reg = make_svr(C=10.0).fit(X[:50], rating[:50])
    >>> bool(reg.score(X[50:], rating[50:]) > 0.9)
    True
    """
    return TunablePipeline(
        [
            ("features", make_features(features, sfreq, bands, window)),
            ("flatten", ModalityFlattener()),
            ("scale", StandardScaler()),
            ("svr", SVR(C=C, gamma=gamma, epsilon=epsilon)),
        ]
    )
