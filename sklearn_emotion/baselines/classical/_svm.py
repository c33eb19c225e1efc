"""Support vector machines on band power or differential entropy."""

from sklearn.calibration import CalibratedClassifierCV
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

from sklearn_emotion._docs import fill_doc
from sklearn_emotion.baselines.classical._docs import PROBABILITY, TEXTS
from sklearn_emotion.baselines.classical._pipeline import SFREQ, make_features
from sklearn_emotion.modalities import ModalityFlattener
from sklearn_emotion.model_selection._pipeline import TunablePipeline

_EPSILON = """
epsilon : float
    Size of errors that are not penalized, in the unit of the rating.
"""


@fill_doc(TEXTS, PROBABILITY)
def make_svm(
    features="de",
    *,
    sfreq=SFREQ,
    bands=None,
    window=None,
    C=1.0,
    gamma="scale",
    class_weight=None,
    probability=False,
):
    r"""Build the RBF support vector machine that EEG papers compare with.

    The differential entropy or log power of each channel and band is standardized and
    classified with the kernel :math:`k(x, z) = \exp(-\gamma \|x - z\|^2)`.

    Read more in the :ref:`User Guide <classical_baselines>`.

    Parameters
    ----------
    %(parameters)s

    Returns
    -------
    pipeline : TunablePipeline
        Classifier of signals of shape ``(n_samples, n_channels, n_times)``, with a
        ``param_grid()`` over `C` and `gamma` for nested search.

    Raises
    ------
    ValueError
        If `features` is unknown, or is a transformer and other settings are given.

    See Also
    --------
    make_logistic : The linear counterpart, which always predicts probabilities.
    make_svr : The same features and kernel for ratings.
    make_riemann : Covariances instead of power.

    Notes
    -----
    Departures: unknown, since Table 1 of [1]_ names an SVM without kernel, features or
    regularization. The features are common in the field. [2]_ computes them in windows
    of 1 s, smooths them, and uses a linear kernel. Here, the whole sample is one
    window, and the kernel is Gaussian.

    Without `probability`, the pipeline has a ``decision_function`` and no
    ``predict_proba``. With it, five machines are fitted, each to four fifths of the
    training samples, and a sigmoid of the decisions is fitted to the remaining fifth.
    The probabilities are means over the five machines. If several samples belong to one
    trial or subject, replace the folds by ``set_params(svm__cv=GroupKFold(5))``:
    :func:`~sklearn_emotion.evaluation.compare` passes the groups, and warns otherwise.

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
    svm = SVC(C=C, gamma=gamma, class_weight=class_weight)
    if probability:
        svm = CalibratedClassifierCV(svm)
    return TunablePipeline(
        [
            ("features", make_features(features, sfreq, bands, window)),
            ("flatten", ModalityFlattener()),
            ("scale", StandardScaler()),
            ("svm", svm),
        ]
    )


@fill_doc(TEXTS, _EPSILON)
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
    """Build a support vector regression, the counterpart of `make_svm` for ratings.

    It has the same features and the same kernel.

    Read more in the :ref:`User Guide <regressors>`.

    Parameters
    ----------
    %(parameters)s

    Returns
    -------
    pipeline : TunablePipeline
        Regressor of signals of shape ``(n_samples, n_channels, n_times)``, with a
        ``param_grid()`` over `C` and `gamma` for nested search.

    Raises
    ------
    ValueError
        If `features` is unknown, or is a transformer and other settings are given.

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
